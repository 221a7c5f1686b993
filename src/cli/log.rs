//! The program's own log: a file beside the journal, off the screen.

use std::fs::{self, DirBuilder, OpenOptions};
use std::io;
use std::os::unix::fs::{DirBuilderExt, OpenOptionsExt};
use std::path::Path;

use tracing::level_filters::LevelFilter;
use tracing::{Level, Metadata};
use tracing_appender::non_blocking::{NonBlocking, WorkerGuard};
use tracing_subscriber::Layer;
use tracing_subscriber::filter::filter_fn;
use tracing_subscriber::fmt::layer;
use tracing_subscriber::layer::SubscriberExt;
use tracing_subscriber::util::SubscriberInitExt;

/// A log longer than this is put aside when the program begins.
const LONGEST: u64 = 5 << 20;

/// Begins the log below `state`; it is written while the guard lives.
/// Without it the program goes on: a full disk must not end a console.
pub(super) fn begin(state: &Path) -> io::Result<WorkerGuard> {
    let dir = state.join("log");
    DirBuilder::new().recursive(true).mode(0o700).create(&dir)?;
    let path = dir.join("lifeboat.log");
    let length = fs::metadata(&path).map_or(0, |found| found.len());
    if length > LONGEST {
        fs::rename(&path, dir.join("lifeboat.old.log"))?;
    }
    let file = OpenOptions::new()
        .append(true)
        .create(true)
        .mode(0o600)
        .custom_flags(libc::O_NOFOLLOW)
        .open(&path)?;
    let (writer, guard) = NonBlocking::new(file);
    let lines = layer()
        .with_writer(writer)
        .with_ansi(false)
        .with_filter(filter_fn(is_logged));
    // A second log in one process, as in tests, changes nothing.
    let _ = tracing_subscriber::registry().with(lines).try_init();
    Ok(guard)
}

/// What is written: our own words from `DEBUG`, those of others from `INFO`.
/// In code and not by a variable: below `INFO` the SDK and its HTTP and TLS
/// layers tell of requests, and have told of credentials (RUSTSEC-2023-0125).
fn is_logged(of: &Metadata<'_>) -> bool {
    let ours = of.target().split("::").next() == Some("lifeboat");
    let most = if ours { Level::DEBUG } else { Level::INFO };
    LevelFilter::from_level(most) >= *of.level()
}
