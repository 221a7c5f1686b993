//! Pane: a frame with a title at the left and a note at the right.

use ratatui::buffer::Buffer;
use ratatui::layout::Rect;
use ratatui::symbols::border;
use unicode_width::UnicodeWidthStr;

use super::cell::{Cell, put};
use super::theme::{Theme, Tone};

/// A framed part of the screen:
///
/// ```text
/// ┌ Needs attention (5) ───────── sorted by risk ─┐
/// └───────────────────────────────────────────────┘
/// ```
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Pane {
    /// What is in it.
    pub title: Cell,
    /// The age of its data, or how it is sorted; the first to go when the
    /// width runs out.
    pub note: Cell,
    /// Whether it has the keys.
    pub focused: bool,
}

impl Pane {
    /// A pane with a title and nothing to note.
    pub fn new(title: impl Into<Cell>) -> Self {
        Self { title: title.into(), ..Self::default() }
    }

    /// The same with a note at the right.
    #[must_use]
    pub fn note(mut self, note: impl Into<Cell>) -> Self {
        self.note = note.into();
        self
    }

    /// The same, marked as the pane that has the keys, or not.
    #[must_use]
    pub const fn focused(mut self, focused: bool) -> Self {
        self.focused = focused;
        self
    }

    /// Paints the frame and gives the area inside it.
    pub fn draw(&self, buf: &mut Buffer, area: Rect, theme: Theme) -> Rect {
        let tone = if self.focused { Tone::Focus } else { Tone::Border };
        let area = area.intersection(buf.area);
        frame(buf, area, theme.border(), tone, theme);
        let room = usize::from(area.width.saturating_sub(4));
        let title = self.title.text.width().min(room);
        head(buf, area.x + 1, title, &self.title, Tone::Title, theme, area);
        let note = self.note.text.width();
        if note > 0 && title + note + 4 <= room {
            let back = u16::try_from(note + 4).unwrap_or(u16::MAX);
            let x = area.right().saturating_sub(back);
            head(buf, x, note, &self.note, Tone::Dim, theme, area);
        }
        inside(area)
    }
}

/// Paints the lines around `area`, as far as there is room for them.
pub(super) fn frame(
    buf: &mut Buffer,
    area: Rect,
    set: border::Set<'_>,
    tone: Tone,
    theme: Theme,
) {
    if area.width < 2 || area.height < 2 {
        return;
    }
    let style = theme.style(tone);
    let across = usize::from(area.width - 2);
    let (top, bottom) = (area.top(), area.bottom() - 1);
    let line = |left: &str, middle: &str, right: &str| {
        format!("{left}{}{right}", middle.repeat(across))
    };
    let first = line(set.top_left, set.horizontal_top, set.top_right);
    put(buf, (area.x, top), area.width, &first, style);
    let last = line(set.bottom_left, set.horizontal_bottom, set.bottom_right);
    put(buf, (area.x, bottom), area.width, &last, style);
    for y in top + 1..bottom {
        put(buf, (area.left(), y), 1, set.vertical_left, style);
        put(buf, (area.right() - 1, y), 1, set.vertical_right, style);
    }
}

/// Paints a word into the upper line of a frame, a blank on either side.
pub(super) fn head(
    buf: &mut Buffer,
    x: u16,
    width: usize,
    cell: &Cell,
    default: Tone,
    theme: Theme,
    area: Rect,
) {
    if width == 0 || area.height < 2 {
        return;
    }
    let tone = if cell.tone == Tone::Plain { default } else { cell.tone };
    let cells = u16::try_from(width).unwrap_or(u16::MAX);
    let border = theme.style(Tone::Plain);
    put(buf, (x, area.y), 1, " ", border);
    let style = theme.style(tone);
    let after = put(buf, (x + 1, area.y), cells, &cell.text, style);
    put(buf, (after, area.y), 1, " ", border);
}

/// The area inside the frame of `area`.
pub(super) fn inside(area: Rect) -> Rect {
    if area.width < 2 || area.height < 2 {
        return Rect::new(area.x, area.y, 0, 0);
    }
    let (width, height) = (area.width - 2, area.height - 2);
    Rect::new(area.x + 1, area.y + 1, width, height)
}

#[cfg(test)]
mod tests {
    use super::super::cell::shown;
    use super::super::theme::{GlyphSet, ThemeName};
    use super::*;

    fn drawn(pane: &Pane, width: u16, theme: Theme) -> Vec<String> {
        let area = Rect::new(0, 0, width, 3);
        let mut buf = Buffer::empty(area);
        pane.draw(&mut buf, area, theme);
        shown(&buf)
    }

    #[test]
    fn the_title_stands_left_and_the_note_right() {
        let pane = Pane::new("Jobs").note("12s old");
        let lines = drawn(&pane, 24, Theme::default());
        assert_eq!(lines[0], "┌ Jobs ────── 12s old ─┐");
        assert_eq!(lines[2], "└──────────────────────┘");
    }

    #[test]
    fn the_note_goes_before_the_title_is_cut() {
        let pane = Pane::new("Resources").note("12s old");
        let lines = drawn(&pane, 16, Theme::default());
        assert_eq!(lines[0], "┌ Resources ───┐");
        let lines = drawn(&pane, 9, Theme::default());
        assert_eq!(lines[0], "┌ Reso… ┐");
    }

    #[test]
    fn ascii_frames_are_ascii() {
        let theme = Theme::new(ThemeName::Mono, GlyphSet::Ascii);
        let lines = drawn(&Pane::new("Jobs"), 12, theme);
        assert_eq!(lines, ["+ Jobs ----+", "|          |", "+----------+"]);
    }
}
