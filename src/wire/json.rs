//! JSON bodies by shape, as restJson1 and awsJson share them.

use serde_json::from_slice;

use super::model::{Kind, Member, Service, Structure, TimestampFormat};
use super::scalar::{
    bytes, double, from_seconds, noun, parse_timestamp, special, timestamp,
    timestamp_text,
};
use super::{
    Fault, Misfit, Object, Operation, Response, Unknown, Value, Written,
};

/// Appends a value in its form on the wire.
pub(super) fn write(
    out: &mut Vec<u8>,
    service: &Service,
    member: &Member,
    value: &Value,
) -> Result<(), Misfit> {
    match (&service.shape(member).kind, value) {
        (Kind::Structure(structure), Value::Object(object)) => {
            write_structure(out, service, structure, object, |_| true)?;
        }
        (Kind::List(element), Value::Array(values)) => {
            out.push(b'[');
            for (at, value) in values.iter().enumerate() {
                comma(out, at == 0);
                write(out, service, element, value).map_err(|m| m.at(at))?;
            }
            out.push(b']');
        }
        (Kind::Map(_, element), Value::Object(object)) => {
            out.push(b'{');
            for (at, (key, value)) in object.iter().enumerate() {
                comma(out, at == 0);
                name(out, key);
                write(out, service, element, value)
                    .map_err(|m| m.within(key))?;
            }
            out.push(b'}');
        }
        (kind, value) => write_scalar(out, kind, member, value)?,
    }
    Ok(())
}

/// Appends those members of a structure that `wanted` lets through.
pub(super) fn write_structure(
    out: &mut Vec<u8>,
    service: &Service,
    structure: &Structure,
    object: &Object,
    wanted: impl Fn(&Member) -> bool,
) -> Result<(), Misfit> {
    out.push(b'{');
    let mut first = true;
    for (key, value) in object.iter().filter(|(_, value)| !value.is_null()) {
        let member =
            structure.member(key).ok_or_else(|| Misfit::unknown(key))?;
        if wanted(member) {
            comma(out, first);
            first = false;
            name(out, member.wire_name());
            write(out, service, member, value).map_err(|m| m.within(key))?;
        }
    }
    out.push(b'}');
    Ok(())
}

fn write_scalar(
    out: &mut Vec<u8>,
    kind: &Kind,
    member: &Member,
    value: &Value,
) -> Result<(), Misfit> {
    match (kind, value) {
        (Kind::Timestamp, value) => {
            let format =
                member.timestamp_format.unwrap_or(TimestampFormat::Unix);
            let text = timestamp_text(timestamp(value)?, format)?;
            if format == TimestampFormat::Unix {
                out.extend_from_slice(text.as_bytes());
                return Ok(());
            }
            json(out, &text);
        }
        (Kind::Blob, Value::String(text)) => {
            bytes(text)?;
            json(out, value);
        }
        (Kind::Float | Kind::Double, Value::String(text)) => {
            special(text)
                .ok_or_else(|| Misfit::expected("a number", value))?;
            json(out, value);
        }
        (Kind::Integer | Kind::Long, Value::Number(n)) if n.is_f64() => {
            return Err(Misfit::expected(noun(kind), value));
        }
        (Kind::String(_), Value::String(_))
        | (Kind::Boolean, Value::Bool(_))
        | (
            Kind::Integer | Kind::Long | Kind::Float | Kind::Double,
            Value::Number(_),
        )
        | (Kind::Document, _) => json(out, value),
        (kind, value) => return Err(Misfit::expected(noun(kind), value)),
    }
    Ok(())
}

fn comma(out: &mut Vec<u8>, first: bool) {
    if !first {
        out.push(b',');
    }
}

fn name(out: &mut Vec<u8>, text: &str) {
    json(out, text);
    out.push(b':');
}

fn json<T: serde::Serialize + ?Sized>(out: &mut Vec<u8>, value: &T) {
    serde_json::to_writer(out, value).expect("JSON goes into memory");
}

/// Reads a value from its form on the wire; what it does not know is noted.
pub(super) fn read(
    service: &Service,
    member: &Member,
    value: Value,
    unknown: &mut Unknown,
) -> Result<Value, Misfit> {
    let kind = &service.shape(member).kind;
    Ok(match (kind, value) {
        (Kind::Structure(structure), Value::Object(object)) => {
            let mut out = Object::new();
            read_structure(service, structure, object, &mut out, unknown)?;
            Value::Object(out)
        }
        (Kind::List(element), Value::Array(values)) => {
            let read_one = |(at, value)| {
                unknown.below(&format!("[{at}]"), |unknown| {
                    read(service, element, value, unknown)
                })
            };
            let values = values.into_iter().enumerate().map(read_one);
            Value::Array(values.collect::<Result<_, _>>()?)
        }
        (Kind::Map(_, element), Value::Object(object)) => {
            let mut out = Object::new();
            for (key, value) in object {
                let value = unknown.below(&key, |unknown| {
                    read(service, element, value, unknown)
                })?;
                out.insert(key, value);
            }
            Value::Object(out)
        }
        (kind, value) => read_scalar(kind, value)?,
    })
}

