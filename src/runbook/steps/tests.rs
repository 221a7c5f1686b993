mod clear;
mod data;
mod enough;
mod restored;
mod standing;
mod tables;
pub(super) mod traffic;

use std::collections::BTreeMap;
use std::fmt::Write as _;
use std::sync::Arc;

use super::super::Runbook;
use super::super::call::ACTIONS;
use super::*;
use crate::estate::fixture;
use crate::estate::ids::{Account, Arn, Region};
use crate::estate::part::arc::{
    ArcCluster, Endpoint, Panel, RuleKind, SafetyRule, Switch, Switches,
};
use crate::estate::program::Installed;
use crate::estate::resource::{
    DbCluster, DbInstance, GlobalCluster, Lag, RecordSet,
};
use crate::estate::{Found, What};
use crate::runbook::call::route53;

/// What every example may name.
const INPUTS: [(&str, &str, &str); 16] = [
    ("account", "account", "111122223333"),
    ("from", "region", "eu-west-1"),
    ("to", "region", "eu-central-1"),
    ("primary", "rds-instance", "learn-db"),
    ("replica", "rds-instance", "learn-db-replica"),
    ("global", "aurora-global", "learn-catalog-global"),
    ("cluster", "aurora-cluster", "learn-catalog-dr"),
    ("writer", "aurora-cluster", "learn-catalog"),
    ("weighted", "dns-name", "reports.learn.example"),
    ("zone", "zone", "Z0LEARN4EXAMPLE7"),
    ("record", "dns-name", "db.learn.example"),
    ("health_check", "health-check", "hc-1"),
    ("url", "url", "https://www.learn.example/health"),
    ("service", "string", "learn-web-standby"),
    ("group", "string", "learn-render-dr"),
    ("machine", "string", "learn-dr-failover"),
];

/// Where Route 53 is asked.
pub(super) const HOME: &str = "us-east-1";

pub(super) fn at(second: i64) -> Timestamp {
    Timestamp::from_second(1_795_000_000 + second).expect("in range")
}

/// What examples refer to.
const BEFORE: [&str; 3] =
    ["rds.replica-lag", "rds.promote-replica", "region-switch.start"];

/// A runbook of one kind's example, with what it refers to before it.
pub(in crate::runbook) fn around(kind: &StepType) -> String {
    let mut text =
        "schema = 1\n[runbook]\nid = \"x\"\ntitle = \"x\"\n".to_owned();
    for (name, word, default) in INPUTS {
        let _ = write!(
            text,
            "[[input]]\nname = \"{name}\"\ntype = \"{word}\"\n\
             default = \"{default}\"\n"
        );
    }
    for before in BEFORE {
        if before != kind.name {
            text += step_type(before).expect("a kind of ours").example;
        }
    }
    text + kind.example
}

pub(in crate::runbook) fn values() -> Values {
    let mut values: Values = INPUTS
        .iter()
        .map(|(name, _, value)| ((*name).to_owned(), (*value).to_owned()))
        .collect();
    values.insert("promote.host".into(), "new.example".into());
    values.insert("begin.execution".into(), "e-1".into());
    values.insert("begin.plan".into(), traffic::PLAN.into());
    values.insert("lag.data_time".into(), "2026-11-23T01:00:00Z".into());
    values
}

fn replica() -> DbInstance {
    DbInstance {
        id: "learn-db-replica".into(),
        arn: Arn::new(
            "arn:aws:rds:eu-central-1:111122223333:db:learn-db-replica",
        ),
        class: "db.r6g.xlarge".into(),
        endpoint: Some(("replica.example".into(), 5432)),
        replica_of: Some(fixture::DB.into()),
        multi_az: false,
        deletion_protection: false,
        backup_retention_days: 0,
        tags: BTreeMap::new(),
        ..fixture::db("none")
    }
}

fn record() -> RecordSet {
    RecordSet {
        zone: "Z0LEARN4EXAMPLE7".into(),
        identifier: Some("a".into()),
        weight: Some(10),
        ttl: Some(300),
        health_check: Some("hc-9".into()),
        ..fixture::record("db.learn.example", "old.example")
    }
}

/// A secondary cluster of a global database, and that database.
pub(super) fn aurora() -> (DbCluster, GlobalCluster) {
    let arn = |region: &str, id: &str| {
        Arn::new(format!("arn:aws:rds:{region}:111122223333:cluster:{id}"))
    };
    let own = arn("eu-central-1", "learn-catalog-dr");
    let cluster = DbCluster {
        id: "learn-catalog-dr".into(),
        arn: own.clone(),
        status: "available".into(),
        engine: "aurora-postgresql 16.4".into(),
        endpoint: Some("catalog-dr.example".into()),
        port: Some(5432),
        members: vec!["learn-catalog-dr-1".into()],
        latest_restorable: None,
        tags: BTreeMap::new(),
    };
    let global = GlobalCluster {
        id: "learn-catalog-global".into(),
        status: "available".into(),
        members: vec![(arn("eu-west-1", "learn-catalog"), true), (own, false)],
    };
    (cluster, global)
}

