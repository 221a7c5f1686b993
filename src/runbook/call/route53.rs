//! Changes to Route 53.

use std::slice::from_ref;

use serde::{Deserialize, Serialize};
use serde_json::{Value, json};

use super::command::quoted;
use super::resource::partition;
use super::{Change, ROUTE53_HOME, Survival};
use crate::estate::ids::{Account, Region, ZoneId};
use crate::estate::resource::RecordSet;
use crate::failure::cleaned;

/// The action of every change of records.
pub const CHANGE_RECORDS: &str = "route53:ChangeResourceRecordSets";

/// One record is set.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct UpsertRecord {
    /// The account of the zone.
    pub account: Account,
    /// The zone.
    pub zone: ZoneId,
    /// The record set as it will be.
    pub record: RecordSet,
    /// The comment kept with the change; names incident and step.
    pub comment: String,
}

impl UpsertRecord {
    /// Its IAM action.
    pub const ACTION: &str = CHANGE_RECORDS;
}

impl Change for UpsertRecord {
    fn place(&self) -> (&Account, Region) {
        (&self.account, Region::new(ROUTE53_HOME))
    }

    fn action(&self) -> &'static str {
        Self::ACTION
    }

    fn doing(&self) -> &'static str {
        "change the record"
    }

    fn target(&self) -> &str {
        &self.record.name
    }

    fn survival(&self) -> Survival {
        Survival::SetAgain
    }

    fn resource(&self) -> Option<String> {
        Some(zone_arn(&self.zone))
    }

    fn request(&self) -> Value {
        batch_request(&self.zone, from_ref(&self.record), &self.comment)
    }

    fn options(&self) -> String {
        batch_options(&self.zone, &self.request())
    }

    fn answer(&self, output: &Value) -> Option<String> {
        change(output)
    }
}

/// Several records of one name are set; all, or none.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct SetWeights {
    /// The account of the zone.
    pub account: Account,
    /// The zone.
    pub zone: ZoneId,
    /// The record sets as they will be.
    pub records: Vec<RecordSet>,
    /// The comment kept with the change; names incident and step.
    pub comment: String,
}

impl SetWeights {
    /// Its IAM action.
    pub const ACTION: &str = CHANGE_RECORDS;
}

impl Change for SetWeights {
    fn place(&self) -> (&Account, Region) {
        (&self.account, Region::new(ROUTE53_HOME))
    }

    fn action(&self) -> &'static str {
        Self::ACTION
    }

    fn doing(&self) -> &'static str {
        "change the record"
    }

    fn target(&self) -> &str {
        self.records.first().map_or("", |record| &record.name)
    }

    fn survival(&self) -> Survival {
        Survival::SetAgain
    }

    fn resource(&self) -> Option<String> {
        Some(zone_arn(&self.zone))
    }

    fn request(&self) -> Value {
        batch_request(&self.zone, &self.records, &self.comment)
    }

    fn options(&self) -> String {
        batch_options(&self.zone, &self.request())
    }

    fn answer(&self, output: &Value) -> Option<String> {
        change(output)
    }
}

fn zone_arn(zone: &ZoneId) -> String {
    format!("arn:{}:route53:::hostedzone/{zone}", partition(ROUTE53_HOME))
}

/// A zone has no Region for the AWS CLI either.
fn batch_options(zone: &ZoneId, request: &Value) -> String {
    format!(
        "--hosted-zone-id {} --change-batch {}",
        quoted(zone),
        quoted(&request["ChangeBatch"].to_string())
    )
}

/// The id of the change that an answer tells.
fn change(output: &Value) -> Option<String> {
    output["ChangeInfo"]["Id"].as_str().map(change_id)
}

/// The id of a change without `/change/`.
pub fn change_id(told: &str) -> String {
    cleaned(told.trim_start_matches("/change/"))
}

/// A change batch in the member names of Route 53's API.
fn batch_request(
    zone: &ZoneId,
    records: &[RecordSet],
    comment: &str,
) -> Value {
    let changes = records.iter().map(|record| {
        json!({
            "Action": "UPSERT",
            "ResourceRecordSet": record_request(record),
        })
    });
    json!({
        "HostedZoneId": zone,
        "ChangeBatch": {
            "Comment": comment,
            "Changes": changes.collect::<Vec<_>>(),
        },
    })
}

/// A record set in the member names of Route 53's API.
fn record_request(record: &RecordSet) -> Value {
    let mut set = json!({ "Name": record.name, "Type": record.kind });
    if let Some(identifier) = &record.identifier {
        set["SetIdentifier"] = json!(identifier);
    }
    if let Some(failover) = &record.failover {
        set["Failover"] = json!(failover);
    }
    if let Some(weight) = record.weight {
        set["Weight"] = json!(weight);
    }
    if let Some(check) = &record.health_check {
        set["HealthCheckId"] = json!(check);
    }
    if let Some((name, zone)) = &record.alias {
        set["AliasTarget"] = json!({
            "HostedZoneId": zone,
            "DNSName": name,
            "EvaluateTargetHealth": record.evaluates.unwrap_or(true),
        });
    } else {
        set["TTL"] = json!(record.ttl);
        set["ResourceRecords"] = record
            .values
            .iter()
            .map(|value| json!({ "Value": value }))
            .collect();
    }
    set
}
