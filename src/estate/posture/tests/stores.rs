//! Databases, file systems and alarms, judged.

use super::*;
use crate::estate::part::fsx::Share;
use crate::estate::resource::{Alarm, AutomatedBackup};

fn replica(of: &str) -> DbInstance {
    DbInstance {
        id: "learn-db-replica".into(),
        arn: "arn:aws:rds:eu-central-1:111122223333:db:learn-db-replica"
            .into(),
        replica_of: Some(of.to_owned()),
        tags: BTreeMap::new(),
        ..db("Gold")
    }
}

/// What is said of the replica alone.
fn lesser(replica: DbInstance) -> Vec<String> {
    let mut estate = sound();
    saw(&mut estate, CENTRAL, What::Instances, instances(replica));
    let derived = Derived::of(&estate, &aimed(), None, now());
    let mine = derived.posture.iter().filter(|v| v.code == "replica-lesser");
    mine.map(|verdict| verdict.what.clone()).collect()
}

#[test]
fn a_replica_is_told_by_what_it_lacks_beside_its_source() {
    assert_eq!(lesser(replica(DB)), [] as [&str; 0]);
    let small = DbInstance {
        class: "db.t4g.small".into(),
        multi_az: false,
        backup_retention_days: 0,
        ..replica(DB)
    };
    assert_eq!(
        lesser(small),
        ["replica learn-db-replica in eu-central-1 is db.t4g.small, not \
          db.r6g.large and runs in a single zone and keeps no automated \
          backups, unlike learn-db"]
    );
    // A source that was not seen is compared with nothing.
    let other = "arn:aws:rds:eu-west-1:111122223333:db:other";
    let bare = DbInstance { multi_az: false, ..replica(other) };
    assert_eq!(lesser(bare), [] as [&str; 0]);
}

#[test]
fn backups_that_stay_home_are_told_only_where_they_would_help() {
    let old = Fields { data_time: Some(ago(6)), ..point() };
    let mut estate = sound();
    saw(&mut estate, CENTRAL, What::Points, points(&[old]));
    let none = Found::AutomatedBackups([].into());
    saw(&mut estate, CENTRAL, What::AutomatedBackups, none);
    assert!(codes_of(&estate).contains(&"backups-stay"));
    assert!(!codes_of(&sound()).contains(&"backups-stay"));
    let away = AutomatedBackup {
        instance: "learn-db".into(),
        resource: DB.into(),
        arn: "arn:aws:rds:eu-central-1:111122223333:auto-backup:ab-1".into(),
        status: "active".into(),
        from: Some(WEST.into()),
        earliest: None,
        latest: None,
    };
    let there = Found::AutomatedBackups([away].into());
    saw(&mut estate, CENTRAL, What::AutomatedBackups, there);
    assert!(!codes_of(&estate).contains(&"backups-stay"));
}

#[test]
fn a_file_system_that_nothing_backs_up_is_a_mistake_if_it_has_a_tier() {
    let share = |name: Option<&str>, retention_days| Share {
        arn: "arn:aws:fsx:eu-west-1:111122223333:file-system/fs-1".into(),
        kind: "LUSTRE".into(),
        state: "AVAILABLE".into(),
        deployment: None,
        gib: Some(1200),
        retention_days,
        tags: name.map(tier).unwrap_or_default(),
    };
    let said = |share: Share| {
        let mut estate = sound();
        has(&mut estate, WEST, share);
        codes_of(&estate).contains(&"fsx-unbacked")
    };
    assert!(said(share(Some("Bronze"), Some(0))));
    assert!(!said(share(Some("Bronze"), Some(7))));
    assert!(!said(share(Some("Bronze"), None)));
    assert!(!said(share(None, Some(0))));
}

#[test]
fn a_place_with_backups_wants_an_alarm_on_failed_ones() {
    let alarm = |metric: &str| Alarm {
        name: "failed".into(),
        arn: "arn:aws:cloudwatch:eu-central-1:111122223333:alarm:failed"
            .into(),
        state: "OK".into(),
        since: None,
        reason: None,
        metric: metric.into(),
    };
    let said = |alarms: &[Alarm]| {
        let found = Found::Alarms(alarms.to_vec().into());
        with(CENTRAL, What::Alarms, found)
    };
    assert_eq!(said(&[]), ["no-failure-alarm"]);
    assert_eq!(said(&[alarm("AWS/RDS ReplicaLag")]), ["no-failure-alarm"]);
    let told = alarm("AWS/Backup NumberOfCopyJobsFailed");
    assert_eq!(said(&[told]), [] as [&str; 0]);
}

#[test]
fn a_backup_that_fails_every_hour_is_told_once() {
    let failed = |hours: i64, message: &str| Job {
        id: hours.to_string().as_str().into(),
        created: ago(60 * hours),
        message: Some(message.to_owned()),
        ..job(JobKind::Copy, JobState::Failed)
    };
    let mut estate = sound();
    let jobs = [failed(1, "no key"), failed(2, "no key"), failed(3, "quota")];
    saw(&mut estate, WEST, What::CopyJobs, Found::Jobs(jobs.into()));
    let derived = Derived::of(&estate, &aimed(), None, now());
    let told = derived.posture.iter().filter(|v| v.code == "copy-failed");
    let told: Vec<&str> = told.map(|verdict| &*verdict.what).collect();
    assert_eq!(
        told,
        [
            "copy of learn-db failed 2 times in 24 hours, last 1h 00m ago: \
             no key",
            "copy of learn-db failed 3h 00m ago: quota",
        ]
    );
}
