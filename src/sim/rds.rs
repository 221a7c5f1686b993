//! The simulated service `rds`: databases, replicas, snapshots.

mod change;
mod describe;
mod restore;
mod show;
mod snapshots;

use serde_json::Value;

use super::world::database::Instance;
use super::world::value::{Page, list, number, page, text};
use super::world::{Caller, Fault, Service, World, refuse};

/// Its operations.
pub const SERVICE: Service = Service {
    signing_name: "rds",
    handlers: &[
        ("CopyDBSnapshot", snapshots::copy),
        ("CreateDBInstance", change::create),
        ("CreateDBSnapshot", snapshots::create),
        ("DeleteDBInstance", change::delete),
        ("DescribeDBClusterSnapshots", snapshots::describe_of_clusters),
        ("DescribeDBClusters", describe::clusters),
        ("DescribeDBInstanceAutomatedBackups", describe::automated_backups),
        ("DescribeDBInstances", describe::instances),
        ("DescribeDBSnapshots", snapshots::describe),
        ("DescribeEvents", describe::events),
        ("DescribeGlobalClusters", describe::global_clusters),
        ("ListTagsForResource", describe::tags),
        ("ModifyDBInstance", change::modify),
        ("PromoteReadReplica", change::promote),
        ("RestoreDBInstanceFromDBSnapshot", restore::from_snapshot),
        ("RestoreDBInstanceToPointInTime", restore::to_point_in_time),
    ],
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
