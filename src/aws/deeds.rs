//! What we look up in AWS CloudTrail: calls that look like an attack.

use jiff::{SignedDuration, Timestamp};
use serde::Deserialize;
use serde_json::{Value, from_str, json};

use super::modeled::{Client, into};
use super::{Look, Reader, Seen, pages};
use crate::estate::part::cloudtrail::Deed;
use crate::failure::{Failure, cleaned};

/// Events are looked up this far back.
const BACK: SignedDuration = SignedDuration::from_hours(24);
/// The most pages read of one kind of call, 50 events each.
const PAGES: usize = 4;

/// The calls that take backups away or weaken them, and what each does.
const CALLS: [(&str, &str); 17] = [
    ("DeleteRecoveryPoint", "deletes a recovery point"),
    ("DeleteBackupVault", "deletes a vault"),
    ("DeleteBackupPlan", "deletes a backup plan"),
    ("UpdateBackupPlan", "changes what a backup plan keeps and copies"),
    ("DeleteBackupSelection", "takes resources out of a backup plan"),
    ("DeleteBackupVaultLockConfiguration", "takes the lock off a vault"),
    ("PutBackupVaultAccessPolicy", "changes who may delete from a vault"),
    ("UpdateRecoveryPointLifecycle", "changes how long a copy is kept"),
    ("DeleteDBSnapshot", "deletes a database snapshot"),
    ("DeleteDBClusterSnapshot", "deletes a cluster snapshot"),
    ("DeleteDBInstanceAutomatedBackup", "deletes automated backups"),
    ("ModifyDBInstance", "keeps automated backups for less long"),
    ("DeleteSnapshot", "deletes a volume snapshot"),
    ("ScheduleKeyDeletion", "orders a key to be deleted"),
    ("DisableKey", "switches a key off"),
    ("StopLogging", "stops a trail"),
    ("DeleteTrail", "deletes a trail"),
];

/// AWS's own services that delete what has expired.
const RETENTION: [&str; 3] =
    ["backup.amazonaws.com", "dlm.amazonaws.com", "rds.amazonaws.com"];

#[derive(Debug, Default, Deserialize)]
#[serde(rename_all = "PascalCase", default)]
struct Page {
    events: Vec<Event>,
    next_token: Option<String>,
}

#[derive(Debug, Default, Deserialize)]
#[serde(rename_all = "PascalCase", default)]
struct Event {
    event_id: String,
    event_time: Option<Timestamp>,
    username: String,
    resources: Vec<Resource>,
    cloud_trail_event: String,
}

#[derive(Debug, Default, Deserialize)]
#[serde(rename_all = "PascalCase", default)]
struct Resource {
    resource_name: String,
}

/// The event itself, which `LookupEvents` gives as JSON in a text.
// https://docs.aws.amazon.com/awscloudtrail/latest/userguide/cloudtrail-event-reference-record-contents.html
#[derive(Debug, Default, Deserialize)]
#[serde(rename_all = "camelCase", default)]
struct Record {
    user_identity: Identity,
    #[serde(rename = "sourceIPAddress")]
    address: String,
    error_code: Option<String>,
    request_parameters: Value,
    response_elements: Value,
}

#[derive(Debug, Default, Deserialize)]
#[serde(rename_all = "camelCase", default)]
struct Identity {
    arn: Option<String>,
    invoked_by: Option<String>,
}

/// The calls of the last day that look like an attack on backups. What AWS
/// Backup, RDS and the lifecycle manager delete by themselves is left out.
pub(super) async fn deeds(reader: &Reader) -> Look {
    let trail = reader.modeled("cloudtrail")?;
    let from = reader.now() - BACK;
    let (mut deeds, mut reasons) = (Vec::new(), Vec::new());
    for (index, (call, does)) in CALLS.iter().enumerate() {
        match lookup(&trail, call, from).await {
            Ok((events, more)) => {
                deeds.extend(
                    events.into_iter().filter_map(|e| deed(e, call, does)),
                );
                if more {
                    let most = PAGES * 50;
                    reasons.push(format!("more than {most} {call}"));
                }
            }
            Err(failure) if index == 0 => return Err(failure),
            Err(failure) => {
                reasons.push(format!("from {call} on {failure}"));
                break;
            }
        }
    }
    deeds.sort_by_key(|deed| deed.at);
    Ok(Seen::parts(deeds, pages::joined(&reasons)))
}

