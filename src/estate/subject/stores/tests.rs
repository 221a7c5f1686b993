use std::collections::BTreeMap;

use jiff::SignedDuration;

use super::*;
use crate::estate::Found;
use crate::estate::fixture::{CENTRAL, Scene, WEST, now, point, points, tier};
use crate::estate::objective::State;
use crate::estate::part::dynamodb::{Continuous, Replica as TableReplica};
use crate::estate::part::ec2::{Host, Volume};
use crate::estate::part::efs::FileSystem;
use crate::estate::part::s3::{Replication, Versioning};
use crate::estate::part::tags::Tagged;
use crate::estate::recovery_point::Fields;
use crate::estate::resource::{Lag, Origin};
use crate::estate::standing::Via;

/// Seconds since the start of the test's day.
fn at(second: i64) -> Timestamp {
    now() + SignedDuration::from_secs(second)
}

fn bucket(name: &str, rules: Vec<Replication>) -> Bucket {
    let tags = if rules.is_empty() { BTreeMap::new() } else { tier("Gold") };
    Bucket {
        arn: format!("arn:aws:s3:::{name}"),
        name: name.to_owned(),
        versioning: Some(Versioning::Enabled),
        replication: Some(rules),
        lock: None,
        tags,
        unknown: Vec::new(),
    }
}

fn rule() -> Replication {
    Replication {
        id: "all".into(),
        enabled: true,
        to: "content-dr".into(),
        prefix: String::new(),
        deletes: false,
        timed: true,
        measured: true,
        by_tags: false,
    }
}

fn flow(samples: &[(i64, f64)]) -> Flow {
    Flow {
        source: "content".into(),
        to: "content-dr".into(),
        rule: "all".into(),
        lag: Lag {
            replica: "content/all".into(),
            metric: "ReplicationLatency".into(),
            samples: samples.iter().map(|(s, lag)| (at(*s), *lag)).collect(),
        },
        pending: Some(0.0),
        failed: None,
    }
}

fn replicated(samples: &[(i64, f64)]) -> Scene {
    Scene::default()
        .at(at(600))
        .has(WEST, bucket("content", vec![rule()]))
        .has(CENTRAL, bucket("content-dr", vec![]))
        .has(CENTRAL, flow(samples))
}

/// `ReplicationLatency` is the most seconds by which the destination is
/// behind the source (Amazon S3 user guide, "Using S3 Replication metrics").
#[test]
fn a_replicated_bucket_holds_the_data_up_to_sample_time_less_latency() {
    let standing = replicated(&[(540, 9.0), (600, 12.0)]).only();
    assert_eq!(standing.data_time, Some(at(588)));
    assert_eq!(standing.state, State::Inside);
    assert!(matches!(&standing.copies[0].via,
        Via::Replica { id, .. } if id == "content-dr"));
    assert!(standing.freshness.is_live());
}

#[test]
fn that_nothing_waits_is_not_believed_of_a_region_that_does_not_answer() {
    let later = [(600, 12.0), (660, 0.0), (1800, 0.0)];
    let scene = replicated(&later).at(at(1800)).has(CENTRAL, flow(&later));
    let standing = scene.impact(at(630)).only();
    assert_eq!(standing.data_time, Some(at(588)));
    assert_eq!(standing.loss, Some(SignedDuration::from_secs(42)));
}

#[test]
fn a_rule_without_metrics_leaves_the_data_time_unknown() {
    let scene = Scene::default()
        .at(at(600))
        .has(WEST, bucket("content", vec![rule()]))
        .has(CENTRAL, bucket("content-dr", vec![]))
        .saw(CENTRAL, What::Parts(Kind::Flow), Found::Parts([].into()))
        .without(CENTRAL, &[What::Points]);
    let standing = scene.only();
    assert_eq!((standing.state, standing.loss), (State::Unknown, None));
}

