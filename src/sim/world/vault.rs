//! Vaults, recovery points, plans, and the resources they protect.

use std::collections::BTreeMap;

use jiff::{SignedDuration, Timestamp};

use super::World;
use super::job::Tags;
use super::seed::arn;

/// A backup vault.
#[derive(Clone, Debug)]
pub struct Vault {
    /// Its name.
    pub name: String,
    /// When it was made.
    pub created: Timestamp,
    /// ARN of the key that encrypts it.
    pub kms_key: Option<String>,
    /// True when vault lock is on.
    pub locked: bool,
    /// When the lock became (or becomes) immutable.
    pub lock_date: Option<Timestamp>,
    /// The least days a recovery point stays.
    pub min_retention_days: Option<i64>,
    /// The most days a recovery point stays.
    pub max_retention_days: Option<i64>,
    /// Its tags.
    pub tags: Tags,
}

impl Vault {
    /// An unlocked vault.
    pub fn new(name: &str, created: Timestamp) -> Vault {
        Vault {
            name: name.to_owned(),
            created,
            kms_key: None,
            locked: false,
            lock_date: None,
            min_retention_days: None,
            max_retention_days: None,
            tags: Tags::new(),
        }
    }
}

/// What AWS Backup calls a recovery point's `Status`.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum PointStatus {
    /// Usable.
    #[default]
    Completed,
    /// Parts of it are missing.
    Partial,
    /// Being removed.
    Deleting,
    /// Past its retention, yet not removed.
    Expired,
    /// Being made.
    Creating,
    /// A continuous backup that is going on.
    Available,
    /// A continuous backup that was broken.
    Stopped,
}

impl PointStatus {
    /// The word in answers.
    pub fn word(self) -> &'static str {
        match self {
            PointStatus::Completed => "COMPLETED",
            PointStatus::Partial => "PARTIAL",
            PointStatus::Deleting => "DELETING",
            PointStatus::Expired => "EXPIRED",
            PointStatus::Creating => "CREATING",
            PointStatus::Available => "AVAILABLE",
            PointStatus::Stopped => "STOPPED",
        }
    }
}

/// A recovery point.
#[derive(Clone, Debug)]
pub struct Point {
    /// Its ARN; made when empty.
    pub arn: String,
    /// The vault it is in.
    pub vault: String,
    /// ARN of the vault it was copied from, if it is a copy.
    pub from_vault: Option<String>,
    /// ARN of the resource it is of.
    pub resource: String,
    /// The resource's name.
    pub resource_name: String,
    /// `RDS`, `EBS`, `S3`, ...
    pub resource_type: String,
    /// Its state.
    pub status: PointStatus,
    /// When it was begun; a copy has a time of its own.
    pub created: Timestamp,
    /// When it was finished.
    pub completed: Option<Timestamp>,
    /// Its size in bytes.
    pub bytes: i64,
    /// True when encrypted.
    pub encrypted: bool,
    /// ARN of the key that encrypts it.
    pub kms_key: Option<String>,
    /// Days after which it is deleted, if ever.
    pub delete_after_days: Option<i64>,
    /// Days after which it goes to cold storage, if ever.
    pub cold_after_days: Option<i64>,
    /// The plan that made it, if any.
    pub plan: Option<String>,
    /// When it was last restored from.
    pub last_restored: Option<Timestamp>,
    /// What `GetRecoveryPointRestoreMetadata` answers.
    pub metadata: BTreeMap<String, String>,
    /// Its tags.
    pub tags: Tags,
}

impl Point {
    /// A finished, encrypted recovery point of a resource.
    pub fn new(
        vault: &str,
        resource: &str,
        resource_type: &str,
        created: Timestamp,
    ) -> Point {
        Point {
            arn: String::new(),
            vault: vault.to_owned(),
            from_vault: None,
            resource: resource.to_owned(),
            resource_name: String::new(),
            resource_type: resource_type.to_owned(),
            status: PointStatus::Completed,
            created,
            completed: Some(created),
            bytes: 20 << 30,
            encrypted: true,
            kms_key: None,
            delete_after_days: Some(35),
            cold_after_days: None,
            plan: None,
            last_restored: None,
            metadata: BTreeMap::new(),
            tags: Tags::new(),
        }
    }
}

