//! The seven days before: every run of every plan, with what went wrong.

use std::collections::BTreeMap;

use jiff::{SignedDuration, Timestamp};

use super::super::world::database::{ClusterSnapshot, Snapshot, Status};
use super::super::world::harvest::metadata_of;
use super::super::world::job::{Job, JobState, Work};
use super::super::world::vault::{Point, PointStatus, Protected};
use super::super::world::{World, noise};
use super::build::{Guarded, backup_role, guarded, plan_id, vault_arn};
use super::file::{CopyRow, FailureRow, File, JobKind, PlanRow, RestoreRow};
use crate::sim::backup::test_arn;

/// How far back the history goes.
const DAYS: SignedDuration = SignedDuration::from_hours(24 * 7);

/// Fills a world with the jobs and recovery points of seven days up to
/// `now`, from the plans and the failures of a file.
pub(super) fn fill(file: &File, world: &mut World, now: Timestamp) {
    let mut history = History {
        file,
        world,
        now,
        jobs: Vec::new(),
        points: Vec::new(),
        made: Vec::new(),
    };
    for plan in &file.plan {
        for one in guarded(file, plan) {
            history.runs(plan, &one);
        }
    }
    for row in &file.restore {
        history.restore(row);
    }
    history.settle();
}

/// Something of an account in a Region.
struct Placed<T> {
    account: String,
    region: String,
    it: T,
}

/// A recovery point that was made once, whether it is still there or not.
struct Made {
    resource: String,
    account: String,
    region: String,
    vault: String,
    arn: String,
    at: Timestamp,
    type_: String,
    resource_arn: String,
}

struct History<'h> {
    file: &'h File,
    world: &'h mut World,
    now: Timestamp,
    jobs: Vec<Placed<Job>>,
    points: Vec<Placed<Point>>,
    made: Vec<Made>,
}

