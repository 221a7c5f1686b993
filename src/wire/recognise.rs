//! Which operation a request asks for, told by the form of the request.
//!
//! Never by a table of services: SDKs move between protocols from one minor
//! version to the next.

use super::model::{Model, Operation, Protocol, Segment, Service, Template};
use super::rest::Around;
use super::{
    Decoded, Misfit, Reason, Request, Unknown, Unrecognised, Value, aws_json,
    cbor, percent, query, rest_json, rest_xml,
};

/// What a request's form says, before its body is read.
enum Form {
    Rpc(Protocol, String),
    Target(Protocol, String),
    Action(Protocol, String, Vec<(String, String)>),
    Rest(Protocol),
}

/// Finds the operation that a request asks for, and reads its input.
///
/// `service` is the signing name in the request's credential scope. Members
/// that the shape does not know are no error; [`Decoded::unknown`] has them.
pub fn decode_request<'m>(
    model: &'m Model,
    service: &str,
    request: &Request,
) -> Result<Decoded<'m>, Unrecognised> {
    let known = model.service(service);
    let form = form(known, request);
    let refuse = |protocol, operation: Option<&str>, reason| Unrecognised {
        service: service.to_owned(),
        operation: operation.map(str::to_owned),
        protocol,
        reason,
    };
    let Some(known) = known else {
        let (protocol, name) = form.parts();
        return Err(refuse(protocol, name, Reason::Service));
    };
    let (protocol, name) = form.parts();
    let rest = match form {
        Form::Rest(_) => find_rest(known, request),
        _ => None,
    };
    let operation = match (&rest, name) {
        (Some((operation, _)), _) => Some(*operation),
        (None, Some(name)) => known.operation(name),
        (None, None) => None,
    };
    let Some(operation) = operation else {
        return Err(refuse(protocol, name, Reason::Operation));
    };
    let mut unknown = Unknown::default();
    let around = rest.map(|(_, around)| around);
    let input = read(operation, form, around, request, &mut unknown);
    match input {
        Ok(input) => {
            Ok(Decoded { operation, protocol, input, unknown: unknown.found })
        }
        Err(misfit) => {
            let name = Some(operation.name());
            Err(refuse(protocol, name, Reason::Input(misfit)))
        }
    }
}

impl Form {
    fn parts(&self) -> (Protocol, Option<&str>) {
        match self {
            Self::Rpc(protocol, name)
            | Self::Target(protocol, name)
            | Self::Action(protocol, name, _) => (*protocol, Some(name)),
            Self::Rest(protocol) => (*protocol, None),
        }
    }
}

fn read(
    operation: Operation<'_>,
    form: Form,
    around: Option<Around<'_>>,
    request: &Request,
    unknown: &mut Unknown,
) -> Result<Value, Misfit> {
    let (op, body) = (&operation, request.body.as_slice());
    match (form, around) {
        (Form::Rpc(..), _) => cbor::decode_request(op, body, unknown),
        (Form::Target(..), _) => aws_json::decode_request(op, body, unknown),
        (Form::Action(protocol, _, pairs), _) => {
            query::decode_request(op, protocol, pairs, unknown)
        }
        (Form::Rest(Protocol::RestXml), Some(around)) => {
            rest_xml::decode_request(op, &around, body, unknown)
        }
        (Form::Rest(_), Some(around)) => {
            rest_json::decode_request(op, &around, body, unknown)
        }
        (Form::Rest(_), None) => Err(Misfit::new("no such path")),
    }
}

