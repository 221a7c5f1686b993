//! What the newest sweep of a source found, and what came since.

use std::collections::{BTreeMap, BTreeSet, HashMap, HashSet};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use jiff::{SignedDuration, Timestamp};

use crate::estate::Source;
use crate::estate::ids::{Arn, JobId, VaultName};
use crate::estate::resource::{
    Job, JobState, PointStatus, RecoveryPoint, Vault,
};

/// How long a look may go by the sweep before it: what only a sweep tells,
/// such as another retention, is known so late at the most.
const SWEEP: SignedDuration = SignedDuration::from_mins(15);
/// What is new is asked for from so long before the newest look on: clocks
/// differ, and lists of AWS take a while to tell everything.
const OVERLAP: SignedDuration = SignedDuration::from_mins(5);

/// The newest sweeps: of the vaults of each Region, and of its jobs.
#[derive(Debug, Default)]
pub(in crate::aws) struct Sweeps {
    pub(super) points: Kept<Swept>,
    pub(super) jobs: Kept<SweptJobs>,
}

impl Sweeps {
    /// Lets every next look be a sweep.
    pub(in crate::aws) fn forget(&self) {
        self.points.lock().clear();
        self.jobs.lock().clear();
    }
}

/// The newest sweep of each source.
#[derive(Debug)]
pub(super) struct Kept<S> {
    by: Mutex<BTreeMap<Source, Arc<S>>>,
}

impl<S> Default for Kept<S> {
    fn default() -> Self {
        Kept { by: Mutex::default() }
    }
}

/// What a sweep found.
pub(super) trait Begun {
    /// When the sweep began.
    fn begun(&self) -> Timestamp;
}

/// Recovery points of a Region as a sweep found them, with what is new.
#[derive(Clone, Debug)]
pub(super) struct Swept {
    /// When the sweep began.
    pub(super) at: Timestamp,
    /// When the newest look at what is new began.
    pub(super) newest: Timestamp,
    /// How many points AWS told of each vault.
    pub(super) told: BTreeMap<VaultName, i64>,
    /// The points, sorted by ARN.
    pub(super) points: Arc<[RecoveryPoint]>,
}

impl<S: Begun> Kept<S> {
    /// What a look begun now may go by.
    pub(super) fn of(
        &self,
        source: &Source,
        now: Timestamp,
    ) -> Option<Arc<S>> {
        let swept = self.lock().get(source).cloned()?;
        let age = now.duration_since(swept.begun());
        (!age.is_negative() && age < SWEEP).then_some(swept)
    }
}

impl<S> Kept<S> {
    pub(super) fn keep(&self, source: &Source, swept: S) {
        self.lock().insert(source.clone(), Arc::new(swept));
    }

    fn lock(&self) -> MutexGuard<'_, BTreeMap<Source, Arc<S>>> {
        self.by.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Begun for Swept {
    fn begun(&self) -> Timestamp {
        self.at
    }
}

impl Begun for SweptJobs {
    fn begun(&self) -> Timestamp {
        self.at
    }
}

/// Jobs of one kind of a Region as a sweep found them, with what is new.
#[derive(Clone, Debug)]
pub(super) struct SweptJobs {
    /// When the sweep began.
    pub(super) at: Timestamp,
    /// When the newest look at what is new began.
    pub(super) newest: Timestamp,
    /// The jobs.
    pub(super) jobs: Arc<[Job]>,
}

impl SweptJobs {
    /// From when on what is new is asked for: a job that ran then may have
    /// ended, and one that ended stays as it is.
    pub(super) fn since(&self) -> Timestamp {
        let moves = |job: &&Job| {
            matches!(job.state, JobState::Running | JobState::Unknown)
        };
        let first = self.jobs.iter().filter(moves).map(|job| job.created);
        let first = first.min().unwrap_or(self.newest);
        first.min(self.newest) - OVERLAP
    }