impl History<'_> {
    fn runs(&mut self, plan: &PlanRow, of: &Guarded) {
        let every = plan.every.0.as_secs().max(60);
        let from = (self.now - DAYS).as_second();
        let mut due = from - from.rem_euclid(every) + every;
        while due <= self.now.as_second() {
            let at = Timestamp::from_second(due).expect("within the week");
            self.back_up(plan, of, at);
            due += every;
        }
    }

    fn back_up(&mut self, plan: &PlanRow, of: &Guarded, due: Timestamp) {
        let account = self.file.account_id(&plan.account).to_owned();
        let dice = noise(&of.name, due.as_second());
        let late = SignedDuration::from_secs_f64(dice * 90.0);
        let created = if due + late > self.now { due } else { due + late };
        let takes = of.resource.backup_takes.mul_f64(0.8 + dice / 2.0);
        let failure = self.failure(JobKind::Backup, &of.name, created);
        let mut job = Job {
            work: Work::Backup { vault: plan.vault.get_ref().clone() },
            ..self.job(plan, of, created, takes)
        };
        let state = close(&mut job, failure, self.now);
        let usable = match state {
            JobState::Completed => Some(PointStatus::Completed),
            JobState::Partial => Some(PointStatus::Partial),
            _ => None,
        };
        let ended = job.ended;
        let point = usable.zip(ended).map(|(status, ended)| {
            let vault = plan.vault.get_ref();
            let mut point =
                self.point(plan, of, (&plan.region, vault), created);
            point.status = status;
            point.completed = Some(ended);
            point.arn = self.world.fresh_point(
                &account,
                &plan.region,
                &point.resource_type,
            );
            point
        });
        job.made = point.as_ref().map(|point| point.arn.clone());
        self.push_job(&account, &plan.region, job);
        if let Some((point, ended)) = point.zip(ended) {
            for to in &plan.copies {
                self.copy(plan, of, to, &point, ended);
            }
            self.keep(plan, of, &account, &plan.region, point, None);
        }
    }

    fn copy(
        &mut self,
        plan: &PlanRow,
        of: &Guarded,
        to: &CopyRow,
        from: &Point,
        after: Timestamp,
    ) {
        let account = self.file.account_id(&plan.account).to_owned();
        let created = after + SignedDuration::from_secs(20);
        if created > self.now {
            return;
        }
        let dice = noise(&to.region, created.as_second());
        let takes = of.resource.backup_takes.mul_f64(1.1 + dice / 2.0);
        let failure = self.failure(JobKind::Copy, &of.name, created);
        let from_vault = vault_arn(&plan.region, &account, &from.vault);
        let to_vault = vault_arn(&to.region, &account, to.vault.get_ref());
        let mut job = Job {
            work: Work::Copy {
                from_vault: from_vault.clone(),
                point: from.arn.clone(),
                to_vault,
            },
            ..self.job(plan, of, created, takes)
        };
        if close(&mut job, failure, self.now) == JobState::Completed {
            let into = (to.region.as_str(), to.vault.get_ref().as_str());
            let mut point = self.point(plan, of, into, created);
            point.status = from.status;
            point.completed = job.ended;
            point.from_vault = Some(from_vault);
            point.arn = self.world.fresh_point(
                &account,
                &to.region,
                &point.resource_type,
            );
            job.made = Some(point.arn.clone());
            self.keep(plan, of, &account, &to.region, point, Some(from));
        }
        self.push_job(&account, &plan.region, job);
    }

    fn restore(&mut self, row: &RestoreRow) {
        let at = self.now + row.at.0;
        let newest = self
            .made
            .iter()
            .filter(|made| made.resource == *row.resource.get_ref())
            .filter(|made| made.at <= at)
            .filter(|made| made.region == row.region)
            .max_by_key(|made| made.at);
        let Some(from) = newest else { return };
        let mut job = Job {
            id: String::new(),
            work: Work::Restore {
                point: from.arn.clone(),
                metadata: BTreeMap::new(),
            },
            resource: from.resource_arn.clone(),
            resource_type: from.type_.clone(),
            state: JobState::Created,
            created: at,
            ended: None,
            takes: row.takes.0,
            done: SignedDuration::ZERO,
            bytes: 20 << 30,
            made: None,
            message: None,
            doom: None,
            role: backup_role(&from.account),
            plan: row
                .tested_by
                .as_deref()
                .map(|name| test_arn(&from.region, &from.account, name)),
            token: None,
        };
        let (account, region) = (from.account.clone(), from.region.clone());
        job.state = row.state.into();
        job.ended = Some(at + row.takes.0);
        job.done = row.takes.0;
        job.message.clone_from(&row.message);
        job.made.clone_from(&row.made);
        let (arn, vault) = (from.arn.clone(), from.vault.clone());
        let point = self.points.iter_mut().find(|p| {
            p.it.vault == vault && p.it.arn == arn && p.region == region
        });
        if let Some(point) = point {
            point.it.last_restored = Some(at);
        }
        self.push_job(&account, &region, job);
    }

    fn job(
        &self,
        plan: &PlanRow,
        of: &Guarded,
        created: Timestamp,
        takes: SignedDuration,
    ) -> Job {
        Job {
            id: String::new(),
            work: Work::Backup { vault: String::new() },
            resource: of.resource.arn.clone(),
            resource_type: of.resource.resource_type.clone(),
            state: JobState::Created,
            created,
            ended: None,
            takes,
            done: SignedDuration::ZERO,
            bytes: of.resource.bytes,
            made: None,
            message: None,
            doom: None,
            role: backup_role(self.file.account_id(&plan.account)),
            plan: Some(plan_id(plan)),
            token: None,
        }
    }

    fn point(
        &self,
        plan: &PlanRow,
        of: &Guarded,
        (region, vault): (&str, &str),
        created: Timestamp,
    ) -> Point {
        let resource = &of.resource;
        let account = self.file.account_id(&plan.account);
        let place = |region| self.world.place(account, region);
        let vaults = place(region).map(|place| &place.vaults);
        let key = vaults.and_then(|v| v.get(vault)?.kms_key.clone());
        let instances = place(&plan.region).map(|place| &place.instances);
        let instance = instances.and_then(|i| i.get(&of.name));
        let mut point =
            Point::new(vault, &resource.arn, &resource.resource_type, created);
        point.resource_name.clone_from(&of.name);
        point.bytes = resource.bytes;
        point.delete_after_days = Some(plan.keep_days);
        point.plan = Some(plan_id(plan));
        point.tags.clone_from(&resource.tags);
        point.kms_key = key;
        point.metadata = match instance {
            Some(instance) if resource.resource_type == "RDS" => {
                metadata_of(instance)
            }
            _ => metadata(resource, &plan.region),
        };
        point
    }

    /// Notes a recovery point, and keeps it unless its time is over.
    fn keep(
        &mut self,
        plan: &PlanRow,
        of: &Guarded,
        account: &str,
        region: &str,
        point: Point,
        original: Option<&Point>,
    ) {
        self.made.push(Made {
            resource: of.name.clone(),
            account: account.to_owned(),
            region: region.to_owned(),
            vault: point.vault.clone(),
            arn: point.arn.clone(),
            at: point.created,
            type_: point.resource_type.clone(),
            resource_arn: point.resource.clone(),
        });
        let days = SignedDuration::from_hours(24 * plan.keep_days);
        if point.created + days <= self.now {
            return;
        }
        match point.resource_type.as_str() {
            "RDS" => {
                self.snapshot(plan, account, region, &point, original);
            }
            "Aurora" => {
                self.cluster_snapshot(plan, account, region, &point, original);
            }
            _ => {}
        }
        let (account, region) = (account.to_owned(), region.to_owned());
        self.points.push(Placed { account, region, it: point });
    }

    /// A recovery point of RDS is an RDS snapshot as well; a copy has a
    /// time of its own and remembers the first.
    fn snapshot(
        &mut self,
        plan: &PlanRow,
        account: &str,
        region: &str,
        point: &Point,
        original: Option<&Point>,
    ) {
        let place = self.world.place(account, &plan.region);
        let instances = place.map(|place| &place.instances);
        let instance = instances.and_then(|i| i.get(&point.resource_name));
        let Some(instance) = instance else { return };
        let id = point.arn.split_once(":snapshot:").map_or("", |(_, id)| id);
        let ended = |point: &Point| point.completed.unwrap_or(point.created);
        let first = original.unwrap_or(point);
        let mut snapshot = Snapshot::of(instance, id, ended(point));
        "awsbackup".clone_into(&mut snapshot.kind);
        snapshot.original_created = ended(first);
        snapshot.database_time = Some(first.created);
        snapshot.source = original.map(|original| original.arn.clone());
        snapshot.kms_key.clone_from(&point.kms_key);
        self.world.add_snapshot(account, region, snapshot);
    }

    fn cluster_snapshot(
        &mut self,
        plan: &PlanRow,
        account: &str,
        region: &str,
        point: &Point,
        original: Option<&Point>,
    ) {
        let place = self.world.place(account, &plan.region);
        let clusters = place.map(|place| &place.clusters);
        let cluster = clusters.and_then(|c| c.get(&point.resource_name));
        let Some(cluster) = cluster else { return };
        let id = point.arn.split_once(":cluster-snapshot:");
        let snapshot = ClusterSnapshot {
            id: id.map_or("", |(_, id)| id).to_owned(),
            cluster: cluster.id.clone(),
            kind: "awsbackup".to_owned(),
            created: point.completed.unwrap_or(point.created),
            source: original.map(|original| original.arn.clone()),
            engine: cluster.engine.clone(),
            engine_version: cluster.engine_version.clone(),
            encrypted: true,
            kms_key: point.kms_key.clone(),
            status: Status::Available,
            task: None,
            tags: cluster.tags.clone(),
        };
        self.world.add_cluster_snapshot(account, region, snapshot);
    }

    fn failure(
        &self,
        job: JobKind,
        resource: &str,
        at: Timestamp,
    ) -> Option<&FailureRow> {
        self.file.failure.iter().find(|row| {
            row.job == job
                && row.resource.get_ref() == resource
                && self.now + row.since.0 <= at
                && row.until.is_none_or(|until| at < self.now + until.0)
        })
    }

    fn push_job(&mut self, account: &str, region: &str, job: Job) {
        let (account, region) = (account.to_owned(), region.to_owned());
        self.jobs.push(Placed { account, region, it: job });
    }

    /// Puts everything in, oldest first.
    fn settle(mut self) {
        self.jobs.sort_by_key(|job| job.it.created);
        for Placed { account, region, it } in self.jobs {
            self.world.add_job(&account, &region, it);
        }
        self.points.sort_by_key(|point| point.it.created);
        for Placed { account, region, it } in self.points {
            self.world.add_point(&account, &region, it);
        }
    }
}

