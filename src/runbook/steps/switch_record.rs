//! `route53.switch-record`: gives a DNS record another value.

use jiff::{SignedDuration, Timestamp};

use super::spread::{Named, PROPAGATION, Place, plain};
use super::{
    Answers, Blocked, Bound, Call, Fields, Level, Missing, Plan, Scene,
    Second, Settled, Step, StepType, Text, Undo, Values,
};
use crate::estate::Source;
use crate::estate::resource::RecordSet;
use crate::runbook::call::route53;
use crate::runbook::plan::NOTHING;

pub(super) const TYPE: StepType = StepType {
    name: "route53.switch-record",
    doc: "Gives one record of a hosted zone another value. All else about \
          the record stays: routing, health check and, without `ttl`, its \
          time to live. Done when Route 53 tells the new value and has \
          brought it to all its name servers. The change is sent to \
          us-east-1, where AWS homes the control plane of Route 53.",
    example: r#"
[[step]]
id = "traffic"
kind = "route53.switch-record"
title = "Point {record} at the new primary"
account = "{account}"
zone = "{zone}"
name = "{record}"
type = "CNAME"
value = "{promote.host}"
ttl = 60
expect = "1m"
timeout = "10m"
milestone = "traffic-shifted"
"#,
    outputs: &["value"],
    parse,
};

/// The time to live of a record that had none.
const TTL: i64 = 60;

#[derive(Debug)]
struct SwitchRecord {
    named: Named,
    set_identifier: Option<Text>,
    value: Text,
    ttl: Option<i64>,
}

fn parse(fields: &mut Fields<'_>) -> Option<Box<dyn Step>> {
    let named = Named::read(fields);
    let set_identifier = fields.text("set_identifier");
    let value = fields.needed_text("value");
    let ttl = fields.integer("ttl", 0..=2_147_483_647);
    Some(Box::new(SwitchRecord {
        named: named?,
        set_identifier,
        value: value?,
        ttl,
    }))
}

struct Target {
    place: Place,
    identifier: Option<String>,
    value: String,
}

impl SwitchRecord {
    fn target(&self, scene: &Scene<'_>) -> Result<Target, Missing> {
        let identifier = self.set_identifier.as_ref();
        Ok(Target {
            place: self.named.place(scene)?,
            identifier: identifier.map(|t| scene.fill(t)).transpose()?,
            value: scene.fill(&self.value)?,
        })
    }

    /// The records that could be meant, and when they were seen.
    fn current<'a>(
        &self,
        scene: &Scene<'a>,
        target: &Target,
        since: Timestamp,
    ) -> Result<(Vec<&'a RecordSet>, Timestamp), Blocked> {
        let (mut records, begun) =
            self.named.current(scene, &target.place, since)?;
        if target.identifier.is_some() {
            records.retain(|record| record.identifier == target.identifier);
        }
        Ok((records, begun))
    }

    fn next(&self, target: &Target, old: Option<&RecordSet>) -> RecordSet {
        let old_ttl = old.and_then(|old| old.ttl);
        RecordSet {
            zone: target.place.zone.clone(),
            name: target.place.name.clone(),
            kind: self.named.kind.to_owned(),
            identifier: target
                .identifier
                .clone()
                .or_else(|| old.and_then(|old| old.identifier.clone())),
            failover: old.and_then(|old| old.failover.clone()),
            weight: old.and_then(|old| old.weight),
            ttl: Some(self.ttl.or(old_ttl).unwrap_or(TTL)),
            values: vec![target.value.clone()],
            alias: None,
            evaluates: None,
            health_check: old.and_then(|old| old.health_check.clone()),
        }
    }
}

