//! Recovery points: listed, described, and what restoring them takes.

use jiff::Timestamp;
use serde_json::{Value, from_str, json};

use super::holds::keep;
use super::vaults::{days_after, vault, vault_arn};
use super::{cut, newest, not_found, required};
use crate::sim::world::value::{moment, text, time};
use crate::sim::world::vault::Point;
use crate::sim::world::{Caller, Fault, World, refuse};

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

/// Deletes a recovery point, and the snapshot that it is. A lock and an
/// access policy of the vault refuse it.
// https://docs.aws.amazon.com/aws-backup/latest/devguide/API_DeleteRecoveryPoint.html
pub(super) fn delete(
    world: &mut World,
    caller: &Caller,
    input: &Value,
    _: Timestamp,
) -> Result<Value, Fault> {
    let name = required(input, "BackupVaultName")?;
    let arn = required(input, "RecoveryPointArn")?;
    let (place, held) = vault(world, caller, name)?;
    let point = place.points.find(arn).filter(|point| point.vault == name);
    if point.is_none() {
        let why = format!("Cannot find recovery point {arn}");
        return Err(not_found(why));
    }
    if held.locked {
        let why = "Recovery point cannot be deleted (Backup vault configured \
                   with Lock)";
        return Err(refuse(400, "InvalidRequestException", why));
    }
    if point.is_some_and(|point| keep(place, name, &point.resource)) {
        let why = "Recovery point cannot be deleted (legal hold)";
        return Err(refuse(400, "InvalidRequestException", why));
    }
    let policy = place.shelves.one("backup:vault-policy", name);
    if policy.is_some_and(|item| denies_deletion(&item["Policy"])) {
        let by = &caller.principal;
        let why = format!(
            "User: {by} is not authorized to perform: \
             backup:DeleteRecoveryPoint with an explicit deny in a \
             resource-based policy"
        );
        return Err(refuse(403, "AccessDeniedException", why));
    }
    let id = arn.split_once("snapshot:").map(|(_, id)| id.to_owned());
    let place = world.place_mut(&caller.account, &caller.region);
    place.points.remove(arn);
    if let Some(id) = id {
        place.snapshots.remove(&id);
        place.cluster_snapshots.remove(&id);
    }
    Ok(json!({}))
}

/// Whether a policy, as text or as a document, denies deletions.
fn denies_deletion(policy: &Value) -> bool {
    let parsed = policy.as_str().and_then(|text| from_str(text).ok());
    let policy = parsed.as_ref().unwrap_or(policy);
    let one_or_many = |of: &Value| match of {
        Value::Array(all) => all.clone(),
        one => vec![one.clone()],
    };
    let statements = one_or_many(&policy["Statement"]);
    statements.iter().any(|statement| {
        let actions = one_or_many(&statement["Action"]);
        let mut actions = actions.iter().filter_map(Value::as_str);
        statement["Effect"] == "Deny"
            && actions.any(|action| {
                let names =
                    ["*", "backup:*", "backup:Delete*"].contains(&action);
                names || action == "backup:DeleteRecoveryPoint"
            })
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

#[cfg(test)]
mod tests {
    use super::*;
    use crate::sim::world::fixture::{ACCOUNT, Lab, WEST};
    use crate::sim::world::vault::Point;

    const RESOURCE: &str =
        "arn:aws:elasticfilesystem:eu-west-1:111122223333:file-system/fs-1";

    fn ask(lab: &Lab) -> Value {
        let place = lab.world.place(ACCOUNT, WEST).unwrap();
        let arn = &place.points.all()[0].arn;
        json!({ "BackupVaultName": "main", "RecoveryPointArn": arn })
    }

    fn lab() -> Lab {
        let mut lab = Lab::new();
        let point = Point::new("main", RESOURCE, "EFS", lab.now);
        lab.world.add_point(ACCOUNT, WEST, point);
        lab
    }

    #[test]
    fn a_deleted_point_is_gone_and_cannot_be_deleted_again() {
        let mut lab = lab();
        let one = ask(&lab);
        lab.get(WEST, "backup:DeleteRecoveryPoint", &one);
        let vault = json!({ "BackupVaultName": "main" });
        let list = "backup:ListRecoveryPointsByBackupVault";
        let all = lab.get(WEST, list, &vault);
        assert_eq!(all["RecoveryPoints"], json!([]));
        let code = lab.refusal(WEST, "backup:DeleteRecoveryPoint", &one);
        assert_eq!(code, "ResourceNotFoundException");
    }

    #[test]
    fn a_lock_and_a_policy_of_the_vault_refuse_a_deletion() {
        let mut lab = lab();
        let one = ask(&lab);
        let place = lab.world.place_mut(ACCOUNT, WEST);
        let statement = json!({ "Effect": "Deny", "Principal": "*",
            "Action": ["backup:DeleteRecoveryPoint"], "Resource": "*" });
        let policy = json!({ "Policy": { "Statement": [statement] } });
        place.shelves.put("backup:vault-policy", "main", policy);
        let code = lab.refusal(WEST, "backup:DeleteRecoveryPoint", &one);
        assert_eq!(code, "AccessDeniedException");
        let place = lab.world.place_mut(ACCOUNT, WEST);
        place.vaults.get_mut("main").unwrap().locked = true;
        let code = lab.refusal(WEST, "backup:DeleteRecoveryPoint", &one);
        assert_eq!(code, "InvalidRequestException");
    }
}
