//! What readings of a replica's lag say about the data it holds.
//!
//! While the source lives, the replica holds the writes up to the sample's
//! time less the lag. When the source dies the metric grows, is -1 or stops
//! (Amazon RDS user guide, "Monitoring read replication"): then only the
//! last reading that did not grow can be trusted.

use jiff::{SignedDuration, Timestamp};

use super::resource::Lag;
use super::span::Span;

/// Seconds of lag that no replica has: ten years.
const ABSURD: f64 = 315_360_000.0;

/// A lag that grows by more than this share of the time between two
/// readings falls behind, instead of wavering.
const GROWS: f64 = 0.5;

/// What the readings say.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Reading {
    /// The moment up to which the replica surely holds the writes.
    pub data_time: Timestamp,
    /// When the reading it rests on was taken.
    pub sampled: Timestamp,
    /// The lag then, in seconds.
    pub lag: f64,
    /// Why newer readings are not believed, if there are any.
    pub doubt: Option<Doubt>,
}

/// What is wrong with the newest readings.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Doubt {
    /// The lag grows with time.
    Growing,
    /// The newest reading is -1: replication does not run.
    Stopped,
}

impl Doubt {
    /// The words for it.
    pub fn words(self) -> &'static str {
        match self {
            Doubt::Growing => "the lag grows since",
            Doubt::Stopped => "replication does not run since",
        }
    }
}

impl Reading {
    /// That all up to `data_time` is held, as was told at `sampled`.
    pub(super) fn of(sampled: Timestamp, data_time: Timestamp) -> Self {
        let lag = sampled.duration_since(data_time).as_secs_f64();
        Reading { data_time, sampled, lag, doubt: None }
    }

    /// The lag with the time it was read at: `lag 2.4 s, read at
    /// 2026-05-02 14:20:00Z`. The same words wherever a lag is told.
    pub fn words(&self) -> String {
        let at = self.sampled.strftime("%Y-%m-%d %H:%M:%SZ");
        format!("lag {}, read at {at}", self.lag_words())
    }

    /// The lag alone: `2.4 s`, from a minute on `7m 42s`.
    pub fn lag_words(&self) -> String {
        match SignedDuration::try_from_secs_f64(self.lag) {
            Ok(lag) if lag >= SignedDuration::from_mins(1) => {
                Span(lag).to_string()
            }
            Ok(_) | Err(_) => format!("{:.1} s", self.lag),
        }
    }
}

impl Lag {
    /// What the readings say; none without a valid one. With the source
    /// `down` (it does not answer, or an impact began), a growing lag is not
    /// believed, and the last one before it counts.
    pub fn reading(&self, down: bool) -> Option<Reading> {
        let stopped = self.samples.last().is_some_and(|(_, lag)| *lag < 0.0);
        let valid: Vec<(Timestamp, f64)> = self
            .samples
            .iter()
            .copied()
            .filter(|(_, lag)| (0.0..ABSURD).contains(lag))
            .collect();
        let (newest, earlier) = valid.split_last()?;
        let growing =
            |place: usize| place > 0 && grows(valid[place - 1], valid[place]);
        let doubted = down && growing(earlier.len());
        let place = (0..valid.len()).rev().find(|p| !growing(*p));
        let (sampled, lag) = match place {
            Some(place) if doubted => valid[place],
            _ => *newest,
        };
        let doubt = match (stopped, doubted) {
            (true, _) => Some(Doubt::Stopped),
            (false, true) => Some(Doubt::Growing),
            (false, false) => None,
        };
        Some(Reading { data_time: less(sampled, lag), sampled, lag, doubt })
    }
}

fn grows(before: (Timestamp, f64), after: (Timestamp, f64)) -> bool {
    let passed = after.0.duration_since(before.0).as_secs_f64();
    passed > 0.0 && (after.1 - before.1) / passed > GROWS
}

fn less(time: Timestamp, seconds: f64) -> Timestamp {
    SignedDuration::try_from_secs_f64(seconds)
        .ok()
        .and_then(|lag| time.checked_sub(lag).ok())
        .unwrap_or(Timestamp::UNIX_EPOCH)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn at(second: i64) -> Timestamp {
        Timestamp::from_second(second).expect("in range")
    }

    fn lag(samples: &[(i64, f64)]) -> Lag {
        Lag {
            replica: "learn-db-replica".into(),
            metric: "ReplicaLag".into(),
            samples: samples.iter().map(|(s, lag)| (at(*s), *lag)).collect(),
        }
    }

    #[test]
    fn the_data_time_is_the_sample_time_less_the_lag() {
        let lag = lag(&[(600, 3.0), (660, 2.0)]);
        let reading = lag.reading(false).expect("valid");
        assert_eq!(reading.data_time, at(658));
        assert_eq!(reading.doubt, None);
    }

    #[test]
    fn a_growing_lag_with_a_dead_source_counts_from_the_last_steady_one() {
        let lag = lag(&[(600, 2.0), (660, 2.0), (720, 62.0), (780, 122.0)]);
        let reading = lag.reading(true).expect("valid");
        assert_eq!(reading.data_time, at(658));
        assert_eq!(reading.sampled, at(660));
        assert_eq!(reading.doubt, Some(Doubt::Growing));
    }

    #[test]
    fn a_lag_is_told_with_the_time_it_was_read_at() {
        let reading = |seconds| lag(&[(600, seconds)]).reading(false).unwrap();
        assert_eq!(
            reading(2.4).words(),
            "lag 2.4 s, read at 1970-01-01 00:10:00Z"
        );
        assert_eq!(reading(462.0).lag_words(), "7m 42s");
    }

    #[test]
    fn a_growing_lag_with_a_live_source_is_what_it_says() {
        let lag = lag(&[(600, 2.0), (660, 62.0)]);
        let reading = lag.reading(false).expect("valid");
        assert_eq!((reading.data_time, reading.doubt), (at(598), None));
    }

    #[test]
    fn minus_one_is_no_lag_but_stopped_replication() {
        let lag = lag(&[(600, 2.0), (660, -1.0), (720, -1.0)]);
        let reading = lag.reading(true).expect("valid");
        assert_eq!(reading.data_time, at(598));
        assert_eq!(reading.doubt, Some(Doubt::Stopped));
    }

    #[test]
    fn readings_that_only_grow_count_from_the_oldest() {
        let lag = lag(&[(600, 60.0), (660, 120.0), (720, 180.0)]);
        let reading = lag.reading(true).expect("valid");
        assert_eq!(reading.data_time, at(540));
    }

    #[test]
    fn no_reading_and_no_valid_reading_say_nothing() {
        assert_eq!(lag(&[]).reading(true), None);
        assert_eq!(lag(&[(600, -1.0)]).reading(true), None);
        assert_eq!(lag(&[(600, f64::NAN)]).reading(false), None);
    }
}
