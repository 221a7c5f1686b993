//! `StepFact`: what happened to one step of a run.

use serde::{Deserialize, Serialize};

use super::super::Manner;
use super::super::Values;
use super::super::plan::{
    Bound, Intent, IntentCopy, Level, Plan, PlanHash, Second,
};
use super::act::is_reason;
use crate::estate::program::{End, Process};
use crate::failure::Failure;

/// What happened to one step of one run. A run is folded from these alone.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct StepFact {
    /// The run.
    pub run: String,
    /// The id of the step in its runbook.
    pub step: String,
    /// What happened.
    #[serde(flatten)]
    pub what: Happened,
}

/// What can happen to a step.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(tag = "did", rename_all = "snake_case")]
pub enum Happened {
    /// A check did not pass, or could not tell. It goes on being looked at.
    Held {
        /// What was seen, without ages, so that it changes only in substance.
        why: String,
        /// Whether it could not be told at all, rather than told badly.
        unclear: bool,
    },
    /// It is under way: AWS works on it, or it holds but not yet for long.
    Running {
        /// What was seen.
        why: String,
    },
    /// It took longer than its `timeout`; a person is asked, nothing acts.
    Overdue {
        /// The time it was allowed, as the runbook says it.
        allowed: String,
    },
    /// A check passed, or a change was seen to have taken effect.
    Done {
        /// What the step tells later steps.
        outputs: Values,
        /// What was seen, each with its source and time.
        evidence: Vec<String>,
    },
    /// The plan was shown to a person.
    Proposed {
        /// Its hash.
        hash: PlanHash,
        /// What a confirm would take.
        level: Level,
    },
    /// A second person approved the plan that is shown.
    Approved {
        /// Its hash.
        hash: PlanHash,
        /// Who approved, and how that is known. Its line has a `by` already:
        /// the console that wrote it.
        #[serde(rename = "approver")]
        by: Approver,
        /// The message that says so: its inbox and its number there.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        message: Option<String>,
    },
    /// A person confirmed the plan.
    Confirmed {
        /// Its hash.
        hash: PlanHash,
        /// The plan, whole: a run needs no other memory of it.
        plan: Box<Plan>,
        /// Who approved, and what they typed.
        approval: Approval,
        /// Milliseconds between the first showing and the confirm.
        shown_ms: u64,
    },
    /// A confirm is void; the plan is to be shown again.
    Voided {
        /// What differs from what was confirmed.
        differences: Vec<Difference>,
        /// Why, in a sentence.
        why: String,
    },
    /// One call of the confirmed plan is about to be sent.
    Intended {
        /// The call with its plan, place and token.
        intent: Box<IntentCopy>,
    },
    /// The program of the call that is under way was started.
    Began {
        /// The process that it is.
        process: Process,
    },
    /// What came of one call.
    Outcome {
        /// Which try of the step it belongs to.
        attempt: u32,
        /// Its place in the plan, from 0.
        position: usize,
        /// What came of it.
        outcome: Outcome,
        /// Milliseconds from sending to answer.
        took_ms: u64,
    },
    /// What became of a change is not known: the console ended between the
    /// intent and its outcome.
    Lost {
        /// Why, in a sentence.
        why: String,
    },
    /// The drill sends nothing of what was confirmed. Nothing is proven.
    Simulated {
        /// What would have been sent, call by call.
        would: Vec<String>,
    },
    /// A look proved that the change did not take effect.
    NotApplied {
        /// What was seen.
        why: String,
    },
    /// A person states what became of a change that could not be observed.
    Stated {
        /// Whether it took effect.
        applied: bool,
        /// What the person saw, in their words.
        evidence: String,
        /// What the step tells later steps, typed by the person.
        outputs: Values,
    },
    /// A person wants a step that was proven not applied tried once more.
    Retried,
    /// A person chose one of the ways of a `decide` step.
    Decided {
        /// The key of the choice.
        choice: String,
        /// Why, in their words.
        rationale: String,
    },
    /// A person completed a `manual` or `note` step with what they saw.
    Answered {
        /// The value seen or the words noted.
        value: String,
    },
    /// A person skipped the step.
    Skipped {
        /// Why, in their words; at least [`super::REASON_MIN`] characters.
        reason: String,
    },
    /// A person goes on although a check does not pass.
    Overridden {
        /// Why, in their words; at least [`super::REASON_MIN`] characters.
        reason: String,
        /// What the check had seen.
        seen: String,
    },
    /// A person wants the way back that this step is.
    Called {
        /// Why, in their words.
        reason: String,
    },
    /// A person ended the run at this step.
    Aborted {
        /// Why, in their words.
        reason: String,
        /// The state that is left behind, line by line.
        left: Vec<String>,
    },
}

