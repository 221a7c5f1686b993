//! Shapes and operations, from the reduced official models in assets.

use std::borrow::Cow;
use std::collections::{BTreeMap, HashMap};
use std::fmt;
use std::sync::OnceLock;

use serde_json::Error;

use super::official::{PACKED, unpacked};
use super::{Fault, Value, load};

/// A way of putting AWS operations on HTTP.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Protocol {
    /// JSON bodies over HTTP verbs and paths (AWS Backup).
    RestJson1,
    /// XML bodies over HTTP verbs and paths (Route 53).
    RestXml,
    /// A form in, XML out (RDS, STS).
    AwsQuery,
    /// EC2's own dialect of [`Protocol::AwsQuery`].
    Ec2Query,
    /// JSON with an `X-Amz-Target` header, version 1.0 (Step Functions).
    AwsJson10,
    /// JSON with an `X-Amz-Target` header, version 1.1 (ECS).
    AwsJson11,
    /// CBOR over `/service/X/operation/Y` (CloudWatch from the Rust SDK).
    RpcV2Cbor,
}

/// The official models of all services in use, each parsed when first asked.
#[derive(Debug)]
pub struct Model {
    services: Vec<Entry>,
}

#[derive(Debug)]
struct Entry {
    key: Cow<'static, str>,
    /// Its JSON, deflated.
    packed: &'static [u8],
    parsed: OnceLock<Service>,
}

static OFFICIAL: OnceLock<Model> = OnceLock::new();

impl Model {
    /// Gives the models that are embedded in this program.
    ///
    /// They come from botocore (see `assets/models/NOTICE`); the version is
    /// [`Service::source`].
    pub fn official() -> &'static Model {
        OFFICIAL.get_or_init(|| {
            let entry = |(key, packed)| Entry {
                key: Cow::Borrowed(key),
                packed,
                parsed: OnceLock::new(),
            };
            Model { services: PACKED.map(entry).into() }
        })
    }

    /// Reads other models in the form of those in `assets/models`.
    pub fn from_json<'t>(
        texts: impl IntoIterator<Item = &'t str>,
    ) -> Result<Self, Error> {
        let entry = |text| {
            let service = load::service(text)?;
            let key = Cow::Owned(service.signing_name.clone());
            Ok(Entry { key, packed: &[], parsed: OnceLock::from(service) })
        };
        let services = texts.into_iter().map(entry);
        Ok(Self { services: services.collect::<Result<_, _>>()? })
    }

    /// Finds a service by the name in the credential scope of its requests,
    /// such as `monitoring` for CloudWatch.
    pub fn service(&self, name: &str) -> Option<&Service> {
        let entry = self.services.iter().find(|e| e.key == name)?;
        let parse = || {
            // they are part of the program, and a test reads each
            let service = load::service(&unpacked(entry.packed));
            service.expect("embedded models are well-formed")
        };
        Some(entry.parsed.get_or_init(parse))
    }

    /// Gives every service, in alphabetical order of signing names.
    pub fn services(&self) -> impl Iterator<Item = &Service> {
        self.services.iter().filter_map(|e| self.service(&e.key))
    }

    /// Finds an operation by its service's signing name and its own name.
    pub fn operation(
        &self,
        service: &str,
        name: &str,
    ) -> Option<Operation<'_>> {
        self.service(service)?.operation(name)
    }
}

/// One AWS service: its operations and the shapes they use.
#[derive(Debug)]
pub struct Service {
    /// Where the model is from, such as `botocore 1.44.5`.
    pub source: String,
    /// The name in the credential scope of signed requests.
    pub signing_name: String,
    /// The name people know, such as `CloudWatch`.
    pub id: String,
    /// The API version, a date.
    pub version: String,
    /// All protocols the service speaks, its own first choice first.
    pub protocols: Vec<Protocol>,
    /// The first half of `X-Amz-Target`; empty where there is none.
    pub target_prefix: String,
    /// The name space of XML answers; empty where there is none.
    pub xml_namespace: String,
    /// Whether error codes of the former query protocol ride in a header.
    pub query_compatible: bool,
    /// By partition: the endpoint with `{region}` where the Region goes, and
    /// the Region that requests are signed for where it is always the same.
    pub(super) endpoints: BTreeMap<String, (String, Option<String>)>,
    pub(super) operations: BTreeMap<String, OperationShape>,
    pub(super) shapes: Vec<Shape>,
}

