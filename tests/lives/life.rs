//! One run of one seed: the app, a memory disk and the simulated AWS on one
//! thread, with a time that only this file moves.

mod death;
mod sight;

use std::collections::BTreeMap;
use std::mem;
use std::path::{Path, PathBuf};
use std::sync::{Arc, LazyLock};

use jiff::{SignedDuration, Timestamp};
use lifeboat::app::{Book, Model, update};
use lifeboat::estate::ids::{Account, Region, ZoneId};
use lifeboat::estate::saved::Place;
use lifeboat::estate::{Estate, Found, Observation, Source, What};
use lifeboat::event::{Effect, Event};
use lifeboat::failure::{Failure, FailureKind};
use lifeboat::incident::entry::Entry;
use lifeboat::incident::fact::Fact;
use lifeboat::journal::disk::MemoryDisk;
use lifeboat::journal::order::{Answer, Keeper, Order};
use lifeboat::journal::read;
use lifeboat::journal::recorded::{NotRecorded, Recorded};
use lifeboat::keymap::Keymap;
use lifeboat::runbook::Runbook;
use lifeboat::runbook::plan::{Intent, IntentCopy};
use lifeboat::runbook::run::{Outcome, Run};
use lifeboat::screens::Open;
use lifeboat::sim::scenario::Scenario;
use lifeboat::sim::{Sim, SimClock};

use super::Defence;
use super::aws::{self, Truth};
use super::rules::Rules;
use crate::chance::Chance;
use crate::flow::{self, START, author};

/// A call recorded longer ago is not sent.
const OLDEST: SignedDuration = SignedDuration::from_secs(5);

/// The most events of a life; the run is left as it is then.
const MOST: usize = 700;

/// What is read once for all seeds.
static SCENARIO: LazyLock<Scenario> = LazyLock::new(|| {
    let text = include_str!("../scenarios/small.toml");
    Scenario::parse(text, "small.toml").expect("a scenario")
});

