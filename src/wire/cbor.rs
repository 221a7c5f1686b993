//! rpc-v2-cbor: CBOR both ways, the operation in the path.

use std::convert::Infallible;

use minicbor::data::{Tag, Type};
use minicbor::decode::Error as Undecodable;
use minicbor::encode::Error;
use minicbor::{Decoder, Encoder};

use super::json::{bare_code, fault};
use super::model::{Kind, Member, Operation, Service};
use super::scalar::{
    base64, bytes, double, from_seconds, noun, special, timestamp, unix,
};
use super::{
    Fault, Misfit, Object, Request, Response, Unknown, Value, Written,
};

type Out<'o> = Encoder<&'o mut Vec<u8>>;

/// The tag of seconds since 1970 (RFC 8949, 3.4.2).
const EPOCH: u64 = 1;

impl From<Error<Infallible>> for Misfit {
    fn from(error: Error<Infallible>) -> Self {
        Self::new(error.to_string())
    }
}

impl From<Undecodable> for Misfit {
    fn from(error: Undecodable) -> Self {
        Self::new(format!("not CBOR: {error}"))
    }
}

fn headers(body: &[u8]) -> Vec<(String, String)> {
    let mut out = vec![("smithy-protocol", "rpc-v2-cbor")];
    if !body.is_empty() {
        out.push(("Content-Type", "application/cbor"));
    }
    let owned =
        |(key, value): (&str, &str)| (key.to_owned(), value.to_owned());
    out.into_iter().map(owned).collect()
}

pub(super) fn encode_request(
    op: &Operation<'_>,
    input: &Value,
) -> Result<Request, Misfit> {
    let body = encode(op.service, op.input(), input)?;
    let mut headers = headers(&body);
    headers.push(("Accept".to_owned(), "application/cbor".to_owned()));
    if op.service.query_compatible {
        headers.push(("x-amzn-query-mode".to_owned(), "true".to_owned()));
    }
    let (prefix, name) = (&op.service.target_prefix, op.name());
    let uri = format!("/service/{prefix}/operation/{name}");
    Ok(Request { method: "POST".to_owned(), uri, headers, body })
}

pub(super) fn encode_response(
    op: &Operation<'_>,
    output: &Value,
) -> Result<Response, Misfit> {
    let body = encode(op.service, op.output(), output)?;
    Ok(Response { status: 200, headers: headers(&body), body })
}

fn encode(
    service: &Service,
    member: Option<&Member>,
    value: &Value,
) -> Result<Vec<u8>, Misfit> {
    let mut out = Vec::new();
    if let Some(member) = member {
        write(&mut Encoder::new(&mut out), service, member, value)?;
    }
    Ok(out)
}

fn write(
    out: &mut Out<'_>,
    service: &Service,
    member: &Member,
    value: &Value,
) -> Result<(), Misfit> {
    match (&service.shape(member).kind, value) {
        (Kind::Structure(structure), Value::Object(object)) => {
            let present = || object.iter().filter(|(_, v)| !v.is_null());
            out.map(present().count() as u64)?;
            for (key, value) in present() {
                let member = structure
                    .member(key)
                    .ok_or_else(|| Misfit::unknown(key))?;
                out.str(&member.name)?;
                write(out, service, member, value)
                    .map_err(|m| m.within(key))?;
            }
        }
        (Kind::List(element), Value::Array(values)) => {
            out.array(values.len() as u64)?;
            for (at, value) in values.iter().enumerate() {
                write(out, service, element, value).map_err(|m| m.at(at))?;
            }
        }
        (Kind::Map(_, element), Value::Object(object)) => {
            out.map(object.len() as u64)?;
            for (key, value) in object {
                out.str(key)?;
                write(out, service, element, value)
                    .map_err(|m| m.within(key))?;
            }
        }
        (kind, value) => write_scalar(out, kind, value)?,
    }
    Ok(())
}

