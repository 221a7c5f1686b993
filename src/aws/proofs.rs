//! What we ask of AWS Backup about restores that prove its backups.

use std::collections::BTreeSet;

use jiff::{SignedDuration, Timestamp};
use serde::Deserialize;
use serde_json::json;

use super::modeled::{Client, into};
use super::pages::whole;
use super::{Look, Reader, Seen};
use crate::estate::ids::Arn;
use crate::estate::part::proof::{Proof, RestoreTest, TestRun};
use crate::failure::{Failure, cleaned};

/// The most testing plans that one look asks about.
const MOST_PLANS: usize = 50;
/// The most resources that one look asks about.
const MOST: usize = 200;
/// Runs of testing plans are listed this far back.
const BACK: SignedDuration = SignedDuration::from_hours(31 * 24);

#[derive(Debug, Default, Deserialize)]
#[serde(rename_all = "PascalCase", default)]
struct Listed {
    restore_testing_plans: Vec<PlanTold>,
}

#[derive(Debug, Default, Deserialize)]
#[serde(rename_all = "PascalCase", default)]
struct PlanTold {
    restore_testing_plan_arn: String,
    restore_testing_plan_name: String,
    schedule_expression: String,
    last_execution_time: Option<Timestamp>,
}

#[derive(Debug, Default, Deserialize)]
#[serde(rename_all = "PascalCase", default)]
struct PlanSaid {
    restore_testing_plan: PlanBody,
}

#[derive(Debug, Default, Deserialize)]
#[serde(rename_all = "PascalCase", default)]
struct PlanBody {
    recovery_point_selection: PointSelection,
}

#[derive(Debug, Default, Deserialize)]
#[serde(rename_all = "PascalCase", default)]
struct PointSelection {
    selection_window_days: Option<i64>,
}

#[derive(Debug, Default, Deserialize)]
#[serde(rename_all = "PascalCase", default)]
struct SelectionsListed {
    restore_testing_selections: Vec<SelectionTold>,
}

#[derive(Debug, Default, Deserialize)]
#[serde(rename_all = "PascalCase", default)]
struct SelectionTold {
    protected_resource_type: String,
}

#[derive(Debug, Default, Deserialize)]
#[serde(rename_all = "PascalCase", default)]
struct JobsListed {
    restore_jobs: Vec<JobTold>,
}

#[derive(Debug, Default, Deserialize)]
#[serde(rename_all = "PascalCase", default)]
struct JobTold {
    creation_date: Option<Timestamp>,
    source_resource_arn: Option<String>,
    recovery_point_arn: String,
    status: String,
    status_message: Option<String>,
    validation_status: Option<String>,
    validation_status_message: Option<String>,
}

#[derive(Debug, Default, Deserialize)]
#[serde(rename_all = "PascalCase", default)]
struct ProtectedListed {
    results: Vec<ProtectedTold>,
}

#[derive(Debug, Default, Deserialize)]
#[serde(rename_all = "PascalCase", default)]
struct ProtectedTold {
    resource_arn: String,
    resource_name: Option<String>,
}

#[derive(Debug, Default, Deserialize)]
#[serde(rename_all = "PascalCase", default)]
struct ProofSaid {
    latest_restore_job_creation_date: Option<Timestamp>,
    latest_restore_execution_time_minutes: Option<i64>,
}

/// The restore-testing plans of a Region with what their runs restored.
pub(super) async fn tests(reader: &Reader) -> Look {
    let backup = reader.modeled("backup")?;
    let doing = "list restore-testing plans";
    let operation = "ListRestoreTestingPlans";
    let listed = backup.list(doing, operation, json!({}), |page| {
        let listed: Listed = into(doing, page)?;
        Ok(listed.restore_testing_plans)
    });
    let listed = listed.await?;
    let since = reader.now() - BACK;
    let mut tests: Vec<_> = listed.items.into_iter().map(test).collect();
    for (index, test) in tests.iter_mut().enumerate() {
        if index < MOST_PLANS {
            complete(&backup, test, since).await;
        } else {
            let why = format!("not asked: {MOST_PLANS} plans a look are");
            test.unknown.push(why);
        }
    }
    Ok(Seen::parts(tests, listed.partial))
}

fn test(told: PlanTold) -> RestoreTest {
    RestoreTest {
        arn: cleaned(&told.restore_testing_plan_arn),
        name: cleaned(&told.restore_testing_plan_name),
        schedule: cleaned(&told.schedule_expression),
        ran: told.last_execution_time,
        window_days: None,
        types: None,
        runs: None,
        unknown: Vec::new(),
    }
}

async fn complete(backup: &Client, test: &mut RestoreTest, since: Timestamp) {
    let mut unknown = Vec::new();
    match ask_window(backup, &test.name).await {
        Ok(days) => test.window_days = days,
        Err(failure) => unknown.push(failure.to_string()),
    }
    match ask_types(backup, &test.name).await {
        Ok(types) => test.types = Some(types),
        Err(why) => unknown.push(why),
    }
    match ask_runs(backup, &test.arn, since).await {
        Ok(runs) => test.runs = Some(runs),
        Err(why) => unknown.push(why),
    }
    test.unknown = unknown;
}

async fn ask_window(
    backup: &Client,
    name: &str,
) -> Result<Option<i64>, Failure> {
    let doing = "ask what a restore-testing plan takes";
    let input = json!({ "RestoreTestingPlanName": name });
    let said = backup.ask(doing, "GetRestoreTestingPlan", input).await?;
    let said: PlanSaid = into(doing, said)?;
    let of = said.restore_testing_plan.recovery_point_selection;
    Ok(of.selection_window_days)
}

