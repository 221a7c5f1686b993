//! Databases: instances, replicas, snapshots, clusters, and how they move.

use jiff::{SignedDuration, Timestamp};

use super::hex;
use super::job::Tags;

/// What RDS calls `DBInstanceStatus` or a snapshot's `Status`.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Status {
    /// Being made or restored.
    Creating,
    /// Ready for work.
    #[default]
    Available,
    /// Being changed or promoted.
    Modifying,
    /// Getting another identifier.
    Renaming,
    /// Being restarted.
    Rebooting,
    /// Being backed up.
    BackingUp,
    /// Being removed.
    Deleting,
    /// A change that can be seen only by its end.
    Failed,
    /// Replication to it has stopped for good.
    Stopped,
}

impl Status {
    /// The word that RDS uses.
    pub fn word(self) -> &'static str {
        match self {
            Status::Creating => "creating",
            Status::Available => "available",
            Status::Modifying => "modifying",
            Status::Renaming => "renaming",
            Status::Rebooting => "rebooting",
            Status::BackingUp => "backing-up",
            Status::Deleting => "deleting",
            Status::Failed => "failed",
            Status::Stopped => "stopped",
        }
    }
}

/// What a database instance is busy with.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Doing {
    /// Being made, restored or copied.
    Create,
    /// A replica becoming a database of its own.
    Promote,
    /// A change of its settings.
    Modify,
    /// Another identifier.
    Rename,
    /// A restart.
    Reboot,
    /// A replica and its primary change their roles.
    Switch,
    /// A backup of it.
    BackUp,
    /// Being removed.
    Delete,
}

/// Work on an instance, a snapshot or a cluster. It makes no progress while
/// the Region is dark.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Task {
    /// What is being done.
    pub doing: Doing,
    /// When it began.
    pub since: Timestamp,
    /// How long it takes in all.
    pub takes: SignedDuration,
    /// How much of that has passed with the Region alive.
    pub done: SignedDuration,
}

/// What a replica's lag does once its source is dead.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum WhenSourceDies {
    /// The metric grows with the seconds since the source died.
    #[default]
    Grows,
    /// Replication reports an error and the metric reads -1.
    Errors,
    /// The metric stops: no more samples.
    Stops,
}

/// How an instance follows its source.
#[derive(Clone, Debug, Default)]
pub struct Replica {
    /// The source's identifier (same Region) or ARN (another Region).
    pub source: String,
    /// The usual lag in seconds.
    pub lag: f64,
    /// What the lag does when the source is dead.
    pub when_source_dies: WhenSourceDies,
    /// Replication stopped with an error at this moment, if it did.
    pub broken_since: Option<Timestamp>,
}

/// A database instance.
#[derive(Clone, Debug)]
pub struct Instance {
    /// Its identifier.
    pub id: String,
    /// Its immutable id (`db-...`).
    pub resource_id: String,
    /// `postgres`, `mysql`, `aurora-postgresql`, ...
    pub engine: String,
    /// The engine's version.
    pub engine_version: String,
    /// `db.r6g.large` and the like.
    pub class: String,
    /// Storage in GiB.
    pub storage_gib: i64,
    /// Name of the first database, if any.
    pub db_name: Option<String>,
    /// Name of the master user.
    pub user: String,
    /// The port it listens on.
    pub port: i64,
    /// When it was made.
    pub created: Timestamp,
    /// True when a standby in another zone exists.
    pub multi_az: bool,
    /// True when storage is encrypted.
    pub encrypted: bool,
    /// ARN of the key that encrypts it.
    pub kms_key: Option<String>,
    /// True when it refuses to be deleted.
    pub deletion_protection: bool,
    /// Days of automated backups; 0 turns them off.
    pub retention_days: i64,
    /// Name of its subnet group.
    pub subnet_group: String,
    /// Name of its parameter group.
    pub parameter_group: String,
    /// Its security groups.
    pub security_groups: Vec<String>,
    /// Cluster it belongs to, if any.
    pub cluster: Option<String>,
    /// How it follows a source, while it does.
    pub replica: Option<Replica>,
    /// How it followed one before it was promoted, and until when.
    pub was_replica: Option<(Replica, Timestamp)>,
    /// Identifiers (same Region) or ARNs of its replicas.
    pub replicas: Vec<String>,
    /// Its state.
    pub status: Status,
    /// What it is busy with.
    pub task: Option<Task>,
    /// A class that waits for the maintenance window.
    pub pending_class: Option<String>,
    /// A second zone, or one fewer, that is being prepared or waits for the
    /// maintenance window.
    pub pending_multi_az: Option<bool>,
    /// The identifier that it is getting.
    pub pending_id: Option<String>,
    /// Its tags.
    pub tags: Tags,
}

