//! What is paid for and belongs to nothing: points of resources that are
//! gone, and what drills left behind.

use std::collections::{BTreeMap, HashMap, HashSet};

use jiff::Timestamp;
use serde::Serialize;

use super::Sum;
use super::holding::{Holding, Tally, class, size};
use crate::estate::ids::{Account, Arn, Region};
use crate::estate::presence::listed_by;
use crate::estate::price::{Class, Prices};
use crate::estate::resource::ResourceType;
use crate::estate::{Estate, Placed, Source};

/// The key of the tag that this program gives to what a drill makes; its
/// value is the drill's name.
pub const DRILL_TAG: &str = "lifeboat:drill";

/// Points of one resource that does not exist any more.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Orphan {
    /// The resource that they hold.
    pub resource: Arn,
    /// Its type.
    pub kind: ResourceType,
    /// The account that holds them.
    pub account: Account,
    /// The Regions that hold them.
    pub regions: Vec<Region>,
    /// Whether one of them lies in a vault of AWS Backup.
    pub in_vault: bool,
    /// When the oldest of them was made.
    pub oldest: Option<Timestamp>,
    /// What they cost a month.
    pub sum: Sum,
}

/// Something that a drill made and nobody deleted.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Leftover {
    /// Its ARN.
    pub arn: Arn,
    /// The account that tells of it.
    pub account: Account,
    /// The Region that it lies in.
    pub region: Region,
    /// The drill, as its tag names it.
    pub drill: String,
    /// What its storage costs a month; the hours of an instance are not in
    /// it.
    pub sum: Sum,
}

/// What exists, by the lists of those who know.
struct Living<'a> {
    arns: HashSet<&'a str>,
    /// Lists that were told whole.
    whole: HashSet<(ResourceType, &'a Account, &'a Region)>,
}

const JUDGED: [ResourceType; 7] = [
    ResourceType::Rds,
    ResourceType::Aurora,
    ResourceType::Ebs,
    ResourceType::Ec2,
    ResourceType::Efs,
    ResourceType::Fsx,
    ResourceType::DynamoDb,
];

impl<'a> Living<'a> {
    fn of(estate: &'a Estate) -> Self {
        let mut whole = HashSet::new();
        for (source, known) in estate.sources() {
            let Source::Aws { account, region, what } = source else {
                continue;
            };
            let is_whole = known.found.is_some() && known.partial.is_none();
            let kind = JUDGED.into_iter().find(|kind| {
                listed_by(*kind).as_ref().is_some_and(|look| look == what)
            });
            if let (Some(kind), true) = (kind, is_whole) {
                whole.insert((kind, account, region));
            }
        }
        let mut arns: HashSet<&str> = HashSet::new();
        arns.extend(estate.all_instances().map(|p| p.item.arn.as_str()));
        arns.extend(estate.clusters().map(|p| p.item.arn.as_str()));
        arns.extend(estate.volumes().map(|p| p.item.arn.as_str()));
        arns.extend(estate.file_systems().map(|p| p.item.arn.as_str()));
        arns.extend(estate.shares().map(|p| p.item.arn.as_str()));
        arns.extend(estate.tables().map(|p| p.item.arn.as_str()));
        let hosts = estate.hosts().filter(|p| p.item.state != "terminated");
        arns.extend(hosts.map(|p| p.item.arn.as_str()));
        Living { arns, whole }
    }

    /// Whether a resource exists; none where nobody who knows has told.
    fn has(&self, arn: &Arn, kind: ResourceType) -> Option<bool> {
        if self.arns.contains(arn.as_str()) {
            return Some(true);
        }
        // Of an `FSx` volume, say, no list here would tell.
        if ResourceType::from_arn(arn) != Some(kind) {
            return None;
        }
        let (account, region) = (arn.account()?, arn.region()?);
        let told = self.whole.contains(&(kind, &account, &region));
        told.then_some(false)
    }
}

/// Points of resources that are gone, the dearest first, and of how many
/// resources it cannot be told whether they are.
pub(super) fn orphans(
    estate: &Estate,
    holdings: &[Holding],
    prices: &Prices,
) -> (Vec<Orphan>, usize) {
    let living = Living::of(estate);
    let wanted = in_images(estate);
    let (mut orphans, mut unsure) = (Vec::new(), 0);
    for of in holdings.chunk_by(|a, b| a.resource == b.resource) {
        let Some(first) = of.first() else { continue };
        match living.has(&first.resource, first.kind) {
            Some(true) => continue,
            None => {
                unsure += 1;
                continue;
            }
            Some(false) if wanted.contains(&first.resource) => continue,
            Some(false) => {}
        }
        let mut sum = Sum::default();
        let mut regions = Vec::new();
        for holding in of {
            let Holding { all, class, region, .. } = holding;
            sum.take(Sum::of(all, *class, region, prices));
            regions.push(region.clone());
        }
        regions.sort_unstable();
        regions.dedup();
        orphans.push(Orphan {
            resource: first.resource.clone(),
            kind: first.kind,
            account: first.account.clone(),
            regions,
            in_vault: of.iter().any(|holding| holding.in_vault),
            oldest: of.iter().filter_map(|holding| holding.oldest).min(),
            sum,
        });
    }
    orphans.sort_by_key(|orphan| (-orphan.sum.high.0, orphan.oldest));
    (orphans, unsure)
}

