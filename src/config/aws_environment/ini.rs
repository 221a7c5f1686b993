//! The format of `~/.aws/config`: sections of keys and values.

use std::collections::BTreeMap;

/// The settings of one section; nested ones are left out.
#[derive(Debug, Default)]
pub(super) struct Section<'a>(BTreeMap<&'a str, &'a str>);

impl<'a> Section<'a> {
    pub(super) fn get(&self, key: &str) -> Option<&'a str> {
        self.0.get(key).copied().filter(|value| !value.is_empty())
    }
}

/// A whole file, by the kind and name of its sections.
#[derive(Debug, Default)]
pub(super) struct Ini<'a>(BTreeMap<(&'a str, &'a str), Section<'a>>);

impl<'a> Ini<'a> {
    pub(super) fn parse(text: &'a str) -> Self {
        let mut ini = Ini::default();
        let mut current = None;
        for line in text.lines() {
            let bare = line.trim();
            if bare.is_empty() || bare.starts_with(['#', ';']) {
                continue;
            }
            if let Some(head) = bare.strip_prefix('[') {
                let head = head.split(']').next().unwrap_or(head).trim();
                let key = match head.split_once(char::is_whitespace) {
                    Some((kind, name)) => (kind, name.trim()),
                    None => ("profile", head),
                };
                ini.0.entry(key).or_default();
                current = Some(key);
                continue;
            }
            let nested = line.starts_with(char::is_whitespace);
            let section = current.and_then(|key| ini.0.get_mut(&key));
            if let (Some(section), Some((key, value)), false) =
                (section, bare.split_once('='), nested)
            {
                section.0.insert(key.trim(), uncommented(value));
            }
        }
        ini
    }

    pub(super) fn section(
        &self,
        kind: &str,
        name: &str,
    ) -> Option<&Section<'a>> {
        self.0.iter().find(|((k, n), _)| *k == kind && *n == name).map(|s| s.1)
    }

    pub(super) fn profile(&self, name: &str) -> Option<&Section<'a>> {
        self.section("profile", name)
    }

    pub(super) fn profiles(&self) -> impl Iterator<Item = &'a str> {
        self.0
            .keys()
            .filter(|(kind, _)| *kind == "profile")
            .map(|(_, name)| *name)
    }
}

/// The value without a comment, which a blank sets off.
fn uncommented(value: &str) -> &str {
    let end = value.find(" #").or(value.find(" ;")).unwrap_or(value.len());
    value[..end].trim()
}
