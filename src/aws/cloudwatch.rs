//! What we ask of Amazon CloudWatch, and what its answers mean.

use std::collections::BTreeMap;

use aws_sdk_cloudwatch::types::{
    AlarmType, CompositeAlarm, Dimension, Metric, MetricAlarm,
    MetricDataQuery, MetricDataResult, MetricStat, ScanBy,
};
use aws_smithy_types::DateTime;
use jiff::{SignedDuration, Timestamp};

use super::failure::failure;
use super::pages::{self, Page, Pages};
use super::rds;
use super::reader::Reader;
use super::{Look, Seen, moment};
use crate::estate::Found;
use crate::estate::ids::Arn;
use crate::estate::part::lambda::Ran;
use crate::estate::resource::{Alarm, DbInstance, GlobalCluster, Lag};
use crate::failure::{Failure, cleaned};

/// The most metrics that one call may ask for.
const QUERIES: usize = 500;
/// Readings are asked for this far back.
const MINUTES: i64 = 30;
/// RDS reports its metrics once a minute.
const PERIOD: i32 = 60;
/// Runs of functions are asked for this far back.
const HOURS: i64 = 15 * 24;
/// The largest page of alarms.
const PAGE: i32 = 100;

/// One metric that is to be read.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Series {
    pub(super) namespace: &'static str,
    pub(super) metric: &'static str,
    pub(super) dimensions: Vec<(&'static str, String)>,
    pub(super) stat: &'static str,
}

/// How far back readings are asked for, and in which steps.
#[derive(Clone, Copy, Debug)]
pub(super) struct Back {
    pub(super) minutes: i64,
    /// Seconds.
    pub(super) period: i32,
}

/// Time and value of the readings of a metric, oldest first.
pub(super) type Readings = Vec<(Timestamp, f64)>;

/// One lag metric of one replica.
#[derive(Clone, Debug, PartialEq)]
struct Wanted {
    replica: String,
    metric: &'static str,
    dimension: &'static str,
    /// How many of the metric's units are a second.
    per_second: f64,
}

/// Readings of the lag of every replica of a Region.
pub(super) async fn lags(reader: &Reader) -> Look {
    let instances = rds::listed_instances(reader).await?;
    let globals = rds::listed_global_clusters(reader).await?;
    let here = reader.source().region().map_or("", |region| region.as_str());
    let mut wanted = replicas(&instances.items);
    wanted.extend(secondaries(&globals.items, here));
    let mut reasons: Vec<String> =
        [instances.partial, globals.partial].into_iter().flatten().collect();
    let Pages { items, partial } = readings(reader, &wanted).await?;
    reasons.extend(partial);
    Ok(Seen {
        found: Found::Lags(items.into()),
        partial: pages::joined(&reasons),
    })
}

/// Readings of the lag of one instance.
pub(super) async fn lag_of(reader: &Reader, id: &str) -> Look {
    let wanted = [Wanted::of_instance(id.to_owned())];
    let Pages { items, partial } = readings(reader, &wanted).await?;
    Ok(Seen { found: Found::Lags(items.into()), partial })
}

/// Readings of the lag of one cluster behind the writer of its global
/// database.
pub(super) async fn cluster_lag_of(reader: &Reader, id: &str) -> Look {
    let wanted = [Wanted::of_cluster(id.to_owned())];
    let Pages { items, partial } = readings(reader, &wanted).await?;
    Ok(Seen { found: Found::Lags(items.into()), partial })
}

impl Wanted {
    fn of_instance(replica: String) -> Self {
        let dimension = "DBInstanceIdentifier";
        Wanted { replica, metric: "ReplicaLag", dimension, per_second: 1.0 }
    }

    fn of_cluster(replica: String) -> Self {
        Wanted {
            replica,
            metric: "AuroraGlobalDBRPOLag",
            dimension: "DBClusterIdentifier",
            // Told in milliseconds (Amazon Aurora user guide, "Metrics for
            // Amazon Aurora").
            per_second: 1000.0,
        }
    }
}

