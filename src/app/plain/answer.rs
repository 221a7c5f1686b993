//! An answer, turned into what a key would have done.

use jiff::Timestamp;

use super::super::{Model, Overlay, asks, forms, keys};
use super::home::{self, Way};
use super::{prompt, show};
use crate::event::{Effect, Spoken};
use crate::keymap::{ACTIONS, Action, Chord, Context};
use crate::screens::form::{Purpose, State as Form};
use crate::screens::{Ask, Open, Screen, confirm, menu};
use crate::ui::{Cell, LineEdit};

/// What accepts a plan, and nothing else does.
const YES: &str = "yes";

/// Takes what a person without a full screen did.
pub(in crate::app) fn spoken(
    model: &mut Model,
    spoken: Spoken,
    now: Timestamp,
    out: &mut Vec<Effect>,
) {
    model.mode.touch(now);
    if let Some(Overlay::Confirm(dialog)) = &mut model.overlay {
        dialog.touched = now;
    }
    match spoken {
        Spoken::Interrupt => keys::interrupt(model, now, out),
        Spoken::Shown => shown(model, now, out),
        Spoken::Refused(why) => model.say(why, true, now),
        Spoken::Answer { prompt: to, line, by_hand } => {
            if prompt(model, now).key == to {
                answered(model, &line, by_hand, now, out);
            } else {
                let text = "the prompt changed before this answer: nothing \
                            was done; look at the new one";
                model.say(text, true, now);
            }
        }
    }
    keys::uncover(model, now);
}

/// A text was shown: it closes by itself.
fn shown(model: &mut Model, now: Timestamp, out: &mut Vec<Effect>) {
    match &model.overlay {
        Some(Overlay::Reading(_) | Overlay::Palette(_) | Overlay::Help(_)) => {
            model.overlay = None;
        }
        Some(Overlay::Confirm(dialog)) if dialog.preview => {
            keys::in_front(model, Action::NavBack, now, out);
        }
        Some(Overlay::Confirm(_) | Overlay::Form(_) | Overlay::Menu(_))
        | None => {}
    }
}

fn answered(
    model: &mut Model,
    line: &str,
    by_hand: bool,
    now: Timestamp,
    out: &mut Vec<Effect>,
) {
    if !by_hand && model.setting.simulated.is_none() && allows(model) {
        let text = "answers that come through a pipe arm and confirm on the \
                    simulated AWS alone: this needs a terminal";
        model.say(text, true, now);
        leave(model, now, out);
        return;
    }
    let line = line.trim();
    match &model.overlay {
        None => at_home(model, line, now, out),
        Some(Overlay::Menu(_)) => pick(model, line, now, out),
        Some(Overlay::Form(_)) => fill(model, line, now, out),
        Some(Overlay::Confirm(_)) => confirm(model, line, now, out),
        Some(Overlay::Reading(_) | Overlay::Palette(_) | Overlay::Help(_)) => {
            model.overlay = None;
        }
    }
}

/// Whether what stands in front lets something be changed.
fn allows(model: &Model) -> bool {
    match &model.overlay {
        Some(Overlay::Confirm(dialog)) => !dialog.preview,
        Some(Overlay::Form(form)) => {
            matches!(form.purpose, Purpose::Arm | Purpose::Identity)
        }
        _ => false,
    }
}

/// Leaves what stands in front, as Escape does.
fn leave(model: &mut Model, now: Timestamp, out: &mut Vec<Effect>) {
    let action = match &model.overlay {
        Some(Overlay::Confirm(_)) => Action::ConfirmReject,
        Some(Overlay::Form(_)) => Action::InputCancel,
        _ => Action::NavBack,
    };
    keys::in_front(model, action, now, out);
}

