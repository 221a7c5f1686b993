//! Run: a runbook under way, folded from its facts.

mod act;
mod answers;
mod back;
mod fact;
mod fold;
mod offer;
mod path;
mod practised;
mod repin;
mod status;
mod transition;
mod watch;

use std::sync::Arc;

use jiff::{SignedDuration, Timestamp};

use super::input::InputPin;
use super::plan::{Plan, PlanHash, Second};
use super::steps::{Scene, Step};
use super::{Manner, Milestone, Practised, Runbook, StepSpec, Values};
use crate::estate::Estate;
use crate::estate::program::Process;

pub(in crate::runbook) use act::matches_whole;
pub use act::{NotNow, REASON_MIN, is_name};
pub use answers::Answers;
pub use back::WayBack;
pub use fact::{
    Approval, Approver, Difference, Happened, Outcome, RunFact, RunHappened,
    StepFact,
};
pub use fold::IllegalFact;
pub use offer::{CONFIRM_LIVES, ConfirmRefused, Hold, Proposal};
pub use path::Path;
pub use practised::LEFT_OUT;
pub use repin::{Change, Comparison};
pub use status::Status;

/// What a run was started with; nothing of it changes while it goes on.
#[derive(Clone, Debug)]
pub struct Pinned {
    /// The incident it belongs to.
    pub incident: String,
    /// Its id, unique in the incident.
    pub run: String,
    /// The runbook, as its pinned bytes say it.
    pub runbook: Arc<Runbook>,
    /// The SHA-256 of those bytes.
    pub sha256: String,
    /// The inputs.
    pub inputs: Vec<InputPin>,
    /// Whether a second person approves what cannot be undone.
    pub second: Second,
    /// The way it goes at first.
    pub manner: Manner,
    /// Whether it is practice: steps then do what `drill` says of them.
    pub drill: bool,
    /// When it was started.
    pub at: Timestamp,
}

/// What is known of one step of a run.
#[derive(Clone, Debug, PartialEq)]
pub struct StepState {
    /// How far it has come.
    pub status: Status,
    /// Since when it could be done.
    pub ready: Option<Timestamp>,
    /// When its newest fact was written.
    pub changed: Option<Timestamp>,
    /// Since when it holds, while it is being verified.
    holds: Option<Timestamp>,
    /// When it was over.
    pub ended: Option<Timestamp>,
    /// Which try this is, from 1.
    pub attempt: u32,
    /// Whether it was recorded that it takes longer than its timeout.
    overdue: bool,
    /// The way that was chosen, in a `decide` step.
    pub chose: Option<String>,
    /// What was seen when it was done.
    pub evidence: Vec<String>,
    /// Whether a person stated what became of it, rather than a look.
    stated: bool,
    /// The plan that was shown last, by its hash.
    proposed: Option<PlanHash>,
    /// Who else approved that plan.
    approved: Option<Approver>,
    /// Whether the way of the run makes it needless, not a decision.
    off_way: bool,
    confirmed: Option<Confirm>,
    outcomes: Vec<Outcome>,
    sent: Option<Timestamp>,
    /// When its confirm became void last, in this try.
    voided: Option<Timestamp>,
    /// The process that was started, in this try.
    began: Option<Process>,
    /// A fact or intent of it is on its way to the journal.
    recording: bool,
    mark: String,
}

#[derive(Clone, Debug, PartialEq)]
struct Confirm {
    hash: PlanHash,
    plan: Plan,
    at: Timestamp,
    /// Whether it was confirmed in this process: one read back from the
    /// journal sends nothing.
    here: bool,
}

impl StepState {
    fn new(mark: String) -> Self {
        StepState {
            status: Status::Pending,
            ready: None,
            changed: None,
            holds: None,
            ended: None,
            attempt: 1,
            overdue: false,
            chose: None,
            evidence: Vec::new(),
            stated: false,
            proposed: None,
            approved: None,
            off_way: false,
            confirmed: None,
            outcomes: Vec::new(),
            sent: None,
            voided: None,
            began: None,
            recording: false,
            mark,
        }
    }

