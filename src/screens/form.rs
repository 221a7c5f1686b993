//! A dialog that asks for words: notes, reasons, names, values, inputs.
//!
//! ```text
//! ╔ Arm ════════════════════════════════════════════════╗
//! ║ Confirmed steps may then change learn-prod.         ║
//! ║                                                     ║
//! ║ reason              > eu-west-1 is dark_            ║
//! ║ type learn-prod     >                               ║
//! ║ enter next, then done   tab next field   esc cancel ║
//! ╚═════════════════════════════════════════════════════╝
//! ```

use jiff::Timestamp;
use ratatui::buffer::Buffer;
use ratatui::layout::Rect;

use crate::keymap::{Action, Chord};
use crate::runbook::Manner;
use crate::ui::{Cell, Dialog, Edit, Field, LineEdit, Row, Theme, Tone};

/// What the words are for.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Purpose {
    /// A note for the timeline.
    Note,
    /// A decision with its reason.
    Decision,
    /// To allow changes.
    Arm,
    /// To send calls as another identity, with a reason.
    Identity,
    /// To open an incident: title, external id, impact time.
    OpenIncident,
    /// To say when the impact began.
    Impact,
    /// To close the incident with a summary.
    Close,
    /// Why a step is skipped.
    Skip(String),
    /// To whom the incident is offered, and why.
    HandOver,
    /// Own name and the next step, to accept the offer at this place of the
    /// journal.
    Accept(u64),
    /// Why the offer at this place of the journal is declined.
    Decline(u64),
    /// Why an incident that nobody drives is taken over.
    TakeOver,
    /// Why a run is ended.
    Abort,
    /// Why this way back is gone.
    CallBack(String),
    /// Why a run goes on by this text of its runbook.
    Repin(String),
    /// Why a run is held.
    Pause,
    /// Why a run goes on in this manner.
    Manner(Manner),
    /// Why one goes on although this step does not pass.
    Override(String),
    /// Why this way was chosen, in a `decide` step.
    Choose {
        /// The step.
        step: String,
        /// The key of the choice.
        choice: String,
    },
    /// The value seen, or the words noted, in a step.
    Answer(String),
    /// What became of a change that could not be observed.
    State {
        /// The step.
        step: String,
        /// Whether the person says it took effect.
        applied: bool,
    },
    /// The inputs of the runbook at this place of the library.
    Inputs(usize),
    /// What the list in front is filtered by.
    Filter,
}

/// One field: what is asked for, and what is typed.
#[derive(Clone, Debug)]
pub struct Ask {
    /// What is asked for.
    pub label: String,
    /// What is typed.
    pub edit: LineEdit,
    /// What must be typed exactly, where something must.
    pub exact: Option<String>,
    /// Whether it may stay empty.
    pub optional: bool,
    /// What is known of what is typed, such as that AWS confirms it.
    pub note: Option<(String, bool)>,
    /// What can be picked instead of typed.
    pub offers: Vec<String>,
    /// Which of the offers shown the cursor is on.
    pick: Option<usize>,
    /// Whether something was typed, so that offers are filtered by it.
    touched: bool,
}

impl Ask {
    /// A field that must be filled.
    pub fn new(label: impl Into<String>) -> Self {
        Ask {
            label: label.into(),
            edit: LineEdit::new(),
            exact: None,
            optional: false,
            note: None,
            offers: Vec::new(),
            pick: None,
            touched: false,
        }
    }

    /// The same with a text in it.
    #[must_use]
    pub fn filled(mut self, text: &str) -> Self {
        self.edit.set(text);
        self
    }

    /// The same, allowed to stay empty.
    #[must_use]
    pub fn optional(mut self) -> Self {
        self.optional = true;
        self
    }

    /// The same, to be typed exactly like this.
    #[must_use]
    pub fn exact(mut self, text: impl Into<String>) -> Self {
        self.exact = Some(text.into());
        self
    }

    /// The offers that hold what is typed; all of them if it is one, or if
    /// nothing was typed.
    fn shown(&self) -> Vec<&str> {
        let typed = self.edit.value().trim();
        let all = !self.touched || self.offers.iter().any(|o| o == typed);
        let typed = typed.to_lowercase();
        let fits = |o: &&str| all || o.to_lowercase().contains(&typed);
        self.offers.iter().map(String::as_str).filter(fits).collect()
    }

    fn move_pick(&mut self, down: bool) {
        let count = self.shown().len();
        self.pick = match self.pick {
            _ if count == 0 => None,
            None if down => Some(0),
            Some(at) if down => Some((at + 1) % count),
            None | Some(0) => Some(count - 1),
            Some(at) => Some(at - 1),
        };
    }