fn write_scalar(
    out: &mut Out<'_>,
    kind: &Kind,
    value: &Value,
) -> Result<(), Misfit> {
    let wrong = || Misfit::expected(noun(kind), value);
    match kind {
        Kind::String(_) => out.str(value.as_str().ok_or_else(wrong)?)?,
        Kind::Boolean => out.bool(value.as_bool().ok_or_else(wrong)?)?,
        Kind::Integer | Kind::Long => {
            out.i64(value.as_i64().ok_or_else(wrong)?)?
        }
        Kind::Float => out.f32(narrow(float(value).ok_or_else(wrong)?))?,
        Kind::Double => out.f64(float(value).ok_or_else(wrong)?)?,
        Kind::Blob => out.bytes(&bytes(value.as_str().ok_or_else(wrong)?)?)?,
        Kind::Timestamp => {
            let (seconds, micros) = unix(timestamp(value)?);
            out.tag(Tag::new(EPOCH))?;
            if micros == 0 {
                out.i64(seconds)?
            } else {
                out.f64(fraction(seconds, micros))?
            }
        }
        _ => return Err(wrong()),
    };
    Ok(())
}

fn float(value: &Value) -> Option<f64> {
    value.as_f64().or_else(|| value.as_str().and_then(special))
}

#[expect(
    clippy::cast_possible_truncation,
    reason = "the shape says single precision"
)]
fn narrow(number: f64) -> f32 {
    number as f32
}

/// Rounds once: microseconds as a whole number, then one division.
#[expect(
    clippy::cast_precision_loss,
    reason = "microseconds until the year 2255 are below 2^53"
)]
fn fraction(seconds: i64, micros: i64) -> f64 {
    (seconds * 1_000_000 + micros) as f64 / 1e6
}

pub(super) fn decode_request(
    op: &Operation<'_>,
    body: &[u8],
    unknown: &mut Unknown,
) -> Result<Value, Misfit> {
    decode(op.service, op.input(), body, unknown)
}

pub(super) fn decode_response(
    op: &Operation<'_>,
    response: &Response,
) -> Result<Value, Misfit> {
    let unknown = &mut Unknown::default();
    decode(op.service, op.output(), &response.body, unknown)
}

fn decode(
    service: &Service,
    member: Option<&Member>,
    body: &[u8],
    unknown: &mut Unknown,
) -> Result<Value, Misfit> {
    match member {
        Some(member) if !body.is_empty() => {
            read(&mut Decoder::new(body), service, member, unknown)
        }
        _ => Ok(Value::Object(Object::new())),
    }
}

fn is_null(input: &mut Decoder<'_>) -> Result<bool, Misfit> {
    let null = matches!(input.datatype()?, Type::Null | Type::Undefined);
    if null {
        input.skip()?;
    }
    Ok(null)
}

/// Whether there is one more: by the length, or by the break sign.
fn more(
    input: &mut Decoder<'_>,
    left: &mut Option<u64>,
) -> Result<bool, Misfit> {
    match left {
        Some(0) => Ok(false),
        Some(count) => {
            *count -= 1;
            Ok(true)
        }
        None if input.datatype()? == Type::Break => {
            input.skip()?;
            Ok(false)
        }
        None => Ok(true),
    }
}

fn text(input: &mut Decoder<'_>) -> Result<String, Misfit> {
    if input.datatype()? == Type::StringIndef {
        return Ok(input.str_iter()?.collect::<Result<_, _>>()?);
    }
    Ok(input.str()?.to_owned())
}

fn read(
    input: &mut Decoder<'_>,
    service: &Service,
    member: &Member,
    unknown: &mut Unknown,
) -> Result<Value, Misfit> {
    match &service.shape(member).kind {
        Kind::Structure(structure) => {
            let mut out = Object::new();
            let mut left = input.map()?;
            while more(input, &mut left)? {
                let key = text(input)?;
                if is_null(input)? {
                    continue;
                }
                let Some(member) = structure.member(&key) else {
                    if key != "__type" {
                        unknown.note(&key);
                    }
                    input.skip()?;
                    continue;
                };
                let value = unknown.below(&member.name, |unknown| {
                    read(input, service, member, unknown)
                })?;
                out.insert(member.name.clone(), value);
            }
            Ok(Value::Object(out))
        }
        Kind::List(element) => {
            let mut out = Vec::new();
            let mut left = input.array()?;
            while more(input, &mut left)? {
                let name = format!("[{}]", out.len());
                out.push(unknown.below(&name, |unknown| {
                    read(input, service, element, unknown)
                })?);
            }
            Ok(Value::Array(out))
        }
        Kind::Map(_, element) => {
            let mut out = Object::new();
            let mut left = input.map()?;
            while more(input, &mut left)? {
                let key = text(input)?;
                let value = unknown.below(&key, |unknown| {
                    read(input, service, element, unknown)
                })?;
                out.insert(key, value);
            }
            Ok(Value::Object(out))
        }
        kind => read_scalar(input, kind),
    }
}

