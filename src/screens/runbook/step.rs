//! One step of the run: its sign, and what there is to know of it.

use super::{is_unproven, short};
use crate::keymap::Action;
use crate::runbook::StepSpec;
use crate::runbook::plan::Level;
use crate::runbook::run::{Run, Status, StepState};
use crate::runbook::steps::{Leads, Settled, Wants};
use crate::screens::{Known, Screen, shown_time};
use crate::ui::{Cell, Mark, Row, Tone};

/// The sign of a step's state.
pub(super) fn mark(step: &StepState) -> Mark {
    match &step.status {
        Status::Ready
        | Status::Planned
        | Status::Waiting { .. }
        | Status::Verifying { .. }
            if step.is_overdue() =>
        {
            Mark::Warn
        }
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
    let is_program = spec.kind.name == "command";
    match (spec.does.wants(), spec.level) {
        (Wants::Nothing, Level::Read) if is_program => {
            "runs a program that only looks, by itself"
        }
        (Wants::Nothing, _) if is_program => "runs a program · SEVERE",
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
    if let Some((at, why)) = run.paused() {
        let since = shown_time(known, at);
        let pause = known.key(Action::RunbookPause, Screen::Runbook);
        let text = format!("since {since}: {why}; {pause} goes on");
        say("PAUSED", text, Tone::Warn);
    }
    say("Kind", kind(run, spec), Tone::Dim);
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
        say("Run", after_all(known), Tone::Good);
    }
    if step.is_overdue() {
        say("", overdue(spec, step).into(), Tone::Bad);
    }
    if let Some(next) = next_key(spec, &step.status, known) {
        say("Next", next, Tone::Info);
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
    for (head, text, tone) in ways(run, spec, step, known) {
        say(head, text, tone);
    }
    for line in &step.evidence {
        say("Seen", line.clone(), Tone::Plain);
    }
    for (line, tone) in seen_now(run, spec, step, known) {
        say("Seen", line, tone);
    }
    rows
}

/// What there is to do once all steps are over.
fn after_all(known: &Known<'_>) -> String {
    let key = |action| known.key(action, Screen::Runbook);
    format!(
        "all steps are over: {} shows the timeline, {} there exports it; {}, \
         {}",
        key(Action::ViewTimeline),
        known.key(Action::TimelineExport, Screen::Timeline),
        key(Action::IncidentClose),
        key(Action::ModeDisarm)
    )
}

/// What looks tell now of a step that is not over and has told nothing yet.
fn seen_now(
    run: &Run,
    spec: &StepSpec,
    step: &StepState,
    known: &Known<'_>,
) -> Vec<(String, Tone)> {
    let idle = step.status.is_over()
        || matches!(
            step.status,
            Status::Pending | Status::Aside | Status::Undone { .. }
        );
    if idle || !step.evidence.is_empty() {
        return Vec::new();
    }
    match run.reading(&spec.id, known.estate, known.now) {
        Some(Settled::Done { evidence, .. }) => {
            evidence.into_iter().map(|line| (line, Tone::Good)).collect()
        }
        Some(
            Settled::Running { why }
            | Settled::NotDone { why }
            | Settled::CannotTell { why },
        ) => vec![(why, Tone::Plain)],
        None => Vec::new(),
    }
}

/// Its kind, and in which manner of the run it is needed.
fn kind(run: &Run, spec: &StepSpec) -> String {
    let name = spec.kind.name;
    match spec.only {
        Some(only) => format!(
            "{name}, only {}; the run goes on {}",
            only.word(),
            run.manner().adverb()
        ),
        None => name.to_owned(),
    }
}

/// What it means that a step is overdue.
pub fn overdue(spec: &StepSpec, step: &StepState) -> &'static str {
    if spec.does.window().is_some() {
        "the trial is over: decide; nothing acts by itself"
    } else if step.status.asks_a_person() {
        "waits for you longer than it may; nothing acts by itself"
    } else {
        "takes longer than allowed"
    }
}

/// The exits of a decision, what is left of a trial, and the ways back.
fn ways(
    run: &Run,
    spec: &StepSpec,
    step: &StepState,
    known: &Known<'_>,
) -> Vec<(&'static str, String, Tone)> {
    let mut rows = Vec::new();
    if let (Some(window), Some(ready)) = (spec.does.window(), step.ready)
        && step.status == Status::Ready
    {
        let left = window - known.now.duration_since(ready);
        rows.push(if left.is_negative() {
            let over = short(left.abs());
            ("Trial", format!("over since {over}"), Tone::Bad)
        } else {
            let text = format!(
                "{} left of {}; its end asks, nothing acts",
                short(left),
                short(window)
            );
            ("Trial", text, Tone::Warn)
        });
    }
    if let Wants::Choice { choices, .. } = spec.does.wants() {
        for choice in choices {
            let leads = match &choice.leads {
                Leads::On => String::new(),
                Leads::To(id) => format!(" -> {id}"),
                Leads::End => " -> the end".to_owned(),
            };
            let text = format!("{}: {}{leads}", choice.key, choice.label);
            rows.push(("Exit", text, Tone::Plain));
        }
    }
    if let Some(undone) = spec.undoes {
        let id = run.runbook().steps[undone].id.clone();
        rows.push(("Undoes", id, Tone::Plain));
    }
    for way in run.ways_back() {
        let Some(step) = way.step.filter(|_| way.undoes == spec.id) else {
            continue;
        };
        rows.push(match way.open {
            Ok(()) => {
                let back = known.key(Action::RunbookRollBack, Screen::Runbook);
                ("Back", format!("{step}: {back} calls for it"), Tone::Plain)
            }
            Err(why) => ("Back", format!("{step}: {why}"), Tone::Dim),
        });
    }
    rows
}

/// The key that brings the step on, as the keymap in force has it.
fn next_key(
    spec: &StepSpec,
    status: &Status,
    known: &Known<'_>,
) -> Option<String> {
    let key = |action| known.key(action, Screen::Runbook);
    let verify = key(Action::RunbookVerify);
    let run = key(Action::RunbookRunStep);
    let abort = key(Action::RunbookAbort);
    let wants = spec.does.wants();
    Some(match (status, wants) {
        (Status::Unknown { .. }, _) => {
            format!("{verify} looks at AWS again; nothing is sent twice")
        }
        (Status::Failed { .. } | Status::NotApplied { .. }, _) => format!(
            "{} tries once more, {} skips with a reason, {abort} aborts",
            key(Action::RunbookRetry),
            key(Action::RunbookSkip)
        ),
        (Status::Held { .. }, _) if spec.skippable => format!(
            "{verify} looks again; {} goes on regardless, {} skips, each \
             with a reason; {abort} aborts",
            key(Action::RunbookOverride),
            key(Action::RunbookSkip)
        ),
        (Status::Held { .. }, _) => {
            format!("{verify} looks again, {abort} aborts")
        }
        (Status::Aside, _) => {
            let back = key(Action::RunbookRollBack);
            format!("{back} calls for it, with a reason")
        }
        (Status::Undone { .. }, _) => {
            let retry = key(Action::RunbookRetry);
            format!("{retry} tries it once more, {abort} ends the run")
        }
        (Status::Ready | Status::Planned, Wants::Choice { .. }) => {
            format!("{run} decides")
        }
        (
            Status::Ready | Status::Planned,
            Wants::Value { .. } | Wants::Words { .. },
        ) => format!("{run} answers"),
        (Status::Ready | Status::Planned, Wants::Nothing)
            if spec.level > Level::Read =>
        {
            change_key(&run, known)
        }
        (Status::Confirmed, _) => {
            "looked at once more before it is sent".to_owned()
        }
        (Status::Waiting { .. } | Status::Verifying { .. }, _)
            if spec.level == Level::Read =>
        {
            format!("it must go on to hold; {verify} looks now")
        }
        (Status::Waiting { .. } | Status::Verifying { .. }, _) => {
            format!("AWS works; {verify} looks now")
        }
        _ => return None,
    })
}

/// The keys that bring a change on, which must be armed first.
fn change_key(run: &str, known: &Known<'_>) -> String {
    if known.armed {
        return format!(
            "{run} shows the request; nothing is sent before you confirm"
        );
    }
    format!(
        "{} arms, then {run} shows the request; {} only previews",
        known.key(Action::ModeArm, Screen::Runbook),
        known.key(Action::RunbookPreview, Screen::Runbook)
    )
}
