//! Checks of backups, their copies and the vaults that hold them.

use std::cmp::Reverse;
use std::collections::BTreeMap;

use super::{Check, LATELY, Mistake, Scene, Severity};
use crate::estate::ids::Arn;
use crate::estate::resource::{Job, JobKind, JobState};
use crate::estate::span::Span;
use crate::estate::standing::Standing;
use crate::estate::vanished::Gone;
use crate::estate::{Placed, Vanished};

pub(super) const CHECKS: &[Check] = &[
    Check {
        code: "one-region",
        severity: Severity::Bad,
        system: "AWS Backup",
        doc: "Resources with all their copies in the Region they live in",
        fix: "Add a copy action to another Region to its backup plan.",
        rests_on: &["backup/points"],
        find: one_region,
    },
    Check {
        code: "copy-failed",
        severity: Severity::Bad,
        system: "AWS Backup",
        doc: "Copy jobs that failed in the last 24 hours",
        fix: "Read the message; grant the backup role what it lacks.",
        rests_on: &["backup/copy-jobs"],
        find: |scene| failed(scene, JobKind::Copy),
    },
    Check {
        code: "vanished",
        severity: Severity::Bad,
        system: "AWS Backup",
        doc: "Recovery points, vaults and plans gone before their time",
        fix: "Find in CloudTrail who deleted them; lock the vault.",
        rests_on: &["backup/points"],
        find: vanished,
    },
    Check {
        code: "backup-failed",
        severity: Severity::Warn,
        system: "AWS Backup",
        doc: "Backup jobs that failed in the last 24 hours",
        fix: "Read the message; the next run may mend it.",
        rests_on: &["backup/jobs"],
        find: |scene| failed(scene, JobKind::Backup),
    },
    Check {
        code: "never-restored",
        severity: Severity::Warn,
        system: "AWS Backup",
        doc: "An estate in which no restore was seen",
        fix: "Drill one: a restore never tried is a theory.",
        rests_on: &["backup/restore-jobs"],
        find: never_restored,
    },
    Check {
        code: "vault-open",
        severity: Severity::Warn,
        system: "AWS Backup",
        doc: "Vaults whose recovery points can be deleted by hand",
        fix: "Put a vault lock on it.",
        rests_on: &["backup/vaults"],
        find: vault_open,
    },
    Check {
        code: "unencrypted",
        severity: Severity::Warn,
        system: "KMS",
        doc: "Resources with recovery points that are not encrypted",
        fix: "Copy them with a KMS key and back up encrypted from now on.",
        rests_on: &["backup/points"],
        find: unencrypted,
    },
];

fn one_region(scene: &Scene<'_>) -> Vec<Mistake> {
    if scene.target.is_none() {
        return Vec::new();
    }
    let alone = |s: &Standing| {
        !s.copies.is_empty()
            && s.region.is_some()
            && s.copies.iter().all(|c| Some(&c.region) == s.region.as_ref())
            && s.recover_in != s.region
            && s.freshness.is_live()
    };
    scene.say(alone, "has all its copies in the Region it lives in")
}

/// One line for each resource, Region and reason: a plan that fails every
/// hour says so once.
fn failed(scene: &Scene<'_>, kind: JobKind) -> Vec<Mistake> {
    let mut groups: BTreeMap<_, Vec<Placed<'_, Job>>> = BTreeMap::new();
    for placed in scene.estate.jobs() {
        let job = placed.item;
        let since = scene.now.duration_since(job.created);
        if job.kind == kind && job.state == JobState::Failed && since <= LATELY
        {
            let said = job.message.as_deref();
            let said = said.unwrap_or("no reason told");
            let group = (&job.resource, placed.account, placed.region, said);
            groups.entry(group).or_default().push(placed);
        }
    }
    let mut lines: Vec<_> = groups
        .into_iter()
        .filter_map(|((of, _, _, said), all)| {
            let last = all.iter().max_by_key(|job| job.item.created)?;
            let ago = Span(scene.now.duration_since(last.item.created));
            let (name, what) = (of.tail(), kind.name());
            let text = match all.len() {
                1 => format!("{what} of {name} failed {ago} ago: {said}"),
                n => format!(
                    "{what} of {name} failed {n} times in 24 hours, last \
                     {ago} ago: {said}"
                ),
            };
            let mistake = Mistake::of(of, text).seen_at(last);
            Some((last.item.created, mistake))
        })
        .collect();
    lines.sort_by_key(|(at, _)| Reverse(*at));
    lines.into_iter().map(|(_, mistake)| mistake).collect()
}

/// One line for each resource and Region, and one for each vault and plan.
fn vanished(scene: &Scene<'_>) -> Vec<Mistake> {
    let mut groups: BTreeMap<_, Vec<&Vanished>> = BTreeMap::new();
    for gone in scene.estate.vanished() {
        let of = match &gone.gone {
            Gone::Point(point) => point.resource().as_str(),
            other => other.arn(),
        };
        let group = (of, &gone.account, &gone.region);
        groups.entry(group).or_default().push(gone);
    }
    let mistakes = groups.into_iter().filter_map(|((of, _, region), all)| {
        let newest = all.iter().max_by_key(|gone| gone.noticed)?;
        let ago = Span(scene.now.duration_since(newest.noticed));
        let of = Arn::new(of);
        let what = match (&newest.gone, all.len()) {
            (Gone::Point(_), 1) => {
                let kind = newest.gone.kind();
                format!("a {kind} of {} in {region} is gone", of.tail())
            }
            (Gone::Point(_), more) => format!(
                "{more} recovery points of {} in {region} are gone, the last",
                of.tail()
            ),
            (Gone::Vault(vault), _) => {
                format!("vault {} in {region} is gone", vault.name)
            }
            (Gone::Plan(plan), _) => {
                format!("backup plan {} in {region} is gone", plan.name)
            }
        };
        let (account, region) =
            (newest.account.clone(), newest.region.clone());
        let mistake = Mistake::of(&of, format!("{what} since {ago}"));
        Some(Mistake { place: Some((account, region)), ..mistake })
    });
    let left_out = match scene.estate.vanished_left_out() {
        0 => None,
        n => Some(format!("{n} more vanished than are kept one by one")),
    };
    mistakes.chain(left_out.map(Mistake::of_estate)).collect()
}

fn never_restored(scene: &Scene<'_>) -> Vec<Mistake> {
    let mut looked = false;
    for placed in scene.estate.jobs() {
        looked = true;
        let job = placed.item;
        if job.kind == JobKind::Restore && job.state == JobState::Completed {
            return Vec::new();
        }
    }
    if !looked {
        return Vec::new();
    }
    let text = "no restore was seen among the jobs of the last days";
    vec![Mistake::of_estate(text)]
}

fn vault_open(scene: &Scene<'_>) -> Vec<Mistake> {
    let vaults = scene.estate.vaults();
    vaults
        .filter(|vault| !vault.item.locked && vault.item.points > 0)
        .map(|vault| {
            let (name, region) = (&vault.item.name, vault.region);
            let text = format!("vault {name} in {region} is not locked");
            Mistake::of(&vault.item.arn, text).seen_at(&vault)
        })
        .collect()
}

fn unencrypted(scene: &Scene<'_>) -> Vec<Mistake> {
    let bare = |s: &Standing| s.unencrypted;
    scene.say(bare, "has recovery points that are not encrypted")
}
