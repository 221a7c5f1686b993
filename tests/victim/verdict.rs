//! What must hold when a failover is over, however often its consoles died.

use std::collections::BTreeMap;

use lifeboat::incident::fact::Fact;
use lifeboat::runbook::run::Happened;

use super::aws::Call;
use super::{Change, Play};

/// What makes a step done: a look, or what a person says.
const DONE: [&str; 4] = ["done", "decided", "answered", "stated applied"];

/// What the journal says of a step.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Line {
    pub step: String,
    pub word: String,
    /// What was seen, where it is done.
    pub seen: String,
}

impl Line {
    /// What a fact says, if it is of a step.
    pub fn of(fact: &Fact) -> Option<Line> {
        let Fact::Step(fact) = fact else { return None };
        let seen = match &fact.what {
            Happened::Done { evidence, .. } => evidence.join("; "),
            _ => String::new(),
        };
        let word = match &fact.what {
            Happened::Stated { applied: true, .. } => "stated applied",
            what => what.word(),
        };
        let (step, word) = (fact.step.clone(), word.to_owned());
        Some(Line { step, word, seen })
    }
}

/// What there is to judge.
#[derive(Clone, Debug)]
pub struct Told {
    /// The runbook.
    pub play: &'static Play,
    /// How often the simulator carried out each operation.
    pub applied: BTreeMap<String, usize>,
    /// The calls that came to it.
    pub received: Vec<Call>,
    /// The journal, as far as it is of steps.
    pub journal: Vec<Line>,
    /// What of the journal was there before a kill and not after it.
    pub lost: Vec<String>,
    /// Whether `incident verify` finds it sound.
    pub verified: bool,
    /// Where the world's HTTP names are served.
    pub via: String,
}

/// The lines that were seen and are not the beginning of what is there.
pub fn lost(seen: &[u8], there: &[u8]) -> Option<String> {
    if there.starts_with(seen) {
        return None;
    }
    let same = seen.iter().zip(there).take_while(|(a, b)| a == b).count();
    let rest = String::from_utf8_lossy(&seen[same..]);
    Some(format!("{} bytes were lost: {rest}", seen.len() - same))
}

/// Everything that is not as it must be.
pub fn complaints(told: &Told) -> Vec<String> {
    let mut bad = told.lost.clone();
    for change in told.play.changes {
        bad.extend(repeated(told, *change));
    }
    for step in told.play.steps {
        let done = count(told, step, &DONE);
        if done != 1 || count(told, step, &["skipped"]) > 0 {
            bad.push(format!("{step} was done {done} times, or skipped"));
        }
    }
    let via = format!(" via {} ", told.via);
    let shown =
        |line: &Line| line.step == "healthy" && line.seen.contains(&via);
    if !told.journal.iter().any(shown) {
        bad.push(format!("healthy does not say that it was seen{via}"));
    }
    if !told.verified {
        bad.push("the journal is not sound".to_owned());
    }
    bad
}

/// What is wrong with how often a change came and was carried out, by the
/// simulator's own count and by its list.
fn repeated(told: &Told, change: Change) -> Vec<String> {
    let operation = change.operation;
    let calls: Vec<&Call> =
        told.received.iter().filter(|c| c.operation == operation).collect();
    let counted = told.applied.get(operation).copied().unwrap_or(0);
    let listed = calls.iter().filter(|call| call.applied).count();
    let intents = count(told, change.step, &["intended"]);
    let mut bad = Vec::new();
    if (counted, listed) != (1, 1) {
        bad.push(format!(
            "{operation} was carried out {counted} times ({listed} listed)"
        ));
    }
    if calls.len() > intents {
        let calls = calls.len();
        bad.push(format!("{operation} came {calls} times of {intents}"));
    }
    bad
}

/// How often this happened to a step.
fn count(told: &Told, step: &str, words: &[&str]) -> usize {
    let of = |line: &&Line| {
        line.step == step && words.contains(&line.word.as_str())
    };
    told.journal.iter().filter(of).count()
}
