//! Stacks of CloudFormation: what could be built anew from code.

use std::collections::BTreeMap;

use jiff::Timestamp;
use serde::{Deserialize, Serialize};

use super::maker::{Maker, Tool};
use super::{Health, Told, stamp};

/// A stack.
// https://docs.aws.amazon.com/AWSCloudFormation/latest/APIReference/API_Stack.html
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Stack {
    /// Its id, an ARN.
    pub arn: String,
    /// Its name.
    pub name: String,
    /// Its status, in CloudFormation's word.
    pub status: String,
    /// Why it is in this status, where that is told.
    pub reason: Option<String>,
    /// Whether what it made was changed by other hands; none if not told.
    pub drift: Option<Drift>,
    /// When drift was last looked for.
    pub drift_seen: Option<Timestamp>,
    /// When it was made.
    pub created: Option<Timestamp>,
    /// When it was last updated, if ever.
    pub updated: Option<Timestamp>,
    /// The tool behind it, where something tells.
    pub maker: Option<Maker>,
    /// Whether it is a part of another stack.
    pub nested: bool,
    /// Its tags.
    pub tags: BTreeMap<String, String>,
}

/// Whether a stack's resources are as its template says.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Drift {
    /// They were when it was looked for.
    InSync,
    /// At least one was not.
    Drifted,
    /// It was never looked for.
    NotChecked,
    /// CloudFormation does not know.
    Unknown,
}

impl Stack {
    /// Whether it cannot be updated until somebody mends it.
    pub fn is_broken(&self) -> bool {
        let status = self.status.as_str();
        status.ends_with("_FAILED") || status == "ROLLBACK_COMPLETE"
    }

    /// Whether its last update failed and was taken back.
    pub fn is_rolled_back(&self) -> bool {
        self.status.ends_with("ROLLBACK_COMPLETE") && !self.is_broken()
    }

    /// Whether it is the one that `cdk bootstrap` makes.
    // https://docs.aws.amazon.com/cdk/v2/guide/bootstrapping.html
    pub fn is_bootstrap(&self) -> bool {
        self.name == "CDKToolkit"
    }

    /// Whether the CDK made it.
    pub fn is_of_cdk(&self) -> bool {
        self.maker.as_ref().is_some_and(|maker| maker.tool == Tool::Cdk)
    }
}

impl Told for Stack {
    fn id(&self) -> &str {
        &self.arn
    }

    fn name(&self) -> &str {
        &self.name
    }

    fn state(&self) -> (Health, String) {
        let words = self.status.to_lowercase().replace('_', " ");
        let drifted = self.drift == Some(Drift::Drifted);
        match self.status.as_str() {
            _ if self.is_broken() => (Health::Bad, words),
            _ if self.is_rolled_back() => (Health::Warn, words),
            _ if drifted => (Health::Warn, "drifted".to_owned()),
            status if status.ends_with("_COMPLETE") => (Health::Good, words),
            status if status.ends_with("_IN_PROGRESS") => {
                (Health::Plain, words)
            }
            _ => (Health::Unknown, words),
        }
    }

    fn facts(&self) -> Vec<(&'static str, String)> {
        let mut facts = Vec::new();
        facts.extend(self.reason.clone().map(|why| ("reason", why)));
        let drift = match self.drift {
            None | Some(Drift::Unknown) => "not told",
            Some(Drift::InSync) => "none",
            Some(Drift::Drifted) => "found",
            Some(Drift::NotChecked) => "never looked for",
        };
        let seen = self.drift_seen.map(|at| format!(", {}", stamp(at)));
        facts.push(("drift", format!("{drift}{}", seen.unwrap_or_default())));
        let updated = self.updated.or(self.created).map(stamp);
        facts.extend(updated.map(|at| ("last update", at)));
        facts.extend(self.maker.as_ref().map(|m| ("made by", m.to_string())));
        facts
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn stack(status: &str, drift: Drift) -> Stack {
        Stack {
            arn: String::new(),
            name: "web".to_owned(),
            status: status.to_owned(),
            reason: None,
            drift: Some(drift),
            drift_seen: None,
            created: None,
            updated: None,
            maker: None,
            nested: false,
            tags: BTreeMap::new(),
        }
    }

    #[test]
    fn a_stack_does_as_its_status_and_its_drift_say() {
        let state = |status: &str, drift| stack(status, drift).state().0;
        let sync = Drift::InSync;
        assert_eq!(state("UPDATE_COMPLETE", sync), Health::Good);
        assert_eq!(state("UPDATE_COMPLETE", Drift::Drifted), Health::Warn);
        assert_eq!(state("UPDATE_ROLLBACK_COMPLETE", sync), Health::Warn);
        assert_eq!(state("UPDATE_ROLLBACK_FAILED", sync), Health::Bad);
        assert_eq!(state("ROLLBACK_COMPLETE", sync), Health::Bad);
        assert_eq!(state("UPDATE_IN_PROGRESS", sync), Health::Plain);
        assert_eq!(state("SOMETHING_NEW", sync), Health::Unknown);
    }
}
