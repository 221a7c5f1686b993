//! What Amazon EC2 tells of EBS snapshots, and how old their data are.

use std::collections::HashMap;
use std::sync::Arc;

use jiff::Timestamp;
use serde::Deserialize;
use serde_json::json;

use super::ec2::{PAGE, own, partition};
use super::intern::Names;
use super::kms::key_arn;
use super::modeled::into;
use super::origins::Original;
use super::pages::joined;
use super::{Look, Reader, Seen};
use crate::estate::ids::{Arn, Region};
use crate::estate::recovery_point::Fields;
use crate::estate::resource::{
    Origin, PointStatus, RecoveryPoint, ResourceType,
};
use crate::estate::{Found, Source, What};
use crate::failure::cleaned;

/// What AWS Backup writes into the description of the snapshots it makes.
const BY_BACKUP: &str = "created by the AWS Backup service";

#[derive(Debug, Default, Deserialize)]
#[serde(rename_all = "PascalCase", default)]
struct Listed {
    snapshots: Vec<Snapshot>,
}

#[derive(Clone, Debug, Default, Deserialize)]
#[serde(rename_all = "PascalCase", default)]
struct Snapshot {
    snapshot_id: String,
    volume_id: String,
    state: String,
    start_time: Option<Timestamp>,
    description: String,
    volume_size: Option<i64>,
    full_snapshot_size_in_bytes: Option<i64>,
    storage_tier: String,
    encrypted: Option<bool>,
    kms_key_id: Option<String>,
    /// Told of copies only.
    transfer_type: Option<String>,
}

/// A snapshot of a list, and what it was copied from.
#[derive(Debug)]
struct Read {
    point: Fields,
    of: Option<Arn>,
    by_backup: bool,
}

/// The EBS snapshots that the account owns in a Region, without those that
/// AWS Backup made: it lists them itself, with their retention.
///
/// `StartTime` of a snapshot is when it was begun, and it holds no write
/// after that; `StartTime` of a copy is when the copy was begun, and its
/// `VolumeId` is an arbitrary one (Amazon EC2 API reference, `Snapshot` and
/// `CopySnapshot`). So a copy is traced to its original, which the
/// description names that EC2 gives it; one with another description has
/// `TransferType`, which only copies have, and no data time.
pub(super) async fn snapshots(reader: &Reader) -> Look {
    let doing = "list the EBS snapshots";
    let input = json!({ "OwnerIds": ["self"], "MaxResults": PAGE });
    let ec2 = reader.modeled("ec2")?;
    let region = reader.region();
    let listed = ec2.list(doing, "DescribeSnapshots", input, |page| {
        let page: Listed = into(doing, page)?;
        let snapshots = page.snapshots.into_iter();
        Ok(snapshots
            .map(|said| {
                let volume = format!("volume/{}", said.volume_id);
                read(said, &region, own(reader, "ec2", &volume))
            })
            .collect())
    });
    let listed = listed.await?;
    let mut reasons: Vec<String> = listed.partial.into_iter().collect();
    let points = settled(reader, listed.items, &mut reasons);
    Ok(Seen { found: Found::Points(points), partial: joined(&reasons) })
}

fn settled(
    reader: &Reader,
    read: Vec<Read>,
    reasons: &mut Vec<String>,
) -> Arc<[RecoveryPoint]> {
    let origins = reader.session().origins();
    let whole = reasons.is_empty();
    let links: HashMap<Arn, Arn> = read
        .iter()
        .filter_map(|read| Some((read.point.arn.clone(), read.of.clone()?)))
        .collect();
    origins.link(reader.source(), links, whole);
    let names = Names::default();
    let mut early = 0;
    let mut points = Vec::with_capacity(read.len());
    for Read { mut point, of, by_backup } in read {
        if by_backup {
            continue;
        }
        if let Some(of) = of {
            let list = of.region().zip(reader.source().account());
            let list = list.map(|(region, account)| {
                Source::aws(account, &region, What::VolumeSnapshots)
            });
            match origins.original(&of, list.as_ref()) {
                Original::Of(resource) => point.resource = resource,
                Original::NotListed => early += 1,
                Original::Gone => {}
            }
        }
        points.push(names.point(point));
    }
    let points = origins.settle(reader.source(), points, whole);
    if early > 0 {
        reasons.push(format!(
            "{early} copies are of snapshots in Regions not listed yet"
        ));
    }
    points
}

