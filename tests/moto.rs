//! Another AWS than our own: a moto server, filled by boto3, watched by the
//! pollers alone and by the console at a terminal.

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
use lifeboat::estate::part::{Kind, Part};
use lifeboat::estate::{Found, Observation, Source, What};
use lifeboat::failure::{Failure, FailureKind};
use rival::{
    ACCOUNT, CENTRAL, Server, WEST, comes, console, tells, watch, watched,
};
use seat::Seat;
use tokio::time::timeout;

const KEY: &str = "AKIAMOTOWATCH0000000";

/// A moto server with what `moto_fill.py` puts into it.
fn filled(python: &Path) -> (Server, String) {
    let mut moto = Command::new(python);
    moto.args(["-m", "moto.server", "-H", "127.0.0.1", "-p", "0"]);
    rival::filled(&mut moto, python, "moto_fill.py")
}

/// Fills a server and watches it by the test below.
#[test]
fn a_moto_server_is_watched_and_what_it_lacks_fails_where_it_is_missing() {
    let Some(python) = python::python() else { return };
    let (server, url) = filled(&python);
    watch("what_moto_has_is_seen", &url, KEY);
    drop(server);
}

#[tokio::test]
#[ignore = "run by the test above, with a server and an environment"]
async fn what_moto_has_is_seen() {
    let seen = timeout(Duration::from_mins(2), watched()).await.unwrap();
    let found = |region: &str, what: What| -> Result<Found, Failure> {
        let source =
            Source::aws(&Account::new(ACCOUNT), &Region::new(region), what);
        seen[&source].found.clone()
    };
    databases(&found);
    let Ok(Found::Records(records)) = found("us-east-1", What::Records) else {
        panic!("no records");
    };
    let record =
        records.iter().find(|r| r.name == "db.learn.example.com").unwrap();
    assert_eq!(record.values, ["learn-db.example.com"]);
    recovery(&found);
    for region in [WEST, CENTRAL] {
        let what = What::Parts(Kind::Peering);
        let Ok(Found::Parts(parts)) = found(region, what) else {
            panic!("no peerings");
        };
        let [Part::Peering(peering)] = &parts[..] else { panic!("{parts:?}") };
        assert!(peering.is_active(), "{peering:?}");
        assert!(peering.joins(&Region::new(WEST), &Region::new(CENTRAL)));
    }
    lacks(&seen);
}

/// Vaults, instances and their snapshots, in both Regions.
fn databases(found: &dyn Fn(&str, What) -> Result<Found, Failure>) {
    for (region, vault, database) in [
        (WEST, "learn-vault", "learn-db"),
        (CENTRAL, "learn-vault-dr", "learn-db-standby"),
    ] {
        let Ok(Found::Vaults(vaults)) = found(region, What::Vaults) else {
            panic!("no vaults: {:?}", found(region, What::Vaults));
        };
        assert!(vaults.iter().any(|v| &*v.name == vault), "{vaults:?}");
        let Ok(Found::Instances(instances)) = found(region, What::Instances)
        else {
            panic!("no instances");
        };
        let instance = instances.iter().find(|i| i.id == database).unwrap();
        assert_eq!(instance.tags["DR_Tier"], "Gold");
        let Ok(Found::Points(snapshots)) = found(region, What::Snapshots)
        else {
            panic!("no snapshots");
        };
        let names: Vec<_> = snapshots.iter().map(|s| s.arn().tail()).collect();
        assert!(names.contains(&&*format!("{database}-2")), "{names:?}");
        assert!(snapshots.iter().all(|s| s.data_time().is_some()));
    }
}

/// moto answers with a page of HTML to what it does not have: the protocol
/// that this SDK speaks with CloudWatch, and some operations.
fn lacks(seen: &BTreeMap<Source, Observation>) {
    let failed: BTreeSet<_> = seen
        .iter()
        .filter_map(|(source, seen)| {
            let Source::Aws { region, what, .. } = source else {
                return None;
            };
            let failure = seen.found.as_ref().err()?;
            assert_eq!(failure.kind, FailureKind::Garbled, "{failure:?}");
            Some((what.name(), region.to_string()))
        })
        .collect();
    let lacking = [
        "backup/copy-jobs",
        "backup/frameworks",
        "backup/job-summaries",
        "backup/jobs",
        "backup/points",
        "backup/proofs",
        "backup/protected",
        "backup/region-settings",
        "backup/restore-jobs",
        "backup/restore-tests",
        "cloudtrail/deeds",
        "cloudwatch/alarms",
        "config/counts",
        "ec2/recycle-bin",
        "efs/replications",
        "region-switch/plans",
        "s3/replication",
    ];
    let mut expected: BTreeSet<_> = [WEST, CENTRAL]
        .into_iter()
        .flat_map(|region| lacking.map(|what| (what, region.to_owned())))
        .collect();
    expected.extend([
        ("accelerator/groups", "us-west-2".to_owned()),
        ("arc/clusters", "us-west-2".to_owned()),
        ("arc/switches", "us-west-2".to_owned()),
        ("cloudwatch/lags", WEST.to_owned()),
        ("health/events", "us-east-1".to_owned()),
    ]);
    assert_eq!(failed, expected);
}

