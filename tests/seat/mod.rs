//! The built program at a terminal of its own: keys in, screens out.

#![expect(
    dead_code,
    unreachable_pub,
    clippy::disallowed_methods,
    clippy::unwrap_used,
    reason = "a harness of tests, of which each binary uses a part"
)]

use std::io::{Read, Write};
use std::num::NonZero;
use std::path::Path;
use std::process::Command;
use std::sync::mpsc::{Receiver, RecvTimeoutError, channel};
use std::thread;
use std::time::{Duration, Instant};

use portable_pty::{
    Child, CommandBuilder, ExitStatus, MasterPty, PtySize, native_pty_system,
};
use vt100::Parser;

/// Far longer than anything here takes; only a failure waits for it.
const PATIENCE: Duration = Duration::from_mins(2);

/// How often what is not drawn is looked at: files, or another process.
const GLANCE: Duration = Duration::from_millis(20);

/// The program at a terminal of its own.
pub struct Seat {
    child: Box<dyn Child + Send + Sync>,
    master: Box<dyn MasterPty + Send>,
    keys: Box<dyn Write + Send>,
    told: Receiver<Vec<u8>>,
    screen: Parser,
    raw: Vec<u8>,
}

fn cells(rows: u16, cols: u16) -> PtySize {
    PtySize { rows, cols, pixel_width: 0, pixel_height: 0 }
}

fn whole(cells: u16) -> NonZero<u16> {
    NonZero::new(cells).expect("a terminal has cells")
}

/// Starts the program; see [`Seat::new`].
fn started(
    home: &Path,
    (rows, cols): (u16, u16),
    vars: &[(&str, &str)],
    line: &[&str],
) -> (Box<dyn Child + Send + Sync>, Box<dyn MasterPty + Send>) {
    let pair = native_pty_system().openpty(cells(rows, cols)).unwrap();
    let mut command = CommandBuilder::new(env!("CARGO_BIN_EXE_lifeboat"));
    command.args(line);
    command.env_clear();
    command.env("PATH", "/usr/bin:/bin");
    command.env("TERM", "xterm-256color");
    command.env("LANG", "C.UTF-8");
    command.env("HOME", home);
    command.env("LIFEBOAT_HOME", home);
    command.env("USER", "ann");
    for (name, value) in vars {
        command.env(name, value);
    }
    (pair.slave.spawn_command(command).unwrap(), pair.master)
}

/// Starts the program, takes its terminal away once it has drawn, and tells
/// whether it ends.
pub fn ends_without_terminal(home: &Path, line: &[&str]) -> bool {
    let (mut child, master) = started(home, (24, 80), &[], line);
    let mut reader = master.try_clone_reader().unwrap();
    let mut buffer = [0; 4096];
    let mut drawn = Vec::new();
    while !String::from_utf8_lossy(&drawn).contains("OBSERVE") {
        let count = reader.read(&mut buffer).unwrap();
        drawn.extend(&buffer[..count]);
    }
    drop(reader);
    drop(master);
    let mut killer = child.clone_killer();
    let (tell, told) = channel();
    thread::spawn(move || tell.send(child.wait().is_ok()));
    let ended = told.recv_timeout(PATIENCE).unwrap_or(false);
    let _ = killer.kill();
    ended
}

