//! Answers of AWS as its API reference prints them, for tests.

use std::collections::BTreeMap;
use std::future::pending;
use std::sync::{Arc, Mutex};

use aws_smithy_runtime_api::client::http::{
    HttpConnector, HttpConnectorFuture, SharedHttpConnector, http_client_fn,
};
use aws_smithy_runtime_api::client::orchestrator::{
    HttpRequest, HttpResponse,
};
use aws_smithy_runtime_api::client::result::ConnectorError;
use aws_smithy_types::body::SdkBody;

use super::session::{Access, AccountSpec, Session, SessionSpec};
use crate::estate::ids::{Account, Region};
use crate::estate::part::automation::Names;
use crate::rates::Budgets;

/// The account of the session.
pub(super) const ACCOUNT: &str = "111122223333";

/// What comes back.
#[derive(Clone, Debug)]
enum Back {
    Answer(u16, &'static str),
    Broken(&'static str),
    Nothing,
}

/// Gives every request the same answer, and keeps what was sent.
#[derive(Clone, Debug)]
pub(super) struct Canned {
    back: Back,
    sent: Arc<Mutex<Vec<String>>>,
    heads: Arc<Mutex<Vec<BTreeMap<String, String>>>>,
}

impl Canned {
    /// Answers with a status and a body.
    pub(super) fn saying(status: u16, body: &'static str) -> Self {
        Self::giving(Back::Answer(status, body))
    }

    /// The connection fails with this text.
    pub(super) fn broken(cause: &'static str) -> Self {
        Self::giving(Back::Broken(cause))
    }

    /// Takes the request and never answers.
    pub(super) fn silent() -> Self {
        Self::giving(Back::Nothing)
    }

    fn giving(back: Back) -> Self {
        Canned { back, sent: Arc::default(), heads: Arc::default() }
    }

    /// The method, address and body of every request.
    pub(super) fn sent(&self) -> Vec<String> {
        self.sent.lock().unwrap().clone()
    }

    /// The headers of every request.
    pub(super) fn heads(&self) -> Vec<BTreeMap<String, String>> {
        self.heads.lock().unwrap().clone()
    }

    /// A session whose requests come here.
    pub(super) fn session(&self) -> Arc<Session> {
        let connector = SharedHttpConnector::new(self.clone());
        Session::new(SessionSpec {
            accounts: vec![AccountSpec {
                name: "one".into(),
                id: Some(Account::new(ACCOUNT)),
                environment: "TEST".into(),
                read: Access::default(),
                operate: None,
                break_glass: None,
            }],
            regions: vec![Region::new("eu-west-1")],
            endpoint_url: None,
            http_client: Some(http_client_fn(move |_, _| connector.clone())),
            time_source: None,
            sleep: None,
            simulated: true,
            app_name: "test".into(),
            user: "ann".into(),
            automation: Names::default(),
            budgets: Budgets::unlimited(),
        })
    }
}

impl HttpConnector for Canned {
    fn call(&self, request: HttpRequest) -> HttpConnectorFuture {
        let body = request.body().bytes().unwrap_or_default();
        self.sent.lock().unwrap().push(format!(
            "{} {} {}",
            request.method(),
            request.uri(),
            String::from_utf8_lossy(body)
        ));
        let heads = request.headers().iter();
        let heads = heads.map(|(k, v)| (k.to_owned(), v.to_owned()));
        self.heads.lock().unwrap().push(heads.collect());
        match self.back {
            Back::Answer(status, body) => {
                let status = status.try_into().expect("a status of HTTP");
                let mut response =
                    HttpResponse::new(status, SdkBody::from(body));
                response.headers_mut().insert("x-amzn-requestid", "6a8e0bb5");
                HttpConnectorFuture::ready(Ok(response))
            }
            Back::Broken(cause) => HttpConnectorFuture::ready(Err(
                ConnectorError::io(cause.into()),
            )),
            Back::Nothing => HttpConnectorFuture::new(pending()),
        }
    }
}
