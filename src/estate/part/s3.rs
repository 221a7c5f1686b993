//! S3 buckets and what protects their objects.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};

use super::{Health, Told};

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
}
