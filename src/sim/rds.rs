//! The simulated service `rds`: databases, replicas, snapshots.

mod change;
mod describe;
mod global;
mod restore;
mod show;
mod snapshots;
mod subnets;

use serde_json::Value;

use super::world::database::Instance;
use super::world::value::{Page, list, number, page, text};
use super::world::{Caller, Fault, Service, World, refuse};

/// Its operations.
pub const SERVICE: Service = Service {
    signing_name: "rds",
    handlers: &[
        ("CopyDBClusterSnapshot", snapshots::copy_of_cluster),
        ("CopyDBSnapshot", snapshots::copy),
        ("CreateDBInstance", change::create),
        ("CreateDBSnapshot", snapshots::create),
        ("DeleteDBInstance", change::delete),
        ("DeleteDBSnapshot", snapshots::delete),
        ("DescribeDBClusterSnapshots", snapshots::describe_of_clusters),
        ("DescribeDBClusters", describe::clusters),
        ("DescribeDBInstanceAutomatedBackups", describe::automated_backups),
        ("DescribeDBInstances", describe::instances),
        ("DescribeDBSnapshots", snapshots::describe),
        ("DescribeDBSubnetGroups", subnets::groups),
        ("DescribeEvents", describe::events),
        ("DescribeGlobalClusters", describe::global_clusters),
        ("FailoverGlobalCluster", global::fail_over),
        ("ListTagsForResource", describe::tags),
        ("ModifyDBInstance", change::modify),
        ("PromoteReadReplica", change::promote),
        ("RebootDBInstance", change::reboot),
        ("RestoreDBInstanceFromDBSnapshot", restore::from_snapshot),
        ("RestoreDBInstanceToPointInTime", restore::to_point_in_time),
        ("SwitchoverGlobalCluster", global::switch_over),
        ("SwitchoverReadReplica", change::switch_over),
    ],
    shelves: &["rds:subnet-group"],
};

fn invalid(message: impl Into<String>) -> Fault {
    refuse(400, "InvalidParameterValue", message)
}

fn combination(message: impl Into<String>) -> Fault {
    refuse(400, "InvalidParameterCombination", message)
}

fn bad_state(message: impl Into<String>) -> Fault {
    refuse(400, "InvalidDBInstanceState", message)
}

/// A text member that the operation cannot do without.
fn required<'v>(input: &'v Value, member: &str) -> Result<&'v str, Fault> {
    text(input, member).ok_or_else(|| {
        refuse(
            400,
            "MissingParameter",
            format!("The request must contain the parameter {member}"),
        )
    })
}

fn no_instance(id: &str) -> Fault {
    refuse(404, "DBInstanceNotFound", format!("DBInstance {id} not found."))
}

/// The last part of an ARN, or the identifier itself, in lower case: RDS
/// keeps identifiers so.
fn identifier(name: &str) -> String {
    let bare = match name.splitn(7, ':').nth(6) {
        Some(id) if name.starts_with("arn:") => id,
        _ => name,
    };
    bare.to_lowercase()
}

/// An instance of the caller's Region, or the refusal.
fn instance<'w>(
    world: &'w mut World,
    caller: &Caller,
    name: &str,
) -> Result<&'w mut Instance, Fault> {
    let id = identifier(name);
    let place = world.place_mut(&caller.account, &caller.region);
    place.instances.get_mut(&id).ok_or_else(|| no_instance(&id))
}

/// Refuses an identifier that is taken.
fn free(world: &World, caller: &Caller, id: &str) -> Result<(), Fault> {
    let place = world.place(&caller.account, &caller.region);
    if place.is_some_and(|place| place.instances.contains_key(id)) {
        return Err(refuse(
            400,
            "DBInstanceAlreadyExists",
            "DB instance already exists",
        ));
    }
    Ok(())
}

