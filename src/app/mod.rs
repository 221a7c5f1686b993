//! The whole program as a value, and the one function that changes it.
//!
//! [`update`] takes every event and gives orders; nothing else changes the
//! [`Model`], and nothing else orders anything.

pub mod approve;
mod asks;
mod beat;
pub mod company;
mod conduct;
pub mod credentials;
pub mod detect;
pub mod drill;
mod drive;
mod filled;
mod forms;
pub mod frame;
mod header;
mod keyboard;
mod keys;
mod linted;
pub mod mode;
pub mod plain;
mod reach;
mod record;
mod repin;
mod shared;
pub mod unattended;
mod writing;

use std::collections::{BTreeMap, BTreeSet, VecDeque};
use std::mem;
use std::sync::Arc;

use jiff::{SignedDuration, Timestamp};

use crate::estate::derived::{Derived, Watch};
use crate::estate::ids::Region;
use crate::estate::metrics::{Drilled, Practice};
use crate::estate::saved::Place;
use crate::estate::{Estate, Source};
use crate::event::{Effect, Event, Notice};
use crate::incident::fact::{Fact, RegionWord};
use crate::keymap::Keymap;
use crate::runbook::Runbook;
use crate::runbook::run::StepFact;
use crate::screens::{
    Known, Open, Screen, Setting, Shelf, TimeMode, confirm, form, help, jobs,
    menu, overview, palette, readiness, reading, regions, resources, runbook,
    systems, timeline,
};
use approve::Demands;
use company::Company;
use credentials::Credentials;
use detect::Detection;
use keyboard::Keyboard;
use mode::Mode;
use unattended::Unattended;
use writing::Writing;

/// How many notices the session's log keeps.
const NOTICES: usize = 500;

/// How long a notice stays in the status line.
const SHOWN: SignedDuration = SignedDuration::from_secs(8);

/// The shortest time between two derivations, so that a flood of answers
/// does not make one each.
const DERIVE: SignedDuration = SignedDuration::from_millis(250);

/// A runbook of the library with its bytes.
#[derive(Clone, Debug)]
pub struct Book {
    /// Where it was read.
    pub path: String,
    /// Its bytes, as they will be pinned.
    pub text: String,
    /// What they say, or why they cannot be used.
    pub runbook: Result<Arc<Runbook>, String>,
}

/// What stands in front of the screen; never more than one.
#[derive(Clone, Debug)]
pub enum Overlay {
    /// A plan waits for a person.
    Confirm(Box<confirm::State>),
    /// Words are asked for.
    Form(Box<form::State>),
    /// The command line.
    Palette(palette::State),
    /// The help.
    Help(help::State),
    /// A list to pick from.
    Menu(menu::State),
    /// A text.
    Reading(reading::State),
}

/// The state of each screen.
#[derive(Clone, Debug, Default)]
pub struct States {
    /// Of the overview.
    pub overview: overview::State,
    /// Of the resources.
    pub resources: resources::State,
    /// Of the Regions.
    pub regions: regions::State,
    /// Of the jobs.
    pub jobs: jobs::State,
    /// Of the runbook.
    pub runbook: runbook::State,
    /// Of the timeline.
    pub timeline: timeline::State,
    /// Of the systems.
    pub systems: systems::State,
    /// Of readiness.
    pub readiness: readiness::State,
}

