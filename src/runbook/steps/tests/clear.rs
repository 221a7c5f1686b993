//! Checks of what watches and of what is there to serve.

use super::super::super::Runbook;
use super::super::*;
use super::{around, at, scene, values};
use crate::estate::fixture;
use crate::estate::ids::{Account, Arn, Region};
use crate::estate::resource::Alarm;
use crate::estate::{Found, What};

/// What the example of a kind says of an estate in which this was found in
/// the Region one recovers in.
fn judged(kind: &str, what: What, found: Found) -> Settled {
    let kind = step_type(kind).unwrap();
    let runbook = Runbook::parse(&around(kind), kind.name).unwrap();
    let step = runbook.steps.last().unwrap();
    let mut estate = Estate::default();
    let (account, region) =
        (Account::new("111122223333"), Region::new("eu-central-1"));
    let source = Source::aws(&account, &region, what);
    estate.apply(fixture::seen(source, at(0), found));
    let values = values();
    step.does.settled(&scene(&estate, &values, None), &Answers::default())
}

fn alarm(name: &str, state: &str, since: i64) -> Alarm {
    Alarm {
        name: name.into(),
        arn: Arn::new("arn:alarm"),
        state: state.into(),
        since: Some(at(since)),
        reason: Some("Threshold Crossed".into()),
        metric: "AWS/RDS CPUUtilization".into(),
    }
}

fn clear(connections: Option<Alarm>) -> Settled {
    let cpu = alarm("learn-standby-cpu", "OK", -3600);
    let alarms: Vec<Alarm> = [cpu].into_iter().chain(connections).collect();
    let found = Found::Alarms(alarms.into());
    judged("cloudwatch.alarms-clear", What::Alarms, found)
}

#[test]
fn alarms_are_clear_when_each_is_there_and_ok_for_long_enough() {
    let other = |state: &str, since| {
        Some(alarm("learn-standby-connections", state, since))
    };
    let done = clear(other("OK", -300));
    let Settled::Done { evidence, .. } = done else { panic!("{done:?}") };
    assert_eq!(evidence.len(), 2);
    let soon = clear(other("OK", -299));
    assert!(matches!(soon, Settled::Running { .. }), "{soon:?}");
    let rings = clear(other("ALARM", -3600));
    assert!(matches!(rings, Settled::NotDone { .. }), "{rings:?}");
    let gone = clear(None);
    assert!(matches!(gone, Settled::NotDone { .. }), "{gone:?}");
    for state in ["INSUFFICIENT_DATA", ""] {
        let unmeasured = clear(other(state, -3600));
        let cannot = matches!(unmeasured, Settled::CannotTell { .. });
        assert!(cannot, "{unmeasured:?}");
    }
}
