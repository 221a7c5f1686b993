//! What we ask of AWS Config, and what its answers mean.

use std::collections::BTreeMap;

use serde::Deserialize;
use serde_json::json;

use super::modeled::{Client, into};
use super::{Look, Reader, Seen, pages};
use crate::estate::part::config::{
    Compliance, ConfigRule, Counted, Recorder, STATEFUL,
};
use crate::failure::{Failure, cleaned};

/// The most rules whose offenders one look asks for.
const MOST: usize = 50;

/// What the names of rules about backups and recovery speak of, such as
/// `EBS_IN_BACKUP_PLAN` and `RDS_INSTANCE_DELETION_PROTECTION_ENABLED`.
// https://docs.aws.amazon.com/config/latest/developerguide/managed-rules-by-aws-config.html
const ABOUT: [&str; 9] = [
    "backup",
    "recovery",
    "pitr",
    "versioning",
    "replication",
    "deletion-protection",
    "air-gapped",
    "multi-az",
    "default-lock",
];

#[derive(Debug, Default, Deserialize)]
#[serde(rename_all = "PascalCase", default)]
struct Listed {
    config_rules: Vec<Told>,
}

#[derive(Debug, Default, Deserialize)]
#[serde(rename_all = "PascalCase", default)]
struct Told {
    config_rule_name: String,
    config_rule_arn: String,
    source: Source,
}

#[derive(Debug, Default, Deserialize)]
#[serde(rename_all = "PascalCase", default)]
struct Source {
    owner: String,
    source_identifier: String,
}

#[derive(Debug, Default, Deserialize)]
#[serde(rename_all = "PascalCase", default)]
struct Judged {
    compliance_by_config_rules: Vec<Judgement>,
}

#[derive(Debug, Default, Deserialize)]
#[serde(rename_all = "PascalCase", default)]
struct Judgement {
    config_rule_name: String,
    compliance: ComplianceTold,
}

#[derive(Debug, Default, Deserialize)]
#[serde(rename_all = "PascalCase", default)]
struct ComplianceTold {
    compliance_type: String,
}

#[derive(Debug, Default, Deserialize)]
#[serde(rename_all = "PascalCase", default)]
struct Details {
    evaluation_results: Vec<Evaluation>,
    next_token: Option<String>,
}

#[derive(Debug, Default, Deserialize)]
#[serde(rename_all = "PascalCase", default)]
struct Evaluation {
    evaluation_result_identifier: Identifier,
}

#[derive(Debug, Default, Deserialize)]
#[serde(rename_all = "PascalCase", default)]
struct Identifier {
    evaluation_result_qualifier: Qualifier,
}

#[derive(Debug, Default, Deserialize)]
#[serde(rename_all = "PascalCase", default)]
struct Qualifier {
    resource_type: String,
    resource_id: String,
}

#[derive(Debug, Default, Deserialize)]
#[serde(rename_all = "camelCase", default)]
struct Counts {
    resource_counts: Vec<Count>,
}

#[derive(Debug, Default, Deserialize)]
#[serde(rename_all = "camelCase", default)]
struct Count {
    resource_type: String,
    count: i64,
}

#[derive(Debug, Default, Deserialize)]
#[serde(rename_all = "PascalCase", default)]
struct Recorders {
    configuration_recorders_status: Vec<RecorderTold>,
}

#[derive(Debug, Default, Deserialize)]
#[serde(rename_all = "camelCase", default)]
struct RecorderTold {
    name: String,
    recording: Option<bool>,
    last_status: String,
    last_error_message: String,
}

/// The rules of a Region about backups, each with what does not comply.
pub(super) async fn rules(reader: &Reader) -> Look {
    let config = reader.modeled("config")?;
    let doing = "list the rules of AWS Config";
    let listed =
        config.list(doing, "DescribeConfigRules", json!({}), |page| {
            let listed: Listed = into(doing, page)?;
            Ok(listed
                .config_rules
                .into_iter()
                .filter(is_about_backup)
                .collect())
        });
    let listed = listed.await?;
    let mut reasons: Vec<String> = listed.partial.into_iter().collect();
    let judged = judged(&config, &mut reasons).await;
    let mut rules: Vec<_> = listed.items.into_iter().map(rule).collect();
    let mut asked = 0;
    for rule in &mut rules {
        rule.compliance = judged.get(&rule.name).copied().flatten();
        if rule.compliance != Some(Compliance::NonCompliant) {
            continue;
        }
        asked += 1;
        if asked <= MOST {
            find_offenders(&config, rule).await;
        } else {
            let why = format!("not asked what: {MOST} rules a look are");
            rule.unknown.push(why);
        }
    }
    Ok(Seen::parts(rules, pages::joined(&reasons)))
}

fn is_about_backup(told: &Told) -> bool {
    let both = [&told.config_rule_name, &told.source.source_identifier];
    both.iter().any(|name| {
        let name = name.to_lowercase().replace('_', "-");
        ABOUT.iter().any(|word| name.contains(word))
    })
}

fn rule(told: Told) -> ConfigRule {
    let managed = told.source.owner == "AWS";
    let identifier = cleaned(&told.source.source_identifier);
    ConfigRule {
        arn: cleaned(&told.config_rule_arn),
        name: cleaned(&told.config_rule_name),
        identifier: if managed { identifier } else { String::new() },
        compliance: None,
        offenders: None,
        unknown: Vec::new(),
    }
}

