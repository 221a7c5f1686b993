//! Recovery patterns: what an application's recovery really rests on, by
//! evidence from the estate.
//!
//! An application is what carries one value of a tag. Each pattern is judged
//! by itself: proven with evidence, not there with what is missing, or
//! unknown where a look it rests on is denied, cut short or old. A pattern is
//! never told higher than it is proven.

mod compute;
mod data;
mod levels;
mod members;
mod traffic;
mod trust;

use std::fmt;

use jiff::{SignedDuration, Timestamp};
use serde::Serialize;

use super::ids::Region;
use super::standing::{Standing, State};
use super::{Estate, Source};
use members::{Group, groups};
use trust::Trust;

/// The tag that names an application, unless the config names another.
pub const APP_TAG: &str = "app";

/// How an application can come back, the slowest first.
// https://docs.aws.amazon.com/whitepapers/latest/disaster-recovery-workloads-on-aws/disaster-recovery-options-in-the-cloud.html
#[derive(
    Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize,
)]
#[serde(rename_all = "snake_case")]
pub enum Pattern {
    /// Everything has a usable backup in its own Region.
    InRegion,
    /// Everything has a usable backup in the recovery Region; what runs is
    /// launched only in recovery.
    CrossRegion,
    /// That, with templates and images there, so that all that runs can be
    /// built anew.
    Rebuild,
    /// The data follows in the recovery Region; what runs stands there
    /// switched off.
    PilotLight,
    /// The data follows there, and all that runs does so there, if smaller.
    WarmStandby,
    /// Both Regions run it at full size and are sent traffic.
    ActiveActive,
}

impl Pattern {
    /// All of them, the slowest first.
    pub const ALL: [Pattern; 6] = [
        Pattern::InRegion,
        Pattern::CrossRegion,
        Pattern::Rebuild,
        Pattern::PilotLight,
        Pattern::WarmStandby,
        Pattern::ActiveActive,
    ];

    /// Its name for people.
    pub fn name(self) -> &'static str {
        match self {
            Pattern::InRegion => "in-Region backups",
            Pattern::CrossRegion => "cross-Region backups",
            Pattern::Rebuild => "immutable rebuild",
            Pattern::PilotLight => "pilot light",
            Pattern::WarmStandby => "warm standby",
            Pattern::ActiveActive => "active-active",
        }
    }

    /// What must be seen for it.
    pub fn needs(self) -> &'static str {
        match self {
            Pattern::InRegion => {
                "every resource with data has a usable backup in its Region"
            }
            Pattern::CrossRegion => {
                "every resource with data has a usable backup in the \
                 recovery Region"
            }
            Pattern::Rebuild => {
                "cross-Region backups, and stacks and images in the recovery \
                 Region for all that runs"
            }
            Pattern::PilotLight => {
                "the data of every resource follows in the recovery Region; \
                 services and groups are defined there"
            }
            Pattern::WarmStandby => {
                "the data follows in the recovery Region, and every service \
                 runs there, if smaller"
            }
            Pattern::ActiveActive => {
                "the data follows, every service runs at full size in both \
                 Regions, and both are sent traffic"
            }
        }
    }

    /// The shortest recovery time that it can be expected to give, by the
    /// orders of magnitude of AWS's paper: hours, tens of minutes, minutes,
    /// none.
    pub fn shortest(self) -> SignedDuration {
        match self {
            Pattern::InRegion | Pattern::CrossRegion | Pattern::Rebuild => {
                SignedDuration::from_hours(1)
            }
            Pattern::PilotLight => SignedDuration::from_mins(10),
            Pattern::WarmStandby => SignedDuration::from_mins(1),
            Pattern::ActiveActive => SignedDuration::ZERO,
        }
    }

    /// The same in words.
    pub fn order(self) -> &'static str {
        match self {
            Pattern::InRegion | Pattern::CrossRegion | Pattern::Rebuild => {
                "hours"
            }
            Pattern::PilotLight => "tens of minutes",
            Pattern::WarmStandby => "minutes",
            Pattern::ActiveActive => "no time",
        }
    }
}

impl fmt::Display for Pattern {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(self.name())
    }
}

/// Something that was seen, and when.
#[derive(Clone, Debug, PartialEq)]
pub struct Proof {
    /// What was seen, as a sentence without a full stop.
    pub what: String,
    /// The look that saw it.
    pub source: Source,
    /// When that look ended.
    pub at: Timestamp,
}

/// Whether an application has a pattern.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum Met {
    /// It was seen to.
    Proven,
    /// Something is missing.
    Missing,
    /// What was seen does not bear an answer.
    Unknown,
}

/// One pattern as one application stands to it.
#[derive(Clone, Debug, PartialEq)]
pub struct Level {
    /// The pattern.
    pub pattern: Pattern,
    /// What was seen of it.
    pub evidence: Vec<Proof>,
    /// What is missing for it.
    pub missing: Vec<String>,
    /// What cannot be told.
    pub unknown: Vec<String>,
}

impl Level {
    fn new(pattern: Pattern) -> Self {
        let (evidence, missing) = (Vec::new(), Vec::new());
        Level { pattern, evidence, missing, unknown: Vec::new() }
    }

