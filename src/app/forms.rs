//! The dialogs that ask for words, and what is made of the words.

use jiff::civil::Time;
use jiff::tz::TimeZone;
use jiff::{SignedDuration, Timestamp};

use super::mode::typed_name;
use super::record::{open_with, opened_fact, record};
use super::{Model, Overlay, asks};
use crate::estate::ids::Account;
use crate::event::Effect;
use crate::incident::fact::{Fact, pin_file};
use crate::runbook::input::InputPin;
use crate::runbook::{Runbook, Values};
use crate::screens::form::{Ask, Purpose, State};
use crate::screens::{Open, Screen};
use crate::ui::{Cell, Row, Tone};

/// The fewest characters of a reason.
const REASON: &str = "at least 10 characters";

fn open(model: &mut Model, form: State) {
    model.overlay = Some(Overlay::Form(Box::new(form)));
}

fn plain(text: impl Into<String>) -> Row {
    vec![Cell::plain(text.into())]
}

/// Asks for a note.
pub(super) fn note(model: &mut Model, now: Timestamp) {
    let fields = vec![Ask::new("note")];
    let title = "Note for the timeline";
    open(model, State::new(Purpose::Note, title, Vec::new(), fields, now));
}

/// Asks for a decision and its reason.
pub(super) fn decision(model: &mut Model, now: Timestamp) {
    let fields = vec![Ask::new("decision"), Ask::new("because")];
    let title = "Decision for the timeline";
    open(model, State::new(Purpose::Decision, title, Vec::new(), fields, now));
}

/// Asks what the list in front is filtered by.
pub(super) fn filter(model: &mut Model, now: Timestamp) {
    let field = Ask::new("filter").filled(model.filter()).optional();
    let title = "Filter the list";
    let form =
        State::new(Purpose::Filter, title, Vec::new(), vec![field], now);
    open(model, form);
}

/// Asks for what an incident is called.
pub(super) fn open_incident(model: &mut Model, now: Timestamp) {
    if let Some(open) = &model.open
        && !open.is_closed()
    {
        let text = format!("incident {} is open already", open.id);
        model.say(text, true, now);
        return;
    }
    let fields = vec![
        Ask::new("title"),
        Ask::new("external id").optional(),
        impact_field(model, now),
    ];
    let title = "Open an incident";
    let lines =
        vec![plain("Everything done from now on is journaled under it.")];
    open(model, State::new(Purpose::OpenIncident, title, lines, fields, now));
}

/// The field for the time from which the outage counts, filled with what the
/// evidence proposes.
fn impact_field(model: &Model, now: Timestamp) -> Ask {
    let known = model.open.as_ref().and_then(Open::impact);
    let proposed = known.or_else(|| model.derived.impact_proposed());
    let field = Ask::new("impact began (UTC)").optional();
    match proposed {
        Some(at) => {
            let at = whole_second(at);
            let mut field = field.filled(&at.to_string());
            let ago = now.duration_since(at).as_mins();
            let note = format!("{ago}m ago, from evidence");
            field.note = Some((note, true));
            field
        }
        None => field,
    }
}

/// People read and type whole seconds.
fn whole_second(at: Timestamp) -> Timestamp {
    Timestamp::from_second(at.as_second()).unwrap_or(at)
}

/// Asks for the time from which the outage counts.
pub(super) fn impact(model: &mut Model, now: Timestamp) {
    let fields = vec![impact_field(model, now), Ask::new("how it is known")];
    let title = "When did users begin to be hurt?";
    let lines = vec![plain("Without it the RTO of the report reads unknown.")];
    open(model, State::new(Purpose::Impact, title, lines, fields, now));
}

/// Asks what came of the incident.
pub(super) fn close(model: &mut Model, now: Timestamp) {
    if model.open.is_none() {
        model.say("no incident is open", true, now);
        return;
    }
    let fields = vec![Ask::new("summary")];
    let title = "Close the incident";
    open(model, State::new(Purpose::Close, title, Vec::new(), fields, now));
}

