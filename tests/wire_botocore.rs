//! Our requests and answers against botocore's serializers and parsers.
//!
//! Client and simulator share `wire`, so they could share a mistake; botocore
//! shares nothing with either.

mod python;
mod shapes;

use std::io::Write as _;
use std::path::Path;
use std::process::{Command, Stdio};
use std::sync::OnceLock;
use std::thread;

use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use lifeboat::wire::{
    Fault, Model, Operation, Protocol, Request, Response, Value, check,
    check_fault, check_input, decode_request, decode_response, encode_fault,
    encode_request, encode_response,
};
use serde_json::{Map, json};

use shapes::Shapes;

const CBOR: &str = "smithy-rpc-v2-cbor";

/// Cases for each operation, protocol and direction.
const CASES: usize = 50;

struct Case {
    op: Operation<'static>,
    protocol: Protocol,
    what: What,
}

enum What {
    Request(Value, Request),
    Response(Value, Response),
    Fault(Fault, &'static str, Response),
}

#[test]
fn botocore_means_the_same_by_every_request_answer_and_error() {
    let Some(python) = python::python() else { return };
    let cases = cases();
    let lines: Vec<String> = cases.iter().map(Case::line).collect();
    let answers = ask(&python, lines);
    assert_eq!(answers.len(), cases.len());
    let mut wrong = Vec::new();
    for (case, answer) in cases.iter().zip(&answers) {
        if let Err(why) = case.compare(answer) {
            wrong.push(format!("{:?} {:?}: {why}", case.op, case.protocol));
        }
    }
    wrong.sort();
    wrong.dedup();
    let first: Vec<_> = wrong.iter().take(12).collect();
    let counts = (wrong.len(), cases.len());
    assert!(wrong.is_empty(), "{counts:?} differ:\n{first:#?}");
    assert!(cases.len() > 10_000, "only {} cases", cases.len());
}

/// Feeds all cases to one Python and collects its answers.
fn ask(python: &Path, lines: Vec<String>) -> Vec<Value> {
    let script =
        concat!(env!("CARGO_MANIFEST_DIR"), "/tests/python/wire_botocore.py");
    let mut child = Command::new(python)
        .arg(script)
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .spawn()
        .expect("the environment's Python starts");
    let mut stdin = child.stdin.take().expect("stdin is piped");
    let writer = thread::spawn(move || {
        for line in lines {
            writeln!(stdin, "{line}").expect("Python reads its cases");
        }
    });
    let done = child.wait_with_output().expect("Python ends");
    writer.join().expect("all cases were written");
    assert!(done.status.success());
    let text = String::from_utf8(done.stdout).expect("JSON is UTF-8");
    let answer = |line| serde_json::from_str(line).expect("a line is JSON");
    text.lines().map(answer).collect()
}

/// One made-up service for each protocol, with the traits that the official
/// services in use lack: flattened lists, attributes, payloads, headers.
fn made_up() -> &'static Model {
    static MADE_UP: OnceLock<Model> = OnceLock::new();
    MADE_UP.get_or_init(|| {
        let protocols =
            ["rest-json", "rest-xml", "query", "ec2", "json", CBOR];
        let texts = protocols.map(|protocol| {
            include_str!("shapes/made_up.json")
                .replace("\"made-up\"", &format!("\"made-up-{protocol}\""))
                .replace(
                    "\"protocols\": []",
                    &format!("\"protocols\": [\"{protocol}\"]"),
                )
        });
        let texts = texts.iter().map(String::as_str);
        Model::from_json(texts).expect("the made-up model is well-formed")
    })
}

fn cases() -> Vec<Case> {
    let mut out = Vec::new();
    let services = Model::official().services();
    for service in services.chain(made_up().services()) {
        for op in service.operations() {
            let made = service.signing_name.starts_with("made-up");
            for &protocol in op.protocols() {
                let form = matches!(
                    protocol,
                    Protocol::AwsQuery | Protocol::Ec2Query
                );
                let rest = matches!(
                    protocol,
                    Protocol::RestJson1 | Protocol::RestXml
                );
                // botocore's serializer and its parser disagree on the name
                // of a flattened list's elements in restXml
                if made && rest && op.name() == "ByName" {
                    continue;
                }
                let seed = format!("{op:?} {protocol:?}");
                let mut shapes = Shapes::new(service, &seed);
                shapes.has_headers = rest;
                for _ in 0..CASES {
                    shapes.speaks_forms = form || made;
                    out.push(Case::request(op, protocol, &mut shapes));
                    shapes.speaks_forms = made;
                    out.push(Case::response(op, protocol, &mut shapes));
                }
                for error in op.errors() {
                    let name = &error.name;
                    out.push(Case::fault(op, protocol, name, &mut shapes));
                }
            }
        }
    }
    out
}

