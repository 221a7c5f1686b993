//! The thread that owns the journal's files, the one that writes all other
//! files, and the same without threads.

use std::fmt;
use std::io;
use std::sync::Arc;
use std::sync::mpsc::{self, Receiver, RecvTimeoutError, Sender};
use std::thread;
use std::time::Duration;

use crate::failure::{Failure, FailureKind};

use super::disk::Disk;
use super::incidents::Incidents;
use super::open::NotOpened;
use super::order::{self, Answer, Keeper, Order};
use super::recorded::NotRecorded;

/// Takes the answer to one order; called on the journal's thread, so it
/// passes the answer on and does nothing else.
pub type Reply = Box<dyn FnOnce(Answer) + Send>;

/// Where orders go. They are carried out one at a time, in the order in
/// which they were sent, and each is answered when it is on disk.
pub struct Journal {
    way: Way,
    shelf: Shelf,
}

enum Way {
    /// Where it was sent from, before `send` returns. For tests on paused
    /// time, which a thread would let jump.
    Inline(Box<Keeper>),
    Threads {
        journal: Lane,
        /// Exports and state files: no record waits for a large one.
        files: Lane,
    },
}

/// Where the incidents lie, for what only reads them.
#[derive(Clone, Debug)]
pub struct Shelf {
    /// The disk.
    pub disk: Arc<dyn Disk>,
    /// The incidents on it.
    pub incidents: Incidents,
    /// Whether what reads them may have a thread of its own: not where time
    /// is paused, which a thread would let jump.
    pub threads: bool,
}

/// One thread: it is over when the sender and all that was sent are gone.
struct Lane {
    orders: Sender<Waiting>,
    ended: Receiver<()>,
}

/// An order on its way. Whatever ends the thread, it is answered: by being
/// carried out, or by being dropped.
struct Waiting {
    order: Option<Order>,
    /// The answer in case nobody carries it out.
    closed: Option<Answer>,
    reply: Option<Reply>,
}

impl Waiting {
    fn new(order: Order, reply: Reply) -> Self {
        let closed = Some(order.closed());
        Waiting { order: Some(order), closed, reply: Some(reply) }
    }

    fn carry_out(mut self, take: impl FnOnce(Order) -> Answer) {
        let Some(order) = self.order.take() else { return };
        let answer = take(order);
        if let Some(reply) = self.reply.take() {
            reply(answer);
        }
    }
}

impl Drop for Waiting {
    fn drop(&mut self) {
        if let (Some(reply), Some(closed)) =
            (self.reply.take(), self.closed.take())
        {
            reply(closed);
        }
    }
}

impl fmt::Debug for Journal {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self.way {
            Way::Inline(_) => "Journal::Inline",
            Way::Threads { .. } => "Journal::Threads",
        })
    }
}

impl Journal {
    /// A journal that carries out each order inside `send`.
    pub fn inline(keeper: Keeper) -> Self {
        let shelf = keeper.shelf(false);
        Journal { way: Way::Inline(Box::new(keeper)), shelf }
    }

    /// A journal with a thread of its own, and another one for all files
    /// beside it: a slow disk holds up nobody else.
    pub fn start(mut keeper: Keeper) -> io::Result<Self> {
        let shelf = keeper.shelf(true);
        let disk = Arc::clone(&shelf.disk);
        let files = Lane::start("files", move |order| match order {
            Order::Write { path, content } => {
                Answer::Written(order::write(&*disk, path, content))
            }
            other => other.closed(),
        })?;
        let journal = Lane::start("journal", move |order| keeper.take(order))?;
        Ok(Journal { way: Way::Threads { journal, files }, shelf })
    }

    /// Where the incidents lie, for what only reads them.
    pub fn shelf(&self) -> &Shelf {
        &self.shelf
    }

    /// Sends an order; `reply` gets its answer, also when the journal has
    /// ended.
    pub fn send(
        &mut self,
        order: Order,
        reply: impl FnOnce(Answer) + Send + 'static,
    ) {
        match &mut self.way {
            Way::Inline(keeper) => reply(keeper.take(order)),
            Way::Threads { journal, files } => {
                let lane = match order {
                    Order::Write { .. } => files,
                    _ => journal,
                };
                // Unsent, it comes back, is dropped, and so answered.
                drop(lane.orders.send(Waiting::new(order, Box::new(reply))));
            }
        }
    }

