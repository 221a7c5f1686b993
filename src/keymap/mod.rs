//! From keys to actions, and back again for the help.
//!
//! A keymap is one table of key sequences per [`Context`]. A sequence is
//! never both an action and the start of a longer one, so nothing ever
//! happens by waiting: [`Keymap::look_up`] says found, pending or nothing.

mod action;
mod chord;
mod context;
mod file;
mod problem;
mod reference;
mod rules;
mod shipped;

pub use action::{ACTIONS, Action, ActionInfo, Group, Level, Reachable};
pub use chord::{BadChord, Chord};
pub use context::{CONTEXTS, Context};
pub use problem::{Problem, Severity};
pub use reference::markdown;
pub use shipped::{SHIPPED, check};

use problem::Place;

/// The longest sequence, in keys.
pub const LONGEST: usize = 3;

/// What a key sequence means in one context.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Binding {
    /// The action.
    pub action: Action,
    /// The user's own words for it, from `desc`.
    pub desc: Option<String>,
}

impl Binding {
    /// The user's own words, or else the action's label.
    pub fn label(&self) -> &str {
        self.desc.as_deref().unwrap_or(self.action.info().label)
    }
}

/// What the keys pressed so far mean.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Lookup {
    /// They mean this.
    Found(Binding),
    /// They start something; these are the ways to go on.
    Pending(Vec<Hint>),
    /// They mean nothing here.
    None,
}

/// A key and what it would do, for the footer and the which-key list.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Hint {
    /// The keys still to press, split by one space.
    pub keys: String,
    /// Two or three words.
    pub label: String,
    /// The action, unless the keys are only a prefix of several.
    pub action: Option<Action>,
}

#[derive(Clone, Debug, PartialEq, Eq)]
enum Meaning {
    Run(Binding),
    Prefix(String),
    Nothing,
}

#[derive(Clone, Debug, PartialEq, Eq)]
struct Line {
    context: Context,
    keys: Vec<Chord>,
    meaning: Meaning,
    place: Place,
}

/// A checked keymap.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Keymap {
    /// Its name, for the help and the session log.
    pub name: String,
    /// What it is like, in one line.
    pub desc: String,
    lines: Vec<Line>,
}

impl Keymap {
    /// What `pressed` means where `contexts` are open, inner first.
    ///
    /// The innermost context that knows the keys decides; a `noop` there
    /// silences the contexts further out.
    pub fn look_up(&self, contexts: &[Context], pressed: &[Chord]) -> Lookup {
        if pressed.is_empty() {
            return Lookup::None;
        }
        match self.first(contexts, pressed) {
            Some(line) if line.keys.len() > pressed.len() => {
                let hints = self.which_key(contexts, pressed);
                if hints.is_empty() {
                    Lookup::None
                } else {
                    Lookup::Pending(hints)
                }
            }
            Some(Line { meaning: Meaning::Run(binding), .. }) => {
                Lookup::Found(binding.clone())
            }
            Some(_) | None => Lookup::None,
        }
    }

    /// The ways to go on after `prefix`, in the order of the file.
    pub fn which_key(
        &self,
        contexts: &[Context],
        prefix: &[Chord],
    ) -> Vec<Hint> {
        let mut hints = Vec::<Hint>::new();
        for line in self.heard(contexts) {
            let Meaning::Run(binding) = &line.meaning else { continue };
            let Some(rest) = line.keys.strip_prefix(prefix) else { continue };
            let keys = spell(rest);
            if !rest.is_empty() && hints.iter().all(|h| h.keys != keys) {
                hints.push(Hint {
                    keys,
                    label: binding.label().to_owned(),
                    action: Some(binding.action),
                });
            }
        }
        hints
    }

    /// The keys of one context, in the order of the file; keys of the same
    /// prefix stand as one line with the prefix's label.
    pub fn hints(&self, context: Context) -> Vec<Hint> {
        let mut hints = Vec::<Hint>::new();
        for line in self.lines.iter().filter(|l| l.context == context) {
            let Meaning::Run(binding) = &line.meaning else { continue };
            let hint = match self.label_over(line) {
                Some((prefix, label)) => Hint {
                    keys: format!("{} …", spell(prefix)),
                    label: label.to_owned(),
                    action: None,
                },
                None => Hint {
                    keys: spell(&line.keys),
                    label: binding.label().to_owned(),
                    action: Some(binding.action),
                },
            };
            if !hints.contains(&hint) {
                hints.push(hint);
            }
        }
        hints
    }

    /// Every way to reach `action` from `contexts`, shadowed ones left out.
    pub fn keys_for(
        &self,
        action: Action,
        contexts: &[Context],
    ) -> Vec<String> {
        let mut found = Vec::new();
        for line in self.ways_to(action, contexts) {
            let keys = spell(&line.keys);
            if !found.contains(&keys) {
                found.push(keys);
            }
        }
        found
    }

