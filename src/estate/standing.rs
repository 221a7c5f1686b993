//! How every protected resource stands against its objective: the loss if
//! we failed over now.

mod locked;
mod why;

use jiff::{SignedDuration, Timestamp};

use super::ids::{Account, Arn, Region};
use super::lag::Reading;
use super::objective::{Objective, Rules};
use super::part::Kind;
use super::points::Points;
use super::resource::{RecoveryPoint, ResourceType};
use super::subject::{By, Held, Replica, Subject, held_point, subjects};
use super::{Estate, Freshness, Source, What};
use locked::Keys;
use why::Why;

/// From this share of the RPO on, in percent, a resource is late.
const LATE: i64 = 75;

/// How a resource stands against its objective.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum State {
    /// The loss is less than 75 % of the RPO.
    Inside,
    /// The loss is 75 % of the RPO or more, but inside it.
    Late,
    /// The loss is greater than the RPO, or there is nothing to recover
    /// from.
    Outside,
    /// What is known does not bear a verdict.
    Unknown,
    /// Nothing is demanded of it, so that nothing can be missed or met.
    NoObjective,
}

impl State {
    /// Its place in a list by risk: the smaller, the nearer to the top.
    pub fn risk(self) -> u8 {
        match self {
            State::Outside => 0,
            State::Unknown => 1,
            State::Late => 2,
            State::Inside => 3,
            State::NoObjective => 4,
        }
    }
}

/// What a copy is.
#[derive(Clone, Debug, PartialEq)]
pub enum Via {
    /// A recovery point.
    Point(RecoveryPoint),
    /// The service's own continuous backup.
    Continuous,
    /// A replica that follows its source, by the reading of its lag.
    Replica {
        /// Its identifier.
        id: String,
        /// What its lag says.
        reading: Reading,
    },
    /// A former replica that stands on its own now.
    Promoted {
        /// Its identifier.
        id: String,
    },
}

/// The best copy of its kind in one Region.
#[derive(Clone, Debug, PartialEq)]
pub struct Copy {
    /// The account it lies in.
    pub account: Account,
    /// The Region it lies in.
    pub region: Region,
    /// The moment up to which it holds the writes.
    pub data_time: Timestamp,
    /// What it is.
    pub via: Via,
    /// What told us of it.
    pub source: Source,
}

/// A recovery point that would be the best copy, did its key open it.
#[derive(Clone, Debug, PartialEq)]
pub struct Locked {
    /// Its ARN.
    pub point: Arn,
    /// The moment up to which it holds the writes.
    pub data_time: Timestamp,
    /// Why it cannot be read, such as `key copies is disabled`.
    pub why: String,
}

/// How one protected resource stands.
#[derive(Clone, Debug, PartialEq)]
pub struct Standing {
    /// The resource.
    pub resource: Arn,
    /// The name people use.
    pub name: String,
    /// Its type.
    pub kind: ResourceType,
    /// The account it lives in.
    pub account: Account,
    /// The Region it lives in, where that is known.
    pub region: Option<Region>,
    /// The Region one would recover it in.
    pub recover_in: Option<Region>,
    /// The name of its tier, if it has an objective.
    pub tier: Option<String>,
    /// The most data, in time, that may be lost.
    pub rpo: Option<SignedDuration>,
    /// The longest that it may be down.
    pub rto: Option<SignedDuration>,
    /// What would be lost if one recovered now: since the data time until
    /// the impact, or until now if there was none.
    pub loss: Option<SignedDuration>,
    /// The moment up to which the best copy where one would recover holds
    /// the writes.
    pub data_time: Option<Timestamp>,
    /// The loss in percent of the RPO.
    pub used: Option<i64>,
    /// Until the RPO is missed, if no newer copy comes; none after an
    /// impact or when it is missed already.
    pub breach: Option<SignedDuration>,
    /// The verdict.
    pub state: State,
    /// Why, as a sentence without a full stop.
    pub why: String,
    /// How fresh the answer is that the verdict rests on.
    pub freshness: Freshness,
    /// The best copies of every kind in every Region, newest data first.
    pub copies: Vec<Copy>,
    /// The point with newer data where one would recover, that cannot be
    /// read: its key is off, going or gone.
    pub locked: Option<Locked>,
    /// What is odd about the tag that gives the objective.
    pub notice: Option<String>,
    /// Whether a usable recovery point of it is not encrypted.
    pub unencrypted: bool,
}

