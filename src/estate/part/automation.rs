//! What makes something part of the automation of recovery.

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

/// Which names tell of recovery.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Names(Vec<String>);

impl Default for Names {
    /// A word that is `dr`, or begins with `failover` or `recover`.
    fn default() -> Self {
        Names::new(["dr", "failover*", "recover*"])
    }
}

impl Names {
    /// Names with one of these words, in any case; a `*` at the end stands
    /// for anything.
    pub fn new<S: AsRef<str>>(words: impl IntoIterator<Item = S>) -> Self {
        let lower = |word: S| word.as_ref().to_lowercase();
        Names(words.into_iter().map(lower).collect())
    }

    /// The words.
    pub fn words(&self) -> &[String] {
        &self.0
    }

    /// Whether a name tells of recovery by one of its words, or by two side
    /// by side. Words end at punctuation and before capital letters, so that
    /// `address` and `hydration` hold no `dr`.
    pub fn fit(&self, name: &str) -> bool {
        let words = words(name);
        let pairs = words.windows(2).map(<[String]>::concat);
        let all: Vec<String> = pairs.chain(words.iter().cloned()).collect();
        all.iter().any(|word| {
            self.0.iter().any(|wanted| match wanted.strip_suffix('*') {
                Some(start) => word.starts_with(start),
                None => word == wanted,
            })
        })
    }
}

fn words(name: &str) -> Vec<String> {
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
    words
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn words_of_a_name_tell_of_recovery_and_parts_of_words_do_not() {
        let names = Names::default();
        for name in [
            "learn-dr-restore",
            "DrSwitch",
            "startFailover",
            "fail-over-db",
            "FailOver",
            "recovery_check",
            "dr",
        ] {
            assert!(names.fit(name), "{name}");
        }
        for name in ["address-book", "hydrate", "drain-queue", "web", ""] {
            assert!(!names.fit(name), "{name}");
        }
    }

    #[test]
    fn words_of_ones_own_stand_in_for_the_usual_ones() {
        let names = Names::new(["Phoenix*", "bcp"]);
        assert!(names.fit("phoenixRestore") && names.fit("db-BCP-switch"));
        assert!(!names.fit("learn-dr-restore") && !names.fit("bcpx"));
    }
}
