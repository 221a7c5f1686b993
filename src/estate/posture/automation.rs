//! Checks of the automation of recovery: is it there, and would it run.

use std::collections::BTreeSet;

use super::{Check, Mistake, Scene, Severity};
use crate::estate::Placed;
use crate::estate::ids::{Account, Arn, Region};
use crate::estate::part::{Kind, Told};
use crate::estate::span::Span;

pub(super) const CHECKS: &[Check] = &[
    Check {
        code: "function-stranded",
        severity: Severity::Bad,
        system: "Lambda",
        doc: "Recovery functions only in the Region that would be left",
        fix: "Deploy it in the recovery Region, too.",
        rests_on: &["lambda/functions"],
        find: |scene| {
            stranded(scene, Kind::Function, scene.estate.functions())
        },
    },
    Check {
        code: "machine-stranded",
        severity: Severity::Bad,
        system: "Step Functions",
        doc: "Recovery state machines only in the Region that would be left",
        fix: "Deploy it in the recovery Region, too.",
        rests_on: &["states/machines"],
        find: |scene| stranded(scene, Kind::Machine, scene.estate.machines()),
    },
    Check {
        code: "rule-stranded",
        severity: Severity::Bad,
        system: "EventBridge",
        doc: "Rules for recovery only in the Region that would be left",
        fix: "Put the rule into the recovery Region, too.",
        rests_on: &["events/rules"],
        find: |scene| stranded(scene, Kind::Rule, scene.estate.rules()),
    },
    Check {
        code: "machine-failed",
        severity: Severity::Bad,
        system: "Step Functions",
        doc: "Recovery state machines whose last run failed",
        fix: "Read the execution, mend it, and drill it again.",
        rests_on: &["states/machines"],
        find: machine_failed,
    },
    Check {
        code: "rule-disabled",
        severity: Severity::Bad,
        system: "EventBridge",
        doc: "Rules for recovery that are disabled or start nothing",
        fix: "Enable the rule and give it its target.",
        rests_on: &["events/rules"],
        find: rule_disabled,
    },
    Check {
        code: "function-broken",
        severity: Severity::Bad,
        system: "Lambda",
        doc: "Recovery functions that would not run",
        fix: "Read the reason of its state; deploy it again.",
        rests_on: &["lambda/functions"],
        find: function_broken,
    },
    Check {
        code: "no-automation",
        severity: Severity::Warn,
        system: "Lambda",
        doc: "Accounts without recovery automation in the recovery Region",
        fix: "Automate what is done by hand, or tag it DR_Automation.",
        rests_on: &["lambda/functions", "states/machines"],
        find: no_automation,
    },
];

/// What is in other Regions and not, under the same name, in the target.
fn stranded<'a, T: Told + 'a>(
    scene: &Scene<'_>,
    kind: Kind,
    all: impl Iterator<Item = Placed<'a, T>>,
) -> Vec<Mistake> {
    let Some(target) = scene.target else { return Vec::new() };
    let (there, here): (Vec<_>, Vec<_>) =
        all.partition(|placed| placed.region == target);
    let there: BTreeSet<(&Account, String)> =
        there.iter().map(|p| (p.account, plain(p))).collect();
    here.into_iter()
        .filter(|placed| !there.contains(&(placed.account, plain(placed))))
        .filter(|placed| scene.saw(kind, placed.account, target))
        .map(|placed| {
            let what = format!(
                "{} is in {} and not in {target}: it is lost with its Region",
                placed.item.name(),
                placed.region
            );
            Mistake::of(&Arn::new(placed.item.id()), what).seen_at(&placed)
        })
        .collect()
}

/// A name without its Region.
fn plain<T: Told>(placed: &Placed<'_, T>) -> String {
    placed.item.name().replace(placed.region.as_str(), "")
}

fn machine_failed(scene: &Scene<'_>) -> Vec<Mistake> {
    let machines = scene.estate.machines();
    machines
        .filter_map(|placed| {
            let last = placed.item.last().filter(|last| last.has_failed())?;
            let ago = last.started.map(|at| {
                format!(" {} ago", Span(scene.now.duration_since(at)))
            });
            let what = format!(
                "the last run of {} in {}, {}{}, ended as {}",
                placed.item.name,
                placed.region,
                last.name,
                ago.unwrap_or_default(),
                last.status.to_lowercase().replace('_', " ")
            );
            let arn = Arn::new(&*placed.item.arn);
            Some(Mistake::of(&arn, what).seen_at(&placed))
        })
        .collect()
}

fn rule_disabled(scene: &Scene<'_>) -> Vec<Mistake> {
    let rules = scene.estate.rules();
    rules
        .filter_map(|placed| {
            let rule = placed.item;
            let nothing = rule.targets.as_ref().is_some_and(Vec::is_empty);
            let how = match rule.enabled? {
                false => "is disabled",
                true if nothing => "starts nothing",
                true => return None,
            };
            let what =
                format!("rule {} in {} {how}", rule.name, placed.region);
            let arn = Arn::new(&*rule.arn);
            Some(Mistake::of(&arn, what).seen_at(&placed))
        })
        .collect()
}

fn function_broken(scene: &Scene<'_>) -> Vec<Mistake> {
    let broken = scene.estate.functions().filter(|f| f.item.is_broken());
    broken
        .map(|placed| {
            let function = placed.item;
            let why = function.failed.as_deref().unwrap_or("no reason told");
            let what = format!(
                "function {} in {} failed: {why}",
                function.name, placed.region
            );
            let arn = Arn::new(&*function.arn);
            Mistake::of(&arn, what).seen_at(&placed)
        })
        .collect()
}

fn no_automation(scene: &Scene<'_>) -> Vec<Mistake> {
    let Some(target) = scene.target else { return Vec::new() };
    let accounts = scene.estate.accounts().into_iter();
    accounts
        .filter(|account| {
            let seen = |kind| scene.saw(kind, account, target);
            seen(Kind::Function) && seen(Kind::Machine)
        })
        .filter(|account| !has_any(scene, account, target))
        .map(|account| {
            let what = format!(
                "no function and no state machine of {account} in {target} \
                 is named or tagged for recovery"
            );
            Mistake::of_estate(what)
        })
        .collect()
}

fn has_any(scene: &Scene<'_>, account: &Account, target: &Region) -> bool {
    fn at<T>(placed: &Placed<'_, T>, account: &Account, at: &Region) -> bool {
        placed.account == account && placed.region == at
    }
    scene.estate.functions().any(|f| at(&f, account, target))
        || scene.estate.machines().any(|m| at(&m, account, target))
}
