//! Metrics: listed, read in periods, and put.

use jiff::Timestamp;
use serde_json::{Map, Value, json};

use super::{cut, dimensions, invalid, show_dimensions};
use crate::sim::world::measure::Summary;
use crate::sim::world::value::{list as items, moment, number, text, time};
use crate::sim::world::watch::{Sample, SeriesKey};
use crate::sim::world::{Caller, Fault, World, refuse};

/// The most datapoints that one request may ask of a metric.
// https://docs.aws.amazon.com/AmazonCloudWatch/latest/APIReference/API_GetMetricStatistics.html
const MOST_POINTS: i64 = 1440;

pub(super) fn list(
    world: &mut World,
    caller: &Caller,
    input: &Value,
    _: Timestamp,
) -> Result<Value, Fault> {
    let namespace = text(input, "Namespace");
    let metric = text(input, "MetricName");
    let filters = items(input, "Dimensions");
    let all = world.series(&caller.account, &caller.region);
    let found = all.iter().enumerate().filter(|(_, key)| {
        namespace.is_none_or(|name| name == key.namespace)
            && metric.is_none_or(|name| name == key.metric)
            && filters.iter().all(|filter| {
                let name = text(filter, "Name").unwrap_or_default();
                let value = text(filter, "Value");
                let is = key.dimensions.get(name);
                is.is_some_and(|is| value.is_none_or(|v| v == is))
            })
    });
    let page = cut(input, found, 500, 500)?;
    let shown: Vec<Value> = page.items.into_iter().map(show_metric).collect();
    Ok(json!({ "Metrics": shown, "NextToken": page.next }))
}

fn show_metric(key: &SeriesKey) -> Value {
    json!({
        "Namespace": key.namespace,
        "MetricName": key.metric,
        "Dimensions": show_dimensions(&key.dimensions),
    })
}

fn key(value: &Value) -> SeriesKey {
    SeriesKey {
        namespace: text(value, "Namespace").unwrap_or_default().to_owned(),
        metric: text(value, "MetricName").unwrap_or_default().to_owned(),
        dimensions: dimensions(value),
    }
}

/// Which times are asked for, in which steps.
#[derive(Clone, Copy)]
struct Window {
    start: Timestamp,
    end: Timestamp,
    period: i64,
}

impl Window {
    fn of(input: &Value, period: i64) -> Result<Window, Fault> {
        let time = |member: &str| {
            moment(input, member).ok_or_else(|| {
                refuse(
                    400,
                    "MissingParameter",
                    format!("The parameter {member} is required."),
                )
            })
        };
        let (start, end) = (time("StartTime")?, time("EndTime")?);
        if start >= end {
            return Err(invalid(
                "The parameter StartTime must be less than the parameter \
                 EndTime.",
            ));
        }
        let whole = [1, 5, 10, 20, 30].contains(&period)
            || (period > 0 && period % 60 == 0);
        if !whole {
            return Err(invalid(
                "The parameter Period must be 1, 5, 10, 20, 30 or a multiple \
                 of 60.",
            ));
        }
        Ok(Window { start, end, period })
    }

    fn points(self) -> i64 {
        self.end.duration_since(self.start).as_secs() / self.period
    }

    /// The periods with samples, oldest first, from the whole period that
    /// the start is in.
    fn read(
        self,
        world: &World,
        caller: &Caller,
        key: &SeriesKey,
    ) -> Vec<(Timestamp, Summary)> {
        let step = self.period.max(60);
        let first = self.start.as_second().div_euclid(step) * step;
        let from = Timestamp::from_second(first).unwrap_or(self.start);
        let (account, region) = (&caller.account, &caller.region);
        let samples = world.samples(account, region, key, from, self.end);
        let mut found: Vec<(Timestamp, Vec<f64>)> = Vec::new();
        for sample in samples {
            let at = sample.at.as_second();
            let slot = first + (at - first).div_euclid(step) * step;
            let slot = Timestamp::from_second(slot).unwrap_or(sample.at);
            match found.last_mut() {
                Some((at, values)) if *at == slot => values.push(sample.value),
                _ => found.push((slot, vec![sample.value])),
            }
        }
        found
            .into_iter()
            .filter_map(|(at, values)| Some((at, Summary::of(&values)?)))
            .collect()
    }
}