/// Asks for the reason and the names of the accounts to be changed.
pub(super) fn arm(model: &mut Model, now: Timestamp) {
    if model.setting.read_only {
        model.say("started with --read-only: arming is off", true, now);
        return;
    }
    if model.mode.is_armed() {
        model.say("this is ARMED already; :disarm ends it", false, now);
        return;
    }
    let accounts = run_accounts(model);
    if accounts.is_empty() {
        let text = "open a runbook first: ARMED covers its accounts";
        model.say(text, true, now);
        return;
    }
    let before = model.open.as_ref().and_then(|open| {
        let entries = open.incident.entries.iter().rev();
        entries.clone().find_map(|entry| match &entry.fact {
            Fact::Armed { accounts: old, reason } if *old == accounts => {
                Some(reason.clone())
            }
            _ => None,
        })
    });
    let mut lines = vec![plain(
        "Confirmed steps may then change the accounts named here.",
    )];
    for account in &accounts {
        let name = model.setting.account_name(account);
        lines
            .push(vec![Cell::new(format!("{name}  {account}"), Tone::Danger)]);
    }
    // Once named within an incident, arming again is one confirm.
    let fields = before.map_or_else(
        || {
            let mut fields = vec![Ask::new("reason")];
            for account in &accounts {
                let name = account_typed(model, account);
                let label = format!("type {name}");
                fields.push(Ask::new(label).exact(name));
            }
            fields
        },
        |reason| vec![Ask::new("reason").filled(&reason)],
    );
    let title = "Arm: allow changes";
    open(model, State::new(Purpose::Arm, title, lines, fields, now));
}

fn account_typed(model: &Model, account: &Account) -> String {
    let info = model.setting.accounts.iter().find(|a| a.id == *account);
    typed_name(info.and_then(|info| info.name.as_deref()), account)
}

/// The accounts of the open runbook, by id.
fn run_accounts(model: &Model) -> Vec<Account> {
    let run = model.open.as_ref().and_then(Open::run);
    let mut accounts: Vec<Account> = run
        .map(|run| run.accounts().into_iter().map(Account::from).collect())
        .unwrap_or_default();
    accounts.sort();
    accounts.dedup();
    accounts
}

/// Asks why a step is skipped.
pub(super) fn skip(model: &mut Model, step: String, now: Timestamp) {
    let fields = vec![Ask::new("reason")];
    let lines =
        vec![plain(format!("It stands first in the report; {REASON}"))];
    let title = format!("Skip {step}");
    open(model, State::new(Purpose::Skip(step), title, lines, fields, now));
}

/// Shows the state that is left behind and asks why the run is ended.
pub(super) fn abort(model: &mut Model, now: Timestamp) {
    let run = model.open.as_ref().and_then(Open::run);
    let Some(run) = run else {
        model.say("no runbook is under way", true, now);
        return;
    };
    let mut lines =
        vec![vec![Cell::new("The state you leave behind:", Tone::Title)]];
    lines.extend(run.state_left_behind().into_iter().map(plain));
    let id = run.runbook().id.clone();
    let fields = vec![
        Ask::new("reason"),
        Ask::new(format!("type {id}")).exact(id.clone()),
    ];
    let title = format!("Abort {id}: nothing is rolled back");
    open(model, State::new(Purpose::Abort, title, lines, fields, now));
}

/// Asks why this way is chosen.
pub(super) fn choose(
    model: &mut Model,
    step: String,
    choice: String,
    now: Timestamp,
) {
    let title = format!("{step}: {choice}");
    let lines = vec![plain(format!("Why? {REASON}"))];
    let fields = vec![Ask::new("because")];
    let purpose = Purpose::Choose { step, choice };
    open(model, State::new(purpose, title, lines, fields, now));
}

/// Asks for the value seen, or for words.
pub(super) fn answer(
    model: &mut Model,
    step: &str,
    title: String,
    question: String,
    now: Timestamp,
) {
    let lines = vec![plain(question)];
    let fields = vec![Ask::new("answer")];
    let purpose = Purpose::Answer(step.to_owned());
    open(model, State::new(purpose, title, lines, fields, now));
}

/// Asks for the evidence of a statement about a lost answer.
pub(super) fn state(
    model: &mut Model,
    step: String,
    applied: bool,
    now: Timestamp,
) {
    let word = if applied { "took effect" } else { "did not happen" };
    let title = format!("State that {step} {word}");
    let lines = vec![plain(
        "Only if AWS cannot be asked. Say what you saw, and where.",
    )];
    let fields = vec![
        Ask::new("evidence"),
        Ask::new(format!("type {step}")).exact(step.clone()),
    ];
    let purpose = Purpose::State { step, applied };
    open(model, State::new(purpose, title, lines, fields, now));
}

