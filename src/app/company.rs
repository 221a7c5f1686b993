//! Two consoles on one incident: who drives, who follows, and how the
//! incident goes from one to the other.

mod ask;
mod brief;

use std::mem;
use std::path::Path;
use std::sync::Arc;

use jiff::Timestamp;

use super::mode::Mode;
use super::reach::reach;
use super::record::{chained, record};
use super::writing::step_busy;
use super::{Model, approve, forms};
use crate::event::Effect;
use crate::incident::Incident;
use crate::incident::company::Offer;
use crate::incident::entry::{Author, Entry, GENESIS};
use crate::incident::fact::{Company as Did, Fact};
use crate::incident::message::{Message, Said, console_of};
use crate::keymap::Action;
use crate::runbook::run::{Approver, Happened, Run, Status};
use crate::screens::{Open, Screen};

pub(super) use ask::{ask, decline, filled};
pub(super) use brief::{brief, next_step};

/// Who else is there, and who drives.
#[derive(Clone, Debug, Default)]
pub struct Company {
    /// As whom the system knows the person at this console; empty where it
    /// does not tell, and then nobody counts as another person.
    pub login: String,
    /// How this console is named to others, while it follows.
    pub(super) console: String,
    /// Whether any console drives what is followed, once that is known.
    driven: Option<bool>,
    /// Whether the incident was handed over to this console.
    mine: bool,
    /// Why the person here takes over what nobody drives.
    reason: Option<String>,
    /// A hand-over that was accepted while something was on its way.
    accepted: Option<(Approver, String)>,
    /// Whether something was to be recorded, which only who drives may.
    refused: bool,
    /// What was said here of a step of which something is being written.
    later: Vec<(String, Message)>,
}

/// What the status line says of a console that follows.
pub(super) fn told(model: &Model) -> String {
    match model.company.driven {
        Some(false) => {
            let way = reach(model, Action::RunbookHandOver);
            format!("NOBODY DRIVES: {way} takes over")
        }
        _ => {
            format!("{} drives, this console only follows", driver(model))
        }
    }
}

/// Another console drives the incident that was to be opened here.
pub(super) fn taken(
    model: &mut Model,
    id: String,
    by: Option<Box<Author>>,
    now: Timestamp,
    out: &mut Vec<Effect>,
) {
    let who = by.map_or("another console".to_owned(), |by| {
        format!("{} in console {}", by.user, console_of(&by))
    });
    model.say(format!("{id} is driven by {who}"), false, now);
    model.company.reason = None;
    model.company.mine = false;
    follow(model, id, out);
}

/// Follows an incident from now on: this console can change nothing.
pub(super) fn follow(model: &mut Model, id: String, out: &mut Vec<Effect>) {
    model.mode = Mode::Observer;
    let login = model.company.login.clone();
    out.push(Effect::Allow(false));
    out.push(Effect::Follow { id, login });
}

/// The journal of another console is open for reading.
pub(super) fn following(
    model: &mut Model,
    id: &str,
    dir: &Path,
    entries: Vec<Entry>,
    now: Timestamp,
    out: &mut Vec<Effect>,
) {
    let mut head = GENESIS.to_owned();
    let mut incident = Incident::new(id);
    for entry in entries {
        head = chained(&head, &entry, id);
        incident.apply(entry);
    }
    let dir = Arc::from(dir.display().to_string());
    let again = model.open.as_ref().is_some_and(|open| open.id == id);
    model.past.retain(|one| one.id != id);
    model.open = Some(Open { id: id.to_owned(), dir, incident, head });
    model.company.driven = None;
    model.writing.forget();
    out.push(Effect::Hurry(true));
    if !again {
        model.screen = Screen::Runbook;
        out.push(Effect::LookAll);
    }
    let demo = model.setting.simulated.is_some();
    let text = if demo {
        "a simulated AWS of its own is seen here, not the other console's: \
         what it changes there does not show"
            .to_owned()
    } else {
        format!("following {id}: notes and approvals can be given")
    };
    model.say(text, demo, now);
}

/// The journal of another console has grown.
pub(super) fn grew(
    model: &mut Model,
    entries: Vec<Entry>,
    now: Timestamp,
    out: &mut Vec<Effect>,
) {
    for entry in entries {
        let Some(open) = &mut model.open else { return };
        let last = open.incident.entries.last().map_or(0, |entry| entry.seq);
        if entry.seq <= last || !model.mode.is_observer() {
            continue;
        }
        open.head = chained(&open.head, &entry, &open.id);
        let fact = entry.fact.clone();
        open.incident.apply(entry);
        tell(model, &fact, now, out);
    }
}