fn read_scalar(input: &mut Decoder<'_>, kind: &Kind) -> Result<Value, Misfit> {
    Ok(match kind {
        Kind::String(_) => Value::from(text(input)?),
        Kind::Boolean => Value::from(input.bool()?),
        Kind::Integer | Kind::Long => Value::from(input.i64()?),
        Kind::Float | Kind::Double => double(number(input)?),
        Kind::Blob => {
            let chunks: Vec<&[u8]> =
                input.bytes_iter()?.collect::<Result<_, _>>()?;
            Value::from(base64(&chunks.concat()))
        }
        Kind::Timestamp => {
            let tag = input.tag()?.as_u64();
            let seconds = number(input)?;
            let at = from_seconds(seconds).filter(|_| tag == EPOCH);
            let at = at.ok_or_else(|| Misfit::new("not a timestamp"))?;
            Value::from(at.to_string())
        }
        _ => return Err(Misfit::new("documents do not travel in CBOR")),
    })
}

fn number(input: &mut Decoder<'_>) -> Result<f64, Misfit> {
    Ok(match input.datatype()? {
        Type::F16 => f64::from(input.f16()?),
        Type::F32 => f64::from(input.f32()?),
        Type::F64 => input.f64()?,
        #[expect(
            clippy::cast_precision_loss,
            reason = "a whole number where the shape says a float"
        )]
        _ => input.i64()? as f64,
    })
}

pub(super) fn encode_fault(written: &Written<'_>) -> Response {
    let body = fault_body(written)
        .expect("strings and checked fields go into memory");
    let mut headers = headers(&body);
    headers.extend(written.query_error());
    Response { status: 0, headers, body }
}

fn fault_body(written: &Written<'_>) -> Result<Vec<u8>, Misfit> {
    let mut fields = Vec::new();
    let mut message = "message";
    for (member, value) in written.members() {
        if member.name.eq_ignore_ascii_case("message") {
            message = &member.name;
        } else if let Some(service) = written.service
            && let Ok(bytes) = encode(service, Some(member), &value)
        {
            fields.push((&member.name, bytes));
        }
    }
    let mut out = Vec::new();
    let mut encoder = Encoder::new(&mut out);
    encoder.map(2 + fields.len() as u64)?;
    encoder.str("__type")?.str(written.shape_name())?;
    encoder.str(message)?.str(&written.fault.message)?;
    for (name, bytes) in fields {
        encoder.str(name)?;
        encoder.writer_mut().extend_from_slice(&bytes);
    }
    Ok(out)
}

pub(super) fn decode_fault(
    op: &Operation<'_>,
    response: &Response,
) -> Result<Fault, Misfit> {
    let input = &mut Decoder::new(&response.body);
    let (mut code, mut message) = (None, String::new());
    let mut left = input.map()?;
    while more(input, &mut left)? {
        match text(input)?.as_str() {
            "__type" => code = Some(text(input)?),
            "message" | "Message" if !is_null(input)? => {
                message = text(input)?;
            }
            "message" | "Message" => {}
            _ => input.skip()?,
        }
    }
    let code = code.ok_or_else(|| Misfit::new("the error has no code"))?;
    let bare = bare_code(&code);
    let mut fields = Object::new();
    if let Some(shape) = op.error(bare)
        && let Some(structure) = shape.structure()
    {
        fields = read_fields(op.service, structure, &response.body)?;
    }
    Ok(fault(response, bare, message, fields))
}

