//! `check`: every posture check, once, for people and for cron.

use std::collections::BTreeSet;

use jiff::Timestamp;
use serde::Serialize;

use super::args::Check as Args;
use super::look::{self, Looked};
use super::{Ended, OUTSIDE, PARTIAL, Start, say, told};
use crate::estate::What;
use crate::estate::posture::{self, Severity, checks};

/// What is printed; the names of its fields stay
/// (`docs/schema/check.schema.json`).
#[derive(Debug, Serialize)]
struct Report {
    schema: u32,
    at: Timestamp,
    simulated: Option<String>,
    endpoint: Option<String>,
    counts: Counts,
    verdicts: Vec<Line>,
    passed: Vec<&'static str>,
}

#[derive(Debug, Serialize)]
struct Counts {
    bad: usize,
    warn: usize,
    unknown: usize,
    passed: usize,
}

#[derive(Debug, Serialize)]
struct Line {
    severity: &'static str,
    system: &'static str,
    code: &'static str,
    what: String,
    resource: Option<String>,
    evidence: Option<Evidence>,
    fix: &'static str,
}

#[derive(Debug, Serialize)]
struct Evidence {
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
        say(&text(&report));
    }
    Ok(ended(&report, args.exit_code))
}

fn report(looked: &Looked) -> Report {
    let derived = &looked.derived;
    let verdicts = derived.posture.iter().chain(derived.unsure.iter());
    let lines: Vec<Line> = verdicts.map(line).collect();
    let said: BTreeSet<&str> = lines.iter().map(|line| line.code).collect();
    // Where nothing was looked at, nothing has passed.
    let looks: BTreeSet<&str> = looked
        .estate
        .sources()
        .filter_map(|(source, _)| source.what())
        .map(What::name)
        .collect();
    let passed: Vec<_> = checks()
        .filter(|check| check.rests_on.iter().all(|on| looks.contains(on)))
        .map(|check| check.code)
        .filter(|code| !said.contains(code))
        .collect();
    let count = |severity: Severity| {
        lines.iter().filter(|line| line.severity == severity.name()).count()
    };
    Report {
        schema: 1,
        at: looked.now,
        simulated: looked.reach.place.simulated.clone(),
        endpoint: looked.reach.place.endpoint.clone(),
        counts: Counts {
            bad: count(Severity::Bad),
            warn: count(Severity::Warn),
            unknown: count(Severity::Unknown),
            passed: passed.len(),
        },
        verdicts: lines,
        passed,
    }
}

fn line(verdict: &posture::Verdict) -> Line {
    Line {
        severity: verdict.severity.name(),
        system: verdict.system,
        code: verdict.code,
        what: verdict.what.clone(),
        resource: verdict.resource.as_ref().map(ToString::to_string),
        evidence: verdict.evidence.as_ref().map(|evidence| Evidence {
            source: evidence.source.to_string(),
            at: evidence.at,
        }),
        fix: verdict.fix,
    }
}

fn text(report: &Report) -> String {
    let (simulated, endpoint) = (&report.simulated, &report.endpoint);
    let mut lines = told::heading(simulated.as_deref(), endpoint.as_deref());
    let Counts { bad, warn, unknown, passed } = report.counts;
    lines.push(format!(
        "{bad} bad, {warn} to look at, {unknown} cannot tell, {passed} checks \
         passed at {}",
        report.at.strftime("%Y-%m-%d %H:%M:%SZ")
    ));
    for line in &report.verdicts {
        lines.push(String::new());
        lines.push(format!(
            "{:<8}{:<20} {}",
            line.severity, line.code, line.what
        ));
        lines.push(format!("        do:   {}", line.fix));
        if let Some(evidence) = &line.evidence {
            let at = evidence.at.strftime("%Y-%m-%d %H:%M:%SZ");
            lines.push(format!("        seen: {} at {at}", evidence.source));
        }
    }
    lines.join("\n")
}

fn ended(report: &Report, is_coded: bool) -> Ended {
    match &report.counts {
        _ if !is_coded => Ended::Well,
        Counts { bad: 1.., .. } => Ended::With(OUTSIDE),
        Counts { unknown: 1.., .. } => Ended::With(PARTIAL),
        _ => Ended::Well,
    }
}
