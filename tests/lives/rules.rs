//! What must hold at every moment of every run.

use std::collections::{BTreeMap, BTreeSet};
use std::fmt::Debug;

use jiff::{SignedDuration, Timestamp};
use lifeboat::app::Model;
use lifeboat::estate::Source;
use lifeboat::incident::entry::Entry;
use lifeboat::incident::fact::Fact;
use lifeboat::runbook::plan::{IntentCopy, Level, Plan, PlanHash, Second};
use lifeboat::runbook::run::{Happened, Run, StepFact};
use lifeboat::screens::Open;

use super::aws::Truth;
use super::life::watched;

/// A change that arrived at AWS.
#[derive(Debug)]
struct Sent {
    step: String,
    attempt: u32,
    applied: bool,
    at: Timestamp,
}

/// What was seen so far, and the first thing that was wrong.
#[derive(Debug, Default)]
pub struct Rules {
    /// What was wrong first.
    pub wrong: Option<String>,
    /// The plan that the person is accepting now, and the name they typed.
    pub accepting: Option<(PlanHash, Option<String>)>,
    /// Plans that a second person approved.
    pub approved: BTreeSet<String>,
    /// Changes sent.
    pub sends: usize,
    /// Changes carried out by AWS.
    pub applied: usize,
    /// Confirms.
    pub confirms: usize,
    /// Confirms found void.
    pub voided: usize,
    /// Changes whose answer was lost.
    pub unknown: usize,
    /// Changes found done by looks.
    pub found: usize,
    /// Facts that came too late to count.
    pub late: usize,
    /// Steps of which a person stated what they did not know.
    pub stated: BTreeSet<String>,
    truths: BTreeMap<(Source, Timestamp), Truth>,
    sent: Vec<Sent>,
    /// What was true of what a plan is bound to when it was shown.
    shown: BTreeMap<String, String>,
    confirmed: BTreeMap<String, (Timestamp, Plan)>,
}

impl Rules {
    /// Notes that a promise was broken.
    pub fn broken(&mut self, promise: &str, told: &str) {
        self.wrong.get_or_insert_with(|| format!("{promise}: {told}"));
    }

    fn check(&mut self, holds: bool, promise: &str, told: &dyn Told) {
        if !holds {
            self.broken(promise, &told.told());
        }
    }

    /// A look comes to the console.
    pub fn saw(&mut self, source: &Source, begun: Timestamp, truth: Truth) {
        self.truths.insert((source.clone(), begun), truth);
    }

    /// What was true of a look.
    pub fn truth(&self, source: &Source, begun: Timestamp) -> Option<Truth> {
        self.truths.get(&(source.clone(), begun)).cloned()
    }

    /// What the console knows of a source is as it was when AWS said it.
    fn known(&self, model: &Model, source: &Source) -> Option<Truth> {
        let begun = model.estate.known(source)?.begun()?;
        self.truth(source, begun)
    }

    /// A new console knows nothing of what was shown before.
    pub fn restarted(&mut self) {
        self.truths.clear();
        self.shown.clear();
        self.confirmed.clear();
        self.accepting = None;
    }

    /// I5: what is cut short or failed is not shown as fresh.
    pub fn fresh(&mut self, model: &Model, source: &Source, now: Timestamp) {
        let Some(known) = model.estate.known(source) else { return };
        let pace = SignedDuration::from_secs(60);
        let live = known.freshness(now, pace).is_live();
        let whole = self.known(model, source).is_none_or(|truth| truth.whole);
        self.check(
            !live || (whole && known.failed.is_none()),
            "I5: shown as fresh and whole, and is not",
            source,
        );
    }

    /// A fact of a step is about to be written.
    pub fn told(&mut self, model: &Model, fact: &StepFact, now: Timestamp) {
        let run = model.open.as_ref().and_then(Open::run);
        let Some(run) = run else { return };
        match &fact.what {
            Happened::Proposed { hash, .. } => {
                let gist = target(&fact.step)
                    .and_then(|source| self.known(model, &source))
                    .map(|truth| truth.gist);
                self.shown.insert(hash.hex(), gist.unwrap_or_default());
            }
            Happened::Confirmed { hash, plan, approval, .. } => {
                self.confirms += 1;
                let by = (*hash, approval.typed.clone());
                self.check(
                    self.accepting.as_ref() == Some(&by),
                    "confirmed without the keys of a person",
                    fact,
                );
                self.check(
                    plan.level < Level::Severe
                        || (plan.typed.is_some()
                            && plan.typed == approval.typed),
                    "a severe step confirmed without its name",
                    fact,
                );
                let second = plan.second != Second::Required
                    || (approval.second.is_some()
                        && self.approved.contains(&hash.hex()));
                self.check(second, "confirmed without a second", fact);
                let plan = (**plan).clone();
                // A second confirm, given while the disk is slow, counts for
                // nothing.
                self.confirmed.entry(hash.hex()).or_insert((now, plan));
            }
            Happened::Voided { .. } => {
                self.voided += 1;
                let step = &fact.step;
                self.confirmed.retain(|_, (_, plan)| plan.step != *step);
            }
            Happened::Done { .. } => self.done(model, run, fact),
            Happened::NotApplied { .. } => self.not_applied(run, fact),
            Happened::Retried => {
                self.not_applied(run, fact);
                let step = &fact.step;
                self.confirmed.retain(|_, (_, plan)| plan.step != *step);
            }
            Happened::Outcome { .. } | Happened::Lost { .. } => {
                self.unknown += usize::from(is_unknown(&fact.what));
            }
            Happened::Stated { .. } => {
                self.stated.insert(fact.step.clone());
            }
            _ => {}
        }
    }