    /// Whether it takes, or waits for a person, longer than its timeout.
    pub fn is_overdue(&self) -> bool {
        self.overdue && self.status.takes_time()
    }

    /// The plan that was confirmed last, if there is one.
    pub fn plan(&self) -> Option<&Plan> {
        self.confirmed.as_ref().map(|confirm| &confirm.plan)
    }

    /// The plan that was shown last, by its hash.
    pub fn shown(&self) -> Option<PlanHash> {
        self.proposed
    }

    /// Who else approved the plan that is shown.
    pub fn approver(&self) -> Option<&Approver> {
        self.approved.as_ref()
    }

    /// What came of the calls sent so far in this try.
    pub fn outcomes(&self) -> &[Outcome] {
        &self.outcomes
    }

    /// Whether any call of this try was or may have been sent.
    pub fn is_sent(&self) -> bool {
        self.sent.is_some() || self.status == Status::InFlight
    }

    /// Whether the manner of the run makes it needless.
    pub fn is_off_way(&self) -> bool {
        self.off_way
    }
}

/// A runbook under way.
#[derive(Clone, Debug)]
pub struct Run {
    pinned: Pinned,
    steps: Vec<StepState>,
    values: Values,
    aborted: Option<Timestamp>,
    paused: Option<(Timestamp, String)>,
    manner: Manner,
    /// When users began to be hurt, where it is known; the incident says it.
    pub impact: Option<Timestamp>,
    /// Whether nothing it sends reaches AWS: the incident says it.
    pub embedded: bool,
}

impl Run {
    /// A run of which nothing has happened yet.
    pub fn new(pinned: Pinned) -> Run {
        let mark = |spec: &StepSpec| {
            StepState::new(format!("{} {}", pinned.incident, spec.id))
        };
        let steps = pinned.runbook.steps.iter().map(mark).collect();
        let inputs = pinned.inputs.iter();
        let values = inputs
            .map(|input| (input.name.clone(), input.value.clone()))
            .collect();
        let (at, manner) = (pinned.at, pinned.manner);
        let mut run = Run {
            pinned,
            steps,
            values,
            aborted: None,
            paused: None,
            manner,
            impact: None,
            embedded: false,
        };
        run.go(manner);
        run.settle_needs(at);
        run
    }

    /// The run that these facts tell. What was confirmed and not sent needs
    /// a new confirm; call [`Run::resume`] for the facts that say so.
    pub fn fold<'a>(
        pinned: &Pinned,
        facts: impl IntoIterator<Item = (&'a StepFact, Timestamp, u64)>,
    ) -> Result<Run, IllegalFact> {
        let mut run = Run::new(pinned.clone());
        for (fact, at, seq) in facts {
            run.apply(fact, at, seq)?;
        }
        run.forget_confirms();
        Ok(run)
    }

    /// What it was started with.
    pub fn pinned(&self) -> &Pinned {
        &self.pinned
    }

    /// The runbook.
    pub fn runbook(&self) -> &Runbook {
        &self.pinned.runbook
    }

    /// All steps with what is known of each, in the order of the file.
    pub fn steps(&self) -> impl Iterator<Item = (&StepSpec, &StepState)> {
        self.pinned.runbook.steps.iter().zip(&self.steps)
    }

    /// One step with what is known of it.
    pub fn step(&self, id: &str) -> Option<(&StepSpec, &StepState)> {
        let place = self.runbook().place(id)?;
        Some((&self.runbook().steps[place], &self.steps[place]))
    }

    /// How far one step has come.
    pub fn status(&self, id: &str) -> Option<&Status> {
        self.step(id).map(|(_, state)| &state.status)
    }

    /// Inputs and outputs so far, by the names that templates use.
    pub fn values(&self) -> &Values {
        &self.values
    }

    /// The title of a step with what is known filled in.
    pub fn title(&self, spec: &StepSpec) -> String {
        spec.title.show(&self.values)
    }

    /// The place of the first step without a way back.
    pub fn ponr(&self) -> Option<usize> {
        self.runbook().ponr()
    }

    /// Whether that step was or may have been sent.
    pub fn is_past_ponr(&self) -> bool {
        self.ponr().is_some_and(|place| self.went_for_good(place))
    }

