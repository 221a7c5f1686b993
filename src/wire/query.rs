//! awsQuery and ec2Query: a form in, XML out.

use super::form::{self, Form};
use super::json::fault;
use super::model::{Member, Operation, Protocol};
use super::rest::{in_body, object, structure};
use super::xml::{
    child, child_text, close, leaf, read_members, start, with_root, write,
    write_members,
};
use super::{
    Fault, Misfit, Object, Request, Response, Unknown, Value, Written, percent,
};

const FORM: &str = "application/x-www-form-urlencoded; charset=utf-8";

pub(super) fn encode_request(
    op: &Operation<'_>,
    protocol: Protocol,
    input: &Value,
) -> Result<Request, Misfit> {
    let mut form = Form {
        service: op.service,
        ec2: protocol == Protocol::Ec2Query,
        out: String::new(),
    };
    percent::push_pair(&mut form.out, "Action", op.name());
    percent::push_pair(&mut form.out, "Version", &op.service.version);
    if let Some(member) = op.input() {
        form.push(member, &mut String::new(), input)?;
    }
    Ok(Request {
        method: "POST".to_owned(),
        uri: "/".to_owned(),
        headers: vec![("Content-Type".to_owned(), FORM.to_owned())],
        body: form.out.into_bytes(),
    })
}

pub(super) fn decode_request(
    op: &Operation<'_>,
    protocol: Protocol,
    pairs: Vec<(String, String)>,
    unknown: &mut Unknown,
) -> Result<Value, Misfit> {
    let ec2 = protocol == Protocol::Ec2Query;
    match op.input() {
        Some(member) => form::read(op.service, member, pairs, ec2, unknown),
        None => Ok(Value::Object(Object::new())),
    }
}

fn answer(out: String) -> Response {
    let value = "text/xml".to_owned();
    Response {
        status: 200,
        headers: vec![("Content-Type".to_owned(), value)],
        body: out.into_bytes(),
    }
}

fn result_name(op: &Operation<'_>, member: &Member) -> String {
    let named = member.result_wrapper.clone();
    named.unwrap_or_else(|| format!("{}Result", op.name()))
}

pub(super) fn encode_response(
    op: &Operation<'_>,
    output: &Value,
    request_id: &str,
) -> Result<Response, Misfit> {
    let root = format!("{}Response", op.name());
    let mut out = String::new();
    start(&mut out, &root, &op.service.xml_namespace);
    if let Some(member) = op.output() {
        let name = result_name(op, member);
        let (found, output) = (structure(op.service, member), object(output)?);
        start(&mut out, &name, "");
        write_members(&mut out, op.service, found, output, |_| true)?;
        close(&mut out, &name);
    }
    out.push_str("<ResponseMetadata>");
    leaf(&mut out, "RequestId", request_id);
    out.push_str("</ResponseMetadata>");
    close(&mut out, &root);
    Ok(answer(out))
}

pub(super) fn encode_ec2(
    op: &Operation<'_>,
    output: &Value,
    request_id: &str,
) -> Result<Response, Misfit> {
    let root = format!("{}Response", op.name());
    let mut out = String::new();
    start(&mut out, &root, &op.service.xml_namespace);
    leaf(&mut out, "requestId", request_id);
    if let Some(member) = op.output() {
        let (found, output) = (structure(op.service, member), object(output)?);
        write_members(&mut out, op.service, found, output, |_| true)?;
    }
    close(&mut out, &root);
    Ok(answer(out))
}

pub(super) fn decode_response(
    op: &Operation<'_>,
    response: &Response,
) -> Result<Value, Misfit> {
    let mut out = Object::new();
    let Some(member) = op.output() else { return Ok(Value::Object(out)) };
    let name = result_name(op, member);
    with_root(&response.body, |root| {
        let result = child(root, &name)
            .ok_or_else(|| Misfit::new(format!("there is no {name}")))?;
        let found = structure(op.service, member);
        let mut unknown = Unknown::default();
        read_members(op.service, found, result, &mut out, &mut unknown)
    })?;
    Ok(Value::Object(out))
}

