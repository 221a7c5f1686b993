//! `dynamodb.restore-to-point-in-time`: makes a table as one was at a moment.

use jiff::{SignedDuration, Timestamp};
use serde_json::{Value, json};

use super::place::Place;
use super::seen::{looked, moment, the_thing, things, time, word};
use super::starting::{Came, Start, Starting, Starts};
use super::{
    Answers, Blocked, Call, Fields, Missing, Scene, Step, StepType, Text,
    Undo, Values,
};
use crate::estate::Source;
use crate::estate::thing::Thing;
use crate::runbook::call::dynamodb;
use crate::runbook::run::matches_whole;

pub(super) const TYPE: StepType = StepType {
    name: "dynamodb.restore-to-point-in-time",
    doc: "Restores a DynamoDB table as it was at a moment to a new table \
          beside it, of its continuous backups. `time` is that moment, such \
          as 2026-05-01T09:14:00Z, or `latest`, about five minutes ago. A \
          name is taken once: after a lost answer a look at it tells what \
          happened. Done when the table is ACTIVE. DynamoDB carries over \
          neither tags nor policies, alarms, streams, time to live, auto \
          scaling, deletion protection nor continuous backups: set them \
          before it is used. It has no tag of this program, so no step \
          deletes it.",
    example: r#"
[[step]]
id = "sessions"
kind = "dynamodb.restore-to-point-in-time"
title = "Restore learn-sessions as it was last"
account = "{account}"
region = "{to}"
source = "learn-sessions"
time = "latest"
table = "learn-sessions-last"
expect = "30m"
timeout = "3h"
"#,
    outputs: &["table", "arn", "data_time"],
    parse,
};

/// A restore that was taken shows the table within this time.
const PROPAGATION: SignedDuration = SignedDuration::from_mins(2);

/// How far the clock of AWS may be behind ours for a table to be new.
const SKEW: SignedDuration = SignedDuration::from_mins(5);

/// How DynamoDB names a table.
// https://docs.aws.amazon.com/amazondynamodb/latest/developerguide/HowItWorks.NamingRulesDataTypes.html
const NAME: &str = "[a-zA-Z0-9_.-]{3,255}";

#[derive(Debug)]
struct RestoreTable {
    place: Place,
    source: Text,
    time: Text,
    table: Text,
}

fn parse(fields: &mut Fields<'_>) -> Option<Box<dyn Step>> {
    let place = Place::read(fields);
    let source = fields.needed_text("source");
    let time = fields.needed_text("time");
    let table = fields.needed_text("table");
    Some(Box::new(Starts(RestoreTable {
        place: place?,
        source: source?,
        time: time?,
        table: table?,
    })))
}

impl RestoreTable {
    fn called(
        &self,
        scene: &Scene<'_>,
        text: &Text,
    ) -> Result<Source, Missing> {
        let of = json!({ "TableName": scene.fill(text)? });
        self.place.look(scene, Thing::Table.asked(&of))
    }

    fn backups(&self, scene: &Scene<'_>) -> Result<Source, Missing> {
        let of = json!({ "TableName": scene.fill(&self.source)? });
        self.place.look(scene, Thing::ContinuousBackups.asked(&of))
    }

    /// The moment that is restored, and whether it is the latest there is.
    fn moment(&self, scene: &Scene<'_>) -> Result<(Timestamp, bool), Blocked> {
        let source = scene.fill(&self.source)?;
        let found = looked(scene, &self.backups(scene)?)?.found;
        let backups = the_thing(found, &format!("table {source}"))?;
        let window = &backups["PointInTimeRecoveryDescription"];
        let first = time(window, "EarliestRestorableDateTime");
        let last = time(window, "LatestRestorableDateTime");
        let (Some(first), Some(last)) = (first, last) else {
            let why = format!("continuous backups of {source} are off");
            return Err(Blocked::because(why));
        };
        let text = scene.fill(&self.time)?;
        if text.trim() == "latest" {
            return Ok((last, true));
        }
        let at: Timestamp = text.trim().parse().map_err(|_| {
            Blocked::because(format!(
                "{text:?} is no moment such as 2026-05-01T09:14:00Z, and \
                 not `latest`"
            ))
        })?;
        if at < first || at > last {
            return Err(Blocked::because(format!(
                "{source} can be restored from {} to {}, not to {}",
                moment(first),
                moment(last),
                moment(at)
            )));
        }
        Ok((at, false))
    }
}

