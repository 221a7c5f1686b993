//! Legal holds: what they hold cannot be deleted, and does not expire.

use serde::{Deserialize, Serialize};
use serde_json::{Value, json};

use crate::estate::ids::{Account, Region};
use crate::failure::cleaned;
use crate::runbook::call::{Change, Survival};

/// A legal hold is laid on the recovery points of vaults or resources.
// https://docs.aws.amazon.com/aws-backup/latest/devguide/API_CreateLegalHold.html
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct CreateLegalHold {
    /// The account that is asked.
    pub account: Account,
    /// The Region that is asked.
    pub region: Region,
    /// Its title, by which it is found again; the token, too.
    pub title: String,
    /// What it is for.
    pub description: String,
    /// The names of the vaults whose points it holds.
    pub vaults: Vec<String>,
    /// The ARNs of the resources whose points it holds.
    pub resources: Vec<String>,
}

impl CreateLegalHold {
    /// Its IAM action.
    pub const ACTION: &str = "backup:CreateLegalHold";
}

impl Change for CreateLegalHold {
    fn place(&self) -> (&Account, Region) {
        (&self.account, self.region.clone())
    }

    fn action(&self) -> &'static str {
        Self::ACTION
    }

    fn doing(&self) -> &'static str {
        "lay the legal hold"
    }

    fn target(&self) -> &str {
        &self.title
    }

    fn survival(&self) -> Survival {
        Survival::SameToken
    }

    /// AWS gives it an id only when it is made.
    fn resource(&self) -> Option<String> {
        None
    }

    fn request(&self) -> Value {
        let mut held = json!({});
        if !self.vaults.is_empty() {
            held["VaultNames"] = json!(self.vaults);
        }
        if !self.resources.is_empty() {
            held["ResourceIdentifiers"] = json!(self.resources);
        }
        json!({
            "Title": self.title,
            "Description": self.description,
            "IdempotencyToken": self.title,
            "RecoveryPointSelection": held,
        })
    }

    fn answer(&self, output: &Value) -> Option<String> {
        output["LegalHoldId"].as_str().map(cleaned)
    }
}

/// A legal hold is taken off: what it held can be deleted again.
// https://docs.aws.amazon.com/aws-backup/latest/devguide/API_CancelLegalHold.html
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct CancelLegalHold {
    /// The account that is asked.
    pub account: Account,
    /// The Region that is asked.
    pub region: Region,
    /// Its id.
    pub hold: String,
    /// Why it is taken off.
    pub why: String,
}

impl CancelLegalHold {
    /// Its IAM action.
    pub const ACTION: &str = "backup:CancelLegalHold";
}

impl Change for CancelLegalHold {
    fn place(&self) -> (&Account, Region) {
        (&self.account, self.region.clone())
    }

    fn action(&self) -> &'static str {
        Self::ACTION
    }

    fn doing(&self) -> &'static str {
        "cancel the legal hold"
    }

    fn target(&self) -> &str {
        &self.hold
    }

    fn resource(&self) -> Option<String> {
        None
    }

    fn request(&self) -> Value {
        json!({ "LegalHoldId": self.hold, "CancelDescription": self.why })
    }
}
