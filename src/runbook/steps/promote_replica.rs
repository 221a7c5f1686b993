//! `rds.promote-replica`: makes an RDS replica a primary of its own.

use jiff::SignedDuration;

use super::lag::{loss, readings};
use super::seen::{
    instance, instance_source, instance_there, is_named, moment,
};
use super::{
    Answers, Blocked, Bound, Call, Fields, Level, Missing, Plan, Scene,
    Second, Settled, Step, StepType, Text, Undo, Values,
};
use crate::estate::Source;
use crate::estate::ids::{Account, Region};
use crate::estate::resource::DbInstance;
use crate::runbook::call::rds;

pub(super) const TYPE: StepType = StepType {
    name: "rds.promote-replica",
    doc: "Promotes an RDS replica to a primary of its own. Replication \
          stops for good: there is no way back. Done when the instance has \
          no source any more and is available. RDS takes no token, so after \
          a lost answer only a look at the instance tells what happened.",
    example: r#"
[[step]]
id = "promote"
kind = "rds.promote-replica"
title = "Promote {replica}"
account = "{account}"
region = "{to}"
replica = "{replica}"
source = "{primary}"
backup_retention_days = 7
expect = "5m"
timeout = "30m"
milestone = "data-recovered"
"#,
    outputs: &["endpoint", "host", "port", "data_time"],
    parse,
};

/// A promotion that was taken shows as another status within this time.
const PROPAGATION: SignedDuration = SignedDuration::from_mins(2);

#[derive(Debug)]
struct PromoteReplica {
    account: Text,
    region: Text,
    replica: Text,
    source: Option<Text>,
    backup_retention_days: Option<u16>,
}

fn parse(fields: &mut Fields<'_>) -> Option<Box<dyn Step>> {
    let account = fields.needed_text("account");
    let region = fields.needed_text("region");
    let replica = fields.needed_text("replica");
    let source = fields.text("source");
    let days = fields.integer("backup_retention_days", 1..=35);
    Some(Box::new(PromoteReplica {
        account: account?,
        region: region?,
        replica: replica?,
        source,
        backup_retention_days: days.and_then(|days| days.try_into().ok()),
    }))
}

struct Target {
    account: String,
    region: String,
    replica: String,
    source: Option<String>,
}

impl PromoteReplica {
    fn target(&self, scene: &Scene<'_>) -> Result<Target, Missing> {
        let source = self.source.as_ref();
        Ok(Target {
            account: scene.fill(&self.account)?,
            region: scene.fill(&self.region)?,
            replica: scene.fill(&self.replica)?,
            source: source.map(|text| scene.fill(text)).transpose()?,
        })
    }
}

impl Target {
    fn look(&self) -> Source {
        instance_source(&self.account, &self.region, &self.replica)
    }
}

impl Step for PromoteReplica {
    fn texts(&self) -> Vec<&Text> {
        let own = [&self.account, &self.region, &self.replica];
        own.into_iter().chain(&self.source).collect()
    }

    fn level(&self) -> Level {
        Level::Severe
    }

