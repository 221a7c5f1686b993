//! How far the bytes of a journal can be trusted: a torn end and damage are
//! told apart.
//!
//! A line is JSON and ends with its seal, `,"h":"<64 hex digits>"}`: the
//! SHA-256 of the bytes before the seal. Its `seq` is one more than that of
//! the line before, its `prev` is the hash of the line before.

use std::ops::Range;

use serde::Deserialize;
use sha2::{Digest, Sha256};
use thiserror::Error;

use crate::incident::entry::{LINE_MAX, hex};

/// The most bytes a line may have, its newline included. What is bigger
/// belongs beside the journal.
pub const LINE_LIMIT: usize = LINE_MAX + 1;

const SEAL: &[u8] = br#","h":""#;
const SEAL_LENGTH: usize = SEAL.len() + 64 + 2;

/// What the first line of a file must follow.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Start {
    /// The line with this number and this hash.
    After {
        /// Its number; 0 before the first.
        seq: u64,
        /// Its hash.
        head: String,
    },
    /// Whatever it says itself: the link to the file before is checked
    /// elsewhere.
    Linked,
}

/// What was found in the bytes of one file.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Scan {
    /// The lines that can be trusted, without their newlines.
    pub lines: Vec<Range<usize>>,
    /// How many bytes from the start can be trusted.
    pub good: usize,
    /// The number of the last trusted line.
    pub seq: u64,
    /// The hash of the last trusted line.
    pub head: String,
    /// How the file ends after that.
    pub end: End,
}

/// How a file ends after the lines that can be trusted.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum End {
    /// With the last of them.
    Clean,
    /// With a piece of a line whose writing was cut off. It was never
    /// acknowledged, so nothing is lost with it.
    Torn,
    /// With bytes that were changed, removed, moved or added later.
    Damaged {
        /// How that shows.
        why: Why,
        /// Later lines that are whole in themselves; they do not chain, but
        /// what they tell may have happened.
        salvaged: Vec<Range<usize>>,
        /// The highest number among those, or that of the last trusted one.
        seq: u64,
    },
}

/// How damage shows.
#[derive(Clone, Debug, PartialEq, Eq, Error)]
pub enum Why {
    /// A whole line has another number than its place asks for.
    #[error("line numbered {found} where {expected} was due")]
    Number {
        /// The number due.
        expected: u64,
        /// The number found.
        found: u64,
    },
    /// A whole line follows another line than the one before it.
    #[error("a line that does not follow the line before it")]
    Chain,
    /// A whole line belongs to another incident.
    #[error("a line of another incident ({0})")]
    Incident(String),
    /// A whole line is not what this program writes.
    #[error("a sealed line that is not a journal entry ({0})")]
    Shape(String),
    /// A broken line is followed by a whole one.
    #[error("a changed line with whole lines after it")]
    Changed,
    /// What follows cannot be the beginning of an entry.
    #[error("text that is no part of an entry")]
    Foreign,
    /// A seal stands elsewhere than at the end of its line.
    #[error("a seal in the middle of a line")]
    Merged,
    /// More follows than one append could have left.
    #[error("{0} bytes that are no journal, more than one entry can have")]
    Long(usize),
}

/// What every line says about its place, whatever else it says.
#[derive(Deserialize)]
struct Place {
    seq: u64,
    prev: String,
    inc: String,
}

/// Reads lines until the first that cannot be trusted, and tells what the
/// rest is.
pub fn scan(bytes: &[u8], incident: &str, start: &Start) -> Scan {
    let (mut seq, mut head) = match start {
        Start::After { seq, head } => (*seq, head.clone()),
        Start::Linked => (0, String::new()),
    };
    let mut linked = *start == Start::Linked;
    let mut lines = Vec::new();
    let mut good = 0;
    let end = loop {
        let rest = &bytes[good..];
        if rest.is_empty() {
            break End::Clean;
        }
        let due = (!linked).then_some((seq, head.as_str()));
        match next_line(rest, incident, due) {
            Next::Good { length, seq: number, hash } => {
                lines.push(good..good + length);
                good += length + 1;
                (seq, head) = (number, hash);
                linked = false;
            }
            Next::Broken => break judge(bytes, good, seq),
            Next::Stranger(why) => break damaged(bytes, good, seq, why),
        }
    };
    Scan { lines, good, seq, head, end }
}

enum Next {
    Good {
        length: usize,
        seq: u64,
        hash: String,
    },
    /// Not a whole line.
    Broken,
    /// Whole in itself, but not here.
    Stranger(Why),
}

