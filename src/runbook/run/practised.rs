//! What a drill makes of the steps of a run, and what it proves of each.

use jiff::{SignedDuration, Timestamp};

use super::super::plan::{Level, Plan};
use super::super::steps::Wants;
use super::super::{Practised, StepSpec};
use super::{Happened, Run, Status, StepState};
use crate::estate::metrics::Exercise;

/// Why a step is passed over that the drill leaves out.
pub const LEFT_OUT: &str = "left out by the drill";

/// Why a program that only looks is passed over where AWS is embedded.
const NOT_STARTED: &str =
    "the embedded AWS starts no program; `drill = \"run\"` would";

/// What a run proved of a step.
fn exercise(spec: &StepSpec, state: &StepState) -> Exercise {
    match &state.status {
        Status::Simulated => Exercise::Simulated,
        Status::Done | Status::Undone { .. } => {
            let said =
                state.stated || !matches!(spec.does.wants(), Wants::Nothing);
            if said { Exercise::Said } else { Exercise::Proven }
        }
        Status::Pending
        | Status::Blocked { .. }
        | Status::NotApplicable
        | Status::Aside
        | Status::Ready
        | Status::Checking
        | Status::Held { .. }
        | Status::Planned
        | Status::Confirmed
        | Status::InFlight
        | Status::Waiting { .. }
        | Status::Verifying { .. }
        | Status::Failed { .. }
        | Status::NotApplied { .. }
        | Status::Unknown { .. }
        | Status::Skipped { .. }
        | Status::Overridden { .. }
        | Status::Superseded
        | Status::Aborted => Exercise::NotExercised,
    }
}

impl StepState {
    /// From its confirm, or from when it could begin, to its end.
    pub fn took(&self) -> Option<SignedDuration> {
        let begun = self.confirmed.as_ref().map(|confirm| confirm.at);
        Some(self.ended?.duration_since(begun.or(self.ready)?))
    }
}

impl Run {
    /// All steps with what this run proved of each.
    pub fn exercised(
        &self,
    ) -> impl Iterator<Item = (&StepSpec, &StepState, Exercise)> {
        self.steps().map(|(spec, state)| (spec, state, exercise(spec, state)))
    }

    /// Whether nothing is sent of this step. What only looks looks in a
    /// drill, too, and what a person does is done by a person.
    pub(super) fn is_simulated(&self, place: usize) -> bool {
        let spec = &self.pinned.runbook.steps[place];
        let simulate = matches!(spec.drill, Practised::Simulate);
        spec.level > Level::Read
            && (self.pinned.drill && simulate || self.stays_out(place))
    }

    /// Whether nothing of it is done because AWS is embedded.
    fn stays_out(&self, place: usize) -> bool {
        self.embedded && self.does(place).stays_out()
    }

    /// Why this step is passed over, if it is.
    pub(super) fn left_out(&self, place: usize) -> Option<&'static str> {
        let spec = &self.pinned.runbook.steps[place];
        if self.pinned.drill && matches!(spec.drill, Practised::Skip) {
            return Some(LEFT_OUT);
        }
        let out = spec.level == Level::Read && self.stays_out(place);
        out.then_some(NOT_STARTED)
    }

    /// Lets the run know that nothing of it reaches AWS.
    pub fn embed(&mut self, at: Timestamp) {
        self.embedded = true;
        for place in 0..self.steps.len() {
            let Some(why) = self.left_out(place) else { continue };
            if self.steps[place].status == Status::Checking {
                let reason = why.to_owned();
                self.steps[place].status = Status::Skipped { reason };
                self.steps[place].ended = Some(at);
            }
        }
        self.settle_needs(at);
    }

    /// Nothing is sent of a simulated step, whatever a journal says, and
    /// nothing else is ever simulated.
    pub(super) fn practice_holds(
        &self,
        place: usize,
        what: &Happened,
    ) -> Result<(), String> {
        match (self.is_simulated(place), what) {
            (true, Happened::Intended { .. }) => {
                Err("the drill sends nothing of it".into())
            }
            (false, Happened::Simulated { .. }) => {
                Err("it is not one that the drill simulates".into())
            }
            _ => Ok(()),
        }
    }

    /// What a confirm of a simulated step makes known.
    pub(super) fn simulates(&self, place: usize) -> Option<Happened> {
        let confirm = self.steps[place].confirmed.as_ref()?;
        if !self.is_simulated(place) || !confirm.here {
            return None;
        }
        let told =
            confirm.plan.calls.iter().map(|call| match call.program() {
                Some(program) => format!("run {}", program.start.line()),
                None => format!(
                    "{} {} in {}",
                    call.action(),
                    call.target(),
                    call.region()
                ),
            });
        Some(Happened::Simulated { would: told.collect() })
    }

    /// What a drill changes in an account of AWS under the names of an
    /// incident takes the confirm of an incident.
    pub(super) fn be_as_careful_as_in_an_incident(
        &self,
        place: usize,
        plan: &mut Plan,
    ) {
        let spec = &self.pinned.runbook.steps[place];
        let replaced = matches!(spec.drill, Practised::Substitute(_));
        if self.pinned.drill
            && !self.embedded
            && !replaced
            && !self.is_simulated(place)
            && !plan.calls.is_empty()
        {
            plan.level = plan.level.max(Level::Severe);
        }
    }
}

