//! JSON for a terminal: what it could obey is escaped.

use std::fmt::Write as _;

use serde::Serialize;

use super::print;
use crate::ui::clean;

/// Prints a value as indented JSON, with a line end.
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
