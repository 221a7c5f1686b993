//! Resources, recovery points, vaults, jobs, replicas as plain data.

use std::collections::BTreeMap;
use std::fmt;

use jiff::Timestamp;
use serde::{Deserialize, Serialize};

use super::ids::{Account, Arn, JobId, Region, VaultName, ZoneId};

pub use super::recovery_point::RecoveryPoint;

/// Who we are to AWS, as `sts:GetCallerIdentity` tells it.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Identity {
    /// The account we are in.
    pub account: Account,
    /// The ARN of the user or assumed role.
    pub arn: Arn,
}

/// The type of a protected resource.
#[derive(
    Clone,
    Copy,
    Debug,
    PartialEq,
    Eq,
    Hash,
    PartialOrd,
    Ord,
    Serialize,
    Deserialize,
)]
pub enum ResourceType {
    /// An RDS instance.
    Rds,
    /// An Aurora cluster.
    Aurora,
    /// An EBS volume.
    Ebs,
    /// An EC2 instance.
    Ec2,
    /// An EFS file system.
    Efs,
    /// An `FSx` file system.
    Fsx,
    /// A DynamoDB table.
    DynamoDb,
    /// An S3 bucket.
    S3,
    /// A type that this program does not know by name.
    Other,
}

impl ResourceType {
    /// The type by the name AWS Backup gives it, such as `DynamoDB`.
    pub fn from_backup(name: &str) -> Self {
        match name {
            "RDS" => ResourceType::Rds,
            "Aurora" => ResourceType::Aurora,
            "EBS" => ResourceType::Ebs,
            "EC2" => ResourceType::Ec2,
            "EFS" => ResourceType::Efs,
            "FSx" => ResourceType::Fsx,
            "DynamoDB" => ResourceType::DynamoDb,
            "S3" => ResourceType::S3,
            _ => ResourceType::Other,
        }
    }

    /// The type of what an ARN names, for those that can be restored.
    // https://docs.aws.amazon.com/service-authorization/latest/reference/reference_policies_actions-resources-contextkeys.html
    pub fn from_arn(arn: &Arn) -> Option<Self> {
        let mut fields = arn.splitn(6, ':').skip(2);
        let (service, rest) = (fields.next()?, fields.nth(2)?);
        let of = rest.split([':', '/']).next()?;
        Some(match (service, of) {
            ("rds", "db") => ResourceType::Rds,
            ("rds", "cluster") => ResourceType::Aurora,
            ("ec2", "volume") => ResourceType::Ebs,
            ("ec2", "instance") => ResourceType::Ec2,
            ("elasticfilesystem", "file-system") => ResourceType::Efs,
            ("fsx", "file-system") => ResourceType::Fsx,
            ("dynamodb", "table") => ResourceType::DynamoDb,
            ("s3", _) if !rest.contains('/') => ResourceType::S3,
            _ => return None,
        })
    }

    /// The short name shown in tables and matched by objectives.
    pub fn name(self) -> &'static str {
        match self {
            ResourceType::Rds => "RDS",
            ResourceType::Aurora => "Aurora",
            ResourceType::Ebs => "EBS",
            ResourceType::Ec2 => "EC2",
            ResourceType::Efs => "EFS",
            ResourceType::Fsx => "FSx",
            ResourceType::DynamoDb => "DDB",
            ResourceType::S3 => "S3",
            ResourceType::Other => "other",
        }
    }
}

impl fmt::Display for ResourceType {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(self.name())
    }
}

/// A backup vault of one Region.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Vault {
    /// Its name, unique in account and Region.
    pub name: VaultName,
    /// Its ARN.
    pub arn: Arn,
    /// How many recovery points AWS says it holds.
    pub points: i64,
    /// Whether a vault lock is in force.
    pub locked: bool,
}

/// Whether a recovery point can be restored from.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
pub enum PointStatus {
    /// Whole, and can be restored from.
    Usable,
    /// Being made.
    Creating,
    /// Restores incompletely.
    Partial,
    /// Past its retention, being deleted, stopped or failed.
    Unusable,
    /// AWS gave a word that we do not know: never usable.
    Unknown,
}

/// What made a recovery point.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
pub enum Origin {
    /// AWS Backup made it.
    Backup,
    /// AWS Backup copied it from another Region, account or vault.
    Copy,
    /// A native snapshot made by a person or a schedule.
    Snapshot,
    /// A native snapshot copied from elsewhere.
    SnapshotCopy,
    /// The service's own continuous backup.
    Continuous,
}

/// What a job does.
#[derive(
    Clone,
    Copy,
    Debug,
    PartialEq,
    Eq,
    Hash,
    PartialOrd,
    Ord,
    Serialize,
    Deserialize,
)]
pub enum JobKind {
    /// Makes a recovery point.
    Backup,
    /// Copies one to another vault.
    Copy,
    /// Makes a resource from one.
    Restore,
}

