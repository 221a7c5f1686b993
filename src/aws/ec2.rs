//! What we ask of Amazon EC2 about instances, volumes, images and the bin.

use jiff::Timestamp;
use serde::Deserialize;
use serde_json::{Value, json};

use super::modeled::into;
use super::pages::joined;
use super::tagging::{Tag, by_key};
use super::{Look, Reader, Seen};
use crate::estate::ids::{Arn, Region};
use crate::estate::part::ec2::{Binned, Host, Image, Volume};
use crate::failure::{Failure, cleaned};

/// The largest page of snapshots, instances and of the bin (API reference).
pub(super) const PAGE: i64 = 1000;
/// The largest page of volumes.
const VOLUMES: i64 = 500;

#[derive(Debug, Default, Deserialize)]
#[serde(rename_all = "PascalCase", default)]
struct Page {
    volumes: Vec<VolumeSaid>,
    reservations: Vec<Reservation>,
    images: Vec<ImageSaid>,
    snapshots: Vec<BinnedSaid>,
}

#[derive(Debug, Default, Deserialize)]
#[serde(rename_all = "PascalCase", default)]
struct VolumeSaid {
    volume_id: String,
    volume_arn: Option<String>,
    state: String,
    attachments: Vec<Attachment>,
    availability_zone: String,
    size: i64,
    encrypted: Option<bool>,
    kms_key_id: Option<String>,
    tags: Vec<Tag>,
}

#[derive(Debug, Default, Deserialize)]
#[serde(rename_all = "PascalCase", default)]
struct Attachment {
    instance_id: String,
}

#[derive(Debug, Default, Deserialize)]
#[serde(rename_all = "PascalCase", default)]
struct Reservation {
    instances: Vec<InstanceSaid>,
}

#[derive(Debug, Default, Deserialize)]
#[serde(rename_all = "PascalCase", default)]
struct InstanceSaid {
    instance_id: String,
    instance_type: String,
    image_id: String,
    state: StateSaid,
    placement: Placement,
    root_device_name: String,
    block_device_mappings: Vec<Mapping>,
    tags: Vec<Tag>,
}

#[derive(Debug, Default, Deserialize)]
#[serde(rename_all = "PascalCase", default)]
struct StateSaid {
    name: String,
}

#[derive(Debug, Default, Deserialize)]
#[serde(rename_all = "PascalCase", default)]
struct Placement {
    availability_zone: String,
}

#[derive(Debug, Default, Deserialize)]
#[serde(rename_all = "PascalCase", default)]
pub(super) struct Mapping {
    device_name: String,
    pub(super) ebs: Option<Ebs>,
}

#[derive(Debug, Default, Deserialize)]
#[serde(rename_all = "PascalCase", default)]
pub(super) struct Ebs {
    volume_id: Option<String>,
    pub(super) snapshot_id: Option<String>,
    pub(super) volume_size: Option<i64>,
}

#[derive(Debug, Default, Deserialize)]
#[serde(rename_all = "PascalCase", default)]
pub(super) struct ImageSaid {
    pub(super) image_id: String,
    pub(super) name: String,
    description: String,
    pub(super) state: String,
    pub(super) creation_date: String,
    pub(super) source_instance_id: Option<String>,
    pub(super) source_image_id: Option<String>,
    pub(super) source_image_region: Option<String>,
    pub(super) block_device_mappings: Vec<Mapping>,
    recycle_bin_enter_time: Option<Timestamp>,
    recycle_bin_exit_time: Option<Timestamp>,
}

#[derive(Debug, Default, Deserialize)]
#[serde(rename_all = "PascalCase", default)]
struct BinnedSaid {
    snapshot_id: String,
    description: String,
    volume_id: Option<String>,
    recycle_bin_enter_time: Option<Timestamp>,
    recycle_bin_exit_time: Option<Timestamp>,
}