/// Volumes of which an image of ours still needs a snapshot.
fn in_images(estate: &Estate) -> HashSet<&Arn> {
    let ids: HashSet<&str> = estate
        .images()
        .flat_map(|image| image.item.snapshots.iter().map(String::as_str))
        .collect();
    if ids.is_empty() {
        return HashSet::new();
    }
    let points = estate.points();
    let points = points.filter(|p| p.item.kind() == ResourceType::Ebs);
    points
        .filter(|p| ids.contains(p.item.arn().tail()))
        .map(|p| p.item.resource())
        .collect()
}

/// What carries the tag of a drill, the dearest first.
pub(super) fn leftovers(estate: &Estate, prices: &Prices) -> Vec<Leftover> {
    let marked = marked(estate);
    if marked.is_empty() {
        return Vec::new();
    }
    let sizes = sizes(estate, &marked);
    let leftovers = marked.into_iter().map(|(arn, mark)| {
        let (class, size) = sizes.get(arn).copied().unwrap_or_default();
        let mut tally = Tally::default();
        tally.count(size);
        Leftover {
            arn: arn.clone(),
            account: mark.account.clone(),
            region: mark.region.clone(),
            drill: mark.drill.to_owned(),
            sum: Sum::of(&tally, class, mark.region, prices),
        }
    });
    let mut leftovers: Vec<Leftover> = leftovers.collect();
    leftovers.sort_by_key(|leftover| -leftover.sum.high.0);
    leftovers
}

/// What the storage of something costs an hour, in USD; none where its size
/// or its price is not known.
pub fn hourly_usd(estate: &Estate, prices: &Prices, arn: &str) -> Option<f64> {
    /// Hours of a month, as AWS's own pages count them.
    const MONTH: f64 = 730.0;
    let arn = Arn::new(arn);
    let region = arn.region()?;
    if let Some(instance) = estate.instance_of(&arn) {
        let engine = instance.engine.split(' ').next().unwrap_or_default();
        let kind = (engine, instance.class.as_str());
        return prices.hourly(kind, &region, instance.multi_az);
    }
    let volume = estate.volumes().find(|p| p.item.arn == arn);
    let volume =
        volume.map(|p| (Class::EbsVolume, p.item.gib.checked_shl(30)));
    let table = estate.tables().find(|p| p.item.arn == arn);
    let table = table.map(|p| (Class::DynamoTable, p.item.bytes));
    let files = estate.file_systems().find(|p| p.item.arn == arn);
    let files = files.map(|p| (Class::EfsStorage, p.item.bytes));
    let (class, bytes) = volume.or(table).or(files)?;
    let mut tally = Tally::default();
    tally.count(bytes);
    let sum = Sum::of(&tally, Some(class), &region, prices);
    (sum.unknown() == 0).then(|| sum.high.dollars() / MONTH)
}

/// The tag of a drill on something, and where that lies.
struct Mark<'a> {
    drill: &'a str,
    account: &'a Account,
    region: &'a Region,
}

fn marked(estate: &Estate) -> BTreeMap<&Arn, Mark<'_>> {
    let mut marked = BTreeMap::new();
    macro_rules! look_through {
        ($($list:ident)*) => {$(
            for placed in estate.$list() {
                let Placed { account, region, item } = placed;
                if let Some(drill) = item.tags.get(DRILL_TAG) {
                    let drill = drill.as_str();
                    marked.insert(&item.arn, Mark { drill, account, region });
                }
            }
        )*};
    }
    look_through!(tagged volumes hosts all_instances clusters file_systems
        shares);
    marked
}

/// What is paid for the storage of marked things, and how much there is.
type Size = (Option<Class>, Option<i64>);

fn sizes<'a>(
    estate: &'a Estate,
    marked: &BTreeMap<&Arn, Mark<'_>>,
) -> HashMap<&'a Arn, Size> {
    let mut sizes: HashMap<&Arn, Size> = HashMap::new();
    for volume in estate.volumes() {
        let bytes = volume.item.gib.checked_shl(30);
        let size = (Some(Class::EbsVolume), bytes);
        sizes.insert(&volume.item.arn, size);
    }
    for table in estate.tables() {
        let size = (Some(Class::DynamoTable), table.item.bytes);
        sizes.insert(&table.item.arn, size);
    }
    for files in estate.file_systems() {
        let size = (Some(Class::EfsStorage), files.item.bytes);
        sizes.insert(&files.item.arn, size);
    }
    for point in estate.points() {
        let point = point.item;
        if marked.contains_key(point.arn()) {
            let size = (class(point), size(point));
            sizes.insert(point.arn(), size);
        }
    }
    sizes
}
