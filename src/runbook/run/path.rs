//! Path: what is left of a run, its longest chain and what can begin now.

use jiff::{SignedDuration, Timestamp};

use super::super::StepSpec;
use super::super::plan::Level;
use super::super::steps::Wants;
use super::{Run, Status, StepState};

/// What is left of a run.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Path {
    /// The chain of steps that takes longest, in order: the end cannot come
    /// before its own.
    pub steps: Vec<usize>,
    /// What that chain is expected to take from now on.
    pub left: SignedDuration,
    /// Steps of the chain that say no expected time, and are not a person's:
    /// the end may come later than told.
    pub untold: usize,
    /// Steps that a person can begin now.
    pub ready: Vec<usize>,
    /// Steps that go on by themselves now.
    pub running: Vec<usize>,
}

impl Run {
    /// What is left, by the needs and the expected times of the steps. Ways
    /// back count only once they are called for. A step under way counts
    /// with what is left of its expected time, never with less than nothing.
    pub fn path(&self, now: Timestamp) -> Path {
        let specs = &self.pinned.runbook.steps;
        let mut ends: Vec<Option<(SignedDuration, Option<usize>)>> =
            Vec::with_capacity(specs.len());
        let mut last: Option<(SignedDuration, usize)> = None;
        for (place, (spec, state)) in self.steps().enumerate() {
            if !is_left(&state.status) {
                ends.push(None);
                continue;
            }
            let mut end = SignedDuration::ZERO;
            let mut before = None;
            for need in &spec.needs {
                if let Some((its, _)) = ends[*need]
                    && (before.is_none() || its > end)
                {
                    (end, before) = (its, Some(*need));
                }
            }
            end += takes(spec, state, now);
            ends.push(Some((end, before)));
            if last.is_none_or(|(longest, _)| end > longest) {
                last = Some((end, place));
            }
        }
        let mut path = self.open_now();
        let Some((left, place)) = last else { return path };
        path.left = left;
        let mut here = Some(place);
        while let Some(place) = here {
            path.steps.push(place);
            here = ends[place].and_then(|(_, before)| before);
        }
        path.steps.reverse();
        let untold = |place: &&usize| is_untold(&specs[**place]);
        path.untold = path.steps.iter().filter(untold).count();
        path
    }

    fn open_now(&self) -> Path {
        let mut path = Path::default();
        for (place, state) in self.steps.iter().enumerate() {
            match state.status {
                Status::Ready | Status::Planned => path.ready.push(place),
                Status::Checking
                | Status::Held { .. }
                | Status::Confirmed
                | Status::InFlight
                | Status::Waiting { .. }
                | Status::Verifying { .. }
                | Status::Unknown { .. } => path.running.push(place),
                Status::Pending
                | Status::Blocked { .. }
                | Status::NotApplicable
                | Status::Aside
                | Status::Done
                | Status::Failed { .. }
                | Status::NotApplied { .. }
                | Status::Skipped { .. }
                | Status::Overridden { .. }
                | Status::Undone { .. }
                | Status::Superseded
                | Status::Simulated
                | Status::Aborted => {}
            }
        }
        path
    }

    /// All steps that a step needs, directly or not, by their places.
    pub(super) fn all_needs(&self, place: usize) -> Vec<bool> {
        let steps = &self.runbook().steps;
        let mut found = vec![false; steps.len()];
        let mut open = steps[place].needs.clone();
        while let Some(need) = open.pop() {
            if !found[need] {
                found[need] = true;
                open.extend(&steps[need].needs);
            }
        }
        found
    }
}

fn is_left(status: &Status) -> bool {
    !status.is_over() && !matches!(status, Status::Aside | Status::Aborted)
}

fn takes(
    spec: &StepSpec,
    state: &StepState,
    now: Timestamp,
) -> SignedDuration {
    let expect = spec.expect.unwrap_or_default();
    let since = match &state.status {
        Status::InFlight | Status::Waiting { .. } | Status::Unknown { .. } => {
            state.sent.or(state.ready)
        }
        Status::Checking | Status::Held { .. } | Status::Verifying { .. } => {
            state.ready
        }
        _ => None,
    };
    let gone = since.map_or(SignedDuration::ZERO, |at| now.duration_since(at));
    (expect - gone.max(SignedDuration::ZERO)).max(SignedDuration::ZERO)
}

/// A person takes as long as they take; AWS and checks should be known.
fn is_untold(spec: &StepSpec) -> bool {
    let asks = !matches!(spec.does.wants(), Wants::Nothing);
    let person = asks && spec.level == Level::Read;
    spec.expect.is_none() && !person
}
