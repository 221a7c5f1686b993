//! A real disk that keeps how long each sync of a journal took.

use std::fmt;
use std::io;
use std::path::Path;
use std::sync::{Arc, Mutex};

use jiff::{SignedDuration, Timestamp};
use lifeboat::journal::disk::{Disk, DiskFile, Listed, Lock, RealDisk};
use lifeboat::journal::read::FIRST;

type Now = Arc<dyn Fn() -> Timestamp + Send + Sync>;

/// The disk.
#[derive(Clone)]
pub(crate) struct Timed {
    disk: Arc<RealDisk>,
    now: Now,
    /// From when to when each took.
    syncs: Arc<Mutex<Vec<(Timestamp, Timestamp)>>>,
}

impl fmt::Debug for Timed {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.disk.fmt(f)
    }
}

impl Timed {
    /// This disk, by this clock.
    pub(crate) fn new(
        disk: RealDisk,
        now: impl Fn() -> Timestamp + Send + Sync + 'static,
    ) -> Timed {
        let syncs = Arc::default();
        Timed { disk: Arc::new(disk), now: Arc::new(now), syncs }
    }

    /// How long was synced in this time.
    pub(crate) fn between(
        &self,
        from: Timestamp,
        to: Timestamp,
    ) -> SignedDuration {
        let syncs = self.syncs.lock().expect("nobody panics with it");
        let within = syncs.iter().filter(|(a, b)| *a >= from && *b <= to);
        within.map(|(begun, ended)| ended.duration_since(*begun)).sum()
    }

    fn watched(
        &self,
        path: &Path,
        file: Box<dyn DiskFile>,
    ) -> Box<dyn DiskFile> {
        if path.file_name().is_some_and(|name| name == FIRST) {
            let disk = self.clone();
            return Box::new(TimedFile { file, disk });
        }
        file
    }
}

#[derive(Debug)]
struct TimedFile {
    file: Box<dyn DiskFile>,
    disk: Timed,
}

impl DiskFile for TimedFile {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        self.file.write(bytes)
    }

    fn sync(&mut self) -> io::Result<()> {
        let begun = (self.disk.now)();
        let done = self.file.sync();
        let ended = (self.disk.now)();
        let mut syncs = self.disk.syncs.lock().expect("nobody panics");
        syncs.push((begun, ended));
        done
    }

    fn truncate(&mut self, length: u64) -> io::Result<()> {
        self.file.truncate(length)
    }
}

impl Disk for Timed {
    fn create_dir(&self, path: &Path) -> io::Result<()> {
        self.disk.create_dir(path)
    }

    fn create(&self, path: &Path) -> io::Result<Box<dyn DiskFile>> {
        Ok(self.watched(path, self.disk.create(path)?))
    }

    fn append(&self, path: &Path) -> io::Result<Box<dyn DiskFile>> {
        Ok(self.watched(path, self.disk.append(path)?))
    }

    fn rewrite(
        &self,
        path: &Path,
        offset: u64,
        bytes: &[u8],
    ) -> io::Result<()> {
        self.disk.rewrite(path, offset, bytes)
    }

    fn read(&self, path: &Path) -> io::Result<Vec<u8>> {
        self.disk.read(path)
    }

    fn list(&self, path: &Path) -> io::Result<Vec<Listed>> {
        self.disk.list(path)
    }

    fn rename(&self, from: &Path, to: &Path) -> io::Result<()> {
        self.disk.rename(from, to)
    }

    fn remove(&self, path: &Path) -> io::Result<()> {
        self.disk.remove(path)
    }

    fn sync_dir(&self, path: &Path) -> io::Result<()> {
        self.disk.sync_dir(path)
    }

    fn try_lock(&self, path: &Path) -> io::Result<Option<Box<dyn Lock>>> {
        self.disk.try_lock(path)
    }
}
