//! Checks of backup plans: what they cover, and where they copy to.

use std::collections::{BTreeMap, HashSet};

use super::{Check, Mistake, Scene, Severity, first_names};
use crate::estate::Placed;
use crate::estate::ids::{Account, Arn, Region};
use crate::estate::objective::asks_for_backup;
use crate::estate::part::Kind;
use crate::estate::part::backup::{BackupPlan, CopyTo, Selection};
use crate::estate::part::tags::Tagged;

pub(super) const CHECKS: &[Check] = &[
    Check {
        code: "unplanned",
        severity: Severity::Bad,
        system: "AWS Backup",
        doc: "Resources tagged Backup=Enabled that no plan selects",
        fix: "Add it to a selection, or take the tag away.",
        rests_on: &["backup/plans", "tagging/resources"],
        find: unplanned,
    },
    Check {
        code: "plan-idle",
        severity: Severity::Bad,
        system: "AWS Backup",
        doc: "Backup plans without a rule, or that select nothing",
        fix: "Give it its rules and selections back; ask who took them.",
        rests_on: &["backup/plans"],
        find: idle,
    },
    Check {
        code: "plan-no-copy",
        severity: Severity::Warn,
        system: "AWS Backup",
        doc: "Backup plans that copy nothing to another Region",
        fix: "Add a copy action to a vault in another Region.",
        rests_on: &["backup/plans"],
        find: no_copy,
    },
    Check {
        code: "not-opted-in",
        severity: Severity::Warn,
        system: "AWS Backup",
        doc: "Types tagged for backup that a Region is not opted in to",
        fix: "Opt the type in, or name its resources in a selection.",
        rests_on: &[
            "backup/region-settings",
            "backup/plans",
            "tagging/resources",
        ],
        find: not_opted_in,
    },
];

/// What AWS Backup calls the type of a resource that it can protect.
fn backup_type(arn: &str) -> Option<&'static str> {
    let mut fields = arn.splitn(6, ':');
    let service = fields.nth(2)?;
    let rest = fields.nth(2)?;
    let kind = rest.split([':', '/']).next()?;
    Some(match (service, kind) {
        ("rds", "db") => "RDS",
        ("rds", "cluster") => "Aurora",
        ("ec2", "volume") => "EBS",
        ("ec2", "instance") => "EC2",
        ("elasticfilesystem", "file-system") => "EFS",
        ("fsx", "file-system") => "FSx",
        ("dynamodb", "table") => "DynamoDB",
        ("s3", _) => "S3",
        _ => return None,
    })
}

/// Databases that have their data from another one: replicas, members of
/// clusters, and the followers in a global database.
fn followers<'a>(scene: &'a Scene<'_>) -> HashSet<&'a Arn> {
    let instances = scene.estate.all_instances().map(|db| db.item);
    let instances = instances
        .filter(|db| db.replica_of.is_some() || db.cluster.is_some())
        .map(|db| &db.arn);
    let global = scene.estate.global_clusters();
    let members = global.flat_map(|placed| &placed.item.members);
    let clusters = members.filter(|(_, writer)| !writer).map(|(arn, _)| arn);
    instances.chain(clusters).collect()
}

/// What asks for backup by its tags and could be given it.
fn asking<'a>(
    scene: &'a Scene<'_>,
) -> impl Iterator<Item = (Placed<'a, Tagged>, &'static str)> {
    let followers = followers(scene);
    let tagged = scene.estate.tagged();
    tagged.filter_map(move |placed| {
        let Tagged { arn, tags, .. } = placed.item;
        let kind = backup_type(arn)?;
        let own = !followers.contains(arn);
        (own && asks_for_backup(tags)).then_some((placed, kind))
    })
}

/// What the plans of a place select; none unless all of it is known.
fn selections<'a>(
    scene: &'a Scene<'_>,
    account: &Account,
    region: &Region,
) -> Option<Vec<&'a Selection>> {
    if !scene.saw(Kind::BackupPlan, account, region) {
        return None;
    }
    let mut all = Vec::new();
    for placed in scene.estate.backup_plans() {
        if placed.account == account && placed.region == region {
            // A plan without a rule backs nothing up.
            if !placed.item.rules.as_ref()?.is_empty() {
                all.extend(placed.item.selections.as_ref()?);
            }
        }
    }
    Some(all)
}