#[test]
fn a_rule_about_some_objects_is_no_copy_of_the_bucket() {
    let some = Replication { prefix: "logs/".into(), ..rule() };
    let scene = Scene::default()
        .at(at(600))
        .has(WEST, bucket("content", vec![some]))
        .has(CENTRAL, flow(&[(600, 1.0)]))
        .without(CENTRAL, &[What::Points]);
    assert_eq!(scene.only().state, State::Outside);
}

const FILES: &str =
    "arn:aws:elasticfilesystem:eu-west-1:111122223333:file-system/fs-1";

fn file_system(arn: &str, tags: BTreeMap<String, String>) -> FileSystem {
    FileSystem {
        arn: arn.into(),
        state: "available".into(),
        bytes: None,
        encrypted: Some(true),
        mounts: 3,
        automatic: Some(false),
        tags,
        unknown: Vec::new(),
    }
}

fn sync(synced: Option<i64>) -> FileSync {
    FileSync {
        source: FILES.into(),
        to: "fs-2".into(),
        account: None,
        region: CENTRAL.into(),
        status: "ENABLED".into(),
        message: None,
        synced: synced.map(at),
    }
}

/// Changes made before `LastReplicatedTimestamp` are in the destination,
/// later ones may not be (Amazon EFS API reference, `Destination`).
#[test]
fn a_replicated_file_system_holds_the_data_up_to_its_last_sync() {
    let follower =
        "arn:aws:elasticfilesystem:eu-central-1:111122223333:file-system/fs-2";
    let scene = Scene::default()
        .at(at(1000))
        .has(WEST, file_system(FILES, tier("Silver")))
        .has(CENTRAL, file_system(follower, tier("Silver")))
        .has(WEST, sync(Some(100)))
        .has(CENTRAL, sync(Some(400)));
    let standing = scene.only();
    assert_eq!(standing.data_time, Some(at(400)), "as the follower's tells");
    assert_eq!(standing.copies[0].source.region(), Some(&CENTRAL.into()));
    assert_eq!(standing.state, State::Inside);
}

#[test]
fn a_file_system_that_was_never_synced_has_no_copy() {
    let scene = Scene::default()
        .at(at(1000))
        .has(WEST, file_system(FILES, tier("Silver")))
        .has(CENTRAL, sync(None))
        .without(CENTRAL, &[What::Points]);
    assert_eq!(scene.only().state, State::Outside);
}

const TABLE: &str = "arn:aws:dynamodb:eu-west-1:111122223333:table/sessions";

fn table(region: &str, status: &str, latest: Option<i64>) -> Table {
    let other = if region == WEST { CENTRAL } else { WEST };
    Table {
        arn: TABLE.replace(WEST, region).into(),
        status: "ACTIVE".into(),
        bytes: None,
        deletion_protection: Some(true),
        continuous: Some(Continuous {
            on: latest.is_some(),
            earliest: None,
            latest: latest.map(at),
        }),
        replicas: vec![TableReplica {
            region: other.into(),
            status: status.to_owned(),
        }],
        unknown: Vec::new(),
    }
}

fn tagged() -> Tagged {
    Tagged { arn: TABLE.into(), tags: tier("Gold") }
}

/// A replica is usually a second behind (Amazon DynamoDB developer guide,
/// "Global tables"), as long as its status is `ACTIVE`.
#[test]
fn an_active_replica_is_as_new_as_the_newest_look_at_the_source() {
    let scene = Scene::default()
        .at(at(100))
        .has(WEST, tagged())
        .has(WEST, table(WEST, "ACTIVE", None))
        .has(CENTRAL, table(CENTRAL, "ACTIVE", None));
    let standing = scene.only();
    assert_eq!(standing.data_time, Some(at(100)));
    assert_eq!(standing.copies[0].source.region(), Some(&CENTRAL.into()));
    assert_eq!(standing.tier.as_deref(), Some("Gold"));

    let later =
        scene.at(at(220)).has(CENTRAL, table(CENTRAL, "ACTIVE", None)).only();
    assert_eq!(later.data_time, Some(at(100)), "the source was silent since");
}

