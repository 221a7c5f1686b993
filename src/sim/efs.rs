//! The simulated service `elasticfilesystem`: file systems and replication.

use std::collections::BTreeMap;

use jiff::{SignedDuration, Timestamp};
use serde_json::{Value, json};

use super::world::seed::arn;
use super::world::shelf::Paging;
use super::world::value::{number, own_tags, text, time};
use super::world::{Caller, Fault, Place, Service, World, refuse};

/// Its operations. An item of `efs:file-system` holds members of a
/// `FileSystemDescription` and `BackupPolicy`; one of `efs:replication`, in
/// the Region that is written to and by the id of that file system, its
/// `Destinations`. A destination without `LastReplicatedTimestamp` is synced
/// every `SyncSeconds` while the source lives.
pub const SERVICE: Service = Service {
    signing_name: "elasticfilesystem",
    handlers: &[
        ("DescribeBackupPolicy", backup_policy),
        ("DescribeFileSystems", file_systems),
        ("DescribeReplicationConfigurations", replications),
    ],
    shelves: &["efs:file-system", "efs:replication"],
};

const PAGING: Paging = Paging {
    token: "Marker",
    size: "MaxItems",
    most: 100,
    refusal: "BadRequest",
};

/// The file systems of a place by id: those on the shelf, over those that
/// AWS Backup protects.
fn held(place: &Place) -> BTreeMap<String, Value> {
    let mut held = BTreeMap::new();
    for resource in place.protected.values() {
        if resource.resource_type == "EFS" {
            let id = resource.arn.rsplit('/').next().unwrap_or_default();
            let item = json!({
                "SizeInBytes": { "Value": resource.bytes },
                "Tags": resource.tags,
            });
            held.insert(id.to_owned(), item);
        }
    }
    place.shelves.lay_on("efs:file-system", &mut held);
    held
}

fn missing(id: &str) -> Fault {
    let why = format!("File system '{id}' does not exist.");
    refuse(404, "FileSystemNotFound", why)
}

// https://docs.aws.amazon.com/efs/latest/ug/API_DescribeFileSystems.html
fn file_systems(
    world: &mut World,
    caller: &Caller,
    input: &Value,
    now: Timestamp,
) -> Result<Value, Fault> {
    let mut all = held(world.place_mut(&caller.account, &caller.region));
    if let Some(id) = text(input, "FileSystemId") {
        all.retain(|held, _| held == id);
        if all.is_empty() {
            return Err(missing(id));
        }
    }
    let page = PAGING.cut(all, input)?;
    let shown = page
        .items
        .into_iter()
        .map(|(id, item)| shown(caller, &id, &item, now));
    let mut answer = json!({ "FileSystems": shown.collect::<Vec<_>>() });
    if let Some(next) = page.next {
        answer["NextMarker"] = json!(next);
    }
    Ok(answer)
}

fn shown(caller: &Caller, id: &str, item: &Value, now: Timestamp) -> Value {
    let of = |member: &str, usual: Value| {
        item.get(member).cloned().unwrap_or(usual)
    };
    let Caller { account, region, .. } = caller;
    let named = format!("file-system/{id}");
    json!({
        "OwnerId": account,
        "CreationToken": id,
        "FileSystemId": id,
        "FileSystemArn": arn("elasticfilesystem", region, account, &named),
        "CreationTime": of("CreationTime", time(now)),
        "LifeCycleState": of("LifeCycleState", json!("available")),
        "NumberOfMountTargets": of("NumberOfMountTargets", json!(3)),
        "SizeInBytes": of("SizeInBytes", json!({ "Value": 6144 })),
        "PerformanceMode": "generalPurpose",
        "Encrypted": of("Encrypted", json!(true)),
        "Tags": own_tags(item),
    })
}

// https://docs.aws.amazon.com/efs/latest/ug/API_DescribeBackupPolicy.html
fn backup_policy(
    world: &mut World,
    caller: &Caller,
    input: &Value,
    _: Timestamp,
) -> Result<Value, Fault> {
    let id = text(input, "FileSystemId").unwrap_or_default();
    let all = held(world.place_mut(&caller.account, &caller.region));
    let item = all.get(id).ok_or_else(|| missing(id))?;
    let policy = item.get("BackupPolicy").ok_or_else(|| {
        refuse(404, "PolicyNotFound", "There is no backup policy.")
    })?;
    Ok(json!({ "BackupPolicy": policy }))
}

