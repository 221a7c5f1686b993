//! The simulated AWS: accounts and Regions as plain data, moved on by a clock.
//!
//! A [`World`] does no I/O and reads no clock: whoever owns it calls
//! [`World::advance`] with the present and then reads or changes it. Time
//! stamps are wall-clock; [`World::speed`] divides how long things *take*.

mod clock;
pub mod database;
pub mod dns;
pub mod fault;
#[cfg(test)]
pub(crate) mod fixture;
mod globals;
pub mod harvest;
pub mod job;
pub mod labour;
pub mod measure;
mod replication;
pub mod resolve;
pub mod seed;
pub mod shelf;
pub mod site;
pub mod story;
pub mod value;
pub mod vault;
pub mod watch;

use std::collections::{BTreeMap, VecDeque};

use jiff::{SignedDuration, Timestamp};
use serde_json::Value;
use sha2::{Digest, Sha256};

use self::database::{
    AutomatedBackup, Cluster, ClusterSnapshot, GlobalCluster, Instance,
    RdsEvent, Snapshot,
};
use self::dns::{Change, HealthCheck, Zone};
pub use self::fault::{Fault, refuse};
use self::job::Jobs;
use self::shelf::Shelves;
use self::site::Site;
use self::story::Effect;
use self::vault::{BackupPlan, Points, Protected, Vault};
use self::watch::{Alarm, HistoryItem, Sample, SeriesKey};

/// Answers one operation: the world, who asks, the input by its AWS member
/// names, and the present.
pub type Handler =
    fn(&mut World, &Caller, &Value, Timestamp) -> Result<Value, Fault>;

/// One simulated AWS service: its name in the credential scope and the
/// operations that it answers.
#[derive(Debug)]
pub struct Service {
    /// The service name that requests are signed for (`backup`,
    /// `monitoring`, ...).
    pub signing_name: &'static str,
    /// Operation name to handler, in alphabetical order.
    pub handlers: &'static [(&'static str, Handler)],
    /// The kinds of item that it shows from the shelves, such as
    /// `s3:bucket`.
    pub shelves: &'static [&'static str],
}

impl Service {
    /// The handler of an operation, if this service answers it.
    pub fn handler(&self, operation: &str) -> Option<Handler> {
        self.handlers
            .iter()
            .find(|(name, _)| *name == operation)
            .map(|(_, handler)| *handler)
    }
}

/// Who sends a request, and the Region it is for.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Caller {
    /// The twelve digits of the account.
    pub account: String,
    /// The Region named by the request's signature.
    pub region: String,
    /// The ARN of the user or role session.
    pub principal: String,
}

/// How a Region does.
#[derive(Clone, Copy, Debug, Default, PartialEq)]
pub enum Condition {
    /// Everything works.
    #[default]
    Healthy,
    /// A share of the requests and of the jobs fails.
    Degraded {
        /// The share that fails, 0.0 to 1.0.
        error_rate: f64,
    },
    /// Nothing in the Region answers or makes progress.
    Dark,
}

/// A user or role session behind an access key.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Principal {
    /// The twelve digits of the account it acts in.
    pub account: String,
    /// Its ARN.
    pub arn: String,
    /// The unique id that `GetCallerIdentity` gives as `UserId`.
    pub id: String,
}

/// A change that was applied, as the world itself counts it.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct Applied {
    /// The operation, as AWS names it.
    pub operation: String,
    /// The account in which it took effect.
    pub account: String,
    /// The Region in which it took effect.
    pub region: String,
    /// What was changed: an identifier, a record's name, an ARN.
    pub target: String,
}

/// One simulated account.
#[derive(Clone, Debug, Default)]
pub struct Account {
    /// The name people use for it.
    pub name: String,
    /// What it has in each Region.
    pub places: BTreeMap<String, Place>,
    /// Hosted zones by id, without `/hostedzone/`.
    pub zones: BTreeMap<String, Zone>,
    /// Route 53 health checks by id.
    pub health_checks: BTreeMap<String, HealthCheck>,
    /// Route 53 changes by id, without `/change/`.
    pub changes: BTreeMap<String, Change>,
    /// Aurora global clusters by identifier.
    pub globals: BTreeMap<String, GlobalCluster>,
    /// The names of the roles that may be assumed; empty means any.
    pub roles: Vec<String>,
}

