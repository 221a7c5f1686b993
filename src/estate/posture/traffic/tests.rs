use crate::estate::fixture::{codes_of, has, record, said, saw};
use crate::estate::part::arc::{
    ArcCluster, Panel, RuleKind, SafetyRule, Switch, Switches, Tried,
};
use crate::estate::resource::{CheckBasis, HealthCheck, RecordSet};
use crate::estate::{Estate, Found, What};

const WEST: &str = "lb.eu-west-1.elb.amazonaws.com";
const CENTRAL: &str = "lb.eu-central-1.elb.amazonaws.com";

fn codes(records: &[RecordSet], checks: &[HealthCheck]) -> Vec<&'static str> {
    let mut estate = Estate::default();
    let home = "us-east-1";
    saw(&mut estate, home, What::Records, Found::Records(records.into()));
    let checks = Found::HealthChecks(checks.into());
    saw(&mut estate, home, What::HealthChecks, checks);
    codes_of(&estate)
}

fn part(role: &str, host: &str, check: Option<&str>) -> RecordSet {
    RecordSet {
        identifier: Some(role.to_lowercase()),
        failover: Some(role.into()),
        health_check: check.map(str::to_owned),
        ..record("www.example", host)
    }
}

fn pair(check: Option<&str>) -> [RecordSet; 2] {
    [part("PRIMARY", WEST, check), part("SECONDARY", CENTRAL, None)]
}

fn check(host: &str, inverted: bool) -> HealthCheck {
    HealthCheck {
        id: "hc".into(),
        target: format!("https://{host}/health"),
        inverted,
        basis: CheckBasis { host: Some(host.into()), ..CheckBasis::default() },
        ..HealthCheck::default()
    }
}

#[test]
fn a_checked_pair_with_a_short_life_is_sound() {
    let sound = codes(&pair(Some("hc")), &[check(WEST, false)]);
    assert_eq!(sound, [] as [&str; 0]);
}

#[test]
fn a_primary_without_a_health_check_never_gives_way() {
    let said = codes(&pair(None), &[]);
    assert_eq!(said, ["failover-unchecked", "homed-elsewhere"]);
    let mut by_target = pair(None);
    by_target[0].evaluates = Some(true);
    assert_eq!(codes(&by_target, &[]), [] as [&str; 0]);
}

#[test]
fn a_check_is_inverted_where_it_watches_the_standby_and_nowhere_else() {
    let file = "stop.s3.eu-central-1.amazonaws.com";
    let of =
        |host, inverted| codes(&pair(Some("hc")), &[check(host, inverted)]);
    assert_eq!(of(file, true), [] as [&str; 0]);
    assert_eq!(of(file, false), ["check-inversion"]);
    assert_eq!(of(WEST, true), ["check-inversion"]);
}

#[test]
fn a_disabled_check_and_a_long_life_are_told() {
    let mut off = check(WEST, false);
    off.basis.disabled = true;
    let mut pair = pair(Some("hc"));
    pair[1].ttl = Some(300);
    assert_eq!(codes(&pair, &[off]), ["check-disabled", "dns-ttl"]);
}

#[test]
fn no_weight_beside_one_that_is_never_unhealthy_is_a_dead_end() {
    let weighted = |host, weight, id| RecordSet {
        failover: None,
        weight: Some(weight),
        ..part(host, host, id)
    };
    let of = |id| {
        let records = [weighted(WEST, 100, id), weighted(CENTRAL, 0, None)];
        codes(&records, &[check(WEST, false)])
    };
    assert_eq!(of(None), ["weight-dead-end", "homed-elsewhere"]);
    assert_eq!(of(Some("hc")), [] as [&str; 0]);
}

fn switches(on: [bool; 2], silent: bool) -> Switches {
    let control = |name: &str, on| Switch {
        arn: name.into(),
        name: name.into(),
        panel: "www".into(),
        on: Some(on),
    };
    let failure = silent.then(|| "no answer".to_owned());
    Switches {
        cluster: "arn:cluster".into(),
        name: "learn".into(),
        by: "us-east-1".into(),
        controls: vec![control("west", on[0]), control("central", on[1])],
        endpoints: vec![Tried {
            region: "eu-west-1".into(),
            since: None,
            failure,
        }],
    }
}

#[test]
fn switches_that_stand_alike_and_endpoints_that_are_silent_are_told() {
    let of = |on, silent| {
        let mut estate = Estate::default();
        has(&mut estate, "us-west-2", switches(on, silent));
        codes_of(&estate)
    };
    assert_eq!(of([true, false], false), [] as [&str; 0]);
    assert_eq!(of([true, true], false), ["arc-all-on"]);
    assert_eq!(of([false, false], false), ["arc-all-off"]);
    assert_eq!(of([true, false], true), ["arc-endpoint"]);
}

#[test]
fn a_rule_that_waits_is_told_with_how_long() {
    let rule = SafetyRule {
        arn: "arn:rule".into(),
        name: "one-on".into(),
        kind: RuleKind::Assertion,
        guards: vec!["a".into(), "b".into()],
        gates: Vec::new(),
        operator: "ATLEAST".into(),
        threshold: 1,
        inverted: false,
        wait_ms: 5000,
    };
    let panel = Panel {
        arn: "p".into(),
        name: "www".into(),
        controls: Some(Vec::new()),
        rules: Some(vec![rule]),
    };
    let cluster = ArcCluster {
        arn: "arn:cluster".into(),
        name: "learn".into(),
        status: "DEPLOYED".into(),
        endpoints: Vec::new(),
        panels: Some(vec![panel]),
        unknown: Vec::new(),
    };
    let mut estate = Estate::default();
    has(&mut estate, "us-west-2", cluster);
    let said = said(&estate);
    assert_eq!(said[0].0, "arc-wait");
    assert!(said[0].1.contains("waits 5 s"), "{said:?}");
}
