//! `drill`: drills runbooks, and tells of the drills that lie behind.

use std::fmt::Write as _;
use std::path::Path;
use std::sync::Arc;

use jiff::{SignedDuration, Timestamp};
use serde::Serialize;
use toml::Table;

use super::args::{Demo, Drill as Args};
use super::{
    Ended, INVALID, OTHER, Start, console, library, past, reach, saved, say,
    stop, told, unattended,
};
use crate::app::Book;
use crate::estate::Estate;
use crate::estate::ids::Arn;
use crate::estate::metrics::{Exercise, Practice};
use crate::estate::span::Span;
use crate::incident::Incident;
use crate::incident::made::Made;
use crate::runbook::Runbook;
use crate::runbook::plan::Level;
use crate::screens::Open;

/// Runs the command.
pub(super) fn run(mut start: Start, args: &Args) -> anyhow::Result<Ended> {
    match args {
        Args::Run { runbook, scenario, speed, real, unattended, json } => {
            let book = library::find(&start.config.paths.runbooks(), runbook)?;
            fits(&book, *real)?;
            if *unattended {
                unattended::fits(&book)?;
            }
            let began = start.now;
            start.drill = Some(book);
            let (scenario, speed) = (scenario.clone(), *speed);
            let demo = (!real).then_some(Demo { scenario, speed });
            let ended = if *unattended {
                unattended::open(&start, demo.as_ref())?
            } else {
                console::open(&start, demo.as_ref(), None)?
            };
            if *json {
                let state = state(&start, *real);
                told::json(&newest(&state, began)?)?;
            }
            Ok(ended)
        }
        Args::History { runbook, json } => {
            let report = history(&start, runbook.as_deref());
            if *json {
                told::json(&report)?;
            } else {
                say(&words(&report));
            }
            Ok(Ended::Well)
        }
    }
}

fn state(start: &Start, real: bool) -> Arc<Path> {
    let paths = &start.config.paths;
    let state = if real { paths.state.clone() } else { paths.simulated() };
    Arc::from(state)
}

/// That the runbook can be drilled there: in AWS itself each step that
/// changes something must say what a drill makes of it.
fn fits(book: &Book, real: bool) -> anyhow::Result<()> {
    let runbook =
        book.runbook.as_ref().map_err(|why| stop(INVALID, why.clone()))?;
    let silent = silent(runbook, &book.text);
    if !real || silent.is_empty() {
        return Ok(());
    }
    let text = format!(
        "{} cannot be drilled in AWS: {} of its steps change something and \
         do not say what a drill makes of it: {}.\nGive each `drill = \
         \"run\"`, \"simulate\", \"skip\" or {{ substitute = {{ .. }} }}.",
        runbook.id,
        silent.len(),
        silent.join(", ")
    );
    Err(stop(INVALID, text))
}

/// Steps that change something and say nothing of drills.
fn silent<'a>(runbook: &'a Runbook, text: &str) -> Vec<&'a str> {
    let file: Table = text.parse().unwrap_or_default();
    let steps = file.get("step").and_then(|steps| steps.as_array());
    let said: Vec<&str> = steps
        .into_iter()
        .flatten()
        .filter(|step| step.get("drill").is_some())
        .filter_map(|step| step.get("id")?.as_str())
        .collect();
    let steps = runbook.steps.iter();
    steps
        .filter(|step| step.level > Level::Read)
        .map(|step| step.id.as_str())
        .filter(|id| !said.contains(id))
        .collect()
}

/// What is printed; the names of its fields stay.
#[derive(Debug, Serialize)]
struct Report {
    schema: u32,
    drills: Vec<Line>,
    /// What AWS itself tested, as a console last saw it.
    restore_tests: Vec<Test>,
}

#[derive(Debug, Serialize)]
struct Line {
    id: String,
    title: String,
    at: Timestamp,
    /// Whether it is evidence: it was worked through in AWS itself.
    evidence: bool,
    simulated: Option<String>,
    endpoint: Option<String>,
    rto_s: Option<i64>,
    rto_objective_s: Option<i64>,
    recovered: Vec<Loss>,
    runs: Vec<Ran>,
    made: Vec<Made>,
}

#[derive(Debug, Serialize)]
struct Loss {
    resource: String,
    rpo_s: Option<i64>,
    objective_s: Option<i64>,
}

#[derive(Debug, Serialize)]
struct Ran {
    runbook: String,
    sha256: String,
    result: &'static str,
    words: String,
    steps: Vec<Step>,
}

#[derive(Debug, Serialize)]
struct Step {
    step: String,
    proven: Exercise,
    took_s: Option<i64>,
}

#[derive(Debug, Serialize)]
struct Test {
    plan: String,
    of: String,
    at: Timestamp,
    passed: Option<bool>,
    said: Option<String>,
}

