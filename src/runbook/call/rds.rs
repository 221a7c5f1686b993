//! Changes to RDS and Aurora.

mod copies;
mod global;
mod restores;
mod settings;
mod switchover;

pub use self::copies::{Copy, CopyClusterSnapshot, CopySnapshot};
pub use self::global::{
    FailoverGlobalCluster, NewWriter, SwitchoverGlobalCluster,
};
pub use self::restores::RestoreToTime;
pub use self::settings::{ModifyInstance, RebootInstance, RenameInstance};
pub use self::switchover::SwitchoverReadReplica;

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};
use serde_json::{Value, json};

use super::command::quoted;
use super::resource::arn;
use super::{Change, Survival};
use crate::estate::ids::{Account, Arn, Region};

/// A read replica becomes a primary of its own, for good.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct PromoteReadReplica {
    /// The account of the replica.
    pub account: Account,
    /// The Region of the replica.
    pub region: Region,
    /// The identifier of the replica.
    pub instance: String,
    /// Days that automated backups are kept afterwards; none leaves the
    /// replica's own setting.
    pub backup_retention_days: Option<u16>,
}

impl PromoteReadReplica {
    /// Its IAM action.
    pub const ACTION: &str = "rds:PromoteReadReplica";
}

impl Change for PromoteReadReplica {
    fn place(&self) -> (&Account, Region) {
        (&self.account, self.region.clone())
    }

    fn action(&self) -> &'static str {
        Self::ACTION
    }

    fn doing(&self) -> &'static str {
        "promote the read replica"
    }

    fn target(&self) -> &str {
        &self.instance
    }

    fn survival(&self) -> Survival {
        // No RDS operation takes a token; a second promotion of what is no
        // longer a replica is refused or does nothing.
        Survival::LookFirst
    }

    fn resource(&self) -> Option<String> {
        Some(instance_arn(&self.account, &self.region, &self.instance))
    }

    fn request(&self) -> Value {
        let mut request = json!({ "DBInstanceIdentifier": self.instance });
        if let Some(days) = self.backup_retention_days {
            request["BackupRetentionPeriod"] = json!(days);
        }
        request
    }

    fn options(&self) -> String {
        let days =
            self.backup_retention_days.map_or_else(String::new, |days| {
                format!(" --backup-retention-period {days}")
            });
        format!(
            "--region {} --db-instance-identifier {}{days}",
            self.region,
            quoted(&self.instance)
        )
    }
}

/// A snapshot becomes an instance; no public address, in one zone.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct RestoreInstance {
    /// The account of snapshot and instance.
    pub account: Account,
    /// The Region of both.
    pub region: Region,
    /// The identifier of the new instance.
    pub instance: String,
    /// The ARN of the snapshot.
    pub snapshot: Arn,
    /// Its class; none takes that of the original.
    pub class: Option<String>,
    /// The subnet group it is placed in.
    pub subnets: String,
    /// The ids of its security groups.
    pub guards: Vec<String>,
    /// Its tags, which tell who made it.
    pub tags: BTreeMap<String, String>,
}

impl RestoreInstance {
    /// Its IAM action.
    pub const ACTION: &str = "rds:RestoreDBInstanceFromDBSnapshot";
}

impl Change for RestoreInstance {
    fn place(&self) -> (&Account, Region) {
        (&self.account, self.region.clone())
    }

    fn action(&self) -> &'static str {
        Self::ACTION
    }

    fn doing(&self) -> &'static str {
        "restore the snapshot"
    }

    fn target(&self) -> &str {
        &self.instance
    }

    fn survival(&self) -> Survival {
        Survival::NameTaken
    }

    fn resource(&self) -> Option<String> {
        Some(instance_arn(&self.account, &self.region, &self.instance))
    }

    fn request(&self) -> Value {
        let mut request = json!({
            "DBInstanceIdentifier": self.instance,
            "DBSnapshotIdentifier": self.snapshot,
            "DBSubnetGroupName": self.subnets,
            "VpcSecurityGroupIds": self.guards,
            "PubliclyAccessible": false,
            "MultiAZ": false,
            "DeletionProtection": false,
            "Tags": tag_list(&self.tags),
        });
        if let Some(class) = &self.class {
            request["DBInstanceClass"] = json!(class);
        }
        request
    }

    fn options(&self) -> String {
        let request = self.request().to_string();
        let region = &self.region;
        format!("--region {region} --cli-input-json {}", quoted(&request))
    }

    fn creates(&self) -> bool {
        true
    }

    fn network(&self) -> Option<(String, Vec<String>)> {
        Some((self.subnets.clone(), self.guards.clone()))
    }

    fn made_by(&self) -> Option<(&str, &str)> {
        let (key, by) = self.tags.first_key_value()?;
        Some((key, by))
    }
}

/// An instance goes, with its automated backups and without a final
/// snapshot.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct DeleteInstance {
    /// The account of the instance.
    pub account: Account,
    /// The Region of the instance.
    pub region: Region,
    /// The identifier of the instance.
    pub instance: String,
    /// Its ARN, as that look told it.
    pub arn: Arn,
    /// The tag that a look saw on it: its key, and the incident that made
    /// it.
    pub tag: (String, String),
}

impl DeleteInstance {
    /// Its IAM action.
    pub const ACTION: &str = "rds:DeleteDBInstance";
}

impl Change for DeleteInstance {
    fn place(&self) -> (&Account, Region) {
        (&self.account, self.region.clone())
    }

    fn action(&self) -> &'static str {
        Self::ACTION
    }

    fn doing(&self) -> &'static str {
        "delete the instance"
    }

    fn target(&self) -> &str {
        &self.instance
    }

    fn survival(&self) -> Survival {
        Survival::LookFirst
    }

    fn resource(&self) -> Option<String> {
        Some(self.arn.to_string())
    }

    fn request(&self) -> Value {
        json!({
            "DBInstanceIdentifier": self.instance,
            "SkipFinalSnapshot": true,
            "DeleteAutomatedBackups": true,
        })
    }

    fn options(&self) -> String {
        format!(
            "--region {} --db-instance-identifier {} --skip-final-snapshot \
             --delete-automated-backups",
            self.region,
            quoted(&self.instance)
        )
    }

    fn removes(&self) -> Option<&Arn> {
        Some(&self.arn)
    }

    fn made_by(&self) -> Option<(&str, &str)> {
        Some((&self.tag.0, &self.tag.1))
    }
}

/// Tags as RDS takes them.
fn tag_list(tags: &BTreeMap<String, String>) -> Vec<Value> {
    let tags = tags.iter();
    tags.map(|(key, value)| json!({ "Key": key, "Value": value })).collect()
}

fn instance_arn(account: &Account, region: &Region, id: &str) -> String {
    arn(account, region, "rds", &format!("db:{id}"))
}
