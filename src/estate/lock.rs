//! Locks: whether the keys that recovery points are encrypted with open
//! them.

use std::collections::HashMap;
use std::sync::Arc;

use jiff::Timestamp;

use super::ids::{Account, Arn, Region};
use super::part::kms::{Key, KeyState};
use super::part::{Kind, Part};
use super::resource::RecoveryPoint;
use super::span::Span;
use super::{Estate, Found, Known, Source, What};

/// Whether the key of a recovery point opens it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Lock {
    /// AWS names no key of it, or one that works.
    Open,
    /// Its key is known not to work; why, such as `key copies is disabled`.
    Shut(String),
    /// Whether its key works is not known; why.
    Unsure(String),
}

/// The keys that KMS told of.
#[derive(Clone, Debug, Default)]
pub(super) struct Locks {
    lists: Vec<List>,
    known: Arc<Keys>,
}

/// The keys of one Region of one account.
#[derive(Clone, Debug)]
struct List {
    account: Account,
    region: Region,
    keys: Arc<[Part]>,
    whole: bool,
}

/// What is known of all of them.
#[derive(Debug, Default)]
pub(super) struct Keys {
    by: HashMap<String, Told>,
    /// When the whole lists were asked for: a key that was in use by then
    /// and is in none of them is gone.
    whole: HashMap<Account, HashMap<Region, Timestamp>>,
}

/// What KMS said of one key, and where.
#[derive(Clone, Debug, PartialEq)]
struct Told {
    account: Account,
    region: Region,
    name: String,
    /// Whether it works; none where that was not told.
    works: Option<bool>,
    /// What is wrong with it, or why nothing was told.
    because: Option<String>,
}

impl Locks {
    /// The keys of an estate that has changed. What is known of them stays
    /// the very same value while it says the same.
    pub(super) fn next(&self, estate: &Estate) -> Self {
        let lists: Vec<List> = lists(estate)
            .map(|(source, keys, whole)| List {
                account: source.0.clone(),
                region: source.1.clone(),
                keys: Arc::clone(keys),
                whole,
            })
            .collect();
        let known = Keys::of(&lists, estate);
        let same = known.says_the_same(&self.known);
        let known =
            if same { Arc::clone(&self.known) } else { Arc::new(known) };
        Locks { lists, known }
    }

    /// Whether these are still the keys of an estate.
    pub(super) fn is_of(&self, estate: &Estate) -> bool {
        let mut now = lists(estate);
        let same = self.lists.iter().all(|list| {
            now.next().is_some_and(|(_, keys, whole)| {
                Arc::ptr_eq(keys, &list.keys) && whole == list.whole
            })
        });
        same && now.next().is_none()
    }

    pub(super) fn keys(&self) -> &Arc<Keys> {
        &self.known
    }

    /// Whether the key of a point opens it. What was not asked for three
    /// paces is not known any more.
    pub(super) fn of(
        &self,
        point: &RecoveryPoint,
        estate: &Estate,
        now: Timestamp,
    ) -> Lock {
        let Some(key) = point.key() else { return Lock::Open };
        let told = self.known.by.get(key.as_str());
        let account = key.account().unwrap_or_else(|| Account::new(""));
        let region = key.region().unwrap_or_else(|| Region::new(""));
        let place = told
            .map_or((&account, &region), |told| (&told.account, &told.region));
        let source = Source::aws(place.0, place.1, What::Parts(Kind::Key));
        let old = estate.known(&source).and_then(|known| {
            let age = known.age(now)?;
            let late = known.saved || age > estate.pace(&source) * 3;
            late.then_some(age)
        });
        let shut = self.known.shut(point);
        match (shut, told, old) {
            (Some(why), _, None) => Lock::Shut(why),
            (Some(why), _, Some(age)) => {
                Lock::Unsure(format!("{why}, as seen {} ago", Span(age)))
            }
            (None, Some(Told { works: Some(true), .. }), None) => Lock::Open,
            (None, Some(told), Some(age)) => {
                let name = &told.name;
                let ago = Span(age);
                Lock::Unsure(format!("key {name} was last seen {ago} ago"))
            }
            (None, told, _) => {
                let name = told.map_or(key.tail(), |told| &told.name);
                let failed = estate.known(&source);
                let failed = failed.and_then(|known| known.failed.as_ref());
                let because = told.and_then(|told| told.because.clone());
                let because = because
                    .or_else(|| failed.map(|(_, why)| why.to_string()))
                    .map_or_else(String::new, |why| format!(": {why}"));
                let what = "is not known to work";
                Lock::Unsure(format!("key {name} {what}{because}"))
            }
        }
    }
}

