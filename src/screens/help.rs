//! The help: the keys that work here, made from the keymap.

use std::collections::BTreeMap;

use crate::keymap::{
    ACTIONS, Action, ActionInfo, Chord, Context, Group, Keymap,
};
use crate::screens::form::edit;
use crate::ui::{Cell, Dialog, Edit, Field, LineEdit, List, Row, Tone};

/// What is searched for and where the cursor is.
#[derive(Clone, Debug)]
pub struct State {
    /// What is typed to search.
    pub line: LineEdit,
    /// The contexts it explains, inner first.
    pub behind: &'static [Context],
    /// Whether it runs nothing, because a dialog waits behind it.
    pub only_tells: bool,
    list: List,
}

/// What became of a key.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Came {
    /// The help stays.
    Open,
    /// It was left.
    Dropped,
    /// This action was picked.
    Picked(Action),
}

impl State {
    /// The help for these contexts.
    pub fn new(behind: &'static [Context]) -> Self {
        State {
            line: LineEdit::new(),
            behind,
            only_tells: false,
            list: List::default(),
        }
    }

    /// The help for a dialog, which comes back when the help is left.
    pub fn only_telling(behind: &'static [Context]) -> Self {
        State { only_tells: true, ..State::new(behind) }
    }

    /// Takes text to search for.
    pub fn text(&mut self, chord: Chord) {
        if let Some(c) = chord.text() {
            self.line.apply(Edit::Insert(c));
            self.list.top();
        }
    }

    /// Takes an action.
    pub fn act(&mut self, action: Action, keymap: &Keymap) -> Came {
        let lines = self.actions(keymap);
        self.list.fit(lines.len(), 10);
        match action {
            Action::ListDown => self.list.down(),
            Action::ListUp => self.list.up(),
            Action::ListPageDown => self.list.page_down(),
            Action::ListPageUp => self.list.page_up(),
            Action::NavBack | Action::InputCancel | Action::HelpOpen => {
                return Came::Dropped;
            }
            Action::ListOpen | Action::InputSubmit if self.only_tells => {
                return Came::Dropped;
            }
            Action::ListOpen | Action::InputSubmit => {
                let picked = self.list.current().and_then(|at| lines.get(at));
                if let Some((info, _)) = picked {
                    return Came::Picked(info.action);
                }
            }
            other => {
                if let Some(edit) = edit(other) {
                    self.line.apply(edit);
                }
            }
        }
        Came::Open
    }

    /// The actions that have a key here and match what is typed, by group.
    fn actions(&self, keymap: &Keymap) -> Vec<(&'static ActionInfo, String)> {
        let wanted = self.line.value().to_lowercase();
        let mut groups: BTreeMap<Group, Vec<_>> = BTreeMap::new();
        for info in ACTIONS {
            let keys = keymap.keys_for(info.action, self.behind).join("  ");
            let text = format!("{} {} {keys}", info.name, info.sentence);
            if !keys.is_empty() && text.to_lowercase().contains(&wanted) {
                groups.entry(info.group).or_default().push((info, keys));
            }
        }
        groups.into_values().flatten().collect()
    }

    /// The dialog as it is shown.
    pub fn view(&self, keymap: &Keymap) -> Dialog {
        let lines = self.actions(keymap);
        let mut body: Vec<Row> = Vec::new();
        let mut group = None;
        let mut seen = 0;
        for (place, (info, keys)) in lines.iter().enumerate() {
            if group != Some(info.group) {
                group = Some(info.group);
                let title = info.group.title();
                body.push(vec![Cell::new(title, Tone::Title)]);
            }
            let here = self.list.selected == place;
            if here {
                seen = body.len();
            }
            let tone = if here { Tone::Selected } else { Tone::Info };
            let mark = if here { ">" } else { " " };
            body.push(vec![
                Cell::new(format!("{mark} {keys:<18}"), tone),
                Cell::plain(format!(" {}", info.sentence)),
            ]);
        }
        if body.is_empty() {
            body.push(vec![Cell::dim("no key here does that")]);
        }
        for text in [
            "",
            "No key on this page changes AWS without a second, different key.",
        ] {
            body.push(vec![Cell::dim(text)]);
        }
        let here = self.behind.first().map_or("here", |c| c.name());
        Dialog {
            said: Vec::new(),
            more: "".into(),
            title: Cell::new(format!("Help: {here}"), Tone::Title),
            note: Cell::dim(format!("keymap {}", keymap.name)),
            body,
            scroll: seen.saturating_sub(8),
            fields: vec![Field {
                label: "search".into(),
                typed: self.line.typed(),
                focused: true,
                note: Cell::default(),
            }],
            keys: Vec::new(),
        }
    }

    /// The last line of the dialog, with the keys that `key` tells.
    pub fn keys(&self, key: impl Fn(Action) -> String) -> String {
        let (open, back) = (key(Action::ListOpen), key(Action::NavBack));
        if self.only_tells {
            format!("type to search   {open} and {back} go back to the dialog")
        } else {
            format!("type to search   {open} runs it   {back} closes")
        }
    }
}
