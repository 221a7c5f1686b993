//! The simulated service `globalaccelerator`: listeners and endpoint groups.

use jiff::Timestamp;
use serde_json::{Value, json};

use super::world::shelf::{Paging, pick};
use super::world::value::text;
use super::world::{Caller, Fault, Service, World, refuse};

/// Its operations. A listener holds its `AcceleratorArn`, an endpoint group
/// its `ListenerArn`.
pub const SERVICE: Service = Service {
    signing_name: "globalaccelerator",
    handlers: &[
        ("ListAccelerators", accelerators),
        ("ListEndpointGroups", groups),
        ("ListListeners", listeners),
    ],
    shelves: &[
        "globalaccelerator:accelerator",
        "globalaccelerator:endpoint-group",
        "globalaccelerator:listener",
    ],
};

/// Where it is homed.
// https://docs.aws.amazon.com/general/latest/gr/global_accelerator.html
const HOME: &str = "us-west-2";

const PAGING: Paging = Paging {
    token: "NextToken",
    size: "MaxResults",
    most: 100,
    refusal: "InvalidNextTokenException",
};

fn held(world: &World, caller: &Caller, kind: &str) -> Vec<Value> {
    let home = world.place(&caller.account, HOME);
    home.map(|place| place.shelved(kind)).unwrap_or_default()
}

fn answer(
    items: Vec<Value>,
    input: &Value,
    name: &str,
    members: &[&str],
) -> Result<Value, Fault> {
    let page = PAGING.cut(items, input)?;
    let shown = page.items.iter().map(|item| pick(item, members));
    Ok(json!({
        name: shown.collect::<Vec<_>>(),
        "NextToken": page.next,
    }))
}

// https://docs.aws.amazon.com/global-accelerator/latest/api/API_ListAccelerators.html
fn accelerators(
    world: &mut World,
    caller: &Caller,
    input: &Value,
    _: Timestamp,
) -> Result<Value, Fault> {
    let all = held(world, caller, "globalaccelerator:accelerator");
    let members = [
        "AcceleratorArn",
        "Name",
        "IpAddressType",
        "Enabled",
        "IpSets",
        "DnsName",
        "Status",
        "CreatedTime",
        "LastModifiedTime",
    ];
    answer(all, input, "Accelerators", &members)
}

/// What belongs to the thing that a member of the input names, or the
/// refusal that there is no such thing.
fn below(
    world: &World,
    caller: &Caller,
    input: &Value,
    (kind, above): (&str, &str),
    (member, refusal): (&str, &str),
) -> Result<Vec<Value>, Fault> {
    let wanted = text(input, member).unwrap_or_default();
    let mut owners = held(world, caller, above).into_iter();
    if !owners.any(|owner| text(&owner, member) == Some(wanted)) {
        return Err(refuse(400, refusal, format!("{wanted} not found")));
    }
    let mut all = held(world, caller, kind);
    all.retain(|item| text(item, member) == Some(wanted));
    Ok(all)
}

fn listeners(
    world: &mut World,
    caller: &Caller,
    input: &Value,
    _: Timestamp,
) -> Result<Value, Fault> {
    let kinds =
        ("globalaccelerator:listener", "globalaccelerator:accelerator");
    let by = ("AcceleratorArn", "AcceleratorNotFoundException");
    let all = below(world, caller, input, kinds, by)?;
    let members = ["ListenerArn", "PortRanges", "Protocol", "ClientAffinity"];
    answer(all, input, "Listeners", &members)
}

fn groups(
    world: &mut World,
    caller: &Caller,
    input: &Value,
    _: Timestamp,
) -> Result<Value, Fault> {
    let kinds =
        ("globalaccelerator:endpoint-group", "globalaccelerator:listener");
    let by = ("ListenerArn", "ListenerNotFoundException");
    let all = below(world, caller, input, kinds, by)?;
    let members = [
        "EndpointGroupArn",
        "EndpointGroupRegion",
        "EndpointDescriptions",
        "TrafficDialPercentage",
        "HealthCheckPort",
        "HealthCheckProtocol",
        "HealthCheckPath",
        "HealthCheckIntervalSeconds",
        "ThresholdCount",
    ];
    answer(all, input, "EndpointGroups", &members)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::sim::world::fixture::{ACCOUNT, Lab, WEST};

    #[test]
    fn listeners_and_groups_are_found_by_what_they_belong_to() {
        let mut lab = Lab::new();
        let shelves = &mut lab.world.place_mut(ACCOUNT, HOME).shelves;
        let item = json!({ "AcceleratorArn": "arn:a", "Name": "learn" });
        shelves.put("globalaccelerator:accelerator", "a", item);
        let item =
            json!({ "AcceleratorArn": "arn:a", "ListenerArn": "arn:l" });
        shelves.put("globalaccelerator:listener", "l", item);
        let item = json!({
            "ListenerArn": "arn:l",
            "EndpointGroupArn": "arn:g",
            "EndpointGroupRegion": WEST,
            "TrafficDialPercentage": 100.0,
        });
        shelves.put("globalaccelerator:endpoint-group", "g", item);
        let operation = "globalaccelerator:ListAccelerators";
        let all = lab.get(HOME, operation, &json!({}));
        assert_eq!(all["Accelerators"][0]["Name"], "learn");
        let operation = "globalaccelerator:ListListeners";
        let of = json!({ "AcceleratorArn": "arn:a" });
        let all = lab.get(HOME, operation, &of);
        assert_eq!(all["Listeners"][0]["ListenerArn"], "arn:l");
        let operation = "globalaccelerator:ListEndpointGroups";
        let of = json!({ "ListenerArn": "arn:l" });
        let all = lab.get(HOME, operation, &of);
        let group = &all["EndpointGroups"][0];
        assert_eq!(group["TrafficDialPercentage"], 100.0);
        let none = json!({ "ListenerArn": "arn:none" });
        let refused = lab.refusal(HOME, operation, &none);
        assert_eq!(refused, "ListenerNotFoundException");
    }
}
