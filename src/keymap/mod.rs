//! From keys to actions, and back again for the help.
//!
//! A keymap is one table of key sequences per [`Context`]. A sequence is
//! never both an action and the start of a longer one, so nothing ever
//! happens by waiting: [`Keymap::look_up`] says found, pending or nothing.

mod action;
mod chord;
mod context;

pub use action::{ACTIONS, Action, ActionInfo, Group, Level, Reachable};
pub use chord::{BadChord, Chord};
pub use context::{CONTEXTS, Context};

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
        let exact = self.heard(contexts).find(|line| {
            line.keys.starts_with(pressed)
                && (line.keys.len() > pressed.len() || line.is_exact())
        });
        match exact {
            None => Lookup::None,
            Some(line) if line.keys.len() > pressed.len() => {
                Lookup::Pending(self.which_key(contexts, pressed))
            }
            Some(line) => match &line.meaning {
                Meaning::Run(binding) => Lookup::Found(binding.clone()),
                Meaning::Prefix(_) | Meaning::Nothing => Lookup::None,
            },
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
        for line in self.heard(contexts) {
            let keys = spell(&line.keys);
            if line.runs(action)
                && !found.contains(&keys)
                && self.reaches(action, contexts, &line.keys)
            {
                found.push(keys);
            }
        }
        found
    }

    /// The first key of `action` with its label, for a footer.
    pub fn hint_for(
        &self,
        action: Action,
        contexts: &[Context],
    ) -> Option<Hint> {
        let keys = self.keys_for(action, contexts).into_iter().next()?;
        let label = action.info().label.to_owned();
        Some(Hint { keys, label, action: Some(action) })
    }

    fn reaches(
        &self,
        action: Action,
        contexts: &[Context],
        keys: &[Chord],
    ) -> bool {
        (1..keys.len()).all(|n| {
            matches!(self.look_up(contexts, &keys[..n]), Lookup::Pending(_))
        }) && matches!(
            self.look_up(contexts, keys),
            Lookup::Found(binding) if binding.action == action
        )
    }

    fn heard<'a>(
        &'a self,
        contexts: &'a [Context],
    ) -> impl Iterator<Item = &'a Line> {
        let closed = contexts.iter().position(|c| c.is_closed());
        contexts.iter().enumerate().flat_map(move |(depth, context)| {
            let muffled = closed.is_some_and(|c| depth > c);
            self.lines.iter().filter(move |line| {
                line.context == *context && (!muffled || line.is_quit())
            })
        })
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
    fn is_exact(&self) -> bool {
        !matches!(self.meaning, Meaning::Prefix(_))
    }

    fn runs(&self, action: Action) -> bool {
        matches!(&self.meaning, Meaning::Run(b) if b.action == action)
    }

    fn is_quit(&self) -> bool {
        self.runs(Action::Quit) && self.keys[0].text().is_none()
    }
}

/// A sequence as files spell it: keys split by one space.
pub fn spell(keys: &[Chord]) -> String {
    keys.iter().map(Chord::to_string).collect::<Vec<_>>().join(" ")
}
