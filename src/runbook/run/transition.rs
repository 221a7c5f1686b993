//! One function from a step's status and a fact to its next status.

use super::super::StepSpec;
use super::super::plan::{IntentCopy, Level, Plan};
use super::super::steps::Wants;
use super::act::{REASON_MIN, is_reason, matches_whole};
use super::back::aside_holds;
use super::{Approval, Happened, Outcome, Status, StepState};

/// The status that follows, or why none can.
pub(super) fn next(
    spec: &StepSpec,
    state: &StepState,
    what: &Happened,
) -> Result<Status, String> {
    match what {
        Happened::Held { .. }
        | Happened::Running { .. }
        | Happened::Overdue { .. }
        | Happened::Done { .. }
        | Happened::Lost { .. }
        | Happened::Simulated { .. }
        | Happened::NotApplied { .. } => seen(state, what),
        Happened::Proposed { .. }
        | Happened::Approved { .. }
        | Happened::Confirmed { .. }
        | Happened::Voided { .. } => approved(spec, state, what),
        Happened::Intended { intent } => intended(state, intent),
        Happened::Began { .. } => match state.status {
            Status::InFlight => Ok(Status::InFlight),
            _ => refuse("no call of it is on its way"),
        },
        Happened::Outcome { attempt, position, outcome, .. } => {
            answered(state, *attempt, *position, outcome)
        }
        Happened::Stated { .. }
        | Happened::Retried
        | Happened::Decided { .. }
        | Happened::Answered { .. }
        | Happened::Skipped { .. }
        | Happened::Overridden { .. }
        | Happened::Called { .. }
        | Happened::Aborted { .. } => said(spec, state, what),
    }
}

fn refuse<T>(why: &str) -> Result<T, String> {
    Err(why.to_owned())
}

/// What looks tell, and what a lost console leaves.
fn seen(state: &StepState, what: &Happened) -> Result<Status, String> {
    let checking = matches!(
        state.status,
        Status::Checking | Status::Held { .. } | Status::Verifying { .. }
    );
    let sent = matches!(
        state.status,
        Status::Waiting { .. } | Status::Unknown { .. }
    );
    match what {
        Happened::Held { why, unclear } if checking => {
            Ok(Status::Held { why: why.clone(), unclear: *unclear })
        }
        Happened::Running { why } if checking => {
            Ok(Status::Verifying { why: why.clone() })
        }
        Happened::Running { why } if sent => {
            Ok(Status::Waiting { why: why.clone() })
        }
        Happened::Overdue { .. } if state.status.takes_time() => {
            Ok(state.status.clone())
        }
        Happened::Done { .. } if checking || sent => Ok(Status::Done),
        Happened::NotApplied { why } if sent => {
            Ok(Status::NotApplied { why: why.clone() })
        }
        Happened::Lost { why } if state.status == Status::InFlight => {
            Ok(Status::Unknown { why: why.clone() })
        }
        Happened::Simulated { .. } if state.status == Status::Confirmed => {
            Ok(Status::Simulated)
        }
        _ => refuse("nothing of it is being looked at"),
    }
}

fn approved(
    spec: &StepSpec,
    state: &StepState,
    what: &Happened,
) -> Result<Status, String> {
    match what {
        Happened::Proposed { level, .. } => {
            if spec.level == Level::Read {
                return refuse("it changes nothing");
            }
            if *level < spec.level {
                return refuse("the level shown is lower than the step's");
            }
            match state.status {
                Status::Ready | Status::Planned => Ok(Status::Planned),
                _ => refuse("it cannot be planned"),
            }
        }
        Happened::Approved { hash, .. } => {
            if state.status != Status::Planned || state.proposed != Some(*hash)
            {
                return refuse("that plan is not shown");
            }
            Ok(Status::Planned)
        }
        Happened::Confirmed { hash, plan, approval, .. } => {
            if state.status != Status::Planned {
                return refuse("no plan of it is shown");
            }
            if state.proposed != Some(*hash) {
                return refuse("another plan was shown");
            }
            if plan.level < spec.level || plan.calls.is_empty() {
                return refuse("the plan is not one of this step");
            }
            approval_holds(approval, plan)?;
            Ok(Status::Confirmed)
        }
        Happened::Voided { .. } => match state.status {
            Status::Confirmed | Status::Planned => Ok(Status::Planned),
            _ => refuse("nothing of it is confirmed"),
        },
        _ => refuse("not an approval"),
    }
}

/// Whether enough persons approved and the right words were typed.
pub(super) fn approval_holds(
    approval: &Approval,
    plan: &Plan,
) -> Result<(), String> {
    if !approval.is_met(plan.second) {
        return refuse("too few persons approved it");
    }
    if plan.typed.is_some() && approval.typed != plan.typed {
        return refuse("what was typed is not the name");
    }
    let value = plan.readback.as_ref().map(|back| &back.value);
    if value.is_some() && approval.readback.as_ref() != value {
        return refuse("what was read back is not what is observed");
    }
    Ok(())
}

fn intended(state: &StepState, intent: &IntentCopy) -> Result<Status, String> {
    let Some(confirm) = &state.confirmed else {
        return refuse("no plan of it is confirmed");
    };
    if state.status != Status::Confirmed {
        return refuse("no call of it is left to send");
    }
    if intent.plan != confirm.hash || intent.attempt != state.attempt {
        return refuse("it belongs to another plan");
    }
    if intent.position != state.outcomes.len()
        || confirm.plan.calls.get(intent.position) != Some(&intent.call)
    {
        return refuse("it is not the next call of the plan");
    }
    Ok(Status::InFlight)
}

