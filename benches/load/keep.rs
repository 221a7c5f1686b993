//! A journal as a console keeps one, and its answers waited for.

use std::path::Path;
use std::sync::{Arc, mpsc};

use jiff::Timestamp;
use lifeboat::incident::entry::Author;
use lifeboat::incident::fact::{Conduct, Fact};
use lifeboat::journal::clock::{Clock, SystemClock};
use lifeboat::journal::disk::Disk;
use lifeboat::journal::{Answer, Journal, Keeper, Opened, Order};

/// A keeper of the incidents below `state`.
pub(crate) fn keeper(disk: Arc<dyn Disk>, state: &Path) -> Keeper {
    let author = Author {
        user: "bench".into(),
        arn: Some(
            "arn:aws:sts::111122223333:assumed-role/dr-operator/bench".into(),
        ),
        host: "bench".into(),
        pid: 1,
        console: "A".into(),
        role: "driver".into(),
    };
    let clock = || Box::new(SystemClock::new()) as Box<dyn Clock>;
    Keeper::new(disk, state, author, clock)
}

/// Opens a new incident.
pub(crate) fn create(journal: &mut Journal) -> Opened {
    let first = Box::new(Fact::Opened {
        title: "bench".into(),
        external_id: None,
        conduct: Conduct::Drill,
        simulated: None,
        endpoint: None,
        tool: "bench".into(),
    });
    let order = Order::Create { now: Timestamp::now(), salt: 0, first };
    match ask(journal, order) {
        Answer::Opened(opened) => *opened.expect("a new incident"),
        other => panic!("{other:?}"),
    }
}

/// Records a fact, and waits until it is on disk.
pub(crate) fn record(journal: &mut Journal, fact: Fact) {
    match ask(journal, Order::Record(Box::new(fact))) {
        Answer::Recorded(entry) => drop(entry.expect("the disk is well")),
        other => panic!("{other:?}"),
    }
}

/// Gives an order, and waits for its answer.
pub(crate) fn ask(journal: &mut Journal, order: Order) -> Answer {
    let (reply, answer) = mpsc::channel();
    journal.send(order, move |told| {
        reply.send(told).expect("the bench waits");
    });
    answer.recv().expect("every order is answered")
}
