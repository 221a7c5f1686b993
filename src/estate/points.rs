//! Points: the recovery points of every account and Region, by the resource
//! they hold.

use std::collections::HashMap;
use std::ops::Range;
use std::sync::Arc;

use jiff::Timestamp;

use super::ids::{Account, Arn, Region};
use super::lists::Placed;
use super::lock::{Keys, Lock, Locks};
use super::resource::{PointStatus, RecoveryPoint};
use super::{Estate, Found, Source};

/// One list of recovery points, where it was told, and its index.
#[derive(Clone, Debug)]
struct Told {
    account: Account,
    region: Region,
    points: Arc<[RecoveryPoint]>,
    index: Arc<Index>,
}

/// One list by resource.
#[derive(Debug, Default)]
struct Index {
    /// Places in the list: those of one resource side by side, by ARN.
    order: Box<[u32]>,
    by: HashMap<Arn, Group>,
}

/// The points of one resource in one list.
#[derive(Clone, Copy, Debug)]
struct Group {
    /// Where they stand in the order of the index.
    from: u32,
    to: u32,
    digest: Digest,
}

/// What the usable ones among some points come to.
#[derive(Clone, Copy, Debug, Default)]
struct Digest {
    /// Which of them has the newest data, by the number it was given.
    newest: Option<u32>,
    /// Which would have still newer data, did its key open it.
    shut: Option<u32>,
    undated: bool,
    unencrypted: bool,
    original: bool,
}

/// What one Region of one account holds of a resource, usable points only.
#[derive(Clone, Copy, Debug)]
pub(super) struct Stock<'a> {
    pub(super) account: &'a Account,
    pub(super) region: &'a Region,
    /// The point with the newest data, of those with a data time.
    pub(super) newest: Option<&'a RecoveryPoint>,
    /// The point with still newer data whose key is known not to work.
    pub(super) shut: Option<&'a RecoveryPoint>,
    /// Whether the data time of one is not known.
    pub(super) undated: bool,
    /// Whether one is not encrypted.
    pub(super) unencrypted: bool,
    /// Whether one was made there, and not copied from elsewhere.
    pub(super) original: bool,
}

/// Where a recovery point lies in the lists.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct At {
    list: u32,
    place: u32,
}

/// The recovery points by resource. It shares the estate's lists and costs
/// four bytes a point more; of a changed estate only the lists that are
/// others are gone through, and all of them when a key does otherwise. A
/// point whose key is known not to work is not usable.
#[derive(Clone, Debug, Default)]
pub struct Points {
    lists: Vec<Told>,
    /// The lists of each Region of each account: only they can tell of the
    /// same point.
    places: Vec<Range<usize>>,
    count: usize,
    locks: Locks,
}

impl Points {
    /// The index of an estate. One point that several services list counts
    /// once.
    pub fn of(estate: &Estate) -> Self {
        Self::default().next(estate)
    }

    /// The index of an estate that has changed since this one was made.
    #[must_use]
    pub fn next(&self, estate: &Estate) -> Self {
        let locks = self.locks.next(estate);
        let keys = locks.keys();
        let as_before = Arc::ptr_eq(keys, self.locks.keys());
        let lists: Vec<Told> = told(estate)
            .map(|(account, region, points)| Told {
                account: account.clone(),
                region: region.clone(),
                points: Arc::clone(points),
                index: match self.index(points).filter(|_| as_before) {
                    Some(index) => Arc::clone(index),
                    None => Arc::new(Index::of(points, keys)),
                },
            })
            .collect();
        let places = places(&lists);
        let mut points = Points { lists, places, count: 0, locks };
        let each = points.places.iter();
        points.count = each.map(|lists| points.distinct(lists.clone())).sum();
        points
    }

    /// The index of a list, if there is one.
    fn index(&self, points: &Arc<[RecoveryPoint]>) -> Option<&Arc<Index>> {
        let mut lists = self.lists.iter();
        let known = lists.find(|told| Arc::ptr_eq(&told.points, points));
        known.map(|told| &told.index)
    }

    /// Whether this is still the index of an estate: its lists are the very
    /// same ones.
    pub fn is_of(&self, estate: &Estate) -> bool {
        if !self.locks.is_of(estate) {
            return false;
        }
        let mut now = told(estate);
        let same = self.lists.iter().all(|told| {
            now.next().is_some_and(|(_, _, points)| {
                Arc::ptr_eq(points, &told.points)
            })
        });
        same && now.next().is_none()
    }

    /// The points that hold a resource, those of one list side by side.
    pub fn held(&self, resource: &str) -> Vec<At> {
        let of = |lists: &Range<usize>| self.merged(lists.clone(), resource);
        self.places.iter().flat_map(of).collect()
    }