fn answered(
    state: &StepState,
    attempt: u32,
    position: usize,
    outcome: &Outcome,
) -> Result<Status, String> {
    if state.status != Status::InFlight {
        return refuse("no call of it is on its way");
    }
    if attempt != state.attempt || position != state.outcomes.len() {
        return refuse("it answers another call");
    }
    let calls = state.plan().map_or(0, |plan| plan.calls.len());
    Ok(match outcome {
        Outcome::Accepted { .. } if position + 1 < calls => Status::Confirmed,
        Outcome::Accepted { .. } => {
            Status::Waiting { why: "AWS took it".into() }
        }
        Outcome::Ended { end } if end.is_well() => {
            if position + 1 < calls {
                Status::Confirmed
            } else {
                Status::Waiting { why: end.words() }
            }
        }
        // What a program did that does not say it did its work is open.
        Outcome::Ended { end } => Status::Unknown { why: end.words() },
        Outcome::Refused { failure } => {
            Status::Failed { why: failure.to_string() }
        }
        Outcome::Unknown { failure } => {
            Status::Unknown { why: failure.to_string() }
        }
        Outcome::NotSent { why } => Status::NotApplied { why: why.clone() },
    })
}

/// What a person says or decides.
fn said(
    spec: &StepSpec,
    state: &StepState,
    what: &Happened,
) -> Result<Status, String> {
    match what {
        Happened::Stated { applied, evidence, .. } => {
            stated(state, *applied, evidence)
        }
        Happened::Retried => match state.status {
            Status::Failed { .. }
            | Status::NotApplied { .. }
            | Status::Undone { .. } => Ok(Status::Ready),
            _ => refuse("only what is proven not applied is tried again"),
        },
        Happened::Decided { choice, rationale } => {
            wanted(state)?;
            reason_holds(rationale)?;
            decided(spec, choice)
        }
        Happened::Answered { value } => {
            wanted(state)?;
            answer_holds(spec, value)?;
            Ok(Status::Done)
        }
        Happened::Skipped { reason } if spec.undoes.is_some() => {
            aside_holds(spec, state)?;
            reason_holds(reason)?;
            Ok(Status::Aside)
        }
        Happened::Skipped { reason } => {
            skip_holds(spec, state)?;
            reason_holds(reason)?;
            Ok(Status::Skipped { reason: reason.clone() })
        }
        Happened::Overridden { reason, .. } => {
            skip_holds(spec, state)?;
            if !matches!(state.status, Status::Held { .. }) {
                return refuse("no check of it is held");
            }
            reason_holds(reason)?;
            Ok(Status::Overridden { reason: reason.clone() })
        }
        Happened::Called { reason } => {
            if state.status != Status::Aside {
                return refuse("it is not a way back that waits");
            }
            reason_holds(reason)?;
            Ok(Status::Ready)
        }
        Happened::Aborted { reason, .. } => {
            reason_holds(reason)?;
            let undone = matches!(state.status, Status::Undone { .. });
            let kept = state.status.is_over() || state.status.is_open();
            Ok(if kept || undone {
                state.status.clone()
            } else {
                Status::Aborted
            })
        }
        _ => refuse("nothing a person says"),
    }
}

fn stated(
    state: &StepState,
    applied: bool,
    evidence: &str,
) -> Result<Status, String> {
    let open = matches!(
        state.status,
        Status::Unknown { .. } | Status::Waiting { .. }
    );
    if !open {
        return refuse("nothing of it is unknown");
    }
    reason_holds(evidence)?;
    Ok(if applied {
        Status::Done
    } else {
        Status::NotApplied { why: evidence.to_owned() }
    })
}

fn decided(spec: &StepSpec, choice: &str) -> Result<Status, String> {
    match spec.does.wants() {
        Wants::Choice { choices, .. }
            if choices.iter().any(|c| c.key == choice) =>
        {
            Ok(Status::Done)
        }
        _ => refuse("it has no such choice"),
    }
}

fn wanted(state: &StepState) -> Result<(), String> {
    if state.status == Status::Ready {
        return Ok(());
    }
    refuse("it is not its turn")
}

fn answer_holds(spec: &StepSpec, value: &str) -> Result<(), String> {
    match spec.does.wants() {
        Wants::Value { pattern: Some(pattern), .. }
            if !matches_whole(pattern, value) =>
        {
            refuse("the value is not of the form asked for")
        }
        Wants::Value { .. } if value.trim().is_empty() => {
            refuse("a value is asked for")
        }
        Wants::Value { .. } | Wants::Words { .. } => Ok(()),
        Wants::Nothing | Wants::Choice { .. } => {
            refuse("it asks for no value")
        }
    }
}

fn skip_holds(spec: &StepSpec, state: &StepState) -> Result<(), String> {
    if !spec.skippable {
        return refuse("the runbook does not let it be skipped");
    }
    match state.status {
        Status::Ready
        | Status::Checking
        | Status::Held { .. }
        | Status::Verifying { .. }
        | Status::Planned
        | Status::Failed { .. }
        | Status::NotApplied { .. } => Ok(()),
        Status::Pending
        | Status::Blocked { .. }
        | Status::NotApplicable
        | Status::Aside
        | Status::Undone { .. }
        | Status::Overridden { .. }
        | Status::Superseded
        | Status::Simulated
        | Status::Confirmed
        | Status::InFlight
        | Status::Waiting { .. }
        | Status::Done
        | Status::Unknown { .. }
        | Status::Skipped { .. }
        | Status::Aborted => refuse("it is not its turn"),
    }
}

fn reason_holds(reason: &str) -> Result<(), String> {
    if is_reason(reason) {
        return Ok(());
    }
    Err(format!("a reason has at least {REASON_MIN} characters"))
}
