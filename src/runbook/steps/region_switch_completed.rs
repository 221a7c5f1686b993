//! `region-switch.completed`: an execution of a plan came to its end.

use super::checking::{Checking, Checks};
use super::region_switch::{Execution, Way, events_told, steps_told, way};
use super::seen::{Seen, things, word};
use super::{Fields, Missing, Scene, Settled, Step, StepType, Text, Values};
use crate::estate::Source;

pub(super) const TYPE: StepType = StepType {
    name: "region-switch.completed",
    doc: "Holds once an execution of an ARC Region switch plan is \
          completed. Until then it shows the state of its steps and its \
          newest event; all events are kept as evidence. What waits for an \
          approval, or is paused by a step that failed, needs a step of \
          its own. Ended with exceptions is for a person to judge.",
    example: r#"
[[step]]
id = "switched"
kind = "region-switch.completed"
title = "The plan has come to its end"
account = "{account}"
region = "{to}"
plan = "{begin.plan}"
execution = "{begin.execution}"
timeout = "40m"
"#,
    outputs: &["recovery_time"],
    parse,
};

#[derive(Debug)]
struct Completed(Execution);

fn parse(fields: &mut Fields<'_>) -> Option<Box<dyn Step>> {
    Some(Box::new(Checks(Completed(Execution::read(fields)?))))
}

impl Checking for Completed {
    fn texts(&self) -> Vec<&Text> {
        self.0.texts().collect()
    }

    fn looks(&self, scene: &Scene<'_>) -> Result<Vec<Source>, Missing> {
        let Completed(of) = self;
        Ok(vec![of.all(scene)?, of.steps(scene)?, of.events(scene)?])
    }

    fn verdict(&self, scene: &Scene<'_>, told: &[Seen<'_>]) -> Settled {
        let [all, steps, events] = told else {
            return Settled::CannotTell { why: "AWS was not asked".into() };
        };
        let (all, id) = match (things(all.found), self.0.id(scene)) {
            (Ok(all), Ok(id)) => (all, id),
            (Err(blocked), _) => {
                return Settled::CannotTell { why: blocked.why };
            }
            (_, Err(missing)) => return Settled::from(missing),
        };
        let run = all.iter().find(|run| word(run, "executionId") == id);
        let Some(run) = run else {
            let why = format!("there is no execution {id} of that plan");
            return Settled::NotDone { why };
        };
        let state = word(run, "executionState");
        let (steps, events) =
            (steps_told(steps.found), events_told(events.found));
        let why = format!("execution {id} is {state}; {steps}");
        let last = events.last().map(|last| format!("; {last}"));
        let last = last.unwrap_or_default();
        match way(state) {
            Way::Completed => {
                let took = word(run, "actualRecoveryTime");
                let took = ("recovery_time".to_owned(), took.to_owned());
                let outputs = Values::from([took]);
                let evidence = [why].into_iter().chain(events).collect();
                Settled::Done { outputs, evidence }
            }
            Way::Going => Settled::Running { why: why + &last },
            Way::Failed => Settled::NotDone { why: why + &last },
            Way::Excepted | Way::Unknown => {
                Settled::CannotTell { why: why + &last }
            }
        }
    }
}
