//! Credentials: how long those that are held last, and as whom calls are
//! sent.
//!
//! While an incident is open all credentials are held, so that a sign-in
//! that fails later takes nothing away. Breaking the glass sends calls as
//! another identity: what was confirmed and not sent is then void, and its
//! plan is shown again.

use std::collections::{BTreeMap, BTreeSet};
use std::mem;

use jiff::{SignedDuration, Timestamp};

use super::record::record;
use super::{Model, asks, forms};
use crate::estate::ids::Account;
use crate::event::{Effect, Held};
use crate::failure::{Failure, FailureKind};
use crate::incident::fact::{Fact, Identity};
use crate::runbook::run::{Run, Status};
use crate::screens::Open;
use crate::screens::form::{Ask, Purpose, State};
use crate::ui::{Cell, Row, Tone};

/// How often what is held is looked after.
const EVERY: SignedDuration = SignedDuration::from_mins(1);

/// What lasts no longer than this needs a person: it is renewed before, if
/// it can be.
const SHORT: SignedDuration = SignedDuration::from_mins(15);

/// What is known of the credentials.
#[derive(Clone, Debug, Default)]
pub struct Credentials {
    /// What the config says of breaking the glass, by the account.
    pub glass: BTreeMap<Account, String>,
    held:
        BTreeMap<(Account, &'static str), Result<Option<Timestamp>, Failure>>,
    /// Of which the person was told that they end.
    warned: BTreeSet<(Account, &'static str)>,
    ordered: Option<Timestamp>,
    /// Steps that were being sent when the identity changed.
    before: BTreeSet<String>,
    /// The step whose plan is to be shown again.
    again: Option<String>,
}

impl Credentials {
    /// Whether the confirm of a step was given before the identity changed,
    /// while a call of it was on its way. Says so once.
    pub(super) fn was_sent_before(&mut self, step: &str) -> bool {
        self.before.remove(step)
    }

    /// A step is confirmed anew.
    pub(super) fn confirmed(&mut self, step: &str) {
        self.before.remove(step);
    }
}

/// How much longer credentials are good, at the worst of all.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Left {
    Lasting,
    For(SignedDuration),
    Gone,
}

fn left(until: &Result<Option<Timestamp>, Failure>, now: Timestamp) -> Left {
    match until {
        Ok(None) => Left::Lasting,
        Ok(Some(end)) if *end > now => Left::For(end.duration_since(now)),
        Ok(Some(_)) | Err(_) => Left::Gone,
    }
}

impl Model {
    /// Whether calls are sent as the break-glass identity.
    pub fn is_break_glass(&self) -> bool {
        self.identity() == Identity::BreakGlass
    }

