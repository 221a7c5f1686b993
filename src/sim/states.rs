//! The simulated service `states`: state machines and their executions.

use jiff::{SignedDuration, Timestamp};
use serde_json::{Value, json};

use super::SERVICES;
use super::world::seed::arn;
use super::world::shelf::{Paging, pick};
use super::world::value::{list, text, time};
use super::world::{Caller, Fault, Service, World, refuse};

/// Its operations. An item of `states:machine` holds `type`,
/// `creationDate`, `Executions`, newest first, tags as an object, and in
/// `Ends` how an execution that is started ends, `SUCCEEDED` if it says
/// nothing; `Tasks` are what it does, each an `Action` such as
/// `rds:PromoteReadReplica` with its `Parameters`. What was started lies on `states:execution` by its ARN.
pub const SERVICE: Service = Service {
    signing_name: "states",
    handlers: &[
        ("DescribeExecution", describe),
        ("ListExecutions", executions),
        ("ListStateMachines", machines),
        ("StartExecution", start),
    ],
    shelves: &["states:machine", STARTED],
};

const STARTED: &str = "states:execution";

/// A recovery takes about this long.
const TAKES: SignedDuration = SignedDuration::from_mins(4);

const PAGING: Paging = Paging {
    token: "nextToken",
    size: "maxResults",
    most: 1000,
    refusal: "InvalidToken",
};

fn machine_arn(caller: &Caller, name: &str) -> String {
    let rest = format!("stateMachine:{name}");
    arn("states", &caller.region, &caller.account, &rest)
}

fn kind(item: &Value) -> &str {
    text(item, "type").unwrap_or("STANDARD")
}

// https://docs.aws.amazon.com/step-functions/latest/apireference/API_ListStateMachines.html
fn machines(
    world: &mut World,
    caller: &Caller,
    input: &Value,
    now: Timestamp,
) -> Result<Value, Fault> {
    let place = world.place_mut(&caller.account, &caller.region);
    let page = PAGING.cut(place.shelves.all("states:machine"), input)?;
    let shown = page.items.into_iter().map(|(name, item)| {
        let made = item.get("creationDate").cloned();
        json!({
            "stateMachineArn": machine_arn(caller, name),
            "name": name,
            "type": kind(item),
            "creationDate": made.unwrap_or_else(|| time(now)),
        })
    });
    Ok(json!({
        "stateMachines": shown.collect::<Vec<_>>(),
        "nextToken": page.next,
    }))
}

/// The name and the item of the machine with this ARN.
fn machine<'w>(
    world: &'w World,
    caller: &Caller,
    own: &str,
) -> Result<(String, &'w Value), Fault> {
    let name = own.rsplit(':').next().unwrap_or_default();
    let place = world.place(&caller.account, &caller.region);
    let item = place.and_then(|p| p.shelves.one("states:machine", name));
    let item = item.filter(|_| own == machine_arn(caller, name));
    let item = item.ok_or_else(|| {
        let why = format!("State Machine Does Not Exist: '{own}'");
        refuse(400, "StateMachineDoesNotExist", why)
    })?;
    Ok((name.to_owned(), item))
}

fn execution_arn(caller: &Caller, machine: &str, name: &str) -> String {
    let rest = format!("execution:{machine}:{name}");
    arn("states", &caller.region, &caller.account, &rest)
}

/// Executions that were started come before those of old.
fn all(
    world: &World,
    caller: &Caller,
    (name, item): (&str, &Value),
) -> Vec<Value> {
    let own = machine_arn(caller, name);
    let place = world.place(&caller.account, &caller.region);
    let started = place.into_iter().flat_map(|p| p.shelves.all(STARTED));
    let mut started: Vec<Value> = started
        .filter(|(_, run)| run["stateMachineArn"] == own)
        .map(|(_, run)| run.clone())
        .collect();
    started.sort_by_key(|run| run["startDate"].to_string());
    let old = list(item, "Executions").iter().map(|run| {
        let id = text(run, "name").unwrap_or("run");
        let mut run = run.clone();
        run["name"] = json!(id);
        run["stateMachineArn"] = json!(own);
        run["executionArn"] = json!(execution_arn(caller, name, id));
        if run["startDate"].is_null() {
            run["startDate"] = time(world.now());
        }
        run
    });
    started.into_iter().rev().chain(old).collect()
}

