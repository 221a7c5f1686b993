//! Checks of what moves traffic: records, health checks, switches, plans.

use super::{Check, Mistake, Scene, Severity};
use crate::estate::Placed;
use crate::estate::homed::{Need, needs, siblings};
use crate::estate::ids::{Arn, Region};
use crate::estate::part::arc::Switch;
use crate::estate::region::{names, points_to};
use crate::estate::resource::{HealthCheck, RecordSet};

/// Answers that may be kept longer delay a failover by as much; AWS advises
/// 60 to 120 seconds.
// https://docs.aws.amazon.com/r53recovery/latest/dg/route53-arc-best-practices.regional.html
const LONGEST_TTL: i64 = 120;

pub(super) const CHECKS: &[Check] = &[
    Check {
        code: "failover-unchecked",
        severity: Severity::Bad,
        system: "Route 53",
        doc: "Primary records that no health check takes out",
        fix: "Give the primary record a health check.",
        rests_on: &["route53/records"],
        find: unchecked,
    },
    Check {
        code: "check-inversion",
        severity: Severity::Bad,
        system: "Route 53",
        doc: "Health checks inverted where they must not be, or the reverse",
        fix: "A check of a file in the standby must be inverted, no other.",
        rests_on: &["route53/records", "route53/health-checks"],
        find: inversion,
    },
    Check {
        code: "weight-dead-end",
        severity: Severity::Bad,
        system: "Route 53",
        doc: "Weighted records whose standby has no weight and no way in",
        fix: "Give the weighted record a health check, so that zero answers.",
        rests_on: &["route53/records"],
        find: dead_end,
    },
    Check {
        code: "homed-elsewhere",
        severity: Severity::Warn,
        system: "Recovery path",
        doc: "Control planes homed in other Regions that recovery would need",
        fix: "Prepare what moves by itself: health checks, origin groups.",
        rests_on: &[
            "route53/records",
            "route53/zones",
            "accelerator/groups",
            "cloudfront/origins",
        ],
        find: homed_elsewhere,
    },
    Check {
        code: "check-disabled",
        severity: Severity::Warn,
        system: "Route 53",
        doc: "Health checks of records that are switched off",
        fix: "Switch it on: a disabled check counts as healthy for ever.",
        rests_on: &["route53/records", "route53/health-checks"],
        find: disabled,
    },
    Check {
        code: "dns-ttl",
        severity: Severity::Warn,
        system: "Route 53",
        doc: "Records that a failover moves and that are kept over 120 s",
        fix: "Lower the TTL to 60 seconds, well before it is needed.",
        rests_on: &["route53/records"],
        find: long_ttl,
    },
    Check {
        code: "arc-all-off",
        severity: Severity::Bad,
        system: "ARC routing control",
        doc: "Control panels with every routing control off",
        fix: "Turn one on: no Region is sent traffic.",
        rests_on: &["arc/switches"],
        find: |scene| panels(scene, false, "has every routing control Off"),
    },
    Check {
        code: "arc-all-on",
        severity: Severity::Warn,
        system: "ARC routing control",
        doc: "Control panels with every routing control on",
        fix: "Turn the standby off, unless both Regions are meant to serve.",
        rests_on: &["arc/switches"],
        find: |scene| panels(scene, true, "has every routing control On"),
    },
    Check {
        code: "arc-endpoint",
        severity: Severity::Warn,
        system: "ARC routing control",
        doc: "Endpoints of a routing control cluster that do not answer",
        fix: "Three of five always answer: try the others in turn.",
        rests_on: &["arc/switches"],
        find: silent_endpoints,
    },
    Check {
        code: "arc-wait",
        severity: Severity::Warn,
        system: "ARC routing control",
        doc: "Safety rules that make a second change wait",
        fix: "Change both switches in one call, or plan for the wait.",
        rests_on: &["arc/clusters"],
        find: waiting_rules,
    },
];

/// The record and, if it has one that is known, its health check.
fn checked<'a>(
    scene: &'a Scene<'_>,
) -> impl Iterator<Item = (Placed<'a, RecordSet>, &'a HealthCheck)> {
    scene.estate.records().filter_map(|placed| {
        let id = placed.item.health_check.as_deref()?;
        let mut checks = scene.estate.health_checks();
        let check = checks.find(|c| c.item.id == id)?;
        Some((placed, check.item))
    })
}

fn of(placed: &Placed<'_, RecordSet>, words: &str) -> Mistake {
    let record = placed.item;
    let set = record.identifier.as_ref();
    let set = set.map_or(String::new(), |set| format!(" ({set})"));
    let what = format!("{} {}{set} {words}", record.kind, record.name);
    Mistake::of_estate(what).seen_at(placed)
}

// Without health check, and without the target's, a primary always answers:
// https://docs.aws.amazon.com/Route53/latest/DeveloperGuide/dns-failover-types.html
fn unchecked(scene: &Scene<'_>) -> Vec<Mistake> {
    let bare = scene.estate.records().filter(|placed| {
        let record = placed.item;
        record.failover.as_deref() == Some("PRIMARY")
            && record.health_check.is_none()
            && record.evaluates != Some(true)
    });
    bare.map(|p| of(&p, "is primary and has no health check")).collect()
}

