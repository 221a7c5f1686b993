//! Checks of file systems and their replication.

use std::collections::{BTreeMap, HashMap};

use super::{Check, Mistake, Scene, Severity};
use crate::estate::Placed;
use crate::estate::ids::Arn;
use crate::estate::part::Told;
use crate::estate::part::efs::FileSync;
use crate::estate::span::Span;
use crate::estate::standing::Standing;

pub(super) const CHECKS: &[Check] = &[
    Check {
        code: "efs-stopped",
        severity: Severity::Bad,
        system: "EFS",
        doc: "Replications of file systems that do not go on",
        fix: "Mend what EFS names; until then the copy only gets older.",
        rests_on: &["efs/replications"],
        find: stopped,
    },
    Check {
        code: "efs-behind",
        severity: Severity::Bad,
        system: "EFS",
        doc: "Replications of file systems further behind than the RPO",
        fix: "EFS syncs every 15 minutes or so: ask for less, or add to it.",
        rests_on: &["efs/replications"],
        find: behind,
    },
    Check {
        code: "fsx-unbacked",
        severity: Severity::Bad,
        system: "FSx",
        doc: "FSx file systems that nothing backs up",
        fix: "Turn on its automatic backups, or add it to a backup plan.",
        rests_on: &["fsx/file-systems", "fsx/backups", "backup/points"],
        find: unbacked,
    },
];

/// The standings by their resource.
fn by_resource<'a>(scene: &Scene<'a>) -> HashMap<&'a Arn, &'a Standing> {
    scene.standings.iter().map(|s| (&s.resource, s)).collect()
}

/// Each replication once, as the newer of its two Regions tells it.
fn syncs<'a>(scene: &Scene<'a>) -> Vec<Placed<'a, FileSync>> {
    let mut newest: BTreeMap<(&Arn, &str), Placed<'a, FileSync>> =
        BTreeMap::new();
    for placed in scene.estate.file_syncs() {
        let key = (&placed.item.source, placed.item.to.as_str());
        let held = newest.entry(key).or_insert(placed);
        if held.item.synced < placed.item.synced {
            *held = placed;
        }
    }
    newest.into_values().collect()
}

fn name(scene: &Scene<'_>, of: &Arn) -> String {
    let mut systems = scene.estate.file_systems();
    let found = systems.find(|placed| placed.item.arn == *of);
    found.map_or(of.tail(), |placed| placed.item.name()).to_owned()
}

fn stopped(scene: &Scene<'_>) -> Vec<Mistake> {
    let stopped = syncs(scene).into_iter().filter(|sync| {
        let passing = ["ENABLED", "ENABLING", "DELETING"];
        !passing.contains(&sync.item.status.as_str())
    });
    stopped
        .map(|placed| {
            let sync = placed.item;
            let why = sync.message.as_deref();
            let why = why.map_or_else(String::new, |why| format!(": {why}"));
            let what = format!(
                "replication of {} to {} is in {}{why}",
                name(scene, &sync.source),
                sync.region,
                sync.status,
            );
            Mistake::of(&sync.source, what).seen_at(&placed)
        })
        .collect()
}

fn behind(scene: &Scene<'_>) -> Vec<Mistake> {
    let standings = by_resource(scene);
    let behind = syncs(scene).into_iter().filter_map(|placed| {
        let sync = placed.item;
        let standing = standings.get(&sync.source)?;
        let rpo = standing.rpo?;
        let lag = scene.now.duration_since(sync.synced?);
        (sync.runs() && lag > rpo).then(|| {
            let what = format!(
                "replication of {} to {} is {} behind, its RPO is {}",
                standing.name,
                sync.region,
                Span(lag),
                Span(rpo),
            );
            Mistake::of(&sync.source, what).seen_at(&placed)
        })
    });
    behind.collect()
}

/// Only what asks for recovery: a scratch file system is meant to be lost.
fn unbacked(scene: &Scene<'_>) -> Vec<Mistake> {
    let standings = by_resource(scene);
    let bare = scene.estate.shares().filter_map(|placed| {
        let share = placed.item;
        let standing = standings.get(&share.arn)?;
        let bare = standing.copies.is_empty() && standing.tier.is_some();
        (share.retention_days == Some(0) && bare).then(|| {
            let what = format!(
                "{} in {} has its automatic backups off, and no other backup",
                share.name(),
                placed.region
            );
            Mistake::of(&share.arn, what).seen_at(&placed)
        })
    });
    bare.collect()
}
