//! `timeline.json`: events, metrics and steps, for tools.

use serde_json::{Value, json};

use super::super::Incident;
use super::super::timeline::{Row, Timeline};
use super::{Provenance, labels};
use crate::runbook::run::Run;

/// The version of this format; it grows when a reader could break.
pub const VERSION: u32 = 1;

/// The timeline as JSON. Characters that could end a script element or a
/// line of JavaScript are escaped.
pub fn timeline(
    incident: &Incident,
    timeline: &Timeline,
    from: &Provenance,
) -> String {
    let opening = incident.opening.as_ref();
    let value = json!({
        "format": "lifeboat-timeline",
        "version": VERSION,
        "incident": {
            "id": incident.id,
            "title": opening.map(|opening| &opening.title),
            "external_id": opening.and_then(|o| o.external_id.as_ref()),
            "conduct": opening.map(|opening| opening.conduct),
            "simulated": opening.and_then(|o| o.simulated.as_ref()),
            "endpoint": opening.and_then(|o| o.endpoint.as_ref()),
            "opened": opening.map(|opening| opening.at),
            "closed": incident.closed.as_ref().map(|(at, _)| at),
            "summary": incident.closed.as_ref().map(|(_, text)| text),
        },
        "labels": labels(incident),
        "provenance": {
            "head": from.head,
            "exported": from.at,
            "tool": from.tool,
            "entries": incident.entries.len(),
            "oddities": incident
                .oddities
                .iter()
                .map(ToString::to_string)
                .collect::<Vec<_>>(),
        },
        "metrics": timeline.metrics,
        "runs": incident.runs.iter().map(run).collect::<Vec<_>>(),
        "events": timeline.rows.iter().map(event).collect::<Vec<_>>(),
    });
    let text =
        serde_json::to_string_pretty(&value).expect("all keys are text");
    escaped(&text)
}

fn run(run: &Run) -> Value {
    let steps: Vec<Value> = run
        .steps()
        .map(|(spec, state)| {
            json!({
                "id": spec.id,
                "title": run.title(spec),
                "kind": spec.kind.name,
                "phase": spec.phase,
                "status": state.status.word(),
                "why": state.status.why(),
                "attempt": state.attempt,
                "ready": state.ready,
                "ended": state.ended,
                "expect_s": spec.expect.map(|span| span.as_secs()),
                "evidence": state.evidence,
            })
        })
        .collect();
    let pinned = run.pinned();
    json!({
        "run": pinned.run,
        "runbook": pinned.runbook.id,
        "title": pinned.runbook.title,
        "sha256": pinned.sha256,
        "started": pinned.at,
        "inputs": pinned.inputs,
        "steps": steps,
    })
}

fn event(row: &Row) -> Value {
    json!({
        "seq": row.seq,
        "at": row.at,
        "t_plus_s": row.since.map(|span| span.as_secs()),
        "who": row.who,
        "kind": row.kind,
        "step": row.step,
        "what": row.what,
        "result": row.result,
        "request_id": row.request_id,
        "marked": row.marked,
    })
}

/// Those characters occur in JSON only inside of texts.
fn escaped(json: &str) -> String {
    let mut text = String::with_capacity(json.len());
    for c in json.chars() {
        match c {
            '<' => text.push_str("\\u003c"),
            '>' => text.push_str("\\u003e"),
            '&' => text.push_str("\\u0026"),
            '\u{2028}' => text.push_str("\\u2028"),
            '\u{2029}' => text.push_str("\\u2029"),
            _ => text.push(c),
        }
    }
    text.push('\n');
    text
}
