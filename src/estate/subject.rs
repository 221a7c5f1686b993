//! Subjects: the protected resources with the copies each has, worked out
//! once for every change of the estate.
//!
//! Protected is what AWS Backup lists, what has or should have a backup,
//! continuous backups (also of deleted instances) and the sources of
//! replicas. A replica and a member of a cluster count with the database
//! they belong to and never by themselves.

mod global;
mod heir;
mod stores;
mod tagged;

use std::collections::{BTreeMap, HashMap, HashSet};

use jiff::Timestamp;

use super::ids::{Account, Arn, Region};
use super::objective::{Candidate, Demand, Rules, asks_for_backup};
use super::points::{Points, Stock};
use super::resource::{
    DbCluster, DbInstance, Job, JobKind, JobState, RecoveryPoint, ResourceType,
};
use super::{Estate, Placed, Source, What};
use global::{follow_globals, newest_globals};
use heir::{Bequest, bequests, heirs, inherited};
pub(super) use stores::By;

/// A protected resource.
#[derive(Clone, Debug)]
pub(super) struct Subject {
    pub(super) arn: Arn,
    pub(super) name: String,
    pub(super) kind: ResourceType,
    pub(super) account: Account,
    pub(super) region: Option<Region>,
    pub(super) demand: Demand,
    pub(super) copies: Vec<Held>,
    /// Newer points that their keys do not open, one a Region.
    pub(super) shut: Vec<Held>,
    pub(super) undated: Vec<Region>,
    pub(super) replicas: Vec<Replica>,
    pub(super) trouble: Option<Trouble>,
    pub(super) unencrypted: bool,
    /// The name of the database whose replica it was until it was promoted.
    pub(super) heir_of: Option<String>,
}

/// The newest usable copy of one resource in one Region.
#[derive(Clone, Debug)]
pub(super) struct Held {
    pub(super) account: Account,
    pub(super) region: Region,
    pub(super) data_time: Timestamp,
    pub(super) expires: Option<Timestamp>,
    /// The recovery point; none for the service's continuous backup.
    pub(super) point: Option<RecoveryPoint>,
    pub(super) what: What,
}

/// A replica of a database, a table, a file system or a bucket.
#[derive(Clone, Debug, PartialEq)]
pub(super) struct Replica {
    pub(super) account: Account,
    pub(super) region: Region,
    pub(super) id: String,
    /// Whether it stands on its own now.
    pub(super) promoted: bool,
    /// What tells how new its data are.
    pub(super) by: By,
}

/// The newest job about a resource that made or copied no backup.
#[derive(Clone, Debug)]
pub(super) struct Trouble {
    pub(super) kind: JobKind,
    pub(super) at: Timestamp,
    pub(super) message: Option<String>,
}

/// What is collected of a resource before its copies are looked up.
#[derive(Clone, Debug)]
struct Draft<'a> {
    kind: ResourceType,
    name: String,
    account: Account,
    regions: Vec<Region>,
    tags: Option<&'a BTreeMap<String, String>>,
    copies: Vec<Held>,
    replicas: Vec<Replica>,
    /// Regions with a copy of which nothing tells the data time.
    undated: Vec<Region>,
    /// Whether it is protected by more than hope.
    covered: bool,
    /// The database whose replica it was until it was promoted.
    heir_of: Option<Arn>,
}

type Drafts<'a> = BTreeMap<Arn, Draft<'a>>;