    fn identity(&self) -> Identity {
        let open = self.open.as_ref();
        open.map(|open| open.incident.identity).unwrap_or_default()
    }
}

/// Looks after the credentials while an incident is open.
pub(super) fn hold(model: &mut Model, now: Timestamp, out: &mut Vec<Effect>) {
    if model.open.as_ref().is_none_or(Open::is_closed) {
        let glass = mem::take(&mut model.credentials.glass);
        model.credentials = Credentials { glass, ..Credentials::default() };
        return;
    }
    let ordered = model.credentials.ordered;
    if ordered.is_none_or(|at| now.duration_since(at) >= EVERY) {
        model.credentials.ordered = Some(now);
        out.push(Effect::Hold);
    }
}

/// Credentials are held, or could not be fetched.
pub(super) fn held(model: &mut Model, held: Held, now: Timestamp) {
    if model.open.as_ref().is_none_or(Open::is_closed) {
        return;
    }
    let key = (held.account, held.way);
    let name = model.setting.account_name(&key.0).to_owned();
    let is_short = match left(&held.until, now) {
        Left::Lasting => false,
        Left::For(left) => left < SHORT,
        Left::Gone => true,
    };
    if !is_short {
        model.credentials.warned.remove(&key);
    } else if model.credentials.warned.insert(key.clone()) {
        let told = told(&held.until, now);
        let text = format!("{name}: credentials {}: {told}", key.1);
        model.say(text, true, now);
    }
    model.credentials.held.insert(key, held.until);
}

/// How long credentials last and what to do about it, in a sentence.
fn told(until: &Result<Option<Timestamp>, Failure>, now: Timestamp) -> String {
    match (until, left(until, now)) {
        (Err(failure), _) => format!("{failure}. {}", failure.advice()),
        (Ok(_), Left::Lasting) => "do not run out".to_owned(),
        (Ok(_), Left::For(left)) if left < SHORT => format!(
            "{} min left and not renewed. Sign in again in another shell; it \
             will be noticed.",
            left.as_mins()
        ),
        (Ok(_), Left::For(left)) => format!("{} min left", left.as_mins()),
        (Ok(_), Left::Gone) => "EXPIRED. Sign in again in another shell; it \
             will be noticed."
            .to_owned(),
    }
}

/// What the header says: the least time left of all that is held.
pub(super) fn cell(model: &Model, now: Timestamp, cells: u16) -> Option<Cell> {
    let all = model.credentials.held.values();
    let worst = all.min_by_key(|until| match left(until, now) {
        Left::Gone => SignedDuration::ZERO,
        Left::For(left) => left,
        Left::Lasting => SignedDuration::MAX,
    })?;
    let word = if cells < 80 { "creds" } else { "credentials" };
    match left(worst, now) {
        Left::Lasting => None,
        Left::For(left) if left < SHORT => {
            let text = format!("{word} {} min", left.as_mins());
            Some(Cell::new(text, Tone::Warn))
        }
        // Where there is little room, only what needs a person.
        Left::For(_) if cells < 80 => None,
        Left::For(left) => {
            Some(Cell::dim(format!("{word} {} min", left.as_mins())))
        }
        Left::Gone => {
            let is_over = worst
                .as_ref()
                .err()
                .is_none_or(|failure| failure.kind == FailureKind::Expired);
            let end = if is_over { "EXPIRED" } else { "MISSING" };
            Some(Cell::new(format!("{word} {end}"), Tone::Bad))
        }
    }
}

/// What is held of each account, for who one is.
pub(super) fn rows(model: &Model, now: Timestamp) -> Vec<Row> {
    let mut rows = vec![vec![Cell::plain(format!(
        "calls are sent as {}",
        model.identity().word()
    ))]];
    for ((account, way), until) in &model.credentials.held {
        let tone = match left(until, now) {
            Left::For(left) if left < SHORT => Tone::Warn,
            Left::Lasting | Left::For(_) => Tone::Plain,
            Left::Gone => Tone::Bad,
        };
        let name = model.setting.account_name(account);
        let text = format!("{name} {way}: {}", told(until, now));
        rows.push(vec![Cell::new(text, tone)]);
    }
    rows
}

/// The name of an account in a plan, with the identity that would send it.
pub(super) fn signed(
    model: &Model,
    account: Option<&Account>,
    name: &str,
) -> String {
    let has_glass = account
        .is_some_and(|account| model.credentials.glass.contains_key(account));
    if model.is_break_glass() && has_glass {
        format!("as BREAK-GLASS in {name}")
    } else {
        name.to_owned()
    }
}

/// Asks why calls are to be sent as another identity.
pub(super) fn ask(model: &mut Model, now: Timestamp) {
    if model.setting.read_only {
        let text = "started with --read-only: nothing is sent as anybody";
        model.say(text, true, now);
        return;
    }
    if model.credentials.glass.is_empty() {
        let text = "no account of the config has a break_glass way: see \
             `lifeboat config example`";
        model.say(text, true, now);
        return;
    }
    let title = match model.identity() {
        Identity::Usual => "Break the glass: send calls as another identity",
        Identity::BreakGlass => "Send calls as the usual identity again",
    };
    let mut lines: Vec<Row> = Vec::new();
    for account in &model.setting.accounts {
        let name = model.setting.account_name(&account.id);
        lines.push(match model.credentials.glass.get(&account.id) {
            Some(way) => {
                vec![Cell::new(format!("{name}: {way}"), Tone::Danger)]
            }
            None => vec![Cell::dim(format!("{name}: has no such way"))],
        });
    }
    lines.push(vec![Cell::plain(
        "What is confirmed and not sent is void; its plan is shown again.",
    )]);
    let fields = vec![Ask::new("reason")];
    forms::open(
        model,
        State::new(Purpose::Identity, title, lines, fields, now),
    );
}

/// That the person switches to the other identity.
pub(super) fn switching(model: &Model, reason: String) -> Fact {
    let identity = match model.identity() {
        Identity::Usual => Identity::BreakGlass,
        Identity::BreakGlass => Identity::Usual,
    };
    let accounts = model.credentials.glass.keys().cloned().collect();
    Fact::Identity { identity, accounts, reason }
}

/// Withdraws what was confirmed and not sent: what was confirmed as one
/// identity is not sent as another.
pub(super) fn void(model: &mut Model, out: &mut Vec<Effect>) {
    let mut withdrawn = Vec::new();
    let credentials = &mut model.credentials;
    let run = model.open.as_ref().and_then(Open::run);
    for (spec, state) in run.into_iter().flat_map(Run::steps) {
        let step = &spec.id;
        match state.status {
            Status::Planned => credentials.again = Some(step.clone()),
            Status::Confirmed | Status::InFlight => {
                match run.map(|run| run.withdraw(step)) {
                    Some(Ok(fact)) => {
                        withdrawn.push(Fact::Step(fact));
                        credentials.again = Some(step.clone());
                    }
                    // It is being sent: what is left of it is not.
                    _ => {
                        credentials.before.insert(step.clone());
                    }
                }
            }
            _ => {}
        }
    }
    for fact in withdrawn {
        record(model, fact, out);
    }
}

/// The switch is on disk: calls are sent as this identity from now on.
pub(super) fn switched(
    model: &mut Model,
    identity: Identity,
    now: Timestamp,
    out: &mut Vec<Effect>,
) {
    // A confirm that came to the journal just before the switch.
    void(model, out);
    let glass = "to break the glass";
    model.credentials.held.retain(|(_, way), _| *way != glass);
    model.credentials.ordered = Some(now);
    out.push(Effect::SendAs(identity));
    out.push(Effect::Hold);
    let text = format!("calls are sent as {} from now on", identity.word());
    model.say(text, identity == Identity::BreakGlass, now);
    let again = model.credentials.again.take();
    if let Some(step) = again
        && model.mode.is_armed()
        && model.overlay.is_none()
    {
        asks::open_plan(model, &step, false, now, out);
    }
}