    /// Takes the offer under the cursor, or while one types the first that
    /// fits; false if there is none, or if it stands there already.
    fn take(&mut self, first: bool) -> bool {
        let place = match self.pick {
            None if first && self.touched => 0,
            None => return false,
            Some(place) => place,
        };
        let offer = self.shown().get(place).map(|o| (*o).to_owned());
        let Some(offer) = offer else { return false };
        let news = offer != self.edit.value().trim();
        self.edit.set(&offer);
        (self.pick, self.touched) = (None, false);
        news
    }

    fn complaint(&self) -> Option<String> {
        let value = self.edit.value().trim();
        match &self.exact {
            Some(exact) if value != exact => {
                Some(format!("type {exact} to go on"))
            }
            None if value.is_empty() && !self.optional => {
                Some(format!("{} is needed", self.label))
            }
            Some(_) | None => None,
        }
    }
}

/// A form being filled.
#[derive(Clone, Debug)]
pub struct State {
    /// What it is for.
    pub purpose: Purpose,
    /// Its title.
    pub title: String,
    /// What there is to know first.
    pub lines: Vec<Row>,
    /// Its fields; at least one.
    pub fields: Vec<Ask>,
    /// Which field has the keys.
    pub focus: usize,
    /// Why it cannot be taken yet.
    pub error: Option<String>,
    /// When it opened: it is deaf for a moment after.
    pub opened: Timestamp,
    /// How far the text is scrolled.
    pub scroll: usize,
}

/// How many offers are seen at once.
const OFFERED: usize = 5;

/// What became of a key.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Came {
    /// The form goes on.
    Editing,
    /// It was filled; the values are trimmed, in the order of the fields.
    Filled(Vec<String>),
    /// It was dropped.
    Dropped,
}

impl State {
    /// A form with these fields.
    pub fn new(
        purpose: Purpose,
        title: impl Into<String>,
        lines: Vec<Row>,
        fields: Vec<Ask>,
        now: Timestamp,
    ) -> Self {
        State {
            purpose,
            title: title.into(),
            lines,
            fields,
            focus: 0,
            error: None,
            opened: now,
            scroll: 0,
        }
    }

    /// Takes text for the focused field.
    pub fn text(&mut self, chord: Chord) {
        if let (Some(field), Some(c)) =
            (self.fields.get_mut(self.focus), chord.text())
        {
            field.edit.apply(Edit::Insert(c));
            (field.pick, field.touched) = (None, true);
            self.error = None;
        }
    }

    /// Takes a paste, but never where something must be typed exactly.
    pub fn paste(&mut self, text: &str) -> bool {
        match self.fields.get_mut(self.focus) {
            Some(field) if field.exact.is_none() => {
                field.edit.paste(text);
                (field.pick, field.touched) = (None, true);
                true
            }
            Some(_) | None => false,
        }
    }

    /// Takes an action.
    pub fn act(&mut self, action: Action) -> Came {
        match action {
            Action::InputSubmit => {
                if let Some(field) = self.fields.get_mut(self.focus) {
                    field.take(false);
                }
                return self.submit();
            }
            Action::InputNewer | Action::InputOlder if self.has_offers() => {
                if let Some(field) = self.fields.get_mut(self.focus) {
                    field.move_pick(action == Action::InputNewer);
                }
            }
            Action::InputComplete if self.completes() => {}
            Action::InputCancel | Action::NavBack => return Came::Dropped,
            Action::InputComplete | Action::PaneNext => self.step(1),
            Action::PanePrevious => {
                self.step(self.fields.len().saturating_sub(1));
            }
            Action::ListPageDown => self.scroll += 5,
            Action::ListPageUp => {
                self.scroll = self.scroll.saturating_sub(5);
            }
            other => {
                if let (Some(edit), Some(field)) =
                    (edit(other), self.fields.get_mut(self.focus))
                {
                    field.edit.apply(edit);
                    (field.pick, field.touched) = (None, true);
                }
            }
        }
        Came::Editing
    }

    fn has_offers(&self) -> bool {
        let field = self.fields.get(self.focus);
        field.is_some_and(|field| !field.offers.is_empty())
    }

    fn completes(&mut self) -> bool {
        let field = self.fields.get_mut(self.focus);
        field.is_some_and(|field| field.take(true))
    }

