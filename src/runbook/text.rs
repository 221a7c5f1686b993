//! Text: words of a runbook in which `{name}` stands for a value.

use std::fmt;
use std::ops::Range;

use super::Values;

/// Words of a runbook in which `{name}` stands for an input and
/// `{step.name}` for what a step told. There is no logic and no nesting.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Text {
    pieces: Vec<Piece>,
    /// Where it stands in the file, in bytes.
    pub span: Range<usize>,
}

#[derive(Clone, Debug, PartialEq, Eq)]
enum Piece {
    Words(String),
    Name(String),
}

/// A name in a text that has no value yet.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Missing {
    /// The name.
    pub name: String,
}

impl fmt::Display for Missing {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self.name.split_once('.') {
            Some((step, _)) => {
                write!(f, "step {step} has not told {{{}}} yet", self.name)
            }
            None => write!(f, "{{{}}} has no value", self.name),
        }
    }
}

impl Text {
    /// Reads words with templates; the error says what is wrong with them.
    pub fn parse(raw: &str, span: Range<usize>) -> Result<Text, String> {
        let mut pieces = Vec::new();
        let mut rest = raw;
        while let Some(open) = rest.find(['{', '}']) {
            let (words, from) = rest.split_at(open);
            if !words.is_empty() {
                pieces.push(Piece::Words(words.to_owned()));
            }
            let Some(inner) = from.strip_prefix('{') else {
                return Err("`}` without `{` before it".into());
            };
            let Some((name, after)) = inner.split_once('}') else {
                return Err("`{` without `}` after it".into());
            };
            if !is_name(name) {
                return Err(format!(
                    "`{{{name}}}` is not a name: templates are {{name}} or \
                     {{step.name}}, nothing more"
                ));
            }
            pieces.push(Piece::Name(name.to_owned()));
            rest = after;
        }
        if !rest.is_empty() {
            pieces.push(Piece::Words(rest.to_owned()));
        }
        Ok(Text { pieces, span })
    }

    /// Words without templates.
    pub fn plain(words: &str) -> Text {
        Text { pieces: vec![Piece::Words(words.to_owned())], span: 0..0 }
    }

    /// The names it needs.
    pub fn names(&self) -> impl Iterator<Item = &str> {
        self.pieces.iter().filter_map(|piece| match piece {
            Piece::Name(name) => Some(name.as_str()),
            Piece::Words(_) => None,
        })
    }

    /// The words with every name replaced.
    pub fn fill(&self, values: &Values) -> Result<String, Missing> {
        let mut filled = String::new();
        for piece in &self.pieces {
            match piece {
                Piece::Words(words) => filled += words,
                Piece::Name(name) => {
                    filled += values
                        .get(name)
                        .ok_or_else(|| Missing { name: name.clone() })?;
                }
            }
        }
        Ok(filled)
    }

    /// The words with what is known replaced; what is not stays `{name}`.
    pub fn show(&self, values: &Values) -> String {
        self.pieces
            .iter()
            .map(|piece| match piece {
                Piece::Words(words) => words.clone(),
                Piece::Name(name) => values
                    .get(name)
                    .cloned()
                    .unwrap_or_else(|| format!("{{{name}}}")),
            })
            .collect()
    }
}

impl fmt::Display for Text {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.show(&Values::new()))
    }
}

/// Whether a word can be an id.
pub fn is_id(id: &str) -> bool {
    id.len() <= 40
        && id.starts_with(|c: char| c.is_ascii_lowercase())
        && id.chars().all(|c| {
            c.is_ascii_lowercase()
                || c.is_ascii_digit()
                || c == '-'
                || c == '_'
        })
}

fn is_name(name: &str) -> bool {
    let word = |word: &str| {
        word.starts_with(|c: char| c.is_ascii_lowercase())
            && word.chars().all(|c| {
                c.is_ascii_lowercase()
                    || c.is_ascii_digit()
                    || c == '_'
                    || c == '-'
            })
    };
    match name.split_once('.') {
        Some((step, output)) => word(step) && word(output),
        None => word(name),
    }
}
