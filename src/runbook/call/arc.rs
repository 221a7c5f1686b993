//! Changes to ARC routing controls.

use serde::{Deserialize, Serialize};
use serde_json::{Value, json};

use super::command::quoted;
use super::{ARC_HOME, Change, Survival};
use crate::estate::ids::{Account, Region};
use crate::estate::part::arc::Endpoint;

/// Routing controls are turned on and off, all of them or none.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct SetRoutingControls {
    /// The account of the cluster.
    pub account: Account,
    /// The name of the cluster.
    pub cluster: String,
    /// The endpoints of the cluster, asked in this order until one answers.
    pub endpoints: Vec<Endpoint>,
    /// The ARN of each control, and whether it will be on.
    pub states: Vec<(String, bool)>,
}

impl SetRoutingControls {
    /// Its IAM action.
    pub const ACTION: &str =
        "route53-recovery-cluster:UpdateRoutingControlStates";
}

impl Change for SetRoutingControls {
    fn place(&self) -> (&Account, Region) {
        let first = self.endpoints.first();
        let home = || Region::new(ARC_HOME);
        (&self.account, first.map_or_else(home, |at| at.region.clone()))
    }

    fn action(&self) -> &'static str {
        Self::ACTION
    }

    fn doing(&self) -> &'static str {
        "set the switches"
    }

    fn target(&self) -> &str {
        &self.cluster
    }

    fn survival(&self) -> Survival {
        Survival::SetAgain
    }

    fn resource(&self) -> Option<String> {
        self.states.first().map(|(arn, _)| arn.clone())
    }

    fn request(&self) -> Value {
        json!({ "UpdateRoutingControlStateEntries": switches(&self.states) })
    }

    fn options(&self) -> String {
        let url = self.endpoints.first().map_or("", |at| at.url.as_str());
        format!(
            "--region {} --endpoint-url {} \
             --update-routing-control-state-entries {}",
            self.place().1,
            quoted(url),
            quoted(&switches(&self.states).to_string())
        )
    }

    fn endpoints(&self) -> &[Endpoint] {
        &self.endpoints
    }
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