/// All the program knows.
#[derive(Clone, Debug)]
pub struct Model {
    /// What does not change while the console runs.
    pub setting: Setting,
    /// Which keys mean what.
    pub keymap: Keymap,
    /// What is known of AWS.
    pub estate: Estate,
    /// How the estate is judged.
    pub watch: Watch,
    /// What follows from the estate.
    pub derived: Derived,
    /// The runbooks that can be started.
    pub library: Vec<Book>,
    /// The same, as the list shows them.
    pub shelf: Vec<Shelf>,
    /// Earlier drills and incidents; the one that is open is none of them.
    pub past: Vec<Practice>,
    /// The screen shown.
    pub screen: Screen,
    /// The screens shown before it, newest last.
    pub before: Vec<Screen>,
    /// The state of each screen.
    pub states: States,
    /// What the list of each screen is filtered by.
    pub filters: BTreeMap<&'static str, String>,
    /// What stands in front of the screen.
    pub overlay: Option<Overlay>,
    /// What the help, or the question whether to quit, was put in front of.
    pub under: Option<Box<Overlay>>,
    /// Whether anything may be changed.
    pub mode: Mode,
    /// The credentials that are held.
    pub credentials: Credentials,
    /// The drill that this console was opened for: all that it opens is
    /// practice.
    pub drill: Option<drill::Wish>,
    /// What works through that drill, where nobody is at hand.
    pub unattended: Option<Unattended>,
    /// The incident that is open.
    pub open: Option<Open>,
    /// How times are shown.
    pub time: TimeMode,
    /// The picture held still, with the time it shows.
    pub frozen: Option<Box<(Estate, Derived, Timestamp)>>,
    /// What there was to say, oldest first.
    pub notices: VecDeque<Notice>,
    /// How long nobody may press a key before ARMED ends.
    pub idle: SignedDuration,
    /// Whether a second person approves what cannot be undone.
    pub demands: Demands,
    /// Who else is there, and who drives.
    pub company: Company,
    /// The incident that the console proposes.
    pub detection: Detection,
    /// Columns and rows of the terminal.
    pub size: (u16, u16),
    /// Whether there is no screen, but numbered prompts: no key is heard.
    pub plain: bool,
    keyboard: Keyboard,
    /// When ctrl-c was pressed last.
    interrupted: Option<Timestamp>,
    /// Facts that wait for the journal to be opened.
    opening: Option<Vec<Fact>>,
    /// Looks that were ordered: when, and whether they have come back.
    looking: BTreeMap<Source, (Timestamp, bool)>,
    /// Steps whose intent is on its way to the journal or to AWS.
    sending: BTreeSet<String>,
    /// What is on its way into the ledger.
    entering: BTreeSet<String>,
    /// What a person said that is not on disk yet.
    writing: Writing,
    /// What the timeline last said of each Region.
    told: BTreeMap<Region, RegionWord>,
    derived_at: Option<Timestamp>,
    /// When a heartbeat was ordered last.
    beat_at: Option<Timestamp>,
    /// Where the estate is seen: what is saved opens only there.
    place: Place,
    saved: u64,
    saved_at: Option<Timestamp>,
}

impl Model {
    /// A console that knows what was saved and has seen nothing yet.
    pub fn new(
        setting: Setting,
        keymap: Keymap,
        estate: Estate,
        watch: Watch,
        library: Vec<Book>,
        place: Place,
    ) -> Self {
        let shelf = library.iter().map(shelf).collect();
        Model {
            setting,
            keymap,
            estate,
            watch,
            derived: Derived::default(),
            library,
            shelf,
            past: Vec::new(),
            screen: Screen::Overview,
            before: Vec::new(),
            states: States::default(),
            filters: BTreeMap::new(),
            overlay: None,
            under: None,
            mode: Mode::Observe,
            credentials: Credentials::default(),
            drill: None,
            unattended: None,
            open: None,
            time: TimeMode::Utc,
            frozen: None,
            notices: VecDeque::new(),
            idle: SignedDuration::from_mins(15),
            demands: Demands::default(),
            company: Company::default(),
            detection: Detection::default(),
            size: (80, 24),
            plain: false,
            keyboard: Keyboard::default(),
            interrupted: None,
            opening: None,
            looking: BTreeMap::new(),
            sending: BTreeSet::new(),
            entering: BTreeSet::new(),
            writing: Writing::default(),
            told: BTreeMap::new(),
            derived_at: None,
            beat_at: None,
            place,
            saved: 0,
            saved_at: None,
        }
    }

    /// Where the estate is seen.
    pub fn place(&self) -> &Place {
        &self.place
    }

    /// What screens may see.
    pub fn known(&self, now: Timestamp) -> Known<'_> {
        let (estate, derived, now) = match self.frozen.as_deref() {
            Some((estate, derived, at)) => (estate, derived, *at),
            None => (&self.estate, &self.derived, now),
        };
        Known {
            estate,
            derived,
            setting: &self.setting,
            open: self.open.as_ref(),
            library: &self.shelf,
            past: &self.past,
            armed: self.mode.is_armed(),
            time: self.time,
            frozen: self.frozen.is_some(),
            filter: self.filter(),
            keymap: &self.keymap,
            now,
        }
    }

    /// What the list in front is filtered by.
    pub fn filter(&self) -> &str {
        self.filters.get(self.screen.title()).map_or("", String::as_str)
    }

    /// The newest notice, while it is still new.
    pub fn notice(&self, now: Timestamp) -> Option<&Notice> {
        let newest = self.notices.back()?;
        (now.duration_since(newest.at) < SHOWN).then_some(newest)
    }

    /// Says something to the person.
    pub fn say(&mut self, text: impl Into<String>, bad: bool, at: Timestamp) {
        if self.notices.len() == NOTICES {
            self.notices.pop_front();
        }
        self.notices.push_back(Notice { at, text: text.into(), bad });
    }

    /// Derives what follows from the estate, if it has changed or time has
    /// gone on.
    fn derive(&mut self, now: Timestamp, force: bool) {
        let waited =
            self.derived_at.is_none_or(|at| now.duration_since(at) >= DERIVE);
        let changed = self.derived.version != self.estate.version;
        if force || (changed && waited) {
            let impact = self.open.as_ref().and_then(Open::impact);
            self.derived =
                self.derived.next(&self.estate, &self.watch, impact, now);
            self.derived_at = Some(now);
        }
    }
}

