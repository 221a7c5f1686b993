//! The incident as a timeline: what happened, when, by whom.
//!
//! ```text
//! ┌ Timeline INC-20260502-1351-a41b ──────── 31 entries · chain synced ┐
//! │   TIME       T+       WHO      KIND      WHAT                      │
//! │   13:51:02Z  00:00    m.rossi  opened    "eu-west-1 impaired"      │
//! │ > 14:27:02Z  36:00    m.rossi  confirm   promote, SEVERE           │
//! └────────────────────────────────────────────────────────────────────┘
//! ┌ Measured so far ───────────────────────────────────────────────────┐
//! │ RTO 00:41 so far (no milestone service-healthy yet)                │
//! └────────────────────────────────────────────────────────────────────┘
//! ```

use ratatui::buffer::Buffer;
use ratatui::layout::{Constraint, Layout, Rect};

use super::listing::step;
use super::runbook::short;
use super::{Ask, Known, Screen, reading, shown_time};
use crate::incident::entry::Entry;
use crate::incident::idle;
use crate::incident::metrics::Metrics;
use crate::incident::timeline;
use crate::keymap::Action;
use crate::ui::{Cell, Column, List, Pane, Prose, Row, Table, Theme, Tone};

/// Where the cursor stands and what is kept out.
#[derive(Clone, Debug, Default)]
pub struct State {
    /// The cursor.
    pub list: List,
    /// Whether what the console did by itself is kept out.
    pub people_only: bool,
    /// The places of the entries shown, oldest first.
    shown: Vec<usize>,
    /// What they were chosen by.
    chosen: Option<(usize, bool, String)>,
    /// Whether the cursor follows the newest entry.
    held: bool,
}

/// What is shown.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct View {
    /// The title.
    pub title: String,
    /// How many entries there are.
    pub note: String,
    /// The entries seen.
    pub rows: Vec<Row>,
    /// The first of them.
    pub offset: usize,
    /// The cursor.
    pub selected: Option<usize>,
    /// How many can be scrolled through.
    pub total: usize,
    /// What was measured so far.
    pub measured: Vec<Row>,
}

/// Takes in that something changed.
pub fn refresh(state: &mut State, known: &Known<'_>) {
    let entries: &[Entry] =
        known.open.map_or(&[], |open| &open.incident.entries);
    let filter = known.filter.to_lowercase();
    let chosen = Some((entries.len(), state.people_only, filter.clone()));
    if state.chosen == chosen {
        return;
    }
    state.chosen = chosen;
    state.shown = idle::placed(entries)
        .filter(|(_, some)| {
            idle::read(some, None).is_some_and(|row| {
                (!row.is_auto() || !state.people_only)
                    && (filter.is_empty()
                        || row.what.to_lowercase().contains(&filter))
            })
        })
        .map(|(place, _)| place)
        .collect();
    state.list.resize(state.shown.len());
    if !state.held {
        state.list.bottom();
    }
}

/// Takes an action.
pub fn act(state: &mut State, action: Action, known: &Known<'_>) -> Vec<Ask> {
    refresh(state, known);
    let moved = state.list.selected;
    match action {
        Action::ListProblemsOnly => {
            state.people_only = !state.people_only;
            refresh(state, known);
        }
        Action::ListOpen | Action::CopyId | Action::CopyRequestId => {
            let place = state
                .list
                .current()
                .and_then(|at| state.shown.get(at).copied());
            let entry = place
                .and_then(|place| known.open?.incident.entries.get(place));
            return entry
                .map(|entry| open(action, entry))
                .into_iter()
                .collect();
        }
        other => {
            step(&mut state.list, other);
        }
    }
    if state.list.selected != moved {
        state.held = state.list.selected + 1 < state.list.len;
    }
    Vec::new()
}

fn open(action: Action, entry: &Entry) -> Ask {
    let row = timeline::row(entry, None);
    let sentence = row.what;
    match (action, row.request_id) {
        (Action::CopyRequestId, Some(id)) => {
            return Ask::Copy(id, "request id");
        }
        (Action::CopyRequestId, None) => {
            return Ask::Say("this entry has no request id".into());
        }
        (Action::CopyId, _) => return Ask::Copy(sentence, "entry"),
        _ => {}
    }
    let text = serde_json::to_string_pretty(&entry.fact)
        .expect("facts have only text for keys");
    let mut lines = vec![
        vec![Cell::new(sentence, Tone::Title)],
        vec![Cell::dim(format!(
            "entry {} at {} by {} on {} (pid {})",
            entry.seq, entry.at, entry.by.user, entry.by.host, entry.by.pid
        ))],
        Vec::new(),
    ];
    lines.extend(text.lines().map(|line| vec![Cell::plain(line.to_owned())]));
    let mut read = reading::State::new(format!("Entry {}", entry.seq), lines);
    read.copy = Some(text);
    Ask::Read(read)
}

