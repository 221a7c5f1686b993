//! Header: the two lines above every screen: where we are, and which screen
//! this is.
//!
//! ```text
//! [PROD] learn-prod/111122223333 eu-west-1>eu-central-1 SIM OBSERVE 14:32Z
//! [1 Overview] 2 Resources  3 Regions  4 Jobs  5 Runbook  …    INC-241 41m
//! ```
//!
//! The accounts are those that changes go to: of ARMED, else of the open
//! runbook; without either, those watched.
//!
//! When the width runs out, the role goes first, then most of the account's
//! id, the clock, the account. The environment word, the mode and the
//! Regions never go; Regions are said in AWS's own short form at last. Tabs
//! say their names in full, then shortened, then only their keys.

use jiff::Timestamp;

use super::drill::is_drill;
use super::mode::Mode;
use crate::estate::ids::{Account, Region};
use crate::keymap::{Action, Keymap};
use crate::runbook::run::Run;
use crate::screens::{AccountInfo, Known, Open, Screen, Setting, told};
use crate::ui::text::width;
use crate::ui::{Cell, Row, Tone, clip};

/// A line with a part that stands at the left and one at the right.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(super) struct Line {
    pub(super) left: Row,
    pub(super) right: Row,
}

impl Line {
    fn width(&self) -> usize {
        let cells = self.left.iter().chain(&self.right);
        cells.map(|cell| width(&cell.text)).sum::<usize>()
    }
}

/// How much of the first line is said; a later one says less.
const MEASURES: [Measure; 8] = [
    Measure { role: true, id: 12, clock: 2, account: true, short: false },
    Measure { role: false, id: 12, clock: 2, account: true, short: false },
    Measure { role: false, id: 12, clock: 1, account: true, short: false },
    Measure { role: false, id: 4, clock: 1, account: true, short: false },
    Measure { role: false, id: 4, clock: 0, account: true, short: false },
    Measure { role: false, id: 0, clock: 0, account: true, short: false },
    Measure { role: false, id: 0, clock: 0, account: false, short: false },
    Measure { role: false, id: 0, clock: 0, account: false, short: true },
];

#[derive(Clone, Copy, Debug)]
struct Measure {
    role: bool,
    /// How many digits of the account's id.
    id: usize,
    /// 2 is with seconds, 1 without, 0 is no clock.
    clock: u8,
    account: bool,
    short: bool,
}

/// The first line, as much of it as fits into `cells`.
pub(super) fn context(
    known: &Known<'_>,
    mode: &Mode,
    glass: bool,
    now: Timestamp,
    cells: u16,
) -> Line {
    let room = usize::from(cells);
    let [.., least] = MEASURES;
    MEASURES
        .into_iter()
        .map(|measure| said(known, mode, glass, now, measure))
        .find(|line| line.width() < room)
        .unwrap_or_else(|| said(known, mode, glass, now, least))
}

fn said(
    known: &Known<'_>,
    mode: &Mode,
    glass: bool,
    now: Timestamp,
    measure: Measure,
) -> Line {
    let setting = known.setting;
    let places = places(known, mode);
    let word = setting.environment_of(&places);
    let tone = if word.contains("PROD") { Tone::Prod } else { Tone::NonProd };
    let word = clip(word, if measure.account { 16 } else { 8 });
    let mut left = vec![Cell::new(format!("[{word}]"), tone)];
    if measure.account {
        let account = accounts(setting, &places, measure.id);
        left.push(Cell::plain(format!(" {account}")));
    }
    if measure.role
        && let Some(role) = role(known, &places)
    {
        left.push(Cell::dim(format!(" {role}")));
    }
    left.push(Cell::plain(format!(" {}", regions(setting, measure.short))));
    if is_drill(known.open) {
        left.push(Cell::plain(" "));
        left.push(Cell::new("DRILL", Tone::Warn));
    }
    if let Some(badge) = badge(setting) {
        left.push(Cell::plain(" "));
        left.push(Cell::new(badge, Tone::Warn));
    }
    let tone = if mode.is_armed() { Tone::Armed } else { Tone::Observe };
    let mut right = Row::new();
    if glass {
        let word = if measure.short { "GLASS " } else { "BREAK-GLASS " };
        right.push(Cell::new(word, Tone::Armed));
    }
    right.push(Cell::new(mode.word(), tone));
    match measure.clock {
        0 => {}
        1 => right.push(clock(now, " %H:%MZ")),
        _ => right.push(clock(now, " %H:%M:%S UTC")),
    }
    // A blank between the two parts, whatever the width.
    left.push(Cell::plain(" "));
    Line { left, right }
}

