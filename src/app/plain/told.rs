//! What the prompt says of where one is: the estate, or the step in front.

use jiff::Timestamp;

use super::super::{Model, header};
use super::home::{calls, is_covered, waiting};
use super::line;
use crate::runbook::StepSpec;
use crate::runbook::plan::{Plan, Undo};
use crate::runbook::run::Run;
use crate::runbook::steps::{Blocked, Settled, Wants};
use crate::screens::{Open, confirm, runbook};

/// Environment, account, Regions, mode and time.
pub(super) fn context(model: &Model, now: Timestamp) -> String {
    let known = model.known(now);
    let glass = model.is_break_glass();
    let line_of =
        header::context(&known, &model.mode, glass, now, super::WIDTH);
    let cells = [line_of.left, line_of.right].concat();
    line(&cells)
}

/// Whether one can recover, what would be lost, and what stands in the way.
pub(super) fn verdict(model: &Model) -> Vec<String> {
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

/// What there is to know when nothing is left to do.
pub(super) fn over(open: &Open, run: &Run, now: Timestamp) -> Vec<String> {
    let name = &run.runbook().id;
    let end = match run.aborted() {
        Some(at) => format!("The run was ended at {}.", at.strftime("%H:%MZ")),
        None => "All steps are over.".to_owned(),
    };
    vec![format!("{}  {name}", open.id), runbook::clock(open, now), end]
}

/// What there is to know of the step in front.
pub(super) fn step(
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
    if state.is_overdue() {
        lines.push(format!("Overdue: {}.", runbook::overdue(spec, state)));
    }
    if let Some(why) = spec.why.as_ref().filter(|_| calls(spec, state)) {
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
    let program = plan.calls.iter().any(|call| call.program().is_some());
    let what = if program { "Runs a program" } else { "Changes AWS" };
    let mut lines =
        vec![format!("{what}. {level}."), format!("Effect: {}", plan.effect)];
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
        if let Some(program) = call.program() {
            lines.push(format!("Program: {}", program.shell()));
            let own = program.start.inherits.join(", ");
            lines.push(format!("From this environment: {own}"));
        }
        lines.push(format!(
            "Request: {}, Region {}, account {} {id}",
            call.action(),
            call.region(),
            model.setting.account_name(id)
        ));
    }
    if !is_covered(model) && !model.mode.is_observer() {
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

/// What the step would do now.
pub(super) fn propose(
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
