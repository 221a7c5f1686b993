//! Restoring a snapshot, and deleting what was made of it.

use serde_json::json;

use super::*;
use crate::estate::reach::Reach;
use crate::estate::recovery_point::{Fields, RecoveryPoint};
use crate::estate::thing::Thing;
use crate::runbook::call::rds::RestoreInstance;

const TO: &str = "eu-central-1";

fn made(id: &str, by: &str) -> DbInstance {
    DbInstance {
        id: id.into(),
        arn: Arn::new(format!("arn:aws:rds:{TO}:111122223333:db:{id}")),
        status: "available".into(),
        deletion_protection: false,
        endpoint: Some(("copy.example".into(), 5432)),
        tags: BTreeMap::from([("lifeboat:drill".into(), by.into())]),
        ..fixture::db("none")
    }
}

fn snapshot(name: &str, data: i64) -> RecoveryPoint {
    let arn = format!("arn:aws:rds:{TO}:111122223333:snapshot:{name}");
    let fields = fixture::point();
    RecoveryPoint::from(Fields {
        arn: Arn::new(arn),
        data_time: Some(at(data)),
        ..fields
    })
}

fn there(estate: &mut Estate, id: &str, found: Vec<DbInstance>, second: i64) {
    let what = What::Instance(id.into());
    super::see(estate, TO, what, Found::Instances(found.into()), second);
}

fn reach() -> What {
    let guards = vec!["sg-0drill".into()];
    What::Reach { subnets: "drill-closed".into(), guards }
}

fn closed(ways: &[&str]) -> Found {
    Found::Reach(Reach {
        network: "vpc-1".into(),
        subnets: vec!["subnet-1".into()],
        ways: ways.iter().map(|&way| way.to_owned()).collect(),
    })
}

const FROM: &str = "eu-west-1";

/// Automated backups of an hour, of an instance in a Region.
fn backups(estate: &mut Estate, home: &str, second: i64) {
    let backup = json!({
        "DBInstanceArn": format!("arn:aws:rds:{home}:1:db:learn-orders"),
        "DbiResourceId": "db-ORDERS",
        "DBInstanceAutomatedBackupsArn": "arn:backup",
        "RestoreWindow": {
            "EarliestTime": moment_of(-3600),
            "LatestTime": moment_of(-300),
        },
    });
    let of = json!({ "DBInstanceIdentifier": "learn-orders" });
    let found = Found::Things([backup].into());
    super::see(estate, TO, Thing::AutomatedBackups.asked(&of), found, second);
}

/// What the examples need.
pub(super) fn see(estate: &mut Estate) {
    let points = [snapshot("old", -900), snapshot("new", -300)];
    let what = What::SnapshotsOf("learn-db".into());
    super::see(estate, TO, what, Found::Points(points.into()), 0);
    super::see(estate, TO, reach(), closed(&[]), 0);
    there(estate, "drill-copy", Vec::new(), 0);
    there(estate, "learn-orders-last", Vec::new(), 0);
    backups(estate, FROM, 0);
    there(estate, "drill-made", vec![made("drill-made", "INC-1")], 0);
}

fn step(kind: &str) -> Runbook {
    let kind = step_type(kind).expect("a kind of ours");
    Runbook::parse(&around(kind), kind.name).expect("parses")
}

fn planned(kind: &str, estate: &Estate) -> Result<Plan, Blocked> {
    let runbook = step(kind);
    let values = values();
    let scene = scene(estate, &values, None);
    runbook.steps.last().expect("the example").does.plan(&scene)
}

