//! Checks of the ways into the Region one would recover in.

use std::collections::BTreeMap;

use super::{Check, Mistake, Scene, Severity};
use crate::estate::Placed;
use crate::estate::homed::{hangs_on, sends_nothing};
use crate::estate::ids::{Arn, Region};
use crate::estate::part::network::{Attachment, Side};
use crate::estate::part::region_switch::{SwitchPlan, Warning};

pub(super) const CHECKS: &[Check] = &[
    Check {
        code: "switch-plan",
        severity: Severity::Bad,
        system: "ARC Region switch",
        doc: "Region switch plans that AWS evaluated with warnings",
        fix: "Mend what the warning names, or the plan stops at that step.",
        rests_on: &["region-switch/plans"],
        find: plan_warnings,
    },
    Check {
        code: "accelerator-target",
        severity: Severity::Bad,
        system: "Global Accelerator",
        doc: "Accelerators that would send nothing to the target",
        fix: "Open the dial of the target now: it needs us-west-2 later.",
        rests_on: &["accelerator/groups"],
        find: accelerators,
    },
    Check {
        code: "one-origin",
        severity: Severity::Warn,
        system: "CloudFront",
        doc: "Distributions that are served from the source Region alone",
        fix: "Add an origin group with an origin in the other Region.",
        rests_on: &["cloudfront/origins"],
        find: one_origin,
    },
    Check {
        code: "peering-down",
        severity: Severity::Bad,
        system: "VPC peering",
        doc: "VPC peerings between source and target that are not active",
        fix: "Accept it, or make it again; then look at the routes.",
        rests_on: &["ec2/vpc-peerings"],
        find: peerings,
    },
    Check {
        code: "transit-down",
        severity: Severity::Bad,
        system: "Transit Gateway",
        doc: "Transit Gateway attachments of the target that are down",
        fix: "Make the attachment again; then look at the route tables.",
        rests_on: &["ec2/gateway-peerings", "ec2/attachments"],
        find: transit,
    },
];

/// Each plan once: both of its Regions tell it, and what the target says
/// counts, for the plan is run there.
fn plans<'a>(
    scene: &'a Scene<'_>,
) -> impl Iterator<Item = Placed<'a, SwitchPlan>> {
    let mut plans: BTreeMap<&str, Placed<'a, SwitchPlan>> = BTreeMap::new();
    for placed in scene.estate.switch_plans() {
        let first = !plans.contains_key(placed.item.arn.as_str());
        if first || Some(placed.region) == scene.target {
            plans.insert(&placed.item.arn, placed);
        }
    }
    plans.into_values()
}

fn plan_warnings(scene: &Scene<'_>) -> Vec<Mistake> {
    let told = plans(scene).flat_map(|placed| {
        let plan = placed.item;
        let evaluation = plan.evaluation.as_ref();
        let warnings = evaluation.map_or(&[][..], |e| &e.warnings);
        let mut told: Vec<String> =
            warnings.iter().map(Warning::sentence).collect();
        let acting = evaluation.is_some_and(|e| e.state == "actionRequired");
        if told.is_empty() && acting {
            told.push("AWS says that action is required".to_owned());
        }
        let arn = Arn::new(&plan.arn);
        let mistakes = told.into_iter().map(|text| {
            let what = format!("plan {}: {text}", plan.name);
            Mistake::of(&arn, what).seen_at(&placed)
        });
        mistakes.collect::<Vec<_>>()
    });
    told.collect()
}

fn accelerators(scene: &Scene<'_>) -> Vec<Mistake> {
    let Some(target) = scene.target else { return Vec::new() };
    let all = scene.estate.accelerators();
    all.filter_map(|placed| {
        let accelerator = placed.item;
        let groups = accelerator.groups.iter().flatten();
        let mut there = groups.filter(|group| group.region == *target);
        let why = sends_nothing(accelerator, target).or_else(|| {
            there
                .any(|group| group.healthy() == Some(false))
                .then_some("has an endpoint group without a healthy endpoint")
        })?;
        let what = format!("{} {why} in {target}", accelerator.name);
        Some(Mistake::of(&Arn::new(&accelerator.arn), what).seen_at(&placed))
    })
    .collect()
}

fn one_origin(scene: &Scene<'_>) -> Vec<Mistake> {
    let Some(source) = scene.source else { return Vec::new() };
    let all = scene.estate.distributions();
    all.filter(|placed| hangs_on(placed.item, source))
        .map(|placed| {
            let front = placed.item;
            let name = front.aliases.first().unwrap_or(&front.domain);
            let what = format!("{name} has no origin outside {source}");
            Mistake::of(&Arn::new(&front.arn), what).seen_at(&placed)
        })
        .collect()
}

