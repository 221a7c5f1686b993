//! Cost: what the recovery points cost a month, and what of it is not needed.
//!
//! It is an estimate between two bounds. AWS bills most snapshots by what
//! changed since the one before, and tells no such figure: the lower bound
//! takes the largest point of each resource in each Region once, the upper
//! one takes every point whole.
//!
//! What the size of a point means differs by type (AWS Backup API reference,
//! `BackupJob.BackupSizeInBytes`): of EBS and EC2 it is the size of the
//! volume, of EFS the bytes that one backup moved, of DynamoDB the size of
//! the backup. Of RDS it is 0, of Aurora and `FSx` it is not told: there a 0
//! is unknown. Their own services tell the whole size of a snapshot of RDS
//! and EBS, and the greater of two figures counts. A point without a size or
//! without a price is counted and costs unknown, never nothing.

mod gone;
mod holding;
mod saving;

use std::collections::{BTreeMap, HashMap};
use std::sync::Arc;

use jiff::{SignedDuration, Timestamp};
use serde::Serialize;

use super::ids::{Arn, Region};
use super::points::Points;
use super::price::{Class, Prices, Usd};
use super::resource::ResourceType;
use super::subject::Subject;
use super::{Estate, What};
use holding::{Holding, Tally, holdings};

pub use gone::{DRILL_TAG, Leftover, Orphan, hourly_usd};
pub use saving::{COLD_AFTER, COLD_STAYS, Saving, Way};

/// What an estimate leaves out, in sentences.
pub const CAVEATS: [&str; 4] = [
    "The lower bound counts the largest point of each resource and Region \
     once, the upper one every point whole: AWS bills changes, and does not \
     tell them.",
    "RDS and Aurora give backup storage up to the size of a Region's \
     databases for nothing; that is not taken off. Their continuous backups \
     tell no size and are not in it.",
    "The size of an EBS or EC2 point is the size of its volume, unless EC2 \
     tells what the snapshot holds.",
    "Taxes, discounts, requests and restores are not in it.",
];

/// How recovery points are priced, and how long they are needed.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Bill {
    /// The price table.
    pub prices: Arc<Prices>,
    /// How long points are needed, by the name of the tier.
    pub keep: BTreeMap<String, SignedDuration>,
}

/// How long points are needed where nobody says it.
pub const KEEP: SignedDuration = SignedDuration::from_hours(24 * 365);

impl Default for Bill {
    fn default() -> Self {
        let prices = Arc::clone(Prices::shipped());
        Bill { prices, keep: BTreeMap::new() }
    }
}

impl Bill {
    /// How long points of a tier are needed; none is what has no tier.
    pub fn keep(&self, tier: Option<&str>) -> SignedDuration {
        let said = tier.and_then(|tier| self.keep.get(tier));
        said.copied().unwrap_or(KEEP)
    }
}

/// What some points cost a month.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize)]
pub struct Sum {
    /// How many there are.
    pub points: u64,
    /// How many of them have no size that is known.
    pub without_size: u64,
    /// How many of them have a size but no price.
    pub without_price: u64,
    /// The bytes that they hold, each whole, of those with a size.
    pub bytes: i64,
    /// What those with size and price cost at least, by this estimate.
    pub low: Usd,
    /// What they cost at most.
    pub high: Usd,
}

impl Sum {
    /// Points whose cost is not known.
    pub fn unknown(&self) -> u64 {
        self.without_size + self.without_price
    }

    /// Whether there is a point, and the cost of none is known.
    pub fn is_unknown(&self) -> bool {
        self.points > 0 && self.unknown() == self.points
    }

    /// The amount for people: `$12`, `$12 to $340`, `unknown`.
    pub fn words(&self) -> String {
        let Sum { low, high, .. } = self;
        if self.is_unknown() {
            return "unknown".to_owned();
        }
        let amount = if low.to_string() == high.to_string() {
            high.to_string()
        } else {
            format!("{low} to {high}")
        };
        match self.unknown() {
            0 => amount,
            unknown => format!("{amount} + {unknown} unknown"),
        }
    }

