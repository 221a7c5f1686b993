//! Earlier drills and incidents, as their journals tell them.

use std::path::Path;

use crate::estate::metrics::Practice;
use crate::incident::Incident;
use crate::journal::disk::RealDisk;
use crate::journal::incidents::Incidents;
use crate::journal::read;

/// As many of the newest are read: reading takes time, and the metrics are
/// those of the newest.
const MOST: usize = 50;

/// The newest of those below a state directory. One that cannot be read is
/// left out; `incident list` tells of it.
pub(super) fn practices(state: &Path) -> Vec<Practice> {
    let disk = RealDisk::reading();
    let listed = Incidents::below(state).list(&disk).unwrap_or_default();
    listed
        .into_iter()
        .take(MOST)
        .filter_map(|one| {
            let reading = read::read(&disk, &one.dir).ok()?;
            Incident::fold(one.id, reading.entries).practice()
        })
        .collect()
}