impl Case {
    fn request(
        op: Operation<'static>,
        protocol: Protocol,
        shapes: &mut Shapes<'_>,
    ) -> Self {
        let input = op.input().map_or_else(|| json!({}), |m| shapes.value(m));
        assert_eq!(check_input(&op, &input), [], "{op:?} {input}");
        let request = encode_request(&op, protocol, &input)
            .unwrap_or_else(|misfit| panic!("{op:?}: {misfit} in {input}"));
        Self { op, protocol, what: What::Request(input, request) }
    }

    fn response(
        op: Operation<'static>,
        protocol: Protocol,
        shapes: &mut Shapes<'_>,
    ) -> Self {
        let output =
            op.output().map_or_else(|| json!({}), |m| shapes.value(m));
        assert_eq!(check(&op, &output), [], "{op:?} {output}");
        let response = encode_response(&op, protocol, &output, "id-1");
        Self { op, protocol, what: What::Response(output, response) }
    }

    fn fault(
        op: Operation<'static>,
        protocol: Protocol,
        name: &'static str,
        shapes: &mut Shapes<'_>,
    ) -> Self {
        let mut fault = op.fault(name, "it <went> wrong & on");
        fault.fields = shapes.fields(op.error(name).expect("it is modeled"));
        assert_eq!(check_fault(&op, &fault), []);
        let response = encode_fault(Some(&op), protocol, &fault, "id-1");
        Self { op, protocol, what: What::Fault(fault, name, response) }
    }

    fn line(&self) -> String {
        let mut line = json!({
            "service": self.op.service(),
            "operation": self.op.name(),
            "protocol": botocore_name(self.protocol),
        });
        let further = match &self.what {
            What::Request(input, request) => json!({
                "kind": "request",
                "input": input,
                "request": {
                    "method": request.method,
                    "uri": request.uri,
                    "headers": request.headers,
                    "body": STANDARD.encode(&request.body),
                },
            }),
            What::Response(_, response) => {
                json!({ "kind": "response", "response": sent(response) })
            }
            What::Fault(_, name, response) => json!({
                "kind": "fault",
                "shape": name,
                "response": sent(response),
            }),
        };
        let further = further.as_object().cloned().unwrap_or_default();
        line.as_object_mut().expect("an object").extend(further);
        line.to_string()
    }

    fn compare(&self, answer: &Value) -> Result<(), String> {
        if let Some(failed) = answer["failed"].as_str() {
            return Err(format!("botocore failed: {failed}"));
        }
        match &self.what {
            What::Request(input, _) => self.compare_request(input, answer),
            What::Response(output, response) => {
                same("botocore reads", output, &answer["output"])?;
                let ours = decode_response(&self.op, self.protocol, response);
                let ours = ours.map_err(|e| e.to_string())?;
                let ours = ours.map_err(|fault| format!("{fault:?}"))?;
                same("we read", output, &ours)?;
                self.compare_id(answer)
            }
            What::Fault(fault, name, response) => {
                self.compare_fault(fault, name, response, answer)
            }
        }
    }

    /// restXml carries the request id of an answer in a header that botocore
    /// reads; EC2 and query put it into the body.
    fn compare_id(&self, answer: &Value) -> Result<(), String> {
        if self.op.output().is_none() && self.protocol == Protocol::RpcV2Cbor {
            return Ok(());
        }
        same("request id", &json!("id-1"), &answer["request_id"])
    }

    fn compare_request(
        &self,
        input: &Value,
        answer: &Value,
    ) -> Result<(), String> {
        if answer["differs"] != json!([]) {
            return Err(format!("{:#}", answer["differs"]));
        }
        let theirs = &answer["request"];
        let text = |key: &str| theirs[key].as_str().unwrap_or("").to_owned();
        let headers = theirs["headers"].as_array().cloned();
        let header = |pair: &Value| {
            let part = |at: usize| pair[at].as_str().unwrap_or("").to_owned();
            (part(0), part(1))
        };
        let request = Request {
            method: text("method"),
            uri: text("uri"),
            headers: headers.unwrap_or_default().iter().map(header).collect(),
            body: STANDARD.decode(text("body")).map_err(|e| e.to_string())?,
        };
        let made = self.op.service().starts_with("made-up");
        let model = if made { made_up() } else { Model::official() };
        let decoded = decode_request(model, self.op.service(), &request)
            .map_err(|e| e.to_string())?;
        same(
            "operation",
            &json!(self.op.name()),
            &json!(decoded.operation.name()),
        )?;
        if decoded.protocol != self.protocol {
            return Err(format!("taken for {:?}", decoded.protocol));
        }
        if !decoded.unknown.is_empty() {
            return Err(format!("unknown: {:?}", decoded.unknown));
        }
        same("we read botocore's request", input, &decoded.input)
    }