fn replicas(instances: &[DbInstance]) -> Vec<Wanted> {
    instances
        .iter()
        .filter(|instance| instance.replica_of.is_some())
        .map(|instance| Wanted::of_instance(instance.id.clone()))
        .collect()
}

/// The clusters of global databases that follow a writer elsewhere.
fn secondaries(globals: &[GlobalCluster], here: &str) -> Vec<Wanted> {
    globals
        .iter()
        .flat_map(|global| &global.members)
        .filter(|(arn, writer)| {
            !writer && arn.region().is_some_and(|at| at.as_str() == here)
        })
        .map(|(arn, _)| Wanted::of_cluster(arn.tail().to_owned()))
        .collect()
}

/// The lags of some replicas; one without readings is listed empty, since
/// a missing reading is itself news.
async fn readings(
    reader: &Reader,
    wanted: &[Wanted],
) -> Result<Pages<Lag>, Failure> {
    let series: Vec<Series> = wanted
        .iter()
        .map(|wanted| Series {
            namespace: "AWS/RDS",
            metric: wanted.metric,
            dimensions: vec![(wanted.dimension, wanted.replica.clone())],
            stat: "Maximum",
        })
        .collect();
    let back = Back { minutes: MINUTES, period: PERIOD };
    let doing = "read replication lag";
    let read = read(reader, doing, &series, back).await?;
    let lags = wanted.iter().zip(read.items).map(|(wanted, readings)| {
        let seconds = |(at, lag)| (at, scaled(lag, wanted.per_second));
        Lag {
            replica: wanted.replica.clone(),
            metric: wanted.metric.to_owned(),
            samples: readings.into_iter().map(seconds).collect(),
        }
    });
    Ok(Pages { items: lags.collect(), partial: read.partial })
}

/// A lag in seconds; -1 says that nothing is replicated, in any unit.
fn scaled(lag: f64, per_second: f64) -> f64 {
    if lag < 0.0 { lag } else { lag / per_second }
}

/// The readings of some metrics, in their order.
pub(super) async fn read(
    reader: &Reader,
    doing: &str,
    series: &[Series],
    back: Back,
) -> Result<Pages<Readings>, Failure> {
    let mut all = Vec::with_capacity(series.len());
    let mut reasons = Vec::new();
    for series in series.chunks(QUERIES) {
        let Pages { items, partial } =
            chunk(reader, doing, series, back).await?;
        reasons.extend(partial);
        all.extend(items);
    }
    Ok(Pages { items: all, partial: pages::joined(&reasons) })
}

async fn chunk(
    reader: &Reader,
    doing: &str,
    series: &[Series],
    back: Back,
) -> Result<Pages<Readings>, Failure> {
    let until = reader.now();
    let from = until - SignedDuration::from_mins(back.minutes);
    let Pages { items, partial } = pages::all(async |token| {
        reader.turn("cloudwatch", "GetMetricData").await;
        let answer = reader
            .cloudwatch()
            .get_metric_data()
            .set_metric_data_queries(Some(queries(series, back.period)))
            .start_time(DateTime::from_secs(from.as_second()))
            // The newest minute is not left out by a rounded end.
            .end_time(DateTime::from_secs(until.as_second() + 1))
            .scan_by(ScanBy::TimestampAscending)
            .set_next_token(token)
            .send()
            .await
            .map_err(|error| failure(doing, &error))?;
        let mut items = Vec::new();
        for result in answer.metric_data_results.unwrap_or_default() {
            let Some(index) = index(result.id.as_deref()) else { continue };
            let times = result.timestamps.unwrap_or_default();
            let values = result.values.unwrap_or_default();
            items.extend(times.into_iter().zip(values).filter_map(
                |(at, value)| Some((index, moment(Some(at))?, value)),
            ));
        }
        Ok(Page { items, next: answer.next_token })
    })
    .await?;
    let mut readings = vec![Readings::new(); series.len()];
    for (index, at, value) in items {
        if let Some(readings) = readings.get_mut(index) {
            readings.push((at, value));
        }
    }
    for readings in &mut readings {
        readings.sort_by_key(|(at, _)| *at);
    }
    Ok(Pages { items: readings, partial })
}

