//! What examples of kinds that move traffic name.

use serde_json::json;

use super::super::region_switch::{about, executions};
use crate::estate::part::edge::{
    AcceleratedEndpoint, Accelerator, EndpointGroup,
};
use crate::estate::part::region_switch::{SwitchPlan, Workflow};
use crate::estate::part::{Kind, Part};
use crate::estate::thing::Thing;
use crate::estate::{Estate, Found, What};
use crate::runbook::call::ACCELERATOR_HOME;

/// The Region switch plan of the examples.
pub(in crate::runbook::steps) const PLAN: &str =
    "arn:aws:arc-region-switch::111122223333:plan/learn-switch:4c1f0a";

/// Takes in what the looks at it found.
pub(super) fn see(estate: &mut Estate) {
    let part = |part: Part| Found::Parts([part].into());
    let to = "eu-central-1";
    let run = json!({
        "executionId": "e-1", "executionState": "inProgress",
    });
    let steps = [
        json!({ "name": "approve", "status": "pendingApproval" }),
        json!({ "name": "scale-web", "status": "notStarted" }),
    ];
    for (region, what, found) in [
        (
            ACCELERATOR_HOME,
            What::Parts(Kind::Accelerator),
            part(accelerator().into()),
        ),
        (to, What::Parts(Kind::SwitchPlan), part(switch_plan().into())),
        (to, executions(PLAN), Found::Things([run].into())),
        (
            to,
            about(Thing::PlanSteps, PLAN, "e-1"),
            Found::Things(steps.into()),
        ),
    ] {
        super::see(estate, region, what, found, 0);
    }
}

/// A plan whose workflow has an approval and a promotion.
pub(in crate::runbook::steps) fn switch_plan() -> SwitchPlan {
    let steps = ["ManualApproval", "RdsPromoteReadReplica"];
    SwitchPlan {
        arn: PLAN.into(),
        name: "learn-switch".into(),
        regions: ["eu-west-1", "eu-central-1"].map(Into::into).into(),
        primary: Some("eu-west-1".into()),
        approach: "activePassive".into(),
        rto_minutes: Some(15),
        workflows: Some(vec![Workflow {
            action: "activate".into(),
            region: Some("eu-central-1".into()),
            steps: steps.map(Into::into).into(),
        }]),
        evaluation: None,
        last: None,
        unknown: Vec::new(),
    }
}

/// An accelerator with a group in each Region, both taking traffic.
pub(in crate::runbook::steps) fn accelerator() -> Accelerator {
    let group = |region: &str| EndpointGroup {
        arn: format!("arn:group:{region}"),
        ports: "443".into(),
        region: region.into(),
        dial: Some(100.0),
        endpoints: vec![AcceleratedEndpoint {
            id: format!("arn:balancer:{region}"),
            weight: Some(128),
            health: Some("HEALTHY".into()),
            reason: None,
        }],
    };
    Accelerator {
        arn: "arn:accelerator".into(),
        name: "learn-live".into(),
        dns: "a5d1c0ffee.awsglobalaccelerator.com".into(),
        enabled: Some(true),
        status: "DEPLOYED".into(),
        groups: Some(["eu-west-1", "eu-central-1"].map(group).into()),
        unknown: Vec::new(),
    }
}
