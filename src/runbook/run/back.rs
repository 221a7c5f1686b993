//! Ways back: steps that undo a change once a person calls for them.

use jiff::Timestamp;

use super::super::StepSpec;
use super::super::steps::{Blocked, Leads, Wants};
use super::{
    Happened, NotNow, Outcome, Run, Status, StepFact, StepState, fold,
};

/// A change that was made, with the way back from it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct WayBack {
    /// The step that goes back, where the runbook has one.
    pub step: Option<String>,
    /// The step it undoes.
    pub undoes: String,
    /// What going back means, in a line.
    pub title: String,
    /// Whether it can be called for now, or why not.
    pub open: Result<(), String>,
}

impl Run {
    /// The ways back of this run: those of its steps, and changes for which
    /// it has none. The newest change comes first, as it is undone first.
    pub fn ways_back(&self) -> Vec<WayBack> {
        let mut ways = Vec::new();
        for place in (0..self.steps.len()).rev() {
            let (spec, state) = self.state_of(place);
            let own: Vec<usize> = self.ways_of(place).collect();
            for way in &own {
                let (step, _) = self.state_of(*way);
                ways.push(WayBack {
                    step: Some(step.id.clone()),
                    undoes: spec.id.clone(),
                    title: self.title(step),
                    open: self.way_is_open(*way),
                });
            }
            let changed = state.status == Status::Done && state.is_sent();
            if own.is_empty() && changed && spec.undoes.is_none() {
                let told = self.told(spec.undo.as_ref());
                ways.push(WayBack {
                    step: None,
                    undoes: spec.id.clone(),
                    title: told.unwrap_or_else(|| "none".to_owned()),
                    open: Err("the runbook has no step for it".into()),
                });
            }
        }
        ways
    }

    /// Calls for a way back. What comes after the point of no return cannot
    /// bring back what lay before it.
    pub fn call_back(
        &self,
        step: &str,
        reason: &str,
    ) -> Result<StepFact, NotNow> {
        let reason = reason.trim().to_owned();
        self.allowed(step, Happened::Called { reason })
    }

    /// Whether a way back can be called for, or still be gone.
    pub(super) fn way_is_open(&self, way: usize) -> Result<(), String> {
        let (spec, state) = self.state_of(way);
        let Some(undone) = spec.undoes else {
            return Err(format!("{} is no way back", spec.id));
        };
        if is_called(&state.status) {
            let word = state.status.word();
            return Err(format!("called for already: it is {word}"));
        }
        self.way_holds(way, undone)
    }

    /// Whether there is something to go back from, and still a way.
    pub(super) fn way_holds(
        &self,
        way: usize,
        undone: usize,
    ) -> Result<(), String> {
        let (spec, state) = self.state_of(undone);
        if !matches!(state.status, Status::Done | Status::Superseded) {
            let word = state.status.word();
            return Err(format!("{} is {word}: nothing to undo", spec.id));
        }
        let gone = (undone + 1..self.steps.len())
            .find(|place| *place != way && self.went_for_good(*place));
        match gone {
            None => Ok(()),
            Some(place) => Err(format!(
                "the point of no return is passed with {}; this way back is \
                 closed",
                self.runbook().steps[place].id
            )),
        }
    }

    /// Whether a step without a way back was or may have been sent.
    pub(super) fn went_for_good(&self, place: usize) -> bool {
        let (spec, state) = self.state_of(place);
        let refused = matches!(
            state.status,
            Status::Failed { .. } | Status::NotApplied { .. }
        );
        spec.is_irreversible() && state.is_sent() && !refused
    }

    /// While one goes back nothing is begun that rests on what is undone,
    /// and nothing that has no way back.
    pub(super) fn nothing_goes_back(
        &self,
        place: usize,
    ) -> Result<(), Blocked> {
        let spec = &self.runbook().steps[place];
        if spec.undoes.is_some() {
            return Ok(());
        }
        let needs = self.all_needs(place);
        for (way, state) in self.steps() {
            let Some(undone) = way.undoes else { continue };
            let rests = spec.is_irreversible() || needs[undone];
            if rests && is_called(&state.status) {
                return Err(Blocked::because(format!(
                    "the way back {} is called for; settle it first, or put \
                     it aside again",
                    way.id
                )));
            }
        }
        Ok(())
    }

    /// Why a fact about a way back cannot be, whatever the step says.
    pub(super) fn goes_back(
        &self,
        place: usize,
        what: &Happened,
    ) -> Result<(), String> {
        match what {
            Happened::Called { .. } => self.way_is_open(place),
            Happened::Decided { choice, .. } => {
                match self.way_chosen(place, choice) {
                    Some(way) => self.way_is_open(way),
                    None => Ok(()),
                }
            }
            _ => Ok(()),
        }
    }

