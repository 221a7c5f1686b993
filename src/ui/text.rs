//! Clean: text from outside, made safe to draw and impossible to mistake.
//!
//! A terminal obeys control characters, and bidirectional or invisible ones
//! make two names look alike. [`clean`] turns each of them into a visible
//! escape such as `\u{202e}`, so what is drawn is what is there.

use std::borrow::Cow;
use std::fmt;
use std::ops::Deref;
use std::sync::Arc;

use serde::{Deserialize, Deserializer, Serialize, Serializer};
use unicode_width::{UnicodeWidthChar, UnicodeWidthStr};

/// The most combining marks kept on one cell; the rest is escaped.
pub const MARKS_PER_CELL: usize = 4;

/// The most bytes of one text kept; what follows is cut with `…`.
pub const LONGEST: usize = 64 * 1024;

/// Text that is safe to draw; made only by [`clean`]. Cloning is cheap.
#[derive(Clone, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Clean(Arc<str>);

/// Makes `raw` safe to draw: control, bidirectional, zero-width, tag,
/// private-use and line-separator characters become visible escapes, and so
/// do combining marks beyond [`MARKS_PER_CELL`]. Cleaning twice changes
/// nothing more.
pub fn clean(raw: &str) -> Clean {
    let plain = |b: u8| (0x20..0x7f).contains(&b);
    if raw.len() <= LONGEST && raw.bytes().all(plain) {
        return Clean(raw.into());
    }
    let mut out = String::with_capacity(raw.len());
    let mut marks = MARKS_PER_CELL;
    for c in raw.chars() {
        if out.len() >= LONGEST {
            out.push('…');
            break;
        }
        let mark = c.width() == Some(0);
        marks = if mark { marks + 1 } else { 0 };
        if deceives(c) || (mark && marks > MARKS_PER_CELL) {
            out.extend(c.escape_unicode());
            marks = 0;
        } else {
            out.push(c);
        }
    }
    Clean(out.into())
}

fn deceives(c: char) -> bool {
    c.is_control()
        || matches!(c,
            '\u{ad}' | '\u{34f}' | '\u{61c}' | '\u{115f}' | '\u{1160}'
            | '\u{17b4}' | '\u{17b5}' | '\u{180b}'..='\u{180f}'
            | '\u{200b}'..='\u{200f}' | '\u{2028}'..='\u{202e}'
            | '\u{2060}'..='\u{206f}' | '\u{3164}' | '\u{fe00}'..='\u{fe0f}'
            | '\u{2800}' | '\u{feff}' | '\u{ffa0}' | '\u{fff0}'..='\u{fffb}'
            | '\u{fdd0}'..='\u{fdef}' | '\u{e000}'..='\u{f8ff}'
            | '\u{1d173}'..='\u{1d17a}' | '\u{e0000}'..='\u{10ffff}')
        || (c as u32) & 0xfffe == 0xfffe
        || (c.is_whitespace() && c != ' ')
}

impl Clean {
    /// The text.
    pub fn as_str(&self) -> &str {
        &self.0
    }

    /// Its width in terminal cells.
    pub fn width(&self) -> usize {
        self.0.width()
    }

    /// The text cut to at most `cells`, with `…` where something is left
    /// out.
    pub fn clip(&self, cells: usize) -> Cow<'_, str> {
        clip(&self.0, cells)
    }

    /// Whether letters of several alphabets stand together, as in a Latin
    /// name with one Cyrillic letter; such a name may pose as another.
    pub fn is_mixed_script(&self) -> bool {
        is_mixed_script(&self.0)
    }
}

/// The width of `text` in terminal cells.
pub fn width(text: &str) -> usize {
    text.width()
}

/// Cuts `text` to at most `cells` terminal cells, with `…` at the end where
/// something is left out.
pub fn clip(text: &str, cells: usize) -> Cow<'_, str> {
    if text.width() <= cells {
        return Cow::Borrowed(text);
    }
    let Some(room) = cells.checked_sub(1) else {
        return Cow::Borrowed("");
    };
    let mut used = 0;
    let fits = |(_, c): &(usize, char)| {
        used += c.width().unwrap_or(0);
        used <= room
    };
    let kept = text.char_indices().take_while(fits).last();
    let end = kept.map_or(0, |(at, c)| at + c.len_utf8());
    Cow::Owned(format!("{}…", &text[..end]))
}

