//! Traffic: whether users are sent to both Regions at the same time.

use std::collections::BTreeSet;

use super::super::homed::siblings;
use super::super::ids::Region;
use super::super::part::Kind;
use super::super::part::edge::{Accelerator, EndpointGroup};
use super::super::region::points_to;
use super::super::resource::RecordSet;
use super::super::{Estate, Placed, Source, What};
use super::members::Group;
use super::trust::Trust;
use super::{Level, Proof};

/// Whether records or accelerators that lead to what runs the application
/// send users to its Region and to the recovery Region alike. A record
/// belongs to it when the host it leads to is named after a service or group
/// of it, an accelerator when a load balancer of it is.
pub(super) fn shared(
    group: &Group<'_>,
    estate: &Estate,
    target: &Region,
    trust: &Trust<'_>,
    level: &mut Level,
) {
    let homes: BTreeSet<&Region> = group
        .compute
        .iter()
        .map(|one| one.region)
        .filter(|region| *region != target)
        .collect();
    let mut told = false;
    for placed in estate.records() {
        let record = placed.item;
        if !belongs(group, record) || !points_to(record, target) {
            continue;
        }
        told = true;
        let others = siblings(estate, record).filter(|o| *o != record);
        let home = others
            .filter(|other| homes.iter().any(|home| points_to(other, home)))
            .find(|other| takes(other));
        match home {
            Some(_) if takes(record) => proven(placed, target, trust, level),
            _ => level.missing.push(format!(
                "{} {} sends users to one Region at a time",
                record.kind, record.name
            )),
        }
    }
    for placed in estate.accelerators() {
        told |= accelerated(group, &homes, placed, target, trust, level);
    }
    if !told {
        level.unknown.push(
            "whether both Regions are sent traffic: no record and no \
             accelerator is known that leads to a host named after it in the \
             recovery Region"
                .to_owned(),
        );
    }
}

/// Whether an accelerator leads to the application in the recovery Region,
/// and if so, whether to its own Region at the same time.
fn accelerated(
    group: &Group<'_>,
    homes: &BTreeSet<&Region>,
    placed: Placed<'_, Accelerator>,
    target: &Region,
    trust: &Trust<'_>,
    level: &mut Level,
) -> bool {
    let Accelerator { name, enabled, groups, .. } = placed.item;
    let own = |one: &&EndpointGroup| balances(group, one);
    let mut all = groups.iter().flatten().filter(own);
    let Some(there) = all.clone().find(|one| one.region == *target) else {
        return false;
    };
    let home = all.find(|one| homes.contains(&one.region) && open(one));
    if *enabled == Some(false) || home.is_none() || !open(there) {
        level.missing.push(format!(
            "accelerator {name} sends users to one Region at a time"
        ));
        return true;
    }
    let what = What::Parts(Kind::Accelerator);
    let source = Source::aws(placed.account, placed.region, what);
    let dial = there.dial.map_or(String::new(), |d| format!(", dial {d} %"));
    let what =
        format!("accelerator {name} sends users to {target}, too{dial}");
    match trust.of(&source) {
        Ok(at) => level.evidence.push(Proof { what, source, at }),
        Err(why) => level.unknown.push(why),
    }
    true
}

/// Whether a group of endpoints takes traffic while all are healthy.
// https://docs.aws.amazon.com/global-accelerator/latest/dg/about-endpoint-groups-traffic-dial.html
fn open(group: &EndpointGroup) -> bool {
    let weighs = |weight: Option<i64>| weight != Some(0);
    group.dial.is_none_or(|dial| dial > 0.0)
        && group.endpoints.iter().any(|one| weighs(one.weight))
}

/// Whether an endpoint is a load balancer named after the application.
fn balances(group: &Group<'_>, endpoints: &EndpointGroup) -> bool {
    let names = names(group);
    let named = |id: &str| {
        let (_, path) = id.split_once(":loadbalancer/")?;
        Some(path.split('/').nth(1)?.to_lowercase() + "-")
    };
    endpoints
        .endpoints
        .iter()
        .filter_map(|endpoint| named(&endpoint.id))
        .any(|name| names.iter().any(|own| name.starts_with(own)))
}

fn proven(
    placed: Placed<'_, RecordSet>,
    target: &Region,
    trust: &Trust<'_>,
    level: &mut Level,
) {
    let source = Source::aws(placed.account, placed.region, What::Records);
    let RecordSet { name, kind, weight, .. } = placed.item;
    let share = weight.map_or(String::new(), |w| format!(" by weight {w}"));
    let what = format!("{kind} {name} sends users to {target}, too{share}");
    match trust.of(&source) {
        Ok(at) => level.evidence.push(Proof { what, source, at }),
        Err(why) => level.unknown.push(why),
    }
}

/// Whether a record answers while all are healthy, beside others of its
/// name: a failover pair does not, and a weight of zero neither.
// https://docs.aws.amazon.com/Route53/latest/DeveloperGuide/routing-policy.html
fn takes(record: &RecordSet) -> bool {
    record.identifier.is_some()
        && record.failover.is_none()
        && record.weight != Some(0)
}

fn belongs(group: &Group<'_>, record: &RecordSet) -> bool {
    let alias = record.alias.iter().map(|(host, _)| host);
    let hosts = record.values.iter().chain(alias);
    let names = names(group);
    hosts.map(|host| host.to_lowercase()).any(|host| {
        let host = host.strip_prefix("dualstack.").unwrap_or(&host);
        names.iter().any(|name| host.starts_with(name))
    })
}

/// What a host of the application begins with.
fn names(group: &Group<'_>) -> Vec<String> {
    let own = group.name.into_iter();
    let all = group.compute.iter().map(|one| one.name).chain(own);
    all.map(|name| name.to_lowercase() + "-").collect()
}
