//! The dialog that confirms a plan: the request, what it does, what it
//! loses, and the way back.
//!
//! ```text
//! ╔ promote: Promote learn-db-replica ═══ SEVERE · plan a41be0c2 ═╗
//! ║ REQUEST  rds:PromoteReadReplica   eu-central-1   learn-prod   ║
//! ║ EFFECT   becomes a primary of its own, for good               ║
//! ║ LOSS     writes since 03:14:05Z (4m 12s)                      ║
//! ║ UNDO     none: roll forward only                              ║
//! ║ SECOND   waiting for approval, here or in another console     ║
//! ║                                                               ║
//! ║   type learn-db-replica: learn-db-replica             matches ║
//! ║ > second person's name: bob_                                  ║
//! ║   type approve a41be0c2:                                      ║
//! ║ tab goes on, y e s sends after the last line     esc rejects  ║
//! ╚═══════════════════════════════════════════════════════════════╝
//! ```
//!
//! Enter never sends. A severe plan needs the name of its target first; the
//! keys that accept are heard only after every line holds. A plan that wants
//! a second person gets one here, from another console, or, where that is
//! only preferred, after a minute a reason why there is none.

mod line;

use jiff::{SignedDuration, Timestamp};
use ratatui::buffer::Buffer;
use ratatui::layout::Rect;

use crate::keymap::{Action, Chord, Context};
use crate::runbook::plan::{Level, Plan, PlanHash, Second, Undo};
use crate::runbook::run::{Approver, Proposal};
use crate::screens::form::edit;
use crate::ui::{Cell, Dialog, Edit, LineEdit, Row, Theme, Tone};

pub use line::Line;

/// After it opens the dialog ignores all keys for this long, so that a key
/// meant for the screen below cannot answer it.
pub const DEAF: SignedDuration = SignedDuration::from_millis(400);

/// So long a driver waits for a second person before going on alone is
/// offered, where a second person is only preferred.
pub const ALONE: SignedDuration = SignedDuration::from_secs(60);

/// A dialog left alone for this long is read again from the top.
pub const LEFT: SignedDuration = SignedDuration::from_mins(5);

/// Who sits before the dialog.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Seat {
    /// The person who drives.
    #[default]
    Driver,
    /// A second person, in a console of their own.
    Approver,
}

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
    /// Who drives.
    pub driver: String,
    /// Who sits here.
    pub seat: Seat,
    /// When it opened.
    pub opened: Timestamp,
    /// When a key was pressed last.
    pub touched: Timestamp,
    /// Who approved it in another console.
    pub approved: Option<Approver>,
    /// Whether going on alone is offered.
    pub alone: bool,
    /// What happened while it was left alone.
    pub news: Vec<String>,
    /// Whether all that is asked for is given and the accepting keys are
    /// heard.
    pub ready: bool,
    /// How far the body is scrolled.
    pub scroll: usize,
    /// Whether it only shows and cannot accept.
    pub preview: bool,
    typed: [LineEdit; Line::ALL.len()],
    focus: Line,
    /// Whether tab was pressed where nothing lets one go on.
    stuck: bool,
}

/// What a person gave in the dialog.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Given {
    /// The name of the target.
    pub typed: Option<String>,
    /// The value read back.
    pub readback: Option<String>,
    /// The name of the second person, who approved in the same terminal.
    pub second: Option<String>,
    /// Why there is no second person.
    pub alone: Option<String>,
}

/// What became of a key.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Came {
    /// The dialog goes on.
    Open,
    /// The plan is accepted, with what was typed.
    Accepted(Given),
    /// It is rejected.
    Rejected,
    /// The command is wanted on the clipboard.
    Copy,
}

impl State {
    /// A dialog of this plan, with nothing typed yet.
    pub fn new(
        (step, title): (String, String),
        Proposal { plan, hash }: Proposal,
        account: String,
        driver: String,
        now: Timestamp,
    ) -> Self {
        let mut state = State {
            step,
            title,
            plan,
            hash,
            account,
            driver,
            seat: Seat::Driver,
            opened: now,
            touched: now,
            approved: None,
            alone: false,
            news: Vec::new(),
            ready: false,
            scroll: 0,
            preview: false,
            typed: Default::default(),
            focus: Line::Name,
            stuck: false,
        };
        state.begin_anew(now);
        state
    }

    /// What is put before the person.
    pub fn proposal(&self) -> Proposal {
        Proposal { plan: self.plan.clone(), hash: self.hash }
    }

    /// Where keys go now.
    pub fn context(&self) -> Context {
        if self.preview || self.ready || self.lines().is_empty() {
            Context::Confirm
        } else {
            Context::Typed
        }
    }

    /// Whether it is too early for any key.
    pub fn is_deaf(&self, now: Timestamp) -> bool {
        now.duration_since(self.opened) < DEAF
    }

    /// Whether it was left alone for so long that it is to be read again.
    pub fn was_left(&self, now: Timestamp) -> bool {
        !self.preview && now.duration_since(self.touched) >= LEFT
    }

    /// Forgets what was typed, because the dialog was out of sight.
    pub fn begin_anew(&mut self, now: Timestamp) {
        self.opened = now;
        self.touched = now;
        self.alone = false;
        self.typed = Default::default();
        self.focus = self.lines().first().copied().unwrap_or(Line::Name);
        self.ready = false;
        self.stuck = false;
    }