fn history(start: &Start, runbook: Option<&str>) -> Report {
    let paths = &start.config.paths;
    let mut drills: Vec<Line> = [paths.state.clone(), paths.simulated()]
        .iter()
        .flat_map(|state| past::incidents(state))
        .filter_map(|incident| line(&incident))
        .filter(|one| {
            runbook.is_none_or(|id| one.runs.iter().any(|r| r.runbook == id))
        })
        .collect();
    drills.sort_by_key(|one| -one.at.as_second());
    let reach = reach::real(start);
    let file = saved::file(&reach.state, &reach.place);
    let (estate, _) = saved::open(&file, &reach.place);
    Report { schema: 1, drills, restore_tests: tests(&estate) }
}

fn tests(estate: &Estate) -> Vec<Test> {
    let mut tests: Vec<Test> = estate
        .restore_tests()
        .flat_map(|placed| {
            placed.item.last_run().map(|run| Test {
                plan: placed.item.name.clone(),
                of: Arn::new(&run.of).tail().to_owned(),
                at: run.at,
                passed: run.passed,
                said: run.said.clone(),
            })
        })
        .collect();
    tests.sort_by_key(|test| -test.at.as_second());
    tests
}

fn newest(state: &Path, since: Timestamp) -> anyhow::Result<Line> {
    let all = past::incidents(state);
    let mut drills = all.iter().filter_map(line);
    drills
        .find(|one| one.at >= since)
        .ok_or_else(|| stop(OTHER, "the drill was not begun"))
}

/// A drill as it is told; none of an incident that is none.
fn line(incident: &Incident) -> Option<Line> {
    let practice = incident.practice().filter(|one| one.drill)?;
    let evidence = practice.counts();
    let Practice { id, title, at, simulated, endpoint, .. } = practice;
    let seconds = |span: Option<SignedDuration>| span.map(|s| s.as_secs());
    Some(Line {
        id,
        title,
        at,
        evidence,
        simulated,
        endpoint,
        rto_s: seconds(practice.rto),
        rto_objective_s: seconds(practice.objective),
        recovered: practice
            .regained
            .into_iter()
            .map(|one| Loss {
                resource: one.name,
                rpo_s: seconds(one.loss),
                objective_s: seconds(one.objective),
            })
            .collect(),
        runs: practice
            .runs
            .into_iter()
            .map(|run| Ran {
                words: run.words(),
                result: run.result.word(),
                runbook: run.runbook,
                sha256: run.sha256,
                steps: run
                    .steps
                    .into_iter()
                    .map(|step| Step {
                        step: step.step,
                        proven: step.how,
                        took_s: seconds(step.took),
                    })
                    .collect(),
            })
            .collect(),
        made: incident.made.clone(),
    })
}

fn words(report: &Report) -> String {
    let mut out = String::new();
    for one in &report.drills {
        out.push_str(&told_of(one));
    }
    if report.drills.is_empty() {
        out.push_str("no drill is in the journals of this machine\n");
    }
    if !report.restore_tests.is_empty() {
        out.push_str("\nrestore tests of AWS Backup, as last seen\n");
    }
    for test in &report.restore_tests {
        let word = match test.passed {
            Some(true) => "passed",
            Some(false) => "FAILED",
            None => "goes on",
        };
        let at = test.at.strftime("%Y-%m-%d %H:%MZ");
        let _ = writeln!(out, "{at}  {word:<8} {} ({})", test.of, test.plan);
    }
    out
}

fn told_of(one: &Line) -> String {
    let at = one.at.strftime("%Y-%m-%d %H:%MZ");
    let mut out = format!("{at}  {}  {}\n", one.id, one.title);
    if !one.evidence {
        let on = match (&one.simulated, &one.endpoint) {
            (Some(scenario), _) => format!("SIMULATED {scenario}"),
            (None, endpoint) => {
                format!("ENDPOINT {}", endpoint.as_deref().unwrap_or("?"))
            }
        };
        let _ = writeln!(out, "  {on}: no evidence");
    }
    for run in &one.runs {
        let _ = writeln!(out, "  {}: {}", run.runbook, run.words);
    }
    let span = |s: Option<i64>| {
        s.map_or_else(
            || "unknown".to_owned(),
            |s| Span(SignedDuration::from_secs(s)).to_string(),
        )
    };
    let _ = writeln!(
        out,
        "  RTO {} (objective {})",
        span(one.rto_s),
        span(one.rto_objective_s)
    );
    for loss in &one.recovered {
        let _ = writeln!(
            out,
            "  RPO of {} {} (objective {})",
            loss.resource,
            span(loss.rpo_s),
            span(loss.objective_s)
        );
    }
    out.push_str(&left(&one.made));
    out
}

/// What was made and is not gone.
fn left(made: &[Made]) -> String {
    let mut out = String::new();
    for one in made.iter().filter(|made| made.gone.is_none()) {
        let costs = one.hourly_words();
        let _ = writeln!(out, "  LEFT {}, {costs} ({})", one.arn, one.step);
    }
    if !made.is_empty() && out.is_empty() {
        let _ = writeln!(out, "  all {} things it made are gone", made.len());
    }
    out
}

/// What a drill came to, when its console has ended.
pub(super) fn farewell(open: &Open) {
    if let Some(one) = line(&open.incident) {
        say(&told_of(&one));
    }
}
