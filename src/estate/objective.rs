//! Tiers and their RPO and RTO, and how a resource comes by one.

use std::collections::BTreeMap;
use std::fmt;
use std::sync::Arc;

use jiff::SignedDuration;
use serde::{Deserialize, Serialize};

use super::ids::Account;
use super::resource::ResourceType;

pub use super::standing::{Standing, State, protected};
pub use super::verdict::{Answer, Verdict};

/// How much a workload matters.
#[derive(
    Clone, Debug, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize,
)]
pub enum Tier {
    /// 5 minutes of loss, 15 minutes of outage.
    Gold,
    /// 1 hour of loss, 4 hours of outage.
    Silver,
    /// 24 hours of loss, 24 hours of outage.
    Bronze,
    /// One that the user named.
    Named(Arc<str>),
}

impl Tier {
    /// The three tiers that come with the program.
    pub const ALL: [Tier; 3] = [Tier::Gold, Tier::Silver, Tier::Bronze];

    /// Its name.
    pub fn name(&self) -> &str {
        match self {
            Tier::Gold => "Gold",
            Tier::Silver => "Silver",
            Tier::Bronze => "Bronze",
            Tier::Named(name) => name,
        }
    }

    /// The tier of this name, in any case; another name is a tier of the
    /// user's own.
    pub fn named(name: &str) -> Self {
        Tier::ALL
            .into_iter()
            .find(|tier| tier.name().eq_ignore_ascii_case(name.trim()))
            .unwrap_or_else(|| Tier::Named(Arc::from(name.trim())))
    }
}

impl fmt::Display for Tier {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(self.name())
    }
}

/// What is demanded of a workload.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Objective {
    /// Its tier.
    pub tier: Tier,
    /// The most data, in time, that may be lost.
    pub rpo: SignedDuration,
    /// The longest that it may be down.
    pub rto: SignedDuration,
}

impl Objective {
    /// What the practitioners' guide demands of the three tiers.
    pub fn defaults() -> [Objective; 3] {
        let minutes = SignedDuration::from_mins;
        [
            (Tier::Gold, 5, 15),
            (Tier::Silver, 60, 4 * 60),
            (Tier::Bronze, 24 * 60, 24 * 60),
        ]
        .map(|(tier, rpo, rto)| Objective {
            tier,
            rpo: minutes(rpo),
            rto: minutes(rto),
        })
    }
}

/// Which resources a rule is about; what is not given matches all.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Match {
    /// The account's id.
    pub account: Option<Account>,
    /// A tag's key, and its value where that matters.
    pub tag: Option<(String, Option<String>)>,
    /// The resource's name; `*` stands for any characters.
    pub name: Option<String>,
    /// The resource's type.
    pub kind: Option<ResourceType>,
}

/// One rule of the config: what matches has this objective.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Rule {
    /// Which resources.
    pub matches: Match,
    /// What is demanded of them.
    pub objective: Objective,
}

/// How resources come by their objectives: the first rule that matches, else
/// the tag `DR_Tier`. What neither says has none.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Rules {
    /// The rules, in the order of the config.
    pub rules: Vec<Rule>,
    /// The tiers that a tag can name.
    pub tiers: Vec<Objective>,
}

impl Default for Rules {
    fn default() -> Self {
        Rules { rules: Vec::new(), tiers: Objective::defaults().into() }
    }
}

/// What a rule is held against.
#[derive(Clone, Copy, Debug)]
pub struct Candidate<'a> {
    /// The account it lies in.
    pub account: &'a Account,
    /// Its name.
    pub name: &'a str,
    /// Its type.
    pub kind: ResourceType,
    /// Its tags, where they are known.
    pub tags: Option<&'a BTreeMap<String, String>>,
}

/// The objective of a resource, and what to mend about how it is said.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Demand {
    /// The objective, if it has one.
    pub objective: Option<Objective>,
    /// What is odd about the tag that says so, such as its spelling.
    pub notice: Option<String>,
}

impl Rules {
    /// What is demanded of a resource.
    pub fn demand(&self, of: Candidate<'_>) -> Demand {
        let hit = self.rules.iter().find(|rule| rule.matches.hits(of));
        if let Some(rule) = hit {
            let objective = Some(rule.objective.clone());
            return Demand { objective, notice: None };
        }
        match of.tags.and_then(tier_tag) {
            Some((key, value)) => self.tagged(key, value),
            None => Demand::default(),
        }
    }

    fn tagged(&self, key: &str, value: &str) -> Demand {
        let wanted = value.trim().to_lowercase();
        let named = |o: &&Objective| o.tier.name().to_lowercase() == wanted;
        if let Some(objective) = self.tiers.iter().find(named) {
            let odd = key != "DR_Tier" || value != objective.tier.name();
            let notice = odd.then(|| {
                let tier = &objective.tier;
                format!("tag {key}={value} is read as DR_Tier={tier}")
            });
            return Demand { objective: Some(objective.clone()), notice };
        }
        let nearest = self
            .tiers
            .iter()
            .map(|o| {
                (
                    strsim::levenshtein(
                        &o.tier.name().to_lowercase(),
                        &wanted,
                    ),
                    o,
                )
            })
            .filter(|(distance, _)| *distance <= 2)
            .min_by_key(|(distance, _)| *distance);
        match nearest {
            Some((_, objective)) => Demand {
                objective: Some(objective.clone()),
                notice: Some(format!(
                    "tag {key}={value} is read as {}; mend its spelling",
                    objective.tier
                )),
            },
            None => Demand {
                objective: None,
                notice: Some(format!("tag {key}={value} names no tier")),
            },
        }
    }
}

