//! Changes to what an RDS instance is set to.

use serde::{Deserialize, Serialize};
use serde_json::{Value, json};

use super::instance_arn;
use crate::estate::ids::{Account, Region};
use crate::runbook::call::{Change, Survival};

/// Settings of an instance are changed, at once and not in its maintenance
/// window. What is none stays as it is.
// https://docs.aws.amazon.com/AmazonRDS/latest/APIReference/API_ModifyDBInstance.html
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct ModifyInstance {
    /// The account of the instance.
    pub account: Account,
    /// The Region of the instance.
    pub region: Region,
    /// The identifier of the instance.
    pub instance: String,
    /// Whether it has a standby in another zone.
    pub multi_az: Option<bool>,
    /// Whether deletion is refused.
    pub deletion_protection: Option<bool>,
    /// Days that automated backups are kept.
    pub backup_retention_days: Option<i64>,
    /// The name of its parameter group.
    pub parameter_group: Option<String>,
    /// The ids of its security groups.
    pub security_groups: Option<Vec<String>>,
}

impl ModifyInstance {
    /// Its IAM action.
    pub const ACTION: &str = "rds:ModifyDBInstance";
}

impl Change for ModifyInstance {
    fn place(&self) -> (&Account, Region) {
        (&self.account, self.region.clone())
    }

    fn action(&self) -> &'static str {
        Self::ACTION
    }

    fn doing(&self) -> &'static str {
        "change the settings of the instance"
    }

    fn target(&self) -> &str {
        &self.instance
    }

    fn survival(&self) -> Survival {
        Survival::SetAgain
    }

    fn resource(&self) -> Option<String> {
        Some(instance_arn(&self.account, &self.region, &self.instance))
    }

    fn request(&self) -> Value {
        let mut request = json!({
            "DBInstanceIdentifier": self.instance,
            "ApplyImmediately": true,
        });
        let given = [
            ("MultiAZ", self.multi_az.map(Value::from)),
            ("DeletionProtection", self.deletion_protection.map(Value::from)),
            (
                "BackupRetentionPeriod",
                self.backup_retention_days.map(Value::from),
            ),
            (
                "DBParameterGroupName",
                self.parameter_group.clone().map(Value::from),
            ),
            (
                "VpcSecurityGroupIds",
                self.security_groups.clone().map(Value::from),
            ),
        ];
        for (member, value) in given {
            if let Some(value) = value {
                request[member] = value;
            }
        }
        request
    }
}

/// An instance gets another identifier, and with it another endpoint.
// https://docs.aws.amazon.com/AmazonRDS/latest/UserGuide/USER_RenameInstance.html
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct RenameInstance {
    /// The account of the instance.
    pub account: Account,
    /// The Region of the instance.
    pub region: Region,
    /// Its identifier.
    pub instance: String,
    /// The new one.
    pub to: String,
}

impl RenameInstance {
    /// Its IAM action.
    pub const ACTION: &str = "rds:ModifyDBInstance";
}

impl Change for RenameInstance {
    fn place(&self) -> (&Account, Region) {
        (&self.account, self.region.clone())
    }

    fn action(&self) -> &'static str {
        Self::ACTION
    }

    fn doing(&self) -> &'static str {
        "rename the instance"
    }

    fn target(&self) -> &str {
        &self.instance
    }

    fn survival(&self) -> Survival {
        // The old name is gone afterwards, or another one's.
        Survival::LookFirst
    }

    fn resource(&self) -> Option<String> {
        Some(instance_arn(&self.account, &self.region, &self.instance))
    }

    fn request(&self) -> Value {
        json!({
            "DBInstanceIdentifier": self.instance,
            "NewDBInstanceIdentifier": self.to,
            "ApplyImmediately": true,
        })
    }
}

/// An instance is restarted.
// https://docs.aws.amazon.com/AmazonRDS/latest/APIReference/API_RebootDBInstance.html
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct RebootInstance {
    /// The account of the instance.
    pub account: Account,
    /// The Region of the instance.
    pub region: Region,
    /// Its identifier.
    pub instance: String,
    /// Whether its standby in another zone takes over.
    pub failover: bool,
}

impl RebootInstance {
    /// Its IAM action.
    pub const ACTION: &str = "rds:RebootDBInstance";
}

impl Change for RebootInstance {
    fn place(&self) -> (&Account, Region) {
        (&self.account, self.region.clone())
    }

    fn action(&self) -> &'static str {
        Self::ACTION
    }

    fn doing(&self) -> &'static str {
        "restart the instance"
    }

    fn target(&self) -> &str {
        &self.instance
    }

    fn resource(&self) -> Option<String> {
        Some(instance_arn(&self.account, &self.region, &self.instance))
    }

    fn request(&self) -> Value {
        json!({
            "DBInstanceIdentifier": self.instance,
            "ForceFailover": self.failover,
        })
    }
}
