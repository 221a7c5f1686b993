//! What speaks for an incident, and what speaks against one.

use std::collections::BTreeMap;

use jiff::{SignedDuration, Timestamp};

use crate::estate::Estate;
use crate::estate::derived::{Derived, Report};
use crate::estate::ids::Region;
use crate::estate::part::health::HealthEvent;
use crate::estate::queue::Event;
use crate::estate::region::{Role, State};

/// What is older than this has another cause.
const RECENT: SignedDuration = SignedDuration::from_hours(3);

/// A Region must have been dark for as long before that alone is proposed:
/// by then the others have told whether it is this machine's network, and
/// health checks, which take up to 90 s to turn, whether its services do
/// well.
const LASTS: SignedDuration = SignedDuration::from_secs(150);

/// The most pieces of evidence that are told one by one.
const MOST: usize = 6;

/// An incident as the console proposes it.
#[derive(Clone, Debug, PartialEq)]
pub struct Proposal {
    /// The Region it is about.
    pub region: Region,
    /// Whether the estate lives there.
    pub is_home: bool,
    /// What it could be called.
    pub title: String,
    /// When it seems to have begun: the earliest of the evidence.
    pub impact: Timestamp,
    /// What was seen, each with its source and, where known, its time.
    pub evidence: Vec<String>,
}

impl Proposal {
    /// The same, begun no later than it was proposed to have before: looks
    /// that failed first are forgotten first.
    pub(super) fn since_before(self, before: &Proposal) -> Self {
        Proposal { impact: self.impact.min(before.impact), ..self }
    }
}

/// What the evidence about a Region comes to.
#[derive(Clone, Debug, PartialEq)]
pub(super) enum Verdict {
    /// An incident is proposed.
    Proposes(Proposal),
    /// Something speaks against one, though not all is well.
    Speaks(String),
    /// It does badly, but not so that an incident would be proposed.
    Weak,
    /// It does well.
    Over,
}

/// What the evidence about each Region comes to.
pub(super) type Verdicts = BTreeMap<Region, Verdict>;

/// Judges every Region.
pub(super) fn verdicts(
    estate: &Estate,
    derived: &Derived,
    now: Timestamp,
) -> Verdicts {
    let reports = &derived.regions;
    let has_home = reports.iter().any(|one| one.role == Role::Source);
    let judged = reports.iter().map(|report| {
        let is_home = !has_home || report.role == Role::Source;
        let seen = Seen::of(estate, report, is_home, now);
        (report.region.clone(), seen.verdict())
    });
    judged.collect()
}

/// What is known of one Region.
struct Seen<'a> {
    report: &'a Report,
    is_home: bool,
    /// The alarms that went on lately, and when.
    alarms: Vec<(&'a str, Timestamp)>,
    /// What AWS Health says is wrong there.
    issues: Vec<&'a HealthEvent>,
    /// What the queues of detection tell to be wrong there.
    told: Vec<&'a Event>,
    now: Timestamp,
}

impl<'a> Seen<'a> {
    fn of(
        estate: &'a Estate,
        report: &'a Report,
        is_home: bool,
        now: Timestamp,
    ) -> Self {
        let recent = |at: Timestamp| now.duration_since(at) <= RECENT;
        let alarms = estate
            .alarms()
            .filter(|a| *a.region == report.region && a.item.state == "ALARM")
            .filter_map(|a| Some((a.item.name.as_str(), a.item.since?)))
            .filter(|(_, since)| recent(*since));
        let events = estate.health_events().map(|placed| placed.item);
        let issues = events.filter(|event| {
            event.region == report.region.as_str()
                && event.is_open_issue()
                && event.started.is_some_and(recent)
        });
        let told = estate
            .told_wrong()
            .into_iter()
            .filter(|event| event.region == report.region && recent(event.at));
        Seen {
            told: told.collect(),
            report,
            is_home,
            alarms: alarms.collect(),
            issues: issues.collect(),
            now,
        }
    }

