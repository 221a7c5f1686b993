//! Stands between the console and AWS and looks, at the moment a change
//! arrives, whether its intent would outlive a power cut.

use std::sync::{Arc, Mutex};

use aws_smithy_runtime_api::client::http::{
    HttpClient, HttpConnector, HttpConnectorFuture, HttpConnectorSettings,
    SharedHttpClient, SharedHttpConnector,
};
use aws_smithy_runtime_api::client::orchestrator::HttpRequest;
use aws_smithy_runtime_api::client::runtime_components::RuntimeComponents;
use lifeboat::journal::disk::MemoryDisk;

use super::{CHANGES, entries, intents};

/// What changes were sent, and which of them without a durable intent.
#[derive(Clone, Debug, Default)]
pub struct Seen(Arc<Mutex<Vec<(&'static str, bool)>>>);

impl Seen {
    /// How often a change was sent, reached AWS or not.
    pub fn sent(&self, change: &str) -> usize {
        let seen = self.0.lock().unwrap();
        seen.iter().filter(|(sent, _)| *sent == change).count()
    }

    /// The changes that were sent before their intent was durable.
    pub fn unrecorded(&self) -> Vec<&'static str> {
        let seen = self.0.lock().unwrap();
        seen.iter()
            .filter(|(_, recorded)| !recorded)
            .map(|(sent, _)| *sent)
            .collect()
    }
}

/// The way to AWS, watched.
#[derive(Debug)]
pub struct Watched<Way> {
    pub way: Way,
    pub disk: MemoryDisk,
    pub seen: Seen,
}

/// Watches a way to AWS.
pub fn watched(
    way: SharedHttpClient,
    disk: MemoryDisk,
    seen: Seen,
) -> SharedHttpClient {
    SharedHttpClient::new(Watched { way, disk, seen })
}

impl HttpClient for Watched<SharedHttpClient> {
    fn http_connector(
        &self,
        settings: &HttpConnectorSettings,
        components: &RuntimeComponents,
    ) -> SharedHttpConnector {
        SharedHttpConnector::new(Watched {
            way: self.way.http_connector(settings, components),
            disk: self.disk.clone(),
            seen: self.seen.clone(),
        })
    }
}

impl HttpConnector for Watched<SharedHttpConnector> {
    fn call(&self, request: HttpRequest) -> HttpConnectorFuture {
        if let Some(change) = change(&request) {
            // The power cut is that of a copy: the program lives on.
            let left = entries(&self.disk.snapshot().crash());
            let mut seen = self.seen.0.lock().unwrap();
            let before =
                seen.iter().filter(|(sent, _)| *sent == change).count();
            seen.push((change, intents(&left, change) > before));
        }
        self.way.call(request)
    }
}

/// The change that a request asks for, if it asks for one.
fn change(request: &HttpRequest) -> Option<&'static str> {
    let body = request.body().bytes().unwrap_or_default();
    let body = String::from_utf8_lossy(body);
    CHANGES.into_iter().find(|change| {
        body.contains(&format!("Action={change}"))
            || body.contains(&format!("<{change}Request"))
    })
}
