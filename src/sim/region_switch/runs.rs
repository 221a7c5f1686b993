//! Executions of plans: their steps one after the other, as time goes on.

use std::fmt::Display;

use jiff::{SignedDuration, Timestamp};
use serde_json::{Value, json};

use super::{PAGING, named};
use crate::sim::world::shelf::pick;
use crate::sim::world::value::{list, moment, text, time};
use crate::sim::world::{Caller, Fault, World, refuse};

/// The shelf of what was started, by the id of the execution.
pub(super) const SHELF: &str = "arc-region-switch:execution";

/// A step takes about this long.
pub(super) const TAKES: SignedDuration = SignedDuration::from_secs(60);

/// Members of an execution as a list shows it.
const SHORT: [&str; 11] = [
    "planArn",
    "executionId",
    "version",
    "comment",
    "startTime",
    "endTime",
    "mode",
    "executionState",
    "executionAction",
    "executionRegion",
    "actualRecoveryTime",
];

const OVER: [&str; 5] = [
    "completed",
    "completedWithExceptions",
    "canceled",
    "planExecutionTimedOut",
    "failed",
];

fn is_over(run: &Value) -> bool {
    text(run, "executionState").is_none_or(|state| OVER.contains(&state))
}

fn missing(what: impl Display) -> Fault {
    let text = format!("{what} does not exist.");
    refuse(404, "ResourceNotFoundException", text)
}

/// Notes what happens to an execution.
fn note(run: &mut Value, at: Timestamp, kind: &str, step: Option<&str>) {
    let events = list(run, "events").len();
    let mut event = json!({
        "eventId": events.to_string(),
        "timestamp": time(at),
        "type": kind,
    });
    if let Some(before) = events.checked_sub(1) {
        event["previousEventId"] = json!(before.to_string());
    }
    if let Some(step) = step {
        event["stepName"] = json!(step);
    }
    if let Some(all) = run["events"].as_array_mut() {
        all.push(event);
    }
}

/// Gives a step of an execution another status.
fn turn(run: &mut Value, place: usize, status: &str, at: Timestamp) {
    let step = &mut run["steps"][place];
    step["status"] = json!(status);
    let (member, kind) = match status {
        "running" => ("startTime", "stepStarted"),
        "pendingApproval" => ("startTime", "stepPendingApproval"),
        "completed" => ("endTime", "stepSucceeded"),
        "skipped" => ("endTime", "stepSkipped"),
        "canceled" => ("endTime", "stepCanceled"),
        _ => ("endTime", "stepFailed"),
    };
    step[member] = time(at);
    let name = text(step, "name").map(str::to_owned);
    note(run, at, kind, name.as_deref());
}

fn end(run: &mut Value, state: &str, event: &str, at: Timestamp) {
    run["executionState"] = json!(state);
    run["endTime"] = time(at);
    if let Some(begun) = moment(run, "startTime") {
        let took = at.duration_since(begun).as_secs();
        run["actualRecoveryTime"] = json!(format!("PT{took}S"));
    }
    note(run, at, event, None);
}

/// Brings an execution to where it is at this time.
fn advance(run: &mut Value, takes: SignedDuration, now: Timestamp) {
    let mut at = moment(run, "startTime").unwrap_or(now);
    for place in 0..list(run, "steps").len() {
        if is_over(run) {
            return;
        }
        let step = &run["steps"][place];
        if let Some(ended) = moment(step, "endTime") {
            at = at.max(ended);
        }
        let approval = step["type"] == "ManualApproval";
        let fails = step["fails"] == json!(true);
        match text(step, "status").unwrap_or_default() {
            "completed" | "skipped" => continue,
            "notStarted" if approval => {
                turn(run, place, "pendingApproval", at);
                run["executionState"] = json!("pendingManualApproval");
                note(run, at, "executionPendingApproval", None);
                return;
            }
            "notStarted" => turn(run, place, "running", at),
            "running" => {
                let begun = moment(step, "startTime");
                at = begun.unwrap_or(at);
            }
            _ => return,
        }
        at += takes;
        if at > now {
            return;
        }
        if fails {
            turn(run, place, "failed", at);
            run["executionState"] = json!("pausedByFailedStep");
            note(run, at, "executionPaused", None);
            return;
        }
        turn(run, place, "completed", at);
    }
    if !is_over(run) {
        end(run, "completed", "executionSucceeded", at);
    }
}

