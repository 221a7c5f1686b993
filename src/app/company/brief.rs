//! The brief: what a person must know before they drive.

use jiff::Timestamp;

use super::super::{Model, forms};
use super::ask::plain;
use super::offer;
use crate::incident::fact::Fact;
use crate::incident::timeline;
use crate::runbook::run::{Run, Status};
use crate::screens::form::{Ask as Field, Purpose, State as Form};
use crate::screens::{Open, runbook};
use crate::ui::{Cell, Row, Tone};

/// As many of the last actions are told.
const ACTIONS: usize = 5;

/// What is read back for the next step where there is none.
const NOTHING: &str = "nothing is left";

/// Shows the brief, and asks for the own name and the next step.
pub(in crate::app) fn brief(model: &mut Model, now: Timestamp) {
    let Some(offer) = offer(model) else { return };
    let mut told = vec![
        plain(format!("Offered to: {}", offer.to)),
        plain(format!("Why: {}", offer.reason)),
    ];
    told.extend(lines(model, now));
    let next = next_step(model);
    let fields = vec![
        Field::new("your name"),
        Field::new("type the next step").exact(next),
    ];
    let title = "Take the incident over";
    let purpose = Purpose::Accept(offer.seq);
    forms::open(model, Form::new(purpose, title, told, fields, now));
}

/// The title of the step to be done next.
pub(in crate::app) fn next_step(model: &Model) -> String {
    let run = model.open.as_ref().and_then(Open::run);
    let step = run.and_then(|run| {
        let (spec, _) = run.steps().nth(run.current()?)?;
        Some(run.title(spec).trim().to_owned())
    });
    step.unwrap_or_else(|| NOTHING.to_owned())
}

/// The brief itself.
pub(super) fn lines(model: &Model, now: Timestamp) -> Vec<Row> {
    let Some(open) = &model.open else { return Vec::new() };
    let Some(run) = open.run() else { return Vec::new() };
    let mut lines = vec![clock(open, run, now)];
    for (head, tone, fits) in [
        ("IN FLIGHT", Tone::Warn, is_in_flight as fn(&Status) -> bool),
        ("UNKNOWN", Tone::Bad, is_unknown),
    ] {
        let steps = run.steps().filter(|(_, state)| fits(&state.status));
        let names: Vec<String> =
            steps.map(|(spec, _)| spec.id.clone()).collect();
        let (text, tone) = if names.is_empty() {
            ("nothing".to_owned(), Tone::Plain)
        } else {
            (names.join(", "), tone)
        };
        lines.push(head_line(head, text, tone));
    }
    lines.push(head_line("NEXT", next_step(model), Tone::Title));
    for (place, text) in last(open).into_iter().enumerate() {
        let head = if place == 0 { "LAST" } else { "" };
        lines.push(head_line(head, text, Tone::Plain));
    }
    lines
}

fn head_line(head: &str, text: String, tone: Tone) -> Row {
    vec![Cell::dim(format!("{head:<10}")), Cell::new(text, tone)]
}

/// The objective, and the time that has passed of it.
fn clock(open: &Open, run: &Run, now: Timestamp) -> Row {
    let title = &run.runbook().title;
    let rto = run.runbook().rto.map(runbook::short);
    let (from, since) = match open.impact() {
        Some(impact) => (impact, "since the impact"),
        None => (run.pinned().at, "since the start, impact unknown"),
    };
    let passed = runbook::short(now.duration_since(from));
    let of = rto.map_or_else(String::new, |rto| format!(" of RTO {rto}"));
    head_line(
        "OBJECTIVE",
        format!("{title}: {passed}{of} {since}"),
        Tone::Plain,
    )
}

fn is_in_flight(status: &Status) -> bool {
    matches!(
        status,
        Status::Confirmed | Status::InFlight | Status::Waiting { .. }
    )
}

fn is_unknown(status: &Status) -> bool {
    matches!(status, Status::Unknown { .. })
}

/// What people did last, the oldest first.
fn last(open: &Open) -> Vec<String> {
    let entries = open.incident.entries.iter().rev();
    let by_people = entries.filter(|entry| {
        !entry.fact.is_auto()
            && !matches!(entry.fact, Fact::File { .. } | Fact::Claimed { .. })
    });
    let mut told: Vec<String> = by_people
        .take(ACTIONS)
        .map(|entry| {
            let row = timeline::row(entry, None);
            let step = row.step.as_ref().map(|step| format!("{step}: "));
            let at = entry.at.strftime("%H:%M:%SZ");
            format!("{at} {}{}", step.unwrap_or_default(), row.told())
        })
        .collect();
    told.reverse();
    told
}
