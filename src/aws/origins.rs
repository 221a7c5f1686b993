//! Where copies of recovery points come from, and so how old their data are.

use std::collections::{BTreeMap, HashMap};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use jiff::Timestamp;

use crate::estate::ids::Arn;
use crate::estate::resource::RecoveryPoint;
use crate::estate::{Found, Source};

/// A copy chain that is longer is taken for a circle.
const LONGEST_CHAIN: usize = 8;

/// What one place knows that another needs: AWS Backup gives a copy the time
/// of the copying as its `CreationDate`, while the time of the data stands
/// at the original in another Region, at the copy job, or at RDS's own
/// snapshot of the same ARN. It holds the newest lists, which it shares with
/// the estate, and forgets what they no longer tell; a look that fails takes
/// nothing away. Fill it from a saved estate with [`Origins::learn`], so that
/// a source Region gone dark takes no knowledge away either.
#[derive(Debug, Default)]
pub struct Origins {
    known: Mutex<Known>,
}

/// Cheap to clone, so that no look waits while another one searches.
#[derive(Clone, Debug, Default)]
struct Known {
    lists: BTreeMap<Source, Lists>,
    /// The original of each copy, by the source that told of the jobs.
    links: BTreeMap<Source, Arc<HashMap<Arn, Arn>>>,
}

/// The newest answers of one source, each sorted by ARN.
#[derive(Clone, Debug, Default)]
struct Lists {
    whole: Option<Arc<[RecoveryPoint]>>,
    /// The newest list, if it was cut short: what it lacks may be there.
    cut: Option<Arc<[RecoveryPoint]>>,
}

/// What is known of the original of a copy.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum Original {
    /// It is, or was, of this resource.
    Of(Arn),
    /// The list that would tell of it was read, and does not.
    Gone,
    /// The list that would tell of it was not read yet.
    NotListed,
}

impl Origins {
    /// Takes in the data times of a list that was read earlier.
    pub fn learn(&self, source: &Source, found: &Found) {
        let Found::Points(points) = found else { return };
        let points = if points.is_sorted_by_key(RecoveryPoint::arn) {
            Arc::clone(points)
        } else {
            sorted(points.to_vec()).into()
        };
        let lists = Lists { whole: Some(points), cut: None };
        self.known().lists.insert(source.clone(), lists);
    }

    /// Takes in what a source lists now and gives it back sorted by ARN, its
    /// copies with the data times of their originals where those are known.
    /// A list that says the same as the one before is that very list.
    pub(super) fn settle(
        &self,
        source: &Source,
        points: Vec<RecoveryPoint>,
        whole: bool,
    ) -> Arc<[RecoveryPoint]> {
        let known = self.known().clone();
        let mut points = sorted(points);
        for point in points.iter_mut().filter(|p| p.data_time().is_none()) {
            if let Some(time) = known.data_time(point.arn(), source) {
                point.dated(time);
            }
        }
        let before = known.lists.get(source).cloned().unwrap_or_default();
        let mut known_lists = before.newest_first();
        let same = known_lists.find(|list| ***list == *points).cloned();
        let points = same.unwrap_or_else(|| points.into());
        let now = Some(Arc::clone(&points));
        let lists = if whole {
            Lists { whole: now, cut: None }
        } else {
            Lists { whole: before.whole.clone(), cut: now }
        };
        self.known().lists.insert(source.clone(), lists);
        points
    }

    /// The same for a list that has not changed since it was settled: only
    /// what is still without data time is looked up again.
    pub(super) fn resettle(
        &self,
        source: &Source,
        points: &Arc<[RecoveryPoint]>,
        whole: bool,
    ) -> Arc<[RecoveryPoint]> {
        if points.iter().all(|point| point.data_time().is_some()) {
            return Arc::clone(points);
        }
        self.settle(source, points.to_vec(), whole)
    }

