//! Checks of the recovery points that there are: how many, how long, where.

use std::collections::BTreeMap;

use jiff::SignedDuration;

use super::{Check, Mistake, Scene, Severity, first_names};
use crate::estate::resource::RecoveryPoint;
use crate::estate::span::Span;
use crate::estate::standing::{Copy, Standing, Via};

/// A point that expires sooner is about to.
const SOON: SignedDuration = SignedDuration::from_hours(24);
/// The longest that AWS takes to bring a point back from cold storage: a
/// volume's snapshot from the archive tier; other types take some hours.
// https://docs.aws.amazon.com/ebs/latest/userguide/snapshot-archive.html
const THAW: SignedDuration = SignedDuration::from_hours(72);

pub(super) const CHECKS: &[Check] = &[
    Check {
        code: "last-point",
        severity: Severity::Bad,
        system: "AWS Backup",
        doc: "Gold resources whose only recovery point expires in a day",
        fix: "Back it up now, or keep this point for longer.",
        rests_on: &["backup/points"],
        find: last_point,
    },
    Check {
        code: "cold-only",
        severity: Severity::Bad,
        system: "AWS Backup",
        doc: "Resources that only cold storage could bring back, too late",
        fix: "Keep one point warm: cold ones take up to 72 hours more.",
        rests_on: &["backup/points"],
        find: cold_only,
    },
    Check {
        code: "one-account",
        severity: Severity::Warn,
        system: "AWS Backup",
        doc: "Accounts that hold all copies of what lives in them",
        fix: "Copy to a vault of another account: one login ends both.",
        rests_on: &["backup/points"],
        find: one_account,
    },
];

/// Recovery points of a resource that could be restored now.
fn usable<'a>(
    scene: &'a Scene<'_>,
    of: &Standing,
) -> impl Iterator<Item = (&'a RecoveryPoint, bool)> {
    let region = of.recover_in.clone();
    let held = scene.points.held(&of.resource).into_iter();
    let held = held.filter_map(|at| scene.points.point(at));
    held.filter(|placed| {
        let ends = placed.item.expires();
        scene.points.is_usable(placed.item)
            && ends.is_none_or(|ends| ends > scene.now)
    })
    .map(move |placed| (placed.item, region.as_ref() == Some(placed.region)))
}

fn last_point(scene: &Scene<'_>) -> Vec<Mistake> {
    let gold = scene.standings.iter().filter(|s| {
        let other = |c: &Copy| !matches!(c.via, Via::Point(_));
        s.tier.as_deref() == Some("Gold")
            && s.freshness.is_live()
            && !s.copies.iter().any(other)
    });
    gold.filter_map(|s| {
        let mut points = usable(scene, s);
        let (only, _) = points.next()?;
        let left = only.expires()?.duration_since(scene.now);
        if points.next().is_some() || left > SOON {
            return None;
        }
        let what = format!(
            "the only recovery point of {} expires in {}",
            s.name,
            Span(left)
        );
        Some(Mistake::of(&s.resource, what))
    })
    .collect()
}

/// Looked at only where the best copy is a point, and that one is cold.
fn cold_only(scene: &Scene<'_>) -> Vec<Mistake> {
    let hurried = scene.standings.iter().filter(|s| {
        let fast = |copy: &Copy| {
            Some(&copy.region) == s.recover_in.as_ref()
                && !matches!(copy.via, Via::Point(_))
        };
        s.rto.is_some_and(|rto| rto < THAW) && !s.copies.iter().any(fast)
    });
    hurried
        .filter_map(|s| {
            let mut here = usable(scene, s).filter(|(_, here)| *here);
            let (first, _) = here.next()?;
            let warm = !first.cold() || here.any(|(point, _)| !point.cold());
            let (rto, region) = (s.rto?, s.recover_in.as_ref()?);
            let what = format!(
                "every point of {} in {region} is in cold storage, its RTO \
                 is {}",
                s.name,
                Span(rto)
            );
            (!warm).then(|| Mistake::of(&s.resource, what))
        })
        .collect()
}

/// One line an account, however many resources live in it.
fn one_account(scene: &Scene<'_>) -> Vec<Mistake> {
    let mut accounts: BTreeMap<_, Vec<&str>> = BTreeMap::new();
    for s in scene.standings {
        let inside = s.copies.iter().all(|copy| copy.account == s.account);
        if s.tier.is_some() && !s.copies.is_empty() && inside {
            accounts.entry(&s.account).or_default().push(&s.name);
        }
    }
    let accounts = accounts.into_iter();
    accounts
        .map(|(account, names)| {
            let what = format!(
                "{account} alone holds all copies of {}",
                first_names(names.into_iter())
            );
            Mistake::of_estate(what)
        })
        .collect()
}
