//! Wishes of screens and people, turned into orders; the only place that
//! knows mode and confirm level.

use std::cmp::Reverse;
use std::fmt;

use jiff::Timestamp;

use super::reach::reach;
use super::record::{look_at, record};
use super::writing::{record_said, step_busy};
use super::{
    Model, Overlay, approve, company, conduct, credentials, forms, keys, repin,
};
use crate::event::Effect;
use crate::incident::fact::{Company, Fact};
use crate::incident::report::{Provenance, export as export_files};
use crate::keymap::Action;
use crate::runbook::StepSpec;
use crate::runbook::plan::Level;
use crate::runbook::run::{Run, StepFact};
use crate::runbook::steps::Wants;
use crate::screens::{Ask, Open, Screen, confirm, menu, reading};
use crate::ui::{Cell, Row, Tone};

/// Carries out a wish.
pub(super) fn ask(
    model: &mut Model,
    ask: Ask,
    now: Timestamp,
    out: &mut Vec<Effect>,
) {
    match ask {
        Ask::Open(screen) => keys::show(model, screen),
        Ask::ShowResource(arn) => {
            model.states.resources.show(&arn);
            keys::show(model, Screen::Resources);
        }
        Ask::Read(text) => model.overlay = Some(Overlay::Reading(text)),
        Ask::PickRunbook => pick_runbook(model),
        Ask::StartRunbook(place) => forms::inputs(model, place, now),
        Ask::Do(step) => do_step(model, &step, now, out),
        Ask::Choose { step, choice } => {
            forms::choose(model, step, choice, now);
        }
        Ask::Preview(step) => open_plan(model, &step, true, now, out),
        Ask::Verify(step) => verify(model, &step, now, out),
        Ask::Skip(step) => skip(model, step, now),
        Ask::Retry(step) => {
            run_fact(model, now, out, |run| run.retry(&step));
        }
        Ask::State(step, applied) => forms::state(model, step, applied, now),
        Ask::AcceptOffer => company::brief(model, now),
        Ask::DeclineOffer => company::decline(model, now),
        Ask::WithdrawOffer => {
            let why = "taken back by the driver".to_owned();
            record(model, Fact::Company(Company::HandOverEnded { why }), out);
        }
        Ask::Abort => forms::abort(model, now),
        Ask::RollBack => conduct::roll_back(model, now),
        Ask::CallBack(step) => conduct::call_back(model, step, now),
        Ask::Pause => conduct::pause(model, now, out),
        Ask::Repin => repin::ask(model, now, out),
        Ask::Manner => conduct::manner(model, now),
        Ask::Override(step) => conduct::regardless(model, step, now),
        Ask::Export => export(model, now, out),
        Ask::Copy(text, what) => {
            model.say(format!("copied the {what}"), false, now);
            out.push(Effect::Copy(text));
        }
        Ask::Filter => forms::filter(model, now),
        Ask::Act(action) => keys::act(model, action, now, out),
        Ask::Say(text) => model.say(text, false, now),
        Ask::Quit => super::drive::ending(model, "quit", now, out),
    }
}

/// Asks for the reason only where the runbook lets the step be skipped.
fn skip(model: &mut Model, step: String, now: Timestamp) {
    let run = model.open.as_ref().and_then(Open::run);
    let spec = run.and_then(|run| run.step(&step)).map(|(spec, _)| spec);
    let fixed = |spec: &StepSpec| !spec.skippable && spec.undoes.is_none();
    if spec.is_some_and(fixed) {
        let text = format!("{step}: the runbook does not let it be skipped");
        model.say(text, true, now);
    } else {
        forms::skip(model, step, now);
    }
}

