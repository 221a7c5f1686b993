//! The simulated service `dynamodb`: tables, continuous backups, backups.

use std::collections::BTreeMap;

use jiff::{SignedDuration, Timestamp};
use serde_json::{Value, json};

use super::world::seed::arn;
use super::world::shelf::{Paging, fill};
use super::world::value::{moment, number, own_tags, text, time};
use super::world::{Caller, Fault, Place, Service, World, refuse};

/// Its operations. An item of `dynamodb:table` holds members of a
/// `TableDescription`, `Tags`, and `PointInTimeRecovery`, which is on unless
/// it says `DISABLED`; one of `dynamodb:backup` members of a `BackupSummary`.
pub const SERVICE: Service = Service {
    signing_name: "dynamodb",
    handlers: &[
        ("DescribeContinuousBackups", continuous),
        ("DescribeTable", table),
        ("ListBackups", backups),
        ("ListTables", tables),
        ("ListTagsOfResource", tags),
        ("RestoreTableToPointInTime", restore),
    ],
    shelves: &[TABLE, "dynamodb:backup"],
};

const TABLE: &str = "dynamodb:table";

/// A small table is restored in about this time.
// https://docs.aws.amazon.com/amazondynamodb/latest/developerguide/PointInTimeRecovery_Howitworks.html
const TAKES: SignedDuration = SignedDuration::from_mins(20);

/// Continuous backups reach back this far, and up to five minutes ago.
// https://docs.aws.amazon.com/amazondynamodb/latest/developerguide/Point-in-time-recovery.html
const WINDOW: SignedDuration = SignedDuration::from_hours(24 * 35);
const BEHIND: SignedDuration = SignedDuration::from_mins(5);

/// The tables of a place by name: those on the shelf, over those that AWS
/// Backup protects.
fn held(place: &Place) -> BTreeMap<String, Value> {
    let mut held = BTreeMap::new();
    for resource in place.protected.values() {
        if resource.resource_type == "DynamoDB" {
            let item = json!({
                "TableSizeBytes": resource.bytes,
                "Tags": resource.tags,
            });
            held.insert(resource.name.clone(), item);
        }
    }
    place.shelves.lay_on(TABLE, &mut held);
    held
}

// https://docs.aws.amazon.com/amazondynamodb/latest/APIReference/API_ListTables.html
fn tables(
    world: &mut World,
    caller: &Caller,
    input: &Value,
    _: Timestamp,
) -> Result<Value, Fault> {
    let all = held(world.place_mut(&caller.account, &caller.region));
    let most = number(input, "Limit").and_then(|n| usize::try_from(n).ok());
    let most = most.unwrap_or(100).clamp(1, 100);
    let after = text(input, "ExclusiveStartTableName").unwrap_or_default();
    let mut rest = all.into_keys().filter(|name| name.as_str() > after);
    let page: Vec<String> = rest.by_ref().take(most).collect();
    let last = page.last().filter(|_| rest.next().is_some());
    let last = last.map_or(Value::Null, |name| json!(name));
    Ok(json!({ "TableNames": page, "LastEvaluatedTableName": last }))
}

/// The table that is asked for, by its name or its ARN.
fn one(
    world: &mut World,
    caller: &Caller,
    input: &Value,
    refusal: &str,
) -> Result<(String, Value), Fault> {
    let name = text(input, "TableName").unwrap_or_default();
    let name = name.rsplit('/').next().unwrap_or_default();
    let place = world.place_mut(&caller.account, &caller.region);
    let item = held(place).remove(name).ok_or_else(|| {
        let why = format!("Requested resource not found: Table: {name}");
        refuse(400, refusal, why)
    })?;
    Ok((name.to_owned(), item))
}

// https://docs.aws.amazon.com/amazondynamodb/latest/APIReference/API_DescribeTable.html
fn table(
    world: &mut World,
    caller: &Caller,
    input: &Value,
    now: Timestamp,
) -> Result<Value, Fault> {
    let missing = "ResourceNotFoundException";
    let (name, mut item) = one(world, caller, input, missing)?;
    let Caller { account, region, .. } = caller;
    let own = arn("dynamodb", region, account, &format!("table/{name}"));
    if let Some(item) = item.as_object_mut() {
        item.remove("Tags");
        item.remove("PointInTimeRecovery");
    }
    let usual = [
        ("TableName", json!(name)),
        ("TableArn", json!(own)),
        ("TableStatus", json!("ACTIVE")),
        ("CreationDateTime", time(now - WINDOW * 2)),
        ("DeletionProtectionEnabled", json!(true)),
    ];
    fill(&mut item, usual);
    Ok(json!({ "Table": item }))
}

