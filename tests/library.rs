//! The other runbooks that come with the program, each run to its end by
//! keys over the real loop: what they changed is counted where it was
//! applied, in the simulated AWS.

#![expect(
    clippy::unwrap_used,
    reason = "a test sets a scene, and fails where it cannot"
)]

mod flow;

use std::path::Path;
use std::sync::Arc;
use std::time::Duration;

use flow::{Flow, START, parts, person};
use lifeboat::app::Book;
use lifeboat::estate::Estate;
use lifeboat::incident::fact::Fact;
use lifeboat::journal::disk::MemoryDisk;
use lifeboat::journal::read::{read, verify};
use lifeboat::runbook::Runbook;
use lifeboat::runbook::run::{Happened, Status};
use lifeboat::screens::Open;
use lifeboat::sim::faults::{Effect, Rule, When};
use lifeboat::sim::scenario::Scenario;
use lifeboat::sim::world::dns::Answer;
use lifeboat::sim::{Sim, SimClock};

const AURORA: &str = include_str!("../runbooks/aurora-global-failover.toml");
const TRAFFIC: &str = include_str!("../runbooks/traffic-switch.toml");

/// Whether the Region being left answers.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum West {
    Well,
    Dark,
}

/// The least of worlds that the runbooks need.
fn world(west: West) -> Sim {
    let small = include_str!("fuzz/small.toml");
    let (well, story) = small.split_once("[[story]]").unwrap();
    let more = include_str!("library/more.toml");
    let whole = include_str!("../assets/scenarios/training-platform.toml");
    let first = "[[item]]\nkind = \"arc:cluster\"";
    let (_, items) = whole.split_once(first).unwrap();
    let (items, _) = items.split_once("# Both on since a drill").unwrap();
    let mut text = format!("{well}{more}\n{first}{items}");
    if west == West::Dark {
        text.push_str("[[story]]");
        text.push_str(story);
    }
    let scenario = Scenario::parse(&text, "library").unwrap();
    Sim::play(&scenario, SimClock::paused(START.parse().unwrap()), 1)
}

/// A console that has this runbook and no other.
fn console(west: West, text: &str) -> Flow {
    let (sim, disk) = (world(west), MemoryDisk::new());
    let mut parts = parts(&sim, &disk, None, Estate::default());
    let runbook = Runbook::parse(text, "x.toml").unwrap();
    parts.model.library = vec![Book {
        path: "runbooks/x.toml".into(),
        text: text.into(),
        runbook: Ok(Arc::new(runbook)),
    }];
    Flow::of(parts, sim, disk, (100, 40))
}

