//! What commands that tell of the estate print alike: JSON, and the lines
//! that say of which AWS it is.

use std::fmt::Write as _;

use serde::Serialize;

use super::print;
use crate::ui::clean;

/// The lines over what was not seen at AWS itself: of which scenario it is,
/// and of which endpoint. None over what was.
pub(super) fn heading(
    simulated: Option<&str>,
    endpoint: Option<&str>,
) -> Vec<String> {
    let simulated =
        simulated.map(|scenario| format!("SIMULATED AWS: {scenario}"));
    let endpoint =
        endpoint.map(|url| format!("ENDPOINT {url}, not AWS's own"));
    simulated.into_iter().chain(endpoint).collect()
}

/// Prints a value as indented JSON, with a line end. What a terminal could
/// obey in it is escaped.
pub(super) fn json(value: &impl Serialize) -> anyhow::Result<()> {
    let text = serde_json::to_string_pretty(value)?;
    print(escaped(&text).as_bytes());
    print(b"\n");
    Ok(())
}

/// The same JSON with characters that deceive as `\uXXXX`. They can only
/// stand inside strings, so nothing else changes.
fn escaped(json: &str) -> String {
    let mut out = String::with_capacity(json.len());
    let mut letter = [0; 4];
    for c in json.chars() {
        let text = c.encode_utf8(&mut letter);
        if c == '\n' || clean(text).as_str() == text {
            out.push(c);
            continue;
        }
        for unit in c.encode_utf16(&mut [0; 2]) {
            let _ = write!(out, "\\u{unit:04x}");
        }
    }
    out
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_turns_text_round_is_escaped_and_reads_back_the_same() {
        let value =
            serde_json::json!({ "a": "x\u{202e}y\u{1b}[2Jä\u{e0001}" });
        let text = serde_json::to_string_pretty(&value).unwrap();
        let safe = escaped(&text);
        assert!(safe.contains("\\u202e") && safe.contains("\\udb40\\udc01"));
        assert!(safe.contains('ä'));
        let back: serde_json::Value = serde_json::from_str(&safe).unwrap();
        assert_eq!(back, value);
    }
}
