//! What we ask of AWS Backup about the guards of its vaults: lock and policy.

use jiff::Timestamp;
use serde::Deserialize;
use serde_json::json;

use super::modeled::{Client, into};
use super::{Look, Reader, Seen};
use crate::estate::part::guard::{Access, VaultGuard};
use crate::failure::{FailureKind, cleaned};

/// The most vaults whose policies one look asks for, the fullest first.
const MOST: usize = 200;

#[derive(Debug, Default, Deserialize)]
#[serde(rename_all = "PascalCase", default)]
struct Listed {
    backup_vault_list: Vec<VaultTold>,
}

#[derive(Debug, Default, Deserialize)]
#[serde(rename_all = "PascalCase", default)]
struct VaultTold {
    backup_vault_name: String,
    backup_vault_arn: String,
    vault_type: String,
    number_of_recovery_points: i64,
    locked: Option<bool>,
    lock_date: Option<Timestamp>,
    min_retention_days: Option<i64>,
    max_retention_days: Option<i64>,
}

#[derive(Debug, Default, Deserialize)]
#[serde(rename_all = "PascalCase", default)]
struct PolicySaid {
    policy: Option<String>,
}

/// The vaults of a Region with their locks and access policies.
pub(super) async fn guards(reader: &Reader) -> Look {
    let backup = reader.modeled("backup")?;
    let doing = "list the locks of backup vaults";
    let input = json!({ "MaxResults": 1000 });
    let listed = backup.list(doing, "ListBackupVaults", input, |page| {
        let listed: Listed = into(doing, page)?;
        Ok(listed.backup_vault_list)
    });
    let listed = listed.await?;
    let mut guards: Vec<_> = listed.items.into_iter().map(guard).collect();
    guards.sort_by_key(|guard| -guard.points);
    for (index, guard) in guards.iter_mut().enumerate() {
        if index < MOST {
            ask_policy(&backup, guard).await;
        } else {
            guard.unknown.push(format!("not asked: {MOST} vaults a look are"));
        }
    }
    Ok(Seen::parts(guards, listed.partial))
}

fn guard(told: VaultTold) -> VaultGuard {
    VaultGuard {
        arn: cleaned(&told.backup_vault_arn),
        name: cleaned(&told.backup_vault_name),
        air_gapped: told.vault_type == "LOGICALLY_AIR_GAPPED_BACKUP_VAULT",
        points: told.number_of_recovery_points,
        // Older servers leave it out where there is none.
        locked: Some(told.locked.unwrap_or(false)),
        immutable_from: told.lock_date,
        min_days: told.min_retention_days,
        max_days: told.max_retention_days,
        access: None,
        unknown: Vec::new(),
    }
}

async fn ask_policy(backup: &Client, guard: &mut VaultGuard) {
    let doing = "ask for the access policy of a vault";
    let input = json!({ "BackupVaultName": guard.name });
    let said = backup.ask(doing, "GetBackupVaultAccessPolicy", input).await;
    let said = said.and_then(|said| into::<PolicySaid>(doing, said));
    match said.map(|said| said.policy) {
        Ok(Some(policy)) => match Access::of(&policy) {
            Some(access) => guard.access = Some(access),
            None => guard.unknown.push("its policy cannot be read".into()),
        },
        // A vault without a policy is answered so.
        Ok(None) => guard.access = Some(Access::default()),
        Err(failure) if failure.kind == FailureKind::NotFound => {
            guard.access = Some(Access::default());
        }
        Err(failure) => guard.unknown.push(failure.to_string()),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_lock_without_a_date_can_be_taken_off() {
        let told: Listed = into(
            "try",
            json!({ "BackupVaultList": [
                { "BackupVaultName": "governed", "Locked": true,
                  "MinRetentionDays": 7 },
                { "BackupVaultName": "sealed", "Locked": true,
                  "LockDate": "2026-01-01T00:00:00Z" },
                { "BackupVaultName": "apart",
                  "VaultType": "LOGICALLY_AIR_GAPPED_BACKUP_VAULT" },
                { "BackupVaultName": "open" },
            ] }),
        )
        .unwrap();
        let now = "2026-11-23T10:00:00Z".parse().unwrap();
        let guards = told.backup_vault_list.into_iter().map(guard);
        let fast: Vec<_> = guards.map(|g| g.is_immutable(now)).collect();
        assert_eq!(fast, [false, true, true, false]);
    }
}
