//! Frame: the whole terminal: header, screen, status, hints, and what stands
//! in front.
//!
//! ```text
//! [PROD] learn-prod/111122223333 eu-west-1>eu-central-1 SIM OBSERVE 14:32Z
//! [1 Overview] 2 Resources  3 Regions  4 Jobs  5 Runbook  …    INC-241 41m
//! ┌──────────────────────────────────────────────────────────────────────┐
//! │ the screen                                                           │
//! └──────────────────────────────────────────────────────────────────────┘
//!  FROZEN · /orders · eu-west-1 rds/instances STALE 4m
//!  enter open  / filter  ! problems  m note  : command             ? help
//! ```
//!
//! The first line and the last are never covered, so that the environment,
//! the mode and the way to the help are seen whatever is open.

use jiff::Timestamp;
use ratatui::buffer::Buffer;
use ratatui::layout::Rect;

use super::header::{self, Line};
use super::{Model, Overlay, company, credentials, detect, keys};
use crate::keymap::{Action, Chord, Context, Hint, Keymap, spell};
use crate::screens::{
    Known, Screen, jobs, overview, readiness, regions, resources, runbook,
    systems, timeline, told,
};
use crate::ui::cell::put_row;
use crate::ui::text::width;
use crate::ui::{
    Cell, Choices, Dialog, Hints, KeyHint, Mark, Row, SizeClass, Theme, Tone,
};

/// Paints everything.
pub fn draw(frame: &mut ratatui::Frame<'_>, model: &Model, now: Timestamp) {
    let area = frame.area();
    paint(frame.buffer_mut(), area, model, now);
}

/// Paints everything into a buffer.
pub fn paint(buf: &mut Buffer, area: Rect, model: &Model, now: Timestamp) {
    let theme = model.setting.theme;
    let known = model.known(now);
    if SizeClass::of(area) == SizeClass::OneLine {
        put_row(buf, area, &one_line(model, &known), theme);
        return;
    }
    let rows: Vec<Rect> = area.rows().collect();
    let [first, second, .., status, last] = rows.as_slice() else { return };
    let glass = model.is_break_glass();
    let context = header::context(&known, &model.mode, glass, now, area.width);
    put_line(buf, *first, &context, theme);
    let left = credentials::cell(model, now, area.width);
    let asked = detect::hint(model);
    let screen = model.screen;
    let tabs =
        header::tabs(&known, screen, &model.keymap, left, asked, area.width);
    put_line(buf, *second, &tabs, theme);
    let body =
        Rect { y: area.y + 2, height: area.height.saturating_sub(4), ..area };
    draw_screen(buf, body, model, &known, theme);
    put_row(buf, *status, &status_line(model, &known, now), theme);
    hints(model).draw(buf, *last, theme);
    if let Some(dialog) = dialog(model, area, now) {
        dialog.draw(buf, front(area), theme);
    }
    if let Some(choices) = choices(model, now) {
        choices.draw(buf, body, theme);
    }
}

fn draw_screen(
    buf: &mut Buffer,
    area: Rect,
    model: &Model,
    known: &Known<'_>,
    theme: Theme,
) {
    let states = &model.states;
    match model.screen {
        Screen::Overview => {
            let view = overview::view(&states.overview, known, area);
            overview::draw(&view, buf, area, theme);
        }
        Screen::Resources => {
            let view = resources::view(&states.resources, known, area);
            resources::draw(&view, buf, area, theme);
        }
        Screen::Regions => {
            let view = regions::view(&states.regions, known, area);
            regions::draw(&view, buf, area, theme);
        }
        Screen::Jobs => {
            let view = jobs::view(&states.jobs, known, area);
            jobs::draw(&view, buf, area, theme);
        }
        Screen::Runbook => {
            let view = runbook::view(&states.runbook, known, area);
            runbook::draw(&view, buf, area, theme);
        }
        Screen::Timeline => {
            let view = timeline::view(&states.timeline, known, area);
            timeline::draw(&view, buf, area, theme);
        }
        Screen::Systems => {
            let view = systems::view(&states.systems, known, area);
            systems::draw(&view, buf, area, theme);
        }
        Screen::Readiness => {
            let view = readiness::view(&states.readiness, known, area);
            readiness::draw(&view, buf, area, theme);
        }
    }
}

