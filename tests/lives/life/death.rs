//! The death of a console and the next one, and what is left on disk.

use lifeboat::event::Event;
use lifeboat::incident::entry::Entry;
use lifeboat::incident::{Incident, Oddity};
use lifeboat::journal::order::Order;
use lifeboat::journal::read;
use lifeboat::runbook::run::Run;

use super::super::person::SECRET;
use super::desk::{blank, dir, keeper};
use super::{Coming, Life};

impl Life {
    /// The console dies, with the computer or alone; the next one takes up
    /// what is on disk.
    pub fn restart(&mut self, power: bool) {
        if self.chance.percent(25) {
            self.compare();
        }
        if let Some(behind) = self.behind.take() {
            self.disk = behind;
        }
        self.disk = if power { self.disk.crash() } else { self.disk.kill() };
        self.consoles += 1;
        self.count(if power { "power cuts" } else { "kills" });
        let late = self.chance.percent(50);
        self.queue
            .retain(|_, coming| late && matches!(coming, Coming::Send(..)));
        self.armed = false;
        self.refused = 0;
        self.ended = false;
        self.sent_early.clear();
        self.keeper = keeper(&self.sim, &self.disk, &self.skew);
        self.model = blank(self.book);
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

    /// Whether what is on disk begins with all that was acknowledged.
    pub(super) fn keeps(&mut self, entries: &[Entry]) {
        if !entries.starts_with(&self.acked) {
            let told = format!("{} were acked", self.acked.len());
            self.rules.broken("I7: lost what was acknowledged", &told);
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

    /// The last lines of the journal, shortened, for who reads of a failure.
    pub fn journal(&self) -> Vec<String> {
        let last = self.acked.len().saturating_sub(40);
        let told = self.acked[last..].iter().map(|entry| {
            let fact = format!("{:?}", entry.fact);
            let short: String = fact.chars().take(200).collect();
            format!("{} {} {short}", entry.seq, entry.at)
        });
        told.collect()
    }

    /// The end: what is on disk is read once more.
    pub fn finish(&mut self) {
        if self.rules.wrong.is_some() {
            return;
        }
        self.compare();
        let Some(dir) = self.incident.as_deref().map(dir) else { return };
        self.disk = self.disk.crash();
        let reading = read::read(&self.disk, &dir).expect("a journal");
        for segment in &reading.segments {
            if let Some(why) = unclean(&segment.bytes) {
                self.rules.broken("I8: the journal tells", &why);
            }
        }
        self.keeps(&reading.entries);
        match read::check(&self.disk, &dir, &reading) {
            Ok(report) if report.is_sound() => {}
            other => {
                let told = format!("{other:?}");
                self.rules.broken("I7: the journal is not sound", &told);
            }
        }
    }
}

/// What must stand in nothing that is kept or shown.
fn unclean(bytes: &[u8]) -> Option<String> {
    let text = String::from_utf8_lossy(bytes);
    if text.contains(SECRET) {
        let line = text.lines().find(|line| line.contains(SECRET));
        return Some(format!("a secret: {}", line.unwrap_or_default()));
    }
    // Of the bytes of a text, those of a C1 control begin with 0xc2.
    let maybe = |byte: &u8| *byte < b' ' && *byte != b'\n' || *byte == 0x7f;
    if !bytes.iter().any(|byte| maybe(byte) || *byte == 0xc2) {
        return None;
    }
    let raw = text.chars().find(|c| c.is_control() && *c != '\n');
    raw.map(|c| format!("the control character {c:?}"))
}