fn read(said: Snapshot, region: &Region, volume: Arn) -> Read {
    let description = cleaned(&said.description);
    let of = original(&description);
    let copy = of.is_some()
        || said.transfer_type.is_some()
        || said.volume_id == "vol-ffffffff";
    let bytes = said.full_snapshot_size_in_bytes;
    let id = cleaned(&said.snapshot_id);
    Read {
        by_backup: description.contains(BY_BACKUP),
        point: Fields {
            arn: snapshot_arn(region, &id),
            // Of a copy the volume is found out from its original.
            resource: if copy { Arn::new("") } else { volume },
            kind: ResourceType::Ebs,
            vault: None,
            origin: if copy { Origin::SnapshotCopy } else { Origin::Snapshot },
            status: status(&said.state),
            data_time: if copy { None } else { said.start_time },
            created: said.start_time,
            bytes: bytes.or(said.volume_size.map(|gib| gib << 30)),
            encrypted: said.encrypted.unwrap_or(false),
            cold: said.storage_tier == "archive",
            key: said.kms_key_id.as_deref().and_then(key_arn),
            expires: None,
        },
        of,
    }
}

/// The ARN of a snapshot: it names no account.
// https://docs.aws.amazon.com/service-authorization/latest/reference/list_amazonec2.html
fn snapshot_arn(region: &str, id: &str) -> Arn {
    let partition = partition(region);
    format!("arn:{partition}:ec2:{region}::snapshot/{id}").into()
}

/// The snapshot that a copy was made of, from the description that EC2 gives
/// a copy unless one is given: `[Copied snap-1a2b from eu-west-1] ...`.
// https://docs.aws.amazon.com/ebs/latest/userguide/ebs-copy-snapshot.html
fn original(description: &str) -> Option<Arn> {
    let rest = description.strip_prefix("[Copied snap-")?;
    let (named, _) = rest.split_once(']')?;
    let (id, region) = named.split_once(" from ")?;
    Some(snapshot_arn(region.trim(), &format!("snap-{}", id.trim())))
}

fn status(state: &str) -> PointStatus {
    match state {
        "completed" => PointStatus::Usable,
        "pending" => PointStatus::Creating,
        "error" | "recoverable" | "recovering" => PointStatus::Unusable,
        _ => PointStatus::Unknown,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn west() -> Region {
        Region::new("eu-west-1")
    }

    fn volume() -> Arn {
        Arn::new("arn:aws:ec2:eu-west-1:111122223333:volume/vol-1")
    }

    fn said(description: &str) -> Snapshot {
        Snapshot {
            snapshot_id: "snap-9".into(),
            volume_id: "vol-1".into(),
            state: "completed".into(),
            start_time: Timestamp::from_second(900).ok(),
            description: description.into(),
            ..Snapshot::default()
        }
    }

    #[test]
    fn a_snapshot_holds_the_data_up_to_its_start_time() {
        let read = read(said("nightly"), &west(), volume());
        assert_eq!(read.point.data_time, Timestamp::from_second(900).ok());
        assert_eq!(read.point.resource, volume());
        assert_eq!(&*read.point.arn, "arn:aws:ec2:eu-west-1::snapshot/snap-9");
        assert_eq!(read.of, None);
    }

    #[test]
    fn the_start_time_of_a_copy_is_not_its_data_time() {
        let about = "[Copied snap-1 from us-west-2] nightly";
        let copy = read(said(about), &west(), volume());
        assert_eq!(copy.point.data_time, None);
        assert_eq!(copy.point.created, Timestamp::from_second(900).ok());
        let of = "arn:aws:ec2:us-west-2::snapshot/snap-1";
        assert_eq!(copy.of, Some(of.into()));
        assert_eq!(copy.point.resource, Arn::new(""));

        let mut renamed = said("a copy with words of its own");
        renamed.volume_id = "vol-ffffffff".into();
        let copy = read(renamed, &west(), volume());
        assert_eq!((copy.point.data_time, copy.of), (None, None));
        let mut transferred = said("a copy with words of its own");
        transferred.transfer_type = Some("standard".into());
        let copy = read(transferred, &west(), volume());
        assert_eq!(copy.point.origin, Origin::SnapshotCopy);
        assert_eq!(copy.point.data_time, None);
    }

    #[test]
    fn what_aws_backup_made_is_left_to_its_own_list() {
        let about = "This snapshot is created by the AWS Backup service.";
        assert!(read(said(about), &west(), volume()).by_backup);
        let copy = format!("[Copied snap-1 from us-west-2] {about}");
        let copy = read(said(&copy), &west(), volume());
        assert!(copy.by_backup && copy.of.is_some());
    }
}