fn shelf(book: &Book) -> Shelf {
    match &book.runbook {
        Ok(runbook) => Shelf {
            id: runbook.id.clone(),
            title: runbook.title.clone(),
            usable: true,
            drilled: Drilled::default(),
            tried: None,
        },
        Err(why) => Shelf {
            id: book.path.clone(),
            title: why.clone(),
            usable: false,
            drilled: Drilled::default(),
            tried: None,
        },
    }
}

/// Takes in what happened; gives what is to be done about it.
pub fn update(model: &mut Model, event: Event, now: Timestamp) -> Vec<Effect> {
    let mut effects = Vec::new();
    let out = &mut effects;
    match event {
        Event::Key(chord, at) => keys::key(model, chord, at, now, out),
        Event::Paste(text) => keys::paste(model, &text, now),
        Event::Resized(columns, rows) => model.size = (columns, rows),
        Event::Tick => drive::tick(model, now, out),
        Event::Observed(observation) => {
            drive::observed(model, observation, now, out);
        }
        Event::Opened { id, dir, entries, head, fresh } => {
            let open = record::open(&id, &dir, entries, head);
            record::opened(model, open, fresh, now, out);
        }
        Event::Taken { id, by } => company::taken(model, id, by, now, out),
        Event::Following { id, dir, entries, console } => {
            company::following(model, &id, &dir, entries, now, out);
            model.company.console = console;
        }
        Event::Grew(entries) => company::grew(model, entries, now, out),
        Event::Driven(held) => company::driven(model, held, now, out),
        Event::Released(id) => company::follow(model, id, out),
        Event::Message { id, message } => {
            company::heard(model, id, &message, now, out);
        }
        Event::Here { by, here } => company::here(model, &by, here, out),
        Event::Recorded(entry) => record::recorded(model, *entry, now, out),
        Event::IntentRecorded(intent, entry) => {
            record::recorded(model, *entry, now, out);
            out.push(Effect::Perform(intent));
        }
        Event::NotRecorded { what, step, failure } => {
            record::not_recorded(model, &what, step, &failure, now);
            unattended::cut_off(model, &failure.to_string(), out);
        }
        Event::Began(fact) => record::record(model, Fact::Step(fact), out),
        Event::Answered { intent, outcome, took_ms } => {
            let fact = StepFact::outcome(&intent, outcome, took_ms);
            record::record(model, Fact::Step(fact), out);
        }
        Event::Exported { files, to } => {
            record::exported(model, files, &to, now, out);
        }
        Event::FileRead { path, text } => repin::read(model, &path, text, now),
        Event::Held(held) => credentials::held(model, held, now),
        Event::Shared { name, opened } => {
            shared::opened(model, name, opened, now);
        }
        Event::Said(notice) => model.say(notice.text, notice.bad, notice.at),
        Event::Woke => drive::woke(model, now, out),
        Event::Ending(why) => drive::ending(model, why, now, out),
        Event::Spoken(spoken) => plain::spoken(model, spoken, now, out),
    }
    model.derive(now, false);
    drive::drive(model, now, out);
    unattended::go_on(model, now, out);
    approve::refresh(model, now, out);
    refresh(model, now);
    frame::bound_scroll(model, now);
    effects
}

/// Lets the screen in front take in that something may have changed, so that
/// drawing has nothing to decide.
fn refresh(model: &mut Model, now: Timestamp) {
    let mut states = mem::take(&mut model.states);
    let known = model.known(now);
    match model.screen {
        Screen::Overview => overview::refresh(&mut states.overview, &known),
        Screen::Resources => {
            resources::refresh(&mut states.resources, &known);
        }
        Screen::Regions => regions::refresh(&mut states.regions, &known),
        Screen::Jobs => jobs::refresh(&mut states.jobs, &known),
        Screen::Runbook => runbook::refresh(&mut states.runbook, &known),
        Screen::Timeline => timeline::refresh(&mut states.timeline, &known),
        Screen::Systems => systems::refresh(&mut states.systems, &known),
        Screen::Readiness => {
            readiness::refresh(&mut states.readiness, &known);
        }
    }
    model.states = states;
    reread(model, now);
}

/// A step shown in front goes on with what happens to it.
fn reread(model: &mut Model, now: Timestamp) {
    let Some(Overlay::Reading(text)) = &model.overlay else { return };
    let Some(step) = &text.step else { return };
    let Some(lines) = runbook::about(step, &model.known(now)) else { return };
    if let Some(Overlay::Reading(text)) = &mut model.overlay {
        text.lines = lines;
    }
}
