//! CHECKS: verdicts on how the estate is protected, one table.
//!
//! They are the common mistakes of backup and recovery, looked for in what
//! is known; a file for each theme. A check says which looks it rests on:
//! where one of them is missing, cut short or old the verdict is that one
//! cannot tell. No data is never a pass.

mod automation;
mod backups;
mod buckets;
mod capacity;
mod cost;
mod databases;
mod drills;
mod files;
mod governance;
mod guards;
mod keeping;
mod keys;
mod objectives;
mod plans;
mod proofs;
mod stacks;
mod stock;
mod tables;
mod traffic;
mod volumes;
mod watching;
mod ways;

use std::collections::BTreeMap;

use jiff::{SignedDuration, Timestamp};

use super::cost::Cost;
use super::derived::Watch;
use super::ids::{Account, Arn, Region};
use super::metrics::Drilled;
use super::part::Kind;
use super::points::Points;
use super::price::Prices;
use super::span::Span;
use super::standing::Standing;
use super::{Estate, Freshness, Placed, Source, What};

/// What failed longer ago than this is history.
const LATELY: SignedDuration = SignedDuration::from_hours(24);

/// How bad a mistake is.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Severity {
    /// A recovery would fail or lose more than it may.
    Bad,
    /// It makes a recovery slower, or less sure.
    Warn,
    /// Whether it is a mistake cannot be told.
    Unknown,
}

impl Severity {
    /// The word for it, as `lifeboat check` gives it.
    pub fn name(self) -> &'static str {
        match self {
            Severity::Bad => "bad",
            Severity::Warn => "warn",
            Severity::Unknown => "unknown",
        }
    }
}

/// What one check says of one resource, or of the whole estate.
#[derive(Clone, Debug, PartialEq)]
pub struct Verdict {
    /// The check's code.
    pub code: &'static str,
    /// How bad it is.
    pub severity: Severity,
    /// The system of AWS that it is about, such as `S3`.
    pub system: &'static str,
    /// What is wrong, as a sentence without a full stop.
    pub what: String,
    /// The resource it is about; none means the whole estate.
    pub resource: Option<Arn>,
    /// The oldest look that it rests on; none if nothing was looked at.
    pub evidence: Option<Evidence>,
    /// What to do about it.
    pub fix: &'static str,
}

/// A look that a verdict rests on.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Evidence {
    /// What was looked at.
    pub source: Source,
    /// When the look ended.
    pub at: Timestamp,
}

/// One check.
#[derive(Debug)]
pub struct Check {
    /// Its code; stable, for filters and exports.
    pub code: &'static str,
    /// How bad it is to fail it.
    pub severity: Severity,
    /// The system of AWS that it is about, such as `S3`.
    pub system: &'static str,
    /// What it looks for.
    pub doc: &'static str,
    /// What to do about it.
    pub fix: &'static str,
    /// Names of the looks without which it cannot tell, such as
    /// `backup/jobs`; none where it is about what consoles keep themselves.
    pub rests_on: &'static [&'static str],
    find: fn(&Scene<'_>) -> Vec<Mistake>,
}

/// What checks look at.
struct Scene<'a> {
    estate: &'a Estate,
    standings: &'a [Standing],
    points: &'a Points,
    cost: &'a Cost,
    prices: &'a Prices,
    drilled: &'a [Drilled],
    source: Option<&'a Region>,
    target: Option<&'a Region>,
    now: Timestamp,
}

/// What one check found.
#[derive(Debug)]
struct Mistake {
    what: String,
    resource: Option<Arn>,
    place: Option<(Account, Region)>,
}

impl Mistake {
    /// A mistake of the estate as a whole.
    fn of_estate(what: impl Into<String>) -> Self {
        Mistake { what: what.into(), resource: None, place: None }
    }

    /// A mistake of one resource.
    fn of(resource: &Arn, what: impl Into<String>) -> Self {
        let resource = Some(resource.clone());
        Mistake { what: what.into(), resource, place: None }
    }

    /// The same, seen in the answer for one place.
    fn seen_at<T>(self, placed: &Placed<'_, T>) -> Self {
        let place = (placed.account.clone(), placed.region.clone());
        Mistake { place: Some(place), ..self }
    }
}

/// All checks by theme, the ones that decide a recovery first.
const THEMES: &[&[Check]] = &[
    objectives::CHECKS,
    backups::CHECKS,
    guards::CHECKS,
    plans::CHECKS,
    stock::CHECKS,
    proofs::CHECKS,
    keys::CHECKS,
    databases::CHECKS,
    buckets::CHECKS,
    files::CHECKS,
    tables::CHECKS,
    volumes::CHECKS,
    cost::CHECKS,
    traffic::CHECKS,
    ways::CHECKS,
    capacity::CHECKS,
    automation::CHECKS,
    stacks::CHECKS,
    governance::CHECKS,
    watching::CHECKS,
    keeping::CHECKS,
    drills::CHECKS,
];

/// Every check.
pub fn checks() -> impl Iterator<Item = &'static Check> {
    THEMES.iter().copied().flatten()
}