    /// Whether the application has it.
    pub fn met(&self) -> Met {
        if !self.missing.is_empty() {
            Met::Missing
        } else if !self.unknown.is_empty() || self.evidence.is_empty() {
            Met::Unknown
        } else {
            Met::Proven
        }
    }

    /// The first thing that is missing or cannot be told, and how many more
    /// there are.
    pub fn lacks(&self) -> Option<String> {
        let mut all = self.missing.iter().chain(&self.unknown);
        let first = all.next()?;
        Some(match all.count() {
            0 => first.clone(),
            more => format!("{first}, and {more} more"),
        })
    }
}

/// What an application consists of, outside the recovery Region.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Parts {
    /// Resources that hold data.
    pub data: usize,
    /// Services, groups and instances that run.
    pub compute: usize,
    /// Stacks.
    pub stacks: usize,
    /// Functions, state machines and rules that automate its recovery, in
    /// all Regions.
    pub automation: usize,
}

/// What is demanded of an application, by the strictest of its resources.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Demand {
    /// The shortest RTO.
    pub rto: Option<SignedDuration>,
    /// The shortest RPO.
    pub rpo: Option<SignedDuration>,
    /// How many resources would lose more than their RPO.
    pub outside: usize,
}

/// One application with the pattern it really has.
#[derive(Clone, Debug, PartialEq)]
pub struct Application {
    /// The value of its tag; none gathers what carries no such tag.
    pub name: Option<String>,
    /// What it consists of.
    pub parts: Parts,
    /// What is demanded of it.
    pub demand: Demand,
    /// How it stands to each pattern, the slowest first.
    pub levels: Vec<Level>,
    /// The pattern that old answers speak for, where the newest bear less.
    pub seen: Option<Pattern>,
    /// What automates its recovery, with the Region it lives in.
    pub automation: Vec<String>,
}

impl Application {
    /// The highest pattern that is proven.
    pub fn proven(&self) -> Option<Pattern> {
        let met = |level: &&Level| level.met() == Met::Proven;
        self.levels.iter().rev().find(met).map(|level| level.pattern)
    }

    /// Whether it may have a higher pattern than is proven.
    pub fn is_unsure(&self) -> bool {
        let proven = self.proven();
        self.levels.iter().any(|level| {
            level.met() == Met::Unknown && Some(level.pattern) > proven
        })
    }

    /// The pattern after the one that is proven.
    pub fn next(&self) -> Option<&Level> {
        let proven = self.proven();
        self.levels.iter().find(|level| Some(level.pattern) > proven)
    }

    /// Whether the pattern it has can be expected to keep the strictest RTO;
    /// none if nothing is demanded or no pattern is proven.
    pub fn keeps_rto(&self) -> Option<bool> {
        let (rto, proven) = (self.demand.rto?, self.proven()?);
        Some(proven.shortest() <= rto)
    }

    /// Its pattern in few words.
    pub fn words(&self) -> String {
        match (self.proven(), self.is_unsure()) {
            (Some(pattern), false) => pattern.name().to_owned(),
            (Some(pattern), true) => format!("at least {pattern}"),
            (None, true) => "unknown".to_owned(),
            (None, false) => "none".to_owned(),
        }
    }
}

/// What applications are judged by besides the estate.
#[derive(Clone, Copy, Debug)]
pub struct Aim<'a> {
    /// The tag that names an application.
    pub tag: &'a str,
    /// The Region one would recover in.
    pub target: Option<&'a Region>,
    /// The time.
    pub now: Timestamp,
}

/// Every application by name, and what belongs to none at the end.
pub fn applications(
    estate: &Estate,
    standings: &[Standing],
    aim: Aim<'_>,
) -> Vec<Application> {
    let groups = groups(estate, standings, aim);
    let strict = Trust::new(estate, aim.now, true);
    let lenient = Trust::new(estate, aim.now, false);
    let mut all: Vec<Application> = groups
        .iter()
        .map(|group| {
            let levels = levels::judge(group, estate, aim, &strict);
            let mut found = Application {
                name: group.name.map(str::to_owned),
                parts: group.parts(),
                demand: demand(group),
                levels,
                seen: None,
                automation: group.automation.clone(),
            };
            if found.is_unsure() {
                found.seen = seen(group, estate, aim, &lenient, &found);
            }
            found
        })
        .collect();
    all.sort_by_key(|one| (one.name.is_none(), one.name.clone()));
    all
}

/// What old answers speak for, if that is more than is proven.
fn seen(
    group: &Group<'_>,
    estate: &Estate,
    aim: Aim<'_>,
    lenient: &Trust<'_>,
    found: &Application,
) -> Option<Pattern> {
    let levels = levels::judge(group, estate, aim, lenient);
    let was = Application { levels, ..found.clone() }.proven();
    was.filter(|_| was > found.proven())
}

fn demand(group: &Group<'_>) -> Demand {
    let standings = || group.data.iter().filter_map(|data| data.standing);
    Demand {
        rto: standings().filter_map(|standing| standing.rto).min(),
        rpo: standings().filter_map(|standing| standing.rpo).min(),
        outside: standings().filter(|s| s.state == State::Outside).count(),
    }
}

#[cfg(test)]
mod tests;
