//! Where a key press goes: to the overlay in front, to the screen, or to
//! what works everywhere.

use std::mem;

use jiff::{SignedDuration, Timestamp};

use super::keyboard::Pressed;
use super::{Model, Overlay, asks, company, drive, filled, forms};
use crate::event::Effect;
use crate::incident::fact::Fact;
use crate::keymap::{Action, Chord, Context, spell};
use crate::screens::{
    Ask, Screen, confirm, form, help, jobs, menu, overview, palette,
    readiness, reading, regions, resources, runbook, systems, timeline,
};

/// A second ctrl-c ends the console if it comes this soon.
const AGAIN: SignedDuration = SignedDuration::from_secs(5);

/// A key was pressed.
pub(super) fn key(
    model: &mut Model,
    chord: Chord,
    at: Timestamp,
    now: Timestamp,
    out: &mut Vec<Effect>,
) {
    model.mode.touch(now);
    let contexts = contexts(model);
    if let Some(Overlay::Confirm(dialog)) = &mut model.overlay {
        if dialog.is_deaf(now) {
            return;
        }
        dialog.touched = now;
    }
    if let Some(Overlay::Form(form)) = &model.overlay
        && now.duration_since(form.opened) < confirm::DEAF
        && form.fields.iter().any(|field| field.exact.is_some())
    {
        return;
    }
    let guarded = matches!(&model.overlay, Some(Overlay::Form(form))
        if form.fields.get(form.focus).is_some_and(|f| f.exact.is_some()));
    let keymap = &model.keymap;
    match model.keyboard.press(keymap, contexts, guarded, chord, at) {
        Pressed::Bound(binding) => act(model, binding.action, now, out),
        Pressed::Text(chord) => text(model, chord, now),
        Pressed::Waiting | Pressed::Swallowed(false) => {}
        Pressed::Swallowed(true) => {
            model.say("that looked like a paste: ignored", true, now);
            out.push(Effect::Ring);
        }
        Pressed::Unbound(keys) => {
            let text = format!("{} means nothing here, ? helps", spell(&keys));
            model.say(text, false, now);
        }
    }
    uncover(model, now);
}

/// Puts something in front of what is in front now, which comes back when
/// it is left.
fn cover(model: &mut Model, front: Overlay) {
    if model.under.is_none() {
        model.under = model.overlay.take().map(Box::new);
    }
    model.overlay = Some(front);
}

/// Brings back what was covered. It was out of sight: a confirm begins anew,
/// and both are deaf for a moment.
pub(super) fn uncover(model: &mut Model, now: Timestamp) {
    if model.overlay.is_some() {
        return;
    }
    let Some(mut under) = model.under.take() else { return };
    match &mut *under {
        Overlay::Confirm(dialog) => dialog.begin_anew(now),
        Overlay::Form(form) => form.opened = now,
        Overlay::Palette(_)
        | Overlay::Help(_)
        | Overlay::Menu(_)
        | Overlay::Reading(_) => {}
    }
    model.overlay = Some(*under);
}

/// Ctrl-c. The second of two ends the console; the first asks while an
/// incident is open, and else says so.
pub(super) fn interrupt(
    model: &mut Model,
    now: Timestamp,
    out: &mut Vec<Effect>,
) {
    let again = |at| now.duration_since(at) < AGAIN;
    if model.interrupted.is_some_and(again) {
        drive::ending(model, "quit by the person", now, out);
        return;
    }
    model.interrupted = Some(now);
    let open = model.open.as_ref().is_some_and(|open| !open.is_closed());
    let asks = matches!(&model.overlay, Some(Overlay::Menu(menu))
        if menu.title == asks::QUIT);
    if open && !asks {
        cover(model, Overlay::Menu(asks::quit_menu(model)));
    } else {
        model.say("ctrl-c once more quits", false, now);
    }
}

/// Something was pasted: only fields for free words take it.
pub(super) fn paste(model: &mut Model, text: &str, now: Timestamp) {
    let taken = match &mut model.overlay {
        Some(Overlay::Form(form)) => form.paste(text),
        Some(Overlay::Palette(palette)) => {
            palette.paste(text);
            true
        }
        _ => false,
    };
    if !taken {
        model.say("a paste is ignored here", true, now);
    }
}

/// Where keys are looked up now, inner first.
pub(super) fn contexts(model: &Model) -> &'static [Context] {
    match &model.overlay {
        Some(Overlay::Confirm(dialog)) => dialog.context().stack(),
        Some(Overlay::Form(_)) => Context::Input.stack(),
        Some(Overlay::Palette(_)) => Context::Palette.stack(),
        Some(Overlay::Help(_)) => Context::Help.stack(),
        Some(Overlay::Menu(_)) => Context::Menu.stack(),
        Some(Overlay::Reading(_)) => Context::Text.stack(),
        None => model.screen.contexts(),
    }
}

