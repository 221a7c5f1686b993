//! Checks of what a team keeps for the night on which no API answers.

use jiff::SignedDuration;

use super::{Check, Mistake, Scene, Severity};
use crate::estate::span::Span;

/// A shared estate older than this was not saved by cron as it should be.
const OLD: SignedDuration = SignedDuration::from_hours(24);

pub(super) const CHECKS: &[Check] = &[Check {
    code: "shared-estate",
    severity: Severity::Warn,
    system: "Shared estate",
    doc: "A shared estate that is old or cannot be opened",
    fix: "Let cron run `lifeboat observe --once --save` there.",
    rests_on: &[],
    find: shared_estate,
}];

fn shared_estate(scene: &Scene<'_>) -> Vec<Mistake> {
    let Some(shared) = scene.estate.shared() else { return Vec::new() };
    let name = &shared.name;
    let what = match &shared.saved {
        Err(why) => {
            Some(format!("the shared estate {name} was not opened: {why}"))
        }
        Ok(at) => {
            let age = scene.now.duration_since(*at);
            (age > OLD).then(|| {
                format!("the shared estate {name} is {} old", Span(age))
            })
        }
    };
    what.map(Mistake::of_estate).into_iter().collect()
}
