//! The real disk, by way of std: private files, no links followed.

use std::fs::{self, DirBuilder, File, OpenOptions, TryLockError};
use std::io::{self, Read, Seek, SeekFrom, Write};
use std::os::unix::fs::{DirBuilderExt, FileExt, MetadataExt, OpenOptionsExt};
use std::path::{Path, PathBuf};

use thiserror::Error;

use super::{Disk, DiskFile, Listed, Lock};

/// The disk of this computer, below a directory that was found private.
#[derive(Clone, Debug)]
pub struct RealDisk(());

/// Why a directory is not fit to hold the program's state.
#[derive(Debug, Error)]
pub enum Unsafe {
    /// It is a symbolic link, which another may turn elsewhere.
    #[error("{0} is a symbolic link; name the directory itself")]
    Link(PathBuf),
    /// It is a file or something stranger.
    #[error("{0} is not a directory")]
    NotADirectory(PathBuf),
    /// Others may write into it.
    #[error("others may write to {0}; run: chmod go-w '{0}'")]
    Writable(PathBuf),
    /// It belongs to another user.
    #[error("{0} belongs to another user (uid {1})")]
    Foreign(PathBuf, u32),
    /// The system refused.
    #[error("cannot use {0} for state: {1}")]
    Io(PathBuf, #[source] io::Error),
}

impl RealDisk {
    /// The disk, once `root` is known to be a private directory; it is made
    /// (0700) where it is missing.
    pub fn at(root: &Path) -> Result<Self, Unsafe> {
        let io = |error| Unsafe::Io(root.to_owned(), error);
        match fs::symlink_metadata(root) {
            Ok(_) => {}
            Err(error) if error.kind() == io::ErrorKind::NotFound => {
                DirBuilder::new()
                    .recursive(true)
                    .mode(0o700)
                    .create(root)
                    .map_err(io)?;
                if let Some(parent) = root.parent() {
                    RealDisk(()).sync_dir(parent).map_err(io)?;
                }
            }
            Err(error) => return Err(io(error)),
        }
        let found = fs::symlink_metadata(root).map_err(io)?;
        if found.file_type().is_symlink() {
            return Err(Unsafe::Link(root.to_owned()));
        }
        if !found.is_dir() {
            return Err(Unsafe::NotADirectory(root.to_owned()));
        }
        if found.mode() & 0o022 != 0 {
            return Err(Unsafe::Writable(root.to_owned()));
        }
        // A file of our own tells who we are, and that there is room.
        let own = tempfile::tempfile_in(root).map_err(io)?;
        if own.metadata().map_err(io)?.uid() != found.uid() {
            return Err(Unsafe::Foreign(root.to_owned(), found.uid()));
        }
        Ok(RealDisk(()))
    }

    /// The disk for reading alone, where the state directory may be missing
    /// or belong to another: nothing is made and nothing checked.
    pub fn reading() -> Self {
        RealDisk(())
    }
}

/// Options that every open here shares; std adds `O_CLOEXEC` itself.
fn options() -> OpenOptions {
    let mut options = OpenOptions::new();
    options.mode(0o600).custom_flags(libc::O_NOFOLLOW);
    options
}

impl Disk for RealDisk {
    fn create_dir(&self, path: &Path) -> io::Result<()> {
        DirBuilder::new().mode(0o700).create(path)
    }

    fn create(&self, path: &Path) -> io::Result<Box<dyn DiskFile>> {
        let file = options().append(true).create_new(true).open(path)?;
        Ok(Box::new(RealFile(file)))
    }

    fn append(&self, path: &Path) -> io::Result<Box<dyn DiskFile>> {
        Ok(Box::new(RealFile(options().append(true).open(path)?)))
    }

    fn rewrite(
        &self,
        path: &Path,
        offset: u64,
        bytes: &[u8],
    ) -> io::Result<()> {
        let file = options().write(true).open(path)?;
        file.write_all_at(bytes, offset)?;
        file.sync_data()
    }

    fn read(&self, path: &Path) -> io::Result<Vec<u8>> {
        let mut bytes = Vec::new();
        options().read(true).open(path)?.read_to_end(&mut bytes)?;
        Ok(bytes)
    }

