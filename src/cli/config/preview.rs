//! Which resource each objective of the config fits, by the saved estate.

use std::collections::BTreeMap;

use super::super::{Start, reach, saved};
use crate::estate::derived::{Derived, Watch};
use crate::estate::objective::{Objective, Rule, Tier};

/// The most names told of one rule.
const FEW: usize = 5;

/// A rule in a line.
pub(super) fn told(rule: &Rule) -> String {
    let wanted = &rule.matches;
    let kind = wanted.kind.map(|kind| kind.to_string());
    let account = wanted.account.as_ref().map(ToString::to_string);
    let tag = wanted.tag.as_ref().map(|(key, value)| match value {
        Some(value) => format!("{key}={value}"),
        None => key.clone(),
    });
    let parts = [
        ("account", account),
        ("tag", tag),
        ("name", wanted.name.clone()),
        ("type", kind),
    ];
    let parts: Vec<String> = parts
        .into_iter()
        .filter_map(|(key, value)| Some(format!("{key} {}", value?)))
        .collect();
    let what = if parts.is_empty() {
        "everything".to_owned()
    } else {
        parts.join(", ")
    };
    format!("{what}: {}", rule.objective.tier)
}

/// Lines that tell for each rule which resources it is the first to fit, and
/// what is left to tags or to nothing.
pub(super) fn preview(start: &Start) -> String {
    let reach = reach::real(start);
    let file = saved::file(&reach.state, &reach.place);
    let (estate, problem) = saved::open(&file, &reach.place);
    if let Some(problem) = problem {
        return format!("objectives are not previewed: {problem}");
    }
    if estate.sources().next().is_none() {
        return "objectives are not previewed: no estate is saved yet; open \
                the console once"
            .to_owned();
    }
    let numbered = Watch { rules: start.config.rules.clone(), ..reach.watch };
    let mut watch = numbered;
    // The tier tells which rule it came by.
    for (place, rule) in watch.rules.rules.iter_mut().enumerate() {
        let tier = Tier::Named(mark(place).into());
        rule.objective = Objective { tier, ..rule.objective.clone() };
    }
    let derived = Derived::of(&estate, &watch, None, start.now);
    let mut by_tier: BTreeMap<Option<String>, Vec<&str>> = BTreeMap::new();
    for standing in derived.standings.iter() {
        let tier = standing.tier.clone();
        by_tier.entry(tier).or_default().push(&standing.name);
    }
    let all = derived.standings.len();
    let mut lines = vec![format!(
        "by the saved estate of {all} resources, the first fit holds:"
    )];
    for (place, rule) in start.config.rules.rules.iter().enumerate() {
        let names = by_tier.remove(&Some(mark(place)));
        let names = some(&names.unwrap_or_default());
        lines.push(format!("  [[objective]] {} {names}", told(rule)));
    }
    let none = by_tier.remove(&None).unwrap_or_default();
    for (tier, names) in by_tier {
        let tier = tier.unwrap_or_default();
        lines.push(format!("  by a tag: {tier} {}", some(&names)));
    }
    lines.push(format!("  no objective {}", some(&none)));
    lines.join("\n")
}

/// What marks the rule at a place; no tier has a blank before its name.
fn mark(place: usize) -> String {
    format!(" {place}")
}

fn some(names: &[&str]) -> String {
    let shown = names[..names.len().min(FEW)].join(", ");
    match names.len() {
        0 => "(0)".to_owned(),
        n if n > FEW => format!("({n}) {shown} and {} more", n - FEW),
        n => format!("({n}) {shown}"),
    }
}
