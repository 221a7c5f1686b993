//! The examples of botocore, and an AWS that answers with one of them.

use std::collections::BTreeSet;
use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;

use aws_smithy_runtime_api::client::http::{
    HttpConnector, HttpConnectorFuture, SharedHttpConnector, http_client_fn,
};
use aws_smithy_runtime_api::client::orchestrator::{
    HttpRequest, HttpResponse,
};
use aws_smithy_types::body::SdkBody;
use jiff::Timestamp;
use lifeboat::aws::SERVICES;
use lifeboat::aws::poll::look_once;
use lifeboat::aws::session::{Access, AccountSpec, Session, SessionSpec};
use lifeboat::estate::ids::{Account, Region};
use lifeboat::estate::part::automation::Names;
use lifeboat::estate::{Found, Source, What};
use lifeboat::rates::Budgets;
use lifeboat::wire::{
    Kind, Member, Model, Request, Service, decode_request, encode_response,
};
use serde_json::{Map, Value, json};

/// One example: whose, of what, and the answer in official members.
#[derive(Clone, Debug)]
pub(crate) struct Example {
    pub(crate) service: &'static str,
    pub(crate) operation: &'static str,
    pub(crate) output: Value,
}

/// The examples with an answer of every operation that is read.
pub(crate) fn examples(python: &Path) -> Vec<Example> {
    let data = botocore(python);
    let reads = SERVICES.iter().flat_map(|row| row.reads);
    let reads: BTreeSet<_> = reads.copied().collect();
    let all = reads.into_iter().flat_map(|read| {
        let (service, operation) = read.split_once(':').expect("a colon");
        let service = match service {
            "cloudwatch" => "monitoring",
            other => other,
        };
        let printed = printed(&data, service, operation).into_iter();
        printed.map(move |output| Example {
            service,
            operation,
            output: fitted(service, operation, &output),
        })
    });
    all.collect()
}

fn botocore(python: &Path) -> PathBuf {
    let tell = "import botocore; print(botocore.__path__[0])";
    let told = Command::new(python).args(["-c", tell]).output().unwrap();
    let told = String::from_utf8(told.stdout).unwrap();
    Path::new(told.trim()).join("data")
}

fn printed(data: &Path, service: &str, operation: &str) -> Vec<Value> {
    let folder = match service {
        "elasticfilesystem" => "efs",
        "monitoring" => "cloudwatch",
        "states" => "stepfunctions",
        "tagging" => "resourcegroupstaggingapi",
        other => other,
    };
    let Ok(versions) = fs::read_dir(data.join(folder)) else {
        return Vec::new();
    };
    let newest = versions.map(|entry| entry.unwrap().path()).max().unwrap();
    let Ok(text) = fs::read_to_string(newest.join("examples-1.json")) else {
        return Vec::new();
    };
    let all: Value = serde_json::from_str(&text).unwrap();
    let all = all["examples"][operation].as_array().cloned();
    let outputs = all.unwrap_or_default().into_iter();
    outputs
        .filter_map(|example| example.get("output").cloned())
        .filter(|output| output.as_object().is_some_and(|o| !o.is_empty()))
        .collect()
}

/// An answer as values of its shape, without the members that the reduced
/// model leaves out: examples write times and numbers in many ways.
fn fitted(service: &str, operation: &str, output: &Value) -> Value {
    let of = Model::official().operation(service, operation).unwrap();
    fit(of.service_model(), of.output().unwrap(), output)
}

fn fit(service: &Service, member: &Member, value: &Value) -> Value {
    match (&service.shape(member).kind, value) {
        (Kind::Structure(structure), Value::Object(object)) => {
            let known = object.iter().filter_map(|(name, value)| {
                let member = structure.member(name)?;
                Some((name.clone(), fit(service, member, value)))
            });
            Value::Object(known.collect())
        }
        (Kind::List(element), Value::Array(all)) => {
            all.iter().map(|value| fit(service, element, value)).collect()
        }
        (Kind::Map(_, element), Value::Object(object)) => {
            let all = object.iter();
            let all = all.map(|(k, v)| (k.clone(), fit(service, element, v)));
            Value::Object(all.collect())
        }
        (Kind::Timestamp, value) => Value::from(moment(value).to_string()),
        (Kind::Integer | Kind::Long, Value::String(text)) => {
            Value::from(text.parse::<i64>().unwrap())
        }
        (_, value) => value.clone(),
    }
}

/// A time as the examples write it.
fn moment(value: &Value) -> Timestamp {
    let text = match value {
        Value::String(text) => text.clone(),
        other => other.to_string(),
    };
    if let Ok(seconds) = text.parse::<f64>() {
        #[expect(clippy::cast_possible_truncation, reason = "of our times")]
        let millis = (seconds * 1000.0).round() as i64;
        return Timestamp::from_millisecond(millis).unwrap();
    }
    text.parse().unwrap_or_else(|error| panic!("{text}: {error}"))
}

/// A value at a path of members and places with dots between; the whole for
/// none.
pub(crate) fn at<'v>(value: &'v Value, path: &str) -> Option<&'v Value> {
    let mut names = path.split('.').filter(|name| !name.is_empty());
    names.try_fold(value, |value, name| match value {
        Value::Array(all) => all.get(name.parse::<usize>().ok()?),
        value => value.get(name),
    })
}