pub(super) fn decode_ec2(
    op: &Operation<'_>,
    response: &Response,
) -> Result<Value, Misfit> {
    let mut out = Object::new();
    let Some(member) = op.output() else { return Ok(Value::Object(out)) };
    with_root(&response.body, |root| {
        let found = structure(op.service, member);
        let mut unknown = Unknown::default();
        read_members(op.service, found, root, &mut out, &mut unknown)
    })?;
    Ok(Value::Object(out))
}

/// Writes the error form that awsQuery and restXml share.
pub(super) fn encode_fault(written: &Written<'_>) -> Response {
    let space = written.service.map_or("", |s| s.xml_namespace.as_str());
    let mut out = String::new();
    start(&mut out, "ErrorResponse", space);
    out.push_str("<Error>");
    leaf(&mut out, "Type", written.side());
    leaf(&mut out, "Code", written.query_code());
    leaf(&mut out, "Message", &written.fault.message);
    push_fields(&mut out, written);
    out.push_str("</Error>");
    leaf(&mut out, "RequestId", written.request_id);
    out.push_str("</ErrorResponse>");
    answer(out)
}

fn push_fields(out: &mut String, written: &Written<'_>) {
    let Some(service) = written.service else { return };
    for (member, value) in written.members() {
        let length = out.len();
        let name = member.wire_name();
        let message = member.name.eq_ignore_ascii_case("message");
        if !message
            && in_body(member)
            && write(out, service, member, name, &value).is_err()
        {
            out.truncate(length);
        }
    }
}

pub(super) fn encode_ec2_fault(written: &Written<'_>) -> Response {
    let mut out = String::from("<Response><Errors><Error>");
    leaf(&mut out, "Code", written.query_code());
    leaf(&mut out, "Message", &written.fault.message);
    push_fields(&mut out, written);
    out.push_str("</Error></Errors>");
    leaf(&mut out, "RequestID", written.request_id);
    out.push_str("</Response>");
    answer(out)
}

