//! What REST protocols put around the body: path, query string, headers.

use std::borrow::Cow;

use serde_json::{from_slice, from_str, to_string};

use super::model::{
    Kind, Location, Member, Segment, Service, Structure, TimestampFormat,
};
use super::scalar::{base64, bytes, from_text, to_text};
use super::{
    Misfit, Object, Operation, Request, Response, Value, header, percent,
};

/// Whether a member is part of the body.
pub(super) fn in_body(member: &Member) -> bool {
    member.location.is_none()
}

/// The input's or output's structure.
pub(super) fn structure<'m>(
    service: &'m Service,
    member: &'m Member,
) -> &'m Structure {
    service.shape(member).structure().expect("inputs are structures")
}

/// The object that a value is.
pub(super) fn object(value: &Value) -> Result<&Object, Misfit> {
    value.as_object().ok_or_else(|| Misfit::expected("an object", value))
}

/// What the body is made of.
pub(super) enum Body<'b> {
    Nothing,
    /// Every member without a place of its own.
    Members(&'b Member, &'b Structure, &'b Object),
    /// One structure is the whole body.
    Payload(&'b Member, &'b Value),
    /// Bytes as they are.
    Raw(Vec<u8>),
}

/// Builds everything but the body, and says what the body is made of.
pub(super) fn encode_request<'b>(
    op: &Operation<'b>,
    input: &'b Value,
) -> Result<(Request, Body<'b>), Misfit> {
    let (service, method) = (op.service, op.method().to_owned());
    let Some(member) = op.input() else {
        let uri = path(op, None, &Object::new())?;
        let request = Request { method, uri, ..Request::default() };
        return Ok((request, Body::Nothing));
    };
    let (structure, input) = (structure(service, member), object(input)?);
    let mut uri = path(op, Some(structure), input)?;
    let mut query = String::new();
    for (key, value) in &op.shape.uri.query {
        percent::push_pair(&mut query, key, value);
    }
    let mut headers = Vec::new();
    for (name, value) in present(input) {
        let member =
            structure.member(name).ok_or_else(|| Misfit::unknown(name))?;
        let written = match member.location {
            Some(Location::Query) => {
                push_query(&mut query, service, member, value)
            }
            Some(Location::Header | Location::Headers) => {
                push_header(&mut headers, service, member, value)
            }
            _ => Ok(()),
        };
        written.map_err(|m| m.within(name))?;
    }
    if !query.is_empty() {
        uri.push('?');
        uri.push_str(&query);
    }
    let body = body(service, member, structure, input)?;
    Ok((Request { method, uri, headers, body: Vec::new() }, body))
}

fn present(object: &Object) -> impl Iterator<Item = (&String, &Value)> {
    object.iter().filter(|(_, value)| !value.is_null())
}

/// Chooses between the payload member and all members of the body.
pub(super) fn body<'b>(
    service: &Service,
    member: &'b Member,
    structure: &'b Structure,
    object: &'b Object,
) -> Result<Body<'b>, Misfit> {
    let Some(name) = structure.payload.as_deref() else {
        return Ok(Body::Members(member, structure, object));
    };
    let payload = structure.member(name).expect("payloads are members");
    let value = object.get(name).filter(|value| !value.is_null());
    Ok(match (&service.shape(payload).kind, value) {
        (_, None) => Body::Nothing,
        (Kind::String(_), Some(Value::String(text))) => {
            Body::Raw(text.as_bytes().to_vec())
        }
        (Kind::Blob, Some(Value::String(text))) => {
            Body::Raw(bytes(text).map_err(|m| m.within(name))?)
        }
        (_, Some(value)) => Body::Payload(payload, value),
    })
}

fn path(
    op: &Operation<'_>,
    structure: Option<&Structure>,
    input: &Object,
) -> Result<String, Misfit> {
    let template = &op.shape.uri;
    let label = |label: &str| {
        let members = structure.map_or(&[][..], |s| &s.members);
        let member = members.iter().find(|member| {
            member.location == Some(Location::Uri)
                && member.wire_name() == label
        });
        let member = member.expect("labels are members");
        let missing = || Misfit::new("missing").within(&member.name);
        let value = input.get(&member.name).ok_or_else(missing)?;
        let text = text(op.service, member, TimestampFormat::Iso8601, value);
        let text = text.map_err(|m| m.within(&member.name))?;
        if text.is_empty() { Err(missing()) } else { Ok(text) }
    };
    let mut out = String::new();
    for segment in &template.segments {
        out.push('/');
        match segment {
            Segment::Literal(text) => out.push_str(text),
            Segment::Label(name) => {
                out.push_str(&percent::encode(&label(name)?));
            }
            Segment::Greedy(name) => {
                out.push_str(&percent::encode_greedy(&label(name)?));
            }
        }
    }
    if template.slash {
        out.push('/');
    }
    Ok(out)
}

