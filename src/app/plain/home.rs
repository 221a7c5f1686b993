//! The prompt when nothing stands in front: where one is, the step that
//! waits, and what can be done.
//!
//! A number means the same at every prompt; what cannot be done now is left
//! out.

use jiff::{SignedDuration, Timestamp};

use super::super::{Model, company, forms};
use super::told::{context, over, propose, step, verdict};
use super::{Prompt, Waits, side_by_side};
use crate::keymap::Action;
use crate::runbook::StepSpec;
use crate::runbook::plan::Level;
use crate::runbook::run::{Run, Status, StepState};
use crate::runbook::steps::Wants;
use crate::screens::Open;

/// What cannot be told by a look for this long waits for a person.
const STUCK: SignedDuration = SignedDuration::from_secs(60);

/// What a number stands for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Way {
    /// What a key would mean.
    Act(Action),
    /// The commands of the plan, printed.
    Commands,
    /// A statement of what became of a change.
    Happened,
    /// Another step.
    Steps,
    /// A list of what can be shown.
    Show,
    /// A list of all else.
    More,
    /// The question whether to stop.
    Stop,
}

/// One numbered answer.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Choice {
    /// Its number, the same at every prompt.
    pub(super) number: usize,
    /// What it says.
    pub(super) label: &'static str,
    /// What it does.
    pub(super) way: Way,
}

fn choice(number: usize, label: &'static str, way: Way) -> Choice {
    Choice { number, label, way }
}

fn act(number: usize, label: &'static str, action: Action) -> Choice {
    choice(number, label, Way::Act(action))
}

/// Where the person stands.
enum Stand<'a> {
    /// No run is under way.
    Idle,
    /// All steps of the run are over, or it was ended.
    Over(&'a Open, &'a Run),
    /// At this step.
    Step(&'a Open, &'a Run, usize),
}

fn stand(model: &Model) -> Stand<'_> {
    let open = model.open.as_ref().filter(|open| !open.is_closed());
    let Some((open, run)) = open.and_then(|open| Some((open, open.run()?)))
    else {
        return Stand::Idle;
    };
    if run.is_over() || run.aborted().is_some() {
        return Stand::Over(open, run);
    }
    let count = run.steps().count();
    let here = model.states.runbook.list.current();
    let here = here.filter(|place| *place < count).or(run.current());
    Stand::Step(open, run, here.unwrap_or(0))
}

/// What can be answered now, by number.
pub(super) fn choices(model: &Model) -> Vec<Choice> {
    let mut all = match stand(model) {
        Stand::Idle => idle(model),
        Stand::Over(..) => vec![
            act(3, "open a runbook…", Action::RunbookOpen),
            act(11, "write the report", Action::TimelineExport),
            act(12, "close the incident", Action::IncidentClose),
        ],
        Stand::Step(_, run, place) => at_step(model, run, place),
    };
    let follows = model.mode.is_observer();
    let idle = matches!(stand(model), Stand::Idle);
    if model.mode.is_armed() {
        all.push(act(8, "disarm", Action::ModeDisarm));
    } else if !idle && !follows && !model.setting.read_only {
        all.push(act(8, "arm: allow changes", Action::ModeArm));
    }
    if matches!(stand(model), Stand::Step(..)) {
        let label = if follows { "take over…" } else { "hand over…" };
        all.push(act(14, label, Action::RunbookHandOver));
    }
    all.push(act(6, "note", Action::TimelineNote));
    all.push(choice(9, "show…", Way::Show));
    all.push(choice(10, "more…", Way::More));
    all.push(choice(0, "stop", Way::Stop));
    // Zero leaves and stands last.
    all.sort_by_key(|choice| choice.number.wrapping_sub(1));
    all
}

fn idle(model: &Model) -> Vec<Choice> {
    let mut all = vec![
        act(3, "open a runbook…", Action::RunbookOpen),
        act(7, "look at everything again", Action::Refresh),
    ];
    if model.open.as_ref().is_none_or(Open::is_closed) {
        all.push(act(11, "open an incident", Action::IncidentOpen));
    } else {
        all.push(act(12, "close the incident", Action::IncidentClose));
    }
    all
}