/// Cuts the page that is asked for.
// https://docs.aws.amazon.com/AmazonRDS/latest/APIReference/API_DescribeDBInstances.html
fn cut<T>(
    input: &Value,
    items: impl Iterator<Item = T>,
) -> Result<Page<T>, Fault> {
    let most = number(input, "MaxRecords").unwrap_or(100);
    if !(20..=100).contains(&most) {
        return Err(invalid(format!(
            "Invalid value {most} for MaxRecords. Must be between 20 and 100"
        )));
    }
    let most = usize::try_from(most).unwrap_or_default();
    page(items.enumerate(), text(input, "Marker"), most).ok_or_else(|| {
        invalid("The value for the Marker parameter is invalid.")
    })
}

/// The filters of an input: each a name and the values of which one must
/// match. An unknown name is refused.
fn filters<'v>(
    input: &'v Value,
    known: &[&str],
) -> Result<Vec<(&'v str, Vec<&'v str>)>, Fault> {
    list(input, "Filters")
        .iter()
        .map(|filter| {
            let name = text(filter, "Name").unwrap_or_default();
            if !known.contains(&name) {
                return Err(invalid(format!(
                    "Unrecognized filter name: {name}"
                )));
            }
            let values = list(filter, "Values").iter();
            Ok((name, values.filter_map(Value::as_str).collect()))
        })
        .collect()
}

#[cfg(test)]
mod tests {
    use serde_json::{Value, json};

    use crate::sim::world::database::{
        AutomatedBackup, Replica, WhenSourceDies,
    };
    use crate::sim::world::fixture::{
        ACCOUNT, CENTRAL, Lab, REPLICA, WEST, db_arn, start,
    };
    use jiff::SignedDuration;

    fn promote(lab: &mut Lab) -> Value {
        let input = json!({ "DBInstanceIdentifier": REPLICA });
        lab.get(CENTRAL, "rds:PromoteReadReplica", &input)
    }

    fn db(lab: &mut Lab, region: &str, id: &str) -> Value {
        let input = json!({ "DBInstanceIdentifier": id });
        let all = lab.get(region, "rds:DescribeDBInstances", &input);
        all["DBInstances"][0].clone()
    }

    fn lag(lab: &Lab) -> Option<f64> {
        let place = lab.world.place(ACCOUNT, CENTRAL).expect("it is there");
        let replica = &place.instances[REPLICA];
        lab.world.replica_lag(ACCOUNT, CENTRAL, replica, lab.now)
    }

    fn replica(lab: &mut Lab) -> &mut Replica {
        let place = lab.world.place_mut(ACCOUNT, CENTRAL);
        let db = place.instances.get_mut(REPLICA).expect("it is there");
        db.replica.as_mut().expect("it is a replica")
    }

    #[test]
    fn a_replica_and_its_source_name_each_other() {
        let mut lab = Lab::new();
        let source = db(&mut lab, WEST, "orders");
        let own = db_arn(CENTRAL, REPLICA);
        assert_eq!(source["ReadReplicaDBInstanceIdentifiers"][0], own);
        let replica = db(&mut lab, CENTRAL, REPLICA);
        let of = &replica["ReadReplicaSourceDBInstanceIdentifier"];
        assert_eq!(*of, db_arn(WEST, "orders"));
        assert_eq!(replica["StatusInfos"][0]["Status"], "replicating");
    }

    #[test]
    fn a_promoted_replica_is_modifying_then_a_database_of_its_own() {
        let mut lab = Lab::new();
        let answer = promote(&mut lab);
        assert_eq!(answer["DBInstance"]["DBInstanceStatus"], "modifying");
        lab.wait(60);
        let during = db(&mut lab, CENTRAL, REPLICA);
        assert_eq!(during["DBInstanceStatus"], "modifying");
        lab.wait(300);
        let after = db(&mut lab, CENTRAL, REPLICA);
        assert_eq!(after["DBInstanceStatus"], "available");
        assert!(after["ReadReplicaSourceDBInstanceIdentifier"].is_null());
        assert!(after["StatusInfos"].is_null());
        let source = db(&mut lab, WEST, "orders");
        assert_eq!(source["ReadReplicaDBInstanceIdentifiers"], json!([]));
    }