/// Actions that mean the same on every screen.
pub(super) fn everywhere(
    model: &mut Model,
    action: Action,
    now: Timestamp,
    out: &mut Vec<Effect>,
) {
    match action {
        Action::WhoAmI => {
            let text = reading::State::new("Who am I", who(model, now));
            model.overlay = Some(Overlay::Reading(text));
        }
        Action::LogOpen => {
            let text = reading::State::new("Session log", log(model));
            model.overlay = Some(Overlay::Reading(text));
        }
        Action::TimelineNote => forms::note(model, now),
        Action::TimelineDecision => forms::decision(model, now),
        Action::TimelineExport => export(model, now, out),
        Action::IncidentOpen => forms::open_incident(model, now),
        Action::IncidentImpact => forms::impact(model, now),
        Action::IncidentClose => forms::close(model, now),
        Action::ModeArm => forms::arm(model, now),
        Action::IdentityBreakGlass => credentials::ask(model, now),
        Action::ModeDisarm => {
            if model.mode.is_armed() || model.writing.arms() {
                let why = "by the person".to_owned();
                let fact = Fact::Disarmed { why };
                record_said(model, fact, now, out);
            } else {
                model.say("this is OBSERVE already", false, now);
            }
        }
        _ => pick_runbook(model),
    }
}

/// Records what a person wants of the run, or says why it cannot be now.
pub(super) fn run_fact<E: fmt::Display>(
    model: &mut Model,
    now: Timestamp,
    out: &mut Vec<Effect>,
    want: impl FnOnce(&Run) -> Result<StepFact, E>,
) {
    let Some(run) = model.open.as_ref().and_then(Open::run) else {
        model.say("no runbook is under way", true, now);
        return;
    };
    match want(run) {
        Ok(fact) => record_said(model, Fact::Step(fact), now, out),
        Err(why) => model.say(why.to_string(), true, now),
    }
}

/// What the person does with a step depends on what the step wants.
fn do_step(
    model: &mut Model,
    step: &str,
    now: Timestamp,
    out: &mut Vec<Effect>,
) {
    if model.mode.is_observer() {
        approve::open(model, step, now, out);
        return;
    }
    let Some(run) = model.open.as_ref().and_then(Open::run) else {
        return;
    };
    let Some((spec, state)) = run.step(step) else { return };
    if state.status.is_over() {
        let text = format!("{step} is {}", state.status.word());
        model.say(text, false, now);
        return;
    }
    match spec.does.wants() {
        Wants::Choice { ask, choices } => {
            let question = ask.show(run.values());
            let entries = choices.iter().map(|choice| menu::Entry {
                name: choice.key.clone(),
                note: choice.label.clone(),
                ask: Some(Ask::Choose {
                    step: step.to_owned(),
                    choice: choice.key.clone(),
                }),
            });
            let lines = vec![vec![Cell::plain(question)]];
            let title = run.title(spec);
            let menu = menu::State::new(title, lines, entries.collect());
            model.overlay = Some(Overlay::Menu(menu));
        }
        Wants::Value { ask, .. } | Wants::Words { ask } => {
            let question = ask.show(run.values());
            let title = run.title(spec);
            forms::answer(model, step, title, question, now);
        }
        Wants::Nothing if spec.level == Level::Read => {
            verify(model, step, now, out);
        }
        Wants::Nothing => open_plan(model, step, false, now, out),
    }
}

/// Opens the plan of a step, to be confirmed or only to be read.
pub(super) fn open_plan(
    model: &mut Model,
    step: &str,
    preview: bool,
    now: Timestamp,
    out: &mut Vec<Effect>,
) {
    let open = model.open.as_ref();
    let Some((open, run)) = open.and_then(|open| Some((open, open.run()?)))
    else {
        model.say("no runbook is under way", true, now);
        return;
    };
    if !preview && let Some(why) = step_busy(model, step) {
        model.say(why, true, now);
        return;
    }
    let id = &run.pinned().run;
    let proposal = match open.incident.propose(id, step, &model.estate, now) {
        Ok(proposal) => proposal,
        Err(blocked) => {
            let looks = blocked.looks.clone();
            refuse(model, step, &blocked.to_string(), now, out);
            look_at(model, looks, now, out);
            return;
        }
    };
    let account = proposal
        .plan
        .calls
        .first()
        .map(super::super::runbook::call::Call::account);
    let covered = proposal
        .plan
        .calls
        .iter()
        .all(|call| model.mode.covers(call.account()));
    if !preview && !covered {
        let way = reach(model, Action::ModeArm);
        let why = format!("this is OBSERVE: arm first ({way}), with a reason");
        refuse(model, step, &why, now, out);
        return;
    }
    let title = run.step(step).map(|(spec, _)| run.title(spec));
    let shown = run.proposed(&proposal);
    let name = account.map_or("", |id| model.setting.account_name(id));
    let name = credentials::signed(model, account, name);
    let head = (step.to_owned(), title.unwrap_or_default());
    let driver = model.setting.user.clone();
    let mut dialog = confirm::State::new(head, proposal, name, driver, now);
    dialog.preview = preview;
    if !preview {
        record(model, Fact::Step(shown), out);
    }
    model.overlay = Some(Overlay::Confirm(Box::new(dialog)));
}

