//! Plan, Intent: what a step would do; one approved call of it.

use std::fmt::{self, Write as _};

use jiff::{SignedDuration, Timestamp};
use serde::{Deserialize, Serialize};
use sha2::{Digest, Sha256};

use super::call::Call;

/// How dangerous a step is; it decides what a confirm takes.
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
pub enum Level {
    /// Reads only; runs by itself.
    Read,
    /// Can be undone at once; one key.
    Mild,
    /// Changes AWS and can be undone; `y e s` after the request is shown.
    Moderate,
    /// Cannot be undone, or moves users; the name of the target is typed.
    Severe,
}

impl Level {
    /// The word in runbooks and on screens.
    pub fn word(self) -> &'static str {
        match self {
            Level::Read => "read",
            Level::Mild => "mild",
            Level::Moderate => "moderate",
            Level::Severe => "severe",
        }
    }
}

/// Whether a second person must approve what cannot be undone.
#[derive(
    Clone,
    Copy,
    Debug,
    Default,
    PartialEq,
    Eq,
    PartialOrd,
    Ord,
    Serialize,
    Deserialize,
)]
#[serde(rename_all = "snake_case")]
pub enum Second {
    /// One person is enough.
    #[default]
    Off,
    /// A second person is asked for; after a minute the driver may go on
    /// alone, with a reason that the report tells first.
    Preferred,
    /// Nothing is sent without a second person.
    Required,
}

impl Second {
    /// All of them with their words in runbooks and in the config.
    pub const ALL: [(&'static str, Second); 3] = [
        ("off", Second::Off),
        ("preferred", Second::Preferred),
        ("required", Second::Required),
    ];

    /// The word in runbooks and in the config.
    pub fn word(self) -> &'static str {
        match self {
            Second::Off => "off",
            Second::Preferred => "preferred",
            Second::Required => "required",
        }
    }
}

/// An observed value that is read back to confirm a plan; frozen when the
/// plan is made, so that a value that moves can still be confirmed.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct ReadBack {
    /// What it is, such as `lag of learn-db-replica`.
    pub ask: String,
    /// The value to be typed.
    pub value: String,
}

/// What can be done about a step afterwards.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Undo {
    /// Nothing was changed.
    NotNeeded,
    /// There is a way back; the sentence says which.
    By(String),
    /// There is no way back; the sentence says what to do instead.
    None(String),
}

/// A value that a confirm is bound to: if it differs when AWS is looked at
/// again before sending, the confirm is void. Never an age or a metric, and
/// nothing in the Region being left.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Bound {
    /// What it is, such as `status of learn-db-replica`.
    pub field: String,
    /// Its value when the plan was made.
    pub value: String,
}

/// What is lost by a step, with its evidence.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct LossStatement {
    /// The sentence shown.
    pub sentence: String,
    /// The moment up to which the data survive, where known.
    pub data_time: Option<Timestamp>,
    /// How that is known: the reading, its source and its time.
    pub evidence: String,
}

/// What a step would do, as it is shown, hashed and confirmed.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Plan {
    /// The id of the step in its runbook.
    pub step: String,
    /// The calls, in the order of sending.
    pub calls: Vec<Call>,
    /// What will be different afterwards, in one or two sentences.
    pub effect: String,
    /// What will be lost, where the step loses something.
    pub loss: Option<LossStatement>,
    /// How long it is expected to take.
    #[serde(
        default,
        serialize_with = "jiff::fmt::serde::duration::friendly::compact::optional"
    )]
    pub expect: Option<SignedDuration>,
    /// What can be done about it afterwards.
    pub undo: Undo,
    /// What a confirm takes.
    pub level: Level,
    /// What the confirm is bound to.
    pub bound: Vec<Bound>,
    /// What holds before, each with what was seen.
    pub before: Vec<String>,
    /// What must hold afterwards for the step to be done.
    pub after: Vec<String>,
    /// What is typed to confirm a severe step.
    pub typed: Option<String>,
    /// What is read back to confirm it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub readback: Option<ReadBack>,
    /// Whether a second person must approve it.
    #[serde(default)]
    pub second: Second,
}

/// How the effect of a plan begins that would leave AWS as it is.
pub const NOTHING: &str = "nothing would change: ";

impl Plan {
    /// Whether all is already, by what AWS tells, as its calls would make it.
    pub fn changes_nothing(&self) -> bool {
        self.effect.starts_with(NOTHING)
    }
}

/// The SHA-256 of what a confirm approves.
#[derive(Clone, Copy, PartialEq, Eq, Hash)]
pub struct PlanHash([u8; 32]);

impl PlanHash {
    /// The hash of the plan of one try of a step, within one incident and one
    /// pinned runbook: over the calls and the bound fields, never over ages
    /// or metrics. What was said of one try counts for no other, be it the
    /// same otherwise. Hashes are only ever compared, not made again from a
    /// journal: one of another version of the program reads as it stands.
    pub fn of(
        incident: &str,
        runbook: &str,
        attempt: u32,
        plan: &Plan,
    ) -> Self {
        let mut hasher = Sha256::new();
        let told = serde_json::to_vec(&(
            incident,
            runbook,
            &plan.step,
            attempt,
            &plan.calls,
            &plan.bound,
            plan.level,
            plan.second,
        ))
        .expect("a plan has no map with keys other than text");
        hasher.update(told);
        PlanHash(hasher.finalize().into())
    }

