//! One of four Regions takes every call and never answers: the console shows
//! the other three as fast as without it, and quits at once.

#![expect(
    clippy::unwrap_used,
    reason = "a test sets a scene, and fails where it cannot"
)]

mod flow;

use std::collections::BTreeSet;
use std::io;
use std::time::Duration;

use crossterm::event::{Event as Input, KeyCode, KeyEvent, KeyModifiers};
use futures_util::Stream;
use futures_util::stream::{iter, pending};
use lifeboat::estate::ids::Region;
use lifeboat::estate::{Estate, Source};
use lifeboat::journal::disk::MemoryDisk;
use lifeboat::shell::Console;
use lifeboat::shell::wiring::wire;
use lifeboat::sim::Sim;
use lifeboat::sim::faults::{Effect, Rule};
use ratatui::Terminal;
use ratatui::backend::TestBackend;
use tokio::time::Instant;

/// The Region that takes calls and answers none.
const SILENT: &str = "eu-west-1";

/// The others.
const ANSWERING: [&str; 3] = ["eu-central-1", "us-east-1", "eu-north-1"];

/// How long an answer takes on the way.
const AWAY: u64 = 80;

/// What is waited for at the most.
const PATIENCE: Duration = Duration::from_mins(1);

type Typed = io::Result<Input>;

/// How long two things took, from the start of the console.
struct Took {
    first_frame: Duration,
    answering: Duration,
}

fn console(silent: bool) -> (Sim, Console<TestBackend>) {
    let sim = flow::play("quiet", 1);
    sim.inject(Rule::every(Effect::Slow(AWAY)));
    if silent {
        sim.inject(Rule::every(Effect::Silent).in_region(SILENT));
    }
    let disk = MemoryDisk::new();
    let mut parts = flow::parts(&sim, &disk, None, Estate::default());
    let mut regions = vec![Region::new(SILENT)];
    regions.extend(ANSWERING.map(Region::new));
    parts.model.setting.regions.clone_from(&regions);
    parts.session.regions = regions;
    let terminal = Terminal::new(TestBackend::new(80, 24)).unwrap();
    (sim, wire(parts, terminal))
}

/// The sources of the Regions that answer, as far as they are live.
fn live(console: &Console<TestBackend>, sim: &Sim) -> BTreeSet<Source> {
    let estate = &console.model.estate;
    let answers = |source: &&Source| {
        source.region().is_some_and(|region| {
            ANSWERING.iter().any(|name| region.as_str() == *name)
        })
    };
    estate
        .sources()
        .filter(|(source, known)| {
            known.freshness(sim.now(), estate.pace(source)).is_live()
        })
        .map(|(source, _)| source)
        .filter(answers)
        .cloned()
        .collect()
}

async fn until(
    console: &mut Console<TestBackend>,
    input: &mut (impl Stream<Item = Typed> + Unpin),
    mut done: impl FnMut(&Console<TestBackend>) -> bool,
) -> Duration {
    let start = Instant::now();
    while !done(console) {
        console.turn(input).await.unwrap();
        let took = start.elapsed();
        assert!(took < PATIENCE, "not within {PATIENCE:?}");
    }
    start.elapsed()
}

async fn took(silent: bool, wanted: &BTreeSet<Source>) -> Took {
    let (sim, mut console) = console(silent);
    let mut nobody = pending();
    let drawn = |console: &Console<TestBackend>| {
        let buffer = console.terminal.backend().buffer();
        buffer.content.iter().any(|cell| cell.symbol() == "?")
    };
    let first_frame = until(&mut console, &mut nobody, drawn).await;
    let seen = |console: &Console<TestBackend>| {
        wanted.is_subset(&live(console, &sim))
    };
    let rest = until(&mut console, &mut nobody, seen).await;
    Took { first_frame, answering: first_frame + rest }
}

/// What is live half a minute after the start when every Region answers.
async fn all_live() -> BTreeSet<Source> {
    let (sim, mut console) = console(false);
    let start = Instant::now();
    let later = |_: &Console<TestBackend>| start.elapsed() > PATIENCE / 2;
    until(&mut console, &mut pending(), later).await;
    live(&console, &sim)
}

#[tokio::test(start_paused = true)]
async fn a_region_that_never_answers_slows_nothing_but_itself() {
    let wanted = all_live().await;
    assert!(wanted.len() > 30, "too little is watched: {wanted:?}");
    let with = took(true, &wanted).await;
    let without = took(false, &wanted).await;
    let most = |time: Duration| time.mul_f64(1.05);
    println!(
        "first frame {:?} and {:?}, three Regions live {:?} and {:?}",
        with.first_frame,
        without.first_frame,
        with.answering,
        without.answering
    );
    assert!(with.first_frame <= most(without.first_frame));
    assert!(without.answering >= Duration::from_millis(AWAY));
    assert!(with.answering <= most(without.answering));
}

#[tokio::test(start_paused = true)]
async fn quitting_does_not_wait_for_a_region_that_never_answers() {
    let (_sim, mut console) = console(true);
    let start = Instant::now();
    let later =
        |_: &Console<TestBackend>| start.elapsed() > Duration::from_secs(2);
    until(&mut console, &mut pending(), later).await;
    let twice = [(), ()].map(|()| {
        let key = KeyEvent::new(KeyCode::Char('c'), KeyModifiers::CONTROL);
        Ok(Input::Key(key))
    });
    let mut keys = iter(twice);
    let took = until(&mut console, &mut keys, Console::has_ended).await;
    let finish = Instant::now();
    console.finish();
    let took = took + finish.elapsed();
    assert!(took <= Duration::from_millis(300), "{took:?}");
}
