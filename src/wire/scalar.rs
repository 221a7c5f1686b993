//! Scalars as text: timestamps, numbers, booleans and blobs.

use std::borrow::Cow;

use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use jiff::Timestamp;
use jiff::fmt::rfc2822;

use super::model::{Kind, TimestampFormat};
use super::{Misfit, Value};

const MICROS: i64 = 1_000_000;

/// Reads a timestamp as values hold it.
pub(super) fn timestamp(value: &Value) -> Result<Timestamp, Misfit> {
    let text = value.as_str();
    text.and_then(|text| text.parse().ok())
        .ok_or_else(|| Misfit::expected("an RFC 3339 timestamp", value))
}

/// Seconds since 1970 and the microseconds beyond, both rounded down.
pub(super) fn unix(at: Timestamp) -> (i64, i64) {
    let micros = at.as_microsecond();
    (micros.div_euclid(MICROS), micros.rem_euclid(MICROS))
}

/// Writes a moment in one of the three forms on the wire.
pub(super) fn timestamp_text(
    at: Timestamp,
    format: TimestampFormat,
) -> Result<String, Misfit> {
    Ok(match format {
        TimestampFormat::Iso8601 => whole_micros(at).to_string(),
        TimestampFormat::Unix => match unix(at) {
            (seconds, 0) => seconds.to_string(),
            (seconds, micros) => decimal(seconds, micros),
        },
        TimestampFormat::Rfc822 => rfc2822::DateTimePrinter::new()
            .timestamp_to_rfc9110_string(&at)
            .map_err(|_| Misfit::new("a year between 0 and 9999"))?,
    })
}

fn whole_micros(at: Timestamp) -> Timestamp {
    Timestamp::from_microsecond(at.as_microsecond())
        .expect("microseconds of a timestamp are in range")
}

/// Before 1970 the fraction counts towards zero: -1.75 is `(-2, 250_000)`.
fn decimal(seconds: i64, micros: i64) -> String {
    let (sign, seconds, micros) = if seconds < 0 {
        ("-", -(seconds + 1), MICROS - micros)
    } else {
        ("", seconds, micros)
    };
    let text = format!("{sign}{seconds}.{micros:06}");
    text.trim_end_matches('0').to_owned()
}

/// Reads a moment written as a number of seconds.
pub(super) fn from_seconds(seconds: f64) -> Option<Timestamp> {
    if !seconds.is_finite() || seconds.abs() > 1e12 {
        return None;
    }
    #[expect(
        clippy::cast_possible_truncation,
        reason = "the range was checked above"
    )]
    Timestamp::from_microsecond((seconds * 1e6).round() as i64).ok()
}

/// Reads a moment in whichever of the three forms it is written.
pub(super) fn parse_timestamp(text: &str) -> Option<Timestamp> {
    let text = text.trim();
    let instant = text.parse().ok();
    instant
        .or_else(|| rfc2822::DateTimeParser::new().parse_timestamp(text).ok())
        .or_else(|| text.parse().ok().and_then(from_seconds))
}

/// Writes a scalar as text, for XML, forms, headers, labels and queries.
pub(super) fn to_text<'v>(
    kind: &Kind,
    format: TimestampFormat,
    value: &'v Value,
) -> Result<Cow<'v, str>, Misfit> {
    Ok(match (kind, value) {
        (Kind::String(_), Value::String(text)) => Cow::Borrowed(text),
        (Kind::Blob, Value::String(text)) => Cow::Borrowed(blob(text)?),
        (Kind::Boolean, Value::Bool(yes)) => {
            Cow::Borrowed(if *yes { "true" } else { "false" })
        }
        (Kind::Integer | Kind::Long, Value::Number(n)) if !n.is_f64() => {
            Cow::Owned(n.to_string())
        }
        (Kind::Float | Kind::Double, Value::Number(number)) => {
            Cow::Owned(number.to_string())
        }
        (Kind::Float | Kind::Double, Value::String(text)) => {
            special(text)
                .ok_or_else(|| Misfit::expected("a number", value))?;
            Cow::Borrowed(text)
        }
        (Kind::Timestamp, value) => {
            Cow::Owned(timestamp_text(timestamp(value)?, format)?)
        }
        (kind, value) => return Err(Misfit::expected(noun(kind), value)),
    })
}

