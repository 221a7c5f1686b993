//! Weakened: what took protection away between two looks.
//!
//! What an attacker does before encrypting: points go in numbers, retention
//! is shortened, plans are emptied, locks and policies taken off, automated
//! backups switched off. It is seen by comparing an answer with the one
//! before, so that it needs no trail of calls and is seen even if the console
//! was off meanwhile. Only whole answers are compared.

use std::collections::{BTreeMap, HashMap};

use jiff::{SignedDuration, Timestamp};
use serde::{Deserialize, Serialize};

use super::ids::{Account, Arn, Region};
use super::part::Part;
use super::part::backup::BackupPlan;
use super::part::guard::VaultGuard;
use super::resource::{DbInstance, RecoveryPoint};
use super::vanished::KEPT;
use super::{Estate, Found};

/// The most that are kept; of more, the newest.
const MOST: usize = 1000;
/// So many points gone within an hour are many.
const MANY: usize = 5;
/// What counts as one wave of deletions.
const WAVE: SignedDuration = SignedDuration::from_hours(1);
/// Times of one and the same expiry may differ by so much.
const SAME: SignedDuration = SignedDuration::from_mins(5);

/// Protection that was taken away between two looks.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Weakened {
    /// What kind of thing was done.
    pub how: How,
    /// What was seen, as a sentence without a full stop.
    pub what: String,
    /// The ARN of what was weakened.
    pub of: Arn,
    /// The account it lies in.
    pub account: Account,
    /// The Region it lies in.
    pub region: Region,
    /// When the last look ended that saw it as it was.
    pub since: Timestamp,
    /// When the look ended that saw it weakened.
    pub noticed: Timestamp,
}

/// The ways to take protection away.
#[derive(
    Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize,
)]
#[serde(rename_all = "snake_case")]
pub enum How {
    /// Many recovery points gone before their time within an hour.
    Mass,
    /// Something is kept for less long.
    Retention,
    /// A plan is gone, empty, or copies no more.
    Plan,
    /// A vault's lock is off, or asks for less.
    Lock,
    /// A vault's access policy protects less.
    Policy,
    /// Automated backups of a database are off.
    AutomatedBackups,
}

/// One thing that two answers tell.
struct Seen {
    how: How,
    of: Arn,
    what: String,
}

impl Seen {
    fn new(how: How, of: &str, what: String) -> Self {
        Seen { how, of: Arn::new(of), what }
    }
}

impl Estate {
    /// Protection that was taken away in the last 90 days, as two looks told
    /// it, oldest first; the newest 1,000.
    pub fn weakened(&self) -> &[Weakened] {
        &self.weakened
    }

    /// Compares two whole answers of one place. `gone` are the ARNs of what
    /// is not there any more before its time.
    pub(super) fn notice_weakened(
        &mut self,
        (account, region): (&Account, &Region),
        (since, before): (Timestamp, &Found),
        after: &Found,
        gone: &[Arn],
        at: Timestamp,
    ) {
        let mut seen = compare(before, after);
        if let (Found::Points(before), false) = (before, gone.is_empty()) {
            seen.extend(self.wave(before.len(), (account, region), at));
        }
        for Seen { how, of, what } in seen {
            // A wave that goes on is told once, with its newest count.
            self.weakened.retain(|old| {
                how != How::Mass
                    || old.how != How::Mass
                    || old.of != of
                    || at.duration_since(old.noticed) > WAVE
            });
            self.weakened.push(Weakened {
                how,
                what,
                of,
                account: account.clone(),
                region: region.clone(),
                since,
                noticed: at,
            });
        }
        self.weakened.retain(|old| at.duration_since(old.noticed) <= KEPT);
        let surplus = self.weakened.len().saturating_sub(MOST);
        self.weakened.drain(..surplus);
    }

