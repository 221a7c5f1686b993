//! Tones and marks, and how each theme paints them.
//!
//! A view says how something feels ([`Tone`]) and which sign stands for it
//! ([`Mark`]); only this file knows colours. A state is always told by its
//! word and its sign too: colour only repeats it.

use std::fmt;
use std::str::FromStr;

use ratatui::style::{Color, Modifier, Style};
use ratatui::symbols::border;
use serde::{Deserialize, Serialize};

/// How a piece of text should feel.
#[derive(
    Clone, Copy, Debug, Default, PartialEq, Eq, Hash, Serialize, Deserialize,
)]
#[serde(rename_all = "kebab-case")]
pub enum Tone {
    /// Ordinary text.
    #[default]
    Plain,
    /// As it should be.
    Good,
    /// Not yet bad; needs an eye.
    Warn,
    /// Bad.
    Bad,
    /// Could not be known; never drawn like [`Tone::Good`].
    Unknown,
    /// Known once, and old by now.
    Stale,
    /// Of little weight.
    Dim,
    /// Going on, or worth knowing.
    Info,
    /// The title of a pane, the head of a table.
    Title,
    /// The selected line.
    Selected,
    /// What destroys or cannot be undone.
    Danger,
    /// The environment word of production.
    Prod,
    /// The environment word of anything else.
    NonProd,
    /// The mode word while nothing can be changed.
    Observe,
    /// The mode word while changes can be proposed.
    Armed,
    /// A key in a hint.
    Key,
    /// The frame of a pane.
    Border,
    /// The frame of the pane that has the keys.
    Focus,
    /// Text that is being typed.
    Input,
}

/// Every tone, for tests and the theme preview.
pub const TONES: &[Tone] = &[
    Tone::Plain,
    Tone::Good,
    Tone::Warn,
    Tone::Bad,
    Tone::Unknown,
    Tone::Stale,
    Tone::Dim,
    Tone::Info,
    Tone::Title,
    Tone::Selected,
    Tone::Danger,
    Tone::Prod,
    Tone::NonProd,
    Tone::Observe,
    Tone::Armed,
    Tone::Key,
    Tone::Border,
    Tone::Focus,
    Tone::Input,
];

/// A sign of one cell.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Mark {
    /// As it should be.
    Good,
    /// Needs an eye.
    Warn,
    /// Bad.
    Bad,
    /// Could not be known.
    Unknown,
    /// An old answer.
    Stale,
    /// In progress.
    Running,
    /// Not begun.
    Waiting,
    /// The selected line.
    Selected,
    /// A line picked by hand.
    Marked,
    /// A full cell of a bar.
    BarFull,
    /// An empty cell of a bar.
    BarEmpty,
    /// The moving part of a scroll bar.
    Thumb,
    /// The still part of a scroll bar.
    Track,
    /// Something left out.
    More,
    /// Between two hints.
    Dot,
}

/// Which palette paints the tones.
#[derive(
    Clone, Copy, Debug, Default, PartialEq, Eq, Hash, Serialize, Deserialize,
)]
#[serde(rename_all = "kebab-case")]
pub enum ThemeName {
    /// The terminal's own 16 colours on its own background.
    #[default]
    Terminal,
    /// For dark backgrounds, 256 colours.
    Dark,
    /// For light backgrounds, 256 colours.
    Light,
    /// Colours after Okabe and Ito, told apart by colour-blind eyes.
    CbSafe,
    /// Few, strong contrasts.
    HighContrast,
    /// No colour at all; weight, underline and reverse only.
    Mono,
}

/// Every theme by its name.
pub const THEMES: &[(&str, ThemeName)] = &[
    ("terminal", ThemeName::Terminal),
    ("dark", ThemeName::Dark),
    ("light", ThemeName::Light),
    ("cb-safe", ThemeName::CbSafe),
    ("high-contrast", ThemeName::HighContrast),
    ("mono", ThemeName::Mono),
];

/// There is no theme of this name.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("no theme is named {0:?}")]
pub struct UnknownTheme(pub String);

impl FromStr for ThemeName {
    type Err = UnknownTheme;

    fn from_str(name: &str) -> Result<Self, Self::Err> {
        THEMES
            .iter()
            .find(|(known, _)| *known == name)
            .map(|(_, theme)| *theme)
            .ok_or_else(|| UnknownTheme(name.to_owned()))
    }
}

impl fmt::Display for ThemeName {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let known = THEMES.iter().find(|(_, theme)| theme == self);
        f.write_str(known.map_or("terminal", |(name, _)| name))
    }
}