impl Service {
    /// Finds an operation by name.
    pub fn operation(&self, name: &str) -> Option<Operation<'_>> {
        let shape = self.operations.get(name)?;
        Some(Operation { service: self, shape })
    }

    /// Gives every operation in use, in alphabetical order.
    pub fn operations(&self) -> impl Iterator<Item = Operation<'_>> {
        self.operations
            .values()
            .map(|shape| Operation { service: self, shape })
    }

    /// Gives the endpoint in a Region, and the Region to sign for; nothing
    /// in a partition that the models do not know.
    pub fn endpoint<'r>(
        &'r self,
        region: &'r str,
    ) -> Option<(String, &'r str)> {
        let (url, signs) = self.endpoints.get(partition(region))?;
        let signs = signs.as_deref().unwrap_or(region);
        Some((url.replace("{region}", region), signs))
    }

    /// Gives the shape that a member has.
    pub fn shape(&self, member: &Member) -> &Shape {
        &self.shapes[member.shape]
    }
}

/// The partition of a Region, by its name.
// https://docs.aws.amazon.com/general/latest/gr/rande.html
fn partition(region: &str) -> &'static str {
    match region.split('-').next() {
        Some("cn") => "aws-cn",
        Some("us") if region.starts_with("us-gov-") => "aws-us-gov",
        Some("us") if region.starts_with("us-iso") => "aws-iso",
        _ => "aws",
    }
}

#[derive(Debug)]
pub(super) struct OperationShape {
    pub(super) name: String,
    pub(super) method: String,
    pub(super) uri: Template,
    pub(super) response_code: u16,
    pub(super) input: Option<Member>,
    pub(super) output: Option<Member>,
    pub(super) errors: Vec<usize>,
    pub(super) paginator: Option<Paginator>,
}

/// A URI template such as `/backup-vaults/{name}/recovery-points/`.
#[derive(Debug, Default)]
pub(super) struct Template {
    pub(super) segments: Vec<Segment>,
    pub(super) query: Vec<(String, String)>,
    pub(super) slash: bool,
}

#[derive(Debug)]
pub(super) enum Segment {
    Literal(String),
    Label(String),
    Greedy(String),
}

/// How the pages of a listing are asked for and joined.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Paginator {
    /// Input members that take the token, one for each output token.
    pub input_token: Vec<String>,
    /// Output members that hold the token of the next page; `a || b` means
    /// the first that is present.
    pub output_token: Vec<String>,
    /// The input member that limits a page.
    pub limit_key: Option<String>,
    /// Output members whose lists grow from page to page.
    pub result_key: Vec<String>,
    /// The output member that says whether there is more.
    pub more_results: Option<String>,
}

/// One operation of one service.
#[derive(Clone, Copy)]
pub struct Operation<'m> {
    pub(super) service: &'m Service,
    pub(super) shape: &'m OperationShape,
}

impl fmt::Debug for Operation<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}:{}", self.service(), self.name())
    }
}

impl<'m> Operation<'m> {
    /// Gives the signing name of the service, such as `rds`.
    pub fn service(&self) -> &'m str {
        &self.service.signing_name
    }

    /// Gives the whole service.
    pub fn service_model(&self) -> &'m Service {
        self.service
    }

    /// Gives the name, such as `DescribeDBInstances`.
    pub fn name(&self) -> &'m str {
        &self.shape.name
    }

    /// Gives the HTTP method, such as `POST`.
    pub fn method(&self) -> &'m str {
        &self.shape.method
    }

    /// Gives the protocol that the service itself prefers.
    pub fn protocol(&self) -> Protocol {
        self.service.protocols[0]
    }

    /// Gives every protocol the service speaks.
    pub fn protocols(&self) -> &'m [Protocol] {
        &self.service.protocols
    }

    /// Gives the input, or nothing where the operation takes none.
    pub fn input(&self) -> Option<&'m Member> {
        self.shape.input.as_ref()
    }

    /// Gives the output, or nothing where the operation answers nothing.
    pub fn output(&self) -> Option<&'m Member> {
        self.shape.output.as_ref()
    }

    /// Gives how this listing is paged, officially or by its token; nothing
    /// where it is not.
    pub fn paginator(&self) -> Option<&'m Paginator> {
        self.shape.paginator.as_ref()
    }

    /// Gives the input member that makes the call idempotent, if there is one.
    pub fn idempotency_token(&self) -> Option<&'m str> {
        let input = self.service.shape(self.input()?);
        let structure = input.structure()?;
        let token = structure.members.iter().find(|m| m.idempotency_token)?;
        Some(&token.name)
    }

    /// Gives the shapes of the errors that the model names.
    pub fn errors(&self) -> impl Iterator<Item = &'m Shape> {
        let service = self.service;
        self.shape.errors.iter().map(|at| &service.shapes[*at])
    }

    /// Finds a modeled error by its shape's name or its code on the wire.
    pub fn error(&self, code: &str) -> Option<&'m Shape> {
        self.errors().find(|shape| {
            let wire = shape.error.as_ref().map(|e| e.code.as_str());
            shape.name == code || wire == Some(code)
        })
    }

    /// Makes a fault with the status and the side that the model gives it.
    ///
    /// A code that the model does not name becomes a sender's fault with
    /// status 400.
    pub fn fault(&self, code: &str, message: impl Into<String>) -> Fault {
        let modeled = self.error(code).and_then(|s| s.error.as_ref());
        Fault {
            code: code.to_owned(),
            message: message.into(),
            status: modeled.map_or(400, |e| e.status),
            fields: Value::Null,
            sender: modeled.is_none_or(|e| e.sender),
        }
    }
}

