//! Alarms: described, set by hand, and what happened to them.

use jiff::Timestamp;
use serde_json::{Value, json};

use super::{cut, dimensions, show_dimensions};
use crate::sim::world::seed::arn;
use crate::sim::world::value::{list, moment, number, text, time};
use crate::sim::world::watch::{Alarm, AlarmState, SeriesKey};
use crate::sim::world::{Caller, Fault, World, refuse};

fn state(word: &str) -> Option<AlarmState> {
    [AlarmState::Ok, AlarmState::Alarm, AlarmState::InsufficientData]
        .into_iter()
        .find(|state| state.word() == word)
}

fn show(caller: &Caller, alarm: &Alarm) -> Value {
    let own = format!("alarm:{}", alarm.name);
    json!({
        "AlarmName": alarm.name,
        "AlarmArn": arn("cloudwatch", &caller.region, &caller.account, &own),
        "AlarmDescription": alarm.description,
        "ActionsEnabled": true,
        "OKActions": [],
        "AlarmActions": [],
        "InsufficientDataActions": [],
        "StateValue": alarm.state.word(),
        "StateReason": alarm.reason,
        "StateUpdatedTimestamp": time(alarm.changed),
        "StateTransitionedTimestamp": time(alarm.changed),
        "MetricName": alarm.series.metric,
        "Namespace": alarm.series.namespace,
        "Statistic": alarm.statistic,
        "Dimensions": show_dimensions(&alarm.series.dimensions),
        "Period": alarm.period,
        "EvaluationPeriods": alarm.evaluation_periods,
        "DatapointsToAlarm": alarm.evaluation_periods,
        "Threshold": alarm.threshold,
        "ComparisonOperator": alarm.comparison,
        "TreatMissingData": alarm.treat_missing,
    })
}

pub(super) fn describe(
    world: &mut World,
    caller: &Caller,
    input: &Value,
    _: Timestamp,
) -> Result<Value, Fault> {
    let names: Vec<&str> =
        list(input, "AlarmNames").iter().filter_map(Value::as_str).collect();
    let types = list(input, "AlarmTypes");
    let metric = types.is_empty() || types.iter().any(|t| t == "MetricAlarm");
    let prefix = text(input, "AlarmNamePrefix").unwrap_or_default();
    let wanted = text(input, "StateValue");
    let place = world.place_mut(&caller.account, &caller.region);
    let found = place.alarms.values().enumerate().filter(|(_, alarm)| {
        metric
            && (names.is_empty() || names.contains(&alarm.name.as_str()))
            && alarm.name.starts_with(prefix)
            && wanted.is_none_or(|word| word == alarm.state.word())
    });
    let page = cut(input, found, 50, 100)?;
    let shown: Vec<Value> =
        page.items.into_iter().map(|alarm| show(caller, alarm)).collect();
    Ok(json!({
        "MetricAlarms": shown,
        "CompositeAlarms": [],
        "NextToken": page.next,
    }))
}

/// The state holds until the alarm is judged again.
// https://docs.aws.amazon.com/AmazonCloudWatch/latest/APIReference/API_SetAlarmState.html
pub(super) fn set_state(
    world: &mut World,
    caller: &Caller,
    input: &Value,
    _: Timestamp,
) -> Result<Value, Fault> {
    let name = text(input, "AlarmName").unwrap_or_default();
    let place = world.place_mut(&caller.account, &caller.region);
    if !place.alarms.contains_key(name) {
        return Err(refuse(404, "ResourceNotFound", "Alarm not found."));
    }
    let word = text(input, "StateValue").unwrap_or_default();
    let state = state(word).ok_or_else(|| {
        refuse(400, "InvalidFormat", format!("{word} is no alarm state."))
    })?;
    let why = text(input, "StateReason").unwrap_or_default();
    world.set_alarm(&caller.account, &caller.region, name, state, why);
    world.count("SetAlarmState", caller, name);
    Ok(json!({}))
}

pub(super) fn history(
    world: &mut World,
    caller: &Caller,
    input: &Value,
    _: Timestamp,
) -> Result<Value, Fault> {
    let name = text(input, "AlarmName");
    let kind = text(input, "HistoryItemType");
    let from = moment(input, "StartDate");
    let to = moment(input, "EndDate");
    let rising = text(input, "ScanBy") == Some("TimestampAscending");
    let place = world.place_mut(&caller.account, &caller.region);
    let mut found: Vec<_> = place
        .alarm_history
        .iter()
        .enumerate()
        .filter(|(_, item)| {
            name.is_none_or(|name| name == item.alarm)
                && kind.is_none_or(|kind| kind == item.kind)
                && from.is_none_or(|at| item.at >= at)
                && to.is_none_or(|at| item.at <= at)
        })
        .collect();
    if !rising {
        found.reverse();
        for (key, _) in &mut found {
            *key = usize::MAX - *key;
        }
    }
    let page = cut(input, found.into_iter(), 100, 100)?;
    let shown = page.items.into_iter().map(|item| {
        json!({
            "AlarmName": item.alarm,
            "AlarmType": "MetricAlarm",
            "Timestamp": time(item.at),
            "HistoryItemType": item.kind,
            "HistorySummary": item.summary,
            "HistoryData": item.data,
        })
    });
    Ok(json!({
        "AlarmHistoryItems": shown.collect::<Vec<_>>(),
        "NextToken": page.next,
    }))
}

// https://docs.aws.amazon.com/AmazonCloudWatch/latest/APIReference/API_PutMetricAlarm.html
pub(super) fn put(
    world: &mut World,
    caller: &Caller,
    input: &Value,
    now: Timestamp,
) -> Result<Value, Fault> {
    let name = text(input, "AlarmName").unwrap_or_default();
    let metric = text(input, "MetricName").ok_or_else(|| {
        refuse(
            400,
            "ValidationError",
            "Only alarms on one metric are simulated: MetricName is required.",
        )
    })?;
    let series = SeriesKey {
        namespace: text(input, "Namespace").unwrap_or_default().to_owned(),
        metric: metric.to_owned(),
        dimensions: dimensions(input),
    };
    let threshold = input.get("Threshold").and_then(Value::as_f64);
    let threshold = threshold.unwrap_or_default();
    let mut alarm = Alarm::above(name, series, threshold, now);
    let given = |member: &str, usual: &str| {
        text(input, member).unwrap_or(usual).to_owned()
    };
    alarm.statistic = given("Statistic", "Average");
    alarm.comparison = given("ComparisonOperator", "GreaterThanThreshold");
    alarm.treat_missing = given("TreatMissingData", "missing");
    alarm.description = text(input, "AlarmDescription").map(str::to_owned);
    alarm.period = number(input, "Period").unwrap_or(60);
    alarm.evaluation_periods = number(input, "EvaluationPeriods").unwrap_or(1);
    alarm.judged = Some(now);
    let place = world.place_mut(&caller.account, &caller.region);
    if let Some(old) = place.alarms.get(name) {
        alarm.state = old.state;
        alarm.reason.clone_from(&old.reason);
        alarm.changed = old.changed;
    }
    world.add_alarm(&caller.account, &caller.region, alarm);
    world.count("PutMetricAlarm", caller, name);
    Ok(json!({}))
}
