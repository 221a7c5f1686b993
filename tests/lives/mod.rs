//! Whole runs by chance, each repeated by its seed: the app's one function,
//! a journal on a memory disk and the simulated AWS by values, on one thread
//! and in a time of their own.

#![expect(unreachable_pub, reason = "a part of one test binary")]

pub mod aws;
pub mod life;
pub mod person;
pub mod rules;

use std::thread;

use life::Life;

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
}

/// What came of many runs.
#[derive(Clone, Copy, Debug, Default)]
pub struct Tally {
    /// Runs.
    pub runs: usize,
    /// Runs that came to their end, or to the end that a person gave them.
    pub ended: usize,
    /// Runs that did all that the runbook asks for.
    pub done: usize,
    /// Events.
    pub events: usize,
    /// Consoles.
    pub consoles: usize,
    /// Confirms.
    pub confirms: usize,
    /// Confirms that were found void.
    pub voided: usize,
    /// Changes that arrived at AWS.
    pub sends: usize,
    /// Changes that AWS carried out.
    pub applied: usize,
    /// Changes whose answer was lost.
    pub unknown: usize,
    /// Changes that looks found done.
    pub found: usize,
    /// Facts written too late to count.
    pub late: usize,
}

impl Tally {
    /// Adds another tally to this one.
    pub fn add(&mut self, other: Tally) {
        self.runs += other.runs;
        self.ended += other.ended;
        self.done += other.done;
        self.events += other.events;
        self.consoles += other.consoles;
        self.confirms += other.confirms;
        self.voided += other.voided;
        self.sends += other.sends;
        self.applied += other.applied;
        self.unknown += other.unknown;
        self.found += other.found;
        self.late += other.late;
    }
}

/// Says which seed it was when a run panics.
struct Told(u64);

impl Drop for Told {
    fn drop(&mut self) {
        if thread::panicking() {
            eprintln!("{}", alone(self.0));
        }
    }
}

/// How a seed is run by itself.
pub fn alone(seed: u64) -> String {
    format!(
        "seed {seed} failed; alone: LIFEBOAT_SEED={seed} cargo test --test \
         seeds runs_by_chance -- --nocapture"
    )
}

/// Runs a seed; says what was wrong with it, if anything was.
pub fn run(seed: u64, off: Option<Defence>) -> Result<Tally, String> {
    let told = Told(seed);
    let mut life = Life::new(seed, off);
    person::faults(&mut life);
    while life.goes_on() && !person::is_over(&life) {
        person::act(&mut life);
        let gap = life.some(300, 6_000);
        life.pass(gap);
    }
    life.finish();
    let ended = person::is_over(&life);
    let aborted = life.run().is_none_or(|run| run.aborted().is_some());
    let rules = &life.rules;
    if let Some(wrong) = &rules.wrong {
        return Err(format!("{wrong}\n{}", alone(told.0)));
    }
    Ok(Tally {
        runs: 1,
        ended: usize::from(ended),
        done: usize::from(ended && !aborted),
        events: life.events,
        consoles: life.consoles,
        confirms: rules.confirms,
        voided: rules.voided,
        sends: rules.sends,
        applied: rules.applied,
        unknown: rules.unknown,
        found: rules.found,
        late: rules.late,
    })
}
