//! `Recorded<T>`: the proof that T is on disk.

use jiff::Timestamp;

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
    #[expect(dead_code, reason = "until the writer lands")]
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
