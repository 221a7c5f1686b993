//! Regions: how each one does, how fresh each source is, and where traffic
//! goes.
//!
//! ```text
//! ┌ Regions ──────────────────────────────────────── eu-west-1 STALE 4m ─┐
//! │   REGION        ROLE    STATE       CALLS 5m  LIVE   ALARM  NEWEST   │
//! │ > eu-west-1     source  ✖ DARK        0%      0/34      ?   STALE    │
//! │   eu-central-1  target  ✔ HEALTHY   100%     34/34      0   2m       │
//! └──────────────────────────────────────────────────────────────────────┘
//! ┌ Traffic ─────────────────────────────────────────────────── 12s old ─┐
//! │ www.learn.example  PRIMARY ✖ unhealthy  SECONDARY ✔ healthy, answers │
//! └──────────────────────────────────────────────────────────────────────┘
//! ┌ eu-west-1: sources (34) ─────────────────────────────────────────────┐
//! │   WHAT           ACCOUNT     FRESH       WHY                         │
//! │   rds/instances  learn-prod  STALE 4m    no answer in time           │
//! └──────────────────────────────────────────────────────────────────────┘
//! ```
//!
//! Enter on a Region tells what its own services say beside its APIs, how
//! ready the standby is, and which control planes homed elsewhere recovery
//! would need; Tab leads to its sources.
//!
//! CALLS is the share of this console's own looks that succeeded in the
//! last five minutes; nothing asked is `?`, never 0 and never 100.

mod count;
mod details;
mod source;
mod traffic;

use ratatui::buffer::Buffer;
use ratatui::layout::Rect;

use super::listing::{Listing, matches};
use super::panel::{Panel, View, class, split_left, split_top};
use super::{Ask, Known, reading, told};
use crate::estate::ids::Region;
use crate::estate::region::{Report, State as Health};
use crate::estate::{Freshness, Source, What};
use crate::keymap::Action;
use crate::ui::prose::hang;
use crate::ui::{
    Cell, Column, List, Mark, Pane, Row, SizeClass, Table, Theme, Tone,
};
use count::count;
use details::details;
use source::{about, what};
use traffic::Traffic;

/// Which pane has the keys.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
enum Focus {
    #[default]
    Regions,
    Sources,
}

/// The Regions with their cursor, and the sources of the selected one.
#[derive(Clone, Debug, Default)]
pub struct State {
    focus: Focus,
    regions: Vec<Region>,
    list: List,
    sources: Vec<Source>,
    listing: Listing,
    traffic: Traffic,
}

/// Takes an action.
pub fn act(state: &mut State, action: Action, known: &Known<'_>) -> Vec<Ask> {
    match action {
        Action::PaneNext | Action::PanePrevious => {
            state.focus = match state.focus {
                Focus::Regions => Focus::Sources,
                Focus::Sources => Focus::Regions,
            };
        }
        Action::ListProblemsOnly => {
            state.listing.problems = !state.listing.problems;
        }
        Action::ListOpen if state.focus == Focus::Regions => {
            return open_region(state, known);
        }
        Action::ListOpen => return open(state, known),
        Action::CopyId => return copy_id(state),
        Action::CopyRequestId => return copy_request_id(state, known),
        other if state.focus == Focus::Sources => {
            state.listing.act(other);
        }
        other => step(&mut state.list, other),
    }
    refresh(state, known);
    Vec::new()
}

fn step(list: &mut List, action: Action) {
    match action {
        Action::ListDown => list.down(),
        Action::ListUp => list.up(),
        Action::ListHalfPageDown | Action::ListPageDown => list.page_down(),
        Action::ListHalfPageUp | Action::ListPageUp => list.page_up(),
        Action::ListTop => list.top(),
        Action::ListBottom => list.bottom(),
        _ => {}
    }
}

fn open_region(state: &State, known: &Known<'_>) -> Vec<Ask> {
    let Some(region) = state.region() else { return Vec::new() };
    let text = reading::State {
        copy: Some(region.to_string()),
        ..reading::State::new(region.to_string(), details(region, known))
    };
    vec![Ask::Read(text)]
}

