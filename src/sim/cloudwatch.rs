//! The simulated service `monitoring`: metrics, and alarms on them.

mod alarms;
mod metrics;

use serde_json::{Value, json};

use super::world::value::{Page, list, number, page, text};
use super::world::watch::Dimensions;
use super::world::{Fault, Service, refuse};

/// Its operations.
pub const SERVICE: Service = Service {
    signing_name: "monitoring",
    handlers: &[
        ("DescribeAlarmHistory", alarms::history),
        ("DescribeAlarms", alarms::describe),
        ("GetMetricData", metrics::data),
        ("GetMetricStatistics", metrics::statistics),
        ("ListMetrics", metrics::list),
        ("PutMetricAlarm", alarms::put),
        ("PutMetricData", metrics::put),
        ("SetAlarmState", alarms::set_state),
    ],
    shelves: &[],
};

fn invalid(message: impl Into<String>) -> Fault {
    refuse(400, "InvalidParameterValue", message)
}

/// Cuts a page out of items whose keys rise.
fn cut<T>(
    input: &Value,
    items: impl Iterator<Item = (usize, T)>,
    usual: i64,
    most: i64,
) -> Result<Page<T>, Fault> {
    let wanted = number(input, "MaxRecords").unwrap_or(usual);
    if !(1..=most).contains(&wanted) {
        return Err(invalid(format!(
            "Value {wanted} at 'maxRecords' must be between 1 and {most}"
        )));
    }
    let wanted = usize::try_from(wanted).unwrap_or_default();
    page(items, text(input, "NextToken"), wanted).ok_or_else(|| {
        refuse(400, "InvalidNextToken", "The next token is invalid.")
    })
}

/// The dimensions of a value.
fn dimensions(value: &Value) -> Dimensions {
    list(value, "Dimensions")
        .iter()
        .filter_map(|d| {
            Some((text(d, "Name")?.to_owned(), text(d, "Value")?.to_owned()))
        })
        .collect()
}

fn show_dimensions(dimensions: &Dimensions) -> Vec<Value> {
    dimensions
        .iter()
        .map(|(name, value)| json!({ "Name": name, "Value": value }))
        .collect()
}

#[cfg(test)]
mod tests {
    use serde_json::{Value, json};

    use crate::sim::world::fixture::{CENTRAL, Lab, REPLICA, WEST};

    fn window(start: &str, end: &str) -> Value {
        json!({
            "Namespace": "AWS/RDS",
            "MetricName": "ReplicaLag",
            "Dimensions": [
                { "Name": "DBInstanceIdentifier", "Value": REPLICA },
            ],
            "StartTime": start,
            "EndTime": end,
            "Period": 60,
            "Statistics": ["Maximum", "Average"],
        })
    }

    fn lag(lab: &mut Lab) -> Vec<Value> {
        let input = window("2026-11-23T10:00:00Z", "2026-11-23T11:00:00Z");
        let op = "monitoring:GetMetricStatistics";
        let found = lab.get(CENTRAL, op, &input);
        found["Datapoints"].as_array().expect("a list").clone()
    }

    fn alarm(lab: &mut Lab) -> Value {
        let all = lab.get(CENTRAL, "monitoring:DescribeAlarms", &json!({}));
        all["MetricAlarms"][0].clone()
    }

    #[test]
    fn metrics_have_a_point_a_minute_and_none_in_the_future() {
        let mut lab = Lab::new();
        lab.wait(600);
        let points = lag(&mut lab);
        assert_eq!(points.len(), 11);
        assert_eq!(points[0]["Timestamp"], "2026-11-23T10:00:00Z");
    }

    #[test]
    fn the_lag_of_a_replica_grows_in_the_metric_too() {
        let mut lab = Lab::new();
        lab.wait(120);
        lab.darken(WEST);
        lab.wait(600);
        let points = lag(&mut lab);
        let last = points.last().expect("there are points");
        assert!(last["Maximum"].as_f64().is_some_and(|lag| lag > 599.0));
    }

    #[test]
    fn metric_data_is_newest_first_unless_asked_otherwise() {
        let mut lab = Lab::new();
        lab.wait(300);
        let input = json!({
            "StartTime": "2026-11-23T10:00:00Z",
            "EndTime": "2026-11-23T10:05:00Z",
            "MetricDataQueries": [{
                "Id": "lag",
                "MetricStat": {
                    "Metric": {
                        "Namespace": "AWS/RDS",
                        "MetricName": "ReplicaLag",
                        "Dimensions": [{
                            "Name": "DBInstanceIdentifier",
                            "Value": REPLICA,
                        }],
                    },
                    "Period": 60,
                    "Stat": "Maximum",
                },
            }],
        });
        let op = "monitoring:GetMetricData";
        let found = lab.get(CENTRAL, op, &input);
        let times = &found["MetricDataResults"][0]["Timestamps"];
        assert_eq!(times[0], "2026-11-23T10:04:00Z");
        assert_eq!(times.as_array().map(Vec::len), Some(5));
    }

