//! Step and `STEP_TYPES`: the kinds of step, one table.
//!
//! A kind of step decides and never acts: which looks it needs, which calls
//! it would make, and what became of them. Its knowledge of how to wait, to
//! verify, to undo and to survive a lost answer is all in its file.

mod accelerator_dials;
mod alarms_clear;
mod capacity;
mod checking;
mod command;
mod copy_snapshot;
mod decide;
mod delete_instance;
mod dns_answers;
mod ecs_desired;
mod failover_global;
mod global;
mod global_lag;
mod global_ready;
mod health_check_green;
mod http_probe;
mod instance_available;
mod jobs;
mod key_usable;
mod lag;
mod legal_hold;
mod manual;
mod modify_instance;
mod new_instance;
mod note;
mod place;
mod point_fresh;
mod promote_replica;
mod reboot_instance;
mod region_switch;
mod region_switch_approve;
mod region_switch_cancel;
mod region_switch_completed;
mod region_switch_start;
mod region_switch_step;
mod rename_instance;
mod replica_lag;
mod restore_snapshot;
mod restore_table;
mod restore_to_time;
mod rule_state;
mod scaling_size;
mod seen;
mod set_routing_controls;
mod set_weights;
mod setting;
mod spread;
mod start_backup_job;
mod start_copy_job;
mod start_execution;
mod start_restore_job;
mod starting;
mod switch_record;
mod switch_replica;
mod wait;

use std::fmt;

use jiff::{SignedDuration, Timestamp};

use super::Values;
use super::call::Call;
use super::plan::{Bound, Level, LossStatement, Plan, Second, Undo};
use super::reader::Fields;
use super::run::Answers;
use super::text::{Missing, Text};
use crate::estate::cost::DRILL_TAG;
use crate::estate::{Estate, Source};

/// A kind of step: a line of [`STEP_TYPES`].
pub struct StepType {
    /// Its name in runbooks, such as `rds.promote-replica`.
    pub name: &'static str,
    /// What it does, in a few sentences.
    pub doc: &'static str,
    /// A step of this kind, as a runbook would have it.
    pub example: &'static str,
    /// Names of what it tells later steps.
    pub outputs: &'static [&'static str],
    /// Reads its own fields; problems are left with the fields.
    pub(in crate::runbook) parse: fn(&mut Fields<'_>) -> Option<Box<dyn Step>>,
}

impl fmt::Debug for StepType {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.name)
    }
}

/// The key of the tag that this program gives to all it makes; its value is
/// the incident or drill. What a drill makes has that of drills, too.
pub const INCIDENT_TAG: &str = "lifeboat:incident";

/// All kinds of step.
pub static STEP_TYPES: &[StepType] = &[
    instance_available::TYPE,
    replica_lag::TYPE,
    promote_replica::TYPE,
    switch_replica::TYPE,
    restore_snapshot::TYPE,
    restore_to_time::TYPE,
    delete_instance::TYPE,
    modify_instance::TYPE,
    rename_instance::TYPE,
    reboot_instance::TYPE,
    copy_snapshot::TYPE,
    copy_snapshot::OF_CLUSTER,
    start_restore_job::TYPE,
    start_copy_job::TYPE,
    start_backup_job::TYPE,
    restore_table::TYPE,
    legal_hold::CREATE,
    legal_hold::CANCEL,
    global_ready::TYPE,
    global_lag::TYPE,
    failover_global::TYPE,
    switch_record::TYPE,
    set_weights::TYPE,
    set_routing_controls::TYPE,
    region_switch_start::TYPE,
    region_switch_approve::TYPE,
    region_switch_step::TYPE,
    region_switch_cancel::TYPE,
    region_switch_completed::TYPE,
    accelerator_dials::TYPE,
    ecs_desired::TYPE,
    scaling_size::TYPE,
    rule_state::ENABLE,
    rule_state::DISABLE,
    start_execution::TYPE,
    key_usable::TYPE,
    point_fresh::TYPE,
    capacity::OF_SERVICE,
    capacity::OF_GROUP,
    alarms_clear::TYPE,
    health_check_green::TYPE,
    http_probe::TYPE,
    dns_answers::TYPE,
    decide::TYPE,
    command::TYPE,
    manual::TYPE,
    note::TYPE,
    wait::TYPE,
];

/// The kind of this name.
pub fn step_type(name: &str) -> Option<&'static StepType> {
    STEP_TYPES.iter().find(|kind| kind.name == name)
}

/// What a step sees when it is asked.
#[derive(Clone, Copy, Debug)]
pub struct Scene<'a> {
    /// What is known of AWS.
    pub estate: &'a Estate,
    /// Inputs and outputs of earlier steps.
    pub values: &'a Values,
    /// When users began to be hurt, where it is known.
    pub impact: Option<Timestamp>,
    /// The time.
    pub now: Timestamp,
    /// Since when the step could be done: nothing seen before counts.
    pub since: Timestamp,
    /// Since when it is known to hold, unbroken, but not yet for long.
    pub holds_since: Option<Timestamp>,
    /// What is kept with a change at AWS: incident and step.
    pub mark: &'a str,
    /// Which try of the step this is, from 1.
    pub attempt: u32,
    /// Whether the run is practice.
    pub drill: bool,
    /// Whether nothing of the run reaches AWS.
    pub embedded: bool,
}

