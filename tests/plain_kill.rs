//! A console in plain mode at a real terminal is killed with SIGKILL while
//! its first change is on the wire; the next one, in plain mode too, finishes
//! the runbook. And: who cannot be a person confirms nothing real.

#![cfg(unix)]
#![expect(
    clippy::unwrap_used,
    reason = "a test waits for a real program, and fails where it cannot"
)]

mod prompts;
mod seat;
#[expect(dead_code, reason = "its person presses keys, which are not heard")]
mod victim;

use std::io::Write;
use std::process::{Command, Output, Stdio};

use prompts::{READ, answers};
use seat::Seat;
use tempfile::TempDir;
use victim::verdict::complaints;
use victim::{AURORA, Play, RDS, SWITCH, Scene};

/// Kills a plain console when AWS has just applied the first change of a
/// runbook, and lets the next one finish it.
fn killed_and_finished(play: &'static Play) {
    let mut scene = Scene::of(play);
    let change = play.changes[0];
    let endpoint = scene.aws.endpoint();
    let plain = ["--plain", "--endpoint-url", &endpoint];
    let mut seat = scene.seat(&plain);
    answers(&mut seat, play.runbook, "the plan is shown", |_| {
        scene.happened(change.step, "proposed") > 0
    });
    // AWS applies it, and no answer ever comes back.
    let fault = scene.aws.befall(change.operation, "lost-silent");
    answers(&mut seat, play.runbook, "the change is applied", |_| {
        scene.aws.applied().contains_key(change.operation)
    });
    let raw = seat.raw();
    assert!(!raw.contains('\x1b'), "{raw:?}");
    scene.strike(&mut seat);
    scene.aws.lift(&fault);
    assert_eq!(scene.happened(change.step, "outcome"), 0);
    let line = ["incident", "resume", "--plain", "--endpoint-url", &endpoint];
    let mut seat = scene.seat(&line);
    answers(&mut seat, play.runbook, "the failover is over", |_| {
        scene.happened("follow-up", "answered") > 0
    });
    let raw = seat.raw();
    assert!(raw.contains("UNKNOWN"), "{raw}");
    assert!(!raw.contains('\x1b'), "{raw:?}");
    // The end of the input, as a person types it, ends the console.
    seat.pause(READ);
    seat.press(b"\x04");
    assert_eq!(seat.end().exit_code(), 0);
    let raw = seat.raw();
    assert!(raw.contains("is still open"), "{raw}");
    assert!(raw.contains("runbook resume"), "{raw}");
    let told = scene.told();
    let bad = complaints(&told);
    assert!(bad.is_empty(), "{}\n{told:#?}", bad.join("\n"));
}

#[test]
fn a_plain_console_that_is_killed_is_finished_by_the_next() {
    killed_and_finished(&RDS);
}

#[test]
fn a_plain_global_failover_is_finished_by_the_next() {
    killed_and_finished(&AURORA);
}

#[test]
fn a_plain_switch_of_traffic_is_finished_by_the_next() {
    killed_and_finished(&SWITCH);
}

/// Runs the program with this on its standard input.
fn piped(home: &TempDir, line: &[&str], input: &str) -> Output {
    let mut child = Command::new(env!("CARGO_BIN_EXE_lifeboat"))
        .args(line)
        .env_clear()
        .env("HOME", home.path())
        .env("LIFEBOAT_HOME", home.path())
        .env("AWS_ACCESS_KEY_ID", "AKIAEXAMPLE")
        .env("AWS_SECRET_ACCESS_KEY", "x")
        .env("AWS_EC2_METADATA_DISABLED", "true")
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .stderr(Stdio::piped())
        .spawn()
        .unwrap();
    // One that ends before it reads is what is asked for here, too.
    let _ = child.stdin.take().unwrap().write_all(input.as_bytes());
    child.wait_with_output().unwrap()
}

#[test]
fn answers_by_a_pipe_are_refused_where_aws_is_real() {
    let home = tempfile::tempdir().unwrap();
    let endpoint = ["--endpoint-url", "http://127.0.0.1:9"];
    for line in [&["--plain"][..], &["incident", "resume", "--plain"]] {
        let line = [line, &endpoint].concat();
        let ended = piped(&home, &line, "8\nyes\n");
        let told = String::from_utf8(ended.stderr).unwrap();
        assert_eq!(ended.status.code(), Some(252), "{told}");
        assert!(told.contains("simulated AWS alone"), "{told}");
        assert!(ended.stdout.is_empty(), "{told}");
    }
    assert!(!home.path().join("state/incidents").exists());
}

#[test]
fn a_dumb_terminal_or_a_variable_asks_for_prompts_as_the_flag_does() {
    let home = tempfile::tempdir().unwrap();
    let script = "9\n1\n0\nquit\n";
    let asked = piped(&home, &["demo", "--plain"], script);
    let printed = String::from_utf8(asked.stdout).unwrap();
    assert_eq!(asked.status.code(), Some(0), "{printed}");
    for words in ["#1 Choose:", "Show what?", "-- Can we recover? --"] {
        assert!(printed.contains(words), "{words}\n{printed}");
    }
    assert!(!printed.contains('\x1b'), "{printed:?}");
    for (name, value) in [("LIFEBOAT_PLAIN", "1"), ("TERM", "dumb")] {
        let vars = [(name, value)];
        let mut seat = Seat::new(home.path(), (24, 80), &vars, &["demo"]);
        seat.shows("#1 Choose:");
        seat.signal("TERM");
        assert_eq!(seat.end().exit_code(), 143, "{name}");
        assert!(!seat.raw().contains('\x1b'), "{name}");
    }
}
