//! What Amazon EC2 tells of images of instances, and how old their data are.

use std::collections::{BTreeSet, HashMap};
use std::sync::Arc;

use serde::Deserialize;
use serde_json::json;

use super::ec2::{ImageSaid, PAGE, image_arn, own};
use super::intern::Names;
use super::kms::key_arn;
use super::modeled::{Client, into};
use super::origins::Original;
use super::pages::joined;
use super::{Look, Reader, Seen};
use crate::estate::ids::{Arn, Region};
use crate::estate::recovery_point::Fields;
use crate::estate::resource::{
    Origin, PointStatus, RecoveryPoint, ResourceType,
};
use crate::estate::{Found, Source, What};
use crate::failure::{Failure, cleaned};

/// What AWS Backup begins the names of the images with that it makes.
const BY_BACKUP: &str = "AwsBackup_i-";

/// The most values that one filter of EC2 takes.
// https://docs.aws.amazon.com/AWSEC2/latest/UserGuide/Using_Filtering.html
const VALUES: usize = 200;

#[derive(Debug, Default, Deserialize)]
#[serde(rename_all = "PascalCase", default)]
struct Listed {
    images: Vec<ImageSaid>,
    snapshots: Vec<Snapshot>,
}

#[derive(Clone, Debug, Default, Deserialize)]
#[serde(rename_all = "PascalCase", default)]
struct Snapshot {
    snapshot_id: String,
    state: String,
    encrypted: Option<bool>,
    kms_key_id: Option<String>,
}

/// An image of a list, with its snapshots and what it was copied from.
#[derive(Debug)]
struct Read {
    point: Fields,
    snapshots: Vec<String>,
    of: Option<Arn>,
}

/// The images that the account owns in a Region of instances, and copies of
/// such images, without those that AWS Backup made: it lists them itself.
///
/// `CreationDate` is when an image was made, and it holds no write after
/// that; that of a copy is when it was copied. `SourceInstanceId` is told of
/// images that `CreateImage` made. `SourceImageId` is told of those, too:
/// then it is the image that the instance was started from, and only without
/// an instance it is what the image is a copy of (Amazon EC2 API reference,
/// `Image`). An image of which one snapshot is gone or broken is not usable;
/// its key is that of its snapshots, since no image names one.
pub(super) async fn images(reader: &Reader) -> Look {
    let doing = "list the images of instances";
    let input = json!({
        "Owners": ["self"],
        "IncludeDeprecated": true,
        "IncludeDisabled": true,
        "MaxResults": PAGE,
    });
    let ec2 = reader.modeled("ec2")?;
    let region = reader.region();
    let listed = ec2.list(doing, "DescribeImages", input, |page| {
        let page: Listed = into(doing, page)?;
        let images = page.images.into_iter();
        Ok(images
            .filter(|said| !said.name.starts_with(BY_BACKUP))
            .filter_map(|said| {
                let host = said
                    .source_instance_id
                    .as_deref()
                    .map(|id| own(reader, "ec2", &format!("instance/{id}")));
                read(said, &region, host)
            })
            .collect())
    });
    let listed = listed.await?;
    let mut reasons: Vec<String> = listed.partial.into_iter().collect();
    let mut images = named(reader, listed.items, &mut reasons);
    let wanted: BTreeSet<&str> = images
        .iter()
        .flat_map(|read| read.snapshots.iter().map(String::as_str))
        .collect();
    match snapshots(&ec2, &wanted).await {
        Ok((known, None)) => {
            for read in &mut images {
                hold(read, &known);
            }
        }
        Ok((_, Some(cut))) => reasons.push(cut),
        Err(failure) => reasons.push(failure.to_string()),
    }
    let names = Names::default();
    let points = images.into_iter().map(|read| names.point(read.point));
    let origins = reader.session().origins();
    let whole = reasons.is_empty();
    let points: Arc<[RecoveryPoint]> =
        origins.settle(reader.source(), points.collect(), whole);
    Ok(Seen { found: Found::Points(points), partial: joined(&reasons) })
}

