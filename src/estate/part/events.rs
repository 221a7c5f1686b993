//! Rules of EventBridge that start recovery.

use serde::{Deserialize, Serialize};

use super::automation::Sign;
use super::{Health, Told};

/// A rule on the default event bus, where AWS's own events arrive.
// https://docs.aws.amazon.com/eventbridge/latest/APIReference/API_Rule.html
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Rule {
    /// Its ARN.
    pub arn: String,
    /// Its name.
    pub name: String,
    /// How we know that it belongs to recovery.
    pub sign: Sign,
    /// Whether it is in force; none if not told.
    pub enabled: Option<bool>,
    /// What it waits for: a schedule, or the detail types of events.
    pub waits_for: String,
    /// The ARNs of what it starts; none if not told.
    pub targets: Option<Vec<String>>,
    /// What could not be asked, and why.
    pub unknown: Vec<String>,
}

impl Told for Rule {
    fn id(&self) -> &str {
        &self.arn
    }

    fn name(&self) -> &str {
        &self.name
    }

    fn state(&self) -> (Health, String) {
        match (self.enabled, &self.targets) {
            (None, _) => (Health::Unknown, "state not told".to_owned()),
            (Some(false), _) => (Health::Bad, "disabled".to_owned()),
            (_, Some(targets)) if targets.is_empty() => {
                (Health::Bad, "starts nothing".to_owned())
            }
            (Some(true), _) => (Health::Good, "enabled".to_owned()),
        }
    }

    fn facts(&self) -> Vec<(&'static str, String)> {
        let mut facts = vec![("waits for", self.waits_for.clone())];
        match &self.targets {
            None => facts.push(("starts", "not told".to_owned())),
            Some(targets) if targets.is_empty() => {
                facts.push(("starts", "nothing".to_owned()));
            }
            Some(targets) => {
                let all = targets.iter();
                facts.extend(all.map(|arn| ("starts", arn.clone())));
            }
        }
        facts.push(("known by", self.sign.to_string()));
        facts.extend(self.unknown.iter().map(|u| ("unknown", u.clone())));
        facts
    }

    fn unknown(&self) -> &[String] {
        &self.unknown
    }
}
