//! `readiness`: the recovery pattern of each application, and the metrics.

use jiff::Timestamp;
use serde::Serialize;

use super::args::Readiness as Args;
use super::look::{self, Looked};
use super::{Ended, Start, past, say, told};
use crate::estate::metrics::{
    Drilled, Evidence, Measure, Metric, Scene, Stand, Value, metrics,
};
use crate::estate::pattern::{
    Aim, Application, Level, Met, Pattern, Proof, applications,
};

/// What is printed; the names of its fields stay
/// (`docs/schema/readiness.schema.json`).
#[derive(Debug, Serialize)]
struct Report {
    schema: u32,
    at: Timestamp,
    simulated: Option<String>,
    endpoint: Option<String>,
    target_region: Option<String>,
    app_tag: String,
    applications: Vec<App>,
    metrics: Vec<Line>,
    drills: Vec<Drill>,
}

/// How a runbook stands with its drills in AWS.
#[derive(Debug, Serialize)]
struct Drill {
    runbook: String,
    last: Option<Last>,
    due: Option<Timestamp>,
    overdue: bool,
    /// Drills in an embedded AWS or at another endpoint: no evidence.
    not_counted: usize,
    /// Steps that nothing in AWS ever proved.
    unproven: Vec<String>,
}

#[derive(Debug, Serialize)]
struct Last {
    incident: String,
    at: Timestamp,
    result: String,
}

#[derive(Debug, Serialize)]
struct App {
    name: Option<String>,
    /// The highest pattern that is proven.
    pattern: Option<Pattern>,
    /// Whether it may have a higher one.
    unsure: bool,
    /// What older answers speak for.
    last_seen: Option<Pattern>,
    next: Option<Pattern>,
    resources: usize,
    compute: usize,
    stacks: usize,
    rto_s: Option<i64>,
    rpo_s: Option<i64>,
    keeps_rto: Option<bool>,
    outside_rpo: usize,
    automation: Vec<String>,
    patterns: Vec<Step>,
}

#[derive(Debug, Serialize)]
struct Step {
    pattern: Pattern,
    met: Met,
    missing: Vec<String>,
    unknown: Vec<String>,
    evidence: Vec<Seen>,
}

#[derive(Debug, Serialize)]
struct Line {
    metric: Measure,
    definition: &'static str,
    /// As `unit` says; of costs the upper bound.
    value: Option<i64>,
    unit: Option<&'static str>,
    words: String,
    unknown: Option<String>,
    so_far: Option<String>,
    objective: Option<String>,
    stand: Stand,
    simulated: Option<String>,
    evidence: Vec<Seen>,
}

#[derive(Debug, Serialize)]
struct Seen {
    what: String,
    source: String,
    at: Timestamp,
}

/// Runs the command.
pub(super) fn run(start: &Start, args: &Args) -> anyhow::Result<Ended> {
    let looked = look::once(start, &args.asking, |_| true)?;
    let report = report(&looked);
    if args.json {
        told::json(&report)?;
    } else {
        say(&text(&report, args.evidence));
    }
    Ok(Ended::Well)
}

fn report(looked: &Looked) -> Report {
    let Looked { reach, estate, derived, now, .. } = looked;
    let past = past::practices(&reach.state);
    let target = reach.watch.target.as_ref();
    let aim = Aim { tag: &reach.app_tag, target, now: *now };
    let standings = &derived.standings;
    let measured = metrics(Scene {
        estate,
        standings,
        cost: &derived.cost,
        past: &past,
        simulated: reach.place.simulated.as_deref(),
        endpoint: reach.place.endpoint.as_deref(),
        success: reach.backup_success,
        now: *now,
    });
    Report {
        schema: 1,
        at: *now,
        simulated: reach.place.simulated.clone(),
        endpoint: reach.place.endpoint.clone(),
        target_region: target.map(ToString::to_string),
        app_tag: reach.app_tag.clone(),
        applications: applications(estate, standings, aim)
            .iter()
            .map(app)
            .collect(),
        metrics: measured.iter().map(line).collect(),
        drills: reach.watch.drilled.iter().map(|d| drill(d, *now)).collect(),
    }
}

