//! Metrics of readiness: the seven numbers by which one knows whether a
//! recovery would succeed, each with its definition, evidence and objective.
//!
//! A metric has a value, or the reason why there is none: a look that was
//! denied, cut short or is old makes it unknown, and never a zero. What was
//! done on a simulated AWS, or at another endpoint, is no evidence of anything.

mod backups;
mod practised;
mod price;
mod rehearsed;

use jiff::{SignedDuration, Timestamp};
use serde::Serialize;

use super::cost::{Cost, Sum};
use super::posture::because;
use super::span::Span;
use super::standing::Standing;
use super::{Estate, Source};

pub use practised::{Practice, Regained};
pub use rehearsed::{
    Drilled, Ending, Exercise, Exercised, LastDrill, LeftBehind, Rehearsal,
};

/// What is measured.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum Measure {
    /// The share of backup and copy jobs that succeeded.
    BackupSuccess,
    /// How many resources have a copy that is new enough.
    SnapshotFreshness,
    /// How long a restore takes.
    RestoreDuration,
    /// How long a failover takes.
    FailoverCompletion,
    /// What recovery points cost a month.
    StorageCost,
    /// What was lost when it counted.
    ActualRpo,
    /// How long it took when it counted.
    ActualRto,
}

impl Measure {
    /// All of them, in the order of the screen.
    pub const ALL: [Measure; 7] = [
        Measure::BackupSuccess,
        Measure::SnapshotFreshness,
        Measure::RestoreDuration,
        Measure::FailoverCompletion,
        Measure::StorageCost,
        Measure::ActualRpo,
        Measure::ActualRto,
    ];

    /// Its name for people.
    pub fn name(self) -> &'static str {
        match self {
            Measure::BackupSuccess => "backup success",
            Measure::SnapshotFreshness => "snapshot freshness",
            Measure::RestoreDuration => "restore duration",
            Measure::FailoverCompletion => "failover completion",
            Measure::StorageCost => "storage cost",
            Measure::ActualRpo => "actual RPO",
            Measure::ActualRto => "actual RTO",
        }
    }

    /// How it is counted.
    pub fn definition(self) -> &'static str {
        match self {
            Measure::BackupSuccess => {
                "Backup and copy jobs of the last seven days that completed, \
                 of all that ended: completed, partial, failed, aborted or \
                 expired. Partial is no success."
            }
            Measure::SnapshotFreshness => {
                "Resources with an objective whose newest usable copy in the \
                 Region one would recover in is not older than their RPO. \
                 Age is now less the data time: the moment up to which the \
                 copy holds the writes, never the time it was made or copied."
            }
            Measure::RestoreDuration => {
                "The longest of the newest restores of each resource, as AWS \
                 Backup measured it: from the start of the job to its end, \
                 without what comes after (warm-up, checks, switching). Each \
                 is held against the RTO of its resource."
            }
            Measure::FailoverCompletion => {
                "From the first change sent to users served again, in the \
                 newest drill or incident; also what AWS measured of the \
                 newest Region switch. ARC counts so, too: without detection \
                 and decision."
            }
            Measure::StorageCost => {
                "What the recovery points kept now cost a month, by size, \
                 Region and storage class at the prices of the table in use: \
                 an estimate between two bounds, since AWS bills changes and \
                 does not tell them."
            }
            Measure::ActualRpo => {
                "From the data time of what was recovered to the impact, in \
                 the newest drill or incident; the worst of its resources."
            }
            Measure::ActualRto => {
                "From the impact, as asserted, to users served again, in the \
                 newest drill or incident: detection and decision included."
            }
        }
    }
}

/// The value of a metric.
#[derive(Clone, Debug, PartialEq)]
pub enum Value {
    /// So many of so many.
    Share {
        /// How many.
        of: usize,
        /// Of how many; never zero.
        all: usize,
    },
    /// A length of time.
    Span(SignedDuration),
    /// What recovery points cost a month, between two bounds.
    Cost(Sum),
}