    /// The way back that a choice of a decision leads to.
    pub(super) fn way_chosen(&self, place: usize, key: &str) -> Option<usize> {
        let spec = &self.runbook().steps[place];
        let Wants::Choice { choices, .. } = spec.does.wants() else {
            return None;
        };
        let choice = choices.iter().find(|choice| choice.key == key)?;
        let Leads::To(id) = &choice.leads else { return None };
        let way = self.runbook().place(id)?;
        self.runbook().steps[way].undoes.map(|_| way)
    }

    /// Whether a decision chose a way back: what rests on it then waits.
    pub(super) fn chose_way_back(&self, place: usize) -> bool {
        let chose = self.steps[place].chose.as_deref();
        chose.is_some_and(|key| self.way_chosen(place, key).is_some())
    }

    /// The ways back from a step.
    pub(super) fn ways_of(
        &self,
        undone: usize,
    ) -> impl Iterator<Item = usize> {
        let steps = self.runbook().steps.iter().enumerate();
        steps
            .filter(move |(_, spec)| spec.undoes == Some(undone))
            .map(|(place, _)| place)
    }

    /// A way back that is done undoes its step; what rested on that step is
    /// to be seen anew.
    pub(super) fn undo(&mut self, way: usize, at: Timestamp) {
        let spec = &self.pinned.runbook.steps[way];
        let Some(undone) = spec.undoes else { return };
        let by = spec.id.clone();
        let state = &mut self.steps[undone];
        state.status = Status::Undone { by };
        state.ended = None;
        state.changed = Some(at);
        self.see_anew(undone);
    }

    /// A step that is tried once more can be undone once more.
    pub(super) fn ways_aside(&mut self, undone: usize) {
        let ways: Vec<usize> = self.ways_of(undone).collect();
        for way in ways {
            if self.steps[way].status != Status::Aside {
                self.put_aside(way);
            }
        }
    }

    /// Puts a way back aside, as if nobody had called for it. A decision
    /// that chose it is to be made again.
    pub(super) fn put_aside(&mut self, way: usize) {
        self.begin_anew(way);
        self.steps[way].status = Status::Aside;
        for place in 0..self.steps.len() {
            let chose = self.steps[place].chose.clone();
            let way_chosen =
                chose.and_then(|key| self.way_chosen(place, &key));
            if way_chosen == Some(way)
                && self.steps[place].status == Status::Done
            {
                self.begin_anew(place);
                self.see_anew(place);
            }
        }
    }

    /// Checks, answers and decisions that rest on a step are made once more;
    /// changes that were made stay made, and what was skipped stays skipped.
    fn see_anew(&mut self, root: usize) {
        let count = self.steps.len();
        let (mut rests, mut decided) =
            (vec![false; count], vec![false; count]);
        rests[root] = true;
        for place in root + 1..count {
            let spec = &self.pinned.runbook.steps[place];
            let on = |which: &[bool]| spec.needs.iter().any(|n| which[*n]);
            rests[place] = spec.undoes.is_none() && on(&rests);
            if !rests[place] {
                continue;
            }
            let state = &self.steps[place];
            let again = match &state.status {
                Status::Done | Status::Overridden { .. } => !state.is_sent(),
                Status::NotApplicable => !state.off_way && on(&decided),
                status => fold::is_untouched(status),
            };
            decided[place] = on(&decided) || again && state.chose.is_some();
            if again {
                self.begin_anew(place);
            }
        }
    }

    /// A step as if it had not been begun, in a new try; what it told is
    /// forgotten.
    pub(super) fn begin_anew(&mut self, place: usize) {
        let state = &mut self.steps[place];
        let mut anew = StepState::new(state.mark.clone());
        anew.attempt = state.attempt + 1;
        anew.off_way = state.off_way;
        if anew.off_way {
            anew.status = Status::NotApplicable;
        }
        *state = anew;
        let own = format!("{}.", self.pinned.runbook.steps[place].id);
        self.values.retain(|name, _| !name.starts_with(&own));
    }
}

/// Whether a person called for a way back that is not at its end.
fn is_called(status: &Status) -> bool {
    !matches!(
        status,
        Status::Aside
            | Status::Pending
            | Status::NotApplicable
            | Status::Done
            | Status::Superseded
            | Status::Simulated
            | Status::Skipped { .. }
            | Status::Overridden { .. }
            | Status::Aborted
    )
}

/// Whether a way back can be put aside: nothing of it was taken by AWS.
pub(super) fn aside_holds(
    spec: &StepSpec,
    state: &StepState,
) -> Result<(), String> {
    let taken = |outcome: &Outcome| {
        matches!(outcome, Outcome::Accepted { .. } | Outcome::Ended { .. })
    };
    match state.status {
        Status::Ready | Status::Planned => Ok(()),
        Status::Failed { .. } | Status::NotApplied { .. }
            if !state.outcomes().iter().any(taken) =>
        {
            Ok(())
        }
        _ => Err(format!("{} cannot be put aside now", spec.id)),
    }
}
