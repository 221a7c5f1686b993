//! Pace: where the time of a recovery goes, and when it will be over.
//!
//! The time since the impact is split by what was going on: finding out,
//! deciding, a person acting, this program working, AWS working, and the
//! proof that users are served. What is left is the longest chain of steps
//! that wait for one another, each as long as its runbook expects.

use jiff::{SignedDuration, Timestamp};
use serde::Serialize;

use super::Incident;
use crate::runbook::Milestone;
use crate::runbook::run::{Run, Status};
use crate::runbook::steps::Wants;

/// What the time of a recovery is spent on.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum Spent {
    /// Users are hurt, and nobody has opened an incident.
    Detect,
    /// It is being decided what to do.
    Decide,
    /// A person could act: a step is ready, a plan is shown, a check held.
    Human,
    /// This program looks, checks and records.
    Tool,
    /// AWS works on what it was asked.
    Aws,
    /// Users were sent to the new place; it is being proven that it serves.
    Verify,
}

impl Spent {
    /// All, in the order in which they are told.
    pub const ALL: [Spent; 6] = [
        Spent::Detect,
        Spent::Decide,
        Spent::Human,
        Spent::Tool,
        Spent::Aws,
        Spent::Verify,
    ];

    /// The word on screens and in reports.
    pub fn word(self) -> &'static str {
        match self {
            Spent::Detect => "detect",
            Spent::Decide => "decide",
            Spent::Human => "human",
            Spent::Tool => "tool",
            Spent::Aws => "AWS",
            Spent::Verify => "verify",
        }
    }
}

/// Where the time went so far, each part in the order of [`Spent::ALL`].
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Split {
    parts: [SignedDuration; 6],
    /// Up to when the parts count, and what has been going on since.
    since: Option<(Timestamp, Spent)>,
}

impl Split {
    /// What was going on until now goes to its part; from now on it is
    /// this. None ends the clock.
    pub(super) fn turn(&mut self, at: Timestamp, to: Option<Spent>) {
        if let Some((since, spent)) = self.since {
            let took = at.duration_since(since).max(SignedDuration::ZERO);
            self.parts[spent as usize] += took;
        }
        self.since = to.map(|to| (at, to));
    }

    /// How long each part took, up to this moment.
    pub fn at(&self, now: Timestamp) -> [(Spent, SignedDuration); 6] {
        Spent::ALL.map(|spent| {
            let going = match self.since {
                Some((since, going)) if going == spent => {
                    now.duration_since(since).max(SignedDuration::ZERO)
                }
                _ => SignedDuration::ZERO,
            };
            (spent, self.parts[spent as usize] + going)
        })
    }
}

impl Incident {
    /// What the time is being spent on; none before the opening, and once
    /// users are served or the incident is closed.
    pub fn spending(&self) -> Option<Spent> {
        self.opening.as_ref()?;
        let reached =
            |milestone| self.runs.iter().any(|run| run.has_reached(milestone));
        if self.closed.is_some() || reached(Milestone::ServiceHealthy) {
            return None;
        }
        Some(match self.active_run().and_then(works) {
            Some(Spent::Aws) => Spent::Aws,
            _ if reached(Milestone::TrafficShifted) => Spent::Verify,
            Some(spent) => spent,
            None => Spent::Decide,
        })
    }

    /// Where the time went since the impact, or since the opening while no
    /// impact is known.
    pub fn split(&self, now: Timestamp) -> [(Spent, SignedDuration); 6] {
        let mut parts = self.split.at(now);
        let opened = self.opening.as_ref().map(|opening| opening.at);
        let impact = self.impact.as_ref().map(|impact| impact.at);
        if let Some((opened, impact)) = opened.zip(impact) {
            let took = opened.duration_since(impact);
            parts[0].1 = took.max(SignedDuration::ZERO);
        }
        parts
    }
}

