//! Enough runs: what is not told, or only allowed, is never a pass.

use super::*;
use crate::estate::part::autoscaling::ScalingGroup;
use crate::estate::part::ecs::EcsService;
use crate::estate::part::{Kind, Part};
use crate::estate::recovery_point::{self, RecoveryPoint};

fn judged(kind: &str, (what, found): (What, Found)) -> Settled {
    let kind = step_type(kind).expect("a kind of ours");
    let runbook = Runbook::parse(&around(kind), "x").expect("parses");
    let step = runbook.steps.last().expect("the example");
    let mut estate = Estate::default();
    see(&mut estate, "eu-central-1", what, found, 0);
    step.does.settled(&scene(&estate, &values(), None), &Answers::default())
}

fn word(settled: &Settled) -> &'static str {
    match settled {
        Settled::Done { .. } => "done",
        Settled::Running { .. } => "running",
        Settled::NotDone { .. } => "not done",
        Settled::CannotTell { .. } => "cannot tell",
    }
}

fn service(desired: Option<i64>, running: Option<i64>, status: &str) -> Found {
    let service = EcsService { desired, running, ..standing::standing_by() };
    let service = EcsService { status: status.into(), ..service };
    Found::Parts([Part::from(service)].into())
}

/// What the check of a point whose data are of this second settles to, where
/// only points from before another one count.
fn point_from(data: Option<i64>, before: &str) -> &'static str {
    let orders = "arn:aws:rds:eu-central-1:111122223333:db:learn-orders";
    let point = RecoveryPoint::from(recovery_point::Fields {
        resource: orders.into(),
        data_time: data.map(at),
        ..fixture::point()
    });
    let mut estate = Estate::default();
    let what = What::SnapshotsOf("learn-orders".into());
    let found = Found::Points([point].into());
    see(&mut estate, "eu-central-1", what, found, 0);
    let kind = step_type("backup.point-fresh").expect("a kind of ours");
    let text = format!("{}before = \"{before}\"\n", around(kind));
    let runbook = Runbook::parse(&text, "x").expect("parses");
    let does = &runbook.steps.last().expect("the example").does;
    let values = values();
    let scene = scene(&estate, &values, None);
    word(&does.settled(&scene, &Answers::default()))
}

#[test]
fn a_point_from_before_an_intrusion_holds_no_write_of_it() {
    let moment = super::super::seen::moment(at(-60));
    assert_eq!(point_from(Some(-61), &moment), "done");
    assert_eq!(point_from(Some(-60), &moment), "not done");
    assert_eq!(point_from(None, &moment), "not done");
    assert_eq!(point_from(Some(-61), "yesterday"), "cannot tell");
}

#[test]
fn only_tasks_that_run_are_capacity() {
    let judged = |found| {
        let what = What::Parts(Kind::EcsService);
        word(&judged("ecs.capacity", (what, found)))
    };
    assert_eq!(judged(service(Some(1), Some(1), "ACTIVE")), "done");
    assert_eq!(judged(service(Some(1), Some(0), "ACTIVE")), "running");
    assert_eq!(judged(service(Some(0), Some(0), "ACTIVE")), "cannot tell");
    assert_eq!(judged(service(Some(1), None, "ACTIVE")), "cannot tell");
    assert_eq!(judged(service(Some(1), Some(0), "INACTIVE")), "not done");
    assert_eq!(judged(Found::Parts([].into())), "not done");
}

#[test]
fn room_to_grow_is_no_capacity() {
    let of = |desired, in_service, max, suspended: &[&str]| {
        let suspended = suspended.iter().map(|s| (*s).to_owned()).collect();
        let group = ScalingGroup {
            max,
            desired,
            in_service,
            suspended,
            ..standing::group()
        };
        let found = Found::Parts([Part::from(group)].into());
        let what = What::Parts(Kind::ScalingGroup);
        word(&judged("autoscaling.capacity", (what, found)))
    };
    assert_eq!(of(1, 1, 12, &[]), "done");
    assert_eq!(of(1, 0, 12, &[]), "running");
    assert_eq!(of(0, 0, 12, &[]), "cannot tell");
    assert_eq!(of(0, 0, 0, &[]), "not done");
    assert_eq!(of(1, 0, 12, &["Launch"]), "not done");
}
