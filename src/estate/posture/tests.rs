use std::collections::{BTreeMap, HashSet};
use std::sync::Arc;

use super::*;
use crate::estate::derived::{Derived, Watch};
use crate::estate::part::Kind;
use crate::estate::part::tags::Tagged;
use crate::estate::recovery_point::Fields;
use crate::estate::resource::{
    DbInstance, Job, JobKind, JobState, Origin, PointStatus, ResourceType,
    Vault,
};
use crate::estate::{Found, Observation, Source, What};
use crate::failure::{Failure, FailureKind};

mod plans;
mod recovery;
mod stores;

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
        cold: false,
        key: None,
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

/// What another account of ours was seen to hold.
fn other_account(found: Found) -> Observation {
    let place = ("444455556666".into(), "eu-north-1".into());
    Observation {
        source: Source::aws(&place.0, &place.1, What::Points),
        begun: now(),
        at: now(),
        found: Ok(found),
        partial: None,
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
    let old = now() - SignedDuration::from_hours(24);
    let apart = Fields {
        arn: "apart".into(),
        data_time: Some(old),
        created: Some(old),
        ..point()
    };
    estate.apply(other_account(Found::Points([apart.into()].into())));
    estate
}

fn instances(db: DbInstance) -> Found {
    Found::Instances([db].into())
}

/// The estate of eu-west-1 that would be recovered in eu-central-1.
fn aimed() -> Watch {
    Watch {
        source: Some("eu-west-1".into()),
        target: Some("eu-central-1".into()),
        ..Watch::default()
    }
}

fn codes_of(estate: &Estate) -> Vec<&'static str> {
    let derived = Derived::of(estate, &aimed(), None, now());
    derived.posture.iter().map(|verdict| verdict.code).collect()
}

/// What the checks say once this look has found something else.
fn with(region: &str, what: What, found: Found) -> Vec<&'static str> {
    let mut estate = sound();
    saw(&mut estate, region, what, found);
    codes_of(&estate)
}

#[test]
fn a_sound_estate_has_no_verdicts() {
    assert_eq!(codes_of(&sound()), [] as [&str; 0]);
}

#[test]
fn nothing_known_is_not_told_as_a_mistake() {
    assert_eq!(codes_of(&Estate::default()), [] as [&str; 0]);
}

#[test]
fn each_code_stands_once_and_the_worst_come_first() {
    let codes: HashSet<&str> = checks().map(|c| c.code).collect();
    assert_eq!(codes.len(), checks().count());
    let mut estate = sound();
    let twice = [
        job(JobKind::Backup, JobState::Failed),
        job(JobKind::Copy, JobState::Failed),
    ];
    saw(&mut estate, "eu-west-1", What::BackupJobs, Found::Jobs(twice.into()));
    assert_eq!(codes_of(&estate), ["copy-failed", "backup-failed"]);
}

#[test]
fn every_check_rests_on_looks_that_there_are() {
    let looks: HashSet<_> = What::watched().map(|what| what.name()).collect();
    for check in checks() {
        let looks_at_none = check.code == "shared-estate";
        assert_eq!(check.rests_on.is_empty(), looks_at_none, "{}", check.code);
        for look in check.rests_on {
            assert!(looks.contains(look), "{}: {look}", check.code);
        }
    }
}

fn unsure(estate: &Estate, now: Timestamp) -> Vec<(&'static str, String)> {
    let derived = Derived::of(estate, &Watch::default(), None, now);
    derived.unsure.iter().map(|v| (v.code, v.what.clone())).collect()
}

#[test]
fn a_look_that_is_denied_cut_or_old_makes_its_checks_unsure() {
    let mut estate = sound();
    assert_eq!(unsure(&estate, now()), []);
    let source = Source::aws(
        &"111122223333".into(),
        &"eu-central-1".into(),
        What::Vaults,
    );
    let vaults = estate.found(&source).cloned().unwrap();
    let mut look = |found, partial: Option<&str>| {
        estate.apply(Observation {
            source: source.clone(),
            begun: now(),
            at: now(),
            found,
            partial: partial.map(str::to_owned),
        });
        unsure(&estate, now())
    };
    let cut = look(Ok(vaults.clone()), Some("after 2 pages denied"));
    let codes: Vec<_> = cut.iter().map(|(code, _)| *code).collect();
    assert_eq!(codes, ["vault-open", "no-restore-test", "no-failure-alarm"]);
    let (_, what) = &cut[0];
    assert!(what.contains("backup/vaults eu-central-1"), "{what}");
    assert!(what.contains("cut: after 2 pages denied"), "{what}");
    assert_eq!(look(Ok(vaults), None), []);

    let mut never = sound();
    let other =
        Source::aws(&"111122223333".into(), &"eu-west-1".into(), What::Vaults);
    never.apply(Observation {
        source: other,
        begun: now(),
        at: now(),
        found: Err(Failure::new(
            "list vaults",
            FailureKind::Denied { action: None },
        )),
        partial: None,
    });
    let said = unsure(&never, now());
    assert!(said[0].1.contains("denied"), "{said:?}");

    let later = now() + SignedDuration::from_hours(24);
    let old: HashSet<_> =
        unsure(&sound(), later).into_iter().map(|(code, _)| code).collect();
    assert!(old.contains("misses-rpo") && old.contains("vault-open"));
}

