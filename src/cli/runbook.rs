//! `runbook`: lists, shows and resumes runbooks; what else it does has a
//! file each.

use std::fmt::Write as _;

use super::args::Runbook as Args;
use super::{
    Ended, INVALID, Start, begin, learn, library, lint, ready, render, resume,
    say,
};
use crate::runbook::Runbook;
use crate::runbook::fields::FIELDS;
use crate::runbook::plan::Level;
use crate::runbook::steps::STEP_TYPES;

/// Runs the command.
pub(super) fn run(start: &Start, args: &Args) -> anyhow::Result<Ended> {
    match args {
        Args::List => {
            say(&list(start));
            Ok(Ended::Well)
        }
        Args::Show { runbook } => {
            let dir = &start.config.paths.runbooks();
            let book = library::find(dir, runbook)?;
            match &book.runbook {
                Ok(runbook) => {
                    say(&shown(runbook, &book.path));
                    Ok(Ended::Well)
                }
                Err(why) => {
                    say(why);
                    Ok(Ended::With(INVALID))
                }
            }
        }
        Args::Lint(args) => lint::run(start, args),
        Args::Render { runbook } => render::run(start, runbook),
        Args::New(args) => begin::run(start, args),
        Args::Ready(args) => ready::run(start, args),
        Args::Learn { file, write, json } => {
            learn::run(start, file, *write, *json)
        }
        Args::Steps => {
            say(&steps());
            Ok(Ended::Well)
        }
        Args::Resume { incident, demo } => {
            resume::run(start, incident.as_deref(), demo.as_deref())
        }
    }
}

fn list(start: &Start) -> String {
    let mut out = String::new();
    let state = &start.config.paths.state;
    for book in library::books(&start.config.paths.runbooks()) {
        let _ = match &book.runbook {
            Ok(found) => writeln!(
                out,
                "{:<28} {} ({} steps, {})",
                found.id,
                found.title,
                found.steps.len(),
                book.path
            ),
            Err(why) => writeln!(out, "{:<28} {why}", "cannot be used"),
        };
        if let Some(tried) = ready::last(state, &book) {
            let told = tried.told(start.now);
            let _ = writeln!(out, "{:<28}   {told}", "");
        }
    }
    out
}

/// A runbook as a checklist to read or to print.
fn shown(runbook: &Runbook, path: &str) -> String {
    let mut out = format!("{}  ({}, {path})\n", runbook.title, runbook.id);
    let mut put = |name: &str, value: &Option<String>| {
        if let Some(value) = value {
            let _ = writeln!(out, "{name}: {value}");
        }
    };
    put("Tier", &runbook.tier);
    put("Use when", &runbook.use_when);
    put("Not when", &runbook.not_when);
    put("Owner", &runbook.owner);
    let expected = runbook.expected();
    let _ = writeln!(out, "Expected: {expected:#}");
    if !runbook.inputs.is_empty() {
        out.push_str("\nInputs\n");
    }
    for input in &runbook.inputs {
        let _ = writeln!(out, "  {:<18} {}", input.name, input.title);
    }
    out.push_str("\nSteps\n");
    for (place, step) in runbook.steps.iter().enumerate() {
        let mark = match (step.is_irreversible(), step.level) {
            _ if step.undoes.is_some() => " way back",
            (true, _) => " NO WAY BACK",
            (false, Level::Read) => "",
            (false, _) => " changes AWS",
        };
        let _ = writeln!(
            out,
            "  [ ] {:>2} {:<20} {}  <{}>{mark}",
            place + 1,
            step.id,
            step.title,
            step.kind.name
        );
        if let Some(why) = &step.why {
            let _ = writeln!(out, "         {why}");
        }
        if let Some(undo) = &step.undo {
            let _ = writeln!(out, "         undo: {undo}");
        }
    }
    out
}

fn steps() -> String {
    let mut out = String::from("Every step can say\n\n");
    for (name, means) in FIELDS {
        let _ = writeln!(out, "    {name:<10} {means}");
    }
    out.push_str("\nThe kinds of step\n\n");
    for kind in STEP_TYPES {
        let _ = writeln!(out, "{}\n", kind.name);
        for line in kind.doc.lines().chain([""]).chain(kind.example.lines()) {
            let _ = writeln!(out, "    {line}");
        }
        if !kind.outputs.is_empty() {
            let _ = writeln!(out, "    # tells: {}", kind.outputs.join(", "));
        }
        out.push('\n');
    }
    out
}
