//! `ecs.set-desired-count`: how many tasks an ECS service shall run.

use super::place::Place;
use super::setting::{Field, Sets, Setting, Thing, number, parts, the_one};
use super::{Blocked, Call, Fields, Missing, Scene, Step, StepType, Text};
use crate::estate::part::ecs::EcsService;
use crate::estate::part::{Kind, Part};
use crate::estate::{Found, Source, What};
use crate::runbook::call::ecs;

pub(super) const TYPE: StepType = StepType {
    name: "ecs.set-desired-count",
    doc: "Sets how many tasks an ECS service shall run. Done when ECS tells \
          that number and as many run; while they are started it is under \
          way. The number before is told as `before`, for a step that undoes \
          it. Where a service scales itself, Application Auto Scaling may \
          set another number afterwards.",
    example: r#"
[[step]]
id = "scale"
kind = "ecs.set-desired-count"
title = "Start the tasks of {service}"
account = "{account}"
region = "{to}"
cluster = "learn-web"
service = "{service}"
count = "2"
expect = "3m"
timeout = "15m"
"#,
    outputs: &["before", "after"],
    parse,
};

const COUNT: &str = "desired count";

#[derive(Debug)]
struct DesiredCount {
    place: Place,
    cluster: Text,
    service: Text,
    count: Text,
}

fn parse(fields: &mut Fields<'_>) -> Option<Box<dyn Step>> {
    let place = Place::read(fields);
    let cluster = fields.needed_text("cluster");
    let service = fields.needed_text("service");
    let count = fields.needed_text("count");
    Some(Box::new(Sets(DesiredCount {
        place: place?,
        cluster: cluster?,
        service: service?,
        count: count?,
    })))
}

impl DesiredCount {
    fn one<'a>(
        &self,
        scene: &Scene<'_>,
        found: &'a Found,
    ) -> Result<&'a EcsService, Blocked> {
        let cluster = scene.fill(&self.cluster)?;
        let service = scene.fill(&self.service)?;
        let all = parts(found)?.iter().filter_map(|part| match part {
            Part::EcsService(service) => Some(service),
            _ => None,
        });
        let what = format!("service {service} in cluster {cluster}");
        the_one(all, &what, |item| {
            item.cluster == cluster
                && (item.name == service || item.arn == service)
        })
    }
}

impl Setting for DesiredCount {
    fn texts(&self) -> Vec<&Text> {
        let own = [&self.cluster, &self.service, &self.count];
        self.place.texts().into_iter().chain(own).collect()
    }

    fn calls(&self) -> &'static [&'static str] {
        &[ecs::SetDesiredCount::ACTION]
    }

    fn look(&self, scene: &Scene<'_>) -> Result<Source, Missing> {
        self.place.look(scene, What::Parts(Kind::EcsService))
    }

    fn thing(
        &self,
        scene: &Scene<'_>,
        found: &Found,
    ) -> Result<Thing, Blocked> {
        let service = self.one(scene, found)?;
        let desired = service.desired.map(|n| (COUNT, n.to_string()));
        let behind = match (service.desired, service.running) {
            (Some(desired), Some(running)) if running != desired => {
                let failed = service.failed.as_ref();
                let why = failed.map_or(String::new(), |w| format!(": {w}"));
                Some(format!("{running} of {desired} tasks run{why}"))
            }
            (_, None) => Some("ECS does not tell how many run".to_owned()),
            _ => None,
        };
        Ok(Thing {
            name: service.name.clone(),
            fields: desired.into_iter().collect(),
            rests_on: vec![("status", service.status.clone())],
            behind,
        })
    }

    fn wanted(&self, scene: &Scene<'_>) -> Result<Vec<Field>, Blocked> {
        let count = number(scene, &self.count, 0)?;
        Ok(vec![(COUNT, count.to_string())])
    }

    fn call(
        &self,
        scene: &Scene<'_>,
        found: &Found,
        _: &[Field],
    ) -> Result<Call, Blocked> {
        let service = self.one(scene, found)?;
        if service.status != "ACTIVE" {
            let (name, status) = (&service.name, &service.status);
            return Err(Blocked::because(format!("{name} is {status}")));
        }
        let (account, region) = self.place.of(scene)?;
        Ok(Call::EcsSetDesiredCount(ecs::SetDesiredCount {
            account,
            region,
            cluster: service.cluster.clone(),
            service: service.name.clone(),
            arn: service.arn.clone(),
            count: number(scene, &self.count, 0)?,
        }))
    }
}
