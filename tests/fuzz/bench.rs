//! The program without its hands: every order it gives is watched, and
//! answered as the journal and AWS would.

use std::collections::{BTreeMap, BTreeSet, VecDeque};
use std::mem;
use std::path::{Path, PathBuf};
use std::sync::Arc;

use jiff::{SignedDuration, Timestamp};
use lifeboat::app::{Model, Overlay, frame, update};
use lifeboat::estate::{Observation, Source};
use lifeboat::event::{Effect, Event};
use lifeboat::failure::{Failure, FailureKind};
use lifeboat::incident::entry::{Entry, GENESIS};
use lifeboat::incident::fact::Fact;
use lifeboat::journal::clock::Clock;
use lifeboat::journal::disk::MemoryDisk;
use lifeboat::journal::order::{Answer, Keeper, Order};
use lifeboat::keymap::Chord;
use lifeboat::runbook::plan::Intent;
use lifeboat::runbook::run::{Happened, Outcome, StepFact};
use lifeboat::screens::confirm;
use ratatui::buffer::{Buffer, Cell};
use ratatui::layout::Rect;

use super::Chance;
use super::gesture::{Input, Timed};
use super::stage::Stage;
use crate::flow::author;

/// Keys closer than this were not pressed by a person.
const HUMAN: SignedDuration = SignedDuration::from_millis(5);

/// What was seen over all sequences.
#[derive(Debug, Default)]
pub struct Tally {
    /// Complete confirms.
    pub confirms: usize,
    /// Intents minted after them.
    pub intents: usize,
    /// Calls ordered sent.
    pub performed: usize,
    /// Frames looked at.
    pub frames: usize,
    /// Events taken.
    pub events: usize,
    /// How often a key was pressed with this in front, by mode.
    pub in_front: BTreeMap<String, usize>,
}

impl Tally {
    /// Adds another tally to this one.
    pub fn add(&mut self, other: Tally) {
        self.confirms += other.confirms;
        self.intents += other.intents;
        self.performed += other.performed;
        self.frames += other.frames;
        self.events += other.events;
        for (front, count) in other.in_front {
            *self.in_front.entry(front).or_default() += count;
        }
    }
}

/// A dialog that confirms, and the keys it was given.
struct Dialog {
    opened: Timestamp,
    keys: Vec<(Chord, Timestamp)>,
}

/// What is on its way back to the program.
#[expect(
    clippy::large_enum_variant,
    reason = "a handful of them wait at a time"
)]
enum Coming {
    Event(Box<Event>),
    Fact(Fact),
    Begin(Vec<Fact>),
}

/// The program, watched.
pub struct Bench<'a> {
    /// The program.
    pub model: Model,
    /// The time.
    pub now: Timestamp,
    chance: Chance,
    coming: VecDeque<Coming>,
    looks: Vec<Source>,
    dialog: Option<Dialog>,
    confirmed: BTreeSet<String>,
    minted: BTreeSet<String>,
    tally: &'a mut Tally,
}

impl<'a> Bench<'a> {
    /// The program at a moment.
    pub fn new(stage: &Stage, chance: Chance, tally: &'a mut Tally) -> Self {
        Bench {
            model: stage.model.clone(),
            now: stage.now,
            chance,
            coming: VecDeque::new(),
            looks: Vec::new(),
            dialog: None,
            confirmed: BTreeSet::new(),
            minted: BTreeSet::new(),
            tally,
        }
    }

    /// Lets the time go by and gives an input.
    pub fn take(&mut self, timed: &Timed) {
        self.answer_looks();
        self.now += timed.gap;
        if timed.gap > SignedDuration::from_millis(400) {
            self.event(Event::Tick, None);
        }
        let key = match &timed.input {
            Input::Key(chord) => Some(*chord),
            Input::Paste(_) | Input::Resize(..) => None,
        };
        if key.is_some() {
            let mode = self.model.mode.word();
            let front = format!("{mode} {}", in_front(&self.model));
            *self.tally.in_front.entry(front).or_default() += 1;
        }
        let event = match &timed.input {
            Input::Key(chord) => Event::Key(*chord, self.now),
            Input::Paste(text) => Event::Paste(text.clone()),
            Input::Resize(wide, tall) => Event::Resized(*wide, *tall),
        };
        if let (Some(chord), Some(dialog)) = (key, &mut self.dialog) {
            dialog.keys.push((chord, self.now));
        }
        self.event(event, key);
        while let Some(coming) = self.coming.pop_front() {
            let event = self.arrived(coming);
            self.event(event, None);
        }
    }

    /// Paints what is shown, and looks whether it says the least it must.
    pub fn look(&mut self) {
        let (wide, tall) = self.model.size;
        let area = Rect::new(0, 0, wide, tall);
        let mut buf = Buffer::empty(area);
        frame::paint(&mut buf, area, &self.model, self.now);
        self.tally.frames += 1;
        if wide < 40 || tall < 10 {
            return;
        }
        let first = line(&buf, 0);
        let last = line(&buf, tall - 1);
        let mode = self.model.mode.word();
        assert!(first.starts_with("[PROD]"), "{wide}x{tall}: {first}");
        assert!(first.contains(mode), "{wide}x{tall}: {first}");
        assert!(last.contains(" help"), "{wide}x{tall}: {last}");
    }