/// All protected resources of the estate. `home` is where the estate lives,
/// which tells the Region of what has none in its ARN.
pub(super) fn subjects(
    estate: &Estate,
    points: &Points,
    rules: &Rules,
    home: Option<&Region>,
) -> Vec<Subject> {
    let globals = newest_globals(estate);
    let secondaries: HashSet<&Arn> = globals
        .iter()
        .flat_map(|global| &global.members)
        .filter(|(_, writer)| !writer)
        .map(|(arn, _)| arn)
        .collect();
    let mut drafts = Drafts::new();
    instances(estate, &mut drafts);
    clusters(estate, &secondaries, &mut drafts);
    let mut dependent = dependents(estate, &secondaries);
    dependent.extend(stores::dependents(estate, home));
    stores::stores(estate, &dependent, &mut drafts);
    stores::syncs(estate, &mut drafts);
    stores::rules(estate, &mut drafts);
    listed(estate, &dependent, &mut drafts);
    stores::hosts(estate, points, &mut drafts);
    follow(estate, &mut drafts);
    heirs(estate, &mut drafts);
    follow_globals(&globals, &mut drafts);
    orphans(estate, points, &dependent, &mut drafts);
    tagged::take_in(estate, &dependent, &mut drafts);
    let troubles = troubles(estate);
    let bequests = bequests(&drafts, rules);
    drafts
        .into_iter()
        .filter_map(|(arn, draft)| {
            let trouble = troubles.get(&arn).copied();
            let bequest = bequests.get(&arn);
            finish(arn, draft, points, rules, home, trouble, bequest)
        })
        .collect()
}

impl Draft<'_> {
    fn new(kind: ResourceType, name: &str, account: &Account) -> Self {
        Draft {
            kind,
            name: name.to_owned(),
            account: account.clone(),
            regions: Vec::new(),
            tags: None,
            copies: Vec::new(),
            replicas: Vec::new(),
            undated: Vec::new(),
            covered: false,
            heir_of: None,
        }
    }

    /// Adds a continuous backup in a Region: it protects, and reaches up to
    /// `data_time`, as `what` tells.
    fn continuous(
        &mut self,
        account: &Account,
        region: &Region,
        data_time: Timestamp,
        what: What,
    ) {
        self.covered = true;
        self.copies.push(Held {
            account: account.clone(),
            region: region.clone(),
            data_time,
            expires: None,
            point: None,
            what,
        });
    }

    fn demand(&self, rules: &Rules) -> Demand {
        rules.demand(Candidate {
            account: &self.account,
            name: &self.name,
            kind: self.kind,
            tags: self.tags,
        })
    }
}

fn instances<'a>(estate: &'a Estate, drafts: &mut Drafts<'a>) {
    for Placed { account, region, item } in estate.all_instances() {
        if item.cluster.is_some() || item.replica_of.is_some() {
            continue;
        }
        let mut draft = Draft::new(ResourceType::Rds, &item.id, account);
        draft.regions.push(region.clone());
        draft.tags = Some(&item.tags);
        draft.covered = asks_for_backup(&item.tags);
        if let Some(data_time) = item.latest_restorable {
            draft.continuous(account, region, data_time, What::Instances);
        }
        drafts.insert(item.arn.clone(), draft);
    }
}

fn clusters<'a>(
    estate: &'a Estate,
    secondaries: &HashSet<&Arn>,
    drafts: &mut Drafts<'a>,
) {
    for Placed { account, region, item } in estate.clusters() {
        if secondaries.contains(&item.arn) {
            continue;
        }
        let DbCluster { id, arn, tags, latest_restorable, .. } = item;
        let mut draft = Draft::new(ResourceType::Aurora, id, account);
        draft.regions.push(region.clone());
        draft.tags = Some(tags);
        draft.covered = asks_for_backup(tags);
        if let Some(data_time) = *latest_restorable {
            draft.continuous(account, region, data_time, What::Clusters);
        }
        drafts.insert(arn.clone(), draft);
    }
}

/// Databases that count with another one.
fn dependents(estate: &Estate, secondaries: &HashSet<&Arn>) -> HashSet<Arn> {
    let instances = estate
        .all_instances()
        .filter(|placed| {
            placed.item.cluster.is_some() || placed.item.replica_of.is_some()
        })
        .map(|placed| placed.item.arn.clone());
    instances.chain(secondaries.iter().map(|arn| (*arn).clone())).collect()
}

