//! How a Region does: our own looks, alarms, health checks, disagreement.
//!
//! No single source decides: the report names what each says, and where
//! they disagree.

use jiff::{SignedDuration, Timestamp};

use super::ids::Region;
use super::resource::{HealthCheck, RecordSet};
use super::span::Span;
use super::{Estate, Known, Source};
use crate::failure::FailureKind;

/// A Region in which one source answers and this many others do not is dark,
/// too.
const DARK_SOURCES: u32 = 8;

/// Looks older than this say nothing of the present.
const WINDOW: SignedDuration = SignedDuration::from_mins(5);
/// With fewer looks that failed a Region is not called dark.
const DARK_AFTER: u32 = 3;
/// Below this share of good looks, in percent, a Region is degraded.
const WELL: u32 = 90;
/// As many changes between good and bad within the window are flapping.
const FLAPS: usize = 3;

/// What is said when no Region answers at all.
const NOWHERE: &str = "does not answer, and no other Region does: look at \
                       this machine's own network first";

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
}

/// A report of every Region that was asked anything.
pub(super) fn reports(
    estate: &Estate,
    source: Option<&Region>,
    target: Option<&Region>,
    now: Timestamp,
) -> Vec<Report> {
    let mut reports: Vec<Report> = estate
        .regions()
        .into_iter()
        .map(|region| {
            let role = match region {
                r if Some(r) == source => Role::Source,
                r if Some(r) == target => Role::Target,
                _ => Role::Other,
            };
            report(estate, region, role, now)
        })
        .collect();
    let dark = reports.iter().filter(|r| r.state == State::Dark).count();
    if dark > 1 && dark == reports.len() {
        for report in &mut reports {
            report.state = State::Unknown;
            NOWHERE.clone_into(&mut report.why);
        }
    }
    reports
}

fn report(
    estate: &Estate,
    region: &Region,
    role: Role,
    now: Timestamp,
) -> Report {
    let looks = looks(estate, region, now);
    let alarms: Vec<String> = estate
        .alarms()
        .filter(|a| a.region == region && a.item.state == "ALARM")
        .map(|a| a.item.name.clone())
        .collect();
    let failing = failing_checks(estate, region);
    let state = state(&looks, &failing);
    let flapping = looks.flips >= FLAPS;
    Report {
        region: region.clone(),
        role,
        state,
        why: why(&looks, state, &failing, &alarms, flapping, now),
        looks: (looks.good, looks.all),
        disagreement: disagreement(&looks, &failing),
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
        ours && !counts(source, known)
    });
    let mut all = Looks { otherwise: otherwise.count(), ..Looks::default() };
    let mut news: Vec<(Timestamp, bool)> = Vec::new();
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
        let Some((_, good)) = seen.last() else { continue };
        if *good {
            all.answering += 1;
        } else {
            all.failing += 1;
            let since = bad_since(known);
            all.since = all.since.into_iter().chain(since).min();
        }
        let flips = seen.windows(2).filter(|two| two[0].1 != two[1].1).count();
        all.flips = all.flips.max(flips);
    }
    all
}

