//! Facts on their way to the journal, and what follows once they are there.

use std::path::Path;
use std::sync::Arc;

use jiff::Timestamp;

use super::mode::Mode;
use super::{Model, company, conduct, credentials, drill, drive};
use crate::estate::Source;
use crate::event::Effect;
use crate::failure::Failure;
use crate::incident::Incident;
use crate::incident::entry::Entry;
use crate::incident::fact::{Company, Conduct, Fact, Identity, Ledger};
use crate::runbook::run::{Happened, Outcome, Run, StepFact};
use crate::screens::{Open, Screen};

/// Orders a fact to be recorded; opens an incident first if none is open.
pub(super) fn record(model: &mut Model, fact: Fact, out: &mut Vec<Effect>) {
    if model.mode.is_observer() {
        company::only_said(model, fact, out);
        return;
    }
    if let Some(waiting) = &mut model.opening {
        model.writing.begin(&fact);
        waiting.push(fact);
        return;
    }
    let open = model.open.as_ref().filter(|o| !o.is_closed());
    match (open, opens(&fact)) {
        (Some(_), _) => {
            model.writing.begin(&fact);
            out.push(Effect::Record(fact));
        }
        (None, Some(title)) => {
            model.writing.begin(&fact);
            let mut facts = vec![opened_fact(model, title, None)];
            if !matches!(fact, Fact::Opened { .. }) {
                facts.push(fact);
            } else if let Some(first) = facts.first_mut() {
                *first = fact;
            }
            open_with(model, facts, out);
        }
        // Without an incident there is no journal to write this to.
        (None, None) => {}
    }
}

/// Begins an incident with these facts.
pub(super) fn open_with(
    model: &mut Model,
    mut facts: Vec<Fact>,
    out: &mut Vec<Effect>,
) {
    if model.mode.is_observer() {
        return;
    }
    let tool = env!("CARGO_PKG_VERSION").to_owned();
    facts.insert(1, Fact::Claimed { tool });
    model.opening = Some(Vec::new());
    out.push(Effect::Open(facts));
    out.push(Effect::Hurry(true));
}

/// The first fact of an incident.
pub(super) fn opened_fact(
    model: &Model,
    title: String,
    external_id: Option<String>,
) -> Fact {
    Fact::Opened {
        title,
        external_id,
        conduct: match model.drill {
            Some(_) => Conduct::Drill,
            None => Conduct::Incident,
        },
        simulated: model.setting.simulated.clone(),
        endpoint: model.setting.endpoint.clone(),
        tool: env!("CARGO_PKG_VERSION").to_owned(),
    }
}

/// The title of the incident that this fact opens, if it opens one.
fn opens(fact: &Fact) -> Option<String> {
    match fact {
        Fact::Opened { title, .. } => Some(title.clone()),
        Fact::Note { text } | Fact::Decision { text, .. } => {
            Some(text.chars().take(60).collect())
        }
        Fact::Armed { reason, .. } | Fact::Identity { reason, .. } => {
            Some(reason.clone())
        }
        Fact::File { .. } | Fact::Pinned { .. } => {
            Some("a runbook was started".to_owned())
        }
        _ => None,
    }
}

/// An incident as its journal tells it; `head` is the hash of the last line.
pub(super) fn open(
    id: &str,
    dir: &Path,
    entries: Vec<Entry>,
    head: String,
) -> Open {
    let incident = Incident::fold(id, entries);
    let dir = Arc::from(dir.display().to_string());
    Open { id: id.to_owned(), dir, incident, head }
}

/// An incident's journal is open.
pub(super) fn opened(
    model: &mut Model,
    open: Open,
    fresh: bool,
    now: Timestamp,
    out: &mut Vec<Effect>,
) {
    let id = open.id.clone();
    let left = model.open.take();
    model.past.extend(left.and_then(|open| open.incident.practice()));
    model.past.retain(|one| one.id != id);
    model.judge_drills();
    for oddity in &open.incident.oddities {
        let text = format!("the journal does not add up: {oddity}");
        model.say(text, true, now);
    }
    model.open = Some(open);
    if model.mode.is_observer() {
        company::drives(model, out);
    }
    for fact in model.opening.take().unwrap_or_default() {
        model.writing.end(&fact);
        record(model, fact, out);
    }
    if fresh {
        model.say(format!("incident {id} is open"), false, now);
        return;
    }
    resume(model, now, out);
}

/// A console takes an incident up again: what was under way is unknown, and
/// AWS is asked before anything else is offered.
fn resume(model: &mut Model, now: Timestamp, out: &mut Vec<Effect>) {
    let Some(open) = &model.open else { return };
    let gap = open.incident.entries.iter().rev().find_map(|entry| match entry
        .fact
    {
        Fact::Resumed { gap_s } => Some(gap_s),
        _ => None,
    });
    let runs = model.open.as_mut().map(|open| &mut open.incident.runs);
    let facts: Vec<StepFact> =
        runs.into_iter().flatten().flat_map(Run::resume).collect();
    for fact in facts {
        record(model, Fact::Step(fact), out);
    }
    model.screen = Screen::Runbook;
    out.push(Effect::Hurry(true));
    out.push(Effect::LookAll);
    let after = gap.map_or_else(String::new, |gap| format!(" after {gap} s"));
    let text = format!("resumed{after}; AWS is asked what became of it");
    model.say(text, false, now);
}

