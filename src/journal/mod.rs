//! The journal on disk: appended, synced, chained, never changed.

pub mod disk;
pub mod recorded;
pub mod scan;
