//! `rds.rename-instance`: an RDS instance gets another identifier.

use jiff::SignedDuration;
use serde_json::{Value, json};

use super::place::Place;
use super::seen::{endpoint, looked, ready, things, word};
use super::starting::{Came, Start, Starting, Starts};
use super::{
    Answers, Blocked, Call, Fields, Level, Missing, Scene, Step, StepType,
    Text, Undo,
};
use crate::estate::Source;
use crate::estate::thing::Thing;
use crate::runbook::call::rds;
use crate::runbook::run::matches_whole;

pub(super) const TYPE: StepType = StepType {
    name: "rds.rename-instance",
    doc: "Gives an RDS instance another identifier, and with it another \
          endpoint: clients lose it until they use the new name. So what \
          was restored takes the place of the damaged one: first that one \
          is renamed, then the new one gets its name. The instance is \
          followed by what RDS never changes of it, its resource id, so \
          that a lost answer is found out under either name. Done when it \
          is available under the new one.",
    example: r#"
[[step]]
id = "aside"
kind = "rds.rename-instance"
title = "Move {replica} aside"
account = "{account}"
region = "{to}"
instance = "{replica}"
name = "learn-db-replica-old"
expect = "5m"
timeout = "30m"
"#,
    outputs: &["instance", "host", "port"],
    parse,
};

/// A renaming that was taken shows as another status within this time.
const PROPAGATION: SignedDuration = SignedDuration::from_mins(3);

/// How RDS names an instance (Amazon RDS user guide, "Naming constraints").
const NAME: &str = "[a-z](-?[a-z0-9]){0,62}";

#[derive(Debug)]
struct RenameInstance {
    place: Place,
    instance: Text,
    name: Text,
}

fn parse(fields: &mut Fields<'_>) -> Option<Box<dyn Step>> {
    let place = Place::read(fields);
    let instance = fields.needed_text("instance");
    let name = fields.needed_text("name");
    Some(Box::new(Starts(RenameInstance {
        place: place?,
        instance: instance?,
        name: name?,
    })))
}

/// What the bound resource id is called in the plan.
const RESOURCE: &str = "resource id";

impl RenameInstance {
    fn called(
        &self,
        scene: &Scene<'_>,
        text: &Text,
    ) -> Result<Source, Missing> {
        let of = json!({ "DBInstanceIdentifier": scene.fill(text)? });
        self.place.look(scene, Thing::DbInstance.asked(&of))
    }
}

impl Starting for RenameInstance {
    fn texts(&self) -> Vec<&Text> {
        let own = [&self.instance, &self.name];
        self.place.texts().into_iter().chain(own).collect()
    }

    fn level(&self) -> Level {
        Level::Severe
    }

    fn calls(&self) -> &'static [&'static str] {
        &[rds::RenameInstance::ACTION]
    }

    fn propagation(&self) -> SignedDuration {
        PROPAGATION
    }

    fn look(&self, scene: &Scene<'_>) -> Result<Source, Missing> {
        self.called(scene, &self.instance)
    }

    fn rests_on(&self, scene: &Scene<'_>) -> Result<Vec<Source>, Missing> {
        let names = [&self.instance, &self.name];
        names.into_iter().map(|name| self.called(scene, name)).collect()
    }

    fn result(
        &self,
        scene: &Scene<'_>,
        answers: &Answers,
    ) -> Result<Source, Missing> {
        let bounds = answers.plan.iter().flat_map(|plan| &plan.bound);
        let id = bounds
            .filter(|bound| bound.field.starts_with(RESOURCE))
            .map(|bound| bound.value.as_str())
            .next();
        let of = json!({ "Filters": [
            { "Name": "dbi-resource-id", "Values": [id.unwrap_or("none")] },
        ] });
        self.place.look(scene, Thing::DbInstance.asked(&of))
    }

    fn start(&self, scene: &Scene<'_>) -> Result<Start, Blocked> {
        let id = scene.fill(&self.instance)?;
        let to = scene.fill(&self.name)?;
        if !matches_whole(NAME, &to) {
            let why = format!("RDS names no instance {to}");
            return Err(Blocked::because(why));
        }
        let (item, status) = ready(scene, &self.look(scene)?, &id)?;
        let other = looked(scene, &self.called(scene, &self.name)?)?.found;
        if !things(other)?.is_empty() {
            let why = format!("there is an instance {to} already");
            return Err(Blocked::because(why));
        }
        let (account, region) = self.place.of(scene)?;
        let host = word(&item["Endpoint"], "Address");
        let resource = word(item, "DbiResourceId").to_owned();
        Ok(Start {
            name: id.clone(),
            effect: format!(
                "{id} in {region} is called {to}; {host} answers no more, \
                 and it restarts"
            ),
            loss: None,
            undo: Undo::By(format!("rename {to} back to {id}")),
            bound: vec![
                (format!("{RESOURCE} of {id}"), resource),
                (format!("status of {id}"), status.to_owned()),
                (format!("instances called {to}"), "none".to_owned()),
            ],
            before: vec![format!("{id} is {status} at {host}")],
            after: format!("{to} is available"),
            call: Call::RdsRenameInstance(rds::RenameInstance {
                account,
                region,
                instance: id,
                to,
            }),
        })
    }

    fn came(&self, scene: &Scene<'_>, items: &[Value], _: &Answers) -> Came {
        let Some(item) = items.first() else {
            return Came::Unclear("RDS does not tell it any more".into());
        };
        let id = word(item, "DBInstanceIdentifier");
        let status = word(item, "DBInstanceStatus");
        let told = format!("{id} is {status}");
        let renamed = scene.fill(&self.name).is_ok_and(|name| name == id);
        match (renamed, status) {
            (true, "available") => {
                let mut outputs = endpoint(item);
                outputs.insert("instance".into(), id.into());
                Came::Done { outputs, evidence: vec![told] }
            }
            (false, "available") => Came::Before(told),
            _ => Came::Running(told),
        }
    }
}
