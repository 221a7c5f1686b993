//! Real consoles at a real terminal are killed with SIGKILL around each
//! intent and outcome of a failover, beside a simulated AWS in a process of
//! its own. The next console finishes it, and AWS has done each thing once.

#![cfg(unix)]

mod seat;
mod victim;

use std::thread;

use lifeboat::incident::fact::Fact;
use victim::aws::Call;
use victim::person::{GONE, confirm, finish, start, take_over};
use victim::verdict::{Line, Told, complaints, lost};
use victim::{
    AURORA, Change, FAILOVER, PROMOTE, Place, RDS, SHIFT, SWITCH, Scene,
    TRAFFIC,
};

/// Kills one console after the other at these places of a change, the last
/// of which applies it.
fn killed_over_and_over(scene: &mut Scene, change: Change) {
    let mut seat = scene.open();
    start(&mut seat, scene);
    if change.step == TRAFFIC.step {
        confirm(&mut seat, scene, PROMOTE);
    }
    for place in [Place::Confirmed, Place::Intended, Place::Applied] {
        scene.kill(seat, change, place);
        seat = scene.resume();
        scene.settle(&mut seat, change, place);
    }
    if change.step == PROMOTE.step {
        confirm(&mut seat, scene, TRAFFIC);
    }
    finish(seat, scene);
}

/// Kills consoles after each outcome, and one in the last proof.
fn killed_after_outcomes(scene: &mut Scene) {
    let mut seat = scene.open();
    start(&mut seat, scene);
    for change in [PROMOTE, TRAFFIC] {
        scene.kill(seat, change, Place::Answered);
        seat = scene.resume_newest();
        scene.settle(&mut seat, change, Place::Answered);
    }
    seat.until("healthy is looked at", |_| {
        scene.happened("healthy", "running") > 0
    });
    scene.strike(&mut seat);
    seat = scene.resume_newest();
    finish(seat, scene);
}

/// A console that follows takes over from one that dies with a call on its
/// way, and finishes.
fn taken_over(scene: &mut Scene) {
    let claims = |scene: &Scene| {
        scene.said(|fact| matches!(fact, Fact::Claimed { .. }))
    };
    let mut first = scene.open();
    start(&mut first, scene);
    let mut second = scene.resume_newest();
    second.shows("OBSERVER");
    second.shows("drives, this console only follows");
    // While the first lives there is nothing to take.
    second.press(b"H");
    second.shows("nothing is offered");
    scene.kill(first, PROMOTE, Place::Applied);
    second.shows("NOBODY DRIVES");
    assert_eq!(claims(scene), 1, "it takes nothing by itself");
    take_over(&mut second);
    second.until("claimed", |_| claims(scene) == 2);
    scene.settle(&mut second, PROMOTE, Place::Applied);
    let why = |fact: &Fact| matches!(fact, Fact::Decision { rationale, .. } if rationale == GONE);
    assert_eq!(scene.said(why), 1, "and why");
    confirm(&mut second, scene, TRAFFIC);
    finish(second, scene);
}

#[test]
fn an_observer_takes_over_from_a_killed_console_and_nothing_is_done_twice() {
    holds(taken_over);
}

/// Plays a failover and judges what it leaves.
fn holds(play: impl FnOnce(&mut Scene)) {
    holds_of(Scene::new(), play);
}

fn holds_of(mut scene: Scene, play: impl FnOnce(&mut Scene)) {
    play(&mut scene);
    let told = scene.told();
    let bad = complaints(&told);
    assert!(bad.is_empty(), "{}\n{told:#?}", bad.join("\n"));
}

