//! When an entry is written, by the clocks of this machine.

use std::fmt;
use std::fs;

use jiff::Timestamp;

/// Tells the writer the time, so that tests can tell it another.
pub trait Clock: fmt::Debug + Send {
    /// The time of day.
    fn now(&mut self) -> Timestamp;

    /// Nanoseconds of a clock that goes on in suspend and never jumps; 0 if
    /// there is none.
    fn up_ns(&mut self) -> u64;

    /// The boot that this clock counts from.
    fn boot(&self) -> &str;
}

/// The clocks of this machine. The clock that never jumps is the kernel's
/// uptime (suspend included, steps of 10 ms); elsewhere than on Linux it is
/// unknown.
#[derive(Clone, Debug)]
pub struct SystemClock {
    boot: String,
}

impl SystemClock {
    /// The clocks, with the id of this boot.
    pub fn new() -> Self {
        let boot = fs::read_to_string("/proc/sys/kernel/random/boot_id")
            .unwrap_or_default();
        SystemClock { boot: boot.trim().to_owned() }
    }
}

impl Default for SystemClock {
    fn default() -> Self {
        SystemClock::new()
    }
}

impl Clock for SystemClock {
    #[expect(
        clippy::disallowed_methods,
        reason = "the journal is an edge: here entries get their time"
    )]
    fn now(&mut self) -> Timestamp {
        Timestamp::now()
    }

    fn up_ns(&mut self) -> u64 {
        fs::read_to_string("/proc/uptime")
            .ok()
            .and_then(|told| uptime(&told))
            .unwrap_or(0)
    }

    fn boot(&self) -> &str {
        &self.boot
    }
}

/// The first number of `/proc/uptime`, seconds with two decimals.
fn uptime(told: &str) -> Option<u64> {
    let (seconds, hundredths) =
        told.split_whitespace().next()?.split_once('.')?;
    let seconds: u64 = seconds.parse().ok()?;
    let hundredths: u64 = hundredths.parse().ok()?;
    Some(seconds * 1_000_000_000 + hundredths * 10_000_000)
}

/// A clock that stands still until it is told otherwise: for tests, of this
/// crate and of its users.
#[derive(Clone, Debug)]
pub struct SetClock {
    /// The time it tells.
    pub at: Timestamp,
}

impl Clock for SetClock {
    fn now(&mut self) -> Timestamp {
        self.at
    }

    fn up_ns(&mut self) -> u64 {
        0
    }

    fn boot(&self) -> &'static str {
        "set"
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn uptime_is_read_to_the_hundredth() {
        assert_eq!(uptime("12.34 99.00\n"), Some(12_340_000_000));
        assert_eq!(uptime(""), None);
    }
}
