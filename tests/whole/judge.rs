//! The rules of the runs by values, kept by the journal and by what AWS
//! received.

use std::collections::BTreeMap;

use jiff::{SignedDuration, Timestamp};
use lifeboat::incident::entry::Entry;
use lifeboat::incident::fact::Fact;
use lifeboat::runbook::plan::IntentCopy;
use lifeboat::runbook::run::{Happened, RunHappened, StepFact};
use lifeboat::sim::Received;

use super::way::CHANGES;
use crate::lives::aws::Truth;
use crate::lives::rules::{Case, Rules};

/// Entries tell whole milliseconds.
const GRAIN: SignedDuration = SignedDuration::from_millis(1);

/// Goes through all that was written and received, in its order.
pub fn judge(
    rules: &mut Rules,
    entries: &[Entry],
    received: &[Received],
    arrivals: &[Vec<StepFact>],
) {
    let is_change = |one: &&Received| CHANGES.contains(&&*one.operation);
    let changes: Vec<&Received> = received.iter().filter(is_change).collect();
    if changes.len() != arrivals.len() {
        let told = format!("{} of {}", changes.len(), arrivals.len());
        return rules.broken("not every change that left arrived", &told);
    }
    let mut history = History { received, ..History::default() };
    let mut changes = changes.into_iter().zip(arrivals).peekable();
    for entry in entries {
        while let Some((change, left)) =
            changes.next_if(|(change, _)| change.at < entry.at)
        {
            history.arrived(rules, change, left);
        }
        history.written(rules, entry);
    }
    for (change, left) in changes {
        history.arrived(rules, change, left);
    }
}

/// What was written and received so far.
#[derive(Default)]
struct History<'a> {
    received: &'a [Received],
    intents: Vec<IntentCopy>,
    /// The try of each step, and whether it was sent since.
    tries: BTreeMap<String, (u32, bool)>,
    paused: bool,
}

impl History<'_> {
    fn arrived(
        &mut self,
        rules: &mut Rules,
        change: &Received,
        left: &[StepFact],
    ) {
        let of = |copy: &&IntentCopy| {
            copy.call.action().ends_with(&change.operation)
        };
        let Some(copy) = self.intents.iter().rev().find(of).cloned() else {
            let told = &change.operation;
            return rules.broken("I1: sent without a durable intent", told);
        };
        rules.sent(left, &copy, change.applied, change.at);
        self.tries.insert(copy.step.clone(), (copy.attempt, true));
    }

    fn written(&mut self, rules: &mut Rules, entry: &Entry) {
        let fact = match &entry.fact {
            Fact::Step(fact) => fact,
            Fact::Run(fact) => {
                match fact.what {
                    RunHappened::Paused { .. } => self.paused = true,
                    RunHappened::Continued => self.paused = false,
                    _ => {}
                }
                return;
            }
            _ => return,
        };
        let looked = self.looked(&fact.step, entry.at + GRAIN);
        if let Happened::Intended { intent } = &fact.what {
            if self.paused {
                rules.broken("minted while paused", &intent.step);
            }
            rules.mint(intent, looked.as_ref(), entry.at);
            self.intents.push((**intent).clone());
        }
        let tried = self.tries.get(&fact.step).copied();
        let (attempt, is_sent) = tried.unwrap_or((1, false));
        let sent = rules.last_sent(&fact.step).filter(|_| is_sent);
        let case = Case {
            is_sent,
            is_undone: false,
            attempt,
            is_seen: looked.is_some_and(|look| Some(look.read) >= sent),
            gist: String::new(),
        };
        rules.fact(fact, &case, entry.at);
        if matches!(fact.what, Happened::Retried) {
            self.tries.insert(fact.step.clone(), (attempt + 1, false));
        }
    }

    /// The newest look at what a step is about that AWS answered.
    fn looked(&self, step: &str, until: Timestamp) -> Option<Truth> {
        let operation = match step {
            "standby" | "promote" => "DescribeDBInstances",
            "resolve" => {
                let (read, gist) = (until, String::new());
                return Some(Truth { read, gist, whole: true });
            }
            _ => "ListResourceRecordSets",
        };
        let mut looks = self.received.iter().rev().filter(|one| {
            one.operation == operation && one.applied && one.at <= until
        });
        let read = looks.next()?.at;
        Some(Truth { read, gist: String::new(), whole: true })
    }
}