fn at_step(model: &Model, run: &Run, place: usize) -> Vec<Choice> {
    let Some((spec, state)) = run.steps().nth(place) else {
        return Vec::new();
    };
    let mut all = Vec::new();
    let go = Action::RunbookRunStep;
    let another = choice(13, "another step…", Way::Steps);
    if model.mode.is_observer() {
        if state.status == Status::Planned {
            all.push(act(1, "show the full request", Action::RunbookPreview));
            all.push(act(3, "approve…", go));
        }
        all.push(another);
        return all;
    }
    match (&state.status, spec.does.wants()) {
        (Status::Ready | Status::Planned, Wants::Choice { .. }) => {
            all.push(act(3, "decide…", go));
        }
        (
            Status::Ready | Status::Planned,
            Wants::Value { .. } | Wants::Words { .. },
        ) => all.push(act(3, "answer", go)),
        (Status::Ready | Status::Planned, Wants::Nothing)
            if spec.level > Level::Read =>
        {
            let preview = Action::RunbookPreview;
            all.push(act(1, "show the full request", preview));
            all.push(choice(2, "print as aws CLI", Way::Commands));
            if is_covered(model) {
                all.push(act(3, "run it", go));
            }
        }
        (Status::Failed { .. } | Status::NotApplied { .. }, _) => {
            all.push(act(3, "try once more", Action::RunbookRetry));
        }
        (Status::Unknown { .. }, _) => {
            all.push(choice(3, "say what happened…", Way::Happened));
            all.push(act(7, "look again", Action::RunbookVerify));
        }
        (
            Status::Checking
            | Status::Held { .. }
            | Status::Verifying { .. }
            | Status::Confirmed
            | Status::InFlight
            | Status::Waiting { .. },
            _,
        ) => all.push(act(7, "look again", Action::RunbookVerify)),
        _ => {}
    }
    if spec.skippable && may_skip(&state.status) {
        all.push(act(4, "skip", Action::RunbookSkip));
    }
    all.push(another);
    all.extend(ways_round(run, &state.status));
    all
}

/// The ways beside the steps in their order.
fn ways_round(run: &Run, status: &Status) -> Vec<Choice> {
    let mut all = Vec::new();
    let aside = |(_, state): (_, &StepState)| state.status == Status::Aside;
    if run.steps().any(aside) {
        all.extend(named(5, "roll back…", "runbook.roll-back"));
    }
    if matches!(status, Status::Held { .. }) {
        all.extend(named(15, "go on regardless", "runbook.override"));
    }
    let label = if run.paused().is_some() { "go on" } else { "pause" };
    all.extend(named(16, label, "runbook.pause"));
    all
}

/// An action by its name, where the program has it.
fn named(number: usize, label: &'static str, name: &str) -> Option<Choice> {
    name.parse().ok().map(|action| act(number, label, action))
}

fn may_skip(status: &Status) -> bool {
    matches!(
        status,
        Status::Ready
            | Status::Planned
            | Status::Checking
            | Status::Held { .. }
            | Status::Verifying { .. }
            | Status::Failed { .. }
            | Status::NotApplied { .. }
    )
}

/// Whether changes to all accounts of the run are allowed.
pub(super) fn is_covered(model: &Model) -> bool {
    let accounts = forms::run_accounts(model);
    accounts.iter().all(|account| model.mode.covers(account))
        && model.mode.is_armed()
}

