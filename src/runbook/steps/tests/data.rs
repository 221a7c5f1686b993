//! Settings, copies, jobs and keys of data.

use serde_json::{Value, json};

use super::*;
use crate::estate::thing::Thing;

const FROM: &str = "eu-west-1";
const TO: &str = "eu-central-1";
const NAME: &str = "lifeboat-inc-1-promote-1";

fn thing(
    estate: &mut Estate,
    (region, of): (&str, Thing),
    asked: Value,
    items: Vec<Value>,
    second: i64,
) {
    let found = Found::Things(items.into());
    super::see(estate, region, of.asked(&asked), found, second);
}

fn instance() -> Value {
    json!({
        "DBInstanceIdentifier": "learn-db-replica",
        "DBInstanceStatus": "available",
        "MultiAZ": false,
        "DeletionProtection": false,
        "BackupRetentionPeriod": 7,
        "DBParameterGroups": [{ "DBParameterGroupName": "learn-postgres16" }],
        "VpcSecurityGroups": [
            { "VpcSecurityGroupId": "sg-1", "Status": "active" },
        ],
        "PendingModifiedValues": {},
    })
}

fn see_instance(estate: &mut Estate, item: Value, second: i64) {
    let asked = json!({ "DBInstanceIdentifier": "learn-db-replica" });
    thing(estate, (TO, Thing::DbInstance), asked, vec![item], second);
}

fn snapshot(id: &str, data: &str) -> Value {
    json!({
        "DBSnapshotIdentifier": id,
        "DBSnapshotArn":
            format!("arn:aws:rds:{FROM}:111122223333:snapshot:{id}"),
        "SnapshotDatabaseTime": data,
        "SnapshotCreateTime": "2026-11-23T01:00:00Z",
        "Status": "available",
        "Encrypted": true,
    })
}

fn cluster_snapshot() -> Value {
    json!({
        "DBClusterSnapshotIdentifier": "night",
        "DBClusterSnapshotArn":
            format!("arn:aws:rds:{FROM}:111122223333:cluster-snapshot:night"),
        "SnapshotCreateTime": "2026-11-23T01:00:00Z",
        "Status": "available",
        "StorageEncrypted": true,
    })
}

fn key(state: &str) -> Value {
    json!({
        "Arn": format!("arn:aws:kms:{TO}:111122223333:key/k"),
        "KeyState": state,
        "KeyUsage": "ENCRYPT_DECRYPT",
    })
}

fn see_key(estate: &mut Estate, state: &str, second: i64) {
    let asked = json!({ "KeyId": "alias/learn-copies" });
    thing(estate, (TO, Thing::Key), asked, vec![key(state)], second);
}

/// What the examples need.
pub(super) fn see(estate: &mut Estate) {
    see_instance(estate, instance(), 0);
    see_key(estate, "Enabled", 0);
    let of = json!({ "DBInstanceIdentifier": "learn-db" });
    let two = vec![
        snapshot("new", "2026-11-23T02:00:00Z"),
        snapshot("old", "2026-11-22T02:00:00Z"),
    ];
    thing(estate, (FROM, Thing::DbSnapshot), of, two, 0);
    let of = json!({ "DBSnapshotIdentifier": NAME });
    thing(estate, (TO, Thing::DbSnapshot), of, Vec::new(), 0);
    let of = json!({ "DBClusterIdentifier": "learn-courses" });
    let one = vec![cluster_snapshot()];
    thing(estate, (FROM, Thing::DbClusterSnapshot), of, one, 0);
    let of = json!({ "DBClusterSnapshotIdentifier": NAME });
    thing(estate, (TO, Thing::DbClusterSnapshot), of, Vec::new(), 0);
}

fn example(kind: &str) -> Runbook {
    let kind = step_type(kind).expect("a kind of ours");
    Runbook::parse(&around(kind), kind.name).expect("parses")
}

fn planned(kind: &str, estate: &Estate) -> Result<Plan, Blocked> {
    let (runbook, values) = (example(kind), values());
    let scene = scene(estate, &values, None);
    runbook.steps.last().expect("the example").does.plan(&scene)
}

/// What the example, sent at 10, settles to by what is seen at `now`.
fn settled(kind: &str, seen: &Estate, now: i64) -> Settled {
    let plan = planned(kind, &estate()).expect("plans");
    let (runbook, values) = (example(kind), values());
    let scene = Scene { now: at(now), ..scene(seen, &values, None) };
    let answers = Answers {
        sent: Some(at(10)),
        named: vec![None],
        plan: Some(plan),
        ..Answers::default()
    };
    let does = &runbook.steps.last().expect("the example").does;
    does.settled(&scene, &answers)
}

