//! What the broken runbooks are judged by: an estate in which some things are
//! in order and some are not, and a past.

use jiff::{SignedDuration, Timestamp};
use sha2::{Digest, Sha256};

use super::super::super::plan::hex;
use super::{Ground, Runbook, Seen};
use crate::estate::derived::Derived;
use crate::estate::fixture::{
    ACCOUNT, CENTRAL, ago, aimed, cut as cut_short, db, denied, failed, has,
    now, point, points, record, saw, seen as answer, source,
};
use crate::estate::metrics::{
    Ending, Exercise, Exercised, Practice, Rehearsal,
};
use crate::estate::part::kms::{Key, KeyState};
use crate::estate::recovery_point::Fields;
use crate::estate::resource::{DbInstance, RecordSet};
use crate::estate::{Estate, Found, What};
use crate::failure::FailureKind;

/// The Region that does not answer.
const DARK: &str = "eu-west-2";

/// The estate with what follows from it.
pub(super) struct Grounds {
    estate: Estate,
    derived: Derived,
}

impl Grounds {
    pub(super) fn new() -> Self {
        let estate = estate();
        let derived = derived(&estate);
        Grounds { estate, derived }
    }

    pub(super) fn with<'a>(&'a self, past: &'a [Practice]) -> Ground<'a> {
        Ground::of(&self.estate, &self.derived, past, now())
    }
}

pub(super) fn derived(estate: &Estate) -> Derived {
    Derived::of(estate, &aimed(), None, now())
}

pub(super) fn seen<'a>(estate: &'a Estate, derived: &'a Derived) -> Seen<'a> {
    Seen { estate, derived, now: now() }
}

fn instances() -> Found {
    let replica = DbInstance {
        id: "learn-db-replica".to_owned(),
        arn: arn("learn-db-replica").as_str().into(),
        ..db("Gold")
    };
    Found::Instances([replica].into())
}

fn arn(name: &str) -> String {
    format!("arn:aws:rds:eu-west-1:{ACCOUNT}:db:{name}")
}

/// A copy in eu-central-1 of a database, with data of so many minutes ago.
fn copy(name: &str, minutes: i64) -> Fields {
    Fields {
        arn: format!("point-of-{name}").as_str().into(),
        resource: arn(name).as_str().into(),
        data_time: Some(ago(minutes)),
        ..point()
    }
}

fn estate() -> Estate {
    let mut estate = Estate::default();
    let primary = Found::Instances([db("Gold")].into());
    saw(&mut estate, "eu-west-1", What::Instances, primary);
    saw(&mut estate, CENTRAL, What::Instances, instances());
    let key = format!("arn:aws:kms:{CENTRAL}:{ACCOUNT}:key/copies");
    let locked =
        Fields { key: Some(key.as_str().into()), ..copy("locked-db", 2) };
    let stale = copy("stale-db", 60 * 24 * 10);
    let held = points(&[copy("learn-db", 2), locked, stale]);
    saw(&mut estate, CENTRAL, What::Points, held);
    let going = Key {
        arn: key,
        name: "copies".to_owned(),
        state: Some(KeyState::PendingDeletion),
        deleted: None,
        aws_managed: Some(false),
        also_in: Vec::new(),
        multi_region: Some(false),
        used_by: Vec::new(),
        unknown: Vec::new(),
    };
    has(&mut estate, CENTRAL, going);
    let host = "db.eu-west-1.example";
    let records = [
        record("db.learn.example", host),
        RecordSet { ttl: Some(300), ..record("slow.learn.example", host) },
        RecordSet {
            ttl: None,
            values: Vec::new(),
            alias: Some((host.to_owned(), "Z2".to_owned())),
            evaluates: Some(false),
            ..record("alias.learn.example", host)
        },
    ];
    let records = Found::Records(records.into());
    saw(&mut estate, "us-east-1", What::Records, records);
    for minutes in [3, 2, 1] {
        let look = source(DARK, What::Vaults);
        let gone = FailureKind::Unreachable;
        estate.apply(failed(look, ago(minutes), gone));
    }
    estate
}

/// The list of instances was cut short.
pub(super) fn cut() -> Estate {
    let mut estate = Estate::default();
    let list = source(CENTRAL, What::Instances);
    estate.apply(cut_short(answer(list, now(), instances())));
    estate
}

/// The list of instances was never had.
pub(super) fn elsewhere() -> Estate {
    let mut estate = Estate::default();
    saw(&mut estate, "eu-west-1", What::Instances, instances());
    denied(&mut estate, CENTRAL, What::Instances);
    estate
}

/// What lies behind of a runbook: for most a drill of yesterday in which all
/// was proven; for those of the rules on the past, what breaks them.
pub(super) fn past(runbook: &Runbook, text: &str) -> Vec<Practice> {
    let code = runbook.id.as_str();
    let days = if code == "drill-overdue" { 60 } else { 1 };
    let drilled = if code == "never-drilled" { "other" } else { code };
    let sha256 = match code {
        "drilled-older" => "of another file".to_owned(),
        _ => hex(&Sha256::digest(text)),
    };
    let steps = runbook.steps.iter().map(|spec| Exercised {
        step: spec.id.clone(),
        how: match (code, spec.id.as_str()) {
            ("never-done", "flip") => Exercise::NotExercised,
            _ => Exercise::Proven,
        },
        took: match (code, spec.id.as_str()) {
            ("expect-off", "flip") => Some(SignedDuration::from_mins(3)),
            _ => spec.expect,
        },
        expect: spec.expect,
    });
    let steps: Vec<Exercised> = steps.collect();
    let runs = if code == "expect-off" { 3 } else { 1 };
    (0..runs)
        .map(|run| {
            let at = ago(days * 24 * 60 + run);
            practice(at, drilled, &sha256, steps.clone())
        })
        .collect()
}

fn practice(
    at: Timestamp,
    runbook: &str,
    sha256: &str,
    steps: Vec<Exercised>,
) -> Practice {
    Practice {
        id: "INC-1".to_owned(),
        title: "a drill".to_owned(),
        at,
        drill: true,
        simulated: None,
        endpoint: None,
        rto: None,
        completion: None,
        objective: None,
        regained: Vec::new(),
        runs: vec![Rehearsal {
            runbook: runbook.to_owned(),
            sha256: sha256.to_owned(),
            at,
            result: Ending::Finished,
            steps,
            left: Vec::new(),
        }],
    }
}