fn open(state: &State, known: &Known<'_>) -> Vec<Ask> {
    let Some(source) = state.source() else { return Vec::new() };
    let text = reading::State {
        copy: Some(source.to_string()),
        ..reading::State::new(source.to_string(), about(source, known))
    };
    vec![Ask::Read(text)]
}

fn copy_id(state: &State) -> Vec<Ask> {
    let copied = match state.focus {
        Focus::Regions => {
            state.region().map(|r| Ask::Copy(r.to_string(), "Region"))
        }
        Focus::Sources => {
            state.source().map(|s| Ask::Copy(s.to_string(), "source"))
        }
    };
    copied.into_iter().collect()
}

fn copy_request_id(state: &State, known: &Known<'_>) -> Vec<Ask> {
    let failed = state
        .source()
        .and_then(|source| known.estate.known(source))
        .and_then(|seen| seen.failed.as_ref());
    let id = failed.and_then(|(_, failure)| failure.request_id.clone());
    vec![match id {
        Some(id) => Ask::Copy(id, "request id"),
        None => Ask::Say("the selected source has no request id".into()),
    }]
}

impl State {
    /// Gives the keys back to the list of Regions; false if it had them.
    pub fn leave_pane(&mut self) -> bool {
        let inside = self.focus == Focus::Sources;
        self.focus = Focus::Regions;
        inside
    }

    fn region(&self) -> Option<&Region> {
        self.regions.get(self.list.current()?)
    }

    fn source(&self) -> Option<&Source> {
        self.sources.get(self.listing.current()?)
    }
}

/// Takes in which Regions and sources there are.
pub fn refresh(state: &mut State, known: &Known<'_>) {
    let picked = state.region().cloned();
    state.regions = regions(known);
    let place =
        picked.and_then(|was| state.regions.iter().position(|r| *r == was));
    state.list.fit(state.regions.len(), state.regions.len().max(1));
    if let Some(place) = place {
        state.list.select(place);
    }
    let region = state.region().cloned();
    let here = state.source().cloned();
    let filter = known.filter.to_lowercase();
    state.sources = known
        .estate
        .sources()
        .map(|(source, _)| source)
        .filter(|source| {
            source.is_watched() && source.region() == region.as_ref()
        })
        .filter(|source| {
            filter.is_empty() || matches(&filter, &source.to_string())
        })
        .filter(|source| {
            !state.listing.problems || !fresh(source, known).is_live()
        })
        .cloned()
        .collect();
    let here =
        here.and_then(|was| state.sources.iter().position(|s| *s == was));
    let count = u32::try_from(state.sources.len()).unwrap_or(u32::MAX);
    state.listing.fill((0..count).collect(), here);
    state.traffic.refresh(known);
}

/// Every Region watched: the source, the target, then the others.
fn regions(known: &Known<'_>) -> Vec<Region> {
    let setting = known.setting;
    let first = setting.source.iter().chain(&setting.target).cloned();
    let mut all: Vec<Region> = Vec::new();
    let others = setting.regions.iter().chain(known.estate.regions());
    for region in first.chain(others.cloned()) {
        if !all.contains(&region) {
            all.push(region);
        }
    }
    all
}

fn fresh(source: &Source, known: &Known<'_>) -> Freshness {
    let pace = known.estate.pace(source);
    known.estate.freshness(source, known.now, pace)
}

/// The state of a Region as sign and word.
pub(super) fn health(report: Option<&Report>, theme: Theme) -> Cell {
    let (mark, word, tone) = match report.map(Report::state) {
        Some(Health::Healthy) => (Mark::Good, "HEALTHY", Tone::Good),
        Some(Health::Degraded) => (Mark::Warn, "DEGRADED", Tone::Warn),
        Some(Health::Dark) => (Mark::Bad, "DARK", Tone::Bad),
        Some(Health::Unknown) | None => {
            (Mark::Unknown, "UNKNOWN", Tone::Unknown)
        }
    };
    told::state(mark, word, tone, theme)
}

