//! `arc.set-routing-controls`: turns routing controls on and off, together.

use std::collections::BTreeMap;

use jiff::{SignedDuration, Timestamp};

use super::seen::{moment, seen};
use super::{
    Answers, Blocked, Bound, Call, Fields, Level, Missing, Plan, Scene,
    Second, Settled, Step, StepType, Text, Undo, Values,
};
use crate::estate::ids::{Account, Region};
use crate::estate::part::arc::{ArcCluster, Switch, Switches};
use crate::estate::part::{Kind, Part};
use crate::estate::{Found, Source, What};
use crate::runbook::call::ARC_HOME;
use crate::runbook::call::arc;
use crate::runbook::plan::NOTHING;

pub(super) const TYPE: StepType = StepType {
    name: "arc.set-routing-controls",
    doc: "Turns routing controls of an ARC cluster on and off, all in one \
          call: each of `states` is the control's name, `=`, and on or off. \
          The cluster's five endpoints are asked in turn, so that it needs \
          neither us-east-1 nor any one Region; setting the same states \
          again changes nothing. What a safety rule would refuse is not \
          planned, and the rule is named. The states before are told as \
          `before`, so that a step that undoes it can set them again. Done \
          when an endpoint tells the new states.",
    example: r#"
[[step]]
id = "flip"
kind = "arc.set-routing-controls"
title = "Let the users of www flow to {to}"
account = "{account}"
cluster = "learn-traffic"
states = ["www-{from}=off", "www-{to}=on"]
expect = "10s"
timeout = "5m"
milestone = "traffic-shifted"
"#,
    outputs: &["before", "after"],
    parse,
};

/// A state that was taken is told by every endpoint within this time: the
/// cluster agrees on it before it answers (Amazon ARC developer guide,
/// "Routing control").
const PROPAGATION: SignedDuration = SignedDuration::from_secs(30);

#[derive(Debug)]
struct SetRoutingControls {
    account: Text,
    cluster: Text,
    states: Vec<Text>,
}

fn parse(fields: &mut Fields<'_>) -> Option<Box<dyn Step>> {
    let account = fields.needed_text("account");
    let cluster = fields.needed_text("cluster");
    fields.needed("states");
    let states = fields.texts("states");
    if states.as_ref().is_some_and(Vec::is_empty) {
        let told = "`states` names no routing control";
        fields.wrong(fields.span(), "missing-key", told, "");
    }
    Some(Box::new(SetRoutingControls {
        account: account?,
        cluster: cluster?,
        states: states?,
    }))
}

struct Target {
    account: Account,
    cluster: String,
    /// Each control by its name, and whether it is to be on.
    states: Vec<(String, bool)>,
}

impl SetRoutingControls {
    fn target(&self, scene: &Scene<'_>) -> Result<Target, Blocked> {
        let mut states = Vec::new();
        for text in &self.states {
            let filled = scene.fill(text)?;
            for part in filled.split(',') {
                states.push(state(part)?);
            }
        }
        Ok(Target {
            account: Account::new(scene.fill(&self.account)?),
            cluster: scene.fill(&self.cluster)?,
            states,
        })
    }

    fn look(&self, scene: &Scene<'_>) -> Result<Source, Missing> {
        let account = Account::new(scene.fill(&self.account)?);
        Ok(source(&account, Kind::Switches))
    }

    /// How the switches of the cluster stand, and when the look began and
    /// ended.
    fn current<'a>(
        &self,
        scene: &Scene<'a>,
        target: &Target,
        since: Timestamp,
    ) -> Result<(&'a Switches, Timestamp, Timestamp), Blocked> {
        let look = self.look(scene)?;
        let told = seen(scene, &look, since)
            .map_err(|why| Blocked { why, looks: vec![look] })?;
        let Found::Parts(parts) = told.found else {
            return Err(Blocked::because("ARC answered otherwise"));
        };
        let mut boards = parts.iter().filter_map(|part| match part {
            Part::Switches(switches) => Some(switches),
            _ => None,
        });
        let board = boards.find(|board| {
            board.name == target.cluster || board.cluster == target.cluster
        });
        let board = board.ok_or_else(|| {
            Blocked::because(format!("ARC has no cluster {}", target.cluster))
        })?;
        Ok((board, told.begun, told.at))
    }
}

