//! Events that EventBridge puts into a queue: what AWS itself tells at once.

use std::collections::BTreeMap;

use jiff::Timestamp;
use serde::{Deserialize, Serialize};

use super::ids::{Account, Region};
use super::{Estate, Found, Source, What};

/// One event, as far as it tells that something is wrong or well again.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Event {
    /// Who tells: `AWS Health`, `alarm` or `RDS`.
    pub by: String,
    /// What it is about; a later event about the same takes its place.
    pub about: String,
    /// The Region it is about.
    pub region: Region,
    /// When it happened, by the event's own `time`.
    pub at: Timestamp,
    /// Whether something is wrong, rather than well again.
    pub is_bad: bool,
    /// What it says.
    pub text: String,
}

/// The source that is this queue, by its URL alone: the host names the
/// Region, the path account and name.
// https://docs.aws.amazon.com/AWSSimpleQueueService/latest/SQSDeveloperGuide/sqs-queue-message-identifiers.html
pub fn source(url: &str) -> Option<Source> {
    let rest = url.strip_prefix("https://sqs.")?;
    let (host, path) = rest.split_once('/')?;
    let region = host.split('.').next().filter(|name| name.contains('-'))?;
    let (account, name) = path.split_once('/')?;
    let digits = account.len() == 12
        && account.chars().all(|digit| digit.is_ascii_digit());
    if !digits || name.is_empty() || name.contains('/') {
        return None;
    }
    let (account, region) = (Account::new(account), Region::new(region));
    Some(Source::aws(&account, &region, What::Queue(url.to_owned())))
}

impl Estate {
    /// What the queues tell to be wrong: the newest event about each thing,
    /// where it is a bad one.
    pub fn told_wrong(&self) -> Vec<&Event> {
        let mut newest: BTreeMap<(&str, &str, &str), &Event> = BTreeMap::new();
        for (_, known) in self.sources() {
            let Some(Found::Events(events)) = &known.found else { continue };
            for event in events.iter() {
                let region = event.region.as_str();
                let key = (event.by.as_str(), event.about.as_str(), region);
                let held = newest.entry(key).or_insert(event);
                if event.at > held.at {
                    *held = event;
                }
            }
        }
        newest.into_values().filter(|event| event.is_bad).collect()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_queue_is_found_by_its_url_and_nothing_else_is_one() {
        let url = "https://sqs.eu-west-1.amazonaws.com/111122223333/lifeboat";
        let source = source(url).unwrap();
        assert_eq!(source.to_string(), "sqs/events eu-west-1 111122223333");
        for bad in [
            "",
            "https://example.com/111122223333/lifeboat",
            "https://sqs.eu-west-1.amazonaws.com/1111/lifeboat",
            "https://sqs.eu-west-1.amazonaws.com/111122223333/",
            "https://sqs.amazonaws.com/111122223333/lifeboat",
        ] {
            assert_eq!(super::source(bad), None, "{bad}");
        }
    }
}
