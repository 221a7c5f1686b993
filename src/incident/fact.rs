//! Fact: one thing that happened, as the journal keeps it.

use jiff::Timestamp;
use serde::{Deserialize, Serialize};
use sha2::{Digest, Sha256};

use super::entry::{Author, hex};
use super::redact::redact;
use crate::estate::ids::{Account, Region};
use crate::runbook::Manner;
use crate::runbook::input::InputPin;
use crate::runbook::plan::Second;
use crate::runbook::run::{Approver, Happened, RunFact, StepFact};

/// One thing that happened. A new kind of fact is a new variant here; fold
/// and timeline then name the places that must know it.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(tag = "k", rename_all = "snake_case")]
pub enum Fact {
    /// The incident was opened.
    Opened {
        /// What it is called.
        title: String,
        /// Its id in another system, such as a ticket.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        external_id: Option<String>,
        /// Real or practice.
        conduct: Conduct,
        /// The name of the simulated scenario, if AWS was simulated.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        simulated: Option<String>,
        /// The endpoint used instead of AWS's own.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        endpoint: Option<String>,
        /// The version of this program.
        tool: String,
    },
    /// A console took the journal; who and where stands in the entry.
    Claimed {
        /// The version of this program.
        tool: String,
    },
    /// When users began to be hurt.
    Impact {
        /// The moment.
        impact: Timestamp,
        /// How that is known.
        why: String,
        /// Who says so.
        asserted_by: String,
    },
    /// Changes were allowed in these accounts.
    Armed {
        /// The accounts.
        accounts: Vec<Account>,
        /// Why, in the person's words.
        reason: String,
    },
    /// Changes are no longer allowed.
    Disarmed {
        /// By a key, by idleness, by the end of the console.
        why: String,
    },
    /// From here on approved calls are sent as another identity.
    Identity {
        /// Which.
        identity: Identity,
        /// The accounts in which that makes a difference.
        accounts: Vec<Account>,
        /// Why, in the person's words.
        reason: String,
    },
    /// A person noted something.
    Note {
        /// Their words.
        text: String,
    },
    /// A person decided something outside a runbook.
    Decision {
        /// What.
        text: String,
        /// Why.
        rationale: String,
    },
    /// A part of a file that is kept with the incident.
    File {
        /// The SHA-256 of the whole file.
        sha256: String,
        /// Which part, from 0.
        part: usize,
        /// How many parts there are.
        parts: usize,
        /// Its text.
        text: String,
    },
    /// A run of a runbook was started; its file stands in the parts before.
    Pinned {
        /// The id of the run.
        run: String,
        /// The id of the runbook.
        id: String,
        /// The title of the runbook.
        title: String,
        /// Where the file was read.
        path: String,
        /// The SHA-256 of its bytes.
        sha256: String,
        /// Its inputs.
        inputs: Vec<InputPin>,
        /// Whether a second person approves what cannot be undone.
        #[serde(default)]
        second: Second,
        /// The way it goes at first.
        #[serde(default)]
        manner: Manner,
    },
    /// Something happened to a step of a run.
    Step(StepFact),
    /// Something happened to a run as a whole.
    Run(RunFact),
    /// A plan could not be made, or mode or role forbade it.
    Refused {
        /// What was asked for.
        what: String,
        /// Why not.
        why: String,
    },
    /// A confirm was begun and not accepted.
    Rejected {
        /// The run.
        run: String,
        /// The step.
        step: String,
        /// Why.
        why: String,
    },
    /// A command or value was copied out of the console.
    Copied {
        /// What: the command with no secret in it.
        what: String,
    },
    /// The incident was exported.
    Exported {
        /// The names of the files.
        files: Vec<String>,
        /// The directory.
        to: String,
    },
    /// How a Region does has changed.
    Region {
        /// The Region.
        region: Region,
        /// How it did.
        was: RegionWord,
        /// How it does.
        is: RegionWord,
        /// What was seen.
        why: String,
    },
    /// What other people did about this incident.
    Company(Company),
    /// The console was open, and nothing was done in the minute before.
    Heartbeat,
    /// What this incident made, and what is gone of it.
    Ledger(Ledger),
    /// The console proposed this incident by itself, from evidence.
    Detected {
        /// What was seen, each with its source and time.
        evidence: Vec<String>,
        /// When it seems to have begun.
        impact: Timestamp,
    },
    /// A table was saved as evidence, such as the loss of each resource.
    Evidence {
        /// What it shows.
        title: String,
        /// Its heading.
        columns: Vec<String>,
        /// Its rows.
        rows: Vec<Vec<String>>,
    },
    /// An earlier entry said something wrong; both values stay.
    Corrected {
        /// The entry's place.
        #[serde(rename = "ref")]
        entry: u64,
        /// The field of its fact.
        field: String,
        /// What it says.
        old: String,
        /// What is right.
        new: String,
        /// How that is known.
        why: String,
    },
    /// A torn tail was cut off and put into quarantine.
    Recovered {
        /// Its length.
        bytes: u64,
        /// Its SHA-256.
        sha256: String,
    },
    /// An earlier segment is damaged; it was left as it is.
    Damaged {
        /// Its file name.
        file: String,
        /// The first bad byte.
        offset: u64,
        /// The SHA-256 of the file.
        sha256: String,
        /// The hash of its last good entry.
        last_good: String,
    },
    /// A console took the incident up again.
    Resumed {
        /// Seconds since the last entry.
        gap_s: u64,
    },
    /// The incident was closed.
    Closed {
        /// What came of it.
        summary: String,
    },
}

