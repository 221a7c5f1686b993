//! The footer's key hints, and the list of keys that may follow a prefix.

use ratatui::buffer::Buffer;
use ratatui::layout::Rect;

use super::cell::{Cell, Words, put, wipe};
use super::pane::Pane;
use super::text::width;
use super::theme::{Theme, Tone};

/// A key and what it does, in two or three words.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct KeyHint {
    /// The keys as one presses them.
    pub keys: Words,
    /// What they do.
    pub label: Words,
}

impl KeyHint {
    /// A hint.
    pub fn new(keys: impl Into<Words>, label: impl Into<Words>) -> Self {
        Self { keys: keys.into(), label: label.into() }
    }

    fn width(&self) -> usize {
        width(&self.keys) + 1 + width(&self.label)
    }

    fn draw(
        &self,
        buf: &mut Buffer,
        (x, y): (u16, u16),
        room: u16,
        theme: Theme,
    ) {
        let key = theme.style(Tone::Key);
        let end = put(buf, (x, y), room, &self.keys, key);
        let end = end.saturating_add(1);
        let room = room.saturating_sub(end.saturating_sub(x));
        put(buf, (end, y), room, &self.label, theme.style(Tone::Plain));
    }
}

/// The last line of the screen. Hints that do not fit go from the end; the
/// pinned one, the way to the help, never does:
///
/// ```text
///  enter open  / filter  ! problems  m note                      ? help
/// ```
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Hints {
    /// The hints, the most needed first.
    pub items: Vec<KeyHint>,
    /// The hint that stays at the right end.
    pub pinned: KeyHint,
}

impl Hints {
    /// Hints with `? help` pinned.
    pub fn new(items: Vec<KeyHint>) -> Self {
        Self { items, pinned: KeyHint::new("?", "help") }
    }

    /// Paints the first line of `area`.
    pub fn draw(&self, buf: &mut Buffer, area: Rect, theme: Theme) {
        if area.is_empty() {
            return;
        }
        let pinned = u16::try_from(self.pinned.width()).unwrap_or(u16::MAX);
        let margin = u16::from(area.width > pinned);
        let start = area.right().saturating_sub(pinned + margin);
        let start = start.max(area.x);
        let room = area.right() - start;
        self.pinned.draw(buf, (start, area.y), room, theme);
        let gap: u16 = if area.width >= 140 { 3 } else { 2 };
        let mut x = area.x.saturating_add(1);
        for hint in &self.items {
            let cells = u16::try_from(hint.width()).unwrap_or(u16::MAX);
            if x.saturating_add(cells).saturating_add(2) > start {
                return;
            }
            hint.draw(buf, (x, area.y), cells, theme);
            x = x.saturating_add(cells + gap);
        }
    }
}

/// What may follow the keys pressed so far, in the lower right corner:
///
/// ```text
/// ┌ y  copy ──────────────────┐
/// │ i  id          a  ARN     │
/// └───────────────────────────┘
/// ```
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Choices {
    /// The keys pressed, and the name of the prefix.
    pub title: Words,
    /// The ways to go on.
    pub items: Vec<KeyHint>,
}

impl Choices {
    /// Paints the box over the lower right corner of `area`.
    pub fn draw(&self, buf: &mut Buffer, area: Rect, theme: Theme) {
        let longest = self.items.iter().map(KeyHint::width).max();
        let column = u16::try_from(longest.unwrap_or(0) + 2).unwrap_or(40);
        let columns: u16 = if self.items.len() > 3 { 2 } else { 1 };
        let title = u16::try_from(width(&self.title)).unwrap_or(u16::MAX);
        let wide = (column * columns + 3).max(title.saturating_add(6));
        let rows = self.items.len().div_ceil(usize::from(columns));
        let tall = u16::try_from(rows + 2).unwrap_or(u16::MAX);
        let (wide, tall) = (wide.min(area.width), tall.min(area.height));
        let corner =
            Rect::new(area.right() - wide, area.bottom() - tall, wide, tall);
        wipe(buf, corner);
        let title = Cell::plain(self.title.to_string());
        let inner = Pane::new(title).focused(true).draw(buf, corner, theme);
        for (nth, hint) in self.items.iter().enumerate() {
            let side = u16::try_from(nth / rows.max(1)).unwrap_or(0);
            let down = u16::try_from(nth % rows.max(1)).unwrap_or(u16::MAX);
            let x = inner.x.saturating_add(1 + side * column);
            let room = inner.right().saturating_sub(x).min(column);
            if down < inner.height && room > 0 {
                hint.draw(buf, (x, inner.y + down), room, theme);
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::super::cell::shown;
    use super::*;

    fn drawn(width: u16) -> String {
        let area = Rect::new(0, 0, width, 1);
        let mut buf = Buffer::empty(area);
        let items = vec![
            KeyHint::new("enter", "open"),
            KeyHint::new("/", "filter"),
            KeyHint::new("m", "note"),
        ];
        Hints::new(items).draw(&mut buf, area, Theme::default());
        shown(&buf).concat()
    }

    #[test]
    fn hints_go_from_the_end_and_help_stays() {
        assert_eq!(drawn(40), " enter open  / filter  m note    ? help ");
        assert_eq!(drawn(32), " enter open  / filter    ? help ");
        assert_eq!(drawn(20), " enter open  ? help ");
        assert_eq!(drawn(9), "  ? help ");
        assert_eq!(drawn(6), "? help");
    }

    #[test]
    fn help_is_seen_in_any_line_that_has_room_for_it() {
        for width in 6..200 {
            assert!(drawn(width).contains("? help"), "{width}");
        }
    }

    #[test]
    fn choices_stand_in_the_lower_right_corner() {
        let area = Rect::new(0, 0, 24, 5);
        let mut buf = Buffer::empty(area);
        let choices = Choices {
            title: "y  copy".into(),
            items: vec![KeyHint::new("i", "id"), KeyHint::new("a", "ARN")],
        };
        choices.draw(&mut buf, area, Theme::default());
        let line = |y: u16| -> String {
            (0..24).map(|x| buf[(x, y)].symbol()).collect()
        };
        assert_eq!(line(0).trim(), "");
        assert!(line(1).ends_with("┌ y  copy ──┐"), "{}", line(1));
        assert!(line(2).contains("i id"));
        assert!(line(3).contains("a ARN"));
    }
}