/// What a person who follows is told at once.
fn tell(
    model: &mut Model,
    fact: &Fact,
    now: Timestamp,
    out: &mut Vec<Effect>,
) {
    match fact {
        Fact::Company(Did::HandOverOffered { to, reason }) => {
            let way = reach(model, Action::RunbookHandOver);
            let text = format!("offered to {to}: {reason}; {way} answers");
            model.say(text, false, now);
            out.push(Effect::Ring);
        }
        Fact::Company(Did::HandedOver { by, .. }) => {
            model.company.mine = by.console.as_ref()
                == Some(&model.company.console)
                && !model.company.console.is_empty();
            model.say(format!("{} drives from now on", by.name), false, now);
            let free = model.company.driven == Some(false);
            if let (true, true, Some(open)) =
                (free, model.company.mine, &model.open)
            {
                out.push(Effect::TakeUp(open.id.clone()));
            }
        }
        Fact::Step(fact) => {
            if let Happened::Proposed { .. } = fact.what
                && approve::waits(model, &fact.step)
            {
                let step = &fact.step;
                let way = reach(model, Action::RunbookRunStep);
                let text = format!("{step} waits for a second person: {way}");
                model.say(text, false, now);
                out.push(Effect::Ring);
            }
        }
        _ => {}
    }
}

/// Whether any console drives what is followed.
pub(super) fn driven(
    model: &mut Model,
    held: bool,
    now: Timestamp,
    out: &mut Vec<Effect>,
) {
    let Some(id) = model.open.as_ref().map(|open| open.id.clone()) else {
        return;
    };
    if !model.mode.is_observer() {
        return;
    }
    model.company.driven = Some(held);
    if held {
        return;
    }
    if model.company.mine {
        out.push(Effect::TakeUp(id));
        return;
    }
    let way = reach(model, Action::RunbookHandOver);
    let text =
        format!("{id}: the console that drove it is gone; {way} takes over");
    model.say(text, true, now);
    out.push(Effect::Ring);
}

/// This console drives what it followed: disarmed, as after every opening.
pub(super) fn drives(model: &mut Model, out: &mut Vec<Effect>) {
    model.mode = Mode::Observe;
    let login = mem::take(&mut model.company.login);
    let reason = model.company.reason.take();
    model.company = Company { login, ..Company::default() };
    // What was typed for another role is not meant any more.
    model.overlay = None;
    model.under = None;
    if let Some(rationale) = reason {
        let text = "took the incident over: no console drove it".to_owned();
        record(model, Fact::Decision { text, rationale }, out);
    }
}

/// The hand-over is in the journal: from now on the other console writes it.
pub(super) fn let_go(model: &mut Model, out: &mut Vec<Effect>) {
    let Some(open) = &model.open else { return };
    out.push(Effect::Allow(false));
    out.push(Effect::LetGo(open.id.clone()));
    model.mode = Mode::Observer;
    model.overlay = None;
    model.under = None;
}

/// What a console that follows wants recorded: a note goes to the inbox,
/// everything else is for who drives.
pub(super) fn only_said(model: &mut Model, fact: Fact, out: &mut Vec<Effect>) {
    let said = match fact {
        Fact::Note { text } => Said::Note { text },
        Fact::Decision { text, rationale } => {
            Said::Note { text: format!("{text}: {rationale}") }
        }
        Fact::Copied { .. } | Fact::Exported { .. } => return,
        other => {
            model.company.refused |= !other.is_auto();
            return;
        }
    };
    post(model, said, out);
}

/// Says something to the console that drives.
pub(super) fn post(model: &Model, said: Said, out: &mut Vec<Effect>) {
    out.push(Effect::Post { said, arn: caller(model) });
}

/// Tells a person who follows that nothing came of what they wanted.
pub(super) fn tell_refused(model: &mut Model, now: Timestamp) {
    if mem::take(&mut model.company.refused) {
        let text = "this console only follows: nothing was recorded";
        model.say(text, true, now);
    }
}

/// As whom AWS knows the person at this console: in the accounts of the run,
/// else anywhere.
pub(super) fn caller(model: &Model) -> Option<String> {
    let accounts = forms::run_accounts(model);
    let of_run = |account| accounts.contains(account);
    let mut all = model.estate.identities();
    let here = all.find(|one| of_run(&one.item.account));
    let any = || model.estate.identities().next();
    here.or_else(any).map(|one| one.item.arn.to_string())
}

/// The person who says something, and whether both AWS and the system tell
/// another person than the one here.
pub(super) fn person(model: &Model, name: &str, said: &Message) -> Approver {
    let (ours, theirs) = (&model.company.login, &said.login);
    let system = !ours.is_empty() && !theirs.is_empty() && ours != theirs;
    let aws = match (caller(model), &said.by.arn) {
        (Some(ours), Some(theirs)) => ours != *theirs,
        _ => false,
    };
    Approver {
        name: name.to_owned(),
        arn: said.by.arn.clone(),
        console: Some(console_of(&said.by)),
        verified: system && aws,
    }
}

