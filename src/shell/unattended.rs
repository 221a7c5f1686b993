//! The loop with nobody at hand: no input, and a line for what happens.

use std::io::{self, Write};
use std::time::Duration;

use tokio::sync::mpsc::UnboundedReceiver;
use tokio::time::{Interval, MissedTickBehavior, interval};

use super::hands::Hands;
use super::{Awake, Clock, DRAIN, prepare};
use crate::app::plain::broken;
use crate::app::{Model, update};
use crate::aws::record::Object;
use crate::event::{Effect, Event, Notice};
use crate::incident::timeline;

/// The running drill.
pub struct Unattended<W: Write> {
    /// All the program knows.
    pub model: Model,
    /// Where lines go.
    pub out: W,
    hands: Hands,
    events: UnboundedReceiver<Event>,
    clock: Clock,
    tick: Interval,
    awake: Awake,
    /// How many entries of the journal were told.
    told: usize,
    /// The newest notice that was told.
    said: Option<Notice>,
    ended: bool,
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
        let mut tick = interval(Duration::from_secs(1));
        tick.set_missed_tick_behavior(MissedTickBehavior::Delay);
        let awake = Awake::at(clock());
        Unattended {
            model,
            out,
            hands,
            events,
            clock,
            tick,
            awake,
            told: 0,
            said: None,
            ended: false,
        }
    }

    /// Lets everything go; waits shortly for the journal's last writes.
    pub fn finish(self) {
        self.hands.finish();
    }

    /// Opens the estate that a team shares, beside everything else.
    pub fn open_shared(&self, name: &str, object: Object) {
        self.hands.open_shared(name, object, self.model.place().clone());
    }

    /// Ends the program for a reason from outside, such as a signal.
    pub fn end(&mut self, why: &'static str) {
        self.take(Event::Ending(why));
    }

    /// Whether the program has ended.
    pub fn has_ended(&self) -> bool {
        self.ended
    }

    /// Waits for the next thing that happens, takes in what else has
    /// happened, and writes what there is to tell.
    pub async fn turn(&mut self) -> io::Result<()> {
        tokio::select! {
            biased;
            Some(event) = self.events.recv() => self.take(event),
            _ = self.tick.tick() => self.second(),
        }
        for _ in 0..DRAIN {
            match self.events.try_recv() {
                Ok(event) => self.take(event),
                Err(_) => break,
            }
        }
        self.tell()
    }

    fn second(&mut self) {
        if self.awake.slept((self.clock)()) {
            self.take(Event::Woke);
        }
        self.take(Event::Tick);
    }

    fn take(&mut self, event: Event) {
        let now = (self.clock)();
        prepare(&mut self.model, &mut self.hands, &event);
        for effect in update(&mut self.model, event, now) {
            match effect {
                Effect::Quit => self.ended = true,
                Effect::Copy(_)
                | Effect::Redraw
                | Effect::Ring
                | Effect::Suspend => {}
                other => self.hands.carry_out(other),
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
