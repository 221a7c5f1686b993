//! How long a console takes to take a long incident up again: a runbook of
//! 1,000 steps whose journal has 10,000 lines is opened from the journal's
//! disk, checked, folded and shown, and answers a first key; beside it a plain read
//! of the same lines as JSON, so that the figure means something on another
//! machine.
//!
//! `cargo bench --bench resume`

#![expect(clippy::disallowed_methods, reason = "a bench reads the clock")]

#[path = "load/keep.rs"]
mod keep;
#[path = "load/mod.rs"]
mod load;
#[path = "load/screen.rs"]
mod screen;

use std::fmt::Write as _;
use std::path::Path;
use std::sync::Arc;
use std::time::{Duration, Instant};

use jiff::Timestamp;
use lifeboat::app::update;
use lifeboat::event::Event;
use lifeboat::incident::fact::{Fact, pin_file};
use lifeboat::journal::disk::{Disk, MemoryDisk};
use lifeboat::journal::read::FIRST;
use lifeboat::journal::{Answer, Journal, Keeper, Opened, Order};
use lifeboat::runbook::plan::Second;
use lifeboat::runbook::run::{Happened, StepFact};
use lifeboat::runbook::{Manner, STEPS_MAX, Values};

use keep::{ask, create, keeper, record};
use screen::Screen;

/// Facts of one step, the last of them that it is done.
const FACTS: usize = 10;
const TURNS: usize = 9;

fn main() {
    let disk = MemoryDisk::new();
    let incident = write(&disk);
    let (mut ours, mut json) = (Vec::new(), Vec::new());
    let mut lines = 0;
    for _ in 0..TURNS {
        let begun = Instant::now();
        let opened = open(&disk, &incident);
        lines = opened.entries.len();
        let mut model = load::model(load::OF_ONE);
        let now = Timestamp::now();
        let event = Event::Opened {
            id: opened.incident,
            dir: opened.dir,
            entries: opened.entries,
            head: opened.head,
            fresh: false,
        };
        update(&mut model, event, now);
        let mut screen = Screen::new();
        screen.draw(&model, now);
        load::press(&mut model, "6", now);
        screen.draw(&model, now);
        ours.push(begun.elapsed());
        json.push(plain(&disk, &model.open.expect("it is open").dir));
    }
    let (ours, json) = (median(&mut ours), median(&mut json));
    println!(
        "resume, {STEPS_MAX} steps, {lines} lines: {:.1} ms from the lock to \
         the answer to the first key; the lines as plain JSON {:.1} ms, ratio {:.1}",
        ours.as_secs_f64() * 1e3,
        json.as_secs_f64() * 1e3,
        ours.as_secs_f64() / json.as_secs_f64()
    );
}

/// Writes the journal, by the real writer.
fn write(disk: &MemoryDisk) -> String {
    let mut journal = Journal::inline(memory(disk));
    let opened = create(&mut journal);
    let (parts, sha256) = pin_file(&runbook());
    let pinned = Fact::Pinned {
        run: "run-1".into(),
        id: "long".into(),
        title: "Long".into(),
        path: "long.toml".into(),
        sha256,
        inputs: Vec::new(),
        second: Second::Off,
        manner: Manner::Ungraceful,
    };
    let steps = (0..STEPS_MAX)
        .flat_map(|step| (1..=FACTS).map(move |number| told(step, number)));
    for fact in parts.into_iter().chain([pinned]).chain(steps) {
        record(&mut journal, fact);
    }
    opened.incident
}

fn memory(disk: &MemoryDisk) -> Keeper {
    keeper(Arc::new(disk.clone()), Path::new("/state"))
}

fn runbook() -> String {
    let mut text =
        "schema = 1\n[runbook]\nid = \"long\"\ntitle = \"Long\"\n".to_owned();
    for step in 0..STEPS_MAX {
        let _ = write!(
            text,
            "[[step]]\nid = \"s{step}\"\nkind = \"wait\"\n\
             title = \"Wait {step}\"\nfor = \"1s\"\n"
        );
    }
    text
}

/// What is told of a step: it is held over and over, then done.
fn told(step: usize, number: usize) -> Fact {
    let what = if number < FACTS {
        Happened::Held { why: format!("seen {number}"), unclear: false }
    } else {
        let evidence = vec!["it was seen to hold".to_owned()];
        Happened::Done { outputs: Values::new(), evidence }
    };
    let (run, step) = ("run-1".to_owned(), format!("s{step}"));
    Fact::Step(StepFact { run, step, what })
}

fn open(disk: &MemoryDisk, incident: &str) -> Opened {
    let mut journal = Journal::inline(memory(disk));
    let order = Order::Open(incident.to_owned());
    match ask(&mut journal, order) {
        Answer::Opened(opened) => *opened.expect("nobody holds it"),
        other => panic!("{other:?}"),
    }
}

/// The same lines, read as JSON and nothing more.
fn plain(disk: &MemoryDisk, dir: &str) -> Duration {
    let path = Path::new(dir).join(FIRST);
    let bytes = disk.read(&path).expect("it was just read");
    let begun = Instant::now();
    for line in bytes.split(|byte| *byte == b'\n') {
        if !line.is_empty() {
            let value: serde_json::Value =
                serde_json::from_slice(line).expect("a line is JSON");
            drop(value);
        }
    }
    begun.elapsed()
}

fn median(times: &mut [Duration]) -> Duration {
    times.sort_unstable();
    times[times.len() / 2]
}
