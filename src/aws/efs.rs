//! What we ask of Amazon EFS, and what its answers mean.

use jiff::Timestamp;
use serde::Deserialize;
use serde_json::{Value, json};

use super::ec2::own;
use super::modeled::{Client, into};
use super::tagging::{Tag, by_key};
use super::{Look, Reader, Seen};
use crate::estate::ids::{Account, Arn, Region};
use crate::estate::part::efs::{FileSync, FileSystem};
use crate::failure::cleaned;

#[derive(Debug, Default, Deserialize)]
#[serde(rename_all = "PascalCase", default)]
struct Listed {
    file_systems: Vec<FileSystemSaid>,
    replications: Vec<ReplicationSaid>,
}

#[derive(Debug, Default, Deserialize)]
#[serde(rename_all = "PascalCase", default)]
struct FileSystemSaid {
    file_system_id: String,
    file_system_arn: Option<String>,
    life_cycle_state: String,
    number_of_mount_targets: i64,
    size_in_bytes: Option<Size>,
    encrypted: Option<bool>,
    tags: Vec<Tag>,
}

#[derive(Debug, Default, Deserialize)]
#[serde(rename_all = "PascalCase", default)]
struct Size {
    value: i64,
}

#[derive(Debug, Default, Deserialize)]
#[serde(rename_all = "PascalCase", default)]
struct PolicySaid {
    backup_policy: Policy,
}

#[derive(Debug, Default, Deserialize)]
#[serde(rename_all = "PascalCase", default)]
struct Policy {
    status: String,
}

#[derive(Debug, Default, Deserialize)]
#[serde(rename_all = "PascalCase", default)]
struct ReplicationSaid {
    source_file_system_arn: String,
    destinations: Vec<Destination>,
}

#[derive(Debug, Default, Deserialize)]
#[serde(rename_all = "PascalCase", default)]
struct Destination {
    status: String,
    status_message: Option<String>,
    file_system_id: String,
    region: String,
    owner_id: Option<String>,
    last_replicated_timestamp: Option<Timestamp>,
}

/// The file systems of a Region, each with its backup policy. A policy that
/// is not told is unknown of that file system and hides no other.
pub(super) async fn file_systems(reader: &Reader) -> Look {
    let doing = "list the EFS file systems";
    let efs = reader.modeled("elasticfilesystem")?;
    let input = json!({ "MaxItems": 100 });
    let listed = efs.list(doing, "DescribeFileSystems", input, |page| {
        let page: Listed = into(doing, page)?;
        Ok(page.file_systems)
    });
    let listed = listed.await?;
    let mut all = Vec::with_capacity(listed.items.len());
    for said in listed.items {
        all.push(file_system(reader, &efs, said).await);
    }
    Ok(Seen::parts(all, listed.partial))
}

async fn file_system(
    reader: &Reader,
    efs: &Client,
    said: FileSystemSaid,
) -> FileSystem {
    let id = cleaned(&said.file_system_id);
    let named = format!("file-system/{id}");
    let mut unknown = Vec::new();
    let automatic = match automatic(efs, &id).await {
        Ok(is) => Some(is),
        Err(why) => {
            unknown.push(why);
            None
        }
    };
    FileSystem {
        arn: said.file_system_arn.map_or_else(
            || own(reader, "elasticfilesystem", &named),
            |arn| Arn::new(cleaned(&arn)),
        ),
        state: cleaned(&said.life_cycle_state),
        bytes: said.size_in_bytes.map(|size| size.value),
        encrypted: said.encrypted,
        mounts: said.number_of_mount_targets,
        automatic,
        tags: by_key(said.tags),
        unknown,
    }
}

/// Whether automatic backups are on. A file system without a policy has
/// none: EFS answers that with an error of its own.
async fn automatic(efs: &Client, id: &str) -> Result<bool, String> {
    let doing = format!("ask for the backup policy of {id}");
    let input = json!({ "FileSystemId": id });
    let said = efs.ask(&doing, "DescribeBackupPolicy", input).await;
    match said {
        Ok(said) => {
            let said: PolicySaid =
                into(&doing, said).map_err(|why| why.to_string())?;
            let status = said.backup_policy.status;
            Ok(matches!(status.as_str(), "ENABLED" | "ENABLING"))
        }
        Err(failure) if failure.code.as_deref() == Some("PolicyNotFound") => {
            Ok(false)
        }
        Err(failure) => Err(failure.to_string()),
    }
}

/// The replications that a Region takes part in, on either side.
pub(super) async fn replications(reader: &Reader) -> Look {
    let doing = "list the replications of EFS";
    let efs = reader.modeled("elasticfilesystem")?;
    let operation = "DescribeReplicationConfigurations";
    let input = json!({ "MaxResults": 100 });
    let listed = efs.list(doing, operation, input, |page: Value| {
        let page: Listed = into(doing, page)?;
        Ok(page.replications.into_iter().flat_map(syncs).collect())
    });
    let listed = listed.await?;
    Ok(Seen::parts(listed.items, listed.partial))
}

fn syncs(said: ReplicationSaid) -> Vec<FileSync> {
    let source = Arn::new(cleaned(&said.source_file_system_arn));
    let destinations = said.destinations.into_iter();
    destinations
        .map(|to| FileSync {
            source: source.clone(),
            to: cleaned(&to.file_system_id),
            account: to.owner_id.map(|id| Account::new(cleaned(&id))),
            region: Region::new(cleaned(&to.region)),
            status: cleaned(&to.status),
            message: to.status_message.map(|text| cleaned(&text)),
            synced: to.last_replicated_timestamp,
        })
        .collect()
}
