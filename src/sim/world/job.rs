//! Backup, copy and restore jobs, and how they move.

use std::collections::{BTreeMap, BTreeSet};

use jiff::{SignedDuration, Timestamp};

/// Tags by key.
pub type Tags = BTreeMap<String, String>;

/// How far a job has come. Which words a kind of job uses is AWS Backup's
/// own: a restore job is `PENDING` where the others are `CREATED`.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum JobState {
    /// Asked for, not begun.
    #[default]
    Created,
    /// Under way.
    Running,
    /// Finished.
    Completed,
    /// Ended without success.
    Failed,
    /// Stopped by a person.
    Aborted,
    /// Did not begin within its window.
    Expired,
    /// Finished in part.
    Partial,
}

impl JobState {
    /// The word in answers, for backup and copy jobs.
    pub fn word(self) -> &'static str {
        match self {
            JobState::Created => "CREATED",
            JobState::Running => "RUNNING",
            JobState::Completed => "COMPLETED",
            JobState::Failed => "FAILED",
            JobState::Aborted => "ABORTED",
            JobState::Expired => "EXPIRED",
            JobState::Partial => "PARTIAL",
        }
    }

    /// True when the job will not move any more.
    pub fn is_final(self) -> bool {
        !matches!(self, JobState::Created | JobState::Running)
    }
}

/// What a job does.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Work {
    /// Makes a recovery point in `vault`.
    Backup {
        /// The vault's name.
        vault: String,
    },
    /// Copies a recovery point into a vault of this or another Region.
    Copy {
        /// ARN of the vault it is copied from.
        from_vault: String,
        /// ARN of the recovery point.
        point: String,
        /// ARN of the vault it is copied to.
        to_vault: String,
    },
    /// Makes a resource from a recovery point.
    Restore {
        /// ARN of the recovery point.
        point: String,
        /// The restore metadata, as given.
        metadata: BTreeMap<String, String>,
    },
}

/// A job of AWS Backup.
#[derive(Clone, Debug)]
pub struct Job {
    /// Its id; made when empty.
    pub id: String,
    /// What it does.
    pub work: Work,
    /// ARN of the resource it is about.
    pub resource: String,
    /// `RDS`, `EBS`, `S3`, ...
    pub resource_type: String,
    /// How far it has come.
    pub state: JobState,
    /// When it was asked for.
    pub created: Timestamp,
    /// When it ended, if it has.
    pub ended: Option<Timestamp>,
    /// How long it takes from first to last, the speed already applied.
    pub takes: SignedDuration,
    /// How much of that has passed with its Regions alive.
    pub done: SignedDuration,
    /// What is moved, in bytes.
    pub bytes: i64,
    /// ARN of the recovery point (backup, copy) or resource (restore) made.
    pub made: Option<String>,
    /// Why it ended as it did.
    pub message: Option<String>,
    /// It will fail with this message when half is done.
    pub doom: Option<String>,
    /// The role it works with.
    pub role: String,
    /// The id of the plan that asked for it, if any; for a restore the ARN
    /// of the restore-testing plan.
    pub plan: Option<String>,
    /// The caller's idempotency token.
    pub token: Option<String>,
}

/// The jobs of a place, oldest first, with those that still move at hand.
#[derive(Clone, Debug, Default)]
pub struct Jobs {
    all: Vec<Job>,
    by_id: BTreeMap<String, usize>,
    moving: BTreeSet<usize>,
}

impl Jobs {
    /// Adds a job.
    pub fn push(&mut self, job: Job) {
        let at = self.all.len();
        self.by_id.insert(job.id.clone(), at);
        if !job.state.is_final() {
            self.moving.insert(at);
        }
        self.all.push(job);
    }

    /// All jobs, oldest first.
    pub fn all(&self) -> &[Job] {
        &self.all
    }

    /// The job of an id.
    pub fn find(&self, id: &str) -> Option<&Job> {
        self.by_id.get(id).map(|at| &self.all[*at])
    }

    /// The places of the jobs that still move.
    pub(crate) fn moving(&self) -> Vec<usize> {
        self.moving.iter().copied().collect()
    }

    /// True when a job still moves.
    pub(crate) fn any_moves(&self) -> bool {
        !self.moving.is_empty()
    }

    /// A job by its place, to change.
    pub(crate) fn at_mut(&mut self, at: usize) -> &mut Job {
        &mut self.all[at]
    }

    /// Takes a job that has ended off those that move.
    pub(crate) fn settle(&mut self, at: usize) {
        self.moving.remove(&at);
    }
}
