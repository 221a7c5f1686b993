//! `LineEdit`: a line of text being typed, with its history.

use ratatui::buffer::Buffer;
use ratatui::layout::Rect;
use tui_input::{Input, InputRequest};
use unicode_width::UnicodeWidthChar;

use super::cell::put;
use super::text::{Clean, clean};
use super::theme::{Mark, Theme, Tone};

/// The longest line, in characters; more is not taken.
pub const LONGEST: usize = 4_096;

/// How many lines the history keeps.
const HISTORY: usize = 100;

/// One change of the line or of the cursor in it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Edit {
    /// Puts a character before the cursor.
    Insert(char),
    /// Moves one character left.
    Left,
    /// Moves one character right.
    Right,
    /// Moves one word left.
    WordLeft,
    /// Moves one word right.
    WordRight,
    /// Moves to the start.
    Start,
    /// Moves to the end.
    End,
    /// Deletes the character before the cursor.
    DeleteBack,
    /// Deletes the character under the cursor.
    Delete,
    /// Deletes the word before the cursor.
    DeleteWord,
    /// Deletes everything before the cursor.
    DeleteToStart,
    /// Deletes everything after the cursor.
    DeleteToEnd,
    /// Brings back the line entered before.
    Older,
    /// Brings back the line entered after.
    Newer,
}

/// A line of text being typed. Characters that cannot be seen are not
/// taken, so what is compared later is what was seen.
#[derive(Clone, Debug, Default)]
pub struct LineEdit {
    input: Input,
    masked: bool,
    history: Vec<String>,
    /// Which line of the history is shown.
    recalled: Option<usize>,
    /// What was being typed when the history was first asked.
    kept: String,
}

/// A line as it is shown: plain data for views.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Typed {
    /// The text, masked if the field is.
    pub text: Clean,
    /// How many of its characters stand before the cursor.
    pub cursor: usize,
}

impl LineEdit {
    /// An empty line.
    pub fn new() -> Self {
        Self::default()
    }

    /// An empty line that shows dots instead of its text, and that keeps
    /// no history.
    pub fn masked() -> Self {
        Self { masked: true, ..Self::default() }
    }

    /// A line with a text in it and the cursor at its end.
    pub fn with_value(text: &str) -> Self {
        let mut line = Self::default();
        line.paste(text);
        line
    }

    /// The text.
    pub fn value(&self) -> &str {
        self.input.value()
    }

    /// Whether nothing is typed.
    pub fn is_empty(&self) -> bool {
        self.value().is_empty()
    }

    /// Replaces the text and puts the cursor at its end.
    pub fn set(&mut self, text: &str) {
        self.input.reset();
        self.paste(text);
    }

    /// Empties the line.
    pub fn clear(&mut self) {
        self.input.reset();
        self.recalled = None;
    }

    /// Puts a pasted text before the cursor, as one line.
    pub fn paste(&mut self, text: &str) {
        for c in text.trim_end_matches(['\r', '\n']).chars() {
            let c = if matches!(c, '\r' | '\n' | '\t') { ' ' } else { c };
            self.insert(c);
        }
    }

    /// Makes one change.
    pub fn apply(&mut self, edit: Edit) {
        let request = match edit {
            Edit::Insert(c) => return self.insert(c),
            Edit::Older => return self.older(),
            Edit::Newer => return self.newer(),
            Edit::Left => InputRequest::GoToPrevChar,
            Edit::Right => InputRequest::GoToNextChar,
            Edit::WordLeft => InputRequest::GoToPrevWord,
            Edit::WordRight => InputRequest::GoToNextWord,
            Edit::Start => InputRequest::GoToStart,
            Edit::End => InputRequest::GoToEnd,
            Edit::DeleteBack => InputRequest::DeletePrevChar,
            Edit::Delete => InputRequest::DeleteNextChar,
            Edit::DeleteWord => InputRequest::DeletePrevWord,
            Edit::DeleteToStart => InputRequest::DeleteFromStart,
            Edit::DeleteToEnd => InputRequest::DeleteTillEnd,
        };
        self.input.handle(request);
    }

    /// Takes the text out, leaves the line empty, and remembers the text
    /// in the history unless it is masked.
    pub fn submit(&mut self) -> String {
        let text = self.input.value_and_reset();
        self.recalled = None;
        let again = self.history.last() == Some(&text);
        if !self.masked && !text.is_empty() && !again {
            self.history.push(text.clone());
            let spare = self.history.len().saturating_sub(HISTORY);
            self.history.drain(..spare);
        }
        text
    }

    /// The line as it is shown.
    pub fn typed(&self) -> Typed {
        let cursor = self.input.cursor();
        if self.masked {
            let dots = "*".repeat(self.value().chars().count());
            return Typed { text: clean(&dots), cursor };
        }
        Typed { text: clean(self.value()), cursor }
    }

