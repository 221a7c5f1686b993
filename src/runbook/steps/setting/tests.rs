use std::collections::BTreeMap;
use std::sync::Arc;

use super::super::tests::{around, at, scene, values};
use super::*;
use crate::estate::ids::{Account, Region};
use crate::estate::part::Kind;
use crate::estate::part::autoscaling::ScalingGroup;
use crate::estate::{Estate, What, fixture};
use crate::runbook::Runbook;
use crate::runbook::steps::step_type;

fn group(desired: i64, in_service: i64) -> ScalingGroup {
    ScalingGroup {
        arn: "arn:group".into(),
        name: "learn-render-dr".into(),
        min: 1,
        max: 12,
        desired,
        in_service,
        suspended: Vec::new(),
        tags: BTreeMap::new(),
    }
}

/// An estate in which a look begun then told this group.
fn seen_at(second: i64, group: ScalingGroup) -> Estate {
    let source = Source::aws(
        &Account::new("111122223333"),
        &Region::new("eu-central-1"),
        What::Parts(Kind::ScalingGroup),
    );
    let mut estate = Estate::default();
    let found = Found::Parts(Arc::new([Part::from(group)]));
    estate.apply(fixture::seen(source, at(second), found));
    estate
}

fn runbook() -> Runbook {
    let kind = step_type("autoscaling.set-size").expect("a kind of ours");
    Runbook::parse(&around(kind), "x").expect("parses")
}

/// How a size that was sent at second 10 stands by what was seen.
fn settled(estate: &Estate, now: i64) -> Settled {
    let (runbook, values) = (runbook(), values());
    let step = runbook.steps.last().expect("the example");
    let before = seen_at(0, group(0, 0));
    let plan = step.does.plan(&scene(&before, &values, None));
    let answers = Answers {
        sent: Some(at(10)),
        named: vec![None],
        plan: Some(plan.expect("it plans")),
        ..Answers::default()
    };
    let scene = Scene { now: at(now), ..scene(estate, &values, None) };
    step.does.settled(&scene, &answers)
}

#[test]
fn what_was_set_is_done_only_once_it_is_there() {
    let early = settled(&seen_at(5, group(2, 2)), 11);
    assert!(matches!(early, Settled::CannotTell { .. }), "{early:?}");
    let begun = settled(&seen_at(12, group(2, 1)), 13);
    let Settled::Running { why } = &begun else { panic!("{begun:?}") };
    assert_eq!(why, "1 of 2 are in service");
    let done = settled(&seen_at(60, group(2, 2)), 61);
    let Settled::Done { outputs, .. } = &done else { panic!("{done:?}") };
    assert_eq!(outputs["before_desired"], "0");
    assert_eq!(outputs["after_desired"], "2");
}

#[test]
fn old_values_prove_nothing_until_a_look_that_would_show_new_ones() {
    let still = settled(&seen_at(12, group(0, 0)), 13);
    assert!(matches!(still, Settled::CannotTell { .. }), "{still:?}");
    let late = settled(&seen_at(60, group(0, 0)), 61);
    assert!(matches!(late, Settled::NotDone { .. }), "{late:?}");
}

#[test]
fn a_group_that_cannot_start_instances_is_not_planned_to_grow() {
    let suspended = vec!["Launch".to_owned()];
    let estate = seen_at(0, ScalingGroup { suspended, ..group(0, 0) });
    let (runbook, values) = (runbook(), values());
    let step = runbook.steps.last().expect("the example");
    let plan = step.does.plan(&scene(&estate, &values, None));
    let why = plan.expect_err("it cannot grow").why;
    assert!(why.contains("Launch is suspended"), "{why}");
}
