//! Checks of what keeps recovery points from being deleted, and of what was
//! done against that.

use jiff::SignedDuration;

use super::{Check, Mistake, Scene, Severity};
use crate::estate::Placed;
use crate::estate::ids::Arn;
use crate::estate::part::guard::VaultGuard;
use crate::estate::span::Span;
use crate::estate::weakened::How;

/// What was weakened longer ago than this is history: the Systems screen
/// tells of it.
const SHOWN: SignedDuration = SignedDuration::from_hours(7 * 24);

pub(super) const CHECKS: &[Check] = &[
    Check {
        code: "mass-vanished",
        severity: Severity::Bad,
        system: "AWS Backup",
        doc: "Waves of recovery points gone before their time in 7 days",
        fix: "Treat it as an attack: cut off access, lock what is left.",
        rests_on: &["backup/points"],
        find: |scene| weakened(scene, |how| how == How::Mass),
    },
    Check {
        code: "weakened",
        severity: Severity::Bad,
        system: "AWS Backup",
        doc: "Plans, retention, locks and policies weakened in 7 days",
        fix: "Ask who did it; if nobody did, treat it as an attack.",
        rests_on: &["backup/plans", "backup/guards", "backup/points"],
        find: |scene| {
            weakened(scene, |how| {
                !matches!(how, How::Mass | How::AutomatedBackups)
            })
        },
    },
    Check {
        code: "automated-off",
        severity: Severity::Bad,
        system: "RDS",
        doc: "Automated backups that were switched off in 7 days",
        fix: "Set its backup retention again; ask who changed it.",
        rests_on: &["rds/instances"],
        find: |scene| weakened(scene, |how| how == How::AutomatedBackups),
    },
    Check {
        code: "vault-public",
        severity: Severity::Bad,
        system: "AWS Backup",
        doc: "Vaults whose policy allows everybody something",
        fix: "Name the accounts, or the organisation in a condition.",
        rests_on: &["backup/guards"],
        find: public,
    },
    Check {
        code: "vault-deletable",
        severity: Severity::Warn,
        system: "AWS Backup",
        doc: "Vaults with neither immutable lock nor policy against deletion",
        fix: "Deny backup:DeleteRecoveryPoint in the vault's access policy.",
        rests_on: &["backup/guards"],
        find: deletable,
    },
    Check {
        code: "lock-not-immutable",
        severity: Severity::Warn,
        system: "AWS Backup",
        doc: "Vault locks that can still be taken off",
        fix: "Lock it in compliance mode; until its date it is governance.",
        rests_on: &["backup/guards"],
        find: not_immutable,
    },
];

fn weakened(scene: &Scene<'_>, which: fn(How) -> bool) -> Vec<Mistake> {
    let all = scene.estate.weakened().iter().filter(|weak| {
        which(weak.how) && scene.now.duration_since(weak.noticed) <= SHOWN
    });
    all.map(|weak| {
        let ago = Span(scene.now.duration_since(weak.noticed));
        let between = Span(weak.noticed.duration_since(weak.since));
        let at = (&weak.account, &weak.region);
        let by = scene.estate.doer(at, &weak.of, weak.noticed);
        let by = by.map_or_else(String::new, |by| format!(", {}", by.by()));
        let what = format!(
            "{}: noticed {ago} ago in {} of {}, in the {between} before{by}",
            weak.what, weak.region, weak.account
        );
        let place = Some((weak.account.clone(), weak.region.clone()));
        let mistake = match weak.how {
            How::Mass => Mistake::of_estate(what),
            _ => Mistake::of(&weak.of, what),
        };
        Mistake { place, ..mistake }
    })
    .collect()
}

/// A mistake of each vault that some words can be said of.
fn of_guards(
    scene: &Scene<'_>,
    words: impl Fn(&Placed<'_, VaultGuard>) -> Option<String>,
) -> Vec<Mistake> {
    let guards = scene.estate.vault_guards();
    guards
        .filter_map(|placed| {
            let (name, region) = (&placed.item.name, placed.region);
            let words = words(&placed)?;
            let what = format!("vault {name} in {region} {words}");
            let arn = Arn::new(&placed.item.arn);
            Some(Mistake::of(&arn, what).seen_at(&placed))
        })
        .collect()
}

fn public(scene: &Scene<'_>) -> Vec<Mistake> {
    of_guards(scene, |placed| {
        let open = placed.item.access?.open;
        open.then(|| "has a policy that allows everybody".to_owned())
    })
}

fn deletable(scene: &Scene<'_>) -> Vec<Mistake> {
    of_guards(scene, |placed| {
        let guard = placed.item;
        if guard.points == 0 || guard.is_immutable(scene.now) {
            return None;
        }
        let access = guard.access?;
        let words = match (access.denies_deletion, access.exists) {
            (true, _) => return None,
            (false, true) => "has a policy that does not deny deletion",
            (false, false) => "has no access policy against deletion",
        };
        Some(words.to_owned())
    })
}

fn not_immutable(scene: &Scene<'_>) -> Vec<Mistake> {
    of_guards(scene, |placed| {
        let guard = placed.item;
        let locked = guard.locked == Some(true);
        if !locked || guard.is_immutable(scene.now) {
            return None;
        }
        Some(match guard.immutable_from {
            None => "has a governance lock, which can be taken off".into(),
            Some(from) => format!(
                "has a lock that can be taken off until {}, for {}",
                from.strftime("%F %H:%M UTC"),
                Span(from.duration_since(scene.now))
            ),
        })
    })
}
