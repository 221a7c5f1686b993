//! Rules on what the runbook names and needs in AWS, as it was last seen.

use std::collections::BTreeSet;

use jiff::Timestamp;

use super::super::StepSpec;
use super::super::call::ROUTE53_HOME;
use super::super::input::{Input, InputType};
use super::ground::Seen;
use super::planes::home;
use super::script::Script;
use super::shape::{LONGEST_TTL, makes};
use super::{Told, finding};
use crate::estate::ids::{Account, Arn, Region};
use crate::estate::lock::Lock;
use crate::estate::part::Kind;
use crate::estate::recovery_point::RecoveryPoint;
use crate::estate::region::State;
use crate::estate::resource::{PointStatus, RecordSet};
use crate::estate::span::Span;
use crate::estate::{Found, Source, What};

impl Told {
    fn found(&mut self, line: usize, told: String, help: &'static str) {
        self.found.push(finding(line, told, help));
    }

    fn unsure(&mut self, why: String) {
        if !self.unsure.contains(&why) {
            self.unsure.push(why);
        }
    }
}

fn moment(at: Timestamp) -> String {
    at.strftime("%Y-%m-%d %H:%M:%SZ").to_string()
}

/// The account of the first input that is one.
fn account(script: &Script<'_>) -> Option<Account> {
    let mut inputs = script.runbook.inputs.iter();
    let input = inputs.find(|input| input.kind == InputType::Account)?;
    script.values.get(&input.name).map(Account::new)
}

/// A step cannot be done in a Region, or by way of one, that does not
/// answer.
pub(super) fn region_suspect(script: &Script<'_>, seen: &Seen<'_>) -> Told {
    let mut told = Told::default();
    let onward = script.onward().filter(|(place, spec)| {
        script.changes(*place)
            && spec.only.is_none_or(|only| only == script.runbook.manner)
    });
    for (place, spec) in onward {
        let actions = script.actions(place);
        let homes = actions.iter().filter_map(|action| home(action));
        let mut needed: BTreeSet<String> = homes.map(str::to_owned).collect();
        if needed.is_empty() {
            needed.extend(script.filled(place, "region"));
        }
        for region in needed {
            let report = seen.derived.region(&Region::new(&region));
            match report.map(|report| (report.state, &report.why)) {
                Some((State::Dark | State::Degraded, why)) => told.found(
                    spec.line,
                    format!(
                        "step {}: it needs {region}, which {why}",
                        spec.id
                    ),
                    "expect it to stop there; the runbook's stops say what \
                     is left then",
                ),
                Some((State::Healthy, _)) => {}
                Some((State::Unknown, _)) | None => {
                    told.unsure(format!("how {region} does is not known"));
                }
            }
        }
    }
    told
}

/// What a default names is there.
pub(super) fn name_gone(script: &Script<'_>, seen: &Seen<'_>) -> Told {
    let mut told = Told::default();
    for input in &script.runbook.inputs {
        let Some(value) = script.values.get(&input.name) else { continue };
        match presence(script, seen, input, value) {
            None | Some(Ok(None)) => {}
            Some(Ok(Some(words))) => told.found(
                input.line,
                format!("input {}: {words}", input.name),
                "name one that is there",
            ),
            Some(Err(why)) => {
                told.unsure(format!("input {}: {why}", input.name));
            }
        }
    }
    told
}

/// Whether there is something of a name: where not, the words for it; an
/// error where that is not known; nothing where there is nothing to know.
fn presence(
    script: &Script<'_>,
    seen: &Seen<'_>,
    input: &Input,
    value: &str,
) -> Option<Result<Option<String>, String>> {
    let kind = input.kind;
    let (what, word) = match kind {
        InputType::RdsInstance => (What::Instances, "instance"),
        InputType::AuroraCluster => (What::Clusters, "cluster"),
        InputType::AuroraGlobal => (What::GlobalClusters, "global database"),
        InputType::Zone => (What::Zones, "hosted zone"),
        InputType::HealthCheck => (What::HealthChecks, "health check"),
        InputType::Account
        | InputType::Region
        | InputType::DnsName
        | InputType::Url
        | InputType::Integer
        | InputType::Duration
        | InputType::String => return None,
    };
    let region = match kind {
        InputType::Zone | InputType::HealthCheck => ROUTE53_HOME.to_owned(),
        _ => input.region.as_ref()?.fill(&script.values).ok()?,
    };
    let account = account(script)?;
    let source = Source::aws(&account, &Region::new(&region), what);
    let known = seen.estate.known(&source);
    let answer = known.and_then(|known| {
        let whole = known.partial.is_none();
        Some((known.found.as_ref()?, known.seen?.1, whole))
    });
    let Some((found, at, whole)) = answer else {
        return Some(Err(format!("no answer of {source} is known")));
    };
    if has(found, value) {
        return Some(Ok(None));
    }
    if !whole {
        return Some(Err(format!("{source} was not seen whole")));
    }
    let at = moment(at);
    Some(Ok(Some(format!("there was no {word} {value} at {at} ({source})"))))
}

