//! How plans start jobs, and how jobs move.

use jiff::{SignedDuration, Timestamp};

use super::job::{Job, JobState, Work};
use super::vault::Protected;
use super::{Condition, Place, World, noise};

/// How long a copy takes at speed 1.
pub const COPY_TAKES: SignedDuration = SignedDuration::from_mins(8);

/// How long a restore takes at speed 1.
pub const RESTORE_TAKES: SignedDuration = SignedDuration::from_mins(12);

/// A job is `CREATED` for this share of its time.
const ASKED: f64 = 0.05;

impl Job {
    /// A job that is asked for now; `takes` has the speed already applied.
    pub fn asked(
        work: Work,
        resource: &str,
        resource_type: &str,
        created: Timestamp,
        takes: SignedDuration,
    ) -> Job {
        Job {
            id: String::new(),
            work,
            resource: resource.to_owned(),
            resource_type: resource_type.to_owned(),
            state: JobState::Created,
            created,
            ended: None,
            takes,
            done: SignedDuration::ZERO,
            bytes: 20 << 30,
            made: None,
            message: None,
            doom: None,
            role: String::new(),
            plan: None,
            token: None,
        }
    }

    /// How much of it is done, 0.0 to 1.0.
    pub fn share(&self) -> f64 {
        if self.state == JobState::Completed || self.takes.is_zero() {
            return 1.0;
        }
        (self.done.as_secs_f64() / self.takes.as_secs_f64()).min(1.0)
    }

    /// Ends it.
    pub(super) fn end(
        &mut self,
        state: JobState,
        at: Timestamp,
        message: Option<String>,
    ) {
        self.state = state;
        self.ended = Some(at);
        if message.is_some() {
            self.message = message;
        }
    }
}

/// The Region and the account of an ARN, and what comes after them.
pub(crate) fn arn_parts(arn: &str) -> Option<(&str, &str, &str)> {
    let mut parts = arn.splitn(6, ':').skip(3);
    Some((parts.next()?, parts.next()?, parts.next()?))
}

/// The name of a vault in its ARN.
pub(crate) fn vault_name(arn: &str) -> Option<&str> {
    arn_parts(arn)?.2.strip_prefix("backup-vault:")
}

impl World {
    /// Starts the backups whose time came after `from`, in live Regions.
    pub(crate) fn run_plans(&mut self, from: Timestamp) {
        let now = self.now();
        let keys = self.keys_where(|place| !place.plans.is_empty());
        for (account, region) in keys {
            if self.is_dark(&region) {
                continue;
            }
            let place = self.place_mut(&account, &region);
            let mut due = Vec::new();
            for plan in place.plans.values() {
                let every = plan.every.as_secs();
                if every <= 0
                    || now.as_second().div_euclid(every)
                        == from.as_second().div_euclid(every)
                {
                    continue;
                }
                let tick = now.as_second().div_euclid(every) * every;
                let at = Timestamp::from_second(tick).unwrap_or(now);
                let wanted = plan.resources.iter();
                let known = wanted.filter_map(|r| place.protected.get(r));
                due.extend(known.map(|r| {
                    (plan.id.clone(), plan.vault.clone(), r.clone(), at)
                }));
            }
            for (plan, vault, resource, at) in due {
                let takes = self.takes(resource.backup_takes);
                let mut job = backup_job(&vault, &resource, at, takes);
                job.plan = Some(plan);
                self.add_job(&account, &region, job);
            }
        }
    }

    /// Lets the time since `from` pass for the jobs. One whose Region, or
    /// whose copy's destination, is dark makes no progress.
    pub(crate) fn move_jobs(&mut self, from: Timestamp) {
        let now = self.now();
        let keys = self.keys_where(|place| place.jobs.any_moves());
        for (account, region) in keys {
            let condition = self.condition(&region);
            if condition == Condition::Dark {
                continue;
            }
            for at in self.place_mut(&account, &region).jobs.moving() {
                let job =
                    &self.accounts[&account].places[&region].jobs.all()[at];
                if let Work::Copy { to_vault, .. } = &job.work
                    && arn_parts(to_vault).is_some_and(|p| self.is_dark(p.0))
                {
                    continue;
                }
                let job = self.place_mut(&account, &region).jobs.at_mut(at);
                job.done += now.duration_since(from.max(job.created));
                self.move_job(&account, &region, at, condition);
            }
        }
    }

    fn move_job(
        &mut self,
        account: &str,
        region: &str,
        at: usize,
        condition: Condition,
    ) {
        let now = self.now();
        let job = self.place_mut(account, region).jobs.at_mut(at);
        let share = job.share();
        if let Condition::Degraded { error_rate } = condition
            && noise(&job.id, 0) < error_rate
            && job.doom.is_none()
        {
            job.doom = Some(
                "The job failed because of an internal \
                error. Retry the job."
                    .to_owned(),
            );
        }
        if share >= 0.5
            && let Some(doom) = job.doom.take()
        {
            job.end(JobState::Failed, now, Some(doom));
            self.place_mut(account, region).jobs.settle(at);
            return;
        }
        if job.state == JobState::Created && share >= ASKED {
            job.state = JobState::Running;
            if let Work::Restore { .. } = job.work {
                self.begin_restore(account, region, at);
            }
        }
        if share >= 1.0 {
            self.complete(account, region, at);
        }
    }

