//! Instances made, changed, promoted and removed.

use jiff::{SignedDuration, Timestamp};
use serde_json::{Value, json};

use super::snapshots::given_tags;
use super::{
    bad_state, combination, free, identifier, instance, invalid, required,
    show,
};
use crate::sim::world::database::{Doing, Instance, Snapshot, Status, Task};
use crate::sim::world::seed::locate;
use crate::sim::world::value::{flag, list, number, text};
use crate::sim::world::{Caller, Fault, World};

/// How long a promotion takes at speed 1.
// "a few minutes or longer to complete":
// https://docs.aws.amazon.com/AmazonRDS/latest/UserGuide/USER_ReadRepl.Promote.html
const PROMOTE_TAKES: SignedDuration = SignedDuration::from_mins(5);

/// How long making an instance takes at speed 1.
const CREATE_TAKES: SignedDuration = SignedDuration::from_mins(8);

/// How long a change of class takes at speed 1.
const MODIFY_TAKES: SignedDuration = SignedDuration::from_mins(4);

/// How long a restart takes at speed 1.
const REBOOT_TAKES: SignedDuration = SignedDuration::from_mins(2);

/// How long removing takes at speed 1.
const DELETE_TAKES: SignedDuration = SignedDuration::from_mins(3);

fn shown(world: &mut World, caller: &Caller, id: &str) -> Value {
    let db = instance(world, caller, id)
        .expect("the handler has just changed it")
        .clone();
    json!({ "DBInstance": show::instance(world, caller, &db) })
}

/// Sets the days of automated backups.
fn retain(db: &mut Instance, input: &Value) -> Result<(), Fault> {
    let Some(days) = number(input, "BackupRetentionPeriod") else {
        return Ok(());
    };
    if !(0..=35).contains(&days) {
        return Err(invalid(format!(
            "Invalid backup retention period: {days}. Must be between 0 and \
             35."
        )));
    }
    db.retention_days = days;
    Ok(())
}

/// Makes a replica a database of its own; for good.
pub(super) fn promote(
    world: &mut World,
    caller: &Caller,
    input: &Value,
    now: Timestamp,
) -> Result<Value, Fault> {
    let name = required(input, "DBInstanceIdentifier")?;
    let takes = world.takes(PROMOTE_TAKES);
    let db = instance(world, caller, name)?;
    if db.replica.is_none() {
        return Err(bad_state(format!(
            "DB Instance {} is not a read replica.",
            db.id
        )));
    }
    if db.status != Status::Available {
        return Err(bad_state(format!(
            "DB Instance {} cannot be promoted while its status is {}.",
            db.id,
            db.status.word()
        )));
    }
    retain(db, input)?;
    db.status = Status::Modifying;
    db.task = Some(Task::new(Doing::Promote, now, takes));
    let id = db.id.clone();
    world.count("PromoteReadReplica", caller, &id);
    Ok(shown(world, caller, &id))
}

pub(super) fn create(
    world: &mut World,
    caller: &Caller,
    input: &Value,
    now: Timestamp,
) -> Result<Value, Fault> {
    let id = identifier(required(input, "DBInstanceIdentifier")?);
    let engine = required(input, "Engine")?;
    let class = required(input, "DBInstanceClass")?;
    free(world, caller, &id)?;
    let mut db = Instance::new(&id, now);
    engine.clone_into(&mut db.engine);
    class.clone_into(&mut db.class);
    db.db_name = text(input, "DBName").map(str::to_owned);
    db.cluster = text(input, "DBClusterIdentifier").map(str::to_owned);
    db.encrypted = flag(input, "StorageEncrypted");
    db.retention_days = 1;
    db.tags = given_tags(input);
    retain(&mut db, input)?;
    settings(&mut db, input);
    db.multi_az = flag(input, "MultiAZ");
    let takes = world.takes(CREATE_TAKES);
    db.status = Status::Creating;
    db.task = Some(Task::new(Doing::Create, now, takes));
    world.add_instance(&caller.account, &caller.region, db);
    world.count("CreateDBInstance", caller, &id);
    Ok(shown(world, caller, &id))
}

