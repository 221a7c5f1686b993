//! What a person said that is not on disk yet: nothing else of its kind is
//! taken meanwhile, for nobody could tell whether the two add up.
//!
//! A disk may take seconds. A second key press in that time finds the run as
//! it was before the first, so that each fact would be sound alone: a plan
//! confirmed twice, a run started twice. It is refused before anything is
//! recorded of it.

use jiff::Timestamp;

use super::record::record;
use super::{Model, Open};
use crate::event::Effect;
use crate::incident::fact::{Company, Fact};
use crate::runbook::run::{Happened, StepFact};

/// What is on its way to the journal, by what it is about.
#[derive(Clone, Debug, Default)]
pub(super) struct Writing(Vec<About>);

/// What a fact is about, of which the journal takes one at a time.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum About {
    /// A run, or that there is one: its steps lead to each other.
    Run,
    /// Whether, where and as whom anything may be changed.
    Arming,
    /// That nothing more may be changed.
    Disarming,
    /// A hand-over.
    HandOver,
    /// The whole incident: nothing goes beside it.
    Incident,
}

impl About {
    /// What a fact is about; none for what may stand anywhere.
    fn of(fact: &Fact) -> Option<About> {
        match fact {
            Fact::Step(step) => is_said(step).then_some(About::Run),
            Fact::Run(_) | Fact::Pinned { .. } => Some(About::Run),
            Fact::Armed { .. } | Fact::Identity { .. } => Some(About::Arming),
            Fact::Disarmed { .. } => Some(About::Disarming),
            Fact::Company(Company::HandOverOffered { .. }) => {
                Some(About::HandOver)
            }
            Fact::Closed { .. }
            | Fact::Company(Company::HandedOver { .. }) => {
                Some(About::Incident)
            }
            Fact::Company(_)
            | Fact::Opened { .. }
            | Fact::Claimed { .. }
            | Fact::Impact { .. }
            | Fact::Note { .. }
            | Fact::Decision { .. }
            | Fact::Corrected { .. }
            | Fact::Refused { .. }
            | Fact::Rejected { .. }
            | Fact::Copied { .. }
            | Fact::Exported { .. }
            | Fact::File { .. }
            | Fact::Region { .. }
            | Fact::Heartbeat
            | Fact::Ledger(_)
            | Fact::Detected { .. }
            | Fact::Evidence { .. }
            | Fact::Recovered { .. }
            | Fact::Damaged { .. }
            | Fact::Resumed { .. } => None,
        }
    }
}

/// Whether a person says it of a step, or takes it back.
fn is_said(fact: &StepFact) -> bool {
    match fact.what {
        Happened::Proposed { .. }
        | Happened::Approved { .. }
        | Happened::Confirmed { .. }
        | Happened::Voided { .. }
        | Happened::Stated { .. }
        | Happened::Retried
        | Happened::Decided { .. }
        | Happened::Answered { .. }
        | Happened::Skipped { .. }
        | Happened::Overridden { .. }
        | Happened::Called { .. }
        | Happened::Aborted { .. } => true,
        // What looks and answers tell, the run itself tells once at a time.
        Happened::Held { .. }
        | Happened::Running { .. }
        | Happened::Overdue { .. }
        | Happened::Done { .. }
        | Happened::Intended { .. }
        | Happened::Began { .. }
        | Happened::Outcome { .. }
        | Happened::Lost { .. }
        | Happened::Simulated { .. }
        | Happened::NotApplied { .. } => false,
    }
}

impl Writing {
    /// A fact goes to the journal.
    pub(super) fn begin(&mut self, fact: &Fact) {
        self.0.extend(About::of(fact));
    }

    /// A fact is on disk.
    pub(super) fn end(&mut self, fact: &Fact) {
        let Some(about) = About::of(fact) else { return };
        if let Some(place) = self.0.iter().position(|one| *one == about) {
            self.0.remove(place);
        }
    }

    /// Nothing more comes of what was on its way.
    pub(super) fn forget(&mut self) {
        self.0.clear();
    }

    /// Whether something is on its way that a person said of a run, or of
    /// the whole incident: what follows from looks waits for it.
    pub(super) fn holds_run(&self) -> bool {
        self.goes_beside(About::Run)
    }

    /// Whether it is being allowed to change anything.
    pub(super) fn arms(&self) -> bool {
        self.0.contains(&About::Arming)
    }

    fn goes_beside(&self, about: About) -> bool {
        self.0.iter().any(|one| {
            *one == about
                || *one == About::Incident
                || about == About::Incident
        })
    }
}

/// Why what a person says cannot be taken now: the like of it is not on disk
/// yet.
pub(super) fn busy(model: &Model, fact: &Fact) -> Option<String> {
    if let Fact::Step(fact) = fact {
        return step_busy(model, &fact.step);
    }
    let about = About::of(fact)?;
    model.writing.goes_beside(about).then(|| {
        told(match about {
            About::Run => "the run",
            About::Arming => "ARMED",
            About::Disarming => "OBSERVE",
            About::HandOver => "the offer",
            About::Incident => "the incident",
        })
    })
}

/// The same of anything that could be said of a step.
pub(super) fn step_busy(model: &Model, step: &str) -> Option<String> {
    let run = model.open.as_ref().and_then(Open::run);
    let busy = model.writing.holds_run()
        || run.is_some_and(|run| run.is_writing(step));
    busy.then(|| told(step))
}

/// The same of the start of a run, and of all that is said of a whole one.
pub(super) fn run_busy(model: &Model) -> Option<String> {
    model.writing.holds_run().then(|| told("the run"))
}

fn told(of: &str) -> String {
    format!("{of}: still being written")
}

/// Orders what a person says to be recorded, unless the like of it is on its
/// way: that is said, and nothing comes of it.
pub(super) fn record_said(
    model: &mut Model,
    fact: Fact,
    now: Timestamp,
    out: &mut Vec<Effect>,
) {
    match busy(model, &fact) {
        None => record(model, fact, out),
        Some(why) => model.say(why, true, now),
    }
}

#[cfg(test)]
mod tests;