/// Whether looks at a source tell how its Region does.
fn counts(source: &Source, known: &Known) -> bool {
    let blameless =
        known.failed.as_ref().is_some_and(|(_, f)| !blames_region(&f.kind));
    source.is_watched() && !blameless
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
    let well = looks.good * 100 >= looks.all * WELL;
    match (looks.all, looks.answering, looks.failing) {
        (0, _, _) if failing.is_empty() => State::Unknown,
        (_, 0, failing) if failing > 0 && bad >= DARK_AFTER => State::Dark,
        // What little answers may come from elsewhere: who we are is asked
        // in whichever Region tells it.
        (all, 1, failing)
            if failing >= DARK_SOURCES && looks.good * 10 < all =>
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
        (State::Dark, Some(since)) => {
            format!("answers none of our looks for {since}")
        }
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

fn disagreement(looks: &Looks, failing: &[String]) -> Option<String> {
    let well = looks.all > 0 && looks.good * 100 >= looks.all * WELL;
    let dark = looks.answering == 0 && looks.failing > 0;
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
mod tests {
    use super::super::ids::Account;
    use super::super::{Found, Observation, What};
    use super::*;
    use crate::failure::Failure;

    fn at(second: i64) -> Timestamp {
        Timestamp::from_second(1_000_000 + second).expect("in range")
    }

    fn look(
        estate: &mut Estate,
        region: &str,
        what: What,
        second: i64,
        kind: Option<FailureKind>,
    ) {
        let account = Account::new("111122223333");
        let found = match kind {
            Some(kind) => Err(Failure::new("look", kind)),
            None => Ok(Found::Vaults([].into())),
        };
        estate.apply(Observation {
            source: Source::aws(&account, &region.into(), what),
            begun: at(second),
            at: at(second),
            found,
            partial: None,
        });
    }

    fn of(estate: &Estate, region: &str, second: i64) -> Report {
        let west = Region::new("eu-west-1");
        let central = Region::new("eu-central-1");
        reports(estate, Some(&west), Some(&central), at(second))
            .into_iter()
            .find(|report| &*report.region == region)
            .expect("looked at")
    }

    fn two_regions() -> Estate {
        let mut estate = Estate::default();
        for second in [0, 15, 30] {
            look(&mut estate, "eu-west-1", What::Vaults, second, None);
            look(&mut estate, "eu-central-1", What::Vaults, second, None);
        }
        estate
    }

    #[test]
    fn a_region_that_answers_every_look_is_healthy() {
        let report = of(&two_regions(), "eu-central-1", 40);
        assert_eq!(report.state, State::Healthy);
        assert_eq!((report.role, report.looks), (Role::Target, (3, 3)));
    }

    #[test]
    fn a_region_is_dark_once_nothing_answers_three_times() {
        let mut estate = two_regions();
        let gone = Some(FailureKind::Unreachable);
        look(&mut estate, "eu-west-1", What::Vaults, 45, gone.clone());
        look(&mut estate, "eu-west-1", What::Vaults, 60, gone.clone());
        assert_eq!(of(&estate, "eu-west-1", 60).state, State::Degraded);
        look(&mut estate, "eu-west-1", What::Vaults, 75, gone);
        let report = of(&estate, "eu-west-1", 75);
        assert_eq!(report.state, State::Dark);
        assert_eq!(report.since, Some(at(45)));
        assert_eq!(of(&estate, "eu-central-1", 75).state, State::Healthy);
    }

    #[test]
    fn a_denied_look_says_nothing_against_the_region() {
        let mut estate = two_regions();
        for second in [45, 60, 75, 90] {
            let denied = Some(FailureKind::Denied { action: None });
            look(&mut estate, "eu-west-1", What::Alarms, second, denied);
        }
        assert_eq!(of(&estate, "eu-west-1", 90).state, State::Healthy);
    }

    #[test]
    fn when_no_region_answers_none_is_called_dark() {
        let mut estate = Estate::default();
        for second in [0, 15, 30] {
            for region in ["eu-west-1", "eu-central-1"] {
                let gone = Some(FailureKind::TimedOut);
                look(&mut estate, region, What::Vaults, second, gone);
            }
        }
        let report = of(&estate, "eu-west-1", 31);
        assert_eq!(report.state, State::Unknown);
        assert!(report.why.contains("own network"), "{}", report.why);
    }

    #[test]
    fn a_region_not_looked_at_for_five_minutes_is_unknown() {
        let report = of(&two_regions(), "eu-west-1", 400);
        assert_eq!(report.state, State::Unknown);
    }

    #[test]
    fn a_region_that_goes_up_and_down_is_said_to_flap() {
        let mut estate = two_regions();
        for second in [45, 75, 105] {
            let gone = Some(FailureKind::Faulted);
            look(&mut estate, "eu-west-1", What::Vaults, second, gone);
            look(&mut estate, "eu-west-1", What::Vaults, second + 15, None);
        }
        let report = of(&estate, "eu-west-1", 121);
        assert!(report.flapping);
        assert_eq!(report.state, State::Degraded);
    }

    #[test]
    fn a_record_points_to_the_region_its_host_names() {
        let record = |value: &str| RecordSet {
            zone: "Z1".into(),
            name: "learn.example".into(),
            kind: "CNAME".into(),
            identifier: None,
            failover: None,
            weight: None,
            ttl: None,
            values: vec![value.into()],
            alias: None,
            evaluates: None,
            health_check: None,
        };
        let west = Region::new("eu-west-1");
        assert!(points_to(&record("lb.eu-west-1.elb.amazonaws.com"), &west));
        assert!(!points_to(&record("lb.eu-west-2.elb.amazonaws.com"), &west));
        assert!(!points_to(&record("lb.eu-west-12.elb.aws.com"), &west));
    }
}
