//! The official shapes of AWS operations, and the protocols by them.
//!
//! A value is JSON in the official member names: blobs are base64 strings,
//! timestamps RFC 3339 strings kept to the microsecond, floats that JSON has
//! no number for are the strings `NaN`, `Infinity` and `-Infinity`. A `null`
//! member means the same as one that is missing.
//!
//! [`decode_request`] and [`encode_response`] are the server's side,
//! [`encode_request`] and [`decode_response`] the client's. Both walk the
//! same shapes; botocore checks both (`tests/wire_botocore.rs`).

mod aws_json;
mod cbor;
mod check;
mod form;
mod json;
mod load;
mod model;
mod official;
mod percent;
mod query;
mod recognise;
mod rest;
mod rest_body;
mod rest_json;
mod rest_xml;
mod scalar;
mod xml;

use std::error::Error;
use std::fmt;

pub use check::{Finding, check, check_fault, check_input};
pub use model::{
    ErrorTrait, Kind, Location, Member, Model, Operation, Paginator, Protocol,
    Service, Shape, Structure, TimestampFormat,
};
pub use recognise::decode_request;

/// A value of a shape, in JSON.
pub type Value = serde_json::Value;

type Object = serde_json::Map<String, Value>;

/// An HTTP request, as far as AWS protocols care.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Request {
    /// The verb.
    pub method: String,
    /// Path and query string, percent-encoded.
    pub uri: String,
    /// Headers, in any case of letters.
    pub headers: Vec<(String, String)>,
    /// The body.
    pub body: Vec<u8>,
}

impl Request {
    /// Finds a header, whatever the case of its letters.
    pub fn header(&self, name: &str) -> Option<&str> {
        header(&self.headers, name)
    }
}

/// An HTTP response, as far as AWS protocols care.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Response {
    /// The status.
    pub status: u16,
    /// Headers, in any case of letters.
    pub headers: Vec<(String, String)>,
    /// The body.
    pub body: Vec<u8>,
}

impl Response {
    /// Finds a header, whatever the case of its letters.
    pub fn header(&self, name: &str) -> Option<&str> {
        header(&self.headers, name)
    }
}

fn header<'h>(headers: &'h [(String, String)], name: &str) -> Option<&'h str> {
    let found = headers.iter().find(|(key, _)| key.eq_ignore_ascii_case(name));
    found.map(|(_, value)| value.as_str())
}

/// An error that AWS answers.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Fault {
    /// The code, such as `DBInstanceNotFound`; shape names are taken too.
    pub code: String,
    /// What went wrong, for people.
    pub message: String,
    /// The HTTP status.
    pub status: u16,
    /// Further members of the error, an object or null.
    pub fields: Value,
    /// Whether the sender is to blame.
    pub sender: bool,
}

/// What a request asks for.
#[derive(Clone, Debug)]
pub struct Decoded<'m> {
    /// The operation.
    pub operation: Operation<'m>,
    /// The protocol it came by; the answer goes by the same.
    pub protocol: Protocol,
    /// The input, an object.
    pub input: Value,
    /// Paths of members in the request that the shape does not know.
    pub unknown: Vec<String>,
}

/// Why a request could not be understood.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("{reason} ({service}:{})", operation.as_deref().unwrap_or("?"))]
pub struct Unrecognised {
    /// The service it was sent to.
    pub service: String,
    /// The operation it names, if it does.
    pub operation: Option<String>,
    /// The protocol it seems to speak, for the answer.
    pub protocol: Protocol,
    /// What is wrong.
    pub reason: Reason,
}

/// What is wrong with a request.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum Reason {
    /// The service is not among the models.
    #[error("this service is not modeled")]
    Service,
    /// The operation is not among the models.
    #[error("this operation is not modeled")]
    Operation,
    /// The input does not fit the operation.
    #[error("malformed input: {0}")]
    Input(Misfit),
}

/// A value or a text that does not fit its shape: where, and why.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Misfit {
    /// Where, such as `DBInstances[3].InstanceCreateTime`; empty for the
    /// whole.
    pub path: String,
    /// Why.
    pub why: String,
}

impl Error for Misfit {}

impl fmt::Display for Misfit {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        if self.path.is_empty() {
            f.write_str(&self.why)
        } else {
            write!(f, "{}: {}", self.path, self.why)
        }
    }
}