    /// The offers of the focused field, once one types there or goes
    /// through them.
    fn offered(&self) -> Option<Vec<Row>> {
        let field = self.fields.get(self.focus)?;
        let shown = field.shown();
        if field.pick.is_none() && !field.touched || field.offers.is_empty() {
            return None;
        }
        let first = field.pick.unwrap_or(0).saturating_sub(OFFERED - 1);
        let head = format!("{} of {} known:", shown.len(), field.offers.len());
        let mut rows = vec![vec![Cell::dim(head)]];
        for (place, offer) in shown.iter().enumerate().skip(first) {
            if rows.len() > OFFERED {
                break;
            }
            let here = field.pick == Some(place);
            let (mark, tone) =
                if here { (">", Tone::Selected) } else { (" ", Tone::Plain) };
            rows.push(vec![Cell::new(format!("{mark} {offer}"), tone)]);
        }
        Some(rows)
    }

    fn step(&mut self, by: usize) {
        self.focus = (self.focus + by) % self.fields.len().max(1);
    }

    /// Enter goes to the next field, and takes the form from the last one,
    /// once nothing is missing.
    fn submit(&mut self) -> Came {
        let here = self.fields.get(self.focus).and_then(Ask::complaint);
        if here.is_some() {
            self.error = here;
            return Came::Editing;
        }
        if self.focus + 1 < self.fields.len() {
            self.focus += 1;
            return Came::Editing;
        }
        let missing = self
            .fields
            .iter()
            .enumerate()
            .find_map(|(place, field)| Some((place, field.complaint()?)));
        if let Some((place, complaint)) = missing {
            self.focus = place;
            self.error = Some(complaint);
            return Came::Editing;
        }
        let values = self
            .fields
            .iter()
            .map(|field| field.edit.value().trim().to_owned());
        Came::Filled(values.collect())
    }

    /// The dialog as it is shown.
    pub fn view(&self) -> Dialog {
        let offered = self.offered();
        let scroll = if offered.is_some() { 0 } else { self.scroll };
        let mut body = offered.unwrap_or_else(|| self.lines.clone());
        if let Some(error) = &self.error {
            body.push(vec![Cell::new(error.clone(), Tone::Bad)]);
        }
        let fields = self.fields.iter().enumerate().map(|(place, field)| {
            let note = match &field.note {
                Some((text, true)) => Cell::new(text.clone(), Tone::Good),
                Some((text, false)) => Cell::new(text.clone(), Tone::Warn),
                None => Cell::default(),
            };
            Field {
                label: field.label.clone().into(),
                typed: field.edit.typed(),
                focused: place == self.focus,
                note,
            }
        });
        Dialog {
            said: Vec::new(),
            more: "".into(),
            title: Cell::new(self.title.clone(), Tone::Title),
            note: Cell::default(),
            body,
            scroll,
            fields: fields.collect(),
            keys: Vec::new(),
        }
    }

    /// The last line of the dialog, with the keys that `key` tells.
    pub fn keys(&self, key: impl Fn(Action) -> String) -> String {
        let (next, tab) =
            (key(Action::InputSubmit), key(Action::InputComplete));
        let cancel = key(Action::InputCancel);
        if self.has_offers() {
            let (up, down) =
                (key(Action::InputOlder), key(Action::InputNewer));
            format!(
                "{next} next   {up} {down} pick   {tab} completes   {cancel} \
                 cancel"
            )
        } else {
            format!(
                "{next} next, then done   {tab} next field   {cancel} cancel"
            )
        }
    }
}

/// Paints the form over the screen.
pub fn draw(view: &Dialog, buf: &mut Buffer, area: Rect, theme: Theme) {
    view.draw(buf, area, theme);
}

/// What an action of the text group does to a line.
pub fn edit(action: Action) -> Option<Edit> {
    Some(match action {
        Action::InputLeft => Edit::Left,
        Action::InputRight => Edit::Right,
        Action::InputWordLeft => Edit::WordLeft,
        Action::InputWordRight => Edit::WordRight,
        Action::InputStart => Edit::Start,
        Action::InputEnd => Edit::End,
        Action::InputDeleteBack => Edit::DeleteBack,
        Action::InputDelete => Edit::Delete,
        Action::InputDeleteWord => Edit::DeleteWord,
        Action::InputDeleteToStart => Edit::DeleteToStart,
        Action::InputDeleteToEnd => Edit::DeleteToEnd,
        Action::InputOlder => Edit::Older,
        Action::InputNewer => Edit::Newer,
        _ => return None,
    })
}

#[cfg(test)]
mod tests;
