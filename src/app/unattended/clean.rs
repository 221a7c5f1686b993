//! The clean-up of an unattended drill, and what is left where it fails.

use jiff::{SignedDuration, Timestamp};

use super::{Phase, Unattended};
use crate::app::Model;
use crate::event::Effect;
use crate::incident::Incident;
use crate::incident::fact::Fact;
use crate::runbook::StepSpec;
use crate::runbook::call::{Call, REMOVALS};
use crate::runbook::run::{Run, Status};
use crate::screens::Open;

/// So long it is tried; then what is left is told.
const LIMIT: SignedDuration = SignedDuration::from_hours(1);

/// How often a removal is tried once more that AWS refused.
const TRIES: u32 = 3;

/// From one try to the next.
const PAUSE: SignedDuration = SignedDuration::from_mins(1);

/// Whether all that a step does is to remove something.
fn removes(spec: &StepSpec) -> bool {
    let calls = spec.does.calls();
    !calls.is_empty() && calls.iter().all(|call| REMOVALS.contains(call))
}

/// ARNs of what calls may have made that were not settled.
pub(super) fn may_exist(incident: &Incident) -> Vec<String> {
    let open = incident.runs.iter().flat_map(Run::steps);
    let open = open.filter(|(_, state)| state.status.is_open());
    let calls = open
        .filter_map(|(_, state)| state.plan())
        .flat_map(|plan| &plan.calls);
    let made = calls.filter_map(Call::creates);
    made.filter(|arn| !incident.holds(arn)).collect()
}

/// What is left, each with its cost.
pub(super) fn left(incident: &Incident) -> Vec<String> {
    let known = incident
        .left()
        .map(|made| format!("{}, {}", made.arn, made.hourly_words()));
    let unsure = may_exist(incident)
        .into_iter()
        .map(|arn| format!("{arn} may exist, cost unknown"));
    known.chain(unsure).collect()
}

impl Unattended {
    /// Removes what was made, by the steps that the runbook has for it.
    pub(super) fn clean_up(
        &mut self,
        model: &mut Model,
        since: Timestamp,
        now: Timestamp,
        out: &mut Vec<Effect>,
    ) {
        let Some(open) = &model.open else { return };
        let late = now.duration_since(since) > LIMIT;
        if late || left(&open.incident).is_empty() {
            return self.enter(Phase::Close);
        }
        let Some(run) = open.run() else {
            return self.enter(Phase::Close);
        };
        let removal = run
            .steps()
            .find(|(spec, state)| removes(spec) && !state.status.is_over());
        let Some((spec, state)) = removal else {
            // It is gone, and the lists are to say so, or they never will.
            let waits = run.steps().any(|(_, s)| s.status.is_open());
            if !waits && now.duration_since(since) > super::PATIENCE {
                self.enter(Phase::Close);
            }
            return;
        };
        let step = spec.id.clone();
        match &state.status {
            Status::Ready | Status::Planned => {
                if self.is_armed(model, now, out) {
                    self.confirm(model, &step, now, out);
                }
                if self.is_given_up(&step, model, now) {
                    self.enter(Phase::Close);
                }
            }
            Status::Failed { .. } | Status::NotApplied { .. } => {
                self.try_again(model, &step, now, out);
            }
            Status::Pending | Status::Blocked { .. } => {
                let open = run.steps().any(|(_, s)| s.status.is_open());
                if !open {
                    self.enter(Phase::Close);
                }
            }
            _ => {}
        }
    }

    /// Whether a removal could not even be planned for long, with nothing
    /// under way that could change that.
    fn is_given_up(
        &mut self,
        step: &str,
        model: &Model,
        now: Timestamp,
    ) -> bool {
        let stuck = self.stuck.as_ref().is_some_and(|(of, _)| of == step);
        let run = model.open.as_ref().and_then(Open::run);
        let waits = run.is_some_and(|run| {
            run.steps().any(|(_, state)| state.status.is_open())
        });
        stuck && !waits && self.is_stuck(step, now)
    }

    fn try_again(
        &mut self,
        model: &mut Model,
        step: &str,
        now: Timestamp,
        out: &mut Vec<Effect>,
    ) {
        let (tries, last) = self.tries;
        if tries >= TRIES {
            return self.enter(Phase::Close);
        }
        let Some(last) = last else {
            self.tries.1 = Some(now);
            return;
        };
        if now.duration_since(last) < PAUSE {
            return;
        }
        self.tries = (tries + 1, Some(now));
        let run = model.open.as_ref().and_then(Open::run);
        if let Some(Ok(fact)) = run.map(|run| run.retry(step)) {
            self.order(model, Fact::Step(fact), out);
        }
    }
}
