//! Changes of records: checked, made, spread.

use std::net::Ipv4Addr;

use jiff::{SignedDuration, Timestamp};
use serde_json::{Value, json};

use super::records::read;
use super::{plain, zone_of};
use crate::sim::world::dns::{Change, Edit, Failover, Record, Zone};
use crate::sim::world::value::{list, text, time};
use crate::sim::world::{Caller, Fault, World, noise, refuse};

/// How long a change takes at least to reach every name server at speed 1;
/// it takes at most twice as long.
// "generally ... within 60 seconds":
// https://docs.aws.amazon.com/Route53/latest/APIReference/API_ChangeResourceRecordSets.html
const SPREADS_IN: f64 = 30.0;

fn show(change: &Change, now: Timestamp) -> Value {
    let done = change.in_sync <= now;
    json!({
        "Id": format!("/change/{}", change.id),
        "Status": if done { "INSYNC" } else { "PENDING" },
        "SubmittedAt": time(change.submitted),
        "Comment": change.comment,
    })
}

/// A record in AWS's words: `[name='a.example.', type='A']`.
fn named(record: &Record) -> String {
    let set = record
        .set_identifier
        .as_ref()
        .map(|id| format!(", set-identifier='{id}'"))
        .unwrap_or_default();
    format!("[name='{}', type='{}'{set}]", record.name, record.kind)
}

/// What is wrong with a record by itself, or in its zone.
fn flaw(zone: &Zone, record: &Record) -> Option<String> {
    let name = &record.name;
    let inside = name
        .strip_suffix(zone.name.as_str())
        .is_some_and(|rest| rest.is_empty() || rest.ends_with('.'));
    if !inside {
        return Some(format!(
            "RRSet with DNS name {name} is not permitted in zone {}",
            zone.name
        ));
    }
    let policies = [record.failover.is_some(), record.weight.is_some()];
    let policies = policies.into_iter().filter(|is| *is).count();
    if policies > 1 || (policies == 0 && record.set_identifier.is_some()) {
        return Some(format!(
            "Invalid request: Expected exactly one of [Weight, Region, \
             Failover, GeoLocation, MultiValueAnswer, GeoProximityLocation, \
             CidrRoutingConfig], but found {} in Change with \
             [Action=CHANGE, Name={name}, Type={}, SetIdentifier={}]",
            if policies == 0 { "none" } else { "more than one" },
            record.kind,
            record.set_identifier.as_deref().unwrap_or("null"),
        ));
    }
    if policies == 1 && record.set_identifier.is_none() {
        return Some(format!(
            "Invalid request: Missing field 'SetIdentifier' in Change with \
             [Action=CHANGE, Name={name}, Type={}, SetIdentifier=null]",
            record.kind
        ));
    }
    flaw_of_values(record)
}

/// What is wrong with what a record answers.
fn flaw_of_values(record: &Record) -> Option<String> {
    let name = &record.name;
    match (&record.alias, record.values.is_empty()) {
        (Some(_), true) | (None, false) => {}
        _ => {
            return Some(format!(
                "Invalid request: Expected exactly one of [AliasTarget, all \
                 of [TTL, and ResourceRecords], or TrafficPolicyInstanceId], \
                 but found none in Change with [Action=CHANGE, Name={name}, \
                 Type={}, SetIdentifier={}]",
                record.kind,
                record.set_identifier.as_deref().unwrap_or("null"),
            ));
        }
    }
    if record.alias.is_none() && record.ttl.is_none() {
        return Some(format!(
            "Invalid request: Missing field 'TTL' in Change with \
             [Action=CHANGE, Name={name}, Type={}]",
            record.kind
        ));
    }
    let wrong = record.values.iter().find(|value| {
        record.kind == "A" && value.parse::<Ipv4Addr>().is_err()
    });
    if let Some(value) = wrong {
        return Some(format!(
            "Invalid Resource Record: 'FATAL problem: \
             ARRDATAIllegalIPv4Address (Value is not a valid IPv4 address) \
             encountered with '{value}''"
        ));
    }
    (record.kind == "CNAME" && record.values.len() > 1).then(|| {
        format!(
            "Invalid Resource Record: 'CNAME records may only have one \
             value' at {name}"
        )
    })
}

/// What is wrong with a record beside the others of its name.
fn clash(records: &[Record], record: &Record) -> Option<String> {
    let others = || {
        records
            .iter()
            .filter(|r| r.name == record.name && !r.is_same_set(record))
    };
    let cname = |r: &Record| r.kind == "CNAME";
    if let Some(other) =
        others().find(|r| r.kind != record.kind && (cname(r) || cname(record)))
    {
        return Some(format!(
            "RRSet of type {} with DNS name {} is not permitted because a \
             conflicting RRSet of type {} with the same DNS name already \
             exists",
            record.kind, record.name, other.kind
        ));
    }
    let mut same = others().filter(|r| r.kind == record.kind);
    let mixed = same.clone().any(|other| {
        other.failover.is_some() != record.failover.is_some()
            || other.weight.is_some() != record.weight.is_some()
    });
    if mixed {
        return Some(format!(
            "RRSet with DNS name {}, type {}, SetIdentifier {} cannot be \
             created as a record set with the same name and type, but \
             another routing policy, exists",
            record.name,
            record.kind,
            record.set_identifier.as_deref().unwrap_or("null"),
        ));
    }
    let part = record.failover?;
    same.any(|other| other.failover == Some(part)).then(|| {
        let word = match part {
            Failover::Primary => "PRIMARY",
            Failover::Secondary => "SECONDARY",
        };
        format!(
            "Failover record set of type {word} already exists for {}",
            named(record)
        )
    })
}

