//! What we ask of AWS Backup, and what its answers mean.

use aws_sdk_backup::types::{BackupVaultListMember, ProtectedResource};

use super::failure::failure;
use super::pages::{self, Page, Pages};
use super::reader::Reader;
use super::{Look, Seen, moment};
use crate::estate::Found;
use crate::estate::resource::{Protected, ResourceType, Vault};
use crate::failure::{Failure, cleaned};

/// The largest page that AWS Backup gives.
const PAGE: i32 = 1000;

/// Reads all pages of a list of AWS Backup: what asks for it, the member of
/// the answer that holds it, what reads one thing of it, and what that is
/// called when it fails.
macro_rules! listed {
    ($reader:ident $operation:literal, $list:expr, $items:ident, $read:expr,
     $doing:literal) => {
        pages::all(async |token| {
            $reader.turn("backup", $operation).await;
            let list = ($list)().max_results(PAGE).set_next_token(token);
            let answer = list.send().await;
            let answer = answer.map_err(|error| failure($doing, &error))?;
            let items = answer.$items.unwrap_or_default();
            Ok(Page {
                items: items.into_iter().filter_map($read).collect(),
                next: answer.next_token,
            })
        })
        .await
    };
}

mod jobs;
mod points;
mod sweeps;

pub(super) use jobs::{backup_jobs, copy_jobs, restore_jobs};
pub(super) use points::points;
pub(super) use sweeps::Sweeps;

/// The vaults of a Region.
pub(super) async fn vaults(reader: &Reader) -> Look {
    let Pages { items, partial } = listed_vaults(reader).await?;
    Ok(Seen { found: Found::Vaults(items.into()), partial })
}

async fn listed_vaults(reader: &Reader) -> Result<Pages<Vault>, Failure> {
    let list = || reader.backup().list_backup_vaults();
    listed!(reader "ListBackupVaults", list, backup_vault_list, vault, "list backup vaults")
}

fn vault(told: BackupVaultListMember) -> Option<Vault> {
    Some(Vault {
        name: told.backup_vault_name?.into(),
        arn: told.backup_vault_arn?.into(),
        points: told.number_of_recovery_points,
        locked: told.locked.unwrap_or(false),
    })
}

/// Resources that AWS Backup protects in a Region.
pub(super) async fn protected(reader: &Reader) -> Look {
    let list = || reader.backup().list_protected_resources();
    let Pages { items, partial } = listed!(reader "ListProtectedResources", list, results, resource, "list protected resources")?;
    Ok(Seen { found: Found::Protected(items.into()), partial })
}

fn resource(told: ProtectedResource) -> Option<Protected> {
    Some(Protected {
        arn: told.resource_arn?.into(),
        kind: typed(told.resource_type.as_deref()),
        name: told.resource_name.as_deref().map(cleaned),
        last_backup: moment(told.last_backup_time),
    })
}

fn typed(name: Option<&str>) -> ResourceType {
    ResourceType::from_backup(name.unwrap_or_default())
}
