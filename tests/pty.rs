//! The built program at a real terminal: it draws, follows the size, and
//! gives the terminal back as it was, however it ends.

#![cfg(unix)]
#![expect(
    clippy::disallowed_methods,
    clippy::unwrap_used,
    reason = "a test waits for a real program, and fails where it cannot"
)]

use std::io::{Read, Write};
use std::num::NonZero;
use std::process::Command;
use std::sync::mpsc::{Receiver, RecvTimeoutError, channel};
use std::thread;
use std::time::{Duration, Instant};

use portable_pty::{
    Child, CommandBuilder, ExitStatus, MasterPty, PtySize, native_pty_system,
};
use tempfile::TempDir;
use vt100::Parser;

/// Far longer than anything here takes; only a failure waits for it.
const PATIENCE: Duration = Duration::from_secs(30);

/// The program at a terminal of its own.
struct Seat {
    child: Box<dyn Child + Send + Sync>,
    master: Box<dyn MasterPty + Send>,
    keys: Box<dyn Write + Send>,
    told: Receiver<Vec<u8>>,
    screen: Parser,
    raw: Vec<u8>,
    home: TempDir,
}

fn size(rows: u16, cols: u16) -> PtySize {
    PtySize { rows, cols, pixel_width: 0, pixel_height: 0 }
}

fn whole(cells: u16) -> NonZero<u16> {
    NonZero::new(cells).expect("a terminal has cells")
}

impl Seat {
    fn new(line: &[&str]) -> Seat {
        let home = tempfile::tempdir().unwrap();
        let pair = native_pty_system().openpty(size(24, 80)).unwrap();
        let mut command = CommandBuilder::new(env!("CARGO_BIN_EXE_lifeboat"));
        command.args(line);
        command.env_clear();
        command.env("PATH", "/usr/bin:/bin");
        command.env("TERM", "xterm-256color");
        command.env("LANG", "C.UTF-8");
        command.env("HOME", home.path());
        command.env("LIFEBOAT_HOME", home.path());
        command.env("USER", "ann");
        let child = pair.slave.spawn_command(command).unwrap();
        drop(pair.slave);
        let mut reader = pair.master.try_clone_reader().unwrap();
        let keys = pair.master.take_writer().unwrap();
        let (tell, told) = channel();
        thread::spawn(move || {
            let mut buffer = [0; 4096];
            while let Ok(count @ 1..) = reader.read(&mut buffer) {
                if tell.send(buffer[..count].to_vec()).is_err() {
                    break;
                }
            }
        });
        Seat {
            child,
            master: pair.master,
            keys,
            told,
            screen: Parser::new(whole(24), whole(80), 0),
            raw: Vec::new(),
            home,
        }
    }

    /// Takes in what is drawn until it looks like this.
    fn until(&mut self, what: &str, fits: impl Fn(&Seat) -> bool) {
        let end = Instant::now() + PATIENCE;
        while !fits(self) {
            let left = end.saturating_duration_since(Instant::now());
            match self.told.recv_timeout(left) {
                Ok(bytes) => {
                    self.screen.process(&bytes);
                    self.raw.extend(bytes);
                }
                Err(RecvTimeoutError::Timeout) => {
                    panic!("not {what}:\n{}", self.text());
                }
                Err(RecvTimeoutError::Disconnected) => {
                    panic!("ended before {what}:\n{}", self.text());
                }
            }
        }
    }

    fn text(&self) -> String {
        self.screen.screen().contents()
    }

    fn shows(&mut self, words: &str) {
        self.until(words, |seat| seat.text().contains(words));
    }

    fn press(&mut self, keys: &[u8]) {
        self.keys.write_all(keys).unwrap();
        self.keys.flush().unwrap();
    }

    fn resize(&mut self, rows: u16, cols: u16) {
        self.screen.screen_mut().set_size(whole(rows), whole(cols));
        self.master.resize(size(rows, cols)).unwrap();
    }

    fn signal(&self, name: &str) {
        let pid = self.child.process_id().unwrap().to_string();
        let sent = Command::new("kill").args(["-s", name, &pid]).status();
        assert!(sent.unwrap().success());
    }

    /// Waits for the end and takes in all that was still drawn.
    fn end(&mut self) -> ExitStatus {
        let deadline = Instant::now() + PATIENCE;
        while let Ok(bytes) = self
            .told
            .recv_timeout(deadline.saturating_duration_since(Instant::now()))
        {
            self.screen.process(&bytes);
            self.raw.extend(bytes);
        }
        assert!(Instant::now() < deadline, "it did not end:\n{}", self.text());
        self.child.wait().unwrap()
    }

    /// That the terminal is as it was before the program.
    fn is_given_back(&self) {
        let screen = self.screen.screen();
        assert!(!screen.alternate_screen(), "the alternate screen is left");
        assert!(!screen.hide_cursor(), "the cursor is shown");
        assert!(!screen.bracketed_paste(), "bracketed paste is off");
        let raw = String::from_utf8_lossy(&self.raw);
        assert!(raw.contains("\x1b[?1049l") && raw.contains("\x1b[?2004l"));
    }

    fn demo() -> Seat {
        let mut seat = Seat::new(&["demo"]);
        seat.shows("? help");
        assert!(seat.screen.screen().alternate_screen());
        assert!(seat.screen.screen().bracketed_paste());
        seat
    }
}

#[test]
fn the_demo_draws_follows_the_size_and_ends_by_two_keys() {
    let mut seat = Seat::demo();
    seat.shows("OBSERVE");
    seat.shows("PROD");
    seat.shows("Can we recover?");
    // What was looked at in the simulated AWS has come in.
    seat.shows("protected resources");
    seat.resize(48, 160);
    seat.until("drawn to the last row of 48", |seat| {
        let rows: Vec<String> = seat.screen.screen().rows(0, 160).collect();
        rows[47].contains("? help") || rows[46].contains("? help")
    });
    seat.resize(10, 40);
    seat.until("drawn within 10 rows", |seat| {
        let rows: Vec<String> = seat.screen.screen().rows(0, 40).collect();
        rows[9].contains("? help") || rows[8].contains("? help")
    });
    seat.press(b"\x03\x03");
    let ended = seat.end();
    assert_eq!(ended.exit_code(), 0);
    seat.is_given_back();
    let simulated = seat.home.path().join("state/simulated");
    assert!(simulated.is_dir(), "its state is kept apart");
    assert!(!seat.home.path().join("state/incidents").exists());
}

#[test]
fn sigterm_and_sighup_give_the_terminal_back() {
    for (name, code) in [("TERM", 143), ("HUP", 129)] {
        let mut seat = Seat::demo();
        seat.signal(name);
        let ended = seat.end();
        assert_eq!(ended.exit_code(), code, "SIG{name}");
        seat.is_given_back();
    }
}

#[test]
fn a_console_whose_scenario_is_unknown_never_takes_the_terminal() {
    let mut seat = Seat::new(&["demo", "--scenario", "no-such"]);
    let ended = seat.end();
    assert_eq!(ended.exit_code(), 255);
    let raw = String::from_utf8_lossy(&seat.raw);
    assert!(raw.contains("training-platform"), "{raw}");
    assert!(!raw.contains('\x1b'), "{raw:?}");
}
