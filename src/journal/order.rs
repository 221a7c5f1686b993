//! Orders to the journal and its answers, and the keeper that carries them
//! out.

use std::fmt;
use std::io;
use std::path::{Component, Path, PathBuf};
use std::sync::Arc;

use jiff::{SignedDuration, Timestamp};

use crate::failure::{Failure, FailureKind};
use crate::incident::entry::{Author, Entry};
use crate::incident::fact::Fact;
use crate::runbook::plan::Intent;

use super::clock::Clock;
use super::disk::{self, Disk};
use super::incidents::Incidents;
use super::open::{self, NotOpened};
use super::recorded::{NotRecorded, Recorded};
use super::thread::Shelf;
use super::writer::Writer;

/// Something to be put on disk.
#[derive(Debug)]
pub enum Order {
    /// Begin a new incident with this first fact, and write to it from now
    /// on; one that was open is let go.
    Create {
        /// The time that its id tells.
        now: Timestamp,
        /// Tells incidents of one minute apart.
        salt: u16,
        /// What opened it.
        first: Box<Fact>,
    },
    /// Take up an incident by its id and write to it from now on; one that
    /// was open is let go.
    Open(String),
    /// Let the open incident go, so that another console may take it.
    Release,
    /// Somebody else writes from now on, or under another identity.
    WrittenBy(Author),
    /// Write down what happened.
    Record(Box<Fact>),
    /// Write down an approved call before it is sent.
    Intent(Box<Intent>),
    /// Keep a runbook's bytes beside the journal of the open incident.
    Pin {
        /// The file's name, without directory.
        name: String,
        /// Its bytes.
        bytes: Vec<u8>,
    },
    /// Put a whole file (0600) in place, at once or not at all.
    Write {
        /// Where; its directory is made where it is missing.
        path: PathBuf,
        /// What shall stand in it.
        content: Content,
    },
}

/// What shall stand in a file.
pub enum Content {
    /// These bytes.
    Ready(Vec<u8>),
    /// What this gives, which is called where the file is written: making
    /// the text of a large estate takes long.
    Made(Box<dyn FnOnce() -> io::Result<Vec<u8>> + Send>),
}

impl Content {
    /// Content that is made where it is written.
    pub fn made(
        make: impl FnOnce() -> io::Result<Vec<u8>> + Send + 'static,
    ) -> Self {
        Content::Made(Box::new(make))
    }

    fn bytes(self) -> io::Result<Vec<u8>> {
        match self {
            Content::Ready(bytes) => Ok(bytes),
            Content::Made(make) => make(),
        }
    }
}

impl From<Vec<u8>> for Content {
    fn from(bytes: Vec<u8>) -> Self {
        Content::Ready(bytes)
    }
}

impl fmt::Debug for Content {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Content::Ready(bytes) => write!(f, "{} bytes", bytes.len()),
            Content::Made(_) => f.write_str("not made yet"),
        }
    }
}

/// What came of an [`Order`]; when it comes, what it says is on disk.
#[derive(Debug)]
pub enum Answer {
    /// To `Create` and `Open`.
    Opened(Result<Box<Opened>, NotOpened>),
    /// To `Release`: the incident that was let go, if one was open.
    Released(Option<String>),
    /// To `WrittenBy`.
    Named,
    /// To `Record`.
    Recorded(Result<Box<Entry>, NotRecorded>),
    /// To `Intent`: the proof without which nothing is sent, and the entry.
    Intent(Result<Box<(Recorded<Intent>, Entry)>, NotRecorded>),
    /// To `Pin` and `Write`: where the file is.
    Written(Result<PathBuf, Failure>),
}

/// An incident that was opened for writing.
#[derive(Clone, Debug, PartialEq)]
pub struct Opened {
    /// Its id.
    pub incident: String,
    /// Its directory.
    pub dir: PathBuf,
    /// All its entries, this opening's own included.
    pub entries: Vec<Entry>,
    /// The hash of the last of them.
    pub head: String,
    /// The numbers of entries found behind damage: they may have happened.
    pub salvaged: Vec<u64>,
    /// What was mended or found damaged, for the person to know.
    pub notices: Vec<String>,
}

/// Carries out orders, one after the other, where it is called.
pub struct Keeper {
    disk: Arc<dyn Disk>,
    incidents: Incidents,
    author: Author,
    clock: Box<dyn Fn() -> Box<dyn Clock> + Send>,
    open: Option<(Writer, PathBuf)>,
}

impl fmt::Debug for Keeper {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Keeper")
            .field("incidents", &self.incidents)
            .field("author", &self.author)
            .field("open", &self.open)
            .finish_non_exhaustive()
    }
}

impl Keeper {
    /// A keeper of the incidents below `state`. `clock` makes the clock of
    /// each incident's writer.
    pub fn new(
        disk: Arc<dyn Disk>,
        state: &Path,
        author: Author,
        clock: impl Fn() -> Box<dyn Clock> + Send + 'static,
    ) -> Self {
        let incidents = Incidents::below(state);
        let clock = Box::new(clock);
        Keeper { disk, incidents, author, clock, open: None }
    }

