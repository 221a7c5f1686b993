//! Prose: lines of text with tones, wrapped and scrolled.

use std::mem;
use std::ops::Range;

use ratatui::buffer::Buffer;
use ratatui::layout::Rect;
use unicode_width::{UnicodeWidthChar, UnicodeWidthStr};

use super::cell::{Cell, Row, put_row};
use super::table::scroll_bar;
use super::theme::Theme;

/// A text that may be longer than its area.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Prose {
    /// The lines, each of one or more pieces.
    pub lines: Vec<Row>,
    /// The first wrapped line seen.
    pub offset: usize,
}

impl Prose {
    /// A text from its lines, seen from its beginning.
    pub const fn new(lines: Vec<Row>) -> Self {
        Self { lines, offset: 0 }
    }

    /// How many lines it takes at a width in cells.
    pub fn height(&self, width: u16) -> usize {
        height_all(&self.lines, width)
    }

    /// Paints what is seen, with a scroll bar when it does not fit. An
    /// offset beyond the end shows the end.
    pub fn draw(&self, buf: &mut Buffer, area: Rect, theme: Theme) {
        if area.is_empty() {
            return;
        }
        let seen = usize::from(area.height);
        let mut text = area;
        let mut total = self.height(text.width);
        if total > seen {
            text.width -= 1;
            total = self.height(text.width);
        }
        let offset = self.offset.min(total.saturating_sub(seen));
        self.paint(buf, text, offset, theme);
        scroll_bar(buf, area, offset, total, theme);
    }

    /// Paints the lines from `offset` on; those out of sight are not made.
    fn paint(
        &self,
        buf: &mut Buffer,
        text: Rect,
        offset: usize,
        theme: Theme,
    ) {
        let mut free = text.rows();
        let mut above = offset;
        for row in &self.lines {
            let height = height(row, text.width);
            if height <= above {
                above -= height;
                continue;
            }
            for part in
                wrap(row, text.width).iter().skip(mem::take(&mut above))
            {
                let Some(y) = free.next() else { return };
                put_row(buf, y, part, theme);
            }
        }
    }
}

/// Breaks every line as [`wrap`] does.
pub fn wrap_all(rows: &[Row], width: u16) -> Vec<Row> {
    rows.iter().flat_map(|row| wrap(row, width)).collect()
}

/// How many lines [`wrap_all`] makes, without making them.
pub fn height_all(rows: &[Row], width: u16) -> usize {
    rows.iter().map(|row| height(row, width)).sum()
}

/// A head with a text beside it; what does not fit goes on below, beside
/// the head's width of blanks.
pub fn hang(head: &[Cell], text: Cell, width: u16) -> Vec<Row> {
    let beside: usize = head.iter().map(|cell| cell.text.width()).sum();
    let beside = u16::try_from(beside).unwrap_or(u16::MAX);
    let room = width.saturating_sub(beside).max(1);
    let parts = wrap(&[text], room).into_iter().enumerate();
    let row = |(place, part): (usize, Row)| {
        let mut row = match place {
            0 => head.to_vec(),
            _ => vec![Cell::plain(" ".repeat(beside.into()))],
        };
        row.extend(part);
        row
    };
    parts.map(row).collect()
}

/// Breaks a line at blanks so that each part fits `width`; a word longer
/// than that is broken anywhere. Tones go along. Later parts are indented
/// like the line itself.
pub fn wrap(row: &[Cell], width: u16) -> Vec<Row> {
    let letters = letters(row);
    let Some(parts) = breaks(&letters, width) else {
        return vec![row.to_vec()];
    };
    let part = |(lead, part): (usize, Range<usize>)| {
        let mut cells = gather(&letters[part], row);
        if lead > 0 {
            cells.insert(0, Cell::plain(" ".repeat(lead)));
        }
        cells
    };
    parts.into_iter().map(part).collect()
}

/// How many parts [`wrap`] makes of a line.
fn height(row: &[Cell], width: u16) -> usize {
    breaks(&letters(row), width).map_or(1, |parts| parts.len())
}

