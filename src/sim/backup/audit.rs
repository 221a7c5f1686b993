//! Restore-testing plans, frameworks, and jobs counted.

use std::collections::BTreeMap;

use jiff::{SignedDuration, Timestamp};
use serde_json::{Value, json};

use super::jobs::restore_word;
use super::{cut, invalid, not_found, required};
use crate::sim::world::job::{Job, JobState, Work};
use crate::sim::world::seed::arn;
use crate::sim::world::shelf::pick;
use crate::sim::world::value::{list, text, time};
use crate::sim::world::{Caller, Fault, World};

const TEST: &str = "backup:restore-testing-plan";
const FRAMEWORK: &str = "backup:framework";

/// The ARN of a restore-testing plan.
pub(crate) fn test_arn(region: &str, account: &str, name: &str) -> String {
    let rest = format!("restore-testing-plan:{name}");
    arn("backup", region, account, &rest)
}

fn show_test(caller: &Caller, name: &str, item: &Value) -> Value {
    let mut shown = pick(
        item,
        &["LastExecutionTime", "LastUpdateTime", "StartWindowHours"],
    );
    let own = test_arn(&caller.region, &caller.account, name);
    shown["RestoreTestingPlanArn"] = json!(own);
    shown["RestoreTestingPlanName"] = json!(name);
    let usual = [
        ("ScheduleExpression", json!("cron(0 1 * * ? *)")),
        ("CreationTime", time(Timestamp::UNIX_EPOCH)),
    ];
    for (member, value) in usual {
        shown[member] = item.get(member).cloned().unwrap_or(value);
    }
    shown
}

// https://docs.aws.amazon.com/aws-backup/latest/devguide/API_ListRestoreTestingPlans.html
pub(super) fn list_tests(
    world: &mut World,
    caller: &Caller,
    input: &Value,
    _: Timestamp,
) -> Result<Value, Fault> {
    let place = world.place_mut(&caller.account, &caller.region);
    let page = cut(input, place.shelves.all(TEST).enumerate())?;
    let shown = page.items.into_iter();
    let shown = shown.map(|(name, item)| show_test(caller, name, item));
    Ok(json!({
        "RestoreTestingPlans": shown.collect::<Vec<_>>(),
        "NextToken": page.next,
    }))
}

/// A restore-testing plan of the caller's Region, or the refusal.
fn one_test<'w>(
    world: &'w mut World,
    caller: &Caller,
    input: &Value,
) -> Result<(String, &'w Value), Fault> {
    let name = required(input, "RestoreTestingPlanName")?;
    let place = world.place_mut(&caller.account, &caller.region);
    let item = place.shelves.one(TEST, name).ok_or_else(|| {
        not_found(format!("Restore testing plan {name} does not exist."))
    })?;
    Ok((name.to_owned(), item))
}

// https://docs.aws.amazon.com/aws-backup/latest/devguide/API_GetRestoreTestingPlan.html
pub(super) fn test(
    world: &mut World,
    caller: &Caller,
    input: &Value,
    _: Timestamp,
) -> Result<Value, Fault> {
    let (name, item) = one_test(world, caller, input)?;
    let mut shown = show_test(caller, &name, item);
    let selection = item.get("RecoveryPointSelection").cloned();
    shown["RecoveryPointSelection"] = selection.unwrap_or_else(|| {
        json!({
            "Algorithm": "LATEST_WITHIN_WINDOW",
            "IncludeVaults": ["*"],
            "SelectionWindowDays": 30,
        })
    });
    Ok(json!({ "RestoreTestingPlan": shown }))
}

// https://docs.aws.amazon.com/aws-backup/latest/devguide/API_ListRestoreTestingSelections.html
pub(super) fn list_test_selections(
    world: &mut World,
    caller: &Caller,
    input: &Value,
    _: Timestamp,
) -> Result<Value, Fault> {
    let (plan, item) = one_test(world, caller, input)?;
    let page = cut(input, list(item, "Selections").iter().enumerate())?;
    let role = format!("arn:aws:iam::{}:role/restore-test", caller.account);
    let shown = page.items.into_iter().map(|kind| {
        let kind = kind.as_str().unwrap_or_default();
        json!({
            "CreationTime": time(Timestamp::UNIX_EPOCH),
            "IamRoleArn": role,
            "ProtectedResourceType": kind,
            "RestoreTestingPlanName": plan,
            "RestoreTestingSelectionName": kind.to_lowercase(),
        })
    });
    Ok(json!({
        "RestoreTestingSelections": shown.collect::<Vec<_>>(),
        "NextToken": page.next,
    }))
}

