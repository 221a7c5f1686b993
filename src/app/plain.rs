//! Plain: the console as numbered prompts, a line at a time.
//!
//! ```text
//! [PROD] learn-prod/111122223333 eu-west-1>eu-central-1 ARMED 14:32Z
//! INC-241  rds-replica-failover  step 4 of 9  Promote learn-db-replica
//! Changes AWS: SEVERE.
//! Effect: learn-db-replica becomes a primary of its own, for good.
//! Data loss: writes since 03:14:05Z (4m 12s).
//! 1 show the full request   2 print as aws CLI   3 run it   6 note
//! 7 look again   8 disarm   9 show…   10 more…   0 stop
//! Choose: 3
//! ```
//!
//! It is the same program without a full screen: a prompt is made from the
//! [`Model`], and an answer is turned into the very actions that keys make,
//! so no rule is written twice. There is no cursor to move: scroll-back,
//! `script`, a phone over SSH and a screen reader can all follow.
//!
//! An answer is bound to the prompt it was given to, by [`Prompt::key`]: one
//! that comes after the prompt has changed does nothing.

mod answer;
mod dialog;
mod home;
mod news;
mod show;
mod talk;
mod told;

pub(super) use answer::spoken;
pub use talk::{Said, Talk};

use jiff::Timestamp;

use super::{Model, Overlay};
use crate::keymap::Action;
use crate::ui::prose::wrap;
use crate::ui::{Cell, Row};

/// The widest line, in cells.
pub const WIDTH: u16 = 80;

/// What a prompt waits for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Waits {
    /// A person: nothing goes on without an answer.
    Person,
    /// AWS, or a look at it; a person may answer all the same.
    World,
    /// Nothing: it is a text, and closes once it was shown.
    Nothing,
}

/// What stands in front, as a question with numbered answers.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Prompt {
    /// What it is about; while that stays, `head` is not told again.
    pub about: String,
    /// Which question exactly: an answer counts for this key alone.
    pub key: String,
    /// What there is to know first.
    pub head: Vec<String>,
    /// What there is to know of this question.
    pub lines: Vec<String>,
    /// The question itself, on one line.
    pub ask: String,
    /// What it waits for.
    pub waits: Waits,
}

/// The prompt in front.
pub fn prompt(model: &Model, now: Timestamp) -> Prompt {
    match &model.overlay {
        None => home::prompt(model, now),
        Some(Overlay::Menu(menu)) => dialog::menu(menu),
        Some(Overlay::Form(form)) => dialog::form(form),
        Some(Overlay::Confirm(state)) => dialog::confirm(state, now),
        Some(Overlay::Reading(text)) => dialog::reading(text),
        Some(Overlay::Palette(_) | Overlay::Help(_)) => dialog::keys_only(),
    }
}

/// The number that means this action at the prompt of where the person is.
pub(super) fn number(model: &Model, action: Action) -> Option<usize> {
    let choices = home::choices(model);
    let choice =
        choices.into_iter().find(|one| one.way == home::Way::Act(action));
    choice.map(|choice| choice.number)
}

/// A row of a view as one line of text.
fn line(row: &Row) -> String {
    let cells = row.iter().map(|cell| &*cell.text);
    cells.collect::<String>().trim_end().to_owned()
}

/// A line as the terminal takes it: no wider than [`WIDTH`], broken at
/// blanks, and without anything that a terminal obeys.
pub fn broken(text: &str) -> Vec<String> {
    let row = vec![Cell::plain(text.to_owned())];
    wrap(&row, WIDTH).iter().map(line).collect()
}

/// Choices side by side, as many as fit a line; none is broken.
fn side_by_side(choices: impl Iterator<Item = String>) -> Vec<String> {
    let mut lines: Vec<String> = Vec::new();
    for choice in choices {
        let room = |line: &&mut String| {
            line.chars().count() + 3 + choice.chars().count()
                <= usize::from(WIDTH)
        };
        match lines.last_mut().filter(room) {
            Some(line) => {
                line.push_str("   ");
                line.push_str(&choice);
            }
            None => lines.push(choice),
        }
    }
    lines
}

#[cfg(test)]
mod tests;
