//! The recovery points of all vaults of a Region: swept in windows of time,
//! and between two sweeps only asked for what is new.

use std::collections::BTreeSet;
use std::sync::Arc;

use aws_sdk_backup::types::{RecoveryPointByBackupVault, RecoveryPointStatus};
use aws_smithy_types::DateTime;
use futures_util::stream::{self, StreamExt};
use jiff::{SignedDuration, Timestamp};

use super::sweeps::Swept;
use super::{PAGE, listed_vaults};
use crate::aws::failure::failure;
use crate::aws::intern::Names;
use crate::aws::kms::key_arn;
use crate::aws::pages::{self, Page, Pages};
use crate::aws::reader::Reader;
use crate::aws::{Look, Seen, moment};
use crate::estate::Found;
use crate::estate::ids::VaultName;
use crate::estate::recovery_point::Fields;
use crate::estate::resource::{
    Origin, PointStatus, RecoveryPoint, ResourceType, Vault,
};
use crate::failure::Failure;

/// Vaults listed at the same time.
const AT_ONCE: usize = 4;
/// A vault with more points than this is listed in windows of time, all at
/// once: the pages of one list come one after another.
const SPLIT: i64 = 2 * PAGE as i64;
/// Where the windows meet while nothing is known of a vault: quarters of the
/// 35 days for which AWS Backup keeps points unless told otherwise.
const MEET: [i64; 3] = [9, 18, 27];
/// Windows overlap by this much, whichever end AWS counts in.
const SEAM: SignedDuration = SignedDuration::from_secs(1);

/// After and before which points were created; none is without end.
type Window = (Option<Timestamp>, Option<Timestamp>);

type Points = Pages<RecoveryPoint>;

/// What was listed of one vault.
struct Listed {
    vault: Vault,
    /// Whether it is all of the vault, and not what is new in it.
    whole: bool,
    points: Result<Points, Failure>,
}

/// The recovery points of all vaults of a Region. A vault that cannot be
/// listed leaves the others whole and makes the answer partial.
pub(in crate::aws) async fn points(reader: &Reader) -> Look {
    let begun = reader.now();
    let vaults = listed_vaults(reader).await?;
    let mut reasons: Vec<String> = vaults.partial.into_iter().collect();
    let swept = reader.session().sweeps().points.of(reader.source(), begun);
    let (names, swept) = (Names::default(), swept.as_deref());
    let all: Vec<Listed> = stream::iter(vaults.items)
        .map(|vault| listed(reader, vault, swept, &names))
        .buffer_unordered(AT_ONCE)
        .collect()
        .await;
    for one in &all {
        let name = &one.vault.name;
        match &one.points {
            Ok(points) => {
                let why = points.partial.as_ref();
                reasons.extend(why.map(|why| format!("vault {name}: {why}")));
            }
            Err(failure) => reasons.push(format!("vault {name}: {failure}")),
        }
    }
    let mut failed = all.iter().filter_map(|one| one.points.as_ref().err());
    if let Some(first) = failed.next()
        && failed.count() + 1 == all.len()
    {
        return Err(first.clone());
    }
    let partial = pages::joined(&reasons);
    let points = settled(reader, begun, all, swept, partial.is_none());
    Ok(Seen { found: Found::Points(points), partial })
}

/// Puts together what was listed with what goes on from the sweep before,
/// and keeps it for the look after this one.
fn settled(
    reader: &Reader,
    begun: Timestamp,
    all: Vec<Listed>,
    swept: Option<&Swept>,
    whole: bool,
) -> Arc<[RecoveryPoint]> {
    let sweeps = reader.session().sweeps();
    let origins = reader.session().origins();
    let told = all.iter().map(|l| (l.vault.name.clone(), l.vault.points));
    let told = told.collect();
    // Of a vault that could not be listed what was known stays.
    let goes_on = all.iter().filter(|l| !l.whole || l.points.is_err());
    let goes_on: BTreeSet<_> =
        goes_on.map(|listed| listed.vault.name.clone()).collect();
    let is_swept = all.iter().all(|listed| listed.whole);
    let listed = all.into_iter().filter_map(|one| one.points.ok());
    let new: Vec<_> = listed.flat_map(|points| points.items).collect();
    let points = match swept {
        None => origins.settle(reader.source(), new, whole),
        Some(swept) => match swept.with(&new, &goes_on) {
            Some(points) => origins.settle(reader.source(), points, whole),
            None => origins.resettle(reader.source(), &swept.points, whole),
        },
    };
    if whole {
        let at = swept.filter(|_| !is_swept).map_or(begun, |swept| swept.at);
        let points = Arc::clone(&points);
        let swept = Swept { at, newest: begun, told, points };
        sweeps.points.keep(reader.source(), swept);
    }
    points
}