impl Starting for RestoreTable {
    fn texts(&self) -> Vec<&Text> {
        let own = [&self.source, &self.time, &self.table];
        self.place.texts().into_iter().chain(own).collect()
    }

    fn calls(&self) -> &'static [&'static str] {
        &[dynamodb::RestoreTable::ACTION]
    }

    fn propagation(&self) -> SignedDuration {
        PROPAGATION
    }

    fn look(&self, scene: &Scene<'_>) -> Result<Source, Missing> {
        self.called(scene, &self.table)
    }

    fn rests_on(&self, scene: &Scene<'_>) -> Result<Vec<Source>, Missing> {
        let own = self.called(scene, &self.source)?;
        Ok(vec![self.look(scene)?, own, self.backups(scene)?])
    }

    fn start(&self, scene: &Scene<'_>) -> Result<Start, Blocked> {
        let source = scene.fill(&self.source)?;
        let table = scene.fill(&self.table)?;
        if !matches_whole(NAME, &table) {
            let why = format!("DynamoDB names no table {table}");
            return Err(Blocked::because(why));
        }
        if !things(looked(scene, &self.look(scene)?)?.found)?.is_empty() {
            let why = format!("there is a table {table} already");
            return Err(Blocked::because(why));
        }
        let (at, latest) = self.moment(scene)?;
        let own = self.called(scene, &self.source)?;
        let found = looked(scene, &own)?.found;
        let own = the_thing(found, &format!("table {source}"))?;
        let (account, region) = self.place.of(scene)?;
        let arn = word(own, "TableArn").to_owned();
        Ok(Start {
            name: table.clone(),
            effect: format!(
                "{table} is made in {region} of {source} as it was at {}, \
                 and costs until it is deleted. {source} is not touched.",
                moment(at)
            ),
            loss: None,
            undo: Undo::By(format!("delete {table}")),
            bound: vec![
                (format!("ARN of {source}"), arn.clone()),
                (format!("tables called {table}"), "none".to_owned()),
            ],
            before: vec![format!(
                "the backups of {source} reach up to {}",
                moment(at)
            )],
            after: format!("{table} is ACTIVE"),
            call: Call::DynamodbRestoreTable(dynamodb::RestoreTable {
                account,
                region,
                source: arn,
                table,
                time: (!latest).then_some(at),
            }),
        })
    }

    fn came(&self, _: &Scene<'_>, items: &[Value], answers: &Answers) -> Came {
        let Some(item) = items.first() else { return Came::Absent };
        let restore = &item["RestoreSummary"];
        let name = word(item, "TableName");
        let ours = match answers.call() {
            Some(Call::DynamodbRestoreTable(call)) => {
                word(restore, "SourceTableArn") == call.source
            }
            _ => false,
        };
        // A table of this name that was restored before ours was asked for
        // is somebody else's.
        let made = time(item, "CreationDateTime");
        let asked = answers.confirmed.or(answers.sent);
        let new = made.zip(asked).is_some_and(|(m, a)| m >= a - SKEW);
        if !ours || !new {
            return Came::Unclear(format!("{name} is another one"));
        }
        let status = word(item, "TableStatus");
        let told = format!("{name} is {status}");
        let under_way = restore["RestoreInProgress"] == true;
        match status {
            "ACTIVE" if !under_way => {
                let data = time(restore, "RestoreDateTime");
                let data = data.map_or("unknown".to_owned(), moment);
                let evidence =
                    vec![format!("{told} and holds the writes up to {data}")];
                let outputs = Values::from([
                    ("table".into(), name.into()),
                    ("arn".into(), word(item, "TableArn").into()),
                    ("data_time".into(), data),
                ]);
                Came::Done { outputs, evidence }
            }
            "ACTIVE" | "CREATING" | "UPDATING" => Came::Running(told),
            "DELETING" | "ARCHIVING" | "ARCHIVED" => Came::Failed(told),
            _ => Came::Unclear(told),
        }
    }
}
