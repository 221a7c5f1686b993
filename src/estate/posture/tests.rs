use std::collections::{BTreeMap, HashSet};
use std::sync::Arc;

use super::*;
use crate::estate::derived::{Derived, Watch};
use crate::estate::fixture::{
    CENTRAL, DB, WEST, ago, aimed, codes_of, db, denied, has, job, now, parts,
    point, points, saw, seen, source, tier, vault,
};
use crate::estate::part::Kind;
use crate::estate::part::tags::Tagged;
use crate::estate::recovery_point::Fields;
use crate::estate::resource::{
    DbInstance, Job, JobKind, JobState, ResourceType,
};
use crate::estate::{Found, Observation, Source, What};

mod plans;
mod recovery;
mod stores;

/// What another account of ours was seen to hold.
fn other_account(found: Found) -> Observation {
    let place = ("444455556666".into(), "eu-north-1".into());
    let source = Source::aws(&place.0, &place.1, What::Points);
    seen(source, now(), found)
}

/// An estate in which nothing is wrong.
fn sound() -> Estate {
    let mut estate = Estate::default();
    let restored = job(JobKind::Restore, JobState::Completed);
    let vault = vault("learn-vault", true);
    let seen = &mut estate;
    saw(seen, WEST, What::Instances, instances(db("Gold")));
    saw(seen, WEST, What::RestoreJobs, Found::Jobs([restored].into()));
    saw(seen, CENTRAL, What::Vaults, Found::Vaults([vault].into()));
    saw(seen, CENTRAL, What::Points, points(&[point()]));
    saw(seen, CENTRAL, What::Snapshots, points(&[]));
    saw(seen, CENTRAL, What::Instances, Found::Instances([].into()));
    let old = now() - SignedDuration::from_hours(24);
    let apart = Fields {
        arn: "apart".into(),
        data_time: Some(old),
        created: Some(old),
        ..point()
    };
    estate.apply(other_account(points(&[apart])));
    estate
}

fn instances(db: DbInstance) -> Found {
    Found::Instances([db].into())
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
    saw(&mut estate, WEST, What::BackupJobs, Found::Jobs(twice.into()));
    assert_eq!(codes_of(&estate), ["copy-failed", "backup-failed"]);
}

#[test]
fn every_check_rests_on_looks_that_there_are() {
    let looks: HashSet<_> = What::watched().map(|what| what.name()).collect();
    for check in checks() {
        let own = ["Shared estate", "Drills"];
        let looks_at_none = own.contains(&check.system);
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
    let source = source(CENTRAL, What::Vaults);
    let vaults = estate.found(&source).cloned().unwrap();
    let mut look = |partial: Option<&str>| {
        estate.apply(Observation {
            partial: partial.map(str::to_owned),
            ..seen(source.clone(), now(), vaults.clone())
        });
        unsure(&estate, now())
    };
    let cut = look(Some("after 2 pages denied"));
    let codes: Vec<_> = cut.iter().map(|(code, _)| *code).collect();
    assert_eq!(codes, ["vault-open", "no-restore-test", "no-failure-alarm"]);
    let (_, what) = &cut[0];
    assert!(what.contains("backup/vaults eu-central-1"), "{what}");
    assert!(what.contains("cut: after 2 pages denied"), "{what}");
    assert_eq!(look(None), []);

    let mut never = sound();
    denied(&mut never, WEST, What::Vaults);
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
    saw(&mut estate, WEST, What::CopyJobs, found);
    let derived = Derived::of(&estate, &aimed(), None, now());
    let evidence = derived.posture[0].evidence.as_ref().unwrap();
    assert_eq!(evidence.source.region(), Some(&WEST.into()));
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
    saw(&mut estate, WEST, What::CopyJobs, found);
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
    let west = |db| with(WEST, What::Instances, instances(db));
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
    let central = |list: &[Fields]| with(CENTRAL, What::Points, points(list));
    let bare = Fields { encrypted: false, ..point() };
    assert_eq!(central(&[bare]), ["unencrypted"]);
    let old = Fields { data_time: Some(ago(6)), ..point() };
    assert_eq!(central(&[old]), ["misses-rpo"]);
    assert_eq!(central(&[]), ["misses-rpo", "vanished"]);
    let mut estate = sound();
    estate.apply(other_account(points(&[])));
    saw(&mut estate, CENTRAL, What::Points, points(&[]));
    let here = points(&[Fields { arn: "here".into(), ..point() }]);
    saw(&mut estate, WEST, What::Points, here);
    assert!(codes_of(&estate).contains(&"one-region"));
}

#[test]
fn jobs_and_vaults_are_judged() {
    let jobs = |kind, state| Found::Jobs([job(kind, state)].into());
    let failed = jobs(JobKind::Copy, JobState::Failed);
    assert_eq!(with(WEST, What::CopyJobs, failed), ["copy-failed"]);
    let failed = jobs(JobKind::Backup, JobState::Failed);
    assert_eq!(with(WEST, What::BackupJobs, failed), ["backup-failed"]);
    let tried = jobs(JobKind::Restore, JobState::Failed);
    assert_eq!(with(WEST, What::RestoreJobs, tried), ["never-restored"]);
    let vaults = Found::Vaults([vault("open", false)].into());
    assert_eq!(with(WEST, What::Vaults, vaults), ["vault-open"]);
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
    has(&mut estate, WEST, tagged);
    let bare =
        |estate: &Estate| codes_of(estate).contains(&"tagged-unprotected");
    assert!(!bare(&estate), "its snapshots were not listed yet");
    saw(&mut estate, CENTRAL, What::VolumeSnapshots, points(&[]));
    assert!(bare(&estate));
    let volume = Fields {
        arn: "of-volume".into(),
        resource: "arn:aws:ec2:eu-west-1:111122223333:volume/vol-1".into(),
        kind: ResourceType::Ebs,
        ..point()
    };
    saw(&mut estate, CENTRAL, What::Points, points(&[point(), volume]));
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
    saw(&mut estate, WEST, What::BackupJobs, failed);
    let changed = later(&estate, 1);
    assert_eq!(changed.posture.len(), 1, "told with the next derivation");
}

#[test]
fn a_look_at_one_thing_moves_no_check() {
    let mut estate = sound();
    let first = Derived::of(&estate, &aimed(), None, now());
    let one = What::Instance("learn-db".into());
    saw(&mut estate, WEST, one, Found::Instances([].into()));
    let later = now() + SignedDuration::from_secs(1);
    let second = first.next(&estate, &aimed(), None, later);
    assert!(Arc::ptr_eq(&first.posture, &second.posture));
}
