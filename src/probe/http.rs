//! HTTP GET, as a user of the service would send it.

use std::error::Error;
use std::fmt;
use std::iter::successors;
use std::net::SocketAddr;
use std::sync::Mutex;
use std::time::Duration;

use aws_smithy_async::rt::sleep::TokioSleep;
use aws_smithy_runtime::client::orchestrator::operation::Operation;
use aws_smithy_runtime_api::client::http::SharedHttpClient;
use aws_smithy_runtime_api::client::interceptors::context::{
    Error as Any, Output,
};
use aws_smithy_runtime_api::client::orchestrator::{
    HttpRequest, HttpResponse, OrchestratorError,
};
use aws_smithy_runtime_api::client::result::SdkError;
use aws_smithy_runtime_api::client::ser_de::DeserializeResponse;
use aws_smithy_types::body::SdkBody;
use aws_smithy_types::byte_stream::ByteStream;
use aws_smithy_types::config_bag::ConfigBag;
use aws_smithy_types::timeout::TimeoutConfig;
use tokio::time::timeout;

use super::{Hosts, LIMIT};
use crate::estate::resource::HttpAnswer;
use crate::failure::{Failure, FailureKind, cleaned};

/// The most bytes of a body that are read; the rest is left unread.
const MOST_BYTES: usize = 4096;
/// Characters of the body that are kept.
const KEPT: usize = 200;

/// Fetches a URL, without following redirects, in at most 3 s. Any status is
/// an answer; a failure means that no answer came.
///
/// What is asked of a host in `hosts` goes to the address given there, with
/// the host's own name in the request. That is for `http://` alone: over TLS
/// an answer from elsewhere would not be known for what it is.
pub async fn get(
    client: &SharedHttpClient,
    url: &str,
    hosts: &Hosts,
) -> Result<HttpAnswer, Failure> {
    let via = hosts.get(&host(url)).copied();
    let doing = match via {
        Some(via) => format!("fetch {} via {via}", cleaned(url)),
        None => format!("fetch {}", cleaned(url)),
    };
    if !(url.starts_with("https://") || url.starts_with("http://")) {
        return Err(Failure::new(doing, FailureKind::Other)
            .because("only http:// and https:// are fetched"));
    }
    if via.is_some() && url.starts_with("https://") {
        return Err(Failure::new(doing, FailureKind::Other).because(
            "the config sends this host elsewhere, which is for http:// alone",
        ));
    }
    match timeout(LIMIT, fetched(client, url, via)).await {
        Ok(Ok(answer)) => Ok(answer),
        Ok(Err(error)) => Err(failed(doing, &error)),
        Err(_) => Err(Failure::new(doing, FailureKind::TimedOut)
            .because(format!("no answer within {} s", LIMIT.as_secs()))),
    }
}

async fn fetched(
    client: &SharedHttpClient,
    url: &str,
    via: Option<SocketAddr>,
) -> Result<HttpAnswer, SdkError<Never, HttpResponse>> {
    let timeouts = TimeoutConfig::builder()
        .connect_timeout(Duration::from_millis(1500))
        .read_timeout(LIMIT)
        .build();
    let origin = via
        .map_or_else(|| origin(url).to_owned(), |via| format!("http://{via}"));
    let named = via.map(|_| authority(url).to_owned());
    let head = Operation::builder()
        .service_name("probe")
        .operation_name("get")
        .http_client(client.clone())
        .sleep_impl(TokioSleep::new())
        .timeout_config(timeouts)
        .endpoint_url(&origin)
        .no_auth()
        .no_retry()
        .serializer(move |url: String| {
            let mut request = HttpRequest::new(SdkBody::empty());
            let path = path(&url);
            let root = if path.starts_with('/') { "" } else { "/" };
            request.set_uri(format!("{root}{path}"))?;
            let agent = concat!("lifeboat/", env!("CARGO_PKG_VERSION"));
            request.headers_mut().insert("user-agent", agent);
            request.headers_mut().insert("accept", "*/*");
            if let Some(named) = &named {
                request.headers_mut().insert("host", named.clone());
            }
            Ok(request)
        })
        .deserializer_impl::<Head, Never>(HeadFirst)
        .build()
        .invoke(url.to_owned())
        .await?;
    let body = head.body.into_inner().unwrap_or_else(|_| SdkBody::empty());
    let start = start(body).await;
    let via = via.map(|via| via.to_string());
    Ok(HttpAnswer { status: head.status, start, via })
}

/// `https://host:port` of a URL.
fn origin(url: &str) -> &str {
    &url[..url.len() - path(url).len()]
}