/// What AWS Backup protects, and what has a continuous backup.
fn listed<'a>(
    estate: &'a Estate,
    dependent: &HashSet<Arn>,
    drafts: &mut Drafts<'a>,
) {
    for Placed { account, region, item } in estate.protected_resources() {
        if dependent.contains(&item.arn) {
            continue;
        }
        let name = item.name.as_deref().unwrap_or(item.arn.tail());
        let owner = item.arn.account();
        let draft = drafts.entry(item.arn.clone()).or_insert_with(|| {
            Draft::new(item.kind, name, owner.as_ref().unwrap_or(account))
        });
        draft.covered = true;
        draft.regions.push(region.clone());
    }
    for Placed { account, region, item } in estate.automated_backups() {
        if dependent.contains(&item.resource) {
            continue;
        }
        let draft = drafts.entry(item.resource.clone()).or_insert_with(|| {
            Draft::new(ResourceType::Rds, &item.instance, account)
        });
        draft.covered = true;
        if let Some(data_time) = item.latest
            && item.status != "creating"
        {
            let what = What::AutomatedBackups;
            draft.continuous(account, region, data_time, what);
        }
    }
}

/// Gives every RDS replica to its source, also one that was promoted since
/// the source was last seen.
fn follow<'a>(estate: &'a Estate, drafts: &mut Drafts<'a>) {
    for placed in estate.all_instances() {
        let Placed { account, region, item } = placed;
        if let Some(of) = &item.replica_of
            && item.cluster.is_none()
        {
            let source = source_arn(of, &item.arn);
            let draft = drafts.entry(source.clone()).or_insert_with(|| {
                let owner = source.account();
                let owner = owner.as_ref().unwrap_or(account);
                let mut draft =
                    Draft::new(ResourceType::Rds, source.tail(), owner);
                draft.tags = Some(&item.tags);
                draft
            });
            draft.covered = true;
            draft.replicas.push(replica(account, region, item, false));
        }
        for id in &item.replicas {
            let arn = source_arn(id, &item.arn);
            let promoted = estate.all_instances().find(|other| {
                other.item.arn == arn && other.item.replica_of.is_none()
            });
            if let (Some(other), Some(draft)) =
                (promoted, drafts.get_mut(&item.arn))
            {
                let replica =
                    replica(other.account, other.region, other.item, true);
                draft.replicas.push(replica);
                if let Some(heir) = drafts.get_mut(&other.item.arn) {
                    heir.heir_of = Some(item.arn.clone());
                }
            }
        }
    }
}

fn replica(
    account: &Account,
    region: &Region,
    instance: &DbInstance,
    promoted: bool,
) -> Replica {
    Replica {
        account: account.clone(),
        region: region.clone(),
        id: instance.id.clone(),
        promoted,
        by: By::Lag,
    }
}

/// The ARN of an instance that another one of the same account names by an
/// id (same Region) or by an ARN.
fn source_arn(named: &str, beside: &Arn) -> Arn {
    if named.starts_with("arn:") {
        return Arn::new(named);
    }
    let place = beside.rsplit_once(':').map_or("", |(place, _)| place);
    Arn::new(format!("{place}:{named}"))
}

/// Resources that only their recovery points tell of, because the Region
/// they live in was never seen: one may well want to restore them.
fn orphans<'a>(
    estate: &'a Estate,
    points: &'a Points,
    dependent: &HashSet<Arn>,
    drafts: &mut Drafts<'a>,
) {
    for arn in points.resources() {
        // A copied EBS snapshot whose original is gone names no volume.
        let nobody = arn.is_empty();
        if nobody || drafts.contains_key(arn) || dependent.contains(arn) {
            continue;
        }
        let Some(first) =
            points.held(arn).first().and_then(|at| points.point(*at))
        else {
            continue;
        };
        let account = arn.account().unwrap_or(first.account.clone());
        let home = arn.region().unwrap_or(first.region.clone());
        let list = Source::aws(&account, &home, What::Protected);
        if estate.found(&list).is_none() {
            let mut draft =
                Draft::new(first.item.kind(), arn.tail(), &account);
            draft.covered = true;
            drafts.insert(arn.clone(), draft);
        }
    }
}