/// Which characters may be drawn; each set is complete.
#[derive(
    Clone, Copy, Debug, Default, PartialEq, Eq, Hash, Serialize, Deserialize,
)]
#[serde(rename_all = "lowercase")]
pub enum GlyphSet {
    /// Box drawing and symbols.
    #[default]
    Unicode,
    /// ASCII only, for consoles and other locales.
    Ascii,
}

/// A palette and a glyph set together: all that drawing needs to know.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash)]
pub struct Theme {
    /// The palette.
    pub name: ThemeName,
    /// The characters.
    pub glyphs: GlyphSet,
}

impl Theme {
    /// A theme of this palette and these characters.
    pub const fn new(name: ThemeName, glyphs: GlyphSet) -> Self {
        Self { name, glyphs }
    }

    /// The style of a tone. Mono never names a colour, so that no reset of
    /// colours can undo its reverse video.
    pub fn style(self, tone: Tone) -> Style {
        let style = Style::new().add_modifier(weight(tone));
        match self.name.palette().and_then(|palette| palette.colour(tone)) {
            Some(colour) => style.fg(colour),
            None => style,
        }
    }

    /// The sign of one cell for a mark.
    pub const fn glyph(self, mark: Mark) -> &'static str {
        let (unicode, ascii) = match mark {
            Mark::Good => ("✔", "+"),
            Mark::Warn => ("▲", "!"),
            Mark::Bad => ("✖", "x"),
            Mark::Unknown => ("?", "?"),
            Mark::Stale | Mark::More => ("…", "~"),
            Mark::Running => ("▸", ">"),
            Mark::Waiting => ("·", "."),
            Mark::Selected => (">", ">"),
            Mark::Marked => ("•", "*"),
            Mark::BarFull | Mark::Thumb => ("█", "#"),
            Mark::BarEmpty => ("░", "."),
            Mark::Track => ("│", "|"),
            Mark::Dot => ("·", "-"),
        };
        match self.glyphs {
            GlyphSet::Unicode => unicode,
            GlyphSet::Ascii => ascii,
        }
    }

    /// The lines around a pane.
    pub const fn border(self) -> border::Set<'static> {
        match self.glyphs {
            GlyphSet::Unicode => border::PLAIN,
            GlyphSet::Ascii => ascii_border("-", "|"),
        }
    }

    /// The lines around a dialog.
    pub const fn double_border(self) -> border::Set<'static> {
        match self.glyphs {
            GlyphSet::Unicode => border::DOUBLE,
            GlyphSet::Ascii => ascii_border("=", "#"),
        }
    }
}

const fn ascii_border(
    across: &'static str,
    down: &'static str,
) -> border::Set<'static> {
    border::Set {
        top_left: "+",
        top_right: "+",
        bottom_left: "+",
        bottom_right: "+",
        vertical_left: down,
        vertical_right: down,
        horizontal_top: across,
        horizontal_bottom: across,
    }
}

fn weight(tone: Tone) -> Modifier {
    match tone {
        Tone::Bad | Tone::Title | Tone::Key | Tone::Focus | Tone::Warn => {
            Modifier::BOLD
        }
        Tone::Unknown | Tone::Selected => Modifier::REVERSED,
        Tone::Prod | Tone::Armed | Tone::Danger => {
            Modifier::BOLD.union(Modifier::REVERSED)
        }
        Tone::Stale | Tone::Dim => Modifier::DIM,
        Tone::Input => Modifier::UNDERLINED,
        Tone::Plain
        | Tone::Good
        | Tone::Info
        | Tone::NonProd
        | Tone::Observe
        | Tone::Border => Modifier::empty(),
    }
}

/// The colours of a theme; none is the terminal's own.
struct Palette {
    good: Color,
    warn: Color,
    bad: Color,
    unknown: Color,
    info: Color,
    quiet: Option<Color>,
    plain: Option<Color>,
}

impl Palette {
    const fn colour(&self, tone: Tone) -> Option<Color> {
        match tone {
            Tone::Good | Tone::NonProd | Tone::Observe => Some(self.good),
            Tone::Warn | Tone::Armed => Some(self.warn),
            Tone::Bad | Tone::Prod | Tone::Danger => Some(self.bad),
            Tone::Unknown => Some(self.unknown),
            Tone::Info | Tone::Key | Tone::Focus => Some(self.info),
            Tone::Stale | Tone::Dim | Tone::Border => self.quiet,
            Tone::Plain | Tone::Title | Tone::Selected | Tone::Input => {
                self.plain
            }
        }
    }
}