static BOOKS: LazyLock<[Book; 2]> = LazyLock::new(|| {
    let text = include_str!("runbook.toml");
    let alone = text.replace("\"required\" # or off", "\"off\"");
    [text.to_owned(), alone].map(|text| {
        let runbook = Runbook::parse(&text, "small-failover.toml");
        let runbook = runbook.map(Arc::new).map_err(|e| format!("{e:?}"));
        assert!(runbook.is_ok(), "{runbook:?}");
        Book { path: "small-failover.toml".into(), text, runbook }
    })
});

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
    /// Consoles so far, from 1.
    pub consoles: usize,
    /// The disk.
    pub disk: MemoryDisk,
    off: Option<Defence>,
    clock: SimClock,
    keeper: Keeper,
    acked: Vec<Entry>,
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
        let now: Timestamp = START.parse().expect("a time");
        let clock = SimClock::manual(now);
        let sim = Sim::play(&SCENARIO, clock.clone(), 60);
        let disk = MemoryDisk::new();
        if off == Some(Defence::Sync) {
            disk.pretend_to_sync();
        }
        let dies =
            if chance.percent(60) { chance.within(3, 70) } else { u64::MAX };
        let book = BOOKS[usize::from(chance.percent(50))].clone();
        Life {
            model: model(book),
            keeper: keeper(&sim, &disk),
            rules: Rules::default(),
            events: 0,
            refused: 0,
            ended: false,
            consoles: 1,
            off,
            clock,
            disk,
            acked: Vec::new(),
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
                // A console that is held up has longer seconds.
                let gap = self.some(4000, 12_000);
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
        let effects = update(&mut self.model, event, self.now);
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

    fn begin(&mut self, facts: Vec<Fact>) {
        let mut facts = facts.into_iter();
        let Some(first) = facts.next() else { return };
        let order =
            Order::Create { now: self.now, salt: 7, first: Box::new(first) };
        self.open(order, true);
        for fact in facts {
            self.record(fact);
        }
    }

    fn open(&mut self, order: Order, fresh: bool) {
        let Answer::Opened(answer) = self.keeper.take(order) else { return };
        let event = match answer {
            Ok(opened) => {
                let kept = opened.entries.get(..self.acked.len());
                if !fresh && kept != Some(&self.acked[..]) {
                    let told = format!("{} were acked", self.acked.len());
                    self.rules.broken("I7: lost what was acknowledged", &told);
                }
                self.acked.clone_from(&opened.entries);
                self.incident = Some(opened.incident.clone());
                Event::Opened {
                    id: opened.incident,
                    dir: opened.dir,
                    entries: opened.entries,
                    fresh,
                }
            }
            Err(why) => not_recorded(None, &why.to_string()),
        };
        self.tell(event);
    }

    /// Writes a fact down, as the console's hands would.
    pub fn record(&mut self, fact: Fact) {
        let fact = fact.redacted();
        let step = match &fact {
            Fact::Step(fact) => {
                self.rules.told(&self.model, fact, self.now);
                Some(fact.step.clone())
            }
            _ => None,
        };
        if self.dies_now() {
            return;
        }
        let order = Order::Record(Box::new(fact));
        let Answer::Recorded(answer) = self.keeper.take(order) else { return };
        let event = match answer {
            Ok(entry) => {
                self.acked.push((*entry).clone());
                Event::Recorded(entry)
            }
            Err(why) => self.no(step, &why),
        };
        self.tell(event);
    }

    /// Half of all deaths come before the record, half after it.
    fn dies_now(&mut self) -> bool {
        if self.acked.len() < self.dies {
            return false;
        }
        self.dying = true;
        self.dies = if self.chance.percent(30) {
            let more = self.chance.within(1, 40);
            self.acked.len() + usize::try_from(more).expect("few")
        } else {
            usize::MAX
        };
        self.chance.percent(50)
    }

    fn no(&mut self, step: Option<String>, why: &NotRecorded) -> Event {
        self.refused += 1;
        not_recorded(step, &why.to_string())
    }

    fn intend(&mut self, intent: Intent) {
        let copy = intent.copy();
        self.rules.minted(&self.model, &copy, self.now);
        if self.dies_now() {
            return;
        }
        if self.off == Some(Defence::IntentFirst) {
            let outcome = self.send(&copy);
            self.sent_early.push((copy, outcome));
        }
        let step = intent.step().to_owned();
        let order = Order::Intent(Box::new(intent));
        let Answer::Intent(answer) = self.keeper.take(order) else { return };
        let event = match answer {
            Ok(written) => {
                let (recorded, entry) = *written;
                self.acked.push(entry.clone());
                Event::IntentRecorded(recorded, Box::new(entry))
            }
            Err(why) => self.no(Some(step), &why),
        };
        self.tell(event);
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
        let left = self.disk.snapshot().crash();
        let left = self.incident.as_ref().map(|id| {
            let dir = dir(id);
            read::read(&left, &dir).map(|read| read.entries)
        });
        let left = left.and_then(Result::ok).unwrap_or_default();
        let operation = copy.call.action().split(':').nth(1).unwrap_or("");
        let before = self.sim.applied(operation);
        let (outcome, took) = aws::send(&self.sim, &copy.call);
        let applied = self.sim.applied(operation) > before;
        self.rules.sent(&left, copy, applied, self.now);
        (outcome, took)
    }
}

fn dir(id: &str) -> PathBuf {
    Path::new(flow::STATE).join("incidents").join(id)
}

fn not_recorded(step: Option<String>, why: &str) -> Event {
    let failure = Failure::new("write the journal", FailureKind::Other);
    Event::NotRecorded {
        what: "a record".into(),
        step,
        failure: failure.because(why),
    }
}

fn keeper(sim: &Sim, disk: &MemoryDisk) -> Keeper {
    flow::keeper(sim, Arc::new(disk.clone()), author())
}

fn model(book: Book) -> Model {
    let mut setting = flow::setting();
    setting.accounts.truncate(1);
    let place = Place::default();
    let estate = Estate::default();
    let keymap = Keymap::default();
    Model::new(setting, keymap, estate, flow::watch(), vec![book], place)
}

/// What the run looks at.
pub fn watched() -> [Source; 2] {
    let account = Account::new("111122223333");
    let zone = ZoneId::new("Z0LEARN4EXAMPLE7");
    let name = "db.learn.example".to_owned();
    [
        Source::aws(
            &account,
            &Region::new("eu-central-1"),
            What::Instance("learn-db-replica".into()),
        ),
        Source::aws(
            &account,
            &Region::new("us-east-1"),
            What::RecordsOf { zone, name },
        ),
    ]
}
