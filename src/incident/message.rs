//! Message: what a person in another console says to the one that drives.

use jiff::Timestamp;
use serde::{Deserialize, Serialize};

use super::entry::Author;
use super::redact::redact;
use crate::runbook::plan::PlanHash;

/// One line of an inbox: what one console says to the one that drives.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Message {
    /// The version of this form; 1.
    pub v: u32,
    /// Its place in its inbox, from 1.
    pub n: u64,
    /// When it was said, by that machine's clock.
    pub at: Timestamp,
    /// Who says it, and where.
    pub by: Author,
    /// As whom the system knows that person; empty where it does not tell.
    #[serde(default)]
    pub login: String,
    /// What is said.
    #[serde(flatten)]
    pub said: Said,
}

/// What can be said.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "said", rename_all = "snake_case")]
pub enum Said {
    /// This console follows the incident from now on.
    Came,
    /// A note for the timeline.
    Note {
        /// The words.
        text: String,
    },
    /// The plan of this hash, of this step of this run, is approved.
    Approval {
        /// The run.
        run: String,
        /// The step.
        step: String,
        /// The plan, as the approver's own console makes it.
        hash: PlanHash,
    },
    /// The hand-over that was offered is accepted.
    Accepted {
        /// The place of the offer in the journal.
        offer: u64,
        /// The name of who takes over.
        name: String,
        /// The title of the next step, read back.
        readback: String,
    },
    /// The hand-over that was offered is declined.
    Declined {
        /// The place of the offer in the journal.
        offer: u64,
        /// Why.
        why: String,
    },
}

impl Said {
    /// The same with what looks like a secret taken out of the words that
    /// people typed. To be done before it is written down.
    #[must_use]
    pub fn redacted(mut self) -> Self {
        match &mut self {
            Said::Note { text } => *text = redact(text),
            Said::Declined { why, .. } => *why = redact(why),
            Said::Accepted { readback, .. } => *readback = redact(readback),
            Said::Came | Said::Approval { .. } => {}
        }
        self
    }
}

/// How a console is named to people: its terminal, machine and process.
pub fn console_of(by: &Author) -> String {
    format!("{} on {}, process {}", by.console, by.host, by.pid)
}
