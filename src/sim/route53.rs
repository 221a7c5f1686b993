//! The simulated service `route53`: zones, records, changes, checks.

mod change;
mod checks;
mod records;

use jiff::Timestamp;
use serde_json::{Value, json};

use super::world::dns::Zone;
use super::world::value::text;
use super::world::{Caller, Fault, Service, World, refuse};

/// Its operations. The control plane is homed in us-east-1.
// https://docs.aws.amazon.com/whitepapers/latest/aws-fault-isolation-boundaries/global-services.html
pub const SERVICE: Service = Service {
    signing_name: "route53",
    handlers: &[
        ("ChangeResourceRecordSets", change::records),
        ("CreateHealthCheck", checks::create),
        ("GetChange", change::status),
        ("GetHealthCheck", checks::get),
        ("GetHealthCheckStatus", checks::status),
        ("GetHostedZone", zone),
        ("ListHealthChecks", checks::list),
        ("ListHostedZones", list_zones),
        ("ListResourceRecordSets", records::list),
        ("UpdateHealthCheck", checks::update),
    ],
    shelves: &[],
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

/// A page of what has an id, in the order of ids, from the one that the
/// marker names.
fn page<'w, T: 'w>(
    input: &Value,
    all: impl Iterator<Item = (&'w str, &'w T)>,
    show: fn(&T) -> Value,
    member: &str,
) -> Result<Value, Fault> {
    let most = max_items(input, 100)?;
    let marker = text(input, "Marker").unwrap_or_default();
    let mut rest = all.filter(|(id, _)| *id >= marker);
    let shown = rest.by_ref().take(most).map(|(_, item)| show(item));
    let shown: Vec<Value> = shown.collect();
    let next = rest.next().map(|(id, _)| id);
    Ok(json!({
        member: shown,
        "Marker": marker,
        "IsTruncated": next.is_some(),
        "NextMarker": next,
        "MaxItems": most.to_string(),
    }))
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
        "Features": (!zone.accelerated.is_empty()).then(|| {
            json!({ "AcceleratedRecoveryStatus": zone.accelerated })
        }),
    })
}