    /// The points that hold a resource as each list tells them: one that
    /// several services list comes as often, for each may tell more of it.
    pub(super) fn told_of(
        &self,
        resource: &str,
    ) -> impl Iterator<Item = Placed<'_, RecoveryPoint>> {
        self.lists.iter().flat_map(move |told| {
            let places = told.index.places(resource).iter();
            places.filter_map(move |place| {
                let item = told.points.get(*place as usize)?;
                let (account, region) = (&told.account, &told.region);
                Some(Placed { account, region, item })
            })
        })
    }

    /// What every Region of every account holds of a resource.
    pub(super) fn stocks(
        &self,
        resource: &str,
    ) -> impl Iterator<Item = Stock<'_>> {
        self.places
            .iter()
            .filter_map(move |lists| self.stock(lists.clone(), resource))
    }

    /// The resources that points hold, in no order; one that is held in
    /// several lists comes as often.
    pub fn resources(&self) -> impl Iterator<Item = &Arn> {
        self.lists.iter().flat_map(|told| told.index.by.keys())
    }

    /// A point by its place.
    pub fn point(&self, at: At) -> Option<Placed<'_, RecoveryPoint>> {
        let told = self.lists.get(at.list as usize)?;
        let item = told.points.get(at.place as usize)?;
        Some(Placed { account: &told.account, region: &told.region, item })
    }

    /// Whether a point could be restored from: its status says so, and its
    /// key is not known to be off, going or gone.
    pub fn is_usable(&self, point: &RecoveryPoint) -> bool {
        is_usable(point, self.locks.keys())
    }

    /// Whether the key of a point opens it.
    pub fn lock(
        &self,
        point: &RecoveryPoint,
        estate: &Estate,
        now: Timestamp,
    ) -> Lock {
        self.locks.of(point, estate, now)
    }

    /// How many points there are.
    pub fn len(&self) -> usize {
        self.count
    }

    /// Whether there are none.
    pub fn is_empty(&self) -> bool {
        self.count == 0
    }

    /// The points of a resource in some lists of one place, by ARN, each
    /// once.
    fn merged(&self, lists: Range<usize>, resource: &str) -> Vec<At> {
        let mut several = 0;
        let mut all = Vec::new();
        for list in lists {
            let Some(told) = self.lists.get(list) else { continue };
            let places = told.index.places(resource);
            several += usize::from(!places.is_empty());
            let list = count(list);
            all.extend(places.iter().map(|place| At { list, place: *place }));
        }
        if several > 1 {
            let arn = |at: &At| self.point(*at).map(|point| point.item.arn());
            all.sort_by(|a, b| arn(a).cmp(&arn(b)));
            all.dedup_by(|a, b| arn(a) == arn(b));
        }
        all
    }

    fn stock<'a>(
        &'a self,
        lists: Range<usize>,
        resource: &str,
    ) -> Option<Stock<'a>> {
        let mut with = lists.clone().filter_map(|list| {
            let told = self.lists.get(list)?;
            Some((told, told.index.by.get(resource)?))
        });
        let (told, group) = with.next()?;
        if with.next().is_none() {
            let point = |place: u32| told.points.get(place as usize);
            return Some(group.digest.stock(told, point));
        }
        let merged = self.merged(lists, resource);
        let point = |number: u32| {
            let at = merged.get(number as usize)?;
            Some(self.point(*at)?.item)
        };
        let all = (0..).map_while(|number| Some((number, point(number)?)));
        Some(Digest::of(all, self.locks.keys()).stock(told, point))
    }

    /// How many points the lists of one place tell of, each counted once.
    fn distinct(&self, lists: Range<usize>) -> usize {
        let of = self.lists.get(lists.clone()).unwrap_or_default();
        let told: usize = of.iter().map(|told| told.index.order.len()).sum();
        let mut twice = 0;
        for (later, told) in of.iter().enumerate().skip(1) {
            for (resource, group) in &told.index.by {
                let until = lists.start + later;
                let before = self.merged(lists.start..until, resource).len();
                if before > 0 {
                    let all = self.merged(lists.start..until + 1, resource);
                    twice += before + group.len() - all.len();
                }
            }
        }
        told - twice
    }
}

