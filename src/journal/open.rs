//! Opens a journal for writing: takes its lock, mends a torn end, leaves
//! damage as it is and goes on in a new file.

use std::io;
use std::path::Path;
use std::sync::Arc;
use std::thread;

use jiff::Timestamp;
use thiserror::Error;

use crate::failure::{Failure, FailureKind};
use crate::incident::entry::{Author, Entry};
use crate::incident::fact::Fact;

use super::clock::Clock;
use super::disk::{self, Disk, DiskFile, Lock};
use super::read::{self, Reading, Segment, Unread, segment_name};
use super::recorded::NotRecorded;
use super::scan::{self, End};
use super::writer::{Chain, Writer};

/// The file whose lock says who may write; never renamed, never removed.
pub(super) const LOCK: &str = "lock";
const QUARANTINE: &str = "quarantine";

/// A journal that can be written to, and what it told so far.
#[derive(Debug)]
pub struct Opening {
    /// The writer, holding the lock.
    pub writer: Writer,
    /// All entries, those of the mending included.
    pub entries: Vec<Entry>,
    /// The numbers of entries found behind damage: they may have happened.
    pub salvaged: Vec<u64>,
    /// What was mended or found damaged, for the person to know.
    pub notices: Vec<String>,
    /// When the last entry before this opening was written.
    pub before: Option<Timestamp>,
}

/// Why a journal cannot be written to.
#[derive(Clone, Debug, PartialEq, Eq, Error)]
pub enum NotOpened {
    /// Another console writes it.
    #[error("{}", held(by.as_deref()))]
    Held {
        /// That console, by its last claim.
        by: Option<Box<Author>>,
    },
    /// A newer program wrote it; what this one cannot read it must not
    /// follow up.
    #[error("{file}, line {line}: {why}; read only", file = .0.file, line = .0.line, why = .0.why)]
    Newer(Box<Unread>),
    /// The disk refused.
    #[error("{0}")]
    Failed(Failure),
    /// It was opened, and its first entries could not be written.
    #[error("{0}")]
    NotRecorded(NotRecorded),
}

fn held(by: Option<&Author>) -> String {
    match by {
        Some(by) => format!(
            "held by {} on {}, process {} (console {})",
            by.user, by.host, by.pid, by.console
        ),
        None => "held by another console".to_owned(),
    }
}

/// Opens the journal in `dir` for writing by `author`.
///
/// A torn end is copied to `quarantine/`, cut off and noted. Damage is left
/// as it is: a new file is begun that names it. The last entry is written
/// again, as the sync of it may have failed in an earlier life; then the
/// kernel shows bytes that the disk does not have. Every step can be done
/// again after a crash in the middle of it.
pub fn open(
    disk: &Arc<dyn Disk>,
    dir: &Path,
    author: Author,
    clock: Box<dyn Clock>,
) -> Result<Opening, NotOpened> {
    let failed = |error: io::Error| failed(dir, &error);
    let lock = lock_soon(&**disk, &dir.join(LOCK)).map_err(failed)?;
    let Some(lock) = lock else {
        let reading = read::read(&**disk, dir).ok();
        let by = reading.and_then(|found| found.holder().cloned());
        return Err(NotOpened::Held { by: by.map(Box::new) });
    };
    let mut reading = read::read(&**disk, dir).map_err(failed)?;
    if let Some(unread) = reading.unread.pop() {
        return Err(NotOpened::Newer(Box::new(unread)));
    }
    let mend = Mend { disk: &**disk, dir };
    let (writer, facts) =
        mend.run(&reading, (author, clock), lock).map_err(failed)?;
    let mut opening = Opening {
        writer,
        before: reading.entries.last().map(|entry| entry.at),
        entries: reading.entries,
        salvaged: reading.salvaged,
        notices: Vec::new(),
    };
    for (fact, notice) in facts {
        let entry =
            opening.writer.record(fact).map_err(NotOpened::NotRecorded)?;
        opening.entries.push(entry);
        opening.notices.push(notice);
    }
    Ok(opening)
}