pub(super) fn statistics(
    world: &mut World,
    caller: &Caller,
    input: &Value,
    _: Timestamp,
) -> Result<Value, Fault> {
    let key = key(input);
    let period = number(input, "Period").unwrap_or_default();
    let window = Window::of(input, period)?;
    if window.points() > MOST_POINTS {
        return Err(refuse(
            400,
            "InvalidParameterCombination",
            format!(
                "You have requested up to {} datapoints, which exceeds the \
                 limit of {MOST_POINTS}. You may reduce the datapoints \
                 requested by increasing Period, or decreasing the time \
                 range.",
                window.points()
            ),
        ));
    }
    let wanted: Vec<&str> =
        items(input, "Statistics").iter().filter_map(Value::as_str).collect();
    if wanted.is_empty() {
        return Err(refuse(
            400,
            "MissingParameter",
            "The parameter Statistics is required.",
        ));
    }
    let points = window.read(world, caller, &key).into_iter();
    let shown = points.map(|(at, summary)| {
        let mut point = Map::new();
        point.insert("Timestamp".to_owned(), time(at));
        point.insert("Unit".to_owned(), json!(unit(&key.metric)));
        for name in &wanted {
            if let Some(value) = summary.statistic(name) {
                point.insert((*name).to_owned(), json!(value));
            }
        }
        Value::Object(point)
    });
    Ok(json!({
        "Label": key.metric,
        "Datapoints": shown.collect::<Vec<_>>(),
    }))
}

/// The unit of a metric that the world computes.
fn unit(metric: &str) -> &'static str {
    match metric {
        "ReplicaLag" => "Seconds",
        "CPUUtilization" => "Percent",
        "DatabaseConnections" => "Count",
        "FreeStorageSpace" => "Bytes",
        name if name.starts_with("AuroraGlobalDB") => "Milliseconds",
        name if name.starts_with("NumberOf") => "Count",
        _ => "None",
    }
}

pub(super) fn data(
    world: &mut World,
    caller: &Caller,
    input: &Value,
    _: Timestamp,
) -> Result<Value, Fault> {
    let rising = text(input, "ScanBy") == Some("TimestampAscending");
    let mut results = Vec::new();
    for query in items(input, "MetricDataQueries") {
        let id = text(query, "Id").unwrap_or_default();
        let Some(stat) = query.get("MetricStat").filter(|s| s.is_object())
        else {
            return Err(refuse(
                400,
                "ValidationError",
                format!(
                    "Query {id} is an expression: only MetricStat \
                    queries are simulated."
                ),
            ));
        };
        let key = key(stat.get("Metric").unwrap_or(&Value::Null));
        let period = number(stat, "Period").unwrap_or_default();
        let window = Window::of(input, period)?;
        let name = text(stat, "Stat").unwrap_or_default();
        let mut points: Vec<(Timestamp, f64)> = window
            .read(world, caller, &key)
            .into_iter()
            .filter_map(|(at, all)| Some((at, all.statistic(name)?)))
            .collect();
        if !rising {
            points.reverse();
        }
        let (times, values): (Vec<Value>, Vec<f64>) =
            points.into_iter().map(|(at, value)| (time(at), value)).unzip();
        results.push(json!({
            "Id": id,
            "Label": text(query, "Label").unwrap_or(&key.metric),
            "Timestamps": times,
            "Values": values,
            "StatusCode": "Complete",
        }));
    }
    Ok(json!({ "MetricDataResults": results, "Messages": [] }))
}

pub(super) fn put(
    world: &mut World,
    caller: &Caller,
    input: &Value,
    now: Timestamp,
) -> Result<Value, Fault> {
    let namespace = text(input, "Namespace").unwrap_or_default();
    if namespace.starts_with("AWS/") {
        return Err(invalid(
            "The value AWS/ for parameter Namespace is invalid.",
        ));
    }
    for datum in items(input, "MetricData") {
        let series = SeriesKey {
            namespace: namespace.to_owned(),
            metric: text(datum, "MetricName").unwrap_or_default().to_owned(),
            dimensions: dimensions(datum),
        };
        let at = moment(datum, "Timestamp").unwrap_or(now);
        let one = datum.get("Value").and_then(Value::as_f64);
        let many = items(datum, "Values").iter().filter_map(Value::as_f64);
        for value in one.into_iter().chain(many) {
            let sample = Sample { at, value };
            world.add_sample(
                &caller.account,
                &caller.region,
                series.clone(),
                sample,
            );
        }
    }
    world.count("PutMetricData", caller, namespace);
    Ok(json!({}))
}