/// The executions of a plan, newest first, each as it is now, with the
/// Region on whose shelf it lies.
fn all(world: &World, caller: &Caller, plan: &str) -> Vec<(String, Value)> {
    let takes = world.takes(TAKES);
    let mut found = Vec::new();
    for (account, region, place) in world.places() {
        let here = place.shelves.all(SHELF).filter(|(_, run)| {
            account == caller.account && text(run, "planArn") == Some(plan)
        });
        found.extend(here.map(|(_, run)| {
            let mut run = run.clone();
            advance(&mut run, takes, world.now());
            (region.to_owned(), run)
        }));
    }
    found.sort_by_key(|(_, run)| moment(run, "startTime"));
    found.reverse();
    found
}

/// Executions of a plan as a list shows them: those that were started, and
/// those of old that its item names.
// https://docs.aws.amazon.com/arc-region-switch/latest/api/API_ListPlanExecutions.html
pub(super) fn executions(
    world: &mut World,
    caller: &Caller,
    input: &Value,
    _: Timestamp,
) -> Result<Value, Fault> {
    let plan = named(world, caller, input, "planArn")?;
    let arn = text(&plan, "arn").unwrap_or_default();
    let started = all(world, caller, arn).into_iter();
    let mut all: Vec<Value> =
        started.map(|(_, run)| pick(&run, &SHORT)).collect();
    all.extend(list(&plan, "executions").iter().cloned());
    if let Some(state) = text(input, "state") {
        all.retain(|e| text(e, "executionState") == Some(state));
    }
    for execution in &mut all {
        execution["planArn"] = plan["arn"].clone();
    }
    let page = PAGING.cut(all, input)?;
    Ok(json!({ "items": page.items, "nextToken": page.next }))
}

/// The steps of the workflow that an execution runs, none begun.
fn steps(plan: &Value, mode: &str, flow: &Value) -> Value {
    let fails = text(plan, "Fails");
    let steps = list(flow, "steps").iter().map(|step| {
        json!({
            "name": step["name"],
            "type": step["executionBlockType"],
            "status": "notStarted",
            "stepMode": mode,
            "fails": fails.is_some() && text(step, "name") == fails,
        })
    });
    steps.collect()
}

// https://docs.aws.amazon.com/arc-region-switch/latest/api/API_StartPlanExecution.html
pub(super) fn start(
    world: &mut World,
    caller: &Caller,
    input: &Value,
    now: Timestamp,
) -> Result<Value, Fault> {
    let plan = named(world, caller, input, "planArn")?;
    let arn = text(&plan, "arn").unwrap_or_default().to_owned();
    let runs = all(world, caller, &arn);
    let token = text(input, "clientToken");
    let same = |(_, run): &&(String, Value)| {
        token.is_some() && text(run, "token") == token
    };
    if let Some((_, run)) = runs.iter().find(same) {
        let id = &run["executionId"];
        return Ok(json!({ "executionId": id, "plan": arn }));
    }
    let target = text(input, "targetRegion").unwrap_or_default();
    let action = text(input, "action").unwrap_or_default();
    let flow = list(&plan, "workflows").iter().find(|flow| {
        let own = text(flow, "workflowTargetRegion");
        text(flow, "workflowTargetAction") == Some(action)
            && own.is_none_or(|own| own == target)
    });
    let named = list(&plan, "regions").iter().any(|region| region == target);
    let Some(flow) = flow.filter(|_| named) else {
        let why = format!("The plan has no workflow to {action} {target}.");
        return Err(refuse(400, "IllegalArgumentException", why));
    };
    if runs.iter().any(|(_, run)| !is_over(run)) {
        let why = "An execution of the plan is in progress.";
        return Err(refuse(400, "IllegalStateException", why));
    }
    let id = format!("execution-{}", runs.len() + 1);
    let mode = text(input, "mode").unwrap_or("graceful");
    let mut run = json!({
        "planArn": arn, "executionId": id, "version": plan["version"],
        "comment": input["comment"], "token": token,
        "startTime": time(now), "mode": mode,
        "executionState": "inProgress", "executionAction": action,
        "executionRegion": target, "events": [],
        "steps": steps(&plan, mode, flow),
    });
    run.as_object_mut().expect("it is one").retain(|_, v| !v.is_null());
    note(&mut run, now, "executionStarted", None);
    let place = world.place_mut(&caller.account, &caller.region);
    place.shelves.put(SHELF, &id, run);
    world.count("StartPlanExecution", caller, &id);
    let member = if action == "activate" {
        "activateRegion"
    } else {
        "deactivateRegion"
    };
    Ok(json!({ "executionId": id, "plan": arn, member: target }))
}

