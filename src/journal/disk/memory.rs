//! A disk in memory that forgets what was not synced and fails on demand.

mod file;

use std::collections::{BTreeMap, BTreeSet};
use std::fmt;
use std::io;
use std::ops::Range;
use std::path::{Component, Path, PathBuf};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use super::{Disk, DiskFile, Listed, Lock};
use file::{MemoryFile, MemoryLock};

/// A disk in memory, for tests of this crate and of its users: the journal's
/// own, the whole program's on paused time, and the crash tests.
///
/// It keeps what was written apart from what is durable, for names as well
/// as for bytes, so that [`MemoryDisk::crash`] can take away what a power
/// cut may take away. A clone is another handle on the same disk.
#[derive(Clone)]
pub struct MemoryDisk {
    inner: Arc<Mutex<Inner>>,
    life: u64,
}

/// The calls that a [`Fault`] may be tied to.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum DiskCall {
    /// `create_dir`.
    CreateDir,
    /// `create` and `append`.
    Open,
    /// `write`.
    Write,
    /// `sync` of a file.
    Sync,
    /// `truncate`.
    Truncate,
    /// `read` and `list`.
    Read,
    /// `rename` and `remove`.
    Rename,
    /// `sync_dir`.
    SyncDir,
    /// `try_lock`.
    Lock,
}

/// How a call goes wrong.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Fault {
    /// It fails with this error number. A failed `sync` loses what was not
    /// yet durable, also for later syncs that answer well, as Linux does.
    Errno(i32),
    /// A write takes at most this many bytes; any other call fails (EIO).
    Short(usize),
}

#[derive(Clone, Debug)]
struct Due {
    call: Option<DiskCall>,
    nth: u64,
    lasting: bool,
    fault: Fault,
}

#[derive(Clone, Debug)]
enum Node {
    Dir { live: Names, durable: Names },
    File { live: Vec<u8>, durable: Vec<u8>, lost: Vec<Range<usize>> },
}

type Names = BTreeMap<String, usize>;

#[derive(Clone, Debug)]
struct Inner {
    /// The first is the root directory; names point into it.
    nodes: Vec<Node>,
    /// Goes up when the process dies; older handles are dead.
    life: u64,
    locked: BTreeSet<usize>,
    due: Vec<Due>,
    calls: u64,
    sync_works: bool,
}

impl Default for MemoryDisk {
    fn default() -> Self {
        MemoryDisk::new()
    }
}

impl fmt::Debug for MemoryDisk {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("MemoryDisk")
            .field("life", &self.life)
            .finish_non_exhaustive()
    }
}

impl MemoryDisk {
    /// An empty disk with a root directory `/`.
    pub fn new() -> Self {
        let root = Node::Dir { live: Names::new(), durable: Names::new() };
        let inner = Inner {
            nodes: vec![root],
            life: 0,
            locked: BTreeSet::new(),
            due: Vec::new(),
            calls: 0,
            sync_works: true,
        };
        MemoryDisk { inner: Arc::new(Mutex::new(inner)), life: 0 }
    }

    /// Lets the `nth` call from now (from 1) fail once; `None` counts every
    /// call.
    pub fn fail(&self, call: Option<DiskCall>, nth: u64, fault: Fault) {
        self.inner().due.push(Due { call, nth, lasting: false, fault });
    }

    /// Lets the `nth` call from now (from 1) and all after it fail.
    pub fn fail_from(&self, call: Option<DiskCall>, nth: u64, fault: Fault) {
        self.inner().due.push(Due { call, nth, lasting: true, fault });
    }

    /// Takes all faults away.
    pub fn heal(&self) {
        self.inner().due.clear();
    }

    /// How many faults have not come about yet.
    pub fn faults_left(&self) -> usize {
        self.inner().due.len()
    }

    /// How many calls were made, faults included.
    pub fn calls(&self) -> u64 {
        self.inner().calls
    }

    /// Lets every sync answer well and do nothing: the disk of a writer that
    /// forgot to sync, to prove that a test would notice.
    pub fn pretend_to_sync(&self) {
        self.inner().sync_works = false;
    }

    /// The power goes: what was not synced is gone, locks are free, handles
    /// from before are dead. The answer is the handle of the next life.
    #[must_use]
    pub fn crash(&self) -> MemoryDisk {
        self.inner().forget();
        self.kill()
    }

    /// The process dies, the computer lives on: what was written stays,
    /// locks are free, handles from before are dead. The answer is the
    /// handle of the next life.
    #[must_use]
    pub fn kill(&self) -> MemoryDisk {
        let mut inner = self.inner();
        inner.life += 1;
        inner.locked.clear();
        inner.due.clear();
        MemoryDisk { inner: Arc::clone(&self.inner), life: inner.life }
    }

