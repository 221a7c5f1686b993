//! Whole runs by chance, each repeated by its seed: the app's one function,
//! a journal on a memory disk and the simulated AWS by values, on one thread
//! and in a time of their own.

#![expect(unreachable_pub, reason = "a part of one test binary")]

pub mod aws;
pub mod life;
pub mod person;
pub mod rules;

use std::collections::BTreeMap;
use std::thread;

use life::Life;
use lifeboat::runbook::run::Status;

/// A defence that is switched off, by what stands around the program.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Defence {
    /// Intents are written before the calls are sent.
    IntentFirst,
    /// A change is sent once, whatever comes back.
    OneAttempt,
    /// What a confirm is bound to is looked at after it.
    SeenAgain,
    /// A confirm is void when what it is bound to differs.
    Bound,
    /// Only a look begun after the change tells what became of it.
    BegunAfter,
    /// What is written is synced before it is said to be written.
    Sync,
    /// What is said to be written is on disk before that is said.
    Ahead,
    /// A list that was cut short is told to be partial.
    Whole,
    /// What looks like a secret is taken out of words that are kept.
    Redacted,
}

/// What came of many runs: how often each thing happened, and how many runs
/// had so many changes arrive at AWS.
#[derive(Clone, Debug, Default)]
pub struct Tally {
    /// How often each thing happened.
    pub counts: BTreeMap<&'static str, usize>,
    /// Runs by how many changes arrived.
    pub changes: BTreeMap<usize, usize>,
}

impl Tally {
    /// Adds another tally to this one.
    pub fn add(&mut self, other: Tally) {
        for (what, count) in other.counts {
            *self.counts.entry(what).or_default() += count;
        }
        for (changes, runs) in other.changes {
            *self.changes.entry(changes).or_default() += runs;
        }
    }
}

/// Says which seed of which test it was when a run panics.
pub struct Told(pub u64, pub &'static str);

impl Told {
    /// How a seed is run by itself.
    pub fn alone(seed: u64, test: &str) -> String {
        format!(
            "seed {seed} failed; alone: LIFEBOAT_SEED={seed} cargo test \
             --test seeds {test} -- --nocapture"
        )
    }
}

impl Drop for Told {
    fn drop(&mut self) {
        if thread::panicking() {
            eprintln!("{}", Told::alone(self.0, self.1));
        }
    }
}

/// Runs a seed; says what was wrong with it, if anything was.
pub fn run(seed: u64, off: Option<Defence>) -> Result<Tally, String> {
    let _told = Told(seed, "runs_by_chance");
    let mut life = Life::new(seed, off);
    person::faults(&mut life);
    while life.goes_on() && !person::is_over(&life) {
        person::act(&mut life);
        let gap = life.some(300, 6_000);
        life.pass(gap);
    }
    life.finish();
    let came_to = match life.run() {
        Some(run) if run.aborted().is_some() => "runs aborted",
        Some(run) if !run.is_over() => "runs left as they were",
        Some(run) if run.status("promote") != Some(&Status::Done) => {
            "runs that end without the promotion"
        }
        Some(_) => "runs done",
        None => "runs never begun",
    };
    let rules = &life.rules;
    if let Some(wrong) = &rules.wrong {
        let journal = life.journal().join("\n");
        return Err(format!(
            "{journal}\n{wrong}\n{}",
            Told::alone(seed, "runs_by_chance")
        ));
    }
    let changes = [(rules.sends, 1)].into();
    let mut counts = life.counts.clone();
    counts.extend([
        ("runs", 1),
        (came_to, 1),
        ("events", life.events),
        ("consoles", life.consoles),
        ("confirms", rules.confirms),
        ("confirms void", rules.voided),
        ("changes sent", rules.sends),
        ("changes applied", rules.applied),
        ("changes unknown", rules.unknown),
        ("changes found done", rules.found),
        ("facts too late to count", rules.late),
    ]);
    Ok(Tally { counts, changes })
}
