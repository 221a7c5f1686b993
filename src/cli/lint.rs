//! `runbook lint`: judges runbook files by all rules, and says by what.

use std::path::{Path, PathBuf};

use jiff::Timestamp;

use super::args::{Asking, Lint as Args};
use super::look::{self, Looked};
use super::{
    Ended, INVALID, Start, complain, library, past, reach, saved, say,
};
use crate::estate::derived::Derived;
use crate::estate::metrics::Practice;
use crate::estate::span::Span;
use crate::runbook::lint::{Ground, Judged, Seen, lint};
use crate::runbook::{Problem, Runbook, Severity};

/// How long a simulated AWS may take.
const PATIENCE: u64 = 60;

/// Runs the command.
pub(super) fn run(start: &Start, args: &Args) -> anyhow::Result<Ended> {
    let texts: Vec<(String, String)> = if args.files.is_empty() {
        library::books(&start.config.paths.runbooks())
            .into_iter()
            .map(|book| (book.path, book.text))
            .collect()
    } else {
        let read = |path: &PathBuf| {
            Ok((path.display().to_string(), library::read(path)?))
        };
        args.files.iter().map(read).collect::<anyhow::Result<_>>()?
    };
    let looked = at_hand(start, args.demo.as_deref())?;
    let past = past::practices(&looked.reach.state);
    let ground = ground(&looked, &past);
    let mut sum = Sum::default();
    for (path, text) in &texts {
        match Runbook::parse(text, path) {
            Ok(runbook) => sum.add(lint(&runbook, text, path, &ground)),
            Err(problems) => sum.broken(&problems),
        }
    }
    sum.tell(&looked, &ground, texts.len());
    let fails = sum.errors > 0 || (args.strict && sum.warnings > 0);
    Ok(if fails { Ended::With(INVALID) } else { Ended::Well })
}

/// The estate to judge by: of a scenario, or what was saved at this place.
/// One of which nothing was ever seen is empty.
pub(super) fn at_hand(
    start: &Start,
    demo: Option<&str>,
) -> anyhow::Result<Looked> {
    if let Some(scenario) = demo {
        let demo = Some(scenario.to_owned());
        let asking = Asking { demo, timeout: PATIENCE };
        return look::once(start, &asking, |_| true);
    }
    let reach = reach::real(start);
    let file = saved::file(&reach.state, &reach.place);
    let (mut estate, why) = saved::open(&file, &reach.place);
    if let Some(why) = why {
        complain(&why);
    }
    saved::pace(&mut estate, &start.config);
    let now = (reach.clock)();
    let derived = Derived::of(&estate, &reach.watch, None, now);
    Ok(Looked { reach, estate, derived, sources: Vec::new(), now })
}

/// What is known, for the rules.
pub(super) fn ground<'a>(
    looked: &'a Looked,
    past: &'a [Practice],
) -> Ground<'a> {
    Ground::of(&looked.estate, &looked.derived, past, looked.now)
}

/// What came of all files.
#[derive(Default)]
struct Sum {
    errors: usize,
    warnings: usize,
    accepted: usize,
    /// Rules that no file could be judged by, with why.
    unjudged: Vec<(String, Vec<&'static str>)>,
}

impl Sum {
    fn broken(&mut self, problems: &[Problem]) {
        for problem in problems {
            match problem.severity {
                Severity::Error => self.errors += 1,
                Severity::Warning => self.warnings += 1,
            }
            say(&problem.to_string());
        }
    }

    fn add(&mut self, judged: Judged) {
        self.broken(&judged.found);
        for (problem, why) in &judged.accepted {
            self.accepted += 1;
            let Problem { file, line, code, message, .. } = problem;
            say(&format!(
                "{file}:{line}: accepted[{code}]: {message}\n  why: {why}"
            ));
        }
        for one in judged.unjudged {
            let known = self.unjudged.iter().position(|(w, _)| *w == one.why);
            let place = known.unwrap_or_else(|| {
                self.unjudged.push((one.why, Vec::new()));
                self.unjudged.len() - 1
            });
            let codes = &mut self.unjudged[place].1;
            if !codes.contains(&one.code) {
                codes.push(one.code);
            }
        }
    }

    fn tell(&self, looked: &Looked, ground: &Ground<'_>, files: usize) {
        if let Some(seen) = &ground.seen {
            say(&by_what(looked, seen));
        }
        for (why, codes) in &self.unjudged {
            say(&format!("not judged, {why}: {}", codes.join(", ")));
        }
        let Sum { errors, warnings, accepted, .. } = self;
        say(&format!(
            "{files} runbooks: {errors} errors, {warnings} warnings, \
             {accepted} accepted"
        ));
    }
}

/// Whose estate it is, and how old.
fn by_what(looked: &Looked, seen: &Seen<'_>) -> String {
    let place = &looked.reach.place;
    let whose = match (&place.simulated, &place.endpoint) {
        (Some(label), _) => format!("the simulated AWS {label}"),
        (None, Some(endpoint)) => format!("the estate saved of {endpoint}"),
        (None, None) => "the estate saved here".to_owned(),
    };
    match seen.span() {
        Some((oldest, newest)) => format!(
            "judged by {whose}, seen {} to {}, {} ago",
            moment(oldest),
            moment(newest),
            Span(looked.now.duration_since(oldest))
        ),
        None => whose,
    }
}

/// A moment in UTC, to the second.
pub(super) fn moment(at: Timestamp) -> String {
    at.strftime("%Y-%m-%d %H:%M:%SZ").to_string()
}

/// The rules' findings of one text, to be told beside it.
pub(super) fn findings(
    text: &str,
    path: &Path,
    ground: &Ground<'_>,
) -> Vec<Problem> {
    let path = path.display().to_string();
    match Runbook::parse(text, &path) {
        Ok(runbook) => lint(&runbook, text, &path, ground).found,
        Err(problems) => problems,
    }
}