/// Asks for the inputs of a runbook, filled with their defaults.
pub(super) fn inputs(model: &mut Model, place: usize, now: Timestamp) {
    let busy = model
        .open
        .as_ref()
        .and_then(Open::run)
        .is_some_and(|run| !run.is_over());
    if busy {
        let text = "a runbook is under way: finish it, or A aborts it";
        model.say(text, true, now);
        return;
    }
    let Some(Ok(runbook)) =
        model.library.get(place).map(|b| b.runbook.clone())
    else {
        return;
    };
    let resolved = runbook.resolve(&Values::new(), &model.estate, now);
    let mut fields: Vec<Ask> = resolved
        .into_iter()
        .map(|input| Ask::new(input.title).filled(&input.given).optional())
        .collect();
    fields.push(impact_field(model, now));
    let mut lines = Vec::new();
    if let Some(when) = &runbook.use_when {
        lines.push(plain(format!("Use when: {when}")));
    }
    if let Some(not) = &runbook.not_when {
        lines.push(vec![Cell::new(format!("Not when: {not}"), Tone::Warn)]);
    }
    let title = format!("Start {}", runbook.id);
    let purpose = Purpose::Inputs(place);
    let mut form = State::new(purpose, title, lines, fields, now);
    noted(model, &mut form, now);
    open(model, form);
}

/// Says of each input whether AWS confirms what is typed.
pub(super) fn noted(model: &Model, form: &mut State, now: Timestamp) {
    let Purpose::Inputs(place) = form.purpose else { return };
    let Some(Ok(runbook)) = model.library.get(place).map(|book| &book.runbook)
    else {
        return;
    };
    let given = given(runbook, form.fields.iter().map(|f| f.edit.value()));
    let resolved = runbook.resolve(&given, &model.estate, now);
    for (input, field) in resolved.into_iter().zip(&mut form.fields) {
        field.note = Some(match input.result {
            Ok(pin) => (pin.how, pin.verified),
            Err(why) => (why, false),
        });
    }
}

/// What was typed, by the names of the inputs.
fn given<'a>(
    runbook: &Runbook,
    typed: impl Iterator<Item = &'a str>,
) -> Values {
    let names = runbook.inputs.iter().map(|input| input.name.clone());
    names.zip(typed.map(|text| text.trim().to_owned())).collect()
}

/// Makes something of the words.
pub(super) fn filled(
    model: &mut Model,
    form: State,
    values: Vec<String>,
    now: Timestamp,
    out: &mut Vec<Effect>,
) {
    let mut values = values.into_iter();
    let mut next = || values.next().unwrap_or_default();
    match form.purpose.clone() {
        Purpose::Note => record(model, Fact::Note { text: next() }, out),
        Purpose::Decision => {
            let fact = Fact::Decision { text: next(), rationale: next() };
            record(model, fact, out);
        }
        Purpose::Filter => {
            model.filters.insert(model.screen.title(), next());
        }
        Purpose::OpenIncident => {
            let (title, external, impact) = (next(), next(), next());
            let external = (!external.is_empty()).then_some(external);
            let facts = vec![opened_fact(model, title, external)];
            again_if_bad(model, form, &impact, now, out, |model, at, out| {
                open_with(model, facts, out);
                impact_fact(model, at, "when the incident was opened", out);
            });
        }
        Purpose::Impact => {
            let (impact, why) = (next(), next());
            again_if_bad(model, form, &impact, now, out, |model, at, out| {
                impact_fact(model, at, &why, out);
            });
        }
        Purpose::Close => {
            record(model, Fact::Closed { summary: next() }, out);
        }
        Purpose::Arm => {
            let accounts = run_accounts(model);
            let reason = next();
            record(model, Fact::Armed { accounts, reason }, out);
        }
        Purpose::Skip(_)
        | Purpose::Abort
        | Purpose::Choose { .. }
        | Purpose::Answer(_)
        | Purpose::State { .. } => {
            let words = next();
            said(model, form.purpose, &words, now, out);
        }
        Purpose::Inputs(place) => {
            let typed: Vec<String> = values.collect();
            start(model, form, place, &typed, now, out);
        }
    }
}

/// What a person says of a step, or of the whole run.
fn said(
    model: &mut Model,
    purpose: Purpose,
    words: &str,
    now: Timestamp,
    out: &mut Vec<Effect>,
) {
    asks::run_fact(model, now, out, |run| match purpose {
        Purpose::Skip(step) => run.skip(&step, words),
        Purpose::Choose { step, choice } => run.decide(&step, &choice, words),
        Purpose::Answer(step) => run.answer(&step, words),
        Purpose::State { step, applied } => {
            run.state(&step, applied, words, Values::new())
        }
        _ => run.abort(words),
    });
}

/// Goes on with the time typed, or shows the form again with what is wrong.
fn again_if_bad(
    model: &mut Model,
    mut form: State,
    typed: &str,
    now: Timestamp,
    out: &mut Vec<Effect>,
    go_on: impl FnOnce(&mut Model, Option<Timestamp>, &mut Vec<Effect>),
) {
    match moment(typed, now) {
        Ok(at) => go_on(model, at, out),
        Err(why) => {
            form.error = Some(why);
            open(model, form);
        }
    }
}

