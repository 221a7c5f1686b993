//! The simulated AWS by values: what a look finds and what came of a call.

use std::time::Duration;

use jiff::{SignedDuration, Timestamp};
use lifeboat::estate::ids::ZoneId;
use lifeboat::estate::resource::{Change, DbInstance, DnsAnswer, RecordSet};
use lifeboat::estate::{Found, Source, What};
use lifeboat::failure::{Failure, FailureKind};
use lifeboat::runbook::call::Call;
use lifeboat::runbook::run::Outcome;
use lifeboat::sim::Sim;
use lifeboat::sim::direct::{Asking, Lost};
use lifeboat::sim::world::dns::Answer;
use lifeboat::wire::Fault;
use serde_json::{Value, json};

/// How long a read waits for an answer, and a change.
const READ: Duration = Duration::from_secs(4);
const CHANGE: Duration = Duration::from_secs(25);

/// What came of it, and how long it took.
pub type Came<T> = (T, SignedDuration);

fn ask(
    sim: &Sim,
    asking: &Asking<'_>,
    input: Value,
    patience: Duration,
) -> Came<Result<Result<Value, Fault>, Lost>> {
    let given = sim.ask(asking, input).expect("an official operation");
    let (end, took) = match given.end {
        Err(Lost::Unanswered) => (Err(Lost::Unanswered), patience),
        Err(Lost::Unreachable) => {
            (Err(Lost::Unreachable), Duration::from_secs(3))
        }
        _ if given.delay >= patience => (Err(Lost::Unanswered), patience),
        end => (end, given.delay),
    };
    let took = SignedDuration::try_from(took).expect("a short time");
    (end, took)
}

fn failed(fault: &Fault) -> Failure {
    let kind = match fault.code.as_str() {
        code if code.contains("Throttl") => FailureKind::Throttled,
        code if code.contains("Denied") => {
            FailureKind::Denied { action: None }
        }
        code if code.contains("Expired") => FailureKind::Expired,
        code if code.contains("NotFound") || code.starts_with("NoSuch") => {
            FailureKind::NotFound
        }
        code if code.ends_with("State") => FailureKind::Conflict,
        _ if fault.status >= 500 => FailureKind::Faulted,
        _ => FailureKind::Other,
    };
    let mut failure = Failure::new("ask AWS", kind);
    failure.code = Some(fault.code.clone());
    failure.maybe_applied = fault.status >= 500;
    failure
}

fn lost(lost: Lost) -> Failure {
    let kind = match lost {
        Lost::Unreachable | Lost::Broken => FailureKind::Unreachable,
        Lost::Unanswered => FailureKind::TimedOut,
    };
    let mut failure = Failure::new("ask AWS", kind);
    failure.maybe_applied = lost != Lost::Unreachable;
    failure
}

/// Sends a call, once.
pub fn send(sim: &Sim, call: &Call) -> Came<Outcome> {
    let (service, operation) =
        call.action().split_once(':').expect("service:Operation");
    let region = call.region();
    let asking = Asking {
        account: call.account(),
        region: &region,
        service,
        operation,
    };
    let (end, took) = ask(sim, &asking, call.request(), CHANGE);
    let outcome = match end {
        Ok(Ok(answer)) => {
            let change = answer["ChangeInfo"]["Id"].as_str();
            let change = change.map(|id| id.replace("/change/", ""));
            Outcome::Accepted { request_id: None, answer: change }
        }
        Ok(Err(fault)) => {
            let failure = failed(&fault);
            if failure.maybe_applied {
                Outcome::Unknown { failure }
            } else {
                Outcome::Refused { failure }
            }
        }
        Err(Lost::Unreachable) => {
            Outcome::NotSent { why: lost(Lost::Unreachable).to_string() }
        }
        Err(way) => Outcome::Unknown { failure: lost(way) },
    };
    (outcome, took)
}

