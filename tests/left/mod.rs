//! What a console that died left on disk.

#![expect(
    unreachable_pub,
    reason = "a harness of tests, which are a binary of their own"
)]

use std::path::{Path, PathBuf};

use lifeboat::incident::entry::Entry;
use lifeboat::incident::fact::Fact;
use lifeboat::journal::disk::{Disk, MemoryDisk};
use lifeboat::journal::read;
use lifeboat::runbook::run::Happened;

use crate::flow::STATE;

/// The directory of the only incident, and the bytes of its journal.
pub fn journal(disk: &MemoryDisk) -> Option<(PathBuf, Vec<u8>)> {
    let root = Path::new(STATE).join("incidents");
    let listed = disk.list(&root).ok()?;
    let whole = |name: &&str| {
        name.starts_with("INC-") && Path::new(name).extension().is_none()
    };
    let name = listed.iter().map(|one| one.name.as_str()).find(whole)?;
    let dir = root.join(name);
    let bytes = disk.read(&dir.join(read::FIRST)).ok()?;
    Some((dir, bytes))
}

/// The whole lines of the journal.
pub fn lines(disk: &MemoryDisk) -> Vec<Vec<u8>> {
    let (_, bytes) = journal(disk).unwrap_or_default();
    let lines = bytes.split_inclusive(|byte| *byte == b'\n');
    lines.filter(|l| l.ends_with(b"\n")).map(<[u8]>::to_owned).collect()
}

/// The entries of the journal.
pub fn entries(disk: &MemoryDisk) -> Vec<Entry> {
    let told = |line: Vec<u8>| {
        let text = String::from_utf8(line).ok()?;
        Some(Entry::parse(text.trim_end()).ok()?.entry)
    };
    lines(disk).into_iter().map_while(told).collect()
}

/// How many intents there are of a change.
pub fn intents(entries: &[Entry], change: &str) -> usize {
    let of = |entry: &&Entry| match &entry.fact {
        Fact::Step(fact) => match &fact.what {
            Happened::Intended { intent } => {
                intent.call.action().ends_with(change)
            }
            _ => false,
        },
        _ => false,
    };
    entries.iter().filter(of).count()
}

/// Leaves so many records of the journal. Between two records of one turn
/// nothing else happens: no request leaves before the turn is over.
pub fn cut(disk: &MemoryDisk, records: usize) {
    let Some((dir, _)) = journal(disk) else { return };
    let kept = lines(disk).into_iter().take(records);
    let bytes: Vec<u8> = kept.flatten().collect();
    disk.put(&dir.join(read::FIRST), &bytes);
}