fn show_framework(caller: &Caller, name: &str, item: &Value) -> Value {
    let members = ["FrameworkDescription", "CreationTime"];
    let mut shown = pick(item, &members);
    let rest = format!("framework:{name}");
    let own = arn("backup", &caller.region, &caller.account, &rest);
    shown["FrameworkName"] = json!(name);
    shown["FrameworkArn"] = json!(own);
    let status = text(item, "DeploymentStatus").unwrap_or("COMPLETED");
    shown["DeploymentStatus"] = json!(status);
    shown
}

// https://docs.aws.amazon.com/aws-backup/latest/devguide/API_ListFrameworks.html
pub(super) fn list_frameworks(
    world: &mut World,
    caller: &Caller,
    input: &Value,
    _: Timestamp,
) -> Result<Value, Fault> {
    let place = world.place_mut(&caller.account, &caller.region);
    let page = cut(input, place.shelves.all(FRAMEWORK).enumerate())?;
    let shown = page.items.into_iter().map(|(name, item)| {
        let mut shown = show_framework(caller, name, item);
        let controls = list(item, "FrameworkControls").len();
        shown["NumberOfControls"] = json!(controls);
        shown
    });
    Ok(json!({
        "Frameworks": shown.collect::<Vec<_>>(),
        "NextToken": page.next,
    }))
}

// https://docs.aws.amazon.com/aws-backup/latest/devguide/API_DescribeFramework.html
pub(super) fn framework(
    world: &mut World,
    caller: &Caller,
    input: &Value,
    _: Timestamp,
) -> Result<Value, Fault> {
    let name = required(input, "FrameworkName")?;
    let place = world.place_mut(&caller.account, &caller.region);
    let item = place.shelves.one(FRAMEWORK, name).ok_or_else(|| {
        not_found(format!("Framework {name} does not exist."))
    })?;
    let mut shown = show_framework(caller, name, item);
    let status = text(item, "FrameworkStatus").unwrap_or("ACTIVE");
    shown["FrameworkStatus"] = json!(status);
    let controls = list(item, "FrameworkControls");
    shown["FrameworkControls"] = json!(controls);
    Ok(shown)
}

/// Which jobs are counted, and the words for their states.
pub(super) struct Counting {
    member: &'static str,
    is: fn(&Work) -> bool,
    word: fn(JobState) -> &'static str,
}

pub(super) const BACKUPS: Counting = Counting {
    member: "BackupJobSummaries",
    is: |work| matches!(work, Work::Backup { .. }),
    word: JobState::word,
};

pub(super) const COPIES: Counting = Counting {
    member: "CopyJobSummaries",
    is: |work| matches!(work, Work::Copy { .. }),
    word: JobState::word,
};

pub(super) const RESTORES: Counting = Counting {
    member: "RestoreJobSummaries",
    is: |work| matches!(work, Work::Restore { .. }),
    word: restore_word,
};

/// How far back a count goes.
fn period(input: &Value) -> Result<(&str, SignedDuration), Fault> {
    let period = text(input, "AggregationPeriod").unwrap_or("FOURTEEN_DAYS");
    let days = match period {
        "ONE_DAY" => 1,
        "SEVEN_DAYS" => 7,
        "FOURTEEN_DAYS" => 14,
        other => {
            let text = format!("{other} is not a valid AggregationPeriod.");
            return Err(invalid(text));
        }
    };
    Ok((period, SignedDuration::from_hours(24 * days)))
}

