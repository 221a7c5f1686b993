//! Backup, copy and restore jobs: listed and described.

use jiff::Timestamp;
use serde_json::{Value, json};

use super::points::role;
use super::vaults::vault_arn;
use super::{cut, invalid, newest, not_found, required};
use crate::sim::world::job::{Job, JobState, Work};
use crate::sim::world::value::{moment, text, time};
use crate::sim::world::{Caller, Fault, Place, World};

/// The states that a list of backup jobs may be asked for.
// https://docs.aws.amazon.com/aws-backup/latest/devguide/API_ListBackupJobs.html
const BACKUP_STATES: [&str; 10] = [
    "CREATED",
    "PENDING",
    "RUNNING",
    "ABORTING",
    "ABORTED",
    "COMPLETED",
    "FAILED",
    "EXPIRED",
    "PARTIAL",
    "AGGREGATE_ALL",
];

/// The states that a list of copy jobs may be asked for.
// https://docs.aws.amazon.com/aws-backup/latest/devguide/API_ListCopyJobs.html
const COPY_STATES: [&str; 10] = [
    "CREATED",
    "RUNNING",
    "COMPLETED",
    "FAILED",
    "PARTIAL",
    "COMPLETING",
    "FAILING",
    "AGGREGATE_ALL",
    "ABORTED",
    "ABORTING",
];

/// The states that a list of restore jobs may be asked for.
// https://docs.aws.amazon.com/aws-backup/latest/devguide/API_ListRestoreJobs.html
const RESTORE_STATES: [&str; 6] =
    ["PENDING", "RUNNING", "COMPLETED", "ABORTED", "FAILED", "AGGREGATE_ALL"];

/// A restore job is `PENDING` where the others are `CREATED`, and knows
/// neither `EXPIRED` nor `PARTIAL`.
pub(super) fn restore_word(state: JobState) -> &'static str {
    match state {
        JobState::Created => "PENDING",
        JobState::Expired | JobState::Partial => "FAILED",
        other => other.word(),
    }
}

fn category(job: &Job) -> Option<&'static str> {
    let message = job.message.as_deref().unwrap_or_default();
    match job.state {
        JobState::Completed => Some("SUCCESS"),
        JobState::Failed if message.contains("not authorized") => {
            Some("AccessDenied")
        }
        _ => None,
    }
}

fn percent(job: &Job) -> f64 {
    (job.share() * 1000.0).floor() / 10.0
}

fn expected(job: &Job) -> Option<Value> {
    let left = (job.takes - job.done).max(jiff::SignedDuration::ZERO);
    let base = job.created + job.done + left;
    (!job.state.is_final()).then(|| time(base))
}

fn show_backup(caller: &Caller, place: &Place, job: &Job) -> Value {
    let Work::Backup { vault } = &job.work else { return Value::Null };
    let done = percent(job);
    let resource = place.protected.get(&job.resource);
    let key = place.vaults.get(vault).and_then(|v| v.kms_key.clone());
    let moved = (job.share() * 100.0).floor();
    json!({
        "AccountId": caller.account,
        "BackupJobId": job.id,
        "BackupVaultName": vault,
        "BackupVaultArn": vault_arn(caller, vault),
        "VaultType": "BACKUP_VAULT",
        "RecoveryPointArn": job.made,
        "EncryptionKeyArn": key,
        "IsEncrypted": true,
        "ResourceArn": job.resource,
        "ResourceName": resource.map(|r| r.name.clone()),
        "ResourceType": job.resource_type,
        "CreationDate": time(job.created),
        "InitiationDate": time(job.created),
        "CompletionDate": job.ended.map(time),
        "ExpectedCompletionDate": expected(job),
        "State": job.state.word(),
        "StatusMessage": job.message,
        "PercentDone": format!("{done:.1}"),
        "BackupSizeInBytes": job.bytes,
        "BytesTransferred": job.bytes / 100 * share_of_100(moved),
        "IamRoleArn": role_of(caller, job),
        "CreatedBy": job.plan.as_ref()
            .map(|id| json!({ "BackupPlanId": id })),
        "IsParent": false,
        "MessageCategory": category(job),
    })
}

