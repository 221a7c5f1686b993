//! `cloudwatch.alarms-clear`: alarms are there and do not ring, as a check.

use jiff::SignedDuration;

use super::checking::{Checking, Checks};
use super::place::Place;
use super::seen::{Seen, moment, span};
use super::{Fields, Missing, Scene, Settled, Step, StepType, Text, Values};
use crate::estate::resource::Alarm;
use crate::estate::{Found, Source, What};

pub(super) const TYPE: StepType = StepType {
    name: "cloudwatch.alarms-clear",
    doc: "Holds when CloudWatch has every alarm that is named, metric or \
          composite, and each is OK, with `for` without a break for that \
          time. An alarm that is not there does not pass, and one with \
          INSUFFICIENT_DATA cannot tell: nothing was measured.",
    example: r#"
[[step]]
id = "clear"
kind = "cloudwatch.alarms-clear"
title = "No alarm of the standby rings in {to}"
account = "{account}"
region = "{to}"
alarms = ["learn-standby-cpu", "learn-standby-connections"]
for = "5m"
timeout = "20m"
"#,
    outputs: &[],
    parse,
};

#[derive(Debug)]
struct AlarmsClear {
    place: Place,
    alarms: Vec<Text>,
    hold: SignedDuration,
}

fn parse(fields: &mut Fields<'_>) -> Option<Box<dyn Step>> {
    let place = Place::read(fields);
    fields.needed("alarms");
    let alarms = fields.texts("alarms");
    if alarms.as_ref().is_some_and(Vec::is_empty) {
        let told = "`alarms` names at least one";
        fields.wrong(fields.span(), "missing-key", told, "");
    }
    let hold = fields.duration("for");
    Some(Box::new(Checks(AlarmsClear {
        place: place?,
        alarms: alarms?,
        hold: hold.unwrap_or_default(),
    })))
}

impl AlarmsClear {
    /// How one alarm stands; none is a pass but `Done`.
    fn judged(
        &self,
        name: &str,
        alarm: Option<&Alarm>,
        look: &Seen<'_>,
    ) -> Settled {
        let Some(alarm) = alarm else {
            let why = format!("there is no alarm {name}");
            return Settled::NotDone { why };
        };
        match alarm.state.as_str() {
            "OK" => {}
            "ALARM" => {
                let reason = alarm.reason.as_deref().unwrap_or("no reason");
                let why = format!("{name} rings: {reason}");
                return Settled::NotDone { why };
            }
            state => {
                let why = format!("{name} has {state}");
                return Settled::CannotTell { why };
            }
        }
        let Some(since) = alarm.since else {
            let why = format!("nothing tells since when {name} is OK");
            return Settled::CannotTell { why };
        };
        let held = look.begun.duration_since(since);
        if held < self.hold {
            let why = format!(
                "{name} is OK since {}; it must for {}",
                moment(since),
                span(self.hold)
            );
            return Settled::Running { why };
        }
        let (since, at) = (moment(since), moment(look.at));
        let evidence = vec![format!("{name} is OK since {since}, at {at}")];
        Settled::Done { outputs: Values::new(), evidence }
    }
}

/// What says most against a pass counts for all.
fn worse(one: Settled, other: Settled) -> Settled {
    let rank = |settled: &Settled| match settled {
        Settled::NotDone { .. } => 3,
        Settled::CannotTell { .. } => 2,
        Settled::Running { .. } => 1,
        Settled::Done { .. } => 0,
    };
    match (one, other) {
        (
            Settled::Done { mut evidence, outputs },
            Settled::Done { evidence: more, .. },
        ) => {
            evidence.extend(more);
            Settled::Done { outputs, evidence }
        }
        (one, other) if rank(&one) >= rank(&other) => one,
        (_, other) => other,
    }
}

impl Checking for AlarmsClear {
    fn texts(&self) -> Vec<&Text> {
        self.place.texts().into_iter().chain(&self.alarms).collect()
    }

    fn looks(&self, scene: &Scene<'_>) -> Result<Vec<Source>, Missing> {
        Ok(vec![self.place.look(scene, What::Alarms)?])
    }

    fn verdict(&self, scene: &Scene<'_>, told: &[Seen<'_>]) -> Settled {
        let [look @ Seen { found: Found::Alarms(alarms), .. }] = told else {
            let why = "CloudWatch answered with something else".into();
            return Settled::CannotTell { why };
        };
        let each = self.alarms.iter().map(|name| match scene.fill(name) {
            Ok(name) => {
                let one = alarms.iter().find(|alarm| alarm.name == name);
                self.judged(&name, one, look)
            }
            Err(missing) => Settled::from(missing),
        });
        each.reduce(worse).unwrap_or_else(|| Settled::CannotTell {
            why: "no alarm is named".into(),
        })
    }
}