fn form(service: Option<&Service>, request: &Request) -> Form {
    let speaks = |protocol| {
        service.is_some_and(|service| service.protocols.contains(&protocol))
    };
    let (path, query) =
        request.uri.split_once('?').unwrap_or((&request.uri, ""));
    if let Some(name) = rpc_operation(path) {
        return Form::Rpc(Protocol::RpcV2Cbor, name.to_owned());
    }
    let content_type = request.header("content-type").unwrap_or("");
    if let Some(target) = request.header("x-amz-target") {
        let name = target.rsplit('.').next().unwrap_or(target);
        let protocol = if content_type.contains("json-1.0") {
            Protocol::AwsJson10
        } else {
            Protocol::AwsJson11
        };
        return Form::Target(protocol, name.to_owned());
    }
    if path.trim_matches('/').is_empty() {
        let mut pairs = percent::pairs(query);
        if content_type.starts_with("application/x-www-form-urlencoded") {
            let body = String::from_utf8_lossy(&request.body);
            pairs.extend(percent::pairs(&body));
        }
        let action = pairs.iter().find(|(key, _)| key == "Action");
        if let Some((_, name)) = action {
            let ec2 = speaks(Protocol::Ec2Query);
            let protocols = [Protocol::AwsQuery, Protocol::Ec2Query];
            let protocol = protocols[usize::from(ec2)];
            return Form::Action(protocol, name.clone(), pairs);
        }
    }
    let xml = speaks(Protocol::RestXml);
    Form::Rest([Protocol::RestJson1, Protocol::RestXml][usize::from(xml)])
}

/// `/service/X/operation/Y` is Y; what X is called differs among SDKs.
fn rpc_operation(path: &str) -> Option<&str> {
    let mut parts = path.rsplit('/');
    let (name, word) = (parts.next()?, parts.next()?);
    let (_, kind) = (parts.next()?, parts.next()?);
    (word == "operation" && kind == "service").then_some(name)
}

/// Finds the operation whose verb and template fit; where several do, the
/// one with the most literal segments.
fn find_rest<'m, 'r>(
    service: &'m Service,
    request: &'r Request,
) -> Option<(Operation<'m>, Around<'r>)>
where
    'm: 'r,
{
    let rest = [Protocol::RestJson1, Protocol::RestXml];
    if !service.protocols.iter().any(|protocol| rest.contains(protocol)) {
        return None;
    }
    let (path, query) =
        request.uri.split_once('?').unwrap_or((&request.uri, ""));
    let query = percent::pairs(query);
    let segments: Vec<&str> =
        path.split('/').filter(|segment| !segment.is_empty()).collect();
    let fits = service.operations().filter_map(|operation| {
        let template = &operation.shape.uri;
        let same = request.method.eq_ignore_ascii_case(operation.method());
        let asked = template.query.iter().all(|pair| query.contains(pair));
        let labels = match_path(template, &segments)?;
        let literals = template.segments.iter();
        let literals =
            literals.filter(|s| matches!(s, Segment::Literal(_))).count();
        let weight = literals + template.query.len();
        (same && asked).then_some((weight, operation, labels))
    });
    let (_, operation, labels) = fits.max_by_key(|(weight, ..)| *weight)?;
    let (headers, constants) = (&request.headers, &operation.shape.uri.query);
    Some((operation, Around { labels, query, headers, constants }))
}

/// Matches segment by segment *before* decoding: labels such as recovery
/// point ARNs hold encoded slashes and colons.
fn match_path<'t>(
    template: &'t Template,
    segments: &[&str],
) -> Option<Vec<(&'t str, String)>> {
    let mut labels = Vec::new();
    let mut rest = segments;
    for (at, wanted) in template.segments.iter().enumerate() {
        let (first, after) = rest.split_first()?;
        match wanted {
            Segment::Literal(text) => {
                if percent::decode(first) != text.as_str() {
                    return None;
                }
                rest = after;
            }
            Segment::Label(name) => {
                labels.push((name.as_str(), percent::decode(first).into()));
                rest = after;
            }
            Segment::Greedy(name) => {
                let following = template.segments.len() - at - 1;
                let length = rest.len().checked_sub(following)?;
                let (taken, after) = rest.split_at_checked(length)?;
                let text = taken.join("/");
                labels.push((name.as_str(), percent::decode(&text).into()));
                rest = after;
            }
        }
    }
    rest.is_empty().then_some(labels)
}