#[expect(
    clippy::cast_possible_truncation,
    reason = "a percentage is between 0 and 100"
)]
fn share_of_100(percent: f64) -> i64 {
    percent as i64
}

fn role_of(caller: &Caller, job: &Job) -> String {
    if job.role.is_empty() {
        return role(&caller.account);
    }
    job.role.clone()
}

fn show_copy(caller: &Caller, place: &Place, job: &Job) -> Value {
    let Work::Copy { from_vault, point, to_vault } = &job.work else {
        return Value::Null;
    };
    let resource = place.protected.get(&job.resource);
    json!({
        "AccountId": caller.account,
        "CopyJobId": job.id,
        "SourceBackupVaultArn": from_vault,
        "SourceRecoveryPointArn": point,
        "DestinationBackupVaultArn": to_vault,
        "DestinationRecoveryPointArn": job.made,
        "ResourceArn": job.resource,
        "ResourceName": resource.map(|r| r.name.clone()),
        "ResourceType": job.resource_type,
        "CreationDate": time(job.created),
        "CompletionDate": job.ended.map(time),
        "State": job.state.word(),
        "StatusMessage": job.message,
        "BackupSizeInBytes": job.bytes,
        "IamRoleArn": role_of(caller, job),
        "CreatedBy": job.plan.as_ref()
            .map(|id| json!({ "BackupPlanId": id })),
        "IsParent": false,
        "MessageCategory": category(job),
    })
}

fn show_restore(caller: &Caller, place: &Place, job: &Job) -> Value {
    let Work::Restore { point, .. } = &job.work else { return Value::Null };
    let known = place.points.find(point);
    let left = (job.takes - job.done).as_mins().max(0);
    json!({
        "AccountId": caller.account,
        "RestoreJobId": job.id,
        "RecoveryPointArn": point,
        "SourceResourceArn": job.resource,
        "BackupVaultArn": known.map(|p| vault_arn(caller, &p.vault)),
        "RecoveryPointCreationDate": known.map(|p| time(p.created)),
        "CreationDate": time(job.created),
        "CompletionDate": job.ended.map(time),
        "Status": restore_word(job.state),
        "StatusMessage": job.message,
        "PercentDone": format!("{:.2}%", percent(job)),
        "BackupSizeInBytes": job.bytes,
        "IamRoleArn": role_of(caller, job),
        "ExpectedCompletionTimeMinutes":
            (!job.state.is_final()).then_some(left),
        "CreatedResourceArn": job.made,
        "ResourceType": job.resource_type,
        "IsParent": false,
        "CreatedBy": job.plan.as_ref()
            .map(|arn| json!({ "RestoreTestingPlanArn": arn })),
    })
}

/// The filters that the three lists share.
struct Filter<'v> {
    input: &'v Value,
    state: Option<&'v str>,
    word: fn(JobState) -> &'static str,
    before: Option<Timestamp>,
    after: Option<Timestamp>,
    done_before: Option<Timestamp>,
    done_after: Option<Timestamp>,
}

impl<'v> Filter<'v> {
    fn of(
        input: &'v Value,
        member: &str,
        states: &[&str],
        word: fn(JobState) -> &'static str,
    ) -> Result<Filter<'v>, Fault> {
        let state = text(input, member);
        if let Some(state) = state
            && !states.contains(&state)
        {
            return Err(invalid(format!(
                "{state} is not a valid value for {member}. Valid values: {}",
                states.join(", ")
            )));
        }
        Ok(Filter {
            input,
            state: state.filter(|s| *s != "AGGREGATE_ALL"),
            word,
            before: moment(input, "ByCreatedBefore"),
            after: moment(input, "ByCreatedAfter"),
            done_before: moment(input, "ByCompleteBefore"),
            done_after: moment(input, "ByCompleteAfter"),
        })
    }

    fn takes(&self, caller: &Caller, job: &Job) -> bool {
        let said = |member: &str, is: &str| {
            text(self.input, member).is_none_or(|wanted| wanted == is)
        };
        let account = text(self.input, "ByAccountId");
        self.state.is_none_or(|s| (self.word)(job.state) == s)
            && self.before.is_none_or(|at| job.created < at)
            && self.after.is_none_or(|at| job.created > at)
            && self
                .done_before
                .is_none_or(|at| job.ended.is_some_and(|e| e < at))
            && self
                .done_after
                .is_none_or(|at| job.ended.is_some_and(|e| e > at))
            && account.is_none_or(|id| id == "*" || id == caller.account)
            && said("ByResourceArn", &job.resource)
            && said("ByResourceType", &job.resource_type)
            && said("ByMessageCategory", category(job).unwrap_or_default())
            && text(self.input, "ByRestoreTestingPlanArn")
                .is_none_or(|arn| job.plan.as_deref() == Some(arn))
            && text(self.input, "ByParentJobId").is_none()
    }
}

