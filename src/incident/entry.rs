//! Entry and Fact: what the journal keeps, and its line format.
//!
//! One entry is one line of JSON: UTF-8, at most [`LINE_MAX`] bytes, keys in
//! a fixed order. Its last key `h` is the SHA-256, in hexadecimal, of the raw
//! bytes before `,"h":`; `prev` is the `h` of the line before. So a chain can
//! be verified with `sha256` over a prefix of each line, in any language and
//! without agreeing on a form of JSON.

use jiff::Timestamp;
use jiff::fmt::temporal::DateTimePrinter;
use serde::{Deserialize, Serialize};
use sha2::{Digest, Sha256};
use thiserror::Error;

use super::fact::Fact;

/// The most bytes one line may have, its newline not counted.
pub const LINE_MAX: usize = 64 * 1024;

/// The `prev` of the first entry.
pub const GENESIS: &str =
    "0000000000000000000000000000000000000000000000000000000000000000";

/// Who wrote an entry.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Author {
    /// The name of the person, or `auto` for what the console does itself.
    pub user: String,
    /// Their identity at AWS, where known.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub arn: Option<String>,
    /// The machine.
    pub host: String,
    /// The process.
    pub pid: u32,
    /// The console: a letter or word that tells several apart.
    #[serde(rename = "con")]
    pub console: String,
    /// `driver` or `observer`.
    pub role: String,
}

/// One entry of the journal.
#[derive(Clone, Debug, PartialEq)]
pub struct Entry {
    /// Its place, from 1, without gaps.
    pub seq: u64,
    /// When it was written; whole milliseconds.
    pub at: Timestamp,
    /// The machine's clock that does not jump, in nanoseconds; 0 if unknown.
    pub up_ns: u64,
    /// The boot that clock counts from.
    pub boot: String,
    /// Who wrote it.
    pub by: Author,
    /// What happened.
    pub fact: Fact,
}

/// Why a line is not an entry.
#[derive(Clone, Debug, PartialEq, Eq, Error)]
pub enum BadLine {
    /// It does not end in a hash.
    #[error("it has no hash at its end")]
    Unsealed,
    /// Its hash is not that of its bytes.
    #[error("its hash is not that of its bytes")]
    Altered,
    /// It is longer than [`LINE_MAX`].
    #[error("it is longer than 64 KiB")]
    TooLong,
    /// Its format is newer than this program.
    #[error("its format is version {0}; this program knows version 1")]
    Version(u32),
    /// Its hash is right, but this program cannot read what it says.
    #[error("it cannot be read: {0}")]
    Unreadable(String),
}

/// Why an entry cannot be written as a line.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Error)]
#[error("this would be a line of {bytes} bytes; a line has at most 65536")]
pub struct TooLong {
    /// The bytes the line would have.
    pub bytes: usize,
}

/// An entry as its line tells it, with what chains it.
#[derive(Clone, Debug, PartialEq)]
pub struct Parsed {
    /// The entry.
    pub entry: Entry,
    /// The hash of the line before.
    pub prev: String,
    /// The incident it belongs to.
    pub incident: String,
    /// Its own hash.
    pub hash: String,
}

#[derive(Serialize)]
struct LineOut<'a> {
    v: u32,
    seq: u64,
    prev: &'a str,
    inc: &'a str,
    t: String,
    up: u64,
    boot: &'a str,
    by: &'a Author,
    #[serde(flatten)]
    fact: &'a Fact,
}

#[derive(Deserialize)]
struct Head {
    v: u32,
    seq: u64,
    prev: String,
    inc: String,
    t: Timestamp,
    up: u64,
    boot: String,
    by: Author,
}

const PRINTER: DateTimePrinter = DateTimePrinter::new().precision(Some(3));

impl Entry {
    /// The line of this entry, without its newline, and its hash.
    pub fn line(
        &self,
        prev: &str,
        incident: &str,
    ) -> Result<(String, String), TooLong> {
        let out = LineOut {
            v: 1,
            seq: self.seq,
            prev,
            inc: incident,
            t: PRINTER.timestamp_to_string(&self.at),
            up: self.up_ns,
            boot: &self.boot,
            by: &self.by,
            fact: &self.fact,
        };
        let mut line = serde_json::to_string(&out)
            .expect("facts have no map with keys other than text");
        let brace = line.pop();
        debug_assert_eq!(brace, Some('}'));
        let hash = digest(line.as_bytes());
        line.push_str(",\"h\":\"");
        line.push_str(&hash);
        line.push_str("\"}");
        if line.len() > LINE_MAX {
            return Err(TooLong { bytes: line.len() });
        }
        Ok((line, hash))
    }

