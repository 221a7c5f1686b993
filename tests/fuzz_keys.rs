//! Key fuzz: whatever is pressed, pasted or resized, nothing panics, nothing
//! is sent but by a full confirm, and every frame says where one is.

mod chance;
mod flow;
mod fuzz;

use std::collections::BTreeSet;
use std::path::Path;
use std::sync::{LazyLock, Mutex};
use std::thread;
use std::time::Duration;

use crossterm::event::{Event as Typed, KeyEvent};

use flow::Flow;
use fuzz::Chance;
use fuzz::bench::{Bench, Tally};
use fuzz::gesture::{Hand, Input, OPENERS, Timed, bound};
use fuzz::stage::{self, Stage};
use jiff::{SignedDuration, Timestamp};
use lifeboat::app::Model;
use lifeboat::app::mode::Mode;
use lifeboat::incident::fact::Fact;
use lifeboat::journal::disk::{Disk, MemoryDisk};
use lifeboat::journal::read::read;
use lifeboat::keymap::{Chord, Keymap};
use lifeboat::runbook::run::Happened;
use lifeboat::sim::Sim;
use tokio::runtime::{Builder, Runtime};

/// How many sequences are pressed on the program without its hands.
const SEQUENCES: u64 = 20_000;

/// The complete confirms that must come of them, so that they are worth it.
const CONFIRMS: usize = 1_000;

/// Sequences pressed on the whole program, on top.
const WHOLE: u64 = 300;

/// After so many of those the changes are counted: the simulator remembers
/// only so many requests.
const COUNT: u64 = 50;

/// Every so many inputs the frame is looked at, and once at the end.
const LOOK: usize = 60;

fn paused() -> Runtime {
    let mut builder = Builder::new_current_thread();
    builder.enable_all().start_paused(true).build().expect("a runtime")
}

/// The moments to begin at, made once for all tests.
fn stages() -> Vec<Stage> {
    static STAGES: LazyLock<Mutex<Vec<Stage>>> =
        LazyLock::new(|| Mutex::new(paused().block_on(stage::stages())));
    STAGES.lock().expect("no test holds it for long").clone()
}

/// Says which seed it was when a sequence panics.
struct Told(u64, Vec<Timed>);

impl Drop for Told {
    fn drop(&mut self) {
        if thread::panicking() {
            let keys: Vec<_> = self.1.iter().map(said).collect();
            eprintln!("seed {}: {}", self.0, keys.join("  "));
        }
    }
}

fn said(timed: &Timed) -> String {
    let ms = timed.gap.as_micros();
    match &timed.input {
        Input::Key(chord) => format!("+{ms}us {chord}"),
        other => format!("+{ms}us {other:?}"),
    }
}

/// The sequence of a seed, and the moment it begins at.
fn sequence<'a>(
    seed: u64,
    stages: &'a [Stage],
    bound: &[Vec<Chord>],
) -> (&'a Stage, Vec<Timed>, Chance) {
    let mut chance = Chance::new(seed);
    // Half begin where a confirm is near: armed, a plan next.
    let near = if chance.percent(50) { 3 } else { 0 };
    let stage = chance.pick(&stages[near..]);
    let open = chance.percent(50).then(|| *chance.pick(OPENERS));
    let inputs = Hand::new(&mut chance, bound).sequence(stage.typed, open);
    (stage, inputs, chance)
}

fn fuzz(seeds: impl Iterator<Item = u64>, stages: &[Stage]) -> Tally {
    let keys = bound(&Keymap::default());
    let mut tally = Tally::default();
    for seed in seeds {
        let (stage, inputs, chance) = sequence(seed, stages, &keys);
        let told = Told(seed, inputs);
        let mut bench = Bench::new(stage, chance, &mut tally);
        for (place, timed) in told.1.iter().enumerate() {
            bench.take(timed);
            if place % LOOK == LOOK - 1 {
                bench.look();
            }
        }
        bench.look();
    }
    tally
}

#[test]
fn no_keys_send_anything_but_by_a_full_confirm() {
    let stages = stages();
    let tally = thread::scope(|scope| {
        let half = |odd: u64| {
            let stages = stages.clone();
            let seeds = (0..SEQUENCES).filter(move |seed| seed % 2 == odd);
            scope.spawn(move || fuzz(seeds, &stages))
        };
        let halves = [half(0), half(1)];
        let mut all = Tally::default();
        for half in halves {
            all.add(half.join().expect("a sequence failed"));
        }
        all
    });
    assert!(tally.confirms >= CONFIRMS, "{tally:?}");
    assert!(tally.performed >= CONFIRMS / 2, "{tally:?}");
    for front in [
        "ARMED confirm",
        "ARMED ready",
        "OBSERVE preview",
        "OBSERVE Arm",
        "OBSERVE Skip",
        "OBSERVE Abort",
        "ARMED Abort",
        "OBSERVE Choose",
        "OBSERVE menu",
        "ARMED menu",
        "OBSERVE palette",
        "ARMED palette",
        "OBSERVE help",
        "ARMED help",
        "OBSERVE reading",
        "ARMED reading",
        "OBSERVE Inputs",
        "ARMED screen",
        "OBSERVE screen",
    ] {
        let count = tally.in_front.get(front).copied().unwrap_or_default();
        assert!(count >= 100, "{front} had {count} keys: {tally:#?}");
    }
}

