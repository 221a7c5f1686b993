//! `events.enable-rule`, `events.disable-rule`: whether a rule of EventBridge
//! is in force.

use super::place::Place;
use super::setting::{Field, Sets, Setting, Thing, parts, the_one};
use super::{Blocked, Call, Fields, Missing, Scene, Step, StepType, Text};
use crate::estate::part::events::Rule;
use crate::estate::part::{Kind, Part};
use crate::estate::{Found, Source, What};
use crate::runbook::call::events;

pub(super) const ENABLE: StepType = StepType {
    name: "events.enable-rule",
    doc: "Puts a rule of EventBridge on the default bus in force, such as \
          one that starts jobs in the Region one recovers in. Done when \
          EventBridge tells it enabled; events take a little longer to \
          reach its targets. Only rules that are known to belong to \
          recovery are found.",
    example: r#"
[[step]]
id = "jobs"
kind = "events.enable-rule"
title = "Let the jobs of recovery start in {to}"
account = "{account}"
region = "{to}"
rule = "learn-dr-jobs"
expect = "10s"
timeout = "5m"
"#,
    outputs: &["before", "after"],
    parse: |fields| parse(fields, true),
};

pub(super) const DISABLE: StepType = StepType {
    name: "events.disable-rule",
    doc: "Takes a rule of EventBridge on the default bus out of force, such \
          as one that would start an automatic failover beside a person's. \
          Done when EventBridge tells it disabled; events may reach its \
          targets a little longer. Only rules that are known to belong to \
          recovery are found.",
    example: r#"
[[step]]
id = "calm"
kind = "events.disable-rule"
title = "Let nothing start by itself in {to}"
account = "{account}"
region = "{to}"
rule = "learn-dr-start"
expect = "10s"
timeout = "5m"
"#,
    outputs: &["before", "after"],
    parse: |fields| parse(fields, false),
};

const STATE: &str = "state";

#[derive(Debug)]
struct RuleState {
    place: Place,
    rule: Text,
    enabled: bool,
}

fn parse(fields: &mut Fields<'_>, enabled: bool) -> Option<Box<dyn Step>> {
    let place = Place::read(fields);
    let rule = fields.needed_text("rule");
    let (place, rule) = (place?, rule?);
    Some(Box::new(Sets(RuleState { place, rule, enabled })))
}

fn word(enabled: bool) -> String {
    if enabled { "enabled" } else { "disabled" }.to_owned()
}

impl RuleState {
    fn one<'a>(
        &self,
        scene: &Scene<'_>,
        found: &'a Found,
    ) -> Result<&'a Rule, Blocked> {
        let name = scene.fill(&self.rule)?;
        let all = parts(found)?.iter().filter_map(|part| match part {
            Part::Rule(rule) => Some(rule),
            _ => None,
        });
        let what = format!("rule {name} that is known to belong to recovery");
        the_one(all, &what, |item| item.name == name || item.arn == name)
    }
}

impl Setting for RuleState {
    fn texts(&self) -> Vec<&Text> {
        self.place.texts().into_iter().chain([&self.rule]).collect()
    }

    fn calls(&self) -> &'static [&'static str] {
        if self.enabled {
            &[events::EnableRule::ACTION]
        } else {
            &[events::DisableRule::ACTION]
        }
    }

    fn look(&self, scene: &Scene<'_>) -> Result<Source, Missing> {
        self.place.look(scene, What::Parts(Kind::Rule))
    }

    fn thing(
        &self,
        scene: &Scene<'_>,
        found: &Found,
    ) -> Result<Thing, Blocked> {
        let rule = self.one(scene, found)?;
        let state = rule.enabled.map(|enabled| (STATE, word(enabled)));
        Ok(Thing {
            name: rule.name.clone(),
            fields: state.into_iter().collect(),
            rests_on: vec![("what it waits for", rule.waits_for.clone())],
            behind: None,
        })
    }

    fn wanted(&self, _: &Scene<'_>) -> Result<Vec<Field>, Blocked> {
        Ok(vec![(STATE, word(self.enabled))])
    }

    fn call(
        &self,
        scene: &Scene<'_>,
        found: &Found,
        _: &[Field],
    ) -> Result<Call, Blocked> {
        let rule = self.one(scene, found)?;
        let (account, region) = self.place.of(scene)?;
        let (name, arn) = (rule.name.clone(), rule.arn.clone());
        let of = events::RuleOf { account, region, name, arn };
        Ok(if self.enabled {
            Call::EventsEnableRule(events::EnableRule(of))
        } else {
            Call::EventsDisableRule(events::DisableRule(of))
        })
    }
}