/// What came of one call.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(tag = "res", rename_all = "snake_case")]
pub enum Outcome {
    /// AWS took it.
    Accepted {
        /// The request id AWS gave.
        request_id: Option<String>,
        /// What the answer names for later looks: the id of a Route 53
        /// change, without `/change/`; for other calls nothing.
        answer: Option<String>,
    },
    /// AWS refused it: proven not applied.
    Refused {
        /// The refusal.
        failure: Failure,
    },
    /// No answer came, or one that does not tell: it may have been applied.
    Unknown {
        /// What was seen instead of an answer.
        failure: Failure,
    },
    /// A program of this machine ended; whether it did its work is its own
    /// to say.
    Ended {
        /// How.
        end: Box<End>,
    },
    /// It never left this machine, or was not started.
    NotSent {
        /// Why.
        why: String,
    },
}

impl Outcome {
    /// Whether anything may have been changed.
    pub(super) fn may_be_applied(&self) -> bool {
        matches!(
            self,
            Outcome::Accepted { .. }
                | Outcome::Unknown { .. }
                | Outcome::Ended { .. }
        )
    }
}

/// Who approved a plan, and what they typed.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Approval {
    /// The driver.
    pub by: String,
    /// The name of the target, typed for severe steps.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub typed: Option<String>,
    /// The observed value, read back.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub readback: Option<String>,
    /// The second person.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub second: Option<Approver>,
    /// Why there was no second person, in the driver's words.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub alone: Option<String>,
}

/// A second person who approved a plan.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Approver {
    /// The name of the person.
    pub name: String,
    /// Their identity at AWS, where it is known.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub arn: Option<String>,
    /// The console they approved in; none for the driver's own terminal.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub console: Option<String>,
    /// Whether AWS and the machine both tell another person than the
    /// driver; if not, the approval reads "not independently verified".
    pub verified: bool,
}

impl Approver {
    /// The name, with what is to be known of the approval.
    pub fn told(&self) -> String {
        if self.verified {
            self.name.clone()
        } else {
            format!("{} (not independently verified)", self.name)
        }
    }
}

impl Approval {
    /// Whether as many persons approved as the plan asks for, or the driver
    /// said why there is no second one, where that is allowed.
    pub fn is_met(&self, second: Second) -> bool {
        let other = self
            .second
            .as_ref()
            .is_some_and(|a| !same_name(&a.name, &self.by));
        !self.by.trim().is_empty()
            && match second {
                Second::Off => true,
                Second::Preferred => {
                    other || self.alone.as_deref().is_some_and(is_reason)
                }
                Second::Required => other,
            }
    }

    /// The persons, the driver first.
    pub fn names(&self) -> Vec<String> {
        let second = self.second.iter().map(Approver::told);
        let alone = self.alone.iter().map(|_| "nobody else (alone)".into());
        let driver = [self.by.clone()].into_iter();
        driver.chain(second).chain(alone).collect()
    }
}

fn same_name(one: &str, other: &str) -> bool {
    one.trim().is_empty() || one.trim().eq_ignore_ascii_case(other.trim())
}

/// A field whose value is not what was confirmed.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Difference {
    /// What it is, such as `status of learn-db-replica`.
    pub field: String,
    /// Its value when the plan was confirmed.
    pub was: String,
    /// Its value now.
    pub is: String,
}

impl Difference {
    /// The fields in which two lists of bound values differ.
    pub fn between(was: &[Bound], is: &[Bound]) -> Vec<Difference> {
        let value = |list: &[Bound], field: &str| {
            list.iter()
                .find(|bound| bound.field == field)
                .map_or_else(|| "not seen".to_owned(), |b| b.value.clone())
        };
        let mut fields: Vec<&str> = Vec::new();
        for bound in was.iter().chain(is) {
            if !fields.contains(&bound.field.as_str()) {
                fields.push(&bound.field);
            }
        }
        fields
            .into_iter()
            .map(|field| Difference {
                field: field.to_owned(),
                was: value(was, field),
                is: value(is, field),
            })
            .filter(|difference| difference.was != difference.is)
            .collect()
    }
}

impl StepFact {
    /// The fact that the program of an intent was started.
    pub fn began(intent: &IntentCopy, process: Process) -> StepFact {
        StepFact {
            run: intent.run.clone(),
            step: intent.step.clone(),
            what: Happened::Began { process },
        }
    }

