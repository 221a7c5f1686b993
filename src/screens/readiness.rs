//! Readiness: the recovery pattern that each application really has, the
//! metrics of readiness, and what the backups cost.
//!
//! ```text
//! ┌ Applications (4) ───────────── 1 of 3 · tab Metrics · worst first ─────┐
//! │   STATE     APPLICATION   PATTERN                MISSING FOR THE NEXT  │
//! │ > ✖ NONE    learn-lti     no pattern             no usable backup of … │
//! │   ▲ LOW     learn         cross-Region backups   learn-search is not … │
//! │   ? UNKNOWN learn-render  unknown                ec2/volumes denied    │
//! └────────────────────────────────────────────────────────────────────────┘
//! ```
//!
//! Each section is one line in `SECTIONS`: a list with columns of its own.
//! Wide terminals show all of them, others the one in front; tab goes on to
//! the next. Enter reads the whole of one line: definition, evidence, source.

mod applications;
mod cost;
mod drills;
mod metrics;
mod section;

use ratatui::buffer::Buffer;
use ratatui::layout::Rect;

use super::listing::{Listing, Sort, matches};
use super::panel::{Panel, View, class, split_left, split_top};
use super::{Ask, Known, reading, told};
use crate::keymap::Action;
use crate::ui::prose::wrap_all;
use crate::ui::{Cell, Column, Mark, Pane, Row, SizeClass, Theme, Tone};
use section::{Facts, Line, SECTIONS, Section};

/// The least lines of a section among others: its frame, head and two lines.
const LEAST: u16 = 5;

/// What the order of the lines was made from.
#[derive(Clone, Debug, PartialEq)]
struct Key {
    version: u64,
    filter: String,
    orders: Vec<(Sort, bool)>,
}

/// One section with its lines and cursor.
#[derive(Clone, Debug, Default)]
struct Shown {
    listing: Listing,
    lines: Vec<Line>,
}

/// The sections, and which of them has the keys.
#[derive(Clone, Debug, Default)]
pub struct State {
    focus: usize,
    facts: Facts,
    shown: [Shown; SECTIONS.len()],
    key: Option<Key>,
}

impl State {
    /// The section in front.
    fn front(&self) -> (&'static Section, &Shown) {
        let focus = self.focus % SECTIONS.len();
        (&SECTIONS[focus], &self.shown[focus])
    }

    fn sections(&self) -> impl Iterator<Item = (&'static Section, &Shown)> {
        SECTIONS.iter().zip(&self.shown)
    }
}

/// Takes an action.
pub fn act(state: &mut State, action: Action, known: &Known<'_>) -> Vec<Ask> {
    let all = SECTIONS.len();
    match action {
        Action::PaneNext => {
            state.focus = (state.focus + 1) % all;
            return Vec::new();
        }
        Action::PanePrevious => {
            state.focus = (state.focus + all - 1) % all;
            return Vec::new();
        }
        _ => {}
    }
    if let Some(anew) = state.shown[state.focus].listing.act(action) {
        if anew {
            refresh(state, known);
        }
        return Vec::new();
    }
    let (section, shown) = state.front();
    let Some(place) = shown.listing.current() else { return Vec::new() };
    let Some(line) = shown.lines.get(place) else { return Vec::new() };
    match action {
        Action::ListOpen => {
            let lines = (section.detail)(place, &state.facts, known);
            let copy = text(&lines);
            vec![Ask::Read(reading::State {
                copy: Some(copy),
                ..reading::State::new(line.name.clone(), lines)
            })]
        }
        Action::CopyId => vec![Ask::Copy(line.name.clone(), "name")],
        _ => Vec::new(),
    }
}

fn text(lines: &[Row]) -> String {
    let line = |row: &Row| {
        row.iter().map(|cell| &*cell.text).collect::<String>() + "\n"
    };
    lines.iter().map(line).collect()
}

/// Puts the lines in order, if what they are made from has changed.
pub fn refresh(state: &mut State, known: &Known<'_>) {
    let order = |shown: &Shown| (shown.listing.sort, shown.listing.problems);
    let key = Key {
        version: known.derived.version,
        filter: known.filter.to_lowercase(),
        orders: state.shown.iter().map(order).collect(),
    };
    if state.key.as_ref() == Some(&key) {
        return;
    }
    let fresh = state.key.as_ref().is_some_and(|k| k.version == key.version);
    if !fresh {
        state.facts = Facts::of(known);
    }
    for (section, shown) in SECTIONS.iter().zip(&mut state.shown) {
        let picked = shown.listing.current();
        let picked = picked.and_then(|at| shown.lines.get(at));
        let picked = picked.map(|line| line.name.clone());
        shown.lines = (section.lines)(&state.facts, known);
        put_in_order(shown, &key.filter, picked.as_deref());
    }
    state.key = Some(key);
}

fn put_in_order(shown: &mut Shown, filter: &str, picked: Option<&str>) {
    let problems = shown.listing.problems;
    let lines = &shown.lines;
    let kept = |line: &Line| {
        matches(filter, &line.name.to_lowercase())
            && (!problems || line.tone != Tone::Good)
    };
    let mut order: Vec<u32> = (0_u32..)
        .zip(lines)
        .filter(|(_, line)| kept(line))
        .map(|(place, _)| place)
        .collect();
    let at = |place: &u32| lines.get(*place as usize);
    match shown.listing.sort {
        Sort::Name => order.sort_by_key(|p| at(p).map(|line| &line.name)),
        _ => order.sort_by_key(|p| at(p).map(|line| line.rank)),
    }
    let here = picked.and_then(|name| {
        order.iter().position(|p| at(p).is_some_and(|l| l.name == name))
    });
    shown.listing.fill(order, here);
}

