//! The journal on disk: appended, synced, chained, never changed.

pub mod recorded;