    fn take(&mut self, other: Sum) {
        self.points += other.points;
        self.without_size += other.without_size;
        self.without_price += other.without_price;
        self.bytes = self.bytes.saturating_add(other.bytes);
        self.low += other.low;
        self.high += other.high;
    }

    /// What a tally costs in one class and Region.
    fn of(
        tally: &Tally,
        class: Option<Class>,
        region: &Region,
        prices: &Prices,
    ) -> Self {
        let Tally { points, without_size, bytes, largest } = *tally;
        let cost =
            |bytes| class.and_then(|class| prices.cost(class, region, bytes));
        let mut sum = Sum { points, without_size, bytes, ..Sum::default() };
        if let Some(high) = cost(bytes) {
            let grows = class.is_some_and(Class::is_incremental);
            let low = if grows { cost(largest) } else { None };
            (sum.low, sum.high) = (low.unwrap_or(high), high);
        } else {
            sum.without_price = points - without_size;
        }
        sum
    }
}

/// What the recovery points of an estate cost a month.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Cost {
    /// All of them.
    pub total: Sum,
    /// By tier; `none` is what has no objective.
    pub by_tier: Vec<(String, Sum)>,
    /// By the Region that they lie in.
    pub by_region: Vec<(Region, Sum)>,
    /// By storage class; none is a type without a price of its own.
    pub by_class: Vec<(Option<Class>, Sum)>,
    /// By resource, the dearest first.
    pub by_resource: Vec<(Arn, Sum)>,
    /// What the copies of the last 30 days cost to send to another Region.
    pub sent: Sum,
    /// Why the cost of points is not known, and of how many.
    pub unknown: Vec<(String, u64)>,
    /// What could be saved, the most first.
    pub savings: Vec<Saving>,
    /// Points of resources that are gone, the dearest first.
    pub orphans: Vec<Orphan>,
    /// Resources whose existence cannot be told, though points hold them.
    pub unsure: usize,
    /// Lists of points that were not told, or not whole: what they hold is
    /// not in it.
    pub missing: usize,
    /// What drills left behind.
    pub leftovers: Vec<Leftover>,
    /// The words that stand beside every amount: an estimate, and its date.
    pub label: String,
    /// The price table; none before anything was priced.
    pub prices: Option<Arc<Prices>>,
}

/// The word for what has no tier.
const NO_TIER: &str = "none";

/// The points of an estate by what is paid for them, kept until a list or a
/// tier has changed: a large estate has a million of them.
#[derive(Clone, Debug, Default)]
pub(super) struct Ledger {
    holdings: Arc<[Holding]>,
    basis: Option<Basis>,
}

#[derive(Clone, Debug)]
struct Basis {
    points: Arc<Points>,
    tiers: Vec<(Arn, Option<String>)>,
    bill: Bill,
    at: Timestamp,
}

/// Points grow old: what hangs on their age is worked out anew after this.
const STALE: SignedDuration = SignedDuration::from_hours(1);

impl Ledger {
    /// The ledger of an estate that has changed since this one was made.
    pub(super) fn next(
        &self,
        estate: &Estate,
        points: &Arc<Points>,
        subjects: &[Subject],
        bill: &Bill,
        now: Timestamp,
    ) -> Self {
        if self.basis.as_ref().is_some_and(|basis| {
            Arc::ptr_eq(&basis.points, points)
                && basis.bill == *bill
                && now.duration_since(basis.at) < STALE
                && basis.at <= now
                && basis.tiers.len() == subjects.len()
                && basis.tiers.iter().zip(subjects).all(|(had, now)| {
                    had.0 == now.arn && had.1.as_deref() == tier(now)
                })
        }) {
            return self.clone();
        }
        let tiers = tiers(subjects);
        let keep = |of: &str| bill.keep(tiers.get(of).copied());
        let told = subjects.iter();
        let told = told.map(|s| (s.arn.clone(), tier(s).map(str::to_owned)));
        Ledger {
            holdings: holdings(estate, points, keep, now).into(),
            basis: Some(Basis {
                points: Arc::clone(points),
                tiers: told.collect(),
                bill: bill.clone(),
                at: now,
            }),
        }
    }

