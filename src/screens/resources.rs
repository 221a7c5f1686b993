//! Resources: how each one stands, and what it can be restored from.
//!
//! ```text
//! ┌ Resources (1/46) ──────────────────────────────── by risk · 12s old ─┐
//! │   STATE  RESOURCE   TYPE  TIER  REGION     LOSS    RPO  USED  WHY    │
//! │ > ✖ MISS orders-db  RDS   Gold  eu-west-1  31h04m  24h  129%  copy … │
//! └──────────────────────────────────────────────────────────────────────┘
//! ┌ Recovery points of orders-db (14) ────────────── target Region first ┐
//! │   WHERE         DATA TIME     AGE     KIND  SIZE     STATUS    USE   │
//! │ > eu-central-1  05-01 07:28Z  31h04m  copy  412 GiB  ✔ usable  ✔ can │
//! │   eu-west-1     11:20:05Z     3h12m   made  413 GiB  ✔ usable  ▲ dark│
//! └──────────────────────────────────────────────────────────────────────┘
//! ┌ Why ─────────────────────────────────────────────────────────────────┐
//! │ arn:aws:rds:eu-west-1:111122223333:db:orders-db                      │
//! └──────────────────────────────────────────────────────────────────────┘
//! ```
//!
//! LOSS is what would be lost if one failed over now. A point in a Region
//! that does not answer cannot be called restorable, whatever was last seen.

mod points;

use ratatui::buffer::Buffer;
use ratatui::layout::Rect;

use super::listing::Listing;
use super::panel::{Panel, View, class, split_left, split_top};
use super::{Ask, Known, reading, standing, told};
use crate::estate::What;
use crate::estate::objective::Standing;
use crate::estate::part::Kind;
use crate::keymap::Action;
use crate::ui::prose::{wrap, wrap_all};
use crate::ui::{Cell, Column, Mark, Pane, Row, SizeClass, Theme, Tone, clip};
use points::Copies;

/// Which pane has the keys.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
enum Focus {
    #[default]
    Resources,
    Points,
}

/// The resources with their cursor, and the points of the selected one.
#[derive(Clone, Debug, Default)]
pub struct State {
    focus: Focus,
    listing: Listing,
    basis: standing::Basis,
    picked: Option<String>,
    copies: Copies,
    /// Whether another screen led straight to the points: leaving them
    /// leads back there.
    led: bool,
}

impl State {
    /// Puts the cursor on the resource with this ARN and gives its recovery
    /// points the keys.
    pub fn show(&mut self, arn: &str) {
        self.picked = Some(arn.to_owned());
        self.listing.problems = false;
        self.focus = Focus::Points;
        self.led = true;
    }

    /// Gives the keys back to the list of resources; false if it had them,
    /// or if another screen led straight to the points.
    pub fn leave_pane(&mut self) -> bool {
        let inside = self.focus == Focus::Points && !self.led;
        self.focus = Focus::Resources;
        self.led = false;
        inside
    }

    fn standing<'a>(&self, known: &Known<'a>) -> Option<&'a Standing> {
        known.derived.standings.get(self.listing.current()?)
    }
}

/// Takes an action.
pub fn act(state: &mut State, action: Action, known: &Known<'_>) -> Vec<Ask> {
    refresh(state, known);
    let asks = match action {
        Action::PaneNext | Action::PanePrevious => {
            state.led = false;
            state.focus = match state.focus {
                Focus::Resources => Focus::Points,
                Focus::Points => Focus::Resources,
            };
            Vec::new()
        }
        Action::ListOpen if state.focus == Focus::Resources => {
            state.focus = Focus::Points;
            Vec::new()
        }
        other if state.focus == Focus::Points => {
            if state.copies.listing.act(other).is_some() {
                return Vec::new();
            }
            state.copies.ask(other, known).into_iter().collect()
        }
        other => {
            if let Some(anew) = state.listing.act(other) {
                if !anew {
                    let here = state.standing(known);
                    state.picked = here.map(|s| s.resource.to_string());
                }
                Vec::new()
            } else {
                let here = state.standing(known);
                here.and_then(|s| ask(s, other, known)).into_iter().collect()
            }
        }
    };
    refresh(state, known);
    asks
}