/// Reads an error answered in XML, in any of its three forms.
pub(super) fn decode_fault(
    op: &Operation<'_>,
    response: &Response,
) -> Result<Fault, Misfit> {
    with_root(&response.body, |root| {
        let errors = child(root, "Errors").unwrap_or(root);
        let error = child(errors, "Error").unwrap_or(errors);
        let code = child_text(error, "Code")
            .ok_or_else(|| Misfit::new("the error has no code"))?;
        let message = child_text(error, "Message")
            .or_else(|| child_text(error, "message"));
        let mut fields = Object::new();
        if let Some(known) = op.error(code).and_then(|s| s.structure()) {
            let (service, unknown) = (op.service, &mut Unknown::default());
            read_members(service, known, error, &mut fields, unknown)?;
        }
        let message = message.unwrap_or("").to_owned();
        let mut fault = fault(response, code, message, fields);
        match child_text(error, "Type") {
            Some("Sender") => fault.sender = true,
            Some("Receiver") => fault.sender = false,
            _ => {}
        }
        Ok(fault)
    })
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use crate::wire::{
        Model, Operation, Protocol, decode_request, decode_response,
        encode_fault, encode_request, encode_response,
    };

    fn operation(service: &str, name: &str) -> Operation<'static> {
        Model::official().operation(service, name).unwrap()
    }

    #[test]
    fn lists_go_by_the_names_of_their_elements() {
        let op = operation("rds", "DescribeDBInstances");
        let filter = json!({ "Name": "engine", "Values": ["a b", "c&d"] });
        let input = json!({ "Filters": [filter] });
        let request = encode_request(&op, Protocol::AwsQuery, &input).unwrap();
        assert_eq!(
            String::from_utf8_lossy(&request.body),
            "Action=DescribeDBInstances&Version=2014-10-31\
             &Filters.Filter.1.Name=engine\
             &Filters.Filter.1.Values.Value.1=a%20b\
             &Filters.Filter.1.Values.Value.2=c%26d"
        );
    }

    #[test]
    fn ten_elements_stay_in_the_order_of_their_numbers() {
        let op = operation("rds", "DescribeDBInstances");
        let names: Vec<_> = (0..12).map(|n| n.to_string()).collect();
        let filter = json!({ "Name": "n", "Values": names });
        let input = json!({ "Filters": [filter] });
        let request = encode_request(&op, Protocol::AwsQuery, &input).unwrap();
        let model = Model::official();
        let decoded = decode_request(model, "rds", &request).unwrap();
        assert_eq!(decoded.input, input);
    }

    #[test]
    fn what_a_form_has_too_much_is_reported_with_its_path() {
        let op = operation("rds", "DescribeDBInstances");
        let input = json!({ "Filters": [{ "Name": "n", "Values": ["v"] }] });
        let mut request =
            encode_request(&op, Protocol::AwsQuery, &input).unwrap();
        request.body.extend_from_slice(b"&Odd=1&Filters.Filter.1.Not=2");
        let model = Model::official();
        let decoded = decode_request(model, "rds", &request).unwrap();
        assert_eq!(decoded.input, input);
        assert_eq!(decoded.unknown, ["Filters[0].Not", "Odd"]);
    }

    #[test]
    fn a_key_of_many_dots_is_no_danger() {
        let op = operation("rds", "DescribeDBInstances");
        let mut request =
            encode_request(&op, Protocol::AwsQuery, &json!({})).unwrap();
        request.body.extend_from_slice(b"&");
        request.body.extend_from_slice("a.".repeat(500_000).as_bytes());
        let model = Model::official();
        let decoded = decode_request(model, "rds", &request).unwrap();
        assert_eq!(decoded.unknown, ["a"]);
    }

    #[test]
    fn an_answer_is_wrapped_in_its_result_with_the_request_id_beside() {
        let op = operation("rds", "DescribeDBInstances");
        let output = json!({ "DBInstances": [], "Marker": "<m>" });
        let response =
            encode_response(&op, Protocol::AwsQuery, &output, "id-1");
        assert_eq!(
            String::from_utf8_lossy(&response.body),
            "<DescribeDBInstancesResponse \
             xmlns=\"http://rds.amazonaws.com/doc/2014-10-31/\">\
             <DescribeDBInstancesResult><Marker>&lt;m&gt;</Marker>\
             <DBInstances></DBInstances></DescribeDBInstancesResult>\
             <ResponseMetadata><RequestId>id-1</RequestId>\
             </ResponseMetadata></DescribeDBInstancesResponse>"
        );
        let read = decode_response(&op, Protocol::AwsQuery, &response);
        assert_eq!(read.unwrap(), Ok(output));
    }

    #[test]
    fn an_error_says_its_code_its_side_and_its_status() {
        let op = operation("rds", "PromoteReadReplica");
        let fault = op.fault("DBInstanceNotFoundFault", "none such");
        let response =
            encode_fault(Some(&op), Protocol::AwsQuery, &fault, "id-1");
        assert_eq!(response.status, 404);
        assert_eq!(
            String::from_utf8_lossy(&response.body),
            "<ErrorResponse \
             xmlns=\"http://rds.amazonaws.com/doc/2014-10-31/\"><Error>\
             <Type>Sender</Type><Code>DBInstanceNotFound</Code>\
             <Message>none such</Message></Error>\
             <RequestId>id-1</RequestId></ErrorResponse>"
        );
    }

    #[test]
    fn ec2_numbers_lists_directly_and_answers_item_by_item() {
        let op = operation("ec2", "DescribeSnapshots");
        let input = json!({
            "Filters": [{ "Name": "status", "Values": ["pending"] }],
            "SnapshotIds": ["snap-1", "snap-2"],
        });
        let request = encode_request(&op, Protocol::Ec2Query, &input).unwrap();
        assert_eq!(
            String::from_utf8_lossy(&request.body),
            "Action=DescribeSnapshots&Version=2016-11-15\
             &Filter.1.Name=status&Filter.1.Value.1=pending\
             &SnapshotId.1=snap-1&SnapshotId.2=snap-2"
        );
        let output = json!({ "Snapshots": [{ "SnapshotId": "snap-1" }] });
        let response =
            encode_response(&op, Protocol::Ec2Query, &output, "id-1");
        let body = String::from_utf8_lossy(&response.body);
        assert!(body.contains(
            "<requestId>id-1</requestId><snapshotSet><item>\
             <snapshotId>snap-1</snapshotId></item></snapshotSet>"
        ));
    }
}
