//! A person who strayed from the run and comes back to it; what a run came
//! to, or what it waits for.

use std::time::Duration;

use lifeboat::app::Model;
use lifeboat::runbook::run::{Run, Status};
use lifeboat::screens::{Open, Screen};

use crate::flow::Flow;
use crate::flow::person::press;

fn run(model: &Model) -> Option<&Run> {
    model.open.as_ref().and_then(Open::run)
}

/// Comes back to the step that a person should look at.
pub async fn back(flow: &mut Flow) {
    for _ in 0..3 {
        if flow.console.model.overlay.is_some() {
            press(flow, "esc").await;
        }
    }
    if run(&flow.console.model).is_none() {
        return;
    }
    if flow.console.model.screen != Screen::Runbook {
        press(flow, "5").await;
    }
    let is_paused = |run: &Run| run.paused().is_some();
    if run(&flow.console.model).is_some_and(is_paused) {
        press(flow, "P").await;
    }
    let model = &flow.console.model;
    let here = model.states.runbook.list.current();
    let there = run(model).and_then(Run::current);
    let Some((here, there)) = here.zip(there) else { return };
    let key = if here < there { "down" } else { "up" };
    for _ in 0..here.abs_diff(there) {
        flow.keys(key).await;
    }
}

/// Lets AWS work for a while where the step in front waits for it.
pub async fn patience(flow: &mut Flow, time: Duration) {
    if matches!(waits_for(&flow.console.model), Some(AWS | CHECK | UNKNOWN)) {
        flow.wait(time).await;
    }
}

/// What a run came to, if it has ended.
pub fn ending(model: &Model) -> Option<&'static str> {
    let run = run(model)?;
    let is_open = run.steps().any(|(_, state)| state.status.is_open());
    if run.is_over() && run.aborted().is_none() {
        return Some(match run.status("promote") {
            Some(Status::Done) => "runs done",
            _ => "runs that end without the promotion",
        });
    }
    (run.aborted().is_some() && !is_open).then_some("runs aborted")
}

const AWS: &str = "runs left while AWS works";
const CHECK: &str = "runs left while a check does not hold";
const UNKNOWN: &str = "runs left with an UNKNOWN step";

/// What a run that has not ended waits for.
pub fn waits_for(model: &Model) -> Option<&'static str> {
    let Some(run) = run(model) else { return Some("runs never begun") };
    let place = run.current()?;
    let (_, state) = run.steps().nth(place)?;
    Some(match &state.status {
        Status::Unknown { .. } => UNKNOWN,
        Status::Held { .. } | Status::Checking => CHECK,
        Status::InFlight
        | Status::Confirmed
        | Status::Waiting { .. }
        | Status::Verifying { .. } => AWS,
        _ => "runs left to a person",
    })
}
