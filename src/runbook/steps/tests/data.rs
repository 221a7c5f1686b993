//! Settings, copies, jobs and keys of data.

use serde_json::{Value, json};

use super::*;
use crate::estate::recovery_point::{self, RecoveryPoint};
use crate::estate::thing::Thing;

const FROM: &str = "eu-west-1";
const TO: &str = "eu-central-1";
const NAME: &str = "lifeboat-inc-1-promote-1";

pub(super) fn thing(
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
        "DbiResourceId": "db-ABC",
        "DBInstanceStatus": "available",
        "Endpoint": { "Address": "replica.example", "Port": 5432 },
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

fn points(estate: &mut Estate, status: &str, second: i64) {
    let orders = format!("arn:aws:rds:{TO}:111122223333:db:learn-orders");
    let one = |name: &str, at: &str, status: &str| {
        json!({
            "RecoveryPointArn":
                format!("arn:aws:rds:{TO}:111122223333:snapshot:{name}"),
            "CreationDate": at,
            "Status": status,
            "BackupVaultName": "learn-vault-dr",
        })
    };
    let two = vec![
        one("awsbackup:old", "2026-11-22T00:00:00Z", "COMPLETED"),
        one("awsbackup:new", "2026-11-23T00:00:00Z", status),
    ];
    let of = json!({ "ResourceArn": orders });
    thing(estate, (TO, Thing::RecoveryPoints), of, two, second);
}

fn see_vault(estate: &mut Estate, region: &str, name: &str) {
    let arn =
        format!("arn:aws:backup:{region}:111122223333:backup-vault:{name}");
    let asked = json!({ "BackupVaultName": name });
    let found = vec![json!({ "BackupVaultArn": arn })];
    thing(estate, (region, Thing::Vault), asked, found, 0);
}

fn see_standby(estate: &mut Estate, of: &str, status: &str, second: i64) {
    let mut item = instance();
    item["DBInstanceIdentifier"] = json!("learn-ledger-standby");
    item["DBInstanceStatus"] = json!(status);
    item["Engine"] = json!("oracle-ee");
    if !of.is_empty() {
        item["ReadReplicaSourceDBInstanceIdentifier"] = json!(of);
    }
    let asked = json!({ "DBInstanceIdentifier": "learn-ledger-standby" });
    thing(estate, (TO, Thing::DbInstance), asked, vec![item], second);
}

/// What the examples need.
pub(super) fn see(estate: &mut Estate) {
    points(estate, "COMPLETED", 0);
    see_standby(estate, "learn-ledger", "available", 0);
    let free = json!({ "DBInstanceIdentifier": "learn-db-replica-old" });
    thing(estate, (TO, Thing::DbInstance), free, Vec::new(), 0);
    thing(estate, (TO, Thing::LegalHolds), json!({}), Vec::new(), 0);
    let id = "b4e1c7d2-5f08-4c1e-9a63-0d2f8e7b9c11";
    let hold = json!({ "LegalHoldId": id, "Title": "x", "Status": "ACTIVE" });
    let of = json!({ "LegalHoldId": id });
    thing(estate, (TO, Thing::LegalHold), of, vec![hold], 0);
    see_vault(estate, TO, "learn-vault-dr");
    see_vault(estate, FROM, "learn-vault");
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

pub(super) fn planned(kind: &str, estate: &Estate) -> Result<Plan, Blocked> {
    let (runbook, values) = (example(kind), values());
    let scene = scene(estate, &values, None);
    runbook.steps.last().expect("the example").does.plan(&scene)
}

/// What the example, sent at 10, settles to by what is seen at `now`.
pub(super) fn settled(kind: &str, seen: &Estate, now: i64) -> Settled {
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

const ROLE: &str = "arn:aws:iam::111122223333:role/learn-restore";

/// A restore job of the newest point, by our role.
fn job(id: &str, status: &str) -> Value {
    json!({
        "RestoreJobId": id,
        "Status": status,
        "RecoveryPointArn":
            format!("arn:aws:rds:{TO}:111122223333:snapshot:awsbackup:new"),
        "IamRoleArn": ROLE,
        "CompletionDate": "2026-11-23T03:00:00Z",
        "CreatedResourceArn": "arn:aws:rds:x:1:db:learn-orders-restored",
    })
}

/// What a restore, confirmed at 5 and sent at 10, settles to by these jobs.
fn restored(named: Option<&str>, jobs: Vec<Value>, now: i64) -> Settled {
    let kind = "backup.start-restore-job";
    let mut estate = estate();
    let plan = planned(kind, &estate).expect("plans");
    let since = json!({
        "ByCreatedAfter": super::super::seen::moment(at(5 - 300)),
    });
    let (of, asked) = match named {
        Some(id) => (Thing::RestoreJob, json!({ "RestoreJobId": id })),
        None => (Thing::RestoreJobs, since),
    };
    thing(&mut estate, (TO, of), asked, jobs, now - 1);
    let (runbook, values) = (example(kind), values());
    let scene = Scene { now: at(now), ..scene(&estate, &values, None) };
    let answers = Answers {
        sent: Some(at(10)),
        confirmed: Some(at(5)),
        named: vec![named.map(str::to_owned)],
        plan: Some(plan),
        ..Answers::default()
    };
    let does = &runbook.steps.last().expect("the example").does;
    does.settled(&scene, &answers)
}

#[test]
fn a_job_is_followed_by_its_id_to_its_end() {
    for (status, ends) in [
        ("PENDING", "Running"),
        ("RUNNING", "Running"),
        ("COMPLETED", "Done"),
        ("FAILED", "NotDone"),
        ("ABORTED", "NotDone"),
        ("PARTIAL", "NotDone"),
        ("EXPIRED", "NotDone"),
        ("ODD", "CannotTell"),
    ] {
        let settled = restored(Some("j"), vec![job("j", status)], 20);
        let told = format!("{settled:?}");
        assert!(told.starts_with(ends), "{status}: {told}");
    }
    let mut half = job("j", "COMPLETED");
    half["StatusMessage"] = json!("One or more objects failed to be restored");
    let told = restored(Some("j"), vec![half], 20);
    assert!(matches!(told, Settled::NotDone { .. }), "{told:?}");
}

#[test]
fn a_job_whose_answer_was_lost_is_the_only_one_that_does_the_same() {
    let ours = || job("ours", "COMPLETED");
    let other = |member: &str, value: Value| {
        let mut job = job("other", "RUNNING");
        job[member] = value;
        job
    };
    let planned = other("CreatedBy", json!({ "BackupPlanId": "p" }));
    let elsewhere = other("RecoveryPointArn", json!("arn:x"));
    let by_others = other("IamRoleArn", json!("arn:y"));
    let jobs = vec![planned, elsewhere, ours(), by_others];
    let Settled::Done { outputs, .. } = restored(None, jobs, 20) else {
        panic!("not done")
    };
    assert_eq!(outputs["job"], "ours");
    assert!(outputs["resource"].ends_with("learn-orders-restored"));
    let two = restored(None, vec![ours(), job("b", "RUNNING")], 20);
    assert!(matches!(two, Settled::CannotTell { .. }), "{two:?}");
    let early = restored(None, Vec::new(), 20);
    assert!(matches!(early, Settled::CannotTell { .. }), "{early:?}");
    let late = restored(None, Vec::new(), 200);
    assert!(matches!(late, Settled::NotDone { .. }), "{late:?}");
}

#[test]
fn the_newest_point_that_can_be_used_is_restored() {
    let mut estate = estate();
    for (status, name) in [("COMPLETED", "new"), ("EXPIRED", "old")] {
        points(&mut estate, status, 1);
        let plan =
            planned("backup.start-restore-job", &estate).expect("plans");
        let request = plan.calls[0].request();
        let arn = request["RecoveryPointArn"].as_str().expect("text");
        assert!(arn.ends_with(name), "{arn}");
        assert_eq!(request["IdempotencyToken"], "INC-1-promote-1");
    }
}

/// What the check of a fresh point says of one with these data.
fn fresh(
    data: Option<i64>,
    state: Option<&str>,
    impact: Option<i64>,
) -> Settled {
    let key: Arn = format!("arn:aws:kms:{TO}:111122223333:key/k").into();
    let orders = format!("arn:aws:rds:{TO}:111122223333:db:learn-orders");
    let point = RecoveryPoint::from(recovery_point::Fields {
        resource: orders.into(),
        data_time: data.map(at),
        key: Some(key.clone()),
        ..fixture::point()
    });
    let mut estate = estate();
    let list = What::SnapshotsOf("learn-orders".into());
    let found = Found::Points([point].into());
    super::see(&mut estate, TO, list, found, 0);
    if let Some(state) = state {
        let asked = json!({ "KeyId": key });
        thing(&mut estate, (TO, Thing::Key), asked, vec![self::key(state)], 0);
    }
    let (runbook, values) = (example("backup.point-fresh"), values());
    let does = &runbook.steps.last().expect("the example").does;
    let scene = scene(&estate, &values, impact);
    does.settled(&scene, &Answers::default())
}

#[test]
fn a_point_is_fresh_by_its_data_and_with_a_key_that_works() {
    let day = 86_400;
    let well = fresh(Some(-day), Some("Enabled"), None);
    assert!(matches!(well, Settled::Done { .. }), "{well:?}");
    let old = fresh(Some(-2 * day), Some("Enabled"), None);
    assert!(matches!(old, Settled::NotDone { .. }), "{old:?}");
    let before = fresh(Some(-2 * day), Some("Enabled"), Some(-day));
    assert!(matches!(before, Settled::Done { .. }), "{before:?}");
    let shut = fresh(Some(-day), Some("Disabled"), None);
    assert!(matches!(shut, Settled::NotDone { .. }), "{shut:?}");
    let unseen = fresh(Some(-day), None, None);
    assert!(matches!(unseen, Settled::CannotTell { .. }), "{unseen:?}");
    let undated = fresh(None, Some("Enabled"), None);
    assert!(matches!(undated, Settled::CannotTell { .. }), "{undated:?}");
}

#[test]
fn a_renamed_instance_is_followed_by_what_rds_never_changes_of_it() {
    let seen = |id: &str, status: &str, second| {
        let mut item = instance();
        item["DBInstanceIdentifier"] = json!(id);
        item["DBInstanceStatus"] = json!(status);
        let mut estate = estate();
        let of = json!({ "Filters": [
            { "Name": "dbi-resource-id", "Values": ["db-ABC"] },
        ] });
        let at = (TO, Thing::DbInstance);
        thing(&mut estate, at, of, vec![item], second);
        settled("rds.rename-instance", &estate, second + 1)
    };
    let (old, new) = ("learn-db-replica", "learn-db-replica-old");
    for (id, status, second, ends) in [
        (old, "available", 20, "CannotTell"),
        (old, "renaming", 20, "Running"),
        (new, "modifying", 20, "Running"),
        (new, "available", 20, "Done"),
        (old, "available", 300, "NotDone"),
    ] {
        let told = format!("{:?}", seen(id, status, second));
        assert!(told.starts_with(ends), "{id} {status}: {told}");
    }
}

#[test]
fn a_restart_is_done_only_once_rds_reports_it() {
    let seen = |messages: &[&str], second| {
        let events = messages.iter().map(|told| json!({ "Message": told }));
        let mut estate = estate();
        let of = json!({
            "SourceIdentifier": "learn-db-replica",
            "SourceType": "db-instance",
            "StartTime": super::super::seen::moment(at(second + 1)),
        });
        let place = (TO, Thing::DbEvents);
        thing(&mut estate, place, of, events.collect(), second);
        settled("rds.reboot-instance", &estate, second + 1)
    };
    for (messages, second, ends) in [
        (&["Backing up DB instance"][..], 20, "CannotTell"),
        (&["DB instance shutdown"], 20, "Running"),
        (&["DB instance shutdown", "DB instance restarted"], 20, "Done"),
        (&[], 700, "NotDone"),
    ] {
        let told = format!("{:?}", seen(messages, second));
        assert!(told.starts_with(ends), "{messages:?}: {told}");
    }
}

#[test]
fn a_switchover_is_done_once_the_replica_follows_nobody() {
    for (of, status, second, ends) in [
        ("learn-ledger", "available", 20, "CannotTell"),
        ("learn-ledger", "modifying", 20, "Running"),
        ("", "modifying", 20, "Running"),
        ("", "available", 20, "Done"),
        ("learn-ledger", "available", 300, "NotDone"),
    ] {
        let mut estate = estate();
        see_standby(&mut estate, of, status, second);
        let kind = "rds.switchover-read-replica";
        let told = format!("{:?}", settled(kind, &estate, second + 1));
        assert!(told.starts_with(ends), "{of} {status}: {told}");
    }
    let mut other = estate();
    see_standby(&mut other, "learn-db", "available", 1);
    let why = planned("rds.switchover-read-replica", &other).unwrap_err().why;
    assert!(why.contains("not learn-ledger"), "{why}");
}
