//! Volumes, snapshots, instances and images, and what lies in the bin.

use std::collections::BTreeMap;

use jiff::Timestamp;
use serde_json::{Value, json};

use crate::sim::world::shelf::{Paging, fill};
use crate::sim::world::value::{list, own_tags, text, time};
use crate::sim::world::vault::PointStatus;
use crate::sim::world::{Caller, Fault, World, refuse};

/// The volume that a copied snapshot is told to be of.
const NO_VOLUME: &str = "vol-ffffffff";

const PAGING: Paging = Paging {
    token: "NextToken",
    size: "MaxResults",
    most: 1000,
    refusal: "InvalidParameterValue",
};

/// Volumes of the shelf, and those that AWS Backup protects.
// https://docs.aws.amazon.com/AWSEC2/latest/APIReference/API_DescribeVolumes.html
pub(super) fn volumes(
    world: &mut World,
    caller: &Caller,
    input: &Value,
    now: Timestamp,
) -> Result<Value, Fault> {
    let place = world.place_mut(&caller.account, &caller.region);
    let mut all = BTreeMap::new();
    for resource in place.protected.values() {
        let Some(id) = tail(&resource.arn, "EBS", &resource.resource_type)
        else {
            continue;
        };
        let item = json!({
            "Size": resource.bytes >> 30,
            "Encrypted": true,
            "Tags": resource.tags,
        });
        all.insert(id.to_owned(), item);
    }
    place.shelves.lay_on("ec2:volume", &mut all);
    let zone = format!("{}a", caller.region);
    let shown = all.into_iter().map(|(id, mut item)| {
        let usual = [
            ("State", json!("in-use")),
            ("AvailabilityZone", json!(zone)),
            ("CreateTime", time(now)),
            ("VolumeType", json!("gp3")),
        ];
        fill(&mut item, usual);
        item["VolumeId"] = json!(id);
        (id, tagged(item))
    });
    let most = Paging { most: 500, ..PAGING };
    chosen(shown, input, ("VolumeIds", "InvalidVolume.NotFound"))
        .and_then(|all| answer(&most, all, input, "Volumes"))
}

/// Snapshots of the shelf, and those that AWS Backup made.
// https://docs.aws.amazon.com/AWSEC2/latest/APIReference/API_DescribeSnapshots.html
pub(super) fn snapshots(
    world: &mut World,
    caller: &Caller,
    input: &Value,
    now: Timestamp,
) -> Result<Value, Fault> {
    let place = world.place_mut(&caller.account, &caller.region);
    let mut all = BTreeMap::new();
    for point in place.points.all() {
        let Some(id) = tail(&point.arn, "EBS", &point.resource_type) else {
            continue;
        };
        let volume = point.resource.rsplit('/').next().unwrap_or_default();
        let copy = point.from_vault.is_some();
        let state = match point.status {
            PointStatus::Creating => "pending",
            _ => "completed",
        };
        let item = json!({
            "VolumeId": if copy { NO_VOLUME } else { volume },
            "State": state,
            "StartTime": time(point.created),
            "Description":
                "This snapshot is created by the AWS Backup service.",
            "VolumeSize": point.bytes >> 30,
            "FullSnapshotSizeInBytes": point.bytes,
            "Encrypted": point.encrypted,
        });
        all.insert(id.to_owned(), item);
    }
    place.shelves.lay_on("ec2:snapshot", &mut all);
    let shown = all.into_iter().map(|(id, mut item)| {
        let usual = [
            ("State", json!("completed")),
            ("StartTime", time(now)),
            ("StorageTier", json!("standard")),
            ("OwnerId", json!(caller.account)),
        ];
        fill(&mut item, usual);
        item["SnapshotId"] = json!(id);
        (id, tagged(item))
    });
    chosen(shown, input, ("SnapshotIds", "InvalidSnapshot.NotFound"))
        .and_then(|all| answer(&PAGING, all, input, "Snapshots"))
}