fn troubles(estate: &Estate) -> HashMap<&Arn, &Job> {
    let mut newest: HashMap<(&Arn, JobKind), &Job> = HashMap::new();
    for placed in estate.jobs() {
        let job = placed.item;
        let counts = job.kind != JobKind::Restore
            && !matches!(job.state, JobState::Running | JobState::Unknown);
        if !counts {
            continue;
        }
        let held = newest.entry((&job.resource, job.kind)).or_insert(job);
        if held.created < job.created {
            *held = job;
        }
    }
    let mut troubles: HashMap<&Arn, &Job> = HashMap::new();
    for ((arn, _), job) in newest {
        if job.state == JobState::Completed {
            continue;
        }
        let held = troubles.entry(arn).or_insert(job);
        if held.created < job.created {
            *held = job;
        }
    }
    troubles
}

fn finish(
    arn: Arn,
    mut draft: Draft<'_>,
    points: &Points,
    rules: &Rules,
    home: Option<&Region>,
    trouble: Option<&Job>,
    bequest: Option<&Bequest>,
) -> Option<Subject> {
    let own = draft.demand(rules);
    let demand = match bequest {
        Some(left) => inherited(own, left),
        None => own,
    };
    let stocks: Vec<Stock<'_>> = points.stocks(&arn).collect();
    let wanted =
        draft.covered || !stocks.is_empty() || demand.objective.is_some();
    if !wanted {
        return None;
    }
    let mut undated = draft.undated;
    let mut unencrypted = false;
    let mut birth = None;
    let mut shut = Vec::new();
    for stock in stocks {
        unencrypted |= stock.unencrypted;
        if stock.original {
            birth = Some(stock.region);
        }
        if stock.undated {
            undated.push(stock.region.clone());
        }
        let held = |item| {
            let Stock { account, region, .. } = stock;
            held_point(Placed { account, region, item })
        };
        if let Some(held) = stock.newest.and_then(held) {
            keep_newest(&mut draft.copies, held);
        }
        if let Some(held) = stock.shut.and_then(held) {
            keep_newest(&mut shut, held);
        }
    }
    undated.sort_unstable();
    undated.dedup();
    let region = arn
        .region()
        .or_else(|| home.filter(|r| draft.regions.contains(r)).cloned())
        .or_else(|| birth.cloned())
        .or_else(|| draft.regions.first().cloned());
    Some(Subject {
        arn,
        name: draft.name,
        kind: draft.kind,
        account: draft.account,
        region,
        demand,
        copies: draft.copies,
        shut,
        undated,
        replicas: draft.replicas,
        trouble: trouble.map(|job| Trouble {
            kind: job.kind,
            at: job.ended.unwrap_or(job.created),
            message: job.message.clone(),
        }),
        unencrypted,
        heir_of: bequest.map(|(name, _)| name.clone()),
    })
}

/// A usable point whose data time is known, as a copy.
pub(super) fn held_point(placed: Placed<'_, RecoveryPoint>) -> Option<Held> {
    let point = placed.item;
    let what = match (point.vault(), point.kind()) {
        (Some(_), _) => What::Points,
        (None, ResourceType::Aurora) => What::ClusterSnapshots,
        (None, ResourceType::Ebs) => What::VolumeSnapshots,
        (None, ResourceType::Ec2) => What::HostImages,
        (None, ResourceType::Fsx) => What::ShareBackups,
        (None, ResourceType::DynamoDb) => What::TableBackups,
        (None, _) => What::Snapshots,
    };
    Some(Held {
        account: placed.account.clone(),
        region: placed.region.clone(),
        data_time: point.data_time()?,
        expires: point.expires(),
        point: Some(point.clone()),
        what,
    })
}

/// Keeps one copy a Region, the one with the newest data.
fn keep_newest(copies: &mut Vec<Held>, held: Held) {
    let same = copies
        .iter_mut()
        .find(|copy| copy.region == held.region && copy.point.is_some());
    match same {
        Some(copy) if copy.data_time < held.data_time => *copy = held,
        Some(_) => {}
        None => copies.push(held),
    }
}
