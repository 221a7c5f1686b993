//! What we ask of Amazon RDS, and what its answers mean.

use std::collections::BTreeMap;

use aws_sdk_rds::types as told;

use super::failure::failure;
use super::intern::Names;
use super::kms::key_arn;
use super::pages::{self, Page, Pages};
use super::reader::Reader;
use super::{Look, Seen, moment};
use crate::estate::Found;
use crate::estate::ids::{Arn, Region};
use crate::estate::recovery_point::Fields;
use crate::estate::resource::{
    AutomatedBackup, DbCluster, DbInstance, GlobalCluster, Origin,
    PointStatus, RecoveryPoint, ResourceType,
};
use crate::failure::{Failure, FailureKind, cleaned};

/// The largest page that RDS gives.
const PAGE: i32 = 100;

/// The instances of a Region.
pub(super) async fn instances(reader: &Reader) -> Look {
    let Pages { items, partial } = listed_instances(reader).await?;
    Ok(Seen { found: Found::Instances(items.into()), partial })
}

/// The instances of a Region, for those who look at something about them.
pub(super) async fn listed_instances(
    reader: &Reader,
) -> Result<Pages<DbInstance>, Failure> {
    pages::all(async |marker| {
        reader.turn("rds", "DescribeDBInstances").await;
        let answer = reader
            .rds()
            .describe_db_instances()
            .max_records(PAGE)
            .set_marker(marker)
            .send()
            .await
            .map_err(|error| failure("list RDS instances", &error))?;
        let instances = answer.db_instances.unwrap_or_default();
        Ok(Page {
            items: instances.into_iter().filter_map(instance).collect(),
            next: answer.marker,
        })
    })
    .await
}

/// One instance by its identifier. That there is none is an answer.
pub(super) async fn instance_of(reader: &Reader, id: &str) -> Look {
    reader.turn("rds", "DescribeDBInstances").await;
    let sent = reader
        .rds()
        .describe_db_instances()
        .db_instance_identifier(id)
        .send()
        .await;
    let found = match sent {
        Ok(answer) => answer.db_instances.unwrap_or_default(),
        Err(error) => {
            let failure = failure("look at the RDS instance", &error);
            if failure.kind != FailureKind::NotFound {
                return Err(failure);
            }
            Vec::new()
        }
    };
    let found: Vec<_> = found.into_iter().filter_map(instance).collect();
    Ok(Seen::whole(Found::Instances(found.into())))
}

fn instance(told: told::DbInstance) -> Option<DbInstance> {
    let endpoint = told.endpoint.and_then(|endpoint| {
        Some((endpoint.address?, u16::try_from(endpoint.port?).ok()?))
    });
    Some(DbInstance {
        id: told.db_instance_identifier?,
        arn: told.db_instance_arn.unwrap_or_default().into(),
        status: told.db_instance_status.unwrap_or_default(),
        engine: engine(told.engine, told.engine_version),
        class: told.db_instance_class.unwrap_or_default(),
        endpoint,
        cluster: given(told.db_cluster_identifier),
        replica_of: given(told.read_replica_source_db_instance_identifier),
        replicas: told
            .read_replica_db_instance_identifiers
            .unwrap_or_default(),
        multi_az: told.multi_az.unwrap_or(false),
        encrypted: told.storage_encrypted.unwrap_or(false),
        deletion_protection: told.deletion_protection.unwrap_or(false),
        backup_retention_days: told.backup_retention_period.unwrap_or(0),
        latest_restorable: moment(told.latest_restorable_time),
        tags: tags(told.tag_list),
    })
}

/// A text that says something: servers that only speak like AWS write an
/// empty one where AWS leaves the member out.
fn given(text: Option<String>) -> Option<String> {
    text.filter(|text| !text.is_empty())
}

/// The Aurora clusters of a Region.
pub(super) async fn clusters(reader: &Reader) -> Look {
    let Pages { items, partial } = pages::all(async |marker| {
        reader.turn("rds", "DescribeDBClusters").await;
        let answer = reader
            .rds()
            .describe_db_clusters()
            .max_records(PAGE)
            .set_marker(marker)
            .send()
            .await
            .map_err(|error| failure("list Aurora clusters", &error))?;
        let clusters = answer.db_clusters.unwrap_or_default();
        Ok(Page {
            items: clusters.into_iter().filter_map(cluster).collect(),
            next: answer.marker,
        })
    })
    .await?;
    Ok(Seen { found: Found::Clusters(items.into()), partial })
}

