//! Table: the lines of a list that are seen, in columns.

use ratatui::buffer::Buffer;
use ratatui::layout::Rect;
use ratatui::style::Style;

use super::cell::{Row, put};
use super::theme::{Mark, Theme, Tone};

/// How wide a column may be, in cells.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Width {
    /// Exactly this.
    Fixed(u16),
    /// At least this; shares what is left with the other flexible ones.
    Flexible(u16),
}

impl Width {
    const fn least(self) -> u16 {
        match self {
            Self::Fixed(cells) | Self::Flexible(cells) => cells,
        }
    }
}

/// A column of a table.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Column {
    /// Its head.
    pub title: &'static str,
    /// Its width.
    pub width: Width,
    /// Whether its cells stand at the right, as numbers do.
    pub right: bool,
    /// 0 stays always; of the others the highest goes first when the width
    /// runs out.
    pub drop: u8,
}

impl Column {
    /// A column of fixed width that always stays.
    pub const fn fixed(title: &'static str, cells: u16) -> Self {
        let width = Width::Fixed(cells);
        Self { title, width, right: false, drop: 0 }
    }

    /// A column of at least `cells` that takes what is left.
    pub const fn flexible(title: &'static str, cells: u16) -> Self {
        let width = Width::Flexible(cells);
        Self { title, width, right: false, drop: 0 }
    }

    /// The same with its cells at the right.
    #[must_use]
    pub const fn right(mut self) -> Self {
        self.right = true;
        self
    }

    /// The same, allowed to go; the highest number goes first.
    #[must_use]
    pub const fn drop(mut self, order: u8) -> Self {
        self.drop = order;
        self
    }
}

/// A table. `rows` are only the lines that are seen, built from
/// [`List::window`](super::List::window), so 40,000 lines cost what one
/// screen of them costs.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Table {
    /// The columns.
    pub columns: Vec<Column>,
    /// The lines seen, the first being line `offset` of all.
    pub rows: Vec<Row>,
    /// The number of the first line seen.
    pub offset: usize,
    /// The number of the selected line, if one is.
    pub selected: Option<usize>,
    /// How many lines there are in all.
    pub total: usize,
    /// What to say instead of lines when there are none.
    pub empty: &'static str,
}

/// The cells before the first column: the mark and a blank.
const MARGIN: u16 = 2;

impl Table {
    /// How many lines fit into an area of this height, below the head.
    pub const fn lines_in(height: u16) -> usize {
        height.saturating_sub(1) as usize
    }

    /// Paints the head, the lines and a scroll bar when there are more.
    pub fn draw(&self, buf: &mut Buffer, area: Rect, theme: Theme) {
        let area = area.intersection(buf.area);
        if area.is_empty() {
            return;
        }
        let mut body = area;
        let height = Self::lines_in(area.height);
        if self.total > height {
            body.width -= 1;
        }
        let layout = layout(&self.columns, body.width.saturating_sub(MARGIN));
        self.head(buf, body, &layout, theme);
        for (nth, (row, y)) in
            self.rows.iter().zip(body.rows().skip(1)).enumerate()
        {
            let selected = self.selected == Some(self.offset + nth);
            line(buf, y, row, &self.columns, &layout, selected, theme);
        }
        if self.total == 0 && area.height > 1 {
            let at = (body.x.saturating_add(MARGIN), body.y + 1);
            let style = theme.style(Tone::Dim);
            put(buf, at, body.width.saturating_sub(MARGIN), self.empty, style);
        }
        let mut bar = area;
        bar.y += 1;
        bar.height -= 1;
        scroll_bar(buf, bar, self.offset, self.total, theme);
    }

    fn head(
        &self,
        buf: &mut Buffer,
        area: Rect,
        layout: &[Option<(u16, u16)>],
        theme: Theme,
    ) {
        let style = theme.style(Tone::Title);
        for (column, place) in self.columns.iter().zip(layout) {
            if let Some((x, width)) = place {
                let at = (area.x + MARGIN + x, area.y);
                aligned(buf, at, *width, column.title, style, column.right);
            }
        }
    }
}

fn line(
    buf: &mut Buffer,
    area: Rect,
    row: &Row,
    columns: &[Column],
    layout: &[Option<(u16, u16)>],
    selected: bool,
    theme: Theme,
) {
    if selected {
        let mark = theme.glyph(Mark::Selected);
        put(buf, (area.x, area.y), area.width.min(1), mark, Style::new());
    }
    for ((cell, column), place) in row.iter().zip(columns).zip(layout) {
        if let Some((x, width)) = place {
            let at = (area.x + MARGIN + x, area.y);
            let style = theme.style(cell.tone);
            aligned(buf, at, *width, &cell.text, style, column.right);
        }
    }
    if selected {
        buf.set_style(area, theme.style(Tone::Selected));
    }
}

fn aligned(
    buf: &mut Buffer,
    (x, y): (u16, u16),
    width: u16,
    text: &str,
    style: Style,
    right: bool,
) {
    let used = super::text::width(text).min(usize::from(width));
    let used = u16::try_from(used).unwrap_or(width);
    let shift = if right { width - used } else { 0 };
    put(buf, (x + shift, y), width - shift, text, style);
}

