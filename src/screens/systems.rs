//! Systems: every service that the estate rests on, what was found of it and
//! what the checks say.
//!
//! ```text
//! ┌ Systems (24) ──────────────────────────────── worst first · 12s old ─────┐
//! │   STATE   SYSTEM          THINGS  BAD  WARN  ?   FIRST FINDING           │
//! │ > ✖ BAD   AWS Backup         412    2     1  0   copy of orders failed…  │
//! │   ▲ WARN  S3                   6    0     1  0   bucket avatars has ver… │
//! │   ? UNKN  KMS                  -    0     0  1   cannot tell: kms/keys…  │
//! │   ✔ OK    EFS                  4    0     0  0                           │
//! └──────────────────────────────────────────────────────────────────────────┘
//! ```
//!
//! Enter reads the whole of one system: findings with their evidence and
//! what to do, what cannot be told, and each thing with its state.

mod detail;
mod lost;

use jiff::SignedDuration;
use ratatui::buffer::Buffer;
use ratatui::layout::Rect;

use super::listing::{Listing, Sort, matches};
use super::panel::{Panel, View, class, split_left, split_top};
use super::{Ask, Known, reading, told};
use crate::estate::posture::Severity;
use crate::estate::system::{System, systems};
use crate::keymap::Action;
use crate::ui::prose::wrap_all;
use crate::ui::{
    Cell, Column, Mark, Pane, Row, SizeClass, Table, Theme, Tone,
};
use detail::{detail, findings};

/// What the order of the lines was made from.
#[derive(Clone, Debug, PartialEq)]
struct Key {
    version: u64,
    filter: String,
    sort: Sort,
    problems: bool,
}

/// The list of systems with its cursor.
#[derive(Clone, Debug, Default)]
pub struct State {
    listing: Listing,
    all: Vec<System>,
    key: Option<Key>,
}

/// Takes an action.
pub fn act(state: &mut State, action: Action, known: &Known<'_>) -> Vec<Ask> {
    if let Some(anew) = state.listing.act(action) {
        if anew {
            refresh(state, known);
        }
        return Vec::new();
    }
    let Some(system) = state.picked() else { return Vec::new() };
    match action {
        Action::ListOpen => {
            let lines = detail(system.name, known);
            let copy = text(&lines);
            vec![Ask::Read(reading::State {
                copy: Some(copy),
                ..reading::State::new(system.name, lines)
            })]
        }
        Action::CopyId => {
            vec![Ask::Copy(system.name.to_owned(), "name of the system")]
        }
        _ => Vec::new(),
    }
}

fn text(lines: &[Row]) -> String {
    let line = |row: &Row| {
        row.iter().map(|cell| &*cell.text).collect::<String>() + "\n"
    };
    lines.iter().map(line).collect()
}

impl State {
    fn picked(&self) -> Option<&System> {
        self.all.get(self.listing.current()?)
    }
}

/// Puts the lines in order, if what they are made from has changed.
pub fn refresh(state: &mut State, known: &Known<'_>) {
    let key = Key {
        version: known.derived.version,
        filter: known.filter.to_lowercase(),
        sort: state.listing.sort,
        problems: state.listing.problems,
    };
    if state.key.as_ref() == Some(&key) {
        return;
    }
    let picked = state.picked().map(|system| system.name);
    let derived = known.derived;
    let verdicts = derived.posture.iter().chain(derived.unsure.iter());
    state.all = systems(known.estate, verdicts);
    let kept = |system: &System| {
        matches(&key.filter, &system.name.to_lowercase())
            && (!key.problems || system.worst().is_some())
    };
    let mut order: Vec<u32> = (0_u32..)
        .zip(&state.all)
        .filter(|(_, system)| kept(system))
        .map(|(place, _)| place)
        .collect();
    if key.sort != Sort::Name {
        // Systems come by name; those in order stand last.
        order.sort_by_key(|place| {
            let system = state.all.get(*place as usize);
            let worst = system.and_then(System::worst);
            worst.map_or(3, |worst| worst as u8)
        });
    }
    let here = picked.and_then(|name| {
        order.iter().position(|place| {
            let system = state.all.get(*place as usize);
            system.is_some_and(|system| system.name == name)
        })
    });
    state.listing.fill(order, here);
    state.key = Some(key);
}

