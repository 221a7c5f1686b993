//! From a plan that is shown, over its confirm, to an intent.

use jiff::{SignedDuration, Timestamp};
use thiserror::Error;

use super::super::StepSpec;
use super::super::call::Call;
use super::super::plan::{Intent, Level, Plan, PlanHash, ReadBack, Undo};
use super::super::steps::{Blocked, Settled};
use super::transition::approval_holds;
use super::{
    Answers, Approval, Difference, Happened, Pinned, Run, Status, StepFact,
};
use crate::estate::{Estate, STEPPED, Source};

/// A confirm that could not be acted on for this long is void: a Region that
/// comes back must not find an old order waiting.
pub const CONFIRM_LIVES: SignedDuration = SignedDuration::from_mins(5);

/// A plan as it is put before a person.
#[derive(Clone, Debug, PartialEq)]
pub struct Proposal {
    /// The plan.
    pub plan: Plan,
    /// What a confirm approves.
    pub hash: PlanHash,
}

/// Why a confirm is not accepted.
#[derive(Clone, Debug, PartialEq, Eq, Error)]
pub enum ConfirmRefused {
    /// The step is not at that point.
    #[error("{0}")]
    OutOfTurn(String),
    /// Another plan was shown.
    #[error("the plan shown is not the newest one")]
    OtherPlan,
    /// What was typed is not the name, or too few persons approved.
    #[error("{0}")]
    Approval(String),
}

/// Why no intent can be minted.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Hold {
    /// There is nothing confirmed to send, or it is being sent.
    NotNow {
        /// Why, in a sentence.
        why: String,
    },
    /// The bound fields have not all been seen again since the confirm.
    NotYet {
        /// What is missing, in a sentence.
        why: String,
        /// The looks to take.
        looks: Vec<Source>,
    },
    /// The confirm is void; record [`Run::voided`].
    Void {
        /// What differs.
        differences: Vec<Difference>,
        /// Why, in a sentence.
        why: String,
    },
}

impl Run {
    /// What a step would do now.
    pub fn propose(
        &self,
        step: &str,
        estate: &Estate,
        now: Timestamp,
    ) -> Result<Proposal, Blocked> {
        let Some(place) = self.runbook().place(step) else {
            return Err(Blocked::because(format!("there is no step {step}")));
        };
        let state = &self.steps[place];
        if !matches!(state.status, Status::Ready | Status::Planned) {
            let told = format!("step {step} is {}", state.status.word());
            return Err(Blocked::because(told));
        }
        if let Some(why) = self.held_back() {
            return Err(Blocked::because(why));
        }
        self.nothing_else_confirmed(place)?;
        self.nothing_goes_back(place)?;
        self.checks_are_fresh(place, estate, now)?;
        let plan = self.plan(place, estate, now)?;
        self.targets_are_known(place, &plan)?;
        let Pinned { incident, sha256, .. } = &self.pinned;
        let hash = PlanHash::of(incident, sha256, state.attempt, &plan);
        Ok(Proposal { plan, hash })
    }

    /// The fact that a plan was shown.
    pub fn proposed(&self, proposal: &Proposal) -> StepFact {
        let what = Happened::Proposed {
            hash: proposal.hash,
            level: proposal.plan.level,
        };
        self.fact(&proposal.plan.step, what)
    }

    /// The fact that a shown plan was confirmed, to be recorded.
    pub fn confirm(
        &self,
        proposal: &Proposal,
        approval: Approval,
        shown_ms: u64,
    ) -> Result<StepFact, ConfirmRefused> {
        let plan = &proposal.plan;
        let out_of_turn = ConfirmRefused::OutOfTurn;
        let Some((_, state)) = self.step(&plan.step) else {
            return Err(out_of_turn(format!("there is no {}", plan.step)));
        };
        if state.status != Status::Planned {
            let told =
                format!("step {} is {}", plan.step, state.status.word());
            return Err(out_of_turn(told));
        }
        if state.proposed != Some(proposal.hash) {
            return Err(ConfirmRefused::OtherPlan);
        }
        if let Some(why) = self.held_back() {
            return Err(out_of_turn(why));
        }
        let second = state.approved.clone().or(approval.second);
        let approval = Approval { second, ..approval };
        approval_holds(&approval, plan).map_err(ConfirmRefused::Approval)?;
        let what = Happened::Confirmed {
            hash: proposal.hash,
            plan: Box::new(plan.clone()),
            approval,
            shown_ms,
        };
        Ok(self.fact(&plan.step, what))
    }

    /// The next call of a confirmed plan, once its bound fields have been
    /// seen again and are what was confirmed. What it gives, an intent or
    /// that the confirm is void, is to be recorded: until that is applied
    /// nothing else is minted for the step. If it could not be recorded, say
    /// so with [`Run::not_recorded`].
    pub fn mint(
        &mut self,
        step: &str,
        estate: &Estate,
        now: Timestamp,
    ) -> Result<Intent, Hold> {
        let minted = self.next_intent(step, estate, now);
        if matches!(minted, Ok(_) | Err(Hold::Void { .. }))
            && let Some(place) = self.runbook().place(step)
        {
            self.steps[place].recording = true;
        }
        minted
    }

