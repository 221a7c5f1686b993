//! Unattended: a drill that works through its runbook with nobody at hand.
//!
//! It does what a person would, by the same ways: it starts the run with the
//! inputs' own defaults, arms, looks at each plan and confirms it. What it
//! may confirm is the [`Rule`]'s to say; the first thing that is refused,
//! fails or takes too long ends the work, and what was made is removed.

mod clean;
mod closing;

use std::mem;

use jiff::{SignedDuration, Timestamp};

use super::forms::run_accounts;
use super::record::{look_at, record};
use super::{Book, Model, filled};
use crate::event::Effect;
use crate::incident::fact::Fact;
use crate::runbook::plan::{Level, Second};
use crate::runbook::run::{Approval, Happened, Proposal, Run, Status};
use crate::runbook::run::{StepFact, StepState};
use crate::runbook::steps::Wants;
use crate::runbook::unattended::Rule;
use crate::runbook::{Practised, StepSpec, Values};
use crate::screens::Open;

/// As whom it confirms.
pub const NAME: &str = "unattended";

/// Why nobody else approved, where a second person is preferred.
const ALONE: &str = "a drill with nobody at hand: its rule confirms";

/// So long it waits for AWS to tell what a plan rests on.
const PATIENCE: SignedDuration = SignedDuration::from_mins(2);

/// So long a step may take that says nothing of it.
const LONGEST: SignedDuration = SignedDuration::from_hours(2);

/// How it ended.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Ending {
    /// The runbook came to its end, and nothing is left.
    Proven,
    /// It did not, and nothing is left.
    Failed,
    /// Something is left that costs, or may be.
    Left,
}

/// How far it has come.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
enum Phase {
    #[default]
    Start,
    Work,
    CleanUp,
    Close,
    Export,
    Over,
}

/// A drill with nobody at hand.
#[derive(Clone, Debug, Default)]
pub struct Unattended {
    /// What it may confirm.
    pub rule: Rule,
    /// Who started it, and where.
    pub started_by: String,
    /// How it ended, once it did.
    pub ending: Option<Ending>,
    /// Why it did not come to its end.
    pub gave_up: Option<String>,
    /// Whether the report was written.
    pub(super) exported: bool,
    phase: Phase,
    /// When the phase began.
    since: Option<Timestamp>,
    /// How many facts of its own the journal is to have first.
    expected: usize,
    /// The step whose plan cannot be made, and since when.
    stuck: Option<(String, Timestamp)>,
    /// How often a removal was tried once more, and when last.
    tries: (u32, Option<Timestamp>),
}

/// What is to be done about a step.
enum Next {
    /// AWS works, or a look is on its way.
    Wait,
    /// Its plan is to be confirmed.
    Confirm(String),
    /// It will not come to an end.
    Stop(String),
}

impl Unattended {
    /// A drill that may confirm what this rule allows.
    pub fn new(rule: Rule, started_by: impl Into<String>) -> Unattended {
        let started_by = started_by.into();
        Unattended { rule, started_by, ..Unattended::default() }
    }
}

/// Goes on, once what was ordered before is in the journal.
pub(super) fn go_on(model: &mut Model, now: Timestamp, out: &mut Vec<Effect>) {
    let Some(mut own) = mem::take(&mut model.unattended) else { return };
    let ready = model.opening.is_none()
        && own_facts(model.open.as_ref()) >= own.expected;
    if ready && model.open.is_some() {
        own.turn(model, now, out);
    }
    model.unattended = Some(own);
}

/// The journal took nothing more: it ends at once.
pub(super) fn cut_off(model: &mut Model, why: &str, out: &mut Vec<Effect>) {
    let left = is_something_left(model.open.as_ref());
    let Some(own) = &mut model.unattended else { return };
    own.gave_up.get_or_insert_with(|| why.to_owned());
    own.ending = Some(if left { Ending::Left } else { Ending::Failed });
    own.phase = Phase::Over;
    out.push(Effect::Quit);
}

/// Why a confirmed plan may not be sent after all.
pub(super) fn forbids(model: &Model, step: &str) -> Option<String> {
    let own = model.unattended.as_ref()?;
    let open = model.open.as_ref()?;
    let (_, state) = open.run()?.step(step)?;
    let plan = state.plan()?;
    let since = state.ready.unwrap_or_default();
    own.rule.allows(plan, &open.id, &model.estate, since).err()
}

/// Facts that it ordered itself, as far as the journal has them.
fn own_facts(open: Option<&Open>) -> usize {
    let entries = open.into_iter().flat_map(|open| &open.incident.entries);
    let own = |fact: &Fact| match fact {
        Fact::Step(StepFact { what: Happened::Intended { .. }, .. }) => false,
        fact => !fact.is_auto(),
    };
    entries.filter(|entry| own(&entry.fact)).count()
}

