//! Drills: how each runbook stands with its drills, and what AWS's own
//! restore tests prove.

use super::section::{Line, Section};
use super::{Known, told};
use crate::estate::metrics::Drilled;
use crate::estate::part::Told;
use crate::estate::part::proof::RestoreTest;
use crate::ui::{Cell, Column, Mark, Row, Tone};

pub(super) const SECTION: Section = Section {
    title: "Drills",
    empty: "no runbook and no restore test is known",
    columns: || {
        vec![
            Column::flexible("RUNBOOK", 19),
            Column::flexible("LAST DRILL IN AWS", 22),
            Column::flexible("DUE", 12).drop(1),
        ]
    },
    lines: |_, known| {
        let drilled = drilled(known).map(|one| line(one, known));
        let tests = known.estate.restore_tests();
        drilled.chain(tests.map(|test| tested(test.item, known))).collect()
    },
    detail: |place, _, known| {
        let runbooks = drilled(known).count();
        match drilled(known).nth(place) {
            Some(one) => detail(one, known),
            None => known
                .estate
                .restore_tests()
                .nth(place.saturating_sub(runbooks))
                .map_or_else(Vec::new, |test| of_test(test.item)),
        }
    },
};

fn drilled<'a>(known: &Known<'a>) -> impl Iterator<Item = &'a Drilled> {
    let usable = known.library.iter().filter(|shelf| shelf.usable);
    usable.map(|shelf| &shelf.drilled).filter(|one| one.steps > 0)
}

fn line(one: &Drilled, known: &Known<'_>) -> Line {
    let overdue = one.is_overdue(known.now);
    let (mark, word, tone, rank) = match &one.last {
        None => (Mark::Warn, "NEVER", Tone::Warn, 0),
        Some(_) if overdue => (Mark::Warn, "OVERDUE", Tone::Warn, 1),
        Some(last) if !last.finished => (Mark::Warn, "PART", Tone::Warn, 2),
        Some(last) if !last.same => (Mark::Warn, "CHANGED", Tone::Warn, 2),
        Some(_) => (Mark::Good, "DRILLED", Tone::Good, 3),
    };
    let due = one.due().map_or_else(
        || "not said".to_owned(),
        |due| due.strftime("%Y-%m-%d").to_string(),
    );
    Line {
        name: one.runbook.clone(),
        mark,
        word,
        tone,
        rank,
        cells: vec![
            Cell::plain(one.runbook.clone()),
            last(one, known),
            Cell::dim(due),
        ],
        brief: word.to_lowercase(),
    }
}

fn last(one: &Drilled, known: &Known<'_>) -> Cell {
    match &one.last {
        None => {
            let words = format!("never{}", one.elsewhere_words());
            Cell::new(words, Tone::Warn)
        }
        Some(last) => {
            let age = told::span(told::since(last.at, known.now));
            Cell::plain(format!("{age} ago: {}", last.words))
        }
    }
}

fn detail(one: &Drilled, known: &Known<'_>) -> Vec<Row> {
    let mut rows = vec![vec![Cell::dim("last       "), last(one, known)]];
    if let Some(drill) = &one.last {
        let when = told::moment(drill.at, known);
        let text = format!("{}, {when}", drill.id);
        rows.push(vec![Cell::dim("           "), Cell::plain(text)]);
        if !drill.same {
            let text = "the runbook was changed since then";
            rows.push(vec![Cell::new(text, Tone::Warn)]);
        }
    }
    let due = one.due().map_or_else(
        || "`drill_every` is not said, or there was none yet".to_owned(),
        |due| told::moment(due, known),
    );
    rows.push(vec![Cell::dim("next due   "), Cell::plain(due)]);
    let mut shelves = known.library.iter();
    let shelf = shelves.find(|shelf| shelf.id == one.runbook);
    if let Some(tried) = shelf.and_then(|shelf| shelf.tried.as_ref()) {
        let fails = tried.counts.fails > 0;
        let tone = if fails { Tone::Bad } else { Tone::Plain };
        let words = tried.told(known.now);
        rows.push(vec![Cell::dim("ready      "), Cell::new(words, tone)]);
    }
    rows.push(Vec::new());
    rows.push(vec![Cell::new("NEVER PROVEN IN AWS", Tone::Title)]);
    if one.unproven.is_empty() {
        rows.push(vec![Cell::dim("every step was")]);
    }
    let steps = one.unproven.iter();
    rows.extend(steps.map(|step| vec![Cell::dim(step.clone())]));
    if one.elsewhere > 0 {
        rows.push(Vec::new());
        let text = "drills in an embedded AWS prove nothing of a real one";
        rows.push(vec![Cell::dim(text)]);
    }
    rows
}

fn tested(test: &RestoreTest, known: &Known<'_>) -> Line {
    let (failed, of) = (test.failures().count(), test.last_run().count());
    let (mark, word, tone, rank) = match (&test.runs, test.ran) {
        (None, _) => (Mark::Unknown, "UNKNOWN", Tone::Unknown, 1),
        (Some(_), _) if failed > 0 => (Mark::Bad, "FAILED", Tone::Bad, 0),
        (Some(_), None) => (Mark::Warn, "NEVER", Tone::Warn, 0),
        (Some(_), Some(_)) => (Mark::Good, "TESTED", Tone::Good, 3),
    };
    let ran = test.ran.map_or_else(
        || "never ran".to_owned(),
        |at| {
            let age = told::span(told::since(at, known.now));
            format!("{age} ago: {} of {of} restored", of - failed)
        },
    );
    Line {
        name: test.name.clone(),
        mark,
        word,
        tone,
        rank,
        cells: vec![
            Cell::plain(format!("restore test {}", test.name)),
            Cell::plain(ran),
            Cell::dim(test.schedule.clone()),
        ],
        brief: word.to_lowercase(),
    }
}

fn of_test(test: &RestoreTest) -> Vec<Row> {
    let text = "a test of AWS Backup: what it restores is proven to restore";
    let facts = test.facts().into_iter().map(|(name, value)| {
        vec![Cell::dim(format!("{name:<11}")), Cell::plain(value)]
    });
    facts.chain([vec![Cell::dim(text)]]).collect()
}