/// The images with the instances they are of: a copy has that of its
/// original, and what is of no instance is nothing to restore one from.
fn named(
    reader: &Reader,
    read: Vec<Read>,
    reasons: &mut Vec<String>,
) -> Vec<Read> {
    let origins = reader.session().origins();
    let links: HashMap<Arn, Arn> = read
        .iter()
        .filter_map(|read| Some((read.point.arn.clone(), read.of.clone()?)))
        .collect();
    origins.link(reader.source(), links, reasons.is_empty());
    let mut early = 0;
    let mut images = Vec::with_capacity(read.len());
    for mut image in read {
        if let Some(of) = &image.of {
            let list = of.region().zip(reader.source().account());
            let list = list.map(|(region, account)| {
                Source::aws(account, &region, What::HostImages)
            });
            match origins.original(of, list.as_ref()) {
                Original::Of(resource) => image.point.resource = resource,
                Original::NotListed => early += 1,
                Original::Gone => {}
            }
        }
        if !image.point.resource.is_empty() {
            images.push(image);
        }
    }
    if early > 0 {
        reasons.push(format!(
            "{early} copies are of images in Regions not listed yet"
        ));
    }
    images
}

type Snapshots = HashMap<String, Snapshot>;

/// The snapshots of these ids that there are, and why not all were told.
async fn snapshots(
    ec2: &Client,
    wanted: &BTreeSet<&str>,
) -> Result<(Snapshots, Option<String>), Failure> {
    let doing = "list the snapshots of the images";
    let mut known = Snapshots::new();
    let wanted: Vec<&str> = wanted.iter().copied().collect();
    for ids in wanted.chunks(VALUES) {
        let input = json!({
            "Filters": [{ "Name": "snapshot-id", "Values": ids }],
            "MaxResults": PAGE,
        });
        let listed = ec2.list(doing, "DescribeSnapshots", input, |page| {
            let page: Listed = into(doing, page)?;
            Ok(page.snapshots)
        });
        let listed = listed.await?;
        if listed.partial.is_some() {
            return Ok((known, listed.partial));
        }
        let all = listed.items.into_iter();
        known.extend(all.map(|said| (said.snapshot_id.clone(), said)));
    }
    Ok((known, None))
}

/// Takes in what is known of the snapshots of an image.
fn hold(read: &mut Read, known: &Snapshots) {
    let held = read.snapshots.iter().map(|id| known.get(id));
    let held: Vec<Option<&Snapshot>> = held.collect();
    let lacks = held.iter().any(|snapshot| {
        let bad = ["error", "recoverable", "recovering"];
        snapshot.is_none_or(|said| bad.contains(&said.state.as_str()))
    });
    let point = &mut read.point;
    if lacks && point.status == PointStatus::Usable {
        point.status = PointStatus::Unusable;
    }
    let mut there = held.iter().flatten();
    point.encrypted =
        !held.is_empty() && there.all(|said| said.encrypted.unwrap_or(false));
    let mut keys = held.iter().flatten();
    point.key = keys.find_map(|said| key_arn(said.kms_key_id.as_deref()?));
}

fn read(said: ImageSaid, region: &Region, host: Option<Arn>) -> Option<Read> {
    let of = match (&host, said.source_image_id, said.source_image_region) {
        (None, Some(id), Some(from)) => {
            Some(image_arn(&Region::new(cleaned(&from)), &cleaned(&id)))
        }
        _ => None,
    };
    if host.is_none() && of.is_none() {
        return None;
    }
    let copy = of.is_some();
    // A text of the form 2013-12-24T20:00:00.000Z (API reference).
    let made = said.creation_date.parse().ok();
    let disks = said.block_device_mappings.into_iter();
    let disks: Vec<_> = disks.filter_map(|mapping| mapping.ebs).collect();
    let gib: i64 = disks.iter().filter_map(|disk| disk.volume_size).sum();
    let ids = disks.into_iter().filter_map(|disk| disk.snapshot_id);
    Some(Read {
        snapshots: ids.map(|id| cleaned(&id)).collect(),
        of,
        point: Fields {
            arn: image_arn(region, &cleaned(&said.image_id)),
            // Of a copy the instance is found out from its original.
            resource: host.unwrap_or_else(|| Arn::new("")),
            kind: ResourceType::Ec2,
            vault: None,
            origin: if copy { Origin::SnapshotCopy } else { Origin::Snapshot },
            status: status(&said.state),
            data_time: if copy { None } else { made },
            created: made,
            bytes: (gib > 0).then_some(gib << 30),
            encrypted: false,
            cold: false,
            key: None,
            expires: None,
        },
    })
}

/// From a disabled image nothing starts until somebody enables it again.
// https://docs.aws.amazon.com/AWSEC2/latest/UserGuide/disable-an-ami.html
fn status(state: &str) -> PointStatus {
    match state {
        "available" => PointStatus::Usable,
        "pending" | "transient" => PointStatus::Creating,
        "disabled" | "invalid" | "deregistered" | "failed" | "error" => {
            PointStatus::Unusable
        }
        _ => PointStatus::Unknown,
    }
}

