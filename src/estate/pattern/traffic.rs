//! Traffic: whether users are sent to both Regions at the same time.

use std::collections::BTreeSet;

use super::super::homed::siblings;
use super::super::ids::Region;
use super::super::region::points_to;
use super::super::resource::RecordSet;
use super::super::{Estate, Placed, Source, What};
use super::members::Group;
use super::trust::Trust;
use super::{Level, Proof};

/// Whether records that lead to what runs the application send users to its
/// Region and to the recovery Region alike. A record belongs to it when the
/// host it leads to is named after a service or group of it.
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
    if !told {
        level.unknown.push(
            "whether both Regions are sent traffic: no record is known that \
             leads to a host named after it in the recovery Region"
                .to_owned(),
        );
    }
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
    let own = group.name.into_iter().map(str::to_owned);
    let names: Vec<String> = group
        .compute
        .iter()
        .map(|one| one.name.to_owned())
        .chain(own)
        .map(|name| name.to_lowercase() + "-")
        .collect();
    hosts.map(|host| host.to_lowercase()).any(|host| {
        let host = host.strip_prefix("dualstack.").unwrap_or(&host);
        names.iter().any(|name| host.starts_with(name))
    })
}