/// The recovery points of a place, oldest first, found by ARN.
#[derive(Clone, Debug, Default)]
pub struct Points {
    all: Vec<Point>,
    by_arn: BTreeMap<String, usize>,
}

/// A resource that AWS Backup protects.
#[derive(Clone, Debug)]
pub struct Protected {
    /// Its ARN.
    pub arn: String,
    /// `RDS`, `EBS`, `S3`, ...
    pub resource_type: String,
    /// Its name.
    pub name: String,
    /// What a backup of it moves, in bytes.
    pub bytes: i64,
    /// How long a backup of it takes at speed 1.
    pub backup_takes: SignedDuration,
    /// Its tags, which its recovery points inherit.
    pub tags: Tags,
}

impl Protected {
    /// A resource of 20 GiB whose backup takes six minutes.
    pub fn new(arn: &str, resource_type: &str, name: &str) -> Protected {
        Protected {
            arn: arn.to_owned(),
            resource_type: resource_type.to_owned(),
            name: name.to_owned(),
            bytes: 20 << 30,
            backup_takes: SignedDuration::from_mins(6),
            tags: Tags::new(),
        }
    }
}

/// A backup plan with one rule.
#[derive(Clone, Debug)]
pub struct BackupPlan {
    /// Its id; made when empty.
    pub id: String,
    /// Its name.
    pub name: String,
    /// When it was made.
    pub created: Timestamp,
    /// The vault its recovery points go to.
    pub vault: String,
    /// The schedule, as AWS writes it (`cron(0 * * * ? *)`).
    pub schedule: String,
    /// How far apart its runs are; runs fall on multiples of it since the
    /// epoch. Zero or less never runs.
    pub every: SignedDuration,
    /// ARNs of the vaults that each recovery point is copied to.
    pub copy_to: Vec<String>,
    /// Days after which recovery points are deleted.
    pub delete_after_days: Option<i64>,
    /// ARNs of the resources it backs up.
    pub resources: Vec<String>,
    /// The role it works with.
    pub role: String,
}

impl Points {
    /// Adds a recovery point.
    pub fn push(&mut self, point: Point) {
        self.by_arn.insert(point.arn.clone(), self.all.len());
        self.all.push(point);
    }

    /// Takes a recovery point away. Says whether it was there.
    pub fn remove(&mut self, arn: &str) -> bool {
        let before = self.all.len();
        self.all.retain(|point| point.arn != arn);
        let places = self.all.iter().enumerate();
        self.by_arn = places.map(|(at, p)| (p.arn.clone(), at)).collect();
        self.all.len() < before
    }

    /// All recovery points, oldest first.
    pub fn all(&self) -> &[Point] {
        &self.all
    }

    /// The recovery point of an ARN.
    pub fn find(&self, arn: &str) -> Option<&Point> {
        self.by_arn.get(arn).map(|at| &self.all[*at])
    }

    /// The recovery point of an ARN, to change.
    pub fn find_mut(&mut self, arn: &str) -> Option<&mut Point> {
        self.by_arn.get(arn).map(|at| &mut self.all[*at])
    }
}

impl World {
    /// A new recovery point's ARN, in the form its type has.
    // https://docs.aws.amazon.com/aws-backup/latest/devguide/security_iam_resource-arn-format.html
    pub(crate) fn fresh_point(
        &mut self,
        account: &str,
        region: &str,
        resource_type: &str,
    ) -> String {
        let id = self.fresh_uuid();
        match resource_type {
            "RDS" => arn(
                "rds",
                region,
                account,
                &format!("snapshot:awsbackup:job-{id}"),
            ),
            "Aurora" => arn(
                "rds",
                region,
                account,
                &format!("cluster-snapshot:awsbackup:job-{id}"),
            ),
            "EBS" => format!(
                "arn:aws:ec2:{region}::snapshot/snap-{}",
                &id.replace('-', "")[..17]
            ),
            "EC2" => format!(
                "arn:aws:ec2:{region}::image/ami-{}",
                &id.replace('-', "")[..17]
            ),
            "FSx" => arn(
                "fsx",
                region,
                account,
                &format!("backup/backup-0{}", &id.replace('-', "")[..16]),
            ),
            _ => {
                arn("backup", region, account, &format!("recovery-point:{id}"))
            }
        }
    }
}