    /// The points of a place that were missed within the last hour, if they
    /// are many: five, or more than a tenth of what there was and no single
    /// one.
    fn wave(
        &self,
        held: usize,
        (account, region): (&Account, &Region),
        at: Timestamp,
    ) -> Option<Seen> {
        let lately = self.vanished().iter().rev().take_while(|gone| {
            // Added in the order of looks, which may end a little astray.
            at.duration_since(gone.noticed) <= WAVE * 2
        });
        let mut vaults: BTreeMap<&str, usize> = BTreeMap::new();
        for gone in lately {
            let Some(point) = gone.gone.point() else { continue };
            let here = gone.account == *account && gone.region == *region;
            if here && at.duration_since(gone.noticed) <= WAVE {
                let vault = point.vault().map_or("no vault", |v| v.as_str());
                *vaults.entry(vault).or_default() += 1;
            }
        }
        let count: usize = vaults.values().sum();
        if count < MANY && (count < 2 || count * 10 <= held) {
            return None;
        }
        let from = vaults.iter().map(|(vault, n)| format!("{n} of {vault}"));
        let from = from.collect::<Vec<_>>().join(", ");
        let what = format!(
            "{count} recovery points gone before their time within an hour \
             in {region} of {account}: {from}"
        );
        let of = format!("{account}/{region}");
        Some(Seen::new(How::Mass, &of, what))
    }
}

fn compare(before: &Found, after: &Found) -> Vec<Seen> {
    match (before, after) {
        (Found::Points(before), Found::Points(after)) => {
            shortened(before, after)
        }
        (Found::Instances(before), Found::Instances(after)) => {
            instances(before, after)
        }
        (Found::Parts(before), Found::Parts(after)) => parts(before, after),
        _ => Vec::new(),
    }
}

/// Points that will expire earlier than they would have, by vault.
fn shortened(before: &[RecoveryPoint], after: &[RecoveryPoint]) -> Vec<Seen> {
    let was: HashMap<&str, &RecoveryPoint> =
        before.iter().map(|p| (p.arn().as_str(), p)).collect();
    let mut vaults: BTreeMap<&str, (usize, &RecoveryPoint)> = BTreeMap::new();
    for point in after {
        let Some(was) = was.get(point.arn().as_str()) else { continue };
        let earlier = match (was.expires(), point.expires()) {
            (Some(was), Some(is)) => was.duration_since(is) > SAME,
            (None, Some(_)) => was.vault().is_some(),
            (_, None) => false,
        };
        if earlier {
            let vault = point.vault().map_or("no vault", |v| v.as_str());
            vaults.entry(vault).or_insert((0, point)).0 += 1;
        }
    }
    let vaults = vaults.into_iter();
    vaults
        .map(|(vault, (count, first))| {
            let day = first.expires().map(|at| at.strftime("%F").to_string());
            let what = format!(
                "{count} recovery points of {vault} are kept for less long, \
                 the first until {}",
                day.as_deref().unwrap_or("?")
            );
            Seen::new(How::Retention, first.arn(), what)
        })
        .collect()
}

fn instances(before: &[DbInstance], after: &[DbInstance]) -> Vec<Seen> {
    let pairs = after.iter().filter_map(|is| {
        Some((before.iter().find(|was| was.arn == is.arn)?, is))
    });
    pairs
        .filter_map(|(was, is)| {
            let days = (was.backup_retention_days, is.backup_retention_days);
            let (how, what) = match days {
                (was, 0) if was > 0 => (
                    How::AutomatedBackups,
                    format!(
                        "automated backups of {} were switched off, {was} \
                         days were kept",
                        is.id
                    ),
                ),
                (was, now) if now < was => (
                    How::Retention,
                    format!(
                        "automated backups of {} are kept {now} days, {was} \
                         before",
                        is.id
                    ),
                ),
                _ => return None,
            };
            Some(Seen::new(how, &is.arn, what))
        })
        .collect()
}

