//! The journal on disk: appended, synced, chained, never changed.
//!
//! One thread ([`thread::Journal`]) owns the journals and answers when it is
//! safe: an order is carried out, made durable, then answered. Another one
//! writes the files beside them. The writer
//! ([`writer::Writer`]) alone makes [`recorded::Recorded`], without which no
//! call is sent.
//!
//! ```text
//! Order --> thread --> order::Keeper --> writer::Writer --> disk::Disk
//!             ^                             |  write, fdatasync
//!             +------- Answer --------------+
//! ```
//!
//! Reading back is [`read`] (also for a check without a lock), opening for
//! writing is [`open`] (lock, mending), and what bytes can be trusted is
//! decided in [`scan`] alone.

pub mod clock;
pub mod disk;
pub mod follow;
pub mod inbox;
pub mod incidents;
pub mod open;
pub mod order;
pub mod read;
pub mod recorded;
pub mod scan;
pub mod thread;
pub mod writer;

pub use incidents::Incidents;
pub use order::{Answer, Keeper, Opened, Order};
pub use thread::Journal;
pub use writer::Writer;
