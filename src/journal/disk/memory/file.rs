//! Files and locks of the disk in memory.

use std::io;

use super::{MemoryDisk, Node};
use crate::journal::disk::{DiskCall, DiskFile, Fault, Lock};

/// A file that is open.
#[derive(Debug)]
pub(super) struct MemoryFile {
    pub(super) disk: MemoryDisk,
    pub(super) node: usize,
}

impl DiskFile for MemoryFile {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        let mut inner = self.disk.inner();
        inner.alive(self.disk.life)?;
        let count = match inner.fault(DiskCall::Write) {
            None => bytes.len(),
            Some(Fault::Short(most)) => most.min(bytes.len()),
            Some(fault @ Fault::Errno(_)) => return Err(fault.error()),
        };
        if let Node::File { live, .. } = &mut inner.nodes[self.node] {
            live.extend_from_slice(&bytes[..count]);
        }
        Ok(count)
    }

    fn sync(&mut self) -> io::Result<()> {
        let mut inner = self.disk.inner();
        inner.alive(self.disk.life)?;
        if let Some(fault) = inner.fault(DiskCall::Sync) {
            inner.nodes[self.node].lose();
            return Err(fault.error());
        }
        if inner.sync_works {
            inner.nodes[self.node].settle();
        }
        Ok(())
    }

    fn truncate(&mut self, length: u64) -> io::Result<()> {
        let mut inner = self.disk.begin(DiskCall::Truncate)?;
        let length = usize::try_from(length).unwrap_or(usize::MAX);
        if let Node::File { live, .. } = &mut inner.nodes[self.node] {
            live.resize(length, 0);
        }
        Ok(())
    }
}

/// A lock that is held; dropping it frees it.
#[derive(Debug)]
pub(super) struct MemoryLock {
    pub(super) disk: MemoryDisk,
    pub(super) node: usize,
}

impl Lock for MemoryLock {}

impl Drop for MemoryLock {
    fn drop(&mut self) {
        let mut inner = self.disk.inner();
        if inner.alive(self.disk.life).is_ok() {
            inner.locked.remove(&self.node);
        }
    }
}
