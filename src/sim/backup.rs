//! The simulated service `backup`: vaults, points, jobs, plans, audits.

mod audit;
mod guards;
mod holds;
mod jobs;
mod plans;
mod points;
mod start;
mod vaults;

use serde_json::Value;

use self::audit::{BACKUPS, COPIES, RESTORES, summaries};
use super::world::value::{Page, number, page, text};
use super::world::{Fault, Service, refuse};

/// Its operations. Items lie over what the world has: one of `backup:plan`
/// over the plan of that name (`Rules`, `Selections` in whole; `Gone`), of
/// `backup:vault` over the vault; `backup:vault-policy` is a vault's `Policy`
/// (text, or the document itself). `backup:restore-testing-plan` has its
/// `Selections`, `backup:framework` is what `DescribeFramework` answers, the
/// item `settings` of `backup:region-settings` what `DescribeRegionSettings`
/// does, for the types that it names.
pub const SERVICE: Service = Service {
    signing_name: "backup",
    handlers: &[
        ("CancelLegalHold", holds::cancel),
        ("CreateBackupVault", vaults::create),
        ("CreateLegalHold", holds::create),
        ("DeleteRecoveryPoint", points::delete),
        ("DescribeBackupJob", jobs::describe_backup),
        ("DescribeBackupVault", vaults::describe),
        ("DescribeCopyJob", jobs::describe_copy),
        ("DescribeFramework", audit::framework),
        ("DescribeProtectedResource", vaults::describe_protected),
        ("DescribeRecoveryPoint", points::describe),
        ("DescribeRegionSettings", guards::settings),
        ("DescribeRestoreJob", jobs::describe_restore),
        ("GetBackupPlan", plans::plan),
        ("GetBackupSelection", plans::selection),
        ("GetBackupVaultAccessPolicy", guards::policy),
        ("GetLegalHold", holds::get),
        ("GetRecoveryPointRestoreMetadata", points::restore_metadata),
        ("GetRestoreTestingPlan", audit::test),
        ("ListBackupJobSummaries", |world, caller, input, now| {
            summaries(world, caller, input, now, &BACKUPS)
        }),
        ("ListBackupJobs", jobs::list_backups),
        ("ListBackupPlans", plans::list_plans),
        ("ListBackupSelections", plans::list_selections),
        ("ListBackupVaults", vaults::list),
        ("ListCopyJobSummaries", |world, caller, input, now| {
            summaries(world, caller, input, now, &COPIES)
        }),
        ("ListCopyJobs", jobs::list_copies),
        ("ListFrameworks", audit::list_frameworks),
        ("ListLegalHolds", holds::list_all),
        ("ListProtectedResources", vaults::list_protected),
        ("ListRecoveryPointsByBackupVault", points::list_by_vault),
        ("ListRecoveryPointsByResource", points::list_by_resource),
        ("ListRestoreJobSummaries", |world, caller, input, now| {
            summaries(world, caller, input, now, &RESTORES)
        }),
        ("ListRestoreJobs", jobs::list_restores),
        ("ListRestoreTestingPlans", audit::list_tests),
        ("ListRestoreTestingSelections", audit::list_test_selections),
        ("ListTags", vaults::list_tags),
        ("StartBackupJob", start::backup),
        ("StartCopyJob", start::copy),
        ("StartRestoreJob", start::restore),
        ("UpdateBackupPlan", plans::update),
    ],
    shelves: &[
        "backup:framework",
        "backup:legal-hold",
        "backup:plan",
        "backup:region-settings",
        "backup:restore-testing-plan",
        "backup:vault",
        "backup:vault-policy",
    ],
};

pub(crate) use audit::test_arn;

/// The most items that one page holds, and how many it holds unasked.
// https://docs.aws.amazon.com/aws-backup/latest/devguide/API_ListBackupJobs.html
const PAGE: i64 = 1000;

fn invalid(message: impl Into<String>) -> Fault {
    refuse(400, "InvalidParameterValueException", message)
}

fn not_found(message: impl Into<String>) -> Fault {
    refuse(400, "ResourceNotFoundException", message)
}

/// A text member that the operation cannot do without.
fn required<'v>(input: &'v Value, member: &str) -> Result<&'v str, Fault> {
    text(input, member).ok_or_else(|| {
        refuse(
            400,
            "MissingParameterValueException",
            format!("{member} is a required parameter."),
        )
    })
}

