//! Changes to ECS.

use serde::{Deserialize, Serialize};
use serde_json::{Value, json};

use super::command::quoted;
use super::{Change, Survival};
use crate::estate::ids::{Account, Region};

/// A service gets another desired count.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct SetDesiredCount {
    /// The account of the service.
    pub account: Account,
    /// The Region of the service.
    pub region: Region,
    /// The name of its cluster.
    pub cluster: String,
    /// Its name.
    pub service: String,
    /// Its ARN, as that look told it.
    pub arn: String,
    /// How many tasks it shall run.
    pub count: i64,
}

impl SetDesiredCount {
    /// Its IAM action.
    pub const ACTION: &str = "ecs:UpdateService";
}

impl Change for SetDesiredCount {
    fn place(&self) -> (&Account, Region) {
        (&self.account, self.region.clone())
    }

    fn action(&self) -> &'static str {
        Self::ACTION
    }

    fn doing(&self) -> &'static str {
        "set the desired count"
    }

    fn target(&self) -> &str {
        &self.service
    }

    fn survival(&self) -> Survival {
        Survival::SetAgain
    }

    fn resource(&self) -> Option<String> {
        Some(self.arn.clone())
    }

    fn request(&self) -> Value {
        json!({
            "cluster": self.cluster,
            "service": self.service,
            "desiredCount": self.count,
        })
    }

    fn options(&self) -> String {
        format!(
            "--region {} --cluster {} --service {} --desired-count {}",
            self.region,
            quoted(&self.cluster),
            quoted(&self.service),
            self.count
        )
    }
}