fn ask(standing: &Standing, action: Action, known: &Known<'_>) -> Option<Ask> {
    let ask = match action {
        Action::CopyId => Ask::Copy(standing.name.clone(), "name"),
        Action::CopyArn => Ask::Copy(standing.resource.to_string(), "ARN"),
        Action::CopyAwsCli => {
            let region =
                known.setting.target.as_ref().or(standing.region.as_ref());
            let region = region
                .map_or(String::new(), |region| format!(" --region {region}"));
            Ask::Copy(
                format!(
                    "aws backup list-recovery-points-by-resource \
                     --resource-arn {}{region}",
                    standing.resource
                ),
                "aws command",
            )
        }
        Action::CopyLink => {
            let region = standing.region.as_ref()?;
            Ask::Copy(
                format!(
                    "https://{region}.console.aws.amazon.com/backup/home\
                     ?region={region}#/resources"
                ),
                "link to the AWS console",
            )
        }
        Action::PaneZoom => Ask::Read(reading::State {
            copy: Some(standing.resource.to_string()),
            ..reading::State::new(
                standing.name.clone(),
                about(standing, known),
            )
        }),
        _ => return None,
    };
    Some(ask)
}

/// Puts the resources in order, and the points of the selected one.
pub fn refresh(state: &mut State, known: &Known<'_>) {
    let problems = state.listing.problems;
    let (listing, basis) = (&mut state.listing, &mut state.basis);
    let picked = state.picked.as_deref();
    standing::refresh(listing, basis, problems, picked, known);
    let here = state.standing(known);
    state.copies.refresh(here.map(|s| &s.resource), known);
    if !known.derived.standings.is_empty() && known.filter.is_empty() {
        state.picked = here.map(|s| s.resource.to_string());
    }
}

/// What the screen shows.
pub fn view(state: &State, known: &Known<'_>, area: Rect) -> View {
    let size = class(area);
    let here = state.standing(known);
    let in_front = state.focus == Focus::Points;
    let panels = match size {
        SizeClass::OneLine | SizeClass::Narrow if in_front => {
            vec![state.copies.narrow(here, known, area)]
        }
        SizeClass::OneLine | SizeClass::Narrow => narrow(state, known, area),
        SizeClass::Standard => {
            let why = here.map_or(0, |s| {
                wrap(
                    &[Cell::plain(s.why.clone())],
                    area.width.saturating_sub(3),
                )
                .len()
            });
            let why = u16::try_from(why).unwrap_or(0).clamp(2, 5) + 2;
            let tall = area.height.saturating_sub(why);
            let (top, why) = split_top(area, tall);
            let (top, middle) = split_top(top, tall / 2);
            vec![
                list(state, known, top, size),
                state.copies.panel(here, known, middle, in_front, size),
                details(here, known, why),
            ]
        }
        SizeClass::Wide => {
            let (top, bottom) = split_top(area, area.height / 2);
            let (left, right) = split_left(top, top.width * 6 / 10);
            vec![
                list(state, known, left, size),
                details(here, known, right),
                state.copies.panel(here, known, bottom, in_front, size),
            ]
        }
    };
    View { panels }
}

/// Which lists a standing rests on.
pub(super) fn rests_on(what: &What) -> bool {
    what.lists_points()
        || matches!(
            what,
            What::Protected
                | What::Instances
                | What::Clusters
                | What::AutomatedBackups
                | What::Lags
                | What::Parts(
                    Kind::Bucket | Kind::Flow | Kind::FileSync | Kind::Table
                )
        )
}