    /// Reads a line without its newline. The hash is checked first; whether
    /// the line chains to the one before is the reader's to judge.
    pub fn parse(line: &str) -> Result<Parsed, BadLine> {
        if line.len() > LINE_MAX {
            return Err(BadLine::TooLong);
        }
        let (body, hash) = unsealed(line).ok_or(BadLine::Unsealed)?;
        if digest(body.as_bytes()) != hash {
            return Err(BadLine::Altered);
        }
        Entry::parse_sealed(line)
    }

    /// The same for a line whose hash was found right before.
    pub fn parse_sealed(line: &str) -> Result<Parsed, BadLine> {
        if line.len() > LINE_MAX {
            return Err(BadLine::TooLong);
        }
        let (_, hash) = unsealed(line).ok_or(BadLine::Unsealed)?;
        let unreadable =
            |e: serde_json::Error| BadLine::Unreadable(e.to_string());
        let head: Head =
            serde_json::from_str(line).map_err(|why| stranger(line, &why))?;
        if head.v != 1 {
            return Err(BadLine::Version(head.v));
        }
        let fact: Fact = serde_json::from_str(line).map_err(unreadable)?;
        Ok(Parsed {
            entry: Entry {
                seq: head.seq,
                at: head.t,
                up_ns: head.up,
                boot: head.boot,
                by: head.by,
                fact,
            },
            prev: head.prev,
            incident: head.inc,
            hash: hash.to_owned(),
        })
    }
}

#[derive(Deserialize)]
struct Version {
    v: u32,
}

/// Why what every line has is not read: a newer program may tell it in
/// another way.
fn stranger(line: &str, why: &serde_json::Error) -> BadLine {
    match serde_json::from_str(line) {
        Ok(Version { v }) if v != 1 => BadLine::Version(v),
        _ => BadLine::Unreadable(why.to_string()),
    }
}

/// A time as entries keep it: in whole milliseconds.
pub fn whole_millis(at: Timestamp) -> Timestamp {
    Timestamp::from_millisecond(at.as_millisecond())
        .expect("a timestamp cut to milliseconds is still one")
}

/// The bytes that are hashed, and the hash, of a sealed line.
fn unsealed(line: &str) -> Option<(&str, &str)> {
    const SEAL: usize = ",\"h\":\"".len();
    let rest = line.strip_suffix("\"}")?;
    let at = rest.len().checked_sub(64 + SEAL)?;
    let (body, seal) = (rest.get(..at)?, rest.get(at..)?);
    let hash = seal.strip_prefix(",\"h\":\"")?;
    let hex = |b: u8| b.is_ascii_digit() || (b'a'..=b'f').contains(&b);
    hash.bytes().all(hex).then_some((body, hash))
}

fn digest(bytes: &[u8]) -> String {
    hex(&Sha256::digest(bytes))
}

