//! The console dies at every record of a whole failover, and answers are
//! lost; another console takes it up, and AWS has done each thing once.

#![expect(
    clippy::unwrap_used,
    reason = "a test that cannot go on says so by its panic"
)]

mod flow;
mod killed;
mod late;
mod left;
mod witness;

use std::sync::atomic::{AtomicUsize, Ordering};
use std::thread;
use std::time::Duration;

use flow::person::finish;
use killed::{
    Build, CHANGES, Kill, complaints, console, first_life, killed, life, small,
};
use left::{entries, intents, journal};
use lifeboat::incident::fact::Fact;
use lifeboat::journal::disk::MemoryDisk;
use lifeboat::runbook::run::{Happened, Run, Status};
use lifeboat::screens::Open;
use lifeboat::sim::faults::{Effect, Rule, When};
use witness::Seen;

/// Every kill, on as many threads as there are processors; what went wrong.
fn sweep(kills: &[Kill], build: Build) -> Vec<String> {
    let next = AtomicUsize::new(0);
    let work = || {
        let mut told = Vec::new();
        while let Some(kill) = kills.get(next.fetch_add(1, Ordering::Relaxed))
        {
            if let Err(why) = killed(*kill, build) {
                told.push(format!("{kill:?}: {why}"));
            }
        }
        told
    };
    let threads = thread::available_parallelism().map_or(2, usize::from);
    thread::scope(|scope| {
        let workers: Vec<_> =
            (0..threads).map(|_| scope.spawn(work)).collect();
        workers.into_iter().flat_map(|one| one.join().unwrap()).collect()
    })
}

#[test]
fn a_console_killed_at_any_record_is_taken_up_and_nothing_is_done_twice() {
    let whole = first_life(Kill::Never, Build::Own).unwrap();
    let all = entries(&whole.disk);
    // Who has nothing to do any more leaves heartbeats, and what is seen of
    // Regions meanwhile, some more or less.
    let told =
        all.iter().rposition(|entry| matches!(entry.fact, Fact::Step(_)));
    let records = told.map_or(0, |last| last + 1);
    assert!(records > 20, "a whole failover has more than {records} records");
    let after = (1..=records).map(Kill::After);
    let before = (1..records).map(Kill::Before);
    let kills: Vec<Kill> = after.chain(before).collect();
    let told = sweep(&kills, Build::Own);
    assert!(told.is_empty(), "{} failed:\n{}", told.len(), told.join("\n"));
}

/// Runs the failover with the answer to one change lost.
fn lost(effect: Effect, change: &'static str, step: &'static str) {
    let seen = Seen::default();
    life(Duration::ZERO, async {
        let (sim, disk) = (small(), MemoryDisk::new());
        let rule = Rule::every(effect).of_operation(change);
        sim.inject(rule.when(When::First(1)));
        let mut flow = console(&sim, &disk, None, Build::Own, &seen);
        flow.trap = Some(Box::new(move |model| {
            let run = model.open.as_ref().and_then(Open::run);
            let status = run.and_then(|run: &Run| run.status(step));
            matches!(status, Some(Status::Unknown { .. }))
        }));
        finish(&mut flow).await.unwrap();
        assert!(flow.trapped, "{step} was never UNKNOWN");
        assert_eq!(flow.applied(change), 1, "it was applied all the same");
        flow.console.draw().unwrap();
        assert!(flow.screen().contains("UNKNOWN"), "{}", flow.screen());
        flow.trap = None;
        flow.trapped = false;
        finish(&mut flow).await.unwrap();
        let (dir, bytes) = journal(&disk).unwrap();
        assert_eq!(complaints(&flow, &seen, &dir, &bytes), Ok(()));
        let left = entries(&disk);
        let facts = left.iter().filter_map(|entry| match &entry.fact {
            Fact::Step(fact) => Some(fact),
            _ => None,
        });
        let by_hand =
            facts.filter(|fact| matches!(fact.what, Happened::Stated { .. }));
        assert_eq!(by_hand.count(), 0, "looks alone found it done");
    });
}

#[test]
fn a_promotion_whose_answer_is_lost_reads_unknown_and_is_found_done() {
    for effect in [Effect::LostReset, Effect::LostSilent] {
        lost(effect, CHANGES[0], "promote");
    }
}

#[test]
fn a_record_change_whose_answer_is_lost_reads_unknown_and_is_found_done() {
    for effect in [Effect::LostReset, Effect::LostSilent] {
        lost(effect, CHANGES[1], "traffic");
    }
}

/// The records around each intent of a whole failover.
fn around_intents(build: Build) -> Vec<Kill> {
    let whole = first_life(Kill::Never, build).unwrap();
    let entries = entries(&whole.disk);
    let intended = |place: &usize| {
        let upto = |change| intents(&entries[..=*place], change);
        let before = |change| intents(&entries[..*place], change);
        CHANGES.iter().any(|change| upto(change) > before(change))
    };
    let places = (0..entries.len()).filter(intended);
    places.flat_map(|place| [place, place + 1].map(Kill::Before)).collect()
}

#[test]
fn a_build_that_writes_intents_after_the_calls_is_caught() {
    let whole = first_life(Kill::Never, Build::IntentAfterCall).unwrap();
    assert_eq!(whole.seen.unrecorded(), CHANGES, "caught by the witness");
    let kills = around_intents(Build::IntentAfterCall);
    let told = sweep(&kills, Build::IntentAfterCall);
    let told = told.join("\n");
    let stuck = told.contains(": the runbook did not come to its end");
    assert!(stuck, "a promotion nobody knows of holds the runbook:\n{told}");
    let twice = "ChangeResourceRecordSets was sent 2 times and applied 2";
    assert!(told.contains(twice), "a change is made twice:\n{told}");
}

#[test]
fn a_build_that_does_not_sync_is_caught() {
    let kills = around_intents(Build::Own);
    let told = sweep(&kills, Build::NoSync);
    assert_eq!(told.len(), kills.len(), "{}", told.join("\n"));
    let whole = first_life(Kill::Never, Build::NoSync).unwrap();
    assert_eq!(whole.seen.unrecorded(), CHANGES, "caught by the witness");
}
