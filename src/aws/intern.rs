//! One copy of each name, however often it occurs.

use std::collections::HashSet;
use std::sync::{Mutex, PoisonError};

use crate::estate::ids::Arn;

/// The names met while one list is read: thousands of recovery points name
/// the same few resources.
#[derive(Debug, Default)]
pub(super) struct Names {
    arns: Mutex<HashSet<Arn>>,
}

impl Names {
    /// The name, sharing its text with every other of this list.
    pub(super) fn arn(&self, text: &str) -> Arn {
        let mut arns =
            self.arns.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some(arn) = arns.get(text) {
            return arn.clone();
        }
        let arn = Arn::new(text);
        arns.insert(arn.clone());
        arn
    }
}
