//! The simulated service `fsx`: file systems and their backups.

use std::collections::BTreeMap;

use jiff::Timestamp;
use serde_json::{Value, json};

use super::world::seed::arn;
use super::world::shelf::{Paging, fill};
use super::world::value::{list, own_tags, time};
use super::world::vault::PointStatus;
use super::world::{Caller, Fault, Service, World, refuse};

/// Its operations. Items of `fsx:file-system` and `fsx:backup` hold members
/// of the official shapes; a backup names its file system in `FileSystem`.
pub const SERVICE: Service = Service {
    signing_name: "fsx",
    handlers: &[
        ("DescribeBackups", backups),
        ("DescribeFileSystems", file_systems),
    ],
    shelves: &["fsx:file-system", "fsx:backup"],
};

const PAGING: Paging = Paging {
    token: "NextToken",
    size: "MaxResults",
    most: 50,
    refusal: "BadRequest",
};

// https://docs.aws.amazon.com/fsx/latest/APIReference/API_DescribeFileSystems.html
fn file_systems(
    world: &mut World,
    caller: &Caller,
    input: &Value,
    now: Timestamp,
) -> Result<Value, Fault> {
    let place = world.place_mut(&caller.account, &caller.region);
    let mut all: BTreeMap<String, Value> = BTreeMap::new();
    for resource in place.protected.values() {
        if resource.resource_type == "FSx" {
            let id = resource.arn.rsplit('/').next().unwrap_or_default();
            let item = json!({
                "StorageCapacity": resource.bytes >> 30,
                "Tags": resource.tags,
            });
            all.insert(id.to_owned(), item);
        }
    }
    place.shelves.lay_on("fsx:file-system", &mut all);
    let all = all
        .into_iter()
        .map(|(id, item)| {
            let shown = file_system(caller, &id, item, now);
            (id, shown)
        })
        .collect();
    let ids = ("FileSystemIds", "FileSystemNotFound");
    answer(all, input, ids, "FileSystems")
}

fn file_system(
    caller: &Caller,
    id: &str,
    mut item: Value,
    now: Timestamp,
) -> Value {
    let Caller { account, region, .. } = caller;
    let named = arn("fsx", region, account, &format!("file-system/{id}"));
    let usual = [
        ("OwnerId", json!(account)),
        ("FileSystemId", json!(id)),
        ("ResourceARN", json!(named)),
        ("FileSystemType", json!("WINDOWS")),
        ("Lifecycle", json!("AVAILABLE")),
        ("CreationTime", time(now)),
    ];
    fill(&mut item, usual);
    tagged(item)
}

/// Backups of the shelf, and those that AWS Backup made.
// https://docs.aws.amazon.com/fsx/latest/APIReference/API_DescribeBackups.html
fn backups(
    world: &mut World,
    caller: &Caller,
    input: &Value,
    now: Timestamp,
) -> Result<Value, Fault> {
    let Caller { account, region, .. } = caller;
    let place = world.place_mut(account, region);
    let mut all: BTreeMap<String, Value> = BTreeMap::new();
    for point in place.points.all() {
        if point.resource_type != "FSx" {
            continue;
        }
        let id = point.arn.rsplit('/').next().unwrap_or_default();
        let of = point.resource.rsplit('/').next().unwrap_or_default();
        let lifecycle = match point.status {
            PointStatus::Creating => "CREATING",
            _ => "AVAILABLE",
        };
        let item = json!({
            "Type": "AWS_BACKUP",
            "Lifecycle": lifecycle,
            "CreationTime": time(point.created),
            "ResourceARN": point.arn,
            "FileSystem":
                { "FileSystemId": of, "ResourceARN": point.resource },
        });
        all.insert(id.to_owned(), item);
    }
    for (id, item) in place.shelves.all("fsx:backup") {
        let mut item = item.clone();
        let named = arn("fsx", region, account, &format!("backup/{id}"));
        let usual = [
            ("Type", json!("USER_INITIATED")),
            ("Lifecycle", json!("AVAILABLE")),
            ("ResourceARN", json!(named)),
            ("CreationTime", time(now)),
            ("FileSystem", json!({})),
        ];
        fill(&mut item, usual);
        all.insert(id.to_owned(), item);
    }
    for (id, item) in &mut all {
        item["BackupId"] = json!(id);
        *item = tagged(item.take());
    }
    answer(all, input, ("BackupIds", "BackupNotFound"), "Backups")
}

fn tagged(mut item: Value) -> Value {
    let tags = own_tags(&item);
    if !tags.is_empty() {
        item["Tags"] = json!(tags);
    } else if let Some(item) = item.as_object_mut() {
        item.remove("Tags");
    }
    item
}

fn answer(
    all: BTreeMap<String, Value>,
    input: &Value,
    (ids, refusal): (&str, &str),
    member: &str,
) -> Result<Value, Fault> {
    if !list(input, "Filters").is_empty() {
        let why = "Filters are not simulated.";
        return Err(refuse(400, "BadRequest", why));
    }
    let wanted = list(input, ids).iter().filter_map(Value::as_str);
    let wanted: Vec<&str> = wanted.collect();
    if let Some(none) = wanted.iter().find(|id| !all.contains_key(**id)) {
        let why = format!("{none} does not exist.");
        return Err(refuse(400, refusal, why));
    }
    let all = all
        .into_iter()
        .filter(|(id, _)| wanted.is_empty() || wanted.contains(&id.as_str()));
    let page = PAGING.cut(all.map(|(_, item)| item), input)?;
    let mut answer = json!({ member: page.items });
    if let Some(next) = page.next {
        answer["NextToken"] = json!(next);
    }
    Ok(answer)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::sim::world::fixture::{ACCOUNT, Lab, WEST};
    use crate::sim::world::value::text;
    use crate::sim::world::vault::{Point, Protected};

    const SHARE: &str =
        "arn:aws:fsx:eu-west-1:111122223333:file-system/fs-01234567";

    fn lab() -> Lab {
        let mut lab = Lab::new();
        let share = Protected::new(SHARE, "FSx", "share");
        lab.world.add_protected(ACCOUNT, WEST, share);
        let point = Point::new("main", SHARE, "FSx", lab.now);
        lab.world.add_point(ACCOUNT, WEST, point);
        let shelves = &mut lab.world.place_mut(ACCOUNT, WEST).shelves;
        let item = json!({ "FileSystem": { "ResourceARN": SHARE } });
        shelves.put("fsx:backup", "backup-01234567", item);
        lab
    }

    #[test]
    fn backups_of_aws_backup_and_of_fsx_are_listed_together() {
        let mut lab = lab();
        let all = lab.get(WEST, "fsx:DescribeBackups", &json!({}));
        let all = all["Backups"].as_array().cloned().unwrap_or_default();
        let mut kinds: Vec<_> =
            all.iter().filter_map(|b| text(b, "Type")).collect();
        kinds.sort_unstable();
        assert_eq!(kinds, ["AWS_BACKUP", "USER_INITIATED"]);
        let all = lab.get(WEST, "fsx:DescribeFileSystems", &json!({}));
        assert_eq!(all["FileSystems"][0]["ResourceARN"], SHARE);
    }

    #[test]
    fn what_is_not_there_is_refused() {
        let mut lab = lab();
        let none = json!({ "BackupIds": ["backup-76543210"] });
        let refusal = lab.refusal(WEST, "fsx:DescribeBackups", &none);
        assert_eq!(refusal, "BackupNotFound");
    }
}
