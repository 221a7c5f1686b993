//! Checks of DynamoDB tables: continuous backups, replicas.

use std::collections::HashMap;

use super::{Check, Mistake, Scene, Severity};
use crate::estate::ids::Arn;

pub(super) const CHECKS: &[Check] = &[
    Check {
        code: "replica-stopped",
        severity: Severity::Bad,
        system: "DynamoDB",
        doc: "Replicas of global tables that follow no more",
        fix: "Give the replica its key or right back, or make it anew.",
        rests_on: &["dynamodb/tables"],
        find: replica_stopped,
    },
    Check {
        code: "pitr-off",
        severity: Severity::Bad,
        system: "DynamoDB",
        doc: "Tables with a tier and without continuous backup",
        fix: "Turn on point-in-time recovery.",
        rests_on: &["dynamodb/tables"],
        find: pitr_off,
    },
];

fn pitr_off(scene: &Scene<'_>) -> Vec<Mistake> {
    let tiers: HashMap<&Arn, &str> = scene
        .standings
        .iter()
        .filter_map(|s| Some((&s.resource, s.tier.as_deref()?)))
        .collect();
    let off = scene.estate.tables().filter_map(|placed| {
        let table = placed.item;
        let tier = tiers.get(&table.arn)?;
        let off = table.continuous.as_ref().is_some_and(|window| !window.on);
        off.then(|| {
            let what = format!(
                "{tier} table {} has no continuous backup",
                table.arn.tail()
            );
            Mistake::of(&table.arn, what).seen_at(&placed)
        })
    });
    off.collect()
}

/// One that is being made or changed follows, or will.
// https://docs.aws.amazon.com/amazondynamodb/latest/APIReference/API_ReplicaDescription.html
const FOLLOWING: [&str; 3] = ["ACTIVE", "CREATING", "UPDATING"];

fn replica_stopped(scene: &Scene<'_>) -> Vec<Mistake> {
    let mut mistakes = Vec::new();
    for placed in scene.estate.tables() {
        let table = placed.item;
        let replicas = table.replicas.iter();
        let stopped =
            replicas.filter(|r| !FOLLOWING.contains(&r.status.as_str()));
        mistakes.extend(stopped.map(|replica| {
            let what = format!(
                "replica of {} in {} is {}",
                table.arn.tail(),
                replica.region,
                replica.status,
            );
            Mistake::of(&table.arn, what).seen_at(&placed)
        }));
    }
    mistakes
}
