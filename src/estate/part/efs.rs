//! EFS file systems and their replication to other Regions.

use std::collections::BTreeMap;

use jiff::Timestamp;
use serde::{Deserialize, Serialize};

use super::{Health, Told, on_off};
use crate::estate::ids::{Account, Arn, Region};

/// An EFS file system.
// https://docs.aws.amazon.com/efs/latest/ug/API_FileSystemDescription.html
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct FileSystem {
    /// Its ARN.
    pub arn: Arn,
    /// Its state in AWS's word, such as `available`.
    pub state: String,
    /// The bytes it holds, as last metered.
    pub bytes: Option<i64>,
    /// Whether it is encrypted; none if not told.
    pub encrypted: Option<bool>,
    /// The mount targets it has: none of them, and nobody can reach it.
    pub mounts: i64,
    /// Whether AWS Backup's automatic backups of EFS are on; none if not
    /// told.
    pub automatic: Option<bool>,
    /// Its tags.
    pub tags: BTreeMap<String, String>,
    /// What could not be asked, and why.
    pub unknown: Vec<String>,
}

impl Told for FileSystem {
    fn id(&self) -> &str {
        self.arn.as_str()
    }

    fn name(&self) -> &str {
        self.tags.get("Name").map_or(self.arn.tail(), String::as_str)
    }

    fn state(&self) -> (Health, String) {
        let health = match self.state.as_str() {
            "available" if self.mounts == 0 => {
                return (Health::Warn, "no mount target".to_owned());
            }
            "available" => Health::Good,
            "error" => Health::Bad,
            "" => Health::Unknown,
            _ => Health::Plain,
        };
        (health, self.state.clone())
    }

    fn facts(&self) -> Vec<(&'static str, String)> {
        let word = |is: Option<bool>| on_off(is).to_owned();
        let mut facts = vec![
            ("automatic backups", word(self.automatic)),
            ("encryption", word(self.encrypted)),
            ("mount targets", self.mounts.to_string()),
        ];
        let bytes = self.bytes.map(|bytes| ("bytes", bytes.to_string()));
        facts.extend(bytes);
        facts.extend(self.unknown.iter().map(|u| ("unknown", u.clone())));
        facts
    }

    fn unknown(&self) -> &[String] {
        &self.unknown
    }
}

/// The replication of one file system to another one.
// https://docs.aws.amazon.com/efs/latest/ug/API_Destination.html
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct FileSync {
    /// The ARN of the file system that is written to.
    pub source: Arn,
    /// The id of the file system that follows.
    pub to: String,
    /// The account it lies in.
    pub account: Option<Account>,
    /// The Region it lies in.
    pub region: Region,
    /// Its status in AWS's word, such as `ENABLED`.
    pub status: String,
    /// What AWS says of the status.
    pub message: Option<String>,
    /// All changes made before this moment are in the follower (EFS API
    /// reference, `Destination`, `LastReplicatedTimestamp`).
    pub synced: Option<Timestamp>,
}

impl FileSync {
    /// Whether it goes on.
    pub fn runs(&self) -> bool {
        self.status == "ENABLED"
    }
}

impl Told for FileSync {
    fn id(&self) -> &str {
        &self.to
    }

    fn name(&self) -> &str {
        self.source.tail()
    }

    fn state(&self) -> (Health, String) {
        let health = match self.status.as_str() {
            "ENABLED" => Health::Good,
            "ENABLING" | "DELETING" => Health::Plain,
            "" => Health::Unknown,
            _ => Health::Bad,
        };
        (health, self.status.to_lowercase())
    }

    fn facts(&self) -> Vec<(&'static str, String)> {
        let to = format!("{} in {}", self.to, self.region);
        let synced = self.synced.map_or_else(
            || "never, so far".to_owned(),
            |at| at.strftime("%Y-%m-%d %H:%M:%SZ").to_string(),
        );
        let mut facts =
            vec![("replicates to", to), ("holds all up to", synced)];
        let says = self.message.iter().map(|m| ("AWS says", m.clone()));
        facts.extend(says);
        facts
    }
}
