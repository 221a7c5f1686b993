//! `rds.restore-snapshot`: makes an instance of the newest snapshot.

use std::collections::BTreeMap;

use jiff::SignedDuration;

use super::seen::{instance, instance_source, moment, seen};
use super::{
    Answers, Blocked, Bound, Call, Fields, INCIDENT_TAG, Level, Missing, Plan,
    Scene, Second, Settled, Step, StepType, Text, Undo, Values,
};
use crate::estate::ids::{Account, Region};
use crate::estate::reach::Reach;
use crate::estate::recovery_point::RecoveryPoint;
use crate::estate::resource::{DbInstance, PointStatus};
use crate::estate::{Found, Source, What};
use crate::runbook::call::rds;
use crate::runbook::run::matches_whole;

pub(super) const TYPE: StepType = StepType {
    name: "rds.restore-snapshot",
    doc: "Restores the newest usable snapshot of an RDS instance, a copy of \
          one in another Region among them, to a new instance beside it. \
          The new one has no public address and carries the tag of the \
          incident or drill that made it. What it could reach from its \
          subnets and security groups is looked at; with `closed = true` \
          nothing may be. A name is taken once: after a lost answer a look \
          at it tells what happened.",
    example: r#"
[[step]]
id = "restore"
kind = "rds.restore-snapshot"
title = "Restore {primary} as drill-copy"
account = "{account}"
region = "{to}"
source = "{primary}"
instance = "drill-copy"
class = "db.t4g.medium"
subnet_group = "drill-closed"
security_groups = ["sg-0drill"]
closed = true
expect = "20m"
timeout = "1h"
"#,
    outputs: &["host", "port", "snapshot", "data_time"],
    parse,
};

/// A restore that was taken shows the instance within this time.
const PROPAGATION: SignedDuration = SignedDuration::from_mins(2);

/// How RDS names an instance (Amazon RDS user guide, "Naming constraints");
/// it keeps them in lower case.
const NAME: &str = "[a-z][a-z0-9-]{0,62}";

#[derive(Debug)]
struct RestoreSnapshot {
    account: Text,
    region: Text,
    source: Text,
    instance: Text,
    class: Option<Text>,
    subnets: Text,
    guards: Vec<Text>,
    closed: bool,
}

fn parse(fields: &mut Fields<'_>) -> Option<Box<dyn Step>> {
    let account = fields.needed_text("account");
    let region = fields.needed_text("region");
    let source = fields.needed_text("source");
    let instance = fields.needed_text("instance");
    let class = fields.text("class");
    let subnets = fields.needed_text("subnet_group");
    let guards = fields.texts("security_groups").unwrap_or_default();
    let closed = fields.flag("closed").unwrap_or(false);
    Some(Box::new(RestoreSnapshot {
        account: account?,
        region: region?,
        source: source?,
        instance: instance?,
        class,
        subnets: subnets?,
        guards,
        closed,
    }))
}

struct Target {
    account: String,
    region: String,
    source: String,
    instance: String,
    class: Option<String>,
    subnets: String,
    guards: Vec<String>,
}

impl RestoreSnapshot {
    fn target(&self, scene: &Scene<'_>) -> Result<Target, Missing> {
        let class = self.class.as_ref();
        let guards = self.guards.iter().map(|text| scene.fill(text));
        Ok(Target {
            account: scene.fill(&self.account)?,
            region: scene.fill(&self.region)?,
            source: scene.fill(&self.source)?,
            instance: scene.fill(&self.instance)?,
            class: class.map(|text| scene.fill(text)).transpose()?,
            subnets: scene.fill(&self.subnets)?,
            guards: guards.collect::<Result<_, _>>()?,
        })
    }
}

impl Target {
    fn at(&self, what: What) -> Source {
        let account = Account::new(&self.account);
        Source::aws(&account, &Region::new(&self.region), what)
    }

    fn copy(&self) -> Source {
        instance_source(&self.account, &self.region, &self.instance)
    }

    fn snapshots(&self) -> Source {
        self.at(What::SnapshotsOf(self.source.clone()))
    }

    fn reach(&self) -> Source {
        let (subnets, guards) = (self.subnets.clone(), self.guards.clone());
        self.at(What::Reach { subnets, guards })
    }

    /// The newest snapshot that can be restored.
    fn newest(&self, scene: &Scene<'_>) -> Result<RecoveryPoint, Blocked> {
        let look = self.snapshots();
        let seen = seen(scene, &look, scene.since)
            .map_err(|why| Blocked { why, looks: vec![look] })?;
        let Found::Points(points) = seen.found else {
            return Err(Blocked::because("snapshots were not told"));
        };
        let usable = points.iter().filter(|point| {
            point.status() == PointStatus::Usable
                && point.resource().tail() == self.source
        });
        let newest = usable.max_by_key(|p| (p.data_time(), p.created()));
        newest.cloned().ok_or_else(|| {
            let Target { source, region, .. } = self;
            let why = format!("{region} has no usable snapshot of {source}");
            Blocked::because(why)
        })
    }

    /// Where the copy could send to.
    fn seen_reach<'a>(&self, scene: &Scene<'a>) -> Result<&'a Reach, Blocked> {
        let look = self.reach();
        let seen = seen(scene, &look, scene.since)
            .map_err(|why| Blocked { why, looks: vec![look] })?;
        match seen.found {
            Found::Reach(reach) => Ok(reach),
            _ => Err(Blocked::because("its reach was not told")),
        }
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
}

