//! `FSx` file systems.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};

use super::{Health, Told};
use crate::estate::ids::Arn;

/// An `FSx` file system of any of the four types.
// https://docs.aws.amazon.com/fsx/latest/APIReference/API_FileSystem.html
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Share {
    /// Its ARN.
    pub arn: Arn,
    /// `WINDOWS`, `LUSTRE`, `ONTAP` or `OPENZFS`.
    pub kind: String,
    /// Its state in AWS's word, such as `AVAILABLE`.
    pub state: String,
    /// How it is deployed, such as `MULTI_AZ_1`.
    pub deployment: Option<String>,
    /// Its capacity in GiB.
    pub gib: Option<i64>,
    /// Days that its automatic backups are kept; 0 means there are none.
    pub retention_days: Option<i64>,
    /// Its tags.
    pub tags: BTreeMap<String, String>,
}

impl Told for Share {
    fn id(&self) -> &str {
        self.arn.as_str()
    }

    fn name(&self) -> &str {
        self.tags.get("Name").map_or(self.arn.tail(), String::as_str)
    }

    fn state(&self) -> (Health, String) {
        let health = match self.state.as_str() {
            "AVAILABLE" => Health::Good,
            "CREATING" | "UPDATING" | "DELETING" => Health::Plain,
            "" => Health::Unknown,
            "FAILED" | "MISCONFIGURED_UNAVAILABLE" => Health::Bad,
            _ => Health::Warn,
        };
        (health, self.state.to_lowercase())
    }

    fn facts(&self) -> Vec<(&'static str, String)> {
        let mut facts = vec![("type", self.kind.to_lowercase())];
        let deployed = self.deployment.iter();
        facts.extend(deployed.map(|d| ("deployment", d.to_lowercase())));
        let backups = match self.retention_days {
            None => "not told".to_owned(),
            Some(0) => "off".to_owned(),
            Some(days) => format!("kept {days} days"),
        };
        facts.push(("automatic backups", backups));
        let size = self.gib.map(|gib| ("size", format!("{gib} GiB")));
        facts.extend(size);
        facts
    }
}
