//! Derived: what follows from the estate, worked out when it has changed.

use std::sync::Arc;

use jiff::{SignedDuration, Timestamp};

use super::Estate;
use super::cost::{Bill, Cost, Ledger};
use super::ids::Region;
use super::metrics::Drilled;
use super::objective::Rules;
use super::points::Points;
use super::posture::{self, Severity};
use super::region::{self, Role, State as Health};
use super::standing::{Aim, Standing, State, standings};
use super::subject::{Subject, subjects};
use super::verdict::{Verdict, unlisted, verdict};

pub use super::region::Report;

/// How long verdicts of checks hold while nothing changes: they name times
/// that pass.
const JUDGE: SignedDuration = SignedDuration::from_secs(10);

/// How the estate is judged.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Watch {
    /// The Region the estate lives in, where one is known.
    pub source: Option<Region>,
    /// The Region one would recover in.
    pub target: Option<Region>,
    /// What is demanded of which resource.
    pub rules: Rules,
    /// How recovery points are priced.
    pub bill: Bill,
    /// How each runbook stands with its drills.
    pub drilled: Vec<Drilled>,
}

/// What follows from the estate.
#[derive(Clone, Debug, Default)]
pub struct Derived {
    /// The version of the estate it follows from.
    pub version: u64,
    /// How every protected resource stands against its objective, by risk;
    /// shared, so that a screen can tell whether it has seen this very list.
    pub standings: Arc<[Standing]>,
    /// Whether one can recover.
    pub verdict: Verdict,
    /// How each Region does.
    pub regions: Vec<Report>,
    /// What is wrong with the way the estate is protected, worst first.
    pub posture: Arc<[posture::Verdict]>,
    /// What the checks of protection cannot tell.
    pub unsure: Arc<[posture::Verdict]>,
    /// Since when the first of the alarms that are on has been on, of those
    /// of the last hours.
    pub alarmed: Option<Timestamp>,
    /// The recovery points by resource.
    pub points: Arc<Points>,
    /// What they cost a month, by estimate.
    pub cost: Arc<Cost>,
    ledger: Ledger,
    judged: Judged,
    subjects: Arc<[Subject]>,
    basis: Option<Basis>,
}

/// The answers and the demands that something follows from.
#[derive(Clone, Debug)]
struct Basis {
    changed: u64,
    listed: u64,
    watch: Arc<Watch>,
}

impl Derived {
    /// Works out what follows from the estate.
    pub fn of(
        estate: &Estate,
        watch: &Watch,
        impact: Option<Timestamp>,
        now: Timestamp,
    ) -> Self {
        Self::default().next(estate, watch, impact, now)
    }

    /// The same, with what has not changed since this one taken over: the
    /// recovery points are gone through only when an answer has changed.
    #[must_use]
    pub fn next(
        &self,
        estate: &Estate,
        watch: &Watch,
        impact: Option<Timestamp>,
        now: Timestamp,
    ) -> Self {
        let points = if self.points.is_of(estate) {
            Arc::clone(&self.points)
        } else {
            Arc::new(self.points.next(estate))
        };
        let basis = self.basis.as_ref().filter(|by| *by.watch == *watch);
        let same = basis.is_some_and(|by| by.changed == estate.changed);
        let subjects = if same {
            Arc::clone(&self.subjects)
        } else {
            let home = watch.source.as_ref();
            subjects(estate, &points, &watch.rules, home).into()
        };
        let target = watch.target.as_ref();
        let aim = Aim { target, impact, now };
        let standings: Arc<[Standing]> =
            standings(estate, &points, &subjects, aim).into();
        let source = watch.source.as_ref();
        let regions = region::reports(estate, source, target, now);
        let bill = &watch.bill;
        let ledger = self.ledger.next(estate, &points, &subjects, bill, now);
        let cost = if same && ledger.is(&self.ledger) {
            Arc::clone(&self.cost)
        } else {
            Arc::new(ledger.cost(estate, &subjects, &bill.prices))
        };
        let with = (&*standings, &*points, &*cost);
        // A look at one thing, such as a step takes each second, moves no
        // check: they rest on lists.
        let listed = basis.is_some_and(|by| by.listed == estate.listed);
        let before = listed.then_some(&self.judged);
        let judged = judged(before, estate, watch, with, (impact, now));
        Derived {
            version: estate.version,
            verdict: verdict(&standings, &regions, target, &unlisted(estate)),
            alarmed: alarmed(estate, now),
            posture: Arc::clone(&judged.posture),
            unsure: Arc::clone(&judged.unsure),
            judged,
            standings,
            regions,
            points,
            cost,
            ledger,
            subjects,
            basis: Some(Basis {
                changed: estate.changed,
                listed: estate.listed,
                watch: basis.map_or_else(
                    || Arc::new(watch.clone()),
                    |basis| Arc::clone(&basis.watch),
                ),
            }),
        }
    }

