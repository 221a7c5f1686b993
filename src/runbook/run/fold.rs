//! How a run takes in one recorded fact after another.

use jiff::Timestamp;
use thiserror::Error;

use super::super::plan::{Level, PlanHash};
use super::super::steps::{Leads, Wants};
use super::super::{Manner, StepSpec};
use super::transition::next;
use super::{
    Confirm, Happened, Run, RunFact, RunHappened, Status, StepFact, StepState,
};

/// A fact that cannot follow those before it.
#[derive(Clone, Debug, PartialEq, Eq, Error)]
#[error("entry {seq}: step {step} is {status}, so it cannot be {fact}: {why}")]
pub struct IllegalFact {
    /// The entry.
    pub seq: u64,
    /// The step it names.
    pub step: String,
    /// How far that step had come.
    pub status: &'static str,
    /// What is said to have happened.
    pub fact: &'static str,
    /// What is wrong with it.
    pub why: String,
}

impl Run {
    /// Takes a recorded fact in. On an error nothing has changed.
    pub fn apply(
        &mut self,
        fact: &StepFact,
        at: Timestamp,
        seq: u64,
    ) -> Result<(), IllegalFact> {
        let illegal = |status, why: &str| IllegalFact {
            seq,
            step: fact.step.clone(),
            status,
            fact: fact.what.word(),
            why: why.to_owned(),
        };
        if fact.run != self.pinned.run {
            return Err(illegal("of another run", "it names another run"));
        }
        let Some(place) = self.pinned.runbook.place(&fact.step) else {
            return Err(illegal("not there", "the runbook has no such step"));
        };
        let spec = &self.pinned.runbook.steps[place];
        let state = &self.steps[place];
        let word = state.status.word();
        if self.aborted.is_some() && !goes_on_after_end(&fact.what) {
            return Err(illegal(word, "the run was ended"));
        }
        let next = self
            .practice_holds(place, &fact.what)
            .and_then(|()| next(spec, state, &fact.what))
            .map_err(|why| illegal(word, &why))?;
        self.goes_back(place, &fact.what)
            .map_err(|why| illegal(word, &why))?;
        let before = self.bearing(place);
        let moves_others = self.take(place, next, &fact.what, at);
        // A step that is as far for others as it was lets none of them on.
        let same = before.is_some() && before == self.bearing(place);
        if moves_others || !same {
            self.settle_needs(at);
        }
        Ok(())
    }

    /// What a step is to those that need it: whether it is over, whether it
    /// is stuck; none if it waits itself.
    fn bearing(&self, place: usize) -> Option<(bool, bool)> {
        let status = &self.steps[place].status;
        let waits = matches!(status, Status::Pending | Status::Blocked { .. });
        (!waits).then(|| (status.is_over(), status.is_stuck()))
    }

    /// Takes a fact in, and says whether it may move other steps, too.
    fn take(
        &mut self,
        place: usize,
        next: Status,
        what: &Happened,
        at: Timestamp,
    ) -> bool {
        let id = self.pinned.runbook.steps[place].id.clone();
        let state = &mut self.steps[place];
        let undoes = next == Status::Done && state.status != Status::Done;
        state.recording = false;
        state.changed = Some(at);
        state.ended = next.is_over().then_some(at);
        state.status = next;
        remember(state, what, at);
        let mut moves_others = true;
        match what {
            Happened::Done { outputs, .. }
            | Happened::Stated { outputs, applied: true, .. } => {
                for (name, value) in outputs {
                    self.values.insert(format!("{id}.{name}"), value.clone());
                }
            }
            Happened::Answered { value } => {
                self.values.insert(format!("{id}.value"), value.clone());
            }
            Happened::Decided { choice, .. } => self.lead(place, choice, at),
            Happened::Aborted { .. } => self.end(at),
            Happened::Called { .. } => self.steps[place].begin(at),
            Happened::Retried => self.ways_aside(place),
            Happened::Skipped { .. } => {
                if self.steps[place].status == Status::Aside {
                    self.put_aside(place);
                }
            }
            Happened::Held { .. }
            | Happened::Running { .. }
            | Happened::Overdue { .. }
            | Happened::Proposed { .. }
            | Happened::Approved { .. }
            | Happened::Confirmed { .. }
            | Happened::Voided { .. }
            | Happened::Intended { .. }
            | Happened::Began { .. }
            | Happened::Outcome { .. }
            | Happened::Lost { .. }
            | Happened::NotApplied { .. }
            | Happened::Simulated { .. }
            | Happened::Stated { .. }
            | Happened::Overridden { .. } => moves_others = false,
        }
        if undoes {
            self.undo(place, at);
        }
        moves_others
    }

