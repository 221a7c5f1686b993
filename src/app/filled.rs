//! What is made of the words that a form asked for.

use jiff::civil::Time;
use jiff::tz::TimeZone;
use jiff::{SignedDuration, Timestamp};

use super::forms::{given, open, proposed_impact, run_accounts, whole_second};
use super::record::{open_with, opened_fact, record};
use super::{
    Model, Overlay, approve, company, credentials, detect, repin, writing,
};
use crate::event::Effect;
use crate::incident::fact::{Fact, pin_file};
use crate::runbook::Values;
use crate::runbook::input::InputPin;
use crate::screens::form::{Purpose, State};
use crate::screens::{Open, Screen};

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
            let words = [next(), next(), next(), next()];
            open_incident(model, form, words, now, out);
        }
        Purpose::Impact => {
            let (impact, why) = (next(), next());
            again_if_bad(model, form, &impact, now, out, |model, at, out| {
                impact_fact(model, at, &why, out);
            });
        }
        Purpose::Close => {
            let fact = Fact::Closed { summary: next() };
            record_or_keep(model, form, fact, out);
        }
        Purpose::Arm => {
            let accounts = run_accounts(model);
            let fact = Fact::Armed { accounts, reason: next() };
            record_or_keep(model, form, fact, out);
        }
        Purpose::Identity => switch(model, form, next(), out),
        Purpose::HandOver
        | Purpose::Accept(_)
        | Purpose::Decline(_)
        | Purpose::TakeOver => {
            let (first, second) = (next(), next());
            company::filled(model, form, [first, second], now, out);
        }
        Purpose::Repin(text) => {
            repin::filled(model, form, &text, &next(), out);
        }
        Purpose::Skip(_)
        | Purpose::Abort
        | Purpose::CallBack(_)
        | Purpose::Override(_)
        | Purpose::Pause
        | Purpose::Manner(_)
        | Purpose::Choose { .. }
        | Purpose::Answer(_)
        | Purpose::State { .. } => {
            let words = next();
            said(model, form, &words, out);
        }
        Purpose::Inputs(place) => {
            let typed: Vec<String> = values.collect();
            start(model, form, place, &typed, now, out);
        }
    }
}

/// Orders that calls are sent as another from now on.
fn switch(
    model: &mut Model,
    form: State,
    reason: String,
    out: &mut Vec<Effect>,
) {
    let fact = credentials::switching(model, reason);
    if writing::busy(model, &fact).is_none() {
        credentials::void(model, out);
    }
    record_or_keep(model, form, fact, out);
}

/// Orders what a person says to be recorded. The words stay in the form while
/// the like of it is not on disk yet.
pub(super) fn record_or_keep(
    model: &mut Model,
    form: State,
    fact: Fact,
    out: &mut Vec<Effect>,
) {
    match writing::busy(model, &fact) {
        None => record(model, fact, out),
        Some(why) => keep(model, form, why),
    }
}

/// Leaves a form open, with what is wrong.
fn keep(model: &mut Model, mut form: State, why: String) {
    form.error = Some(why);
    form.focus = 0;
    open(model, form);
}

/// Opens an incident by its title, its id elsewhere, its impact and how that
/// is known.
fn open_incident(
    model: &mut Model,
    form: State,
    [title, external, impact, why]: [String; 4],
    now: Timestamp,
    out: &mut Vec<Effect>,
) {
    if model.opening.is_some() {
        keep(model, form, "the incident: still being written".into());
        return;
    }
    let external = (!external.is_empty()).then_some(external);
    let facts = begun(model, title, external);
    let why = match why {
        why if why.is_empty() => "when the incident was opened".into(),
        why => why,
    };
    again_if_bad(model, form, &impact, now, out, |model, at, out| {
        open_with(model, facts, out);
        impact_fact(model, at, &why, out);
    });
}

/// The first facts of an incident that a person opens.
fn begun(model: &Model, title: String, id: Option<String>) -> Vec<Fact> {
    detect::opened(model, opened_fact(model, title, id))
}

/// What a person says of a step, or of the whole run. Words that are not
/// taken stay in the form, with the reason.
fn said(model: &mut Model, form: State, words: &str, out: &mut Vec<Effect>) {
    let Some(run) = model.open.as_ref().and_then(Open::run) else { return };
    let said = match form.purpose.clone() {
        Purpose::Pause => run.pause(words).map(Fact::Run),
        Purpose::Manner(manner) => {
            run.change_manner(manner, words).map(Fact::Run)
        }
        Purpose::Skip(step) => run.skip(&step, words).map(Fact::Step),
        Purpose::CallBack(step) => run.call_back(&step, words).map(Fact::Step),
        Purpose::Override(step) => {
            run.go_on_regardless(&step, words).map(Fact::Step)
        }
        Purpose::Choose { step, choice } => {
            run.decide(&step, &choice, words).map(Fact::Step)
        }
        Purpose::Answer(step) => run.answer(&step, words).map(Fact::Step),
        Purpose::State { step, applied } => {
            run.state(&step, applied, words, Values::new()).map(Fact::Step)
        }
        _ => run.abort(words).map(Fact::Step),
    };
    match said {
        Ok(fact) => record_or_keep(model, form, fact, out),
        Err(why) => {
            let busy = writing::run_busy(model);
            keep(model, form, busy.unwrap_or_else(|| why.to_string()));
        }
    }
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

/// Where the impact comes from that a run is started with.
fn whence(model: &Model, impact: Option<Timestamp>) -> &'static str {
    if impact == proposed_impact(model).map(whole_second) {
        "from evidence: the first look that failed, or an alarm before it"
    } else {
        "said when the runbook was started"
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
    if let Some(why) = writing::run_busy(model) {
        keep(model, form, why);
        return;
    }
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
    if !is_open && model.opening.is_none() {
        let title = runbook.title.clone();
        let facts = begun(model, title, None);
        open_with(model, facts, out);
    }
    if impact != known {
        let why = whence(model, impact);
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
        second: approve::demanded(model, runbook, typed),
        manner: runbook.manner,
    };
    record(model, pinned, out);
    model.screen = Screen::Runbook;
}

/// Starts a run with these words for its inputs, and the time of its impact
/// as the last of them; else says what is wrong with them.
pub(super) fn start_with(
    model: &mut Model,
    place: usize,
    typed: &[String],
    now: Timestamp,
    out: &mut Vec<Effect>,
) -> Result<(), String> {
    let purpose = Purpose::Inputs(place);
    let form = State::new(purpose, "", Vec::new(), Vec::new(), now);
    start(model, form, place, typed, now, out);
    let wrong = model.overlay.take_if(|it| matches!(it, Overlay::Form(_)));
    match wrong {
        Some(Overlay::Form(form)) => Err(form.error.unwrap_or_default()),
        _ => Ok(()),
    }
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
