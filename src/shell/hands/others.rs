//! The other consoles of an incident: who drives is followed, who follows is
//! heard.

use std::io;
use std::path::PathBuf;
use std::sync::Arc;

use super::super::company::{self, Seat, Watcher};
use super::Hands;
use crate::event::{Event, Notice};
use crate::incident::message::Said;
use crate::journal::order::Order;

impl Hands {
    /// Remembers where the open incident lies, and hears from now on what
    /// other consoles say of it.
    pub fn lies_in(&mut self, dir: PathBuf) {
        self.dir = Some(dir.clone());
        let seat = self.seat(String::new());
        let shelf = self.tools.journal.shelf();
        self.company = None;
        self.company = self.started(company::listen(shelf, dir, seat));
    }

    /// Follows an incident that another console drives.
    pub(super) fn follow(&mut self, id: &str, login: String) {
        self.dir = None;
        let seat = self.seat(login);
        let shelf = self.tools.journal.shelf();
        self.company = None;
        self.company = self.started(company::follow(shelf, id, seat));
    }

    fn seat(&self, login: String) -> Seat {
        Seat {
            author: self.tools.author.clone(),
            login,
            clock: Arc::clone(&self.tools.clock),
            events: self.events.clone(),
        }
    }

    fn started(&self, watcher: io::Result<Watcher>) -> Option<Watcher> {
        watcher
            .inspect_err(|error| {
                let text = format!("other consoles are not heard: {error}");
                let at = (self.tools.clock)();
                let notice = Notice { at, text, bad: true };
                let _ = self.events.send(Event::Said(notice));
            })
            .ok()
    }

    pub(super) fn let_go(&mut self, id: String) {
        self.company = None;
        let events = self.events.clone();
        self.tools.journal.send(Order::Release, move |_| {
            let _ = events.send(Event::Released(id));
        });
    }

    pub(super) fn post(&self, said: Said, arn: Option<String>) {
        if let Some(company) = &self.company {
            company.post((said, arn));
        }
    }
}
