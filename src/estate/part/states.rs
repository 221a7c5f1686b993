//! State machines of Step Functions that recovery is automated with.

use jiff::Timestamp;
use serde::{Deserialize, Serialize};

use super::automation::Sign;
use super::{Health, Told, stamp};

/// A state machine.
// https://docs.aws.amazon.com/step-functions/latest/apireference/API_StateMachineListItem.html
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Machine {
    /// Its ARN.
    pub arn: String,
    /// Its name.
    pub name: String,
    /// How we know that it belongs to recovery.
    pub sign: Sign,
    /// When it was made.
    pub created: Option<Timestamp>,
    /// Whether it is an express one, whose executions are not listed.
    pub express: bool,
    /// Whether and how it last ran; none if not told.
    pub last: Option<Last>,
    /// What could not be asked, and why.
    pub unknown: Vec<String>,
}

/// The last execution of a state machine.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Last {
    /// There is none; executions are listed for 90 days.
    Never,
    /// The newest one.
    Execution(Execution),
}

/// An execution.
// https://docs.aws.amazon.com/step-functions/latest/apireference/API_ExecutionListItem.html
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Execution {
    /// Its name.
    pub name: String,
    /// Its status, in the service's word.
    pub status: String,
    /// When it began.
    pub started: Option<Timestamp>,
    /// When it ended, if it did.
    pub stopped: Option<Timestamp>,
}

impl Execution {
    /// Whether it ended without having done its work.
    pub fn has_failed(&self) -> bool {
        ["FAILED", "TIMED_OUT", "ABORTED"].contains(&self.status.as_str())
    }
}

impl Machine {
    /// The last execution, if there is one.
    pub fn last(&self) -> Option<&Execution> {
        match self.last.as_ref()? {
            Last::Execution(execution) => Some(execution),
            Last::Never => None,
        }
    }
}

impl Told for Machine {
    fn id(&self) -> &str {
        &self.arn
    }

    fn name(&self) -> &str {
        &self.name
    }

    fn state(&self) -> (Health, String) {
        match &self.last {
            None if self.express => {
                (Health::Plain, "express: runs are not listed".to_owned())
            }
            None => (Health::Unknown, "last run not told".to_owned()),
            Some(Last::Never) => (Health::Warn, "never ran".to_owned()),
            Some(Last::Execution(last)) => {
                let words = last.status.to_lowercase().replace('_', " ");
                let health = match last.status.as_str() {
                    _ if last.has_failed() => Health::Bad,
                    "SUCCEEDED" => Health::Good,
                    "RUNNING" | "PENDING_REDRIVE" => Health::Plain,
                    _ => Health::Unknown,
                };
                (health, format!("last run {words}"))
            }
        }
    }

    fn facts(&self) -> Vec<(&'static str, String)> {
        let mut facts = Vec::new();
        if let Some(last) = self.last() {
            let begun = last.started.map(stamp).unwrap_or_default();
            facts.push(("last run", format!("{} of {begun}", last.name)));
            facts.extend(last.stopped.map(|at| ("ended", stamp(at))));
        }
        facts.extend(self.created.map(|at| ("made", stamp(at))));
        facts.push(("known by", self.sign.to_string()));
        facts.extend(self.unknown.iter().map(|u| ("unknown", u.clone())));
        facts
    }

    fn unknown(&self) -> &[String] {
        &self.unknown
    }
}