/// What recovery runs on, each told by its name and its state.
fn recovery(found: &dyn Fn(&str, What) -> Result<Found, Failure>) {
    for (kind, name, state) in [
        (Kind::Stack, "learn-services", "create complete"),
        (Kind::EcsService, "learn-web", "0 of 4 running"),
        (Kind::Machine, "learn-dr-failover", "never ran"),
        (Kind::Rule, "on-health-event", "disabled"),
        (Kind::Key, "backups", "pending deletion"),
        (Kind::Trail, "learn-trail", "not logging"),
        (Kind::Recorder, "default", "not recording"),
        (Kind::Volume, "learn-store", "available, not encrypted"),
        (Kind::Table, "learn-store", "continuous backup"),
        // moto cannot say what complies.
        (Kind::ConfigRule, "ebs-in-backup-plan", "not told"),
    ] {
        let answer = found(WEST, What::Parts(kind));
        let Ok(Found::Parts(parts)) = answer else { panic!("{answer:?}") };
        tells(&parts, name, state);
    }
    let stacks = found(WEST, What::Parts(Kind::Stack));
    let Ok(Found::Parts(stacks)) = stacks else { panic!("{stacks:?}") };
    let facts = stacks[0].told().facts();
    let by = "CDK, by its parameter BootstrapVersion".to_owned();
    assert!(facts.contains(&("made by", by)), "{facts:?}");
}

/// The console itself, by keys at a terminal: what is there is on screen, and
/// what moto lacks reads as not seen, never as none and never as well.
#[test]
fn the_console_shows_what_moto_has_and_where_it_lacks_something() {
    let Some(python) = python::python() else { return };
    let (server, url) = filled(&python);
    let home = tempfile::tempdir().unwrap();
    let mut seat = console(home.path(), &url, KEY);
    the_regions(&mut seat);
    overview(&mut seat);
    resources(&mut seat);
    jobs(&mut seat);
    // The same at the size of a small terminal.
    seat.resize(24, 80);
    seat.shows("Jobs (?)");
    seat.press(b"1");
    seat.until("the overview of a small terminal", |seat| {
        seat.text().contains("UNKN") && seat.text().contains("not seen")
    });
    seat.press(b"\x03\x03");
    assert_eq!(seat.end().exit_code(), 0);
    let saved = home.path().join("state");
    assert!(saved.is_dir(), "what was seen is kept");
    assert!(!saved.join("simulated").exists(), "and nothing was simulated");
    drop(server);
}

/// Waits, too, until all that is asserted later has come back.
fn the_regions(seat: &mut Seat) {
    seat.press(b"3");
    for region in [WEST, CENTRAL] {
        seat.shows(&format!("{region}: sources"));
        for lacking in [
            "backup/points",
            "backup/jobs",
            "backup/copy-jobs",
            "backup/restore-jobs",
            "backup/protected",
            "cloudwatch/alarms",
        ] {
            comes(seat, &[lacking, "? NEVER SEEN", "not an AWS answer"]);
        }
        for there in ["backup/vaults", "rds/instances", "rds/snapshots"] {
            comes(seat, &[there, " old "]);
        }
        comes(seat, &["Alarms (?)"]);
        comes(seat, &["not all could be asked"]);
        comes(seat, &[region, "answered", "sources fail for other reasons"]);
        seat.press(b"j");
    }
}

fn overview(seat: &mut Seat) {
    seat.press(b"1");
    comes(seat, &["123456789012", "ENDPOINT", "OBSERVE"]);
    // No copy can be seen in the target: that is unknown, not none.
    comes(seat, &["PARTLY", "resources are inside RPO", "1 unknown"]);
    let lost = comes(seat, &["UNKN", "learn-db"]);
    assert!(!lost.contains('✔'), "{lost}");
    for kind in ["│ backup ", "│ copy ", "│ restore "] {
        comes(seat, &[kind, "? not seen"]);
    }
    comes(seat, &["RUNNING (?)"]);
    comes(seat, &["6 recovery points seen   ? alarms ring"]);
}

fn resources(seat: &mut Seat) {
    seat.press(b"2");
    comes(seat, &["Recovery points of learn-db ("]);
    comes(seat, &["UNKN", "learn-db ", "Gold", WEST]);
    comes(seat, &["could not list recovery points: not an AWS"]);
    comes(seat, &["snap", WEST, "usable", "elsewhere"]);
    comes(seat, &["replica", WEST]);
    seat.press(b"j");
    comes(seat, &["Recovery points of learn-db-standby ("]);
    comes(seat, &["learn-db-stand", "RDS", "Gold", CENTRAL]);
    comes(seat, &["snap", CENTRAL, "usable"]);
}

fn jobs(seat: &mut Seat) {
    seat.press(b"4");
    comes(seat, &["Jobs (?)"]);
    comes(seat, &["no list of jobs has come back yet"]);
}