/// A way between two Regions, as one of its sides tells it.
struct Way<'a> {
    id: &'a str,
    name: &'a str,
    region: &'a Region,
    state: &'a str,
    ends: [&'a Side; 2],
}

/// What is wrong with ways: each once, with what each side says of it. One
/// that is down beside another that joins the same two is not missed.
fn down(ways: &[Way<'_>], up: &str) -> Vec<String> {
    let mut by_id: BTreeMap<&str, Vec<&Way<'_>>> = BTreeMap::new();
    for way in ways {
        by_id.entry(way.id).or_default().push(way);
    }
    let replaced = |way: &Way<'_>| {
        ways.iter().any(|other| {
            let both =
                |side: &&Side| other.ends.iter().any(|o| o.id == side.id);
            other.id != way.id
                && other.state == up
                && way.ends.iter().all(both)
        })
    };
    let told = by_id.into_values().filter_map(|sides| {
        let first = sides.first()?;
        if sides.iter().all(|way| way.state == up) || replaced(first) {
            return None;
        }
        let said: Vec<String> = sides
            .iter()
            .map(|way| format!("{} says {}", way.region, way.state))
            .collect();
        Some(format!("{} ({}): {}", first.name, first.id, said.join(", ")))
    });
    told.collect()
}

fn peerings(scene: &Scene<'_>) -> Vec<Mistake> {
    let (Some(source), Some(target)) = (scene.source, scene.target) else {
        return Vec::new();
    };
    let ours = scene.estate.peerings().filter(|placed| {
        placed.item.joins(source, target) && placed.item.state != "deleted"
    });
    let ways: Vec<_> = ours
        .map(|placed| Way {
            id: &placed.item.id,
            name: &placed.item.name,
            region: placed.region,
            state: &placed.item.state,
            ends: [&placed.item.requester, &placed.item.accepter],
        })
        .collect();
    let told = down(&ways, "active").into_iter();
    told.map(|what| Mistake::of_estate(format!("peering {what}"))).collect()
}

fn transit(scene: &Scene<'_>) -> Vec<Mistake> {
    let (Some(source), Some(target)) = (scene.source, scene.target) else {
        return Vec::new();
    };
    let ours = scene.estate.gateway_peerings().filter(|placed| {
        placed.item.joins(source, target) && placed.item.state != "deleted"
    });
    let ways: Vec<_> = ours
        .map(|placed| Way {
            id: &placed.item.id,
            name: &placed.item.name,
            region: placed.region,
            state: &placed.item.state,
            ends: [&placed.item.requester, &placed.item.accepter],
        })
        .collect();
    let peerings = down(&ways, "available").into_iter();
    let peerings = peerings
        .map(|what| Mistake::of_estate(format!("gateway peering {what}")));
    let failed = scene
        .estate
        .attachments()
        .filter(|placed| placed.region == target && is_down(placed.item));
    let failed = failed.map(|placed| {
        let Attachment { name, id, kind, resource, state, .. } = placed.item;
        let what = format!(
            "attachment {name} ({id}) of {kind} {resource} in {target} is \
             {state}"
        );
        Mistake::of_estate(what).seen_at(&placed)
    });
    peerings.chain(failed).collect()
}

