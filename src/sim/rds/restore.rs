//! Instances restored, from a snapshot or to a point in time.

use jiff::{SignedDuration, Timestamp};
use serde_json::{Value, json};

use super::change::settings;
use super::describe::{no_backup, place};
use super::snapshots::{given_tags, missing};
use super::{
    combination, free, identifier, instance, no_instance, required, show,
};
use crate::sim::world::database::{Doing, Instance, Status, Task};
use crate::sim::world::value::{flag, moment, text};
use crate::sim::world::{Caller, Fault, World, refuse};

/// How long a restore takes at speed 1.
const RESTORE_TAKES: SignedDuration = SignedDuration::from_mins(12);

fn begin(
    world: &mut World,
    caller: &Caller,
    input: &Value,
    mut db: Instance,
    operation: &str,
) -> Value {
    let takes = world.takes(RESTORE_TAKES);
    if let Some(class) = text(input, "DBInstanceClass") {
        class.clone_into(&mut db.class);
    }
    settings(&mut db, input);
    db.multi_az = flag(input, "MultiAZ");
    db.tags = given_tags(input);
    db.status = Status::Creating;
    db.task = Some(Task::new(Doing::Create, db.created, takes));
    let id = db.id.clone();
    world.add_instance(&caller.account, &caller.region, db);
    world.count(operation, caller, &id);
    let db = &place(world, caller).instances[&id];
    json!({ "DBInstance": show::instance(world, caller, db) })
}

pub(super) fn from_snapshot(
    world: &mut World,
    caller: &Caller,
    input: &Value,
    now: Timestamp,
) -> Result<Value, Fault> {
    let id = identifier(required(input, "DBInstanceIdentifier")?);
    let from = identifier(required(input, "DBSnapshotIdentifier")?);
    free(world, caller, &id)?;
    let place = world.place_mut(&caller.account, &caller.region);
    let snapshot = place.snapshots.get(&from).ok_or_else(|| missing(&from))?;
    if snapshot.status != Status::Available {
        return Err(refuse(
            400,
            "InvalidDBSnapshotState",
            format!("The snapshot {from} is not available."),
        ));
    }
    let mut db = Instance::new(&id, now);
    snapshot.outfit(&mut db);
    let operation = "RestoreDBInstanceFromDBSnapshot";
    Ok(begin(world, caller, input, db, operation))
}

/// What can be restored to a point in time, and between which times.
struct Source {
    db: Instance,
    earliest: Timestamp,
    latest: Timestamp,
}

/// Finds the instance, or the automated backup, that an input names.
fn source(
    world: &mut World,
    caller: &Caller,
    input: &Value,
) -> Result<Source, Fault> {
    if let Some(name) = text(input, "SourceDBInstanceIdentifier") {
        let db = instance(world, caller, name)?.clone();
        if db.retention_days == 0 {
            return Err(refuse(
                400,
                "PointInTimeRestoreNotEnabled",
                format!(
                    "Point in time restore is not enabled for instance {}.",
                    db.id
                ),
            ));
        }
        let latest = world.now() - show::PITR_BEHIND;
        let kept = SignedDuration::from_hours(24 * db.retention_days);
        let earliest = (latest - kept).max(db.created);
        return Ok(Source { db, earliest, latest });
    }
    let resource = text(input, "SourceDbiResourceId");
    let own = text(input, "SourceDBInstanceAutomatedBackupsArn");
    let Some(name) = resource.or(own) else {
        return Err(combination(
            "One of SourceDBInstanceIdentifier, SourceDbiResourceId and \
             SourceDBInstanceAutomatedBackupsArn must be specified.",
        ));
    };
    let place = world.place(&caller.account, &caller.region);
    let backup = place
        .and_then(|place| {
            place.automated.iter().find(|backup| {
                resource.is_none_or(|id| id == backup.resource_id)
                    && own.is_none_or(|arn| {
                        arn == show::backup_arn(caller, backup)
                    })
            })
        })
        .ok_or_else(|| no_backup(name))?;
    let mut db = Instance::new(&backup.instance, backup.earliest);
    backup.engine.clone_into(&mut db.engine);
    backup.engine_version.clone_into(&mut db.engine_version);
    db.storage_gib = backup.storage_gib;
    db.encrypted = backup.encrypted;
    db.kms_key.clone_from(&backup.kms_key);
    let latest = show::latest(world, backup);
    Ok(Source { db, earliest: backup.earliest, latest })
}

// https://docs.aws.amazon.com/AmazonRDS/latest/APIReference/API_RestoreDBInstanceToPointInTime.html
pub(super) fn to_point_in_time(
    world: &mut World,
    caller: &Caller,
    input: &Value,
    now: Timestamp,
) -> Result<Value, Fault> {
    let id = identifier(required(input, "TargetDBInstanceIdentifier")?);
    let newest = flag(input, "UseLatestRestorableTime");
    let wanted = moment(input, "RestoreTime");
    let source = source(world, caller, input)?;
    free(world, caller, &id)?;
    if newest == wanted.is_some() {
        return Err(combination(
            "Exactly one of RestoreTime and UseLatestRestorableTime must be \
             specified.",
        ));
    }
    if let Some(at) = wanted
        && (at > source.latest || at < source.earliest)
    {
        return Err(refuse(
            400,
            "InvalidRestoreFault",
            format!(
                "Cannot restore to {at}: the restorable time is from {} to \
                 {}.",
                source.earliest, source.latest
            ),
        ));
    }
    let mut db = source.db;
    if db.status == Status::Deleting {
        return Err(no_instance(&db.id));
    }
    db.id = id;
    db.created = now;
    db.resource_id = String::new();
    db.replica = None;
    db.was_replica = None;
    db.replicas = Vec::new();
    // A restored instance is in one zone, unprotected and in the default
    // subnet group unless the request says otherwise.
    db.multi_az = false;
    db.deletion_protection = false;
    "default".clone_into(&mut db.subnet_group);
    let operation = "RestoreDBInstanceToPointInTime";
    Ok(begin(world, caller, input, db, operation))
}