/// Whether something exists, or may, that the drill made.
fn is_something_left(open: Option<&Open>) -> bool {
    open.is_some_and(|open| {
        open.incident.left().next().is_some()
            || !clean::may_exist(&open.incident).is_empty()
    })
}

impl Unattended {
    fn turn(
        &mut self,
        model: &mut Model,
        now: Timestamp,
        out: &mut Vec<Effect>,
    ) {
        let since = *self.since.get_or_insert(now);
        match self.phase {
            Phase::Start => self.start(model, since, now, out),
            Phase::Work => self.work(model, now, out),
            Phase::CleanUp => self.clean_up(model, since, now, out),
            Phase::Close => self.close(model, now, out),
            Phase::Export => self.leave(since, now, out),
            Phase::Over => {}
        }
    }

    fn enter(&mut self, phase: Phase) {
        self.phase = phase;
        self.since = None;
        self.stuck = None;
    }

    fn order(&mut self, model: &mut Model, fact: Fact, out: &mut Vec<Effect>) {
        self.expected = own_facts(model.open.as_ref()) + 1;
        record(model, fact, out);
    }

    /// Ends the work for this reason; what was made is removed next.
    fn give_up(
        &mut self,
        model: &mut Model,
        why: String,
        now: Timestamp,
        out: &mut Vec<Effect>,
    ) {
        model.say(format!("given up: {why}"), true, now);
        let text = format!("unattended drill given up: {why}");
        self.gave_up.get_or_insert(why);
        self.order(model, Fact::Note { text }, out);
        self.enter(Phase::CleanUp);
    }

    /// Starts the run as soon as AWS confirms all its inputs.
    fn start(
        &mut self,
        model: &mut Model,
        since: Timestamp,
        now: Timestamp,
        out: &mut Vec<Effect>,
    ) {
        let Some(wish) = &model.drill else { return };
        let id = wish.runbook.clone();
        let of_id = |book: &Book| {
            book.runbook.as_ref().is_ok_and(|found| found.id == id)
        };
        let place = model.library.iter().position(of_id);
        let book = place.and_then(|place| {
            Some((place, model.library[place].runbook.clone().ok()?))
        });
        let Some((place, runbook)) = book else {
            let why = format!("there is no runbook {id}");
            return self.give_up(model, why, now, out);
        };
        let resolved = runbook.resolve(&Values::new(), &model.estate, now);
        let unsure = resolved.iter().find_map(|input| match &input.result {
            Ok(pin) if pin.verified => None,
            Ok(pin) => Some(format!("{}: {}", input.title, pin.how)),
            Err(why) => Some(format!("{}: {why}", input.title)),
        });
        if let Some(unsure) = unsure {
            if now.duration_since(since) > PATIENCE {
                let why = format!("an input is not confirmed: {unsure}");
                self.give_up(model, why, now, out);
            }
            return;
        }
        let mut typed: Vec<String> =
            resolved.into_iter().map(|input| input.given).collect();
        // What is measured is the time from the drill's own beginning.
        typed.push(now.to_string());
        let text =
            format!("an unattended drill, begun by {}", self.started_by);
        record(model, Fact::Note { text }, out);
        if let Err(why) = filled::start_with(model, place, &typed, now, out) {
            return self.give_up(model, why, now, out);
        }
        self.enter(Phase::Work);
    }

    /// Whether the accounts of the run may be changed; arms if not yet.
    fn is_armed(
        &mut self,
        model: &mut Model,
        now: Timestamp,
        out: &mut Vec<Effect>,
    ) -> bool {
        if model.mode.is_armed() {
            return true;
        }
        let accounts = run_accounts(model);
        let foreign = accounts.iter().find(|id| !self.rule.has(id));
        let why = match foreign {
            _ if model.setting.read_only => {
                Some("started with --read-only: arming is off".to_owned())
            }
            Some(account) => Some(format!(
                "the config does not say `drill = true` of account {account}"
            )),
            None if accounts.is_empty() => {
                Some("the runbook names no account".to_owned())
            }
            None => None,
        };
        if let Some(why) = why {
            if self.phase == Phase::Work {
                let what = "arm".to_owned();
                let fact = Fact::Refused { what, why: why.clone() };
                record(model, fact, out);
                self.give_up(model, why, now, out);
            }
            return false;
        }
        let reason = "an unattended drill, as the config allows".to_owned();
        self.order(model, Fact::Armed { accounts, reason }, out);
        false
    }

    /// Does the next step of the runbook, in the order of its file.
    fn work(
        &mut self,
        model: &mut Model,
        now: Timestamp,
        out: &mut Vec<Effect>,
    ) {
        let run = model.open.as_ref().and_then(Open::run);
        let Some(run) = run else { return };
        if run.is_over() {
            return self.enter(Phase::CleanUp);
        }
        match next(run, now) {
            Next::Wait => {}
            Next::Stop(why) => self.give_up(model, why, now, out),
            Next::Confirm(step) => {
                if self.is_armed(model, now, out) {
                    self.confirm(model, &step, now, out);
                }
            }
        }
    }