    /// A disk of its own with the same bytes, free locks and no faults.
    #[must_use]
    pub fn snapshot(&self) -> MemoryDisk {
        let mut inner = self.inner().clone();
        inner.locked.clear();
        inner.due.clear();
        let life = inner.life;
        MemoryDisk { inner: Arc::new(Mutex::new(inner)), life }
    }

    /// Puts a file there as it is, durable, with the directories above it:
    /// for tests that begin with a damaged one.
    pub fn put(&self, path: &Path, bytes: &[u8]) {
        let mut inner = self.inner();
        let mut at = 0;
        let mut names = names(path).into_iter().peekable();
        while let Some(name) = names.next() {
            let next = match inner.child(at, &name) {
                Some(next) => next,
                None if names.peek().is_some() => {
                    inner.add(at, &name, Node::dir())
                }
                None => inner.add(at, &name, Node::file()),
            };
            inner.nodes[at].settle();
            at = next;
        }
        inner.nodes[at] = Node::File {
            live: bytes.to_owned(),
            durable: bytes.to_owned(),
            lost: Vec::new(),
        };
    }

    fn inner(&self) -> MutexGuard<'_, Inner> {
        self.inner.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Begins a call: counts it, and lets it fail where a fault is due.
    fn begin(&self, call: DiskCall) -> io::Result<MutexGuard<'_, Inner>> {
        let mut inner = self.inner();
        inner.alive(self.life)?;
        match inner.fault(call) {
            None => Ok(inner),
            Some(fault) => Err(fault.error()),
        }
    }

    fn open(
        &self,
        find: impl FnOnce(&mut Inner) -> io::Result<usize>,
    ) -> io::Result<Box<dyn DiskFile>> {
        let node = find(&mut *self.begin(DiskCall::Open)?)?;
        Ok(Box::new(MemoryFile { disk: self.clone(), node }))
    }
}

impl Fault {
    fn error(self) -> io::Error {
        match self {
            Fault::Errno(number) => io::Error::from_raw_os_error(number),
            Fault::Short(_) => io::Error::from_raw_os_error(libc::EIO),
        }
    }
}

impl Node {
    fn dir() -> Self {
        Node::Dir { live: Names::new(), durable: Names::new() }
    }

    fn file() -> Self {
        Node::File { live: Vec::new(), durable: Vec::new(), lost: Vec::new() }
    }

    /// Makes durable what was written, as far as it was not lost before.
    fn settle(&mut self) {
        match self {
            Node::Dir { live, durable } => durable.clone_from(live),
            Node::File { live, durable, lost } => {
                durable.clone_from(live);
                for range in lost {
                    let end = range.end.min(durable.len());
                    if range.start < end {
                        durable[range.start..end].fill(0);
                    }
                }
            }
        }
    }

    /// Remembers that what is not durable yet never will be.
    fn lose(&mut self) {
        if let Node::File { live, durable, lost } = self {
            let same = live
                .iter()
                .zip(durable.iter())
                .take_while(|(one, other)| one == other)
                .count();
            lost.push(same..live.len());
        }
    }
}

impl Inner {
    fn alive(&self, life: u64) -> io::Result<()> {
        if self.life == life {
            Ok(())
        } else {
            Err(io::Error::other("this process is dead"))
        }
    }

    fn fault(&mut self, call: DiskCall) -> Option<Fault> {
        self.calls += 1;
        let mut hit = None;
        for due in &mut self.due {
            if due.call.is_some_and(|wanted| wanted != call) {
                continue;
            }
            due.nth = due.nth.saturating_sub(1);
            if due.nth == 0 && hit.is_none() {
                hit = Some(due.fault);
            }
        }
        self.due.retain(|due| due.nth > 0 || due.lasting);
        hit
    }

    fn forget(&mut self) {
        for node in &mut self.nodes {
            match node {
                Node::Dir { live, durable } => live.clone_from(durable),
                Node::File { live, durable, lost } => {
                    live.clone_from(durable);
                    lost.clear();
                }
            }
        }
    }

    fn child(&self, dir: usize, name: &str) -> Option<usize> {
        match &self.nodes[dir] {
            Node::Dir { live, .. } => live.get(name).copied(),
            Node::File { .. } => None,
        }
    }

    fn find(&self, path: &Path) -> io::Result<usize> {
        names(path).iter().try_fold(0, |at, name| {
            self.child(at, name).ok_or_else(|| missing(path))
        })
    }

    fn names(&mut self, dir: usize) -> io::Result<&mut Names> {
        match &mut self.nodes[dir] {
            Node::Dir { live, .. } => Ok(live),
            Node::File { .. } => Err(io::ErrorKind::NotADirectory.into()),
        }
    }

    fn add(&mut self, dir: usize, name: &str, node: Node) -> usize {
        let new = self.nodes.len();
        self.nodes.push(node);
        if let Ok(names) = self.names(dir) {
            names.insert(name.to_owned(), new);
        }
        new
    }

