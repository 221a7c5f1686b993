//! The main job, by keys alone: a Region goes dark, and the runbook is run to
//! its end.

#![expect(
    clippy::unwrap_used,
    reason = "a test sets a scene, and fails where it cannot"
)]

mod flow;

use std::path::{Path, PathBuf};
use std::time::Duration;

use flow::hand::{arm, begin, confirm, decide};
use flow::{Flow, START};
use jiff::{SignedDuration, Timestamp};
use lifeboat::estate::saved::Place;
use lifeboat::estate::{Estate, Source, What};
use lifeboat::incident::fact::Fact;
use lifeboat::journal::disk::{Disk, MemoryDisk};
use lifeboat::journal::read::{read, verify};
use lifeboat::runbook::run::Happened;
use lifeboat::sim::faults::{Effect, Rule, When};
use lifeboat::sim::scenario::Scenario;
use lifeboat::sim::world::dns::Answer;
use lifeboat::sim::{Sim, SimClock};
use tokio::time::Instant;

/// The most keys from the start to the promotion on the wire, free text
/// aside.
const PRESSES: usize = 60;

async fn fail_over(flow: &mut Flow) {
    promote(flow).await;
    to_the_end(flow).await;
}

/// From the promotion on the wire to the exported report.
async fn to_the_end(flow: &mut Flow) {
    move_traffic(flow).await;
    flow.until("healthy is done").await;
    flow.keys("x").await;
    flow.wait(Duration::from_millis(500)).await;
    flow.text("the database team rebuilds the replica").await;
    flow.keys("enter").await;
    flow.until("9/9 ").await;
    flow.keys("6 e").await;
    flow.wait(Duration::from_secs(1)).await;
}

/// From the first key to the promotion on the wire.
async fn promote(flow: &mut Flow) {
    begin(flow).await;
    decide(flow).await;
    arm(flow).await;
    confirm(flow, "learn-db-replica").await;
    sent(flow).await;
}

/// Until the promotion is on the wire.
async fn sent(flow: &mut Flow) {
    let end = Instant::now() + Duration::from_mins(1);
    while flow.applied("PromoteReadReplica") == 0 {
        let late = Instant::now() > end;
        assert!(!late, "it is not sent:\n{}", flow.screen());
        flow.wait(Duration::from_millis(100)).await;
    }
}

async fn move_traffic(flow: &mut Flow) {
    flow.until("promote is done").await;
    flow.wait(Duration::from_secs(1)).await;
    confirm(flow, "db.learn.example").await;
}

/// What must be there when it is over: in AWS, in its name servers, in the
/// journal and in the report.
fn is_told_and_done(flow: &Flow) {
    assert_eq!(flow.applied("PromoteReadReplica"), 1);
    assert_eq!(flow.applied("ChangeResourceRecordSets"), 1);
    let answer = flow.sim.resolve("db.learn.example", "CNAME");
    let Answer::Records(records) = &answer else { panic!("{answer:?}") };
    let points_there = records.iter().any(|record| {
        record.value.starts_with("learn-db-replica.")
            && record.value.contains(".eu-central-1.rds.amazonaws.com")
    });
    assert!(points_there, "{records:?}");
    let told = verify(&flow.disk, &journal(flow)).unwrap();
    assert!(told.is_sound(), "{told:?}");
    let report = journal(flow).join("export/report.md");
    let report = String::from_utf8(flow.disk.read(&report).unwrap()).unwrap();
    for word in ["Actual RTO **", "Actual RPO of ", "SIMULATED AWS"] {
        assert!(report.contains(word), "{word} is not in\n{report}");
    }
}

fn journal(flow: &Flow) -> PathBuf {
    let root = Path::new(flow::STATE).join("incidents");
    root.join(flow.incident())
}

/// What the journal says happened to steps.
fn happened(flow: &Flow) -> Vec<Happened> {
    let entries = read(&flow.disk, &journal(flow)).unwrap().entries;
    let step = |fact| match fact {
        Fact::Step(step) => Some(step.what),
        _ => None,
    };
    entries.into_iter().filter_map(|entry| step(entry.fact)).collect()
}

#[tokio::test(start_paused = true)]
async fn the_runbook_is_run_to_its_end_by_keys_alone() {
    let mut flow = Flow::new("already-dark");
    flow.wait(Duration::from_secs(30)).await;
    fail_over(&mut flow).await;
    is_told_and_done(&flow);
    // The new primary is judged by what protects it now.
    flow.keys("2 /").await;
    flow.wait(Duration::from_millis(500)).await;
    flow.text("learn-db-replica").await;
    flow.keys("enter").await;
    flow.until("took over from learn-db").await;
}

/// What a console of the same place saved while all was well.
async fn saved() -> Estate {
    let mut flow = Flow::new("training-platform");
    flow.wait(Duration::from_secs(30)).await;
    let place = Place {
        account: "demo".into(),
        endpoint: None,
        simulated: Some("training-platform".into()),
    };
    let now = flow.sim.now();
    let saved = flow.console.model.estate.save(place.clone(), now);
    Estate::restore(saved, &place).unwrap()
}

