//! A runbook under a fault: drilled in a small simulated AWS to its end, or
//! to the stop that it declares, and judged by what AWS was asked and did.

#![expect(
    unreachable_pub,
    clippy::unwrap_used,
    reason = "a harness of tests, which are a binary of their own"
)]

pub mod dropped;
pub mod fault;
pub mod judge;
mod mind;
pub mod truth;

use std::cell::RefCell;
use std::path::Path;
use std::rc::Rc;
use std::sync::Arc;
use std::time::Duration;

use lifeboat::app::{Book as Shelved, Model};
use lifeboat::aws::SERVICES;
use lifeboat::estate::Estate;
use lifeboat::incident::entry::Entry;
use lifeboat::journal::disk::MemoryDisk;
use lifeboat::journal::read::verify;
use lifeboat::journal::thread::Journal;
use lifeboat::runbook::Runbook;
use lifeboat::screens::Open;
use lifeboat::shell::wiring::Parts;
use lifeboat::sim::{Received, Sim};
use tokio::runtime::Builder;

use crate::flow::{self, Flow};
use crate::late::LateDisk;
use crate::left::{entries, journal};
use crate::witness::{self, Seen};
use fault::Fault;
pub use mind::End;

/// A runbook as it is run here.
#[derive(Clone, Copy, Debug)]
pub struct Book {
    /// Its name in what is printed.
    pub name: &'static str,
    text: &'static str,
    /// Whether the Region being left answers, and is left in peace.
    pub graceful: bool,
    /// The changes that it makes, in order.
    pub changes: &'static [&'static str],
    /// The choices made at a decision, one after the other; the first of
    /// all where nothing is said.
    choices: &'static [(&'static str, &'static [usize])],
}

const RECORDS: &str = "ChangeResourceRecordSets";

const RDS: &str = include_str!("../../runbooks/rds-replica-failover.toml");
const AURORA: &str =
    include_str!("../../runbooks/aurora-global-failover.toml");
const TRAFFIC: &str = include_str!("../../runbooks/traffic-switch.toml");

/// Looks at the lag once more before deciding.
const ONCE_MORE: (&str, &[usize]) = ("go", &[1, 0]);

/// All runbooks that come with the program, in either manner.
pub const BOOKS: [Book; 5] = [
    Book {
        name: "rds-replica-failover",
        text: RDS,
        graceful: false,
        changes: &["PromoteReadReplica", RECORDS],
        choices: &[],
    },
    Book {
        name: "aurora-global-failover",
        text: AURORA,
        graceful: false,
        changes: &["FailoverGlobalCluster", RECORDS],
        choices: &[ONCE_MORE],
    },
    Book {
        name: "traffic-switch",
        text: TRAFFIC,
        graceful: false,
        // Sent there, taken back, sent there again.
        changes: &[RECORDS, RECORDS, RECORDS],
        choices: &[ONCE_MORE, ("keep", &[1, 2, 0])],
    },
    Book {
        name: "aurora-global-failover, graceful",
        text: AURORA,
        graceful: true,
        changes: &["SwitchoverGlobalCluster", RECORDS],
        choices: &[],
    },
    Book {
        name: "traffic-switch, graceful",
        text: TRAFFIC,
        graceful: true,
        changes: &[RECORDS, RECORDS],
        choices: &[],
    },
];

impl Book {
    /// The runbook.
    pub fn runbook(&self) -> Runbook {
        Runbook::parse(self.text, self.name).unwrap()
    }

    /// The file, in the manner in which it is run. While us-east-1 does not
    /// answer a zone is given by its id, as nobody can tell that of a name.
    fn shelved(&self, fault: Fault) -> Shelved {
        let mut text = self.text.to_owned();
        let mut change = |is: &str, be: &str| {
            assert!(text.contains(is), "{}: {is}", self.name);
            text = text.replace(is, be);
        };
        if self.graceful {
            change("manner = \"ungraceful\"", "manner = \"graceful\"");
        }
        if fault == Fault::Home {
            change("\"learn.example\"", "\"Z0LEARN4EXAMPLE7\"");
        }
        let runbook = Runbook::parse(&text, self.name).unwrap();
        let (path, runbook) =
            ("runbooks/x.toml".into(), Ok(Arc::new(runbook)));
        Shelved { path, text, runbook }
    }
}

/// How the console is built.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Build {
    /// As it is.
    Own,
    /// With the bug of writing intents after the calls.
    IntentAfterCall,
}