/// The host and port of a URL as the request names them, without a user.
fn authority(url: &str) -> &str {
    let origin = origin(url);
    let rest = origin.find("://").map_or(origin, |at| &origin[at + 3..]);
    rest.rsplit_once('@').map_or(rest, |(_, host)| host)
}

/// The host of a URL, as [`Hosts`] spells it.
fn host(url: &str) -> String {
    let host = authority(url);
    let host = match host.rsplit_once(':') {
        Some((name, port)) if port.bytes().all(|b| b.is_ascii_digit()) => name,
        Some(_) | None => host,
    };
    host.trim_end_matches('.').to_ascii_lowercase()
}

/// What follows the host: a path with its query, perhaps nothing.
fn path(url: &str) -> &str {
    let host = url.find("://").map_or(0, |at| at + 3);
    let path = url[host..].find(['/', '?', '#']);
    path.map_or("", |at| &url[host + at..])
}

/// The first characters of a body. One that breaks off has still begun.
async fn start(body: SdkBody) -> String {
    let mut stream = ByteStream::new(body);
    let mut bytes = Vec::new();
    while bytes.len() < MOST_BYTES {
        match stream.next().await {
            Some(Ok(more)) => bytes.extend_from_slice(&more),
            Some(Err(_)) | None => break,
        }
    }
    bytes.truncate(MOST_BYTES);
    cleaned(&String::from_utf8_lossy(&bytes)).chars().take(KEPT).collect()
}

/// The status of an answer whose body has not been read yet.
#[derive(Debug)]
struct Head {
    status: u16,
    body: Mutex<SdkBody>,
}

/// Hands the body on unread: the orchestrator would read all of it.
#[derive(Debug)]
struct HeadFirst;

impl DeserializeResponse for HeadFirst {
    fn deserialize_streaming_with_config(
        &self,
        response: &mut HttpResponse,
        _: &ConfigBag,
    ) -> Option<Result<Output, OrchestratorError<Any>>> {
        let status = response.status().as_u16();
        let body = Mutex::new(response.take_body());
        Some(Ok(Output::erase(Head { status, body })))
    }

    fn deserialize_nonstreaming_with_config(
        &self,
        _: &HttpResponse,
        _: &ConfigBag,
    ) -> Result<Output, OrchestratorError<Any>> {
        Err(OrchestratorError::other("every answer is streamed"))
    }
}

/// No status is an error of the operation.
#[derive(Debug)]
enum Never {}

impl fmt::Display for Never {
    fn fmt(&self, _: &mut fmt::Formatter<'_>) -> fmt::Result {
        match *self {}
    }
}

impl Error for Never {}

fn failed(doing: String, error: &SdkError<Never, HttpResponse>) -> Failure {
    let kind = match error {
        SdkError::TimeoutError(_) => FailureKind::TimedOut,
        SdkError::DispatchFailure(failure)
            if failure.is_timeout() && !connecting(error) =>
        {
            FailureKind::TimedOut
        }
        SdkError::ConstructionFailure(_) => FailureKind::Other,
        _ => FailureKind::Unreachable,
    };
    let mut failure = Failure::new(doing, kind);
    for cause in chain(error).skip(1) {
        let text = cleaned(&cause.to_string());
        if failure.causes.last() != Some(&text) {
            failure.causes.push(text);
        }
    }
    failure
}

fn connecting(error: &(dyn Error + 'static)) -> bool {
    chain(error).any(|cause| cause.to_string().contains("connect timeout"))
}

fn chain<'a>(
    error: &'a (dyn Error + 'static),
) -> impl Iterator<Item = &'a (dyn Error + 'static)> {
    successors(Some(error), |error| (**error).source())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_url_is_split_where_its_path_begins() {
        let split = |url| (origin(url), path(url));
        assert_eq!(split("https://a.b/c?d=/e"), ("https://a.b", "/c?d=/e"));
        assert_eq!(split("http://a.b:81"), ("http://a.b:81", ""));
        assert_eq!(split("http://a.b?c"), ("http://a.b", "?c"));
    }

    #[test]
    fn a_host_is_known_whatever_its_case_port_or_user() {
        for url in [
            "http://app.example",
            "http://App.Example./x@y:1",
            "http://app.example:8080/health",
            "http://ann:secret@app.example:8080?a",
        ] {
            assert_eq!(host(url), "app.example", "{url}");
        }
        assert_eq!(authority("http://a@app.example:81/x"), "app.example:81");
        assert_eq!(host("http://[::1]:80/"), "[::1]");
    }
}
