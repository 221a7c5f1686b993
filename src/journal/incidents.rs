//! The incidents on this machine: one directory each.
//!
//! ```text
//! incidents/INC-20261123-0131-7f3a/
//!   lock            who holds its lock may write; never renamed or removed
//!   journal.jsonl   the journal; journal.0002.jsonl after damage
//!   runbook.toml    the runbook's bytes as they were pinned
//!   inbox/          what consoles that follow say, a file each
//!   quarantine/     torn ends, never removed
//!   export/         reports
//! ```

use std::io;
use std::path::{Path, PathBuf};

use jiff::Timestamp;
use jiff::tz::TimeZone;

use crate::incident::fact::Fact;

use super::disk::{self, Disk};
use super::open::LOCK;
use super::read::{self, FIRST};
use super::scan;

const PREFIX: &str = "INC-";
/// Unfinished directories end in this; they were never an incident.
const UNFINISHED: &str = ".tmp";

/// The directory that holds the incidents.
#[derive(Clone, Debug)]
pub struct Incidents {
    root: PathBuf,
}

/// One incident in the list.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Listed {
    /// Its id, which is the name of its directory.
    pub id: String,
    /// Its directory.
    pub dir: PathBuf,
    /// Its title, where its first entry can be read.
    pub title: Option<String>,
    /// The scenario, if the AWS it was opened on was simulated.
    pub simulated: Option<String>,
    /// The endpoint it was opened on instead of AWS's own.
    pub endpoint: Option<String>,
    /// When it was opened.
    pub opened: Option<Timestamp>,
    /// When its last entry was written.
    pub last: Option<Timestamp>,
    /// How many entries it has.
    pub entries: usize,
    /// Whether it was closed, and not taken up again since.
    pub closed: bool,
    /// What is wrong with it.
    pub problem: Option<String>,
}

impl Listed {
    /// Whether there is something to take up: it is open, and something was
    /// recorded. A full disk leaves incidents of which nothing was.
    pub fn can_be_taken_up(&self) -> bool {
        !self.closed && self.entries > 0
    }

    /// Whether a console that lives writes to it now. Where that cannot be
    /// told it is not held: opening it then says why not.
    pub fn is_held(&self, disk: &dyn Disk) -> bool {
        let locks = disk
            .list(&self.dir)
            .is_ok_and(|names| names.iter().any(|listed| listed.name == LOCK));
        locks && matches!(disk.try_lock(&self.dir.join(LOCK)), Ok(None))
    }
}

impl Incidents {
    /// The incidents below the program's state directory.
    pub fn below(state: &Path) -> Self {
        Incidents { root: state.join("incidents") }
    }

    /// The directory that holds them.
    pub fn root(&self) -> &Path {
        &self.root
    }

    /// The directory of one.
    pub fn dir(&self, id: &str) -> PathBuf {
        self.root.join(id)
    }

    /// Makes the directory of a new incident, under its name only when it is
    /// whole. `salt` tells incidents of one minute apart; a name that is
    /// taken moves on to the next.
    pub fn create(
        &self,
        disk: &dyn Disk,
        now: Timestamp,
        salt: u16,
    ) -> io::Result<String> {
        if let Some(state) = self.root.parent() {
            disk::ensure_dir(disk, state)?;
        }
        disk::ensure_dir(disk, &self.root)?;
        let taken: Vec<String> =
            disk.list(&self.root)?.into_iter().map(|d| d.name).collect();
        let id = (0..=u16::MAX)
            .map(|more| id(now, salt.wrapping_add(more)))
            .find(|id| {
                let unfinished = format!("{id}{UNFINISHED}");
                !taken.contains(id) && !taken.contains(&unfinished)
            })
            .ok_or(io::ErrorKind::AlreadyExists)?;
        let unfinished = self.root.join(format!("{id}{UNFINISHED}"));
        disk.create_dir(&unfinished)?;
        for name in [LOCK, FIRST] {
            disk.create(&unfinished.join(name))?.sync()?;
        }
        for name in ["quarantine", "export"] {
            disk.create_dir(&unfinished.join(name))?;
        }
        disk.sync_dir(&unfinished)?;
        disk.rename(&unfinished, &self.dir(&id))?;
        disk.sync_dir(&self.root)?;
        Ok(id)
    }

    /// All incidents, the newest first. One that cannot be read is listed
    /// with its problem; a missing root is an empty list.
    pub fn list(&self, disk: &dyn Disk) -> io::Result<Vec<Listed>> {
        let names = match disk.list(&self.root) {
            Err(error) if error.kind() == io::ErrorKind::NotFound => {
                return Ok(Vec::new());
            }
            answer => answer?,
        };
        let mut found: Vec<Listed> = names
            .into_iter()
            .filter(|listed| listed.dir)
            .filter(|listed| listed.name.starts_with(PREFIX))
            .filter(|listed| !listed.name.ends_with(UNFINISHED))
            .map(|listed| look(disk, &self.root, listed.name))
            .collect();
        // The salt at the end of an id says nothing about the order within
        // its minute; the first entry does.
        found.sort_by(|one, other| {
            let age = |listed: &Listed| {
                let minute = listed.id.rsplit_once('-').map(|(at, _)| at);
                (minute.map(str::to_owned), listed.opened)
            };
            age(other).cmp(&age(one)).then(other.id.cmp(&one.id))
        });
        Ok(found)
    }
}

/// The id of an incident, in UTC: it sorts by time and has no colon.
fn id(now: Timestamp, salt: u16) -> String {
    let utc = now.to_zoned(TimeZone::UTC);
    format!("{PREFIX}{}-{salt:04x}", utc.strftime("%Y%m%d-%H%M"))
}

fn look(disk: &dyn Disk, root: &Path, id: String) -> Listed {
    let dir = root.join(&id);
    let mut listed = Listed {
        id,
        dir,
        title: None,
        simulated: None,
        endpoint: None,
        opened: None,
        last: None,
        entries: 0,
        closed: false,
        problem: None,
    };
    let reading = match read::read(disk, &listed.dir) {
        Ok(reading) => reading,
        Err(error) => {
            listed.problem = Some(error.to_string());
            return listed;
        }
    };
    listed.entries = reading.entries.len();
    listed.last = reading.entries.last().map(|entry| entry.at);
    for entry in &reading.entries {
        match &entry.fact {
            Fact::Opened { title, simulated, endpoint, .. } => {
                if listed.opened.is_none() {
                    listed.simulated.clone_from(simulated);
                    listed.endpoint.clone_from(endpoint);
                }
                listed.title.get_or_insert_with(|| title.clone());
                listed.opened.get_or_insert(entry.at);
                listed.closed = false;
            }
            Fact::Closed { .. } => listed.closed = true,
            Fact::Resumed { .. } => listed.closed = false,
            _ => {}
        }
    }
    listed.problem = problem(&reading);
    listed
}

/// The first thing wrong with a journal; a torn end is none.
fn problem(reading: &read::Reading) -> Option<String> {
    if let Some(unread) = reading.unread.first() {
        return Some(format!(
            "{}, line {}: {}",
            unread.file, unread.line, unread.why
        ));
    }
    for segment in &reading.segments {
        if let scan::End::Damaged { why, .. } = &segment.scan.end {
            return Some(format!(
                "{}, line {}: {why}",
                segment.file,
                segment.scan.lines.len() + 1
            ));
        }
    }
    reading.entries.is_empty().then(|| "it has no entries".to_owned())
}
