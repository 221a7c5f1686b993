//! What RDS shows of its resources.

use serde_json::{Value, json};

use crate::sim::world::database::{
    AutomatedBackup, Cluster, ClusterSnapshot, GlobalCluster, Instance,
    Moving, Snapshot, Status, Task, cluster_endpoint, endpoint,
};
use crate::sim::world::labour::arn_parts;
use crate::sim::world::seed::arn;
use crate::sim::world::value::{tag_list, time};
use crate::sim::world::{Caller, Place, World};
use jiff::SignedDuration;

/// How far the latest restorable time is behind the present.
// https://docs.aws.amazon.com/AmazonRDS/latest/UserGuide/USER_PIT.html
pub(super) const PITR_BEHIND: SignedDuration = SignedDuration::from_mins(5);

pub(super) fn own_arn(caller: &Caller, rest: &str) -> String {
    arn("rds", &caller.region, &caller.account, rest)
}

fn status_infos(world: &World, caller: &Caller, of: &Instance) -> Value {
    let Some(replica) = &of.replica else { return Value::Null };
    let (status, normal) =
        world.replication(&caller.account, &caller.region, replica);
    let message = (!normal).then(|| {
        format!(
            "Replication from {} has encountered an error.",
            replica.source
        )
    });
    json!([{
        "StatusType": "read replication",
        "Normal": normal,
        "Status": status,
        "Message": message,
    }])
}

pub(super) fn instance(
    world: &World,
    caller: &Caller,
    db: &Instance,
) -> Value {
    let backed_up = db.retention_days > 0 && db.status != Status::Creating;
    let latest = backed_up.then(|| time(world.now() - PITR_BEHIND));
    let host = endpoint(&db.id, &caller.account, &caller.region);
    let address = (db.status != Status::Creating).then(|| {
        json!({ "Address": host, "Port": db.port, "HostedZoneId": "Z2R2ITUGPM61AM" })
    });
    let groups = db
        .security_groups
        .iter()
        .map(|id| json!({ "VpcSecurityGroupId": id, "Status": "active" }));
    let mut pending = json!({});
    if let Some(class) = &db.pending_class {
        pending["DBInstanceClass"] = json!(class);
    }
    if let Some(multi_az) = db.pending_multi_az {
        pending["MultiAZ"] = json!(multi_az);
    }
    json!({
        "DBInstanceIdentifier": db.id,
        "DBInstanceArn": own_arn(caller, &format!("db:{}", db.id)),
        "DbiResourceId": db.resource_id,
        "DBInstanceClass": db.class,
        "Engine": db.engine,
        "EngineVersion": db.engine_version,
        "DBInstanceStatus": db.status.word(),
        "MasterUsername": db.user,
        "DBName": db.db_name,
        "Endpoint": address,
        "AllocatedStorage": db.storage_gib,
        "InstanceCreateTime": time(db.created),
        "BackupRetentionPeriod": db.retention_days,
        "LatestRestorableTime": latest,
        "VpcSecurityGroups": groups.collect::<Vec<_>>(),
        "DBParameterGroups": [{
            "DBParameterGroupName": db.parameter_group,
            "ParameterApplyStatus": "in-sync",
        }],
        "AvailabilityZone": format!("{}a", caller.region),
        "SecondaryAvailabilityZone":
            db.multi_az.then(|| format!("{}b", caller.region)),
        "DBSubnetGroup": {
            "DBSubnetGroupName": db.subnet_group,
            "SubnetGroupStatus": "Complete",
        },
        "PendingModifiedValues": pending,
        "MultiAZ": db.multi_az,
        "ReadReplicaSourceDBInstanceIdentifier":
            db.replica.as_ref().map(|replica| replica.source.clone()),
        "ReadReplicaDBInstanceIdentifiers": db.replicas,
        "StatusInfos": status_infos(world, caller, db),
        "PubliclyAccessible": false,
        "StorageType": "gp3",
        "StorageEncrypted": db.encrypted,
        "KmsKeyId": db.kms_key,
        "DBClusterIdentifier": db.cluster,
        "DeletionProtection": db.deletion_protection,
        "TagList": tag_list(&db.tags),
    })
}

