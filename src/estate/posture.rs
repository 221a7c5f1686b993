//! CHECKS: verdicts on how the estate is protected, one table.
//!
//! They are the common mistakes of backup and recovery, looked for in what
//! is known. A check that has no data says nothing here: what is not known
//! is told by freshness, and is never a pass.

use jiff::{SignedDuration, Timestamp};

use super::Estate;
use super::ids::{Arn, Region};
use super::resource::{JobKind, JobState, ResourceType};
use super::span::Span;
use super::standing::{Standing, State};

/// Failed jobs older than this are history.
const LATELY: SignedDuration = SignedDuration::from_hours(24);

/// How bad a mistake is.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Severity {
    /// A recovery would fail or lose more than it may.
    Bad,
    /// It makes a recovery slower, or less sure.
    Warn,
}

/// What one check says of one resource, or of the whole estate.
#[derive(Clone, Debug, PartialEq)]
pub struct Verdict {
    /// The check's code.
    pub code: &'static str,
    /// How bad it is.
    pub severity: Severity,
    /// What is wrong, as a sentence without a full stop.
    pub what: String,
    /// The resource it is about; none means the whole estate.
    pub resource: Option<Arn>,
    /// What to do about it.
    pub fix: &'static str,
}

/// One check.
pub struct Check {
    /// Its code; stable, for filters and exports.
    pub code: &'static str,
    /// How bad it is to fail it.
    pub severity: Severity,
    /// What it looks for.
    pub doc: &'static str,
    /// What to do about it.
    pub fix: &'static str,
    find: fn(&Scene<'_>) -> Vec<Mistake>,
}

/// What checks look at.
struct Scene<'a> {
    estate: &'a Estate,
    standings: &'a [Standing],
    target: Option<&'a Region>,
    now: Timestamp,
}

/// A resource, if it is about one, and what is wrong.
type Mistake = (Option<Arn>, String);

/// All checks, the worst first.
pub const CHECKS: &[Check] = &[
    Check {
        code: "misses-rpo",
        severity: Severity::Bad,
        doc: "Backups that lose more than the RPO allows",
        fix: "Back up more often, or follow it with a replica.",
        find: misses_rpo,
    },
    Check {
        code: "one-region",
        severity: Severity::Bad,
        doc: "Resources with all their copies in the Region they live in",
        fix: "Add a copy action to another Region to its backup plan.",
        find: one_region,
    },
    Check {
        code: "copy-failed",
        severity: Severity::Bad,
        doc: "Copy jobs that failed in the last 24 hours",
        fix: "Read the message; grant the backup role what it lacks.",
        find: copy_failed,
    },
    Check {
        code: "vanished",
        severity: Severity::Bad,
        doc: "Recovery points gone before their retention was over",
        fix: "Find in CloudTrail who deleted them; lock the vault.",
        find: vanished,
    },
    Check {
        code: "backup-failed",
        severity: Severity::Warn,
        doc: "Backup jobs that failed in the last 24 hours",
        fix: "Read the message; the next run may mend it.",
        find: backup_failed,
    },
    Check {
        code: "no-objective",
        severity: Severity::Warn,
        doc: "Protected resources of which nothing is demanded",
        fix: "Tag it DR_Tier, or add an [[objective]] to the config.",
        find: no_objective,
    },
    Check {
        code: "odd-tag",
        severity: Severity::Warn,
        doc: "Tags for the tier that are spelt oddly or name none",
        fix: "Write DR_Tier = Gold, Silver or Bronze.",
        find: odd_tag,
    },
    Check {
        code: "never-restored",
        severity: Severity::Warn,
        doc: "An estate in which no restore was seen",
        fix: "Drill one: a restore never tried is a theory.",
        find: never_restored,
    },
    Check {
        code: "vault-open",
        severity: Severity::Warn,
        doc: "Vaults whose recovery points can be deleted by hand",
        fix: "Put a vault lock on it.",
        find: vault_open,
    },
    Check {
        code: "single-zone",
        severity: Severity::Warn,
        doc: "Gold databases without a standby in another zone",
        fix: "Turn on Multi-AZ.",
        find: single_zone,
    },
    Check {
        code: "deletable",
        severity: Severity::Warn,
        doc: "Gold databases that can be deleted by one call",
        fix: "Turn on deletion protection.",
        find: deletable,
    },
    Check {
        code: "unencrypted",
        severity: Severity::Warn,
        doc: "Resources with recovery points that are not encrypted",
        fix: "Copy them with a KMS key and back up encrypted from now on.",
        find: unencrypted,
    },
];

