//! A person who runs the open runbook to its end by keys, doing what each
//! step asks for, whatever state the console was found in.

use std::time::Duration;

use lifeboat::app::{Model, Overlay};
use lifeboat::runbook::plan::Level;
use lifeboat::runbook::run::{Run, Status};
use lifeboat::runbook::steps::Wants;
use lifeboat::screens::Open;

use super::Flow;

/// What a step asks a person for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Asked {
    /// No runbook is under way.
    Start,
    /// Nothing: AWS works, or a check is looked at.
    Patience,
    /// One of several ways.
    Choice,
    /// Words for the record.
    Words,
    /// The confirm of its plan.
    Confirm,
    /// Another look at what became of it.
    Look,
    /// Another try of what is proven not applied.
    Retry,
}

/// The longest a person stays with it, in things done.
const PATIENCE: usize = 600;

/// Runs the runbook to its end, unless the flow is trapped before; says
/// where it got stuck if it does not come to one.
pub async fn finish(flow: &mut Flow) -> Result<(), String> {
    // A console that takes an incident up reads it first.
    flow.wait(Duration::from_secs(2)).await;
    for _ in 0..PATIENCE {
        if flow.trapped || is_over(&flow.console.model) {
            return Ok(());
        }
        go_on(flow, 0).await;
    }
    flow.console.draw().map_err(|error| error.to_string())?;
    Err(format!("the runbook did not come to its end:\n{}", flow.screen()))
}

/// Whether every step of the run is over.
pub fn is_over(model: &Model) -> bool {
    let run = model.open.as_ref().and_then(Open::run);
    run.is_some_and(Run::is_over)
}

/// Does the next thing that is asked for; of several ways takes the one at
/// this place.
pub async fn go_on(flow: &mut Flow, way: usize) {
    match asked(&flow.console.model) {
        Asked::Patience => flow.wait(Duration::from_secs(1)).await,
        Asked::Start => start(flow).await,
        Asked::Choice => {
            press(flow, "x").await;
            for _ in 0..way {
                flow.keys("down").await;
            }
            press(flow, "enter").await;
            flow.text("eu-west-1 is dark, the lag is known").await;
            press(flow, "enter").await;
        }
        Asked::Words => {
            let said = said(flow);
            press(flow, "x").await;
            flow.text(said).await;
            press(flow, "enter").await;
        }
        Asked::Confirm if flow.console.model.mode.is_armed() => {
            confirm(flow).await;
        }
        Asked::Confirm => arm(flow).await,
        Asked::Look => press(flow, "v").await,
        Asked::Retry => press(flow, "r").await,
    }
}

/// What the person says at the step in front.
fn said(flow: &Flow) -> &'static str {
    let run = flow.console.model.open.as_ref().and_then(Open::run);
    let step = run.and_then(|run| Some((run, run.current()?)));
    let spec = step.and_then(|(run, place)| run.steps().nth(place));
    let own = spec.and_then(|(spec, _)| flow.says.get(spec.id.as_str()));
    own.copied().unwrap_or("the database team rebuilds the replica")
}

/// Ends the run, as nothing goes on; says where that cannot be done.
pub async fn give_up(flow: &mut Flow) -> Result<(), String> {
    press(flow, "A").await;
    let Some(Overlay::Form(_)) = &flow.console.model.overlay else {
        return Err(format!("it cannot be ended:\n{}", shown(flow)));
    };
    let run = flow.console.model.open.as_ref().and_then(Open::run);
    let id = run.map(|run| run.runbook().id.clone()).unwrap_or_default();
    flow.text("nothing goes on here").await;
    press(flow, "enter").await;
    flow.text(&id).await;
    press(flow, "enter").await;
    let run = flow.console.model.open.as_ref().and_then(Open::run);
    match run.and_then(Run::aborted) {
        Some(_) => Ok(()),
        None => Err(format!("it was not ended:\n{}", shown(flow))),
    }
}

/// What a console of one cell would show in a usual terminal.
pub fn shown(flow: &mut Flow) -> String {
    flow.console.terminal.backend_mut().resize(100, 40);
    flow.console.model.size = (100, 40);
    match flow.console.draw() {
        Ok(()) => flow.screen(),
        Err(error) => error.to_string(),
    }
}

/// Presses keys and waits until a dialog that they opened hears.
pub async fn press(flow: &mut Flow, keys: &str) {
    flow.keys(keys).await;
    flow.wait(Duration::from_millis(500)).await;
}

fn asked(model: &Model) -> Asked {
    let Some(run) = model.open.as_ref().and_then(Open::run) else {
        return Asked::Start;
    };
    let Some((spec, state)) =
        run.current().and_then(|place| run.steps().nth(place))
    else {
        return Asked::Patience;
    };
    match (&state.status, spec.does.wants()) {
        (Status::Unknown { .. }, _) => Asked::Look,
        (
            Status::Failed { .. }
            | Status::NotApplied { .. }
            | Status::Undone { .. },
            _,
        ) => Asked::Retry,
        (Status::Ready | Status::Planned, Wants::Choice { .. }) => {
            Asked::Choice
        }
        (
            Status::Ready | Status::Planned,
            Wants::Value { .. } | Wants::Words { .. },
        ) => Asked::Words,
        (Status::Ready | Status::Planned, Wants::Nothing)
            if spec.level != Level::Read =>
        {
            Asked::Confirm
        }
        _ => Asked::Patience,
    }
}

async fn start(flow: &mut Flow) {
    flow.wait(Duration::from_secs(10)).await;
    // A console that was opened for a drill asks for its inputs by itself.
    if !matches!(flow.console.model.overlay, Some(Overlay::Form(_))) {
        press(flow, "5").await;
        press(flow, "o").await;
        press(flow, "enter").await;
    }
    let Some(Overlay::Form(form)) = &flow.console.model.overlay else {
        return;
    };
    for _ in 0..form.fields.len() {
        flow.keys("enter").await;
    }
    flow.wait(Duration::from_secs(1)).await;
}

async fn arm(flow: &mut Flow) {
    press(flow, "g a").await;
    let Some(Overlay::Form(form)) = &flow.console.model.overlay else {
        return;
    };
    if form.fields.len() > 1 {
        flow.text("eu-west-1 is dark").await;
        flow.keys("enter").await;
        flow.text("learn-prod").await;
    }
    press(flow, "enter").await;
}

async fn confirm(flow: &mut Flow) {
    press(flow, "x").await;
    let Some(Overlay::Confirm(dialog)) = &flow.console.model.overlay else {
        return;
    };
    let plan = &dialog.plan;
    let value = plan.readback.as_ref().map(|back| back.value.clone());
    for words in plan.typed.clone().into_iter().chain(value) {
        flow.text(&words).await;
        flow.keys("tab").await;
    }
    press(flow, "y e s").await;
}
