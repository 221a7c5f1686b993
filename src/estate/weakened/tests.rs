use super::super::fixture::{
    self, WEST, cut, guarded, parts_of, plan, source,
};
use super::super::part::Kind;
use super::super::part::guard::Access;
use super::super::recovery_point::Fields;
use super::super::saved::Place;
use super::super::{Observation, What};
use super::*;

const DAY: i64 = 24 * 3600;

fn at(second: i64) -> Timestamp {
    Timestamp::from_second(1_000_000 + second).expect("in range")
}

fn point(name: &str, expires: Option<i64>) -> RecoveryPoint {
    RecoveryPoint::from(Fields {
        arn: name.into(),
        expires: expires.map(at),
        ..fixture::point()
    })
}

fn seen(second: i64, what: What, found: Found) -> Observation {
    fixture::seen(source(WEST, what), at(second), found)
}

fn points(second: i64, names: &[u32], expires: i64) -> Observation {
    let one = |n: &u32| point(&n.to_string(), Some(expires));
    let list = names.iter().map(one).collect();
    seen(second, What::Points, Found::Points(list))
}

fn hows(estate: &Estate) -> Vec<How> {
    estate.weakened().iter().map(|weak| weak.how).collect()
}

fn all(from: u32, to: u32) -> Vec<u32> {
    (from..to).collect()
}

#[test]
fn five_points_gone_within_an_hour_are_one_wave() {
    let mut estate = Estate::default();
    estate.apply(points(0, &all(0, 100), 9 * DAY));
    estate.apply(points(60, &all(3, 100), 9 * DAY));
    assert_eq!(hows(&estate), [], "three of a hundred are few");
    estate.apply(points(120, &all(5, 100), 9 * DAY));
    estate.apply(points(180, &all(9, 100), 9 * DAY));
    assert_eq!(hows(&estate), [How::Mass]);
    let wave = &estate.weakened()[0];
    assert!(wave.what.starts_with("9 recovery points"), "{}", wave.what);
    assert_eq!((wave.since, wave.noticed), (at(120), at(180)));
}

#[test]
fn more_than_a_tenth_is_a_wave_but_one_point_alone_never_is() {
    let mut estate = Estate::default();
    estate.apply(points(0, &all(0, 12), 9 * DAY));
    estate.apply(points(60, &all(1, 12), 9 * DAY));
    assert_eq!(hows(&estate), []);
    estate.apply(points(120, &all(2, 12), 9 * DAY));
    assert_eq!(hows(&estate), [How::Mass]);
}

#[test]
fn deletions_hours_apart_and_points_past_their_time_are_no_wave() {
    let mut estate = Estate::default();
    estate.apply(points(0, &all(0, 100), 9 * DAY));
    for n in 0..4_u32 {
        let second = i64::from(n + 1) * 7300;
        estate.apply(points(second, &all(2 * n + 2, 100), 9 * DAY));
    }
    assert_eq!(hows(&estate), []);
    let mut old = Estate::default();
    old.apply(points(0, &all(0, 100), 30));
    old.apply(points(60, &[], 30));
    assert_eq!(hows(&old), []);
}

#[test]
fn a_list_cut_short_weakens_nothing() {
    let mut estate = Estate::default();
    estate.apply(points(0, &all(0, 100), 9 * DAY));
    estate.apply(cut(points(60, &[1], DAY)));
    assert_eq!(hows(&estate), []);
    estate.apply(points(120, &all(0, 100), 9 * DAY));
    assert_eq!(hows(&estate), []);
}

#[test]
fn points_that_expire_earlier_than_they_would_have_are_told_by_vault() {
    let mut estate = Estate::default();
    estate.apply(points(0, &all(0, 50), 30 * DAY));
    estate.apply(points(60, &all(0, 50), 30 * DAY - 20));
    assert_eq!(hows(&estate), [], "it is the same day");
    estate.apply(points(120, &all(0, 50), 2 * DAY));
    assert_eq!(hows(&estate), [How::Retention]);
    let what = &estate.weakened()[0].what;
    assert!(what.starts_with("50 recovery points of learn-vault"), "{what}");
    let kept = Found::Points([point("k", None)].into());
    let mut estate = Estate::default();
    estate.apply(seen(0, What::Points, kept));
    let ends = Found::Points([point("k", Some(DAY))].into());
    estate.apply(seen(60, What::Points, ends));
    assert_eq!(hows(&estate), [How::Retention], "for ever before");
}

