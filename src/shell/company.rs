//! What looks again and again, beside the loop: a console that follows reads
//! the journal as it grows, the one that drives reads the inboxes.

use std::io;
use std::path::PathBuf;
use std::sync::mpsc::{RecvTimeoutError, Sender, channel};
use std::thread::Builder;
use std::time::Duration;

use tokio::runtime::Handle;
use tokio::sync::mpsc::{UnboundedSender, unbounded_channel};
use tokio::time::timeout;

use super::{Clock, Events};
use crate::event::{Event, Notice};
use crate::incident::entry::Author;
use crate::incident::message::{Said, console_of};
use crate::journal::follow::{Follow, Grown};
use crate::journal::inbox::{Inbox, Inboxes, News};
use crate::journal::thread::Shelf;

/// From one look to the next.
const PACE: Duration = Duration::from_millis(250);

/// Something to say in the own inbox, and as whom AWS knows who says it.
type Words = (Said, Option<String>);

/// What looks; it ends when this is dropped.
#[derive(Debug)]
pub struct Watcher(Way);

#[derive(Debug)]
enum Way {
    Thread(Sender<Words>),
    /// For tests on paused time.
    Task(UnboundedSender<Words>),
}

impl Watcher {
    /// Says this in the own inbox.
    pub fn post(&self, words: Words) {
        // One that has ended has said why.
        let _ = match &self.0 {
            Way::Thread(way) => way.send(words).is_ok(),
            Way::Task(way) => way.send(words).is_ok(),
        };
    }
}

/// What is done at each look. Each says whether anybody still listens.
trait Work: Send {
    fn look(&mut self) -> bool;
    fn post(&mut self, words: Words) -> bool;
}

fn start(mut work: Box<dyn Work>, threads: bool) -> io::Result<Watcher> {
    if threads {
        let (way, words) = channel();
        Builder::new().name("company".into()).spawn(move || {
            loop {
                let heard = match words.recv_timeout(PACE) {
                    Ok(words) => work.post(words),
                    Err(RecvTimeoutError::Timeout) => work.look(),
                    Err(RecvTimeoutError::Disconnected) => return,
                };
                if !heard {
                    return;
                }
            }
        })?;
        return Ok(Watcher(Way::Thread(way)));
    }
    let (way, mut words) = unbounded_channel();
    Handle::current().spawn(async move {
        loop {
            let heard = match timeout(PACE, words.recv()).await {
                Ok(Some(words)) => work.post(words),
                Err(_) => work.look(),
                Ok(None) => return,
            };
            if !heard {
                return;
            }
        }
    });
    Ok(Watcher(Way::Task(way)))
}

/// Who follows, and where what happens goes.
#[derive(Clone)]
pub struct Seat {
    /// The person at this console.
    pub author: Author,
    /// As whom the system knows that person.
    pub login: String,
    /// The time.
    pub clock: Clock,
    /// Where what happens goes.
    pub events: Events,
}

impl Seat {
    fn notice(&self, text: String) -> bool {
        let at = (self.clock)();
        self.events.send(Event::Said(Notice { at, text, bad: true })).is_ok()
    }
}

/// Follows an incident that another console drives.
pub fn follow(shelf: &Shelf, id: &str, seat: Seat) -> io::Result<Watcher> {
    let dir = shelf.incidents.dir(id);
    let following = Following {
        shelf: shelf.clone(),
        id: id.to_owned(),
        dir,
        seat,
        at: None,
    };
    start(Box::new(following), shelf.threads)
}

struct Following {
    shelf: Shelf,
    id: String,
    dir: PathBuf,
    seat: Seat,
    at: Option<(Follow, Option<Inbox>)>,
}

impl Following {
    fn begin(&mut self) -> bool {
        let disk = self.shelf.disk.clone();
        let (follow, entries) = match Follow::begin(disk, &self.dir) {
            Ok(begun) => begun,
            Err(error) => {
                let text = format!("{} cannot be followed: {error}", self.id);
                self.seat.notice(text);
                return false;
            }
        };
        let Seat { author, login, clock, events } = &self.seat;
        let by = (author.clone(), login.clone());
        let inbox = Inbox::open(&*self.shelf.disk, &self.dir, by, clock());
        let inbox = inbox.inspect_err(|error| {
            let text = format!("nothing can be said from here: {error}");
            self.seat.notice(text);
        });
        self.at = Some((follow, inbox.ok()));
        let begun = Event::Following {
            id: self.id.clone(),
            dir: self.dir.clone(),
            entries,
            console: console_of(author),
        };
        events.send(begun).is_ok()
    }
}

impl Work for Following {
    fn look(&mut self) -> bool {
        let Some((follow, _)) = &mut self.at else { return self.begin() };
        for grown in follow.look() {
            let event = match grown {
                Grown::Entries(entries) => Event::Grew(entries),
                Grown::Held(held) => Event::Driven(held),
                Grown::Damaged(why) => {
                    self.seat.notice(format!("the journal is damaged: {why}"));
                    continue;
                }
            };
            if self.seat.events.send(event).is_err() {
                return false;
            }
        }
        !self.seat.events.is_closed()
    }

    fn post(&mut self, (said, arn): Words) -> bool {
        let at = (self.seat.clock)();
        let Some((_, Some(inbox))) = &mut self.at else {
            return self.seat.notice("nothing can be said from here".into());
        };
        match inbox.post(said, arn, at) {
            Ok(_) => !self.seat.events.is_closed(),
            Err(why) => self.seat.notice(format!("NOT SAID: {why}")),
        }
    }
}

/// Reads what other consoles say of the incident that is driven here.
pub fn listen(shelf: &Shelf, dir: PathBuf, seat: Seat) -> io::Result<Watcher> {
    let inboxes = Inboxes::of(shelf.disk.clone(), &dir);
    start(Box::new(Listening { inboxes, seat }), shelf.threads)
}

struct Listening {
    inboxes: Inboxes,
    seat: Seat,
}

impl Work for Listening {
    fn look(&mut self) -> bool {
        for news in self.inboxes.look() {
            let event = match news {
                News::Said(id, message) => Event::Message { id, message },
                News::Here(by, here) => Event::Here { by, here },
                News::Bad(text) => {
                    self.seat.notice(format!("inbox {text}"));
                    continue;
                }
            };
            if self.seat.events.send(event).is_err() {
                return false;
            }
        }
        !self.seat.events.is_closed()
    }

    fn post(&mut self, _words: Words) -> bool {
        self.seat.notice("who drives writes the journal itself".into())
    }
}
