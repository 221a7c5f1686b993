//! How a Region does: our own looks, alarms, health checks, disagreement.
//!
//! No single source decides: the report names what each says, and where
//! they disagree.

mod service;

use jiff::{SignedDuration, Timestamp};

use super::ids::Region;
use super::part::Kind;
use super::resource::{HealthCheck, RecordSet};
use super::span::Span;
use super::{Estate, Known, Source, What};
use crate::failure::FailureKind;

pub use service::Service;

/// A Region is dark, too, where for each source that answers this many
/// others do not, and of all looks fewer than [`DARK_SHARE`] in a hundred
/// were good: a look that gets through now and then does not lift it.
const DARK_SOURCES: u32 = 8;
/// See [`DARK_SOURCES`].
const DARK_SHARE: u32 = 10;

/// Looks older than this say nothing of the present.
const WINDOW: SignedDuration = SignedDuration::from_mins(5);
/// With fewer looks that failed a Region is not called dark.
const DARK_AFTER: u32 = 3;
/// Below this share of good looks, in percent, a Region is degraded.
const WELL: u32 = 90;
/// As many changes between good and bad within the window are flapping.
const FLAPS: usize = 3;

/// What is said when no Region answers at all.
const NOWHERE: &str = "does not answer, and no other Region does: this \
                       machine's network is the first suspect";
/// What is said when the services of a Region do well and its APIs do not.
const IMPAIRED: &str =
    "AWS APIs impaired, service healthy: failover not indicated";
/// How long APIs must have done badly before the health of the services
/// beside them is believed: health checks take up to 90 seconds to turn.
const SETTLED: SignedDuration = SignedDuration::from_mins(2);

/// How a Region does.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum State {
    /// It answers as it should.
    Healthy,
    /// It answers in part, or its endpoints are down.
    Degraded,
    /// It does not answer.
    Dark,
    /// Not known.
    Unknown,
}

impl State {
    /// The word shown.
    pub fn word(self) -> &'static str {
        match self {
            State::Healthy => "healthy",
            State::Degraded => "degraded",
            State::Dark => "dark",
            State::Unknown => "unknown",
        }
    }
}

/// What a Region is for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Role {
    /// The estate lives there.
    Source,
    /// One would recover there.
    Target,
    /// Neither.
    Other,
}

/// What is known of how a Region does.
#[derive(Clone, Debug, PartialEq)]
pub struct Report {
    /// The Region.
    pub region: Region,
    /// What it is for.
    pub role: Role,
    /// How it does.
    pub state: State,
    /// Why, as a phrase that continues "the Region ...".
    pub why: String,
    /// Good looks of ours and all, in the last five minutes.
    pub looks: (u32, u32),
    /// Names of alarms that ring there.
    pub alarms: Vec<String>,
    /// Health checks of endpoints there that fail, by what they check.
    pub failing: Vec<String>,
    /// What the user's own services there tell of themselves.
    pub service: Service,
    /// What follows for a failover, where the APIs and the services there
    /// do not do alike.
    pub advice: Option<&'static str>,
    /// What the sources disagree on.
    pub disagreement: Option<String>,
    /// Whether it went up and down several times in the last five minutes.
    pub flapping: bool,
    /// Since when we see that it does badly.
    pub since: Option<Timestamp>,
}

impl Report {
    /// How it does.
    pub fn state(&self) -> State {
        self.state
    }

    /// Whether no Region answers at all, which says nothing of this one.
    pub fn is_blind(&self) -> bool {
        self.state == State::Unknown && self.why == NOWHERE
    }

    /// The advice, where there is one, and why the Region does as it does.
    pub fn told(&self) -> String {
        match self.advice {
            Some(advice) => format!("{advice}; it {}", self.why),
            None => self.why.clone(),
        }
    }

    /// The share of our looks that were good, in percent.
    pub fn share(&self) -> Option<u32> {
        let (good, all) = self.looks;
        (all > 0).then(|| good * 100 / all)
    }
}

/// What our own looks at one Region say.
#[derive(Debug, Default)]
struct Looks {
    good: u32,
    all: u32,
    failing: u32,
    answering: u32,
    /// Sources that fail without speaking against the Region.
    otherwise: usize,
    flips: usize,
    since: Option<Timestamp>,
    /// The first look in the window that failed.
    bad_from: Option<Timestamp>,
    /// The newest look that was good.
    good_at: Option<Timestamp>,
}

impl Looks {
    fn well(&self) -> bool {
        self.good * 100 >= self.all * WELL
    }

    fn silent(&self) -> bool {
        self.answering == 0 && self.failing > 0
    }

    /// Since when it does as badly as now: since the first failure, or since
    /// the last answer where there is none any more.
    fn worse_since(&self) -> Option<Timestamp> {
        let last = self.good_at.filter(|_| self.silent());
        self.bad_from.into_iter().chain(last).max()
    }
}

