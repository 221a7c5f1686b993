//! The simulated service `events`: rules of the default event bus.

use jiff::Timestamp;
use serde_json::{Value, json};

use super::world::seed::arn;
use super::world::shelf::Paging;
use super::world::value::{list, text};
use super::world::{Caller, Fault, Service, World, refuse};

/// Its operations. An item of `events:rule` is a `Rule`, with `Targets` and
/// tags as an object beside it.
pub const SERVICE: Service = Service {
    signing_name: "events",
    handlers: &[
        ("DisableRule", disable),
        ("EnableRule", enable),
        ("ListRules", rules),
        ("ListTargetsByRule", targets),
    ],
    shelves: &["events:rule"],
};

const PAGING: Paging = Paging {
    token: "NextToken",
    size: "Limit",
    most: 100,
    refusal: "ValidationException",
};

// https://docs.aws.amazon.com/eventbridge/latest/APIReference/API_ListRules.html
fn rules(
    world: &mut World,
    caller: &Caller,
    input: &Value,
    _: Timestamp,
) -> Result<Value, Fault> {
    let begins = text(input, "NamePrefix").unwrap_or_default();
    let place = world.place_mut(&caller.account, &caller.region);
    let all = place.shelves.all("events:rule");
    let all = all.filter(|(name, _)| name.starts_with(begins));
    let page = PAGING.cut(all, input)?;
    let shown = page.items.into_iter().map(|(name, item)| {
        let rest = format!("rule/{name}");
        let mut rule = item.clone();
        rule["Name"] = json!(name);
        rule["Arn"] =
            json!(arn("events", &caller.region, &caller.account, &rest));
        rule["EventBusName"] = json!("default");
        if rule["State"].is_null() {
            rule["State"] = json!("ENABLED");
        }
        if let Some(members) = rule.as_object_mut() {
            members.retain(|name, _| name != "Targets" && name != "Tags");
        }
        rule
    });
    Ok(json!({
        "Rules": shown.collect::<Vec<_>>(),
        "NextToken": page.next,
    }))
}

// https://docs.aws.amazon.com/eventbridge/latest/APIReference/API_ListTargetsByRule.html
fn targets(
    world: &mut World,
    caller: &Caller,
    input: &Value,
    _: Timestamp,
) -> Result<Value, Fault> {
    let name = text(input, "Rule").unwrap_or_default();
    let place = world.place_mut(&caller.account, &caller.region);
    let item = place.shelves.one("events:rule", name);
    let item = item.ok_or_else(|| missing(name))?;
    let page = PAGING.cut(list(item, "Targets"), input)?;
    Ok(json!({ "Targets": page.items, "NextToken": page.next }))
}

// https://docs.aws.amazon.com/eventbridge/latest/APIReference/API_EnableRule.html
fn enable(
    world: &mut World,
    caller: &Caller,
    input: &Value,
    _: Timestamp,
) -> Result<Value, Fault> {
    turn(world, caller, input, ("EnableRule", "ENABLED"))
}

// https://docs.aws.amazon.com/eventbridge/latest/APIReference/API_DisableRule.html
fn disable(
    world: &mut World,
    caller: &Caller,
    input: &Value,
    _: Timestamp,
) -> Result<Value, Fault> {
    turn(world, caller, input, ("DisableRule", "DISABLED"))
}

fn turn(
    world: &mut World,
    caller: &Caller,
    input: &Value,
    (operation, state): (&'static str, &str),
) -> Result<Value, Fault> {
    let name = text(input, "Name").unwrap_or_default();
    let place = world.place_mut(&caller.account, &caller.region);
    let item = place.shelves.one_mut("events:rule", name);
    let item = item.ok_or_else(|| missing(name))?;
    // Rules that a service of AWS made are that service's alone.
    if let Some(by) = text(item, "ManagedBy") {
        let why = format!("Rule {name} is managed by {by}.");
        return Err(refuse(400, "ManagedRuleException", why));
    }
    item["State"] = json!(state);
    world.count(operation, caller, name);
    Ok(json!({}))
}

fn missing(name: &str) -> Fault {
    let why = format!("Rule {name} does not exist on EventBus default.");
    refuse(400, "ResourceNotFoundException", why)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::sim::world::fixture::{ACCOUNT, Lab, WEST};

    #[test]
    fn a_rule_tells_its_state_and_its_targets_apart() {
        let mut lab = Lab::new();
        let shelves = &mut lab.world.place_mut(ACCOUNT, WEST).shelves;
        let item = json!({
            "State": "DISABLED",
            "EventPattern": "{\"source\":[\"aws.health\"]}",
            "Targets": [{ "Id": "1", "Arn": "arn:aws:sns:x:y:z" }],
        });
        shelves.put("events:rule", "dr-start", item);
        let all = lab.get(WEST, "events:ListRules", &json!({}));
        assert_eq!(all["Rules"][0]["State"], "DISABLED");
        let of = json!({ "Rule": "dr-start" });
        let told = lab.get(WEST, "events:ListTargetsByRule", &of);
        assert_eq!(told["Targets"][0]["Id"], "1");
        let of = json!({ "Rule": "none" });
        let code = lab.refusal(WEST, "events:ListTargetsByRule", &of);
        assert_eq!(code, "ResourceNotFoundException");
    }

    #[test]
    fn a_rule_is_turned_unless_a_service_of_aws_made_it() {
        let mut lab = Lab::new();
        let shelves = &mut lab.world.place_mut(ACCOUNT, WEST).shelves;
        shelves.put("events:rule", "dr-start", json!({}));
        let managed = json!({ "ManagedBy": "autoscaling.amazonaws.com" });
        shelves.put("events:rule", "managed", managed);
        let of = json!({ "Name": "dr-start" });
        for (turn, state) in
            [("DisableRule", "DISABLED"), ("EnableRule", "ENABLED")]
        {
            lab.get(WEST, &format!("events:{turn}"), &of);
            let all = lab.get(WEST, "events:ListRules", &json!({}));
            assert_eq!(all["Rules"][0]["State"], state);
        }
        let refusal = |lab: &mut Lab, name: &str| {
            let of = json!({ "Name": name });
            lab.refusal(WEST, "events:DisableRule", &of)
        };
        assert_eq!(refusal(&mut lab, "managed"), "ManagedRuleException");
        assert_eq!(refusal(&mut lab, "none"), "ResourceNotFoundException");
    }
}
