//! Changes to EC2 Auto Scaling.

use std::fmt::Write as _;

use serde::{Deserialize, Serialize};
use serde_json::{Value, json};

use super::command::quoted;
use super::{Change, Survival};
use crate::estate::ids::{Account, Region};

/// A group gets other bounds, or another size between them.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct SetSize {
    /// The account of the group.
    pub account: Account,
    /// The Region of the group.
    pub region: Region,
    /// Its name.
    pub group: String,
    /// Its ARN, as that look told it.
    pub arn: String,
    /// The fewest instances that it may have; none leaves what is set.
    pub min: Option<i64>,
    /// The most that it may have; none leaves what is set.
    pub max: Option<i64>,
    /// How many it shall have; none leaves what is set.
    pub desired: Option<i64>,
}

impl SetSize {
    /// Its IAM action.
    pub const ACTION: &str = "autoscaling:UpdateAutoScalingGroup";

    fn bounds(&self) -> impl Iterator<Item = (&str, &str, i64)> {
        [
            ("MinSize", "min-size", self.min),
            ("MaxSize", "max-size", self.max),
            ("DesiredCapacity", "desired-capacity", self.desired),
        ]
        .into_iter()
        .filter_map(|(member, option, n)| Some((member, option, n?)))
    }
}

impl Change for SetSize {
    fn place(&self) -> (&Account, Region) {
        (&self.account, self.region.clone())
    }

    fn action(&self) -> &'static str {
        Self::ACTION
    }

    fn doing(&self) -> &'static str {
        "set the size of the group"
    }

    fn target(&self) -> &str {
        &self.group
    }

    fn survival(&self) -> Survival {
        Survival::SetAgain
    }

    fn resource(&self) -> Option<String> {
        Some(self.arn.clone())
    }

    fn request(&self) -> Value {
        let mut request = json!({ "AutoScalingGroupName": self.group });
        for (member, _, n) in self.bounds() {
            request[member] = json!(n);
        }
        request
    }

    fn options(&self) -> String {
        let group = quoted(&self.group);
        let mut options = format!(
            "--region {} --auto-scaling-group-name {group}",
            self.region
        );
        for (_, option, n) in self.bounds() {
            let _ = write!(options, " --{option} {n}");
        }
        options
    }
}
