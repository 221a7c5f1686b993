//! Runbook: the parsed file, with line and column for its errors.

pub mod begun;
pub mod call;
mod drilled;
pub mod fields;
pub mod input;
pub mod learned;
pub mod lint;
mod parse;
mod payload;
pub mod plan;
mod reader;
pub mod ready;
pub mod run;
pub mod said;
pub mod steps;
pub mod text;
pub mod unattended;

use std::collections::{BTreeMap, HashMap};
use std::fmt;
use std::sync::Arc;

use jiff::SignedDuration;
use serde::{Deserialize, Serialize};

use input::Input;
use plan::{Level, Second};
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
    /// Whether a second person approves what cannot be undone, where the
    /// file says so.
    pub second: Option<Second>,
    /// The way it goes unless a person chooses the other.
    pub manner: Manner,
    /// How often it is to be drilled in AWS, where the file says so.
    pub drill_every: Option<SignedDuration>,
    /// What its author accepts of what the lint finds.
    pub accepts: Vec<Accept>,
    /// Faults at which it stops on purpose, and what is left then.
    pub stops: Vec<Stop>,
    /// What is asked before it starts.
    pub inputs: Vec<Input>,
    /// Its steps, in the order of the file.
    pub steps: Vec<StepSpec>,
    /// Where each of them stands: a long journal asks at every line.
    places: HashMap<String, usize>,
    /// The steps that reach a milestone.
    milestones: Vec<(Milestone, usize)>,
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
    /// The step whose way back it is: it is done only when a person calls
    /// for it.
    pub undoes: Option<usize>,
    /// The only way of the run in which it is needed.
    pub only: Option<Manner>,
    /// What is read back to confirm it: a name for the value, and the value.
    pub readback: Option<(Text, Text)>,
    /// What a drill makes of it.
    pub drill: Practised,
    /// The SHA-256 of its table as the file has it, to see what another
    /// version of the file changes.
    pub sha256: String,
    /// What its kind makes of its own fields.
    pub does: Arc<dyn Step>,
}

/// How a run goes about the place it leaves.
#[derive(
    Clone, Copy, Debug, Default, PartialEq, Eq, Hash, Serialize, Deserialize,
)]
#[serde(rename_all = "snake_case")]
pub enum Manner {
    /// The place being left still answers: it is drained first and nothing
    /// is lost.
    Graceful,
    /// The place being left is given up as it is.
    #[default]
    Ungraceful,
}

impl Manner {
    /// Both, with their words.
    pub const ALL: [(&'static str, Manner); 2] =
        [("graceful", Manner::Graceful), ("ungraceful", Manner::Ungraceful)];

    /// The word in runbooks and on screens.
    pub fn word(self) -> &'static str {
        match self {
            Manner::Graceful => "graceful",
            Manner::Ungraceful => "ungraceful",
        }
    }

    /// How a run goes on.
    pub fn adverb(self) -> &'static str {
        match self {
            Manner::Graceful => "gracefully",
            Manner::Ungraceful => "ungracefully",
        }
    }
}

/// What a drill makes of a step.
#[derive(Clone, Debug, Default)]
pub enum Practised {
    /// The same as an incident.
    #[default]
    Run,
    /// The same kind of step with other fields.
    Substitute(Arc<dyn Step>),
    /// Planned and confirmed, but not sent.
    Simulate,
    /// Left out.
    Skip,
}

impl Practised {
    /// The word in runbooks and reports.
    pub fn word(&self) -> &'static str {
        match self {
            Practised::Run => "run",
            Practised::Substitute(_) => "substitute",
            Practised::Simulate => "simulate",
            Practised::Skip => "skip",
        }
    }
}

/// A rule that a runbook breaks on purpose.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Accept {
    /// The name of the rule.
    pub lint: String,
    /// Why that does no harm.
    pub why: String,
    /// The line it stands in, from 1.
    pub line: usize,
}

/// A fault at which a runbook stops on purpose.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Stop {
    /// The fault.
    pub fault: Fault,
    /// The step that cannot be done.
    pub step: String,
    /// What is left then, and what to do about it.
    pub left: String,
}

/// Something that goes wrong beside what the runbook is for.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Fault {
    /// The Region one recovers in does not answer.
    TargetDark,
    /// The Region in which AWS homes global control planes does not answer.
    Home,
    /// Nobody can sign in anew.
    SignIn,
    /// AWS answers more slowly than it is asked.
    Throttled,
}

impl Fault {
    /// All of them with their words in runbooks.
    pub const ALL: [(&'static str, Fault); 4] = [
        ("target-dark", Fault::TargetDark),
        ("us-east-1-dark", Fault::Home),
        ("sign-in-dark", Fault::SignIn),
        ("throttled", Fault::Throttled),
    ];

    /// The word in runbooks and reports.
    pub fn word(self) -> &'static str {
        let of = Fault::ALL.iter().find(|(_, fault)| *fault == self);
        of.map_or("", |(word, _)| *word)
    }
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

impl Severity {
    /// The word shown.
    pub fn word(self) -> &'static str {
        match self {
            Severity::Warning => "warning",
            Severity::Error => "error",
        }
    }
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
        let word = self.severity.word();
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
        self.places.get(step).copied()
    }

    /// The places of the steps that reach a milestone.
    pub fn milestones(&self, of: Milestone) -> impl Iterator<Item = usize> {
        let all = self.milestones.iter();
        all.filter(move |(one, _)| *one == of).map(|(_, place)| *place)
    }

    /// The place of the first step without a way back.
    pub fn ponr(&self) -> Option<usize> {
        self.steps.iter().position(StepSpec::is_irreversible)
    }

    /// The sum of what its steps are expected to take, one after another;
    /// ways back are left out.
    pub fn expected(&self) -> SignedDuration {
        let onward = self.steps.iter().filter(|spec| spec.undoes.is_none());
        onward.filter_map(|spec| spec.expect).sum()
    }
}
