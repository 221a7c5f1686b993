//! `SizeClass`: which of the layouts fits a terminal.

use ratatui::layout::Rect;

/// The layouts, from the roomiest to a single line; nothing is refused.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum SizeClass {
    /// Less than 40 columns or 10 rows: one line of text.
    OneLine,
    /// From 40 columns and 10 rows.
    Narrow,
    /// From 80 columns and 24 rows.
    Standard,
    /// From 140 columns and 40 rows: more panes, not wider columns.
    Wide,
}

impl SizeClass {
    /// The layout for an area in terminal cells.
    pub const fn of(area: Rect) -> Self {
        match (area.width, area.height) {
            (140.., 40..) => Self::Wide,
            (80.., 24..) => Self::Standard,
            (40.., 10..) => Self::Narrow,
            _ => Self::OneLine,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn each_size_has_its_layout() {
        let class = |w, h| SizeClass::of(Rect::new(0, 0, w, h));
        assert_eq!(class(160, 48), SizeClass::Wide);
        assert_eq!(class(160, 24), SizeClass::Standard);
        assert_eq!(class(80, 24), SizeClass::Standard);
        assert_eq!(class(79, 24), SizeClass::Narrow);
        assert_eq!(class(40, 10), SizeClass::Narrow);
        assert_eq!(class(39, 10), SizeClass::OneLine);
        assert_eq!(class(0, 0), SizeClass::OneLine);
    }
}
