//! The page of all actions with their keys, for keymaps/README.md.

use std::fmt::Write as _;

use super::{ACTIONS, CONTEXTS, Group, Keymap, SHIPPED};

const GROUPS: [Group; 9] = [
    Group::Views,
    Group::Move,
    Group::List,
    Group::Copy,
    Group::Runbook,
    Group::Incident,
    Group::Console,
    Group::Dialog,
    Group::Text,
];

const HEAD: &str = "\
# Keymaps

This page is made from the table of actions; a test keeps it so.

A keymap is a TOML file: `schema = 1`, a `name`, a `desc`, perhaps
`inherits = \"default\"`, and one table per context. A line is
`\"key sequence\" = \"action\"`, with up to three keys split by one space;
`\"noop\"` unbinds, `{ label = \"...\" }` names a prefix, and
`{ run = \"action\", desc = \"...\" }` says it in your own words. A capital is
written as such, never as shift and a letter. Where a request waits for an
answer, the keys that accept it are at least two different ones, never enter
or space, and begin nothing else anywhere; where a name must be typed, keys
are fixed. A file with an error is not used, and the console says so.
";

/// The page as Markdown.
pub fn markdown() -> String {
    let default = Keymap::default();
    let mut page = HEAD.to_owned();
    page.push_str("\n| keymap | is |\n|---|---|\n");
    for (name, _) in SHIPPED {
        let desc = Keymap::shipped(name).map(|k| k.desc).unwrap_or_default();
        let _ = writeln!(page, "| `{name}` | {desc} |");
    }
    page.push_str("\nContexts, inner first:");
    for context in CONTEXTS {
        let _ = write!(page, " `{context}`");
    }
    page.push_str(".\n");
    for group in GROUPS {
        let _ = write!(page, "\n## {}\n\n", sentence_case(group.title()));
        page.push_str("| action | keys | does |\n|---|---|---|\n");
        for info in ACTIONS.iter().filter(|i| i.group == group) {
            let keys = keys_of(&default, info.name);
            let (name, does) = (info.name, info.sentence);
            let _ = writeln!(page, "| `{name}` | {keys} | {does} |");
        }
    }
    page
}

fn keys_of(keymap: &Keymap, name: &str) -> String {
    let mut keys = Vec::new();
    for (_, sequence, binding) in keymap.bindings() {
        let cell = format!("`{sequence}`");
        if binding.action.name() == name && !keys.contains(&cell) {
            keys.push(cell);
        }
    }
    if keys.is_empty() { "palette".to_owned() } else { keys.join(" ") }
}

fn sentence_case(title: &str) -> String {
    let (first, rest) = title.split_at(1);
    format!("{first}{}", rest.to_lowercase())
}
