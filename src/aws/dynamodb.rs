//! What we ask of Amazon DynamoDB, and what its answers mean.

use jiff::Timestamp;
use serde::Deserialize;
use serde_json::{Value, json};

use super::ec2::own;
use super::intern::Names;
use super::modeled::{Client, into};
use super::{Look, Reader, Seen};
use crate::estate::Found;
use crate::estate::ids::{Arn, Region};
use crate::estate::part::dynamodb::{Continuous, Replica, Table};
use crate::estate::recovery_point::Fields;
use crate::estate::resource::{Origin, PointStatus, ResourceType};
use crate::failure::{Failure, cleaned};

#[derive(Debug, Default, Deserialize)]
#[serde(rename_all = "PascalCase", default)]
struct Listed {
    table_names: Vec<String>,
    backup_summaries: Vec<Backup>,
}

#[derive(Debug, Default, Deserialize)]
#[serde(rename_all = "PascalCase", default)]
struct TableSaid {
    table: Description,
}

#[derive(Debug, Default, Deserialize)]
#[serde(rename_all = "PascalCase", default)]
struct Description {
    table_arn: Option<String>,
    table_status: String,
    table_size_bytes: Option<i64>,
    deletion_protection_enabled: Option<bool>,
    replicas: Vec<ReplicaSaid>,
}

#[derive(Debug, Default, Deserialize)]
#[serde(rename_all = "PascalCase", default)]
struct ReplicaSaid {
    region_name: String,
    replica_status: String,
}

#[derive(Debug, Default, Deserialize)]
#[serde(rename_all = "PascalCase", default)]
struct ContinuousSaid {
    continuous_backups_description: Backups,
}

#[derive(Debug, Default, Deserialize)]
#[serde(rename_all = "PascalCase", default)]
struct Backups {
    point_in_time_recovery_description: Window,
}

#[derive(Debug, Default, Deserialize)]
#[serde(rename_all = "PascalCase", default)]
struct Window {
    point_in_time_recovery_status: String,
    earliest_restorable_date_time: Option<Timestamp>,
    latest_restorable_date_time: Option<Timestamp>,
}

#[derive(Debug, Default, Deserialize)]
#[serde(rename_all = "PascalCase", default)]
struct Backup {
    table_arn: String,
    backup_arn: String,
    backup_creation_date_time: Option<Timestamp>,
    backup_expiry_date_time: Option<Timestamp>,
    backup_status: String,
    backup_size_bytes: Option<i64>,
}

/// The tables of a Region with replicas and continuous backups. What one
/// table does not tell is unknown of that table and hides no other. Tables
/// are asked one after the other: `DescribeContinuousBackups` may be called
/// ten times a second (its API reference).
pub(super) async fn tables(reader: &Reader) -> Look {
    let doing = "list the DynamoDB tables";
    let dynamodb = reader.modeled("dynamodb")?;
    let input = json!({ "Limit": 100 });
    let listed = dynamodb.list(doing, "ListTables", input, |page| {
        let page: Listed = into(doing, page)?;
        Ok(page.table_names)
    });
    let listed = listed.await?;
    let mut tables = Vec::with_capacity(listed.items.len());
    for name in listed.items {
        tables.push(table(reader, &dynamodb, &cleaned(&name)).await);
    }
    Ok(Seen::parts(tables, listed.partial))
}

async fn table(reader: &Reader, dynamodb: &Client, name: &str) -> Table {
    let mut unknown = Vec::new();
    let said = ask(dynamodb, "DescribeTable", name).await;
    let said: Option<TableSaid> = read(said, &mut unknown);
    let said = said.unwrap_or_default().table;
    let window = ask(dynamodb, "DescribeContinuousBackups", name).await;
    let window: Option<ContinuousSaid> = read(window, &mut unknown);
    let replicas = said.replicas.into_iter();
    Table {
        arn: said.table_arn.map_or_else(
            || own(reader, "dynamodb", &format!("table/{name}")),
            |arn| Arn::new(cleaned(&arn)),
        ),
        status: cleaned(&said.table_status),
        bytes: said.table_size_bytes,
        deletion_protection: said.deletion_protection_enabled,
        continuous: window.map(continuous),
        replicas: replicas
            .map(|replica| Replica {
                region: Region::new(cleaned(&replica.region_name)),
                status: cleaned(&replica.replica_status),
            })
            .collect(),
        unknown,
    }
}

async fn ask(
    dynamodb: &Client,
    operation: &str,
    name: &str,
) -> Result<Value, Failure> {
    let doing = format!("{operation} of {name}");
    dynamodb.ask(&doing, operation, json!({ "TableName": name })).await
}

/// An answer, or nothing and why.
fn read<T: for<'de> Deserialize<'de>>(
    said: Result<Value, Failure>,
    unknown: &mut Vec<String>,
) -> Option<T> {
    let read = said.and_then(|said| into("read DynamoDB's answer", said));
    read.map_err(|failure| unknown.push(failure.to_string())).ok()
}

fn continuous(said: ContinuousSaid) -> Continuous {
    let window =
        said.continuous_backups_description.point_in_time_recovery_description;
    Continuous {
        on: window.point_in_time_recovery_status == "ENABLED",
        earliest: window.earliest_restorable_date_time,
        latest: window.latest_restorable_date_time,
    }
}

/// The backups on demand of a Region, of tables that are gone as well, and
/// without those of AWS Backup: it lists its own.
pub(super) async fn backups(reader: &Reader) -> Look {
    let doing = "list the DynamoDB backups";
    let dynamodb = reader.modeled("dynamodb")?;
    let names = Names::default();
    let mut points = Vec::new();
    let mut partial = None;
    // `ALL` would list those of AWS Backup as well.
    for kind in ["USER", "SYSTEM"] {
        let input = json!({ "BackupType": kind, "Limit": 100 });
        let listed = dynamodb.list(doing, "ListBackups", input, |page| {
            let page: Listed = into(doing, page)?;
            let all = page.backup_summaries.into_iter();
            Ok(all.map(|said| names.point(backup(said))).collect::<Vec<_>>())
        });
        let listed = listed.await?;
        points.extend(listed.items);
        partial = partial.or(listed.partial);
    }
    let origins = reader.session().origins();
    let points = origins.settle(reader.source(), points, partial.is_none());
    Ok(Seen { found: Found::Points(points), partial })
}

/// `BackupCreationDateTime` is the time of the request, at which the backup
/// holds the table (API reference, `BackupSummary`). DynamoDB encrypts every
/// table and its backups at rest.
fn backup(said: Backup) -> Fields {
    Fields {
        arn: Arn::new(cleaned(&said.backup_arn)),
        resource: Arn::new(cleaned(&said.table_arn)),
        kind: ResourceType::DynamoDb,
        vault: None,
        origin: Origin::Snapshot,
        status: match said.backup_status.as_str() {
            "AVAILABLE" => PointStatus::Usable,
            "CREATING" => PointStatus::Creating,
            "DELETED" => PointStatus::Unusable,
            _ => PointStatus::Unknown,
        },
        data_time: said.backup_creation_date_time,
        created: said.backup_creation_date_time,
        bytes: said.backup_size_bytes,
        encrypted: true,
        cold: false,
        key: None,
        expires: said.backup_expiry_date_time,
    }
}
