//! When a source is looked at next: pace, back-off with full jitter, and
//! the circuit breaker, as pure functions of what was seen and a dice.

use std::time::Duration;

use crate::failure::FailureKind;

/// The shortest back-off doubles from here with every failure.
const BASE: Duration = Duration::from_secs(1);
/// No back-off is longer.
const CEILING: Duration = Duration::from_mins(1);
/// Transport errors in a row that open the breaker.
const OPENS_AFTER: u32 = 3;
/// While it is open, one look goes out this often, to see whether the Region
/// is back.
const PROBE: Duration = Duration::from_secs(15);
/// What a person must change is not asked for faster than this.
const HOPELESS: Duration = Duration::from_secs(30);

/// What the newest looks at one source came to.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Streak {
    failures: u32,
    unreached: u32,
}

impl Streak {
    /// Takes in how a look ended; none is success.
    pub fn take_in(&mut self, failed: Option<&FailureKind>) {
        let Some(kind) = failed else {
            *self = Streak::default();
            return;
        };
        self.failures = self.failures.saturating_add(1);
        self.unreached = match kind {
            FailureKind::Unreachable | FailureKind::TimedOut => {
                self.unreached.saturating_add(1)
            }
            _ => 0,
        };
    }

    /// Whether the breaker is open: the source is only probed.
    pub fn is_open(&self) -> bool {
        self.unreached >= OPENS_AFTER
    }

    /// How long to wait from the beginning of the newest look to that of
    /// the next. `dice` is in 0 ≤ dice < 1; the spread keeps the sources of
    /// one Region from asking in step.
    pub fn wait(
        &self,
        failed: Option<&FailureKind>,
        pace: Duration,
        dice: f64,
    ) -> Duration {
        let dice = dice.clamp(0.0, 1.0);
        match failed {
            None => pace.mul_f64(0.9 + 0.2 * dice),
            Some(
                FailureKind::Denied { .. }
                | FailureKind::NotFound
                | FailureKind::Conflict
                | FailureKind::Garbled,
            ) => pace.max(HOPELESS).mul_f64(0.9 + 0.2 * dice),
            Some(_) if self.is_open() => PROBE.mul_f64(0.8 + 0.4 * dice),
            Some(_) => full_jitter(self.failures, dice),
        }
    }
}

/// Between nothing and the ceiling that doubles with every failure; the
/// whole range is used, since that spreads best.
fn full_jitter(failures: u32, dice: f64) -> Duration {
    let doubled = 2u32.saturating_pow(failures.min(16));
    BASE.saturating_mul(doubled).min(CEILING).mul_f64(dice)
}

/// A small random sequence from a seed (`SplitMix64`), the same every time.
#[derive(Clone, Debug)]
pub struct Dice(u64);

impl Dice {
    /// The sequence of a seed.
    pub fn new(seed: u64) -> Self {
        Dice(seed)
    }

    /// The next number, 0 ≤ n < 1.
    pub fn roll(&mut self) -> f64 {
        self.0 = self.0.wrapping_add(0x9e37_79b9_7f4a_7c15);
        let mut z = self.0;
        z = (z ^ (z >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        z = (z ^ (z >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
        let top = u32::try_from((z ^ (z >> 31)) >> 32)
            .expect("the upper half of 64 bits has 32");
        f64::from(top) / (f64::from(u32::MAX) + 1.0)
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    const PACE: Duration = Duration::from_secs(15);

    #[test]
    fn three_transport_errors_open_the_breaker_and_one_answer_closes_it() {
        let mut streak = Streak::default();
        for _ in 0..2 {
            streak.take_in(Some(&FailureKind::Unreachable));
            assert!(!streak.is_open());
        }
        streak.take_in(Some(&FailureKind::TimedOut));
        assert!(streak.is_open());
        let wait = streak.wait(Some(&FailureKind::TimedOut), PACE, 0.5);
        assert_eq!(wait, PROBE);
        streak.take_in(None);
        assert!(!streak.is_open());
    }

    #[test]
    fn a_throttled_source_is_no_dead_source() {
        let mut streak = Streak::default();
        for _ in 0..9 {
            streak.take_in(Some(&FailureKind::Throttled));
        }
        assert!(!streak.is_open());
    }

    #[test]
    fn the_same_seed_rolls_the_same_numbers() {
        let rolls = |seed| {
            let mut dice = Dice::new(seed);
            [dice.roll(), dice.roll(), dice.roll()].map(f64::to_bits)
        };
        assert_eq!(rolls(7), rolls(7));
        assert_ne!(rolls(7), rolls(8));
    }

    proptest! {
        #[test]
        fn no_back_off_passes_its_ceiling(failures in 0u32.., dice in 0.0..1.0f64) {
            let streak = Streak { failures, unreached: 0 };
            let failed = Some(&FailureKind::Faulted);
            prop_assert!(streak.wait(failed, PACE, dice) <= CEILING);
        }

        #[test]
        fn rolls_are_from_nought_to_below_one(seed: u64) {
            let roll = Dice::new(seed).roll();
            prop_assert!((0.0..1.0).contains(&roll));
        }
    }
}