/// Cuts the page that is asked for.
fn cut<T>(
    input: &Value,
    items: impl Iterator<Item = (usize, T)>,
) -> Result<Page<T>, Fault> {
    let most = number(input, "MaxResults").unwrap_or(PAGE);
    if !(1..=PAGE).contains(&most) {
        return Err(invalid(format!(
            "MaxResults must be between 1 and {PAGE}."
        )));
    }
    let most = usize::try_from(most).unwrap_or_default();
    page(items, text(input, "NextToken"), most)
        .ok_or_else(|| invalid("NextToken is not valid."))
}

/// Items newest first, with keys that stay when more are added.
fn newest<T>(items: &[T]) -> impl Iterator<Item = (usize, &T)> {
    let keyed = items.iter().enumerate().rev();
    keyed.map(|(index, item)| (usize::MAX - index, item))
}

#[cfg(test)]
mod tests {
    use serde_json::{Value, json};

    use crate::sim::world::database::Status;
    use crate::sim::world::fixture::{
        ACCOUNT, CENTRAL, Lab, WEST, db_arn, start,
    };
    use crate::sim::world::seed::arn;
    use crate::sim::world::vault::Point;

    const ROLE: &str = "arn:aws:iam::111122223333:role/backup";

    fn begin(lab: &mut Lab, token: &str) -> String {
        let input = json!({
            "BackupVaultName": "main",
            "ResourceArn": db_arn(WEST, "orders"),
            "IamRoleArn": ROLE,
            "IdempotencyToken": token,
        });
        let job = lab.get(WEST, "backup:StartBackupJob", &input);
        job["BackupJobId"].as_str().expect("it has an id").to_owned()
    }

    fn job(lab: &mut Lab, id: &str) -> Value {
        let input = json!({ "BackupJobId": id });
        lab.get(WEST, "backup:DescribeBackupJob", &input)
    }

    /// Runs a backup to its end and gives its recovery point.
    fn backed_up(lab: &mut Lab) -> String {
        let id = begin(lab, "one");
        lab.wait(400);
        let done = job(lab, &id);
        done["RecoveryPointArn"].as_str().expect("it is done").to_owned()
    }

    #[test]
    fn a_backup_job_goes_from_created_over_running_to_completed() {
        let mut lab = Lab::new();
        let id = begin(&mut lab, "one");
        assert_eq!(job(&mut lab, &id)["State"], "CREATED");
        assert_eq!(job(&mut lab, &id)["PercentDone"], "0.0");
        lab.wait(180);
        assert_eq!(job(&mut lab, &id)["State"], "RUNNING");
        assert_eq!(job(&mut lab, &id)["PercentDone"], "50.0");
        lab.wait(180);
        let done = job(&mut lab, &id);
        assert_eq!(done["State"], "COMPLETED");
        assert_eq!(done["CompletionDate"], "2026-11-23T10:06:00Z");
    }

    #[test]
    fn the_same_token_starts_one_job() {
        let mut lab = Lab::new();
        let first = begin(&mut lab, "one");
        assert_eq!(begin(&mut lab, "one"), first);
        assert_ne!(begin(&mut lab, "two"), first);
        assert_eq!(lab.world.applied("StartBackupJob"), 2);
    }

    #[test]
    fn speed_divides_how_long_a_job_takes() {
        let mut lab = Lab::new();
        lab.world.speed = 60;
        let id = begin(&mut lab, "one");
        lab.wait(6);
        assert_eq!(job(&mut lab, &id)["State"], "COMPLETED");
    }

    #[test]
    fn a_job_stands_still_while_its_region_is_dark() {
        let mut lab = Lab::new();
        let id = begin(&mut lab, "one");
        lab.wait(180);
        lab.darken(WEST);
        lab.wait(3600);
        assert_eq!(job(&mut lab, &id)["PercentDone"], "50.0");
    }

    #[test]
    fn a_finished_backup_is_a_recovery_point_and_a_snapshot() {
        let mut lab = Lab::new();
        let made = backed_up(&mut lab);
        let input = json!({ "BackupVaultName": "main" });
        let listed =
            lab.get(WEST, "backup:ListRecoveryPointsByBackupVault", &input);
        assert_eq!(listed["RecoveryPoints"][0]["RecoveryPointArn"], made);
        let point = json!({
            "BackupVaultName": "main",
            "RecoveryPointArn": made,
        });
        let described = lab.get(WEST, "backup:DescribeRecoveryPoint", &point);
        assert_eq!(described["Status"], "COMPLETED");
        let input = json!({ "SnapshotType": "awsbackup" });
        let shots = lab.get(WEST, "rds:DescribeDBSnapshots", &input);
        assert_eq!(shots["DBSnapshots"][0]["DBSnapshotArn"], made);
        let meta =
            lab.get(WEST, "backup:GetRecoveryPointRestoreMetadata", &point);
        assert_eq!(meta["RestoreMetadata"]["Engine"], "postgres");
        let input = json!({});
        let known = lab.get(WEST, "backup:ListProtectedResources", &input);
        let last = &known["Results"][0]["LastBackupTime"];
        assert_eq!(last, "2026-11-23T10:06:00Z");
    }