impl Fact {
    /// Whether the console did it by itself, rather than a person.
    pub fn is_auto(&self) -> bool {
        match self {
            Fact::Region { .. }
            | Fact::Heartbeat
            | Fact::Ledger(_)
            | Fact::Detected { .. }
            | Fact::Evidence { .. }
            | Fact::Recovered { .. }
            | Fact::Damaged { .. }
            | Fact::Resumed { .. } => true,
            Fact::Company(what) => matches!(what, Company::Watching { .. }),
            Fact::Step(fact) => match fact.what {
                Happened::Held { .. }
                | Happened::Running { .. }
                | Happened::Overdue { .. }
                | Happened::Done { .. }
                | Happened::Voided { .. }
                | Happened::Began { .. }
                | Happened::Outcome { .. }
                | Happened::Lost { .. }
                | Happened::Simulated { .. }
                | Happened::NotApplied { .. } => true,
                Happened::Proposed { .. }
                | Happened::Confirmed { .. }
                | Happened::Intended { .. }
                | Happened::Stated { .. }
                | Happened::Retried
                | Happened::Decided { .. }
                | Happened::Answered { .. }
                | Happened::Approved { .. }
                | Happened::Overridden { .. }
                | Happened::Called { .. }
                | Happened::Skipped { .. }
                | Happened::Aborted { .. } => false,
            },
            Fact::Opened { .. }
            | Fact::Claimed { .. }
            | Fact::Impact { .. }
            | Fact::Armed { .. }
            | Fact::Disarmed { .. }
            | Fact::Identity { .. }
            | Fact::Note { .. }
            | Fact::Decision { .. }
            | Fact::File { .. }
            | Fact::Pinned { .. }
            | Fact::Run(_)
            | Fact::Refused { .. }
            | Fact::Rejected { .. }
            | Fact::Copied { .. }
            | Fact::Exported { .. }
            | Fact::Corrected { .. }
            | Fact::Closed { .. } => false,
        }
    }

    /// The same fact with what looks like a secret taken out of the words
    /// that people typed. To be done before it is recorded.
    #[must_use]
    pub fn redacted(mut self) -> Fact {
        match &mut self {
            Fact::Note { text }
            | Fact::Company(
                Company::HandOverOffered { reason: text, .. }
                | Company::HandOverEnded { why: text }
                | Company::Relayed { text, .. },
            ) => clean(text),
            Fact::Decision { text, rationale } => {
                clean(text);
                clean(rationale);
            }
            Fact::Opened { title, .. } => clean(title),
            Fact::Impact { why, .. } => clean(why),
            Fact::Armed { reason, .. } | Fact::Identity { reason, .. } => {
                clean(reason);
            }
            Fact::Copied { what } => clean(what),
            Fact::Corrected { new, why, .. } => {
                clean(new);
                clean(why);
            }
            Fact::Closed { summary } => clean(summary),
            Fact::Step(step) => step.what.words().into_iter().for_each(clean),
            Fact::Run(fact) => fact.what.words().into_iter().for_each(clean),
            Fact::Claimed { .. }
            | Fact::Disarmed { .. }
            | Fact::File { .. }
            | Fact::Pinned { .. }
            | Fact::Refused { .. }
            | Fact::Rejected { .. }
            | Fact::Exported { .. }
            | Fact::Region { .. }
            | Fact::Company(_)
            | Fact::Heartbeat
            | Fact::Ledger(_)
            | Fact::Detected { .. }
            | Fact::Evidence { .. }
            | Fact::Recovered { .. }
            | Fact::Damaged { .. }
            | Fact::Resumed { .. } => {}
        }
        self
    }
}

