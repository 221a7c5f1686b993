//! `region-switch.cancel`: gives up an execution of a plan.

use jiff::SignedDuration;

use super::region_switch::{Execution, Way, plan_name, way};
use super::seen::{things, word};
use super::setting::{Field, Sets, Setting, Thing};
use super::{
    Blocked, Call, Fields, Missing, Scene, Step, StepType, Text, Undo,
};
use crate::estate::{Found, Source};
use crate::runbook::call::region_switch::CancelPlan;

pub(super) const TYPE: StepType = StepType {
    name: "region-switch.cancel",
    doc: "Cancels an execution of an ARC Region switch plan that goes on: \
          no further step of it begins. What its steps have done so far \
          stays as it is, half switched, and is to be looked at. Done when \
          AWS tells that it is canceled; a step that runs may keep it going \
          for some minutes.",
    example: r#"
[[step]]
id = "give-up"
kind = "region-switch.cancel"
title = "Cancel the execution of the plan"
account = "{account}"
region = "{to}"
plan = "{begin.plan}"
execution = "{begin.execution}"
expect = "2m"
timeout = "20m"
"#,
    outputs: &["before", "after"],
    parse,
};

const STATE: &str = "state";

#[derive(Debug)]
struct Cancel(Execution);

fn parse(fields: &mut Fields<'_>) -> Option<Box<dyn Step>> {
    Some(Box::new(Sets(Cancel(Execution::read(fields)?))))
}

impl Setting for Cancel {
    fn texts(&self) -> Vec<&Text> {
        self.0.texts().collect()
    }

    fn calls(&self) -> &'static [&'static str] {
        &[CancelPlan::ACTION]
    }

    fn propagation(&self) -> SignedDuration {
        // The step that runs comes to its end first.
        SignedDuration::from_mins(10)
    }

    fn look(&self, scene: &Scene<'_>) -> Result<Source, Missing> {
        self.0.all(scene)
    }

    fn thing(
        &self,
        scene: &Scene<'_>,
        found: &Found,
    ) -> Result<Thing, Blocked> {
        let id = self.0.id(scene)?;
        let mut all = things(found)?.iter();
        let run = all.find(|run| word(run, "executionId") == id);
        let run = run.ok_or_else(|| {
            Blocked::because(format!("that plan has no execution {id}"))
        })?;
        Ok(Thing {
            name: plan_name(&self.0.of(scene)?.plan).to_owned(),
            fields: vec![(STATE, word(run, "executionState").to_owned())],
            rests_on: Vec::new(),
            behind: None,
        })
    }

    fn wanted(&self, _: &Scene<'_>) -> Result<Vec<Field>, Blocked> {
        Ok(vec![(STATE, "canceled".to_owned())])
    }

    fn call(
        &self,
        scene: &Scene<'_>,
        found: &Found,
        _: &[Field],
    ) -> Result<Call, Blocked> {
        let thing = self.thing(scene, found)?;
        let state = thing.fields.first().map_or("", |(_, state)| state);
        if way(state) != Way::Going {
            let name = &thing.name;
            let why = format!("the execution of {name} is {state}");
            return Err(Blocked::because(why));
        }
        Ok(Call::RegionSwitchCancel(CancelPlan {
            of: self.0.of(scene)?,
            comment: scene.mark.to_owned(),
        }))
    }

    fn warning(&self) -> Option<&'static str> {
        Some("What its steps have done so far stays as it is")
    }

    fn way_back(&self, _: &str) -> Undo {
        Undo::None(
            "a canceled execution does not go on; another can be started"
                .into(),
        )
    }
}