#[cfg(test)]
mod tests {
    use serde_json::Value;

    use super::*;

    const HOST: &str = "arn:aws:ec2:eu-west-1:123456789012:instance/i-1";

    /// The answer of `to-describe-an-ami-1529025482866` in botocore's
    /// `examples-1.json`, with more members.
    fn printed(more: &Value) -> ImageSaid {
        let mut image = json!({
            "Architecture": "x86_64",
            "BlockDeviceMappings": [{
                "DeviceName": "/dev/sda1",
                "Ebs": {
                    "DeleteOnTermination": true,
                    "SnapshotId": "snap-1234567890abcdef0",
                    "VolumeSize": 8,
                    "VolumeType": "standard",
                },
            }],
            "Description": "An AMI for my server",
            "Hypervisor": "xen",
            "ImageId": "ami-5731123e",
            "ImageLocation": "123456789012/My server",
            "ImageType": "machine",
            "KernelId": "aki-88aa75e1",
            "Name": "My server",
            "OwnerId": "123456789012",
            "Public": false,
            "RootDeviceName": "/dev/sda1",
            "RootDeviceType": "ebs",
            "State": "available",
            "VirtualizationType": "paravirtual",
        });
        for (name, value) in more.as_object().into_iter().flatten() {
            image[name.as_str()] = value.clone();
        }
        let listed: Listed =
            into("try", json!({ "Images": [image] })).unwrap();
        listed.images.into_iter().next().unwrap()
    }

    fn point(more: &Value) -> Option<Read> {
        let said = printed(more);
        let host = said.source_instance_id.as_deref().map(|_| HOST.into());
        read(said, &Region::new("eu-west-1"), host)
    }

    #[test]
    fn an_image_that_names_no_instance_is_no_point_of_one() {
        assert!(point(&json!({})).is_none());
    }

    #[test]
    fn an_image_holds_its_instance_up_to_its_creation_date() {
        // The source image is the one that the instance was started from.
        let read = point(&json!({
            "CreationDate": "2013-12-24T20:00:00.000Z",
            "SourceInstanceId": "i-1",
            "SourceImageId": "ami-2",
            "SourceImageRegion": "eu-west-1",
        }));
        let Read { point, snapshots, of } = read.unwrap();
        assert_eq!(&*point.arn, "arn:aws:ec2:eu-west-1::image/ami-5731123e");
        assert_eq!((&*point.resource, of), (HOST, None));
        assert_eq!(point.data_time, "2013-12-24T20:00:00Z".parse().ok());
        assert_eq!(point.bytes, Some(8 << 30));
        assert_eq!(snapshots, ["snap-1234567890abcdef0"]);
        assert_eq!(point.status, PointStatus::Usable);
    }

    #[test]
    fn the_creation_date_of_a_copied_image_is_not_its_data_time() {
        let read = point(&json!({
            "CreationDate": "2013-12-24T20:00:00.000Z",
            "SourceImageId": "ami-2",
            "SourceImageRegion": "us-west-2",
        }));
        let Read { point, of, .. } = read.unwrap();
        assert_eq!(of, Some("arn:aws:ec2:us-west-2::image/ami-2".into()));
        assert_eq!((point.data_time, point.resource.is_empty()), (None, true));
        assert_eq!(point.origin, Origin::SnapshotCopy);
        assert!(point.created.is_some());
    }

    #[test]
    fn an_image_is_as_usable_as_its_snapshots_and_has_their_key() {
        let with = json!({ "SourceInstanceId": "i-1" });
        let key = "arn:aws:kms:eu-west-1:123456789012:key/k";
        let held = |state: Option<&str>| {
            let known = state.map(|state| Snapshot {
                snapshot_id: "snap-1234567890abcdef0".into(),
                state: state.into(),
                encrypted: Some(true),
                kms_key_id: Some(key.into()),
            });
            let known = known.map(|said| (said.snapshot_id.clone(), said));
            let mut read = point(&with).unwrap();
            hold(&mut read, &known.into_iter().collect());
            read.point
        };
        let good = held(Some("completed"));
        assert_eq!((good.status, good.encrypted), (PointStatus::Usable, true));
        assert_eq!(good.key.as_deref(), Some(key));
        assert_eq!(held(Some("error")).status, PointStatus::Unusable);
        assert_eq!(held(None).status, PointStatus::Unusable, "it is gone");
    }
}
