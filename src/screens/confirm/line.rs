//! The lines to type into before a plan can be accepted.

use super::{Given, Seat, State};
use crate::runbook::plan::Second;
use crate::runbook::run::{REASON_MIN, is_name};
use crate::ui::{Cell, Field, Tone};

/// A line of the dialog.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Line {
    /// The name of the target.
    Name,
    /// The observed value that is read back.
    Value,
    /// The name of a second person at the same terminal.
    Second,
    /// The words by which that person approves.
    Words,
    /// Why there is no second person.
    Alone,
}

impl Line {
    /// All of them, from the top.
    pub const ALL: [Line; 5] =
        [Line::Name, Line::Value, Line::Second, Line::Words, Line::Alone];
}

impl State {
    /// The lines that are asked for now.
    pub(super) fn lines(&self) -> Vec<Line> {
        let asked = |line: &Line| match (line, self.seat) {
            (Line::Name, _) => self.plan.typed.is_some(),
            (Line::Words, Seat::Approver) => true,
            (_, Seat::Approver) => false,
            (Line::Value, _) => self.plan.readback.is_some(),
            (Line::Second, _) => self.wants_second(),
            (Line::Words, _) => self.wants_second() || self.is_bare(),
            (Line::Alone, _) => self.wants_second() && self.alone,
        };
        Line::ALL.into_iter().filter(asked).collect()
    }

    fn wants_second(&self) -> bool {
        self.plan.second != Second::Off && self.approved.is_none()
    }

    /// Whether an approval from another console would leave nothing to type:
    /// keys meant for a line that has just gone must not accept the plan.
    fn is_bare(&self) -> bool {
        self.plan.second != Second::Off
            && self.plan.typed.is_none()
            && self.plan.readback.is_none()
    }

    /// What is typed in a line.
    pub(super) fn word(&self, line: Line) -> &str {
        self.typed[line as usize].value()
    }

    /// What must stand in a line exactly, where something must.
    fn exact(&self, line: Line) -> Option<String> {
        match line {
            Line::Name => self.plan.typed.clone(),
            Line::Value => {
                self.plan.readback.as_ref().map(|back| back.value.clone())
            }
            Line::Words => Some(format!("approve {}", self.hash.short())),
            Line::Second | Line::Alone => None,
        }
    }

    fn is_right(&self, line: Line) -> bool {
        let word = self.word(line).trim();
        match (line, self.exact(line)) {
            (_, Some(exact)) => self.word(line) == exact,
            (Line::Second, None) => is_name(word) && !self.is_driver(word),
            (_, None) => word.chars().count() >= REASON_MIN,
        }
    }

    fn is_driver(&self, name: &str) -> bool {
        self.driver.trim().eq_ignore_ascii_case(name.trim())
    }

    /// Whether the persons who are asked for are there, or why not is said.
    fn has_persons(&self) -> bool {
        let lines = self.lines();
        let both = self.is_right(Line::Second) && self.is_right(Line::Words);
        let alone = lines.contains(&Line::Alone) && self.is_right(Line::Alone);
        !lines.contains(&Line::Second) || both || alone
    }

    /// Whether all that is asked for is given.
    pub(super) fn holds(&self) -> bool {
        let lines = self.lines();
        let fixed = |line: &Line| match line {
            Line::Name | Line::Value => self.is_right(*line),
            Line::Words => {
                lines.contains(&Line::Second) || self.is_right(*line)
            }
            Line::Second | Line::Alone => true,
        };
        lines.iter().all(fixed) && self.has_persons()
    }

    /// Tab: on to the next line, or, after the last, to the accepting keys.
    /// A line that must be right is not left before it is.
    pub(super) fn go_on(&mut self) {
        let before = self.focus;
        self.focus_on_next();
        self.stuck = !self.ready && self.focus == before;
    }

    fn focus_on_next(&mut self) {
        let lines = self.lines();
        let alone = lines.contains(&Line::Alone);
        let second = lines.contains(&Line::Second);
        let fixed = matches!(self.focus, Line::Name | Line::Value) || !second;
        if fixed && !self.is_right(self.focus) {
            return;
        }
        // Half of a second person is none: both lines hold, or neither
        // counts.
        if self.holds() && !(self.focus == Line::Second && self.is_begun()) {
            self.ready = true;
            return;
        }
        self.focus = match self.focus {
            Line::Name if lines.contains(&Line::Value) => Line::Value,
            Line::Name | Line::Value if !second => Line::Words,
            Line::Second if self.is_right(Line::Second) => Line::Words,
            Line::Second | Line::Words if alone => Line::Alone,
            Line::Name
            | Line::Value
            | Line::Second
            | Line::Words
            | Line::Alone => Line::Second,
        };
    }

    fn is_begun(&self) -> bool {
        self.is_right(Line::Second) && !self.is_right(Line::Words)
    }

    /// Back to the line before; what is typed stays.
    pub(super) fn go_back(&mut self) {
        let lines = self.lines();
        let place = lines.iter().position(|line| *line == self.focus);
        if let Some(before) = place.and_then(|at| at.checked_sub(1)) {
            self.focus = lines[before];
        }
        self.ready = false;
    }

    /// What was given. Both a second person and a reason to go without one
    /// cannot be: the person counts.
    pub fn given(&self) -> Given {
        let lines = self.lines();
        let word = |line: Line| {
            let there = lines.contains(&line) && self.is_right(line);
            there.then(|| self.word(line).trim().to_owned())
        };
        let second = word(Line::Second).filter(|_| {
            self.seat == Seat::Driver && self.is_right(Line::Words)
        });
        let alone = word(Line::Alone).filter(|_| second.is_none());
        let exact = |line: Line| word(line).and(self.exact(line));
        Given {
            typed: exact(Line::Name),
            readback: exact(Line::Value),
            second,
            alone,
        }
    }

    /// A line as it is shown.
    pub(super) fn field(&self, line: Line) -> Field {
        let label = match (line, self.exact(line)) {
            (Line::Value, _) => {
                let asked = self.plan.readback.as_ref();
                format!("read back {}", asked.map_or("", |back| &back.ask))
            }
            (_, Some(exact)) => format!("type {exact}"),
            (Line::Second, None) => "second person's name".to_owned(),
            (_, None) => "or alone, because".to_owned(),
        };
        Field {
            label: label.into(),
            typed: self.typed[line as usize].typed(),
            focused: !self.ready && self.focus == line,
            note: self.note(line),
        }
    }

    fn note(&self, line: Line) -> Cell {
        let word = self.word(line).trim();
        match line {
            Line::Second if !word.is_empty() && self.is_driver(word) => {
                Cell::new("that is the driver", Tone::Bad)
            }
            Line::Second if !word.is_empty() && !is_name(word) => {
                Cell::new("that is no name", Tone::Bad)
            }
            Line::Second if self.is_right(line) => {
                Cell::new("not independently verified", Tone::Warn)
            }
            Line::Alone if !word.is_empty() && !self.is_right(line) => {
                Cell::dim(format!("at least {REASON_MIN} characters"))
            }
            Line::Alone if self.is_right(line) => {
                Cell::new("the report tells it first", Tone::Warn)
            }
            Line::Name | Line::Value | Line::Words if self.is_right(line) => {
                Cell::new("matches", Tone::Good)
            }
            _ if self.stuck && line == self.focus => {
                let empty = word.is_empty();
                let told =
                    if empty { "nothing typed" } else { "does not match" };
                Cell::new(told, Tone::Bad)
            }
            _ => Cell::default(),
        }
    }
}

#[cfg(test)]
mod tests;
