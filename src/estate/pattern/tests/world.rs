//! An estate, told by hand, in which one application has a pattern.

use std::collections::BTreeMap;

use jiff::{SignedDuration, Timestamp};
use serde_json::{Value, json};

use super::super::{Aim, Application, applications};
use crate::estate::derived::Derived;
use crate::estate::fixture::{
    self, CENTRAL, DB, WEST, ago, aimed, db, now, parts, point, points, tier,
};
use crate::estate::part::Kind;
use crate::estate::recovery_point::Fields;
use crate::estate::resource::{DbInstance, Lag, Origin, RecordSet};
use crate::estate::{Estate, Found, What};

const REPLICA: &str = "arn:aws:rds:eu-central-1:111122223333:db:replica";

pub(super) fn app(name: &str) -> BTreeMap<String, String> {
    let mut tags = tier("Silver");
    tags.insert("app".to_owned(), name.to_owned());
    tags
}

pub(super) fn database(tags: BTreeMap<String, String>) -> DbInstance {
    DbInstance { tags, ..db("Silver") }
}

/// A backup of the database, of twenty minutes ago.
pub(super) fn backup() -> Found {
    points(&[Fields {
        origin: Origin::Backup,
        data_time: Some(ago(20)),
        ..point()
    }])
}

pub(super) fn service(name: &str, desired: i64, running: i64) -> Value {
    json!({ "ecs_service": {
        "arn": format!("arn:{name}"), "name": name, "cluster": "learn",
        "status": "ACTIVE", "desired": desired, "running": running,
        "pending": 0, "task": "web:1", "tags": { "app": "web" },
    } })
}

pub(super) fn group(desired: i64, max: i64) -> Value {
    json!({ "scaling_group": {
        "arn": "arn:render", "name": "render", "min": 0, "max": max,
        "desired": desired, "in_service": desired, "suspended": [],
        "tags": { "app": "web" },
    } })
}

pub(super) fn stack(status: &str) -> Value {
    json!({ "stack": {
        "arn": "arn:stack", "name": "web", "status": status, "reason": null,
        "drift": null, "drift_seen": null, "created": null, "updated": null,
        "maker": null, "nested": false, "tags": { "app": "web" },
    } })
}

pub(super) fn image() -> (Value, Value) {
    let arn = "arn:aws:ec2:eu-central-1::image/ami-1";
    let image = json!({ "image": {
        "arn": arn, "name": "web-7", "state": "available", "created": null,
        "instance": null, "copy_of": null, "snapshots": [],
    } });
    let tags = json!({ "tagged": { "arn": arn, "tags": { "app": "web" } } });
    (image, tags)
}

pub(super) fn record(
    to: &str,
    weight: Option<i64>,
    failover: Option<&str>,
) -> RecordSet {
    let host = format!("web-7c1f0a.{to}.elb.amazonaws.com");
    RecordSet {
        identifier: Some(to.to_owned()),
        failover: failover.map(str::to_owned),
        weight,
        ..fixture::record("www.learn.example", &host)
    }
}

/// An estate in which all lists that matter were seen, and are empty.
pub(super) struct World(pub(super) Estate);

impl World {
    pub(super) fn new() -> Self {
        let mut world = World(Estate::default());
        for region in [WEST, CENTRAL] {
            for kind in [
                Kind::Tagged,
                Kind::EcsService,
                Kind::ScalingGroup,
                Kind::Host,
                Kind::Stack,
                Kind::Image,
            ] {
                world.saw(region, What::Parts(kind), parts(&[]));
            }
            for what in [What::Points, What::Snapshots] {
                world.saw(region, what, points(&[]));
            }
            world.saw(region, What::Instances, Found::Instances([].into()));
        }
        world
    }

    /// One with a database of the application `web`.
    pub(super) fn with_db() -> Self {
        let mut world = World::new();
        let found = Found::Instances([database(app("web"))].into());
        world.saw(WEST, What::Instances, found);
        world
    }

    /// The same, with a replica of it in the recovery Region.
    pub(super) fn followed(lag: f64) -> Self {
        let mut world = World::new();
        let primary = DbInstance {
            replicas: vec![REPLICA.into()],
            ..database(app("web"))
        };
        let found = Found::Instances([primary].into());
        world.saw(WEST, What::Instances, found);
        let replica = DbInstance {
            id: "replica".into(),
            arn: REPLICA.into(),
            replica_of: Some(DB.into()),
            ..database(app("web"))
        };
        let found = Found::Instances([replica].into());
        world.saw(CENTRAL, What::Instances, found);
        let sample = |ago| (now() - SignedDuration::from_secs(ago), lag);
        let lag = Lag {
            replica: "replica".into(),
            metric: "ReplicaLag".into(),
            samples: vec![sample(120), sample(60)],
        };
        world.saw(CENTRAL, What::Lags, Found::Lags([lag].into()));
        world
    }

    pub(super) fn saw(
        &mut self,
        region: &str,
        what: What,
        found: Found,
    ) -> &mut Self {
        fixture::saw(&mut self.0, region, what, found);
        self
    }

    pub(super) fn runs(
        &mut self,
        region: &str,
        services: &[Value],
    ) -> &mut Self {
        self.saw(region, What::Parts(Kind::EcsService), parts(services))
    }

    pub(super) fn all_at(
        &self,
        now: Timestamp,
        tag: &str,
    ) -> Vec<Application> {
        let watch = aimed();
        let derived = Derived::of(&self.0, &watch, None, now);
        let aim = Aim { tag, target: watch.target.as_ref(), now };
        applications(&self.0, &derived.standings, aim)
    }

    pub(super) fn web(&self) -> Application {
        let all = self.all_at(now(), "app");
        let web = all.iter().find(|one| one.name.as_deref() == Some("web"));
        web.expect("it is tagged").clone()
    }

    pub(super) fn words(&self) -> String {
        self.web().words()
    }
}
