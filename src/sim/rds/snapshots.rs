//! Snapshots: described, taken, copied.

use jiff::{SignedDuration, Timestamp};
use serde_json::{Value, json};

use super::describe::{here, place};
use super::{
    bad_state, cut, filters, identifier, instance, invalid, required, show,
};
use crate::sim::world::database::{Doing, Snapshot, Status, Task};
use crate::sim::world::job::Tags;
use crate::sim::world::labour::arn_parts;
use crate::sim::world::seed::locate;
use crate::sim::world::value::{flag, list, text};
use crate::sim::world::{Caller, Fault, Place, World, refuse};

/// How long a snapshot takes at speed 1.
const SNAPSHOT_TAKES: SignedDuration = SignedDuration::from_mins(4);

/// How long a copy to another Region takes at speed 1.
const COPY_TAKES: SignedDuration = SignedDuration::from_mins(8);

pub(super) fn missing(id: &str) -> Fault {
    refuse(404, "DBSnapshotNotFound", format!("DBSnapshot {id} not found."))
}

/// Deletes a snapshot that a person made and that is whole.
// https://docs.aws.amazon.com/AmazonRDS/latest/APIReference/API_DeleteDBSnapshot.html
pub(super) fn delete(
    world: &mut World,
    caller: &Caller,
    input: &Value,
    _: Timestamp,
) -> Result<Value, Fault> {
    let id = identifier(required(input, "DBSnapshotIdentifier")?);
    let place = world.place_mut(&caller.account, &caller.region);
    let found = place.snapshots.get(&id).ok_or_else(|| missing(&id))?;
    if found.kind != "manual" || found.status != Status::Available {
        let why = format!("Snapshot {id} cannot be deleted in its state");
        return Err(refuse(400, "InvalidDBSnapshotState", why));
    }
    let mut shown = show::snapshot(caller, found);
    shown["Status"] = json!("deleted");
    place.snapshots.remove(&id);
    Ok(json!({ "DBSnapshot": shown }))
}

/// The tags of an input.
pub(super) fn given_tags(input: &Value) -> Tags {
    list(input, "Tags")
        .iter()
        .filter_map(|tag| {
            let value = text(tag, "Value").unwrap_or_default();
            Some((text(tag, "Key")?.to_owned(), value.to_owned()))
        })
        .collect()
}

pub(super) fn describe(
    world: &mut World,
    caller: &Caller,
    input: &Value,
    _: Timestamp,
) -> Result<Value, Fault> {
    let place = place(here(world, caller), caller);
    let known = [
        "db-instance-id",
        "db-snapshot-id",
        "dbi-resource-id",
        "engine",
        "snapshot-type",
    ];
    let filters = filters(input, &known)?;
    let id = text(input, "DBSnapshotIdentifier").map(identifier);
    let of = text(input, "DBInstanceIdentifier").map(identifier);
    let kind = text(input, "SnapshotType");
    let resource = text(input, "DbiResourceId");
    if let Some(id) = &id
        && !place.snapshots.contains_key(id)
    {
        return Err(missing(id));
    }
    let found = place.snapshots.values().filter(|snapshot| {
        id.as_ref().is_none_or(|id| *id == snapshot.id)
            && of.as_ref().is_none_or(|id| *id == snapshot.instance)
            && kind.is_none_or(|kind| kind == snapshot.kind)
            && resource.is_none_or(|id| id == snapshot.resource_id)
            && filters.iter().all(|(name, values)| {
                let is = match *name {
                    "db-instance-id" => &snapshot.instance,
                    "db-snapshot-id" => &snapshot.id,
                    "dbi-resource-id" => &snapshot.resource_id,
                    "engine" => &snapshot.engine,
                    _ => &snapshot.kind,
                };
                values.contains(&is.as_str())
            })
    });
    let page = cut(input, found)?;
    let shown: Vec<Value> = page
        .items
        .into_iter()
        .map(|snapshot| show::snapshot(caller, snapshot))
        .collect();
    Ok(json!({ "DBSnapshots": shown, "Marker": page.next }))
}

pub(super) fn describe_of_clusters(
    world: &mut World,
    caller: &Caller,
    input: &Value,
    _: Timestamp,
) -> Result<Value, Fault> {
    let place = place(here(world, caller), caller);
    let id = text(input, "DBClusterSnapshotIdentifier").map(identifier);
    let of = text(input, "DBClusterIdentifier").map(identifier);
    let kind = text(input, "SnapshotType");
    if let Some(id) = &id
        && !place.cluster_snapshots.contains_key(id)
    {
        return Err(missing_of_cluster(id));
    }
    let found = place.cluster_snapshots.values().filter(|snapshot| {
        id.as_ref().is_none_or(|id| *id == snapshot.id)
            && of.as_ref().is_none_or(|id| *id == snapshot.cluster)
            && kind.is_none_or(|kind| kind == snapshot.kind)
    });
    let page = cut(input, found)?;
    let shown: Vec<Value> = page
        .items
        .into_iter()
        .map(|snapshot| show::cluster_snapshot(caller, snapshot))
        .collect();
    Ok(json!({ "DBClusterSnapshots": shown, "Marker": page.next }))
}