    #[test]
    fn a_source_in_a_dark_region_still_names_its_promoted_replica() {
        let mut lab = Lab::new();
        lab.darken(WEST);
        promote(&mut lab);
        lab.wait(360);
        let after = db(&mut lab, CENTRAL, REPLICA);
        assert_eq!(after["DBInstanceStatus"], "available");
        let place = lab.world.place(ACCOUNT, WEST).expect("it is there");
        assert_eq!(place.instances["orders"].replicas.len(), 1);
    }

    #[test]
    fn only_an_available_replica_can_be_promoted_and_only_once() {
        let mut lab = Lab::new();
        let op = "rds:PromoteReadReplica";
        let source = json!({ "DBInstanceIdentifier": "orders" });
        assert_eq!(lab.refusal(WEST, op, &source), "InvalidDBInstanceState");
        promote(&mut lab);
        let again = json!({ "DBInstanceIdentifier": REPLICA });
        assert_eq!(lab.refusal(CENTRAL, op, &again), "InvalidDBInstanceState");
        lab.wait(360);
        assert_eq!(lab.refusal(CENTRAL, op, &again), "InvalidDBInstanceState");
        let nobody = json!({ "DBInstanceIdentifier": "nobody" });
        assert_eq!(lab.refusal(CENTRAL, op, &nobody), "DBInstanceNotFound");
        assert_eq!(lab.world.applied("PromoteReadReplica"), 1);
    }

    #[test]
    fn a_replica_that_is_being_backed_up_cannot_be_promoted() {
        let mut lab = Lab::new();
        let input = json!({
            "DBInstanceIdentifier": REPLICA,
            "DBSnapshotIdentifier": "before",
        });
        lab.get(CENTRAL, "rds:CreateDBSnapshot", &input);
        let busy = db(&mut lab, CENTRAL, REPLICA);
        assert_eq!(busy["DBInstanceStatus"], "backing-up");
        let input = json!({ "DBInstanceIdentifier": REPLICA });
        let code = lab.refusal(CENTRAL, "rds:PromoteReadReplica", &input);
        assert_eq!(code, "InvalidDBInstanceState");
        lab.wait(300);
        promote(&mut lab);
    }

    #[test]
    fn lag_grows_with_the_time_since_the_source_died() {
        let mut lab = Lab::new();
        lab.wait(60);
        assert!(lag(&lab).is_some_and(|lag| lag > 0.0 && lag < 10.0));
        lab.darken(WEST);
        lab.wait(600);
        let grown = lag(&lab).expect("the replica still measures");
        assert!((600.0..610.0).contains(&grown), "{grown}");
    }

    #[test]
    fn lag_reads_minus_one_or_stops_where_the_scenario_says_so() {
        let mut lab = Lab::new();
        replica(&mut lab).when_source_dies = WhenSourceDies::Errors;
        lab.darken(WEST);
        lab.wait(60);
        assert_eq!(lag(&lab), Some(-1.0));
        let shown = db(&mut lab, CENTRAL, REPLICA);
        assert_eq!(shown["StatusInfos"][0]["Normal"], false);
        replica(&mut lab).when_source_dies = WhenSourceDies::Stops;
        assert_eq!(lag(&lab), None);
    }

    #[test]
    fn a_dark_region_measures_no_lag() {
        let mut lab = Lab::new();
        lab.darken(CENTRAL);
        lab.wait(60);
        assert_eq!(lag(&lab), None);
    }

    #[test]
    fn the_same_moment_always_measures_the_same() {
        let mut lab = Lab::new();
        lab.wait(60);
        assert_eq!(lag(&lab), lag(&lab));
    }

