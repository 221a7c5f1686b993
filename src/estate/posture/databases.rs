//! Checks of databases that recovery rests on.

use std::collections::BTreeMap;

use super::{Check, Mistake, Scene, Severity, first_names};
use crate::estate::ids::Arn;
use crate::estate::resource::{DbInstance, ResourceType};
use crate::estate::standing::{Standing, State};
use crate::estate::{Placed, Source, What};

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
    Check {
        code: "replica-lesser",
        severity: Severity::Warn,
        system: "RDS",
        doc: "Replicas to be promoted that are less than their source",
        fix: "Give the replica what it will need once it is the primary.",
        rests_on: &["rds/instances"],
        find: lesser,
    },
    Check {
        code: "backups-stay",
        severity: Severity::Warn,
        system: "RDS",
        doc: "Databases outside their RPO whose automated backups stay home",
        fix: "Replicate their automated backups to the recovery Region.",
        rests_on: &["rds/instances", "rds/automated-backups"],
        find: backups_stay,
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

/// Replicas in the Region one would recover in, each with its source.
fn replicas<'a>(
    scene: &Scene<'a>,
) -> Vec<(Placed<'a, DbInstance>, &'a DbInstance)> {
    let estate = scene.estate;
    let all: BTreeMap<&Arn, &DbInstance> =
        estate.all_instances().map(|db| (&db.item.arn, db.item)).collect();
    let here = estate.all_instances().filter(|db| {
        Some(db.region) == scene.target && db.item.replica_of.is_some()
    });
    here.filter_map(|db| {
        // Across Regions the source is named by its ARN.
        let source = Arn::new(db.item.replica_of.as_deref()?);
        Some((db, *all.get(&source)?))
    })
    .collect()
}

/// Promotion changes neither: both would have to be mended in the outage,
/// and there is no way back in time before the first backup has ended.
// https://docs.aws.amazon.com/AmazonRDS/latest/UserGuide/USER_ReadRepl.Promote.html
fn lesser(scene: &Scene<'_>) -> Vec<Mistake> {
    let lesser = replicas(scene).into_iter().filter_map(|(db, source)| {
        let (replica, mut lacks) = (db.item, Vec::new());
        if replica.class != source.class {
            lacks.push(format!("is {}, not {}", replica.class, source.class));
        }
        if source.multi_az && !replica.multi_az {
            lacks.push("runs in a single zone".to_owned());
        }
        let none = replica.backup_retention_days == 0;
        if none && source.backup_retention_days > 0 {
            lacks.push("keeps no automated backups".to_owned());
        }
        let what = format!(
            "replica {} in {} {}, unlike {}",
            replica.id,
            db.region,
            lacks.join(" and "),
            source.id
        );
        (!lacks.is_empty())
            .then(|| Mistake::of(&replica.arn, what).seen_at(&db))
    });
    lesser.collect()
}

/// One line an account: point-in-time recovery elsewhere would meet what
/// their snapshots do not.
fn backups_stay(scene: &Scene<'_>) -> Vec<Mistake> {
    let Some(target) = scene.target else { return Vec::new() };
    let away = scene.estate.automated_backups();
    let away: Vec<&Arn> = away
        .filter(|backup| backup.region == target)
        .map(|backup| &backup.item.resource)
        .collect();
    let mut accounts: BTreeMap<_, Vec<&str>> = BTreeMap::new();
    for s in scene.standings {
        let home = s.region.as_ref().filter(|home| *home != target);
        let looked = Source::aws(&s.account, target, What::AutomatedBackups);
        if scene.estate.found(&looked).is_none() {
            continue;
        }
        if s.kind == ResourceType::Rds
            && s.state == State::Outside
            && s.recover_in.as_ref() == Some(target)
            && !away.contains(&&s.resource)
            && let Some(home) = home
        {
            accounts.entry((&s.account, home)).or_default().push(&s.name);
        }
    }
    let stay = accounts.into_iter().map(|((account, home), names)| {
        let what = format!(
            "automated backups of {} stay in {home}",
            first_names(names.into_iter())
        );
        let place = Some((account.clone(), home.clone()));
        Mistake { place, ..Mistake::of_estate(what) }
    });
    stay.collect()
}
