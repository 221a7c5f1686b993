//! The simulated service `globalaccelerator`: listeners and endpoint groups.

use jiff::{SignedDuration, Timestamp};
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
        ("UpdateEndpointGroup", update),
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
    answer(all, input, "EndpointGroups", &GROUP)
}

/// Members of an endpoint group.
const GROUP: [&str; 10] = [
    "EndpointGroupArn",
    "EndpointGroupRegion",
    "EndpointDescriptions",
    "TrafficDialPercentage",
    "HealthCheckPort",
    "HealthCheckProtocol",
    "HealthCheckPath",
    "HealthCheckIntervalSeconds",
    "ThresholdCount",
    "PortOverrides",
];

/// A change is at all edges in about this time.
const SPREADS: SignedDuration = SignedDuration::from_secs(40);

/// The id and the item of a kind whose member has this value.
fn of<'w>(
    world: &'w World,
    caller: &Caller,
    kind: &str,
    (member, value): (&str, &str),
) -> Option<(String, &'w Value)> {
    let home = world.place(&caller.account, HOME)?;
    let mut all = home.shelves.all(kind);
    let (id, item) =
        all.find(|(_, item)| text(item, member) == Some(value))?;
    Some((id.to_owned(), item))
}

// https://docs.aws.amazon.com/global-accelerator/latest/api/API_UpdateEndpointGroup.html
fn update(
    world: &mut World,
    caller: &Caller,
    input: &Value,
    _: Timestamp,
) -> Result<Value, Fault> {
    let kind = "globalaccelerator:endpoint-group";
    let arn = text(input, "EndpointGroupArn").unwrap_or_default();
    let group = of(world, caller, kind, ("EndpointGroupArn", arn));
    let (id, group) = group.ok_or_else(|| {
        let why = format!("{arn} not found");
        refuse(400, "EndpointGroupNotFoundException", why)
    })?;
    let dial = input.get("TrafficDialPercentage");
    if dial.is_some_and(|dial| {
        !dial.as_f64().is_some_and(|dial| (0.0..=100.0).contains(&dial))
    }) {
        let why = "TrafficDialPercentage must be between 0 and 100";
        return Err(refuse(400, "InvalidArgumentException", why));
    }
    let listener = text(group, "ListenerArn").unwrap_or_default();
    let listener = ("ListenerArn", listener);
    let above = of(world, caller, "globalaccelerator:listener", listener);
    let above = above.and_then(|(_, item)| text(item, "AcceleratorArn"));
    let above = ("AcceleratorArn", above.unwrap_or_default());
    let accelerator = "globalaccelerator:accelerator";
    let accelerator = of(world, caller, accelerator, above).map(|one| one.0);
    let home = &mut world.place_mut(&caller.account, HOME).shelves;
    // What is not named stays as it is.
    let named = pick(input, &GROUP);
    home.lay_over(kind, &id, &named);
    if let Some(told) = list_of(input, "EndpointConfigurations") {
        let told = json!({ "EndpointDescriptions": told });
        home.lay_over(kind, &id, &told);
    }
    let told = home.one(kind, &id).map(|group| pick(group, &GROUP));
    if let Some(own) = accelerator {
        let kind = "globalaccelerator:accelerator";
        home.lay_over(kind, &own, &json!({ "Status": "IN_PROGRESS" }));
        let home = Caller { region: HOME.to_owned(), ..caller.clone() };
        let done = json!({ "Status": "DEPLOYED" });
        world.later(&home, (kind, &own), SPREADS, done);
    }
    world.count("UpdateEndpointGroup", caller, &id);
    Ok(json!({ "EndpointGroup": told }))
}

/// Endpoints as a group shows them, of those that a request names.
fn list_of(input: &Value, member: &str) -> Option<Vec<Value>> {
    let named = input.get(member)?.as_array()?;
    let shown = named.iter().map(|endpoint| {
        let mut shown = pick(endpoint, &["EndpointId", "Weight"]);
        shown["HealthState"] = json!("INITIAL");
        shown
    });
    Some(shown.collect())
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::sim::world::fixture::{ACCOUNT, Lab, WEST};

    #[test]
    fn a_dial_is_turned_and_nothing_else_of_its_group_changes() {
        let mut lab = Lab::new();
        let shelves = &mut lab.world.place_mut(ACCOUNT, HOME).shelves;
        let own = json!({ "AcceleratorArn": "arn:a", "Status": "DEPLOYED" });
        shelves.put("globalaccelerator:accelerator", "a", own);
        let item =
            json!({ "AcceleratorArn": "arn:a", "ListenerArn": "arn:l" });
        shelves.put("globalaccelerator:listener", "l", item);
        let endpoints = json!([{ "EndpointId": "arn:b", "Weight": 9 }]);
        let item = json!({
            "ListenerArn": "arn:l",
            "EndpointGroupArn": "arn:g",
            "EndpointDescriptions": endpoints,
            "TrafficDialPercentage": 100.0,
        });
        shelves.put("globalaccelerator:endpoint-group", "g", item);
        let dial = |arn: &str, to: f64| json!({ "EndpointGroupArn": arn, "TrafficDialPercentage": to });
        let operation = "globalaccelerator:UpdateEndpointGroup";
        let told = lab.get(HOME, operation, &dial("arn:g", 0.0));
        let group = &told["EndpointGroup"];
        assert_eq!(group["TrafficDialPercentage"], 0.0);
        assert_eq!(group["EndpointDescriptions"], endpoints);
        let list = "globalaccelerator:ListAccelerators";
        let status = |lab: &mut Lab| {
            let all = lab.get(HOME, list, &json!({}));
            all["Accelerators"][0]["Status"].clone()
        };
        assert_eq!(status(&mut lab), "IN_PROGRESS");
        lab.wait(SPREADS.as_secs() + 1);
        assert_eq!(status(&mut lab), "DEPLOYED");
        let code = lab.refusal(HOME, operation, &dial("arn:none", 0.0));
        assert_eq!(code, "EndpointGroupNotFoundException");
        let code = lab.refusal(HOME, operation, &dial("arn:g", 101.0));
        assert_eq!(code, "InvalidArgumentException");
    }

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
