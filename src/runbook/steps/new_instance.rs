//! New instance: what kinds that restore to one beside the original share.
//!
//! Where it is placed, what it could reach from there, that its name is free,
//! whose it is, and when it is there.

use std::collections::BTreeMap;

use jiff::{SignedDuration, Timestamp};

use super::place::Place;
use super::seen::{instance, looked, moment};
use super::{
    Answers, Blocked, Bound, Call, Fields, INCIDENT_TAG, Level, Missing, Plan,
    Scene, Second, Settled, Text, Undo, Values,
};
use crate::estate::ids::{Account, Region};
use crate::estate::reach::Reach;
use crate::estate::resource::DbInstance;
use crate::estate::{Found, Source, What};
use crate::runbook::run::matches_whole;

/// A restore that was taken shows the instance within this time.
pub(super) const PROPAGATION: SignedDuration = SignedDuration::from_mins(2);

/// How RDS names an instance (Amazon RDS user guide, "Naming constraints");
/// it keeps them in lower case.
const NAME: &str = "[a-z][a-z0-9-]{0,62}";

/// An instance to be made of a backup, as a step's fields say it.
#[derive(Debug)]
pub(super) struct NewInstance {
    place: Place,
    source: Text,
    instance: Text,
    class: Option<Text>,
    subnets: Text,
    guards: Vec<Text>,
    closed: bool,
}

/// The same, filled in.
pub(super) struct Target {
    pub(super) account: Account,
    pub(super) region: Region,
    /// The identifier of the original.
    pub(super) source: String,
    /// The identifier of the new one.
    pub(super) instance: String,
    pub(super) class: Option<String>,
    pub(super) subnets: String,
    pub(super) guards: Vec<String>,
}

/// What a new instance is made of.
pub(super) struct MadeOf {
    /// In words, such as `the newest snapshot of orders`.
    pub(super) words: String,
    /// What must still be so: field and value.
    pub(super) bound: (String, String),
    /// What is known of it; the last word is up to when it holds the writes.
    pub(super) before: String,
}

impl NewInstance {
    pub(super) fn read(fields: &mut Fields<'_>) -> Option<NewInstance> {
        let place = Place::read(fields);
        let source = fields.needed_text("source");
        let instance = fields.needed_text("instance");
        let class = fields.text("class");
        let subnets = fields.needed_text("subnet_group");
        let guards = fields.texts("security_groups").unwrap_or_default();
        let closed = fields.flag("closed").unwrap_or(false);
        Some(NewInstance {
            place: place?,
            source: source?,
            instance: instance?,
            class,
            subnets: subnets?,
            guards,
            closed,
        })
    }

    pub(super) fn texts(&self) -> impl Iterator<Item = &Text> {
        let own = [&self.source, &self.instance];
        let own = self.place.texts().into_iter().chain(own);
        let own = own.chain(&self.class);
        own.chain([&self.subnets]).chain(&self.guards)
    }

    pub(super) fn target(&self, scene: &Scene<'_>) -> Result<Target, Missing> {
        let (account, region) = self.place.of(scene)?;
        let class = self.class.as_ref();
        let guards = self.guards.iter().map(|text| scene.fill(text));
        Ok(Target {
            account,
            region,
            source: scene.fill(&self.source)?,
            instance: scene.fill(&self.instance)?,
            class: class.map(|text| scene.fill(text)).transpose()?,
            subnets: scene.fill(&self.subnets)?,
            guards: guards.collect::<Result<_, _>>()?,
        })
    }

    /// Where the new one could send to, once it is known that its name is
    /// free and that it may reach that.
    pub(super) fn reach<'a>(
        &self,
        scene: &Scene<'a>,
        target: &Target,
    ) -> Result<&'a Reach, Blocked> {
        target.is_free(scene)?;
        let Found::Reach(reach) = looked(scene, &target.reach())?.found else {
            return Err(Blocked::because("its reach was not told"));
        };
        if self.closed && !reach.is_closed() {
            let why = format!(
                "it is to reach nothing, and would from {}: {}",
                target.subnets,
                reach.words()
            );
            return Err(Blocked::because(why));
        }
        Ok(reach)
    }

    /// How far the new one has come. `outputs` are told beside its endpoint.
    pub(super) fn settled(
        &self,
        scene: &Scene<'_>,
        answers: &Answers,
        outputs: Values,
    ) -> Settled {
        let target = match self.target(scene) {
            Ok(target) => target,
            Err(missing) => return Settled::from(missing),
        };
        let Some(sent) = answers.sent else {
            return Settled::CannotTell { why: "it was not sent".into() };
        };
        let (found, seen) = match instance(scene, &target.copy(), sent) {
            Ok(told) => told,
            Err(why) => return Settled::CannotTell { why },
        };
        let late = seen.begun >= sent + PROPAGATION;
        let (key, incident) = scene.tag();
        let id = &target.instance;
        let ours = |found: &&DbInstance| {
            found.tags.get(key).is_some_and(|by| by == incident)
        };
        match found {
            Some(found) if ours(&found) => {
                came(found, answers, outputs, seen.at)
            }
            Some(found) if late => {
                let by = made_by(found);
                let why = format!("{id} is another one: {by}");
                Settled::NotDone { why }
            }
            None if late => {
                let why = format!("there was no {id} at {}", moment(seen.at));
                Settled::NotDone { why }
            }
            _ => Settled::CannotTell { why: format!("no {id} of ours yet") },
        }
    }
}

