//! What other processes ask of the simulator itself, and tell it to do.
//!
//! No AWS service has these paths:
//!
//! | request | does |
//! |---|---|
//! | `GET /_lifeboat/received` | lists the calls it got, the latest 20,000 |
//! | `GET /_lifeboat/applied` | counts those that were carried out, by operation |
//! | `POST /_lifeboat/faults` | puts a [`Rule`] in force, given as JSON; answers its number |
//! | `DELETE /_lifeboat/faults/N` | takes it away again |

use http::header::CONTENT_TYPE;
use http::request::Parts;
use http::{HeaderValue, Method, Response, StatusCode};
use http_body_util::Full;
use hyper::body::Bytes;
use serde::Serialize;

use super::super::Sim;
use super::super::faults::{Rule, RuleId};
use super::text;

/// The answer, if the request is for the simulator itself.
pub(super) fn answer(
    sim: &Sim,
    parts: &Parts,
    body: &[u8],
) -> Option<Response<Full<Bytes>>> {
    let path = parts.uri.path().strip_prefix("/_lifeboat/")?;
    let told = match (&parts.method, path) {
        (&Method::GET, "received") => json(&sim.received()),
        (&Method::GET, "applied") => json(&sim.applications()),
        (&Method::POST, "faults") => inject(sim, body),
        (&Method::DELETE, path) => lift(sim, path),
        _ => nothing(),
    };
    Some(told)
}

fn inject(sim: &Sim, body: &[u8]) -> Response<Full<Bytes>> {
    match serde_json::from_slice::<Rule>(body) {
        Ok(rule) => json(&sim.inject(rule)),
        Err(error) => {
            text(StatusCode::BAD_REQUEST, format!("no rule: {error}\n"))
        }
    }
}

fn lift(sim: &Sim, path: &str) -> Response<Full<Bytes>> {
    let number = path.strip_prefix("faults/");
    let id = number.and_then(|n| serde_json::from_str::<RuleId>(n).ok());
    match id {
        Some(id) if sim.lift(id) => json(&id),
        Some(_) | None => nothing(),
    }
}

fn nothing() -> Response<Full<Bytes>> {
    text(StatusCode::NOT_FOUND, "the simulator has no such path\n".to_owned())
}

fn json<T: Serialize>(told: &T) -> Response<Full<Bytes>> {
    let body = serde_json::to_string(told)
        .expect("strings, numbers and times become JSON");
    let mut told = text(StatusCode::OK, body);
    let json = HeaderValue::from_static("application/json");
    told.headers_mut().insert(CONTENT_TYPE, json);
    told
}
