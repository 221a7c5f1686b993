//! Works: what every loop of the program is driven by, on a screen or not.

use std::mem;
use std::time::Duration;

use jiff::Timestamp;
use tokio::sync::mpsc::UnboundedReceiver;
use tokio::time::{Instant, Interval, MissedTickBehavior, interval};

use super::Clock;
use super::hands::Hands;
use crate::app::{Model, update};
use crate::aws::record::Object;
use crate::event::{Effect, Event};

/// More than this between the two clocks means that the machine slept.
const SLEPT: Duration = Duration::from_secs(5);

/// Events taken from the queue before a frame is drawn; more wait their
/// turn, so that a flood of answers does not hold a key back.
const DRAIN: usize = 256;

/// The hands, what they report, and the seconds that pass.
pub(super) struct Works {
    pub(super) hands: Hands,
    events: UnboundedReceiver<Event>,
    clock: Clock,
    tick: Interval,
    awake: Awake,
    /// Whether the program has ended.
    pub(super) ended: bool,
}

/// When the last second passed, by the calendar and by the clock that
/// stands still while the machine sleeps.
#[derive(Clone, Copy, Debug)]
struct Awake {
    calendar: Timestamp,
    clock: Instant,
}

impl Awake {
    fn at(calendar: Timestamp) -> Self {
        Awake { calendar, clock: Instant::now() }
    }

    /// A second has passed; more by the calendar than by the other clock
    /// means that the machine slept.
    fn slept(&mut self, now: Timestamp) -> bool {
        let before = mem::replace(self, Awake::at(now));
        let passed = now.duration_since(before.calendar);
        let awake = self.clock.duration_since(before.clock);
        passed.unsigned_abs().saturating_sub(awake) > SLEPT
    }
}

impl Works {
    pub(super) fn new(
        hands: Hands,
        events: UnboundedReceiver<Event>,
        clock: Clock,
    ) -> Works {
        let mut tick = interval(Duration::from_secs(1));
        tick.set_missed_tick_behavior(MissedTickBehavior::Delay);
        let awake = Awake::at(clock());
        Works { hands, events, clock, tick, awake, ended: false }
    }

    pub(super) fn now(&self) -> Timestamp {
        (self.clock)()
    }

    /// What comes next of hands and clock. Nothing is lost if it is dropped
    /// before it tells.
    pub(super) async fn next(&mut self) -> Vec<Event> {
        tokio::select! {
            biased;
            Some(event) = self.events.recv() => vec![event],
            _ = self.tick.tick() => self.second(),
        }
    }

    /// What else has been reported already.
    pub(super) fn waiting(&mut self) -> Vec<Event> {
        let mut waiting = Vec::new();
        while waiting.len() < DRAIN
            && let Ok(event) = self.events.try_recv()
        {
            waiting.push(event);
        }
        waiting
    }

    fn second(&mut self) -> Vec<Event> {
        let slept = self.awake.slept((self.clock)());
        let woke = slept.then_some(Event::Woke);
        woke.into_iter().chain([Event::Tick]).collect()
    }

    /// Lets the model take an event in; gives what it wants done.
    pub(super) fn update(
        &mut self,
        model: &mut Model,
        event: Event,
    ) -> Vec<Effect> {
        self.prepare(model, &event);
        update(model, event, (self.clock)())
    }

    /// What an event means for the hands, before the app takes it.
    fn prepare(&mut self, model: &mut Model, event: &Event) {
        match event {
            Event::Opened { dir, .. } => self.hands.lies_in(dir.clone()),
            // An account that was nameless is watched from now on.
            Event::Observed(seen) if seen.source.is_identity() => {
                for source in self.hands.watched() {
                    model.estate.expect(source);
                }
            }
            _ => {}
        }
    }

    /// Opens the estate that a team shares, beside everything else: no
    /// frame and no key waits for it.
    pub(super) fn open_shared(
        &self,
        model: &Model,
        name: &str,
        object: Object,
    ) {
        self.hands.open_shared(name, object, model.place().clone());
    }
}
