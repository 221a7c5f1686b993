//! The simulated service `route53`: zones, records, changes, checks.

mod change;
mod checks;
mod records;

use jiff::Timestamp;
use serde_json::{Value, json};

use super::world::dns::Zone;
use super::world::resolve::dotted;
use super::world::value::text;
use super::world::{Caller, Fault, Service, World, refuse};

/// Its operations. The control plane is homed in us-east-1.
// https://docs.aws.amazon.com/whitepapers/latest/aws-fault-isolation-boundaries/global-services.html
pub const SERVICE: Service = Service {
    signing_name: "route53",
    handlers: &[
        ("ChangeResourceRecordSets", change::records),
        ("GetChange", change::status),
        ("GetHealthCheck", checks::get),
        ("GetHealthCheckStatus", checks::status),
        ("GetHostedZone", zone),
        ("ListHealthChecks", checks::list),
        ("ListHostedZones", list_zones),
        ("ListHostedZonesByName", list_zones_by_name),
        ("ListResourceRecordSets", records::list),
        ("UpdateHealthCheck", checks::update),
    ],
};

fn invalid(message: impl Into<String>) -> Fault {
    refuse(400, "InvalidInput", message)
}

/// An id without the path that Route 53 writes before it.
fn plain<'v>(id: &'v str, path: &str) -> &'v str {
    id.trim_start_matches('/').trim_start_matches(path).trim_start_matches('/')
}

/// A zone of the caller, or the refusal.
fn zone_of<'w>(
    world: &'w mut World,
    caller: &Caller,
    id: &str,
) -> Result<&'w mut Zone, Fault> {
    let id = plain(id, "hostedzone");
    let account = world.account_mut(&caller.account);
    account.zones.get_mut(id).ok_or_else(|| {
        refuse(
            404,
            "NoSuchHostedZone",
            format!("No hosted zone found with ID: {id}"),
        )
    })
}

/// The number of items that a page may hold: at most `most`.
fn max_items(input: &Value, most: usize) -> Result<usize, Fault> {
    let given = match input.get("MaxItems") {
        Some(Value::String(text)) => text.parse().ok(),
        Some(Value::Number(number)) => {
            number.as_u64().and_then(|n| usize::try_from(n).ok())
        }
        _ => Some(most),
    };
    given
        .filter(|items| *items > 0)
        .map(|items| items.min(most))
        .ok_or_else(|| invalid("MaxItems must be a positive number."))
}

fn show(zone: &Zone) -> Value {
    json!({
        "Id": format!("/hostedzone/{}", zone.id),
        "Name": zone.name,
        "CallerReference": format!("lifeboat-{}", zone.id),
        "Config": {
            "Comment": zone.comment,
            "PrivateZone": zone.private,
        },
        "ResourceRecordSetCount": zone.records.len(),
    })
}

fn list_zones(
    world: &mut World,
    caller: &Caller,
    input: &Value,
    _: Timestamp,
) -> Result<Value, Fault> {
    let most = max_items(input, 100)?;
    let marker = text(input, "Marker").unwrap_or_default();
    let account = world.account_mut(&caller.account);
    let mut rest =
        account.zones.values().filter(|zone| zone.id.as_str() >= marker);
    let zones: Vec<Value> = rest.by_ref().take(most).map(show).collect();
    let next = rest.next().map(|zone| zone.id.clone());
    Ok(json!({
        "HostedZones": zones,
        "Marker": marker,
        "IsTruncated": next.is_some(),
        "NextMarker": next,
        "MaxItems": most.to_string(),
    }))
}

fn list_zones_by_name(
    world: &mut World,
    caller: &Caller,
    input: &Value,
    _: Timestamp,
) -> Result<Value, Fault> {
    let most = max_items(input, 100)?;
    let name = text(input, "DNSName").map(dotted);
    let id = text(input, "HostedZoneId").unwrap_or_default();
    let account = world.account_mut(&caller.account);
    let mut zones: Vec<&Zone> = account.zones.values().collect();
    let key = |zone: &Zone| (records::turned(&zone.name), zone.id.clone());
    zones.sort_by_key(|zone| key(zone));
    let start = name.as_ref().map(|n| (records::turned(n), id.to_owned()));
    let mut rest = zones
        .into_iter()
        .filter(|zone| start.as_ref().is_none_or(|s| key(zone) >= *s));
    let shown: Vec<Value> = rest.by_ref().take(most).map(show).collect();
    let next = rest.next();
    Ok(json!({
        "HostedZones": shown,
        "DNSName": name,
        "HostedZoneId": text(input, "HostedZoneId"),
        "IsTruncated": next.is_some(),
        "NextDNSName": next.map(|zone| zone.name.clone()),
        "NextHostedZoneId": next.map(|zone| zone.id.clone()),
        "MaxItems": most.to_string(),
    }))
}

fn zone(
    world: &mut World,
    caller: &Caller,
    input: &Value,
    _: Timestamp,
) -> Result<Value, Fault> {
    let zone = zone_of(world, caller, text(input, "Id").unwrap_or_default())?;
    let servers: Vec<String> = (0..4)
        .map(|n| format!("ns-{}.awsdns-0{n}.example", 100 + 512 * n))
        .collect();
    let set = (!zone.private).then(|| json!({ "NameServers": servers }));
    Ok(json!({ "HostedZone": show(zone), "DelegationSet": set }))
}