/// What came of one run.
#[derive(Clone, Debug)]
pub struct Told {
    /// How it ended.
    pub end: End,
    /// How often each change was applied.
    pub applied: Vec<(&'static str, usize)>,
    /// Everything that is not as it must be.
    pub wrong: Vec<String>,
    /// The journal.
    pub entries: Vec<Entry>,
    /// What AWS was asked.
    pub received: Vec<Received>,
}

/// A life of the program on paused time.
pub fn life<T>(live: impl Future<Output = T>) -> T {
    let mut runtime = Builder::new_current_thread();
    let runtime = runtime.enable_all().start_paused(true).build().unwrap();
    runtime.block_on(live)
}

/// What the console of these runs is made of: one account, two Regions, and
/// nothing is looked at but once an hour and when the runbook asks.
fn parts(
    sim: &Sim,
    disk: &MemoryDisk,
    resume: Option<String>,
    shelved: Shelved,
    roles: bool,
) -> Parts {
    let mut setting = flow::setting();
    setting.accounts.truncate(1);
    setting.regions.truncate(2);
    let estate = Estate::default();
    let mut parts = flow::parts_for(setting, sim, disk, resume, estate);
    let hour = Duration::from_hours(1);
    for service in SERVICES {
        parts.paces.insert(service.name.to_owned(), hour);
    }
    if roles {
        for account in &mut parts.session.accounts {
            account.read = fault::role("observe");
            account.operate = Some(fault::role("operate"));
        }
    }
    parts.model.library = vec![shelved];
    parts
}

/// A console on this AWS and this disk, watched on its way to AWS.
fn console(
    sim: &Sim,
    disk: &MemoryDisk,
    (book, fault): (&Book, Fault),
    build: Build,
    seen: &Seen,
) -> Flow {
    let resume = journal(disk)
        .map(|(dir, _)| dir.file_name().unwrap().to_str().unwrap().to_owned());
    let is_new = resume.is_none();
    let roles = fault == Fault::SignInLater;
    let shelved = book.shelved(fault);
    let mut parts = parts(sim, disk, resume, shelved.clone(), roles);
    if is_new {
        parts.model.drill(shelved);
    }
    let way = sim.http_client();
    let way = witness::watched(way, disk.clone(), seen.clone());
    parts.session.http_client = Some(way);
    if build == Build::IntentAfterCall {
        let late = Arc::new(LateDisk(disk.clone()));
        let keeper = flow::keeper(sim, late, flow::author());
        parts.journal = Journal::inline(keeper);
    }
    // Nobody looks at these screens: most of the time would go into them.
    Flow::of(parts, sim.clone(), disk.clone(), (1, 1))
}

/// What is noticed while a console runs.
type Noticed = Rc<RefCell<Vec<String>>>;

/// Compares each thing that is reported done with the world, at the moment
/// at which it is reported.
fn reports(
    book: &Book,
    sim: &Sim,
    known: usize,
    noticed: &Noticed,
) -> impl FnMut(&Model) + use<> {
    let (book, sim, noticed) = (*book, sim.clone(), Rc::clone(noticed));
    let mut known = known;
    move |model: &Model| {
        let entries = model.open.as_ref().map(|open| &open.incident.entries);
        let Some(entries) = entries else { return };
        for entry in entries.iter().skip(known) {
            let lie = truth::lie(&book, &sim, entry);
            noticed.borrow_mut().extend(lie);
        }
        known = known.max(entries.len());
    }
}

/// Runs a console to the end of the runbook, or to its stop, and judges it.
async fn live(
    sim: &Sim,
    disk: &MemoryDisk,
    cell: (&Book, Fault),
    build: Build,
    mut each: impl FnMut(&Model) + 'static,
) -> Result<Told, String> {
    let (book, fault) = cell;
    let seen = Seen::before(sim);
    let noticed = Noticed::default();
    let mut report = reports(book, sim, entries(disk).len(), &noticed);
    let mut flow = console(sim, disk, cell, build, &seen);
    flow.trap = Some(Box::new(move |model| {
        report(model);
        each(model);
        false
    }));
    let end = mind::finish(&mut flow, book.choices, fault).await?;
    flow.wait(Duration::from_secs(1)).await;
    let mut wrong = noticed.take();
    for change in seen.unrecorded() {
        wrong.push(format!("{change} was sent before its intent was durable"));
    }
    wrong.extend(judged(&flow, cell, &end));
    let applied = |change: &&'static str| (*change, flow.applied(change));
    let mut applied: Vec<_> = book.changes.iter().map(applied).collect();
    applied.dedup();
    let (entries, received) = (entries(disk), flow.sim.received());
    Ok(Told { end, applied, wrong, entries, received })
}

/// What is wrong with what is left: the journal, AWS and how it ended.
fn judged(
    flow: &Flow,
    (book, fault): (&Book, Fault),
    end: &End,
) -> Vec<String> {
    let told = entries(&flow.disk);
    let mut wrong = judge::complaints(&told, &flow.sim.received());
    let id = flow.incident();
    let dir = Path::new(flow::STATE).join("incidents").join(id);
    match verify(&flow.disk, &dir) {
        Ok(report) if report.is_sound() => {}
        other => wrong.push(format!("the journal is not sound: {other:?}")),
    }
    wrong.extend(fault.missed(&told, &flow.sim.received()));
    let stops = book.runbook().stops;
    wrong.extend(judge::ending(&stops, fault, end, &told, &flow.sim));
    if *end == End::Over {
        let done = judge::done(&told);
        if done != book.changes.len() {
            let wanted = book.changes.len();
            wrong.push(format!("{done} changes of {wanted} are done"));
        }
        let open = flow.console.model.open.as_ref().and_then(Open::run);
        let open = open.is_none_or(|run| !run.is_over());
        if open {
            wrong.push("the run is not over".to_owned());
        }
    }
    wrong
}

/// Runs one cell of the matrix from the beginning.
pub fn cell(book: &Book, fault: Fault, build: Build) -> Result<Told, String> {
    life(async {
        let (sim, disk) = (fault.world(book), MemoryDisk::new());
        live(&sim, &disk, (book, fault), build, |_| {}).await
    })
}