fn text(model: &mut Model, chord: Chord, now: Timestamp) {
    // A form is taken out while what is typed is held against the estate.
    if let Some(Overlay::Form(mut form)) =
        model.overlay.take_if(|front| matches!(front, Overlay::Form(_)))
    {
        form.text(chord);
        forms::noted(model, &mut form, now);
        model.overlay = Some(Overlay::Form(form));
        return;
    }
    match &mut model.overlay {
        Some(Overlay::Confirm(dialog)) => dialog.text(chord),
        Some(Overlay::Palette(palette)) => palette.text(chord),
        Some(Overlay::Help(help)) => help.text(chord),
        Some(Overlay::Form(_) | Overlay::Menu(_) | Overlay::Reading(_))
        | None => {}
    }
}

/// What is heard everywhere; any other action goes to the overlay in front,
/// else to the screen.
pub(super) fn act(
    model: &mut Model,
    action: Action,
    now: Timestamp,
    out: &mut Vec<Effect>,
) {
    if action == Action::Quit {
        drive::ending(model, "quit by the person", now, out);
        return;
    }
    if action == Action::Interrupt {
        interrupt(model, now, out);
        return;
    }
    let dialog = !matches!(model.overlay, None | Some(Overlay::Help(_)));
    if action == Action::HelpOpen && dialog {
        let help = help::State::only_telling(contexts(model));
        cover(model, Overlay::Help(help));
        return;
    }
    in_front(model, action, now, out);
}

pub(super) fn in_front(
    model: &mut Model,
    action: Action,
    now: Timestamp,
    out: &mut Vec<Effect>,
) {
    match model.overlay.take() {
        None => on_screen(model, action, now, out),
        Some(Overlay::Confirm(mut dialog)) => match dialog.act(action) {
            confirm::Came::Open => {
                model.overlay = Some(Overlay::Confirm(dialog));
            }
            confirm::Came::Copy => {
                asks::copy_commands(model, &dialog, now, out);
                model.overlay = Some(Overlay::Confirm(dialog));
            }
            confirm::Came::Rejected => {
                asks::rejected(model, &dialog, now, out);
            }
            confirm::Came::Accepted(given) => {
                asks::accepted(model, dialog, given, now, out);
            }
        },
        Some(Overlay::Form(mut form)) => match form.act(action) {
            form::Came::Editing => {
                forms::noted(model, &mut form, now);
                model.overlay = Some(Overlay::Form(form));
            }
            form::Came::Dropped => {}
            form::Came::Filled(values) => {
                filled::filled(model, *form, values, now, out);
            }
        },
        Some(Overlay::Palette(mut state)) => match state.act(action) {
            palette::Came::Open => {
                model.overlay = Some(Overlay::Palette(state));
            }
            palette::Came::Dropped => {}
            palette::Came::Picked(action, rest) => {
                picked(model, action, &rest, now, out);
            }
        },
        Some(Overlay::Help(mut state)) => {
            match state.act(action, &model.keymap) {
                help::Came::Open => model.overlay = Some(Overlay::Help(state)),
                help::Came::Dropped => {}
                help::Came::Picked(action) => act(model, action, now, out),
            }
        }
        Some(Overlay::Menu(mut state)) => match state.act(action) {
            menu::Came::Open => model.overlay = Some(Overlay::Menu(state)),
            menu::Came::Dropped => {}
            menu::Came::Picked(ask) => asks::ask(model, ask, now, out),
        },
        Some(Overlay::Reading(state)) => read_on(model, state, action, out),
    }
}

fn read_on(
    model: &mut Model,
    mut state: reading::State,
    action: Action,
    out: &mut Vec<Effect>,
) {
    if let (Action::CopyAwsCli, Some(text)) = (action, &state.copy) {
        out.push(Effect::Copy(text.clone()));
    }
    if !state.act(action) {
        model.overlay = Some(Overlay::Reading(state));
    }
}

/// An action picked in the palette; a note may carry its words along.
fn picked(
    model: &mut Model,
    action: Action,
    rest: &str,
    now: Timestamp,
    out: &mut Vec<Effect>,
) {
    if action == Action::TimelineNote && !rest.is_empty() {
        let text = rest.to_owned();
        super::record::record(model, Fact::Note { text }, out);
        return;
    }
    if action == Action::PaletteOpen {
        return;
    }
    act(model, action, now, out);
}

