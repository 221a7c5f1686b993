mod keys;
mod promoted;

use std::sync::Arc;

use super::*;
use crate::estate::Found;
use crate::estate::derived::Derived;
use crate::estate::fixture::{
    self, CENTRAL, DB, Scene, WEST, aimed, job, points,
};
use crate::estate::objective::Answer;
use crate::estate::recovery_point::Fields;
use crate::estate::resource::{
    AutomatedBackup, DbInstance, Job, JobKind, JobState, Lag, PointStatus,
    Protected,
};
use crate::estate::saved::Place;

const EFS: &str =
    "arn:aws:elasticfilesystem:eu-west-1:111122223333:file-system/fs-1";

/// Minutes since the start of the test's day.
fn at(minute: i64) -> Timestamp {
    fixture::now() + SignedDuration::from_mins(minute)
}

fn point(resource: &str, data: Option<i64>, created: i64) -> Fields {
    Fields {
        arn: format!("{resource}/point/{data:?}/{created}").into(),
        resource: resource.into(),
        data_time: data.map(at),
        created: Some(at(created)),
        ..fixture::point()
    }
}

fn db(id: &str, region: &str, tier: &str) -> DbInstance {
    DbInstance {
        id: id.into(),
        arn: format!("arn:aws:rds:{region}:111122223333:db:{id}").into(),
        ..fixture::db(tier)
    }
}

fn instances(list: &[DbInstance]) -> Found {
    Found::Instances(list.into())
}

fn replica() -> DbInstance {
    let replica_of = Some(DB.to_owned());
    DbInstance { replica_of, ..db("learn-db-replica", CENTRAL, "Gold") }
}

fn lags(samples: &[(i64, f64)]) -> Found {
    Found::Lags(
        [Lag {
            replica: "learn-db-replica".into(),
            metric: "ReplicaLag".into(),
            samples: samples.iter().map(|(m, lag)| (at(*m), *lag)).collect(),
        }]
        .into(),
    )
}

/// A database of this tier whose newest copy in the target holds data up to
/// this minute.
fn copied(tier: &str, data: i64, now: i64) -> Scene {
    Scene::default()
        .at(at(now))
        .saw(WEST, What::Instances, instances(&[db("learn-db", WEST, tier)]))
        .saw(
            CENTRAL,
            What::Points,
            points(&[point(DB, Some(data), data + 30)]),
        )
}

/// A Gold database with a replica in the target.
fn followed(samples: &[(i64, f64)], now: i64) -> Scene {
    Scene::default()
        .at(at(now))
        .saw(WEST, What::Instances, instances(&[db("learn-db", WEST, "Gold")]))
        .saw(CENTRAL, What::Instances, instances(&[replica()]))
        .saw(CENTRAL, What::Lags, lags(samples))
}

#[test]
fn the_loss_counts_from_the_data_time_and_not_from_the_copys_creation() {
    let standing = copied("Silver", 0, 40).only();
    assert_eq!(standing.loss, Some(SignedDuration::from_mins(40)));
    assert_eq!(standing.data_time, Some(at(0)));
    assert_eq!(standing.used, Some(66));
    assert_eq!(standing.state, State::Inside);
    assert_eq!(standing.breach, Some(SignedDuration::from_mins(20)));
}

#[test]
fn three_quarters_of_the_rpo_used_is_late_and_all_of_it_is_a_miss() {
    assert_eq!(copied("Silver", 0, 44).only().state, State::Inside);
    assert_eq!(copied("Silver", 0, 45).only().state, State::Late);
    assert_eq!(copied("Silver", 0, 60).only().state, State::Late);
    assert_eq!(copied("Silver", 0, 61).only().state, State::Outside);
}

#[test]
fn a_newer_copy_in_the_source_region_does_not_count_for_the_target() {
    let standing = copied("Silver", 0, 100)
        .saw(WEST, What::Points, points(&[point(DB, Some(95), 95)]))
        .only();
    assert_eq!(standing.state, State::Outside);
    assert_eq!(standing.loss, Some(SignedDuration::from_mins(100)));
    assert_eq!(&*standing.copies[0].region, WEST, "but it is known");
}

#[test]
fn a_continuous_backup_counts_only_in_the_region_it_lives_in() {
    let scene = |region: &str| {
        let backup = AutomatedBackup {
            instance: "learn-db".into(),
            resource: DB.into(),
            arn: "ab".into(),
            status: "active".into(),
            from: Some(WEST.into()),
            earliest: Some(at(0)),
            latest: Some(at(98)),
        };
        let backups = Found::AutomatedBackups([backup].into());
        copied("Silver", 0, 100)
            .saw(region, What::AutomatedBackups, backups)
            .only()
    };
    assert_eq!(scene(WEST).state, State::Outside);
    assert_eq!(scene(CENTRAL).state, State::Inside);
    assert_eq!(scene(CENTRAL).copies[0].via, Via::Continuous);
}