#[cfg(test)]
mod tests {
    use std::sync::Arc;

    use jiff::Timestamp;

    use super::super::{Approval, Pinned, StepFact};
    use super::*;
    use crate::estate::Estate;
    use crate::runbook::call::Call;
    use crate::runbook::call::rds::PromoteReadReplica;
    use crate::runbook::plan::{PlanHash, Second, Undo};
    use crate::runbook::{Manner, Runbook};

    const TEXT: &str = r#"
schema = 1

[runbook]
id = "practice"
title = "A runbook with all that a drill can make of a step"

[[step]]
id = "call"
kind = "note"
title = "Call the owner"
ask = "Who answered?"
drill = "skip"

[[step]]
id = "promote"
kind = "rds.promote-replica"
title = "Promote"
account = "111122223333"
region = "eu-central-1"
replica = "db-replica"
source = "db"
drill = "simulate"

[[step]]
id = "again"
kind = "rds.promote-replica"
title = "Promote the other"
account = "111122223333"
region = "eu-central-1"
replica = "other-replica"
source = "other"

[[step]]
id = "clone"
kind = "rds.promote-replica"
title = "Promote the clone"
account = "111122223333"
region = "eu-central-1"
replica = "db-replica"
source = "db"
drill = { substitute = { replica = "db-clone" } }
"#;

    fn at() -> Timestamp {
        Timestamp::from_second(1_700_000_000).unwrap()
    }

    fn run(drill: bool) -> Run {
        let runbook = Runbook::parse(TEXT, "practice.toml").unwrap();
        Run::new(Pinned {
            incident: "INC-1".into(),
            run: "run-1".into(),
            runbook: Arc::new(runbook),
            sha256: "0".repeat(64),
            inputs: Vec::new(),
            second: Second::Off,
            manner: Manner::Ungraceful,
            drill,
            at: at(),
        })
    }

    fn plan(step: &str) -> Plan {
        Plan {
            step: step.into(),
            calls: vec![Call::RdsPromoteReadReplica(PromoteReadReplica {
                account: "111122223333".into(),
                region: "eu-central-1".into(),
                instance: "db-replica".into(),
                backup_retention_days: None,
            })],
            effect: String::new(),
            loss: None,
            expect: None,
            undo: Undo::NotNeeded,
            level: Level::Moderate,
            bound: Vec::new(),
            before: Vec::new(),
            after: Vec::new(),
            typed: None,
            readback: None,
            second: Second::Off,
        }
    }

    #[test]
    fn a_drill_leaves_out_by_itself_what_is_to_be_skipped() {
        let status = run(true).status("call").cloned().unwrap();
        assert_eq!(status, Status::Skipped { reason: LEFT_OUT.into() });
        assert_eq!(run(true).status("promote"), Some(&Status::Ready));
        assert_eq!(run(false).status("call"), Some(&Status::Ready));
    }

