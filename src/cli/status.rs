//! `status`: one look at all that decides the verdict, then the verdict and
//! the list.

use jiff::{SignedDuration, Timestamp};
use serde::Serialize;

use super::args::Status as Args;
use super::look::{self, Looked};
use super::reach::Reach;
use super::{Ended, INVALID, OUTSIDE, PARTIAL, SERVICE, Start, say, told};
use crate::estate::derived::Derived;
use crate::estate::objective::{Answer, Standing, State};
use crate::estate::{Estate, Freshness, Source, What};
use crate::failure::FailureKind;

/// Runs the command.
pub(super) fn run(start: &Start, args: &Args) -> anyhow::Result<Ended> {
    let looked = look::once(start, &args.asking, What::decides)?;
    let Looked { reach, estate, derived, sources, now } = looked;
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
    /// The point with newer data that cannot be read.
    locked: Option<Locked>,
    why: String,
}

#[derive(Debug, Serialize)]
struct Locked {
    point: String,
    data_time: Timestamp,
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
        locked: of.locked.as_ref().map(|locked| Locked {
            point: locked.point.to_string(),
            data_time: locked.data_time,
            why: locked.why.clone(),
        }),
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
    let (simulated, endpoint) = (&report.simulated, &report.endpoint);
    told::heading(simulated.as_deref(), endpoint.as_deref())
        .into_iter()
        .for_each(&mut put);
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
