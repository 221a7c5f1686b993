//! The config file as it is written, read so that one mistake takes away
//! only what it is about.

use std::collections::BTreeMap;
use std::ops::Range;
use std::path::Path;

use serde::Deserialize;
use toml::Spanned;
use toml::de::{DeTable, DeValue, Deserializer, Error};

use super::problem::{Problem, did_you_mean};

/// As many names are listed where none is near.
const FEW: usize = 6;

/// The config file.
#[derive(Debug, Default, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct File {
    pub(super) profile: Option<String>,
    pub(super) regions: Option<Spanned<Vec<String>>>,
    pub(super) source_region: Option<Spanned<String>>,
    pub(super) target_region: Option<Spanned<String>>,
    pub(super) endpoint_url: Option<Spanned<String>>,
    pub(super) keymap: Option<String>,
    pub(super) shared_estate: Option<Spanned<String>>,
    pub(super) theme: Option<Spanned<String>>,
    pub(super) ascii: Option<bool>,
    pub(super) no_color: Option<bool>,
    pub(super) read_only: Option<bool>,
    pub(super) plain: Option<bool>,
    pub(super) idle_minutes: Option<Spanned<i64>>,
    pub(super) second_person: Option<Spanned<String>>,
    pub(super) second_person_by_tier: BTreeMap<String, Spanned<String>>,
    pub(super) resolvers: Option<Spanned<Vec<String>>>,
    pub(super) accounts: BTreeMap<String, RawAccount>,
    pub(super) tiers: BTreeMap<String, RawTier>,
    pub(super) objective: Vec<RawRule>,
    pub(super) detect: Vec<RawDetect>,
    pub(super) pace: BTreeMap<Spanned<String>, Spanned<String>>,
    pub(super) hosts: BTreeMap<Spanned<String>, Spanned<String>>,
    pub(super) cost: RawCost,
    pub(super) estate: Option<RawEstate>,
    pub(super) budget: BTreeMap<Spanned<String>, Spanned<f64>>,
}

/// `[cost]`.
#[derive(Debug, Default, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub(super) struct RawCost {
    pub(super) prices: Option<String>,
    pub(super) keep: BTreeMap<Spanned<String>, Spanned<String>>,
}

/// `[estate]`.
#[derive(Debug, Default, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub(super) struct RawEstate {
    pub(super) app_tag: Option<Spanned<String>>,
    pub(super) automation: Option<Spanned<Vec<String>>>,
    pub(super) backup_success: Option<Spanned<i64>>,
}

/// `[accounts.NAME]`.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct RawAccount {
    pub(super) id: Option<Spanned<String>>,
    pub(super) environment: Option<String>,
    pub(super) drill: Option<bool>,
    pub(super) read: Option<RawAccess>,
    pub(super) operate: Option<RawAccess>,
    pub(super) break_glass: Option<RawAccess>,
}

/// `{ profile, role_arn, external_id }`.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct RawAccess {
    pub(super) profile: Option<String>,
    pub(super) role_arn: Option<Spanned<String>>,
    pub(super) external_id: Option<String>,
}

/// `[[detect]]`.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct RawDetect {
    pub(super) queue: Spanned<String>,
}

/// `[tiers.NAME]`.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct RawTier {
    pub(super) rpo: Spanned<String>,
    pub(super) rto: Spanned<String>,
}

/// `[[objective]]`.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct RawRule {
    #[serde(rename = "match", default)]
    pub(super) matches: RawMatch,
    pub(super) tier: Spanned<String>,
    pub(super) rpo: Option<Spanned<String>>,
    pub(super) rto: Option<Spanned<String>>,
}

/// What a rule is about.
#[derive(Debug, Default, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct RawMatch {
    pub(super) account: Option<Spanned<String>>,
    pub(super) tag: Option<String>,
    pub(super) name: Option<String>,
    #[serde(rename = "type")]
    pub(super) kind: Option<Spanned<String>>,
}

