//! ARC routing controls: clusters, their endpoints, switches, safety rules.

use std::collections::BTreeMap;

use jiff::Timestamp;
use serde::{Deserialize, Serialize};

use super::{Health, Told};
use crate::estate::ids::Region;

/// A cluster of routing controls, as its configuration in `us-west-2` tells
/// it. Kept, because that Region may be dark when the endpoints are needed.
// https://docs.aws.amazon.com/r53recovery/latest/dg/route53-arc-best-practices.regional.html
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct ArcCluster {
    /// Its ARN.
    pub arn: String,
    /// Its name.
    pub name: String,
    /// `DEPLOYED`, `PENDING` or `PENDING_DELETION`.
    pub status: String,
    /// Its endpoints, five of them once it is deployed.
    pub endpoints: Vec<Endpoint>,
    /// Its control panels; none if not told.
    pub panels: Option<Vec<Panel>>,
    /// What could not be asked, and why.
    pub unknown: Vec<String>,
}

/// One endpoint of a cluster.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Endpoint {
    /// The Region it lies in, and that requests are signed for.
    pub region: Region,
    /// Its URL.
    pub url: String,
}

/// A control panel: switches that belong together.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Panel {
    /// Its ARN.
    pub arn: String,
    /// Its name.
    pub name: String,
    /// Its routing controls as ARN and name; none if not told.
    pub controls: Option<Vec<(String, String)>>,
    /// Its safety rules; none if not told.
    pub rules: Option<Vec<SafetyRule>>,
}

/// What a safety rule holds.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum RuleKind {
    /// A condition on the switches after a change.
    Assertion,
    /// Switches that must allow a change of others.
    Gating,
}

/// A safety rule. A change that breaks it is refused.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct SafetyRule {
    /// Its ARN.
    pub arn: String,
    /// Its name.
    pub name: String,
    /// What it holds.
    pub kind: RuleKind,
    /// ARNs of the routing controls that it guards.
    pub guards: Vec<String>,
    /// ARNs of the routing controls that open it, for gating rules.
    pub gates: Vec<String>,
    /// `ATLEAST`, `AND` or `OR`.
    pub operator: String,
    /// How many must be on, for `ATLEAST`.
    pub threshold: i64,
    /// Whether it holds when its condition does not.
    pub inverted: bool,
    /// Milliseconds after a change in which another is refused.
    pub wait_ms: i64,
}

impl ArcCluster {
    /// Every safety rule of every panel.
    pub fn rules(&self) -> impl Iterator<Item = &SafetyRule> {
        let panels = self.panels.iter().flatten();
        panels.flat_map(|panel| panel.rules.iter().flatten())
    }
}

impl Told for ArcCluster {
    fn id(&self) -> &str {
        &self.arn
    }

    fn name(&self) -> &str {
        &self.name
    }

    fn state(&self) -> (Health, String) {
        let count = self.endpoints.len();
        match self.status.as_str() {
            "DEPLOYED" if count >= 5 => {
                (Health::Good, format!("{count} endpoints known"))
            }
            "DEPLOYED" => {
                (Health::Warn, format!("only {count} endpoints known"))
            }
            "PENDING" => (Health::Warn, "being deployed".to_owned()),
            "" => (Health::Unknown, "status not told".to_owned()),
            _ => (Health::Bad, "being deleted".to_owned()),
        }
    }

    fn facts(&self) -> Vec<(&'static str, String)> {
        let mut facts = Vec::new();
        for panel in self.panels.iter().flatten() {
            let controls = panel.controls.as_ref().map(|controls| {
                let names = controls.iter().map(|(_, name)| name.as_str());
                names.collect::<Vec<_>>().join(", ")
            });
            let controls = controls.unwrap_or_else(|| "not told".to_owned());
            facts.push((
                "control panel",
                format!("{}: {controls}", panel.name),
            ));
            if panel.rules.is_none() {
                let told = format!("{}: not told", panel.name);
                facts.push(("safety rules", told));
            }
        }
        if self.panels.is_none() {
            facts.push(("control panels", "not told".to_owned()));
        }
        facts.extend(self.rules().map(|rule| ("safety rule", rule.text())));
        facts.extend(
            self.endpoints
                .iter()
                .map(|e| ("endpoint", format!("{} {}", e.region, e.url))),
        );
        facts.extend(self.unknown.iter().map(|u| ("unknown", u.clone())));
        facts
    }

    fn unknown(&self) -> &[String] {
        &self.unknown
    }
}

impl SafetyRule {
    /// Whether it lets a change pass, with the states of controls by ARN now
    /// and then; none where a state that it counts is not told.
    // https://docs.aws.amazon.com/r53recovery/latest/dg/routing-control.safety-rules.html
    pub fn holds(
        &self,
        now: &BTreeMap<&str, bool>,
        then: &BTreeMap<&str, bool>,
    ) -> Option<bool> {
        let (counted, states) = match self.kind {
            RuleKind::Assertion => (&self.guards, then),
            RuleKind::Gating => (&self.gates, now),
        };
        let on: Option<Vec<bool>> =
            counted.iter().map(|arn| states.get(&**arn).copied()).collect();
        let on = on?;
        let count = on.iter().filter(|on| **on).count();
        let met = match self.operator.as_str() {
            "ATLEAST" => i64::try_from(count).ok()? >= self.threshold,
            "AND" => count == on.len(),
            "OR" => count > 0,
            _ => return None,
        };
        Some(met != self.inverted)
    }