    /// When the run was ended by a person, if it was.
    pub fn aborted(&self) -> Option<Timestamp> {
        self.aborted
    }

    /// Since when and why a person holds it, if one does.
    pub fn paused(&self) -> Option<(Timestamp, &str)> {
        self.paused.as_ref().map(|(at, why)| (*at, why.as_str()))
    }

    /// The way it goes now.
    pub fn manner(&self) -> Manner {
        self.manner
    }

    /// Whether nothing is left to do or to look at.
    pub fn is_over(&self) -> bool {
        self.steps.iter().all(|state| {
            state.status.is_over()
                || matches!(
                    state.status,
                    Status::Aborted | Status::Aside | Status::Undone { .. }
                )
        })
    }

    /// The place of the step a person should look at: a way back that was
    /// called for, else the first that is neither over nor waiting for
    /// another, else one that was undone.
    pub fn current(&self) -> Option<usize> {
        let open = |state: &StepState| {
            !state.status.is_over()
                && !matches!(
                    state.status,
                    Status::Pending
                        | Status::Aside
                        | Status::Undone { .. }
                        | Status::Aborted
                        | Status::Blocked { .. }
                )
        };
        let undone =
            |state: &StepState| matches!(state.status, Status::Undone { .. });
        // Whoever called for a way back is on it.
        let specs = self.runbook().steps.iter();
        let back = specs
            .zip(&self.steps)
            .position(|(spec, state)| spec.undoes.is_some() && open(state));
        let first = back.or_else(|| self.steps.iter().position(open));
        first.or_else(|| self.steps.iter().position(undone))
    }

    /// Milestones reached, with their times.
    pub fn milestones(&self) -> Vec<(Milestone, Timestamp)> {
        self.steps()
            .filter(|(_, state)| state.status == Status::Done)
            .filter_map(|(spec, state)| Some((spec.milestone?, state.ended?)))
            .collect()
    }

    /// Whether a step that reaches this milestone is done.
    pub fn has_reached(&self, milestone: Milestone) -> bool {
        let mut places = self.runbook().milestones(milestone);
        places.any(|place| self.steps[place].status == Status::Done)
    }

    /// The first moment at which a change was sent.
    pub fn first_change(&self) -> Option<Timestamp> {
        self.steps.iter().filter_map(|state| state.sent).min()
    }

    /// What is expected of the steps that are left.
    pub fn expected_left(&self) -> SignedDuration {
        self.steps()
            .filter(|(_, state)| {
                !state.status.is_over() && state.status != Status::Aside
            })
            .filter_map(|(spec, _)| spec.expect)
            .sum()
    }

    /// Names of accounts that the run names in inputs of that type.
    pub fn accounts(&self) -> Vec<String> {
        let is_account = |input: &&InputPin| {
            let kind = |i: &super::input::Input| {
                i.name == input.name
                    && i.kind == super::input::InputType::Account
            };
            self.runbook().inputs.iter().any(kind)
        };
        let inputs = self.pinned.inputs.iter();
        inputs.filter(is_account).map(|input| input.value.clone()).collect()
    }

    /// What a step does in this run: in a drill, what the drill makes of it.
    pub(in crate::runbook) fn does(&self, place: usize) -> &dyn Step {
        let spec = &self.pinned.runbook.steps[place];
        match &spec.drill {
            Practised::Substitute(step) if self.pinned.drill => &**step,
            Practised::Substitute(_)
            | Practised::Run
            | Practised::Simulate
            | Practised::Skip => &*spec.does,
        }
    }

    fn scene<'a>(
        &'a self,
        place: usize,
        estate: &'a Estate,
        now: Timestamp,
    ) -> Scene<'a> {
        let state = &self.steps[place];
        Scene {
            estate,
            values: &self.values,
            impact: self.impact,
            now,
            since: state.ready.unwrap_or(now),
            holds_since: match state.status {
                Status::Verifying { .. } => state.holds,
                _ => None,
            },
            mark: &state.mark,
            attempt: state.attempt,
            drill: self.pinned.drill,
            embedded: self.embedded,
        }
    }
}