fn dialog(model: &Model, area: Rect, now: Timestamp) -> Option<Dialog> {
    let keymap = &model.keymap;
    let mut dialog = match model.overlay.as_ref()? {
        Overlay::Confirm(state) => state.view(now),
        Overlay::Form(state) => state.view(),
        Overlay::Palette(state) => state.view(keymap),
        Overlay::Help(state) => state.view(keymap),
        Overlay::Menu(state) => state.view(),
        Overlay::Reading(state) => state.view(),
    };
    let contexts = keys::contexts(model);
    if let Some(hint) = keymap.hint_for(Action::ListPageDown, contexts) {
        dialog.more = hint.keys.into();
    }
    dialog.keys = vec![Cell::dim(keys_of(model, contexts, now))];
    // The status line is the last but one: where it is covered, what went
    // wrong is said inside.
    let covers = dialog.area(front(area)).bottom() + 1 >= area.bottom();
    if let Some(notice) = model.notice(now).filter(|n| covers && n.bad) {
        let mark = model.setting.theme.glyph(Mark::Bad);
        let text = format!("{mark} {}", notice.text);
        dialog.said = vec![Cell::new(text, Tone::Bad)];
    }
    Some(dialog)
}

/// The last line of the dialog in front: the keys that are heard there.
fn keys_of(model: &Model, contexts: &[Context], now: Timestamp) -> String {
    let key = |action| model.keymap.reach(action, contexts);
    match &model.overlay {
        Some(Overlay::Confirm(state)) => state.keys(now, key),
        Some(Overlay::Form(state)) => state.keys(key),
        Some(Overlay::Palette(state)) => state.keys(key),
        Some(Overlay::Help(state)) => state.keys(key),
        Some(Overlay::Menu(state)) => state.keys(key),
        Some(Overlay::Reading(state)) => state.keys(key),
        None => String::new(),
    }
}

/// Where a dialog may stand: the first line and the last are never covered.
fn front(area: Rect) -> Rect {
    Rect { y: area.y + 1, height: area.height.saturating_sub(2), ..area }
}

/// Keeps the dialog in front from being scrolled beyond its end, where it
/// would not come back at once.
pub(super) fn bound_scroll(model: &mut Model, now: Timestamp) {
    if scroll(model).is_none_or(|scroll| *scroll == 0) {
        return;
    }
    let (columns, rows) = model.size;
    let area = Rect::new(0, 0, columns, rows);
    let Some(dialog) = dialog(model, area, now) else { return };
    let most = dialog.longest_scroll(front(area));
    if let Some(scroll) = scroll(model) {
        *scroll = (*scroll).min(most);
    }
}

fn scroll(model: &mut Model) -> Option<&mut usize> {
    match &mut model.overlay {
        Some(Overlay::Confirm(state)) => Some(&mut state.scroll),
        Some(Overlay::Form(state)) => Some(&mut state.scroll),
        Some(Overlay::Reading(state)) => Some(&mut state.scroll),
        Some(Overlay::Palette(_) | Overlay::Help(_) | Overlay::Menu(_))
        | None => None,
    }
}

fn put_line(buf: &mut Buffer, area: Rect, line: &Line, theme: Theme) {
    put_row(buf, area, &line.left, theme);
    let cells = line.right.iter().map(|cell| width(&cell.text)).sum::<usize>();
    let cells = u16::try_from(cells).unwrap_or(u16::MAX);
    let right = Rect {
        x: area.right().saturating_sub(cells).max(area.x),
        width: cells.min(area.width),
        ..area
    };
    put_row(buf, right, &line.right, theme);
}

