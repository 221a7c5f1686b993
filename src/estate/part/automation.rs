//! What makes something part of the automation of recovery.

use std::collections::BTreeMap;
use std::fmt;

use serde::{Deserialize, Serialize};

/// The tag that says so, whatever its value.
pub const TAG: &str = "DR_Automation";

/// How we know that something belongs to the automation of recovery.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Sign {
    /// Its name says so.
    Name,
    /// It is tagged so.
    Tag,
    /// It starts something that is.
    Target,
}

impl fmt::Display for Sign {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Sign::Name => f.write_str("name"),
            Sign::Tag => write!(f, "tag {TAG}"),
            Sign::Target => f.write_str("target"),
        }
    }
}

/// The sign in a name or in tags, if there is one.
pub fn sign(name: &str, tags: &BTreeMap<String, String>) -> Option<Sign> {
    if tags.contains_key(TAG) {
        return Some(Sign::Tag);
    }
    named(name).then_some(Sign::Name)
}

/// Whether a name tells of recovery: one of its words is `dr`, or begins
/// with `failover` or `recover`. Words end at punctuation and before capital
/// letters, so that `address` and `hydration` are none.
pub fn named(name: &str) -> bool {
    let mut words = Vec::new();
    let mut word = String::new();
    let mut last = ' ';
    for c in name.chars() {
        let new =
            !c.is_alphanumeric() || c.is_uppercase() && last.is_lowercase();
        if new && !word.is_empty() {
            words.push(word.split_off(0));
        }
        if c.is_alphanumeric() {
            word.extend(c.to_lowercase());
        }
        last = c;
    }
    words.push(word);
    let pairs = words.windows(2).map(|pair| pair.concat());
    let all: Vec<String> = pairs.chain(words.iter().cloned()).collect();
    all.iter().any(|word| {
        word == "dr"
            || word.starts_with("failover")
            || word.starts_with("recover")
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn words_of_a_name_tell_of_recovery_and_parts_of_words_do_not() {
        for name in [
            "learn-dr-restore",
            "DrSwitch",
            "startFailover",
            "fail-over-db",
            "FailOver",
            "recovery_check",
            "dr",
        ] {
            assert!(named(name), "{name}");
        }
        for name in ["address-book", "hydrate", "drain-queue", "web", ""] {
            assert!(!named(name), "{name}");
        }
    }
}
