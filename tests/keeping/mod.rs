//! A keeper of journals for tests, on whatever disk.

#![expect(
    clippy::unwrap_used,
    reason = "a test stops at the first thing that is not as it should be"
)]

use std::path::Path;
use std::sync::Arc;

use jiff::Timestamp;
use lifeboat::incident::entry::{Author, Entry};
use lifeboat::incident::fact::{Conduct, Fact};
use lifeboat::journal::clock::{Clock, SetClock};
use lifeboat::journal::disk::{Disk, MemoryDisk};
use lifeboat::journal::open::NotOpened;
use lifeboat::journal::recorded::NotRecorded;
use lifeboat::journal::{Answer, Keeper, Opened, Order};

/// Where the journals lie.
pub(crate) const STATE: &str = "/state";

pub(crate) fn now() -> Timestamp {
    "2026-11-23T01:31:00Z".parse().unwrap()
}

pub(crate) fn author(console: &str) -> Author {
    Author {
        user: "mk".into(),
        arn: None,
        host: "bastion-2".into(),
        pid: 4711,
        console: console.into(),
        role: "driver".into(),
    }
}

pub(crate) fn keeper(
    disk: impl Disk + 'static,
    state: &Path,
    name: &str,
) -> Keeper {
    let clock = || Box::new(SetClock { at: now() }) as Box<dyn Clock>;
    Keeper::new(Arc::new(disk), state, author(name), clock)
}

pub(crate) fn memory(disk: &MemoryDisk) -> Keeper {
    keeper(disk.clone(), Path::new(STATE), "A")
}

pub(crate) fn first() -> Box<Fact> {
    Box::new(Fact::Opened {
        title: "eu-west-1 is failing".into(),
        external_id: None,
        conduct: Conduct::Drill,
        simulated: None,
        endpoint: None,
        tool: "0.1.0".into(),
    })
}

pub(crate) fn opened(answer: Answer) -> Result<Opened, NotOpened> {
    match answer {
        Answer::Opened(result) => result.map(|opened| *opened),
        other => panic!("{other:?}"),
    }
}

pub(crate) fn create(keeper: &mut Keeper) -> Result<Opened, NotOpened> {
    let order = Order::Create { now: now(), salt: 0x7f3a, first: first() };
    opened(keeper.take(order))
}

pub(crate) fn take_up(
    keeper: &mut Keeper,
    id: &str,
) -> Result<Opened, NotOpened> {
    opened(keeper.take(Order::Open(id.to_owned())))
}

pub(crate) fn note(
    keeper: &mut Keeper,
    text: &str,
) -> Result<Entry, NotRecorded> {
    let fact = Fact::Note { text: text.to_owned() };
    match keeper.take(Order::Record(Box::new(fact))) {
        Answer::Recorded(result) => result.map(|entry| *entry),
        other => panic!("{other:?}"),
    }
}
