//! A drill from its beginning to what is left of it.

use jiff::{SignedDuration, Timestamp};

use super::record::{open_with, opened_fact, record};
use super::{Book, Model, forms};
use crate::estate::cost::hourly_usd;
use crate::estate::presence::{Presence, presence};
use crate::event::Effect;
use crate::incident::fact::{Fact, Ledger, pin_file};
use crate::runbook::call::Call;
use crate::runbook::run::{Happened, Outcome, StepFact};
use crate::screens::{Open, Screen};

/// So long after something was made a list that lacks it may yet be old.
const SETTLES: SignedDuration = SignedDuration::from_mins(10);

/// The drill that a console is opened for.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Wish {
    /// The id of the runbook.
    pub runbook: String,
    /// What its incident is called.
    pub title: String,
    /// Whether it was begun.
    begun: bool,
}

impl Wish {
    /// A drill of this runbook that was not begun yet.
    pub fn new(runbook: impl Into<String>) -> Wish {
        let runbook = runbook.into();
        let title = format!("Drill of {runbook}");
        Wish { runbook, title, begun: false }
    }
}

impl Model {
    /// Lets this console drill a runbook: it goes to the library if it is
    /// not there, and the drill begins with the first second.
    pub fn drill(&mut self, book: Book) {
        let Ok(runbook) = &book.runbook else { return };
        let id = runbook.id.clone();
        // A file that was named goes before one of its id in the library.
        let same = |other: &Book| {
            other.runbook.as_ref().is_ok_and(|found| found.id == id)
        };
        match self.library.iter().position(same) {
            Some(place) => self.library[place] = book,
            None => self.library.push(book),
        }
        self.shelf = self.library.iter().map(super::shelf).collect();
        self.drill = Some(Wish::new(id));
        self.judge_drills();
    }

    /// Works out anew how each runbook stands with its drills.
    pub fn judge_drills(&mut self) {
        let mut all = Vec::new();
        for (book, shelf) in self.library.iter().zip(&mut self.shelf) {
            let Ok(runbook) = &book.runbook else { continue };
            let (_, sha256) = pin_file(&book.text);
            let drilled = runbook.drilled(&sha256, &self.past);
            shelf.drilled = drilled.clone();
            all.push(drilled);
        }
        self.watch.drilled = all;
    }
}

/// Opens the incident of the drill, and its runbook's form.
pub(super) fn begin_if_wanted(
    model: &mut Model,
    now: Timestamp,
    out: &mut Vec<Effect>,
) {
    let Some(wish) = model.drill.as_mut().filter(|wish| !wish.begun) else {
        return;
    };
    wish.begun = true;
    let Wish { runbook, title, .. } = wish.clone();
    let of_id = |book: &Book| {
        book.runbook.as_ref().is_ok_and(|found| found.id == runbook)
    };
    let Some(place) = model.library.iter().position(of_id) else { return };
    let first = opened_fact(model, title, None);
    open_with(model, vec![first], out);
    model.screen = Screen::Runbook;
    if model.unattended.is_none() {
        forms::inputs(model, place, now);
    }
}

/// Enters into the ledger what a call made: when AWS took it, or when a look
/// saw what became of a lost answer.
pub(super) fn made(model: &mut Model, fact: &StepFact, out: &mut Vec<Effect>) {
    // Who drives keeps the ledger.
    let Some(open) = model.open.as_ref().filter(|_| !model.mode.is_observer())
    else {
        return;
    };
    let run = open.incident.run(&fact.run);
    let state = run.and_then(|run| run.step(&fact.step));
    let Some(plan) = state.and_then(|(_, state)| state.plan()) else { return };
    let calls = match &fact.what {
        Happened::Outcome {
            position,
            outcome: Outcome::Accepted { .. },
            ..
        } => plan.calls.get(*position..=*position).unwrap_or_default(),
        // What was lost and is seen to be under way was made.
        Happened::Done { .. }
        | Happened::Running { .. }
        | Happened::Stated { applied: true, .. } => &plan.calls[..],
        _ => return,
    };
    let made = calls.iter().filter_map(Call::creates);
    let new: Vec<Fact> = made
        .filter(|arn| !open.incident.holds(arn))
        .map(|arn| {
            let step = fact.step.clone();
            let prices = &model.watch.bill.prices;
            let hourly_usd = hourly_usd(&model.estate, prices, &arn);
            Fact::Ledger(Ledger::Created { arn, step, hourly_usd })
        })
        .collect();
    let gone = removed(open, fact, &plan.calls);
    for fact in new.into_iter().chain(gone) {
        record(model, fact, out);
    }
}

/// What a step has removed, as the look told that settled it.
fn removed(open: &Open, fact: &StepFact, calls: &[Call]) -> Vec<Fact> {
    let Happened::Done { evidence, .. } = &fact.what else {
        return Vec::new();
    };
    let arns = calls.iter().filter_map(Call::removes);
    let held = arns.filter(|arn| open.incident.holds(arn));
    let gone = held.map(|arn| {
        let (arn, how) = (arn.to_string(), evidence.join("; "));
        Fact::Ledger(Ledger::Removed { arn, how })
    });
    gone.collect()
}

