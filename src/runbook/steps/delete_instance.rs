//! `rds.delete-instance`: deletes an instance that the same run made.

use jiff::SignedDuration;

use super::seen::{instance, instance_source, instance_there, moment};
use super::{
    Answers, Blocked, Bound, Call, Fields, Level, Missing, Plan, Scene,
    Second, Settled, Step, StepType, Text, Undo, Values,
};
use crate::estate::Source;
use crate::estate::ids::{Account, Region};
use crate::estate::resource::DbInstance;
use crate::runbook::call::rds;

pub(super) const TYPE: StepType = StepType {
    name: "rds.delete-instance",
    doc: "Deletes an RDS instance that the same incident or drill made, \
          with its automated backups and without a final snapshot. Whether \
          it made it is told by the instance's own tag, in a look: any \
          other instance is refused. Done when RDS has none of that name.",
    example: r#"
[[step]]
id = "remove"
kind = "rds.delete-instance"
title = "Delete drill-made"
account = "{account}"
region = "{to}"
instance = "drill-made"
expect = "5m"
timeout = "30m"
"#,
    outputs: &[],
    parse,
};

/// A deletion that was taken shows as another status within this time.
const PROPAGATION: SignedDuration = SignedDuration::from_mins(2);

#[derive(Debug)]
struct DeleteInstance {
    account: Text,
    region: Text,
    instance: Text,
}

fn parse(fields: &mut Fields<'_>) -> Option<Box<dyn Step>> {
    let account = fields.needed_text("account");
    let region = fields.needed_text("region");
    let instance = fields.needed_text("instance");
    Some(Box::new(DeleteInstance {
        account: account?,
        region: region?,
        instance: instance?,
    }))
}

struct Target {
    account: String,
    region: String,
    instance: String,
}

impl DeleteInstance {
    fn target(&self, scene: &Scene<'_>) -> Result<Target, Missing> {
        Ok(Target {
            account: scene.fill(&self.account)?,
            region: scene.fill(&self.region)?,
            instance: scene.fill(&self.instance)?,
        })
    }
}

impl Target {
    fn look(&self) -> Source {
        instance_source(&self.account, &self.region, &self.instance)
    }
}

impl Step for DeleteInstance {
    fn texts(&self) -> Vec<&Text> {
        vec![&self.account, &self.region, &self.instance]
    }

    fn level(&self) -> Level {
        Level::Severe
    }

    fn calls(&self) -> &'static [&'static str] {
        &[rds::DeleteInstance::ACTION]
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
        let tag = deletable(scene, found)?;
        let Target { account, region, instance } = target;
        let bound = |field: String, value: &str| {
            let value = value.to_owned();
            Bound { field, value }
        };
        Ok(Plan {
            step: String::new(),
            effect: format!(
                "{instance} in {region} is deleted with all it holds, and \
                 its automated backups with it."
            ),
            loss: None,
            expect: None,
            undo: Undo::None("restore the snapshot once more".into()),
            level: Level::Severe,
            bound: vec![
                bound(format!("tag {} of {instance}", tag.0), &tag.1),
                bound(format!("ARN of {instance}"), &found.arn),
            ],
            before: vec![format!(
                "{instance} has the tag {} = {} ({})",
                tag.0,
                tag.1,
                moment(seen.at)
            )],
            after: vec![format!("RDS has no instance {instance}")],
            typed: Some(instance.clone()),
            readback: None,
            second: Second::Off,
            calls: vec![Call::RdsDeleteInstance(rds::DeleteInstance {
                account: Account::new(account),
                region: Region::new(region),
                instance,
                arn: found.arn.clone(),
                tag,
            })],
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
        let (id, at) = (&target.instance, moment(seen.at));
        match found {
            None => Settled::Done {
                outputs: Values::new(),
                evidence: vec![format!("RDS has no {id} at {at}")],
            },
            Some(found) if found.status == "deleting" => {
                Settled::Running { why: format!("{id} is deleting") }
            }
            Some(found) if seen.begun >= sent + PROPAGATION => {
                let why = format!("{id} was {} at {at}", found.status);
                Settled::NotDone { why }
            }
            Some(found) => Settled::CannotTell {
                why: format!("{id} is still {}", found.status),
            },
        }
    }
}

/// The tag that says that this run made it, if it can be deleted now.
fn deletable(
    scene: &Scene<'_>,
    found: &DbInstance,
) -> Result<(String, String), Blocked> {
    let id = &found.id;
    let (key, incident) = scene.tag();
    let refused = |why: String| Err(Blocked::because(why));
    match found.tags.get(key) {
        Some(by) if by == incident => {}
        Some(by) => {
            return refused(format!(
                "{id} was made by {by}, not by {incident}: its tag {key} \
                 says so"
            ));
        }
        None => {
            return refused(format!(
                "{id} has no tag {key}: this run did not make it"
            ));
        }
    }
    if found.deletion_protection {
        return refused(format!("{id} is protected against deletion"));
    }
    if found.status == "deleting" {
        return refused(format!("{id} is being deleted already"));
    }
    Ok((key.to_owned(), incident.to_owned()))
}
