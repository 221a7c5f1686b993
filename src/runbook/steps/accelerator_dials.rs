//! `accelerator.set-dials`: how much traffic a Region takes from a Global
//! Accelerator.

use super::setting::{Field, Sets, Setting, Thing, number, parts, the_one};
use super::{Blocked, Call, Fields, Missing, Scene, Step, StepType, Text};
use crate::estate::ids::{Account, Region};
use crate::estate::part::edge::{Accelerator, EndpointGroup};
use crate::estate::part::{Kind, Part};
use crate::estate::{Found, Source, What};
use crate::runbook::call::{ACCELERATOR_HOME, accelerator};

pub(super) const TYPE: StepType = StepType {
    name: "accelerator.set-dials",
    doc: "Sets the traffic dial of the endpoint group that a Global \
          Accelerator has in `region`, 0 to 100; `ports` chooses one, such \
          as `443`, where several listeners have a group there. Endpoints, \
          weights and health checks of the group stay. Traffic that a dial \
          turns away goes to the other groups of the listener: a group is \
          not dialled to 0 unless another takes traffic and is healthy, and \
          not up where none of its endpoints is. The dial before is told as \
          `before`. The change is made in us-west-2, wherever the traffic \
          goes: where that Region does not answer, only the health checks \
          move traffic.",
    example: r#"
[[step]]
id = "evacuate"
kind = "accelerator.set-dials"
title = "Take {from} out of learn-live"
account = "{account}"
accelerator = "learn-live"
region = "{from}"
dial = "0"
expect = "1m"
timeout = "10m"
"#,
    outputs: &["before", "after"],
    parse,
};

const DIAL: &str = "dial";

#[derive(Debug)]
struct Dial {
    account: Text,
    accelerator: Text,
    region: Text,
    ports: Option<Text>,
    dial: Text,
}

fn parse(fields: &mut Fields<'_>) -> Option<Box<dyn Step>> {
    let account = fields.needed_text("account");
    let accelerator = fields.needed_text("accelerator");
    let region = fields.needed_text("region");
    let ports = fields.text("ports");
    let dial = fields.needed_text("dial");
    Some(Box::new(Sets(Dial {
        account: account?,
        accelerator: accelerator?,
        region: region?,
        ports,
        dial: dial?,
    })))
}

/// An endpoint group, and what it belongs to.
struct One<'a> {
    accelerator: &'a Accelerator,
    group: &'a EndpointGroup,
}

impl One<'_> {
    fn name(&self) -> String {
        format!("{} {}", self.accelerator.name, self.group.region)
    }

    /// Whether another group of the same listener takes traffic.
    fn is_relieved(&self) -> bool {
        let all = self.accelerator.groups.iter().flatten();
        let mut others = all.filter(|other| {
            other.ports == self.group.ports && other.arn != self.group.arn
        });
        others.any(|other| {
            other.dial.is_some_and(|dial| dial > 0.0)
                && other.healthy() == Some(true)
        })
    }
}

impl Dial {
    fn one<'a>(
        &self,
        scene: &Scene<'_>,
        found: &'a Found,
    ) -> Result<One<'a>, Blocked> {
        let name = scene.fill(&self.accelerator)?;
        let all = parts(found)?.iter().filter_map(|part| match part {
            Part::Accelerator(accelerator) => Some(accelerator),
            _ => None,
        });
        let what = format!("accelerator {name}");
        let accelerator =
            the_one(all, &what, |item| item.name == name || item.arn == name)?;
        let region = scene.fill(&self.region)?;
        let ports = self.ports.as_ref().map(|text| scene.fill(text));
        let ports = ports.transpose()?;
        let groups = accelerator.groups.iter().flatten().filter(|group| {
            group.region.as_str() == region
                && ports.as_ref().is_none_or(|ports| group.ports == *ports)
        });
        match groups.collect::<Vec<_>>()[..] {
            [group] => Ok(One { accelerator, group }),
            [] => Err(Blocked::because(format!(
                "{name} has no such endpoint group in {region}"
            ))),
            _ => Err(Blocked::because(format!(
                "{name} has several endpoint groups in {region}: `ports` \
                 must name one"
            ))),
        }
    }

    fn dial(&self, scene: &Scene<'_>) -> Result<u8, Blocked> {
        let told = number(scene, &self.dial, 0)?;
        let dial = u8::try_from(told).ok().filter(|dial| *dial <= 100);
        dial.ok_or_else(|| {
            Blocked::because(format!("{told} is more than a dial's 100"))
        })
    }
}

impl Setting for Dial {
    fn texts(&self) -> Vec<&Text> {
        let own = [&self.account, &self.accelerator, &self.region, &self.dial];
        own.into_iter().chain(&self.ports).collect()
    }

