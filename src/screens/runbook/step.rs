//! One step of the run: its sign, and what there is to know of it.

use super::{is_unproven, short};
use crate::runbook::StepSpec;
use crate::runbook::plan::Level;
use crate::runbook::run::{Run, Status, StepState};
use crate::runbook::steps::{Settled, Wants};
use crate::screens::Known;
use crate::ui::{Cell, Mark, Row, Tone};

/// The sign of a step's state.
pub(super) fn mark(step: &StepState) -> Mark {
    match &step.status {
        Status::Done => Mark::Good,
        Status::Failed { .. }
        | Status::NotApplied { .. }
        | Status::Blocked { .. } => Mark::Bad,
        Status::Unknown { .. } | Status::Held { unclear: true, .. } => {
            Mark::Unknown
        }
        Status::Held { .. }
        | Status::Overridden { .. }
        | Status::Undone { .. } => Mark::Warn,
        Status::Ready
        | Status::Checking
        | Status::Planned
        | Status::Confirmed
        | Status::InFlight
        | Status::Waiting { .. }
        | Status::Verifying { .. } => Mark::Running,
        Status::Pending
        | Status::NotApplicable
        | Status::Aside
        | Status::Superseded
        | Status::Simulated
        | Status::Skipped { .. }
        | Status::Aborted => Mark::Stale,
    }
}

/// How a step's state should feel.
pub(super) fn tone(status: &Status) -> Tone {
    match status {
        Status::Done => Tone::Good,
        Status::Failed { .. }
        | Status::NotApplied { .. }
        | Status::Blocked { .. } => Tone::Bad,
        Status::Unknown { .. } | Status::Held { unclear: true, .. } => {
            Tone::Unknown
        }
        Status::Held { .. }
        | Status::Overridden { .. }
        | Status::Undone { .. } => Tone::Warn,
        Status::Pending
        | Status::NotApplicable
        | Status::Aside
        | Status::Superseded
        | Status::Simulated
        | Status::Skipped { .. }
        | Status::Aborted => Tone::Dim,
        Status::Ready
        | Status::Checking
        | Status::Planned
        | Status::Confirmed
        | Status::InFlight
        | Status::Waiting { .. }
        | Status::Verifying { .. } => Tone::Info,
    }
}

/// What a step takes of a person.
pub(super) fn level(spec: &StepSpec) -> &'static str {
    match (spec.does.wants(), spec.level) {
        (Wants::Choice { .. }, _) => "you decide",
        (Wants::Value { .. } | Wants::Words { .. }, _) => "you answer",
        (Wants::Nothing, Level::Read) => "reads only, runs by itself",
        (Wants::Nothing, Level::Mild) => "changes AWS · MILD",
        (Wants::Nothing, Level::Moderate) => "changes AWS · MODERATE",
        (Wants::Nothing, Level::Severe) => "changes AWS · SEVERE",
    }
}

/// What there is to know of a step, line by line.
pub(super) fn detail(
    run: &Run,
    spec: &StepSpec,
    step: &StepState,
    known: &Known<'_>,
) -> Vec<Row> {
    let mut rows = Vec::new();
    let mut say = |head: &'static str, text: String, tone: Tone| {
        rows.push(vec![
            Cell::dim(format!("{head:<7}")),
            Cell::new(text, tone),
        ]);
    };
    say("Kind", spec.kind.name.to_owned(), Tone::Dim);
    if let Some(why) = &spec.why {
        say("Why", why.show(run.values()), Tone::Plain);
    }
    let word = step.status.word();
    let state = step
        .status
        .why()
        .map_or_else(|| word.to_owned(), |why| format!("{word}: {why}"));
    say("State", state, tone(&step.status));
    if run.is_over() {
        let text = "all steps are over: 6 shows the timeline, e there \
                    exports it; :incident.close, :mode.disarm";
        say("Run", text.to_owned(), Tone::Good);
    }
    if step.overdue {
        say("", "takes longer than allowed".into(), Tone::Bad);
    }
    if let Some(next) = next_key(spec, &step.status, known.armed) {
        say("Next", next.to_owned(), Tone::Info);
    }
    if let Some(expect) = spec.expect {
        say("Takes", format!("about {}", short(expect)), Tone::Plain);
    }
    if let Some(undo) = &spec.undo {
        say("Undo", undo.show(run.values()), Tone::Plain);
    }
    if is_unproven(run, spec, known) {
        say("Proven", "unproven: never done in AWS".into(), Tone::Dim);
    }
    let made = known.open.into_iter().flat_map(|o| o.incident.left());
    for made in made.filter(|made| made.step == spec.id) {
        let text = format!("{}, {}", made.arn, made.hourly_words());
        say("Made", text, Tone::Warn);
    }
    for line in &step.evidence {
        say("Seen", line.clone(), Tone::Plain);
    }
    let open = !step.status.is_over() && step.status != Status::Pending;
    if open && step.evidence.is_empty() {
        match run.reading(&spec.id, known.estate, known.now) {
            Some(Settled::Done { evidence, .. }) => {
                for line in evidence {
                    say("Seen", line, Tone::Good);
                }
            }
            Some(
                Settled::Running { why }
                | Settled::NotDone { why }
                | Settled::CannotTell { why },
            ) => say("Seen", why, Tone::Plain),
            None => {}
        }
    }
    rows
}

/// The key that brings the step on.
fn next_key(
    spec: &StepSpec,
    status: &Status,
    armed: bool,
) -> Option<&'static str> {
    let wants = spec.does.wants();
    Some(match (status, wants) {
        (Status::Unknown { .. }, _) => {
            "v looks at AWS again; nothing is sent twice"
        }
        (Status::Failed { .. } | Status::NotApplied { .. }, _) => {
            "r tries once more, s skips with a reason, A aborts"
        }
        (Status::Held { .. }, _) => {
            "v looks again, s skips with a reason, A aborts"
        }
        (Status::Ready | Status::Planned, Wants::Choice { .. }) => "x decides",
        (
            Status::Ready | Status::Planned,
            Wants::Value { .. } | Wants::Words { .. },
        ) => "x answers",
        (Status::Ready | Status::Planned, Wants::Nothing)
            if spec.level > Level::Read && !armed =>
        {
            "g a arms, then x shows the request; p only previews"
        }
        (Status::Ready | Status::Planned, Wants::Nothing)
            if spec.level > Level::Read =>
        {
            "x shows the request; nothing is sent before you confirm"
        }
        (Status::Confirmed, _) => "looked at once more before it is sent",
        (Status::Waiting { .. } | Status::Verifying { .. }, _) => {
            "AWS works; v looks now"
        }
        _ => return None,
    })
}
