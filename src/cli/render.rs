//! `runbook render`: the paper twin of a runbook, for the night on which no
//! screen can be trusted.

use std::fmt::Write as _;

use jiff::SignedDuration;

use super::{Ended, INVALID, Start, library, say, stop};
use crate::incident::fact::pin_file;
use crate::incident::report::markdown::{code, plain};
use crate::runbook::fields::FIELDS;
use crate::runbook::plan::{Level, Second};
use crate::runbook::said::{Said, said};
use crate::runbook::steps::{Leads, Wants};
use crate::runbook::text::Text;
use crate::runbook::{Runbook, StepSpec};

/// What is filled in by hand.
const BLANK: &str = "____________";

/// Runs the command.
pub(super) fn run(start: &Start, runbook: &str) -> anyhow::Result<Ended> {
    let book = library::find(&start.config.paths.runbooks(), runbook)?;
    match &book.runbook {
        Ok(runbook) => {
            say(paper(runbook, &book.text, &book.path).trim_end());
            Ok(Ended::Well)
        }
        Err(why) => Err(stop(INVALID, why.clone())),
    }
}

/// The whole sheet. It holds nothing that differs from one printing to the
/// next, so that two sheets of one file are the same.
fn paper(runbook: &Runbook, text: &str, path: &str) -> String {
    let (_, sha256) = pin_file(text);
    let mut out = format!("# {}\n\n", plain(&runbook.title));
    let _ = writeln!(
        out,
        "{}, from {}\n\nSHA-256 of the file: {}\n\nIt may be gone by only \
         while the file still has this hash.\n",
        code(&runbook.id),
        code(path),
        code(&sha256)
    );
    head(&mut out, runbook);
    inputs(&mut out, runbook);
    let said = said(text);
    let steps = runbook.steps.iter().enumerate();
    let (back, onward): (Vec<_>, Vec<_>) =
        steps.partition(|(_, spec)| spec.undoes.is_some());
    out.push_str("## Steps\n\n");
    let mut phase = None;
    let ponr = runbook.ponr();
    for (place, spec) in onward {
        if spec.phase.is_some() && spec.phase != phase {
            phase.clone_from(&spec.phase);
            let name = phase.as_deref().unwrap_or_default();
            let _ = writeln!(out, "### {}\n", plain(name));
        }
        if ponr == Some(place) {
            out.push_str("---\n\n**POINT OF NO RETURN**\n\n");
        }
        step(&mut out, runbook, (place, spec), said.get(place));
    }
    if !back.is_empty() {
        out.push_str("## Ways back, if a person calls for one\n\n");
    }
    for (place, spec) in back {
        step(&mut out, runbook, (place, spec), said.get(place));
    }
    foot(&mut out, runbook, &sha256);
    out
}

fn head(out: &mut String, runbook: &Runbook) {
    let span =
        |span: Option<SignedDuration>| span.map(|span| format!("{span:#}"));
    let rows = [
        ("Use when", runbook.use_when.clone()),
        ("Not when", runbook.not_when.clone()),
        ("Kept by", runbook.owner.clone()),
        ("Tier", runbook.tier.clone()),
        ("RTO", span(runbook.rto)),
        ("RPO", span(runbook.rpo)),
        ("Expected, one after another", span(Some(runbook.expected()))),
        ("Goes on", Some(runbook.manner.adverb().to_owned())),
    ];
    for (name, value) in rows {
        if let Some(value) = value {
            let _ = writeln!(out, "- {name}: {}", plain(&value));
        }
    }
    for accept in &runbook.accepts {
        let (lint, why) = (code(&accept.lint), plain(&accept.why));
        let _ = writeln!(out, "- Accepted finding {lint}: {why}");
    }
    out.push_str("\n| | |\n| --- | --- |\n");
    for name in [
        "Incident",
        "Driver",
        "Second person",
        "Users were hurt from (UTC)",
        "Begun (UTC)",
        "Users were served again (UTC)",
    ] {
        let _ = writeln!(out, "| {name} | {BLANK} |");
    }
    out.push('\n');
}