    /// The fact that an intent is about to be sent.
    pub fn intended(intent: &Intent) -> StepFact {
        StepFact {
            run: intent.run().to_owned(),
            step: intent.step().to_owned(),
            what: Happened::Intended { intent: Box::new(intent.copy()) },
        }
    }

    /// The fact of what came of an intent.
    pub fn outcome(
        intent: &IntentCopy,
        outcome: Outcome,
        took_ms: u64,
    ) -> StepFact {
        StepFact {
            run: intent.run.clone(),
            step: intent.step.clone(),
            what: Happened::Outcome {
                attempt: intent.attempt,
                position: intent.position,
                outcome,
                took_ms,
            },
        }
    }
}

impl Happened {
    /// The words that a person typed.
    pub fn words(&mut self) -> Option<&mut String> {
        match self {
            Happened::Stated { evidence: words, .. }
            | Happened::Decided { rationale: words, .. }
            | Happened::Answered { value: words }
            | Happened::Skipped { reason: words }
            | Happened::Overridden { reason: words, .. }
            | Happened::Called { reason: words }
            | Happened::Aborted { reason: words, .. } => Some(words),
            Happened::Confirmed { approval, .. } => approval.alone.as_mut(),
            Happened::Held { .. }
            | Happened::Running { .. }
            | Happened::Overdue { .. }
            | Happened::Done { .. }
            | Happened::Proposed { .. }
            | Happened::Approved { .. }
            | Happened::Voided { .. }
            | Happened::Intended { .. }
            | Happened::Began { .. }
            | Happened::Outcome { .. }
            | Happened::Lost { .. }
            | Happened::NotApplied { .. }
            | Happened::Simulated { .. }
            | Happened::Retried => None,
        }
    }

    /// The word for it in tables and messages.
    pub fn word(&self) -> &'static str {
        match self {
            Happened::Held { .. } => "held",
            Happened::Running { .. } => "running",
            Happened::Overdue { .. } => "overdue",
            Happened::Done { .. } => "done",
            Happened::Proposed { .. } => "proposed",
            Happened::Approved { .. } => "approved",
            Happened::Confirmed { .. } => "confirmed",
            Happened::Voided { .. } => "voided",
            Happened::Intended { .. } => "intended",
            Happened::Began { .. } => "began",
            Happened::Outcome { .. } => "outcome",
            Happened::Lost { .. } => "lost",
            Happened::NotApplied { .. } => "not applied",
            Happened::Simulated { .. } => "simulated",
            Happened::Stated { .. } => "stated",
            Happened::Retried => "retried",
            Happened::Decided { .. } => "decided",
            Happened::Answered { .. } => "answered",
            Happened::Skipped { .. } => "skipped",
            Happened::Overridden { .. } => "overridden",
            Happened::Called { .. } => "called",
            Happened::Aborted { .. } => "aborted",
        }
    }
}

/// What happened to a run as a whole.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct RunFact {
    /// The run.
    pub run: String,
    /// What happened.
    #[serde(flatten)]
    pub what: RunHappened,
}

/// What can happen to a run as a whole.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(tag = "did", rename_all = "snake_case")]
pub enum RunHappened {
    /// A person holds it: nothing is proposed or sent until it goes on.
    Paused {
        /// Why, in their words.
        reason: String,
    },
    /// It goes on.
    Continued,
    /// From here on it goes this way; steps of the other way that were not
    /// begun are not needed.
    Manner {
        /// The way.
        manner: Manner,
        /// Why, in the person's words.
        reason: String,
    },
    /// It goes on by another version of its file, which stands in the parts
    /// before. Steps that read the same keep their states.
    Repinned {
        /// The SHA-256 of the new bytes.
        sha256: String,
        /// Why, in the person's words.
        reason: String,
    },
}

impl RunHappened {
    /// The words that a person typed.
    pub fn words(&mut self) -> Option<&mut String> {
        match self {
            RunHappened::Paused { reason }
            | RunHappened::Manner { reason, .. }
            | RunHappened::Repinned { reason, .. } => Some(reason),
            RunHappened::Continued => None,
        }
    }

    /// The word for it in tables and messages.
    pub fn word(&self) -> &'static str {
        match self {
            RunHappened::Paused { .. } => "paused",
            RunHappened::Continued => "continued",
            RunHappened::Manner { .. } => "manner",
            RunHappened::Repinned { .. } => "repinned",
        }
    }
}