    /// I2: done only by a look that asked AWS after the change was sent.
    fn done(&mut self, model: &Model, run: &Run, fact: &StepFact) {
        let Some(source) = target(&fact.step) else { return };
        let Some((_, state)) = run.step(&fact.step) else { return };
        let truth = self.known(model, &source);
        let since = if state.is_sent() {
            self.last_sent(&fact.step)
        } else {
            state.ready
        };
        let seen = truth.is_some_and(|truth| {
            truth.whole && since.is_none_or(|since| truth.read >= since)
        });
        self.check(seen, "I2: done without a look after it", fact);
        if state.is_sent() {
            self.found += 1;
            let applied = self.applied_now(&fact.step, state.attempt);
            let told = self.stated.contains(&fact.step);
            self.check(applied > 0 || told, "I5: done, and is not", fact);
        }
    }

    /// What is said to be proven not applied is not applied.
    fn not_applied(&mut self, run: &Run, fact: &StepFact) {
        let Some((_, state)) = run.step(&fact.step) else { return };
        let undone = state.status.word() == "undone";
        if undone || self.stated.contains(&fact.step) {
            return;
        }
        let applied = self.applied_now(&fact.step, state.attempt);
        self.check(applied == 0, "I2: applied, and told not to be", fact);
    }

    fn applied_now(&self, step: &str, attempt: u32) -> usize {
        let of = |sent: &&Sent| {
            sent.step == step && sent.attempt == attempt && sent.applied
        };
        self.sent.iter().filter(of).count()
    }

    fn last_sent(&self, step: &str) -> Option<Timestamp> {
        let of = self.sent.iter().rev().find(|sent| sent.step == step);
        of.map(|sent| sent.at)
    }

    /// An intent is minted: confirmed, seen again, the same, and allowed.
    pub fn minted(
        &mut self,
        model: &Model,
        copy: &IntentCopy,
        now: Timestamp,
    ) {
        let run = model.open.as_ref().and_then(Open::run);
        let free = run.is_some_and(|run| {
            run.paused().is_none() && run.aborted().is_none()
        });
        self.check(free, "minted while paused or after the end", copy);
        let covers = model.mode.covers(copy.call.account());
        self.check(covers, "minted in OBSERVE", copy);
        let confirm = self.confirmed.get(&copy.plan.hex()).cloned();
        let Some((at, plan)) = confirm else {
            return self.broken("minted without a confirm", &copy.told());
        };
        let old = now.duration_since(at) > SignedDuration::from_secs(310);
        self.check(!old, "minted by an old confirm", copy);
        self.check(
            plan.calls.get(copy.position) == Some(&copy.call),
            "another call than the one confirmed",
            copy,
        );
        let Some(truth) =
            target(&copy.step).and_then(|source| self.known(model, &source))
        else {
            return self.broken("minted without a look", &copy.told());
        };
        self.check(
            truth.read >= at && truth.whole,
            "minted without another look after the confirm",
            copy,
        );
        self.check(
            self.shown.get(&copy.plan.hex()) == Some(&truth.gist),
            "minted although the target has changed",
            copy,
        );
    }

    /// A change arrives at AWS; `left` is what a power cut would leave.
    pub fn sent(
        &mut self,
        left: &[Entry],
        copy: &IntentCopy,
        applied: bool,
        at: Timestamp,
    ) {
        self.sends += 1;
        self.applied += usize::from(applied);
        let facts = || {
            left.iter().filter_map(|entry| match &entry.fact {
                Fact::Step(fact) => Some(fact),
                _ => None,
            })
        };
        let durable = facts().any(|fact| match &fact.what {
            Happened::Intended { intent } => **intent == *copy,
            _ => false,
        });
        self.check(durable, "I1: sent without a durable intent", copy);
        let confirmed = facts().any(|fact| match &fact.what {
            Happened::Confirmed { hash, .. } => *hash == copy.plan,
            _ => false,
        });
        self.check(confirmed, "sent without a durable confirm", copy);
        let before = self.sent.iter().filter(|sent| {
            sent.step == copy.step && sent.attempt == copy.attempt
        });
        let before = before.count();
        self.check(before == 0, "I2: sent twice by one confirm", copy);
        self.sent.push(Sent {
            step: copy.step.clone(),
            attempt: copy.attempt,
            applied,
            at,
        });
    }
}

fn is_unknown(what: &Happened) -> bool {
    match what {
        Happened::Lost { .. } => true,
        Happened::Outcome { outcome, .. } => {
            format!("{outcome:?}").starts_with("Unknown")
        }
        _ => false,
    }
}

/// What must be looked at before this step is done.
fn target(step: &str) -> Option<Source> {
    let [instance, records] = watched();
    match step {
        "standby" | "promote" => Some(instance),
        "drain" | "undrain" | "traffic" | "untraffic" => Some(records),
        "resolve" => Some(Source::Dns {
            name: "db.learn.example".into(),
            kind: "CNAME".into(),
            resolver: None,
        }),
        _ => None,
    }
}

/// What a complaint is about, in words.
trait Told {
    fn told(&self) -> String;
}

impl<T: Debug> Told for T {
    fn told(&self) -> String {
        format!("{self:?}")
    }
}
