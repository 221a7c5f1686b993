//! Volumes, buckets, file systems and tables as subjects, and the copies
//! that their own services keep of them in other Regions.

use std::collections::{BTreeMap, HashMap, HashSet};

use jiff::Timestamp;

use super::{Draft, Drafts, Replica};
use crate::estate::ids::{Account, Arn, Region};
use crate::estate::objective::asks_for_backup;
use crate::estate::part::dynamodb::Table;
use crate::estate::part::efs::FileSync;
use crate::estate::part::s3::{Bucket, Flow};
use crate::estate::part::{Kind, Part, Told};
use crate::estate::points::Points;
use crate::estate::resource::ResourceType;
use crate::estate::{Estate, Found, Placed, Source, What};

/// How one knows up to when a replica holds the writes.
#[derive(Clone, Debug, PartialEq)]
pub(in crate::estate) enum By {
    /// By the lag that CloudWatch tells of a database's replica.
    Lag,
    /// By the lag that CloudWatch tells of this S3 replication rule of this
    /// bucket.
    Rule {
        /// The bucket that is written to.
        bucket: String,
        /// The id of the rule.
        rule: String,
    },
    /// By the moment up to which all was copied.
    Synced {
        /// That moment.
        until: Timestamp,
        /// What tells it.
        told: Source,
    },
    /// It is as new as the newest look at the place that is written to
    /// which says that it follows: it does so within about a second.
    Active {
        /// That look.
        told: Source,
        /// The look at the replica itself.
        held: Source,
    },
}

/// Stores that count with another one: file systems that follow, and all
/// but one of the replicas of a global table.
pub(super) fn dependents(
    estate: &Estate,
    home: Option<&Region>,
) -> HashSet<Arn> {
    let followers: HashSet<(&Region, &str)> = estate
        .file_syncs()
        .map(|sync| (&sync.item.region, sync.item.to.as_str()))
        .collect();
    let systems = estate.file_systems().filter(|system| {
        followers.contains(&(system.region, system.item.arn.tail()))
    });
    let systems = systems.map(|system| system.item.arn.clone());
    let tables = estate.tables();
    let tables = tables.filter(|table| main(estate, *table, home).is_some());
    let tables = tables.map(|table| table.item.arn.clone());
    systems.chain(tables).collect()
}

/// The replica that stands for a global table, unless that is this one: the
/// one where the estate lives, else the first by Region.
fn main<'a>(
    estate: &'a Estate,
    table: Placed<'a, Table>,
    home: Option<&Region>,
) -> Option<Placed<'a, Table>> {
    if table.item.replicas.is_empty() {
        return None;
    }
    let peers = estate.tables().filter(|other| {
        other.account == table.account
            && other.item.arn.tail() == table.item.arn.tail()
            && !other.item.replicas.is_empty()
    });
    let first =
        peers.min_by_key(|peer| (Some(peer.region) != home, peer.region));
    first.filter(|first| first.region != table.region)
}

/// Everything that holds data beside the databases.
pub(super) fn stores<'a>(
    estate: &'a Estate,
    dependent: &HashSet<Arn>,
    drafts: &mut Drafts<'a>,
) {
    let tags = tags(estate);
    for placed in estate.volumes() {
        let item = placed.item;
        add(drafts, placed, ResourceType::Ebs, &item.arn, Some(&item.tags));
    }
    for placed in estate.file_systems() {
        let item = placed.item;
        if !dependent.contains(&item.arn) {
            let tags = Some(&item.tags);
            add(drafts, placed, ResourceType::Efs, &item.arn, tags);
        }
    }
    for placed in estate.shares() {
        let item = placed.item;
        add(drafts, placed, ResourceType::Fsx, &item.arn, Some(&item.tags));
    }
    for placed in estate.buckets() {
        let (item, arn) = (placed.item, Arn::new(&placed.item.arn));
        add(drafts, placed, ResourceType::S3, &arn, Some(&item.tags));
    }
    for placed in estate.tables() {
        let item = placed.item;
        if dependent.contains(&item.arn) {
            continue;
        }
        let tags = tags.get(&item.arn).copied();
        add(drafts, placed, ResourceType::DynamoDb, &item.arn, tags);
        if let Some(draft) = drafts.get_mut(&item.arn) {
            table(placed, draft);
        }
    }
}

/// The instances that there are images of. What runs without holding
/// anything is not protected, and needs not be.
pub(super) fn hosts<'a>(
    estate: &'a Estate,
    points: &Points,
    drafts: &mut Drafts<'a>,
) {
    for placed in estate.hosts() {
        let item = placed.item;
        let held = points.stocks(&item.arn).next().is_some();
        if held && !drafts.contains_key(&item.arn) {
            let tags = Some(&item.tags);
            add(drafts, placed, ResourceType::Ec2, &item.arn, tags);
        }
    }
}

/// Tags that are told beside the resources they stand at.
fn tags(estate: &Estate) -> HashMap<&Arn, &BTreeMap<String, String>> {
    let tagged = estate.tagged();
    tagged.map(|placed| (&placed.item.arn, &placed.item.tags)).collect()
}

fn add<'a, T: Told>(
    drafts: &mut Drafts<'a>,
    placed: Placed<'a, T>,
    kind: ResourceType,
    arn: &Arn,
    tags: Option<&'a BTreeMap<String, String>>,
) {
    let name = placed.item.name();
    let mut draft = Draft::new(kind, name, placed.account);
    draft.regions.push(placed.region.clone());
    draft.covered = tags.is_some_and(asks_for_backup);
    draft.tags = tags;
    drafts.insert(arn.clone(), draft);
}

