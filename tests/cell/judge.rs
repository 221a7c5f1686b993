//! What must hold of a run, by its journal and by what AWS was asked.

use jiff::{SignedDuration, Timestamp};
use lifeboat::incident::entry::Entry;
use lifeboat::incident::fact::Fact;
use lifeboat::runbook::Stop;
use lifeboat::runbook::plan::IntentCopy;
use lifeboat::runbook::run::{Happened, Outcome, StepFact};
use lifeboat::sim::{Received, Sim};

use super::End;
use super::fault::Fault;
use super::truth;

/// Each change, and the looks that tell what became of it.
const CHANGES: [(&str, &[&str]); 4] = [
    ("PromoteReadReplica", &["DescribeDBInstances"]),
    ("FailoverGlobalCluster", &["DescribeGlobalClusters"]),
    ("SwitchoverGlobalCluster", &["DescribeGlobalClusters"]),
    ("ChangeResourceRecordSets", &["ListResourceRecordSets"]),
];

/// Checks of AWS, and the looks that they rest on.
const CHECKS: [(&str, &str); 6] = [
    ("standby", "DescribeDBInstances"),
    ("reads", "DescribeDBInstances"),
    ("ready", "DescribeGlobalClusters"),
    ("lag", "GetMetricData"),
    ("behind", "GetMetricData"),
    ("green", "GetHealthCheckStatus"),
];

/// How evidence ends that says that there is none.
const UNTOLD: &str = "the loss is not known";

/// The journal has whole milliseconds.
const ROUNDED: SignedDuration = SignedDuration::from_millis(1);

/// The changes among what AWS was asked.
pub fn changes(received: &[Received]) -> impl Iterator<Item = &Received> {
    received.iter().filter(|one| {
        CHANGES.iter().any(|(change, _)| one.operation == *change)
    })
}

fn steps(entries: &[Entry]) -> impl Iterator<Item = (&Entry, &StepFact)> {
    entries.iter().filter_map(|entry| match &entry.fact {
        Fact::Step(fact) => Some((entry, fact)),
        _ => None,
    })
}

/// How many changes are reported done.
pub fn done(entries: &[Entry]) -> usize {
    let done = |(_, fact): &(&Entry, &StepFact)| {
        matches!(fact.what, Happened::Done { .. })
            && was_confirmed(entries, &fact.step)
    };
    steps(entries).filter(done).count()
}

fn was_confirmed(entries: &[Entry], step: &str) -> bool {
    steps(entries).any(|(_, fact)| {
        fact.step == step && matches!(fact.what, Happened::Confirmed { .. })
    })
}

/// One call that was about to be sent, what of it came to AWS, and what the
/// journal says until the step is tried again.
struct Try<'a> {
    at: &'a Entry,
    copy: &'a IntentCopy,
    sent: Vec<&'a Received>,
    said: Vec<(&'a Entry, &'a Happened)>,
}

impl Try<'_> {
    fn name(&self) -> String {
        format!("{} (try {})", self.copy.step, self.copy.attempt)
    }

    fn applied(&self) -> usize {
        self.sent.iter().filter(|one| one.applied).count()
    }
}

/// Whether a request is the one of this call.
fn is_of(copy: &IntentCopy, one: &Received) -> bool {
    let request = copy.call.request();
    let same = match request.get("ChangeBatch") {
        Some(batch) => {
            let asked = one.input.get("ChangeBatch");
            asked.is_some_and(|asked| asked["Changes"] == batch["Changes"])
        }
        None => one.input == request,
    };
    same && copy.call.action().ends_with(&format!(":{}", one.operation))
}

fn tries(entries: &[Entry]) -> Vec<Try<'_>> {
    let mut tries: Vec<Try<'_>> = Vec::new();
    for (entry, fact) in steps(entries) {
        if let Happened::Intended { intent } = &fact.what {
            let (sent, said) = (Vec::new(), Vec::new());
            tries.push(Try { at: entry, copy: intent, sent, said });
        } else if let Some(one) =
            tries.iter_mut().rfind(|one| one.copy.step == fact.step)
        {
            one.said.push((entry, &fact.what));
        }
    }
    tries
}

/// Everything that is not as it must be, however the run ended.
pub fn complaints(entries: &[Entry], received: &[Received]) -> Vec<String> {
    let mut bad = Vec::new();
    let mut tries = tries(entries);
    for one in changes(received) {
        let of = tries
            .iter_mut()
            .rfind(|of| is_of(of.copy, one) && of.at.at <= one.at);
        match of {
            Some(of) => of.sent.push(one),
            None => bad.push(format!("{} has no intent", one.operation)),
        }
    }
    for one in &tries {
        bad.extend(one_try(one, entries, received));
    }
    let unsent = steps(entries).filter(|(entry, fact)| {
        let sent = tries
            .iter()
            .any(|one| one.copy.step == fact.step && one.at.seq < entry.seq);
        matches!(fact.what, Happened::Done { .. })
            && was_confirmed(entries, &fact.step)
            && !sent
    });
    bad.extend(unsent.map(|(_, f)| format!("{} done, never sent", f.step)));
    bad.extend(checks(entries, received));
    bad
}

