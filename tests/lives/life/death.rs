//! The death of a console and the next one, and what is left on disk.

use lifeboat::event::Event;
use lifeboat::incident::{Incident, Oddity};
use lifeboat::journal::order::Order;
use lifeboat::journal::read;
use lifeboat::runbook::run::Run;

use super::{Coming, Life, dir, keeper, model};

impl Life {
    /// The console dies, with the computer or alone; the next one takes up
    /// what is on disk.
    pub fn restart(&mut self, power: bool) {
        self.compare();
        self.disk = if power { self.disk.crash() } else { self.disk.kill() };
        self.consoles += 1;
        let late = self.chance.percent(50);
        self.queue
            .retain(|_, coming| late && matches!(coming, Coming::Send(..)));
        self.armed = false;
        self.refused = 0;
        self.ended = false;
        self.sent_early.clear();
        self.keeper = keeper(&self.sim, &self.disk);
        let book = self.model.library[0].clone();
        self.model = model(book);
        self.rules.restarted();
        let away = if self.chance.percent(80) {
            self.some(500, 5_000)
        } else {
            self.some(5_000, 900_000)
        };
        self.pass(away);
        (self.told, self.tick) = (self.now, self.now);
        if let Some(id) = self.incident.clone() {
            self.open(Order::Open(id), false);
        }
    }

    /// Whether the journal tells the same run as the console shows.
    fn compare(&mut self) {
        let pending = self.queue.values().any(|coming| {
            matches!(coming, Coming::Event(event) if matches!(**event,
                Event::Recorded(_) | Event::IntentRecorded(..)
                | Event::Opened { .. }))
        });
        let Some(open) = &self.model.open else { return };
        if pending || open.incident.entries != self.acked {
            return;
        }
        let folded = Incident::fold(&open.id, self.acked.clone());
        // What a person does while the disk is slow may come too late: it
        // is written, and counts for nothing, here and there.
        self.rules.late += folded.oddities.len();
        let odd = |one: &&Oddity| matches!(one, Oddity::NoRun { .. });
        if let Some(oddity) = folded.oddities.iter().find(odd) {
            let told = oddity.to_string();
            self.rules.broken("I7: the journal does not add up", &told);
        }
        let told = |run: &Run| -> Vec<String> {
            run.steps()
                .map(|(spec, state)| {
                    format!("{} {:?} {}", spec.id, state.status, state.attempt)
                })
                .collect()
        };
        let live: Vec<_> = open.incident.runs.iter().map(told).collect();
        let fold: Vec<_> = folded.runs.iter().map(told).collect();
        if live != fold {
            let told = format!("{live:?} is {fold:?} when it is read");
            self.rules.broken("I7: the journal tells another run", &told);
        }
    }

    /// The end: what is on disk is read once more.
    pub fn finish(&mut self) {
        if self.rules.wrong.is_some() {
            return;
        }
        self.compare();
        let Some(id) = self.incident.clone() else { return };
        self.disk = self.disk.crash();
        self.keeper = keeper(&self.sim, &self.disk);
        self.open(Order::Open(id.clone()), false);
        match read::verify(&self.disk, &dir(&id)) {
            Ok(report) if report.is_sound() => {}
            other => {
                let told = format!("{other:?}");
                self.rules.broken("I7: the journal is not sound", &told);
            }
        }
    }
}