/// Nothing stands in front: a number, or the name of an action.
fn at_home(
    model: &mut Model,
    line: &str,
    now: Timestamp,
    out: &mut Vec<Effect>,
) {
    if line.is_empty() {
        return;
    }
    let choices = home::choices(model);
    let number = line.parse::<usize>().ok();
    let chosen = number
        .and_then(|number| choices.into_iter().find(|c| c.number == number))
        .map(|choice| choice.way);
    let named = ACTIONS.iter().find(|info| {
        info.name == line
            && (show::is_offered(info)
                || show::screen(model, info.action, now).is_some()
                || info.action == Action::ViewResources)
    });
    let way = chosen.or_else(|| named.map(|info| Way::Act(info.action)));
    if let Some(way) = way {
        go(model, way, now, out);
    } else {
        let text = format!("{line:?} is no choice here");
        model.say(text, true, now);
    }
}

fn go(model: &mut Model, way: Way, now: Timestamp, out: &mut Vec<Effect>) {
    let menu = match way {
        Way::Act(action) => return act(model, action, now, out),
        Way::Commands => return commands(model, now, out),
        Way::Happened => happened(model),
        Way::Steps => model.open.as_ref().and_then(show::steps),
        Way::Show => Some(show::menu()),
        Way::More => Some(show::more()),
        Way::Stop => Some(asks::quit_menu(model)),
    };
    model.overlay = menu.map(Overlay::Menu);
}

/// Does what a key of this meaning would, on the screen of the run.
fn act(
    model: &mut Model,
    action: Action,
    now: Timestamp,
    out: &mut Vec<Effect>,
) {
    if action == Action::ViewResources {
        model.overlay = Some(Overlay::Menu(show::resource_menu(model)));
        return;
    }
    if let Some(text) = show::screen(model, action, now) {
        model.overlay = Some(Overlay::Reading(text));
        return;
    }
    if model.open.as_ref().and_then(Open::run).is_some() {
        model.screen = Screen::Runbook;
    }
    keys::act(model, action, now, out);
}

/// Prints the commands of the plan, and puts that into the record.
fn commands(model: &mut Model, now: Timestamp, out: &mut Vec<Effect>) {
    act(model, Action::RunbookPreview, now, out);
    if matches!(&model.overlay, Some(Overlay::Confirm(plan)) if plan.preview) {
        keys::in_front(model, Action::CopyAwsCli, now, out);
        keys::in_front(model, Action::NavBack, now, out);
    }
}

/// Asks what became of a change whose answer was lost.
fn happened(model: &Model) -> Option<menu::State> {
    let run = model.open.as_ref().and_then(Open::run)?;
    let place = model.states.runbook.list.current().or(run.current())?;
    let (spec, _) = run.steps().nth(place)?;
    let id = &spec.id;
    let entry = |name: &str, note: &str, applied| menu::Entry {
        name: name.to_owned(),
        note: note.to_owned(),
        ask: Some(Ask::State(id.clone(), applied)),
    };
    let entries = vec![
        entry("it took effect", "AWS shows the change", true),
        entry("it did not happen", "AWS shows no change", false),
    ];
    let text = "Only if AWS cannot be asked: 7 looks again, and sends \
                nothing twice.";
    let lines = vec![vec![Cell::plain(text)]];
    Some(menu::State::new(format!("What became of {id}?"), lines, entries))
}

/// Picks a line of the list in front.
fn pick(model: &mut Model, line: &str, now: Timestamp, out: &mut Vec<Effect>) {
    let Some(Overlay::Menu(menu)) = &mut model.overlay else { return };
    if line.is_empty() {
        return;
    }
    if line == "0" {
        leave(model, now, out);
        return;
    }
    let number = line.parse::<usize>().ok().and_then(|n| n.checked_sub(1));
    let named = menu.entries.iter().position(|entry| entry.name == line);
    let place = number.filter(|n| *n < menu.entries.len()).or(named);
    let found = place.and_then(|place| {
        menu.list.select(place);
        menu.entries.get(place)?.ask.clone()
    });
    let Some(ask) = found else {
        model.say(format!("{line:?} cannot be picked here"), true, now);
        return;
    };
    let is_step = menu.title == show::STEPS;
    match (ask, place) {
        (Ask::Act(action), _) => {
            model.overlay = None;
            act(model, action, now, out);
        }
        (Ask::ShowResource(arn), _) => {
            let text = show::points(model, &arn, now);
            model.overlay = Some(Overlay::Reading(text));
        }
        (Ask::Say(_), Some(place)) if is_step => {
            model.overlay = None;
            model.states.runbook.list.select(place);
        }
        _ => keys::in_front(model, Action::ListOpen, now, out),
    }
}

