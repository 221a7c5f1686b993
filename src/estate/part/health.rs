//! Events of AWS Health: what AWS itself says is wrong.

use jiff::Timestamp;
use serde::{Deserialize, Serialize};

use super::{Health, Told, stamp};

/// An event that is open or to come.
// https://docs.aws.amazon.com/health/latest/APIReference/API_Event.html
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct HealthEvent {
    /// Its ARN.
    pub arn: String,
    /// The service that it is about, such as `RDS`.
    pub service: String,
    /// Its type, such as `AWS_RDS_OPERATIONAL_ISSUE`.
    pub code: String,
    /// `issue`, `scheduledChange`, `accountNotification`, `investigation`.
    pub category: String,
    /// The Region that it is about; `global` for none.
    pub region: String,
    /// `open`, `upcoming` or `closed`.
    pub status: String,
    /// When it began or will begin.
    pub started: Option<Timestamp>,
    /// When AWS last wrote of it.
    pub updated: Option<Timestamp>,
    /// The resources of ours that it is about; none if not told.
    pub affected: Option<Vec<String>>,
    /// What could not be asked, and why.
    pub unknown: Vec<String>,
}

impl HealthEvent {
    /// Whether something is wrong now.
    pub fn is_open_issue(&self) -> bool {
        self.status == "open"
            && ["issue", "investigation"].contains(&self.category.as_str())
    }
}

impl Told for HealthEvent {
    fn id(&self) -> &str {
        &self.arn
    }

    fn name(&self) -> &str {
        &self.code
    }

    fn state(&self) -> (Health, String) {
        let words = format!("{} in {}", self.status, self.region);
        let health = match self.status.as_str() {
            _ if self.is_open_issue() => Health::Bad,
            "open" | "upcoming" => Health::Warn,
            "closed" => Health::Plain,
            _ => Health::Unknown,
        };
        (health, words)
    }

    fn facts(&self) -> Vec<(&'static str, String)> {
        let mut facts = vec![("service", self.service.clone())];
        facts.push(("category", self.category.clone()));
        facts.extend(self.started.map(|at| ("began", stamp(at))));
        facts.extend(self.updated.map(|at| ("last word", stamp(at))));
        let affected = self.affected.iter().flatten();
        facts.extend(affected.map(|what| ("affected", what.clone())));
        facts.extend(self.unknown.iter().map(|u| ("unknown", u.clone())));
        facts
    }

    fn unknown(&self) -> &[String] {
        &self.unknown
    }
}
