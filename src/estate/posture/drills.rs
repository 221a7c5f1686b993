//! Checks of whether runbooks are drilled, and of what drills leave.
//!
//! A drill in an embedded AWS leaves every one of them standing.

use super::{Check, Mistake, Scene, Severity, first_names};
use crate::estate::ids::Arn;
use crate::estate::metrics::Drilled;
use crate::estate::presence::{Presence, presence};
use crate::estate::span::Span;

pub(super) const CHECKS: &[Check] = &[
    Check {
        code: "never-drilled",
        severity: Severity::Warn,
        system: "Drills",
        doc: "Runbooks that nobody ever drilled in AWS",
        fix: "Drill one: lifeboat drill run RUNBOOK --real.",
        rests_on: &[],
        find: never,
    },
    Check {
        code: "drill-overdue",
        severity: Severity::Warn,
        system: "Drills",
        doc: "Runbooks whose next drill is late, by their `drill_every`",
        fix: "Drill it, or say a longer `drill_every` in its file.",
        rests_on: &[],
        find: overdue,
    },
    Check {
        code: "drilled-older",
        severity: Severity::Warn,
        system: "Drills",
        doc: "Runbooks that were changed since their last drill in AWS",
        fix: "Drill what stands there now.",
        rests_on: &[],
        find: older,
    },
    Check {
        code: "drill-left",
        severity: Severity::Warn,
        system: "Drills",
        doc: "What the ledgers of drills hold and nobody saw gone",
        fix: "Delete it; a look at its list takes it off the ledger.",
        rests_on: &[],
        find: left,
    },
];

/// One line for all of them.
fn never(scene: &Scene<'_>) -> Vec<Mistake> {
    let never: Vec<&Drilled> =
        scene.drilled.iter().filter(|one| one.last.is_none()).collect();
    if never.is_empty() {
        return Vec::new();
    }
    let names = first_names(never.iter().map(|one| one.runbook.as_str()));
    let embedded: usize = never.iter().map(|one| one.elsewhere).sum();
    let words = match embedded {
        0 => String::new(),
        1 => "; 1 drill in an embedded AWS does not count".to_owned(),
        n => format!("; {n} drills in an embedded AWS do not count"),
    };
    vec![Mistake::of_estate(format!("never drilled in AWS: {names}{words}"))]
}

fn overdue(scene: &Scene<'_>) -> Vec<Mistake> {
    let late = scene.drilled.iter().filter(|one| one.is_overdue(scene.now));
    late.filter_map(|one| {
        let due = one.due()?;
        let by = Span(scene.now.duration_since(due));
        let at = due.strftime("%Y-%m-%d");
        let name = &one.runbook;
        let what = format!("the drill of {name} was due on {at}, {by} ago");
        Some(Mistake::of_estate(what))
    })
    .collect()
}

fn older(scene: &Scene<'_>) -> Vec<Mistake> {
    let changed = scene.drilled.iter().filter_map(|one| {
        let last = one.last.as_ref().filter(|last| !last.same)?;
        let (name, id) = (&one.runbook, &last.id);
        let what = format!("{name} is not as it was drilled in {id}");
        Some(Mistake::of_estate(what))
    });
    changed.collect()
}

/// What a look since then does not list is gone.
fn left(scene: &Scene<'_>) -> Vec<Mistake> {
    let mut found = Vec::new();
    for one in scene.drilled.iter().flat_map(|drilled| &drilled.left) {
        let arn = Arn::new(&one.arn);
        let word = match presence(scene.estate, &one.arn, one.at) {
            Presence::Gone(_) => continue,
            Presence::There => "is still there",
            Presence::CannotTell => "was not seen gone",
        };
        let (name, drill) = (arn.tail(), &one.drill);
        let what = format!("{name}, made by the drill {drill}, {word}");
        found.push(Mistake::of(&arn, what));
    }
    found
}

#[cfg(test)]
mod tests {
    use jiff::{SignedDuration, Timestamp};

    use super::*;
    use crate::estate::Estate;
    use crate::estate::derived::{Derived, Watch};
    use crate::estate::metrics::{LastDrill, LeftBehind};

    fn now() -> Timestamp {
        Timestamp::from_second(1_700_000_000).unwrap()
    }

    fn codes(drilled: Drilled) -> Vec<(&'static str, String)> {
        let watch = Watch { drilled: vec![drilled], ..Watch::default() };
        let derived = Derived::of(&Estate::default(), &watch, None, now());
        let posture = derived.posture.iter();
        let ours = posture.filter(|verdict| verdict.system == "Drills");
        ours.map(|v| (v.code, v.what.clone())).collect()
    }

    fn drilled(days: i64) -> Drilled {
        Drilled {
            runbook: "r".to_owned(),
            every: Some(SignedDuration::from_hours(24 * 90)),
            last: Some(LastDrill {
                id: "INC-1".to_owned(),
                at: now() - SignedDuration::from_hours(24 * days),
                words: "finished".to_owned(),
                finished: true,
                same: true,
            }),
            ..Drilled::default()
        }
    }

    #[test]
    fn a_drill_in_an_embedded_aws_leaves_never_drilled_standing() {
        let never = Drilled { last: None, elsewhere: 2, ..drilled(0) };
        let what = "never drilled in AWS: r; 2 drills in an embedded AWS do \
                    not count";
        assert_eq!(codes(never), [("never-drilled", what.to_owned())]);
        assert!(codes(drilled(89)).is_empty());
    }

    #[test]
    fn a_drill_that_is_due_is_a_finding() {
        let what = "the drill of r was due on 2023-11-13, 24h 00m ago";
        let late = codes(drilled(91));
        assert_eq!(late, [("drill-overdue", what.to_owned())]);
        let free = Drilled { every: None, ..drilled(910) };
        assert!(codes(free).is_empty(), "nobody says how often");
    }

    #[test]
    fn what_was_drilled_as_other_bytes_is_a_finding() {
        let mut changed = drilled(1);
        changed.last.as_mut().unwrap().same = false;
        assert_eq!(codes(changed)[0].0, "drilled-older");
    }

    #[test]
    fn what_a_ledger_holds_is_a_finding_until_a_look_lacks_it() {
        let mut leaves = drilled(1);
        leaves.left.push(LeftBehind {
            arn: "arn:aws:rds:eu-west-1:1:db:clone".to_owned(),
            drill: "INC-1".to_owned(),
            at: now(),
        });
        let what = "clone, made by the drill INC-1, was not seen gone";
        assert_eq!(codes(leaves), [("drill-left", what.to_owned())]);
    }
}
