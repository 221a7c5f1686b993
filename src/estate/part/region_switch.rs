//! ARC Region switch: plans, their evaluation, their last execution.

use jiff::Timestamp;
use serde::{Deserialize, Serialize};

use super::{Health, Told};
use crate::estate::ids::Region;

/// A Region switch plan, as the data plane of one Region tells it.
// https://docs.aws.amazon.com/r53recovery/latest/dg/region-switch-plans.html
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct SwitchPlan {
    /// Its ARN.
    pub arn: String,
    /// Its name.
    pub name: String,
    /// The two Regions that it switches between.
    pub regions: Vec<Region>,
    /// The Region that serves while all is well, if it names one.
    pub primary: Option<Region>,
    /// `activeActive` or `activePassive`.
    pub approach: String,
    /// The recovery time it aims at, in minutes.
    pub rto_minutes: Option<i64>,
    /// Its workflows; none if not told.
    pub workflows: Option<Vec<Workflow>>,
    /// What AWS last found when it evaluated the plan; none if not told.
    pub evaluation: Option<Evaluation>,
    /// The newest execution; none if there was none, or if it is not told.
    pub last: Option<Execution>,
    /// What could not be asked, and why.
    pub unknown: Vec<String>,
}

/// One workflow of a plan.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Workflow {
    /// `activate`, `deactivate` or `postRecovery`.
    pub action: String,
    /// The Region it is about; none means either.
    pub region: Option<Region>,
    /// The kinds of its steps, in order, in AWS's words.
    pub steps: Vec<String>,
}

/// What AWS found when it evaluated a plan, as it does every 30 minutes.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Evaluation {
    /// `passed`, `actionRequired`, `pendingEvaluation` or `unknown`.
    pub state: String,
    /// When it was.
    pub at: Option<Timestamp>,
    /// The warnings that are active: the step and what is said of it.
    pub warnings: Vec<Warning>,
}

/// A warning of an evaluation.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Warning {
    /// The step it is about, if it is about one.
    pub step: Option<String>,
    /// The ARN of the resource it is about, if it is about one.
    pub resource: Option<String>,
    /// What AWS says.
    pub text: String,
}

/// One execution of a plan.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Execution {
    /// Its id.
    pub id: String,
    /// `completed`, `failed`, `inProgress` or another word of AWS.
    pub state: String,
    /// `activate`, `deactivate` or `postRecovery`.
    pub action: String,
    /// The Region it was about.
    pub region: Region,
    /// `graceful` or `ungraceful`.
    pub mode: String,
    /// When it began.
    pub started: Option<Timestamp>,
    /// When it ended.
    pub ended: Option<Timestamp>,
    /// The recovery time that AWS measured, in its words: it begins with the
    /// execution, not with the impact.
    pub recovery_time: Option<String>,
}

impl Told for SwitchPlan {
    fn id(&self) -> &str {
        &self.arn
    }

    fn name(&self) -> &str {
        &self.name
    }

    fn state(&self) -> (Health, String) {
        let Some(evaluation) = &self.evaluation else {
            return (Health::Unknown, "evaluation not told".to_owned());
        };
        let warnings = match evaluation.warnings.len() {
            0 => String::new(),
            1 => ", 1 warning".to_owned(),
            n => format!(", {n} warnings"),
        };
        match evaluation.state.as_str() {
            "passed" if evaluation.warnings.is_empty() => {
                (Health::Good, "evaluation passed".to_owned())
            }
            "passed" => (Health::Warn, format!("passed{warnings}")),
            "actionRequired" => {
                (Health::Bad, format!("action required{warnings}"))
            }
            "pendingEvaluation" => {
                (Health::Unknown, "not evaluated yet".to_owned())
            }
            _ => (Health::Unknown, "evaluation unknown".to_owned()),
        }
    }

    fn facts(&self) -> Vec<(&'static str, String)> {
        let mut facts = Vec::new();
        for warning in self.evaluation.iter().flat_map(|e| e.warnings.iter()) {
            facts.push(("warning", warning.sentence()));
        }
        let regions: Vec<&str> =
            self.regions.iter().map(Region::as_str).collect();
        facts.push(("Regions", regions.join(" and ")));
        if let Some(primary) = &self.primary {
            facts.push(("primary", primary.to_string()));
        }
        facts.push(("approach", self.approach.clone()));
        if let Some(minutes) = self.rto_minutes {
            facts.push(("RTO", format!("{minutes} min")));
        }
        for workflow in self.workflows.iter().flatten() {
            facts.push(("workflow", workflow.text()));
        }
        let last = match (&self.last, self.unknown.is_empty()) {
            (Some(last), _) => last.text(),
            (None, true) => "never executed".to_owned(),
            (None, false) => "not told".to_owned(),
        };
        facts.push(("last execution", last));
        facts.extend(self.unknown.iter().map(|u| ("unknown", u.clone())));
        facts
    }

    fn unknown(&self) -> &[String] {
        &self.unknown
    }
}

impl Warning {
    /// The warning and what it is about.
    pub fn sentence(&self) -> String {
        match &self.step {
            Some(step) => format!("step {step}: {}", self.text),
            None => self.text.clone(),
        }
    }
}

impl Workflow {
    fn text(&self) -> String {
        let region = self.region.as_ref().map_or("either", Region::as_str);
        format!("{} {region}: {} steps", self.action, self.steps.len())
    }
}

impl Execution {
    fn text(&self) -> String {
        let when = self.started.map(|at| format!(" at {at:.0}"));
        let took = self.recovery_time.as_ref();
        let took = took.map(|t| format!(", recovery time {t}"));
        format!(
            "{} {} {}: {}{}{}",
            self.mode,
            self.action,
            self.region,
            self.state,
            when.unwrap_or_default(),
            took.unwrap_or_default()
        )
    }
}
