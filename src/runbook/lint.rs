//! LINTS: what is wrong or risky in a runbook, one table.