/// A report of every Region that was asked anything.
pub(super) fn reports(
    estate: &Estate,
    source: Option<&Region>,
    target: Option<&Region>,
    now: Timestamp,
) -> Vec<Report> {
    let all = estate.regions().into_iter().map(|region| {
        let role = match region {
            r if Some(r) == source => Role::Source,
            r if Some(r) == target => Role::Target,
            _ => Role::Other,
        };
        let looks = looks(estate, region, now);
        let silent = looks.silent();
        let tells = silent || looks.answering > 0;
        (report(estate, region, role, &looks, now), tells, silent)
    });
    let all: Vec<(Report, bool, bool)> = all.collect();
    let dark =
        all.iter().filter(|(report, ..)| report.state == State::Dark).count();
    let nowhere = all.iter().all(|(_, tells, silent)| *silent || !*tells);
    let blind = dark > 1 && nowhere;
    all.into_iter()
        .map(|(report, ..)| if blind { unseen(report) } else { report })
        .collect()
}

/// A report of a Region that we cannot see at all.
fn unseen(report: Report) -> Report {
    Report {
        state: State::Unknown,
        why: NOWHERE.to_owned(),
        advice: None,
        ..report
    }
}

fn report(
    estate: &Estate,
    region: &Region,
    role: Role,
    looks: &Looks,
    now: Timestamp,
) -> Report {
    let alarms: Vec<String> = estate
        .alarms()
        .filter(|a| a.region == region && a.item.state == "ALARM")
        .map(|a| a.item.name.clone())
        .collect();
    let failing = failing_checks(estate, region);
    let state = state(looks, &failing);
    let flapping = looks.flips >= FLAPS;
    let service = service::of(estate, region, looks.worse_since(), now);
    Report {
        region: region.clone(),
        role,
        state,
        why: why(looks, state, &failing, &alarms, flapping, now),
        looks: (looks.good, looks.all),
        disagreement: disagreement(looks, &failing),
        advice: advice(looks, &service, now),
        service,
        alarms,
        failing,
        flapping,
        since: looks.since,
    }
}

/// Whether a failure speaks against the Region, and not against us.
fn blames_region(kind: &FailureKind) -> bool {
    match kind {
        FailureKind::Unreachable
        | FailureKind::TimedOut
        | FailureKind::Faulted => true,
        FailureKind::Throttled
        | FailureKind::Denied { .. }
        | FailureKind::NotFound
        | FailureKind::Conflict
        | FailureKind::Expired
        | FailureKind::Garbled
        | FailureKind::Other => false,
    }
}

fn looks(estate: &Estate, region: &Region, now: Timestamp) -> Looks {
    let otherwise = estate.sources().filter(|(source, known)| {
        let ours = source.is_watched() && source.region() == Some(region);
        ours && !asks_elsewhere(source) && !counts(source, known)
    });
    let mut all = Looks { otherwise: otherwise.count(), ..Looks::default() };
    let mut news: Vec<(Timestamp, bool)> = Vec::new();
    let mut good_at: Vec<Timestamp> = Vec::new();
    for (source, known) in estate.sources() {
        let ours = source.region() == Some(region) && counts(source, known);
        if !ours {
            continue;
        }
        let recent = known
            .record
            .iter()
            .filter(|(at, _)| now.duration_since(*at) <= WINDOW);
        let before = news.len();
        news.extend(recent.copied());
        let seen = &news[before..];
        all.all += u32::try_from(seen.len()).unwrap_or(u32::MAX);
        all.good += u32::try_from(seen.iter().filter(|l| l.1).count())
            .unwrap_or(u32::MAX);
        let Some((at, good)) = seen.last() else { continue };
        let bad_from = seen.iter().find(|(_, good)| !good).map(|(at, _)| *at);
        all.bad_from = all.bad_from.into_iter().chain(bad_from).min();
        let newest = seen.iter().rfind(|(_, good)| *good).map(|(at, _)| *at);
        all.good_at = all.good_at.into_iter().chain(newest).max();
        if *good {
            good_at.push(*at);
        } else {
            all.failing += 1;
            let since = bad_since(known);
            all.since = all.since.into_iter().chain(since).min();
        }
        let flips = seen.windows(2).filter(|two| two[0].1 != two[1].1).count();
        all.flips = all.flips.max(flips);
    }
    // What is asked seldom and was answered before the others began to fail
    // does not tell that the Region still answers.
    let since = all.since;
    let counts = |at: &&Timestamp| since.is_none_or(|since| **at >= since);
    let answering = good_at.iter().filter(counts).count();
    all.answering = u32::try_from(answering).unwrap_or(u32::MAX);
    all
}

/// Whether looks at a source tell how its Region does.
fn counts(source: &Source, known: &Known) -> bool {
    let blameless =
        known.failed.as_ref().is_some_and(|(_, f)| !blames_region(&f.kind));
    source.is_watched() && !blameless && !asks_elsewhere(source)
}