/// Takes over the settings that creating, restoring and changing share.
pub(super) fn settings(db: &mut Instance, input: &Value) {
    let take = |member: &str, to: &mut String| {
        if let Some(given) = text(input, member) {
            given.clone_into(to);
        }
    };
    take("EngineVersion", &mut db.engine_version);
    take("MasterUsername", &mut db.user);
    take("DBSubnetGroupName", &mut db.subnet_group);
    take("DBParameterGroupName", &mut db.parameter_group);
    db.storage_gib =
        number(input, "AllocatedStorage").unwrap_or(db.storage_gib);
    db.port = number(input, "Port").unwrap_or(db.port);
    if input.get("DeletionProtection").is_some_and(Value::is_boolean) {
        db.deletion_protection = flag(input, "DeletionProtection");
    }
    if let Some(key) = text(input, "KmsKeyId") {
        db.kms_key = Some(key.to_owned());
    }
    let groups = list(input, "VpcSecurityGroupIds");
    if !groups.is_empty() {
        let groups = groups.iter().filter_map(Value::as_str);
        db.security_groups = groups.map(str::to_owned).collect();
    }
}

/// Whether a request asks for another number of zones.
fn zones(db: &Instance, input: &Value) -> Option<bool> {
    let wanted = input.get("MultiAZ").and_then(Value::as_bool);
    wanted.filter(|wanted| *wanted != db.multi_az)
}

/// Class and zones wait for the maintenance window unless it is to apply at once.
// https://docs.aws.amazon.com/AmazonRDS/latest/UserGuide/Overview.DBInstance.Modifying.html
pub(super) fn modify(
    world: &mut World,
    caller: &Caller,
    input: &Value,
    now: Timestamp,
) -> Result<Value, Fault> {
    let name = required(input, "DBInstanceIdentifier")?;
    let takes = world.takes(MODIFY_TAKES);
    let new = text(input, "NewDBInstanceIdentifier").map(identifier);
    if let Some(new) = &new {
        free(world, caller, new)?;
    }
    let db = instance(world, caller, name)?;
    if matches!(db.status, Status::Creating | Status::Deleting) {
        return Err(not_available(db));
    }
    if number(input, "AllocatedStorage").is_some_and(|g| g < db.storage_gib) {
        return Err(invalid(
            "Requested storage size is less than the current storage size.",
        ));
    }
    retain(db, input)?;
    settings(db, input);
    let class = text(input, "DBInstanceClass");
    let zones = zones(db, input);
    db.pending_multi_az = zones.or(db.pending_multi_az);
    if !flag(input, "ApplyImmediately") {
        db.pending_class =
            class.map(str::to_owned).or(db.pending_class.take());
    } else if class.is_some() || db.pending_multi_az.is_some() {
        if let Some(class) = class {
            class.clone_into(&mut db.class);
        }
        if db.task.is_none() {
            db.status = Status::Modifying;
            db.task = Some(Task::new(Doing::Modify, now, takes));
        }
    }
    if new.is_some() && flag(input, "ApplyImmediately") {
        db.pending_id = new;
        db.status = Status::Renaming;
        db.task = Some(Task::new(Doing::Rename, now, takes));
    }
    let id = db.id.clone();
    world.count("ModifyDBInstance", caller, &id);
    Ok(shown(world, caller, &id))
}

/// Has a replica for Oracle and its primary change their roles.
// https://docs.aws.amazon.com/AmazonRDS/latest/UserGuide/oracle-replication-switchover.html
pub(super) fn switch_over(
    world: &mut World,
    caller: &Caller,
    input: &Value,
    now: Timestamp,
) -> Result<Value, Fault> {
    let name = required(input, "DBInstanceIdentifier")?;
    let takes = world.takes(PROMOTE_TAKES);
    let db = instance(world, caller, name)?;
    let of = db.replica.as_ref().map(|replica| replica.source.clone());
    let ready = db.status == Status::Available;
    let oracle = db.engine.starts_with("oracle");
    let id = db.id.clone();
    let source = of.filter(|_| ready && oracle);
    let source = source
        .and_then(|of| locate(&caller.account, &caller.region, &of))
        .filter(|(_, region, _)| !world.is_dark(region));
    if source.is_none() {
        return Err(bad_state(format!(
            "DB instance {id} is not a valid switchover target."
        )));
    }
    let db = instance(world, caller, &id)?;
    db.status = Status::Modifying;
    db.task = Some(Task::new(Doing::Switch, now, takes));
    world.count("SwitchoverReadReplica", caller, &id);
    Ok(shown(world, caller, &id))
}

