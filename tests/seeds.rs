//! Whole runs by chance over the app's one function: faults in AWS, on disk
//! and in the person, and what must hold after each event. `LIFEBOAT_SEEDS`
//! says how many, `LIFEBOAT_SEED` runs one alone.
//!
//! The same over the real SDK and loop, 300 sequences of keys on paused
//! time, is `tests/fuzz_keys.rs`.

mod chance;
mod flow;
mod lives;

use std::env;
use std::sync::atomic::{AtomicU64, Ordering};
use std::thread;

use lives::{Defence, Tally, run};

/// How many runs there are, unless the environment says otherwise: ten
/// thousand take some half an hour of two processors without optimization.
const RUNS: u64 = 600;

/// Runs seeds on all processors, until one is wrong.
fn all(seeds: u64, off: Option<Defence>) -> Result<Tally, String> {
    let next = AtomicU64::new(0);
    let work = || {
        let mut tally = Tally::default();
        loop {
            let seed = next.fetch_add(1, Ordering::Relaxed);
            if seed >= seeds {
                return Ok(tally);
            }
            match run(seed, off) {
                Ok(one) => tally.add(one),
                Err(wrong) => {
                    next.store(seeds, Ordering::Relaxed);
                    return Err(wrong);
                }
            }
        }
    };
    let threads = thread::available_parallelism().map_or(2, usize::from);
    thread::scope(|scope| {
        let workers: Vec<_> =
            (0..threads).map(|_| scope.spawn(work)).collect();
        let mut tally = Tally::default();
        for worker in workers {
            tally.add(worker.join().expect("a run panicked")?);
        }
        Ok(tally)
    })
}

/// One seed alone, or as many as are asked for, where the environment says
/// so.
#[expect(
    clippy::disallowed_methods,
    reason = "a failing seed is run alone by its number"
)]
fn asked(name: &str) -> Option<u64> {
    env::var(name).ok()?.parse().ok()
}

#[test]
fn runs_by_chance_keep_every_promise() {
    if let Some(seed) = asked("LIFEBOAT_SEED") {
        println!("{:#?}", run(seed, None).expect("the seed"));
        return;
    }
    let runs = asked("LIFEBOAT_SEEDS").unwrap_or(RUNS);
    let tally = all(runs, None).unwrap_or_else(|wrong| panic!("{wrong}"));
    println!("{tally:#?}");
}

/// A run fails once this defence is off, by this promise.
fn is_missed(off: Defence, promise: &str) {
    match all(RUNS, Some(off)) {
        Ok(tally) => panic!("{off:?} off, and all is well: {tally:?}"),
        Err(wrong) => assert!(wrong.contains(promise), "{off:?}: {wrong}"),
    }
}

#[test]
fn a_program_that_sends_before_it_writes_breaks_a_promise() {
    is_missed(Defence::IntentFirst, "I1: sent without a durable intent");
}

#[test]
fn a_program_that_sends_a_change_again_breaks_a_promise() {
    is_missed(Defence::OneAttempt, "I2: sent twice by one confirm");
}

#[test]
fn a_program_that_does_not_look_again_breaks_a_promise() {
    is_missed(Defence::SeenAgain, "without another look after the confirm");
}

#[test]
fn a_program_that_does_not_compare_breaks_a_promise() {
    is_missed(Defence::Bound, "although the target has changed");
}

#[test]
fn a_program_that_believes_looks_begun_before_breaks_a_promise() {
    is_missed(Defence::BegunAfter, "I2: ");
}

#[test]
fn a_program_that_does_not_sync_breaks_a_promise() {
    is_missed(Defence::Sync, "I");
}
