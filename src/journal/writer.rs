//! The writer: one append at a time, acknowledged when it is on disk.

use std::io;
use std::path::PathBuf;

use crate::failure::{Failure, FailureKind};
use crate::incident::entry::{Author, Entry, whole_millis};
use crate::incident::fact::Fact;
use crate::runbook::plan::Intent;
use crate::runbook::run::StepFact;

use super::clock::Clock;
use super::disk::{self, DiskFile, Lock};
use super::recorded::{NotRecorded, Recorded};

/// Writes the entries of one incident. It holds the incident's lock, so
/// there is one of it at a time, on this machine.
///
/// An append is one `write`, then one `fdatasync`, then the answer. A write
/// that failed or fell short is cut off again; after a failed `fdatasync`,
/// or when the cut fails too, the kernel's and the disk's views may differ
/// and nothing more is written.
#[derive(Debug)]
pub struct Writer {
    file: Box<dyn DiskFile>,
    path: PathBuf,
    incident: String,
    author: Author,
    clock: Box<dyn Clock>,
    chain: Chain,
    broken: Option<Failure>,
    _lock: Box<dyn Lock>,
}

/// Where the next entry goes.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Chain {
    /// The number of the last entry.
    pub(super) seq: u64,
    /// The hash of the last entry.
    pub(super) head: String,
    /// The bytes of the file that can be trusted.
    pub(super) length: u64,
}

impl Writer {
    pub(super) fn new(
        file: Box<dyn DiskFile>,
        path: PathBuf,
        incident: String,
        (author, clock): (Author, Box<dyn Clock>),
        chain: Chain,
        lock: Box<dyn Lock>,
    ) -> Self {
        Writer {
            file,
            path,
            incident,
            author,
            clock,
            chain,
            broken: None,
            _lock: lock,
        }
    }

    /// The incident whose entries these are.
    pub fn incident(&self) -> &str {
        &self.incident
    }

    /// The hash of the last entry.
    pub fn head(&self) -> &str {
        &self.chain.head
    }

    /// Names who writes from now on.
    pub fn written_by(&mut self, author: Author) {
        self.author = author;
    }

    /// Writes what happened; the answer is the entry as it is on disk.
    pub fn record(&mut self, fact: Fact) -> Result<Entry, NotRecorded> {
        if let Some(broken) = &self.broken {
            return Err(NotRecorded::Broken(broken.clone()));
        }
        let entry = Entry {
            seq: self.chain.seq + 1,
            at: whole_millis(self.clock.now()),
            up_ns: self.clock.up_ns(),
            boot: self.clock.boot().to_owned(),
            by: self.author.clone(),
            fact,
        };
        let (mut line, hash) = entry
            .line(&self.chain.head, &self.incident)
            .map_err(|long| NotRecorded::TooLong { bytes: long.bytes })?;
        line.push('\n');
        self.append(line.as_bytes())?;
        self.chain.seq = entry.seq;
        self.chain.head = hash;
        self.chain.length += line.len() as u64;
        Ok(entry)
    }

    /// Writes an approved call and gives back the proof without which it
    /// cannot be sent. On failure the intent is gone: it takes a new confirm.
    pub fn record_intent(
        &mut self,
        intent: Intent,
    ) -> Result<(Recorded<Intent>, Entry), NotRecorded> {
        let entry = self.record(Fact::Step(StepFact::intended(&intent)))?;
        Ok((Recorded::new(intent, entry.seq, entry.at), entry))
    }

    /// One write, one sync; after a failed write the file is as before.
    fn append(&mut self, line: &[u8]) -> Result<(), NotRecorded> {
        let written = loop {
            match self.file.write(line) {
                Err(error) if error.kind() == io::ErrorKind::Interrupted => {}
                answer => break answer,
            }
        };
        let error = match written {
            Ok(count) if count == line.len() => {
                return self.file.sync().map_err(|error| self.give_up(&error));
            }
            Ok(_) => io::Error::new(
                io::ErrorKind::StorageFull,
                "the disk took only a part of the entry",
            ),
            Err(error) => error,
        };
        match self.file.truncate(self.chain.length) {
            Ok(()) => Err(NotRecorded::Refused(self.failure(&error))),
            Err(worse) => Err(self.give_up(&worse)),
        }
    }

    fn give_up(&mut self, error: &io::Error) -> NotRecorded {
        let failure = self.failure(error);
        self.broken = Some(failure.clone());
        NotRecorded::Broken(failure)
    }

    fn failure(&self, error: &io::Error) -> Failure {
        Failure::new("record in the journal", FailureKind::Other)
            .because(disk::told(&self.path, error))
    }
}
