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

use crate::flow::{self, Flow, START};

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
    start(&mut flow).await;
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
    start(&mut flow).await;
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

async fn start(flow: &mut Flow) {
    flow.keys("5 o enter").await;
    flow.wait(Duration::from_millis(500)).await;
    for _ in 0..10 {
        flow.keys("enter").await;
    }
    flow.until("x decides").await;
}

/// A console on the least of worlds that a failover needs.
fn small() -> Flow {
    let scenario = Scenario::parse(include_str!("small.toml"), "small");
    let scenario = scenario.expect("the small scenario");
    let start = START.parse().expect("a time");
    let sim = Sim::play(&scenario, SimClock::paused(start), 1);
    Flow::on(sim, MemoryDisk::new(), (80, 24), None)
}

async fn decide(flow: &mut Flow) {
    flow.keys("x").await;
    flow.wait(Duration::from_millis(500)).await;
    flow.keys("enter").await;
    flow.wait(Duration::from_millis(500)).await;
    flow.text("eu-west-1 is dark, the lag is known").await;
    flow.keys("enter").await;
    flow.until("g a arms").await;
}

/// Arms it, with all that the first time asks for.
pub async fn arm(flow: &mut Flow) {
    flow.keys("g a").await;
    flow.wait(Duration::from_millis(500)).await;
    flow.text("eu-west-1 is dark").await;
    flow.keys("enter").await;
    flow.text("learn-prod").await;
    flow.keys("enter").await;
    flow.until("ARMED").await;
    flow.wait(Duration::from_secs(1)).await;
}

async fn confirm(flow: &mut Flow, name: &str) {
    flow.keys("x").await;
    flow.wait(Duration::from_millis(500)).await;
    flow.text(name).await;
    flow.keys("tab y e s").await;
}

fn stage(flow: &Flow, typed: &'static str) -> Stage {
    let model = flow.console.model.clone();
    Stage { model, now: flow.sim.now(), typed }
}
