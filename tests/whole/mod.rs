//! Whole runs by chance over the real loop and the real SDK, on paused time:
//! keys in, requests to the simulated AWS out, a memory disk below.

#![expect(unreachable_pub, reason = "a part of one test binary")]

mod judge;
mod stray;
mod way;

use std::collections::BTreeMap;
use std::path::Path;
use std::time::Duration;

use lifeboat::app::approve::Demands;
use lifeboat::estate::Estate;
use lifeboat::estate::ids::Region;
use lifeboat::incident::entry::Entry;
use lifeboat::journal::disk::{Disk, Fault, MemoryDisk};
use lifeboat::journal::read;
use lifeboat::sim::{Sim, SimClock};
use tokio::runtime::Builder;
use tokio::time::{Instant, advance};

use crate::chance::Chance;
use crate::flow::person::go_on;
use crate::flow::{self, Flow, STATE};
use crate::lives::life::desk::{WORLD, blank, start};
use crate::lives::rules::Rules;
use crate::lives::{Tally, Told, person};
use judge::judge;
use stray::{back, ending, patience, waits_for};
use way::Witness;

/// A defence that is switched off by what stands around the program.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Off {
    /// What is written is synced.
    Sync,
    /// A change is sent once.
    OneAttempt,
    /// A Region that does not answer holds up no other.
    Apart,
    /// The loop waits for no answer.
    Beside,
}

/// The most that a person does with one console.
const PATIENCE: usize = 60;

/// Every so many seeds one only watches two Regions, of which one is dark, on
/// a screen of the usual size.
pub const WIDE: u64 = 100;

/// Keys that are pressed where they were not asked for.
const KEYS: [&str; 14] = [
    "x", "v", "r", "s", "g a", "enter", "1", "5", "?", "tab", "p", "u", "esc",
    "ctrl-r",
];

/// One run of one seed.
struct Whole {
    chance: Chance,
    wide: bool,
    off: Option<Off>,
    book: usize,
    sim: Option<Sim>,
    disk: MemoryDisk,
    witness: Witness,
    /// When the next console begins.
    due: Option<Instant>,
    acked: Vec<Entry>,
    over: bool,
    /// What the run came to, or what its last console waited for.
    came_to: Option<&'static str>,
    rules: Rules,
    counts: BTreeMap<&'static str, usize>,
}

/// Runs a seed; says what was wrong with it, if anything was.
pub fn run(seed: u64, off: Option<Off>) -> Result<Tally, String> {
    let _told = Told(seed, "runs_over_the_loop");
    let mut whole = Whole::new(seed, off);
    let is_well = |whole: &Whole| whole.rules.wrong.is_none();
    while is_well(&whole)
        && !whole.over
        && whole.counts.get("consoles") < Some(&4)
    {
        whole.live();
        whole.compare();
    }
    whole.tally().map_err(|wrong| {
        format!("{wrong}\n{}", Told::alone(seed, "runs_over_the_loop"))
    })
}

impl Whole {
    fn new(seed: u64, off: Option<Off>) -> Whole {
        let mut chance = Chance::new(seed ^ 0x3eed);
        let disk = MemoryDisk::new();
        if off == Some(Off::Sync) {
            disk.pretend_to_sync();
        }
        let book = *chance.pick(&[1, 3, 5]);
        Whole {
            chance,
            wide: seed.is_multiple_of(WIDE),
            off,
            book,
            sim: None,
            witness: Witness::new(disk.clone(), off),
            disk,
            due: None,
            acked: Vec::new(),
            over: false,
            came_to: None,
            rules: Rules::default(),
            counts: BTreeMap::new(),
        }
    }

    fn count(&mut self, what: &'static str) {
        *self.counts.entry(what).or_default() += 1;
    }

