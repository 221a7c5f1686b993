//! How a run is conducted: ways back, pauses, its manner, overrides, and a
//! trial whose time is over.

use jiff::Timestamp;

use super::forms::{open, plain};
use super::writing::record_said;
use super::{Model, Overlay, asks};
use crate::event::Effect;
use crate::incident::fact::Fact;
use crate::runbook::Manner;
use crate::runbook::run::{Run, WayBack};
use crate::screens::form::{self, Purpose, State};
use crate::screens::{Ask, Open, menu};
use crate::ui::{Cell, Row, Tone};

/// The run in front, if this console drives one; else says why not.
pub(super) fn run(model: &mut Model, now: Timestamp) -> Option<&Run> {
    if model.mode.is_observer() {
        model.say("another console drives: only it does that", true, now);
        return None;
    }
    if model.open.as_ref().and_then(Open::run).is_none() {
        model.say("no runbook is under way", true, now);
    }
    model.open.as_ref().and_then(Open::run)
}

/// Offers the ways back; those that are closed stand there with why.
pub(super) fn roll_back(model: &mut Model, now: Timestamp) {
    let Some(run) = run(model, now) else { return };
    let entries = run.ways_back().into_iter().map(way).collect();
    let lines = vec![plain(
        "A way back is planned, shown and confirmed like any other step. \
         The newest change comes first.",
    )];
    let menu = menu::State::new("Roll back", lines, entries);
    model.overlay = Some(Overlay::Menu(menu));
}

fn way(way: WayBack) -> menu::Entry {
    let name = format!("undo {}", way.undoes);
    match (way.step, way.open) {
        (Some(step), Ok(())) => menu::Entry {
            name,
            note: way.title,
            ask: Some(Ask::CallBack(step)),
        },
        (Some(_), Err(why)) => {
            menu::Entry { name, note: format!("closed: {why}"), ask: None }
        }
        (None, _) => menu::Entry {
            name,
            note: format!("no step of this runbook; {}", way.title),
            ask: None,
        },
    }
}

/// Asks why a way back is gone.
pub(super) fn call_back(model: &mut Model, step: String, now: Timestamp) {
    let Some(run) = run(model, now) else { return };
    let Some((spec, _)) = run.step(&step) else { return };
    let title = format!("Go back: {}", run.title(spec));
    let lines = vec![plain(
        "Nothing is sent yet: the step is ready then, and shows its request.",
    )];
    let fields = vec![form::Ask::new("reason")];
    let purpose = Purpose::CallBack(step);
    open(model, State::new(purpose, title, lines, fields, now));
}

/// Asks why the run is held, or lets it go on.
pub(super) fn pause(model: &mut Model, now: Timestamp, out: &mut Vec<Effect>) {
    let Some(run) = run(model, now) else { return };
    if run.paused().is_some() {
        match run.proceed() {
            Ok(fact) => record_said(model, Fact::Run(fact), now, out),
            Err(why) => model.say(why.to_string(), true, now),
        }
        return;
    }
    let title = format!("Pause {}", run.runbook().id);
    let lines = vec![plain(
        "Nothing is proposed or sent until it goes on; what is under way in \
         AWS goes on, and is looked at.",
    )];
    let fields = vec![form::Ask::new("reason")];
    open(model, State::new(Purpose::Pause, title, lines, fields, now));
}

/// Shows what the other manner of the run makes of its steps, and asks why.
pub(super) fn manner(model: &mut Model, now: Timestamp) {
    let Some(run) = run(model, now) else { return };
    let other = match run.manner() {
        Manner::Graceful => Manner::Ungraceful,
        Manner::Ungraceful => Manner::Graceful,
    };
    let mut lines = changes(run, other);
    if lines.is_empty() {
        let text = "this runbook has no step of only one manner";
        model.say(text, false, now);
        return;
    }
    lines.push(plain("Everything else stays as it is."));
    let title = format!("Go on {}", other.adverb());
    let fields = vec![form::Ask::new("reason")];
    let purpose = Purpose::Manner(other);
    open(model, State::new(purpose, title, lines, fields, now));
}

/// The steps that come in or go out with a manner.
fn changes(run: &Run, manner: Manner) -> Vec<Row> {
    let mut rows = Vec::new();
    for (spec, state) in run.steps() {
        let Some(only) = spec.only else { continue };
        let begun = state.is_sent() || state.status.is_over();
        let text = match (only == manner, begun && !state.is_off_way()) {
            (_, true) => format!("stays as it is: {}", spec.id),
            (true, false) => format!("needed then: {}", spec.id),
            (false, false) => format!("not needed then: {}", spec.id),
        };
        rows.push(vec![Cell::new(text, Tone::Info)]);
    }
    rows
}

/// Asks why one goes on although a check does not pass.
pub(super) fn regardless(model: &mut Model, step: String, now: Timestamp) {
    let Some(run) = run(model, now) else { return };
    let probe = "asked whether it may be at all";
    if let Err(why) = run.go_on_regardless(&step, probe) {
        model.say(why.to_string(), true, now);
        return;
    }
    let seen = run.step(&step).and_then(|(_, state)| state.status.why());
    let seen = seen.unwrap_or("nothing").to_owned();
    let lines = vec![
        vec![Cell::new(format!("Seen: {seen}"), Tone::Warn)],
        plain("Your reason stands first in the report."),
    ];
    let title = format!("Go on although {step} does not pass");
    let fields = vec![
        form::Ask::new("reason"),
        form::Ask::new(format!("type {step}")).exact(step.clone()),
    ];
    let purpose = Purpose::Override(step);
    open(model, State::new(purpose, title, lines, fields, now));
}

/// A step takes longer than it may: a person is asked, and nothing acts.
pub(super) fn overdue(
    model: &mut Model,
    step: &str,
    allowed: &str,
    now: Timestamp,
    out: &mut Vec<Effect>,
) {
    out.push(Effect::Ring);
    let run = model.open.as_ref().and_then(Open::run);
    let found = run.and_then(|run| run.step(step));
    let trial = found.is_some_and(|(spec, _)| spec.does.window().is_some());
    let asked = found.is_some_and(|(_, state)| state.status.asks_a_person());
    let text = match (trial, asked) {
        (true, _) => format!(
            "{step}: the {allowed} of trial are over; decide. Nothing acts \
             by itself"
        ),
        (false, true) => format!(
            "{step} waits for you for more than {allowed}; nothing acts by \
             itself"
        ),
        (false, false) => format!("{step} takes longer than allowed"),
    };
    model.say(text, true, now);
    if trial && model.overlay.is_none() {
        asks::ask(model, Ask::Do(step.to_owned()), now, out);
    }
}

#[cfg(test)]
mod tests;