/// Where each column stands and how wide it is; none when it had to go.
fn layout(columns: &[Column], width: u16) -> Vec<Option<(u16, u16)>> {
    let kept = kept(columns, width);
    let flexible = |c: &Column| matches!(c.width, Width::Flexible(_));
    let staying = || columns.iter().zip(&kept).filter(|(_, k)| **k);
    let count = |n: usize| u16::try_from(n).unwrap_or(u16::MAX);
    let least: usize =
        staying().map(|(c, _)| usize::from(c.width.least()) + 1).sum();
    let room = usize::from(width) + 1;
    let mut spare = count(room.saturating_sub(least));
    let mut sharing = count(staying().filter(|(c, _)| flexible(c)).count());
    let mut x = 0_u16;
    let mut places = Vec::with_capacity(columns.len());
    for (column, stays) in columns.iter().zip(&kept) {
        if !stays || x >= width {
            places.push(None);
            continue;
        }
        let mut cells = column.width.least();
        if flexible(column) {
            let share = spare / sharing.max(1);
            cells = cells.saturating_add(share);
            spare -= share;
            sharing = sharing.saturating_sub(1);
        }
        let cells = cells.min(width - x);
        places.push(Some((x, cells)));
        x = x.saturating_add(cells).saturating_add(1);
    }
    places
}

/// Which columns fit, dropping the least needed ones first.
fn kept(columns: &[Column], width: u16) -> Vec<bool> {
    let mut kept = vec![true; columns.len()];
    loop {
        let staying = || (0..columns.len()).filter(|at| kept[*at]);
        let least: usize = staying()
            .map(|at| usize::from(columns[at].width.least()) + 1)
            .sum();
        let next = staying().max_by_key(|at| columns[*at].drop);
        match next {
            Some(at)
                if columns[at].drop > 0 && least > usize::from(width) + 1 =>
            {
                kept[at] = false;
            }
            _ => return kept,
        }
    }
}

/// Paints a scroll bar at the right edge when `total` does not fit.
pub(super) fn scroll_bar(
    buf: &mut Buffer,
    area: Rect,
    offset: usize,
    total: usize,
    theme: Theme,
) {
    let height = usize::from(area.height);
    if height == 0 || area.width == 0 || total <= height {
        return;
    }
    let thumb = (height * height / total).max(1);
    let last = height - thumb;
    let room = total - height;
    let start = (offset.min(room) * last + room / 2) / room;
    for (nth, row) in area.rows().enumerate() {
        let on = (start..start + thumb).contains(&nth);
        let mark = if on { Mark::Thumb } else { Mark::Track };
        let at = (area.right() - 1, row.y);
        put(buf, at, 1, theme.glyph(mark), theme.style(Tone::Dim));
    }
}

#[cfg(test)]
mod tests {
    use super::super::cell::{Cell, shown};
    use super::super::theme::{GlyphSet, ThemeName};
    use super::*;

    fn table() -> Table {
        let columns = vec![
            Column::fixed("STATE", 6),
            Column::flexible("RESOURCE", 8),
            Column::fixed("AGE", 6).right(),
            Column::flexible("WHY", 6).drop(1),
        ];
        let row = |state: &'static str, name: &'static str| {
            vec![
                Cell::new(state, Tone::Bad),
                Cell::plain(name),
                Cell::plain("31h04m"),
                Cell::plain("copy job FAILED 3h ago"),
            ]
        };
        Table {
            columns,
            rows: vec![row("x MISS", "orders-db"), row("? UNKN", "legacy")],
            offset: 3,
            selected: Some(4),
            total: 40,
            empty: "nothing is protected",
        }
    }

    fn drawn(table: &Table, width: u16, height: u16) -> Vec<String> {
        let area = Rect::new(0, 0, width, height);
        let mut buf = Buffer::empty(area);
        let theme = Theme::new(ThemeName::Mono, GlyphSet::Ascii);
        table.draw(&mut buf, area, theme);
        shown(&buf)
    }

    #[test]
    fn columns_share_the_width_and_the_selected_line_has_a_mark() {
        let lines = drawn(&table(), 44, 3);
        assert_eq!(lines[0], "  STATE  RESOURCE          AGE WHY          ");
        assert_eq!(lines[1], "  x MISS orders-db      31h04m copy job FA…#");
        assert_eq!(lines[2], "> ? UNKN legacy         31h04m copy job FA…|");
    }

    #[test]
    fn the_least_needed_column_goes_when_the_width_runs_out() {
        let lines = drawn(&table(), 30, 3);
        assert_eq!(lines[0], "  STATE  RESOURCE         AGE ");
    }

    #[test]
    fn an_empty_table_says_so() {
        let mut table = table();
        table.rows.clear();
        table.total = 0;
        let lines = drawn(&table, 30, 3);
        assert_eq!(lines[1].trim(), "nothing is protected");
    }

    #[test]
    fn the_scroll_bar_ends_where_the_list_ends() {
        let area = Rect::new(0, 0, 1, 4);
        let column = |offset| {
            let mut buf = Buffer::empty(area);
            let theme = Theme::new(ThemeName::Mono, GlyphSet::Ascii);
            scroll_bar(&mut buf, area, offset, 8, theme);
            shown(&buf).concat()
        };
        assert_eq!(column(0), "##||");
        assert_eq!(column(4), "||##");
        assert_eq!(column(99), "||##");
    }
}
