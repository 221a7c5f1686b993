//! Rules on steps and on what they say, each by itself.

use std::iter;

use super::super::call::REMOVALS;
use super::super::plan::Level;
use super::super::steps::{Leads, Wants};
use super::super::text::Text;
use super::super::{Milestone, Practised, Runbook, StepSpec};
use super::conduct::is_way_back;
use super::{Finding, finding};

/// Whether it changes AWS.
pub(super) fn changes(spec: &StepSpec) -> bool {
    spec.does.level() > Level::Read
}

/// A check is done by looks alone.
pub(super) fn checks(spec: &StepSpec) -> bool {
    !changes(spec)
        && matches!(spec.does.wants(), Wants::Nothing)
        && spec.kind.name != "wait"
}

pub(super) fn found(
    runbook: &Runbook,
    wrong: impl Fn(usize, &StepSpec) -> bool,
    told: &str,
    help: &'static str,
) -> Vec<Finding> {
    let steps = runbook.steps.iter().enumerate();
    steps
        .filter(|(place, spec)| wrong(*place, spec))
        .map(|(_, spec)| {
            finding(spec.line, format!("step {}: {told}", spec.id), help)
        })
        .collect()
}

/// What a step needs of others in a drill, by the names of its templates.
pub(super) fn drill_output(runbook: &Runbook) -> Vec<Finding> {
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
            Some(finding(spec.line, told, help))
        })
        .collect()
}

pub(super) fn no_fresh_check(runbook: &Runbook) -> Vec<Finding> {
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

pub(super) fn irreversible_skip(runbook: &Runbook) -> Vec<Finding> {
    found(
        runbook,
        |_, spec| spec.is_irreversible() && spec.skippable,
        "there is no way back, yet it may be skipped",
        "remove `skip`, or use a decision that leads past it",
    )
}

pub(super) fn loop_over_change(runbook: &Runbook) -> Vec<Finding> {
    let loops = |place: usize, spec: &StepSpec| {
        let Wants::Choice { choices, .. } = spec.does.wants() else {
            return false;
        };
        choices.iter().any(|choice| match &choice.leads {
            Leads::To(id) => runbook.place(id).is_some_and(|target| {
                !is_way_back(runbook, id)
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

pub(super) fn no_timeout(runbook: &Runbook) -> Vec<Finding> {
    found(
        runbook,
        |_, spec| spec.timeout.is_none() && (changes(spec) || checks(spec)),
        "it has no `timeout`",
        "say after which time a person is asked",
    )
}

pub(super) fn no_expect(runbook: &Runbook) -> Vec<Finding> {
    found(
        runbook,
        |_, spec| spec.expect.is_none() && (changes(spec) || checks(spec)),
        "it has no `expect`",
        "say how long it takes, as measured in a drill",
    )
}

pub(super) fn over_rto(runbook: &Runbook) -> Vec<Finding> {
    let expected = runbook.expected();
    match runbook.rto {
        Some(rto) if expected > rto => vec![finding(
            1,
            format!("its steps take {expected:#}; the RTO is {rto:#}"),
            "drop steps, let some run side by side, or be honest on the RTO",
        )],
        _ => Vec::new(),
    }
}

pub(super) fn no_objective(runbook: &Runbook) -> Vec<Finding> {
    let missing = match (runbook.rto, runbook.rpo) {
        (Some(_), Some(_)) => return Vec::new(),
        (None, Some(_)) => "no `rto`",
        (Some(_), None) => "no `rpo`",
        (None, None) => "neither `rto` nor `rpo`",
    };
    vec![finding(
        1,
        format!("the runbook has {missing}"),
        "add what it was made for: no one can tell later whether it was met",
    )]
}

pub(super) fn no_health(runbook: &Runbook) -> Vec<Finding> {
    let healthy =
        |spec: &StepSpec| spec.milestone == Some(Milestone::ServiceHealthy);
    if !runbook.steps.iter().any(changes) || runbook.steps.iter().any(healthy)
    {
        return Vec::new();
    }
    let told = "no step has the milestone `service-healthy`".to_owned();
    vec![finding(1, told, "without it the RTO is never known")]
}

pub(super) fn unproven_change(runbook: &Runbook) -> Vec<Finding> {
    // A way back stands behind what proves the way there, and so does what
    // clears away.
    let clears = |spec: &StepSpec| {
        let calls = spec.does.calls();
        !calls.is_empty() && calls.iter().all(|call| REMOVALS.contains(call))
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

/// What became of a program is asked of another one, which only looks.
pub(super) fn blind_command(runbook: &Runbook) -> Vec<Finding> {
    found(
        runbook,
        |_, spec| spec.does.is_blind(),
        "it changes something, and no `probe` tells whether it did",
        "add `probe`: a program that only looks, and exits with 0 if the \
         change is there and with 1 if not",
    )
}

pub(super) fn many_confirms(runbook: &Runbook) -> Vec<Finding> {
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

pub(super) fn unused_input(runbook: &Runbook) -> Vec<Finding> {
    let mut used: Vec<&str> = Vec::new();
    for input in &runbook.inputs {
        let texts = input.default.iter().chain(&input.region);
        used.extend(texts.flat_map(Text::names));
    }
    for spec in &runbook.steps {
        let own = spec.does.texts().into_iter();
        let back = spec.readback.iter().flat_map(|(ask, value)| [ask, value]);
        let shown = iter::once(&spec.title).chain(&spec.why);
        let shown = shown.chain(&spec.undo).chain(back);
        used.extend(own.chain(shown).flat_map(Text::names));
    }
    runbook
        .inputs
        .iter()
        .filter(|input| !used.contains(&input.name.as_str()))
        .map(|input| {
            let told = format!("input {} is not used", input.name);
            finding(input.line, told, "remove it, or use it in a step")
        })
        .collect()
}

pub(super) fn long_title(runbook: &Runbook) -> Vec<Finding> {
    found(
        runbook,
        |_, spec| spec.title.to_string().chars().count() > 60,
        "its title has more than 60 columns",
        "put the rest into `why`",
    )
}
