//! How the standing of a resource reads: its state, loss, share of the
//! objective, and place in a list by risk.

use std::cmp::Reverse;

use jiff::SignedDuration;

use super::listing::Sort;
use super::told;
use crate::estate::standing::{Standing, State};
use crate::ui::{Cell, Mark, Theme, Tone};

/// The states in the order in which tables count them.
pub const STATES: [State; 4] =
    [State::Inside, State::Late, State::Outside, State::Unknown];

/// Sign, word and tone of a state.
pub fn word(state: State) -> (Mark, &'static str, Tone) {
    match state {
        State::Inside => (Mark::Good, "OK", Tone::Good),
        State::Late => (Mark::Warn, "LATE", Tone::Warn),
        State::Outside => (Mark::Bad, "MISS", Tone::Bad),
        State::Unknown => (Mark::Unknown, "UNKN", Tone::Unknown),
        State::NoObjective => (Mark::Waiting, "NONE", Tone::Dim),
    }
}

/// The state as a cell.
pub fn state(standing: &Standing, theme: Theme) -> Cell {
    let (mark, word, tone) = word(standing.state);
    told::state(mark, word, tone, theme)
}

/// What would be lost if one failed over now; `?` if that is not known.
pub fn loss(standing: &Standing) -> Cell {
    match standing.loss {
        Some(loss) => Cell::plain(told::span(loss)),
        // Nothing could be had there: that is known, and not a `?`.
        None if standing.state == State::Outside => {
            Cell::new("all", Tone::Bad)
        }
        None => Cell::new("?", Tone::Unknown),
    }
}

/// The recovery point objective; `-` if none is set.
pub fn rpo(standing: &Standing) -> Cell {
    match standing.rpo {
        Some(rpo) => Cell::plain(told::goal(rpo)),
        None => Cell::dim("-"),
    }
}

/// The tier; `-` if none is set.
pub fn tier(standing: &Standing) -> Cell {
    match &standing.tier {
        Some(tier) => Cell::plain(tier.clone()),
        None => Cell::dim("-"),
    }
}

/// Which share of the objective is used up, in percent.
pub fn percent(standing: &Standing) -> Option<u64> {
    let rpo = u64::try_from(standing.rpo?.as_secs()).ok()?;
    let loss = u64::try_from(standing.loss?.as_secs()).ok()?;
    (rpo > 0).then(|| loss.saturating_mul(100) / rpo)
}

/// The share as a cell; `?` if it cannot be known.
pub fn used(standing: &Standing) -> Cell {
    match percent(standing) {
        Some(percent) => {
            let (_, _, tone) = word(standing.state);
            Cell::new(format!("{percent}%"), tone)
        }
        None if standing.rpo.is_none() => Cell::dim("-"),
        None if standing.state == State::Outside => {
            Cell::new("all", Tone::Bad)
        }
        None => Cell::new("?", Tone::Unknown),
    }
}

/// Whether it needs attention.
pub fn is_problem(standing: &Standing) -> bool {
    !matches!(standing.state, State::Inside | State::NoObjective)
}

/// What a filter is held against, in lower case.
pub fn text(standing: &Standing) -> String {
    let tier = standing.tier.as_deref().unwrap_or("");
    let (_, word, _) = word(standing.state);
    format!(
        "{} {} {} {tier} {word}",
        standing.name, standing.kind, standing.resource
    )
    .to_lowercase()
}

/// What a list is sorted by, smallest first.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct SortKey {
    rank: u8,
    number: Reverse<u64>,
    text: String,
    name: String,
}

/// The place of a standing in a list.
pub fn key(standing: &Standing, sort: Sort) -> SortKey {
    let seconds = |time: Option<SignedDuration>| {
        time.and_then(|t| u64::try_from(t.as_secs()).ok())
    };
    let used = percent(standing).unwrap_or(0);
    let (rank, number, text) = match sort {
        Sort::Risk => (risk(standing.state), used, String::new()),
        Sort::Name => (0, 0, String::new()),
        Sort::Age => {
            let loss = seconds(standing.loss);
            (u8::from(loss.is_some()), loss.unwrap_or(0), String::new())
        }
        Sort::Rpo => {
            let rpo = seconds(standing.rpo);
            let strict = u64::MAX - rpo.unwrap_or(u64::MAX);
            (u8::from(rpo.is_none()), strict, String::new())
        }
        Sort::Used => (0, used, String::new()),
        Sort::Type => (0, 0, standing.kind.name().to_owned()),
    };
    SortKey {
        rank,
        number: Reverse(number),
        text,
        name: standing.name.clone(),
    }
}

fn risk(state: State) -> u8 {
    match state {
        State::Outside => 0,
        State::Unknown => 1,
        State::Late => 2,
        State::Inside => 3,
        State::NoObjective => 4,
    }
}