fn missing_of_cluster(id: &str) -> Fault {
    refuse(
        404,
        "DBClusterSnapshotNotFoundFault",
        format!("DBClusterSnapshot {id} not found."),
    )
}

/// Refuses a snapshot's identifier that is taken or that only RDS may give.
fn free(place: &Place, id: &str) -> Result<(), Fault> {
    if id.contains(':') {
        return Err(invalid(format!(
            "The parameter DBSnapshotIdentifier is not a valid identifier: \
             {id}"
        )));
    }
    if place.snapshots.contains_key(id) {
        return Err(refuse(
            400,
            "DBSnapshotAlreadyExists",
            format!(
                "Cannot create the snapshot because a snapshot with the \
                identifier {id} already exists."
            ),
        ));
    }
    Ok(())
}

pub(super) fn create(
    world: &mut World,
    caller: &Caller,
    input: &Value,
    now: Timestamp,
) -> Result<Value, Fault> {
    let id = identifier(required(input, "DBSnapshotIdentifier")?);
    let name = required(input, "DBInstanceIdentifier")?;
    let takes = world.takes(SNAPSHOT_TAKES);
    let db = instance(world, caller, name)?;
    if db.status != Status::Available {
        return Err(bad_state(format!(
            "Cannot create a snapshot because the database instance {} is \
             not currently in the available state.",
            db.id
        )));
    }
    let db = db.clone();
    let place = world.place_mut(&caller.account, &caller.region);
    free(place, &id)?;
    let mut snapshot = Snapshot::of(&db, &id, now);
    snapshot.tags = given_tags(input);
    snapshot.status = Status::Creating;
    snapshot.task = Some(Task::new(Doing::Create, now, takes));
    let shown = show::snapshot(caller, &snapshot);
    place.snapshots.insert(id.clone(), snapshot);
    if let Some(db) = place.instances.get_mut(&db.id) {
        db.status = Status::BackingUp;
        db.task = Some(Task::new(Doing::BackUp, now, takes));
    }
    world.count("CreateDBSnapshot", caller, &id);
    Ok(json!({ "DBSnapshot": shown }))
}

/// Refuses a key that cannot encrypt here.
// An encrypted snapshot needs a key of the destination Region:
// https://docs.aws.amazon.com/AmazonRDS/latest/APIReference/API_CopyDBSnapshot.html
fn usable_key(
    caller: &Caller,
    away: bool,
    key: Option<&str>,
) -> Result<(), Fault> {
    let foreign = key
        .and_then(arn_parts)
        .is_some_and(|(region, ..)| region != caller.region);
    if foreign || (away && key.is_none()) {
        return Err(refuse(
            400,
            "KMSKeyNotAccessibleFault",
            format!(
                "The snapshot is encrypted. To copy it to another Region, \
                 specify a KMS key that is valid in {}.",
                caller.region
            ),
        ));
    }
    Ok(())
}

pub(super) fn copy(
    world: &mut World,
    caller: &Caller,
    input: &Value,
    now: Timestamp,
) -> Result<Value, Fault> {
    let from = required(input, "SourceDBSnapshotIdentifier")?;
    let id = identifier(required(input, "TargetDBSnapshotIdentifier")?);
    let key = text(input, "KmsKeyId");
    let (account, region, source) =
        locate(&caller.account, &caller.region, from)
            .ok_or_else(|| missing(from))?;
    let original = world
        .place(&account, &region)
        .and_then(|place| place.snapshots.get(&source))
        .ok_or_else(|| missing(from))?
        .clone();
    if original.status != Status::Available {
        return Err(refuse(
            400,
            "InvalidDBSnapshotState",
            format!("The snapshot {source} is not available."),
        ));
    }
    if original.encrypted {
        usable_key(caller, region != caller.region, key)?;
    }
    let takes = world.takes(COPY_TAKES);
    let place = world.place_mut(&caller.account, &caller.region);
    free(place, &id)?;
    let mut copy = original.clone();
    copy.id.clone_from(&id);
    "manual".clone_into(&mut copy.kind);
    copy.created = now;
    copy.source =
        Some(format!("arn:aws:rds:{region}:{account}:snapshot:{source}"));
    copy.encrypted = original.encrypted || key.is_some();
    if key.is_some() {
        copy.kms_key = key.map(str::to_owned);
    }
    if !flag(input, "CopyTags") {
        copy.tags = given_tags(input);
    }
    copy.status = Status::Creating;
    copy.task = Some(Task::new(Doing::Create, now, takes));
    let shown = show::snapshot(caller, &copy);
    place.snapshots.insert(id.clone(), copy);
    world.count("CopyDBSnapshot", caller, &id);
    Ok(json!({ "DBSnapshot": shown }))
}