fn cluster(told: told::DbCluster) -> Option<DbCluster> {
    let mut members = told.db_cluster_members.unwrap_or_default();
    members.sort_by_key(|member| !member.is_cluster_writer.unwrap_or(false));
    Some(DbCluster {
        id: told.db_cluster_identifier?,
        arn: told.db_cluster_arn.unwrap_or_default().into(),
        status: told.status.unwrap_or_default(),
        engine: engine(told.engine, told.engine_version),
        endpoint: told.endpoint,
        port: told.port.and_then(|port| u16::try_from(port).ok()),
        members: members
            .into_iter()
            .filter_map(|member| member.db_instance_identifier)
            .collect(),
        latest_restorable: moment(told.latest_restorable_time),
        tags: tags(told.tag_list),
    })
}

/// One cluster by its identifier. That there is none is an answer.
pub(super) async fn cluster_of(reader: &Reader, id: &str) -> Look {
    reader.turn("rds", "DescribeDBClusters").await;
    let sent = reader
        .rds()
        .describe_db_clusters()
        .db_cluster_identifier(id)
        .send()
        .await
        .map_err(|error| failure("look at the Aurora cluster", &error));
    let found = match sent {
        Ok(answer) => answer.db_clusters.unwrap_or_default(),
        Err(failure) if failure.kind == FailureKind::NotFound => Vec::new(),
        Err(failure) => return Err(failure),
    };
    let found: Vec<_> = found.into_iter().filter_map(cluster).collect();
    Ok(Seen::whole(Found::Clusters(found.into())))
}

/// One global database by its identifier, as a Region tells it. That there
/// is none is an answer.
pub(super) async fn global_cluster_of(reader: &Reader, id: &str) -> Look {
    reader.turn("rds", "DescribeGlobalClusters").await;
    let doing = "look at the Aurora global database";
    let sent = reader
        .rds()
        .describe_global_clusters()
        .global_cluster_identifier(id)
        .send()
        .await
        .map_err(|error| failure(doing, &error));
    let found = match sent {
        Ok(answer) => answer.global_clusters.unwrap_or_default(),
        Err(failure) if failure.kind == FailureKind::NotFound => Vec::new(),
        Err(failure) => return Err(failure),
    };
    let found: Vec<_> = found.into_iter().filter_map(global_cluster).collect();
    Ok(Seen::whole(Found::GlobalClusters(found.into())))
}

/// The Aurora global databases that have a member in a Region.
pub(super) async fn global_clusters(reader: &Reader) -> Look {
    let Pages { items, partial } = listed_global_clusters(reader).await?;
    Ok(Seen { found: Found::GlobalClusters(items.into()), partial })
}

/// The global databases, for those who look at something about them.
pub(super) async fn listed_global_clusters(
    reader: &Reader,
) -> Result<Pages<GlobalCluster>, Failure> {
    pages::all(async |marker| {
        reader.turn("rds", "DescribeGlobalClusters").await;
        let answer = reader
            .rds()
            .describe_global_clusters()
            .max_records(PAGE)
            .set_marker(marker)
            .send()
            .await
            .map_err(|error| {
                failure("list Aurora global databases", &error)
            })?;
        let clusters = answer.global_clusters.unwrap_or_default();
        Ok(Page {
            items: clusters.into_iter().filter_map(global_cluster).collect(),
            next: answer.marker,
        })
    })
    .await
}

fn global_cluster(told: told::GlobalCluster) -> Option<GlobalCluster> {
    let members = told.global_cluster_members.unwrap_or_default();
    Some(GlobalCluster {
        id: told.global_cluster_identifier?,
        status: told.status.unwrap_or_default(),
        members: members
            .into_iter()
            .filter_map(|member| {
                let writer = member.is_writer.unwrap_or(false);
                Some((member.db_cluster_arn?.into(), writer))
            })
            .collect(),
    })
}

