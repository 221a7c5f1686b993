//! Savings: what cold storage and an end of keeping would take off the bill.

use std::collections::{BTreeMap, HashMap};

use jiff::SignedDuration;
use serde::Serialize;

use super::holding::Holding;
use super::{NO_TIER, Sum};
use crate::estate::price::{Class, Prices, Usd};

/// A younger point is left warm: it may be needed fast.
pub const COLD_AFTER: SignedDuration = SignedDuration::from_hours(24 * 90);

/// What goes to cold storage is paid for so long at least.
// https://aws.amazon.com/backup/pricing/
pub const COLD_STAYS: SignedDuration = SignedDuration::from_hours(24 * 90);

/// A way to pay less.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum Way {
    /// Move points older than 90 days that stay 90 days more to cold
    /// storage.
    Cold,
    /// Delete points that are older than their tier needs them.
    Delete,
}

impl Way {
    /// It in few words.
    pub fn words(self) -> &'static str {
        match self {
            Way::Cold => "older than 90 days to cold storage",
            Way::Delete => "older than the tier needs, deleted",
        }
    }
}

/// What one way would save a month.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Saving {
    /// How.
    pub way: Way,
    /// What of: a storage class, or a tier.
    pub of: String,
    /// The points that it is about. Their amounts are what would be saved:
    /// with increments that other points share perhaps nothing.
    pub sum: Sum,
}

/// What could be saved, the most first. What lies in a locked vault and the
/// newest point of a resource in a Region stay.
pub(super) fn savings(
    holdings: &[Holding],
    tiers: &HashMap<&str, &str>,
    prices: &Prices,
) -> Vec<Saving> {
    let mut all: BTreeMap<(Way, &str), Sum> = BTreeMap::new();
    for holding in holdings {
        let Holding { class, region, resource, .. } = holding;
        let class = class.as_ref().copied();
        if holding.beyond.points > 0 {
            let tier = tiers.get(resource.as_str()).copied();
            let of = (Way::Delete, tier.unwrap_or(NO_TIER));
            let beyond = Sum::of(&holding.beyond, class, region, prices);
            all.entry(of).or_default().take(unshared(beyond, class));
        }
        let colder = class.and_then(|class| Some((class, class.colder()?)));
        if let Some((class, colder)) = colder
            && holding.cold.points > 0
        {
            let of =
                |class| Sum::of(&holding.cold, Some(class), region, prices);
            let (warm, cold) = (of(class), of(colder));
            let saved = match cold.without_price {
                0 => Usd(warm.high.0 - cold.high.0),
                _ => Usd(0),
            };
            let without_price = warm.without_price.max(cold.without_price);
            let sum = Sum { low: saved, high: saved, without_price, ..warm };
            let entry = all.entry((Way::Cold, class.name())).or_default();
            entry.take(unshared(sum, Some(class)));
        }
    }
    let all = all.into_iter();
    let mut savings: Vec<Saving> = all
        .map(|((way, of), sum)| Saving { way, of: of.to_owned(), sum })
        .collect();
    savings.sort_by_key(|saving| -saving.sum.high.0);
    savings
}

/// Of increments nothing may be saved: a later point may need the same
/// blocks.
fn unshared(sum: Sum, class: Option<Class>) -> Sum {
    let shares = class.is_some_and(Class::is_incremental);
    Sum { low: if shares { Usd(0) } else { sum.low }, ..sum }
}