    fn ways_to<'a>(
        &'a self,
        action: Action,
        contexts: &'a [Context],
    ) -> impl Iterator<Item = &'a Line> {
        self.heard(contexts).filter(move |line| {
            line.runs(action) && self.reaches(action, contexts, &line.keys)
        })
    }

    /// The first key of `action` with its label, for a footer.
    pub fn hint_for(
        &self,
        action: Action,
        contexts: &[Context],
    ) -> Option<Hint> {
        let keys = self.key_for(action, contexts)?;
        let label = action.info().label.to_owned();
        Some(Hint { keys, label, action: Some(action) })
    }

    /// The first way to reach `action` from `contexts`.
    pub fn key_for(
        &self,
        action: Action,
        contexts: &[Context],
    ) -> Option<String> {
        self.ways_to(action, contexts).next().map(|line| spell(&line.keys))
    }

    /// The same, or else the action's name as the command line takes it.
    pub fn reach(&self, action: Action, contexts: &[Context]) -> String {
        let keys = self.key_for(action, contexts);
        keys.unwrap_or_else(|| format!(":{}", action.info().name))
    }

    fn reaches(
        &self,
        action: Action,
        contexts: &[Context],
        keys: &[Chord],
    ) -> bool {
        (1..keys.len()).all(|n| self.goes_on(contexts, &keys[..n]))
            && self
                .first(contexts, keys)
                .is_some_and(|line| line.keys == keys && line.runs(action))
    }

    /// The line that decides what `pressed` means.
    fn first<'a>(
        &'a self,
        contexts: &'a [Context],
        pressed: &[Chord],
    ) -> Option<&'a Line> {
        self.heard(contexts)
            .find(|line| line.is_bound() && line.keys.starts_with(pressed))
    }

    /// Whether `pressed` starts something, as [`Keymap::look_up`] says it.
    fn goes_on(&self, contexts: &[Context], pressed: &[Chord]) -> bool {
        let longer = |line: &Line| line.keys.len() > pressed.len();
        self.first(contexts, pressed).is_some_and(longer)
            && self.heard(contexts).any(|line| {
                matches!(line.meaning, Meaning::Run(_))
                    && line.keys.starts_with(pressed)
                    && longer(line)
            })
    }

    fn heard<'a>(
        &'a self,
        contexts: &'a [Context],
    ) -> impl Iterator<Item = &'a Line> {
        let closed = contexts.iter().rposition(|c| c.is_closed());
        contexts.iter().enumerate().flat_map(move |(depth, context)| {
            let muffled = closed.is_some_and(|c| depth > c);
            self.lines.iter().filter(move |line| {
                line.context == *context && (!muffled || line.is_quit())
            })
        })
    }

    /// Every binding with its context and keys, in the order of the file.
    pub fn bindings(
        &self,
    ) -> impl Iterator<Item = (Context, String, &Binding)> {
        self.lines.iter().filter_map(|line| match &line.meaning {
            Meaning::Run(binding) => {
                Some((line.context, spell(&line.keys), binding))
            }
            Meaning::Prefix(_) | Meaning::Nothing => None,
        })
    }

    /// The label of a prefix, such as `sort` for `s`.
    pub fn prefix_label<'a>(
        &'a self,
        contexts: &[Context],
        prefix: &[Chord],
    ) -> Option<&'a str> {
        let label_in = |context: &Context| {
            self.lines.iter().find_map(|line| match &line.meaning {
                Meaning::Prefix(label)
                    if line.context == *context && line.keys == prefix =>
                {
                    Some(label.as_str())
                }
                _ => None,
            })
        };
        contexts.iter().find_map(label_in)
    }

    fn label_over(&self, line: &Line) -> Option<(&[Chord], &str)> {
        self.lines.iter().find_map(|other| match &other.meaning {
            Meaning::Prefix(label)
                if other.context == line.context
                    && line.keys.starts_with(&other.keys) =>
            {
                Some((other.keys.as_slice(), label.as_str()))
            }
            _ => None,
        })
    }
}

impl Line {
    /// Whether the keys themselves mean something, be it nothing at all.
    fn is_bound(&self) -> bool {
        !matches!(self.meaning, Meaning::Prefix(_))
    }

    fn runs(&self, action: Action) -> bool {
        matches!(&self.meaning, Meaning::Run(b) if b.action == action)
    }

    fn is_quit(&self) -> bool {
        let quits = self.runs(Action::Quit) || self.runs(Action::Interrupt);
        quits && self.keys[0].text().is_none()
    }
}

/// A sequence as files spell it: keys split by one space.
pub fn spell(keys: &[Chord]) -> String {
    keys.iter().map(Chord::to_string).collect::<Vec<_>>().join(" ")
}