fn unplanned(scene: &Scene<'_>) -> Vec<Mistake> {
    let mut places: BTreeMap<_, Option<Vec<&Selection>>> = BTreeMap::new();
    let mut bare = Vec::new();
    let mut covered = HashSet::new();
    for (placed, kind) in asking(scene) {
        let place = (placed.account, placed.region);
        let known = places
            .entry(place)
            .or_insert_with(|| selections(scene, place.0, place.1));
        let Some(known) = known else { continue };
        let Tagged { arn, tags, .. } = placed.item;
        if known.iter().any(|selection| selection.covers(arn, tags)) {
            covered.insert(arn);
        } else {
            bare.push((placed, kind));
        }
    }
    let bare = bare
        .into_iter()
        .filter(|(placed, _)| !is_replica(scene, placed, &covered));
    bare.map(|(placed, kind)| {
        let arn = &placed.item.arn;
        let what = format!(
            "{kind} {} in {} is tagged for backup and no plan selects it",
            arn.tail(),
            placed.region
        );
        Mistake::of(arn, what).seen_at(&placed)
    })
    .collect()
}

/// Whether it is a replica of a global table that is backed up elsewhere:
/// one Region's backup holds the data of all.
fn is_replica(
    scene: &Scene<'_>,
    of: &Placed<'_, Tagged>,
    covered: &HashSet<&Arn>,
) -> bool {
    let name = of.item.arn.tail();
    scene.estate.tables().any(|table| {
        let item = table.item;
        table.account == of.account
            && item.arn.tail() == name
            && covered.contains(&item.arn)
            && item.replicas.iter().any(|r| r.region == *of.region)
    })
}

/// A mistake of each plan that some words can be said of.
fn of_plans(
    scene: &Scene<'_>,
    words: impl Fn(&Placed<'_, BackupPlan>) -> Option<&'static str>,
) -> Vec<Mistake> {
    let plans = scene.estate.backup_plans();
    plans
        .filter_map(|placed| {
            let (name, region) = (&placed.item.name, placed.region);
            let words = words(&placed)?;
            let what = format!("backup plan {name} in {region} {words}");
            let arn = Arn::new(&placed.item.arn);
            Some(Mistake::of(&arn, what).seen_at(&placed))
        })
        .collect()
}

fn idle(scene: &Scene<'_>) -> Vec<Mistake> {
    of_plans(scene, |placed| {
        let BackupPlan { rules, selections, .. } = placed.item;
        let none = (
            rules.as_ref().is_some_and(Vec::is_empty),
            selections.as_ref().is_some_and(Vec::is_empty),
        );
        match none {
            (true, _) => Some("has no rule"),
            (_, true) => Some("selects nothing"),
            (false, false) => None,
        }
    })
}

fn no_copy(scene: &Scene<'_>) -> Vec<Mistake> {
    of_plans(scene, |placed| {
        let rules = placed.item.rules.as_ref()?;
        let copies = rules.iter().flat_map(|rule| &rule.copies);
        let mut away = copies.filter_map(CopyTo::region);
        let goes = away.any(|region| region != *placed.region);
        (!rules.is_empty() && !goes)
            .then_some("copies nothing to another Region")
    })
}

/// Only where no selection names the resource itself: then opting in does
/// not matter.
fn not_opted_in(scene: &Scene<'_>) -> Vec<Mistake> {
    let mut found = Vec::new();
    for settings in scene.estate.opt_ins() {
        let (account, region) = (settings.account, settings.region);
        let Some(selections) = selections(scene, account, region) else {
            continue;
        };
        let mut off: BTreeMap<&str, Vec<&str>> = BTreeMap::new();
        for (placed, kind) in asking(scene) {
            let here = placed.account == account && placed.region == region;
            if !here || settings.item.types.get(kind) != Some(&false) {
                continue;
            }
            let Tagged { arn, tags, .. } = placed.item;
            let named = selections.iter().any(|selection| {
                !selection.by_tags_alone() && selection.covers(arn, tags)
            });
            if !named {
                off.entry(kind).or_default().push(arn.tail());
            }
        }
        for (kind, names) in off {
            let what = format!(
                "{kind} is not opted in to AWS Backup in {region} of \
                 {account}, where tags ask for backup of {}",
                first_names(names.into_iter())
            );
            found.push(Mistake::of_estate(what).seen_at(&settings));
        }
    }
    found
}
