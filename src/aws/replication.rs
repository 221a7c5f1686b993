//! What CloudWatch tells of S3 replication, and how far behind it is.

use std::collections::{BTreeMap, BTreeSet};

use aws_sdk_cloudwatch::types::{Dimension, DimensionFilter, RecentlyActive};

use super::cloudwatch::{Back, Readings, Series, read};
use super::failure::failure;
use super::pages::{self, Page, Pages, joined};
use super::{Look, Reader, Seen};
use crate::estate::part::s3::Flow;
use crate::estate::resource::Lag;
use crate::failure::{Failure, cleaned};

const LATENCY: &str = "ReplicationLatency";
const PENDING: &str = "OperationsPendingReplication";
const FAILED: &str = "OperationsFailedReplication";
/// Readings of lag and of what waits; S3 tells them once a minute.
const LATELY: Back = Back { minutes: 30, period: 60 };
/// What failed is summed up over three hours.
const LONG: Back = Back { minutes: 180, period: 3600 };

/// Source bucket, destination bucket and rule.
type Rule = (String, String, String);

/// The replication rules whose metrics are on and told in this Region: those
/// of the buckets that follow and, for what failed, of those written to.
// https://docs.aws.amazon.com/AmazonS3/latest/userguide/repl-metrics.html
pub(super) async fn flows(reader: &Reader) -> Look {
    let listed = listed(reader).await?;
    let mut reasons: Vec<String> = listed.partial.into_iter().collect();
    let mut rules: BTreeMap<Rule, BTreeSet<&str>> = BTreeMap::new();
    for (rule, metric) in listed.items {
        rules.entry(rule).or_default().insert(metric);
    }
    let of = |metric| -> Vec<&Rule> {
        let with = rules.iter().filter(|(_, told)| told.contains(metric));
        with.map(|(rule, _)| rule).collect()
    };
    let (followed, failing) = (of(PENDING), of(FAILED));
    let mut flows: BTreeMap<&Rule, Flow> = BTreeMap::new();
    if !followed.is_empty() {
        let latency = series(&followed, LATENCY, "Maximum");
        let pending = series(&followed, PENDING, "Maximum");
        let wanted = [latency, pending].concat();
        let read = read(reader, DOING, &wanted, LATELY).await?;
        reasons.extend(read.partial);
        let mut told = read.items.into_iter();
        let latency: Vec<Readings> =
            told.by_ref().take(followed.len()).collect();
        for ((rule, latency), pending) in
            followed.into_iter().zip(latency).zip(told)
        {
            let flow = flows.entry(rule).or_insert_with(|| flow(rule));
            flow.pending = pending.last().map(|(_, count)| *count);
            flow.lag.samples = lags(&latency, &pending);
        }
    }
    if !failing.is_empty() {
        let wanted = series(&failing, FAILED, "Sum");
        let read = read(reader, DOING, &wanted, LONG).await?;
        reasons.extend(read.partial);
        for (rule, failed) in failing.into_iter().zip(read.items) {
            let flow = flows.entry(rule).or_insert_with(|| flow(rule));
            flow.failed = Some(failed.iter().map(|(_, count)| count).sum());
        }
    }
    Ok(Seen::parts(flows.into_values().collect(), joined(&reasons)))
}

const DOING: &str = "read the metrics of S3 replication";

/// The metrics there are, by the dimension that only replication rules have.
async fn listed(
    reader: &Reader,
) -> Result<Pages<(Rule, &'static str)>, Failure> {
    pages::all(async |token| {
        let rules = DimensionFilter::builder().name("RuleId").build();
        reader.turn("cloudwatch", "ListMetrics").await;
        let answer = reader
            .cloudwatch()
            .list_metrics()
            .namespace("AWS/S3")
            .dimensions(rules)
            .recently_active(RecentlyActive::Pt3H)
            .set_next_token(token)
            .send()
            .await
            .map_err(|error| failure(DOING, &error))?;
        let metrics = answer.metrics.unwrap_or_default();
        let items = metrics.into_iter().filter_map(|metric| {
            let name = metric.metric_name.unwrap_or_default();
            let known = [LATENCY, PENDING, FAILED];
            let name = known.into_iter().find(|known| *known == name)?;
            Some((rule(&metric.dimensions.unwrap_or_default())?, name))
        });
        Ok(Page { items: items.collect(), next: answer.next_token })
    })
    .await
}

fn rule(dimensions: &[Dimension]) -> Option<Rule> {
    let of = |name: &str| {
        let found = dimensions.iter().find(|d| d.name() == Some(name))?;
        Some(cleaned(found.value()?))
    };
    Some((of("SourceBucket")?, of("DestinationBucket")?, of("RuleId")?))
}

fn series(
    rules: &[&Rule],
    metric: &'static str,
    stat: &'static str,
) -> Vec<Series> {
    let dimensions = |(source, to, rule): &Rule| {
        vec![
            ("SourceBucket", source.clone()),
            ("DestinationBucket", to.clone()),
            ("RuleId", rule.clone()),
        ]
    };
    rules
        .iter()
        .map(|rule| Series {
            namespace: "AWS/S3",
            metric,
            dimensions: dimensions(rule),
            stat,
        })
        .collect()
}

fn flow((source, to, rule): &Rule) -> Flow {
    Flow {
        source: source.clone(),
        to: to.clone(),
        rule: rule.clone(),
        lag: Lag {
            replica: format!("{source}/{rule}"),
            metric: LATENCY.to_owned(),
            samples: Vec::new(),
        },
        pending: None,
        failed: None,
    }
}

/// The lag at each minute that tells one. S3 gives a latency only while
/// something is replicated, but what waits at all times: a minute in which
/// nothing waits has a lag of 0, one in which something waits without a
/// latency tells nothing.
fn lags(latency: &Readings, pending: &Readings) -> Readings {
    let idle = pending.iter().filter(|(_, count)| *count <= 0.0);
    let mut lags: BTreeMap<_, _> = idle.map(|(at, _)| (*at, 0.0)).collect();
    lags.extend(latency.iter().copied());
    lags.into_iter().collect()
}

#[cfg(test)]
mod tests {
    use jiff::Timestamp;

    use super::*;

    fn at(second: i64) -> Timestamp {
        Timestamp::from_second(second).expect("in range")
    }

    #[test]
    fn the_lag_is_the_latency_or_nothing_while_nothing_waits() {
        let latency = vec![(at(60), 12.0), (at(120), 30.0)];
        let pending = vec![
            (at(60), 0.0),
            (at(120), 9.0),
            (at(180), 0.0),
            (at(240), 4.0),
        ];
        let lags = lags(&latency, &pending);
        let seconds: Vec<f64> = lags.iter().map(|(_, lag)| *lag).collect();
        assert_eq!(seconds, [12.0, 30.0, 0.0]);
        assert_eq!(lags.last().map(|(at, _)| *at), Some(at(180)));
    }
}
