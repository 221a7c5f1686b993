//! Reads tables of a runbook file, strictly and with the place of each error.

use std::ops::{Range, RangeInclusive};

use jiff::SignedDuration;
use toml::Spanned;
use toml::de::{DeTable, DeValue};

use super::text::Text;
use super::{Problem, Severity};

/// The problems found so far in one file.
pub(in crate::runbook) struct Problems<'a> {
    file: &'a str,
    text: &'a str,
    pub(in crate::runbook) list: Vec<Problem>,
}

impl<'a> Problems<'a> {
    pub(in crate::runbook) fn new(file: &'a str, text: &'a str) -> Self {
        Problems { file, text, list: Vec::new() }
    }

    /// Adds an error at a place given in bytes.
    pub(in crate::runbook) fn error(
        &mut self,
        at: &Range<usize>,
        code: &'static str,
        message: impl Into<String>,
        help: impl Into<String>,
    ) {
        let (line, column) = self.place(at.start);
        self.list.push(Problem {
            file: self.file.to_owned(),
            line,
            column,
            severity: Severity::Error,
            code,
            message: message.into(),
            help: help.into(),
        });
    }

    /// Where a line, counted from 1, begins.
    pub(in crate::runbook) fn start_of(&self, line: usize) -> Range<usize> {
        let mut lines = self.text.match_indices('\n').map(|(at, _)| at + 1);
        let start = match line.checked_sub(2) {
            None => 0,
            Some(before) => lines.nth(before).unwrap_or(0),
        };
        start..start
    }

    /// Line and column, both from 1, of a byte.
    pub(in crate::runbook) fn place(&self, byte: usize) -> (usize, usize) {
        let mut byte = byte.min(self.text.len());
        while !self.text.is_char_boundary(byte) {
            byte -= 1;
        }
        let before = &self.text[..byte];
        let start = before.rfind('\n').map_or(0, |at| at + 1);
        let line = before.matches('\n').count() + 1;
        (line, before[start..].chars().count() + 1)
    }
}

/// One table being read: what was not asked for by the end is unknown.
pub(in crate::runbook) struct Fields<'f> {
    what: String,
    span: Range<usize>,
    table: &'f DeTable<'f>,
    asked: Vec<&'static str>,
    lenient: bool,
    /// Errors with their places in bytes; the file's own list takes them.
    pub(in crate::runbook) found: Vec<Found>,
}

/// An error at its place in bytes.
pub(in crate::runbook) struct Found {
    pub(in crate::runbook) at: Range<usize>,
    pub(in crate::runbook) code: &'static str,
    pub(in crate::runbook) message: String,
    pub(in crate::runbook) help: String,
}

impl<'f> Fields<'f> {
    pub(in crate::runbook) fn new(
        what: impl Into<String>,
        span: Range<usize>,
        table: &'f DeTable<'f>,
    ) -> Self {
        Fields {
            what: what.into(),
            span,
            table,
            asked: Vec::new(),
            lenient: false,
            found: Vec::new(),
        }
    }

    /// The value of a key, if the table has it.
    pub(in crate::runbook) fn value(
        &mut self,
        key: &'static str,
    ) -> Option<&'f Spanned<DeValue<'f>>> {
        self.asked.push(key);
        self.table.get(key)
    }

    /// Where the table begins.
    pub(in crate::runbook) fn span(&self) -> Range<usize> {
        self.span.clone()
    }

    /// Adds an error at a place of the file.
    pub(in crate::runbook) fn wrong(
        &mut self,
        at: Range<usize>,
        code: &'static str,
        message: impl Into<String>,
        help: impl Into<String>,
    ) {
        let (message, help) = (message.into(), help.into());
        self.found.push(Found { at, code, message, help });
    }