/// What works everywhere, then what only the screen in front knows.
fn on_screen(
    model: &mut Model,
    action: Action,
    now: Timestamp,
    out: &mut Vec<Effect>,
) {
    match action {
        Action::ViewOverview => show(model, Screen::Overview),
        Action::ViewResources => show(model, Screen::Resources),
        Action::ViewRegions => show(model, Screen::Regions),
        Action::ViewJobs => show(model, Screen::Jobs),
        Action::ViewRunbook => show(model, Screen::Runbook),
        Action::ViewTimeline => show(model, Screen::Timeline),
        Action::ViewSystems => show(model, Screen::Systems),
        Action::ViewReadiness => show(model, Screen::Readiness),
        Action::ViewLast => last_view(model),
        Action::NavBack => back(model),
        Action::NavBackOrQuit => {
            if model.screen == Screen::Overview && model.filter().is_empty() {
                let menu = asks::quit_menu(model);
                model.overlay = Some(Overlay::Menu(menu));
            } else {
                back(model);
            }
        }
        Action::HelpOpen => {
            let help = help::State::new(model.screen.contexts());
            model.overlay = Some(Overlay::Help(help));
        }
        Action::PaletteOpen => {
            let palette = palette::State::new(model.screen.contexts());
            model.overlay = Some(Overlay::Palette(palette));
        }
        Action::TimeCycle => model.time = model.time.next(),
        Action::Freeze => freeze(model, now),
        Action::Refresh => {
            model.say("looking at everything now", false, now);
            out.push(Effect::LookAll);
        }
        Action::Redraw => out.push(Effect::Redraw),
        Action::Suspend => out.push(Effect::Suspend),
        Action::ListFilter => forms::filter(model, now),
        Action::RunbookHandOver => company::ask(model, now),
        Action::WhoAmI
        | Action::LogOpen
        | Action::TimelineNote
        | Action::TimelineDecision
        | Action::TimelineExport
        | Action::IncidentOpen
        | Action::IncidentImpact
        | Action::IncidentClose
        | Action::ModeArm
        | Action::ModeDisarm
        | Action::IdentityBreakGlass
        | Action::RunbookOpen => asks::everywhere(model, action, now, out),
        other => {
            for ask in screen_act(model, other, now) {
                asks::ask(model, ask, now, out);
            }
        }
    }
}

fn screen_act(model: &mut Model, action: Action, now: Timestamp) -> Vec<Ask> {
    // The states are taken out while the screen looks at all the rest.
    let mut states = mem::take(&mut model.states);
    let known = model.known(now);
    let asks = match model.screen {
        Screen::Overview => {
            overview::act(&mut states.overview, action, &known)
        }
        Screen::Resources => {
            resources::act(&mut states.resources, action, &known)
        }
        Screen::Regions => regions::act(&mut states.regions, action, &known),
        Screen::Jobs => jobs::act(&mut states.jobs, action, &known),
        Screen::Runbook => runbook::act(&mut states.runbook, action, &known),
        Screen::Timeline => {
            timeline::act(&mut states.timeline, action, &known)
        }
        Screen::Systems => systems::act(&mut states.systems, action, &known),
        Screen::Readiness => {
            readiness::act(&mut states.readiness, action, &known)
        }
    };
    model.states = states;
    asks
}

/// Goes to a screen and remembers the one before.
pub(super) fn show(model: &mut Model, screen: Screen) {
    if model.screen != screen {
        model.before.push(model.screen);
        if model.before.len() > 20 {
            model.before.remove(0);
        }
        model.screen = screen;
    }
}

fn last_view(model: &mut Model) {
    if let Some(last) = model.before.pop() {
        let here = mem::replace(&mut model.screen, last);
        model.before.push(here);
    }
}

/// One level back: out of an inner pane, then of the filter, then of the
/// screen.
fn back(model: &mut Model) {
    let left = match model.screen {
        Screen::Resources => model.states.resources.leave_pane(),
        Screen::Regions => model.states.regions.leave_pane(),
        Screen::Overview
        | Screen::Jobs
        | Screen::Runbook
        | Screen::Timeline
        | Screen::Systems
        | Screen::Readiness => false,
    };
    if left {
        return;
    }
    if model.filters.remove(model.screen.title()).is_some() {
        return;
    }
    model.screen = model.before.pop().unwrap_or(Screen::Overview);
}

fn freeze(model: &mut Model, now: Timestamp) {
    model.frozen = match model.frozen.take() {
        Some(_) => None,
        None => {
            Some(Box::new((model.estate.clone(), model.derived.clone(), now)))
        }
    };
}
