//! `region-switch.update-step`: skips a step of an execution, or lets it go
//! on without grace.

use super::region_switch::{Execution, plan_name};
use super::seen::{things, word};
use super::setting::{Field, Sets, Setting, Thing};
use super::{
    Blocked, Call, Fields, Missing, Scene, Step, StepType, Text, Undo,
};
use crate::estate::{Found, Source};
use crate::runbook::call::region_switch::UpdateStep;

pub(super) const TYPE: StepType = StepType {
    name: "region-switch.update-step",
    doc: "Skips a step of an execution of an ARC Region switch plan \
          (`action = \"skip\"`), or lets it go on without grace \
          (`switchToUngraceful`), for the reason that AWS keeps with it. \
          What a skipped step was to do must be done otherwise; a block for \
          a database that goes on without grace gives up what was not \
          replicated. Not planned for a step that is over. There is no way \
          back, and AWS has no retry.",
    example: r#"
[[step]]
id = "leave-out"
kind = "region-switch.update-step"
title = "Leave scale-web out of the plan"
account = "{account}"
region = "{to}"
plan = "{begin.plan}"
execution = "{begin.execution}"
step = "scale-web"
action = "skip"
reason = "its tasks run already"
expect = "1m"
timeout = "10m"
"#,
    outputs: &["before", "after"],
    parse,
};

const STATE: &str = "state";
const MODE: &str = "mode";

/// The most characters of a comment.
// https://docs.aws.amazon.com/arc-region-switch/latest/api/API_UpdatePlanExecutionStep.html
const COMMENT: usize = 1024;

#[derive(Debug)]
struct Update {
    of: Execution,
    step: Text,
    /// AWS's word for it, and the field and value that tell that it is done.
    take: (&'static str, Field),
    reason: Text,
}

fn parse(fields: &mut Fields<'_>) -> Option<Box<dyn Step>> {
    let of = Execution::read(fields);
    let step = fields.needed_text("step");
    fields.needed("action");
    let skip = fields
        .choice("action", &[("skip", true), ("switchToUngraceful", false)]);
    let reason = fields.needed_text("reason");
    let take = if skip? {
        ("skip", (STATE, "skipped".to_owned()))
    } else {
        ("switchToUngraceful", (MODE, "ungraceful".to_owned()))
    };
    Some(Box::new(Sets(Update {
        of: of?,
        step: step?,
        take,
        reason: reason?,
    })))
}

impl Setting for Update {
    fn texts(&self) -> Vec<&Text> {
        self.of.texts().chain([&self.step, &self.reason]).collect()
    }

    fn calls(&self) -> &'static [&'static str] {
        &[UpdateStep::ACTION]
    }

    fn look(&self, scene: &Scene<'_>) -> Result<Source, Missing> {
        self.of.steps(scene)
    }

    fn thing(
        &self,
        scene: &Scene<'_>,
        found: &Found,
    ) -> Result<Thing, Blocked> {
        let name = scene.fill(&self.step)?;
        let mut steps = things(found)?.iter();
        let step = steps.find(|step| word(step, "name") == name);
        let step = step.ok_or_else(|| {
            Blocked::because(format!("that execution has no step {name}"))
        })?;
        let told = |member_name: &str| match word(step, member_name) {
            "" => "not told".to_owned(),
            word => word.to_owned(),
        };
        let fields = vec![(STATE, told("status")), (MODE, told("stepMode"))];
        Ok(Thing { name, fields, rests_on: Vec::new(), behind: None })
    }

    fn wanted(&self, _: &Scene<'_>) -> Result<Vec<Field>, Blocked> {
        Ok(vec![self.take.1.clone()])
    }

    fn call(
        &self,
        scene: &Scene<'_>,
        found: &Found,
        _: &[Field],
    ) -> Result<Call, Blocked> {
        let thing = self.thing(scene, found)?;
        let state = thing.fields.iter().find(|(name, _)| *name == STATE);
        let state = state.map_or("", |(_, state)| state.as_str());
        let of = self.of.of(scene)?;
        if ["completed", "skipped", "canceled"].contains(&state) {
            let (step, plan) = (&thing.name, plan_name(&of.plan));
            let why = format!("step {step} of {plan} is {state}");
            return Err(Blocked::because(why));
        }
        let comment = format!("{}: {}", scene.mark, scene.fill(&self.reason)?);
        Ok(Call::RegionSwitchUpdateStep(UpdateStep {
            of,
            step: thing.name,
            take: self.take.0.to_owned(),
            comment: comment.chars().take(COMMENT).collect(),
        }))
    }

    fn way_back(&self, _: &str) -> Undo {
        Undo::None("AWS takes no such change of a step back".into())
    }
}