/// The sign, word and tone of how a system does.
fn word(system: &System) -> (Mark, &'static str, Tone) {
    match system.worst() {
        Some(Severity::Bad) => (Mark::Bad, "BAD", Tone::Bad),
        Some(Severity::Warn) => (Mark::Warn, "WARN", Tone::Warn),
        Some(Severity::Unknown) => (Mark::Unknown, "UNKN", Tone::Unknown),
        None => (Mark::Good, "OK", Tone::Good),
    }
}

/// What the screen shows.
pub fn view(state: &State, known: &Known<'_>, area: Rect) -> View {
    let size = class(area);
    if size <= SizeClass::Narrow {
        return narrow(state, known, area);
    }
    let (place, beside) = match size {
        SizeClass::Wide => split_left(area, area.width / 2),
        _ => split_top(area, area.height.saturating_sub(6)),
    };
    let mut panels = vec![list(state, known, place)];
    let Some(system) = state.picked() else {
        let rows = vec![vec![Cell::dim("no system is selected")]];
        panels.push(Panel::lines(beside, Pane::new("System"), rows));
        return View { panels };
    };
    let (mark, word, tone) = word(system);
    let theme = known.setting.theme;
    let pane =
        Pane::new(system.name).note(told::state(mark, word, tone, theme));
    let rows = if size == SizeClass::Wide {
        detail(system.name, known)
    } else {
        findings(system.name, known)
    };
    // The frame and the margin before the text.
    let rows = wrap_all(&rows, beside.width.saturating_sub(3));
    panels.push(Panel::lines(beside, pane, rows));
    View { panels }
}

fn list(state: &State, known: &Known<'_>, area: Rect) -> Panel {
    let theme = known.setting.theme;
    let fresh = told::note(known, |_| true);
    let dot = theme.glyph(Mark::Dot);
    let sort = match state.listing.sort {
        Sort::Name => "by name",
        _ => "worst first",
    };
    let note = Cell::new(format!("{sort} {dot} {}", fresh.text), fresh.tone);
    let mut title = format!("Systems ({})", state.listing.len());
    if state.listing.problems {
        title.push_str(" problems only");
    }
    let pane = Pane::new(title).note(note).focused(true);
    let (offset, seen) = state.listing.window(Panel::rows_in(area));
    let rows = seen
        .iter()
        .filter_map(|place| state.all.get(*place as usize))
        .map(|system| row(system, known))
        .collect();
    let table = Table {
        columns: vec![
            Column::fixed("STATE", 6),
            Column::flexible("SYSTEM", 14),
            Column::fixed("THINGS", 7).right(),
            Column::fixed("BAD", 4).right(),
            Column::fixed("WARN", 4).right(),
            Column::fixed("?", 3).right(),
            Column::flexible("FIRST FINDING", 20),
        ],
        rows,
        offset,
        selected: state.listing.list.current(),
        total: state.listing.len(),
        empty: "nothing was looked at yet",
    };
    Panel::table(area, pane, table)
}

fn row(system: &System, known: &Known<'_>) -> Row {
    let (mark, word, tone) = word(system);
    let things = system.things.map_or("-".to_owned(), told::count);
    let count = |n: usize, tone: Tone| match n {
        0 => Cell::dim("0"),
        n => Cell::new(n.to_string(), tone),
    };
    let derived = known.derived;
    let verdicts = derived.posture.iter().chain(derived.unsure.iter());
    let first = verdicts
        .filter(|verdict| verdict.system == system.name)
        .map(|verdict| verdict.what.as_str())
        .next();
    let silent = match (first, system.silent) {
        (Some(first), _) => first.to_owned(),
        (None, 0) => String::new(),
        (None, n) => format!("{n} of {} looks not answered", system.sources),
    };
    vec![
        told::state(mark, word, tone, known.setting.theme),
        Cell::plain(system.name),
        Cell::plain(things),
        count(system.bad, Tone::Bad),
        count(system.warn, Tone::Warn),
        count(system.unsure, Tone::Unknown),
        Cell::plain(silent),
    ]
}

