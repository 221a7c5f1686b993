//! Consoles dropped at each record of a run: one run leaves the disk and the
//! simulated AWS of each moment behind, and another console goes on from
//! there.

use std::cell::RefCell;
use std::rc::Rc;

use lifeboat::journal::disk::MemoryDisk;
use lifeboat::sim::{self, SimClock};

use super::fault::Fault;
use super::{Book, Build, Told, life, live};
use crate::left::{cut, lines};

/// What a console that was dropped left behind.
#[derive(Clone)]
pub struct Moment {
    /// How many records were written.
    pub records: usize,
    /// Whether AWS applied a change after the last of them.
    pub applied: bool,
    disk: MemoryDisk,
    aws: sim::Moment,
}

/// Runs a book to its end, and gives what was there at each record, and
/// after each change that AWS applied.
pub fn moments(
    book: &Book,
    fault: Fault,
    build: Build,
) -> Result<(Vec<Moment>, Told), String> {
    life(async {
        let (sim, disk) = (fault.world(book), MemoryDisk::new());
        let left: Rc<RefCell<Vec<Moment>>> = Rc::default();
        let (mut records, mut applied) = (0, 0);
        let (kept, aws, here) = (Rc::clone(&left), sim.clone(), disk.clone());
        let changes = book.changes;
        let each = move |_: &_| {
            let count = |change: &&str| aws.applied(change);
            let mut once = changes.to_vec();
            once.dedup();
            let now: usize = once.iter().map(count).sum();
            let written = lines(&here).len();
            if written == records && now == applied {
                return;
            }
            let moment = aws.moment();
            let is_new = now > applied;
            let from = if is_new { records } else { records + 1 };
            let from = from.max(1);
            for records in from..=written {
                // No request leaves before the turn is over that writes
                // several records: AWS was the same at all of them.
                let disk = here.snapshot().crash();
                cut(&disk, records);
                let aws = moment.clone();
                let applied = is_new && records == from;
                let one = Moment { records, applied, disk, aws };
                kept.borrow_mut().push(one);
            }
            (records, applied) = (written, now);
        };
        let cell = (book, fault);
        let told = live(&sim, &disk, cell, build, each).await?;
        let moments = left.take();
        Ok((moments, told))
    })
}

/// Another console goes on from there to the end of the runbook.
pub fn taken_up(
    book: &Book,
    fault: Fault,
    moment: &Moment,
) -> Result<Told, String> {
    life(async {
        let clock = SimClock::paused(moment.aws.at());
        let sim = moment.aws.go_on(clock);
        let disk = moment.disk.snapshot();
        live(&sim, &disk, (book, fault), Build::Own, |_| {}).await
    })
}
