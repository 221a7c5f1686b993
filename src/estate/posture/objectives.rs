//! Checks of what is demanded, and whether it is met.

use std::collections::HashMap;

use super::{Check, Mistake, Scene, Severity};
use crate::estate::ids::Arn;
use crate::estate::objective::asks_for_backup;
use crate::estate::standing::{Standing, State};

pub(super) const CHECKS: &[Check] = &[
    Check {
        code: "misses-rpo",
        severity: Severity::Bad,
        system: "Objectives",
        doc: "Backups that lose more than the RPO allows",
        fix: "Back up more often, or follow it with a replica.",
        rests_on: &["backup/points", "rds/instances"],
        find: misses_rpo,
    },
    Check {
        code: "tagged-unprotected",
        severity: Severity::Bad,
        system: "Tags",
        doc: "Resources tagged for backup that have no recovery point at all",
        fix: "Add it to a backup plan, or take the tag away.",
        rests_on: &["tagging/resources", "backup/points"],
        find: tagged_unprotected,
    },
    Check {
        code: "no-objective",
        severity: Severity::Warn,
        system: "Objectives",
        doc: "Protected resources of which nothing is demanded",
        fix: "Tag it DR_Tier, or add an [[objective]] to the config.",
        rests_on: &["tagging/resources"],
        find: no_objective,
    },
    Check {
        code: "odd-tag",
        severity: Severity::Warn,
        system: "Tags",
        doc: "Tags for the tier that are spelt oddly or name none",
        fix: "Write DR_Tier = Gold, Silver or Bronze.",
        rests_on: &["tagging/resources"],
        find: odd_tag,
    },
];

fn misses_rpo(scene: &Scene<'_>) -> Vec<Mistake> {
    let outside = scene.standings.iter();
    let outside = outside.filter(|s| s.state == State::Outside);
    outside
        .map(|s| {
            let what = format!("{} is outside its RPO: {}", s.name, s.why);
            Mistake::of(&s.resource, what)
        })
        .collect()
}

fn tagged_unprotected(scene: &Scene<'_>) -> Vec<Mistake> {
    let bare: HashMap<&Arn, &Standing> = scene
        .standings
        .iter()
        .filter(|s| s.copies.is_empty() && s.freshness.is_live())
        .map(|s| (&s.resource, s))
        .collect();
    let tagged = scene.estate.tagged();
    let tagged = tagged.filter(|t| asks_for_backup(&t.item.tags));
    tagged
        .filter_map(|placed| {
            let standing = bare.get(&placed.item.arn)?;
            let what = format!(
                "{} is tagged for backup and has no recovery point",
                standing.name
            );
            Some(Mistake::of(&standing.resource, what).seen_at(&placed))
        })
        .collect()
}

/// One line for all of them: an estate with other tags is no red wall.
fn no_objective(scene: &Scene<'_>) -> Vec<Mistake> {
    let none = |s: &&Standing| s.state == State::NoObjective;
    let names: Vec<_> =
        scene.standings.iter().filter(none).map(|s| &*s.name).collect();
    match names.as_slice() {
        [] => Vec::new(),
        [name] => {
            vec![Mistake::of_estate(format!(
                "{name} has no tier: nothing is demanded of it"
            ))]
        }
        [first, second, rest @ ..] => {
            let more = match rest.len() {
                0 => String::new(),
                more => format!(" and {more} more"),
            };
            vec![Mistake::of_estate(format!(
                "nothing is demanded of {first}, {second}{more}"
            ))]
        }
    }
}

fn odd_tag(scene: &Scene<'_>) -> Vec<Mistake> {
    let odd = scene.standings.iter().filter_map(|s| {
        let notice = s.notice.as_ref()?;
        Some(Mistake::of(&s.resource, format!("{}: {notice}", s.name)))
    });
    odd.collect()
}
