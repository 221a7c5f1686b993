//! LINTS: what is wrong or risky in a runbook, one table.
//!
//! A rule is judged by the file alone, by what is known of AWS, or by what
//! lies behind. One that lacks what it is judged by is told as not judged:
//! no data is never a pass. A finding is put aside only by the file itself,
//! with a reason, and is shown all the same.

mod conduct;
mod ground;
mod past;
mod planes;
mod script;
mod seen;
mod shape;
mod steps;
mod table;
mod words;

use std::fmt;

use super::{Accept, Problem, Runbook, Severity};
pub use ground::{Ground, Seen};
use past::Past;
use script::Script;
pub use table::LINTS;

/// A rule: a line of [`LINTS`].
pub struct Lint {
    /// Its name, such as `no-fresh-check`.
    pub code: &'static str,
    /// How bad it is to break it.
    pub severity: Severity,
    /// What it asks, and why.
    pub doc: &'static str,
    check: Check,
}

/// What a rule is judged by.
#[derive(Clone, Copy)]
enum Check {
    /// What was read of the file.
    Book(fn(&Runbook) -> Vec<Finding>),
    /// The file as it stands there.
    File(fn(&Script<'_>) -> Vec<Finding>),
    /// What is known of AWS, too.
    Estate(fn(&Script<'_>, &Seen<'_>) -> Told),
    /// What lies behind, too.
    Past(fn(&Script<'_>, &Past<'_>) -> Vec<Finding>),
    /// What the other rules found.
    Accepts,
}

/// A place where a rule is broken.
struct Finding {
    line: usize,
    column: usize,
    /// What is wrong, with what shows it.
    told: String,
    /// What to do.
    help: &'static str,
}

/// A finding at the beginning of a line.
fn finding(
    line: usize,
    told: impl Into<String>,
    help: &'static str,
) -> Finding {
    Finding { line, column: 1, told: told.into(), help }
}

/// What a rule makes of the estate.
#[derive(Default)]
struct Told {
    found: Vec<Finding>,
    /// What it cannot tell, and why.
    unsure: Vec<String>,
}

/// What came of judging a runbook by all rules.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Judged {
    /// What is wrong or risky and not accepted; errors first.
    pub found: Vec<Problem>,
    /// What the file accepts, with its reason.
    pub accepted: Vec<(Problem, String)>,
    /// Rules that could not be judged.
    pub unjudged: Vec<Unjudged>,
}

/// A rule that could not be judged, which is no pass.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Unjudged {
    /// The name of the rule.
    pub code: &'static str,
    /// Why.
    pub why: String,
}

impl fmt::Display for Unjudged {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "not judged[{}]: {}", self.code, self.why)
    }
}

/// Names of rules that no file can accept: what looks like a secret goes
/// into every journal, and an acceptance cannot speak for itself.
const FIRM: [&str; 2] = ["secret", IDLE];

/// The rule on what is accepted in vain.
const IDLE: &str = "idle-accept";

/// The names of the rules that a file may accept.
pub(super) fn acceptable() -> Vec<&'static str> {
    let codes = LINTS.iter().map(|lint| lint.code);
    codes.filter(|code| !FIRM.contains(code)).collect()
}

/// Judges a runbook that could be read; `text` is its file.
pub fn lint(
    runbook: &Runbook,
    text: &str,
    file: &str,
    ground: &Ground<'_>,
) -> Judged {
    judge(LINTS.iter(), &Script::new(runbook, text, file), ground)
}

fn judge<'l>(
    lints: impl Iterator<Item = &'l Lint>,
    script: &Script<'_>,
    ground: &Ground<'_>,
) -> Judged {
    let past = ground.past.map(|past| Past::of(script, past, ground.now));
    let mut judged = Judged::default();
    let mut all = Vec::new();
    let mut idle = None;
    for lint in lints {
        let found = match (lint.check, &ground.seen, &past) {
            (Check::Book(check), ..) => check(script.runbook),
            (Check::File(check), ..) => check(script),
            (Check::Estate(check), Some(seen), _) => {
                let told = check(script, seen);
                judged.lack(lint.code, told.unsure);
                told.found
            }
            (Check::Past(check), _, Some(past)) => check(script, past),
            (Check::Estate(_), None, _) => {
                judged.lack(lint.code, vec![NO_ESTATE.to_owned()]);
                continue;
            }
            (Check::Past(_), _, None) => {
                judged.lack(lint.code, vec![NO_JOURNAL.to_owned()]);
                continue;
            }
            (Check::Accepts, ..) => {
                idle = Some(lint);
                continue;
            }
        };
        all.extend(found.into_iter().map(|one| script.problem(lint, one)));
    }
    if let Some(lint) = idle {
        let found = idle_accepts(script, &all, &judged.unjudged);
        all.extend(found.into_iter().map(|one| script.problem(lint, one)));
    }
    judged.sort(all, &script.runbook.accepts);
    judged
}

const NO_ESTATE: &str = "no estate";
const NO_JOURNAL: &str = "no journal";

impl Judged {
    fn lack(&mut self, code: &'static str, why: Vec<String>) {
        let lacks = why.into_iter().map(|why| Unjudged { code, why });
        self.unjudged.extend(lacks);
    }

    /// Sets aside what is accepted; errors go first.
    fn sort(&mut self, mut all: Vec<Problem>, accepts: &[Accept]) {
        all.sort_by(|a, b| {
            b.severity.cmp(&a.severity).then(a.line.cmp(&b.line))
        });
        for problem in all {
            match accepts.iter().find(|one| one.lint == problem.code) {
                Some(accept) => {
                    self.accepted.push((problem, accept.why.clone()));
                }
                None => self.found.push(problem),
            }
        }
    }

    /// How many errors and warnings were found and not accepted.
    pub fn counts(&self) -> (usize, usize) {
        let errors = self.found.iter();
        let errors = errors.filter(|p| p.severity == Severity::Error).count();
        (errors, self.found.len() - errors)
    }
}

/// What is accepted and was not found, by rules that were judged.
fn idle_accepts(
    script: &Script<'_>,
    found: &[Problem],
    unjudged: &[Unjudged],
) -> Vec<Finding> {
    let accepts = script.runbook.accepts.iter();
    let idle = accepts.filter(|accept| {
        found.iter().all(|problem| problem.code != accept.lint)
            && unjudged.iter().all(|one| one.code != accept.lint)
    });
    idle.map(|accept| {
        let told = format!("{} is accepted, and not found", accept.lint);
        let help = "remove it: it would hide the next finding of its kind";
        finding(accept.line, told, help)
    })
    .collect()
}

#[cfg(test)]
mod tests;