fn drill(one: &Drilled, now: Timestamp) -> Drill {
    Drill {
        runbook: one.runbook.clone(),
        last: one.last.as_ref().map(|last| Last {
            incident: last.id.clone(),
            at: last.at,
            result: last.words.clone(),
        }),
        due: one.due(),
        overdue: one.is_overdue(now),
        not_counted: one.elsewhere,
        unproven: one.unproven.clone(),
    }
}

fn app(one: &Application) -> App {
    App {
        name: one.name.clone(),
        pattern: one.proven(),
        unsure: one.is_unsure(),
        last_seen: one.seen,
        next: one.next().map(|level| level.pattern),
        resources: one.parts.data,
        compute: one.parts.compute,
        stacks: one.parts.stacks,
        rto_s: one.demand.rto.map(|span| span.as_secs()),
        rpo_s: one.demand.rpo.map(|span| span.as_secs()),
        keeps_rto: one.keeps_rto(),
        outside_rpo: one.demand.outside,
        automation: one.automation.clone(),
        patterns: one.levels.iter().map(step).collect(),
    }
}

fn step(level: &Level) -> Step {
    let seen = |proof: &Proof| Seen {
        what: proof.what.clone(),
        source: proof.source.to_string(),
        at: proof.at,
    };
    Step {
        pattern: level.pattern,
        met: level.met(),
        missing: level.missing.clone(),
        unknown: level.unknown.clone(),
        evidence: level.evidence.iter().map(seen).collect(),
    }
}

fn line(one: &Metric) -> Line {
    let (value, unit) = match &one.value {
        Ok(value) => number(value),
        Err(_) => (None, None),
    };
    let seen = |evidence: &Evidence| Seen {
        what: evidence.what.clone(),
        source: evidence.source.clone(),
        at: evidence.at,
    };
    Line {
        metric: one.measure,
        definition: one.measure.definition(),
        value,
        unit,
        words: match &one.value {
            Ok(value) => value.words(),
            Err(why) => format!("unknown: {why}"),
        },
        unknown: one.value.as_ref().err().cloned(),
        so_far: one.so_far.clone(),
        objective: one.objective.clone(),
        stand: one.stand,
        simulated: one.simulated.clone(),
        evidence: one.evidence.iter().map(seen).collect(),
    }
}

fn number(value: &Value) -> (Option<i64>, Option<&'static str>) {
    match value {
        Value::Share { of, all } => {
            let thousandths = of.saturating_mul(1000) / (*all).max(1);
            (i64::try_from(thousandths).ok(), Some("per mille"))
        }
        Value::Span(span) => (Some(span.as_secs()), Some("s")),
        Value::Cost(sum) => (Some(sum.high.0), Some("millionths of USD")),
    }
}

fn text(report: &Report, evidence: bool) -> String {
    let (simulated, endpoint) = (&report.simulated, &report.endpoint);
    let mut out = told::heading(simulated.as_deref(), endpoint.as_deref());
    let at = report.at.strftime("%Y-%m-%d %H:%M:%SZ");
    let target = report.target_region.as_deref();
    let target = target.unwrap_or("no Region that is configured");
    out.push(format!("Readiness to recover in {target}, at {at}"));
    out.push(String::new());
    out.push(format!("APPLICATIONS by tag {}", report.app_tag));
    for one in &report.applications {
        out.extend(told_of(one, evidence));
    }
    out.push(String::new());
    out.push("METRICS".to_owned());
    for one in &report.metrics {
        out.extend(measured(one, evidence));
    }
    if !report.drills.is_empty() {
        out.push(String::new());
        out.push("DRILLS in AWS itself".to_owned());
    }
    out.extend(report.drills.iter().flat_map(drilled));
    out.join("\n")
}