fn list(
    state: &State,
    known: &Known<'_>,
    area: Rect,
    size: SizeClass,
) -> Panel {
    let theme = known.setting.theme;
    let (offset, seen) = state.listing.window(Panel::rows_in(area));
    let rows = seen
        .iter()
        .filter_map(|at| known.derived.standings.get(*at as usize))
        .map(|s| {
            vec![
                standing::state(s, theme),
                Cell::plain(s.name.clone()),
                Cell::plain(s.kind.name()),
                standing::tier(s),
                match &s.region {
                    Some(region) => Cell::plain(region.to_string()),
                    None => Cell::dim("-"),
                },
                standing::loss(s),
                standing::rpo(s),
                standing::used(s),
                Cell::plain(s.why.clone()),
            ]
        })
        .collect();
    let columns = vec![
        Column::fixed("STATE", 6),
        Column::flexible("RESOURCE", 14),
        Column::fixed("TYPE", 6),
        Column::fixed("TIER", 6).drop(3),
        Column::fixed("REGION", 12).drop(2),
        Column::fixed("LOSS", 7).right(),
        Column::fixed("RPO", 5).right(),
        Column::fixed("USED", 5).right(),
        Column::flexible("WHY", if size == SizeClass::Wide { 20 } else { 8 })
            .drop(1),
    ];
    let empty = empty(known, state.listing.problems);
    let table = state.listing.table(columns, rows, offset, empty);
    Panel::table(
        area,
        pane("Resources", &state.listing, known)
            .focused(state.focus == Focus::Resources),
        table,
    )
}

/// The frame of a list of standings: how many, how sorted, how old.
pub(super) fn pane(name: &str, listing: &Listing, known: &Known<'_>) -> Pane {
    let all = known.derived.standings.len();
    let shown = listing.len();
    let count = if shown == all {
        shown.to_string()
    } else {
        format!("{shown}/{all}")
    };
    let only = if listing.problems { " problems only" } else { "" };
    let fresh = told::note(known, rests_on);
    let dot = known.setting.theme.glyph(Mark::Dot);
    let sort = listing.sort.words();
    let note = format!("sorted {sort} {dot} {}", &*fresh.text);
    Pane::new(format!("{name} ({count}){only}"))
        .note(Cell::new(note, fresh.tone))
}