fn clock(now: Timestamp, form: &str) -> Cell {
    Cell::plain(now.strftime(form).to_string())
}

/// The accounts that changes would go to, else those that are watched; a
/// single one as STS answers it.
pub(super) fn places(known: &Known<'_>, mode: &Mode) -> Vec<Account> {
    if let Mode::Armed { accounts, .. } = mode {
        return accounts.clone();
    }
    let open = known.open.filter(|open| !open.is_closed());
    let run = open.and_then(Open::run);
    let acts = run.map(Run::accounts).unwrap_or_default();
    let mut acts: Vec<Account> = acts.into_iter().map(Account::from).collect();
    acts.sort_unstable();
    acts.dedup();
    if !acts.is_empty() {
        return acts;
    }
    let watched = known.setting.accounts.iter().map(|info| info.id.clone());
    let watched: Vec<Account> = watched.collect();
    if watched.len() > 1 {
        return watched;
    }
    let asked = known.estate.identities().next();
    asked.map_or(watched, |placed| vec![placed.item.account.clone()])
}

fn accounts(setting: &Setting, places: &[Account], digits: usize) -> String {
    match places {
        [] => "account ?".to_owned(),
        [only] => account(setting, only, digits),
        [_, _] | [_, _, _] if digits > 0 => {
            let names = places.iter().map(|id| setting.account_name(id));
            names.collect::<Vec<_>>().join(",")
        }
        many => format!("{} accounts", many.len()),
    }
}

fn account(setting: &Setting, account: &Account, digits: usize) -> String {
    let id = account.as_str();
    let tail = id.get(id.len().saturating_sub(digits)..).unwrap_or(id);
    let tail =
        if digits < id.len() { format!("…{tail}") } else { tail.into() };
    match (name(setting, account), digits) {
        (Some(name), _) if name == id => name.to_owned(),
        (Some(name), 0) => name.to_owned(),
        (Some(name), _) => format!("{name}/{tail}"),
        (None, 0) => format!("…{}", last_four(id)),
        (None, _) => tail,
    }
}

/// The name of an account in the config; the only one there is that of the
/// account AWS answers, also where the config does not tell its id.
fn name<'a>(setting: &'a Setting, account: &Account) -> Option<&'a str> {
    let is_it = |info: &&AccountInfo| info.id == *account;
    let known = setting.accounts.iter().find(is_it);
    let only = match setting.accounts.as_slice() {
        [only] if only.name.as_deref() == Some(only.id.as_str()) => Some(only),
        _ => None,
    };
    known.or(only)?.name.as_deref()
}

fn last_four(id: &str) -> &str {
    id.get(id.len().saturating_sub(4)..).unwrap_or(id)
}

/// The role or user we are to AWS, without the session's name.
fn role(known: &Known<'_>, places: &[Account]) -> Option<String> {
    let mut identities = known.estate.identities();
    let placed = identities.find(|at| places.contains(&at.item.account))?;
    let resource = placed.item.arn.split(':').nth(5)?;
    let mut parts = resource.split('/');
    let kind = parts.next()?;
    let name = parts.next().unwrap_or(kind);
    Some(format!("as {name}"))
}

fn regions(setting: &Setting, short: bool) -> String {
    let say = |region: &Region| {
        if short { shortened(region) } else { region.to_string() }
    };
    match (&setting.source, &setting.target) {
        (Some(source), Some(target)) => {
            format!("{}>{}", say(source), say(target))
        }
        (Some(only), None) => format!("{}>?", say(only)),
        (None, Some(target)) => format!("?>{}", say(target)),
        (None, None) => match setting.regions.as_slice() {
            [] => "Region ?".to_owned(),
            [only] => say(only),
            [first, others @ ..] => format!("{}+{}", say(first), others.len()),
        },
    }
}

