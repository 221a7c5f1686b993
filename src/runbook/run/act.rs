//! What a person says to a run, as facts to be recorded.

use regex_lite::Regex;
use thiserror::Error;

use super::super::plan::{PlanHash, Undo};
use super::super::{Manner, Values};
use super::{Approver, Happened, Run, RunFact, RunHappened, Status, StepFact};

/// The fewest characters of a reason, a rationale or a statement.
pub const REASON_MIN: usize = 10;

/// Why what a person wants cannot be done now.
#[derive(Clone, Debug, PartialEq, Eq, Error)]
#[error("{0}")]
pub struct NotNow(pub String);

impl Run {
    /// Tries once more what is proven not applied.
    pub fn retry(&self, step: &str) -> Result<StepFact, NotNow> {
        self.allowed(step, Happened::Retried)
    }

    /// Skips a step.
    pub fn skip(&self, step: &str, reason: &str) -> Result<StepFact, NotNow> {
        let reason = reason.trim().to_owned();
        self.allowed(step, Happened::Skipped { reason })
    }

    /// Goes on although a check is held.
    pub fn go_on_regardless(
        &self,
        step: &str,
        reason: &str,
    ) -> Result<StepFact, NotNow> {
        let reason = reason.trim().to_owned();
        let status = self.status(step);
        let seen = status.and_then(Status::why).unwrap_or_default().to_owned();
        self.allowed(step, Happened::Overridden { reason, seen })
    }

    /// Approves, as a second person, the plan that is shown.
    pub fn approve(
        &self,
        step: &str,
        hash: PlanHash,
        by: Approver,
    ) -> Result<StepFact, NotNow> {
        self.allowed(step, Happened::Approved { hash, by, message: None })
    }

    /// Holds the run: nothing is proposed or sent until it goes on.
    pub fn pause(&self, reason: &str) -> Result<RunFact, NotNow> {
        if self.paused.is_some() {
            return Err(NotNow("it is paused".into()));
        }
        let reason = reasonable(reason)?;
        self.whole(RunHappened::Paused { reason })
    }

    /// Lets a paused run go on.
    pub fn proceed(&self) -> Result<RunFact, NotNow> {
        if self.paused.is_none() {
            return Err(NotNow("it is not paused".into()));
        }
        self.whole(RunHappened::Continued)
    }

    /// Goes on gracefully, or gives up the place being left as it is.
    pub fn change_manner(
        &self,
        manner: Manner,
        reason: &str,
    ) -> Result<RunFact, NotNow> {
        if self.manner == manner {
            return Err(NotNow(format!("it is {} now", manner.word())));
        }
        let sent = self.steps().find(|(spec, state)| {
            state.status == Status::Confirmed
                && spec.only.is_some_and(|only| only != manner)
        });
        if let Some((spec, _)) = sent {
            let told = format!("{} is confirmed and being sent", spec.id);
            return Err(NotNow(told));
        }
        let reason = reasonable(reason)?;
        self.whole(RunHappened::Manner { manner, reason })
    }

    pub(super) fn whole(&self, what: RunHappened) -> Result<RunFact, NotNow> {
        if self.aborted.is_some() {
            return Err(NotNow("the run was ended".into()));
        }
        Ok(RunFact { run: self.pinned.run.clone(), what })
    }

    /// Chooses one of the ways of a `decide` step.
    pub fn decide(
        &self,
        step: &str,
        choice: &str,
        rationale: &str,
    ) -> Result<StepFact, NotNow> {
        let (choice, rationale) =
            (choice.to_owned(), rationale.trim().to_owned());
        self.allowed(step, Happened::Decided { choice, rationale })
    }

    /// Completes a `manual` or `note` step.
    pub fn answer(&self, step: &str, value: &str) -> Result<StepFact, NotNow> {
        let value = value.trim().to_owned();
        self.allowed(step, Happened::Answered { value })
    }

    /// States what became of a change that could not be observed.
    pub fn state(
        &self,
        step: &str,
        applied: bool,
        evidence: &str,
        outputs: Values,
    ) -> Result<StepFact, NotNow> {
        let evidence = evidence.trim().to_owned();
        self.allowed(step, Happened::Stated { applied, evidence, outputs })
    }

    /// Withdraws a confirm that was not sent.
    pub fn withdraw(&self, step: &str) -> Result<StepFact, NotNow> {
        let why = "withdrawn before it was sent".to_owned();
        let differences = Vec::new();
        if self.step(step).is_some_and(|(_, state)| state.recording) {
            return Err(NotNow("it is being sent".into()));
        }
        self.allowed(step, Happened::Voided { differences, why })
    }

    /// Ends the run. What is under way goes on being looked at.
    pub fn abort(&self, reason: &str) -> Result<StepFact, NotNow> {
        let place = self
            .current()
            .or_else(|| {
                self.steps.iter().position(|state| !state.status.is_over())
            })
            .ok_or_else(|| NotNow("nothing is left to end".into()))?;
        let step = self.runbook().steps[place].id.clone();
        let reason = reason.trim().to_owned();
        let left = self.state_left_behind();
        self.allowed(&step, Happened::Aborted { reason, left })
    }

