//! What a run looks at, and the facts that looks make by themselves.

use jiff::{SignedDuration, Timestamp};

use super::super::StepSpec;
use super::super::plan::Level;
use super::super::steps::Settled;
use super::super::text::Text;
use super::{Happened, Run, Status, StepFact, StepState};
use crate::estate::{Estate, Source};

/// A check that cannot be told yet is not called held before this.
const GRACE: SignedDuration = SignedDuration::from_secs(5);

/// Another reason why a check cannot be told is recorded this much later.
const REPEAT: SignedDuration = SignedDuration::from_secs(60);

impl Run {
    /// The looks wanted now, once each: those of checks under way, of plans
    /// that could be shown, of confirms to be sent, and of what was sent.
    pub fn next_looks(&self, estate: &Estate, now: Timestamp) -> Vec<Source> {
        let mut looks = Vec::new();
        for place in 0..self.steps.len() {
            looks.extend(self.looks_of(place, estate, now));
        }
        looks.sort_unstable();
        looks.dedup();
        looks
    }

    fn looks_of(
        &self,
        place: usize,
        estate: &Estate,
        now: Timestamp,
    ) -> Vec<Source> {
        let state = &self.steps[place];
        let scene = self.scene(place, estate, now);
        match &state.status {
            Status::Checking
            | Status::Held { .. }
            | Status::Verifying { .. } => self.does(place).looks(&scene),
            Status::Ready | Status::Planned => {
                let mut looks = self.does(place).looks(&scene);
                looks.extend(self.does(place).bound_looks(&scene));
                for need in self.rests_on(place) {
                    let scene = self.scene(need, estate, now);
                    looks.extend(self.does(need).looks(&scene));
                }
                looks
            }
            Status::Confirmed if self.is_simulated(place) => Vec::new(),
            Status::Confirmed => self.does(place).bound_looks(&scene),
            Status::Waiting { .. } | Status::Unknown { .. } => {
                self.does(place).answer_looks(&scene, &state.answers())
            }
            Status::Pending
            | Status::Blocked { .. }
            | Status::NotApplicable
            | Status::Aside
            | Status::Undone { .. }
            | Status::Overridden { .. }
            | Status::Superseded
            | Status::Simulated
            | Status::InFlight
            | Status::Done
            | Status::Failed { .. }
            | Status::NotApplied { .. }
            | Status::Skipped { .. }
            | Status::Aborted => Vec::new(),
        }
    }

    /// What looks tell of a step now, for the screen.
    pub fn reading(
        &self,
        step: &str,
        estate: &Estate,
        now: Timestamp,
    ) -> Option<Settled> {
        let place = self.runbook().place(step)?;
        let scene = self.scene(place, estate, now);
        let answers = self.steps[place].answers();
        Some(self.does(place).settled(&scene, &answers))
    }

    /// Facts that follow from what is seen and from the time, at most one a
    /// step, to be recorded. A step tells nothing more before its last fact
    /// is applied, or [`Run::not_recorded`] says that it never will be.
    pub fn tick(&mut self, estate: &Estate, now: Timestamp) -> Vec<StepFact> {
        let mut facts = Vec::new();
        for place in 0..self.steps.len() {
            if self.steps[place].recording {
                continue;
            }
            let told = self
                .settles(place, estate, now)
                .or_else(|| self.overdue(place, now));
            if let Some(what) = told {
                let id = self.runbook().steps[place].id.clone();
                facts.push(self.fact(&id, what));
                self.steps[place].recording = true;
            }
        }
        facts
    }

    /// A fact or intent of the step could not be recorded: it never was.
    pub fn not_recorded(&mut self, step: &str) {
        if let Some(place) = self.runbook().place(step) {
            self.steps[place].recording = false;
        }
    }

    /// Whether a fact or an intent of a step is on its way to the journal, or
    /// one of a way back, which may undo what the step rests on.
    pub fn is_writing(&self, step: &str) -> bool {
        self.steps().any(|(spec, state)| {
            state.recording && (spec.id == step || spec.undoes.is_some())
        })
    }

