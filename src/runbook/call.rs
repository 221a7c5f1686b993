//! Call: every change this program can make to AWS.
//!
//! The same value is shown in the prompt, written to the journal, sent to
//! AWS and answered by the simulator. This page is the audit list.

use std::slice::from_ref;

use serde::{Deserialize, Serialize};
use serde_json::{Value, json};

use crate::estate::ids::{Account, Arn, Region, ZoneId};
use crate::estate::part::arc::Endpoint;
use crate::estate::resource::RecordSet;

/// One change to AWS, with the account and the Region it is sent to.
#[expect(
    clippy::large_enum_variant,
    reason = "a plan has a handful of calls; a box would tell nobody anything"
)]
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case", tag = "call")]
pub enum Call {
    /// `rds:PromoteReadReplica`: makes a replica a primary of its own, for
    /// good.
    RdsPromoteReadReplica {
        /// The account of the replica.
        account: Account,
        /// The Region of the replica.
        region: Region,
        /// The identifier of the replica.
        instance: String,
        /// Days that automated backups are kept afterwards; none leaves the
        /// replica's own setting.
        backup_retention_days: Option<u16>,
    },
    /// `rds:FailoverGlobalCluster` with `AllowDataLoss`: makes a secondary
    /// cluster the writer, without what it has not seen.
    RdsFailoverGlobalCluster {
        /// The account of the global database.
        account: Account,
        /// The Region of the secondary cluster, which is asked itself.
        region: Region,
        /// The identifier of the global database.
        global: String,
        /// The ARN of the cluster that becomes the writer.
        target: Arn,
    },
    /// `rds:SwitchoverGlobalCluster`: changes the roles of two clusters of a
    /// global database; nothing is lost.
    RdsSwitchoverGlobalCluster {
        /// The account of the global database.
        account: Account,
        /// The Region of the cluster that writes now.
        region: Region,
        /// The identifier of the global database.
        global: String,
        /// The ARN of the cluster that becomes the writer.
        target: Arn,
    },
    /// `route53:ChangeResourceRecordSets` with one UPSERT.
    Route53UpsertRecord {
        /// The account of the zone.
        account: Account,
        /// The zone.
        zone: ZoneId,
        /// The record set as it will be.
        record: RecordSet,
        /// The comment kept with the change; names incident and step.
        comment: String,
    },
    /// `route53-recovery-cluster:UpdateRoutingControlStates`: turns routing
    /// controls on and off, all of them or none.
    ArcSetRoutingControls {
        /// The account of the cluster.
        account: Account,
        /// The name of the cluster.
        cluster: String,
        /// The endpoints of the cluster, asked in this order until one
        /// answers.
        endpoints: Vec<Endpoint>,
        /// The ARN of each control, and whether it will be on.
        states: Vec<(String, bool)>,
    },
    /// `route53:ChangeResourceRecordSets` with an UPSERT for each of several
    /// records of one name; all are made, or none.
    Route53SetWeights {
        /// The account of the zone.
        account: Account,
        /// The zone.
        zone: ZoneId,
        /// The record sets as they will be.
        records: Vec<RecordSet>,
        /// The comment kept with the change; names incident and step.
        comment: String,
    },
}

/// How a call survives a lost answer, so that it is never applied twice.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Survival {
    /// The same token makes a second sending harmless.
    SameToken,
    /// The name is taken after the first, so a second is refused.
    NameTaken,
    /// Sending it again sets the same state again.
    SetAgain,
    /// Nothing protects it: look first, and only a proof of "not applied"
    /// allows another sending.
    LookFirst,
}

/// The action of [`Call::RdsPromoteReadReplica`].
pub(in crate::runbook) const PROMOTE: &str = "rds:PromoteReadReplica";
/// The action of [`Call::RdsFailoverGlobalCluster`].
pub(in crate::runbook) const FAILOVER_GLOBAL: &str =
    "rds:FailoverGlobalCluster";
/// The action of [`Call::RdsSwitchoverGlobalCluster`].
pub(in crate::runbook) const SWITCHOVER_GLOBAL: &str =
    "rds:SwitchoverGlobalCluster";
/// The action of [`Call::Route53UpsertRecord`] and
/// [`Call::Route53SetWeights`].
pub(in crate::runbook) const CHANGE_RECORDS: &str =
    "route53:ChangeResourceRecordSets";

/// The action of [`Call::ArcSetRoutingControls`].
pub(in crate::runbook) const SET_CONTROLS: &str =
    "route53-recovery-cluster:UpdateRoutingControlStates";

/// Every IAM action that a call of this program may need.
pub const ACTIONS: &[&str] = &[
    PROMOTE,
    FAILOVER_GLOBAL,
    SWITCHOVER_GLOBAL,
    CHANGE_RECORDS,
    SET_CONTROLS,
];

/// Where the configuration of ARC routing controls is homed.
// https://docs.aws.amazon.com/r53recovery/latest/dg/data-and-control-planes.html
pub const ARC_HOME: &str = "us-west-2";