    fn calls(&self) -> &'static [&'static str] {
        &[rds::PromoteReadReplica::ACTION]
    }

    fn is_irreversible(&self) -> bool {
        true
    }

    fn looks(&self, scene: &Scene<'_>) -> Vec<Source> {
        self.target(scene).iter().map(Target::look).collect()
    }

    fn bound_looks(&self, scene: &Scene<'_>) -> Vec<Source> {
        self.looks(scene)
    }

    fn propagation(&self) -> SignedDuration {
        PROPAGATION
    }

    fn plan(&self, scene: &Scene<'_>) -> Result<Plan, Blocked> {
        let target = self.target(scene)?;
        let look = target.look();
        let (found, seen) = instance_there(scene, &look)?;
        let of = promotable(found, target.source.as_deref())?;
        let (id, region) = (&target.replica, &target.region);
        let told = readings(scene, &target.account, region, id);
        Ok(Plan {
            step: String::new(),
            calls: vec![Call::RdsPromoteReadReplica(
                rds::PromoteReadReplica {
                    account: Account::new(&target.account),
                    region: Region::new(region),
                    instance: id.clone(),
                    backup_retention_days: self.backup_retention_days,
                },
            )],
            effect: format!(
                "{id} in {region} becomes a primary of its own and takes \
                 writes. It never follows {of} again."
            ),
            loss: Some(loss(scene, told.last)),
            expect: None,
            undo: Undo::None(format!(
                "build a new replica of {id} in the other Region afterwards"
            )),
            level: Level::Severe,
            bound: bound(found, of),
            before: vec![
                format!("{id} is available ({})", moment(seen.at)),
                format!("{id} is a replica of {of}"),
            ],
            after: vec![format!(
                "{id} has no source any more and is available in {region}"
            )],
            typed: Some(id.clone()),
            readback: None,
            second: Second::Off,
        })
    }

    fn settled(&self, scene: &Scene<'_>, answers: &Answers) -> Settled {
        let target = match self.target(scene) {
            Ok(target) => target,
            Err(missing) => return Settled::from(missing),
        };
        let Some(sent) = answers.sent else {
            return Settled::CannotTell { why: "it was not sent".into() };
        };
        let (found, seen) = match instance(scene, &target.look(), sent) {
            Ok(told) => told,
            Err(why) => return Settled::CannotTell { why },
        };
        let id = &target.replica;
        let Some(found) = found else {
            return Settled::CannotTell { why: format!("{id} is gone") };
        };
        match (&found.replica_of, found.status.as_str()) {
            (None, "available") => done(scene, &target, found),
            (None, status) => Settled::Running {
                why: format!("{id} has no source any more and is {status}"),
            },
            (Some(_), "available") if seen.begun >= sent + PROPAGATION => {
                let at = moment(seen.at);
                let why = format!("{id} was still a replica at {at}");
                Settled::NotDone { why }
            }
            // As it was before: that says nothing yet, in either direction.
            (Some(_), "available") => Settled::CannotTell {
                why: format!("{id} is still a replica, and available"),
            },
            (Some(_), status) => {
                Settled::Running { why: format!("{id} is {status}") }
            }
        }
    }
}

/// The instance it follows, if it can be promoted now. `backing-up` is the
/// state in which RDS refuses (Amazon RDS user guide, "Promoting a read
/// replica").
fn promotable<'a>(
    found: &'a DbInstance,
    source: Option<&str>,
) -> Result<&'a str, Blocked> {
    let id = &found.id;
    if found.status != "available" {
        let told = format!("{id} is {}, not available", found.status);
        return Err(Blocked::because(told));
    }
    let Some(of) = found.replica_of.as_deref() else {
        let told = format!("{id} is no replica: nothing is to be promoted");
        return Err(Blocked::because(told));
    };
    match source {
        Some(source) if !is_named(of, source) => {
            Err(Blocked::because(format!("{id} follows {of}, not {source}")))
        }
        _ => Ok(of),
    }
}

fn bound(found: &DbInstance, of: &str) -> Vec<Bound> {
    let id = &found.id;
    let bound =
        |field: String, value: &str| Bound { field, value: value.to_owned() };
    vec![
        bound(format!("status of {id}"), &found.status),
        bound(format!("source of {id}"), of),
        bound(format!("ARN of {id}"), &found.arn),
    ]
}

fn done(scene: &Scene<'_>, target: &Target, found: &DbInstance) -> Settled {
    let Some((host, port)) = &found.endpoint else {
        let why = format!("{} has no endpoint yet", found.id);
        return Settled::Running { why };
    };
    let told =
        readings(scene, &target.account, &target.region, &target.replica);
    let data_time = told
        .last
        .map_or_else(|| "unknown".to_owned(), |r| moment(r.data_time));
    let outputs = Values::from([
        ("endpoint".to_owned(), format!("{host}:{port}")),
        ("host".to_owned(), host.clone()),
        ("port".to_owned(), port.to_string()),
        ("data_time".to_owned(), data_time),
    ]);
    let evidence = vec![
        format!("{} has no source and is available", found.id),
        loss(scene, told.last).evidence,
    ];
    Settled::Done { outputs, evidence }
}
