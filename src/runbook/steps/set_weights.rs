//! `route53.set-weights`: sets the weights of the records of one name.

use jiff::{SignedDuration, Timestamp};

use super::spread::{Named, PROPAGATION, Place, plain};
use super::{
    Answers, Blocked, Bound, Call, Fields, Level, Plan, Scene, Second,
    Settled, Step, StepType, Text, Undo, Values,
};
use crate::estate::Source;
use crate::estate::resource::RecordSet;
use crate::runbook::call::route53;
use crate::runbook::plan::NOTHING;

pub(super) const TYPE: StepType = StepType {
    name: "route53.set-weights",
    doc: "Sets the weights of weighted records of one name, all in one \
          change: each of `weights` is the record's set identifier, `=`, \
          and its new weight from 0 to 255. All else about the records \
          stays. The weights before are told as `before`, so that a step \
          that undoes it can set them again. Done when Route 53 tells the \
          new weights and has brought them to all its name servers. The \
          change is sent to us-east-1, where AWS homes the control plane of \
          Route 53.",
    example: r#"
[[step]]
id = "shift"
kind = "route53.set-weights"
title = "Send the users of {weighted} to {to}"
account = "{account}"
zone = "{zone}"
name = "{weighted}"
type = "CNAME"
weights = ["{from}=0", "{to}=100"]
expect = "1m"
timeout = "10m"
milestone = "traffic-shifted"
"#,
    outputs: &["before", "after"],
    parse,
};

/// The largest weight (Amazon Route 53 API reference,
/// `ResourceRecordSet`).
const MOST: i64 = 255;

#[derive(Debug)]
struct SetWeights {
    named: Named,
    weights: Vec<Text>,
}

fn parse(fields: &mut Fields<'_>) -> Option<Box<dyn Step>> {
    let named = Named::read(fields);
    fields.needed("weights");
    let weights = fields.texts("weights");
    if weights.as_ref().is_some_and(Vec::is_empty) {
        let told = "`weights` names no record";
        fields.wrong(fields.span(), "missing-key", told, "");
    }
    Some(Box::new(SetWeights { named: named?, weights: weights? }))
}

struct Target {
    place: Place,
    /// Each set identifier with its weight.
    weights: Vec<(String, i64)>,
}

impl SetWeights {
    fn target(&self, scene: &Scene<'_>) -> Result<Target, Blocked> {
        let mut weights = Vec::new();
        for text in &self.weights {
            let filled = scene.fill(text)?;
            for part in filled.split(',') {
                weights.push(weight(part)?);
            }
        }
        Ok(Target { place: self.named.place(scene)?, weights })
    }

    /// The weighted records of the name, and when they were seen.
    fn current<'a>(
        &self,
        scene: &Scene<'a>,
        target: &Target,
        since: Timestamp,
    ) -> Result<(Vec<&'a RecordSet>, Timestamp), Blocked> {
        let (mut records, begun) =
            self.named.current(scene, &target.place, since)?;
        records.retain(|record| record.weight.is_some());
        Ok((records, begun))
    }
}

/// A set identifier and its weight: `eu-west-1=0`.
fn weight(part: &str) -> Result<(String, i64), Blocked> {
    let wrong = || {
        Blocked::because(format!(
            "{part:?} is no weight; such as eu-west-1=0, up to {MOST}"
        ))
    };
    let (identifier, weight) =
        part.trim().rsplit_once('=').ok_or_else(wrong)?;
    let weight: i64 = weight.trim().parse().map_err(|_| wrong())?;
    if !(0..=MOST).contains(&weight) || identifier.trim().is_empty() {
        return Err(wrong());
    }
    Ok((identifier.trim().to_owned(), weight))
}

impl Target {
    /// Each record that is meant, as it is and as it will be.
    fn pairs<'a>(
        &self,
        records: &[&'a RecordSet],
    ) -> Result<Vec<(&'a RecordSet, RecordSet)>, Blocked> {
        let mut pairs = Vec::new();
        for (identifier, weight) in &self.weights {
            let mut all = records.iter().copied();
            let old = all.find(|r| r.identifier.as_ref() == Some(identifier));
            let old = old.ok_or_else(|| {
                Blocked::because(format!(
                    "{} has no weighted record {identifier}",
                    self.place.name
                ))
            })?;
            pairs.push((
                old,
                RecordSet { weight: Some(*weight), ..old.clone() },
            ));
        }
        Ok(pairs)
    }

