//! What we ask of AWS Health, and what its answers mean.

use std::collections::BTreeMap;

use jiff::Timestamp;
use serde::Deserialize;
use serde_json::json;

use super::modeled::{Client, into};
use super::pages::whole;
use super::{Look, Reader, Seen};
use crate::estate::part::health::HealthEvent;
use crate::failure::{Failure, FailureKind, cleaned};

/// How many events one call for affected resources may name (API reference
/// of `DescribeAffectedEntities`).
const AT_ONCE: usize = 10;
/// The most such calls of one look: AWS publishes no rate for them.
const MOST: usize = 3;

#[derive(Debug, Default, Deserialize)]
#[serde(default)]
struct Listed {
    events: Vec<Told>,
}

#[derive(Debug, Default, Deserialize)]
#[serde(rename_all = "camelCase", default)]
struct Told {
    arn: String,
    service: String,
    event_type_code: String,
    event_type_category: String,
    region: String,
    start_time: Option<Timestamp>,
    last_updated_time: Option<Timestamp>,
    status_code: String,
    event_scope_code: String,
}

#[derive(Debug, Default, Deserialize)]
#[serde(default)]
struct Affected {
    entities: Vec<Entity>,
}

#[derive(Debug, Default, Deserialize)]
#[serde(rename_all = "camelCase", default)]
struct Entity {
    event_arn: String,
    entity_value: String,
}

/// The events that are open or to come, of all Regions.
pub(super) async fn events(reader: &Reader) -> Look {
    let health = reader.modeled("health")?;
    let doing = "read AWS Health";
    let input = json!({
        "filter": {
            "eventStatusCodes": ["open", "upcoming"],
            "eventTypeCategories":
                ["issue", "investigation", "scheduledChange"],
        },
        "maxResults": 100,
    });
    let listed = health.list(doing, "DescribeEvents", input, |page| {
        let listed: Listed = into(doing, page)?;
        Ok(listed.events)
    });
    let listed = listed.await.map_err(without_support)?;
    let own = listed.items.iter();
    let own: Vec<_> = own
        .filter(|told| told.event_scope_code != "PUBLIC")
        .map(|told| told.arn.clone())
        .collect();
    let mut affected = BTreeMap::new();
    for some in own.chunks(AT_ONCE).take(MOST) {
        let said = entities(&health, some).await;
        for arn in some {
            affected.insert(arn.clone(), of_event(arn, &said));
        }
    }
    let events = listed.items.into_iter().map(|told| {
        let affected = affected.remove(&told.arn);
        event(told, affected)
    });
    Ok(Seen::parts(events.collect::<Vec<_>>(), listed.partial))
}

/// Accounts without a support plan are told nothing; that is no sign of
/// health, and no lack of permission either.
// https://docs.aws.amazon.com/health/latest/ug/health-api.html
fn without_support(mut failure: Failure) -> Failure {
    if failure.code.as_deref() == Some("SubscriptionRequiredException") {
        failure.kind = FailureKind::Denied { action: None };
        let why = "AWS Health needs a Business support plan or a higher one";
        return failure.because(why);
    }
    failure
}

async fn entities(
    health: &Client,
    events: &[String],
) -> Result<Vec<Entity>, String> {
    let doing = "ask AWS Health what is affected";
    let input = json!({
        "filter": { "eventArns": events },
        "maxResults": 100,
    });
    let operation = "DescribeAffectedEntities";
    let said = health.list(doing, operation, input, |page| {
        let said: Affected = into(doing, page)?;
        Ok(said.entities)
    });
    whole(said.await)
}

fn of_event(
    arn: &str,
    said: &Result<Vec<Entity>, String>,
) -> Result<Vec<String>, String> {
    let entities = said.as_ref().map_err(Clone::clone)?.iter();
    let own = entities.filter(|entity| entity.event_arn == arn);
    Ok(own.map(|entity| cleaned(&entity.entity_value)).collect())
}

fn event(
    told: Told,
    affected: Option<Result<Vec<String>, String>>,
) -> HealthEvent {
    let (affected, unknown) = match affected {
        None => (None, Vec::new()),
        Some(Ok(affected)) => (Some(affected), Vec::new()),
        Some(Err(why)) => (None, vec![why]),
    };
    HealthEvent {
        arn: cleaned(&told.arn),
        service: cleaned(&told.service),
        code: cleaned(&told.event_type_code),
        category: cleaned(&told.event_type_category),
        region: cleaned(&told.region),
        status: cleaned(&told.status_code),
        started: told.start_time,
        updated: told.last_updated_time,
        affected,
        unknown,
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::aws::canned::{ACCOUNT, Canned};
    use crate::aws::session::Budget;
    use crate::estate::ids::{Account, Region};
    use crate::estate::part::Kind;
    use crate::estate::{Source, What};

    #[tokio::test]
    async fn an_account_without_support_is_told_so_and_is_not_healthy() {
        let out = Canned::saying(
            400,
            r#"{"__type":"SubscriptionRequiredException","message":""}"#,
        );
        let source = Source::aws(
            &Account::new(ACCOUNT),
            &Region::new("us-east-1"),
            What::Parts(Kind::HealthEvent),
        );
        let session = out.session();
        let reader = session.reader(&source, Budget::Read).await.unwrap();
        let failure = events(&reader).await.unwrap_err();
        assert!(matches!(failure.kind, FailureKind::Denied { .. }));
        let text = failure.to_string();
        assert!(text.contains("needs a Business support plan"), "{text}");
        let sent = out.sent().remove(0);
        assert!(sent.contains("https://health.us-east-1."), "{sent}");
    }
}