impl Scene<'_> {
    /// The tag of what the run makes: its key tells drill from incident,
    /// its value is the incident.
    pub fn tag(&self) -> (&'static str, &str) {
        let key = if self.drill { DRILL_TAG } else { INCIDENT_TAG };
        let incident = self.mark.split_once(' ');
        (key, incident.map_or(self.mark, |(incident, _)| incident))
    }

    /// A name for what this try of the step makes or starts, where AWS takes
    /// a name once: the same over a crash, another in the next try. It has
    /// letters, digits and dashes, and at most `most` of them.
    pub fn once(&self, most: usize) -> String {
        let digits = format!("-{}", self.attempt);
        let plain = |c: char| if c.is_ascii_alphanumeric() { c } else { '-' };
        let name: String = self.mark.chars().map(plain).collect();
        let room = most.saturating_sub(digits.len());
        let from = name.len().saturating_sub(room);
        let name = name[from..].trim_start_matches('-');
        format!("{name}{digits}")
    }

    /// A text with its templates replaced.
    pub fn fill(&self, text: &Text) -> Result<String, Missing> {
        text.fill(self.values)
    }
}

/// Why no plan can be made now.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Blocked {
    /// Why, in a sentence.
    pub why: String,
    /// What would have to be looked at first.
    pub looks: Vec<Source>,
}

impl Blocked {
    /// Blocked for this reason; no look would help.
    pub fn because(why: impl Into<String>) -> Blocked {
        Blocked { why: why.into(), looks: Vec::new() }
    }
}

impl From<Missing> for Blocked {
    fn from(missing: Missing) -> Self {
        Blocked::because(missing.to_string())
    }
}

impl fmt::Display for Blocked {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.why)
    }
}

/// How far a step has come, by what is seen of the world.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Settled {
    /// It holds, by a complete and live look that began late enough.
    Done {
        /// What it tells later steps, without the step's own name.
        outputs: Values,
        /// What was seen, each with its source and time.
        evidence: Vec<String>,
    },
    /// It is under way.
    Running {
        /// What was seen.
        why: String,
    },
    /// It does not hold, by a complete and live look that began late enough;
    /// for a change also after its propagation time.
    NotDone {
        /// What was seen.
        why: String,
    },
    /// No look tells.
    CannotTell {
        /// What is missing.
        why: String,
    },
}

impl From<Missing> for Settled {
    fn from(missing: Missing) -> Self {
        Settled::CannotTell { why: missing.to_string() }
    }
}

/// What a step wants of a person.
#[derive(Clone, Copy, Debug)]
pub enum Wants<'a> {
    /// Nothing, or a confirm of its plan.
    Nothing,
    /// One of these ways.
    Choice {
        /// The question.
        ask: &'a Text,
        /// The ways.
        choices: &'a [Choice],
    },
    /// A value that only someone who looked can give.
    Value {
        /// The question.
        ask: &'a Text,
        /// The regular expression the whole value must match.
        pattern: Option<&'a str>,
    },
    /// Words for the record.
    Words {
        /// The question.
        ask: &'a Text,
    },
}

/// One way of a `decide` step.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Choice {
    /// What is typed or chosen.
    pub key: String,
    /// What it means; its key if the file says nothing.
    pub label: String,
    /// Where the run goes on.
    pub leads: Leads,
}

/// Where a choice leads.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Leads {
    /// To the next steps.
    On,
    /// To the step of this id: what lies between is not needed, or, for an
    /// earlier step, is done once more.
    To(String),
    /// To the end: nothing that is left will be done.
    End,
}

/// What a kind of step decides.
pub trait Step: fmt::Debug + Send + Sync {
    /// The texts of its own fields, so that their templates can be checked.
    fn texts(&self) -> Vec<&Text>;

    /// Names of what it tells later steps beside those of its kind.
    fn tells(&self) -> Vec<&str> {
        Vec::new()
    }

    /// How dangerous it is.
    fn level(&self) -> Level {
        Level::Read
    }

    /// Whether there is no way back after it.
    fn is_irreversible(&self) -> bool {
        false
    }

    /// Whether nothing of it is done where AWS is embedded.
    fn stays_out(&self) -> bool {
        false
    }

    /// Whether only a person can tell what became of a lost answer.
    fn is_blind(&self) -> bool {
        false
    }

    /// The IAM actions of the calls that its plans may hold; a program of
    /// this machine needs none.
    fn calls(&self) -> &'static [&'static str] {
        &[]
    }

    /// What it wants of a person.
    fn wants(&self) -> Wants<'_> {
        Wants::Nothing
    }

    /// How long what was done is on trial while a person decides. Its end
    /// asks once more, and never acts.
    fn window(&self) -> Option<SignedDuration> {
        None
    }

    /// Looks beyond what is watched anyway, for plan and outcome.
    fn looks(&self, scene: &Scene<'_>) -> Vec<Source>;

    /// The looks its bound fields come from: they are taken anew between
    /// confirm and sending. Nothing in the Region being left.
    fn bound_looks(&self, scene: &Scene<'_>) -> Vec<Source> {
        let _ = scene;
        Vec::new()
    }

    /// Looks that tell what became of its calls.
    fn answer_looks(
        &self,
        scene: &Scene<'_>,
        answers: &Answers,
    ) -> Vec<Source> {
        let _ = answers;
        self.looks(scene)
    }

    /// What it would do. The run fills in the step's id, expected time and
    /// raised level. A kind that changes nothing has no plan.
    fn plan(&self, scene: &Scene<'_>) -> Result<Plan, Blocked> {
        let _ = scene;
        Err(Blocked::because("this step changes nothing"))
    }

    /// How far it has come.
    fn settled(&self, scene: &Scene<'_>, answers: &Answers) -> Settled;

    /// How long after sending a look may still show the old state.
    fn propagation(&self) -> SignedDuration {
        SignedDuration::ZERO
    }
}

#[cfg(test)]
pub(in crate::runbook) mod tests;
