//! Consoles that are killed, and those that take up what they left behind.
//!
//! Each life of the program has a runtime of its own: when it is dropped,
//! what was still going on in it goes with it, as it would with a process.
//! The simulated AWS and the bytes on disk live on.

#![expect(
    unreachable_pub,
    clippy::unwrap_used,
    reason = "a harness of tests, which are a binary of their own"
)]

use std::path::Path;
use std::sync::Arc;
use std::time::Duration;

use lifeboat::estate::Estate;
use lifeboat::incident::entry::Entry;
use lifeboat::journal::disk::{Disk, MemoryDisk};
use lifeboat::journal::read;
use lifeboat::journal::thread::Journal;
use lifeboat::runbook::run::{Run, Status};
use lifeboat::screens::Open;
use lifeboat::sim::scenario::Scenario;
use lifeboat::sim::{Sim, SimClock};
use tokio::runtime::Builder;
use tokio::time::{Instant, advance};

use crate::flow::person::{finish, is_over};
use crate::flow::{self, Flow, START};
use crate::late::LateDisk;
use crate::left::{cut, entries, journal, lines};
use crate::witness::{self, Seen};

/// The changes that a failover makes.
pub const CHANGES: [&str; 2] =
    ["PromoteReadReplica", "ChangeResourceRecordSets"];

/// How the first console is built.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Build {
    /// As it is.
    Own,
    /// With the bug of writing intents after the calls.
    IntentAfterCall,
    /// With the bug of not syncing what it writes.
    NoSync,
}

/// When the first console dies.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Kill {
    /// It does not.
    Never,
    /// As soon as so many records are written: `kill -9`.
    After(usize),
    /// At the last moment at which so many records are written, and the
    /// power goes: what was not synced is lost.
    Before(usize),
}

impl Kill {
    fn springs_at(self) -> usize {
        match self {
            Kill::Never => usize::MAX,
            Kill::After(records) => records,
            Kill::Before(records) => records + 1,
        }
    }
}

/// What a console leaves behind.
pub struct Left {
    pub sim: Sim,
    pub disk: MemoryDisk,
    /// How long it lived, to let the next one begin at that time.
    pub lived: Duration,
    /// Whether it was killed before it came to the end.
    pub killed: bool,
    /// What it had been told is on disk.
    pub acknowledged: Vec<Entry>,
    /// The changes that left it.
    pub seen: Seen,
}

/// A life of the program that begins so long after the world's start.
pub fn life<T>(after: Duration, live: impl Future<Output = T>) -> T {
    let mut runtime = Builder::new_current_thread();
    let runtime = runtime.enable_all().start_paused(true).build().unwrap();
    runtime.block_on(async {
        advance(after).await;
        live.await
    })
}

/// The small world, its jobs sixty times as fast. Call it inside a life.
pub fn small() -> Sim {
    let text = include_str!("../scenarios/small.toml");
    let scenario = Scenario::parse(text, "small.toml").unwrap();
    let start = START.parse().unwrap();
    Sim::play(&scenario, SimClock::paused(start), 60)
}

/// A console on the small world.
pub fn console(
    sim: &Sim,
    disk: &MemoryDisk,
    resume: Option<String>,
    build: Build,
    seen: &Seen,
) -> Flow {
    let mut setting = flow::setting();
    setting.accounts.truncate(1);
    let estate = Estate::default();
    let mut parts = flow::parts_for(setting, sim, disk, resume, estate);
    let client = sim.http_client();
    let client = witness::watched(client, disk.clone(), seen.clone());
    parts.session.http_client = Some(client);
    match build {
        Build::Own => {}
        Build::NoSync => disk.pretend_to_sync(),
        Build::IntentAfterCall => {
            let late = Arc::new(LateDisk(disk.clone()));
            let keeper = flow::keeper(sim, late, flow::author());
            parts.journal = Journal::inline(keeper);
        }
    }
    flow::slow(&mut parts);
    Flow::of(parts, sim.clone(), disk.clone(), (80, 24))
}

/// The first console: runs the failover until it is killed.
pub fn first_life(kill: Kill, build: Build) -> Result<Left, String> {
    let seen = Seen::default();
    life(Duration::ZERO, async {
        let begun = Instant::now();
        let sim = small();
        let disk = MemoryDisk::new();
        let mut flow = console(&sim, &disk, None, build, &seen);
        let at = kill.springs_at();
        flow.trap = Some(Box::new(move |_| lines(&disk).len() >= at));
        finish(&mut flow).await?;
        let open = flow.console.model.open.take();
        let acknowledged = open.map(|open| open.incident.entries);
        let killed = flow.trapped;
        let disk = match kill {
            Kill::Never | Kill::After(_) => flow.disk.kill(),
            Kill::Before(_) => flow.disk.crash(),
        };
        Ok(Left {
            sim,
            disk,
            lived: begun.elapsed(),
            killed,
            acknowledged: acknowledged.unwrap_or_default(),
            seen: seen.clone(),
        })
    })
}

/// A console dies, the next one takes the incident up and finishes the
/// runbook; says everything that is not as it must be.
pub fn killed(kill: Kill, build: Build) -> Result<(), String> {
    let left = first_life(kill, build)?;
    if !left.killed {
        return Err("it came to the end before it could be killed".into());
    }
    let found = entries(&left.disk);
    if found.get(..left.acknowledged.len()) != Some(&left.acknowledged[..]) {
        return Err(format!(
            "{} entries were acknowledged, of which {} are there",
            left.acknowledged.len(),
            found.len()
        ));
    }
    if let Kill::After(records) | Kill::Before(records) = kill {
        cut(&left.disk, records);
    }
    second_life(&left)
}

/// Another console on what is left, to the end of the runbook.
pub fn second_life(left: &Left) -> Result<(), String> {
    let (dir, before) = journal(&left.disk).ok_or("there is no journal")?;
    let id = dir.file_name().and_then(|name| name.to_str());
    let resume = id.map(ToOwned::to_owned);
    life(left.lived, async {
        let (sim, disk, seen) = (&left.sim, &left.disk, &left.seen);
        let mut flow = console(sim, disk, resume, Build::Own, seen);
        finish(&mut flow).await?;
        complaints(&flow, seen, &dir, &before)
    })
}

/// What must hold once the runbook is at its end.
pub fn complaints(
    flow: &Flow,
    seen: &Seen,
    dir: &Path,
    before: &[u8],
) -> Result<(), String> {
    let mut told = Vec::new();
    for change in CHANGES {
        let (applied, sent) = (flow.applied(change), seen.sent(change));
        if (applied, sent) != (1, 1) {
            told.push(format!(
                "{change} was sent {sent} times and applied {applied} times"
            ));
        }
    }
    for change in seen.unrecorded() {
        told.push(format!("{change} was sent before its intent was durable"));
    }
    let run = flow.console.model.open.as_ref().and_then(Open::run);
    for (spec, state) in run.into_iter().flat_map(Run::steps) {
        if state.status != Status::Done {
            told.push(format!("{} is {}", spec.id, state.status.word()));
        }
    }
    if !is_over(&flow.console.model) {
        told.push("the run is not over".into());
    }
    let report = read::verify(&flow.disk, dir).map_err(|e| e.to_string())?;
    if !report.is_sound() {
        told.push(format!("the journal is not sound: {:?}", report.gaps));
    }
    let after = flow.disk.read(&dir.join(read::FIRST));
    if !after.is_ok_and(|after| after.starts_with(before)) {
        told.push("the journal does not begin with what was left".into());
    }
    if told.is_empty() { Ok(()) } else { Err(told.join("; ")) }
}