/// Fills the field in front.
fn fill(model: &mut Model, line: &str, now: Timestamp, out: &mut Vec<Effect>) {
    if line == "0" {
        model.say("dropped: nothing was done", false, now);
        leave(model, now, out);
        return;
    }
    if line == "." {
        keep_all(model, now, out);
        return;
    }
    // A form is taken out while what is typed is held against the estate.
    let Some(Overlay::Form(mut form)) = model.overlay.take() else { return };
    put(&mut form, line);
    forms::noted(model, &mut form, now);
    model.overlay = Some(Overlay::Form(form));
    keys::in_front(model, Action::InputSubmit, now, out);
}

/// Goes through the fields that are left as Enter does, until one of them
/// needs an answer.
fn keep_all(model: &mut Model, now: Timestamp, out: &mut Vec<Effect>) {
    let focus = |model: &Model| match &model.overlay {
        Some(Overlay::Form(form)) => Some(form.focus),
        _ => None,
    };
    while let Some(here) = focus(model) {
        keys::in_front(model, Action::InputSubmit, now, out);
        if focus(model).is_none_or(|next| next <= here) {
            return;
        }
    }
}

/// An empty line keeps what stands there, `-` empties it, and `=` takes the
/// rest as it is.
fn put(form: &mut Form, line: &str) {
    let Some(field) = form.fields.get_mut(form.focus) else { return };
    form.error = None;
    match line {
        "" => {}
        "-" if field.exact.is_none() => field.edit.clear(),
        line => field.edit.set(line.strip_prefix('=').unwrap_or(line)),
    }
}

/// Answers the plan in front: the name that is asked for, or yes.
fn confirm(
    model: &mut Model,
    line: &str,
    now: Timestamp,
    out: &mut Vec<Effect>,
) {
    let Some(Overlay::Confirm(dialog)) = &mut model.overlay else { return };
    if dialog.is_deaf(now) {
        let text = "this answer came before the plan could be read: nothing \
                    was sent";
        model.say(text, true, now);
        return;
    }
    if dialog.context() != Context::Typed {
        let action = if line == YES {
            Action::ConfirmAccept
        } else {
            Action::ConfirmReject
        };
        keys::in_front(model, action, now, out);
        return;
    }
    match line {
        // On to the next line, where this one may stay empty.
        "" => keys::in_front(model, Action::PaneNext, now, out),
        "0" => leave(model, now, out),
        name => typed(model, name, now, out),
    }
}

/// Types what is asked for and goes on, as the keys would.
fn typed(
    model: &mut Model,
    text: &str,
    now: Timestamp,
    out: &mut Vec<Effect>,
) {
    let before = asked(model, now);
    if let Some(Overlay::Confirm(dialog)) = &mut model.overlay {
        dialog.act(Action::InputEnd);
        dialog.act(Action::InputDeleteToStart);
        // Only what can be seen counts, as for keys.
        let line = LineEdit::with_value(text);
        for c in line.value().chars() {
            dialog.text(Chord::char(c));
        }
    }
    keys::in_front(model, Action::PaneNext, now, out);
    if before.is_some() && asked(model, now) == before {
        model.say("that is not it: nothing was sent", true, now);
    }
}

/// The field that the plan in front asks for.
fn asked(model: &Model, now: Timestamp) -> Option<String> {
    let Some(Overlay::Confirm(dialog)) = &model.overlay else { return None };
    (dialog.context() == Context::Typed).then(|| field(dialog, now))
}

fn field(dialog: &confirm::State, now: Timestamp) -> String {
    let fields = dialog.view(now).fields;
    let focused = fields.into_iter().find(|field| field.focused);
    focused.map_or_else(String::new, |field| field.label.to_string())
}