fn next_line(rest: &[u8], incident: &str, due: Option<(u64, &str)>) -> Next {
    let Some(length) = rest.iter().position(|&byte| byte == b'\n') else {
        return Next::Broken;
    };
    let line = &rest[..length];
    let Some(hash) = sealed(line) else { return Next::Broken };
    let place: Place = match serde_json::from_slice(line) {
        Ok(place) => place,
        Err(error) => return Next::Stranger(Why::Shape(error.to_string())),
    };
    if let Some((seq, head)) = due {
        let (expected, found) = (seq + 1, place.seq);
        if expected != found {
            return Next::Stranger(Why::Number { expected, found });
        }
        if place.prev != head {
            return Next::Stranger(Why::Chain);
        }
    }
    if place.inc != incident {
        return Next::Stranger(Why::Incident(place.inc));
    }
    Next::Good { length, seq: place.seq, hash: hash.to_owned() }
}

/// The hash in the seal of a line, if it is the hash of that line.
pub fn sealed(line: &[u8]) -> Option<&str> {
    let at = line.len().checked_sub(SEAL_LENGTH)?;
    let told = seal_at(line, at)?;
    (sha256(&line[..at]) == told).then_some(told)
}

/// The SHA-256 of some bytes, as 64 hexadecimal digits.
pub fn sha256(bytes: &[u8]) -> String {
    hex(&Sha256::digest(bytes))
}

/// The hash of the seal that begins here, whether or not it is right.
fn seal_at(bytes: &[u8], at: usize) -> Option<&str> {
    let seal = bytes.get(at..at + SEAL_LENGTH)?;
    let hash = seal.strip_prefix(SEAL)?.strip_suffix(b"\"}")?;
    let lower =
        |byte: &u8| byte.is_ascii_digit() || (b'a'..=b'f').contains(byte);
    if !hash.iter().all(lower) {
        return None;
    }
    str::from_utf8(hash).ok()
}

/// Whether the rest from the first line that is not whole is the piece that
/// a cut-off append leaves, or something that no append leaves.
fn judge(bytes: &[u8], good: usize, seq: u64) -> End {
    let rest = &bytes[good..];
    if !salvage(bytes, good).is_empty() {
        return damaged(bytes, good, seq, Why::Changed);
    }
    if rest.len() > LINE_LIMIT {
        return damaged(bytes, good, seq, Why::Long(rest.len()));
    }
    let rest = rest.strip_suffix(b"\n").unwrap_or(rest);
    let inner = rest.len().saturating_sub(SEAL_LENGTH);
    if (0..inner).any(|at| seal_at(rest, at).is_some()) {
        return damaged(bytes, good, seq, Why::Merged);
    }
    // An append is one line that begins with a brace; sectors of it that
    // never got to disk read as zeros.
    let begins = matches!(rest.first(), Some(b'{' | 0));
    if !begins || rest.contains(&b'\n') {
        return damaged(bytes, good, seq, Why::Foreign);
    }
    End::Torn
}

fn damaged(bytes: &[u8], good: usize, seq: u64, why: Why) -> End {
    let salvaged = salvage(bytes, good);
    let seq = salvaged
        .iter()
        .filter_map(|line| serde_json::from_slice(&bytes[line.clone()]).ok())
        .map(|place: Place| place.seq)
        .fold(seq, u64::max);
    End::Damaged { why, salvaged, seq }
}

/// The lines from here on that are whole in themselves.
fn salvage(bytes: &[u8], from: usize) -> Vec<Range<usize>> {
    let mut found = Vec::new();
    let mut at = from;
    while let Some(length) = bytes[at..].iter().position(|&byte| byte == b'\n')
    {
        let line = at..at + length;
        if sealed(&bytes[line.clone()]).is_some() {
            found.push(line);
        }
        at += length + 1;
    }
    found
}

#[cfg(test)]
mod tests {
    use super::*;

    const NONE: &str = "none";

    /// A journal of so many lines of different lengths.
    fn journal(count: u64) -> Vec<u8> {
        let mut bytes = Vec::new();
        let mut prev = NONE.to_owned();
        for seq in 1..=count {
            let note = "x".repeat(usize::try_from(seq).unwrap() * 7 % 40);
            let (line, hash) = line(seq, &prev, "INC", &note);
            bytes.extend(line);
            prev = hash;
        }
        bytes
    }

    fn line(seq: u64, prev: &str, inc: &str, note: &str) -> (Vec<u8>, String) {
        let open = format!(
            r#"{{"v":1,"seq":{seq},"prev":"{prev}","inc":"{inc}","k":"{note}""#
        );
        let hash = sha256(open.as_bytes());
        let line = format!("{open},\"h\":\"{hash}\"}}\n");
        (line.into_bytes(), hash)
    }

    fn read(bytes: &[u8]) -> Scan {
        let start = Start::After { seq: 0, head: NONE.into() };
        scan(bytes, "INC", &start)
    }

