//! Reads a journal back, checks its chain, mends a torn end.

use std::io;
use std::ops::Range;
use std::path::{Path, PathBuf};

use serde::Serialize;

use crate::incident::entry::{Author, BadLine, Entry, GENESIS};
use crate::incident::fact::Fact;

use super::disk::Disk;
use super::scan::{self, End, Scan, Start};

/// The first file of a journal; those after it are `journal.0002.jsonl` and
/// so on, each begun because the one before was found damaged.
pub const FIRST: &str = "journal.jsonl";

/// A journal as it was found, with all its files.
#[derive(Clone, Debug)]
pub struct Reading {
    /// The incident's id: the name of its directory.
    pub incident: String,
    /// Its files, in order; there is at least one.
    pub segments: Vec<Segment>,
    /// What they tell, in order. Whole lines behind damage are told too: what
    /// they say may have happened.
    pub entries: Vec<Entry>,
    /// The numbers of those whose place could not be verified.
    pub salvaged: Vec<u64>,
    /// Lines whose hash is right and which this program cannot read.
    pub unread: Vec<Unread>,
}

/// One file of a journal.
#[derive(Clone, Debug)]
pub struct Segment {
    /// Its name.
    pub file: String,
    /// Its place among the files, from 1.
    pub number: u32,
    /// Its bytes.
    pub bytes: Vec<u8>,
    /// What was found in them.
    pub scan: Scan,
}

/// A line that a newer program wrote, or a foreign one.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Unread {
    /// The file.
    pub file: String,
    /// The line, from 1.
    pub line: usize,
    /// Where it begins, in bytes.
    pub offset: usize,
    /// Why it cannot be read.
    pub why: BadLine,
}

/// What a check of a journal found.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Report {
    /// The incident.
    pub incident: String,
    /// How many entries chain without a gap.
    pub entries: u64,
    /// The hash of the last of them: who has noted it elsewhere can tell
    /// later whether the end was cut off, which the chain alone cannot.
    pub head: String,
    /// What is wrong, in the order of the files.
    pub gaps: Vec<Gap>,
}

/// Something wrong with a journal.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Gap {
    /// The file.
    pub file: String,
    /// The line, from 1.
    pub line: usize,
    /// The first bad byte, from 0.
    pub offset: usize,
    /// What was found.
    pub found: String,
    /// What to do about it.
    pub advice: String,
    /// How bad it is.
    pub kind: GapKind,
}

/// How bad something wrong with a journal is.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum GapKind {
    /// Cut off in the middle of an entry that was never acknowledged: no
    /// harm.
    Torn,
    /// Changed after it was written.
    Damage,
    /// Unchanged, and this program cannot read it.
    Unreadable,
}

impl GapKind {
    /// The word shown.
    pub fn word(self) -> &'static str {
        match self {
            GapKind::Torn => "torn end",
            GapKind::Damage => "damage",
            GapKind::Unreadable => "unreadable",
        }
    }
}

impl Report {
    /// Whether the whole journal is as it was written and can be read; a
    /// torn end does no harm.
    pub fn is_sound(&self) -> bool {
        self.gaps.iter().all(|gap| gap.kind == GapKind::Torn)
    }
}

/// The number of a journal's file by its name; `None` for other files.
pub fn segment_number(name: &str) -> Option<u32> {
    if name == FIRST {
        return Some(1);
    }
    let digits = name.strip_prefix("journal.")?.strip_suffix(".jsonl")?;
    let number = digits.parse().ok().filter(|&number| number > 1)?;
    (segment_name(number) == name).then_some(number)
}

/// The name of a journal's file by its number, from 1.
pub fn segment_name(number: u32) -> String {
    match number {
        1 => FIRST.to_owned(),
        _ => format!("journal.{number:04}.jsonl"),
    }
}

/// Reads all files of an incident's journal. Changes nothing, needs no lock;
/// an entry that is being written meanwhile shows as a torn end.
pub fn read(disk: &dyn Disk, dir: &Path) -> io::Result<Reading> {
    let incident = dir.file_name().unwrap_or_default().to_string_lossy();
    let mut reading = Reading {
        incident: incident.into_owned(),
        segments: Vec::new(),
        entries: Vec::new(),
        salvaged: Vec::new(),
        unread: Vec::new(),
    };
    let mut numbers: Vec<u32> = disk
        .list(dir)?
        .iter()
        .filter_map(|listed| segment_number(&listed.name))
        .collect();
    numbers.sort_unstable();
    if numbers.first() != Some(&1) {
        return Err(io::Error::new(
            io::ErrorKind::NotFound,
            format!("its journal ({FIRST}) is missing"),
        ));
    }
    for number in numbers {
        let bytes = disk.read(&dir.join(segment_name(number)))?;
        reading.take(number, bytes);
    }
    Ok(reading)
}