impl JobKind {
    /// The word shown for it.
    pub fn name(self) -> &'static str {
        match self {
            JobKind::Backup => "backup",
            JobKind::Copy => "copy",
            JobKind::Restore => "restore",
        }
    }
}

/// How far a job has come.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
pub enum JobState {
    /// Created, pending, running or being stopped.
    Running,
    /// Done, with nothing to complain of.
    Completed,
    /// Done, but not for all of the data.
    Partial,
    /// Failed, aborted or expired.
    Failed,
    /// AWS gave a word that we do not know.
    Unknown,
}

/// One job of AWS Backup.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Job {
    /// Its id.
    pub id: JobId,
    /// What it does.
    pub kind: JobKind,
    /// How far it has come.
    pub state: JobState,
    /// The resource it is about.
    pub resource: Arn,
    /// The type of that resource.
    pub resource_type: ResourceType,
    /// The Region the data come from, where the job names it.
    pub from: Option<Region>,
    /// The Region the data go to, for copies.
    pub to: Option<Region>,
    /// How much is done, 0 to 100, where AWS tells it.
    pub percent: Option<f32>,
    /// When it was created.
    pub created: Timestamp,
    /// When it ended.
    pub ended: Option<Timestamp>,
    /// Bytes moved, where known.
    pub bytes: Option<i64>,
    /// What AWS says of it, cleaned.
    pub message: Option<String>,
}

/// A resource that AWS Backup has protected.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Protected {
    /// Its ARN.
    pub arn: Arn,
    /// Its type.
    pub kind: ResourceType,
    /// Its name, where AWS knows one.
    pub name: Option<String>,
    /// When it was last backed up.
    pub last_backup: Option<Timestamp>,
}

/// An RDS instance.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct DbInstance {
    /// Its identifier.
    pub id: String,
    /// Its ARN.
    pub arn: Arn,
    /// Its status, in AWS's word, such as `available`.
    pub status: String,
    /// Its engine and version, such as `postgres 16.4`.
    pub engine: String,
    /// Its class, such as `db.r6g.large`.
    pub class: String,
    /// Host name and port of its endpoint, once it has one.
    pub endpoint: Option<(String, u16)>,
    /// The Aurora cluster it belongs to.
    pub cluster: Option<String>,
    /// The instance it replicates from: an id, or an ARN across Regions.
    pub replica_of: Option<String>,
    /// The instances that replicate from it: ids, or ARNs across Regions.
    pub replicas: Vec<String>,
    /// Whether it has a standby in another zone.
    pub multi_az: bool,
    /// Whether its storage is encrypted.
    pub encrypted: bool,
    /// Whether deletion is refused.
    pub deletion_protection: bool,
    /// Days that automated backups are kept; 0 means there are none.
    pub backup_retention_days: i32,
    /// The newest moment it can be restored to in its own Region.
    pub latest_restorable: Option<Timestamp>,
    /// Its tags.
    pub tags: BTreeMap<String, String>,
}

/// An Aurora cluster.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct DbCluster {
    /// Its identifier.
    pub id: String,
    /// Its ARN.
    pub arn: Arn,
    /// Its status, in AWS's word.
    pub status: String,
    /// Its engine and version.
    pub engine: String,
    /// Its writer endpoint.
    pub endpoint: Option<String>,
    /// The port that it takes connections at.
    #[serde(default)]
    pub port: Option<u16>,
    /// Identifiers of its members, the writer first.
    pub members: Vec<String>,
    /// The newest moment it can be restored to in its own Region.
    pub latest_restorable: Option<Timestamp>,
    /// Its tags.
    pub tags: BTreeMap<String, String>,
}

/// An Aurora global database.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct GlobalCluster {
    /// Its identifier.
    pub id: String,
    /// Its status, in AWS's word.
    pub status: String,
    /// ARN of each member cluster, and whether it is the writer.
    pub members: Vec<(Arn, bool)>,
}

/// The continuous backup of one RDS instance, also of a deleted one.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct AutomatedBackup {
    /// The instance's identifier.
    pub instance: String,
    /// The instance's ARN.
    pub resource: Arn,
    /// The ARN of the backup.
    pub arn: Arn,
    /// `active`, `retained` (deleted instance), `creating`, or another word.
    pub status: String,
    /// The Region the instance lives in; the backup may be replicated.
    pub from: Option<Region>,
    /// The oldest moment that can be restored.
    pub earliest: Option<Timestamp>,
    /// The newest moment that can be restored.
    pub latest: Option<Timestamp>,
}

