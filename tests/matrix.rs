//! Every runbook that comes with the program under every fault: drilled to
//! its end or to the stop that it declares, over the real loop, the real SDK
//! and the simulated AWS.

#![expect(
    clippy::unwrap_used,
    reason = "a test that cannot go on says so by its panic"
)]

mod cell;
mod flow;
mod late;
mod left;
mod witness;

use std::collections::BTreeMap;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::thread;

use cell::dropped::{Moment, moments, taken_up};
use cell::fault::{Fault, faults, is_of_round};
use cell::judge::{changes, complaints, ending};
use cell::{BOOKS, Book, Build, End, Told, cell, life, truth};
use lifeboat::incident::entry::Entry;
use lifeboat::incident::fact::Fact;
use lifeboat::runbook::run::Happened;
use lifeboat::sim::Received;

/// Every job, on as many threads as there are processors; in their order.
fn sweep<J: Sync, T: Send>(
    jobs: &[J],
    run: impl Fn(&J) -> T + Sync,
) -> Vec<T> {
    let next = AtomicUsize::new(0);
    let work = || {
        let mut told = Vec::new();
        loop {
            let nth = next.fetch_add(1, Ordering::Relaxed);
            let Some(job) = jobs.get(nth) else { return told };
            told.push((nth, run(job)));
        }
    };
    let threads = thread::available_parallelism().map_or(2, usize::from);
    let mut all: Vec<(usize, T)> = thread::scope(|scope| {
        let workers: Vec<_> =
            (0..threads).map(|_| scope.spawn(work)).collect();
        workers.into_iter().flat_map(|one| one.join().unwrap()).collect()
    });
    all.sort_by_key(|(nth, _)| *nth);
    all.into_iter().map(|(_, told)| told).collect()
}

/// What came of the runs of one runbook under one fault.
#[derive(Default)]
struct Line {
    runs: usize,
    applied: BTreeMap<&'static str, usize>,
    stops: BTreeMap<String, usize>,
    wrong: Vec<String>,
}

impl Line {
    fn add(&mut self, told: Result<Told, String>) {
        self.runs += 1;
        match told {
            Ok(told) => {
                for (change, times) in told.applied {
                    *self.applied.entry(change).or_default() += times;
                }
                if let End::Stopped { step } = told.end {
                    *self.stops.entry(step).or_default() += 1;
                }
                self.wrong.extend(told.wrong);
            }
            Err(why) => self.wrong.push(why),
        }
    }

    fn print(&self, book: &Book, fault: &str) {
        println!(
            "{}: {fault}: runs {}, applied {:?}, stops {:?}, wrong {}",
            book.name,
            self.runs,
            self.applied,
            self.stops,
            self.wrong.len()
        );
    }
}

/// Prints what came of it, and holds that nothing was wrong.
fn told(lines: Vec<(&Book, String, Line)>) {
    let mut wrong = Vec::new();
    for (book, fault, line) in lines {
        line.print(book, &fault);
        let of = |why: &String| format!("{}: {fault}: {why}", book.name);
        wrong.extend(line.wrong.iter().map(of));
    }
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
}

/// Runs each runbook under those of its faults.
fn round(kept: impl Fn(&Book, Fault) -> bool) {
    let of = |book| faults(book).into_iter().map(move |fault| (book, fault));
    let mut cells: Vec<(&Book, Fault)> = BOOKS.iter().flat_map(of).collect();
    let all = cells.len();
    cells.retain(|(book, fault)| kept(book, *fault));
    println!("{} of {all} cells", cells.len());
    let ran = sweep(&cells, |(book, fault)| cell(book, *fault, Build::Own));
    let lines = cells.iter().zip(ran).map(|((book, fault), one)| {
        let mut line = Line::default();
        line.add(one);
        (*book, fault.name(book), line)
    });
    told(lines.collect());
}

#[test]
fn runbooks_end_as_they_declare_under_each_fault() {
    round(is_of_round);
}

#[test]
#[ignore = "takes minutes; the test above takes a part of it"]
fn runbooks_end_as_they_declare_under_all_faults() {
    round(|_, _| true);
}

/// Drops the console of a runbook at these of its moments.
fn dropped(
    book: &Book,
    kept: impl Fn(&Moment) -> bool,
) -> (&Book, String, Line) {
    let (mut all, first) = moments(book, Fault::Plain, Build::Own).unwrap();
    assert_eq!(first.wrong, Vec::<String>::new(), "{}", book.name);
    let of = all.len();
    all.retain(kept);
    let mut line = Line::default();
    let lives = sweep(&all, |moment| {
        let told = taken_up(book, Fault::Plain, moment);
        let named = |why: &String| {
            let after = if moment.applied { ", applied" } else { "" };
            format!("record {}{after}: {why}", moment.records)
        };
        told.map_err(|why| named(&why)).map(|told| Told {
            wrong: told.wrong.iter().map(named).collect(),
            ..told
        })
    });
    for one in lives {
        line.add(one);
    }
    (book, format!("dropped at {} of {of} moments", all.len()), line)
}

