//! What jobs and copies tell: success, freshness, duration of restores.

use std::collections::BTreeMap;

use jiff::{SignedDuration, Timestamp};

use super::super::part::Kind;
use super::super::resource::{Job, JobKind, JobState};
use super::super::span::Span;
use super::super::standing::{Standing, State};
use super::super::{Source, What};
use super::{Evidence, Measure, Metric, Scene, Stand, Value};

/// The window of the looks at jobs.
const WINDOW: SignedDuration = SignedDuration::from_hours(7 * 24);

/// As many examples are told.
const FEW: usize = 10;

fn is_jobs(source: &Source) -> bool {
    matches!(source.what(), Some(What::BackupJobs | What::CopyJobs))
}

fn is_restores(source: &Source) -> bool {
    let proofs = What::Parts(Kind::Proof);
    source
        .what()
        .is_some_and(|what| *what == What::RestoreJobs || *what == proofs)
}

/// The share of backup and copy jobs that succeeded.
pub(super) fn success(scene: &Scene<'_>) -> Metric {
    let measure = Measure::BackupSuccess;
    let from = scene.now - WINDOW;
    let ended = scene.estate.jobs().map(|placed| placed.item).filter(|job| {
        let kind = matches!(job.kind, JobKind::Backup | JobKind::Copy);
        let state = job.state;
        let ended = !matches!(state, JobState::Running | JobState::Unknown);
        kind && ended && job.created >= from
    });
    let (good, bad): (Vec<&Job>, Vec<&Job>) =
        ended.partition(|job| job.state == JobState::Completed);
    let (of, all) = (good.len(), good.len() + bad.len());
    let value = Value::Share { of, all };
    let mut metric = match scene.doubt(is_jobs) {
        Some(why) => {
            let mut metric = Metric::unknown(measure, why);
            metric.so_far = (all > 0)
                .then(|| format!("{} of what was seen", value.words()));
            metric
        }
        None if all == 0 => {
            Metric::unknown(measure, "no job ended in the last seven days")
        }
        None => Metric::of(measure, value),
    };
    if let Some(least) = scene.success {
        metric.objective = Some(format!("at least {least} %"));
        if metric.value.is_ok() {
            let kept = of * 100 >= usize::from(least) * all;
            metric.stand = if kept { Stand::Met } else { Stand::Missed };
        }
    }
    let look = scene.oldest(is_jobs);
    metric.evidence.extend(look.map(|(source, at)| {
        let what = format!("{of} jobs completed, {} did not", bad.len());
        Evidence { what, source, at }
    }));
    metric.evidence.extend(failures(bad));
    metric
}

/// The newest jobs that did not succeed.
fn failures(mut bad: Vec<&Job>) -> Vec<Evidence> {
    bad.sort_by_key(|job| -job.created.as_second());
    let told = bad.into_iter().take(FEW).map(|job| {
        let why = job.message.as_deref().unwrap_or("no reason told");
        let name = job.resource.tail();
        let what = format!("{} of {name}: {why}", job.kind.name());
        let at = job.ended.unwrap_or(job.created);
        Evidence { what, source: format!("job {}", &*job.id), at }
    });
    told.collect()
}

/// How many resources have a copy that is new enough.
pub(super) fn freshness(scene: &Scene<'_>) -> Metric {
    let measure = Measure::SnapshotFreshness;
    let demanded: Vec<&Standing> =
        scene.standings.iter().filter(|s| s.rpo.is_some()).collect();
    let count =
        |wanted: State| demanded.iter().filter(|s| s.state == wanted).count();
    let inside = count(State::Inside) + count(State::Late);
    let (outside, all) = (count(State::Outside), demanded.len());
    let unsure = demanded.iter().find(|s| s.state == State::Unknown);
    let mut metric = match unsure {
        _ if all == 0 && scene.standings.is_empty() => {
            return Metric::unknown(measure, "no resource was seen yet");
        }
        _ if all == 0 => {
            let mut metric =
                Metric::unknown(measure, "no resource has an objective");
            metric.stand = Stand::NoObjective;
            return metric;
        }
        Some(first) => {
            let unknown = count(State::Unknown);
            let name = &first.name;
            let why = format!("{unknown} of {all}, {name}: {}", first.why);
            let mut metric = Metric::unknown(measure, why);
            let known = all - unknown;
            metric.so_far = (known > 0).then(|| {
                let value = Value::Share { of: inside, all: known };
                format!("{} of those that are known", value.words())
            });
            metric
        }
        None => Metric::of(measure, Value::Share { of: inside, all }),
    };
    metric.objective = Some("each within its RPO".to_owned());
    metric.stand = match (outside, unsure) {
        (1.., _) => Stand::Missed,
        (0, Some(_)) => Stand::Unknown,
        (0, None) => Stand::Met,
    };
    metric.evidence = oldest(&demanded, scene.now);
    metric
}

