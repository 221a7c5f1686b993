//! Keys of KMS: without them no copy can be read.

use jiff::Timestamp;
use serde::{Deserialize, Serialize};

use super::{Health, Told, stamp};
use crate::estate::{Estate, Placed};

/// A key.
// https://docs.aws.amazon.com/kms/latest/APIReference/API_KeyMetadata.html
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Key {
    /// Its ARN.
    pub arn: String,
    /// Its description, or else its id.
    pub name: String,
    /// How it does; none if that was denied or not asked.
    pub state: Option<KeyState>,
    /// When it will be deleted, if that is ordered.
    pub deleted: Option<Timestamp>,
    /// Whether AWS keeps it for a service; such a key stays in its Region
    /// and account.
    pub aws_managed: Option<bool>,
    /// Other Regions that hold it, for a multi-Region key.
    pub also_in: Vec<String>,
    /// Whether it is a multi-Region key; none if not told.
    pub multi_region: Option<bool>,
    /// What is encrypted with it there: vaults and databases, by name.
    pub used_by: Vec<String>,
    /// What could not be asked, and why.
    pub unknown: Vec<String>,
}

/// How a key does.
// https://docs.aws.amazon.com/kms/latest/developerguide/key-state.html
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum KeyState {
    /// It works.
    Enabled,
    /// Somebody switched it off.
    Disabled,
    /// It waits to be deleted, and does not work meanwhile.
    PendingDeletion,
    /// KMS does not have it any more.
    Missing,
    /// Another state, in KMS's word; it may not work in it.
    Other(String),
}

impl KeyState {
    /// It in few words.
    pub fn words(&self) -> String {
        match self {
            KeyState::Enabled => "enabled".to_owned(),
            KeyState::Disabled => "disabled".to_owned(),
            KeyState::PendingDeletion => "pending deletion".to_owned(),
            KeyState::Missing => "missing".to_owned(),
            KeyState::Other(word) => word.clone(),
        }
    }
}

impl Key {
    /// Why nothing that is encrypted with it can be read, as a predicate;
    /// none while it works or its state is not known.
    pub fn trouble(&self) -> Option<String> {
        match self.state.as_ref()? {
            KeyState::Enabled | KeyState::Other(_) => None,
            KeyState::PendingDeletion => Some(match self.deleted {
                None => "is pending deletion".to_owned(),
                Some(at) => {
                    format!("will be deleted on {}", at.strftime("%F"))
                }
            }),
            KeyState::Disabled => Some("is disabled".to_owned()),
            KeyState::Missing => Some("does not exist".to_owned()),
        }
    }
}

impl Estate {
    /// A key by its ARN, if any look told of it.
    pub fn key(&self, arn: &str) -> Option<Placed<'_, Key>> {
        self.keys().find(|placed| placed.item.arn == arn)
    }
}

/// The first names of a long list, and how many more there are.
fn few(names: &[String]) -> String {
    const FEW: usize = 6;
    let shown = names[..names.len().min(FEW)].join(", ");
    match names.len().saturating_sub(FEW) {
        0 => shown,
        more => format!("{shown} and {more} more"),
    }
}

impl Told for Key {
    fn id(&self) -> &str {
        &self.arn
    }

    fn name(&self) -> &str {
        &self.name
    }

    fn state(&self) -> (Health, String) {
        let Some(state) = &self.state else {
            return (Health::Unknown, "state not told".to_owned());
        };
        let health = match state {
            KeyState::Enabled => Health::Good,
            _ if self.used_by.is_empty() => Health::Plain,
            KeyState::Other(_) => Health::Warn,
            KeyState::Disabled
            | KeyState::PendingDeletion
            | KeyState::Missing => Health::Bad,
        };
        (health, state.words())
    }

    fn facts(&self) -> Vec<(&'static str, String)> {
        let mut facts = Vec::new();
        facts.extend(self.deleted.map(|at| ("to be deleted", stamp(at))));
        if !self.used_by.is_empty() {
            facts.push(("encrypts", few(&self.used_by)));
        }
        let regions = match (self.multi_region, self.also_in.is_empty()) {
            (None, _) => "not told".to_owned(),
            (Some(false), _) => "this one only".to_owned(),
            (Some(true), true) => "this one only, multi-Region".to_owned(),
            (Some(true), false) => {
                format!("also {}", self.also_in.join(", "))
            }
        };
        facts.push(("Regions", regions));
        if self.aws_managed == Some(true) {
            facts.push(("kept by", "AWS".to_owned()));
        }
        facts.extend(self.unknown.iter().map(|u| ("unknown", u.clone())));
        facts
    }

    /// A key that nothing rests on may stay untold.
    fn unknown(&self) -> &[String] {
        if self.used_by.is_empty() { &[] } else { &self.unknown }
    }
}
