//! The bar of a share, as text.

use super::theme::{Mark, Theme};

/// A bar of `cells` with `part` of `whole` filled, such as `██░░`. A share
/// above the whole is a full bar; anything above nothing fills one cell,
/// and only the whole fills the last. No whole is an empty bar.
pub fn bar(part: u64, whole: u64, cells: usize, theme: Theme) -> String {
    let full = match whole {
        0 => 0,
        _ if part == 0 => 0,
        _ if part >= whole => cells,
        _ => share(part, whole, cells).max(1).min(cells.saturating_sub(1)),
    };
    let mut bar = theme.glyph(Mark::BarFull).repeat(full);
    bar.push_str(&theme.glyph(Mark::BarEmpty).repeat(cells - full));
    bar
}

fn share(part: u64, whole: u64, cells: usize) -> usize {
    let wide = u128::from(part) * cells as u128 / u128::from(whole);
    usize::try_from(wide).unwrap_or(cells)
}

#[cfg(test)]
mod tests {
    use super::super::theme::{GlyphSet, ThemeName};
    use super::*;

    #[test]
    fn a_bar_is_full_only_when_all_is_done() {
        let theme = Theme::default();
        assert_eq!(bar(1, 2, 4, theme), "██░░");
        assert_eq!(bar(0, 9, 4, theme), "░░░░");
        assert_eq!(bar(1, 1000, 4, theme), "█░░░");
        assert_eq!(bar(999, 1000, 4, theme), "███░");
        assert_eq!(bar(9, 4, 4, theme), "████");
        assert_eq!(bar(9, 0, 4, theme), "░░░░");
        assert_eq!(bar(u64::MAX - 1, u64::MAX, 2, theme), "█░");
        assert_eq!(bar(1, 2, 0, theme), "");
        assert_eq!(bar(1, 2, 1, theme), "░");
    }

    #[test]
    fn ascii_bars_are_ascii() {
        let theme = Theme::new(ThemeName::Mono, GlyphSet::Ascii);
        assert_eq!(bar(1, 2, 4, theme), "##..");
    }
}