    /// A console, from its start to its end.
    fn live(&mut self) {
        self.count("consoles");
        let mut runtime = Builder::new_current_thread();
        let runtime = runtime.enable_all().start_paused(true).build();
        runtime.expect("a runtime").block_on(async {
            if let Some(due) = self.due {
                advance(due.saturating_duration_since(Instant::now())).await;
            }
            let mut flow = self.console();
            self.drive(&mut flow).await;
            let model = &flow.console.model;
            if !self.wide {
                let ended = ending(model);
                self.over = ended.is_some();
                self.came_to = ended.or_else(|| waits_for(model));
            }
            let open = flow.console.model.open.take();
            if let Some(open) = open {
                self.acked = open.incident.entries;
            }
            let away = self.chance.within(500, 30_000);
            self.due = Some(Instant::now() + Duration::from_millis(away));
        });
        let power = self.chance.percent(50);
        self.disk = if power { self.disk.crash() } else { self.disk.kill() };
        self.witness.lies_on(&self.disk);
    }

    fn console(&mut self) -> Flow {
        let first = self.sim.is_none();
        let sim = self.sim.get_or_insert_with(|| {
            Sim::new(WORLD.clone(), SimClock::paused(start()))
        });
        let sim = sim.clone();
        if first && !self.wide {
            for _ in 0..self.chance.within(0, 4) {
                sim.inject(person::fault(&mut self.chance));
            }
        }
        let mut setting = flow::setting();
        setting.accounts.truncate(1);
        setting.regions = self.regions();
        let resume = incident(&self.disk);
        let estate = Estate::default();
        let mut parts =
            flow::parts_for(setting, &sim, &self.disk, resume, estate);
        parts.model = blank(self.book);
        parts.model.demands = Demands::off();
        parts.session.http_client =
            Some(self.witness.watched(sim.http_client()));
        let size = if self.wide { (80, 24) } else { (20, 3) };
        let mut flow = Flow::of(parts, sim, self.disk.clone(), size);
        let lives = self.chance.percent(60);
        let records = self.chance.within(3, 40);
        let at = self.acked.len() + usize::try_from(records).expect("few");
        flow.trap = Some(Box::new(move |model| {
            let open = model.open.as_ref();
            lives && open.is_some_and(|open| open.incident.entries.len() >= at)
        }));
        if self.off == Some(Off::Beside) {
            flow.waits = Some(Box::new(self.witness.waiting()));
        }
        flow
    }

    fn regions(&self) -> Vec<Region> {
        let names: &[&str] =
            if self.wide { &["eu-central-1", "eu-west-1"] } else { &[] };
        names.iter().map(|name| Region::new(*name)).collect()
    }

    async fn drive(&mut self, flow: &mut Flow) {
        flow.wait(Duration::from_secs(2)).await;
        if self.wide {
            flow.wait(Duration::from_secs(100)).await;
            self.over = true;
            return self.look(flow);
        }
        let mut left = usize::MAX;
        for _ in 0..PATIENCE {
            let is_over = ending(&flow.console.model).is_some()
                || self.rules.wrong.is_some();
            if is_over || flow.trapped || flow.console.has_ended() {
                return;
            }
            if left == 0 {
                return self.count("consoles given up");
            }
            left -= 1;
            match self.chance.within(0, 100) {
                0..6 => self.anything(flow).await,
                10 => {
                    self.count("faults in AWS");
                    flow.sim.inject(person::fault(&mut self.chance));
                }
                11 => {
                    // Who cannot write starts the console anew, later.
                    self.count("disk faults");
                    let nth = self.chance.within(1, 5);
                    let fault = *self.chance.pick(&[
                        Fault::Errno(libc::EIO),
                        Fault::Errno(libc::ENOSPC),
                        Fault::Short(30),
                    ]);
                    self.disk.fail(None, nth, fault);
                    left = left.min(4);
                }
                12 if self.chance.percent(20) => {
                    flow.wait(Duration::from_secs(310)).await;
                }
                _ => {
                    back(flow).await;
                    go_on(flow, 0).await;
                    let longer = self.chance.within(1_000, 10_000);
                    patience(flow, Duration::from_millis(longer)).await;
                }
            }
            self.look(flow);
        }
        self.count("consoles left");
    }