fn list_zones(
    world: &mut World,
    caller: &Caller,
    input: &Value,
    _: Timestamp,
) -> Result<Value, Fault> {
    let account = world.account_mut(&caller.account);
    let all = account.zones.values().map(|zone| (zone.id.as_str(), zone));
    page(input, all, show, "HostedZones")
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

#[cfg(test)]
mod tests {
    use serde_json::{Value, json};

    use crate::sim::world::database::endpoint;
    use crate::sim::world::dns::{Answer, HealthCheck, Target};
    use crate::sim::world::fixture::{ACCOUNT, CENTRAL, Lab, REPLICA, WEST};
    use crate::sim::world::site::HttpAnswer;

    const HOME: &str = "us-east-1";
    const APP: &str = "app.training.example";

    /// What a name leads to at the end of its CNAMEs.
    fn leads_to(lab: &mut Lab, name: &str) -> String {
        match lab.world.resolve(name, "CNAME", lab.now) {
            Answer::Records(records) => records[0].value.clone(),
            other => panic!("{name}: {other:?}"),
        }
    }

    fn status(lab: &mut Lab, url: &str) -> Option<u16> {
        match lab.world.http(url, lab.now) {
            HttpAnswer::Answer { status, .. } => Some(status),
            HttpAnswer::Timeout | HttpAnswer::NoName => None,
        }
    }

    fn switch(action: &str, value: &str) -> Value {
        json!({
            "HostedZoneId": "Z1",
            "ChangeBatch": { "Changes": [{
                "Action": action,
                "ResourceRecordSet": {
                    "Name": "db.training.example",
                    "Type": "CNAME",
                    "TTL": 30,
                    "ResourceRecords": [{ "Value": value }],
                },
            }] },
        })
    }

    fn change(lab: &mut Lab, input: &Value) -> Value {
        lab.get(HOME, "route53:ChangeResourceRecordSets", input)
    }

    fn refused(lab: &mut Lab, input: &Value) -> String {
        let op = "route53:ChangeResourceRecordSets";
        let fault = lab.ask(HOME, op, input).expect_err("it is wrong");
        assert_eq!(fault.code, "InvalidChangeBatch");
        fault.message
    }

    #[test]
    fn a_change_is_answered_only_when_it_is_in_sync() {
        let mut lab = Lab::new();
        let west = endpoint("orders", ACCOUNT, WEST);
        let central = endpoint(REPLICA, ACCOUNT, CENTRAL);
        let info = change(&mut lab, &switch("UPSERT", &central));
        let id = json!({ "Id": info["ChangeInfo"]["Id"] });
        assert_eq!(info["ChangeInfo"]["Status"], "PENDING");
        assert_eq!(leads_to(&mut lab, "db.training.example"), west);
        lab.wait(20);
        let info = lab.get(HOME, "route53:GetChange", &id);
        assert_eq!(info["ChangeInfo"]["Status"], "PENDING");
        assert_eq!(leads_to(&mut lab, "db.training.example"), west);
        lab.wait(50);
        let info = lab.get(HOME, "route53:GetChange", &id);
        assert_eq!(info["ChangeInfo"]["Status"], "INSYNC");
        assert_eq!(leads_to(&mut lab, "db.training.example"), central);
        assert_eq!(lab.world.applied("ChangeResourceRecordSets"), 1);
    }

    #[test]
    fn an_unknown_change_is_refused() {
        let mut lab = Lab::new();
        let op = "route53:GetChange";
        let id = json!({ "Id": "/change/C0" });
        assert_eq!(lab.refusal(HOME, op, &id), "NoSuchChange");
    }

    #[test]
    fn a_batch_that_is_wrong_in_one_place_changes_nothing() {
        let mut lab = Lab::new();
        let mut input = switch("UPSERT", "somewhere.example");
        let wrong = json!({
            "Action": "DELETE",
            "ResourceRecordSet": {
                "Name": "nothing.training.example",
                "Type": "A",
                "TTL": 30,
                "ResourceRecords": [{ "Value": "198.18.0.1" }],
            },
        });
        let changes = input["ChangeBatch"]["Changes"].as_array_mut();
        changes.expect("a list").push(wrong);
        let message = refused(&mut lab, &input);
        assert_eq!(
            message,
            "[Tried to delete resource record set \
             [name='nothing.training.example.', type='A'] but it was not \
             found]"
        );
        assert_eq!(lab.world.applied("ChangeResourceRecordSets"), 0);
    }

    #[test]
    fn records_that_do_not_fit_are_refused_in_aws_words() {
        let mut lab = Lab::new();
        let exists = refused(&mut lab, &switch("CREATE", "x.example"));
        assert!(exists.contains("but it already exists"), "{exists}");
        let other = refused(&mut lab, &switch("DELETE", "x.example"));
        assert!(other.contains("do not match the current values"), "{other}");
        let mut foreign = switch("CREATE", "x.example");
        let set = "/ChangeBatch/Changes/0/ResourceRecordSet";
        let record = foreign.pointer_mut(set).expect("it is there");
        record["Name"] = json!("www.other.example");
        let message = refused(&mut lab, &foreign);
        assert!(message.contains("is not permitted in zone"), "{message}");
        let mut address = switch("CREATE", "not an address");
        let record = address.pointer_mut(set).expect("it is there");
        record["Name"] = json!("a.training.example");
        record["Type"] = json!("A");
        let message = refused(&mut lab, &address);
        assert!(message.contains("not a valid IPv4"), "{message}");
        let mut beside = address.clone();
        let record = beside.pointer_mut(set).expect("it is there");
        record["Name"] = json!("db.training.example");
        record["ResourceRecords"] = json!([{ "Value": "198.18.0.1" }]);
        let message = refused(&mut lab, &beside);
        assert!(message.contains("conflicting RRSet"), "{message}");
    }

    #[test]
    fn a_second_primary_of_a_name_is_refused() {
        let mut lab = Lab::new();
        let mut input = switch("CREATE", "x.example");
        let set = "/ChangeBatch/Changes/0/ResourceRecordSet";
        let record = input.pointer_mut(set).expect("it is there");
        record["Name"] = json!(APP);
        record["SetIdentifier"] = json!("third");
        record["Failover"] = json!("PRIMARY");
        let message = refused(&mut lab, &input);
        assert!(message.contains("type PRIMARY already"), "{message}");
    }

    #[test]
    fn records_are_listed_by_turned_name_and_paged_from_a_start() {
        let mut lab = Lab::new();
        let op = "route53:ListResourceRecordSets";
        let input = json!({ "HostedZoneId": "Z1", "MaxItems": "1" });
        let first = lab.get(HOME, op, &input);
        assert_eq!(first["ResourceRecordSets"][0]["SetIdentifier"], "central");
        assert_eq!(first["IsTruncated"], true);
        let input = json!({
            "HostedZoneId": "/hostedzone/Z1",
            "StartRecordName": first["NextRecordName"],
            "StartRecordType": first["NextRecordType"],
            "StartRecordIdentifier": first["NextRecordIdentifier"],
        });
        let rest = lab.get(HOME, op, &input);
        let rest = rest["ResourceRecordSets"].as_array().expect("a list");
        assert_eq!(rest[0]["SetIdentifier"], "west");
        assert_eq!(rest[1]["Name"], "db.training.example.");
        assert_eq!(rest.len(), 2);
        let alone = json!({ "HostedZoneId": "Z1", "StartRecordType": "A" });
        assert_eq!(lab.refusal(HOME, op, &alone), "InvalidInput");
    }

    #[test]
    fn traffic_moves_to_the_secondary_when_the_primary_is_red() {
        let mut lab = Lab::new();
        lab.wait(60);
        assert_eq!(leads_to(&mut lab, APP), "west.lb.example");
        lab.darken(WEST);
        lab.wait(20);
        assert_eq!(leads_to(&mut lab, APP), "west.lb.example");
        lab.wait(20);
        assert_eq!(leads_to(&mut lab, APP), "central.lb.example");
    }

    #[test]
    fn answers_go_on_while_the_control_plane_is_dark() {
        let mut lab = Lab::new();
        let central = endpoint(REPLICA, ACCOUNT, CENTRAL);
        change(&mut lab, &switch("UPSERT", &central));
        lab.darken(HOME);
        lab.darken(WEST);
        lab.wait(90);
        assert_eq!(leads_to(&mut lab, APP), "central.lb.example");
        assert_eq!(leads_to(&mut lab, "db.training.example"), central);
    }

    #[test]
    fn the_application_works_again_after_promotion_and_record_change() {
        let mut lab = Lab::new();
        let url = "https://app.training.example/health";
        assert_eq!(status(&mut lab, url), Some(200));
        lab.darken(WEST);
        lab.wait(5);
        assert_eq!(status(&mut lab, url), None);
        lab.wait(60);
        assert_eq!(status(&mut lab, url), Some(503));
        let input = json!({ "DBInstanceIdentifier": REPLICA });
        lab.get(CENTRAL, "rds:PromoteReadReplica", &input);
        lab.wait(360);
        assert_eq!(status(&mut lab, url), Some(503));
        let central = endpoint(REPLICA, ACCOUNT, CENTRAL);
        change(&mut lab, &switch("UPSERT", &central));
        lab.wait(70);
        assert_eq!(status(&mut lab, url), Some(200));
    }

    #[test]
    fn a_read_replica_takes_no_writes() {
        let mut lab = Lab::new();
        let central = endpoint(REPLICA, ACCOUNT, CENTRAL);
        change(&mut lab, &switch("UPSERT", &central));
        lab.wait(70);
        let url = "https://central.lb.example/health";
        assert_eq!(status(&mut lab, url), Some(503));
    }

    #[test]
    fn every_checker_says_what_it_sees() {
        let mut lab = Lab::new();
        let of = json!({ "HealthCheckId": "hc-west" });
        let op = "route53:GetHealthCheckStatus";
        let seen = lab.get(HOME, op, &of);
        let seen = seen["HealthCheckObservations"].clone();
        assert_eq!(seen.as_array().map(Vec::len), Some(8));
        let word = &seen[3]["StatusReport"]["Status"];
        assert_eq!(*word, "Success: HTTP Status Code 200, OK");
        lab.darken(WEST);
        lab.wait(40);
        let seen = lab.get(HOME, op, &of);
        let word = &seen["HealthCheckObservations"][3]["StatusReport"];
        let word = word["Status"].as_str().expect("a text");
        assert!(word.starts_with("Failure"), "{word}");
    }

    #[test]
    fn an_inverted_check_is_red_while_its_endpoint_is_well() {
        let mut lab = Lab::new();
        let input = json!({ "HealthCheckId": "hc-west", "Inverted": true });
        lab.get(HOME, "route53:UpdateHealthCheck", &input);
        lab.wait(40);
        assert_eq!(leads_to(&mut lab, APP), "central.lb.example");
    }

    #[test]
    fn a_calculated_check_follows_its_children() {
        let mut lab = Lab::new();
        let mut check = HealthCheck::of_host("all", "x", lab.now);
        check.target = Target::Calculated {
            children: vec!["hc-west".to_owned()],
            threshold: 1,
        };
        lab.world.add_health_check(ACCOUNT, check);
        lab.darken(WEST);
        lab.wait(60);
        let all = lab.world.health_check("all").expect("it is there");
        assert!(!all.healthy);
        let of = json!({ "HealthCheckId": "all" });
        let op = "route53:GetHealthCheckStatus";
        assert_eq!(lab.refusal(HOME, op, &of), "InvalidInput");
        lab.get(HOME, "route53:GetHealthCheck", &of);
    }

    #[test]
    fn zones_and_checks_are_listed_in_their_shapes() {
        let mut lab = Lab::new();
        let zones = lab.get(HOME, "route53:ListHostedZones", &json!({}));
        assert_eq!(zones["HostedZones"][0]["Id"], "/hostedzone/Z1");
        lab.get(HOME, "route53:GetHostedZone", &json!({ "Id": "Z1" }));
        let checks = lab.get(HOME, "route53:ListHealthChecks", &json!({}));
        assert_eq!(checks["HealthChecks"][0]["Id"], "hc-west");
        let none = json!({ "Id": "Z2" });
        let op = "route53:GetHostedZone";
        assert_eq!(lab.refusal(HOME, op, &none), "NoSuchHostedZone");
    }

    #[test]
    fn a_health_check_is_made_once_for_a_reference() {
        let mut lab = Lab::new();
        let op = "route53:CreateHealthCheck";
        let input = json!({
            "CallerReference": "once",
            "HealthCheckConfig": {
                "Type": "HTTPS",
                "FullyQualifiedDomainName": "central.lb.example",
                "ResourcePath": "/health",
            },
        });
        let made = lab.get(HOME, op, &input);
        assert_eq!(made["HealthCheck"]["HealthCheckConfig"]["Port"], 443);
        assert_eq!(lab.get(HOME, op, &input), made);
        let mut other = input.clone();
        other["HealthCheckConfig"]["Port"] = json!(8443);
        assert_eq!(lab.refusal(HOME, op, &other), "HealthCheckAlreadyExists");
        assert_eq!(lab.world.applied("CreateHealthCheck"), 1);
        let id = made["HealthCheck"]["Id"].as_str().expect("an id");
        lab.darken(CENTRAL);
        lab.wait(120);
        assert!(!lab.world.health_check(id).expect("it is there").healthy);
    }

    #[test]
    fn a_name_that_nobody_has_has_no_answer() {
        let mut lab = Lab::new();
        let now = lab.now;
        let answer = lab.world.resolve("no.training.example", "A", now);
        assert_eq!(answer, Answer::NoName);
        let answer = lab.world.resolve("west.lb.example", "AAAA", now);
        assert_eq!(answer, Answer::NoData);
        let answer = lab.world.resolve(APP, "A", now);
        assert_eq!(answer.addresses().len(), 1);
        let got = lab.world.http("https://no.training.example/", now);
        assert_eq!(got, HttpAnswer::NoName);
    }
}