/// Enters into the ledger what a look saw to be gone, and what something
/// costs once that is known.
pub(super) fn gone(model: &mut Model, out: &mut Vec<Effect>) {
    let keeps = !model.mode.is_observer();
    let Some(open) = model.open.as_ref().filter(|o| keeps && !o.is_closed())
    else {
        return;
    };
    let mut news = Vec::new();
    for made in open.incident.left() {
        let arn = made.arn.clone();
        if model.entering.contains(&arn) {
            continue;
        }
        match presence(&model.estate, &arn, made.at + SETTLES) {
            Presence::Gone(how) => {
                news.push(Ledger::Removed { arn, how });
            }
            Presence::There | Presence::CannotTell => {
                let prices = &model.watch.bill.prices;
                let usd = hourly_usd(&model.estate, prices, &arn);
                if made.hourly_usd.is_none() && usd.is_some() {
                    let step = made.step.clone();
                    let hourly_usd = usd;
                    news.push(Ledger::Created { arn, step, hourly_usd });
                }
            }
        }
    }
    for what in news {
        let (Ledger::Created { arn, .. } | Ledger::Removed { arn, .. }) =
            &what;
        model.entering.insert(arn.clone());
        record(model, Fact::Ledger(what), out);
    }
}

/// Whether the incident in front is practice.
pub(super) fn is_drill(open: Option<&Open>) -> bool {
    open.is_some_and(|open| !open.is_closed() && open.incident.is_drill())
}

#[cfg(test)]
mod tests {
    use std::sync::Arc;

    use super::*;
    use crate::app::{Overlay, Watch, update};
    use crate::estate::saved::Place;
    use crate::event::Event;
    use crate::incident::fact::Conduct;
    use crate::keymap::Keymap;
    use crate::runbook::Runbook;
    use crate::screens::fixture::{
        CENTRAL, Fixture, PROD, at, open as incident, tell,
    };

    const TEXT: &str =
        include_str!("../../runbooks/rds-replica-failover.toml");

    fn model() -> (Model, Timestamp) {
        let Fixture { setting, estate, now, .. } = Fixture::new();
        let (keymap, watch) = (Keymap::default(), Watch::default());
        let place = Place::default();
        let books = Vec::new();
        let model = Model::new(setting, keymap, estate, watch, books, place);
        (model, now)
    }

    fn ledger(effects: &[Effect]) -> Vec<&Ledger> {
        let of = |effect| match effect {
            &Effect::Record(Fact::Ledger(ref what)) => Some(what),
            _ => None,
        };
        effects.iter().filter_map(of).collect()
    }

    /// A console whose incident made a database at this time.
    fn made_at(clock: &str, name: &str) -> (Model, Timestamp) {
        let (mut model, now) = model();
        let mut open = incident();
        let arn = format!("arn:aws:rds:{CENTRAL}:{PROD}:db:{name}");
        let created = Ledger::Created {
            arn,
            step: "clone".to_owned(),
            hourly_usd: None,
        };
        tell(&mut open, at(clock), Fact::Ledger(created));
        model.open = Some(open);
        (model, now)
    }

    #[test]
    fn a_drill_opens_its_incident_as_practice_and_the_form_of_its_runbook() {
        let (mut model, now) = model();
        let runbook = Runbook::parse(TEXT, "x.toml").unwrap();
        model.drill(Book {
            path: "x.toml".to_owned(),
            text: TEXT.to_owned(),
            runbook: Ok(Arc::new(runbook)),
        });
        let effects = update(&mut model, Event::Tick, now);
        let opened = effects.iter().find_map(|effect| match effect {
            Effect::Open(facts) => facts.first(),
            _ => None,
        });
        let Some(Fact::Opened { title, conduct, .. }) = opened else {
            panic!("{effects:?}")
        };
        assert_eq!(title, "Drill of rds-replica-failover");
        assert_eq!(*conduct, Conduct::Drill);
        assert!(matches!(model.overlay, Some(Overlay::Form(_))));
        let again = update(&mut model, Event::Tick, now);
        let opens = |e: &Effect| matches!(e, Effect::Open(_));
        assert!(!again.iter().any(opens), "it is begun once");
    }

    #[test]
    fn what_a_look_lacks_long_after_it_was_made_is_gone_from_the_ledger() {
        let (mut model, now) = made_at("14:00:00", "clone");
        let effects = update(&mut model, Event::Tick, now);
        let told = ledger(&effects);
        let [Ledger::Removed { arn, how }] = &told[..] else {
            panic!("{told:?}")
        };
        assert!(arn.ends_with(":db:clone"));
        assert!(how.contains("rds/instances"), "{how}");
        let effects = update(&mut model, Event::Tick, now);
        assert!(ledger(&effects).is_empty(), "it is on its way");
    }

    #[test]
    fn what_was_just_made_or_is_listed_stays_on_the_ledger() {
        for (clock, name) in
            [("14:31:00", "clone"), ("14:00:00", "learn-db-replica")]
        {
            let (mut model, now) = made_at(clock, name);
            let effects = update(&mut model, Event::Tick, now);
            assert!(ledger(&effects).is_empty(), "{name} of {clock}");
        }
    }
}