impl Match {
    fn hits(&self, of: Candidate<'_>) -> bool {
        self.account.as_ref().is_none_or(|account| account == of.account)
            && self.kind.is_none_or(|kind| kind == of.kind)
            && self.name.as_ref().is_none_or(|name| fits(name, of.name))
            && self.tag.as_ref().is_none_or(|(key, value)| {
                let held = of.tags.and_then(|tags| tags.get(key));
                held.is_some_and(|held| {
                    value.as_ref().is_none_or(|value| value == held)
                })
            })
    }
}

/// Whether tags ask for backups: `Backup=Enabled`, in any case.
pub(super) fn asks_for_backup(tags: &BTreeMap<String, String>) -> bool {
    tags.iter().any(|(key, value)| {
        key.eq_ignore_ascii_case("backup")
            && ["enabled", "true", "yes"]
                .contains(&value.trim().to_lowercase().as_str())
    })
}

/// The tag that names the tier: `DR_Tier`, else another way to write it.
fn tier_tag(tags: &BTreeMap<String, String>) -> Option<(&str, &str)> {
    let exact = tags.get_key_value("DR_Tier");
    let near = || {
        tags.iter().find(|(key, _)| {
            key.chars()
                .filter(char::is_ascii_alphanumeric)
                .map(|c| c.to_ascii_lowercase())
                .eq("drtier".chars())
        })
    };
    exact.or_else(near).map(|(key, value)| (key.as_str(), value.as_str()))
}

/// Whether a name fits a pattern in which `*` stands for any characters.
pub(super) fn fits(pattern: &str, name: &str) -> bool {
    let mut parts = pattern.split('*');
    let first = parts.next().unwrap_or_default();
    let Some(mut rest) = name.strip_prefix(first) else { return false };
    let Some(last) = parts.next_back() else { return rest.is_empty() };
    for part in parts {
        let Some((_, after)) = rest.split_once(part) else { return false };
        rest = after;
    }
    rest.ends_with(last)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn tags(key: &str, value: &str) -> BTreeMap<String, String> {
        BTreeMap::from([(key.to_owned(), value.to_owned())])
    }

    fn demand(rules: &Rules, tags: &BTreeMap<String, String>) -> Demand {
        rules.demand(Candidate {
            account: &Account::new("111122223333"),
            name: "learn-db",
            kind: ResourceType::Rds,
            tags: Some(tags),
        })
    }

    fn tier(demand: &Demand) -> Option<&str> {
        demand.objective.as_ref().map(|o| o.tier.name())
    }

    fn rule(name: &str, tier: &str) -> Rule {
        let [gold, ..] = Objective::defaults();
        Rule {
            matches: Match { name: Some(name.into()), ..Match::default() },
            objective: Objective { tier: Tier::named(tier), ..gold },
        }
    }

    #[test]
    fn the_tag_gives_the_tier_without_a_word() {
        let demand = demand(&Rules::default(), &tags("DR_Tier", "Gold"));
        let objective = demand.objective.expect("gold");
        assert_eq!(objective.rpo, SignedDuration::from_mins(5));
        assert_eq!(objective.rto, SignedDuration::from_mins(15));
        assert_eq!(demand.notice, None);
    }

    #[test]
    fn a_misspelt_tier_is_understood_and_said() {
        for (key, value) in
            [("DR_Tier", "Bronz"), ("dr-tier", "bronze"), ("DRTier", "BRONZE")]
        {
            let demand = demand(&Rules::default(), &tags(key, value));
            assert_eq!(tier(&demand), Some("Bronze"), "{key}={value}");
            assert!(demand.notice.is_some(), "{key}={value}");
        }
    }

    #[test]
    fn a_tag_that_names_no_tier_gives_no_objective_but_a_notice() {
        let demand = demand(&Rules::default(), &tags("DR_Tier", "platinum"));
        assert_eq!(demand.objective, None);
        let notice = demand.notice.expect("a notice");
        assert_eq!(notice, "tag DR_Tier=platinum names no tier");
    }

    #[test]
    fn what_matches_nothing_has_no_objective() {
        let demand = demand(&Rules::default(), &tags("owner", "payments"));
        assert_eq!(demand, Demand::default());
    }

    #[test]
    fn the_first_rule_that_matches_wins_over_later_ones_and_the_tag() {
        let rules = Rules {
            rules: vec![
                rule("other", "Silver"),
                rule("learn-*", "Mine"),
                rule("learn-db", "Silver"),
            ],
            ..Rules::default()
        };
        let demand = demand(&rules, &tags("DR_Tier", "Gold"));
        assert_eq!(tier(&demand), Some("Mine"));
    }

    #[test]
    fn a_star_stands_for_any_characters() {
        for (pattern, name, fit) in [
            ("learn-db", "learn-db", true),
            ("learn-db", "learn-db-2", false),
            ("learn-*", "learn-db", true),
            ("*-db", "learn-db", true),
            ("l*n-*b", "learn-db", true),
            ("*x*", "learn-db", false),
            ("*", "", true),
            ("a*a", "a", false),
        ] {
            assert_eq!(fits(pattern, name), fit, "{pattern} on {name}");
        }
    }
}