/// How many confirms the keys of a paste complete, when the dialog has stood
/// so long and the keys come so far apart.
fn confirms(stood: SignedDuration, apart: SignedDuration) -> usize {
    let stages = stages();
    let armed = stages.get(3).expect("the armed stage");
    let mut tally = Tally::default();
    let mut bench = Bench::new(armed, Chance::new(1), &mut tally);
    let mut keys = vec![Chord::char('x')];
    keys.extend(armed.typed.chars().map(Chord::char));
    keys.push("tab".parse().expect("a key"));
    keys.extend("yes".chars().map(Chord::char));
    for (place, key) in keys.into_iter().enumerate() {
        let gap = match place {
            0 => SignedDuration::from_secs(1),
            1 => stood,
            _ => apart,
        };
        bench.take(&Timed { gap, input: Input::Key(key) });
    }
    tally.confirms
}

#[test]
fn a_paste_confirms_nothing_and_the_same_keys_by_hand_do() {
    let stood = SignedDuration::from_millis(500);
    assert_eq!(confirms(stood, SignedDuration::from_micros(7)), 0);
    assert_eq!(confirms(stood, SignedDuration::from_millis(60)), 1);
}

#[test]
fn keys_meant_for_the_screen_below_do_not_answer_the_dialog() {
    let quick = SignedDuration::from_millis(10);
    assert_eq!(confirms(quick, quick), 0);
    assert_eq!(confirms(SignedDuration::from_millis(400), quick), 1);
}

/// Presses a sequence on the whole program, the real SDK and the simulated
/// AWS below it.
async fn press(flow: &mut Flow, inputs: &[Timed]) {
    for timed in inputs {
        let gap = u64::try_from(timed.gap.as_micros()).expect("a short time");
        flow.wait(Duration::from_micros(gap)).await;
        let input = match &timed.input {
            Input::Key(chord) => {
                Typed::Key(KeyEvent::new(chord.code(), chord.modifiers()))
            }
            Input::Paste(text) => Typed::Paste(text.clone()),
            // The terminal of a test keeps its size.
            Input::Resize(wide, tall) => Typed::Resize(*wide, *tall),
        };
        flow.input(input);
        flow.wait(Duration::ZERO).await;
    }
    flow.wait(Duration::from_secs(2)).await;
}

/// Puts the console back to the moment it began at, armed.
async fn again(flow: &mut Flow, base: &Model) {
    let armed = flow.console.model.mode.is_armed();
    flow.console.model = base.clone();
    flow.console.model.mode.touch(flow.sim.now());
    if !armed {
        flow.console.model.mode = Mode::Observe;
        flow.keys("g a").await;
        flow.wait(Duration::from_millis(500)).await;
        flow.keys("enter").await;
        flow.wait(Duration::from_millis(500)).await;
    }
    // The checks that the plan rests on are looked at once more.
    flow.keys("5 x").await;
    flow.wait(Duration::from_millis(600)).await;
    flow.keys("esc").await;
    flow.wait(Duration::from_millis(600)).await;
}

/// The intents in all journals; each must follow the confirm of its plan.
fn intended(disk: &MemoryDisk) -> usize {
    let root = Path::new(flow::STATE).join("incidents");
    let mut count = 0;
    for incident in disk.list(&root).expect("the incidents") {
        let dir = root.join(incident.name);
        let mut confirmed = BTreeSet::new();
        for entry in read(disk, &dir).expect("a journal").entries {
            let Fact::Step(step) = entry.fact else { continue };
            match step.what {
                Happened::Confirmed { hash, plan, approval, .. } => {
                    assert_eq!(approval.typed, plan.typed);
                    confirmed.insert(hash.hex());
                }
                Happened::Intended { intent } => {
                    let hash = intent.plan.hex();
                    assert!(confirmed.remove(&hash), "{intent:?}");
                    count += 1;
                }
                _ => {}
            }
        }
    }
    count
}

/// Changes that came to the simulated AWS since then.
fn changes(sim: &Sim, since: Timestamp) -> usize {
    const READS: [&str; 5] = ["Describe", "Get", "List", "Lookup", "Assume"];
    let received = sim.received();
    let first = received.first().expect("it was asked something");
    assert!(first.at <= since, "older ones are no longer known");
    let reads = |operation: &str| {
        READS.iter().any(|prefix| operation.starts_with(prefix))
    };
    let new = received.iter().filter(|one| one.at > since);
    new.filter(|one| !reads(&one.operation)).count()
}

#[tokio::test(start_paused = true)]
async fn only_what_was_confirmed_and_journaled_reaches_the_simulator() {
    let keys = bound(&Keymap::default());
    let mut flow = stage::armed().await;
    let base = flow.console.model.clone();
    let (mut changed, mut counted) = (0, flow.sim.now());
    for seed in 0..WHOLE {
        if seed % COUNT == 0 {
            changed += changes(&flow.sim, counted);
            counted = flow.sim.now();
        }
        again(&mut flow, &base).await;
        let mut chance = Chance::new(seed ^ 0x5eed);
        let hand = Hand::new(&mut chance, &keys);
        let told = Told(seed, hand.sequence("learn-db-replica", None));
        press(&mut flow, &told.1).await;
    }
    let intended = intended(&flow.disk);
    let changes = changed + changes(&flow.sim, counted);
    println!("{WHOLE} sequences, {intended} intents, {changes} changes");
    assert!(changes >= 10, "too few sequences confirm: {changes}");
    assert!(changes <= intended, "{changes} of {intended} were recorded");
    assert_eq!(flow.applied("PromoteReadReplica"), 0, "all were refused");
}