    /// Takes in the copies and their originals that a source tells of now.
    /// Of those it told of before, one that is listed without data time yet
    /// still counts; and all do where the list was cut short.
    pub(super) fn link(
        &self,
        source: &Source,
        mut links: HashMap<Arn, Arn>,
        whole: bool,
    ) {
        let mut known = self.known();
        let before = known.links.get(source).cloned().unwrap_or_default();
        for (copy, original) in before.iter() {
            if !whole || known.is_undated(copy) {
                let link = links.entry(copy.clone());
                link.or_insert_with(|| original.clone());
            }
        }
        known.links.insert(source.clone(), Arc::new(links));
    }

    /// The resource of a copy's original, which `list` would tell of.
    pub(super) fn original(
        &self,
        of: &Arn,
        list: Option<&Source>,
    ) -> Original {
        let known = self.known();
        let mut told = known.told(of).map(RecoveryPoint::resource);
        if let Some(resource) = told.find(|arn| !arn.is_empty()) {
            return Original::Of(resource.clone());
        }
        let lists = list.and_then(|list| known.lists.get(list));
        match lists {
            Some(Lists { whole: Some(_), .. }) => Original::Gone,
            _ => Original::NotListed,
        }
    }

    fn known(&self) -> MutexGuard<'_, Known> {
        self.known.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Lists {
    fn newest_first(&self) -> impl Iterator<Item = &Arc<[RecoveryPoint]>> {
        self.cut.iter().chain(&self.whole)
    }

    fn find(&self, arn: &Arn) -> impl Iterator<Item = &RecoveryPoint> {
        self.newest_first().filter_map(move |list| {
            let place = list.binary_search_by(|point| point.arn().cmp(arn));
            list.get(place.ok()?)
        })
    }
}

impl Known {
    /// Follows copies of copies, but not round a circle. `first` is the
    /// source to ask first: most are dated there from the look before.
    fn data_time(&self, point: &Arn, first: &Source) -> Option<Timestamp> {
        let own = self.lists.get(first);
        let own = own.into_iter().flat_map(|lists| lists.find(point));
        let mut known = own.filter_map(RecoveryPoint::data_time);
        if let Some(time) = known.next() {
            return Some(time);
        }
        let mut at = point;
        for _ in 0..LONGEST_CHAIN {
            let mut told = self.told(at);
            if let Some(time) = told.find_map(RecoveryPoint::data_time) {
                return Some(time);
            }
            at = self.links.values().find_map(|links| links.get(at))?;
        }
        None
    }

    /// Whether a point is listed, but nobody knows its data time.
    fn is_undated(&self, point: &Arn) -> bool {
        let mut told = self.told(point).map(RecoveryPoint::data_time);
        told.next().is_some_and(|time| time.is_none())
            && told.all(|time| time.is_none())
    }