    /// What it demands, in a phrase.
    pub fn text(&self) -> String {
        let not = if self.inverted { "not " } else { "" };
        let of = |arns: &[String]| arns.len();
        let demand = match (self.kind, self.operator.as_str()) {
            (RuleKind::Assertion, "ATLEAST") => format!(
                "{not}at least {} of {} on",
                self.threshold,
                of(&self.guards)
            ),
            (RuleKind::Assertion, "AND") => {
                format!("{not}all {} on", of(&self.guards))
            }
            (RuleKind::Assertion, _) => {
                format!("{not}any of {} on", of(&self.guards))
            }
            (RuleKind::Gating, _) => format!(
                "{} gates let {} others change",
                of(&self.gates),
                of(&self.guards)
            ),
        };
        let wait = match self.wait_ms {
            0 => String::new(),
            ms => format!(", waits {} s between changes", (ms + 999) / 1000),
        };
        format!("{}: {demand}{wait}", self.name)
    }
}

/// The switches of a cluster, as one of its endpoints tells them.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Switches {
    /// The ARN of the cluster.
    pub cluster: String,
    /// The cluster's name.
    pub name: String,
    /// The Region of the endpoint that told.
    pub by: Region,
    /// The routing controls.
    pub controls: Vec<Switch>,
    /// How each endpoint answered when it was asked last.
    pub endpoints: Vec<Tried>,
}

/// One routing control.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Switch {
    /// Its ARN.
    pub arn: String,
    /// Its name.
    pub name: String,
    /// The name of its control panel.
    pub panel: String,
    /// Whether traffic flows; none for a word that we do not know.
    pub on: Option<bool>,
}

/// How an endpoint answered.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Tried {
    /// Its Region.
    pub region: Region,
    /// Since when it has answered so; none if it was not asked yet.
    pub since: Option<Timestamp>,
    /// Why it did not answer; none if it did.
    pub failure: Option<String>,
}

impl Switches {
    /// The control panels with their switches, by name.
    pub fn panels(&self) -> Vec<(&str, Vec<&Switch>)> {
        let mut panels: Vec<(&str, Vec<&Switch>)> = Vec::new();
        for control in &self.controls {
            let at =
                panels.iter_mut().find(|(name, _)| *name == control.panel);
            match at {
                Some((_, controls)) => controls.push(control),
                None => panels.push((&control.panel, vec![control])),
            }
        }
        panels
    }

    /// The endpoints that did not answer when they were asked last.
    pub fn silent(&self) -> impl Iterator<Item = &Tried> {
        self.endpoints.iter().filter(|tried| tried.failure.is_some())
    }
}

impl Told for Switches {
    fn id(&self) -> &str {
        &self.cluster
    }

    fn name(&self) -> &str {
        &self.name
    }

    fn state(&self) -> (Health, String) {
        let silent = self.silent().count();
        let on = self.controls.iter().filter(|c| c.on == Some(true)).count();
        let told = format!("{on} of {} on", self.controls.len());
        // AWS keeps at least three of the five reachable at all times.
        match silent {
            0 => (Health::Good, told),
            1 | 2 => (Health::Warn, format!("{told}, {silent} silent")),
            _ => (Health::Bad, format!("{told}, {silent} endpoints silent")),
        }
    }

    fn facts(&self) -> Vec<(&'static str, String)> {
        let controls = self.controls.iter().map(|control| {
            let word = match control.on {
                Some(true) => "On",
                Some(false) => "Off",
                None => "not told",
            };
            ("switch", format!("{}/{} {word}", control.panel, control.name))
        });
        let mut facts: Vec<_> = controls.collect();
        facts.push(("told by", self.by.to_string()));
        facts.extend(self.endpoints.iter().map(|tried| {
            let how = match (&tried.failure, tried.since) {
                (Some(why), _) => why.as_str(),
                (None, Some(_)) => "answers",
                (None, None) => "not asked yet",
            };
            ("endpoint", format!("{} {how}", tried.region))
        }));
        facts
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn rule() -> SafetyRule {
        SafetyRule {
            arn: "arn".into(),
            name: "one-on".into(),
            kind: RuleKind::Assertion,
            guards: vec!["a".into(), "b".into()],
            gates: vec![],
            operator: "ATLEAST".into(),
            threshold: 1,
            inverted: false,
            wait_ms: 5000,
        }
    }

    #[test]
    fn an_assertion_counts_what_will_be_and_a_gate_what_is() {
        let states = |a, b| BTreeMap::from([("a", a), ("b", b)]);
        let (now, none) = (states(true, false), states(false, false));
        assert_eq!(rule().holds(&now, &none), Some(false));
        assert_eq!(rule().holds(&none, &now), Some(true));
        let gate = SafetyRule {
            kind: RuleKind::Gating,
            gates: vec!["a".into()],
            operator: "AND".into(),
            ..rule()
        };
        assert_eq!(gate.holds(&now, &none), Some(true));
        assert_eq!(gate.holds(&none, &now), Some(false));
        let unknown = BTreeMap::from([("a", true)]);
        assert_eq!(rule().holds(&now, &unknown), None);
        let inverted = SafetyRule { inverted: true, ..rule() };
        assert_eq!(inverted.holds(&none, &now), Some(false));
    }

    #[test]
    fn a_rule_says_what_it_demands_and_how_long_it_waits() {
        let rule = rule();
        let text = "one-on: at least 1 of 2 on, waits 5 s between changes";
        assert_eq!(rule.text(), text);
    }
}