/// Another console said something, which is taken once.
pub(super) fn heard(
    model: &mut Model,
    id: String,
    message: &Message,
    now: Timestamp,
    out: &mut Vec<Effect>,
) {
    let Some(open) = &model.open else { return };
    if model.mode.is_observer() || open.incident.company.has_taken(&id) {
        return;
    }
    let offer = open.incident.company.offer.clone();
    let stands = |seq: u64| offer.as_ref().is_some_and(|o| o.seq == seq);
    match &message.said {
        Said::Note { text } => relay(model, id, message, text.clone(), out),
        Said::Approval { step, .. } if step_busy(model, step).is_some() => {
            model.company.later.push((id, message.clone()));
        }
        Said::Approval { run, step, hash } => {
            let plan = (run.as_str(), step.as_str(), *hash);
            approve::take(model, id, message, plan, now, out);
        }
        Said::Accepted { offer: seq, name, readback } if stands(*seq) => {
            let by = person(model, name, message);
            let to = offer.map(|offer| offer.to).unwrap_or_default();
            if !same(&to, name) {
                let text =
                    format!("{name} answers the offer that was made to {to}");
                model.say(text.clone(), true, now);
                relay(model, id, message, text, out);
            }
            accepted(model, by, readback, now, out);
        }
        Said::Declined { offer, why } if stands(*offer) => {
            let why = format!("{} declined: {why}", message.by.user);
            model.say(why.clone(), false, now);
            record(model, Fact::Company(Did::HandOverEnded { why }), out);
        }
        // To come is told by the inbox itself; the others answer an offer
        // that no longer stands.
        Said::Came | Said::Accepted { .. } | Said::Declined { .. } => {}
    }
}

/// Hears what waited until what was being written was on disk.
pub(super) fn hear_later(
    model: &mut Model,
    now: Timestamp,
    out: &mut Vec<Effect>,
) {
    for (id, message) in mem::take(&mut model.company.later) {
        heard(model, id, &message, now, out);
    }
}

/// Takes the words of another console into the journal.
pub(super) fn relay(
    model: &mut Model,
    id: String,
    message: &Message,
    text: String,
    out: &mut Vec<Effect>,
) {
    let fact = Did::Relayed {
        from: message.by.clone(),
        said_at: message.at,
        message: id,
        text,
    };
    record(model, Fact::Company(fact), out);
}

/// Another console follows, or no longer does; the journal hears of it once.
pub(super) fn here(
    model: &mut Model,
    by: &Author,
    here: bool,
    out: &mut Vec<Effect>,
) {
    let Some(open) = &model.open else { return };
    let console = console_of(by);
    let mut known = open.incident.company.watching.iter();
    if model.mode.is_observer()
        || known.any(|(_, other)| *other == console) == here
    {
        return;
    }
    let (name, came) = (by.user.clone(), here);
    let fact = Did::Watching { name, console, came };
    record(model, Fact::Company(fact), out);
}

/// The other person accepted, and read the next step back.
fn accepted(
    model: &mut Model,
    by: Approver,
    readback: &str,
    now: Timestamp,
    out: &mut Vec<Effect>,
) {
    let why = if same(&by.name, &model.setting.user) {
        "the driver cannot take over from themselves"
    } else if readback.trim() != next_step(model) {
        "the next step is another one by now"
    } else {
        model.company.accepted = Some((by, readback.trim().to_owned()));
        hand_over_when_free(model, now, out);
        return;
    };
    let why = format!("not handed over to {}: {why}", by.name);
    model.say(why.clone(), true, now);
    record(model, Fact::Company(Did::HandOverEnded { why }), out);
}

/// Hands over as soon as no call is on its way: its answer must still reach
/// the journal. Armed is who armed, not who takes over.
pub(super) fn hand_over_when_free(
    model: &mut Model,
    now: Timestamp,
    out: &mut Vec<Effect>,
) {
    if model.company.accepted.is_none() {
        return;
    }
    let open = model.open.as_ref();
    let stands = open.is_some_and(|o| o.incident.company.offer.is_some());
    let on_its_way = |run: &Run| {
        run.steps().any(|(_, state)| {
            matches!(state.status, Status::Confirmed | Status::InFlight)
        })
    };
    let busy = !model.sending.is_empty()
        || model.writing.holds_run()
        || open.and_then(Open::run).is_some_and(on_its_way);
    if stands && busy {
        return;
    }
    let Some((by, readback)) = model.company.accepted.take() else { return };
    if !stands {
        return;
    }
    if model.mode.is_armed() || model.writing.arms() {
        let why = "handed over".to_owned();
        record(model, Fact::Disarmed { why }, out);
    }
    model.say(format!("{} drives from now on", by.name), false, now);
    let fact = Did::HandedOver { by, readback };
    record(model, Fact::Company(fact), out);
}

pub(super) fn same(one: &str, other: &str) -> bool {
    one.trim().eq_ignore_ascii_case(other.trim())
}

/// The person who drives: who claimed the journal last.
pub(super) fn driver(model: &Model) -> String {
    let entries = model.open.iter().flat_map(|o| o.incident.entries.iter());
    let claimed = |entry: &&Entry| matches!(entry.fact, Fact::Claimed { .. });
    let last = entries.rev().find(claimed);
    last.map_or("nobody", |entry| entry.by.user.as_str()).to_owned()
}

fn offer(model: &Model) -> Option<Offer> {
    model.open.as_ref()?.incident.company.offer.clone()
}
