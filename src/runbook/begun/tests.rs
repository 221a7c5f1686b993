//! That what the estate leaves no doubt of is filled in, and nothing else.

use super::*;
use crate::estate::fixture::{ACCOUNT, CENTRAL, WEST, db, record, saw};
use crate::estate::resource::{DbInstance, GlobalCluster, Zone};
use crate::estate::{Found, What};

const REPLICA: &str =
    include_str!("../../../runbooks/rds-replica-failover.toml");
const AURORA: &str =
    include_str!("../../../runbooks/aurora-global-failover.toml");
const SHIPPED: [&str; 13] = [
    REPLICA,
    AURORA,
    include_str!("../../../runbooks/traffic-switch.toml"),
    include_str!("../../../runbooks/restore-drill.toml"),
    include_str!("../../../runbooks/pilot-light.toml"),
    include_str!("../../../runbooks/warm-standby.toml"),
    include_str!("../../../runbooks/active-active-evacuation.toml"),
    include_str!("../../../runbooks/failback.toml"),
    include_str!("../../../runbooks/bad-migration.toml"),
    include_str!("../../../runbooks/ransomware.toml"),
    include_str!("../../../runbooks/s3-recovery.toml"),
    include_str!("../../../runbooks/orchestrated-recovery.toml"),
    include_str!("../../../runbooks/backup-and-restore.toml"),
];

fn arn(region: &str, name: &str) -> String {
    format!("arn:aws:rds:{region}:{ACCOUNT}:db:{name}")
}

/// A database in eu-west-1 with a replica in eu-central-1 for each name.
fn estate(names: &[&str]) -> Estate {
    let mut estate = Estate::default();
    let primary = |name: &&str| DbInstance {
        id: (*name).to_owned(),
        arn: arn(WEST, name).as_str().into(),
        endpoint: Some((format!("{name}.west.example"), 5432)),
        ..db("Gold")
    };
    let replica = |name: &&str| DbInstance {
        id: format!("{name}-copy"),
        arn: arn(CENTRAL, &format!("{name}-copy")).as_str().into(),
        replica_of: Some(arn(WEST, name)),
        ..db("Gold")
    };
    let found = Found::Instances(names.iter().map(primary).collect());
    saw(&mut estate, WEST, What::Instances, found);
    let found = Found::Instances(names.iter().map(replica).collect());
    saw(&mut estate, CENTRAL, What::Instances, found);
    let zone = Zone {
        id: "Z1".into(),
        name: "pay.example".into(),
        private: false,
        accelerated: None,
    };
    let zones = Found::Zones([zone].into());
    saw(&mut estate, "us-east-1", What::Zones, zones);
    let records = names.iter().map(|name| {
        record(&format!("{name}.pay.example"), &format!("{name}.west.example"))
    });
    let records = Found::Records(records.collect());
    saw(&mut estate, "us-east-1", What::Records, records);
    estate
}

fn begin(text: &str, estate: &Estate) -> (Runbook, String) {
    let pattern = Runbook::parse(text, "pattern").expect("it ships");
    let wanted = Wanted {
        id: Some("own"),
        head: "Begun from a pattern.",
        ..Wanted::default()
    };
    let text = begun(&pattern, text, estate, wanted);
    let runbook = Runbook::parse(&text, "own")
        .unwrap_or_else(|problems| panic!("{}\n{text}", problems[0]));
    assert_eq!(runbook.id, "own");
    assert_eq!(runbook.steps.len(), pattern.steps.len());
    (runbook, text)
}

fn defaults(runbook: &Runbook) -> BTreeMap<String, Option<String>> {
    let inputs = runbook.inputs.iter().map(|input| {
        let default = input.default.as_ref().map(ToString::to_string);
        (input.name.clone(), default)
    });
    inputs.collect()
}

#[test]
fn the_only_replica_there_is_fills_all_that_belongs_to_it() {
    let (runbook, text) = begin(REPLICA, &estate(&["orders"]));
    let told = defaults(&runbook);
    for (name, value) in [
        ("account", ACCOUNT),
        ("from", WEST),
        ("to", CENTRAL),
        ("primary", "orders"),
        ("replica", "orders-copy"),
        ("zone", "pay.example"),
        ("record", "orders.pay.example"),
    ] {
        assert_eq!(told[name].as_deref(), Some(value), "{name}");
    }
    assert_eq!(told["health_check"], None);
    assert_eq!(told["url"], None);
    assert!(text.starts_with("# Begun from a pattern.\n#\n"), "{text}");
    assert!(text.contains("# default = \"\"  # fill in, or be asked"));
}

#[test]
fn where_two_could_be_meant_both_are_named_and_none_is_taken() {
    let (runbook, text) = begin(REPLICA, &estate(&["orders", "users"]));
    let told = defaults(&runbook);
    assert_eq!(told["from"].as_deref(), Some(WEST));
    for name in ["primary", "replica", "record"] {
        assert_eq!(told[name], None, "{name}");
    }
    assert!(text.contains("  # fill in; seen: orders, users\n"), "{text}");
    assert!(text.contains("  # fill in; seen: orders-copy, users-copy\n"));
    assert!(!text.contains("learn-db"), "nothing of the pattern's world");
}

#[test]
fn a_global_database_fills_its_clusters_and_their_regions() {
    let mut estate = Estate::default();
    let cluster = |region: &str, name: &str| {
        format!("arn:aws:rds:{region}:{ACCOUNT}:cluster:{name}")
    };
    let global = GlobalCluster {
        id: "catalog".to_owned(),
        status: "available".to_owned(),
        members: vec![
            (cluster(WEST, "catalog-a").as_str().into(), true),
            (cluster(CENTRAL, "catalog-b").as_str().into(), false),
        ],
    };
    for region in [WEST, CENTRAL] {
        let found = Found::GlobalClusters([global.clone()].into());
        saw(&mut estate, region, What::GlobalClusters, found);
    }
    let (runbook, _) = begin(AURORA, &estate);
    let told = defaults(&runbook);
    let values = ["global", "writer", "cluster", "from", "to"]
        .map(|name| told[name].as_deref().unwrap_or_default());
    let wanted = ["catalog", "catalog-a", "catalog-b", WEST, CENTRAL];
    assert_eq!(values, wanted);
}

/// Without an estate nothing is known, and nothing of the pattern's own world
/// is left to be taken for it.
#[test]
fn every_pattern_begins_clean_without_an_estate() {
    for text in SHIPPED {
        let (runbook, text) = begin(text, &Estate::default());
        let known = defaults(&runbook).into_values().flatten();
        assert_eq!(known.collect::<Vec<_>>(), [] as [String; 0]);
        let judged = lint(&runbook, &text, "own", &Ground::default());
        assert_eq!(judged.found, []);
    }
}
