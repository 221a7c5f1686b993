//! Rows of zones, records, health checks, sites and alarms.

use serde::Deserialize;

use super::Name;
use crate::sim::world::watch;

#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(in crate::sim::scenario) struct ZoneRow {
    pub(in crate::sim::scenario) account: Name,
    pub(in crate::sim::scenario) name: String,
    pub(in crate::sim::scenario) id: String,
    /// The status of accelerated recovery, in Route 53's word.
    pub(in crate::sim::scenario) accelerated: Option<String>,
}

/// One side of a failover pair.
#[derive(Clone, Copy, Debug, Deserialize)]
#[serde(rename_all = "SCREAMING_SNAKE_CASE")]
pub(in crate::sim::scenario) enum Side {
    Primary,
    Secondary,
}

#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(in crate::sim::scenario) struct AliasRow {
    pub(in crate::sim::scenario) zone: String,
    pub(in crate::sim::scenario) name: String,
    /// Whether the health of its target counts.
    #[serde(default)]
    pub(in crate::sim::scenario) evaluate: bool,
}

#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields, rename_all = "kebab-case")]
pub(in crate::sim::scenario) struct RecordRow {
    pub(in crate::sim::scenario) zone: Name,
    pub(in crate::sim::scenario) name: String,
    #[serde(rename = "type")]
    pub(in crate::sim::scenario) kind: String,
    pub(in crate::sim::scenario) ttl: Option<i64>,
    #[serde(default)]
    pub(in crate::sim::scenario) values: Vec<String>,
    /// The instance or cluster whose endpoint is the record's value.
    pub(in crate::sim::scenario) endpoint_of: Option<Name>,
    pub(in crate::sim::scenario) alias: Option<AliasRow>,
    pub(in crate::sim::scenario) set: Option<String>,
    pub(in crate::sim::scenario) failover: Option<Side>,
    pub(in crate::sim::scenario) weight: Option<i64>,
    pub(in crate::sim::scenario) check: Option<Name>,
}

/// A health check of an endpoint, or of a routing control.
#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields, rename_all = "kebab-case")]
pub(in crate::sim::scenario) struct HealthCheckRow {
    pub(in crate::sim::scenario) id: String,
    pub(in crate::sim::scenario) account: Name,
    pub(in crate::sim::scenario) name: String,
    #[serde(default)]
    pub(in crate::sim::scenario) host: String,
    #[serde(default)]
    pub(in crate::sim::scenario) path: String,
    #[serde(default = "usual_interval")]
    pub(in crate::sim::scenario) interval: i64,
    #[serde(default = "usual_threshold")]
    pub(in crate::sim::scenario) threshold: i64,
    #[serde(default)]
    pub(in crate::sim::scenario) inverted: bool,
    /// The ARN of the routing control that it follows.
    pub(in crate::sim::scenario) routing_control: Option<String>,
}

/// What Route 53 takes where nothing is said.
// https://docs.aws.amazon.com/Route53/latest/APIReference/API_HealthCheckConfig.html
fn usual_interval() -> i64 {
    30
}

fn usual_threshold() -> i64 {
    3
}

#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(in crate::sim::scenario) struct SiteRow {
    pub(in crate::sim::scenario) host: String,
    pub(in crate::sim::scenario) region: String,
    /// The name of the database it cannot work without.
    pub(in crate::sim::scenario) database: Option<String>,
}

#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(in crate::sim::scenario) struct AlarmRow {
    pub(in crate::sim::scenario) account: Name,
    pub(in crate::sim::scenario) region: String,
    pub(in crate::sim::scenario) name: String,
    pub(in crate::sim::scenario) about: Option<String>,
    pub(in crate::sim::scenario) namespace: String,
    pub(in crate::sim::scenario) metric: String,
    pub(in crate::sim::scenario) dimensions: watch::Dimensions,
    pub(in crate::sim::scenario) above: Option<f64>,
    pub(in crate::sim::scenario) below: Option<f64>,
    pub(in crate::sim::scenario) missing: Option<String>,
}
