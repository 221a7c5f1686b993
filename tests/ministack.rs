//! A third AWS: a MiniStack, filled by boto3, watched by the pollers alone
//! and by the console at a terminal. It has what moto lacks: CloudWatch in
//! CBOR, as the Rust SDK speaks it, global databases and failover records.

#![expect(
    clippy::unwrap_used,
    reason = "a test that cannot go on says so by its panic"
)]

mod python;
mod rival;
mod seat;

use std::collections::{BTreeMap, BTreeSet};
use std::path::Path;
use std::process::Command;
use std::time::Duration;

use lifeboat::estate::ids::{Account, Region};
use lifeboat::estate::part::s3::Versioning;
use lifeboat::estate::part::{Kind, Part};
use lifeboat::estate::resource::JobState;
use lifeboat::estate::{Found, Observation, Source, What};
use rival::{
    ACCOUNT, CENTRAL, Server, WEST, comes, console, tells, watch, watched,
};
use tokio::time::timeout;

/// A MiniStack on loopback with what `ministack_fill.py` puts into it. It
/// would listen for MQTT and on all interfaces if it were not told.
fn filled(python: &Path) -> (Server, String) {
    let mut ministack = Command::new(python);
    ministack
        .args(["-P", "-m", "ministack"])
        .env("BIND_HOST", "127.0.0.1")
        .env("GATEWAY_PORT", "0")
        .env("IOT_MTLS_ENABLED", "false")
        .env("MINISTACK_ACCOUNT_ID", ACCOUNT)
        .env("DOCKER_HOST", "unix:///nonexistent");
    rival::filled(&mut ministack, python, "ministack_fill.py")
}

#[test]
fn a_ministack_is_watched_and_what_it_lacks_fails_where_it_is_missing() {
    let Some(python) = python::python() else { return };
    let (server, url) = filled(&python);
    watch("what_ministack_has_is_seen", &url, ACCOUNT);
    drop(server);
}

type All = BTreeMap<Source, Observation>;

fn found(seen: &All, region: &str, what: What) -> Found {
    let (account, region) = (Account::new(ACCOUNT), Region::new(region));
    let source = Source::aws(&account, &region, what);
    let found = seen[&source].found.clone();
    found.unwrap_or_else(|failure| panic!("{source}: {failure}"))
}

fn parts(seen: &All, region: &str, kind: Kind) -> Vec<Part> {
    let found = found(seen, region, What::Parts(kind));
    let Found::Parts(parts) = found else { panic!("{found:?}") };
    parts.to_vec()
}

#[tokio::test]
#[ignore = "run by the test above, with a server and an environment"]
async fn what_ministack_has_is_seen() {
    let seen = timeout(Duration::from_mins(2), watched()).await.unwrap();
    databases(&seen);
    backups(&seen);
    traffic(&seen);
    buckets(&seen);
    states(&seen);
    let failed: BTreeSet<_> = seen
        .iter()
        .filter(|(source, _)| source.region().is_some_and(|r| **r == *WEST))
        .filter(|(_, seen)| seen.found.is_err())
        .filter_map(|(source, _)| Some(source.what()?.name()))
        .collect();
    // Operations that MiniStack does not have.
    let lacking = [
        "config/counts",
        "ec2/attachments",
        "ec2/gateway-peerings",
        "ec2/recycle-bin",
        "fsx/backups",
        "fsx/file-systems",
        "rds/automated-backups",
        "region-switch/plans",
    ];
    assert_eq!(failed, lacking.into());
}

fn databases(seen: &All) {
    let Found::Instances(instances) = found(seen, WEST, What::Instances)
    else {
        panic!("no instances");
    };
    let learn = instances.iter().find(|i| i.id == "learn-db").unwrap();
    assert_eq!(learn.tags["DR_Tier"], "Gold");
    // MiniStack writes empty members where AWS writes none.
    assert_eq!((&learn.cluster, &learn.replica_of), (&None, &None));
    for (what, tail) in [
        (What::Snapshots, "learn-db-1"),
        (What::ClusterSnapshots, "learn-aurora-1"),
    ] {
        let Found::Points(points) = found(seen, WEST, what) else {
            panic!("no points");
        };
        let point = points.iter().find(|p| p.arn().tail() == tail).unwrap();
        assert!(point.data_time().is_some(), "{point:?}");
    }
    for region in [WEST, CENTRAL] {
        let Found::GlobalClusters(all) =
            found(seen, region, What::GlobalClusters)
        else {
            panic!("no global databases");
        };
        let members: Vec<_> = all
            .iter()
            .flat_map(|global| &global.members)
            .map(|(arn, writer)| (arn.tail(), *writer))
            .collect();
        let both = [("learn-aurora", true), ("learn-aurora-dr", false)];
        assert_eq!(members, both, "{region}");
    }
}

