//! What goes on by itself: looks, facts that follow from what is seen, the
//! sending of what was confirmed, and the end of ARMED.

use jiff::{SignedDuration, Timestamp};

use super::record::record;
use super::{Model, beat, company, credentials, detect, drill, forms};
use crate::estate::region::{Report, State as Health};
use crate::estate::{Observation, Source, What};
use crate::event::Effect;
use crate::incident::fact::{Fact, RegionWord};
use crate::runbook::run::{Hold, Status};
use crate::screens::Open;

/// A look that has not come back is ordered again after this long.
const LOOK_AGAIN: SignedDuration = SignedDuration::from_secs(4);

/// The same look is not ordered more often than this, however quickly AWS
/// answers: a step that waits must not become a loop.
const LOOK_PACE: SignedDuration = SignedDuration::from_secs(1);

/// A program that only looks is not started more often than this.
const START_PACE: SignedDuration = SignedDuration::from_secs(5);

/// How often what is known is saved to disk.
const SAVE: SignedDuration = SignedDuration::from_secs(30);

/// A second has passed.
pub(super) fn tick(model: &mut Model, now: Timestamp, out: &mut Vec<Effect>) {
    drill::begin_if_wanted(model, now, out);
    forms::noted_anew(model, now);
    model.derive(now, true);
    drill::gone(model, out);
    tell_regions(model, out);
    detect::tick(model, now, out);
    disarm_when_idle(model, now, out);
    beat::beat(model, now, out);
    credentials::hold(model, now, out);
    save(model, now, out);
}

/// The machine slept: nothing known is as fresh as it looks, and no dialog
/// that was open may still be answered.
pub(super) fn woke(model: &mut Model, now: Timestamp, out: &mut Vec<Effect>) {
    model.say("this machine slept: everything is looked at anew", true, now);
    model.overlay = None;
    model.under = None;
    if model.mode.is_armed() || model.writing.arms() {
        let why = "this machine slept".to_owned();
        record(model, Fact::Disarmed { why }, out);
    }
    out.push(Effect::LookAll);
}

/// The terminal or the system ends the program.
pub(super) fn ending(
    model: &mut Model,
    why: &'static str,
    now: Timestamp,
    out: &mut Vec<Effect>,
) {
    if model.mode.is_armed() || model.writing.arms() {
        record(model, Fact::Disarmed { why: why.to_owned() }, out);
    }
    model.saved_at = None;
    save(model, now, out);
    out.push(Effect::Quit);
}

/// Lets the run go on: records what follows from what is seen, orders the
/// looks it wants, and sends what was confirmed.
pub(super) fn drive(model: &mut Model, now: Timestamp, out: &mut Vec<Effect>) {
    if model.mode.is_observer() {
        look_on(model, now, out);
        return;
    }
    company::hand_over_when_free(model, now, out);
    company::hear_later(model, now, out);
    let waits = model.writing.holds_run();
    let Some(run) = model.open.as_mut().and_then(Open::run_mut) else {
        return;
    };
    let looks = run.next_looks(&model.estate, now);
    if waits {
        // What a person said may change what follows from what is seen.
        for source in looks {
            look(model, source, now, out);
        }
        return;
    }
    let facts = run.tick(&model.estate, now);
    let confirmed: Vec<String> = run
        .steps()
        .filter(|(_, state)| state.status == Status::Confirmed)
        .map(|(spec, _)| spec.id.clone())
        .filter(|step| !model.sending.contains(step))
        .collect();
    for fact in facts {
        record(model, Fact::Step(fact), out);
    }
    for source in looks {
        look(model, source, now, out);
    }
    for step in confirmed {
        send(model, &step, now, out);
    }
}

/// Another console drives: this one takes the looks that the run wants, so
/// that it sees for itself, and does nothing about it.
fn look_on(model: &mut Model, now: Timestamp, out: &mut Vec<Effect>) {
    company::tell_refused(model, now);
    let run = model.open.as_ref().and_then(Open::run);
    let looks = run.map(|run| run.next_looks(&model.estate, now));
    let mut looks = looks.unwrap_or_default();
    // Programs are started by the console that drives, on its machine alone.
    looks.retain(|source| !matches!(source, Source::Command { .. }));
    for source in looks {
        look(model, source, now, out);
    }
}

/// A look came back.
pub(super) fn observed(
    model: &mut Model,
    observation: Observation,
    now: Timestamp,
    out: &mut Vec<Effect>,
) {
    if let Some(look) = model.looking.get_mut(&observation.source) {
        look.1 = true;
    }
    let copies = first_copies(model, &observation);
    model.estate.apply(observation);
    for source in copies {
        look(model, source, now, out);
    }
}

/// The recovery points to look at again once the first copy jobs of an
/// account are known: only they tell which original a copy holds, and so up
/// to when.
fn first_copies(model: &Model, seen: &Observation) -> Vec<Source> {
    let Source::Aws { account, what: What::CopyJobs, .. } = &seen.source
    else {
        return Vec::new();
    };
    let known = model.estate.known(&seen.source);
    let told = known.is_some_and(|k| k.found.is_some() && !k.saved);
    if seen.found.is_err() || told {
        return Vec::new();
    }
    let regions = model.setting.regions.iter();
    regions.map(|region| Source::aws(account, region, What::Points)).collect()
}

