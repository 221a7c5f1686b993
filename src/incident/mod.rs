//! Incident: the fold of entries; runs, notes, roles, clock, ledger.

#![warn(clippy::wildcard_enum_match_arm)]

pub mod company;
pub mod entry;
pub mod fact;
pub mod idle;
pub mod made;
pub mod message;
pub mod metrics;
pub mod pace;
mod practice;
pub mod redact;
mod repin;
pub mod report;
pub mod timeline;

use std::collections::BTreeMap;
use std::sync::Arc;

use jiff::Timestamp;
use thiserror::Error;

use crate::estate::Estate;
use crate::estate::ids::Account;
use crate::runbook::call::Call;
use crate::runbook::run::{
    IllegalFact, Pinned, Proposal, Run, RunFact, RunHappened, StepFact,
};
use crate::runbook::steps::Blocked;
use crate::runbook::{Milestone, Runbook};
use company::Company;
use entry::{Author, Entry};
use fact::{Conduct, Fact, Identity};
use made::Made;

pub use redact::redact;

/// What an incident was opened as.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Opening {
    /// What it is called.
    pub title: String,
    /// Its id in another system.
    pub external_id: Option<String>,
    /// Real or practice.
    pub conduct: Conduct,
    /// The simulated scenario, if AWS was simulated.
    pub simulated: Option<String>,
    /// The endpoint used instead of AWS's own.
    pub endpoint: Option<String>,
    /// The version of the program.
    pub tool: String,
    /// When it was opened.
    pub at: Timestamp,
    /// Who opened it.
    pub by: Author,
}

/// When users began to be hurt, as asserted.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Impact {
    /// The moment.
    pub at: Timestamp,
    /// How that is known.
    pub why: String,
    /// Who says so.
    pub asserted_by: String,
    /// The place of the entry that says so.
    pub seq: u64,
}

/// Whether changes are allowed, and where.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub enum Mode {
    /// Nothing is changed.
    #[default]
    Observe,
    /// Changes are allowed in these accounts.
    Armed {
        /// The accounts.
        accounts: Vec<Account>,
        /// Why, in the person's words.
        reason: String,
        /// Who armed.
        by: String,
        /// Since when.
        at: Timestamp,
    },
}

/// An entry that cannot be taken in. It stays in the journal and on the
/// timeline; nothing rests on it.
#[derive(Clone, Debug, PartialEq, Eq, Error)]
pub enum Oddity {
    /// A fact about a step that cannot follow those before it.
    #[error(transparent)]
    Step(IllegalFact),
    /// A fact about a run that was never started.
    #[error("entry {seq}: no run {run} was started")]
    NoRun {
        /// The entry.
        seq: u64,
        /// The run it names.
        run: String,
    },
    /// A pinned runbook that is not whole or cannot be read.
    #[error("entry {seq}: the pinned runbook cannot be read: {why}")]
    Pin {
        /// The entry.
        seq: u64,
        /// What is wrong with it.
        why: String,
    },
}

/// One incident, as its entries tell it.
#[derive(Clone, Debug)]
pub struct Incident {
    /// Its id.
    pub id: String,
    /// All entries, in order.
    pub entries: Vec<Entry>,
    /// How it was opened; none before the first entry.
    pub opening: Option<Opening>,
    /// The newest assertion of when users began to be hurt.
    pub impact: Option<Impact>,
    /// Whether changes are allowed.
    pub mode: Mode,
    /// As whom approved calls are sent.
    pub identity: Identity,
    /// Whether anyone ever armed: arming again is then one confirm.
    pub was_armed: bool,
    /// Its runs, in the order in which they were started.
    pub runs: Vec<Run>,
    /// When and how it was closed.
    pub closed: Option<(Timestamp, String)>,
    /// Entries that could not be taken in.
    pub oddities: Vec<Oddity>,
    /// Who else is there.
    pub company: Company,
    /// What it made, in the order in which that was made.
    pub made: Vec<Made>,
    files: BTreeMap<String, Vec<Option<String>>>,
    /// Where the time went, as far as the entries tell.
    split: pace::Split,
}

impl Incident {
    /// An incident of which nothing is known yet.
    pub fn new(id: impl Into<String>) -> Incident {
        Incident {
            id: id.into(),
            entries: Vec::new(),
            opening: None,
            impact: None,
            mode: Mode::Observe,
            identity: Identity::Usual,
            was_armed: false,
            runs: Vec::new(),
            closed: None,
            oddities: Vec::new(),
            company: Company::default(),
            made: Vec::new(),
            files: BTreeMap::new(),
            split: pace::Split::default(),
        }
    }

    /// The incident that these entries tell, as a console finds it that
    /// starts now: nobody has armed it, it sends as the usual identity, and what was confirmed and not sent
    /// needs a new confirm. [`Incident::resume`] gives the facts that say so.
    pub fn fold(
        id: impl Into<String>,
        entries: impl IntoIterator<Item = Entry>,
    ) -> Incident {
        let mut incident = Incident::new(id);
        for entry in entries {
            incident.apply(entry);
        }
        for run in &mut incident.runs {
            run.forget_confirms();
        }
        incident.mode = Mode::Observe;
        incident.identity = Identity::Usual;
        incident
    }

