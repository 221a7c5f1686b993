//! View: what a screen shows, as panels with their places.

use ratatui::buffer::Buffer;
use ratatui::layout::Rect;

use crate::ui::cell::put_row;
use crate::ui::{Pane, Row, SizeClass, Table, Theme};

/// What is inside a panel.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Body {
    /// A list, of which only the lines seen are built.
    Table(Table),
    /// Lines of text; what does not fit is left out at the end.
    Lines(Vec<Row>),
}

/// A part of the screen with its place.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Panel {
    /// Where it stands, in cells of the whole screen.
    pub area: Rect,
    /// Its frame; narrow layouts have none.
    pub pane: Option<Pane>,
    /// What it shows.
    pub body: Body,
    /// Lines at its lower end, such as the whole of what the list cuts.
    pub foot: Vec<Row>,
}

/// What a screen shows. Two views are equal if they look the same.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct View {
    /// Its parts, which do not overlap.
    pub panels: Vec<Panel>,
}

impl Panel {
    /// A framed list.
    pub fn table(area: Rect, pane: Pane, table: Table) -> Self {
        let (pane, body) = (Some(pane), Body::Table(table));
        Panel { area, pane, body, foot: Vec::new() }
    }

    /// Framed lines.
    pub fn lines(area: Rect, pane: Pane, lines: Vec<Row>) -> Self {
        let (pane, body) = (Some(pane), Body::Lines(lines));
        Panel { area, pane, body, foot: Vec::new() }
    }

    /// Lines without a frame.
    pub fn bare(area: Rect, lines: Vec<Row>) -> Self {
        let body = Body::Lines(lines);
        Panel { area, pane: None, body, foot: Vec::new() }
    }

    /// The same with lines at its lower end.
    #[must_use]
    pub fn with_foot(mut self, foot: Vec<Row>) -> Self {
        self.foot = foot;
        self
    }

    /// How many lines of a framed list are seen in an area.
    pub const fn rows_in(area: Rect) -> usize {
        Table::lines_in(area.height.saturating_sub(2))
    }

    fn draw(&self, buf: &mut Buffer, area: Rect, theme: Theme) {
        let place = self.area.intersection(area);
        let inner = match &self.pane {
            Some(pane) => pane.draw(buf, place, theme),
            None => place,
        };
        let tall = u16::try_from(self.foot.len()).unwrap_or(u16::MAX);
        let (inner, foot) =
            split_top(inner, inner.height.saturating_sub(tall));
        match &self.body {
            Body::Table(table) => table.draw(buf, inner, theme),
            Body::Lines(lines) => self.put(buf, inner, lines, theme),
        }
        self.put(buf, foot, &self.foot, theme);
    }

    fn put(&self, buf: &mut Buffer, area: Rect, rows: &[Row], theme: Theme) {
        let margin = u16::from(self.pane.is_some());
        for (y, row) in area.rows().zip(rows) {
            let line = Rect {
                x: y.x.saturating_add(margin),
                width: y.width.saturating_sub(margin),
                ..y
            };
            put_row(buf, line, row, theme);
        }
    }

    fn rows(&self) -> impl Iterator<Item = &Row> {
        let rows = match &self.body {
            Body::Table(table) => &table.rows,
            Body::Lines(lines) => lines,
        };
        rows.iter().chain(&self.foot)
    }
}

impl View {
    /// Paints the panels, as far as they stand inside `area`.
    pub fn draw(&self, buf: &mut Buffer, area: Rect, theme: Theme) {
        for panel in &self.panels {
            panel.draw(buf, area, theme);
        }
    }

    /// The panel whose title begins with `title`, if it is shown.
    pub fn panel(&self, title: &str) -> Option<&Panel> {
        self.panels.iter().find(|panel| {
            let pane = panel.pane.as_ref();
            pane.is_some_and(|pane| pane.title.text.starts_with(title))
        })
    }

    /// All text, one line a row, pieces parted by a blank: what plain
    /// output and tests read.
    pub fn text(&self) -> String {
        let mut text = String::new();
        for panel in &self.panels {
            if let Some(pane) = &panel.pane {
                text.push_str(&pane.title.text);
                text.push_str("  ");
                text.push_str(&pane.note.text);
                text.push('\n');
            }
            for row in panel.rows() {
                for cell in row {
                    text.push_str(&cell.text);
                    text.push(' ');
                }
                text.push('\n');
            }
        }
        text
    }
}

/// The lines around a screen: two above, two below.
pub const FRAME: u16 = 4;

/// Which layout fits a screen whose own part of the terminal is `body`.
pub fn class(body: Rect) -> SizeClass {
    let height = body.height.saturating_add(FRAME);
    SizeClass::of(Rect { height, ..body })
}

/// The upper part of `area`, at most `height` tall, and the rest.
pub fn split_top(area: Rect, height: u16) -> (Rect, Rect) {
    let height = height.min(area.height);
    let top = Rect { height, ..area };
    let rest = Rect {
        y: area.y.saturating_add(height),
        height: area.height - height,
        ..area
    };
    (top, rest)
}

/// The left part of `area`, at most `width` wide, and the rest.
pub fn split_left(area: Rect, width: u16) -> (Rect, Rect) {
    let width = width.min(area.width);
    let left = Rect { width, ..area };
    let rest = Rect {
        x: area.x.saturating_add(width),
        width: area.width - width,
        ..area
    };
    (left, rest)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::ui::Cell;

    #[test]
    fn a_split_takes_no_more_than_there_is() {
        let area = Rect::new(0, 0, 10, 5);
        let (top, rest) = split_top(area, 9);
        assert_eq!((top.height, rest.height, rest.y), (5, 0, 5));
        let (left, rest) = split_left(area, 4);
        assert_eq!((left.width, rest.width, rest.x), (4, 6, 4));
    }

    #[test]
    fn a_panel_outside_the_area_paints_nothing() {
        let mut buf = Buffer::empty(Rect::new(0, 0, 4, 2));
        let far = Rect::new(9, 9, 4, 4);
        let row = vec![Cell::plain("x")];
        let panel = Panel::lines(far, Pane::new("far"), vec![row]);
        let view = View { panels: vec![panel] };
        view.draw(&mut buf, far, Theme::default());
        assert_eq!(buf, Buffer::empty(Rect::new(0, 0, 4, 2)));
    }
}
