//! AWS members read from and written as JSON values.

use jiff::Timestamp;
use serde_json::Value;

use super::Fault;

/// A time stamp as a handler answers it: ISO 8601 text, UTC.
pub fn time(at: Timestamp) -> Value {
    Value::from(at.to_string())
}

/// The same value without the members that are null.
pub fn trim(value: Value) -> Value {
    match value {
        Value::Object(members) => members
            .into_iter()
            .filter(|(_, member)| !member.is_null())
            .map(|(name, member)| (name, trim(member)))
            .collect(),
        Value::Array(items) => items.into_iter().map(trim).collect(),
        other => other,
    }
}

/// A text member, if given and not empty.
pub fn text<'v>(input: &'v Value, member: &str) -> Option<&'v str> {
    input.get(member)?.as_str().filter(|text| !text.is_empty())
}

/// A whole-number member, if given.
pub fn number(input: &Value, member: &str) -> Option<i64> {
    input.get(member)?.as_i64()
}

/// A truth member; false when not given.
pub fn flag(input: &Value, member: &str) -> bool {
    input.get(member).and_then(Value::as_bool).unwrap_or_default()
}

/// A list member; empty when not given.
pub fn list<'v>(input: &'v Value, member: &str) -> &'v [Value] {
    input.get(member).and_then(Value::as_array).map_or(&[], Vec::as_slice)
}

/// A time member, if given, as ISO 8601 text or as seconds since the epoch.
pub fn moment(input: &Value, member: &str) -> Option<Timestamp> {
    match input.get(member)? {
        Value::String(text) => text.parse().ok(),
        #[expect(
            clippy::cast_possible_truncation,
            reason = "milliseconds of any year that AWS accepts fit"
        )]
        Value::Number(n) => n
            .as_f64()
            .map(|s| (s * 1000.0).round() as i64)
            .and_then(|ms| Timestamp::from_millisecond(ms).ok()),
        _ => None,
    }
}

/// A text member that the operation cannot do without.
pub fn required<'v>(
    input: &'v Value,
    member: &str,
    code: &str,
) -> Result<&'v str, Fault> {
    text(input, member).ok_or_else(|| {
        Fault::sender(400, code, format!("{member} is required."))
    })
}
