//! A text in front of the screen: the session's log, who we are, a detail.

use crate::keymap::Action;
use crate::ui::{Cell, Dialog, Row, Tone};

/// A text and how far it is scrolled.
#[derive(Clone, Debug, PartialEq)]
pub struct State {
    /// Its title.
    pub title: String,
    /// Its lines.
    pub lines: Vec<Row>,
    /// The first line seen.
    pub scroll: usize,
    /// What is copied by the copy keys, if anything.
    pub copy: Option<String>,
    /// The step of the run in front that it tells of, and goes on telling of.
    pub step: Option<String>,
}

impl State {
    /// A text seen from its beginning.
    pub fn new(title: impl Into<String>, lines: Vec<Row>) -> Self {
        State { title: title.into(), lines, scroll: 0, copy: None, step: None }
    }

    /// Takes an action; `true` when the text is left.
    pub fn act(&mut self, action: Action) -> bool {
        let end = self.lines.len();
        match action {
            Action::ListDown => self.scroll = (self.scroll + 1).min(end),
            Action::ListUp => self.scroll = self.scroll.saturating_sub(1),
            Action::ListPageDown | Action::ListHalfPageDown => {
                self.scroll = (self.scroll + 10).min(end);
            }
            Action::ListPageUp | Action::ListHalfPageUp => {
                self.scroll = self.scroll.saturating_sub(10);
            }
            Action::ListTop => self.scroll = 0,
            Action::ListBottom => self.scroll = end,
            Action::NavBack
            | Action::NavBackOrQuit
            | Action::ListOpen
            | Action::LogOpen
            | Action::WhoAmI => return true,
            _ => {}
        }
        false
    }

    /// The dialog as it is shown.
    pub fn view(&self) -> Dialog {
        let body = if self.lines.is_empty() {
            vec![vec![Cell::dim("nothing yet")]]
        } else {
            self.lines.clone()
        };
        Dialog {
            said: Vec::new(),
            more: "".into(),
            title: Cell::new(self.title.clone(), Tone::Title),
            note: Cell::default(),
            body,
            scroll: self.scroll,
            fields: Vec::new(),
            keys: Vec::new(),
        }
    }

    /// The last line of the dialog, with the keys that `key` tells.
    pub fn keys(&self, key: impl Fn(Action) -> String) -> String {
        format!(
            "arrows scroll   {} copies   {} closes",
            key(Action::CopyAwsCli),
            key(Action::NavBack)
        )
    }
}