    fn event(&mut self, event: Event, key: Option<Chord>) {
        self.tally.events += 1;
        let before = front_of(&self.model).map(|dialog| {
            let covers = dialog
                .plan
                .calls
                .iter()
                .all(|call| self.model.mode.covers(call.account()));
            (dialog.clone(), covers)
        });
        for effect in update(&mut self.model, event, self.now) {
            self.carry_out(effect, before.as_ref(), key);
        }
        let opened = front_of(&self.model).map(|dialog| dialog.opened);
        if self.dialog.as_ref().map(|dialog| dialog.opened) != opened {
            self.dialog =
                opened.map(|opened| Dialog { opened, keys: Vec::new() });
        }
    }

    fn carry_out(
        &mut self,
        effect: Effect,
        before: Option<&(confirm::State, bool)>,
        key: Option<Chord>,
    ) {
        match effect {
            Effect::Open(facts) => {
                self.coming.push_back(Coming::Begin(facts));
            }
            Effect::Record(fact) => {
                if let Fact::Step(step) = &fact {
                    self.recorded(step, before, key);
                }
                self.coming.push_back(Coming::Fact(fact));
            }
            Effect::RecordIntent(intent) => self.intent(intent),
            Effect::Perform(recorded) => {
                let copy = recorded.value().copy();
                let id = format!("{} {}", copy.plan.hex(), copy.position);
                let was = self.minted.remove(&id);
                assert!(was, "sent without an intent: {copy:?}");
                self.tally.performed += 1;
                let outcome = self.outcome();
                self.coming.push_back(Coming::Event(Box::new(
                    Event::Answered { intent: copy, outcome, took_ms: 40 },
                )));
            }
            Effect::Look(source) => self.looks.push(source),
            Effect::LookAll => {
                let watched = self.model.estate.sources().take(3);
                self.looks.extend(watched.map(|(source, _)| source.clone()));
            }
            Effect::Allow(_)
            | Effect::SendAs(_)
            | Effect::Follow { .. }
            | Effect::TakeUp(_)
            | Effect::LetGo(_)
            | Effect::Post { .. }
            | Effect::Hold
            | Effect::Hurry(_)
            | Effect::Export(_)
            | Effect::ReadFile(_)
            | Effect::Save(_)
            | Effect::Copy(_)
            | Effect::Ring
            | Effect::Redraw
            | Effect::Suspend
            | Effect::Quit => {}
        }
    }

    /// A confirm must have come from the dialog that stood in front, by the
    /// keys that accept, at a person's pace, with the name in the field.
    fn recorded(
        &mut self,
        fact: &StepFact,
        before: Option<&(confirm::State, bool)>,
        key: Option<Chord>,
    ) {
        let Happened::Confirmed { hash, plan, approval, .. } = &fact.what
        else {
            return;
        };
        let (dialog, covers) = before.expect("no dialog was in front");
        assert!(!dialog.preview, "a preview accepted");
        assert!(*covers, "a confirm that ARMED does not cover");
        assert_eq!(*hash, dialog.hash, "another plan than the one shown");
        assert_eq!(**plan, dialog.plan, "another plan than the one shown");
        assert_eq!(key, Some(Chord::char('s')), "by another key");
        if let Some(name) = &plan.typed {
            let given = dialog.given();
            assert_eq!(given.typed.as_ref(), Some(name), "not the name");
            assert_eq!(approval.typed.as_ref(), Some(name));
        }
        let seen = self.dialog.as_ref().expect("it was seen to open");
        let keys = &seen.keys;
        let [.., y, e, s] = keys.as_slice() else { panic!("{keys:?}") };
        let pressed = [y, e, s].map(|(chord, _)| *chord);
        assert_eq!(pressed, ['y', 'e', 's'].map(Chord::char));
        assert!(y.1.duration_since(seen.opened) >= confirm::DEAF);
        let person = |a: &(Chord, Timestamp), b: &(Chord, Timestamp)| {
            b.1.duration_since(a.1) >= HUMAN
        };
        assert!(person(y, e) && person(e, s), "pasted: {keys:?}");
        let name = plan.typed.as_ref().map_or(0, |name| name.len() + 1);
        let paced = keys.windows(2).filter(|two| person(&two[0], &two[1]));
        assert!(paced.count() + 1 >= name + 3, "pasted: {keys:?}");
        self.confirmed.insert(hash.hex());
        self.tally.confirms += 1;
    }

