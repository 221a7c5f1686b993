//! What goes out: calls to AWS, programs of this machine, and looks.

use std::sync::{Arc, PoisonError};

use jiff::Timestamp;
use tokio::runtime::Handle;

use super::Hands;
use crate::aws::perform::perform;
use crate::estate::program::Process;
use crate::estate::{Observation, Source};
use crate::event::Event;
use crate::failure::{Failure, FailureKind};
use crate::journal::recorded::Recorded;
use crate::probe::command::{self, Heard};
use crate::runbook::plan::{Intent, IntentCopy};
use crate::runbook::run::{Outcome, StepFact};
use crate::shell::Events;

/// Why no program is started where nobody is at hand.
const NOBODY: &str = "unattended, no program of this machine is started";

impl Hands {
    /// Sends a call, or starts a program, once.
    pub(super) fn perform(&mut self, intent: Recorded<Intent>) {
        let events = self.events.clone();
        let copy = intent.value().copy();
        let unsent = |why: &str| {
            let _ = self.events.send(Event::Answered {
                intent: copy.clone(),
                outcome: Outcome::NotSent { why: why.to_owned() },
                took_ms: 0,
            });
        };
        let Some(access) = self.access.clone() else {
            return unsent("no longer ARMED when it was to be sent");
        };
        if copy.call.program().is_some() {
            if self.tools.only.is_some() {
                return unsent(NOBODY);
            }
            let now = (self.tools.clock)();
            let heard = Told { events, intent: copy };
            return command::perform(intent, now, heard);
        }
        Handle::current().spawn(async move {
            let answered = perform(&access, intent).await;
            let took = answered.at.duration_since(answered.sent_at);
            let _ = events.send(Event::Answered {
                intent: copy,
                outcome: answered.outcome,
                took_ms: u64::try_from(took.as_millis()).unwrap_or(0),
            });
        });
    }

    /// Looks at something now. A program that looks already is not started
    /// beside itself.
    pub(super) fn look(&mut self, source: Source) {
        if self.tools.pollers.look_now(&source) {
            return;
        }
        let is_program = matches!(source, Source::Command { .. });
        if is_program && self.tools.only.is_some() {
            let now = (self.tools.clock)();
            let _ = self.events.send(Event::Observed(refused(source, now)));
            return;
        }
        let looking = Arc::clone(&self.looking);
        let set = || looking.lock().unwrap_or_else(PoisonError::into_inner);
        if is_program && !set().insert(source.clone()) {
            return;
        }
        let looking = Arc::clone(&self.looking);
        let events = self.events.clone();
        let probes = self.tools.probes.clone();
        Handle::current().spawn(async move {
            let seen = probes.look(&source).await;
            let mut set =
                looking.lock().unwrap_or_else(PoisonError::into_inner);
            set.remove(&source);
            drop(set);
            let _ = events.send(Event::Observed(seen));
        });
    }
}

/// A program that nobody is there to have started.
fn refused(source: Source, now: Timestamp) -> Observation {
    let failure = Failure::new(
        format!("run {source}"),
        FailureKind::Denied { action: None },
    );
    let found = Err(failure.because(NOBODY));
    Observation { source, begun: now, at: now, found, partial: None }
}

/// Puts what is heard of a program into the queue.
struct Told {
    events: Events,
    intent: IntentCopy,
}

impl Heard for Told {
    fn began(&mut self, process: Process) {
        let fact = StepFact::began(&self.intent, process);
        let _ = self.events.send(Event::Began(fact));
    }

    fn ended(self, outcome: Outcome, took_ms: u64) {
        let intent = self.intent;
        let event = Event::Answered { intent, outcome, took_ms };
        let _ = self.events.send(event);
    }
}