    /// Whether every weight of the name would be 0: then Route 53 gives all
    /// of its records the same share (Amazon Route 53 developer guide,
    /// "Weighted routing").
    fn leaves_none(&self, records: &[&RecordSet]) -> bool {
        let after = |record: &RecordSet| {
            let own = self
                .weights
                .iter()
                .find(|(id, _)| record.identifier.as_ref() == Some(id));
            own.map_or(record.weight, |(_, weight)| Some(*weight))
        };
        records.iter().all(|record| after(record) == Some(0))
    }
}

impl Step for SetWeights {
    fn texts(&self) -> Vec<&Text> {
        self.named.texts().chain(&self.weights).collect()
    }

    fn level(&self) -> Level {
        Level::Severe
    }

    fn calls(&self) -> &'static [&'static str] {
        &[route53::CHANGE_RECORDS]
    }

    fn looks(&self, scene: &Scene<'_>) -> Vec<Source> {
        self.named.looks(scene)
    }

    fn bound_looks(&self, scene: &Scene<'_>) -> Vec<Source> {
        self.looks(scene)
    }

    fn answer_looks(
        &self,
        scene: &Scene<'_>,
        answers: &Answers,
    ) -> Vec<Source> {
        self.named.answer_looks(scene, answers)
    }

    fn propagation(&self) -> SignedDuration {
        PROPAGATION
    }

    fn plan(&self, scene: &Scene<'_>) -> Result<Plan, Blocked> {
        let target = self.target(scene)?;
        let (records, _) = self.current(scene, &target, scene.since)?;
        let pairs = target.pairs(&records)?;
        if target.leaves_none(&records) {
            return Err(Blocked::because(format!(
                "every weight of {} would be 0, and Route 53 would give all \
                 records the same share",
                target.place.name
            )));
        }
        let was = told(pairs.iter().map(|(old, _)| *old));
        let is = told(pairs.iter().map(|(_, new)| new));
        let same = pairs.iter().all(|(old, new)| old.weight == new.weight);
        let Place { account, zone, name } = target.place;
        let kind = self.named.kind;
        Ok(Plan {
            step: String::new(),
            effect: if same {
                format!("{NOTHING}weights of {name} {kind} are {is} already")
            } else {
                format!("weights of {name} {kind}: {was} -> {is}")
            },
            loss: None,
            expect: None,
            undo: if same {
                Undo::NotNeeded
            } else {
                Undo::By(format!("set the weights of {name} back to {was}"))
            },
            level: Level::Severe,
            bound: pairs.iter().flat_map(|(old, _)| bound(old)).collect(),
            before: vec![format!("weights of {name} {kind} are {was}")],
            after: vec![
                format!("Route 53 tells the weights {is} for {name}"),
                "the change is on all of Route 53's name servers".into(),
            ],
            typed: Some(name),
            readback: None,
            second: Second::Off,
            calls: vec![Call::Route53SetWeights(route53::SetWeights {
                account,
                zone,
                records: pairs.into_iter().map(|(_, new)| new).collect(),
                comment: scene.mark.to_owned(),
            })],
        })
    }

    fn settled(&self, scene: &Scene<'_>, answers: &Answers) -> Settled {
        let target = match self.target(scene) {
            Ok(target) => target,
            Err(blocked) => return Settled::CannotTell { why: blocked.why },
        };
        let (Some(sent), Some(wanted)) = (answers.sent, wanted(answers))
        else {
            return Settled::CannotTell { why: "it was not sent".into() };
        };
        let (records, begun) = match self.current(scene, &target, sent) {
            Ok(told) => told,
            Err(blocked) => return Settled::CannotTell { why: blocked.why },
        };
        let late = begun >= sent + PROPAGATION;
        let name = &target.place.name;
        let is_there = |new: &RecordSet| {
            records.iter().any(|record| {
                record.identifier == new.identifier
                    && record.weight == new.weight
            })
        };
        if !wanted.iter().all(is_there) {
            let was = told(records.iter().copied());
            return if late {
                let why = format!("the weights of {name} are {was}");
                Settled::NotDone { why }
            } else {
                // As it was before: that says nothing yet.
                let why = format!("{name} still has the weights {was}");
                Settled::CannotTell { why }
            };
        }
        let told = "has the new weights";
        match target.place.spread(scene, answers, (sent, late), told) {
            Ok(told) => done(name, wanted, answers, told),
            Err(settled) => settled,
        }
    }
}