    /// Takes a recorded fact about the whole run in. On an error nothing has
    /// changed.
    pub fn apply_whole(
        &mut self,
        fact: &RunFact,
        at: Timestamp,
        seq: u64,
    ) -> Result<(), IllegalFact> {
        let illegal = |why: &str| IllegalFact {
            seq,
            step: "of the whole run".into(),
            status: "under way",
            fact: fact.what.word(),
            why: why.to_owned(),
        };
        if fact.run != self.pinned.run {
            return Err(illegal("it names another run"));
        }
        if self.aborted.is_some() {
            return Err(illegal("the run was ended"));
        }
        match &fact.what {
            RunHappened::Paused { reason } => {
                self.paused = Some((at, reason.clone()));
            }
            RunHappened::Continued => self.paused = None,
            RunHappened::Manner { manner, .. } => {
                self.manner = *manner;
                self.go(*manner);
            }
            RunHappened::Repinned { .. } => {
                // The incident keeps the file, and makes the run anew.
                return Err(illegal("its file is read by the incident"));
            }
        }
        self.settle_needs(at);
        Ok(())
    }

    /// Steps of the other way that were not begun are not needed; those of
    /// this way are, if only the way had put them off.
    pub(super) fn go(&mut self, manner: Manner) {
        let specs = &self.pinned.runbook.steps;
        for (spec, state) in specs.iter().zip(&mut self.steps) {
            if spec.undoes.is_some() && state.status == Status::Pending {
                state.status = Status::Aside;
            }
            let Some(only) = spec.only else { continue };
            let aside = state.status == Status::Aside;
            if only == manner && state.off_way {
                state.off_way = false;
                state.status = match spec.undoes {
                    Some(_) => Status::Aside,
                    None => Status::Pending,
                };
            } else if only != manner && (aside || is_untouched(&state.status))
            {
                state.off_way = true;
                state.status = Status::NotApplicable;
            }
        }
        self.hold_back();
    }

    /// Steps that nobody has begun wait again for needs that came anew.
    pub(super) fn hold_back(&mut self) {
        let mut met: Vec<bool> = Vec::with_capacity(self.steps.len());
        for place in 0..self.steps.len() {
            let spec = &self.pinned.runbook.steps[place];
            let free = spec.undoes.is_some()
                || spec.needs.iter().all(|need| met[*need]);
            if !free && is_untouched(&self.steps[place].status) {
                self.steps[place].status = Status::Pending;
            }
            met.push(self.is_met(place, &met));
        }
    }

    /// Follows the chosen way of a `decide` step.
    fn lead(&mut self, place: usize, key: &str, at: Timestamp) {
        let spec = &self.pinned.runbook.steps[place];
        let Wants::Choice { choices, .. } = spec.does.wants() else { return };
        let Some(choice) = choices.iter().find(|c| c.key == key) else {
            return;
        };
        match &choice.leads {
            Leads::On => {}
            Leads::End => self.pass_over(place + 1, self.steps.len()),
            Leads::To(id) => {
                let Some(target) = self.pinned.runbook.place(id) else {
                    return;
                };
                if self.pinned.runbook.steps[target].undoes.is_some() {
                    self.steps[target].status = Status::Ready;
                    self.steps[target].begin(at);
                } else if target > place {
                    self.pass_over(place + 1, target);
                } else {
                    self.do_again(target, place);
                }
            }
        }
    }