    async fn anything(&mut self, flow: &mut Flow) {
        self.count("keys that nobody asked for");
        let key = *self.chance.pick(&KEYS);
        flow.keys(key).await;
        flow.wait(Duration::from_millis(500)).await;
        if self.chance.percent(30) {
            flow.text("AKIAIOSFODNN7EXAMPLE is dark").await;
            flow.keys("enter").await;
        }
        flow.wait(Duration::from_millis(500)).await;
        flow.keys("esc").await;
        flow.wait(Duration::from_millis(500)).await;
        flow.keys("esc").await;
    }

    /// What must hold while it goes on.
    fn look(&mut self, flow: &mut Flow) {
        if flow.late > 0 {
            self.rules.broken("I3: a key waits", "for longer than 60 ms");
        }
        if !self.wide {
            return;
        }
        self.screen(flow);
        let now = flow.sim.now();
        for (source, known) in flow.console.model.estate.sources() {
            let here = source.region().map(Region::as_str);
            if here != Some("eu-central-1") || !source.is_watched() {
                continue;
            }
            let pace = flow.console.model.estate.pace(source);
            if pace.as_secs() > 60 {
                continue;
            }
            let age = known.age(now);
            if age.is_none_or(|age| age.as_secs() > pace.as_secs() * 6 / 5 + 2)
            {
                let told = format!("{source}: {age:?} of {pace}");
                self.rules.broken("I4: held up by a dark Region", &told);
            }
        }
    }

    /// I8 on the screen.
    fn screen(&mut self, flow: &mut Flow) {
        flow.console.draw().expect("a frame");
        let screen = flow.screen();
        let raw = screen.chars().any(|c| c.is_control() && c != '\n');
        if raw {
            self.rules.broken("I8: the screen tells", "a control character");
        }
    }

    /// I7 and I8: what is on disk begins with what was acknowledged.
    fn compare(&mut self) {
        let Some(id) = incident(&self.disk) else { return };
        let dir = Path::new(STATE).join("incidents").join(id);
        let reading = read::read(&self.disk, &dir).expect("a journal");
        if !reading.entries.starts_with(&self.acked) {
            let told = format!("{} were acked", self.acked.len());
            self.rules.broken("I7: lost what was acknowledged", &told);
        }
        let sound = read::check(&self.disk, &dir, &reading);
        if !sound.is_ok_and(|report| report.is_sound()) {
            self.rules.broken("I7: the journal is not sound", "");
        }
        let text = &reading.segments[0].bytes;
        let text = String::from_utf8_lossy(text);
        if text.contains(person::SECRET) {
            self.rules.broken("I8: the journal tells", "a secret");
        }
        self.acked = reading.entries;
    }

    fn tally(mut self) -> Result<Tally, String> {
        let received = self.sim.as_ref().map(Sim::received);
        let arrivals = self.witness.arrivals();
        let received = received.unwrap_or_default();
        judge(&mut self.rules, &self.acked, &received, &arrivals);
        let rules = &self.rules;
        if let Some(wrong) = &rules.wrong {
            let told = self.acked.iter().map(|entry| {
                let fact = format!("{:?}", entry.fact);
                let short: String = fact.chars().take(200).collect();
                format!("{} {} {short}\n", entry.seq, entry.at)
            });
            return Err(format!("{}{wrong}", told.collect::<String>()));
        }
        let came_to = self.came_to.unwrap_or("runs that only watch");
        self.counts.extend([
            ("runs", 1),
            (came_to, 1),
            ("requests", received.len()),
            ("confirms", rules.confirms),
            ("confirms void", rules.voided),
            ("changes sent", rules.sends),
            ("changes applied", rules.applied),
            ("changes unknown", rules.unknown),
            ("changes found done", rules.found),
        ]);
        let changes = [(rules.sends, 1)].into();
        Ok(Tally { counts: self.counts, changes })
    }
}

/// The only incident on a disk.
pub fn incident(disk: &MemoryDisk) -> Option<String> {
    let listed = disk.list(&Path::new(STATE).join("incidents")).ok()?;
    let names = listed.into_iter().map(|one| one.name);
    let is_one = |name: &String| {
        name.starts_with("INC-") && Path::new(name).extension().is_none()
    };
    let mut names = names.filter(is_one);
    names.next()
}
