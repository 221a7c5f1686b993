//! What drills and incidents tell of runbooks: which steps they proved, how
//! long each took, when the next drill is due.
//!
//! Only what was done in AWS itself tells anything: a drill in the embedded
//! AWS, or at an endpoint that stands in for AWS's own, leaves a runbook as
//! undrilled as it was.

use std::fmt::Write as _;

use jiff::{SignedDuration, Timestamp};
use serde::{Deserialize, Serialize};

use super::practised::Practice;

/// What a run proved of a step.
#[derive(
    Clone,
    Copy,
    Debug,
    PartialEq,
    Eq,
    PartialOrd,
    Ord,
    Hash,
    Serialize,
    Deserialize,
)]
#[serde(rename_all = "snake_case")]
pub enum Exercise {
    /// It was done as an incident would do it, or with other names, and was
    /// seen to hold.
    Proven,
    /// A person did it, or stated that it took effect; nothing was observed.
    Said,
    /// It was planned and confirmed; nothing was sent.
    Simulated,
    /// It was left out, skipped, held, or not come to.
    NotExercised,
}

impl Exercise {
    /// The words in reports and on screens.
    pub fn word(self) -> &'static str {
        match self {
            Exercise::Proven => "proven",
            Exercise::Said => "said by a person",
            Exercise::Simulated => "simulated",
            Exercise::NotExercised => "not exercised",
        }
    }
}

/// How a run ended.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Ending {
    /// Every step of it is over.
    Finished,
    /// A person ended it before.
    Aborted,
    /// Its incident was closed, or left, while steps were open.
    Unfinished,
}

impl Ending {
    /// The word in reports and on screens.
    pub fn word(self) -> &'static str {
        match self {
            Ending::Finished => "finished",
            Ending::Aborted => "aborted",
            Ending::Unfinished => "unfinished",
        }
    }
}

/// One step of a run that lies behind.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Exercised {
    /// Its id in the runbook.
    pub step: String,
    /// What was proven of it.
    pub how: Exercise,
    /// From its confirm, or from when it could begin, to its end.
    pub took: Option<SignedDuration>,
    /// How long the runbook expected that to take.
    pub expect: Option<SignedDuration>,
}

/// One run of a runbook, as its journal tells it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Rehearsal {
    /// The id of the runbook.
    pub runbook: String,
    /// The SHA-256 of its bytes.
    pub sha256: String,
    /// When it was started.
    pub at: Timestamp,
    /// How it ended.
    pub result: Ending,
    /// Its steps, in the order of the file.
    pub steps: Vec<Exercised>,
    /// The ARNs of what its incident made and nobody saw gone.
    pub left: Vec<String>,
}

impl Rehearsal {
    /// How many steps came out like this.
    pub fn count(&self, how: Exercise) -> usize {
        self.steps.iter().filter(|step| step.how == how).count()
    }

    /// How it ended and what it proved, in a few words.
    pub fn words(&self) -> String {
        let mut words = format!(
            "{}, {} of {} steps proven",
            self.result.word(),
            self.count(Exercise::Proven),
            self.steps.len()
        );
        for how in [Exercise::Simulated, Exercise::NotExercised] {
            match self.count(how) {
                0 => {}
                n => {
                    let _ = write!(words, ", {n} {}", how.word());
                }
            }
        }
        words
    }
}

impl Practice {
    /// Whether it tells anything of AWS: it was worked through in AWS
    /// itself.
    pub fn counts(&self) -> bool {
        self.simulated.is_none() && self.endpoint.is_none()
    }

    /// Its runs of a runbook.
    pub fn runs_of<'a>(
        &'a self,
        runbook: &'a str,
    ) -> impl Iterator<Item = &'a Rehearsal> {
        self.runs.iter().filter(move |run| run.runbook == runbook)
    }
}

/// How a runbook stands with its drills.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Drilled {
    /// The id of the runbook.
    pub runbook: String,
    /// How often it is to be drilled, where that is said.
    pub every: Option<SignedDuration>,
    /// The newest drill in AWS: the incident's id, when, and how it ended.
    pub last: Option<LastDrill>,
    /// Drills in an embedded AWS or at another endpoint, which do not count.
    pub elsewhere: usize,
    /// Steps that no run in AWS ever proved.
    pub unproven: Vec<String>,
    /// How many steps the runbook has.
    pub steps: usize,
    /// What drills in AWS made and nobody saw gone.
    pub left: Vec<LeftBehind>,
}

/// Something that a drill made and nobody saw gone.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct LeftBehind {
    /// Its ARN.
    pub arn: String,
    /// The id of the drill.
    pub drill: String,
    /// When that was begun.
    pub at: Timestamp,
}

/// The newest drill of a runbook in AWS.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct LastDrill {
    /// The id of the incident that it was.
    pub id: String,
    /// When it was begun.
    pub at: Timestamp,
    /// How it ended and what it proved.
    pub words: String,
    /// Whether every step of it was over.
    pub finished: bool,
    /// Whether it drilled these very bytes.
    pub same: bool,
}