    fn verdict(&self) -> Verdict {
        let report = self.report;
        if report.is_blind() {
            return Verdict::Speaks(
                "no Region answers, so this machine's network is the first \
                 suspect"
                    .to_owned(),
            );
        }
        if let Some(advice) = report.advice {
            return Verdict::Speaks(format!("{}: {advice}", report.region));
        }
        let is_ill = !report.service.ill.is_empty();
        match report.state {
            State::Healthy
                if !report.flapping && !is_ill && self.told.is_empty() =>
            {
                Verdict::Over
            }
            _ if self.proposes() => Verdict::Proposes(self.proposal()),
            _ => Verdict::Weak,
        }
    }

    /// Users are hurt where the checks of services fail. What else is seen
    /// counts where the estate lives, and never alone: but a Region that has
    /// been dark for a while, with nothing that tells its services do well.
    fn proposes(&self) -> bool {
        let report = self.report;
        // Who has a rule send an event here wants to be told of it.
        if !report.failing.is_empty() || !self.told.is_empty() {
            return true;
        }
        if !self.is_home {
            return false;
        }
        let lasts = report
            .since
            .is_some_and(|since| self.now.duration_since(since) >= LASTS);
        let is_dark = report.state == State::Dark;
        let is_bad = is_dark || report.state == State::Degraded;
        let others =
            [!self.alarms.is_empty(), !self.issues.is_empty(), is_bad];
        let together = others.into_iter().filter(|is| *is).count() >= 2;
        together || (is_dark && lasts && !report.service.is_healthy())
    }

    fn proposal(&self) -> Proposal {
        let report = self.report;
        let region = &report.region;
        let title = match report.state {
            State::Dark => format!("{region} does not answer"),
            _ if !report.failing.is_empty() => {
                format!("services in {region} fail their health checks")
            }
            State::Degraded => format!("{region} answers only in part"),
            _ if !self.told.is_empty() => {
                format!("AWS tells of trouble in {region}")
            }
            State::Healthy | State::Unknown => {
                format!("alarms and AWS Health tell of {region}")
            }
        };
        let times = self.alarms.iter().map(|(_, at)| *at);
        let times = times.chain(self.issues.iter().filter_map(|e| e.started));
        let times = times.chain(self.told.iter().map(|event| event.at));
        let impact = times.chain(report.since).min().unwrap_or(self.now);
        Proposal {
            region: region.clone(),
            is_home: self.is_home,
            title,
            impact,
            evidence: self.evidence(),
        }
    }

    fn evidence(&self) -> Vec<String> {
        let report = self.report;
        let mut all = Vec::new();
        if let Some(since) = report.since {
            let (good, looks) = report.looks;
            all.push(format!(
                "our looks fail since {}: {good} of {looks} answered in 5 \
                 minutes",
                clock(since)
            ));
        }
        let failing = report.failing.iter();
        all.extend(failing.map(|what| format!("health check {what} fails")));
        let ill = report.service.ill.iter();
        let probes = ill.filter(|what| what.starts_with("probe of"));
        all.extend(probes.map(|what| format!("{what} fails")));
        all.extend(
            self.issues
                .iter()
                .map(|event| told("AWS Health", &event.code, event.started)),
        );
        all.extend(self.told.iter().map(|event| {
            let what = format!("{} (event)", event.text);
            told(&event.by, &what, Some(event.at))
        }));
        let alarms = self.alarms.iter();
        all.extend(alarms.map(|(name, at)| told("alarm", name, Some(*at))));
        let more = all.len().saturating_sub(MOST);
        if more > 0 {
            all.truncate(MOST);
            all.push(format!("{more} more"));
        }
        all
    }
}

fn told(source: &str, what: &str, since: Option<Timestamp>) -> String {
    match since {
        Some(at) => format!("{source} {what} since {}", clock(at)),
        None => format!("{source} {what}"),
    }
}

fn clock(at: Timestamp) -> String {
    at.strftime("%H:%M:%SZ").to_string()
}
