//! Alarms: described, set by hand, and what happened to them.

use jiff::Timestamp;
use serde_json::{Value, json};

use super::{cut, show_dimensions};
use crate::sim::world::seed::arn;
use crate::sim::world::value::{list, moment, text, time};
use crate::sim::world::watch::{Alarm, AlarmState};
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
