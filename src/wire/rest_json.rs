//! restJson1: JSON bodies over HTTP verbs and paths.

use super::json::{
    body, fault_body, read, read_structure, write, write_structure,
};
use super::model::{Member, Service, Structure};
use super::rest::{self, Body, in_body, structure};
use super::rest_body::Format;
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

/// How its bodies are read.
pub(super) const FORMAT: Format =
    Format { payload: read_payload, members: read_members };

fn read_payload(
    service: &Service,
    payload: &Member,
    bytes: &[u8],
    unknown: &mut Unknown,
) -> Result<Value, Misfit> {
    let value = Value::Object(body(bytes)?);
    unknown.below(&payload.name, |u| read(service, payload, value, u))
}

fn read_members(
    service: &Service,
    structure: &Structure,
    bytes: &[u8],
    out: &mut Object,
    unknown: &mut Unknown,
) -> Result<(), Misfit> {
    read_structure(service, structure, body(bytes)?, out, unknown)
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

pub(super) fn encode_fault(written: &Written<'_>) -> Response {
    let code = written.shape_name().to_owned();
    Response {
        headers: vec![content_type(), ("x-amzn-ErrorType".to_owned(), code)],
        body: fault_body(written, None),
        ..Response::default()
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use crate::wire::{
        Fault, Model, Operation, Protocol, Response, decode_response,
        encode_fault, encode_request, encode_response,
    };

    const PROTOCOL: Protocol = Protocol::RestJson1;

    fn operation(name: &str) -> Operation<'static> {
        Model::official().operation("backup", name).unwrap()
    }

    #[test]
    fn an_arn_stays_one_segment_of_the_path() {
        let op = operation("DescribeRecoveryPoint");
        let arn = "arn:aws:backup:eu-west-1:1:recovery-point:a/b";
        let input = json!({
            "BackupVaultName": "Gold vault", "RecoveryPointArn": arn,
        });
        let request = encode_request(&op, PROTOCOL, &input).unwrap();
        assert_eq!(request.method, "GET");
        assert_eq!(
            request.uri,
            "/backup-vaults/Gold%20vault/recovery-points/\
             arn%3Aaws%3Abackup%3Aeu-west-1%3A1%3Arecovery-point%3Aa%2Fb"
        );
        assert!(request.body.is_empty());
    }

    #[test]
    fn a_label_that_is_missing_or_empty_is_refused() {
        let op = operation("DescribeBackupVault");
        for input in [json!({}), json!({ "BackupVaultName": "" })] {
            let misfit = encode_request(&op, PROTOCOL, &input).unwrap_err();
            assert_eq!(misfit.to_string(), "BackupVaultName: missing");
        }
    }

    #[test]
    fn times_are_seconds_and_null_members_are_left_out() {
        let op = operation("DescribeBackupJob");
        let output = json!({
            "State": "RUNNING",
            "CreationDate": "2026-01-02T03:04:05.25Z",
            "CompletionDate": null,
        });
        let response = encode_response(&op, PROTOCOL, &output, "id-1");
        assert_eq!(
            String::from_utf8_lossy(&response.body),
            r#"{"CreationDate":1767323045.25,"State":"RUNNING"}"#
        );
        assert_eq!(response.header("X-Amzn-RequestId"), Some("id-1"));
    }

    #[test]
    fn an_output_that_does_not_fit_fails_loudly() {
        let op = operation("ListBackupJobs");
        let output = json!({ "BackupJobs": [{}, { "CreationDate": 12 }] });
        let response = encode_response(&op, PROTOCOL, &output, "id-1");
        assert_eq!(response.status, 500);
        let fault = decode_response(&op, PROTOCOL, &response).unwrap();
        let fault = fault.unwrap_err();
        assert_eq!(fault.code, "InternalFailure");
        assert_eq!(
            fault.message,
            "ListBackupJobs answers BackupJobs[1].CreationDate: \
             expected an RFC 3339 timestamp, found 12"
        );
    }

    #[test]
    fn an_error_has_its_code_in_a_header_and_its_own_members() {
        let op = operation("DescribeBackupJob");
        let mut fault = op.fault("ResourceNotFoundException", "no such job");
        fault.fields = json!({ "Type": "Job", "Bogus": 1 });
        let response = encode_fault(Some(&op), PROTOCOL, &fault, "id-1");
        assert_eq!(response.status, 400);
        assert_eq!(
            response.header("x-amzn-errortype"),
            Some("ResourceNotFoundException")
        );
        assert_eq!(
            String::from_utf8_lossy(&response.body),
            r#"{"Message":"no such job","Type":"Job"}"#
        );
        let read = decode_response(&op, PROTOCOL, &response).unwrap();
        fault.fields = json!({ "Type": "Job" });
        assert_eq!(read, Err(fault));
    }

    #[test]
    fn a_proxys_page_is_garbled_not_an_answer() {
        let op = operation("DescribeBackupJob");
        for status in [200, 502] {
            let body = b"<html>Bad gateway</html>".to_vec();
            let response = Response { status, headers: vec![], body };
            let garbled =
                decode_response(&op, PROTOCOL, &response).unwrap_err();
            assert_eq!(garbled.status, status);
            assert!(garbled.to_string().contains("not JSON"));
        }
    }

    #[test]
    fn an_error_without_an_operation_still_has_its_form() {
        let fault = Fault {
            code: "UnknownOperationException".to_owned(),
            status: 501,
            ..Fault::default()
        };
        let response = encode_fault(None, PROTOCOL, &fault, "id-1");
        assert_eq!(response.status, 501);
        assert_eq!(response.body, br#"{"message":""}"#);
    }
}
