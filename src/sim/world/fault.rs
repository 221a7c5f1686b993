//! A refusal, as a simulated service says it.

use serde_json::Value;

pub use crate::wire::Fault;

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
