//! Legal holds of a Region: on the shelf `backup:legal-hold` by their ids.

use jiff::{SignedDuration, Timestamp};
use serde_json::{Value, json};

use super::{not_found, required};
use crate::sim::world::seed::arn;
use crate::sim::world::shelf::{Paging, pick};
use crate::sim::world::value::{list, text, time};
use crate::sim::world::{Caller, Fault, Place, World, refuse};

const SHELF: &str = "backup:legal-hold";

/// How long laying a hold and taking it off take at speed 1.
const TAKES: SignedDuration = SignedDuration::from_secs(40);

const PAGING: Paging = Paging {
    token: "NextToken",
    size: "MaxResults",
    most: 1000,
    refusal: "InvalidParameterValueException",
};

const TOLD: [&str; 8] = [
    "Title",
    "Status",
    "Description",
    "CancelDescription",
    "LegalHoldId",
    "LegalHoldArn",
    "CreationDate",
    "RecoveryPointSelection",
];

fn shown(caller: &Caller, id: &str, item: &Value) -> Value {
    let mut told = pick(item, &TOLD);
    let rest = format!("legal-hold:{id}");
    told["LegalHoldId"] = json!(id);
    told["LegalHoldArn"] =
        json!(arn("backup", &caller.region, &caller.account, &rest));
    told
}

// https://docs.aws.amazon.com/aws-backup/latest/devguide/API_CreateLegalHold.html
pub(super) fn create(
    world: &mut World,
    caller: &Caller,
    input: &Value,
    now: Timestamp,
) -> Result<Value, Fault> {
    let title = required(input, "Title")?;
    let what = required(input, "Description")?;
    let token = text(input, "IdempotencyToken");
    let place = world.place_mut(&caller.account, &caller.region);
    let before = place.shelves.all(SHELF).find(|(_, item)| {
        token.is_some() && text(item, "IdempotencyToken") == token
    });
    if let Some((id, item)) = before {
        return Ok(shown(caller, id, item));
    }
    let mut item = json!({
        "Title": title,
        "Description": what,
        "Status": "CREATING",
        "CreationDate": time(now),
    });
    for member in ["RecoveryPointSelection", "IdempotencyToken"] {
        if let Some(given) = input.get(member) {
            item[member] = given.clone();
        }
    }
    let id = world.fresh_uuid();
    let told = shown(caller, &id, &item);
    let place = world.place_mut(&caller.account, &caller.region);
    place.shelves.put(SHELF, &id, item);
    world.later(caller, (SHELF, &id), TAKES, json!({ "Status": "ACTIVE" }));
    world.count("CreateLegalHold", caller, &id);
    Ok(told)
}

// https://docs.aws.amazon.com/aws-backup/latest/devguide/API_CancelLegalHold.html
pub(super) fn cancel(
    world: &mut World,
    caller: &Caller,
    input: &Value,
    _: Timestamp,
) -> Result<Value, Fault> {
    let id = required(input, "LegalHoldId")?;
    let why = required(input, "CancelDescription")?;
    let place = world.place_mut(&caller.account, &caller.region);
    let item = place.shelves.one_mut(SHELF, id).ok_or_else(|| none(id))?;
    if item["Status"] != "ACTIVE" {
        let told = format!("Legal hold {id} is not active.");
        return Err(refuse(400, "InvalidResourceStateException", told));
    }
    item["Status"] = json!("CANCELING");
    item["CancelDescription"] = json!(why);
    world.later(caller, (SHELF, id), TAKES, json!({ "Status": "CANCELED" }));
    world.count("CancelLegalHold", caller, id);
    Ok(json!({}))
}

fn none(id: &str) -> Fault {
    not_found(format!("Legal hold {id} does not exist."))
}

pub(super) fn get(
    world: &mut World,
    caller: &Caller,
    input: &Value,
    _: Timestamp,
) -> Result<Value, Fault> {
    let id = required(input, "LegalHoldId")?;
    let place = world.place_mut(&caller.account, &caller.region);
    let item = place.shelves.one(SHELF, id).ok_or_else(|| none(id))?;
    Ok(shown(caller, id, item))
}

pub(super) fn list_all(
    world: &mut World,
    caller: &Caller,
    input: &Value,
    _: Timestamp,
) -> Result<Value, Fault> {
    let place = world.place_mut(&caller.account, &caller.region);
    let page = PAGING.cut(place.shelves.all(SHELF), input)?;
    let shown = page.items.iter().map(|(id, item)| {
        let mut told = shown(caller, id, item);
        if let Some(members) = told.as_object_mut() {
            members.remove("RecoveryPointSelection");
            members.remove("CancelDescription");
        }
        told
    });
    let shown: Vec<_> = shown.collect();
    Ok(json!({ "LegalHolds": shown, "NextToken": page.next }))
}

/// Whether a hold keeps the points of a vault or of a resource.
pub(super) fn keep(place: &Place, vault: &str, resource: &str) -> bool {
    let names = |held: &Value, member: &str, name: &str| {
        list(held, member).iter().any(|one| one == name)
    };
    place.shelves.all(SHELF).any(|(_, item)| {
        let held = &item["RecoveryPointSelection"];
        item["Status"] == "ACTIVE"
            && (names(held, "VaultNames", vault)
                || names(held, "ResourceIdentifiers", resource))
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::sim::world::fixture::{ACCOUNT, Lab, WEST};
    use crate::sim::world::vault::Point;

    #[test]
    fn what_is_held_cannot_be_deleted_until_the_hold_is_taken_off() {
        let mut lab = Lab::new();
        let point = Point::new("main", "arn:aws:s3:::b", "S3", lab.now);
        let point = lab.world.add_point(ACCOUNT, WEST, point);
        let input = json!({
            "Title": "a", "Description": "b", "IdempotencyToken": "t",
            "RecoveryPointSelection": { "VaultNames": ["main"] },
        });
        let made = lab.get(WEST, "backup:CreateLegalHold", &input);
        let again = lab.get(WEST, "backup:CreateLegalHold", &input);
        assert_eq!(made["LegalHoldId"], again["LegalHoldId"]);
        let one = json!({ "LegalHoldId": made["LegalHoldId"] });
        lab.wait(60);
        let told = lab.get(WEST, "backup:GetLegalHold", &one);
        assert_eq!(told["Status"], "ACTIVE");
        let delete = json!({
            "BackupVaultName": "main", "RecoveryPointArn": point,
        });
        let op = "backup:DeleteRecoveryPoint";
        assert_eq!(lab.refusal(WEST, op, &delete), "InvalidRequestException");
        let mut off = one.clone();
        off["CancelDescription"] = json!("over");
        lab.get(WEST, "backup:CancelLegalHold", &off);
        let code = lab.refusal(WEST, "backup:CancelLegalHold", &off);
        assert_eq!(code, "InvalidResourceStateException");
        lab.wait(60);
        let all = lab.get(WEST, "backup:ListLegalHolds", &json!({}));
        assert_eq!(all["LegalHolds"][0]["Status"], "CANCELED");
        lab.get(WEST, op, &delete);
        let none = json!({ "LegalHoldId": "none" });
        let code = lab.refusal(WEST, "backup:GetLegalHold", &none);
        assert_eq!(code, "ResourceNotFoundException");
    }
}