    /// Takes no more orders, waits until all sent are carried out, for this
    /// long at most, and says whether they were. The incident is let go.
    pub fn finish(self, within: Duration) -> bool {
        match self.way {
            Way::Inline(_) => true,
            Way::Threads { journal, files } => {
                let journal = journal.close();
                let files = files.close();
                let whole = has_ended(&journal, within);
                has_ended(&files, within) && whole
            }
        }
    }
}

impl Lane {
    fn start(
        name: &str,
        take: impl FnMut(Order) -> Answer + Send + 'static,
    ) -> io::Result<Self> {
        let (orders, queue) = mpsc::channel();
        let (end, ended) = mpsc::channel();
        thread::Builder::new()
            .name(name.to_owned())
            .spawn(move || work(take, &queue, end))?;
        Ok(Lane { orders, ended })
    }

    /// Takes no more orders; what it gives tells of the end.
    fn close(self) -> Receiver<()> {
        self.ended
    }
}

fn has_ended(ended: &Receiver<()>, within: Duration) -> bool {
    ended.recv_timeout(within) != Err(RecvTimeoutError::Timeout)
}

/// Runs until the last sender is gone. What takes the orders goes before
/// `_end`, so that the journal's lock is free when the end is seen.
fn work(
    mut take: impl FnMut(Order) -> Answer,
    queue: &Receiver<Waiting>,
    _end: Sender<()>,
) {
    while let Ok(waiting) = queue.recv() {
        waiting.carry_out(&mut take);
    }
    drop(take);
}

impl Order {
    /// The answer when there is no journal any more.
    fn closed(&self) -> Answer {
        let closed = NotRecorded::Closed;
        match self {
            Order::Create { .. } | Order::Open(_) => {
                Answer::Opened(Err(NotOpened::NotRecorded(closed)))
            }
            Order::Release => Answer::Released(None),
            Order::WrittenBy(_) => Answer::Named,
            Order::Record(_) => Answer::Recorded(Err(closed)),
            Order::Intent(_) => Answer::Intent(Err(closed)),
            Order::Pin { .. } | Order::Write { .. } => {
                Answer::Written(Err(Failure::new(
                    "write a file: the journal is closed",
                    FailureKind::Other,
                )))
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use std::path::{Path, PathBuf};

    use super::super::clock::SystemClock;
    use super::super::disk::MemoryDisk;
    use super::super::order::Content;
    use super::*;
    use crate::incident::entry::Author;

    #[test]
    fn a_large_file_is_made_on_another_thread_and_no_order_waits_for_it() {
        let disk = MemoryDisk::new();
        let author = Author {
            user: "mk".into(),
            arn: None,
            host: "bastion-2".into(),
            pid: 4711,
            console: "A".into(),
            role: "driver".into(),
        };
        let on: Arc<dyn Disk> = Arc::new(disk.clone());
        let clock = || Box::new(SystemClock::new()) as _;
        let keeper = Keeper::new(on, Path::new("/state"), author, clock);
        let mut journal = Journal::start(keeper).unwrap();
        let (reply, answers) = mpsc::channel();
        let (go, gate) = mpsc::channel();
        let sender = thread::current().id();
        let content = Content::made(move || {
            gate.recv().unwrap();
            assert_ne!(thread::current().id(), sender);
            Ok(b"large".to_vec())
        });
        let path = PathBuf::from("/state/estate.json");
        let large = Order::Write { path: path.clone(), content };
        for order in [large, Order::Release] {
            let reply = reply.clone();
            journal.send(order, move |answer| reply.send(answer).unwrap());
        }
        let first = answers.recv().unwrap();
        assert!(matches!(first, Answer::Released(None)), "{first:?}");
        go.send(()).unwrap();
        let second = answers.recv().unwrap();
        assert!(matches!(second, Answer::Written(Ok(_))), "{second:?}");
        assert_eq!(disk.read(&path).unwrap(), b"large");
    }
}
