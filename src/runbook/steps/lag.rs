//! What a replica's lag tells of the data that would survive.
//!
//! The data time of a replica is the time of a sample minus the lag it
//! reads: up to then it had applied the source's writes. When the source is
//! dead the metric grows with the clock, so that this difference stands
//! still; or it reads -1 or stops, and the last good reading stays.

use jiff::Timestamp;

use super::seen::{moment, span};
use super::{LossStatement, Scene};
use crate::estate::ids::{Account, Region};
use crate::estate::lag::Reading;

/// What the known samples tell.
#[derive(Clone, Copy, Debug, Default, PartialEq)]
pub(super) struct Readings {
    /// While the source can be reached: the newest.
    pub(super) live: Option<Reading>,
    /// While it cannot: the last that did not grow.
    pub(super) last: Option<Reading>,
    /// The newest sample, be it valid or not.
    pub(super) newest: Option<(Timestamp, f64)>,
}

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
        live: lag.reading(false),
        last: lag.reading(true),
        newest: lag.samples.last().copied(),
    }
}

/// What is lost if the replica becomes the primary.
pub(super) fn loss(scene: &Scene<'_>, best: Option<Reading>) -> LossStatement {
    let Some(reading) = best else {
        return LossStatement {
            sentence: "How much is lost is NOT KNOWN: the replica's lag \
                       was never read."
                .into(),
            data_time: None,
            evidence: "no reading of the lag".into(),
        };
    };
    let data_time = reading.data_time;
    let from = moment(data_time);
    let sentence = match scene.impact {
        Some(impact) if impact > data_time => format!(
            "Writes from {from} to the impact at {} are lost: {}; up to {} \
             if writes went on until {}.",
            moment(impact),
            span(impact.duration_since(data_time)),
            span(scene.now.duration_since(data_time)),
            moment(scene.now)
        ),
        Some(impact) => format!(
            "Writes up to {from} survive; the impact was at {}.",
            moment(impact)
        ),
        None => format!(
            "Writes after {from} are lost: {} by {}.",
            span(scene.now.duration_since(data_time)),
            moment(scene.now)
        ),
    };
    let evidence = format!("{}, so the data time is {from}", reading.words());
    LossStatement { sentence, data_time: Some(data_time), evidence }
}