/// What one account has in one Region.
#[derive(Clone, Debug, Default)]
pub struct Place {
    /// Database instances by identifier.
    pub instances: BTreeMap<String, Instance>,
    /// Aurora clusters by identifier.
    pub clusters: BTreeMap<String, Cluster>,
    /// Instance snapshots by identifier.
    pub snapshots: BTreeMap<String, Snapshot>,
    /// Cluster snapshots by identifier.
    pub cluster_snapshots: BTreeMap<String, ClusterSnapshot>,
    /// Automated backups, also those replicated from another Region.
    pub automated: Vec<AutomatedBackup>,
    /// RDS events, oldest first.
    pub events: Vec<RdsEvent>,
    /// Backup vaults by name.
    pub vaults: BTreeMap<String, Vault>,
    /// Recovery points, oldest first.
    pub points: Points,
    /// Backup, copy and restore jobs, oldest first.
    pub jobs: Jobs,
    /// Backup plans by id.
    pub plans: BTreeMap<String, BackupPlan>,
    /// Resources that AWS Backup protects, by ARN.
    pub protected: BTreeMap<String, Protected>,
    /// Alarms by name.
    pub alarms: BTreeMap<String, Alarm>,
    /// What happened to the alarms, oldest first.
    pub alarm_history: Vec<HistoryItem>,
    /// Metrics that were put, by series, oldest sample first.
    pub samples: BTreeMap<SeriesKey, Vec<Sample>>,
    /// Whatever else services hold there.
    pub shelves: Shelves,
}

/// The simulated AWS with everything in it.
#[derive(Clone, Debug)]
pub struct World {
    /// Divides the durations of jobs, changes and the story; at least 1.
    pub speed: u32,
    now: Timestamp,
    serial: u64,
    accounts: BTreeMap<String, Account>,
    conditions: BTreeMap<String, Vec<(Timestamp, Condition)>>,
    principals: BTreeMap<String, Principal>,
    sites: BTreeMap<String, Site>,
    story: VecDeque<(Timestamp, Effect)>,
    counts: BTreeMap<Applied, u32>,
}

impl World {
    /// An empty world at a moment.
    pub fn new(now: Timestamp) -> World {
        World {
            speed: 1,
            now,
            serial: 0,
            accounts: BTreeMap::new(),
            conditions: BTreeMap::new(),
            principals: BTreeMap::new(),
            sites: BTreeMap::new(),
            story: VecDeque::new(),
            counts: BTreeMap::new(),
        }
    }

    /// The moment up to which the world has moved.
    pub fn now(&self) -> Timestamp {
        self.now
    }

    /// Adds an account, or names one that is there already.
    pub fn add_account(&mut self, id: &str, name: &str) -> &mut Account {
        let account = self.accounts.entry(id.to_owned()).or_default();
        name.clone_into(&mut account.name);
        account
    }

    /// The ids of the accounts, in order.
    pub fn accounts(&self) -> impl Iterator<Item = &str> {
        self.accounts.keys().map(String::as_str)
    }

    /// The Regions in which any account has something or which have a
    /// condition, in order.
    pub fn regions(&self) -> Vec<&str> {
        let places =
            self.accounts.values().flat_map(|account| account.places.keys());
        let mut regions: Vec<&str> =
            places.chain(self.conditions.keys()).map(String::as_str).collect();
        regions.sort_unstable();
        regions.dedup();
        regions
    }

    /// An account, if it exists.
    pub fn account(&self, id: &str) -> Option<&Account> {
        self.accounts.get(id)
    }

    /// An account to change; made empty when new.
    pub fn account_mut(&mut self, id: &str) -> &mut Account {
        self.accounts.entry(id.to_owned()).or_default()
    }

    /// What an account has in a Region, if anything.
    pub fn place(&self, account: &str, region: &str) -> Option<&Place> {
        self.accounts.get(account)?.places.get(region)
    }

    /// What an account has in a Region, to change; made empty when new.
    pub fn place_mut(&mut self, account: &str, region: &str) -> &mut Place {
        self.account_mut(account).places.entry(region.to_owned()).or_default()
    }

    /// Every place with its account and Region.
    pub fn places(&self) -> impl Iterator<Item = (&str, &str, &Place)> {
        self.accounts.iter().flat_map(|(id, account)| {
            account.places.iter().map(move |(region, place)| {
                (id.as_str(), region.as_str(), place)
            })
        })
    }

    /// Lets an access key act as a principal.
    pub fn add_principal(&mut self, access_key: &str, principal: Principal) {
        self.principals.insert(access_key.to_owned(), principal);
    }

    /// Who signs with an access key, if it is known.
    pub fn principal(&self, access_key: &str) -> Option<&Principal> {
        self.principals.get(access_key)
    }

