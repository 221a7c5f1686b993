//! Checks of capacity that stands by in the Region one would recover in.

use super::{Check, Mistake, Scene, Severity};
use crate::estate::Placed;
use crate::estate::ids::{Arn, Region};
use crate::estate::part::Kind;
use crate::estate::part::autoscaling::ScalingGroup;
use crate::estate::part::ecs::EcsService;

pub(super) const CHECKS: &[Check] = &[
    Check {
        code: "standby-capped",
        severity: Severity::Bad,
        system: "Auto Scaling",
        doc: "Standby groups that may not grow to what the primary needs",
        fix: "Raise its maximum, and resume Launch where it is suspended.",
        rests_on: &["autoscaling/groups"],
        find: capped,
    },
    Check {
        code: "standby-none",
        severity: Severity::Warn,
        system: "ECS",
        doc: "Services that nothing stands by for in the recovery Region",
        fix: "Deploy the service there, if only with no task.",
        rests_on: &["ecs/services"],
        find: none_there,
    },
    Check {
        code: "standby-below",
        severity: Severity::Warn,
        system: "ECS",
        doc: "Standby services that run fewer tasks than the primary",
        fix: "Raise its desired count, or make that a step of the runbook.",
        rests_on: &["ecs/services"],
        find: below,
    },
    Check {
        code: "standby-group-below",
        severity: Severity::Warn,
        system: "Auto Scaling",
        doc: "Standby groups with fewer instances than the primary",
        fix: "Raise its desired size, or make that a step of the runbook.",
        rests_on: &["autoscaling/groups"],
        find: group_below,
    },
];

/// What can stand by for another of its kind.
trait Standby {
    fn name(&self) -> &str;
    fn app(&self) -> Option<&str>;
}

impl Standby for EcsService {
    fn name(&self) -> &str {
        &self.name
    }

    fn app(&self) -> Option<&str> {
        self.tags.get("app").map(String::as_str)
    }
}

impl Standby for ScalingGroup {
    fn name(&self) -> &str {
        &self.name
    }

    fn app(&self) -> Option<&str> {
        self.tags.get("app").map(String::as_str)
    }
}

/// Each of `all` outside the target with what stands by for it there: what
/// has its name, or else its tag `app`.
fn pairs<'a, T: Standby>(
    all: &[Placed<'a, T>],
    target: &Region,
) -> Vec<(Placed<'a, T>, Vec<Placed<'a, T>>)> {
    let (there, here): (Vec<_>, Vec<_>) =
        all.iter().copied().partition(|placed| placed.region == target);
    let same = |primary: &Placed<'_, T>, by: fn(&T, &T) -> bool| {
        let mut same = there.clone();
        same.retain(|standby| {
            standby.account == primary.account
                && by(standby.item, primary.item)
        });
        same
    };
    here.into_iter()
        .map(|primary| {
            let named = same(&primary, |a, b| a.name() == b.name());
            if !named.is_empty() {
                return (primary, named);
            }
            let tagged =
                same(&primary, |a, b| a.app().is_some() && a.app() == b.app());
            (primary, tagged)
        })
        .collect()
}

/// Services that serve, with what stands by for each.
fn services<'a>(
    scene: &'a Scene<'_>,
) -> Vec<(Placed<'a, EcsService>, Vec<Placed<'a, EcsService>>)> {
    let Some(target) = scene.target else { return Vec::new() };
    let all: Vec<_> = scene.estate.ecs_services().collect();
    let mut pairs = pairs(&all, target);
    pairs.retain(|(primary, _)| {
        primary.item.desired.is_some_and(|desired| desired > 0)
            && scene.saw(Kind::EcsService, primary.account, target)
    });
    pairs
}

fn groups<'a>(
    scene: &'a Scene<'_>,
) -> Vec<(Placed<'a, ScalingGroup>, Vec<Placed<'a, ScalingGroup>>)> {
    let Some(target) = scene.target else { return Vec::new() };
    let all: Vec<_> = scene.estate.scaling_groups().collect();
    let mut pairs = pairs(&all, target);
    pairs.retain(|(primary, there)| {
        primary.item.desired > 0 && !there.is_empty()
    });
    pairs
}

fn none_there(scene: &Scene<'_>) -> Vec<Mistake> {
    let alone = services(scene).into_iter();
    let alone = alone.filter(|(_, there)| there.is_empty());
    let target = scene.target.map_or("", |target| target.as_str());
    alone
        .map(|(primary, _)| {
            let EcsService { arn, name, .. } = primary.item;
            let here = primary.region;
            let what = format!(
                "nothing in {target} stands by for service {name} of {here}"
            );
            Mistake::of(&Arn::new(arn), what).seen_at(&primary)
        })
        .collect()
}

fn below(scene: &Scene<'_>) -> Vec<Mistake> {
    let mut found = Vec::new();
    for (primary, there) in services(scene) {
        let running: Option<i64> = there.iter().map(|s| s.item.running).sum();
        let (Some(need), Some(running)) = (primary.item.desired, running)
        else {
            continue;
        };
        let [standby, ..] = there.as_slice() else { continue };
        if running < need {
            let what = format!(
                "{} runs {running} tasks in {}; {} needs {need} in {}",
                standby.item.name,
                standby.region,
                primary.item.name,
                primary.region
            );
            let arn = Arn::new(&*standby.item.arn);
            found.push(Mistake::of(&arn, what).seen_at(standby));
        }
    }
    found
}

fn capped(scene: &Scene<'_>) -> Vec<Mistake> {
    let mut found = Vec::new();
    for (primary, there) in groups(scene) {
        let need = primary.item.desired;
        let most: i64 = there.iter().map(|group| group.item.max).sum();
        let [standby, ..] = there.as_slice() else { continue };
        let name = &standby.item.name;
        let what = if most < need {
            format!(
                "group {name} in {} may grow to {most} instances; {} needs \
                 {need}",
                standby.region, primary.region
            )
        } else if there.iter().all(|group| group.item.cannot_launch()) {
            format!(
                "group {name} in {} cannot grow: Launch is suspended",
                standby.region
            )
        } else {
            continue;
        };
        let arn = Arn::new(&*standby.item.arn);
        found.push(Mistake::of(&arn, what).seen_at(standby));
    }
    found
}

fn group_below(scene: &Scene<'_>) -> Vec<Mistake> {
    let mut found = Vec::new();
    for (primary, there) in groups(scene) {
        let need = primary.item.desired;
        let serving: i64 = there.iter().map(|g| g.item.in_service).sum();
        let most: i64 = there.iter().map(|g| g.item.max).sum();
        let [standby, ..] = there.as_slice() else { continue };
        if serving < need && most >= need {
            let what = format!(
                "group {} has {serving} instances in {}; {} needs {need}",
                standby.item.name, standby.region, primary.region
            );
            let arn = Arn::new(&*standby.item.arn);
            found.push(Mistake::of(&arn, what).seen_at(standby));
        }
    }
    found
}
