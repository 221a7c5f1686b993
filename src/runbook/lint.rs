//! LINTS: what is wrong or risky in a runbook, one table.

mod conduct;

use std::iter;

use regex_lite::Regex;

use super::call::{CHANGE_RECORDS, REMOVALS};
use super::plan::Level;
use super::steps::{Leads, Wants};
use super::text::Text;
use super::{Milestone, Practised, Problem, Runbook, Severity, StepSpec};

/// A rule: a line of [`LINTS`].
pub struct Lint {
    /// Its name, such as `no-fresh-check`.
    pub code: &'static str,
    /// How bad it is to break it.
    pub severity: Severity,
    /// What it asks, and why.
    pub doc: &'static str,
    check: fn(&Runbook) -> Vec<Finding>,
}

/// A place where a rule is broken: line, what is wrong, what to do.
type Finding = (usize, String, &'static str);

/// All rules.
pub static LINTS: &[Lint] = &[
    Lint {
        code: "no-fresh-check",
        severity: Severity::Error,
        doc: "A step without a way back rests on a check with `fresh`, \
              which is made once more if it is older than that.",
        check: no_fresh_check,
    },
    Lint {
        code: "irreversible-skip",
        severity: Severity::Error,
        doc: "A step without a way back cannot be skipped: what follows \
              relies on it.",
        check: irreversible_skip,
    },
    Lint {
        code: "loop-over-change",
        severity: Severity::Error,
        doc: "A choice does not lead back over a change, which would then \
              be made twice.",
        check: loop_over_change,
    },
    Lint {
        code: "drill-output",
        severity: Severity::Warning,
        doc: "What a drill simulates or leaves out tells nothing; a step \
              that a drill does needs none of it.",
        check: drill_output,
    },
    Lint {
        code: "bad-way-back",
        severity: Severity::Error,
        doc: "A way back undoes a change that can be undone, by a change \
              that can be made once more.",
        check: conduct::bad_way_back,
    },
    Lint {
        code: "blind-readback",
        severity: Severity::Error,
        doc: "What is read back to confirm was seen by a step: what is known \
              before can be typed without a look.",
        check: conduct::blind_readback,
    },
    Lint {
        code: "needless-readback",
        severity: Severity::Error,
        doc: "Only what is confirmed is read back.",
        check: conduct::needless_readback,
    },
    Lint {
        code: "way-back-needs",
        severity: Severity::Warning,
        doc: "A way back waits for a person alone.",
        check: conduct::needs_of_way_back,
    },
    Lint {
        code: "trial-without-exit",
        severity: Severity::Warning,
        doc: "A decision with a `window` has a choice that leads to a way \
              back.",
        check: conduct::trial_without_exit,
    },
    Lint {
        code: "no-timeout",
        severity: Severity::Warning,
        doc: "A change and a check say when to ask a person: `timeout`.",
        check: no_timeout,
    },
    Lint {
        code: "no-expect",
        severity: Severity::Warning,
        doc: "A change says how long it takes: `expect`.",
        check: no_expect,
    },
    Lint {
        code: "over-rto",
        severity: Severity::Warning,
        doc: "What the steps are expected to take fits into the RTO.",
        check: over_rto,
    },
    Lint {
        code: "no-objective",
        severity: Severity::Warning,
        doc: "The runbook says its `rto` and `rpo`, or nothing can be met.",
        check: no_objective,
    },
    Lint {
        code: "no-health",
        severity: Severity::Warning,
        doc: "A check with the milestone `service-healthy` stops the clock.",
        check: no_health,
    },
    Lint {
        code: "unproven-change",
        severity: Severity::Warning,
        doc: "A check or a `manual` step follows the last change.",
        check: unproven_change,
    },
    Lint {
        code: "many-confirms",
        severity: Severity::Warning,
        doc: "At most nine steps of a phase are confirmed: more are not \
              read any more.",
        check: many_confirms,
    },
    Lint {
        code: "unused-input",
        severity: Severity::Warning,
        doc: "Every input is used; each costs a question.",
        check: unused_input,
    },
    Lint {
        code: "long-title",
        severity: Severity::Warning,
        doc: "A title has at most 60 columns, to fit 80 by 24.",
        check: long_title,
    },
    Lint {
        code: "home-region",
        severity: Severity::Warning,
        doc: "Route 53 can be changed only while us-east-1 answers; its \
              name servers and failover records work without it.",
        check: home_region,
    },
];

/// Checks a runbook that could be read; `text` is its file. Errors first.
pub fn lint(runbook: &Runbook, text: &str, file: &str) -> Vec<Problem> {
    let mut problems = secrets(text, file);
    for lint in LINTS {
        for (line, message, help) in (lint.check)(runbook) {
            problems.push(Problem {
                file: file.to_owned(),
                line,
                column: 1,
                severity: lint.severity,
                code: lint.code,
                message,
                help: help.to_owned(),
            });
        }
    }
    problems
        .sort_by(|a, b| b.severity.cmp(&a.severity).then(a.line.cmp(&b.line)));
    problems
}

/// A runbook is shared and pinned into journals: no secret stands in it.
fn secrets(text: &str, file: &str) -> Vec<Problem> {
    const PATTERN: &str =
        r"(AKIA|ASIA)[A-Z0-9]{12,}|PRIVATE KEY|(?i:password|secret)\s*=";
    let pattern = Regex::new(PATTERN).expect("the pattern is tested");
    text.lines()
        .enumerate()
        .filter_map(|(line, words)| {
            let found = pattern.find(words)?;
            Some(Problem {
                file: file.to_owned(),
                line: line + 1,
                column: words[..found.start()].chars().count() + 1,
                severity: Severity::Error,
                code: "secret",
                message: "this looks like a secret".into(),
                help: "runbooks are shared and kept with every incident"
                    .into(),
            })
        })
        .collect()
}

fn changes(spec: &StepSpec) -> bool {
    spec.does.level() > Level::Read
}

/// A check is done by looks alone.
fn checks(spec: &StepSpec) -> bool {
    !changes(spec)
        && matches!(spec.does.wants(), Wants::Nothing)
        && spec.kind.name != "wait"
}

fn found(
    runbook: &Runbook,
    wrong: impl Fn(usize, &StepSpec) -> bool,
    told: &str,
    help: &'static str,
) -> Vec<Finding> {
    let steps = runbook.steps.iter().enumerate();
    steps
        .filter(|(place, spec)| wrong(*place, spec))
        .map(|(_, spec)| {
            (spec.line, format!("step {}: {told}", spec.id), help)
        })
        .collect()
}

/// What a step needs of others in a drill, by the names of its templates.
fn drill_output(runbook: &Runbook) -> Vec<Finding> {
    let silent = |name: &str| {
        let (step, _) = name.split_once('.')?;
        let spec = &runbook.steps[runbook.place(step)?];
        let silent = match spec.drill {
            Practised::Simulate => spec.level > Level::Read,
            Practised::Skip => true,
            Practised::Run | Practised::Substitute(_) => false,
        };
        silent.then(|| spec.id.clone())
    };
    let steps = runbook.steps.iter();
    steps
        .filter(|spec| !matches!(spec.drill, Practised::Skip))
        .filter_map(|spec| {
            let does = match &spec.drill {
                Practised::Substitute(step) => step,
                Practised::Run | Practised::Simulate | Practised::Skip => {
                    &spec.does
                }
            };
            let texts = does.texts();
            let of = texts.iter().flat_map(|t| t.names()).find_map(silent)?;
            let told = format!(
                "step {}: in a drill {of} tells nothing of what it needs",
                spec.id
            );
            let help = "give it another value by `drill.substitute`, or \
                        `drill = \"skip\"`";
            Some((spec.line, told, help))
        })
        .collect()
}

fn no_fresh_check(runbook: &Runbook) -> Vec<Finding> {
    let rests = |spec: &StepSpec| {
        let mut open = spec.needs.clone();
        let mut seen = vec![false; runbook.steps.len()];
        while let Some(need) = open.pop() {
            let step = &runbook.steps[need];
            if step.fresh.is_some() && checks(step) {
                return true;
            }
            if !seen[need] {
                seen[need] = true;
                open.extend(&step.needs);
            }
        }
        false
    };
    found(
        runbook,
        |_, spec| spec.is_irreversible() && !rests(spec),
        "there is no way back, and no check before it has `fresh`",
        "add `fresh = \"3m\"` to a check that it needs",
    )
}

fn irreversible_skip(runbook: &Runbook) -> Vec<Finding> {
    found(
        runbook,
        |_, spec| spec.is_irreversible() && spec.skippable,
        "there is no way back, yet it may be skipped",
        "remove `skip`, or use a decision that leads past it",
    )
}

fn loop_over_change(runbook: &Runbook) -> Vec<Finding> {
    let loops = |place: usize, spec: &StepSpec| {
        let Wants::Choice { choices, .. } = spec.does.wants() else {
            return false;
        };
        choices.iter().any(|choice| match &choice.leads {
            Leads::To(id) => runbook.place(id).is_some_and(|target| {
                !conduct::is_way_back(runbook, id)
                    && target < place
                    && runbook.steps[target..place].iter().any(changes)
            }),
            Leads::On | Leads::End => false,
        })
    };
    found(
        runbook,
        loops,
        "a choice leads back over a change",
        "lead back to a step after the last change",
    )
}

fn no_timeout(runbook: &Runbook) -> Vec<Finding> {
    found(
        runbook,
        |_, spec| spec.timeout.is_none() && (changes(spec) || checks(spec)),
        "it has no `timeout`",
        "say after which time a person is asked",
    )
}

fn no_expect(runbook: &Runbook) -> Vec<Finding> {
    found(
        runbook,
        |_, spec| spec.expect.is_none() && changes(spec),
        "it has no `expect`",
        "say how long it takes, as measured in a drill",
    )
}

fn over_rto(runbook: &Runbook) -> Vec<Finding> {
    let expected = runbook.expected();
    match runbook.rto {
        Some(rto) if expected > rto => vec![(
            1,
            format!("its steps take {expected:#}; the RTO is {rto:#}"),
            "drop steps, let some run side by side, or be honest on the RTO",
        )],
        _ => Vec::new(),
    }
}

fn no_objective(runbook: &Runbook) -> Vec<Finding> {
    let missing = match (runbook.rto, runbook.rpo) {
        (Some(_), Some(_)) => return Vec::new(),
        (None, Some(_)) => "no `rto`",
        (Some(_), None) => "no `rpo`",
        (None, None) => "neither `rto` nor `rpo`",
    };
    vec![(1, format!("the runbook has {missing}"), "")]
}

fn no_health(runbook: &Runbook) -> Vec<Finding> {
    let healthy =
        |spec: &StepSpec| spec.milestone == Some(Milestone::ServiceHealthy);
    if !runbook.steps.iter().any(changes) || runbook.steps.iter().any(healthy)
    {
        return Vec::new();
    }
    let told = "no step has the milestone `service-healthy`".to_owned();
    vec![(1, told, "without it the RTO is never known")]
}

fn unproven_change(runbook: &Runbook) -> Vec<Finding> {
    // A way back stands behind what proves the way there, and so does what
    // clears away.
    let clears = |spec: &StepSpec| {
        let mut calls = spec.does.calls().iter();
        calls.all(|call| REMOVALS.contains(call))
    };
    let forward = |spec: &StepSpec| {
        changes(spec) && spec.undoes.is_none() && !clears(spec)
    };
    let Some(last) = runbook.steps.iter().rposition(forward) else {
        return Vec::new();
    };
    let proves = |spec: &StepSpec| {
        checks(spec) || matches!(spec.does.wants(), Wants::Value { .. })
    };
    found(
        runbook,
        |place, _| {
            place == last && !runbook.steps[last + 1..].iter().any(proves)
        },
        "nothing after the last change proves the service",
        "add an `http.probe` or a `manual` step",
    )
}

fn many_confirms(runbook: &Runbook) -> Vec<Finding> {
    let onward = |spec: &StepSpec| changes(spec) && spec.undoes.is_none();
    let tenth = |place: usize, spec: &StepSpec| {
        let before = runbook.steps[..place].iter();
        let same =
            |other: &&StepSpec| onward(other) && other.phase == spec.phase;
        onward(spec) && before.filter(same).count() == 9
    };
    found(
        runbook,
        tenth,
        "it is the tenth change of its phase",
        "split the phase; confirms in a row are not read",
    )
}

fn unused_input(runbook: &Runbook) -> Vec<Finding> {
    let mut used: Vec<&str> = Vec::new();
    for input in &runbook.inputs {
        let texts = input.default.iter().chain(&input.region);
        used.extend(texts.flat_map(Text::names));
    }
    for spec in &runbook.steps {
        let own = spec.does.texts().into_iter();
        let shown = iter::once(&spec.title).chain(&spec.why);
        used.extend(own.chain(shown).flat_map(Text::names));
    }
    runbook
        .inputs
        .iter()
        .filter(|input| !used.contains(&input.name.as_str()))
        .map(|input| {
            let told = format!("input {} is not used", input.name);
            (input.line, told, "")
        })
        .collect()
}

fn long_title(runbook: &Runbook) -> Vec<Finding> {
    found(
        runbook,
        |_, spec| spec.title.to_string().chars().count() > 60,
        "its title has more than 60 columns",
        "put the rest into `why`",
    )
}

fn home_region(runbook: &Runbook) -> Vec<Finding> {
    found(
        runbook,
        |_, spec| spec.does.calls().contains(&CHANGE_RECORDS),
        "it needs us-east-1, where AWS homes changes of Route 53",
        "failover records with health checks move traffic without a change",
    )
}

#[cfg(test)]
mod tests;
