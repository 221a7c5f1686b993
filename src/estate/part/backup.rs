//! Plans of AWS Backup: what is backed up when, where to, for how long.

use std::collections::BTreeMap;

use jiff::Timestamp;
use serde::{Deserialize, Serialize};

use super::super::ids::{Arn, Region};
use super::super::objective::fits;
use super::{Health, Told, stamp};

/// A backup plan.
// https://docs.aws.amazon.com/aws-backup/latest/devguide/API_BackupPlan.html
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct BackupPlan {
    /// Its ARN.
    pub arn: String,
    /// Its id.
    pub id: String,
    /// Its name.
    pub name: String,
    /// Its rules; none if not told.
    pub rules: Option<Vec<PlanRule>>,
    /// What it backs up; none if not told.
    pub selections: Option<Vec<Selection>>,
    /// When it last ran.
    pub ran: Option<Timestamp>,
    /// What could not be asked, and why.
    pub unknown: Vec<String>,
}

/// One rule of a plan.
// https://docs.aws.amazon.com/aws-backup/latest/devguide/API_BackupRule.html
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct PlanRule {
    /// Its name.
    pub name: String,
    /// The vault its recovery points go to, by name.
    pub vault: String,
    /// When it runs, as AWS writes it; none means when asked for.
    pub schedule: Option<String>,
    /// Days that recovery points are kept; none means for ever.
    pub keep_days: Option<i64>,
    /// Days after which they go to cold storage; none means never.
    pub cold_days: Option<i64>,
    /// Whether it backs up continuously where a service can.
    pub continuous: bool,
    /// Where its recovery points are copied to.
    pub copies: Vec<CopyTo>,
}

/// A copy action of a rule.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct CopyTo {
    /// The ARN of the vault that it copies to.
    pub vault: String,
    /// Days that copies are kept; none means for ever.
    pub keep_days: Option<i64>,
}

/// What a plan backs up: what a resource or a tag names, and no condition
/// takes out.
// https://docs.aws.amazon.com/aws-backup/latest/devguide/API_BackupSelection.html
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Selection {
    /// Its name.
    pub name: String,
    /// ARNs, in which `*` stands for any characters.
    pub resources: Vec<String>,
    /// ARNs that it leaves out.
    pub not_resources: Vec<String>,
    /// Tags of which one is enough.
    pub tags: Vec<(String, String)>,
    /// Conditions that must all hold.
    pub conditions: Vec<Condition>,
}

/// A condition on a tag.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Condition {
    /// How the values are compared.
    pub how: Comparison,
    /// The tag's key.
    pub key: String,
    /// What its value is compared with.
    pub value: String,
}

/// How a tag's value is compared.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Comparison {
    /// It is the value.
    Equals,
    /// It is not the value, or there is no such tag.
    NotEquals,
    /// It fits the pattern.
    Like,
    /// It does not fit the pattern, or there is no such tag.
    NotLike,
}

impl CopyTo {
    /// The Region that it copies to.
    pub fn region(&self) -> Option<Region> {
        Arn::new(&self.vault).region()
    }
}

impl Condition {
    fn holds(&self, tags: &BTreeMap<String, String>) -> bool {
        let is = tags.get(&self.key);
        match self.how {
            Comparison::Equals => is == Some(&self.value),
            Comparison::NotEquals => is != Some(&self.value),
            Comparison::Like => is.is_some_and(|is| fits(&self.value, is)),
            Comparison::NotLike => is.is_none_or(|is| !fits(&self.value, is)),
        }
    }
}

impl Selection {
    /// Whether it takes in a resource. Resources and tags add to each other,
    /// conditions and exceptions take away; a selection that names nothing
    /// takes in everything.
    // https://docs.aws.amazon.com/aws-backup/latest/devguide/assigning-resources.html
    pub fn covers(&self, arn: &str, tags: &BTreeMap<String, String>) -> bool {
        let named = |list: &[String]| list.iter().any(|p| fits(p, arn));
        let all = self.resources.is_empty() && self.tags.is_empty();
        let tagged = self.tags.iter().any(|(k, v)| tags.get(k) == Some(v));
        (all || named(&self.resources) || tagged)
            && !named(&self.not_resources)
            && self.conditions.iter().all(|c| c.holds(tags))
    }

    /// Whether it goes by tags alone: only then do the opt-in settings of a
    /// Region matter (API reference of `UpdateRegionSettings`).
    pub fn by_tags_alone(&self) -> bool {
        self.resources.iter().all(|pattern| pattern == "*")
    }

    fn words(&self) -> String {
        let of = match self.resources.len() {
            0 => None,
            1 => Some("1 resource".to_owned()),
            n => Some(format!("{n} resources")),
        };
        let all = self.resources.is_empty() && self.tags.is_empty();
        let all = all.then(|| "everything".to_owned());
        let tags = self.tags.iter().map(|(k, v)| format!("{k}={v}"));
        let less = [
            (self.conditions.len(), "conditions"),
            (self.not_resources.len(), "left out"),
        ];
        let less = less.into_iter().filter(|(n, _)| *n > 0);
        let less = less.map(|(n, what)| format!("{n} {what}"));
        let words: Vec<_> =
            all.into_iter().chain(of).chain(tags).chain(less).collect();
        format!("{}: {}", self.name, words.join(", "))
    }
}

