use std::ops::Range;

use jiff::SignedDuration;
use serde_json::json;

use super::*;
use crate::app::Watch;
use crate::estate::fixture::{self, failed, parts, record, seen, source};
use crate::estate::part::Kind;
use crate::estate::resource::{HealthCheck, RecordSet};
use crate::estate::saved::Place;
use crate::estate::{Found, What};
use crate::failure::FailureKind;
use crate::keymap::Keymap;
use crate::screens::fixture::{CENTRAL, Fixture, WEST, at, open, tell};

fn model(fixture: Fixture) -> Model {
    let watch = Watch {
        source: Some(WEST.into()),
        target: Some(CENTRAL.into()),
        ..Watch::default()
    };
    let mut model = Model::new(
        fixture.setting,
        Keymap::default(),
        fixture.estate,
        watch,
        Vec::new(),
        Place::default(),
    );
    model.derive(fixture.now, true);
    model
}

/// How often the bell rings in as many seconds from 14:32:07 on.
fn rings(model: &mut Model, seconds: i64) -> usize {
    let mut out = Vec::new();
    for second in 0..seconds {
        let now = at("14:32:07") + SignedDuration::from_secs(second);
        tick(model, now, &mut out);
    }
    assert!(out.iter().all(|effect| matches!(effect, Effect::Ring)));
    out.len()
}

/// A console that has seen nothing.
fn blank() -> Model {
    model(Fixture::blank())
}

/// Looks at both Regions every 15 seconds in a span of seconds from 14:00
/// on, answered or not; gives how often the bell rang.
fn looks(
    model: &mut Model,
    span: Range<i64>,
    west: bool,
    central: bool,
) -> usize {
    let mut out = Vec::new();
    for second in span.step_by(15) {
        let now = at("14:00:00") + SignedDuration::from_secs(second);
        for (region, answers) in [(WEST, west), (CENTRAL, central)] {
            let source = source(region, What::Vaults);
            model.estate.apply(if answers {
                seen(source, now, Found::Vaults([].into()))
            } else {
                failed(source, now, FailureKind::TimedOut)
            });
        }
        model.derive(now, true);
        tick(model, now, &mut out);
    }
    assert!(out.iter().all(|effect| matches!(effect, Effect::Ring)));
    out.len()
}

fn said(model: &Model, words: &str) -> usize {
    let notices = model.notices.iter();
    notices.filter(|notice| notice.text.contains(words)).count()
}

#[test]
fn a_region_that_went_dark_is_proposed_once_with_the_earliest_time() {
    let mut model = model(Fixture::new());
    assert_eq!(rings(&mut model, 30), 1, "{:?}", model.notices);
    let one = model.detection.proposal.clone().unwrap();
    assert_eq!(one.title, "eu-west-1 does not answer");
    assert!(one.impact <= at("14:28:00"), "{}", one.impact);
    assert!(one.evidence.iter().any(|e| e.starts_with("our looks fail")));
    assert_eq!(hint(&model).as_deref(), Some("INCIDENT? g n "));
    assert_eq!(rings(&mut model, 30), 0, "it does not nag");
}

#[test]
fn what_goes_on_while_an_incident_is_open_is_not_proposed_after_it() {
    let mut model = model(Fixture::new());
    let mut incident = open();
    tell(&mut incident, at("14:32:00"), Fact::Note { text: "on it".into() });
    model.open = Some(incident);
    assert_eq!(rings(&mut model, 5), 0);
    assert_eq!(hint(&model), None);
    let summary = "over".to_owned();
    let incident = model.open.as_mut().unwrap();
    tell(incident, at("14:32:06"), Fact::Closed { summary });
    assert_eq!(rings(&mut model, 5), 0);
    assert_eq!(model.detection.proposal, None);
}

#[test]
fn a_proposal_is_withdrawn_when_all_is_well_and_the_next_failure_is_new() {
    let mut model = blank();
    assert_eq!(looks(&mut model, 0..60, true, true), 0);
    assert_eq!(looks(&mut model, 60..300, false, true), 1);
    let one = model.detection.proposal.clone().unwrap();
    assert_eq!(one.impact, at("14:01:00"));
    assert_eq!(looks(&mut model, 300..660, true, true), 0);
    assert_eq!(model.detection.proposal, None);
    assert_eq!(said(&model, "does well again"), 1);
    assert_eq!(looks(&mut model, 660..960, false, true), 1);
}

#[test]
fn a_region_that_is_dark_for_a_moment_is_not_proposed() {
    let mut model = blank();
    looks(&mut model, 0..60, true, true);
    assert_eq!(looks(&mut model, 60..150, false, true), 0);
    assert_eq!(model.detection.proposal, None);
}

#[test]
fn this_machines_network_is_no_incident_and_that_is_said_once() {
    let mut model = blank();
    looks(&mut model, 0..60, true, true);
    assert_eq!(looks(&mut model, 60..900, false, false), 0);
    assert_eq!(model.detection.proposal, None);
    assert_eq!(said(&model, "this machine's network"), 1);
}

#[test]
fn a_region_where_nothing_lives_is_not_proposed_for_being_dark() {
    let mut model = blank();
    looks(&mut model, 0..60, true, true);
    assert_eq!(looks(&mut model, 60..600, true, false), 0);
}

