//! One of four Regions takes connections and never answers, over real
//! sockets and on the real clock: the other three are on screen before
//! anything of it came back, and quitting waits for none of its calls.

#![expect(
    clippy::unwrap_used,
    reason = "a test sets a scene, and fails where it cannot"
)]

mod flow;

use std::collections::{BTreeMap, BTreeSet};
use std::io;
use std::net::SocketAddr;
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::Duration;

use aws_smithy_http_client::Builder;
use aws_smithy_runtime_api::client::http::{
    HttpClient, HttpConnector, HttpConnectorFuture, HttpConnectorSettings,
    SharedHttpClient, SharedHttpConnector,
};
use aws_smithy_runtime_api::client::orchestrator::HttpRequest;
use aws_smithy_runtime_api::client::runtime_components::RuntimeComponents;
use crossterm::event::{Event as Input, KeyCode, KeyEvent, KeyModifiers};
use futures_util::Stream;
use futures_util::stream::{iter, pending};
use jiff::SignedDuration;
use lifeboat::estate::ids::Region;
use lifeboat::estate::{Estate, Known, Source, What};
use lifeboat::journal::disk::MemoryDisk;
use lifeboat::shell::Console;
use lifeboat::shell::wiring::wire;
use lifeboat::sim::listen::{Listening, listen};
use lifeboat::sim::scenario::Scenario;
use lifeboat::sim::{Sim, SimClock};
use ratatui::Terminal;
use ratatui::backend::TestBackend;
use tokio::net::TcpListener;
use tokio::task::AbortHandle;
use tokio::time::Instant;

/// The Region that takes connections and answers nothing.
const SILENT: &str = "eu-west-1";

/// The others. What AWS homes in one Region is asked of the last.
const ANSWERING: [&str; 3] = ["eu-central-1", "eu-north-1", "us-east-1"];

/// Far longer than anything here takes; only a failure waits for it.
const PATIENCE: Duration = Duration::from_mins(2);

/// How often slower the others may be with a silent Region beside them. Two
/// single measurements are compared on a machine that does other things.
const MOST: f64 = 3.0;

/// How long an attempt at a call waits for its answer (`Budget::Read`).
const ATTEMPT: Duration = Duration::from_secs(5);

type Typed = io::Result<Input>;

/// Sends each call to the listener of the Region in its host's name.
#[derive(Clone, Debug)]
struct ByRegion<T> {
    inner: T,
    listeners: BTreeMap<&'static str, SocketAddr>,
}

impl HttpClient for ByRegion<SharedHttpClient> {
    fn http_connector(
        &self,
        settings: &HttpConnectorSettings,
        components: &RuntimeComponents,
    ) -> SharedHttpConnector {
        SharedHttpConnector::new(ByRegion {
            inner: self.inner.http_connector(settings, components),
            listeners: self.listeners.clone(),
        })
    }
}

impl HttpConnector for ByRegion<SharedHttpConnector> {
    fn call(&self, mut request: HttpRequest) -> HttpConnectorFuture {
        let uri = request.uri();
        let rest = uri.split_once("://").map_or(uri, |(_, rest)| rest);
        let slash = rest.find('/').unwrap_or(rest.len());
        let (host, path) = rest.split_at(slash);
        let place =
            self.listeners.iter().find(|(name, _)| host.contains(**name));
        let home = self.listeners["us-east-1"];
        let addr = place.map_or(home, |(_, addr)| *addr);
        let uri = format!("http://{addr}{path}");
        request.set_uri(uri).unwrap();
        self.inner.call(request)
    }
}

/// A listener that takes every connection, holds it, and never answers.
struct Silence {
    addr: SocketAddr,
    taken: Arc<AtomicUsize>,
    task: AbortHandle,
}

impl Silence {
    async fn new() -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let addr = listener.local_addr().unwrap();
        let taken = Arc::new(AtomicUsize::new(0));
        let count = Arc::clone(&taken);
        let task = tokio::spawn(async move {
            let mut held = Vec::new();
            while let Ok((stream, _)) = listener.accept().await {
                held.push(stream);
                count.fetch_add(1, Ordering::Relaxed);
            }
        });
        Silence { addr, taken, task: task.abort_handle() }
    }

    fn taken(&self) -> usize {
        self.taken.load(Ordering::Relaxed)
    }
}

impl Drop for Silence {
    fn drop(&mut self) {
        self.task.abort();
    }
}

/// A console on four Regions, each behind a socket of its own.
struct Scene {
    sim: Sim,
    console: Console<TestBackend>,
    silence: Silence,
    _listening: Vec<Listening>,
}