/// The records of a name by weight.
pub(super) fn weighted() -> [RecordSet; 2] {
    [("eu-west-1", 100), ("eu-central-1", 0)].map(|(region, weight)| {
        RecordSet {
            name: "reports.learn.example".into(),
            identifier: Some(region.into()),
            weight: Some(weight),
            values: vec![format!("reports.{region}.example")],
            ..record()
        }
    })
}

/// A cluster of routing controls with five endpoints and a safety rule, and
/// how its switches stand.
pub(super) fn arc() -> (ArcCluster, Switches) {
    let regions = [
        "us-east-1",
        "us-west-2",
        "eu-west-1",
        "ap-northeast-1",
        "ap-southeast-2",
    ];
    let rule = SafetyRule {
        arn: "arn:rule".into(),
        name: "one-on".into(),
        kind: RuleKind::Assertion,
        guards: vec!["arn:west".into(), "arn:central".into()],
        gates: vec![],
        operator: "ATLEAST".into(),
        threshold: 1,
        inverted: false,
        wait_ms: 0,
    };
    let panel = Panel {
        arn: "arn:panel".into(),
        name: "www".into(),
        controls: None,
        rules: Some(vec![rule]),
    };
    let cluster = ArcCluster {
        arn: "arn:cluster".into(),
        name: "learn-traffic".into(),
        status: "DEPLOYED".into(),
        endpoints: regions
            .map(|region| Endpoint {
                region: region.into(),
                url: format!("https://one.{region}.example/v1"),
            })
            .into(),
        panels: Some(vec![panel]),
        unknown: Vec::new(),
    };
    let switch = |region: &str, arn: &str, on| Switch {
        arn: arn.into(),
        name: format!("www-{region}"),
        panel: "www".into(),
        on: Some(on),
    };
    let switches = Switches {
        cluster: "arn:cluster".into(),
        name: "learn-traffic".into(),
        by: "ap-southeast-2".into(),
        controls: vec![
            switch("eu-west-1", "arn:west", true),
            switch("eu-central-1", "arn:central", false),
        ],
        endpoints: Vec::new(),
    };
    (cluster, switches)
}

/// Takes in what a look that began at a second found.
pub(super) fn see(
    estate: &mut Estate,
    region: &str,
    what: What,
    found: Found,
    second: i64,
) {
    let account = Account::new("111122223333");
    let source = Source::aws(&account, &Region::new(region), what);
    estate.apply(fixture::seen(source, at(second), found));
}

fn replica_lag() -> Lag {
    Lag {
        replica: "learn-db-replica".into(),
        metric: "ReplicaLag".into(),
        samples: vec![(at(-60), 2.0), (at(-1), 70.0)],
    }
}

fn cluster_lag(cluster: &DbCluster) -> Lag {
    Lag {
        replica: cluster.id.clone(),
        metric: "AuroraGlobalDBRPOLag".into(),
        samples: vec![(at(-120), 1.0), (at(-60), 1.0), (at(-1), 60.0)],
    }
}

/// An estate in which every example's plan can be made.
pub(super) fn estate() -> Estate {
    let to = "eu-central-1";
    let mut estate = Estate::default();
    let (cluster, global) = aurora();
    let by_weight = What::RecordsOf {
        zone: "Z0LEARN4EXAMPLE7".into(),
        name: "reports.learn.example".into(),
    };
    let records = What::RecordsOf {
        zone: "Z0LEARN4EXAMPLE7".into(),
        name: "db.learn.example".into(),
    };
    for (region, what, found) in [
        (
            to,
            What::Cluster(cluster.id.clone()),
            Found::Clusters(Arc::new([cluster.clone()])),
        ),
        (
            to,
            What::GlobalCluster(global.id.clone()),
            Found::GlobalClusters(Arc::new([global])),
        ),
        (
            to,
            What::ClusterLagOf(cluster.id.clone()),
            Found::Lags(Arc::new([cluster_lag(&cluster)])),
        ),
        (HOME, by_weight, Found::Records(weighted().into())),
        (
            to,
            What::Instance("learn-db-replica".into()),
            Found::Instances(Arc::new([replica()])),
        ),
        (
            to,
            What::LagOf("learn-db-replica".into()),
            Found::Lags(Arc::new([replica_lag()])),
        ),
        (HOME, records, Found::Records(Arc::new([record()]))),
    ] {
        see(&mut estate, region, what, found, 0);
    }
    standing::see(&mut estate);
    restored::see(&mut estate);
    traffic::see(&mut estate);
    data::see(&mut estate);
    tables::see(&mut estate);
    let terraform = Source::Program {
        name: "terraform".into(),
        dir: Some("stacks/app".into()),
        inherits: ["HOME", "PATH", "AWS_PROFILE"].map(Into::into).into(),
    };
    let found = Found::Program(Installed {
        path: "/usr/bin/terraform".into(),
        file: "91 bytes, changed 2026-11-01T00:00:00Z".into(),
        dir: "/home/ann/stacks/app".into(),
        lacks: Vec::new(),
    });
    estate.apply(fixture::seen(terraform, at(0), found));
    estate
}