/// The copies that use most of their RPO.
fn oldest(demanded: &[&Standing], now: Timestamp) -> Vec<Evidence> {
    let mut all = demanded.to_vec();
    all.sort_by_key(|standing| match standing.state {
        State::Outside => (0, -standing.used.unwrap_or(i64::MAX)),
        _ => (1, -standing.used.unwrap_or(0)),
    });
    let told = all.into_iter().take(FEW).map(|standing| {
        let copy = standing
            .copies
            .iter()
            .find(|c| Some(&c.region) == standing.recover_in.as_ref());
        let source = match copy {
            Some(copy) => copy.source.to_string(),
            None => "no copy".to_owned(),
        };
        let at = standing.data_time.unwrap_or(now);
        let (name, why) = (&standing.name, &standing.why);
        Evidence { what: format!("{name}: {why}"), source, at }
    });
    told.collect()
}

/// One restore that came to its end.
struct Restore<'a> {
    name: &'a str,
    at: Timestamp,
    took: SignedDuration,
    source: String,
    rto: Option<SignedDuration>,
}

/// How long restores take.
pub(super) fn restores(scene: &Scene<'_>) -> Metric {
    let measure = Measure::RestoreDuration;
    let restores = newest(scene);
    let longest = restores.iter().max_by_key(|restore| restore.took);
    let doubt = scene.doubt(is_restores);
    let mut metric = match (doubt, longest) {
        (Some(why), longest) => {
            let mut metric = Metric::unknown(measure, why);
            metric.so_far = longest.map(|longest| {
                format!("{} at most of what was seen", Span(longest.took))
            });
            metric
        }
        (None, None) => {
            Metric::unknown(measure, "no restore was ever measured")
        }
        (None, Some(longest)) => {
            Metric::of(measure, Value::Span(longest.took))
        }
    };
    let held: Vec<&Restore<'_>> =
        restores.iter().filter(|r| r.rto.is_some()).collect();
    if !held.is_empty() {
        metric.objective = Some("each within its RTO".to_owned());
        let late = |r: &&&Restore<'_>| r.rto.is_some_and(|rto| r.took > rto);
        metric.stand = match held.iter().filter(late).count() {
            0 if metric.value.is_ok() => Stand::Met,
            0 => Stand::Unknown,
            _ => Stand::Missed,
        };
    }
    metric.evidence = told(restores);
    metric
}

fn told(mut restores: Vec<Restore<'_>>) -> Vec<Evidence> {
    restores.sort_by_key(|restore| -restore.took.as_secs());
    let told = restores.into_iter().take(FEW).map(|restore| {
        let rto = match restore.rto {
            Some(rto) if restore.took > rto => {
                format!(", RTO {} missed", Span(rto))
            }
            Some(rto) => format!(", RTO {}", Span(rto)),
            None => String::new(),
        };
        let (name, took) = (restore.name, Span(restore.took));
        let what = format!("{name}: {took}{rto}");
        Evidence { what, source: restore.source, at: restore.at }
    });
    told.collect()
}

/// The newest restore of every resource: as AWS Backup tells it of the
/// resource, or else by the job, which names what it made.
fn newest<'a>(scene: &Scene<'a>) -> Vec<Restore<'a>> {
    let rto: BTreeMap<&str, (&'a str, Option<SignedDuration>)> = scene
        .standings
        .iter()
        .map(|s| (&*s.resource, (s.name.as_str(), s.rto)))
        .collect();
    let mut restores: Vec<Restore<'a>> = scene
        .estate
        .proofs()
        .filter_map(|placed| {
            let proof = placed.item;
            let took = SignedDuration::from_mins(proof.minutes?);
            let (at, of) = (proof.restored?, rto.get(proof.arn.as_str()));
            let name = of.map_or(proof.name.as_str(), |(name, _)| name);
            let what = What::Parts(Kind::Proof);
            let source =
                Source::aws(placed.account, placed.region, what).to_string();
            let rto = of.and_then(|(_, rto)| *rto);
            Some(Restore { name, at, took, source, rto })
        })
        .collect();
    // Both Regions tell of one resource; the same restore counts once.
    restores.sort_by_key(|r| (r.name, -r.at.as_second()));
    restores.dedup_by_key(|r| r.name);
    let told: Vec<Timestamp> = restores.iter().map(|r| r.at).collect();
    let jobs = scene.estate.jobs().filter_map(|placed| {
        let job = placed.item;
        let done =
            job.kind == JobKind::Restore && job.state == JobState::Completed;
        let ended = job.ended.filter(|_| done)?;
        let same = |at: &Timestamp| {
            at.duration_since(job.created).abs() < SignedDuration::from_mins(1)
        };
        if told.iter().any(same) {
            return None;
        }
        let (name, at) = (job.resource.tail(), job.created);
        let took = ended.duration_since(job.created);
        let source = format!("job {}", &*job.id);
        Some(Restore { name, at, took, source, rto: None })
    });
    restores.extend(jobs.collect::<Vec<_>>());
    restores
}