/// The ARN of something of this account in this Region.
pub(super) fn own(reader: &Reader, service: &str, rest: &str) -> Arn {
    let region = reader.region();
    let account = reader.source().account().map_or("", |id| id.as_str());
    let partition = partition(&region);
    let rest = cleaned(rest);
    format!("arn:{partition}:{service}:{region}:{account}:{rest}").into()
}

/// The ARN of an image: it names no account.
// https://docs.aws.amazon.com/service-authorization/latest/reference/list_amazonec2.html
pub(super) fn image_arn(region: &Region, id: &str) -> Arn {
    let partition = partition(region);
    format!("arn:{partition}:ec2:{region}::image/{id}").into()
}

/// The partition of AWS that a Region lies in.
// https://docs.aws.amazon.com/IAM/latest/UserGuide/reference-arns.html
pub(super) fn partition(region: &str) -> &'static str {
    match region.split('-').next() {
        Some("cn") => "aws-cn",
        Some("us") if region.starts_with("us-gov-") => "aws-us-gov",
        _ => "aws",
    }
}

/// The EBS volumes of a Region.
pub(super) async fn volumes(reader: &Reader) -> Look {
    let doing = "list the EBS volumes";
    let input = json!({ "MaxResults": VOLUMES });
    let ec2 = reader.modeled("ec2")?;
    let listed = ec2.list(doing, "DescribeVolumes", input, |page| {
        let page: Page = into(doing, page)?;
        let volumes = page.volumes.into_iter();
        Ok(volumes.map(|said| volume(reader, said)).collect())
    });
    let listed = listed.await?;
    Ok(Seen::parts(listed.items, listed.partial))
}

fn volume(reader: &Reader, said: VolumeSaid) -> Volume {
    let named = format!("volume/{}", said.volume_id);
    let attached = said.attachments.iter();
    Volume {
        arn: said.volume_arn.map_or_else(
            || own(reader, "ec2", &named),
            |arn| Arn::new(cleaned(&arn)),
        ),
        state: cleaned(&said.state),
        attached: attached.map(|to| cleaned(&to.instance_id)).collect(),
        zone: cleaned(&said.availability_zone),
        gib: said.size,
        encrypted: said.encrypted,
        key: said.kms_key_id.map(|key| Arn::new(cleaned(&key))),
        tags: by_key(said.tags),
    }
}

/// The EC2 instances of a Region.
pub(super) async fn hosts(reader: &Reader) -> Look {
    let doing = "list the EC2 instances";
    let input = json!({ "MaxResults": PAGE });
    let ec2 = reader.modeled("ec2")?;
    let listed = ec2.list(doing, "DescribeInstances", input, |page| {
        let page: Page = into(doing, page)?;
        let all = page.reservations.into_iter().flat_map(|r| r.instances);
        Ok(all.map(|said| host(reader, said)).collect())
    });
    let listed = listed.await?;
    Ok(Seen::parts(listed.items, listed.partial))
}

fn host(reader: &Reader, said: InstanceSaid) -> Host {
    let volumes = said.block_device_mappings.into_iter();
    let volumes: Vec<(String, String)> = volumes
        .filter_map(|mapping| {
            let volume = mapping.ebs?.volume_id?;
            Some((cleaned(&mapping.device_name), cleaned(&volume)))
        })
        .collect();
    let root = volumes.iter().find(|(at, _)| *at == said.root_device_name);
    Host {
        arn: own(reader, "ec2", &format!("instance/{}", said.instance_id)),
        state: cleaned(&said.state.name),
        class: cleaned(&said.instance_type),
        zone: cleaned(&said.placement.availability_zone),
        image: cleaned(&said.image_id),
        root: root.map(|(_, volume)| volume.clone()),
        volumes,
        tags: by_key(said.tags),
    }
}