impl Scene {
    async fn new(silent: bool) -> Self {
        let scenario = Scenario::embedded("quiet").unwrap();
        let sim = Sim::play(&scenario, SimClock::wall(), 1);
        let silence = Silence::new().await;
        let any: SocketAddr = "127.0.0.1:0".parse().unwrap();
        let mut listening = Vec::new();
        let mut listeners = BTreeMap::new();
        for region in [SILENT].into_iter().chain(ANSWERING) {
            let one = listen(sim.clone(), any, any).await.unwrap();
            listeners.insert(region, one.addr());
            listening.push(one);
        }
        if silent {
            listeners.insert(SILENT, silence.addr);
        }
        let client =
            ByRegion { inner: Builder::new().build_http(), listeners };
        let disk = MemoryDisk::new();
        let mut parts = flow::parts(&sim, &disk, None, Estate::default());
        let mut regions = vec![Region::new(SILENT)];
        regions.extend(ANSWERING.map(Region::new));
        parts.model.setting.regions.clone_from(&regions);
        parts.session.regions = regions;
        parts.session.http_client = Some(SharedHttpClient::new(client));
        let terminal = Terminal::new(TestBackend::new(80, 24)).unwrap();
        let console = wire(parts, terminal);
        Scene { sim, console, silence, _listening: listening }
    }

    /// Lets the console go on until this is so; gives how long that took.
    async fn until(
        &mut self,
        input: &mut (impl Stream<Item = Typed> + Unpin),
        mut done: impl FnMut(&Scene) -> bool,
    ) -> Duration {
        let start = Instant::now();
        while !done(self) {
            self.console.turn(input).await.unwrap();
            assert!(start.elapsed() < PATIENCE, "not within {PATIENCE:?}");
        }
        start.elapsed()
    }

    /// What is known of the sources in these Regions that are looked at every
    /// minute: the others decide no failover, and have to wait for their
    /// turns. Without who we are, which any Region tells for another.
    fn known<'a>(
        &'a self,
        regions: &'a [&str],
    ) -> impl Iterator<Item = (&'a Source, &'a Known)> {
        let estate = &self.console.model.estate;
        estate.sources().filter(|(source, _)| {
            let often = estate.pace(source) <= SignedDuration::from_mins(1);
            let Source::Aws { region, what, .. } = source else {
                return false;
            };
            often
                && *what != What::Identity
                && regions.iter().any(|name| region.as_str() == *name)
        })
    }

    /// The sources of the Regions that answer, as far as they are live.
    fn live(&self) -> BTreeSet<Source> {
        let (estate, now) = (&self.console.model.estate, self.sim.now());
        self.known(&ANSWERING)
            .filter(|(source, known)| {
                known.freshness(now, estate.pace(source)).is_live()
            })
            .map(|(source, _)| source.clone())
            .collect()
    }

    /// How many sources of these Regions came back, well or not.
    fn back(&self, regions: &[&str]) -> usize {
        let known = self.known(regions);
        known.filter(|(_, k)| k.found.is_some() || k.failed.is_some()).count()
    }

    fn has_drawn(&self) -> bool {
        let buffer = self.console.terminal.backend().buffer();
        buffer.content.iter().any(|cell| cell.symbol() == "?")
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn the_others_are_shown_before_anything_of_a_silent_region_came_back() {
    let mut well = Scene::new(false).await;
    let all = |scene: &Scene| {
        let wanted = scene.known(&ANSWERING).count();
        wanted > 0 && scene.back(&ANSWERING) == wanted
    };
    well.until(&mut pending(), all).await;
    let wanted = well.live();
    assert!(wanted.len() > 30, "too little is watched: {wanted:?}");
    well.console.finish();

    let mut scene = Scene::new(true).await;
    let first = scene.until(&mut pending(), Scene::has_drawn).await;
    assert_eq!(scene.back(&[SILENT]), 0, "the first frame waits for nothing");
    let rest = scene
        .until(&mut pending(), |scene| wanted.is_subset(&scene.live()))
        .await;
    let with = first + rest;
    assert!(scene.silence.taken() > 0, "it was asked");
    assert_eq!(scene.back(&[SILENT]), 0, "the others came before it");
    scene.console.finish();

    let mut well = Scene::new(false).await;
    let seen = |scene: &Scene| wanted.is_subset(&scene.live());
    let without = well.until(&mut pending(), seen).await;
    println!("three Regions live after {with:?}, without it {without:?}");
    assert!(with <= without.mul_f64(MOST), "{with:?} and {without:?}");
    well.console.finish();
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn quitting_waits_for_none_of_the_calls_to_a_silent_region() {
    let mut scene = Scene::new(true).await;
    let under_way = |scene: &Scene| scene.silence.taken() > 3;
    scene.until(&mut pending(), under_way).await;
    let twice = [(), ()].map(|()| {
        let key = KeyEvent::new(KeyCode::Char('c'), KeyModifiers::CONTROL);
        Ok(Input::Key(key))
    });
    let start = Instant::now();
    scene.until(&mut iter(twice), |scene| scene.console.has_ended()).await;
    assert_eq!(scene.back(&[SILENT]), 0, "its calls were still under way");
    scene.console.finish();
    let took = start.elapsed();
    println!("quit within {took:?}");
    // A call to it would have waited for five times as long.
    assert!(took < ATTEMPT / 5, "{took:?}");
}
