//! `status`: one full look at everything, then the verdict and the list.

mod progress;

use std::sync::Arc;
use std::time::Duration;

use futures_util::future::join_all;
use futures_util::stream;
use futures_util::{Stream, StreamExt};
use jiff::{SignedDuration, Timestamp};
use serde::Serialize;
use tokio::runtime::Builder;
use tokio::time::timeout_at;

use super::args::Status as Args;
use super::reach::{self, Reach};
use super::{
    Ended, INVALID, OUTSIDE, PARTIAL, SERVICE, Start, complain, saved, say,
    stop, told, traps,
};
use crate::aws::poll::look_once;
use crate::aws::session::Session;
use crate::aws::sources;
use crate::estate::derived::Derived;
use crate::estate::objective::{Answer, Standing, State};
use crate::estate::{Estate, Found, Freshness, Observation, Source, What};
use crate::failure::{Failure, FailureKind};
use progress::Progress;

/// Looks under way at once.
const AT_ONCE: usize = 16;

/// Runs the command.
pub(super) fn run(start: &Start, args: &Args) -> anyhow::Result<Ended> {
    let reach = if let Some(scenario) = &args.demo {
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
    let progress = Progress::new(Duration::from_secs(args.timeout));
    let looks = look(&session, &mut estate, &progress);
    let sources = runtime.block_on(progress.during(looks));
    // A look that was given up must not hold up the end.
    runtime.shutdown_background();
    let now = (reach.clock)();
    let derived = Derived::of(&estate, &reach.watch, None, now);
    let sources: Vec<Seen> =
        sources.iter().map(|source| seen(&estate, source, now)).collect();
    let report = report(&reach, &derived, &sources, now);
    if args.json {
        told::json(&report)?;
    } else {
        say(&text(&report));
    }
    Ok(ended(&derived, &sources, args.exit_code))
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

/// Looks at every source once and gives them all. What has not come back
/// when the time is over is not known.
async fn look(
    session: &Arc<Session>,
    estate: &mut Estate,
    progress: &Progress,
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

/// How a source was seen.
#[derive(Clone, Debug, Serialize)]
struct Seen {
    source: String,
    /// `live`, `stale`, `partial` or `never`.
    fresh: &'static str,
    #[serde(skip_serializing_if = "Option::is_none")]
    because: Option<String>,
    #[serde(skip)]
    kind: Option<FailureKind>,
}

fn seen(estate: &Estate, source: &Source, now: Timestamp) -> Seen {
    let (fresh, failure, words) =
        match estate.freshness(source, now, estate.pace(source)) {
            Freshness::Live { .. } => ("live", None, None),
            Freshness::Stale { because, .. } => ("stale", because, None),
            Freshness::Partial { because, .. } => {
                ("partial", None, Some(because))
            }
            Freshness::Never { because } => ("never", because, None),
        };
    Seen {
        source: source.to_string(),
        fresh,
        because: words.or(failure.as_ref().map(ToString::to_string)),
        kind: failure.map(|failure| failure.kind),
    }
}

/// What is printed; the names of its fields stay.
#[derive(Debug, Serialize)]
struct Report {
    schema: u32,
    at: Timestamp,
    simulated: Option<String>,
    endpoint: Option<String>,
    target_region: Option<String>,
    answer: &'static str,
    sentence: String,
    counts: Counts,
    worst: Option<Worst>,
    blockers: Vec<String>,
    resources: Vec<Line>,
    sources: Vec<Seen>,
}

#[derive(Debug, Serialize)]
struct Counts {
    inside: usize,
    late: usize,
    outside: usize,
    unknown: usize,
    no_objective: usize,
}

#[derive(Debug, Serialize)]
struct Worst {
    name: String,
    loss_s: i64,
}

#[derive(Debug, Serialize)]
struct Line {
    state: &'static str,
    name: String,
    arn: String,
    #[serde(rename = "type")]
    kind: &'static str,
    account: String,
    region: Option<String>,
    tier: Option<String>,
    rpo_s: Option<i64>,
    loss_s: Option<i64>,
    data_time: Option<Timestamp>,
    why: String,
}

fn report(
    reach: &Reach,
    derived: &Derived,
    sources: &[Seen],
    at: Timestamp,
) -> Report {
    let verdict = &derived.verdict;
    let count = verdict.count;
    Report {
        schema: 1,
        at,
        simulated: reach.place.simulated.clone(),
        endpoint: reach.place.endpoint.clone(),
        target_region: reach.watch.target.as_ref().map(ToString::to_string),
        answer: match verdict.answer {
            Answer::Yes => "yes",
            Answer::Partly => "partly",
            Answer::No => "no",
            Answer::Unknown => "unknown",
        },
        sentence: verdict.sentence.clone(),
        counts: Counts {
            inside: count.inside,
            late: count.late,
            outside: count.outside,
            unknown: count.unknown,
            no_objective: count.without,
        },
        worst: verdict.worst.as_ref().map(|(name, loss)| Worst {
            name: name.clone(),
            loss_s: loss.as_secs(),
        }),
        blockers: verdict.blockers.clone(),
        resources: derived.standings.iter().map(line).collect(),
        sources: sources.to_vec(),
    }
}

fn line(of: &Standing) -> Line {
    Line {
        state: word(of.state),
        name: of.name.clone(),
        arn: of.resource.to_string(),
        kind: of.kind.name(),
        account: of.account.to_string(),
        region: of.region.as_ref().map(ToString::to_string),
        tier: of.tier.clone(),
        rpo_s: of.rpo.map(|span| span.as_secs()),
        loss_s: of.loss.map(|span| span.as_secs()),
        data_time: of.data_time,
        why: of.why.clone(),
    }
}

fn word(state: State) -> &'static str {
    match state {
        State::Inside => "inside",
        State::Late => "late",
        State::Outside => "outside",
        State::Unknown => "unknown",
        State::NoObjective => "none",
    }
}

fn text(report: &Report) -> String {
    let mut out = String::new();
    let mut put = |line: String| {
        out.push_str(line.trim_end());
        out.push('\n');
    };
    if let Some(scenario) = &report.simulated {
        put(format!("SIMULATED AWS: {scenario}"));
    }
    if let Some(endpoint) = &report.endpoint {
        put(format!("ENDPOINT {endpoint}, not AWS's own"));
    }
    let answer = report.answer.to_uppercase();
    put(format!("Can we recover? {answer}: {}", report.sentence));
    put(format!("At {}", report.at.strftime("%Y-%m-%d %H:%M:%SZ")));
    if let Some(worst) = &report.worst {
        let loss = span(Some(worst.loss_s));
        put(format!("Worst: {} would lose {loss}", worst.name));
    }
    for blocker in &report.blockers {
        put(format!("Blocker: {blocker}"));
    }
    if !report.resources.is_empty() {
        put(String::new());
        put(format!(
            "{:<8} {:<28} {:<6} {:<7} {:>9} {:>9}  WHY",
            "STATE", "RESOURCE", "TYPE", "TIER", "LOSS", "RPO"
        ));
    }
    for line in &report.resources {
        put(format!(
            "{:<8} {:<28} {:<6} {:<7} {:>9} {:>9}  {}",
            line.state,
            line.name,
            line.kind,
            line.tier.as_deref().unwrap_or("-"),
            span(line.loss_s),
            span(line.rpo_s),
            line.why
        ));
    }
    let missing: Vec<&Seen> =
        report.sources.iter().filter(|seen| seen.fresh != "live").collect();
    if !missing.is_empty() {
        put(String::new());
        let all = report.sources.len();
        put(format!("NOT SEEN NOW: {} of {all} sources", missing.len()));
    }
    for seen in missing {
        let because = seen.because.as_deref().unwrap_or("no look came back");
        put(format!("{:<8} {}: {because}", seen.fresh, seen.source));
    }
    out
}

/// Such as `31h 4m`; a span that is not known is a question mark.
fn span(seconds: Option<i64>) -> String {
    let Some(seconds) = seconds else { return "?".to_owned() };
    let whole = match seconds {
        0..600 => seconds,
        _ => seconds / 60 * 60,
    };
    format!("{:#}", SignedDuration::from_secs(whole))
}

fn ended(derived: &Derived, sources: &[Seen], is_coded: bool) -> Ended {
    let is_blind = sources.iter().all(|seen| seen.fresh != "live");
    if is_blind && !sources.is_empty() {
        let expired = |seen: &Seen| seen.kind == Some(FailureKind::Expired);
        let signed_out = sources.iter().all(expired);
        return Ended::With(if signed_out { INVALID } else { SERVICE });
    }
    if !is_coded {
        return Ended::Well;
    }
    let count = derived.verdict.count;
    let is_partial =
        count.unknown > 0 || sources.iter().any(|seen| seen.fresh != "live");
    match (count.outside, is_partial) {
        (1.., _) => Ended::With(OUTSIDE),
        (0, true) => Ended::With(PARTIAL),
        (0, false) => Ended::Well,
    }
}
