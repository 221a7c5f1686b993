//! Inboxes: what consoles that only follow say to the one that drives.
//!
//! Each has a file of its own in the incident's folder, one line of JSON a
//! message, and holds its lock as long as it lives. The console that drives
//! reads them all and takes what they say into the journal.

use std::collections::BTreeMap;
use std::fmt;
use std::io;
use std::mem;
use std::path::{Path, PathBuf};
use std::sync::Arc;

use jiff::Timestamp;
use thiserror::Error;

use crate::incident::entry::Author;
use crate::incident::message::{Message, Said};

use super::disk::{self, Disk, DiskFile, Lock};
use super::open;

/// The directory of the inboxes, in that of the incident.
pub const DIR: &str = "inbox";

/// The most bytes a line may have, its newline included.
pub const LINE_MOST: usize = 8 * 1024;

/// The most bytes of one inbox; what comes after is not taken.
pub const FILE_MOST: u64 = 1024 * 1024;

/// The most inboxes that are read.
const INBOXES: usize = 64;

const END: &str = ".jsonl";

/// Why a message was not put into the inbox.
#[derive(Debug, Error)]
pub enum NotPosted {
    /// It has too many bytes for a line.
    #[error("it has {0} bytes; a message has at most 8 KiB")]
    TooLong(usize),
    /// The inbox holds as much as is read of it.
    #[error("this console has said 1 MiB; start it anew to go on")]
    Full,
    /// The disk refused.
    #[error("{0}")]
    Disk(#[from] io::Error),
}

/// The inbox of this console.
#[derive(Debug)]
pub struct Inbox {
    file: Box<dyn DiskFile>,
    by: Author,
    login: String,
    count: u64,
    length: u64,
    _lock: Box<dyn Lock>,
}

impl Inbox {
    /// Makes the inbox of this console in the incident's directory, and says
    /// in it that it came.
    pub fn open(
        disk: &dyn Disk,
        incident: &Path,
        (by, login): (Author, String),
        now: Timestamp,
    ) -> io::Result<Self> {
        let dir = incident.join(DIR);
        disk::ensure_dir(disk, &dir)?;
        let plain = |c: char| if c.is_ascii_alphanumeric() { c } else { '-' };
        let console: String = by.console.chars().map(plain).collect();
        let stem = format!("{console}-{}-{}", by.pid, now.as_millisecond());
        let path = dir.join(format!("{stem}{END}"));
        let file = disk.create(&path)?;
        disk.sync_dir(&dir)?;
        let lock = open::lock_soon(disk, &path)?;
        let lock = lock.ok_or(io::ErrorKind::WouldBlock)?;
        let mut inbox =
            Inbox { file, by, login, count: 0, length: 0, _lock: lock };
        inbox.post(Said::Came, None, now).map_err(io::Error::other)?;
        Ok(inbox)
    }

    /// Puts a message into the inbox; it is on disk when this comes back.
    pub fn post(
        &mut self,
        said: Said,
        arn: Option<String>,
        at: Timestamp,
    ) -> Result<Message, NotPosted> {
        let message = Message {
            v: 1,
            n: self.count + 1,
            at,
            by: Author { arn, role: "observer".into(), ..self.by.clone() },
            login: self.login.clone(),
            said: said.redacted(),
        };
        let mut line =
            serde_json::to_string(&message).map_err(io::Error::other)?;
        line.push('\n');
        if line.len() > LINE_MOST {
            return Err(NotPosted::TooLong(line.len()));
        }
        if self.length + line.len() as u64 > FILE_MOST {
            return Err(NotPosted::Full);
        }
        let put = disk::write_all(&mut *self.file, line.as_bytes())
            .and_then(|()| self.file.sync());
        if let Err(error) = put {
            // Best effort: a piece of a line is told as a bad one.
            let _ = self.file.truncate(self.length);
            return Err(error.into());
        }
        self.count += 1;
        self.length += line.len() as u64;
        Ok(message)
    }
}

/// What was found in the inboxes.
#[derive(Clone, Debug, PartialEq)]
pub enum News {
    /// A message, with a name that no other message of the incident has.
    Said(String, Box<Message>),
    /// The console of this inbox follows, or no longer does.
    Here(Author, bool),
    /// Something that cannot be read, and was skipped.
    Bad(String),
}

/// Reads all inboxes of an incident as they grow.
pub struct Inboxes {
    disk: Arc<dyn Disk>,
    dir: PathBuf,
    known: BTreeMap<String, Reader>,
}

impl fmt::Debug for Inboxes {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Inboxes")
            .field("dir", &self.dir)
            .finish_non_exhaustive()
    }
}

