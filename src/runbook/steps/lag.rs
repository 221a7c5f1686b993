//! What a replica's lag tells of the data that would survive.
//!
//! The data time of a replica is the time of a sample minus the lag it
//! reads: up to then it had applied the source's writes. When the source is
//! dead the metric grows with the clock, so that this difference stands
//! still; or it reads -1 or stops, and the last good reading stays.

use jiff::{SignedDuration, Timestamp};

use super::seen::{moment, span};
use super::{LossStatement, Scene};
use crate::estate::ids::{Account, Region};

/// A reading that tells a data time.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(super) struct Reading {
    /// The time of the sample.
    pub(super) sampled: Timestamp,
    /// The lag it read.
    pub(super) lag: SignedDuration,
    /// The moment up to which the replica held the writes.
    pub(super) data_time: Timestamp,
}

/// The best data time that any known sample proves, and the newest sample.
#[derive(Clone, Copy, Debug, Default, PartialEq)]
pub(super) struct Readings {
    pub(super) best: Option<Reading>,
    pub(super) newest: Option<(Timestamp, f64)>,
}

/// Seconds of lag that no replica has: ten years.
const ABSURD: f64 = 315_360_000.0;

pub(super) fn readings(
    scene: &Scene<'_>,
    account: &str,
    region: &str,
    replica: &str,
) -> Readings {
    let (account, region) = (Account::new(account), Region::new(region));
    let Some(lag) = scene.estate.lags(&account, &region, replica) else {
        return Readings::default();
    };
    Readings {
        best: lag
            .samples
            .iter()
            .filter_map(|sample| reading(*sample))
            .max_by_key(|reading| reading.data_time),
        newest: lag.samples.last().copied(),
    }
}

fn reading((sampled, seconds): (Timestamp, f64)) -> Option<Reading> {
    if !(0.0..ABSURD).contains(&seconds) {
        return None;
    }
    let lag = SignedDuration::try_from_secs_f64(seconds).ok()?;
    let data_time = sampled.checked_sub(lag).ok()?;
    Some(Reading { sampled, lag, data_time })
}

/// What is lost if the replica becomes the primary.
pub(super) fn loss(scene: &Scene<'_>, best: Option<Reading>) -> LossStatement {
    let Some(Reading { sampled, lag, data_time }) = best else {
        return LossStatement {
            sentence: "How much is lost is NOT KNOWN: the replica's lag \
                       was never read."
                .into(),
            data_time: None,
            evidence: "no reading of ReplicaLag".into(),
        };
    };
    let from = moment(data_time);
    let sentence = match scene.impact {
        Some(impact) if impact > data_time => format!(
            "Writes from {from} to the impact at {} are lost: {}; up to {} \
             if writes went on until now.",
            moment(impact),
            span(impact.duration_since(data_time)),
            span(scene.now.duration_since(data_time))
        ),
        Some(impact) => format!(
            "Writes up to {from} survive; the impact was at {}.",
            moment(impact)
        ),
        None => format!(
            "Writes after {from} are lost: {} so far.",
            span(scene.now.duration_since(data_time))
        ),
    };
    let evidence = format!(
        "ReplicaLag read {} at {}, so data time is {from}",
        span(lag),
        moment(sampled)
    );
    LossStatement { sentence, data_time: Some(data_time), evidence }
}