/// Jobs by state and type; `ANY` counts each apart, no word all together.
// https://docs.aws.amazon.com/aws-backup/latest/devguide/API_ListBackupJobSummaries.html
pub(super) fn summaries(
    world: &World,
    caller: &Caller,
    input: &Value,
    now: Timestamp,
    counting: &Counting,
) -> Result<Value, Fault> {
    let (period, back) = period(input)?;
    let from = now - back;
    let apart = |member: &str, is: &str| -> Option<String> {
        match text(input, member) {
            None | Some("AGGREGATE_ALL") => Some("AGGREGATE_ALL".to_owned()),
            Some("ANY") => Some(is.to_owned()),
            Some(wanted) => (wanted == is).then(|| is.to_owned()),
        }
    };
    let place = world.place(&caller.account, &caller.region);
    let jobs = place.into_iter().flat_map(|place| place.jobs.all());
    let mut counts: BTreeMap<(String, String), i64> = BTreeMap::new();
    let counted = |job: &&Job| (counting.is)(&job.work) && job.created > from;
    for job in jobs.filter(counted) {
        let state = apart("State", (counting.word)(job.state));
        let of = apart("ResourceType", &job.resource_type);
        if let (Some(state), Some(of)) = (state, of) {
            *counts.entry((state, of)).or_default() += 1;
        }
    }
    let page = cut(input, counts.into_iter().enumerate())?;
    let shown = page.items.into_iter().map(|((state, of), count)| {
        json!({
            "Region": caller.region,
            "AccountId": caller.account,
            "State": state,
            "ResourceType": of,
            "Count": count,
            "StartTime": time(from),
            "EndTime": time(now),
        })
    });
    Ok(json!({
        counting.member: shown.collect::<Vec<_>>(),
        "AggregationPeriod": period,
        "NextToken": page.next,
    }))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::sim::world::fixture::{ACCOUNT, Lab, WEST, db_arn};

    #[test]
    fn a_restore_testing_plan_is_listed_and_told_whole() {
        let mut lab = Lab::new();
        let shelves = &mut lab.world.place_mut(ACCOUNT, WEST).shelves;
        let item = json!({
            "LastExecutionTime": "2026-11-22T01:00:00Z",
            "Selections": ["RDS", "EFS"],
        });
        shelves.put(TEST, "weekly", item);
        let op = "backup:ListRestoreTestingPlans";
        let all = lab.get(WEST, op, &json!({}));
        let first = &all["RestoreTestingPlans"][0];
        assert_eq!(first["LastExecutionTime"], "2026-11-22T01:00:00Z");
        let of = json!({ "RestoreTestingPlanName": "weekly" });
        let told = lab.get(WEST, "backup:GetRestoreTestingPlan", &of);
        let window = &told["RestoreTestingPlan"]["RecoveryPointSelection"];
        assert_eq!(window["SelectionWindowDays"], 30);
        let op = "backup:ListRestoreTestingSelections";
        let types = lab.get(WEST, op, &of);
        let types = &types["RestoreTestingSelections"];
        assert_eq!(types[1]["ProtectedResourceType"], "EFS");
        let of = json!({ "RestoreTestingPlanName": "none" });
        assert_eq!(lab.refusal(WEST, op, &of), "ResourceNotFoundException");
    }

    #[test]
    fn a_framework_is_listed_and_told_with_its_controls() {
        let mut lab = Lab::new();
        let shelves = &mut lab.world.place_mut(ACCOUNT, WEST).shelves;
        let item = json!({ "FrameworkControls": [
            { "ControlName": "BACKUP_RECOVERY_POINT_ENCRYPTED" },
        ] });
        shelves.put(FRAMEWORK, "guide", item);
        let all = lab.get(WEST, "backup:ListFrameworks", &json!({}));
        assert_eq!(all["Frameworks"][0]["NumberOfControls"], 1);
        let of = json!({ "FrameworkName": "guide" });
        let told = lab.get(WEST, "backup:DescribeFramework", &of);
        assert_eq!(told["FrameworkStatus"], "ACTIVE");
    }

    #[test]
    fn jobs_are_counted_by_state_and_type_or_all_together() {
        let mut lab = Lab::new();
        for token in ["one", "two"] {
            let input = json!({
                "BackupVaultName": "main",
                "ResourceArn": db_arn(WEST, "orders"),
                "IamRoleArn": "arn:aws:iam::111122223333:role/backup",
                "IdempotencyToken": token,
            });
            lab.get(WEST, "backup:StartBackupJob", &input);
        }
        lab.wait(400);
        let op = "backup:ListBackupJobSummaries";
        let any = json!({ "State": "ANY", "ResourceType": "ANY",
            "AggregationPeriod": "ONE_DAY" });
        let told = lab.get(WEST, op, &any);
        let first = &told["BackupJobSummaries"][0];
        assert_eq!(
            (&first["State"], &first["Count"]),
            (&json!("COMPLETED"), &json!(2))
        );
        let failed = json!({ "State": "FAILED" });
        let told = lab.get(WEST, op, &failed);
        assert_eq!(told["BackupJobSummaries"], json!([]));
    }
}
