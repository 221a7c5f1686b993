//! Plans and what they select.

use jiff::Timestamp;
use serde_json::{Value, json};

use super::{cut, not_found, required};
use crate::sim::world::seed::arn;
use crate::sim::world::shelf::{lay, pick};
use crate::sim::world::value::{flag, list, number, text, time};
use crate::sim::world::vault::BackupPlan;
use crate::sim::world::{Caller, Fault, Place, World, hex};

pub(super) fn plan_arn(caller: &Caller, id: &str) -> String {
    let rest = format!("backup-plan:{id}");
    arn("backup", &caller.region, &caller.account, &rest)
}

fn version(plan: &BackupPlan) -> &str {
    &plan.id
}

/// What a scenario lays over a plan.
fn laid<'p>(place: &'p Place, plan: &BackupPlan) -> Option<&'p Value> {
    place.shelves.one("backup:plan", &plan.name)
}

fn is_there(place: &Place, plan: &BackupPlan) -> bool {
    laid(place, plan).is_none_or(|item| !flag(item, "Gone"))
}

/// A plan of the caller's Region, or the refusal.
fn held<'w>(
    world: &'w mut World,
    caller: &Caller,
    id: &str,
) -> Result<(&'w Place, &'w BackupPlan), Fault> {
    let place = &*world.place_mut(&caller.account, &caller.region);
    let plan = place.plans.get(id).filter(|plan| is_there(place, plan));
    plan.map(|plan| (place, plan)).ok_or_else(|| {
        not_found(format!("Cannot find Backup plan with ID {id}"))
    })
}

/// When a plan last started something: its last tick up to now.
fn last_run(plan: &BackupPlan, now: Timestamp) -> Option<Value> {
    let every = plan.every.as_secs();
    if every <= 0 {
        return None;
    }
    let tick = now.as_second().div_euclid(every) * every;
    Timestamp::from_second(tick).ok().map(time)
}

pub(super) fn list_plans(
    world: &mut World,
    caller: &Caller,
    input: &Value,
    now: Timestamp,
) -> Result<Value, Fault> {
    let place = &*world.place_mut(&caller.account, &caller.region);
    let all = place.plans.values().enumerate();
    let page = cut(input, all.filter(|(_, plan)| is_there(place, plan)))?;
    let plans = page.items.into_iter().map(|plan| {
        json!({
            "BackupPlanArn": plan_arn(caller, &plan.id),
            "BackupPlanId": plan.id,
            "BackupPlanName": plan.name,
            "CreationDate": time(plan.created),
            "VersionId": version(plan),
            "LastExecutionDate": last_run(plan, now),
        })
    });
    Ok(json!({
        "BackupPlansList": plans.collect::<Vec<_>>(),
        "NextToken": page.next,
    }))
}

fn rule(plan: &BackupPlan) -> Value {
    let lifecycle =
        plan.delete_after_days.map(|days| json!({ "DeleteAfterDays": days }));
    let copies: Vec<Value> = plan
        .copy_to
        .iter()
        .map(|to| {
            json!({
                "DestinationBackupVaultArn": to,
                "Lifecycle": lifecycle,
            })
        })
        .collect();
    json!({
        "RuleName": plan.name,
        "RuleId": plan.id,
        "TargetBackupVaultName": plan.vault,
        "ScheduleExpression": plan.schedule,
        "StartWindowMinutes": 60,
        "CompletionWindowMinutes": 180,
        "Lifecycle": lifecycle,
        "CopyActions": copies,
    })
}

pub(super) fn plan(
    world: &mut World,
    caller: &Caller,
    input: &Value,
    now: Timestamp,
) -> Result<Value, Fault> {
    let (place, plan) = held(world, caller, required(input, "BackupPlanId")?)?;
    let mut body = json!({
        "BackupPlanName": plan.name,
        "Rules": [rule(plan)],
    });
    if let Some(item) = laid(place, plan) {
        lay(&mut body, &pick(item, &["Rules"]));
    }
    Ok(json!({
        "BackupPlan": body,
        "BackupPlanId": plan.id,
        "BackupPlanArn": plan_arn(caller, &plan.id),
        "VersionId": version(plan),
        "CreationDate": time(plan.created),
        "LastExecutionDate": last_run(plan, now),
    }))
}

