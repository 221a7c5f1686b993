//! The way to AWS, watched: what of a change is durable when it leaves; and
//! ways that lack a defence.

use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Arc, Mutex, PoisonError};

use aws_smithy_runtime_api::client::http::{
    HttpClient, HttpConnector, HttpConnectorFuture, HttpConnectorSettings,
    SharedHttpClient, SharedHttpConnector,
};
use aws_smithy_runtime_api::client::orchestrator::HttpRequest;
use aws_smithy_runtime_api::client::runtime_components::RuntimeComponents;
use lifeboat::journal::disk::MemoryDisk;
use lifeboat::runbook::run::StepFact;
use tokio::sync::Semaphore;

use super::{Off, incident};
use crate::lives::life::desk::told;

/// The changes that the runbook makes.
pub const CHANGES: [&str; 2] =
    ["PromoteReadReplica", "ChangeResourceRecordSets"];

/// What stands between the console and AWS.
#[derive(Clone, Debug)]
pub struct Witness {
    disk: Arc<Mutex<MemoryDisk>>,
    seen: Arc<Mutex<Vec<Vec<StepFact>>>>,
    door: Arc<Semaphore>,
    under_way: Arc<AtomicUsize>,
    off: Option<Off>,
}

#[derive(Clone, Debug)]
struct Watched<Way> {
    way: Way,
    witness: Witness,
}

impl Witness {
    /// One that looks at this disk.
    pub fn new(disk: MemoryDisk, off: Option<Off>) -> Witness {
        Witness {
            disk: Arc::new(Mutex::new(disk)),
            seen: Arc::default(),
            door: Arc::new(Semaphore::new(1)),
            under_way: Arc::default(),
            off,
        }
    }

    /// Tells whether something was asked of AWS and is not answered yet.
    pub fn waiting(&self) -> impl Fn() -> bool + use<> {
        let under_way = Arc::clone(&self.under_way);
        move || under_way.load(Ordering::Relaxed) > 0
    }

    /// The next console's disk.
    pub fn lies_on(&self, disk: &MemoryDisk) {
        let mut own = self.disk.lock().unwrap_or_else(PoisonError::into_inner);
        *own = disk.clone();
    }

    /// What a power cut would have left of confirms and intents when each
    /// change left.
    pub fn arrivals(&self) -> Vec<Vec<StepFact>> {
        self.seen.lock().unwrap_or_else(PoisonError::into_inner).clone()
    }

    /// Watches a way.
    pub fn watched(&self, way: SharedHttpClient) -> SharedHttpClient {
        SharedHttpClient::new(Watched { way, witness: self.clone() })
    }

    fn leaves(&self) {
        let disk = self.disk.lock().unwrap_or_else(PoisonError::into_inner);
        let left = disk.snapshot().crash();
        let facts = incident(&left).map(|id| told(&left, &id, ""));
        let mut seen =
            self.seen.lock().unwrap_or_else(PoisonError::into_inner);
        seen.push(facts.unwrap_or_default());
    }
}

/// A request that is not answered yet.
struct UnderWay(Arc<AtomicUsize>);

impl UnderWay {
    fn of(witness: &Witness) -> UnderWay {
        witness.under_way.fetch_add(1, Ordering::Relaxed);
        UnderWay(Arc::clone(&witness.under_way))
    }
}

impl Drop for UnderWay {
    fn drop(&mut self) {
        self.0.fetch_sub(1, Ordering::Relaxed);
    }
}

impl HttpClient for Watched<SharedHttpClient> {
    fn http_connector(
        &self,
        settings: &HttpConnectorSettings,
        components: &RuntimeComponents,
    ) -> SharedHttpConnector {
        SharedHttpConnector::new(Watched {
            way: self.way.http_connector(settings, components),
            witness: self.witness.clone(),
        })
    }
}

impl HttpConnector for Watched<SharedHttpConnector> {
    fn call(&self, request: HttpRequest) -> HttpConnectorFuture {
        if !is_change(&request) {
            return self.ask(request);
        }
        self.witness.leaves();
        if self.witness.off == Some(Off::OneAttempt)
            && let Some(again) = request.try_clone()
        {
            let own = self.clone();
            return HttpConnectorFuture::new(async move {
                let first = own.way.call(request).await;
                let is_well = |status: u16| status < 400;
                if first.as_ref().is_ok_and(|r| is_well(r.status().as_u16())) {
                    return first;
                }
                own.witness.leaves();
                own.way.call(again).await
            });
        }
        self.way.call(request)
    }
}

impl Watched<SharedHttpConnector> {
    /// A question: with the others, or where a defence is off after them.
    fn ask(&self, request: HttpRequest) -> HttpConnectorFuture {
        let own = self.clone();
        match self.witness.off {
            Some(Off::Apart) => HttpConnectorFuture::new(async move {
                let door = Arc::clone(&own.witness.door);
                let _open = door.acquire().await.expect("it is never closed");
                own.way.call(request).await
            }),
            Some(Off::Beside) => HttpConnectorFuture::new(async move {
                let _one = UnderWay::of(&own.witness);
                own.way.call(request).await
            }),
            _ => self.way.call(request),
        }
    }
}

fn is_change(request: &HttpRequest) -> bool {
    let body = request.body().bytes().unwrap_or_default();
    let body = String::from_utf8_lossy(body);
    CHANGES.into_iter().any(|change| {
        body.contains(&format!("Action={change}"))
            || body.contains(&format!("<{change}Request"))
    })
}