impl Drilled {
    /// How the runbook of this id, bytes and steps stands, by what lies
    /// behind.
    pub fn of(
        (runbook, sha256): (&str, &str),
        steps: &[String],
        every: Option<SignedDuration>,
        past: &[Practice],
    ) -> Drilled {
        let runs = past
            .iter()
            .flat_map(|one| one.runs_of(runbook).map(move |run| (one, run)));
        let runs: Vec<(&Practice, &Rehearsal)> = runs.collect();
        let in_aws = runs.iter().filter(|(one, _)| one.counts());
        let proven: Vec<&str> = in_aws
            .clone()
            .flat_map(|(_, run)| &run.steps)
            .filter(|s| matches!(s.how, Exercise::Proven | Exercise::Said))
            .map(|s| s.step.as_str())
            .collect();
        let unproven =
            steps.iter().filter(|step| !proven.contains(&step.as_str()));
        let last = in_aws
            .filter(|(one, _)| one.drill)
            .max_by_key(|(_, run)| run.at)
            .map(|(one, run)| LastDrill {
                id: one.id.clone(),
                at: run.at,
                words: run.words(),
                finished: run.result == Ending::Finished,
                same: run.sha256 == sha256,
            });
        let left = runs.iter().filter(|(one, _)| one.drill && one.counts());
        let left = left.flat_map(|(one, run)| {
            run.left.iter().map(|arn| LeftBehind {
                arn: arn.clone(),
                drill: one.id.clone(),
                at: run.at,
            })
        });
        let left = left.collect();
        let elsewhere =
            runs.iter().filter(|(one, _)| one.drill && !one.counts());
        Drilled {
            runbook: runbook.to_owned(),
            every,
            last,
            elsewhere: elsewhere.count(),
            unproven: unproven.cloned().collect(),
            steps: steps.len(),
            left,
        }
    }

    /// When the next drill is due; none where nobody says how often, and
    /// where there was none yet.
    pub fn due(&self) -> Option<Timestamp> {
        self.last.as_ref()?.at.checked_add(self.every?).ok()
    }

    /// Whether it is late.
    pub fn is_overdue(&self, now: Timestamp) -> bool {
        self.due().is_some_and(|due| due < now)
    }

    /// That drills elsewhere do not count, where there were some.
    pub fn elsewhere_words(&self) -> String {
        match self.elsewhere {
            0 => String::new(),
            1 => " (1 in an embedded AWS does not count)".to_owned(),
            n => format!(" ({n} in an embedded AWS do not count)"),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn at(day: i64) -> Timestamp {
        Timestamp::from_second(1_700_000_000 + day * 86_400).unwrap()
    }

    fn past(drill: bool, simulated: Option<&str>, day: i64) -> Practice {
        let step = |step: &str, how| Exercised {
            step: step.to_owned(),
            how,
            took: None,
            expect: None,
        };
        Practice {
            id: format!("INC-{day}"),
            title: "autumn".to_owned(),
            at: at(day),
            drill,
            simulated: simulated.map(str::to_owned),
            endpoint: None,
            rto: None,
            completion: None,
            objective: None,
            regained: Vec::new(),
            runs: vec![Rehearsal {
                runbook: "r".to_owned(),
                sha256: "old".to_owned(),
                at: at(day),
                result: Ending::Finished,
                steps: vec![
                    step("a", Exercise::Proven),
                    step("b", Exercise::Simulated),
                ],
                left: Vec::new(),
            }],
        }
    }

    fn drilled(past: &[Practice]) -> Drilled {
        let steps = ["a", "b"].map(str::to_owned);
        let every = Some(SignedDuration::from_hours(24 * 90));
        Drilled::of(("r", "new"), &steps, every, past)
    }

    #[test]
    fn a_drill_in_an_embedded_aws_proves_no_step_and_is_no_drill() {
        let mut elsewhere = past(true, None, 1);
        elsewhere.endpoint = Some("http://127.0.0.1:5000".to_owned());
        let drilled = drilled(&[past(true, Some("quiet"), 0), elsewhere]);
        assert_eq!(drilled.last, None);
        assert_eq!(drilled.unproven, ["a", "b"]);
        assert_eq!(drilled.elsewhere, 2);
        assert_eq!(drilled.due(), None);
    }

    #[test]
    fn the_newest_drill_in_aws_counts_with_what_it_proved() {
        let all = [past(true, None, 3), past(true, None, 2)];
        let drilled = drilled(&all);
        let last = drilled.last.clone().unwrap();
        assert_eq!((last.id.as_str(), last.same), ("INC-3", false));
        assert_eq!(last.words, "finished, 1 of 2 steps proven, 1 simulated");
        assert_eq!(drilled.unproven, ["b"]);
        assert_eq!(drilled.due(), Some(at(93)));
        assert!(!drilled.is_overdue(at(93)));
        assert!(drilled.is_overdue(at(94)));
    }

    #[test]
    fn an_incident_proves_steps_and_is_no_drill() {
        let drilled = drilled(&[past(false, None, 3)]);
        assert_eq!(drilled.last, None);
        assert_eq!(drilled.unproven, ["b"]);
    }
}