    fn compare_fault(
        &self,
        fault: &Fault,
        name: &str,
        response: &Response,
        answer: &Value,
    ) -> Result<(), String> {
        let modeled = self.op.error(name).and_then(|s| s.error.as_ref());
        let modeled = modeled.ok_or("not modeled")?;
        let old = response.header("x-amzn-query-error").is_some();
        let by_code = match self.protocol {
            Protocol::AwsQuery | Protocol::Ec2Query | Protocol::RestXml => {
                true
            }
            _ => old,
        };
        let code = if by_code { modeled.code.as_str() } else { name };
        same("code", &json!(code), &answer["code"])?;
        same("message", &json!(fault.message), &answer["message"])?;
        if response.status != modeled.status {
            return Err(format!("status {}", response.status));
        }
        let mut fields = answer["fields"].clone();
        let read = fields.as_object_mut().ok_or("no fields")?;
        read.retain(|key, _| !key.eq_ignore_ascii_case("message"));
        let wanted = self.comparable(&fault.fields);
        same("fields", &wanted, &self.comparable(&fields))?;
        let ours = decode_response(&self.op, self.protocol, response);
        let ours = ours.map_err(|e| e.to_string())?;
        let ours = ours.err().ok_or("we read a success")?;
        same("our code", &json!(code), &json!(ours.code))?;
        same("our message", &json!(fault.message), &json!(ours.message))?;
        same("our fields", &wanted, &self.comparable(&ours.fields))?;
        if ours.sender != fault.sender {
            return Err("the other side is blamed".to_owned());
        }
        same("request id", &json!("id-1"), &answer["request_id"])
    }

    /// Errors in XML have a `Type` and a `Code` of their own, so that
    /// members with these names cannot be told from them.
    fn comparable(&self, fields: &Value) -> Value {
        let mut fields = fields.as_object().cloned().unwrap_or_else(Map::new);
        if matches!(self.protocol, Protocol::AwsQuery | Protocol::RestXml) {
            fields.retain(|key, _| key != "Type" && key != "Code");
        }
        Value::Object(fields)
    }
}

fn same(what: &str, wanted: &Value, found: &Value) -> Result<(), String> {
    match difference("", wanted, found) {
        None => Ok(()),
        Some(place) => Err(format!("{what}: {place}")),
    }
}

/// The first place where two values differ.
fn difference(path: &str, wanted: &Value, found: &Value) -> Option<String> {
    match (wanted, found) {
        (Value::Object(a), Value::Object(b)) if a.keys().eq(b.keys()) => a
            .iter()
            .zip(b.values())
            .find_map(|((k, a), b)| difference(&format!("{path}.{k}"), a, b)),
        (Value::Object(a), Value::Object(b)) => {
            let keys = |a: &Map<String, Value>, b: &Map<String, Value>| {
                let only = a.keys().filter(|key| !b.contains_key(*key));
                only.cloned().collect::<Vec<_>>()
            };
            let (missing, extra) = (keys(a, b), keys(b, a));
            Some(format!("{path}: missing {missing:?}, extra {extra:?}"))
        }
        (Value::Array(a), Value::Array(b)) if a.len() == b.len() => a
            .iter()
            .zip(b)
            .find_map(|(a, b)| difference(&format!("{path}[]"), a, b)),
        (a, b) if a == b => None,
        (a, b) => Some(format!("{path}: wanted {a}, found {b}")),
    }
}

fn sent(response: &Response) -> Value {
    json!({
        "status": response.status,
        "headers": response.headers,
        "body": STANDARD.encode(&response.body),
    })
}

fn botocore_name(protocol: Protocol) -> &'static str {
    match protocol {
        Protocol::RestJson1 => "rest-json",
        Protocol::RestXml => "rest-xml",
        Protocol::AwsQuery => "query",
        Protocol::Ec2Query => "ec2",
        Protocol::AwsJson10 | Protocol::AwsJson11 => "json",
        Protocol::RpcV2Cbor => CBOR,
    }
}
