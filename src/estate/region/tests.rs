use super::*;
use crate::estate::fixture::{failed, record, seen, source};
use crate::estate::ids::Account;
use crate::estate::{Found, What};

fn at(second: i64) -> Timestamp {
    Timestamp::from_second(1_000_000 + second).expect("in range")
}

fn look(
    estate: &mut Estate,
    region: &str,
    what: What,
    second: i64,
    kind: Option<FailureKind>,
) {
    let source = source(region, what);
    estate.apply(match kind {
        Some(kind) => failed(source, at(second), kind),
        None => seen(source, at(second), Found::Vaults([].into())),
    });
}

fn of(estate: &Estate, region: &str, second: i64) -> Report {
    let west = Region::new("eu-west-1");
    let central = Region::new("eu-central-1");
    reports(estate, Some(&west), Some(&central), at(second))
        .into_iter()
        .find(|report| &*report.region == region)
        .expect("looked at")
}

fn two_regions() -> Estate {
    let mut estate = Estate::default();
    for second in [0, 15, 30] {
        look(&mut estate, "eu-west-1", What::Vaults, second, None);
        look(&mut estate, "eu-central-1", What::Vaults, second, None);
    }
    estate
}

#[test]
fn a_region_that_answers_every_look_is_healthy() {
    let report = of(&two_regions(), "eu-central-1", 40);
    assert_eq!(report.state, State::Healthy);
    assert_eq!((report.role, report.looks), (Role::Target, (3, 3)));
}

#[test]
fn a_region_is_dark_once_nothing_answers_three_times() {
    let mut estate = two_regions();
    let gone = Some(FailureKind::Unreachable);
    look(&mut estate, "eu-west-1", What::Vaults, 45, gone.clone());
    look(&mut estate, "eu-west-1", What::Vaults, 60, gone.clone());
    assert_eq!(of(&estate, "eu-west-1", 60).state, State::Degraded);
    look(&mut estate, "eu-west-1", What::Vaults, 75, gone);
    let report = of(&estate, "eu-west-1", 75);
    assert_eq!(report.state, State::Dark);
    assert_eq!(report.since, Some(at(45)));
    assert_eq!(of(&estate, "eu-central-1", 75).state, State::Healthy);
}

#[test]
fn a_denied_look_says_nothing_against_the_region() {
    let mut estate = two_regions();
    for second in [45, 60, 75, 90] {
        let denied = Some(FailureKind::Denied { action: None });
        look(&mut estate, "eu-west-1", What::Alarms, second, denied);
    }
    assert_eq!(of(&estate, "eu-west-1", 90).state, State::Healthy);
}

#[test]
fn when_no_region_answers_none_is_called_dark() {
    let mut estate = Estate::default();
    for second in [0, 15, 30] {
        for region in ["eu-west-1", "eu-central-1"] {
            let gone = Some(FailureKind::TimedOut);
            look(&mut estate, region, What::Vaults, second, gone);
        }
    }
    let report = of(&estate, "eu-west-1", 31);
    assert_eq!(report.state, State::Unknown);
    assert!(report.why.contains("machine's network"), "{}", report.why);
}

#[test]
fn a_region_not_looked_at_for_five_minutes_is_unknown() {
    let report = of(&two_regions(), "eu-west-1", 400);
    assert_eq!(report.state, State::Unknown);
}

#[test]
fn a_region_that_goes_up_and_down_is_said_to_flap() {
    let mut estate = two_regions();
    for second in [45, 75, 105] {
        let gone = Some(FailureKind::Faulted);
        look(&mut estate, "eu-west-1", What::Vaults, second, gone);
        look(&mut estate, "eu-west-1", What::Vaults, second + 15, None);
    }
    let report = of(&estate, "eu-west-1", 121);
    assert!(report.flapping);
    assert_eq!(report.state, State::Degraded);
}

#[test]
fn a_record_points_to_the_region_its_host_names() {
    let record = |host: &str| record("learn.example", host);
    let west = Region::new("eu-west-1");
    assert!(points_to(&record("lb.eu-west-1.elb.amazonaws.com"), &west));
    assert!(!points_to(&record("lb.eu-west-2.elb.amazonaws.com"), &west));
    assert!(!points_to(&record("lb.eu-west-12.elb.aws.com"), &west));
}