/// Whether an answer holds something of a name.
fn has(found: &Found, name: &str) -> bool {
    match found {
        Found::Instances(all) => all.iter().any(|one| one.id == name),
        Found::Clusters(all) => all.iter().any(|one| one.id == name),
        Found::GlobalClusters(all) => all.iter().any(|one| one.id == name),
        Found::Zones(all) => {
            let plain = name.trim_end_matches('.').to_ascii_lowercase();
            all.iter().any(|zone| zone.name == plain || &*zone.id == name)
        }
        Found::HealthChecks(all) => {
            all.iter().any(|one| one.id == name || one.target == name)
        }
        _ => false,
    }
}

/// The copies that a step would restore from: those in its Region of what it
/// names, newest data first.
struct Copies<'a> {
    source: String,
    region: String,
    points: Vec<&'a RecoveryPoint>,
}

fn copies<'a>(
    script: &Script<'_>,
    seen: &Seen<'a>,
    place: usize,
) -> Option<Copies<'a>> {
    let mut actions = script.actions(place).into_iter();
    actions.find(|action| action.starts_with("rds:RestoreDB"))?;
    let source = script.filled(place, "source")?;
    let region = script.filled(place, "region")?;
    let points = &seen.derived.points;
    let of = points.resources().filter(|arn| arn.tail() == source);
    let arns: BTreeSet<&str> = of.map(Arn::as_str).collect();
    let held = arns.into_iter().flat_map(|arn| points.held(arn));
    let held = held.filter_map(|at| points.point(at));
    let mut points: Vec<&RecoveryPoint> = held
        .filter(|placed| placed.region.as_str() == region)
        .map(|placed| placed.item)
        .filter(|point| point.status() == PointStatus::Usable)
        .collect();
    points.sort_by_key(|point| point.data_time());
    points.reverse();
    Some(Copies { source, region, points })
}

/// The key of the newest copy opens it.
pub(super) fn key_shut(script: &Script<'_>, seen: &Seen<'_>) -> Told {
    let mut told = Told::default();
    for (place, spec) in script.onward() {
        let Some(copies) = copies(script, seen, place) else { continue };
        let Copies { source, region, points } = copies;
        let Some(newest) = points.first() else {
            let why = format!("no copy of {source} is known in {region}");
            told.unsure(why);
            continue;
        };
        let opens = seen.derived.points.is_usable(newest);
        let lock = seen.derived.points.lock(newest, seen.estate, seen.now);
        match lock {
            Lock::Shut(why) => told.shut(spec, &source, &why),
            Lock::Unsure(why) if !opens => told.shut(spec, &source, &why),
            Lock::Unsure(why) if !key_was_seen(seen, newest) => {
                told.unsure(format!("{source} in {region}: {why}"));
            }
            Lock::Unsure(_) | Lock::Open => {}
        }
    }
    told
}

impl Told {
    fn shut(&mut self, spec: &StepSpec, source: &str, why: &str) {
        let id = &spec.id;
        let told = format!(
            "step {id}: the newest copy of {source} cannot be opened: {why}"
        );
        let help = "cancel the key's deletion or enable it; or copy anew \
                    with a key of that Region";
        self.found(spec.line, told, help);
    }
}

/// Whether KMS told of the keys of the Region of a point's key.
fn key_was_seen(seen: &Seen<'_>, point: &RecoveryPoint) -> bool {
    let place = point.key().and_then(|key| {
        let account = key.account()?;
        Some(Source::aws(&account, &key.region()?, What::Parts(Kind::Key)))
    });
    place.is_some_and(|source| seen.estate.found(&source).is_some())
}

/// The newest copy where one recovers keeps the RPO that is claimed.
pub(super) fn copy_old(script: &Script<'_>, seen: &Seen<'_>) -> Told {
    let mut told = Told::default();
    let Some((_, at)) = seen.span() else { return told };
    for (place, spec) in script.onward() {
        let Some(copies) = copies(script, seen, place) else { continue };
        let Copies { source, region, points } = copies;
        let Some(newest) = points.first() else {
            told.found(
                spec.line,
                format!("step {}: {region} has no copy of {source}", spec.id),
                "copy to that Region what is to be restored there",
            );
            continue;
        };
        match (newest.data_time(), script.runbook.rpo) {
            (Some(data), Some(rpo)) if at.duration_since(data) > rpo => told
                .found(
                    spec.line,
                    format!(
                        "step {}: the newest copy of {source} in {region} \
                         was {} old; the RPO is {}",
                        spec.id,
                        Span(at.duration_since(data)),
                        Span(rpo)
                    ),
                    "copy more often, or be honest on the RPO",
                ),
            (None, _) => told.unsure(format!(
                "the data time of the copy of {source} in {region} is not \
                 known"
            )),
            _ => {}
        }
    }
    told
}

