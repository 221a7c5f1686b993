//! The person at the console: keys, and what they wait to see before the
//! next one.

use std::time::Duration;

use lifeboat::incident::fact::Fact;

use super::{Change, SIZE, Scene, is_there};
use crate::seat::Seat;

/// A dialog that confirms hears nothing for 0.4 s after it opened, and a
/// person needs that long to read it.
const READ: Duration = Duration::from_millis(450);

/// From one key to the next. Keys closer than 5 ms are a paste to a dialog
/// that confirms; the pause begins when the last one is seen to be taken.
const PACE: Duration = Duration::from_millis(40);

/// A key, and what it brings.
fn key(seat: &mut Seat, key: &str, brings: &str) {
    seat.press(key.as_bytes());
    seat.shows(brings);
    seat.pause(PACE);
}

/// A name that must be typed, key by key.
fn name(seat: &mut Seat, name: &str) {
    for end in 1..=name.len() {
        seat.press(&name.as_bytes()[end - 1..end]);
        seat.shows(&format!("type {name}: {}", &name[..end]));
        seat.pause(PACE);
    }
}

/// Starts the runbook and decides to fail over.
pub fn start(seat: &mut Seat, scene: &Scene) {
    seat.shows("? help");
    // The inputs of a runbook are checked against what was seen.
    key(seat, "2", "learn-db-replica");
    key(seat, "3", "www.learn.example");
    seat.shows("hc-standby-eu-central-1");
    key(seat, "5", "No runbook is under way.");
    key(seat, "o", "Runbooks");
    for _ in 0..scene.play.place {
        seat.press(b"j");
        seat.pause(PACE);
    }
    key(seat, "\r", &format!("Start {}", scene.play.runbook));
    seat.press("\r".repeat(scene.play.inputs + 1).as_bytes());
    seat.shows("x decides");
    key(seat, "x", "once more");
    key(seat, "\r", "because: ");
    seat.press(b"eu-west-1 is dark, the lag is known");
    seat.shows("the lag is known");
    seat.press(b"\r");
    seat.until("decided", |_| scene.happened("go", "decided") == 1);
}

/// Arms: with a reason and the account's name, which each console asks for.
fn arm(seat: &mut Seat, scene: &Scene) {
    let armed = |fact: &Fact| matches!(fact, Fact::Armed { .. });
    let before = scene.said(armed);
    seat.shows("g a arms");
    seat.press(b"g");
    seat.pause(PACE);
    key(seat, "a", "Arm: allow changes");
    seat.pause(READ);
    seat.press(b"eu-west-1 is dark");
    key(seat, "\r", "reason: eu-west-1 is dark");
    name(seat, "learn-prod");
    seat.press(b"\r");
    seat.until("armed", |_| scene.said(armed) > before);
    seat.shows("ARMED");
}

/// Opens the request of a change and types the name of its target.
pub fn ask(seat: &mut Seat, scene: &Scene, change: Change) {
    seat.until("its turn", |seat| {
        let text = seat.text();
        text.contains("g a arms, then x shows")
            || text.contains("x shows the request")
    });
    if !seat.text().contains("x shows the request; nothing") {
        arm(seat, scene);
        seat.shows("x shows the request; nothing");
    }
    let typed = format!("type {}: ", change.name);
    let refused = |fact: &Fact| matches!(fact, Fact::Refused { .. });
    // A plan rests on looks: who asks before they came is refused, and asks
    // again when they have come.
    while !seat.text().contains(&typed) {
        let before = scene.said(refused);
        seat.press(b"x");
        seat.until(&typed, |seat| {
            seat.text().contains(&typed) || scene.said(refused) > before
        });
        seat.pause(READ);
    }
    name(seat, change.name);
    if seat.text().contains(" READ ") {
        read_back(seat);
    }
    key(seat, "\t", "y e s sends   y c copies");
}

/// Types what was observed, as the plan shows it.
fn read_back(seat: &mut Seat) {
    key(seat, "\t", "> read back ");
    let text = seat.text();
    let (_, read) = text.split_once(" READ ").unwrap();
    let (_, value) = read.split_once(" is ").unwrap();
    let value = value.split("  ").next().unwrap().trim();
    for end in 1..=value.len() {
        seat.press(&value.as_bytes()[end - 1..end]);
        seat.pause(PACE);
    }
    seat.shows("matches");
}

/// Accepts what was asked.
pub fn yes(seat: &mut Seat) {
    for (key, begun) in [(b"y", " y-"), (b"e", " y e-")] {
        seat.press(key);
        seat.until(begun, |seat| {
            let rows: Vec<String> = seat.screen().rows(0, SIZE.1).collect();
            rows.iter().rev().take(3).any(|row| row.contains(begun))
        });
        seat.pause(PACE);
    }
    seat.press(b"s");
}

/// Why a person takes over.
pub const GONE: &str = "the other console is gone";

/// Takes over an incident that nobody drives.
pub fn take_over(seat: &mut Seat) {
    key(seat, "H", "Take the incident over");
    seat.pause(READ);
    seat.press(GONE.as_bytes());
    seat.shows(&format!("why: {GONE}"));
    key(seat, "\r", "> type take over");
    name(seat, "take over");
    seat.press(b"\r");
}

/// Confirms a change and waits until it is done.
pub fn confirm(seat: &mut Seat, scene: &Scene, change: Change) {
    ask(seat, scene, change);
    yes(seat);
    seat.until("done", |_| scene.happened(change.step, "done") == 1);
}

/// States, with evidence, what AWS cannot tell yet of a change.
pub fn state(seat: &mut Seat, scene: &Scene, step: &str, applied: bool) {
    let (action, became) = if applied {
        ("runbook.state-applied", "took effect")
    } else {
        ("runbook.state-not-applied", "did not happen")
    };
    key(seat, ":", "Command");
    seat.press(action.as_bytes());
    seat.shows(&format!(": {action}"));
    key(seat, "\r", &format!("State that {step} {became}"));
    seat.pause(READ);
    seat.press(b"by the log of the simulator itself");
    key(seat, "\r", "evidence: by the log of the simulator");
    name(seat, step);
    let before = scene.happened(step, "stated");
    seat.press(b"\r");
    seat.until("stated", |_| scene.happened(step, "stated") > before);
}

/// Tries once more what was not applied.
pub fn retry(seat: &mut Seat, scene: &Scene, step: &str) {
    seat.shows("r tries once more");
    seat.press(b"r");
    seat.until("retried", |_| scene.happened(step, "retried") == 1);
}

/// The proofs run by themselves; then the last words, the export, the end.
pub fn finish(mut seat: Seat, scene: &Scene) {
    if scene.play.trial {
        seat.shows("x decides");
        key(&mut seat, "x", "It stays");
        key(&mut seat, "\r", "because: ");
        seat.press(b"users do well there");
        seat.shows("users do well");
        seat.press(b"\r");
    }
    seat.shows("x answers");
    key(&mut seat, "x", "answer: ");
    seat.press(b"the database team rebuilds the replica");
    seat.shows("rebuilds the replica");
    seat.press(b"\r");
    seat.shows(scene.play.over);
    seat.press(b"6");
    seat.pause(PACE);
    seat.press(b"e");
    let report = scene.export().join("report.md");
    seat.until("exported", |_| is_there(&report));
    seat.press(b"\x03\x03");
    let ended = seat.end();
    assert_eq!(ended.exit_code(), 0);
    let told = format!(
        "lifeboat runbook resume {} --endpoint-url {}",
        scene.incident(),
        scene.aws.endpoint()
    );
    assert!(seat.raw().contains(&told), "{told}");
}
