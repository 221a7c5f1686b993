//! The built program at a real terminal: it draws, follows the size, and
//! gives the terminal back as it was, however it ends.

#![cfg(unix)]
#![expect(
    clippy::unwrap_used,
    reason = "a test waits for a real program, and fails where it cannot"
)]

mod seat;

use std::fs;
use std::net::TcpListener;

use seat::{Seat, ends_without_terminal};
use tempfile::TempDir;

/// The program at a terminal of 80x24, with a home of its own.
fn at_a_terminal(line: &[&str]) -> (Seat, TempDir) {
    let home = tempfile::tempdir().unwrap();
    (Seat::new(home.path(), (24, 80), &[], line), home)
}

fn demo() -> (Seat, TempDir) {
    let (mut seat, home) = at_a_terminal(&["demo"]);
    seat.shows("? help");
    assert!(seat.screen().alternate_screen());
    assert!(seat.screen().bracketed_paste());
    (seat, home)
}

#[test]
fn the_demo_draws_follows_the_size_and_ends_by_two_keys() {
    let (mut seat, home) = demo();
    seat.shows("OBSERVE");
    seat.shows("PROD");
    seat.shows("Can we recover?");
    // What was looked at in the simulated AWS has come in.
    seat.shows("resources are inside RPO");
    seat.resize(48, 160);
    seat.until("drawn to the last row of 48", |seat| {
        let rows: Vec<String> = seat.screen().rows(0, 160).collect();
        rows[47].contains("? help") || rows[46].contains("? help")
    });
    seat.resize(10, 40);
    seat.until("drawn within 10 rows", |seat| {
        let rows: Vec<String> = seat.screen().rows(0, 40).collect();
        rows[9].contains("? help") || rows[8].contains("? help")
    });
    seat.press(b"\x03\x03");
    let ended = seat.end();
    assert_eq!(ended.exit_code(), 0);
    seat.is_given_back();
    let simulated = home.path().join("state/simulated");
    assert!(simulated.is_dir(), "its state is kept apart");
    assert!(!home.path().join("state/incidents").exists());
}

#[test]
fn what_was_drawn_over_is_drawn_anew_by_ctrl_l_and_after_a_stop() {
    let (mut seat, _home) = demo();
    seat.shows("Can we recover?");
    seat.scribble(b"\x1b[2J");
    assert!(!seat.text().contains("Can we recover?"));
    seat.press(b"\x0c");
    seat.shows("Can we recover?");
    // With no shell to stop it for, the program goes on at once.
    seat.press(b"\x1a");
    seat.until("the terminal given back and taken again", |seat| {
        let raw = seat.raw();
        let given = raw.rfind("\x1b[?1049l");
        given.is_some_and(|at| raw[at..].contains("\x1b[?1049h"))
    });
    seat.shows("Can we recover?");
    seat.signal("STOP");
    seat.scribble(b"\x1b[?1049l\x1b[?2004l\x1b[2J");
    seat.signal("CONT");
    seat.shows("Can we recover?");
    assert!(seat.screen().alternate_screen());
    assert!(seat.screen().bracketed_paste());
}

#[test]
fn sigterm_and_sighup_give_the_terminal_back() {
    for (name, code) in [("TERM", 143), ("HUP", 129)] {
        let (mut seat, _home) = demo();
        seat.signal(name);
        let ended = seat.end();
        assert_eq!(ended.exit_code(), code, "SIG{name}");
        seat.is_given_back();
    }
}

#[test]
fn a_console_whose_terminal_is_gone_ends_by_itself() {
    let home = TempDir::new().unwrap();
    assert!(ends_without_terminal(home.path(), &["demo"]));
}

#[test]
fn the_newest_incident_is_taken_up_once_no_console_that_lives_holds_it() {
    let (mut seat, home) = demo();
    seat.press(b"m");
    seat.shows("note: ");
    seat.press(b"eu-west-1 is slow\r");
    seat.shows("is open");
    let again = |line: &[&str]| Seat::new(home.path(), (24, 80), &[], line);
    let resume = ["runbook", "resume", "--demo", "training-platform"];
    let mut other = again(&resume);
    other.shows("OBSERVER");
    other.press(b"\x03\x03");
    assert_eq!(other.end().exit_code(), 0);
    seat.signal("KILL");
    seat.end();
    let mut other = again(&["runbook", "resume", &incident(&home)]);
    assert_eq!(other.end().exit_code(), 252);
    let raw = other.raw();
    let command =
        format!("resume {} --demo training-platform", incident(&home));
    assert!(raw.contains(&command), "{raw}");
    let mut none = again(&["runbook", "resume"]);
    assert_eq!(none.end().exit_code(), 252);
    assert!(none.raw().contains(&command), "{}", none.raw());
    let mut next = again(&resume);
    next.shows("resumed");
    next.press(b"\x03\x03");
    assert_eq!(next.end().exit_code(), 0);
    assert!(next.raw().contains(&command), "{}", next.raw());
}

/// The id of the only incident on the simulated AWS.
fn incident(home: &TempDir) -> String {
    let root = home.path().join("state/simulated/incidents");
    let mut dirs = fs::read_dir(root).unwrap().map(|dir| dir.unwrap());
    dirs.next().unwrap().file_name().into_string().unwrap()
}

#[test]
fn a_console_whose_scenario_is_unknown_never_takes_the_terminal() {
    let (mut seat, _home) = at_a_terminal(&["demo", "--scenario", "no-such"]);
    let ended = seat.end();
    assert_eq!(ended.exit_code(), 252);
    let raw = seat.raw();
    assert!(raw.contains("training-platform"), "{raw}");
    assert!(!raw.contains('\x1b'), "{raw:?}");
}

#[test]
fn status_tells_how_far_it_is_while_it_lasts_and_leaves_no_trace_of_it() {
    // Connections come about, and nobody ever answers.
    let silent = TcpListener::bind("127.0.0.1:0").unwrap();
    let url = format!("http://{}", silent.local_addr().unwrap());
    let keys = [
        ("AWS_ACCESS_KEY_ID", "AKIAEXAMPLE"),
        ("AWS_SECRET_ACCESS_KEY", "secret"),
        ("AWS_REGION", "eu-west-1"),
    ];
    let line = ["status", "--endpoint-url", &url, "--timeout", "2"];
    let home = tempfile::tempdir().unwrap();
    let mut seat = Seat::new(home.path(), (48, 160), &keys, &line);
    seat.shows("s of at most 2 s");
    let ended = seat.end();
    assert_eq!(ended.exit_code(), 254);
    assert!(!seat.text().contains("of at most"), "{}", seat.text());
    assert!(seat.text().contains("no answer within 2 s"), "{}", seat.text());
}