fn source(account: &Account, kind: Kind) -> Source {
    Source::aws(account, &Region::new(ARC_HOME), What::Parts(kind))
}

/// A control's name and its state: `www-eu-west-1=off`.
fn state(part: &str) -> Result<(String, bool), Blocked> {
    let wrong = || {
        Blocked::because(format!(
            "{part:?} is no state; such as www-eu-west-1=off"
        ))
    };
    let (name, word) = part.trim().rsplit_once('=').ok_or_else(wrong)?;
    let on = match word.trim().to_ascii_lowercase().as_str() {
        "on" => true,
        "off" => false,
        _ => return Err(wrong()),
    };
    Ok((name.trim().to_owned(), on))
}

/// The cluster as its configuration told it last, however long ago: the
/// Region it is homed in may be the one that is dark.
fn configured<'a>(
    scene: &Scene<'a>,
    account: &Account,
    arn: &str,
) -> Option<&'a ArcCluster> {
    let known = scene.estate.known(&source(account, Kind::ArcCluster))?;
    let Some(Found::Parts(parts)) = &known.found else { return None };
    parts.iter().find_map(|part| match part {
        Part::ArcCluster(cluster) if cluster.arn == arn => Some(cluster),
        _ => None,
    })
}

/// The controls that are meant, each with its state to be.
fn meant<'a>(
    target: &Target,
    board: &'a Switches,
) -> Result<Vec<(&'a Switch, bool)>, Blocked> {
    let controls = &board.controls;
    let find = |(name, on): &(String, bool)| {
        let named = |c: &&Switch| c.name == *name || c.arn == *name;
        let found = controls.iter().find(named);
        found.map(|control| (control, *on)).ok_or_else(|| {
            Blocked::because(format!(
                "cluster {} has no routing control {name}",
                board.name
            ))
        })
    };
    target.states.iter().map(find).collect()
}

impl Step for SetRoutingControls {
    fn texts(&self) -> Vec<&Text> {
        [&self.account, &self.cluster]
            .into_iter()
            .chain(&self.states)
            .collect()
    }

    fn level(&self) -> Level {
        Level::Severe
    }