async fn ask_types(
    backup: &Client,
    name: &str,
) -> Result<Vec<String>, String> {
    let doing = "list what a restore-testing plan selects";
    let operation = "ListRestoreTestingSelections";
    let input = json!({ "RestoreTestingPlanName": name });
    let listed = backup.list(doing, operation, input, |page| {
        let listed: SelectionsListed = into(doing, page)?;
        Ok(listed.restore_testing_selections)
    });
    let listed = whole(listed.await)?;
    let types = listed.iter().map(|told| &told.protected_resource_type);
    let types: BTreeSet<_> = types.map(|told| cleaned(told)).collect();
    Ok(types.into_iter().collect())
}

async fn ask_runs(
    backup: &Client,
    arn: &str,
    since: Timestamp,
) -> Result<Vec<TestRun>, String> {
    let doing = "list the restores of a restore-testing plan";
    let input = json!({
        "ByRestoreTestingPlanArn": arn,
        "ByCreatedAfter": since.to_string(),
        "MaxResults": 1000,
    });
    let listed = backup.list(doing, "ListRestoreJobs", input, |page| {
        let listed: JobsListed = into(doing, page)?;
        Ok(listed.restore_jobs)
    });
    let listed = whole(listed.await)?;
    let mut runs: Vec<_> = listed.into_iter().filter_map(run).collect();
    runs.sort_by_key(|run| -run.at.as_second());
    Ok(runs)
}

fn run(told: JobTold) -> Option<TestRun> {
    let of = told.source_resource_arn.unwrap_or(told.recovery_point_arn);
    let valid = told.validation_status.as_deref();
    let (passed, said) = match (told.status.as_str(), valid) {
        ("FAILED" | "ABORTED", _) => (Some(false), told.status_message),
        ("COMPLETED", Some("FAILED" | "TIMED_OUT")) => {
            (Some(false), told.validation_status_message)
        }
        ("COMPLETED", Some("VALIDATING")) => (None, None),
        ("COMPLETED", _) => (Some(true), None),
        _ => (None, None),
    };
    Some(TestRun {
        of: cleaned(&of),
        at: told.creation_date?,
        passed,
        said: said.as_deref().map(cleaned),
    })
}

/// When the protected resources of a Region were last restored.
pub(super) async fn proofs(reader: &Reader) -> Look {
    let backup = reader.modeled("backup")?;
    let doing = "list protected resources";
    let input = json!({ "MaxResults": 1000 });
    let listed = backup.list(doing, "ListProtectedResources", input, |page| {
        let listed: ProtectedListed = into(doing, page)?;
        Ok(listed.results)
    });
    let listed = listed.await?;
    let mut proofs = Vec::with_capacity(listed.items.len());
    for (index, told) in listed.items.into_iter().enumerate() {
        let said = if index < MOST {
            let said = ask_proof(&backup, &told.resource_arn).await;
            said.map_err(|failure| failure.to_string())
        } else {
            Err(format!("not asked: {MOST} resources a look are"))
        };
        proofs.push(proof(&told, said));
    }
    Ok(Seen::parts(proofs, listed.partial))
}

async fn ask_proof(backup: &Client, arn: &str) -> Result<ProofSaid, Failure> {
    let doing = "ask when a resource was last restored";
    let input = json!({ "ResourceArn": arn });
    let said = backup.ask(doing, "DescribeProtectedResource", input).await?;
    into(doing, said)
}

fn proof(told: &ProtectedTold, said: Result<ProofSaid, String>) -> Proof {
    let arn = cleaned(&told.resource_arn);
    let name = told.resource_name.as_deref().map(cleaned);
    let name = name.filter(|name| !name.is_empty());
    let name = name.unwrap_or_else(|| Arn::new(&arn).tail().to_owned());
    let (told, said, unknown) = match said {
        Ok(said) => (true, said, Vec::new()),
        Err(why) => (false, ProofSaid::default(), vec![why]),
    };
    Proof {
        arn,
        name,
        told,
        restored: said.latest_restore_job_creation_date,
        minutes: said.latest_restore_execution_time_minutes,
        unknown,
    }
}

#[cfg(test)]
mod test {
    use super::*;

    fn passed(status: &str, valid: Option<&str>) -> Option<bool> {
        run(JobTold {
            creation_date: Timestamp::from_second(1).ok(),
            status: status.to_owned(),
            validation_status: valid.map(str::to_owned),
            ..JobTold::default()
        })
        .unwrap()
        .passed
    }

    #[test]
    fn a_restore_that_was_found_bad_has_failed() {
        assert_eq!(passed("COMPLETED", None), Some(true));
        assert_eq!(passed("COMPLETED", Some("SUCCESSFUL")), Some(true));
        assert_eq!(passed("COMPLETED", Some("TIMED_OUT")), Some(false));
        assert_eq!(passed("COMPLETED", Some("VALIDATING")), None);
        assert_eq!(passed("FAILED", None), Some(false));
        assert_eq!(passed("RUNNING", None), None);
    }

    #[test]
    fn a_proof_that_was_denied_is_not_one_of_never_restored() {
        let told = ProtectedTold {
            resource_arn: "arn:aws:s3:::b".to_owned(),
            resource_name: None,
        };
        let never = proof(&told, Ok(ProofSaid::default()));
        assert!(never.told && never.restored.is_none());
        let denied = proof(&told, Err("denied".to_owned()));
        assert!(!denied.told);
        assert_eq!(denied.name, "b");
    }
}