/// What every rule found, by its name.
async fn judged(
    config: &Client,
    reasons: &mut Vec<String>,
) -> BTreeMap<String, Option<Compliance>> {
    let doing = "ask what complies with the rules of AWS Config";
    let operation = "DescribeComplianceByConfigRule";
    let said = config.list(doing, operation, json!({}), |page| {
        let judged: Judged = into(doing, page)?;
        Ok(judged.compliance_by_config_rules)
    });
    match said.await {
        Ok(said) => {
            reasons.extend(said.partial);
            said.items
                .into_iter()
                .map(|one| {
                    let found = &one.compliance.compliance_type;
                    (cleaned(&one.config_rule_name), compliance(found))
                })
                .collect()
        }
        Err(failure) => {
            reasons.push(failure.to_string());
            BTreeMap::new()
        }
    }
}

fn compliance(told: &str) -> Option<Compliance> {
    match told {
        "COMPLIANT" => Some(Compliance::Compliant),
        "NON_COMPLIANT" => Some(Compliance::NonCompliant),
        "INSUFFICIENT_DATA" | "NOT_APPLICABLE" => {
            Some(Compliance::InsufficientData)
        }
        _ => None,
    }
}

/// Asks for one page of what does not comply; 100 names are enough to act.
async fn find_offenders(config: &Client, rule: &mut ConfigRule) {
    let doing = format!("ask what does not comply with {}", rule.name);
    let input = json!({
        "ConfigRuleName": rule.name,
        "ComplianceTypes": ["NON_COMPLIANT"],
        "Limit": 100,
    });
    let operation = "GetComplianceDetailsByConfigRule";
    let said = config.ask(&doing, operation, input).await;
    match said.and_then(|said| into::<Details>(&doing, said)) {
        Ok(said) => {
            let all = said.evaluation_results.iter().map(offender);
            rule.offenders = Some(all.collect());
            if said.next_token.is_some_and(|token| !token.is_empty()) {
                rule.unknown.push("there are more than 100".to_owned());
            }
        }
        Err(failure) => rule.unknown.push(failure.to_string()),
    }
}

fn offender(told: &Evaluation) -> String {
    let of = &told.evaluation_result_identifier.evaluation_result_qualifier;
    let kind = of.resource_type.rsplit("::").next().unwrap_or_default();
    cleaned(&format!("{kind} {}", of.resource_id))
}

/// The recorders of a Region; none means that Config was never set up.
pub(super) async fn recorders(reader: &Reader) -> Look {
    let doing = "ask whether AWS Config records";
    let config = reader.modeled("config")?;
    let operation = "DescribeConfigurationRecorderStatus";
    let said = config.ask(doing, operation, json!({})).await?;
    let said: Recorders = into(doing, said)?;
    let all = said.configuration_recorders_status.into_iter();
    let all = all.map(|told| Recorder {
        name: cleaned(&told.name),
        recording: told.recording,
        failed: (told.last_status == "Failure")
            .then(|| cleaned(&told.last_error_message)),
    });
    Ok(Seen::parts(all.collect::<Vec<_>>(), None))
}

/// How many resources there are of the types that hold data and are not
/// watched, as far as AWS Config records them.
pub(super) async fn counts(reader: &Reader) -> Look {
    let doing = "count the resources that are not watched";
    let config = reader.modeled("config")?;
    let types: Vec<_> = STATEFUL.iter().map(|(name, ..)| *name).collect();
    let input = json!({ "resourceTypes": types, "limit": 100 });
    let operation = "GetDiscoveredResourceCounts";
    let said =
        config.list(doing, operation, input, |page| counted(doing, page));
    let said = said.await?;
    Ok(Seen::parts(said.items, said.partial))
}

fn counted(
    doing: &str,
    said: serde_json::Value,
) -> Result<Vec<Counted>, Failure> {
    let said: Counts = into(doing, said)?;
    let all = said.resource_counts.into_iter();
    Ok(all
        .filter(|told| told.count > 0)
        .map(|told| Counted {
            of: cleaned(&told.resource_type),
            count: told.count,
        })
        .collect())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn told(name: &str, identifier: &str) -> Told {
        Told {
            config_rule_name: name.to_owned(),
            source: Source {
                owner: "AWS".to_owned(),
                source_identifier: identifier.to_owned(),
            },
            ..Told::default()
        }
    }

    #[test]
    fn rules_about_backups_are_told_by_name_or_by_what_they_are() {
        assert!(is_about_backup(&told("ours", "EBS_IN_BACKUP_PLAN")));
        assert!(is_about_backup(&told("ours", "DYNAMODB_PITR_ENABLED")));
        assert!(is_about_backup(&told("s3-bucket-versioning-enabled", "")));
        let other = told("ours", "ROOT_ACCOUNT_MFA_ENABLED");
        assert!(!is_about_backup(&other));
    }

    /// The API reference of `GetComplianceDetailsByConfigRule` prints it.
    #[test]
    fn what_does_not_comply_is_named_by_type_and_id() {
        let said = json!({ "EvaluationResults": [{
            "EvaluationResultIdentifier": {
                "OrderingTimestamp": "2015-10-30T20:47:17Z",
                "EvaluationResultQualifier": {
                    "ResourceType": "AWS::EC2::Instance",
                    "ResourceId": "i-nnnnnnnn",
                    "ConfigRuleName": "InstanceTypesAreT2micro",
                },
            },
            "ComplianceType": "NON_COMPLIANT",
        }] });
        let said: Details = into("try", said).unwrap();
        let all: Vec<_> =
            said.evaluation_results.iter().map(offender).collect();
        assert_eq!(all, ["Instance i-nnnnnnnn"]);
    }
}
