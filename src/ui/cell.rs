//! Cell: a piece of text with its tone, and how it gets into the buffer.

use std::fmt;
use std::ops::Deref;

use ratatui::buffer::Buffer;
#[cfg(test)]
use ratatui::buffer::Cell as BufferCell;
use ratatui::layout::Rect;
use ratatui::style::Style;

use super::text::{Clean, clean, clip};
use super::theme::{Theme, Tone};

/// Text to draw: a fixed word of ours, or cleaned. Equal by what it says.
#[derive(Clone)]
pub enum Words {
    /// A fixed word of the program.
    Fixed(&'static str),
    /// Anything else; a `String` is cleaned on its way in.
    Clean(Clean),
}

/// Pieces that stand on one line, or in the columns of one table row.
pub type Row = Vec<Cell>;

/// A piece of text and how it should feel.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Cell {
    /// What it says.
    pub text: Words,
    /// How it should feel.
    pub tone: Tone,
}

impl Cell {
    /// A piece with a tone.
    pub fn new(text: impl Into<Words>, tone: Tone) -> Self {
        Self { text: text.into(), tone }
    }

    /// A piece of ordinary text.
    pub fn plain(text: impl Into<Words>) -> Self {
        Self::new(text, Tone::Plain)
    }

    /// A dim piece.
    pub fn dim(text: impl Into<Words>) -> Self {
        Self::new(text, Tone::Dim)
    }
}

impl<T: Into<Words>> From<T> for Cell {
    fn from(text: T) -> Self {
        Self::plain(text)
    }
}

impl Default for Words {
    fn default() -> Self {
        Self::Fixed("")
    }
}

impl Deref for Words {
    type Target = str;

    fn deref(&self) -> &str {
        match self {
            Self::Fixed(text) => text,
            Self::Clean(text) => text,
        }
    }
}

impl PartialEq for Words {
    fn eq(&self, other: &Self) -> bool {
        **self == **other
    }
}

impl Eq for Words {}

impl fmt::Debug for Words {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Debug::fmt(&**self, f)
    }
}

impl fmt::Display for Words {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(self)
    }
}

impl From<&'static str> for Words {
    fn from(text: &'static str) -> Self {
        Self::Fixed(text)
    }
}

impl From<String> for Words {
    fn from(text: String) -> Self {
        Self::Clean(clean(&text))
    }
}

impl From<Clean> for Words {
    fn from(text: Clean) -> Self {
        Self::Clean(text)
    }
}

impl From<&Clean> for Words {
    fn from(text: &Clean) -> Self {
        Self::Clean(text.clone())
    }
}

/// Paints `text` at `(x, y)`, cut with `…` to `cells` and to the buffer.
/// Gives the first free column after it.
pub fn put(
    buf: &mut Buffer,
    (x, y): (u16, u16),
    cells: u16,
    text: &str,
    style: Style,
) -> u16 {
    let area = buf.area;
    let inside = (area.left()..area.right()).contains(&x)
        && (area.top()..area.bottom()).contains(&y);
    if !inside {
        return x;
    }
    let cells = cells.min(area.right() - x);
    let text = clip(text, cells.into());
    buf.set_stringn(x, y, &text, cells.into(), style).0
}

/// Paints `row` from the left of the first line of `area`.
pub fn put_row(buf: &mut Buffer, area: Rect, row: &[Cell], theme: Theme) {
    let mut x = area.left();
    for cell in row {
        let room = area.right().saturating_sub(x);
        if room == 0 || area.height == 0 {
            return;
        }
        let style = theme.style(cell.tone);
        x = put(buf, (x, area.y), room, &cell.text, style);
    }
}

/// Blanks `area`, so that nothing behind it shines through.
pub fn wipe(buf: &mut Buffer, area: Rect) {
    let area = area.intersection(buf.area);
    for y in area.rows() {
        for at in y.columns() {
            buf[(at.x, at.y)].reset();
        }
    }
}

/// What a buffer shows, line by line.
#[cfg(test)]
pub(super) fn shown(buf: &Buffer) -> Vec<String> {
    buf.content
        .chunks(usize::from(buf.area.width))
        .map(|line| line.iter().map(BufferCell::symbol).collect())
        .collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_string_is_cleaned_on_its_way_to_the_screen() {
        let cell = Cell::plain("a\u{202e}b".to_owned());
        assert_eq!(&*cell.text, "a\\u{202e}b");
    }

    #[test]
    fn painting_outside_the_buffer_paints_nothing() {
        let mut buf = Buffer::empty(Rect::new(0, 0, 3, 1));
        let style = Style::new();
        put(&mut buf, (9, 0), 5, "x", style);
        put(&mut buf, (0, 9), 5, "x", style);
        put(&mut buf, (1, 0), 9, "long", style);
        assert_eq!(buf, Buffer::with_lines([" l…"]));
    }
}