#[test]
fn a_replica_in_the_target_counts_by_its_lag_and_not_by_itself() {
    let standing = followed(&[(98, 2.0), (99, 3.0)], 100).only();
    assert_eq!(standing.name, "learn-db");
    assert_eq!(
        standing.data_time,
        Some(at(99) - SignedDuration::from_secs(3))
    );
    assert_eq!(standing.loss, Some(SignedDuration::from_secs(63)));
    assert_eq!(standing.state, State::Inside);
    let words = "replica learn-db-replica: lag 3.0 s, read at";
    assert!(standing.why.starts_with(words), "{}", standing.why);
}

#[test]
fn from_the_impact_on_the_loss_stands_still() {
    let scene = followed(&[(98, 2.0), (99, 3.0)], 100).impact(at(101));
    let loss = scene.only().loss;
    assert_eq!(loss, Some(SignedDuration::from_secs(123)));
    assert_eq!(scene.at(at(100 + 1)).only().loss, loss);
}

#[test]
fn a_lag_that_grows_after_the_source_died_reads_last_known_and_blocks_not() {
    let samples = [(98, 2.0), (99, 2.0), (100, 62.0), (101, 122.0)];
    let standing = followed(&samples, 100)
        .at(at(102))
        .failed(WEST, What::Instances)
        .saw(CENTRAL, What::Lags, lags(&samples))
        .impact(at(100))
        .only();
    assert_eq!(standing.loss, Some(SignedDuration::from_secs(62)));
    assert_eq!(standing.state, State::Inside);
    assert!(
        standing.why.contains("lag 2.0 s, read at")
            && standing.why.contains("grows"),
        "{}",
        standing.why
    );
}

#[test]
fn a_lag_of_minus_one_keeps_the_last_data_time() {
    let samples = [(98, 2.0), (99, 2.0), (100, -1.0)];
    let standing = followed(&samples, 101).impact(at(100)).only();
    assert_eq!(
        standing.data_time,
        Some(at(99) - SignedDuration::from_secs(2))
    );
    assert!(standing.why.contains("replication does not run"));
}

#[test]
fn without_the_source_ever_seen_the_replica_speaks_for_it() {
    let standing = Scene::default()
        .at(at(100))
        .saw(CENTRAL, What::Instances, instances(&[replica()]))
        .saw(CENTRAL, What::Lags, lags(&[(99, 3.0)]))
        .failed(WEST, What::Instances)
        .only();
    assert_eq!((&*standing.resource, &*standing.name), (DB, "learn-db"));
    assert_eq!(standing.state, State::Inside);
}

#[test]
fn members_of_a_cluster_are_not_counted_beside_it() {
    let member = DbInstance {
        cluster: Some("learn-aurora".into()),
        ..db("learn-aurora-1", WEST, "Gold")
    };
    let protected = Protected {
        arn: member.arn.clone(),
        kind: ResourceType::Rds,
        name: None,
        last_backup: None,
    };
    let scene = Scene::default()
        .saw(WEST, What::Instances, instances(&[member]))
        .saw(WEST, What::Protected, Found::Protected([protected].into()));
    assert_eq!(scene.all(), []);
}

#[test]
fn what_nothing_is_demanded_of_is_neither_missed_nor_met() {
    let protected = Protected {
        arn: EFS.into(),
        kind: ResourceType::Efs,
        name: Some("home".into()),
        last_backup: None,
    };
    let scene = Scene::default()
        .saw(WEST, What::Protected, Found::Protected([protected].into()))
        .saw(CENTRAL, What::Points, points(&[]));
    let standing = scene.only();
    assert_eq!((standing.state, standing.rpo), (State::NoObjective, None));
    let derived = scene.derived();
    assert_eq!(derived.verdict.answer, Answer::Unknown);
}

#[test]
fn no_copy_where_one_would_recover_is_a_miss_once_that_was_looked_at() {
    let unseen = Scene::default().saw(
        WEST,
        What::Instances,
        instances(&[db("learn-db", WEST, "Gold")]),
    );
    assert_eq!(unseen.only().state, State::Unknown);
    let seen = unseen
        .saw(CENTRAL, What::Points, points(&[]))
        .saw(CENTRAL, What::Snapshots, points(&[]))
        .saw(CENTRAL, What::Instances, instances(&[]))
        .only();
    assert_eq!(seen.state, State::Outside);
    assert_eq!(seen.why, "no usable copy in eu-central-1");
}

