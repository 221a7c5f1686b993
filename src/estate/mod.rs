//! What we know of AWS, and how fresh that knowledge is.
//!
//! A [`Source`] is one thing that can be looked at: one list of one service
//! in one Region of one account, or a name or URL of the world beside AWS.
//! An [`Observation`] is what one look found, or why it failed. The
//! [`Estate`] keeps the newest good answer of every source; a failed look
//! makes it stale and erases nothing.

mod apply;
pub mod cost;
pub mod derived;
mod filled;
#[cfg(test)]
pub(crate) mod fixture;
pub mod homed;
pub mod ids;
pub mod lag;
mod lists;
pub mod lock;
pub mod metrics;
pub mod objective;
mod pace;
pub mod part;
pub mod pattern;
pub mod points;
pub mod posture;
pub mod presence;
pub mod price;
pub mod program;
pub mod queue;
pub mod reach;
pub mod recovery_point;
pub mod region;
pub mod resource;
pub mod saved;
pub mod shared;
pub mod span;
pub mod standing;
mod subject;
pub mod system;
pub mod thing;
pub mod vanished;
pub mod verdict;
pub mod weakened;

use std::collections::BTreeMap;
use std::fmt;
use std::sync::Arc;

use jiff::{SignedDuration, Timestamp};
use serde::{Deserialize, Serialize};
use serde_json::Value;

use crate::failure::Failure;
use ids::{Account, Arn, Region, ZoneId};
use program::{End, Installed, Process, Start};
use resource::{
    Alarm, AutomatedBackup, Change, DbCluster, DbInstance, DnsAnswer,
    GlobalCluster, HealthCheck, HttpAnswer, Identity, Job, Lag, Protected,
    RecordSet, RecoveryPoint, Vault, Zone,
};

pub use apply::STEPPED;
pub use lists::Placed;
use vanished::Missing;
pub use vanished::Vanished;
use weakened::Weakened;

/// One thing that can be looked at; also the order to look at it now.
#[derive(
    Clone, Debug, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize,
)]
#[serde(rename_all = "snake_case")]
pub enum Source {
    /// Something AWS tells of one Region of one account.
    Aws {
        /// The account.
        account: Account,
        /// The Region asked; `us-east-1` for what is global there.
        region: Region,
        /// What is asked for.
        what: What,
    },
    /// A URL that is fetched with GET.
    Http {
        /// The URL.
        url: String,
    },
    /// A name that is asked of a name server.
    Dns {
        /// The name, without the final dot.
        name: String,
        /// The record type, such as `CNAME`.
        kind: String,
        /// The resolver's address and port; none is the system's own.
        resolver: Option<String>,
    },
    /// A program of this machine, looked for and not started.
    Program {
        /// Its name, or its path.
        name: String,
        /// The folder it would be started in; none is the console's own.
        dir: Option<String>,
        /// Names it would be given of the console's own environment.
        inherits: Vec<String>,
    },
    /// What a program of this machine says that changes nothing.
    Command {
        /// How it is started.
        start: Box<Start>,
        /// The process that must have ended before it can tell anything.
        after: Option<Box<Process>>,
    },
}

/// What a source of AWS is asked for.
#[derive(
    Clone, Debug, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize,
)]
#[serde(rename_all = "snake_case")]
pub enum What {
    /// `sts:GetCallerIdentity`.
    Identity,
    /// Vaults of AWS Backup.
    Vaults,
    /// Recovery points of all vaults.
    Points,
    /// Backup jobs of the last days.
    BackupJobs,
    /// Copy jobs of the last days.
    CopyJobs,
    /// Restore jobs of the last days.
    RestoreJobs,
    /// Resources that AWS Backup protects.
    Protected,
    /// RDS instances.
    Instances,
    /// Aurora clusters.
    Clusters,
    /// Aurora global databases.
    GlobalClusters,
    /// RDS instance snapshots.
    Snapshots,
    /// Aurora cluster snapshots.
    ClusterSnapshots,
    /// Continuous backups of RDS instances.
    AutomatedBackups,
    /// EBS snapshots that AWS Backup did not make.
    VolumeSnapshots,
    /// Images of EC2 instances that AWS Backup did not make.
    HostImages,
    /// `FSx` backups.
    ShareBackups,
    /// DynamoDB backups on demand.
    TableBackups,
    /// Replication lag of all replicas.
    Lags,
    /// Route 53 hosted zones.
    Zones,
    /// Records of all public zones.
    Records,
    /// Health checks with their status.
    HealthChecks,
    /// CloudWatch alarms.
    Alarms,
    /// Parts of one kind.
    Parts(part::Kind),
    /// One RDS instance, asked for by its identifier.
    Instance(String),
    /// One Aurora cluster, asked for by its identifier.
    Cluster(String),
    /// One Aurora global database, asked for by its identifier.
    GlobalCluster(String),
    /// Snapshots of one RDS instance, asked for by its identifier.
    SnapshotsOf(String),
    /// Where something could send to from a subnet group of RDS.
    Reach {
        /// The subnet group.
        subnets: String,
        /// The ids of its security groups.
        guards: Vec<String>,
    },
    /// What lies in one SQS queue, asked for by its URL.
    Queue(String),
    /// Replication lag of one instance.
    LagOf(String),
    /// Lag of one Aurora cluster behind the writer of its global database.
    ClusterLagOf(String),
    /// Records of one name in one zone.
    RecordsOf {
        /// The zone.
        zone: ZoneId,
        /// The name, without the final dot.
        name: String,
    },
    /// One Route 53 change.
    ChangeOf(String),
    /// One health check, asked for by its id.
    HealthCheckOf(String),
    /// What a step asks for by name.
    Thing {
        /// What kind of thing it is.
        of: thing::Thing,
        /// The request, in the member names of the API reference.
        request: String,
    },
}

