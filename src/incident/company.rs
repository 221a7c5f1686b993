//! Company: who else is there, as an incident's entries tell it.

use std::collections::BTreeSet;

use super::fact::{Company as Fact, Fact as Any};
use crate::runbook::run::Happened;

/// An offer to hand the incident over that stands.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Offer {
    /// The place of its entry.
    pub seq: u64,
    /// Who is to take it.
    pub to: String,
    /// Why.
    pub reason: String,
}

/// Who else is there.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Company {
    /// The offer to hand it over that stands.
    pub offer: Option<Offer>,
    /// Consoles that follow, each with its person.
    pub watching: Vec<(String, String)>,
    taken: BTreeSet<String>,
}

impl Company {
    /// Whether a message of another console is in the journal.
    pub fn has_taken(&self, message: &str) -> bool {
        self.taken.contains(message)
    }

    pub(super) fn apply(&mut self, fact: &Any, seq: u64) {
        if let Any::Company(what) = fact {
            self.take(what, seq);
        } else if let Any::Step(step) = fact
            && let Happened::Approved { message: Some(id), .. } = &step.what
        {
            self.taken.insert(id.clone());
        } else if matches!(fact, Any::Claimed { .. } | Any::Closed { .. }) {
            // Whoever takes the journal was offered nothing.
            self.offer = None;
        }
    }

    fn take(&mut self, what: &Fact, seq: u64) {
        match what {
            Fact::HandOverOffered { to, reason } => {
                let (to, reason) = (to.clone(), reason.clone());
                self.offer = Some(Offer { seq, to, reason });
            }
            Fact::HandOverEnded { .. } | Fact::HandedOver { .. } => {
                self.offer = None;
            }
            Fact::Watching { name, console, came } => {
                self.watching.retain(|(_, other)| other != console);
                if *came {
                    self.watching.push((name.clone(), console.clone()));
                }
            }
            Fact::Relayed { message, .. } => {
                self.taken.insert(message.clone());
            }
        }
    }
}