/// How far one inbox was read.
#[derive(Debug, Default)]
struct Reader {
    offset: u64,
    /// Whether the rest of a line that is too long is passed over.
    skips: bool,
    last: u64,
    by: Option<Author>,
    here: Option<bool>,
    full: bool,
}

impl Inboxes {
    /// The inboxes of the incident in this directory, read from their
    /// beginnings.
    pub fn of(disk: Arc<dyn Disk>, incident: &Path) -> Self {
        let dir = incident.join(DIR);
        Inboxes { disk, dir, known: BTreeMap::new() }
    }

    /// What is new in them.
    pub fn look(&mut self) -> Vec<News> {
        let Ok(listed) = self.disk.list(&self.dir) else { return Vec::new() };
        let names = listed.into_iter().map(|listed| listed.name);
        let names = names.filter(|name| name.ends_with(END)).take(INBOXES);
        let mut news = Vec::new();
        for name in names {
            let path = self.dir.join(&name);
            let reader = self.known.entry(name.clone()).or_default();
            // First whether it lives: what it said last is then read whole.
            let lives = matches!(self.disk.try_lock(&path), Ok(None) | Err(_));
            reader.read(&*self.disk, &path, &name, &mut news);
            if let Some(by) = &reader.by
                && reader.here != Some(lives)
            {
                reader.here = Some(lives);
                news.push(News::Here(by.clone(), lives));
            }
        }
        news
    }
}

impl Reader {
    fn read(
        &mut self,
        disk: &dyn Disk,
        path: &Path,
        name: &str,
        news: &mut Vec<News>,
    ) {
        if self.full {
            return;
        }
        let most = FILE_MOST.saturating_sub(self.offset);
        let Ok(bytes) = disk.read_from(path, self.offset, most) else {
            return;
        };
        let mut rest = bytes.as_slice();
        while let Some(end) = rest.iter().position(|byte| *byte == b'\n') {
            let (line, after) = (&rest[..end], &rest[end + 1..]);
            self.offset += (end + 1) as u64;
            rest = after;
            if mem::take(&mut self.skips) {
                continue;
            }
            match self.parse(line, name) {
                Ok(message) => news.push(message),
                Err(why) => news.push(News::Bad(format!("{name}: {why}"))),
            }
        }
        if rest.len() > LINE_MOST {
            self.offset += rest.len() as u64;
            if !mem::replace(&mut self.skips, true) {
                let why = "a line of more than 8 KiB was skipped";
                news.push(News::Bad(format!("{name}: {why}")));
            }
        }
        if self.offset >= FILE_MOST {
            self.full = true;
            let why = "it has more than 1 MiB; the rest is not read";
            news.push(News::Bad(format!("{name}: {why}")));
        }
    }

    fn parse(&mut self, line: &[u8], name: &str) -> Result<News, String> {
        if line.len() >= LINE_MOST {
            return Err("a line of more than 8 KiB was skipped".into());
        }
        let bad =
            |why: &dyn fmt::Display| format!("a line was skipped: {why}");
        let message: Message =
            serde_json::from_slice(line).map_err(|error| bad(&error))?;
        if message.v != 1 {
            return Err(bad(&"its form is that of a newer program"));
        }
        if message.n <= self.last {
            return Err(bad(&"its number was there already"));
        }
        self.last = message.n;
        self.by.get_or_insert_with(|| message.by.clone());
        let stem = name.strip_suffix(END).unwrap_or(name);
        let id = format!("{stem}/{}", message.n);
        Ok(News::Said(id, Box::new(message)))
    }
}

#[cfg(test)]
mod tests;
