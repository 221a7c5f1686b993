//! Input: what a runbook asks before it starts, checked against the estate.

use jiff::{SignedDuration, Timestamp};
use serde::{Deserialize, Serialize};

use super::run::matches_whole;
use super::text::Text;
use super::{Runbook, Values};
use crate::estate::ids::{Account, Region};
use crate::estate::{Estate, Source, What};

/// What a runbook asks before it starts.
#[derive(Clone, Debug)]
pub struct Input {
    /// Its name, as templates use it.
    pub name: String,
    /// What it is, in a few words; its name if the file gives none.
    pub title: String,
    /// Its type.
    pub kind: InputType,
    /// What it is if the person gives nothing else.
    pub default: Option<Text>,
    /// A regular expression the whole value must match.
    pub pattern: Option<String>,
    /// The Region in which a resource is looked for.
    pub region: Option<Text>,
    /// The line its table begins at, from 1.
    pub line: usize,
}

/// The type of an input.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum InputType {
    /// Twelve digits.
    Account,
    /// A Region.
    Region,
    /// The identifier of an RDS instance.
    RdsInstance,
    /// The identifier of an Aurora cluster.
    AuroraCluster,
    /// The identifier of an Aurora global database.
    AuroraGlobal,
    /// A hosted zone: its name or its id; steps get the id.
    Zone,
    /// A Route 53 health check: its id, or what it checks; steps get the id.
    HealthCheck,
    /// A DNS name; steps get it in lower case without its final dot.
    DnsName,
    /// An address of HTTP or HTTPS.
    Url,
    /// A whole number.
    Integer,
    /// A time span, such as `5m`.
    Duration,
    /// Any text.
    String,
}

impl InputType {
    /// All types with the word for them in runbooks.
    pub const ALL: [(&'static str, InputType); 12] = [
        ("account", InputType::Account),
        ("region", InputType::Region),
        ("rds-instance", InputType::RdsInstance),
        ("aurora-cluster", InputType::AuroraCluster),
        ("aurora-global", InputType::AuroraGlobal),
        ("zone", InputType::Zone),
        ("health-check", InputType::HealthCheck),
        ("dns-name", InputType::DnsName),
        ("url", InputType::Url),
        ("integer", InputType::Integer),
        ("duration", InputType::Duration),
        ("string", InputType::String),
    ];

    /// The word in runbooks.
    pub fn word(self) -> &'static str {
        Self::ALL
            .iter()
            .find(|(_, kind)| *kind == self)
            .map_or("string", |(word, _)| word)
    }
}

/// An input of a run as it was pinned.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct InputPin {
    /// Its name in the runbook.
    pub name: String,
    /// What the person gave, such as the name of a zone.
    pub given: String,
    /// What steps use, such as that zone's id.
    pub value: String,
    /// Whether AWS confirmed it.
    pub verified: bool,
    /// How it was confirmed, or why it could not be.
    pub how: String,
}

/// What came of checking one input.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Resolved {
    /// Its name.
    pub name: String,
    /// What it is, in a few words.
    pub title: String,
    /// Its type.
    pub kind: InputType,
    /// What was given, or the default.
    pub given: String,
    /// What steps would use, or why it cannot be taken.
    pub result: Result<InputPin, String>,
}

/// Whether AWS confirmed a value, and what steps use for it.
enum Check {
    Yes(String, String),
    Unconfirmed(String, String),
    No(String),
}

impl Runbook {
    /// Checks all inputs against the estate: those given, else the defaults.
    /// What AWS cannot confirm now is taken as typed and marked unverified;
    /// what AWS denies is not taken.
    pub fn resolve(
        &self,
        given: &Values,
        estate: &Estate,
        now: Timestamp,
    ) -> Vec<Resolved> {
        let mut values = Values::new();
        let mut all = Vec::new();
        for input in &self.inputs {
            let text = match (given.get(&input.name), &input.default) {
                (Some(given), _) => given.trim().to_owned(),
                (None, Some(default)) => default.show(&values),
                (None, None) => String::new(),
            };
            let result = self.check(input, &text, &values, estate, now);
            if let Ok(pin) = &result {
                values.insert(input.name.clone(), pin.value.clone());
            }
            all.push(Resolved {
                name: input.name.clone(),
                title: input.title.clone(),
                kind: input.kind,
                given: text,
                result,
            });
        }
        all
    }

