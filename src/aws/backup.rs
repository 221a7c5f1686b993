//! What we ask of AWS Backup, and what its answers mean.

use aws_sdk_backup::types::{
    BackupJob, BackupJobState, BackupVaultListMember, CopyJob, CopyJobState,
    ProtectedResource, RestoreJobStatus, RestoreJobsListMember,
};
use aws_smithy_types::DateTime;
use jiff::SignedDuration;

use super::failure::failure;
use super::pages::{self, Page, Pages};
use super::reader::Reader;
use super::{Look, Seen, moment};
use crate::estate::Found;
use crate::estate::ids::{Arn, JobId};
use crate::estate::resource::{
    Job, JobKind, JobState, Protected, ResourceType, Vault,
};
use crate::failure::{Failure, cleaned};

/// The largest page that AWS Backup gives.
const PAGE: i32 = 1000;
/// Jobs are listed this far back.
const DAYS: i64 = 7;

/// Reads all pages of a list of AWS Backup: what asks for it, the member of
/// the answer that holds it, what reads one thing of it, and what that is
/// called when it fails.
macro_rules! listed {
    ($reader:ident $operation:literal, $list:expr, $items:ident, $read:expr,
     $doing:literal) => {
        pages::all(async |token| {
            $reader.turn("backup", $operation).await;
            let list = ($list)().max_results(PAGE).set_next_token(token);
            let answer = list.send().await;
            let answer = answer.map_err(|error| failure($doing, &error))?;
            let items = answer.$items.unwrap_or_default();
            Ok(Page {
                items: items.into_iter().filter_map($read).collect(),
                next: answer.next_token,
            })
        })
        .await
    };
}

mod points;
mod sweeps;

pub(super) use points::points;
pub(super) use sweeps::Sweeps;

/// The vaults of a Region.
pub(super) async fn vaults(reader: &Reader) -> Look {
    let Pages { items, partial } = listed_vaults(reader).await?;
    Ok(Seen { found: Found::Vaults(items.into()), partial })
}

async fn listed_vaults(reader: &Reader) -> Result<Pages<Vault>, Failure> {
    let list = || reader.backup().list_backup_vaults();
    listed!(reader "ListBackupVaults", list, backup_vault_list, vault, "list backup vaults")
}

fn vault(told: BackupVaultListMember) -> Option<Vault> {
    Some(Vault {
        name: told.backup_vault_name?.into(),
        arn: told.backup_vault_arn?.into(),
        points: told.number_of_recovery_points,
        locked: told.locked.unwrap_or(false),
    })
}

/// When the window of listed jobs begins.
fn since(reader: &Reader) -> DateTime {
    let from = reader.now() - SignedDuration::from_hours(24 * DAYS);
    DateTime::from_secs(from.as_second())
}

/// Backup jobs of the last seven days.
pub(super) async fn backup_jobs(reader: &Reader) -> Look {
    let since = since(reader);
    let list = || reader.backup().list_backup_jobs().by_created_after(since);
    let Pages { items, partial } = listed!(reader "ListBackupJobs", list, backup_jobs, backup_job, "list backup jobs")?;
    Ok(Seen { found: Found::Jobs(items.into()), partial })
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
pub(super) async fn copy_jobs(reader: &Reader) -> Look {
    let since = since(reader);
    let list = || reader.backup().list_copy_jobs().by_created_after(since);
    let read = |job: CopyJob| Some((link(&job), copy_job(job)));
    let Pages { items, partial } = listed!(reader "ListCopyJobs", list, copy_jobs, read, "list copy jobs")?;
    let (links, jobs): (Vec<_>, Vec<_>) = items.into_iter().unzip();
    let links = links.into_iter().flatten().collect();
    let origins = reader.session().origins();
    origins.link(reader.source(), links, partial.is_none());
    let found = Found::Jobs(jobs.into_iter().flatten().collect());
    Ok(Seen { found, partial })
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
pub(super) async fn restore_jobs(reader: &Reader) -> Look {
    let since = since(reader);
    let list = || reader.backup().list_restore_jobs().by_created_after(since);
    let Pages { items, partial } = listed!(reader "ListRestoreJobs", list, restore_jobs, restore_job, "list restore jobs")?;
    Ok(Seen { found: Found::Jobs(items.into()), partial })
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

/// Resources that AWS Backup protects in a Region.
pub(super) async fn protected(reader: &Reader) -> Look {
    let list = || reader.backup().list_protected_resources();
    let Pages { items, partial } = listed!(reader "ListProtectedResources", list, results, resource, "list protected resources")?;
    Ok(Seen { found: Found::Protected(items.into()), partial })
}

fn resource(told: ProtectedResource) -> Option<Protected> {
    Some(Protected {
        arn: told.resource_arn?.into(),
        kind: typed(told.resource_type.as_deref()),
        name: told.resource_name.as_deref().map(cleaned),
        last_backup: moment(told.last_backup_time),
    })
}

fn typed(name: Option<&str>) -> ResourceType {
    ResourceType::from_backup(name.unwrap_or_default())
}

/// `"42.5"` or `"42.5%"`.
fn percent(told: Option<&str>) -> Option<f32> {
    told?.trim().trim_end_matches('%').parse().ok()
}