fn text<'v>(
    service: &Service,
    member: &Member,
    default: TimestampFormat,
    value: &'v Value,
) -> Result<Cow<'v, str>, Misfit> {
    if member.json_value {
        let text = to_string(value).expect("JSON goes into memory");
        return Ok(Cow::Owned(base64(text.as_bytes())));
    }
    let format = member.timestamp_format.unwrap_or(default);
    to_text(&service.shape(member).kind, format, value)
}

fn push_query(
    query: &mut String,
    service: &Service,
    member: &Member,
    value: &Value,
) -> Result<(), Misfit> {
    let format = TimestampFormat::Iso8601;
    let mut push = |key: &str, member: &Member, value: &Value| {
        let text = text(service, member, format, value)?;
        percent::push_pair(query, key, &text);
        Ok(())
    };
    let key = member.wire_name();
    match (&service.shape(member).kind, value) {
        (Kind::List(element), Value::Array(values)) => {
            values.iter().try_for_each(|value| push(key, element, value))
        }
        (Kind::Map(_, element), Value::Object(object)) => {
            object.iter().try_for_each(|(key, value)| {
                match (&service.shape(element).kind, value) {
                    (Kind::List(element), Value::Array(values)) => values
                        .iter()
                        .try_for_each(|value| push(key, element, value)),
                    _ => push(key, element, value),
                }
            })
        }
        _ => push(key, member, value),
    }
}

fn push_header(
    headers: &mut Vec<(String, String)>,
    service: &Service,
    member: &Member,
    value: &Value,
) -> Result<(), Misfit> {
    let before = headers.len();
    push_values(headers, service, member, value)?;
    let mut new = headers[before..].iter().flat_map(|(k, v)| [k, v]);
    if new.any(|text| text.contains(char::is_control)) {
        return Err(Misfit::new("headers hold no control characters"));
    }
    Ok(())
}

fn push_values(
    headers: &mut Vec<(String, String)>,
    service: &Service,
    member: &Member,
    value: &Value,
) -> Result<(), Misfit> {
    let format = TimestampFormat::Rfc822;
    let name = member.wire_name();
    match (&service.shape(member).kind, value) {
        (Kind::Map(_, element), Value::Object(object)) => {
            for (key, value) in object {
                let text = text(service, element, format, value)?;
                headers.push((format!("{name}{key}"), text.into_owned()));
            }
        }
        (Kind::List(element), Value::Array(values)) => {
            let texts: Vec<_> = values
                .iter()
                .map(|value| {
                    Ok(quoted(text(service, element, format, value)?))
                })
                .collect::<Result<_, Misfit>>()?;
            if !texts.is_empty() {
                headers.push((name.to_owned(), texts.join(",")));
            }
        }
        _ => {
            let text = text(service, member, format, value)?;
            headers.push((name.to_owned(), text.into_owned()));
        }
    }
    Ok(())
}

