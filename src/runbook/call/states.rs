//! Changes to Step Functions.

use serde::{Deserialize, Serialize};
use serde_json::{Value, json};

use super::{Change, Survival};
use crate::estate::ids::{Account, Region};

/// An execution of a state machine is started.
// https://docs.aws.amazon.com/step-functions/latest/apireference/API_StartExecution.html
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct StartExecution {
    /// The account of the state machine.
    pub account: Account,
    /// The Region of the state machine.
    pub region: Region,
    /// The ARN of the state machine, as that look told it.
    pub machine: String,
    /// The name of the execution, which the service takes once in 90 days.
    pub name: String,
    /// What it is given, a JSON text.
    pub input: String,
}

impl StartExecution {
    /// Its IAM action.
    pub const ACTION: &str = "states:StartExecution";
}

impl Change for StartExecution {
    fn place(&self) -> (&Account, Region) {
        (&self.account, self.region.clone())
    }

    fn action(&self) -> &'static str {
        Self::ACTION
    }

    fn doing(&self) -> &'static str {
        "start the state machine"
    }

    fn target(&self) -> &str {
        self.machine.rsplit(':').next().unwrap_or_default()
    }

    fn survival(&self) -> Survival {
        Survival::NameTaken
    }

    fn resource(&self) -> Option<String> {
        Some(self.machine.clone())
    }

    fn request(&self) -> Value {
        json!({
            "stateMachineArn": self.machine,
            "name": self.name,
            "input": self.input,
        })
    }
}
