//! The whole of one system, as lines of text.

use std::iter::once;

use super::lost::lost;
use super::{Known, ago, told};
use crate::estate::part::{Health, Part};
use crate::estate::posture::{Severity, Verdict};
use crate::estate::resource::{Alarm, HealthCheck};
use crate::estate::{Found, Source};
use crate::ui::{Cell, Mark, Row, Tone};

/// The most things told of one by one.
const MOST: usize = 200;

/// Findings, what cannot be told, every thing, and the looks behind it.
pub(super) fn detail(system: &str, known: &Known<'_>) -> Vec<Row> {
    let mut lines = findings(system, known);
    let things = things(system, known);
    lines.push(Vec::new());
    lines.push(head(&format!("FOUND ({})", told::count(things.len()))));
    let more = things.len().saturating_sub(MOST);
    lines.extend(things.into_iter().take(MOST).flatten());
    if more > 0 {
        lines.push(vec![Cell::dim(format!("and {more} more"))]);
    }
    lines.extend(lost(system, known));
    lines.push(Vec::new());
    lines.push(head("LOOKS"));
    lines.extend(looks(system, known));
    lines
}

pub(super) fn head(text: &str) -> Row {
    vec![Cell::new(text.to_owned(), Tone::Title)]
}

/// What the checks say of it, each with evidence and what to do.
pub(super) fn findings(system: &str, known: &Known<'_>) -> Vec<Row> {
    let derived = known.derived;
    let verdicts = derived.posture.iter().chain(derived.unsure.iter());
    let mut lines: Vec<Row> = verdicts
        .filter(|verdict| verdict.system == system)
        .flat_map(|verdict| finding(verdict, known))
        .collect();
    if lines.is_empty() {
        lines.push(vec![Cell::dim("no check found anything")]);
    }
    lines
}

fn finding(verdict: &Verdict, known: &Known<'_>) -> Vec<Row> {
    let (mark, tone) = match verdict.severity {
        Severity::Bad => (Mark::Bad, Tone::Bad),
        Severity::Warn => (Mark::Warn, Tone::Warn),
        Severity::Unknown => (Mark::Unknown, Tone::Unknown),
    };
    let mark = known.setting.theme.glyph(mark);
    let what = vec![Cell::new(format!("{mark} {}", verdict.what), tone)];
    let fix = vec![Cell::plain(format!("    do    {}", verdict.fix))];
    let seen = verdict.evidence.as_ref().map(|evidence| {
        let age = ago(told::since(evidence.at, known.now));
        let text =
            format!("    seen  {}, {age}", place(&evidence.source, known));
        vec![Cell::dim(text)]
    });
    let code = vec![Cell::dim(format!("    check {}", verdict.code))];
    [what, fix].into_iter().chain(seen).chain(once(code)).collect()
}

/// The look and where it was, with the name of the account.
fn place(source: &Source, known: &Known<'_>) -> String {
    match source {
        Source::Aws { account, region, what } => {
            let account = known.setting.account_name(account);
            format!("{} {region} {account}", what.name())
        }
        other => other.to_string(),
    }
}

/// Every thing that was found, one or more lines each.
fn things(system: &str, known: &Known<'_>) -> Vec<Vec<Row>> {
    let mut things = Vec::new();
    for (source, seen) in known.estate.sources() {
        let Source::Aws { what, account, region } = source else { continue };
        let Some(found) = &seen.found else { continue };
        if what.is_targeted() || what.system() != system {
            continue;
        }
        let place =
            format!("{region} {}", known.setting.account_name(account));
        things.extend(told_of(found, &place, known));
    }
    things
}

