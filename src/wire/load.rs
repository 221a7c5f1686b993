//! Reads one reduced model file into shapes.

use std::collections::{BTreeMap, HashMap};

use serde::Deserialize;
use serde_json::{Error, from_str};

use super::model::{
    ErrorTrait, Kind, Location, Member, OperationShape, Paginator, Protocol,
    Segment, Service, Shape, Structure, Template, TimestampFormat,
};
use super::percent;

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct RawService {
    source: String,
    signing_name: String,
    metadata: RawMetadata,
    #[serde(default)]
    endpoints: BTreeMap<String, (String, Option<String>)>,
    operations: BTreeMap<String, RawOperation>,
    shapes: BTreeMap<String, RawShape>,
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct RawMetadata {
    api_version: String,
    protocols: Vec<String>,
    #[serde(default)]
    target_prefix: String,
    #[serde(default)]
    json_version: String,
    xml_namespace: String,
    service_id: String,
    query_compatible: bool,
}

#[derive(Deserialize)]
struct RawOperation {
    http: RawHttp,
    input: Option<RawReference>,
    output: Option<RawReference>,
    errors: Vec<String>,
    paginator: Option<RawPaginator>,
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct RawHttp {
    method: String,
    request_uri: String,
    #[serde(default = "ok")]
    response_code: u16,
}

fn ok() -> u16 {
    200
}

#[derive(Deserialize)]
#[serde(untagged)]
enum OneOrMany {
    One(String),
    Many(Vec<String>),
}

#[derive(Deserialize)]
struct RawPaginator {
    input_token: Option<OneOrMany>,
    output_token: Option<OneOrMany>,
    limit_key: Option<String>,
    result_key: Option<OneOrMany>,
    more_results: Option<String>,
}

#[derive(Deserialize, Default)]
#[serde(rename_all = "camelCase", default)]
struct RawReference {
    shape: String,
    location: Option<String>,
    location_name: Option<String>,
    query_name: Option<String>,
    flattened: Option<bool>,
    timestamp_format: Option<String>,
    xml_attribute: bool,
    xml_namespace: Option<RawNamespace>,
    idempotency_token: bool,
    #[serde(rename = "jsonvalue")]
    json_value: bool,
    result_wrapper: Option<String>,
}

#[derive(Deserialize, Clone)]
#[serde(untagged)]
enum RawNamespace {
    Uri(String),
    Full {
        #[serde(default)]
        prefix: String,
        uri: String,
    },
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct RawShape {
    #[serde(rename = "type")]
    kind: String,
    #[serde(default)]
    members: Vec<(String, RawReference)>,
    #[serde(default)]
    required: Vec<String>,
    member: Option<RawReference>,
    key: Option<RawReference>,
    value: Option<RawReference>,
    #[serde(default, rename = "enum")]
    values: Vec<String>,
    payload: Option<String>,
    #[serde(default)]
    exception: bool,
    #[serde(default)]
    fault: bool,
    error: Option<RawError>,
    #[serde(default)]
    union: bool,
    #[serde(default)]
    sensitive: bool,
    #[serde(default)]
    document: bool,
    flattened: Option<bool>,
    timestamp_format: Option<String>,
    location_name: Option<String>,
    xml_namespace: Option<RawNamespace>,
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct RawError {
    code: Option<String>,
    http_status_code: Option<u16>,
    sender_fault: Option<bool>,
}

/// Reads one model.
pub(super) fn service(text: &str) -> Result<Service, Error> {
    let raw: RawService = from_str(text)?;
    let at = raw.shapes.keys().enumerate().map(|(at, k)| (k.as_str(), at));
    let loader = Loader { at: at.collect(), raw: &raw.shapes };
    let shapes = raw.shapes.iter().map(|(n, s)| loader.shape(n, s)).collect();
    let operations = raw
        .operations
        .iter()
        .map(|(name, o)| (name.clone(), loader.operation(name, o)))
        .collect();
    let version = raw.metadata.json_version.as_str();
    let protocols = raw.metadata.protocols.iter();
    Ok(Service {
        protocols: protocols.map(|p| protocol(p, version)).collect(),
        source: raw.source,
        signing_name: raw.signing_name,
        id: raw.metadata.service_id,
        version: raw.metadata.api_version,
        target_prefix: raw.metadata.target_prefix,
        xml_namespace: raw.metadata.xml_namespace,
        query_compatible: raw.metadata.query_compatible,
        endpoints: raw.endpoints,
        operations,
        shapes,
    })
}

fn protocol(name: &str, json_version: &str) -> Protocol {
    match (name, json_version) {
        ("rest-json", _) => Protocol::RestJson1,
        ("rest-xml", _) => Protocol::RestXml,
        ("query", _) => Protocol::AwsQuery,
        ("ec2", _) => Protocol::Ec2Query,
        ("json", "1.0") => Protocol::AwsJson10,
        ("json", _) => Protocol::AwsJson11,
        ("smithy-rpc-v2-cbor", _) => Protocol::RpcV2Cbor,
        _ => unreachable!("embedded models name no protocol {name}"),
    }
}

struct Loader<'r> {
    at: HashMap<&'r str, usize>,
    raw: &'r BTreeMap<String, RawShape>,
}

impl Loader<'_> {
    fn operation(&self, name: &str, raw: &RawOperation) -> OperationShape {
        OperationShape {
            name: name.to_owned(),
            method: raw.http.method.clone(),
            uri: template(&raw.http.request_uri),
            response_code: raw.http.response_code,
            input: raw.input.as_ref().map(|r| self.member("", r)),
            output: raw.output.as_ref().map(|r| self.member("", r)),
            errors: raw.errors.iter().map(|n| self.at[n.as_str()]).collect(),
            paginator: match &raw.paginator {
                Some(official) => Some(paginator(official)),
                None => self.customary(raw),
            },
        }
    }

    /// How a listing is paged that the official paginators leave out: its
    /// answer has one list and a token that its input takes, too.
    fn customary(&self, raw: &RawOperation) -> Option<Paginator> {
        let members = |of: &Option<RawReference>| {
            of.as_ref().map(|of| &self.raw[&of.shape].members)
        };
        let (asked, told) = (members(&raw.input)?, members(&raw.output)?);
        let names = |name: &str| name.eq_ignore_ascii_case("NextToken");
        let (token_in, _) = asked.iter().find(|(name, _)| names(name))?;
        let (token_out, _) = told.iter().find(|(name, _)| names(name))?;
        let lists = |of: &RawReference| self.raw[&of.shape].kind == "list";
        let mut listed = told.iter().filter(|(_, of)| lists(of));
        let (Some((items, _)), None) = (listed.next(), listed.next()) else {
            return None;
        };
        let sizes = ["MaxResults", "maxResults", "limit", "Limit"];
        let size = asked.iter().find(|(name, _)| sizes.contains(&&**name));
        Some(Paginator {
            input_token: vec![token_in.clone()],
            output_token: vec![token_out.clone()],
            limit_key: size.map(|(name, _)| name.clone()),
            result_key: vec![items.clone()],
            more_results: None,
        })
    }

    /// Joins the traits of a reference with those of its shape; the nearer
    /// ones win, as in botocore.
    fn member(&self, name: &str, raw: &RawReference) -> Member {
        let shape = &self.raw[&raw.shape];
        let format =
            raw.timestamp_format.as_ref().or(shape.timestamp_format.as_ref());
        let space =
            raw.xml_namespace.as_ref().or(shape.xml_namespace.as_ref());
        let location_name =
            raw.location_name.as_ref().or(shape.location_name.as_ref());
        Member {
            name: name.to_owned(),
            shape: self.at[raw.shape.as_str()],
            location: raw.location.as_deref().map(location),
            idempotency_token: raw.idempotency_token,
            location_name: location_name.cloned(),
            query_name: raw.query_name.clone(),
            flattened: raw.flattened.or(shape.flattened).unwrap_or(false),
            timestamp_format: format.map(|f| timestamp_format(f)),
            xml_attribute: raw.xml_attribute,
            xml_namespace: space.cloned().map(|space| match space {
                RawNamespace::Uri(uri) => (String::new(), uri),
                RawNamespace::Full { prefix, uri } => (prefix, uri),
            }),
            json_value: raw.json_value,
            result_wrapper: raw.result_wrapper.clone(),
        }
    }

    fn shape(&self, name: &str, raw: &RawShape) -> Shape {
        let part = |part: &Option<RawReference>| {
            let part = part.as_ref().expect("lists and maps have elements");
            self.member("", part)
        };
        let kind = match raw.kind.as_str() {
            "structure" if raw.document => Kind::Document,
            "structure" => Kind::Structure(self.structure(raw)),
            "list" => Kind::List(part(&raw.member)),
            "map" => Kind::Map(part(&raw.key), part(&raw.value)),
            "string" | "character" => Kind::String(raw.values.clone()),
            "integer" => Kind::Integer,
            "long" => Kind::Long,
            "float" => Kind::Float,
            "double" => Kind::Double,
            "boolean" => Kind::Boolean,
            "blob" => Kind::Blob,
            "timestamp" => Kind::Timestamp,
            other => unreachable!("embedded models have no type {other}"),
        };
        Shape {
            name: name.to_owned(),
            kind,
            sensitive: raw.sensitive,
            error: error(name, raw),
        }
    }

    fn structure(&self, raw: &RawShape) -> Structure {
        let members: Vec<Member> =
            raw.members.iter().map(|(n, r)| self.member(n, r)).collect();
        let name = |(at, m): (usize, &Member)| (m.name.clone(), at);
        let wire = |(at, m): (usize, &Member)| (m.wire_name().to_owned(), at);
        let tag = |(at, m): (usize, &Member)| (self.tag(m, raw, at), at);
        Structure {
            by_name: members.iter().enumerate().map(name).collect(),
            by_wire: members.iter().enumerate().map(wire).collect(),
            by_tag: members.iter().enumerate().map(tag).collect(),
            members,
            required: raw.required.clone(),
            payload: raw.payload.clone(),
            union: raw.union,
        }
    }

    /// A flattened list goes by the name of its elements, if they have one.
    fn tag(&self, member: &Member, raw: &RawShape, at: usize) -> String {
        let shape = &self.raw[&raw.members[at].1.shape];
        let element = shape.member.as_ref().filter(|_| member.flattened);
        let named = element.and_then(|e| e.location_name.clone());
        named.unwrap_or_else(|| member.wire_name().to_owned())
    }
}

fn error(name: &str, raw: &RawShape) -> Option<ErrorTrait> {
    if !raw.exception {
        return None;
    }
    let given = raw.error.as_ref();
    let code = given.and_then(|e| e.code.clone());
    let status = given.and_then(|e| e.http_status_code);
    // EFS marks its own failures by nothing but their status.
    let own = raw.fault || status.is_some_and(|status| status >= 500);
    let sender = given.and_then(|e| e.sender_fault).unwrap_or(!own);
    Some(ErrorTrait {
        code: code.unwrap_or_else(|| name.to_owned()),
        status: status.unwrap_or(if sender { 400 } else { 500 }),
        sender,
    })
}

fn paginator(raw: &RawPaginator) -> Paginator {
    let many = |keys: &Option<OneOrMany>| match keys {
        None => Vec::new(),
        Some(OneOrMany::One(key)) => vec![key.clone()],
        Some(OneOrMany::Many(keys)) => keys.clone(),
    };
    Paginator {
        input_token: many(&raw.input_token),
        output_token: many(&raw.output_token),
        limit_key: raw.limit_key.clone(),
        result_key: many(&raw.result_key),
        more_results: raw.more_results.clone(),
    }
}

fn location(name: &str) -> Location {
    match name {
        "uri" => Location::Uri,
        "querystring" => Location::Query,
        "header" => Location::Header,
        "headers" => Location::Headers,
        "statusCode" => Location::Status,
        _ => unreachable!("embedded models name no location {name}"),
    }
}

fn timestamp_format(name: &str) -> TimestampFormat {
    match name.to_ascii_lowercase().as_str() {
        "iso8601" => TimestampFormat::Iso8601,
        "unixtimestamp" => TimestampFormat::Unix,
        "rfc822" => TimestampFormat::Rfc822,
        _ => unreachable!("embedded models name no timestamp format {name}"),
    }
}

fn template(uri: &str) -> Template {
    let (path, query) = uri.split_once('?').unwrap_or((uri, ""));
    let segment = |text: &str| {
        let label =
            text.strip_prefix('{').and_then(|text| text.strip_suffix('}'));
        match label.map(|label| (label, label.strip_suffix('+'))) {
            Some((_, Some(greedy))) => Segment::Greedy(greedy.to_owned()),
            Some((label, None)) => Segment::Label(label.to_owned()),
            None => Segment::Literal(text.to_owned()),
        }
    };
    let segments = path.split('/').filter(|text| !text.is_empty());
    Template {
        segments: segments.map(segment).collect(),
        query: percent::pairs(query),
        slash: path.ends_with('/'),
    }
}

#[cfg(test)]
mod tests {
    use crate::wire::{Location, Model, Paginator, Protocol};

    #[test]
    fn every_embedded_model_loads_and_says_where_it_is_from() {
        let services: Vec<_> = Model::official().services().collect();
        assert_eq!(services.len(), 29);
        for service in services {
            assert!(service.source.starts_with("botocore 1."));
            assert!(service.operations().count() > 0);
        }
    }

    #[test]
    fn cloudwatch_is_found_by_its_signing_name_and_speaks_three_protocols() {
        let model = Model::official();
        assert!(model.operation("cloudwatch", "DescribeAlarms").is_none());
        let alarms = model.operation("monitoring", "DescribeAlarms").unwrap();
        assert_eq!(
            alarms.protocols(),
            [Protocol::RpcV2Cbor, Protocol::AwsJson10, Protocol::AwsQuery]
        );
    }

    #[test]
    fn an_operation_knows_its_pages_its_token_and_its_errors() {
        let model = Model::official();
        let list = model.operation("backup", "ListBackupJobs").unwrap();
        let paginator = Paginator {
            input_token: vec!["NextToken".to_owned()],
            output_token: vec!["NextToken".to_owned()],
            limit_key: Some("MaxResults".to_owned()),
            result_key: vec!["BackupJobs".to_owned()],
            more_results: None,
        };
        assert_eq!(list.paginator(), Some(&paginator));
        let start = model.operation("backup", "StartBackupJob").unwrap();
        assert_eq!(start.idempotency_token(), Some("IdempotencyToken"));
        let promote = model.operation("rds", "PromoteReadReplica").unwrap();
        let fault = promote.fault("DBInstanceNotFound", "no such instance");
        assert_eq!((fault.status, fault.sender), (404, true));
    }

    #[test]
    fn a_listing_without_official_paginator_is_paged_by_its_token() {
        let model = Model::official();
        let list = model.operation("backup", "ListFrameworks").unwrap();
        let paginator = list.paginator().expect("it has a token");
        assert_eq!(paginator.input_token, ["NextToken"]);
        assert_eq!(paginator.result_key, ["Frameworks"]);
        let ask = model.operation("backup", "DescribeFramework").unwrap();
        assert_eq!(ask.paginator(), None);
    }

    #[test]
    fn members_keep_their_official_order_and_place() {
        let model = Model::official();
        let change =
            model.operation("route53", "ChangeResourceRecordSets").unwrap();
        let input = change.service_model().shape(change.input().unwrap());
        let members = &input.structure().unwrap().members;
        assert_eq!(members[0].name, "HostedZoneId");
        assert_eq!(members[0].location, Some(Location::Uri));
        assert_eq!(members[1].location, None);
    }
}