/// What all checks say: the mistakes, the worst first, and then what cannot
/// be told.
pub(super) fn verdicts(
    estate: &Estate,
    (standings, points, cost): (&[Standing], &Points, &Cost),
    watch: &Watch,
    now: Timestamp,
) -> Vec<Verdict> {
    let (source, target) = (watch.source.as_ref(), watch.target.as_ref());
    let prices = &watch.bill.prices;
    let drilled = &watch.drilled[..];
    let scene = Scene {
        estate,
        standings,
        points,
        cost,
        prices,
        drilled,
        source,
        target,
        now,
    };
    let looks = Looks::of(estate, now);
    // Before anything is watched, only what consoles keep can be judged.
    let mut verdicts: Vec<_> = checks()
        .filter(|check| check.rests_on.is_empty() || !looks.0.is_empty())
        .flat_map(|check| {
            let found = (check.find)(&scene).into_iter();
            let found = found.map(|mistake| wrong(check, mistake, &looks));
            found.chain(looks.unsure(check)).collect::<Vec<_>>()
        })
        .collect();
    verdicts.sort_by_key(|verdict| verdict.severity);
    verdicts
}

fn wrong(check: &Check, mistake: Mistake, looks: &Looks<'_>) -> Verdict {
    Verdict {
        code: check.code,
        severity: check.severity,
        system: check.system,
        what: mistake.what,
        resource: mistake.resource,
        evidence: looks.oldest(check, mistake.place.as_ref()),
        fix: check.fix,
    }
}

/// Every source by the name of its look: when it was seen, and why a verdict
/// may not rest on it.
struct Looks<'a>(BTreeMap<&'static str, Vec<Look<'a>>>);

struct Look<'a> {
    source: &'a Source,
    at: Option<Timestamp>,
    unsure: Option<String>,
}

impl<'a> Looks<'a> {
    fn of(estate: &'a Estate, now: Timestamp) -> Self {
        let mut looks: BTreeMap<_, Vec<_>> = BTreeMap::new();
        for (source, known) in estate.sources() {
            let Source::Aws { what, .. } = source else { continue };
            if what.is_targeted() {
                continue;
            }
            let pace = estate.pace(source);
            let bears = known.bears(now, pace);
            looks.entry(what.name()).or_default().push(Look {
                source,
                at: known.seen.map(|(_, at)| at),
                unsure: (!bears).then(|| because(&known.freshness(now, pace))),
            });
        }
        Looks(looks)
    }

    fn under(&self, check: &Check) -> impl Iterator<Item = &Look<'a>> {
        check.rests_on.iter().filter_map(|name| self.0.get(name)).flatten()
    }

    fn oldest(
        &self,
        check: &Check,
        place: Option<&(Account, Region)>,
    ) -> Option<Evidence> {
        let here = |look: &&Look<'_>| {
            place.is_none_or(|(account, region)| {
                look.source.account() == Some(account)
                    && look.source.region() == Some(region)
            })
        };
        let looks = self.under(check).filter(here);
        let dated = looks.filter_map(|look| Some((look.at?, look.source)));
        let (at, source) = dated.min()?;
        Some(Evidence { source: source.clone(), at })
    }

    /// That a check cannot tell, with the places and the first reason.
    fn unsure(&self, check: &Check) -> Option<Verdict> {
        let looks = self.under(check);
        let mut unsure = looks.filter_map(|l| Some((l, l.unsure.as_ref()?)));
        let (first, why) = unsure.next()?;
        let more = match unsure.count() {
            0 => String::new(),
            more => format!(" and {more} more"),
        };
        let what = format!(
            "cannot tell: {}{more}: {why} ({})",
            first.source,
            lower_first(check.doc),
        );
        Some(Verdict {
            code: check.code,
            severity: Severity::Unknown,
            system: check.system,
            what,
            resource: None,
            evidence: first
                .at
                .map(|at| Evidence { source: first.source.clone(), at }),
            fix: "See to it that it can be looked at: `lifeboat doctor`.",
        })
    }
}

/// Why nothing may rest on an answer, in few words.
pub(super) fn because(freshness: &Freshness) -> String {
    match freshness {
        Freshness::Never { because: Some(why) }
        | Freshness::Stale { because: Some(why), .. } => why.kind.to_string(),
        Freshness::Never { because: None } => "not answered yet".to_owned(),
        Freshness::Stale { age, because: None } => {
            format!("seen {} ago", Span(*age))
        }
        Freshness::Partial { because, .. } => format!("cut: {because}"),
        Freshness::Live { .. } => "not seen by this console".to_owned(),
    }
}

fn lower_first(text: &str) -> String {
    let mut letters = text.chars();
    let first = letters.next().map(|c| c.to_ascii_lowercase());
    first.into_iter().chain(letters).collect()
}

impl Scene<'_> {
    /// Whether a kind of part was seen whole and lately in a place, so that
    /// what is not in the answer is not there.
    fn saw(&self, kind: Kind, account: &Account, region: &Region) -> bool {
        let source = Source::aws(account, region, What::Parts(kind));
        let told = self.estate.known(&source);
        told.is_some_and(|told| {
            told.bears(self.now, self.estate.pace(&source))
        })
    }

    fn say<F>(&self, which: F, words: &str) -> Vec<Mistake>
    where
        F: Fn(&Standing) -> bool,
    {
        let hit = self.standings.iter().filter(|s| which(s));
        hit.map(|s| Mistake::of(&s.resource, format!("{} {words}", s.name)))
            .collect()
    }
}

/// The first three names, and how many more there are.
fn first_names<'a>(names: impl Iterator<Item = &'a str>) -> String {
    let all: Vec<_> = names.collect();
    let shown = all[..all.len().min(3)].join(", ");
    match all.len().saturating_sub(3) {
        0 => shown,
        more => format!("{shown} and {more} more"),
    }
}

#[cfg(test)]
mod tests;
