//! `ecs.capacity`, `autoscaling.capacity`: enough of something runs, as a
//! check.
//!
//! What runs is capacity. What could be started is not: in the hour in which
//! all leave a Region, EC2 and Fargate may have none left.

use super::checking::{Checking, Checks};
use super::place::Place;
use super::seen::{Seen, moment};
use super::setting::{number, parts, the_one};
use super::{
    Blocked, Fields, Missing, Scene, Settled, Step, StepType, Text, Values,
};
use crate::estate::part::{Kind, Part};
use crate::estate::{Found, Source, What};

pub(super) const OF_SERVICE: StepType = StepType {
    name: "ecs.capacity",
    doc: "Holds when an ECS service runs at least so many tasks. Those that \
          are being started are waited for. Fewer that are asked for tell \
          nothing: whether more could be started is known once they run.",
    example: r#"
[[step]]
id = "carries"
kind = "ecs.capacity"
title = "{service} runs a task in {to}"
account = "{account}"
region = "{to}"
cluster = "learn-web"
service = "{service}"
at_least = "1"
fresh = "3m"
"#,
    outputs: &["running"],
    parse: |fields| {
        let cluster = fields.needed_text("cluster");
        let place = Place::read(fields);
        let name = fields.needed_text("service");
        capacity(fields, place?, Of::Service(cluster?), name?)
    },
};

pub(super) const OF_GROUP: StepType = StepType {
    name: "autoscaling.capacity",
    doc: "Holds when an Auto Scaling group has at least so many healthy \
          instances in service. Those that are being started are waited \
          for. Room up to its maximum tells nothing: whether EC2 has more \
          is known once they run. A group that may not grow so far, or \
          whose process Launch is suspended, does not hold.",
    example: r#"
[[step]]
id = "carries"
kind = "autoscaling.capacity"
title = "{group} has an instance in {to}"
account = "{account}"
region = "{to}"
group = "{group}"
at_least = "1"
fresh = "3m"
timeout = "15m"
"#,
    outputs: &["running"],
    parse: |fields| {
        let place = Place::read(fields);
        let name = fields.needed_text("group");
        capacity(fields, place?, Of::Group, name?)
    },
};

fn capacity(
    fields: &mut Fields<'_>,
    place: Place,
    of: Of,
    name: Text,
) -> Option<Box<dyn Step>> {
    let at_least = fields.needed_text("at_least")?;
    Some(Box::new(Checks(Capacity { place, of, name, at_least })))
}

/// What runs it: a service in a cluster, or a group.
#[derive(Debug)]
enum Of {
    Service(Text),
    Group,
}

#[derive(Debug)]
struct Capacity {
    place: Place,
    of: Of,
    name: Text,
    at_least: Text,
}

/// How many run, are asked for, and may be; and what forbids more.
struct Size {
    running: Option<i64>,
    desired: Option<i64>,
    most: Option<i64>,
    stuck: Option<String>,
}

impl Capacity {
    fn size(&self, scene: &Scene<'_>, found: &Found) -> Result<Size, Blocked> {
        let name = scene.fill(&self.name)?;
        let all = parts(found)?.iter();
        let Of::Service(cluster) = &self.of else {
            let all = all.filter_map(|part| match part {
                Part::ScalingGroup(group) => Some(group),
                _ => None,
            });
            let what = format!("Auto Scaling group {name}");
            let is = |arn: &str, own: &str| own == name || arn == name;
            let group = the_one(all, &what, |g| is(&g.arn, &g.name))?;
            let suspended = "its process Launch is suspended".to_owned();
            return Ok(Size {
                running: Some(group.in_service),
                desired: Some(group.desired),
                most: Some(group.max),
                stuck: group.cannot_launch().then_some(suspended),
            });
        };
        let cluster = scene.fill(cluster)?;
        let all = all.filter_map(|part| match part {
            Part::EcsService(service) => Some(service),
            _ => None,
        });
        let what = format!("service {name} in cluster {cluster}");
        let service = the_one(all, &what, |s| {
            s.cluster == cluster && (s.name == name || s.arn == name)
        })?;
        let stuck = (service.status != "ACTIVE")
            .then(|| format!("it is {}", service.status));
        Ok(Size {
            running: service.running,
            desired: service.desired,
            most: None,
            stuck,
        })
    }

    fn judged(
        &self,
        scene: &Scene<'_>,
        look: &Seen<'_>,
    ) -> Result<Settled, Blocked> {
        let least = number(scene, &self.at_least, 1)?;
        let name = scene.fill(&self.name)?;
        let Size { running, desired, most, stuck } =
            self.size(scene, look.found)?;
        let Some(running) = running else {
            let why = format!("nothing tells how many of {name} run");
            return Ok(Settled::CannotTell { why });
        };
        let at = moment(look.at);
        let told = format!("{running} of {name} run at {at}, of {least}");
        if running >= least {
            let outputs = [("running".to_owned(), running.to_string())];
            return Ok(Settled::Done {
                outputs: Values::from(outputs),
                evidence: vec![told],
            });
        }
        if let Some(why) = stuck {
            return Ok(Settled::NotDone { why: format!("{told}: {why}") });
        }
        if let Some(most) = most.filter(|most| *most < least) {
            let why = format!("{told}: at most {most} are allowed");
            return Ok(Settled::NotDone { why });
        }
        if desired.is_some_and(|desired| desired >= least) {
            let why = format!("{told}: the others are being started");
            return Ok(Settled::Running { why });
        }
        let why = format!("{told}: nothing tells whether there is more");
        Ok(Settled::CannotTell { why })
    }
}

impl Checking for Capacity {
    fn texts(&self) -> Vec<&Text> {
        let own = [&self.name, &self.at_least];
        let own = self.place.texts().into_iter().chain(own);
        match &self.of {
            Of::Service(cluster) => own.chain([cluster]).collect(),
            Of::Group => own.collect(),
        }
    }

    fn looks(&self, scene: &Scene<'_>) -> Result<Vec<Source>, Missing> {
        let kind = match self.of {
            Of::Service(_) => Kind::EcsService,
            Of::Group => Kind::ScalingGroup,
        };
        Ok(vec![self.place.look(scene, What::Parts(kind))?])
    }

    fn verdict(&self, scene: &Scene<'_>, told: &[Seen<'_>]) -> Settled {
        let [look] = told else {
            return Settled::CannotTell { why: "nothing was seen".into() };
        };
        // What is not there carries nobody.
        let judged = self.judged(scene, look);
        judged.unwrap_or_else(|blocked| Settled::NotDone { why: blocked.why })
    }
}