impl Instance {
    /// An available `postgres` instance with the usual settings.
    pub fn new(id: &str, created: Timestamp) -> Instance {
        Instance {
            id: id.to_owned(),
            resource_id: String::new(),
            engine: "postgres".to_owned(),
            engine_version: "16.4".to_owned(),
            class: "db.r6g.large".to_owned(),
            storage_gib: 100,
            db_name: None,
            user: "app".to_owned(),
            port: 5432,
            created,
            multi_az: false,
            encrypted: true,
            kms_key: None,
            deletion_protection: false,
            retention_days: 7,
            subnet_group: "default".to_owned(),
            parameter_group: "default.postgres16".to_owned(),
            security_groups: Vec::new(),
            cluster: None,
            replica: None,
            was_replica: None,
            replicas: Vec::new(),
            status: Status::Available,
            task: None,
            pending_class: None,
            pending_multi_az: None,
            pending_id: None,
            tags: Tags::new(),
        }
    }
}

/// A snapshot of an instance.
#[derive(Clone, Debug)]
pub struct Snapshot {
    /// Its identifier.
    pub id: String,
    /// The instance it was taken of.
    pub instance: String,
    /// That instance's immutable id.
    pub resource_id: String,
    /// `manual`, `automated` or `awsbackup`.
    pub kind: String,
    /// When *this* snapshot was made: a copy has a time of its own.
    pub created: Timestamp,
    /// When the first of the chain of copies was made.
    pub original_created: Timestamp,
    /// The newest transaction in it, where the engine says so.
    pub database_time: Option<Timestamp>,
    /// ARN of the snapshot that it is a copy of.
    pub source: Option<String>,
    /// Engine, for restores.
    pub engine: String,
    /// Engine version.
    pub engine_version: String,
    /// Storage in GiB.
    pub storage_gib: i64,
    /// The port of the instance.
    pub port: i64,
    /// Master user of the instance.
    pub user: String,
    /// True when encrypted.
    pub encrypted: bool,
    /// ARN of the key that encrypts it.
    pub kms_key: Option<String>,
    /// Its state.
    pub status: Status,
    /// Work on it.
    pub task: Option<Task>,
    /// Its tags.
    pub tags: Tags,
}

impl Snapshot {
    /// A finished manual snapshot of an instance.
    pub fn of(instance: &Instance, id: &str, created: Timestamp) -> Snapshot {
        Snapshot {
            id: id.to_owned(),
            instance: instance.id.clone(),
            resource_id: instance.resource_id.clone(),
            kind: "manual".to_owned(),
            created,
            original_created: created,
            database_time: Some(created),
            source: None,
            engine: instance.engine.clone(),
            engine_version: instance.engine_version.clone(),
            storage_gib: instance.storage_gib,
            port: instance.port,
            user: instance.user.clone(),
            encrypted: instance.encrypted,
            kms_key: instance.kms_key.clone(),
            status: Status::Available,
            task: None,
            tags: instance.tags.clone(),
        }
    }
}

impl Snapshot {
    /// Gives an instance that is restored from it what it holds.
    pub fn outfit(&self, instance: &mut Instance) {
        instance.engine.clone_from(&self.engine);
        instance.engine_version.clone_from(&self.engine_version);
        instance.storage_gib = self.storage_gib;
        instance.port = self.port;
        instance.user.clone_from(&self.user);
        instance.encrypted = self.encrypted;
        instance.kms_key.clone_from(&self.kms_key);
    }
}

/// An Aurora cluster.
#[derive(Clone, Debug)]
pub struct Cluster {
    /// Its identifier.
    pub id: String,
    /// Its immutable id (`cluster-...`).
    pub resource_id: String,
    /// `aurora-postgresql` or `aurora-mysql`.
    pub engine: String,
    /// The engine's version.
    pub engine_version: String,
    /// When it was made.
    pub created: Timestamp,
    /// Days of automated backups.
    pub retention_days: i64,
    /// True when storage is encrypted.
    pub encrypted: bool,
    /// ARN of the key that encrypts it.
    pub kms_key: Option<String>,
    /// True when it refuses to be deleted.
    pub deletion_protection: bool,
    /// The global cluster it belongs to, if any.
    pub global: Option<String>,
    /// The usual lag behind the global primary in seconds.
    pub lag: f64,
    /// Its state.
    pub status: Status,
    /// Its tags.
    pub tags: Tags,
}