fn told_of(found: &Found, place: &str, known: &Known<'_>) -> Vec<Vec<Row>> {
    let line = |name: &str, health: Health, state: &str| {
        vec![first(name, place, health, state, known)]
    };
    let plain = |name: &str, state: &str| line(name, Health::Plain, state);
    match found {
        Found::Parts(parts) => {
            parts.iter().map(|part| told(part, place, known)).collect()
        }
        Found::Vaults(list) => {
            let state = |locked| if locked { "locked" } else { "not locked" };
            list.iter().map(|v| plain(&v.name, state(v.locked))).collect()
        }
        Found::Instances(list) => {
            list.iter().map(|i| plain(&i.id, &i.status)).collect()
        }
        Found::Clusters(list) => {
            list.iter().map(|c| plain(&c.id, &c.status)).collect()
        }
        Found::GlobalClusters(list) => {
            list.iter().map(|g| plain(&g.id, &g.status)).collect()
        }
        Found::AutomatedBackups(list) => {
            list.iter().map(|b| plain(&b.instance, &b.status)).collect()
        }
        Found::Zones(list) => {
            let state = |private| if private { "private" } else { "public" };
            list.iter().map(|z| plain(&z.name, state(z.private))).collect()
        }
        Found::Records(list) => {
            list.iter().map(|r| plain(&r.name, &r.kind)).collect()
        }
        Found::HealthChecks(list) => {
            let told = |check: &HealthCheck| {
                let (health, state) = healthy(check);
                line(&check.target, health, state)
            };
            list.iter().map(told).collect()
        }
        Found::Alarms(list) => {
            let told = |a: &Alarm| line(&a.name, rings(a), &a.state);
            list.iter().map(told).collect()
        }
        Found::Identity(identity) => vec![plain(&identity.arn, "signed in")],
        // Points, jobs and readings have screens of their own.
        Found::Points(_)
        | Found::Jobs(_)
        | Found::Protected(_)
        | Found::Lags(_)
        | Found::Things(_)
        | Found::Reach(_)
        | Found::Events(_)
        | Found::Change(_)
        | Found::Http(_)
        | Found::Dns(_)
        | Found::Program(_)
        | Found::Command(_) => Vec::new(),
    }
}

fn healthy(check: &HealthCheck) -> (Health, &'static str) {
    match check.healthy() {
        Some(true) => (Health::Good, "healthy"),
        Some(false) => (Health::Bad, "unhealthy"),
        None => (Health::Unknown, "not told"),
    }
}

fn rings(alarm: &Alarm) -> Health {
    match alarm.state.as_str() {
        "OK" => Health::Good,
        "ALARM" => Health::Bad,
        _ => Health::Unknown,
    }
}

fn told(part: &Part, place: &str, known: &Known<'_>) -> Vec<Row> {
    let part = part.told();
    let (health, state) = part.state();
    let mut rows = vec![first(part.name(), place, health, &state, known)];
    rows.extend(part.facts().into_iter().map(|(label, value)| {
        vec![Cell::dim(format!("    {label:<12} ")), Cell::plain(value)]
    }));
    rows
}

fn first(
    name: &str,
    place: &str,
    health: Health,
    state: &str,
    known: &Known<'_>,
) -> Row {
    let (mark, tone) = match health {
        Health::Good => (Mark::Good, Tone::Good),
        Health::Plain => (Mark::Dot, Tone::Plain),
        Health::Warn => (Mark::Warn, Tone::Warn),
        Health::Bad => (Mark::Bad, Tone::Bad),
        Health::Unknown => (Mark::Unknown, Tone::Unknown),
    };
    let mark = known.setting.theme.glyph(mark);
    vec![
        Cell::new(format!("{mark} {name}  {state}"), tone),
        Cell::dim(format!("  {place}")),
    ]
}

/// Every look behind it with its age, or why there is none.
fn looks(system: &str, known: &Known<'_>) -> Vec<Row> {
    let mut rows = Vec::new();
    for (source, seen) in known.estate.sources() {
        let Source::Aws { what, .. } = source else { continue };
        if what.is_targeted() || what.system() != system {
            continue;
        }
        let pace = known.estate.pace(source);
        let fresh = seen.freshness(known.now, pace);
        rows.push(vec![
            Cell::plain(format!("{:<48} ", place(source, known))),
            told::freshness(&fresh),
            Cell::plain(format!("  {}", told::because(&fresh))),
        ]);
    }
    rows
}
