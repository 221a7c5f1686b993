//! Listing: the lines of a list in their order, filtered, with a cursor that
//! stays on its line.

use std::cell::Cell;

use crate::keymap::Action;
use crate::ui::{Column, List, Row, Table};

/// How a list is sorted.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Sort {
    /// Worst first.
    #[default]
    Risk,
    /// By name.
    Name,
    /// Oldest first.
    Age,
    /// Strictest recovery point objective first.
    Rpo,
    /// Most of the objective used up first.
    Used,
    /// By type.
    Type,
}

impl Sort {
    /// The order an action asks for.
    pub fn of(action: Action) -> Option<Self> {
        match action {
            Action::ListSortRisk => Some(Sort::Risk),
            Action::ListSortName => Some(Sort::Name),
            Action::ListSortAge => Some(Sort::Age),
            Action::ListSortRpo => Some(Sort::Rpo),
            Action::ListSortUsed => Some(Sort::Used),
            Action::ListSortType => Some(Sort::Type),
            _ => None,
        }
    }

    /// The words for the title line.
    pub fn words(self) -> &'static str {
        match self {
            Sort::Risk => "by risk",
            Sort::Name => "by name",
            Sort::Age => "oldest first",
            Sort::Rpo => "by RPO",
            Sort::Used => "by RPO used",
            Sort::Type => "by type",
        }
    }
}

/// The lines of a list as places in what they are taken from. Sorting and
/// filtering happen when something has changed, not for each frame.
#[derive(Clone, Debug, Default)]
pub struct Listing {
    /// The cursor.
    pub list: List,
    /// How the lines are sorted.
    pub sort: Sort,
    /// Whether only lines that need attention are kept.
    pub problems: bool,
    order: Vec<u32>,
    /// The lines seen in the last view; only how far a page goes depends on
    /// it.
    seen: Cell<usize>,
}

/// Takes an action that moves the cursor of a list; `false` if it is none.
pub fn step(list: &mut List, action: Action) -> bool {
    match action {
        Action::ListDown => list.down(),
        Action::ListUp => list.up(),
        Action::ListHalfPageDown => list.half_page_down(),
        Action::ListHalfPageUp => list.half_page_up(),
        Action::ListPageDown => list.page_down(),
        Action::ListPageUp => list.page_up(),
        Action::ListTop => list.top(),
        Action::ListBottom => list.bottom(),
        _ => return false,
    }
    true
}

impl Listing {
    /// Takes an action that moves, sorts or filters. `true` if the lines
    /// must be put in order anew; `None` if it is no action of a list.
    pub fn act(&mut self, action: Action) -> Option<bool> {
        self.list.fit(self.order.len(), self.seen.get().max(1));
        if step(&mut self.list, action) {
            return Some(false);
        }
        if action == Action::ListProblemsOnly {
            self.problems = !self.problems;
        } else {
            self.sort = Sort::of(action)?;
        }
        Some(true)
    }

    /// Takes in the lines in their order. The cursor goes to the line that
    /// is now at `here`, or stays where it stands.
    pub fn fill(&mut self, order: Vec<u32>, here: Option<usize>) {
        self.order = order;
        self.keep(here);
    }

    /// Leaves the lines in their order. The cursor goes to `here`, or stays.
    pub fn keep(&mut self, here: Option<usize>) {
        self.list.fit(self.order.len(), self.seen.get().max(1));
        if let Some(here) = here {
            self.list.select(here);
        }
    }

    /// The places in their order.
    pub fn order(&self) -> &[u32] {
        &self.order
    }

    /// The place of the selected line.
    pub fn current(&self) -> Option<usize> {
        let line = self.list.current()?;
        self.order.get(line).map(|at| *at as usize)
    }

    /// How many lines there are.
    pub fn len(&self) -> usize {
        self.order.len()
    }

    /// Whether there are none.
    pub fn is_empty(&self) -> bool {
        self.order.is_empty()
    }

    /// The table of the lines seen, of which `offset` is the first.
    pub fn table(
        &self,
        columns: Vec<Column>,
        rows: Vec<Row>,
        offset: usize,
        empty: &'static str,
    ) -> Table {
        Table {
            columns,
            rows,
            offset,
            selected: self.list.current(),
            total: self.len(),
            empty,
        }
    }

    /// The first line seen through `height` lines, and the places seen.
    pub fn window(&self, height: usize) -> (usize, &[u32]) {
        self.seen.set(height);
        let range = self.list.window(height);
        let seen = self.order.get(range.clone()).unwrap_or(&[]);
        (range.start, seen)
    }
}

/// Whether a text holds every word of a filter, in any case. An empty filter
/// is held by all.
pub fn matches(filter: &str, text: &str) -> bool {
    filter
        .split_whitespace()
        .all(|word| text.contains(word.to_lowercase().as_str()))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_word_of_a_filter_must_be_found() {
        assert!(matches("", "anything"));
        assert!(matches("RDS learn", "learn-db rds"));
        assert!(!matches("rds efs", "learn-db rds"));
    }

    #[test]
    fn the_cursor_follows_its_line_when_the_order_changes() {
        let mut listing = Listing::default();
        listing.fill(vec![0, 1, 2], None);
        listing.act(Action::ListDown);
        assert_eq!(listing.current(), Some(1));
        listing.fill(vec![2, 0, 1], Some(2));
        assert_eq!(listing.current(), Some(1));
        listing.fill(vec![2], None);
        assert_eq!(listing.current(), Some(2));
        listing.fill(Vec::new(), None);
        assert_eq!(listing.current(), None);
    }

    #[test]
    fn sorting_asks_for_a_new_order_and_moving_does_not() {
        let mut listing = Listing::default();
        listing.fill(vec![0, 1], None);
        assert_eq!(listing.act(Action::ListDown), Some(false));
        assert_eq!(listing.act(Action::ListSortName), Some(true));
        assert_eq!(listing.act(Action::ListProblemsOnly), Some(true));
        assert_eq!(listing.act(Action::CopyId), None);
    }
}