/// A snapshot of a cluster.
#[derive(Clone, Debug)]
pub struct ClusterSnapshot {
    /// Its identifier.
    pub id: String,
    /// The cluster it was taken of.
    pub cluster: String,
    /// `manual`, `automated` or `awsbackup`.
    pub kind: String,
    /// When this snapshot was made.
    pub created: Timestamp,
    /// ARN of the snapshot that it is a copy of.
    pub source: Option<String>,
    /// Engine.
    pub engine: String,
    /// Engine version.
    pub engine_version: String,
    /// True when encrypted.
    pub encrypted: bool,
    /// ARN of the key that encrypts it.
    pub kms_key: Option<String>,
    /// Its state.
    pub status: Status,
    /// Work on it.
    pub task: Option<Task>,
    /// Its tags.
    pub tags: Tags,
}

/// An Aurora global cluster.
#[derive(Clone, Debug, Default)]
pub struct GlobalCluster {
    /// Its identifier.
    pub id: String,
    /// Its immutable id.
    pub resource_id: String,
    /// Engine.
    pub engine: String,
    /// Engine version.
    pub engine_version: String,
    /// ARN of the cluster that takes the writes.
    pub writer: String,
    /// ARNs of the clusters that follow it.
    pub readers: Vec<String>,
    /// ARNs of former writers, which follow once their Regions answer.
    pub left: Vec<String>,
    /// Where the writes are being moved to, if they are.
    pub moving: Option<Moving>,
    /// The writer before this one, and until when.
    pub was: Option<(String, Timestamp)>,
}

/// A global cluster's way to another writer.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Moving {
    /// ARN of the cluster that takes the writes then.
    pub to: String,
    /// Whether what it has not seen is given up.
    pub lossy: bool,
    /// How far it has come.
    pub task: Task,
}

impl Moving {
    /// The status of a global cluster meanwhile.
    // https://docs.aws.amazon.com/AmazonRDS/latest/APIReference/API_FailoverState.html
    pub fn word(&self) -> &'static str {
        if self.lossy { "failing-over" } else { "switching-over" }
    }
}

/// The automated backups of an instance, here or replicated from elsewhere.
#[derive(Clone, Debug)]
pub struct AutomatedBackup {
    /// The instance.
    pub instance: String,
    /// The Region the instance is (or was) in.
    pub instance_region: String,
    /// Its immutable id.
    pub resource_id: String,
    /// `active`, `replicating`, `retained`, ...
    pub status: String,
    /// The earliest moment that can be restored.
    pub earliest: Timestamp,
    /// How far the latest restorable moment is behind the present.
    pub behind: SignedDuration,
    /// The latest restorable moment stays here, once the source is dead.
    pub stopped_at: Option<Timestamp>,
    /// Days of retention.
    pub retention_days: i64,
    /// Engine.
    pub engine: String,
    /// Engine version.
    pub engine_version: String,
    /// Storage in GiB.
    pub storage_gib: i64,
    /// True when encrypted.
    pub encrypted: bool,
    /// ARN of the key that encrypts it.
    pub kms_key: Option<String>,
}

/// Something that RDS reports of one of its resources.
#[derive(Clone, Debug)]
pub struct RdsEvent {
    /// When.
    pub at: Timestamp,
    /// `db-instance`, `db-snapshot`, ...
    pub source_type: String,
    /// The resource's identifier.
    pub source: String,
    /// The resource's ARN.
    pub arn: String,
    /// `availability`, `backup`, `read replica`, ...
    pub categories: Vec<String>,
    /// What happened.
    pub message: String,
}

/// The host name of a cluster's endpoint; `kind` is `cluster` for the one
/// that writes go to, and `cluster-ro` for the one that only reads.
pub fn cluster_endpoint(
    id: &str,
    kind: &str,
    account: &str,
    region: &str,
) -> String {
    endpoint(id, account, region).replacen(".c", &format!(".{kind}-"), 1)
}

/// The host name of an instance's endpoint.
pub fn endpoint(id: &str, account: &str, region: &str) -> String {
    let own = &hex(&format!("{account}/{region}"))[..12];
    format!("{id}.c{own}.{region}.rds.amazonaws.com")
}
