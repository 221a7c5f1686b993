//! A disk that puts each intent there only with the line after it: what a
//! program leaves behind that writes its intents after the calls.

#![expect(unreachable_pub, reason = "a harness of tests")]

use std::io;
use std::mem;
use std::path::Path;

use lifeboat::journal::disk::{Disk, DiskFile, Listed, Lock, MemoryDisk};

/// What the line of an intent has and no other line.
const INTENDED: &str = "\"did\":\"intended\"";

/// The disk of a program with that bug.
#[derive(Debug)]
pub struct LateDisk(pub MemoryDisk);

#[derive(Debug)]
struct LateFile {
    file: Box<dyn DiskFile>,
    held: Vec<u8>,
}

impl DiskFile for LateFile {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        if String::from_utf8_lossy(bytes).contains(INTENDED) {
            bytes.clone_into(&mut self.held);
            return Ok(bytes.len());
        }
        let held = mem::take(&mut self.held);
        if !held.is_empty() {
            self.file.write(&held)?;
        }
        self.file.write(bytes)
    }

    fn sync(&mut self) -> io::Result<()> {
        self.file.sync()
    }

    fn truncate(&mut self, length: u64) -> io::Result<()> {
        self.file.truncate(length)
    }
}

fn late(file: Box<dyn DiskFile>) -> Box<dyn DiskFile> {
    Box::new(LateFile { file, held: Vec::new() })
}

impl Disk for LateDisk {
    fn create_dir(&self, path: &Path) -> io::Result<()> {
        self.0.create_dir(path)
    }

    fn create(&self, path: &Path) -> io::Result<Box<dyn DiskFile>> {
        self.0.create(path).map(late)
    }

    fn append(&self, path: &Path) -> io::Result<Box<dyn DiskFile>> {
        self.0.append(path).map(late)
    }

    fn rewrite(
        &self,
        path: &Path,
        offset: u64,
        bytes: &[u8],
    ) -> io::Result<()> {
        self.0.rewrite(path, offset, bytes)
    }

    fn read(&self, path: &Path) -> io::Result<Vec<u8>> {
        self.0.read(path)
    }

    fn list(&self, path: &Path) -> io::Result<Vec<Listed>> {
        self.0.list(path)
    }

    fn rename(&self, from: &Path, to: &Path) -> io::Result<()> {
        self.0.rename(from, to)
    }

    fn remove(&self, path: &Path) -> io::Result<()> {
        self.0.remove(path)
    }

    fn sync_dir(&self, path: &Path) -> io::Result<()> {
        self.0.sync_dir(path)
    }

    fn try_lock(&self, path: &Path) -> io::Result<Option<Box<dyn Lock>>> {
        self.0.try_lock(path)
    }
}