fn clean(words: &mut String) {
    *words = redact(words);
}

/// What other people did about an incident.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(tag = "did", rename_all = "snake_case")]
pub enum Company {
    /// The driver offers the incident to another person.
    HandOverOffered {
        /// Who is to take it.
        to: String,
        /// Why, in the driver's words.
        reason: String,
    },
    /// The offer was taken back, or declined.
    HandOverEnded {
        /// Why.
        why: String,
    },
    /// Another person took the incident over and drives from here on.
    HandedOver {
        /// Who took it, and how that is known. Its line has a `by` already:
        /// the console that wrote it.
        #[serde(rename = "taker")]
        by: Approver,
        /// What they read back: the title of the next step.
        readback: String,
    },
    /// Another console follows this incident, or no longer does.
    Watching {
        /// The person.
        name: String,
        /// Their console.
        console: String,
        /// Whether it came, rather than left.
        came: bool,
    },
    /// What a person said in another console, taken into the journal.
    Relayed {
        /// Who said it, and where.
        from: Author,
        /// When they said it, by their machine's clock.
        said_at: Timestamp,
        /// The message: its inbox and its number there.
        #[serde(default)]
        message: String,
        /// Their words.
        text: String,
    },
}

/// What an incident made: each thing costs until it is gone.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(tag = "did", rename_all = "snake_case")]
pub enum Ledger {
    /// Something exists that did not before, by a call of this incident.
    Created {
        /// Its ARN.
        arn: String,
        /// The step that made it.
        step: String,
        /// What it costs an hour, in USD, where that is known.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        hourly_usd: Option<f64>,
    },
    /// Something that this incident made is gone again.
    Removed {
        /// Its ARN.
        arn: String,
        /// How that is known.
        how: String,
    },
}

/// Whether an incident is real.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Conduct {
    /// Real.
    Incident,
    /// Practice.
    Drill,
}

/// As whom approved calls are sent.
#[derive(
    Clone, Copy, Debug, Default, PartialEq, Eq, Hash, Serialize, Deserialize,
)]
#[serde(rename_all = "snake_case")]
pub enum Identity {
    /// As the config says for everyday work.
    #[default]
    Usual,
    /// As the config says for when the usual way is shut.
    BreakGlass,
}

impl Identity {
    /// The word shown.
    pub fn word(self) -> &'static str {
        match self {
            Identity::Usual => "the usual identity",
            Identity::BreakGlass => "BREAK-GLASS",
        }
    }
}

/// How a Region does, in one word.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum RegionWord {
    /// It answers as it should.
    Healthy,
    /// It answers in part.
    Degraded,
    /// It does not answer.
    Dark,
    /// Not known.
    Unknown,
}

impl RegionWord {
    /// The word shown.
    pub fn word(self) -> &'static str {
        match self {
            RegionWord::Healthy => "healthy",
            RegionWord::Degraded => "degraded",
            RegionWord::Dark => "dark",
            RegionWord::Unknown => "unknown",
        }
    }
}

/// The most bytes of a file in one part: doubled by JSON's escapes it still
/// fits into a line.
const PART: usize = 28 * 1024;

/// The facts that keep a file with the incident, and its SHA-256.
pub fn pin_file(text: &str) -> (Vec<Fact>, String) {
    let sha256 = hex(&Sha256::digest(text.as_bytes()));
    let mut parts = Vec::new();
    let mut rest = text;
    loop {
        let mut end = rest.len().min(PART);
        while !rest.is_char_boundary(end) {
            end -= 1;
        }
        let (part, after) = rest.split_at(end);
        parts.push(part);
        rest = after;
        if rest.is_empty() {
            break;
        }
    }
    let count = parts.len();
    let facts = parts
        .into_iter()
        .enumerate()
        .map(|(part, text)| Fact::File {
            sha256: sha256.clone(),
            part,
            parts: count,
            text: text.to_owned(),
        })
        .collect();
    (facts, sha256)
}