    fn pass_over(&mut self, from: usize, to: usize) {
        let specs = &self.pinned.runbook.steps;
        let all = specs.iter().zip(&mut self.steps);
        for (spec, state) in all.take(to).skip(from) {
            if spec.undoes.is_some() {
                // What was changed can be undone whatever is decided.
                continue;
            }
            if !state.status.is_over() && !state.is_sent() {
                state.status = Status::NotApplicable;
            }
        }
    }

    /// Steps are done once more; changes that were made stay made.
    fn do_again(&mut self, from: usize, to: usize) {
        for place in from..=to {
            let way_back = self.pinned.runbook.steps[place].undoes.is_some();
            if !way_back && !self.steps[place].is_sent() {
                self.begin_anew(place);
            }
        }
    }

    fn end(&mut self, at: Timestamp) {
        self.aborted = Some(at);
        for state in &mut self.steps {
            let undone = matches!(state.status, Status::Undone { .. });
            let kept = state.status.is_over() || state.status.is_open();
            if !kept && !undone {
                state.status = Status::Aborted;
            }
        }
    }

    /// Lets steps begin whose needs are over, and tells which are blocked.
    pub(super) fn settle_needs(&mut self, at: Timestamp) {
        if self.aborted.is_some() {
            return;
        }
        let count = self.steps.len();
        let mut met: Vec<bool> = Vec::with_capacity(count);
        let mut stuck: Vec<Option<usize>> = Vec::with_capacity(count);
        for place in 0..count {
            self.settle_need(place, &met, &stuck, at);
            let needs = &self.pinned.runbook.steps[place].needs;
            let state = &self.steps[place];
            let own = state.status.is_stuck().then_some(place);
            let before = || needs.iter().find_map(|need| stuck[*need]);
            stuck.push(if state.off_way { before() } else { own });
            met.push(self.is_met(place, &met));
        }
    }

    fn settle_need(
        &mut self,
        place: usize,
        met: &[bool],
        stuck: &[Option<usize>],
        at: Timestamp,
    ) {
        let status = &self.steps[place].status;
        if !matches!(status, Status::Pending | Status::Blocked { .. }) {
            return;
        }
        let spec = &self.pinned.runbook.steps[place];
        let next = if spec.needs.iter().all(|need| met[*need]) {
            begin(spec)
        } else {
            match spec.needs.iter().find_map(|need| stuck[*need]) {
                Some(need) => Status::Blocked {
                    by: self.pinned.runbook.steps[need].id.clone(),
                },
                None => Status::Pending,
            }
        };
        let begins = matches!(next, Status::Ready | Status::Checking);
        let left_out = self.left_out(place).filter(|_| begins);
        let state = &mut self.steps[place];
        if begins {
            state.begin(at);
        }
        state.status = next;
        if let Some(why) = left_out {
            state.status = Status::Skipped { reason: why.into() };
            state.ended = Some(at);
        }
    }

    /// Whether steps that need this one may go on; `met` says it of those
    /// before. A step of the other way of the run passes on what it needs
    /// itself; a decision for a way back lets nothing go on.
    fn is_met(&self, place: usize, met: &[bool]) -> bool {
        let state = &self.steps[place];
        let needs = &self.pinned.runbook.steps[place].needs;
        state.status.is_over()
            && !self.chose_way_back(place)
            && (!state.off_way || needs.iter().all(|need| met[*need]))
    }

    /// Makes every confirm one of an earlier process, which sends nothing.
    pub fn forget_confirms(&mut self) {
        for state in &mut self.steps {
            if let Some(confirm) = &mut state.confirmed {
                confirm.here = false;
            }
        }
    }
}