/// The images that the account owns in a Region, deprecated and disabled
/// ones among them: those can still be restored from.
pub(super) async fn images(reader: &Reader) -> Look {
    let doing = "list the images";
    let input = json!({
        "Owners": ["self"],
        "IncludeDeprecated": true,
        "IncludeDisabled": true,
        "MaxResults": PAGE,
    });
    let ec2 = reader.modeled("ec2")?;
    let listed = ec2.list(doing, "DescribeImages", input, |page| {
        let page: Page = into(doing, page)?;
        Ok(page.images.into_iter().map(|said| image(reader, said)).collect())
    });
    let listed = listed.await?;
    Ok(Seen::parts(listed.items, listed.partial))
}

fn image(reader: &Reader, said: ImageSaid) -> Image {
    let region = reader.region();
    let id = cleaned(&said.image_id);
    let snapshots = said.block_device_mappings.into_iter();
    Image {
        arn: image_arn(&region, &id),
        name: cleaned(&said.name),
        state: cleaned(&said.state),
        // A text of the form 2013-12-24T20:00:00.000Z (API reference).
        created: said.creation_date.parse().ok(),
        // Of one made from an instance the source image is what that was
        // started from (API reference, `Image`).
        copy_of: said
            .source_image_id
            .zip(said.source_image_region)
            .filter(|_| said.source_instance_id.is_none())
            .map(|(id, region)| (cleaned(&id), cleaned(&region))),
        instance: said.source_instance_id.map(|id| cleaned(&id)),
        snapshots: snapshots
            .filter_map(|mapping| mapping.ebs?.snapshot_id)
            .map(|id| cleaned(&id))
            .collect(),
    }
}

/// What lies in the Recycle Bin of a Region. One of the two lists that
/// cannot be read makes the answer partial.
pub(super) async fn recycle_bin(reader: &Reader) -> Look {
    let ec2 = reader.modeled("ec2")?;
    let input = || json!({ "MaxResults": PAGE });
    let doing = "list the snapshots in the Recycle Bin";
    let operation = "ListSnapshotsInRecycleBin";
    let binned = |page: Value| -> Result<Vec<Binned>, Failure> {
        let page: Page = into(doing, page)?;
        Ok(page.snapshots.into_iter().map(snapshot_binned).collect())
    };
    let snapshots = ec2.list(doing, operation, input(), binned).await;
    let doing = "list the images in the Recycle Bin";
    let operation = "ListImagesInRecycleBin";
    let binned = |page: Value| -> Result<Vec<Binned>, Failure> {
        let page: Page = into(doing, page)?;
        Ok(page.images.into_iter().map(image_binned).collect())
    };
    let images = ec2.list(doing, operation, input(), binned).await;
    let mut all = Vec::new();
    let mut reasons = Vec::new();
    let mut failed = Vec::new();
    for listed in [snapshots, images] {
        match listed {
            Ok(pages) => {
                all.extend(pages.items);
                reasons.extend(pages.partial);
            }
            Err(failure) => {
                reasons.push(failure.to_string());
                failed.push(failure);
            }
        }
    }
    if failed.len() == 2
        && let Some(failure) = failed.pop()
    {
        return Err(failure);
    }
    Ok(Seen::parts(all, joined(&reasons)))
}

fn snapshot_binned(said: BinnedSaid) -> Binned {
    Binned {
        id: cleaned(&said.snapshot_id),
        about: cleaned(&said.description),
        volume: said.volume_id.map(|id| cleaned(&id)),
        entered: said.recycle_bin_enter_time,
        leaves: said.recycle_bin_exit_time,
    }
}

fn image_binned(said: ImageSaid) -> Binned {
    let about = [said.name, said.description];
    let about = about.iter().find(|text| !text.is_empty());
    Binned {
        id: cleaned(&said.image_id),
        about: about.map(|text| cleaned(text)).unwrap_or_default(),
        volume: None,
        entered: said.recycle_bin_enter_time,
        leaves: said.recycle_bin_exit_time,
    }
}
