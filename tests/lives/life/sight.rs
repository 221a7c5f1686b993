//! Looks on their way to AWS and back, some late, twice or cut short; with a
//! defence off, some that lie.

use jiff::{SignedDuration, Timestamp};
use lifeboat::estate::{Known, Observation, Source};
use lifeboat::event::Event;
use lifeboat::runbook::run::Status;

use super::super::Defence;
use super::super::aws::{self, Truth, gist};
use super::{Coming, Life};

impl Life {
    /// A step that is confirmed, if one is.
    fn confirmed(&self) -> bool {
        let run = self.run();
        run.is_some_and(|run| {
            run.steps().any(|(_, state)| state.status == Status::Confirmed)
        })
    }

    pub(super) fn look(&mut self, source: Source) {
        let begun = self.here();
        if self.off == Some(Defence::SeenAgain)
            && self.confirmed()
            && let Some(found) = self.last.get(&source).cloned()
        {
            // It says that it looked, and did not.
            let known = self.model.estate.known(&source);
            let truth = known.and_then(Known::begun);
            let truth = truth.and_then(|at| self.rules.truth(&source, at));
            let seen = Observation {
                source,
                begun,
                at: begun,
                found: Ok(found),
                partial: None,
            };
            let seen = Box::new(seen);
            self.put(SignedDuration::ZERO, Coming::Seen(seen, truth));
            return;
        }
        let way = self.some(5, 300);
        self.put(way, Coming::Ask(source, begun));
    }

    pub(super) fn ask(&mut self, source: Source, begun: Timestamp) {
        let (mut found, took) = aws::look(&self.sim, &source);
        let mut partial = None;
        if self.chance.percent(3) {
            partial = Some("the list was cut short".to_owned());
        }
        let truth = found.as_ref().ok().map(|found| Truth {
            read: self.now,
            gist: gist(found),
            whole: partial.is_none(),
        });
        if self.off == Some(Defence::Whole) {
            partial = None;
        }
        if self.off == Some(Defence::Bound)
            && self.confirmed()
            && let (Some(old), Ok(_)) = (self.last.get(&source), &found)
        {
            found = Ok(old.clone());
        } else if let (Ok(found), None) = (&found, &partial) {
            self.last.insert(source.clone(), found.clone());
        }
        let late = match self.off {
            // Most looks that would deceive such a program are late ones.
            Some(Defence::BegunAfter) => 30,
            _ => 2,
        };
        let back = match self.chance.within(0, 100) {
            place if place < late => self.some(60_000, 240_000),
            2..8 => self.some(2_000, 20_000),
            _ => self.some(5, 700),
        };
        let at = self.here() + took + back;
        let seen = Observation { source, begun, at, found, partial };
        if self.chance.percent(3) {
            let later = took + back + self.some(1_000, 90_000);
            let twice = Coming::Seen(Box::new(seen.clone()), truth.clone());
            self.put(later, twice);
        }
        self.put(took + back, Coming::Seen(Box::new(seen), truth));
    }

    pub(super) fn seen(
        &mut self,
        mut seen: Observation,
        truth: Option<Truth>,
    ) {
        let run = self.run();
        let open = run.is_some_and(|run| {
            run.steps().any(|(_, state)| state.status.is_open())
        });
        if self.off == Some(Defence::BegunAfter) && open {
            (seen.begun, seen.at) = (self.here(), self.here());
        }
        if let Some(truth) = truth {
            self.rules.saw(&seen.source, seen.begun, truth);
        }
        let source = seen.source.clone();
        self.event(Event::Observed(seen));
        self.rules.fresh(&self.model, &source, self.here());
    }
}