    /// When the impact seems to have begun, while the Region the estate
    /// lives in does badly: the first of its looks that failed, or an alarm
    /// elsewhere that has been on since before.
    pub fn impact_proposed(&self) -> Option<Timestamp> {
        self.regions
            .iter()
            .filter(|report| report.role == Role::Source)
            .filter(|report| {
                matches!(report.state, Health::Dark | Health::Degraded)
            })
            .filter_map(|report| report.since)
            .min()
            .map(|since| self.alarmed.map_or(since, |at| at.min(since)))
    }

    /// How one Region does, if it was ever asked anything.
    pub fn region(&self, region: &Region) -> Option<&Report> {
        self.regions.iter().find(|report| report.region == *region)
    }
}

/// The verdicts of the checks, and what they follow from.
#[derive(Clone, Debug, Default)]
struct Judged {
    posture: Arc<[posture::Verdict]>,
    unsure: Arc<[posture::Verdict]>,
    basis: Option<Moment>,
}

/// What the checks say: as `before`, over the same answers and the same
/// watch, while nothing else that they rest on has changed or got too old,
/// since they take long over a large estate.
fn judged(
    before: Option<&Judged>,
    estate: &Estate,
    watch: &Watch,
    with: (&[Standing], &Points, &Cost),
    (impact, now): (Option<Timestamp>, Timestamp),
) -> Judged {
    let mut basis = Moment {
        at: now,
        until: None,
        impact,
        states: with.0.iter().map(|one| one.state).collect(),
    };
    let holds = |old: &Moment| old.holds(&basis);
    if let Some(before) = before
        && before.basis.as_ref().is_some_and(holds)
    {
        return before.clone();
    }
    let verdicts = posture::verdicts(estate, with, watch, now);
    let told = |v: &posture::Verdict| v.severity != Severity::Unknown;
    let (posture, unsure): (Vec<_>, Vec<_>) =
        verdicts.into_iter().partition(told);
    basis.until = estate.bears_until(now);
    let (posture, unsure) = (posture.into(), unsure.into());
    Judged { posture, unsure, basis: Some(basis) }
}

/// What verdicts of checks follow from, beside the answers and the watch.
#[derive(Clone, Debug)]
struct Moment {
    at: Timestamp,
    /// When the first look that they rest on gets too old for that.
    until: Option<Timestamp>,
    impact: Option<Timestamp>,
    states: Vec<State>,
}

impl Moment {
    /// Whether they are still what they would be now, but for times that
    /// they name.
    fn holds(&self, other: &Moment) -> bool {
        let age = other.at.duration_since(self.at);
        !age.is_negative()
            && age < JUDGE
            && self.until.is_none_or(|until| other.at <= until)
            && self.impact == other.impact
            && self.states == other.states
    }
}

/// The first of the alarms that are on now and went on in the last hours; an
/// older one has another cause.
fn alarmed(estate: &Estate, now: Timestamp) -> Option<Timestamp> {
    const HOURS: SignedDuration = SignedDuration::from_hours(3);
    estate
        .alarms()
        .filter(|alarm| alarm.item.state == "ALARM")
        .filter_map(|alarm| alarm.item.since)
        .filter(|since| now.duration_since(*since) <= HOURS)
        .min()
}