fn traffic(estate: &mut Estate, second: i64, good: u32) {
    let mut see = |what, found| {
        estate.apply(seen(source("us-east-1", what), at(second), found));
    };
    let record = RecordSet {
        identifier: Some("west".into()),
        failover: Some("PRIMARY".into()),
        health_check: Some("hc".into()),
        ..record("www.learn.example", "lb.eu-west-1.elb.amazonaws.com")
    };
    let check = HealthCheck {
        id: "hc".into(),
        target: "https://lb/health".into(),
        reports: Some((good, 16)),
        ..HealthCheck::default()
    };
    see(What::Records, Found::Records([record].into()));
    see(What::HealthChecks, Found::HealthChecks([check].into()));
}

/// The APIs of the source fail from second 45 on, until second 240.
fn apis_failing() -> Estate {
    let mut estate = two_regions();
    for second in [45, 75, 105, 135, 165, 195, 225, 240] {
        let gone = Some(FailureKind::Faulted);
        look(&mut estate, "eu-west-1", What::Vaults, second, gone);
        look(&mut estate, "eu-central-1", What::Vaults, second, None);
    }
    estate
}

#[test]
fn apis_that_fail_while_the_service_is_healthy_are_no_reason_to_leave() {
    let mut estate = apis_failing();
    traffic(&mut estate, 240, 16);
    let report = of(&estate, "eu-west-1", 241);
    assert_eq!(
        report.advice,
        Some("AWS APIs impaired, service healthy: failover not indicated")
    );
    assert!(report.told().starts_with("AWS APIs impaired"));
    let well = ["health check of https://lb/health"];
    assert_eq!(report.service.well, well);
    assert_eq!(of(&estate, "eu-central-1", 241).advice, None);
}

#[test]
fn a_service_that_fails_or_is_not_seen_gives_no_such_advice() {
    let mut ill = apis_failing();
    traffic(&mut ill, 240, 0);
    let report = of(&ill, "eu-west-1", 241);
    assert_eq!((report.advice, report.service.ill.len()), (None, 1));
    assert_eq!(of(&apis_failing(), "eu-west-1", 241).advice, None);
    let mut early = apis_failing();
    traffic(&mut early, 150, 16);
    let report = of(&early, "eu-west-1", 241);
    assert_eq!(report.advice, None, "the checks had no time to turn");
}

#[test]
fn what_answered_before_the_rest_failed_does_not_keep_a_region_lit() {
    let mut estate = two_regions();
    look(&mut estate, "eu-west-1", What::Zones, 40, None);
    let gone = Some(FailureKind::Unreachable);
    for second in [45, 60, 75] {
        look(&mut estate, "eu-west-1", What::Vaults, second, gone.clone());
    }
    assert_eq!(of(&estate, "eu-west-1", 75).state, State::Dark);
    look(&mut estate, "eu-west-1", What::Zones, 80, None);
    assert_eq!(of(&estate, "eu-west-1", 81).state, State::Degraded);
}

/// A Region of which so many sources fail and so many answer since.
fn crowded(failing: u8, answering: u8) -> Estate {
    let mut estate = two_regions();
    let account = |n: u8| Account::new(format!("1111222233{n:02}"));
    for second in [45, 60, 75, 90, 105, 120] {
        for n in 0..failing + answering {
            let source =
                Source::aws(&account(n), &"eu-west-1".into(), What::Zones);
            let good = n >= failing && second == 120;
            estate.apply(if good {
                seen(source, at(second), Found::Vaults([].into()))
            } else {
                failed(source, at(second), FailureKind::Unreachable)
            });
        }
        let gone = Some(FailureKind::Unreachable);
        look(&mut estate, "eu-west-1", What::Vaults, second, gone);
    }
    estate
}

#[test]
fn a_look_that_gets_through_now_and_then_does_not_lift_a_dark_region() {
    let report = of(&crowded(40, 2), "eu-west-1", 121);
    assert_eq!(report.state, State::Dark, "{}", report.why);
    let told = "fewer than 10 in 100 do not lift it";
    assert!(report.why.contains(told), "{}", report.why);
    assert_eq!(of(&crowded(40, 8), "eu-west-1", 121).state, State::Degraded);
}

#[test]
fn switches_told_from_elsewhere_say_nothing_of_their_home() {
    let mut estate = two_regions();
    let switches = What::Parts(Kind::Switches);
    look(&mut estate, "us-west-2", switches, 30, None);
    assert_eq!(of(&estate, "us-west-2", 40).state, State::Unknown);
}