    /// All 64 hexadecimal digits.
    pub fn hex(&self) -> String {
        hex(&self.0)
    }

    /// The first eight hexadecimal digits, as shown in a prompt.
    pub fn short(&self) -> String {
        self.hex()[..8].to_owned()
    }
}

impl fmt::Debug for PlanHash {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.short())
    }
}

impl Serialize for PlanHash {
    fn serialize<S: serde::Serializer>(
        &self,
        serializer: S,
    ) -> Result<S::Ok, S::Error> {
        serializer.serialize_str(&self.hex())
    }
}

impl<'de> Deserialize<'de> for PlanHash {
    fn deserialize<D: serde::Deserializer<'de>>(
        deserializer: D,
    ) -> Result<Self, D::Error> {
        use serde::de::Error as _;
        let text = String::deserialize(deserializer)?;
        let bad = || D::Error::custom("a plan hash is 64 hex digits");
        if text.len() != 64 || !text.is_ascii() {
            return Err(bad());
        }
        let mut bytes = [0; 32];
        for (index, byte) in bytes.iter_mut().enumerate() {
            *byte = u8::from_str_radix(&text[2 * index..2 * index + 2], 16)
                .map_err(|_| bad())?;
        }
        Ok(PlanHash(bytes))
    }
}

/// One approved call. Only [`super::run`] mints it, after a confirm whose
/// bound fields still hold; it is neither Clone nor Deserialize, so that it
/// can be recorded once and sent once.
#[derive(Debug, PartialEq, Serialize)]
pub struct Intent {
    incident: String,
    run: String,
    step: String,
    attempt: u32,
    position: usize,
    of: usize,
    plan: PlanHash,
    call: Call,
    token: String,
}

/// What an [`Intent`] says, as the journal keeps it.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct IntentCopy {
    /// The run it belongs to.
    pub run: String,
    /// The step it belongs to.
    pub step: String,
    /// Which try of the step this is, from 1.
    pub attempt: u32,
    /// Its place in the plan, from 0.
    pub position: usize,
    /// How many calls the plan has.
    pub of: usize,
    /// The confirmed plan.
    pub plan: PlanHash,
    /// The call.
    pub call: Call,
    /// The token that makes a second sending harmless, where AWS takes one.
    pub token: String,
}

impl Intent {
    /// Mints an intent; the caller has checked confirm and bound fields.
    pub(in crate::runbook) fn mint(
        incident: &str,
        run: &str,
        attempt: u32,
        (position, of): (usize, usize),
        plan: PlanHash,
        step: &str,
        call: Call,
    ) -> Self {
        let token = token(incident, run, step, attempt, position, &plan);
        Intent {
            incident: incident.to_owned(),
            run: run.to_owned(),
            step: step.to_owned(),
            attempt,
            position,
            of,
            plan,
            call,
            token,
        }
    }

    /// The call to send.
    pub fn call(&self) -> &Call {
        &self.call
    }

    /// The incident it belongs to.
    pub fn incident(&self) -> &str {
        &self.incident
    }

    /// The run it belongs to.
    pub fn run(&self) -> &str {
        &self.run
    }

    /// The step it belongs to.
    pub fn step(&self) -> &str {
        &self.step
    }

    /// Which try of the step this is, from 1.
    pub fn attempt(&self) -> u32 {
        self.attempt
    }

    /// Its place in the plan, from 0.
    pub fn position(&self) -> usize {
        self.position
    }

    /// The idempotency token, for calls that take one.
    pub fn token(&self) -> &str {
        &self.token
    }

    /// What the journal keeps of it.
    pub fn copy(&self) -> IntentCopy {
        IntentCopy {
            run: self.run.clone(),
            step: self.step.clone(),
            attempt: self.attempt,
            position: self.position,
            of: self.of,
            plan: self.plan,
            call: self.call.clone(),
            token: self.token.clone(),
        }
    }
}

/// The first 32 hex digits of a SHA-256: the same over a crash and a resume,
/// another after a deliberate new plan.
fn token(
    incident: &str,
    run: &str,
    step: &str,
    attempt: u32,
    position: usize,
    plan: &PlanHash,
) -> String {
    let mut hasher = Sha256::new();
    hasher.update(format!(
        "{incident}\n{run}\n{step}\n{attempt}\n{position}\n{}",
        plan.hex()
    ));
    hex(&hasher.finalize()[..16])
}

/// Bytes as lower-case hexadecimal digits.
pub(in crate::runbook) fn hex(bytes: &[u8]) -> String {
    bytes.iter().fold(String::new(), |mut text, byte| {
        let _ = write!(text, "{byte:02x}");
        text
    })
}
