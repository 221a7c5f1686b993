//! What we ask of Amazon EventBridge, and what its answers mean.

use std::collections::BTreeSet;

use serde::Deserialize;
use serde_json::{Value, from_str, json};

use super::modeled::{Client, into};
use super::pages::whole;
use super::tagging::marked;
use super::{Look, Reader, Seen, pages};
use crate::estate::part::automation::{Names, Sign};
use crate::estate::part::events::Rule;
use crate::failure::cleaned;

/// The most rules whose targets one look asks for; those that are named
/// after recovery come first. EventBridge takes 50 such calls a second.
// https://docs.aws.amazon.com/eventbridge/latest/userguide/eb-quota.html
const MOST: usize = 100;

#[derive(Debug, Default, Deserialize)]
#[serde(rename_all = "PascalCase", default)]
struct Listed {
    rules: Vec<Told>,
}

#[derive(Debug, Default, Deserialize)]
#[serde(rename_all = "PascalCase", default)]
struct Told {
    name: String,
    arn: String,
    state: Option<String>,
    description: String,
    schedule_expression: String,
    event_pattern: String,
    managed_by: String,
}

#[derive(Debug, Default, Deserialize)]
#[serde(rename_all = "PascalCase", default)]
struct Targets {
    targets: Vec<Target>,
}

#[derive(Debug, Default, Deserialize)]
#[serde(rename_all = "PascalCase", default)]
struct Target {
    arn: String,
}

/// The rules of a Region that start recovery: by their own name or tag, or
/// by the name of what they start. Rules that AWS services keep for
/// themselves are left out.
pub(super) async fn rules(reader: &Reader) -> Look {
    let events = reader.modeled("events")?;
    let doing = "list the EventBridge rules";
    let input = json!({ "Limit": 100 });
    let listed = events.list(doing, "ListRules", input, |page| {
        let listed: Listed = into(doing, page)?;
        Ok(listed.rules)
    });
    let listed = listed.await?;
    let mut reasons: Vec<String> = listed.partial.into_iter().collect();
    let marked = marked(reader, "events:rule", &mut reasons).await;
    let names = reader.names();
    let own = listed.items.into_iter().filter(|r| r.managed_by.is_empty());
    let mut told: Vec<_> =
        own.map(|rule| (sign(&rule, &marked, names), rule)).collect();
    told.sort_by_key(|(sign, _)| sign.is_none());
    let left = told.len().saturating_sub(MOST);
    if left > 0 {
        reasons.push(format!("not asked what {left} other rules start"));
    }
    let mut rules = Vec::new();
    for (sign, told) in told.into_iter().take(MOST) {
        let targets = targets(&events, &told.name).await;
        if sign.is_none()
            && let Err(why) = &targets
        {
            reasons.push(why.clone());
        }
        rules.extend(rule(told, sign, targets, names));
    }
    Ok(Seen::parts(rules, pages::joined(&reasons)))
}

fn sign(
    rule: &Told,
    marked: &BTreeSet<String>,
    names: &Names,
) -> Option<Sign> {
    if marked.contains(&rule.arn) {
        return Some(Sign::Tag);
    }
    let says = names.fit(&rule.name) || names.fit(&rule.description);
    says.then_some(Sign::Name)
}

async fn targets(events: &Client, rule: &str) -> Result<Vec<String>, String> {
    let doing = format!("ask what rule {} starts", cleaned(rule));
    let input = json!({ "Rule": rule, "Limit": 100 });
    let said = events.list(&doing, "ListTargetsByRule", input, |page| {
        let said: Targets = into(&doing, page)?;
        Ok(said.targets.iter().map(|t| cleaned(&t.arn)).collect())
    });
    whole(said.await)
}

/// The rule, if it or what it starts belongs to recovery.
fn rule(
    told: Told,
    sign: Option<Sign>,
    targets: Result<Vec<String>, String>,
    names: &Names,
) -> Option<Rule> {
    let (targets, unknown) = match targets {
        Ok(targets) => (Some(targets), Vec::new()),
        Err(why) => (None, vec![why]),
    };
    let mut starts = targets.iter().flatten();
    let starts = starts.any(|arn| names.fit(own_name(arn)));
    let sign = sign.or(starts.then_some(Sign::Target))?;
    // ENABLED_WITH_ALL_CLOUDTRAIL_MANAGEMENT_EVENTS is in force, too.
    let enabled =
        told.state.as_deref().map(|state| state.starts_with("ENABLED"));
    Some(Rule {
        arn: cleaned(&told.arn),
        name: cleaned(&told.name),
        sign,
        enabled,
        waits_for: waits_for(&told),
        targets,
        unknown,
    })
}

/// What an ARN names, without account and Region.
fn own_name(arn: &str) -> &str {
    arn.splitn(6, ':').nth(5).unwrap_or(arn)
}

/// A schedule, or the sources and detail types of a pattern.
fn waits_for(told: &Told) -> String {
    if !told.schedule_expression.is_empty() {
        return cleaned(&told.schedule_expression);
    }
    let pattern: Value = from_str(&told.event_pattern).unwrap_or_default();
    let named = ["detail-type", "source"].into_iter().find_map(|member| {
        let all = pattern.get(member)?.as_array()?;
        let all: Vec<_> = all.iter().filter_map(Value::as_str).collect();
        (!all.is_empty()).then(|| all.join(", "))
    });
    named.map_or_else(|| "a pattern of events".to_owned(), |n| cleaned(&n))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_rule_belongs_to_recovery_by_what_it_starts() {
        let told = |name: &str| Told {
            name: name.to_owned(),
            state: Some("ENABLED".to_owned()),
            ..Told::default()
        };
        let starts = |name: &str| {
            let arn = "arn:aws:lambda:eu-west-1:111122223333:function:";
            Ok(vec![format!("{arn}{name}")])
        };
        let names = Names::default();
        let rule = |told, starts| rule(told, None, starts, &names);
        let one = rule(told("nightly"), starts("start-failover"));
        assert_eq!(one.unwrap().sign, Sign::Target);
        assert_eq!(rule(told("nightly"), starts("invoice")), None);
    }

    #[test]
    fn a_pattern_is_told_by_its_detail_types() {
        let told = Told {
            event_pattern: r#"{"source":["aws.health"],"detail-type":
                ["AWS Health Event"]}"#
                .to_owned(),
            ..Told::default()
        };
        assert_eq!(waits_for(&told), "AWS Health Event");
    }
}
