//! Auto Scaling groups: instances that serve, and room for more.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};

use super::{Health, Told};

/// A group.
// https://docs.aws.amazon.com/autoscaling/ec2/APIReference/API_AutoScalingGroup.html
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct ScalingGroup {
    /// Its ARN.
    pub arn: String,
    /// Its name.
    pub name: String,
    /// The fewest instances that it may have.
    pub min: i64,
    /// The most that it may have.
    pub max: i64,
    /// How many it shall have now.
    pub desired: i64,
    /// How many are healthy and in service.
    pub in_service: i64,
    /// Processes that somebody suspended; without `Launch` it cannot grow.
    // https://docs.aws.amazon.com/autoscaling/ec2/userguide/as-suspend-resume-processes.html
    pub suspended: Vec<String>,
    /// Its tags.
    pub tags: BTreeMap<String, String>,
}

impl ScalingGroup {
    /// Whether it cannot start an instance until somebody resumes that.
    pub fn cannot_launch(&self) -> bool {
        self.suspended.iter().any(|process| process == "Launch")
    }
}

impl Told for ScalingGroup {
    fn id(&self) -> &str {
        &self.arn
    }

    fn name(&self) -> &str {
        &self.name
    }

    fn state(&self) -> (Health, String) {
        let ScalingGroup { desired, in_service, .. } = *self;
        let words = format!("{in_service} of {desired} in service");
        let health = match in_service {
            _ if self.cannot_launch() => Health::Warn,
            _ if desired == 0 => Health::Plain,
            0 => Health::Bad,
            _ if in_service < desired => Health::Warn,
            _ => Health::Good,
        };
        (health, words)
    }

    fn facts(&self) -> Vec<(&'static str, String)> {
        let mut facts = Vec::new();
        if !self.suspended.is_empty() {
            facts.push(("suspended", self.suspended.join(", ")));
        }
        facts.push(("size", format!("{} to {}", self.min, self.max)));
        facts
    }
}