/// Deletes a snapshot of the shelf. One that AWS Backup made is its own, and
/// one that an image needs stays.
// https://docs.aws.amazon.com/AWSEC2/latest/APIReference/API_DeleteSnapshot.html
pub(super) fn delete_snapshot(
    world: &mut World,
    caller: &Caller,
    input: &Value,
    _: Timestamp,
) -> Result<Value, Fault> {
    let id = text(input, "SnapshotId").unwrap_or_default();
    let place = world.place_mut(&caller.account, &caller.region);
    let mut points = place.points.all().iter();
    if points.any(|point| point.arn.ends_with(&format!("/{id}"))) {
        let why = format!(
            "This snapshot is managed by the AWS Backup service and cannot \
             be deleted via EC2 APIs: {id}"
        );
        return Err(refuse(400, "InvalidParameterValue", why));
    }
    let mut images = place.shelves.all("ec2:image");
    let user = images.find(|(_, image)| {
        let mut disks = list(image, "BlockDeviceMappings").iter();
        disks.any(|disk| disk["Ebs"]["SnapshotId"] == id)
    });
    let user = user.map(|(image, _)| image.to_owned());
    drop(images);
    if let Some(image) = user {
        let why = format!("The snapshot {id} is currently in use by {image}");
        return Err(refuse(400, "InvalidSnapshot.InUse", why));
    }
    if !place.shelves.take("ec2:snapshot", id) {
        let why = format!("The snapshot '{id}' does not exist.");
        return Err(refuse(400, "InvalidSnapshot.NotFound", why));
    }
    Ok(json!({}))
}

/// Each instance in a reservation of its own.
pub(super) fn instances(
    world: &mut World,
    caller: &Caller,
    input: &Value,
    now: Timestamp,
) -> Result<Value, Fault> {
    let place = world.place_mut(&caller.account, &caller.region);
    let mut all = BTreeMap::new();
    for resource in place.protected.values() {
        let Some(id) = tail(&resource.arn, "EC2", &resource.resource_type)
        else {
            continue;
        };
        all.insert(id.to_owned(), json!({ "Tags": resource.tags }));
    }
    place.shelves.lay_on("ec2:instance", &mut all);
    let zone = format!("{}a", caller.region);
    let shown = all.into_iter().map(|(id, mut item)| {
        let usual = [
            ("State", json!({ "Code": 16, "Name": "running" })),
            ("InstanceType", json!("m7g.large")),
            ("ImageId", json!("ami-0d3f1c55aa0b91e27")),
            ("LaunchTime", time(now)),
            ("Placement", json!({ "AvailabilityZone": zone })),
        ];
        fill(&mut item, usual);
        item["InstanceId"] = json!(id);
        (id, tagged(item))
    });
    let all =
        chosen(shown, input, ("InstanceIds", "InvalidInstanceID.NotFound"))?;
    let owner = caller.account.as_str();
    let all = all.into_iter().map(|item| {
        let id = text(&item, "InstanceId").unwrap_or_default();
        let reservation = id.replacen("i-", "r-", 1);
        json!({
            "ReservationId": reservation,
            "OwnerId": owner,
            "Instances": [item],
        })
    });
    answer(&PAGING, all.collect(), input, "Reservations")
}

/// Images of the account's own.
pub(super) fn images(
    world: &mut World,
    caller: &Caller,
    input: &Value,
    _: Timestamp,
) -> Result<Value, Fault> {
    let place = world.place_mut(&caller.account, &caller.region);
    let mut all = BTreeMap::new();
    for point in place.points.all() {
        let Some(id) = tail(&point.arn, "EC2", &point.resource_type) else {
            continue;
        };
        let instance = point.resource.rsplit('/').next().unwrap_or_default();
        let job = id.trim_start_matches("ami-");
        let item = json!({
            "Name": format!("AwsBackup_{instance}_{job}"),
            "CreationDate": time(point.created),
            "SourceInstanceId": instance,
        });
        all.insert(id.to_owned(), item);
    }
    place.shelves.lay_on("ec2:image", &mut all);
    let shown = all.into_iter().map(|(id, mut item)| {
        let usual = [
            ("State", json!("available")),
            ("OwnerId", json!(caller.account)),
        ];
        fill(&mut item, usual);
        item["ImageId"] = json!(id);
        (id, tagged(item))
    });
    chosen(shown, input, ("ImageIds", "InvalidAMIID.NotFound"))
        .and_then(|all| answer(&PAGING, all, input, "Images"))
}

