//! A list to pick one thing from: a runbook, a way to go on.
//!
//! ```text
//! ╔ Fail over now? ═════════════════════════════════════╗
//! ║ > failover   promote the replica and move traffic   ║
//! ║   wait       look again in three minutes            ║
//! ║ enter picks   esc goes back                         ║
//! ╚═════════════════════════════════════════════════════╝
//! ```

use crate::keymap::Action;
use crate::screens::Ask;
use crate::ui::{Cell, Dialog, List, Row, Tone};

/// One line to pick.
#[derive(Clone, Debug, PartialEq)]
pub struct Entry {
    /// Its name.
    pub name: String,
    /// What it means.
    pub note: String,
    /// What is wished when it is picked; nothing if it cannot be picked.
    pub ask: Option<Ask>,
}

/// A list with its cursor.
#[derive(Clone, Debug)]
pub struct State {
    /// The question.
    pub title: String,
    /// What there is to know first.
    pub lines: Vec<Row>,
    /// What can be picked.
    pub entries: Vec<Entry>,
    /// The cursor.
    pub list: List,
}

/// What became of an action.
#[derive(Clone, Debug, PartialEq)]
pub enum Came {
    /// The list stays.
    Open,
    /// It was left.
    Dropped,
    /// This was picked.
    Picked(Ask),
}

impl State {
    /// A list with the cursor on its first line.
    pub fn new(
        title: impl Into<String>,
        lines: Vec<Row>,
        entries: Vec<Entry>,
    ) -> Self {
        let mut list = List::new(entries.len());
        list.fit(entries.len(), entries.len().max(1));
        State { title: title.into(), lines, entries, list }
    }

    /// Takes an action.
    pub fn act(&mut self, action: Action) -> Came {
        match action {
            Action::ListDown => self.list.down(),
            Action::ListUp => self.list.up(),
            Action::ListTop => self.list.top(),
            Action::ListBottom => self.list.bottom(),
            Action::NavBack | Action::NavBackOrQuit => return Came::Dropped,
            Action::ListOpen => {
                let ask = self
                    .list
                    .current()
                    .and_then(|line| self.entries.get(line))
                    .and_then(|entry| entry.ask.clone());
                if let Some(ask) = ask {
                    return Came::Picked(ask);
                }
            }
            _ => {}
        }
        Came::Open
    }

    /// The dialog as it is shown.
    pub fn view(&self) -> Dialog {
        let wide = self.entries.iter().map(|e| e.name.chars().count()).max();
        let wide = wide.unwrap_or(0).min(40);
        let mut body = self.lines.clone();
        for (place, entry) in self.entries.iter().enumerate() {
            let here = self.list.current() == Some(place);
            let tone = match (&entry.ask, here) {
                (None, _) => Tone::Dim,
                (Some(_), true) => Tone::Selected,
                (Some(_), false) => Tone::Plain,
            };
            let mark = if here { "> " } else { "  " };
            body.push(vec![
                Cell::new(format!("{mark}{:<wide$}", entry.name), tone),
                Cell::dim(format!("  {}", entry.note)),
            ]);
        }
        if self.entries.is_empty() {
            body.push(vec![Cell::dim("there is nothing to pick")]);
        }
        Dialog {
            said: Vec::new(),
            more: "".into(),
            title: Cell::new(self.title.clone(), Tone::Title),
            note: Cell::default(),
            body,
            scroll: (self.lines.len() + self.list.selected).saturating_sub(6),
            fields: Vec::new(),
            keys: Vec::new(),
        }
    }

    /// The last line of the dialog, with the keys that `key` tells.
    pub fn keys(&self, key: impl Fn(Action) -> String) -> String {
        let (pick, back) = (key(Action::ListOpen), key(Action::NavBack));
        format!("{pick} picks   {back} goes back")
    }
}