fn parts(before: &[Part], after: &[Part]) -> Vec<Seen> {
    let mut seen = Vec::new();
    for was in before {
        let id = was.told().id();
        let same =
            |is: &&Part| is.kind() == was.kind() && is.told().id() == id;
        match (was, after.iter().find(same)) {
            (Part::BackupPlan(was), None) => {
                let what = format!("backup plan {} is gone", was.name);
                seen.push(Seen::new(How::Plan, &was.arn, what));
            }
            (Part::BackupPlan(was), Some(Part::BackupPlan(is))) => {
                seen.extend(plan(was, is));
            }
            (Part::VaultGuard(was), Some(Part::VaultGuard(is))) => {
                seen.extend(guard(was, is));
            }
            _ => {}
        }
    }
    seen
}

/// Days that things are kept; for ever is more than any number.
fn span(days: Option<i64>) -> i64 {
    days.unwrap_or(i64::MAX)
}

fn told(days: Option<i64>) -> String {
    days.map_or("for ever".to_owned(), |days| format!("{days} days"))
}

fn plan(was: &BackupPlan, is: &BackupPlan) -> Vec<Seen> {
    let name = &is.name;
    let mut all = Vec::new();
    let mut note = |how, what| all.push(Seen::new(how, &is.arn, what));
    if let (Some(was), Some(is)) = (&was.selections, &is.selections) {
        for lost in was.iter().filter(|was| !is.contains(was)) {
            let left =
                if is.is_empty() { ", and nothing is left" } else { "" };
            let what = format!(
                "backup plan {name} lost or changed its selection {}{left}",
                lost.name
            );
            note(How::Plan, what);
        }
    }
    let (Some(before), Some(after)) = (&was.rules, &is.rules) else {
        return all;
    };
    for was in before {
        let Some(is) = after.iter().find(|is| is.name == was.name) else {
            let what =
                format!("backup plan {name} lost its rule {}", was.name);
            note(How::Plan, what);
            continue;
        };
        if span(is.keep_days) < span(was.keep_days) {
            let (now, before) = (told(is.keep_days), told(was.keep_days));
            let what =
                format!("backup plan {name} keeps {now}, {before} before");
            note(How::Retention, what);
        }
        for lost in &was.copies {
            let vault = Arn::new(&lost.vault);
            let still = is.copies.iter().find(|is| is.vault == lost.vault);
            match still {
                None => {
                    let vault = vault.tail();
                    let what = format!(
                        "backup plan {name} copies no more to {vault}"
                    );
                    note(How::Plan, what);
                }
                Some(is) if span(is.keep_days) < span(lost.keep_days) => {
                    let now = told(is.keep_days);
                    let before = told(lost.keep_days);
                    let what = format!(
                        "copies of backup plan {name} are kept {now}, \
                         {before} before"
                    );
                    note(How::Retention, what);
                }
                Some(_) => {}
            }
        }
    }
    all
}

fn guard(was: &VaultGuard, is: &VaultGuard) -> Vec<Seen> {
    let name = &is.name;
    let mut all = Vec::new();
    let mut note = |how, what| all.push(Seen::new(how, &is.arn, what));
    match (was.locked, is.locked) {
        (Some(true), Some(false)) => {
            note(How::Lock, format!("the lock of vault {name} was taken off"));
        }
        (Some(true), Some(true)) => {
            let least = (was.min_days.unwrap_or(0), is.min_days.unwrap_or(0));
            if least.1 < least.0 {
                let what = format!(
                    "the lock of vault {name} asks for {} days, {} before",
                    least.1, least.0
                );
                note(How::Lock, what);
            }
            let later = match (was.immutable_from, is.immutable_from) {
                (Some(was), Some(is)) => is > was,
                (Some(_), None) => true,
                (None, _) => false,
            };
            if later {
                let what = format!(
                    "the lock of vault {name} becomes immutable later than \
                     it would have"
                );
                note(How::Lock, what);
            }
        }
        _ => {}
    }
    if let (Some(was), Some(is)) = (was.access, is.access) {
        if was.denies_deletion && !is.denies_deletion {
            let what =
                format!("the policy of vault {name} denies deletion no more");
            note(How::Policy, what);
        }
        if is.open && !was.open {
            let what =
                format!("the policy of vault {name} was opened to everybody");
            note(How::Policy, what);
        }
    }
    all
}

#[cfg(test)]
mod tests;
