//! What we ask of AWS Backup, and what its answers mean.

use aws_sdk_backup::types::{
    BackupJob, BackupJobState, BackupVaultListMember, CopyJob, CopyJobState,
    ProtectedResource, RecoveryPointByBackupVault, RecoveryPointStatus,
    RestoreJobStatus, RestoreJobsListMember,
};
use aws_smithy_types::DateTime;
use futures_util::stream::{self, StreamExt};
use jiff::{SignedDuration, Timestamp};

use super::failure::failure;
use super::intern::Names;
use super::pages::{self, Page, Pages};
use super::reader::Reader;
use super::{Look, Seen, moment};
use crate::estate::Found;
use crate::estate::ids::{Arn, JobId, VaultName};
use crate::estate::recovery_point::Fields;
use crate::estate::resource::{
    Job, JobKind, JobState, Origin, PointStatus, Protected, RecoveryPoint,
    ResourceType, Vault,
};
use crate::failure::{Failure, cleaned};

/// The largest page that AWS Backup gives.
const PAGE: i32 = 1000;
/// Jobs are listed this far back.
const DAYS: i64 = 7;
/// Vaults listed at the same time; the quota is 20 list calls a second for
/// everyone who uses the account.
const AT_ONCE: usize = 4;

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

/// The recovery points of all vaults of a Region. A vault that cannot be
/// listed leaves the others whole and makes the answer partial.
pub(super) async fn points(reader: &Reader) -> Look {
    let vaults = listed_vaults(reader).await?;
    let mut reasons: Vec<String> = vaults.partial.into_iter().collect();
    let names = Names::default();
    let count = vaults.items.len();
    let listed: Vec<_> = stream::iter(vaults.items)
        .map(|vault| points_of(reader, vault.name, &names))
        .buffer_unordered(AT_ONCE)
        .collect()
        .await;
    let mut points = Vec::new();
    let mut failed = Vec::new();
    for (vault, listed) in listed {
        match listed {
            Ok(Pages { items, partial }) => {
                points.extend(items);
                let why = partial.map(|why| format!("vault {vault}: {why}"));
                reasons.extend(why);
            }
            Err(failure) => {
                reasons.push(format!("vault {vault}: {failure}"));
                failed.push(failure);
            }
        }
    }
    if failed.len() == count
        && let Some(failure) = failed.pop()
    {
        return Err(failure);
    }
    let partial = pages::joined(&reasons);
    let origins = reader.session().origins();
    let points = origins.settle(reader.source(), points, partial.is_none());
    Ok(Seen { found: Found::Points(points), partial })
}

async fn points_of(
    reader: &Reader,
    vault: VaultName,
    names: &Names,
) -> (VaultName, Result<Pages<RecoveryPoint>, Failure>) {
    let list = || {
        reader
            .backup()
            .list_recovery_points_by_backup_vault()
            .backup_vault_name(vault.as_str())
    };
    let now = reader.now();
    let read = |told| point(told, &vault, names, now);
    let listed = listed!(reader "ListRecoveryPointsByBackupVault", list, recovery_points, read, "list recovery points");
    (vault, listed)
}

fn point(
    told: RecoveryPointByBackupVault,
    vault: &VaultName,
    names: &Names,
    now: Timestamp,
) -> Option<RecoveryPoint> {
    let kind = told.resource_type.as_deref().unwrap_or_default();
    let kind = ResourceType::from_backup(kind);
    let cold = is_cold(kind, &told, now);
    let copy = told.source_backup_vault_arn.is_some();
    let created = moment(told.creation_date);
    let begun = moment(told.initiation_date);
    // A continuous backup is `AVAILABLE`, any other `COMPLETED` (AWS Backup
    // API reference, `RecoveryPointByBackupVault`). `CreationDate` is when it
    // was begun; up to when it can be restored only the service itself tells.
    let goes_on = told.status == Some(RecoveryPointStatus::Available);
    Some(
        names.point(Fields {
            arn: told.recovery_point_arn?.into(),
            resource: told.resource_arn.unwrap_or_default().into(),
            kind,
            vault: Some(vault.clone()),
            origin: match (copy, goes_on) {
                (true, _) => Origin::Copy,
                (false, true) => Origin::Continuous,
                (false, false) => Origin::Backup,
            },
            status: status(told.status.as_ref()),
            // `CreationDate` of a copy is the time of the copying; the time of
            // its data is filled in from its original, where that is known.
            data_time: if copy || goes_on {
                None
            } else {
                earlier(created, begun)
            },
            created,
            bytes: told.backup_size_in_bytes,
            encrypted: told.is_encrypted,
            cold,
            expires: told
                .calculated_lifecycle
                .and_then(|lifecycle| moment(lifecycle.delete_at)),
        }),
    )
}

/// Whether a point has gone to cold storage, which lists tell by its time
/// alone. Of some types AWS Backup ignores that setting, and of EBS unless
/// archiving was opted in to.
// https://docs.aws.amazon.com/aws-backup/latest/devguide/backup-feature-availability.html
// https://docs.aws.amazon.com/aws-backup/latest/devguide/API_Lifecycle.html
fn is_cold(
    kind: ResourceType,
    told: &RecoveryPointByBackupVault,
    now: Timestamp,
) -> bool {
    let lifecycle = told.calculated_lifecycle.as_ref();
    let at = lifecycle.and_then(|l| moment(l.move_to_cold_storage_at));
    let goes = match kind {
        ResourceType::Rds
        | ResourceType::Aurora
        | ResourceType::Ec2
        | ResourceType::Fsx
        | ResourceType::S3 => false,
        ResourceType::Ebs => told.lifecycle.as_ref().is_some_and(|l| {
            l.opt_in_to_archive_for_supported_resources == Some(true)
        }),
        ResourceType::Efs | ResourceType::DynamoDb | ResourceType::Other => {
            true
        }
    };
    goes && at.is_some_and(|at| at <= now)
}

