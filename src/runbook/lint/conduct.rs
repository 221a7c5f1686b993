//! Rules on how steps are conducted: ways back, read-backs and trials.

use super::super::steps::{Leads, Wants};
use super::super::text::Text;
use super::super::{Runbook, StepSpec};
use super::steps::{changes, found};
use super::{Finding, finding};

/// A way back must bring something back, and must be one itself.
pub(super) fn bad_way_back(runbook: &Runbook) -> Vec<Finding> {
    let mut all = Vec::new();
    for spec in &runbook.steps {
        let Some(undone) = spec.undoes else { continue };
        let target = &runbook.steps[undone];
        let answers = matches!(spec.does.wants(), Wants::Value { .. });
        let (told, help) = if target.is_irreversible() {
            (
                format!("it undoes {}, which has no way back", target.id),
                "remove it, and say in `undo` of that step what to do instead",
            )
        } else if !changes(target) {
            (
                format!("it undoes {}, which changes nothing", target.id),
                "let `undoes` name a step that changes something",
            )
        } else if spec.is_irreversible() {
            (
                "it is a way back, and has none itself".to_owned(),
                "go back by a step that can be done once more",
            )
        } else if !changes(spec) && !answers {
            (
                "it is a way back, and changes nothing".to_owned(),
                "go back by a change, or by a `manual` step",
            )
        } else {
            continue;
        };
        let told = format!("step {}: {told}", spec.id);
        all.push(finding(spec.line, told, help));
    }
    all
}

/// A way back waits for a person, and for no step.
pub(super) fn needs_of_way_back(runbook: &Runbook) -> Vec<Finding> {
    found(
        runbook,
        |_, spec| spec.undoes.is_some() && !spec.needs.is_empty(),
        "it is a way back: a person calls for it, and `needs` is not heeded",
        "remove `needs`",
    )
}

/// What is read back is something that only a look can tell.
pub(super) fn blind_readback(runbook: &Runbook) -> Vec<Finding> {
    let observed = |text: &Text| text.names().any(|name| name.contains('.'));
    let blind = |_: usize, spec: &StepSpec| {
        let value = spec.readback.as_ref().map(|(_, value)| value);
        value.is_some_and(|value| !observed(value))
    };
    found(
        runbook,
        blind,
        "what is read back is no output of a step, and proves no look",
        "name what was seen, such as `{lag.lag}`",
    )
}

/// Only what is confirmed is read back.
pub(super) fn needless_readback(runbook: &Runbook) -> Vec<Finding> {
    found(
        runbook,
        |_, spec| spec.readback.is_some() && !changes(spec),
        "it changes nothing, so nothing is read back",
        "remove `readback`, or put it on the change",
    )
}

/// A trial has two exits: on, and back.
pub(super) fn trial_without_exit(runbook: &Runbook) -> Vec<Finding> {
    let leads_back = |spec: &StepSpec| {
        let Wants::Choice { choices, .. } = spec.does.wants() else {
            return true;
        };
        choices.iter().any(|choice| match &choice.leads {
            Leads::To(id) => is_way_back(runbook, id),
            Leads::On | Leads::End => false,
        })
    };
    found(
        runbook,
        |_, spec| spec.does.window().is_some() && !leads_back(spec),
        "it has a `window`, and no choice leads to a way back",
        "add a choice with `goto` a step with `undoes`",
    )
}

/// A way back is closed once a step without one was sent: a choice made
/// after that must not lead there.
pub(super) fn closed_way_back(runbook: &Runbook) -> Vec<Finding> {
    let closed = |place: usize, id: &str| {
        let back = runbook.place(id).map(|back| &runbook.steps[back]);
        let Some(undone) = back.and_then(|back| back.undoes) else {
            return false;
        };
        let between = runbook.steps[undone..place].iter();
        between.skip(1).any(StepSpec::is_irreversible)
    };
    found(
        runbook,
        |place, spec| {
            let Wants::Choice { choices, .. } = spec.does.wants() else {
                return false;
            };
            choices.iter().any(|choice| match &choice.leads {
                Leads::To(id) => closed(place, id),
                Leads::On | Leads::End => false,
            })
        },
        "a choice leads to a way back that a step without one has closed",
        "decide before the point of no return, or take the choice out",
    )
}

/// Whether the step of this id is a way back.
pub(super) fn is_way_back(runbook: &Runbook, id: &str) -> bool {
    let place = runbook.place(id);
    place.is_some_and(|place| runbook.steps[place].undoes.is_some())
}