// https://docs.aws.amazon.com/AmazonRDS/latest/APIReference/API_CopyDBClusterSnapshot.html
pub(super) fn copy_of_cluster(
    world: &mut World,
    caller: &Caller,
    input: &Value,
    now: Timestamp,
) -> Result<Value, Fault> {
    let from = required(input, "SourceDBClusterSnapshotIdentifier")?;
    let id = identifier(required(input, "TargetDBClusterSnapshotIdentifier")?);
    let key = text(input, "KmsKeyId");
    let (account, region, source) =
        locate(&caller.account, &caller.region, from)
            .ok_or_else(|| missing_of_cluster(from))?;
    let original = world
        .place(&account, &region)
        .and_then(|place| place.cluster_snapshots.get(&source))
        .ok_or_else(|| missing_of_cluster(from))?
        .clone();
    if original.status != Status::Available {
        return Err(refuse(
            400,
            "InvalidDBClusterSnapshotStateFault",
            format!("The snapshot {source} is not available."),
        ));
    }
    if original.encrypted {
        usable_key(caller, region != caller.region, key)?;
    }
    let takes = world.takes(COPY_TAKES);
    let place = world.place_mut(&caller.account, &caller.region);
    if place.cluster_snapshots.contains_key(&id) {
        return Err(refuse(
            400,
            "DBClusterSnapshotAlreadyExistsFault",
            format!("DBClusterSnapshot {id} already exists."),
        ));
    }
    let mut copy = original;
    copy.id.clone_from(&id);
    "manual".clone_into(&mut copy.kind);
    copy.created = now;
    copy.source = Some(format!(
        "arn:aws:rds:{region}:{account}:cluster-snapshot:{source}"
    ));
    copy.kms_key = key.map(str::to_owned).or(copy.kms_key);
    if !flag(input, "CopyTags") {
        copy.tags = given_tags(input);
    }
    copy.status = Status::Creating;
    copy.task = Some(Task::new(Doing::Create, now, takes));
    let shown = show::cluster_snapshot(caller, &copy);
    place.cluster_snapshots.insert(id.clone(), copy);
    world.count("CopyDBClusterSnapshot", caller, &id);
    Ok(json!({ "DBClusterSnapshot": shown }))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::sim::world::database::ClusterSnapshot;
    use crate::sim::world::fixture::{ACCOUNT, CENTRAL, Lab, WEST};

    #[test]
    fn a_cluster_snapshot_is_copied_once_with_a_key_of_the_region() {
        let mut lab = Lab::new();
        let snapshot = ClusterSnapshot {
            id: "night".into(),
            cluster: "catalog".into(),
            kind: "automated".into(),
            created: lab.now,
            source: None,
            engine: "aurora-postgresql".into(),
            engine_version: "16.4".into(),
            encrypted: true,
            kms_key: None,
            status: Status::Available,
            task: None,
            tags: Tags::new(),
        };
        lab.world.add_cluster_snapshot(ACCOUNT, WEST, snapshot);
        let op = "rds:CopyDBClusterSnapshot";
        let from = format!("arn:aws:rds:{WEST}:{ACCOUNT}:cluster-snapshot:");
        let mut input = json!({
            "SourceDBClusterSnapshotIdentifier": format!("{from}night"),
            "TargetDBClusterSnapshotIdentifier": "kept",
        });
        let code = lab.refusal(CENTRAL, op, &input);
        assert_eq!(code, "KMSKeyNotAccessibleFault");
        let key = format!("arn:aws:kms:{CENTRAL}:{ACCOUNT}:key/central");
        input["KmsKeyId"] = json!(key);
        let copy = lab.get(CENTRAL, op, &input);
        assert_eq!(copy["DBClusterSnapshot"]["Status"], "creating");
        let code = lab.refusal(CENTRAL, op, &input);
        assert_eq!(code, "DBClusterSnapshotAlreadyExistsFault");
        lab.wait(600);
        let op = "rds:DescribeDBClusterSnapshots";
        let all = lab.get(CENTRAL, op, &json!({}));
        let kept = &all["DBClusterSnapshots"][0];
        assert_eq!(kept["Status"], "available");
        assert_eq!(kept["SourceDBClusterSnapshotArn"], format!("{from}night"));
        input["SourceDBClusterSnapshotIdentifier"] = json!("none");
        let op = "rds:CopyDBClusterSnapshot";
        let code = lab.refusal(CENTRAL, op, &input);
        assert_eq!(code, "DBClusterSnapshotNotFoundFault");
    }
}
