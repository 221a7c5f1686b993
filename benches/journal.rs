//! What an acknowledged entry costs beside a bare write and `fdatasync` of
//! the same bytes, measured in turns on the same disk; then how fast a long
//! journal is read back.
//!
//! `cargo bench --bench journal -- [DIRECTORY]`; the directory decides which
//! disk is measured (default: below `target`).

#![expect(clippy::disallowed_methods, reason = "a bench reads the clock")]

#[path = "load/keep.rs"]
mod keep;

use std::env;
use std::fs::{self, File, OpenOptions};
use std::io::Write;
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::time::{Duration, Instant};

use lifeboat::incident::fact::Fact;
use lifeboat::journal::Journal;
use lifeboat::journal::disk::{MemoryDisk, RealDisk};
use lifeboat::journal::read::{self, FIRST};

use keep::{create, keeper, record};

const TURNS: usize = 400;
const LONG: usize = 10_000;

fn main() {
    let base = env::args()
        .skip(1)
        .find(|argument| !argument.starts_with('-'))
        .map_or_else(|| PathBuf::from("target"), PathBuf::from);
    fs::create_dir_all(&base).expect("the directory can be made");
    let home = tempfile::tempdir_in(&base).expect("there is room");
    append(home.path());
    read_back();
}

/// Appends by the journal's thread and bare appends, taking turns.
fn append(home: &Path) {
    let state = home.join("state");
    let disk = RealDisk::at(&state).expect("a directory of our own");
    let mut journal = Journal::start(keeper(Arc::new(disk), &state))
        .expect("a thread can be started");
    let opened = create(&mut journal);
    record(&mut journal, note(0));
    let line = last_line(&opened.dir);
    let mut bare = bare_file(home);
    let (mut ours, mut theirs) = (Vec::new(), Vec::new());
    for turn in 0..TURNS {
        let begun = Instant::now();
        record(&mut journal, note(turn));
        ours.push(begun.elapsed());
        let begun = Instant::now();
        bare.write_all(&line).expect("there is room");
        bare.sync_data().expect("the disk is well");
        theirs.push(begun.elapsed());
    }
    assert!(journal.finish(Duration::from_secs(10)));
    println!("append, {TURNS} turns, entries of {} bytes", line.len());
    for (name, percent) in [("p50", 50), ("p99", 99)] {
        let (ours, theirs) =
            (at(&mut ours, percent), at(&mut theirs, percent));
        println!(
            "  {name}: journal {:.3} ms, bare write + fdatasync {:.3} ms, \
             ratio {:.2}, difference {:.3} ms",
            millis(ours),
            millis(theirs),
            ours.as_secs_f64() / theirs.as_secs_f64(),
            millis(ours) - millis(theirs),
        );
    }
}

/// Reads and checks a journal of many entries, without a disk.
fn read_back() {
    let disk = MemoryDisk::new();
    let keeper = keeper(Arc::new(disk.clone()), Path::new("/state"));
    let mut journal = Journal::inline(keeper);
    let opened = create(&mut journal);
    for number in 0..LONG {
        record(&mut journal, note(number));
    }
    let begun = Instant::now();
    let report = read::verify(&disk, &opened.dir).expect("it can be read");
    let took = begun.elapsed();
    assert!(report.is_sound());
    println!("verify, {} entries: {:.1} ms", report.entries, millis(took));
}

fn note(number: usize) -> Fact {
    let text = format!("note {number:06} {}", "x".repeat(120));
    Fact::Note { text }
}

fn last_line(dir: &Path) -> Vec<u8> {
    let bytes = fs::read(dir.join(FIRST)).expect("it was just written");
    let end = bytes.len() - 1;
    let newline = |&byte: &u8| byte == b'\n';
    let start = bytes[..end].iter().rposition(newline).map_or(0, |at| at + 1);
    bytes[start..].to_vec()
}

fn bare_file(home: &Path) -> File {
    OpenOptions::new()
        .append(true)
        .create_new(true)
        .open(home.join("bare"))
        .expect("a new file")
}

/// A percentile; sorts.
fn at(times: &mut [Duration], percent: usize) -> Duration {
    times.sort_unstable();
    times[(times.len() - 1) * percent / 100]
}

fn millis(time: Duration) -> f64 {
    time.as_secs_f64() * 1e3
}