/// Restarts an instance; with a standby in another zone that may take over.
// https://docs.aws.amazon.com/AmazonRDS/latest/APIReference/API_RebootDBInstance.html
pub(super) fn reboot(
    world: &mut World,
    caller: &Caller,
    input: &Value,
    now: Timestamp,
) -> Result<Value, Fault> {
    let name = required(input, "DBInstanceIdentifier")?;
    let takes = world.takes(REBOOT_TAKES);
    let db = instance(world, caller, name)?;
    if db.status != Status::Available {
        return Err(not_available(db));
    }
    if flag(input, "ForceFailover") && !db.multi_az {
        return Err(combination(
            "Cannot reboot with failover: the DB instance is not Multi-AZ.",
        ));
    }
    db.status = Status::Rebooting;
    db.task = Some(Task::new(Doing::Reboot, now, takes));
    let id = db.id.clone();
    let (account, region) = (&caller.account, &caller.region);
    world.report(account, region, &id, "availability", "DB instance shutdown");
    world.count("RebootDBInstance", caller, &id);
    Ok(shown(world, caller, &id))
}

pub(super) fn delete(
    world: &mut World,
    caller: &Caller,
    input: &Value,
    now: Timestamp,
) -> Result<Value, Fault> {
    let name = required(input, "DBInstanceIdentifier")?;
    let takes = world.takes(DELETE_TAKES);
    let last = text(input, "FinalDBSnapshotIdentifier").map(identifier);
    let skips = flag(input, "SkipFinalSnapshot");
    let db = instance(world, caller, name)?;
    if db.deletion_protection {
        return Err(combination(
            "Cannot delete protected DB Instance, please disable deletion \
             protection and try again.",
        ));
    }
    if db.status == Status::Deleting {
        return Err(bad_state(format!(
            "Instance {} is already being deleted.",
            db.id
        )));
    }
    if !skips && last.is_none() && db.replica.is_none() {
        return Err(combination(
            "FinalDBSnapshotIdentifier is required unless SkipFinalSnapshot \
             is specified.",
        ));
    }
    db.status = Status::Deleting;
    db.task = Some(Task::new(Doing::Delete, now, takes));
    let db = db.clone();
    if let Some(last) = last {
        let snapshot = Snapshot::of(&db, &last, now);
        world.add_snapshot(&caller.account, &caller.region, snapshot);
    }
    world.count("DeleteDBInstance", caller, &db.id);
    Ok(shown(world, caller, &db.id))
}