    #[test]
    fn what_is_simulated_is_confirmed_and_never_sent_nor_proven() {
        let mut run = run(true);
        let mut plan = plan("promote");
        plan.level = Level::Severe;
        let hash = PlanHash::of("INC-1", &run.pinned.sha256, 1, &plan);
        let tell = |run: &mut Run, what| {
            let fact =
                StepFact { run: "run-1".into(), step: "promote".into(), what };
            run.apply(&fact, at(), 1)
        };
        let level = Level::Severe;
        tell(&mut run, Happened::Proposed { hash, level }).unwrap();
        let would = vec!["x".to_owned()];
        let early = Happened::Simulated { would };
        assert!(tell(&mut run, early).is_err(), "nobody confirmed it");
        let approval = Approval { by: "ann".into(), ..Default::default() };
        let confirmed = Happened::Confirmed {
            hash,
            plan: Box::new(plan),
            approval,
            shown_ms: 900,
        };
        tell(&mut run, confirmed).unwrap();
        let estate = Estate::default();
        assert!(run.mint("promote", &estate, at()).is_err());
        let told = run.tick(&estate, at());
        let [fact] = &told[..] else { panic!("{told:?}") };
        run.apply(fact, at(), 2).unwrap();
        assert_eq!(run.status("promote"), Some(&Status::Simulated));
        assert_eq!(run.status("again"), Some(&Status::Ready));
        let how = run.exercised().find(|(spec, ..)| spec.id == "promote");
        assert_eq!(how.unwrap().2, Exercise::Simulated);
        assert!(run.first_change().is_none());
    }

    #[test]
    fn an_intent_of_a_simulated_step_is_no_fact_of_a_drill() {
        let drilled = run(true);
        assert!(drilled.is_simulated(1));
        assert!(!run(false).is_simulated(1), "an incident sends it");
        let would = Vec::new();
        let simulated = Happened::Simulated { would };
        assert!(drilled.practice_holds(2, &simulated).is_err());
        assert!(run(false).practice_holds(1, &simulated).is_err());
    }

    #[test]
    fn a_drill_in_an_account_is_as_careful_as_an_incident() {
        let level = |run: &Run, place| {
            let mut plan = plan("again");
            run.be_as_careful_as_in_an_incident(place, &mut plan);
            plan.level
        };
        let mut drill = run(true);
        assert_eq!(level(&drill, 2), Level::Severe, "its own names");
        assert_eq!(level(&drill, 3), Level::Moderate, "a clone's name");
        assert_eq!(level(&drill, 1), Level::Moderate, "nothing is sent");
        drill.embedded = true;
        assert_eq!(level(&drill, 2), Level::Moderate, "no account is there");
        assert_eq!(level(&run(false), 2), Level::Moderate);
    }

    const PROGRAMS: &str = r#"
schema = 1

[runbook]
id = "programs"
title = "Programs of this machine"

[[step]]
id = "look"
kind = "command"
title = "Look"
changes = false
argv = ["check"]
timeout = "1m"

[[step]]
id = "apply"
kind = "command"
title = "Apply"
account = "111122223333"
argv = ["apply"]
timeout = "1m"

[[step]]
id = "within"
kind = "command"
title = "Apply in any AWS"
account = "111122223333"
argv = ["apply"]
timeout = "1m"
drill = "run"
"#;

    #[test]
    fn an_embedded_aws_starts_no_program_unless_the_file_says_so() {
        let runbook = Runbook::parse(PROGRAMS, "programs.toml").unwrap();
        let pinned =
            Pinned { runbook: Arc::new(runbook), ..run(false).pinned };
        let real = Run::new(pinned.clone());
        assert_eq!(real.status("look"), Some(&Status::Checking));
        assert!(!real.is_simulated(1));
        let mut embedded = Run::new(pinned);
        embedded.embed(at());
        let reason = NOT_STARTED.to_owned();
        let status = embedded.status("look").cloned();
        assert_eq!(status, Some(Status::Skipped { reason }));
        assert_eq!(embedded.status("apply"), Some(&Status::Ready));
        let simulated = [0, 1, 2].map(|place| embedded.is_simulated(place));
        assert_eq!(simulated, [false, true, false]);
        let estate = Estate::default();
        assert!(embedded.next_looks(&estate, at()).is_empty());
        let plan = embedded.propose("apply", &estate, at()).unwrap().plan;
        assert!(plan.before[0].starts_with("simulated"), "{plan:?}");
    }
}