fn backups(seen: &All) {
    let Found::Jobs(jobs) = found(seen, WEST, What::BackupJobs) else {
        panic!("no jobs");
    };
    assert_eq!(jobs.len(), 1);
    assert_eq!(jobs[0].state, JobState::Completed);
    assert_eq!(jobs[0].resource.tail(), "learn-db");
    let plans = parts(seen, WEST, Kind::BackupPlan);
    let [Part::BackupPlan(plan)] = &plans[..] else { panic!("{plans:?}") };
    let rules = plan.rules.as_ref().expect("told");
    assert_eq!(rules[0].keep_days, Some(35));
    assert_eq!(rules[0].copies[0].region().as_deref(), Some(CENTRAL));
    let selections = plan.selections.as_ref().expect("told");
    let tag = ("Backup".to_owned(), "Enabled".to_owned());
    assert_eq!(selections[0].tags, [tag]);
}

fn traffic(seen: &All) {
    let Found::Records(records) = found(seen, "us-east-1", What::Records)
    else {
        panic!("no records");
    };
    let ways: Vec<_> = records
        .iter()
        .filter(|record| record.name == "db.learn.example.com")
        .map(|r| (r.failover.as_deref(), r.health_check.is_some()))
        .collect();
    let both = [(Some("PRIMARY"), true), (Some("SECONDARY"), false)];
    assert_eq!(ways, both);
    let Found::Alarms(alarms) = found(seen, WEST, What::Alarms) else {
        panic!("no alarms");
    };
    let told: Vec<_> =
        alarms.iter().map(|a| (a.name.as_str(), a.state.as_str())).collect();
    assert_eq!(told, [("learn-cpu", "ALARM")]);
}

fn buckets(seen: &All) {
    let here = parts(seen, WEST, Kind::Bucket);
    let [Part::Bucket(bucket)] = &here[..] else { panic!("{here:?}") };
    assert_eq!(bucket.name, "learn-audit");
    assert_eq!(bucket.versioning, Some(Versioning::Enabled));
    assert_eq!(bucket.tags["DR_Tier"], "Silver");
    let rules = bucket.replication.as_ref().expect("told");
    assert_eq!(rules[0].to, "learn-audit-dr");
    assert!(rules[0].enabled);
}

/// What each tells of itself, by its name and its state.
fn states(seen: &All) {
    for (kind, name, state) in [
        (Kind::Stack, "learn-services", "create complete"),
        (Kind::Machine, "learn-dr-failover", "never ran"),
        (Kind::Rule, "on-health-event", "disabled"),
        (Kind::Key, "backups", "pending deletion"),
        (Kind::Trail, "learn-trail", "not logging"),
        (Kind::Recorder, "default", "not recording"),
        (Kind::Volume, "learn-store", "available, not encrypted"),
        (Kind::FileSystem, "learn-files", "no mount target"),
        (Kind::Table, "learn-sessions", "continuous backup"),
        (Kind::ConfigRule, "ebs-in-backup-plan", "not evaluated"),
    ] {
        tells(&parts(seen, WEST, kind), name, state);
    }
}

/// The console itself, by keys at a terminal.
#[test]
fn the_console_shows_what_ministack_has() {
    let Some(python) = python::python() else { return };
    let (server, url) = filled(&python);
    let home = tempfile::tempdir().unwrap();
    let mut seat = console(home.path(), &url, ACCOUNT);
    seat.press(b"3");
    for there in ["backup/vaults", "rds/instances", "cloudwatch/alarms"] {
        comes(&mut seat, &[there, " old "]);
    }
    comes(&mut seat, &["rds/automated-backups", "? NEVER SEEN"]);
    comes(&mut seat, &["learn-cpu"]);
    seat.press(b"2");
    comes(&mut seat, &["learn-db ", "Gold", WEST]);
    comes(&mut seat, &["learn-aurora", WEST]);
    comes(&mut seat, &["learn-sessions", WEST]);
    seat.press(b"4");
    comes(&mut seat, &["backup", "DONE", "learn-db"]);
    seat.press(b"1");
    comes(&mut seat, &[ACCOUNT, "ENDPOINT", "OBSERVE"]);
    seat.press(b"\x03\x03");
    assert_eq!(seat.end().exit_code(), 0);
    drop(server);
}
