//! Stands between the console and AWS and looks, at the moment a change
//! arrives, whether its intent would outlive a power cut.

#![expect(
    dead_code,
    unreachable_pub,
    clippy::unwrap_used,
    reason = "a harness of tests, of which each binary uses a part"
)]

use std::sync::{Arc, Mutex};

use aws_smithy_runtime_api::client::http::{
    HttpClient, HttpConnector, HttpConnectorFuture, HttpConnectorSettings,
    SharedHttpClient, SharedHttpConnector,
};
use aws_smithy_runtime_api::client::orchestrator::HttpRequest;
use aws_smithy_runtime_api::client::runtime_components::RuntimeComponents;
use lifeboat::journal::disk::MemoryDisk;
use lifeboat::sim::Sim;

use crate::left::{entries, intents};

/// The changes that runbooks make.
const CHANGES: [&str; 4] = [
    "PromoteReadReplica",
    "FailoverGlobalCluster",
    "SwitchoverGlobalCluster",
    "ChangeResourceRecordSets",
];

/// What changes were sent, and which of them without a durable intent.
#[derive(Clone, Debug, Default)]
pub struct Seen(Arc<Mutex<Vec<(&'static str, bool)>>>);

impl Seen {
    /// What a life before this one sent.
    pub fn before(sim: &Sim) -> Seen {
        let received = sim.received().into_iter();
        let changes = received.filter_map(|one| {
            CHANGES.into_iter().find(|change| one.operation == *change)
        });
        let seen = changes.map(|change| (change, true)).collect();
        Seen(Arc::new(Mutex::new(seen)))
    }

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
