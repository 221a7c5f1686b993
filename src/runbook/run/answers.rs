//! Answers: what came of a step's calls, as its kind needs to know it.

use jiff::Timestamp;

use super::super::call::Call;
use super::super::plan::Plan;
use super::{Outcome, StepState};
use crate::estate::program::{End, Process};

/// When a step was sent and what came of it, as looks need to know it.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Answers {
    /// When the last call was answered or given up: only a look begun after
    /// this can tell what became of it.
    pub sent: Option<Timestamp>,
    /// When it was confirmed: nothing that was made before is ours.
    pub confirmed: Option<Timestamp>,
    /// What the answers named for later looks, in the order of the calls.
    pub named: Vec<Option<String>>,
    /// What the step was confirmed to do.
    pub plan: Option<Plan>,
    /// The process that was started, where that is known.
    pub began: Option<Process>,
    /// How its program ended, where that is known.
    pub end: Option<End>,
}

impl Answers {
    /// The first call that the step was confirmed to send.
    pub fn call(&self) -> Option<&Call> {
        self.plan.as_ref()?.calls.first()
    }

    /// Whether it can be known that the program of the step has ended.
    pub fn knows_the_end(&self) -> bool {
        self.began.is_some() || self.end.is_some()
    }
}

impl StepState {
    /// What came of its calls so far.
    pub(super) fn answers(&self) -> Answers {
        let named = |outcome: &Outcome| match outcome {
            Outcome::Accepted { answer, .. } => answer.clone(),
            Outcome::Refused { .. }
            | Outcome::Unknown { .. }
            | Outcome::Ended { .. }
            | Outcome::NotSent { .. } => None,
        };
        let end = self.outcomes.iter().find_map(|outcome| match outcome {
            Outcome::Ended { end } => Some((**end).clone()),
            _ => None,
        });
        Answers {
            sent: self.sent,
            confirmed: self.confirmed.as_ref().map(|confirm| confirm.at),
            named: self.outcomes.iter().map(named).collect(),
            plan: self.plan().cloned(),
            began: self.began.clone(),
            end,
        }
    }
}
