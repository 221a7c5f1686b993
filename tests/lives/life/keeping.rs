//! What the console keeps: orders to the journal, and its answers.

use lifeboat::event::Event;
use lifeboat::failure::{Failure, FailureKind};
use lifeboat::incident::fact::Fact;
use lifeboat::journal::order::{Answer, Order};
use lifeboat::journal::recorded::NotRecorded;
use lifeboat::runbook::plan::Intent;

use super::super::Defence;
use super::Life;

impl Life {
    pub(super) fn begin(&mut self, facts: Vec<Fact>) {
        let mut facts = facts.into_iter();
        let Some(first) = facts.next() else { return };
        let first = self.kept(first);
        let order =
            Order::Create { now: self.now, salt: 7, first: Box::new(first) };
        self.open(order, true);
        for fact in facts {
            self.record(fact);
        }
    }

    /// What of a fact the console's hands let pass.
    fn kept(&self, fact: Fact) -> Fact {
        match self.off {
            Some(Defence::Redacted) => fact,
            _ => fact.redacted(),
        }
    }

    pub(super) fn open(&mut self, order: Order, fresh: bool) {
        let Answer::Opened(answer) = self.keeper.take(order) else { return };
        let event = match answer {
            Ok(opened) => {
                if !fresh {
                    self.keeps(&opened.entries);
                }
                self.acked.clone_from(&opened.entries);
                self.incident = Some(opened.incident.clone());
                Event::Opened {
                    id: opened.incident,
                    dir: opened.dir,
                    entries: opened.entries,
                    head: opened.head,
                    fresh,
                }
            }
            Err(why) => not_recorded(None, &why.to_string()),
        };
        self.tell(event);
    }

    /// Writes a fact down, as the console's hands would.
    pub fn record(&mut self, fact: Fact) {
        let fact = self.kept(fact);
        let step = match &fact {
            Fact::Step(fact) => {
                self.rules.told(&self.model, fact, self.now);
                Some(fact.step.clone())
            }
            _ => None,
        };
        if self.dies_now() {
            return;
        }
        self.leaves_behind();
        let order = Order::Record(Box::new(fact.clone()));
        let Answer::Recorded(answer) = self.keeper.take(order) else { return };
        let event = match answer {
            Ok(entry) => {
                self.acked.push((*entry).clone());
                Event::Recorded(entry)
            }
            Err(why) => {
                self.rules.unwritten(&fact, self.now);
                self.no(step, &why)
            }
        };
        self.tell(event);
    }

    /// Half of all deaths come before the record, half after it.
    fn dies_now(&mut self) -> bool {
        if self.acked.len() < self.dies {
            return false;
        }
        self.dying = true;
        self.dies = if self.chance.percent(30) {
            let more = self.chance.within(1, 40);
            self.acked.len() + usize::try_from(more).expect("few")
        } else {
            usize::MAX
        };
        self.chance.percent(50)
    }

    /// With the defence off the last record stays in memory for a while: a
    /// death finds the disk as it was before it.
    fn leaves_behind(&mut self) {
        if self.off == Some(Defence::Ahead) {
            self.behind = Some(self.disk.snapshot());
        }
    }

    fn no(&mut self, step: Option<String>, why: &NotRecorded) -> Event {
        self.refused += 1;
        not_recorded(step, &why.to_string())
    }

    pub(super) fn intend(&mut self, intent: Intent) {
        let copy = intent.copy();
        self.rules.minted(&self.model, &copy, self.now);
        if self.dies_now() {
            return;
        }
        if self.off == Some(Defence::IntentFirst) {
            let outcome = self.send(&copy);
            self.sent_early.push((copy, outcome));
        }
        self.leaves_behind();
        let step = intent.step().to_owned();
        let order = Order::Intent(Box::new(intent));
        let Answer::Intent(answer) = self.keeper.take(order) else { return };
        let event = match answer {
            Ok(written) => {
                let (recorded, entry) = *written;
                self.acked.push(entry.clone());
                Event::IntentRecorded(recorded, Box::new(entry))
            }
            Err(why) => self.no(Some(step), &why),
        };
        self.tell(event);
    }
}

fn not_recorded(step: Option<String>, why: &str) -> Event {
    let failure = Failure::new("write the journal", FailureKind::Other);
    Event::NotRecorded {
        what: "a record".into(),
        step,
        failure: failure.because(why),
    }
}
