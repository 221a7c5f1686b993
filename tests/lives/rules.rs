//! What must hold at every moment of every run.

use std::collections::{BTreeMap, BTreeSet};
use std::fmt::Debug;

use jiff::{SignedDuration, Timestamp};
use lifeboat::app::Model;
use lifeboat::estate::{Known, Source};
use lifeboat::incident::fact::Fact;
use lifeboat::runbook::plan::{IntentCopy, Level, Plan, PlanHash, Second};
use lifeboat::runbook::run::{Happened, StepFact};
use lifeboat::screens::Open;

use super::aws::Truth;
use super::life::desk::watched;

/// A change that arrived at AWS.
#[derive(Debug)]
struct Sent {
    step: String,
    attempt: u32,
    applied: bool,
    at: Timestamp,
}

/// How a step stands when a fact of it is written.
#[derive(Debug)]
pub struct Case {
    /// Its change was sent.
    pub is_sent: bool,
    /// It was taken back by another.
    pub is_undone: bool,
    /// Which try of it this is.
    pub attempt: u32,
    /// Its target was seen whole after it was sent, or after its turn came.
    pub is_seen: bool,
    /// What its target was seen to be.
    pub gist: String,
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
        let Some((_, state)) = run.and_then(|run| run.step(&fact.step)) else {
            return;
        };
        if let Happened::Confirmed { hash, approval, .. } = &fact.what {
            let by = (*hash, approval.typed.clone());
            self.check(
                self.accepting.as_ref() == Some(&by),
                "confirmed without the keys of a person",
                fact,
            );
        }
        let source = target(&fact.step);
        let known = source.as_ref().and_then(|s| model.estate.known(s));
        let truth = source.as_ref().and_then(|s| self.known(model, s));
        let begun = known.and_then(Known::begun);
        let sent = self.last_sent(&fact.step).filter(|_| state.is_sent());
        let after = |truth: &Truth| match sent {
            Some(sent) => truth.read >= sent,
            None => state.ready.is_none_or(|ready| begun >= Some(ready)),
        };
        let case = Case {
            is_sent: state.is_sent(),
            is_undone: state.status.word() == "undone",
            attempt: state.attempt,
            is_seen: truth.as_ref().is_some_and(|t| t.whole && after(t)),
            gist: truth.map(|truth| truth.gist).unwrap_or_default(),
        };
        self.fact(fact, &case, now);
    }

    /// A fact of a step is written, of which this is the case.
    pub fn fact(&mut self, fact: &StepFact, case: &Case, now: Timestamp) {
        match &fact.what {
            Happened::Proposed { hash, .. } => {
                self.shown.insert(hash.hex(), case.gist.clone());
            }
            Happened::Confirmed { hash, plan, approval, .. } => {
                self.confirms += 1;
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
                self.unconfirmed(&fact.step);
            }
            Happened::Done { .. } => self.done(fact, case),
            Happened::NotApplied { .. } => self.not_applied(fact, case),
            Happened::Retried => {
                self.not_applied(fact, case);
                self.unconfirmed(&fact.step);
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

    fn unconfirmed(&mut self, step: &str) {
        self.confirmed.retain(|_, (_, plan)| plan.step != step);
    }

    /// A fact could not be written: a confirm counts for nothing.
    pub fn unwritten(&mut self, fact: &Fact, now: Timestamp) {
        let Fact::Step(StepFact { what, .. }) = fact else { return };
        if let Happened::Confirmed { hash, .. } = what
            && self.confirmed.get(&hash.hex()).is_some_and(|is| is.0 == now)
        {
            self.confirmed.remove(&hash.hex());
        }
    }

    /// I2: done only by a look that asked AWS after the change was sent.
    fn done(&mut self, fact: &StepFact, case: &Case) {
        if target(&fact.step).is_none() {
            return;
        }
        self.check(case.is_seen, "I2: done without a look after it", fact);
        if case.is_sent {
            self.found += 1;
            let applied = self.applied_now(&fact.step, case.attempt);
            let told = self.stated.contains(&fact.step);
            self.check(applied > 0 || told, "I5: done, and is not", fact);
        }
    }

    /// What is said to be proven not applied is not applied.
    fn not_applied(&mut self, fact: &StepFact, case: &Case) {
        if case.is_undone || self.stated.contains(&fact.step) {
            return;
        }
        let applied = self.applied_now(&fact.step, case.attempt);
        self.check(applied == 0, "I2: applied, and told not to be", fact);
    }

    fn applied_now(&self, step: &str, attempt: u32) -> usize {
        let of = |sent: &&Sent| {
            sent.step == step && sent.attempt == attempt && sent.applied
        };
        self.sent.iter().filter(of).count()
    }

    /// When a change of this step arrived last.
    pub fn last_sent(&self, step: &str) -> Option<Timestamp> {
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
        let source = target(&copy.step);
        let truth = source.and_then(|source| self.known(model, &source));
        self.mint(copy, truth.as_ref(), now);
    }

    /// An intent is minted over this answer.
    pub fn mint(
        &mut self,
        copy: &IntentCopy,
        truth: Option<&Truth>,
        now: Timestamp,
    ) {
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
        let Some(truth) = truth else {
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
        left: &[StepFact],
        copy: &IntentCopy,
        applied: bool,
        at: Timestamp,
    ) {
        self.sends += 1;
        self.applied += usize::from(applied);
        let durable = left.iter().any(|fact| match &fact.what {
            Happened::Intended { intent } => **intent == *copy,
            _ => false,
        });
        self.check(durable, "I1: sent without a durable intent", copy);
        let confirmed = left.iter().any(|fact| match &fact.what {
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
