//! An estate seen whole, and one source of it looked at again under a fault.

use std::collections::{BTreeMap, BTreeSet};
use std::fmt;
use std::sync::Arc;
use std::time::Duration;

use jiff::Timestamp;
use lifeboat::aws::poll::look_once;
use lifeboat::aws::session::Session;
use lifeboat::aws::{SERVICES, Service, sources};
use lifeboat::estate::derived::{Derived, Watch};
use lifeboat::estate::ids::Account;
use lifeboat::estate::{Estate, Found, Freshness, Observation, Source};
use lifeboat::sim::Sim;
use lifeboat::sim::faults::Rule;
use lifeboat::wire::Model;
use tokio::sync::OnceCell;
use tokio::time::sleep;

use super::paused::{CENTRAL, PROD, WEST, play, session, start};

/// A simulated AWS, a session with it and what was seen of it while nothing
/// was wrong.
pub(crate) struct Bench {
    pub(crate) sim: Sim,
    session: Arc<Session>,
    /// What was seen.
    pub(crate) whole: Estate,
    asked: Asked,
}

/// The operations that each source asked for.
type Asked = BTreeMap<Source, BTreeSet<String>>;

/// A signing name and an operation.
type Operation = (&'static str, &'static str);

/// An operation of a row, and a source that asks for it.
pub(crate) struct Case {
    pub(crate) row: &'static Service,
    pub(crate) source: Source,
    pub(crate) service: &'static str,
    pub(crate) operation: &'static str,
}

impl fmt::Display for Case {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{} {}", self.source, self.operation)
    }
}

/// What is asked for only where an answer lacks something: older servers
/// list buckets without their Regions, and where the endpoints of routing
/// controls are not known yet.
const SELDOM: [&str; 2] = ["GetBucketLocation", "ListClusters"];

impl Bench {
    /// What was seen is the same for all tests, and told only once.
    pub(crate) async fn new() -> Self {
        static SEEN: OnceCell<(Estate, Asked)> = OnceCell::const_new();
        let sim = play("quiet");
        let session = session(&sim);
        let (whole, asked) = (Estate::default(), Asked::new());
        let mut bench = Bench { sim, session, whole, asked };
        let seen = SEEN.get_or_init(|| bench.seen()).await;
        (bench.whole, bench.asked) = seen.clone();
        sleep(Duration::from_secs(1)).await;
        bench
    }

    /// Looks at everything twice: the second time copies know their
    /// originals, and the switches of ARC their endpoints.
    async fn seen(&self) -> (Estate, Asked) {
        let (mut whole, mut all) = (Estate::default(), Asked::new());
        for source in self.sources().into_iter().chain(self.sources()) {
            let before = self.sim.received().len();
            let seen = self.look(&source).await;
            assert!(seen.found.is_ok(), "{seen:?}");
            assert_eq!(seen.partial, None, "{source}");
            // As if all had come at once, before what a test looks at.
            let (begun, at) = (start(), start());
            whole.apply(Observation { begun, at, ..seen });
            let asked = self.sim.received().split_off(before);
            let asked = asked.into_iter().map(|call| call.operation);
            all.insert(source, asked.collect());
        }
        (whole, all)
    }

    /// Everything that is watched.
    pub(crate) fn sources(&self) -> Vec<Source> {
        sources(&Account::new(PROD), self.session.regions())
    }

    /// Every operation that `of` gives of a row, with a source that asks for
    /// it, of the Region that one lives in where there is one.
    pub(crate) fn cases(
        &self,
        of: fn(&Service) -> Vec<Operation>,
    ) -> Vec<Case> {
        let mut cases = Vec::new();
        for row in SERVICES.iter().filter(|row| row.watched.is_some()) {
            let here = self.asked.iter().filter(|(source, _)| {
                source.what().is_some_and(|what| what.name() == row.name)
            });
            let here: Vec<_> = here.collect();
            for (service, operation) in of(row) {
                let asks =
                    |asked: &BTreeSet<String>| asked.contains(operation);
                let found = here.iter().rfind(|(_, asked)| asks(asked));
                let Some((source, _)) = found else {
                    assert!(SELDOM.contains(&operation), "{operation}");
                    continue;
                };
                let source = (*source).clone();
                cases.push(Case { row, source, service, operation });
            }
        }
        cases
    }

