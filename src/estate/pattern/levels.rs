//! Levels: how one application stands to each pattern.

use super::super::ids::Region;
use super::super::part::Kind;
use super::super::part::cloudformation::Stack;
use super::super::{Estate, Placed};
use super::compute::{Compute, pairs};
use super::members::{Group, place, plain};
use super::trust::Trust;
use super::{Aim, Level, Pattern, Proof, data, traffic};

/// How the application stands to each pattern, the slowest first.
pub(super) fn judge(
    group: &Group<'_>,
    estate: &Estate,
    aim: Aim<'_>,
    trust: &Trust<'_>,
) -> Vec<Level> {
    let doubt = trust.doubt(&group.told_by);
    let level = |pattern| {
        let mut level = Level::new(pattern);
        let beyond = pattern != Pattern::InRegion;
        match aim.target {
            None if beyond => level
                .unknown
                .push("no Region to recover in is configured".to_owned()),
            target => {
                one(group, estate, (aim, target), trust, &mut level);
            }
        }
        let doubt = doubt.as_ref().map(|why| format!("what it is: {why}"));
        level.unknown.extend(doubt);
        level
    };
    Pattern::ALL.map(level).into()
}

fn one(
    group: &Group<'_>,
    estate: &Estate,
    (aim, target): (Aim<'_>, Option<&Region>),
    trust: &Trust<'_>,
    level: &mut Level,
) {
    let Some(target) = target.filter(|_| level.pattern != Pattern::InRegion)
    else {
        return data::backed_up(group, None, trust, level);
    };
    match level.pattern {
        Pattern::InRegion => {}
        Pattern::CrossRegion => {
            data::backed_up(group, Some(target), trust, level);
        }
        Pattern::Rebuild => {
            if !group.data.is_empty() {
                data::backed_up(group, Some(target), trust, level);
            }
            templates(group, target, trust, level);
            images(group, target, trust, level);
        }
        Pattern::PilotLight => {
            data::follows(group, target, aim, trust, level);
            runs(group, target, trust, level, defined);
        }
        Pattern::WarmStandby => {
            data::follows(group, target, aim, trust, level);
            runs(group, target, trust, level, some);
        }
        Pattern::ActiveActive => {
            data::follows(group, target, aim, trust, level);
            runs(group, target, trust, level, all);
            traffic::shared(group, estate, target, trust, level);
        }
    }
}

/// What an amount of standby lacks; none if it is enough, or why that cannot
/// be told.
type Enough = fn(&Compute<'_>, &[&Compute<'_>]) -> Result<(), Lack>;

enum Lack {
    Missing(String),
    Untold,
}

/// Whether enough stands by for all that serves.
fn runs(
    group: &Group<'_>,
    target: &Region,
    trust: &Trust<'_>,
    level: &mut Level,
    enough: Enough,
) {
    let pairs = pairs(group, target);
    if pairs.is_empty() {
        level.missing.push("nothing that runs is known of it".to_owned());
    }
    for (primary, standbys) in pairs {
        let words = primary.words();
        let there = primary.source_in(target);
        let at = match (trust.of(&primary.source()), trust.of(&there)) {
            (Ok(_), Ok(at)) => at,
            (Err(why), _) | (_, Err(why)) => {
                level.unknown.push(format!("{words}: {why}"));
                continue;
            }
        };
        let usable: Vec<&Compute<'_>> = standbys
            .iter()
            .copied()
            .filter(|standby| standby.stuck.is_none())
            .collect();
        let stuck = standbys.iter().find_map(|s| Some((s, s.stuck?)));
        if let (true, Some((standby, why))) = (usable.is_empty(), stuck) {
            let standby = standby.words();
            level.missing.push(format!("{standby} in {target} {why}"));
            continue;
        }
        match enough(primary, &usable) {
            Ok(()) => level.evidence.extend(usable.iter().map(|standby| {
                let (who, count) = (standby.words(), standby.count());
                let what = format!("{who} in {target}: {count}");
                Proof { what, source: there.clone(), at }
            })),
            Err(Lack::Missing(what)) => {
                level.missing.push(format!("{words}: {what} in {target}"));
            }
            Err(Lack::Untold) => level
                .unknown
                .push(format!("{words}: how much runs in {target}")),
        }
    }
}

