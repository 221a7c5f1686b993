//! Proofs that backups can be restored: restore-testing plans with their
//! last runs, and when each resource was last restored.

use jiff::{SignedDuration, Timestamp};
use serde::{Deserialize, Serialize};

use super::super::ids::Arn;
use super::super::span::Span;
use super::{Health, Told, stamp};

/// A restore-testing plan.
// https://docs.aws.amazon.com/aws-backup/latest/devguide/API_RestoreTestingPlanForGet.html
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct RestoreTest {
    /// Its ARN.
    pub arn: String,
    /// Its name.
    pub name: String,
    /// When it runs, as AWS writes it.
    pub schedule: String,
    /// When it last ran.
    pub ran: Option<Timestamp>,
    /// How many days back it takes recovery points from.
    pub window_days: Option<i64>,
    /// The types that it restores; none if not told.
    pub types: Option<Vec<String>>,
    /// What its runs of the last days restored, newest first; none if not
    /// told.
    pub runs: Option<Vec<TestRun>>,
    /// What could not be asked, and why.
    pub unknown: Vec<String>,
}

/// One restore that a testing plan started.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct TestRun {
    /// What was restored, by ARN.
    pub of: String,
    /// When it was begun.
    pub at: Timestamp,
    /// Whether it was restored and, where that was looked at, found good;
    /// none while it goes on.
    pub passed: Option<bool>,
    /// What AWS says of it, cleaned.
    pub said: Option<String>,
}

/// When a protected resource was last restored.
// https://docs.aws.amazon.com/aws-backup/latest/devguide/API_DescribeProtectedResource.html
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Proof {
    /// The resource's ARN.
    pub arn: String,
    /// Its name.
    pub name: String,
    /// Whether AWS Backup told.
    pub told: bool,
    /// When it was last restored; none means never, if it was told.
    pub restored: Option<Timestamp>,
    /// How many minutes that took.
    pub minutes: Option<i64>,
    /// What could not be asked, and why.
    pub unknown: Vec<String>,
}

impl RestoreTest {
    /// What the last run restored: all that was begun since it started.
    pub fn last_run(&self) -> impl Iterator<Item = &TestRun> {
        let runs = self.runs.as_deref().unwrap_or_default();
        let newest = runs.iter().map(|run| run.at).max();
        let from = self.ran.filter(|ran| newest.is_none_or(|n| *ran <= n));
        let from = from.or(newest);
        runs.iter().filter(move |run| from.is_some_and(|f| run.at >= f))
    }

    /// What the last run failed to restore.
    pub fn failures(&self) -> impl Iterator<Item = &TestRun> {
        self.last_run().filter(|run| run.passed == Some(false))
    }
}

impl Told for RestoreTest {
    fn id(&self) -> &str {
        &self.arn
    }

    fn name(&self) -> &str {
        &self.name
    }

    fn state(&self) -> (Health, String) {
        let failed = self.failures().count();
        let tested = self.last_run().count();
        match (&self.runs, self.ran) {
            (None, _) => (Health::Unknown, "runs not told".to_owned()),
            (Some(_), _) if failed > 0 => {
                (Health::Bad, format!("{failed} of {tested} restores failed"))
            }
            (Some(_), None) => (Health::Warn, "never ran".to_owned()),
            (Some(_), Some(_)) if tested == 0 => {
                (Health::Plain, "no restore in the last days".to_owned())
            }
            (Some(_), Some(_)) => {
                (Health::Good, format!("{tested} restores tested"))
            }
        }
    }

    fn facts(&self) -> Vec<(&'static str, String)> {
        let mut facts = vec![("schedule", self.schedule.clone())];
        facts.extend(self.ran.map(|at| ("last run", stamp(at))));
        let types = self.types.as_ref().map(|types| types.join(", "));
        let types = types.unwrap_or_else(|| "not told".to_owned());
        facts.push(("restores", types));
        facts.extend(self.window_days.map(|d| ("reaches back", days(d))));
        facts.extend(self.failures().map(|run| {
            let said = run.said.as_deref().unwrap_or("no reason told");
            ("failed", format!("{}: {said}", Arn::new(&run.of).tail()))
        }));
        facts.extend(self.unknown.iter().map(|u| ("unknown", u.clone())));
        facts
    }

    fn unknown(&self) -> &[String] {
        &self.unknown
    }
}

fn days(days: i64) -> String {
    format!("{days} d")
}

impl Told for Proof {
    fn id(&self) -> &str {
        &self.arn
    }

    fn name(&self) -> &str {
        &self.name
    }

    fn state(&self) -> (Health, String) {
        match self.restored {
            _ if !self.told => {
                (Health::Unknown, "last restore not told".to_owned())
            }
            Some(at) => (Health::Good, format!("restored {}", stamp(at))),
            None => (Health::Plain, "never restored".to_owned()),
        }
    }

    fn facts(&self) -> Vec<(&'static str, String)> {
        let took = self.minutes.map(|minutes| {
            let took = SignedDuration::from_mins(minutes);
            ("took", Span(took).to_string())
        });
        let unknown = self.unknown.iter().map(|u| ("unknown", u.clone()));
        took.into_iter().chain(unknown).collect()
    }

    fn unknown(&self) -> &[String] {
        &self.unknown
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_what_the_last_run_began_counts_for_it() {
        let at = |hour: i64| Timestamp::from_second(hour * 3600).unwrap();
        let run = |hour, passed| TestRun {
            of: "arn:aws:s3:::b".to_owned(),
            at: at(hour),
            passed,
            said: None,
        };
        let mut test = RestoreTest {
            arn: "a".to_owned(),
            name: "nightly".to_owned(),
            schedule: "cron(0 1 * * ? *)".to_owned(),
            ran: Some(at(24)),
            window_days: None,
            types: None,
            runs: Some(vec![run(25, Some(true)), run(1, Some(false))]),
            unknown: Vec::new(),
        };
        assert_eq!(test.state(), (Health::Good, "1 restores tested".into()));
        test.runs = Some(vec![run(25, Some(false)), run(24, None)]);
        assert_eq!(
            test.state(),
            (Health::Bad, "1 of 2 restores failed".into())
        );
        test.ran = None;
        assert_eq!(test.last_run().count(), 1, "the newest stands for it");
        test.runs = None;
        assert_eq!(test.state().0, Health::Unknown);
    }
}