fn graceful(text: &str) -> String {
    text.replace(r#"manner = "ungraceful""#, r#"manner = "graceful""#)
}

/// Runs it to its end, and holds that the journal tells it soundly.
async fn run(flow: &mut Flow) {
    let done = person::finish(flow).await;
    done.unwrap_or_else(|why| panic!("{why}"));
    flow.wait(Duration::from_secs(1)).await;
    let root = Path::new(flow::STATE).join("incidents");
    let journal = root.join(flow.incident());
    let told = verify(&flow.disk, &journal).unwrap();
    assert!(told.is_sound(), "{told:?}");
}

/// How often a word was told of a step.
fn told(flow: &Flow, step: &str, word: &str) -> usize {
    let root = Path::new(flow::STATE).join("incidents");
    let entries = read(&flow.disk, &root.join(flow.incident())).unwrap();
    let steps = entries.entries.into_iter().filter_map(|e| match e.fact {
        Fact::Step(fact) if fact.step == step => Some(fact.what),
        _ => None,
    });
    steps.filter(|what: &Happened| what.word() == word).count()
}

/// How many requests of this operation AWS got.
fn asked(flow: &Flow, operation: &str) -> usize {
    let received = flow.sim.received();
    received.iter().filter(|r| r.operation == operation).count()
}

/// What a name leads to, by its first answer.
fn leads_to(flow: &Flow, name: &str) -> String {
    let answer = flow.sim.resolve(name, "CNAME");
    let Answer::Records(records) = &answer else { panic!("{answer:?}") };
    records[0].value.clone()
}

#[tokio::test(start_paused = true)]
async fn the_global_database_is_failed_over_once_and_its_name_with_it() {
    let mut flow = console(West::Dark, AURORA);
    run(&mut flow).await;
    assert_eq!(flow.applied("FailoverGlobalCluster"), 1);
    assert_eq!(asked(&flow, "SwitchoverGlobalCluster"), 0);
    assert_eq!(asked(&flow, "ChangeResourceRecordSets"), 1);
    let host = leads_to(&flow, "catalog.learn.example");
    assert!(host.starts_with("learn-catalog-dr.cluster-"), "{host}");
    assert_eq!(told(&flow, "switchover", "confirmed"), 0);
}

#[tokio::test(start_paused = true)]
async fn a_lost_answer_fails_the_global_database_over_once() {
    for effect in [Effect::LostReset, Effect::LostSilent] {
        let mut flow = console(West::Dark, AURORA);
        let lost = Rule::every(effect).of_operation("FailoverGlobalCluster");
        flow.sim.inject(lost.when(When::First(1)));
        run(&mut flow).await;
        assert_eq!(flow.applied("FailoverGlobalCluster"), 1, "{effect:?}");
        assert_eq!(asked(&flow, "FailoverGlobalCluster"), 1, "{effect:?}");
    }
}

#[tokio::test(start_paused = true)]
async fn while_the_writer_answers_the_roles_are_changed_without_loss() {
    let mut flow = console(West::Well, &graceful(AURORA));
    run(&mut flow).await;
    assert_eq!(flow.applied("SwitchoverGlobalCluster"), 1);
    assert_eq!(asked(&flow, "FailoverGlobalCluster"), 0);
    let host = leads_to(&flow, "catalog.learn.example");
    assert!(host.starts_with("learn-catalog-dr.cluster-"), "{host}");
}

#[tokio::test(start_paused = true)]
async fn users_are_sent_to_the_other_region_by_one_change_of_two_weights() {
    let mut flow = console(West::Dark, TRAFFIC);
    run(&mut flow).await;
    assert_eq!(asked(&flow, "ChangeResourceRecordSets"), 1);
    assert_eq!(flow.applied("ChangeResourceRecordSets"), 1);
    let host = leads_to(&flow, "reports.learn.example");
    assert!(host.contains(".eu-central-1."), "{host}");
    assert_eq!(told(&flow, "drain", "confirmed"), 0);
    assert_eq!(told(&flow, "back", "confirmed"), 0);
}

#[tokio::test(start_paused = true)]
async fn users_are_drained_before_the_shift_when_there_is_time() {
    let mut flow = console(West::Well, &graceful(TRAFFIC));
    run(&mut flow).await;
    assert_eq!(told(&flow, "drain", "confirmed"), 1);
    assert_eq!(asked(&flow, "ChangeResourceRecordSets"), 2);
    let host = leads_to(&flow, "reports.learn.example");
    assert!(host.contains(".eu-central-1."), "{host}");
}

#[tokio::test(start_paused = true)]
async fn a_shift_that_does_not_hold_is_taken_back_to_the_weights_before() {
    let stays = "  { key = \"keep\", label = \"It stays\" },\n";
    let choices = "choices = [\n  { key = \"keep\"";
    assert!(TRAFFIC.contains(stays) && TRAFFIC.contains(choices));
    let back = "  { key = \"back\"";
    let text = TRAFFIC.replacen(stays, "", 1);
    // The way back comes first, so that a person's first choice takes it.
    let (before, after) = text.split_once("  { key = \"look\"").unwrap();
    let (_, end) = after.split_once(back).unwrap();
    let (line, rest) = end.split_once('\n').unwrap();
    let text = format!("{before}{back}{line}\n{stays}{rest}");
    let mut flow = console(West::Well, &text);
    // A shift that is taken back can be tried once more: it ends here.
    flow.trap = Some(Box::new(|model| {
        let run = model.open.as_ref().and_then(Open::run);
        run.and_then(|run| run.status("back")) == Some(&Status::Done)
    }));
    run(&mut flow).await;
    assert!(flow.trapped);
    assert_eq!(told(&flow, "shift", "confirmed"), 1);
    assert_eq!(told(&flow, "back", "confirmed"), 1);
    assert_eq!(asked(&flow, "ChangeResourceRecordSets"), 2);
    let host = leads_to(&flow, "reports.learn.example");
    assert!(host.contains(".eu-west-1."), "{host}");
}

/// Flips the routing controls of the demo's cluster.
const FLIP: &str = r#"
schema = 1

[runbook]
id = "flip"
title = "Let users flow to the other Region"

[[input]]
name = "account"
type = "account"
default = "111122223333"

[[step]]
id = "flip"
kind = "arc.set-routing-controls"
title = "Let the users of www flow to eu-central-1"
account = "{account}"
cluster = "learn-traffic"
states = ["www-eu-west-1=off", "www-eu-central-1=on"]
"#;

#[tokio::test(start_paused = true)]
async fn routing_controls_are_turned_where_an_endpoint_answers() {
    let mut flow = console(West::Well, FLIP);
    for region in ["us-east-1", "us-west-2"] {
        let write = Rule::every(Effect::Dark).in_region(region);
        flow.sim.inject(write.of_operation("UpdateRoutingControlStates"));
    }
    run(&mut flow).await;
    assert_eq!(flow.applied("UpdateRoutingControlStates"), 1);
    assert_eq!(told(&flow, "flip", "done"), 1);
}

#[tokio::test(start_paused = true)]
async fn a_lost_answer_of_one_endpoint_is_settled_by_the_others() {
    let mut flow = console(West::Well, FLIP);
    let lost = Rule::every(Effect::LostReset)
        .of_operation("UpdateRoutingControlStates");
    flow.sim.inject(lost.when(When::First(5)));
    run(&mut flow).await;
    assert_eq!(told(&flow, "flip", "done"), 1);
    assert_eq!(told(&flow, "flip", "retried"), 0);
}
