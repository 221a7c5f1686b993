//! Functions of Lambda that recovery is automated with.

use jiff::Timestamp;
use serde::{Deserialize, Serialize};

use super::automation::Sign;
use super::{Health, Told, stamp};

/// A function.
// https://docs.aws.amazon.com/lambda/latest/api/API_FunctionConfiguration.html
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Function {
    /// Its ARN.
    pub arn: String,
    /// Its name.
    pub name: String,
    /// How we know that it belongs to recovery.
    pub sign: Sign,
    /// What it runs on, such as `python3.12`.
    pub runtime: Option<String>,
    /// When its code or settings last changed.
    pub modified: Option<Timestamp>,
    /// Its state, in Lambda's word; none if not told.
    pub state: Option<String>,
    /// Why its last update failed, if it did.
    pub failed: Option<String>,
    /// Whether and when it last ran; none if not told.
    pub ran: Option<Ran>,
    /// What could not be asked, and why.
    pub unknown: Vec<String>,
}

/// Whether a function ran, as its metric tells.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Ran {
    /// It did, last in the hour that begins here.
    In(Timestamp),
    /// It did not, as far back as this.
    NotSince(Timestamp),
}

impl Function {
    /// Whether it would not run if it were called now. An inactive function
    /// wakes up when it is called; that takes some seconds.
    // https://docs.aws.amazon.com/lambda/latest/dg/functions-states.html
    pub fn is_broken(&self) -> bool {
        self.state.as_deref() == Some("Failed")
    }
}

impl Told for Function {
    fn id(&self) -> &str {
        &self.arn
    }

    fn name(&self) -> &str {
        &self.name
    }

    fn state(&self) -> (Health, String) {
        let Some(state) = &self.state else {
            return (Health::Unknown, "state not told".to_owned());
        };
        let words = state.to_lowercase();
        match state.as_str() {
            "Failed" => (Health::Bad, words),
            _ if self.failed.is_some() => {
                (Health::Warn, "last update failed".to_owned())
            }
            "Active" => (Health::Good, words),
            "Inactive" | "Pending" => (Health::Plain, words),
            _ => (Health::Unknown, words),
        }
    }

    fn facts(&self) -> Vec<(&'static str, String)> {
        let mut facts = Vec::new();
        facts.extend(self.failed.clone().map(|why| ("update failed", why)));
        let ran = match self.ran {
            None => "not told".to_owned(),
            Some(Ran::In(at)) => format!("in the hour of {}", stamp(at)),
            Some(Ran::NotSince(at)) => format!("not since {}", stamp(at)),
        };
        facts.push(("last run", ran));
        facts.extend(self.modified.map(|at| ("last changed", stamp(at))));
        facts.extend(self.runtime.clone().map(|on| ("runs on", on)));
        facts.push(("known by", self.sign.to_string()));
        facts.extend(self.unknown.iter().map(|u| ("unknown", u.clone())));
        facts
    }

    fn unknown(&self) -> &[String] {
        &self.unknown
    }
}