fn defined(_: &Compute<'_>, standbys: &[&Compute<'_>]) -> Result<(), Lack> {
    if standbys.is_empty() {
        return Err(Lack::Missing("nothing stands by".to_owned()));
    }
    Ok(())
}

fn some(primary: &Compute<'_>, standbys: &[&Compute<'_>]) -> Result<(), Lack> {
    defined(primary, standbys)?;
    match running(standbys).ok_or(Lack::Untold)? {
        0 => Err(Lack::Missing("its standby does not run".to_owned())),
        _ => Ok(()),
    }
}

fn all(primary: &Compute<'_>, standbys: &[&Compute<'_>]) -> Result<(), Lack> {
    some(primary, standbys)?;
    let running = running(standbys).ok_or(Lack::Untold)?;
    let wanted = primary.wanted.ok_or(Lack::Untold)?;
    if running < wanted {
        let what = format!("{running} of the {wanted} needed run");
        return Err(Lack::Missing(what));
    }
    Ok(())
}

fn running(standbys: &[&Compute<'_>]) -> Option<i64> {
    standbys.iter().map(|standby| standby.running).sum()
}

/// Whether every stack of it has a sound twin in the recovery Region.
fn templates(
    group: &Group<'_>,
    target: &Region,
    trust: &Trust<'_>,
    level: &mut Level,
) {
    let stacks = group.stacks.iter().copied();
    let (there, here): (Vec<Placed<'_, Stack>>, Vec<_>) =
        stacks.partition(|stack| stack.region == target);
    if here.is_empty() {
        level.missing.push("no stack of it is known".to_owned());
    }
    for stack in here {
        let source = place(stack.account, target, Kind::Stack);
        let name = &stack.item.name;
        let at = match trust.of(&source) {
            Ok(at) => at,
            Err(why) => {
                level.unknown.push(format!("stack {name}: {why}"));
                continue;
            }
        };
        let twin = there.iter().find(|twin| {
            twin.account == stack.account
                && plain(&twin.item.name, twin.region)
                    == plain(name, stack.region)
        });
        match twin {
            None => {
                level.missing.push(format!("stack {name} is not in {target}"));
            }
            Some(twin) if twin.item.is_broken() => level
                .missing
                .push(format!("stack {name} in {target} is broken")),
            Some(twin) => {
                let status = &twin.item.status;
                let what = format!("stack {name} in {target}, {status}");
                level.evidence.push(Proof { what, source, at });
            }
        }
    }
}

/// Whether what runs could be started from images in the recovery Region.
/// Registries of containers are not watched: that a service runs there is
/// the only proof that its images can be had.
fn images(
    group: &Group<'_>,
    target: &Region,
    trust: &Trust<'_>,
    level: &mut Level,
) {
    for (primary, standbys) in pairs(group, target) {
        let words = primary.words();
        if primary.kind == Kind::EcsService {
            let source = primary.source_in(target);
            let runs = running(&standbys).is_some_and(|running| running > 0);
            match trust.of(&source) {
                Ok(at) if runs => {
                    let what = format!("{words} runs in {target}");
                    level.evidence.push(Proof { what, source, at });
                }
                Ok(_) => level.unknown.push(format!(
                    "{words}: whether its container images are in {target}"
                )),
                Err(why) => level.unknown.push(format!("{words}: {why}")),
            }
            continue;
        }
        let source = place(primary.account, target, Kind::Image);
        let image = group.images.iter().find(|image| {
            image.region == target && image.item.state == "available"
        });
        match (trust.of(&source), image) {
            (Err(why), _) => level.unknown.push(format!("{words}: {why}")),
            (Ok(at), Some(image)) => {
                let name = &image.item.name;
                let what = format!("image {name} in {target}, for {words}");
                level.evidence.push(Proof { what, source, at });
            }
            (Ok(_), None) => level
                .missing
                .push(format!("{words}: no image of it in {target}")),
        }
    }
}
