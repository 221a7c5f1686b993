//! Rules on what a runbook as a whole has, and on what its steps leave to
//! chance.

use super::super::call::REMOVALS;
use super::super::steps::Wants;
use super::super::{Practised, StepSpec};
use super::planes::{LOSES, SWITCHES};
use super::script::Script;
use super::{Finding, finding};

/// The longest that an answer of the DNS should be kept, in seconds.
pub(super) const LONGEST_TTL: i64 = 120;

fn at(spec: &StepSpec, told: &str, help: &'static str) -> Finding {
    finding(spec.line, format!("step {}: {told}", spec.id), help)
}

/// Whether an action makes something, and not a change of what is there.
pub(super) fn makes(action: &str) -> bool {
    const WAYS: [&str; 5] =
        ["Create", "Restore", "Run", "StartRestoreJob", "StartRecovery"];
    let operation = action.split_once(':').map_or("", |(_, name)| name);
    WAYS.iter().any(|way| operation.starts_with(way))
}

fn removes(action: &str) -> bool {
    let operation = action.split_once(':').map_or("", |(_, name)| name);
    REMOVALS.contains(&action)
        || operation.starts_with("Delete")
        || operation.starts_with("Terminate")
}

fn restores(action: &str) -> bool {
    let operation = action.split_once(':').map_or("", |(_, name)| name);
    operation.starts_with("RestoreDB") || operation == "StartRestoreJob"
}

/// What cannot be undone says what is done instead.
pub(super) fn undo_unsaid(script: &Script<'_>) -> Vec<Finding> {
    let steps = script
        .onward()
        .filter(|(_, spec)| spec.is_irreversible() && spec.undo.is_none());
    let told = "there is no way back, and it does not say what to do instead";
    let help = "say it by `undo`, such as \"none: build a replica anew\"";
    steps.map(|(_, spec)| at(spec, told, help)).collect()
}

/// Somebody keeps the runbook.
pub(super) fn no_owner(script: &Script<'_>) -> Vec<Finding> {
    if script.runbook.owner.is_some() {
        return Vec::new();
    }
    let help = "say by `owner` who keeps it and is asked about it";
    vec![finding(1, "the runbook has no `owner`", help)]
}

/// What people do by hand is slow at night, and done otherwise each time.
pub(super) fn mostly_manual(script: &Script<'_>) -> Vec<Finding> {
    let by_hand =
        |spec: &StepSpec| matches!(spec.does.wants(), Wants::Value { .. });
    let work = |spec: &StepSpec| {
        by_hand(spec)
            || matches!(spec.does.wants(), Wants::Nothing)
                && spec.kind.name != "wait"
    };
    let work = script.onward().filter(|(_, spec)| work(spec));
    let work: Vec<&StepSpec> = work.map(|(_, spec)| spec).collect();
    let manual: Vec<&str> = work
        .iter()
        .filter(|spec| by_hand(spec))
        .map(|spec| spec.id.as_str())
        .collect();
    if manual.len() < 2 || manual.len() * 2 <= work.len() {
        return Vec::new();
    }
    let told = format!(
        "{} of {} steps are done by hand: {}",
        manual.len(),
        work.len(),
        manual.join(", ")
    );
    let help = "`runbook steps` lists what can be done and checked for them";
    vec![finding(1, told, help)]
}

/// "Done" is said without looking; a value is not.
pub(super) fn answer_unchecked(script: &Script<'_>) -> Vec<Finding> {
    let steps = script.steps().filter(|(_, spec)| {
        matches!(spec.does.wants(), Wants::Value { pattern: None, .. })
    });
    let told = "it takes any answer, also one given without a look";
    let help = "ask for a value that is seen, and say its form by `pattern`";
    steps.map(|(_, spec)| at(spec, told, help)).collect()
}

/// A check of the lag says which lag is too much.
pub(super) fn no_limit(script: &Script<'_>) -> Vec<Finding> {
    let steps = script.steps().filter(|(place, spec)| {
        spec.kind.outputs.contains(&"lag")
            && script.field(*place, "max").is_none()
    });
    let told = "every lag passes it";
    let help = "say by `max` which lag is too much";
    steps.map(|(_, spec)| at(spec, told, help)).collect()
}