    /// What the estate has for an input, to be picked from.
    pub fn offers(
        &self,
        input: &str,
        values: &Values,
        estate: &Estate,
    ) -> Vec<String> {
        let Some(input) = self.inputs.iter().find(|i| i.name == input) else {
            return Vec::new();
        };
        let place = self.place_of(input, values);
        let mut offers: Vec<String> = match input.kind {
            InputType::Account => {
                estate.accounts().iter().map(ToString::to_string).collect()
            }
            InputType::Region => {
                estate.regions().iter().map(ToString::to_string).collect()
            }
            InputType::RdsInstance => match place {
                Some((account, region)) => estate
                    .instances(&account, &region)
                    .iter()
                    .map(|instance| instance.id.clone())
                    .collect(),
                None => Vec::new(),
            },
            InputType::AuroraCluster => match place {
                Some((account, region)) => estate
                    .clusters()
                    .filter(|p| *p.account == account && *p.region == region)
                    .map(|placed| placed.item.id.clone())
                    .collect(),
                None => Vec::new(),
            },
            InputType::AuroraGlobal => estate
                .global_clusters()
                .map(|placed| placed.item.id.clone())
                .collect(),
            InputType::Zone => {
                estate.zones().map(|zone| zone.item.name.clone()).collect()
            }
            InputType::HealthCheck => {
                estate.health_checks().map(|c| c.item.id.clone()).collect()
            }
            InputType::DnsName
            | InputType::Url
            | InputType::Integer
            | InputType::Duration
            | InputType::String => Vec::new(),
        };
        offers.sort_unstable();
        offers.dedup();
        offers
    }

    /// Account and Region in which an input is looked for.
    fn place_of(
        &self,
        input: &Input,
        values: &Values,
    ) -> Option<(Account, Region)> {
        let region = input.region.as_ref()?.fill(values).ok()?;
        Some((self.account(values)?, Region::new(region)))
    }

    /// The value of the first input that is an account.
    fn account(&self, values: &Values) -> Option<Account> {
        let mut inputs = self.inputs.iter();
        let account = inputs.find(|i| i.kind == InputType::Account)?;
        values.get(&account.name).map(Account::new)
    }

    fn check(
        &self,
        input: &Input,
        text: &str,
        values: &Values,
        estate: &Estate,
        now: Timestamp,
    ) -> Result<InputPin, String> {
        if text.is_empty() {
            return Err("it has no value".into());
        }
        if let Some(pattern) = &input.pattern
            && !matches_whole(pattern, text)
        {
            return Err(format!("it does not match {pattern}"));
        }
        let check = match input.kind {
            InputType::RdsInstance => match self.place_of(input, values) {
                Some(place) => check_instance(text, &place, estate, now),
                None => unconfirmed(text, "its Region is not known"),
            },
            InputType::AuroraCluster | InputType::AuroraGlobal => {
                match self.place_of(input, values) {
                    Some(place) => {
                        check_aurora(input.kind, text, &place, estate, now)
                    }
                    None => unconfirmed(text, "its Region is not known"),
                }
            }
            InputType::Zone => {
                check_zone(text, self.account(values).as_ref(), estate)
            }
            InputType::HealthCheck => check_health_check(text, estate),
            InputType::Account => check_account(text, estate),
            InputType::Region => check_region(text, estate),
            InputType::DnsName
            | InputType::Url
            | InputType::Integer
            | InputType::Duration
            | InputType::String => check_form(input.kind, text),
        };
        let (value, verified, how) = match check {
            Check::Yes(value, how) => (value, true, how),
            Check::Unconfirmed(value, how) => (value, false, how),
            Check::No(why) => return Err(why),
        };
        let (name, given) = (input.name.clone(), text.to_owned());
        Ok(InputPin { name, given, value, verified, how })
    }
}

fn unconfirmed(text: &str, why: &str) -> Check {
    Check::Unconfirmed(text.to_owned(), why.to_owned())
}

fn yes(text: &str, how: &str) -> Check {
    Check::Yes(text.to_owned(), how.to_owned())
}

fn check_account(text: &str, estate: &Estate) -> Check {
    if !matches_whole("[0-9]{12}", text) {
        return Check::No("an account has twelve digits".into());
    }
    let mut identities = estate.identities();
    if identities.any(|identity| &*identity.item.account == text) {
        return yes(text, "we are signed in to it");
    }
    unconfirmed(text, "not signed in to it")
}

fn check_region(text: &str, estate: &Estate) -> Check {
    if !matches_whole("[a-z]{2,4}(-[a-z]+)+-[0-9]{1,2}", text) {
        return Check::No("a Region is named like eu-central-1".into());
    }
    if estate.regions().iter().any(|region| &***region == text) {
        return yes(text, "it is watched");
    }
    unconfirmed(text, "it is not watched")
}

fn check_instance(
    text: &str,
    (account, region): &(Account, Region),
    estate: &Estate,
    now: Timestamp,
) -> Check {
    if !matches_whole(RDS_NAME, text) {
        return Check::No("an RDS instance is not named like this".into());
    }
    let list = Source::aws(account, region, What::Instances);
    let found = estate.find_instance(account, region, text).is_some();
    told_by_rds(text, "instance", &list, found, estate, now)
}