fn done(
    name: &str,
    wanted: &[RecordSet],
    answers: &Answers,
    spread: String,
) -> Settled {
    let after = told(wanted);
    let evidence =
        vec![format!("Route 53 tells the weights {after} for {name}"), spread];
    let outputs = Values::from([
        ("before".to_owned(), before(wanted, answers)),
        ("after".to_owned(), after),
    ]);
    Settled::Done { outputs, evidence }
}

/// The weights before, as the confirm was bound to them.
fn before(wanted: &[RecordSet], answers: &Answers) -> String {
    let bound = answers.plan.iter().flat_map(|plan| &plan.bound);
    let weights = wanted.iter().filter_map(|record| {
        let field = field("weight", record);
        let was = bound.clone().find(|bound| bound.field == field)?;
        let identifier = record.identifier.as_deref()?;
        Some(format!("{identifier}={}", was.value))
    });
    weights.collect::<Vec<_>>().join(", ")
}

fn wanted(answers: &Answers) -> Option<&[RecordSet]> {
    answers.plan.as_ref()?.calls.iter().find_map(|call| {
        let Call::Route53SetWeights(route53::SetWeights { records, .. }) =
            call
        else {
            return None;
        };
        Some(records.as_slice())
    })
}

/// The weights of some records: `eu-west-1=100, eu-central-1=0`.
fn told<'a>(records: impl IntoIterator<Item = &'a RecordSet>) -> String {
    let weights = records.into_iter().map(|record| {
        let identifier = record.identifier.as_deref().unwrap_or("-");
        format!("{identifier}={}", record.weight.unwrap_or_default())
    });
    weights.collect::<Vec<_>>().join(", ")
}

fn field(what: &str, record: &RecordSet) -> String {
    let identifier = record.identifier.as_deref().unwrap_or("-");
    format!("{what} of {} {} {identifier}", plain(&record.name), record.kind)
}

fn bound(old: &RecordSet) -> [Bound; 2] {
    let value = match &old.alias {
        Some((name, _)) => format!("alias of {name}"),
        None => old.values.join(", "),
    };
    [
        Bound {
            field: field("weight", old),
            value: old.weight.unwrap_or_default().to_string(),
        },
        Bound { field: field("value", old), value },
    ]
}

#[cfg(test)]
mod tests {
    use super::super::tests::{
        HOME, around, at, estate, scene, see, values, weighted,
    };
    use super::*;
    use crate::estate::resource::Change;
    use crate::estate::{Estate, Found, What};
    use crate::runbook::Runbook;

