//! Overview: can we recover?
//!
//! ```text
//! ┌ Can we recover? ─────────────────────────────────────── 12s old ─┐
//! │ ▲ PARTLY  41 of 44 are inside their RPO, 2 are not, 1 unknown    │
//! │ Worst  orders-db 31h04m if we failed over to eu-central-1 now    │
//! │ Blockers (1)  billing-efs: all backups in one Region             │
//! └──────────────────────────────────────────────────────────────────┘
//! ┌ Needs attention (3/44) ────────────────────── by risk · 12s old ─┐
//! │   STATE  RESOURCE     TYPE  LOSS    RPO  USED  WHY               │
//! │ > ✖ MISS orders-db    RDS   31h04m  24h  129%  copy job FAILED   │
//! │   ? UNKN legacy-vol   EBS   ?       24h     ?  denied            │
//! └──────────────────────────────────────────────────────────────────┘
//! ┌ By service ─────────────────────┐┌ Regions and jobs ──────── 24h ┐
//! │           OK  LATE  MISS  UNKN  ││ eu-west-1    source  ✖ DARK   │
//! │ RDS       11     0     1     0  ││ eu-central-1 target  ✔ HEALTHY│
//! └─────────────────────────────────┘└───────────────────────────────┘
//! ```

mod summary;

use ratatui::buffer::Buffer;
use ratatui::layout::Rect;

use super::listing::{Listing, matches};
use super::panel::{Panel, View, class, split_left, split_top};
use super::{Ask, Known, resources, standing, told};
use crate::estate::standing::Standing;
use crate::incident::fact::Fact;
use crate::incident::timeline;
use crate::keymap::Action;
use crate::ui::{Cell, Column, Pane, Row, SizeClass, Table, Theme, bar};
use summary::Summary;

/// The list by risk with its cursor, and what is counted beside it.
#[derive(Clone, Debug, Default)]
pub struct State {
    listing: Listing,
    /// Whether the list also shows what needs no attention.
    all: bool,
    picked: Option<String>,
    summary: Summary,
}

impl State {
    fn standing<'a>(&self, known: &Known<'a>) -> Option<&'a Standing> {
        known.derived.standings.get(self.listing.current()?)
    }
}

/// Takes an action.
pub fn act(state: &mut State, action: Action, known: &Known<'_>) -> Vec<Ask> {
    refresh(state, known);
    if action == Action::ListProblemsOnly {
        state.all = !state.all;
    } else if let Some(anew) = state.listing.act(action) {
        if !anew {
            let here = state.standing(known);
            state.picked = here.map(|s| s.resource.to_string());
        }
    } else {
        let here = state.standing(known);
        return here.and_then(|s| ask(s, action)).into_iter().collect();
    }
    refresh(state, known);
    Vec::new()
}

fn ask(standing: &Standing, action: Action) -> Option<Ask> {
    let arn = standing.resource.to_string();
    match action {
        Action::ListOpen => Some(Ask::ShowResource(arn)),
        Action::CopyId => Some(Ask::Copy(standing.name.clone(), "name")),
        Action::CopyArn => Some(Ask::Copy(arn, "ARN")),
        _ => None,
    }
}

/// Puts the list in order and counts what stands beside it.
pub fn refresh(state: &mut State, known: &Known<'_>) {
    let filter = known.filter.to_lowercase();
    let sort = state.listing.sort;
    let mut order: Vec<(standing::SortKey, u32)> = (0_u32..)
        .zip(&known.derived.standings)
        .filter(|(_, s)| state.all || standing::is_problem(s))
        .filter(|(_, s)| {
            filter.is_empty() || matches(&filter, &standing::text(s))
        })
        .map(|(place, s)| (standing::key(s, sort), place))
        .collect();
    order.sort();
    let order: Vec<u32> = order.into_iter().map(|(_, at)| at).collect();
    let here = state.picked.as_ref().and_then(|arn| {
        order.iter().position(|at| {
            let there = known.derived.standings.get(*at as usize);
            there.is_some_and(|s| s.resource.as_str() == arn)
        })
    });
    state.listing.fill(order, here);
    state.summary.refresh(known);
}

/// What the screen shows.
pub fn view(state: &State, known: &Known<'_>, area: Rect) -> View {
    let panels = match class(area) {
        SizeClass::OneLine | SizeClass::Narrow => narrow(state, known, area),
        SizeClass::Standard => {
            let (top, rest) = split_top(area, 5);
            let below = (rest.height / 2).min(9);
            let (middle, bottom) = split_top(rest, rest.height - below);
            let (left, right) = split_left(bottom, 40);
            vec![
                verdict(state, known, top),
                list(state, known, middle, SizeClass::Standard),
                state.summary.services(known, left, SizeClass::Standard),
                state.summary.regions_and_jobs(known, right),
            ]
        }
        SizeClass::Wide => wide(state, known, area),
    };
    View { panels }
}

