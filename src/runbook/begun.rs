//! A runbook of one's own, begun from one that ships: what the estate tells
//! without a doubt is filled in, and all else is left to be filled in.

use std::collections::{BTreeMap, BTreeSet};

use super::input::{Input, InputType};
use super::lint::{Ground, lint};
use super::said::{Said, said};
use super::{Runbook, Values};
use crate::estate::Estate;
use crate::estate::ids::{Arn, Region};

/// The names under which patterns ask for the Region being left.
pub(super) const LEFT: [&str; 3] = ["from", "from_region", "source_region"];

/// As many of what could be meant are named.
const NAMED: usize = 5;

/// What a runbook is begun with, beside its pattern.
#[derive(Clone, Copy, Debug, Default)]
pub struct Wanted<'a> {
    /// Its id; that of the pattern if none is given.
    pub id: Option<&'a str>,
    /// The Region the estate lives in, where the config says it.
    pub source: Option<&'a Region>,
    /// The Region one would recover in, where the config says it.
    pub target: Option<&'a Region>,
    /// The comment that goes first, in lines.
    pub head: &'a str,
}

/// What is known of the value of an input.
#[derive(Clone, Debug, PartialEq, Eq)]
enum Guess {
    /// It can be no other.
    Known(String),
    /// It could be one of these, or any.
    Open(Vec<String>),
    /// What the pattern says does for all.
    Kept,
}

/// The text of the new runbook; it reads as one, as the pattern did.
pub fn begun(
    pattern: &Runbook,
    text: &str,
    estate: &Estate,
    wanted: Wanted<'_>,
) -> String {
    let guesses = guesses(pattern, text, estate, wanted);
    let mut lines: Vec<String> = text.lines().map(str::to_owned).collect();
    for (input, guess) in pattern.inputs.iter().zip(guesses) {
        put(&mut lines, input, &guess);
    }
    if let Some(id) = wanted.id {
        let old = format!("id = {:?}", pattern.id);
        if let Some(line) = lines.iter_mut().find(|line| **line == old) {
            *line = format!("id = {id:?}");
        }
    }
    let comment = wanted.head.lines().map(|line| format!("# {line}"));
    let lines: Vec<String> =
        comment.chain(["#".to_owned()]).chain(lines).collect();
    without_idle(lines.join("\n") + "\n")
}

/// Puts what is known into the table of an input.
fn put(lines: &mut [String], input: &Input, guess: &Guess) {
    let own = lines.iter_mut().skip(input.line);
    let own = own.take_while(|line| !line.starts_with('['));
    let default = own.into_iter().find(|line| line.starts_with("default"));
    let Some(line) = default else { return };
    *line = match guess {
        Guess::Kept => return,
        Guess::Known(value) => format!("default = {value:?}"),
        Guess::Open(seen) if seen.is_empty() => {
            "# default = \"\"  # fill in, or be asked at each start".to_owned()
        }
        Guess::Open(seen) => {
            let more = match seen.len().saturating_sub(NAMED) {
                0 => String::new(),
                more => format!(" and {more} more"),
            };
            let named = seen[..seen.len().min(NAMED)].join(", ");
            format!("# default = \"\"  # fill in; seen: {named}{more}")
        }
    };
}

/// What the pattern accepts and this one does not break is not accepted.
fn without_idle(text: String) -> String {
    let Ok(runbook) = Runbook::parse(&text, "new") else { return text };
    let judged = lint(&runbook, &text, "new", &Ground::default());
    let idle = judged.found.iter().filter(|p| p.code == "idle-accept");
    let idle: Vec<usize> = idle.map(|problem| problem.line).collect();
    let lines = text.lines().enumerate().filter(|(at, line)| {
        !(idle.contains(&(at + 1)) && line.trim().starts_with("{ lint"))
    });
    lines.fold(String::new(), |all, (_, line)| all + line + "\n")
}

