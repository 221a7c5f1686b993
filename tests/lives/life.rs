//! One run of one seed: the app, a memory disk and the simulated AWS on one
//! thread, with a time that only this file moves.

mod death;
pub mod desk;
mod keeping;
mod sight;

use std::collections::BTreeMap;
use std::mem;

use jiff::{SignedDuration, Timestamp};
use lifeboat::app::{Model, update};
use lifeboat::estate::{Found, Observation, Source};
use lifeboat::event::{Effect, Event};
use lifeboat::incident::entry::Entry;
use lifeboat::journal::disk::MemoryDisk;
use lifeboat::journal::order::Keeper;
use lifeboat::journal::recorded::Recorded;
use lifeboat::runbook::plan::{Intent, IntentCopy};
use lifeboat::runbook::run::{Outcome, Run};
use lifeboat::screens::Open;
use lifeboat::sim::{Sim, SimClock};

use super::Defence;
use super::aws::{self, Truth};
use super::rules::Rules;
use crate::chance::Chance;
use desk::{Skew, WORLD, blank, keeper, start, told, watched};

/// A call recorded longer ago is not sent.
const OLDEST: SignedDuration = SignedDuration::from_secs(5);

/// The most events of a life; the run is left as it is then.
const MOST: usize = 700;

/// What is on its way.
#[derive(Debug)]
enum Coming {
    /// To the console.
    Event(Box<Event>),
    /// To the console, with what is true of it.
    Seen(Box<Observation>, Option<Truth>),
    /// To AWS: a question.
    Ask(Source, Timestamp),
    /// To AWS: a change, and whether its console still lives.
    Send(Box<Recorded<Intent>>, usize),
}

/// One run of one seed.
pub struct Life {
    /// Its chance.
    pub chance: Chance,
    /// The console.
    pub model: Model,
    book: usize,
    /// The time.
    pub now: Timestamp,
    /// AWS.
    pub sim: Sim,
    /// What must hold, and what did not.
    pub rules: Rules,
    /// Events so far.
    pub events: usize,
    /// Records that could not be written since the console was started.
    pub refused: usize,
    /// Whether the console was ended.
    pub ended: bool,
    /// What went wrong or another way, and how often.
    pub counts: BTreeMap<&'static str, usize>,
    /// Consoles so far, from 1.
    pub consoles: usize,
    /// The disk.
    pub disk: MemoryDisk,
    off: Option<Defence>,
    clock: SimClock,
    /// How far the console's clock goes ahead.
    skew: Skew,
    keeper: Keeper,
    acked: Vec<Entry>,
    /// What a death leaves, where records are written late.
    behind: Option<MemoryDisk>,
    incident: Option<String>,
    queue: BTreeMap<(Timestamp, u64), Coming>,
    count: u64,
    told: Timestamp,
    tick: Timestamp,
    armed: bool,
    /// The console dies when so many records were written.
    dies: usize,
    dying: bool,
    sent_early: Vec<(IntentCopy, Outcome)>,
    last: BTreeMap<Source, Found>,
}

impl Life {
    /// The world of a seed, and a console that knows nothing yet.
    pub fn new(seed: u64, off: Option<Defence>) -> Life {
        let mut chance = Chance::new(seed);
        let now = start();
        let clock = SimClock::manual(now);
        let sim = Sim::new(WORLD.clone(), clock.clone());
        let skew = Skew::default();
        let disk = MemoryDisk::new();
        if off == Some(Defence::Sync) {
            disk.pretend_to_sync();
        }
        let dies =
            if chance.percent(60) { chance.within(3, 70) } else { u64::MAX };
        let book = usize::try_from(chance.within(0, 6)).expect("few");
        Life {
            model: blank(book),
            book,
            keeper: keeper(&sim, &disk, &skew),
            skew,
            counts: BTreeMap::new(),
            rules: Rules::default(),
            events: 0,
            refused: 0,
            ended: false,
            consoles: 1,
            off,
            clock,
            disk,
            acked: Vec::new(),
            behind: None,
            incident: None,
            queue: BTreeMap::new(),
            count: 0,
            told: now,
            tick: now,
            armed: false,
            dies: usize::try_from(dies).unwrap_or(usize::MAX),
            dying: false,
            sent_early: Vec::new(),
            last: BTreeMap::new(),
            chance,
            sim,
            now,
        }
    }

    /// The run that is under way.
    pub fn run(&self) -> Option<&Run> {
        self.model.open.as_ref().and_then(Open::run)
    }

    /// Whether the incident is still being taken up again.
    pub fn waits(&mut self) -> bool {
        let waits = self.incident.is_some() && self.model.open.is_none();
        self.refused += usize::from(waits);
        waits
    }

    /// The time on the console's clock.
    pub fn here(&self) -> Timestamp {
        self.now + self.skew.ahead()
    }

    /// Puts the console's clock forward, as one that was wrong is.
    pub fn jump(&mut self, by: SignedDuration) {
        self.count("clock jumps");
        self.skew.jump(by);
        if by > SignedDuration::from_secs(5) {
            self.event(Event::Woke);
        }
    }

    /// Counts what happened.
    pub fn count(&mut self, what: &'static str) {
        *self.counts.entry(what).or_default() += 1;
    }

    /// Whether it goes on.
    pub fn goes_on(&self) -> bool {
        self.events < MOST && self.rules.wrong.is_none()
    }

