//! One module a screen: its state, act, view and draw.
//!
//! A screen is three functions over plain data: `act(&mut State, Action,
//! &Known) -> Vec<Ask>` wishes, `view(&State, &Known, area) -> View` says
//! what is shown, `draw(&View, ..)` paints it. A screen has no word for a
//! change to AWS.

pub mod confirm;
#[cfg(test)]
pub(crate) mod fixture;
pub mod form;
pub mod help;
pub mod jobs;
pub mod listing;
pub mod menu;
pub mod overview;
pub mod palette;
pub mod panel;
pub mod readiness;
pub mod reading;
pub mod regions;
pub mod resources;
pub mod runbook;
pub mod standing;
pub mod systems;
pub mod timeline;
pub mod told;

use std::sync::Arc;

use jiff::Timestamp;
use jiff::tz::TimeZone;

use crate::estate::Estate;
use crate::estate::derived::Derived;
use crate::estate::ids::{Account, Region};
use crate::estate::metrics::{Drilled, Practice};
use crate::incident::Incident;
use crate::keymap::{Action, Context, Keymap};
use crate::runbook::ready::Tried;
use crate::runbook::run::Run;
use crate::ui::Theme;

/// The screens, in the order of their tabs.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Default)]
pub enum Screen {
    /// Can we recover?
    #[default]
    Overview,
    /// Resources and their recovery points.
    Resources,
    /// How each Region does.
    Regions,
    /// Backup, copy and restore jobs.
    Jobs,
    /// The runbook under way.
    Runbook,
    /// The incident as a timeline.
    Timeline,
    /// The systems the estate rests on.
    Systems,
    /// How ready for recovery the estate is: applications, metrics, cost.
    Readiness,
}

impl Screen {
    /// All of them, in the order of their tabs.
    pub const ALL: [Screen; 8] = [
        Screen::Overview,
        Screen::Resources,
        Screen::Regions,
        Screen::Jobs,
        Screen::Runbook,
        Screen::Timeline,
        Screen::Systems,
        Screen::Readiness,
    ];

    /// Its name on the tab.
    pub fn title(self) -> &'static str {
        match self {
            Screen::Overview => "Overview",
            Screen::Resources => "Resources",
            Screen::Regions => "Regions",
            Screen::Jobs => "Jobs",
            Screen::Runbook => "Runbook",
            Screen::Timeline => "Timeline",
            Screen::Systems => "Systems",
            Screen::Readiness => "Readiness",
        }
    }

    /// Its name on the tab where there is little room.
    pub fn short(self) -> &'static str {
        match self {
            Screen::Overview => "Over",
            Screen::Resources => "Res",
            Screen::Regions => "Reg",
            Screen::Jobs => "Jobs",
            Screen::Runbook => "Run",
            Screen::Timeline => "Time",
            Screen::Systems => "Sys",
            Screen::Readiness => "Rdy",
        }
    }

    /// Where its keys are looked up, inner first.
    pub fn contexts(self) -> &'static [Context] {
        match self {
            Screen::Overview => Context::Overview.stack(),
            Screen::Resources => Context::Resources.stack(),
            Screen::Regions => Context::Regions.stack(),
            Screen::Jobs => Context::Jobs.stack(),
            Screen::Runbook => Context::Runbook.stack(),
            Screen::Timeline => Context::Timeline.stack(),
            Screen::Systems => Context::Systems.stack(),
            Screen::Readiness => Context::Readiness.stack(),
        }
    }
}

/// How times are shown.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Default)]
pub enum TimeMode {
    /// In UTC, with `Z` behind.
    #[default]
    Utc,
    /// In the zone of this machine.
    Local,
    /// As the time since.
    Age,
}

impl TimeMode {
    /// The way that comes after this one.
    #[must_use]
    pub fn next(self) -> Self {
        match self {
            TimeMode::Utc => TimeMode::Local,
            TimeMode::Local => TimeMode::Age,
            TimeMode::Age => TimeMode::Utc,
        }
    }
}

/// An account as the console knows it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct AccountInfo {
    /// Its id.
    pub id: Account,
    /// Its name in the config, if it has one.
    pub name: Option<String>,
    /// Its environment word, such as `PROD`.
    pub environment: Option<String>,
}

/// What does not change while the console runs.
#[derive(Clone, Debug)]
pub struct Setting {
    /// The accounts watched.
    pub accounts: Vec<AccountInfo>,
    /// The Regions watched.
    pub regions: Vec<Region>,
    /// The Region the estate lives in, where one is known.
    pub source: Option<Region>,
    /// The Region one would recover in.
    pub target: Option<Region>,
    /// The name of the simulated scenario; none is real AWS.
    pub simulated: Option<String>,
    /// The endpoint used instead of AWS's own.
    pub endpoint: Option<String>,
    /// The person at the keyboard.
    pub user: String,
    /// This machine.
    pub host: String,
    /// This machine's time zone.
    pub zone: TimeZone,
    /// Colours and glyphs.
    pub theme: Theme,
    /// Whether arming is impossible.
    pub read_only: bool,
    /// The tag that names the application a resource belongs to.
    pub app_tag: String,
    /// The least share of backup jobs that must succeed, in percent.
    pub backup_success: Option<u8>,
}

impl Setting {
    /// The name of an account for people: its name in the config, or its id.
    pub fn account_name<'a>(&'a self, id: &'a str) -> &'a str {
        self.accounts
            .iter()
            .find(|account| &*account.id == id)
            .and_then(|account| account.name.as_deref())
            .unwrap_or(id)
    }

