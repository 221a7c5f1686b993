use super::*;
use crate::sim::world::fixture::{ACCOUNT, CENTRAL, Lab, WEST};

fn lab(fails: Option<&str>) -> Lab {
    let mut lab = Lab::new();
    let shelves = &mut lab.world.place_mut(ACCOUNT, WEST).shelves;
    let step = |name: &str, kind: &str| json!({ "name": name, "executionBlockType": kind });
    let plan = json!({
        "arn": "arn:plan", "owner": ACCOUNT, "name": "learn",
        "regions": [WEST, CENTRAL], "Fails": fails,
        "workflows": [{
            "workflowTargetAction": "activate",
            "workflowTargetRegion": CENTRAL,
            "steps": [
                step("approve", "ManualApproval"),
                step("promote", "RdsPromoteReadReplica"),
                step("scale", "ECSServiceScaling"),
            ],
        }],
    });
    shelves.put("arc-region-switch:plan", "learn", plan);
    lab
}

fn asks(lab: &mut Lab, operation: &str, more: &Value) -> Value {
    let mut input = json!({ "planArn": "arn:plan" });
    for (name, value) in more.as_object().unwrap() {
        input[name.as_str()] = value.clone();
    }
    let operation = format!("arc-region-switch:{operation}");
    lab.get(CENTRAL, &operation, &input)
}

fn begin(lab: &mut Lab) -> Value {
    let how = json!({
        "targetRegion": CENTRAL, "action": "activate",
        "mode": "graceful", "comment": "c", "clientToken": "t",
    });
    asks(lab, "StartPlanExecution", &how)["executionId"].clone()
}

fn states(lab: &mut Lab, id: &Value) -> (String, Vec<String>) {
    let of = json!({ "executionId": id });
    let told = asks(lab, "GetPlanExecution", &of);
    let steps = told["stepStates"].as_array().unwrap().iter();
    let steps = steps.map(|s| s["status"].as_str().unwrap().to_owned());
    let state = told["executionState"].as_str().unwrap().to_owned();
    (state, steps.collect())
}

#[test]
fn a_plan_waits_for_its_approval_and_then_goes_on_to_its_end() {
    let mut lab = lab(None);
    let id = begin(&mut lab);
    assert_eq!(id, begin(&mut lab), "the same token is the same one");
    let (state, _) = states(&mut lab, &id);
    assert_eq!(state, "pendingManualApproval");
    let answer = json!({
        "executionId": id, "stepName": "approve", "approval": "approve",
    });
    asks(&mut lab, "ApprovePlanExecutionStep", &answer);
    lab.wait(TAKES.as_secs() + 1);
    let (state, steps) = states(&mut lab, &id);
    assert_eq!(state, "inProgress");
    assert_eq!(steps, ["completed", "completed", "running"]);
    lab.wait(TAKES.as_secs());
    assert_eq!(states(&mut lab, &id).0, "completed");
    let of = json!({ "executionId": id });
    let events = asks(&mut lab, "ListPlanExecutionEvents", &of);
    let last = events["items"].as_array().unwrap().last().unwrap();
    assert_eq!(last["type"], "executionSucceeded");
    let listed = asks(&mut lab, "ListPlanExecutions", &json!({}));
    assert_eq!(listed["items"][0]["comment"], "c");
}

#[test]
fn a_step_that_failed_pauses_the_plan_until_it_is_skipped() {
    let mut lab = lab(Some("promote"));
    let id = begin(&mut lab);
    let answer = json!({
        "executionId": id, "stepName": "approve", "approval": "approve",
    });
    asks(&mut lab, "ApprovePlanExecutionStep", &answer);
    lab.wait(TAKES.as_secs() + 1);
    assert_eq!(states(&mut lab, &id).0, "pausedByFailedStep");
    let skip = json!({
        "executionId": id, "stepName": "promote", "comment": "",
        "actionToTake": "skip",
    });
    asks(&mut lab, "UpdatePlanExecutionStep", &skip);
    lab.wait(TAKES.as_secs() + 1);
    let (state, steps) = states(&mut lab, &id);
    assert_eq!(state, "completed");
    assert_eq!(steps, ["completed", "skipped", "completed"]);
}

#[test]
fn one_execution_goes_on_at_a_time_until_it_is_canceled() {
    let mut lab = lab(None);
    let id = begin(&mut lab);
    let other = json!({
        "planArn": "arn:plan", "targetRegion": CENTRAL,
        "action": "activate", "clientToken": "u",
    });
    let operation = "arc-region-switch:StartPlanExecution";
    let code = lab.refusal(CENTRAL, operation, &other);
    assert_eq!(code, "IllegalStateException");
    let of = json!({ "executionId": id });
    asks(&mut lab, "CancelPlanExecution", &of);
    let (state, steps) = states(&mut lab, &id);
    assert_eq!(state, "canceled");
    assert_eq!(steps, ["canceled"; 3]);
    let mut back = other.clone();
    back["targetRegion"] = json!(WEST);
    let code = lab.refusal(CENTRAL, operation, &back);
    assert_eq!(code, "IllegalArgumentException");
    lab.get(CENTRAL, operation, &other);
}
