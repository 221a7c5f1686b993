//! Exports of an incident: one file a format.

/// A line of a report. Writing to a text cannot fail.
macro_rules! line {
    ($text:expr) => { $text.push('\n') };
    ($text:expr, $($rest:tt)*) => {
        writeln!($text, $($rest)*).expect("a text takes every word")
    };
}

pub mod csv;
pub mod drill;
pub mod json;
pub mod markdown;

use jiff::{SignedDuration, Timestamp};

use super::Incident;
use super::fact::Fact;
use super::timeline::Timeline;
use crate::estate::metrics::Practice;
use crate::runbook::run::{Approval, Happened};

/// What every export says of its source.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Provenance {
    /// The hash of the newest entry.
    pub head: String,
    /// When the export was made.
    pub at: Timestamp,
    /// The version of this program.
    pub tool: String,
}

/// A file of an export.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Export {
    /// Its name.
    pub name: &'static str,
    /// Its text.
    pub text: String,
}

/// All files of an export, also of an incident that goes on. What a drill
/// proved stands beside the drills before it, which are in `past`.
pub fn export(
    incident: &Incident,
    past: &[Practice],
    from: &Provenance,
) -> Vec<Export> {
    let timeline = Timeline::of(incident);
    let mut files = vec![
        Export {
            name: "report.md",
            text: markdown::report(incident, &timeline, from),
        },
        Export { name: "timeline.csv", text: csv::timeline(&timeline) },
        Export {
            name: "timeline.json",
            text: json::timeline(incident, &timeline, from),
        },
    ];
    if incident.is_drill() {
        let text = drill::report(incident, past, from);
        files.push(Export { name: "drill.md", text });
    }
    files
}

/// The labels that no export leaves out: practice, simulation, endpoint.
fn labels(incident: &Incident) -> Vec<String> {
    let mut labels = persons(incident);
    let Some(opening) = &incident.opening else { return labels };
    if opening.conduct == super::fact::Conduct::Drill {
        labels.push("DRILL: practice, not an incident".to_owned());
    }
    if let Some(scenario) = &opening.simulated {
        labels.push(format!(
            "SIMULATED AWS ({scenario}): nothing here is evidence of a real \
             recovery"
        ));
    }
    if let Some(endpoint) = &opening.endpoint {
        labels.push(format!("endpoint {endpoint}, not AWS's own"));
    }
    labels
}

/// Which changes without a way back had no second person, and which had one
/// of whom nobody but the console tells.
fn persons(incident: &Incident) -> Vec<String> {
    let steps = incident.entries.iter().filter_map(|entry| {
        let Fact::Step(fact) = &entry.fact else { return None };
        let Happened::Confirmed { approval, .. } = &fact.what else {
            return None;
        };
        Some((&fact.step, approval))
    });
    let told = |(step, approval): (&String, &Approval)| {
        let by = &approval.by;
        if let Some(why) = &approval.alone {
            return Some((
                0,
                format!("ALONE: {step} was confirmed by {by} alone: {why}"),
            ));
        }
        let second = approval.second.as_ref().filter(|who| !who.verified)?;
        let who = second.told();
        Some((1, format!("{step} was confirmed by {by} and {who}")))
    };
    let mut all: Vec<(u8, String)> = steps.filter_map(told).collect();
    all.sort_by_key(|(rank, _)| *rank);
    all.into_iter().map(|(_, text)| text).collect()
}

/// A moment in UTC, to the second.
fn moment(at: Timestamp) -> String {
    at.strftime("%Y-%m-%d %H:%M:%SZ").to_string()
}

/// A time span such as `00:12:07`, with a sign where it is negative.
fn clock(span: SignedDuration) -> String {
    let seconds = span.as_secs();
    let sign = if seconds < 0 { "-" } else { "" };
    let seconds = seconds.unsigned_abs();
    let (hours, rest) = (seconds / 3600, seconds % 3600);
    format!("{sign}{hours:02}:{:02}:{:02}", rest / 60, rest % 60)
}

/// A time span, or that it is unknown.
fn known(span: Option<SignedDuration>) -> String {
    span.map_or_else(|| "unknown".to_owned(), clock)
}

/// Whether an objective was met, in a word.
fn verdict(met: Option<bool>) -> &'static str {
    match met {
        Some(true) => "met",
        Some(false) => "MISSED",
        None => "unknown",
    }
}
