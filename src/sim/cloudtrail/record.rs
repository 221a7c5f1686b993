//! What a trail records: every call that changes something, and by whom.

use serde_json::{Map, Value, json};

use crate::sim::received::Received;
use crate::sim::world::World;
use crate::sim::world::value::time;

/// How the names of operations begin that change nothing.
const READS: [&str; 4] = ["Describe", "Get", "List", "Lookup"];

/// Calls on data, which a trail does not record unless it is told to, and
/// the one that makes sessions.
// https://docs.aws.amazon.com/awscloudtrail/latest/userguide/logging-data-events-with-cloudtrail.html
const LEFT_OUT: [&str; 3] = ["AssumeRole", "PutMetricData", "PutObject"];

/// Records a call that reached its service: what was asked, and the code
/// with which it was refused. AWS tells of it after some five minutes; here
/// it is told at once.
// https://docs.aws.amazon.com/awscloudtrail/latest/userguide/cloudtrail-event-reference-record-contents.html
pub(in crate::sim) fn record(
    world: &mut World,
    call: &Received,
    refused: Option<&str>,
) {
    let name = call.operation.as_str();
    let reads = READS.iter().any(|start| name.starts_with(start));
    let unknown = refused == Some("NotSimulated");
    if reads || unknown || LEFT_OUT.contains(&name) {
        return;
    }
    let source = format!("{}.amazonaws.com", call.service);
    let at = time(call.at);
    let user = call.principal.rsplit('/').next().unwrap_or_default();
    let is_role = call.principal.contains(":assumed-role/");
    let kind = if is_role { "AssumedRole" } else { "IAMUser" };
    let mut told = json!({
        "eventVersion": "1.11",
        "eventID": call.request_id,
        "requestID": call.request_id,
        "eventName": name,
        "eventSource": source,
        "eventTime": at,
        "awsRegion": call.region,
        "recipientAccountId": call.account,
        "readOnly": false,
        "sourceIPAddress": "127.0.0.1",
        "userIdentity": {
            "type": kind,
            "arn": call.principal,
            "accountId": call.account,
            "userName": user,
        },
        "requestParameters": lower_first(&call.input),
    });
    if let Some(code) = refused {
        told["errorCode"] = json!(code);
    }
    let event = json!({
        "EventName": name,
        "EventSource": source,
        "EventTime": at,
        "Username": user,
        "CloudTrailEvent": told,
    });
    let place = world.place_mut(&call.account, &call.region);
    place.shelves.put("cloudtrail:event", &call.request_id, event);
}

/// Members as a trail names them: `DBInstanceIdentifier` reads
/// `dBInstanceIdentifier`.
fn lower_first(value: &Value) -> Value {
    match value {
        Value::Object(members) => {
            let members = members.iter().map(|(name, value)| {
                let mut letters = name.chars();
                let first = letters.next().map(|c| c.to_ascii_lowercase());
                let name = first.into_iter().chain(letters).collect();
                (name, lower_first(value))
            });
            Value::Object(members.collect::<Map<String, Value>>())
        }
        Value::Array(items) => items.iter().map(lower_first).collect(),
        other => other.clone(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::sim::world::fixture::{ACCOUNT, Lab, WEST};

    fn told(operation: &str, refused: Option<&str>) -> Option<Value> {
        let mut lab = Lab::new();
        let call = Received {
            service: "rds".to_owned(),
            operation: operation.to_owned(),
            account: ACCOUNT.to_owned(),
            principal: format!("arn:aws:iam::{ACCOUNT}:user/mallory"),
            region: WEST.to_owned(),
            request_id: "r-1".to_owned(),
            at: lab.now,
            input: json!({ "DBSnapshotIdentifier": "orders-1" }),
            reached: true,
            applied: refused.is_none(),
            throttled: false,
        };
        record(&mut lab.world, &call, refused);
        let all = lab.get(WEST, "cloudtrail:LookupEvents", &json!({}));
        let event = all["Events"].get(0)?;
        assert_eq!(event["Username"], "mallory");
        let text = event["CloudTrailEvent"].as_str().unwrap();
        Some(serde_json::from_str(text).unwrap())
    }

    #[test]
    fn a_change_is_recorded_with_who_made_it_and_what_was_asked() {
        let told = told("DeleteDBSnapshot", None).unwrap();
        let arn = format!("arn:aws:iam::{ACCOUNT}:user/mallory");
        assert_eq!(told["userIdentity"]["arn"], arn);
        let asked = &told["requestParameters"]["dBSnapshotIdentifier"];
        assert_eq!(asked, "orders-1");
        assert_eq!(told.get("errorCode"), None);
    }

    #[test]
    fn a_refused_change_is_recorded_with_its_code_and_a_look_never() {
        let refused = told("DeleteDBSnapshot", Some("AccessDenied")).unwrap();
        assert_eq!(refused["errorCode"], "AccessDenied");
        assert_eq!(told("DescribeDBSnapshots", None), None);
    }
}