impl ThemeName {
    const fn palette(self) -> Option<&'static Palette> {
        match self {
            Self::Terminal => Some(&TERMINAL),
            Self::Dark => Some(&DARK),
            Self::Light => Some(&LIGHT),
            Self::CbSafe => Some(&CB_SAFE),
            Self::HighContrast => Some(&HIGH_CONTRAST),
            Self::Mono => None,
        }
    }
}

const TERMINAL: Palette = Palette {
    good: Color::Green,
    warn: Color::Yellow,
    bad: Color::Red,
    unknown: Color::Magenta,
    info: Color::Cyan,
    quiet: None,
    plain: None,
};

const DARK: Palette = Palette {
    good: Color::Indexed(114),
    warn: Color::Indexed(221),
    bad: Color::Indexed(203),
    unknown: Color::Indexed(176),
    info: Color::Indexed(117),
    quiet: Some(Color::Indexed(245)),
    plain: Some(Color::Indexed(253)),
};

const LIGHT: Palette = Palette {
    good: Color::Indexed(22),
    warn: Color::Indexed(94),
    bad: Color::Indexed(124),
    unknown: Color::Indexed(90),
    info: Color::Indexed(24),
    quiet: Some(Color::Indexed(241)),
    plain: Some(Color::Indexed(234)),
};

/// The palette of Okabe and Ito (2008), for colour-blind eyes.
const CB_SAFE: Palette = Palette {
    good: Color::Rgb(0x00, 0x9e, 0x73),
    warn: Color::Rgb(0xe6, 0x9f, 0x00),
    bad: Color::Rgb(0xd5, 0x5e, 0x00),
    unknown: Color::Rgb(0xcc, 0x79, 0xa7),
    info: Color::Rgb(0x56, 0xb4, 0xe9),
    quiet: None,
    plain: None,
};

const HIGH_CONTRAST: Palette = Palette {
    good: Color::LightGreen,
    warn: Color::LightYellow,
    bad: Color::LightRed,
    unknown: Color::LightMagenta,
    info: Color::LightCyan,
    quiet: None,
    plain: None,
};

#[cfg(test)]
mod tests {
    use unicode_width::UnicodeWidthStr;

    use super::*;

    #[test]
    fn mono_names_no_colour() {
        let mono = Theme::new(ThemeName::Mono, GlyphSet::Unicode);
        for tone in TONES {
            let style = mono.style(*tone);
            assert_eq!((style.fg, style.bg), (None, None), "{tone:?}");
        }
    }

    #[test]
    fn unknown_never_looks_good_in_any_theme() {
        for (_, name) in THEMES {
            let theme = Theme::new(*name, GlyphSet::Unicode);
            let good = theme.style(Tone::Good);
            for tone in [Tone::Unknown, Tone::Stale, Tone::Bad, Tone::Warn] {
                assert_ne!(theme.style(tone), good, "{name} {tone:?}");
            }
        }
    }

    #[test]
    fn no_theme_paints_the_background() {
        for (_, name) in THEMES {
            let theme = Theme::new(*name, GlyphSet::Unicode);
            for tone in TONES {
                assert_eq!(theme.style(*tone).bg, None, "{name} {tone:?}");
            }
        }
    }

    #[test]
    fn ascii_is_a_full_twin() {
        let all = [
            Mark::Good,
            Mark::Warn,
            Mark::Bad,
            Mark::Unknown,
            Mark::Stale,
            Mark::Running,
            Mark::Waiting,
            Mark::Selected,
            Mark::Marked,
            Mark::BarFull,
            Mark::BarEmpty,
            Mark::Thumb,
            Mark::Track,
            Mark::More,
            Mark::Dot,
        ];
        let theme = Theme::new(ThemeName::Terminal, GlyphSet::Ascii);
        for mark in all {
            assert!(theme.glyph(mark).is_ascii(), "{mark:?}");
            assert_eq!(Theme::default().glyph(mark).width(), 1, "{mark:?}");
        }
        assert!(theme.border().top_left.is_ascii());
        assert!(theme.double_border().horizontal_top.is_ascii());
    }

    #[test]
    fn every_theme_is_found_by_its_name() {
        for (name, theme) in THEMES {
            assert_eq!(name.parse(), Ok(*theme));
            assert_eq!(theme.to_string(), *name);
        }
    }
}