/// The newest events of one name, and whether there are more.
async fn lookup(
    trail: &Client,
    call: &str,
    from: Timestamp,
) -> Result<(Vec<Event>, bool), Failure> {
    let doing = format!("look up {call} in CloudTrail");
    let (mut events, mut token) = (Vec::new(), None);
    for _ in 0..PAGES {
        let mut input = json!({
            "LookupAttributes":
                [{ "AttributeKey": "EventName", "AttributeValue": call }],
            "StartTime": from.to_string(),
            "MaxResults": 50,
        });
        if let Some(token) = token {
            input["NextToken"] = token;
        }
        let said = trail.ask(&doing, "LookupEvents", input).await?;
        let said: Page = into(&doing, said)?;
        events.extend(said.events);
        let next = said.next_token.filter(|next| !next.is_empty());
        let Some(next) = next else { return Ok((events, false)) };
        token = Some(Value::from(next));
    }
    Ok((events, true))
}

fn deed(event: Event, call: &str, does: &str) -> Option<Deed> {
    let record: Record = from_str(&event.cloud_trail_event).ok()?;
    let by = record.user_identity.invoked_by.as_deref();
    if by.is_some_and(|by| RETENTION.contains(&by)) {
        return None;
    }
    if call == "ModifyDBInstance" && !lowers_retention(&record) {
        return None;
    }
    let actor = record.user_identity.arn.as_deref();
    Some(Deed {
        id: cleaned(&event.event_id),
        call: call.to_owned(),
        does: does.to_owned(),
        at: event.event_time?,
        actor: cleaned(actor.unwrap_or(&event.username)),
        address: cleaned(&record.address),
        targets: targets(&event, &record),
        refused: record.error_code.as_deref().map(cleaned),
    })
}

/// Whether automated backups are kept for less long, or no more: the answer
/// tells how long they were until then.
// https://docs.aws.amazon.com/AmazonRDS/latest/APIReference/API_ModifyDBInstance.html
fn lowers_retention(record: &Record) -> bool {
    let days = |value: &Value| value.get("backupRetentionPeriod")?.as_i64();
    let Some(asked) = days(&record.request_parameters) else { return false };
    let before = days(&record.response_elements);
    asked == 0 || before.is_some_and(|before| asked < before)
}

/// What a call is about: the resources of its event, or else the members of
/// its request that name something.
fn targets(event: &Event, record: &Record) -> Vec<String> {
    const NAMES: [&str; 9] = [
        "recoveryPointArn",
        "backupVaultName",
        "backupPlanId",
        "dBSnapshotIdentifier",
        "dBClusterSnapshotIdentifier",
        "dBInstanceIdentifier",
        "snapshotId",
        "keyId",
        "name",
    ];
    let resources = event.resources.iter();
    let mut named: Vec<String> =
        resources.map(|r| cleaned(&r.resource_name)).collect();
    if named.is_empty() {
        let asked = |name: &&str| record.request_parameters.get(*name);
        let told = NAMES.iter().filter_map(asked).filter_map(Value::as_str);
        named.extend(told.map(cleaned));
    }
    named
}

#[cfg(test)]
mod tests {
    use super::*;

    fn event(record: &Value) -> Event {
        Event {
            event_id: "6f1f".to_owned(),
            event_time: Some("2026-11-23T02:14:00Z".parse().unwrap()),
            username: "mallory".to_owned(),
            resources: Vec::new(),
            cloud_trail_event: record.to_string(),
        }
    }

    #[test]
    fn a_deletion_tells_its_actor_its_address_and_what_it_is_about() {
        let record = json!({
            "userIdentity": {
                "type": "IAMUser",
                "arn": "arn:aws:iam::111122223333:user/mallory",
            },
            "sourceIPAddress": "198.51.100.7",
            "errorCode": "AccessDenied",
            "requestParameters": { "backupVaultName": "learn-vault" },
        });
        let told =
            deed(event(&record), "DeleteBackupVault", "deletes").unwrap();
        assert_eq!(told.actor, "arn:aws:iam::111122223333:user/mallory");
        assert_eq!(told.address, "198.51.100.7");
        assert_eq!(told.targets, ["learn-vault"]);
        assert_eq!(told.refused.as_deref(), Some("AccessDenied"));
    }

    #[test]
    fn what_a_service_deletes_at_the_end_of_retention_is_no_attack() {
        let record = json!({
            "userIdentity": { "invokedBy": "backup.amazonaws.com" },
        });
        assert_eq!(deed(event(&record), "DeleteSnapshot", ""), None);
    }

    #[test]
    fn a_database_is_modified_by_many_but_its_retention_lowered_by_few() {
        let asked = |days: Value, before: i64| {
            let record = json!({
                "requestParameters": days,
                "responseElements": { "backupRetentionPeriod": before },
            });
            deed(event(&record), "ModifyDBInstance", "").is_some()
        };
        assert!(!asked(json!({ "dBInstanceClass": "db.r6g.large" }), 7));
        assert!(!asked(json!({ "backupRetentionPeriod": 14 }), 7));
        assert!(asked(json!({ "backupRetentionPeriod": 1 }), 7));
        assert!(asked(json!({ "backupRetentionPeriod": 0 }), 0));
    }
}