fn refuse(
    model: &mut Model,
    step: &str,
    why: &str,
    now: Timestamp,
    out: &mut Vec<Effect>,
) {
    model.say(format!("{step}: {why}"), true, now);
    let fact = Fact::Refused { what: step.to_owned(), why: why.to_owned() };
    record(model, fact, out);
}

/// A person accepted a plan: the confirm is recorded, and only that. The
/// dialog stays while something of the step is not on disk yet.
pub(super) fn accepted(
    model: &mut Model,
    dialog: Box<confirm::State>,
    given: confirm::Given,
    now: Timestamp,
    out: &mut Vec<Effect>,
) {
    if dialog.seat == confirm::Seat::Approver {
        approve::post(model, &dialog, now, out);
        return;
    }
    if let Some(why) = step_busy(model, &dialog.step) {
        model.say(why, true, now);
        model.overlay = Some(Overlay::Confirm(dialog));
        return;
    }
    let Some(run) = model.open.as_ref().and_then(Open::run) else {
        return;
    };
    let approval = approve::approval(model, given);
    let shown = now.duration_since(dialog.opened).as_millis();
    let shown_ms = u64::try_from(shown).unwrap_or(0);
    let proposal = dialog.proposal();
    match run.confirm(&proposal, approval, shown_ms) {
        Ok(fact) => {
            record(model, Fact::Step(fact), out);
            let text = format!(
                "{}: confirmed; looked at once more, then recorded and sent",
                dialog.step
            );
            model.say(text, false, now);
        }
        Err(why) => refuse(model, &dialog.step, &why.to_string(), now, out),
    }
}

/// A plan was rejected: that too is part of the record.
pub(super) fn rejected(
    model: &mut Model,
    dialog: &confirm::State,
    now: Timestamp,
    out: &mut Vec<Effect>,
) {
    if dialog.preview || dialog.seat == confirm::Seat::Approver {
        return;
    }
    let run = model.open.as_ref().and_then(Open::run);
    let Some(run) = run.map(|run| run.pinned().run.clone()) else { return };
    let step = dialog.step.clone();
    model.say(format!("{step}: rejected, nothing was sent"), false, now);
    let why = "by the person".to_owned();
    record(model, Fact::Rejected { run, step, why }, out);
}

/// Puts the commands of a plan on the clipboard, and that into the record.
pub(super) fn copy_commands(
    model: &mut Model,
    dialog: &confirm::State,
    now: Timestamp,
    out: &mut Vec<Effect>,
) {
    let lines: Vec<String> =
        dialog.plan.calls.iter().map(|call| call.cli(None)).collect();
    let text = lines.join("\n");
    record(model, Fact::Copied { what: text.clone() }, out);
    model.say("copied the aws command", false, now);
    out.push(Effect::Copy(text));
}

fn verify(
    model: &mut Model,
    step: &str,
    now: Timestamp,
    out: &mut Vec<Effect>,
) {
    model.looking.clear();
    let run = model.open.as_ref().and_then(Open::run);
    let looks = run.map(|run| run.next_looks(&model.estate, now));
    model.say(format!("{step}: looking again"), false, now);
    look_at(model, looks.unwrap_or_default(), now, out);
}

/// Offers the runbooks; those that cannot be used stand last, with why.
fn pick_runbook(model: &mut Model) {
    let books = || model.shelf.iter().enumerate();
    let usable = books().filter(|(_, book)| book.usable);
    let broken = books().filter(|(_, book)| !book.usable);
    let entries = usable.chain(broken).map(|(place, book)| menu::Entry {
        name: book.id.clone(),
        note: if book.usable {
            book.title.clone()
        } else {
            format!("cannot be used: {}", book.title)
        },
        ask: book.usable.then_some(Ask::StartRunbook(place)),
    });
    let menu = menu::State::new("Runbooks", Vec::new(), entries.collect());
    model.overlay = Some(Overlay::Menu(menu));
}

