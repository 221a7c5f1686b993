//! Jobs started by hand. The same token starts the same job once.

use std::collections::BTreeMap;

use jiff::Timestamp;
use serde_json::{Value, json};

use super::points::find;
use super::vaults::{vault, vault_arn};
use super::{invalid, not_found, required};
use crate::sim::world::job::{Job, Work};
use crate::sim::world::labour::{
    COPY_TAKES, RESTORE_TAKES, arn_parts, backup_job, vault_name,
};
use crate::sim::world::seed::arn;
use crate::sim::world::value::{text, time};
use crate::sim::world::vault::{PointStatus, Protected};
use crate::sim::world::{Caller, Fault, Place, World, refuse};

/// The job that a token has started already.
fn started<'p>(place: &'p Place, input: &Value) -> Option<&'p Job> {
    let token = text(input, "IdempotencyToken")?;
    let mut jobs = place.jobs.all().iter();
    jobs.find(|job| job.token.as_deref() == Some(token))
}

/// A resource of the caller's Region that can be backed up.
fn resource(
    place: &Place,
    caller: &Caller,
    wanted: &str,
) -> Option<Protected> {
    if let Some(known) = place.protected.get(wanted) {
        return Some(known.clone());
    }
    let instance = place.instances.values().find(|instance| {
        let rest = format!("db:{}", instance.id);
        arn("rds", &caller.region, &caller.account, &rest) == wanted
    })?;
    let mut found = Protected::new(wanted, "RDS", &instance.id);
    found.bytes = instance.storage_gib << 30;
    found.tags.clone_from(&instance.tags);
    Some(found)
}

pub(super) fn backup(
    world: &mut World,
    caller: &Caller,
    input: &Value,
    now: Timestamp,
) -> Result<Value, Fault> {
    let name = required(input, "BackupVaultName")?;
    let wanted = required(input, "ResourceArn")?;
    let role = required(input, "IamRoleArn")?;
    let (place, _) = vault(world, caller, name)?;
    if let Some(job) = started(place, input) {
        return Ok(backup_started(&job.id, job.created));
    }
    if arn_parts(wanted).is_none() {
        return Err(invalid(format!("{wanted} is not a valid ARN.")));
    }
    let found = resource(place, caller, wanted).ok_or_else(|| {
        not_found(format!("Resource {wanted} does not exist."))
    })?;
    let takes = world.takes(found.backup_takes);
    let mut job = backup_job(name, &found, now, takes);
    role.clone_into(&mut job.role);
    job.token = text(input, "IdempotencyToken").map(str::to_owned);
    world.add_protected(&caller.account, &caller.region, found);
    let id = world.add_job(&caller.account, &caller.region, job);
    world.count("StartBackupJob", caller, wanted);
    Ok(backup_started(&id, now))
}

fn backup_started(id: &str, at: Timestamp) -> Value {
    json!({
        "BackupJobId": id,
        "CreationDate": time(at),
        "IsParent": false,
    })
}

pub(super) fn copy(
    world: &mut World,
    caller: &Caller,
    input: &Value,
    now: Timestamp,
) -> Result<Value, Fault> {
    let wanted = required(input, "RecoveryPointArn")?;
    let name = required(input, "SourceBackupVaultName")?;
    let to_vault = required(input, "DestinationBackupVaultArn")?;
    let role = required(input, "IamRoleArn")?;
    let (place, _) = vault(world, caller, name)?;
    if let Some(job) = started(place, input) {
        return Ok(copy_started(&job.id, job.created));
    }
    let point = find(place.points.find(wanted), name, wanted)?;
    let (kind, of) = (point.resource_type.clone(), point.resource.clone());
    let bytes = point.bytes;
    let (region, account, _) = arn_parts(to_vault)
        .ok_or_else(|| invalid(format!("{to_vault} is not a vault's ARN.")))?;
    let known = vault_name(to_vault).is_some_and(|name| {
        world
            .place(account, region)
            .is_some_and(|place| place.vaults.contains_key(name))
    });
    if !known {
        return Err(not_found(format!(
            "Backup vault {to_vault} does not exist."
        )));
    }
    let work = Work::Copy {
        from_vault: vault_arn(caller, name),
        point: wanted.to_owned(),
        to_vault: to_vault.to_owned(),
    };
    let takes = world.takes(COPY_TAKES);
    let mut job = Job::asked(work, &of, &kind, now, takes);
    job.bytes = bytes;
    role.clone_into(&mut job.role);
    job.token = text(input, "IdempotencyToken").map(str::to_owned);
    let id = world.add_job(&caller.account, &caller.region, job);
    world.count("StartCopyJob", caller, wanted);
    Ok(copy_started(&id, now))
}

fn copy_started(id: &str, at: Timestamp) -> Value {
    json!({ "CopyJobId": id, "CreationDate": time(at), "IsParent": false })
}

/// The restore metadata of an input. All of its values are text.
fn metadata(input: &Value) -> BTreeMap<String, String> {
    let given = input.get("Metadata").and_then(Value::as_object);
    let pairs = given.into_iter().flatten();
    pairs
        .filter_map(|(k, v)| Some((k.clone(), v.as_str()?.to_owned())))
        .collect()
}

/// The key that a restore of a type cannot do without.
// https://docs.aws.amazon.com/aws-backup/latest/devguide/restoring-a-backup.html
fn needed(kind: &str) -> Option<&'static str> {
    match kind {
        "RDS" => Some("DBInstanceIdentifier"),
        "Aurora" => Some("DBClusterIdentifier"),
        "EBS" => Some("availabilityZone"),
        "EFS" => Some("newFileSystem"),
        "DynamoDB" => Some("targetTableName"),
        "S3" => Some("DestinationBucketName"),
        _ => None,
    }
}

pub(super) fn restore(
    world: &mut World,
    caller: &Caller,
    input: &Value,
    now: Timestamp,
) -> Result<Value, Fault> {
    let wanted = required(input, "RecoveryPointArn")?;
    let place = world.place_mut(&caller.account, &caller.region);
    if let Some(job) = started(place, input) {
        return Ok(json!({ "RestoreJobId": job.id }));
    }
    let point = place.points.find(wanted).ok_or_else(|| {
        not_found(format!("Recovery point {wanted} does not exist."))
    })?;
    if !matches!(point.status, PointStatus::Completed | PointStatus::Available)
    {
        return Err(refuse(
            400,
            "InvalidRequestException",
            format!("Recovery point is in state {}.", point.status.word()),
        ));
    }
    let (kind, of) = (point.resource_type.clone(), point.resource.clone());
    let bytes = point.bytes;
    let metadata = metadata(input);
    if let Some(key) = needed(&kind)
        && !metadata.keys().any(|k| k.eq_ignore_ascii_case(key))
    {
        return Err(invalid(format!(
            "Invalid restore metadata. {key} is required."
        )));
    }
    let work = Work::Restore { point: wanted.to_owned(), metadata };
    let takes = world.takes(RESTORE_TAKES);
    let mut job = Job::asked(work, &of, &kind, now, takes);
    job.bytes = bytes;
    text(input, "IamRoleArn").unwrap_or_default().clone_into(&mut job.role);
    job.token = text(input, "IdempotencyToken").map(str::to_owned);
    let id = world.add_job(&caller.account, &caller.region, job);
    world.count("StartRestoreJob", caller, wanted);
    Ok(json!({ "RestoreJobId": id }))
}