    fn why(bytes: &[u8]) -> Why {
        match read(bytes).end {
            End::Damaged { why, .. } => why,
            other => panic!("{other:?}"),
        }
    }

    #[test]
    fn a_cut_anywhere_keeps_every_whole_line_and_is_never_called_damage() {
        let whole = journal(8);
        let lines = read(&whole).lines;
        for cut in 0..=whole.len() {
            let found = read(&whole[..cut]);
            let kept = lines.iter().filter(|line| line.end < cut).count();
            assert_eq!(found.lines, lines[..kept], "cut at {cut}");
            let clean = found.good == cut;
            let end = if clean { End::Clean } else { End::Torn };
            assert_eq!(found.end, end, "cut at {cut}");
        }
    }

    #[test]
    fn no_flipped_bit_goes_unseen_and_only_the_last_line_may_look_torn() {
        let whole = journal(6);
        let last = read(&whole).lines[5].start;
        let (mut torn, mut damage) = (0, 0);
        for at in 0..whole.len() {
            for bit in 0..8 {
                let mut bytes = whole.clone();
                bytes[at] ^= 1 << bit;
                match read(&bytes).end {
                    End::Clean => panic!("bit {bit} of byte {at} unseen"),
                    End::Torn if at >= last => torn += 1,
                    End::Torn => panic!("bit {bit} of byte {at} is torn"),
                    End::Damaged { .. } => damage += 1,
                }
            }
        }
        assert!(torn > 0 && damage > 5 * torn / 2, "{torn} {damage}");
    }

    #[test]
    fn removing_or_swapping_any_line_but_the_last_is_damage() {
        let whole = journal(7);
        let lines: Vec<&[u8]> =
            whole.split_inclusive(|&byte| byte == b'\n').collect();
        for at in 0..lines.len() - 1 {
            let mut fewer = lines.clone();
            fewer.remove(at);
            assert!(matches!(why(&fewer.concat()), Why::Number { .. }));
            let mut swapped = lines.clone();
            swapped.swap(at, at + 1);
            assert!(matches!(why(&swapped.concat()), Why::Number { .. }));
        }
    }

    #[test]
    fn a_line_forged_and_sealed_anew_does_not_chain() {
        let whole = journal(5);
        let lines = read(&whole).lines;
        let (forged, _) = line(2, &read(&whole).head, "INC", "forged");
        let mut bytes = whole[..lines[1].start].to_vec();
        bytes.extend(forged);
        bytes.extend(&whole[lines[2].start..]);
        assert_eq!(why(&bytes), Why::Chain);
    }

    #[test]
    fn a_line_of_another_incident_is_damage() {
        let (other, _) = line(1, NONE, "OTHER", "");
        assert_eq!(why(&other), Why::Incident("OTHER".into()));
    }

    #[test]
    fn what_is_whole_after_damage_is_salvaged_with_its_numbers() {
        let mut bytes = journal(6);
        let lines = read(&bytes).lines;
        bytes[lines[2].start + 3] ^= 1;
        let found = read(&bytes);
        assert_eq!(found.lines, lines[..2]);
        let End::Damaged { why, salvaged, seq } = found.end else {
            panic!("{:?}", found.end);
        };
        assert_eq!(why, Why::Changed);
        assert_eq!(salvaged, lines[3..]);
        assert_eq!(seq, 6);
    }

    #[test]
    fn a_rest_longer_than_a_line_can_be_is_damage() {
        let mut bytes = journal(2);
        bytes.extend(vec![0; LINE_LIMIT]);
        assert_eq!(read(&bytes).end, End::Torn);
        bytes.push(0);
        assert_eq!(why(&bytes), Why::Long(LINE_LIMIT + 1));
    }

    #[test]
    fn text_added_by_hand_is_damage_and_a_piece_of_an_entry_is_not() {
        let whole = journal(3);
        for (added, end) in [
            (&b"# looks fine\n"[..], Err(Why::Foreign)),
            (b"{\"note\":\n\"looks fine\"}\n", Err(Why::Foreign)),
            (b"{\"v\":1,\"se", Ok(End::Torn)),
            (b"\0\0\0\0\0\0", Ok(End::Torn)),
        ] {
            let bytes = [&whole, added].concat();
            match end {
                Ok(end) => assert_eq!(read(&bytes).end, end),
                Err(reason) => assert_eq!(why(&bytes), reason),
            }
        }
    }

    #[test]
    fn two_lines_that_ran_together_are_damage() {
        let mut bytes = journal(2);
        let end = read(&bytes).lines[0].end;
        bytes.remove(end);
        assert_eq!(why(&bytes), Why::Merged);
    }
}
