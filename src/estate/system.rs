//! Systems: the services of AWS that the estate rests on, each with what was
//! found of it and what the checks say.

use std::collections::BTreeMap;

use super::posture::{self, Severity};
use super::{Estate, Found, Source, What};

impl What {
    /// The name of the AWS system that the look belongs to.
    pub fn system(&self) -> &'static str {
        match self {
            What::Identity => "IAM",
            What::Vaults
            | What::Points
            | What::BackupJobs
            | What::CopyJobs
            | What::RestoreJobs
            | What::Protected => "AWS Backup",
            What::Instances
            | What::Instance(_)
            | What::Snapshots
            | What::SnapshotsOf(_)
            | What::Reach { .. }
            | What::AutomatedBackups => "RDS",
            What::Clusters
            | What::Cluster(_)
            | What::GlobalClusters
            | What::GlobalCluster(_)
            | What::ClusterSnapshots => "Aurora",
            What::Queue(_) => "EventBridge",
            What::VolumeSnapshots => "EBS",
            What::HostImages => "EC2",
            What::ShareBackups => "FSx",
            What::TableBackups => "DynamoDB",
            What::Lags
            | What::LagOf(_)
            | What::ClusterLagOf(_)
            | What::Alarms => "CloudWatch",
            What::Zones
            | What::Records
            | What::RecordsOf { .. }
            | What::HealthChecks
            | What::HealthCheckOf(_)
            | What::ChangeOf(_) => "Route 53",
            What::Parts(kind) => kind.system(),
            What::Thing { of, .. } => of.question().system,
        }
    }
}

impl Found {
    /// How many things were found.
    pub fn count(&self) -> usize {
        match self {
            Found::Identity(_)
            | Found::Reach(_)
            | Found::Change(_)
            | Found::Http(_)
            | Found::Dns(_)
            | Found::Program(_)
            | Found::Command(_) => 1,
            Found::Vaults(list) => list.len(),
            Found::Points(list) => list.len(),
            Found::Jobs(list) => list.len(),
            Found::Protected(list) => list.len(),
            Found::Instances(list) => list.len(),
            Found::Clusters(list) => list.len(),
            Found::GlobalClusters(list) => list.len(),
            Found::AutomatedBackups(list) => list.len(),
            Found::Lags(list) => list.len(),
            Found::Zones(list) => list.len(),
            Found::Records(list) => list.len(),
            Found::HealthChecks(list) => list.len(),
            Found::Alarms(list) => list.len(),
            Found::Parts(list) => list.len(),
            Found::Things(list) => list.len(),
            Found::Events(list) => list.len(),
        }
    }
}

/// One system, as far as it is known.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct System {
    /// Its name, such as `S3`.
    pub name: &'static str,
    /// How many things were found, in all accounts and Regions; none if no
    /// look ever came back.
    pub things: Option<usize>,
    /// Sources that belong to it, and those among them that never answered.
    pub sources: usize,
    /// Sources that never answered.
    pub silent: usize,
    /// Mistakes that a recovery would fail by.
    pub bad: usize,
    /// Mistakes that make it slower, or less sure.
    pub warn: usize,
    /// Checks that cannot tell.
    pub unsure: usize,
}

impl System {
    /// The worst thing about it; none if every look answered and no check
    /// found anything.
    pub fn worst(&self) -> Option<Severity> {
        if self.bad > 0 {
            Some(Severity::Bad)
        } else if self.warn > 0 {
            Some(Severity::Warn)
        } else if self.unsure > 0 || self.silent > 0 {
            Some(Severity::Unknown)
        } else {
            None
        }
    }
}

/// Every system that is watched or that a check tells of, by name.
pub fn systems<'v>(
    estate: &Estate,
    verdicts: impl Iterator<Item = &'v posture::Verdict>,
) -> Vec<System> {
    let mut systems: BTreeMap<&'static str, System> = BTreeMap::new();
    let mut of = |name: &'static str, note: &mut dyn FnMut(&mut System)| {
        note(
            systems
                .entry(name)
                .or_insert(System { name, ..System::default() }),
        );
    };
    for (source, known) in estate.sources() {
        let Source::Aws { what, .. } = source else { continue };
        if what.is_targeted() {
            continue;
        }
        let found = known.found.as_ref().map(Found::count);
        of(what.system(), &mut |system| {
            system.sources += 1;
            match found {
                Some(found) => {
                    *system.things.get_or_insert_default() += found;
                }
                None => system.silent += 1,
            }
        });
    }
    for verdict in verdicts {
        of(verdict.system, &mut |system| match verdict.severity {
            Severity::Bad => system.bad += 1,
            Severity::Warn => system.warn += 1,
            Severity::Unknown => system.unsure += 1,
        });
    }
    systems.into_values().collect()
}

#[cfg(test)]
mod tests {
    use jiff::Timestamp;

    use super::*;
    use crate::estate::Observation;
    use crate::estate::part::Kind;
    use crate::failure::{Failure, FailureKind};

    #[test]
    fn a_system_that_did_not_answer_is_unknown_and_never_zero() {
        let mut estate = Estate::default();
        let now = Timestamp::UNIX_EPOCH;
        let what = What::Parts(Kind::Bucket);
        let at = |region: &str| {
            Source::aws(&"1".into(), &region.into(), what.clone())
        };
        let seen = |source, found| Observation {
            source,
            begun: now,
            at: now,
            found,
            partial: None,
        };
        let why = Failure::new("list", FailureKind::Throttled);
        estate.apply(seen(at("west"), Err(why)));
        let none = systems(&estate, [].iter());
        assert_eq!((none[0].name, none[0].things), ("S3", None));
        assert_eq!(none[0].worst(), Some(Severity::Unknown));

        let empty = Found::Parts([].into());
        estate.apply(seen(at("east"), Ok(empty)));
        let half = systems(&estate, [].iter());
        assert_eq!((half[0].things, half[0].silent), (Some(0), 1));
        assert_eq!(half[0].worst(), Some(Severity::Unknown));
    }
}