impl File {
    /// Reads a config file and says what is wrong with it. Each setting,
    /// account, tier and rule is read by itself. Where it is no TOML, only
    /// the first mistake of a line is told: the others follow from it.
    pub(super) fn read(text: &str, path: &Path) -> (Self, Vec<Problem>) {
        let (table, errors) = DeTable::parse_recoverable(text);
        let mut problems: Vec<Problem> =
            errors.iter().map(|e| told(e, text, path)).collect();
        let span = table.span();
        let mut file = File::default();
        for part in parts(table.into_inner(), &span) {
            let read = File::deserialize(Deserializer::from(part));
            match read {
                Ok(part) => file.take(part),
                Err(error) => problems.push(told(&error, text, path)),
            }
        }
        if !errors.is_empty() {
            problems.sort_by_key(|problem| problem.at);
            problems.dedup_by_key(|p| p.at.map(|(line, _)| line));
        }
        (file, problems)
    }

    /// Adds what one part of the file says.
    fn take(&mut self, part: File) {
        macro_rules! take {
            ($($field:ident)*) => {$(
                if part.$field.is_some() {
                    self.$field = part.$field;
                }
            )*};
        }
        take!(profile regions source_region target_region endpoint_url
            keymap shared_estate theme ascii no_color read_only plain idle_minutes
            resolvers estate second_person);
        self.accounts.extend(part.accounts);
        self.tiers.extend(part.tiers);
        self.objective.extend(part.objective);
        self.detect.extend(part.detect);
        self.pace.extend(part.pace);
        self.hosts.extend(part.hosts);
        self.second_person_by_tier.extend(part.second_person_by_tier);
        self.cost.prices = self.cost.prices.take().or(part.cost.prices);
        self.cost.keep.extend(part.cost.keep);
        self.budget.extend(part.budget);
    }
}

/// The file cut into tables with one setting, account, tier or rule each.
fn parts<'a>(
    table: DeTable<'a>,
    span: &Range<usize>,
) -> Vec<Spanned<DeTable<'a>>> {
    let whole = |table| Spanned::new(span.clone(), table);
    let mut parts = Vec::new();
    for (key, value) in table {
        let at = value.span();
        let named =
            ["accounts", "tiers", "hosts", "budget", "second_person_by_tier"]
                .contains(&key.get_ref().as_ref());
        match value.into_inner() {
            DeValue::Table(inner) if named => {
                for entry in inner {
                    let inner = DeValue::Table(DeTable::from_iter([entry]));
                    let value = Spanned::new(at.clone(), inner);
                    let entry = (key.clone(), value);
                    parts.push(whole(DeTable::from_iter([entry])));
                }
            }
            DeValue::Array(list) if key.get_ref() == "objective" => {
                for rule in list {
                    let at = rule.span();
                    let mut one = toml::de::DeArray::new();
                    one.push(rule);
                    let value = Spanned::new(at, DeValue::Array(one));
                    let entry = (key.clone(), value);
                    parts.push(whole(DeTable::from_iter([entry])));
                }
            }
            other => {
                let value = Spanned::new(at, other);
                parts.push(whole(DeTable::from_iter([(key, value)])));
            }
        }
    }
    parts
}

fn told(error: &Error, text: &str, path: &Path) -> Problem {
    let said = error.message();
    let said = unknown_key(said).unwrap_or_else(|| {
        said.replace('\n', " ")
            .replace("a sequence", "a list")
            .replace("expected f64", "expected a number")
    });
    match error.span() {
        Some(span) => Problem::in_text(path, text, &span, said),
        None => Problem::of_file(path, said),
    }
}

/// Serde's sentence about an unknown field, with the nearest name instead of
/// all of them.
fn unknown_key(said: &str) -> Option<String> {
    let mut names = said.strip_prefix("unknown field ")?.split('`').skip(1);
    let key = names.next()?;
    let known: Vec<&str> = names.skip(1).step_by(2).collect();
    let hint = did_you_mean(key, known.iter().copied());
    if hint.is_empty() && known.len() <= FEW {
        let known = known.join(", ");
        return Some(format!("unknown key `{key}`; known are {known}"));
    }
    Some(format!("unknown key `{key}`{hint}"))
}
