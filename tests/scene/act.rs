//! What the scenarios of runs do, one act after the other.

use std::collections::BTreeMap;

use lifeboat::failure::FailureKind;
use lifeboat::runbook::Manner;
use serde::Deserialize;

use super::See;

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct Scenario {
    pub(crate) runbook: String,
    #[serde(rename = "do")]
    pub(crate) acts: Vec<Act>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct Act {
    /// Seconds since the run was started.
    pub(crate) at: i64,
    #[serde(default)]
    pub(crate) impact: Option<i64>,
    #[serde(default)]
    pub(crate) see: Vec<See>,
    #[serde(default)]
    pub(crate) fail: Vec<See>,
    /// Ticks until nothing more is told.
    #[serde(default)]
    pub(crate) tick: bool,
    #[serde(default)]
    pub(crate) propose: Option<String>,
    #[serde(default)]
    pub(crate) confirm: Option<String>,
    #[serde(default)]
    pub(crate) mint: Option<String>,
    #[serde(default)]
    pub(crate) answer: Option<Answered>,
    #[serde(default)]
    pub(crate) void: Option<String>,
    #[serde(default)]
    pub(crate) decide: Option<[String; 3]>,
    #[serde(default)]
    pub(crate) skip: Option<[String; 2]>,
    #[serde(default)]
    pub(crate) say: Option<[String; 2]>,
    #[serde(default)]
    pub(crate) state: Option<Stated>,
    #[serde(default)]
    pub(crate) retry: Option<String>,
    #[serde(default)]
    pub(crate) abort: Option<String>,
    #[serde(default)]
    pub(crate) call_back: Option<[String; 2]>,
    /// Goes on although a check is held.
    #[serde(default)]
    pub(crate) regardless: Option<[String; 2]>,
    #[serde(default)]
    pub(crate) pause: Option<String>,
    #[serde(default)]
    pub(crate) proceed: bool,
    #[serde(default)]
    pub(crate) manner: Option<(Manner, String)>,
    #[serde(default)]
    pub(crate) restart: bool,
    /// What the act is refused with; it must contain this.
    #[serde(default)]
    pub(crate) refused: Option<String>,
    /// Differences of a void confirm, as `field: was -> is`.
    #[serde(default)]
    pub(crate) differs: Option<Vec<String>>,
    /// The status of every step, in order.
    #[serde(default)]
    pub(crate) expect: Option<Vec<String>>,
    /// The steps that take longer than allowed.
    #[serde(default)]
    pub(crate) overdue: Option<Vec<String>>,
    /// The ways back, as `step` or `step: why it is closed`.
    #[serde(default)]
    pub(crate) ways: Option<Vec<String>>,
    /// Lines of the state that would be left behind.
    #[serde(default)]
    pub(crate) left: Option<Vec<String>>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct Stated {
    pub(crate) step: String,
    pub(crate) applied: bool,
    pub(crate) evidence: String,
    #[serde(default)]
    pub(crate) outputs: BTreeMap<String, String>,
}

#[derive(Deserialize)]
#[serde(rename_all = "lowercase")]
pub(crate) enum Answered {
    Accepted(String),
    Refused(FailureKind),
    Unknown(FailureKind),
    Unsent(String),
}