    #[test]
    fn an_encrypted_snapshot_needs_a_key_of_the_destination_region() {
        let mut lab = Lab::new();
        let input = json!({
            "DBInstanceIdentifier": "orders",
            "DBSnapshotIdentifier": "first",
        });
        lab.get(WEST, "rds:CreateDBSnapshot", &input);
        lab.wait(300);
        let own = "arn:aws:rds:eu-west-1:111122223333:snapshot:first";
        let mut input = json!({
            "SourceDBSnapshotIdentifier": own,
            "TargetDBSnapshotIdentifier": "copy",
        });
        let op = "rds:CopyDBSnapshot";
        let refused = "KMSKeyNotAccessibleFault";
        assert_eq!(lab.refusal(CENTRAL, op, &input), refused);
        let west = "arn:aws:kms:eu-west-1:111122223333:key/west";
        input["KmsKeyId"] = json!(west);
        assert_eq!(lab.refusal(CENTRAL, op, &input), refused);
        let central = "arn:aws:kms:eu-central-1:111122223333:key/central";
        input["KmsKeyId"] = json!(central);
        let copy = lab.get(CENTRAL, op, &input);
        assert_eq!(copy["DBSnapshot"]["Status"], "creating");
        assert_eq!(copy["DBSnapshot"]["SourceRegion"], WEST);
        lab.wait(600);
        let all = lab.get(CENTRAL, "rds:DescribeDBSnapshots", &json!({}));
        let copy = &all["DBSnapshots"][0];
        assert_eq!(copy["Status"], "available");
        assert_eq!(copy["SnapshotCreateTime"], "2026-11-23T10:05:00Z");
        assert_eq!(copy["OriginalSnapshotCreateTime"], "2026-11-23T10:00:00Z");
    }

    #[test]
    fn a_restore_to_the_future_is_refused() {
        let mut lab = Lab::new();
        let input = json!({
            "SourceDBInstanceIdentifier": "orders",
            "TargetDBInstanceIdentifier": "orders-2",
            "RestoreTime": "2099-01-01T00:00:00Z",
        });
        let op = "rds:RestoreDBInstanceToPointInTime";
        assert_eq!(lab.refusal(WEST, op, &input), "InvalidRestoreFault");
        let set = json!({
            "DBInstanceIdentifier": "orders",
            "BackupRetentionPeriod": 0,
        });
        lab.get(WEST, "rds:ModifyDBInstance", &set);
        let code = lab.refusal(WEST, op, &input);
        assert_eq!(code, "PointInTimeRestoreNotEnabled");
    }

    #[test]
    fn a_restore_is_single_zone_unprotected_and_has_another_endpoint() {
        let mut lab = Lab::new();
        let set = json!({
            "DBInstanceIdentifier": "orders",
            "MultiAZ": true,
            "DeletionProtection": true,
        });
        lab.get(WEST, "rds:ModifyDBInstance", &set);
        let input = json!({
            "SourceDBInstanceIdentifier": "orders",
            "TargetDBInstanceIdentifier": "orders-2",
            "UseLatestRestorableTime": true,
        });
        let made = lab.get(WEST, "rds:RestoreDBInstanceToPointInTime", &input);
        assert_eq!(made["DBInstance"]["DBInstanceStatus"], "creating");
        lab.wait(900);
        let old = db(&mut lab, WEST, "orders");
        let new = db(&mut lab, WEST, "orders-2");
        assert_eq!(new["DBInstanceStatus"], "available");
        assert_eq!(new["MultiAZ"], false);
        assert_eq!(new["DeletionProtection"], false);
        assert_ne!(new["Endpoint"], old["Endpoint"]);
        assert_ne!(new["DbiResourceId"], old["DbiResourceId"]);
    }

    #[test]
    fn a_replicated_backup_stands_still_when_its_region_goes_dark() {
        let mut lab = Lab::new();
        let backup = AutomatedBackup {
            instance: "orders".to_owned(),
            instance_region: WEST.to_owned(),
            resource_id: "db-ABC".to_owned(),
            status: "replicating".to_owned(),
            earliest: start() - SignedDuration::from_hours(48),
            behind: SignedDuration::from_mins(5),
            stopped_at: None,
            retention_days: 7,
            engine: "postgres".to_owned(),
            engine_version: "16.4".to_owned(),
            storage_gib: 100,
            encrypted: true,
            kms_key: None,
        };
        lab.world.add_automated(ACCOUNT, CENTRAL, backup);
        lab.darken(WEST);
        lab.wait(3600);
        let op = "rds:DescribeDBInstanceAutomatedBackups";
        let all = lab.get(CENTRAL, op, &json!({}));
        let window = &all["DBInstanceAutomatedBackups"][0]["RestoreWindow"];
        assert_eq!(window["LatestTime"], "2026-11-23T09:55:00Z");
        let arn = &all["DBInstanceAutomatedBackups"][0]["DBInstanceAutomatedBackupsArn"];
        let input = json!({
            "SourceDBInstanceAutomatedBackupsArn": arn,
            "TargetDBInstanceIdentifier": "orders-2",
            "UseLatestRestorableTime": true,
        });
        lab.get(CENTRAL, "rds:RestoreDBInstanceToPointInTime", &input);
    }

