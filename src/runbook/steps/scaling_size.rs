//! `autoscaling.set-size`: how many instances an Auto Scaling group has.

use super::place::Place;
use super::setting::{Field, Sets, Setting, Thing, number, parts, the_one};
use super::{Blocked, Call, Fields, Missing, Scene, Step, StepType, Text};
use crate::estate::part::autoscaling::ScalingGroup;
use crate::estate::part::{Kind, Part};
use crate::estate::{Found, Source, What};
use crate::runbook::call::autoscaling;

pub(super) const TYPE: StepType = StepType {
    name: "autoscaling.set-size",
    doc: "Sets how many instances an Auto Scaling group shall have, and the \
          fewest and the most that it may. What is left out stays; `desired` \
          must lie between the two. Done when EC2 Auto Scaling tells these \
          numbers and as many instances are in service; while they are \
          started it is under way. Not planned where the group's process \
          `Launch` is suspended and it would have to grow.",
    example: r#"
[[step]]
id = "grow"
kind = "autoscaling.set-size"
title = "Start the instances of {group}"
account = "{account}"
region = "{to}"
group = "{group}"
min = "1"
desired = "2"
expect = "4m"
timeout = "20m"
"#,
    outputs: &[
        "before",
        "after",
        "before_min",
        "before_max",
        "before_desired",
        "after_min",
        "after_max",
        "after_desired",
    ],
    parse,
};

#[derive(Debug)]
struct Size {
    place: Place,
    group: Text,
    min: Option<Text>,
    max: Option<Text>,
    desired: Option<Text>,
}

fn parse(fields: &mut Fields<'_>) -> Option<Box<dyn Step>> {
    let place = Place::read(fields);
    let group = fields.needed_text("group");
    let [min, max, desired] =
        ["min", "max", "desired"].map(|key| fields.text(key));
    if min.is_none() && max.is_none() && desired.is_none() {
        let told = "one of `min`, `max`, `desired` is set";
        fields.wrong(fields.span(), "missing-key", told, "");
    }
    Some(Box::new(Sets(Size {
        place: place?,
        group: group?,
        min,
        max,
        desired,
    })))
}

impl Size {
    fn one<'a>(
        &self,
        scene: &Scene<'_>,
        found: &'a Found,
    ) -> Result<&'a ScalingGroup, Blocked> {
        let name = scene.fill(&self.group)?;
        let all = parts(found)?.iter().filter_map(|part| match part {
            Part::ScalingGroup(group) => Some(group),
            _ => None,
        });
        let what = format!("Auto Scaling group {name}");
        the_one(all, &what, |item| item.name == name || item.arn == name)
    }

    fn bounds(&self) -> [(&'static str, &Option<Text>); 3] {
        let Size { min, max, desired, .. } = self;
        [("min", min), ("max", max), ("desired", desired)]
    }
}

impl Setting for Size {
    fn texts(&self) -> Vec<&Text> {
        let own = self.place.texts().into_iter().chain([&self.group]);
        let bounds = self.bounds().into_iter().filter_map(|(_, b)| b.as_ref());
        own.chain(bounds).collect()
    }

    fn calls(&self) -> &'static [&'static str] {
        &[autoscaling::SetSize::ACTION]
    }

    fn look(&self, scene: &Scene<'_>) -> Result<Source, Missing> {
        self.place.look(scene, What::Parts(Kind::ScalingGroup))
    }

    fn thing(
        &self,
        scene: &Scene<'_>,
        found: &Found,
    ) -> Result<Thing, Blocked> {
        let group = self.one(scene, found)?;
        let ScalingGroup { min, max, desired, in_service, .. } = *group;
        let behind = (in_service != desired)
            .then(|| format!("{in_service} of {desired} are in service"));
        Ok(Thing {
            name: group.name.clone(),
            fields: vec![
                ("min", min.to_string()),
                ("max", max.to_string()),
                ("desired", desired.to_string()),
            ],
            rests_on: vec![("suspended processes", {
                let suspended = group.suspended.join(", ");
                if suspended.is_empty() { "none".into() } else { suspended }
            })],
            behind,
        })
    }

    fn wanted(&self, scene: &Scene<'_>) -> Result<Vec<Field>, Blocked> {
        let mut wanted = Vec::new();
        for (name, text) in self.bounds() {
            if let Some(text) = text {
                wanted.push((name, number(scene, text, 0)?.to_string()));
            }
        }
        Ok(wanted)
    }

    fn call(
        &self,
        scene: &Scene<'_>,
        found: &Found,
        _: &[Field],
    ) -> Result<Call, Blocked> {
        let group = self.one(scene, found)?;
        let set = |text: &Option<Text>| {
            text.as_ref().map(|text| number(scene, text, 0)).transpose()
        };
        let (min, max) = (set(&self.min)?, set(&self.max)?);
        let desired = set(&self.desired)?;
        let (least, most) =
            (min.unwrap_or(group.min), max.unwrap_or(group.max));
        let size = desired.unwrap_or(group.desired);
        let name = &group.name;
        if least > most || !(least..=most).contains(&size) {
            return Err(Blocked::because(format!(
                "{name} would have {size} instances of {least} to {most}: \
                 EC2 Auto Scaling would refuse that"
            )));
        }
        if size > group.in_service && group.cannot_launch() {
            return Err(Blocked::because(format!(
                "{name} cannot grow: its process Launch is suspended"
            )));
        }
        let (account, region) = self.place.of(scene)?;
        Ok(Call::AutoScalingSetSize(autoscaling::SetSize {
            account,
            region,
            group: group.name.clone(),
            arn: group.arn.clone(),
            min,
            max,
            desired,
        }))
    }
}
