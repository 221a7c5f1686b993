//! Checks by what AWS itself watches: Config, Health and CloudTrail.

use std::collections::BTreeMap;

use super::{Check, Mistake, Scene, Severity, first_names};
use crate::estate::Placed;
use crate::estate::ids::{Account, Arn, Region};
use crate::estate::part::Kind;
use crate::estate::part::cloudtrail::{Deed, Trail};
use crate::estate::part::config::{Compliance, stateful, stateful_arn};

pub(super) const CHECKS: &[Check] = &[
    Check {
        code: "attack-like",
        severity: Severity::Bad,
        system: "CloudTrail",
        doc: "Calls of the last 24 hours that took backups away",
        fix: "Ask who made it; if nobody did: cut that access off at once.",
        rests_on: &["cloudtrail/deeds"],
        find: |scene| attacks(scene, false),
    },
    Check {
        code: "attack-refused",
        severity: Severity::Warn,
        system: "CloudTrail",
        doc: "Refused calls that would have taken backups away",
        fix: "Ask who tried it, and why.",
        rests_on: &["cloudtrail/deeds"],
        find: |scene| attacks(scene, true),
    },
    Check {
        code: "trail-off",
        severity: Severity::Bad,
        system: "CloudTrail",
        doc: "Regions in which no trail logs",
        fix: "Start logging, best by a trail for all Regions.",
        rests_on: &["cloudtrail/trails"],
        find: trail_off,
    },
    Check {
        code: "health-open",
        severity: Severity::Bad,
        system: "AWS Health",
        doc: "Issues that AWS itself has opened",
        fix: "Compare it with our own probes before acting on it.",
        rests_on: &["health/events"],
        find: health_open,
    },
    Check {
        code: "health-planned",
        severity: Severity::Warn,
        system: "AWS Health",
        doc: "Changes that AWS plans on resources of ours",
        fix: "Plan for it, or move it to a better time.",
        rests_on: &["health/events"],
        find: health_planned,
    },
    Check {
        code: "config-noncompliant",
        severity: Severity::Warn,
        system: "Config",
        doc: "Resources that do not comply with a rule about backups",
        fix: "Put the resource into a backup plan, or mend its settings.",
        rests_on: &["config/rules"],
        find: noncompliant,
    },
    Check {
        code: "config-off",
        severity: Severity::Warn,
        system: "Config",
        doc: "Regions in which AWS Config records nothing",
        fix: "Start its recorder: without it, no rule sees anything.",
        rests_on: &["config/recorder"],
        find: config_off,
    },
    Check {
        code: "unwatched",
        severity: Severity::Warn,
        system: "Config",
        doc: "Resources that hold data and that nothing here watches",
        fix: "Find out how each of them would come back, and note it.",
        rests_on: &["config/counts", "tagging/resources"],
        find: unwatched,
    },
];

/// One line for each actor, call and place, however many there are.
fn attacks(scene: &Scene<'_>, refused: bool) -> Vec<Mistake> {
    let mut groups: BTreeMap<_, Vec<Placed<'_, Deed>>> = BTreeMap::new();
    for placed in scene.estate.deeds() {
        let Deed { actor, call, .. } = placed.item;
        // A plan is changed by many: it tells of who weakened one.
        let counts = refused || call != "UpdateBackupPlan";
        if counts && placed.item.refused.is_some() == refused {
            let group = (actor, call, placed.account, placed.region);
            groups.entry(group).or_default().push(placed);
        }
    }
    let groups = groups.into_values();
    groups
        .filter_map(|deeds| {
            let newest = deeds.iter().max_by_key(|placed| placed.item.at)?;
            let place = format!("{} of {}", newest.region, newest.account);
            let sentence = newest.item.sentence();
            let what = match deeds.len() {
                1 => format!("in {place}: {sentence}"),
                more => format!("in {place}: {more} times {sentence}"),
            };
            Some(Mistake::of_estate(what).seen_at(newest))
        })
        .collect()
}

/// The places where a kind was seen whole.
fn seen<'a>(
    scene: &'a Scene<'_>,
    kind: Kind,
) -> impl Iterator<Item = (&'a Account, &'a Region)> {
    let accounts = scene.estate.accounts().into_iter();
    accounts
        .flat_map(|account| {
            let regions = scene.estate.regions().into_iter();
            regions.map(move |region| (account, region))
        })
        .filter(move |(account, region)| scene.saw(kind, account, region))
}

