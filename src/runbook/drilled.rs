//! How a runbook stands with its drills.

use super::Runbook;
use crate::estate::metrics::{Drilled, Practice};

impl Runbook {
    /// How it stands, by what lies behind; `sha256` is that of its bytes.
    pub fn drilled(&self, sha256: &str, past: &[Practice]) -> Drilled {
        let steps: Vec<String> =
            self.steps.iter().map(|step| step.id.clone()).collect();
        Drilled::of((&self.id, sha256), &steps, self.drill_every, past)
    }
}