/// What is new in a vault, or all of it where that does not tell everything.
async fn listed(
    reader: &Reader,
    vault: Vault,
    swept: Option<&Swept>,
    names: &Names,
) -> Listed {
    if let Some(swept) = swept.filter(|s| s.told.contains_key(&vault.name)) {
        let window = (Some(swept.since()), None);
        let new = points_of(reader, &vault.name, window, names).await;
        let done = match &new {
            Ok(new) => swept.agrees(&vault, &new.items),
            Err(_) => true,
        };
        if done {
            return Listed { vault, whole: false, points: new };
        }
    }
    let windows = windows(&vault, swept, reader.now());
    let lists = windows
        .into_iter()
        .map(|window| points_of(reader, &vault.name, window, names));
    let lists: Vec<_> =
        stream::iter(lists).buffer_unordered(MEET.len() + 1).collect().await;
    Listed { vault, whole: true, points: joined(lists) }
}

/// The windows in which a vault is listed: as even as what is known of it.
fn windows(
    vault: &Vault,
    swept: Option<&Swept>,
    now: Timestamp,
) -> Vec<Window> {
    if vault.points <= SPLIT {
        return vec![(None, None)];
    }
    let known = swept.into_iter().flat_map(|swept| swept.points.iter());
    let known = known.filter(|point| point.vault() == Some(&vault.name));
    let mut times: Vec<_> = known.filter_map(RecoveryPoint::created).collect();
    times.sort_unstable();
    let mut meet: Vec<Timestamp> = match times.len() {
        0..8 => MEET
            .map(|days| now - SignedDuration::from_hours(24 * days))
            .to_vec(),
        many => (1..=3).map(|quarter| times[many * quarter / 4]).collect(),
    };
    meet.sort_unstable();
    meet.dedup();
    let ends = meet.iter().map(|at| Some(*at + SEAM)).chain([None]);
    let begins = [None].into_iter();
    let begins = begins.chain(meet.iter().map(|at| Some(*at - SEAM)));
    begins.zip(ends).collect()
}

/// The points of all windows, each once. Windows that cannot be listed make
/// the list partial, unless none can.
fn joined(lists: Vec<Result<Points, Failure>>) -> Result<Points, Failure> {
    let (mut items, mut reasons, mut failed) = (Vec::new(), Vec::new(), None);
    let mut is_any = false;
    for list in lists {
        match list {
            Ok(list) => {
                is_any = true;
                items.extend(list.items);
                reasons.extend(list.partial);
            }
            Err(failure) => {
                reasons.push(failure.to_string());
                failed = Some(failure);
            }
        }
    }
    if let (false, Some(failure)) = (is_any, failed) {
        return Err(failure);
    }
    items.sort_by(|a: &RecoveryPoint, b| a.arn().cmp(b.arn()));
    items.dedup_by(|a, b| a.arn() == b.arn());
    reasons.dedup();
    Ok(Pages { items, partial: pages::joined(&reasons) })
}

async fn points_of(
    reader: &Reader,
    vault: &VaultName,
    (after, before): Window,
    names: &Names,
) -> Result<Points, Failure> {
    let time = |at: Timestamp| DateTime::from_secs(at.as_second());
    let list = || {
        reader
            .backup()
            .list_recovery_points_by_backup_vault()
            .backup_vault_name(vault.as_str())
            .set_by_created_after(after.map(time))
            .set_by_created_before(before.map(time))
    };
    let now = reader.now();
    let read = |told| point(told, vault, names, now);
    listed!(reader "ListRecoveryPointsByBackupVault", list, recovery_points,
        read, "list recovery points")
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
            key: told.encryption_key_arn.as_deref().and_then(key_arn),
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

    /// A continuous point is one for all times of its window, and its
    /// `CreationDate` is the beginning of that (AWS Backup Developer Guide,
    /// "Continuous backups and point-in-time recovery").
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