fn drilled(one: &Drill) -> Vec<String> {
    let day = |at: Timestamp| at.strftime("%Y-%m-%d").to_string();
    let last = match (&one.last, one.not_counted) {
        (Some(last), _) => {
            format!("{} {}: {}", day(last.at), last.incident, last.result)
        }
        (None, 0) => "never".to_owned(),
        (None, n) => format!("never; {n} elsewhere do not count"),
    };
    let due = one.due.map_or_else(String::new, |due| {
        let word = if one.overdue { "OVERDUE since" } else { "due" };
        format!(", {word} {}", day(due))
    });
    let mut out = vec![format!("  {:<24} {last}{due}", one.runbook)];
    if one.last.is_some() && !one.unproven.is_empty() {
        let steps = one.unproven.join(", ");
        out.push(format!("  {:<24} never proven: {steps}", ""));
    }
    out
}

fn told_of(one: &App, evidence: bool) -> Vec<String> {
    let name = one.name.as_deref().unwrap_or("(no application)");
    let words = match (one.pattern, one.unsure) {
        (Some(pattern), false) => pattern.name().to_owned(),
        (Some(pattern), true) => format!("at least {pattern}"),
        (None, true) => "unknown".to_owned(),
        (None, false) => "none".to_owned(),
    };
    let mut out = vec![format!("{name:<20} {words}")];
    if let Some(seen) = one.last_seen {
        out.push(format!("{:<20} as last seen: {seen}", ""));
    }
    if one.keeps_rto == Some(false) {
        let order = one.pattern.map_or("", Pattern::order);
        out.push(format!(
            "{:<20} its strictest RTO is shorter than {order}",
            ""
        ));
    }
    for step in &one.patterns {
        let is_next = Some(step.pattern) == one.next;
        if evidence || is_next {
            out.extend(lacks(step, evidence));
        }
    }
    out
}

fn lacks(step: &Step, evidence: bool) -> Vec<String> {
    /// As many are told where not all are asked for.
    const FEW: usize = 3;
    let word = match step.met {
        Met::Proven => "has",
        Met::Missing => "lacks",
        Met::Unknown => "cannot tell",
    };
    let mut out = vec![format!("{:<20} {word} {}", "", step.pattern)];
    let most = if evidence { usize::MAX } else { FEW };
    let all = step.missing.len() + step.unknown.len();
    let why = step.missing.iter().chain(&step.unknown).take(most);
    out.extend(why.map(|text| format!("{:<22} {text}", "")));
    if all > most {
        out.push(format!("{:<22} and {} more", "", all - most));
    }
    if evidence {
        out.extend(step.evidence.iter().map(proof));
    }
    out
}

fn proof(seen: &Seen) -> String {
    let at = seen.at.strftime("%Y-%m-%d %H:%M:%SZ");
    format!("{:<22} seen: {} ({}, {at})", "", seen.what, seen.source)
}

fn measured(one: &Line, evidence: bool) -> Vec<String> {
    let stand = match one.stand {
        Stand::Met => "met",
        Stand::Missed => "MISSED",
        Stand::Unknown => "unknown",
        Stand::NoObjective => "no objective",
    };
    let label = match one.simulated {
        Some(_) => " SIMULATED",
        None => "",
    };
    let objective = one.objective.as_ref();
    let objective = objective.map_or(String::new(), |o| format!("; {o}"));
    let name = one.metric.name();
    let mut out =
        vec![format!("{name:<20} {}{label} ({stand}{objective})", one.words)];
    if let Some(so_far) = &one.so_far {
        out.push(format!("{:<20} so far: {so_far}", ""));
    }
    if evidence {
        out.push(format!("{:<20} {}", "", one.definition));
        out.extend(one.evidence.iter().map(proof));
    }
    out
}
