//! The thread that owns the journal's files, and the same without a thread.

use std::fmt;
use std::io;
use std::sync::mpsc::{self, Receiver, RecvTimeoutError, Sender};
use std::thread;
use std::time::Duration;

use crate::failure::{Failure, FailureKind};

use super::open::NotOpened;
use super::order::{Answer, Keeper, Order};
use super::recorded::NotRecorded;

/// Takes the answer to one order; called on the journal's thread, so it
/// passes the answer on and does nothing else.
pub type Reply = Box<dyn FnOnce(Answer) + Send>;

/// Where orders go. They are carried out one at a time, in the order in
/// which they were sent, and each is answered when it is on disk.
pub struct Journal {
    way: Way,
}

enum Way {
    /// Where it was sent from, before `send` returns. For tests on paused
    /// time, which a thread would let jump.
    Inline(Box<Keeper>),
    Thread {
        orders: Sender<Waiting>,
        ended: Receiver<()>,
    },
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

    fn carry_out(mut self, keeper: &mut Keeper) {
        let Some(order) = self.order.take() else { return };
        let answer = keeper.take(order);
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
            Way::Thread { .. } => "Journal::Thread",
        })
    }
}

impl Journal {
    /// A journal that carries out each order inside `send`.
    pub fn inline(keeper: Keeper) -> Self {
        Journal { way: Way::Inline(Box::new(keeper)) }
    }

    /// A journal with a thread of its own: a slow disk holds up nobody else.
    pub fn start(keeper: Keeper) -> io::Result<Self> {
        let (orders, queue) = mpsc::channel();
        let (end, ended) = mpsc::channel();
        thread::Builder::new()
            .name("journal".to_owned())
            .spawn(move || keep(keeper, &queue, end))?;
        Ok(Journal { way: Way::Thread { orders, ended } })
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
            Way::Thread { orders, .. } => {
                // Unsent, it comes back, is dropped, and so answered.
                drop(orders.send(Waiting::new(order, Box::new(reply))));
            }
        }
    }

    /// Takes no more orders, waits until all sent are carried out, for this
    /// long at most, and says whether they were. The incident is let go.
    pub fn finish(self, within: Duration) -> bool {
        match self.way {
            Way::Inline(_) => true,
            Way::Thread { orders, ended } => {
                drop(orders);
                let end = ended.recv_timeout(within);
                end != Err(RecvTimeoutError::Timeout)
            }
        }
    }
}

/// Runs until the last sender is gone. The keeper goes before `_end`, so that
/// the lock is free when the end is seen.
fn keep(mut keeper: Keeper, queue: &Receiver<Waiting>, _end: Sender<()>) {
    while let Ok(waiting) = queue.recv() {
        waiting.carry_out(&mut keeper);
    }
    drop(keeper);
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