    pub(crate) async fn look(&self, source: &Source) -> Observation {
        look_once(&self.session, source).await
    }

    /// Looks under these faults, and takes them away again.
    pub(crate) async fn under(
        &self,
        rules: &[Rule],
        source: &Source,
    ) -> Observation {
        let rules: Vec<_> =
            rules.iter().map(|rule| self.sim.inject(rule.clone())).collect();
        let seen = self.look(source).await;
        for rule in rules {
            assert!(self.sim.lift(rule));
        }
        seen
    }

    /// What follows when such an answer comes after whole ones.
    pub(crate) fn after(&self, seen: Observation) -> Estate {
        let mut estate = self.whole.clone();
        estate.apply(seen);
        estate
    }

    /// What follows when such an answer is the first of that source.
    pub(crate) fn first(&self, seen: Observation) -> Estate {
        let mut estate = Estate::default();
        for (source, known) in self.whole.sources() {
            let found = known.found.clone().filter(|_| *source != seen.source);
            let Some(found) = found else {
                estate.expect(source.clone());
                continue;
            };
            let (begun, at) = known.seen.expect("it was seen");
            let (source, found) = (source.clone(), Ok(found));
            estate.apply(Observation {
                source,
                begun,
                at,
                found,
                partial: None,
            });
        }
        estate.apply(seen);
        estate
    }

    pub(crate) fn now(&self) -> Timestamp {
        self.sim.now()
    }

    pub(crate) fn derived(&self, estate: &Estate) -> Derived {
        let watch = Watch {
            source: Some(WEST.into()),
            target: Some(CENTRAL.into()),
            ..Watch::default()
        };
        Derived::of(estate, &watch, None, self.now())
    }

    pub(crate) fn freshness(
        &self,
        estate: &Estate,
        source: &Source,
    ) -> Freshness {
        estate.freshness(source, self.now(), estate.pace(source))
    }
}

/// The operations of a row that list by pages, with their services' signing
/// names.
pub(crate) fn lists(row: &Service) -> Vec<Operation> {
    let mut lists = reads(row);
    lists.retain(|(service, operation)| {
        let modeled = Model::official().operation(service, operation);
        modeled.expect("it is modeled").paginator().is_some()
    });
    lists
}

/// All operations of a row, with their services' signing names.
pub(crate) fn reads(row: &Service) -> Vec<Operation> {
    row.reads.iter().map(|read| named(read)).collect()
}

/// The signing name and the operation of what the table reads.
fn named(read: &'static str) -> Operation {
    let (service, operation) = read.split_once(':').expect("a colon");
    let service = if service == "cloudwatch" { "monitoring" } else { service };
    (service, operation)
}

/// What is in an answer, each by what it is known by.
pub(crate) fn things(found: &Found) -> BTreeSet<String> {
    match found {
        Found::Points(list) => {
            list.iter().map(|point| point.arn().to_string()).collect()
        }
        Found::Parts(list) => {
            list.iter().map(|part| part.told().id().to_owned()).collect()
        }
        Found::Vaults(list) => names(list, |vault| vault.arn.to_string()),
        Found::Jobs(list) => names(list, |job| job.id.to_string()),
        Found::Protected(list) => names(list, |one| one.arn.to_string()),
        Found::Instances(list) => names(list, |one| one.id.clone()),
        Found::Clusters(list) => names(list, |one| one.id.clone()),
        Found::GlobalClusters(list) => names(list, |one| one.id.clone()),
        Found::AutomatedBackups(list) => names(list, |b| b.arn.to_string()),
        Found::Lags(list) => names(list, |lag| lag.replica.clone()),
        Found::Zones(list) => names(list, |zone| zone.id.to_string()),
        Found::Records(list) => names(list, |record| {
            let identifier = record.identifier.as_deref().unwrap_or_default();
            format!("{} {} {identifier}", record.name, record.kind)
        }),
        Found::HealthChecks(list) => names(list, |check| check.id.clone()),
        Found::Alarms(list) => names(list, |alarm| alarm.name.clone()),
        Found::Identity(who) => [who.arn.to_string()].into(),
        other => panic!("no list: {other:?}"),
    }
}

fn names<T>(list: &[T], name: impl Fn(&T) -> String) -> BTreeSet<String> {
    list.iter().map(name).collect()
}