    fn complete(&mut self, account: &str, region: &str, at: usize) {
        let now = self.now();
        let job = self.place_mut(account, region).jobs.at_mut(at);
        if job.state.is_final() {
            return;
        }
        let ended = (now - (job.done - job.takes)).max(job.created);
        let job = job.clone();
        let made = match &job.work {
            Work::Backup { vault } => {
                Some(self.make_point(account, region, &job, vault, ended))
            }
            Work::Copy { from_vault, point, to_vault } => {
                self.make_copy(&job, from_vault, point, to_vault, ended)
            }
            Work::Restore { .. } => job.made.clone(),
        };
        let jobs = &mut self.place_mut(account, region).jobs;
        let job = jobs.at_mut(at);
        job.made = made;
        job.end(JobState::Completed, ended, None);
        jobs.settle(at);
    }

    pub(crate) fn fail_jobs(
        &mut self,
        account: &str,
        region: &str,
        message: &str,
    ) {
        let now = self.now();
        let place: &mut Place = self.place_mut(account, region);
        for at in place.jobs.moving() {
            let job = place.jobs.at_mut(at);
            job.end(JobState::Failed, now, Some(message.to_owned()));
            place.jobs.settle(at);
        }
    }
}

/// A backup job of a protected resource.
pub(crate) fn backup_job(
    vault: &str,
    resource: &Protected,
    at: Timestamp,
    takes: SignedDuration,
) -> Job {
    let work = Work::Backup { vault: vault.to_owned() };
    let mut job =
        Job::asked(work, &resource.arn, &resource.resource_type, at, takes);
    job.bytes = resource.bytes;
    job
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::sim::world::fixture::{
        ACCOUNT, CENTRAL, Lab, WEST, db_arn, start,
    };
    use crate::sim::world::seed::arn;
    use crate::sim::world::story::Effect;
    use crate::sim::world::vault::BackupPlan;

    fn hourly(lab: &mut Lab) {
        let plan = BackupPlan {
            id: String::new(),
            name: "hourly".to_owned(),
            created: start(),
            vault: "main".to_owned(),
            schedule: "cron(0 * * * ? *)".to_owned(),
            every: SignedDuration::from_hours(1),
            copy_to: vec![arn(
                "backup",
                CENTRAL,
                ACCOUNT,
                "backup-vault:main",
            )],
            delete_after_days: Some(7),
            resources: vec![db_arn(WEST, "orders")],
            role: String::new(),
        };
        lab.world.add_plan(ACCOUNT, WEST, plan);
    }

    fn points(lab: &Lab, region: &str) -> usize {
        lab.world.place(ACCOUNT, region).map_or(0, |p| p.points.all().len())
    }

    #[test]
    fn a_plan_backs_up_every_hour_and_copies_to_the_other_region() {
        let mut lab = Lab::new();
        hourly(&mut lab);
        lab.wait(3 * 3600 + 1800);
        assert_eq!(points(&lab, WEST), 3);
        assert_eq!(points(&lab, CENTRAL), 3);
        let place = lab.world.place(ACCOUNT, CENTRAL).expect("it is there");
        assert_eq!(place.points.all()[0].delete_after_days, Some(7));
    }

    #[test]
    fn no_plan_runs_in_a_dark_region() {
        let mut lab = Lab::new();
        hourly(&mut lab);
        lab.darken(WEST);
        lab.wait(2 * 3600);
        assert_eq!(points(&lab, WEST), 0);
    }

    #[test]
    fn in_a_degraded_region_some_jobs_fail() {
        let mut lab = Lab::new();
        hourly(&mut lab);
        let half = Condition::Degraded { error_rate: 0.5 };
        lab.world.set_condition(WEST, lab.now, half);
        lab.wait(30 * 3600);
        let jobs = lab.world.place(ACCOUNT, WEST).expect("there").jobs.all();
        let failed = |job: &&Job| job.state == JobState::Failed;
        let failed = jobs.iter().filter(failed).count();
        assert!((5..jobs.len() - 5).contains(&failed), "{failed}");
    }

    #[test]
    fn the_story_happens_in_its_order_and_fails_what_runs_then() {
        let mut lab = Lab::new();
        hourly(&mut lab);
        let minutes = SignedDuration::from_mins;
        let fail = Effect::FailJobs {
            account: ACCOUNT.to_owned(),
            region: WEST.to_owned(),
            message: "AWS Backup lost the volume".to_owned(),
        };
        lab.world.schedule(lab.now, minutes(62), fail);
        let dark = Effect::Region {
            region: WEST.to_owned(),
            condition: Condition::Dark,
        };
        lab.world.schedule(lab.now, minutes(61), dark);
        lab.wait(7200);
        assert!(lab.world.is_dark(WEST));
        let jobs = lab.world.place(ACCOUNT, WEST).expect("there").jobs.all();
        assert_eq!(jobs.len(), 1);
        assert_eq!(jobs[0].state, JobState::Failed);
        assert_eq!(jobs[0].ended, Some(start() + minutes(62)));
    }
}
