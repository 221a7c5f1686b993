//! Readiness of a runbook: what a try of all that it needs, short of running
//! it, has found.

use jiff::Timestamp;
use serde::{Deserialize, Serialize};

use crate::estate::span::Span;

/// How it is known that something which a runbook needs will be there.
#[derive(
    Clone,
    Copy,
    Debug,
    PartialEq,
    Eq,
    Hash,
    PartialOrd,
    Ord,
    Serialize,
    Deserialize,
)]
#[serde(rename_all = "snake_case")]
pub enum Proof {
    /// It does not work.
    Fails,
    /// Nothing short of the run itself tells: that is no pass.
    CannotBeKnown,
    /// AWS said that it would work, without doing it.
    Simulated,
    /// The very thing was used, and worked.
    ProvenByUse,
}

impl Proof {
    /// The words shown.
    pub fn word(self) -> &'static str {
        match self {
            Proof::Fails => "fails",
            Proof::CannotBeKnown => "cannot be known",
            Proof::Simulated => "simulated",
            Proof::ProvenByUse => "proven by use",
        }
    }
}

/// One thing that a runbook needs.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Item {
    /// What kind of thing: `input`, `sign-in`, `region`, `look`, `probe`,
    /// `program`, `call`, `step`, `journal` or `mirror`.
    pub kind: String,
    /// What exactly.
    pub about: String,
    /// Whether it will be there.
    pub state: Proof,
    /// How that is known, or why it is not.
    pub told: String,
    /// What to do about it, where something is to be done.
    pub todo: Option<String>,
}

impl Item {
    /// Something of a kind, with how it is known.
    pub fn new(
        kind: &str,
        about: impl Into<String>,
        state: Proof,
        told: impl Into<String>,
    ) -> Item {
        let (kind, about) = (kind.to_owned(), about.into());
        Item { kind, about, state, told: told.into(), todo: None }
    }

    /// The same, with what to do about it.
    #[must_use]
    pub fn todo(mut self, what: impl Into<String>) -> Item {
        self.todo = Some(what.into());
        self
    }
}

/// How many items there are of each kind of proof.
#[derive(
    Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize,
)]
pub struct Counts {
    /// Proven by use.
    pub proven: usize,
    /// Simulated.
    pub simulated: usize,
    /// Cannot be known.
    pub unknown: usize,
    /// Fails.
    pub fails: usize,
}

impl Counts {
    /// Counts these.
    pub fn of(items: &[Item]) -> Counts {
        let count = |state| items.iter().filter(|i| i.state == state).count();
        Counts {
            proven: count(Proof::ProvenByUse),
            simulated: count(Proof::Simulated),
            unknown: count(Proof::CannotBeKnown),
            fails: count(Proof::Fails),
        }
    }
}

/// The newest try of a runbook, as lists tell it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Tried {
    /// When.
    pub at: Timestamp,
    /// What came of it.
    pub counts: Counts,
    /// Whether the file has changed since.
    pub changed: bool,
}

impl Tried {
    /// What came of it and how long ago, in a few words.
    pub fn told(&self, now: Timestamp) -> String {
        let age = Span(now.duration_since(self.at));
        let Counts { unknown, fails, .. } = self.counts;
        let found = match (fails, unknown) {
            (0, 0) => "all proven".to_owned(),
            (0, unknown) => format!("nothing fails, {unknown} not known"),
            (fails, 0) => format!("{fails} fail"),
            (fails, unknown) => format!("{fails} fail, {unknown} not known"),
        };
        let changed =
            if self.changed { "; the file changed since" } else { "" };
        format!("tried {age} ago: {found}{changed}")
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_cannot_be_known_is_told_and_never_as_proven() {
        let item = |state| Item::new("call", "x", state, "y");
        let at = Timestamp::UNIX_EPOCH;
        let told = |states: &[Proof], changed| {
            let items: Vec<Item> = states.iter().copied().map(item).collect();
            let counts = Counts::of(&items);
            Tried { at, counts, changed }.told(at)
        };
        assert!(told(&[Proof::ProvenByUse], false).ends_with("all proven"));
        let some = [Proof::ProvenByUse, Proof::CannotBeKnown];
        assert!(told(&some, false).ends_with("nothing fails, 1 not known"));
        let bad = [Proof::Fails, Proof::CannotBeKnown];
        assert!(told(&bad, true).contains("1 fail, 1 not known; the file"));
    }
}