/// The Region in which AWS homes the control plane of Route 53 ("AWS Fault
/// Isolation Boundaries", global services).
pub const ROUTE53_HOME: &str = "us-east-1";

impl Call {
    /// The account that the call is sent to.
    pub fn account(&self) -> &Account {
        match self {
            Call::RdsPromoteReadReplica { account, .. }
            | Call::RdsFailoverGlobalCluster { account, .. }
            | Call::RdsSwitchoverGlobalCluster { account, .. }
            | Call::Route53UpsertRecord { account, .. }
            | Call::Route53SetWeights { account, .. }
            | Call::ArcSetRoutingControls { account, .. } => account,
        }
    }

    /// The Region whose endpoint answers the call.
    pub fn region(&self) -> Region {
        match self {
            Call::RdsPromoteReadReplica { region, .. }
            | Call::RdsFailoverGlobalCluster { region, .. }
            | Call::RdsSwitchoverGlobalCluster { region, .. } => {
                region.clone()
            }
            Call::Route53UpsertRecord { .. }
            | Call::Route53SetWeights { .. } => Region::new(ROUTE53_HOME),
            Call::ArcSetRoutingControls { endpoints, .. } => {
                let first = endpoints.first();
                first.map_or(Region::new(ARC_HOME), |at| at.region.clone())
            }
        }
    }

    /// The IAM action, which is also service and operation.
    pub fn action(&self) -> &'static str {
        match self {
            Call::RdsPromoteReadReplica { .. } => PROMOTE,
            Call::RdsFailoverGlobalCluster { .. } => FAILOVER_GLOBAL,
            Call::RdsSwitchoverGlobalCluster { .. } => SWITCHOVER_GLOBAL,
            Call::Route53UpsertRecord { .. }
            | Call::Route53SetWeights { .. } => CHANGE_RECORDS,
            Call::ArcSetRoutingControls { .. } => SET_CONTROLS,
        }
    }

    /// The name of the thing that is changed, as a person types it.
    pub fn target(&self) -> &str {
        match self {
            Call::RdsPromoteReadReplica { instance, .. } => instance,
            Call::RdsFailoverGlobalCluster { target, .. }
            | Call::RdsSwitchoverGlobalCluster { target, .. } => target.tail(),
            Call::Route53UpsertRecord { record, .. } => &record.name,
            Call::Route53SetWeights { records, .. } => {
                records.first().map_or("", |record| &record.name)
            }
            Call::ArcSetRoutingControls { cluster, .. } => cluster,
        }
    }

    /// How it survives a lost answer.
    pub fn survival(&self) -> Survival {
        match self {
            // No RDS operation takes a token; a second promotion of what is
            // no longer a replica is refused or does nothing.
            Call::RdsPromoteReadReplica { .. }
            | Call::RdsFailoverGlobalCluster { .. }
            | Call::RdsSwitchoverGlobalCluster { .. } => Survival::LookFirst,
            Call::Route53UpsertRecord { .. }
            | Call::Route53SetWeights { .. }
            | Call::ArcSetRoutingControls { .. } => Survival::SetAgain,
        }
    }

    /// The ARN of what it makes, where it makes something that costs until
    /// it is deleted.
    pub fn creates(&self) -> Option<String> {
        match self {
            Call::RdsPromoteReadReplica { .. }
            | Call::RdsFailoverGlobalCluster { .. }
            | Call::RdsSwitchoverGlobalCluster { .. }
            | Call::Route53UpsertRecord { .. }
            | Call::Route53SetWeights { .. }
            | Call::ArcSetRoutingControls { .. } => None,
        }
    }

    /// The request in the member names of the API reference.
    pub fn request(&self) -> Value {
        match self {
            Call::RdsPromoteReadReplica {
                instance,
                backup_retention_days,
                ..
            } => {
                let mut request = json!({ "DBInstanceIdentifier": instance });
                if let Some(days) = backup_retention_days {
                    request["BackupRetentionPeriod"] = json!(days);
                }
                request
            }
            Call::RdsFailoverGlobalCluster { global, target, .. } => json!({
                "GlobalClusterIdentifier": global,
                "TargetDbClusterIdentifier": target,
                "AllowDataLoss": true,
            }),
            Call::RdsSwitchoverGlobalCluster { global, target, .. } => {
                json!({
                    "GlobalClusterIdentifier": global,
                    "TargetDbClusterIdentifier": target,
                })
            }
            Call::Route53UpsertRecord { zone, record, comment, .. } => {
                batch_request(zone, from_ref(record), comment)
            }
            Call::Route53SetWeights { zone, records, comment, .. } => {
                batch_request(zone, records, comment)
            }
            Call::ArcSetRoutingControls { states, .. } => json!({
                "UpdateRoutingControlStateEntries": switches(states),
            }),
        }
    }

    /// The same call for the AWS CLI, to be given to a colleague who has
    /// other access.
    pub fn cli(&self, profile: Option<&str>) -> String {
        let mut line = self.command();
        if let Some(profile) = profile {
            line.push_str(" --profile ");
            line.push_str(&quoted(profile));
        }
        line
    }

    /// Its command of the AWS CLI, without a profile.
    fn command(&self) -> String {
        match self {
            Call::RdsPromoteReadReplica {
                region,
                instance,
                backup_retention_days,
                ..
            } => {
                let days = backup_retention_days
                    .map_or_else(String::new, |days| {
                        format!(" --backup-retention-period {days}")
                    });
                format!(
                    "aws rds promote-read-replica --region {region} \
                     --db-instance-identifier {}{days}",
                    quoted(instance)
                )
            }
            Call::RdsFailoverGlobalCluster {
                region, global, target, ..
            } => format!(
                "aws rds failover-global-cluster --region {region} \
                 --global-cluster-identifier {} \
                 --target-db-cluster-identifier {} --allow-data-loss",
                quoted(global),
                quoted(target)
            ),
            Call::RdsSwitchoverGlobalCluster {
                region,
                global,
                target,
                ..
            } => format!(
                "aws rds switchover-global-cluster --region {region} \
                 --global-cluster-identifier {} \
                 --target-db-cluster-identifier {}",
                quoted(global),
                quoted(target)
            ),
            Call::Route53UpsertRecord { zone, .. }
            | Call::Route53SetWeights { zone, .. } => format!(
                "aws route53 change-resource-record-sets \
                 --hosted-zone-id {} --change-batch {}",
                quoted(zone),
                quoted(&self.request()["ChangeBatch"].to_string())
            ),
            Call::ArcSetRoutingControls { endpoints, .. } => {
                let url = endpoints.first().map_or("", |at| at.url.as_str());
                let entries =
                    &self.request()["UpdateRoutingControlStateEntries"];
                format!(
                    "aws route53-recovery-cluster \
                     update-routing-control-states --region {} \
                     --endpoint-url {} \
                     --update-routing-control-state-entries {}",
                    self.region(),
                    quoted(url),
                    quoted(&entries.to_string())
                )
            }
        }
    }
}

