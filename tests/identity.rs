//! As whom calls are sent, and how long that lasts: the glass is broken in
//! the middle of a run, and credentials are held while an incident is open.

#![expect(
    clippy::unwrap_used,
    reason = "a test sets a scene, and fails where it cannot"
)]

mod flow;

use std::path::Path;
use std::time::Duration;

use flow::Flow;
use flow::hand::{accept, arm, begin, decide};
use jiff::{SignedDuration, Timestamp};
use lifeboat::app::update;
use lifeboat::aws::session::Access;
use lifeboat::estate::Estate;
use lifeboat::estate::ids::Account;
use lifeboat::event::{Event, Held};
use lifeboat::failure::{Failure, FailureKind};
use lifeboat::incident::fact::{Fact, Identity};
use lifeboat::journal::disk::MemoryDisk;
use lifeboat::journal::read::{read, verify};
use lifeboat::runbook::run::Happened;
use lifeboat::sim::faults::{Effect, Rule};

const PROD: &str = "111122223333";
const REASON: &str = "the identity provider is down";

/// Starts the runbook and goes on until its first change can be planned.
async fn armed(flow: &mut Flow) {
    begin(flow).await;
    decide(flow).await;
    arm(flow).await;
}

async fn break_the_glass(flow: &mut Flow) {
    flow.keys("g i").await;
    flow.until("role/break-glass").await;
    flow.text(REASON).await;
    flow.keys("enter").await;
}

/// What the journal of the only incident holds.
fn facts(flow: &Flow) -> Vec<Fact> {
    let root = Path::new(flow::STATE).join("incidents");
    let dir = root.join(flow.incident());
    assert!(verify(&flow.disk, &dir).unwrap().is_sound());
    let entries = read(&flow.disk, &dir).unwrap().entries;
    entries.into_iter().map(|entry| entry.fact).collect()
}

fn count(facts: &[Fact], word: &str) -> usize {
    let told = |fact: &&Fact| matches!(fact, Fact::Step(step) if step.what.word() == word);
    facts.iter().filter(told).count()
}

/// Who sent the only call of an operation that was carried out.
fn sender(flow: &Flow, operation: &str) -> String {
    let received = flow.sim.received();
    let mut sent = received
        .into_iter()
        .filter(|call| call.applied && call.operation == operation);
    let only = sent.next().expect("it was carried out");
    assert!(sent.next().is_none(), "once only");
    only.principal
}

#[tokio::test(start_paused = true)]
async fn breaking_the_glass_voids_the_confirm_and_sends_as_the_other_role() {
    let mut flow = Flow::new("already-dark");
    flow.wait(Duration::from_secs(30)).await;
    armed(&mut flow).await;
    // What the confirm is bound to takes its time to be seen again.
    let slow = Rule::every(Effect::Slow(4000)).of_service("rds");
    let slow = flow.sim.inject(slow.in_region("eu-central-1"));
    flow.keys("x").await;
    accept(&mut flow, "learn-db-replica").await;
    break_the_glass(&mut flow).await;
    flow.until("as BREAK-GLASS in").await;
    assert_eq!(flow.applied("PromoteReadReplica"), 0);
    let told = facts(&flow);
    assert_eq!(count(&told, "voided"), 1, "{told:?}");
    assert_eq!(count(&told, "intended"), 0, "{told:?}");

    flow.sim.lift(slow);
    accept(&mut flow, "learn-db-replica").await;
    flow.until("promote is done").await;
    assert!(flow.screen().contains("BREAK-GLASS ARMED"), "{}", flow.screen());
    let sender = sender(&flow, "PromoteReadReplica");
    let role = format!("arn:aws:sts::{PROD}:assumed-role/break-glass/");
    assert!(sender.starts_with(&role), "{sender}");
    let told = facts(&flow);
    let switch = Fact::Identity {
        identity: Identity::BreakGlass,
        accounts: vec![Account::new(PROD), Account::new("444455556666")],
        reason: REASON.into(),
    };
    assert!(told.contains(&switch), "{told:?}");
    let confirms = told.iter().filter(|fact| {
        matches!(fact, Fact::Step(step)
            if matches!(step.what, Happened::Confirmed { .. }))
    });
    assert_eq!(confirms.count(), 2, "the plan was confirmed again");
}

