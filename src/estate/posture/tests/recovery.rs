//! What recovery runs on, judged: stacks, capacity, automation, keys, and
//! what AWS itself watches.

use serde_json::{Value, json};

use super::*;

/// The codes of what the checks say once these were seen in both Regions.
fn judged(kind: Kind, west: &[Value], central: &[Value]) -> Vec<&'static str> {
    let mut estate = sound();
    saw(&mut estate, WEST, What::Parts(kind), parts(west));
    saw(&mut estate, CENTRAL, What::Parts(kind), parts(central));
    codes_of(&estate)
}

const NONE: [&str; 0] = [];

fn service(name: &str, desired: i64, running: i64) -> Value {
    json!({ "ecs_service": {
        "arn": name, "name": name, "cluster": "learn", "status": "ACTIVE",
        "desired": desired, "running": running, "pending": 0,
        "task": "web:1", "tags": { "app": "web" },
    } })
}

#[test]
fn a_standby_service_runs_what_the_primary_needs_or_is_named() {
    let judged = |west: &[Value], central: &[Value]| {
        judged(Kind::EcsService, west, central)
    };
    let web = || service("web", 4, 4);
    assert_eq!(judged(&[web()], &[web()]), NONE);
    assert_eq!(judged(&[web()], &[]), ["standby-none"]);
    assert_eq!(judged(&[web()], &[service("web", 4, 1)]), ["standby-below"]);
    // The tag finds what has another name.
    let other = service("web-standby", 1, 1);
    assert_eq!(judged(&[web()], &[other]), ["standby-below"]);
    assert_eq!(judged(&[service("web", 0, 0)], &[]), NONE);
}

#[test]
fn a_standby_that_was_not_seen_is_not_told_as_none() {
    let mut estate = sound();
    let web = parts(&[service("web", 4, 4)]);
    saw(&mut estate, WEST, What::Parts(Kind::EcsService), web);
    assert_eq!(codes_of(&estate), NONE);
}

fn group(max: i64, desired: i64, suspended: &[&str]) -> Value {
    json!({ "scaling_group": {
        "arn": "g", "name": "render", "min": 0, "max": max,
        "desired": desired, "in_service": desired, "suspended": suspended,
        "tags": {},
    } })
}

#[test]
fn a_standby_group_has_room_for_what_the_primary_needs() {
    let judged = |central: Value| {
        judged(Kind::ScalingGroup, &[group(8, 8, &[])], &[central])
    };
    assert_eq!(judged(group(8, 8, &[])), NONE);
    assert_eq!(judged(group(8, 0, &[])), ["standby-group-below"]);
    assert_eq!(judged(group(4, 0, &[])), ["standby-capped"]);
    let stuck = judged(group(8, 0, &["Launch"]));
    assert_eq!(stuck, ["standby-capped", "standby-group-below"]);
}

fn stack(name: &str, status: &str, drift: &str, tool: Option<&str>) -> Value {
    let maker = tool.map(|tool| json!({ "tool": tool, "sign": "tag" }));
    json!({ "stack": {
        "arn": name, "name": name, "status": status, "reason": null,
        "drift": drift, "maker": maker, "nested": false, "tags": {},
    } })
}

#[test]
fn the_stacks_of_the_recovery_region_are_there_whole_and_in_step() {
    let judged =
        |west: &[Value], central: &[Value]| judged(Kind::Stack, west, central);
    let done = "UPDATE_COMPLETE";
    let web = || stack("web", done, "in_sync", None);
    assert_eq!(judged(&[web()], &[web()]), NONE);
    assert_eq!(judged(&[web()], &[]), ["stack-missing"]);
    let drifted = stack("web", done, "drifted", None);
    assert_eq!(judged(&[web()], &[drifted]), ["stack-drifted"]);
    let back = stack("web", "UPDATE_ROLLBACK_COMPLETE", "in_sync", None);
    assert_eq!(judged(&[web()], &[back]), ["stack-rolled-back"]);
    let broken = stack("web", "UPDATE_ROLLBACK_FAILED", "in_sync", None);
    assert_eq!(judged(&[web()], &[broken]), ["stack-failed"]);
    let here = stack("web-eu-west-1", done, "in_sync", None);
    let there = stack("web-eu-central-1", done, "in_sync", None);
    assert_eq!(judged(&[here], &[there]), NONE);
}

#[test]
fn the_cdk_is_bootstrapped_where_its_stacks_would_go() {
    let done = "CREATE_COMPLETE";
    let web = || stack("web", done, "in_sync", Some("cdk"));
    let kit = || stack("CDKToolkit", done, "in_sync", Some("cdk"));
    let west = [web(), kit()];
    let codes = judged(Kind::Stack, &west, &[web()]);
    assert_eq!(codes, ["cdk-not-bootstrapped"]);
    assert_eq!(judged(Kind::Stack, &west, &[web(), kit()]), NONE);
}