    /// The principal of an ARN, if an access key acts as it.
    pub fn principal_of(&self, arn: &str) -> Option<&Principal> {
        self.principals.values().find(|principal| principal.arn == arn)
    }

    /// How a Region does now. One that nobody named is healthy.
    pub fn condition(&self, region: &str) -> Condition {
        self.condition_at(region, self.now)
    }

    /// How a Region did at a moment.
    pub fn condition_at(&self, region: &str, at: Timestamp) -> Condition {
        let history = self.conditions.get(region);
        history
            .and_then(|history| history.iter().rfind(|(from, _)| *from <= at))
            .map(|(_, condition)| *condition)
            .unwrap_or_default()
    }

    /// Since when a Region has done as it did at a moment, if it ever changed.
    pub fn condition_since(
        &self,
        region: &str,
        at: Timestamp,
    ) -> Option<Timestamp> {
        let history = self.conditions.get(region)?;
        history.iter().rfind(|(from, _)| *from <= at).map(|(from, _)| *from)
    }

    /// True when nothing in the Region answers.
    pub fn is_dark(&self, region: &str) -> bool {
        self.condition(region) == Condition::Dark
    }

    /// Changes how a Region does from a moment on.
    pub fn set_condition(
        &mut self,
        region: &str,
        from: Timestamp,
        condition: Condition,
    ) {
        let history = self.conditions.entry(region.to_owned()).or_default();
        history.retain(|(at, _)| *at < from);
        history.push((from, condition));
    }

    /// How many times each change was applied, by what it changed.
    pub fn counts(&self) -> &BTreeMap<Applied, u32> {
        &self.counts
    }

    /// How many times an operation was applied, to whatever target.
    pub fn applied(&self, operation: &str) -> u32 {
        let of_it =
            self.counts.iter().filter(|(a, _)| a.operation == operation);
        of_it.map(|(_, count)| count).sum()
    }

    /// Counts a change that has just been applied.
    pub(crate) fn count(
        &mut self,
        operation: &str,
        caller: &Caller,
        target: &str,
    ) {
        let applied = Applied {
            operation: operation.to_owned(),
            account: caller.account.clone(),
            region: caller.region.clone(),
            target: target.to_owned(),
        };
        *self.counts.entry(applied).or_default() += 1;
    }

    /// How long something that takes `usual` takes in this world.
    pub fn takes(&self, usual: SignedDuration) -> SignedDuration {
        let speed = i64::from(self.speed.max(1));
        SignedDuration::from_millis(
            i64::try_from(usual.as_millis()).unwrap_or(i64::MAX) / speed,
        )
    }

    /// A new id in the form of a UUID; the same sequence in every world.
    pub(crate) fn fresh_uuid(&mut self) -> String {
        let h = self.fresh_hex();
        let (a, b, c) = (&h[..8], &h[8..12], &h[12..16]);
        format!("{a}-{b}-{c}-{}-{}", &h[16..20], &h[20..32])
    }

    /// A new id of upper-case letters and digits, at most 40 long.
    pub(crate) fn fresh_code(&mut self, prefix: &str, len: usize) -> String {
        let hex = self.fresh_hex().to_uppercase();
        format!("{prefix}{}", &hex[..len - prefix.len()])
    }

    fn fresh_hex(&mut self) -> String {
        self.serial += 1;
        hex(&format!("lifeboat-{}", self.serial))
    }
}

/// The 64 hexadecimal digits of a text's SHA-256.
pub(crate) fn hex(text: &str) -> String {
    const DIGITS: &[u8; 16] = b"0123456789abcdef";
    let digit = |four: u8| char::from(DIGITS[usize::from(four)]);
    let bytes = Sha256::digest(text.as_bytes());
    bytes.iter().flat_map(|b| [digit(b >> 4), digit(b & 15)]).collect()
}

/// Noise in 0.0 to 1.0 that depends on a name and a number only, so that the
/// same moment always measures the same.
pub(crate) fn noise(name: &str, at: i64) -> f64 {
    // FNV-1a, then a finaliser: metrics are asked for by the thousand.
    let mut hash = 0xcbf2_9ce4_8422_2325_u64;
    for byte in name.bytes().chain(at.to_le_bytes()) {
        hash = (hash ^ u64::from(byte)).wrapping_mul(0x0100_0000_01b3);
    }
    hash ^= hash >> 33;
    hash = hash.wrapping_mul(0xff51_afd7_ed55_8ccd);
    hash ^= hash >> 33;
    let small = u32::try_from(hash >> 32).expect("32 bits are left");
    f64::from(small) / f64::from(u32::MAX)
}