/// Replications are told in both of their Regions.
// https://docs.aws.amazon.com/efs/latest/ug/API_DescribeReplicationConfigurations.html
fn replications(
    world: &mut World,
    caller: &Caller,
    input: &Value,
    now: Timestamp,
) -> Result<Value, Fault> {
    let wanted = text(input, "FileSystemId");
    let mut all = Vec::new();
    for (account, region, place) in world.places() {
        if account != caller.account {
            continue;
        }
        for (id, item) in place.shelves.all("efs:replication") {
            let shown = replication(world, (account, region, id), item, now);
            let is_here = |to: &Value| {
                text(to, "Region") == Some(caller.region.as_str())
            };
            let to = shown["Destinations"].as_array();
            let to = to.map_or(&[][..], Vec::as_slice);
            let near = region == caller.region || to.iter().any(is_here);
            let asked = wanted.is_none_or(|wanted| {
                wanted == id
                    || to
                        .iter()
                        .any(|to| text(to, "FileSystemId") == Some(wanted))
            });
            if near && asked {
                all.push(shown);
            }
        }
    }
    if wanted.is_some() && all.is_empty() {
        let why = "There is no replication configuration.";
        return Err(refuse(404, "ReplicationNotFound", why));
    }
    let paging = Paging { token: "NextToken", size: "MaxResults", ..PAGING };
    let page = paging.cut(all, input)?;
    let mut answer = json!({ "Replications": page.items });
    if let Some(next) = page.next {
        answer["NextToken"] = json!(next);
    }
    Ok(answer)
}

fn replication(
    world: &World,
    (account, region, id): (&str, &str, &str),
    item: &Value,
    now: Timestamp,
) -> Value {
    let named = format!("file-system/{id}");
    let source = arn("elasticfilesystem", region, account, &named);
    let every = number(item, "SyncSeconds").unwrap_or(900).max(1);
    let lives = world.dark_since(region, now).unwrap_or(now);
    let done = lives.as_second().div_euclid(every) * every;
    // The sync that ended last holds what was there when it began.
    let done = Timestamp::from_second(done).unwrap_or(lives)
        - SignedDuration::from_secs(every / 10);
    let to = item.get("Destinations").and_then(Value::as_array);
    let to = to.into_iter().flatten().map(|to| {
        let mut to = to.clone();
        if to.get("LastReplicatedTimestamp").is_none() {
            to["LastReplicatedTimestamp"] = time(done);
        }
        to
    });
    json!({
        "SourceFileSystemId": id,
        "SourceFileSystemRegion": region,
        "SourceFileSystemArn": source,
        "OriginalSourceFileSystemArn": source,
        "CreationTime":
            item.get("CreationTime").cloned().unwrap_or_else(|| time(now)),
        "Destinations": to.collect::<Vec<_>>(),
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::sim::world::fixture::{ACCOUNT, CENTRAL, Lab, WEST};

    const OP: &str = "elasticfilesystem:DescribeReplicationConfigurations";

    fn lab() -> Lab {
        let mut lab = Lab::new();
        let shelves = &mut lab.world.place_mut(ACCOUNT, WEST).shelves;
        let tags = json!({ "Tags": { "DR_Tier": "Gold" } });
        shelves.put("efs:file-system", "fs-01234567", tags);
        let to = json!({
            "Destinations": [{
                "Status": "ENABLED",
                "FileSystemId": "fs-89abcdef",
                "Region": CENTRAL,
            }],
        });
        shelves.put("efs:replication", "fs-01234567", to);
        lab
    }

    fn synced(lab: &mut Lab, region: &str) -> Timestamp {
        let all = lab.get(region, OP, &json!({}));
        let to = &all["Replications"][0]["Destinations"][0];
        let at = to["LastReplicatedTimestamp"].as_str();
        at.and_then(|at| at.parse().ok()).expect("it is told")
    }

    #[test]
    fn a_replication_is_told_in_both_regions_and_moves_on() {
        let mut lab = lab();
        let before = synced(&mut lab, WEST);
        assert_eq!(synced(&mut lab, CENTRAL), before);
        lab.wait(1800);
        let moved = synced(&mut lab, CENTRAL).duration_since(before);
        assert_eq!(moved, SignedDuration::from_secs(1800));
    }

    #[test]
    fn nothing_is_replicated_from_a_dark_region() {
        let mut lab = lab();
        let before = synced(&mut lab, CENTRAL);
        lab.darken(WEST);
        lab.wait(7200);
        assert_eq!(synced(&mut lab, CENTRAL), before);
    }

    #[test]
    fn a_file_system_without_backup_policy_says_so_by_an_error() {
        let mut lab = lab();
        let op = "elasticfilesystem:DescribeBackupPolicy";
        let one = json!({ "FileSystemId": "fs-01234567" });
        assert_eq!(lab.refusal(WEST, op, &one), "PolicyNotFound");
        let none = json!({ "FileSystemId": "fs-76543210" });
        assert_eq!(lab.refusal(WEST, op, &none), "FileSystemNotFound");
        let op = "elasticfilesystem:DescribeFileSystems";
        let all = lab.get(WEST, op, &json!({}));
        assert_eq!(all["FileSystems"][0]["Tags"][0]["Value"], "Gold");
    }
}