impl Misfit {
    fn new(why: impl Into<String>) -> Self {
        Self { path: String::new(), why: why.into() }
    }

    fn expected(noun: &str, found: &Value) -> Self {
        let mut text = found.to_string();
        if let Some((end, _)) = text.char_indices().nth(40) {
            text.truncate(end);
            text.push_str("...");
        }
        Self::new(format!("expected {noun}, found {text}"))
    }

    fn unknown(name: &str) -> Self {
        Self::new("the shape has no such member").within(name)
    }

    fn within(mut self, name: &str) -> Self {
        let dot = !self.path.is_empty() && !self.path.starts_with('[');
        self.path.insert_str(0, if dot { "." } else { "" });
        self.path.insert_str(0, name);
        self
    }

    fn at(self, index: usize) -> Self {
        self.within(&format!("[{index}]"))
    }
}

/// An answer that is not of the protocol, such as a proxy's HTML page.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("HTTP {status} with an answer that cannot be read: {why}")]
pub struct Garbled {
    /// The HTTP status.
    pub status: u16,
    /// What is wrong with it.
    pub why: Misfit,
}

/// Notes members that a shape does not know while a value is read.
#[derive(Debug, Default)]
struct Unknown {
    prefix: String,
    found: Vec<String>,
}

impl Unknown {
    fn note(&mut self, name: &str) {
        let dot = if self.prefix.is_empty() { "" } else { "." };
        self.found.push(format!("{}{dot}{name}", self.prefix));
    }

    /// Reads what is below a name.
    fn below<T>(
        &mut self,
        name: &str,
        read: impl FnOnce(&mut Self) -> Result<T, Misfit>,
    ) -> Result<T, Misfit> {
        let length = self.prefix.len();
        if length > 0 && !name.starts_with('[') {
            self.prefix.push('.');
        }
        self.prefix.push_str(name);
        let result = read(self);
        self.prefix.truncate(length);
        result.map_err(|misfit| misfit.within(name))
    }
}

/// Writes an answer.
///
/// An output that does not fit its shape becomes an `InternalFailure` with
/// status 500 that says where: a server's mistake must not look like an
/// answer of AWS.
pub fn encode_response(
    op: &Operation<'_>,
    protocol: Protocol,
    output: &Value,
    request_id: &str,
) -> Response {
    let encoded = match protocol {
        Protocol::RestJson1 => rest_json::encode_response(op, output),
        Protocol::RestXml => rest_xml::encode_response(op, output),
        Protocol::AwsQuery => query::encode_response(op, output, request_id),
        Protocol::Ec2Query => query::encode_ec2(op, output, request_id),
        Protocol::AwsJson10 | Protocol::AwsJson11 => {
            aws_json::encode_response(op, protocol, output)
        }
        Protocol::RpcV2Cbor => cbor::encode_response(op, output),
    };
    match encoded {
        Ok(mut response) => {
            response.headers.push(request_id_header(request_id));
            response
        }
        Err(misfit) => {
            let fault = Fault {
                code: "InternalFailure".to_owned(),
                message: format!("{} answers {misfit}", op.name()),
                status: 500,
                ..Fault::default()
            };
            encode_fault(Some(op), protocol, &fault, request_id)
        }
    }
}

/// Writes an error.
///
/// A `status` of 0 becomes what the model says, or else 400 or 500 by
/// `sender`. Fields that the error's shape does not know are left out.
pub fn encode_fault(
    op: Option<&Operation<'_>>,
    protocol: Protocol,
    fault: &Fault,
    request_id: &str,
) -> Response {
    let shape = op.and_then(|op| op.error(&fault.code));
    let service = op.map(Operation::service_model);
    let written = Written { service, shape, fault, request_id };
    let mut response = match protocol {
        Protocol::RestJson1 => rest_json::encode_fault(&written),
        Protocol::RestXml | Protocol::AwsQuery => {
            query::encode_fault(&written)
        }
        Protocol::Ec2Query => query::encode_ec2_fault(&written),
        Protocol::AwsJson10 | Protocol::AwsJson11 => {
            aws_json::encode_fault(&written, protocol)
        }
        Protocol::RpcV2Cbor => cbor::encode_fault(&written),
    };
    response.status = written.status();
    response.headers.push(request_id_header(request_id));
    response
}