impl Value {
    /// It in few words.
    pub fn words(&self) -> String {
        match self {
            Value::Share { of, all } => {
                // Rounded down: 999 of 1000 must not read as all.
                let tenths = of.saturating_mul(1000) / (*all).max(1);
                let (whole, tenth) = (tenths / 10, tenths % 10);
                format!("{whole}.{tenth} % ({of} of {all})")
            }
            Value::Span(span) => Span(*span).to_string(),
            Value::Cost(sum) => format!("monthly {}", sum.words()),
        }
    }
}

/// How a metric stands against its objective.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum Stand {
    /// It misses it.
    Missed,
    /// That cannot be told.
    Unknown,
    /// Nothing is demanded.
    NoObjective,
    /// It keeps it.
    Met,
}

/// Something that a metric rests on.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Evidence {
    /// What was seen or measured.
    pub what: String,
    /// The look or the journal that tells it.
    pub source: String,
    /// When it was seen or measured.
    pub at: Timestamp,
}

/// One metric.
#[derive(Clone, Debug, PartialEq)]
pub struct Metric {
    /// What is measured.
    pub measure: Measure,
    /// Its value, or why there is none.
    pub value: Result<Value, String>,
    /// What is known although the value is not.
    pub so_far: Option<String>,
    /// What is demanded, in words.
    pub objective: Option<String>,
    /// How it stands against that.
    pub stand: Stand,
    /// What it rests on; the weightiest first.
    pub evidence: Vec<Evidence>,
    /// The scenario, where it was measured on a simulated AWS.
    pub simulated: Option<String>,
}

impl Metric {
    fn unknown(measure: Measure, why: impl Into<String>) -> Self {
        Metric {
            measure,
            value: Err(why.into()),
            so_far: None,
            objective: None,
            stand: Stand::Unknown,
            evidence: Vec::new(),
            simulated: None,
        }
    }

    fn of(measure: Measure, value: Value) -> Self {
        let value = Ok(value);
        let stand = Stand::NoObjective;
        Metric { value, stand, ..Metric::unknown(measure, "") }
    }
}

/// What is measured, and where.
#[derive(Clone, Copy, Debug)]
pub struct Scene<'a> {
    /// What is known of AWS.
    pub estate: &'a Estate,
    /// How its resources stand.
    pub standings: &'a [Standing],
    /// What its recovery points cost.
    pub cost: &'a Cost,
    /// Drills and incidents, in any order.
    pub past: &'a [Practice],
    /// The scenario, if AWS is simulated here.
    pub simulated: Option<&'a str>,
    /// The endpoint that stands in for AWS's own here.
    pub endpoint: Option<&'a str>,
    /// The least share of jobs that must succeed, in percent.
    pub success: Option<u8>,
    /// The time.
    pub now: Timestamp,
}

impl Scene<'_> {
    /// Why the answers of these looks bear no number, if one does not.
    fn doubt(&self, wanted: impl Fn(&Source) -> bool) -> Option<String> {
        let mut any = false;
        for (source, known) in self.estate.sources() {
            if !wanted(source) {
                continue;
            }
            any = true;
            let pace = self.estate.pace(source);
            if !known.bears(self.now, pace) {
                let why = because(&known.freshness(self.now, pace));
                return Some(format!("{source}: {why}"));
            }
        }
        (!any).then(|| "nothing was looked at yet".to_owned())
    }

    /// The oldest of these looks, for evidence.
    fn oldest(
        &self,
        wanted: impl Fn(&Source) -> bool,
    ) -> Option<(String, Timestamp)> {
        let looks = self.estate.sources().filter(|(s, _)| wanted(s));
        let dated = looks.filter_map(|(s, known)| Some((known.seen?.1, s)));
        dated.min().map(|(at, source)| (source.to_string(), at))
    }
}

/// All seven, in the order of the screen.
pub fn metrics(scene: Scene<'_>) -> Vec<Metric> {
    Measure::ALL
        .iter()
        .map(|measure| match measure {
            Measure::BackupSuccess => backups::success(&scene),
            Measure::SnapshotFreshness => backups::freshness(&scene),
            Measure::RestoreDuration => backups::restores(&scene),
            Measure::FailoverCompletion => practised::completion(&scene),
            Measure::StorageCost => price::cost(&scene),
            Measure::ActualRpo => practised::rpo(&scene),
            Measure::ActualRto => practised::rto(&scene),
        })
        .collect()
}

#[cfg(test)]
mod tests;
