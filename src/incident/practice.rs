//! What an incident tells of readiness, once it lies behind.

use super::Incident;
use super::fact::Conduct;
use super::metrics::Metrics;
use crate::estate::metrics::{
    Ending, Exercised, Practice, Regained, Rehearsal,
};
use crate::runbook::run::Run;

impl Incident {
    /// What it measured; none before its first entry.
    pub fn practice(&self) -> Option<Practice> {
        let opening = self.opening.as_ref()?;
        let metrics = Metrics::of(self);
        let regained = metrics.recovered.into_iter().map(|one| Regained {
            name: one.resource,
            loss: one.rpo,
            objective: one.objective,
            evidence: one.evidence,
        });
        Some(Practice {
            id: self.id.clone(),
            title: opening.title.clone(),
            at: opening.at,
            drill: opening.conduct == Conduct::Drill,
            simulated: opening.simulated.clone(),
            endpoint: opening.endpoint.clone(),
            rto: metrics.rto,
            completion: metrics.arc_comparable,
            objective: metrics.rto_objective,
            regained: regained.collect(),
            runs: self.runs.iter().map(|run| self.rehearsal(run)).collect(),
        })
    }

    fn rehearsal(&self, run: &Run) -> Rehearsal {
        let steps = run.exercised().map(|(spec, state, how)| Exercised {
            step: spec.id.clone(),
            how,
            took: state.took(),
            expect: spec.expect,
        });
        Rehearsal {
            runbook: run.runbook().id.clone(),
            sha256: run.pinned().sha256.clone(),
            at: run.pinned().at,
            result: match (run.aborted(), run.is_over()) {
                (Some(_), _) => Ending::Aborted,
                (None, true) => Ending::Finished,
                (None, false) => Ending::Unfinished,
            },
            steps: steps.collect(),
            left: self.left().map(|made| made.arn.clone()).collect(),
        }
    }
}