    /// Text without templates.
    pub(in crate::runbook) fn word(
        &mut self,
        key: &'static str,
    ) -> Option<&'f str> {
        let value = self.value(key)?;
        let word = value.get_ref().as_str();
        if word.is_none() {
            self.not_a("text", key, value);
        }
        word
    }

    /// Text without templates, with its place.
    pub(in crate::runbook) fn placed(
        &mut self,
        key: &'static str,
    ) -> Option<(&'f str, Range<usize>)> {
        let word = self.word(key)?;
        Some((word, self.table.get(key)?.span()))
    }

    /// Text without templates that must be there.
    pub(in crate::runbook) fn needed_word(
        &mut self,
        key: &'static str,
    ) -> Option<&'f str> {
        self.needed(key);
        self.word(key)
    }

    /// Text with templates.
    pub(in crate::runbook) fn text(
        &mut self,
        key: &'static str,
    ) -> Option<Text> {
        let word = self.word(key)?;
        let span = self.table.get(key)?.span();
        self.template(word, span)
    }

    /// Text with templates that must be there.
    pub(in crate::runbook) fn needed_text(
        &mut self,
        key: &'static str,
    ) -> Option<Text> {
        self.needed(key);
        self.text(key)
    }

    /// A list of texts with templates; a single text is a list of one.
    pub(in crate::runbook) fn texts(
        &mut self,
        key: &'static str,
    ) -> Option<Vec<Text>> {
        let value = self.value(key)?;
        if let Some(word) = value.get_ref().as_str() {
            return Some(vec![self.template(word, value.span())?]);
        }
        let Some(array) = value.get_ref().as_array() else {
            self.not_a("a list of texts", key, value);
            return None;
        };
        let mut texts = Vec::new();
        for item in array {
            let Some(word) = item.get_ref().as_str() else {
                self.not_a("text", key, item);
                continue;
            };
            texts.extend(self.template(word, item.span()));
        }
        Some(texts)
    }

    /// A list of words without templates, each with its place.
    pub(in crate::runbook) fn words(
        &mut self,
        key: &'static str,
    ) -> Option<Vec<(&'f str, Range<usize>)>> {
        let value = self.value(key)?;
        let Some(array) = value.get_ref().as_array() else {
            self.not_a("a list of texts", key, value);
            return None;
        };
        let mut words = Vec::new();
        for item in array {
            match item.get_ref().as_str() {
                Some(word) => words.push((word, item.span())),
                None => self.not_a("text", key, item),
            }
        }
        Some(words)
    }

    /// A whole number within limits.
    pub(in crate::runbook) fn integer(
        &mut self,
        key: &'static str,
        limits: RangeInclusive<i64>,
    ) -> Option<i64> {
        let value = self.value(key)?;
        let number = value.get_ref().as_integer().and_then(|integer| {
            i64::from_str_radix(integer.as_str(), integer.radix()).ok()
        });
        let Some(number) = number else {
            self.not_a("a whole number", key, value);
            return None;
        };
        if !limits.contains(&number) {
            self.wrong(
                value.span(),
                "out-of-range",
                format!("`{key}` is {number}"),
                format!("from {} to {}", limits.start(), limits.end()),
            );
            return None;
        }
        Some(number)
    }

    /// `true` or `false`.
    pub(in crate::runbook) fn flag(
        &mut self,
        key: &'static str,
    ) -> Option<bool> {
        let value = self.value(key)?;
        let flag = value.get_ref().as_bool();
        if flag.is_none() {
            self.not_a("true or false", key, value);
        }
        flag
    }

    /// A time span, such as `5m`; never negative, at most 30 days.
    pub(in crate::runbook) fn duration(
        &mut self,
        key: &'static str,
    ) -> Option<SignedDuration> {
        let word = self.word(key)?;
        let at = self.table.get(key)?.span();
        match word.parse::<SignedDuration>() {
            Ok(span) if !span.is_negative() && span <= LONGEST => Some(span),
            Ok(_) => {
                self.wrong(
                    at,
                    "out-of-range",
                    format!("`{key}` is {word}"),
                    "from 0s to 720h",
                );
                None
            }
            Err(_) => {
                self.wrong(
                    at,
                    "bad-duration",
                    format!("`{key}`: {word:?} is not a time span"),
                    "such as 30s, 5m or 1h 30m",
                );
                None
            }
        }
    }

    /// One of a few words.
    pub(in crate::runbook) fn choice<T: Copy>(
        &mut self,
        key: &'static str,
        ways: &[(&'static str, T)],
    ) -> Option<T> {
        let word = self.word(key)?;
        let found = ways.iter().find(|(way, _)| *way == word);
        if found.is_none() {
            let at = self.table.get(key)?.span();
            let names: Vec<&str> = ways.iter().map(|(way, _)| *way).collect();
            self.wrong(
                at,
                "unknown-word",
                format!("`{key}` cannot be {word:?}"),
                suggestion(word, &names),
            );
        }
        found.map(|(_, value)| *value)
    }

    /// The tables of an array of tables.
    pub(in crate::runbook) fn tables(
        &mut self,
        key: &'static str,
    ) -> Vec<(&'f DeTable<'f>, Range<usize>)> {
        let Some(value) = self.value(key) else { return Vec::new() };
        let Some(array) = value.get_ref().as_array() else {
            self.not_a("a list of tables", key, value);
            return Vec::new();
        };
        let mut tables = Vec::new();
        for item in array {
            match item.get_ref().as_table() {
                Some(table) => tables.push((table, item.span())),
                None => self.not_a("a table", key, item),
            }
        }
        tables
    }

    /// A table in the table.
    pub(in crate::runbook) fn table(
        &mut self,
        key: &'static str,
    ) -> Option<(&'f DeTable<'f>, Range<usize>)> {
        let value = self.value(key)?;
        let Some(table) = value.get_ref().as_table() else {
            self.not_a("a table", key, value);
            return None;
        };
        Some((table, value.span()))
    }

    /// Lets every key pass, where it cannot be known which are right.
    pub(in crate::runbook) fn ask_nothing_more(&mut self) {
        self.lenient = true;
    }

    /// Tells every key that was not asked for, with the nearest that was.
    pub(in crate::runbook) fn finish(mut self) -> Vec<Found> {
        for (key, _) in self.table {
            let name: &str = key.get_ref();
            if self.lenient || self.asked.contains(&name) {
                continue;
            }
            self.found.push(Found {
                at: key.span(),
                code: "unknown-key",
                message: format!("unknown key `{name}` in {}", self.what),
                help: suggestion(name, &self.asked),
            });
        }
        self.found
    }

    /// Reads words with templates at their place.
    /// Words with templates that stand at this place of the file.
    pub(in crate::runbook) fn template(
        &mut self,
        word: &str,
        span: Range<usize>,
    ) -> Option<Text> {
        match Text::parse(word, span.clone()) {
            Ok(text) => Some(text),
            Err(why) => {
                self.wrong(span, "bad-template", why, "");
                None
            }
        }
    }

    pub(in crate::runbook) fn needed(&mut self, key: &'static str) {
        if self.table.get(key).is_none() {
            let message = format!("{} has no `{key}`", self.what);
            self.wrong(self.span(), "missing-key", message, "");
        }
    }

    fn not_a(
        &mut self,
        wanted: &str,
        key: &str,
        value: &Spanned<DeValue<'_>>,
    ) {
        self.wrong(
            value.span(),
            "wrong-type",
            format!(
                "`{key}` must be {wanted}, not {}",
                value.get_ref().type_str()
            ),
            "",
        );
    }
}

const LONGEST: SignedDuration = SignedDuration::from_hours(720);

/// What was probably meant, or all that is possible.
pub(in crate::runbook) fn suggestion(word: &str, names: &[&str]) -> String {
    let nearest = names
        .iter()
        .map(|name| (strsim::damerau_levenshtein(word, name), *name))
        .min();
    match nearest {
        Some((distance, name)) if distance <= 1 + word.len() / 3 => {
            format!("did you mean `{name}`?")
        }
        Some(_) => format!("one of: {}", names.join(", ")),
        None => String::new(),
    }
}