/// What an empty list of standings means.
pub(super) fn empty(known: &Known<'_>, problems: bool) -> &'static str {
    if known.derived.standings.is_empty() {
        "? no protected resource is known yet"
    } else if !known.filter.is_empty() {
        "no resource matches the filter"
    } else if problems {
        "every resource is inside its objective"
    } else {
        "no resource"
    }
}

/// The whole WHY of the selected line, for a list that cuts it.
pub(super) fn foot(s: &Standing, area: Rect) -> Vec<Row> {
    // The other columns take half of the width at least.
    if s.why.chars().count() <= usize::from(area.width / 5) {
        return Vec::new();
    }
    let head = Cell::dim(format!("{}: ", clip(&s.name, 24)));
    let room = area.width.saturating_sub(3);
    let mut rows = wrap(&[head, Cell::plain(s.why.clone())], room);
    rows.truncate(3);
    rows
}

fn details(here: Option<&Standing>, known: &Known<'_>, area: Rect) -> Panel {
    let Some(s) = here else {
        let rows = vec![vec![Cell::dim("no resource is selected")]];
        return Panel::lines(area, Pane::new("Why"), rows);
    };
    let (mark, word, tone) = standing::word(s.state);
    let state = told::state(mark, word, tone, known.setting.theme);
    let pane = Pane::new(format!("Why: {}", s.name)).note(state);
    let room = area.width.saturating_sub(3);
    let rows = wrap_all(&about(s, known), room);
    Panel::lines(area, pane, rows)
}

fn about(s: &Standing, known: &Known<'_>) -> Vec<Row> {
    let line = |head: &'static str, cells: Vec<Cell>| {
        let mut row = vec![Cell::dim(format!("{head:<8}"))];
        row.extend(cells);
        row
    };
    let target = s.recover_in.as_ref().or(known.setting.target.as_ref());
    let target = target.map_or("the target", |region| region.as_str());
    let (_, _, tone) = standing::word(s.state);
    let mut rows = vec![
        vec![Cell::new(s.why.clone(), tone)],
        line("ARN", vec![Cell::plain(s.resource.to_string())]),
        line(
            "loss",
            vec![
                standing::loss(s),
                Cell::plain(format!(
                    " if one failed over to {target} now, of "
                )),
                standing::rpo(s),
                Cell::plain(" allowed, used "),
                standing::used(s),
            ],
        ),
        line(
            "tier",
            vec![
                standing::tier(s),
                Cell::plain(format!(
                    "   account {}",
                    known.setting.account_name(&s.account)
                )),
            ],
        ),
    ];
    if let Some(left) = s.breach {
        let left = told::span(left);
        let text = format!("the RPO is missed in {left} if no copy comes");
        rows.push(line("ahead", vec![Cell::plain(text)]));
    }
    rows.push(line(
        "seen",
        vec![
            told::freshness(&s.freshness),
            Cell::plain(format!("  {}", told::because(&s.freshness))),
        ],
    ));
    if let Some(notice) = &s.notice {
        rows.push(line("tag", vec![Cell::new(notice.clone(), Tone::Warn)]));
    }
    let posture = known.derived.posture.iter();
    let found = posture.filter(|v| v.resource.as_ref() == Some(&s.resource));
    for verdict in found {
        let words = format!("{}: {}", verdict.what, verdict.fix);
        rows.push(line("check", vec![Cell::new(words, Tone::Warn)]));
    }
    if let Some(at) = s.data_time {
        let at = told::moment(at, known);
        rows.push(line("data", vec![Cell::plain(format!("up to {at}"))]));
    }
    rows
}

fn narrow(state: &State, known: &Known<'_>, area: Rect) -> Vec<Panel> {
    let (head, rest) = split_top(area, 1);
    let count = format!(
        " {} of {} resources  ",
        state.listing.len(),
        known.derived.standings.len()
    );
    let head = Panel::bare(
        head,
        vec![vec![Cell::plain(count), told::note(known, rests_on)]],
    );
    let rows = lines(&state.listing, known, rest);
    vec![head, Panel::bare(rest, rows)]
}

/// Standings, one line each, for narrow terminals.
pub(super) fn lines(
    listing: &Listing,
    known: &Known<'_>,
    area: Rect,
) -> Vec<Row> {
    let theme = known.setting.theme;
    let (offset, seen) = listing.window(area.height.into());
    let mut rows: Vec<Row> = Vec::new();
    for (line, at) in (offset..).zip(seen) {
        let Some(s) = known.derived.standings.get(*at as usize) else {
            continue;
        };
        let here = listing.list.current() == Some(line);
        let (_, _, tone) = standing::word(s.state);
        let tone = if here { Tone::Selected } else { tone };
        let cursor = if here { ">" } else { " " };
        let state = standing::state(s, theme);
        let name = clip(&s.name, 16);
        let text = format!(
            "{cursor}{:<6} {name:<16} {}/{}  ",
            &*state.text,
            &*standing::loss(s).text,
            &*standing::rpo(s).text
        );
        rows.push(vec![Cell::new(text, tone), Cell::plain(s.why.clone())]);
    }
    if rows.is_empty() {
        rows.push(vec![Cell::dim(empty(known, listing.problems))]);
    }
    rows
}

/// Paints what the screen shows.
pub fn draw(view: &View, buf: &mut Buffer, area: Rect, theme: Theme) {
    view.draw(buf, area, theme);
}

#[cfg(test)]
mod tests;
