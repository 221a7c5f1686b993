//! The dialog that confirms a plan: the request, what it does, what it
//! loses, and the way back.
//!
//! ```text
//! ╔ promote: Promote learn-db-replica ═══ SEVERE · plan a41be0c2 ═╗
//! ║ REQUEST  rds:PromoteReadReplica   eu-central-1   learn-prod   ║
//! ║ EFFECT   becomes a primary of its own, for good               ║
//! ║ LOSS     writes since 03:14:05Z (4m 12s)                      ║
//! ║ UNDO     none: roll forward only                              ║
//! ║                                                               ║
//! ║ type learn-db-replica > learn-db_                             ║
//! ║ type the name, tab, then y e s sends   esc rejects            ║
//! ╚═══════════════════════════════════════════════════════════════╝
//! ```
//!
//! Enter never sends. A severe plan needs the name of its target first; the
//! keys that accept are heard only after it matches.

use jiff::{SignedDuration, Timestamp};
use ratatui::buffer::Buffer;
use ratatui::layout::Rect;

use crate::keymap::{Action, Chord, Context};
use crate::runbook::plan::{Level, Plan, PlanHash, Undo};
use crate::runbook::run::Proposal;
use crate::screens::form::edit;
use crate::ui::{Cell, Dialog, Edit, Field, LineEdit, Row, Theme, Tone};

/// After it opens the dialog ignores all keys for this long, so that a key
/// meant for the screen below cannot answer it.
pub const DEAF: SignedDuration = SignedDuration::from_millis(400);

/// A plan waiting for a person.
#[derive(Clone, Debug)]
pub struct State {
    /// The step.
    pub step: String,
    /// Its title.
    pub title: String,
    /// The plan as shown; frozen when the dialog opened.
    pub plan: Plan,
    /// Its hash.
    pub hash: PlanHash,
    /// What the account is called.
    pub account: String,
    /// When it opened.
    pub opened: Timestamp,
    /// What is typed, for severe plans.
    pub typed: LineEdit,
    /// Whether the name matches and the accepting keys are heard.
    pub ready: bool,
    /// How far the body is scrolled.
    pub scroll: usize,
    /// Whether it only shows and cannot accept.
    pub preview: bool,
}

/// What became of a key.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Came {
    /// The dialog goes on.
    Open,
    /// The plan is accepted, with what was typed.
    Accepted(Option<String>),
    /// It is rejected.
    Rejected,
    /// The command is wanted on the clipboard.
    Copy,
}

impl State {
    /// What is put before the person.
    pub fn proposal(&self) -> Proposal {
        Proposal { plan: self.plan.clone(), hash: self.hash }
    }

    /// Where keys go now.
    pub fn context(&self) -> Context {
        if self.preview || self.ready || self.plan.typed.is_none() {
            Context::Confirm
        } else {
            Context::Typed
        }
    }

    /// Whether it is too early for any key.
    pub fn is_deaf(&self, now: Timestamp) -> bool {
        now.duration_since(self.opened) < DEAF
    }

    /// Forgets what was typed, because the dialog was out of sight.
    pub fn begin_anew(&mut self, now: Timestamp) {
        self.opened = now;
        self.typed = LineEdit::new();
        self.ready = false;
    }

    /// Takes text for the name, while it is being typed.
    pub fn text(&mut self, chord: Chord) {
        if let Some(c) = chord.text() {
            self.typed.apply(Edit::Insert(c));
        }
    }

    /// Takes an action.
    pub fn act(&mut self, action: Action) -> Came {
        match action {
            Action::ConfirmAccept if self.may_accept() => {
                let typed = self
                    .plan
                    .typed
                    .is_some()
                    .then(|| self.typed.value().to_owned());
                return Came::Accepted(typed);
            }
            Action::ConfirmReject | Action::NavBack => {
                return Came::Rejected;
            }
            Action::CopyAwsCli => return Came::Copy,
            Action::ListDown => self.scroll += 1,
            Action::ListUp => self.scroll = self.scroll.saturating_sub(1),
            Action::ListPageDown => self.scroll += 5,
            Action::ListPageUp => {
                self.scroll = self.scroll.saturating_sub(5);
            }
            // Only Tab goes on: Enter never sends, and never leads there.
            Action::PaneNext => self.ready = self.matches(),
            other => {
                if let (Some(edit), false) = (edit(other), self.ready) {
                    self.typed.apply(edit);
                }
            }
        }
        Came::Open
    }

    fn may_accept(&self) -> bool {
        !self.preview && (self.plan.typed.is_none() || self.ready)
    }

    fn matches(&self) -> bool {
        self.plan.typed.as_deref() == Some(self.typed.value())
    }