/// Whether an attachment other than a peering, which is told of its own, is
/// there and carries nothing.
fn is_down(attachment: &Attachment) -> bool {
    attachment.kind != "peering"
        && !matches!(
            attachment.state.as_str(),
            "" | "available" | "modifying" | "deleted" | "deleting"
        )
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::estate::fixture::{
        CENTRAL, WEST, accelerator, codes_of, has, parts_of, said, saw,
    };
    use crate::estate::part::edge::{Accelerator, Distribution, OriginGroup};
    use crate::estate::part::network::{GatewayPeering, Peering};
    use crate::estate::part::region_switch::{Evaluation, Warning};
    use crate::estate::part::{Kind, Part};
    use crate::estate::{Estate, What};

    fn codes(region: &str, part: impl Into<Part>) -> Vec<&'static str> {
        let mut estate = Estate::default();
        has(&mut estate, region, part);
        codes_of(&estate)
    }

    fn plan(warning: bool) -> SwitchPlan {
        let warning = warning.then(|| Warning {
            step: Some("scale-web".into()),
            resource: None,
            text: "no such service".into(),
        });
        SwitchPlan {
            arn: "arn:plan".into(),
            name: "learn".into(),
            regions: vec!["eu-west-1".into(), "eu-central-1".into()],
            primary: None,
            approach: "activePassive".into(),
            rto_minutes: Some(15),
            workflows: None,
            evaluation: Some(Evaluation {
                state: "passed".into(),
                at: None,
                warnings: warning.into_iter().collect(),
            }),
            last: None,
            unknown: Vec::new(),
        }
    }

    #[test]
    fn what_the_target_says_of_a_plan_counts_and_counts_once() {
        let mut estate = Estate::default();
        for (region, warned) in [(WEST, false), (CENTRAL, true)] {
            has(&mut estate, region, plan(warned));
        }
        let text = "plan learn: step scale-web: no such service";
        assert_eq!(said(&estate), [("switch-plan", text.to_owned())]);
    }

    #[test]
    fn an_accelerator_must_be_open_and_healthy_in_the_target() {
        let of = |dial, health| codes("us-west-2", accelerator(dial, health));
        assert_eq!(of(100.0, "HEALTHY"), [] as [&str; 0]);
        assert_eq!(of(100.0, "INITIAL"), [] as [&str; 0]);
        assert_eq!(of(100.0, "UNHEALTHY"), ["accelerator-target"]);
        let shut = ["accelerator-target", "homed-elsewhere"];
        assert_eq!(of(0.0, "HEALTHY"), shut);
        let untold =
            Accelerator { groups: None, ..accelerator(0.0, "HEALTHY") };
        assert_eq!(codes("us-west-2", untold), [] as [&str; 0]);
    }

    #[test]
    fn a_distribution_needs_a_second_origin_behind_its_first() {
        let one = Distribution {
            arn: "arn:d".into(),
            id: "E1".into(),
            domain: "d.cloudfront.net".into(),
            aliases: vec!["www.example".into()],
            enabled: true,
            status: "Deployed".into(),
            origins: vec![(
                "west".into(),
                "content.s3.eu-west-1.amazonaws.com".into(),
            )],
            groups: Vec::new(),
            target: "west".into(),
        };
        let two = Distribution {
            groups: vec![OriginGroup {
                id: "both".into(),
                members: vec!["west".into(), "central".into()],
                codes: vec![503],
            }],
            target: "both".into(),
            ..one.clone()
        };
        let alone = ["homed-elsewhere", "one-origin"];
        assert_eq!(codes("us-east-1", one), alone);
        assert_eq!(codes("us-east-1", two), [] as [&str; 0]);
    }

    fn side(region: &str, id: &str) -> Side {
        Side {
            account: None,
            region: Some(region.into()),
            id: id.into(),
            cidr: None,
        }
    }

    fn peering(id: &str, state: &str) -> Peering {
        Peering {
            id: id.into(),
            name: "west-central".into(),
            state: state.into(),
            message: None,
            requester: side("eu-west-1", "vpc-w"),
            accepter: side("eu-central-1", "vpc-c"),
        }
    }

    #[test]
    fn a_peering_is_told_once_with_what_each_side_says() {
        let mut estate = Estate::default();
        for (region, state) in [(WEST, "active"), (CENTRAL, "failed")] {
            has(&mut estate, region, peering("pcx-1", state));
        }
        let text = "peering west-central (pcx-1): eu-central-1 says failed, \
                    eu-west-1 says active";
        assert_eq!(said(&estate), [("peering-down", text.to_owned())]);
    }

    #[test]
    fn a_peering_that_another_has_replaced_is_not_missed() {
        let mut estate = Estate::default();
        let parts = [
            peering("pcx-1", "expired").into(),
            peering("pcx-2", "active").into(),
        ];
        let what = What::Parts(Kind::Peering);
        saw(&mut estate, WEST, what, parts_of(parts));
        assert_eq!(said(&estate), []);
    }

    #[test]
    fn attachments_that_carry_nothing_into_the_target_are_told() {
        let attachment = |state: &str| Attachment {
            id: "tgw-attach-1".into(),
            name: "central".into(),
            state: state.into(),
            gateway: "tgw-1".into(),
            kind: "vpc".into(),
            resource: "vpc-c".into(),
            association: None,
        };
        let of = |state| codes(CENTRAL, attachment(state));
        assert_eq!(of("available"), [] as [&str; 0]);
        assert_eq!(of("failed"), ["transit-down"]);
        assert_eq!(codes(WEST, attachment("failed")), [] as [&str; 0]);
        let peering = GatewayPeering {
            id: "tgw-attach-2".into(),
            name: "transit".into(),
            state: "pendingAcceptance".into(),
            message: None,
            requester: side("eu-west-1", "tgw-w"),
            accepter: side("eu-central-1", "tgw-c"),
        };
        assert_eq!(codes(WEST, peering), ["transit-down"]);
    }
}