/// The moments between which a table can be restored, unless that is off.
fn window(item: &Value, now: Timestamp) -> Option<[Timestamp; 2]> {
    if text(item, "PointInTimeRecovery") == Some("DISABLED") {
        return None;
    }
    let made = moment(item, "CreationDateTime");
    let from = made.map_or(now - WINDOW, |at| at.max(now - WINDOW));
    Some([from, now - BEHIND])
}

// https://docs.aws.amazon.com/amazondynamodb/latest/APIReference/API_RestoreTableToPointInTime.html
fn restore(
    world: &mut World,
    caller: &Caller,
    input: &Value,
    now: Timestamp,
) -> Result<Value, Fault> {
    let source = text(input, "SourceTableArn");
    let source = source.or_else(|| text(input, "SourceTableName"));
    let of = json!({ "TableName": source });
    let (source, item) = one(world, caller, &of, "TableNotFoundException")?;
    let Some([first, last]) = window(&item, now) else {
        let why = format!("Point in time recovery is off for {source}");
        let code = "PointInTimeRecoveryUnavailableException";
        return Err(refuse(400, code, why));
    };
    let at = moment(input, "RestoreDateTime").unwrap_or(last);
    if at < first || at > last {
        let why = "The time is not between the earliest and the latest";
        return Err(refuse(400, "InvalidRestoreTimeException", why));
    }
    let name = text(input, "TargetTableName").unwrap_or_default();
    let place = world.place_mut(&caller.account, &caller.region);
    if held(place).contains_key(name) {
        let why = format!("Table already exists: {name}");
        return Err(refuse(400, "TableAlreadyExistsException", why));
    }
    let rest = |name: &str| format!("table/{name}");
    let own = arn("dynamodb", &caller.region, &caller.account, &rest(&source));
    let summary = |under_way: bool| {
        json!({
            "SourceTableArn": own,
            "RestoreDateTime": time(at),
            "RestoreInProgress": under_way,
        })
    };
    let mut made = json!({
        "TableStatus": "CREATING",
        "CreationDateTime": time(now),
        "DeletionProtectionEnabled": false,
        "PointInTimeRecovery": "DISABLED",
        "RestoreSummary": summary(true),
    });
    fill(&mut made, [("TableSizeBytes", item["TableSizeBytes"].clone())]);
    place.shelves.put(TABLE, name, made);
    let done =
        json!({ "TableStatus": "ACTIVE", "RestoreSummary": summary(false) });
    world.later(caller, (TABLE, name), TAKES, done);
    world.count("RestoreTableToPointInTime", caller, name);
    let answer = json!({ "TableName": name });
    let told = table(world, caller, &answer, now)?;
    Ok(json!({ "TableDescription": told["Table"] }))
}

// https://docs.aws.amazon.com/amazondynamodb/latest/APIReference/API_DescribeContinuousBackups.html
fn continuous(
    world: &mut World,
    caller: &Caller,
    input: &Value,
    now: Timestamp,
) -> Result<Value, Fault> {
    let missing = "TableNotFoundException";
    let (_, item) = one(world, caller, input, missing)?;
    let window = match window(&item, now) {
        None => json!({ "PointInTimeRecoveryStatus": "DISABLED" }),
        Some([first, last]) => json!({
            "PointInTimeRecoveryStatus": "ENABLED",
            "RecoveryPeriodInDays": 35,
            "EarliestRestorableDateTime": time(first),
            "LatestRestorableDateTime": time(last),
        }),
    };
    Ok(json!({
        "ContinuousBackupsDescription": {
            "ContinuousBackupsStatus": "ENABLED",
            "PointInTimeRecoveryDescription": window,
        },
    }))
}

// https://docs.aws.amazon.com/amazondynamodb/latest/APIReference/API_ListBackups.html
fn backups(
    world: &mut World,
    caller: &Caller,
    input: &Value,
    now: Timestamp,
) -> Result<Value, Fault> {
    let Caller { account, region, .. } = caller;
    let wanted = text(input, "BackupType").unwrap_or("USER");
    let paging = Paging {
        token: "ExclusiveStartBackupArn",
        size: "Limit",
        most: 100,
        refusal: "ValidationException",
    };
    let place = world.place_mut(account, region);
    let all = place.shelves.all("dynamodb:backup").map(|(id, item)| {
        let mut item = item.clone();
        let name = text(&item, "TableName").unwrap_or_default().to_owned();
        let of = arn("dynamodb", region, account, &format!("table/{name}"));
        let usual = [
            ("BackupArn", json!(format!("{of}/backup/{id}"))),
            ("TableArn", json!(of)),
            ("BackupName", json!(id)),
            ("BackupStatus", json!("AVAILABLE")),
            ("BackupType", json!("USER")),
            ("BackupCreationDateTime", time(now)),
        ];
        fill(&mut item, usual);
        item
    });
    let all = all.filter(|item| {
        wanted == "ALL" || text(item, "BackupType") == Some(wanted)
    });
    let page = paging.cut(all, input)?;
    let mut answer = json!({ "BackupSummaries": page.items });
    if let Some(next) = page.next {
        answer["LastEvaluatedBackupArn"] = json!(next);
    }
    Ok(answer)
}

