//! The simulated service `cloudformation`: stacks.

use jiff::Timestamp;
use serde_json::{Value, json};

use super::world::shelf::Paging;
use super::world::value::{text, time};
use super::world::{Caller, Fault, Service, World, refuse};

/// Its operations. An item of `cloudformation:stack` is a `Stack`, but for
/// tags as an object and parameters as an object.
pub const SERVICE: Service = Service {
    signing_name: "cloudformation",
    handlers: &[("DescribeStacks", stacks)],
    shelves: &["cloudformation:stack"],
};

const PAGING: Paging = Paging {
    token: "NextToken",
    size: "MaxResults",
    most: 100,
    refusal: "ValidationError",
};

// https://docs.aws.amazon.com/AWSCloudFormation/latest/APIReference/API_DescribeStacks.html
fn stacks(
    world: &mut World,
    caller: &Caller,
    input: &Value,
    now: Timestamp,
) -> Result<Value, Fault> {
    let place = world.place_mut(&caller.account, &caller.region);
    let wanted = text(input, "StackName");
    let all: Vec<Value> = place
        .shelves
        .all("cloudformation:stack")
        .map(|(name, item)| stack(name, item, caller, now))
        .filter(|stack| {
            wanted.is_none_or(|wanted| {
                [&stack["StackName"], &stack["StackId"]]
                    .iter()
                    .any(|is| is.as_str() == Some(wanted))
            })
        })
        .collect();
    if let (Some(wanted), true) = (wanted, all.is_empty()) {
        let why = format!("Stack with id {wanted} does not exist");
        return Err(refuse(400, "ValidationError", why));
    }
    let page = PAGING.cut(all, input)?;
    Ok(json!({ "Stacks": page.items, "NextToken": page.next }))
}

fn stack(name: &str, item: &Value, caller: &Caller, now: Timestamp) -> Value {
    let mut stack = item.clone();
    stack["StackName"] = json!(name);
    let id = format!(
        "arn:aws:cloudformation:{}:{}:stack/{name}/5f1c0a52",
        caller.region, caller.account
    );
    let defaults = [
        ("StackId", json!(id)),
        ("CreationTime", time(now)),
        ("StackStatus", json!("CREATE_COMPLETE")),
    ];
    for (member, value) in defaults {
        if stack[member].is_null() {
            stack[member] = value;
        }
    }
    let pairs = |member: &str, key: &str, value: &str| -> Value {
        let all = item.get(member).and_then(Value::as_object);
        let all = all.into_iter().flatten();
        all.map(|(k, v)| json!({ key: k, value: v })).collect()
    };
    stack["Tags"] = pairs("Tags", "Key", "Value");
    stack["Parameters"] =
        pairs("Parameters", "ParameterKey", "ParameterValue");
    stack
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::sim::world::fixture::{ACCOUNT, CENTRAL, Lab, WEST};

    #[test]
    fn stacks_are_described_where_they_are_and_by_name() {
        let mut lab = Lab::new();
        let shelves = &mut lab.world.place_mut(ACCOUNT, WEST).shelves;
        let item = json!({
            "StackStatus": "UPDATE_ROLLBACK_COMPLETE",
            "Tags": { "app": "web" },
            "DriftInformation": { "StackDriftStatus": "DRIFTED" },
        });
        shelves.put("cloudformation:stack", "web", item);
        let all = |lab: &mut Lab, region: &str| {
            lab.get(region, "cloudformation:DescribeStacks", &json!({}))
        };
        let west = all(&mut lab, WEST);
        assert_eq!(west["Stacks"][0]["Tags"][0]["Value"], "web");
        assert_eq!(all(&mut lab, CENTRAL)["Stacks"], json!([]));
        let none = json!({ "StackName": "none" });
        let code = lab.refusal(WEST, "cloudformation:DescribeStacks", &none);
        assert_eq!(code, "ValidationError");
    }
}
