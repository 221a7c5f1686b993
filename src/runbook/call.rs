//! Call: every change this program can make to AWS.
//!
//! The same value is shown in the prompt, written to the journal, sent to
//! AWS and answered by the simulator. This page is the audit list.

mod command;
mod resource;

use std::collections::BTreeMap;
use std::slice::from_ref;

use serde::{Deserialize, Serialize};
use serde_json::{Value, json};

use crate::estate::ids::{Account, Arn, Region, ZoneId};
use crate::estate::part::arc::Endpoint;
use crate::estate::resource::RecordSet;

/// One change to AWS, with the account and the Region it is sent to.
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
    /// `rds:RestoreDBInstanceFromDBSnapshot`: makes an instance of a
    /// snapshot; no public address, in one zone.
    RdsRestoreInstance {
        /// The account of snapshot and instance.
        account: Account,
        /// The Region of both.
        region: Region,
        /// The identifier of the new instance.
        instance: String,
        /// The ARN of the snapshot.
        snapshot: Arn,
        /// Its class; none takes that of the original.
        class: Option<String>,
        /// The subnet group it is placed in.
        subnets: String,
        /// The ids of its security groups.
        guards: Vec<String>,
        /// Its tags, which tell who made it.
        tags: BTreeMap<String, String>,
    },
    /// `rds:DeleteDBInstance`: deletes an instance and its automated
    /// backups, without a final snapshot.
    RdsDeleteInstance {
        /// The account of the instance.
        account: Account,
        /// The Region of the instance.
        region: Region,
        /// The identifier of the instance.
        instance: String,
        /// Its ARN, as that look told it.
        arn: Arn,
        /// The tag that a look saw on it: its key, and the incident that
        /// made it.
        tag: (String, String),
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
/// The action of [`Call::RdsRestoreInstance`].
pub(in crate::runbook) const RESTORE_INSTANCE: &str =
    "rds:RestoreDBInstanceFromDBSnapshot";
/// The action of [`Call::RdsDeleteInstance`].
pub(in crate::runbook) const DELETE_INSTANCE: &str = "rds:DeleteDBInstance";
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
    RESTORE_INSTANCE,
    DELETE_INSTANCE,
    CHANGE_RECORDS,
    SET_CONTROLS,
];

/// The actions that only remove what some incident made.
pub const REMOVALS: &[&str] = &[DELETE_INSTANCE];

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
            | Call::RdsRestoreInstance { account, .. }
            | Call::RdsDeleteInstance { account, .. }
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
            | Call::RdsSwitchoverGlobalCluster { region, .. }
            | Call::RdsRestoreInstance { region, .. }
            | Call::RdsDeleteInstance { region, .. } => region.clone(),
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
            Call::RdsRestoreInstance { .. } => RESTORE_INSTANCE,
            Call::RdsDeleteInstance { .. } => DELETE_INSTANCE,
            Call::Route53UpsertRecord { .. }
            | Call::Route53SetWeights { .. } => CHANGE_RECORDS,
            Call::ArcSetRoutingControls { .. } => SET_CONTROLS,
        }
    }

    /// The name of the thing that is changed, as a person types it.
    pub fn target(&self) -> &str {
        match self {
            Call::RdsPromoteReadReplica { instance, .. }
            | Call::RdsRestoreInstance { instance, .. }
            | Call::RdsDeleteInstance { instance, .. } => instance,
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
            | Call::RdsSwitchoverGlobalCluster { .. }
            | Call::RdsDeleteInstance { .. } => Survival::LookFirst,
            Call::RdsRestoreInstance { .. } => Survival::NameTaken,
            Call::Route53UpsertRecord { .. }
            | Call::Route53SetWeights { .. }
            | Call::ArcSetRoutingControls { .. } => Survival::SetAgain,
        }
    }

    /// The ARN of what it makes, where it makes something that costs until
    /// it is deleted.
    pub fn creates(&self) -> Option<String> {
        match self {
            Call::RdsRestoreInstance { .. } => self.resource(),
            Call::RdsPromoteReadReplica { .. }
            | Call::RdsFailoverGlobalCluster { .. }
            | Call::RdsSwitchoverGlobalCluster { .. }
            | Call::RdsDeleteInstance { .. }
            | Call::Route53UpsertRecord { .. }
            | Call::Route53SetWeights { .. }
            | Call::ArcSetRoutingControls { .. } => None,
        }
    }

    /// The ARN of what it deletes, where it deletes something.
    pub fn removes(&self) -> Option<&Arn> {
        match self {
            Call::RdsDeleteInstance { arn, .. } => Some(arn),
            Call::RdsPromoteReadReplica { .. }
            | Call::RdsFailoverGlobalCluster { .. }
            | Call::RdsSwitchoverGlobalCluster { .. }
            | Call::RdsRestoreInstance { .. }
            | Call::Route53UpsertRecord { .. }
            | Call::Route53SetWeights { .. }
            | Call::ArcSetRoutingControls { .. } => None,
        }
    }

    /// The subnet group and the security groups that what it makes is
    /// placed in.
    pub fn network(&self) -> Option<(String, Vec<String>)> {
        match self {
            Call::RdsRestoreInstance { subnets, guards, .. } => {
                Some((subnets.clone(), guards.clone()))
            }
            Call::RdsPromoteReadReplica { .. }
            | Call::RdsFailoverGlobalCluster { .. }
            | Call::RdsSwitchoverGlobalCluster { .. }
            | Call::RdsDeleteInstance { .. }
            | Call::Route53UpsertRecord { .. }
            | Call::Route53SetWeights { .. }
            | Call::ArcSetRoutingControls { .. } => None,
        }
    }

    /// The incident or drill whose tag is on what it makes or deletes, with
    /// the key of that tag; none of a call that changes what others made.
    pub fn made_by(&self) -> Option<(&str, &str)> {
        match self {
            Call::RdsRestoreInstance { tags, .. } => {
                let (key, by) = tags.first_key_value()?;
                Some((key, by))
            }
            Call::RdsDeleteInstance { tag: (key, by), .. } => Some((key, by)),
            Call::RdsPromoteReadReplica { .. }
            | Call::RdsFailoverGlobalCluster { .. }
            | Call::RdsSwitchoverGlobalCluster { .. }
            | Call::Route53UpsertRecord { .. }
            | Call::Route53SetWeights { .. }
            | Call::ArcSetRoutingControls { .. } => None,
        }
    }

    /// The request in the member names of the API reference.
    #[expect(clippy::too_many_lines, reason = "a few lines for each call")]
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
            Call::RdsRestoreInstance {
                instance,
                snapshot,
                class,
                subnets,
                guards,
                tags,
                ..
            } => {
                let tags = tags
                    .iter()
                    .map(|(key, value)| json!({ "Key": key, "Value": value }));
                let mut request = json!({
                    "DBInstanceIdentifier": instance,
                    "DBSnapshotIdentifier": snapshot,
                    "DBSubnetGroupName": subnets,
                    "VpcSecurityGroupIds": guards,
                    "PubliclyAccessible": false,
                    "MultiAZ": false,
                    "DeletionProtection": false,
                    "Tags": tags.collect::<Vec<_>>(),
                });
                if let Some(class) = class {
                    request["DBInstanceClass"] = json!(class);
                }
                request
            }
            Call::RdsDeleteInstance { instance, .. } => json!({
                "DBInstanceIdentifier": instance,
                "SkipFinalSnapshot": true,
                "DeleteAutomatedBackups": true,
            }),
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
