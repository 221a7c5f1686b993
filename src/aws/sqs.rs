//! What lies in an SQS queue that EventBridge fills, and what it means.
//!
//! Messages are looked at and never deleted: with a visibility timeout of 0
//! each stays where it is for every console, until the queue's own retention
//! ends it. That is a read, but it counts as a receive, so the queue must
//! have no redrive policy.

use jiff::Timestamp;
use serde::Deserialize;
use serde_json::{Value, from_str, json};

use super::modeled::into;
use super::{Look, Reader, Seen};
use crate::estate::Found;
use crate::estate::ids::Region;
use crate::estate::queue::Event;
use crate::failure::cleaned;

/// So many seconds an empty queue may take to answer; the look is a task of
/// its own, and nothing waits for it.
const WAITS: u32 = 5;

#[derive(Debug, Default, Deserialize)]
#[serde(rename_all = "PascalCase", default)]
struct Received {
    messages: Vec<Message>,
}

#[derive(Debug, Default, Deserialize)]
#[serde(rename_all = "PascalCase", default)]
struct Message {
    body: String,
}

/// An event in EventBridge's own frame.
// https://docs.aws.amazon.com/eventbridge/latest/ref/overiew-event-structure.html
#[derive(Debug, Deserialize)]
struct Said {
    source: String,
    #[serde(rename = "detail-type")]
    kind: String,
    time: Timestamp,
    region: String,
    #[serde(default)]
    detail: Value,
}

/// The events that lie in a queue. What is not an event, or tells nothing of
/// an outage, is left out.
pub(super) async fn events(reader: &Reader, url: &str) -> Look {
    let doing = "look into the queue";
    let sqs = reader.modeled("sqs")?;
    let input = json!({
        "QueueUrl": url,
        "MaxNumberOfMessages": 10,
        "VisibilityTimeout": 0,
        "WaitTimeSeconds": WAITS,
    });
    let answer = sqs.ask(doing, "ReceiveMessage", input).await?;
    let received: Received = into(doing, answer)?;
    let bodies = received.messages.iter().map(|one| one.body.as_str());
    let events: Vec<Event> = bodies.filter_map(event).collect();
    Ok(Seen::whole(Found::Events(events.into())))
}

fn event(body: &str) -> Option<Event> {
    let said: Said = from_str(body).ok()?;
    let of = |path: &str| said.detail.pointer(path).and_then(Value::as_str);
    let text = |path: &str| cleaned(of(path).unwrap_or_default());
    let (by, about, is_bad, words) = match said.source.as_str() {
        "aws.health" => {
            let category = of("/eventTypeCategory").unwrap_or_default();
            let is_issue = ["issue", "investigation"].contains(&category);
            let open = of("/statusCode") != Some("closed");
            let code = text("/eventTypeCode");
            ("AWS Health", text("/eventArn"), is_issue && open, code)
        }
        "aws.cloudwatch" if said.kind == "CloudWatch Alarm State Change" => {
            let name = text("/alarmName");
            let is_on = of("/state/value") == Some("ALARM");
            ("alarm", name.clone(), is_on, name)
        }
        "aws.rds" => {
            let about = text("/SourceIdentifier");
            let words = format!("{about}: {}", text("/Message"));
            ("RDS", about, is_outage(&said.detail), words)
        }
        _ => return None,
    };
    Some(Event {
        by: by.to_owned(),
        about,
        region: Region::new(cleaned(&said.region)),
        at: said.time,
        is_bad,
        text: words,
    })
}

/// Whether an event of RDS tells that a database is not available.
// https://docs.aws.amazon.com/AmazonRDS/latest/UserGuide/USER_Events.Messages.html
fn is_outage(detail: &Value) -> bool {
    let named = detail["EventCategories"].as_array().into_iter().flatten();
    let mut named = named.filter_map(Value::as_str);
    named.any(|one| ["failure", "failover"].contains(&one))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::aws::canned::{ACCOUNT, Canned};
    use crate::aws::session::Budget;
    use crate::estate::ids::Account;
    use crate::estate::{Source, What};

    /// The event printed in the AWS Health user guide, shortened.
    const HEALTH: &str = r#"{ "version": "0", "id": "7bf73129",
        "detail-type": "AWS Health Event", "source": "aws.health",
        "account": "123456789012", "time": "2016-06-05T06:27:57Z",
        "region": "us-west-2", "resources": [], "detail": {
        "eventArn": "arn:aws:health:us-west-2::event/x", "service": "EC2",
        "eventTypeCode": "AWS_EC2_OPERATIONAL_ISSUE",
        "eventTypeCategory": "issue", "statusCode": "open" } }"#;

    #[test]
    fn an_issue_of_aws_health_is_bad_from_the_events_own_time() {
        let told = event(HEALTH).unwrap();
        assert_eq!(told.at.to_string(), "2016-06-05T06:27:57Z");
        assert_eq!(told.region.as_str(), "us-west-2");
        assert_eq!(told.text, "AWS_EC2_OPERATIONAL_ISSUE");
        assert!(told.is_bad);
        assert!(
            !event(&HEALTH.replace("\"open\"", "\"closed\"")).unwrap().is_bad
        );
        let notice = HEALTH.replace("\"issue\"", "\"scheduledChange\"");
        assert!(!event(&notice).unwrap().is_bad);
    }

    #[test]
    fn an_alarm_and_a_failing_database_are_told_and_other_events_are_not() {
        let of = |source: &str, kind: &str, detail: &str| {
            event(&format!(
                r#"{{ "source": "{source}", "detail-type": "{kind}",
                    "time": "2026-05-02T03:00:00Z", "region": "eu-west-1",
                    "detail": {detail} }}"#
            ))
        };
        let kind = "CloudWatch Alarm State Change";
        let state = |word: &str| {
            let detail = format!(
                r#"{{ "alarmName": "5xx", "state": {{ "value": "{word}" }} }}"#
            );
            of("aws.cloudwatch", kind, &detail).unwrap()
        };
        assert!(state("ALARM").is_bad && !state("OK").is_bad);
        let rds = |category: &str| {
            let detail = format!(
                r#"{{ "SourceIdentifier": "learn-db", "Message": "m",
                    "EventCategories": ["{category}"] }}"#
            );
            of("aws.rds", "RDS DB Instance Event", &detail).unwrap()
        };
        assert!(rds("failure").is_bad && !rds("backup").is_bad);
        assert_eq!(of("aws.ec2", "x", "{}"), None);
        assert_eq!(event("not an event"), None);
    }

    #[tokio::test]
    async fn a_message_is_looked_at_and_stays_where_it_is() {
        let out = Canned::saying(200, "{}");
        let url = "https://sqs.eu-west-1.amazonaws.com/111122223333/q";
        let source = Source::aws(
            &Account::new(ACCOUNT),
            &Region::new("eu-west-1"),
            What::Queue(url.to_owned()),
        );
        let session = out.session();
        let reader = session.reader(&source, Budget::Read).await.unwrap();
        let seen = events(&reader, url).await.unwrap();
        assert_eq!(seen.found, Found::Events([].into()));
        let [request] = &out.sent()[..] else { panic!("{:?}", out.sent()) };
        assert!(request.contains("\"VisibilityTimeout\":0"), "{request}");
        assert!(request.contains("sqs.eu-west-1.amazonaws.com"), "{request}");
    }
}
