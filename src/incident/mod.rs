//! Incident: the fold of entries; runs, notes, roles, clock, ledger.

pub mod entry;
pub mod fact;
