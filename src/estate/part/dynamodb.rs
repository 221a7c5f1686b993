//! DynamoDB tables, their continuous backups and their replicas.

use jiff::Timestamp;
use serde::{Deserialize, Serialize};

use super::{Health, Told, on_off};
use crate::estate::ids::{Arn, Region};

/// A DynamoDB table.
// https://docs.aws.amazon.com/amazondynamodb/latest/APIReference/API_TableDescription.html
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Table {
    /// Its ARN.
    pub arn: Arn,
    /// Its status in AWS's word, such as `ACTIVE`.
    pub status: String,
    /// Its size in bytes, as AWS last counted it, about every six hours.
    pub bytes: Option<i64>,
    /// Whether its deletion is refused.
    pub deletion_protection: Option<bool>,
    /// Its continuous backups; none if not told.
    pub continuous: Option<Continuous>,
    /// Its replicas in other Regions.
    pub replicas: Vec<Replica>,
    /// What could not be asked, and why.
    pub unknown: Vec<String>,
}

/// Point-in-time recovery of a table.
// https://docs.aws.amazon.com/amazondynamodb/latest/APIReference/API_PointInTimeRecoveryDescription.html
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Continuous {
    /// Whether it is on.
    pub on: bool,
    /// The oldest moment that can be restored.
    pub earliest: Option<Timestamp>,
    /// The newest moment that can be restored, about five minutes ago.
    pub latest: Option<Timestamp>,
}

/// The table in another Region, which takes writes as well.
// https://docs.aws.amazon.com/amazondynamodb/latest/APIReference/API_ReplicaDescription.html
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Replica {
    /// The Region it lies in.
    pub region: Region,
    /// Its status in AWS's word. It follows within about a second only while
    /// that is `ACTIVE`.
    pub status: String,
}

impl Table {
    /// Whether it stands where it can be read and written.
    pub fn is_active(&self) -> bool {
        matches!(self.status.as_str(), "ACTIVE" | "UPDATING")
    }
}

impl Told for Table {
    fn id(&self) -> &str {
        self.arn.as_str()
    }

    fn name(&self) -> &str {
        self.arn.tail()
    }

    fn state(&self) -> (Health, String) {
        if !self.is_active() {
            return (Health::Bad, self.status.to_lowercase());
        }
        match &self.continuous {
            None => (Health::Unknown, "backups not told".to_owned()),
            Some(window) if window.on => {
                (Health::Good, "continuous backup".to_owned())
            }
            Some(_) => (Health::Warn, "no continuous backup".to_owned()),
        }
    }

    fn facts(&self) -> Vec<(&'static str, String)> {
        let mut facts = Vec::new();
        let window = self.continuous.iter();
        facts.extend(window.filter_map(|window| {
            let clock = |at: Timestamp| at.strftime("%Y-%m-%d %H:%M:%SZ");
            let (from, to) = (window.earliest?, window.latest?);
            let span = format!("{} to {}", clock(from), clock(to));
            Some(("restorable", span))
        }));
        facts.extend(self.replicas.iter().map(|replica| {
            let status = replica.status.to_lowercase();
            ("replica", format!("{} {status}", replica.region))
        }));
        let protected = on_off(self.deletion_protection).to_owned();
        facts.push(("deletion protection", protected));
        let bytes = self.bytes.map(|bytes| ("bytes", bytes.to_string()));
        facts.extend(bytes);
        facts.extend(self.unknown.iter().map(|u| ("unknown", u.clone())));
        facts
    }

    fn unknown(&self) -> &[String] {
        &self.unknown
    }
}