/// Who made an instance, as its tags tell.
fn made_by(found: &DbInstance) -> String {
    let ours = |(key, _): &(&String, &String)| key.starts_with("lifeboat:");
    found.tags.iter().find(ours).map_or_else(
        || "no incident and no drill of lifeboat made it".to_owned(),
        |(key, value)| format!("its tag says {key} = {value}"),
    )
}

impl Step for RestoreSnapshot {
    fn texts(&self) -> Vec<&Text> {
        let own = [&self.account, &self.region, &self.source, &self.instance];
        let own = own.into_iter().chain(&self.class);
        own.chain([&self.subnets]).chain(&self.guards).collect()
    }

    fn level(&self) -> Level {
        Level::Moderate
    }

    fn calls(&self) -> &'static [&'static str] {
        &[rds::RestoreInstance::ACTION]
    }

    fn looks(&self, scene: &Scene<'_>) -> Vec<Source> {
        let Ok(target) = self.target(scene) else { return Vec::new() };
        vec![target.copy(), target.snapshots(), target.reach()]
    }

    fn bound_looks(&self, scene: &Scene<'_>) -> Vec<Source> {
        self.looks(scene)
    }

    fn answer_looks(&self, scene: &Scene<'_>, _: &Answers) -> Vec<Source> {
        self.target(scene).iter().map(Target::copy).collect()
    }

    fn propagation(&self) -> SignedDuration {
        PROPAGATION
    }

    fn plan(&self, scene: &Scene<'_>) -> Result<Plan, Blocked> {
        let target = self.target(scene)?;
        target.is_free(scene)?;
        let point = target.newest(scene)?;
        let reach = target.seen_reach(scene)?;
        if self.closed && !reach.is_closed() {
            let why = format!(
                "it is to reach nothing, and would from {}: {}",
                target.subnets,
                reach.words()
            );
            return Err(Blocked::because(why));
        }
        Ok(plan(scene, target, &point, reach))
    }

    fn settled(&self, scene: &Scene<'_>, answers: &Answers) -> Settled {
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
        let at = moment(seen.at);
        match found {
            Some(found) if ours(&found) => came(found, answers, &at),
            Some(found) if late => {
                let by = made_by(found);
                let why = format!("{id} is another one: {by}");
                Settled::NotDone { why }
            }
            None if late => {
                let why = format!("there was no {id} at {at}");
                Settled::NotDone { why }
            }
            _ => Settled::CannotTell { why: format!("no {id} of ours yet") },
        }
    }
}

fn plan(
    scene: &Scene<'_>,
    target: Target,
    point: &RecoveryPoint,
    reach: &Reach,
) -> Plan {
    let (key, incident) = scene.tag();
    let mut tags = BTreeMap::from([(key.to_owned(), incident.to_owned())]);
    // What policies ask of before they let anything of ours be deleted.
    tags.insert(INCIDENT_TAG.to_owned(), incident.to_owned());
    let data = point.data_time().map_or("unknown".to_owned(), moment);
    let Target { account, region, source, instance, .. } = target;
    let bound = |field: String, value: String| Bound { field, value };
    let snapshot = point.arn();
    Plan {
        step: String::new(),
        effect: format!(
            "{instance} is made in {region} of the newest snapshot of \
             {source}, and costs until it is deleted. {source} is not \
             touched."
        ),
        loss: None,
        expect: None,
        undo: Undo::By(format!("delete {instance}")),
        level: Level::Moderate,
        bound: vec![
            bound(format!("snapshot of {source}"), snapshot.to_string()),
            bound(format!("instances called {instance}"), "none".into()),
            bound(format!("reach of {instance}"), reach.words()),
        ],
        before: vec![
            format!("{} holds the writes up to {data}", snapshot.tail()),
            format!("{instance}: {}", reach.words()),
        ],
        after: vec![format!(
            "{instance} is available and has the tag {key} = {incident}"
        )],
        typed: None,
        readback: None,
        second: Second::Off,
        calls: vec![Call::RdsRestoreInstance(rds::RestoreInstance {
            account: Account::new(account),
            region: Region::new(region),
            instance,
            snapshot: snapshot.clone(),
            class: target.class,
            subnets: target.subnets,
            guards: target.guards,
            tags,
        })],
    }
}

/// The instance is there and ours.
fn came(found: &DbInstance, answers: &Answers, at: &str) -> Settled {
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
    let call = answers.plan.as_ref().and_then(|plan| plan.calls.first());
    let snapshot = match call {
        Some(Call::RdsRestoreInstance(rds::RestoreInstance {
            snapshot,
            ..
        })) => snapshot.tail(),
        _ => "unknown",
    };
    let before = answers.plan.as_ref().and_then(|plan| plan.before.first());
    let data = before.and_then(|text| text.rsplit(' ').next());
    let outputs = Values::from([
        ("host".to_owned(), host.clone()),
        ("port".to_owned(), port.to_string()),
        ("snapshot".to_owned(), snapshot.to_owned()),
        ("data_time".to_owned(), data.unwrap_or("unknown").to_owned()),
    ]);
    let evidence = vec![
        format!("{} is available at {at}", found.id),
        format!("it was made of {snapshot}"),
    ];
    Settled::Done { outputs, evidence }
}