fn answer(
    world: &World,
    caller: &Caller,
    filter: &Filter,
    member: &str,
    is: impl Fn(&Work) -> bool,
    show: fn(&Caller, &Place, &Job) -> Value,
) -> Result<Value, Fault> {
    let empty = Place::default();
    let place = world.place(&caller.account, &caller.region).unwrap_or(&empty);
    let found = newest(place.jobs.all())
        .filter(|(_, job)| is(&job.work) && filter.takes(caller, job));
    let page = cut(filter.input, found)?;
    let jobs: Vec<Value> =
        page.items.into_iter().map(|job| show(caller, place, job)).collect();
    Ok(json!({ member: jobs, "NextToken": page.next }))
}

pub(super) fn list_backups(
    world: &mut World,
    caller: &Caller,
    input: &Value,
    _: Timestamp,
) -> Result<Value, Fault> {
    let filter = Filter::of(input, "ByState", &BACKUP_STATES, JobState::word)?;
    let wanted = text(input, "ByBackupVaultName");
    let is = |work: &Work| match work {
        Work::Backup { vault } => wanted.is_none_or(|name| name == vault),
        _ => false,
    };
    answer(world, caller, &filter, "BackupJobs", is, show_backup)
}

pub(super) fn list_copies(
    world: &mut World,
    caller: &Caller,
    input: &Value,
    _: Timestamp,
) -> Result<Value, Fault> {
    let filter = Filter::of(input, "ByState", &COPY_STATES, JobState::word)?;
    let wanted = text(input, "ByDestinationVaultArn");
    let source = text(input, "BySourceRecoveryPointArn");
    let is = |work: &Work| match work {
        Work::Copy { to_vault, point, .. } => {
            wanted.is_none_or(|arn| arn == to_vault)
                && source.is_none_or(|arn| arn == point)
        }
        _ => false,
    };
    answer(world, caller, &filter, "CopyJobs", is, show_copy)
}

pub(super) fn list_restores(
    world: &mut World,
    caller: &Caller,
    input: &Value,
    _: Timestamp,
) -> Result<Value, Fault> {
    let filter = Filter::of(input, "ByStatus", &RESTORE_STATES, restore_word)?;
    let is = |work: &Work| matches!(work, Work::Restore { .. });
    answer(world, caller, &filter, "RestoreJobs", is, show_restore)
}

fn one(
    world: &World,
    caller: &Caller,
    id: &str,
    show: fn(&Caller, &Place, &Job) -> Value,
) -> Result<Value, Fault> {
    let place = world.place(&caller.account, &caller.region);
    place
        .and_then(|place| Some(show(caller, place, place.jobs.find(id)?)))
        .filter(|shown| !shown.is_null())
        .ok_or_else(|| not_found(format!("Job {id} does not exist.")))
}

pub(super) fn describe_backup(
    world: &mut World,
    caller: &Caller,
    input: &Value,
    _: Timestamp,
) -> Result<Value, Fault> {
    one(world, caller, required(input, "BackupJobId")?, show_backup)
}

pub(super) fn describe_copy(
    world: &mut World,
    caller: &Caller,
    input: &Value,
    _: Timestamp,
) -> Result<Value, Fault> {
    let shown = one(world, caller, required(input, "CopyJobId")?, show_copy)?;
    Ok(json!({ "CopyJob": shown }))
}

pub(super) fn describe_restore(
    world: &mut World,
    caller: &Caller,
    input: &Value,
    _: Timestamp,
) -> Result<Value, Fault> {
    one(world, caller, required(input, "RestoreJobId")?, show_restore)
}