/// A change batch in the member names of Route 53's API.
fn batch_request(
    zone: &ZoneId,
    records: &[RecordSet],
    comment: &str,
) -> Value {
    let changes = records.iter().map(|record| {
        json!({
            "Action": "UPSERT",
            "ResourceRecordSet": record_request(record),
        })
    });
    json!({
        "HostedZoneId": zone,
        "ChangeBatch": {
            "Comment": comment,
            "Changes": changes.collect::<Vec<_>>(),
        },
    })
}

/// A record set in the member names of Route 53's API.
fn record_request(record: &RecordSet) -> Value {
    let mut set = json!({ "Name": record.name, "Type": record.kind });
    if let Some(identifier) = &record.identifier {
        set["SetIdentifier"] = json!(identifier);
    }
    if let Some(failover) = &record.failover {
        set["Failover"] = json!(failover);
    }
    if let Some(weight) = record.weight {
        set["Weight"] = json!(weight);
    }
    if let Some(check) = &record.health_check {
        set["HealthCheckId"] = json!(check);
    }
    if let Some((name, zone)) = &record.alias {
        set["AliasTarget"] = json!({
            "HostedZoneId": zone,
            "DNSName": name,
            "EvaluateTargetHealth": record.evaluates.unwrap_or(true),
        });
    } else {
        set["TTL"] = json!(record.ttl);
        set["ResourceRecords"] = record
            .values
            .iter()
            .map(|value| json!({ "Value": value }))
            .collect();
    }
    set
}

/// States of routing controls in the member names of ARC's API.
fn switches(states: &[(String, bool)]) -> Value {
    let entries = states.iter().map(|(arn, on)| {
        json!({
            "RoutingControlArn": arn,
            "RoutingControlState": if *on { "On" } else { "Off" },
        })
    });
    entries.collect()
}

/// One word for a POSIX shell.
fn quoted(word: &str) -> String {
    let plain = |c: char| c.is_ascii_alphanumeric() || "-_./:@%+=".contains(c);
    if !word.is_empty() && word.chars().all(plain) {
        word.to_owned()
    } else {
        format!("'{}'", word.replace('\'', r"'\''"))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_quoted_word_cannot_leave_its_quotes() {
        assert_eq!(quoted("learn-db"), "learn-db");
        assert_eq!(quoted("a'; rm"), r"'a'\''; rm'");
    }

    #[test]
    fn what_is_copied_is_what_would_be_sent() {
        let call = Call::RdsPromoteReadReplica {
            account: Account::new("111122223333"),
            region: Region::new("eu-central-1"),
            instance: "learn-db-replica".into(),
            backup_retention_days: Some(7),
        };
        assert_eq!(
            call.cli(None),
            "aws rds promote-read-replica --region eu-central-1 \
             --db-instance-identifier learn-db-replica \
             --backup-retention-period 7"
        );
    }
}
