//! What DNS answers: the data plane of Route 53, which needs no Region.

use jiff::{SignedDuration, Timestamp};

use super::dns::{
    Answer, AnswerRecord, Failover, HealthCheck, Record, Target, Zone,
};
use super::site::{HttpAnswer, address};
use super::value::text;
use super::watch::AlarmState;
use super::{World, noise};

/// How many CNAMEs and aliases are followed.
const LONGEST_CHAIN: usize = 8;

/// Seconds that an alias to an AWS resource may be kept.
// https://docs.aws.amazon.com/Route53/latest/DeveloperGuide/resource-record-sets-choosing-alias-non-alias.html
const ALIAS_TTL: u32 = 60;

/// A name in lower case with its final dot.
pub fn dotted(name: &str) -> String {
    let name = name.to_ascii_lowercase();
    if name.ends_with('.') { name } else { name + "." }
}

impl World {
    /// What the name servers answer at a moment. The world moves there
    /// first. A change that is still PENDING is not answered yet.
    pub fn resolve(
        &mut self,
        name: &str,
        kind: &str,
        now: Timestamp,
    ) -> Answer {
        self.advance(now);
        self.chase(name, kind).0
    }

    /// The answer as the world is, and the last name of the chain.
    pub(crate) fn chase(&self, name: &str, kind: &str) -> (Answer, String) {
        let mut at = dotted(name);
        let mut shown = at.clone();
        let mut found = Vec::new();
        for _ in 0..LONGEST_CHAIN {
            let Some(zone) = self.zone_of(&at) else {
                return self.outside(found, &at, &shown, kind);
            };
            let Some(record) = self.pick(zone, &at, kind) else {
                let known = zone.answered.iter().any(|r| r.name == at);
                let nothing =
                    if known { Answer::NoData } else { Answer::NoName };
                return (nothing, bare(&at));
            };
            if let Some(alias) = &record.alias {
                at = dotted(&alias.name);
                continue;
            }
            let lines = record.values.iter().map(|value| AnswerRecord {
                name: shown.clone(),
                kind: record.kind.clone(),
                ttl: record.ttl.and_then(|t| t.try_into().ok()).unwrap_or(60),
                value: value.clone(),
            });
            found.extend(lines);
            if record.kind == kind || record.kind != "CNAME" {
                return (Answer::Records(found), bare(&at));
            }
            at = dotted(record.values.first().map_or("", String::as_str));
            shown.clone_from(&at);
        }
        (Answer::NoName, bare(&at))
    }

    /// The answer for a name in no zone of ours: a site or a database.
    fn outside(
        &self,
        mut found: Vec<AnswerRecord>,
        at: &str,
        shown: &str,
        kind: &str,
    ) -> (Answer, String) {
        let host = bare(at);
        let exists = self.sites.contains_key(&host) || self.is_endpoint(&host);
        if !exists {
            return (Answer::NoName, host);
        }
        if kind == "A" {
            found.push(AnswerRecord {
                name: shown.to_owned(),
                kind: "A".to_owned(),
                ttl: ALIAS_TTL,
                value: address(&host).to_string(),
            });
        }
        let nothing = found.is_empty();
        (if nothing { Answer::NoData } else { Answer::Records(found) }, host)
    }

    /// The zone with the longest name that a name ends with.
    fn zone_of(&self, name: &str) -> Option<&Zone> {
        self.accounts
            .values()
            .flat_map(|account| account.zones.values())
            .filter(|zone| {
                name.strip_suffix(zone.name.as_str())
                    .is_some_and(|rest| rest.is_empty() || rest.ends_with('.'))
            })
            .max_by_key(|zone| zone.name.len())
    }

