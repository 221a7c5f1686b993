//! What AWS Backup says of itself: frameworks of Audit Manager, what is
//! opted in to it, and how its jobs ended.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};

use super::super::resource::JobKind;
use super::{Health, Told};

/// A framework of Audit Manager.
// https://docs.aws.amazon.com/aws-backup/latest/devguide/API_DescribeFramework.html
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Framework {
    /// Its ARN.
    pub arn: String,
    /// Its name.
    pub name: String,
    /// How its deployment went, in AWS's word, such as `COMPLETED`.
    pub deployment: String,
    /// Whether its controls are at work, in AWS's word: `ACTIVE`,
    /// `PARTIALLY_ACTIVE`, `INACTIVE` or `UNAVAILABLE`.
    pub status: Option<String>,
    /// Its controls; none if not told.
    pub controls: Option<Vec<Control>>,
    /// What could not be asked, and why.
    pub unknown: Vec<String>,
}

/// One control of a framework.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Control {
    /// Its name, such as `BACKUP_RECOVERY_POINT_ENCRYPTED`.
    pub name: String,
    /// The types it is about; empty means all.
    pub types: Vec<String>,
}

/// Which types of resource AWS Backup was told to protect in a Region.
// https://docs.aws.amazon.com/aws-backup/latest/devguide/API_DescribeRegionSettings.html
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct OptIns {
    /// The Region's name.
    pub region: String,
    /// Whether each type is opted in, by AWS Backup's name of it.
    pub types: BTreeMap<String, bool>,
}

/// How the jobs of one kind ended in the last seven days.
// https://docs.aws.amazon.com/aws-backup/latest/devguide/API_ListBackupJobSummaries.html
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct JobSummary {
    /// What it is called.
    pub name: String,
    /// The kind of job.
    pub kind: JobKind,
    /// How many there were, by state in AWS's word and type of resource.
    pub counts: Vec<JobCount>,
}

/// How many jobs of one type are in one state.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct JobCount {
    /// The state in AWS's word.
    pub state: String,
    /// The type of resource.
    pub of: String,
    /// How many.
    pub count: i64,
}

impl Framework {
    /// Whether its controls were put in place and are at work; none if not
    /// told.
    pub fn works(&self) -> Option<bool> {
        if self.deployment == "FAILED" {
            return Some(false);
        }
        Some(self.status.as_deref()? == "ACTIVE")
    }
}

impl JobSummary {
    /// Jobs that ended well, and jobs that ended.
    pub fn ended(&self) -> (i64, i64) {
        let of = |states: &[&str]| -> i64 {
            let all = self.counts.iter();
            let all = all.filter(|c| states.contains(&c.state.as_str()));
            all.map(|c| c.count).sum()
        };
        let good = of(&["COMPLETED"]);
        (good, good + of(&["FAILED", "EXPIRED", "ABORTED", "PARTIAL"]))
    }
}

impl Told for Framework {
    fn id(&self) -> &str {
        &self.arn
    }

    fn name(&self) -> &str {
        &self.name
    }

    fn state(&self) -> (Health, String) {
        let status = self.status.as_deref().unwrap_or("not told");
        let words = format!("framework {}", status.to_lowercase());
        match self.works() {
            None => (Health::Unknown, words),
            Some(true) => (Health::Good, words),
            Some(false) => (Health::Warn, words),
        }
    }

    fn facts(&self) -> Vec<(&'static str, String)> {
        let mut facts = vec![("deployment", self.deployment.to_lowercase())];
        let controls = self.controls.iter().flatten();
        facts.extend(controls.map(|control| {
            let of = match control.types.as_slice() {
                [] => String::new(),
                types => format!(" of {}", types.join(", ")),
            };
            ("control", format!("{}{of}", control.name))
        }));
        facts.extend(self.unknown.iter().map(|u| ("unknown", u.clone())));
        facts
    }

    fn unknown(&self) -> &[String] {
        &self.unknown
    }
}

impl Told for OptIns {
    fn id(&self) -> &str {
        &self.region
    }

    fn name(&self) -> &'static str {
        "opt-in settings"
    }

    fn state(&self) -> (Health, String) {
        let off = self.types.values().filter(|on| !**on).count();
        (Health::Plain, format!("{off} of {} types off", self.types.len()))
    }

    fn facts(&self) -> Vec<(&'static str, String)> {
        let named = |wanted: bool| {
            let all = self.types.iter().filter(|(_, on)| **on == wanted);
            let all = all.map(|(name, _)| name.as_str());
            let all = all.collect::<Vec<_>>().join(", ");
            if all.is_empty() { "none".to_owned() } else { all }
        };
        vec![("off", named(false)), ("on", named(true))]
    }
}

impl Told for JobSummary {
    fn id(&self) -> &str {
        &self.name
    }

    fn name(&self) -> &str {
        &self.name
    }

    fn state(&self) -> (Health, String) {
        match self.ended() {
            (_, 0) => (Health::Plain, "none ended in 7 days".to_owned()),
            (good, all) => {
                let text = format!("{good} of {all} ended well in 7 days");
                let plain =
                    if good == all { Health::Good } else { Health::Plain };
                (plain, text)
            }
        }
    }

    fn facts(&self) -> Vec<(&'static str, String)> {
        let mut by: BTreeMap<&str, i64> = BTreeMap::new();
        for count in &self.counts {
            if count.state != "COMPLETED" {
                *by.entry(&count.state).or_default() += count.count;
            }
        }
        let all = by.into_iter();
        all.map(|(state, n)| ("jobs", format!("{n} {}", state.to_lowercase())))
            .collect()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn jobs_under_way_count_neither_as_good_nor_as_bad() {
        let count = |state: &str, count| JobCount {
            state: state.to_owned(),
            of: "RDS".to_owned(),
            count,
        };
        let mut all = vec![count("COMPLETED", 90), count("RUNNING", 4)];
        all.extend([count("EXPIRED", 1), count("FAILED", 9)]);
        let summary = JobSummary {
            name: "backup jobs".to_owned(),
            kind: JobKind::Backup,
            counts: all,
        };
        assert_eq!(summary.ended(), (90, 100));
    }

    #[test]
    fn a_framework_that_does_not_tell_is_not_known_to_work() {
        let told = |deployment: &str, status: Option<&str>| Framework {
            arn: "a".to_owned(),
            name: "f".to_owned(),
            deployment: deployment.to_owned(),
            status: status.map(str::to_owned),
            controls: None,
            unknown: Vec::new(),
        };
        assert_eq!(told("COMPLETED", None).works(), None);
        assert_eq!(told("COMPLETED", Some("ACTIVE")).works(), Some(true));
        let part = told("COMPLETED", Some("PARTIALLY_ACTIVE"));
        assert_eq!(part.works(), Some(false));
        assert_eq!(told("FAILED", None).works(), Some(false));
    }
}
