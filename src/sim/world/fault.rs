//! A refusal, as a simulated service says it.

use serde_json::Value;

/// Why an operation was refused.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Fault {
    /// The error code on the wire, as the official model names it.
    pub code: String,
    /// The sentence for people.
    pub message: String,
    /// The HTTP status.
    pub status: u16,
    /// Further members of the error's shape, an object or null.
    pub fields: Value,
    /// True when the sender is to blame (4xx).
    pub sender: bool,
}

/// A refusal that the sender is to blame for.
pub fn refuse(status: u16, code: &str, message: impl Into<String>) -> Fault {
    Fault {
        code: code.to_owned(),
        message: message.into(),
        status,
        fields: Value::Null,
        sender: true,
    }
}