    /// The point, by every list of the Region that its ARN names.
    fn told(&self, point: &Arn) -> impl Iterator<Item = &RecoveryPoint> {
        let region = point.region();
        self.lists
            .iter()
            .filter(move |(source, _)| {
                region.is_none() || source.region() == region.as_ref()
            })
            .flat_map(move |(_, lists)| lists.find(point))
    }
}

fn sorted(mut points: Vec<RecoveryPoint>) -> Vec<RecoveryPoint> {
    points.sort_by(|a, b| a.arn().cmp(b.arn()));
    points
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::estate::What;
    use crate::estate::recovery_point::Fields;
    use crate::estate::resource::{Origin, PointStatus, ResourceType};

    const COPY: &str = "arn:aws:backup:eu-central-1:1:recovery-point:copy";
    const STRAY: &str = "arn:aws:backup:eu-central-1:1:recovery-point:stray";
    const ORIGINAL: &str = "arn:aws:backup:eu-west-1:1:recovery-point:a";

    fn at(region: &str, what: What) -> Source {
        Source::aws(&"1".into(), &region.into(), what)
    }

    fn west() -> Source {
        at("eu-west-1", What::Points)
    }

    fn central() -> Source {
        at("eu-central-1", What::Points)
    }

    fn jobs() -> Source {
        at("eu-west-1", What::CopyJobs)
    }

    fn made() -> Option<Timestamp> {
        Timestamp::from_second(500).ok()
    }

    fn point(arn: &str, data_time: Option<Timestamp>) -> RecoveryPoint {
        RecoveryPoint::from(Fields {
            arn: arn.into(),
            resource: "arn:aws:rds:eu-west-1:111122223333:db:a".into(),
            kind: ResourceType::Rds,
            vault: None,
            origin: Origin::Copy,
            status: PointStatus::Usable,
            data_time,
            created: Timestamp::from_second(900).ok(),
            bytes: None,
            encrypted: true,
            cold: false,
            key: None,
            expires: None,
        })
    }

    fn links(links: &[(&str, &str)]) -> HashMap<Arn, Arn> {
        let link = |(copy, of): &(&str, &str)| ((*copy).into(), (*of).into());
        links.iter().map(link).collect()
    }

    fn times(points: &[RecoveryPoint]) -> Vec<Option<Timestamp>> {
        points.iter().map(RecoveryPoint::data_time).collect()
    }

    /// A copy is listed in one Region, its original and the job in another.
    fn seen() -> Origins {
        let origins = Origins::default();
        origins.settle(&west(), vec![point(ORIGINAL, made())], true);
        origins.link(&jobs(), links(&[(COPY, ORIGINAL)]), true);
        let copies = vec![point(STRAY, None), point(COPY, None)];
        let copies = origins.settle(&central(), copies, true);
        assert_eq!(times(&copies), [made(), None]);
        origins
    }

    #[test]
    fn a_copy_has_the_data_time_of_its_original() {
        seen();
    }

    #[test]
    fn a_circle_of_copies_has_no_data_time() {
        let origins = Origins::default();
        origins.link(&jobs(), links(&[("a", "b"), ("b", "a")]), true);
        let points = origins.settle(&west(), vec![point("a", None)], true);
        assert_eq!(times(&points), [None]);
    }

    #[test]
    fn a_copy_keeps_its_data_time_when_original_and_job_are_gone() {
        let origins = seen();
        origins.settle(&west(), Vec::new(), true);
        origins.link(&jobs(), HashMap::new(), true);
        let again = origins.settle(&central(), vec![point(COPY, None)], true);
        assert_eq!(times(&again), [made()]);
    }

    #[test]
    fn what_is_no_longer_listed_is_forgotten() {
        let origins = seen();
        for _ in 0..2 {
            origins.settle(&west(), Vec::new(), true);
            origins.settle(&central(), Vec::new(), true);
            origins.link(&jobs(), HashMap::new(), true);
        }
        let known = origins.known();
        let mut lists = known.lists.values().flat_map(Lists::newest_first);
        assert!(lists.all(|list| list.is_empty()), "{known:?}");
        assert!(known.links.values().all(|links| links.is_empty()));
    }

    #[test]
    fn a_list_cut_short_takes_no_knowledge_away() {
        let origins = seen();
        origins.settle(&west(), Vec::new(), false);
        origins.link(&jobs(), HashMap::new(), false);
        let other = at("eu-central-1", What::Snapshots);
        let copies = origins.settle(&other, vec![point(COPY, None)], true);
        assert_eq!(times(&copies), [made()]);
        origins.settle(&central(), Vec::new(), true);
        origins.settle(&other, Vec::new(), true);
        let again = origins.settle(&central(), vec![point(COPY, None)], true);
        assert_eq!(times(&again), [made()], "by the job and the original");
    }

    #[test]
    fn a_job_counts_while_its_copy_has_no_data_time() {
        let origins = Origins::default();
        origins.link(&jobs(), links(&[(COPY, ORIGINAL)]), true);
        origins.settle(&central(), vec![point(COPY, None)], true);
        origins.link(&jobs(), HashMap::new(), true);
        origins.settle(&west(), vec![point(ORIGINAL, made())], true);
        let copies = origins.settle(&central(), vec![point(COPY, None)], true);
        assert_eq!(times(&copies), [made()]);
    }

    #[test]
    fn the_same_list_again_is_the_very_list_that_is_held() {
        let origins = Origins::default();
        let list = || vec![point(ORIGINAL, made())];
        let saved: Arc<[RecoveryPoint]> = list().into();
        origins.learn(&west(), &Found::Points(Arc::clone(&saved)));
        let again = origins.settle(&west(), list(), true);
        assert!(Arc::ptr_eq(&again, &saved));
    }
}