    /// An intent needs a recorded confirm of its plan, and comes once.
    fn intent(&mut self, intent: Intent) {
        let copy = intent.copy();
        let hash = copy.plan.hex();
        let run = self.model.open.as_ref().and_then(|open| open.run());
        let plan = run
            .and_then(|run| run.step(intent.step()))
            .and_then(|(_, state)| state.plan())
            .expect("the run has no confirmed plan");
        assert!(plan.calls.contains(intent.call()), "{copy:?}");
        assert!(self.confirmed.contains(&hash), "unconfirmed: {copy:?}");
        let account = intent.call().account();
        assert!(self.model.mode.covers(account), "OBSERVE: {copy:?}");
        let once = self.minted.insert(format!("{hash} {}", copy.position));
        assert!(once, "minted twice: {copy:?}");
        self.tally.intents += 1;
        let mut keeper = keeper(self.now);
        let first = Fact::Note { text: "a journal for an intent".into() };
        keeper.take(Order::Create {
            now: self.now,
            salt: 1,
            first: Box::new(first),
        });
        let answer = keeper.take(Order::Intent(Box::new(intent)));
        let Answer::Intent(Ok(written)) = answer else {
            panic!("a memory disk takes all: {answer:?}")
        };
        let (recorded, entry) = *written;
        let entry = Entry { seq: self.next_seq(), ..entry };
        let event = Event::IntentRecorded(recorded, Box::new(entry));
        self.coming.push_back(Coming::Event(Box::new(event)));
    }

    fn outcome(&mut self) -> Outcome {
        let failure = Failure::new("promote it", FailureKind::TimedOut);
        match self.chance.within(0, 4) {
            0 => Outcome::Refused { failure },
            1 => Outcome::Unknown { failure },
            _ => Outcome::Accepted { request_id: None, answer: None },
        }
    }

    fn arrived(&mut self, coming: Coming) -> Event {
        match coming {
            Coming::Event(event) => *event,
            Coming::Fact(fact) => Event::Recorded(Box::new(self.entry(fact))),
            Coming::Begin(facts) => {
                let mut facts = facts.into_iter();
                let first = facts.next().expect("a first fact");
                let rest = facts.map(Coming::Fact).collect::<Vec<_>>();
                for fact in rest.into_iter().rev() {
                    self.coming.push_front(fact);
                }
                let entry = Entry { seq: 1, ..self.entry(first) };
                Event::Opened {
                    id: "INC-fuzz".into(),
                    dir: PathBuf::from("/state/INC-fuzz"),
                    entries: vec![entry],
                    head: GENESIS.to_owned(),
                    fresh: true,
                }
            }
        }
    }

    fn entry(&self, fact: Fact) -> Entry {
        let ms = self.now.as_millisecond();
        Entry {
            seq: self.next_seq(),
            at: Timestamp::from_millisecond(ms).expect("a time"),
            up_ns: 0,
            boot: String::new(),
            by: author(),
            fact,
        }
    }

    fn next_seq(&self) -> u64 {
        let open = self.model.open.as_ref();
        open.map_or(1, |open| open.incident.entries.len() as u64 + 1)
    }

    /// AWS answers what it answered before.
    fn answer_looks(&mut self) {
        for source in mem::take(&mut self.looks) {
            self.now += SignedDuration::from_millis(2);
            let known = self.model.estate.known(&source);
            let found = known.and_then(|known| known.found.clone());
            let found = found
                .ok_or_else(|| Failure::new("look", FailureKind::Unreachable));
            let (begun, at) = (self.now, self.now);
            let seen = Observation { source, begun, at, found, partial: None };
            self.event(Event::Observed(seen), None);
        }
        while let Some(coming) = self.coming.pop_front() {
            let event = self.arrived(coming);
            self.event(event, None);
        }
    }
}

fn front_of(model: &Model) -> Option<&confirm::State> {
    match &model.overlay {
        Some(Overlay::Confirm(dialog)) => Some(dialog),
        _ => None,
    }
}

/// What stands in front, in a few words.
fn in_front(model: &Model) -> String {
    match &model.overlay {
        None => "screen".into(),
        Some(Overlay::Confirm(dialog)) if dialog.preview => "preview".into(),
        Some(Overlay::Confirm(dialog)) if dialog.ready => "ready".into(),
        Some(Overlay::Confirm(_)) => "confirm".into(),
        Some(Overlay::Form(form)) => {
            let purpose = format!("{:?}", form.purpose);
            let end = purpose.find([' ', '(', '{']);
            purpose[..end.unwrap_or(purpose.len())].to_owned()
        }
        Some(Overlay::Palette(_)) => "palette".into(),
        Some(Overlay::Help(_)) => "help".into(),
        Some(Overlay::Menu(_)) => "menu".into(),
        Some(Overlay::Reading(_)) => "reading".into(),
    }
}

fn line(buf: &Buffer, y: u16) -> String {
    let width = usize::from(buf.area.width);
    let row = buf.content.chunks(width).nth(usize::from(y));
    let row = row.expect("a row of the buffer");
    row.iter().map(Cell::symbol).collect()
}

fn keeper(now: Timestamp) -> Keeper {
    let disk = Arc::new(MemoryDisk::new());
    let clock = move || Box::new(Still(now)) as Box<dyn Clock>;
    Keeper::new(disk, Path::new("/state"), author(), clock)
}

/// A clock that stands.
#[derive(Debug)]
struct Still(Timestamp);

impl Clock for Still {
    fn now(&mut self) -> Timestamp {
        self.0
    }

    fn up_ns(&mut self) -> u64 {
        0
    }

    fn boot(&self) -> &'static str {
        "fuzz"
    }
}
