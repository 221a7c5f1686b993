//! `rds.restore-snapshot`: makes an instance of the newest snapshot.

use jiff::SignedDuration;

use super::new_instance::{MadeOf, NewInstance, PROPAGATION, Target};
use super::seen::{looked, moment};
use super::{
    Answers, Blocked, Call, Fields, Level, Plan, Scene, Settled, Step,
    StepType, Text, Values,
};
use crate::estate::recovery_point::RecoveryPoint;
use crate::estate::resource::PointStatus;
use crate::estate::{Found, Source, What};
use crate::runbook::call::rds;

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

#[derive(Debug)]
struct RestoreSnapshot(NewInstance);

fn parse(fields: &mut Fields<'_>) -> Option<Box<dyn Step>> {
    Some(Box::new(RestoreSnapshot(NewInstance::read(fields)?)))
}

fn snapshots(target: &Target) -> Source {
    target.at(What::SnapshotsOf(target.source.clone()))
}

/// The newest snapshot that can be restored.
fn newest(
    scene: &Scene<'_>,
    target: &Target,
) -> Result<RecoveryPoint, Blocked> {
    let Found::Points(points) = looked(scene, &snapshots(target))?.found
    else {
        return Err(Blocked::because("snapshots were not told"));
    };
    let usable = points.iter().filter(|point| {
        point.status() == PointStatus::Usable
            && point.resource().tail() == target.source
    });
    let newest = usable.max_by_key(|p| (p.data_time(), p.created()));
    newest.cloned().ok_or_else(|| {
        let Target { source, region, .. } = target;
        let why = format!("{region} has no usable snapshot of {source}");
        Blocked::because(why)
    })
}

impl Step for RestoreSnapshot {
    fn texts(&self) -> Vec<&Text> {
        self.0.texts().collect()
    }

    fn level(&self) -> Level {
        Level::Moderate
    }

    fn calls(&self) -> &'static [&'static str] {
        &[rds::RestoreInstance::ACTION]
    }

    fn looks(&self, scene: &Scene<'_>) -> Vec<Source> {
        let Ok(target) = self.0.target(scene) else { return Vec::new() };
        vec![target.copy(), snapshots(&target), target.reach()]
    }

    fn bound_looks(&self, scene: &Scene<'_>) -> Vec<Source> {
        self.looks(scene)
    }

    fn answer_looks(&self, scene: &Scene<'_>, _: &Answers) -> Vec<Source> {
        self.0.target(scene).iter().map(Target::copy).collect()
    }

    fn propagation(&self) -> SignedDuration {
        PROPAGATION
    }

    fn plan(&self, scene: &Scene<'_>) -> Result<Plan, Blocked> {
        let target = self.0.target(scene)?;
        let reach = self.0.reach(scene, &target)?;
        let point = newest(scene, &target)?;
        let data = point.data_time().map_or("unknown".to_owned(), moment);
        let source = &target.source;
        let snapshot = point.arn();
        let of = MadeOf {
            words: format!("the newest snapshot of {source}"),
            bound: (format!("snapshot of {source}"), snapshot.to_string()),
            before: format!(
                "{} holds the writes up to {data}",
                snapshot.tail()
            ),
        };
        let call = Call::RdsRestoreInstance(rds::RestoreInstance {
            account: target.account.clone(),
            region: target.region.clone(),
            instance: target.instance.clone(),
            snapshot: snapshot.clone(),
            class: target.class.clone(),
            subnets: target.subnets.clone(),
            guards: target.guards.clone(),
            tags: Target::tags(scene),
        });
        Ok(target.plan(scene, of, reach, call))
    }

    fn settled(&self, scene: &Scene<'_>, answers: &Answers) -> Settled {
        let snapshot = match answers.call() {
            Some(Call::RdsRestoreInstance(call)) => call.snapshot.tail(),
            _ => "unknown",
        };
        let told = Values::from([("snapshot".to_owned(), snapshot.into())]);
        self.0.settled(scene, answers, told)
    }
}