/// Whether one word of `text` mixes Latin letters with letters of another
/// alphabet that look like them (Greek, Cyrillic, Armenian, Cherokee, and
/// full-width or mathematical forms).
pub fn is_mixed_script(text: &str) -> bool {
    text.split(' ').any(|word| {
        let latin = word.chars().any(|c| c.is_ascii_alphabetic());
        latin && word.chars().any(looks_latin)
    })
}

fn looks_latin(c: char) -> bool {
    matches!(c,
        '\u{370}'..='\u{52f}' | '\u{531}'..='\u{58f}'
        | '\u{13a0}'..='\u{13ff}' | '\u{1c80}'..='\u{1c8f}'
        | '\u{1f00}'..='\u{1fff}' | '\u{2de0}'..='\u{2dff}'
        | '\u{a640}'..='\u{a69f}' | '\u{ab70}'..='\u{abbf}'
        | '\u{ff21}'..='\u{ff5a}' | '\u{1d400}'..='\u{1d7ff}')
}

impl Default for Clean {
    fn default() -> Self {
        Self("".into())
    }
}

impl Deref for Clean {
    type Target = str;

    fn deref(&self) -> &str {
        &self.0
    }
}

impl AsRef<str> for Clean {
    fn as_ref(&self) -> &str {
        &self.0
    }
}

impl fmt::Display for Clean {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(&self.0)
    }
}

impl fmt::Debug for Clean {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Debug::fmt(&self.0, f)
    }
}

impl From<&str> for Clean {
    fn from(raw: &str) -> Self {
        clean(raw)
    }
}

impl From<String> for Clean {
    fn from(raw: String) -> Self {
        clean(&raw)
    }
}

impl Serialize for Clean {
    fn serialize<S: Serializer>(&self, to: S) -> Result<S::Ok, S::Error> {
        to.serialize_str(&self.0)
    }
}

impl<'de> Deserialize<'de> for Clean {
    fn deserialize<D: Deserializer<'de>>(from: D) -> Result<Self, D::Error> {
        let raw = Cow::<str>::deserialize(from)?;
        Ok(clean(&raw))
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    #[test]
    fn what_deceives_becomes_visible() {
        assert_eq!(&*clean("a\u{1b}[31mb"), "a\\u{1b}[31mb");
        assert_eq!(&*clean("db\u{202e}dorp"), "db\\u{202e}dorp");
        assert_eq!(&*clean("x\u{200b}y\u{ad}z"), "x\\u{200b}y\\u{ad}z");
        assert_eq!(&*clean("a\nb\u{2028}c"), "a\\u{a}b\\u{2028}c");
        assert_eq!(&*clean("p\u{e0041}q\u{9b}"), "p\\u{e0041}q\\u{9b}");
    }

    #[test]
    fn names_of_other_languages_stay_as_they_are() {
        for name in ["Datenbank-Köln", "東京", "база", "قاعدة", "🛟"]
        {
            assert_eq!(&*clean(name), name);
        }
    }

    #[test]
    fn combining_marks_beyond_four_are_escaped() {
        let zalgo = format!("a{}", "\u{301}".repeat(6));
        let shown = clean(&zalgo);
        assert!(shown.starts_with("a\u{301}\u{301}\u{301}\u{301}\\u{301}"));
        assert_eq!(&*clean("\u{301}x"), "\\u{301}x");
    }

    #[test]
    fn a_clip_never_exceeds_its_cells() {
        assert_eq!(clip("orders-db", 9), "orders-db");
        assert_eq!(clip("orders-db", 5), "orde…");
        assert_eq!(clip("東京都", 4), "東…");
        assert_eq!(clip("abc", 1), "…");
        assert_eq!(clip("abc", 0), "");
    }

    #[test]
    fn one_cyrillic_letter_in_a_latin_name_is_flagged() {
        assert!(clean("prod-d\u{430}tabase").is_mixed_script());
        assert!(!clean("prod-database").is_mixed_script());
        assert!(!clean("база данных").is_mixed_script());
    }

    #[test]
    fn text_read_back_from_a_file_is_cleaned_again() {
        let read: Clean = serde_json::from_str(r#""a\u001bb""#).unwrap();
        assert_eq!(&*read, "a\\u{1b}b");
    }

    proptest! {
        #[test]
        fn cleaning_twice_is_cleaning_once(raw in any::<String>()) {
            let once = clean(&raw);
            prop_assert_eq!(&clean(&once), &once);
            prop_assert!(!once.chars().any(deceives));
        }

        #[test]
        fn any_clip_of_any_text_fits(raw in any::<String>(), n in 0..40_usize) {
            let text = clean(&raw);
            prop_assert!(text.clip(n).width() <= n);
        }
    }
}
