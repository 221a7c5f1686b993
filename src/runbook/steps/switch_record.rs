//! `route53.switch-record`: gives a DNS record another value.

use jiff::SignedDuration;

use super::seen::seen;
use super::spread::{
    PROPAGATION, change_of, change_source, plain, records_source, spread,
};
use super::{
    Answers, Blocked, Bound, Call, Fields, Level, Missing, Plan, Scene,
    Second, Settled, Step, StepType, Text, Undo, Values,
};
use crate::estate::ids::{Account, ZoneId};
use crate::estate::resource::RecordSet;
use crate::estate::{Found, Source};
use crate::runbook::call::CHANGE_RECORDS;

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

const KINDS: [(&str, &str); 3] =
    [("CNAME", "CNAME"), ("A", "A"), ("AAAA", "AAAA")];

#[derive(Debug)]
struct SwitchRecord {
    account: Text,
    zone: Text,
    name: Text,
    kind: &'static str,
    set_identifier: Option<Text>,
    value: Text,
    ttl: Option<i64>,
}

fn parse(fields: &mut Fields<'_>) -> Option<Box<dyn Step>> {
    let account = fields.needed_text("account");
    let zone = fields.needed_text("zone");
    let name = fields.needed_text("name");
    fields.needed("type");
    let kind = fields.choice("type", &KINDS);
    let set_identifier = fields.text("set_identifier");
    let value = fields.needed_text("value");
    let ttl = fields.integer("ttl", 0..=2_147_483_647);
    Some(Box::new(SwitchRecord {
        account: account?,
        zone: zone?,
        name: name?,
        kind: kind?,
        set_identifier,
        value: value?,
        ttl,
    }))
}

struct Target {
    account: Account,
    zone: ZoneId,
    name: String,
    identifier: Option<String>,
    value: String,
}

impl SwitchRecord {
    fn target(&self, scene: &Scene<'_>) -> Result<Target, Missing> {
        let identifier = self.set_identifier.as_ref();
        Ok(Target {
            account: Account::new(scene.fill(&self.account)?),
            zone: ZoneId::new(scene.fill(&self.zone)?),
            name: plain(&scene.fill(&self.name)?),
            identifier: identifier.map(|t| scene.fill(t)).transpose()?,
            value: scene.fill(&self.value)?,
        })
    }

    fn look(&self, scene: &Scene<'_>) -> Option<Source> {
        // The value may not be told yet; the record can be looked at before.
        let account = Account::new(scene.fill(&self.account).ok()?);
        let zone = ZoneId::new(scene.fill(&self.zone).ok()?);
        let name = scene.fill(&self.name).ok()?;
        Some(records_source(&account, &zone, &name))
    }

    /// The records that could be meant, and when they were seen.
    fn current<'a>(
        &self,
        scene: &Scene<'a>,
        target: &Target,
        since: jiff::Timestamp,
    ) -> Result<(Vec<&'a RecordSet>, jiff::Timestamp), Blocked> {
        let Some(look) = self.look(scene) else {
            return Err(Blocked::because("the record cannot be named yet"));
        };
        let told = seen(scene, &look, since)
            .map_err(|why| Blocked { why, looks: vec![look] })?;
        let Found::Records(records) = told.found else {
            return Err(Blocked::because("Route 53 answered otherwise"));
        };
        let meant = |record: &&RecordSet| {
            plain(&record.name) == target.name
                && record.kind == self.kind
                && (target.identifier.is_none()
                    || record.identifier == target.identifier)
        };
        Ok((records.iter().filter(meant).collect(), told.begun))
    }

    fn next(&self, target: &Target, old: Option<&RecordSet>) -> RecordSet {
        let old_ttl = old.and_then(|old| old.ttl);
        RecordSet {
            zone: target.zone.clone(),
            name: target.name.clone(),
            kind: self.kind.to_owned(),
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
        let own = [&self.account, &self.zone, &self.name, &self.value];
        own.into_iter().chain(&self.set_identifier).collect()
    }

    fn level(&self) -> Level {
        Level::Severe
    }

    fn calls(&self) -> &'static [&'static str] {
        &[CHANGE_RECORDS]
    }

    fn looks(&self, scene: &Scene<'_>) -> Vec<Source> {
        self.look(scene).into_iter().collect()
    }

    fn bound_looks(&self, scene: &Scene<'_>) -> Vec<Source> {
        self.looks(scene)
    }

    fn answer_looks(
        &self,
        scene: &Scene<'_>,
        answers: &Answers,
    ) -> Vec<Source> {
        let mut looks = self.looks(scene);
        if let Some(change) = change_of(answers)
            && let Ok(account) = scene.fill(&self.account)
        {
            looks.push(change_source(&Account::new(account), change));
        }
        looks
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
                target.name
            )));
        }
        let old = records.first().copied();
        let record = self.next(&target, old);
        let (was, is) = (described(old), described(Some(&record)));
        let name = target.name.clone();
        Ok(Plan {
            step: String::new(),
            calls: vec![Call::Route53UpsertRecord {
                account: target.account,
                zone: target.zone,
                record,
                comment: scene.mark.to_owned(),
            }],
            effect: format!("{name} {}: {was} -> {is}", self.kind),
            loss: None,
            expect: None,
            undo: Undo::By(format!(
                "set {name} back to {was}, but not once the point of no \
                 return is passed"
            )),
            level: Level::Severe,
            bound: bound(&name, self.kind, old),
            before: vec![format!("{name} {} is {was}", self.kind)],
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
        let name = &target.name;
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
        match change_of(answers) {
            Some(change) => {
                match spread(scene, &target.account, change, sent) {
                    Ok(told) => done(&target, &told),
                    Err(why) => Settled::Running { why },
                }
            }
            None if late => done(&target, "its change id was lost"),
            None => Settled::Running {
                why: format!(
                    "{name} shows the new value; its change id was lost, so \
                     it is given 60s to reach all name servers"
                ),
            },
        }
    }
}

fn done(target: &Target, told: &str) -> Settled {
    let value = target.value.clone();
    let evidence = vec![
        format!("Route 53 tells {value} for {}", target.name),
        told.to_owned(),
    ];
    let outputs = Values::from([("value".to_owned(), value)]);
    Settled::Done { outputs, evidence }
}

fn wanted(answers: &Answers) -> Option<&RecordSet> {
    answers.plan.as_ref()?.calls.iter().find_map(|call| match call {
        Call::Route53UpsertRecord { record, .. } => Some(record),
        Call::RdsPromoteReadReplica { .. }
        | Call::RdsFailoverGlobalCluster { .. }
        | Call::RdsSwitchoverGlobalCluster { .. }
        | Call::Route53SetWeights { .. }
        | Call::ArcSetRoutingControls { .. } => None,
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