/// A standby takes over by an inverted check: while the file in the standby
/// is missing, the check fails, is turned round, and the primary answers.
// https://aws.amazon.com/blogs/networking-and-content-delivery/creating-disaster-recovery-mechanisms-using-amazon-route-53/
fn inversion(scene: &Scene<'_>) -> Vec<Mistake> {
    let primary = checked(scene).filter(|(placed, _)| {
        placed.item.failover.as_deref() == Some("PRIMARY")
    });
    primary
        .filter_map(|(placed, check)| {
            let host = check.basis.host.as_deref()?;
            let own = leads_to(scene, placed.item)?;
            let other = scene.target.filter(|target| *target != own)?;
            let words = match (names(host, own), names(host, other)) {
                (true, _) if check.inverted => format!(
                    "answers while its own endpoint is down: check {} is \
                     inverted",
                    check.target
                ),
                (_, true) if !check.inverted => format!(
                    "answers only while the standby does: check {} is not \
                     inverted",
                    check.target
                ),
                _ => return None,
            };
            Some(of(&placed, &words))
        })
        .collect()
}

/// The Region that a record leads to, of those that matter.
fn leads_to<'a>(scene: &Scene<'a>, record: &RecordSet) -> Option<&'a Region> {
    let mut regions = scene.source.into_iter().chain(scene.target);
    regions.find(|region| points_to(record, region))
}

fn disabled(scene: &Scene<'_>) -> Vec<Mistake> {
    checked(scene)
        .filter(|(_, check)| check.basis.disabled)
        .map(|(placed, check)| {
            let words = format!("has a disabled check of {}", check.target);
            of(&placed, &words)
        })
        .collect()
}

// Zero answers only once all others are unhealthy, and one without a health
// check never is:
// https://docs.aws.amazon.com/Route53/latest/DeveloperGuide/routing-policy-weighted.html
fn dead_end(scene: &Scene<'_>) -> Vec<Mistake> {
    let zero = scene.estate.records().filter(|p| p.item.weight == Some(0));
    zero.filter_map(|placed| {
        let mut others = siblings(scene.estate, placed.item)
            .filter(|other| other.weight.is_some_and(|weight| weight > 0));
        let holds = others.find(|other| {
            other.health_check.is_none() && other.evaluates != Some(true)
        })?;
        let set = holds.identifier.as_deref().unwrap_or("another set");
        let words = format!(
            "has weight 0 and never answers: {set} has no health check"
        );
        Some(of(&placed, &words))
    })
    .collect()
}

fn homed_elsewhere(scene: &Scene<'_>) -> Vec<Mistake> {
    let needs = needs(scene.estate, scene.source, scene.target);
    if needs.is_empty() {
        return Vec::new();
    }
    let told: Vec<String> = needs.iter().map(Need::text).collect();
    let what = format!("recovery would need {}", told.join("; "));
    vec![Mistake::of_estate(what)]
}

/// Records that a failover moves: one of several of a name, or one that
/// leads to the Region that may be left.
fn long_ttl(scene: &Scene<'_>) -> Vec<Mistake> {
    let moved = scene.estate.records().filter(|placed| {
        let leads = |region: &Region| points_to(placed.item, region);
        placed.item.identifier.is_some() || scene.source.is_some_and(leads)
    });
    moved
        .filter_map(|placed| {
            let ttl = placed.item.ttl.filter(|ttl| *ttl > LONGEST_TTL)?;
            Some(of(&placed, &format!("may be kept for {ttl} s")))
        })
        .collect()
}

/// Panels of two or more switches that all stand the same way.
fn panels(scene: &Scene<'_>, on: bool, words: &str) -> Vec<Mistake> {
    let all = scene.estate.switches();
    all.flat_map(|placed| {
        let panels = placed.item.panels().into_iter();
        let same = panels.filter(move |(_, controls)| {
            controls.len() > 1 && controls.iter().all(|c| c.on == Some(on))
        });
        same.map(move |(panel, controls)| {
            let names: Vec<&str> =
                controls.iter().map(|c: &&Switch| &*c.name).collect();
            let what = format!("panel {panel} {words}: {}", names.join(", "));
            let cluster = Arn::new(&placed.item.cluster);
            Mistake::of(&cluster, what).seen_at(&placed)
        })
        .collect::<Vec<_>>()
    })
    .collect()
}

fn silent_endpoints(scene: &Scene<'_>) -> Vec<Mistake> {
    let all = scene.estate.switches();
    all.filter_map(|placed| {
        let switches = placed.item;
        let silent: Vec<&str> =
            switches.silent().map(|tried| tried.region.as_str()).collect();
        if silent.is_empty() {
            return None;
        }
        let what = format!(
            "cluster {}: {} of {} endpoints do not answer: {}",
            switches.name,
            silent.len(),
            switches.endpoints.len(),
            silent.join(", ")
        );
        let cluster = Arn::new(&switches.cluster);
        Some(Mistake::of(&cluster, what).seen_at(&placed))
    })
    .collect()
}

fn waiting_rules(scene: &Scene<'_>) -> Vec<Mistake> {
    let all = scene.estate.arc_clusters();
    all.flat_map(|placed| {
        let rules = placed.item.rules().filter(|rule| rule.wait_ms > 0);
        rules
            .map(|rule| {
                let what = format!("safety rule {}", rule.text());
                Mistake::of(&Arn::new(&rule.arn), what).seen_at(&placed)
            })
            .collect::<Vec<_>>()
    })
    .collect()
}

#[cfg(test)]
mod tests;