/// How many records lie between those of a shorter round.
const EVERY: usize = 8;

#[test]
fn a_console_dropped_at_a_record_is_taken_up_and_nothing_is_done_twice() {
    println!("after each change applied, and at every {EVERY}th record");
    let some = |one: &Moment| one.applied || one.records.is_multiple_of(EVERY);
    told(BOOKS[..3].iter().map(|book| dropped(book, some)).collect());
}

#[test]
#[ignore = "takes minutes; the test above takes a part of it"]
fn a_console_dropped_at_every_record_is_taken_up() {
    told(BOOKS.iter().map(|book| dropped(book, |_| true)).collect());
}

#[test]
fn a_build_that_writes_intents_after_the_calls_is_caught() {
    let book = &BOOKS[1];
    let build = Build::IntentAfterCall;
    let (all, first) = moments(book, Fault::Plain, build).unwrap();
    let told = first.wrong.join("\n");
    assert!(told.contains("before its intent was durable"), "{told}");
    // Nobody knows that the name leads there already: it is changed again.
    let last = all.iter().rfind(|moment| moment.applied).unwrap();
    let life = taken_up(book, Fault::Plain, last).unwrap();
    let told = life.wrong.join("\n");
    let twice = "ChangeResourceRecordSets has no intent";
    assert!(told.contains(twice), "{told}");
    assert_eq!(life.applied[1], (book.changes[1], 2));
}

#[test]
fn what_is_not_so_is_found_in_a_run_without_a_flaw() {
    let book = &BOOKS[0];
    let told = cell(book, Fault::Plain, Build::Own).unwrap();
    assert_eq!(told.wrong, Vec::<String>::new());
    let (entries, received) = (&told.entries, &told.received);
    let promote = changes(received).next().unwrap().clone();

    let looked = |one: &&Received| {
        one.operation != "DescribeDBInstances" || one.at < promote.at
    };
    let blind: Vec<_> = received.iter().filter(looked).cloned().collect();
    let bad = complaints(entries, &blind);
    assert_eq!(bad, ["promote (try 1): done without a look"]);

    let mut twice = received.clone();
    twice.push(promote.clone());
    let bad = complaints(entries, &twice);
    assert!(bad[0].starts_with("promote (try 1): sent 2 times"), "{bad:?}");

    let unsent = received.iter().filter(|one| **one != promote);
    let unsent: Vec<Received> = unsent.cloned().collect();
    let bad = complaints(entries, &unsent).join("\n");
    assert!(bad.contains("done, and applied 0 times"), "{bad}");

    let of_intent = |entry: &&Entry| match &entry.fact {
        Fact::Step(fact) => !matches!(fact.what, Happened::Intended { .. }),
        _ => true,
    };
    let silent: Vec<_> = entries.iter().filter(of_intent).cloned().collect();
    let bad = complaints(&silent, received);
    assert!(bad[0].contains("PromoteReadReplica has no intent"), "{bad:?}");

    // In a world in which nothing was done every report of a change is one
    // of what is not so.
    let lies = life(async {
        let world = Fault::Plain.world(book);
        let lie = |entry| truth::lie(book, &world, entry);
        entries.iter().filter_map(lie).collect::<Vec<_>>()
    });
    assert!(lies[0].starts_with("promote is reported done"), "{lies:?}");
    assert!(lies[1].starts_with("traffic is reported done"), "{lies:?}");
}

#[test]
fn a_stop_that_is_not_declared_is_found_and_so_is_one_that_is_passed() {
    let stops = BOOKS[0].runbook().stops;
    let at = |fault: Fault, end: End| {
        life(async {
            let world = fault.world(&BOOKS[0]);
            ending(&stops, fault, &end, &[], &world)
        })
    };
    let stopped = |step: &str| End::Stopped { step: step.into() };
    let bad = at(Fault::Home, End::Over);
    assert_eq!(bad, ["it went on although it stops at traffic"]);
    let bad = at(Fault::Throttled, stopped("standby"));
    assert_eq!(bad, ["it stopped at standby, which it does not say"]);
    let bad = at(Fault::TargetDark, stopped("lag"));
    assert_eq!(bad, ["it stopped at lag, which it does not say"]);
    // Nothing was promoted, and nobody was told.
    let bad = at(Fault::Home, stopped("traffic")).join("\n");
    assert!(bad.contains("it is not so that The replica is a"), "{bad}");
    assert!(bad.contains("nobody was told what is left"), "{bad}");
    assert_eq!(at(Fault::Plain, End::Over), Vec::<String>::new());
}