#[test]
fn a_verdict_tells_the_look_it_rests_on() {
    let mut estate = sound();
    let failed = job(JobKind::Copy, JobState::Failed);
    let found = Found::Jobs([failed].into());
    saw(&mut estate, "eu-west-1", What::CopyJobs, found);
    let derived = Derived::of(&estate, &aimed(), None, now());
    let evidence = derived.posture[0].evidence.as_ref().unwrap();
    assert_eq!(evidence.source.region(), Some(&"eu-west-1".into()));
    assert_eq!(evidence.at, now());
}

#[test]
fn checks_are_judged_again_when_they_would_say_something_else() {
    let mut estate = sound();
    let judge = |before: &Derived, estate: &Estate, seconds| {
        let later = now() + SignedDuration::from_secs(seconds);
        before.next(estate, &aimed(), None, later)
    };
    let is_kept =
        |a: &Derived, b: &Derived| Arc::ptr_eq(&a.posture, &b.posture);
    let first = judge(&Derived::default(), &estate, 0);
    estate.version += 1;
    assert!(is_kept(&first, &judge(&first, &estate, 9)));
    assert!(!is_kept(&first, &judge(&first, &estate, 10)), "time passed");
    let found = Found::Jobs([job(JobKind::Copy, JobState::Failed)].into());
    saw(&mut estate, "eu-west-1", What::CopyJobs, found);
    let second = judge(&first, &estate, 1);
    assert!(!is_kept(&first, &second), "an answer changed");
    assert_eq!(second.posture.len(), first.posture.len() + 1);
}

#[test]
fn a_look_that_gets_too_old_is_not_taken_for_one_that_bears() {
    let estate = sound();
    let oldest = estate.bears_until(now()).unwrap();
    let before = oldest - SignedDuration::from_secs(1);
    let derived = Derived::of(&estate, &aimed(), None, before);
    let after = oldest + SignedDuration::from_secs(1);
    let next = derived.next(&estate, &aimed(), None, after);
    assert!(next.unsure.len() > derived.unsure.len());
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
    estate.apply(other_account(Found::Points([].into())));
    saw(&mut estate, "eu-central-1", What::Points, Found::Points([].into()));
    let here = Fields { arn: "here".into(), ..point() };
    let here = Found::Points([here.into()].into());
    saw(&mut estate, "eu-west-1", What::Points, here);
    assert!(codes_of(&estate).contains(&"one-region"));
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

#[test]
fn a_tag_that_asks_for_a_backup_nobody_makes_is_a_mistake() {
    let mut estate = sound();
    let tagged = Tagged {
        arn: "arn:aws:ec2:eu-west-1:111122223333:volume/vol-1".into(),
        tags: BTreeMap::from([
            ("Backup".to_owned(), "Enabled".to_owned()),
            ("DR_Tier".to_owned(), "Bronze".to_owned()),
        ]),
    };
    let found = Found::Parts([tagged.into()].into());
    let what = What::Parts(Kind::Tagged);
    saw(&mut estate, "eu-west-1", what, found);
    let bare =
        |estate: &Estate| codes_of(estate).contains(&"tagged-unprotected");
    assert!(!bare(&estate), "its snapshots were not listed yet");
    let none = Found::Points([].into());
    saw(&mut estate, "eu-central-1", What::VolumeSnapshots, none);
    assert!(bare(&estate));
    let volume = Fields {
        arn: "of-volume".into(),
        resource: "arn:aws:ec2:eu-west-1:111122223333:volume/vol-1".into(),
        kind: ResourceType::Ebs,
        ..point()
    };
    let points = [point().into(), volume.into()];
    saw(
        &mut estate,
        "eu-central-1",
        What::Points,
        Found::Points(points.into()),
    );
    assert_eq!(codes_of(&estate), ["one-account"]);
}

#[test]
fn what_was_judged_is_kept_until_an_answer_changes_or_ten_seconds_pass() {
    let mut estate = sound();
    let first = Derived::of(&estate, &aimed(), None, now());
    let later = |estate: &Estate, seconds| {
        let at = now() + SignedDuration::from_secs(seconds);
        first.next(estate, &aimed(), None, at)
    };
    let same = |derived: &Derived| {
        Arc::ptr_eq(&derived.unsure, &first.unsure)
            && Arc::ptr_eq(&derived.posture, &first.posture)
    };
    assert!(same(&later(&estate, 9)));
    assert!(!same(&later(&estate, 10)));
    let impact = first.next(&estate, &aimed(), Some(now()), now());
    assert!(!same(&impact), "the impact moves what is lost");
    let failed = [job(JobKind::Backup, JobState::Failed)];
    let failed = Found::Jobs(failed.into());
    saw(&mut estate, "eu-west-1", What::BackupJobs, failed);
    let changed = later(&estate, 1);
    assert_eq!(changed.posture.len(), 1, "told with the next derivation");
}