/// Puts other rules in place of a plan's. What its runs keep and copy from
/// now on follows the first of them.
// https://docs.aws.amazon.com/aws-backup/latest/devguide/API_UpdateBackupPlan.html
pub(super) fn update(
    world: &mut World,
    caller: &Caller,
    input: &Value,
    now: Timestamp,
) -> Result<Value, Fault> {
    let id = required(input, "BackupPlanId")?;
    let (_, plan) = held(world, caller, id)?;
    let (name, created) = (plan.name.clone(), plan.created);
    let rules = list(&input["BackupPlan"], "Rules");
    let place = world.place_mut(&caller.account, &caller.region);
    if let (Some(plan), Some(first)) = (place.plans.get_mut(id), rules.first())
    {
        let days = number(&first["Lifecycle"], "DeleteAfterDays");
        plan.delete_after_days = days;
        let copies = list(first, "CopyActions").iter();
        let to = copies.filter_map(|to| text(to, "DestinationBackupVaultArn"));
        plan.copy_to = to.map(str::to_owned).collect();
    }
    let shown: Vec<Value> = rules
        .iter()
        .map(|rule| {
            let mut rule = rule.clone();
            rule["RuleId"] = json!(id);
            rule
        })
        .collect();
    let item = json!({ "Rules": shown });
    place.shelves.lay_over("backup:plan", &name, &item);
    Ok(json!({
        "BackupPlanId": id,
        "BackupPlanArn": plan_arn(caller, id),
        "CreationDate": time(created),
        "VersionId": hex(&format!("{id} {now}"))[..16],
    }))
}

/// The selections of a plan by their ids: the resources that it backs up, or
/// what a scenario says instead.
fn selections(place: &Place, plan: &BackupPlan) -> Vec<(String, Value)> {
    let own = json!({
        "SelectionName": format!("{}-resources", plan.name),
        "Resources": plan.resources,
    });
    let laid = laid(place, plan);
    let laid = laid.filter(|item| item.get("Selections").is_some());
    let all = match laid {
        Some(item) => list(item, "Selections").to_vec(),
        None => vec![own],
    };
    let named = all.into_iter().map(|mut selection| {
        let name = selection["SelectionName"].as_str().unwrap_or_default();
        let id = hex(&format!("{}/{name}", plan.id));
        let id = format!("{}-{}-{}", &id[..8], &id[8..12], &id[12..24]);
        if selection["IamRoleArn"].is_null() {
            selection["IamRoleArn"] = json!(plan.role);
        }
        (id, selection)
    });
    named.collect()
}

// https://docs.aws.amazon.com/aws-backup/latest/devguide/API_ListBackupSelections.html
pub(super) fn list_selections(
    world: &mut World,
    caller: &Caller,
    input: &Value,
    _: Timestamp,
) -> Result<Value, Fault> {
    let (place, plan) = held(world, caller, required(input, "BackupPlanId")?)?;
    let page = cut(input, selections(place, plan).into_iter().enumerate())?;
    let shown = page.items.into_iter().map(|(id, selection)| {
        json!({
            "SelectionId": id,
            "SelectionName": selection["SelectionName"],
            "BackupPlanId": plan.id,
            "CreationDate": time(plan.created),
            "IamRoleArn": selection["IamRoleArn"],
        })
    });
    Ok(json!({
        "BackupSelectionsList": shown.collect::<Vec<_>>(),
        "NextToken": page.next,
    }))
}

