//! CloudWatch: metrics, computed and put, and the alarms on them.

use std::collections::BTreeMap;

use jiff::Timestamp;

use super::job::Tags;

/// The dimensions of a series, by name.
pub type Dimensions = BTreeMap<String, String>;

/// One series: namespace, metric, dimensions.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct SeriesKey {
    /// `AWS/RDS` and the like.
    pub namespace: String,
    /// The metric's name.
    pub metric: String,
    /// Its dimensions.
    pub dimensions: Dimensions,
}

/// One measured value.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Sample {
    /// When.
    pub at: Timestamp,
    /// How much.
    pub value: f64,
}

/// An alarm's state.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum AlarmState {
    /// Within the threshold.
    Ok,
    /// Beyond it.
    Alarm,
    /// Nothing to judge by.
    #[default]
    InsufficientData,
}

impl AlarmState {
    /// The word in answers.
    pub fn word(self) -> &'static str {
        match self {
            AlarmState::Ok => "OK",
            AlarmState::Alarm => "ALARM",
            AlarmState::InsufficientData => "INSUFFICIENT_DATA",
        }
    }
}

/// A metric alarm.
#[derive(Clone, Debug)]
pub struct Alarm {
    /// Its name.
    pub name: String,
    /// What it is for.
    pub description: Option<String>,
    /// The series it watches.
    pub series: SeriesKey,
    /// `Average`, `Maximum`, `Minimum`, `Sum` or `SampleCount`.
    pub statistic: String,
    /// Seconds of one period.
    pub period: i64,
    /// How many periods are looked at.
    pub evaluation_periods: i64,
    /// `GreaterThanThreshold` and the like.
    pub comparison: String,
    /// The threshold.
    pub threshold: f64,
    /// `missing`, `breaching`, `notBreaching` or `ignore`.
    pub treat_missing: String,
    /// Its state.
    pub state: AlarmState,
    /// Why it is in that state.
    pub reason: String,
    /// When its state last changed.
    pub changed: Timestamp,
    /// The last period that was judged ended here.
    pub judged: Option<Timestamp>,
    /// Its tags.
    pub tags: Tags,
}

impl Alarm {
    /// An alarm when the average of a minute exceeds a threshold three
    /// times in a row; no data leaves it without a verdict.
    pub fn above(
        name: &str,
        series: SeriesKey,
        threshold: f64,
        at: Timestamp,
    ) -> Alarm {
        Alarm {
            name: name.to_owned(),
            description: None,
            series,
            statistic: "Average".to_owned(),
            period: 60,
            evaluation_periods: 3,
            comparison: "GreaterThanThreshold".to_owned(),
            threshold,
            treat_missing: "missing".to_owned(),
            state: AlarmState::InsufficientData,
            reason: "Unchecked: Initial alarm creation".to_owned(),
            changed: at,
            judged: None,
            tags: Tags::new(),
        }
    }
}

/// Something that happened to an alarm.
#[derive(Clone, Debug)]
pub struct HistoryItem {
    /// When.
    pub at: Timestamp,
    /// The alarm.
    pub alarm: String,
    /// `StateUpdate`, `ConfigurationUpdate` or `Action`.
    pub kind: String,
    /// The sentence.
    pub summary: String,
    /// The JSON document that CloudWatch gives.
    pub data: String,
}