    /// The directory of a path and the last name in it.
    fn place(&self, path: &Path) -> io::Result<(usize, String)> {
        let mut names = names(path);
        let last = names.pop().ok_or(io::ErrorKind::AlreadyExists)?;
        let dir: PathBuf = names.iter().collect();
        Ok((self.find(&dir).map_err(|_| missing(path))?, last))
    }

    fn make(&mut self, path: &Path, node: Node) -> io::Result<usize> {
        let (dir, name) = self.place(path)?;
        if self.child(dir, &name).is_some() {
            return Err(io::ErrorKind::AlreadyExists.into());
        }
        Ok(self.add(dir, &name, node))
    }
}

fn names(path: &Path) -> Vec<String> {
    path.components()
        .filter_map(|part| match part {
            Component::Normal(name) => {
                Some(name.to_string_lossy().into_owned())
            }
            _ => None,
        })
        .collect()
}

fn missing(path: &Path) -> io::Error {
    let told = format!("no such file: {}", path.display());
    io::Error::new(io::ErrorKind::NotFound, told)
}

impl Disk for MemoryDisk {
    fn create_dir(&self, path: &Path) -> io::Result<()> {
        self.begin(DiskCall::CreateDir)?.make(path, Node::dir()).map(drop)
    }

    fn create(&self, path: &Path) -> io::Result<Box<dyn DiskFile>> {
        self.open(|inner| inner.make(path, Node::file()))
    }

    fn append(&self, path: &Path) -> io::Result<Box<dyn DiskFile>> {
        self.open(|inner| inner.find(path))
    }

    fn rewrite(
        &self,
        path: &Path,
        offset: u64,
        bytes: &[u8],
    ) -> io::Result<()> {
        let node = self.begin(DiskCall::Open)?.find(path)?;
        let start = usize::try_from(offset).unwrap_or(usize::MAX);
        let end = start.saturating_add(bytes.len());
        let mut inner = self.begin(DiskCall::Write)?;
        match &mut inner.nodes[node] {
            Node::File { live, lost, .. } if end <= live.len() => {
                live[start..end].copy_from_slice(bytes);
                // What is written again is no longer lost.
                *lost = lost
                    .iter()
                    .flat_map(|old| {
                        let before = old.start..old.end.min(start);
                        [before, old.start.max(end)..old.end]
                    })
                    .filter(|left| !left.is_empty())
                    .collect();
            }
            _ => return Err(io::ErrorKind::InvalidInput.into()),
        }
        drop(inner);
        MemoryFile { disk: self.clone(), node }.sync()
    }

    fn read(&self, path: &Path) -> io::Result<Vec<u8>> {
        let inner = self.begin(DiskCall::Read)?;
        match &inner.nodes[inner.find(path)?] {
            Node::File { live, .. } => Ok(live.clone()),
            Node::Dir { .. } => Err(io::ErrorKind::IsADirectory.into()),
        }
    }

    fn list(&self, path: &Path) -> io::Result<Vec<Listed>> {
        let mut inner = self.begin(DiskCall::Read)?;
        let at = inner.find(path)?;
        let names = inner.names(at)?.clone();
        Ok(names
            .into_iter()
            .map(|(name, node)| Listed {
                name,
                dir: matches!(inner.nodes[node], Node::Dir { .. }),
            })
            .collect())
    }

    fn rename(&self, from: &Path, to: &Path) -> io::Result<()> {
        let mut inner = self.begin(DiskCall::Rename)?;
        let node = inner.find(from)?;
        let (old_dir, old) = inner.place(from)?;
        let (new_dir, new) = inner.place(to)?;
        inner.names(old_dir)?.remove(&old);
        inner.names(new_dir)?.insert(new, node);
        Ok(())
    }

    fn remove(&self, path: &Path) -> io::Result<()> {
        let mut inner = self.begin(DiskCall::Rename)?;
        let (dir, name) = inner.place(path)?;
        let gone = inner.names(dir)?.remove(&name);
        gone.map(drop).ok_or_else(|| missing(path))
    }

    fn sync_dir(&self, path: &Path) -> io::Result<()> {
        let mut inner = self.begin(DiskCall::SyncDir)?;
        let at = inner.find(path)?;
        if inner.sync_works {
            inner.nodes[at].settle();
        }
        Ok(())
    }

    fn try_lock(&self, path: &Path) -> io::Result<Option<Box<dyn Lock>>> {
        let mut inner = self.begin(DiskCall::Lock)?;
        let node = match inner.find(path) {
            Ok(node) => node,
            Err(_) => inner.make(path, Node::file())?,
        };
        if !inner.locked.insert(node) {
            return Ok(None);
        }
        Ok(Some(Box::new(MemoryLock { disk: self.clone(), node })))
    }
}

#[cfg(test)]
mod tests;