fn check_aurora(
    kind: InputType,
    text: &str,
    (account, region): &(Account, Region),
    estate: &Estate,
    now: Timestamp,
) -> Check {
    if !matches_whole(RDS_NAME, text) {
        return Check::No("an Aurora cluster is not named like this".into());
    }
    let (what, word, found) = if kind == InputType::AuroraGlobal {
        let found = estate.find_global(account, region, text).is_some();
        (What::GlobalClusters, "global database", found)
    } else {
        let found = estate.find_cluster(account, region, text).is_some();
        (What::Clusters, "cluster", found)
    };
    let list = Source::aws(account, region, what);
    told_by_rds(text, word, &list, found, estate, now)
}

/// How RDS names what it keeps (Amazon RDS user guide, "Naming
/// constraints").
const RDS_NAME: &str = "[a-zA-Z][a-zA-Z0-9-]{0,62}";

fn told_by_rds(
    text: &str,
    word: &str,
    list: &Source,
    found: bool,
    estate: &Estate,
    now: Timestamp,
) -> Check {
    let known = estate.known(list);
    let live = known.is_some_and(|known| known.bears(now, estate.pace(list)));
    match found {
        true if live => yes(text, "RDS has it"),
        true => unconfirmed(text, "RDS had it when it last answered"),
        false if live => {
            let region = list.region().map_or("", |region| region.as_str());
            Check::No(format!("RDS has no {word} {text} in {region}"))
        }
        false => unconfirmed(text, "RDS does not answer"),
    }
}

/// How a sentence begins that tells that Route 53 could not be asked.
pub const UNREACHED: &str = "Route 53 was not reached";

/// Whether Route 53 has ever told which zones there are.
fn told_of_zones(account: Option<&Account>, estate: &Estate) -> bool {
    estate.sources().any(|(source, known)| {
        matches!(source, Source::Aws { account: of, what: What::Zones, .. }
            if account.is_none_or(|account| account == of))
            && known.seen.is_some()
    })
}

fn check_zone(
    text: &str,
    account: Option<&Account>,
    estate: &Estate,
) -> Check {
    let name = text.trim_end_matches('.').to_ascii_lowercase();
    let zones: Vec<_> = estate
        .zones()
        .filter(|zone| account.is_none_or(|account| zone.account == account))
        .filter(|zone| &*zone.item.id == text || zone.item.name == name)
        .collect();
    let public: Vec<_> =
        zones.iter().filter(|zone| !zone.item.private).copied().collect();
    match (public.as_slice(), zones.as_slice()) {
        ([zone], _) | ([], [zone]) => {
            let how = format!("zone {}", zone.item.name);
            Check::Yes(zone.item.id.to_string(), how)
        }
        ([], []) if matches_whole("Z[A-Z0-9]{4,31}", text) => {
            unconfirmed(text, "Route 53 has not told of it")
        }
        ([], []) if !told_of_zones(account, estate) => Check::No(format!(
            "{UNREACHED}: whether there is a zone {text} cannot be \
                 known; the zone's id needs no asking"
        )),
        ([], []) => Check::No(format!(
            "Route 53 has told of no zone {text}; give the zone's id"
        )),
        _ => {
            Check::No(format!("several zones are called {text}; give the id"))
        }
    }
}

fn check_health_check(text: &str, estate: &Estate) -> Check {
    let checks: Vec<_> = estate
        .health_checks()
        .filter(|check| check.item.id == text || check.item.target == text)
        .collect();
    match checks.as_slice() {
        [check] => Check::Yes(
            check.item.id.clone(),
            format!("it checks {}", check.item.target),
        ),
        [] if matches_whole("[A-Za-z0-9-]{1,64}", text) => {
            unconfirmed(text, "Route 53 has not told of it")
        }
        [] => Check::No(format!("no health check has {text} as id or target")),
        _ => Check::No(format!("several checks look at {text}; give the id")),
    }
}

fn check_form(kind: InputType, text: &str) -> Check {
    match kind {
        InputType::DnsName => {
            let name = text.trim_end_matches('.').to_ascii_lowercase();
            let label = "[a-z0-9_*]([a-z0-9_-]{0,61}[a-z0-9_])?";
            let pattern = format!(r"({label}\.)+{label}");
            if name.len() > 253 || !matches_whole(&pattern, &name) {
                return Check::No(format!("{text} is not a DNS name"));
            }
            Check::Yes(name, "its form".into())
        }
        InputType::Url if !matches_whole(r"https?://[^\s]+", text) => {
            Check::No("an URL begins with http:// or https://".into())
        }
        InputType::Integer if text.parse::<i64>().is_err() => {
            Check::No(format!("{text} is not a whole number"))
        }
        InputType::Duration if text.parse::<SignedDuration>().is_err() => {
            Check::No(format!("{text} is not a time span such as 5m"))
        }
        _ => yes(text, "its form"),
    }
}
