//! Changes of the writer of an Aurora global database.

use serde::{Deserialize, Serialize};
use serde_json::{Value, json};

use crate::estate::ids::{Account, Arn, Region};
use crate::runbook::call::Change;
use crate::runbook::call::command::quoted;

/// The cluster of a global database that becomes its writer.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct NewWriter {
    /// The account of the global database.
    pub account: Account,
    /// The Region that is asked: for a failover that of the secondary
    /// cluster, for a switchover that of the cluster that writes now.
    pub region: Region,
    /// The identifier of the global database.
    pub global: String,
    /// The ARN of the cluster that becomes the writer.
    pub target: Arn,
}

impl NewWriter {
    fn request(&self) -> Value {
        json!({
            "GlobalClusterIdentifier": self.global,
            "TargetDbClusterIdentifier": self.target,
        })
    }

    fn options(&self) -> String {
        format!(
            "--region {} --global-cluster-identifier {} \
             --target-db-cluster-identifier {}",
            self.region,
            quoted(&self.global),
            quoted(&self.target)
        )
    }
}

macro_rules! moves {
    ($($(#[$doc:meta])+ $name:ident $action:literal $doing:literal
       loses $loses:literal;)+) => {$(
        $(#[$doc])+
        #[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
        #[serde(transparent)]
        pub struct $name(pub NewWriter);

        impl $name {
            /// Its IAM action.
            pub const ACTION: &str = $action;
        }

        impl Change for $name {
            fn place(&self) -> (&Account, Region) {
                (&self.0.account, self.0.region.clone())
            }

            fn action(&self) -> &'static str {
                Self::ACTION
            }

            fn doing(&self) -> &'static str {
                $doing
            }

            fn target(&self) -> &str {
                self.0.target.tail()
            }

            fn resource(&self) -> Option<String> {
                Some(self.0.target.to_string())
            }

            fn request(&self) -> Value {
                let mut request = self.0.request();
                if $loses {
                    request["AllowDataLoss"] = json!(true);
                }
                request
            }

            fn options(&self) -> String {
                let lossy = if $loses { " --allow-data-loss" } else { "" };
                format!("{}{lossy}", self.0.options())
            }
        }
    )+};
}

moves! {
    /// A secondary cluster becomes the writer, without what it has not seen.
    /// That data may be lost is always said: without the word AWS takes the
    /// operation for a switchover, which waits for a writer that is gone
    /// (Amazon RDS API reference, `FailoverGlobalCluster`).
    FailoverGlobalCluster "rds:FailoverGlobalCluster"
        "fail the global database over" loses true;
    /// Two clusters of a global database change their roles; nothing is
    /// lost.
    SwitchoverGlobalCluster "rds:SwitchoverGlobalCluster"
        "switch the global database over" loses false;
}
