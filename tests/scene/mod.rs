//! What the scenarios of runs see of the world.

pub(crate) mod act;

use std::collections::BTreeMap;
use std::sync::Arc;

use jiff::Timestamp;
use lifeboat::estate::ids::{Account, Arn, Region, ZoneId};
use lifeboat::estate::resource::{
    Change, DbInstance, DnsAnswer, HealthCheck, HttpAnswer, Lag, RecordSet,
};
use lifeboat::estate::{Found, Source, What};
use serde::Deserialize;

const ACCOUNT: &str = "111122223333";

/// What one look sees.
#[derive(Deserialize)]
#[serde(rename_all = "kebab-case", deny_unknown_fields)]
pub(crate) enum See {
    Instance {
        id: String,
        region: String,
        #[serde(default)]
        status: Option<String>,
        #[serde(default)]
        replica_of: Option<String>,
    },
    Lag {
        id: String,
        region: String,
        #[serde(default)]
        samples: Vec<(i64, f64)>,
    },
    Record {
        name: String,
        #[serde(default)]
        value: Option<String>,
        #[serde(default)]
        ttl: Option<i64>,
    },
    Change {
        id: String,
        #[serde(default)]
        in_sync: bool,
    },
    Dns {
        name: String,
        #[serde(default)]
        values: Vec<String>,
    },
    Health {
        id: String,
        #[serde(default)]
        good: u32,
    },
    Http {
        url: String,
        #[serde(default)]
        status: u16,
    },
}

/// The zone of the record.
pub(crate) const ZONE: &str = "Z0LEARN4EXAMPLE7";

impl See {
    /// Where it looks.
    pub(crate) fn source(&self) -> Source {
        let aws = |region: &str, what| {
            Source::aws(&Account::new(ACCOUNT), &Region::new(region), what)
        };
        match self {
            See::Instance { id, region, .. } => {
                aws(region, What::Instance(id.clone()))
            }
            See::Lag { id, region, .. } => {
                aws(region, What::LagOf(id.clone()))
            }
            See::Record { name, .. } => aws(
                "us-east-1",
                What::RecordsOf {
                    zone: ZoneId::new(ZONE),
                    name: name.clone(),
                },
            ),
            See::Change { id, .. } => {
                aws("us-east-1", What::ChangeOf(id.clone()))
            }
            See::Dns { name, .. } => Source::Dns {
                name: name.clone(),
                kind: "CNAME".into(),
                resolver: None,
            },
            See::Health { id, .. } => {
                aws("us-east-1", What::HealthCheckOf(id.clone()))
            }
            See::Http { url, .. } => Source::Http { url: url.clone() },
        }
    }

    /// What it finds.
    pub(crate) fn found(&self) -> Found {
        match self {
            See::Instance { id, region, status, replica_of } => {
                let found = status.as_ref().map(|status| {
                    instance(id, region, status, replica_of.as_deref())
                });
                Found::Instances(found.into_iter().collect())
            }
            See::Lag { id, samples, .. } => Found::Lags(Arc::new([Lag {
                replica: id.clone(),
                metric: "ReplicaLag".into(),
                samples: samples.iter().map(|(s, l)| (at(*s), *l)).collect(),
            }])),
            See::Record { name, value, ttl } => {
                let found = value.as_ref().map(|value| RecordSet {
                    zone: ZoneId::new(ZONE),
                    name: name.clone(),
                    kind: "CNAME".into(),
                    identifier: None,
                    failover: None,
                    weight: None,
                    ttl: Some(ttl.unwrap_or(60)),
                    values: vec![value.clone()],
                    alias: None,
                    evaluates: None,
                    health_check: None,
                });
                Found::Records(found.into_iter().collect())
            }
            See::Change { id, in_sync } => {
                Found::Change(Change { id: id.clone(), in_sync: *in_sync })
            }
            See::Dns { values, .. } => {
                Found::Dns(DnsAnswer { values: values.clone(), ttl: Some(60) })
            }
            See::Health { id, good } => {
                Found::HealthChecks(Arc::new([HealthCheck {
                    id: id.clone(),
                    target: "http://standby/live".into(),
                    inverted: false,
                    reports: Some((*good, 16)),
                    ..HealthCheck::default()
                }]))
            }
            See::Http { status, .. } => Found::Http(HttpAnswer {
                status: *status,
                start: "ok".into(),
                via: None,
            }),
        }
    }
}

fn instance(
    id: &str,
    region: &str,
    status: &str,
    replica_of: Option<&str>,
) -> DbInstance {
    DbInstance {
        id: id.to_owned(),
        arn: Arn::new(format!("arn:aws:rds:{region}:{ACCOUNT}:db:{id}")),
        status: status.to_owned(),
        engine: "postgres 16.4".into(),
        class: "db.r6g.xlarge".into(),
        endpoint: Some((format!("{id}.x.{region}.rds.amazonaws.com"), 5432)),
        cluster: None,
        replica_of: replica_of.map(str::to_owned),
        replicas: Vec::new(),
        multi_az: false,
        encrypted: true,
        deletion_protection: false,
        backup_retention_days: 7,
        latest_restorable: None,
        tags: BTreeMap::new(),
    }
}

/// Seconds since the run was started.
pub(crate) fn at(second: i64) -> Timestamp {
    Timestamp::from_second(1_795_000_000 + second).expect("in range")
}