impl Seat {
    /// Starts the program with this command line and nothing in its
    /// environment but what it is given; all its files lie below `home`.
    pub fn new(
        home: &Path,
        (rows, cols): (u16, u16),
        vars: &[(&str, &str)],
        line: &[&str],
    ) -> Seat {
        let (child, master) = started(home, (rows, cols), vars, line);
        let mut reader = master.try_clone_reader().unwrap();
        let keys = master.take_writer().unwrap();
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
            master,
            keys,
            told,
            screen: Parser::new(whole(rows), whole(cols), 0),
            raw: Vec::new(),
        }
    }

    /// Takes in what is drawn until it looks like this. What is not drawn is
    /// looked at all the while.
    pub fn until(&mut self, what: &str, fits: impl Fn(&Seat) -> bool) {
        let end = Instant::now() + PATIENCE;
        while !fits(self) {
            match self.told.recv_timeout(GLANCE) {
                Ok(bytes) => self.take(&bytes),
                Err(RecvTimeoutError::Timeout) => {}
                Err(RecvTimeoutError::Disconnected) => {
                    panic!("ended before {what}:\n{}", self.text());
                }
            }
            assert!(Instant::now() < end, "not {what}:\n{}", self.text());
        }
    }

    fn take(&mut self, bytes: &[u8]) {
        self.screen.process(bytes);
        self.raw.extend(bytes);
    }

    /// Takes in what is drawn for as long as a person takes to the next key.
    pub fn pause(&mut self, time: Duration) {
        let end = Instant::now() + time;
        loop {
            let left = end.saturating_duration_since(Instant::now());
            if left.is_zero() {
                return;
            }
            match self.told.recv_timeout(left) {
                Ok(bytes) => self.take(&bytes),
                Err(RecvTimeoutError::Timeout) => {}
                Err(RecvTimeoutError::Disconnected) => {
                    panic!("ended by itself:\n{}", self.text());
                }
            }
        }
    }

    /// How the line of this terminal is set, as `stty -g` would tell.
    pub fn line(&self) -> String {
        format!("{:?}", self.master.get_termios())
    }

    /// The same of a terminal that no program has touched.
    pub fn untouched() -> String {
        let pair = native_pty_system().openpty(cells(24, 80)).unwrap();
        format!("{:?}", pair.master.get_termios())
    }

    /// What is on the screen.
    pub fn text(&self) -> String {
        self.screen.screen().contents()
    }

    /// All that was ever written to the terminal.
    pub fn raw(&self) -> String {
        String::from_utf8_lossy(&self.raw).into_owned()
    }

    pub fn screen(&self) -> &vt100::Screen {
        self.screen.screen()
    }

    /// Takes in what is drawn until these words are there.
    pub fn shows(&mut self, words: &str) {
        self.until(words, |seat| seat.text().contains(words));
    }

    /// Something else writes over what is drawn, as a shell does.
    pub fn scribble(&mut self, bytes: &[u8]) {
        self.screen.process(bytes);
    }

    pub fn press(&mut self, keys: &[u8]) {
        self.keys.write_all(keys).unwrap();
        self.keys.flush().unwrap();
    }

    pub fn resize(&mut self, rows: u16, cols: u16) {
        self.screen.screen_mut().set_size(whole(rows), whole(cols));
        self.master.resize(cells(rows, cols)).unwrap();
    }

    /// Sends the program a signal: `TERM`, `HUP`, `KILL`.
    pub fn signal(&self, name: &str) {
        let pid = self.child.process_id().unwrap().to_string();
        let sent = Command::new("kill").args(["-s", name, &pid]).status();
        assert!(sent.unwrap().success());
    }

    /// Waits for the end and takes in all that was still drawn.
    pub fn end(&mut self) -> ExitStatus {
        let deadline = Instant::now() + PATIENCE;
        while let Ok(bytes) = self
            .told
            .recv_timeout(deadline.saturating_duration_since(Instant::now()))
        {
            self.take(&bytes);
        }
        assert!(Instant::now() < deadline, "it did not end:\n{}", self.text());
        self.child.wait().unwrap()
    }

    /// That the terminal is as it was before the program.
    pub fn is_given_back(&self) {
        let screen = self.screen.screen();
        assert!(!screen.alternate_screen(), "the alternate screen is left");
        assert!(!screen.hide_cursor(), "the cursor is shown");
        assert!(!screen.bracketed_paste(), "bracketed paste is off");
        let raw = self.raw();
        assert!(raw.contains("\x1b[?1049l") && raw.contains("\x1b[?2004l"));
    }
}