    /// Confirms the plan of a step, if the rule allows it.
    fn confirm(
        &mut self,
        model: &mut Model,
        step: &str,
        now: Timestamp,
        out: &mut Vec<Effect>,
    ) {
        let Some(open) = &model.open else { return };
        let Some(run) = open.run() else { return };
        let id = run.pinned().run.clone();
        let proposal = open.incident.propose(&id, step, &model.estate, now);
        let proposal = match proposal {
            Ok(proposal) => proposal,
            Err(blocked) => {
                let why = format!("{step}: {blocked}");
                look_at(model, blocked.looks, now, out);
                if self.is_stuck(step, now) {
                    self.refuse(model, step, why, now, out);
                }
                return;
            }
        };
        self.stuck = None;
        if let Err(why) = self.allows(open, run, &proposal, model) {
            return self.refuse(model, step, why, now, out);
        }
        let Some((_, state)) = run.step(step) else { return };
        if state.shown() != Some(proposal.hash) {
            let shown = run.proposed(&proposal);
            return self.order(model, Fact::Step(shown), out);
        }
        let plan = &proposal.plan;
        let approval = Approval {
            by: model.setting.user.clone(),
            typed: plan.typed.clone(),
            readback: plan.readback.as_ref().map(|r| r.value.clone()),
            alone: (plan.second == Second::Preferred)
                .then(|| ALONE.to_owned()),
            ..Approval::default()
        };
        match run.confirm(&proposal, approval, 0) {
            Ok(fact) => self.order(model, Fact::Step(fact), out),
            Err(why) => {
                let why = format!("{step}: {why}");
                self.refuse(model, step, why, now, out);
            }
        }
    }

    /// Whether the rule allows a plan. Nothing is sent of what the drill
    /// simulates.
    fn allows(
        &self,
        open: &Open,
        run: &Run,
        proposal: &Proposal,
        model: &Model,
    ) -> Result<(), String> {
        let Some((spec, state)) = run.step(&proposal.plan.step) else {
            return Err("there is no such step".to_owned());
        };
        if matches!(spec.drill, Practised::Simulate) {
            return Ok(());
        }
        let since = state.ready.unwrap_or_default();
        let (plan, estate) = (&proposal.plan, &model.estate);
        self.rule.allows(plan, &open.id, estate, since)?;
        let mut removed = plan.calls.iter().filter_map(|c| c.removes());
        match removed.find(|arn| !open.incident.holds(arn)) {
            None => Ok(()),
            Some(arn) => Err(format!(
                "the journal of this drill does not tell that it made {arn}"
            )),
        }
    }

    /// A plan is refused before anything of it is sent.
    fn refuse(
        &mut self,
        model: &mut Model,
        step: &str,
        why: String,
        now: Timestamp,
        out: &mut Vec<Effect>,
    ) {
        let what = step.to_owned();
        record(model, Fact::Refused { what, why: why.clone() }, out);
        if self.phase == Phase::Work {
            self.give_up(model, why, now, out);
            self.expected += 1;
        }
    }

    fn is_stuck(&mut self, step: &str, now: Timestamp) -> bool {
        if self.stuck.as_ref().is_none_or(|(of, _)| of != step) {
            self.stuck = Some((step.to_owned(), now));
        }
        let since = self.stuck.as_ref().map_or(now, |(_, since)| *since);
        now.duration_since(since) > PATIENCE
    }
}

/// What is to be done about the first step that is not over, in the order of
/// the file.
fn next(run: &Run, now: Timestamp) -> Next {
    let waits = |status: &Status| {
        matches!(
            status,
            Status::Pending | Status::Aside | Status::Undone { .. }
        )
    };
    let mut open =
        run.steps().filter(|(_, s)| !s.status.is_over() && !waits(&s.status));
    match open.next() {
        Some((spec, state)) => about(spec, state, now),
        None => Next::Stop("no step of it can be done".to_owned()),
    }
}

fn about(spec: &StepSpec, state: &StepState, now: Timestamp) -> Next {
    let id = &spec.id;
    let why = state.status.why().unwrap_or_default();
    let since = state.ready.unwrap_or(now);
    let long = spec.timeout.is_none() && now.duration_since(since) > LONGEST;
    match &state.status {
        Status::Ready | Status::Planned
            if !matches!(spec.does.wants(), Wants::Nothing) =>
        {
            Next::Stop(format!("{id} asks a person"))
        }
        Status::Ready | Status::Planned if spec.level > Level::Read => {
            Next::Confirm(id.clone())
        }
        Status::Failed { .. }
        | Status::NotApplied { .. }
        | Status::Aborted
        | Status::Blocked { .. } => {
            let word = state.status.word();
            Next::Stop(format!("{id} is {word}: {why}"))
        }
        _ if state.is_overdue() || long => {
            Next::Stop(format!("{id} takes longer than it may: {why}"))
        }
        _ => Next::Wait,
    }
}