    #[test]
    fn a_copy_has_a_creation_time_of_its_own_but_keeps_the_data_time() {
        let mut lab = Lab::new();
        let made = backed_up(&mut lab);
        let vault = arn("backup", CENTRAL, ACCOUNT, "backup-vault:main");
        let input = json!({
            "RecoveryPointArn": made,
            "SourceBackupVaultName": "main",
            "DestinationBackupVaultArn": vault,
            "IamRoleArn": ROLE,
        });
        let id = lab.get(WEST, "backup:StartCopyJob", &input);
        lab.wait(600);
        let id = json!({ "CopyJobId": id["CopyJobId"] });
        let job = lab.get(WEST, "backup:DescribeCopyJob", &id);
        assert_eq!(job["CopyJob"]["State"], "COMPLETED");
        let copy = &job["CopyJob"]["DestinationRecoveryPointArn"];
        let point = json!({
            "BackupVaultName": "main",
            "RecoveryPointArn": copy,
        });
        let there = lab.get(CENTRAL, "backup:DescribeRecoveryPoint", &point);
        assert_eq!(there["CreationDate"], "2026-11-23T10:06:40Z");
        let shots = lab.get(CENTRAL, "rds:DescribeDBSnapshots", &json!({}));
        let shot = &shots["DBSnapshots"][0];
        assert_eq!(shot["SourceRegion"], WEST);
        assert_eq!(shot["SnapshotCreateTime"], "2026-11-23T10:14:40Z");
        assert_eq!(shot["OriginalSnapshotCreateTime"], "2026-11-23T10:06:00Z");
        assert_eq!(shot["SnapshotDatabaseTime"], "2026-11-23T10:00:00Z");
    }

    #[test]
    fn a_copy_into_a_dark_region_waits() {
        let mut lab = Lab::new();
        let made = backed_up(&mut lab);
        let vault = arn("backup", CENTRAL, ACCOUNT, "backup-vault:main");
        let input = json!({
            "RecoveryPointArn": made,
            "SourceBackupVaultName": "main",
            "DestinationBackupVaultArn": vault,
            "IamRoleArn": ROLE,
        });
        lab.get(WEST, "backup:StartCopyJob", &input);
        lab.darken(CENTRAL);
        lab.wait(3600);
        let jobs = lab.get(WEST, "backup:ListCopyJobs", &json!({}));
        assert_eq!(jobs["CopyJobs"][0]["State"], "CREATED");
    }

    #[test]
    fn a_restore_makes_a_database_that_is_creating_then_available() {
        let mut lab = Lab::new();
        let made = backed_up(&mut lab);
        let input = json!({
            "RecoveryPointArn": made,
            "Metadata": {
                "DBInstanceIdentifier": "orders-2",
                "VpcSecurityGroupIds": "[\"sg-closed\"]",
            },
            "IamRoleArn": ROLE,
            "IdempotencyToken": "r1",
        });
        let first = lab.get(WEST, "backup:StartRestoreJob", &input);
        let again = lab.get(WEST, "backup:StartRestoreJob", &input);
        assert_eq!(first, again);
        let state = |lab: &Lab| {
            let place = lab.world.place(ACCOUNT, WEST).expect("it is there");
            place.instances.get("orders-2").map(|db| db.status)
        };
        assert_eq!(state(&lab), None);
        lab.wait(120);
        assert_eq!(state(&lab), Some(Status::Creating));
        lab.wait(700);
        assert_eq!(state(&lab), Some(Status::Available));
        let place = lab.world.place(ACCOUNT, WEST).expect("it is there");
        assert_eq!(place.instances["orders-2"].security_groups, ["sg-closed"]);
        let job = lab.get(WEST, "backup:DescribeRestoreJob", &first);
        assert_eq!(job["Status"], "COMPLETED");
        assert_eq!(job["CreatedResourceArn"], db_arn(WEST, "orders-2"));
        let of = json!({ "ResourceArn": db_arn(WEST, "orders") });
        let proof = lab.get(WEST, "backup:DescribeProtectedResource", &of);
        assert_eq!(proof["LatestRestoreExecutionTimeMinutes"], 12);
    }

