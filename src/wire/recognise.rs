//! Which operation a request asks for, told by the form of the request.
//!
//! Never by a table of services: SDKs move between protocols from one minor
//! version to the next.

use super::model::{Model, Operation, Protocol, Segment, Service, Template};
use super::rest::Around;
use super::{
    Decoded, Misfit, Reason, Request, Unknown, Unrecognised, Value, aws_json,
    cbor, percent, query, rest_body, rest_json, rest_xml,
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
        (Form::Rest(protocol), Some(around)) => {
            let format = match protocol {
                Protocol::RestXml => &rest_xml::FORMAT,
                _ => &rest_json::FORMAT,
            };
            rest_body::decode_request(op, &around, body, unknown, format)
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

#[cfg(test)]
mod tests {
    use serde_json::json;

    use crate::wire::{
        Misfit, Model, Protocol, Reason, Request, Value, decode_request,
    };

    fn ask(service: &str, method: &str, uri: &str) -> Result<String, String> {
        let request = Request {
            method: method.to_owned(),
            uri: uri.to_owned(),
            ..Request::default()
        };
        let decoded = decode_request(Model::official(), service, &request);
        match decoded {
            Ok(decoded) => {
                let name = decoded.operation.name();
                Ok(format!("{name} {}", decoded.input))
            }
            Err(error) => Err(error.to_string()),
        }
    }

    fn asked(method: &str, uri: &str) -> String {
        ask("backup", method, uri).unwrap()
    }

    #[test]
    fn a_slash_at_the_end_of_a_path_makes_no_difference() {
        let vaults = "ListBackupVaults {}";
        assert_eq!(asked("GET", "/backup-vaults/"), vaults);
        assert_eq!(asked("GET", "/backup-vaults"), vaults);
    }

    #[test]
    fn labels_are_split_before_they_are_decoded() {
        assert_eq!(
            asked("GET", "/backup-vaults/v/recovery-points/arn%3Aa%2Fb"),
            "DescribeRecoveryPoint \
             {\"BackupVaultName\":\"v\",\"RecoveryPointArn\":\"arn:a/b\"}"
        );
        assert!(
            ask("backup", "GET", "/backup-vaults/v/recovery-points/a/b")
                .is_err()
        );
    }

    #[test]
    fn the_verb_decides_between_operations_on_one_path() {
        assert_eq!(asked("GET", "/backup-jobs"), "ListBackupJobs {}");
        assert_eq!(asked("PUT", "/backup-jobs"), "StartBackupJob {}");
        assert!(ask("backup", "DELETE", "/backup-jobs").is_err());
    }

    #[test]
    fn query_strings_are_read_by_type() {
        assert_eq!(
            asked("GET", "/backup-jobs/?maxResults=7&state=FAILED&x=1"),
            "ListBackupJobs {\"ByState\":\"FAILED\",\"MaxResults\":7}"
        );
        assert_eq!(
            ask("backup", "GET", "/backup-jobs/?maxResults=many"),
            Err("malformed input: MaxResults: many is not a whole number \
                 (backup:ListBackupJobs)"
                .to_owned())
        );
    }

    #[test]
    fn the_form_of_a_request_tells_its_protocol() {
        let target = "GraniteServiceVersion20100801.DescribeAlarms";
        let json_type = "application/x-amz-json-1.0";
        let form_type = "application/x-www-form-urlencoded";
        let cases: [(&str, Value, &[u8], Protocol); 3] = [
            (
                "/service/GraniteServiceVersion20100801/operation/DescribeAlarms",
                json!({}),
                b"",
                Protocol::RpcV2Cbor,
            ),
            (
                "/",
                json!({ "X-Amz-Target": target, "Content-Type": json_type }),
                b"{}",
                Protocol::AwsJson10,
            ),
            (
                "/",
                json!({ "content-type": form_type }),
                b"Action=DescribeAlarms&Version=2010-08-01",
                Protocol::AwsQuery,
            ),
        ];
        for (uri, headers, body, protocol) in cases {
            let header = |(key, value): (&String, &Value)| {
                (key.clone(), value.as_str().unwrap().to_owned())
            };
            let request = Request {
                method: "POST".to_owned(),
                uri: uri.to_owned(),
                headers: headers
                    .as_object()
                    .unwrap()
                    .iter()
                    .map(header)
                    .collect(),
                body: body.to_vec(),
            };
            let model = Model::official();
            let decoded = decode_request(model, "monitoring", &request);
            let decoded = decoded.unwrap();
            assert_eq!(decoded.operation.name(), "DescribeAlarms");
            assert_eq!(decoded.protocol, protocol);
        }
    }

    #[test]
    fn what_is_not_modeled_says_so_and_how_to_answer_it() {
        let request = Request {
            method: "POST".to_owned(),
            uri: "/".to_owned(),
            headers: vec![("X-Amz-Target".to_owned(), "T.Do".to_owned())],
            body: b"{}".to_vec(),
        };
        let model = Model::official();
        let refused = decode_request(model, "sns", &request).unwrap_err();
        assert_eq!(refused.reason, Reason::Service);
        assert_eq!(refused.protocol, Protocol::AwsJson11);
        let refused = decode_request(model, "ecs", &request).unwrap_err();
        assert_eq!(refused.reason, Reason::Operation);
        assert_eq!(refused.operation.as_deref(), Some("Do"));
    }

    #[test]
    fn a_body_that_is_no_json_is_malformed_input() {
        let request = Request {
            method: "PUT".to_owned(),
            uri: "/backup-jobs".to_owned(),
            headers: vec![],
            body: b"[1]".to_vec(),
        };
        let model = Model::official();
        let refused = decode_request(model, "backup", &request).unwrap_err();
        let misfit = Misfit {
            path: String::new(),
            why: "expected a JSON object, found [1]".to_owned(),
        };
        assert_eq!(refused.reason, Reason::Input(misfit));
    }
}