/// `eu-central-1` as `euc1`, `ap-southeast-2` as `apse2`: the short form
/// that AWS's own bills use in capitals.
fn shortened(region: &str) -> String {
    let mut out = String::new();
    for (place, part) in region.split('-').enumerate() {
        match part {
            part if place == 0 => out.push_str(part),
            "northeast" => out.push_str("ne"),
            "northwest" => out.push_str("nw"),
            "southeast" => out.push_str("se"),
            "southwest" => out.push_str("sw"),
            part => out.extend(part.chars().next()),
        }
    }
    out
}

/// What says that this is not AWS itself.
fn badge(setting: &Setting) -> Option<&'static str> {
    match (&setting.simulated, &setting.endpoint) {
        (Some(_), _) => Some("SIM"),
        (None, Some(_)) => Some("ENDPOINT"),
        (None, None) => None,
    }
}

/// What a screen is called where there is so much room.
type Spelling = fn(Screen) -> &'static str;

/// The second line: the tabs, how long the credentials last, and the
/// incident that is open, or the question whether one is.
pub(super) fn tabs(
    known: &Known<'_>,
    screen: Screen,
    keymap: &Keymap,
    credentials: Option<Cell>,
    asked: Option<String>,
    cells: u16,
) -> Line {
    let mut right = match asked {
        Some(asked) => Line {
            left: Row::new(),
            right: vec![Cell::new(asked, Tone::Warn)],
        },
        None => incident(known, cells),
    };
    if let Some(credentials) = credentials {
        if cells < 80 {
            right.right.clear();
        }
        right.right.insert(0, Cell::plain("  "));
        right.right.insert(0, credentials);
    }
    let room = usize::from(cells).saturating_sub(right.width() + 1);
    // How the others are spelt, and what parts them.
    let spelt: [(Spelling, &str); 3] =
        [(Screen::title, " "), (Screen::short, ""), (|_| "", "")];
    let contexts = screen.contexts();
    let tabs = Screen::ALL.map(|tab| {
        (tab, keymap.key_for(opens(tab), contexts).unwrap_or_default())
    });
    let ways = spelt.map(|(name, gap)| {
        tabs.each_ref().map(|(tab, key)| {
            if *tab == screen {
                let text = format!("{key} {}", tab.title());
                Cell::new(format!("[{}]", text.trim()), Tone::Title)
            } else {
                let text = format!("{key} {}", name(*tab));
                Cell::plain(format!(" {}{gap}", text.trim()))
            }
        })
    });
    let [.., least] = &ways;
    let fits = |way: &&[Cell; 8]| {
        way.iter().map(|cell| width(&cell.text)).sum::<usize>() <= room
    };
    let left = ways.iter().find(fits).unwrap_or(least).to_vec();
    Line { left, right: right.right }
}

/// The action that opens a screen.
pub(super) fn opens(screen: Screen) -> Action {
    match screen {
        Screen::Overview => Action::ViewOverview,
        Screen::Resources => Action::ViewResources,
        Screen::Regions => Action::ViewRegions,
        Screen::Jobs => Action::ViewJobs,
        Screen::Runbook => Action::ViewRunbook,
        Screen::Timeline => Action::ViewTimeline,
        Screen::Systems => Action::ViewSystems,
        Screen::Readiness => Action::ViewReadiness,
    }
}