/// The same without empty members: on some wires they are nothing.
pub(crate) fn without_nothing(value: &Value) -> Value {
    let nothing = |value: &Value| match value {
        Value::Null => true,
        Value::String(text) => text.is_empty(),
        Value::Array(all) => all.is_empty(),
        Value::Object(all) => all.is_empty(),
        _ => false,
    };
    match value {
        Value::Object(all) => {
            let all = all.iter().map(|(k, v)| (k.clone(), without_nothing(v)));
            Value::Object(
                all.filter(|(_, v)| !nothing(v)).collect::<Map<_, _>>(),
            )
        }
        Value::Array(all) => all.iter().map(without_nothing).collect(),
        value => value.clone(),
    }
}

/// What the reader makes of an example.
pub(crate) async fn look(example: &Example, what: What) -> Found {
    let account = Account::new("123456789012");
    let region = Region::new("us-west-2");
    let source = Source::aws(&account, &region, what);
    let out = SharedHttpConnector::new(Answers(example.clone()));
    let session = Session::new(SessionSpec {
        accounts: vec![AccountSpec {
            name: "one".into(),
            id: Some(account),
            environment: "TEST".into(),
            read: Access::default(),
            operate: None,
            break_glass: None,
        }],
        regions: vec![region],
        endpoint_url: Some("http://printed.invalid".into()),
        http_client: Some(http_client_fn(move |_, _| out.clone())),
        time_source: None,
        sleep: None,
        simulated: true,
        app_name: "test".into(),
        user: "ann".into(),
        automation: Names::default(),
        budgets: Budgets::unlimited(),
    });
    let seen = look_once(&session, &source).await;
    seen.found.unwrap_or_else(|failure| panic!("{source}: {failure}"))
}

/// Answers one operation with its example, and the others with what leads
/// to it, or nothing.
#[derive(Debug)]
struct Answers(Example);

impl HttpConnector for Answers {
    fn call(&self, request: HttpRequest) -> HttpConnectorFuture {
        let headers: Vec<(String, String)> = request
            .headers()
            .iter()
            .map(|(name, value)| (name.to_owned(), value.to_owned()))
            .collect();
        let signed = request.headers().get("authorization").expect("signed");
        let scope = signed.split("Credential=").nth(1).expect("a scope");
        let service = scope.split('/').nth(3).expect("a service").to_owned();
        let uri = request.uri();
        let path = uri.split_once("://").map_or(uri, |(_, rest)| rest);
        let path = path.find(['/', '?']).map_or("/", |from| &path[from..]);
        let request = Request {
            method: request.method().to_owned(),
            uri: path.to_owned(),
            headers,
            body: request.body().bytes().unwrap_or_default().to_vec(),
        };
        let decoded = decode_request(Model::official(), &service, &request);
        let decoded = decoded.unwrap_or_else(|error| panic!("{error:?}"));
        let output = self.output(decoded.operation.name());
        let sent = encode_response(
            &decoded.operation,
            decoded.protocol,
            &output,
            "6a8e0bb5",
        );
        let status = sent.status.try_into().expect("a status of HTTP");
        let mut response = HttpResponse::new(status, SdkBody::from(sent.body));
        for (name, value) in sent.headers {
            response.headers_mut().insert(name, value);
        }
        HttpConnectorFuture::ready(Ok(response))
    }
}

impl Answers {
    fn output(&self, operation: &str) -> Value {
        let Example { operation: own, output, .. } = &self.0;
        if operation == *own {
            return output.clone();
        }
        let text = |path| at(output, path).cloned().unwrap_or_default();
        match operation {
            "ListBuckets" if *own == "GetBucketLocation" => {
                json!({ "Buckets": [{ "Name": "one" }] })
            }
            "ListBuckets" => json!({ "Buckets":
                [{ "Name": "one", "BucketRegion": "us-west-2" }] }),
            "ListTables" => json!({ "TableNames": [text("Table.TableName")] }),
            "ListClusters" => json!({ "clusterArns": ["cluster/one"] }),
            "ListServices" => json!({ "serviceArns": ["service/one"] }),
            "ListKeys" => json!({ "Keys": [
                { "KeyArn": text("KeyMetadata.Arn"), "KeyId": "one" }] }),
            "ListFunctions" => json!({ "Functions": [{
                "FunctionName": text("FunctionName"),
                "FunctionArn": text("FunctionArn") }] }),
            "GetResources" => json!({ "ResourceTagMappingList":
                arns(output).into_iter()
                    .map(|arn| json!({ "ResourceARN": arn }))
                    .collect::<Vec<_>>() }),
            _ => json!({}),
        }
    }
}

/// The ARNs of functions anywhere in an answer.
fn arns(value: &Value) -> Vec<String> {
    match value {
        Value::String(text) if text.contains(":function:") => {
            vec![text.clone()]
        }
        Value::Array(all) => all.iter().flat_map(arns).collect(),
        Value::Object(all) => all.values().flat_map(arns).collect(),
        _ => Vec::new(),
    }
}