/// How much of a snapshot is made, in percent.
fn progress(task: Option<Task>) -> i64 {
    let share = task.map_or(100, |task| {
        let whole = task.takes.as_millis().max(1);
        (task.done.as_millis() * 100 / whole).min(99)
    });
    i64::try_from(share).unwrap_or_default()
}

pub(super) fn snapshot(caller: &Caller, snapshot: &Snapshot) -> Value {
    let source = snapshot.source.as_deref().and_then(arn_parts);
    let away =
        source.map(|(region, ..)| region).filter(|r| *r != caller.region);
    let ready = snapshot.status == Status::Available;
    json!({
        "DBSnapshotIdentifier": snapshot.id,
        "DBSnapshotArn": own_arn(caller, &format!("snapshot:{}", snapshot.id)),
        "DBInstanceIdentifier": snapshot.instance,
        "DbiResourceId": snapshot.resource_id,
        "SnapshotCreateTime": ready.then(|| time(snapshot.created)),
        "OriginalSnapshotCreateTime":
            ready.then(|| time(snapshot.original_created)),
        "SnapshotDatabaseTime": snapshot.database_time.map(time),
        "SnapshotType": snapshot.kind,
        "Status": snapshot.status.word(),
        "PercentProgress": progress(snapshot.task),
        "Engine": snapshot.engine,
        "EngineVersion": snapshot.engine_version,
        "AllocatedStorage": snapshot.storage_gib,
        "Port": snapshot.port,
        "MasterUsername": snapshot.user,
        "AvailabilityZone": format!("{}a", caller.region),
        "Encrypted": snapshot.encrypted,
        "KmsKeyId": snapshot.kms_key,
        "SourceRegion": away,
        "SourceDBSnapshotIdentifier": snapshot.source,
        "TagList": tag_list(&snapshot.tags),
    })
}

pub(super) fn cluster_snapshot(
    caller: &Caller,
    snapshot: &ClusterSnapshot,
) -> Value {
    let own = format!("cluster-snapshot:{}", snapshot.id);
    json!({
        "DBClusterSnapshotIdentifier": snapshot.id,
        "DBClusterSnapshotArn": own_arn(caller, &own),
        "DBClusterIdentifier": snapshot.cluster,
        "SnapshotCreateTime": time(snapshot.created),
        "SnapshotType": snapshot.kind,
        "Status": snapshot.status.word(),
        "PercentProgress": progress(snapshot.task),
        "Engine": snapshot.engine,
        "EngineVersion": snapshot.engine_version,
        "StorageEncrypted": snapshot.encrypted,
        "KmsKeyId": snapshot.kms_key,
        "SourceDBClusterSnapshotArn": snapshot.source,
        "TagList": tag_list(&snapshot.tags),
    })
}

/// The first member by name writes, unless the cluster follows another.
pub(super) fn cluster(
    world: &World,
    caller: &Caller,
    place: &Place,
    cluster: &Cluster,
) -> Value {
    let own = own_arn(caller, &format!("cluster:{}", cluster.id));
    let account = world.account(&caller.account);
    let follows = account.is_some_and(|account| {
        let mut globals = account.globals.values();
        globals.any(|global| global.has(&own) && global.writer != own)
    });
    let members = place
        .instances
        .values()
        .filter(|db| db.cluster.as_deref() == Some(&cluster.id))
        .enumerate()
        .map(|(at, db)| {
            json!({
                "DBInstanceIdentifier": db.id,
                "IsClusterWriter": at == 0 && !follows,
                "PromotionTier": 1,
            })
        });
    let host = |kind: &str| {
        cluster_endpoint(&cluster.id, kind, &caller.account, &caller.region)
    };
    let mysql = cluster.engine.contains("mysql");
    let latest = time(world.now() - PITR_BEHIND);
    let first =
        world.now() - SignedDuration::from_hours(24 * cluster.retention_days);
    json!({
        "DBClusterIdentifier": cluster.id,
        "DBClusterArn": own,
        "DbClusterResourceId": cluster.resource_id,
        "Status": cluster.status.word(),
        "Engine": cluster.engine,
        "EngineVersion": cluster.engine_version,
        "EngineMode": "provisioned",
        "Endpoint": host("cluster"),
        "ReaderEndpoint": host("cluster-ro"),
        "Port": if mysql { 3306 } else { 5432 },
        "ClusterCreateTime": time(cluster.created),
        "BackupRetentionPeriod": cluster.retention_days,
        "EarliestRestorableTime": time(first.max(cluster.created)),
        "LatestRestorableTime": latest,
        "DBClusterMembers": members.collect::<Vec<_>>(),
        "StorageEncrypted": cluster.encrypted,
        "KmsKeyId": cluster.kms_key,
        "DeletionProtection": cluster.deletion_protection,
        "GlobalClusterIdentifier": cluster.global,
        "TagList": tag_list(&cluster.tags),
    })
}

