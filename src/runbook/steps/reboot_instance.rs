//! `rds.reboot-instance`: restarts an RDS instance.

use jiff::SignedDuration;
use serde_json::{Value, json};

use super::place::Place;
use super::seen::{moment, ready, word};
use super::starting::{Came, Start, Starting, Starts};
use super::{
    Answers, Blocked, Call, Fields, Level, Missing, Scene, Step, StepType,
    Text, Undo, Values,
};
use crate::estate::Source;
use crate::estate::thing::Thing;
use crate::runbook::call::rds;

pub(super) const TYPE: StepType = StepType {
    name: "rds.reboot-instance",
    doc: "Restarts an RDS instance, for parameters that work only after \
          that, or with `failover = true` to have its standby in another \
          zone take over. It answers nobody meanwhile. Its status is the \
          same before and after, so what RDS reports counts: done when \
          RDS tells of a restart, or of a failover, since the confirm. \
          After a lost answer nothing else tells, and somebody else's \
          restart counts as ours.",
    example: r#"
[[step]]
id = "restart"
kind = "rds.reboot-instance"
title = "Restart {replica}"
account = "{account}"
region = "{to}"
instance = "{replica}"
expect = "3m"
timeout = "20m"
"#,
    outputs: &[],
    parse,
};

/// RDS reports a restart within this time.
const PROPAGATION: SignedDuration = SignedDuration::from_mins(10);

#[derive(Debug)]
struct RebootInstance {
    place: Place,
    instance: Text,
    failover: bool,
}

fn parse(fields: &mut Fields<'_>) -> Option<Box<dyn Step>> {
    let place = Place::read(fields);
    let instance = fields.needed_text("instance");
    let failover = fields.flag("failover").unwrap_or(false);
    Some(Box::new(Starts(RebootInstance {
        place: place?,
        instance: instance?,
        failover,
    })))
}

impl Starting for RebootInstance {
    fn texts(&self) -> Vec<&Text> {
        self.place.texts().into_iter().chain([&self.instance]).collect()
    }

    fn level(&self) -> Level {
        Level::Severe
    }

    fn calls(&self) -> &'static [&'static str] {
        &[rds::RebootInstance::ACTION]
    }

    fn propagation(&self) -> SignedDuration {
        PROPAGATION
    }

    fn look(&self, scene: &Scene<'_>) -> Result<Source, Missing> {
        let id = scene.fill(&self.instance)?;
        let of = json!({ "DBInstanceIdentifier": id });
        self.place.look(scene, Thing::DbInstance.asked(&of))
    }

    fn result(
        &self,
        scene: &Scene<'_>,
        answers: &Answers,
    ) -> Result<Source, Missing> {
        let from = answers.confirmed.unwrap_or(scene.now);
        let of = json!({
            "SourceIdentifier": scene.fill(&self.instance)?,
            "SourceType": "db-instance",
            "StartTime": moment(from),
        });
        self.place.look(scene, Thing::DbEvents.asked(&of))
    }

    fn start(&self, scene: &Scene<'_>) -> Result<Start, Blocked> {
        let id = scene.fill(&self.instance)?;
        let (item, status) = ready(scene, &self.look(scene)?, &id)?;
        // RDS refuses it then, too.
        if self.failover && item["MultiAZ"] != true {
            let why = format!("{id} has no standby in another zone");
            return Err(Blocked::because(why));
        }
        let (account, region) = self.place.of(scene)?;
        let way = if self.failover {
            "its standby in another zone takes over"
        } else {
            "it restarts"
        };
        Ok(Start {
            name: id.clone(),
            effect: format!("{id} in {region} answers nobody while {way}"),
            loss: None,
            undo: Undo::NotNeeded,
            bound: vec![
                (format!("status of {id}"), status.to_owned()),
                (
                    format!("ARN of {id}"),
                    word(item, "DBInstanceArn").to_owned(),
                ),
            ],
            before: vec![format!("{id} is {status}")],
            after: format!("RDS reports that {id} was restarted"),
            call: Call::RdsRebootInstance(rds::RebootInstance {
                account,
                region,
                instance: id,
                failover: self.failover,
            }),
        })
    }

    // https://docs.aws.amazon.com/AmazonRDS/latest/UserGuide/USER_Events.Messages.html
    fn came(&self, _: &Scene<'_>, items: &[Value], _: &Answers) -> Came {
        let told = |words: &str| {
            let mut events = items.iter();
            events.find(|event| word(event, "Message").contains(words))
        };
        let (ends, begins) = if self.failover {
            ("failover completed", "failover started")
        } else {
            ("restarted", "shutdown")
        };
        if let Some(event) = told(ends) {
            let (at, what) = (word(event, "Date"), word(event, "Message"));
            return Came::Done {
                outputs: Values::new(),
                evidence: vec![format!("RDS reports at {at}: {what}")],
            };
        }
        match told(begins) {
            Some(event) => Came::Running(word(event, "Message").to_owned()),
            None => Came::Before("RDS reports no restart".to_owned()),
        }
    }
}
