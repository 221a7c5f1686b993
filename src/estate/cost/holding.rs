//! Holdings: what one Region holds of one resource in one storage class.

use std::collections::HashSet;

use jiff::{SignedDuration, Timestamp};

use super::saving::{COLD_AFTER, COLD_STAYS};
use crate::estate::ids::{Account, Arn, Region, VaultName};
use crate::estate::points::Points;
use crate::estate::price::Class;
use crate::estate::resource::{PointStatus, RecoveryPoint, ResourceType};
use crate::estate::{Estate, Placed};

/// Points sent to another Region longer ago are of an earlier month.
const MONTH: SignedDuration = SignedDuration::from_hours(24 * 30);

/// Points of one resource, in one Region of one account, of one class.
#[derive(Clone, Debug)]
pub(super) struct Holding {
    pub(super) resource: Arn,
    pub(super) account: Account,
    pub(super) region: Region,
    pub(super) kind: ResourceType,
    pub(super) class: Option<Class>,
    /// Whether one of them lies in a vault of AWS Backup.
    pub(super) in_vault: bool,
    /// When the oldest of them was made.
    pub(super) oldest: Option<Timestamp>,
    pub(super) all: Tally,
    /// Those that are old enough for cold storage and stay long enough.
    pub(super) cold: Tally,
    /// Those that are older than they are needed, and may be deleted.
    pub(super) beyond: Tally,
    /// Those that came from another Region in the last 30 days.
    pub(super) sent: Tally,
}

/// Some points, counted.
#[derive(Clone, Copy, Debug, Default)]
pub(super) struct Tally {
    pub(super) points: u64,
    pub(super) without_size: u64,
    pub(super) bytes: i64,
    pub(super) largest: i64,
}

impl Tally {
    pub(super) fn count(&mut self, size: Option<i64>) {
        self.points += 1;
        let Some(size) = size else {
            self.without_size += 1;
            return;
        };
        self.bytes = self.bytes.saturating_add(size);
        self.largest = self.largest.max(size);
    }
}

/// A point, and the greatest size that any service tells of it.
struct Sized<'a> {
    placed: Placed<'a, RecoveryPoint>,
    size: Option<i64>,
}

/// Every holding of an estate. `keep` tells how long the points of a
/// resource are needed.
pub(super) fn holdings(
    estate: &Estate,
    points: &Points,
    keep: impl Fn(&str) -> SignedDuration,
    now: Timestamp,
) -> Vec<Holding> {
    let locked: HashSet<(&Account, &Region, &VaultName)> = estate
        .vaults()
        .filter(|vault| vault.item.locked)
        .map(|vault| (vault.account, vault.region, &vault.item.name))
        .collect();
    let mut resources: Vec<&Arn> = points.resources().collect();
    resources.sort_unstable();
    resources.dedup();
    let mut all = Vec::new();
    for resource in resources {
        let ages = Ages { now, keep: keep(resource), locked: &locked };
        all.extend(of(resource, &sized(points, resource), &ages));
    }
    all
}

/// The points of a resource, each once, those of one place side by side.
/// What EC2's own images cost is paid for their snapshots, which stand
/// beside them.
// https://docs.aws.amazon.com/AWSEC2/latest/UserGuide/AMIs.html
fn sized<'a>(points: &'a Points, resource: &Arn) -> Vec<Sized<'a>> {
    let mut told: Vec<_> = points.told_of(resource).collect();
    let key = |placed: &Placed<'a, RecoveryPoint>| {
        (placed.account, placed.region, placed.item.arn())
    };
    told.sort_by(|a, b| key(a).cmp(&key(b)));
    let same = told.chunk_by(|a, b| key(a) == key(b));
    same.filter_map(|twins| {
        let size = twins.iter().filter_map(|p| size(p.item)).max();
        Some(Sized { placed: *twins.first()?, size })
    })
    .filter(|Sized { placed, .. }| {
        let point = placed.item;
        let image =
            point.kind() == ResourceType::Ec2 && point.vault().is_none();
        !image && point.status() != PointStatus::Creating
    })
    .collect()
}

/// The size of a point, as far as what is told means one.
pub(super) fn size(point: &RecoveryPoint) -> Option<i64> {
    let told = point.bytes()?;
    let means = match point.kind() {
        ResourceType::Rds
        | ResourceType::Aurora
        | ResourceType::Fsx
        | ResourceType::Other => told > 0,
        _ => true,
    };
    means.then_some(told)
}