    /// The environment word for the header: the most serious one of these
    /// accounts, or of all where none of these has one.
    pub fn environment_of(&self, accounts: &[Account]) -> &str {
        let of = |account: &&AccountInfo| accounts.contains(&account.id);
        let these = self.accounts.iter().filter(of);
        let word = most_serious(these);
        word.or_else(|| most_serious(self.accounts.iter())).unwrap_or("ENV?")
    }
}

fn most_serious<'a>(
    accounts: impl Iterator<Item = &'a AccountInfo> + Clone,
) -> Option<&'a str> {
    let mut words = accounts.filter_map(|a| a.environment.as_deref());
    let prod = words.clone().find(|word| word.contains("PROD"));
    prod.or_else(|| words.next())
}

/// The incident that is open, as screens see it.
#[derive(Clone, Debug)]
pub struct Open {
    /// Its id.
    pub id: String,
    /// The directory of its journal.
    pub dir: Arc<str>,
    /// The fold of its entries.
    pub incident: Incident,
    /// The hash of its newest entry.
    pub head: String,
}

impl Open {
    /// The run in front: the newest that was started.
    pub fn run(&self) -> Option<&Run> {
        self.incident.runs.last()
    }

    /// The same, to be asked for intents and automatic facts.
    pub fn run_mut(&mut self) -> Option<&mut Run> {
        self.incident.runs.last_mut()
    }

    /// Whether it was closed by hand.
    pub fn is_closed(&self) -> bool {
        self.incident.closed.is_some()
    }

    /// When users began to be hurt, where that is known.
    pub fn impact(&self) -> Option<Timestamp> {
        self.incident.impact.as_ref().map(|impact| impact.at)
    }
}

/// A runbook of the library, for the list to pick from.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Shelf {
    /// Its id, or its file name if it cannot be read.
    pub id: String,
    /// Its title, or what is wrong with it.
    pub title: String,
    /// Whether it can be started.
    pub usable: bool,
    /// How it stands with its drills.
    pub drilled: Drilled,
    /// The newest try of all that it needs.
    pub tried: Option<Tried>,
}

/// What screens may see.
#[derive(Clone, Copy)]
pub struct Known<'a> {
    /// What is known of AWS.
    pub estate: &'a Estate,
    /// What follows from it.
    pub derived: &'a Derived,
    /// What does not change.
    pub setting: &'a Setting,
    /// The incident that is open.
    pub open: Option<&'a Open>,
    /// The runbooks that can be started.
    pub library: &'a [Shelf],
    /// Earlier drills and incidents, as their journals tell them.
    pub past: &'a [Practice],
    /// Whether changes are allowed to any account.
    pub armed: bool,
    /// How times are shown.
    pub time: TimeMode,
    /// Whether the picture is held still.
    pub frozen: bool,
    /// The text the list in front is filtered by; empty is all.
    pub filter: &'a str,
    /// The keymap in force: texts name the keys that it has.
    pub keymap: &'a Keymap,
    /// The time.
    pub now: Timestamp,
}

impl Known<'_> {
    /// How an action is reached on a screen: its keys, or its name after a
    /// colon where no key has it.
    pub fn key(&self, action: Action, on: Screen) -> String {
        self.keymap.reach(action, on.contexts())
    }
}

/// A wish of a screen.
#[derive(Clone, Debug, PartialEq)]
pub enum Ask {
    /// Show this screen.
    Open(Screen),
    /// Show the recovery points of the resource with this ARN.
    ShowResource(String),
    /// Show a text in front.
    Read(reading::State),
    /// Offer the list of runbooks.
    PickRunbook,
    /// Ask for the inputs of the runbook at this place of the library.
    StartRunbook(usize),
    /// Let the person do this step: propose, decide or answer.
    Do(String),
    /// Choose this way of a `decide` step.
    Choose {
        /// The step.
        step: String,
        /// The key of the choice.
        choice: String,
    },
    /// Show what this step would do.
    Preview(String),
    /// Look again to settle this step.
    Verify(String),
    /// Skip this step, with a reason.
    Skip(String),
    /// Try this step once more.
    Retry(String),
    /// State what became of this step's change.
    State(String, bool),
    /// Accept the hand-over that is offered.
    AcceptOffer,
    /// Decline it.
    DeclineOffer,
    /// Take the offer back.
    WithdrawOffer,
    /// End the run.
    Abort,
    /// Offer the ways back.
    RollBack,
    /// Call for this way back, with a reason.
    CallBack(String),
    /// Read the file of the run, and go on by it with a reason.
    Repin,
    /// Hold the run, with a reason, or let it go on.
    Pause,
    /// Change the manner of the run, with a reason.
    Manner,
    /// Go on although this step does not pass, with a reason.
    Override(String),
    /// Export the incident.
    Export,
    /// Copy this; the second text says what it is.
    Copy(String, &'static str),
    /// Filter the list in front.
    Filter,
    /// Do what a key of this meaning does.
    Act(Action),
    /// Say this.
    Say(String),
    /// End the console.
    Quit,
}

/// A time as the person wants to see it: in UTC with `Z`, in their zone, or
/// as an age. At most 10 cells.
pub fn shown_time(known: &Known<'_>, at: Timestamp) -> String {
    match known.time {
        TimeMode::Utc => at.strftime("%H:%M:%SZ").to_string(),
        TimeMode::Local => {
            let zoned = at.to_zoned(known.setting.zone.clone());
            zoned.strftime("%H:%M:%S").to_string()
        }
        TimeMode::Age => runbook::short(known.now.duration_since(at)).clone(),
    }
}