/// What is told when a plan has become another.
fn after(is: Option<BackupPlan>) -> Vec<(How, String)> {
    let look = |second, plan: Option<BackupPlan>| {
        let parts = parts_of(plan.map(Part::BackupPlan));
        seen(second, What::Parts(Kind::BackupPlan), parts)
    };
    let mut estate = Estate::default();
    estate.apply(look(0, Some(plan())));
    estate.apply(look(60, is));
    let all = estate.weakened().iter();
    all.map(|weak| (weak.how, weak.what.clone())).collect()
}

#[test]
fn a_plan_that_is_gone_empty_or_copies_no_more_is_told() {
    assert_eq!(after(Some(plan())), []);
    let ran = BackupPlan { ran: Some(at(60)), ..plan() };
    assert_eq!(after(Some(ran)), []);
    let hows = |is| after(is).iter().map(|(how, _)| *how).collect::<Vec<_>>();
    assert_eq!(hows(None), [How::Plan]);
    let empty = BackupPlan { selections: Some(Vec::new()), ..plan() };
    let told = after(Some(empty));
    assert!(told[0].1.ends_with("nothing is left"), "{told:?}");
    let none = BackupPlan { rules: Some(Vec::new()), ..plan() };
    assert_eq!(hows(Some(none)), [How::Plan]);
    let untold = BackupPlan { rules: None, selections: None, ..plan() };
    assert_eq!(hows(Some(untold)), [], "not told is not gone");
    let mut local = plan();
    let rule = &mut local.rules.as_mut().unwrap()[0];
    rule.copies.clear();
    assert_eq!(hows(Some(local)), [How::Plan]);
    let mut short = plan();
    let rule = &mut short.rules.as_mut().unwrap()[0];
    rule.keep_days = Some(1);
    rule.copies[0].keep_days = Some(1);
    assert_eq!(hows(Some(short)), [How::Retention, How::Retention]);
    let mut long = plan();
    long.rules.as_mut().unwrap()[0].keep_days = None;
    assert_eq!(hows(Some(long)), [], "for ever is longer");
}

fn guard_of(locked: bool, min: i64, access: Access) -> VaultGuard {
    VaultGuard {
        locked: Some(locked),
        immutable_from: locked.then(|| at(DAY)),
        min_days: locked.then_some(min),
        access: Some(access),
        ..guarded()
    }
}

#[test]
fn a_lock_taken_off_and_a_policy_opened_are_told() {
    let deny = Access { exists: true, denies_deletion: true, open: false };
    let told = |is: VaultGuard| {
        let all = guard(&guard_of(true, 7, deny), &is);
        all.into_iter().map(|seen| seen.how).collect::<Vec<_>>()
    };
    assert_eq!(told(guard_of(true, 7, deny)), []);
    assert_eq!(told(guard_of(false, 7, deny)), [How::Lock]);
    assert_eq!(told(guard_of(true, 1, deny)), [How::Lock]);
    let later = VaultGuard {
        immutable_from: Some(at(9 * DAY)),
        ..guard_of(true, 7, deny)
    };
    assert_eq!(told(later), [How::Lock]);
    let none = Access::default();
    assert_eq!(told(guard_of(true, 7, none)), [How::Policy]);
    let open = Access { open: true, ..none };
    let both = [How::Policy, How::Policy];
    assert_eq!(told(guard_of(true, 7, open)), both);
    let untold =
        VaultGuard { access: None, locked: None, ..guard_of(true, 7, deny) };
    assert_eq!(told(untold), []);
}

fn db(days: i32) -> Observation {
    let db = DbInstance { backup_retention_days: days, ..fixture::db("Gold") };
    let found = Found::Instances([db].into());
    seen(i64::from(100 - days), What::Instances, found)
}

#[test]
fn automated_backups_switched_off_are_told_also_over_a_restart() {
    let mut estate = Estate::default();
    estate.apply(db(7));
    estate.apply(db(3));
    assert_eq!(hows(&estate), [How::Retention]);
    let place = Place::default();
    let saved = estate.save(place.clone(), at(99));
    let text = serde_json::to_string(&saved).expect("plain data");
    let saved = serde_json::from_str(&text).expect("just written");
    let mut opened = Estate::restore(saved, &place).expect("the same");
    opened.apply(db(0));
    assert_eq!(hows(&opened), [How::Retention, How::AutomatedBackups]);
}

#[test]
fn after_90_days_it_is_forgotten() {
    let mut estate = Estate::default();
    estate.apply(points(0, &all(0, 10), 900 * DAY));
    estate.apply(points(60, &all(0, 10), 800 * DAY));
    assert_eq!(hows(&estate).len(), 1);
    estate.apply(points(91 * DAY, &all(0, 9), 800 * DAY));
    assert_eq!(hows(&estate), []);
}
