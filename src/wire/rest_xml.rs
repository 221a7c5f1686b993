//! restXml: XML bodies over HTTP verbs and paths.

use super::model::{Member, Operation, Service, Structure};
use super::rest::{self, Body, in_body, structure};
use super::rest_body::Format;
use super::xml::{
    close, read, read_members, start, with_root, write, write_members,
};
use super::{Misfit, Object, Request, Response, Unknown, Value};

const CONTENT_TYPE: &str = "application/xml";

fn content_type() -> (String, String) {
    ("Content-Type".to_owned(), CONTENT_TYPE.to_owned())
}

pub(super) fn encode_request(
    op: &Operation<'_>,
    input: &Value,
) -> Result<Request, Misfit> {
    let (mut request, body) = rest::encode_request(op, input)?;
    let raw = matches!(body, Body::Raw(_));
    request.body = match body {
        Body::Members(member, _, object)
            if object_has_body(op.service, member, object) =>
        {
            write_root(op.service, member, object, root_name(op, member))?
        }
        Body::Members(..) => Vec::new(),
        other => write_payload(op.service, other)?,
    };
    if !raw && !request.body.is_empty() {
        request.headers.push(content_type());
    }
    Ok(request)
}

fn object_has_body(
    service: &Service,
    member: &Member,
    object: &Object,
) -> bool {
    let mut members = structure(service, member).members.iter();
    members.any(|m| {
        in_body(m) && object.get(&m.name).is_some_and(|v| !v.is_null())
    })
}

fn root_name<'m>(op: &Operation<'m>, member: &'m Member) -> &'m str {
    let named = member.location_name.as_deref();
    named.unwrap_or_else(|| &op.service.shape(member).name)
}

fn write_root(
    service: &Service,
    member: &Member,
    object: &Object,
    name: &str,
) -> Result<Vec<u8>, Misfit> {
    let mut out = String::new();
    let space = member.xml_namespace.as_ref().map(|(_, uri)| uri.as_str());
    start(&mut out, name, space.unwrap_or(&service.xml_namespace));
    let structure = structure(service, member);
    write_members(&mut out, service, structure, object, in_body)?;
    close(&mut out, name);
    Ok(out.into_bytes())
}

fn write_payload(
    service: &Service,
    body: Body<'_>,
) -> Result<Vec<u8>, Misfit> {
    match body {
        Body::Raw(bytes) => Ok(bytes),
        Body::Payload(member, value) => {
            let mut out = String::new();
            write(&mut out, service, member, member.wire_name(), value)
                .map_err(|m| m.within(&member.name))?;
            Ok(out.into_bytes())
        }
        Body::Nothing | Body::Members(..) => Ok(Vec::new()),
    }
}

/// How its bodies are read.
pub(super) const FORMAT: Format =
    Format { payload: read_payload, members: read_body };

fn read_payload(
    service: &Service,
    payload: &Member,
    bytes: &[u8],
    unknown: &mut Unknown,
) -> Result<Value, Misfit> {
    with_root(bytes, |root| {
        unknown.below(&payload.name, |u| read(service, payload, root, u))
    })
}

fn read_body(
    service: &Service,
    structure: &Structure,
    bytes: &[u8],
    out: &mut Object,
    unknown: &mut Unknown,
) -> Result<(), Misfit> {
    if bytes.is_empty() {
        return Ok(());
    }
    with_root(bytes, |root| {
        read_members(service, structure, root, out, unknown)
    })
}

pub(super) fn encode_response(
    op: &Operation<'_>,
    output: &Value,
) -> Result<Response, Misfit> {
    let (mut response, body) = rest::encode_response(op, output)?;
    let raw = matches!(body, Body::Raw(_));
    response.body = match body {
        Body::Members(member, _, object) => {
            let root = root_name(op, member);
            write_root(op.service, member, object, root)?
        }
        other => write_payload(op.service, other)?,
    };
    if !raw && !response.body.is_empty() {
        let value = "text/xml".to_owned();
        response.headers.push(("Content-Type".to_owned(), value));
    }
    Ok(response)
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use crate::wire::{
        Model, Operation, Protocol, decode_response, encode_fault,
        encode_request, encode_response,
    };

    const PROTOCOL: Protocol = Protocol::RestXml;

    fn operation(name: &str) -> Operation<'static> {
        Model::official().operation("route53", name).unwrap()
    }

    #[test]
    fn a_change_is_one_document_in_the_services_name_space() {
        let op = operation("ChangeResourceRecordSets");
        let set = json!({ "Name": "a&b.", "Type": "CNAME", "TTL": 30 });
        let change = json!({ "Action": "UPSERT", "ResourceRecordSet": set });
        let input = json!({
            "HostedZoneId": "Z1", "ChangeBatch": { "Changes": [change] },
        });
        let request = encode_request(&op, PROTOCOL, &input).unwrap();
        assert_eq!(request.uri, "/2013-04-01/hostedzone/Z1/rrset/");
        assert_eq!(
            String::from_utf8_lossy(&request.body),
            "<ChangeResourceRecordSetsRequest \
             xmlns=\"https://route53.amazonaws.com/doc/2013-04-01/\">\
             <ChangeBatch><Changes><Change><Action>UPSERT</Action>\
             <ResourceRecordSet><Name>a&amp;b.</Name><Type>CNAME</Type>\
             <TTL>30</TTL></ResourceRecordSet></Change></Changes>\
             </ChangeBatch></ChangeResourceRecordSetsRequest>"
        );
    }

    #[test]
    fn a_created_health_check_answers_201_and_says_where() {
        let op = operation("CreateHealthCheck");
        let place = "https://route53.amazonaws.com/2013-04-01/healthcheck/h";
        let output = json!({
            "HealthCheck": {
                "Id": "h",
                "CallerReference": "c",
                "HealthCheckVersion": 1,
                "HealthCheckConfig": { "Type": "HTTP" },
            },
            "Location": place,
        });
        let response = encode_response(&op, PROTOCOL, &output, "id-1");
        assert_eq!(response.status, 201);
        assert_eq!(response.header("location"), Some(place));
        let read = decode_response(&op, PROTOCOL, &response).unwrap();
        assert_eq!(read, Ok(output));
    }

    #[test]
    fn a_refused_batch_keeps_its_list_of_messages() {
        let op = operation("ChangeResourceRecordSets");
        let mut fault = op.fault("InvalidChangeBatch", "two are wrong");
        fault.fields = json!({ "messages": ["one", "two"] });
        let response = encode_fault(Some(&op), PROTOCOL, &fault, "id-1");
        let read = decode_response(&op, PROTOCOL, &response).unwrap();
        assert_eq!(read, Err(fault));
    }

    #[test]
    fn a_document_with_entities_of_its_own_is_refused() {
        let op = operation("GetChange");
        let mut response = encode_response(&op, PROTOCOL, &json!({}), "id-1");
        response.body = b"<!DOCTYPE x [<!ENTITY a 'b'>]><x>&a;</x>".to_vec();
        assert!(decode_response(&op, PROTOCOL, &response).is_err());
    }
}