#[cfg(test)]
mod tests {
    use super::*;

    fn press(text: &str) -> Vec<Chord> {
        text.split(' ').map(|key| key.parse().unwrap()).collect()
    }

    fn found(context: Context, keys: &str) -> Option<Action> {
        let keymap = Keymap::default();
        match keymap.look_up(context.stack(), &press(keys)) {
            Lookup::Found(binding) => Some(binding.action),
            Lookup::Pending(_) | Lookup::None => None,
        }
    }

    #[test]
    fn the_innermost_context_that_knows_a_key_decides() {
        let skip = Some(Action::RunbookSkip);
        assert_eq!(found(Context::Runbook, "s"), skip);
        assert_eq!(found(Context::Resources, "s"), None);
        let by_age = Some(Action::ListSortAge);
        assert_eq!(found(Context::Resources, "s a"), by_age);
    }

    #[test]
    fn a_prefix_shows_the_ways_of_every_context_that_goes_on() {
        let keymap = Keymap::default();
        let stack = Context::Resources.stack();
        let Lookup::Pending(hints) = keymap.look_up(stack, &press("g")) else {
            panic!("g begins something");
        };
        let keys: Vec<_> = hints.iter().map(|h| h.keys.as_str()).collect();
        let ways =
            ["g", "o", "r", "e", "j", "b", "t", "s", "y", "a", "i", "n"];
        assert_eq!(keys, ways);
        assert_eq!(keymap.prefix_label(stack, &press("g")), Some("go to"));
    }

    #[test]
    fn a_closed_context_lets_only_the_quit_through() {
        assert_eq!(found(Context::Input, "1"), None);
        assert_eq!(found(Context::Confirm, "m"), None);
        let quit = Some(Action::Interrupt);
        for context in CONTEXTS {
            assert_eq!(found(*context, "ctrl-c"), quit, "{context}");
        }
    }

    #[test]
    fn y_alone_never_accepts_and_enter_rejects() {
        assert_eq!(found(Context::Confirm, "y"), None);
        let accept = Some(Action::ConfirmAccept);
        assert_eq!(found(Context::Confirm, "y e s"), accept);
        let copy = Some(Action::CopyAwsCli);
        assert_eq!(found(Context::Confirm, "y c"), copy);
        let reject = Some(Action::ConfirmReject);
        assert_eq!(found(Context::Confirm, "enter"), reject);
    }

    #[test]
    fn help_shows_only_keys_that_reach_the_action() {
        let keymap = Keymap::default();
        let keys = |action, context: Context| {
            keymap.keys_for(action, context.stack())
        };
        let down = ["j", "down"];
        assert_eq!(keys(Action::ListDown, Context::Jobs), down);
        let none: [&str; 0] = [];
        let in_runbook = keys(Action::ListSortAge, Context::Runbook);
        assert_eq!(in_runbook, none);
    }

    #[test]
    fn hints_gather_a_prefix_under_its_label() {
        let hints = Keymap::default().hints(Context::List);
        let sort: Vec<_> =
            hints.iter().filter(|h| h.label == "sort").collect();
        assert_eq!(sort.len(), 1);
        assert_eq!(sort[0].keys, "s …");
    }

    #[test]
    fn a_noop_unbinds_a_key_and_all_that_it_begins() {
        let mine = "schema = 1\ninherits = \"default\"\n\
                    [list]\n\"s\" = \"noop\"\n\"y\" = \"noop\"\n\
                    \"y z\" = \"copy.id\"\n";
        let (keymap, problems) = Keymap::load(mine, "mine.toml");
        assert_eq!(problems, []);
        let stack = Context::List.stack();
        let none = Lookup::None;
        assert_eq!(keymap.look_up(stack, &press("s a")), none);
        assert_eq!(keymap.look_up(stack, &press("s")), none);
        assert_eq!(keymap.keys_for(Action::CopyId, stack), ["y z"]);
    }

    #[test]
    fn a_broken_file_is_replaced_by_the_default_and_told() {
        let (keymap, problems) = Keymap::load("[list\n", "mine.toml");
        assert_eq!(keymap, Keymap::default());
        assert_eq!(problems.len(), 1);
        assert_eq!(problems[0].line, 1);
    }

    #[test]
    fn a_newer_schema_warns_and_keeps_what_is_understood() {
        let mine = "schema = 2\ninherits = \"default\"\n[list]\n\
                    \"x\" = \"list.fly\"\n\"u\" = \"list.up\"\n";
        let (keymap, problems) = Keymap::load(mine, "mine.toml");
        let all_warn =
            problems.iter().all(|p| p.severity == Severity::Warning);
        assert!(all_warn && problems.len() == 2, "{problems:?}");
        let keys = keymap.keys_for(Action::ListUp, &[Context::List]);
        assert_eq!(keys[0], "u");
    }
}
