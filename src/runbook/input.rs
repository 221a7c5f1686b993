//! Input: what a runbook asks before it starts, checked against the estate.

use serde::{Deserialize, Serialize};

use super::text::Text;

/// What a runbook asks before it starts.
#[derive(Clone, Debug)]
pub struct Input {
    /// Its name, as templates use it.
    pub name: String,
    /// What it is, in a few words; its name if the file gives none.
    pub title: String,
    /// Its type.
    pub kind: InputType,
    /// What it is if the person gives nothing else.
    pub default: Option<Text>,
    /// A regular expression the whole value must match.
    pub pattern: Option<String>,
    /// The Region in which a resource is looked for.
    pub region: Option<Text>,
    /// The line its table begins at, from 1.
    pub line: usize,
}

/// The type of an input.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum InputType {
    /// Twelve digits.
    Account,
    /// A Region.
    Region,
    /// The identifier of an RDS instance.
    RdsInstance,
    /// A hosted zone: its name or its id; steps get the id.
    Zone,
    /// A Route 53 health check: its id, or what it checks; steps get the id.
    HealthCheck,
    /// A DNS name; steps get it in lower case without its final dot.
    DnsName,
    /// An address of HTTP or HTTPS.
    Url,
    /// A whole number.
    Integer,
    /// A time span, such as `5m`.
    Duration,
    /// Any text.
    String,
}

impl InputType {
    /// All types with the word for them in runbooks.
    pub const ALL: [(&'static str, InputType); 10] = [
        ("account", InputType::Account),
        ("region", InputType::Region),
        ("rds-instance", InputType::RdsInstance),
        ("zone", InputType::Zone),
        ("health-check", InputType::HealthCheck),
        ("dns-name", InputType::DnsName),
        ("url", InputType::Url),
        ("integer", InputType::Integer),
        ("duration", InputType::Duration),
        ("string", InputType::String),
    ];

    /// The word in runbooks.
    pub fn word(self) -> &'static str {
        Self::ALL
            .iter()
            .find(|(_, kind)| *kind == self)
            .map_or("string", |(word, _)| word)
    }
}

/// An input of a run as it was pinned.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct InputPin {
    /// Its name in the runbook.
    pub name: String,
    /// What the person gave, such as the name of a zone.
    pub given: String,
    /// What steps use, such as that zone's id.
    pub value: String,
    /// Whether AWS confirmed it.
    pub verified: bool,
    /// How it was confirmed, or why it could not be.
    pub how: String,
}