/// A backup may hold nothing written after it was begun.
fn earlier(
    created: Option<Timestamp>,
    begun: Option<Timestamp>,
) -> Option<Timestamp> {
    match (created, begun) {
        (Some(created), Some(begun)) => Some(created.min(begun)),
        (one, other) => one.or(other),
    }
}

fn status(told: Option<&RecoveryPointStatus>) -> PointStatus {
    match told {
        Some(
            RecoveryPointStatus::Completed | RecoveryPointStatus::Available,
        ) => PointStatus::Usable,
        Some(RecoveryPointStatus::Creating) => PointStatus::Creating,
        Some(RecoveryPointStatus::Partial) => PointStatus::Partial,
        Some(
            RecoveryPointStatus::Deleting
            | RecoveryPointStatus::Expired
            | RecoveryPointStatus::Stopped,
        ) => PointStatus::Unusable,
        _ => PointStatus::Unknown,
    }
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

#[cfg(test)]
mod tests {
    use aws_sdk_backup::types::CalculatedLifecycle;
    use aws_sdk_backup::types::builders::RecoveryPointByBackupVaultBuilder;

    use super::*;

    fn told() -> RecoveryPointByBackupVaultBuilder {
        RecoveryPointByBackupVault::builder()
            .recovery_point_arn(
                "arn:aws:backup:eu-central-1:1:recovery-point:c",
            )
            .resource_arn("arn:aws:dynamodb:eu-west-1:1:table/t")
            .resource_type("DynamoDB")
            .status(RecoveryPointStatus::Completed)
            .creation_date(DateTime::from_secs(900))
    }

    #[test]
    fn the_time_a_copy_was_made_is_never_its_data_time() {
        let names = Names::default();
        let vault = VaultName::new("standby");
        let copy = told().source_backup_vault_arn(
            "arn:aws:backup:eu-west-1:1:backup-vault:v",
        );
        let now = Timestamp::from_second(5000).unwrap();
        let copy = point(copy.build(), &vault, &names, now).unwrap();
        assert_eq!(copy.origin(), Origin::Copy);
        assert_eq!(copy.data_time(), None);
        assert_eq!(copy.created(), Timestamp::from_second(900).ok());

        let own = told().initiation_date(DateTime::from_secs(880));
        let own = point(own.build(), &vault, &names, now).unwrap();
        assert_eq!(own.data_time(), Timestamp::from_second(880).ok());
    }

    /// `CreationDate` and `InitiationDate` are of the job's start,
    /// `CompletionDate` of its end (AWS Backup API reference).
    #[test]
    fn a_backup_that_ran_for_an_hour_holds_the_data_of_its_start() {
        let begun = 1_700_000_000;
        let long = told()
            .initiation_date(DateTime::from_secs(begun))
            .creation_date(DateTime::from_secs(begun + 40))
            .completion_date(DateTime::from_secs(begun + 3640));
        let vault = VaultName::new("gold");
        let now = Timestamp::from_second(begun + 9000).unwrap();
        let long =
            point(long.build(), &vault, &Names::default(), now).unwrap();
        assert_eq!(long.data_time(), Timestamp::from_second(begun).ok());
        assert_eq!(long.origin(), Origin::Backup);
    }

    #[test]
    fn a_continuous_backup_is_not_as_old_as_its_beginning() {
        let on = told().status(RecoveryPointStatus::Available);
        let vault = VaultName::new("gold");
        let now = Timestamp::from_second(5000).unwrap();
        let on = point(on.build(), &vault, &Names::default(), now).unwrap();
        assert_eq!(on.origin(), Origin::Continuous);
        assert_eq!((on.data_time(), on.status()), (None, PointStatus::Usable));
    }

    #[test]
    fn a_point_is_cold_from_its_time_on_if_its_type_can_be() {
        let names = Names::default();
        let vault = VaultName::new("vault");
        let cold = |kind: &str, now| {
            let lifecycle = CalculatedLifecycle::builder()
                .move_to_cold_storage_at(DateTime::from_secs(1000));
            let told = told()
                .resource_type(kind)
                .calculated_lifecycle(lifecycle.build());
            let now = Timestamp::from_second(now).unwrap();
            point(told.build(), &vault, &names, now).unwrap().cold()
        };
        assert!(cold("DynamoDB", 1000) && !cold("DynamoDB", 999));
        assert!(!cold("RDS", 1000), "AWS Backup ignores it");
        assert!(!cold("EBS", 1000), "archiving was not opted in to");
    }

    #[test]
    fn a_status_we_do_not_know_is_never_usable() {
        let odd = RecoveryPointStatus::from("MELTED");
        assert_eq!(status(Some(&odd)), PointStatus::Unknown);
        assert_eq!(status(None), PointStatus::Unknown);
    }
}