/// Looks at a source.
pub fn look(sim: &Sim, source: &Source) -> Came<Result<Found, Failure>> {
    let Source::Aws { account, region, what } = source else {
        return (Ok(beside(sim, source)), SignedDuration::ZERO);
    };
    let (service, operation, input) = match what {
        What::Instance(id) => (
            "rds",
            "DescribeDBInstances",
            json!({ "DBInstanceIdentifier": id }),
        ),
        What::RecordsOf { zone, name } => (
            "route53",
            "ListResourceRecordSets",
            json!({ "HostedZoneId": zone, "StartRecordName": name }),
        ),
        What::ChangeOf(id) => ("route53", "GetChange", json!({ "Id": id })),
        _ => {
            let failure = Failure::new("look", FailureKind::Unreachable);
            return (Err(failure), SignedDuration::from_secs(3));
        }
    };
    let asking = Asking { account, region, service, operation };
    let (end, took) = ask(sim, &asking, input, READ);
    let found = match end {
        Ok(Ok(answer)) => Ok(found(what, &answer)),
        Ok(Err(fault)) => Err(failed(&fault)),
        Err(way) => Err(lost(way)),
    };
    (found, took)
}

fn found(what: &What, answer: &Value) -> Found {
    match what {
        What::RecordsOf { zone, name } => {
            let sets = answer["ResourceRecordSets"].as_array();
            let sets = sets.into_iter().flatten();
            let all = sets.map(|set| record(zone, set));
            Found::Records(all.filter(|set| set.name == *name).collect())
        }
        What::ChangeOf(id) => {
            let status = &answer["ChangeInfo"]["Status"];
            Found::Change(Change {
                id: id.clone(),
                in_sync: status == "INSYNC",
            })
        }
        _ => {
            let all = answer["DBInstances"].as_array();
            let all = all.into_iter().flatten().map(instance);
            Found::Instances(all.collect())
        }
    }
}

fn text(value: &Value, member: &str) -> String {
    value[member].as_str().unwrap_or_default().to_owned()
}

fn given(value: &Value, member: &str) -> Option<String> {
    value[member].as_str().map(ToOwned::to_owned)
}

fn instance(told: &Value) -> DbInstance {
    let endpoint = &told["Endpoint"];
    let port = endpoint["Port"].as_u64().and_then(|p| p.try_into().ok());
    DbInstance {
        id: text(told, "DBInstanceIdentifier"),
        arn: text(told, "DBInstanceArn").into(),
        status: text(told, "DBInstanceStatus"),
        engine: text(told, "Engine"),
        class: text(told, "DBInstanceClass"),
        endpoint: given(endpoint, "Address").zip(port),
        cluster: None,
        replica_of: given(told, "ReadReplicaSourceDBInstanceIdentifier"),
        replicas: Vec::new(),
        multi_az: false,
        encrypted: false,
        deletion_protection: false,
        backup_retention_days: 0,
        latest_restorable: None,
        tags: [].into(),
    }
}

fn record(zone: &ZoneId, told: &Value) -> RecordSet {
    let values = told["ResourceRecords"].as_array();
    let values = values.into_iter().flatten();
    RecordSet {
        zone: zone.clone(),
        name: text(told, "Name").trim_end_matches('.').to_owned(),
        kind: text(told, "Type"),
        identifier: given(told, "SetIdentifier"),
        failover: given(told, "Failover"),
        weight: None,
        ttl: told["TTL"].as_i64(),
        values: values.map(|value| text(value, "Value")).collect(),
        alias: None,
        evaluates: None,
        health_check: given(told, "HealthCheckId"),
    }
}

/// What the world beside AWS says.
fn beside(sim: &Sim, source: &Source) -> Found {
    let mut answer = DnsAnswer { values: Vec::new(), ttl: None };
    if let Source::Dns { name, kind, .. } = source
        && let Answer::Records(records) = sim.resolve(name, kind)
    {
        let values = records.iter().filter(|record| record.kind == *kind);
        let values = values.map(|r| r.value.trim_end_matches('.').to_owned());
        answer.values = values.collect();
    }
    Found::Dns(answer)
}

/// What the plan is bound to, as this look found it: what a person saw.
pub fn gist(found: &Found) -> String {
    match found {
        Found::Instances(all) => {
            let told = all.iter().map(|one| {
                format!("{} {:?} {}", one.status, one.replica_of, one.arn)
            });
            told.collect::<Vec<_>>().join("; ")
        }
        Found::Records(all) => {
            let told = all.iter().map(|one| {
                format!("{} {:?} {:?}", one.kind, one.ttl, one.values)
            });
            told.collect::<Vec<_>>().join("; ")
        }
        other => format!("{other:?}"),
    }
}

/// The times of a look: when it began, and when AWS was asked.
#[derive(Clone, Debug)]
pub struct Truth {
    /// When AWS was asked.
    pub read: Timestamp,
    /// What it said, in a few words.
    pub gist: String,
    /// Whether all of it came.
    pub whole: bool,
}
