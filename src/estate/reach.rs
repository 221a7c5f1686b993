//! Reach: where something could send to, by its subnets and security groups.

use serde::{Deserialize, Serialize};

/// Where something could send to that runs in these subnets behind these
/// security groups.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Reach {
    /// The id of the network (VPC).
    pub network: String,
    /// The ids of its subnets.
    pub subnets: Vec<String>,
    /// Every way out, each by what opens it: a route that leads elsewhere
    /// than to the network itself, a rule of a security group that lets
    /// anything but its own members be asked.
    pub ways: Vec<String>,
}

impl Reach {
    /// Whether nothing can be reached from there. Without subnets nothing is
    /// known, and that is no proof.
    pub fn is_closed(&self) -> bool {
        self.ways.is_empty() && !self.subnets.is_empty()
    }

    /// What there is to say of it in a line.
    pub fn words(&self) -> String {
        if self.subnets.is_empty() {
            return "its subnets are not known".to_owned();
        }
        if self.ways.is_empty() {
            let Reach { network, subnets, .. } = self;
            let count = subnets.len();
            return format!("no way out of {network} ({count} subnets)");
        }
        format!("ways out: {}", self.ways.join(", "))
    }
}