/// Orders a look, unless one is under way.
pub(super) fn look(
    model: &mut Model,
    source: Source,
    now: Timestamp,
    out: &mut Vec<Effect>,
) {
    let program = matches!(source, Source::Command { .. });
    let wait = |(since, back): &(Timestamp, bool)| {
        let wait = match (program, *back) {
            (false, true) => LOOK_PACE,
            (false, false) => LOOK_AGAIN,
            (true, true) => START_PACE,
            // It comes back, or is ended at its limit.
            (true, false) => return true,
        };
        now.duration_since(*since) < wait
    };
    if !model.looking.get(&source).is_some_and(wait) {
        model.looking.insert(source.clone(), (now, false));
        out.push(Effect::Look(source));
    }
}

/// Mints the next intent of a confirmed step, if what it is bound to was
/// seen again and still holds, and the mode still allows it.
fn send(model: &mut Model, step: &str, now: Timestamp, out: &mut Vec<Effect>) {
    let Some(run) = model.open.as_mut().and_then(Open::run_mut) else {
        return;
    };
    if model.credentials.was_sent_before(step) {
        if let Ok(fact) = run.withdraw(step) {
            record(model, Fact::Step(fact), out);
        }
        return;
    }
    let allowed = run
        .step(step)
        .and_then(|(_, state)| state.plan())
        .is_some_and(|plan| {
            plan.calls.iter().all(|call| model.mode.covers(call.account()))
        });
    if !allowed {
        if let Ok(fact) = run.withdraw(step) {
            record(model, Fact::Step(fact), out);
        }
        model.say("no longer ARMED: the confirm is void", true, now);
        return;
    }
    if let Some(why) = super::unattended::forbids(model, step) {
        let run = model.open.as_mut().and_then(Open::run_mut);
        if let Some(Ok(fact)) = run.map(|run| run.withdraw(step)) {
            record(model, Fact::Step(fact), out);
            let what = step.to_owned();
            record(model, Fact::Refused { what, why }, out);
        }
        return;
    }
    let Some(run) = model.open.as_mut().and_then(Open::run_mut) else {
        return;
    };
    match run.mint(step, &model.estate, now) {
        Ok(intent) => {
            model.sending.insert(step.to_owned());
            out.push(Effect::RecordIntent(intent));
        }
        Err(Hold::NotNow { .. }) => {}
        Err(Hold::NotYet { looks, .. }) => {
            for source in looks {
                look(model, source, now, out);
            }
        }
        Err(Hold::Void { differences, why }) => {
            let fact = run.voided(step, differences.clone(), why.clone());
            record(model, Fact::Step(fact), out);
            model.say(format!("the confirm is void: {why}"), true, now);
            out.push(Effect::Ring);
        }
    }
}

/// Tells the timeline when a Region does better or worse.
fn tell_regions(model: &mut Model, out: &mut Vec<Effect>) {
    if model.open.as_ref().is_none_or(Open::is_closed) {
        return;
    }
    let mut news = Vec::new();
    for report in &model.derived.regions {
        let is = region_word(report);
        let was = model
            .told
            .get(&report.region)
            .copied()
            .unwrap_or(RegionWord::Unknown);
        if is != was && is != RegionWord::Unknown {
            news.push(Fact::Region {
                region: report.region.clone(),
                was,
                is,
                why: report.why.clone(),
            });
        }
    }
    for fact in news {
        if let Fact::Region { region, is, .. } = &fact {
            model.told.insert(region.clone(), *is);
        }
        record(model, fact, out);
    }
}

/// ARMED ends when nobody pressed a key for long, but only while the program
/// waits for a person: never while AWS works on a step.
fn disarm_when_idle(model: &mut Model, now: Timestamp, out: &mut Vec<Effect>) {
    let working = model
        .open
        .as_ref()
        .and_then(Open::run)
        .is_some_and(|run| run.steps().any(|(_, s)| s.status.is_open()));
    if working {
        model.mode.touch(now);
    }
    let due = model.mode.disarms_at(model.idle);
    if due.is_some_and(|due| now >= due) {
        let why = format!("no key for {:#}", model.idle);
        model.say(format!("OBSERVE again: {why}"), false, now);
        model.mode = super::Mode::Observe;
        record(model, Fact::Disarmed { why }, out);
    }
}

fn save(model: &mut Model, now: Timestamp, out: &mut Vec<Effect>) {
    let due = model.saved_at.is_none_or(|at| now.duration_since(at) >= SAVE);
    if due && model.saved != model.estate.version {
        model.saved = model.estate.version;
        model.saved_at = Some(now);
        out.push(Effect::Save(Box::new(
            model.estate.save(model.place.clone(), now),
        )));
    }
}

fn region_word(report: &Report) -> RegionWord {
    match report.state() {
        Health::Healthy => RegionWord::Healthy,
        Health::Degraded => RegionWord::Degraded,
        Health::Dark => RegionWord::Dark,
        Health::Unknown => RegionWord::Unknown,
    }
}
