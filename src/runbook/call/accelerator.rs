//! Changes to Global Accelerator.

use serde::{Deserialize, Serialize};
use serde_json::{Value, json};

use super::command::quoted;
use super::{ACCELERATOR_HOME, Change, Survival};
use crate::estate::ids::{Account, Region};

/// An endpoint group gets another traffic dial. Nothing else of the group is
/// named, and none of it but its ARN is required.
// https://docs.aws.amazon.com/global-accelerator/latest/api/API_UpdateEndpointGroup.html
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct SetDial {
    /// The account of the accelerator.
    pub account: Account,
    /// The accelerator and the Region of the group, as a person names them.
    pub name: String,
    /// The ARN of the endpoint group, as that look told it.
    pub group: String,
    /// The share of the traffic for that Region that it takes, 0 to 100.
    pub dial: u8,
}

impl SetDial {
    /// Its IAM action.
    pub const ACTION: &str = "globalaccelerator:UpdateEndpointGroup";
}

impl Change for SetDial {
    fn place(&self) -> (&Account, Region) {
        (&self.account, Region::new(ACCELERATOR_HOME))
    }

    fn action(&self) -> &'static str {
        Self::ACTION
    }

    fn doing(&self) -> &'static str {
        "set the traffic dial"
    }

    fn target(&self) -> &str {
        &self.name
    }

    fn survival(&self) -> Survival {
        Survival::SetAgain
    }

    fn resource(&self) -> Option<String> {
        Some(self.group.clone())
    }

    fn request(&self) -> Value {
        json!({
            "EndpointGroupArn": self.group,
            "TrafficDialPercentage": f64::from(self.dial),
        })
    }

    fn options(&self) -> String {
        format!(
            "--region {ACCELERATOR_HOME} --endpoint-group-arn {} \
             --traffic-dial-percentage {}",
            quoted(&self.group),
            self.dial
        )
    }
}