/// Bytes as lower-case hexadecimal digits.
pub fn hex(bytes: &[u8]) -> String {
    const DIGITS: &[u8; 16] = b"0123456789abcdef";
    let mut text = String::with_capacity(2 * bytes.len());
    for byte in bytes {
        text.push(DIGITS[usize::from(byte >> 4)].into());
        text.push(DIGITS[usize::from(byte & 15)].into());
    }
    text
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::incident::fact::{Company, pin_file};
    use crate::runbook::run::{Approver, Happened, StepFact};

    fn entry(fact: Fact) -> Entry {
        Entry {
            seq: 41,
            at: "2026-11-23T01:42:07.318Z".parse().expect("a time"),
            up_ns: 81_234_567_890_123,
            boot: "5e0c".into(),
            by: Author {
                user: "mk".into(),
                arn: None,
                host: "bastion-2".into(),
                pid: 4711,
                console: "A".into(),
                role: "driver".into(),
            },
            fact,
        }
    }

    fn note(text: &str) -> Entry {
        entry(Fact::Note { text: text.into() })
    }

    #[test]
    fn a_line_has_its_keys_in_a_fixed_order() {
        let (line, hash) =
            note("5xx at 38 %").line(GENESIS, "INC-1").expect("it fits");
        assert_eq!(
            line,
            format!(
                "{{\"v\":1,\"seq\":41,\"prev\":\"{GENESIS}\",\
                 \"inc\":\"INC-1\",\"t\":\"2026-11-23T01:42:07.318Z\",\
                 \"up\":81234567890123,\"boot\":\"5e0c\",\
                 \"by\":{{\"user\":\"mk\",\"host\":\"bastion-2\",\
                 \"pid\":4711,\"con\":\"A\",\"role\":\"driver\"}},\
                 \"k\":\"note\",\"text\":\"5xx at 38 %\",\"h\":\"{hash}\"}}"
            )
        );
    }

    #[test]
    fn a_line_reads_back_as_what_was_written() {
        let whole = entry(Fact::Resumed { gap_s: 7 });
        let (line, hash) = whole.line("abc", "INC-1").expect("it fits");
        let parsed = Entry::parse(&line).expect("it is one");
        assert_eq!(
            parsed,
            Parsed {
                entry: whole,
                prev: "abc".into(),
                incident: "INC-1".into(),
                hash
            }
        );
    }

    #[test]
    fn what_other_persons_do_hides_no_key_of_its_line() {
        let person = Approver {
            name: "bob".into(),
            arn: None,
            console: Some("pts/4".into()),
            verified: true,
        };
        let hash = serde_json::from_value("ab".repeat(32).into());
        let from = note("x").by;
        let said_at = note("x").at;
        let approved = Happened::Approved {
            hash: hash.expect("a hash"),
            by: person.clone(),
            message: Some("pts-4-7-1/2".into()),
        };
        for fact in [
            Fact::Step(StepFact {
                run: "run-1".into(),
                step: "promote".into(),
                what: approved,
            }),
            Fact::Company(Company::HandedOver {
                by: person,
                readback: "Promote".into(),
            }),
            Fact::Company(Company::Relayed {
                from,
                said_at,
                message: "pts-4-7-1/2".into(),
                text: "seen".into(),
            }),
            Fact::Company(Company::Watching {
                name: "bob".into(),
                console: "pts/4".into(),
                came: true,
            }),
        ] {
            let whole = entry(fact);
            let (line, _) = whole.line("abc", "INC-1").expect("it fits");
            let parsed = Entry::parse(&line).expect("it reads back");
            assert_eq!(parsed.entry, whole);
        }
    }

    #[test]
    fn any_changed_byte_is_noticed() {
        let (line, _) = note("x").line(GENESIS, "INC-1").expect("it fits");
        for place in 0..line.len() {
            let mut bytes = line.clone().into_bytes();
            bytes[place] ^= 1;
            let Ok(changed) = String::from_utf8(bytes) else { continue };
            Entry::parse(&changed).expect_err("a changed byte");
        }
    }

    #[test]
    fn a_line_is_never_longer_than_64_kibibytes() {
        let long = note(&"x".repeat(LINE_MAX));
        assert!(long.line(GENESIS, "INC-1").is_err());
    }

    #[test]
    fn a_newer_version_is_told_and_not_guessed() {
        let (line, _) = note("x").line(GENESIS, "INC-1").expect("it fits");
        let body = line.split(",\"h\":").next().expect("a body");
        let body = body.replacen("\"v\":1", "\"v\":2", 1);
        let hash = digest(body.as_bytes());
        let line = format!("{body},\"h\":\"{hash}\"}}");
        assert_eq!(Entry::parse(&line), Err(BadLine::Version(2)));
    }

    #[test]
    fn parts_of_a_file_fit_into_lines_whatever_they_hold() {
        let text = "\"\\\n".repeat(400_000 / 3);
        let (facts, _) = pin_file(&text);
        for fact in facts {
            let (line, _) = entry(fact).line(GENESIS, "I").expect("it fits");
            assert!(line.len() <= LINE_MAX);
        }
    }
}