fn not_available(db: &Instance) -> Fault {
    bad_state(format!(
        "Database instance {} is not in available state.",
        db.id
    ))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::sim::world::fixture::{
        ACCOUNT, CENTRAL, Lab, REPLICA, WEST, db_arn,
    };

    fn orders(lab: &mut Lab) -> Value {
        let input = json!({ "DBInstanceIdentifier": "orders" });
        let all = lab.get(WEST, "rds:DescribeDBInstances", &input);
        all["DBInstances"][0].clone()
    }

    #[test]
    fn an_oracle_replica_and_its_primary_change_their_roles() {
        let mut lab = Lab::new();
        let op = "rds:SwitchoverReadReplica";
        let one = json!({ "DBInstanceIdentifier": REPLICA });
        let code = lab.refusal(CENTRAL, op, &one);
        assert_eq!(code, "InvalidDBInstanceState");
        let place = lab.world.place_mut(ACCOUNT, CENTRAL);
        let replica = place.instances.get_mut(REPLICA).unwrap();
        "oracle-ee".clone_into(&mut replica.engine);
        lab.get(CENTRAL, op, &one);
        lab.wait(400);
        let former = orders(&mut lab);
        let of = "ReadReplicaSourceDBInstanceIdentifier";
        assert_eq!(former[of], db_arn(CENTRAL, REPLICA));
        let all = lab.get(CENTRAL, "rds:DescribeDBInstances", &one);
        let writer = &all["DBInstances"][0];
        assert!(writer[of].is_null());
        let follow = &writer["ReadReplicaDBInstanceIdentifiers"];
        assert_eq!(follow[0], db_arn(WEST, "orders"));
    }

    #[test]
    fn a_renamed_instance_is_there_under_its_new_name_alone() {
        let mut lab = Lab::new();
        let op = "rds:ModifyDBInstance";
        let mut set = json!({
            "DBInstanceIdentifier": "orders",
            "NewDBInstanceIdentifier": "orders",
            "ApplyImmediately": true,
        });
        assert_eq!(lab.refusal(WEST, op, &set), "DBInstanceAlreadyExists");
        let before = orders(&mut lab)["DbiResourceId"].clone();
        set["NewDBInstanceIdentifier"] = json!("orders-old");
        lab.get(WEST, op, &set);
        assert_eq!(orders(&mut lab)["DBInstanceStatus"], "renaming");
        lab.wait(300);
        let op = "rds:DescribeDBInstances";
        let old = json!({ "DBInstanceIdentifier": "orders" });
        assert_eq!(lab.refusal(WEST, op, &old), "DBInstanceNotFound");
        let by = json!({ "Filters": [
            { "Name": "dbi-resource-id", "Values": [before] },
        ] });
        let all = lab.get(WEST, op, &by);
        let new = &all["DBInstances"][0];
        assert_eq!(new["DBInstanceIdentifier"], "orders-old");
        let all = lab.get(CENTRAL, op, &json!({}));
        let of = "ReadReplicaSourceDBInstanceIdentifier";
        assert_eq!(all["DBInstances"][0][of], db_arn(WEST, "orders-old"));
    }

    #[test]
    fn a_restart_is_reported_and_a_failover_needs_a_second_zone() {
        let mut lab = Lab::new();
        let op = "rds:RebootDBInstance";
        let mut one = json!({ "DBInstanceIdentifier": "orders" });
        one["ForceFailover"] = json!(true);
        let code = lab.refusal(WEST, op, &one);
        assert_eq!(code, "InvalidParameterCombination");
        one["ForceFailover"] = json!(false);
        lab.get(WEST, op, &one);
        assert_eq!(lab.refusal(WEST, op, &one), "InvalidDBInstanceState");
        lab.wait(200);
        let all = lab.get(WEST, "rds:DescribeEvents", &json!({}));
        let told: Vec<_> = all["Events"].as_array().unwrap().iter().collect();
        assert_eq!(told[0]["Message"], "DB instance shutdown");
        assert_eq!(told[1]["Message"], "DB instance restarted");
    }

    #[test]
    fn a_second_zone_is_pending_until_it_is_there() {
        let mut lab = Lab::new();
        let mut set =
            json!({ "DBInstanceIdentifier": "orders", "MultiAZ": true });
        lab.get(WEST, "rds:ModifyDBInstance", &set);
        lab.wait(600);
        let waits = orders(&mut lab);
        assert_eq!(waits["MultiAZ"], false);
        assert_eq!(waits["PendingModifiedValues"]["MultiAZ"], true);
        set["ApplyImmediately"] = json!(true);
        lab.get(WEST, "rds:ModifyDBInstance", &set);
        let busy = orders(&mut lab);
        assert_eq!(busy["DBInstanceStatus"], "modifying");
        lab.wait(600);
        let done = orders(&mut lab);
        assert_eq!(done["MultiAZ"], true);
        assert!(done["PendingModifiedValues"]["MultiAZ"].is_null());
    }
}
