//! Checks of EBS volumes, their snapshots, images and the Recycle Bin.

use std::collections::{BTreeMap, HashSet};

use jiff::SignedDuration;

use super::{Check, Mistake, Scene, Severity};
use crate::estate::ids::{Account, Arn, Region};
use crate::estate::part::ec2::Binned;
use crate::estate::part::{Kind, Told};
use crate::estate::price::Class;
use crate::estate::resource::{Origin, PointStatus, RecoveryPoint};
use crate::estate::span::Span;
use crate::estate::{Estate, Found, Placed, Source, What};

/// A younger snapshot may be somebody's work of these days.
const OLD: SignedDuration = SignedDuration::from_hours(24 * 30);

pub(super) const CHECKS: &[Check] = &[
    Check {
        code: "image-broken",
        severity: Severity::Bad,
        system: "EC2",
        doc: "Images of which a snapshot is gone",
        fix: "Nothing starts from it: make the image anew, deregister it.",
        rests_on: &["ec2/images", "ec2/snapshots", "backup/points"],
        find: image_broken,
    },
    Check {
        code: "ebs-unencrypted",
        severity: Severity::Warn,
        system: "EBS",
        doc: "Volumes that are not encrypted",
        fix: "Copy a snapshot of it with a key and replace the volume.",
        rests_on: &["ec2/volumes"],
        find: unencrypted,
    },
    Check {
        code: "ebs-orphans",
        severity: Severity::Warn,
        system: "EBS",
        doc: "Old snapshots without tags whose volumes are gone",
        fix: "Tag those that are wanted; let the others go.",
        rests_on: &[
            "ec2/snapshots",
            "ec2/volumes",
            "ec2/images",
            "tagging/resources",
        ],
        find: orphans,
    },
    Check {
        code: "recycle-bin",
        severity: Severity::Warn,
        system: "EBS",
        doc: "Snapshots and images that were deleted and can be taken back",
        fix: "If that was not meant, restore it before it is gone for good.",
        rests_on: &["ec2/recycle-bin"],
        find: recycle_bin,
    },
];

fn unencrypted(scene: &Scene<'_>) -> Vec<Mistake> {
    let bare = scene.estate.volumes();
    let bare = bare.filter(|volume| volume.item.encrypted == Some(false));
    bare.map(|placed| {
        let volume = placed.item;
        let what = format!(
            "volume {} in {} is not encrypted",
            volume.name(),
            placed.region
        );
        Mistake::of(&volume.arn, what).seen_at(&placed)
    })
    .collect()
}

/// The list of snapshots of a place, of one service; sorted by ARN.
fn snapshots<'a>(
    estate: &'a Estate,
    account: &Account,
    region: &Region,
    what: What,
) -> Option<&'a [RecoveryPoint]> {
    match estate.found(&Source::aws(account, region, what))? {
        Found::Points(points) => Some(points),
        _ => None,
    }
}

fn image_broken(scene: &Scene<'_>) -> Vec<Mistake> {
    let broken = scene.estate.images().filter_map(|placed| {
        let Placed { account, region, item } = placed;
        let of = |what| snapshots(scene.estate, account, region, what);
        let own = of(What::VolumeSnapshots)?;
        let backups = of(What::Points)?;
        let image = item.arn.as_str();
        let (place, _) = image.split_once("image/")?;
        let gone = item.snapshots.iter().find(|id| {
            let arn = format!("{place}snapshot/{id}");
            let lacks = |list: &[RecoveryPoint]| {
                list.binary_search_by(|p| p.arn().as_str().cmp(&arn)).is_err()
            };
            lacks(own) && lacks(backups)
        })?;
        let what = format!(
            "image {} in {region} lacks its snapshot {gone}",
            item.name()
        );
        Some(Mistake::of(&item.arn, what).seen_at(&placed))
    });
    broken.collect()
}

fn orphans(scene: &Scene<'_>) -> Vec<Mistake> {
    let estate = scene.estate;
    let volumes: HashSet<&Arn> =
        estate.volumes().map(|volume| &volume.item.arn).collect();
    let tagged: HashSet<&str> = estate
        .tagged()
        .map(|tagged| tagged.item.arn.tail())
        .filter(|id| id.starts_with("snap-"))
        .collect();
    let in_images: HashSet<&str> = estate
        .images()
        .flat_map(|image| image.item.snapshots.iter().map(String::as_str))
        .collect();
    let mut mistakes = Vec::new();
    for (source, _) in estate.sources() {
        let Source::Aws { account, region, what } = source else { continue };
        if *what != What::VolumeSnapshots {
            continue;
        }
        let kind = What::Parts(Kind::Volume);
        let known = Source::aws(account, region, kind);
        let list = snapshots(estate, account, region, what.clone());
        let (Some(_), Some(list)) = (estate.found(&known), list) else {
            continue;
        };
        let left = list.iter().filter(|point| {
            let id = point.arn().tail();
            let old = |made| scene.now.duration_since(made) > OLD;
            point.origin() == Origin::Snapshot
                && point.status() == PointStatus::Usable
                && point.created().is_some_and(old)
                && !volumes.contains(point.resource())
                && !tagged.contains(id)
                && !in_images.contains(id)
        });
        let left: Vec<&RecoveryPoint> = left.collect();
        mistakes.extend(left_over(scene, &left, (account, region)));
    }
    mistakes
}

/// What is left over in one place, with what it costs.
fn left_over(
    scene: &Scene<'_>,
    left: &[&RecoveryPoint],
    (account, region): (&Account, &Region),
) -> Option<Mistake> {
    let first = left.first()?;
    let bytes: i64 = left.iter().filter_map(|point| point.bytes()).sum();
    let count = left.len();
    let noun = if count == 1 { "snapshot" } else { "snapshots" };
    let cost = scene.prices.cost(Class::EbsSnapshot, region, bytes);
    let cost = cost.map_or_else(
        || "cost unknown".to_owned(),
        |cost| format!("up to {cost} a month (estimate)"),
    );
    let what = format!(
        "{count} old {noun} in {region} of volumes that are gone, {cost}, \
         such as {}",
        first.arn().tail()
    );
    let place = Some((account.clone(), region.clone()));
    Some(Mistake { place, ..Mistake::of_estate(what) })
}

fn recycle_bin(scene: &Scene<'_>) -> Vec<Mistake> {
    let mut places: BTreeMap<_, Vec<&Binned>> = BTreeMap::new();
    for placed in scene.estate.binned() {
        let place = (placed.account.clone(), placed.region.clone());
        places.entry(place).or_default().push(placed.item);
    }
    let mistakes = places.into_iter().map(|(place, binned)| {
        let next = binned.iter().filter_map(|b| Some((b.leaves?, &b.id)));
        let next = next.min().map_or_else(String::new, |(at, id)| {
            let left = Span(at.duration_since(scene.now));
            format!("; {id} is gone for good in {left}")
        });
        let count = binned.len();
        let are = if count == 1 { "thing lies" } else { "things lie" };
        let what =
            format!("{count} {are} in the Recycle Bin of {}{next}", place.1);
        Mistake { place: Some(place), ..Mistake::of_estate(what) }
    });
    mistakes.collect()
}
