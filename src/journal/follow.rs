//! Follows a journal that another console writes, as it grows; writes
//! nothing.

use std::fmt;
use std::io;
use std::mem;
use std::path::{Path, PathBuf};
use std::sync::Arc;

use crate::incident::entry::Entry;

use super::disk::Disk;
use super::open::{self, LOCK};
use super::read::{self, segment_name};
use super::scan::{self, End, Start};

/// As much is read at once.
const MOST: u64 = 1024 * 1024;

/// What was found.
#[derive(Clone, Debug, PartialEq)]
pub enum Grown {
    /// New entries.
    Entries(Vec<Entry>),
    /// Whether a console holds the incident, where that has changed.
    Held(bool),
    /// What cannot be read: an entry of a newer program, or damage, after
    /// which nothing more of the same file is read.
    Damaged(String),
}

/// A journal that is followed.
pub struct Follow {
    disk: Arc<dyn Disk>,
    dir: PathBuf,
    incident: String,
    number: u32,
    offset: u64,
    start: Start,
    held: Option<bool>,
    damaged: bool,
}

impl fmt::Debug for Follow {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Follow")
            .field("dir", &self.dir)
            .finish_non_exhaustive()
    }
}

impl Follow {
    /// Reads what is there and goes on behind it.
    pub fn begin(
        disk: Arc<dyn Disk>,
        dir: &Path,
    ) -> io::Result<(Self, Vec<Entry>)> {
        let reading = read::read(&*disk, dir)?;
        let last = reading.last();
        let follow = Follow {
            dir: dir.to_owned(),
            incident: reading.incident.clone(),
            number: last.number,
            offset: last.scan.good as u64,
            start: Start::After {
                seq: last.scan.seq,
                head: last.scan.head.clone(),
            },
            held: None,
            damaged: matches!(last.scan.end, End::Damaged { .. }),
            disk,
        };
        Ok((follow, reading.entries))
    }

    /// What is new.
    pub fn look(&mut self) -> Vec<Grown> {
        let mut grown = Vec::new();
        while self.read_on(&mut grown) || self.next_file() {}
        // A lock that is free is taken for a moment only; what looks held
        // after it was free may be another console that looks just now.
        let path = self.dir.join(LOCK);
        let lock = if self.held == Some(false) {
            open::lock_soon(&*self.disk, &path)
        } else {
            self.disk.try_lock(&path)
        };
        let Ok(lock) = lock else { return grown };
        let held = lock.is_none();
        drop(lock);
        // Whoever let it go wrote its last words first.
        while !held && (self.read_on(&mut grown) || self.next_file()) {}
        if self.held.replace(held) != Some(held) {
            grown.push(Grown::Held(held));
        }
        grown
    }

    /// Reads a part of the file; whether there may be more.
    fn read_on(&mut self, grown: &mut Vec<Grown>) -> bool {
        if self.damaged {
            return false;
        }
        let path = self.dir.join(segment_name(self.number));
        let Ok(bytes) = self.disk.read_from(&path, self.offset, MOST) else {
            return false;
        };
        let scan = scan::scan(&bytes, &self.incident, &self.start);
        if scan.good == 0 && !matches!(scan.end, End::Damaged { .. }) {
            return false;
        }
        let mut entries = Vec::new();
        for line in &scan.lines {
            let text = String::from_utf8_lossy(&bytes[line.clone()]);
            match Entry::parse(&text) {
                Ok(parsed) => entries.push(parsed.entry),
                Err(why) => grown.push(Grown::Damaged(format!(
                    "{}: an entry is left out: {why}",
                    segment_name(self.number)
                ))),
            }
        }
        if !entries.is_empty() {
            grown.push(Grown::Entries(entries));
        }
        self.offset += scan.good as u64;
        if scan.good > 0 {
            self.start = Start::After { seq: scan.seq, head: scan.head };
        }
        // What was cut off at the end of a part is no damage.
        let whole = (bytes.len() as u64) < MOST;
        if let End::Damaged { why, .. } = scan.end
            && (whole || scan.good == 0)
            && !mem::replace(&mut self.damaged, true)
        {
            let file = segment_name(self.number);
            grown.push(Grown::Damaged(format!("{file}: {why}")));
        }
        !self.damaged && !whole
    }

    /// Goes on in the file after this one, once there is one.
    fn next_file(&mut self) -> bool {
        let next = segment_name(self.number + 1);
        let listed = self.disk.list(&self.dir).unwrap_or_default();
        let is_there = listed.iter().any(|listed| listed.name == next);
        if is_there {
            self.number += 1;
            self.offset = 0;
            self.start = Start::Linked;
            self.damaged = false;
        }
        is_there
    }
}

#[cfg(test)]
mod tests {
    use super::super::clock::SystemClock;
    use super::super::disk::MemoryDisk;
    use super::super::order::{Answer, Keeper, Order};
    use super::*;
    use crate::incident::entry::Author;
    use crate::incident::fact::Fact;
    use jiff::Timestamp;

    fn keeper(disk: &MemoryDisk) -> Keeper {
        let author = Author {
            user: "ann".into(),
            arn: None,
            host: "bastion".into(),
            pid: 4711,
            console: "A".into(),
            role: "driver".into(),
        };
        let on: Arc<dyn Disk> = Arc::new(disk.clone());
        Keeper::new(on, Path::new("/state"), author, || {
            Box::new(SystemClock::new())
        })
    }

    fn note(text: &str) -> Box<Fact> {
        Box::new(Fact::Note { text: text.into() })
    }

    fn entries(grown: &[Grown]) -> Vec<u64> {
        let seqs = |grown: &Grown| match grown {
            Grown::Entries(entries) => {
                entries.iter().map(|entry| entry.seq).collect()
            }
            _ => Vec::new(),
        };
        grown.iter().flat_map(seqs).collect()
    }

    #[test]
    fn each_entry_is_seen_once_and_the_end_of_the_writer_too() {
        let disk = MemoryDisk::new();
        let mut writer = keeper(&disk);
        let now = Timestamp::UNIX_EPOCH;
        let order = Order::Create { now, salt: 1, first: note("first") };
        let Answer::Opened(Ok(opened)) = writer.take(order) else {
            panic!("it opens");
        };
        let on: Arc<dyn Disk> = Arc::new(disk.clone());
        let (mut follow, told) = Follow::begin(on, &opened.dir).unwrap();
        assert_eq!(told.len(), 1);
        assert_eq!(follow.look(), [Grown::Held(true)]);
        for text in ["two", "three"] {
            writer.take(Order::Record(note(text)));
        }
        assert_eq!(entries(&follow.look()), [2, 3]);
        assert_eq!(follow.look(), []);
        let before = disk.read(&opened.dir.join("journal.jsonl")).unwrap();
        writer.take(Order::Release);
        assert_eq!(follow.look(), [Grown::Held(false)]);
        let after = disk.read(&opened.dir.join("journal.jsonl")).unwrap();
        assert_eq!(before, after, "who follows writes nothing");
        let mut next = keeper(&disk);
        next.take(Order::Open(opened.incident.clone()));
        let grown = follow.look();
        assert_eq!(entries(&grown), [4, 5], "claimed and resumed");
        assert!(grown.contains(&Grown::Held(true)));
    }
}
