//! Whole runs by chance: over the app's one function by values, and over the
//! real loop and SDK on paused time, with faults in AWS, on disk and in the
//! person, and what must hold after each event; and a few of the built
//! program at a real terminal. `LIFEBOAT_SEEDS` says how
//! many, `LIFEBOAT_SEED` runs one alone.

mod chance;
mod flow;
#[cfg(unix)]
mod leaving;
mod lives;
#[cfg(unix)]
mod seat;
mod whole;

use std::env;
use std::sync::atomic::{AtomicU64, Ordering};
use std::thread;

use lives::{Defence, Tally};
use whole::{Off, WIDE};

/// How many runs there are by values, unless the environment says otherwise.
const RUNS: u64 = 10_000;

/// How many there are over the loop.
const WHOLE: u64 = 300;

/// How many there are of the built program at a terminal of its own.
#[cfg(unix)]
const SEATED: u64 = 8;

/// Runs seeds on all processors, until one is wrong.
fn all(
    seeds: u64,
    run: impl Fn(u64) -> Result<Tally, String> + Sync,
) -> Result<Tally, String> {
    let next = AtomicU64::new(0);
    let work = || {
        let mut tally = Tally::default();
        loop {
            let seed = next.fetch_add(1, Ordering::Relaxed);
            if seed >= seeds {
                return Ok(tally);
            }
            match run(seed) {
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

/// Runs the seed that is asked for, or so many.
fn keep_every_promise(
    runs: u64,
    run: impl Fn(u64) -> Result<Tally, String> + Sync,
) {
    let tally = match asked("LIFEBOAT_SEED") {
        Some(seed) => run(seed),
        None => all(asked("LIFEBOAT_SEEDS").unwrap_or(runs), run),
    };
    println!("{:#?}", tally.unwrap_or_else(|wrong| panic!("{wrong}")));
}

#[test]
fn runs_by_chance_keep_every_promise() {
    keep_every_promise(RUNS, |seed| lives::run(seed, None));
}

#[test]
fn runs_over_the_loop_keep_every_promise() {
    keep_every_promise(WHOLE, |seed| whole::run(seed, None));
}

#[cfg(unix)]
#[test]
fn runs_at_a_terminal_keep_every_promise() {
    keep_every_promise(SEATED, |seed| leaving::run(seed, false));
}

/// A run was wrong, and broke this promise.
fn broke(came: Result<Tally, String>, promise: &str) {
    match came {
        Ok(tally) => panic!("it is off, and all is well: {tally:?}"),
        Err(wrong) => assert!(wrong.contains(promise), "{wrong}"),
    }
}

/// A run by values fails once this defence is off, by this promise.
fn is_missed(off: Defence, promise: &str) {
    broke(all(RUNS, |seed| lives::run(seed, Some(off))), promise);
}

#[cfg(unix)]
#[test]
fn a_program_that_leaves_its_terminal_as_it_is_breaks_a_promise() {
    let run = |seed| leaving::run(seed, true);
    broke(all(SEATED, run), "I6: left at the terminal");
}

/// A run over the loop does.
fn is_missed_whole(off: Off, promise: &str) {
    broke(all(WHOLE, |seed| whole::run(seed, Some(off))), promise);
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

#[test]
fn a_program_that_says_written_before_it_is_breaks_a_promise() {
    is_missed(Defence::Ahead, "I7: lost what was acknowledged");
}

#[test]
fn a_program_that_takes_a_part_for_the_whole_breaks_a_promise() {
    is_missed(Defence::Whole, "I5: shown as fresh and whole, and is not");
}

#[test]
fn a_program_that_keeps_what_was_typed_breaks_a_promise() {
    is_missed(Defence::Redacted, "I8: the journal tells: a secret");
}

#[test]
fn a_loop_over_a_disk_that_does_not_sync_breaks_a_promise() {
    is_missed_whole(Off::Sync, "I");
}

#[test]
fn a_loop_that_sends_a_change_again_breaks_a_promise() {
    is_missed_whole(Off::OneAttempt, "I2: sent twice by one confirm");
}

#[test]
fn a_loop_that_waits_for_answers_breaks_a_promise() {
    // Those that only watch press no key.
    let driven = |seed| whole::run(seed + 1, Some(Off::Beside));
    broke(all(WIDE - 1, driven), "I3: a key waits");
}

#[test]
fn a_loop_that_a_dark_region_holds_up_breaks_a_promise() {
    // Only these watch two Regions.
    let wide = |seed| whole::run(seed * WIDE, Some(Off::Apart));
    broke(all(3, wide), "I4: held up by a dark Region");
}
