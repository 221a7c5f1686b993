//! Restores to a moment.

use std::collections::BTreeMap;

use jiff::Timestamp;
use serde::{Deserialize, Serialize};
use serde_json::{Value, json};

use super::{instance_arn, tag_list};
use crate::estate::ids::{Account, Arn, Region};
use crate::runbook::call::{Change, Survival};

/// An instance is made as another one was at a moment; no public address, in
/// one zone.
// https://docs.aws.amazon.com/AmazonRDS/latest/APIReference/API_RestoreDBInstanceToPointInTime.html
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct RestoreToTime {
    /// The account of both.
    pub account: Account,
    /// The Region of the new one.
    pub region: Region,
    /// The identifier of the new one.
    pub instance: String,
    /// The resource id of the original.
    pub resource: String,
    /// The ARN of its automated backup, where that was replicated into the
    /// Region.
    pub backup: Option<Arn>,
    /// The moment; none is the latest that can be restored.
    pub time: Option<Timestamp>,
    /// Its class; none takes that of the original.
    pub class: Option<String>,
    /// The subnet group it is placed in.
    pub subnets: String,
    /// The ids of its security groups.
    pub guards: Vec<String>,
    /// Its tags, which tell who made it.
    pub tags: BTreeMap<String, String>,
}

impl RestoreToTime {
    /// Its IAM action.
    pub const ACTION: &str = "rds:RestoreDBInstanceToPointInTime";
}

impl Change for RestoreToTime {
    fn place(&self) -> (&Account, Region) {
        (&self.account, self.region.clone())
    }

    fn action(&self) -> &'static str {
        Self::ACTION
    }

    fn doing(&self) -> &'static str {
        "restore the instance to that time"
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
            "TargetDBInstanceIdentifier": self.instance,
            "DBSubnetGroupName": self.subnets,
            "VpcSecurityGroupIds": self.guards,
            "PubliclyAccessible": false,
            "MultiAZ": false,
            "DeletionProtection": false,
            "Tags": tag_list(&self.tags),
        });
        match &self.backup {
            Some(backup) => {
                request["SourceDBInstanceAutomatedBackupsArn"] = json!(backup);
            }
            None => request["SourceDbiResourceId"] = json!(self.resource),
        }
        match self.time {
            Some(at) => request["RestoreTime"] = json!(at.to_string()),
            None => request["UseLatestRestorableTime"] = json!(true),
        }
        if let Some(class) = &self.class {
            request["DBInstanceClass"] = json!(class);
        }
        request
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