#[test]
fn a_copy_whose_data_time_aws_does_not_tell_is_no_pass() {
    let standing = Scene::default()
        .saw(WEST, What::Instances, instances(&[db("learn-db", WEST, "Gold")]))
        .saw(CENTRAL, What::Points, points(&[point(DB, None, 0)]))
        .saw(CENTRAL, What::Snapshots, points(&[]))
        .saw(CENTRAL, What::Instances, instances(&[]))
        .only();
    assert_eq!((standing.state, standing.loss), (State::Unknown, None));
}

#[test]
fn an_answer_older_than_three_looks_bears_no_verdict() {
    let standing = copied("Bronze", 0, 40).at(at(44)).only();
    assert_eq!(standing.state, State::Unknown);
    assert_eq!(standing.data_time, Some(at(0)), "but what is known is shown");
}

#[test]
fn an_estate_read_from_disk_bears_no_verdict() {
    let mut scene = copied("Bronze", 0, 40);
    let place = Place::default();
    let saved = scene.estate.save(place.clone(), at(40));
    scene.estate = Estate::restore(saved, &place).expect("same place");
    let standing = scene.only();
    assert_eq!(standing.state, State::Unknown);
    assert_eq!(standing.loss, Some(SignedDuration::from_mins(40)));
}

#[test]
fn points_that_cannot_be_restored_from_or_are_past_retention_do_not_count() {
    let partial =
        Fields { status: PointStatus::Partial, ..point(DB, Some(39), 39) };
    let expired = Fields { expires: Some(at(39)), ..point(DB, Some(35), 35) };
    let good = point(DB, Some(10), 10);
    let list = points(&[expired, partial, good]);
    let standing =
        copied("Silver", 0, 40).saw(CENTRAL, What::Points, list).only();
    assert_eq!(standing.loss, Some(SignedDuration::from_mins(30)));
}

#[test]
fn a_miss_names_the_failed_job_behind_it() {
    let job = Job {
        from: Some(WEST.into()),
        to: Some(CENTRAL.into()),
        created: at(60),
        ended: Some(at(70)),
        message: Some("not authorized kms:CreateGrant".into()),
        ..job(JobKind::Copy, JobState::Failed)
    };
    let standing = copied("Silver", 0, 100)
        .saw(WEST, What::CopyJobs, Found::Jobs([job].into()))
        .only();
    let why = "copy job failed 30m 00s ago: not authorized kms:CreateGrant";
    assert_eq!(standing.why, why);
}

#[test]
fn a_promoted_replica_still_tells_what_its_source_lost() {
    let arn = db("learn-db-replica", CENTRAL, "Gold").arn.to_string();
    let west =
        DbInstance { replicas: vec![arn], ..db("learn-db", WEST, "Gold") };
    let alone = db("learn-db-replica", CENTRAL, "Gold");
    let all = Scene::default()
        .at(at(100))
        .saw(WEST, What::Instances, instances(&[west]))
        .saw(CENTRAL, What::Instances, instances(&[alone]))
        .saw(CENTRAL, What::Lags, lags(&[(98, 2.0), (99, 2.0)]))
        .impact(at(100))
        .all();
    let old = all.iter().find(|s| s.name == "learn-db").expect("still there");
    assert_eq!(old.loss, Some(SignedDuration::from_secs(62)));
    assert!(matches!(old.copies[0].via, Via::Promoted { .. }));
}

#[test]
fn the_worst_stands_first_and_the_verdict_counts_them() {
    let list: Vec<DbInstance> = [("a", "Gold"), ("b", "Silver"), ("c", "x")]
        .iter()
        .map(|(id, tier)| db(id, WEST, tier))
        .collect();
    let held: Vec<Fields> =
        list.iter().map(|db| point(&db.arn, Some(60), 60)).collect();
    let scene = Scene::default()
        .at(at(100))
        .saw(WEST, What::Instances, instances(&list))
        .saw(CENTRAL, What::Points, points(&held));
    let derived = scene.derived();
    let names: Vec<_> =
        derived.standings.iter().map(|s| s.name.as_str()).collect();
    assert_eq!(names, ["a", "b", "c"]);
    assert_eq!(derived.verdict.answer, Answer::Partly);
    assert_eq!(
        derived.verdict.sentence,
        "1 of 2 resources are inside RPO, 1 outside, \
         1 without objective"
    );
    assert_eq!(derived.verdict.blockers.len(), 1);
}

#[test]
fn deriving_again_goes_through_the_points_only_after_a_change() {
    let scene = copied("Silver", 0, 40);
    let watch = aimed();
    let first = Derived::of(&scene.estate, &watch, None, at(40));
    let second = first.next(&scene.estate, &watch, None, at(41));
    assert!(Arc::ptr_eq(&first.points, &second.points));
    assert_ne!(first.standings[0].loss, second.standings[0].loss);
    let scene = scene.saw(CENTRAL, What::Points, points(&[]));
    let third = second.next(&scene.estate, &watch, None, at(41));
    assert_eq!(third.standings[0].loss, None);
}