    fn next_intent(
        &self,
        step: &str,
        estate: &Estate,
        now: Timestamp,
    ) -> Result<Intent, Hold> {
        let not_now = |why: String| Hold::NotNow { why };
        let Some(place) = self.runbook().place(step) else {
            return Err(not_now(format!("there is no step {step}")));
        };
        let state = &self.steps[place];
        if state.status != Status::Confirmed {
            let word = state.status.word();
            return Err(not_now(format!("step {step} is {word}")));
        }
        if let Some(why) = self.held_back() {
            return Err(not_now(why));
        }
        if state.recording {
            return Err(not_now("it is being recorded".into()));
        }
        if self.is_simulated(place) {
            return Err(not_now("the drill sends nothing of it".into()));
        }
        let Some(confirm) = &state.confirmed else {
            return Err(not_now("nothing is confirmed".into()));
        };
        if !confirm.here {
            let why = "it was confirmed before the console was started";
            return Err(void(Vec::new(), why));
        }
        let age = now.duration_since(confirm.at);
        if age > CONFIRM_LIVES {
            let why = "the confirm is older than 5 minutes";
            return Err(void(Vec::new(), why));
        }
        if age < -STEPPED {
            let why = "this machine's clock was set back since the confirm";
            return Err(void(Vec::new(), why));
        }
        self.seen_again(place, estate, confirm.at)?;
        self.still_the_same(place, estate, now)?;
        let position = state.outcomes.len();
        Ok(Intent::mint(
            &self.pinned.incident,
            &self.pinned.run,
            state.attempt,
            (position, confirm.plan.calls.len()),
            confirm.hash,
            step,
            confirm.plan.calls[position].clone(),
        ))
    }

    /// The fact that a confirm is void.
    pub fn voided(
        &self,
        step: &str,
        differences: Vec<Difference>,
        why: impl Into<String>,
    ) -> StepFact {
        self.fact(step, Happened::Voided { differences, why: why.into() })
    }

    /// Whether a call of any step is under way or unknown that changes what
    /// this call would change.
    pub fn holds_target(&self, call: &Call) -> Option<&StepSpec> {
        let same = |other: &Call| {
            other.account() == call.account()
                && other.region() == call.region()
                && other.target() == call.target()
        };
        self.steps()
            .filter(|(_, state)| state.status.is_open())
            .find(|(_, state)| {
                state.plan().is_some_and(|plan| plan.calls.iter().any(same))
            })
            .map(|(spec, _)| spec)
    }

    /// Why nothing is proposed or sent, if the whole run is held.
    fn held_back(&self) -> Option<String> {
        if self.aborted.is_some() {
            return Some("the run was ended".into());
        }
        let (_, why) = self.paused.as_ref()?;
        Some(format!("the run is paused: {why}"))
    }

    fn plan(
        &self,
        place: usize,
        estate: &Estate,
        now: Timestamp,
    ) -> Result<Plan, Blocked> {
        let spec = &self.runbook().steps[place];
        if let Some(undone) = spec.undoes {
            self.way_holds(place, undone).map_err(Blocked::because)?;
        }
        let scene = self.scene(place, estate, now);
        let mut plan = self.does(place).plan(&scene)?;
        plan.step.clone_from(&spec.id);
        plan.expect = spec.expect.or(plan.expect);
        plan.level = plan.level.max(spec.level);
        self.be_as_careful_as_in_an_incident(place, &mut plan);
        if plan.level == Level::Severe && plan.typed.is_none() {
            plan.typed =
                plan.calls.first().map(|call| call.target().to_owned());
        }
        if spec.is_irreversible() {
            plan.second = self.pinned.second;
        }
        if let Some((ask, value)) = &spec.readback {
            let (ask, value) = (scene.fill(ask)?, scene.fill(value)?);
            plan.readback = Some(ReadBack { ask, value });
        }
        self.told_as_things_are(place, &mut plan);
        for input in self.pinned.inputs.iter().filter(|i| !i.verified) {
            plan.before.push(format!(
                "not verified: {} = {} ({})",
                input.name, input.value, input.how
            ));
        }
        Ok(plan)
    }

    /// A way back is none once the point of no return is passed, unless the
    /// runbook has a step for it; one that finds nothing to go back from was
    /// not what changed it.
    fn told_as_things_are(&self, place: usize, plan: &mut Plan) {
        let steps = &self.runbook().steps;
        let passed = (0..steps.len())
            .find(|other| *other != place && self.went_for_good(*other));
        if let (Some(passed), Undo::By(_)) = (passed, &plan.undo)
            && self.ways_of(place).next().is_none()
        {
            plan.undo = Undo::None(format!(
                "the point of no return is passed with {}",
                steps[passed].id
            ));
        }
        if let Some(undone) = steps[place].undoes
            && plan.changes_nothing()
        {
            plan.effect = format!(
                "{}; by the journal {} changed it, so somebody else may \
                 have set it back",
                plan.effect, steps[undone].id
            );
        }
    }

