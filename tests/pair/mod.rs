//! Two people at two consoles on one disk, one simulated AWS, and paused
//! time.

use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::time::Duration;

use lifeboat::app::approve::Demands;
use lifeboat::estate::Estate;
use lifeboat::incident::entry::{Author, Entry};
use lifeboat::incident::fact::{Company, Fact};
use lifeboat::journal::Journal;
use lifeboat::journal::disk::{Disk, MemoryDisk};
use lifeboat::journal::read::read;
use lifeboat::runbook::plan::Second;
use lifeboat::runbook::run::Happened;
use lifeboat::sim::scenario::Scenario;
use lifeboat::sim::{Sim, SimClock};

use crate::flow::{self, Flow, START, hand};

pub(crate) const PROMOTE: &str = "PromoteReadReplica";
pub(crate) const REPLICA: &str = "learn-db-replica";

/// The small world, in which a Region is dark.
pub(crate) fn small() -> Sim {
    let text = include_str!("../scenarios/small.toml");
    let scenario = Scenario::parse(text, "small.toml").unwrap();
    Sim::play(&scenario, SimClock::paused(START.parse().unwrap()), 60)
}

pub(crate) fn demands(second: Second) -> Demands {
    Demands { said: Some(second), ..Demands::default() }
}

/// A person at a console of their own.
#[derive(Clone, Copy)]
pub(crate) struct Person {
    pub(crate) user: &'static str,
    /// As whom the system knows them.
    pub(crate) login: &'static str,
    /// The role they have at AWS, if another than that of the console.
    pub(crate) role: Option<&'static str>,
    pub(crate) pid: u32,
}

pub(crate) const ANN: Person =
    Person { user: "ann", login: "ann", role: None, pid: 1 };
pub(crate) const BOB: Person =
    Person { user: "bob", login: "bob", role: None, pid: 2 };

pub(crate) fn console(
    sim: &Sim,
    disk: &MemoryDisk,
    who: Person,
    second: Second,
    resume: Option<String>,
) -> Flow {
    let mut setting = flow::setting();
    setting.accounts.truncate(1);
    setting.user = who.user.into();
    let estate = Estate::default();
    let mut parts = flow::parts_for(setting, sim, disk, resume, estate);
    let author = Author {
        user: who.user.into(),
        pid: who.pid,
        console: format!("pts/{}", who.pid),
        ..flow::author()
    };
    parts.author = author.clone();
    let keeper = flow::keeper(sim, Arc::new(disk.clone()), author);
    parts.journal = Journal::inline(keeper);
    parts.model.demands = demands(second);
    parts.model.company.login = who.login.into();
    if let Some(role) = who.role {
        parts.session.accounts[0].read.role_arn =
            Some(format!("arn:aws:iam::111122223333:role/{role}"));
    }
    flow::slow(&mut parts);
    Flow::of(parts, sim.clone(), disk.clone(), (120, 40))
}

/// The driver alone, with the plan of the promotion open in front.
pub(crate) async fn driver(second: Second) -> Flow {
    let (sim, disk) = (small(), MemoryDisk::new());
    let mut ann = console(&sim, &disk, ANN, second, None);
    ann.wait(Duration::from_secs(10)).await;
    hand::begin(&mut ann).await;
    hand::decide(&mut ann).await;
    hand::arm(&mut ann).await;
    ann.keys("x").await;
    ann.wait(Duration::from_millis(500)).await;
    ann
}

/// A console of another person on the same incident.
pub(crate) async fn other(ann: &mut Flow, who: Person) -> Flow {
    let id = Some(ann.incident());
    let second = Second::Required;
    let mut bob = console(&ann.sim, &ann.disk, who, second, id);
    both(ann, &mut bob, 12).await;
    bob
}

/// Lets both consoles go on for so many seconds.
pub(crate) async fn both(one: &mut Flow, other: &mut Flow, seconds: u32) {
    for _ in 0..seconds * 4 {
        one.wait(Duration::from_millis(125)).await;
        other.wait(Duration::from_millis(125)).await;
    }
    one.console.draw().unwrap();
    other.console.draw().unwrap();
}

/// Types the name and, if they are heard, the keys that send.
pub(crate) async fn send(ann: &mut Flow) {
    ann.text(REPLICA).await;
    ann.keys("tab").await;
    ann.keys("y e s").await;
    ann.wait(Duration::from_secs(5)).await;
    ann.console.draw().unwrap();
}

pub(crate) fn journal(flow: &Flow) -> PathBuf {
    Path::new(flow::STATE).join("incidents").join(flow.incident())
}

pub(crate) fn entries(flow: &Flow) -> Vec<Entry> {
    read(&flow.disk, &journal(flow)).unwrap().entries
}

pub(crate) fn bytes(flow: &Flow) -> Vec<u8> {
    flow.disk.read(&journal(flow).join("journal.jsonl")).unwrap()
}

pub(crate) fn company(flow: &Flow) -> Vec<Company> {
    let fact = |entry: Entry| match entry.fact {
        Fact::Company(what) => Some(what),
        _ => None,
    };
    entries(flow).into_iter().filter_map(fact).collect()
}

pub(crate) fn happened(flow: &Flow, word: &str) -> usize {
    let is = |entry: &Entry| match &entry.fact {
        Fact::Step(fact) => fact.what.word() == word,
        _ => false,
    };
    entries(flow).iter().filter(|entry| is(entry)).count()
}

/// The plan that is shown to the driver, in short.
pub(crate) fn short(flow: &Flow) -> String {
    let shown = |entry: Entry| match entry.fact {
        Fact::Step(fact) => match fact.what {
            Happened::Proposed { hash, .. } => Some(hash.short()),
            _ => None,
        },
        _ => None,
    };
    entries(flow).into_iter().rev().find_map(shown).unwrap()
}

/// The other person reads the plan and approves it.
pub(crate) async fn approve(ann: &mut Flow, bob: &mut Flow) {
    bob.keys("5").await;
    // The plan rests on looks of bob's own; without them it is not opened,
    // and they are taken.
    for _ in 0..20 {
        bob.keys("x").await;
        both(ann, bob, 2).await;
        if bob.console.model.overlay.is_some() {
            break;
        }
    }
    let shown = bob.screen();
    assert!(shown.contains("type approve"), "{shown}");
    bob.text(REPLICA).await;
    bob.keys("tab").await;
    let words = format!("approve {}", short(ann));
    bob.text(&words).await;
    bob.keys("tab y e s").await;
    both(ann, bob, 3).await;
}
