//! What the lint finds in a runbook, as it is shown whenever one is opened:
//! to be started, or in another version of a run's file.

use jiff::Timestamp;

use super::Model;
use crate::runbook::Runbook;
use crate::runbook::lint::{Ground, Judged, lint};
use crate::runbook::{Problem, Severity};
use crate::ui::{Cell, Row, Tone};

/// The findings by all that this console knows.
pub(super) fn rows(
    model: &Model,
    (runbook, text, path): (&Runbook, &str, &str),
    now: Timestamp,
) -> Vec<Row> {
    let Model { estate, derived, past, .. } = model;
    let ground = Ground::of(estate, derived, past, now);
    told(&lint(runbook, text, path, &ground))
}

fn told(judged: &Judged) -> Vec<Row> {
    let found = judged.found.iter().map(|problem| {
        let tone = match problem.severity {
            Severity::Error => Tone::Bad,
            Severity::Warning => Tone::Warn,
        };
        let word = problem.severity.word();
        vec![Cell::new(format!("{word}{}", place(problem)), tone)]
    });
    let accepted = judged.accepted.iter().map(|(problem, why)| {
        let told = format!("accepted{} ({why})", place(problem));
        vec![Cell::new(told, Tone::Info)]
    });
    let mut rows: Vec<Row> = found.chain(accepted).collect();
    let mut whys: Vec<&str> = Vec::new();
    for one in &judged.unjudged {
        if !whys.contains(&one.why.as_str()) {
            whys.push(&one.why);
        }
    }
    rows.extend(whys.into_iter().map(|why| {
        let of = judged.unjudged.iter().filter(|one| one.why == why);
        let codes: Vec<&str> = of.map(|one| one.code).collect();
        let told = format!("not judged, {why}: {}", codes.join(", "));
        vec![Cell::dim(told)]
    }));
    rows
}

fn place(problem: &Problem) -> String {
    let Problem { code, line, message, .. } = problem;
    format!("[{code}] line {line}: {message}")
}
