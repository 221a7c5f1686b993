//! The keymaps that come with the program, and how one file builds on one.

use std::mem;
use std::sync::Arc;

use super::file::{Draft, read};
use super::problem::{Place, Problem, Severity};
use super::{Action, Binding, Chord, Context, Keymap, Line, Meaning, rules};

/// The name and text of each keymap compiled in; the first is the default.
pub const SHIPPED: &[(&str, &str)] = &[
    ("default", include_str!("../../keymaps/default.toml")),
    ("k9s", include_str!("../../keymaps/k9s.toml")),
    ("arrows", include_str!("../../keymaps/arrows.toml")),
    ("emacs", include_str!("../../keymaps/emacs.toml")),
];

/// Where a name must be typed nobody can bind keys: these are they.
const TYPED: &[(&str, Action)] = &[
    ("enter", Action::InputSubmit),
    ("esc", Action::ConfirmReject),
    ("tab", Action::PaneNext),
    ("shift-tab", Action::PanePrevious),
    ("up", Action::ListUp),
    ("down", Action::ListDown),
    ("pageup", Action::ListPageUp),
    ("pagedown", Action::ListPageDown),
    ("left", Action::InputLeft),
    ("right", Action::InputRight),
    ("home", Action::InputStart),
    ("ctrl-a", Action::InputStart),
    ("end", Action::InputEnd),
    ("ctrl-e", Action::InputEnd),
    ("backspace", Action::InputDeleteBack),
    ("delete", Action::InputDelete),
    ("ctrl-w", Action::InputDeleteWord),
    ("ctrl-u", Action::InputDeleteToStart),
    ("ctrl-k", Action::InputDeleteToEnd),
    ("f1", Action::HelpOpen),
];

impl Keymap {
    /// A keymap by its name, if it comes with the program.
    pub fn shipped(name: &str) -> Option<Self> {
        let (name, text) = SHIPPED.iter().find(|(known, _)| *known == name)?;
        Some(build(read(text, &format!("keymaps/{name}.toml"))).0)
    }

    /// The keymap in `text`, with everything that is wrong in it. With an
    /// error in it the file is not used: the default is given instead.
    pub fn load(text: &str, file: &str) -> (Self, Vec<Problem>) {
        let (keymap, problems) = checked(text, file);
        if problems.iter().any(|p| p.severity == Severity::Error) {
            (Self::default(), problems)
        } else {
            (keymap, problems)
        }
    }
}

impl Default for Keymap {
    fn default() -> Self {
        Self::shipped("default").expect("the default keymap is compiled in")
    }
}

/// What is wrong in a keymap file, in the order of its lines.
pub fn check(text: &str, file: &str) -> Vec<Problem> {
    checked(text, file).1
}

fn checked(text: &str, file: &str) -> (Keymap, Vec<Problem>) {
    let mut draft = read(text, file);
    let mut problems = mem::take(&mut draft.problems);
    let (keymap, unknown) = build(draft);
    problems.extend(unknown);
    let readable = problems.iter().all(|p| p.severity == Severity::Warning);
    if readable {
        problems.extend(rules::broken(&keymap, &Arc::from(file)));
    }
    problems.sort_by_key(|p| (p.line, p.column));
    (keymap, problems)
}

/// Puts a draft onto the keymap that it inherits from.
fn build(draft: Draft) -> (Keymap, Option<Problem>) {
    let mut unknown = None;
    let base = draft.inherits.and_then(|(name, place)| {
        let base = Keymap::shipped(&name);
        if base.is_none() {
            let message = format!("no keymap is named {name:?}");
            let known = SHIPPED.iter().map(|(name, _)| *name);
            unknown = Some(Problem::error(&place, message).near(&name, known));
        }
        base
    });
    let inherited = base.map_or_else(typed, |base| base.lines);
    let lines = merge(inherited, draft.lines);
    let Draft { name, desc, .. } = draft;
    (Keymap { name, desc, lines }, unknown)
}

/// Own lines come first, so that footers show the user's own keys; an
/// own `noop` also takes away every longer sequence that it begins.
fn merge(inherited: Vec<Line>, mut own: Vec<Line>) -> Vec<Line> {
    let replaced = |old: &Line| {
        own.iter().any(|new| {
            let noop = new.meaning == Meaning::Nothing;
            new.context == old.context
                && (new.keys == old.keys
                    || (noop && old.keys.starts_with(&new.keys)))
        })
    };
    let kept: Vec<_> =
        inherited.into_iter().filter(|old| !replaced(old)).collect();
    let begins_one = |line: &Line| {
        own.iter().any(|other| {
            other.context == line.context
                && other.keys.len() > line.keys.len()
                && other.keys.starts_with(&line.keys)
        })
    };
    let spent: Vec<bool> = own
        .iter()
        .map(|l| l.meaning == Meaning::Nothing && begins_one(l))
        .collect();
    let mut spent = spent.into_iter();
    own.retain(|_| !spent.next().unwrap_or(false));
    own.extend(kept);
    own
}

fn typed() -> Vec<Line> {
    let place = Place::top(&Arc::from("built in"));
    let line = |(key, action): &(&str, Action)| Line {
        context: Context::Typed,
        keys: vec![key.parse::<Chord>().expect("the table spells real keys")],
        meaning: Meaning::Run(Binding { action: *action, desc: None }),
        place: place.clone(),
    };
    TYPED.iter().map(line).collect()
}
