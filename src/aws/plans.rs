//! What we ask of AWS Backup about its plans, and what it answers.

use jiff::Timestamp;
use serde::Deserialize;
use serde_json::{Value, json};

use super::modeled::{Client, into};
use super::pages::whole;
use super::{Look, Reader, Seen};
use crate::estate::part::backup::{
    BackupPlan, Comparison, Condition, CopyTo, PlanRule, Selection,
};
use crate::failure::{Failure, cleaned};

/// The most plans whose rules and selections one look asks for.
const MOST: usize = 200;

#[derive(Debug, Default, Deserialize)]
#[serde(rename_all = "PascalCase", default)]
struct Listed {
    backup_plans_list: Vec<PlanTold>,
}

#[derive(Debug, Default, Deserialize)]
#[serde(rename_all = "PascalCase", default)]
struct PlanTold {
    backup_plan_arn: String,
    backup_plan_id: String,
    backup_plan_name: String,
    last_execution_date: Option<Timestamp>,
}

#[derive(Debug, Default, Deserialize)]
#[serde(rename_all = "PascalCase", default)]
struct PlanSaid {
    backup_plan: Body,
}

#[derive(Debug, Default, Deserialize)]
#[serde(rename_all = "PascalCase", default)]
struct Body {
    rules: Vec<RuleTold>,
}

#[derive(Debug, Default, Deserialize)]
#[serde(rename_all = "PascalCase", default)]
struct RuleTold {
    rule_name: String,
    target_backup_vault_name: String,
    schedule_expression: Option<String>,
    lifecycle: Lifecycle,
    copy_actions: Vec<CopyTold>,
    enable_continuous_backup: bool,
}

#[derive(Debug, Default, Deserialize)]
#[serde(rename_all = "PascalCase", default)]
struct Lifecycle {
    delete_after_days: Option<i64>,
    move_to_cold_storage_after_days: Option<i64>,
}

#[derive(Debug, Default, Deserialize)]
#[serde(rename_all = "PascalCase", default)]
struct CopyTold {
    destination_backup_vault_arn: String,
    lifecycle: Lifecycle,
}

#[derive(Debug, Default, Deserialize)]
#[serde(rename_all = "PascalCase", default)]
struct SelectionsListed {
    backup_selections_list: Vec<SelectionEntry>,
}

#[derive(Debug, Default, Deserialize)]
#[serde(rename_all = "PascalCase", default)]
struct SelectionEntry {
    selection_id: String,
}

#[derive(Debug, Default, Deserialize)]
#[serde(rename_all = "PascalCase", default)]
struct SelectionSaid {
    backup_selection: SelectionTold,
}

#[derive(Debug, Default, Deserialize)]
#[serde(rename_all = "PascalCase", default)]
struct SelectionTold {
    selection_name: String,
    resources: Vec<String>,
    not_resources: Vec<String>,
    list_of_tags: Vec<TagTold>,
    conditions: Conditions,
}

#[derive(Debug, Default, Deserialize)]
#[serde(rename_all = "PascalCase", default)]
struct Conditions {
    string_equals: Vec<TagTold>,
    string_not_equals: Vec<TagTold>,
    string_like: Vec<TagTold>,
    string_not_like: Vec<TagTold>,
}

#[derive(Debug, Default, Deserialize)]
#[serde(rename_all = "PascalCase", default)]
struct TagTold {
    condition_key: String,
    condition_value: String,
}

/// The plans of a Region with their rules and what they select.
pub(super) async fn plans(reader: &Reader) -> Look {
    let backup = reader.modeled("backup")?;
    let doing = "list backup plans";
    let input = json!({ "MaxResults": 1000 });
    let listed = backup.list(doing, "ListBackupPlans", input, |page| {
        let listed: Listed = into(doing, page)?;
        Ok(listed.backup_plans_list)
    });
    let listed = listed.await?;
    let mut plans: Vec<_> = listed.items.into_iter().map(plan).collect();
    for (index, plan) in plans.iter_mut().enumerate() {
        if index < MOST {
            complete(&backup, plan).await;
        } else {
            plan.unknown.push(format!("not asked: {MOST} plans a look are"));
        }
    }
    Ok(Seen::parts(plans, listed.partial))
}

fn plan(told: PlanTold) -> BackupPlan {
    BackupPlan {
        arn: cleaned(&told.backup_plan_arn),
        id: cleaned(&told.backup_plan_id),
        name: cleaned(&told.backup_plan_name),
        rules: None,
        selections: None,
        ran: told.last_execution_date,
        unknown: Vec::new(),
    }
}

/// Asks for the rules of a plan and for what it selects.
async fn complete(backup: &Client, plan: &mut BackupPlan) {
    match ask_rules(backup, &plan.id).await {
        Ok(rules) => plan.rules = Some(rules),
        Err(failure) => plan.unknown.push(failure.to_string()),
    }
    match ask_selections(backup, &plan.id).await {
        Ok(selections) => plan.selections = Some(selections),
        Err(why) => plan.unknown.push(why),
    }
}

async fn ask_rules(
    backup: &Client,
    id: &str,
) -> Result<Vec<PlanRule>, Failure> {
    let doing = "ask for the rules of a backup plan";
    let input = json!({ "BackupPlanId": id });
    let said = backup.ask(doing, "GetBackupPlan", input).await?;
    let said: PlanSaid = into(doing, said)?;
    Ok(said.backup_plan.rules.into_iter().map(rule).collect())
}