fn tags(
    world: &mut World,
    caller: &Caller,
    input: &Value,
    _: Timestamp,
) -> Result<Value, Fault> {
    let of = json!({ "TableName": input.get("ResourceArn") });
    let missing = "ResourceNotFoundException";
    let (_, item) = one(world, caller, &of, missing)?;
    Ok(json!({ "Tags": own_tags(&item) }))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::sim::world::fixture::{ACCOUNT, Lab, WEST};

    fn lab() -> Lab {
        let mut lab = Lab::new();
        let shelves = &mut lab.world.place_mut(ACCOUNT, WEST).shelves;
        let off = json!({ "PointInTimeRecovery": "DISABLED" });
        shelves.put("dynamodb:table", "badges", off);
        let tagged = json!({ "Tags": { "DR_Tier": "Gold" } });
        shelves.put("dynamodb:table", "sessions", tagged);
        let backup = json!({ "TableName": "badges" });
        shelves.put("dynamodb:backup", "0168", backup);
        lab
    }

    #[test]
    fn tables_are_listed_by_name_from_the_last_one_on() {
        let mut lab = lab();
        let op = "dynamodb:ListTables";
        let first = lab.get(WEST, op, &json!({ "Limit": 1 }));
        assert_eq!(first["TableNames"], json!(["badges"]));
        assert_eq!(first["LastEvaluatedTableName"], "badges");
        let rest = json!({ "ExclusiveStartTableName": "badges" });
        let rest = lab.get(WEST, op, &rest);
        assert_eq!(rest["TableNames"], json!(["sessions"]));
        assert_eq!(rest["LastEvaluatedTableName"], Value::Null);
    }

    #[test]
    fn a_table_is_restored_beside_its_original_once() {
        let mut lab = lab();
        let op = "dynamodb:RestoreTableToPointInTime";
        let of = |source: &str, more: Value| {
            let mut of = json!({
                "SourceTableName": source, "TargetTableName": "copy",
            });
            fill(&mut of, [("RestoreDateTime", more)]);
            of
        };
        let off = lab.refusal(WEST, op, &of("badges", Value::Null));
        assert_eq!(off, "PointInTimeRecoveryUnavailableException");
        let late = json!("2026-11-23T09:59:00Z");
        let late = lab.refusal(WEST, op, &of("sessions", late));
        assert_eq!(late, "InvalidRestoreTimeException");
        let whole = of("sessions", Value::Null);
        let told = lab.get(WEST, op, &whole);
        let status = told["TableDescription"]["TableStatus"].clone();
        assert_eq!(status, "CREATING");
        let twice = lab.refusal(WEST, op, &whole);
        assert_eq!(twice, "TableAlreadyExistsException");
        lab.wait(20 * 60);
        let copy = json!({ "TableName": "copy" });
        let told = lab.get(WEST, "dynamodb:DescribeTable", &copy);
        let told = &told["Table"];
        assert_eq!(told["TableStatus"], "ACTIVE");
        assert_eq!(told["RestoreSummary"]["RestoreInProgress"], false);
    }

    #[test]
    fn a_continuous_backup_is_five_minutes_behind_or_off() {
        let mut lab = lab();
        let op = "dynamodb:DescribeContinuousBackups";
        let mut ask = |name: &str| {
            let said = lab.get(WEST, op, &json!({ "TableName": name }));
            said["ContinuousBackupsDescription"]
                ["PointInTimeRecoveryDescription"]
                .clone()
        };
        let on = ask("sessions");
        assert_eq!(on["LatestRestorableDateTime"], "2026-11-23T09:55:00Z");
        assert_eq!(ask("badges")["PointInTimeRecoveryStatus"], "DISABLED");
        let none = json!({ "TableName": "none" });
        assert_eq!(lab.refusal(WEST, op, &none), "TableNotFoundException");
    }

    #[test]
    fn a_table_and_its_backups_name_each_other() {
        let mut lab = lab();
        let one = json!({ "TableName": "badges" });
        let table = lab.get(WEST, "dynamodb:DescribeTable", &one);
        let all = lab.get(WEST, "dynamodb:ListBackups", &json!({}));
        let backup = &all["BackupSummaries"][0];
        assert_eq!(backup["TableArn"], table["Table"]["TableArn"]);
        let arn = &table["Table"]["TableArn"];
        let op = "dynamodb:ListTagsOfResource";
        let tags = lab.get(WEST, op, &json!({ "ResourceArn": arn }));
        assert_eq!(tags["Tags"], json!([]));
    }
}