impl What {
    /// The short name of the look, such as `backup/points`.
    pub fn name(&self) -> &'static str {
        match self {
            What::Identity => "sts/identity",
            What::Vaults => "backup/vaults",
            What::Points => "backup/points",
            What::BackupJobs => "backup/jobs",
            What::CopyJobs => "backup/copy-jobs",
            What::RestoreJobs => "backup/restore-jobs",
            What::Protected => "backup/protected",
            What::Instances => "rds/instances",
            What::Clusters => "rds/clusters",
            What::GlobalClusters => "rds/global",
            What::Snapshots => "rds/snapshots",
            What::ClusterSnapshots => "rds/cluster-snapshots",
            What::AutomatedBackups => "rds/automated-backups",
            What::VolumeSnapshots => "ec2/snapshots",
            What::HostImages => "ec2/host-images",
            What::ShareBackups => "fsx/backups",
            What::TableBackups => "dynamodb/backups",
            What::Lags => "cloudwatch/lags",
            What::Zones => "route53/zones",
            What::Records => "route53/records",
            What::HealthChecks => "route53/health-checks",
            What::Alarms => "cloudwatch/alarms",
            What::Parts(kind) => kind.name(),
            What::Instance(_) => "rds/instance",
            What::Cluster(_) => "rds/cluster",
            What::GlobalCluster(_) => "rds/global-cluster",
            What::SnapshotsOf(_) => "rds/snapshots-of",
            What::Reach { .. } => "rds/reach",
            What::Queue(_) => "sqs/events",
            What::LagOf(_) => "cloudwatch/lag",
            What::ClusterLagOf(_) => "cloudwatch/cluster-lag",
            What::RecordsOf { .. } => "route53/record",
            What::ChangeOf(_) => "route53/change",
            What::HealthCheckOf(_) => "route53/health-check",
            What::Thing { of, .. } => of.question().name,
        }
    }

    /// Whether it lists copies that are stored and cost: recovery points,
    /// snapshots and backups. The continuous ones, which
    /// [`What::AutomatedBackups`] lists, are none.
    pub fn lists_points(&self) -> bool {
        matches!(
            self,
            What::Points
                | What::Snapshots
                | What::ClusterSnapshots
                | What::VolumeSnapshots
                | What::HostImages
                | What::ShareBackups
                | What::TableBackups
        )
    }
}

impl Source {
    /// A source of AWS.
    pub fn aws(account: &Account, region: &Region, what: What) -> Self {
        Source::Aws { account: account.clone(), region: region.clone(), what }
    }

    /// What it is asked for, for those of AWS.
    pub fn what(&self) -> Option<&What> {
        match self {
            Source::Aws { what, .. } => Some(what),
            Source::Http { .. }
            | Source::Dns { .. }
            | Source::Program { .. }
            | Source::Command { .. } => None,
        }
    }

    /// The Region this source is asked in, for those of AWS.
    pub fn region(&self) -> Option<&Region> {
        match self {
            Source::Aws { region, .. } => Some(region),
            Source::Http { .. }
            | Source::Dns { .. }
            | Source::Program { .. }
            | Source::Command { .. } => None,
        }
    }

    /// The account this source is asked in, for those of AWS.
    pub fn account(&self) -> Option<&Account> {
        match self {
            Source::Aws { account, .. } => Some(account),
            Source::Http { .. }
            | Source::Dns { .. }
            | Source::Program { .. }
            | Source::Command { .. } => None,
        }
    }
}

impl fmt::Display for Source {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Source::Aws { account, region, what } => {
                write!(f, "{} {region} {account}", what.name())
            }
            Source::Http { url } => f.write_str(url),
            Source::Dns { name, kind, resolver } => {
                write!(f, "{kind} {name}")?;
                match resolver {
                    Some(resolver) => write!(f, " @{resolver}"),
                    None => Ok(()),
                }
            }
            Source::Program { name, .. } => write!(f, "program {name}"),
            Source::Command { start, .. } => f.write_str(&start.line()),
        }
    }
}