/// What hangs on the age of a point.
struct Ages<'a> {
    now: Timestamp,
    keep: SignedDuration,
    locked: &'a HashSet<(&'a Account, &'a Region, &'a VaultName)>,
}

impl Ages<'_> {
    fn age(&self, point: &RecoveryPoint) -> Option<SignedDuration> {
        Some(self.now.duration_since(point.created()?))
    }

    fn is_locked(&self, placed: &Placed<'_, RecoveryPoint>) -> bool {
        placed.item.vault().is_some_and(|vault| {
            self.locked.contains(&(placed.account, placed.region, vault))
        })
    }

    /// Whether cold storage would be cheaper to the end of its life.
    fn fits_cold(&self, point: &RecoveryPoint) -> bool {
        let stays = |at: Timestamp| at.duration_since(self.now) >= COLD_STAYS;
        self.age(point).is_some_and(|age| age > COLD_AFTER)
            && point.expires().is_none_or(stays)
    }

    /// Whether it was copied from another Region in the last 30 days.
    fn is_sent(&self, placed: &Placed<'_, RecoveryPoint>) -> bool {
        let from = placed.item.resource().region();
        placed.item.is_copy()
            && from.is_some_and(|from| from != *placed.region)
            && self.age(placed.item).is_some_and(|age| age <= MONTH)
    }
}

fn of(resource: &Arn, points: &[Sized<'_>], ages: &Ages<'_>) -> Vec<Holding> {
    let mut holdings: Vec<Holding> = Vec::new();
    let together = |a: &Sized<'_>, b: &Sized<'_>| {
        let (a, b) = (a.placed, b.placed);
        (a.account, a.region) == (b.account, b.region)
    };
    for here in points.chunk_by(together) {
        let made = here.iter().map(|point| point.placed.item.created());
        let newest = made.max().flatten();
        let from = holdings.len();
        for Sized { placed, size } in here {
            let point = placed.item;
            let class = class(point);
            let held = holdings[from..].iter().position(|h| h.class == class);
            let at = held.map_or(holdings.len(), |held| from + held);
            if held.is_none() {
                holdings.push(Holding::new(resource, placed, class));
            }
            let holding = &mut holdings[at];
            let made = point.created();
            holding.oldest =
                [holding.oldest, made].into_iter().flatten().min();
            holding.in_vault |= point.vault().is_some();
            holding.all.count(*size);
            let past = ages.age(point).is_some_and(|age| age > ages.keep);
            let last = point.created() == newest;
            if past && !last && !ages.is_locked(placed) {
                holding.beyond.count(*size);
            } else if ages.fits_cold(point) && !last {
                holding.cold.count(*size);
            }
            if ages.is_sent(placed) {
                holding.sent.count(*size);
            }
        }
    }
    holdings
}

impl Holding {
    fn new(
        resource: &Arn,
        placed: &Placed<'_, RecoveryPoint>,
        class: Option<Class>,
    ) -> Self {
        let none = Tally::default();
        Holding {
            resource: resource.clone(),
            account: placed.account.clone(),
            region: placed.region.clone(),
            kind: placed.item.kind(),
            class,
            in_vault: false,
            oldest: None,
            all: none,
            cold: none,
            beyond: none,
            sent: none,
        }
    }
}

/// What is paid for a point; none for types that have no price here.
pub(super) fn class(point: &RecoveryPoint) -> Option<Class> {
    Some(match (point.kind(), point.cold()) {
        (ResourceType::Ebs | ResourceType::Ec2, false) => Class::EbsSnapshot,
        (ResourceType::Ebs | ResourceType::Ec2, true) => Class::EbsArchive,
        (ResourceType::Rds, _) => Class::RdsSnapshot,
        (ResourceType::Aurora, _) => Class::AuroraSnapshot,
        (ResourceType::Efs, false) => Class::EfsWarm,
        (ResourceType::Efs, true) => Class::EfsCold,
        (ResourceType::Fsx, _) => Class::FsxBackup,
        (ResourceType::DynamoDb, false) => Class::DynamoWarm,
        (ResourceType::DynamoDb, true) => Class::DynamoCold,
        (ResourceType::S3, _) => Class::S3Backup,
        (ResourceType::Other, _) => return None,
    })
}