    fn step(weights: &str) -> (Runbook, usize) {
        let text =
            around(&TYPE).replace(r#"["{from}=0", "{to}=100"]"#, weights);
        let runbook = Runbook::parse(&text, "x.toml").expect("parses");
        let last = runbook.steps.len() - 1;
        (runbook, last)
    }

    fn plan(weights: &str) -> Result<Plan, Blocked> {
        let (runbook, last) = step(weights);
        let (estate, values) = (estate(), values());
        runbook.steps[last].does.plan(&scene(&estate, &values, None))
    }

    const OVER: &str = r#"["{from}=0", "{to}=100"]"#;

    #[test]
    fn several_weights_are_one_change_that_keeps_all_else() {
        let plan = plan(OVER).expect("plans");
        let [Call::Route53SetWeights(route53::SetWeights { records, .. })] =
            &plan.calls[..]
        else {
            panic!("{:?}", plan.calls);
        };
        let [west, central] = weighted();
        let wanted = [
            RecordSet { weight: Some(0), ..west },
            RecordSet { weight: Some(100), ..central },
        ];
        assert_eq!(records[..], wanted);
        let request = plan.calls[0].request();
        let changes = request["ChangeBatch"]["Changes"].as_array();
        assert_eq!(changes.map(Vec::len), Some(2));
        assert!(plan.effect.contains(
            "eu-west-1=100, eu-central-1=0 -> eu-west-1=0, eu-central-1=100"
        ));
    }

    #[test]
    fn weights_that_are_so_already_are_told_to_change_nothing() {
        let same = plan(r#"["{from}=100", "{to}=0"]"#).expect("plans");
        assert!(same.changes_nothing(), "{}", same.effect);
        assert!(same.effect.ends_with("eu-central-1=0 already"));
        assert_eq!(same.undo, Undo::NotNeeded);
        assert!(!plan(OVER).expect("plans").changes_nothing());
    }

    #[test]
    fn what_route_53_would_take_otherwise_is_not_planned() {
        for (weights, word) in [
            (r#"["{from}=0"]"#, "every weight"),
            (r#"["{from}=300"]"#, "is no weight"),
            (r#"["elsewhere=1"]"#, "no weighted record elsewhere"),
            (r#"["{from}"]"#, "is no weight"),
        ] {
            let why = plan(weights).unwrap_err().why;
            assert!(why.contains(word), "{weights}: {why}");
        }
    }

    /// What is known once looks that began at a second told these weights.
    fn seen_at(second: i64, weights: [i64; 2], in_sync: bool) -> Estate {
        let mut estate = estate();
        let mut records = weighted();
        for (record, weight) in records.iter_mut().zip(weights) {
            record.weight = Some(weight);
        }
        let what = What::RecordsOf {
            zone: "Z0LEARN4EXAMPLE7".into(),
            name: "reports.learn.example".into(),
        };
        let found = Found::Records(records.into());
        see(&mut estate, HOME, what, found, second);
        let what = What::ChangeOf("C1".into());
        let found = Found::Change(Change { id: "C1".into(), in_sync });
        see(&mut estate, HOME, what, found, second);
        estate
    }

    fn settled(estate: &Estate, named: Option<&str>, now: i64) -> Settled {
        let (runbook, last) = step(OVER);
        let values = values();
        let answers = Answers {
            sent: Some(at(5)),
            named: vec![named.map(str::to_owned)],
            plan: plan(OVER).ok(),
            ..Answers::default()
        };
        let scene = Scene { now: at(now), ..scene(estate, &values, None) };
        runbook.steps[last].does.settled(&scene, &answers)
    }

    #[test]
    fn the_weights_before_are_told_so_that_they_can_be_set_again() {
        let done = settled(&seen_at(40, [0, 100], true), Some("C1"), 41);
        let Settled::Done { outputs, .. } = done else { panic!("{done:?}") };
        assert_eq!(outputs["before"], "eu-west-1=100, eu-central-1=0");
        let weights = format!(r#""{}""#, outputs["before"]);
        let back = plan(&weights).expect("plans");
        let [Call::Route53SetWeights(route53::SetWeights { records, .. })] =
            &back.calls[..]
        else {
            panic!("{:?}", back.calls);
        };
        assert_eq!(records[..], weighted());
    }

    #[test]
    fn a_lost_answer_is_settled_by_the_weights_alone() {
        let half = settled(&seen_at(130, [0, 0], true), None, 131);
        assert!(matches!(half, Settled::NotDone { .. }), "{half:?}");
        let early = settled(&seen_at(20, [100, 0], true), None, 21);
        assert!(matches!(early, Settled::CannotTell { .. }), "{early:?}");
        let there = settled(&seen_at(20, [0, 100], true), None, 21);
        assert!(matches!(there, Settled::Running { .. }), "{there:?}");
        let late = settled(&seen_at(70, [0, 100], true), None, 71);
        assert!(matches!(late, Settled::Done { .. }), "{late:?}");
        let pending = settled(&seen_at(20, [0, 100], false), Some("C1"), 21);
        assert!(matches!(pending, Settled::Running { .. }), "{pending:?}");
    }
}
