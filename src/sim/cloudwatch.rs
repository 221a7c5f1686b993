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
        ("PutMetricData", metrics::put),
        ("SetAlarmState", alarms::set_state),
    ],
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
