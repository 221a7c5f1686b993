//! restJson1: JSON bodies over HTTP verbs and paths.

use super::json::{
    body, fault_body, read, read_structure, write, write_structure,
};
use super::model::{Member, Service};
use super::rest::{self, Around, Body, in_body, raw_payload, structure};
use super::{
    Misfit, Object, Operation, Request, Response, Unknown, Value, Written,
};

const CONTENT_TYPE: &str = "application/json";

pub(super) fn encode_request(
    op: &Operation<'_>,
    input: &Value,
) -> Result<Request, Misfit> {
    let (mut request, body) = rest::encode_request(op, input)?;
    let has_members = op.input().is_some_and(|input| {
        structure(op.service, input).members.iter().any(in_body)
    });
    if has_members {
        let raw = matches!(body, Body::Raw(_));
        request.body = write_body(op.service, body)?;
        if !raw {
            request.headers.push(content_type());
        }
    }
    Ok(request)
}

fn content_type() -> (String, String) {
    ("Content-Type".to_owned(), CONTENT_TYPE.to_owned())
}

fn write_body(service: &Service, body: Body<'_>) -> Result<Vec<u8>, Misfit> {
    let mut out = Vec::new();
    match body {
        Body::Nothing => out.extend_from_slice(b"{}"),
        Body::Raw(bytes) => return Ok(bytes),
        Body::Payload(member, value) => {
            write(&mut out, service, member, value)
                .map_err(|m| m.within(&member.name))?;
        }
        Body::Members(_, structure, object) => {
            write_structure(&mut out, service, structure, object, in_body)?;
        }
    }
    Ok(out)
}

pub(super) fn decode_request(
    op: &Operation<'_>,
    around: &Around<'_>,
    bytes: &[u8],
    unknown: &mut Unknown,
) -> Result<Value, Misfit> {
    let Some(member) = op.input() else {
        return Ok(Value::Object(Object::new()));
    };
    let found = structure(op.service, member);
    let mut out = rest::decode_request(op.service, found, around)?;
    read_body(op.service, member, bytes, &mut out, unknown)?;
    Ok(Value::Object(out))
}

fn read_body(
    service: &Service,
    member: &Member,
    bytes: &[u8],
    out: &mut Object,
    unknown: &mut Unknown,
) -> Result<(), Misfit> {
    let structure = structure(service, member);
    if let Some(name) = &structure.payload {
        let payload = structure.member(name).expect("payloads are members");
        let value = match raw_payload(service, payload, bytes) {
            Some(value) => value,
            None if bytes.is_empty() => return Ok(()),
            None => {
                let value = Value::Object(body(bytes)?);
                unknown.below(name, |u| read(service, payload, value, u))?
            }
        };
        out.insert(name.clone(), value);
        return Ok(());
    }
    if structure.members.iter().any(in_body) {
        read_structure(service, structure, body(bytes)?, out, unknown)?;
    }
    Ok(())
}

pub(super) fn encode_response(
    op: &Operation<'_>,
    output: &Value,
) -> Result<Response, Misfit> {
    let (mut response, body) = rest::encode_response(op, output)?;
    if op.output().is_some() {
        response.body = write_body(op.service, body)?;
        response.headers.push(content_type());
    }
    Ok(response)
}

pub(super) fn decode_response(
    op: &Operation<'_>,
    response: &Response,
) -> Result<Value, Misfit> {
    let Some(member) = op.output() else {
        return Ok(Value::Object(Object::new()));
    };
    let found = structure(op.service, member);
    let mut out = rest::decode_response(op.service, found, response)?;
    let mut unknown = Unknown::default();
    let bytes = &response.body;
    read_body(op.service, member, bytes, &mut out, &mut unknown)?;
    Ok(Value::Object(out))
}

pub(super) fn encode_fault(written: &Written<'_>) -> Response {
    let code = written.shape_name().to_owned();
    Response {
        headers: vec![content_type(), ("x-amzn-ErrorType".to_owned(), code)],
        body: fault_body(written, None),
        ..Response::default()
    }
}
