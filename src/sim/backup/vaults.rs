//! Vaults, plans, protected resources and tags.

use jiff::{SignedDuration, Timestamp};
use serde_json::{Value, json};

use super::plans::plan_arn;
use super::{cut, invalid, not_found, required};
use crate::sim::world::job::{JobState, Work};
use crate::sim::world::seed::arn;
use crate::sim::world::shelf::{lay, pick};
use crate::sim::world::value::{text, time};
use crate::sim::world::vault::{Point, Protected, Vault};
use crate::sim::world::{Caller, Fault, Place, World, refuse};

pub(super) fn vault_arn(caller: &Caller, name: &str) -> String {
    let rest = format!("backup-vault:{name}");
    arn("backup", &caller.region, &caller.account, &rest)
}

/// A vault of the caller's Region, or the refusal.
pub(super) fn vault<'w>(
    world: &'w World,
    caller: &Caller,
    name: &str,
) -> Result<(&'w Place, &'w Vault), Fault> {
    let place = world.place(&caller.account, &caller.region);
    place.and_then(|place| Some((place, place.vaults.get(name)?))).ok_or_else(
        || not_found(format!("Backup vault {name} does not exist.")),
    )
}

fn show(caller: &Caller, place: &Place, vault: &Vault) -> Value {
    let points = place.points.all().iter();
    let mut shown = json!({
        "BackupVaultName": vault.name,
        "BackupVaultArn": vault_arn(caller, &vault.name),
        "VaultType": "BACKUP_VAULT",
        "VaultState": "AVAILABLE",
        "CreationDate": time(vault.created),
        "EncryptionKeyArn": vault.kms_key,
        "NumberOfRecoveryPoints":
            points.filter(|p| p.vault == vault.name).count(),
        "Locked": vault.locked,
        "MinRetentionDays": vault.min_retention_days,
        "MaxRetentionDays": vault.max_retention_days,
        "LockDate": vault.lock_date.map(time),
    });
    if let Some(item) = place.shelves.one("backup:vault", &vault.name) {
        lay(&mut shown, &pick(item, &SHELVED));
    }
    shown
}

/// What an item of `backup:vault` may say instead of the vault itself.
const SHELVED: [&str; 5] = [
    "VaultType",
    "Locked",
    "LockDate",
    "MinRetentionDays",
    "MaxRetentionDays",
];

pub(super) fn list(
    world: &mut World,
    caller: &Caller,
    input: &Value,
    _: Timestamp,
) -> Result<Value, Fault> {
    let place = world.place_mut(&caller.account, &caller.region);
    let page = cut(input, place.vaults.values().enumerate())?;
    let vaults = page.items.into_iter().map(|v| show(caller, place, v));
    Ok(json!({
        "BackupVaultList": vaults.collect::<Vec<_>>(),
        "NextToken": page.next,
    }))
}

pub(super) fn describe(
    world: &mut World,
    caller: &Caller,
    input: &Value,
    _: Timestamp,
) -> Result<Value, Fault> {
    let name = required(input, "BackupVaultName")?;
    let (place, vault) = vault(world, caller, name)?;
    Ok(show(caller, place, vault))
}

/// The newest recovery point of a resource.
fn last_point<'p>(place: &'p Place, resource: &str) -> Option<&'p Point> {
    let of = place.points.all().iter().filter(|p| p.resource == resource);
    of.max_by_key(|point| point.created)
}

fn show_protected(
    caller: &Caller,
    place: &Place,
    resource: &Protected,
) -> Value {
    let last = last_point(place, &resource.arn);
    json!({
        "ResourceArn": resource.arn,
        "ResourceType": resource.resource_type,
        "ResourceName": resource.name,
        "LastBackupTime": last.map(|p| time(p.completed.unwrap_or(p.created))),
        "LastBackupVaultArn": last.map(|p| vault_arn(caller, &p.vault)),
        "LastRecoveryPointArn": last.map(|p| p.arn.clone()),
    })
}