    /// The jobs created since `from`, with `new` in the place of what they
    /// were: the very list if that changes nothing.
    pub(super) fn with(&self, new: &[Job], from: Timestamp) -> Arc<[Job]> {
        let by_id: HashMap<&JobId, &Job> =
            self.jobs.iter().map(|job| (&job.id, job)).collect();
        let stays = |job: &&Job| job.created >= from;
        let same = self.jobs.iter().all(|job| stays(&job))
            && new.iter().all(|job| by_id.get(&job.id) == Some(&job));
        if same {
            return Arc::clone(&self.jobs);
        }
        let fresh: HashSet<&JobId> = new.iter().map(|job| &job.id).collect();
        let kept = self.jobs.iter().filter(stays);
        let kept = kept.filter(|job| !fresh.contains(&job.id));
        new.iter().chain(kept).cloned().collect()
    }
}

impl Swept {
    /// From when on what is new is asked for: what was being made then is
    /// new until it is done.
    pub(super) fn since(&self) -> Timestamp {
        let making = self
            .points
            .iter()
            .filter(|point| matches!(point.status(), PointStatus::Creating));
        let first = making.filter_map(RecoveryPoint::created).min();
        first.map_or(self.newest, |first| first.min(self.newest)) - OVERLAP
    }

    pub(super) fn find(&self, arn: &Arn) -> Option<&RecoveryPoint> {
        let all = &self.points;
        let place = all.binary_search_by(|point| point.arn().cmp(arn));
        all.get(place.ok()?)
    }

    /// Whether these, and nothing else, came to a vault or changed in it
    /// since: AWS tells how many points it holds, and where that does not
    /// come out, some were deleted.
    pub(super) fn agrees(&self, vault: &Vault, new: &[RecoveryPoint]) -> bool {
        let Some(before) = self.told.get(&vault.name) else { return false };
        let fresh = new.iter().filter(|p| self.find(p.arn()).is_none());
        let fresh = i64::try_from(fresh.count()).unwrap_or(i64::MAX);
        vault.points == before.saturating_add(fresh)
    }