    /// The dialog as it is shown.
    pub fn view(&self, now: Timestamp) -> Dialog {
        let note = format!("{} · plan {}", level_word(&self.plan), {
            self.hash.short()
        });
        let fields = self.plan.typed.iter().filter(|_| !self.preview);
        let fields = fields.map(|name| Field {
            label: format!("type {name}").into(),
            typed: self.typed.typed(),
            focused: !self.ready,
            note: if self.matches() {
                Cell::new("matches", Tone::Good)
            } else {
                Cell::default()
            },
        });
        Dialog {
            more: "".into(),
            title: Cell::new(
                format!("{}: {}", self.step, self.title),
                Tone::Danger,
            ),
            note: Cell::new(note, Tone::Danger),
            body: self.body(),
            scroll: self.scroll,
            fields: fields.collect(),
            keys: vec![Cell::dim(self.keys(now))],
        }
    }

    fn keys(&self, now: Timestamp) -> &'static str {
        if self.preview {
            "preview only, x proposes it   y c copies the command   esc"
        } else if self.is_deaf(now) {
            "read it first: keys are heard in a moment"
        } else if self.may_accept() {
            "y e s sends   y c copies the command   n esc enter reject"
        } else if self.matches() {
            "the name matches: tab goes on   esc rejects"
        } else if self.typed.is_empty() {
            "type the name, then tab, then y e s sends   esc rejects"
        } else {
            "not the name yet: then tab, then y e s sends   esc rejects"
        }
    }

    fn body(&self) -> Vec<Row> {
        let plan = &self.plan;
        let mut rows = Vec::new();
        for call in &plan.calls {
            rows.push(line(
                "REQUEST",
                format!(
                    "{}   {}   {} {}",
                    call.action(),
                    call.region(),
                    self.account,
                    call.account()
                ),
                Tone::Title,
            ));
            for (name, value) in request(&call.request()) {
                rows.push(line("", format!("{name} = {value}"), Tone::Plain));
            }
        }
        rows.push(line("EFFECT", plan.effect.clone(), Tone::Plain));
        if let Some(loss) = &plan.loss {
            rows.push(line("LOSS", loss.sentence.clone(), Tone::Bad));
            rows.push(line("", loss.evidence.clone(), Tone::Dim));
        }
        if let Some(expect) = plan.expect {
            rows.push(line("TIME", format!("about {expect:#}"), Tone::Plain));
        }
        rows.push(match &plan.undo {
            Undo::NotNeeded => line("UNDO", "not needed".into(), Tone::Plain),
            Undo::By(how) => line("UNDO", how.clone(), Tone::Plain),
            Undo::None(why) => line("UNDO", format!("none: {why}"), Tone::Bad),
        });
        for (place, before) in plan.before.iter().enumerate() {
            let head = if place == 0 { "BEFORE" } else { "" };
            rows.push(line(head, before.clone(), Tone::Plain));
        }
        for (place, after) in plan.after.iter().enumerate() {
            let head = if place == 0 { "AFTER" } else { "" };
            rows.push(line(head, after.clone(), Tone::Plain));
        }
        for (place, bound) in plan.bound.iter().enumerate() {
            let head = if place == 0 { "BOUND" } else { "" };
            let text = format!("{} = {}", bound.field, bound.value);
            rows.push(line(head, text, Tone::Dim));
        }
        rows
    }
}

/// Paints the dialog over the screen.
pub fn draw(view: &Dialog, buf: &mut Buffer, area: Rect, theme: Theme) {
    view.draw(buf, area, theme);
}

/// The word for what a confirm takes.
pub fn level_word(plan: &Plan) -> &'static str {
    match plan.level {
        Level::Read => "READS ONLY",
        Level::Mild => "MILD",
        Level::Moderate => "MODERATE",
        Level::Severe => "SEVERE",
    }
}

fn line(head: &'static str, text: String, tone: Tone) -> Row {
    vec![Cell::dim(format!("{head:<9}")), Cell::new(text, tone)]
}

/// The members of a request, flat, as `Name.Member`.
fn request(value: &serde_json::Value) -> Vec<(String, String)> {
    use serde_json::Value;
    fn walk(path: &str, value: &Value, out: &mut Vec<(String, String)>) {
        let join = |name: &str| match path {
            "" => name.to_owned(),
            path => format!("{path}.{name}"),
        };
        match value {
            Value::Object(members) => {
                for (name, value) in members {
                    walk(&join(name), value, out);
                }
            }
            Value::Array(items) => {
                for (place, value) in items.iter().enumerate() {
                    walk(&join(&place.to_string()), value, out);
                }
            }
            Value::String(text) => out.push((path.to_owned(), text.clone())),
            other => out.push((path.to_owned(), other.to_string())),
        }
    }
    let mut out = Vec::new();
    walk("", value, &mut out);
    out
}
