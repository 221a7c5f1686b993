//! `rds.restore-to-point-in-time`: makes an instance as one was at a moment.

use jiff::{SignedDuration, Timestamp};
use serde_json::{Value, json};

use super::new_instance::{MadeOf, NewInstance, PROPAGATION, Target};
use super::seen::{looked, moment, things, time, word};
use super::{
    Answers, Blocked, Call, Fields, Level, Plan, Scene, Settled, Step,
    StepType, Text, Values,
};
use crate::estate::Source;
use crate::estate::ids::Arn;
use crate::estate::thing::Thing;
use crate::runbook::call::rds;

pub(super) const TYPE: StepType = StepType {
    name: "rds.restore-to-point-in-time",
    doc: "Restores an RDS instance as it was at a moment to a new instance \
          beside it, of its automated backups in that Region: its own, \
          those replicated there, and those that are left of one that was \
          deleted. `time` is that moment, such as 2026-05-01T09:14:00Z, or \
          `latest`: before a bad migration, say, the second before it. The \
          new one has no public address and carries the tag of the \
          incident or drill that made it. What it could reach is looked \
          at; with `closed = true` nothing may be. A name is taken once: \
          after a lost answer a look at it tells what happened.",
    example: r#"
[[step]]
id = "before"
kind = "rds.restore-to-point-in-time"
title = "Restore learn-orders as it was last"
account = "{account}"
region = "{to}"
source = "learn-orders"
time = "latest"
instance = "learn-orders-last"
subnet_group = "drill-closed"
security_groups = ["sg-0drill"]
closed = true
expect = "20m"
timeout = "1h"
"#,
    outputs: &["host", "port", "data_time"],
    parse,
};

#[derive(Debug)]
struct RestoreToTime {
    new: NewInstance,
    time: Text,
}

fn parse(fields: &mut Fields<'_>) -> Option<Box<dyn Step>> {
    let new = NewInstance::read(fields);
    let time = fields.needed_text("time");
    Some(Box::new(RestoreToTime { new: new?, time: time? }))
}

fn backups(target: &Target) -> Source {
    let of = json!({ "DBInstanceIdentifier": target.source });
    target.at(Thing::AutomatedBackups.asked(&of))
}

fn window(backup: &Value, end: &str) -> Option<Timestamp> {
    time(&backup["RestoreWindow"], end)
}

impl RestoreToTime {
    /// The moment that is meant; none is the latest.
    fn moment(&self, scene: &Scene<'_>) -> Result<Option<Timestamp>, Blocked> {
        let text = scene.fill(&self.time)?;
        if text.trim() == "latest" {
            return Ok(None);
        }
        text.trim().parse().map(Some).map_err(|_| {
            Blocked::because(format!(
                "{text:?} is no moment such as 2026-05-01T09:14:00Z, and \
                 not `latest`"
            ))
        })
    }
}

/// The backup that reaches that moment, and the moment itself.
fn reaching<'a>(
    scene: &Scene<'a>,
    target: &Target,
    at: Option<Timestamp>,
) -> Result<(&'a Value, Timestamp), Blocked> {
    let all = things(looked(scene, &backups(target))?.found)?;
    let spans = all.iter().filter_map(|backup| {
        let first = window(backup, "EarliestTime")?;
        Some((backup, first, window(backup, "LatestTime")?))
    });
    let newest = spans.max_by_key(|(_, _, last)| *last);
    let Target { source, region, .. } = target;
    let (backup, first, last) = newest.ok_or_else(|| {
        let why = format!("{region} has no automated backup of {source}");
        Blocked::because(why)
    })?;
    let at = at.unwrap_or(last);
    if at < first || at > last {
        return Err(Blocked::because(format!(
            "{source} can be restored from {} to {} in {region}, not to {}",
            moment(first),
            moment(last),
            moment(at)
        )));
    }
    Ok((backup, at))
}

impl Step for RestoreToTime {
    fn texts(&self) -> Vec<&Text> {
        self.new.texts().chain([&self.time]).collect()
    }

    fn level(&self) -> Level {
        Level::Moderate
    }

    fn calls(&self) -> &'static [&'static str] {
        &[rds::RestoreToTime::ACTION]
    }

    fn looks(&self, scene: &Scene<'_>) -> Vec<Source> {
        let Ok(target) = self.new.target(scene) else { return Vec::new() };
        vec![target.copy(), backups(&target), target.reach()]
    }

    fn bound_looks(&self, scene: &Scene<'_>) -> Vec<Source> {
        self.looks(scene)
    }

    fn answer_looks(&self, scene: &Scene<'_>, _: &Answers) -> Vec<Source> {
        self.new.target(scene).iter().map(Target::copy).collect()
    }

    fn propagation(&self) -> SignedDuration {
        PROPAGATION
    }

    fn plan(&self, scene: &Scene<'_>) -> Result<Plan, Blocked> {
        let target = self.new.target(scene)?;
        let reach = self.new.reach(scene, &target)?;
        let wanted = self.moment(scene)?;
        let (backup, at) = reaching(scene, &target, wanted)?;
        let source = &target.source;
        let resource = word(backup, "DbiResourceId").to_owned();
        let of = MadeOf {
            words: format!("{source} as it was at {}", moment(at)),
            bound: (format!("resource id of {source}"), resource.clone()),
            before: format!(
                "the backups of {source} reach up to {}",
                moment(at)
            ),
        };
        let home = Arn::new(word(backup, "DBInstanceArn")).region();
        let own = word(backup, "DBInstanceAutomatedBackupsArn");
        let away = home.is_some_and(|home| home != target.region);
        let call = Call::RdsRestoreToTime(rds::RestoreToTime {
            account: target.account.clone(),
            region: target.region.clone(),
            instance: target.instance.clone(),
            resource,
            backup: away.then(|| Arn::new(own)),
            time: wanted,
            class: target.class.clone(),
            subnets: target.subnets.clone(),
            guards: target.guards.clone(),
            tags: Target::tags(scene),
        });
        Ok(target.plan(scene, of, reach, call))
    }

    fn settled(&self, scene: &Scene<'_>, answers: &Answers) -> Settled {
        self.new.settled(scene, answers, Values::new())
    }
}
