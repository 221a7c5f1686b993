//! The fields of a `command`.

use jiff::SignedDuration;
use regex_lite::Regex;

use super::super::{Fields, Step, Text};
use super::Command;
use crate::estate::program::Pick;

pub(super) fn parse(fields: &mut Fields<'_>) -> Option<Box<dyn Step>> {
    let changes = fields.flag("changes").unwrap_or(true);
    if changes {
        fields.needed("account");
    }
    let account = fields.text("account");
    fields.needed("argv");
    let argv = words(fields, "argv");
    let probe = words(fields, "probe");
    let dir = fields.text("dir");
    let env = environment(fields);
    let picks = outputs(fields);
    fields.needed("timeout");
    // All steps have these three; what is wrong with them is told there.
    let limit = word(fields, "timeout").and_then(|word| word.parse().ok());
    let limit = limit.filter(|limit: &SignedDuration| {
        let fits = limit.is_positive();
        if !fits && let Some(at) = fields.value("timeout") {
            let told = "`timeout` leaves a program no time";
            fields.wrong(at.span(), "out-of-range", told, "such as 30m");
        }
        fits
    });
    let undo = word(fields, "undo");
    let undo = undo.and_then(|word| Text::parse(word, 0..0).ok());
    let everywhere = word(fields, "drill") == Some("run");
    Some(Box::new(Command {
        account,
        argv: argv?,
        dir,
        env,
        probe,
        picks,
        limit: limit?,
        changes,
        undo,
        everywhere,
    }))
}

fn word<'f>(fields: &mut Fields<'f>, key: &'static str) -> Option<&'f str> {
    fields.value(key)?.get_ref().as_str()
}

/// The words of a program and its arguments; a line is for a shell, and
/// there is none.
fn words(fields: &mut Fields<'_>, key: &'static str) -> Option<Vec<Text>> {
    let value = fields.value(key)?;
    let at = value.span();
    if value.get_ref().as_str().is_some() {
        let told = format!("`{key}` is a list of words, not a line");
        let help = "no shell reads it: such as [\"terraform\", \"apply\"]";
        fields.wrong(at, "wrong-type", told, help);
        return None;
    }
    let all = fields.texts(key)?;
    if all.is_empty() {
        let told = format!("`{key}` names no program");
        fields.wrong(at, "no-program", told, "");
        return None;
    }
    Some(all)
}

/// Names to be taken from the environment, and names with their values.
fn environment(fields: &mut Fields<'_>) -> Vec<Text> {
    let mut all = fields.texts("env").unwrap_or_default();
    all.retain(|text| {
        let told = text.to_string();
        let name =
            told.split_once('=').map_or(told.as_str(), |(name, _)| name);
        let fits = is_variable(name);
        if !fits {
            let told = format!("{name:?} is no name of an environment");
            let help = "NAME takes it from the console, NAME=text sets it";
            fields.wrong(text.span.clone(), "bad-name", told, help);
        }
        fits
    });
    all
}

fn is_variable(name: &str) -> bool {
    name.starts_with(|c: char| c.is_ascii_alphabetic() || c == '_')
        && name.chars().all(|c| c.is_ascii_alphanumeric() || c == '_')
}

fn outputs(fields: &mut Fields<'_>) -> Vec<(String, Pick)> {
    let Some((table, _)) = fields.table("outputs") else { return Vec::new() };
    let mut all = Vec::new();
    for (key, value) in table {
        let name: &str = key.get_ref();
        if Text::parse(&format!("{{step.{name}}}"), 0..0).is_err() {
            let told = format!("{name:?} is no name");
            let help = "lower-case letters, digits, `-` and `_`";
            fields.wrong(key.span(), "bad-id", told, help);
            continue;
        }
        let Some(told) = value.get_ref().as_str() else {
            let told = format!("output `{name}` must be text");
            fields.wrong(value.span(), "wrong-type", told, "");
            continue;
        };
        let pick = match told.strip_prefix('/') {
            Some(_) => Pick::Pointer(told.to_owned()),
            None => Pick::Pattern(told.to_owned()),
        };
        if let Pick::Pattern(pattern) = &pick
            && let Err(error) = Regex::new(pattern)
        {
            let told = error.to_string();
            fields.wrong(value.span(), "bad-pattern", told, "");
            continue;
        }
        all.push((name.to_owned(), pick));
    }
    all
}
