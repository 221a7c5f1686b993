//! Another version of the file of a run under way: what it makes of each
//! step, and the run that goes on by it.

use std::sync::Arc;

use jiff::Timestamp;

use super::super::{Runbook, StepSpec};
use super::{NotNow, Pinned, Run, RunFact, RunHappened, Status, StepState};

/// What another version of the file makes of a step.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Change {
    /// It reads the same: its state is kept.
    Same,
    /// It reads otherwise.
    Changed,
    /// It was not there.
    New,
    /// It is no longer there.
    Gone,
}

impl Change {
    /// The word on screens.
    pub fn word(self) -> &'static str {
        match self {
            Change::Same => "unchanged",
            Change::Changed => "changed",
            Change::New => "new",
            Change::Gone => "gone",
        }
    }
}

/// A run beside another version of its file.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Comparison {
    /// Each step by its id, with what becomes of it; those that are gone
    /// come last.
    pub steps: Vec<(String, Change, String)>,
    /// Why the run cannot go on by it now.
    pub refused: Option<String>,
}

impl Run {
    /// What another version of the file would make of this run.
    pub fn compare(&self, other: &Runbook) -> Comparison {
        let mut steps = Vec::new();
        for spec in &other.steps {
            let (change, becomes) = match self.step(&spec.id) {
                None => (Change::New, "is to be done".to_owned()),
                Some((old, state)) if old.sha256 == spec.sha256 => {
                    (Change::Same, state.status.word().to_owned())
                }
                Some((_, state)) => (Change::Changed, becomes(state)),
            };
            steps.push((spec.id.clone(), change, becomes));
        }
        for (spec, state) in self.steps() {
            if other.place(&spec.id).is_none() {
                let was = format!("was {}", state.status.word());
                steps.push((spec.id.clone(), Change::Gone, was));
            }
        }
        Comparison { steps, refused: self.cannot_go_by(other) }
    }

    fn cannot_go_by(&self, other: &Runbook) -> Option<String> {
        if self.aborted.is_some() {
            return Some("the run was ended".into());
        }
        let own = self.runbook();
        if other.id != own.id {
            return Some(format!("it is another runbook: {}", other.id));
        }
        for input in &other.inputs {
            let old = own.inputs.iter().find(|old| old.name == input.name);
            if old.is_none_or(|old| old.kind != input.kind) {
                let name = &input.name;
                return Some(format!(
                    "it asks for another input, {name}: end this run and \
                     start a new one"
                ));
            }
        }
        self.steps().find_map(|(spec, state)| {
            let kept = other
                .place(&spec.id)
                .is_some_and(|place| other.steps[place].sha256 == spec.sha256);
            let busy = state.status.is_open()
                || state.status == Status::Confirmed
                || state.recording;
            (busy && !kept).then(|| {
                format!(
                    "step {} is {}, and the file has it otherwise: settle \
                     it first",
                    spec.id,
                    state.status.word()
                )
            })
        })
    }

    /// The fact that the run goes on by another version of its file.
    pub fn repin(
        &self,
        other: &Runbook,
        sha256: &str,
        reason: &str,
    ) -> Result<RunFact, NotNow> {
        if let Some(why) = self.cannot_go_by(other) {
            return Err(NotNow(why));
        }
        let reason = super::act::reasonable(reason)?;
        let sha256 = sha256.to_owned();
        self.whole(RunHappened::Repinned { sha256, reason })
    }

    /// This run as it goes on by another version of its file: steps that
    /// read the same keep their states, those that were done and read
    /// otherwise are superseded, all others are begun anew.
    pub fn repinned(
        &self,
        runbook: Arc<Runbook>,
        sha256: &str,
        at: Timestamp,
    ) -> Result<Run, String> {
        if let Some(why) = self.cannot_go_by(&runbook) {
            return Err(why);
        }
        let mut run = self.clone();
        let mut told: Vec<String> = Vec::new();
        run.steps.clear();
        for spec in &runbook.steps {
            let state = self.carried(spec);
            if state.status.is_over() {
                told.push(format!("{}.", spec.id));
            }
            run.steps.push(state);
        }
        run.values.retain(|name, _| {
            !name.contains('.') || told.iter().any(|own| name.starts_with(own))
        });
        let sha256 = sha256.to_owned();
        run.pinned = Pinned { runbook, sha256, ..self.pinned.clone() };
        run.go(self.manner);
        run.ways_again();
        run.settle_needs(at);
        Ok(run)
    }

    /// The state a step begins with in the other version.
    fn carried(&self, spec: &StepSpec) -> StepState {
        let Some((old, state)) = self.step(&spec.id) else {
            let mark = format!("{} {}", self.pinned.incident, spec.id);
            return StepState::new(mark);
        };
        if old.sha256 == spec.sha256 {
            return state.clone();
        }
        if was_done(&state.status) {
            let status = Status::Superseded;
            return StepState { status, ..state.clone() };
        }
        let mut anew = StepState::new(state.mark.clone());
        anew.attempt = state.attempt + 1;
        if state.status == Status::NotApplicable && !state.off_way {
            anew.status = Status::NotApplicable;
        }
        anew
    }

    /// A way back that was gone from what is begun anew waits once more.
    fn ways_again(&mut self) {
        for way in 0..self.steps.len() {
            let undoes = self.runbook().steps[way].undoes;
            let gone = self.steps[way].status == Status::Done;
            let Some(undone) = undoes.filter(|_| gone) else { continue };
            if !matches!(self.steps[undone].status, Status::Undone { .. }) {
                self.put_aside(way);
            }
        }
    }
}

fn was_done(status: &Status) -> bool {
    matches!(status, Status::Done | Status::Simulated | Status::Superseded)
}

fn becomes(state: &StepState) -> String {
    let was = state.status.word();
    match &state.status {
        status if was_done(status) => format!("was {was}: superseded"),
        Status::NotApplicable => "stays n/a".into(),
        _ => format!("was {was}: begun anew"),
    }
}

#[cfg(test)]
mod tests;
