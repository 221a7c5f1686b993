//! The simulated service `health`: what AWS says is wrong.

use jiff::{SignedDuration, Timestamp};
use serde_json::{Value, json};

use super::world::shelf::Paging;
use super::world::value::{list, text, time};
use super::world::{Caller, Condition, Fault, Service, World, refuse};

/// Where AWS Health answers, for all Regions.
const HOME: &str = "us-east-1";
/// AWS writes of a dark Region this much later.
const LATE: SignedDuration = SignedDuration::from_mins(5);

/// Its operations. An item of `health:event` lies in `us-east-1`; it is an
/// `Event` with `Entities`, the ids of what is affected. Any item of
/// `health:no-support` makes the account one without a support plan.
pub const SERVICE: Service = Service {
    signing_name: "health",
    handlers: &[
        ("DescribeAffectedEntities", entities),
        ("DescribeEvents", events),
    ],
    shelves: &["health:event", "health:no-support"],
};

const PAGING: Paging = Paging {
    token: "nextToken",
    size: "maxResults",
    most: 100,
    refusal: "InvalidPaginationToken",
};

fn event_arn(event: &Value, id: &str) -> String {
    let region = text(event, "region").unwrap_or("global");
    let service = text(event, "service").unwrap_or("UNKNOWN");
    let code = text(event, "eventTypeCode").unwrap_or("UNKNOWN");
    format!("arn:aws:health:{region}::event/{service}/{code}/{id}")
}

/// The events of an account, each with its ARN.
// https://docs.aws.amazon.com/health/latest/ug/health-api.html
fn known(world: &World, caller: &Caller) -> Result<Vec<Value>, Fault> {
    let place = world.place(&caller.account, HOME);
    let shelves = place.map(|place| &place.shelves);
    let none = |kind| shelves.is_some_and(|s| s.all(kind).next().is_some());
    if none("health:no-support") {
        return Err(refuse(400, "SubscriptionRequiredException", ""));
    }
    let all = shelves.into_iter().flat_map(|s| s.all("health:event"));
    let all = all.map(|(id, item)| {
        let mut event = item.clone();
        event["arn"] = json!(event_arn(item, id));
        event
    });
    Ok(all.chain(of_dark(world)).collect())
}

/// The events that AWS itself opens on a dark Region, some minutes late.
fn of_dark(world: &World) -> impl Iterator<Item = Value> {
    let now = world.now();
    let late = LATE / i32::try_from(world.speed).unwrap_or(1);
    world.regions().into_iter().filter_map(move |region| {
        let since = world.condition_since(region, now)?;
        let dark = world.condition(region) == Condition::Dark;
        if !dark || now.duration_since(since) < late {
            return None;
        }
        let code = "AWS_MULTIPLE_SERVICES_OPERATIONAL_ISSUE";
        let mut event = json!({
            "service": "MULTIPLE_SERVICES",
            "eventTypeCode": code,
            "eventTypeCategory": "issue",
            "eventScopeCode": "PUBLIC",
            "region": region,
            "statusCode": "open",
            "startTime": time(since),
            "lastUpdatedTime": time(since + late),
        });
        event["arn"] = json!(event_arn(&event, "dark"));
        Some(event)
    })
}

// https://docs.aws.amazon.com/health/latest/APIReference/API_DescribeEvents.html
fn events(
    world: &mut World,
    caller: &Caller,
    input: &Value,
    _: Timestamp,
) -> Result<Value, Fault> {
    let filter = &input["filter"];
    let fits = |event: &Value, by: &str, member: &str| {
        let wanted = list(filter, by);
        wanted.is_empty() || wanted.contains(&event[member])
    };
    let mut all = known(world, caller)?;
    all.retain(|event| {
        fits(event, "eventStatusCodes", "statusCode")
            && fits(event, "eventTypeCategories", "eventTypeCategory")
            && fits(event, "regions", "region")
            && fits(event, "services", "service")
    });
    let page = PAGING.cut(all, input)?;
    let shown = page.items.into_iter().map(|mut event| {
        if let Some(members) = event.as_object_mut() {
            members.remove("Entities");
        }
        event
    });
    Ok(json!({
        "events": shown.collect::<Vec<_>>(),
        "nextToken": page.next,
    }))
}

// https://docs.aws.amazon.com/health/latest/APIReference/API_DescribeAffectedEntities.html
fn entities(
    world: &mut World,
    caller: &Caller,
    input: &Value,
    _: Timestamp,
) -> Result<Value, Fault> {
    let wanted = list(&input["filter"], "eventArns");
    let all = known(world, caller)?;
    let all = all.iter().filter(|event| wanted.contains(&event["arn"]));
    let all = all.flat_map(|event| {
        list(event, "Entities").iter().map(|value| {
            json!({
                "eventArn": event["arn"],
                "entityArn": format!(
                    "arn:aws:health:{HOME}:{}:entity/{}",
                    caller.account,
                    value.as_str().unwrap_or_default()
                ),
                "entityValue": value,
                "awsAccountId": caller.account,
                "statusCode": "IMPAIRED",
            })
        })
    });
    let page = PAGING.cut(all, input)?;
    Ok(json!({ "entities": page.items, "nextToken": page.next }))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::sim::world::fixture::{ACCOUNT, Lab};

    fn lab() -> Lab {
        let mut lab = Lab::new();
        let shelves = &mut lab.world.place_mut(ACCOUNT, HOME).shelves;
        for status in ["open", "closed"] {
            let item = json!({
                "service": "RDS",
                "eventTypeCode": "AWS_RDS_OPERATIONAL_ISSUE",
                "eventTypeCategory": "issue",
                "region": "eu-west-1",
                "statusCode": status,
                "Entities": ["orders"],
            });
            shelves.put("health:event", status, item);
        }
        lab
    }

    #[test]
    fn events_are_found_by_status_and_tell_what_is_affected() {
        let mut lab = lab();
        let open = json!({ "filter": { "eventStatusCodes": ["open"] } });
        let all = lab.get(HOME, "health:DescribeEvents", &open);
        assert_eq!(all["events"].as_array().unwrap().len(), 1);
        let of =
            json!({ "filter": { "eventArns": [all["events"][0]["arn"]] } });
        let told = lab.get(HOME, "health:DescribeAffectedEntities", &of);
        assert_eq!(told["entities"][0]["entityValue"], "orders");
    }

    #[test]
    fn aws_writes_of_a_dark_region_some_minutes_late() {
        let mut lab = lab();
        lab.darken("eu-central-1");
        let there = json!({ "filter": { "regions": ["eu-central-1"] } });
        let open = |lab: &mut Lab| {
            let all = lab.get(HOME, "health:DescribeEvents", &there);
            all["events"].as_array().map_or(0, Vec::len)
        };
        lab.wait(60);
        assert_eq!(open(&mut lab), 0);
        lab.wait(300);
        assert_eq!(open(&mut lab), 1);
    }

    #[test]
    fn an_account_without_support_is_told_nothing() {
        let mut lab = lab();
        let shelves = &mut lab.world.place_mut(ACCOUNT, HOME).shelves;
        shelves.put("health:no-support", "basic", json!({}));
        let code = lab.refusal(HOME, "health:DescribeEvents", &json!({}));
        assert_eq!(code, "SubscriptionRequiredException");
    }
}