impl Step for SwitchRecord {
    fn texts(&self) -> Vec<&Text> {
        let own = self.named.texts().chain([&self.value]);
        own.chain(&self.set_identifier).collect()
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
        if records.len() > 1 {
            return Err(Blocked::because(format!(
                "{} records are called {}; `set_identifier` must say which",
                records.len(),
                target.place.name
            )));
        }
        let old = records.first().copied();
        let record = self.next(&target, old);
        let (was, is) = (described(old), described(Some(&record)));
        let nothing = old.is_some_and(|old| same(old, &record));
        let (Place { account, zone, name }, kind) =
            (target.place, self.named.kind);
        Ok(Plan {
            step: String::new(),
            calls: vec![Call::Route53UpsertRecord(route53::UpsertRecord {
                account,
                zone,
                record,
                comment: scene.mark.to_owned(),
            })],
            effect: if nothing {
                format!("{NOTHING}{name} {kind} is {is} already")
            } else {
                format!("{name} {kind}: {was} -> {is}")
            },
            loss: None,
            expect: None,
            undo: if nothing {
                Undo::NotNeeded
            } else {
                Undo::By(format!("set {name} back to {was}"))
            },
            level: Level::Severe,
            bound: bound(&name, kind, old),
            before: vec![format!("{name} {} is {was}", kind)],
            after: vec![
                format!("Route 53 tells {is} for {name}"),
                "the change is on all of Route 53's name servers".into(),
            ],
            typed: Some(name),
            readback: None,
            second: Second::Off,
        })
    }

    fn settled(&self, scene: &Scene<'_>, answers: &Answers) -> Settled {
        let target = match self.target(scene) {
            Ok(target) => target,
            Err(missing) => return Settled::from(missing),
        };
        let (Some(sent), Some(wanted)) = (answers.sent, wanted(answers))
        else {
            return Settled::CannotTell { why: "it was not sent".into() };
        };
        let (records, begun) = match self.current(scene, &target, sent) {
            Ok(told) => told,
            Err(blocked) => {
                return Settled::CannotTell { why: blocked.why };
            }
        };
        let late = begun >= sent + PROPAGATION;
        let name = &target.place.name;
        if !records.iter().any(|record| same(record, wanted)) {
            let was = described(records.first().copied());
            return if late {
                let why = format!("{name} is {was}");
                Settled::NotDone { why }
            } else {
                // As it was before: that says nothing yet.
                let why = format!("{name} still shows {was}");
                Settled::CannotTell { why }
            };
        }
        let told = "shows the new value";
        match target.place.spread(scene, answers, (sent, late), told) {
            Ok(told) => done(&target, &told),
            Err(settled) => settled,
        }
    }
}

fn done(target: &Target, told: &str) -> Settled {
    let value = target.value.clone();
    let evidence = vec![
        format!("Route 53 tells {value} for {}", target.place.name),
        told.to_owned(),
    ];
    let outputs = Values::from([("value".to_owned(), value)]);
    Settled::Done { outputs, evidence }
}

fn wanted(answers: &Answers) -> Option<&RecordSet> {
    answers.plan.as_ref()?.calls.iter().find_map(|call| {
        let Call::Route53UpsertRecord(route53::UpsertRecord {
            record, ..
        }) = call
        else {
            return None;
        };
        Some(record)
    })
}

fn same(record: &RecordSet, wanted: &RecordSet) -> bool {
    let values = |record: &RecordSet| -> Vec<String> {
        record.values.iter().map(|value| plain(value)).collect()
    };
    values(record) == values(wanted)
        && record.ttl == wanted.ttl
        && record.identifier == wanted.identifier
        && record.alias.is_none()
}

fn described(record: Option<&RecordSet>) -> String {
    let Some(record) = record else { return "no record".into() };
    match &record.alias {
        Some((name, _)) => format!("alias of {name}"),
        None => match record.ttl {
            Some(ttl) => format!("{} (TTL {ttl})", record.values.join(", ")),
            None => record.values.join(", "),
        },
    }
}

fn bound(name: &str, kind: &str, old: Option<&RecordSet>) -> Vec<Bound> {
    let of = |what: &str| format!("{what} of {name} {kind}");
    let identity = old.map_or_else(
        || "none".to_owned(),
        |old| {
            format!(
                "{} {} {}",
                old.identifier.as_deref().unwrap_or("-"),
                old.failover.as_deref().unwrap_or("-"),
                old.weight.map_or("-".to_owned(), |w| w.to_string())
            )
        },
    );
    vec![
        Bound { field: of("value"), value: described(old) },
        Bound { field: of("routing"), value: identity },
    ]
}