/// A named shape: what a value may look like.
#[derive(Debug)]
pub struct Shape {
    /// The official name, such as `DBInstance`.
    pub name: String,
    /// What it is made of.
    pub kind: Kind,
    /// Whether its values must not be shown or logged.
    pub sensitive: bool,
    /// What it means as an error; nothing where it is none.
    pub error: Option<ErrorTrait>,
}

impl Shape {
    /// Gives the structure, or nothing where the shape is none.
    pub fn structure(&self) -> Option<&Structure> {
        match &self.kind {
            Kind::Structure(structure) => Some(structure),
            _ => None,
        }
    }
}

/// What a shape means when it is an error.
#[derive(Debug)]
pub struct ErrorTrait {
    /// The code on the wire of query protocols.
    pub code: String,
    /// The HTTP status.
    pub status: u16,
    /// Whether the sender is to blame.
    pub sender: bool,
}

/// What a shape is made of.
#[derive(Debug)]
pub enum Kind {
    /// Named members.
    Structure(Structure),
    /// Values of one shape in order.
    List(Member),
    /// Values of one shape by key.
    Map(Member, Member),
    /// Text; with the official values where they are enumerated.
    String(Vec<String>),
    /// A whole number of 32 bits.
    Integer,
    /// A whole number of 64 bits.
    Long,
    /// A number of single precision.
    Float,
    /// A number of double precision.
    Double,
    /// True or false.
    Boolean,
    /// Bytes; a base64 string as a value.
    Blob,
    /// A moment; an RFC 3339 string as a value, kept to the microsecond.
    Timestamp,
    /// Any JSON.
    Document,
}

/// Named members, in official order.
#[derive(Debug, Default)]
pub struct Structure {
    /// The members.
    pub members: Vec<Member>,
    /// Names of members that must be present.
    pub required: Vec<String>,
    /// The member that is the whole HTTP body in REST protocols.
    pub payload: Option<String>,
    /// Whether exactly one member is to be present.
    pub union: bool,
    pub(super) by_name: HashMap<String, usize>,
    pub(super) by_wire: HashMap<String, usize>,
    pub(super) by_tag: HashMap<String, usize>,
}

impl Structure {
    /// Finds a member by its official name.
    pub fn member(&self, name: &str) -> Option<&Member> {
        self.by_name.get(name).map(|at| &self.members[*at])
    }

    /// Finds a member by its name in JSON; CBOR has only official names.
    pub(super) fn on_wire(&self, name: &str) -> Option<&Member> {
        self.by_wire.get(name).map(|at| &self.members[*at])
    }

    /// Finds a member by its tag in XML.
    pub(super) fn tagged(&self, tag: &str) -> Option<&Member> {
        self.by_tag.get(tag).map(|at| &self.members[*at])
    }
}

/// Where a member travels in REST protocols, unless it is in the body.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Location {
    /// A label of the path.
    Uri,
    /// A parameter of the query string.
    Query,
    /// A header.
    Header,
    /// All headers with a prefix.
    Headers,
    /// The status of the answer.
    Status,
}

/// How a timestamp is written.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum TimestampFormat {
    /// `2026-01-02T03:04:05.678Z`.
    Iso8601,
    /// Seconds since 1970, with a fraction if need be.
    Unix,
    /// `Fri, 02 Jan 2026 03:04:05 GMT`.
    Rfc822,
}

/// A use of a shape: a member, an element, a key, an input or an output.
#[derive(Debug, Default)]
pub struct Member {
    /// The official name; empty for elements, keys, inputs and outputs.
    pub name: String,
    pub(super) shape: usize,
    /// Where it travels in REST protocols; nothing means the body.
    pub location: Option<Location>,
    /// Whether a client should make up a value when there is none.
    pub idempotency_token: bool,
    pub(super) location_name: Option<String>,
    pub(super) query_name: Option<String>,
    /// Whether elements follow one another without a wrapper, so that no
    /// elements and no list are the same on the wire.
    pub flattened: bool,
    pub(super) timestamp_format: Option<TimestampFormat>,
    pub(super) xml_attribute: bool,
    pub(super) xml_namespace: Option<(String, String)>,
    pub(super) json_value: bool,
    pub(super) result_wrapper: Option<String>,
}

impl Member {
    /// The name in JSON, XML, headers and query strings.
    pub(super) fn wire_name(&self) -> &str {
        self.location_name.as_deref().unwrap_or(&self.name)
    }
}
