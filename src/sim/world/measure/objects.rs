//! What S3 tells CloudWatch of its replication rules.
//!
//! A bucket on a shelf may say how its replication does, beside its official
//! members: `ReplicationSeconds` is the usual latency, `ReplicationPending`
//! how many operations wait, `ReplicationFailed` how many fail a minute.

use jiff::Timestamp;
use serde_json::Value;

use super::super::value::{list, text};
use super::super::watch::{Dimensions, SeriesKey};
use super::super::{Condition, World, noise};
use super::series;

/// A replication rule whose metrics are on.
struct Rule<'w> {
    from: &'w str,
    source: &'w str,
    to: &'w str,
    target: &'w str,
    id: &'w str,
    bucket: &'w Value,
}

impl Rule<'_> {
    fn dimensions(&self) -> Dimensions {
        let of = [
            ("SourceBucket", self.source),
            ("DestinationBucket", self.target),
            ("RuleId", self.id),
        ];
        of.map(|(k, v)| (k.to_owned(), v.to_owned())).into()
    }

    fn says(&self, member: &str) -> Option<f64> {
        self.bucket.get(member).and_then(Value::as_f64)
    }
}

impl World {
    fn rules(&self, account: &str) -> Vec<Rule<'_>> {
        let mut rules = Vec::new();
        let own = self.places().filter(|(owner, ..)| *owner == account);
        for (_, from, place) in own {
            for (source, bucket) in place.shelves.all("s3:bucket") {
                let all = bucket.get("ReplicationConfiguration");
                let all = all.map_or(&[][..], |all| list(all, "Rules"));
                for rule in all.iter().filter(|rule| is_measured(rule)) {
                    let to = &rule["Destination"]["Bucket"];
                    let to =
                        to.as_str().and_then(|arn| arn.rsplit(':').next());
                    let (Some(target), Some(id)) = (to, text(rule, "ID"))
                    else {
                        continue;
                    };
                    if let Some(to) = self.home_of(target) {
                        rules.push(Rule {
                            from,
                            source,
                            to,
                            target,
                            id,
                            bucket,
                        });
                    }
                }
            }
        }
        rules
    }

    /// The Region of a bucket.
    fn home_of(&self, bucket: &str) -> Option<&str> {
        let mut places = self.places();
        let found = places.find(|(.., place)| {
            place.shelves.one("s3:bucket", bucket).is_some()
        });
        found.map(|(_, region, _)| region)
    }

    /// The series of replication that an account has in a Region: latency
    /// and what waits are told where the bucket that follows lies, what
    /// failed where the other one does.
    // https://docs.aws.amazon.com/AmazonS3/latest/userguide/repl-metrics.html
    pub(super) fn replication_series(
        &self,
        account: &str,
        region: &str,
    ) -> Vec<SeriesKey> {
        let mut all = Vec::new();
        for rule in self.rules(account) {
            let mut add = |metric| {
                all.push(series("AWS/S3", metric, rule.dimensions()));
            };
            if rule.to == region {
                add("ReplicationLatency");
                add("OperationsPendingReplication");
            }
            if rule.from == region && rule.says("ReplicationFailed").is_some()
            {
                add("OperationsFailedReplication");
            }
        }
        all
    }

    /// One value of them. The latency is told only while something is
    /// replicated, and nothing is while the source is dark.
    pub(super) fn replication_value(
        &self,
        account: &str,
        key: &SeriesKey,
        at: Timestamp,
    ) -> Option<f64> {
        let rules = self.rules(account);
        let rule = rules.iter().find(|r| r.dimensions() == key.dimensions)?;
        let dark = self.condition_at(rule.from, at) == Condition::Dark;
        let waits = rule.says("ReplicationPending").unwrap_or_default();
        match key.metric.as_str() {
            "ReplicationLatency" if !dark => {
                let usual = rule.says("ReplicationSeconds").unwrap_or(8.0);
                let noise = noise(rule.source, at.as_second());
                let drift = self.drift(rule.from, at);
                Some((usual * (0.5 + noise) + drift).round())
            }
            "OperationsPendingReplication" if dark => Some(0.0),
            "OperationsPendingReplication" => Some(waits),
            "OperationsFailedReplication" => rule.says("ReplicationFailed"),
            _ => None,
        }
    }
}

fn is_measured(rule: &Value) -> bool {
    rule["Status"] == "Enabled"
        && rule["Destination"]["Metrics"]["Status"] == "Enabled"
}

#[cfg(test)]
mod tests {
    use jiff::SignedDuration;
    use serde_json::json;

    use crate::sim::world::fixture::{ACCOUNT, CENTRAL, Lab, WEST};

    fn lab() -> Lab {
        let mut lab = Lab::new();
        let bucket = json!({
            "ReplicationSeconds": 12.0,
            "ReplicationConfiguration": { "Rules": [{
                "ID": "all",
                "Status": "Enabled",
                "Destination": {
                    "Bucket": "arn:aws:s3:::content-dr",
                    "Metrics": { "Status": "Enabled" },
                },
            }]},
        });
        let world = &mut lab.world;
        let shelves = &mut world.place_mut(ACCOUNT, WEST).shelves;
        shelves.put("s3:bucket", "content", bucket);
        let shelves = &mut world.place_mut(ACCOUNT, CENTRAL).shelves;
        shelves.put("s3:bucket", "content-dr", json!({}));
        lab
    }

    fn told(lab: &Lab, metric: &str) -> usize {
        let all = lab.world.series(ACCOUNT, CENTRAL);
        let key = all.iter().find(|key| key.metric == metric);
        let key = key.expect("it is told where the follower lies");
        let from = lab.now - SignedDuration::from_mins(5);
        lab.world.samples(ACCOUNT, CENTRAL, key, from, lab.now).len()
    }

    #[test]
    fn latency_is_told_where_the_follower_lies_while_the_source_lives() {
        let mut lab = lab();
        assert_eq!(told(&lab, "ReplicationLatency"), 5);
        let west = lab.world.series(ACCOUNT, WEST);
        assert!(west.iter().all(|key| key.namespace != "AWS/S3"));
        lab.darken(WEST);
        lab.wait(600);
        assert_eq!(told(&lab, "ReplicationLatency"), 0);
        assert_eq!(told(&lab, "OperationsPendingReplication"), 5);
    }
}
