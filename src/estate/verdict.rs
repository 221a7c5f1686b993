//! Can we recover? One answer for the whole estate.

use jiff::SignedDuration;

use super::ids::Region;
use super::part::Kind;
use super::region::{Report, State as Health};
use super::span::Span;
use super::standing::{Standing, State};
use super::{Estate, Source, What};

/// Whether one can recover.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Answer {
    /// Every resource with an objective is inside its RPO.
    Yes,
    /// Some are, some are not or are not known.
    Partly,
    /// None is.
    No,
    /// Nothing is known, or nothing is demanded.
    #[default]
    Unknown,
}

impl Answer {
    /// The word shown.
    pub fn word(self) -> &'static str {
        match self {
            Answer::Yes => "YES",
            Answer::Partly => "PARTLY",
            Answer::No => "NO",
            Answer::Unknown => "UNKNOWN",
        }
    }
}

impl What {
    /// Whether standings, Regions or the verdict rest on it: who wants to
    /// know no more than whether one can recover may leave the rest alone.
    pub fn decides(&self) -> bool {
        let What::Parts(kind) = self else { return true };
        matches!(
            kind,
            Kind::Tagged
                | Kind::Bucket
                | Kind::Flow
                | Kind::Volume
                | Kind::FileSystem
                | Kind::FileSync
                | Kind::Share
                | Kind::Table
                | Kind::HealthEvent
                | Kind::Key
        )
    }
}

/// How many resources stand how.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Count {
    /// Inside the RPO.
    pub inside: usize,
    /// Inside it, with 75 % used.
    pub late: usize,
    /// Outside it.
    pub outside: usize,
    /// Not known.
    pub unknown: usize,
    /// Without objective; in none of the other numbers.
    pub without: usize,
}

impl Count {
    /// How many there are that something is demanded of.
    pub fn demanded(&self) -> usize {
        self.inside + self.late + self.outside + self.unknown
    }
}

/// Whether one can recover, and what stands in the way.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Verdict {
    /// The answer.
    pub answer: Answer,
    /// The answer in a sentence, without a full stop.
    pub sentence: String,
    /// How many resources stand how.
    pub count: Count,
    /// The name and loss of the resource that would lose most.
    pub worst: Option<(String, SignedDuration)>,
    /// What stands in the way, worst first, a sentence each.
    pub blockers: Vec<String>,
}

/// The verdict on the estate.
pub(super) fn verdict(
    standings: &[Standing],
    regions: &[Report],
    target: Option<&Region>,
    unlisted: &[String],
) -> Verdict {
    let count = count(standings);
    let answer = match answer(&count) {
        // What was never listed may be what cannot be recovered.
        Answer::Yes if !unlisted.is_empty() => Answer::Partly,
        answer => answer,
    };
    Verdict {
        answer,
        sentence: sentence(&count, unlisted.len()),
        count,
        worst: standings
            .iter()
            .filter(|s| s.state != State::NoObjective)
            .filter_map(|s| Some((s.name.clone(), s.loss?)))
            .max_by_key(|(_, loss)| *loss),
        blockers: blockers(standings, regions, target, unlisted),
    }
}

fn count(standings: &[Standing]) -> Count {
    let mut count = Count::default();
    for standing in standings {
        match standing.state {
            State::Inside => count.inside += 1,
            State::Late => count.late += 1,
            State::Outside => count.outside += 1,
            State::Unknown => count.unknown += 1,
            State::NoObjective => count.without += 1,
        }
    }
    count
}

fn answer(count: &Count) -> Answer {
    let good = count.inside + count.late;
    match (good, count.outside, count.unknown) {
        (0, 0, _) => Answer::Unknown,
        (_, 0, 0) => Answer::Yes,
        (0, _, _) => Answer::No,
        _ => Answer::Partly,
    }
}

impl What {
    /// Whether it is a list of what may have to be recovered.
    pub fn tells_of_resources(&self) -> bool {
        matches!(
            self,
            What::Instances
                | What::Clusters
                | What::Protected
                | What::Parts(
                    Kind::Volume
                        | Kind::FileSystem
                        | Kind::Share
                        | Kind::Table
                        | Kind::Bucket
                )
        )
    }
}

/// Why lists of resources were never seen whole, a sentence each.
pub(super) fn unlisted(estate: &Estate) -> Vec<String> {
    let tells =
        |source: &Source| source.what().is_some_and(What::tells_of_resources);
    let all = estate.sources().filter(|(source, _)| tells(source));
    all.filter(|(_, known)| !known.was_whole())
        .map(|(source, known)| {
            let failed = known.failed.as_ref().map(|(_, why)| why.to_string());
            let why = failed.or_else(|| known.partial.clone());
            let why = why.unwrap_or_else(|| "no answer yet".to_owned());
            format!("{source} was never seen whole: {why}")
        })
        .collect()
}

fn sentence(count: &Count, unlisted: usize) -> String {
    let all = count.demanded();
    if all == 0 {
        return match count.without {
            0 => "no protected resource is known yet".to_owned(),
            n => format!("none of {n} protected resources has an objective"),
        };
    }
    let good = count.inside + count.late;
    let first = format!("{good} of {all} resources are inside RPO");
    let more = [
        (count.outside, "outside"),
        (count.late, "late"),
        (count.unknown, "unknown"),
        (count.without, "without objective"),
        (unlisted, "lists never seen whole"),
    ];
    let more = more
        .into_iter()
        .filter(|(number, _)| *number > 0)
        .map(|(number, word)| format!("{number} {word}"));
    [first].into_iter().chain(more).collect::<Vec<_>>().join(", ")
}

fn blockers(
    standings: &[Standing],
    regions: &[Report],
    target: Option<&Region>,
    unlisted: &[String],
) -> Vec<String> {
    let target = regions.iter().filter(|report| {
        Some(&report.region) == target
            && matches!(report.state, Health::Dark | Health::Degraded)
    });
    let target = target.map(|report| {
        format!("{}, where we would recover, {}", report.region, report.why)
    });
    let nothing = standings
        .iter()
        .filter(|s| s.state == State::Outside && s.loss.is_none())
        .map(|s| format!("{}: {}", s.name, s.why));
    let much = standings.iter().filter(|s| s.state == State::Outside);
    let much = much.filter_map(|s| {
        let (loss, rpo) = (Span(s.loss?), Span(s.rpo?));
        Some(format!("{}: {loss} lost, RPO {rpo}: {}", s.name, s.why))
    });
    let dim = standings
        .iter()
        .filter(|s| s.state == State::Unknown)
        .map(|s| format!("{}: unknown: {}", s.name, s.why));
    let unlisted = unlisted.iter().cloned();
    target.chain(nothing).chain(much).chain(dim).chain(unlisted).collect()
}