    fn read_from(
        &self,
        path: &Path,
        offset: u64,
        most: u64,
    ) -> io::Result<Vec<u8>> {
        let mut file = options().read(true).open(path)?;
        file.seek(SeekFrom::Start(offset))?;
        let mut bytes = Vec::new();
        file.take(most).read_to_end(&mut bytes)?;
        Ok(bytes)
    }

    fn list(&self, path: &Path) -> io::Result<Vec<Listed>> {
        let mut names = Vec::new();
        for entry in fs::read_dir(path)? {
            let entry = entry?;
            names.push(Listed {
                name: entry.file_name().to_string_lossy().into_owned(),
                dir: entry.file_type()?.is_dir(),
            });
        }
        names.sort();
        Ok(names)
    }

    fn rename(&self, from: &Path, to: &Path) -> io::Result<()> {
        fs::rename(from, to)
    }

    fn remove(&self, path: &Path) -> io::Result<()> {
        fs::remove_file(path)
    }

    fn sync_dir(&self, path: &Path) -> io::Result<()> {
        let path =
            if path.as_os_str().is_empty() { Path::new(".") } else { path };
        File::open(path)?.sync_all()
    }

    fn try_lock(&self, path: &Path) -> io::Result<Option<Box<dyn Lock>>> {
        let file = options()
            .read(true)
            .write(true)
            .create(true)
            .truncate(false)
            .open(path)?;
        match file.try_lock() {
            Ok(()) => Ok(Some(Box::new(RealLock { _file: file }))),
            Err(TryLockError::WouldBlock) => Ok(None),
            Err(TryLockError::Error(error)) => Err(error),
        }
    }
}

#[derive(Debug)]
struct RealFile(File);

impl DiskFile for RealFile {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        self.0.write(bytes)
    }

    fn sync(&mut self) -> io::Result<()> {
        self.0.sync_data()
    }

    fn truncate(&mut self, length: u64) -> io::Result<()> {
        self.0.set_len(length)
    }
}

/// The kernel frees the lock when the file is closed, also after SIGKILL.
#[derive(Debug)]
struct RealLock {
    _file: File,
}

impl Lock for RealLock {}

#[cfg(test)]
mod tests {
    use std::os::unix::fs::{PermissionsExt, symlink};

    use super::*;

    #[test]
    fn a_state_directory_that_others_may_write_is_refused() {
        let home = tempfile::tempdir().unwrap();
        let root = home.path().join("state");
        RealDisk::at(&root).unwrap();
        assert_eq!(fs::metadata(&root).unwrap().mode() & 0o777, 0o700);
        for mode in [0o770, 0o702, 0o777] {
            let wide = fs::Permissions::from_mode(mode);
            fs::set_permissions(&root, wide).unwrap();
            let refused = RealDisk::at(&root).unwrap_err();
            assert!(matches!(refused, Unsafe::Writable(_)), "{refused}");
        }
    }

    #[test]
    fn a_state_directory_that_is_a_link_is_refused() {
        let home = tempfile::tempdir().unwrap();
        symlink(home.path(), home.path().join("state")).unwrap();
        let refused = RealDisk::at(&home.path().join("state")).unwrap_err();
        assert!(matches!(refused, Unsafe::Link(_)), "{refused}");
    }

    #[test]
    fn no_open_follows_a_link() {
        let home = tempfile::tempdir().unwrap();
        let disk = RealDisk::at(home.path()).unwrap();
        let secret = home.path().join("secret");
        disk.create(&secret).unwrap();
        let link = home.path().join("link");
        symlink(&secret, &link).unwrap();
        assert!(disk.read(&link).is_err());
        assert!(disk.append(&link).is_err());
        assert!(disk.create(&link).is_err());
        assert!(disk.try_lock(&link).is_err());
    }

    #[test]
    fn files_are_for_their_owner_alone() {
        let home = tempfile::tempdir().unwrap();
        let disk = RealDisk::at(home.path()).unwrap();
        let path = home.path().join("f");
        super::super::replace(&disk, &path, b"x").unwrap();
        assert_eq!(fs::metadata(&path).unwrap().mode() & 0o777, 0o600);
    }
}