#[test]
fn what_is_opened_from_a_proposal_says_so_first() {
    let model = &mut model(Fixture::new());
    rings(model, 1);
    let note = Fact::Note { text: "stands for the opening".into() };
    let facts = opened(model, note.clone());
    let [first, Fact::Detected { evidence, impact }] = &facts[..] else {
        panic!("{facts:?}")
    };
    assert_eq!(*first, note);
    let one = model.detection.proposal.as_ref().unwrap();
    assert_eq!((evidence, *impact), (&one.evidence, one.impact));
    model.detection.proposal = None;
    assert_eq!(opened(model, note).len(), 1);
}

/// What tells that the services in eu-west-1 do well, or that they do not;
/// after four minutes AWS Health has an open issue there.
fn traffic_and_issue(model: &mut Model, second: i64, healthy: bool) {
    let now = at("14:00:00") + SignedDuration::from_secs(second);
    let record = RecordSet {
        identifier: Some("west".into()),
        failover: Some("PRIMARY".into()),
        health_check: Some("hc".into()),
        ..record("www.learn.example", "lb.eu-west-1.elb.amazonaws.com")
    };
    let check = HealthCheck {
        id: "hc".into(),
        target: "https://lb/health".into(),
        reports: Some((if healthy { 16 } else { 0 }, 16)),
        ..HealthCheck::default()
    };
    let issue = json!({ "health_event": {
        "arn": "e", "service": "RDS", "code": "AWS_RDS_API_ISSUE",
        "category": "issue", "region": WEST, "status": "open",
        "started": at("14:01:00"), "unknown": [],
    } });
    let issues: &[_] = if second < 240 { &[] } else { &[issue] };
    for (what, found) in [
        (What::Records, Found::Records([record].into())),
        (What::HealthChecks, Found::HealthChecks([check].into())),
        (What::Parts(Kind::HealthEvent), parts(issues)),
    ] {
        model.estate.apply(seen(source("us-east-1", what), now, found));
    }
}

#[test]
fn apis_that_are_impaired_are_never_proposed_while_the_service_does_well() {
    for healthy in [true, false] {
        let mut model = blank();
        looks(&mut model, 0..60, true, true);
        let mut rings = 0;
        for from in (60..600).step_by(15) {
            traffic_and_issue(&mut model, from, healthy);
            rings += looks(&mut model, from..from + 15, false, true);
        }
        assert_eq!(rings, usize::from(!healthy), "{:?}", model.notices);
        assert_eq!(model.detection.proposal.is_none(), healthy);
        let advice = said(&model, "failover not indicated");
        assert_eq!(advice > 0, healthy, "{:?}", model.notices);
    }
}

/// A model whose queue holds these events of eu-west-1, each bad or not.
fn told(events: &[(&str, bool)]) -> Model {
    use crate::estate::queue::{self, Event};

    let mut model = blank();
    let url = "https://sqs.eu-central-1.amazonaws.com/111122223333/q";
    let source = queue::source(url).unwrap();
    let event = |(clock, is_bad): &(&str, bool)| Event {
        by: "AWS Health".into(),
        about: "arn:event".into(),
        region: WEST.into(),
        at: at(clock),
        is_bad: *is_bad,
        text: "AWS_RDS_OPERATIONAL_ISSUE".into(),
    };
    let events: Vec<Event> = events.iter().map(event).collect();
    let found = Found::Events(events.into());
    model.estate.apply(seen(source, at("14:32:00"), found));
    for region in [WEST, CENTRAL] {
        let source = fixture::source(region, What::Vaults);
        let found = Found::Vaults([].into());
        model.estate.apply(seen(source, at("14:32:00"), found));
    }
    model.derive(at("14:32:07"), true);
    model
}

#[test]
fn an_event_from_a_queue_proposes_with_its_own_time_and_opens_nothing() {
    let mut model = told(&[("14:20:11", true)]);
    assert_eq!(rings(&mut model, 5), 1);
    let one = model.detection.proposal.clone().unwrap();
    assert_eq!(one.impact, at("14:20:11"));
    let wanted =
        "AWS Health AWS_RDS_OPERATIONAL_ISSUE (event) since 14:20:11Z";
    assert!(one.evidence.iter().any(|e| e == wanted), "{one:?}");
    assert!(model.open.is_none() && model.opening.is_none());
    let mut old = told(&[("11:00:00", true)]);
    assert_eq!(rings(&mut old, 5), 0, "what is old has another cause");
    let mut over = told(&[("14:25:00", false), ("14:20:11", true)]);
    assert_eq!(rings(&mut over, 5), 0, "a later event says it is over");
}

#[test]
fn a_queue_is_looked_into_again_only_after_a_while() {
    use crate::estate::queue;

    let mut model = blank();
    let url = "https://sqs.eu-central-1.amazonaws.com/111122223333/q";
    let source = queue::source(url).unwrap();
    model.detection.queues.push(source.clone());
    let mut out = Vec::new();
    tick(&mut model, at("14:32:07"), &mut out);
    assert!(matches!(&out[..], [Effect::Look(one)] if *one == source));
    let found = Found::Events([].into());
    model.estate.apply(seen(source, at("14:32:08"), found));
    for (clock, looks) in [("14:32:20", 0), ("14:32:23", 1)] {
        out.clear();
        tick(&mut model, at(clock), &mut out);
        assert_eq!(out.len(), looks, "{clock}");
    }
}
