//! The clock a simulated AWS runs on.

use std::sync::{Arc, Mutex, PoisonError};

use jiff::{SignedDuration, Timestamp};
use tokio::time::Instant;

/// Where simulated time comes from. Cheap to clone; clones share a time.
#[derive(Clone, Debug)]
pub struct SimClock(Source);

#[derive(Clone, Debug)]
enum Source {
    Wall,
    Tokio { start: Timestamp, origin: Instant },
    Manual(Arc<Mutex<Timestamp>>),
}

impl SimClock {
    /// The wall clock.
    pub fn wall() -> Self {
        Self(Source::Wall)
    }

    /// Begins at `start` and goes with the runtime's timers: it stands still
    /// and jumps where tokio's time is paused. Call it inside a runtime.
    pub fn paused(start: Timestamp) -> Self {
        Self(Source::Tokio { start, origin: Instant::now() })
    }

    /// Stands at `start` until [`SimClock::advance`] moves it.
    pub fn manual(start: Timestamp) -> Self {
        Self(Source::Manual(Arc::new(Mutex::new(start))))
    }

    /// The time it is.
    #[expect(
        clippy::disallowed_methods,
        reason = "the simulated world's edge: a demo goes by the wall clock"
    )]
    pub fn now(&self) -> Timestamp {
        match &self.0 {
            Source::Wall => Timestamp::now(),
            Source::Tokio { start, origin } => {
                let elapsed = SignedDuration::try_from(origin.elapsed())
                    .unwrap_or(SignedDuration::MAX);
                start.checked_add(elapsed).unwrap_or(Timestamp::MAX)
            }
            Source::Manual(at) => {
                *at.lock().unwrap_or_else(PoisonError::into_inner)
            }
        }
    }

    /// Moves a manual clock on; the others go by themselves, and it returns
    /// false.
    pub fn advance(&self, by: SignedDuration) -> bool {
        let Source::Manual(at) = &self.0 else { return false };
        let mut at = at.lock().unwrap_or_else(PoisonError::into_inner);
        *at = at.checked_add(by).unwrap_or(Timestamp::MAX);
        true
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_manual_clock_stands_until_moved_and_its_clones_share_a_time() {
        let clock = SimClock::manual(Timestamp::UNIX_EPOCH);
        let twin = clock.clone();
        assert!(clock.advance(SignedDuration::from_secs(5)));
        assert_eq!(twin.now().as_second(), 5);
        assert!(!SimClock::wall().advance(SignedDuration::from_secs(5)));
    }
}