fn one_try(
    one: &Try<'_>,
    entries: &[Entry],
    received: &[Received],
) -> Vec<String> {
    let mut bad = Vec::new();
    let (name, applied) = (one.name(), one.applied());
    if one.sent.len() > 1 || applied > 1 {
        let sent = one.sent.len();
        bad.push(format!("{name}: sent {sent} times, applied {applied}"));
    }
    let confirmed = steps(entries).any(|(entry, fact)| {
        let hash = match &fact.what {
            Happened::Confirmed { hash, .. } => *hash,
            _ => return false,
        };
        entry.seq < one.at.seq && hash == one.copy.plan
    });
    if !confirmed {
        bad.push(format!("{name}: sent without a confirm"));
    }
    for (entry, what) in &one.said {
        let holds = match what {
            Happened::Done { evidence, .. } => {
                if evidence.is_empty() || !looked(one, entry.at, received) {
                    bad.push(format!("{name}: done without a look"));
                }
                applied == 1
            }
            Happened::Outcome { outcome, .. } => match outcome {
                Outcome::Accepted { .. } => applied == 1,
                Outcome::Refused { .. } | Outcome::NotSent { .. } => {
                    applied == 0
                }
                Outcome::Unknown { .. } | Outcome::Ended { .. } => true,
            },
            Happened::NotApplied { .. } => applied == 0,
            Happened::Stated { .. } | Happened::Skipped { .. } => false,
            _ => true,
        };
        if !holds {
            let word = what.word();
            bad.push(format!("{name}: {word}, and applied {applied} times"));
        }
    }
    bad
}

/// Whether AWS was asked what became of it after it was sent, and before it
/// was said to be done.
fn looked(one: &Try<'_>, done: Timestamp, received: &[Received]) -> bool {
    let Some(sent) = one.sent.last() else { return false };
    let looks = CHANGES.iter().find(|(change, _)| *change == sent.operation);
    let (_, looks) = looks.expect("it is one of them");
    received.iter().any(|look| {
        looks.contains(&look.operation.as_str())
            && look.applied
            && look.at >= sent.at
            && look.at <= done + ROUNDED
    })
}

/// What checks of AWS say without having looked since they were begun.
fn checks(entries: &[Entry], received: &[Received]) -> Vec<String> {
    let mut bad = Vec::new();
    let mut since = None;
    for entry in entries {
        let fact = match &entry.fact {
            Fact::Pinned { .. } => {
                since = Some(entry.at);
                continue;
            }
            Fact::Step(fact) => fact,
            _ => continue,
        };
        if matches!(fact.what, Happened::Decided { .. }) {
            since = Some(entry.at);
        }
        let check = CHECKS.iter().find(|(step, _)| *step == fact.step);
        let (Happened::Done { evidence, .. }, Some((step, look))) =
            (&fact.what, check)
        else {
            continue;
        };
        let seen = received.iter().any(|one| {
            one.operation == *look
                && one.applied
                && since.is_some_and(|since| one.at >= since)
                && one.at <= entry.at + ROUNDED
        });
        // A loss that nobody can tell is said to be one.
        let untold = evidence.iter().any(|told| told.ends_with(UNTOLD));
        if evidence.is_empty() || !(seen || untold) {
            bad.push(format!("{step}: passed without a look: {evidence:?}"));
        }
    }
    bad
}

/// What is wrong with how it ended: a stop that is not declared, one that is
/// and was passed, and what is said to be left where it stopped.
pub fn ending(
    stops: &[Stop],
    fault: Fault,
    end: &End,
    entries: &[Entry],
    sim: &Sim,
) -> Vec<String> {
    let of = |stop: &&Stop| Some(stop.fault) == fault.declared();
    let declared: Vec<&Stop> = stops.iter().filter(of).collect();
    let step = match end {
        End::Over => {
            let steps = declared.iter().map(|stop| &stop.step);
            let passed =
                steps.map(|s| format!("it went on although it stops at {s}"));
            return passed.collect();
        }
        End::Stopped { step } => step,
    };
    let Some(stop) = declared.iter().find(|stop| stop.step == *step) else {
        return vec![format!("it stopped at {step}, which it does not say")];
    };
    let mut bad: Vec<String> =
        truth::left(&stop.left, sim).into_iter().collect();
    let told = steps(entries).any(|(_, fact)| match &fact.what {
        Happened::Aborted { left, .. } => {
            left.iter().any(|line| line.contains(&stop.left))
        }
        _ => false,
    });
    if !told {
        bad.push(format!("nobody was told what is left: {}", stop.left));
    }
    bad
}