#[tokio::test(start_paused = true)]
async fn it_is_run_from_a_saved_estate_twenty_minutes_into_the_outage() {
    let estate = saved().await;
    let start: Timestamp = START.parse().unwrap();
    let later = start + SignedDuration::from_mins(25);
    let scenario = Scenario::embedded("already-dark").unwrap();
    let sim = Sim::play(&scenario, SimClock::paused(later), 1);
    let disk = MemoryDisk::new();
    let mut flow = Flow::with(sim, disk, (160, 48), None, estate);
    // What was saved is shown with its age before AWS could answer it all.
    flow.wait(Duration::from_secs(1)).await;
    flow.until_within("STALE 25m", Duration::from_secs(5)).await;
    let shown = flow.screen();
    assert!(!shown.contains("no protected resource"), "{shown}");
    promote(&mut flow).await;
    assert!(flow.presses <= PRESSES, "{} key presses", flow.presses);
    to_the_end(&mut flow).await;
    is_told_and_done(&flow);
}

/// The least of worlds that a failover needs, all of it well.
fn small() -> Sim {
    let text = include_str!("fuzz/small.toml");
    let (well, _) = text.split_once("[[story]]").unwrap();
    let scenario = Scenario::parse(well, "small").unwrap();
    Sim::play(&scenario, SimClock::paused(START.parse().unwrap()), 1)
}

#[tokio::test(start_paused = true)]
async fn a_flapping_source_voids_no_confirm() {
    let sim = small();
    let waves = When::Waves { on: 3, off: 4 };
    let flaps = Rule::every(Effect::Dark).in_region("eu-west-1");
    sim.inject(flaps.when(waves));
    let mut flow = Flow::on(sim, MemoryDisk::new(), (80, 24), None);
    flow.wait(Duration::from_secs(30)).await;
    promote(&mut flow).await;
    move_traffic(&mut flow).await;
    flow.until("8/9 ").await;
    let happened = happened(&flow);
    let count = |word| happened.iter().filter(|h| h.word() == word).count();
    assert_eq!(count("voided"), 0, "{happened:?}");
    assert_eq!(count("confirmed"), 2, "{happened:?}");
    assert_eq!(flow.applied("PromoteReadReplica"), 1);
    assert_eq!(flow.applied("ChangeResourceRecordSets"), 1);
}

/// A look that came back just before a confirm must not hold the one after it
/// back.
#[tokio::test(start_paused = true)]
async fn no_time_but_that_of_the_look_lies_between_a_confirm_and_its_call() {
    let (account, region) = ("111122223333".into(), "eu-central-1".into());
    let what = What::Instance("learn-db-replica".into());
    let bound = Source::aws(&account, &region, what);
    let looked = |flow: &Flow| {
        let known = flow.console.model.estate.known(&bound);
        known.and_then(|known| known.seen)
    };
    let mut flow = Flow::new("already-dark");
    flow.wait(Duration::from_secs(30)).await;
    begin(&mut flow).await;
    decide(&mut flow).await;
    arm(&mut flow).await;
    flow.keys("x").await;
    flow.wait(Duration::from_millis(500)).await;
    flow.text("learn-db-replica").await;
    flow.keys("tab y e").await;
    let before = looked(&flow);
    for _ in 0..500 {
        if looked(&flow) != before {
            break;
        }
        flow.wait(Duration::from_millis(10)).await;
    }
    assert_ne!(looked(&flow), before, "what is shown is not looked at");
    flow.keys("s").await;
    sent(&mut flow).await;
    let entries = read(&flow.disk, &journal(&flow)).unwrap().entries;
    let confirmed = entries.iter().find_map(|entry| match &entry.fact {
        Fact::Step(step) => {
            matches!(step.what, Happened::Confirmed { .. }).then_some(entry.at)
        }
        _ => None,
    });
    let confirmed = confirmed.expect("it was confirmed");
    let (from, to) = looked(&flow).expect("it was seen");
    let all = flow.sim.received();
    let call = all.iter().find(|r| r.operation == "PromoteReadReplica");
    let sent = call.expect("it was sent").at;
    let waits = (from.duration_since(confirmed), sent.duration_since(to));
    let none = (SignedDuration::ZERO, SignedDuration::ZERO);
    assert_eq!(waits, none, "{confirmed} {from} {to} {sent}");
}

#[tokio::test(start_paused = true)]
async fn what_looks_like_a_secret_in_a_title_never_comes_to_the_disk() {
    let mut flow = Flow::new("already-dark");
    flow.keys(":").await;
    flow.wait(Duration::from_millis(500)).await;
    flow.text("incident.open").await;
    flow.keys("enter").await;
    flow.wait(Duration::from_millis(500)).await;
    flow.text("dark, password=hunter2").await;
    flow.keys("enter enter enter").await;
    flow.wait(Duration::from_secs(1)).await;
    let entries = read(&flow.disk, &journal(&flow)).unwrap().entries;
    let title = entries.iter().find_map(|entry| match &entry.fact {
        Fact::Opened { title, .. } => Some(&**title),
        _ => None,
    });
    assert_eq!(title, Some("dark, password=[redacted]"));
}