impl Index {
    fn of(points: &[RecoveryPoint], keys: &Keys) -> Self {
        let mut groups: HashMap<&Arn, Vec<u32>> = HashMap::new();
        for (place, point) in (0..).zip(points) {
            groups.entry(point.resource()).or_default().push(place);
        }
        let point = |place: &u32| points.get(*place as usize);
        let arn = |place: &u32| point(place).map(RecoveryPoint::arn);
        let mut order = Vec::with_capacity(points.len());
        let mut by = HashMap::with_capacity(groups.len());
        for (resource, mut places) in groups {
            places.sort_by(|a, b| arn(a).cmp(&arn(b)));
            places.dedup_by(|a, b| arn(a) == arn(b));
            let all = places.iter();
            let all = all.filter_map(|place| Some((*place, point(place)?)));
            let digest = Digest::of(all, keys);
            let from = count(order.len());
            order.extend(places);
            let group = Group { from, to: count(order.len()), digest };
            by.insert(resource.clone(), group);
        }
        Index { order: order.into(), by }
    }

    /// Where the points of a resource lie in the list, by ARN.
    fn places(&self, resource: &str) -> &[u32] {
        let group = self.by.get(resource);
        let range = group.map(|group| group.from as usize..group.to as usize);
        range.and_then(|range| self.order.get(range)).unwrap_or_default()
    }
}

impl Group {
    fn len(&self) -> usize {
        (self.to - self.from) as usize
    }
}

impl Digest {
    /// The digest of numbered points. Of several with the newest data the
    /// first counts.
    fn of<'a>(
        points: impl Iterator<Item = (u32, &'a RecoveryPoint)>,
        keys: &Keys,
    ) -> Self {
        let mut digest = Digest::default();
        let mut newest = None;
        let mut shut = None;
        for (number, point) in points {
            if point.status() != PointStatus::Usable {
                continue;
            }
            digest.original |= !point.is_copy();
            if keys.is_shut(point) {
                let data = point.data_time();
                if data > shut {
                    shut = data;
                    digest.shut = Some(number);
                }
                continue;
            }
            digest.unencrypted |= !point.encrypted();
            let data = point.data_time();
            digest.undated |= data.is_none();
            if data > newest {
                newest = data;
                digest.newest = Some(number);
            }
        }
        if shut <= newest {
            digest.shut = None;
        }
        digest
    }

    fn stock<'a>(
        self,
        told: &'a Told,
        point: impl Fn(u32) -> Option<&'a RecoveryPoint>,
    ) -> Stock<'a> {
        Stock {
            account: &told.account,
            region: &told.region,
            newest: self.newest.and_then(&point),
            shut: self.shut.and_then(point),
            undated: self.undated,
            unencrypted: self.unencrypted,
            original: self.original,
        }
    }
}

fn is_usable(point: &RecoveryPoint, keys: &Keys) -> bool {
    point.status() == PointStatus::Usable && !keys.is_shut(point)
}

fn count(of: usize) -> u32 {
    u32::try_from(of).expect("nobody has four thousand million points")
}

/// Runs of lists that were told by the same Region of the same account.
fn places(lists: &[Told]) -> Vec<Range<usize>> {
    let mut from = 0;
    lists
        .chunk_by(|a, b| (&a.account, &a.region) == (&b.account, &b.region))
        .map(|run| {
            let place = from..from + run.len();
            from = place.end;
            place
        })
        .collect()
}

fn told(
    estate: &Estate,
) -> impl Iterator<Item = (&Account, &Region, &Arc<[RecoveryPoint]>)> {
    estate.sources().filter_map(|(source, known)| {
        match (source, &known.found) {
            (
                Source::Aws { account, region, what },
                Some(Found::Points(points)),
            ) if !what.is_targeted() => Some((account, region, points)),
            _ => None,
        }
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::estate::What;
    use crate::estate::fixture::{self, WEST, points};
    use crate::estate::recovery_point::Fields;

    fn point(arn: &str, resource: &str) -> Fields {
        Fields {
            arn: arn.into(),
            resource: resource.into(),
            ..fixture::point()
        }
    }

    fn saw(estate: &mut Estate, what: What, list: &[Fields]) {
        fixture::saw(estate, WEST, what, points(list));
    }

    #[test]
    fn a_point_that_two_services_list_counts_once() {
        let mut estate = Estate::default();
        let points = [point("p1", "db"), point("p2", "db")];
        saw(&mut estate, What::Points, &points);
        saw(&mut estate, What::Snapshots, &points[..1]);
        let index = Points::of(&estate);
        assert_eq!((index.len(), index.held("db").len()), (2, 2));
        assert_eq!(index.held("other"), &[]);
    }

    #[test]
    fn the_index_is_made_anew_only_when_a_list_is_another() {
        let mut estate = Estate::default();
        let points = [point("p1", "db")];
        saw(&mut estate, What::Points, &points);
        let index = Points::of(&estate);
        saw(&mut estate, What::Points, &points);
        assert!(index.is_of(&estate));
        saw(&mut estate, What::Points, &[]);
        assert!(!index.is_of(&estate));
    }
}