/// Whether nobody has begun it.
pub(super) fn is_untouched(status: &Status) -> bool {
    matches!(
        status,
        Status::Pending
            | Status::Blocked { .. }
            | Status::Ready
            | Status::Checking
            | Status::Held { .. }
            | Status::Verifying { .. }
            | Status::Planned
    )
}

fn begin(spec: &StepSpec) -> Status {
    match spec.does.wants() {
        Wants::Nothing if spec.level == Level::Read => Status::Checking,
        _ => Status::Ready,
    }
}

/// Facts that may still come when a person has ended the run: what is under
/// way goes on being looked at.
fn goes_on_after_end(what: &Happened) -> bool {
    matches!(
        what,
        Happened::Outcome { .. }
            | Happened::Began { .. }
            | Happened::Lost { .. }
            | Happened::Running { .. }
            | Happened::Overdue { .. }
            | Happened::Done { .. }
            | Happened::NotApplied { .. }
            | Happened::Stated { .. }
    )
}

impl StepState {
    /// Another plan was shown: who approved the one before approved nothing.
    fn show(&mut self, hash: PlanHash) {
        if self.proposed != Some(hash) {
            self.approved = None;
        }
        self.proposed = Some(hash);
        self.confirmed = None;
    }

    /// It can be done from now on: its timeout begins to count.
    fn begin(&mut self, at: Timestamp) {
        self.ready = Some(at);
        self.overdue = false;
    }

    fn try_again(&mut self, at: Timestamp) {
        self.attempt += 1;
        self.begin(at);
        self.evidence.clear();
        self.proposed = None;
        self.confirmed = None;
        self.sent = None;
        self.voided = None;
        self.began = None;
        self.outcomes.clear();
    }
}

/// What a step keeps of a fact beside its status.
fn remember(state: &mut StepState, what: &Happened, at: Timestamp) {
    match what {
        Happened::Overdue { .. } => state.overdue = true,
        Happened::Running { .. } => state.holds = Some(at),
        Happened::Done { evidence, .. } => {
            state.evidence.clone_from(evidence);
            state.stated = false;
        }
        Happened::Stated { evidence, .. } => {
            state.evidence = vec![format!("stated: {evidence}")];
            state.stated = true;
            state.overdue = false;
        }
        Happened::Proposed { hash, .. } => state.show(*hash),
        Happened::Confirmed { hash, plan, .. } => {
            let plan = (**plan).clone();
            state.confirmed =
                Some(Confirm { hash: *hash, plan, at, here: true });
            state.began = None;
            state.outcomes.clear();
            // It no longer waits for a person.
            state.overdue = false;
        }
        Happened::Approved { by, .. } => state.approved = Some(by.clone()),
        Happened::Voided { .. } => {
            state.confirmed = None;
            state.approved = None;
            state.voided = Some(at);
        }
        Happened::Outcome { outcome, .. } => {
            state.outcomes.push(outcome.clone());
            if outcome.may_be_applied() {
                state.sent = Some(at);
            }
        }
        Happened::Began { process } => state.began = Some(process.clone()),
        Happened::Lost { .. } => state.sent = Some(at),
        Happened::Retried => state.try_again(at),
        Happened::Simulated { would } => {
            let told = would.iter().map(|one| format!("not sent: {one}"));
            state.evidence = told.collect();
        }
        Happened::Answered { value } => {
            state.evidence = vec![value.clone()];
        }
        Happened::Decided { choice, rationale } => {
            state.chose = Some(choice.clone());
            state.evidence = vec![format!("{choice}: {rationale}")];
        }
        Happened::Overridden { reason, seen } => {
            state.evidence =
                vec![format!("seen: {seen}; overridden: {reason}")];
        }
        Happened::Called { .. }
        | Happened::Held { .. }
        | Happened::Intended { .. }
        | Happened::NotApplied { .. }
        | Happened::Skipped { .. }
        | Happened::Aborted { .. } => {}
    }
}
