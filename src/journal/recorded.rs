//! `Recorded<T>`: the proof that T is on disk.

use jiff::Timestamp;
use thiserror::Error;

use crate::failure::Failure;

/// Something that is durably in the journal. Only the journal's writer makes
/// it, after its `fdatasync` returned; it is neither Clone nor Deserialize.
#[derive(Debug, PartialEq)]
pub struct Recorded<T> {
    value: T,
    seq: u64,
    at: Timestamp,
}

impl<T> Recorded<T> {
    /// Called by the writer once the bytes are known to be on disk.
    pub(in crate::journal) fn new(value: T, seq: u64, at: Timestamp) -> Self {
        Recorded { value, seq, at }
    }

    /// What was recorded.
    pub fn value(&self) -> &T {
        &self.value
    }

    /// Its place in the journal, from 1.
    pub fn seq(&self) -> u64 {
        self.seq
    }

    /// When it was written.
    pub fn at(&self) -> Timestamp {
        self.at
    }

    /// Gives the value back and uses the proof up.
    pub fn into_value(self) -> T {
        self.value
    }
}

/// Why something is not known to be in the journal. Nothing may be done on
/// the strength of it.
#[derive(Clone, Debug, PartialEq, Eq, Error)]
pub enum NotRecorded {
    /// No incident is open.
    #[error("no incident is open")]
    NoIncident,
    /// It is too long for one line.
    #[error("it would be {bytes} bytes; an entry has at most 65536")]
    TooLong {
        /// The bytes its line would have.
        bytes: usize,
    },
    /// The disk did not take it; nothing of it is left there, and the next
    /// one may go well.
    #[error("{0}")]
    Refused(Failure),
    /// The disk broke while it was written, now or earlier: whether it is
    /// there will be known when the incident is opened again. This journal
    /// takes nothing more.
    #[error("{0}")]
    Broken(Failure),
    /// The journal's thread has ended.
    #[error("the journal is closed")]
    Closed,
}
