//! Runbook: the parsed file, with line and column for its errors.

pub mod call;
pub mod input;
pub mod lint;
mod parse;
pub mod plan;
mod reader;
pub mod run;
pub mod steps;
pub mod text;

use std::collections::BTreeMap;
use std::fmt;
use std::sync::Arc;

use jiff::SignedDuration;
use serde::{Deserialize, Serialize};

use input::Input;
use plan::Level;
use steps::{Step, StepType};
use text::Text;

/// The most bytes a runbook file may have.
pub const FILE_MAX: usize = 1 << 20;

/// The most steps a runbook may have.
pub const STEPS_MAX: usize = 1000;

/// Values by name: inputs as `name`, outputs of a step as `step.name`.
pub type Values = BTreeMap<String, String>;

/// A runbook, as its file says it.
#[derive(Clone, Debug)]
pub struct Runbook {
    /// Its id; lower case, digits and dashes.
    pub id: String,
    /// What it does, in a line.
    pub title: String,
    /// The tier it is written for.
    pub tier: Option<String>,
    /// How long it may take from impact to health.
    pub rto: Option<SignedDuration>,
    /// How much data may be lost, as time.
    pub rpo: Option<SignedDuration>,
    /// When it is the right one.
    pub use_when: Option<String>,
    /// When it is the wrong one.
    pub not_when: Option<String>,
    /// Who keeps it.
    pub owner: Option<String>,
    /// What is asked before it starts.
    pub inputs: Vec<Input>,
    /// Its steps, in the order of the file.
    pub steps: Vec<StepSpec>,
}

/// One step, as the file says it.
#[derive(Clone, Debug)]
pub struct StepSpec {
    /// Its id, unique in the runbook.
    pub id: String,
    /// What it does, in a line; may have templates.
    pub title: Text,
    /// Why it is there.
    pub why: Option<Text>,
    /// Its kind.
    pub kind: &'static StepType,
    /// Places of the steps that must be over before, in the runbook.
    pub needs: Vec<usize>,
    /// How long it is expected to take.
    pub expect: Option<SignedDuration>,
    /// When to ask a person what to do about it.
    pub timeout: Option<SignedDuration>,
    /// Whether it may be skipped; a reason is always asked.
    pub skippable: bool,
    /// What can be done about it afterwards, in the author's words.
    pub undo: Option<Text>,
    /// What a confirm takes: the kind's own level, or a higher one.
    pub level: Level,
    /// The heading it stands under.
    pub phase: Option<String>,
    /// What is reached when it is done.
    pub milestone: Option<Milestone>,
    /// How old a passed check may be when an irreversible step rests on it.
    pub fresh: Option<SignedDuration>,
    /// The line its table begins at, from 1.
    pub line: usize,
    /// What its kind makes of its own fields.
    pub does: Arc<dyn Step>,
}

impl StepSpec {
    /// Whether there is no way back after it.
    pub fn is_irreversible(&self) -> bool {
        self.does.is_irreversible()
    }
}

/// A point of a recovery that its metrics are measured by.
#[derive(
    Clone,
    Copy,
    Debug,
    PartialEq,
    Eq,
    Hash,
    PartialOrd,
    Ord,
    Serialize,
    Deserialize,
)]
#[serde(rename_all = "kebab-case")]
pub enum Milestone {
    /// The data can be used again.
    DataRecovered,
    /// Users are sent to the new place.
    TrafficShifted,
    /// Users are served; stops the clock of the RTO.
    ServiceHealthy,
}

impl Milestone {
    /// All of them, in the order in which they are reached.
    pub const ALL: [Milestone; 3] = [
        Milestone::DataRecovered,
        Milestone::TrafficShifted,
        Milestone::ServiceHealthy,
    ];

    /// The word in runbooks and reports.
    pub fn word(self) -> &'static str {
        match self {
            Milestone::DataRecovered => "data-recovered",
            Milestone::TrafficShifted => "traffic-shifted",
            Milestone::ServiceHealthy => "service-healthy",
        }
    }
}

/// How bad a [`Problem`] is.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Severity {
    /// It can be run as it is.
    Warning,
    /// It is refused.
    Error,
}

/// Something wrong or risky in a runbook file, with its place.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Problem {
    /// The file as it was named.
    pub file: String,
    /// The line, from 1.
    pub line: usize,
    /// The column in characters, from 1.
    pub column: usize,
    /// How bad it is.
    pub severity: Severity,
    /// The name of the rule, such as `unknown-key`.
    pub code: &'static str,
    /// What is wrong.
    pub message: String,
    /// What to do about it; empty if the message says it all.
    pub help: String,
}

impl fmt::Display for Problem {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let word = match self.severity {
            Severity::Error => "error",
            Severity::Warning => "warning",
        };
        write!(
            f,
            "{}:{}:{}: {word}[{}]: {}",
            self.file, self.line, self.column, self.code, self.message
        )?;
        if !self.help.is_empty() {
            write!(f, "\n  help: {}", self.help)?;
        }
        Ok(())
    }
}

impl Runbook {
    /// Reads a runbook. `file` is only named in problems. All errors found
    /// are told at once; what is merely risky is [`lint`]'s to tell.
    pub fn parse(text: &str, file: &str) -> Result<Runbook, Vec<Problem>> {
        parse::parse(text, file)
    }

    /// The place of a step.
    pub fn place(&self, step: &str) -> Option<usize> {
        self.steps.iter().position(|spec| spec.id == step)
    }

    /// The place of the first step without a way back.
    pub fn ponr(&self) -> Option<usize> {
        self.steps.iter().position(StepSpec::is_irreversible)
    }

    /// The sum of what its steps are expected to take, one after another.
    pub fn expected(&self) -> SignedDuration {
        self.steps.iter().filter_map(|spec| spec.expect).sum()
    }
}