fn request_id_header(id: &str) -> (String, String) {
    ("x-amzn-RequestId".to_owned(), id.to_owned())
}

/// A fault about to be written, with what the model says of it.
struct Written<'w> {
    service: Option<&'w Service>,
    shape: Option<&'w Shape>,
    fault: &'w Fault,
    request_id: &'w str,
}

impl Written<'_> {
    fn status(&self) -> u16 {
        let modeled = self.shape.and_then(|shape| shape.error.as_ref());
        match (self.fault.status, modeled) {
            (0, Some(modeled)) => modeled.status,
            (0, None) => [500, 400][usize::from(self.fault.sender)],
            (status, _) => status,
        }
    }

    /// The name that JSON, CBOR and REST protocols use.
    fn shape_name(&self) -> &str {
        self.shape.map_or(&self.fault.code, |shape| &shape.name)
    }

    /// The code that query protocols use.
    fn query_code(&self) -> &str {
        let modeled = self.shape.and_then(|shape| shape.error.as_ref());
        modeled.map_or(&self.fault.code, |error| &error.code)
    }

    fn side(&self) -> &'static str {
        if self.fault.sender { "Sender" } else { "Receiver" }
    }

    /// Former query services name their old code beside the new one.
    fn query_error(&self) -> Option<(String, String)> {
        self.service.filter(|service| service.query_compatible)?;
        let value = format!("{};{}", self.query_code(), self.side());
        Some(("x-amzn-query-error".to_owned(), value))
    }

    /// The fields that the shape knows, message included, by member.
    fn members(&self) -> Vec<(&Member, Value)> {
        let structure = self.shape.and_then(Shape::structure);
        let members = structure.map_or(&[][..], |s| &s.members);
        let value = |member: &Member| {
            if member.name.eq_ignore_ascii_case("message") {
                return Some(Value::from(self.fault.message.as_str()));
            }
            let field = self.fault.fields.get(&member.name)?;
            (!field.is_null()).then(|| field.clone())
        };
        let named = members.iter().filter_map(|m| Some((m, value(m)?)));
        named.collect()
    }
}

/// Writes a request.
///
/// Credentials, host and signature are the caller's; so is a value for
/// [`Operation::idempotency_token`].
pub fn encode_request(
    op: &Operation<'_>,
    protocol: Protocol,
    input: &Value,
) -> Result<Request, Misfit> {
    match protocol {
        Protocol::RestJson1 => rest_json::encode_request(op, input),
        Protocol::RestXml => rest_xml::encode_request(op, input),
        Protocol::AwsQuery | Protocol::Ec2Query => {
            query::encode_request(op, protocol, input)
        }
        Protocol::AwsJson10 | Protocol::AwsJson11 => {
            aws_json::encode_request(op, protocol, input)
        }
        Protocol::RpcV2Cbor => cbor::encode_request(op, input),
    }
}

/// Reads an answer: the output, or the error that AWS answered.
pub fn decode_response(
    op: &Operation<'_>,
    protocol: Protocol,
    response: &Response,
) -> Result<Result<Value, Fault>, Garbled> {
    let failed = response.status >= 300;
    let read = if failed {
        let fault = match protocol {
            Protocol::RestJson1
            | Protocol::AwsJson10
            | Protocol::AwsJson11 => json::decode_fault(op, response),
            Protocol::RestXml | Protocol::AwsQuery | Protocol::Ec2Query => {
                query::decode_fault(op, response)
            }
            Protocol::RpcV2Cbor => cbor::decode_fault(op, response),
        };
        fault.map(Err)
    } else {
        let output = match protocol {
            Protocol::RestJson1 => {
                rest_body::decode_response(op, response, &rest_json::FORMAT)
            }
            Protocol::RestXml => {
                rest_body::decode_response(op, response, &rest_xml::FORMAT)
            }
            Protocol::AwsQuery => query::decode_response(op, response),
            Protocol::Ec2Query => query::decode_ec2(op, response),
            Protocol::AwsJson10 | Protocol::AwsJson11 => {
                aws_json::decode_response(op, response)
            }
            Protocol::RpcV2Cbor => cbor::decode_response(op, response),
        };
        output.map(Ok)
    };
    read.map_err(|why| Garbled { status: response.status, why })
}
