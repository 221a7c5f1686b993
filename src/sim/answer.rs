//! Answer: how a request to the simulated network ends.

use std::time::Duration;

use crate::wire::Response;

/// What comes back from the simulated network, and how late.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Answer {
    /// How long the answer takes. What was asked for is done at once.
    pub delay: Duration,
    /// How it ends.
    pub end: End,
}

/// How a request ends.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum End {
    /// With an answer.
    Response(Response),
    /// The connection is never made.
    Unreachable,
    /// The connection is made, and nothing comes back.
    Unanswered,
    /// The connection breaks before an answer.
    Broken,
    /// There is no such host.
    Nowhere(String),
}

impl From<End> for Answer {
    fn from(end: End) -> Self {
        Self { delay: Duration::ZERO, end }
    }
}