/// Every way in which the inputs that belong together could be meant.
type Ways = Vec<BTreeMap<String, String>>;

fn guesses(
    pattern: &Runbook,
    text: &str,
    estate: &Estate,
    wanted: Wanted<'_>,
) -> Vec<Guess> {
    let roles = Roles::of(pattern);
    let mut ways = roles.replicas(estate);
    ways.extend(roles.globals(estate));
    let aimed = |way: &&BTreeMap<String, String>| {
        let at = |role: Option<&Input>, region: Option<&Region>| {
            let value = role.and_then(|input| way.get(&input.name));
            value
                .zip(region)
                .is_none_or(|(value, region)| value == region.as_str())
        };
        at(roles.left, wanted.source) && at(roles.right, wanted.target)
    };
    let ways: Ways = ways.iter().filter(aimed).cloned().collect();
    let said = said(text);
    let mut values = Values::new();
    let mut all = Vec::new();
    for input in &pattern.inputs {
        let told: BTreeSet<&String> =
            ways.iter().filter_map(|way| way.get(&input.name)).collect();
        let guess = if told.is_empty() {
            let aim = match Some(input.name.as_str()) {
                name if name == roles.left.map(|i| &*i.name) => wanted.source,
                name if name == roles.right.map(|i| &*i.name) => wanted.target,
                _ => None,
            };
            match aim {
                Some(region) => Guess::Known(region.to_string()),
                None => alone(pattern, input, &values, estate, &said),
            }
        } else {
            one_of(told.into_iter().cloned().collect())
        };
        if let Guess::Known(value) = &guess {
            values.insert(input.name.clone(), value.clone());
        }
        all.push(guess);
    }
    all
}

fn one_of(mut all: Vec<String>) -> Guess {
    // A brace would be read as a template.
    all.retain(|value| !value.contains(['{', '}']));
    all.sort_unstable();
    all.dedup();
    match all.as_slice() {
        [one] => Guess::Known(one.clone()),
        _ => Guess::Open(all),
    }
}

/// What is known of an input by itself.
fn alone(
    pattern: &Runbook,
    input: &Input,
    values: &Values,
    estate: &Estate,
    said: &[Said],
) -> Guess {
    match input.kind {
        InputType::Integer | InputType::Duration => Guess::Kept,
        InputType::DnsName => one_of(names(input, values, estate, said)),
        InputType::Zone => {
            let zones = estate.zones().filter(|zone| !zone.item.private);
            one_of(zones.map(|zone| zone.item.name.clone()).collect())
        }
        _ => one_of(pattern.offers(&input.name, values, estate)),
    }
}

/// The records that a step could mean that gives this name another value.
fn names(
    input: &Input,
    values: &Values,
    estate: &Estate,
    said: &[Said],
) -> Vec<String> {
    let template = format!("{{{}}}", input.name);
    let is = |step: &&Said, kind: &str| {
        let says = |key: &str, value: &str| {
            step.get(key).is_some_and(|all| all.iter().any(|v| v == value))
        };
        says("kind", kind) && says("name", &template)
    };
    let records = || estate.records().map(|placed| placed.item);
    if said.iter().any(|step| is(&step, "route53.set-weights")) {
        let weighed = records().filter(|record| record.weight.is_some());
        return weighed.map(|record| record.name.clone()).collect();
    }
    if !said.iter().any(|step| is(&step, "route53.switch-record")) {
        return Vec::new();
    }
    let ours: BTreeSet<&String> = values.values().collect();
    let instances = estate.all_instances().filter_map(|placed| {
        let (host, _) = placed.item.endpoint.as_ref()?;
        ours.contains(&placed.item.id).then_some(host.as_str())
    });
    let clusters = estate.clusters().filter_map(|placed| {
        let host = placed.item.endpoint.as_deref()?;
        ours.contains(&placed.item.id).then_some(host)
    });
    let hosts: BTreeSet<&str> = instances.chain(clusters).collect();
    let leads = |value: &String| hosts.contains(value.trim_end_matches('.'));
    let of = records().filter(|record| record.values.iter().any(leads));
    of.map(|record| record.name.clone()).collect()
}

