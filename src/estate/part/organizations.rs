//! Accounts of the organisation, for a first config.

use serde::{Deserialize, Serialize};

use super::{Health, Told};

/// An account of the organisation.
// https://docs.aws.amazon.com/organizations/latest/APIReference/API_Account.html
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Member {
    /// Its twelve digits.
    pub id: String,
    /// Its name.
    pub name: String,
    /// Its state, in the service's word, such as `ACTIVE`.
    pub status: String,
}

impl Told for Member {
    fn id(&self) -> &str {
        &self.id
    }

    fn name(&self) -> &str {
        &self.name
    }

    fn state(&self) -> (Health, String) {
        let health = match self.status.as_str() {
            "ACTIVE" => Health::Good,
            "" => Health::Unknown,
            _ => Health::Warn,
        };
        (health, self.status.to_lowercase())
    }

    fn facts(&self) -> Vec<(&'static str, String)> {
        vec![("account", self.id.clone())]
    }
}
