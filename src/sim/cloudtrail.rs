//! The simulated service `cloudtrail`: trails and what they hold.

mod record;

use std::cmp::Reverse;

use jiff::Timestamp;
use serde_json::{Value, json};

use super::world::seed::arn;
use super::world::shelf::Paging;
use super::world::value::{list, moment, text};
use super::world::{Caller, Fault, Service, World, refuse};

pub(super) use record::record;

/// Its operations. An item of `cloudtrail:trail` is a `Trail` with `Status`,
/// the answer of `GetTrailStatus`; one of `cloudtrail:event` an `Event`
/// whose `CloudTrailEvent` is the record itself and not yet its text.
pub const SERVICE: Service = Service {
    signing_name: "cloudtrail",
    handlers: &[
        ("DescribeTrails", trails),
        ("GetTrailStatus", status),
        ("LookupEvents", events),
    ],
    shelves: &["cloudtrail:event", "cloudtrail:trail"],
};

const PAGING: Paging = Paging {
    token: "NextToken",
    size: "MaxResults",
    most: 50,
    refusal: "InvalidNextTokenException",
};

/// The trails that log a Region: its own, and those of other Regions that
/// log all; each with its status.
fn known(world: &World, caller: &Caller) -> Vec<Value> {
    let mut all = Vec::new();
    for (account, region, place) in world.places() {
        if account != caller.account {
            continue;
        }
        for (name, item) in place.shelves.all("cloudtrail:trail") {
            let everywhere = item["IsMultiRegionTrail"] == true;
            if region != caller.region && !everywhere {
                continue;
            }
            let rest = format!("trail/{name}");
            let mut trail = item.clone();
            trail["Name"] = json!(name);
            trail["TrailARN"] =
                json!(arn("cloudtrail", region, account, &rest));
            trail["HomeRegion"] = json!(region);
            all.push(trail);
        }
    }
    all
}

// https://docs.aws.amazon.com/awscloudtrail/latest/APIReference/API_DescribeTrails.html
fn trails(
    world: &mut World,
    caller: &Caller,
    input: &Value,
    _: Timestamp,
) -> Result<Value, Fault> {
    let shadows = input["includeShadowTrails"] != false;
    let mut all = known(world, caller);
    all.retain(|trail| shadows || trail["HomeRegion"] == caller.region);
    for trail in &mut all {
        if let Some(members) = trail.as_object_mut() {
            members.remove("Status");
        }
    }
    Ok(json!({ "trailList": all }))
}

// https://docs.aws.amazon.com/awscloudtrail/latest/APIReference/API_GetTrailStatus.html
fn status(
    world: &mut World,
    caller: &Caller,
    input: &Value,
    _: Timestamp,
) -> Result<Value, Fault> {
    let wanted = text(input, "Name").unwrap_or_default();
    let all = known(world, caller);
    let trail = all.iter().find(|trail| {
        [&trail["Name"], &trail["TrailARN"]].iter().any(|is| *is == wanted)
    });
    let trail = trail.ok_or_else(|| {
        let why = format!("Unknown trail: {wanted}");
        refuse(400, "TrailNotFoundException", why)
    })?;
    let logs = json!({ "IsLogging": true });
    Ok(trail.get("Status").cloned().unwrap_or(logs))
}

// https://docs.aws.amazon.com/awscloudtrail/latest/APIReference/API_LookupEvents.html
fn events(
    world: &mut World,
    caller: &Caller,
    input: &Value,
    now: Timestamp,
) -> Result<Value, Fault> {
    let from = moment(input, "StartTime").unwrap_or(Timestamp::MIN);
    let until = moment(input, "EndTime").unwrap_or(now);
    let by = list(input, "LookupAttributes");
    if by.len() > 1 {
        let why = "You can only use one lookup attribute.";
        return Err(refuse(400, "InvalidLookupAttributesException", why));
    }
    let place = world.place_mut(&caller.account, &caller.region);
    let all = place.shelves.all("cloudtrail:event");
    let mut all: Vec<_> = all
        .filter_map(|(id, item)| Some((moment(item, "EventTime")?, id, item)))
        .filter(|(at, _, item)| {
            let named = by.iter().all(|one| {
                let member = text(one, "AttributeKey").unwrap_or_default();
                item.get(member) == one.get("AttributeValue")
            });
            named && (from..=until).contains(at)
        })
        .collect();
    all.sort_by_key(|(at, ..)| Reverse(*at));
    let page = PAGING.cut(all, input)?;
    let shown = page.items.into_iter().map(|(_, id, item)| {
        let mut event = item.clone();
        event["EventId"] = json!(id);
        event["CloudTrailEvent"] = json!(item["CloudTrailEvent"].to_string());
        event
    });
    Ok(json!({
        "Events": shown.collect::<Vec<_>>(),
        "NextToken": page.next,
    }))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::sim::world::fixture::{ACCOUNT, CENTRAL, Lab, WEST};

    fn lab() -> Lab {
        let mut lab = Lab::new();
        let shelves = &mut lab.world.place_mut(ACCOUNT, WEST).shelves;
        let item = json!({ "IsMultiRegionTrail": true });
        shelves.put("cloudtrail:trail", "all", item);
        let item = json!({ "Status": { "IsLogging": false } });
        shelves.put("cloudtrail:trail", "own", item);
        for (id, day) in [("a", 21), ("b", 22)] {
            let item = json!({
                "EventName": "DeleteSnapshot",
                "EventTime": format!("2026-11-{day}T12:00:00Z"),
                "CloudTrailEvent": { "sourceIPAddress": "198.51.100.7" },
            });
            shelves.put("cloudtrail:event", id, item);
        }
        lab
    }

    #[test]
    fn a_trail_of_all_regions_is_seen_from_every_one() {
        let mut lab = lab();
        let seen = |lab: &mut Lab, region: &str| {
            let all = lab.get(region, "cloudtrail:DescribeTrails", &json!({}));
            all["trailList"].as_array().map_or(0, Vec::len)
        };
        assert_eq!((seen(&mut lab, WEST), seen(&mut lab, CENTRAL)), (2, 1));
        let own = json!({ "Name": "own" });
        let told = lab.get(WEST, "cloudtrail:GetTrailStatus", &own);
        assert_eq!(told["IsLogging"], false);
        let code = lab.refusal(CENTRAL, "cloudtrail:GetTrailStatus", &own);
        assert_eq!(code, "TrailNotFoundException");
    }

    #[test]
    fn events_are_found_by_one_attribute_newest_first() {
        let mut lab = lab();
        let by = |from: &str| {
            let name = "DeleteSnapshot";
            json!({
                "LookupAttributes": [
                    { "AttributeKey": "EventName", "AttributeValue": name },
                ],
                "StartTime": from,
            })
        };
        let operation = "cloudtrail:LookupEvents";
        let all = lab.get(WEST, operation, &by("2026-11-20T00:00:00Z"));
        assert_eq!(all["Events"][0]["EventId"], "b");
        let text = all["Events"][0]["CloudTrailEvent"].as_str().unwrap();
        assert!(text.contains("198.51.100.7"));
        let some = lab.get(WEST, operation, &by("2026-11-22T00:00:00Z"));
        assert_eq!(some["Events"].as_array().unwrap().len(), 1);
    }
}
