//! `StepFact`: what happened to one step of a run.

use jiff::Timestamp;
use serde::{Deserialize, Serialize};

use super::super::Values;
use super::super::plan::{Bound, Intent, IntentCopy, Level, Plan, PlanHash};
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
    /// A person confirmed the plan.
    Confirmed {
        /// Its hash.
        hash: PlanHash,
        /// The plan, whole: a run needs no other memory of it.
        plan: Box<Plan>,
        /// Who approved; as many as the plan's level needs.
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
    /// It never left this machine.
    NotSent {
        /// Why.
        why: String,
    },
}

/// Who approved a plan. A level may need more than one person.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Approval {
    /// The persons, the driver first.
    pub names: Vec<String>,
    /// How many the level needs.
    pub needed: usize,
    /// What was typed, for severe steps.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub typed: Option<String>,
}

impl Approval {
    /// Whether as many different persons approved as are needed.
    pub fn is_met(&self) -> bool {
        let mut names: Vec<&str> =
            self.names.iter().map(|name| name.trim()).collect();
        names.sort_unstable();
        names.dedup();
        names.iter().filter(|name| !name.is_empty()).count()
            >= self.needed.max(1)
    }
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
    /// The word for it in tables and messages.
    pub fn word(&self) -> &'static str {
        match self {
            Happened::Held { .. } => "held",
            Happened::Running { .. } => "running",
            Happened::Overdue { .. } => "overdue",
            Happened::Done { .. } => "done",
            Happened::Proposed { .. } => "proposed",
            Happened::Confirmed { .. } => "confirmed",
            Happened::Voided { .. } => "voided",
            Happened::Intended { .. } => "intended",
            Happened::Outcome { .. } => "outcome",
            Happened::Lost { .. } => "lost",
            Happened::NotApplied { .. } => "not applied",
            Happened::Stated { .. } => "stated",
            Happened::Retried => "retried",
            Happened::Decided { .. } => "decided",
            Happened::Answered { .. } => "answered",
            Happened::Skipped { .. } => "skipped",
            Happened::Aborted { .. } => "aborted",
        }
    }
}

/// When a step was sent and what came of it, as looks need to know it.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Answers {
    /// When the last call was answered or given up: only a look begun after
    /// this can tell what became of it.
    pub sent: Option<Timestamp>,
    /// What the answers named for later looks, in the order of the calls.
    pub named: Vec<Option<String>>,
    /// What the step was confirmed to do.
    pub plan: Option<Plan>,
}
