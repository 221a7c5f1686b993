//! Programs of this machine: started for a recorded intent, once, or to look.
//!
//! The program that changes something is started by [`perform`] alone, which
//! uses up the proof that its intent is on disk. It goes on if the console
//! ends: it is in a process group of its own, and writes to files that have
//! no name rather than into a pipe, whose end would end it.

mod child;
mod output;
mod process;

use std::env;
use std::ffi::OsString;
use std::io;
use std::path::{Path, PathBuf};
use std::thread::Builder;
use std::time::Duration;

use jiff::{SignedDuration, Timestamp};
use rustix::fs::{Access, access};
use tokio::sync::oneshot;

use self::child::Child;
use crate::estate::Found;
use crate::estate::program::{End, Installed, Process, Start};
use crate::failure::{Failure, FailureKind, cleaned};
use crate::journal::recorded::Recorded;
use crate::runbook::plan::Intent;
use crate::runbook::run::Outcome;

/// An intent recorded longer ago starts nothing: what was looked at before
/// the confirm may no longer hold.
const OLDEST: SignedDuration = SignedDuration::from_secs(5);

/// So long a program that took too long may take to end by itself.
pub const GRACE: Duration = Duration::from_secs(10);

/// What is told of a program while it runs: that it was started, and what
/// came of it after so many milliseconds. Both come from a thread.
pub trait Heard: Send + 'static {
    /// It was started.
    fn began(&mut self, process: Process);
    /// It ended, or was never started.
    fn ended(self, outcome: Outcome, took_ms: u64);
}

/// Starts the program of an intent, once. The proof that the intent was
/// recorded is used up. Nothing here waits: a thread does.
pub fn perform(intent: Recorded<Intent>, now: Timestamp, heard: impl Heard) {
    let recorded = intent.at();
    let intent = intent.into_value();
    let Some(start) = intent.call().program().map(|own| own.start.clone())
    else {
        let why = "its call is for AWS, and starts nothing here".into();
        return heard.ended(Outcome::NotSent { why }, 0);
    };
    if now.duration_since(recorded) > OLDEST {
        let why = format!(
            "it was recorded more than {} s ago; look and confirm again",
            OLDEST.as_secs()
        );
        return heard.ended(Outcome::NotSent { why }, 0);
    }
    // If there is no thread, `heard` is gone with it: a step in flight of
    // which nothing is ever heard is unknown to the next console.
    let thread = Builder::new().name("command".into());
    let started = thread.spawn(move || run(&start, heard));
    if let Err(error) = started {
        tracing::error!(%error, "no thread to start a program from");
    }
}

fn run(start: &Start, mut heard: impl Heard) {
    let child = match Child::start(start) {
        Ok(child) => child,
        Err(error) => {
            let why = format!("it could not be started: {error}");
            return heard.ended(Outcome::NotSent { why }, 0);
        }
    };
    heard.began(child.process().clone());
    let (end, took) = child.wait(GRACE);
    heard.ended(Outcome::Ended { end: Box::new(end) }, millis(took));
}

fn millis(took: Duration) -> u64 {
    u64::try_from(took.as_millis()).unwrap_or(u64::MAX)
}

/// Runs a program that only looks. While the process is alive whose work it
/// is to judge, nothing can be told.
pub(super) async fn look(
    start: &Start,
    after: Option<&Process>,
) -> Result<Found, Failure> {
    let (own, after) = (start.clone(), after.cloned());
    let ended = apart(move || ended(own, after.as_ref())).await;
    ended.map(|end| Found::Command(Box::new(end))).map_err(|(kind, why)| {
        let doing = format!("run {}", start.line());
        Failure::new(cleaned(&doing), kind).because(cleaned(&why))
    })
}

fn ended(mut start: Start, after: Option<&Process>) -> Result<End, Why> {
    if let Some(why) = after.and_then(process::may_run) {
        return Err((FailureKind::Conflict, why));
    }
    let name = start.argv.first().map_or("", String::as_str);
    let found = find(name, start.dir.as_deref(), &start.inherits)?;
    if !found.lacks.is_empty() {
        let why = format!("not set here: {}", found.lacks.join(", "));
        return Err((FailureKind::NotFound, why));
    }
    start.dir = Some(found.dir);
    start.argv.splice(..1, [found.path]);
    let child = Child::start(&start).map_err(|error| of_io(&error))?;
    Ok(child.wait(GRACE).0)
}