/// The title of the question whether to quit.
pub(super) const QUIT: &str = "Quit the console?";

/// The question of `q` on the first screen, and of ctrl-c in an incident.
pub(super) fn quit_menu(model: &Model) -> menu::State {
    let simulated = model.setting.simulated.is_some();
    let after = if simulated {
        "the simulated AWS ends with it; the journal is safe"
    } else {
        "what runs in AWS goes on; the journal is safe"
    };
    let open = model.open.as_ref().filter(|open| !open.is_closed());
    let lines = open.map(|open| {
        let text = format!(
            "Incident {} stays open: a console can take it up again.",
            open.id
        );
        vec![Cell::plain(text)]
    });
    let entries = vec![
        menu::Entry {
            name: "stay".into(),
            note: "go on watching".into(),
            ask: Some(Ask::Open(model.screen)),
        },
        menu::Entry {
            name: "quit".into(),
            note: after.into(),
            ask: Some(Ask::Quit),
        },
    ];
    menu::State::new(QUIT, lines.into_iter().collect(), entries)
}

/// Writes the files of the incident beside its journal.
pub(super) fn export(
    model: &mut Model,
    now: Timestamp,
    out: &mut Vec<Effect>,
) {
    if model.mode.is_observer() {
        model.say("another console drives: only it exports", true, now);
        return;
    }
    let Some(open) = &model.open else {
        model.say("no incident is open: nothing to export", true, now);
        return;
    };
    let from = Provenance {
        head: open.head.clone(),
        at: now,
        tool: env!("CARGO_PKG_VERSION").to_owned(),
    };
    let files = export_files(&open.incident, &model.past, &from)
        .into_iter()
        .map(|file| (file.name.to_owned(), file.text));
    out.push(Effect::Export(files.collect()));
}

fn who(model: &Model, now: Timestamp) -> Vec<Row> {
    let mut rows = vec![
        vec![Cell::plain(format!(
            "{} on {}",
            model.setting.user, model.setting.host
        ))],
        vec![Cell::plain(format!("mode {}", model.mode.word()))],
    ];
    for account in &model.setting.accounts {
        let name = account.name.as_deref().unwrap_or("-");
        let env = account.environment.as_deref().unwrap_or("-");
        rows.push(vec![Cell::plain(format!(
            "account {} {name} [{env}]",
            account.id
        ))]);
    }
    rows.extend(credentials::rows(model, now));
    for identity in model.estate.identities() {
        rows.push(vec![Cell::plain(format!(
            "{} is {}",
            identity.account, identity.item.arn
        ))]);
    }
    if let Some(name) = &model.setting.simulated {
        let text = format!("SIMULATED: scenario {name}, no AWS is touched");
        rows.push(vec![Cell::new(text, Tone::Warn)]);
    }
    if let Some(endpoint) = &model.setting.endpoint {
        let text = format!("endpoint {endpoint} instead of AWS's own");
        rows.push(vec![Cell::new(text, Tone::Warn)]);
    }
    rows
}

/// Notices and failures of sources, newest first.
fn log(model: &Model) -> Vec<Row> {
    let at =
        |at: Timestamp| Cell::dim(format!("{}  ", at.strftime("%H:%M:%SZ")));
    let said = model.notices.iter().map(|notice| {
        let tone = if notice.bad { Tone::Bad } else { Tone::Plain };
        let text = Cell::new(notice.text.clone(), tone);
        (notice.at, vec![vec![at(notice.at), text]])
    });
    let failed = model.estate.sources().filter_map(|(source, known)| {
        let (when, failure) = known.failed.as_ref()?;
        let text = format!("{source}: {failure}");
        let code = failure.code.as_deref().unwrap_or("no code");
        let id = failure.request_id.as_deref().unwrap_or("none");
        let more = format!(
            "           {code}, request id {id}. {}",
            failure.advice()
        );
        let rows = vec![
            vec![at(*when), Cell::new(text, Tone::Warn)],
            vec![Cell::dim(more)],
        ];
        Some((*when, rows))
    });
    let mut all: Vec<(Timestamp, Vec<Row>)> =
        said.rev().chain(failed).collect();
    all.sort_by_key(|(at, _)| Reverse(*at));
    all.into_iter().flat_map(|(_, rows)| rows).collect()
}
