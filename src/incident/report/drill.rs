//! `drill.md`: what a drill proved, for whoever audits it.
//!
//! Objectives against what was measured, what was proven of each step and
//! what was not, what the drill made and that it is gone, the drills before
//! it, and what it taught about durations. A drill in an embedded AWS says in
//! every part that it is no evidence.

use std::fmt::Write as _;

use jiff::SignedDuration;

use super::super::Incident;
use super::super::made::Made;
use super::super::metrics::Metrics;
use super::markdown::{accepted, cell, code, head, plain, seen, source};
use super::{Provenance, clock, known, moment, verdict};
use crate::estate::metrics::{Exercise, Practice, Rehearsal};
use crate::runbook::learned::learned;
use crate::runbook::run::Run;

/// As many drills before this one are told.
const BEFORE: usize = 3;

/// The report as Markdown. Drills before this one are found in `past`.
pub fn report(
    incident: &Incident,
    past: &[Practice],
    from: &Provenance,
) -> String {
    let mut text = String::new();
    head(&mut text, incident, ("DRILL ", "drill"));
    objectives(&mut text, incident);
    for run in &incident.runs {
        steps(&mut text, run);
    }
    clean_up(&mut text, incident, from);
    before(&mut text, incident, past);
    taught(&mut text, incident, past);
    source(&mut text, incident, from);
    text
}

/// What stands under each part of a drill that is no evidence.
fn watermark(text: &mut String, incident: &Incident) {
    if let Some(opening) = &incident.opening {
        let what = match (&opening.simulated, &opening.endpoint) {
            (Some(scenario), _) => format!("SIMULATED ({scenario})"),
            (None, Some(endpoint)) => format!("endpoint {endpoint}"),
            (None, None) => return,
        };
        line!(text, "_DRILL, {}: no evidence._\n", plain(&what));
    }
}

fn objectives(text: &mut String, incident: &Incident) {
    let metrics = Metrics::of(incident);
    line!(text, "## Objectives against measured\n");
    watermark(text, incident);
    line!(text, "| Of | Objective | Measured | Verdict | Evidence |");
    line!(text, "| --- | --- | --- | --- | --- |");
    let by = metrics.impact_by.as_deref().unwrap_or("no impact was asserted");
    line!(
        text,
        "| RTO: impact to health | {} | {} | {} | {} |",
        known(metrics.rto_objective),
        known(metrics.rto),
        verdict(metrics.rto_met),
        cell(by)
    );
    for one in &metrics.recovered {
        line!(
            text,
            "| RPO of {} | {} | {} | {} | {} |",
            cell(&one.resource),
            known(one.objective),
            known(one.rpo),
            verdict(one.met),
            cell(&one.evidence)
        );
    }
    if metrics.recovered.is_empty() {
        line!(
            text,
            "| RPO | unknown | unknown | unknown | none was recovered |"
        );
    }
    line!(text);
}

fn steps(text: &mut String, run: &Run) {
    let pinned = run.pinned();
    let all = run.steps().count();
    let of = |how| run.exercised().filter(|(_, _, h)| *h == how).count();
    line!(text, "## Steps of {}\n", plain(&pinned.runbook.id));
    line!(
        text,
        "{} of {all} steps proven, {} said by a person, {} simulated, {} not \
         exercised. Runbook {}, started {}.\n",
        of(Exercise::Proven),
        of(Exercise::Said),
        of(Exercise::Simulated),
        of(Exercise::NotExercised),
        code(&pinned.sha256[..pinned.sha256.len().min(12)]),
        moment(pinned.at)
    );
    accepted(text, &pinned.runbook);
    line!(
        text,
        "| Step | Proven | State | Took | Expected | Evidence |\n\
         | --- | --- | --- | --- | --- | --- |"
    );
    for (spec, state, how) in run.exercised() {
        line!(
            text,
            "| {} | {} | {} | {} | {} | {} |",
            cell(&run.title(spec)),
            how.word(),
            state.status.word(),
            state.took().map(clock).unwrap_or_default(),
            spec.expect.map(clock).unwrap_or_default(),
            cell(&seen(state))
        );
    }
    line!(text);
}

fn clean_up(text: &mut String, incident: &Incident, from: &Provenance) {
    line!(text, "## Clean-up\n");
    watermark(text, incident);
    if incident.made.is_empty() {
        line!(text, "No call of this drill made anything that costs.\n");
        return;
    }
    line!(
        text,
        "| Made | Step | At | Costs | So far | Gone |\n\
         | --- | --- | --- | --- | --- | --- |"
    );
    for made in &incident.made {
        let cost = made.cost(from.at);
        line!(
            text,
            "| {} | {} | {} | {} | {} | {} |",
            cell(&made.arn),
            cell(&made.step),
            moment(made.at),
            made.hourly_words(),
            cost.map_or("unknown".into(), |usd| format!("${usd:.2}")),
            cell(&proof(made))
        );
    }
    match incident.left().count() {
        0 => line!(text, "\nAll of it is gone.\n"),
        n => line!(text, "\n**{n} of it still cost: delete them.**\n"),
    }
}

fn proof(made: &Made) -> String {
    match &made.gone {
        None => "NOT GONE".to_owned(),
        Some((at, how)) => format!("{}: {how}", moment(*at)),
    }
}

/// Other drills of these runbooks, newest first.
fn before(text: &mut String, incident: &Incident, past: &[Practice]) {
    line!(text, "## The last drills before\n");
    for run in &incident.runs {
        let id = &run.runbook().id;
        let mut all: Vec<&Practice> = past
            .iter()
            .filter(|one| one.drill && one.id != incident.id)
            .filter(|one| one.runs_of(id).next().is_some())
            .filter(|one| one.at <= run.pinned().at)
            .collect();
        all.sort_by_key(|one| -one.at.as_second());
        for one in all.iter().take(BEFORE) {
            let told: Vec<String> =
                one.runs_of(id).map(Rehearsal::words).collect();
            line!(
                text,
                "- {} {} of {}: {}; RTO {}{}",
                moment(one.at),
                plain(&one.id),
                plain(id),
                told.join("; "),
                known(one.rto),
                if one.counts() { "" } else { " (embedded: no evidence)" }
            );
        }
        if all.is_empty() {
            line!(text, "- {} was not drilled before", plain(id));
        }
    }
    line!(text);
}

/// What all drills and incidents in AWS taught, this one with them.
fn taught(text: &mut String, incident: &Incident, past: &[Practice]) {
    line!(text, "## Durations learned\n");
    let mut all: Vec<Practice> =
        past.iter().filter(|one| one.id != incident.id).cloned().collect();
    all.extend(incident.practice());
    let mut any = false;
    for run in &incident.runs {
        let (steps, _) = learned(run.runbook(), &all);
        for one in steps.iter().filter(|one| one.differs()) {
            if !any {
                line!(text, "| Step | Expected | In AWS, p90 |");
                line!(text, "| --- | --- | --- |");
                any = true;
            }
            let span = |span: Option<SignedDuration>| {
                span.map_or_else(|| "not said".to_owned(), clock)
            };
            let (was, is) = (span(one.expect), span(one.proposed()));
            line!(text, "| {} | {was} | {is} |", cell(&one.step));
        }
    }
    if !any {
        line!(text, "Nothing that the runbook does not say already.");
    }
    line!(
        text,
        "\nOnly what was done in AWS itself teaches a duration. A patch of \
         `expect`: `lifeboat runbook learn FILE`.\n"
    );
}