/// The letters of a line, each with the place of its cell.
fn letters(row: &[Cell]) -> Vec<(char, usize)> {
    let cells = row.iter().enumerate();
    cells
        .flat_map(|(at, cell)| cell.text.chars().map(move |c| (c, at)))
        .collect()
}

/// The parts of a line that does not fit, each with the blanks before it.
fn breaks(
    letters: &[(char, usize)],
    width: u16,
) -> Option<Vec<(usize, Range<usize>)>> {
    let width = usize::from(width);
    let total: usize =
        letters.iter().map(|(c, _)| c.width().unwrap_or(0)).sum();
    if total <= width || width == 0 {
        return None;
    }
    let blanks = letters.iter().take_while(|(c, _)| *c == ' ').count();
    let indent = if blanks < width / 2 { blanks } else { 0 };
    let mut parts = Vec::new();
    let mut from = 0;
    while from < letters.len() {
        let lead = if parts.is_empty() { 0 } else { indent };
        let (end, next) = break_at(&letters[from..], width - lead);
        parts.push((lead, from..from + end));
        from += next;
    }
    Some(parts)
}

/// Where a line of `room` cells ends and where the next one begins.
fn break_at(letters: &[(char, usize)], room: usize) -> (usize, usize) {
    let mut used = 0;
    let fits = letters.iter().take_while(|(c, _)| {
        used += c.width().unwrap_or(0);
        used <= room
    });
    let fits = fits.count().max(1);
    if fits >= letters.len() {
        return (letters.len(), letters.len());
    }
    let start = letters.iter().take_while(|(c, _)| *c == ' ').count();
    let blank = letters[..=fits].iter().rposition(|(c, _)| *c == ' ');
    let end = blank.filter(|at| *at > start).unwrap_or(fits);
    let skip = letters[end..].iter().take_while(|(c, _)| *c == ' ').count();
    (end, end + skip)
}

fn gather(letters: &[(char, usize)], row: &[Cell]) -> Row {
    letters
        .chunk_by(|a, b| a.1 == b.1)
        .map(|run| {
            let text: String = run.iter().map(|(c, _)| c).collect();
            Cell::new(text, row[run[0].1].tone)
        })
        .collect()
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::super::theme::Tone;
    use super::*;

    fn texts(rows: &[Row]) -> Vec<String> {
        let join = |row: &Row| row.iter().map(|c| &*c.text).collect();
        rows.iter().map(join).collect()
    }

    #[test]
    fn a_line_breaks_at_blanks_and_keeps_its_tones() {
        let row = vec![
            Cell::new("Effect", Tone::Key),
            Cell::plain(" makes it the writer"),
        ];
        let rows = wrap(&row, 12);
        assert_eq!(texts(&rows), ["Effect makes", "it the", "writer"]);
        assert_eq!(rows[0][0].tone, Tone::Key);
        assert_eq!(rows[0][1].tone, Tone::Plain);
    }

    #[test]
    fn a_word_without_blanks_is_broken_and_lost_nowhere() {
        let rows = wrap(&[Cell::plain("arn:aws:rds:eu")], 5);
        assert_eq!(texts(&rows), ["arn:a", "ws:rd", "s:eu"]);
    }

    #[test]
    fn later_parts_are_indented_like_the_line() {
        let rows = wrap(&[Cell::plain("  one two three")], 8);
        assert_eq!(texts(&rows), ["  one", "  two", "  three"]);
    }

    proptest! {
        #[test]
        fn wrapping_loses_no_letter_and_fits(
            text in "[ a-z東é]{0,60}", width in 2..30_u16,
        ) {
            let cell = Cell::plain(text.clone());
            let rows = wrap(&[cell], width);
            let bare = |t: &str| t.replace(' ', "");
            let all = texts(&rows).concat();
            prop_assert_eq!(bare(&all), bare(&text));
            for row in texts(&rows) {
                prop_assert!(row.width() <= usize::from(width));
            }
        }
    }
}