    /// Whether another ledger is this very one.
    pub(super) fn is(&self, other: &Ledger) -> bool {
        Arc::ptr_eq(&self.holdings, &other.holdings)
    }

    /// What it all costs.
    pub(super) fn cost(
        &self,
        estate: &Estate,
        subjects: &[Subject],
        prices: &Arc<Prices>,
    ) -> Cost {
        let tiers = tiers(subjects);
        let mut cost = Cost {
            label: prices.label(),
            prices: Some(Arc::clone(prices)),
            ..Cost::default()
        };
        let mut by_tier = BTreeMap::new();
        let mut by_region = BTreeMap::new();
        let mut by_class = BTreeMap::new();
        let mut by_resource = BTreeMap::new();
        let mut unknown = BTreeMap::new();
        for holding in &*self.holdings {
            let Holding { resource, region, class, .. } = holding;
            let sum = Sum::of(&holding.all, *class, region, prices);
            let tier = tiers.get(resource.as_str()).copied();
            cost.total.take(sum);
            entry(&mut by_tier, tier.unwrap_or(NO_TIER)).take(sum);
            entry(&mut by_region, region).take(sum);
            entry(&mut by_class, *class).take(sum);
            entry(&mut by_resource, resource).take(sum);
            why(holding, sum, &mut unknown);
            if let Some(from) = resource.region() {
                let class = Some(Class::Transfer);
                let sent = Sum::of(&holding.sent, class, &from, prices);
                cost.sent.take(sent);
            }
        }
        cost.by_tier = owned(by_tier);
        cost.by_region = owned(by_region);
        cost.by_class = by_class.into_iter().collect();
        cost.by_resource = owned(by_resource);
        cost.by_resource.sort_by_key(|(_, sum)| (-sum.high.0, -sum.low.0));
        cost.unknown = unknown.into_iter().collect();
        cost.savings = saving::savings(&self.holdings, &tiers, prices);
        let gone = gone::orphans(estate, &self.holdings, prices);
        (cost.orphans, cost.unsure) = gone;
        cost.missing = missing(estate);
        cost.leftovers = gone::leftovers(estate, prices);
        cost
    }
}

/// Lists of points that were not told, or not whole.
fn missing(estate: &Estate) -> usize {
    let lists = estate.sources().filter(|(source, known)| {
        let holds = source.what().is_some_and(What::lists_points);
        holds && (known.found.is_none() || known.partial.is_some())
    });
    lists.count()
}

fn tier(subject: &Subject) -> Option<&str> {
    let objective = subject.demand.objective.as_ref();
    objective.map(|objective| objective.tier.name())
}

/// The tiers by resource, of those that have one.
fn tiers(subjects: &[Subject]) -> HashMap<&str, &str> {
    let all = subjects.iter();
    all.filter_map(|s| Some((s.arn.as_str(), tier(s)?))).collect()
}

fn entry<K: Ord>(of: &mut BTreeMap<K, Sum>, key: K) -> &mut Sum {
    of.entry(key).or_default()
}

fn owned<K, O>(of: BTreeMap<&K, Sum>) -> Vec<(O, Sum)>
where
    K: ToOwned<Owned = O> + ?Sized,
{
    of.into_iter().map(|(key, sum)| (key.to_owned(), sum)).collect()
}

/// Counts why the cost of points is not known.
fn why(holding: &Holding, sum: Sum, unknown: &mut BTreeMap<String, u64>) {
    let mut add = |why: String, points: u64| {
        if points > 0 {
            *unknown.entry(why).or_default() += points;
        }
    };
    let kind = match holding.kind {
        ResourceType::Other => "types that have no price here".to_owned(),
        kind => kind.to_string(),
    };
    add(format!("AWS tells no size: {kind}"), sum.without_size);
    let what = match &holding.class {
        Some(class) => class.name(),
        None => &kind,
    };
    let region = &holding.region;
    add(format!("no price: {what} in {region}"), sum.without_price);
}

#[cfg(test)]
mod tests;