impl PlanRule {
    fn words(&self) -> String {
        let kept = |days: Option<i64>| {
            days.map_or("kept for ever".to_owned(), |d| format!("kept {d} d"))
        };
        let schedule = self.schedule.as_deref().unwrap_or("when asked for");
        let mut words = vec![
            format!("{}: to {}", self.name, self.vault),
            schedule.to_owned(),
            kept(self.keep_days),
        ];
        let cold = self.cold_days.map(|d| format!("cold after {d} d"));
        words.extend(cold);
        words.extend(self.copies.iter().map(|copy| {
            let region = copy.region();
            let region = region.as_deref().unwrap_or("?");
            let vault = Arn::new(&copy.vault);
            let vault = vault.tail();
            format!("copied to {vault} in {region}, {}", kept(copy.keep_days))
        }));
        words.join(", ")
    }
}

impl Told for BackupPlan {
    #[expect(
        clippy::misnamed_getters,
        reason = "what every part tells: its ARN, not the service's own id"
    )]
    fn id(&self) -> &str {
        &self.arn
    }

    fn name(&self) -> &str {
        &self.name
    }

    fn state(&self) -> (Health, String) {
        match (&self.rules, &self.selections) {
            (None, _) => (Health::Unknown, "rules not told".to_owned()),
            (_, None) => (Health::Unknown, "selections not told".to_owned()),
            (Some(rules), _) if rules.is_empty() => {
                (Health::Bad, "plan without a rule".to_owned())
            }
            (_, Some(all)) if all.is_empty() => {
                (Health::Bad, "plan that selects nothing".to_owned())
            }
            _ => (Health::Good, "plan".to_owned()),
        }
    }

    fn facts(&self) -> Vec<(&'static str, String)> {
        let rules = self.rules.iter().flatten();
        let selections = self.selections.iter().flatten();
        let mut facts: Vec<_> =
            rules.map(|rule| ("rule", rule.words())).collect();
        facts.extend(selections.map(|s| ("selects", s.words())));
        facts.extend(self.ran.map(|at| ("last run", stamp(at))));
        facts.extend(self.unknown.iter().map(|u| ("unknown", u.clone())));
        facts
    }

    fn unknown(&self) -> &[String] {
        &self.unknown
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const TABLE: &str = "arn:aws:dynamodb:eu-west-1:111122223333:table/orders";

    fn selection() -> Selection {
        Selection {
            name: "s".to_owned(),
            resources: Vec::new(),
            not_resources: Vec::new(),
            tags: Vec::new(),
            conditions: Vec::new(),
        }
    }

    fn tags(pairs: &[(&str, &str)]) -> BTreeMap<String, String> {
        let pairs = pairs.iter();
        pairs.map(|(k, v)| ((*k).to_owned(), (*v).to_owned())).collect()
    }

    #[test]
    fn resources_and_tags_add_and_exceptions_take_away() {
        let none = tags(&[]);
        let daily = tags(&[("backup", "daily")]);
        assert!(selection().covers(TABLE, &none), "it names nothing");
        let tables = Selection {
            resources: vec!["arn:aws:dynamodb:*:*:table/*".to_owned()],
            ..selection()
        };
        assert!(tables.covers(TABLE, &none));
        let volumes = Selection {
            resources: vec!["arn:aws:ec2:*:*:volume/*".to_owned()],
            tags: vec![("backup".to_owned(), "daily".to_owned())],
            ..selection()
        };
        assert!(!volumes.covers(TABLE, &none));
        assert!(volumes.covers(TABLE, &daily));
        let but = Selection {
            not_resources: vec!["*table/orders".to_owned()],
            ..volumes
        };
        assert!(!but.covers(TABLE, &daily));
    }

    #[test]
    fn every_condition_must_hold_and_a_missing_tag_is_not_equal() {
        let when = |how, value: &str| {
            let condition = Condition {
                how,
                key: "team".to_owned(),
                value: value.to_owned(),
            };
            Selection { conditions: vec![condition], ..selection() }
        };
        let learn = tags(&[("team", "learn")]);
        assert!(when(Comparison::Equals, "learn").covers(TABLE, &learn));
        assert!(when(Comparison::Like, "le*").covers(TABLE, &learn));
        let not = when(Comparison::NotEquals, "learn");
        assert!(!not.covers(TABLE, &learn) && not.covers(TABLE, &tags(&[])));
        let unlike = when(Comparison::NotLike, "l*");
        assert!(!unlike.covers(TABLE, &learn));
        assert!(!when(Comparison::Equals, "x").covers(TABLE, &tags(&[])));
    }
}