fn inputs(out: &mut String, runbook: &Runbook) {
    if runbook.inputs.is_empty() {
        return;
    }
    out.push_str("## Inputs\n\n| Name | What | Default | Used |\n");
    out.push_str("| --- | --- | --- | --- |\n");
    for input in &runbook.inputs {
        let default = input.default.as_ref().map(ToString::to_string);
        let _ = writeln!(
            out,
            "| {} | {} | {} | {BLANK} |",
            code(&format!("{{{}}}", input.name)),
            plain(&input.title),
            default.map_or_else(String::new, |value| code(&value)),
        );
    }
    out.push('\n');
}

fn step(
    out: &mut String,
    runbook: &Runbook,
    (place, spec): (usize, &StepSpec),
    said: Option<&Said>,
) {
    let title = plain(&spec.title.to_string());
    let _ = writeln!(out, "#### \u{2610} {}. {title}\n", place + 1);
    let mut put = |name: &str, value: Option<String>| {
        if let Some(value) = value {
            let _ = writeln!(out, "- {name}: {value}");
        }
    };
    let text = |text: &Text| plain(&text.to_string());
    put("Why", spec.why.as_ref().map(text));
    let kind = code(spec.kind.name);
    put("Step", Some(format!("{}, {kind}", code(&spec.id))));
    put("After", needed(runbook, spec));
    let only =
        spec.only.map(|only| format!("if it goes on {}", only.adverb()));
    put("Only", only);
    let undone = spec.undoes.map(|undone| code(&runbook.steps[undone].id));
    put("Undoes", undone);
    for (name, values) in said.into_iter().flatten() {
        let common = FIELDS.iter().any(|(field, _)| field == name);
        let asked = ["ask", "choices"].contains(&name.as_str());
        if !common && !asked {
            put(&plain(name), Some(code(&values.join(", "))));
        }
    }
    let calls: Vec<String> =
        spec.does.calls().iter().map(|call| code(call)).collect();
    put("Calls", (!calls.is_empty()).then(|| calls.join(", ")));
    put("Confirm", Some(confirm(runbook, spec)));
    put("Undo", spec.undo.as_ref().map(text));
    let expect = spec.expect.map(|span| format!("{span:#}"));
    let expect = expect.unwrap_or_else(|| "not said".to_owned());
    let late = spec.timeout.map_or_else(String::new, |span| {
        format!("; ask a person after {span:#}")
    });
    put("Expected", Some(format!("{expect}{late}")));
    wants(out, spec);
    let _ = writeln!(
        out,
        "\nBegun (UTC) {BLANK} Ended (UTC) {BLANK} Seen {BLANK} Initials \
         ______\n"
    );
}

/// The steps that must be over before, by their numbers.
fn needed(runbook: &Runbook, spec: &StepSpec) -> Option<String> {
    let needs = spec.needs.iter().map(|need| {
        format!("{} ({})", need + 1, code(&runbook.steps[*need].id))
    });
    let needs: Vec<String> = needs.collect();
    (!needs.is_empty()).then(|| needs.join(", "))
}

/// What a confirm takes.
fn confirm(runbook: &Runbook, spec: &StepSpec) -> String {
    let own = match (spec.level, spec.does.wants()) {
        (Level::Read, Wants::Nothing) => "none: it looks and waits",
        (Level::Read, Wants::Choice { .. }) => "a person decides, and why",
        (Level::Read, Wants::Value { .. }) => "a person says what they see",
        (Level::Read, Wants::Words { .. }) => "a person writes it down",
        (Level::Mild, _) => "a person says yes",
        (Level::Moderate, _) => "a person reads the request and says yes",
        (Level::Severe, _) => {
            "a person reads the request and writes the name of the target"
        }
    };
    let mut told = own.to_owned();
    if let Some((ask, value)) = &spec.readback {
        let value = code(&value.to_string());
        let _ = write!(
            told,
            "; reads back {}: {value} {BLANK}",
            plain(&ask.to_string())
        );
    }
    let second = runbook.second.unwrap_or_default();
    if spec.is_irreversible() {
        let _ = match second {
            Second::Required => write!(told, "; a second person signs"),
            Second::Preferred => {
                write!(told, "; a second person signs, if one is there")
            }
            Second::Off => Ok(()),
        };
        told.push_str("; THERE IS NO WAY BACK");
    }
    told
}

