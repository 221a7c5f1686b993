//! The disk as the writer sees it; the real one, and one in memory with
//! faults.

mod memory;
mod real;

use std::ffi::OsStr;
use std::fmt;
use std::io;
use std::path::{Path, PathBuf};
use std::process;
use std::sync::atomic::{AtomicU64, Ordering};

use crate::failure::DISK_FULL;

pub use memory::{DiskCall, Fault, MemoryDisk};
pub use real::{RealDisk, Unsafe};

/// What the journal asks of a disk. Every call is one system call or a few
/// that belong together, so that a test can let each of them fail.
///
/// Nothing here follows a symbolic link in the last part of a path.
pub trait Disk: fmt::Debug + Send + Sync {
    /// Makes a directory (0700). Its parent must exist.
    fn create_dir(&self, path: &Path) -> io::Result<()>;

    /// Makes a file (0600) that was not there before, open for appending.
    fn create(&self, path: &Path) -> io::Result<Box<dyn DiskFile>>;

    /// Opens a file that is there, for appending.
    fn append(&self, path: &Path) -> io::Result<Box<dyn DiskFile>>;

    /// Writes bytes over what stands at this offset, and makes them durable:
    /// for bytes that may be in the kernel's memory only.
    fn rewrite(
        &self,
        path: &Path,
        offset: u64,
        bytes: &[u8],
    ) -> io::Result<()>;

    /// The whole content of a file.
    fn read(&self, path: &Path) -> io::Result<Vec<u8>>;

    /// At most so many bytes of a file from an offset on; none where it is
    /// shorter.
    fn read_from(
        &self,
        path: &Path,
        offset: u64,
        most: u64,
    ) -> io::Result<Vec<u8>> {
        let mut bytes = self.read(path)?;
        let start = usize::try_from(offset).unwrap_or(usize::MAX);
        let mut rest = bytes.split_off(start.min(bytes.len()));
        rest.truncate(usize::try_from(most).unwrap_or(usize::MAX));
        Ok(rest)
    }

    /// The names in a directory, sorted.
    fn list(&self, path: &Path) -> io::Result<Vec<Listed>>;

    /// Gives a file or directory another name; replaces a file of that name.
    fn rename(&self, from: &Path, to: &Path) -> io::Result<()>;

    /// Removes a file.
    fn remove(&self, path: &Path) -> io::Result<()>;

    /// Makes the names in a directory durable.
    fn sync_dir(&self, path: &Path) -> io::Result<()>;

    /// Takes the exclusive lock on a file, making it where it is missing;
    /// `None` when another holds it. The lock ends with the value, and with
    /// the process however that ends.
    fn try_lock(&self, path: &Path) -> io::Result<Option<Box<dyn Lock>>>;
}

/// An open file; every write goes to its end.
pub trait DiskFile: fmt::Debug + Send {
    /// Writes some of the bytes and says how many: one `write`.
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize>;

    /// Makes what was written durable: one `fdatasync`.
    fn sync(&mut self) -> io::Result<()>;

    /// Cuts the file to this length in bytes.
    fn truncate(&mut self, length: u64) -> io::Result<()>;
}

/// A lock that is held; it ends when the value is dropped.
pub trait Lock: fmt::Debug + Send {}

/// A name in a directory.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct Listed {
    /// The name, without the directory.
    pub name: String,
    /// Whether it is a directory itself.
    pub dir: bool,
}

/// Writes all bytes, in as many writes as the disk takes.
pub(super) fn write_all(
    file: &mut dyn DiskFile,
    mut bytes: &[u8],
) -> io::Result<()> {
    while !bytes.is_empty() {
        match file.write(bytes) {
            Ok(0) => return Err(io::ErrorKind::WriteZero.into()),
            Ok(count) => bytes = &bytes[count..],
            Err(error) if error.kind() == io::ErrorKind::Interrupted => {}
            Err(error) => return Err(error),
        }
    }
    Ok(())
}

/// Puts a whole file (0600) in place of what was there: a reader sees the
/// old bytes or the new ones, also after a crash, and never half of either.
/// A link of that name is replaced, not followed. Makes the directory where
/// it is missing.
pub fn replace(disk: &dyn Disk, path: &Path, bytes: &[u8]) -> io::Result<()> {
    let dir = path.parent().unwrap_or(Path::new("."));
    ensure_dir(disk, dir)?;
    let new = beside(path);
    let put = || {
        let mut file = disk.create(&new)?;
        write_all(&mut *file, bytes)?;
        file.sync()?;
        disk.rename(&new, path)
    };
    if let Err(error) = put() {
        // Best effort: the error that counts is the one already at hand.
        let _ = disk.remove(&new);
        return Err(error);
    }
    disk.sync_dir(dir)
}