/// Clients keep an answer for as long as the record says.
pub(super) fn long_ttl(script: &Script<'_>) -> Vec<Finding> {
    let steps = script.steps().filter_map(|(place, spec)| {
        let ttl: i64 = script.field(place, "ttl")?.parse().ok()?;
        let told = format!("answers with it are kept for {ttl} s by who asks");
        let help = "60 s: the next move is then seen after a minute";
        (ttl > LONGEST_TTL).then(|| at(spec, &told, help))
    });
    steps.collect()
}

/// What was restored is read from S3 as it is first touched.
pub(super) fn no_warm_up(script: &Script<'_>) -> Vec<Finding> {
    let warms = |spec: &StepSpec| {
        matches!(spec.kind.name, "http.probe" | "command")
            || matches!(spec.does.wants(), Wants::Value { .. })
    };
    let steps = script.onward().filter(|(place, _)| {
        let restored = script.actions(*place).iter().any(|a| restores(a));
        restored && !script.runbook.steps[place + 1..].iter().any(warms)
    });
    let told = "what it restores is slow until it was read once, and \
                nothing reads it";
    let help = "add a step that reads what users will read";
    steps.map(|(_, spec)| at(spec, told, help)).collect()
}

/// What a drill makes costs until it is deleted.
pub(super) fn drill_leaves(script: &Script<'_>) -> Vec<Finding> {
    let drilled = |spec: &StepSpec| {
        matches!(spec.drill, Practised::Run | Practised::Substitute(_))
    };
    let any = |place: usize, such: fn(&str) -> bool| {
        script.actions(place).iter().any(|action| such(action))
    };
    let steps = script.steps().filter(|(place, spec)| {
        drilled(spec)
            && any(*place, makes)
            && !script
                .steps()
                .skip(place + 1)
                .any(|(later, spec)| drilled(spec) && any(later, removes))
    });
    let told = "a drill makes something here, and nothing deletes it";
    let help = "add a step that deletes it, or say by `drill` that it is \
                not made";
    steps.map(|(_, spec)| at(spec, told, help)).collect()
}

/// After a recovery the data have no second place.
pub(super) fn no_follow_up(script: &Script<'_>) -> Vec<Finding> {
    let any = |place: usize, such: &dyn Fn(&str) -> bool| {
        script.actions(place).iter().any(|action| such(action))
    };
    let moves = |action: &str| {
        LOSES.contains(&action)
            || SWITCHES.contains(&action)
            || restores(action)
    };
    let clears = script.onward().any(|(place, _)| any(place, &removes));
    let mut onward = script.onward().collect::<Vec<_>>().into_iter().rev();
    let Some((last, spec)) =
        onward.find(|(place, _)| any(*place, &moves)).filter(|_| !clears)
    else {
        return Vec::new();
    };
    let asks = |spec: &StepSpec| {
        matches!(spec.does.wants(), Wants::Words { .. } | Wants::Value { .. })
    };
    if script.runbook.steps[last + 1..].iter().any(asks) {
        return Vec::new();
    }
    let told = "nothing after it sees to a second place for the data";
    let help = "end with a `note`: what is unprotected now, who sees to it";
    vec![at(spec, told, help)]
}

/// A Region that is back is gone again more often than not.
pub(super) fn no_hold_down(script: &Script<'_>) -> Vec<Finding> {
    let runbook = script.runbook;
    let name = format!("{} {}", runbook.id, runbook.title).to_lowercase();
    let goes_back = ["failback", "fail-back", "fail back"];
    if !goes_back.iter().any(|word| name.contains(word)) {
        return Vec::new();
    }
    let mut onward = script.onward();
    let first = onward.find(|(place, _)| script.changes(*place));
    let Some((first, spec)) = first else { return Vec::new() };
    let held = script.onward().take_while(|(place, _)| *place < first);
    let mut held = held.filter(|(place, spec)| {
        spec.kind.name == "wait" || script.field(*place, "for").is_some()
    });
    if held.next().is_some() {
        return Vec::new();
    }
    let told = "it goes back at the first good sign";
    let help = "hold for a while before it: a `wait`, or an `http.probe` \
                with `for`";
    vec![at(spec, told, help)]
}