fn trail_off(scene: &Scene<'_>) -> Vec<Mistake> {
    let mut found = Vec::new();
    for (account, region) in seen(scene, Kind::Trail) {
        let there = scene.estate.trails();
        let there: Vec<&Trail> = there
            .filter(|t| t.account == account && t.region == region)
            .map(|placed| placed.item)
            .collect();
        // One that logs is enough; one that does not tell might be it.
        if there.iter().any(|trail| trail.logging != Some(false)) {
            continue;
        }
        let names = first_names(there.iter().map(|t| t.name.as_str()));
        let what = match there.as_slice() {
            [] => format!("no trail logs {region} of {account}"),
            _ => format!(
                "nothing logs {region} of {account}: {names} is stopped"
            ),
        };
        let place = (account.clone(), region.clone());
        let mistake = Mistake::of_estate(what);
        found.push(Mistake { place: Some(place), ..mistake });
    }
    found
}

fn health_open(scene: &Scene<'_>) -> Vec<Mistake> {
    let regions = scene.estate.regions();
    let open = scene.estate.health_events().filter(|placed| {
        let at = placed.item.region.as_str();
        placed.item.is_open_issue()
            && (at == "global" || regions.iter().any(|r| r.as_str() == at))
    });
    open.map(|placed| {
        let event = placed.item;
        let since =
            event.started.map(|at| at.strftime(", since %F %H:%M UTC"));
        let what = format!(
            "AWS has an open issue in {}: {}{}",
            event.region,
            event.code,
            since.map(|s| s.to_string()).unwrap_or_default()
        );
        Mistake::of_estate(what).seen_at(&placed)
    })
    .collect()
}

fn health_planned(scene: &Scene<'_>) -> Vec<Mistake> {
    let planned = scene.estate.health_events();
    planned
        .filter_map(|placed| {
            let event = placed.item;
            let affected = event.affected.as_ref()?;
            if event.category != "scheduledChange" || affected.is_empty() {
                return None;
            }
            let names = first_names(affected.iter().map(String::as_str));
            let at = event.started.map(|at| at.strftime(" on %F").to_string());
            let what = format!(
                "{} of {names} in {}{}",
                event.code,
                event.region,
                at.unwrap_or_default()
            );
            Some(Mistake::of_estate(what).seen_at(&placed))
        })
        .collect()
}

fn noncompliant(scene: &Scene<'_>) -> Vec<Mistake> {
    let rules = scene.estate.config_rules().filter(|placed| {
        placed.item.compliance == Some(Compliance::NonCompliant)
    });
    rules
        .map(|placed| {
            let rule = placed.item;
            let names = match rule.offenders.as_deref() {
                None | Some([]) => "which was not told".to_owned(),
                Some(all) => first_names(all.iter().map(String::as_str)),
            };
            let what = format!(
                "rule {} in {} is not met by {names}",
                rule.name, placed.region
            );
            Mistake::of(&Arn::new(&*rule.arn), what).seen_at(&placed)
        })
        .collect()
}

fn config_off(scene: &Scene<'_>) -> Vec<Mistake> {
    let mut found = Vec::new();
    for (account, region) in seen(scene, Kind::Recorder) {
        let mut there = scene.estate.recorders().filter(|placed| {
            placed.account == account && placed.region == region
        });
        if there.any(|placed| placed.item.recording != Some(false)) {
            continue;
        }
        let what =
            format!("AWS Config records nothing in {region} of {account}");
        let place = (account.clone(), region.clone());
        let mistake = Mistake::of_estate(what);
        found.push(Mistake { place: Some(place), ..mistake });
    }
    found
}

/// Counted by AWS Config, and by tagged ARNs where it does not record.
fn unwatched(scene: &Scene<'_>) -> Vec<Mistake> {
    type Counts = BTreeMap<&'static str, i64>;
    let mut places: BTreeMap<(&Account, &Region), [Counts; 2]> =
        BTreeMap::new();
    let estate = scene.estate;
    for placed in estate.counted() {
        let Some(words) = stateful(&placed.item.of) else { continue };
        let counts =
            places.entry((placed.account, placed.region)).or_default();
        counts[0].insert(words, placed.item.count);
    }
    for placed in estate.tagged() {
        let of = stateful_arn(&placed.item.arn).and_then(stateful);
        let Some(words) = of else { continue };
        let counts =
            places.entry((placed.account, placed.region)).or_default();
        *counts[1].entry(words).or_default() += 1;
    }
    let places = places.into_iter();
    places
        .map(|((account, region), [counted, tagged])| {
            let mut most = counted;
            for (words, count) in tagged {
                let known = most.entry(words).or_default();
                *known = count.max(*known);
            }
            let all: Vec<_> =
                most.iter().map(|(of, n)| format!("{n} {of}")).collect();
            let what = format!(
                "not watched in {region} of {account}: {}",
                all.join(", ")
            );
            let place = (account.clone(), region.clone());
            let mistake = Mistake::of_estate(what);
            Mistake { place: Some(place), ..mistake }
        })
        .collect()
}
