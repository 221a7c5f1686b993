//! The end of an unattended drill: the incident is closed, the report written.

use jiff::Timestamp;

use super::{Ending, PATIENCE, Phase, Unattended, clean};
use crate::app::{Model, asks};
use crate::event::Effect;
use crate::incident::fact::Fact;
use crate::screens::Open;

impl Unattended {
    /// Closes the incident: what is left stands in its summary.
    pub(super) fn close(
        &mut self,
        model: &mut Model,
        now: Timestamp,
        out: &mut Vec<Effect>,
    ) {
        let Some(open) = &model.open else { return };
        if open.is_closed() {
            asks::export(model, now, out);
            return self.enter(Phase::Export);
        }
        let run = open.run().filter(|run| !run.is_over());
        if let Some(run) = run
            && run.aborted().is_none()
            && let Ok(fact) = run.abort("the unattended drill has ended")
        {
            return self.order(model, Fact::Step(fact), out);
        }
        if model.mode.is_armed() {
            let why = "the unattended drill has ended".to_owned();
            return self.order(model, Fact::Disarmed { why }, out);
        }
        let (ending, summary) = self.summary(open);
        self.ending = Some(ending);
        self.order(model, Fact::Closed { summary }, out);
    }

    fn summary(&self, open: &Open) -> (Ending, String) {
        let left: Vec<String> = clean::left(&open.incident);
        let came = self.gave_up.as_ref().map_or_else(
            || "the runbook came to its end".to_owned(),
            |why| format!("given up: {why}"),
        );
        let ending = match (left.is_empty(), &self.gave_up) {
            (false, _) => Ending::Left,
            (true, Some(_)) => Ending::Failed,
            (true, None) => Ending::Proven,
        };
        let rest = if left.is_empty() {
            "nothing is left of it".to_owned()
        } else {
            format!("LEFT: {}", left.join("; "))
        };
        (ending, format!("unattended drill: {came}; {rest}"))
    }

    /// Ends the program once the report is written.
    pub(super) fn leave(
        &mut self,
        since: Timestamp,
        now: Timestamp,
        out: &mut Vec<Effect>,
    ) {
        let late = now.duration_since(since) > PATIENCE;
        if self.exported || late {
            self.enter(Phase::Over);
            out.push(Effect::Quit);
        }
    }
}