impl Reading {
    /// Adds the next file.
    fn take(&mut self, number: u32, bytes: Vec<u8>) {
        let start = match number {
            1 => Start::After { seq: 0, head: GENESIS.to_owned() },
            _ => Start::Linked,
        };
        let scan = scan::scan(&bytes, &self.incident, &start);
        let file = segment_name(number);
        for (index, line) in scan.lines.iter().enumerate() {
            match parse(&bytes[line.clone()]) {
                Ok((entry, _)) => self.entries.push(entry),
                Err(why) => self.unread.push(Unread {
                    file: file.clone(),
                    line: index + 1,
                    offset: line.start,
                    why,
                }),
            }
        }
        if let End::Damaged { salvaged, .. } = &scan.end {
            self.salvage(&bytes, salvaged);
        }
        self.segments.push(Segment { file, number, bytes, scan });
    }

    /// Takes in whole lines behind damage, as far as they are later than
    /// what is known and belong here.
    fn salvage(&mut self, bytes: &[u8], lines: &[Range<usize>]) {
        for line in lines {
            let Ok((entry, incident)) = parse(&bytes[line.clone()]) else {
                continue;
            };
            if incident == self.incident && entry.seq > self.last_seq() {
                self.salvaged.push(entry.seq);
                self.entries.push(entry);
            }
        }
    }

    fn last_seq(&self) -> u64 {
        self.entries.last().map_or(0, |entry| entry.seq)
    }

    /// The last file.
    pub fn last(&self) -> &Segment {
        self.segments.last().expect("a reading has its first file")
    }

    /// The highest number that any line claims, trusted or not.
    pub(super) fn highest(&self) -> u64 {
        let claimed = |segment: &Segment| match segment.scan.end {
            End::Damaged { seq, .. } => seq,
            End::Clean | End::Torn => segment.scan.seq,
        };
        self.segments.iter().map(claimed).max().unwrap_or(0)
    }

    /// The hash of the last line that can be trusted, in any file.
    pub fn head(&self) -> &str {
        self.segments
            .iter()
            .rev()
            .find(|segment| !segment.scan.lines.is_empty())
            .map_or(GENESIS, |segment| &segment.scan.head)
    }

    /// Who last took this journal for writing: the author of its last
    /// claim, or of its last entry.
    pub fn holder(&self) -> Option<&Author> {
        let claim = |entry: &&Entry| {
            matches!(entry.fact, Fact::Claimed { .. } | Fact::Opened { .. })
        };
        let mut latest_first = self.entries.iter().rev();
        latest_first
            .clone()
            .find(claim)
            .or_else(|| latest_first.next())
            .map(|entry| &entry.by)
    }
}

/// What a line tells whose hash the scan has checked.
fn parse(line: &[u8]) -> Result<(Entry, String), BadLine> {
    let text = str::from_utf8(line)
        .map_err(|error| BadLine::Unreadable(error.to_string()))?;
    let parsed = Entry::parse_sealed(text)?;
    Ok((parsed.entry, parsed.incident))
}

/// Checks an incident's journal from its first byte to its last.
pub fn verify(disk: &dyn Disk, dir: &Path) -> io::Result<Report> {
    check(disk, dir, &read(disk, dir)?)
}

/// The same for a journal that was read before.
pub fn check(
    disk: &dyn Disk,
    dir: &Path,
    reading: &Reading,
) -> io::Result<Report> {
    let mut gaps = Vec::new();
    for (index, segment) in reading.segments.iter().enumerate() {
        if index > 0 {
            let before = &reading.segments[..index];
            gaps.extend(link_gap(reading, before, segment));
        }
        let last = index + 1 == reading.segments.len();
        gaps.extend(end_gap(segment, last));
        gaps.extend(
            reading
                .unread
                .iter()
                .filter(|unread| unread.file == segment.file)
                .map(unread_gap),
        );
    }
    gaps.extend(pin_gaps(disk, dir, reading)?);
    let chained = |segment: &Segment| segment.scan.lines.len() as u64;
    Ok(Report {
        entries: reading.segments.iter().map(chained).sum(),
        head: reading.head().to_owned(),
        incident: reading.incident.clone(),
        gaps,
    })
}

