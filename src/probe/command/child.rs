//! One child process: its start, its limit and its end.

use std::io;
use std::os::unix::process::{CommandExt, ExitStatusExt};
use std::process::{Child as Spawned, Command, ExitStatus, Stdio};
use std::sync::mpsc::{Receiver, RecvTimeoutError, Sender, channel};
use std::thread::{Builder, park_timeout};
use std::time::{Duration, Instant};

use rustix::io::Errno;
use rustix::process::{
    Pid, Signal, WaitId, WaitIdOptions, kill_process_group, waitid,
};

use super::output::{Output, told};
use super::{own, process};
use crate::estate::program::{End, Process, Start};

/// How often its output is looked after.
const TURN: Duration = Duration::from_secs(1);

/// How often it is looked whether a group is gone.
const MOMENT: Duration = Duration::from_millis(5);

/// What is kept back of names that sound as if they held a secret; shorter
/// values stand in any text.
const SECRET_MIN: usize = 6;

/// A program under way.
pub(super) struct Child {
    start: Start,
    spawned: Spawned,
    process: Process,
    begun: Instant,
    ended: Receiver<()>,
    out: Output,
    err: Output,
    secrets: Vec<String>,
}

impl Child {
    /// Starts a program: in a group of its own, with nothing to read, and
    /// with what is listed of the environment alone.
    pub(super) fn start(start: &Start) -> io::Result<Child> {
        let (out, err) = (Output::new()?, Output::new()?);
        let (first, rest) = start.argv.split_first().ok_or_else(|| {
            io::Error::new(io::ErrorKind::InvalidInput, "no program is named")
        })?;
        let mut command = Command::new(first);
        command
            .args(rest)
            .env_clear()
            .stdin(Stdio::null())
            .stdout(out.writer()?)
            .stderr(err.writer()?)
            .process_group(0);
        let mut secrets = Vec::new();
        for name in &start.inherits {
            let Some(value) = own(name) else { continue };
            secrets.extend(secret(name, &value.to_string_lossy()));
            command.env(name, value);
        }
        for (name, value) in &start.sets {
            secrets.extend(secret(name, value));
            command.env(name, value);
        }
        if let Some(dir) = &start.dir {
            command.current_dir(dir);
        }
        // Whatever may fail does so before anything runs.
        let (watched, ended) = watch()?;
        let begun = now();
        let spawned = command.spawn()?;
        let _ = watched.send(spawned.id());
        let process = process::known(spawned.id());
        let start = start.clone();
        Ok(Child { start, spawned, process, begun, ended, out, err, secrets })
    }

    /// What it is known by.
    pub(super) fn process(&self) -> &Process {
        &self.process
    }

    /// Waits for its end, and brings it about once its limit is over: it is
    /// asked to end, then made to, and all of its group with it.
    pub(super) fn wait(mut self, grace: Duration) -> (End, Duration) {
        let limit = Duration::from_secs(self.start.limit_s);
        let late = !self.ends_before(self.begun + limit);
        if late {
            self.signal(Signal::TERM);
            // One that was stopped hears nothing else before it goes on.
            self.signal(Signal::CONT);
            self.ends_before(now() + grace);
            self.signal(Signal::KILL);
            self.ends_before(now() + grace);
        }
        // A process that was made to end takes a moment to be gone.
        let gone = now() + TURN;
        while late && process::has_members(self.process.pid) && now() < gone {
            park_timeout(MOMENT);
        }
        let took = self.begun.elapsed();
        // Until here it was not asked how it ended: its id was its own.
        let status = self.spawned.try_wait().ok().flatten();
        (self.end(status, late), took)
    }

    fn end(&self, status: Option<ExitStatus>, late: bool) -> End {
        let (out, err) = (self.out.newest(), self.err.newest());
        let told_values = self.start.told(&out);
        let clean = |(name, value): (String, String)| {
            (name, told(&value, &self.secrets))
        };
        End {
            exit: status.and_then(|status| status.code()),
            signal: status.and_then(|status| status.signal()),
            late,
            leaves: process::has_members(self.process.pid),
            stdout: told(&out, &self.secrets),
            stderr: told(&err, &self.secrets),
            told: told_values.into_iter().map(clean).collect(),
        }
    }

    /// Whether it ends before this moment.
    fn ends_before(&self, deadline: Instant) -> bool {
        loop {
            let left = deadline.saturating_duration_since(now());
            match self.ended.recv_timeout(left.min(TURN)) {
                Ok(()) | Err(RecvTimeoutError::Disconnected) => return true,
                Err(RecvTimeoutError::Timeout) if left.is_zero() => {
                    return false;
                }
                Err(RecvTimeoutError::Timeout) => {
                    self.out.trim();
                    self.err.trim();
                }
            }
        }
    }

    fn signal(&self, signal: Signal) {
        let pid = i32::try_from(self.process.pid).ok().and_then(Pid::from_raw);
        let Some(pid) = pid else { return };
        match kill_process_group(pid, signal) {
            Ok(()) | Err(Errno::SRCH) => {}
            Err(error) => {
                tracing::warn!(%error, "a program was not signalled");
            }
        }
    }
}

/// Tells when a process has ended, once its id is told, and leaves it to be
/// asked how: until then its id is given to no other.
fn watch() -> io::Result<(Sender<u32>, Receiver<()>)> {
    let (watched, pid) = channel::<u32>();
    let (tell, ended) = channel();
    let thread = Builder::new().name("command-wait".into());
    thread.spawn(move || {
        let pid = pid.recv().ok().and_then(|pid| i32::try_from(pid).ok());
        let Some(pid) = pid.and_then(Pid::from_raw) else { return };
        let options = WaitIdOptions::EXITED | WaitIdOptions::NOWAIT;
        while let Err(Errno::INTR) = waitid(WaitId::Pid(pid), options) {}
        let _ = tell.send(());
    })?;
    Ok((watched, ended))
}

/// A value that is kept out of what is told, if its name says that it is a
/// secret.
fn secret(name: &str, value: &str) -> Option<String> {
    let name = name.to_ascii_uppercase();
    let says = ["PASS", "SECRET", "TOKEN", "KEY", "CREDENTIAL"];
    let is = says.iter().any(|word| name.contains(word));
    (is && value.len() >= SECRET_MIN).then(|| value.to_owned())
}

#[expect(
    clippy::disallowed_methods,
    reason = "a program of this machine is limited by the machine's own clock"
)]
fn now() -> Instant {
    Instant::now()
}