/// The execution that a request names, with the Region on whose shelf it
/// lies; none where the plan's item names it as one of old.
fn one(
    world: &World,
    caller: &Caller,
    input: &Value,
) -> Result<(Option<String>, Value), Fault> {
    let plan = named(world, caller, input, "planArn")?;
    let arn = text(&plan, "arn").unwrap_or_default();
    let id = text(input, "executionId").unwrap_or_default();
    let is = |run: &Value| text(run, "executionId") == Some(id);
    let mut started = all(world, caller, arn).into_iter();
    if let Some((region, run)) = started.find(|(_, run)| is(run)) {
        return Ok((Some(region), run));
    }
    let old = list(&plan, "executions").iter().find(|run| is(run));
    let mut old = old.cloned().ok_or_else(|| missing(id))?;
    old["planArn"] = json!(arn);
    Ok((None, old))
}

// https://docs.aws.amazon.com/arc-region-switch/latest/api/API_GetPlanExecution.html
pub(super) fn execution(
    world: &mut World,
    caller: &Caller,
    input: &Value,
    _: Timestamp,
) -> Result<Value, Fault> {
    let (_, run) = one(world, caller, input)?;
    let members = ["name", "status", "startTime", "endTime", "stepMode"];
    let steps = list(&run, "steps").iter().map(|step| pick(step, &members));
    let page = PAGING.cut(steps, input)?;
    let mut told = pick(&run, &SHORT);
    told["stepStates"] = json!(page.items);
    told["nextToken"] = json!(page.next);
    Ok(told)
}

// https://docs.aws.amazon.com/arc-region-switch/latest/api/API_ListPlanExecutionEvents.html
pub(super) fn events(
    world: &mut World,
    caller: &Caller,
    input: &Value,
    _: Timestamp,
) -> Result<Value, Fault> {
    let (_, run) = one(world, caller, input)?;
    let page = PAGING.cut(list(&run, "events").to_vec(), input)?;
    Ok(json!({ "items": page.items, "nextToken": page.next }))
}

/// Changes an execution that goes on, and keeps it.
fn change(
    world: &mut World,
    caller: &Caller,
    input: &Value,
    (operation, way): (&str, impl FnOnce(&mut Value) -> Result<(), Fault>),
) -> Result<Value, Fault> {
    let (region, mut run) = one(world, caller, input)?;
    let id = text(&run, "executionId").unwrap_or_default().to_owned();
    let region = region.filter(|_| !is_over(&run));
    let region = region.ok_or_else(|| missing("An execution in progress"))?;
    way(&mut run)?;
    let place = world.place_mut(&caller.account, &region);
    place.shelves.put(SHELF, &id, run);
    world.count(operation, caller, &id);
    Ok(json!({}))
}

/// The place of the step that a request names.
fn step_of(run: &Value, input: &Value) -> Result<usize, Fault> {
    let name = text(input, "stepName").unwrap_or_default();
    let mut steps = list(run, "steps").iter();
    let place = steps.position(|step| text(step, "name") == Some(name));
    place.ok_or_else(|| missing(format!("Step {name}")))
}

pub(super) fn approve(
    world: &mut World,
    caller: &Caller,
    input: &Value,
    now: Timestamp,
) -> Result<Value, Fault> {
    let way = |run: &mut Value| {
        let place = step_of(run, input)?;
        if run["steps"][place]["status"] != "pendingApproval" {
            return Err(missing("An approval that is waited for"));
        }
        if text(input, "approval") == Some("approve") {
            turn(run, place, "completed", now);
            run["executionState"] = json!("inProgress");
        } else {
            turn(run, place, "failed", now);
            end(run, "failed", "executionFailed", now);
        }
        Ok(())
    };
    change(world, caller, input, ("ApprovePlanExecutionStep", way))
}

pub(super) fn update(
    world: &mut World,
    caller: &Caller,
    input: &Value,
    now: Timestamp,
) -> Result<Value, Fault> {
    let way = |run: &mut Value| {
        let place = step_of(run, input)?;
        let step = &mut run["steps"][place];
        if moment(step, "endTime").is_some() && step["status"] != "failed" {
            return Err(missing("A step that is not over"));
        }
        if text(input, "actionToTake") == Some("skip") {
            turn(run, place, "skipped", now);
            run["executionState"] = json!("inProgress");
        } else {
            step["stepMode"] = json!("ungraceful");
        }
        Ok(())
    };
    change(world, caller, input, ("UpdatePlanExecutionStep", way))
}

pub(super) fn cancel(
    world: &mut World,
    caller: &Caller,
    input: &Value,
    now: Timestamp,
) -> Result<Value, Fault> {
    let way = |run: &mut Value| {
        for place in 0..list(run, "steps").len() {
            let step = &run["steps"][place];
            if moment(step, "endTime").is_none() {
                turn(run, place, "canceled", now);
            }
        }
        end(run, "canceled", "executionCanceled", now);
        Ok(())
    };
    change(world, caller, input, ("CancelPlanExecution", way))
}

#[cfg(test)]
mod tests;