/// Reads the members of a structure into an object.
pub(super) fn read_structure(
    service: &Service,
    structure: &Structure,
    object: Object,
    out: &mut Object,
    unknown: &mut Unknown,
) -> Result<(), Misfit> {
    for (key, value) in object {
        if value.is_null() {
            continue;
        }
        match structure.on_wire(&key) {
            Some(member) => {
                let value = unknown.below(&member.name, |unknown| {
                    read(service, member, value, unknown)
                })?;
                out.insert(member.name.clone(), value);
            }
            None if key == "__type" => {}
            None => unknown.note(&key),
        }
    }
    Ok(())
}

fn read_scalar(kind: &Kind, value: Value) -> Result<Value, Misfit> {
    let wrong = |value: &Value| Misfit::expected(noun(kind), value);
    match kind {
        Kind::Timestamp => {
            let at = match &value {
                Value::Number(number) => {
                    number.as_f64().and_then(from_seconds)
                }
                Value::String(text) => parse_timestamp(text),
                _ => None,
            };
            let at = at.ok_or_else(|| wrong(&value))?;
            Ok(Value::from(at.to_string()))
        }
        Kind::Float | Kind::Double => match &value {
            Value::Number(number) => {
                Ok(double(number.as_f64().ok_or_else(|| wrong(&value))?))
            }
            Value::String(text) if special(text).is_some() => Ok(value),
            _ => Err(wrong(&value)),
        },
        Kind::Blob => {
            bytes(value.as_str().ok_or_else(|| wrong(&value))?)?;
            Ok(value)
        }
        Kind::String(_) if value.is_string() => Ok(value),
        Kind::Boolean if value.is_boolean() => Ok(value),
        Kind::Integer | Kind::Long => match value.as_f64() {
            Some(_) if value.is_i64() => Ok(value),
            Some(number) if number.fract() == 0.0 && number.abs() < 9e15 =>
            {
                #[expect(
                    clippy::cast_possible_truncation,
                    reason = "a whole number in range, checked above"
                )]
                Ok(Value::from(number as i64))
            }
            _ => Err(wrong(&value)),
        },
        Kind::Document => Ok(value),
        _ => Err(wrong(&value)),
    }
}

/// Reads a JSON body; an empty one is an empty object.
pub(super) fn body(bytes: &[u8]) -> Result<Object, Misfit> {
    if bytes.is_empty() {
        return Ok(Object::new());
    }
    match from_slice(bytes) {
        Ok(Value::Object(object)) => Ok(object),
        Ok(other) => Err(Misfit::expected("a JSON object", &other)),
        Err(error) => Err(Misfit::new(format!("not JSON: {error}"))),
    }
}

/// The body of an error: its message and its modeled fields.
pub(super) fn fault_body(
    written: &Written<'_>,
    kind: Option<&str>,
) -> Vec<u8> {
    let mut out = vec![b'{'];
    if let Some(kind) = kind {
        name(&mut out, "__type");
        json(&mut out, kind);
    }
    let members = written.members();
    if !members.iter().any(|(m, _)| m.name.eq_ignore_ascii_case("message")) {
        let first = out.len() == 1;
        comma(&mut out, first);
        name(&mut out, "message");
        json(&mut out, &written.fault.message);
    }
    for (member, value) in members {
        let Some(service) = written.service else { continue };
        let (length, first) = (out.len(), out.len() == 1);
        comma(&mut out, first);
        name(&mut out, member.wire_name());
        if write(&mut out, service, member, &value).is_err() {
            out.truncate(length);
        }
    }
    out.push(b'}');
    out
}

/// Reads an error answered in JSON.
pub(super) fn decode_fault(
    op: &Operation<'_>,
    response: &Response,
) -> Result<Fault, Misfit> {
    let object = body(&response.body)?;
    let text = |key: &str| object.get(key).and_then(Value::as_str);
    let code = response
        .header("x-amzn-errortype")
        .or_else(|| text("__type"))
        .or_else(|| text("code"))
        .or_else(|| text("Code"))
        .ok_or_else(|| Misfit::new("the error has no code"))?
        .to_owned();
    let message = text("message").or_else(|| text("Message")).unwrap_or("");
    let message = message.to_owned();
    let mut fields = Object::new();
    let bare = bare_code(&code);
    let shape = op.error(bare).and_then(|shape| shape.structure());
    if let Some(structure) = shape {
        let service = op.service_model();
        let mut unknown = Unknown::default();
        read_structure(service, structure, object, &mut fields, &mut unknown)?;
    }
    Ok(fault(response, bare, message, fields))
}

/// `ns#Code:http://...` is `Code`.
pub(super) fn bare_code(code: &str) -> &str {
    let code = code.split(':').next().unwrap_or(code);
    code.rsplit('#').next().unwrap_or(code)
}

/// A fault of what an answer says, the old query code first.
pub(super) fn fault(
    response: &Response,
    code: &str,
    message: String,
    mut fields: Object,
) -> Fault {
    fields.retain(|key, _| !key.eq_ignore_ascii_case("message"));
    let old = response.header("x-amzn-query-error");
    let (code, side) =
        old.and_then(|old| old.split_once(';')).unwrap_or((code, ""));
    let sender = match side {
        "Sender" => true,
        "Receiver" => false,
        _ => response.status < 500,
    };
    Fault {
        code: code.to_owned(),
        message,
        status: response.status,
        fields: Value::Object(fields),
        sender,
    }
}