/// What the verdicts depend on besides the estate.
#[derive(Clone, Copy, Debug)]
pub(super) struct Aim<'a> {
    pub(super) target: Option<&'a Region>,
    pub(super) impact: Option<Timestamp>,
    pub(super) now: Timestamp,
}

/// How every protected resource stands, by risk. This looks at every
/// recovery point; [`super::derived::Derived`] does so only after a change.
pub fn protected(
    estate: &Estate,
    rules: &Rules,
    target: Option<&Region>,
    impact: Option<Timestamp>,
    now: Timestamp,
) -> Vec<Standing> {
    let points = Points::of(estate);
    let subjects = subjects(estate, &points, rules, None);
    standings(estate, &points, &subjects, Aim { target, impact, now })
}

/// The standings of known subjects, by risk.
pub(super) fn standings(
    estate: &Estate,
    points: &Points,
    subjects: &[Subject],
    aim: Aim<'_>,
) -> Vec<Standing> {
    let mut standings: Vec<Standing> = subjects
        .iter()
        .map(|subject| standing(estate, points, subject, aim))
        .collect();
    standings.sort_by(|a, b| {
        let key = |s: &Standing| (s.state.risk(), -s.used.unwrap_or(i64::MAX));
        key(a).cmp(&key(b)).then_with(|| a.name.cmp(&b.name))
    });
    standings
}

fn standing(
    estate: &Estate,
    points: &Points,
    subject: &Subject,
    aim: Aim<'_>,
) -> Standing {
    let copies = copies(estate, points, subject, aim);
    let recover_in = aim.target.or(subject.region.as_ref()).cloned();
    let best =
        copies.iter().find(|copy| Some(&copy.region) == recover_in.as_ref());
    let until = aim.impact.unwrap_or(aim.now);
    let loss = best.map(|copy| {
        until.duration_since(copy.data_time).max(SignedDuration::ZERO)
    });
    let rested = rests_on(subject, best, recover_in.as_ref());
    let freshness = worst(estate, &rested, aim.now);
    let bears = rested.iter().all(|source| {
        let known = estate.known(source);
        known.is_some_and(|k| k.bears(aim.now, estate.pace(source)))
    });
    let keys =
        Keys::of(estate, points, subject, best, recover_in.as_ref(), aim.now);
    let objective = subject.demand.objective.as_ref();
    let used = objective.zip(loss).and_then(|(o, loss)| share(loss, o.rpo));
    let undated = recover_in
        .as_ref()
        .is_some_and(|region| subject.undated.contains(region));
    let ground = Ground { bears, undated, keys: &keys };
    let state = state(objective, loss, used, &ground);
    let recover = recover_in.as_ref();
    let why = Why { subject, best, loss, recover_in: recover, keys: &keys }
        .sentence(state, &freshness, undated, aim);
    let breach = objective.zip(loss).map(|(o, loss)| o.rpo - loss);
    Standing {
        resource: subject.arn.clone(),
        name: subject.name.clone(),
        kind: subject.kind,
        account: subject.account.clone(),
        region: subject.region.clone(),
        tier: objective.map(|o| o.tier.name().to_owned()),
        rpo: objective.map(|o| o.rpo),
        rto: objective.map(|o| o.rto),
        loss,
        data_time: best.map(|copy| copy.data_time),
        used,
        breach: breach
            .filter(|left| aim.impact.is_none() && left.is_positive()),
        state,
        why,
        freshness,
        notice: subject.demand.notice.clone(),
        unencrypted: subject.unencrypted,
        locked: keys.locked,
        recover_in,
        copies,
    }
}

