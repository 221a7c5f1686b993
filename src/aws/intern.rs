//! One copy of each name, however often it occurs.

use std::sync::{Mutex, PoisonError};

use crate::estate::recovery_point::{Commons, Fields};
use crate::estate::resource::RecoveryPoint;

/// The names met while one list is read: thousands of recovery points name
/// the same few resources.
#[derive(Debug, Default)]
pub(super) struct Names {
    commons: Mutex<Commons>,
}

impl Names {
    /// The point, sharing its names with every other of this list.
    pub(super) fn point(&self, fields: Fields) -> RecoveryPoint {
        let commons = self.commons.lock();
        commons.unwrap_or_else(PoisonError::into_inner).point(fields)
    }
}