/// Readings of a replication lag metric.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Lag {
    /// The replica: an instance id, or a cluster id for Aurora global.
    pub replica: String,
    /// The metric read, such as `ReplicaLag`.
    pub metric: String,
    /// Readings, oldest first: sample time and seconds. -1 means that
    /// replication is not running (Amazon RDS user guide, `ReplicaLag`).
    pub samples: Vec<(Timestamp, f64)>,
}

/// A Route 53 hosted zone.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Zone {
    /// Its id, without `/hostedzone/`.
    pub id: ZoneId,
    /// Its name, without the final dot.
    pub name: String,
    /// Whether only VPCs see it.
    pub private: bool,
    /// Whether its records can be changed within 60 minutes of `us-east-1`
    /// going dark ("accelerated recovery"); none if not told.
    // https://docs.aws.amazon.com/Route53/latest/DeveloperGuide/accelerated-recovery.html
    #[serde(default)]
    pub accelerated: Option<bool>,
}

/// One record set of a hosted zone.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct RecordSet {
    /// The zone it lies in.
    pub zone: ZoneId,
    /// Its name, without the final dot.
    pub name: String,
    /// Its type, such as `CNAME`.
    pub kind: String,
    /// What tells it from others of the same name and type.
    pub identifier: Option<String>,
    /// `PRIMARY` or `SECONDARY`, for failover records.
    pub failover: Option<String>,
    /// Its weight, for weighted records.
    pub weight: Option<i64>,
    /// Seconds that answers may be kept; none for aliases.
    pub ttl: Option<i64>,
    /// Its values, in AWS's order.
    pub values: Vec<String>,
    /// For an alias: the DNS name it stands for, and that name's zone.
    pub alias: Option<(String, String)>,
    /// Whether the health of an alias's target counts; none if it is no
    /// alias, or if it is not told.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub evaluates: Option<bool>,
    /// The health check that decides whether it is answered.
    pub health_check: Option<String>,
}

/// A Route 53 health check with what its checkers see.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct HealthCheck {
    /// Its id.
    pub id: String,
    /// What it checks, as text: `https://host/path`.
    pub target: String,
    /// Whether its result is turned round.
    pub inverted: bool,
    /// Checkers that report success, and all that report; none if not asked.
    pub reports: Option<(u32, u32)>,
    /// What it is made of.
    #[serde(default)]
    pub basis: CheckBasis,
}

/// What a health check is made of.
// https://docs.aws.amazon.com/Route53/latest/APIReference/API_HealthCheckConfig.html
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct CheckBasis {
    /// Its type in Route 53's word, such as `HTTPS`; empty if not told.
    pub kind: String,
    /// The host or address that it asks, for checks of an endpoint.
    pub host: Option<String>,
    /// Whether it is switched off: then it counts as healthy.
    pub disabled: bool,
    /// The Regions whose checkers look; empty means all of them.
    pub regions: Vec<String>,
    /// The Region and name of the alarm that it follows.
    pub alarm: Option<(Region, String)>,
    /// The ARN of the routing control that it follows.
    pub routing_control: Option<String>,
    /// The checks that it is calculated from.
    pub children: Vec<String>,
}

impl HealthCheck {
    /// Whether Route 53 calls it healthy: more than 18 % of the checkers
    /// report success (Amazon Route 53 developer guide, "How Route 53
    /// determines the status of health checks"). `None` is not known.
    pub fn healthy(&self) -> Option<bool> {
        let (good, all) = self.reports?;
        if all == 0 {
            return None;
        }
        Some((good * 100 > all * 18) != self.inverted)
    }
}

/// A CloudWatch alarm.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Alarm {
    /// Its name.
    pub name: String,
    /// Its ARN.
    pub arn: Arn,
    /// `OK`, `ALARM` or `INSUFFICIENT_DATA`.
    pub state: String,
    /// Since when it is in that state.
    pub since: Option<Timestamp>,
    /// Why, in CloudWatch's words, cleaned.
    pub reason: Option<String>,
    /// The metric it watches, such as `AWS/RDS ReplicaLag`.
    pub metric: String,
}

/// What became of a Route 53 change.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Change {
    /// Its id, without `/change/`.
    pub id: String,
    /// Whether all of Route 53's name servers answer by it.
    pub in_sync: bool,
}

/// What an HTTP request to a service of ours brought.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct HttpAnswer {
    /// The status code.
    pub status: u16,
    /// The first characters of the body, cleaned, at most 200.
    pub start: String,
    /// The address it came from, where the config sends requests for this
    /// host to another than the one its name has.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub via: Option<String>,
}

/// What a name server answered.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct DnsAnswer {
    /// The values, sorted, names without their final dot.
    pub values: Vec<String>,
    /// The smallest time to live, in seconds.
    pub ttl: Option<u32>,
}