    /// The facts that a restart makes: what was under way is unknown, what
    /// was confirmed and not sent needs a new confirm.
    pub fn resume(&mut self) -> Vec<StepFact> {
        let mut facts = Vec::new();
        for place in 0..self.steps.len() {
            let what = match self.steps[place].status {
                Status::InFlight => self.lost(place),
                Status::Confirmed => Happened::Voided {
                    differences: Vec::new(),
                    why: "the console was started anew".into(),
                },
                _ => continue,
            };
            let id = self.runbook().steps[place].id.clone();
            facts.push(self.fact(&id, what));
            self.steps[place].recording = true;
        }
        facts
    }

    fn lost(&self, place: usize) -> Happened {
        let why = "the console ended before an answer came";
        let began = self.steps[place].began.as_ref();
        let why = began.map_or_else(
            || why.to_owned(),
            |process| format!("{why}; it ran as {process}"),
        );
        Happened::Lost { why }
    }

    fn settles(
        &self,
        place: usize,
        estate: &Estate,
        now: Timestamp,
    ) -> Option<Happened> {
        let spec = &self.runbook().steps[place];
        let state = &self.steps[place];
        let look = || {
            let scene = self.scene(place, estate, now);
            self.does(place).settled(&scene, &state.answers())
        };
        match &state.status {
            Status::Checking
            | Status::Held { .. }
            | Status::Verifying { .. }
                if self.aborted.is_none() && spec.level == Level::Read =>
            {
                check(state, look(), now)
            }
            Status::Confirmed => self.simulates(place),
            Status::Waiting { .. } => sent(look(), false),
            Status::Unknown { .. } => sent(look(), true),
            _ => None,
        }
    }

    /// Whether a step takes, or waits for a person, longer than it may. The
    /// time counts from when it could be done, anew from when it was sent,
    /// and from when a confirm became void, for then one is asked again.
    fn overdue(&self, place: usize, now: Timestamp) -> Option<Happened> {
        let spec = &self.runbook().steps[place];
        let state = &self.steps[place];
        let since = state.ready.max(state.sent).max(state.voided)?;
        let timeout = spec.does.window().or(spec.timeout)?;
        let told = state.overdue || !state.status.takes_time();
        if told || now.duration_since(since) <= timeout {
            return None;
        }
        Some(Happened::Overdue { allowed: format!("{timeout:#}") })
    }

    /// What the author says of a step's way back, filled in.
    pub(super) fn told(&self, text: Option<&Text>) -> Option<String> {
        text.map(|text| text.show(&self.values))
    }

    pub(super) fn state_of(&self, place: usize) -> (&StepSpec, &StepState) {
        (&self.runbook().steps[place], &self.steps[place])
    }
}

/// What a look at a check makes known.
fn check(
    state: &StepState,
    settled: Settled,
    now: Timestamp,
) -> Option<Happened> {
    let held = |why: String, unclear: bool| {
        let same = Status::Held { why: why.clone(), unclear };
        let again = unclear && tells_the_same_for_now(state, now);
        (state.status != same && !again)
            .then_some(Happened::Held { why, unclear })
    };
    match settled {
        Settled::Done { outputs, evidence } => {
            Some(Happened::Done { outputs, evidence })
        }
        Settled::Running { why } => match state.status {
            Status::Verifying { .. } => None,
            _ => Some(Happened::Running { why }),
        },
        Settled::NotDone { why } => held(why, false),
        Settled::CannotTell { why } => {
            let young = state
                .ready
                .is_some_and(|ready| now.duration_since(ready) < GRACE);
            if young && state.status == Status::Checking {
                return None;
            }
            held(why, true)
        }
    }
}

/// Whether a check could not be told a moment ago, either. Failures differ
/// in their words from look to look; the journal is not to fill with them.
fn tells_the_same_for_now(state: &StepState, now: Timestamp) -> bool {
    let held = matches!(state.status, Status::Held { unclear: true, .. });
    let changed = state.changed;
    held && changed.is_some_and(|at| now.duration_since(at) < REPEAT)
}

/// What a look at a change makes known.
fn sent(settled: Settled, unknown: bool) -> Option<Happened> {
    match settled {
        Settled::Done { outputs, evidence } => {
            Some(Happened::Done { outputs, evidence })
        }
        Settled::NotDone { why } => Some(Happened::NotApplied { why }),
        Settled::Running { why } if unknown => Some(Happened::Running { why }),
        Settled::Running { .. } | Settled::CannotTell { .. } => None,
    }
}