fn incident(known: &Known<'_>, cells: u16) -> Line {
    let Some(open) = known.open else {
        let words = if cells < 80 { "" } else { "no incident " };
        return Line { left: Row::new(), right: vec![Cell::dim(words)] };
    };
    let age = open.incident.entries.first().map_or("?".to_owned(), |entry| {
        told::span(told::since(entry.at, known.now))
    });
    let id = clip(
        &open.id,
        match cells {
            0..80 => 12,
            80..100 => 17,
            _ => 32,
        },
    );
    let closed = if open.is_closed() { " closed" } else { "" };
    let text = format!("{id} {age}{closed} ");
    Line { left: Row::new(), right: vec![Cell::new(text, Tone::Info)] }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::screens::fixture::{DATA, Fixture, open};

    fn text(line: &Line) -> String {
        let cells = line.left.iter().chain(&line.right);
        cells.map(|cell| cell.text.to_string()).collect()
    }

    #[test]
    fn the_role_goes_first_then_the_clock_then_the_account() {
        let mut fixture = Fixture::new();
        fixture.setting.simulated = None;
        fixture.setting.accounts.truncate(1);
        let known = fixture.known();
        let at = |cells| {
            text(&context(&known, &Mode::Observe, false, known.now, cells))
        };
        assert_eq!(
            at(160),
            "[PROD] learn-prod/111122223333 as Observer \
             eu-west-1>eu-central-1 OBSERVE 14:32:07 UTC"
        );
        assert_eq!(
            at(72),
            "[PROD] learn-prod/111122223333 eu-west-1>eu-central-1 \
             OBSERVE 14:32Z"
        );
        assert_eq!(
            at(61),
            "[PROD] learn-prod/…3333 eu-west-1>eu-central-1 OBSERVE"
        );
        assert_eq!(at(40), "[PROD] eu-west-1>eu-central-1 OBSERVE");
    }

    #[test]
    fn the_accounts_are_those_that_changes_would_go_to() {
        let mut fixture = Fixture::new();
        let at = |fixture: &Fixture, mode: &Mode| {
            text(&context(&fixture.known(), mode, false, fixture.now, 160))
        };
        let observe = Mode::Observe;
        let both = at(&fixture, &observe);
        assert!(both.starts_with("[PROD] learn-prod,learn-data "), "{both}");
        let armed = Mode::Armed {
            accounts: vec![DATA.into()],
            reason: "drill".into(),
            since: fixture.now,
            active: fixture.now,
        };
        fixture.setting.accounts[1].environment = Some("TEST".into());
        let one = at(&fixture, &armed);
        assert!(one.starts_with("[TEST] learn-data/444455556666 "), "{one}");
    }

    #[test]
    fn an_open_runbook_names_its_account() {
        let fixture = Fixture::new();
        let open = open();
        let known = Known { open: Some(&open), ..fixture.known() };
        let line =
            text(&context(&known, &Mode::Observe, false, known.now, 160));
        assert!(line.starts_with("[PROD] learn-prod/111122223333 "), "{line}");
    }

    #[test]
    fn the_only_account_is_the_one_that_sts_answers() {
        let mut fixture = Fixture::new();
        fixture.setting.accounts.clear();
        let known = fixture.known();
        let line =
            text(&context(&known, &Mode::Observe, false, known.now, 160));
        assert!(line.starts_with("[ENV?] 111122223333 as Observer"), "{line}");
        let blank = Fixture::blank();
        let mut setting = blank.setting.clone();
        setting.accounts.clear();
        let known = Known { setting: &setting, ..blank.known() };
        let line =
            text(&context(&known, &Mode::Observe, false, known.now, 160));
        assert!(line.starts_with("[ENV?] account ? "), "{line}");
    }

    #[test]
    fn tabs_keep_short_names_beside_an_incident() {
        let fixture = Fixture::new();
        let open = open();
        let known = Known { open: Some(&open), ..fixture.known() };
        let keymap = Keymap::default();
        let line = tabs(&known, Screen::Overview, &keymap, None, None, 80);
        let text = text(&line);
        for name in ["[1 Overview]", "2 Res", "5 Run", "6 Time", "INC-"] {
            assert!(text.contains(name), "{text}");
        }
        let line = tabs(&known, Screen::Jobs, &keymap, None, None, 48);
        assert!(super::tests::text(&line).contains("[4 Jobs]"));
    }

    #[test]
    fn environment_mode_and_regions_never_go() {
        let mut fixture = Fixture::new();
        fixture.setting.source = Some("ap-southeast-1".into());
        fixture.setting.target = Some("ap-northeast-1".into());
        let known = fixture.known();
        for cells in 40..200 {
            for glass in [false, true] {
                let line =
                    context(&known, &Mode::Observe, glass, known.now, cells);
                let text = text(&line);
                assert!(width(&text) < usize::from(cells), "{cells}: {text}");
                for word in ["[PROD]", "OBSERVE", "SIM", ">ap"] {
                    assert!(text.contains(word), "{cells}: {text}");
                }
                assert_eq!(text.contains("GLASS"), glass, "{cells}: {text}");
            }
        }
    }

    #[test]
    fn regions_have_a_short_form() {
        assert_eq!(shortened("eu-central-1"), "euc1");
        assert_eq!(shortened("ap-southeast-2"), "apse2");
        assert_eq!(shortened("us-gov-west-1"), "usgw1");
    }
}
