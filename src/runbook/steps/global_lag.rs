//! `aurora.global-lag`: how far a cluster of an Aurora global database is
//! behind its writer, as a check.

use super::replica_lag::{Follower, parse_for};
use super::{Fields, Step, StepType};

pub(super) const TYPE: StepType = StepType {
    name: "aurora.global-lag",
    doc: "Reads how far a cluster of an Aurora global database is behind the \
          writer: AuroraGlobalDBRPOLag, told where the cluster is. While the \
          writer can be reached, a lag above `max` and a missing reading \
          hold the run. While it cannot, the last known data time is told \
          instead and goes to the decision: it never blocks the failover it \
          is for.",
    example: r#"
[[step]]
id = "behind"
kind = "aurora.global-lag"
title = "How far {cluster} is behind"
account = "{account}"
region = "{to}"
cluster = "{cluster}"
source = "{writer}"
source_region = "{from}"
max = "1m"
fresh = "3m"
"#,
    outputs: &["data_time", "lag", "sampled"],
    parse,
};

fn parse(fields: &mut Fields<'_>) -> Option<Box<dyn Step>> {
    parse_for(Follower::Cluster, fields)
}
