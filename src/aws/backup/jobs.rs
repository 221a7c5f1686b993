//! Backup, copy and restore jobs of a Region: a week of them in a sweep, and
//! between two sweeps only what is new or still runs.

use std::sync::Arc;

use aws_sdk_backup::types::{
    BackupJob, BackupJobState, CopyJob, CopyJobState, RestoreJobStatus,
    RestoreJobsListMember,
};
use aws_smithy_types::DateTime;
use jiff::{SignedDuration, Timestamp};

use super::sweeps::SweptJobs;
use super::{PAGE, typed};
use crate::aws::failure::failure;
use crate::aws::pages::{self, Page, Pages};
use crate::aws::reader::Reader;
use crate::aws::{Look, Seen, moment};
use crate::estate::Found;
use crate::estate::ids::{Arn, JobId};
use crate::estate::resource::{Job, JobKind, JobState};
use crate::failure::cleaned;

/// Jobs are listed this far back.
const DAYS: i64 = 7;

/// From when on a look lists jobs, and what it goes on from.
struct Window {
    begun: Timestamp,
    /// When the oldest jobs that count were created.
    first: Timestamp,
    swept: Option<Arc<SweptJobs>>,
}

impl Window {
    fn of(reader: &Reader) -> Window {
        let begun = reader.now();
        let first = begun - SignedDuration::from_hours(24 * DAYS);
        let swept = reader.session().sweeps().jobs.of(reader.source(), begun);
        Window { begun, first, swept }
    }

    fn since(&self) -> DateTime {
        let swept = self.swept.as_ref().map(|swept| swept.since());
        let since = swept.map_or(self.first, |since| since.max(self.first));
        DateTime::from_secs(since.as_second())
    }

    /// Puts together what was listed with what goes on, and keeps it for the
    /// look after this one unless the list was cut.
    fn seen(self, reader: &Reader, listed: Pages<Job>) -> Seen {
        let Pages { items, partial } = listed;
        let jobs = match &self.swept {
            None => items.into(),
            Some(swept) => swept.with(&items, self.first),
        };
        if partial.is_none() {
            let at = self.swept.map_or(self.begun, |swept| swept.at);
            let newest = self.begun;
            let swept = SweptJobs { at, newest, jobs: Arc::clone(&jobs) };
            reader.session().sweeps().jobs.keep(reader.source(), swept);
        }
        Seen { found: Found::Jobs(jobs), partial }
    }
}

/// Backup jobs of the last seven days.
pub(in crate::aws) async fn backup_jobs(reader: &Reader) -> Look {
    let window = Window::of(reader);
    let since = window.since();
    let list = || reader.backup().list_backup_jobs().by_created_after(since);
    let jobs = listed!(reader "ListBackupJobs", list, backup_jobs, backup_job, "list backup jobs")?;
    Ok(window.seen(reader, jobs))
}

fn backup_job(told: BackupJob) -> Option<Job> {
    let resource = Arn::from(told.resource_arn.unwrap_or_default());
    Some(Job {
        id: JobId::from(told.backup_job_id?),
        kind: JobKind::Backup,
        state: match told.state {
            Some(
                BackupJobState::Created
                | BackupJobState::Pending
                | BackupJobState::Running
                | BackupJobState::Aborting,
            ) => JobState::Running,
            Some(BackupJobState::Completed) => JobState::Completed,
            Some(BackupJobState::Partial) => JobState::Partial,
            Some(
                BackupJobState::Failed
                | BackupJobState::Aborted
                | BackupJobState::Expired,
            ) => JobState::Failed,
            _ => JobState::Unknown,
        },
        from: resource.region(),
        resource,
        resource_type: typed(told.resource_type.as_deref()),
        to: None,
        percent: percent(told.percent_done.as_deref()),
        created: moment(told.creation_date)?,
        ended: moment(told.completion_date),
        bytes: told.backup_size_in_bytes,
        message: told.status_message.as_deref().map(cleaned),
    })
}