/// What all checks say, the worst first.
pub(super) fn verdicts(
    estate: &Estate,
    standings: &[Standing],
    target: Option<&Region>,
    now: Timestamp,
) -> Vec<Verdict> {
    let scene = Scene { estate, standings, target, now };
    CHECKS
        .iter()
        .flat_map(|check| {
            (check.find)(&scene).into_iter().map(|(resource, what)| Verdict {
                code: check.code,
                severity: check.severity,
                what,
                resource,
                fix: check.fix,
            })
        })
        .collect()
}

impl Scene<'_> {
    fn say<F>(&self, which: F, words: &str) -> Vec<Mistake>
    where
        F: Fn(&Standing) -> bool,
    {
        let hit = self.standings.iter().filter(|s| which(s));
        hit.map(|s| about(s, format!("{} {words}", s.name))).collect()
    }

    fn failed(&self, kind: JobKind) -> Vec<Mistake> {
        self.estate
            .jobs()
            .map(|placed| placed.item)
            .filter(|job| job.kind == kind && job.state == JobState::Failed)
            .filter(|job| self.now.duration_since(job.created) <= LATELY)
            .map(|job| {
                let ago = Span(self.now.duration_since(job.created));
                let said = job.message.as_deref().unwrap_or("no reason told");
                let name = job.resource.tail();
                let what = kind.name();
                let text =
                    format!("{what} of {name} failed {ago} ago: {said}");
                (Some(job.resource.clone()), text)
            })
            .collect()
    }

    /// Gold databases that answer of themselves.
    fn gold(&self) -> impl Iterator<Item = (&Standing, bool, bool)> {
        let gold = self.standings.iter().filter(|s| {
            s.kind == ResourceType::Rds && s.tier.as_deref() == Some("Gold")
        });
        gold.filter_map(|s| {
            let region = s.region.as_ref()?;
            let db = self.estate.find_instance(&s.account, region, &s.name)?;
            Some((s, db.multi_az, db.deletion_protection))
        })
    }
}

fn about(standing: &Standing, what: String) -> Mistake {
    (Some(standing.resource.clone()), what)
}

fn misses_rpo(scene: &Scene<'_>) -> Vec<Mistake> {
    let outside = scene.standings.iter();
    let outside = outside.filter(|s| s.state == State::Outside);
    outside
        .map(|s| about(s, format!("{} is outside its RPO: {}", s.name, s.why)))
        .collect()
}

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

fn copy_failed(scene: &Scene<'_>) -> Vec<Mistake> {
    scene.failed(JobKind::Copy)
}

fn backup_failed(scene: &Scene<'_>) -> Vec<Mistake> {
    scene.failed(JobKind::Backup)
}

fn vanished(scene: &Scene<'_>) -> Vec<Mistake> {
    scene
        .estate
        .vanished()
        .iter()
        .map(|gone| {
            let point = &gone.point;
            let name = point.resource().tail();
            let ago = Span(scene.now.duration_since(gone.noticed));
            let text = format!(
                "a recovery point of {name} in {} is gone since {ago}",
                gone.region
            );
            (Some(point.resource().clone()), text)
        })
        .collect()
}

fn no_objective(scene: &Scene<'_>) -> Vec<Mistake> {
    let none = |s: &Standing| s.state == State::NoObjective;
    scene.say(none, "has no tier: nothing is demanded of it")
}

fn odd_tag(scene: &Scene<'_>) -> Vec<Mistake> {
    let odd = scene.standings.iter().filter_map(|s| {
        let notice = s.notice.as_ref()?;
        Some(about(s, format!("{}: {notice}", s.name)))
    });
    odd.collect()
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
    vec![(None, "no restore was seen among the jobs of the last days".into())]
}

fn vault_open(scene: &Scene<'_>) -> Vec<Mistake> {
    scene
        .estate
        .vaults()
        .filter(|vault| !vault.item.locked && vault.item.points > 0)
        .map(|vault| {
            let (name, region) = (&vault.item.name, vault.region);
            let text = format!("vault {name} in {region} is not locked");
            (Some(vault.item.arn.clone()), text)
        })
        .collect()
}

fn single_zone(scene: &Scene<'_>) -> Vec<Mistake> {
    let single = scene.gold().filter(|(_, multi_az, _)| !multi_az);
    single
        .map(|(s, ..)| about(s, format!("{} runs in a single zone", s.name)))
        .collect()
}

fn deletable(scene: &Scene<'_>) -> Vec<Mistake> {
    let open = scene.gold().filter(|(_, _, protected)| !protected);
    open.map(|(s, ..)| {
        about(s, format!("{} can be deleted by a call", s.name))
    })
    .collect()
}

fn unencrypted(scene: &Scene<'_>) -> Vec<Mistake> {
    let bare = |s: &Standing| s.unencrypted;
    scene.say(bare, "has recovery points that are not encrypted")
}

#[cfg(test)]
mod tests;
