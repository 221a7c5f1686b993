//! S3 buckets and what protects their objects.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};

use super::{Health, Told};
use crate::estate::resource::Lag;

/// A bucket.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Bucket {
    /// Its ARN.
    pub arn: String,
    /// Its name.
    pub name: String,
    /// Whether old versions of objects are kept; none if not told.
    pub versioning: Option<Versioning>,
    /// Its replication rules; none if not told.
    pub replication: Option<Vec<Replication>>,
    /// The default retention of object lock, in S3's words, where it is on.
    pub lock: Option<String>,
    /// Its tags.
    pub tags: BTreeMap<String, String>,
    /// What could not be asked, and why.
    pub unknown: Vec<String>,
}

/// Whether a bucket keeps old versions.
// https://docs.aws.amazon.com/AmazonS3/latest/userguide/Versioning.html
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Versioning {
    /// It does.
    Enabled,
    /// It did, and does no more.
    Suspended,
    /// It never did.
    Off,
}

/// One replication rule.
// https://docs.aws.amazon.com/AmazonS3/latest/API/API_ReplicationRule.html
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Replication {
    /// Its id.
    pub id: String,
    /// Whether it is in force.
    pub enabled: bool,
    /// The bucket it writes to, by name.
    pub to: String,
    /// Only objects whose key begins so; empty means all.
    pub prefix: String,
    /// Whether delete markers are replicated, too.
    pub deletes: bool,
    /// Whether replication time control, and so its metrics, is on.
    pub timed: bool,
    /// Whether its metrics are on, with or without time control.
    pub measured: bool,
    /// Whether only objects with certain tags are replicated.
    pub by_tags: bool,
}

impl Replication {
    /// Whether it replicates every object written while it is in force.
    pub fn is_whole(&self) -> bool {
        self.prefix.is_empty() && !self.by_tags
    }
}

/// What CloudWatch tells of one replication rule. Latency and what waits are
/// told in the Region of the destination bucket, also while the other one is
/// down; what failed is told in the Region of the source bucket.
// https://docs.aws.amazon.com/AmazonS3/latest/userguide/repl-metrics.html
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Flow {
    /// The bucket that is written to.
    pub source: String,
    /// The bucket that follows.
    pub to: String,
    /// The id of the rule.
    pub rule: String,
    /// How far behind the follower is, in seconds: the reported latency, or
    /// 0 for a minute without any in which nothing waited.
    pub lag: Lag,
    /// Operations that wait to be replicated, at the newest reading.
    pub pending: Option<f64>,
    /// Operations that failed in the last three hours, where that is told.
    pub failed: Option<f64>,
}

impl Told for Flow {
    fn id(&self) -> &str {
        &self.lag.replica
    }

    fn name(&self) -> &str {
        &self.source
    }

    fn state(&self) -> (Health, String) {
        if let Some(failed) = self.failed.filter(|failed| *failed > 0.0) {
            return (Health::Bad, format!("{failed:.0} failed"));
        }
        match self.lag.reading(false) {
            Some(reading) => {
                (Health::Good, format!("lag {}", reading.lag_words()))
            }
            None if self.failed.is_some() => {
                (Health::Good, "none failed".to_owned())
            }
            None => (Health::Unknown, "no reading".to_owned()),
        }
    }

    fn facts(&self) -> Vec<(&'static str, String)> {
        let mut facts = vec![
            ("replicates to", self.to.clone()),
            ("rule", self.rule.clone()),
        ];
        let reading = self.lag.reading(false);
        facts.extend(reading.map(|reading| ("replication", reading.words())));
        let number = |n: f64| format!("{n:.0} operations");
        facts.extend(self.pending.map(|n| ("waiting", number(n))));
        facts.extend(self.failed.map(|n| ("failed lately", number(n))));
        facts
    }
}

impl Bucket {
    /// The rules in force.
    pub fn rules(&self) -> impl Iterator<Item = &Replication> {
        self.replication.iter().flatten().filter(|rule| rule.enabled)
    }
}

impl Told for Bucket {
    fn id(&self) -> &str {
        &self.arn
    }

    fn name(&self) -> &str {
        &self.name
    }

    fn state(&self) -> (Health, String) {
        match self.versioning {
            None => (Health::Unknown, "versioning not told".to_owned()),
            Some(Versioning::Enabled) => {
                (Health::Good, "versioned".to_owned())
            }
            Some(Versioning::Suspended) => {
                (Health::Warn, "versioning suspended".to_owned())
            }
            Some(Versioning::Off) => {
                (Health::Warn, "not versioned".to_owned())
            }
        }
    }

    fn facts(&self) -> Vec<(&'static str, String)> {
        let mut facts = Vec::new();
        match &self.replication {
            None => facts.push(("replication", "not told".to_owned())),
            Some(rules) if rules.is_empty() => {
                facts.push(("replication", "none".to_owned()));
            }
            Some(rules) => facts.extend(rules.iter().map(|rule| {
                let on = if rule.enabled { "" } else { ", disabled" };
                let of = if rule.prefix.is_empty() {
                    "all objects".to_owned()
                } else {
                    format!("{}*", rule.prefix)
                };
                ("replication", format!("{of} to {}{on}", rule.to))
            })),
        }
        let lock = self.lock.as_deref().unwrap_or("none");
        facts.push(("object lock", lock.to_owned()));
        facts.extend(self.unknown.iter().map(|u| ("unknown", u.clone())));
        facts
    }

    fn unknown(&self) -> &[String] {
        &self.unknown
    }
}
