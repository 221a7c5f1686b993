//! Runbooks: what they say, what they would do, how far one has come.

pub mod call;
pub mod plan;