    /// The record that answers, after failover, weights and health.
    // https://docs.aws.amazon.com/Route53/latest/DeveloperGuide/health-checks-how-route-53-chooses-records.html
    fn pick<'z>(
        &self,
        zone: &'z Zone,
        name: &str,
        kind: &str,
    ) -> Option<&'z Record> {
        let of = |wanted: &str| -> Vec<&'z Record> {
            let records = zone.answered.iter();
            records.filter(|r| r.name == name && r.kind == wanted).collect()
        };
        let mut candidates = of(kind);
        if candidates.is_empty() {
            candidates = of("CNAME");
        }
        let first = *candidates.first()?;
        if first.failover.is_some() {
            return self.fail_over(&candidates);
        }
        if first.weight.is_some() {
            return self.by_weight(&candidates);
        }
        Some(first)
    }

    // With both records red, Route 53 answers with the primary:
    // https://docs.aws.amazon.com/Route53/latest/DeveloperGuide/dns-failover-problems.html
    fn fail_over<'z>(&self, of: &[&'z Record]) -> Option<&'z Record> {
        let part =
            |part| of.iter().copied().find(|r| r.failover == Some(part));
        let primary = part(Failover::Primary);
        let secondary = part(Failover::Secondary);
        match (primary, secondary) {
            (Some(primary), Some(secondary))
                if !self.is_green(primary, 0)
                    && self.is_green(secondary, 0) =>
            {
                Some(secondary)
            }
            (primary, secondary) => primary.or(secondary),
        }
    }

    // A weight of zero answers only when every other record is red:
    // https://docs.aws.amazon.com/Route53/latest/DeveloperGuide/routing-policy-weighted.html
    fn by_weight<'z>(&self, of: &[&'z Record]) -> Option<&'z Record> {
        let green: Vec<&Record> =
            of.iter().copied().filter(|r| self.is_green(r, 0)).collect();
        let pool = if green.is_empty() { of.to_vec() } else { green };
        let weight = |r: &Record| {
            u32::try_from(r.weight.unwrap_or_default()).unwrap_or_default()
        };
        let total: u32 = pool.iter().map(|r| weight(r)).sum();
        let first = *pool.first()?;
        let now = self.now().as_second();
        let mut mark = noise(&first.name, now) * f64::from(total);
        for record in pool {
            mark -= f64::from(weight(record));
            if mark <= 0.0 && weight(record) > 0 {
                return Some(record);
            }
        }
        Some(first)
    }

    /// True when a record may answer.
    fn is_green(&self, record: &Record, depth: usize) -> bool {
        if let Some(id) = &record.health_check {
            return self.health_check(id).is_none_or(|check| check.healthy);
        }
        let Some(alias) = &record.alias else { return true };
        if !alias.evaluate_health || depth >= LONGEST_CHAIN {
            return true;
        }
        let name = dotted(&alias.name);
        if let Some(zone) = self.zone_of(&name) {
            let mut targets = zone.answered.iter().filter(|r| r.name == name);
            return targets.any(|r| self.is_green(r, depth + 1));
        }
        let site = self.sites.get(&bare(&name));
        site.is_none_or(|site| !self.is_dark(&site.region))
    }

    /// A health check of any account.
    pub fn health_check(&self, id: &str) -> Option<&HealthCheck> {
        self.accounts.values().find_map(|a| a.health_checks.get(id))
    }

    /// Lets every health check look once. The checkers stand in eight
    /// Regions and go on when one of them is dark.
    pub(crate) fn check_health(&mut self) {
        let now = self.now();
        let keys: Vec<(String, String)> = self
            .accounts
            .iter()
            .flat_map(|(account, has)| {
                has.health_checks
                    .keys()
                    .map(|id| (account.clone(), id.clone()))
            })
            .collect();
        for (account, id) in keys {
            let check = &self.accounts[&account].health_checks[&id];
            let seen = self.seen(check);
            let looks = check.interval * check.threshold;
            let patience = match check.target {
                Target::Endpoint { .. } if !check.disabled => {
                    self.takes(SignedDuration::from_secs(looks))
                }
                _ => SignedDuration::ZERO,
            };
            let check = self
                .account_mut(&account)
                .health_checks
                .get_mut(&id)
                .expect("its key was just listed");
            if seen == check.healthy {
                check.doubting_since = None;
                continue;
            }
            let since = *check.doubting_since.get_or_insert(now);
            if now.duration_since(since) >= patience {
                check.healthy = seen;
                check.changed = now;
                check.doubting_since = None;
            }
        }
    }

    /// What a check sees now, the inversion applied.
    // A disabled check counts as green, or as red when inverted:
    // https://docs.aws.amazon.com/Route53/latest/APIReference/API_HealthCheckConfig.html
    fn seen(&self, check: &HealthCheck) -> bool {
        if check.disabled {
            return !check.inverted;
        }
        let well = match &check.target {
            Target::Endpoint { tls, host, port, path } => {
                let scheme = if *tls { "https" } else { "http" };
                let answer =
                    self.visit(&format!("{scheme}://{host}:{port}{path}"));
                matches!(answer, HttpAnswer::Answer { status, .. }
                    if (200..400).contains(&status))
            }
            Target::Calculated { children, threshold } => {
                let green = children.iter().filter(|id| {
                    self.health_check(id).is_some_and(|check| check.healthy)
                });
                i64::try_from(green.count()).is_ok_and(|n| n >= *threshold)
            }
            Target::Alarm { region, name } => self.is_quiet(region, name),
            Target::Control { arn } => self.is_on(arn),
        };
        well != check.inverted
    }

    /// Whether no alarm of that name rings in a Region.
    fn is_quiet(&self, region: &str, name: &str) -> bool {
        let here = self.places().filter(|(_, at, _)| *at == region);
        let mut alarms = here.filter_map(|(_, _, p)| p.alarms.get(name));
        alarms.all(|alarm| alarm.state != AlarmState::Alarm)
    }

    /// Whether a routing control is on.
    fn is_on(&self, arn: &str) -> bool {
        let controls = self.places().flat_map(|(_, _, place)| {
            place.shelves.all("arc:control").map(|(_, control)| control)
        });
        let mut named =
            controls.filter(|c| text(c, "RoutingControlArn") == Some(arn));
        named.any(|c| text(c, "RoutingControlState") == Some("On"))
    }

    /// Lets the changes whose time has come reach the name servers.
    pub(crate) fn spread_changes(&mut self) {
        let now = self.now();
        for account in self.accounts.values_mut() {
            let mut due: Vec<_> = account
                .changes
                .values_mut()
                .filter(|change| !change.applied && change.in_sync <= now)
                .collect();
            due.sort_by_key(|change| change.in_sync);
            for change in due {
                change.applied = true;
                if let Some(zone) = account.zones.get_mut(&change.zone) {
                    zone.answer_with(&change.edits);
                }
            }
        }
    }
}

/// A name without its final dot.
fn bare(name: &str) -> String {
    name.strip_suffix('.').unwrap_or(name).to_owned()
}
