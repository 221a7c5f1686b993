//! Made-up people: what they press, and a console that watches for what must
//! never come of it.

#![expect(unreachable_pub, reason = "a part of one test binary")]

pub mod bench;
pub mod gesture;
pub mod stage;

pub use crate::chance::Chance;