#[test]
fn terraform_is_told_by_tags_and_looked_for_in_the_recovery_region() {
    let made = |value: &str| {
        json!({ "tagged": { "arn": "arn:aws:s3:::x", "tags": {
            "ManagedBy": value, "DR_Tier": "Gold",
        } } })
    };
    let codes = |west: &[Value], central: &[Value]| {
        judged(Kind::Tagged, west, central)
    };
    let terraform = || made("terraform");
    assert_eq!(codes(&[terraform()], &[]), ["terraform-elsewhere"]);
    assert_eq!(codes(&[terraform()], &[terraform()]), NONE);
    assert_eq!(codes(&[made("hand")], &[]), NONE);
}

fn function(name: &str, state: &str) -> Value {
    json!({ "function": {
        "arn": name, "name": name, "sign": "name", "state": state,
        "unknown": [],
    } })
}

fn machine(status: &str) -> Value {
    let last = json!({ "execution": { "name": "drill", "status": status } });
    json!({ "machine": {
        "arn": "m", "name": "dr-failover", "sign": "name", "express": false,
        "last": last, "unknown": [],
    } })
}

fn rule(enabled: bool, targets: &[&str]) -> Value {
    json!({ "rule": {
        "arn": "r", "name": "dr-start", "sign": "name", "enabled": enabled,
        "waits_for": "AWS Health Event", "targets": targets, "unknown": [],
    } })
}

#[test]
fn automation_that_would_be_lost_with_its_region_is_named() {
    let restore = || function("dr-restore", "Active");
    let kind = Kind::Function;
    assert_eq!(judged(kind, &[restore()], &[restore()]), NONE);
    assert_eq!(judged(kind, &[], &[restore()]), NONE);
    assert_eq!(judged(kind, &[restore()], &[]), ["function-stranded"]);
    let good = || machine("SUCCEEDED");
    let codes = judged(Kind::Machine, &[good()], &[]);
    assert_eq!(codes, ["machine-stranded"]);
    let start = || rule(true, &["a"]);
    assert_eq!(judged(Kind::Rule, &[start()], &[]), ["rule-stranded"]);
}

#[test]
fn automation_that_would_not_run_is_named() {
    let broken = function("dr-restore", "Failed");
    let codes = judged(Kind::Function, &[], &[broken]);
    assert_eq!(codes, ["function-broken"]);
    let codes = |status| judged(Kind::Machine, &[], &[machine(status)]);
    assert_eq!(codes("TIMED_OUT"), ["machine-failed"]);
    assert_eq!(codes("SUCCEEDED"), NONE);
    let codes = |rule| judged(Kind::Rule, &[], &[rule]);
    assert_eq!(codes(rule(false, &["a"])), ["rule-disabled"]);
    assert_eq!(codes(rule(true, &[])), ["rule-disabled"]);
    assert_eq!(codes(rule(true, &["a"])), NONE);
}

#[test]
fn an_account_without_automation_is_named_once_both_looks_were_seen() {
    let mut estate = sound();
    let functions = What::Parts(Kind::Function);
    saw(&mut estate, CENTRAL, functions, parts(&[]));
    assert_eq!(codes_of(&estate), NONE);
    saw(&mut estate, CENTRAL, What::Parts(Kind::Machine), parts(&[]));
    assert_eq!(codes_of(&estate), ["no-automation"]);
}

fn key(state: &Value, used_by: &[&str], also_in: &[&str]) -> Value {
    json!({ "key": {
        "arn": "k", "name": "backups", "state": state, "used_by": used_by,
        "also_in": also_in, "multi_region": true, "unknown": [],
    } })
}

#[test]
fn a_key_that_encrypts_something_works_and_is_where_it_is_needed() {
    let vault = ["vault main"];
    let there = |state: &str, used_by: &[&str]| {
        let key = key(&json!(state), used_by, &[WEST]);
        judged(Kind::Key, &[], &[key])
    };
    assert_eq!(there("enabled", &vault), NONE);
    for state in ["disabled", "pending_deletion", "missing"] {
        assert_eq!(there(state, &vault), ["key-unusable"], "{state}");
        assert_eq!(there(state, &[]), NONE, "{state}");
    }
    let denied = key(&Value::Null, &vault, &[WEST]);
    assert_eq!(judged(Kind::Key, &[], &[denied]), NONE);
    let here = |also_in: &[&str]| {
        let key = key(&json!("enabled"), &vault, also_in);
        judged(Kind::Key, &[key], &[])
    };
    assert_eq!(here(&["us-east-1"]), ["key-not-in-target"]);
    assert_eq!(here(&[CENTRAL]), NONE);
}

