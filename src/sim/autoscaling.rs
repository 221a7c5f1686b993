//! The simulated service `autoscaling`: groups of instances.

use jiff::{SignedDuration, Timestamp};
use serde_json::{Value, json};

use super::world::shelf::Paging;
use super::world::value::{list, text, time};
use super::world::{Caller, Fault, Service, World, refuse};

/// Its operations. An item of `autoscaling:group` is an `AutoScalingGroup`,
/// but for tags as an object and `InService`, the number of instances that
/// serve, in the place of `Instances`.
pub const SERVICE: Service = Service {
    signing_name: "autoscaling",
    handlers: &[
        ("DescribeAutoScalingGroups", groups),
        ("UpdateAutoScalingGroup", update),
    ],
    shelves: &[KIND],
};

const KIND: &str = "autoscaling:group";

const PAGING: Paging = Paging {
    token: "NextToken",
    size: "MaxRecords",
    most: 100,
    refusal: "InvalidNextToken",
};

// https://docs.aws.amazon.com/autoscaling/ec2/APIReference/API_DescribeAutoScalingGroups.html
fn groups(
    world: &mut World,
    caller: &Caller,
    input: &Value,
    now: Timestamp,
) -> Result<Value, Fault> {
    let names = list(input, "AutoScalingGroupNames");
    let place = world.place_mut(&caller.account, &caller.region);
    let all = place.shelves.all(KIND);
    let all = all.filter(|(name, _)| {
        names.is_empty() || names.iter().any(|wanted| wanted == name)
    });
    let page = PAGING.cut(all, input)?;
    let shown = page.items.into_iter();
    let shown = shown.map(|(name, item)| group(name, item, caller, now));
    Ok(json!({
        "AutoScalingGroups": shown.collect::<Vec<_>>(),
        "NextToken": page.next,
    }))
}

/// An instance starts and passes its checks in about this time.
const STARTS: SignedDuration = SignedDuration::from_secs(90);

// https://docs.aws.amazon.com/autoscaling/ec2/APIReference/API_UpdateAutoScalingGroup.html
fn update(
    world: &mut World,
    caller: &Caller,
    input: &Value,
    _: Timestamp,
) -> Result<Value, Fault> {
    let name = text(input, "AutoScalingGroupName").unwrap_or_default();
    let place = world.place_mut(&caller.account, &caller.region);
    let item = place.shelves.one_mut(KIND, name).ok_or_else(|| {
        let why = format!("AutoScalingGroup name not found - null: {name}");
        refuse(400, "ValidationError", why)
    })?;
    let new = |item: &Value, member: &str| {
        let own = item[member].as_i64().unwrap_or_default();
        input[member].as_i64().unwrap_or(own)
    };
    let (min, max) = (new(item, "MinSize"), new(item, "MaxSize"));
    if min > max {
        let why = "Max bound, must be greater than or equal to min bound";
        return Err(refuse(400, "ValidationError", why));
    }
    // A size outside of new bounds is brought inside, unless it is given.
    let given = input["DesiredCapacity"].as_i64();
    let size =
        given.unwrap_or_else(|| new(item, "DesiredCapacity").clamp(min, max));
    if !(min..=max).contains(&size) {
        let why = format!(
            "Desired capacity:{size} must be between the specified min \
             size:{min} and max size:{max}"
        );
        return Err(refuse(400, "ValidationError", why));
    }
    for (member, n) in
        [("MinSize", min), ("MaxSize", max), ("DesiredCapacity", size)]
    {
        item[member] = json!(n);
    }
    if may_become(item, size) {
        let done = json!({ "InService": size });
        world.later(caller, (KIND, name), STARTS, done);
    }
    world.count("UpdateAutoScalingGroup", caller, name);
    Ok(json!({}))
}

/// Whether the group has that many instances in the end: one whose process
/// `Launch` is suspended does not grow.
fn may_become(item: &Value, size: i64) -> bool {
    let suspended = list(item, "SuspendedProcesses");
    let launches = !suspended.iter().any(|p| p["ProcessName"] == "Launch");
    launches || size <= item["InService"].as_i64().unwrap_or_default()
}

fn group(name: &str, item: &Value, caller: &Caller, now: Timestamp) -> Value {
    let zone = format!("{}a", caller.region);
    let arn = format!(
        "arn:aws:autoscaling:{}:{}:autoScalingGroup:930d940e:\
         autoScalingGroupName/{name}",
        caller.region, caller.account
    );
    let serving = item["InService"].as_u64().unwrap_or_default();
    let instances = (0..serving).map(|number| {
        json!({
            "InstanceId": format!("i-{number:017x}"),
            "AvailabilityZone": zone,
            "LifecycleState": "InService",
            "HealthStatus": "Healthy",
            "ProtectedFromScaleIn": false,
        })
    });
    let tags = item.get("Tags").and_then(Value::as_object);
    let tags = tags.into_iter().flatten().map(|(key, value)| {
        json!({
            "ResourceId": name,
            "ResourceType": "auto-scaling-group",
            "Key": key,
            "Value": value,
            "PropagateAtLaunch": true,
        })
    });
    let number = |member: &str| item[member].as_i64().unwrap_or_default();
    let created = item.get("CreatedTime").cloned();
    json!({
        "AutoScalingGroupName": name,
        "AutoScalingGroupARN": arn,
        "MinSize": number("MinSize"),
        "MaxSize": number("MaxSize"),
        "DesiredCapacity": number("DesiredCapacity"),
        "DefaultCooldown": 300,
        "AvailabilityZones": [zone],
        "HealthCheckType": "ELB",
        "CreatedTime": created.unwrap_or_else(|| time(now)),
        "Instances": instances.collect::<Vec<_>>(),
        "SuspendedProcesses": list(item, "SuspendedProcesses"),
        "Tags": tags.collect::<Vec<_>>(),
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::sim::world::fixture::{ACCOUNT, Lab, WEST};

    #[test]
    fn groups_come_in_pages_with_their_instances() {
        let mut lab = Lab::new();
        let shelves = &mut lab.world.place_mut(ACCOUNT, WEST).shelves;
        for name in ["one", "two"] {
            let item = json!({
                "MinSize": 1, "MaxSize": 6, "DesiredCapacity": 2,
                "InService": 2, "Tags": { "app": name },
            });
            shelves.put("autoscaling:group", name, item);
        }
        let operation = "autoscaling:DescribeAutoScalingGroups";
        let one = lab.get(WEST, operation, &json!({ "MaxRecords": 1 }));
        let groups = one["AutoScalingGroups"].as_array().unwrap();
        assert_eq!(groups.len(), 1);
        assert_eq!(groups[0]["Instances"].as_array().unwrap().len(), 2);
        let next = json!({ "NextToken": one["NextToken"] });
        let two = lab.get(WEST, operation, &next);
        let name = &two["AutoScalingGroups"][0]["AutoScalingGroupName"];
        assert_eq!(*name, "two");
        let bad = json!({ "NextToken": "none of ours" });
        assert_eq!(lab.refusal(WEST, operation, &bad), "InvalidNextToken");
    }
}
