//! The switchover of an Oracle primary and its replica.

use serde::{Deserialize, Serialize};
use serde_json::{Value, json};

use super::instance_arn;
use crate::estate::ids::{Account, Region};
use crate::runbook::call::Change;

/// A replica and its primary change their roles; nothing is lost.
// https://docs.aws.amazon.com/AmazonRDS/latest/APIReference/API_SwitchoverReadReplica.html
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct SwitchoverReadReplica {
    /// The account of the replica.
    pub account: Account,
    /// The Region of the replica, which is asked itself.
    pub region: Region,
    /// The identifier of the replica.
    pub instance: String,
}

impl SwitchoverReadReplica {
    /// Its IAM action.
    pub const ACTION: &str = "rds:SwitchoverReadReplica";
}

impl Change for SwitchoverReadReplica {
    fn place(&self) -> (&Account, Region) {
        (&self.account, self.region.clone())
    }

    fn action(&self) -> &'static str {
        Self::ACTION
    }

    fn doing(&self) -> &'static str {
        "switch the replica and its primary over"
    }

    fn target(&self) -> &str {
        &self.instance
    }

    fn resource(&self) -> Option<String> {
        Some(instance_arn(&self.account, &self.region, &self.instance))
    }

    fn request(&self) -> Value {
        json!({ "DBInstanceIdentifier": self.instance })
    }
}