/// All that a terminal of less than 40 columns or 10 rows shows.
fn one_line(model: &Model, known: &Known<'_>) -> Row {
    let places = header::places(known, &model.mode);
    let word = known.setting.environment_of(&places);
    let screen = model.screen.title();
    let help = known.key(Action::HelpOpen, model.screen);
    vec![
        Cell::new(format!("[{word}]"), Tone::Prod),
        Cell::plain(" "),
        Cell::new(model.mode.word(), Tone::Title),
        Cell::plain(format!(" {screen}: 40x10 shows more, {help} help")),
    ]
}

/// What there is to say just now, or else how the picture came about.
fn status_line(model: &Model, known: &Known<'_>, now: Timestamp) -> Row {
    let theme = model.setting.theme;
    let dot = theme.glyph(Mark::Dot);
    let mut row: Row = vec![Cell::plain(" ")];
    let mut say = |cell: Cell| {
        if row.len() > 1 {
            row.push(Cell::dim(format!(" {dot} ")));
        }
        row.push(cell);
    };
    let pending = model.keyboard.pending();
    if !pending.is_empty() {
        say(Cell::new(format!("{}-", spell(pending)), Tone::Key));
    }
    if known.frozen {
        let at = known.now.strftime("%H:%M:%SZ").to_string();
        say(Cell::new(format!("FROZEN at {at}"), Tone::Warn));
    }
    if let Some(notice) = model.notice(now) {
        let text = &notice.text;
        say(if notice.bad {
            let mark = theme.glyph(Mark::Bad);
            Cell::new(format!("{mark} {text}"), Tone::Bad)
        } else {
            Cell::new(text.clone(), Tone::Info)
        });
        return row;
    }
    if !known.filter.is_empty() {
        say(Cell::new(format!("/{}", known.filter), Tone::Info));
    }
    if model.mode.is_observer() {
        say(Cell::new(company::told(model), Tone::Warn));
    }
    if let Some(at) = model.mode.disarms_at(model.idle) {
        let left = told::exact(at.duration_since(now));
        say(Cell::new(
            format!("ARMED, ends in {left} unless a key is pressed"),
            Tone::Armed,
        ));
    }
    say(freshness(known));
    row
}

/// The worst of all sources, so that no screen looks fresher than it is.
fn freshness(known: &Known<'_>) -> Cell {
    let Some((source, fresh)) = known.estate.worst_freshness(known.now) else {
        return Cell::new("? nothing has been seen yet", Tone::Unknown);
    };
    let cell = told::freshness(&fresh);
    if fresh.is_live() {
        return Cell::dim(format!("everything live, {}", &*cell.text));
    }
    let (mut all, mut not_live) = (0, 0);
    for (source, seen) in known.estate.sources() {
        if source.is_watched() {
            let pace = known.estate.pace(source);
            let is_live = seen.freshness(known.now, pace).is_live();
            all += 1;
            not_live += usize::from(!is_live);
        }
    }
    let place = source.region().map_or("", |region| region.as_str());
    let text = format!(
        "{not_live} of {all} sources not live, the worst: {place} {}",
        &*cell.text
    );
    Cell::new(text, cell.tone)
}

/// The footer, made from the keymap: only keys that are heard now. While
/// something stands in front its own last line says the keys.
fn hints(model: &Model) -> Hints {
    let contexts = keys::contexts(model);
    let keymap = &model.keymap;
    let mut hints = Hints::new(Vec::new());
    if let Some(help) = keymap.hint_for(Action::HelpOpen, contexts) {
        hints.pinned = KeyHint::new(help.keys, help.label);
    } else if let Some(back) = keymap.hint_for(Action::NavBack, contexts) {
        hints.pinned = KeyHint::new(back.keys, "closes the help");
    }
    if model.overlay.is_none() && model.mode.is_observer() {
        let items = FOLLOWS.iter().filter_map(|(action, label)| {
            let hint = keymap.hint_for(*action, contexts)?;
            let label = label.map_or(hint.label, ToOwned::to_owned);
            Some(KeyHint::new(hint.keys, label))
        });
        hints.items = items.collect();
    } else if model.overlay.is_none() {
        let armed = model.mode.is_armed();
        let wanted = wanted(model.screen).iter();
        let wanted = wanted.filter(|a| !(armed && **a == Action::ModeArm));
        let items = wanted.filter_map(|action| {
            let hint = keymap.hint_for(*action, contexts)?;
            Some(KeyHint::new(hint.keys, hint.label))
        });
        hints.items = items.collect();
    }
    hints
}

