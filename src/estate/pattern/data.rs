//! Data: where the data of an application lies, and whether it follows.

use jiff::SignedDuration;

use super::super::ids::Region;
use super::super::span::Span;
use super::super::standing::{Copy, Standing, Via, clock, told_by};
use super::super::{Source, What};
use super::members::{Data, Group};
use super::trust::Trust;
use super::{Aim, Level, Proof};

/// Data further behind than this does not follow. Replication of EFS and S3
/// is designed for minutes: 15 at most by their documents.
const FOLLOWS: SignedDuration = SignedDuration::from_hours(1);

/// Whether every resource has a usable backup: in its own Region, or in this
/// one.
pub(super) fn backed_up(
    group: &Group<'_>,
    region: Option<&Region>,
    trust: &Trust<'_>,
    level: &mut Level,
) {
    if group.data.is_empty() {
        level.missing.push("no data of it is known".to_owned());
    }
    for data in &group.data {
        let Some(standing) = data.standing else {
            bare(data, trust, level);
            continue;
        };
        let wanted = region.or(standing.region.as_ref());
        let best = standing.copies.iter().find(|copy| {
            wanted.is_none_or(|wanted| copy.region == *wanted)
                && matches!(copy.via, Via::Point(_) | Via::Continuous)
        });
        match best {
            Some(copy) => held(standing, copy, trust, level),
            None => lacking(standing, wanted, trust, level, "no backup"),
        }
    }
}

/// Whether the data of every resource follows in the recovery Region.
pub(super) fn follows(
    group: &Group<'_>,
    target: &Region,
    aim: Aim<'_>,
    trust: &Trust<'_>,
    level: &mut Level,
) {
    for data in &group.data {
        let Some(standing) = data.standing else {
            bare(data, trust, level);
            continue;
        };
        let best = standing.copies.iter().find(|copy| {
            copy.region == *target
                && matches!(
                    copy.via,
                    Via::Replica { .. } | Via::Promoted { .. }
                )
        });
        let Some(copy) = best else {
            let words = "nothing that follows it";
            lacking(standing, Some(target), trust, level, words);
            continue;
        };
        let behind = aim.now.duration_since(copy.data_time);
        let promoted = matches!(copy.via, Via::Promoted { .. });
        if promoted || behind <= FOLLOWS || trust.of(&copy.source).is_err() {
            held(standing, copy, trust, level);
        } else {
            let (name, behind) = (&standing.name, Span(behind));
            level.missing.push(format!(
                "{name} in {target} is {behind} behind: it does not follow"
            ));
        }
    }
}

fn bare(data: &Data<'_>, trust: &Trust<'_>, level: &mut Level) {
    match data.source.iter().find_map(|source| trust.of(source).err()) {
        Some(why) => level.unknown.push(why),
        None => level
            .missing
            .push(format!("{} is neither backed up nor copied", data.name)),
    }
}

fn held(
    standing: &Standing,
    copy: &Copy,
    trust: &Trust<'_>,
    level: &mut Level,
) {
    let name = &standing.name;
    match trust.of(&copy.source) {
        Ok(at) => {
            let via = match &copy.via {
                Via::Point(_) => "backup".to_owned(),
                Via::Continuous => "continuous backup".to_owned(),
                Via::Replica { id, .. } => format!("replica {id}"),
                Via::Promoted { id } => format!("{id}, once its replica,"),
            };
            let (region, until) = (&copy.region, clock(copy.data_time));
            let what = format!("{name}: {via} in {region}, data to {until}");
            let source = copy.source.clone();
            level.evidence.push(Proof { what, source, at });
        }
        Err(why) => level.unknown.push(format!("{name}: {why}")),
    }
}

/// Something that is not there; unknown if what would have told of it cannot
/// be believed.
fn lacking(
    standing: &Standing,
    region: Option<&Region>,
    trust: &Trust<'_>,
    level: &mut Level,
    what: &str,
) {
    let name = &standing.name;
    let Some(region) = region else {
        level.missing.push(format!("{name} has {what}"));
        return;
    };
    let looks: Vec<Source> = told_by(standing.kind)
        .iter()
        .map(|what: &What| {
            Source::aws(&standing.account, region, what.clone())
        })
        .collect();
    match trust.doubt(&looks) {
        Some(why) => level.unknown.push(format!("{name}: {why}")),
        None => level.missing.push(format!("{name} has {what} in {region}")),
    }
}
