//! Recovery points: listed, described, and what restoring them takes.

use jiff::Timestamp;
use serde_json::{Value, json};

use super::vaults::{days_after, vault, vault_arn};
use super::{cut, newest, not_found, required};
use crate::sim::world::value::{moment, text, time};
use crate::sim::world::vault::Point;
use crate::sim::world::{Caller, Fault, World};

/// The role that AWS Backup makes for itself.
// https://docs.aws.amazon.com/aws-backup/latest/devguide/iam-service-roles.html
pub(super) fn role(account: &str) -> String {
    format!(
        "arn:aws:iam::{account}:role/service-role/AWSBackupDefaultServiceRole"
    )
}

fn show(caller: &Caller, point: &Point) -> Value {
    let lifecycle = json!({
        "DeleteAfterDays": point.delete_after_days,
        "MoveToColdStorageAfterDays": point.cold_after_days,
    });
    json!({
        "RecoveryPointArn": point.arn,
        "BackupVaultName": point.vault,
        "BackupVaultArn": vault_arn(caller, &point.vault),
        "SourceBackupVaultArn": point.from_vault,
        "ResourceArn": point.resource,
        "ResourceName": point.resource_name,
        "ResourceType": point.resource_type,
        "CreatedBy": point.plan.as_ref()
            .map(|id| json!({ "BackupPlanId": id })),
        "IamRoleArn": role(&caller.account),
        "Status": point.status.word(),
        "CreationDate": time(point.created),
        "InitiationDate": time(point.created),
        "CompletionDate": point.completed.map(time),
        "BackupSizeInBytes": point.bytes,
        "CalculatedLifecycle": {
            "DeleteAt": days_after(point.created, point.delete_after_days),
            "MoveToColdStorageAt":
                days_after(point.created, point.cold_after_days),
        },
        "Lifecycle": lifecycle,
        "EncryptionKeyArn": point.kms_key,
        "IsEncrypted": point.encrypted,
        "LastRestoreTime": point.last_restored.map(time),
        "IsParent": false,
        "VaultType": "BACKUP_VAULT",
    })
}

pub(super) fn list_by_vault(
    world: &mut World,
    caller: &Caller,
    input: &Value,
    _: Timestamp,
) -> Result<Value, Fault> {
    let name = required(input, "BackupVaultName")?;
    let (place, _) = vault(world, caller, name)?;
    let resource = text(input, "ByResourceArn");
    let kind = text(input, "ByResourceType");
    let plan = text(input, "ByBackupPlanId");
    let before = moment(input, "ByCreatedBefore");
    let after = moment(input, "ByCreatedAfter");
    let parent = text(input, "ByParentRecoveryPointArn");
    let found = newest(place.points.all()).filter(|(_, point)| {
        point.vault == name
            && parent.is_none()
            && resource.is_none_or(|r| point.resource == r)
            && kind.is_none_or(|k| point.resource_type == k)
            && plan.is_none_or(|p| point.plan.as_deref() == Some(p))
            && before.is_none_or(|at| point.created < at)
            && after.is_none_or(|at| point.created > at)
    });
    let page = cut(input, found)?;
    let points: Vec<Value> =
        page.items.into_iter().map(|p| show(caller, p)).collect();
    Ok(json!({ "RecoveryPoints": points, "NextToken": page.next }))
}

pub(super) fn list_by_resource(
    world: &mut World,
    caller: &Caller,
    input: &Value,
    _: Timestamp,
) -> Result<Value, Fault> {
    let resource = required(input, "ResourceArn")?;
    let place = world.place_mut(&caller.account, &caller.region);
    let found = newest(place.points.all())
        .filter(|(_, point)| point.resource == resource);
    let page = cut(input, found)?;
    let points = page.items.into_iter().map(|point| {
        json!({
            "RecoveryPointArn": point.arn,
            "CreationDate": time(point.created),
            "Status": point.status.word(),
            "EncryptionKeyArn": point.kms_key,
            "BackupSizeBytes": point.bytes,
            "BackupVaultName": point.vault,
            "IsParent": false,
            "ResourceName": point.resource_name,
            "VaultType": "BACKUP_VAULT",
        })
    });
    Ok(json!({
        "RecoveryPoints": points.collect::<Vec<_>>(),
        "NextToken": page.next,
    }))
}

/// The recovery point that an input names, in the vault that it names.
fn wanted<'w>(
    world: &'w World,
    caller: &Caller,
    input: &Value,
) -> Result<&'w Point, Fault> {
    let name = required(input, "BackupVaultName")?;
    let arn = required(input, "RecoveryPointArn")?;
    let (place, _) = vault(world, caller, name)?;
    find(place.points.find(arn), name, arn)
}

/// A recovery point if it is in a vault, or the refusal.
pub(super) fn find<'p>(
    point: Option<&'p Point>,
    vault: &str,
    arn: &str,
) -> Result<&'p Point, Fault> {
    point.filter(|point| point.vault == vault).ok_or_else(|| {
        not_found(format!("Recovery point {arn} does not exist in {vault}."))
    })
}

pub(super) fn describe(
    world: &mut World,
    caller: &Caller,
    input: &Value,
    now: Timestamp,
) -> Result<Value, Fault> {
    let point = wanted(world, caller, input)?;
    let mut shown = show(caller, point);
    let cold = point.cold_after_days.is_some_and(|days| {
        now.duration_since(point.created).as_hours() >= 24 * days
    });
    shown["StorageClass"] = json!(if cold { "COLD" } else { "WARM" });
    Ok(shown)
}

pub(super) fn restore_metadata(
    world: &mut World,
    caller: &Caller,
    input: &Value,
    _: Timestamp,
) -> Result<Value, Fault> {
    let point = wanted(world, caller, input)?;
    Ok(json!({
        "BackupVaultArn": vault_arn(caller, &point.vault),
        "RecoveryPointArn": point.arn,
        "RestoreMetadata": point.metadata,
        "ResourceType": point.resource_type,
    }))
}
