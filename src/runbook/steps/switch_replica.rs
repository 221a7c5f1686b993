//! `rds.switchover-read-replica`: an Oracle replica and its primary change
//! their roles.

use jiff::SignedDuration;
use serde_json::{Value, json};

use super::place::Place;
use super::seen::{endpoint, is_named, ready, word};
use super::starting::{Came, Start, Starting, Starts};
use super::{
    Answers, Blocked, Call, Fields, Level, Missing, Scene, Step, StepType,
    Text, Undo,
};
use crate::estate::Source;
use crate::estate::thing::Thing;
use crate::runbook::call::rds;

pub(super) const TYPE: StepType = StepType {
    name: "rds.switchover-read-replica",
    doc: "Has an RDS replica for Oracle and its primary change their roles \
          by Data Guard. Nothing is lost: RDS waits until the replica has \
          all that was written, so both must answer: `only = \"graceful\"` \
          says so. Where the primary is gone, the replica is promoted \
          instead. It is asked for in the \
          Region of the replica. Done when that has no source any more and \
          is available; RDS takes no token, so after a lost answer only a \
          look at it tells.",
    example: r#"
[[step]]
id = "switch"
kind = "rds.switchover-read-replica"
title = "Make learn-ledger-standby the primary"
account = "{account}"
region = "{to}"
replica = "learn-ledger-standby"
source = "learn-ledger"
expect = "10m"
timeout = "1h"
"#,
    outputs: &["host", "port"],
    parse,
};

/// A switchover that was taken shows as another status within this time.
const PROPAGATION: SignedDuration = SignedDuration::from_mins(3);

const SOURCE: &str = "ReadReplicaSourceDBInstanceIdentifier";

#[derive(Debug)]
struct SwitchReplica {
    place: Place,
    replica: Text,
    source: Option<Text>,
}

fn parse(fields: &mut Fields<'_>) -> Option<Box<dyn Step>> {
    let place = Place::read(fields);
    let replica = fields.needed_text("replica");
    let source = fields.text("source");
    Some(Box::new(Starts(SwitchReplica {
        place: place?,
        replica: replica?,
        source,
    })))
}

impl Starting for SwitchReplica {
    fn texts(&self) -> Vec<&Text> {
        let own = self.place.texts().into_iter().chain([&self.replica]);
        own.chain(&self.source).collect()
    }

    fn level(&self) -> Level {
        Level::Severe
    }

    fn calls(&self) -> &'static [&'static str] {
        &[rds::SwitchoverReadReplica::ACTION]
    }

    fn propagation(&self) -> SignedDuration {
        PROPAGATION
    }

    fn look(&self, scene: &Scene<'_>) -> Result<Source, Missing> {
        let of = json!({ "DBInstanceIdentifier": scene.fill(&self.replica)? });
        self.place.look(scene, Thing::DbInstance.asked(&of))
    }

    fn start(&self, scene: &Scene<'_>) -> Result<Start, Blocked> {
        let id = scene.fill(&self.replica)?;
        let (item, status) = ready(scene, &self.look(scene)?, &id)?;
        let (source, engine) = (word(item, SOURCE), word(item, "Engine"));
        let refused = |why: String| Err(Blocked::because(why));
        if source.is_empty() {
            return refused(format!("{id} is no replica"));
        }
        if !engine.starts_with("oracle") {
            return refused(format!(
                "{id} is {engine}: RDS switches replicas for Oracle alone"
            ));
        }
        let named = self.source.as_ref();
        let named = named.map(|text| scene.fill(text)).transpose()?;
        if let Some(named) = named
            && !is_named(source, &named)
        {
            return refused(format!("{id} follows {source}, not {named}"));
        }
        let (account, region) = self.place.of(scene)?;
        Ok(Start {
            name: id.clone(),
            effect: format!(
                "{id} in {region} takes the writes, and {source} follows \
                 it. Nothing is written meanwhile, and nothing is lost"
            ),
            loss: None,
            undo: Undo::By(format!("switch {source} over, as its replica")),
            bound: vec![
                (format!("status of {id}"), status.to_owned()),
                (format!("source of {id}"), source.to_owned()),
            ],
            before: vec![format!("{id} is {status} and follows {source}")],
            after: format!("{id} has no source any more and is available"),
            call: Call::RdsSwitchoverReadReplica(rds::SwitchoverReadReplica {
                account,
                region,
                instance: id,
            }),
        })
    }

    fn came(&self, _: &Scene<'_>, items: &[Value], _: &Answers) -> Came {
        let Some(item) = items.first() else {
            return Came::Unclear("RDS does not tell it any more".into());
        };
        let id = word(item, "DBInstanceIdentifier");
        let (status, of) =
            (word(item, "DBInstanceStatus"), word(item, SOURCE));
        match (of, status) {
            ("", "available") => Came::Done {
                outputs: endpoint(item),
                evidence: vec![format!("{id} has no source any more")],
            },
            (of, "available") => {
                Came::Before(format!("{id} is available and follows {of}"))
            }
            (_, status) => Came::Running(format!("{id} is {status}")),
        }
    }
}