    /// What is left behind if the run ends now: what was changed, what is
    /// under way or unknown, what was not done, and the ways back.
    pub fn state_left_behind(&self) -> Vec<String> {
        let mut lines = Vec::new();
        for place in 0..self.steps.len() {
            lines.extend(self.left_by(place));
        }
        if lines.is_empty() {
            lines.push("nothing was changed".to_owned());
        }
        lines.extend(self.stops_foreseen());
        lines
    }

    /// What the runbook says of what is left where it stops on purpose, if
    /// that is where it stands.
    fn stops_foreseen(&self) -> impl Iterator<Item = String> {
        let here = self.current().map(|place| &self.runbook().steps[place].id);
        let stops = self.runbook().stops.iter();
        stops.filter(move |stop| Some(&stop.step) == here).map(|stop| {
            let fault = stop.fault.word();
            format!(
                "if the fault is {fault}: the runbook stops at {} on \
                 purpose, and of that step it says: {}",
                stop.step, stop.left
            )
        })
    }

    fn left_by(&self, place: usize) -> Vec<String> {
        let (spec, state) = self.state_of(place);
        let title = self.title(spec);
        let word = match &state.status {
            Status::Done if state.is_sent() => "changed",
            Status::Unknown { .. } => "UNKNOWN",
            Status::InFlight | Status::Waiting { .. } => "under way",
            Status::Confirmed => "confirmed, not sent",
            Status::Failed { .. } | Status::NotApplied { .. } => {
                "tried, not applied"
            }
            Status::Skipped { .. } => "skipped",
            Status::Overridden { .. } => "held, and gone on all the same",
            Status::Undone { .. } => "undone",
            Status::Pending
            | Status::Blocked { .. }
            | Status::NotApplicable
            | Status::Aside
            | Status::Superseded
            | Status::Simulated
            | Status::Ready
            | Status::Checking
            | Status::Held { .. }
            | Status::Planned
            | Status::Done
            | Status::Verifying { .. }
            | Status::Aborted => {
                return self.not_done(place);
            }
        };
        let mut lines = vec![format!("{word}: {} {title}", spec.id)];
        if let Some(plan) = state.plan().filter(|_| state.is_sent()) {
            let undo = match (&plan.undo, self.told(spec.undo.as_ref())) {
                (_, Some(told)) => Some(format!("  way back: {told}")),
                (Undo::By(way), None) => Some(format!("  way back: {way}")),
                (Undo::None(instead), None) => {
                    Some(format!("  no way back: {instead}"))
                }
                (Undo::NotNeeded, None) => None,
            };
            lines.extend(undo);
        }
        lines
    }

    /// A change that was not made is part of what is left behind.
    fn not_done(&self, place: usize) -> Vec<String> {
        use super::super::plan::Level;
        let (spec, state) = self.state_of(place);
        let open = !state.status.is_over() && state.status != Status::Aside;
        if open && spec.level > Level::Read {
            return vec![format!(
                "not done: {} {}",
                spec.id,
                self.title(spec)
            )];
        }
        Vec::new()
    }

    /// The fact, if it could be applied now.
    pub(super) fn allowed(
        &self,
        step: &str,
        what: Happened,
    ) -> Result<StepFact, NotNow> {
        let fact = self.fact(step, what);
        let mut probe = self.clone();
        match probe.apply(&fact, self.pinned.at, 0) {
            Ok(()) => Ok(fact),
            Err(illegal) => {
                let told = format!("step {step}: {}", illegal.why);
                Err(NotNow(told))
            }
        }
    }
}

pub(super) fn reasonable(reason: &str) -> Result<String, NotNow> {
    if is_reason(reason) {
        return Ok(reason.trim().to_owned());
    }
    let told = format!("a reason has at least {REASON_MIN} characters");
    Err(NotNow(told))
}

/// Whether these words are long enough to be a reason.
pub(super) fn is_reason(words: &str) -> bool {
    words.trim().chars().count() >= REASON_MIN
}

/// Whether a pattern matches the whole of a value. A pattern that cannot be
/// read matches nothing.
pub(in crate::runbook) fn matches_whole(pattern: &str, value: &str) -> bool {
    Regex::new(&format!("^(?:{pattern})$"))
        .is_ok_and(|regex| regex.is_match(value))
}

/// Words that are typed by habit where a name is asked for.
const HABITS: [&str; 12] = [
    "y", "yes", "n", "no", "ok", "okay", "approve", "approved", "accept",
    "alone", "nobody", "none",
];

/// Whether a word may be somebody's name, and is not what is typed by habit.
pub fn is_name(word: &str) -> bool {
    let word = word.trim();
    let habit = HABITS.iter().any(|habit| word.eq_ignore_ascii_case(habit));
    !word.is_empty() && !habit
}
