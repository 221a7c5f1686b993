//! The person of these runs: does what each step asks for, chooses by a
//! list, and ends the run where nothing goes on.

use std::time::Duration;

use lifeboat::app::Model;
use lifeboat::incident::entry::Entry;
use lifeboat::incident::fact::Fact;
use lifeboat::runbook::plan::Level;
use lifeboat::runbook::run::{Happened, Run, Status};
use lifeboat::screens::Open;
use tokio::time::Instant;

use super::fault::Fault;
use crate::flow::Flow;
use crate::flow::person::{give_up, go_on, is_over, shown};

/// How a run ended.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum End {
    /// Every step is over.
    Over,
    /// Nothing went on at this step, and the person ended the run.
    Stopped {
        /// The step.
        step: String,
    },
}

/// For so long a person waits for a check that cannot be told, and asks for
/// a plan that is refused.
const TRIED: Duration = Duration::from_mins(2);

/// Who was refused looks at AWS before asking again.
const AGAIN: Duration = Duration::from_secs(15);

/// After that long the roles of a run are held.
const HELD: Duration = Duration::from_secs(90);

/// By then a run is begun.
const STARTS: usize = 10;

/// The most that is done in one life.
const PATIENCE: usize = 500;

/// Runs the runbook to its end, or to where nothing goes on any more.
pub async fn finish(
    flow: &mut Flow,
    choices: &[(&str, &[usize])],
    fault: Fault,
) -> Result<End, String> {
    // A console that takes an incident up reads it first.
    flow.wait(Duration::from_secs(2)).await;
    let mut is_held = false;
    let mut stuck: Option<(String, Instant)> = None;
    for done in 0..PATIENCE {
        let begun = flow.console.model.open.as_ref().and_then(Open::run);
        if begun.is_none() && done > STARTS {
            return Err(format!("it does not begin:\n{}", shown(flow)));
        }
        let model = &flow.console.model;
        if is_over(model) {
            return Ok(End::Over);
        }
        let later = fault == Fault::SignInLater;
        if later
            && !is_held
            && model.open.as_ref().and_then(Open::run).is_some()
        {
            is_held = true;
            flow.wait(HELD).await;
            fault.later(&flow.sim);
            continue;
        }
        stuck = match (waits_in_vain(model), stuck) {
            (None, _) => None,
            (Some(step), Some((same, since))) if step == same => {
                if since.elapsed() > TRIED {
                    give_up(flow).await?;
                    return Ok(End::Stopped { step });
                }
                Some((same, since))
            }
            (Some(step), _) => Some((step, Instant::now())),
        };
        let refused = refusals(model);
        let way = way(model, choices);
        go_on(flow, way).await;
        if refusals(&flow.console.model) > refused {
            flow.wait(AGAIN).await;
        }
    }
    Err(format!("it came to no end:\n{}", shown(flow)))
}

fn entries(model: &Model) -> &[Entry] {
    let open = model.open.as_ref();
    open.map_or(&[], |open| &open.incident.entries)
}

/// How often the person was refused.
fn refusals(model: &Model) -> usize {
    let refused = |entry: &&Entry| matches!(entry.fact, Fact::Refused { .. });
    entries(model).iter().filter(refused).count()
}

/// The step in front, if it is a check that cannot be told or a change of
/// which no plan can be made.
fn waits_in_vain(model: &Model) -> Option<String> {
    let run = model.open.as_ref().and_then(Open::run)?;
    let (spec, state) = run.steps().nth(run.current()?)?;
    let in_vain = match &state.status {
        Status::Held { unclear, .. } => *unclear,
        Status::Ready => spec.level > Level::Read,
        _ => false,
    };
    in_vain.then(|| spec.id.clone())
}

/// The way to choose at the decision in front, by what was chosen before.
fn way(model: &Model, choices: &[(&str, &[usize])]) -> usize {
    let run = model.open.as_ref().and_then(Open::run);
    let step = run.and_then(|run: &Run| {
        Some(run.steps().nth(run.current()?)?.0.id.as_str())
    });
    let decided = |entry: &&Entry| match &entry.fact {
        Fact::Step(fact) => {
            Some(fact.step.as_str()) == step
                && matches!(fact.what, Happened::Decided { .. })
        }
        _ => false,
    };
    let before = entries(model).iter().filter(decided).count();
    let ways = choices.iter().find(|(of, _)| Some(*of) == step);
    ways.and_then(|(_, ways)| ways.get(before)).copied().unwrap_or_default()
}
