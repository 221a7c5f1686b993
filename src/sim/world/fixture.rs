//! A small world for tests: a database, its replica, their traffic.

use jiff::{SignedDuration, Timestamp};
use serde_json::Value;

use super::database::{Instance, Replica, endpoint};
use super::dns::{Failover, HealthCheck, Record, Zone};
use super::seed::arn;
use super::site::{Backing, Site};
use super::vault::{Protected, Vault};
use super::watch::{Alarm, SeriesKey};
use super::{Caller, Condition, Fault, World};
use crate::sim::SERVICES;
use crate::wire::{Model, check, check_fault, check_input};

pub(crate) const ACCOUNT: &str = "111122223333";
pub(crate) const WEST: &str = "eu-west-1";
pub(crate) const CENTRAL: &str = "eu-central-1";
pub(crate) const REPLICA: &str = "orders-replica";

/// Codes that services send without naming them in their models; those of S3
/// stand in its list of error responses.
const COMMON: [&str; 16] = [
    "AccessDenied",
    "AccessDeniedException",
    "InvalidParameterCombination",
    "InvalidParameterValue",
    "InvalidSnapshot.InUse",
    "InvalidGroup.NotFound",
    "InvalidSnapshot.NotFound",
    "InvalidVolume.NotFound",
    "MissingParameter",
    "NoSuchBucket",
    "NoSuchTagSet",
    "ObjectLockConfigurationNotFoundError",
    "PermanentRedirect",
    "ReplicationConfigurationNotFoundError",
    "SubscriptionRequiredException",
    "ValidationError",
];

/// A world, who asks it, and the time in it.
pub(crate) struct Lab {
    pub(crate) world: World,
    pub(crate) now: Timestamp,
}

pub(crate) fn start() -> Timestamp {
    "2026-11-23T10:00:00Z".parse().expect("it is a time stamp")
}

pub(crate) fn db_arn(region: &str, id: &str) -> String {
    arn("rds", region, ACCOUNT, &format!("db:{id}"))
}

fn record(name: &str, kind: &str, value: &str) -> Record {
    Record {
        name: name.to_owned(),
        kind: kind.to_owned(),
        ttl: Some(30),
        values: vec![value.to_owned()],
        ..Record::default()
    }
}

fn site(host: &str, region: &str) -> Site {
    Site {
        host: host.to_owned(),
        region: region.to_owned(),
        backing: Backing::Database("db.training.example".to_owned()),
        forced_status: None,
    }
}

impl Lab {
    pub(crate) fn new() -> Lab {
        let now = start();
        let mut world = World::new(now);
        world.add_account(ACCOUNT, "prod");
        let made = now - SignedDuration::from_hours(24 * 30);
        let mut orders = Instance::new("orders", made);
        let key = arn("kms", WEST, ACCOUNT, "key/west");
        orders.kms_key = Some(key);
        world.add_instance(ACCOUNT, WEST, orders);
        let mut replica = Instance::new(REPLICA, made);
        replica.replica = Some(Replica {
            source: db_arn(WEST, "orders"),
            lag: 2.0,
            ..Replica::default()
        });
        world.add_instance(ACCOUNT, CENTRAL, replica);
        for region in [WEST, CENTRAL] {
            world.add_vault(ACCOUNT, region, Vault::new("main", made));
        }
        let orders = db_arn(WEST, "orders");
        let protected = Protected::new(&orders, "RDS", "orders");
        world.add_protected(ACCOUNT, WEST, protected);
        let mut lab = Lab { world, now };
        lab.add_traffic();
        lab.add_alarm();
        lab
    }

    fn add_traffic(&mut self) {
        let world = &mut self.world;
        world.add_site(site("west.lb.example", WEST));
        world.add_site(site("central.lb.example", CENTRAL));
        let check =
            HealthCheck::of_host("hc-west", "west.lb.example", self.now);
        world.add_health_check(ACCOUNT, check);
        let part =
            |set: &str, part, value: &str, check: Option<&str>| Record {
                set_identifier: Some(set.to_owned()),
                failover: Some(part),
                health_check: check.map(str::to_owned),
                ..record("app.training.example.", "CNAME", value)
            };
        let west = endpoint("orders", ACCOUNT, WEST);
        let (first, second) = (Failover::Primary, Failover::Secondary);
        let records = vec![
            part("west", first, "west.lb.example", Some("hc-west")),
            part("central", second, "central.lb.example", None),
            record("db.training.example.", "CNAME", &west),
        ];
        let zone = Zone {
            id: "Z1".to_owned(),
            name: "training.example.".to_owned(),
            records,
            ..Zone::default()
        };
        world.add_zone(ACCOUNT, zone);
    }

    fn add_alarm(&mut self) {
        let dimensions = [("DBInstanceIdentifier", REPLICA)];
        let series = SeriesKey {
            namespace: "AWS/RDS".to_owned(),
            metric: "ReplicaLag".to_owned(),
            dimensions: dimensions
                .map(|(k, v)| (k.to_owned(), v.to_owned()))
                .into(),
        };
        let alarm = Alarm::above("replica-lag", series, 60.0, self.now);
        self.world.add_alarm(ACCOUNT, CENTRAL, alarm);
    }

    /// Lets time pass.
    pub(crate) fn wait(&mut self, seconds: i64) {
        self.now += SignedDuration::from_secs(seconds);
        self.world.advance(self.now);
    }

    pub(crate) fn darken(&mut self, region: &str) {
        self.world.set_condition(region, self.now, Condition::Dark);
    }

    pub(crate) fn light(&mut self, region: &str) {
        self.world.set_condition(region, self.now, Condition::Healthy);
    }

    /// Asks an operation of `service:Operation` in a Region. What comes back
    /// must fit the official shapes.
    pub(crate) fn ask(
        &mut self,
        region: &str,
        operation: &str,
        input: &Value,
    ) -> Result<Value, Fault> {
        let (service, name) =
            operation.split_once(':').expect("service:Operation");
        let caller = Caller {
            account: ACCOUNT.to_owned(),
            region: region.to_owned(),
            principal: arn("iam", "", ACCOUNT, "user/on-call"),
        };
        let services = SERVICES.iter();
        let handler = services
            .filter(|s| s.signing_name == service)
            .find_map(|s| s.handler(name))
            .expect("the operation is simulated");
        let shape = Model::official()
            .operation(service, name)
            .expect("the operation is modeled");
        assert_eq!(check_input(&shape, input), [], "{name}: {input}");
        let answer = handler(&mut self.world, &caller, input, self.now);
        match &answer {
            Ok(output) => {
                assert_eq!(check(&shape, output), [], "{name}: {output}");
            }
            Err(fault) if COMMON.contains(&fault.code.as_str()) => {}
            Err(fault) => {
                assert_eq!(check_fault(&shape, fault), [], "{fault:?}");
            }
        }
        answer
    }

    /// The same for one that must succeed.
    pub(crate) fn get(
        &mut self,
        region: &str,
        operation: &str,
        input: &Value,
    ) -> Value {
        self.ask(region, operation, input)
            .unwrap_or_else(|fault| panic!("{operation}: {fault:?}"))
    }

    /// The code with which one that must fail is refused.
    pub(crate) fn refusal(
        &mut self,
        region: &str,
        operation: &str,
        input: &Value,
    ) -> String {
        match self.ask(region, operation, input) {
            Ok(output) => panic!("{operation} was not refused: {output}"),
            Err(fault) => fault.code,
        }
    }
}