/// What a run spends its time on, if any of its steps is under way: the
/// first of AWS, sending, deciding, a person and looking that there is.
fn works(run: &Run) -> Option<Spent> {
    let (mut sends, mut decides, mut acts, mut looks) =
        (false, false, false, false);
    for (spec, state) in run.steps() {
        match &state.status {
            status if status.is_open() => return Some(Spent::Aws),
            Status::Confirmed => sends = true,
            Status::Ready => {
                acts = true;
                let wants = spec.does.wants();
                decides |= matches!(wants, Wants::Choice { .. });
            }
            Status::Planned
            | Status::Held { .. }
            | Status::Failed { .. }
            | Status::NotApplied { .. } => acts = true,
            Status::Checking | Status::Verifying { .. } => looks = true,
            Status::Pending
            | Status::Blocked { .. }
            | Status::NotApplicable
            | Status::Aside
            | Status::InFlight
            | Status::Waiting { .. }
            | Status::Unknown { .. }
            | Status::Done
            | Status::Skipped { .. }
            | Status::Overridden { .. }
            | Status::Undone { .. }
            | Status::Superseded
            | Status::Simulated
            | Status::Aborted => {}
        }
    }
    let parts = [
        (sends, Spent::Tool),
        (decides, Spent::Decide),
        (acts, Spent::Human),
        (looks, Spent::Tool),
    ];
    parts.into_iter().find_map(|(is, spent)| is.then_some(spent))
}

/// When a run will be over, and how long one may still wait.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
pub struct Forecast {
    /// When the last step is expected to be done, if nobody waits.
    pub done: Timestamp,
    /// When the time that is allowed runs out; none without an impact or an
    /// objective.
    pub limit: Option<Timestamp>,
}

impl Forecast {
    /// What is to be expected of a run now.
    pub fn of(run: &Run, now: Timestamp) -> Forecast {
        let limit = run.impact.zip(run.runbook().rto);
        Forecast {
            done: now + run.path(now).left,
            limit: limit.map(|(impact, rto)| impact + rto),
        }
    }

    /// The sentence beside the clock, such as "go on within 3m or the RTO
    /// is lost".
    pub fn told(&self, now: Timestamp) -> String {
        let done = self.done.strftime("%H:%MZ");
        let Some(limit) = self.limit else {
            return format!("done about {done}");
        };
        let spare = limit.duration_since(self.done);
        let over = self.done.duration_since(limit);
        if limit <= now {
            format!("done about {done}; the RTO is lost")
        } else if spare < SignedDuration::ZERO {
            format!("done about {done}: {} over the RTO", minutes(over))
        } else {
            format!(
                "done about {done}; go on within {} or the RTO is lost",
                minutes(spare)
            )
        }
    }
}

fn minutes(span: SignedDuration) -> String {
    match span.as_secs() {
        secs @ ..60 => format!("{secs} s"),
        secs => format!("{} min", secs / 60),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn at(second: i64) -> Timestamp {
        Timestamp::from_second(second).expect("in range")
    }

    #[test]
    fn every_second_between_the_first_and_the_last_turn_has_a_part() {
        let mut split = Split::default();
        split.turn(at(0), Some(Spent::Decide));
        split.turn(at(10), Some(Spent::Aws));
        split.turn(at(40), Some(Spent::Decide));
        let parts = split.at(at(45));
        let of = |spent: Spent| {
            let found = parts.iter().find(|(part, _)| *part == spent);
            found.map_or(0, |(_, took)| took.as_secs())
        };
        assert_eq!((of(Spent::Decide), of(Spent::Aws)), (15, 30));
        let all: i64 = parts.iter().map(|(_, took)| took.as_secs()).sum();
        assert_eq!(all, 45);
        split.turn(at(50), None);
        let end: i64 =
            split.at(at(90)).iter().map(|(_, took)| took.as_secs()).sum();
        assert_eq!(end, 50);
    }

    #[test]
    fn a_forecast_says_how_long_one_may_still_wait() {
        let forecast = |done, limit: Option<i64>| Forecast {
            done: at(done),
            limit: limit.map(at),
        };
        let told = forecast(600, Some(900)).told(at(0));
        assert_eq!(
            told,
            "done about 00:10Z; go on within 5 min or the RTO is lost"
        );
        let told = forecast(600, Some(500)).told(at(0));
        assert_eq!(told, "done about 00:10Z: 1 min over the RTO");
        let told = forecast(600, Some(500)).told(at(500));
        assert_eq!(told, "done about 00:10Z; the RTO is lost");
        assert_eq!(forecast(600, None).told(at(0)), "done about 00:10Z");
    }
}