/// Switches are told by endpoints in five Regions, wherever their source is
/// counted.
fn asks_elsewhere(source: &Source) -> bool {
    matches!(source, Source::Aws { what: What::Parts(Kind::Switches), .. })
}

/// The first of the looks that failed since the last good one.
fn bad_since(known: &Known) -> Option<Timestamp> {
    known
        .record
        .iter()
        .rev()
        .take_while(|(_, good)| !good)
        .last()
        .map(|(at, _)| *at)
}

fn state(looks: &Looks, failing: &[String]) -> State {
    let bad = looks.all - looks.good;
    let well = looks.well();
    match (looks.all, looks.answering, looks.failing) {
        (0, _, _) if failing.is_empty() => State::Unknown,
        (_, 0, failing) if failing > 0 && bad >= DARK_AFTER => State::Dark,
        // What little answers may come from elsewhere: who we are is asked
        // in whichever Region tells it.
        (all, answering @ 1.., failing)
            if failing >= answering * DARK_SOURCES
                && looks.good * 100 < all * DARK_SHARE =>
        {
            State::Dark
        }
        _ if !well || !failing.is_empty() => State::Degraded,
        _ => State::Healthy,
    }
}

fn why(
    looks: &Looks,
    state: State,
    failing: &[String],
    alarms: &[String],
    flapping: bool,
    now: Timestamp,
) -> String {
    let (good, all) = (looks.good, looks.all);
    let since = looks.since.map(|at| Span(now.duration_since(at)));
    let own = match (state, since) {
        (State::Unknown, _) => "was not looked at lately".to_owned(),
        (State::Dark, Some(since)) if looks.answering == 0 => {
            format!("answers none of our looks for {since}")
        }
        (State::Dark, _) => format!(
            "answered {good} of {all} looks in 5 minutes, and fewer than \
             {DARK_SHARE} in 100 do not lift it"
        ),
        _ if all == 0 => "was not looked at lately".to_owned(),
        _ => format!("answered {good} of {all} looks in 5 minutes"),
    };
    let otherwise = match looks.otherwise {
        0 => None,
        1 => Some("1 source fails for another reason".to_owned()),
        n => Some(format!("{n} sources fail for other reasons")),
    };
    let check =
        failing.first().map(|first| format!("health check of {first} fails"));
    let alarm = alarms.first().map(|first| match alarms.len() {
        1 => format!("alarm {first}"),
        n => format!("alarm {first} and {} more", n - 1),
    });
    let flaps = flapping.then(|| {
        "it goes up and down: do not trust a single good look".to_owned()
    });
    let all: Vec<String> = [Some(own), otherwise, check, alarm, flaps]
        .into_iter()
        .flatten()
        .collect();
    all.join("; ")
}

/// That a failover is not indicated, where the APIs have done badly for a
/// while and all that tells of the services there is good.
fn advice(
    looks: &Looks,
    service: &Service,
    now: Timestamp,
) -> Option<&'static str> {
    let lasting = looks
        .worse_since()
        .is_some_and(|from| now.duration_since(from) >= SETTLED);
    let impaired = looks.all > 0 && !looks.well() && lasting;
    (impaired && service.is_healthy()).then_some(IMPAIRED)
}

fn disagreement(looks: &Looks, failing: &[String]) -> Option<String> {
    let well = looks.all > 0 && looks.well();
    let dark = looks.silent();
    match (well, failing.first()) {
        (true, Some(first)) => Some(format!(
            "AWS answers us well, but the health check of {first} fails"
        )),
        (false, None) if dark => Some(
            "AWS does not answer us, but no health check there fails"
                .to_owned(),
        ),
        _ => None,
    }
}

/// Health checks that fail and belong to a record that points there.
fn failing_checks(estate: &Estate, region: &Region) -> Vec<String> {
    let mut failing: Vec<String> = estate
        .records()
        .filter(|placed| points_to(placed.item, region))
        .filter_map(|placed| {
            let id = placed.item.health_check.as_deref()?;
            let check = estate.health_checks().find(|c| c.item.id == id)?;
            (check.item.healthy() == Some(false)).then(|| name_of(check.item))
        })
        .collect();
    failing.sort_unstable();
    failing.dedup();
    failing
}

fn name_of(check: &HealthCheck) -> String {
    let HealthCheck { id, target, .. } = check;
    if target.is_empty() { id.clone() } else { target.clone() }
}

/// Whether a record's values or alias name the Region, as AWS's own host
/// names do (`name.eu-west-1.elb.amazonaws.com`).
pub(super) fn points_to(record: &RecordSet, region: &Region) -> bool {
    record.values.iter().any(|value| names(value, region))
        || record.alias.as_ref().is_some_and(|(host, _)| names(host, region))
}

/// Whether a host name has the name of a Region among its parts.
pub(super) fn names(host: &str, region: &Region) -> bool {
    host.split(['.', '-', '/'])
        .collect::<Vec<_>>()
        .windows(3)
        .any(|part| part.join("-") == region.as_str())
}

#[cfg(test)]
mod tests;
