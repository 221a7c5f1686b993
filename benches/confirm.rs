//! How long it takes from the key that confirms a change to its request at
//! AWS, and of what that is made: the look that sees again what the plan is
//! bound to, the syncs that bring confirm and intent to the disk, and the
//! rest, which is the program's own.
//!
//! The whole console runs, with the journal's thread on a real disk, against
//! the simulated AWS in this process; AWS refuses each call, so that the next
//! turn can try once more.
//!
//! `cargo bench --bench confirm -- [DIRECTORY]`; the directory decides which
//! disk is written to (default: below `target`).

#[path = "../tests/flow/mod.rs"]
mod flow;
#[path = "load/timed.rs"]
mod timed;

use std::env;
use std::fs;
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::time::Duration;

use flow::{Flow, START, author, hand};
use jiff::{SignedDuration, Timestamp};
use lifeboat::app::Overlay;
use lifeboat::estate::ids::{Account, Region};
use lifeboat::estate::{Estate, Source, What};
use lifeboat::journal::Journal;
use lifeboat::journal::disk::{MemoryDisk, RealDisk};
use lifeboat::runbook::Values;
use lifeboat::sim::faults::{Effect, Rule};
use lifeboat::sim::scenario::Scenario;
use lifeboat::sim::{Sim, SimClock};
use timed::Timed;
use tokio::runtime::Builder;

const CHANGE: &str = "PromoteReadReplica";
const TURNS: usize = 9;

/// What one confirm took.
#[derive(Clone, Copy)]
struct Took {
    whole: SignedDuration,
    look: SignedDuration,
    sync: SignedDuration,
}

impl Took {
    fn rest(&self) -> SignedDuration {
        self.whole - self.look - self.sync
    }
}

fn main() {
    let base = env::args()
        .skip(1)
        .find(|argument| !argument.starts_with('-'))
        .map_or_else(|| PathBuf::from("target"), PathBuf::from);
    fs::create_dir_all(&base).expect("the directory can be made");
    let home = tempfile::tempdir_in(&base).expect("there is room");
    let runtime = Builder::new_multi_thread().enable_all().build();
    let runtime = runtime.expect("a runtime");
    let all = runtime.block_on(async {
        let state = home.path().join("state");
        let disk = RealDisk::at(&state).expect("a directory of our own");
        let mut bench = Bench::new(disk, &state).await;
        let mut all = Vec::new();
        for _ in 0..TURNS {
            all.push(bench.turn().await);
        }
        all
    });
    let part = |of: fn(&Took) -> SignedDuration| {
        let mut all: Vec<f64> =
            all.iter().map(|took| of(took).as_secs_f64() * 1e3).collect();
        all.sort_by(f64::total_cmp);
        (all[all.len() / 2], all[all.len() - 1])
    };
    println!("confirm to request, {TURNS} turns, p50 and the longest in ms");
    for (name, of) in [
        ("whole", (|t| t.whole) as fn(&Took) -> SignedDuration),
        ("look again", |t| t.look),
        ("sync", |t| t.sync),
        ("rest", Took::rest),
    ] {
        let (middle, longest) = part(of);
        println!("  {name:<10} {middle:8.3} {longest:8.3}");
    }
}

struct Bench {
    flow: Flow,
    disk: Timed,
    tried: bool,
}

impl Bench {
    /// Armed, the promotion next, which AWS refuses.
    async fn new(disk: RealDisk, state: &Path) -> Bench {
        let text = include_str!("../tests/scenarios/small.toml");
        let scenario = Scenario::parse(text, "small.toml").expect("it reads");
        let start: Timestamp = START.parse().expect("a time");
        // On a runtime that is not paused this goes with real time.
        let sim = Sim::play(&scenario, SimClock::paused(start), 1);
        sim.inject(Rule::every(Effect::Denied).of_operation(CHANGE));
        let time = sim.clone();
        let disk = Timed::new(disk, move || time.now());
        let memory = MemoryDisk::new();
        // The small world has one account.
        let mut setting = flow::setting();
        setting.accounts.truncate(1);
        let estate = Estate::default();
        let mut parts = flow::parts_for(setting, &sim, &memory, None, estate);
        let kept = Arc::new(disk.clone());
        let keeper = flow::keeper_at(&sim, kept, author(), state);
        parts.journal = Journal::start(keeper).expect("a thread");
        flow::slow(&mut parts);
        let mut flow = Flow::of(parts, sim, memory, (120, 40));
        for _ in 0..120 {
            flow.wait(Duration::from_secs(1)).await;
            if is_known(&flow) {
                break;
            }
        }
        assert!(is_known(&flow), "AWS does not tell the inputs");
        hand::begin(&mut flow).await;
        hand::decide(&mut flow).await;
        hand::arm(&mut flow).await;
        Bench { flow, disk, tried: false }
    }

    /// One confirm.
    async fn turn(&mut self) -> Took {
        let flow = &mut self.flow;
        if self.tried {
            flow.until("r tries once more").await;
            flow.keys("r").await;
        }
        self.tried = true;
        flow.until("x shows the request").await;
        // A plan rests on looks: who asks before they came asks again.
        while !matches!(flow.console.model.overlay, Some(Overlay::Confirm(_)))
        {
            flow.keys("x").await;
            flow.wait(Duration::from_millis(600)).await;
        }
        flow.text("learn-db-replica").await;
        flow.keys("tab y e").await;
        let sent = |flow: &Flow| {
            let all = flow.sim.received();
            let last = all.iter().rev().find(|r| r.operation == CHANGE);
            last.map(|request| request.at)
        };
        let before = sent(flow);
        let begun = flow.sim.now();
        flow.keys("s").await;
        while sent(flow) == before {
            flow.wait(Duration::from_millis(5)).await;
        }
        let at = sent(flow).expect("it was sent");
        let known = flow.console.model.estate.known(&bound());
        let (from, to) = known.and_then(|k| k.seen).expect("it was seen");
        assert!(from >= begun && to <= at, "it was not seen again");
        Took {
            whole: at.duration_since(begun),
            look: to.duration_since(from),
            sync: self.disk.between(begun, at),
        }
    }
}

/// Whether AWS has told what all inputs of the runbook are held against.
fn is_known(flow: &Flow) -> bool {
    let (model, now) = (&flow.console.model, flow.sim.now());
    let runbook = model.library[0].runbook.as_ref().expect("it reads");
    let resolved = runbook.resolve(&Values::new(), &model.estate, now);
    let seen = model.estate.health_checks().next().is_some();
    seen && resolved.iter().all(|input| input.result.is_ok())
}

/// What the plan is bound to.
fn bound() -> Source {
    Source::aws(
        &Account::new("111122223333"),
        &Region::new("eu-central-1"),
        What::Instance("learn-db-replica".into()),
    )
}