pub(super) fn global_cluster(
    caller: &Caller,
    global: &GlobalCluster,
) -> Value {
    let mut members = vec![json!({
        "DBClusterArn": global.writer,
        "Readers": global.readers,
        "IsWriter": true,
    })];
    members.extend(global.readers.iter().map(|reader| {
        json!({
            "DBClusterArn": reader,
            "Readers": [],
            "IsWriter": false,
            "SynchronizationStatus": "connected",
        })
    }));
    let own = format!(
        "arn:aws:rds::{}:global-cluster:{}",
        caller.account, global.id
    );
    json!({
        "GlobalClusterIdentifier": global.id,
        "GlobalClusterArn": own,
        "GlobalClusterResourceId": global.resource_id,
        "Status": global.moving.as_ref().map_or("available", Moving::word),
        "FailoverState": global.moving.as_ref().map(|moving| json!({
            // The model has no word for a switchover under way.
            "Status": if moving.lossy { moving.word() } else { "pending" },
            "FromDbClusterArn": global.writer,
            "ToDbClusterArn": moving.to,
            "IsDataLossAllowed": moving.lossy,
        })),
        "Engine": global.engine,
        "EngineVersion": global.engine_version,
        "GlobalClusterMembers": members,
    })
}

/// When an automated backup ends: it stands still from the moment that its
/// instance's Region went dark.
pub(super) fn latest(
    world: &World,
    backup: &AutomatedBackup,
) -> jiff::Timestamp {
    let dead = world
        .is_dark(&backup.instance_region)
        .then(|| world.condition_since(&backup.instance_region, world.now()));
    let until = backup.stopped_at.or(dead.flatten()).unwrap_or(world.now());
    until - backup.behind
}

pub(super) fn automated_backup(
    world: &World,
    caller: &Caller,
    backup: &AutomatedBackup,
) -> Value {
    let id = format!("db:{}", backup.instance);
    let home = &backup.instance_region;
    json!({
        "DBInstanceIdentifier": backup.instance,
        "DBInstanceArn": arn("rds", home, &caller.account, &id),
        "DbiResourceId": backup.resource_id,
        "Region": home,
        "DBInstanceAutomatedBackupsArn": backup_arn(caller, backup),
        "RestoreWindow": {
            "EarliestTime": time(backup.earliest),
            "LatestTime": time(latest(world, backup)),
        },
        "Status": backup.status,
        "AllocatedStorage": backup.storage_gib,
        "Engine": backup.engine,
        "EngineVersion": backup.engine_version,
        "Encrypted": backup.encrypted,
        "KmsKeyId": backup.kms_key,
        "BackupRetentionPeriod": backup.retention_days,
    })
}

pub(super) fn backup_arn(caller: &Caller, backup: &AutomatedBackup) -> String {
    let tail = backup.resource_id.trim_start_matches("db-").to_lowercase();
    own_arn(caller, &format!("auto-backup:ab-{tail}"))
}
