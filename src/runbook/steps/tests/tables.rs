//! Tables of DynamoDB, restored to a moment.

use serde_json::{Value, json};

use super::data::{planned, settled, thing};
use super::*;
use crate::estate::thing::Thing;
use crate::runbook::steps::seen::moment;

const TO: &str = "eu-central-1";
const KIND: &str = "dynamodb.restore-to-point-in-time";
const SOURCE: &str =
    "arn:aws:dynamodb:eu-central-1:111122223333:table/learn-sessions";

/// Takes in a table with backups up to this moment, if they are on.
fn see_source(estate: &mut Estate, last: Option<&str>, second: i64) {
    let of = json!({ "TableName": "learn-sessions" });
    let one = json!({ "TableName": "learn-sessions", "TableArn": SOURCE });
    let backups = json!({ "PointInTimeRecoveryDescription": {
        "EarliestRestorableDateTime":
            last.map(|_| "2026-11-01T00:00:00Z"),
        "LatestRestorableDateTime": last,
    } });
    thing(estate, (TO, Thing::Table), of.clone(), vec![one], second);
    let what = (TO, Thing::ContinuousBackups);
    thing(estate, what, of, vec![backups], second);
}

fn see_copy(estate: &mut Estate, items: Vec<Value>, second: i64) {
    let of = json!({ "TableName": "learn-sessions-last" });
    thing(estate, (TO, Thing::Table), of, items, second);
}

/// Takes in what the looks at them found.
pub(super) fn see(estate: &mut Estate) {
    see_source(estate, Some("2026-11-18T09:00:00Z"), 0);
    see_copy(estate, Vec::new(), 0);
}

#[test]
fn a_table_is_restored_where_its_backups_are_on_and_its_name_is_free() {
    let plan = planned(KIND, &estate()).expect("plans");
    let request = plan.calls[0].request();
    assert_eq!(request["SourceTableArn"], SOURCE);
    assert_eq!(request["UseLatestRestorableTime"], true);
    let own = plan.calls[0].resource().expect("it has one");
    assert_eq!(own, format!("{SOURCE}-last"));
    assert!(plan.effect.contains("2026-11-18T09:00:00Z"), "{}", plan.effect);

    let mut off = estate();
    see_source(&mut off, None, 1);
    let why = planned(KIND, &off).unwrap_err().why;
    assert_eq!(why, "continuous backups of learn-sessions are off");
    let mut taken = estate();
    see_copy(&mut taken, vec![json!({ "TableName": "x" })], 1);
    let why = planned(KIND, &taken).unwrap_err().why;
    assert_eq!(why, "there is a table learn-sessions-last already");
}

#[test]
fn a_restored_table_is_ours_if_it_is_new_and_of_that_source() {
    let seen = |status: &str, source: &str, made: i64, second| {
        let copy = json!({
            "TableName": "learn-sessions-last",
            "TableArn": "arn:copy",
            "TableStatus": status,
            "CreationDateTime": moment(at(made)),
            "RestoreSummary": {
                "SourceTableArn": source,
                "RestoreDateTime": "2026-11-18T09:00:00Z",
                "RestoreInProgress": status == "CREATING",
            },
        });
        let mut estate = estate();
        see_copy(&mut estate, vec![copy], second);
        settled(KIND, &estate, second + 1)
    };
    let done = seen("ACTIVE", SOURCE, 11, 20);
    let Settled::Done { outputs, .. } = &done else { panic!("{done:?}") };
    assert_eq!(outputs["data_time"], "2026-11-18T09:00:00Z");
    let under_way = seen("CREATING", SOURCE, 11, 20);
    assert!(matches!(under_way, Settled::Running { .. }), "{under_way:?}");
    let gone = seen("DELETING", SOURCE, 11, 20);
    assert!(matches!(gone, Settled::NotDone { .. }), "{gone:?}");
    for (source, made) in [("arn:other", 11), (SOURCE, -3600)] {
        let other = seen("ACTIVE", source, made, 200);
        assert!(matches!(other, Settled::CannotTell { .. }), "{other:?}");
    }
    let mut none = estate();
    see_copy(&mut none, Vec::new(), 200);
    let none = settled(KIND, &none, 201);
    assert!(matches!(none, Settled::NotDone { .. }), "{none:?}");
}
