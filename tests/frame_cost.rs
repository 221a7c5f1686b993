//! What a frame costs, counted: it does not depend on how many recovery
//! points are loaded. Times are for the benches to tell.

#[path = "../benches/load/mod.rs"]
mod load;
#[path = "../benches/load/screen.rs"]
mod screen;

use std::alloc::System;
use std::sync::{Mutex, MutexGuard, PoisonError};

use jiff::{SignedDuration, Timestamp};
use lifeboat::app::{Model, update};
use lifeboat::event::Event;
use lifeboat::screens::Screen as Screens;
use stats_alloc::{INSTRUMENTED_SYSTEM, Region, StatsAlloc};

use load::{model, model_of, press, start};
use screen::Screen;

#[global_allocator]
static ALLOCATOR: &StatsAlloc<System> = &INSTRUMENTED_SYSTEM;

/// One test at a time: the allocator counts for the whole process.
static TURN: Mutex<()> = Mutex::new(());

const KEYS: usize = 20;

/// Allocations that a key and its frame of 160x48 may cost.
const ALLOCATIONS: usize = 1_200;

/// Bytes that a key may send to a terminal of 160x48.
const BYTES: usize = 3_000;

fn alone() -> MutexGuard<'static, ()> {
    TURN.lock().unwrap_or_else(PoisonError::into_inner)
}

/// Allocations and terminal bytes of a key and its frame. Time never goes
/// back, or the keys would look like a paste.
fn cost(
    model: &mut Model,
    screen_key: &str,
    mut now: Timestamp,
) -> (usize, usize) {
    let mut screen = Screen::new();
    let mut go = |model: &mut Model, key: &str| {
        now += SignedDuration::from_millis(50);
        press(model, key, now);
        screen.draw(model, now)
    };
    go(model, screen_key);
    go(model, "j");
    let region = Region::new(ALLOCATOR);
    let bytes: usize = (0..KEYS).map(|_| go(model, "j")).sum();
    (region.change().allocations / KEYS, bytes / KEYS)
}

#[test]
fn a_key_and_its_frame_cost_the_same_with_25_times_the_points() {
    let _alone = alone();
    let (mut small, mut large) = (model(1_000), model(25_000));
    assert_eq!(small.derived.points.len(), 4_000);
    assert_eq!(large.derived.points.len(), 100_000);
    for (minute, key) in (1_u8..).zip(["1", "2", "3", "4"]) {
        let now = start() + SignedDuration::from_mins(minute.into());
        let (few, _) = cost(&mut small, key, now);
        let (many, bytes) = cost(&mut large, key, now);
        assert_eq!(large.screen, Screens::ALL[usize::from(minute) - 1]);
        assert!(many * 10 <= few * 11, "screen {key}: {few}, then {many}");
        assert!(many <= ALLOCATIONS, "screen {key}: {many} allocations");
        assert!(bytes <= BYTES, "screen {key}: {bytes} bytes");
    }
}

#[test]
fn a_second_without_news_sends_little_to_the_terminal() {
    let _alone = alone();
    let mut model = model(10_000);
    let mut screen = Screen::new();
    let mut now = start() + SignedDuration::from_secs(2);
    screen.draw(&model, now);
    for _ in 0..5 {
        now += SignedDuration::from_secs(1);
        update(&mut model, Event::Tick, now);
        let bytes = screen.draw(&model, now);
        assert!(bytes <= 2_000, "{bytes} bytes");
    }
}

/// What a console holds of four Regions with 1,250 resources each, and its
/// recovery points.
fn held(each: usize) -> (usize, usize) {
    let region = Region::new(ALLOCATOR);
    let model = model_of(each, 1_250);
    let change = region.change();
    let held = change.bytes_allocated - change.bytes_deallocated;
    (held, model.derived.points.len())
}

#[test]
fn a_recovery_point_takes_at_most_200_bytes_of_a_console_with_100_000() {
    let _alone = alone();
    let (base, few) = held(1_250);
    let (all, many) = held(25_000);
    assert_eq!((few, many), (5_000, 100_000));
    let each = (all - base) / (many - few);
    assert!(each <= 200, "{each} bytes");
}