/// Copy jobs of the last seven days.
pub(in crate::aws) async fn copy_jobs(reader: &Reader) -> Look {
    let window = Window::of(reader);
    let since = window.since();
    let list = || reader.backup().list_copy_jobs().by_created_after(since);
    let read = |job: CopyJob| Some((link(&job), copy_job(job)));
    let Pages { items, partial } = listed!(reader "ListCopyJobs", list, copy_jobs, read, "list copy jobs")?;
    let (links, jobs): (Vec<_>, Vec<_>) = items.into_iter().unzip();
    let links = links.into_iter().flatten().collect();
    let origins = reader.session().origins();
    let whole = partial.is_none() && window.swept.is_none();
    origins.link(reader.source(), links, whole);
    let items = jobs.into_iter().flatten().collect();
    Ok(window.seen(reader, Pages { items, partial }))
}

/// Which point a copy was made from: it tells the age of the copy's data.
fn link(job: &CopyJob) -> Option<(Arn, Arn)> {
    let copy = job.destination_recovery_point_arn.as_deref()?;
    let original = job.source_recovery_point_arn.as_deref()?;
    Some((copy.into(), original.into()))
}

fn copy_job(told: CopyJob) -> Option<Job> {
    let region = |arn: Option<String>| Arn::from(arn?).region();
    Some(Job {
        id: JobId::from(told.copy_job_id?),
        kind: JobKind::Copy,
        state: match told.state {
            Some(CopyJobState::Created | CopyJobState::Running) => {
                JobState::Running
            }
            Some(CopyJobState::Completed) => JobState::Completed,
            Some(CopyJobState::Partial) => JobState::Partial,
            Some(CopyJobState::Failed) => JobState::Failed,
            _ => JobState::Unknown,
        },
        resource: Arn::from(told.resource_arn.unwrap_or_default()),
        resource_type: typed(told.resource_type.as_deref()),
        from: region(told.source_backup_vault_arn),
        to: region(told.destination_backup_vault_arn),
        percent: None,
        created: moment(told.creation_date)?,
        ended: moment(told.completion_date),
        bytes: told.backup_size_in_bytes,
        message: told.status_message.as_deref().map(cleaned),
    })
}

/// Restore jobs of the last seven days.
pub(in crate::aws) async fn restore_jobs(reader: &Reader) -> Look {
    let window = Window::of(reader);
    let since = window.since();
    let list = || reader.backup().list_restore_jobs().by_created_after(since);
    let jobs = listed!(reader "ListRestoreJobs", list, restore_jobs, restore_job, "list restore jobs")?;
    Ok(window.seen(reader, jobs))
}

fn restore_job(told: RestoreJobsListMember) -> Option<Job> {
    // While it runs there may be no resource yet: then the point stands for
    // it.
    let resource = told
        .created_resource_arn
        .or(told.source_resource_arn)
        .or(told.recovery_point_arn)
        .unwrap_or_default();
    Some(Job {
        id: JobId::from(told.restore_job_id?),
        kind: JobKind::Restore,
        state: match told.status {
            Some(RestoreJobStatus::Pending | RestoreJobStatus::Running) => {
                JobState::Running
            }
            Some(RestoreJobStatus::Completed) => JobState::Completed,
            Some(RestoreJobStatus::Aborted | RestoreJobStatus::Failed) => {
                JobState::Failed
            }
            _ => JobState::Unknown,
        },
        resource: Arn::from(resource),
        resource_type: typed(told.resource_type.as_deref()),
        from: None,
        to: None,
        percent: percent(told.percent_done.as_deref()),
        created: moment(told.creation_date)?,
        ended: moment(told.completion_date),
        bytes: told.backup_size_in_bytes,
        message: told.status_message.as_deref().map(cleaned),
    })
}

/// `"42.5"` or `"42.5%"`.
fn percent(told: Option<&str>) -> Option<f32> {
    told?.trim().trim_end_matches('%').parse().ok()
}