pub(super) fn binned_snapshots(
    world: &mut World,
    caller: &Caller,
    input: &Value,
    _: Timestamp,
) -> Result<Value, Fault> {
    let ids = ("SnapshotIds", "InvalidSnapshot.NotFound");
    let kind = ("ec2:binned-snapshot", "SnapshotId", "Snapshots");
    binned(world, caller, input, kind, ids)
}

pub(super) fn binned_images(
    world: &mut World,
    caller: &Caller,
    input: &Value,
    _: Timestamp,
) -> Result<Value, Fault> {
    let ids = ("ImageIds", "InvalidAMIID.NotFound");
    let kind = ("ec2:binned-image", "ImageId", "Images");
    binned(world, caller, input, kind, ids)
}

fn binned(
    world: &mut World,
    caller: &Caller,
    input: &Value,
    (kind, id_member, member): (&str, &str, &str),
    ids: (&str, &str),
) -> Result<Value, Fault> {
    let place = world.place_mut(&caller.account, &caller.region);
    let shown = place.shelves.all(kind).map(|(id, item)| {
        let mut item = item.clone();
        item[id_member] = json!(id);
        (id.to_owned(), item)
    });
    let all = chosen(shown, input, ids)?;
    answer(&PAGING, all, input, member)
}

/// The id in an ARN of something of a type.
fn tail<'a>(arn: &'a str, wanted: &str, is: &str) -> Option<&'a str> {
    (is == wanted).then(|| arn.rsplit('/').next().unwrap_or_default())
}

/// An item with its tags as EC2 tells them.
fn tagged(mut item: Value) -> Value {
    item["Tags"] = json!(own_tags(&item));
    item
}

/// The items asked for by id, or all. One that is not there is refused; a
/// filter by ids gives those of them that are there.
fn chosen(
    all: impl Iterator<Item = (String, Value)>,
    input: &Value,
    (member, refusal): (&str, &str),
) -> Result<Vec<Value>, Fault> {
    let mut filters = Vec::new();
    for filter in list(input, "Filters") {
        let named = text(filter, "Name").unwrap_or_default();
        if named != member.replace("Ids", "-id").to_lowercase() {
            let why = "Filters by anything but ids are not simulated.";
            return Err(refuse(400, "InvalidParameterValue", why));
        }
        filters.push(list(filter, "Values"));
    }
    let all = all.filter(|(id, _)| {
        filters.iter().all(|ids| ids.iter().any(|wanted| wanted == id))
    });
    let wanted = list(input, member);
    let all: BTreeMap<String, Value> = all.collect();
    let wanted: Vec<&str> = wanted.iter().filter_map(Value::as_str).collect();
    if let Some(none) = wanted.iter().find(|id| !all.contains_key(**id)) {
        let why = format!("The ID '{none}' does not exist");
        return Err(refuse(400, refusal, why));
    }
    let all = all
        .into_iter()
        .filter(|(id, _)| wanted.is_empty() || wanted.contains(&id.as_str()));
    Ok(all.map(|(_, item)| item).collect())
}

