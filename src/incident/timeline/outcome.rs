//! What came of a call, in a sentence.

use super::{Told, marked, told as say};
use crate::estate::program::End;
use crate::runbook::run::Outcome;

/// What came of a call.
pub(super) fn told(outcome: &Outcome, took_ms: u64) -> Told {
    match outcome {
        Outcome::Accepted { request_id, answer } => Told {
            result: "accepted".into(),
            request_id: request_id.clone(),
            ..say(
                "answer",
                match answer {
                    Some(answer) => {
                        format!("accepted in {took_ms} ms: {answer}")
                    }
                    None => format!("accepted in {took_ms} ms"),
                },
            )
        },
        Outcome::Refused { failure } => Told {
            result: "refused".into(),
            request_id: failure.request_id.clone(),
            ..say("answer", failure.to_string())
        },
        Outcome::Unknown { failure } => Told {
            result: "UNKNOWN".into(),
            request_id: failure.request_id.clone(),
            ..marked(say("unknown", failure.to_string()))
        },
        Outcome::Ended { end } => ended(end, took_ms),
        Outcome::NotSent { why } => {
            Told { result: "not sent".into(), ..say("answer", why) }
        }
    }
}

/// How a program ended, and the end of what it said.
fn ended(end: &End, took_ms: u64) -> Told {
    let mut text = format!("it {} after {took_ms} ms", end.words());
    if let Some(line) = end.last_line() {
        text.push_str(": ");
        text.push_str(line);
    }
    if end.is_well() {
        return Told { result: "ended".into(), ..say("answer", text) };
    }
    Told { result: "UNKNOWN".into(), ..marked(say("unknown", text)) }
}
