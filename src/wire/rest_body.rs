//! Inputs and answers of REST protocols read whole: what is around the
//! body, then the body, by the protocol's own format.

use super::model::{Member, Operation, Service, Structure};
use super::rest::{self, Around, in_body, raw_payload, structure};
use super::{Misfit, Object, Response, Unknown, Value};

/// Reads a body that is one member as a whole.
type Payload =
    fn(&Service, &Member, &[u8], &mut Unknown) -> Result<Value, Misfit>;

/// Reads the members that lie in a body.
type Members = fn(
    &Service,
    &Structure,
    &[u8],
    &mut Object,
    &mut Unknown,
) -> Result<(), Misfit>;

/// How bodies are read.
pub(super) struct Format {
    /// For a body that is one member as a whole.
    pub(super) payload: Payload,
    /// For a body in which members lie.
    pub(super) members: Members,
}

pub(super) fn decode_request(
    op: &Operation<'_>,
    around: &Around<'_>,
    bytes: &[u8],
    unknown: &mut Unknown,
    format: &Format,
) -> Result<Value, Misfit> {
    let Some(member) = op.input() else {
        return Ok(Value::Object(Object::new()));
    };
    let found = structure(op.service, member);
    let mut out = rest::decode_request(op.service, found, around)?;
    read_body(op.service, found, bytes, &mut out, unknown, format)?;
    Ok(Value::Object(out))
}

pub(super) fn decode_response(
    op: &Operation<'_>,
    response: &Response,
    format: &Format,
) -> Result<Value, Misfit> {
    let Some(member) = op.output() else {
        return Ok(Value::Object(Object::new()));
    };
    let found = structure(op.service, member);
    let mut out = rest::decode_response(op.service, found, response)?;
    let (bytes, mut unknown) = (&response.body, Unknown::default());
    read_body(op.service, found, bytes, &mut out, &mut unknown, format)?;
    Ok(Value::Object(out))
}

fn read_body(
    service: &Service,
    structure: &Structure,
    bytes: &[u8],
    out: &mut Object,
    unknown: &mut Unknown,
    format: &Format,
) -> Result<(), Misfit> {
    let Some(name) = &structure.payload else {
        if !structure.members.iter().any(in_body) {
            return Ok(());
        }
        return (format.members)(service, structure, bytes, out, unknown);
    };
    let payload = structure.member(name).expect("payloads are members");
    let value = match raw_payload(service, payload, bytes) {
        Some(value) => value,
        None if bytes.is_empty() => return Ok(()),
        None => (format.payload)(service, payload, bytes, unknown)?,
    };
    out.insert(name.clone(), value);
    Ok(())
}