fn narrow(state: &State, known: &Known<'_>, area: Rect) -> View {
    let theme = known.setting.theme;
    let (offset, seen) = state.listing.window(area.height.into());
    let mut rows: Vec<Row> = Vec::new();
    for (line, place) in (offset..).zip(seen) {
        let Some(system) = state.all.get(*place as usize) else { continue };
        let (mark, word, tone) = word(system);
        let here = state.listing.list.current() == Some(line);
        let cursor = if here { ">" } else { " " };
        let tone = if here { Tone::Selected } else { tone };
        let mark = theme.glyph(mark);
        let count = system.bad + system.warn;
        let text =
            format!("{cursor}{mark} {word:<5}{:<18}{count}", system.name);
        rows.push(vec![Cell::new(text, tone)]);
    }
    View { panels: vec![Panel::bare(area, rows)] }
}

/// Since when a look is known, in words.
fn ago(age: SignedDuration) -> String {
    format!("{} ago", told::span(age))
}

/// Paints what the screen shows.
pub fn draw(view: &View, buf: &mut Buffer, area: Rect, theme: Theme) {
    view.draw(buf, area, theme);
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::estate::part::Kind;
    use crate::estate::part::s3::{Bucket, Versioning};
    use crate::estate::{Found, What};
    use crate::screens::fixture::{BODIES, Fixture, PROD};

    fn bucket() -> Bucket {
        Bucket {
            arn: "arn:aws:s3:::avatars".to_owned(),
            name: "avatars".to_owned(),
            versioning: Some(Versioning::Suspended),
            replication: Some(Vec::new()),
            lock: None,
            tags: [("DR_Tier".to_owned(), "Gold".to_owned())].into(),
            unknown: Vec::new(),
        }
    }

    fn fixture() -> Fixture {
        let mut fixture = Fixture::new();
        let found = Found::Parts([bucket().into()].into());
        let place = (PROD, "eu-west-1");
        let now = fixture.now;
        fixture.saw(place, What::Parts(Kind::Bucket), now, found);
        fixture.derive();
        fixture
    }

    #[test]
    fn a_system_with_a_finding_stands_before_one_in_order() {
        let fixture = fixture();
        let mut state = State::default();
        refresh(&mut state, &fixture.known());
        let known = fixture.known();
        let text = view(&state, &known, BODIES[1]).text();
        let at = |name: &str| text.find(name).unwrap();
        assert!(text.contains("bucket avatars has versioning suspended"));
        assert!(at("S3") < at("CloudWatch"), "{text}");
    }

    #[test]
    fn enter_reads_findings_with_evidence_things_and_looks() {
        let fixture = fixture();
        let known = fixture.known();
        let mut state = State::default();
        refresh(&mut state, &known);
        let place = state.all.iter().position(|s| s.name == "S3").unwrap();
        let place = u32::try_from(place).unwrap();
        state.listing.fill(vec![place], Some(0));
        let asks = act(&mut state, Action::ListOpen, &known);
        let [Ask::Read(read)] = &asks[..] else { panic!("{asks:?}") };
        let told = read.copy.as_ref().unwrap();
        for part in [
            "do    Turn on versioning",
            "seen  s3/buckets eu-west-1",
            "avatars  versioning suspended",
            "replication  none",
            "LOOKS",
        ] {
            assert!(told.contains(part), "{part}: {told}");
        }
    }
}