/// Why nothing came of a look.
type Why = (FailureKind, String);

/// Does this on a thread of its own: a share that hangs in an outage must
/// hold up nothing else.
async fn apart<T: Send + 'static>(
    work: impl FnOnce() -> Result<T, Why> + Send + 'static,
) -> Result<T, Why> {
    let (tell, told) = oneshot::channel();
    let thread = Builder::new().name("command-look".into());
    let began = thread.spawn(move || {
        let _ = tell.send(work());
    });
    began.map_err(|error| of_io(&error))?;
    told.await.unwrap_or_else(|_| {
        Err((FailureKind::Other, "the look broke off".to_owned()))
    })
}

fn of_io(error: &io::Error) -> Why {
    (kind_of(error), error.to_string())
}

fn kind_of(error: &io::Error) -> FailureKind {
    match error.kind() {
        io::ErrorKind::NotFound => FailureKind::NotFound,
        io::ErrorKind::PermissionDenied => {
            FailureKind::Denied { action: None }
        }
        _ => FailureKind::Other,
    }
}

/// Looks for a program, and for what it would be started with.
pub(super) async fn installed(
    name: &str,
    dir: Option<&str>,
    inherits: &[String],
) -> Result<Found, Failure> {
    let dir = dir.map(str::to_owned);
    let (own, inherits) = (name.to_owned(), inherits.to_vec());
    let found = apart(move || find(&own, dir.as_deref(), &inherits)).await;
    found.map(Found::Program).map_err(|(kind, why)| {
        Failure::new(format!("find {}", cleaned(name)), kind)
            .because(cleaned(&why))
    })
}

fn find(
    name: &str,
    dir: Option<&str>,
    inherits: &[String],
) -> Result<Installed, Why> {
    let here = env::current_dir().map_err(|error| of_io(&error))?;
    let dir = dir.map_or_else(|| here.clone(), |dir| here.join(dir));
    if !dir.is_dir() {
        let why = format!("{} is no folder", dir.display());
        return Err((FailureKind::NotFound, why));
    }
    let path = resolve(name, &dir)?;
    let file = path.metadata().map_err(|error| of_io(&error))?;
    let changed = file.modified().ok();
    let changed = changed.and_then(|at| Timestamp::try_from(at).ok());
    let changed = changed.map_or_else(
        || "unknown".to_owned(),
        |at| at.strftime("%Y-%m-%dT%H:%M:%S.%fZ").to_string(),
    );
    let lacks = inherits.iter().filter(|name| own(name).is_none());
    Ok(Installed {
        path: text(&path)?,
        file: format!("{} bytes, changed {changed}", file.len()),
        dir: text(&dir)?,
        lacks: lacks.cloned().collect(),
    })
}

fn text(path: &Path) -> Result<String, Why> {
    let told = path.to_str().map(str::to_owned);
    told.ok_or_else(|| {
        let why = format!("{} is not UTF-8", path.display());
        (FailureKind::Other, why)
    })
}

/// The file that a name stands for: one with a slash from its folder, any
/// other by the console's own `PATH`, as a shell would find it.
fn resolve(name: &str, dir: &Path) -> Result<PathBuf, Why> {
    let runs =
        |path: &Path| path.is_file() && access(path, Access::EXEC_OK).is_ok();
    if name.contains('/') {
        let path = dir.join(name);
        if runs(&path) {
            return Ok(path);
        }
        let why = format!("{} is no program", path.display());
        return Err((FailureKind::NotFound, why));
    }
    let all = own("PATH").unwrap_or_default();
    let mut all = env::split_paths(&all).filter(|at| at.is_absolute());
    let found = all.find_map(|at| Some(at.join(name)).filter(|p| runs(p)));
    found.ok_or_else(|| {
        let why = format!("there is no program {name} on the PATH");
        (FailureKind::NotFound, why)
    })
}

/// What a name holds in the console's own environment.
#[expect(
    clippy::disallowed_methods,
    reason = "a program is given, by name, what no other part may keep"
)]
fn own(name: &str) -> Option<OsString> {
    env::var_os(name)
}

#[cfg(test)]
mod tests;
