//! Detection: the incident that the console proposes from what it sees.
//!
//! It proposes and does nothing else: a person opens the incident, arms and
//! confirms. What is proposed is told once an episode, that is until the
//! Region does well again, and withdrawn when what it rests on goes.

mod evidence;

use std::collections::BTreeSet;
use std::mem;

use jiff::{SignedDuration, Timestamp};

use super::Model;
use super::drive::look;
use super::reach::reach;
use crate::estate::ids::Region;
use crate::estate::{Known, Source};
use crate::event::Effect;
use crate::incident::fact::Fact;
use crate::keymap::Action;
use crate::screens::Open;
use evidence::{Verdict, verdicts};

pub use evidence::Proposal;

/// From one look into a queue to the next.
const EVERY: SignedDuration = SignedDuration::from_secs(15);

/// What the console proposes, and what it has told of it.
#[derive(Clone, Debug, Default)]
pub struct Detection {
    /// What is proposed now.
    pub proposal: Option<Proposal>,
    /// Queues that are looked into while no incident is open.
    pub queues: Vec<Source>,
    /// The Regions of whose episode was told, or that an incident is about.
    told: BTreeSet<Region>,
    /// Why nothing was proposed, as it was told last.
    kept_back: Option<String>,
}

/// Looks at the evidence once more.
pub(super) fn tick(model: &mut Model, now: Timestamp, out: &mut Vec<Effect>) {
    look_into_queues(model, now, out);
    let mut seen = verdicts(&model.estate, &model.derived, now);
    let mut detection = mem::take(&mut model.detection);
    let told = &mut detection.told;
    told.retain(|region| !matches!(seen.get(region), Some(Verdict::Over)));
    let is_open = model.open.as_ref().is_some_and(|open| !open.is_closed());
    if is_open || model.opening.is_some() {
        // Whatever goes on now is what the open incident is about.
        let bad = seen.iter().filter(|(_, v)| !matches!(v, Verdict::Over));
        told.extend(bad.map(|(region, _)| region.clone()));
        detection.proposal = None;
        model.detection = detection;
        return;
    }
    let was = detection.proposal.take();
    detection.proposal = match was {
        Some(was) => match seen.remove(&was.region) {
            Some(Verdict::Proposes(is)) => Some(is.since_before(&was)),
            Some(Verdict::Speaks(why)) => {
                // Should it come to a failure all the same, it is told.
                detection.told.remove(&was.region);
                detection.kept_back = Some(why.clone());
                let text = format!("no incident is proposed any more: {why}");
                model.say(text, false, now);
                None
            }
            Some(Verdict::Over) => {
                let text = format!(
                    "no incident is proposed any more: {} does well again",
                    was.region
                );
                model.say(text, false, now);
                None
            }
            Some(Verdict::Weak) | None => Some(was),
        },
        None => first(model, &mut detection, seen, now, out),
    };
    model.detection = detection;
}

/// Orders a look into each queue whose last one is old; it takes as long as
/// it takes, beside everything else.
fn look_into_queues(model: &mut Model, now: Timestamp, out: &mut Vec<Effect>) {
    for source in model.detection.queues.clone() {
        let known = model.estate.known(&source);
        let failed = known.and_then(|known| known.failed.as_ref());
        let seen = known.and_then(Known::begun);
        let last = failed.map(|(at, _)| *at).max(seen);
        if last.is_none_or(|at| now.duration_since(at) >= EVERY) {
            look(model, source, now, out);
        }
    }
}

/// What is proposed for the first time, told with the bell.
fn first(
    model: &mut Model,
    detection: &mut Detection,
    seen: evidence::Verdicts,
    now: Timestamp,
    out: &mut Vec<Effect>,
) -> Option<Proposal> {
    let mut proposed = Vec::new();
    let mut kept_back = None;
    for (region, verdict) in seen {
        match verdict {
            Verdict::Proposes(one) if !detection.told.contains(&region) => {
                proposed.push(one);
            }
            Verdict::Speaks(why) => kept_back = kept_back.or(Some(why)),
            Verdict::Proposes(_) | Verdict::Weak | Verdict::Over => {}
        }
    }
    proposed.sort_by_key(|one| (!one.is_home, one.impact));
    let Some(one) = proposed.into_iter().next() else {
        if kept_back != detection.kept_back
            && let Some(why) = &kept_back
        {
            model.say(format!("no incident is proposed: {why}"), false, now);
        }
        detection.kept_back = kept_back;
        return None;
    };
    detection.told.insert(one.region.clone());
    let way = reach(model, Action::IncidentOpen);
    let since = one.impact.strftime("%H:%M:%SZ");
    let text =
        format!("{}, since {since}. Open an incident? {way}", one.title);
    model.say(text, true, now);
    out.push(Effect::Ring);
    Some(one)
}

/// The first facts of an incident that a person opens: that the console had
/// proposed it, where it had.
pub(super) fn opened(model: &Model, opened: Fact) -> Vec<Fact> {
    let proposal = model.detection.proposal.as_ref();
    let detected = proposal.map(|one| Fact::Detected {
        evidence: one.evidence.clone(),
        impact: one.impact,
    });
    [opened].into_iter().chain(detected).collect()
}

/// What the header says of the proposal, while no incident is open.
pub(super) fn hint(model: &Model) -> Option<String> {
    if model.open.as_ref().is_some_and(|open: &Open| !open.is_closed()) {
        return None;
    }
    model.detection.proposal.as_ref()?;
    let way = reach(model, Action::IncidentOpen);
    Some(format!("INCIDENT? {way} "))
}

#[cfg(test)]
mod tests;
