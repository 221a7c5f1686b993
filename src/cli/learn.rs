//! `runbook learn`: how long steps took in AWS, as a patch to `expect`.

use std::path::Path;

use anyhow::Context as _;
use jiff::SignedDuration;
use serde::Serialize;

use super::{Ended, INVALID, Start, library, past, say, stop, told};
use crate::estate::span::Span;
use crate::journal::disk::{RealDisk, replace};
use crate::runbook::Runbook;
use crate::runbook::learned::{Learned, Took, learned, patch};

/// What is printed; the names of its fields stay.
#[derive(Debug, Serialize)]
struct Report {
    schema: u32,
    runbook: String,
    steps: Vec<Line>,
    /// Runs in an embedded AWS, or at another endpoint.
    ignored: usize,
    patch: Option<String>,
    written: bool,
}

#[derive(Debug, Serialize)]
struct Line {
    step: String,
    expect_s: Option<i64>,
    proposed_s: Option<i64>,
    drills: Option<Took>,
    incidents: Option<Took>,
}

/// Runs the command.
pub(super) fn run(
    start: &Start,
    file: &Path,
    write: bool,
    json: bool,
) -> anyhow::Result<Ended> {
    let text = library::read(file)?;
    let path = file.display().to_string();
    let runbook = Runbook::parse(&text, &path).map_err(|problems| {
        let all: Vec<String> =
            problems.iter().map(ToString::to_string).collect();
        stop(INVALID, all.join("\n"))
    })?;
    let paths = &start.config.paths;
    let mut practices = past::practices(&paths.state);
    practices.extend(past::practices(&paths.simulated()));
    let (steps, ignored) = learned(&runbook, &practices);
    let patched = patch(&runbook, &text, &path, &steps);
    let written = write && patched.is_some();
    if let Some((new, _)) = patched.as_ref().filter(|_| write) {
        replace(&RealDisk::reading(), file, new.as_bytes())
            .with_context(|| format!("could not write {path}"))?;
    }
    let report = Report {
        schema: 1,
        runbook: runbook.id.clone(),
        steps: steps.iter().map(line).collect(),
        ignored,
        patch: patched.map(|(_, diff)| diff),
        written,
    };
    if json {
        told::json(&report)?;
    } else {
        say(&words(&report, &steps));
    }
    Ok(Ended::Well)
}

fn line(one: &Learned) -> Line {
    Line {
        step: one.step.clone(),
        expect_s: one.expect.map(|span| span.as_secs()),
        proposed_s: one.proposed().map(|span| span.as_secs()),
        drills: one.drills.clone(),
        incidents: one.incidents.clone(),
    }
}

fn words(report: &Report, steps: &[Learned]) -> String {
    let mut out = Vec::new();
    for one in steps {
        let expect = one
            .expect
            .map_or_else(|| "nothing".to_owned(), |e| Span(e).to_string());
        out.push(format!("{}: expects {expect}", one.step));
        out.extend(told_of("incidents", one.incidents.as_ref()));
        out.extend(told_of("drills in AWS", one.drills.as_ref()));
    }
    if steps.is_empty() {
        out.push(format!(
            "no step of {} was ever proven in AWS: nothing was learned",
            report.runbook
        ));
    }
    if report.ignored > 0 {
        out.push(format!(
            "not counted: {} runs in an embedded AWS or at another endpoint",
            report.ignored
        ));
    }
    match (&report.patch, report.written) {
        (Some(patch), false) => {
            out.push(String::new());
            out.push(patch.trim_end().to_owned());
            out.push("nothing was written; --write writes it".to_owned());
        }
        (Some(patch), true) => {
            out.push(String::new());
            out.push(patch.trim_end().to_owned());
            out.push("written".to_owned());
        }
        (None, _) if steps.is_empty() => {}
        (None, _) => out.push("the file says it already".to_owned()),
    }
    out.join("\n")
}

fn told_of(what: &str, took: Option<&Took>) -> Option<String> {
    let took = took?;
    let span = |s| Span(SignedDuration::from_secs(s));
    Some(format!(
        "  {what}: p50 {}, p90 {} ({})",
        span(took.p50_s),
        span(took.p90_s),
        took.from.join(", ")
    ))
}