/// What `GetRecoveryPointRestoreMetadata` tells of what is no database.
// https://docs.aws.amazon.com/aws-backup/latest/devguide/restoring-ebs.html
// and its neighbours restoring-efs and restoring-dynamodb
fn metadata(of: &Protected, region: &str) -> BTreeMap<String, String> {
    let id = of.arn.rsplit('/').next().unwrap_or_default();
    let known: &[(&str, String)] = match of.resource_type.as_str() {
        "EBS" => &[
            ("availabilityZone", format!("{region}a")),
            ("encrypted", "true".to_owned()),
            ("volumeSize", (of.bytes >> 30).to_string()),
            ("volumeType", "gp3".to_owned()),
        ],
        "EFS" => &[
            ("file-system-id", id.to_owned()),
            ("Encrypted", "true".to_owned()),
            ("PerformanceMode", "generalPurpose".to_owned()),
        ],
        "DynamoDB" => &[("encryptionType", "Default".to_owned())],
        _ => &[],
    };
    let owned = known.iter();
    owned.map(|(key, value)| ((*key).to_owned(), value.clone())).collect()
}

/// Ends a job as it ended, or leaves it running at `now`.
fn close(
    job: &mut Job,
    failure: Option<&FailureRow>,
    now: Timestamp,
) -> JobState {
    let takes = match failure.map(|row| JobState::from(row.state)) {
        // The window that it had to start in.
        Some(JobState::Expired) => SignedDuration::from_hours(1),
        Some(JobState::Failed | JobState::Aborted) => job.takes / 2,
        _ => job.takes,
    };
    let end = job.created + takes;
    if end > now {
        job.state = JobState::Running;
        job.done = now.duration_since(job.created);
        job.doom = failure
            .filter(|row| JobState::from(row.state) == JobState::Failed)
            .map(|row| row.message.clone());
        return job.state;
    }
    job.state = failure.map_or(JobState::Completed, |row| row.state.into());
    job.message = failure.map(|row| row.message.clone());
    job.done = takes;
    job.ended = Some(end);
    job.state
}
