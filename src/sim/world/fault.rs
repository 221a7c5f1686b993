//! A refusal, as a simulated service says it.

use serde_json::{Map, Value};

/// Why an operation was refused.
#[derive(Clone, Debug, PartialEq)]
pub struct Fault {
    /// The error code on the wire, as the official model names it.
    pub code: String,
    /// The sentence for people.
    pub message: String,
    /// The HTTP status.
    pub status: u16,
    /// Further members of the error's shape.
    pub fields: Map<String, Value>,
    /// True when the sender is to blame (4xx).
    pub sender: bool,
}

impl Fault {
    /// A refusal that the sender is to blame for.
    pub fn sender(
        status: u16,
        code: &str,
        message: impl Into<String>,
    ) -> Fault {
        Fault {
            code: code.to_owned(),
            message: message.into(),
            status,
            fields: Map::new(),
            sender: true,
        }
    }

    /// The same with one more member.
    #[must_use]
    pub fn with(mut self, name: &str, value: impl Into<Value>) -> Fault {
        self.fields.insert(name.to_owned(), value.into());
        self
    }
}