/// What is known of how a Region does.
pub(super) fn report<'a>(
    region: &Region,
    known: &Known<'a>,
) -> Option<&'a Report> {
    known.derived.regions.iter().find(|report| report.region == *region)
}

/// What the Region is for.
pub(super) fn role(region: &Region, known: &Known<'_>) -> &'static str {
    if known.setting.source.as_ref() == Some(region) {
        "source"
    } else if known.setting.target.as_ref() == Some(region) {
        "target"
    } else {
        "other"
    }
}

/// What the screen shows.
pub fn view(state: &State, known: &Known<'_>, area: Rect) -> View {
    let size = class(area);
    if size <= SizeClass::Narrow {
        return narrow(state, known, area);
    }
    let tall = u16::try_from(state.regions.len()).unwrap_or(u16::MAX);
    let foot = u16::try_from(foot(state, known, area).len()).unwrap_or(0);
    let tall =
        tall.saturating_add(3 + foot).clamp(5, area.height / 3 + 1 + foot);
    let (top, rest) = split_top(area, tall);
    let mut panels = vec![overview(state, known, top, size)];
    if size == SizeClass::Wide {
        let (left, right) = split_left(rest, rest.width / 2);
        let (upper, lower) = split_top(right, right.height / 2);
        panels.push(sources(state, known, left));
        panels.push(state.traffic.panel(known, upper));
        panels.push(alarms(known, lower));
    } else {
        let (middle, bottom) = split_top(rest, (rest.height / 3).max(5));
        panels.push(state.traffic.panel(known, middle));
        panels.push(sources(state, known, bottom));
    }
    View { panels }
}

fn overview(
    state: &State,
    known: &Known<'_>,
    area: Rect,
    size: SizeClass,
) -> Panel {
    let foot = foot(state, known, area);
    let height = Panel::rows_in(area).saturating_sub(foot.len());
    let window = state.list.window(height);
    let offset = window.start;
    let seen = state.regions.get(window).unwrap_or(&[]);
    let rows = seen
        .iter()
        .map(|region| {
            let count = count(region, known);
            let report = report(region, known);
            vec![
                Cell::plain(region.to_string()),
                Cell::plain(role(region, known)),
                health(report, known.setting.theme),
                count.share(),
                count.live(),
                count.alarms(),
                Cell::plain(report.map_or_else(
                    || "nothing is known of it yet".to_owned(),
                    Report::told,
                )),
            ]
        })
        .collect();
    let table = Table {
        columns: vec![
            Column::fixed("REGION", 14),
            Column::fixed("ROLE", 6),
            Column::fixed("STATE", 10),
            Column::fixed("CALLS 5m", 8).right(),
            Column::fixed("LIVE", 6).right(),
            Column::fixed("ALARMS", 6).right(),
            Column::flexible(
                "WHY",
                if size == SizeClass::Wide { 40 } else { 12 },
            ),
        ],
        rows,
        offset,
        selected: state.list.current(),
        total: state.regions.len(),
        empty: "no Region is watched",
    };
    let pane = Pane::new("Regions")
        .note(told::note(known, |_| true))
        .focused(state.focus == Focus::Regions);
    Panel::table(area, pane, table).with_foot(foot)
}

/// The whole WHY of the selected Region, where its column cuts it.
fn foot(state: &State, known: &Known<'_>, area: Rect) -> Vec<Row> {
    let report = state.region().and_then(|region| report(region, known));
    let Some(report) = report else { return Vec::new() };
    let beside = usize::from(area.width.saturating_sub(64));
    let told = report.told();
    if told.chars().count() <= beside {
        return Vec::new();
    }
    let head = [Cell::dim(format!("{}: ", report.region))];
    let why = Cell::plain(told);
    let mut rows = hang(&head, why, area.width.saturating_sub(3));
    rows.truncate(2);
    rows
}

fn sources(state: &State, known: &Known<'_>, area: Rect) -> Panel {
    let (offset, seen) = state.listing.window(Panel::rows_in(area));
    let rows = seen
        .iter()
        .filter_map(|place| state.sources.get(*place as usize))
        .map(|source| {
            let fresh = fresh(source, known);
            vec![
                Cell::plain(what(source)),
                Cell::plain(
                    source
                        .account()
                        .map_or("", |id| known.setting.account_name(id))
                        .to_owned(),
                ),
                told::freshness(&fresh),
                Cell::plain(told::because(&fresh)),
            ]
        })
        .collect();
    let region = state.region().map_or("no Region", |r| r.as_str());
    let only = if state.listing.problems { " problems only" } else { "" };
    let pane = Pane::new(format!(
        "{region}: sources ({}){only}",
        state.listing.len()
    ))
    .note(Cell::dim("what we ask of it, and how old the answer is"))
    .focused(state.focus == Focus::Sources);
    let table = Table {
        columns: vec![
            Column::fixed("WHAT", 21),
            Column::fixed("ACCOUNT", 12),
            Column::fixed("FRESH", 14),
            Column::flexible("WHY", 12),
        ],
        rows,
        offset,
        selected: (state.focus == Focus::Sources)
            .then(|| state.listing.list.current())
            .flatten(),
        total: state.listing.len(),
        empty: "nothing is asked of it, or nothing matches",
    };
    Panel::table(area, pane, table)
}

fn alarms(known: &Known<'_>, area: Rect) -> Panel {
    let theme = known.setting.theme;
    let room = usize::from(area.height.saturating_sub(2));
    let ringing = || known.estate.alarms().filter(|a| a.item.state == "ALARM");
    let rows = ringing().take(room).map(|alarm| {
        let since = alarm.item.since;
        let since = since.map_or("?".to_owned(), |at| told::moment(at, known));
        vec![
            Cell::new(
                format!("{} ALARM  ", theme.glyph(Mark::Bad)),
                Tone::Bad,
            ),
            Cell::plain(format!(
                "{}  {}  since {since}  {}",
                alarm.region,
                alarm.item.name,
                alarm.item.reason.as_deref().unwrap_or("")
            )),
        ]
    });
    let mut rows: Vec<Row> = rows.collect();
    let note = told::note(known, |what| *what == What::Alarms);
    if rows.is_empty() {
        let words = if note.tone == Tone::Dim {
            "no alarm rings"
        } else {
            "? no alarm is known to ring, but not all could be asked"
        };
        rows.push(vec![Cell::dim(words)]);
    }
    let title =
        format!("Alarms ({})", told::counted(ringing().count(), &note));
    Panel::lines(area, Pane::new(title).note(note), rows)
}

fn narrow(state: &State, known: &Known<'_>, area: Rect) -> View {
    let mut rows: Vec<Row> = Vec::new();
    let room = usize::from(area.height);
    if state.focus == Focus::Sources {
        let (offset, seen) = state.listing.window(room);
        for (line, place) in (offset..).zip(seen) {
            let Some(source) = state.sources.get(*place as usize) else {
                continue;
            };
            let here = state.listing.list.current() == Some(line);
            let cursor = if here { ">" } else { " " };
            let fresh = fresh(source, known);
            rows.push(vec![
                Cell::plain(format!("{cursor} {:<21} ", what(source))),
                told::freshness(&fresh),
            ]);
        }
    } else {
        let window = state.list.window(room);
        let first = window.start;
        let seen = state.regions.get(window).unwrap_or(&[]);
        for (line, region) in (first..).zip(seen) {
            let here = state.list.current() == Some(line);
            let cursor = if here { ">" } else { " " };
            let health = health(report(region, known), known.setting.theme);
            let text = format!("{:<10}", &*health.text);
            rows.push(vec![
                Cell::plain(format!("{cursor} {region:<13} ")),
                Cell::new(text, health.tone),
                Cell::plain(" calls "),
                count(region, known).share(),
            ]);
        }
    }
    if rows.is_empty() {
        rows.push(vec![Cell::dim("nothing is known yet")]);
    }
    View { panels: vec![Panel::bare(area, rows)] }
}

/// Paints what the screen shows.
pub fn draw(view: &View, buf: &mut Buffer, area: Rect, theme: Theme) {
    view.draw(buf, area, theme);
}

#[cfg(test)]
mod tests;
