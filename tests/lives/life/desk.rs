//! What every life begins with: the world, the consoles, the disk.

use std::path::{Path, PathBuf};
use std::sync::atomic::{AtomicI64, Ordering};
use std::sync::{Arc, LazyLock};

use jiff::{SignedDuration, Timestamp};
use lifeboat::app::{Book, Model};
use lifeboat::estate::Estate;
use lifeboat::estate::ids::{Account, Region, ZoneId};
use lifeboat::estate::saved::Place;
use lifeboat::estate::{Source, What};
use lifeboat::incident::entry::Entry;
use lifeboat::incident::fact::Fact;
use lifeboat::journal::clock::Clock;
use lifeboat::journal::disk::{Disk, MemoryDisk};
use lifeboat::journal::order::Keeper;
use lifeboat::journal::read::{segment_name, segment_number};
use lifeboat::keymap::Keymap;
use lifeboat::runbook::Runbook;
use lifeboat::runbook::run::StepFact;
use lifeboat::sim::Sim;
use lifeboat::sim::scenario::Scenario;
use lifeboat::sim::world::World;

use crate::flow::{self, START, author};

/// The world that every seed begins with.
pub static WORLD: LazyLock<World> = LazyLock::new(|| {
    let text = include_str!("../world.toml");
    let scenario = Scenario::parse(text, "world.toml").expect("a scenario");
    scenario.world(start(), 60)
});

/// The steps that a shorter runbook lacks.
const LACKS: [&[&str]; 3] =
    [&[], &["drain", "undrain"], &["traffic", "untraffic", "resolve"]];

thread_local! {
    /// Consoles that know nothing yet, with the runbook whole and shorter;
    /// each once with a second person and once without.
    static CONSOLES: Vec<Model> = LACKS
        .iter()
        .flat_map(|lacks| {
            let text = without(include_str!("../runbook.toml"), lacks);
            let alone = text.replace("\"required\" # or off", "\"off\"");
            [model(text), model(alone)]
        })
        .collect();
}

/// A runbook without some of its steps.
fn without(text: &str, lacks: &[&str]) -> String {
    let is_kept = |part: &&str| {
        let is = |id: &&str| part.contains(&format!("\nid = \"{id}\"\n"));
        !lacks.iter().any(is)
    };
    let parts = text.split("[[step]]").filter(is_kept);
    parts.collect::<Vec<_>>().join("[[step]]")
}

/// A console that knows nothing yet, with one of the runbooks.
pub fn blank(book: usize) -> Model {
    CONSOLES.with(|consoles| consoles[book].clone())
}

fn model(text: String) -> Model {
    let runbook = Runbook::parse(&text, "small-failover.toml");
    let runbook = runbook.map(Arc::new).map_err(|e| format!("{e:?}"));
    assert!(runbook.is_ok(), "{runbook:?}");
    let book = Book { path: "small-failover.toml".into(), text, runbook };
    let mut setting = flow::setting();
    setting.accounts.truncate(1);
    let place = Place::default();
    let estate = Estate::default();
    let keymap = Keymap::default();
    Model::new(setting, keymap, estate, flow::watch(), vec![book], place)
}

/// When the world begins.
pub fn start() -> Timestamp {
    START.parse().expect("a time")
}

/// Where an incident lies.
pub fn dir(id: &str) -> PathBuf {
    Path::new(flow::STATE).join("incidents").join(id)
}

/// What this disk tells of the confirms and intents of a plan, or of all
/// plans where none is named; the other lines are not read, which would take
/// most of the time of a run.
pub fn told(disk: &MemoryDisk, id: &str, plan: &str) -> Vec<StepFact> {
    let dir = dir(id);
    let files = disk.list(&dir).unwrap_or_default();
    let numbers = files.iter().filter_map(|file| segment_number(&file.name));
    let mut facts = Vec::new();
    for number in numbers {
        let bytes = disk.read(&dir.join(segment_name(number)));
        let bytes = bytes.unwrap_or_default();
        let text = String::from_utf8_lossy(&bytes);
        let lines = text.lines().filter(|line| {
            line.contains(plan)
                && (line.contains("\"did\":\"intended\"")
                    || line.contains("\"did\":\"confirmed\""))
        });
        for parsed in lines.filter_map(|line| Entry::parse(line).ok()) {
            if let Fact::Step(fact) = parsed.entry.fact {
                facts.push(fact);
            }
        }
    }
    facts
}

/// A journal's keeper, by the console's clock.
pub fn keeper(sim: &Sim, disk: &MemoryDisk, skew: &Skew) -> Keeper {
    let (sim, skew) = (sim.clone(), skew.clone());
    let root = Path::new(flow::STATE);
    Keeper::new(Arc::new(disk.clone()), root, author(), move || {
        Box::new(ConsoleClock(sim.clone(), skew.clone()))
    })
}

/// How far the console's clock goes ahead of the world's, in seconds.
#[derive(Clone, Debug, Default)]
pub struct Skew(Arc<AtomicI64>);

impl Skew {
    /// How far it is ahead.
    pub fn ahead(&self) -> SignedDuration {
        SignedDuration::from_secs(self.0.load(Ordering::Relaxed))
    }

    /// Puts it forward.
    pub fn jump(&self, by: SignedDuration) {
        self.0.fetch_add(by.as_secs(), Ordering::Relaxed);
    }
}

#[derive(Debug)]
struct ConsoleClock(Sim, Skew);

impl Clock for ConsoleClock {
    fn now(&mut self) -> Timestamp {
        self.0.now() + self.1.ahead()
    }

    fn up_ns(&mut self) -> u64 {
        0
    }

    fn boot(&self) -> &'static str {
        "simulated"
    }
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