/// The prompt.
pub(super) fn prompt(model: &Model, now: Timestamp) -> Prompt {
    let choices = choices(model);
    let mut head = vec![context(model, now)];
    if model.mode.is_observer() {
        head.push(company::told(model));
    }
    let (subject, waits) = match stand(model) {
        Stand::Idle => {
            head.extend(verdict(model));
            let open = model.open.as_ref().map_or("", |open| &open.id);
            (format!("idle|{open}"), Waits::Person)
        }
        Stand::Over(open, run) => {
            head.extend(over(open, run, now));
            (format!("over|{}|{}", open.id, run.pinned().run), Waits::Person)
        }
        Stand::Step(open, run, place) => {
            head.extend(step(model, open, run, place, now));
            step_key(model, (open, run, place), now)
        }
    };
    let shown = choices.iter().map(|c| format!("{} {}", c.number, c.label));
    let shown: Vec<String> = shown.collect();
    let about = format!("home|{subject}");
    Prompt {
        key: format!("{about}|{}", shown.join("|")),
        about,
        head,
        lines: side_by_side(shown.into_iter()),
        ask: "Choose: ".to_owned(),
        waits,
    }
}

/// What the prompt of a step is about, and whether a person is needed.
fn step_key(
    model: &Model,
    (open, run, place): (&Open, &Run, usize),
    now: Timestamp,
) -> (String, Waits) {
    let waits = match run.steps().nth(place) {
        Some((spec, state)) => waits(model, open, run, (spec, state), now),
        None => Waits::Person,
    };
    let waits = if waiting(run, place).next().is_some() {
        Waits::Person
    } else {
        waits
    };
    let id = &run.pinned().run;
    let paused = run.paused().is_some();
    let word = if waits == Waits::World { "waits" } else { "asks" };
    (format!("{}|{id}|{place}|{word}|{paused}", open.id), waits)
}

/// The other steps that wait for a person.
pub(super) fn waiting(
    run: &Run,
    place: usize,
) -> impl Iterator<Item = &StepSpec> {
    let others = run.steps().enumerate().filter(move |(at, _)| *at != place);
    others
        .filter(|(_, (spec, state))| calls(spec, state))
        .map(|(_, (spec, _))| spec)
}

/// Whether a step cannot go on without a person.
pub(super) fn calls(spec: &StepSpec, state: &StepState) -> bool {
    match &state.status {
        Status::Ready | Status::Planned => {
            spec.level > Level::Read
                || !matches!(spec.does.wants(), Wants::Nothing)
        }
        status => {
            matches!(status, Status::Failed { .. } | Status::NotApplied { .. })
        }
    }
}

fn waits(
    model: &Model,
    open: &Open,
    run: &Run,
    (spec, state): (&StepSpec, &StepState),
    now: Timestamp,
) -> Waits {
    let long = |since: Option<Timestamp>| {
        since.is_some_and(|since| now.duration_since(since) >= STUCK)
    };
    let person = match &state.status {
        Status::Ready | Status::Planned if calls(spec, state) => {
            // What only wants a look comes by itself.
            is_ready(model, open, run, spec, now) || long(state.ready)
        }
        Status::Held { .. } => long(state.ready) || state.is_overdue(),
        Status::Unknown { .. } => long(state.changed) || state.is_overdue(),
        Status::Waiting { .. } | Status::Verifying { .. } => {
            state.is_overdue()
        }
        Status::Ready
        | Status::Planned
        | Status::Checking
        | Status::Confirmed
        | Status::InFlight
        | Status::NotApplicable
        | Status::Simulated
        | Status::Done
        | Status::Skipped { .. }
        | Status::Overridden { .. }
        | Status::Superseded => false,
        Status::Pending | Status::Aside => run.current().is_none(),
        Status::Failed { .. }
        | Status::NotApplied { .. }
        | Status::Blocked { .. }
        | Status::Undone { .. }
        | Status::Aborted => true,
    };
    if person { Waits::Person } else { Waits::World }
}

fn is_ready(
    model: &Model,
    open: &Open,
    run: &Run,
    spec: &StepSpec,
    now: Timestamp,
) -> bool {
    let asks = !matches!(spec.does.wants(), Wants::Nothing);
    if asks || !is_covered(model) {
        return true;
    }
    match propose(model, open, run, spec, now) {
        Ok(_) => true,
        Err(blocked) => blocked.looks.is_empty(),
    }
}