#[test]
fn a_setting_that_is_pending_is_under_way() {
    let set = |status: &str, pending: Value, multi_az: bool| {
        let mut item = instance();
        item["DBInstanceStatus"] = json!(status);
        item["PendingModifiedValues"] = pending;
        item["MultiAZ"] = json!(multi_az);
        item["DeletionProtection"] = json!(true);
        item["BackupRetentionPeriod"] = json!(14);
        let mut estate = estate();
        see_instance(&mut estate, item, 200);
        settled("rds.modify-instance", &estate, 201)
    };
    let waits = set("available", json!({ "MultiAZ": true }), false);
    let Settled::Running { why } = &waits else { panic!("{waits:?}") };
    assert!(why.contains("multi az of learn-db-replica is pending"), "{why}");
    let busy = set("modifying", json!({}), true);
    assert!(matches!(busy, Settled::Running { .. }), "{busy:?}");
    let done = set("available", json!({}), true);
    assert!(matches!(done, Settled::Done { .. }), "{done:?}");
    let not = set("available", json!({}), false);
    assert!(matches!(not, Settled::NotDone { .. }), "{not:?}");
}

#[test]
fn backups_are_never_kept_for_fewer_days() {
    let mut estate = estate();
    let mut item = instance();
    item["BackupRetentionPeriod"] = json!(35);
    see_instance(&mut estate, item, 1);
    let why = planned("rds.modify-instance", &estate).unwrap_err().why;
    assert!(why.contains("would delete"), "{why}");
}

#[test]
fn the_newest_snapshot_is_copied_with_a_key_that_works_there() {
    let plan = planned("rds.copy-snapshot", &estate()).expect("plans");
    let request = plan.calls[0].request();
    assert!(
        request["SourceDBSnapshotIdentifier"]
            .as_str()
            .unwrap()
            .ends_with(":new")
    );
    assert_eq!(request["TargetDBSnapshotIdentifier"], NAME);
    assert_eq!(request["KmsKeyId"], key("Enabled")["Arn"]);
    assert_eq!(plan.calls[0].region(), Region::new(TO));
    let mut going = estate();
    see_key(&mut going, "PendingDeletion", 1);
    for kind in ["rds.copy-snapshot", "rds.copy-cluster-snapshot"] {
        let why = planned(kind, &going).unwrap_err().why;
        assert!(why.contains("will be deleted"), "{why}");
    }
}

#[test]
fn an_encrypted_snapshot_is_not_copied_away_without_a_key() {
    let kind = step_type("rds.copy-snapshot").expect("a kind of ours");
    let text = around(kind).replace("key = \"alias/learn-copies\"", "");
    let runbook = Runbook::parse(&text, "x").expect("parses");
    let (estate, values) = (estate(), values());
    let does = &runbook.steps.last().expect("the example").does;
    let why = does.plan(&scene(&estate, &values, None)).unwrap_err().why;
    assert!(why.contains("needs a `key` of eu-central-1"), "{why}");
}

#[test]
fn a_copy_is_done_once_it_is_available_and_ours() {
    let seen = |status: &str, by: &str, second| {
        let mut copy = snapshot(NAME, "2026-11-23T02:00:00Z");
        copy["Status"] = json!(status);
        copy["TagList"] = json!([{ "Key": "lifeboat:drill", "Value": by }]);
        let mut estate = estate();
        let of = json!({ "DBSnapshotIdentifier": NAME });
        thing(&mut estate, (TO, Thing::DbSnapshot), of, vec![copy], second);
        settled("rds.copy-snapshot", &estate, second + 1)
    };
    let done = seen("available", "INC-1", 20);
    let Settled::Done { outputs, .. } = &done else { panic!("{done:?}") };
    assert_eq!(outputs["data_time"], "2026-11-23T02:00:00Z");
    let under_way = seen("creating", "INC-1", 20);
    assert!(matches!(under_way, Settled::Running { .. }), "{under_way:?}");
    let failed = seen("failed", "INC-1", 20);
    assert!(matches!(failed, Settled::NotDone { .. }), "{failed:?}");
    let other = seen("available", "INC-2", 200);
    assert!(matches!(other, Settled::CannotTell { .. }), "{other:?}");
}