// https://docs.aws.amazon.com/step-functions/latest/apireference/API_ListExecutions.html
fn executions(
    world: &mut World,
    caller: &Caller,
    input: &Value,
    _: Timestamp,
) -> Result<Value, Fault> {
    let own = text(input, "stateMachineArn").unwrap_or_default();
    let (name, item) = machine(world, caller, own)?;
    if kind(item) == "EXPRESS" {
        let why = "This operation is not supported by this type of state \
                   machine";
        return Err(refuse(400, "StateMachineTypeNotSupported", why));
    }
    let wanted = text(input, "statusFilter");
    let all = all(world, caller, (&name, item)).into_iter().filter(|run| {
        wanted.is_none_or(|wanted| text(run, "status") == Some(wanted))
    });
    let page = PAGING.cut(all, input)?;
    Ok(json!({ "executions": page.items, "nextToken": page.next }))
}

// https://docs.aws.amazon.com/step-functions/latest/apireference/API_StartExecution.html
fn start(
    world: &mut World,
    caller: &Caller,
    input: &Value,
    now: Timestamp,
) -> Result<Value, Fault> {
    let own = text(input, "stateMachineArn").unwrap_or_default().to_owned();
    let (machine, item) = machine(world, caller, &own)?;
    let ends = text(item, "Ends").unwrap_or("SUCCEEDED").to_owned();
    let tasks = list(item, "Tasks").to_vec();
    let name = text(input, "name").unwrap_or("run");
    let all = all(world, caller, (&machine, item));
    let arn = execution_arn(caller, &machine, name);
    if let Some(run) = all.iter().find(|run| run["executionArn"] == arn) {
        // The same once more is no error while it runs.
        let same =
            run["status"] == "RUNNING" && run["input"] == input["input"];
        if same {
            let begun = run["startDate"].clone();
            return Ok(json!({ "executionArn": arn, "startDate": begun }));
        }
        let why = format!("Execution Already Exists: '{arn}'");
        return Err(refuse(400, "ExecutionAlreadyExists", why));
    }
    let run = json!({
        "executionArn": arn, "stateMachineArn": own, "name": name,
        "status": "RUNNING", "startDate": time(now),
        "input": input.get("input").cloned().unwrap_or_else(|| json!("{}")),
    });
    let shelves =
        &mut world.place_mut(&caller.account, &caller.region).shelves;
    shelves.put(STARTED, &arn, run);
    let end = time(now + world.takes(TAKES));
    let mut done = json!({ "status": ends, "stopDate": end });
    let failed = tasks.iter().find_map(|t| task(world, caller, t, now).err());
    if let Some(fault) = failed {
        done["status"] = json!("FAILED");
        done["error"] = json!(fault.code);
    }
    world.later(caller, (STARTED, &arn), TAKES, done);
    world.count("StartExecution", caller, &arn);
    Ok(json!({ "executionArn": arn, "startDate": time(now) }))
}

/// Does one task of a machine, as its integrations with the SDK do.
// https://docs.aws.amazon.com/step-functions/latest/dg/supported-services-awssdk.html
fn task(
    world: &mut World,
    caller: &Caller,
    task: &Value,
    now: Timestamp,
) -> Result<Value, Fault> {
    let action = text(task, "Action").unwrap_or_default();
    let (service, operation) = action.split_once(':').unwrap_or_default();
    let service = SERVICES.iter().find(|s| s.signing_name == service);
    let handler = service.and_then(|s| s.handler(operation));
    let handler = handler.ok_or_else(|| {
        let why = format!("{action} is no action of the simulated AWS");
        refuse(400, "States.Runtime", why)
    })?;
    handler(world, caller, &task["Parameters"], now)
}

