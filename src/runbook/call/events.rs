//! Changes to EventBridge.

use serde::{Deserialize, Serialize};
use serde_json::{Value, json};

use super::{Change, Survival};
use crate::estate::ids::{Account, Region};

/// A rule on the default bus.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct RuleOf {
    /// The account of the rule.
    pub account: Account,
    /// The Region of the rule.
    pub region: Region,
    /// Its name.
    pub name: String,
    /// Its ARN, as that look told it.
    pub arn: String,
}

/// A rule is put in force.
// https://docs.aws.amazon.com/eventbridge/latest/APIReference/API_EnableRule.html
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct EnableRule(pub RuleOf);

impl EnableRule {
    /// Its IAM action.
    pub const ACTION: &str = "events:EnableRule";
}

/// A rule is taken out of force.
// https://docs.aws.amazon.com/eventbridge/latest/APIReference/API_DisableRule.html
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct DisableRule(pub RuleOf);

impl DisableRule {
    /// Its IAM action.
    pub const ACTION: &str = "events:DisableRule";
}

/// Both differ in name alone.
macro_rules! of_a_rule {
    ($change:ident, $doing:literal) => {
        impl Change for $change {
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
                &self.0.name
            }

            fn survival(&self) -> Survival {
                Survival::SetAgain
            }

            fn resource(&self) -> Option<String> {
                Some(self.0.arn.clone())
            }

            fn request(&self) -> Value {
                json!({ "Name": self.0.name })
            }
        }
    };
}

of_a_rule!(EnableRule, "enable the rule");
of_a_rule!(DisableRule, "disable the rule");
