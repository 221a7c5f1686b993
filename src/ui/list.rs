//! List: where the cursor of a list stands, and what part of it is seen.

use std::ops::Range;

/// The cursor of a list and its window, as pure arithmetic. Every move
/// keeps `selected` inside the list and the window around it.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct List {
    /// The selected line, from 0; 0 too when the list is empty.
    pub selected: usize,
    /// The first line seen.
    pub offset: usize,
    /// How many lines there are.
    pub len: usize,
    /// How many lines can be seen at once.
    pub height: usize,
}

impl List {
    /// A list of `len` lines with the cursor on the first.
    pub const fn new(len: usize) -> Self {
        Self { selected: 0, offset: 0, len, height: 1 }
    }

    /// Takes in that the list is now `len` lines long and `height` are
    /// seen; the cursor stays where it is, if that still exists.
    pub fn fit(&mut self, len: usize, height: usize) {
        self.len = len;
        self.height = height;
        self.select(self.selected);
    }

    /// Takes in a new length alone.
    pub fn resize(&mut self, len: usize) {
        self.fit(len, self.height);
    }

    /// Goes to a line, or to the last one when there are fewer.
    pub fn select(&mut self, line: usize) {
        self.selected = line.min(self.len.saturating_sub(1));
        self.offset = self.window(self.height).start;
    }

    /// Goes one line down.
    pub fn down(&mut self) {
        self.select(self.selected.saturating_add(1));
    }

    /// Goes one line up.
    pub fn up(&mut self) {
        self.select(self.selected.saturating_sub(1));
    }

    /// Goes half a window down.
    pub fn half_page_down(&mut self) {
        self.select(self.selected.saturating_add(self.half()));
    }

    /// Goes half a window up.
    pub fn half_page_up(&mut self) {
        self.select(self.selected.saturating_sub(self.half()));
    }

    /// Goes a window down.
    pub fn page_down(&mut self) {
        self.select(self.selected.saturating_add(self.height.max(1)));
    }

    /// Goes a window up.
    pub fn page_up(&mut self) {
        self.select(self.selected.saturating_sub(self.height.max(1)));
    }

    /// Goes to the first line.
    pub fn top(&mut self) {
        self.select(0);
    }

    /// Goes to the last line.
    pub fn bottom(&mut self) {
        self.select(self.len);
    }

    /// The selected line, unless the list is empty.
    pub fn current(&self) -> Option<usize> {
        (self.selected < self.len).then_some(self.selected)
    }

    /// The lines seen through a window of `height`, around the cursor and
    /// as near to `offset` as can be, without empty lines at the end.
    pub fn window(&self, height: usize) -> Range<usize> {
        let selected = self.selected.min(self.len.saturating_sub(1));
        let first = (selected + 1).saturating_sub(height.max(1));
        let last = selected.min(self.len.saturating_sub(height));
        let start = self.offset.min(last).max(first);
        start..(start + height).min(self.len).max(start)
    }

    fn half(&self) -> usize {
        (self.height / 2).max(1)
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    #[test]
    fn moves_in_an_empty_list_go_nowhere() {
        let mut list = List::default();
        list.down();
        list.bottom();
        list.page_up();
        assert_eq!(list.current(), None);
        assert_eq!(list.window(5), 0..0);
    }

    #[test]
    fn the_window_follows_the_cursor_and_not_before_it_must() {
        let mut list = List::new(10);
        list.fit(10, 3);
        list.down();
        list.down();
        assert_eq!(list.window(3), 0..3);
        list.down();
        assert_eq!(list.window(3), 1..4);
        list.up();
        assert_eq!(list.window(3), 1..4);
        list.bottom();
        assert_eq!(list.window(3), 7..10);
    }

    #[test]
    fn a_list_that_shrinks_keeps_its_cursor_inside() {
        let mut list = List::new(10);
        list.bottom();
        list.resize(4);
        assert_eq!(list.selected, 3);
        list.resize(0);
        assert_eq!(list.current(), None);
    }

    proptest! {
        #[test]
        fn the_cursor_is_seen_after_any_moves(
            moves in prop::collection::vec((0..9_u8, 0..50_usize), 0..40),
        ) {
            let mut list = List::new(20);
            for (kind, n) in moves {
                match kind {
                    0 => list.down(),
                    1 => list.up(),
                    2 => list.half_page_down(),
                    3 => list.half_page_up(),
                    4 => list.page_down(),
                    5 => list.page_up(),
                    6 => list.bottom(),
                    7 => list.resize(n),
                    _ => list.fit(list.len, n),
                }
                let seen = list.window(list.height);
                prop_assert!(seen.end <= list.len);
                let shown = list.height.min(list.len);
                prop_assert_eq!(seen.len(), shown);
                if list.len > 0 && list.height > 0 {
                    prop_assert!(seen.contains(&list.selected));
                }
            }
        }
    }
}