fn queries(series: &[Series], period: i32) -> Vec<MetricDataQuery> {
    series
        .iter()
        .enumerate()
        .map(|(index, series)| {
            let dimensions = series.dimensions.iter().map(|(name, value)| {
                Dimension::builder().name(*name).value(value).build()
            });
            let metric = Metric::builder()
                .namespace(series.namespace)
                .metric_name(series.metric)
                .set_dimensions(Some(dimensions.collect()))
                .build();
            let stat = MetricStat::builder()
                .metric(metric)
                .period(period)
                .stat(series.stat)
                .build();
            MetricDataQuery::builder()
                .id(format!("m{index}"))
                .metric_stat(stat)
                .return_data(true)
                .build()
        })
        .collect()
}

fn index(id: Option<&str>) -> Option<usize> {
    id?.strip_prefix('m')?.parse().ok()
}

/// When each function last ran, by name: by the hours of the last 15 days;
/// and why that is not told of all, if it is not.
/// Lambda counts in UTC minutes, and CloudWatch keeps hours for 455 days.
// https://docs.aws.amazon.com/lambda/latest/dg/monitoring-metrics-types.html
pub(super) async fn last_runs(
    reader: &Reader,
    functions: &[String],
) -> Result<(BTreeMap<String, Ran>, Option<String>), Failure> {
    let until = reader.now();
    let from = until - SignedDuration::from_hours(HOURS);
    let mut runs = BTreeMap::new();
    let mut cut = None;
    for functions in functions.chunks(QUERIES) {
        let queries: Vec<_> = functions
            .iter()
            .enumerate()
            .map(|(index, name)| invocations(index, name))
            .collect();
        let pages = pages::all(async |token| {
            reader.turn("cloudwatch", "GetMetricData").await;
            let answer = reader
                .cloudwatch()
                .get_metric_data()
                .set_metric_data_queries(Some(queries.clone()))
                .start_time(DateTime::from_secs(from.as_second()))
                .end_time(DateTime::from_secs(until.as_second() + 1))
                .scan_by(ScanBy::TimestampDescending)
                .set_next_token(token)
                .send()
                .await
                .map_err(|error| failure("ask when functions ran", &error))?;
            let results = answer.metric_data_results.unwrap_or_default();
            let items = results.into_iter().filter_map(ran).collect();
            Ok(Page { items, next: answer.next_token })
        });
        let Pages { items, partial } = pages.await?;
        if partial.is_none() {
            let none =
                functions.iter().map(|name| (name, Ran::NotSince(from)));
            runs.extend(none.map(|(name, ran)| (name.clone(), ran)));
        }
        cut = cut.or(partial);
        for (index, at) in items {
            let Some(name) = functions.get(index) else { continue };
            // The newest hours come on the first page.
            if !matches!(runs.get(name), Some(Ran::In(_))) {
                runs.insert(name.clone(), Ran::In(at));
            }
        }
    }
    Ok((runs, cut))
}

/// The newest hour in which a function ran, if it did.
fn ran(result: MetricDataResult) -> Option<(usize, Timestamp)> {
    let index = index(result.id.as_deref())?;
    let times = result.timestamps.unwrap_or_default();
    let values = result.values.unwrap_or_default();
    let mut ran = times.into_iter().zip(values).filter(|(_, n)| *n > 0.0);
    Some((index, moment(Some(ran.next()?.0))?))
}

fn invocations(index: usize, function: &str) -> MetricDataQuery {
    let dimension =
        Dimension::builder().name("FunctionName").value(function).build();
    let metric = Metric::builder()
        .namespace("AWS/Lambda")
        .metric_name("Invocations")
        .dimensions(dimension)
        .build();
    let stat =
        MetricStat::builder().metric(metric).period(3600).stat("Sum").build();
    MetricDataQuery::builder()
        .id(format!("m{index}"))
        .metric_stat(stat)
        .return_data(true)
        .build()
}