    /// A random time.
    pub fn some(&mut self, from: u64, to: u64) -> SignedDuration {
        let ms = self.chance.within(from, to);
        SignedDuration::from_millis(i64::try_from(ms).expect("short"))
    }

    /// Lets time go by, with all that comes meanwhile.
    pub fn pass(&mut self, time: SignedDuration) {
        let until = self.now + time;
        while self.goes_on() {
            let next = self.queue.first_key_value().map(|(key, _)| key.0);
            let at = next.unwrap_or(self.tick).min(self.tick);
            if at > until {
                break;
            }
            self.to(at);
            if next == Some(at) {
                self.arrive();
            } else {
                // A console that is held up has longer seconds; one that
                // is alone for long has the longest, to save time.
                let alone = until.duration_since(at).as_secs() > 60;
                let gap = if alone {
                    self.some(12_000, 40_000)
                } else {
                    self.some(4_000, 12_000)
                };
                self.tick = self.now + gap;
                self.event(Event::Tick);
            }
        }
        self.to(until);
    }

    fn to(&mut self, at: Timestamp) {
        if at > self.now {
            self.clock.advance(at.duration_since(self.now));
            self.now = at;
        }
    }

    fn arrive(&mut self) {
        let Some((_, coming)) = self.queue.pop_first() else { return };
        match coming {
            Coming::Event(event) => self.event(*event),
            Coming::Seen(seen, truth) => self.seen(*seen, truth),
            Coming::Ask(source, begun) => self.ask(source, begun),
            Coming::Send(intent, console) => self.arrives(*intent, console),
        }
    }

    fn put(&mut self, after: SignedDuration, coming: Coming) {
        self.count += 1;
        self.queue.insert((self.now + after, self.count), coming);
    }

    /// Gives the console an event, and carries out what it orders.
    pub fn event(&mut self, event: Event) {
        self.events += 1;
        let here = self.here();
        let effects = update(&mut self.model, event, here);
        for effect in effects {
            if !self.dying {
                self.carry_out(effect);
            }
        }
        if mem::take(&mut self.dying) {
            let power = self.chance.percent(50);
            self.restart(power);
        }
    }

    fn carry_out(&mut self, effect: Effect) {
        match effect {
            Effect::Open(facts) => self.begin(facts),
            Effect::Record(fact) => self.record(fact),
            Effect::RecordIntent(intent) => self.intend(intent),
            Effect::Perform(intent) => self.perform(intent),
            Effect::Allow(armed) => self.armed = armed,
            Effect::Look(source) => self.look(source),
            Effect::LookAll => {
                for source in watched() {
                    self.look(source);
                }
            }
            Effect::Quit => self.ended = true,
            _ => {}
        }
    }

    /// Answers of the journal come in the order of its orders.
    fn tell(&mut self, event: Event) {
        let slow = match self.chance.within(0, 100) {
            0 => self.some(1000, 9000),
            1..20 => self.some(1, 60),
            _ => SignedDuration::ZERO,
        };
        self.told = self.told.max(self.now + slow);
        let after = self.told.duration_since(self.now);
        self.put(after, Coming::Event(Box::new(event)));
    }

    fn perform(&mut self, intent: Recorded<Intent>) {
        let copy = intent.value().copy();
        let early = self.sent_early.iter().position(|(c, _)| *c == copy);
        if let Some(place) = early {
            let (copy, outcome) = self.sent_early.remove(place);
            self.answer(copy, outcome, SignedDuration::from_millis(40));
        } else if self.armed {
            let way = self.some(5, 900);
            let console = self.consoles;
            self.put(way, Coming::Send(Box::new(intent), console));
        } else {
            let why = "no longer ARMED".to_owned();
            let outcome = Outcome::NotSent { why };
            self.answer(copy, outcome, SignedDuration::ZERO);
        }
    }

    fn answer(
        &mut self,
        intent: IntentCopy,
        outcome: Outcome,
        took: SignedDuration,
    ) {
        let event = Event::Answered { intent, outcome, took_ms: 40 };
        self.put(took, Coming::Event(Box::new(event)));
    }

    /// A change arrives at AWS.
    fn arrives(&mut self, intent: Recorded<Intent>, console: usize) {
        let copy = intent.value().copy();
        if self.now.duration_since(intent.at()) > OLDEST {
            let why = "it was recorded too long ago".to_owned();
            let outcome = Outcome::NotSent { why };
            if console == self.consoles {
                self.answer(copy, outcome, SignedDuration::ZERO);
            }
            return;
        }
        let (mut outcome, mut took) = self.sent(&copy);
        if self.off == Some(Defence::OneAttempt)
            && !matches!(outcome, Outcome::Accepted { .. })
        {
            (outcome, took) = self.sent(&copy);
        }
        if console == self.consoles {
            self.answer(copy, outcome, took);
        }
    }

    fn send(&mut self, copy: &IntentCopy) -> Outcome {
        self.sent(copy).0
    }

    fn sent(&mut self, copy: &IntentCopy) -> (Outcome, SignedDuration) {
        let left = match &self.incident {
            Some(id) => {
                told(&self.disk.snapshot().crash(), id, &copy.plan.hex())
            }
            None => Vec::new(),
        };
        let operation = copy.call.action().split(':').nth(1).unwrap_or("");
        let before = self.sim.applied(operation);
        let (outcome, took) = aws::send(&self.sim, &copy.call);
        let applied = self.sim.applied(operation) > before;
        self.rules.sent(&left, copy, applied, self.now);
        (outcome, took)
    }
}
