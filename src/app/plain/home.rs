//! The prompt when nothing stands in front: where one is, the step that
//! waits, and what can be done.
//!
//! A number means the same at every prompt; what cannot be done now is left
//! out.

use jiff::{SignedDuration, Timestamp};

use super::super::{Model, forms, header};
use super::{Prompt, Waits, line, side_by_side};
use crate::keymap::Action;
use crate::runbook::StepSpec;
use crate::runbook::plan::{Level, Plan, Undo};
use crate::runbook::run::{Run, Status, StepState};
use crate::runbook::steps::{Blocked, Settled, Wants};
use crate::screens::{Open, confirm, runbook};

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
    if model.mode.is_armed() {
        all.push(act(8, "disarm", Action::ModeDisarm));
    } else if !matches!(stand(model), Stand::Idle) && !model.setting.read_only
    {
        all.push(act(8, "arm: allow changes", Action::ModeArm));
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
    if run.steps().count() > 1 {
        all.push(choice(13, "another step…", Way::Steps));
    }
    all
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
fn is_covered(model: &Model) -> bool {
    let accounts = forms::run_accounts(model);
    accounts.iter().all(|account| model.mode.covers(account))
        && model.mode.is_armed()
}

/// The prompt.
pub(super) fn prompt(model: &Model, now: Timestamp) -> Prompt {
    let choices = choices(model);
    let mut head = vec![context(model, now)];
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
fn waiting(run: &Run, place: usize) -> impl Iterator<Item = &StepSpec> {
    let others = run.steps().enumerate().filter(move |(at, _)| *at != place);
    others
        .filter(|(_, (spec, state))| calls(spec, state))
        .map(|(_, (spec, _))| spec)
}

/// Whether a step cannot go on without a person.
fn calls(spec: &StepSpec, state: &StepState) -> bool {
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
        Status::Held { .. } => long(state.ready) || state.overdue,
        Status::Unknown { .. } => long(state.changed) || state.overdue,
        Status::Waiting { .. } | Status::Verifying { .. } => state.overdue,
        Status::Ready
        | Status::Planned
        | Status::Checking
        | Status::Confirmed
        | Status::InFlight => false,
        Status::Pending | Status::Aside => run.current().is_none(),
        Status::Failed { .. }
        | Status::NotApplied { .. }
        | Status::Blocked { .. }
        | Status::Undone { .. }
        | Status::Aborted => true,
        Status::NotApplicable
        | Status::Done
        | Status::Skipped { .. }
        | Status::Overridden { .. }
        | Status::Superseded => false,
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
    if !matches!(spec.does.wants(), Wants::Nothing) || !is_covered(model) {
        return true;
    }
    match propose(model, open, run, spec, now) {
        Ok(_) => true,
        Err(blocked) => blocked.looks.is_empty(),
    }
}

fn propose(
    model: &Model,
    open: &Open,
    run: &Run,
    spec: &StepSpec,
    now: Timestamp,
) -> Result<Plan, Blocked> {
    let id = &run.pinned().run;
    let made = open.incident.propose(id, &spec.id, &model.estate, now);
    made.map(|proposal| proposal.plan)
}

/// Environment, account, Regions, mode and time.
fn context(model: &Model, now: Timestamp) -> String {
    let known = model.known(now);
    let glass = model.is_break_glass();
    let line_of =
        header::context(&known, &model.mode, glass, now, super::WIDTH);
    let cells = [line_of.left, line_of.right].concat();
    line(&cells)
}

fn verdict(model: &Model) -> Vec<String> {
    let verdict = &model.derived.verdict;
    let sentence = match verdict.sentence.as_str() {
        "" => "no protected resource is known yet",
        sentence => sentence,
    };
    let word = verdict.answer.word();
    let mut lines = vec![format!("Can we recover? {word}: {sentence}.")];
    if let Some((name, loss)) = &verdict.worst {
        let loss = runbook::short(*loss);
        lines.push(format!("Worst loss if we failed over now: {name} {loss}"));
    }
    let blockers = verdict.blockers.iter().take(3);
    lines.extend(blockers.map(|text| format!("In the way: {text}")));
    match model.open.as_ref().filter(|open| !open.is_closed()) {
        Some(open) => lines.push(format!("Incident {} is open.", open.id)),
        None => lines.push("No incident is open.".to_owned()),
    }
    lines
}

fn over(open: &Open, run: &Run, now: Timestamp) -> Vec<String> {
    let name = &run.runbook().id;
    let end = match run.aborted() {
        Some(at) => format!("The run was ended at {}.", at.strftime("%H:%MZ")),
        None => "All steps are over.".to_owned(),
    };
    vec![format!("{}  {name}", open.id), runbook::clock(open, now), end]
}

/// What there is to know of the step in front.
fn step(
    model: &Model,
    open: &Open,
    run: &Run,
    place: usize,
    now: Timestamp,
) -> Vec<String> {
    let Some((spec, state)) = run.steps().nth(place) else {
        return Vec::new();
    };
    let all = run.steps().count();
    let mut lines = vec![
        format!(
            "{}  {}  step {} of {all}",
            open.id,
            run.runbook().id,
            place + 1
        ),
        runbook::clock(open, now),
        format!("{}: {}", spec.id, run.title(spec)),
    ];
    if let Some((_, why)) = run.paused() {
        lines.push(format!("PAUSED: {why}"));
    }
    if run.ponr() == Some(place) && calls(spec, state) {
        lines.push("There is no way back after this step.".to_owned());
    }
    lines.push(match state.status.why() {
        Some(why) => format!("It is {}: {why}", state.status.word()),
        None => format!("It is {}.", state.status.word()),
    });
    if state.overdue {
        lines.push("It takes longer than allowed.".to_owned());
    }
    if let Some(why) = &spec.why {
        lines.push(format!("Why: {}", why.show(run.values())));
    }
    if calls(spec, state) {
        lines.extend(wanted(model, open, run, spec, now));
    } else if state.status.why().is_none() && !state.is_sent() {
        lines.extend(seen(model, run, spec, now));
    }
    for other in waiting(run, place) {
        let id = &other.id;
        lines.push(format!("Step {id} waits for you, too: 13 goes there."));
    }
    lines
}

/// What a person is asked for at this step.
fn wanted(
    model: &Model,
    open: &Open,
    run: &Run,
    spec: &StepSpec,
    now: Timestamp,
) -> Vec<String> {
    match spec.does.wants() {
        Wants::Choice { ask, .. }
        | Wants::Value { ask, .. }
        | Wants::Words { ask } => vec![ask.show(run.values())],
        Wants::Nothing => match propose(model, open, run, spec, now) {
            Ok(plan) => planned(model, &plan),
            Err(blocked) => vec![format!("Not yet: {blocked}")],
        },
    }
}

fn planned(model: &Model, plan: &Plan) -> Vec<String> {
    let level = confirm::level_word(plan);
    let mut lines = vec![
        format!("Changes AWS. {level}."),
        format!("Effect: {}", plan.effect),
    ];
    if let Some(loss) = &plan.loss {
        lines.push(format!("Data loss: {}", loss.sentence));
    }
    let takes = plan.expect.map_or_else(String::new, |expect| {
        format!("Expected time: about {}. ", runbook::short(expect))
    });
    let undo = match &plan.undo {
        Undo::NotNeeded => "not needed".to_owned(),
        Undo::By(how) => how.clone(),
        Undo::None(why) => format!("none: {why}"),
    };
    lines.push(format!("{takes}Undo: {undo}"));
    for call in &plan.calls {
        let id = call.account();
        lines.push(format!(
            "Request: {}, Region {}, account {} {id}",
            call.action(),
            call.region(),
            model.setting.account_name(id)
        ));
    }
    if !is_covered(model) {
        let text = if model.setting.read_only {
            "Started with --read-only: nothing can be changed."
        } else {
            "This is OBSERVE: 8 arms, then 3 runs it."
        };
        lines.push(text.to_owned());
    }
    lines
}

/// What looks tell of a step that goes on by itself.
fn seen(
    model: &Model,
    run: &Run,
    spec: &StepSpec,
    now: Timestamp,
) -> Vec<String> {
    match run.reading(&spec.id, &model.estate, now) {
        Some(Settled::Done { evidence, .. }) => {
            evidence.into_iter().map(|line| format!("Seen: {line}")).collect()
        }
        Some(
            Settled::Running { why }
            | Settled::NotDone { why }
            | Settled::CannotTell { why },
        ) => vec![format!("Seen: {why}")],
        None => Vec::new(),
    }
}