#[test]
fn what_config_finds_or_does_not_record_is_named() {
    let rule = |compliance: Value| {
        let rule = json!({ "config_rule": {
            "arn": "r", "name": "ebs-in-backup-plan", "identifier": "",
            "compliance": compliance, "offenders": ["Volume vol-1"],
            "unknown": [],
        } });
        judged(Kind::ConfigRule, &[rule], &[])
    };
    assert_eq!(rule(json!("non_compliant")), ["config-noncompliant"]);
    assert_eq!(rule(json!("compliant")), NONE);
    assert_eq!(rule(Value::Null), NONE);
    let recorder = |on: bool| json!({ "recorder": { "name": "default", "recording": on } });
    let kind = Kind::Recorder;
    assert_eq!(judged(kind, &[recorder(true)], &[recorder(true)]), NONE);
    let codes = judged(kind, &[recorder(true)], &[recorder(false)]);
    assert_eq!(codes, ["config-off"]);
    assert_eq!(judged(kind, &[], &[]), ["config-off", "config-off"]);
}

#[test]
fn what_holds_data_and_is_not_watched_is_counted_and_named() {
    let queues = json!({ "counted": { "of": "AWS::SQS::Queue", "count": 3 } });
    let mut estate = sound();
    saw(&mut estate, WEST, What::Parts(Kind::Counted), parts(&[queues]));
    let arn = "arn:aws:redshift:eu-west-1:111122223333:cluster:learn";
    let tags = json!({ "DR_Tier": "Gold" });
    let tagged = json!({ "tagged": { "arn": arn, "tags": tags } });
    saw(&mut estate, WEST, What::Parts(Kind::Tagged), parts(&[tagged]));
    let derived = Derived::of(&estate, &aimed(), None, now());
    let [verdict] = &derived.posture[..] else {
        panic!("{:?}", derived.posture)
    };
    let all = "not watched in eu-west-1 of 111122223333: 1 Redshift \
               clusters, 3 SQS queues";
    assert_eq!((verdict.code, &*verdict.what), ("unwatched", all));
}

#[test]
fn an_open_issue_of_a_watched_region_and_a_planned_change_are_told() {
    let event = |region: &str, category: &str, status: &str| {
        let event = json!({ "health_event": {
            "arn": "e", "service": "RDS", "code": "AWS_RDS_ISSUE",
            "category": category, "region": region, "status": status,
            "affected": ["learn-db"], "unknown": [],
        } });
        let mut estate = sound();
        let what = What::Parts(Kind::HealthEvent);
        saw(&mut estate, "us-east-1", what, parts(&[event]));
        codes_of(&estate)
    };
    assert_eq!(event(WEST, "issue", "open"), ["health-open"]);
    assert_eq!(event("ap-south-1", "issue", "open"), NONE);
    let planned = event(CENTRAL, "scheduledChange", "upcoming");
    assert_eq!(planned, ["health-planned"]);
}

#[test]
fn a_region_that_no_trail_logs_is_named() {
    let trail = |logging: Value| {
        json!({ "trail": {
            "arn": "t", "name": "t", "home": WEST, "multi_region": true,
            "validated": true, "logging": logging, "unknown": [],
        } })
    };
    let on = || trail(json!(true));
    let off = || trail(json!(false));
    let codes = |west: &[Value]| judged(Kind::Trail, west, &[on()]);
    assert_eq!(codes(&[on(), off()]), NONE);
    assert_eq!(codes(&[off()]), ["trail-off"]);
    assert_eq!(codes(&[]), ["trail-off"]);
    // One that does not tell may log.
    assert_eq!(codes(&[trail(Value::Null)]), NONE);
}

#[test]
fn deletions_are_told_with_their_actor_and_together() {
    let deed = |id: &str, refused: Value| {
        json!({ "deed": {
            "id": id, "call": "DeleteRecoveryPoint", "does": "deletes",
            "at": "2023-11-14T20:00:00Z", "actor": "user/mallory",
            "address": "198.51.100.7", "targets": ["point"],
            "refused": refused,
        } })
    };
    let mut estate = sound();
    let deeds = [
        deed("1", Value::Null),
        deed("2", Value::Null),
        deed("3", json!("AccessDenied")),
    ];
    saw(&mut estate, WEST, What::Parts(Kind::Deed), parts(&deeds));
    assert_eq!(codes_of(&estate), ["attack-like", "attack-refused"]);
    let derived = Derived::of(&estate, &aimed(), None, now());
    let what = &derived.posture[0].what;
    assert!(what.contains("2 times DeleteRecoveryPoint of point"), "{what}");
    assert!(what.contains("user/mallory from 198.51.100.7"), "{what}");
}