/// What the footer names while another console drives, with the word for
/// what an action means then.
const FOLLOWS: &[(Action, Option<&str>)] = &[
    (Action::RunbookRunStep, Some("approve")),
    (Action::RunbookHandOver, Some("take the offer")),
    (Action::TimelineNote, Some("note to driver")),
    (Action::RunbookPreview, None),
    (Action::PaletteOpen, None),
    (Action::ListOpen, None),
];

/// What the footer names where lists of resources stand.
const LISTS: &[Action] = &[
    Action::ListOpen,
    Action::PaneNext,
    Action::PaletteOpen,
    Action::ListFilter,
    Action::ListProblemsOnly,
    Action::CopyArn,
    Action::TimeCycle,
    Action::Freeze,
];

/// What it names where there is nothing with an ARN.
const SECTIONS: &[Action] = &[
    Action::ListOpen,
    Action::PaneNext,
    Action::PaletteOpen,
    Action::ListFilter,
    Action::ListProblemsOnly,
    Action::TimeCycle,
    Action::Freeze,
];

/// What the footer of each screen names, the most needed first.
fn wanted(screen: Screen) -> &'static [Action] {
    match screen {
        Screen::Overview => &[
            Action::ListOpen,
            Action::PaletteOpen,
            Action::ModeArm,
            Action::ListFilter,
            Action::TimelineNote,
            Action::ListProblemsOnly,
            Action::RunbookOpen,
            Action::Freeze,
        ],
        Screen::Resources | Screen::Regions => LISTS,
        Screen::Jobs => &[
            Action::ListOpen,
            Action::PaneNext,
            Action::PaletteOpen,
            Action::ListFilter,
            Action::ListProblemsOnly,
            Action::CopyAwsCli,
            Action::TimeCycle,
        ],
        Screen::Readiness => SECTIONS,
        Screen::Systems => &[
            Action::ListOpen,
            Action::PaletteOpen,
            Action::ListFilter,
            Action::ListProblemsOnly,
            Action::TimeCycle,
            Action::Freeze,
        ],
        Screen::Runbook => &[
            Action::RunbookRunStep,
            Action::ModeArm,
            Action::PaletteOpen,
            Action::RunbookPreview,
            Action::RunbookVerify,
            Action::RunbookSkip,
            Action::TimelineNote,
            Action::RunbookOpen,
        ],
        Screen::Timeline => &[
            Action::TimelineNote,
            Action::TimelineDecision,
            Action::TimelineExport,
            Action::PaletteOpen,
            Action::ListFilter,
        ],
    }
}

/// What may follow a prefix that has waited a while.
fn choices(model: &Model, now: Timestamp) -> Option<Choices> {
    let pressed = model.keyboard.explain(now)?;
    let contexts = keys::contexts(model);
    let keymap = &model.keymap;
    let label = prefix(keymap, contexts, pressed);
    let ways = keymap.which_key(contexts, pressed);
    let items = ways
        .into_iter()
        .map(|Hint { keys, label, .. }| KeyHint::new(keys, label));
    Some(Choices {
        title: format!("{}  {label}", spell(pressed)).into(),
        items: items.collect(),
    })
}

fn prefix<'a>(
    keymap: &'a Keymap,
    contexts: &[Context],
    pressed: &[Chord],
) -> &'a str {
    keymap.prefix_label(contexts, pressed).unwrap_or("")
}

#[cfg(test)]
mod tests;
