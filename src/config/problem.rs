//! What is wrong with the config, with its place and the nearest name.

use std::fmt;
use std::ops::Range;
use std::path::Path;

/// One thing that is wrong. It never stops the console: what it is about is
/// left out, unless it is only a warning.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Problem {
    /// The file, or the variable or flag.
    pub place: String,
    /// Line and column, from 1, in characters; none for no place in a file.
    pub at: Option<(usize, usize)>,
    /// What is wrong, and what may have been meant.
    pub text: String,
    /// Whether it is taken nevertheless, because it may be right.
    pub is_warning: bool,
}

impl Problem {
    /// Something wrong with a file as a whole.
    pub fn of_file(path: &Path, text: impl Into<String>) -> Self {
        let place = path.display().to_string();
        Problem { place, at: None, text: text.into(), is_warning: false }
    }

    /// Something wrong with a variable or flag.
    pub fn of_name(name: &str, text: impl Into<String>) -> Self {
        let (place, text) = (name.to_owned(), text.into());
        Problem { place, at: None, text, is_warning: false }
    }

    /// Something wrong at these bytes of a file's text.
    pub fn in_text(
        path: &Path,
        whole: &str,
        at: &Range<usize>,
        text: impl Into<String>,
    ) -> Self {
        let before = whole.get(..at.start).unwrap_or(whole);
        let line = before.matches('\n').count() + 1;
        let start = before.rfind('\n').map_or(0, |newline| newline + 1);
        let column = before[start..].chars().count() + 1;
        let place = path.display().to_string();
        let (at, text) = (Some((line, column)), text.into());
        Problem { place, at, text, is_warning: false }
    }

    /// The same as a warning: it is told, and what it is about is taken.
    #[must_use]
    pub fn as_warning(mut self) -> Self {
        self.is_warning = true;
        self
    }
}

impl fmt::Display for Problem {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Problem { place, at, text, is_warning } = self;
        let word = if *is_warning { "warning" } else { "error" };
        match at {
            Some((line, column)) => {
                write!(f, "{place}:{line}:{column}: {word}: {text}")
            }
            None => write!(f, "{place}: {word}: {text}"),
        }
    }
}

/// `, did you mean X?` if one of the names is near, else nothing.
pub(super) fn did_you_mean<'a>(
    said: &str,
    names: impl IntoIterator<Item = &'a str>,
) -> String {
    let limit = (said.chars().count() / 3).max(2);
    let lower = said.to_lowercase();
    names
        .into_iter()
        .map(|name| {
            (strsim::damerau_levenshtein(&lower, &name.to_lowercase()), name)
        })
        .filter(|(distance, _)| *distance <= limit)
        .min_by_key(|(distance, _)| *distance)
        .map_or_else(String::new, |(_, name)| {
            format!(", did you mean `{name}`?")
        })
}