/// What the example's plan settles to, sent at 10, by a look at a second.
fn settled(
    kind: &str,
    id: &str,
    found: Vec<DbInstance>,
    seen: i64,
) -> Settled {
    let mut estate = estate();
    let plan = planned(kind, &estate).expect("plans");
    there(&mut estate, id, found, seen);
    let (runbook, values) = (step(kind), values());
    let scene = Scene { now: at(seen), ..scene(&estate, &values, None) };
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
fn the_newest_snapshot_is_restored_with_the_tag_of_the_drill() {
    let plan = planned("rds.restore-snapshot", &estate()).expect("plans");
    let Call::RdsRestoreInstance(RestoreInstance { snapshot, .. }) =
        &plan.calls[0]
    else {
        panic!("{plan:?}")
    };
    assert_eq!(snapshot.tail(), "new");
    let tag = Some(("lifeboat:drill", "INC-1"));
    assert_eq!(plan.calls[0].made_by(), tag);
    let arn = format!("arn:aws:rds:{TO}:111122223333:db:drill-copy");
    assert_eq!(plan.calls[0].creates(), Some(arn));
    let request = plan.calls[0].request();
    assert_eq!(request["PubliclyAccessible"], false);
    let what = What::Instance("drill-copy".into());
    let mut taken = estate();
    let found = Found::Instances([made("drill-copy", "INC-9")].into());
    super::see(&mut taken, TO, what, found, 1);
    let why = planned("rds.restore-snapshot", &taken).unwrap_err().why;
    assert!(why.contains("lifeboat:drill = INC-9"), "{why}");
}

#[test]
fn what_is_to_be_closed_is_not_made_where_there_is_a_way_out() {
    let mut open = estate();
    super::see(&mut open, TO, reach(), closed(&["0.0.0.0/0 over igw-1"]), 1);
    let why = planned("rds.restore-snapshot", &open).unwrap_err().why;
    assert!(why.contains("igw-1"), "{why}");
}

#[test]
fn a_copy_is_done_only_once_it_is_available_and_ours() {
    let of = |found, seen| {
        settled("rds.restore-snapshot", "drill-copy", found, seen)
    };
    let copy = made("drill-copy", "INC-1");
    let Settled::Done { outputs, .. } = of(vec![copy.clone()], 20) else {
        panic!("not done")
    };
    assert_eq!(outputs["snapshot"], "new");
    assert_eq!(outputs["data_time"], moment_of(-300));
    let creating = DbInstance { status: "creating".into(), ..copy.clone() };
    let running = of(vec![creating], 20);
    assert!(matches!(running, Settled::Running { .. }), "{running:?}");
    let bad = "incompatible-parameters".to_owned();
    let broken = DbInstance { status: bad, ..copy };
    let failed = of(vec![broken], 20);
    assert!(matches!(failed, Settled::NotDone { .. }), "{failed:?}");
    let early = of(Vec::new(), 20);
    assert!(matches!(early, Settled::CannotTell { .. }), "{early:?}");
    let late = of(Vec::new(), 131);
    assert!(matches!(late, Settled::NotDone { .. }), "{late:?}");
    let foreign = of(vec![made("drill-copy", "INC-2")], 131);
    assert!(matches!(foreign, Settled::NotDone { .. }), "{foreign:?}");
}

fn moment_of(second: i64) -> String {
    super::super::seen::moment(at(second))
}

#[test]
fn only_what_this_run_made_is_deleted() {
    for (by, said) in [("INC-2", "made by INC-2"), ("", "has no tag")] {
        let mut estate = estate();
        let mut other = made("drill-made", by);
        if by.is_empty() {
            other.tags.clear();
        }
        there(&mut estate, "drill-made", vec![other], 1);
        let why = planned("rds.delete-instance", &estate).unwrap_err().why;
        assert!(why.contains(said), "{why}");
    }
    let mut estate = estate();
    let own = made("drill-made", "INC-1");
    let kept = DbInstance { deletion_protection: true, ..own };
    there(&mut estate, "drill-made", vec![kept], 1);
    let why = planned("rds.delete-instance", &estate).unwrap_err().why;
    assert!(why.contains("protected"), "{why}");
}

#[test]
fn a_deletion_is_done_when_rds_has_none_of_that_name() {
    let of = |found, seen| {
        settled("rds.delete-instance", "drill-made", found, seen)
    };
    let own = made("drill-made", "INC-1");
    let gone = of(Vec::new(), 20);
    assert!(matches!(gone, Settled::Done { .. }), "{gone:?}");
    let going = DbInstance { status: "deleting".into(), ..own.clone() };
    let going = of(vec![going], 20);
    assert!(matches!(going, Settled::Running { .. }), "{going:?}");
    let early = of(vec![own.clone()], 20);
    assert!(matches!(early, Settled::CannotTell { .. }), "{early:?}");
    let late = of(vec![own], 131);
    assert!(matches!(late, Settled::NotDone { .. }), "{late:?}");
}

/// The plan to restore as it was at a time, of backups of this Region.
fn to_time(time: &str, home: &str) -> Result<Plan, Blocked> {
    let kind = step_type("rds.restore-to-point-in-time").expect("ours");
    let time = format!("time = \"{time}\"");
    let text = around(kind).replace("time = \"latest\"", &time);
    let runbook = Runbook::parse(&text, kind.name).expect("parses");
    let (mut estate, values) = (estate(), values());
    backups(&mut estate, home, 0);
    let scene = scene(&estate, &values, None);
    runbook.steps.last().expect("the example").does.plan(&scene)
}

#[test]
fn a_time_is_restored_that_the_backups_reach_and_no_other() {
    let plan = to_time("latest", TO).expect("plans");
    let request = plan.calls[0].request();
    assert_eq!(request["UseLatestRestorableTime"], true);
    assert_eq!(request["SourceDbiResourceId"], "db-ORDERS");
    let last = moment_of(-300);
    assert!(plan.before[0].ends_with(&last), "{:?}", plan.before);
    let at = moment_of(-900);
    let request = to_time(&at, FROM).expect("plans").calls[0].request();
    assert_eq!(request["RestoreTime"], at);
    let own = "SourceDBInstanceAutomatedBackupsArn";
    assert_eq!(request[own], "arn:backup");
    assert!(request.get("SourceDbiResourceId").is_none());
    let why = to_time(&moment_of(-10), TO).unwrap_err().why;
    assert!(why.contains(&format!("to {last} in {TO}")), "{why}");
    let why = to_time("yesterday", TO).unwrap_err().why;
    assert!(why.contains("is no moment"), "{why}");
}