    fn insert(&mut self, c: char) {
        let seen = c.width().is_some_and(|w| w > 0) && {
            let mut letters = [0; 4];
            let letter: &str = c.encode_utf8(&mut letters);
            *clean(letter) == *letter
        };
        if seen && self.value().chars().count() < LONGEST {
            self.input.handle(InputRequest::InsertChar(c));
        }
    }

    fn older(&mut self) {
        let next = match self.recalled {
            None => self.history.len().checked_sub(1),
            Some(at) => Some(at.saturating_sub(1)),
        };
        if self.recalled.is_none() {
            self.value().to_owned().clone_into(&mut self.kept);
        }
        self.recall(next);
    }

    fn newer(&mut self) {
        let Some(at) = self.recalled else { return };
        if at + 1 < self.history.len() {
            self.recall(Some(at + 1));
        } else {
            self.recalled = None;
            self.input = Input::new(self.kept.clone());
        }
    }

    fn recall(&mut self, at: Option<usize>) {
        if let Some(line) = at.and_then(|at| self.history.get(at)) {
            self.input = Input::new(line.clone());
            self.recalled = at;
        }
    }
}

impl Typed {
    /// Paints the line into the first row of `area`, with the cursor as a
    /// reversed cell when `focused`; a long line is shown around it.
    pub fn draw(
        &self,
        buf: &mut Buffer,
        area: Rect,
        focused: bool,
        theme: Theme,
    ) {
        let room = usize::from(area.width);
        if area.is_empty() {
            return;
        }
        let cells = |c: char| c.width().unwrap_or(0);
        let before: usize =
            self.text.chars().take(self.cursor).map(cells).sum();
        let mut hidden = 0;
        let mut skip = 0;
        for c in self.text.chars() {
            if before - hidden < room {
                break;
            }
            hidden += cells(c);
            skip += 1;
        }
        let seen: String = self.text.chars().skip(skip).collect();
        let style = theme.style(Tone::Input);
        put(buf, (area.x, area.y), area.width, &seen, style);
        if skip > 0 {
            let more = theme.glyph(Mark::More);
            put(buf, (area.x, area.y), 1, more, theme.style(Tone::Dim));
        }
        let column = u16::try_from(before - hidden).unwrap_or(u16::MAX);
        if focused && column < area.width {
            let at = Rect::new(area.x + column, area.y, 1, 1);
            let cursor = theme.style(Tone::Selected);
            buf.set_style(at.intersection(buf.area), cursor);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::super::cell::shown;
    use super::*;

    fn typed(line: &LineEdit) -> (&str, usize) {
        (line.value(), line.input.cursor())
    }

    #[test]
    fn readline_edits_work() {
        let mut line = LineEdit::with_value("region went dark");
        line.apply(Edit::DeleteWord);
        assert_eq!(typed(&line), ("region went ", 12));
        line.apply(Edit::WordLeft);
        assert_eq!(typed(&line), ("region went ", 7));
        line.apply(Edit::DeleteToEnd);
        assert_eq!(typed(&line), ("region ", 7));
        line.apply(Edit::Start);
        line.apply(Edit::Delete);
        assert_eq!(typed(&line), ("egion ", 0));
        line.apply(Edit::End);
        line.apply(Edit::DeleteToStart);
        assert_eq!(typed(&line), ("", 0));
    }

    #[test]
    fn history_goes_back_and_forth_and_keeps_what_was_begun() {
        let mut line = LineEdit::with_value("first");
        assert_eq!(line.submit(), "first");
        line.set("second");
        line.submit();
        line.set("third");
        line.apply(Edit::Older);
        assert_eq!(line.value(), "second");
        line.apply(Edit::Older);
        line.apply(Edit::Older);
        assert_eq!(line.value(), "first");
        line.apply(Edit::Newer);
        line.apply(Edit::Newer);
        assert_eq!(line.value(), "third");
    }

    #[test]
    fn what_cannot_be_seen_is_not_taken() {
        let mut line = LineEdit::new();
        line.paste("orders\u{200b}-\u{202e}db\u{1b}\n");
        assert_eq!(line.value(), "orders-db");
        line.set("two\nlines");
        assert_eq!(line.value(), "two lines");
    }

    #[test]
    fn a_masked_line_shows_no_letter_and_remembers_none() {
        let mut line = LineEdit::masked();
        line.paste("123456");
        assert_eq!(&*line.typed().text, "******");
        line.submit();
        line.apply(Edit::Older);
        assert_eq!(line.value(), "");
    }

    #[test]
    fn a_long_line_is_shown_around_its_cursor() {
        let area = Rect::new(0, 0, 6, 1);
        let mut buf = Buffer::empty(area);
        let line = LineEdit::with_value("eu-central-1");
        line.typed().draw(&mut buf, area, true, Theme::default());
        let text = shown(&buf).concat();
        assert_eq!(text, "…al-1 ");
    }
}