/// What became of a file, with what is the matter first where no space is
/// left.
pub(super) fn told(path: &Path, error: &io::Error) -> String {
    let cause = format!("{}: {error}", path.display());
    match error.kind() {
        io::ErrorKind::StorageFull | io::ErrorKind::QuotaExceeded => {
            format!("{DISK_FULL}: {cause}")
        }
        _ => cause,
    }
}

/// Makes a directory and those above it, as far as they are missing. The
/// name of one that is there is made durable too: its maker may have failed
/// just before that.
pub(super) fn ensure_dir(disk: &dyn Disk, dir: &Path) -> io::Result<()> {
    let Some(parent) = dir.parent() else { return Ok(()) };
    match disk.create_dir(dir) {
        Ok(()) => disk.sync_dir(parent),
        Err(error) if error.kind() == io::ErrorKind::AlreadyExists => {
            match disk.sync_dir(parent) {
                // Somebody else's directory, which we may only pass.
                Err(error)
                    if error.kind() == io::ErrorKind::PermissionDenied =>
                {
                    Ok(())
                }
                answer => answer,
            }
        }
        Err(error) if error.kind() == io::ErrorKind::NotFound => {
            ensure_dir(disk, parent)?;
            disk.create_dir(dir)?;
            disk.sync_dir(parent)
        }
        Err(error) => Err(error),
    }
}

/// A name beside `path` that no other console and no other write uses.
fn beside(path: &Path) -> PathBuf {
    static COUNT: AtomicU64 = AtomicU64::new(0);
    let name = path.file_name().and_then(OsStr::to_str).unwrap_or("file");
    let count = COUNT.fetch_add(1, Ordering::Relaxed);
    path.with_file_name(format!(".{name}.{}-{count}.tmp", process::id()))
}

#[cfg(test)]
mod tests {
    use super::*;

    /// A real disk and one in memory, each with its root.
    fn disks(home: &Path) -> Vec<(Box<dyn Disk>, PathBuf)> {
        let root = home.join("state");
        let real = RealDisk::at(&root).unwrap();
        let memory = MemoryDisk::new();
        memory.create_dir(Path::new("/state")).unwrap();
        vec![(Box::new(real), root), (Box::new(memory), "/state".into())]
    }

    #[test]
    fn both_disks_answer_alike() {
        let home = tempfile::tempdir().unwrap();
        let disks = disks(home.path());
        let told: Vec<String> = disks
            .iter()
            .map(|(disk, root)| {
                let file = root.join("a");
                let mut told = Vec::new();
                let mut tell = |what: &str, answer: String| {
                    told.push(format!("{what}: {answer}"));
                };
                let kind = |error: io::Error| format!("{:?}", error.kind());
                let mut made = disk.create(&file).unwrap();
                write_all(&mut *made, b"one two").unwrap();
                made.truncate(3).unwrap();
                write_all(&mut *made, b"!").unwrap();
                made.sync().unwrap();
                tell("read", format!("{:?}", disk.read(&file).unwrap()));
                tell("again", kind(disk.create(&file).unwrap_err()));
                tell("none", kind(disk.append(&root.join("b")).unwrap_err()));
                tell("dir", kind(disk.create_dir(root).unwrap_err()));
                let far = root.join("x/y/z");
                tell("far", kind(disk.create_dir(&far).unwrap_err()));
                replace(&**disk, &far.join("f"), b"new").unwrap();
                replace(&**disk, &far.join("f"), b"newer").unwrap();
                tell("list", format!("{:?}", disk.list(root).unwrap()));
                tell("far", format!("{:?}", disk.list(&far).unwrap()));
                let lock = root.join("lock");
                let held = disk.try_lock(&lock).unwrap();
                assert!(held.is_some());
                let busy = disk.try_lock(&lock).unwrap().is_none();
                tell("busy", busy.to_string());
                drop(held);
                let free = disk.try_lock(&lock).unwrap().is_some();
                tell("free", free.to_string());
                told.join("\n")
            })
            .collect();
        assert_eq!(told[0], told[1]);
        assert!(told[0].contains("again: AlreadyExists"), "{}", told[0]);
        assert!(told[0].contains("busy: true"), "{}", told[0]);
    }

    #[test]
    fn a_replaced_file_is_old_or_new_whichever_call_fails() {
        for nth in 1.. {
            let disk = MemoryDisk::new();
            let path = Path::new("/f");
            replace(&disk, path, b"old").unwrap();
            disk.fail(None, nth, Fault::Errno(libc::EIO));
            let answer = replace(&disk, path, b"new, and longer");
            let passed = disk.faults_left() > 0;
            let found = disk.crash().read(path).unwrap();
            if answer.is_ok() {
                assert_eq!(found, b"new, and longer", "call {nth}");
            } else {
                let known = [b"old".to_vec(), b"new, and longer".to_vec()];
                assert!(known.contains(&found), "call {nth}: {found:?}");
            }
            if passed {
                assert!(nth > 5, "create, write, sync, rename, sync_dir");
                return;
            }
        }
    }
}