/// Takes a lock that who follows a journal may hold for a moment, to see
/// whether it is free.
pub(super) fn lock_soon(
    disk: &dyn Disk,
    path: &Path,
) -> io::Result<Option<Box<dyn Lock>>> {
    /// Many times as long as such a look takes.
    const TRIES: usize = 20;
    for _ in 0..TRIES {
        if let Some(lock) = disk.try_lock(path)? {
            return Ok(Some(lock));
        }
        thread::yield_now();
    }
    Ok(None)
}

pub(super) fn failed(dir: &Path, error: &io::Error) -> NotOpened {
    let cause = disk::told(dir, error);
    NotOpened::Failed(
        Failure::new("open the journal", FailureKind::Other).because(cause),
    )
}

/// The mending of one journal.
struct Mend<'a> {
    disk: &'a dyn Disk,
    dir: &'a Path,
}

/// A fact to record about the mending, with the sentence shown.
type Noted = (Fact, String);

impl Mend<'_> {
    fn run(
        &self,
        reading: &Reading,
        by: (Author, Box<dyn Clock>),
        lock: Box<dyn Lock>,
    ) -> io::Result<(Writer, Vec<Noted>)> {
        let last = reading.last();
        let mut noted = Vec::new();
        let (file, name, same) = match &last.scan.end {
            End::Clean => (self.reopen(last)?, last.file.clone(), true),
            End::Torn => {
                noted.push(self.quarantine(last)?);
                let mut file = self.reopen(last)?;
                file.truncate(last.scan.good as u64)?;
                file.sync()?;
                self.disk.sync_dir(self.dir)?;
                (file, last.file.clone(), true)
            }
            End::Damaged { .. } => {
                let name = segment_name(last.number + 1);
                let file = self.disk.create(&self.dir.join(&name))?;
                self.disk.sync_dir(self.dir)?;
                (file, name, false)
            }
        };
        // A file begun for damage whose naming of it never got to disk.
        let nameless = last.number > 1 && last.scan.lines.is_empty();
        if !same {
            noted.push(damage(last, reading.head()));
        } else if nameless {
            let before = &reading.segments[reading.segments.len() - 2];
            noted.insert(0, damage(before, reading.head()));
        }
        let chain = Chain {
            seq: reading.highest(),
            head: reading.head().to_owned(),
            length: if same { last.scan.good as u64 } else { 0 },
        };
        let path = self.dir.join(name);
        let incident = reading.incident.clone();
        Ok((Writer::new(file, path, incident, by, chain, lock), noted))
    }

    fn reopen(&self, segment: &Segment) -> io::Result<Box<dyn DiskFile>> {
        let path = self.dir.join(&segment.file);
        if let Some(line) = segment.scan.lines.last() {
            let line = &segment.bytes[line.start..=line.end];
            let offset = segment.scan.good - line.len();
            self.disk.rewrite(&path, offset as u64, line)?;
        }
        self.disk.append(&path)
    }

    /// Copies a torn end away, durably, before it is cut off.
    fn quarantine(&self, segment: &Segment) -> io::Result<Noted> {
        let torn = &segment.bytes[segment.scan.good..];
        let sha256 = scan::sha256(torn);
        let dir = self.dir.join(QUARANTINE);
        let name =
            format!("{}.{}.{}", segment.file, segment.scan.good, &sha256[..8]);
        disk::replace(self.disk, &dir.join(&name), torn)?;
        let bytes = torn.len() as u64;
        let notice = format!(
            "{}: a torn end of {bytes} bytes was moved to \
             {QUARANTINE}/{name}; nothing acknowledged is lost",
            segment.file
        );
        Ok((Fact::Recovered { bytes, sha256 }, notice))
    }
}

fn damage(segment: &Segment, head: &str) -> Noted {
    let offset = segment.scan.good as u64;
    let fact = Fact::Damaged {
        file: segment.file.clone(),
        offset,
        sha256: scan::sha256(&segment.bytes),
        last_good: head.to_owned(),
    };
    let notice = format!(
        "{} is damaged from byte {offset} (line {}); it stays as it is, the \
         incident goes on in {}",
        segment.file,
        segment.scan.lines.len() + 1,
        segment_name(segment.number + 1)
    );
    (fact, notice)
}
