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

use super::listing::Listing;
use super::panel::{Panel, View, class, split_left, split_top};
use super::{Ask, Known, resources, standing, told};
use crate::estate::objective::Standing;
use crate::incident::idle;
use crate::keymap::Action;
use crate::ui::{Cell, Column, Pane, Row, SizeClass, Theme, bar};
use summary::Summary;

/// The list by risk with its cursor, and what is counted beside it.
#[derive(Clone, Debug, Default)]
pub struct State {
    listing: Listing,
    basis: standing::Basis,
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
    let (listing, basis) = (&mut state.listing, &mut state.basis);
    let picked = state.picked.as_deref();
    if standing::refresh(listing, basis, !state.all, picked, known) {
        state.summary.count(known);
    }
    state.summary.refresh(known);
}

/// What the screen shows.
pub fn view(state: &State, known: &Known<'_>, area: Rect) -> View {
    let panels = match class(area) {
        SizeClass::OneLine | SizeClass::Narrow => narrow(state, known, area),
        SizeClass::Standard => {
            let lines = summary::verdict(known, area.width).len().clamp(3, 4);
            let tall = u16::try_from(lines + 2).unwrap_or(u16::MAX);
            let (top, rest) = split_top(area, tall);
            let below = (rest.height / 2).min(9);
            let (middle, bottom) = split_top(rest, rest.height - below);
            let (left, right) = split_left(bottom, 40);
            vec![
                verdict(known, top),
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
        verdict(known, top),
        list(state, known, middle, SizeClass::Wide),
        state.summary.services(known, services, SizeClass::Wide),
        summary::regions_panel(known, regions),
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
    let mut rows: Vec<Row> = idle::stretches(&open.incident.entries)
        .rev()
        .take(room)
        .filter_map(|some| idle::read(some, None))
        .map(|row| {
            let at = told::moment(row.at, known);
            let step = row.step.as_deref();
            let step = step.map_or(String::new(), |s| format!("{s}: "));
            vec![
                Cell::dim(format!("{at:<12} {:<9} {step}", row.who)),
                Cell::plain(row.told()),
            ]
        })
        .collect();
    rows.reverse();
    rows
}

fn verdict(known: &Known<'_>, area: Rect) -> Panel {
    let title = match &known.setting.simulated {
        Some(label) => format!("Can we recover? SIMULATED: {label}"),
        None => "Can we recover?".to_owned(),
    };
    let pane = Pane::new(title).note(told::note(known, resources::rests_on));
    let rows = summary::verdict(known, area.width);
    Panel::lines(area, pane, rows)
}

fn list(
    state: &State,
    known: &Known<'_>,
    area: Rect,
    size: SizeClass,
) -> Panel {
    let is_wide = size == SizeClass::Wide;
    let here = state.standing(known);
    let foot = here.map_or_else(Vec::new, |s| resources::foot(s, area));
    let tall = Panel::rows_in(area).saturating_sub(foot.len());
    let (offset, seen) = state.listing.window(tall);
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
    let empty = resources::empty(known, !state.all);
    let table = state.listing.table(columns, rows, offset, empty);
    let pane = resources::pane(name, &state.listing, known).focused(true);
    Panel::table(area, pane, table).with_foot(foot)
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
    let rows = state.summary.short(known);
    let list = resources::lines(&state.listing, known, rest);
    vec![Panel::bare(head, rows), Panel::bare(rest, list)]
}

/// Paints what the screen shows.
pub fn draw(view: &View, buf: &mut Buffer, area: Rect, theme: Theme) {
    view.draw(buf, area, theme);
}

#[cfg(test)]
mod tests {
    use insta::assert_snapshot;

    use super::*;
    use crate::screens::fixture::{ASCII, BODIES, Fixture, painted, sizes};
    use crate::ui::Tone;

    fn ready(fixture: &Fixture) -> State {
        let mut state = State::default();
        refresh(&mut state, &fixture.known());
        state
    }

    fn shown(fixture: &Fixture, area: Rect) -> String {
        let state = ready(fixture);
        let view = view(&state, &fixture.known(), area);
        painted(&view, area, fixture.setting.theme)
    }

    #[test]
    fn a_console_that_saw_nothing_does_not_say_that_all_is_well() {
        let fixture = Fixture::blank();
        let view = view(&ready(&fixture), &fixture.known(), BODIES[1]);
        let panel = view.panel("Can we recover?").expect("a verdict");
        let super::super::panel::Body::Lines(rows) = &panel.body else {
            panic!("the verdict is lines")
        };
        assert_eq!(rows[0][0], Cell::new("? UNKNOWN", Tone::Unknown));
        let all = view.text();
        assert!(!all.contains('✔'), "{all}");
        assert!(all.contains("? not seen"), "{all}");
    }

    #[test]
    fn enter_shows_the_recovery_points_of_the_selected_resource() {
        let fixture = Fixture::new();
        let known = fixture.known();
        let mut state = ready(&fixture);
        let first = state.standing(&known).expect("something is wrong");
        let arn = first.resource.to_string();
        let asks = act(&mut state, Action::ListOpen, &known);
        assert_eq!(asks, [Ask::ShowResource(arn)]);
    }

    #[test]
    fn only_what_needs_attention_is_listed_until_all_is_asked_for() {
        let fixture = Fixture::new();
        let known = fixture.known();
        let mut state = ready(&fixture);
        let all = fixture.derived.standings.len();
        assert!(state.listing.len() < all);
        act(&mut state, Action::ListProblemsOnly, &known);
        assert_eq!(state.listing.len(), all);
    }

    #[test]
    fn the_list_is_by_risk_and_the_worst_stands_first() {
        let fixture = Fixture::new();
        let known = fixture.known();
        let state = ready(&fixture);
        let order = state.listing.order().iter();
        let keys: Vec<_> = order
            .map(|at| &known.derived.standings[*at as usize])
            .map(|s| standing::key(s, super::super::listing::Sort::Risk))
            .collect();
        assert!(keys.is_sorted(), "{keys:?}");
    }

    #[test]
    fn overview_at_three_sizes() {
        let mut fixture = Fixture::new();
        assert_snapshot!("wide", shown(&fixture, BODIES[0]));
        assert_snapshot!("standard", shown(&fixture, BODIES[1]));
        fixture.setting.theme = ASCII;
        assert_snapshot!("narrow_ascii", shown(&fixture, BODIES[2]));
        let ascii = shown(&fixture, BODIES[1]).replace('…', "");
        assert!(ascii.is_ascii(), "{ascii}");
    }

    #[test]
    fn no_size_panics() {
        let fixture = Fixture::new();
        for area in sizes() {
            shown(&fixture, area);
        }
    }
}
