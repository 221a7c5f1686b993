//! The simulated service `states`: state machines and their executions.

use jiff::Timestamp;
use serde_json::{Value, json};

use super::world::seed::arn;
use super::world::shelf::Paging;
use super::world::value::{list, text, time};
use super::world::{Caller, Fault, Service, World, refuse};

/// Its operations. An item of `states:machine` holds `type`,
/// `creationDate`, `Executions`, newest first, and tags as an object.
pub const SERVICE: Service = Service {
    signing_name: "states",
    handlers: &[
        ("ListExecutions", executions),
        ("ListStateMachines", machines),
    ],
    shelves: &["states:machine"],
};

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

// https://docs.aws.amazon.com/step-functions/latest/apireference/API_ListExecutions.html
fn executions(
    world: &mut World,
    caller: &Caller,
    input: &Value,
    now: Timestamp,
) -> Result<Value, Fault> {
    let own = text(input, "stateMachineArn").unwrap_or_default();
    let name = own.rsplit(':').next().unwrap_or_default();
    let place = world.place_mut(&caller.account, &caller.region);
    let item = place.shelves.one("states:machine", name);
    let item = item.filter(|_| own == machine_arn(caller, name));
    let item = item.ok_or_else(|| {
        let why = format!("State Machine Does Not Exist: '{own}'");
        refuse(400, "StateMachineDoesNotExist", why)
    })?;
    if kind(item) == "EXPRESS" {
        let why = "This operation is not supported by this type of state \
                   machine";
        return Err(refuse(400, "StateMachineTypeNotSupported", why));
    }
    let wanted = text(input, "statusFilter");
    let all = list(item, "Executions").iter();
    let all = all.filter(|run| {
        wanted.is_none_or(|wanted| text(run, "status") == Some(wanted))
    });
    let page = PAGING.cut(all, input)?;
    let shown = page.items.into_iter().map(|run| {
        let id = text(run, "name").unwrap_or("run");
        let rest = format!("execution:{name}:{id}");
        let mut run = run.clone();
        run["name"] = json!(id);
        run["stateMachineArn"] = json!(own);
        run["executionArn"] =
            json!(arn("states", &caller.region, &caller.account, &rest));
        if run["startDate"].is_null() {
            run["startDate"] = time(now);
        }
        run
    });
    Ok(json!({
        "executions": shown.collect::<Vec<_>>(),
        "nextToken": page.next,
    }))
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
}