/// What a look found. Lists are shared, so that views and disk do not copy.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Found {
    /// Who we are.
    Identity(Identity),
    /// Vaults.
    Vaults(Arc<[Vault]>),
    /// Recovery points, native snapshots among them.
    Points(
        #[serde(deserialize_with = "recovery_point::list")]
        Arc<[RecoveryPoint]>,
    ),
    /// Jobs of one kind.
    Jobs(Arc<[Job]>),
    /// Resources AWS Backup protects.
    Protected(Arc<[Protected]>),
    /// RDS instances; one or none when asked for by name.
    Instances(Arc<[DbInstance]>),
    /// Aurora clusters.
    Clusters(Arc<[DbCluster]>),
    /// Aurora global databases.
    GlobalClusters(Arc<[GlobalCluster]>),
    /// Continuous backups.
    AutomatedBackups(Arc<[AutomatedBackup]>),
    /// Lag readings.
    Lags(Arc<[Lag]>),
    /// Hosted zones.
    Zones(Arc<[Zone]>),
    /// Record sets.
    Records(Arc<[RecordSet]>),
    /// Health checks.
    HealthChecks(Arc<[HealthCheck]>),
    /// Alarms.
    Alarms(Arc<[Alarm]>),
    /// Parts of one kind.
    Parts(Arc<[part::Part]>),
    /// Items of a thing that was asked for, with the members that are kept.
    Things(Arc<[Value]>),
    /// Where something could send to.
    Reach(reach::Reach),
    /// Events that lie in a queue.
    Events(Arc<[queue::Event]>),
    /// A Route 53 change.
    Change(Change),
    /// An answer over HTTP.
    Http(HttpAnswer),
    /// An answer of a name server; no values means the name has none.
    Dns(DnsAnswer),
    /// A program, as it lies here.
    Program(Installed),
    /// How a program ended that changes nothing.
    Command(Box<End>),
}

/// What one look found, or why it failed.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Observation {
    /// What was looked at.
    pub source: Source,
    /// When the look began. Only a look begun after a change was sent can
    /// tell what became of it.
    pub begun: Timestamp,
    /// When it ended.
    pub at: Timestamp,
    /// What it found.
    pub found: Result<Found, Failure>,
    /// Why the list is not whole, where it was cut short.
    pub partial: Option<String>,
}

/// How fresh what we know of a source is.
#[derive(Clone, Debug, PartialEq)]
pub enum Freshness {
    /// The newest look succeeded, and not longer ago than three paces.
    Live {
        /// Since the look ended.
        age: SignedDuration,
    },
    /// What is shown is old.
    Stale {
        /// Since the last good look ended.
        age: SignedDuration,
        /// Why there is nothing newer: the failure of the newest look, or
        /// none if none has come back for longer than three paces.
        because: Option<Failure>,
    },
    /// The newest look succeeded but its list was cut short.
    Partial {
        /// Since the look ended.
        age: SignedDuration,
        /// Why it was cut short.
        because: String,
    },
    /// No look has ever succeeded.
    Never {
        /// The failure of the newest look, if one came back.
        because: Option<Failure>,
    },
}

impl Freshness {
    /// Whether a verdict may rest on it.
    pub fn is_live(&self) -> bool {
        matches!(self, Freshness::Live { .. })
    }
}

/// What is known of one source.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Known {
    /// The newest good answer.
    pub found: Option<Found>,
    /// When the look that brought it began and ended.
    pub seen: Option<(Timestamp, Timestamp)>,
    /// Since when every look has brought this same answer, unbroken by a
    /// failure or another answer.
    pub steady_since: Option<Timestamp>,
    /// Why the answer is not whole.
    pub partial: Option<String>,
    /// The newest whole answer with its time, while the newest is not: what
    /// is gone or weaker is told by whole answers alone.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub whole: Option<(Timestamp, Found)>,
    /// The failure of the newest look, with its time, if it failed.
    pub failed: Option<(Timestamp, Failure)>,
    /// Ends of the newest looks, oldest first, and whether they succeeded;
    /// at most 32.
    pub record: Vec<(Timestamp, bool)>,
    /// Whether it was read from disk and not seen by this process.
    #[serde(skip)]
    pub saved: bool,
}

/// The newest observation of every source.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Estate {
    known: BTreeMap<Source, Known>,
    missing: Missing,
    weakened: Vec<Weakened>,
    /// Instances that were promoted, with the source each had followed.
    promoted: BTreeMap<Arn, Arn>,
    paces: BTreeMap<String, SignedDuration>,
    shared: Option<shared::Shared>,
    /// Counts the observations taken in, so that views can be kept until
    /// something has happened.
    pub version: u64,
    /// Counts the observations that brought another answer than the one
    /// before, so that what is worked out from answers can be kept until one
    /// has changed.
    pub changed: u64,
    /// Counts those of them that were no look at one thing alone.
    pub listed: u64,
}
