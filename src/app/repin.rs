//! Another version of the file of the run in front: it is read when a person
//! asks for it, shown step by step, and pinned with a reason.

use jiff::Timestamp;

use super::conduct::run;
use super::forms::{open, plain};
use super::record::record;
use super::writing::run_busy;
use super::{Model, Overlay, linted};
use crate::event::Effect;
use crate::incident::fact::{Fact, pin_file};
use crate::runbook::run::{Change, Comparison, Run};
use crate::runbook::{Problem, Runbook};
use crate::screens::form::{Ask, Purpose, State};
use crate::screens::{Open, reading};
use crate::ui::{Cell, Row, Tone};

/// Orders the file of the run in front to be read.
pub(super) fn ask(model: &mut Model, now: Timestamp, out: &mut Vec<Effect>) {
    if run(model, now).is_none() {
        return;
    }
    if let Some(path) = path(model) {
        out.push(Effect::ReadFile(path));
    }
}

/// Where the file of the run in front was read.
fn path(model: &Model) -> Option<String> {
    let open = model.open.as_ref()?;
    let id = &open.run()?.pinned().run;
    open.incident.path_of(id).map(str::to_owned)
}

/// The file was read, or was not: what comes with the program then stands in
/// its library.
pub(super) fn read(
    model: &mut Model,
    from: &str,
    text: Result<String, String>,
    now: Timestamp,
) {
    if path(model).as_deref() != Some(from) || model.overlay.is_some() {
        return;
    }
    let shipped = model.library.iter().find(|book| book.path == from);
    let text = text.or_else(|why| {
        let text = shipped.map(|book| book.text.clone());
        text.filter(|text| !text.is_empty()).ok_or(why)
    });
    match text {
        Ok(text) => compare(model, from, text, now),
        Err(why) => model.say(why, true, now),
    }
}

fn compare(model: &mut Model, from: &str, text: String, now: Timestamp) {
    let Some(run) = model.open.as_ref().and_then(Open::run) else { return };
    let (_, sha256) = pin_file(&text);
    if run.pinned().sha256 == sha256 {
        let text = format!("{from} is as the run has it");
        model.say(text, false, now);
        return;
    }
    let problems = match Runbook::parse(&text, from) {
        Ok(other) => {
            let compared = run.compare(&other);
            let found = linted::rows(model, (&other, &text, from), now);
            let rows = told(run, &compared, found);
            if compared.refused.is_none() {
                let title = format!("Go on by the new {}?", other.id);
                let fields = vec![Ask::new("reason")];
                let purpose = Purpose::Repin(text);
                open(model, State::new(purpose, title, rows, fields, now));
                return;
            }
            rows
        }
        Err(problems) => problems.iter().flat_map(problem).collect(),
    };
    let title = "The file changed, and cannot be gone by now";
    let text = reading::State::new(title, problems);
    model.overlay = Some(Overlay::Reading(text));
}

fn problem(problem: &Problem) -> Vec<Row> {
    let told = problem.to_string();
    let row = |line: &str| vec![Cell::new(line.to_owned(), Tone::Warn)];
    told.lines().map(row).collect()
}

/// What becomes of each step; unchanged ones are only counted.
fn told(run: &Run, compared: &Comparison, found: Vec<Row>) -> Vec<Row> {
    let mut rows = Vec::new();
    if let Some(why) = &compared.refused {
        rows.push(vec![Cell::new(why.clone(), Tone::Bad)]);
    }
    let same =
        compared.steps.iter().filter(|(_, change, _)| *change == Change::Same);
    let (same, all) = (same.count(), run.steps().count());
    for (step, change, becomes) in &compared.steps {
        let tone = match change {
            Change::Same => continue,
            Change::Changed => Tone::Warn,
            Change::New => Tone::Info,
            Change::Gone => Tone::Bad,
        };
        rows.push(vec![
            Cell::new(format!("{:<9} {step}", change.word()), tone),
            Cell::dim(format!("  {becomes}")),
        ]);
    }
    rows.push(plain(format!("{same} of {all} steps read as before")));
    rows.extend(found);
    rows
}

/// A person goes on by the other version: it is kept with the incident, then
/// the run is told. Words that are not taken stay in the form.
pub(super) fn filled(
    model: &mut Model,
    mut form: State,
    text: &str,
    reason: &str,
    out: &mut Vec<Effect>,
) {
    let Some(run) = model.open.as_ref().and_then(Open::run) else { return };
    let Ok(other) = Runbook::parse(text, &run.runbook().id) else { return };
    if let Some(why) = run_busy(model) {
        form.error = Some(why);
        open(model, form);
        return;
    }
    let (files, sha256) = pin_file(text);
    match run.repin(&other, &sha256, reason) {
        Ok(fact) => {
            for file in files {
                record(model, file, out);
            }
            record(model, Fact::Run(fact), out);
        }
        Err(why) => {
            form.error = Some(why.to_string());
            form.focus = 0;
            open(model, form);
        }
    }
}