// https://docs.aws.amazon.com/step-functions/latest/apireference/API_DescribeExecution.html
fn describe(
    world: &mut World,
    caller: &Caller,
    input: &Value,
    _: Timestamp,
) -> Result<Value, Fault> {
    let arn = text(input, "executionArn").unwrap_or_default();
    let machines = world.place(&caller.account, &caller.region);
    let machines = machines.into_iter();
    let mut runs = machines
        .flat_map(|p| p.shelves.all("states:machine"))
        .flat_map(|machine| all(world, caller, machine));
    let run =
        runs.find(|run| run["executionArn"] == arn).ok_or_else(|| {
            let why = format!("Execution Does Not Exist: '{arn}'");
            refuse(400, "ExecutionDoesNotExist", why)
        })?;
    let members = [
        "executionArn",
        "stateMachineArn",
        "name",
        "status",
        "startDate",
        "stopDate",
        "input",
        "error",
    ];
    Ok(pick(&run, &members))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::sim::world::fixture::{ACCOUNT, Lab, WEST};

    #[test]
    fn executions_are_listed_of_standard_machines_alone() {
        let mut lab = Lab::new();
        let shelves = &mut lab.world.place_mut(ACCOUNT, WEST).shelves;
        let runs = json!([
            { "name": "b", "status": "FAILED" },
            { "name": "a", "status": "SUCCEEDED" },
        ]);
        shelves.put("states:machine", "dr", json!({ "Executions": runs }));
        shelves.put("states:machine", "fast", json!({ "type": "EXPRESS" }));
        let all = lab.get(WEST, "states:ListStateMachines", &json!({}));
        let own = |name: &str| {
            json!(format!(
                "arn:aws:states:{WEST}:{ACCOUNT}:stateMachine:{name}"
            ))
        };
        assert_eq!(all["stateMachines"][0]["stateMachineArn"], own("dr"));
        let of =
            |name| json!({ "stateMachineArn": own(name), "maxResults": 1 });
        let runs = lab.get(WEST, "states:ListExecutions", &of("dr"));
        assert_eq!(runs["executions"][0]["status"], "FAILED");
        let code = lab.refusal(WEST, "states:ListExecutions", &of("fast"));
        assert_eq!(code, "StateMachineTypeNotSupported");
        let code = lab.refusal(WEST, "states:ListExecutions", &of("none"));
        assert_eq!(code, "StateMachineDoesNotExist");
    }

    #[test]
    fn a_machine_does_its_tasks_and_fails_with_the_first_that_is_refused() {
        let mut lab = Lab::new();
        let shelves = &mut lab.world.place_mut(ACCOUNT, WEST).shelves;
        shelves.put("events:rule", "jobs", json!({ "State": "DISABLED" }));
        let tasks = |name: &str| {
            json!({ "Tasks": [{
                "Action": "events:EnableRule",
                "Parameters": { "Name": name },
            }] })
        };
        shelves.put("states:machine", "good", tasks("jobs"));
        shelves.put("states:machine", "bad", tasks("none"));
        let mut run = |name: &str| {
            let own =
                format!("arn:aws:states:{WEST}:{ACCOUNT}:stateMachine:{name}");
            let of = json!({ "stateMachineArn": own, "name": "a" });
            let begun = lab.get(WEST, "states:StartExecution", &of);
            lab.wait(TAKES.as_secs() + 1);
            let one = json!({ "executionArn": begun["executionArn"] });
            lab.get(WEST, "states:DescribeExecution", &one)
        };
        assert_eq!(run("good")["status"], "SUCCEEDED");
        let bad = run("bad");
        assert_eq!(bad["status"], "FAILED");
        assert_eq!(bad["error"], "ResourceNotFoundException");
        let rules = lab.get(WEST, "events:ListRules", &json!({}));
        assert_eq!(rules["Rules"][0]["State"], "ENABLED");
    }

    #[test]
    fn a_name_is_taken_once() {
        let mut lab = Lab::new();
        let shelves = &mut lab.world.place_mut(ACCOUNT, WEST).shelves;
        shelves.put("states:machine", "dr", json!({}));
        let own = format!("arn:aws:states:{WEST}:{ACCOUNT}:stateMachine:dr");
        let of = |input: &str| json!({ "stateMachineArn": own, "name": "a", "input": input });
        let begun = lab.get(WEST, "states:StartExecution", &of("{}"));
        let again = lab.get(WEST, "states:StartExecution", &of("{}"));
        assert_eq!(begun, again);
        let code = lab.refusal(WEST, "states:StartExecution", &of("[]"));
        assert_eq!(code, "ExecutionAlreadyExists");
        let one = json!({ "executionArn": begun["executionArn"] });
        let run = lab.get(WEST, "states:DescribeExecution", &one);
        assert_eq!(run["status"], "RUNNING");
        lab.wait(TAKES.as_secs() + 1);
        let run = lab.get(WEST, "states:DescribeExecution", &one);
        assert_eq!(run["status"], "SUCCEEDED");
        let code = lab.refusal(WEST, "states:StartExecution", &of("{}"));
        assert_eq!(code, "ExecutionAlreadyExists");
    }
}