/// The continuous backup of a table and its replicas.
fn table(placed: Placed<'_, Table>, draft: &mut Draft<'_>) {
    let Placed { account, region, item } = placed;
    let window = item.continuous.as_ref().filter(|window| window.on);
    if let Some(data_time) = window.and_then(|window| window.latest) {
        let what = What::Parts(Kind::Table);
        draft.continuous(account, region, data_time, what);
    }
    let told =
        |at: &Region| Source::aws(account, at, What::Parts(Kind::Table));
    for replica in &item.replicas {
        if replica.region == *region {
            continue;
        }
        draft.covered = true;
        // One that is not ACTIVE follows nothing: its data time is unknown.
        if replica.status != "ACTIVE" {
            draft.undated.push(replica.region.clone());
            continue;
        }
        draft.replicas.push(Replica {
            account: account.clone(),
            region: replica.region.clone(),
            id: format!("{} in {}", item.arn.tail(), replica.region),
            promoted: false,
            by: By::Active { told: told(region), held: told(&replica.region) },
        });
    }
}

/// Gives its followers to every file system.
pub(super) fn syncs(estate: &Estate, drafts: &mut Drafts<'_>) {
    let mut told: BTreeMap<(&Arn, &str), Placed<'_, FileSync>> =
        BTreeMap::new();
    for placed in estate.file_syncs() {
        let key = (&placed.item.source, placed.item.to.as_str());
        // The Region of the follower answers when the other one is down.
        let near = *placed.region == placed.item.region;
        if near || !told.contains_key(&key) {
            told.insert(key, placed);
        }
    }
    for ((source, to), placed) in told {
        let Placed { account, region, item } = placed;
        let draft = drafts.entry(source.clone()).or_insert_with(|| {
            let owner = source.account();
            let owner = owner.as_ref().unwrap_or(account);
            Draft::new(ResourceType::Efs, source.tail(), owner)
        });
        draft.covered = true;
        let Some(until) = item.synced else { continue };
        let told = Source::aws(account, region, What::Parts(Kind::FileSync));
        draft.replicas.push(Replica {
            account: item.account.clone().unwrap_or(account.clone()),
            region: item.region.clone(),
            id: to.to_owned(),
            promoted: false,
            by: By::Synced { until, told },
        });
    }
}

/// Gives the buckets that follow it to every bucket: by its rules, and by
/// what CloudWatch tells where the bucket's own Region was never seen.
pub(super) fn rules(estate: &Estate, drafts: &mut Drafts<'_>) {
    let places: HashMap<&str, Placed<'_, Bucket>> = estate
        .buckets()
        .map(|placed| (placed.item.name.as_str(), placed))
        .collect();
    for placed in places.values() {
        let arn = Arn::new(&placed.item.arn);
        let Some(draft) = drafts.get_mut(&arn) else { continue };
        for rule in placed.item.rules().filter(|rule| rule.is_whole()) {
            draft.covered = true;
            let of = |flow: &Placed<'_, Flow>| {
                let Flow { source, to, rule: id, .. } = flow.item;
                (source, to, id) == (&placed.item.name, &rule.to, &rule.id)
            };
            let flow = lagging(estate).find(of);
            let to = places.get(rule.to.as_str()).map(|to| to.region);
            match (flow, to) {
                (Some(flow), _) => draft.replicas.push(follower(flow)),
                // Without metrics nothing tells how far behind it is.
                (None, Some(region)) => draft.undated.push(region.clone()),
                (None, None) => {}
            }
        }
    }
    for flow in lagging(estate) {
        if places.contains_key(flow.item.source.as_str()) {
            continue;
        }
        let name = &flow.item.source;
        let arn = Arn::new(format!("arn:aws:s3:::{name}"));
        let draft = drafts.entry(arn).or_insert_with(|| {
            Draft::new(ResourceType::S3, name, flow.account)
        });
        draft.covered = true;
        // Whether the rule is about all objects only the bucket can tell.
        draft.undated.push(flow.region.clone());
    }
}

/// The rules of which readings of lag are known, where those are told.
fn lagging(estate: &Estate) -> impl Iterator<Item = Placed<'_, Flow>> {
    estate.flows().filter(|flow| !flow.item.lag.samples.is_empty())
}

fn follower(flow: Placed<'_, Flow>) -> Replica {
    Replica {
        account: flow.account.clone(),
        region: flow.region.clone(),
        id: flow.item.to.clone(),
        promoted: false,
        by: By::Rule {
            bucket: flow.item.source.clone(),
            rule: flow.item.rule.clone(),
        },
    }
}

impl Estate {
    /// What CloudWatch tells of a replication rule, in the Region of the
    /// bucket that follows.
    pub(in crate::estate) fn flow(
        &self,
        account: &Account,
        region: &Region,
        (bucket, rule): (&str, &str),
    ) -> Option<&Flow> {
        let what = What::Parts(Kind::Flow);
        let known = self.found(&Source::aws(account, region, what))?;
        let Found::Parts(parts) = known else { return None };
        let mut flows = parts.iter().filter_map(|part| match part {
            Part::Flow(flow) => Some(flow),
            _ => None,
        });
        flows.find(|flow| flow.source == bucket && flow.rule == rule)
    }

    /// When any service of a Region last answered.
    pub(in crate::estate) fn answered(
        &self,
        region: &Region,
    ) -> Option<Timestamp> {
        let of = self
            .sources()
            .filter(|(source, _)| source.region() == Some(region));
        of.filter_map(|(_, known)| known.seen).map(|(_, ended)| ended).max()
    }
}

#[cfg(test)]
mod tests;
