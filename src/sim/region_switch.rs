//! The simulated service `arc-region-switch`: the data plane of a Region.

mod runs;

use jiff::Timestamp;
use serde_json::{Value, json};

use super::world::shelf::{Paging, pick};
use super::world::value::{list, text};
use super::world::{Caller, Fault, Service, World, refuse};

/// Its operations. An item of `arc-region-switch:plan` holds a plan and,
/// beside it, `evaluation` and `executions` of old as their operations answer
/// them; `Fails` names a step that fails.
pub const SERVICE: Service = Service {
    signing_name: "arc-region-switch",
    handlers: &[
        ("ApprovePlanExecutionStep", runs::approve),
        ("CancelPlanExecution", runs::cancel),
        ("GetPlanEvaluationStatus", evaluation),
        ("GetPlanExecution", runs::execution),
        ("GetPlanInRegion", plan),
        ("ListPlanExecutionEvents", runs::events),
        ("ListPlanExecutions", runs::executions),
        ("ListPlansInRegion", plans),
        ("StartPlanExecution", runs::start),
        ("UpdatePlanExecutionStep", runs::update),
    ],
    shelves: &["arc-region-switch:plan", runs::SHELF],
};

/// Members of a plan as a list shows it.
const SHORT: [&str; 9] = [
    "arn",
    "owner",
    "name",
    "regions",
    "recoveryApproach",
    "primaryRegion",
    "version",
    "updatedAt",
    "recoveryTimeObjectiveMinutes",
];

const PAGING: Paging = Paging {
    token: "nextToken",
    size: "maxResults",
    most: 100,
    refusal: "AccessDeniedException",
};

/// The plans of an account that are replicated to the Region asked: those
/// that switch it.
fn held(world: &World, caller: &Caller) -> Vec<Value> {
    let of_account =
        world.places().filter(|(account, _, _)| *account == caller.account);
    let plans = of_account
        .flat_map(|(_, _, place)| place.shelved("arc-region-switch:plan"));
    let here = |plan: &Value| {
        let mut regions = list(plan, "regions").iter();
        regions.any(|region| region.as_str() == Some(&caller.region))
    };
    plans.filter(here).collect()
}

/// The plan that a member of the input names, or the refusal.
fn named(
    world: &World,
    caller: &Caller,
    input: &Value,
    member: &str,
) -> Result<Value, Fault> {
    let wanted = text(input, member).unwrap_or_default();
    let mut plans = held(world, caller).into_iter();
    plans.find(|plan| text(plan, "arn") == Some(wanted)).ok_or_else(|| {
        let text = format!("Plan {wanted} does not exist.");
        refuse(404, "ResourceNotFoundException", text)
    })
}

// https://docs.aws.amazon.com/arc-region-switch/latest/api/API_ListPlansInRegion.html
fn plans(
    world: &mut World,
    caller: &Caller,
    input: &Value,
    _: Timestamp,
) -> Result<Value, Fault> {
    let page = PAGING.cut(held(world, caller), input)?;
    let shown = page.items.iter().map(|plan| pick(plan, &SHORT));
    Ok(json!({
        "plans": shown.collect::<Vec<_>>(),
        "nextToken": page.next,
    }))
}

fn plan(
    world: &mut World,
    caller: &Caller,
    input: &Value,
    _: Timestamp,
) -> Result<Value, Fault> {
    let mut plan = named(world, caller, input, "arn")?;
    if let Some(members) = plan.as_object_mut() {
        members.remove("evaluation");
        members.remove("executions");
        members.remove("Fails");
    }
    Ok(json!({ "plan": plan }))
}

fn evaluation(
    world: &mut World,
    caller: &Caller,
    input: &Value,
    _: Timestamp,
) -> Result<Value, Fault> {
    let plan = named(world, caller, input, "planArn")?;
    let evaluation = plan.get("evaluation").cloned();
    let mut answer = evaluation
        .unwrap_or_else(|| json!({ "evaluationState": "pendingEvaluation" }));
    let page = PAGING.cut(list(&answer, "warnings").to_vec(), input)?;
    answer["warnings"] = Value::from(page.items);
    answer["nextToken"] = page.next.map_or(Value::Null, Value::from);
    answer["planArn"] = plan["arn"].clone();
    answer["region"] = Value::from(caller.region.as_str());
    Ok(answer)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::sim::world::fixture::{ACCOUNT, CENTRAL, Lab, WEST};

    fn lab() -> Lab {
        let mut lab = Lab::new();
        let shelves = &mut lab.world.place_mut(ACCOUNT, WEST).shelves;
        let plan = json!({
            "arn": "arn:plan",
            "owner": ACCOUNT,
            "name": "learn",
            "regions": [WEST, CENTRAL],
            "recoveryApproach": "activePassive",
            "primaryRegion": WEST,
            "executionRole": "arn:role",
            "workflows": [{
                "workflowTargetAction": "activate",
                "steps": [{
                    "name": "approve",
                    "executionBlockType": "ManualApproval",
                    "executionBlockConfiguration": {
                        "executionApprovalConfig": { "approvalRole": "arn:role" },
                    },
                }],
            }],
            "executions": [{
                "executionId": "e1",
                "startTime": "2026-11-01T10:00:00Z",
                "mode": "graceful",
                "executionState": "completed",
                "executionAction": "activate",
                "executionRegion": CENTRAL,
            }],
        });
        shelves.put("arc-region-switch:plan", "learn", plan);
        lab
    }

    #[test]
    fn a_plan_is_told_in_both_of_its_regions() {
        let mut lab = lab();
        for region in [WEST, CENTRAL] {
            let operation = "arc-region-switch:ListPlansInRegion";
            let all = lab.get(region, operation, &json!({}));
            assert_eq!(all["plans"][0]["name"], "learn");
        }
        let operation = "arc-region-switch:GetPlanInRegion";
        let one = lab.get(CENTRAL, operation, &json!({ "arn": "arn:plan" }));
        let first = &one["plan"]["workflows"][0];
        assert_eq!(first["workflowTargetAction"], "activate");
        let operation = "arc-region-switch:ListPlansInRegion";
        let none = lab.get("us-east-1", operation, &json!({}));
        assert_eq!(none["plans"], json!([]));
    }

    #[test]
    fn evaluation_and_executions_belong_to_a_plan() {
        let mut lab = lab();
        let of = json!({ "planArn": "arn:plan" });
        let operation = "arc-region-switch:GetPlanEvaluationStatus";
        let status = lab.get(WEST, operation, &of);
        assert_eq!(status["evaluationState"], "pendingEvaluation");
        let none = json!({ "planArn": "arn:none" });
        let refused = lab.refusal(WEST, operation, &none);
        assert_eq!(refused, "ResourceNotFoundException");
        let operation = "arc-region-switch:ListPlanExecutions";
        let all = lab.get(WEST, operation, &of);
        assert_eq!(all["items"][0]["executionId"], "e1");
    }
}