/// Three failovers beside each other, as most of their time is waiting: for
/// AWS, and for the 30 s that the service must be seen healthy.
#[test]
fn consoles_killed_around_each_intent_and_outcome_leave_one_of_each_change() {
    let promotion = || holds(|s| killed_over_and_over(s, PROMOTE));
    let record = || holds(|s| killed_over_and_over(s, TRAFFIC));
    let outcomes = || holds(killed_after_outcomes);
    let bad: Vec<&str> = thread::scope(|scope| {
        let plays = [
            ("around the promotion", scope.spawn(promotion)),
            ("around the record change", scope.spawn(record)),
            ("after the outcomes", scope.spawn(outcomes)),
        ];
        let ended = plays.map(|(name, play)| (name, play.join()));
        let bad = ended.into_iter().filter(|(_, ended)| ended.is_err());
        bad.map(|(name, _)| name).collect()
    });
    assert!(bad.is_empty(), "what was killed {bad:?} does not hold");
}

/// A console dies when AWS has just applied this change; the next one makes
/// those that follow.
fn killed_once(scene: &mut Scene, change: Change) {
    let mut seat = scene.open();
    start(&mut seat, scene);
    scene.kill(seat, change, Place::Applied);
    seat = scene.resume();
    scene.settle(&mut seat, change, Place::Applied);
    for next in &scene.play.changes[1..] {
        confirm(&mut seat, scene, *next);
    }
    finish(seat, scene);
}

#[test]
fn a_global_failover_is_finished_by_the_next_console() {
    holds_of(Scene::of(&AURORA), |scene| killed_once(scene, FAILOVER));
}

#[test]
fn a_switch_of_traffic_is_finished_by_the_next_console() {
    holds_of(Scene::of(&SWITCH), |scene| killed_once(scene, SHIFT));
}

/// What a failover without a flaw leaves, its promotion tried twice.
fn sound() -> Told {
    let line = |step: &str, word: &str, seen: &str| Line {
        step: step.into(),
        word: word.into(),
        seen: seen.into(),
    };
    let call = |operation: &str, applied| Call {
        operation: operation.into(),
        applied,
    };
    Told {
        play: &RDS,
        applied: [PROMOTE, TRAFFIC]
            .map(|change| (change.operation.to_owned(), 1))
            .into(),
        received: vec![
            call(PROMOTE.operation, false),
            call(PROMOTE.operation, true),
            call(TRAFFIC.operation, true),
        ],
        journal: vec![
            line("standby", "done", ""),
            line("lag", "done", ""),
            line("go", "decided", ""),
            line("promote", "intended", ""),
            line("promote", "intended", ""),
            line("promote", "done", ""),
            line("traffic", "intended", ""),
            line("traffic", "done", ""),
            line("resolve", "done", ""),
            line("green", "done", ""),
            line("healthy", "done", "it via 127.0.0.1:80 answered"),
            line("follow-up", "answered", ""),
        ],
        lost: Vec::new(),
        verified: true,
        via: "127.0.0.1:80".into(),
    }
}

#[test]
fn the_checker_finds_nothing_in_a_failover_without_a_flaw() {
    assert_eq!(complaints(&sound()), Vec::<String>::new());
}

#[test]
fn the_checker_finds_what_was_done_twice() {
    let mut told = sound();
    told.applied.insert(PROMOTE.operation.into(), 2);
    let again = told.received[1].clone();
    told.received.push(again);
    assert_eq!(
        complaints(&told),
        [
            "PromoteReadReplica was carried out 2 times (2 listed)",
            "PromoteReadReplica came 3 times of 2",
        ]
    );
}

#[test]
fn the_checker_finds_a_call_without_an_intent_and_a_step_not_done() {
    let mut told = sound();
    told.journal.retain(|line| line.step != TRAFFIC.step);
    assert_eq!(
        complaints(&told),
        [
            "ChangeResourceRecordSets came 1 times of 0",
            "traffic was done 0 times, or skipped",
        ]
    );
}

#[test]
fn the_checker_finds_a_line_that_a_kill_took_away() {
    assert_eq!(lost(b"one\ntwo\n", b"one\ntwo\nthree\n"), None);
    let told = lost(b"one\ntwo\n", b"one\n");
    assert_eq!(told.as_deref(), Some("4 bytes were lost: two\n"));
    let told = lost(b"one\ntwo\n", b"one\nten\n");
    assert_eq!(told.as_deref(), Some("3 bytes were lost: wo\n"));
}
