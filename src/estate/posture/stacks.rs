//! Checks of infrastructure as code: could it be built anew, and where.

use std::collections::{BTreeMap, BTreeSet};

use super::{Check, Mistake, Scene, Severity, first_names};
use crate::estate::Placed;
use crate::estate::ids::{Account, Arn, Region};
use crate::estate::part::Kind;
use crate::estate::part::cloudformation::{Drift, Stack};
use crate::estate::part::maker::{Tool, of_tags};

pub(super) const CHECKS: &[Check] = &[
    Check {
        code: "stack-failed",
        severity: Severity::Bad,
        system: "CloudFormation",
        doc: "Stacks of the recovery Region that cannot be updated",
        fix: "Mend the stack: continue its rollback, or delete it.",
        rests_on: &["cloudformation/stacks"],
        find: |scene| {
            let words = |s: &Stack| s.is_broken().then(|| status(s));
            in_target(scene, words)
        },
    },
    Check {
        code: "stack-rolled-back",
        severity: Severity::Warn,
        system: "CloudFormation",
        doc: "Stacks of the recovery Region whose last update failed",
        fix: "Update it again: the standby is older than the primary.",
        rests_on: &["cloudformation/stacks"],
        find: |scene| {
            let words = |s: &Stack| s.is_rolled_back().then(|| status(s));
            in_target(scene, words)
        },
    },
    Check {
        code: "stack-drifted",
        severity: Severity::Warn,
        system: "CloudFormation",
        doc: "Stacks of the recovery Region that were changed by hand",
        fix: "Bring the change into the template, or take it back.",
        rests_on: &["cloudformation/stacks"],
        find: |scene| {
            in_target(scene, |stack| {
                let drifted = stack.drift == Some(Drift::Drifted);
                drifted.then(|| "was changed by hand: it drifted".to_owned())
            })
        },
    },
    Check {
        code: "stack-missing",
        severity: Severity::Warn,
        system: "CloudFormation",
        doc: "Stacks without one of the same name in the recovery Region",
        fix: "Deploy it there, or note why recovery does without.",
        rests_on: &["cloudformation/stacks"],
        find: missing,
    },
    Check {
        code: "cdk-not-bootstrapped",
        severity: Severity::Warn,
        system: "CDK",
        doc: "Stacks of the CDK where the recovery Region has no CDKToolkit",
        fix: "Run `cdk bootstrap` for that account and Region.",
        rests_on: &["cloudformation/stacks"],
        find: not_bootstrapped,
    },
    Check {
        code: "terraform-elsewhere",
        severity: Severity::Warn,
        system: "Terraform",
        doc: "Accounts that Terraform made nothing for in recovery's Region",
        fix: "Add the recovery Region to its configuration, and apply it.",
        rests_on: &["tagging/resources"],
        find: terraform_elsewhere,
    },
];

fn status(stack: &Stack) -> String {
    let words = stack.status.to_lowercase().replace('_', " ");
    match &stack.reason {
        None => format!("is {words}"),
        Some(why) => format!("is {words}: {why}"),
    }
}

fn in_target(
    scene: &Scene<'_>,
    words: impl Fn(&Stack) -> Option<String>,
) -> Vec<Mistake> {
    let Some(target) = scene.target else { return Vec::new() };
    let there = scene.estate.stacks().filter(|s| s.region == target);
    there
        .filter_map(|placed| {
            let stack = placed.item;
            let words = words(stack)?;
            let what = format!("stack {} in {target} {words}", stack.name);
            let arn = Arn::new(&*stack.arn);
            Some(Mistake::of(&arn, what).seen_at(&placed))
        })
        .collect()
}

/// The stacks of each account, where the target was seen whole.
fn by_account<'a>(
    scene: &'a Scene<'_>,
    target: &Region,
) -> BTreeMap<&'a Account, Vec<Placed<'a, Stack>>> {
    let mut all: BTreeMap<_, Vec<_>> = BTreeMap::new();
    for placed in scene.estate.stacks() {
        if scene.saw(Kind::Stack, placed.account, target) {
            all.entry(placed.account).or_default().push(placed);
        }
    }
    all
}

/// A name without its Region, so that `web-eu-west-1` is found again as
/// `web-eu-central-1`.
fn plain(placed: &Placed<'_, Stack>) -> String {
    placed.item.name.replace(placed.region.as_str(), "")
}

fn missing(scene: &Scene<'_>) -> Vec<Mistake> {
    let Some(target) = scene.target else { return Vec::new() };
    let mut found = Vec::new();
    for stacks in by_account(scene, target).values() {
        let there: BTreeSet<String> =
            stacks.iter().filter(|s| s.region == target).map(plain).collect();
        let mut gone: Vec<_> = stacks
            .iter()
            .filter(|s| s.region != target && !s.item.nested)
            .filter(|s| !s.item.is_bootstrap() && !there.contains(&plain(s)))
            .collect();
        gone.sort_by_key(|s| &s.item.name);
        let Some(first) = gone.first() else { continue };
        let names = first_names(gone.iter().map(|s| s.item.name.as_str()));
        let what = format!("not in {target}: {names} of {}", first.region);
        found.push(Mistake::of_estate(what).seen_at(first));
    }
    found
}

fn not_bootstrapped(scene: &Scene<'_>) -> Vec<Mistake> {
    let Some(target) = scene.target else { return Vec::new() };
    let mut found = Vec::new();
    for (account, stacks) in by_account(scene, target) {
        let cdk = stacks.iter().find(|s| {
            s.item.is_of_cdk() && s.region != target && !s.item.is_bootstrap()
        });
        let ready =
            stacks.iter().any(|s| s.region == target && s.item.is_bootstrap());
        if let Some(cdk) = cdk.filter(|_| !ready) {
            let what = format!(
                "{target} of {account} is not bootstrapped for the CDK, \
                 which made {} in {}",
                cdk.item.name, cdk.region
            );
            found.push(Mistake::of_estate(what).seen_at(cdk));
        }
    }
    found
}

/// Tags alone tell of Terraform, so this can be no more than a hint.
fn terraform_elsewhere(scene: &Scene<'_>) -> Vec<Mistake> {
    let Some(target) = scene.target else { return Vec::new() };
    let mut made: BTreeMap<&Account, Vec<_>> = BTreeMap::new();
    for placed in scene.estate.tagged() {
        let maker = of_tags(&placed.item.tags);
        let maker = maker.filter(|maker| maker.tool == Tool::Terraform);
        if let Some(maker) = maker {
            made.entry(placed.account).or_default().push((placed, maker.sign));
        }
    }
    let mut found = Vec::new();
    for (account, all) in made {
        let there = all.iter().any(|(placed, _)| placed.region == target);
        let seen = scene.saw(Kind::Tagged, account, target);
        if there || !seen {
            continue;
        }
        let Some((first, sign)) = all.first() else { continue };
        let what = format!(
            "Terraform made {} resources of {account} in {} (by the {sign}) \
             and none in {target}",
            all.len(),
            first.region
        );
        found.push(Mistake::of_estate(what).seen_at(first));
    }
    found
}