    /// The points with `new` in the place of what they were; of vaults that
    /// were listed whole, or are gone, nothing is taken over. None if that
    /// changes nothing.
    pub(super) fn with(
        &self,
        new: &[RecoveryPoint],
        goes_on: &BTreeSet<VaultName>,
    ) -> Option<Vec<RecoveryPoint>> {
        let stays = |point: &RecoveryPoint| {
            point.vault().is_some_and(|vault| goes_on.contains(vault))
        };
        let same = self.points.iter().all(stays)
            && new.iter().all(|point| self.find(point.arn()) == Some(point));
        if same {
            return None;
        }
        let by_arn: HashMap<&Arn, &RecoveryPoint> =
            new.iter().map(|point| (point.arn(), point)).collect();
        let kept = self.points.iter().filter(|point| stays(point));
        let kept = kept.filter(|point| !by_arn.contains_key(point.arn()));
        Some(kept.chain(new).cloned().collect())
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::estate::recovery_point::Fields;
    use crate::estate::resource::{JobKind, Origin, ResourceType};

    fn at(second: i64) -> Timestamp {
        Timestamp::from_second(second).unwrap()
    }

    fn point(name: &str, vault: &str, status: PointStatus) -> RecoveryPoint {
        RecoveryPoint::from(Fields {
            arn: format!("arn:aws:backup:eu-west-1:1:recovery-point:{name}")
                .into(),
            resource: "arn:aws:ec2:eu-west-1:1:volume/v".into(),
            kind: ResourceType::Ebs,
            vault: Some(vault.into()),
            origin: Origin::Backup,
            status,
            data_time: Some(at(5_000)),
            created: Some(at(5_000)),
            bytes: None,
            encrypted: true,
            cold: false,
            key: None,
            expires: None,
        })
    }

    fn made(name: &str, vault: &str) -> RecoveryPoint {
        point(name, vault, PointStatus::Usable)
    }

    fn swept(points: &[RecoveryPoint]) -> Swept {
        let told = [("gold".into(), 2), ("old".into(), 1)];
        let (at, newest) = (at(9_000), at(9_600));
        Swept { at, newest, told: told.into(), points: points.into() }
    }

    fn gold(points: i64) -> Vault {
        Vault {
            name: "gold".into(),
            arn: "arn:aws:backup:eu-west-1:1:backup-vault:gold".into(),
            points,
            locked: false,
        }
    }

    fn three() -> Swept {
        swept(&[made("a", "gold"), made("b", "gold"), made("c", "old")])
    }

    #[test]
    fn a_vault_agrees_while_its_count_grows_by_what_is_new() {
        let swept = three();
        assert!(swept.agrees(&gold(2), &[]));
        assert!(swept.agrees(&gold(2), &[made("a", "gold")]), "not new");
        assert!(swept.agrees(&gold(3), &[made("d", "gold")]));
        assert!(!swept.agrees(&gold(2), &[made("d", "gold")]), "one is gone");
        assert!(!swept.agrees(&gold(1), &[]), "one is gone");
    }

    #[test]
    fn what_is_new_is_laid_over_what_goes_on() {
        let swept = three();
        let both = ["gold".into(), "old".into()].into();
        assert_eq!(swept.with(&[made("a", "gold")], &both), None);
        let broken = point("a", "gold", PointStatus::Unusable);
        let new = [broken.clone(), made("d", "gold")];
        let all = swept.with(&new, &both).unwrap();
        assert_eq!(all.len(), 4);
        assert!(all.contains(&broken) && !all.contains(&made("a", "gold")));
        // The vault "old" is gone, or was listed whole and is empty.
        let all = swept.with(&[], &["gold".into()].into()).unwrap();
        assert_eq!(all, [made("a", "gold"), made("b", "gold")]);
    }

    #[test]
    fn what_is_being_made_counts_as_new_until_it_is_done() {
        assert_eq!(three().since(), at(9_600) - OVERLAP);
        let making = point("m", "gold", PointStatus::Creating);
        assert_eq!(swept(&[making]).since(), at(5_000) - OVERLAP);
    }

    #[test]
    fn a_sweep_is_good_for_a_quarter_of_an_hour() {
        let sweeps = Sweeps::default();
        let points = &sweeps.points;
        let source = Source::Http { url: "here".into() };
        points.keep(&source, three());
        assert!(points.of(&source, at(9_000 + 899)).is_some());
        assert!(points.of(&source, at(9_000 + 900)).is_none());
        assert!(points.of(&source, at(8_999)).is_none(), "a clock set back");
        sweeps.forget();
        assert!(points.of(&source, at(9_001)).is_none());
    }

    fn job(id: &str, created: i64, state: JobState) -> Job {
        Job {
            id: id.into(),
            kind: JobKind::Backup,
            state,
            resource: "arn:aws:ec2:eu-west-1:1:volume/v".into(),
            resource_type: ResourceType::Ebs,
            from: None,
            to: None,
            percent: None,
            created: at(created),
            ended: None,
            bytes: None,
            message: None,
        }
    }

    #[test]
    fn a_job_that_runs_is_asked_for_until_it_has_ended() {
        let over = job("a", 4_000, JobState::Completed);
        let runs = job("b", 5_000, JobState::Running);
        let jobs: Arc<[Job]> = [over.clone(), runs.clone()].into();
        let swept = SweptJobs { at: at(9_000), newest: at(9_600), jobs };
        assert_eq!(swept.since(), at(5_000) - OVERLAP);

        let same = swept.with(&[runs], at(0));
        assert!(Arc::ptr_eq(&same, &swept.jobs));
        let ended = job("b", 5_000, JobState::Completed);
        let next = job("c", 9_500, JobState::Completed);
        let jobs = swept.with(&[next.clone(), ended.clone()], at(4_500));
        assert_eq!(*jobs, [next, ended], "the first is over a week old");
        let swept = SweptJobs { jobs, ..swept };
        assert_eq!(swept.since(), at(9_600) - OVERLAP);
    }
}
