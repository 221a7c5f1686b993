//! What a runbook is judged by beside its file.

use jiff::Timestamp;

use crate::estate::derived::Derived;
use crate::estate::metrics::Practice;
use crate::estate::{Estate, Known};

/// What a runbook is judged by beside its file. What is not there leaves the
/// rules that need it unjudged.
#[derive(Clone, Copy, Debug, Default)]
pub struct Ground<'a> {
    /// What is known of AWS.
    pub seen: Option<Seen<'a>>,
    /// Earlier drills and incidents; none where no journal was read.
    pub past: Option<&'a [Practice]>,
    /// The time.
    pub now: Timestamp,
}

/// What is known of AWS, and what follows from it.
#[derive(Clone, Copy, Debug)]
pub struct Seen<'a> {
    /// The newest answers, live or saved.
    pub estate: &'a Estate,
    /// What follows from them.
    pub derived: &'a Derived,
    /// The time.
    pub now: Timestamp,
}

impl<'a> Ground<'a> {
    /// All that a console knows. An estate of which nothing was ever seen is
    /// none, and neither is a past without a journal.
    pub fn of(
        estate: &'a Estate,
        derived: &'a Derived,
        past: &'a [Practice],
        now: Timestamp,
    ) -> Self {
        let seen = Seen { estate, derived, now };
        Ground {
            seen: seen.span().is_some().then_some(seen),
            past: (!past.is_empty()).then_some(past),
            now,
        }
    }
}

impl Seen<'_> {
    /// When the oldest and the newest of the answers were given; none if
    /// there is no answer.
    pub fn span(&self) -> Option<(Timestamp, Timestamp)> {
        let answers = self.estate.sources().filter_map(|(_, known)| {
            let Known { found: Some(_), seen: Some((_, at)), .. } = known
            else {
                return None;
            };
            Some(*at)
        });
        answers.fold(None, |span, at| match span {
            None => Some((at, at)),
            Some((first, last)) => Some((at.min(first), at.max(last))),
        })
    }
}