    /// Takes in that time went on, and who approved in another console.
    pub fn refresh(&mut self, approved: Option<&Approver>, now: Timestamp) {
        self.approved = approved.cloned();
        self.alone = self.plan.second == Second::Preferred
            && now.duration_since(self.opened) >= ALONE;
        let lines = self.lines();
        if !lines.contains(&self.focus) {
            self.focus = lines.last().copied().unwrap_or(Line::Name);
        }
        self.ready = self.ready && self.holds();
    }

    /// Takes text for the line in front, while it is being typed.
    pub fn text(&mut self, chord: Chord) {
        if let (Some(c), false) = (chord.text(), self.ready) {
            self.stuck = false;
            self.typed[self.focus as usize].apply(Edit::Insert(c));
        }
    }

    /// Takes an action.
    pub fn act(&mut self, action: Action) -> Came {
        self.stuck = false;
        match action {
            Action::ConfirmAccept if self.may_accept() => {
                return Came::Accepted(self.given());
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
            Action::PaneNext if !self.ready => self.go_on(),
            Action::PanePrevious => self.go_back(),
            other => {
                if let (Some(edit), false) = (edit(other), self.ready) {
                    self.typed[self.focus as usize].apply(edit);
                }
            }
        }
        Came::Open
    }

    fn may_accept(&self) -> bool {
        !self.preview && (self.lines().is_empty() || self.ready)
    }

    /// The dialog as it is shown.
    pub fn view(&self, now: Timestamp) -> Dialog {
        let note = format!("{} · plan {}", level_word(&self.plan), {
            self.hash.short()
        });
        let lines = if self.preview { Vec::new() } else { self.lines() };
        Dialog {
            said: Vec::new(),
            more: "".into(),
            title: Cell::new(
                format!("{}: {}", self.step, self.title),
                Tone::Danger,
            ),
            note: Cell::new(note, Tone::Danger),
            body: self.body(now),
            scroll: self.scroll,
            fields: lines.into_iter().map(|line| self.field(line)).collect(),
            keys: Vec::new(),
        }
    }

    /// The last line of the dialog, with the keys that `key` tells. Where
    /// words are typed they are fixed.
    pub fn keys(
        &self,
        now: Timestamp,
        key: impl Fn(Action) -> String,
    ) -> String {
        let copy = key(Action::CopyAwsCli);
        let yes = key(Action::ConfirmAccept);
        let no = key(Action::ConfirmReject);
        if self.preview {
            format!("preview only   {copy} copies the command   {no} closes")
        } else if self.is_deaf(now) {
            "read it first: keys are heard in a moment".to_owned()
        } else if self.may_accept() && self.seat == Seat::Approver {
            format!("{yes} approves   {no} leaves it")
        } else if self.may_accept() {
            format!("{yes} sends   {copy} copies the command   {no} rejects")
        } else {
            self.typed_keys().to_owned()
        }
    }

    fn typed_keys(&self) -> &'static str {
        let only = self.lines() == [Line::Name];
        if self.stuck {
            "not what is asked for yet: tab goes on once it is   esc leaves"
        } else if self.seat == Seat::Approver {
            "tab goes on, y e s approves after the last line   esc leaves it"
        } else if !only {
            "tab goes on, y e s sends after the last line   esc rejects"
        } else if self.holds() {
            "the name matches: tab goes on   esc rejects"
        } else if self.word(Line::Name).is_empty() {
            "type the name, then tab, then y e s sends   esc rejects"
        } else {
            "not the name yet: then tab, then y e s sends   esc rejects"
        }
    }

    /// What there is to say of the second person.
    fn second(&self, now: Timestamp) -> Vec<Row> {
        let driver = self.seat == Seat::Driver && !self.preview;
        if self.plan.second == Second::Off {
            return Vec::new();
        }
        if let Some(by) = &self.approved {
            let tone = if by.verified { Tone::Good } else { Tone::Warn };
            let text = format!("approved by {}", by.told());
            return vec![line("SECOND", text, tone)];
        }
        let short = self.hash.short();
        let text = match (driver, self.seat) {
            (true, _) => format!(
                "waiting for approval of plan {short}, from another console \
                 or in the last lines here"
            ),
            (_, Seat::Approver) => format!(
                "{} waits for your approval of plan {short}; it is as your \
                 own console sees it",
                self.driver
            ),
            _ => format!("{}: a second person approves", {
                self.plan.second.word()
            }),
        };
        let mut rows = vec![line("SECOND", text, Tone::Warn)];
        if driver && self.plan.second == Second::Preferred {
            let left = ALONE - now.duration_since(self.opened);
            let text = if self.alone {
                "nobody there? alone, with a reason that the report tells \
                 first"
                    .to_owned()
            } else {
                let left = left.as_secs().max(1);
                format!("nobody there? alone is offered in {left}s")
            };
            rows.push(line("", text, Tone::Dim));
        }
        rows
    }

    fn body(&self, now: Timestamp) -> Vec<Row> {
        let plan = &self.plan;
        let mut rows = Vec::new();
        for (place, news) in self.news.iter().enumerate() {
            let head = if place == 0 { "MEANTIME" } else { "" };
            rows.push(line(head, news.clone(), Tone::Warn));
        }
        rows.extend(self.second(now));
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
        if let Some(back) = &plan.readback {
            let text = format!("{} is {}", back.ask, back.value);
            rows.push(line("READ", text, Tone::Plain));
        }
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