    fn calls(&self) -> &'static [&'static str] {
        &[arc::SetRoutingControls::ACTION]
    }

    fn looks(&self, scene: &Scene<'_>) -> Vec<Source> {
        self.look(scene).into_iter().collect()
    }

    fn bound_looks(&self, scene: &Scene<'_>) -> Vec<Source> {
        self.looks(scene)
    }

    fn propagation(&self) -> SignedDuration {
        PROPAGATION
    }

    fn plan(&self, scene: &Scene<'_>) -> Result<Plan, Blocked> {
        let target = self.target(scene)?;
        let (board, _, at) = self.current(scene, &target, scene.since)?;
        let controls = meant(&target, board)?;
        let account = &target.account;
        let cluster = configured(scene, account, &board.cluster);
        let cluster = cluster.filter(|c| !c.endpoints.is_empty());
        let cluster = cluster.ok_or_else(|| {
            let look = source(account, Kind::ArcCluster);
            let why =
                format!("no endpoint of cluster {} is known", board.name);
            Blocked { why, looks: vec![look] }
        })?;
        if let Some(why) = refused(cluster, board, &controls) {
            return Err(Blocked::because(why));
        }
        let was = told(controls.iter().map(|(c, _)| (c.name.as_str(), c.on)));
        let is = told(controls.iter().map(|(c, on)| (&*c.name, Some(*on))));
        let same = controls.iter().all(|(c, on)| c.on == Some(*on));
        let name = board.name.clone();
        Ok(Plan {
            step: String::new(),
            calls: vec![Call::ArcSetRoutingControls(
                arc::SetRoutingControls {
                    account: target.account.clone(),
                    cluster: name.clone(),
                    endpoints: cluster.endpoints.clone(),
                    states: controls
                        .iter()
                        .map(|(control, on)| (control.arn.clone(), *on))
                        .collect(),
                },
            )],
            effect: if same {
                format!("{NOTHING}routing controls of {name}: {is} already")
            } else {
                format!("routing controls of {name}: {was} -> {is}")
            },
            loss: None,
            expect: None,
            undo: if same {
                Undo::NotNeeded
            } else {
                Undo::By(format!("set them back to {was}"))
            },
            level: Level::Severe,
            bound: controls
                .iter()
                .map(|(control, _)| bound(control))
                .collect(),
            before: vec![format!(
                "{was}, as told in {} at {}",
                board.by,
                moment(at)
            )],
            after: vec![format!("an endpoint of {name} tells {is}")],
            typed: Some(name),
            readback: None,
            second: Second::Off,
        })
    }

    fn settled(&self, scene: &Scene<'_>, answers: &Answers) -> Settled {
        let target = match self.target(scene) {
            Ok(target) => target,
            Err(blocked) => return Settled::CannotTell { why: blocked.why },
        };
        let Some(sent) = answers.sent else {
            return Settled::CannotTell { why: "it was not sent".into() };
        };
        let seen = self.current(scene, &target, sent).and_then(
            |(board, begun, at)| {
                Ok((board, meant(&target, board)?, begun, at))
            },
        );
        let (board, controls, begun, at) = match seen {
            Ok(seen) => seen,
            Err(blocked) => return Settled::CannotTell { why: blocked.why },
        };
        let is = told(controls.iter().map(|(c, _)| (c.name.as_str(), c.on)));
        if controls.iter().all(|(control, on)| control.on == Some(*on)) {
            let told = format!("{} tells {is} at {}", board.by, moment(at));
            let outputs = Values::from([
                ("before".to_owned(), before(&controls, answers)),
                ("after".to_owned(), is),
            ]);
            return Settled::Done { outputs, evidence: vec![told] };
        }
        let why = format!("{} still tells {is}", board.by);
        if begun >= sent + PROPAGATION {
            return Settled::NotDone { why };
        }
        Settled::CannotTell { why }
    }
}

/// The rule that would refuse the change, and what it demands.
fn refused(
    cluster: &ArcCluster,
    board: &Switches,
    controls: &[(&Switch, bool)],
) -> Option<String> {
    let now: BTreeMap<&str, bool> = board
        .controls
        .iter()
        .filter_map(|control| Some((control.arn.as_str(), control.on?)))
        .collect();
    let mut then = now.clone();
    then.extend(controls.iter().map(|(c, on)| (c.arn.as_str(), *on)));
    let changed = |arn: &str| now.get(arn) != then.get(arn);
    let broken = cluster.rules().find(|rule| {
        rule.guards.iter().any(|arn| changed(arn))
            && rule.holds(&now, &then) == Some(false)
    });
    broken.map(|rule| {
        format!("safety rule {}: ARC would refuse the change", rule.text())
    })
}

fn before(controls: &[(&Switch, bool)], answers: &Answers) -> String {
    let bounds = answers.plan.iter().flat_map(|plan| &plan.bound);
    let states = controls.iter().filter_map(|(control, _)| {
        let field = bound(control).field;
        let was = bounds.clone().find(|bound| bound.field == field)?;
        Some(format!("{}={}", control.name, was.value))
    });
    states.collect::<Vec<_>>().join(", ")
}

/// States of controls: `www-eu-west-1=on, www-eu-central-1=off`.
fn told<'a>(states: impl Iterator<Item = (&'a str, Option<bool>)>) -> String {
    let words = states.map(|(name, on)| format!("{name}={}", word(on)));
    words.collect::<Vec<_>>().join(", ")
}

fn word(on: Option<bool>) -> &'static str {
    match on {
        Some(true) => "on",
        Some(false) => "off",
        None => "not told",
    }
}

fn bound(control: &Switch) -> Bound {
    let field = format!("state of {}", control.name);
    Bound { field, value: word(control.on).to_owned() }
}

