//! How often each source is looked at, which decides when it is stale.

use jiff::{SignedDuration, Timestamp};

use super::part::Kind;
use super::{Estate, Source, What};

impl What {
    /// All that the pollers watch.
    pub fn watched() -> impl Iterator<Item = What> {
        let parts = Kind::ALL.iter().map(|kind| What::Parts(*kind));
        Self::LISTS.into_iter().chain(parts)
    }

    const LISTS: [What; 22] = [
        What::Identity,
        What::Vaults,
        What::Points,
        What::BackupJobs,
        What::CopyJobs,
        What::RestoreJobs,
        What::Protected,
        What::Instances,
        What::Clusters,
        What::GlobalClusters,
        What::Snapshots,
        What::ClusterSnapshots,
        What::AutomatedBackups,
        What::VolumeSnapshots,
        What::HostImages,
        What::ShareBackups,
        What::TableBackups,
        What::Lags,
        What::Zones,
        What::Records,
        What::HealthChecks,
        What::Alarms,
    ];

    /// How often it is looked at while nothing is wrong, unless the config
    /// says otherwise. The ones that decide a failover come most often; long
    /// lists and what hardly changes come seldom.
    pub fn pace(&self) -> SignedDuration {
        SignedDuration::from_secs(match self {
            What::Instance(_)
            | What::Cluster(_)
            | What::GlobalCluster(_)
            | What::SnapshotsOf(_)
            | What::Reach { .. }
            | What::Queue(_)
            | What::LagOf(_)
            | What::ClusterLagOf(_)
            | What::RecordsOf { .. }
            | What::ChangeOf(_)
            | What::HealthCheckOf(_)
            | What::Thing { .. } => 5,
            What::Instances
            | What::Clusters
            | What::GlobalClusters
            | What::HealthChecks
            | What::Alarms => 15,
            What::BackupJobs
            | What::CopyJobs
            | What::RestoreJobs
            | What::Lags
            | What::Records => 30,
            What::Points
            | What::Snapshots
            | What::ClusterSnapshots
            | What::AutomatedBackups => 60,
            What::Identity
            | What::Vaults
            | What::Protected
            | What::VolumeSnapshots
            | What::HostImages
            | What::ShareBackups
            | What::TableBackups
            | What::Zones => 300,
            What::Parts(kind) => kind.seconds(),
        })
    }

    /// Whether it is one thing asked for by name, and not a list that the
    /// pollers watch.
    pub fn is_targeted(&self) -> bool {
        match self {
            What::Instance(_)
            | What::Cluster(_)
            | What::GlobalCluster(_)
            | What::SnapshotsOf(_)
            | What::Reach { .. }
            | What::Queue(_)
            | What::LagOf(_)
            | What::ClusterLagOf(_)
            | What::RecordsOf { .. }
            | What::ChangeOf(_)
            | What::HealthCheckOf(_)
            | What::Thing { .. } => true,
            What::Identity
            | What::Vaults
            | What::Points
            | What::BackupJobs
            | What::CopyJobs
            | What::RestoreJobs
            | What::Protected
            | What::Instances
            | What::Clusters
            | What::GlobalClusters
            | What::Snapshots
            | What::ClusterSnapshots
            | What::AutomatedBackups
            | What::VolumeSnapshots
            | What::HostImages
            | What::ShareBackups
            | What::TableBackups
            | What::Lags
            | What::Zones
            | What::Records
            | What::HealthChecks
            | What::Alarms
            | What::Parts(_) => false,
        }
    }
}

impl Source {
    /// Whether the pollers watch it; the others are looked at when a step
    /// asks for them.
    pub fn is_watched(&self) -> bool {
        match self {
            Source::Aws { what, .. } => !what.is_targeted(),
            Source::Http { .. }
            | Source::Dns { .. }
            | Source::Program { .. }
            | Source::Command { .. } => false,
        }
    }

    /// Whether it tells who we are.
    pub fn is_identity(&self) -> bool {
        self.what() == Some(&What::Identity)
    }
}

impl Estate {
    /// How often a source is looked at: as the config says, else by
    /// [`What::pace`]; 5 s for names and URLs beside AWS, 30 s for
    /// programs of this machine.
    pub fn pace(&self, source: &Source) -> SignedDuration {
        match source {
            Source::Aws { what, .. } => {
                self.paces.get(what.name()).copied().unwrap_or(what.pace())
            }
            Source::Http { .. } | Source::Dns { .. } => {
                SignedDuration::from_secs(5)
            }
            Source::Program { .. } | Source::Command { .. } => {
                SignedDuration::from_secs(30)
            }
        }
    }

    /// When the first answer on which a verdict may rest now is too old for
    /// that, if nothing newer comes.
    pub(super) fn bears_until(&self, now: Timestamp) -> Option<Timestamp> {
        let bearing = self.sources().filter_map(|(source, known)| {
            let pace = self.pace(source);
            let (_, ended) = known.seen?;
            known.bears(now, pace).then(|| ended + pace * 3)
        });
        bearing.min()
    }

    /// Looks of this name, such as `backup/points`, come once every `pace`.
    pub fn set_pace(&mut self, name: &str, pace: SignedDuration) {
        self.paces.insert(name.to_owned(), pace);
    }
}
