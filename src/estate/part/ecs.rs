//! Services of ECS: the containers that serve, and those that stand by.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};

use super::{Health, Told};

/// A service.
// https://docs.aws.amazon.com/AmazonECS/latest/APIReference/API_Service.html
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct EcsService {
    /// Its ARN.
    pub arn: String,
    /// Its name.
    pub name: String,
    /// The cluster it runs in, by name.
    pub cluster: String,
    /// Its status, in ECS's word.
    pub status: String,
    /// How many tasks it shall run; none if not told.
    pub desired: Option<i64>,
    /// How many run; none if not told.
    pub running: Option<i64>,
    /// How many are being started; none if not told.
    pub pending: Option<i64>,
    /// The task definition that it runs, as family and revision.
    pub task: String,
    /// Why its last deployment failed, if it did.
    pub failed: Option<String>,
    /// Its tags.
    pub tags: BTreeMap<String, String>,
}

impl Told for EcsService {
    fn id(&self) -> &str {
        &self.arn
    }

    fn name(&self) -> &str {
        &self.name
    }

    fn state(&self) -> (Health, String) {
        let (Some(desired), Some(running)) = (self.desired, self.running)
        else {
            return (Health::Unknown, "count not told".to_owned());
        };
        let words = format!("{running} of {desired} running");
        match self.status.as_str() {
            "ACTIVE" => {}
            "DRAINING" | "INACTIVE" => {
                return (Health::Bad, self.status.to_lowercase());
            }
            _ => return (Health::Unknown, self.status.to_lowercase()),
        }
        let health = match running {
            _ if self.failed.is_some() => Health::Warn,
            _ if desired == 0 => Health::Plain,
            0 => Health::Bad,
            _ if running < desired => Health::Warn,
            _ => Health::Good,
        };
        (health, words)
    }

    fn facts(&self) -> Vec<(&'static str, String)> {
        let mut facts = Vec::new();
        let failed = self.failed.clone();
        facts.extend(failed.map(|why| ("deployment failed", why)));
        facts.push(("cluster", self.cluster.clone()));
        let pending = self.pending.filter(|pending| *pending > 0);
        facts.extend(pending.map(|n| ("being started", n.to_string())));
        facts.push(("task definition", self.task.clone()));
        facts
    }
}