/// What the screen shows.
pub fn view(state: &State, known: &Known<'_>, area: Rect) -> View {
    let size = class(area);
    if size <= SizeClass::Narrow {
        return narrow(state, known, area);
    }
    let mut panels = Vec::new();
    let beside = if size == SizeClass::Wide {
        let (left, beside) = split_left(area, area.width / 2);
        let mut rest = left;
        for (place, (section, shown)) in state.sections().enumerate() {
            let after = SECTIONS.len() - place - 1;
            let (here, below) = split_top(rest, height(shown, rest, after));
            let focused = place == state.focus;
            panels.push(list(section, shown, focused, known, here));
            rest = below;
        }
        beside
    } else {
        let (section, shown) = state.front();
        let wish = u16::try_from(shown.lines.len() + 3).unwrap_or(u16::MAX);
        let most = (area.height * 3 / 5).max(LEAST);
        let (place, beside) = split_top(area, wish.clamp(LEAST, most));
        panels.push(list(section, shown, true, known, place));
        beside
    };
    panels.push(beside_it(state, known, beside));
    View { panels }
}

/// How tall a section is, above `after` others.
fn height(shown: &Shown, rest: Rect, after: usize) -> u16 {
    if after == 0 {
        return rest.height;
    }
    let after = u16::try_from(after).unwrap_or(u16::MAX);
    let most = rest.height.saturating_sub(after.saturating_mul(LEAST));
    let wish = u16::try_from(shown.lines.len() + 3).unwrap_or(u16::MAX);
    wish.max(LEAST).min(most.max(LEAST))
}

/// The whole of the line that is selected.
fn beside_it(state: &State, known: &Known<'_>, area: Rect) -> Panel {
    let (section, shown) = state.front();
    let place = shown.listing.current();
    let Some((place, line)) =
        place.and_then(|at| Some((at, shown.lines.get(at)?)))
    else {
        let rows = vec![vec![Cell::dim("nothing is selected")]];
        return Panel::lines(area, Pane::new(section.title), rows);
    };
    let theme = known.setting.theme;
    let note = told::state(line.mark, line.word, line.tone, theme);
    let pane = Pane::new(line.name.clone()).note(note);
    let rows = (section.detail)(place, &state.facts, known);
    let room = area.width.saturating_sub(3);
    Panel::lines(area, pane, wrap_all(&rows, room))
}

fn list(
    section: &Section,
    shown: &Shown,
    focused: bool,
    known: &Known<'_>,
    area: Rect,
) -> Panel {
    let theme = known.setting.theme;
    let mut title = format!("{} ({})", section.title, shown.listing.len());
    if shown.listing.problems {
        title.push_str(" problems only");
    }
    let pane = Pane::new(title).note(note(section, known)).focused(focused);
    let (offset, seen) = shown.listing.window(Panel::rows_in(area));
    let rows = seen
        .iter()
        .filter_map(|place| shown.lines.get(*place as usize))
        .map(|line| {
            let state = told::state(line.mark, line.word, line.tone, theme);
            [state].into_iter().chain(line.cells.clone()).collect()
        })
        .collect();
    let state = Column::fixed("STATE", 9);
    let columns = [state].into_iter().chain((section.columns)()).collect();
    let table = shown.listing.table(columns, rows, offset, section.empty);
    Panel::table(area, pane, table)
}

/// Which section comes next, and how fresh what they tell is.
fn note(section: &Section, known: &Known<'_>) -> Cell {
    let here = SECTIONS.iter().position(|s| s.title == section.title);
    let here = here.map_or(0, |here| here + 1);
    let fresh = told::note(known, |_| true);
    let dot = known.setting.theme.glyph(Mark::Dot);
    let text = format!("{here} of {} {dot} {}", SECTIONS.len(), fresh.text);
    Cell::new(text, fresh.tone)
}

fn narrow(state: &State, known: &Known<'_>, area: Rect) -> View {
    let theme = known.setting.theme;
    let (section, shown) = state.front();
    let all: Row = SECTIONS
        .iter()
        .map(|other| {
            if other.title == section.title {
                Cell::new(format!("[{}]", other.title), Tone::Title)
            } else {
                Cell::dim(format!(" {} ", other.title))
            }
        })
        .collect();
    let height = usize::from(area.height).saturating_sub(1);
    let (offset, seen) = shown.listing.window(height);
    let mut rows: Vec<Row> = vec![all];
    if seen.is_empty() {
        rows.push(vec![Cell::dim(section.empty)]);
    }
    for (at, place) in (offset..).zip(seen) {
        let Some(line) = shown.lines.get(*place as usize) else { continue };
        let here = shown.listing.list.current() == Some(at);
        let cursor = if here { ">" } else { " " };
        let tone = if here { Tone::Selected } else { line.tone };
        let mark = theme.glyph(line.mark);
        let text = format!("{cursor}{mark} {:<20}{}", line.name, line.brief);
        rows.push(vec![Cell::new(text, tone)]);
    }
    View { panels: vec![Panel::bare(area, rows)] }
}

/// Paints what the screen shows.
pub fn draw(view: &View, buf: &mut Buffer, area: Rect, theme: Theme) {
    view.draw(buf, area, theme);
}

#[cfg(test)]
mod tests;