/// What is shown now, in an area of this size.
pub fn view(state: &State, known: &Known<'_>, area: Rect) -> View {
    let Some(open) = known.open else {
        return View {
            title: "Timeline".into(),
            measured: vec![vec![Cell::plain(format!(
                "No incident is open. {} notes, {} decides, a runbook or {} \
                 begins one; all of it is journaled.",
                known.key(Action::TimelineNote, Screen::Timeline),
                known.key(Action::TimelineDecision, Screen::Timeline),
                known.key(Action::IncidentOpen, Screen::Timeline)
            ))]],
            ..View::default()
        };
    };
    let height = Table::lines_in(table_height(area).saturating_sub(2));
    let window = state.list.window(height);
    let entries = &open.incident.entries;
    let start = entries.first().map(|entry| entry.at);
    let from = open.impact().or(start);
    let places = state.shown.get(window.clone()).unwrap_or_default();
    let rows = places.iter().filter_map(|place| {
        let row = idle::read(idle::stretch(entries, *place), from)?;
        let tone = if row.marked { Tone::Warn } else { Tone::Plain };
        Some(vec![
            Cell::dim(shown_time(known, row.at)),
            Cell::dim(row.since.map_or_else(String::new, short)),
            Cell::plain(row.who.clone()),
            Cell::plain(row.kind),
            Cell::new(row.told(), tone),
        ])
    });
    View {
        title: format!("Timeline {} ({})", open.id, state.shown.len()),
        note: format!(
            "{} entries, each synced{}",
            entries.len(),
            if state.people_only { ", people only" } else { "" }
        ),
        rows: rows.collect(),
        offset: window.start,
        selected: state.list.current(),
        total: state.shown.len(),
        measured: measured(open),
    }
}

fn table_height(area: Rect) -> u16 {
    if area.height >= 16 { area.height - 7 } else { area.height }
}

fn measured(open: &super::Open) -> Vec<Row> {
    let metrics = Metrics::of(&open.incident);
    let mut rows = Vec::new();
    let mut say = |name: &'static str, value: String| {
        rows.push(vec![Cell::dim(format!("{name:<10}")), Cell::plain(value)]);
    };
    let span = |span: Option<jiff::SignedDuration>| {
        span.map_or_else(|| "unknown".to_owned(), short)
    };
    let parts = format!(
        "{}   detect {}  decide {}  act {}  verify {}",
        span(metrics.rto),
        span(metrics.detect),
        span(metrics.decide),
        span(metrics.act),
        span(metrics.verify)
    );
    say("RTO", parts);
    for recovered in &metrics.recovered {
        say(
            "RPO",
            format!(
                "{} {}   {}",
                recovered.resource,
                span(recovered.rpo),
                recovered.evidence
            ),
        );
    }
    if metrics.impact.is_none() {
        say("impact", "unknown: :incident.impact says when".into());
    }
    rows
}

/// Paints the view.
pub fn draw(view: &View, buf: &mut Buffer, area: Rect, theme: Theme) {
    let [top, bottom] = Layout::vertical([
        Constraint::Length(table_height(area)),
        Constraint::Fill(1),
    ])
    .areas(area);
    let inner = Pane::new(Cell::new(view.title.clone(), Tone::Title))
        .note(Cell::dim(view.note.clone()))
        .focused(true)
        .draw(buf, top, theme);
    let table = Table {
        columns: vec![
            Column::fixed("TIME", 10),
            Column::fixed("T+", 9).drop(2),
            Column::fixed("WHO", 9).drop(3),
            Column::fixed("KIND", 10).drop(1),
            Column::flexible("WHAT", 20),
        ],
        rows: view.rows.clone(),
        offset: view.offset,
        selected: view.selected,
        total: view.total,
        empty: "nothing has been journaled yet",
    };
    table.draw(buf, inner, theme);
    if bottom.height > 2 {
        let inner = Pane::new(Cell::new("Measured so far", Tone::Title))
            .draw(buf, bottom, theme);
        Prose::new(view.measured.clone()).draw(buf, inner, theme);
    }
}