    /// Carries out one order.
    pub fn take(&mut self, order: Order) -> Answer {
        match order {
            Order::Create { now, salt, first } => {
                Answer::Opened(self.create(now, salt, *first).map(Box::new))
            }
            Order::Open(id) => Answer::Opened(self.take_up(&id).map(Box::new)),
            Order::Release => {
                let open = self.open.take();
                let id = open.map(|(writer, _)| writer.incident().to_owned());
                Answer::Released(id)
            }
            Order::WrittenBy(author) => {
                if let Some((writer, _)) = &mut self.open {
                    writer.written_by(author.clone());
                }
                self.author = author;
                Answer::Named
            }
            Order::Record(fact) => Answer::Recorded(
                self.writer()
                    .and_then(|writer| writer.record(*fact))
                    .map(Box::new),
            ),
            Order::Intent(intent) => Answer::Intent(
                self.writer()
                    .and_then(|writer| writer.record_intent(*intent))
                    .map(Box::new),
            ),
            Order::Pin { name, bytes } => {
                Answer::Written(self.pin(&name, &bytes))
            }
            Order::Write { path, content } => {
                Answer::Written(write(&*self.disk, path, content))
            }
        }
    }

    /// Where it keeps the incidents.
    pub(super) fn shelf(&self, threads: bool) -> Shelf {
        let (disk, incidents) =
            (Arc::clone(&self.disk), self.incidents.clone());
        Shelf { disk, incidents, threads }
    }

    fn writer(&mut self) -> Result<&mut Writer, NotRecorded> {
        match &mut self.open {
            Some((writer, _)) => Ok(writer),
            None => Err(NotRecorded::NoIncident),
        }
    }

    fn create(
        &mut self,
        now: Timestamp,
        salt: u16,
        first: Fact,
    ) -> Result<Opened, NotOpened> {
        let id = self
            .incidents
            .create(&*self.disk, now, salt)
            .map_err(|error| open::failed(self.incidents.root(), &error))?;
        self.begin(&id, |_| vec![first])
    }

    fn take_up(&mut self, id: &str) -> Result<Opened, NotOpened> {
        self.begin(id, |last| {
            let claimed =
                Fact::Claimed { tool: env!("CARGO_PKG_VERSION").into() };
            let resumed = last.map(|gap| Fact::Resumed {
                gap_s: u64::try_from(gap.as_secs()).unwrap_or(0),
            });
            [claimed].into_iter().chain(resumed).collect()
        })
    }

    /// Opens an incident's journal and writes the facts that belong to
    /// opening it, given the time since its last entry.
    fn begin(
        &mut self,
        id: &str,
        facts: impl FnOnce(Option<SignedDuration>) -> Vec<Fact>,
    ) -> Result<Opened, NotOpened> {
        // The lock of this very console must not be in its own way.
        self.open = None;
        let dir = self.incidents.dir(id);
        if !is_name(id) {
            let error = io::Error::from(io::ErrorKind::InvalidInput);
            return Err(open::failed(&dir, &error));
        }
        let mut clock = (self.clock)();
        let now = clock.now();
        let author = self.author.clone();
        let mut opening = open::open(&self.disk, &dir, author, clock)?;
        let gap = opening.before.map(|last| now.duration_since(last));
        for fact in facts(gap) {
            let entry =
                opening.writer.record(fact).map_err(NotOpened::NotRecorded)?;
            opening.entries.push(entry);
        }
        let head = opening.writer.head().to_owned();
        self.open = Some((opening.writer, dir.clone()));
        Ok(Opened {
            incident: id.to_owned(),
            dir,
            entries: opening.entries,
            head,
            salvaged: opening.salvaged,
            notices: opening.notices,
        })
    }

    /// Keeps bytes under a name, or under a numbered one where other bytes
    /// have that name: what was pinned is never changed.
    fn pin(&self, name: &str, bytes: &[u8]) -> Result<PathBuf, Failure> {
        let bad = |why: &str| not_written(Path::new(name), &why);
        let (_, dir) =
            self.open.as_ref().ok_or_else(|| bad("no incident is open"))?;
        if !is_name(name) {
            return Err(bad("not a plain file name"));
        }
        for number in 1.. {
            let path = dir.join(numbered(name, number));
            match self.disk.read(&path) {
                Ok(found) if found == bytes => return Ok(path),
                Ok(_) => {}
                Err(error) if error.kind() == io::ErrorKind::NotFound => {
                    return disk::replace(&*self.disk, &path, bytes)
                        .map(|()| path.clone())
                        .map_err(|error| not_written(&path, &error));
                }
                Err(error) => return Err(not_written(&path, &error)),
            }
        }
        Err(bad("every numbered name is taken"))
    }
}

/// Puts a whole file in place, at once or not at all.
pub(super) fn write(
    disk: &dyn Disk,
    path: PathBuf,
    content: Content,
) -> Result<PathBuf, Failure> {
    let put =
        content.bytes().and_then(|bytes| disk::replace(disk, &path, &bytes));
    match put {
        Ok(()) => Ok(path),
        Err(error) => Err(not_written(&path, &error)),
    }
}

/// Whether this is the name of a file and not a way to another directory.
fn is_name(name: &str) -> bool {
    let mut parts = Path::new(name).components();
    matches!(parts.next(), Some(Component::Normal(_)))
        && parts.next().is_none()
        && !name.contains('/')
}

/// `runbook.toml`, `runbook.0002.toml` and so on.
fn numbered(name: &str, number: u32) -> String {
    match (number, name.rsplit_once('.')) {
        (1, _) => name.to_owned(),
        (_, Some((stem, end))) => format!("{stem}.{number:04}.{end}"),
        (_, None) => format!("{name}.{number:04}"),
    }
}

fn not_written(path: &Path, why: &dyn fmt::Display) -> Failure {
    Failure::new("write a file", FailureKind::Other)
        .because(format!("{}: {why}", path.display()))
}