#[test]
fn a_replica_that_is_not_active_leaves_the_data_time_unknown() {
    let broken = "INACCESSIBLE_ENCRYPTION_CREDENTIALS";
    let scene = Scene::default()
        .at(at(100))
        .has(WEST, tagged())
        .has(WEST, table(WEST, broken, None))
        .has(CENTRAL, table(CENTRAL, "ACTIVE", None))
        .without(CENTRAL, &[What::Points, What::TableBackups]);
    assert_eq!(scene.only().state, State::Unknown);
}

/// The newest moment that can be restored is `LatestRestorableDateTime`
/// (Amazon DynamoDB API reference, `PointInTimeRecoveryDescription`), and
/// not the time at which the continuous backup began.
#[test]
fn a_continuous_backup_holds_the_data_up_to_its_latest_restorable_time() {
    let mut alone = table(WEST, "ACTIVE", Some(700));
    alone.replicas.clear();
    let scene = Scene::default().at(at(1000)).has(WEST, alone);
    let standing = scene.only();
    let [copy] = &standing.copies[..] else { panic!("{standing:#?}") };
    assert_eq!((copy.data_time, &copy.via), (at(700), &Via::Continuous));
}

const VOLUME: &str = "arn:aws:ec2:eu-west-1:111122223333:volume/vol-1";

fn snapshot(data: Option<i64>, resource: &str, encrypted: bool) -> Found {
    points(&[Fields {
        arn: "arn:aws:ec2:eu-central-1::snapshot/snap-1".into(),
        resource: resource.into(),
        kind: ResourceType::Ebs,
        vault: None,
        origin: Origin::SnapshotCopy,
        data_time: data.map(at),
        created: Some(at(900)),
        encrypted,
        ..point()
    }])
}

fn volume() -> Volume {
    Volume {
        arn: VOLUME.into(),
        state: "in-use".into(),
        attached: vec!["i-1".into()],
        zone: "eu-west-1a".into(),
        gib: 8,
        encrypted: Some(true),
        key: None,
        tags: tier("Silver"),
    }
}

#[test]
fn a_copied_ebs_snapshot_counts_by_the_time_of_its_original() {
    let scene = Scene::default().at(at(1000)).has(WEST, volume());
    let copied = snapshot(Some(400), VOLUME, true);
    let standing = scene.saw(CENTRAL, What::VolumeSnapshots, copied).only();
    assert_eq!(standing.data_time, Some(at(400)));
    assert_eq!(standing.loss, Some(SignedDuration::from_secs(600)));
}

#[test]
fn a_copy_of_nobody_knows_what_is_no_resource() {
    let scene = Scene::default().at(at(1000));
    let stray = snapshot(None, "", true);
    assert_eq!(scene.saw(CENTRAL, What::VolumeSnapshots, stray).all(), []);
}

#[test]
fn an_instance_that_there_are_images_of_alone_stands_by_them() {
    let arn = Arn::new("arn:aws:ec2:eu-west-1:111122223333:instance/i-1");
    let host = Host {
        arn: arn.clone(),
        state: "running".into(),
        class: "m7g.large".into(),
        zone: "eu-west-1a".into(),
        image: "ami-0".into(),
        root: None,
        volumes: Vec::new(),
        tags: tier("Silver"),
    };
    let scene = Scene::default().at(at(600)).has(WEST, host);
    assert_eq!(scene.all(), [], "it may hold nothing");
    let image = Fields {
        arn: "arn:aws:ec2:eu-central-1::image/ami-1".into(),
        resource: arn.clone(),
        kind: ResourceType::Ec2,
        vault: None,
        origin: Origin::SnapshotCopy,
        data_time: Some(at(0)),
        created: Some(at(300)),
        ..point()
    };
    let copied = points(&[image]);
    let standing = scene.saw(CENTRAL, What::HostImages, copied).only();
    assert_eq!((standing.resource, standing.kind), (arn, ResourceType::Ec2));
    assert_eq!(standing.loss, Some(SignedDuration::from_secs(600)));
    assert_eq!(standing.state, State::Inside);
    assert!(standing.freshness.is_live());
}