    #[test]
    fn what_is_not_there_is_refused_as_not_found() {
        let mut lab = Lab::new();
        let vault = json!({ "BackupVaultName": "nowhere" });
        let missing = "ResourceNotFoundException";
        let op = "backup:DescribeBackupVault";
        assert_eq!(lab.refusal(WEST, op, &vault), missing);
        let op = "backup:ListRecoveryPointsByBackupVault";
        assert_eq!(lab.refusal(WEST, op, &vault), missing);
        let point = json!({
            "BackupVaultName": "main",
            "RecoveryPointArn": "arn:aws:backup:eu-west-1:1:recovery-point:x",
        });
        let op = "backup:DescribeRecoveryPoint";
        assert_eq!(lab.refusal(WEST, op, &point), missing);
        let job = json!({ "BackupJobId": "x" });
        let op = "backup:DescribeBackupJob";
        assert_eq!(lab.refusal(WEST, op, &job), missing);
    }

    #[test]
    fn a_vault_is_made_once() {
        let mut lab = Lab::new();
        let input = json!({ "BackupVaultName": "second" });
        let op = "backup:CreateBackupVault";
        let made = lab.get(WEST, op, &input);
        let own = arn("backup", WEST, ACCOUNT, "backup-vault:second");
        assert_eq!(made["BackupVaultArn"], own);
        assert_eq!(lab.refusal(WEST, op, &input), "AlreadyExistsException");
        let input = json!({ "BackupVaultName": "no spaces" });
        let code = lab.refusal(WEST, op, &input);
        assert_eq!(code, "InvalidParameterValueException");
    }

    #[test]
    fn bad_page_sizes_and_tokens_are_refused() {
        let mut lab = Lab::new();
        let op = "backup:ListBackupVaults";
        for input in
            [json!({ "MaxResults": 1001 }), json!({ "NextToken": "?" })]
        {
            let code = lab
                .ask(WEST, op, &input)
                .expect_err("it is out of range")
                .code;
            assert_eq!(code, "InvalidParameterValueException");
        }
    }

    #[test]
    fn pages_show_every_point_once_even_when_more_are_added() {
        let mut lab = Lab::new();
        let add = |lab: &mut Lab, n: i64| {
            let at = start() + jiff::SignedDuration::from_secs(n);
            let point = Point::new("main", "arn:aws:s3:::b", "S3", at);
            lab.world.add_point(ACCOUNT, WEST, point);
        };
        (0..25).for_each(|n| add(&mut lab, n));
        let mut seen = Vec::new();
        let mut input = json!({ "BackupVaultName": "main", "MaxResults": 10 });
        loop {
            let page = lab.get(
                WEST,
                "backup:ListRecoveryPointsByBackupVault",
                &input,
            );
            let points = page["RecoveryPoints"].as_array().expect("a list");
            seen.extend(points.iter().map(|p| p["CreationDate"].clone()));
            if page["NextToken"].is_null() {
                break;
            }
            input["NextToken"] = page["NextToken"].clone();
            add(&mut lab, 100);
        }
        assert_eq!(seen.len(), 25);
        assert_eq!(seen[0], "2026-11-23T10:00:24Z");
        assert_eq!(seen[24], "2026-11-23T10:00:00Z");
    }

    #[test]
    fn lists_of_jobs_take_filters() {
        let mut lab = Lab::new();
        begin(&mut lab, "one");
        lab.wait(400);
        begin(&mut lab, "two");
        let mut count = |filter: Value| {
            let found = lab.get(WEST, "backup:ListBackupJobs", &filter);
            found["BackupJobs"].as_array().map(Vec::len)
        };
        assert_eq!(count(json!({})), Some(2));
        assert_eq!(count(json!({ "ByState": "COMPLETED" })), Some(1));
        assert_eq!(count(json!({ "ByState": "FAILED" })), Some(0));
        let after = json!({ "ByCreatedAfter": "2026-11-23T10:05:00Z" });
        assert_eq!(count(after), Some(1));
        assert_eq!(count(json!({ "ByResourceType": "EBS" })), Some(0));
    }

    #[test]
    fn every_list_of_an_empty_region_fits_its_shape() {
        let mut lab = Lab::new();
        for op in [
            "ListBackupJobs",
            "ListBackupPlans",
            "ListBackupVaults",
            "ListCopyJobs",
            "ListProtectedResources",
            "ListRestoreJobs",
        ] {
            lab.get("eu-north-1", &format!("backup:{op}"), &json!({}));
        }
    }
}