impl Keys {
    fn of(lists: &[List], estate: &Estate) -> Self {
        let mut keys = Keys::default();
        for List { account, region, keys: parts, whole } in lists {
            let source = Source::aws(account, region, What::Parts(Kind::Key));
            let known = estate.known(&source);
            if let Some(begun) = known.and_then(Known::begun)
                && *whole
            {
                let of = keys.whole.entry(account.clone()).or_default();
                of.insert(region.clone(), begun);
            }
            for part in parts.iter() {
                let Part::Key(key) = part else { continue };
                keys.take_in(told(key, account, region), &key.arn);
            }
        }
        keys
    }

    /// Of a key that several accounts tell of, its own one is believed, if
    /// it tells anything.
    fn take_in(&mut self, told: Told, arn: &str) {
        let owner = arn.split(':').nth(4);
        let held = self.by.get(arn);
        let wins = held.is_none_or(|held| {
            held.works.is_none()
                || told.works.is_some() && owner == Some(told.account.as_str())
        });
        if wins {
            self.by.insert(arn.to_owned(), told);
        }
    }

    fn says_the_same(&self, other: &Keys) -> bool {
        let places = |keys: &Keys| {
            let all = keys.whole.iter().flat_map(|(account, regions)| {
                regions.keys().map(|region| (account.clone(), region.clone()))
            });
            let mut all: Vec<_> = all.collect();
            all.sort();
            all
        };
        self.by == other.by && places(self) == places(other)
    }

    /// Whether the key of a point is known not to work.
    pub(super) fn is_shut(&self, point: &RecoveryPoint) -> bool {
        let Some(key) = point.key() else { return false };
        match self.by.get(key.as_str()) {
            Some(told) => told.works == Some(false),
            None => self.lack(key, point.created()),
        }
    }

    fn shut(&self, point: &RecoveryPoint) -> Option<String> {
        if !self.is_shut(point) {
            return None;
        }
        let key = point.key()?;
        let told = self.by.get(key.as_str());
        let name = told.map_or(key.tail(), |told| &told.name);
        let because = told.and_then(|told| told.because.as_deref());
        Some(format!("key {name} {}", because.unwrap_or("does not exist")))
    }

    /// Whether KMS's list of the place that a key is of is whole, was asked
    /// for when a point was there already, and does not have it.
    // https://docs.aws.amazon.com/kms/latest/APIReference/API_ListKeys.html
    fn lack(&self, key: &Arn, made: Option<Timestamp>) -> bool {
        let mut fields = key.split(':').skip(3);
        let (region, account) = (fields.next(), fields.next());
        let of = account.and_then(|account| self.whole.get(account));
        let listed = of.zip(region).and_then(|(of, region)| of.get(region));
        listed.zip(made).is_some_and(|(begun, made)| made < *begun)
    }
}

fn told(key: &Key, account: &Account, region: &Region) -> Told {
    let works = match key.state {
        None | Some(KeyState::Other(_)) => None,
        Some(KeyState::Enabled) => Some(true),
        Some(
            KeyState::Disabled | KeyState::PendingDeletion | KeyState::Missing,
        ) => Some(false),
    };
    let because = match &key.state {
        None => key.unknown.first().cloned(),
        Some(KeyState::Other(word)) => Some(word.clone()),
        Some(_) => key.trouble(),
    };
    Told {
        account: account.clone(),
        region: region.clone(),
        name: key.name.clone(),
        works,
        because,
    }
}

type Place<'a> = (&'a Account, &'a Region);

/// The lists of keys that there are, and whether each is whole.
fn lists(
    estate: &Estate,
) -> impl Iterator<Item = (Place<'_>, &Arc<[Part]>, bool)> {
    estate.sources().filter_map(|(source, known)| {
        match (source, &known.found) {
            (
                Source::Aws { account, region, what: What::Parts(Kind::Key) },
                Some(Found::Parts(keys)),
            ) => Some(((account, region), keys, known.partial.is_none())),
            _ => None,
        }
    })
}