    fn calls(&self) -> &'static [&'static str] {
        &[accelerator::SetDial::ACTION]
    }

    fn look(&self, scene: &Scene<'_>) -> Result<Source, Missing> {
        let account = Account::new(scene.fill(&self.account)?);
        let home = Region::new(ACCELERATOR_HOME);
        let what = What::Parts(Kind::Accelerator);
        Ok(Source::aws(&account, &home, what))
    }

    fn thing(
        &self,
        scene: &Scene<'_>,
        found: &Found,
    ) -> Result<Thing, Blocked> {
        let one = self.one(scene, found)?;
        let status = &one.accelerator.status;
        let dial = one.group.dial.map(|dial| (DIAL, dial.to_string()));
        let enabled = match one.accelerator.enabled {
            Some(true) => "enabled",
            Some(false) => "disabled",
            None => "not told",
        };
        Ok(Thing {
            name: one.name(),
            fields: dial.into_iter().collect(),
            rests_on: vec![("accelerator", enabled.into())],
            behind: (status != "DEPLOYED")
                .then(|| format!("{} is {status}", one.accelerator.name)),
        })
    }

    fn wanted(&self, scene: &Scene<'_>) -> Result<Vec<Field>, Blocked> {
        Ok(vec![(DIAL, self.dial(scene)?.to_string())])
    }

    fn call(
        &self,
        scene: &Scene<'_>,
        found: &Found,
        _: &[Field],
    ) -> Result<Call, Blocked> {
        let one = self.one(scene, found)?;
        let (name, dial) = (one.name(), self.dial(scene)?);
        let is = one.group.dial.unwrap_or_default();
        if one.accelerator.enabled == Some(false) {
            let name = &one.accelerator.name;
            let why = format!("{name} is disabled: it takes no traffic");
            return Err(Blocked::because(why));
        }
        if dial == 0 && is > 0.0 && !one.is_relieved() {
            return Err(Blocked::because(format!(
                "{name} cannot be dialled to 0: no other endpoint group of \
                 port {} is known to be healthy and to take traffic",
                one.group.ports
            )));
        }
        if f64::from(dial) > is && one.group.healthy() == Some(false) {
            return Err(Blocked::because(format!(
                "{name} cannot be dialled up: none of its endpoints is \
                 healthy"
            )));
        }
        Ok(Call::AcceleratorSetDial(accelerator::SetDial {
            account: Account::new(scene.fill(&self.account)?),
            name,
            group: one.group.arn.clone(),
            dial,
        }))
    }
}

#[cfg(test)]
mod tests {
    use super::super::tests::traffic::accelerator;
    use super::super::tests::{around, scene, see, values};
    use super::super::{Plan, step_type};
    use super::*;
    use crate::estate::Estate;
    use crate::runbook::Runbook;

    fn planned(seen: Accelerator, dial: &str) -> Result<Plan, Blocked> {
        let kind = step_type(TYPE.name).unwrap();
        let text = around(kind);
        let text = text.replace("dial = \"0\"", &format!("dial = {dial:?}"));
        let runbook = Runbook::parse(&text, "x").unwrap();
        let mut estate = Estate::default();
        let found = Found::Parts([Part::from(seen)].into());
        let what = What::Parts(Kind::Accelerator);
        see(&mut estate, ACCELERATOR_HOME, what, found, 0);
        let values = values();
        let scene = scene(&estate, &values, None);
        runbook.steps.last().unwrap().does.plan(&scene)
    }

    fn with(dials: [f64; 2], health: &str) -> Accelerator {
        let mut seen = accelerator();
        for (group, dial) in seen.groups.iter_mut().flatten().zip(dials) {
            group.dial = Some(dial);
            group.endpoints[0].health = Some(health.into());
        }
        seen
    }

    #[test]
    fn the_last_group_that_takes_traffic_is_not_dialled_to_nothing() {
        let plan = planned(with([100.0, 100.0], "HEALTHY"), "0").unwrap();
        assert_eq!(plan.effect, "learn-live eu-west-1: dial 100 -> dial 0");
        for alone in [
            with([100.0, 0.0], "HEALTHY"),
            with([100.0, 100.0], "UNHEALTHY"),
            with([100.0, 100.0], "INITIAL"),
        ] {
            let why = planned(alone, "0").unwrap_err().why;
            assert!(why.contains("cannot be dialled to 0"), "{why}");
        }
    }

    #[test]
    fn a_group_without_a_healthy_endpoint_is_not_dialled_up() {
        let seen = with([0.0, 100.0], "UNHEALTHY");
        let why = planned(seen, "50").unwrap_err().why;
        assert!(why.contains("none of its endpoints"), "{why}");
        let why = planned(accelerator(), "101").unwrap_err().why;
        assert!(why.contains("more than"), "{why}");
    }

    #[test]
    fn of_several_listeners_one_must_be_named() {
        let mut seen = accelerator();
        let groups = seen.groups.as_mut().unwrap();
        let mut other = groups[0].clone();
        other.ports = "80".into();
        groups.push(other);
        let why = planned(seen, "0").unwrap_err().why;
        assert!(why.contains("`ports`"), "{why}");
    }
}
