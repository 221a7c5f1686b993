//! Why something we asked of the world did not happen.

use std::fmt;

use serde::{Deserialize, Serialize};

/// Why something we asked of the world did not happen: a value that travels
/// in events, sits in the journal and is shown where it happened.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Failure {
    /// What we were doing, as an infinitive phrase: "list backup jobs".
    pub doing: String,
    /// The class of failure; it decides what to do next.
    pub kind: FailureKind,
    /// The service's own error code, where it gave one.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub code: Option<String>,
    /// The causes, outermost first, already cleaned for the screen.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub causes: Vec<String>,
    /// The request id AWS gave, also for failures.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub request_id: Option<String>,
    /// Whether the request may have reached the service. `false` only where
    /// it is proven that it did not, or that it was refused unapplied.
    #[serde(default)]
    pub maybe_applied: bool,
}

/// The class of a [`Failure`].
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum FailureKind {
    /// The service asked us to slow down.
    Throttled,
    /// The identity may not do this; the missing IAM action where known.
    Denied {
        /// The IAM action, such as `rds:PromoteReadReplica`.
        action: Option<String>,
    },
    /// The thing asked about does not exist.
    NotFound,
    /// The thing is in a state in which this cannot be done.
    Conflict,
    /// The credentials ran out or are not signed in.
    Expired,
    /// No connection came about: name, network or Region.
    Unreachable,
    /// A connection came about but no answer within the time allowed.
    TimedOut,
    /// The service answered with a fault of its own (5xx).
    Faulted,
    /// An answer came that is not what this service gives.
    Garbled,
    /// Anything else.
    Other,
}

/// What is said first where no disk space is left.
pub const DISK_FULL: &str = "the disk is full";

impl Failure {
    /// Whether it is for want of disk space.
    pub fn is_disk_full(&self) -> bool {
        self.causes.iter().any(|cause| cause.contains(DISK_FULL))
    }

    /// A failure without code, causes or request id.
    pub fn new(doing: impl Into<String>, kind: FailureKind) -> Self {
        Failure {
            doing: doing.into(),
            kind,
            code: None,
            causes: Vec::new(),
            request_id: None,
            maybe_applied: false,
        }
    }

    /// The same failure with one more cause.
    #[must_use]
    pub fn because(mut self, cause: impl Into<String>) -> Self {
        self.causes.push(cause.into());
        self
    }

    /// What a tired person should do about it, as one sentence.
    pub fn advice(&self) -> &'static str {
        match self.kind {
            FailureKind::Throttled => {
                "AWS asks for fewer calls; it is tried again by itself."
            }
            FailureKind::Denied { .. } => {
                "Use a role that has this permission, or add it."
            }
            FailureKind::NotFound => {
                "Check name, account and Region; it may be gone."
            }
            FailureKind::Conflict => {
                "Look at its state and try again when it has settled."
            }
            FailureKind::Expired => {
                "Sign in again in another shell; it will be noticed."
            }
            FailureKind::Unreachable | FailureKind::TimedOut => {
                "The Region or the network may be down; others go on."
            }
            FailureKind::Faulted => {
                "The service is failing on its side; it is tried again."
            }
            FailureKind::Garbled => {
                "Something other than AWS answers; check the endpoint."
            }
            FailureKind::Other => "Read the causes; press E for the log.",
        }
    }
}

impl fmt::Display for FailureKind {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            FailureKind::Throttled => f.write_str("throttled"),
            FailureKind::Denied { action: Some(action) } => {
                write!(f, "denied {action}")
            }
            FailureKind::Denied { action: None } => f.write_str("denied"),
            FailureKind::NotFound => f.write_str("not found"),
            FailureKind::Conflict => f.write_str("its state forbids it"),
            FailureKind::Expired => f.write_str("not signed in"),
            FailureKind::Unreachable => f.write_str("unreachable"),
            FailureKind::TimedOut => f.write_str("timed out"),
            FailureKind::Faulted => f.write_str("the service failed"),
            FailureKind::Garbled => f.write_str("not an AWS answer"),
            FailureKind::Other => f.write_str("failed"),
        }
    }
}

impl fmt::Display for Failure {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "could not {}: ", self.doing)?;
        write!(f, "{}", self.kind)?;
        if let Some(cause) = self.causes.last() {
            write!(f, ": {cause}")?;
        }
        Ok(())
    }
}

/// The longest text that is kept of a cause, in characters.
const LONGEST: usize = 400;

/// Text from outside, safe for terminal and journal: line breaks become
/// spaces, other control, bidirectional and invisible characters become
/// visible escapes, and after 400 characters it is cut with `…`.
pub fn cleaned(text: &str) -> String {
    let mut out = String::with_capacity(text.len().min(LONGEST));
    for (index, c) in text.trim().chars().enumerate() {
        if index == LONGEST {
            out.push('…');
            break;
        }
        match c {
            '\n' | '\r' | '\t' => out.push(' '),
            c if c.is_control() || deceives(c) => {
                out.extend(c.escape_unicode());
            }
            c => out.push(c),
        }
    }
    out
}

/// Characters that are not seen, or that change how others are read.
fn deceives(c: char) -> bool {
    matches!(c,
        '\u{ad}' | '\u{61c}' | '\u{180e}' | '\u{200b}'..='\u{200f}'
        | '\u{2028}'..='\u{202e}' | '\u{2060}'..='\u{206f}' | '\u{3164}'
        | '\u{fe00}'..='\u{fe0f}' | '\u{feff}' | '\u{fff9}'..='\u{fffb}'
        | '\u{e000}'..='\u{f8ff}' | '\u{e0000}'..='\u{10ffff}')
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_a_terminal_would_obey_becomes_visible() {
        assert_eq!(cleaned("a\u{1b}]52;c\u{7}b"), "a\\u{1b}]52;c\\u{7}b");
        assert_eq!(cleaned("gnp\u{202e}exe"), "gnp\\u{202e}exe");
        assert_eq!(cleaned("two\nlines"), "two lines");
        assert_eq!(cleaned(&"x".repeat(500)).chars().count(), 401);
    }
}
