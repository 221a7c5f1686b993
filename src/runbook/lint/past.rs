//! Rules on what lies behind: drills and incidents, as their journals tell.

use jiff::{SignedDuration, Timestamp};
use sha2::{Digest, Sha256};

use super::super::learned::{Learned, learned};
use super::super::plan::hex;
use super::script::Script;
use super::{Finding, finding};
use crate::estate::metrics::{Drilled, Practice};
use crate::estate::span::Span;

/// How often a step must have been timed before its `expect` is doubted.
const TIMES: usize = 3;

/// What lies behind of one runbook.
pub(super) struct Past<'a> {
    drilled: Drilled,
    /// The newest runs in AWS, at most [`TIMES`].
    newest: Vec<&'a Practice>,
    now: Timestamp,
}

impl<'a> Past<'a> {
    pub(super) fn of(
        script: &Script<'_>,
        past: &'a [Practice],
        now: Timestamp,
    ) -> Past<'a> {
        let runbook = script.runbook;
        let sha256 = hex(&Sha256::digest(script.text));
        let mut newest: Vec<&Practice> = past
            .iter()
            .filter(|one| one.counts())
            .filter(|one| one.runs_of(&runbook.id).next().is_some())
            .collect();
        newest.sort_by_key(|one| one.at);
        let newest = newest.split_off(newest.len().saturating_sub(TIMES));
        Past { drilled: runbook.drilled(&sha256, past), newest, now }
    }
}

fn day(at: Timestamp) -> String {
    at.strftime("%Y-%m-%d").to_string()
}

/// What was never drilled is a hope.
pub(super) fn never_drilled(_: &Script<'_>, past: &Past<'_>) -> Vec<Finding> {
    if past.drilled.last.is_some() {
        return Vec::new();
    }
    let elsewhere = past.drilled.elsewhere_words();
    let told = format!("it was never drilled in AWS{elsewhere}");
    vec![finding(1, told, "drill it: `drill run RUNBOOK --real`")]
}

/// A drill proves the bytes that it ran.
pub(super) fn drilled_older(_: &Script<'_>, past: &Past<'_>) -> Vec<Finding> {
    let last = past.drilled.last.as_ref().filter(|last| !last.same);
    let told = last.map(|last| {
        format!(
            "its last drill, {} on {}, was of another version",
            last.id,
            day(last.at)
        )
    });
    let help = "drill it as it is now";
    told.map(|told| finding(1, told, help)).into_iter().collect()
}

/// It is drilled as often as it says.
pub(super) fn drill_overdue(_: &Script<'_>, past: &Past<'_>) -> Vec<Finding> {
    let due = past.drilled.due().filter(|due| *due < past.now);
    let told = due.map(|due| format!("a drill was due on {}", day(due)));
    let help = "drill it, or say by `drill_every` how often is enough";
    told.map(|told| finding(1, told, help)).into_iter().collect()
}

/// What no run ever did may not work.
pub(super) fn never_done(
    script: &Script<'_>,
    past: &Past<'_>,
) -> Vec<Finding> {
    if past.drilled.last.is_none() {
        return Vec::new();
    }
    let steps = script.steps().filter(|(place, spec)| {
        script.changes(*place) && past.drilled.unproven.contains(&spec.id)
    });
    let help = "drill the way that leads there";
    steps
        .map(|(_, spec)| {
            let told = format!("step {}: no run in AWS ever did it", spec.id);
            finding(spec.line, told, help)
        })
        .collect()
}

/// What is expected is what was measured.
pub(super) fn expect_off(
    script: &Script<'_>,
    past: &Past<'_>,
) -> Vec<Finding> {
    if past.newest.len() < TIMES {
        return Vec::new();
    }
    let newest: Vec<Practice> =
        past.newest.iter().map(|one| (*one).clone()).collect();
    let (steps, _) = learned(script.runbook, &newest);
    let off = |one: &Learned| {
        let (took, expect) = one.proposed().zip(one.expect)?;
        let by = took.saturating_sub(expect).abs();
        let half = SignedDuration::from_secs(expect.as_secs() / 2);
        let place = script.runbook.place(&one.step)?;
        let spec = &script.runbook.steps[place];
        let told = format!(
            "step {}: it is expected to take {}, and took {} in the last \
             {TIMES} runs",
            spec.id,
            Span(expect),
            Span(took)
        );
        let help = "`runbook learn FILE --write` writes what was measured";
        (by > half).then(|| finding(spec.line, told, help))
    };
    steps.iter().filter_map(off).collect()
}
