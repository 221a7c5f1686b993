//! Whether one could restore from a copy now, as far as that can be known.

use super::Facts;
use crate::estate::lock::Lock;
use crate::estate::region::{Report, State as Health};
use crate::estate::resource::{PointStatus, RecoveryPoint, ResourceType};
use crate::estate::{Known as Seen, Source, What};
use crate::screens::{Known, regions, told};
use crate::ui::{Cell, Mark, Tone};

/// The cell that says so; of one that is gone, since when it is missed.
pub(super) fn usable(facts: &Facts<'_>, known: &Known<'_>) -> Cell {
    if let Some(noticed) = facts.gone {
        let ago = told::span(told::since(noticed, known.now));
        return Cell::new(format!("{ago} ago"), Tone::Bad);
    }
    let (mark, word, tone) = match facts.point.map(RecoveryPoint::status) {
        Some(PointStatus::Creating) => (Mark::Bad, "not yet", Tone::Warn),
        Some(PointStatus::Partial) => (Mark::Warn, "in part", Tone::Warn),
        Some(PointStatus::Unusable) => (Mark::Bad, "no", Tone::Bad),
        Some(PointStatus::Unknown) => (Mark::Unknown, "?", Tone::Unknown),
        Some(PointStatus::Usable) | None => opened(facts, known),
    };
    told::state(mark, word, tone, known.setting.theme)
}

/// How its key does.
pub(super) fn lock(point: &RecoveryPoint, known: &Known<'_>) -> Lock {
    known.derived.points.lock(point, known.estate, known.now)
}

/// Whether it can be reached, unless its key is off, going or gone. That it
/// can is not said while it is not known that its key works.
fn opened(facts: &Facts<'_>, known: &Known<'_>) -> (Mark, &'static str, Tone) {
    let lock = facts.point.map_or(Lock::Open, |point| lock(point, known));
    let reached = reachable(facts, known);
    match lock {
        Lock::Shut(_) => (Mark::Bad, "no key", Tone::Bad),
        Lock::Unsure(_) if reached.2 == Tone::Good => {
            (Mark::Unknown, "key?", Tone::Unknown)
        }
        Lock::Open | Lock::Unsure(_) => reached,
    }
}

fn reachable(
    facts: &Facts<'_>,
    known: &Known<'_>,
) -> (Mark, &'static str, Tone) {
    let health = regions::report(facts.region, known).map(Report::state);
    match health {
        Some(Health::Dark) => (Mark::Bad, "dark", Tone::Bad),
        _ if !is_live(facts, known) => (Mark::Stale, "STALE", Tone::Stale),
        Some(Health::Unknown) | None => {
            (Mark::Unknown, "unknown", Tone::Unknown)
        }
        Some(Health::Degraded) => (Mark::Warn, "degraded", Tone::Warn),
        Some(Health::Healthy) => {
            let target = known.setting.target.as_ref();
            if target.is_none_or(|target| target == facts.region) {
                (Mark::Good, "can", Tone::Good)
            } else {
                (Mark::Warn, "elsewhere", Tone::Warn)
            }
        }
    }
}

/// Whether a list that could hold this copy is live.
fn is_live(facts: &Facts<'_>, known: &Known<'_>) -> bool {
    let holds = |what: &What| match facts.kind {
        "PITR" if facts.point.is_none() => *what == What::AutomatedBackups,
        "replica" => *what == What::Instances,
        _ if facts.point.is_some_and(|p| p.vault().is_some()) => {
            *what == What::Points
        }
        _ => match facts.point.map(RecoveryPoint::kind) {
            Some(ResourceType::Ebs) => *what == What::VolumeSnapshots,
            Some(ResourceType::Ec2) => *what == What::HostImages,
            Some(ResourceType::Fsx) => *what == What::ShareBackups,
            Some(ResourceType::DynamoDb) => *what == What::TableBackups,
            _ => matches!(what, What::Snapshots | What::ClusterSnapshots),
        },
    };
    let fresh = |source: &Source, seen: &Seen| {
        let pace = known.estate.pace(source);
        seen.freshness(known.now, pace).is_live()
    };
    if let Some(source) = facts.source {
        return known.estate.known(source).is_some_and(|s| fresh(source, s));
    }
    known.estate.sources().any(|(source, seen)| match source {
        Source::Aws { region, what, .. } => {
            region == facts.region && holds(what) && fresh(source, seen)
        }
        Source::Http { .. }
        | Source::Dns { .. }
        | Source::Program { .. }
        | Source::Command { .. } => false,
    })
}
