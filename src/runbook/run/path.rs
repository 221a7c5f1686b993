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
        // When the chain up to each step ends, and the last step of it.
        let mut ends: Vec<Option<(SignedDuration, usize)>> =
            Vec::with_capacity(specs.len());
        let mut before: Vec<Option<usize>> = vec![None; specs.len()];
        let mut last: Option<(SignedDuration, usize)> = None;
        for (place, (spec, state)) in self.steps().enumerate() {
            let mut longest: Option<(SignedDuration, usize)> = None;
            for its in spec.needs.iter().filter_map(|need| ends[*need]) {
                if longest.is_none_or(|(end, _)| its.0 > end) {
                    longest = Some(its);
                }
            }
            if !is_left(&state.status) {
                // A step of the other way passes on what it needs.
                ends.push(longest.filter(|_| state.off_way));
                continue;
            }
            before[place] = longest.map(|(_, step)| step);
            let start = longest.map_or(SignedDuration::ZERO, |(end, _)| end);
            let end = start + takes(spec, state, now);
            ends.push(Some((end, place)));
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
            here = before[place];
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

#[cfg(test)]
mod tests {
    use std::sync::Arc;

    use super::super::{Happened, Pinned, StepFact};
    use super::*;
    use crate::runbook::plan::Second;
    use crate::runbook::{Manner, Runbook, Values};

    /// `a`, then `b` and `c` side by side, then `d`.
    fn run() -> Run {
        let step = |id: &str, minutes: u32, needs: &str| {
            format!(
                "[[step]]\nid = \"{id}\"\nkind = \"wait\"\n\
                 title = \"x\"\nfor = \"1h\"\nneeds = [{needs}]\n\
                 expect = \"{minutes}m\"\n"
            )
        };
        let text = format!(
            "schema = 1\n[runbook]\nid = \"x\"\ntitle = \"x\"\n{}{}{}{}",
            step("a", 1, ""),
            step("b", 5, "\"a\""),
            step("c", 2, "\"a\""),
            step("d", 1, "\"b\", \"c\""),
        );
        Run::new(Pinned {
            incident: "INC-1".into(),
            run: "run-1".into(),
            runbook: Arc::new(Runbook::parse(&text, "x").unwrap()),
            sha256: String::new(),
            inputs: Vec::new(),
            second: Second::Off,
            manner: Manner::Ungraceful,
            drill: false,
            at: at(0),
        })
    }

    fn at(second: i64) -> Timestamp {
        Timestamp::from_second(second).unwrap()
    }

    fn done(run: &mut Run, step: &str, second: i64) {
        let what =
            Happened::Done { outputs: Values::new(), evidence: Vec::new() };
        let (run_id, step) = ("run-1".to_owned(), step.to_owned());
        let fact = StepFact { run: run_id, step, what };
        run.apply(&fact, at(second), 1).unwrap();
    }

    #[test]
    fn the_longest_chain_goes_by_expected_times_over_the_needs() {
        let path = run().path(at(0));
        assert_eq!(path.steps, [0, 1, 3]);
        assert_eq!(path.left, SignedDuration::from_mins(7));
        assert_eq!((path.running, path.untold), (vec![0], 0));
    }

    #[test]
    fn what_is_over_or_has_run_for_a_while_counts_no_more() {
        let mut run = run();
        done(&mut run, "a", 60);
        let path = run.path(at(60 + 120));
        assert_eq!(path.steps, [1, 3]);
        assert_eq!(path.left, SignedDuration::from_mins(4));
        assert_eq!(path.running, [1, 2]);
        done(&mut run, "b", 180);
        // What has run out is still there until it is seen.
        let path = run.path(at(180));
        assert_eq!(path.steps, [2, 3]);
        assert_eq!(path.left, SignedDuration::from_mins(1));
    }

    #[test]
    fn a_step_that_takes_longer_than_expected_never_counts_below_nothing() {
        let path = run().path(at(9000));
        assert_eq!(path.left, SignedDuration::from_mins(6));
    }
}
