//! Moments of a real failover, at which people begin to press keys.

use std::time::Duration;

use jiff::Timestamp;
use lifeboat::app::Model;
use lifeboat::estate::Estate;
use lifeboat::journal::disk::MemoryDisk;
use lifeboat::shell::wiring::wire;
use lifeboat::sim::faults::{Effect, Rule};
use lifeboat::sim::scenario::Scenario;
use lifeboat::sim::{Sim, SimClock};
use ratatui::Terminal;
use ratatui::backend::TestBackend;

use crate::flow::hand::{begin, confirm, decide};
use crate::flow::{self, Flow, START, hand};

/// The console at one moment, whole.
#[derive(Clone)]
pub struct Stage {
    /// The console.
    pub model: Model,
    /// When it is.
    pub now: Timestamp,
    /// What the plan that is next wants typed.
    pub typed: &'static str,
}

/// The moments of one failover, taken from the whole program on the
/// simulated AWS.
pub async fn stages() -> Vec<Stage> {
    let mut flow = small();
    let mut all = Vec::new();
    flow.wait(Duration::from_secs(30)).await;
    all.push(stage(&flow, "learn-db-replica"));
    begin(&mut flow).await;
    all.push(stage(&flow, "learn-db-replica"));
    decide(&mut flow).await;
    all.push(stage(&flow, "learn-db-replica"));
    arm(&mut flow).await;
    all.push(stage(&flow, "learn-db-replica"));
    confirm(&mut flow, "learn-db-replica").await;
    flow.until("promote is done").await;
    flow.wait(Duration::from_secs(1)).await;
    all.push(stage(&flow, "db.learn.example"));
    all
}

/// A whole program that is armed, its next step the promotion, which AWS
/// refuses; it watches so seldom that it asks only what the run asks for.
pub async fn armed() -> Flow {
    let mut flow = small();
    let estate = Estate::default();
    let mut parts = flow::parts(&flow.sim, &flow.disk, None, estate);
    let seldom = Duration::from_secs(100_000);
    parts.paces = WATCHED.map(|name| (name.to_owned(), seldom)).into();
    let terminal = Terminal::new(TestBackend::new(80, 24));
    flow.console = wire(parts, terminal.expect("a test terminal"));
    flow.wait(Duration::from_secs(30)).await;
    begin(&mut flow).await;
    decide(&mut flow).await;
    arm(&mut flow).await;
    let change = "PromoteReadReplica";
    flow.sim.inject(Rule::every(Effect::Denied).of_operation(change));
    flow
}

/// What a console watches by itself.
const WATCHED: [&str; 18] = [
    "sts/identity",
    "backup/vaults",
    "backup/points",
    "backup/jobs",
    "backup/copy-jobs",
    "backup/restore-jobs",
    "backup/protected",
    "rds/instances",
    "rds/clusters",
    "rds/global",
    "rds/snapshots",
    "rds/cluster-snapshots",
    "rds/automated-backups",
    "cloudwatch/lags",
    "route53/zones",
    "route53/records",
    "route53/health-checks",
    "cloudwatch/alarms",
];

/// Arms it, and lets the keys that did settle.
async fn arm(flow: &mut Flow) {
    hand::arm(flow).await;
    flow.wait(Duration::from_secs(1)).await;
}

/// A console on the least of worlds that a failover needs.
fn small() -> Flow {
    let scenario = Scenario::parse(include_str!("small.toml"), "small");
    let scenario = scenario.expect("the small scenario");
    let start = START.parse().expect("a time");
    let sim = Sim::play(&scenario, SimClock::paused(start), 1);
    Flow::on(sim, MemoryDisk::new(), (80, 24), None)
}

fn stage(flow: &Flow, typed: &'static str) -> Stage {
    let model = flow.console.model.clone();
    Stage { model, now: flow.sim.now(), typed }
}