/// Reads a scalar from text.
pub(super) fn from_text(kind: &Kind, text: &str) -> Result<Value, Misfit> {
    let wrong =
        || Misfit::new(format!("{} is not {}", short(text), noun(kind)));
    Ok(match kind {
        Kind::String(_) => Value::from(text),
        Kind::Blob => Value::from(blob(text.trim())?),
        Kind::Boolean => match text.trim() {
            "true" | "True" | "1" => Value::Bool(true),
            "false" | "False" | "0" => Value::Bool(false),
            _ => return Err(wrong()),
        },
        Kind::Integer | Kind::Long => {
            Value::from(text.trim().parse::<i64>().map_err(|_| wrong())?)
        }
        Kind::Float | Kind::Double => {
            let number = text.trim().parse::<f64>().map_err(|_| wrong())?;
            double(number)
        }
        Kind::Timestamp => {
            let at = parse_timestamp(text).ok_or_else(wrong)?;
            Value::from(at.to_string())
        }
        _ => return Err(wrong()),
    })
}

/// The name of a kind in a sentence.
pub(super) fn noun(kind: &Kind) -> &'static str {
    match kind {
        Kind::Structure(_) => "a structure",
        Kind::List(_) => "a list",
        Kind::Map(..) => "a map",
        Kind::String(_) => "a string",
        Kind::Integer | Kind::Long => "a whole number",
        Kind::Float | Kind::Double => "a number",
        Kind::Boolean => "a boolean",
        Kind::Blob => "base64",
        Kind::Timestamp => "a timestamp",
        Kind::Document => "a document",
    }
}

fn short(text: &str) -> String {
    text.chars().take(40).collect()
}

/// A float as values hold it: JSON has no infinities, so they are names.
pub(super) fn double(number: f64) -> Value {
    if number.is_nan() {
        Value::from("NaN")
    } else if number.is_infinite() {
        Value::from(if number > 0.0 { "Infinity" } else { "-Infinity" })
    } else {
        Value::from(number)
    }
}

/// The float behind such a name.
pub(super) fn special(text: &str) -> Option<f64> {
    match text {
        "NaN" => Some(f64::NAN),
        "Infinity" => Some(f64::INFINITY),
        "-Infinity" => Some(f64::NEG_INFINITY),
        _ => None,
    }
}

/// Checks that a blob is base64 and gives it back.
fn blob(text: &str) -> Result<&str, Misfit> {
    bytes(text).map(|_| text)
}

/// The bytes of a blob.
pub(super) fn bytes(text: &str) -> Result<Vec<u8>, Misfit> {
    STANDARD.decode(text).map_err(|_| Misfit::new("not base64"))
}

/// A blob of bytes.
pub(super) fn base64(bytes: &[u8]) -> String {
    STANDARD.encode(bytes)
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::{double, from_seconds, parse_timestamp, timestamp, to_text};
    use crate::wire::TimestampFormat::{Iso8601, Rfc822, Unix};
    use crate::wire::model::Kind;

    #[test]
    fn a_moment_has_three_forms_and_all_are_read_back() {
        let value = json!("2026-01-02T03:04:05.678Z");
        let text = |format| to_text(&Kind::Timestamp, format, &value).unwrap();
        assert_eq!(text(Iso8601), "2026-01-02T03:04:05.678Z");
        assert_eq!(text(Unix), "1767323045.678");
        assert_eq!(text(Rfc822), "Fri, 02 Jan 2026 03:04:05 GMT");
        let moment = timestamp(&value).unwrap();
        assert_eq!(parse_timestamp(&text(Iso8601)), Some(moment));
        assert_eq!(parse_timestamp(&text(Unix)), Some(moment));
        let second = parse_timestamp(&text(Rfc822)).unwrap();
        assert_eq!(second.as_second(), moment.as_second());
    }

    #[test]
    fn moments_before_1970_keep_their_fraction() {
        let value = json!("1969-12-31T23:59:58.25Z");
        let text = to_text(&Kind::Timestamp, Unix, &value).unwrap();
        assert_eq!(text, "-1.75");
        assert_eq!(from_seconds(-1.75), timestamp(&value).ok());
    }

    #[test]
    fn what_is_no_moment_is_refused() {
        assert!(timestamp(&json!(12)).is_err());
        assert!(timestamp(&json!("yesterday")).is_err());
        assert_eq!(from_seconds(f64::NAN), None);
        assert_eq!(from_seconds(1e300), None);
    }

    #[test]
    fn infinities_travel_by_name() {
        assert_eq!(double(f64::NEG_INFINITY), json!("-Infinity"));
        let name = json!("NaN");
        let text = to_text(&Kind::Double, Iso8601, &name).unwrap();
        assert_eq!(text, "NaN");
        assert!(to_text(&Kind::Double, Iso8601, &json!("many")).is_err());
    }
}