/// What a person is asked, with blanks for it.
fn wants(out: &mut String, spec: &StepSpec) {
    let _ = match spec.does.wants() {
        Wants::Nothing => Ok(()),
        Wants::Value { ask, pattern } => {
            let ask = plain(&ask.to_string());
            let form = pattern.map_or_else(String::new, |pattern| {
                format!(" (in the form {})", code(pattern))
            });
            writeln!(out, "\n{ask}{form}\n\n{BLANK}{BLANK}")
        }
        Wants::Words { ask } => {
            let ask = plain(&ask.to_string());
            writeln!(out, "\n{ask}\n\n{BLANK}{BLANK}{BLANK}")
        }
        Wants::Choice { ask, choices } => {
            let _ = writeln!(out, "\n{}\n", plain(&ask.to_string()));
            for choice in choices {
                let leads = match &choice.leads {
                    Leads::On => "go on".to_owned(),
                    Leads::To(id) => format!("go to {}", code(id)),
                    Leads::End => "end here".to_owned(),
                };
                let label = plain(&choice.label);
                let _ = writeln!(out, "- \u{2610} {label}: {leads}");
            }
            Ok(())
        }
    };
}

fn foot(out: &mut String, runbook: &Runbook, sha256: &str) {
    if !runbook.stops.is_empty() {
        out.push_str("## Where it stops, and what is left then\n\n");
    }
    for stop in &runbook.stops {
        let _ = writeln!(
            out,
            "- {} at {}: {}",
            code(stop.fault.word()),
            code(&stop.step),
            plain(&stop.left)
        );
    }
    let steps = runbook.steps.len();
    let _ = writeln!(out, "\n---\n\n{steps} steps, file {}", code(sha256));
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Every step is there with its confirm, its expected time and its
    /// blanks; the line before the point of no return is drawn once.
    #[test]
    fn every_step_of_what_ships_stands_on_paper() {
        for (path, text) in library::SHIPPED {
            let runbook = Runbook::parse(text, path).expect("it ships");
            let sheet = paper(&runbook, text, path);
            let count = |words: &str| sheet.matches(words).count();
            let steps = runbook.steps.len();
            for words in ["- Confirm: ", "- Expected: ", "Initials ______"] {
                assert_eq!(count(words), steps, "{path}: {words}");
            }
            for (place, spec) in runbook.steps.iter().enumerate() {
                let step = format!("#### \u{2610} {}. ", place + 1);
                assert_eq!(count(&step), 1, "{path}: {}", spec.id);
                let id = format!("- Step: `{}`, ", spec.id);
                assert_eq!(count(&id), 1, "{path}: {}", spec.id);
            }
            let line = usize::from(runbook.ponr().is_some());
            assert_eq!(count("**POINT OF NO RETURN**"), line, "{path}");
            for choice in runbook.steps.iter().flat_map(choices) {
                assert!(sheet.contains(&format!("\u{2610} {choice}: ")));
            }
            let (_, sha256) = pin_file(text);
            assert_eq!(count(&sha256), 2, "{path}");
        }
    }

    fn choices(spec: &StepSpec) -> Vec<String> {
        match spec.does.wants() {
            Wants::Choice { choices, .. } => {
                choices.iter().map(|choice| choice.label.clone()).collect()
            }
            _ => Vec::new(),
        }
    }

    #[test]
    fn a_read_back_and_a_second_person_have_their_blanks() {
        let (path, text) = library::SHIPPED[1];
        let text = text
            .replace("manner = ", "second_person = \"required\"\nmanner = ");
        let runbook = Runbook::parse(&text, path).expect("it ships");
        let sheet = paper(&runbook, &text, path);
        let wanted = "writes the name of the target; reads back the lag: \
                      `{behind.lag}` ____________; a second person signs; \
                      THERE IS NO WAY BACK";
        assert!(sheet.contains(wanted), "{sheet}");
    }
}
