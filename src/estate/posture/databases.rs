//! Checks of databases that recovery rests on.

use super::{Check, Mistake, Scene, Severity};
use crate::estate::resource::{DbInstance, ResourceType};
use crate::estate::standing::Standing;

pub(super) const CHECKS: &[Check] = &[
    Check {
        code: "single-zone",
        severity: Severity::Warn,
        system: "RDS",
        doc: "Gold databases without a standby in another zone",
        fix: "Turn on Multi-AZ.",
        rests_on: &["rds/instances"],
        find: single_zone,
    },
    Check {
        code: "deletable",
        severity: Severity::Warn,
        system: "RDS",
        doc: "Gold databases that can be deleted by one call",
        fix: "Turn on deletion protection.",
        rests_on: &["rds/instances"],
        find: deletable,
    },
];

/// Gold databases that answer of themselves.
fn gold<'a>(
    scene: &'a Scene<'_>,
) -> impl Iterator<Item = (&'a Standing, &'a DbInstance)> {
    let gold = scene.standings.iter().filter(|s| {
        s.kind == ResourceType::Rds && s.tier.as_deref() == Some("Gold")
    });
    gold.filter_map(|s| {
        let region = s.region.as_ref()?;
        let db = scene.estate.find_instance(&s.account, region, &s.name)?;
        Some((s, db))
    })
}

fn single_zone(scene: &Scene<'_>) -> Vec<Mistake> {
    let single = gold(scene).filter(|(_, db)| !db.multi_az);
    single
        .map(|(s, _)| {
            let what = format!("{} runs in a single zone", s.name);
            Mistake::of(&s.resource, what)
        })
        .collect()
}

fn deletable(scene: &Scene<'_>) -> Vec<Mistake> {
    let open = gold(scene).filter(|(_, db)| !db.deletion_protection);
    open.map(|(s, _)| {
        let what = format!("{} can be deleted by a call", s.name);
        Mistake::of(&s.resource, what)
    })
    .collect()
}