/// The metric alarms of a Region.
pub(super) async fn alarms(reader: &Reader) -> Look {
    let Pages { items, partial } = pages::all(async |token| {
        reader.turn("cloudwatch", "DescribeAlarms").await;
        let answer = reader
            .cloudwatch()
            .describe_alarms()
            .alarm_types(AlarmType::MetricAlarm)
            .alarm_types(AlarmType::CompositeAlarm)
            .max_records(PAGE)
            .set_next_token(token)
            .send()
            .await
            .map_err(|error| failure("list alarms", &error))?;
        let metric = answer.metric_alarms.unwrap_or_default();
        let composite = answer.composite_alarms.unwrap_or_default();
        let metric = metric.into_iter().filter_map(alarm);
        let composite = composite.into_iter().filter_map(composed);
        Ok(Page {
            items: metric.chain(composite).collect(),
            next: answer.next_token,
        })
    })
    .await?;
    Ok(Seen { found: Found::Alarms(items.into()), partial })
}

fn alarm(told: MetricAlarm) -> Option<Alarm> {
    let namespace = told.namespace.unwrap_or_default();
    let metric = told.metric_name.unwrap_or_default();
    Some(Alarm {
        name: told.alarm_name.as_deref().map(cleaned)?,
        arn: Arn::from(told.alarm_arn.unwrap_or_default()),
        state: told
            .state_value
            .map(|state| cleaned(state.as_str()))
            .unwrap_or_default(),
        since: moment(told.state_transitioned_timestamp)
            .or(moment(told.state_updated_timestamp)),
        reason: told.state_reason.as_deref().map(cleaned),
        metric: cleaned(&format!("{namespace} {metric}")),
    })
}

/// An alarm on other alarms watches no metric of its own.
// https://docs.aws.amazon.com/AmazonCloudWatch/latest/APIReference/API_CompositeAlarm.html
fn composed(told: CompositeAlarm) -> Option<Alarm> {
    Some(Alarm {
        name: told.alarm_name.as_deref().map(cleaned)?,
        arn: Arn::from(told.alarm_arn.unwrap_or_default()),
        state: told
            .state_value
            .map(|state| cleaned(state.as_str()))
            .unwrap_or_default(),
        since: moment(told.state_transitioned_timestamp)
            .or(moment(told.state_updated_timestamp)),
        reason: told.state_reason.as_deref().map(cleaned),
        metric: "other alarms".to_owned(),
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use aws_sdk_cloudwatch::types::StateValue;

    #[test]
    fn an_alarm_on_other_alarms_is_one_too() {
        let told = CompositeAlarm::builder()
            .alarm_name("standby")
            .state_value(StateValue::InsufficientData)
            .build();
        let alarm = composed(told).unwrap();
        assert_eq!(alarm.name, "standby");
        assert_eq!(alarm.state, "INSUFFICIENT_DATA");
    }

    /// `AuroraGlobalDBRPOLag` is in milliseconds (Amazon Aurora User
    /// Guide, "CloudWatch metrics for Amazon Aurora").
    #[test]
    fn the_lag_of_an_aurora_global_database_is_told_in_milliseconds() {
        let member = |region: &str, writer| {
            let arn = format!("arn:aws:rds:{region}:1:cluster:catalog");
            (Arn::from(arn), writer)
        };
        let global = GlobalCluster {
            id: "global".into(),
            status: "available".into(),
            members: vec![
                member("eu-west-1", true),
                member("eu-central-1", false),
            ],
        };
        let wanted = secondaries(&[global], "eu-central-1");
        let [wanted] = &wanted[..] else { panic!("{wanted:?}") };
        assert_eq!(wanted.metric, "AuroraGlobalDBRPOLag");
        let seconds = scaled(900.0, wanted.per_second);
        assert!((seconds - 0.9).abs() < 1e-9, "{seconds}");
        assert!(scaled(-1.0, wanted.per_second) < -0.9);
    }
}
