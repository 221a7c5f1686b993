//! How a run goes on by another version of its file, kept with the incident.

use std::sync::Arc;

use jiff::Timestamp;

use super::fact::Fact;
use super::{Incident, Oddity};
use crate::runbook::Runbook;
use crate::runbook::run::RunFact;

impl Incident {
    /// Where the file of a run was read when it was started.
    pub fn path_of(&self, wanted: &str) -> Option<&str> {
        self.entries.iter().find_map(|entry| {
            let Fact::Pinned { run, path, .. } = &entry.fact else {
                return None;
            };
            (run == wanted).then_some(path.as_str())
        })
    }

    /// Lets a run go on by the file of this SHA-256. On an error nothing has
    /// changed.
    pub(super) fn repin(
        &mut self,
        fact: &RunFact,
        sha256: &str,
        (at, seq): (Timestamp, u64),
    ) -> Result<(), Oddity> {
        let broken = |why: String| Oddity::Pin { seq, why };
        let text = self
            .file(sha256)
            .ok_or_else(|| broken("its parts are not whole".into()))?;
        let Some(run) = self.run_mut(&fact.run) else {
            let run = fact.run.clone();
            return Err(Oddity::NoRun { seq, run });
        };
        let id = &run.runbook().id;
        let runbook = Runbook::parse(&text, id).map_err(|problems| {
            broken(problems.first().map_or(String::new(), ToString::to_string))
        })?;
        let next =
            run.repinned(Arc::new(runbook), sha256, at).map_err(broken)?;
        *run = next;
        Ok(())
    }
}
