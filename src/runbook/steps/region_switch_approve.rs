//! `region-switch.approve`: answers a plan that waits for an approval.

use super::region_switch::{Execution, plan_name};
use super::seen::{things, word};
use super::setting::{Field, Sets, Setting, Thing};
use super::{
    Blocked, Call, Fields, Missing, Scene, Step, StepType, Text, Undo,
};
use crate::estate::{Found, Source};
use crate::runbook::call::region_switch::ApproveStep;

pub(super) const TYPE: StepType = StepType {
    name: "region-switch.approve",
    doc: "Approves or declines a manual approval that an execution of an \
          ARC Region switch plan waits for, in the role that the plan names \
          for it. It is planned only while that step waits. Approved, the \
          plan goes on by itself; declined, it fails. There is no way back.",
    example: r#"
[[step]]
id = "let-go"
kind = "region-switch.approve"
title = "Let the plan go on"
account = "{account}"
region = "{to}"
plan = "{begin.plan}"
execution = "{begin.execution}"
step = "approve"
approval = "approve"
expect = "1m"
timeout = "20m"
"#,
    outputs: &["before", "after"],
    parse,
};

const APPROVAL: &str = "approval";

#[derive(Debug)]
struct Approve {
    of: Execution,
    step: Text,
    approval: &'static str,
}

fn parse(fields: &mut Fields<'_>) -> Option<Box<dyn Step>> {
    let of = Execution::read(fields);
    let step = fields.needed_text("step");
    fields.needed("approval");
    let words = ["approve", "decline"].map(|word| (word, word));
    let approval = fields.choice("approval", &words);
    Some(Box::new(Sets(Approve { of: of?, step: step?, approval: approval? })))
}

impl Approve {
    /// The state of the step that waits.
    fn status<'f>(
        &self,
        scene: &Scene<'_>,
        found: &'f Found,
    ) -> Result<&'f str, Blocked> {
        let name = scene.fill(&self.step)?;
        let step = things(found)?.iter().find(|s| word(s, "name") == name);
        step.map(|step| word(step, "status")).ok_or_else(|| {
            Blocked::because(format!("that execution has no step {name}"))
        })
    }
}

impl Setting for Approve {
    fn texts(&self) -> Vec<&Text> {
        self.of.texts().chain([&self.step]).collect()
    }

    fn calls(&self) -> &'static [&'static str] {
        &[ApproveStep::ACTION]
    }

    fn look(&self, scene: &Scene<'_>) -> Result<Source, Missing> {
        self.of.steps(scene)
    }

    fn thing(
        &self,
        scene: &Scene<'_>,
        found: &Found,
    ) -> Result<Thing, Blocked> {
        let approval = match self.status(scene, found)? {
            "notStarted" => "not asked for",
            "pendingApproval" => "awaited",
            "running" | "completed" => "approve",
            "failed" | "canceled" => "decline",
            other => other,
        };
        Ok(Thing {
            name: scene.fill(&self.step)?,
            fields: vec![(APPROVAL, approval.to_owned())],
            rests_on: Vec::new(),
            behind: None,
        })
    }

    fn wanted(&self, _: &Scene<'_>) -> Result<Vec<Field>, Blocked> {
        Ok(vec![(APPROVAL, self.approval.to_owned())])
    }

    fn call(
        &self,
        scene: &Scene<'_>,
        found: &Found,
        _: &[Field],
    ) -> Result<Call, Blocked> {
        let status = self.status(scene, found)?;
        let (of, step) = (self.of.of(scene)?, scene.fill(&self.step)?);
        if status != "pendingApproval" {
            let name = plan_name(&of.plan);
            return Err(Blocked::because(format!(
                "step {step} of {name} is {status}: it waits for no approval"
            )));
        }
        Ok(Call::RegionSwitchApprove(ApproveStep {
            of,
            step,
            approval: self.approval.to_owned(),
            comment: scene.mark.to_owned(),
        }))
    }

    fn way_back(&self, _: &str) -> Undo {
        Undo::None("an approval that was given is not taken back".into())
    }
}