#[cfg(test)]
mod tests {
    use super::super::tests::{arc, around, at, estate, scene, see, values};
    use super::*;
    use crate::estate::Estate;
    use crate::runbook::Runbook;

    const OVER: &str = r#"["www-{from}=off", "www-{to}=on"]"#;

    fn step(states: &str) -> (Runbook, usize) {
        let text = around(&TYPE).replace(OVER, states);
        let runbook = Runbook::parse(&text, "x.toml").expect("parses");
        let last = runbook.steps.len() - 1;
        (runbook, last)
    }

    fn plan(states: &str) -> Result<Plan, Blocked> {
        let (runbook, last) = step(states);
        let (estate, values) = (estate(), values());
        runbook.steps[last].does.plan(&scene(&estate, &values, None))
    }

    #[test]
    fn all_controls_are_set_by_one_call_that_names_every_endpoint() {
        let plan = plan(OVER).expect("plans");
        let [call] = &plan.calls[..] else { panic!("{:?}", plan.calls) };
        let Call::ArcSetRoutingControls(arc::SetRoutingControls {
            endpoints,
            states,
            ..
        }) = call
        else {
            panic!("{call:?}");
        };
        assert_eq!(endpoints.len(), 5);
        let wanted =
            [("arn:west".to_owned(), false), ("arn:central".to_owned(), true)];
        assert_eq!(states[..], wanted);
        let entries = &call.request()["UpdateRoutingControlStateEntries"];
        assert_eq!(entries[1]["RoutingControlState"], "On");
        assert_eq!(plan.typed.as_deref(), Some("learn-traffic"));
    }

    #[test]
    fn controls_that_are_so_already_are_told_to_change_nothing() {
        let same = r#"["www-{from}=on", "www-{to}=off"]"#;
        let same = plan(same).expect("plans");
        assert!(same.changes_nothing(), "{}", same.effect);
        assert_eq!(same.undo, Undo::NotNeeded);
        assert!(!plan(OVER).expect("plans").changes_nothing());
    }

    #[test]
    fn what_a_safety_rule_would_refuse_is_not_planned_and_the_rule_named() {
        for (states, word) in [
            (r#"["www-{from}=off"]"#, "safety rule one-on: at least 1 of 2"),
            (r#"["nothing=on"]"#, "no routing control nothing"),
            (r#"["www-{from}=out"]"#, "is no state"),
        ] {
            let why = plan(states).unwrap_err().why;
            assert!(why.contains(word), "{states}: {why}");
        }
    }

    fn told_at(second: i64, on: [bool; 2]) -> Estate {
        let mut estate = estate();
        let (_, mut board) = arc();
        for (control, on) in board.controls.iter_mut().zip(on) {
            control.on = Some(on);
        }
        let found = Found::Parts([Part::from(board)].into());
        let what = What::Parts(Kind::Switches);
        see(&mut estate, ARC_HOME, what, found, second);
        estate
    }

    fn settled(estate: &Estate, now: i64) -> Settled {
        let (runbook, last) = step(OVER);
        let values = values();
        let answers = Answers {
            sent: Some(at(5)),
            plan: plan(OVER).ok(),
            ..Answers::default()
        };
        let scene = Scene { now: at(now), ..scene(estate, &values, None) };
        runbook.steps[last].does.settled(&scene, &answers)
    }

    #[test]
    fn a_lost_answer_is_settled_by_what_any_endpoint_tells_afterwards() {
        let done = settled(&told_at(7, [false, true]), 8);
        let Settled::Done { outputs, .. } = done else { panic!("{done:?}") };
        assert_eq!(
            outputs["before"],
            "www-eu-west-1=on, www-eu-central-1=off"
        );
        let early = settled(&told_at(7, [true, false]), 8);
        assert!(matches!(early, Settled::CannotTell { .. }), "{early:?}");
        let late = settled(&told_at(40, [true, false]), 41);
        assert!(matches!(late, Settled::NotDone { .. }), "{late:?}");
        let before = settled(&told_at(4, [false, true]), 6);
        assert!(matches!(before, Settled::CannotTell { .. }), "{before:?}");
    }
}
