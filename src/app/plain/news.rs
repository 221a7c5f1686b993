//! What has changed since the last line: notices and steps, a line each.

use std::collections::{BTreeMap, VecDeque};

use jiff::{SignedDuration, Timestamp};

use super::super::Model;
use crate::event::Notice;
use crate::runbook::run::{Outcome, Run, Status, StepState};
use crate::screens::{Open, runbook};

/// What was told already.
#[derive(Clone, Debug, Default)]
pub(super) struct News {
    /// The newest notice that was told.
    told: Option<Notice>,
    /// The run whose steps are told.
    run: Option<(String, String)>,
    /// What was told last of each step.
    steps: BTreeMap<String, Step>,
}

/// What there is to say, and when it was.
type Line = (Timestamp, String);

#[derive(Clone, Debug, PartialEq, Eq)]
struct Step {
    status: Status,
    outcomes: usize,
    attempt: u32,
}

impl News {
    /// The lines for what has changed.
    pub(super) fn lines(
        &mut self,
        model: &Model,
        now: Timestamp,
    ) -> Vec<String> {
        let mut lines = self.steps(model, now);
        let notices = self.notices(&model.notices, &lines);
        lines.extend(notices);
        lines.sort_by_key(|(at, _)| *at);
        lines.into_iter().map(|(at, text)| clock(at) + " " + &text).collect()
    }

    /// The notices that none of these lines of steps says.
    fn notices(
        &mut self,
        notices: &VecDeque<Notice>,
        steps: &[Line],
    ) -> Vec<Line> {
        let told = self.told.as_ref();
        let first = notices.iter().rposition(|one| Some(one) == told);
        let first = first.map_or(0, |place| place + 1);
        let fresh = notices.iter().skip(first);
        let said = |one: &&Notice| {
            self.is_of_a_step(one)
                || steps.iter().any(|(_, line)| line.ends_with(&one.text))
        };
        let lines = fresh.filter(|one| !said(one)).map(|one| {
            let mark = if one.bad { "! " } else { "" };
            (one.at, format!("{mark}{}", one.text))
        });
        let lines = lines.collect();
        self.told = notices.back().cloned();
        lines
    }

    /// Whether the line of a step says the same.
    fn is_of_a_step(&self, notice: &Notice) -> bool {
        self.steps.keys().any(|id| {
            let rest = notice.text.strip_prefix(id.as_str());
            matches!(rest, Some(" is done" | ": AWS took it"))
        })
    }

    fn steps(&mut self, model: &Model, now: Timestamp) -> Vec<Line> {
        let open = model.open.as_ref();
        let Some((open, run)) =
            open.and_then(|open| Some((open, open.run()?)))
        else {
            self.run = None;
            self.steps.clear();
            return Vec::new();
        };
        let this = Some((open.id.clone(), run.pinned().run.clone()));
        let anew = self.run != this;
        self.run = this;
        if anew {
            self.steps.clear();
        }
        let mut lines = Vec::new();
        for (spec, state) in run.steps() {
            let is = Step {
                status: state.status.clone(),
                outcomes: state.outcomes().len(),
                attempt: state.attempt,
            };
            let was = self.steps.insert(spec.id.clone(), is.clone());
            let Some(was) = was else { continue };
            lines.extend(told(&spec.id, state, &was, &is, now));
        }
        lines
    }
}

/// What there is to say of a step that changed.
fn told(
    id: &str,
    state: &StepState,
    was: &Step,
    is: &Step,
    now: Timestamp,
) -> Vec<Line> {
    let at = state.changed.unwrap_or(now);
    let mut lines = Vec::new();
    let same_try = was.attempt == is.attempt;
    let seen = if same_try { was.outcomes } else { 0 };
    for outcome in state.outcomes().iter().skip(seen) {
        if let Outcome::Accepted { request_id, .. } = outcome {
            let request = request_id.as_deref().unwrap_or("none");
            lines.push((
                at,
                format!("{id}: AWS took it, request id {request}"),
            ));
        }
    }
    if was.status != is.status {
        let word = is.status.word();
        let more = match (&is.status, is.status.why()) {
            (_, Some(why)) => format!(": {why}"),
            (Status::Done, None) if !state.evidence.is_empty() => {
                format!(": {}", state.evidence.join("; "))
            }
            (_, None) => String::new(),
        };
        lines.push((at, format!("{id}: {word}{more}")));
    }
    lines
}

/// The line that says what is being waited for.
pub(super) fn still(model: &Model, now: Timestamp) -> Option<String> {
    let run = model.open.as_ref().and_then(Open::run)?;
    let (spec, state) = run.steps().nth(run.current()?)?;
    let since = state.changed.or(state.ready)?;
    let why = state.status.why().unwrap_or("nothing new was seen");
    Some(format!(
        "{} still waiting: {} is {} for {}{}: {why}",
        clock(now),
        spec.id,
        state.status.word(),
        runbook::short(now.duration_since(since)),
        expected(run, spec.expect)
    ))
}

fn expected(_: &Run, expect: Option<SignedDuration>) -> String {
    expect.map_or_else(String::new, |expect| {
        format!(" (about {} expected)", runbook::short(expect))
    })
}

fn clock(at: Timestamp) -> String {
    at.strftime("%H:%M:%SZ").to_string()
}
