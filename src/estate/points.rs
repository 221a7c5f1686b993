//! Points: the recovery points of every account and Region, by the resource
//! they hold.

use std::collections::HashMap;
use std::collections::hash_map::Entry;
use std::sync::Arc;

use super::ids::{Account, Arn, Region};
use super::lists::Placed;
use super::resource::RecoveryPoint;
use super::{Estate, Found, Source};

/// One list of recovery points and where it was told.
#[derive(Clone, Debug)]
struct Told {
    account: Account,
    region: Region,
    points: Arc<[RecoveryPoint]>,
}

/// Where a recovery point lies in the lists.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct At {
    list: u32,
    place: u32,
}

/// The recovery points by resource. It shares the estate's lists, costs
/// eight bytes a point more, and is made anew only when a list is another.
#[derive(Clone, Debug, Default)]
pub struct Points {
    lists: Vec<Told>,
    by: HashMap<Arn, Vec<At>>,
    count: usize,
}

impl Points {
    /// The index of an estate. One point that several services list counts
    /// once.
    pub fn of(estate: &Estate) -> Self {
        let lists: Vec<Told> = told(estate)
            .map(|(account, region, points)| Told {
                account: account.clone(),
                region: region.clone(),
                points: Arc::clone(points),
            })
            .collect();
        let mut index = Points { lists, by: HashMap::new(), count: 0 };
        let mut by: HashMap<Arn, Vec<At>> = HashMap::new();
        for (list, told) in (0_u32..).zip(&index.lists) {
            for (place, point) in (0_u32..).zip(told.points.iter()) {
                let at = At { list, place };
                match by.entry(point.resource().clone()) {
                    Entry::Occupied(mut held) => held.get_mut().push(at),
                    Entry::Vacant(free) => {
                        free.insert(vec![at]);
                    }
                }
            }
        }
        for held in by.values_mut() {
            let arn = |at: &At| index.point(*at).map(|p| p.item.arn());
            held.sort_by(|a, b| arn(a).cmp(&arn(b)));
            held.dedup_by(|a, b| arn(a) == arn(b));
        }
        index.count = by.values().map(Vec::len).sum();
        index.by = by;
        index
    }

    /// Whether this is still the index of an estate: its lists are the very
    /// same ones.
    pub fn is_of(&self, estate: &Estate) -> bool {
        let mut now = told(estate);
        let same = self.lists.iter().all(|told| {
            now.next().is_some_and(|(_, _, points)| {
                Arc::ptr_eq(points, &told.points)
            })
        });
        same && now.next().is_none()
    }

    /// The points that hold a resource, in no order that means anything.
    pub fn held(&self, resource: &str) -> &[At] {
        self.by.get(resource).map_or(&[], Vec::as_slice)
    }

    /// The resources that points hold, in no order.
    pub fn resources(&self) -> impl Iterator<Item = &Arn> {
        self.by.keys()
    }

    /// A point by its place.
    pub fn point(&self, at: At) -> Option<Placed<'_, RecoveryPoint>> {
        let told = self.lists.get(at.list as usize)?;
        let item = told.points.get(at.place as usize)?;
        Some(Placed { account: &told.account, region: &told.region, item })
    }

    /// How many points there are.
    pub fn len(&self) -> usize {
        self.count
    }

    /// Whether there are none.
    pub fn is_empty(&self) -> bool {
        self.count == 0
    }
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
    use jiff::Timestamp;

    use super::*;
    use crate::estate::recovery_point::Fields;
    use crate::estate::resource::{Origin, PointStatus, ResourceType};
    use crate::estate::{Observation, What};

    fn point(arn: &str, resource: &str) -> RecoveryPoint {
        RecoveryPoint::from(Fields {
            arn: arn.into(),
            resource: resource.into(),
            kind: ResourceType::Rds,
            vault: None,
            origin: Origin::Backup,
            status: PointStatus::Usable,
            data_time: None,
            created: None,
            bytes: None,
            encrypted: true,
            expires: None,
        })
    }

    fn saw(estate: &mut Estate, what: What, points: &[RecoveryPoint]) {
        let at = Timestamp::UNIX_EPOCH;
        estate.apply(Observation {
            source: Source::aws(&"1".into(), &"eu-west-1".into(), what),
            begun: at,
            at,
            found: Ok(Found::Points(points.into())),
            partial: None,
        });
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
