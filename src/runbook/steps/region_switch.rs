//! Executions of ARC Region switch plans: what the kinds about them share.

use jiff::Timestamp;
use serde_json::{Value, json};

use super::place::Place;
use super::seen::{seen, word};
use super::{Fields, Missing, Scene, Text};
use crate::estate::thing::Thing;
use crate::estate::{Found, Source, What};
use crate::runbook::call::region_switch::Of;
pub(super) use crate::runbook::call::region_switch::plan_name;

/// The execution that a step names.
#[derive(Debug)]
pub(super) struct Execution {
    place: Place,
    plan: Text,
    id: Text,
}

impl Execution {
    /// Reads `account`, `region`, `plan` and `execution`; a problem is left
    /// with the fields.
    pub(super) fn read(fields: &mut Fields<'_>) -> Option<Execution> {
        let place = Place::read(fields);
        let plan = fields.needed_text("plan");
        let id = fields.needed_text("execution");
        Some(Execution { place: place?, plan: plan?, id: id? })
    }

    pub(super) fn texts(&self) -> impl Iterator<Item = &Text> {
        self.place.texts().into_iter().chain([&self.plan, &self.id])
    }

    /// Its id, filled in.
    pub(super) fn id(&self, scene: &Scene<'_>) -> Result<String, Missing> {
        scene.fill(&self.id)
    }

    /// What a call about it names.
    pub(super) fn of(&self, scene: &Scene<'_>) -> Result<Of, Missing> {
        let (account, region) = self.place.of(scene)?;
        let (plan, execution) = (scene.fill(&self.plan)?, self.id(scene)?);
        Ok(Of { account, region, plan, execution })
    }

    /// The look at all executions of its plan.
    pub(super) fn all(&self, scene: &Scene<'_>) -> Result<Source, Missing> {
        let plan = scene.fill(&self.plan)?;
        self.place.look(scene, executions(&plan))
    }

    /// The look at its steps.
    pub(super) fn steps(&self, scene: &Scene<'_>) -> Result<Source, Missing> {
        let (plan, id) = (scene.fill(&self.plan)?, self.id(scene)?);
        self.place.look(scene, about(Thing::PlanSteps, &plan, &id))
    }

    /// The look at its events.
    pub(super) fn events(&self, scene: &Scene<'_>) -> Result<Source, Missing> {
        let (plan, id) = (scene.fill(&self.plan)?, self.id(scene)?);
        self.place.look(scene, about(Thing::PlanEvents, &plan, &id))
    }
}

/// The look at all executions of a plan.
pub(super) fn executions(plan: &str) -> What {
    Thing::PlanExecutions.asked(&json!({ "planArn": plan }))
}

/// A look at one execution.
pub(super) fn about(of: Thing, plan: &str, execution: &str) -> What {
    of.asked(&json!({ "planArn": plan, "executionId": execution }))
}

/// How far an execution has come.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Way {
    /// It goes on, or waits for someone.
    Going,
    /// All that it was to do is done.
    Completed,
    /// It ended with steps that were not done as planned.
    Excepted,
    /// It ended before its end.
    Failed,
    /// AWS has a word for it that is not known here.
    Unknown,
}

/// What the state of an execution means.
// https://docs.aws.amazon.com/arc-region-switch/latest/api/API_GetPlanExecution.html
pub(super) fn way(state: &str) -> Way {
    match state {
        "completed" => Way::Completed,
        "completedWithExceptions" => Way::Excepted,
        "failed" | "canceled" | "planExecutionTimedOut" => Way::Failed,
        "pending"
        | "inProgress"
        | "pausedByFailedStep"
        | "pausedByOperator"
        | "pendingManualApproval"
        | "completedMonitoringApplicationHealth" => Way::Going,
        _ => Way::Unknown,
    }
}

/// The steps of an execution, each with its state.
pub(super) fn steps_told(found: &Found) -> String {
    let Found::Things(list) = found else { return String::new() };
    let steps = list.iter().map(|step| {
        format!("{} {}", word(step, "name"), word(step, "status"))
    });
    steps.collect::<Vec<_>>().join(", ")
}

/// The events of an execution, a line each, in the order of their times.
pub(super) fn events_told(found: &Found) -> Vec<String> {
    let Found::Things(list) = found else { return Vec::new() };
    let mut events: Vec<&Value> = list.iter().collect();
    events.sort_by_key(|event| word(event, "timestamp"));
    let line = |event: &Value| {
        let words = ["timestamp", "type", "stepName", "error", "description"];
        let words = words.map(|name| word(event, name));
        let words = words.into_iter().filter(|word| !word.is_empty());
        words.collect::<Vec<_>>().join(" ")
    };
    events.into_iter().map(line).collect()
}

/// Where an execution is, by looks at its steps and events that began then
/// or later, as far as they were seen.
pub(super) fn progress(
    scene: &Scene<'_>,
    [steps, events]: &[Source; 2],
    since: Timestamp,
) -> String {
    let steps = seen(scene, steps, since).map(|told| steps_told(told.found));
    let last = seen(scene, events, since)
        .map(|told| events_told(told.found).pop().unwrap_or_default());
    let words = [steps, last].into_iter().flatten();
    let words = words.filter(|word| !word.is_empty());
    words.flat_map(|word| ["; ".to_owned(), word]).collect()
}

/// The events of an execution as evidence, as far as they were seen.
pub(super) fn timeline(
    scene: &Scene<'_>,
    events: &Source,
    since: Timestamp,
) -> Vec<String> {
    let told = seen(scene, events, since);
    told.map(|told| events_told(told.found)).unwrap_or_default()
}