/// What a verdict stands on.
struct Ground<'a> {
    /// Whether the answers are fresh and whole.
    bears: bool,
    /// Whether there is a copy of which nothing tells the data time.
    undated: bool,
    keys: &'a Keys,
}

fn share(loss: SignedDuration, rpo: SignedDuration) -> Option<i64> {
    let rpo = rpo.as_secs();
    (rpo > 0).then(|| loss.as_secs().saturating_mul(100) / rpo)
}

/// A copy whose key is not known to work counts, but bears no good verdict.
fn state(
    objective: Option<&Objective>,
    loss: Option<SignedDuration>,
    used: Option<i64>,
    ground: &Ground<'_>,
) -> State {
    let Some(objective) = objective else { return State::NoObjective };
    let Ground { bears, undated, keys } = *ground;
    match loss {
        _ if !bears || keys.newer => State::Unknown,
        None if undated => State::Unknown,
        None => State::Outside,
        Some(loss) if loss > objective.rpo => State::Outside,
        Some(_) if keys.doubt.is_some() => State::Unknown,
        Some(_) if used.is_some_and(|used| used < LATE) => State::Inside,
        Some(_) => State::Late,
    }
}

/// All copies that can be recovered from, newest data first.
fn copies(
    estate: &Estate,
    points: &Points,
    subject: &Subject,
    aim: Aim<'_>,
) -> Vec<Copy> {
    let held = subject
        .copies
        .iter()
        .filter_map(|held| unexpired(held, points, subject, aim.now))
        .map(|held| Copy {
            source: Source::aws(&held.account, &held.region, held.what),
            account: held.account,
            region: held.region,
            data_time: held.data_time,
            via: held.point.map_or(Via::Continuous, Via::Point),
        });
    let database =
        matches!(subject.kind, ResourceType::Rds | ResourceType::Aurora);
    let down =
        aim.impact.is_some() || database && is_down(estate, subject, aim.now);
    let replicas = subject.replicas.iter().filter_map(|replica| {
        let region = subject.region.as_ref();
        let (reading, source) =
            follow(estate, replica, region, down, aim.impact)?;
        let id = replica.id.clone();
        Some(Copy {
            account: replica.account.clone(),
            region: replica.region.clone(),
            data_time: reading.data_time,
            via: if replica.promoted {
                Via::Promoted { id }
            } else {
                Via::Replica { id, reading }
            },
            source,
        })
    });
    let mut copies: Vec<Copy> = held.chain(replicas).collect();
    copies.sort_by_key(|copy| -copy.data_time.as_second());
    copies
}

/// The copy itself, or the newest other point of the same Region if its
/// retention is over.
fn unexpired(
    held: &Held,
    points: &Points,
    subject: &Subject,
    now: Timestamp,
) -> Option<Held> {
    let lasts = |held: &Held| held.expires.is_none_or(|until| until > now);
    if lasts(held) {
        return Some(held.clone());
    }
    points
        .held(&subject.arn)
        .iter()
        .filter_map(|at| points.point(*at))
        .filter(|placed| {
            *placed.region == held.region && points.is_usable(placed.item)
        })
        .filter_map(held_point)
        .filter(lasts)
        .max_by_key(|held| held.data_time)
}

