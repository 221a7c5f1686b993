//! The command line: every action with its key, found by a few letters.
//!
//! ```text
//! ╔ Command ═════════════════════════════════════════════╗
//! ║ > view.jobs      Shows the backup, copy and …    4   ║
//! ║   list.sort.age  Sorts by age, oldest first.   s a   ║
//! ║                                                      ║
//! ║ > command: jo_                                       ║
//! ╚══════════════════════════════════════════════════════╝
//! ```

use std::cmp::Reverse;

use nucleo_matcher::pattern::{CaseMatching, Normalization, Pattern};
use nucleo_matcher::{Config, Matcher, Utf32Str};

use crate::keymap::{ACTIONS, Action, ActionInfo, Chord, Context, Keymap};
use crate::screens::form::edit;
use crate::ui::{Cell, Dialog, Edit, Field, LineEdit, List, Tone, clip};

/// How many matches are shown at once.
const SHOWN: usize = 8;

/// What is typed, and what matches it, best first.
#[derive(Clone, Debug)]
pub struct State {
    /// What is typed.
    pub line: LineEdit,
    matches: Vec<&'static ActionInfo>,
    list: List,
    behind: &'static [Context],
}

/// What became of a key.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Came {
    /// The command line stays.
    Open,
    /// It was left.
    Dropped,
    /// This action was picked, with the words typed after its name.
    Picked(Action, String),
}

impl State {
    /// An empty command line in front of these contexts.
    pub fn new(behind: &'static [Context]) -> Self {
        let mut state = State {
            line: LineEdit::new(),
            matches: Vec::new(),
            list: List::default(),
            behind,
        };
        state.find();
        state
    }

    /// Takes text.
    pub fn text(&mut self, chord: Chord) {
        if let Some(c) = chord.text() {
            self.line.apply(Edit::Insert(c));
            self.find();
        }
    }

    /// Takes a paste.
    pub fn paste(&mut self, text: &str) {
        self.line.paste(text);
        self.find();
    }

    /// Takes an action.
    pub fn act(&mut self, action: Action) -> Came {
        match action {
            Action::ListDown => self.list.down(),
            Action::ListUp => self.list.up(),
            Action::ListPageDown => self.list.page_down(),
            Action::ListPageUp => self.list.page_up(),
            Action::NavBack | Action::InputCancel => return Came::Dropped,
            Action::InputComplete => {
                if let Some(info) = self.current() {
                    self.line.set(info.name);
                    self.find();
                }
            }
            Action::InputSubmit => {
                if let Some(info) = self.current() {
                    let rest = self.line.value().split_once(' ');
                    let rest = rest.map_or("", |(_, rest)| rest.trim());
                    return Came::Picked(info.action, rest.to_owned());
                }
            }
            other => {
                if let Some(edit) = edit(other) {
                    self.line.apply(edit);
                    self.find();
                }
            }
        }
        Came::Open
    }

    fn current(&self) -> Option<&'static ActionInfo> {
        self.matches.get(self.list.current()?).copied()
    }

    /// The actions that match the first word typed.
    fn find(&mut self) {
        let wanted = self.line.value().split(' ').next().unwrap_or("");
        let pattern =
            Pattern::parse(wanted, CaseMatching::Ignore, Normalization::Smart);
        let mut matcher = Matcher::new(Config::DEFAULT);
        let mut buf = Vec::new();
        let mut scored: Vec<(u32, &'static ActionInfo)> = ACTIONS
            .iter()
            .filter(|info| !info.name.starts_with("input."))
            .filter(|info| info.action != Action::ConfirmAccept)
            .filter_map(|info| {
                let text = format!("{} {}", info.name, info.label);
                let score = pattern
                    .score(Utf32Str::new(&text, &mut buf), &mut matcher)?;
                Some((score, info))
            })
            .collect();
        scored.sort_by_key(|(score, _)| Reverse(*score));
        self.matches = scored.into_iter().map(|(_, info)| info).collect();
        self.list = List::new(0);
        self.list.fit(self.matches.len(), SHOWN);
    }

    /// The dialog as it is shown.
    pub fn view(&self, keymap: &Keymap) -> Dialog {
        let window = self.list.window(SHOWN);
        let mut body = Vec::new();
        for place in window {
            let Some(info) = self.matches.get(place) else { break };
            let here = self.list.current() == Some(place);
            let keys = keymap.keys_for(info.action, self.behind);
            let keys = keys.first().cloned().unwrap_or_default();
            let mark = if here { "> " } else { "  " };
            let tone = if here { Tone::Selected } else { Tone::Plain };
            body.push(vec![
                Cell::new(format!("{mark}{:<22}", info.name), tone),
                Cell::dim(format!(" {:<38}", clip(info.sentence, 38))),
                Cell::new(format!(" {keys}"), Tone::Info),
            ]);
        }
        if body.is_empty() {
            body.push(vec![Cell::dim("no action matches")]);
        }
        Dialog {
            said: Vec::new(),
            more: "".into(),
            title: Cell::new("Command", Tone::Title),
            note: Cell::default(),
            body,
            scroll: 0,
            fields: vec![Field {
                label: "command".into(),
                typed: self.line.typed(),
                focused: true,
                note: Cell::default(),
            }],
            keys: Vec::new(),
        }
    }

    /// The last line of the dialog, with the keys that `key` tells.
    pub fn keys(&self, key: impl Fn(Action) -> String) -> String {
        format!(
            "{} runs   {} completes   {} closes",
            key(Action::InputSubmit),
            key(Action::InputComplete),
            key(Action::NavBack)
        )
    }
}
