//! Checks of who is told when a backup fails.

use super::{Check, Mistake, Scene, Severity};
use crate::estate::{Source, What};

pub(super) const CHECKS: &[Check] = &[Check {
    code: "no-failure-alarm",
    severity: Severity::Warn,
    system: "CloudWatch",
    doc: "Places where backups are made and no alarm tells of failed ones",
    fix: "Put an alarm on AWS/Backup NumberOfBackupJobsFailed there.",
    rests_on: &["cloudwatch/alarms", "backup/vaults"],
    find: no_alarm,
}];

/// The metrics that AWS Backup tells of jobs that did not end well.
// https://docs.aws.amazon.com/aws-backup/latest/devguide/cloudwatch.html
const FAILURES: [&str; 6] = [
    "AWS/Backup NumberOfBackupJobsFailed",
    "AWS/Backup NumberOfBackupJobsExpired",
    "AWS/Backup NumberOfBackupJobsAborted",
    "AWS/Backup NumberOfCopyJobsFailed",
    "AWS/Backup NumberOfRestoreJobsFailed",
    "AWS/Backup NumberOfRecoveryPointsExpired",
];

/// One line for each place with a vault that holds something.
fn no_alarm(scene: &Scene<'_>) -> Vec<Mistake> {
    let mut mistakes: Vec<Mistake> = Vec::new();
    for vault in scene.estate.vaults().filter(|vault| vault.item.points > 0) {
        let (account, region) = (vault.account, vault.region);
        let place = Some((account.clone(), region.clone()));
        if mistakes.iter().any(|mistake| mistake.place == place) {
            continue;
        }
        let looked = Source::aws(account, region, What::Alarms);
        if scene.estate.found(&looked).is_none() {
            continue;
        }
        let told = scene.estate.alarms().any(|alarm| {
            alarm.account == account
                && alarm.region == region
                && FAILURES.contains(&alarm.item.metric.as_str())
        });
        if !told {
            let what = format!(
                "no alarm tells of failed backup jobs in {region} of {account}"
            );
            mistakes.push(Mistake { place, ..Mistake::of_estate(what) });
        }
    }
    mistakes
}
