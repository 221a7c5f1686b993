//! From a key to its frame with 40,000 recovery points loaded, at rest and
//! while they refresh; the allocations and the bytes of a frame beside those
//! of a small estate; and what a tick, a refresh and a save cost. Then, in
//! processes of their own, consoles with 100,000 and 1.2 million points.
//!
//! `cargo bench --bench frame`

#![expect(clippy::disallowed_methods, reason = "a bench reads the clock")]

#[path = "load/mod.rs"]
mod load;
#[path = "load/screen.rs"]
mod screen;

use std::alloc::System;
use std::hint::black_box;
use std::process::Command;
use std::sync::Arc;
use std::time::{Duration, Instant};
use std::{env, fs};

use jiff::{SignedDuration, Timestamp};
use lifeboat::app::{Model, update};
use lifeboat::estate::recovery_point::{Fields, RecoveryPoint};
use lifeboat::estate::saved::Place;
use lifeboat::estate::{Found, Source, What};
use lifeboat::event::Event;
use stats_alloc::{INSTRUMENTED_SYSTEM, Region, StatsAlloc};

use load::{
    ACCOUNT, OF_ONE, REGIONS, model, model_of, points, press, seen, start,
};
use screen::Screen;

#[global_allocator]
static ALLOCATOR: &StatsAlloc<System> = &INSTRUMENTED_SYSTEM;

const EACH: usize = 10_000;
const KEYS: usize = 1_000;

/// The keys and names of the screens that are measured.
const SCREENS: [(&str, &str); 3] =
    [("1", "Overview"), ("2", "Resources"), ("4", "Jobs")];

/// The time between two keys of a person who holds one down.
const REPEAT: SignedDuration = SignedDuration::from_millis(33);

fn main() {
    let arguments: Vec<String> = env::args().skip(1).collect();
    let arguments: Vec<&str> = arguments.iter().map(String::as_str).collect();
    if let ["large", each] = arguments[..] {
        return large(each.parse().expect("a number"));
    }
    usual();
    for each in [25_000, 300_000] {
        let me = env::current_exe().expect("this bench");
        let each = each.to_string();
        let done = Command::new(me).args(["large", &each]).status();
        assert!(done.expect("this bench starts").success());
    }
}

/// A console with many more recovery points: what each takes over the same
/// console with a twentieth of them, and what keys cost.
fn large(each: usize) {
    let resources = each / OF_ONE;
    let whole = Region::new(ALLOCATOR);
    let base = model_of(resources, resources);
    let few = (held(&whole), base.derived.points.len());
    drop(base);
    let whole = Region::new(ALLOCATOR);
    let mut model = model_of(each, resources);
    let many = (held(&whole), model.derived.points.len());
    println!(
        "{} recovery points of {} resources: {} bytes a point over the \
         console with {}; {:.0} MB held, peak RSS {:.0} MB",
        many.1,
        resources * REGIONS.len(),
        (many.0 - few.0) / (many.1 - few.1),
        few.1,
        megabytes(many.0),
        peak_megabytes()
    );
    for (minute, (key, name)) in (1..).zip(SCREENS) {
        let now = start() + SignedDuration::from_mins(minute);
        at_rest(&mut model, key, now).print(&format!("  {name}"));
    }
    let list = points(REGIONS[0], each, resources, start());
    let mut now = start() + SignedDuration::from_mins(10);
    let mut screen = Screen::new();
    let mut times = Vec::new();
    for turn in 0..20 {
        now += SignedDuration::from_secs(1);
        let list = changed(&list, turn);
        let event = seen(REGIONS[0], What::Points, list, now);
        let begun = Instant::now();
        update(&mut model, event, now);
        press(&mut model, "j", now);
        screen.draw(&model, now);
        times.push(begun.elapsed());
    }
    println!("  a key behind a changed list of {each}: {}", spread(times));
    println!("  peak RSS after that {:.0} MB", peak_megabytes());
}

fn held(since: &Region<'_, System>) -> usize {
    let change = since.change();
    change.bytes_allocated - change.bytes_deallocated
}

/// The most memory this process has had, as Linux counts it.
fn peak_megabytes() -> f64 {
    let status = fs::read_to_string("/proc/self/status").expect("Linux");
    let line = status.lines().find(|line| line.starts_with("VmHWM"));
    let digits = line.and_then(|line| line.split_whitespace().nth(1));
    let kib: usize = digits.and_then(|d| d.parse().ok()).expect("its format");
    megabytes(kib * 1024)
}

fn usual() {
    let before = Region::new(ALLOCATOR);
    let mut large = model(EACH);
    let held = held(&before);
    println!(
        "{} recovery points in {} Regions; {:.1} MB held",
        large.derived.points.len(),
        REGIONS.len(),
        megabytes(held)
    );
    let mut small = model(EACH / 25);
    for (minute, (key, name)) in (1..).zip(SCREENS) {
        // Time never goes back, or the keys would look like a paste.
        let now = start() + SignedDuration::from_mins(minute);
        let ours = at_rest(&mut large, key, now);
        let theirs = at_rest(&mut small, key, now);
        println!("{name}, key to frame, 160x48");
        ours.print("  40,000 points");
        theirs.print("   1,600 points");
        let refreshing = while_refreshing(key);
        println!("  while they refresh: {}", spread(refreshing));
    }
    housekeeping(&mut large);
}

