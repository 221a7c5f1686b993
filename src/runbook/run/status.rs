//! Status: how far one step of a run has come.

/// How far one step has come.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Status {
    /// It waits for steps before it.
    Pending,
    /// A step that it needs failed or is unknown.
    Blocked {
        /// That step.
        by: String,
    },
    /// A decision, or the way of the run, made it needless.
    NotApplicable,
    /// A way back that nobody has called for.
    Aside,
    /// A person can do it now.
    Ready,
    /// It is being looked at.
    Checking,
    /// It does not pass, or cannot be told; it goes on being looked at.
    Held {
        /// What was seen.
        why: String,
        /// Whether it cannot be told.
        unclear: bool,
    },
    /// Its plan was shown.
    Planned,
    /// Its plan was confirmed; calls are left to send.
    Confirmed,
    /// A call is on its way.
    InFlight,
    /// AWS took it; what comes of it is being looked at.
    Waiting {
        /// What was seen last.
        why: String,
    },
    /// It holds; not yet for as long as it must.
    Verifying {
        /// What was seen last.
        why: String,
    },
    /// Done.
    Done,
    /// AWS refused it: proven not applied.
    Failed {
        /// The refusal.
        why: String,
    },
    /// It was proven that it did not take effect.
    NotApplied {
        /// What was seen.
        why: String,
    },
    /// Whether it took effect is not known.
    Unknown {
        /// Why.
        why: String,
    },
    /// A person skipped it.
    Skipped {
        /// Why.
        reason: String,
    },
    /// It does not pass; a person goes on all the same.
    Overridden {
        /// Why.
        reason: String,
    },
    /// It was done, and a way back has undone it.
    Undone {
        /// The step that undid it.
        by: String,
    },
    /// It was done as another version of the runbook had it.
    Superseded,
    /// It was planned and confirmed, and the drill sent nothing of it.
    Simulated,
    /// The run ended before it.
    Aborted,
}

impl Status {
    /// Whether steps after it may go on.
    pub fn is_over(&self) -> bool {
        matches!(
            self,
            Status::Done
                | Status::Skipped { .. }
                | Status::Overridden { .. }
                | Status::Superseded
                | Status::Simulated
                | Status::NotApplicable
        )
    }

    /// Whether something is on its way or may have happened unseen.
    pub fn is_open(&self) -> bool {
        matches!(
            self,
            Status::InFlight | Status::Waiting { .. } | Status::Unknown { .. }
        )
    }

    /// Whether it waits for a person: for an answer or a decision, or, as a
    /// change, for its plan, its approval or its confirm.
    pub fn asks_a_person(&self) -> bool {
        matches!(self, Status::Ready | Status::Planned)
    }

    /// Whether it can take longer than its timeout: AWS or a person is
    /// waited for.
    pub(super) fn takes_time(&self) -> bool {
        self.asks_a_person()
            || matches!(
                self,
                Status::Checking
                    | Status::Held { .. }
                    | Status::Verifying { .. }
                    | Status::Waiting { .. }
                    | Status::Unknown { .. }
            )
    }

    /// Whether it holds up what depends on it until a person acts.
    pub(super) fn is_stuck(&self) -> bool {
        matches!(
            self,
            Status::Failed { .. }
                | Status::NotApplied { .. }
                | Status::Unknown { .. }
                | Status::Undone { .. }
                | Status::Aborted
                | Status::Blocked { .. }
        )
    }

    /// The word on screens and in reports.
    pub fn word(&self) -> &'static str {
        match self {
            Status::Pending => "pending",
            Status::Blocked { .. } => "blocked",
            Status::NotApplicable => "n/a",
            Status::Aside => "if needed",
            Status::Ready => "ready",
            Status::Checking => "checking",
            Status::Held { .. } => "held",
            Status::Planned => "planned",
            Status::Confirmed => "confirmed",
            Status::InFlight => "in flight",
            Status::Waiting { .. } => "waiting",
            Status::Verifying { .. } => "verifying",
            Status::Done => "done",
            Status::Failed { .. } => "failed",
            Status::NotApplied { .. } => "not applied",
            Status::Unknown { .. } => "UNKNOWN",
            Status::Skipped { .. } => "skipped",
            Status::Overridden { .. } => "overridden",
            Status::Undone { .. } => "undone",
            Status::Superseded => "superseded",
            Status::Simulated => "simulated",
            Status::Aborted => "aborted",
        }
    }

    /// What there is to say beside the word.
    pub fn why(&self) -> Option<&str> {
        match self {
            Status::Held { why, .. }
            | Status::Waiting { why }
            | Status::Verifying { why }
            | Status::Failed { why }
            | Status::NotApplied { why }
            | Status::Unknown { why } => Some(why),
            Status::Blocked { by } | Status::Undone { by } => Some(by),
            Status::Skipped { reason } | Status::Overridden { reason } => {
                Some(reason)
            }
            Status::Pending
            | Status::NotApplicable
            | Status::Aside
            | Status::Superseded
            | Status::Simulated
            | Status::Ready
            | Status::Checking
            | Status::Planned
            | Status::Confirmed
            | Status::InFlight
            | Status::Done
            | Status::Aborted => None,
        }
    }
}
