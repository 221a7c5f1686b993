//! Incident: the fold of entries; runs, notes, roles, clock, ledger.