/// What is known of the data of a replica, and what tells that it is there.
/// `from` is the Region that is written to.
fn follow(
    estate: &Estate,
    replica: &Replica,
    from: Option<&Region>,
    down: bool,
    impact: Option<Timestamp>,
) -> Option<(Reading, Source)> {
    let Replica { account, region, id, promoted, by } = replica;
    let here = |what| Source::aws(account, region, what);
    match by {
        By::Lag => {
            let lag = estate.lags(account, region, id)?;
            let what = if *promoted { What::Instances } else { What::Lags };
            Some((lag.reading(down || *promoted)?, here(what)))
        }
        By::Rule { bucket, rule } => {
            let flow = estate.flow(account, region, (bucket, rule))?;
            let mut lag = flow.lag.clone();
            // That nothing waits says nothing once the Region that is
            // written to does not answer: what it took since is not known.
            let until = from.and_then(|from| estate.answered(from));
            if let Some(until) = until.or(impact) {
                lag.samples.retain(|(at, _)| *at <= until);
            }
            Some((lag.reading(down)?, here(What::Parts(Kind::Flow))))
        }
        By::Synced { until, told } => {
            let sampled = estate.known(told)?.begun()?.max(*until);
            Some((Reading::of(sampled, *until), told.clone()))
        }
        By::Active { told, held } => {
            let begun = estate.known(told)?.begun()?;
            let seen = estate.found(held).is_some();
            let rests = if seen { held } else { told };
            Some((Reading::of(begun, begun), rests.clone()))
        }
    }
}

/// Whether the source of replicas does not answer, or says that it is not
/// at work.
fn is_down(estate: &Estate, subject: &Subject, now: Timestamp) -> bool {
    let Some(region) = &subject.region else { return true };
    let what = match subject.kind {
        ResourceType::Aurora => What::Clusters,
        _ => What::Instances,
    };
    let source = Source::aws(&subject.account, region, what);
    let answers = estate.known(&source).is_some_and(|known| {
        known.failed.is_none() && known.bears(now, estate.pace(&source))
    });
    let status = match subject.kind {
        ResourceType::Aurora => estate
            .clusters()
            .find(|placed| placed.item.arn == subject.arn)
            .map(|placed| placed.item.status.as_str()),
        _ => estate
            .find_instance(&subject.account, region, &subject.name)
            .map(|instance| instance.status.as_str()),
    };
    let stands =
        ["failed", "stop", "inaccessible", "incompatible", "deleting"]
            .iter()
            .any(|word| status.is_none_or(|status| status.starts_with(word)));
    !answers || stands
}

/// The answers that the verdict rests on: that which told of the best copy,
/// or those that would have, had there been one.
fn rests_on(
    subject: &Subject,
    best: Option<&Copy>,
    recover_in: Option<&Region>,
) -> Vec<Source> {
    if let Some(best) = best {
        return vec![best.source.clone()];
    }
    let Some(region) = recover_in else { return Vec::new() };
    told_by(subject.kind)
        .iter()
        .map(|what| Source::aws(&subject.account, region, what.clone()))
        .collect()
}

/// The looks that would tell of a copy of such a resource in some Region.
pub(super) fn told_by(kind: ResourceType) -> &'static [What] {
    match kind {
        ResourceType::Rds => &[What::Points, What::Snapshots, What::Instances],
        ResourceType::Aurora => {
            &[What::Points, What::ClusterSnapshots, What::Clusters]
        }
        ResourceType::Ebs => &[What::Points, What::VolumeSnapshots],
        ResourceType::Efs => &[What::Points, What::Parts(Kind::FileSync)],
        ResourceType::Fsx => &[What::Points, What::ShareBackups],
        ResourceType::DynamoDb => {
            &[What::Points, What::TableBackups, What::Parts(Kind::Table)]
        }
        ResourceType::S3 => &[What::Points, What::Parts(Kind::Flow)],
        ResourceType::Ec2 => &[What::Points, What::HostImages],
        ResourceType::Other => &[What::Points],
    }
}

fn worst(estate: &Estate, sources: &[Source], now: Timestamp) -> Freshness {
    sources
        .iter()
        .map(|s| estate.freshness(s, now, estate.pace(s)))
        .max_by_key(Freshness::badness)
        .unwrap_or(Freshness::Never { because: None })
}

/// A time with its date, in UTC, to the second.
pub(super) fn clock(at: Timestamp) -> String {
    at.strftime("%Y-%m-%d %H:%M:%SZ").to_string()
}

#[cfg(test)]
mod tests;