pub(super) fn scene<'a>(
    estate: &'a Estate,
    values: &'a Values,
    impact: Option<i64>,
) -> Scene<'a> {
    Scene {
        estate,
        values,
        impact: impact.map(at),
        now: at(1),
        since: at(0),
        holds_since: None,
        mark: "INC-1 promote",
        attempt: 1,
        drill: true,
        embedded: false,
    }
}

fn plan_of(kind: &str, impact: Option<i64>) -> Plan {
    let kind = step_type(kind).expect("a kind of ours");
    let runbook = Runbook::parse(&around(kind), kind.name).expect("parses");
    let step = runbook.steps.last().expect("the example");
    let (estate, values) = (estate(), values());
    step.does.plan(&scene(&estate, &values, impact)).expect("plans")
}

#[test]
fn every_example_parses_and_fills_and_those_that_change_plan() {
    for kind in STEP_TYPES {
        let runbook = Runbook::parse(&around(kind), kind.name)
            .unwrap_or_else(|problems| panic!("{}", problems[0]));
        let step = runbook.steps.last().expect("the example");
        assert_eq!(step.kind.name, kind.name);
        assert!(!kind.doc.is_empty());
        let (estate, values) = (estate(), values());
        let scene = scene(&estate, &values, None);
        for text in step.does.texts() {
            text.fill(&values).expect("all it names is there");
        }
        let plan = step.does.plan(&scene);
        if step.level == Level::Read {
            assert!(plan.is_err() && step.does.calls().is_empty());
            continue;
        }
        let plan = plan.expect("its example plans");
        assert!(!plan.calls.is_empty() && !plan.bound.is_empty());
        let sent = plan.calls.iter().filter(|call| call.program().is_none());
        let made: Vec<_> = sent.map(Call::action).collect();
        assert_eq!(made, step.does.calls(), "{}", kind.name);
        assert!(!plan.after.is_empty());
        assert!(!step.does.bound_looks(&scene).is_empty());
        assert!(step.does.propagation() > SignedDuration::ZERO);
    }
}

/// An example with the other value of the field that decides which call it
/// makes, where there is one.
fn otherwise(kind: &StepType) -> String {
    around(kind).replace("allow_data_loss = true", "allow_data_loss = false")
}

#[test]
fn every_action_of_a_call_is_some_kinds() {
    let mut of_kinds: Vec<&str> = STEP_TYPES
        .iter()
        .flat_map(|kind| [around(kind), otherwise(kind)])
        .flat_map(|text| {
            let runbook = Runbook::parse(&text, "x").expect("parses");
            runbook.steps.last().expect("the example").does.calls()
        })
        .copied()
        .collect();
    of_kinds.sort_unstable();
    of_kinds.dedup();
    let mut all = ACTIONS.to_vec();
    all.sort_unstable();
    all.dedup();
    assert_eq!(of_kinds, all);
}

#[test]
fn an_unsent_change_is_never_settled() {
    for kind in STEP_TYPES {
        let runbook = Runbook::parse(&around(kind), "x").expect("parses");
        let step = runbook.steps.last().expect("the example");
        if step.level == Level::Read {
            continue;
        }
        let (estate, values) = (estate(), values());
        let scene = scene(&estate, &values, None);
        let settled = step.does.settled(&scene, &Answers::default());
        assert!(matches!(settled, Settled::CannotTell { .. }));
    }
}

#[test]
fn the_loss_is_counted_from_the_best_data_time_to_the_impact() {
    let loss = plan_of("rds.promote-replica", Some(-10)).loss.expect("told");
    // 2 s of lag a minute ago prove more than 70 s of lag just now.
    assert_eq!(loss.data_time, Some(at(-62)));
    assert!(loss.sentence.contains("52s"), "{}", loss.sentence);
    assert!(loss.evidence.contains("lag 2.0 s, read at"), "{}", loss.evidence);
}

#[test]
fn nothing_that_ages_is_bound() {
    let bound = plan_of("rds.promote-replica", None).bound;
    let fields: Vec<&str> = bound.iter().map(|b| b.field.as_str()).collect();
    let own = ["status", "source", "ARN"];
    assert_eq!(
        fields,
        own.map(|field| format!("{field} of learn-db-replica"))
    );
}

#[test]
fn a_switched_record_keeps_all_but_value_and_ttl() {
    let plan = plan_of("route53.switch-record", None);
    let Call::Route53UpsertRecord(route53::UpsertRecord {
        record: new,
        comment,
        ..
    }) = &plan.calls[0]
    else {
        panic!("another call");
    };
    let wanted = RecordSet {
        ttl: Some(60),
        values: vec!["new.example".into()],
        ..record()
    };
    assert_eq!((new, comment.as_str()), (&wanted, "INC-1 promote"));
    assert!(plan.effect.contains("old.example (TTL 300) -> new.example"));
    assert!(
        matches!(&plan.undo, Undo::By(way) if way.contains("old.example"))
    );
    assert_eq!(plan.typed.as_deref(), Some("db.learn.example"));
}
