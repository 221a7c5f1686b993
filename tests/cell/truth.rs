//! What is so in the simulated AWS, whatever the program says of it.

use lifeboat::incident::entry::Entry;
use lifeboat::incident::fact::Fact;
use lifeboat::runbook::run::Happened;
use lifeboat::sim::Sim;
use lifeboat::sim::world::World;
use lifeboat::sim::world::database::Status;
use lifeboat::sim::world::dns::{Answer, Record};
use lifeboat::sim::world::site::HttpAnswer;

use super::{Book, judge};

const ACCOUNT: &str = "111122223333";
const CENTRAL: &str = "eu-central-1";
const ZONE: &str = "Z0LEARN4EXAMPLE7";
const DB: &str = "db.learn.example";
const CATALOG: &str = "catalog.learn.example";
const REPORTS: &str = "reports.learn.example";

/// The replica, and whether it takes writes.
fn replica(world: &World) -> (bool, bool) {
    let place = world.place(ACCOUNT, CENTRAL).unwrap();
    let replica = &place.instances["learn-db-replica"];
    (replica.status == Status::Available, replica.replica.is_none())
}

/// Whether the other cluster takes the writes.
fn writes(world: &World) -> bool {
    let account = world.account(ACCOUNT).unwrap();
    let global = &account.globals["learn-catalog-global"];
    let cluster = global.writer.ends_with(":cluster:learn-catalog-dr");
    cluster && global.moving.is_none()
}

/// The records of a name, as its zone tells them and as its servers answer.
fn records(world: &World, name: &str) -> [Vec<Record>; 2] {
    let zone = &world.account(ACCOUNT).unwrap().zones[ZONE];
    [&zone.records, &zone.answered].map(|all| {
        let of = |record: &&Record| record.name == format!("{name}.");
        all.iter().filter(of).cloned().collect()
    })
}

/// Whether a name is told and answered with a host that begins like this.
fn leads(world: &World, name: &str, host: &str) -> bool {
    records(world, name).iter().all(|records| {
        records.iter().any(|record| {
            record.values.iter().any(|value| value.starts_with(host))
        })
    })
}

/// Whether the weights of a name are told and answered like this.
fn weights(world: &World, west: i64, central: i64) -> bool {
    let weight = |records: &[Record], set: &str| {
        let of = |r: &&Record| r.set_identifier.as_deref() == Some(set);
        records.iter().find(of).and_then(|record| record.weight)
    };
    records(world, REPORTS).iter().all(|records| {
        weight(records, "eu-west-1") == Some(west)
            && weight(records, CENTRAL) == Some(central)
    })
}

fn answers(sim: &Sim, name: &str, host: &str) -> bool {
    match sim.resolve(name, "CNAME") {
        Answer::Records(records) => records[0].value.starts_with(host),
        Answer::NoData | Answer::NoName => false,
    }
}

fn serves(world: &World, host: &str) -> bool {
    let url = format!("http://{host}/health");
    matches!(world.visit(&url), HttpAnswer::Answer { status: 200, .. })
}

/// Whether what a step of this runbook reports is so; none where it reports
/// nothing of the world, or a reading with its time.
fn is_so(book: &Book, sim: &Sim, step: &str) -> Option<bool> {
    let (id, _) = book.name.split_once(',').unwrap_or((book.name, ""));
    let new = "learn-reports-b81e05.eu-central-1.";
    Some(sim.world(|world| match (id, step) {
        ("rds-replica-failover", "standby") => {
            Some(replica(world) == (true, false))
        }
        ("rds-replica-failover", "promote") => {
            Some(replica(world) == (true, true))
        }
        ("rds-replica-failover", "traffic") => {
            Some(leads(world, DB, "learn-db-replica."))
        }
        ("rds-replica-failover", "green") => {
            let account = world.account(ACCOUNT).unwrap();
            Some(account.health_checks["hc-standby-eu-central-1"].healthy)
        }
        ("rds-replica-failover", "healthy") => {
            Some(serves(world, "www.learn.example"))
        }
        ("aurora-global-failover", "ready") => Some(!writes(world)),
        ("aurora-global-failover", "failover" | "switchover") => {
            Some(writes(world))
        }
        ("aurora-global-failover", "traffic") => {
            Some(leads(world, CATALOG, "learn-catalog-dr.cluster-"))
        }
        ("aurora-global-failover", "healthy") => {
            let host = "learn-catalog-3f6b20.eu-central-1.elb.amazonaws.com";
            Some(serves(world, host))
        }
        ("traffic-switch", "serves") => {
            Some(serves(world, &format!("{new}elb.amazonaws.com")))
        }
        ("traffic-switch", "reads") => Some(replica(world).0),
        ("traffic-switch", "drain") => Some(weights(world, 50, 50)),
        ("traffic-switch", "shift") => Some(weights(world, 0, 100)),
        ("traffic-switch", "back") => Some(weights(world, 100, 0)),
        ("traffic-switch", "healthy") => Some(serves(world, REPORTS)),
        _ => None,
    }))
    .flatten()
    .or_else(|| match (id, step) {
        ("rds-replica-failover", "resolve") => {
            Some(answers(sim, DB, "learn-db-replica."))
        }
        ("aurora-global-failover", "resolve") => {
            Some(answers(sim, CATALOG, "learn-catalog-dr.cluster-"))
        }
        ("traffic-switch", "resolve") => Some(answers(sim, REPORTS, new)),
        _ => None,
    })
}

/// What an entry reports done that is not so at the moment it does.
pub fn lie(book: &Book, sim: &Sim, entry: &Entry) -> Option<String> {
    let Fact::Step(fact) = &entry.fact else { return None };
    let Happened::Done { evidence, .. } = &fact.what else { return None };
    let is_so = is_so(book, sim, &fact.step)?;
    (!is_so).then(|| {
        format!("{} is reported done, and is not: {evidence:?}", fact.step)
    })
}

/// What is not as the runbook says of what is left where it stops.
pub fn left(told: &str, sim: &Sim) -> Option<String> {
    let is_so = if told.starts_with("Nothing was changed") {
        judge::changes(&sim.received()).all(|change| !change.applied)
    } else if told.starts_with("The replica is a primary and takes writes;") {
        sim.world(|world| {
            replica(world) == (true, true) && leads(world, DB, "learn-db.")
        })
    } else if told.starts_with("The database writes in the new Region;") {
        sim.world(|world| {
            writes(world) && leads(world, CATALOG, "learn-catalog.cluster-")
        })
    } else {
        return Some(format!("nobody knows whether it is so: {told}"));
    };
    (!is_so).then(|| format!("it is not so that {told}"))
}