/// The hash of an entry that follows `head`.
pub(super) fn chained(head: &str, entry: &Entry, incident: &str) -> String {
    // An entry that came from the journal fits into its line.
    entry.line(head, incident).map_or_else(|_| head.to_owned(), |(_, h)| h)
}

/// A fact is on disk: only now does it count.
pub(super) fn recorded(
    model: &mut Model,
    entry: Entry,
    now: Timestamp,
    out: &mut Vec<Effect>,
) {
    model.writing.end(&entry.fact);
    let Some(open) = &mut model.open else { return };
    open.head = chained(&open.head, &entry, &open.id);
    let fact = entry.fact.clone();
    let at = entry.at;
    if let Some(oddity) = open.incident.apply(entry) {
        let text = format!("the journal does not add up: {oddity}");
        model.say(text, true, now);
    }
    match &fact {
        Fact::Step(fact) => {
            after_step(model, fact, now, out);
            drill::made(model, fact, out);
        }
        Fact::Armed { accounts, reason } => {
            model.mode = Mode::Armed {
                accounts: accounts.clone(),
                reason: reason.clone(),
                since: at,
                active: now,
            };
            let names: Vec<_> = accounts
                .iter()
                .map(|a| model.setting.account_name(a))
                .collect();
            let text = format!("ARMED on {}", names.join(", "));
            model.say(text, false, now);
            out.push(Effect::Allow(true));
        }
        Fact::Disarmed { .. } => {
            model.mode = Mode::Observe;
            out.push(Effect::Allow(false));
        }
        Fact::Ledger(
            Ledger::Created { arn, .. } | Ledger::Removed { arn, .. },
        ) => {
            model.entering.remove(arn);
        }
        Fact::Identity { identity, .. } => {
            credentials::switched(model, *identity, now, out);
        }
        Fact::Company(Company::HandedOver { .. }) => {
            company::let_go(model, out);
        }
        Fact::Closed { .. } => {
            model.mode = Mode::Observe;
            out.push(Effect::Allow(false));
            out.push(Effect::SendAs(Identity::Usual));
            out.push(Effect::Hurry(false));
            model.say("the incident is closed", false, now);
        }
        _ => {}
    }
}

/// What a recorded step fact sets going.
fn after_step(
    model: &mut Model,
    fact: &StepFact,
    now: Timestamp,
    out: &mut Vec<Effect>,
) {
    model.mode.touch(now);
    match &fact.what {
        Happened::Outcome { outcome, .. } => {
            model.sending.remove(&fact.step);
            match outcome {
                Outcome::Accepted { .. } => {
                    let text = format!("{}: AWS took it", fact.step);
                    model.say(text, false, now);
                }
                Outcome::Refused { failure } => {
                    let text = format!("{}: refused: {failure}", fact.step);
                    model.say(text, true, now);
                }
                Outcome::Unknown { failure } => {
                    let text = format!("{}: UNKNOWN: {failure}", fact.step);
                    model.say(text, true, now);
                    out.push(Effect::Ring);
                }
                Outcome::Ended { end } => {
                    let bad = !end.is_well();
                    let word = if bad { "UNKNOWN: it" } else { "it" };
                    let text =
                        format!("{}: {word} {}", fact.step, end.words());
                    model.say(text, bad, now);
                    if bad {
                        out.push(Effect::Ring);
                    }
                }
                Outcome::NotSent { why } => {
                    let text = format!("{}: not sent: {why}", fact.step);
                    model.say(text, true, now);
                }
            }
        }
        // A look may answer before anyone has read that it was unknown.
        Happened::Lost { why } => {
            model.say(format!("{}: UNKNOWN: {why}", fact.step), true, now);
        }
        Happened::Confirmed { .. } => {
            model.credentials.confirmed(&fact.step);
            // Only a look begun from now on lets it be sent: none of those
            // before makes it wait.
            model.looking.clear();
        }
        Happened::Done { .. } => {
            model.say(format!("{} is done", fact.step), false, now);
        }
        Happened::Overdue { allowed } => {
            conduct::overdue(model, &fact.step, allowed, now, out);
        }
        _ => {}
    }
}

/// The journal could not take something: it never was.
pub(super) fn not_recorded(
    model: &mut Model,
    what: &str,
    step: Option<String>,
    failure: &Failure,
    now: Timestamp,
) {
    let full = if failure.is_disk_full() { "DISK FULL, " } else { "" };
    model.say(format!("{full}NOT RECORDED: {what}: {failure}"), true, now);
    model.opening = None;
    model.entering.clear();
    model.writing.forget();
    if let Some(step) = step {
        model.sending.remove(&step);
        if let Some(run) = model.open.as_mut().and_then(Open::run_mut) {
            run.not_recorded(&step);
        }
    }
}

/// Files of an export are written.
pub(super) fn exported(
    model: &mut Model,
    files: Vec<String>,
    to: &Path,
    now: Timestamp,
    out: &mut Vec<Effect>,
) {
    if let Some(own) = &mut model.unattended {
        own.exported = true;
    }
    let to = to.display().to_string();
    model.say(format!("exported to {to}"), false, now);
    record(model, Fact::Exported { files, to }, out);
}

/// Orders the looks of a source by hand.
pub(super) fn look_at(
    model: &mut Model,
    sources: Vec<Source>,
    now: Timestamp,
    out: &mut Vec<Effect>,
) {
    for source in sources {
        drive::look(model, source, now, out);
    }
}