fn impact_fact(
    model: &mut Model,
    at: Option<Timestamp>,
    why: &str,
    out: &mut Vec<Effect>,
) {
    if let Some(impact) = at {
        let asserted_by = model.setting.user.clone();
        let why = why.to_owned();
        record(model, Fact::Impact { impact, why, asserted_by }, out);
    }
}

/// Starts a run: its file, its inputs and its impact are pinned.
fn start(
    model: &mut Model,
    mut form: State,
    place: usize,
    typed: &[String],
    now: Timestamp,
    out: &mut Vec<Effect>,
) {
    let Some(book) = model.library.get(place).cloned() else { return };
    let Ok(runbook) = &book.runbook else { return };
    let values = given(runbook, typed.iter().map(String::as_str));
    let mut inputs: Vec<InputPin> = Vec::new();
    let resolved = runbook.resolve(&values, &model.estate, now);
    for (at, input) in resolved.into_iter().enumerate() {
        match input.result {
            Ok(pin) => inputs.push(pin),
            Err(why) => {
                form.error = Some(format!("{}: {why}", input.title));
                form.focus = at;
                open(model, form);
                return;
            }
        }
    }
    let last = typed.get(runbook.inputs.len()).map_or("", String::as_str);
    let impact = match moment(last, now) {
        Ok(impact) => impact,
        Err(why) => {
            form.error = Some(why);
            open(model, form);
            return;
        }
    };
    let known = model.open.as_ref().and_then(Open::impact).map(whole_second);
    let (files, sha256) = pin_file(&book.text);
    let is_open = model.open.as_ref().is_some_and(|o| !o.is_closed());
    if !is_open {
        let title = runbook.title.clone();
        let facts = vec![opened_fact(model, title, None)];
        open_with(model, facts, out);
    }
    if impact != known {
        let proposed = model.derived.impact_proposed().map(whole_second);
        let why = if impact == proposed {
            "from evidence: the first look that failed, or an alarm before it"
        } else {
            "said when the runbook was started"
        };
        impact_fact(model, impact, why, out);
    }
    for file in files {
        record(model, file, out);
    }
    let pinned = Fact::Pinned {
        run: model.open.as_ref().map_or_else(
            || "run-1".to_owned(),
            |open| open.incident.next_run_id(),
        ),
        id: runbook.id.clone(),
        title: runbook.title.clone(),
        path: book.path.clone(),
        sha256,
        inputs,
    };
    record(model, pinned, out);
    model.screen = Screen::Runbook;
}

/// A moment as people type it: an RFC 3339 time, `HH:MM` in UTC of today or
/// yesterday, or `12m` ago. Nothing is no moment.
fn moment(typed: &str, now: Timestamp) -> Result<Option<Timestamp>, String> {
    let typed = typed.trim();
    if typed.is_empty() {
        return Ok(None);
    }
    let at = typed
        .parse::<Timestamp>()
        .ok()
        .or_else(|| {
            let ago: SignedDuration = typed.parse().ok()?;
            now.checked_sub(ago.abs()).ok()
        })
        .or_else(|| {
            let time: Time = typed.parse().ok()?;
            let today = now.to_zoned(TimeZone::UTC).date();
            let at = today.to_datetime(time).to_zoned(TimeZone::UTC).ok()?;
            if at.timestamp() <= now {
                return Some(at.timestamp());
            }
            let before = today.yesterday().ok()?.to_datetime(time);
            Some(before.to_zoned(TimeZone::UTC).ok()?.timestamp())
        });
    match at {
        Some(at) if at <= now => Ok(Some(at)),
        Some(_) => Err(format!("{typed} lies in the future")),
        None => Err(format!(
            "{typed} is no time: write 14:32, 12m (ago) or \
             2026-05-02T14:32:00Z"
        )),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_moment_is_read_as_people_type_it() {
        let now: Timestamp = "2026-05-02T14:32:00Z".parse().unwrap();
        let read = |typed| {
            moment(typed, now)
                .map(|at| at.map(|at| at.to_string()).unwrap_or_default())
        };
        assert_eq!(read("14:30"), Ok("2026-05-02T14:30:00Z".into()));
        assert_eq!(read("23:10"), Ok("2026-05-01T23:10:00Z".into()));
        assert_eq!(read("12m"), Ok("2026-05-02T14:20:00Z".into()));
        assert_eq!(read(""), Ok(String::new()));
        assert!(read("2026-05-02T15:00:00Z").is_err());
        assert!(read("soon").is_err());
    }
}