    /// Confirms are given strictly one by one.
    fn nothing_else_confirmed(&self, place: usize) -> Result<(), Blocked> {
        let busy = self.steps().enumerate().find(|(other, (_, state))| {
            *other != place
                && matches!(state.status, Status::Confirmed | Status::InFlight)
        });
        match busy {
            None => Ok(()),
            Some((_, (spec, _))) => Err(Blocked::because(format!(
                "step {} is being sent; one confirm at a time",
                spec.id
            ))),
        }
    }

    /// A step without a way back rests on checks no older than they say.
    fn checks_are_fresh(
        &self,
        place: usize,
        estate: &Estate,
        now: Timestamp,
    ) -> Result<(), Blocked> {
        for need in self.rests_on(place) {
            let spec = &self.runbook().steps[need];
            let Some(fresh) = spec.fresh else { continue };
            let state = &self.steps[need];
            let young = state
                .changed
                .is_some_and(|at| now.duration_since(at) <= fresh);
            if state.status != Status::Done || young {
                continue;
            }
            let mut scene = self.scene(need, estate, now);
            scene.since = now - fresh;
            let why =
                match self.does(need).settled(&scene, &Answers::default()) {
                    Settled::Done { .. } => continue,
                    Settled::Running { why }
                    | Settled::NotDone { why }
                    | Settled::CannotTell { why } => why,
                };
            let id = &spec.id;
            return Err(Blocked {
                why: format!("check {id} no longer holds: {why}"),
                looks: self.does(need).looks(&scene),
            });
        }
        Ok(())
    }

    /// The checks whose freshness an irreversible step rests on.
    pub(super) fn rests_on(&self, place: usize) -> Vec<usize> {
        let steps = &self.runbook().steps;
        if !steps[place].is_irreversible() {
            return Vec::new();
        }
        let needs = self.all_needs(place);
        let fresh =
            |need: &usize| needs[*need] && steps[*need].fresh.is_some();
        (0..steps.len()).filter(fresh).collect()
    }

    /// What may have been changed unseen is not changed by another step.
    fn targets_are_known(
        &self,
        place: usize,
        plan: &Plan,
    ) -> Result<(), Blocked> {
        for call in &plan.calls {
            if let Some(spec) = self.holds_target(call)
                && spec.id != self.runbook().steps[place].id
            {
                return Err(Blocked::because(format!(
                    "step {} may have changed {} unseen; find that out first",
                    spec.id,
                    call.target()
                )));
            }
        }
        Ok(())
    }

    /// Whether every bound field comes from a whole look that began after
    /// the confirm.
    fn seen_again(
        &self,
        place: usize,
        estate: &Estate,
        confirmed: Timestamp,
    ) -> Result<(), Hold> {
        let scene = self.scene(place, estate, confirmed);
        let mut looks = self.does(place).bound_looks(&scene);
        looks.retain(|look| {
            !estate.known(look).is_some_and(|known| {
                !known.saved
                    && known.partial.is_none()
                    && known.begun().is_some_and(|begun| begun >= confirmed)
            })
        });
        let Some(first) = looks.first() else { return Ok(()) };
        let why = format!("{first} has not been seen since the confirm");
        Err(Hold::NotYet { why, looks })
    }

    /// Whether the plan that would be made now is the confirmed one.
    fn still_the_same(
        &self,
        place: usize,
        estate: &Estate,
        now: Timestamp,
    ) -> Result<(), Hold> {
        let Some(confirmed) = self.steps[place].plan() else { return Ok(()) };
        let plan = match self.plan(place, estate, now) {
            Ok(plan) => plan,
            Err(Blocked { why, looks }) if !looks.is_empty() => {
                return Err(Hold::NotYet { why, looks });
            }
            Err(blocked) => {
                return Err(Hold::Void {
                    differences: Vec::new(),
                    why: blocked.why,
                });
            }
        };
        let mut differences =
            Difference::between(&confirmed.bound, &plan.bound);
        if plan.calls != confirmed.calls {
            let told = |calls: &[Call]| {
                let all: Vec<String> =
                    calls.iter().map(|c| c.request().to_string()).collect();
                all.join("; ")
            };
            differences.push(Difference {
                field: "request".into(),
                was: told(&confirmed.calls),
                is: told(&plan.calls),
            });
        }
        if differences.is_empty() && plan.level <= confirmed.level {
            return Ok(());
        }
        Err(void(differences, "it is not as it was when you confirmed"))
    }

    pub(super) fn fact(&self, step: &str, what: Happened) -> StepFact {
        let run = self.pinned.run.clone();
        StepFact { run, step: step.to_owned(), what }
    }
}

fn void(differences: Vec<Difference>, why: &str) -> Hold {
    Hold::Void { differences, why: why.to_owned() }
}
