//! The simulated service `config`: rules, what complies, what is counted.

use jiff::Timestamp;
use serde_json::{Value, json};

use super::world::seed::arn;
use super::world::shelf::Paging;
use super::world::value::{list, text, time};
use super::world::{Caller, Fault, Service, World, refuse};

/// Its operations. An item of `config:rule` holds `Source`, `Compliance` and
/// `Offenders` (pairs of type and id), one of `config:count`, whose id is a
/// resource type, `count`, and one of `config:recorder` a
/// `ConfigurationRecorderStatus`.
pub const SERVICE: Service = Service {
    signing_name: "config",
    handlers: &[
        ("DescribeComplianceByConfigRule", compliance),
        ("DescribeConfigRules", rules),
        ("DescribeConfigurationRecorderStatus", recorders),
        ("GetComplianceDetailsByConfigRule", details),
        ("GetDiscoveredResourceCounts", counts),
    ],
    shelves: &["config:count", "config:recorder", "config:rule"],
};

const fn paging(most: usize) -> Paging {
    Paging {
        token: "NextToken",
        size: "Limit",
        most,
        refusal: "InvalidNextTokenException",
    }
}

// https://docs.aws.amazon.com/config/latest/APIReference/API_DescribeConfigRules.html
fn rules(
    world: &mut World,
    caller: &Caller,
    input: &Value,
    _: Timestamp,
) -> Result<Value, Fault> {
    let place = world.place_mut(&caller.account, &caller.region);
    let page = paging(25).cut(place.shelves.all("config:rule"), input)?;
    let shown = page.items.into_iter().map(|(name, item)| {
        let rest = format!("config-rule/{name}");
        json!({
            "ConfigRuleName": name,
            "ConfigRuleArn":
                arn("config", &caller.region, &caller.account, &rest),
            "ConfigRuleId": name,
            "ConfigRuleState": "ACTIVE",
            "Source": item["Source"],
        })
    });
    Ok(json!({
        "ConfigRules": shown.collect::<Vec<_>>(),
        "NextToken": page.next,
    }))
}

fn found(item: &Value) -> &str {
    text(item, "Compliance").unwrap_or("INSUFFICIENT_DATA")
}

// https://docs.aws.amazon.com/config/latest/APIReference/API_DescribeComplianceByConfigRule.html
fn compliance(
    world: &mut World,
    caller: &Caller,
    input: &Value,
    _: Timestamp,
) -> Result<Value, Fault> {
    let place = world.place_mut(&caller.account, &caller.region);
    let page = paging(25).cut(place.shelves.all("config:rule"), input)?;
    let shown = page.items.into_iter().map(|(name, item)| {
        json!({
            "ConfigRuleName": name,
            "Compliance": { "ComplianceType": found(item) },
        })
    });
    Ok(json!({
        "ComplianceByConfigRules": shown.collect::<Vec<_>>(),
        "NextToken": page.next,
    }))
}

// https://docs.aws.amazon.com/config/latest/APIReference/API_GetComplianceDetailsByConfigRule.html
fn details(
    world: &mut World,
    caller: &Caller,
    input: &Value,
    now: Timestamp,
) -> Result<Value, Fault> {
    let name = text(input, "ConfigRuleName").unwrap_or_default();
    let place = world.place_mut(&caller.account, &caller.region);
    let item = place.shelves.one("config:rule", name).ok_or_else(|| {
        let why = format!("The ConfigRule '{name}' provided is not valid.");
        refuse(400, "NoSuchConfigRuleException", why)
    })?;
    let page = paging(100).cut(list(item, "Offenders"), input)?;
    let shown = page.items.into_iter().map(|offender| {
        let qualifier = json!({
            "ConfigRuleName": name,
            "ResourceType": offender[0],
            "ResourceId": offender[1],
        });
        json!({
            "ComplianceType": "NON_COMPLIANT",
            "ResultRecordedTime": time(now),
            "EvaluationResultIdentifier": {
                "EvaluationResultQualifier": qualifier,
                "OrderingTimestamp": time(now),
            },
        })
    });
    Ok(json!({
        "EvaluationResults": shown.collect::<Vec<_>>(),
        "NextToken": page.next,
    }))
}

// https://docs.aws.amazon.com/config/latest/APIReference/API_DescribeConfigurationRecorderStatus.html
fn recorders(
    world: &mut World,
    caller: &Caller,
    _: &Value,
    _: Timestamp,
) -> Result<Value, Fault> {
    let place = world.place_mut(&caller.account, &caller.region);
    let all = place.shelves.all("config:recorder").map(|(name, item)| {
        let mut recorder = item.clone();
        recorder["name"] = json!(name);
        recorder
    });
    let all: Vec<Value> = all.collect();
    Ok(json!({ "ConfigurationRecordersStatus": all }))
}

// https://docs.aws.amazon.com/config/latest/APIReference/API_GetDiscoveredResourceCounts.html
fn counts(
    world: &mut World,
    caller: &Caller,
    input: &Value,
    _: Timestamp,
) -> Result<Value, Fault> {
    let wanted = list(input, "resourceTypes");
    if wanted.len() > 20 {
        let why = "resourceTypes must have at most 20 members.";
        return Err(refuse(400, "ValidationException", why));
    }
    let place = world.place_mut(&caller.account, &caller.region);
    let all = place.shelves.all("config:count").filter(|(of, _)| {
        wanted.is_empty() || wanted.iter().any(|wanted| wanted == of)
    });
    let all: Vec<Value> = all
        .map(
            |(of, item)| json!({ "resourceType": of, "count": item["count"] }),
        )
        .collect();
    let total: i64 = all.iter().filter_map(|one| one["count"].as_i64()).sum();
    Ok(json!({
        "totalDiscoveredResources": total,
        "resourceCounts": all,
    }))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::sim::world::fixture::{ACCOUNT, Lab, WEST};

    #[test]
    fn a_rule_tells_what_it_found_and_what_does_not_comply() {
        let mut lab = Lab::new();
        let shelves = &mut lab.world.place_mut(ACCOUNT, WEST).shelves;
        let identifier = "EBS_IN_BACKUP_PLAN";
        let item = json!({
            "Source": { "Owner": "AWS", "SourceIdentifier": identifier },
            "Compliance": "NON_COMPLIANT",
            "Offenders": [["AWS::EC2::Volume", "vol-1"]],
        });
        shelves.put("config:rule", "ebs-in-backup-plan", item);
        shelves.put("config:count", "AWS::SQS::Queue", json!({ "count": 3 }));
        let all = lab.get(WEST, "config:DescribeConfigRules", &json!({}));
        let source = &all["ConfigRules"][0]["Source"];
        assert_eq!(source["SourceIdentifier"], identifier);
        let of = json!({ "ConfigRuleName": "ebs-in-backup-plan" });
        let operation = "config:GetComplianceDetailsByConfigRule";
        let told = lab.get(WEST, operation, &of);
        let id = &told["EvaluationResults"][0]["EvaluationResultIdentifier"];
        assert_eq!(id["EvaluationResultQualifier"]["ResourceId"], "vol-1");
        let none = json!({ "ConfigRuleName": "none" });
        let code = lab.refusal(WEST, operation, &none);
        assert_eq!(code, "NoSuchConfigRuleException");
        let of = json!({ "resourceTypes": ["AWS::SQS::Queue"] });
        let told = lab.get(WEST, "config:GetDiscoveredResourceCounts", &of);
        assert_eq!(told["totalDiscoveredResources"], 3);
    }
}