/// The instance snapshots of a Region, or those of one instance alone.
pub(super) async fn snapshots(reader: &Reader, of: Option<&str>) -> Look {
    let names = Names::default();
    let Pages { items, partial } = pages::all(async |marker| {
        reader.turn("rds", "DescribeDBSnapshots").await;
        let answer = reader
            .rds()
            .describe_db_snapshots()
            .set_db_instance_identifier(of.map(str::to_owned))
            .max_records(PAGE)
            .set_marker(marker)
            .send()
            .await
            .map_err(|error| failure("list RDS snapshots", &error))?;
        let snapshots = answer.db_snapshots.unwrap_or_default();
        Ok(Page {
            items: snapshots
                .into_iter()
                .filter_map(|told| snapshot(told, &names))
                .collect(),
            next: answer.marker,
        })
    })
    .await?;
    Ok(points(reader, items, partial))
}

/// The cluster snapshots of a Region.
pub(super) async fn cluster_snapshots(reader: &Reader) -> Look {
    let names = Names::default();
    let Pages { items, partial } = pages::all(async |marker| {
        reader.turn("rds", "DescribeDBClusterSnapshots").await;
        let answer = reader
            .rds()
            .describe_db_cluster_snapshots()
            .max_records(PAGE)
            .set_marker(marker)
            .send()
            .await
            .map_err(|error| failure("list Aurora snapshots", &error))?;
        let snapshots = answer.db_cluster_snapshots.unwrap_or_default();
        Ok(Page {
            items: snapshots
                .into_iter()
                .filter_map(|told| cluster_snapshot(told, &names))
                .collect(),
            next: answer.marker,
        })
    })
    .await?;
    Ok(points(reader, items, partial))
}

fn points(
    reader: &Reader,
    items: Vec<RecoveryPoint>,
    partial: Option<String>,
) -> Seen {
    let origins = reader.session().origins();
    let points = origins.settle(reader.source(), items, partial.is_none());
    Seen { found: Found::Points(points), partial }
}

fn snapshot(told: told::DbSnapshot, names: &Names) -> Option<RecoveryPoint> {
    let arn = Arn::from(told.db_snapshot_arn?);
    let from = given(told.source_region);
    let copy =
        given(told.source_db_snapshot_identifier).is_some() || from.is_some();
    let created = moment(told.snapshot_create_time);
    // `SnapshotCreateTime` changes when a snapshot is copied, the others do
    // not (Amazon RDS API reference, `DBSnapshot`).
    let data_time = moment(told.snapshot_database_time)
        .or(moment(told.original_snapshot_create_time))
        .or(if copy { None } else { created });
    let instance = told.db_instance_identifier.unwrap_or_default();
    let region = from.map(Region::from);
    Some(names.point(Fields {
        resource: sibling(&arn, region.as_ref(), "db", &instance).into(),
        arn,
        kind: ResourceType::Rds,
        vault: None,
        origin: if copy { Origin::SnapshotCopy } else { Origin::Snapshot },
        status: status(told.status.as_deref()),
        data_time,
        created,
        bytes: told.full_snapshot_size_in_bytes,
        encrypted: told.encrypted.unwrap_or(false),
        cold: false,
        key: told.kms_key_id.as_deref().and_then(key_arn),
        expires: None,
    }))
}

fn cluster_snapshot(
    told: told::DbClusterSnapshot,
    names: &Names,
) -> Option<RecoveryPoint> {
    let arn = Arn::from(told.db_cluster_snapshot_arn?);
    let source = given(told.source_db_cluster_snapshot_arn).map(Arn::from);
    let created = moment(told.snapshot_create_time);
    let cluster = told.db_cluster_identifier.unwrap_or_default();
    let region = source.as_ref().and_then(Arn::region);
    Some(names.point(Fields {
        resource: sibling(&arn, region.as_ref(), "cluster", &cluster).into(),
        arn,
        kind: ResourceType::Aurora,
        vault: None,
        origin: match source {
            Some(_) => Origin::SnapshotCopy,
            None => Origin::Snapshot,
        },
        status: status(told.status.as_deref()),
        // RDS tells no original time for cluster snapshots.
        data_time: if source.is_some() { None } else { created },
        created,
        bytes: None,
        encrypted: told.storage_encrypted.unwrap_or(false),
        cold: false,
        key: told.kms_key_id.as_deref().and_then(key_arn),
        expires: None,
    }))
}

fn status(told: Option<&str>) -> PointStatus {
    match told {
        Some("available") => PointStatus::Usable,
        Some("creating" | "copying") => PointStatus::Creating,
        Some("failed" | "deleting" | "deleted") => PointStatus::Unusable,
        _ => PointStatus::Unknown,
    }
}

