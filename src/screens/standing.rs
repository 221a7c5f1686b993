//! How the standing of a resource reads: its state, loss, share of the
//! objective, and place in a list by risk.

use std::cmp::Reverse;
use std::sync::Arc;

use jiff::SignedDuration;

use super::listing::{Listing, Sort};
use super::{Known, told};
use crate::estate::objective::{Standing, State};
use crate::ui::{Cell, Mark, Theme, Tone};

/// The states in the order in which tables count them.
pub const STATES: [State; 5] = [
    State::Inside,
    State::Late,
    State::Outside,
    State::Unknown,
    State::NoObjective,
];

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

/// What would be lost if one failed over now; `?` if that is not known, and
/// a `?` behind it if the answer it rests on no longer bears it.
pub fn loss(standing: &Standing) -> Cell {
    match (standing.loss, standing.state) {
        (Some(loss), State::Unknown) => {
            Cell::new(format!("{}?", told::span(loss)), Tone::Stale)
        }
        (Some(loss), _) => Cell::plain(told::span(loss)),
        (None, State::Outside) => Cell::new("all", Tone::Bad),
        (None, _) => Cell::new("?", Tone::Unknown),
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

/// Which share of the objective is used up, in percent, as far as what is
/// known bears it.
pub fn percent(standing: &Standing) -> Option<u64> {
    if standing.state == State::Unknown {
        return None;
    }
    u64::try_from(standing.used?).ok()
}

/// A share in five cells at the most: beyond some point it only says that
/// it is far beyond.
pub fn share(percent: u64) -> String {
    if percent > 9999 { "9999+".to_owned() } else { format!("{percent}%") }
}

/// The share as a cell; `?` if it cannot be known.
pub fn used(standing: &Standing) -> Cell {
    match percent(standing) {
        Some(percent) => {
            let (_, _, tone) = word(standing.state);
            Cell::new(share(percent), tone)
        }
        None if standing.rpo.is_none() => Cell::dim("-"),
        None if standing.state == State::Outside => Cell::dim("-"),
        None => Cell::new("?", Tone::Unknown),
    }
}

/// Whether it needs attention.
pub fn is_problem(standing: &Standing) -> bool {
    match standing.state {
        State::Late | State::Outside | State::Unknown => true,
        State::Inside | State::NoObjective => false,
    }
}

/// Writes what a filter is held against, in lower case.
fn write_text(standing: &Standing, text: &mut String) {
    let tier = standing.tier.as_deref().unwrap_or("");
    let (_, word, _) = word(standing.state);
    let Standing { name, resource, kind, .. } = standing;
    text.clear();
    for part in [name, " ", kind.name(), " ", resource, " ", tier, " ", word] {
        text.push_str(part);
    }
    if text.is_ascii() {
        text.make_ascii_lowercase();
    } else {
        *text = text.to_lowercase();
    }
}

/// What a list was put in order by. A key that only moves the cursor leaves
/// the order as it is, however long the list.
#[derive(Clone, Debug, Default)]
pub struct Basis {
    standings: Arc<[Standing]>,
    filter: String,
    sort: Sort,
    /// Whether only those that need attention are kept.
    problems: bool,
}

impl Basis {
    fn is(&self, other: &Basis) -> bool {
        Arc::ptr_eq(&self.standings, &other.standings)
            && self.filter == other.filter
            && self.sort == other.sort
            && self.problems == other.problems
    }
}

/// Puts a list in order, if what it is made from has changed, with the cursor
/// on the resource that was picked. Gives whether it had changed.
pub fn refresh(
    listing: &mut Listing,
    basis: &mut Basis,
    problems: bool,
    picked: Option<&str>,
    known: &Known<'_>,
) -> bool {
    let now = Basis {
        standings: Arc::clone(&known.derived.standings),
        filter: known.filter.to_lowercase(),
        sort: listing.sort,
        problems,
    };
    if !basis.is(&now) {
        let order = ordered(&now);
        let here = line_of(picked, &order, known);
        listing.fill(order, here);
        *basis = now;
        return true;
    }
    let current = listing.current().and_then(|at| now.standings.get(at));
    let stays = current.map(|s| s.resource.as_str()) == picked;
    let here =
        if stays { None } else { line_of(picked, listing.order(), known) };
    listing.keep(here);
    false
}

/// The places of the standings that are kept, in the order of a list.
fn ordered(by: &Basis) -> Vec<u32> {
    let words: Vec<&str> = by.filter.split_whitespace().collect();
    let mut text = String::new();
    let mut found = |s: &Standing| {
        words.is_empty() || {
            write_text(s, &mut text);
            words.iter().all(|word| text.contains(word))
        }
    };
    let mut order: Vec<(SortKey<'_>, u32)> = (0_u32..)
        .zip(by.standings.iter())
        .filter(|(_, s)| (!by.problems || is_problem(s)) && found(s))
        .map(|(place, s)| (key(s, by.sort), place))
        .collect();
    order.sort_unstable();
    order.into_iter().map(|(_, at)| at).collect()
}

/// The line on which the resource with this ARN stands.
fn line_of(
    arn: Option<&str>,
    order: &[u32],
    known: &Known<'_>,
) -> Option<usize> {
    let arn = arn?;
    order.iter().position(|at| {
        let there = known.derived.standings.get(*at as usize);
        there.is_some_and(|s| s.resource.as_str() == arn)
    })
}

/// What a list is sorted by, smallest first.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct SortKey<'a> {
    rank: u8,
    number: Reverse<u64>,
    text: &'static str,
    name: &'a str,
}

/// The place of a standing in a list.
pub fn key(standing: &Standing, sort: Sort) -> SortKey<'_> {
    let seconds = |time: Option<SignedDuration>| {
        time.and_then(|t| u64::try_from(t.as_secs()).ok())
    };
    let used = percent(standing);
    let (rank, number, text) = match sort {
        // What is lost altogether is worse than any share.
        Sort::Risk => (standing.state.risk(), used.unwrap_or(u64::MAX), ""),
        Sort::Name => (0, 0, ""),
        Sort::Age => {
            let loss = seconds(standing.loss);
            (u8::from(loss.is_some()), loss.unwrap_or(0), "")
        }
        Sort::Rpo => {
            let rpo = seconds(standing.rpo);
            let strict = u64::MAX - rpo.unwrap_or(u64::MAX);
            (u8::from(rpo.is_none()), strict, "")
        }
        Sort::Used => (u8::from(used.is_some()), used.unwrap_or(0), ""),
        Sort::Type => (0, 0, standing.kind.name()),
    };
    SortKey { rank, number: Reverse(number), text, name: &standing.name }
}

#[cfg(test)]
mod tests {
    use std::collections::HashSet;

    use super::*;
    use crate::screens::fixture::{ASCII, Fixture};

    #[test]
    fn states_are_told_apart_without_colour() {
        let theme = Theme::default();
        for theme in [ASCII, theme] {
            let signs: HashSet<_> = STATES
                .map(|state| theme.glyph(word(state).0))
                .into_iter()
                .collect();
            let words: HashSet<_> =
                STATES.map(|state| word(state).1).into_iter().collect();
            assert_eq!((signs.len(), words.len()), (5, 5));
        }
    }

    #[test]
    fn what_is_not_known_is_never_good_and_has_no_share() {
        let mut standing = Fixture::new().derived.standings[0].clone();
        standing.state = State::Unknown;
        assert!(is_problem(&standing));
        assert_eq!(state(&standing, ASCII).tone, Tone::Unknown);
        assert_eq!(used(&standing), Cell::new("?", Tone::Unknown));
        assert!(loss(&standing).text.ends_with('?'));
        standing.loss = None;
        assert_eq!(loss(&standing), Cell::new("?", Tone::Unknown));
    }

    #[test]
    fn a_total_loss_is_worse_than_any_share() {
        let standing = Fixture::new().derived.standings[0].clone();
        assert_eq!(standing.state, State::Outside);
        let mut total = standing.clone();
        (total.loss, total.used) = (None, None);
        assert_eq!(loss(&total), Cell::new("all", Tone::Bad));
        assert!(key(&total, Sort::Risk) < key(&standing, Sort::Risk));
    }
}