/// What is wrong with the end of a file.
fn end_gap(segment: &Segment, last: bool) -> Option<Gap> {
    let scan = &segment.scan;
    let rest = segment.bytes.len() - scan.good;
    let (found, advice, kind) = match &scan.end {
        End::Clean => return None,
        End::Torn => (
            format!("{rest} bytes of an entry that was cut off"),
            "Nothing acknowledged is lost. Opening the incident moves them \
             to quarantine/."
                .to_owned(),
            if last { GapKind::Torn } else { GapKind::Damage },
        ),
        End::Damaged { why, salvaged, .. } => (
            format!(
                "{why}; {rest} bytes cannot be trusted; whole entries among \
                 them: {}",
                salvaged.len()
            ),
            format!(
                "Keep {} as it is, for comparison with copies and exports. \
                 The incident goes on in {}.",
                segment.file,
                segment_name(segment.number + 1)
            ),
            GapKind::Damage,
        ),
    };
    Some(Gap {
        file: segment.file.clone(),
        line: scan.lines.len() + 1,
        offset: scan.good,
        found,
        advice,
        kind,
    })
}

/// What is wrong with the way a later file follows those before it.
fn link_gap(
    reading: &Reading,
    before: &[Segment],
    segment: &Segment,
) -> Option<Gap> {
    let first = segment.scan.lines.first()?;
    let found = broken_link(reading, before, segment, first)?;
    Some(Gap {
        file: segment.file.clone(),
        line: 1,
        offset: 0,
        found,
        advice: "Compare both files with copies and exports; what either \
                 tells may have happened."
            .to_owned(),
        kind: GapKind::Damage,
    })
}

fn broken_link(
    reading: &Reading,
    before: &[Segment],
    segment: &Segment,
    first: &Range<usize>,
) -> Option<String> {
    let line = str::from_utf8(&segment.bytes[first.clone()]).ok()?;
    let parsed = Entry::parse(line).ok()?;
    let previous = before.last()?;
    let Fact::Damaged { file, offset, sha256, last_good } = parsed.entry.fact
    else {
        return Some("it does not say which file it follows".to_owned());
    };
    if previous.number + 1 != segment.number {
        let missing = segment_name(segment.number - 1);
        return Some(format!("the file before it, {missing}, is missing"));
    }
    let earlier = Reading {
        segments: before.to_vec(),
        entries: Vec::new(),
        salvaged: Vec::new(),
        unread: Vec::new(),
        incident: reading.incident.clone(),
    };
    let same = file == previous.file
        && offset == previous.scan.good as u64
        && sha256 == scan::sha256(&previous.bytes)
        && last_good == earlier.head()
        && parsed.prev == last_good
        && parsed.entry.seq > earlier.highest();
    (!same).then(|| {
        format!("{} was changed after this file was begun", previous.file)
    })
}

fn unread_gap(unread: &Unread) -> Gap {
    Gap {
        file: unread.file.clone(),
        line: unread.line,
        offset: unread.offset,
        found: first_words(&unread.why),
        advice: "Read it with the version of lifeboat that wrote it."
            .to_owned(),
        kind: GapKind::Unreadable,
    }
}

/// The reason without the list of all that would have been right.
fn first_words(why: &BadLine) -> String {
    let why = why.to_string();
    why.split(", expected").next().unwrap_or(&why).to_owned()
}

/// Runbooks in the directory that are not what was pinned.
fn pin_gaps(
    disk: &dyn Disk,
    dir: &Path,
    reading: &Reading,
) -> io::Result<Vec<Gap>> {
    let mut gaps = Vec::new();
    let pins: Vec<&str> = reading
        .entries
        .iter()
        .filter_map(|entry| match &entry.fact {
            Fact::Pinned { sha256, .. } => Some(sha256.as_str()),
            _ => None,
        })
        .collect();
    for listed in disk.list(dir)? {
        let path: PathBuf = dir.join(&listed.name);
        let toml = path.extension().is_some_and(|end| end == "toml");
        if listed.dir || !toml || pins.is_empty() {
            continue;
        }
        if !pins.contains(&scan::sha256(&disk.read(&path)?).as_str()) {
            gaps.push(Gap {
                file: listed.name,
                line: 1,
                offset: 0,
                found: "not the bytes that were pinned".to_owned(),
                advice: "The pinned text stands in the journal; the export \
                         has it."
                    .to_owned(),
                kind: GapKind::Damage,
            });
        }
    }
    Ok(gaps)
}