/// Continuous backups of instances, those replicated into a Region and those
/// of deleted instances among them.
pub(super) async fn automated_backups(reader: &Reader) -> Look {
    let Pages { items, partial } = pages::all(async |marker| {
        reader.turn("rds", "DescribeDBInstanceAutomatedBackups").await;
        let answer = reader
            .rds()
            .describe_db_instance_automated_backups()
            .max_records(PAGE)
            .set_marker(marker)
            .send()
            .await
            .map_err(|error| failure("list RDS automated backups", &error))?;
        let backups = answer.db_instance_automated_backups.unwrap_or_default();
        Ok(Page {
            items: backups.into_iter().filter_map(automated).collect(),
            next: answer.marker,
        })
    })
    .await?;
    Ok(Seen { found: Found::AutomatedBackups(items.into()), partial })
}

fn automated(
    told: told::DbInstanceAutomatedBackup,
) -> Option<AutomatedBackup> {
    let (earliest, latest) = told.restore_window.map_or(
        (None, None),
        |window: told::RestoreWindow| {
            (moment(window.earliest_time), moment(window.latest_time))
        },
    );
    Some(AutomatedBackup {
        instance: told.db_instance_identifier?,
        resource: told.db_instance_arn.unwrap_or_default().into(),
        arn: told.db_instance_automated_backups_arn.unwrap_or_default().into(),
        status: told.status.unwrap_or_default(),
        from: told.region.map(Region::from),
        earliest,
        latest,
    })
}

/// The ARN of a database from that of its snapshot: snapshots name it by its
/// identifier only. A copy's database is in the Region it came from.
fn sibling(
    snapshot: &Arn,
    region: Option<&Region>,
    kind: &str,
    id: &str,
) -> String {
    let mut fields = snapshot.split(':');
    let mut next = || fields.next().unwrap_or_default();
    let (arn, partition, service) = (next(), next(), next());
    let (here, account) = (next(), next());
    let region = region.map_or(here, |region| region.as_str());
    format!("{arn}:{partition}:{service}:{region}:{account}:{kind}:{id}")
}

fn engine(name: Option<String>, version: Option<String>) -> String {
    match (name, version) {
        (Some(name), Some(version)) => format!("{name} {version}"),
        (name, version) => name.or(version).unwrap_or_default(),
    }
}

fn tags(told: Option<Vec<told::Tag>>) -> BTreeMap<String, String> {
    told.unwrap_or_default()
        .into_iter()
        .filter_map(|tag| {
            Some((cleaned(&tag.key?), cleaned(&tag.value.unwrap_or_default())))
        })
        .collect()
}

#[cfg(test)]
mod tests {
    use aws_smithy_types::DateTime;
    use jiff::Timestamp;

    use super::*;

    fn copied() -> told::builders::DbSnapshotBuilder {
        told::DbSnapshot::builder()
            .db_snapshot_arn(
                "arn:aws:rds:eu-central-1:111122223333:snapshot:c",
            )
            .db_instance_identifier("learn-db")
            .source_region("eu-west-1")
            .status("available")
            .snapshot_create_time(DateTime::from_secs(900))
    }

    fn read(told: told::builders::DbSnapshotBuilder) -> RecoveryPoint {
        snapshot(told.build(), &Names::default()).unwrap()
    }

    /// `SnapshotCreateTime` is the copy's own; `OriginalSnapshotCreateTime`
    /// does not change with a copy (Amazon RDS API reference, `DBSnapshot`).
    #[test]
    fn a_copied_snapshot_is_as_old_as_its_original() {
        let second = |at| Timestamp::from_second(at).ok();
        let point = read(
            copied().original_snapshot_create_time(DateTime::from_secs(500)),
        );
        assert_eq!(point.data_time(), second(500));
        let point = read(
            copied()
                .original_snapshot_create_time(DateTime::from_secs(500))
                .snapshot_database_time(DateTime::from_secs(490)),
        );
        assert_eq!(point.data_time(), second(490));
        assert_eq!(read(copied()).data_time(), None);
    }

    #[test]
    fn a_copied_snapshot_belongs_to_the_database_in_the_other_region() {
        assert_eq!(
            read(copied()).resource().as_str(),
            "arn:aws:rds:eu-west-1:111122223333:db:learn-db"
        );
    }
}