/// An element of a header list with a comma or a quote of its own is quoted.
fn quoted(text: Cow<'_, str>) -> Cow<'_, str> {
    if text.contains([',', '"']) && !text.ends_with("GMT") {
        Cow::Owned(format!("\"{}\"", text.replace('"', "\\\"")))
    } else {
        text
    }
}

/// What a request carries outside its body, decoded.
pub(super) struct Around<'r> {
    pub(super) labels: Vec<(&'r str, String)>,
    pub(super) query: Vec<(String, String)>,
    pub(super) headers: &'r [(String, String)],
    /// Pairs that the template itself asks for.
    pub(super) constants: &'r [(String, String)],
}

/// Reads labels, query string and headers into the input.
pub(super) fn decode_request(
    service: &Service,
    structure: &Structure,
    around: &Around<'_>,
) -> Result<Object, Misfit> {
    let mut out = Object::new();
    for member in structure.members.iter().filter(|m| !in_body(m)) {
        let value = match member.location {
            Some(Location::Uri) => {
                let name = member.wire_name();
                let label = around.labels.iter().find(|(key, _)| *key == name);
                label
                    .map(|(_, text)| scalar(service, member, text))
                    .transpose()
            }
            Some(Location::Query) => {
                read_query(service, member, structure, around)
            }
            _ => read_header(service, member, around.headers),
        };
        let value = value.map_err(|m| m.within(&member.name))?;
        value.map(|value| out.insert(member.name.clone(), value));
    }
    Ok(out)
}

fn scalar(
    service: &Service,
    member: &Member,
    text: &str,
) -> Result<Value, Misfit> {
    if member.json_value {
        return from_slice(&bytes(text)?)
            .or_else(|_| from_str(text))
            .map_err(|_| Misfit::new("not base64 of JSON"));
    }
    from_text(&service.shape(member).kind, text)
}

fn read_query(
    service: &Service,
    member: &Member,
    structure: &Structure,
    around: &Around<'_>,
) -> Result<Option<Value>, Misfit> {
    let Around { query, constants, .. } = around;
    let name = member.wire_name();
    let mut texts = query.iter().filter(|(key, _)| key == name);
    match &service.shape(member).kind {
        Kind::List(element) => {
            let values: Vec<_> = texts
                .map(|(_, text)| scalar(service, element, text))
                .collect::<Result<_, _>>()?;
            Ok((!values.is_empty()).then_some(Value::Array(values)))
        }
        Kind::Map(_, element) => {
            let named = |key: &str| {
                structure.members.iter().any(|member| {
                    member.location == Some(Location::Query)
                        && member.wire_name() == key
                })
            };
            let mut out = Object::new();
            let fixed = |pair| constants.contains(pair);
            let free = query.iter().filter(|p| !fixed(p) && !named(&p.0));
            for (key, text) in free {
                out.insert(key.clone(), scalar(service, element, text)?);
            }
            Ok((!out.is_empty()).then_some(Value::Object(out)))
        }
        _ => {
            let text = texts.next();
            text.map(|(_, text)| scalar(service, member, text)).transpose()
        }
    }
}

fn read_header(
    service: &Service,
    member: &Member,
    headers: &[(String, String)],
) -> Result<Option<Value>, Misfit> {
    let name = member.wire_name();
    match &service.shape(member).kind {
        Kind::Map(_, element) => {
            let mut out = Object::new();
            for (key, text) in headers {
                let Some(start) = key.get(..name.len()) else { continue };
                if start.eq_ignore_ascii_case(name) {
                    let key = key[name.len()..].to_owned();
                    out.insert(key, scalar(service, element, text)?);
                }
            }
            Ok((!out.is_empty()).then_some(Value::Object(out)))
        }
        Kind::List(element) => {
            let Some(text) = header(headers, name) else { return Ok(None) };
            let values = elements(text).into_iter();
            let values =
                values.map(|text| scalar(service, element, text.trim()));
            Ok(Some(Value::Array(values.collect::<Result<_, _>>()?)))
        }
        _ => {
            let text = header(headers, name);
            text.map(|text| scalar(service, member, text)).transpose()
        }
    }
}

/// Splits a header list at its commas, but not inside quotes.
fn elements(text: &str) -> Vec<String> {
    let (mut out, mut inside) = (vec![String::new()], false);
    let mut signs = text.chars();
    while let Some(sign) = signs.next() {
        let last = out.last_mut().expect("there is always one");
        match sign {
            '"' => inside = !inside,
            '\\' if inside => last.extend(signs.next()),
            ',' if !inside => out.push(String::new()),
            sign => last.push(sign),
        }
    }
    out
}

/// Starts an answer: status and headers; says what the body is made of.
pub(super) fn encode_response<'b>(
    op: &Operation<'b>,
    output: &'b Value,
) -> Result<(Response, Body<'b>), Misfit> {
    let mut response =
        Response { status: op.shape.response_code, ..Response::default() };
    let Some(member) = op.output() else {
        return Ok((response, Body::Nothing));
    };
    let (service, output) = (op.service, object(output)?);
    let structure = structure(service, member);
    for member in structure.members.iter().filter(|m| !in_body(m)) {
        let value = output.get(&member.name).filter(|value| !value.is_null());
        let Some(value) = value else { continue };
        if member.location == Some(Location::Status) {
            let status = value.as_u64().and_then(|n| u16::try_from(n).ok());
            let wrong = || {
                Misfit::expected("an HTTP status", value).within(&member.name)
            };
            response.status = status.ok_or_else(wrong)?;
        } else {
            push_header(&mut response.headers, service, member, value)
                .map_err(|m| m.within(&member.name))?;
        }
    }
    let body = body(service, member, structure, output)?;
    Ok((response, body))
}

/// Reads status and headers of an answer into the output.
pub(super) fn decode_response(
    service: &Service,
    structure: &Structure,
    response: &Response,
) -> Result<Object, Misfit> {
    let mut out = Object::new();
    for member in structure.members.iter().filter(|m| !in_body(m)) {
        let value = if member.location == Some(Location::Status) {
            Some(Value::from(response.status))
        } else {
            read_header(service, member, &response.headers)
                .map_err(|m| m.within(&member.name))?
        };
        value.map(|value| out.insert(member.name.clone(), value));
    }
    Ok(out)
}

/// Reads a payload that is text or bytes, if the payload is such.
pub(super) fn raw_payload(
    service: &Service,
    payload: &Member,
    body: &[u8],
) -> Option<Value> {
    match &service.shape(payload).kind {
        Kind::String(_) => Some(Value::from(String::from_utf8_lossy(body))),
        Kind::Blob => Some(Value::from(base64(body))),
        _ => None,
    }
}
