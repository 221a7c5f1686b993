use std::collections::{BTreeMap, HashSet};

use super::*;
use crate::estate::derived::{Derived, Watch};
use crate::estate::recovery_point::Fields;
use crate::estate::resource::{DbInstance, Job, Origin, PointStatus, Vault};
use crate::estate::{Found, Observation, Source, What};

const DB: &str = "arn:aws:rds:eu-west-1:111122223333:db:learn-db";

fn now() -> Timestamp {
    Timestamp::from_second(1_700_000_000).expect("in range")
}

fn saw(estate: &mut Estate, region: &str, what: What, found: Found) {
    estate.apply(Observation {
        source: Source::aws(&"111122223333".into(), &region.into(), what),
        begun: now(),
        at: now(),
        found: Ok(found),
        partial: None,
    });
}

fn db(tier: &str) -> DbInstance {
    DbInstance {
        id: "learn-db".into(),
        arn: DB.into(),
        status: "available".into(),
        engine: "postgres 16.4".into(),
        class: "db.r6g.large".into(),
        endpoint: None,
        cluster: None,
        replica_of: None,
        replicas: Vec::new(),
        multi_az: true,
        encrypted: true,
        deletion_protection: true,
        backup_retention_days: 7,
        latest_restorable: None,
        tags: BTreeMap::from([("DR_Tier".to_owned(), tier.to_owned())]),
    }
}

fn point() -> Fields {
    Fields {
        arn: "point".into(),
        resource: DB.into(),
        kind: ResourceType::Rds,
        vault: Some("learn-vault".into()),
        origin: Origin::Copy,
        status: PointStatus::Usable,
        data_time: Some(now() - SignedDuration::from_mins(2)),
        created: Some(now()),
        bytes: None,
        encrypted: true,
        expires: None,
    }
}

fn job(kind: JobKind, state: JobState) -> Job {
    Job {
        id: "job".into(),
        kind,
        state,
        resource: DB.into(),
        resource_type: ResourceType::Rds,
        from: None,
        to: None,
        percent: None,
        created: now() - SignedDuration::from_hours(3),
        ended: None,
        bytes: None,
        message: Some("AccessDenied kms:CreateGrant".into()),
    }
}

/// An estate in which nothing is wrong.
fn sound() -> Estate {
    let mut estate = Estate::default();
    let restored = job(JobKind::Restore, JobState::Completed);
    let vault = Vault {
        name: "learn-vault".into(),
        arn: "vault".into(),
        points: 1,
        locked: true,
    };
    let (west, central) = ("eu-west-1", "eu-central-1");
    let seen = &mut estate;
    saw(seen, west, What::Instances, instances(db("Gold")));
    saw(seen, west, What::RestoreJobs, Found::Jobs([restored].into()));
    saw(seen, central, What::Vaults, Found::Vaults([vault].into()));
    saw(seen, central, What::Points, Found::Points([point().into()].into()));
    saw(seen, central, What::Snapshots, Found::Points([].into()));
    saw(seen, central, What::Instances, Found::Instances([].into()));
    estate
}

fn instances(db: DbInstance) -> Found {
    Found::Instances([db].into())
}

fn codes(estate: &Estate) -> Vec<&'static str> {
    let watch = Watch {
        source: Some("eu-west-1".into()),
        target: Some("eu-central-1".into()),
        ..Watch::default()
    };
    let derived = Derived::of(estate, &watch, None, now());
    derived.posture.iter().map(|verdict| verdict.code).collect()
}

/// What the checks say once this look has found something else.
fn with(region: &str, what: What, found: Found) -> Vec<&'static str> {
    let mut estate = sound();
    saw(&mut estate, region, what, found);
    codes(&estate)
}

#[test]
fn a_sound_estate_has_no_verdicts() {
    assert_eq!(codes(&sound()), [] as [&str; 0]);
}

#[test]
fn nothing_known_is_not_told_as_a_mistake() {
    assert_eq!(codes(&Estate::default()), [] as [&str; 0]);
}

#[test]
fn each_code_stands_once_and_the_worst_come_first() {
    let codes: HashSet<&str> = CHECKS.iter().map(|c| c.code).collect();
    assert_eq!(codes.len(), CHECKS.len());
    assert!(CHECKS.is_sorted_by_key(|check| check.severity));
}

#[test]
fn databases_are_judged_by_their_tier_and_settings() {
    let west = |db| with("eu-west-1", What::Instances, instances(db));
    assert_eq!(
        west(DbInstance { multi_az: false, ..db("Gold") }),
        ["single-zone"]
    );
    let open = DbInstance { deletion_protection: false, ..db("Gold") };
    assert_eq!(west(open), ["deletable"]);
    let bronze = DbInstance { multi_az: false, ..db("Bronze") };
    assert_eq!(west(bronze), [] as [&str; 0]);
    assert_eq!(west(db("Bronz")), ["odd-tag"]);
    assert_eq!(west(db("none")), ["no-objective", "odd-tag"]);
}

#[test]
fn points_are_judged_by_place_age_and_encryption() {
    let central = |p: &[Fields]| {
        let points = p.iter().cloned().map(Into::into).collect();
        with("eu-central-1", What::Points, Found::Points(points))
    };
    let bare = Fields { encrypted: false, ..point() };
    assert_eq!(central(&[bare]), ["unencrypted"]);
    let old = now() - SignedDuration::from_mins(6);
    let old = Fields { data_time: Some(old), ..point() };
    assert_eq!(central(&[old]), ["misses-rpo"]);
    assert_eq!(central(&[]), ["misses-rpo", "vanished"]);
    let mut estate = sound();
    saw(&mut estate, "eu-central-1", What::Points, Found::Points([].into()));
    let here = Fields { arn: "here".into(), ..point() };
    let here = Found::Points([here.into()].into());
    saw(&mut estate, "eu-west-1", What::Points, here);
    assert!(codes(&estate).contains(&"one-region"));
}

#[test]
fn jobs_and_vaults_are_judged() {
    let jobs = |kind, state| Found::Jobs([job(kind, state)].into());
    let failed = jobs(JobKind::Copy, JobState::Failed);
    assert_eq!(with("eu-west-1", What::CopyJobs, failed), ["copy-failed"]);
    let failed = jobs(JobKind::Backup, JobState::Failed);
    assert_eq!(with("eu-west-1", What::BackupJobs, failed), ["backup-failed"]);
    let tried = jobs(JobKind::Restore, JobState::Failed);
    assert_eq!(
        with("eu-west-1", What::RestoreJobs, tried),
        ["never-restored"]
    );
    let open = Vault {
        name: "open".into(),
        arn: "open".into(),
        points: 3,
        locked: false,
    };
    let vaults = Found::Vaults([open].into());
    assert_eq!(with("eu-west-1", What::Vaults, vaults), ["vault-open"]);
}