/// All selections of a plan; one that is not told makes all of them unknown,
/// since it might select what the others do not.
async fn ask_selections(
    backup: &Client,
    id: &str,
) -> Result<Vec<Selection>, String> {
    let doing = "list the selections of a backup plan";
    let input = json!({ "BackupPlanId": id, "MaxResults": 1000 });
    let listed = backup.list(doing, "ListBackupSelections", input, |page| {
        let listed: SelectionsListed = into(doing, page)?;
        Ok(listed.backup_selections_list)
    });
    let listed = whole(listed.await)?;
    let mut selections = Vec::with_capacity(listed.len());
    for entry in listed {
        let doing = "ask what a backup plan selects";
        let input = json!({
            "BackupPlanId": id,
            "SelectionId": entry.selection_id,
        });
        let said = backup.ask(doing, "GetBackupSelection", input).await;
        let said = said.and_then(|said| selection(doing, said));
        selections.push(said.map_err(|failure| failure.to_string())?);
    }
    Ok(selections)
}

fn rule(told: RuleTold) -> PlanRule {
    let copies = told.copy_actions.into_iter().map(|copy| CopyTo {
        vault: cleaned(&copy.destination_backup_vault_arn),
        keep_days: copy.lifecycle.delete_after_days,
    });
    PlanRule {
        name: cleaned(&told.rule_name),
        vault: cleaned(&told.target_backup_vault_name),
        schedule: told.schedule_expression.as_deref().map(cleaned),
        keep_days: told.lifecycle.delete_after_days,
        cold_days: told.lifecycle.move_to_cold_storage_after_days,
        continuous: told.enable_continuous_backup,
        copies: copies.collect(),
    }
}

fn selection(doing: &str, said: Value) -> Result<Selection, Failure> {
    let told: SelectionSaid = into(doing, said)?;
    let told = told.backup_selection;
    let clean = |all: Vec<String>| all.iter().map(|t| cleaned(t)).collect();
    let of = |how, all: Vec<TagTold>| {
        all.into_iter().map(move |tag| {
            let (key, value) = pair(&tag);
            Condition { how, key, value }
        })
    };
    let Conditions {
        string_equals,
        string_not_equals,
        string_like,
        string_not_like,
    } = told.conditions;
    Ok(Selection {
        name: cleaned(&told.selection_name),
        resources: clean(told.resources),
        not_resources: clean(told.not_resources),
        tags: told.list_of_tags.iter().map(pair).collect(),
        conditions: of(Comparison::Equals, string_equals)
            .chain(of(Comparison::NotEquals, string_not_equals))
            .chain(of(Comparison::Like, string_like))
            .chain(of(Comparison::NotLike, string_not_like))
            .collect(),
    })
}

/// A tag's key, without what conditions write before it, and its value.
fn pair(tag: &TagTold) -> (String, String) {
    let key = tag.condition_key.as_str();
    let key = key.strip_prefix("aws:ResourceTag/").unwrap_or(key);
    (cleaned(key), cleaned(&tag.condition_value))
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeMap;

    use super::*;

    /// AWS's knowledge centre prints it in "assign resources to a Backup
    /// plan": volumes tagged with both.
    #[test]
    fn a_printed_selection_is_read() {
        let said = json!({ "BackupSelection": {
            "SelectionName": "Example-1",
            "IamRoleArn": "arn:aws:iam::111122223333:role/service-role/\
                AWSBackupDefaultServiceRole",
            "Resources": ["arn:aws:ec2:*:*:volume/*"],
            "ListOfTags": [],
            "NotResources": [],
            "Conditions": {
                "StringEquals": [
                    { "ConditionKey": "aws:ResourceTag/backup",
                      "ConditionValue": "yes" },
                    { "ConditionKey": "aws:ResourceTag/owner",
                      "ConditionValue": "example" },
                ],
                "StringNotEquals": [],
                "StringLike": [],
                "StringNotLike": [],
            },
        } });
        let selection = selection("try", said).unwrap();
        let tags = |owner: &str| {
            BTreeMap::from([
                ("backup".to_owned(), "yes".to_owned()),
                ("owner".to_owned(), owner.to_owned()),
            ])
        };
        let volume = "arn:aws:ec2:eu-west-1:111122223333:volume/vol-1";
        assert!(selection.covers(volume, &tags("example")));
        assert!(!selection.covers(volume, &tags("other")));
    }

    #[test]
    fn a_rule_without_a_lifecycle_keeps_for_ever() {
        let told: RuleTold = into(
            "try",
            json!({ "RuleName": "daily", "TargetBackupVaultName": "main",
                "CopyActions": [{
                    "DestinationBackupVaultArn":
                        "arn:aws:backup:eu-central-1:1:backup-vault:dr",
                    "Lifecycle": { "DeleteAfterDays": 35 },
                }] }),
        )
        .unwrap();
        let rule = rule(told);
        assert_eq!(rule.keep_days, None);
        assert_eq!(rule.copies[0].keep_days, Some(35));
        let region = rule.copies[0].region();
        assert_eq!(region.as_deref(), Some("eu-central-1"));
    }
}
