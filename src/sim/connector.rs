//! The simulated AWS as the SDK's HTTP client: no socket, real timeouts.
//!
//! Latency and the connect and read timeouts are spent on the SDK's own sleep
//! and end in the SDK's own `ConnectorError`, so that what is retried here is
//! what would be retried against AWS.

use std::future::pending;
use std::time::Duration;

use aws_smithy_async::rt::sleep::{AsyncSleep, SharedAsyncSleep, TokioSleep};
use aws_smithy_runtime_api::client::http::{
    HttpClient, HttpConnector, HttpConnectorFuture, HttpConnectorSettings,
    SharedHttpConnector,
};
use aws_smithy_runtime_api::client::orchestrator::{
    HttpRequest, HttpResponse,
};
use aws_smithy_runtime_api::client::result::ConnectorError;
use aws_smithy_runtime_api::client::runtime_components::RuntimeComponents;
use aws_smithy_types::body::SdkBody;

use super::{Answer, End, Sim};
use crate::wire::{Request, Response};

/// How long the kernel tries to connect where nobody set a limit: Linux's
/// default of 6 SYN retries.
const KERNEL_CONNECT: Duration = Duration::from_secs(127);

#[derive(Debug)]
pub(super) struct SimClient(pub(super) Sim);

impl HttpClient for SimClient {
    fn http_connector(
        &self,
        settings: &HttpConnectorSettings,
        components: &RuntimeComponents,
    ) -> SharedHttpConnector {
        SharedHttpConnector::new(SimConnector {
            sim: self.0.clone(),
            connect: settings.connect_timeout(),
            read: settings.read_timeout(),
            sleep: components
                .sleep_impl()
                .unwrap_or_else(|| SharedAsyncSleep::new(TokioSleep::new())),
        })
    }
}

#[derive(Clone, Debug)]
pub(super) struct SimConnector {
    sim: Sim,
    connect: Option<Duration>,
    read: Option<Duration>,
    sleep: SharedAsyncSleep,
}

impl HttpConnector for SimConnector {
    fn call(&self, request: HttpRequest) -> HttpConnectorFuture {
        let connector = self.clone();
        HttpConnectorFuture::new(async move {
            let request = read(&request)?;
            connector.spend(connector.sim.answer(&request)).await
        })
    }
}

impl SimConnector {
    pub(super) fn new(sim: Sim, connect: Duration, read: Duration) -> Self {
        let sleep = SharedAsyncSleep::new(TokioSleep::new());
        Self { sim, connect: Some(connect), read: Some(read), sleep }
    }

    async fn spend(
        &self,
        answer: Answer,
    ) -> Result<HttpResponse, ConnectorError> {
        match answer.end {
            End::Unreachable => Err(self.never_connected().await),
            End::Unanswered => Err(self.never_answered().await),
            End::Nowhere(host) => Err(ConnectorError::io(
                format!("{host} is not a name of the simulated world").into(),
            )),
            _ if self.read.is_some_and(|limit| answer.delay >= limit) => {
                Err(self.never_answered().await)
            }
            End::Broken => {
                self.sleep.sleep(answer.delay).await;
                Err(ConnectorError::io(
                    "connection closed before the answer was complete".into(),
                ))
            }
            End::Response(response) => {
                if !answer.delay.is_zero() {
                    self.sleep.sleep(answer.delay).await;
                }
                write(response)
            }
        }
    }

    async fn never_connected(&self) -> ConnectorError {
        let limit = self.connect.unwrap_or(KERNEL_CONNECT);
        self.sleep.sleep(limit).await;
        timed_out("connect", limit)
    }

    async fn never_answered(&self) -> ConnectorError {
        let Some(limit) = self.read else { return pending().await };
        self.sleep.sleep(limit).await;
        timed_out("read", limit)
    }
}

fn timed_out(what: &str, limit: Duration) -> ConnectorError {
    ConnectorError::timeout(
        format!("HTTP {what} timeout occurred after {limit:?}").into(),
    )
}

/// The request as it would travel: the host in a header, the path alone.
fn read(request: &HttpRequest) -> Result<Request, ConnectorError> {
    let body = request.body().bytes().ok_or_else(|| {
        ConnectorError::user("streamed bodies are not simulated".into())
    })?;
    let uri = request.uri();
    let rest = uri.split_once("://").map_or(uri, |(_, rest)| rest);
    let (host, path) =
        rest.split_at(rest.find(['/', '?']).unwrap_or(rest.len()));
    let slash = if path.starts_with('/') { "" } else { "/" };
    let own = request
        .headers()
        .iter()
        .filter(|(name, _)| !name.eq_ignore_ascii_case("host"))
        .map(|(name, value)| (name.to_owned(), value.to_owned()));
    let host = [("host".to_owned(), host.to_owned())];
    Ok(Request {
        method: request.method().to_owned(),
        uri: format!("{slash}{path}"),
        headers: host.into_iter().chain(own).collect(),
        body: body.to_vec(),
    })
}

fn write(response: Response) -> Result<HttpResponse, ConnectorError> {
    let bad = |error| ConnectorError::other(error, None);
    let status =
        response.status.try_into().map_err(|e| bad(Box::new(e) as _))?;
    let mut out = HttpResponse::new(status, SdkBody::from(response.body));
    for (name, value) in response.headers {
        out.headers_mut()
            .try_insert(name, value)
            .map_err(|e| bad(Box::new(e) as _))?;
    }
    Ok(out)
}