/// What keys and their frames cost.
struct Cost {
    times: Vec<Duration>,
    allocations: usize,
    kibibytes: usize,
    bytes: usize,
}

impl Cost {
    fn print(self, of: &str) {
        println!(
            "{of}: {}, {} allocations ({} KiB), {} bytes to the terminal",
            spread(self.times),
            self.allocations,
            self.kibibytes,
            self.bytes
        );
    }
}

/// Goes down and up in a list.
fn at_rest(model: &mut Model, screen_key: &str, mut now: Timestamp) -> Cost {
    press(model, screen_key, now);
    let mut screen = Screen::new();
    screen.draw(model, now);
    let mut cost =
        Cost { times: Vec::new(), allocations: 0, kibibytes: 0, bytes: 0 };
    let all = Region::new(ALLOCATOR);
    for turn in 0..KEYS {
        now += REPEAT;
        let key = if turn % 100 < 60 { "j" } else { "k" };
        let begun = Instant::now();
        press(model, key, now);
        cost.bytes += screen.draw(model, now);
        cost.times.push(begun.elapsed());
    }
    let change = all.change();
    cost.allocations = change.allocations / KEYS;
    cost.kibibytes = change.bytes_allocated / KEYS / 1024;
    cost.bytes /= KEYS;
    cost
}

/// Every key waits behind another list of 10,000 points; what follows from
/// them is worked out for one frame in eight, as it is in the console.
fn while_refreshing(screen_key: &str) -> Vec<Duration> {
    let mut model = model(EACH);
    let mut now = start() + SignedDuration::from_secs(2);
    press(&mut model, screen_key, now);
    let mut screen = Screen::new();
    screen.draw(&model, now);
    let mut times = Vec::new();
    let lists =
        REGIONS.map(|region| points(region, EACH, EACH / OF_ONE, start()));
    for turn in 0..KEYS / 5 {
        now += REPEAT;
        let region = turn % REGIONS.len();
        let list = changed(&lists[region], turn);
        let event = seen(REGIONS[region], What::Points, list, now);
        let begun = Instant::now();
        update(&mut model, event, now);
        press(&mut model, if turn % 20 < 10 { "j" } else { "k" }, now);
        screen.draw(&model, now);
        times.push(begun.elapsed());
    }
    times
}

/// What happens by itself: the second's tick, a list that has not changed,
/// one that has, and the saving of it all.
fn housekeeping(model: &mut Model) {
    let mut now = start() + SignedDuration::from_mins(10);
    let ticks = timed(50, || {
        now += SignedDuration::from_secs(1);
        black_box(update(model, Event::Tick, now));
    });
    println!("tick: {}", spread(ticks));
    let list = points(REGIONS[0], EACH, EACH / OF_ONE, start());
    let mut turn = 0;
    for (name, differ) in [("unchanged", false), ("changed", true)] {
        let mut times = Vec::new();
        for _ in 0..50 {
            turn += 1;
            now += SignedDuration::from_secs(1);
            let list = if differ {
                changed(&list, turn)
            } else {
                same(model, REGIONS[0])
            };
            let event = seen(REGIONS[0], What::Points, list, now);
            let begun = Instant::now();
            update(model, event, now);
            times.push(begun.elapsed());
        }
        println!("a list of 10,000, {name}: {}", spread(times));
    }
    save(model, now);
}

/// An equal list that shares nothing with the one that is known.
fn same(model: &Model, region: &str) -> Found {
    let source = Source::aws(&ACCOUNT.into(), &region.into(), What::Points);
    let found = model.estate.found(&source).expect("it was seen");
    let text = serde_json::to_string(found).expect("plain data");
    serde_json::from_str(&text).expect("it was just written")
}

/// The same list with one recovery point's status another: what a refresh
/// brings while backups are made.
fn changed(found: &Found, turn: usize) -> Found {
    let Found::Points(points) = found else { return found.clone() };
    let mut points: Vec<RecoveryPoint> = points.to_vec();
    let at = turn % points.len();
    let bytes = Some(i64::try_from(turn).expect("few enough"));
    points[at] = Fields { bytes, ..points[at].fields() }.into();
    Found::Points(Arc::from(points))
}

fn save(model: &Model, now: Timestamp) {
    let mut size = 0;
    let times = timed(10, || {
        let saved = model.estate.save(Place::default(), now);
        size = serde_json::to_vec(&saved).expect("plain data").len();
    });
    println!("save, {:.1} MB: {}", megabytes(size), spread(times));
}

fn timed(turns: usize, mut what: impl FnMut()) -> Vec<Duration> {
    let mut once = || {
        let begun = Instant::now();
        what();
        begun.elapsed()
    };
    (0..turns).map(|_| once()).collect()
}

/// Percentiles in microseconds.
fn spread(mut times: Vec<Duration>) -> String {
    times.sort_unstable();
    let at =
        |percent: usize| times[(times.len() - 1) * percent / 100].as_micros();
    format!("p50 {} us, p99 {} us", at(50), at(99))
}

#[expect(clippy::cast_precision_loss, reason = "one digit is shown")]
fn megabytes(bytes: usize) -> f64 {
    bytes as f64 / 1e6
}