fn answer(
    paging: &Paging,
    all: Vec<Value>,
    input: &Value,
    member: &str,
) -> Result<Value, Fault> {
    let page = paging.cut(all, input)?;
    let mut answer = json!({ member: page.items });
    if let Some(next) = page.next {
        answer["NextToken"] = json!(next);
    }
    Ok(answer)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::sim::world::fixture::{ACCOUNT, CENTRAL, Lab, WEST};
    use crate::sim::world::vault::{Point, Protected};

    const VOLUME: &str = "arn:aws:ec2:eu-west-1:111122223333:volume/vol-1";

    fn lab() -> Lab {
        let mut lab = Lab::new();
        let mut volume = Protected::new(VOLUME, "EBS", "data");
        volume.tags.insert("Name".to_owned(), "data".to_owned());
        lab.world.add_protected(ACCOUNT, WEST, volume);
        let point = Point::new("main", VOLUME, "EBS", lab.now);
        lab.world.add_point(ACCOUNT, WEST, point.clone());
        let mut copy = point;
        copy.from_vault = Some("there".to_owned());
        lab.world.add_point(ACCOUNT, CENTRAL, copy);
        lab
    }

    #[test]
    fn what_aws_backup_protects_exists_in_ec2_too() {
        let mut lab = lab();
        let all = lab.get(WEST, "ec2:DescribeVolumes", &json!({}));
        assert_eq!(all["Volumes"][0]["VolumeId"], "vol-1");
        assert_eq!(all["Volumes"][0]["Tags"][0]["Value"], "data");
        let mine = json!({ "OwnerIds": ["self"] });
        let all = lab.get(WEST, "ec2:DescribeSnapshots", &mine);
        assert_eq!(all["Snapshots"][0]["VolumeId"], "vol-1");
        let all = lab.get(CENTRAL, "ec2:DescribeSnapshots", &mine);
        assert_eq!(all["Snapshots"][0]["VolumeId"], NO_VOLUME);
    }

    #[test]
    fn an_id_that_is_not_there_is_refused() {
        let mut lab = lab();
        let none = json!({ "VolumeIds": ["vol-none"] });
        let refusal = lab.refusal(WEST, "ec2:DescribeVolumes", &none);
        assert_eq!(refusal, "InvalidVolume.NotFound");
    }

    #[test]
    fn a_snapshot_is_deleted_unless_an_image_or_aws_backup_needs_it() {
        let mut lab = lab();
        let shelves = &mut lab.world.place_mut(ACCOUNT, WEST).shelves;
        for id in ["snap-free", "snap-used"] {
            shelves.put("ec2:snapshot", id, json!({ "VolumeSize": 8 }));
        }
        let disk = json!({ "Ebs": { "SnapshotId": "snap-used" } });
        let image = json!({ "BlockDeviceMappings": [disk] });
        shelves.put("ec2:image", "ami-1", image);
        let operation = "ec2:DeleteSnapshot";
        let one = |id: &str| json!({ "SnapshotId": id });
        let used = lab.refusal(WEST, operation, &one("snap-used"));
        assert_eq!(used, "InvalidSnapshot.InUse");
        lab.get(WEST, operation, &one("snap-free"));
        let gone = lab.refusal(WEST, operation, &one("snap-free"));
        assert_eq!(gone, "InvalidSnapshot.NotFound");
        let all = lab.get(WEST, "ec2:DescribeSnapshots", &json!({}));
        let own = all["Snapshots"][0]["SnapshotId"].clone();
        let own = json!({ "SnapshotId": own });
        let own = lab.refusal(WEST, operation, &own);
        assert_eq!(own, "InvalidParameterValue");
    }

    #[test]
    fn a_filter_by_ids_gives_those_that_are_there() {
        let mut lab = lab();
        let shelves = &mut lab.world.place_mut(ACCOUNT, WEST).shelves;
        for id in ["snap-1", "snap-2"] {
            shelves.put("ec2:snapshot", id, json!({ "VolumeSize": 8 }));
        }
        let op = "ec2:DescribeSnapshots";
        let by = |name: &str| {
            let ids = ["snap-2", "snap-none"];
            json!({ "Filters": [{ "Name": name, "Values": ids }] })
        };
        let some = lab.get(WEST, op, &by("snapshot-id"));
        assert_eq!(some["Snapshots"].as_array().map(Vec::len), Some(1));
        assert_eq!(some["Snapshots"][0]["SnapshotId"], "snap-2");
        let other = lab.refusal(WEST, op, &by("tag-key"));
        assert_eq!(other, "InvalidParameterValue");
    }

    #[test]
    fn the_bin_shows_what_lies_in_it() {
        let mut lab = lab();
        let shelves = &mut lab.world.place_mut(ACCOUNT, WEST).shelves;
        for id in ["snap-1", "snap-2"] {
            let item = json!({ "RecycleBinExitTime": "2026-12-01T00:00:00Z" });
            shelves.put("ec2:binned-snapshot", id, item);
        }
        let op = "ec2:ListSnapshotsInRecycleBin";
        let first = lab.get(WEST, op, &json!({ "MaxResults": 5 }));
        assert_eq!(first["Snapshots"].as_array().map(Vec::len), Some(2));
        let none = lab.get(WEST, "ec2:ListImagesInRecycleBin", &json!({}));
        assert_eq!(none["Images"], json!([]));
    }
}