/// Which input is what, by type and Region.
struct Roles<'a> {
    account: Option<&'a Input>,
    /// The Region being left, and the other one.
    left: Option<&'a Input>,
    right: Option<&'a Input>,
    global: Option<&'a Input>,
    inputs: &'a [Input],
}

impl<'a> Roles<'a> {
    fn of(pattern: &'a Runbook) -> Self {
        let inputs = pattern.inputs.as_slice();
        let first = |kind: InputType| inputs.iter().find(|i| i.kind == kind);
        let regions = || inputs.iter().filter(|i| i.kind == InputType::Region);
        let left = regions().find(|i| LEFT.contains(&i.name.as_str()));
        let mut others =
            regions().filter(|i| !LEFT.contains(&i.name.as_str()));
        Roles {
            account: first(InputType::Account),
            left,
            right: others.next(),
            global: first(InputType::AuroraGlobal),
            inputs,
        }
    }

    /// The input of a type that is looked for in a Region.
    fn there(&self, kind: InputType, place: Option<&Input>) -> Option<&Input> {
        let place = format!("{{{}}}", place?.name);
        let mut inputs = self.inputs.iter().filter(|i| i.kind == kind);
        inputs.find(|input| {
            let region = input.region.as_ref();
            region.is_some_and(|region| region.to_string() == place)
        })
    }

    /// Every replica in another Region than what it follows.
    fn replicas(&self, estate: &Estate) -> Ways {
        let primary = self.there(InputType::RdsInstance, self.left);
        let replica = self.there(InputType::RdsInstance, self.right);
        let (Some(primary), Some(replica)) = (primary, replica) else {
            return Ways::new();
        };
        let pairs = estate.all_instances().filter_map(|placed| {
            let source = Arn::new(placed.item.replica_of.as_deref()?);
            let from = source.region()?;
            let mut way = self.way(placed.account, &from, placed.region)?;
            way.insert(primary.name.clone(), source.tail().to_owned());
            way.insert(replica.name.clone(), placed.item.id.clone());
            Some(way)
        });
        pairs.collect()
    }

    /// Every secondary cluster of a global database.
    fn globals(&self, estate: &Estate) -> Ways {
        let kind = InputType::AuroraCluster;
        let roles =
            (self.there(kind, self.left), self.there(kind, self.right));
        let (Some(global), (Some(writer), Some(cluster))) =
            (self.global, roles)
        else {
            return Ways::new();
        };
        let mut ways = Ways::new();
        for placed in estate.global_clusters() {
            let members = &placed.item.members;
            let Some((first, _)) = members.iter().find(|(_, w)| *w) else {
                continue;
            };
            for (other, _) in members.iter().filter(|(_, writes)| !writes) {
                let regions = first.region().zip(other.region());
                let Some((from, to)) = regions else { continue };
                let way = self.way(placed.account, &from, &to);
                let Some(mut way) = way else { continue };
                way.insert(global.name.clone(), placed.item.id.clone());
                way.insert(writer.name.clone(), first.tail().to_owned());
                way.insert(cluster.name.clone(), other.tail().to_owned());
                ways.push(way);
            }
        }
        ways
    }

    fn way(
        &self,
        account: &str,
        from: &Region,
        to: &Region,
    ) -> Option<BTreeMap<String, String>> {
        if from == to {
            return None;
        }
        let roles = [
            (self.account, account),
            (self.left, from.as_str()),
            (self.right, to.as_str()),
        ];
        let known = roles.into_iter().filter_map(|(role, value)| {
            Some((role?.name.clone(), value.to_owned()))
        });
        Some(known.collect())
    }
}

#[cfg(test)]
mod tests;