    #[test]
    fn a_protected_instance_is_not_deleted() {
        let mut lab = Lab::new();
        let protect = |on: bool| {
            json!({
                "DBInstanceIdentifier": "orders",
                "DeletionProtection": on,
            })
        };
        lab.get(WEST, "rds:ModifyDBInstance", &protect(true));
        let gone = json!({
            "DBInstanceIdentifier": "orders",
            "SkipFinalSnapshot": true,
        });
        let op = "rds:DeleteDBInstance";
        let code = lab.refusal(WEST, op, &gone);
        assert_eq!(code, "InvalidParameterCombination");
        lab.get(WEST, "rds:ModifyDBInstance", &protect(false));
        let answer = lab.get(WEST, op, &gone);
        assert_eq!(answer["DBInstance"]["DBInstanceStatus"], "deleting");
        lab.wait(240);
        let of = json!({ "DBInstanceIdentifier": "orders" });
        let code = lab.refusal(WEST, "rds:DescribeDBInstances", &of);
        assert_eq!(code, "DBInstanceNotFound");
    }

    #[test]
    fn a_new_instance_pages_and_filters_like_the_others() {
        let mut lab = Lab::new();
        for n in 0..25 {
            let input = json!({
                "DBInstanceIdentifier": format!("db-{n:02}"),
                "DBInstanceClass": "db.t4g.micro",
                "Engine": "mysql",
                "AllocatedStorage": 20,
            });
            lab.get(WEST, "rds:CreateDBInstance", &input);
        }
        let op = "rds:DescribeDBInstances";
        let first = lab.get(WEST, op, &json!({ "MaxRecords": 20 }));
        let next = json!({ "MaxRecords": 20, "Marker": first["Marker"] });
        let second = lab.get(WEST, op, &next);
        assert!(second["Marker"].is_null());
        assert_eq!(second["DBInstances"].as_array().map(Vec::len), Some(6));
        let engine = json!({
            "Filters": [{ "Name": "engine", "Values": ["postgres"] }],
        });
        let found = lab.get(WEST, op, &engine);
        assert_eq!(found["DBInstances"].as_array().map(Vec::len), Some(1));
        let unknown = json!({
            "Filters": [{ "Name": "colour", "Values": ["red"] }],
        });
        assert_eq!(lab.refusal(WEST, op, &unknown), "InvalidParameterValue");
        let few = json!({ "MaxRecords": 5 });
        assert_eq!(lab.refusal(WEST, op, &few), "InvalidParameterValue");
    }

    #[test]
    fn a_promotion_is_among_the_events_of_the_replica() {
        let mut lab = Lab::new();
        promote(&mut lab);
        lab.wait(360);
        let input = json!({
            "SourceType": "db-instance",
            "SourceIdentifier": REPLICA,
        });
        let events = lab.get(CENTRAL, "rds:DescribeEvents", &input);
        let first = &events["Events"][0]["Message"];
        assert_eq!(*first, "Replication for the Read Replica was terminated");
    }

    #[test]
    fn every_list_of_an_empty_region_fits_its_shape() {
        let mut lab = Lab::new();
        for op in [
            "DescribeDBClusterSnapshots",
            "DescribeDBClusters",
            "DescribeDBInstanceAutomatedBackups",
            "DescribeDBInstances",
            "DescribeDBSnapshots",
            "DescribeEvents",
            "DescribeGlobalClusters",
        ] {
            lab.get("eu-north-1", &format!("rds:{op}"), &json!({}));
        }
    }
}