    /// Takes one recorded entry in. What cannot be taken in is kept among
    /// the oddities, and given back.
    pub fn apply(&mut self, entry: Entry) -> Option<Oddity> {
        let odd = self.take(&entry).err();
        self.split.turn(entry.at, self.spending());
        self.oddities.extend(odd.clone());
        self.entries.push(entry);
        odd
    }

    fn take(&mut self, entry: &Entry) -> Result<(), Oddity> {
        let Entry { seq, at, .. } = *entry;
        self.company.apply(&entry.fact, seq);
        match &entry.fact {
            Fact::Opened { .. } => self.open(entry),
            Fact::Impact { impact, why, asserted_by } => {
                self.set_impact(Impact {
                    at: *impact,
                    why: why.clone(),
                    asserted_by: asserted_by.clone(),
                    seq,
                });
            }
            Fact::Armed { accounts, reason } => {
                self.was_armed = true;
                self.mode = Mode::Armed {
                    accounts: accounts.clone(),
                    reason: reason.clone(),
                    by: entry.by.user.clone(),
                    at,
                };
            }
            Fact::Disarmed { .. } => self.mode = Mode::Observe,
            Fact::Claimed { .. } => {
                self.mode = Mode::Observe;
                self.identity = Identity::Usual;
            }
            Fact::Identity { identity, .. } => self.identity = *identity,
            Fact::File { sha256, part, parts, text } => {
                self.keep_part(sha256, *part, *parts, text);
            }
            Fact::Pinned { .. } => self.start(&entry.fact, (at, seq))?,
            Fact::Run(fact) => return self.whole(fact, at, seq),
            Fact::Ledger(what) => self.enter(what, at),
            Fact::Step(fact) => return self.step(fact, at, seq),
            Fact::Corrected { entry, field, new, why, .. } => {
                self.correct(*entry, field, new, why, seq);
            }
            Fact::Closed { summary } => {
                self.closed = Some((at, summary.clone()));
                self.mode = Mode::Observe;
                self.identity = Identity::Usual;
            }
            Fact::Note { .. }
            | Fact::Decision { .. }
            | Fact::Refused { .. }
            | Fact::Rejected { .. }
            | Fact::Copied { .. }
            | Fact::Exported { .. }
            | Fact::Region { .. }
            | Fact::Company(_)
            | Fact::Heartbeat
            | Fact::Detected { .. }
            | Fact::Evidence { .. }
            | Fact::Recovered { .. }
            | Fact::Damaged { .. }
            | Fact::Resumed { .. } => {}
        }
        Ok(())
    }

    fn whole(
        &mut self,
        fact: &RunFact,
        at: Timestamp,
        seq: u64,
    ) -> Result<(), Oddity> {
        if let RunHappened::Repinned { sha256, .. } = &fact.what {
            return self.repin(fact, sha256, (at, seq));
        }
        let Some(run) = self.run_mut(&fact.run) else {
            return Err(Oddity::NoRun { seq, run: fact.run.clone() });
        };
        run.apply_whole(fact, at, seq).map_err(Oddity::Step)
    }

    fn open(&mut self, entry: &Entry) {
        let Fact::Opened {
            title,
            external_id,
            conduct,
            simulated,
            endpoint,
            tool,
        } = &entry.fact
        else {
            return;
        };
        self.opening = Some(Opening {
            title: title.clone(),
            external_id: external_id.clone(),
            conduct: *conduct,
            simulated: simulated.clone(),
            endpoint: endpoint.clone(),
            tool: tool.clone(),
            at: entry.at,
            by: entry.by.clone(),
        });
        self.closed = None;
    }

    fn set_impact(&mut self, impact: Impact) {
        for run in &mut self.runs {
            run.impact = Some(impact.at);
        }
        self.impact = Some(impact);
    }

    fn keep_part(
        &mut self,
        sha256: &str,
        part: usize,
        parts: usize,
        text: &str,
    ) {
        /// Parts of a file of 1 MiB, and some more.
        const PARTS_MAX: usize = 64;
        let count = parts.min(PARTS_MAX);
        let file = self
            .files
            .entry(sha256.to_owned())
            .or_insert_with(|| vec![None; count]);
        if let Some(place) = file.get_mut(part) {
            *place = Some(text.to_owned());
        }
    }

    /// The text of a file kept with the incident, if it is whole.
    pub fn file(&self, sha256: &str) -> Option<String> {
        let parts = self.files.get(sha256)?;
        let text = parts.iter().cloned().collect::<Option<String>>()?;
        let (_, found) = fact::pin_file(&text);
        (found == sha256).then_some(text)
    }