fn wide(state: &State, known: &Known<'_>, area: Rect) -> Vec<Panel> {
    let (top, rest) = split_top(area, 6);
    let (middle, bottom) = split_top(rest, rest.height * 2 / 5);
    let (upper, lower) = split_top(bottom, bottom.height / 2);
    let (services, regions) = split_left(upper, upper.width * 2 / 5);
    let (jobs, tail) = split_left(lower, lower.width * 2 / 5);
    let room = usize::from(tail.height.saturating_sub(2));
    let rows = newest(known, room);
    vec![
        verdict(state, known, top),
        list(state, known, middle, SizeClass::Wide),
        state.summary.services(known, services, SizeClass::Wide),
        state.summary.regions(known, regions),
        state.summary.jobs(known, jobs),
        Panel::lines(tail, Pane::new("Timeline, latest"), rows),
    ]
}

/// The newest entries of the incident, oldest first.
fn newest(known: &Known<'_>, room: usize) -> Vec<Row> {
    let Some(open) = known.open else {
        let words =
            "no incident is open: a note, a decision or a runbook opens one";
        return vec![vec![Cell::dim(words)]];
    };
    let told = open.incident.entries.iter().rev();
    let told = told.filter(|e| !matches!(e.fact, Fact::File { .. }));
    let mut rows: Vec<Row> = told
        .take(room)
        .map(|entry| {
            let row = timeline::row(entry, None);
            let at = told::moment(row.at, known);
            vec![
                Cell::dim(format!("{at:<12} {:<9} ", row.who)),
                Cell::plain(row.what),
            ]
        })
        .collect();
    rows.reverse();
    rows
}

fn verdict(state: &State, known: &Known<'_>, area: Rect) -> Panel {
    let pane = Pane::new("Can we recover?")
        .note(told::note(known, resources::rests_on));
    let room = usize::from(area.height.saturating_sub(2));
    Panel::lines(area, pane, state.summary.verdict(known, room))
}

fn list(
    state: &State,
    known: &Known<'_>,
    area: Rect,
    size: SizeClass,
) -> Panel {
    let is_wide = size == SizeClass::Wide;
    let (offset, seen) = state.listing.window(Panel::rows_in(area));
    let rows = seen
        .iter()
        .filter_map(|at| known.derived.standings.get(*at as usize))
        .map(|s| row(s, known, is_wide))
        .collect();
    let mut columns = vec![
        Column::fixed("STATE", 6),
        Column::flexible("RESOURCE", 16),
        Column::fixed("TYPE", 6),
    ];
    if is_wide {
        columns.push(Column::fixed("TIER", 8));
        columns.push(Column::fixed("REGION", 14));
    }
    columns.push(Column::fixed("LOSS", 7).right());
    columns.push(Column::fixed("RPO", 5).right());
    let share = if is_wide { 20 } else { 5 };
    columns.push(Column::fixed("USED", share).right());
    columns.push(Column::flexible("WHY", 10).drop(1));
    let name = if state.all { "By risk" } else { "Needs attention" };
    let table = Table {
        columns,
        rows,
        offset,
        selected: state.listing.list.current(),
        total: state.listing.len(),
        empty: resources::empty(known, !state.all),
    };
    let pane = resources::pane(name, &state.listing, known).focused(true);
    Panel::table(area, pane, table)
}

fn row(s: &Standing, known: &Known<'_>, is_wide: bool) -> Row {
    let theme = known.setting.theme;
    let mut row = vec![
        standing::state(s, theme),
        Cell::plain(s.name.clone()),
        Cell::plain(s.kind.name()),
    ];
    if is_wide {
        row.push(standing::tier(s));
        row.push(match &s.region {
            Some(region) => Cell::plain(region.to_string()),
            None => Cell::dim("-"),
        });
    }
    row.push(standing::loss(s));
    row.push(standing::rpo(s));
    let used = standing::used(s);
    row.push(match standing::percent(s) {
        Some(percent) if is_wide => {
            let bar = bar(percent, 100, 14, theme);
            Cell::new(format!("{bar} {:>5}", &*used.text), used.tone)
        }
        _ => used,
    });
    row.push(Cell::plain(s.why.clone()));
    row
}

fn narrow(state: &State, known: &Known<'_>, area: Rect) -> Vec<Panel> {
    let (head, rest) = split_top(area, 2);
    let rows = state.summary.verdict(known, 2);
    let list = resources::lines(&state.listing, known, rest);
    vec![Panel::bare(head, rows), Panel::bare(rest, list)]
}

/// Paints what the screen shows.
pub fn draw(view: &View, buf: &mut Buffer, area: Rect, theme: Theme) {
    view.draw(buf, area, theme);
}
