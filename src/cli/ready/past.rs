//! What earlier incidents and drills on this AWS have sent with success.

use std::collections::BTreeMap;
use std::path::Path;

use jiff::Timestamp;

use crate::estate::ids::Account;
use crate::estate::saved::Place;
use crate::incident::entry::Entry;
use crate::incident::fact::Fact;
use crate::journal::disk::RealDisk;
use crate::journal::incidents::{Incidents, Listed};
use crate::journal::read;
use crate::runbook::run::{Happened, Outcome};

/// As many of the newest journals are read.
const MOST: usize = 50;

/// When an action was last taken by AWS in an account.
pub(super) type Used = BTreeMap<(String, Account), Timestamp>;

/// What the journals below a state directory tell. Those of another AWS do
/// not count, and what was simulated counts for that scenario alone.
pub(super) fn used(state: &Path, place: &Place) -> Used {
    let disk = RealDisk::reading();
    let listed = Incidents::below(state).list(&disk).unwrap_or_default();
    let here = |one: &Listed| {
        one.simulated == place.simulated && one.endpoint == place.endpoint
    };
    let mut used = Used::new();
    for one in listed.into_iter().filter(here).take(MOST) {
        if let Ok(reading) = read::read(&disk, &one.dir) {
            take_in(&mut used, &reading.entries);
        }
    }
    used
}

/// Takes in the calls that were accepted.
fn take_in(used: &mut Used, entries: &[Entry]) {
    let mut sent = BTreeMap::new();
    for entry in entries {
        let Fact::Step(fact) = &entry.fact else { continue };
        let key = |attempt, position| {
            (fact.run.clone(), fact.step.clone(), attempt, position)
        };
        match &fact.what {
            Happened::Intended { intent } => {
                let call = &intent.call;
                let what = (call.action().to_owned(), call.account().clone());
                sent.insert(key(intent.attempt, intent.position), what);
            }
            Happened::Outcome {
                outcome: Outcome::Accepted { .. },
                attempt,
                position,
                ..
            } => {
                let Some(what) = sent.remove(&key(*attempt, *position)) else {
                    continue;
                };
                let at = used.entry(what).or_insert(entry.at);
                *at = entry.at.max(*at);
            }
            _ => {}
        }
    }
}