/// One change against the records as the changes before it left them.
fn edit(
    zone: &Zone,
    records: &[Record],
    action: &str,
    record: Record,
) -> Result<Edit, String> {
    let known = records.iter().find(|r| r.is_same_set(&record));
    match (action, known) {
        ("DELETE", None) => Err(format!(
            "Tried to delete resource record set {} but it was not found",
            named(&record)
        )),
        ("DELETE", Some(known)) if *known != record => Err(format!(
            "Tried to delete resource record set {} but the values provided \
             do not match the current values",
            named(&record)
        )),
        ("DELETE", Some(_)) => Ok(Edit::Remove(record)),
        ("CREATE", Some(_)) => Err(format!(
            "Tried to create resource record set {} but it already exists",
            named(&record)
        )),
        ("CREATE" | "UPSERT", _) => {
            let wrong =
                flaw(zone, &record).or_else(|| clash(records, &record));
            wrong.map_or(Ok(Edit::Put(record)), Err)
        }
        _ => Err(format!("Invalid request: unknown action {action}")),
    }
}

/// All of a batch is made, or nothing.
// https://docs.aws.amazon.com/Route53/latest/APIReference/API_ChangeResourceRecordSets.html
pub(super) fn records(
    world: &mut World,
    caller: &Caller,
    input: &Value,
    now: Timestamp,
) -> Result<Value, Fault> {
    let id = text(input, "HostedZoneId").unwrap_or_default();
    let batch = input.get("ChangeBatch").unwrap_or(&Value::Null);
    let zone = zone_of(world, caller, id)?.clone();
    let mut left = zone.records.clone();
    let (mut edits, mut wrong) = (Vec::new(), Vec::new());
    for change in list(batch, "Changes") {
        let record =
            read(change.get("ResourceRecordSet").unwrap_or(&Value::Null));
        if let Some(check) = &record.health_check {
            known_check(world, check)?;
        }
        let action = text(change, "Action").unwrap_or_default();
        match edit(&zone, &left, action, record) {
            Ok(edit) => {
                edit.make(&mut left);
                edits.push(edit);
            }
            Err(why) => wrong.push(why),
        }
    }
    if edits.is_empty() && wrong.is_empty() {
        wrong.push("Invalid request: the batch has no changes".to_owned());
    }
    if !wrong.is_empty() {
        return Err(bad_batch(&wrong));
    }
    let comment = text(batch, "Comment").map(str::to_owned);
    let change = submit(world, caller, &zone.id, edits, comment, now);
    Ok(json!({ "ChangeInfo": show(&change, now) }))
}

fn known_check(world: &World, id: &str) -> Result<(), Fault> {
    if world.health_check(id).is_some() {
        return Ok(());
    }
    Err(refuse(
        404,
        "NoSuchHealthCheck",
        format!("No health check exists with the specified ID: {id}"),
    ))
}

fn bad_batch(wrong: &[String]) -> Fault {
    let text = format!("[{}]", wrong.join(", "));
    let mut fault = refuse(400, "InvalidChangeBatch", text);
    fault.fields = json!({ "messages": wrong });
    fault
}

/// Changes what the API shows at once, and what DNS answers later.
fn submit(
    world: &mut World,
    caller: &Caller,
    zone: &str,
    edits: Vec<Edit>,
    comment: Option<String>,
    now: Timestamp,
) -> Change {
    let id = world.fresh_code("C", 21);
    let spread = SPREADS_IN * (1.0 + noise(&id, 0));
    let usual = SignedDuration::try_from_secs_f64(spread)
        .expect("less than a minute fits");
    let in_sync = now + world.takes(usual);
    let change = Change {
        id: id.clone(),
        zone: zone.to_owned(),
        comment,
        submitted: now,
        in_sync,
        applied: false,
        edits,
    };
    for edit in &change.edits {
        let (Edit::Put(record) | Edit::Remove(record)) = edit;
        let target = match &record.set_identifier {
            Some(set) => format!("{} {} {set}", record.name, record.kind),
            None => format!("{} {}", record.name, record.kind),
        };
        world.count("ChangeResourceRecordSets", caller, &target);
    }
    let account = world.account_mut(&caller.account);
    if let Some(zone) = account.zones.get_mut(zone) {
        for edit in &change.edits {
            edit.make(&mut zone.records);
        }
    }
    account.changes.insert(id, change.clone());
    change
}

pub(super) fn status(
    world: &mut World,
    caller: &Caller,
    input: &Value,
    now: Timestamp,
) -> Result<Value, Fault> {
    let id = plain(text(input, "Id").unwrap_or_default(), "change");
    let account = world.account_mut(&caller.account);
    let change = account.changes.get(id).ok_or_else(|| {
        refuse(
            404,
            "NoSuchChange",
            format!("A change with the specified ID does not exist: {id}"),
        )
    })?;
    Ok(json!({ "ChangeInfo": show(change, now) }))
}
