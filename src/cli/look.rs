//! One full look at everything, for the commands that tell of the estate.

mod progress;

use std::path::Path;
use std::sync::Arc;
use std::time::Duration;

use futures_util::future::join_all;
use futures_util::stream;
use futures_util::{Stream, StreamExt};
use jiff::Timestamp;
use tokio::runtime::Builder;
use tokio::time::timeout_at;

use super::args::Asking;
use super::reach::{self, Reach};
use super::{INVALID, Start, complain, past, saved, shared, stop, traps};
use crate::aws::poll::look_once;
use crate::aws::session::Session;
use crate::aws::sources;
use crate::config::Shared;
use crate::estate::derived::Derived;
use crate::estate::{Estate, Found, Observation, Source, What};
use crate::failure::{Failure, FailureKind};
use progress::Progress;

/// Looks under way at once.
const AT_ONCE: usize = 16;

/// What one full look brought.
pub(super) struct Looked {
    pub(super) reach: Reach,
    pub(super) estate: Estate,
    pub(super) derived: Derived,
    pub(super) sources: Vec<Source>,
    pub(super) now: Timestamp,
}

/// Looks once at everything that is `wanted`: of a scenario, or of what the
/// config reaches. What is not back in time is not known.
pub(super) fn once(
    start: &Start,
    asking: &Asking,
    wanted: fn(&What) -> bool,
) -> anyhow::Result<Looked> {
    let mut reach = if let Some(scenario) = &asking.demo {
        reach::of_scenario(start, scenario, 1)?
    } else {
        warn(start)?;
        reach::real(start)
    };
    let file = saved::file(&reach.state, &reach.place);
    let mut estate = match reach.sim {
        Some(_) => Estate::default(),
        None => saved::open(&file, &reach.place).0,
    };
    saved::pace(&mut estate, &start.config);
    let session = Session::new(reach.session.clone());
    let runtime = Builder::new_multi_thread().enable_all().build()?;
    let limit = Duration::from_secs(asking.timeout);
    session.press(limit);
    let progress = Progress::new(limit);
    let looks = look(&session, &mut estate, &progress, wanted);
    let sources = runtime.block_on(progress.during(looks));
    if let Some(shared) = shared_estate(start, &reach) {
        let take = shared::take_in(&mut estate, shared, &reach, &session);
        runtime.block_on(take);
    }
    // A look that was given up must not hold up the end.
    runtime.shutdown_background();
    let now = (reach.clock)();
    reach.watch.drilled = past::drilled(start, &reach.state);
    let derived = Derived::of(&estate, &reach.watch, None, now);
    Ok(Looked { reach, estate, derived, sources, now })
}

/// What an estate that was saved tells, without asking anybody: of a file,
/// or of what a console last saved at this place.
pub(super) fn saved(
    start: &Start,
    scenario: Option<&str>,
    file: Option<&Path>,
) -> anyhow::Result<Looked> {
    let reach = match scenario {
        Some(scenario) => reach::of_scenario(start, scenario, 1)?,
        None => reach::real(start),
    };
    let own = saved::file(&reach.state, &reach.place);
    let file = file.unwrap_or(&own);
    let (mut estate, why) = saved::open(file, &reach.place);
    if estate.sources().next().is_none() {
        let why = why.unwrap_or_else(|| "nothing was saved".to_owned());
        return Err(stop(INVALID, format!("{}: {why}", file.display())));
    }
    saved::pace(&mut estate, &start.config);
    let now = (reach.clock)();
    let derived = Derived::of(&estate, &reach.watch, None, now);
    let sources = estate.sources().map(|(source, _)| source.clone());
    let sources = sources.collect();
    Ok(Looked { reach, estate, derived, sources, now })
}

/// What the team shares, where AWS is not simulated.
fn shared_estate<'a>(start: &'a Start, reach: &Reach) -> Option<&'a Shared> {
    let shared = start.config.shared_estate.as_ref();
    shared.filter(|_| reach.sim.is_none())
}

/// Tells the traps; those by which all would fail end the command.
fn warn(start: &Start) -> anyhow::Result<()> {
    for problem in &start.config.problems {
        complain(&problem.to_string());
    }
    let traps = traps::all(start);
    let hopeless = traps::hopeless(start, &traps);
    if !hopeless.is_empty() {
        return Err(stop(INVALID, hopeless.join("\n")));
    }
    for trap in traps {
        complain(&trap.to_string());
    }
    Ok(())
}

/// Looks at every source wanted once and gives them all. What has not come back
/// when the time is over is not known.
async fn look(
    session: &Arc<Session>,
    estate: &mut Estate,
    progress: &Progress,
    wanted: fn(&What) -> bool,
) -> Vec<Source> {
    for (source, known) in estate.sources() {
        if let Some(found) = &known.found {
            session.learn(source, found);
        }
    }
    identify(session, estate, progress).await;
    let mut all = Vec::new();
    for spec in &session.spec().accounts {
        all.extend(sources(&session.account_of(spec), session.regions()));
    }
    all.retain(|source| source.what().is_some_and(wanted));
    progress.asks(all.len());
    let mut first = looks(session, &all, progress);
    while let Some(seen) = first.next().await {
        progress.is_back();
        estate.apply(seen);
    }
    drop(first);
    // A copy's data time may stand in another Region that answered later.
    let again: Vec<Source> = all
        .iter()
        .filter(|source| lacks_data_times(estate, source))
        .cloned()
        .collect();
    let mut second = looks(session, &again, progress);
    while let Some(seen) = second.next().await {
        // It was seen a moment ago: a second look can only add to that.
        if seen.found.is_ok() {
            estate.apply(seen);
        }
    }
    all
}

/// Asks who the accounts are whose digits are not known.
async fn identify(
    session: &Arc<Session>,
    estate: &mut Estate,
    progress: &Progress,
) {
    let Some(region) = session.regions().first() else { return };
    let asked: Vec<_> = session
        .spec()
        .accounts
        .iter()
        .filter(|spec| !session.is_identified(spec))
        .map(|spec| {
            let account = session.account_of(spec);
            let source = Source::aws(&account, region, What::Identity);
            async move { (spec, one(session, &source, progress).await) }
        })
        .collect();
    for (spec, seen) in join_all(asked).await {
        match &seen.found {
            Ok(Found::Identity(identity)) => {
                session.identify(&spec.name, identity.account.clone());
            }
            _ => estate.apply(seen),
        }
    }
}

/// Looks at these, some at once; each comes as soon as it is back.
fn looks<'a>(
    session: &'a Arc<Session>,
    sources: &'a [Source],
    progress: &'a Progress,
) -> impl Stream<Item = Observation> + Unpin + 'a {
    let looks = stream::iter(sources)
        .map(move |source| one(session, source, progress))
        .buffer_unordered(AT_ONCE);
    Box::pin(looks)
}

async fn one(
    session: &Arc<Session>,
    source: &Source,
    progress: &Progress,
) -> Observation {
    let begun = session.now();
    let looking = look_once(session, source);
    if let Ok(seen) = timeout_at(progress.deadline(), looking).await {
        return seen;
    }
    let failure =
        Failure::new(format!("look at {source}"), FailureKind::TimedOut)
            .because(progress.too_late());
    let (source, at) = (source.clone(), session.now());
    Observation { source, begun, at, found: Err(failure), partial: None }
}

fn lacks_data_times(estate: &Estate, source: &Source) -> bool {
    match estate.found(source) {
        Some(Found::Points(points)) => {
            points.iter().any(|point| point.data_time().is_none())
        }
        _ => false,
    }
}