    fn start(
        &mut self,
        fact: &Fact,
        (at, seq): (Timestamp, u64),
    ) -> Result<(), Oddity> {
        let Fact::Pinned { run, id, sha256, inputs, second, manner, .. } =
            fact
        else {
            return Ok(());
        };
        let broken = |why: String| Oddity::Pin { seq, why };
        let text = self
            .file(sha256)
            .ok_or_else(|| broken("its parts are not whole".into()))?;
        let runbook = Runbook::parse(&text, id).map_err(|problems| {
            broken(problems.first().map_or(String::new(), ToString::to_string))
        })?;
        if self.run(run).is_some() {
            return Err(broken(format!("a run {run} is there already")));
        }
        let mut run = Run::new(Pinned {
            incident: self.id.clone(),
            run: run.clone(),
            runbook: Arc::new(runbook),
            sha256: sha256.clone(),
            inputs: inputs.clone(),
            second: *second,
            manner: *manner,
            drill: self.is_drill(),
            at,
        });
        run.impact = self.impact.as_ref().map(|impact| impact.at);
        if self.opening.as_ref().is_some_and(|o| o.simulated.is_some()) {
            run.embed(at);
        }
        self.runs.push(run);
        Ok(())
    }

    fn step(
        &mut self,
        fact: &StepFact,
        at: Timestamp,
        seq: u64,
    ) -> Result<(), Oddity> {
        let Some(run) = self.run_mut(&fact.run) else {
            return Err(Oddity::NoRun { seq, run: fact.run.clone() });
        };
        run.apply(fact, at, seq).map_err(Oddity::Step)
    }

    /// A correction of what the fold rests on takes effect; all others are
    /// shown beside what they correct.
    fn correct(
        &mut self,
        entry: u64,
        field: &str,
        new: &str,
        why: &str,
        seq: u64,
    ) {
        let Some(impact) = self.impact.clone() else { return };
        if impact.seq != entry || field != "impact" {
            return;
        }
        if let Ok(at) = new.parse() {
            let why = why.to_owned();
            self.set_impact(Impact { at, why, seq, ..impact });
        }
    }

    /// Whether it is practice.
    pub fn is_drill(&self) -> bool {
        let opening = self.opening.as_ref();
        opening.is_some_and(|opening| opening.conduct == Conduct::Drill)
    }

    /// A run by its id.
    pub fn run(&self, id: &str) -> Option<&Run> {
        self.runs.iter().find(|run| run.pinned().run == id)
    }

    /// A run by its id, to be asked for intents and automatic facts.
    pub fn run_mut(&mut self, id: &str) -> Option<&mut Run> {
        self.runs.iter_mut().find(|run| run.pinned().run == id)
    }

    /// The newest run that is not over.
    pub fn active_run(&self) -> Option<&Run> {
        self.runs.iter().rev().find(|run| !run.is_over())
    }

    /// The id for the next run: `run-1`, `run-2` and so on.
    pub fn next_run_id(&self) -> String {
        format!("run-{}", self.runs.len() + 1)
    }

    /// Whether any run may have changed, unseen, what this call would
    /// change; the sentence says which.
    pub fn holds_target(&self, call: &Call) -> Option<String> {
        self.runs.iter().find_map(|run| {
            let spec = run.holds_target(call)?;
            let run = &run.pinned().run;
            Some(format!("step {} of {run} is not settled", spec.id))
        })
    }

    /// What a step of a run would do now; see [`Run::propose`]. No run may
    /// change what another one may have changed unseen.
    pub fn propose(
        &self,
        run: &str,
        step: &str,
        estate: &Estate,
        now: Timestamp,
    ) -> Result<Proposal, Blocked> {
        let Some(run) = self.run(run) else {
            return Err(Blocked::because(format!("there is no run {run}")));
        };
        let proposal = run.propose(step, estate, now)?;
        let mut calls = proposal.plan.calls.iter();
        match calls.find_map(|call| self.holds_target(call)) {
            Some(why) => Err(Blocked::because(why)),
            None => Ok(proposal),
        }
    }

    /// The facts that a restarted console records first.
    pub fn resume(&mut self, now: Timestamp) -> Vec<Fact> {
        let last = self.entries.last().map_or(now, |entry| entry.at);
        let gap = now.duration_since(last).as_secs().max(0);
        let mut facts = vec![Fact::Resumed { gap_s: gap.unsigned_abs() }];
        for run in &mut self.runs {
            facts.extend(run.resume().into_iter().map(Fact::Step));
        }
        facts
    }

    /// Milestones reached in any run, each at its first time.
    pub fn milestones(&self) -> BTreeMap<Milestone, Timestamp> {
        let mut reached = BTreeMap::new();
        for (milestone, at) in self.runs.iter().flat_map(Run::milestones) {
            let first = reached.entry(milestone).or_insert(at);
            *first = at.min(*first);
        }
        reached
    }

    /// Notes with their times and authors.
    pub fn notes(&self) -> impl Iterator<Item = (&Entry, &str)> {
        self.entries.iter().filter_map(|entry| {
            let Fact::Note { text } = &entry.fact else { return None };
            Some((entry, text.as_str()))
        })
    }
}

#[cfg(test)]
mod tests;
