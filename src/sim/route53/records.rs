//! Record sets: listed in Route 53's order, and read from and to values.

use jiff::Timestamp;
use serde_json::{Value, json};

use super::{invalid, max_items, zone_of};
use crate::sim::world::dns::{Alias, Failover, Record};
use crate::sim::world::resolve::dotted;
use crate::sim::world::value::{flag, list as items, number, text};
use crate::sim::world::{Caller, Fault, World};

/// A name with its labels turned round: the order that lists have.
// https://docs.aws.amazon.com/Route53/latest/APIReference/API_ListResourceRecordSets.html
pub(super) fn turned(name: &str) -> String {
    let labels: Vec<&str> = name.trim_end_matches('.').rsplit('.').collect();
    labels.join(".") + "."
}

type Key = (String, String, String);

fn key(record: &Record) -> Key {
    let set = record.set_identifier.clone().unwrap_or_default();
    (turned(&record.name), record.kind.clone(), set)
}

pub(super) fn list(
    world: &mut World,
    caller: &Caller,
    input: &Value,
    _: Timestamp,
) -> Result<Value, Fault> {
    let most = max_items(input, 300)?;
    let start = start(input)?;
    let id = text(input, "HostedZoneId").unwrap_or_default();
    let zone = zone_of(world, caller, id)?;
    let mut sorted: Vec<(Key, &Record)> =
        zone.records.iter().map(|r| (key(r), r)).collect();
    sorted.sort_by(|a, b| a.0.cmp(&b.0));
    let mut rest = sorted
        .into_iter()
        .filter(|(key, _)| start.as_ref().is_none_or(|s| key >= s));
    let shown: Vec<Value> =
        rest.by_ref().take(most).map(|(_, record)| show(record)).collect();
    let next = rest.next().map(|(_, record)| record);
    Ok(json!({
        "ResourceRecordSets": shown,
        "IsTruncated": next.is_some(),
        "NextRecordName": next.map(|r| r.name.clone()),
        "NextRecordType": next.map(|r| r.kind.clone()),
        "NextRecordIdentifier": next.and_then(|r| r.set_identifier.clone()),
        "MaxItems": most.to_string(),
    }))
}

/// Where a list begins. A type without a name, or an identifier without
/// both, is refused.
fn start(input: &Value) -> Result<Option<Key>, Fault> {
    let name = text(input, "StartRecordName").map(dotted);
    let kind = text(input, "StartRecordType");
    let set = text(input, "StartRecordIdentifier");
    if (kind.is_some() && name.is_none()) || (set.is_some() && kind.is_none())
    {
        return Err(invalid(
            "StartRecordIdentifier needs StartRecordType, which needs \
             StartRecordName.",
        ));
    }
    Ok(name.map(|name| {
        let kind = kind.unwrap_or_default().to_owned();
        (turned(&name), kind, set.unwrap_or_default().to_owned())
    }))
}

pub(super) fn show(record: &Record) -> Value {
    let values: Vec<Value> =
        record.values.iter().map(|v| json!({ "Value": v })).collect();
    let alias = record.alias.as_ref().map(|alias| {
        json!({
            "HostedZoneId": alias.zone,
            "DNSName": alias.name,
            "EvaluateTargetHealth": alias.evaluate_health,
        })
    });
    let failover = record.failover.map(|part| match part {
        Failover::Primary => "PRIMARY",
        Failover::Secondary => "SECONDARY",
    });
    json!({
        "Name": record.name,
        "Type": record.kind,
        "SetIdentifier": record.set_identifier,
        "Failover": failover,
        "Weight": record.weight,
        "TTL": record.ttl,
        "ResourceRecords": alias.is_none().then_some(values),
        "AliasTarget": alias,
        "HealthCheckId": record.health_check,
    })
}

/// The record that a value describes.
pub(super) fn read(value: &Value) -> Record {
    let values = items(value, "ResourceRecords").iter();
    let alias = value.get("AliasTarget").filter(|a| a.is_object());
    Record {
        name: dotted(text(value, "Name").unwrap_or_default()),
        kind: text(value, "Type").unwrap_or_default().to_owned(),
        set_identifier: text(value, "SetIdentifier").map(str::to_owned),
        failover: match text(value, "Failover") {
            Some("PRIMARY") => Some(Failover::Primary),
            Some("SECONDARY") => Some(Failover::Secondary),
            _ => None,
        },
        weight: number(value, "Weight"),
        ttl: number(value, "TTL"),
        values: values
            .filter_map(|v| text(v, "Value").map(str::to_owned))
            .collect(),
        alias: alias.map(|alias| Alias {
            zone: text(alias, "HostedZoneId").unwrap_or_default().to_owned(),
            name: dotted(text(alias, "DNSName").unwrap_or_default()),
            evaluate_health: flag(alias, "EvaluateTargetHealth"),
        }),
        health_check: text(value, "HealthCheckId").map(str::to_owned),
    }
}