impl Target {
    /// A look where it is made.
    pub(super) fn at(&self, what: What) -> Source {
        Source::aws(&self.account, &self.region, what)
    }

    /// The look at the new one.
    pub(super) fn copy(&self) -> Source {
        self.at(What::Instance(self.instance.clone()))
    }

    /// The look at what it could reach.
    pub(super) fn reach(&self) -> Source {
        let (subnets, guards) = (self.subnets.clone(), self.guards.clone());
        self.at(What::Reach { subnets, guards })
    }

    /// The tags that tell who made it; policies ask for the second before
    /// they let anything of ours be deleted.
    pub(super) fn tags(scene: &Scene<'_>) -> BTreeMap<String, String> {
        let (key, incident) = scene.tag();
        let tags = [key, INCIDENT_TAG];
        BTreeMap::from(tags.map(|key| (key.to_owned(), incident.to_owned())))
    }

    /// That nothing is called like the copy.
    fn is_free(&self, scene: &Scene<'_>) -> Result<(), Blocked> {
        let name = &self.instance;
        if !matches_whole(NAME, name) {
            let why = format!("RDS names no instance {name}");
            return Err(Blocked::because(why));
        }
        let look = self.copy();
        let (found, _) = instance(scene, &look, scene.since)
            .map_err(|why| Blocked { why, looks: vec![look] })?;
        match found {
            None => Ok(()),
            Some(found) => Err(Blocked::because(format!(
                "there is an instance {name} already; {}",
                made_by(found)
            ))),
        }
    }

    /// The plan that makes it by this call.
    pub(super) fn plan(
        &self,
        scene: &Scene<'_>,
        of: MadeOf,
        reach: &Reach,
        call: Call,
    ) -> Plan {
        let (key, incident) = scene.tag();
        let Target { region, source, instance, .. } = self;
        let bound = |field: String, value: String| Bound { field, value };
        Plan {
            step: String::new(),
            effect: format!(
                "{instance} is made in {region} of {}, and costs until it \
                 is deleted. {source} is not touched.",
                of.words
            ),
            loss: None,
            expect: None,
            undo: Undo::By(format!("delete {instance}")),
            level: Level::Moderate,
            bound: vec![
                bound(of.bound.0, of.bound.1),
                bound(format!("instances called {instance}"), "none".into()),
                bound(format!("reach of {instance}"), reach.words()),
            ],
            before: vec![of.before, format!("{instance}: {}", reach.words())],
            after: vec![format!(
                "{instance} is available and has the tag {key} = {incident}"
            )],
            typed: None,
            readback: None,
            second: Second::Off,
            calls: vec![call],
        }
    }
}

/// Who made an instance, as its tags tell.
fn made_by(found: &DbInstance) -> String {
    let ours = |(key, _): &(&String, &String)| key.starts_with("lifeboat:");
    found.tags.iter().find(ours).map_or_else(
        || "no incident and no drill of lifeboat made it".to_owned(),
        |(key, value)| format!("its tag says {key} = {value}"),
    )
}

/// The instance is there and ours.
fn came(
    found: &DbInstance,
    answers: &Answers,
    mut outputs: Values,
    at: Timestamp,
) -> Settled {
    let running = |why: String| Settled::Running { why };
    // States that RDS does not leave by itself (Amazon RDS user guide,
    // "Viewing Amazon RDS DB instance status").
    let stuck = ["failed", "incompatible-", "inaccessible-", "restore-error"];
    if stuck.iter().any(|word| found.status.starts_with(word)) {
        let why = format!("{} came to be {}", found.id, found.status);
        return Settled::NotDone { why };
    }
    if found.status != "available" {
        return running(format!("{} is {}", found.id, found.status));
    }
    let Some((host, port)) = &found.endpoint else {
        return running(format!("{} has no endpoint yet", found.id));
    };
    let before = answers.plan.as_ref().and_then(|plan| plan.before.first());
    let data = before.and_then(|text| text.rsplit(' ').next());
    let mut evidence =
        vec![format!("{} is available at {}", found.id, moment(at))];
    evidence.extend(
        outputs.values().map(|source| format!("it was made of {source}")),
    );
    outputs.insert("host".to_owned(), host.clone());
    outputs.insert("port".to_owned(), port.to_string());
    let data = data.unwrap_or("unknown").to_owned();
    outputs.insert("data_time".to_owned(), data);
    Settled::Done { outputs, evidence }
}