pub(super) fn list_protected(
    world: &mut World,
    caller: &Caller,
    input: &Value,
    _: Timestamp,
) -> Result<Value, Fault> {
    let place = world.place_mut(&caller.account, &caller.region);
    let page = cut(input, place.protected.values().enumerate())?;
    let shown =
        page.items.into_iter().map(|r| show_protected(caller, place, r));
    Ok(json!({
        "Results": shown.collect::<Vec<_>>(),
        "NextToken": page.next,
    }))
}

pub(super) fn describe_protected(
    world: &mut World,
    caller: &Caller,
    input: &Value,
    _: Timestamp,
) -> Result<Value, Fault> {
    let wanted = required(input, "ResourceArn")?;
    let place = world.place_mut(&caller.account, &caller.region);
    let resource = place.protected.get(wanted).ok_or_else(|| {
        not_found(format!("Resource {wanted} is not protected."))
    })?;
    let mut shown = show_protected(caller, place, resource);
    let restores = place.jobs.all().iter().rev();
    let last =
        restores.filter(|j| j.state == JobState::Completed).find_map(|job| {
            let Work::Restore { point, .. } = &job.work else { return None };
            (job.resource == wanted).then_some((job, point))
        });
    if let Some((job, point)) = last {
        shown["LatestRestoreJobCreationDate"] = time(job.created);
        let took = job.ended.map(|at| at.duration_since(job.created));
        shown["LatestRestoreExecutionTimeMinutes"] =
            json!(took.map(|took| took.as_mins()));
        shown["LatestRestoreRecoveryPointCreationDate"] =
            json!(place.points.find(point).map(|p| time(p.created)));
    }
    Ok(shown)
}

pub(super) fn list_tags(
    world: &mut World,
    caller: &Caller,
    input: &Value,
    _: Timestamp,
) -> Result<Value, Fault> {
    let wanted = required(input, "ResourceArn")?;
    let place = world.place_mut(&caller.account, &caller.region);
    let point = place.points.find(wanted).map(|point| &point.tags);
    let of_vault = || {
        let mut vaults = place.vaults.values();
        let vault = vaults.find(|v| vault_arn(caller, &v.name) == wanted)?;
        Some(&vault.tags)
    };
    if let Some(tags) = point.or_else(of_vault) {
        return Ok(json!({ "Tags": tags }));
    }
    if place.plans.keys().any(|id| plan_arn(caller, id) == wanted) {
        return Ok(json!({ "Tags": {} }));
    }
    if !wanted.starts_with("arn:") {
        return Err(invalid(format!("{wanted} is not an ARN.")));
    }
    Err(not_found(format!("Resource {wanted} does not exist.")))
}

/// When a recovery point moves on in its life.
pub(super) fn days_after(at: Timestamp, days: Option<i64>) -> Option<Value> {
    days.map(|days| time(at + SignedDuration::from_hours(24 * days)))
}

// https://docs.aws.amazon.com/aws-backup/latest/devguide/API_CreateBackupVault.html
pub(super) fn create(
    world: &mut World,
    caller: &Caller,
    input: &Value,
    now: Timestamp,
) -> Result<Value, Fault> {
    let name = required(input, "BackupVaultName")?;
    let fits = |c: char| c.is_ascii_alphanumeric() || c == '-' || c == '_';
    if !(2..=50).contains(&name.len()) || !name.chars().all(fits) {
        return Err(invalid(
            "Invalid vault name. Vault name must match [a-zA-Z0-9\\-\\_]{2,50}",
        ));
    }
    let own = vault_arn(caller, name);
    let place = world.place_mut(&caller.account, &caller.region);
    if place.vaults.contains_key(name) {
        let text = format!(
            "Backup vault with the same name already exists. Vault: {own}"
        );
        return Err(refuse(400, "AlreadyExistsException", text));
    }
    let mut vault = Vault::new(name, now);
    vault.kms_key = text(input, "EncryptionKeyArn").map(str::to_owned);
    world.add_vault(&caller.account, &caller.region, vault);
    world.count("CreateBackupVault", caller, name);
    Ok(json!({
        "BackupVaultName": name,
        "BackupVaultArn": own,
        "CreationDate": time(now),
    }))
}
