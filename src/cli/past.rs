//! Earlier drills and incidents, as their journals tell them.

use std::path::Path;

use super::{Start, library};
use crate::estate::metrics::{Drilled, Practice};
use crate::incident::Incident;
use crate::incident::fact::pin_file;
use crate::journal::disk::RealDisk;
use crate::journal::incidents::Incidents;
use crate::journal::read;

/// As many of the newest are read: reading takes time, and the metrics are
/// those of the newest.
const MOST: usize = 50;

/// The newest of those below a state directory. One that cannot be read is
/// left out; `incident list` tells of it.
pub(super) fn practices(state: &Path) -> Vec<Practice> {
    incidents(state).iter().filter_map(Incident::practice).collect()
}

/// The same with all that their journals hold.
pub(super) fn incidents(state: &Path) -> Vec<Incident> {
    let disk = RealDisk::reading();
    let listed = Incidents::below(state).list(&disk).unwrap_or_default();
    listed
        .into_iter()
        .take(MOST)
        .filter_map(|one| {
            let reading = read::read(&disk, &one.dir).ok()?;
            Some(Incident::fold(one.id, reading.entries))
        })
        .collect()
}

/// How each runbook of the library stands with its drills.
pub(super) fn drilled(start: &Start, state: &Path) -> Vec<Drilled> {
    let past = practices(state);
    let books = library::books(&start.config.paths.runbooks());
    let books = books.iter().filter_map(|book| {
        let runbook = book.runbook.as_ref().ok()?;
        Some(runbook.drilled(&pin_file(&book.text).1, &past))
    });
    books.collect()
}