fn read_fields(
    service: &Service,
    structure: &super::Structure,
    body: &[u8],
) -> Result<Object, Misfit> {
    let input = &mut Decoder::new(body);
    let mut out = Object::new();
    let mut left = input.map()?;
    while more(input, &mut left)? {
        let key = text(input)?;
        if is_null(input)? {
            continue;
        }
        match structure.member(&key) {
            Some(member) => {
                let unknown = &mut Unknown::default();
                let value = read(input, service, member, unknown)?;
                out.insert(member.name.clone(), value);
            }
            None => input.skip()?,
        }
    }
    Ok(out)
}

#[cfg(test)]
mod tests {
    use minicbor::Encoder;
    use serde_json::json;

    use crate::wire::{
        Model, Operation, Protocol, Request, Response, decode_request,
        decode_response, encode_response,
    };

    const PROTOCOL: Protocol = Protocol::RpcV2Cbor;

    fn operation(name: &str) -> Operation<'static> {
        Model::official().operation("monitoring", name).unwrap()
    }

    fn request(name: &str, body: Vec<u8>) -> Request {
        let prefix = "/service/GraniteServiceVersion20100801/operation/";
        Request {
            method: "POST".to_owned(),
            uri: format!("{prefix}{name}"),
            headers: vec![],
            body,
        }
    }

    #[test]
    fn moments_are_tagged_seconds_and_come_back_to_the_microsecond() {
        let op = operation("GetMetricStatistics");
        let point = json!({
            "Timestamp": "2026-01-02T03:04:05.678901Z", "Average": 0.5,
        });
        let output = json!({ "Datapoints": [point], "Label": "lag" });
        let response = encode_response(&op, PROTOCOL, &output, "id-1");
        assert_eq!(response.header("smithy-protocol"), Some("rpc-v2-cbor"));
        let read = decode_response(&op, PROTOCOL, &response).unwrap();
        assert_eq!(read, Ok(output));
    }

    #[test]
    fn lengths_may_be_left_open_and_numbers_be_narrow() {
        let mut body = Vec::new();
        let mut out = Encoder::new(&mut body);
        out.begin_map().unwrap();
        out.str("Namespace").unwrap().begin_str().unwrap();
        out.str("AWS/").unwrap().str("RDS").unwrap().end().unwrap();
        out.str("Odd").unwrap().array(1).unwrap().null().unwrap();
        out.str("MetricData").unwrap().begin_array().unwrap();
        out.begin_map().unwrap().str("MetricName").unwrap();
        out.str("lag").unwrap().str("Value").unwrap().f32(1.5).unwrap();
        out.str("Unit").unwrap().null().unwrap();
        out.end().unwrap().end().unwrap().end().unwrap();
        let request = request("PutMetricData", body);
        let model = Model::official();
        let decoded = decode_request(model, "monitoring", &request).unwrap();
        let datum = json!({ "MetricName": "lag", "Value": 1.5 });
        let wanted = json!({ "Namespace": "AWS/RDS", "MetricData": [datum] });
        assert_eq!(decoded.input, wanted);
        assert_eq!(decoded.unknown, ["Odd"]);
    }

    #[test]
    fn a_body_cut_anywhere_is_garbled_and_never_a_panic() {
        let op = operation("DescribeAlarms");
        let alarm = json!({
            "AlarmName": "a", "Threshold": 1.0, "ActionsEnabled": true,
        });
        let output = json!({ "MetricAlarms": [alarm] });
        let whole = encode_response(&op, PROTOCOL, &output, "id-1").body;
        for end in 1..whole.len() {
            let body = whole[..end].to_vec();
            let response = Response { status: 200, headers: vec![], body };
            assert!(decode_response(&op, PROTOCOL, &response).is_err());
        }
    }

    #[test]
    fn an_array_that_claims_to_be_endless_costs_nothing() {
        let mut body = Vec::new();
        let mut out = Encoder::new(&mut body);
        out.map(1).unwrap().str("AlarmNames").unwrap();
        out.array(u64::MAX).unwrap();
        let request = request("DescribeAlarms", body);
        let model = Model::official();
        assert!(decode_request(model, "monitoring", &request).is_err());
    }
}
