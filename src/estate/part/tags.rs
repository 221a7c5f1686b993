//! Tagged resources, as the Resource Groups Tagging API tells them.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};

use super::{Health, Told, maker};
use crate::estate::ids::Arn;

/// A resource with tags, of whatever service.
// https://docs.aws.amazon.com/resourcegroupstagging/latest/APIReference/API_GetResources.html
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Tagged {
    /// Its ARN.
    pub arn: Arn,
    /// Its tags.
    pub tags: BTreeMap<String, String>,
}

impl Told for Tagged {
    fn id(&self) -> &str {
        self.arn.as_str()
    }

    fn name(&self) -> &str {
        self.tags.get("Name").map_or(self.arn.tail(), String::as_str)
    }

    fn state(&self) -> (Health, String) {
        let tier = self.tags.get("DR_Tier");
        let told = tier.map_or_else(
            || format!("{} tags", self.tags.len()),
            |tier| format!("DR_Tier {tier}"),
        );
        (Health::Plain, told)
    }

    fn facts(&self) -> Vec<(&'static str, String)> {
        let maker = maker::of_tags(&self.tags);
        let maker = maker.map(|maker| ("made by", maker.to_string()));
        let tags = self.tags.iter();
        let tags =
            tags.map(|(key, value)| ("tag", format!("{key} = {value}")));
        maker.into_iter().chain(tags).collect()
    }
}
