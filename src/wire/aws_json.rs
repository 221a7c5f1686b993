//! awsJson 1.0 and 1.1: JSON both ways, the operation in a header.

use super::json::{body, fault_body, read, write};
use super::{
    Misfit, Object, Operation, Protocol, Request, Response, Unknown, Value,
    Written,
};

fn content_type(protocol: Protocol) -> (String, String) {
    let version = if protocol == Protocol::AwsJson10 { "1.0" } else { "1.1" };
    let value = format!("application/x-amz-json-{version}");
    ("Content-Type".to_owned(), value)
}

pub(super) fn encode_request(
    op: &Operation<'_>,
    protocol: Protocol,
    input: &Value,
) -> Result<Request, Misfit> {
    let mut out = Vec::new();
    match op.input() {
        Some(member) => write(&mut out, op.service, member, input)?,
        None => out.extend_from_slice(b"{}"),
    }
    let target = format!("{}.{}", op.service.target_prefix, op.name());
    let mut headers =
        vec![content_type(protocol), ("X-Amz-Target".to_owned(), target)];
    if op.service.query_compatible {
        headers.push(("x-amzn-query-mode".to_owned(), "true".to_owned()));
    }
    Ok(Request {
        method: "POST".to_owned(),
        uri: "/".to_owned(),
        headers,
        body: out,
    })
}

pub(super) fn decode_request(
    op: &Operation<'_>,
    bytes: &[u8],
    unknown: &mut Unknown,
) -> Result<Value, Misfit> {
    let value = Value::Object(body(bytes)?);
    match op.input() {
        Some(member) => read(op.service, member, value, unknown),
        None => Ok(Value::Object(Object::new())),
    }
}

pub(super) fn encode_response(
    op: &Operation<'_>,
    protocol: Protocol,
    output: &Value,
) -> Result<Response, Misfit> {
    let mut out = Vec::new();
    match op.output() {
        Some(member) => write(&mut out, op.service, member, output)?,
        None => out.extend_from_slice(b"{}"),
    }
    Ok(Response {
        status: 200,
        headers: vec![content_type(protocol)],
        body: out,
    })
}

pub(super) fn decode_response(
    op: &Operation<'_>,
    response: &Response,
) -> Result<Value, Misfit> {
    let value = Value::Object(body(&response.body)?);
    match op.output() {
        Some(member) => {
            read(op.service, member, value, &mut Unknown::default())
        }
        None => Ok(Value::Object(Object::new())),
    }
}

pub(super) fn encode_fault(
    written: &Written<'_>,
    protocol: Protocol,
) -> Response {
    let mut headers = vec![content_type(protocol)];
    headers.extend(written.query_error());
    Response {
        status: 0,
        headers,
        body: fault_body(written, Some(written.shape_name())),
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use crate::wire::{
        Model, Protocol, decode_request, encode_fault, encode_request,
    };

    #[test]
    fn the_operation_is_named_in_a_header_and_the_version_in_the_type() {
        let model = Model::official();
        let op = model.operation("ecs", "UpdateService").unwrap();
        let input = json!({ "service": "web", "desiredCount": 4 });
        let request = encode_request(&op, op.protocol(), &input).unwrap();
        assert_eq!(
            request.header("x-amz-target"),
            Some("AmazonEC2ContainerServiceV20141113.UpdateService")
        );
        assert_eq!(
            request.header("content-type"),
            Some("application/x-amz-json-1.1")
        );
        let decoded = decode_request(model, "ecs", &request).unwrap();
        assert_eq!(decoded.input, input);
        assert_eq!(decoded.protocol, Protocol::AwsJson11);
    }

    #[test]
    fn a_former_query_service_names_its_old_code_too() {
        let model = Model::official();
        let op = model.operation("monitoring", "SetAlarmState").unwrap();
        let fault = op.fault("ResourceNotFound", "no such alarm");
        let protocol = Protocol::AwsJson10;
        let response = encode_fault(Some(&op), protocol, &fault, "id-1");
        assert_eq!(response.status, 404);
        assert_eq!(
            response.header("x-amzn-query-error"),
            Some("ResourceNotFound;Sender")
        );
        assert_eq!(
            String::from_utf8_lossy(&response.body),
            r#"{"__type":"ResourceNotFound","message":"no such alarm"}"#
        );
    }
}
