//! What we ask of Amazon `FSx`, and what its answers mean.

use std::collections::HashMap;

use jiff::Timestamp;
use serde::Deserialize;
use serde_json::json;

use super::ec2::{own, partition};
use super::intern::Names;
use super::kms::key_arn;
use super::modeled::into;
use super::tagging::{Tag, by_key};
use super::{Look, Reader, Seen};
use crate::estate::Found;
use crate::estate::ids::{Arn, Region};
use crate::estate::part::fsx::Share;
use crate::estate::recovery_point::Fields;
use crate::estate::resource::{Origin, PointStatus, ResourceType};
use crate::failure::cleaned;

#[derive(Debug, Default, Deserialize)]
#[serde(rename_all = "PascalCase", default)]
struct Listed {
    file_systems: Vec<FileSystem>,
    backups: Vec<Backup>,
}

#[derive(Debug, Default, Deserialize)]
#[serde(default)]
struct FileSystem {
    #[serde(rename = "FileSystemId")]
    id: String,
    #[serde(rename = "ResourceARN")]
    arn: Option<String>,
    #[serde(rename = "FileSystemType")]
    kind: String,
    #[serde(rename = "Lifecycle")]
    lifecycle: String,
    #[serde(rename = "StorageCapacity")]
    gib: Option<i64>,
    #[serde(rename = "Tags")]
    tags: Vec<Tag>,
    #[serde(rename = "WindowsConfiguration")]
    windows: Option<Configuration>,
    #[serde(rename = "LustreConfiguration")]
    lustre: Option<Configuration>,
    #[serde(rename = "OntapConfiguration")]
    ontap: Option<Configuration>,
    #[serde(rename = "OpenZFSConfiguration")]
    zfs: Option<Configuration>,
}

/// What the four types of file system have in common.
#[derive(Debug, Default, Deserialize)]
#[serde(rename_all = "PascalCase", default)]
struct Configuration {
    deployment_type: Option<String>,
    automatic_backup_retention_days: Option<i64>,
}

#[derive(Debug, Default, Deserialize)]
#[serde(default)]
struct Backup {
    #[serde(rename = "BackupId")]
    id: String,
    #[serde(rename = "ResourceARN")]
    arn: Option<String>,
    #[serde(rename = "Lifecycle")]
    lifecycle: String,
    #[serde(rename = "Type")]
    kind: String,
    #[serde(rename = "CreationTime")]
    created: Option<Timestamp>,
    #[serde(rename = "KmsKeyId")]
    key: Option<String>,
    #[serde(rename = "FileSystem")]
    file_system: FileSystem,
    #[serde(rename = "Volume")]
    volume: Option<Volume>,
    #[serde(rename = "SourceBackupId")]
    source: Option<String>,
    #[serde(rename = "SourceBackupRegion")]
    source_region: Option<String>,
    #[serde(rename = "SizeInBytes")]
    bytes: Option<i64>,
}

#[derive(Debug, Default, Deserialize)]
#[serde(default)]
struct Volume {
    #[serde(rename = "ResourceARN")]
    arn: Option<String>,
}

/// The file systems of a Region, of all four types.
pub(super) async fn file_systems(reader: &Reader) -> Look {
    let doing = "list the FSx file systems";
    let fsx = reader.modeled("fsx")?;
    let operation = "DescribeFileSystems";
    let listed = fsx.list(doing, operation, json!({}), |page| {
        let page: Listed = into(doing, page)?;
        let all = page.file_systems.into_iter();
        Ok(all.map(|said| share(reader, said)).collect())
    });
    let listed = listed.await?;
    Ok(Seen::parts(listed.items, listed.partial))
}

fn share(reader: &Reader, said: FileSystem) -> Share {
    let arn = file_system_arn(reader, &said);
    let own = [said.windows, said.lustre, said.ontap, said.zfs];
    let own = own.into_iter().flatten().next().unwrap_or_default();
    Share {
        arn,
        kind: cleaned(&said.kind),
        state: cleaned(&said.lifecycle),
        deployment: own.deployment_type.map(|word| cleaned(&word)),
        gib: said.gib,
        retention_days: own.automatic_backup_retention_days,
        tags: by_key(said.tags),
    }
}

fn file_system_arn(reader: &Reader, said: &FileSystem) -> Arn {
    let named = format!("file-system/{}", said.id);
    said.arn.as_ref().map_or_else(
        || own(reader, "fsx", &named),
        |arn| Arn::new(cleaned(arn)),
    )
}

/// The backups of a Region that AWS Backup did not make: it lists its own.
pub(super) async fn backups(reader: &Reader) -> Look {
    let doing = "list the FSx backups";
    let fsx = reader.modeled("fsx")?;
    let names = Names::default();
    let listed = fsx.list(doing, "DescribeBackups", json!({}), |page| {
        let page: Listed = into(doing, page)?;
        let all = page.backups.into_iter();
        let own = all.filter(|said| said.kind != "AWS_BACKUP");
        Ok(own.map(|said| backup(reader, said)).collect::<Vec<_>>())
    });
    let listed = listed.await?;
    let links: HashMap<Arn, Arn> = listed
        .items
        .iter()
        .filter_map(|(point, of)| Some((point.arn.clone(), of.clone()?)))
        .collect();
    let origins = reader.session().origins();
    let whole = listed.partial.is_none();
    origins.link(reader.source(), links, whole);
    let points = listed.items.into_iter();
    let points = points.map(|(point, _)| names.point(point)).collect();
    let points = origins.settle(reader.source(), points, whole);
    Ok(Seen { found: Found::Points(points), partial: listed.partial })
}

/// A backup, and the one it was copied from. `CreationTime` of a copy is
/// that of the copy (Amazon `FSx` API reference, `Backup`), so that its data
/// time is taken from its original.
fn backup(reader: &Reader, said: Backup) -> (Fields, Option<Arn>) {
    let named = format!("backup/{}", said.id);
    let arn = said.arn.as_ref().map_or_else(
        || own(reader, "fsx", &named),
        |arn| Arn::new(cleaned(arn)),
    );
    let region = said.source_region.map(|at| Region::new(cleaned(&at)));
    let of = said.source.zip(region).map(|(id, region)| {
        let account = arn.account();
        let account = account.as_ref().map_or("", |id| id.as_str());
        let (partition, id) = (partition(&region), cleaned(&id));
        format!("arn:{partition}:fsx:{region}:{account}:backup/{id}").into()
    });
    let volume = said.volume.and_then(|volume| volume.arn);
    let resource = volume.map_or_else(
        || file_system_arn(reader, &said.file_system),
        |arn| Arn::new(cleaned(&arn)),
    );
    let point = Fields {
        arn,
        resource,
        kind: ResourceType::Fsx,
        vault: None,
        origin: match of {
            Some(_) => Origin::SnapshotCopy,
            None => Origin::Snapshot,
        },
        status: status(&said.lifecycle),
        data_time: if of.is_some() { None } else { said.created },
        created: said.created,
        bytes: said.bytes,
        encrypted: said.key.is_some(),
        cold: false,
        key: said.key.as_deref().and_then(key_arn),
        expires: None,
    };
    (point, of)
}

fn status(lifecycle: &str) -> PointStatus {
    match lifecycle {
        "AVAILABLE" => PointStatus::Usable,
        "CREATING" | "PENDING" | "TRANSFERRING" | "COPYING" => {
            PointStatus::Creating
        }
        "DELETED" | "FAILED" => PointStatus::Unusable,
        _ => PointStatus::Unknown,
    }
}
