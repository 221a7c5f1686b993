//! The loop with nobody at hand: no input, and a line for what happens.

use std::io::{self, Write};

use tokio::sync::mpsc::UnboundedReceiver;

use super::Clock;
use super::hands::Hands;
use super::works::Works;
use crate::app::Model;
use crate::app::plain::broken;
use crate::aws::record::Object;
use crate::event::{Effect, Event, Notice};
use crate::incident::timeline;

/// The running drill.
pub struct Unattended<W: Write> {
    /// All the program knows.
    pub model: Model,
    /// Where lines go.
    pub out: W,
    works: Works,
    /// How many entries of the journal were told.
    told: usize,
    /// The newest notice that was told.
    said: Option<Notice>,
}

impl<W: Write> Unattended<W> {
    /// A drill that has not begun yet.
    pub fn new(
        model: Model,
        hands: Hands,
        out: W,
        events: UnboundedReceiver<Event>,
        clock: Clock,
    ) -> Self {
        Unattended {
            model,
            out,
            works: Works::new(hands, events, clock),
            told: 0,
            said: None,
        }
    }

    /// Lets everything go; waits shortly for the journal's last writes.
    pub fn finish(self) {
        self.works.hands.finish();
    }

    /// Opens the estate that a team shares, beside everything else.
    pub fn open_shared(&self, name: &str, object: Object) {
        self.works.open_shared(&self.model, name, object);
    }

    /// Ends the program for a reason from outside, such as a signal.
    pub fn end(&mut self, why: &'static str) {
        self.take(Event::Ending(why));
    }

    /// Whether the program has ended.
    pub fn has_ended(&self) -> bool {
        self.works.ended
    }

    /// Waits for the next thing that happens, takes in what else has
    /// happened, and writes what there is to tell.
    pub async fn turn(&mut self) -> io::Result<()> {
        let mut events = self.works.next().await;
        events.extend(self.works.waiting());
        for event in events {
            self.take(event);
        }
        self.tell()
    }

    fn take(&mut self, event: Event) {
        for effect in self.works.update(&mut self.model, event) {
            match effect {
                Effect::Quit => self.works.ended = true,
                Effect::Copy(_)
                | Effect::Redraw
                | Effect::Ring
                | Effect::Suspend => {}
                other => self.works.hands.carry_out(other),
            }
        }
    }

    /// Writes what the journal has more, and what went wrong beside it.
    fn tell(&mut self) -> io::Result<()> {
        let mut lines = Vec::new();
        let open = self.model.open.as_ref();
        let entries = open.map_or(&[][..], |open| &open.incident.entries);
        for entry in entries.get(self.told..).unwrap_or_default() {
            let row = timeline::row(entry, None);
            if row.what.is_empty() {
                continue;
            }
            let step = row.step.as_ref().map(|step| format!("{step}: "));
            let at = entry.at.strftime("%H:%M:%SZ");
            let step = step.unwrap_or_default();
            lines.push(format!("{at} {:<10} {step}{}", row.who, row.told()));
        }
        self.told = entries.len();
        let notices = &self.model.notices;
        let known =
            notices.iter().rposition(|n| Some(n) == self.said.as_ref());
        let fresh = notices.iter().skip(known.map_or(0, |place| place + 1));
        for one in fresh.filter(|one| one.bad) {
            lines.push(format!(
                "{} ! {}",
                one.at.strftime("%H:%M:%SZ"),
                one.text
            ));
        }
        self.said = notices.back().cloned();
        for line in lines.iter().flat_map(|line| broken(line)) {
            writeln!(self.out, "{line}")?;
        }
        self.out.flush()
    }
}
