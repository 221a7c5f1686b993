//! What is turned or started when one recovers.

use std::collections::BTreeMap;

use super::super::super::call::ARC_HOME;
use super::super::*;
use super::arc;
use crate::estate::part::automation::Sign;
use crate::estate::part::autoscaling::ScalingGroup;
use crate::estate::part::ecs::EcsService;
use crate::estate::part::events::Rule;
use crate::estate::part::states::Machine;
use crate::estate::part::{Kind, Part};
use crate::estate::{Found, What};

/// Sees all of it.
pub(super) fn see(estate: &mut Estate) {
    let rules = [rule("learn-dr-start", true), rule("learn-dr-jobs", false)];
    let rules = Found::Parts(rules.map(Part::from).into());
    let of = What::Parts(Kind::Rule);
    super::see(estate, "eu-central-1", of, rules, 0);
    let (cluster, switches) = arc();
    for (region, kind, part) in [
        (ARC_HOME, Kind::ArcCluster, Part::from(cluster)),
        (ARC_HOME, Kind::Switches, Part::from(switches)),
        ("eu-central-1", Kind::EcsService, Part::from(standing_by())),
        ("eu-central-1", Kind::ScalingGroup, Part::from(group())),
        ("eu-central-1", Kind::Machine, Part::from(machine())),
    ] {
        let found = Found::Parts([part].into());
        super::see(estate, region, What::Parts(kind), found, 0);
    }
}

fn rule(name: &str, enabled: bool) -> Rule {
    Rule {
        arn: format!("arn:aws:events:eu-central-1:111122223333:rule/{name}"),
        name: name.into(),
        sign: Sign::Name,
        enabled: Some(enabled),
        waits_for: "AWS Health Event".into(),
        targets: Some(Vec::new()),
        unknown: Vec::new(),
    }
}

fn machine() -> Machine {
    Machine {
        arn: "arn:aws:states:eu-central-1:111122223333:stateMachine:\
              learn-dr-failover"
            .into(),
        name: "learn-dr-failover".into(),
        sign: Sign::Name,
        created: None,
        express: false,
        last: None,
        unknown: Vec::new(),
    }
}

pub(super) fn standing_by() -> EcsService {
    EcsService {
        arn: "arn:aws:ecs:eu-central-1:111122223333:service/learn-web/x"
            .into(),
        name: "learn-web-standby".into(),
        cluster: "learn-web".into(),
        status: "ACTIVE".into(),
        desired: Some(1),
        running: Some(1),
        pending: Some(0),
        task: "learn-web:211".into(),
        failed: None,
        tags: BTreeMap::new(),
    }
}

pub(super) fn group() -> ScalingGroup {
    ScalingGroup {
        arn: "arn:aws:autoscaling:eu-central-1:111122223333:group".into(),
        name: "learn-render-dr".into(),
        min: 0,
        max: 12,
        desired: 0,
        in_service: 0,
        suspended: Vec::new(),
        tags: BTreeMap::new(),
    }
}