// https://docs.aws.amazon.com/aws-backup/latest/devguide/API_GetBackupSelection.html
pub(super) fn selection(
    world: &mut World,
    caller: &Caller,
    input: &Value,
    _: Timestamp,
) -> Result<Value, Fault> {
    let (place, plan) = held(world, caller, required(input, "BackupPlanId")?)?;
    let wanted = required(input, "SelectionId")?;
    let mut all = selections(place, plan).into_iter();
    let (id, selection) =
        all.find(|(id, _)| id == wanted).ok_or_else(|| {
            not_found(format!("Cannot find Backup selection {wanted}"))
        })?;
    Ok(json!({
        "BackupSelection": selection,
        "SelectionId": id,
        "BackupPlanId": plan.id,
        "CreationDate": time(plan.created),
    }))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::sim::world::fixture::{ACCOUNT, Lab, WEST, start};
    use jiff::SignedDuration;

    fn planned() -> Lab {
        let mut lab = Lab::new();
        let plan = BackupPlan {
            id: "p-1".to_owned(),
            name: "nightly".to_owned(),
            created: start(),
            vault: "main".to_owned(),
            schedule: "cron(0 0 * * ? *)".to_owned(),
            every: SignedDuration::from_hours(24),
            copy_to: Vec::new(),
            delete_after_days: Some(35),
            resources: vec!["arn:aws:s3:::b".to_owned()],
            role: "arn:aws:iam::111122223333:role/backup".to_owned(),
        };
        lab.world.add_plan(ACCOUNT, WEST, plan);
        lab
    }

    fn selected(lab: &mut Lab) -> Value {
        let of = json!({ "BackupPlanId": "p-1" });
        let all = lab.get(WEST, "backup:ListBackupSelections", &of);
        let id = &all["BackupSelectionsList"][0]["SelectionId"];
        let one = json!({ "BackupPlanId": "p-1", "SelectionId": id });
        let told = lab.get(WEST, "backup:GetBackupSelection", &one);
        told["BackupSelection"].clone()
    }

    #[test]
    fn an_updated_plan_shows_its_new_rules_and_keeps_by_them() {
        let mut lab = planned();
        let rule = json!({ "RuleName": "short", "TargetBackupVaultName":
            "main", "Lifecycle": { "DeleteAfterDays": 1 } });
        let plan = json!({ "BackupPlanName": "nightly", "Rules": [rule] });
        let input = json!({ "BackupPlanId": "p-1", "BackupPlan": plan });
        lab.get(WEST, "backup:UpdateBackupPlan", &input);
        let one = json!({ "BackupPlanId": "p-1" });
        let told = lab.get(WEST, "backup:GetBackupPlan", &one);
        let rule = &told["BackupPlan"]["Rules"][0];
        assert_eq!(rule["Lifecycle"]["DeleteAfterDays"], 1);
        let place = lab.world.place(ACCOUNT, WEST).unwrap();
        assert_eq!(place.plans["p-1"].delete_after_days, Some(1));
    }

    #[test]
    fn a_plan_selects_its_resources_unless_a_scenario_says_otherwise() {
        let mut lab = planned();
        assert_eq!(selected(&mut lab)["Resources"][0], "arn:aws:s3:::b");
        let shelves = &mut lab.world.place_mut(ACCOUNT, WEST).shelves;
        let tags = json!([{ "ConditionType": "STRINGEQUALS",
            "ConditionKey": "Backup", "ConditionValue": "Enabled" }]);
        let all = json!({ "Selections": [
            { "SelectionName": "by-tag", "ListOfTags": tags },
        ] });
        shelves.put("backup:plan", "nightly", all);
        assert_eq!(selected(&mut lab)["SelectionName"], "by-tag");
        let code = lab.refusal(
            WEST,
            "backup:GetBackupSelection",
            &json!({ "BackupPlanId": "p-1", "SelectionId": "none" }),
        );
        assert_eq!(code, "ResourceNotFoundException");
    }

    #[test]
    fn a_plan_that_is_gone_is_neither_listed_nor_found() {
        let mut lab = planned();
        let shelves = &mut lab.world.place_mut(ACCOUNT, WEST).shelves;
        shelves.put("backup:plan", "nightly", json!({ "Gone": true }));
        let all = lab.get(WEST, "backup:ListBackupPlans", &json!({}));
        assert_eq!(all["BackupPlansList"], json!([]));
        let of = json!({ "BackupPlanId": "p-1" });
        let code = lab.refusal(WEST, "backup:GetBackupPlan", &of);
        assert_eq!(code, "ResourceNotFoundException");
    }
}