    #[test]
    fn an_alarm_goes_off_after_its_periods_and_comes_back() {
        let mut lab = Lab::new();
        lab.wait(240);
        assert_eq!(alarm(&mut lab)["StateValue"], "OK");
        lab.darken(WEST);
        lab.wait(120);
        assert_eq!(alarm(&mut lab)["StateValue"], "OK");
        lab.wait(180);
        assert_eq!(alarm(&mut lab)["StateValue"], "ALARM");
        let op = "monitoring:DescribeAlarmHistory";
        let history = lab.get(CENTRAL, op, &json!({}));
        let last = &history["AlarmHistoryItems"][0]["HistorySummary"];
        assert_eq!(*last, "Alarm updated from OK to ALARM");
    }

    #[test]
    fn an_alarm_without_samples_has_insufficient_data() {
        let mut lab = Lab::new();
        lab.wait(240);
        let place = lab.world.place_mut("111122223333", CENTRAL);
        let db = place.instances.get_mut(REPLICA).expect("it is there");
        db.replica = None;
        lab.wait(240);
        assert_eq!(alarm(&mut lab)["StateValue"], "INSUFFICIENT_DATA");
    }

    #[test]
    fn a_state_set_by_hand_holds_until_the_next_judgement() {
        let mut lab = Lab::new();
        lab.wait(240);
        let input = json!({
            "AlarmName": "replica-lag",
            "StateValue": "ALARM",
            "StateReason": "drill",
        });
        lab.get(CENTRAL, "monitoring:SetAlarmState", &input);
        assert_eq!(alarm(&mut lab)["StateValue"], "ALARM");
        let by = json!({ "StateValue": "OK" });
        let none = lab.get(CENTRAL, "monitoring:DescribeAlarms", &by);
        assert_eq!(none["MetricAlarms"], json!([]));
        lab.wait(61);
        assert_eq!(alarm(&mut lab)["StateValue"], "OK");
        let nobody = json!({
            "AlarmName": "nobody",
            "StateValue": "OK",
            "StateReason": "drill",
        });
        let op = "monitoring:SetAlarmState";
        assert_eq!(lab.refusal(CENTRAL, op, &nobody), "ResourceNotFound");
    }

    #[test]
    fn what_was_put_is_listed_and_read_back() {
        let mut lab = Lab::new();
        let input = json!({
            "Namespace": "Training",
            "MetricData": [{
                "MetricName": "Logins",
                "Timestamp": "2026-11-23T10:00:10Z",
                "Value": 7.0,
            }],
        });
        lab.get(WEST, "monitoring:PutMetricData", &input);
        lab.wait(60);
        let of = json!({ "Namespace": "Training" });
        let listed = lab.get(WEST, "monitoring:ListMetrics", &of);
        assert_eq!(listed["Metrics"][0]["MetricName"], "Logins");
        let mut input = window("2026-11-23T10:00:00Z", "2026-11-23T10:01:00Z");
        input["Namespace"] = json!("Training");
        input["MetricName"] = json!("Logins");
        input["Dimensions"] = json!([]);
        let op = "monitoring:GetMetricStatistics";
        let found = lab.get(WEST, op, &input);
        assert_eq!(found["Datapoints"][0]["Maximum"], 7.0);
        let reserved = json!({ "Namespace": "AWS/RDS", "MetricData": [] });
        let op = "monitoring:PutMetricData";
        assert_eq!(lab.refusal(WEST, op, &reserved), "InvalidParameterValue");
    }

    #[test]
    fn a_new_alarm_is_judged_by_its_own_threshold() {
        let mut lab = Lab::new();
        lab.wait(240);
        let input = json!({
            "AlarmName": "any-lag",
            "Namespace": "AWS/RDS",
            "MetricName": "ReplicaLag",
            "Dimensions": [
                { "Name": "DBInstanceIdentifier", "Value": REPLICA },
            ],
            "Statistic": "Maximum",
            "Period": 60,
            "EvaluationPeriods": 1,
            "Threshold": 0.1,
            "ComparisonOperator": "GreaterThanThreshold",
        });
        lab.get(CENTRAL, "monitoring:PutMetricAlarm", &input);
        assert_eq!(alarm(&mut lab)["StateValue"], "INSUFFICIENT_DATA");
        lab.wait(60);
        assert_eq!(alarm(&mut lab)["AlarmName"], "any-lag");
        assert_eq!(alarm(&mut lab)["StateValue"], "ALARM");
    }

    #[test]
    fn windows_that_make_no_sense_are_refused() {
        let mut lab = Lab::new();
        let op = "monitoring:GetMetricStatistics";
        let turned = window("2026-11-23T11:00:00Z", "2026-11-23T10:00:00Z");
        assert_eq!(lab.refusal(WEST, op, &turned), "InvalidParameterValue");
        let long = window("2026-11-01T00:00:00Z", "2026-11-23T10:00:00Z");
        let code = lab.refusal(WEST, op, &long);
        assert_eq!(code, "InvalidParameterCombination");
    }
}