/// What the steps are expected to take is not longer than what is left may be
/// down.
pub(super) fn over_objective(script: &Script<'_>, seen: &Seen<'_>) -> Told {
    let mut told = Told::default();
    let left = script.left().map(|left| format!("{{{left}}}"));
    let databases = script.runbook.inputs.iter().filter(|input| {
        let kinds = [InputType::RdsInstance, InputType::AuroraCluster];
        let region = input.region.as_ref().map(ToString::to_string);
        kinds.contains(&input.kind) && region == left && region.is_some()
    });
    for input in databases {
        let Some(name) = script.values.get(&input.name) else { continue };
        let mut standings = seen.derived.standings.iter();
        let one = standings.find(|one| {
            let region = one.region.as_ref().map(Region::as_str);
            one.resource.tail() == name && region == script.left_region()
        });
        let Some(rto) = one.and_then(|one| one.rto) else {
            told.unsure(format!("no objective of {name} is known"));
            continue;
        };
        let expected = script.runbook.expected();
        if expected > rto {
            let tier = one.and_then(|one| one.tier.as_deref());
            let told_of = format!(
                "its steps take {}; {name} ({}) may be down for {}",
                Span(expected),
                tier.unwrap_or("no tier"),
                Span(rto)
            );
            let help = "drop steps, let some run side by side, or give it \
                        another tier";
            told.found(input.line, told_of, help);
        }
    }
    told
}

/// What is made where one recovers must fit into a quota, and no look tells
/// of quotas.
pub(super) fn quota_unknown(script: &Script<'_>, seen: &Seen<'_>) -> Told {
    let mut told = Told::default();
    for (place, spec) in script.onward() {
        let actions = script.actions(place);
        let Some(action) = actions.iter().find(|a| grows(a)) else {
            continue;
        };
        let region = script.filled(place, "region");
        let region = region.unwrap_or_else(|| "its Region".to_owned());
        let there = seen.estate.all_instances();
        let there = there.filter(|one| one.region.as_str() == region).count();
        let count = match action.split_once(':') {
            Some(("rds", _)) => format!(" (instances there: {there})"),
            _ => String::new(),
        };
        let told_of = format!(
            "step {}: nothing tells whether {action} fits into the quota of \
             {region}{count}",
            spec.id
        );
        let help = "look at Service Quotas there, and reserve what must be \
                    had";
        told.found(spec.line, told_of, help);
    }
    told
}

/// Whether an action takes more of a Region than was taken before.
fn grows(action: &str) -> bool {
    const MORE: [&str; 4] = [
        "ecs:UpdateService",
        "autoscaling:UpdateAutoScalingGroup",
        "autoscaling:SetDesiredCapacity",
        "backup:StartRestoreJob",
    ];
    let counted = ["rds:", "ec2:", "elasticache:", "drs:"];
    MORE.contains(&action)
        || makes(action) && counted.iter().any(|s| action.starts_with(s))
}

/// The records that a step changes, as they were last seen.
fn records<'a>(
    script: &Script<'_>,
    seen: &Seen<'a>,
    place: usize,
) -> Option<(String, Vec<&'a RecordSet>)> {
    let mut actions = script.actions(place).into_iter();
    actions.find(|a| a == "route53:ChangeResourceRecordSets")?;
    let name = script.filled(place, "name")?;
    let name = name.trim_end_matches('.').to_ascii_lowercase();
    let records = seen.estate.records().map(|placed| placed.item);
    let records = records.filter(|record| record.name == name).collect();
    Some((name, records))
}

/// Who has asked keeps the old answer for as long as the record says now.
pub(super) fn cached_record(script: &Script<'_>, seen: &Seen<'_>) -> Told {
    let mut told = Told::default();
    for (place, spec) in script.onward() {
        let Some((name, all)) = records(script, seen, place) else { continue };
        if all.is_empty() {
            told.unsure(format!("no record {name} is known"));
        }
        let longest = all.iter().filter_map(|record| record.ttl).max();
        if let Some(ttl) = longest.filter(|ttl| *ttl > LONGEST_TTL) {
            let told_of = format!(
                "step {}: answers for {name} are kept for {ttl} s now",
                spec.id
            );
            let help = "lower its time to live to 60 s beforehand: the step \
                        is too late for who has asked already";
            told.found(spec.line, told_of, help);
        }
    }
    told
}

/// An alias that does not look at its target leads users on to what is dead.
pub(super) fn alias_blind(script: &Script<'_>, seen: &Seen<'_>) -> Told {
    let mut told = Told::default();
    for (place, spec) in script.onward() {
        let Some((name, all)) = records(script, seen, place) else { continue };
        if all.is_empty() {
            told.unsure(format!("no record {name} is known"));
        }
        if all.iter().any(|record| record.evaluates == Some(false)) {
            let told_of = format!(
                "step {}: {name} is an alias that does not look whether its \
                 target is well",
                spec.id
            );
            let help = "let the record evaluate the health of its target";
            told.found(spec.line, told_of, help);
        }
    }
    told
}