#[tokio::test(start_paused = true)]
async fn the_usual_identity_is_taken_again_and_nothing_of_the_run_is_lost() {
    let mut flow = Flow::new("already-dark");
    flow.wait(Duration::from_secs(30)).await;
    armed(&mut flow).await;
    break_the_glass(&mut flow).await;
    flow.until("BREAK-GLASS ARMED").await;
    flow.wait(Duration::from_secs(1)).await;
    flow.keys("g i").await;
    flow.until("as the usual identity again").await;
    flow.text("signing in works again").await;
    flow.keys("enter").await;
    flow.wait(Duration::from_secs(1)).await;
    assert!(!flow.screen().contains("BREAK-GLASS ARMED"));
    flow.keys("x").await;
    accept(&mut flow, "learn-db-replica").await;
    flow.until("promote is done").await;
    let sender = sender(&flow, "PromoteReadReplica");
    assert_eq!(sender, format!("arn:aws:iam::{PROD}:user/lifeboat"));
}

/// A console on a quiet world that operates as a role.
async fn operating() -> Flow {
    let sim = flow::play("quiet", 1);
    let disk = MemoryDisk::new();
    let mut parts = flow::parts(&sim, &disk, None, Estate::default());
    let role = format!("arn:aws:iam::{PROD}:role/operate");
    parts.session.accounts[0].operate =
        Some(Access { role_arn: Some(role), ..Access::default() });
    let mut flow = Flow::of(parts, sim, disk, (80, 24));
    flow.wait(Duration::from_secs(5)).await;
    flow
}

async fn open_an_incident(flow: &mut Flow) {
    flow.keys("m").await;
    flow.text("something is wrong in eu-west-1").await;
    flow.keys("enter").await;
    flow.wait(Duration::from_secs(3)).await;
}

#[tokio::test(start_paused = true)]
async fn an_open_incident_holds_credentials_and_says_how_long_they_last() {
    let mut flow = operating().await;
    assert_eq!(flow.applied("AssumeRole"), 0, "nobody operates yet");
    open_an_incident(&mut flow).await;
    assert!(flow.screen().contains("credentials 59 min"), "{}", flow.screen());
    flow.wait(Duration::from_secs(90)).await;
    assert!(flow.screen().contains("credentials 58 min"), "{}", flow.screen());
    // They are held: nobody is asked for them again, nor for those behind
    // the glass.
    assert_eq!(flow.applied("AssumeRole"), 1);
}

fn told(flow: &mut Flow, until: Result<Option<Timestamp>, Failure>) {
    let held = Held { account: Account::new(PROD), way: "to operate", until };
    let now = flow.sim.now();
    update(&mut flow.console.model, Event::Held(held), now);
    flow.console.draw().unwrap();
}

#[tokio::test(start_paused = true)]
async fn credentials_that_end_are_told_at_their_account_with_what_to_do() {
    let mut flow = operating().await;
    open_an_incident(&mut flow).await;
    let soon = flow.sim.now() + SignedDuration::from_mins(14);
    told(&mut flow, Ok(Some(soon)));
    let shown = flow.screen();
    assert!(shown.contains("credentials 14 min"), "{shown}");
    let warning = "learn-prod: credentials to operate: 14 min left";
    assert!(shown.contains(warning), "{shown}");

    let failure = Failure::new("sign in to learn-prod", FailureKind::Expired);
    told(&mut flow, Err(failure));
    assert!(
        flow.screen().contains("credentials EXPIRED"),
        "{}",
        flow.screen()
    );
    flow.keys("i").await;
    flow.console.draw().unwrap();
    let shown = flow.screen();
    assert!(shown.contains("learn-prod to operate: could not"), "{shown}");
    assert!(shown.contains("Sign in again in another shell"), "{shown}");
}
