//! The estate that a team shares in S3: kept by one, opened by another whose
//! state folder is empty, while the Region it tells of is dark.

mod flow;

use std::sync::Arc;
use std::time::Duration;

use flow::{Flow, parts, play, setting};
use jiff::SignedDuration;
use lifeboat::aws::poll::look_once;
use lifeboat::aws::record::{Object, get, put};
use lifeboat::aws::session::Session;
use lifeboat::aws::sources;
use lifeboat::estate::Estate;
use lifeboat::estate::ids::{Account, Region};
use lifeboat::estate::saved::{Place, SavedRunbook};
use lifeboat::journal::disk::MemoryDisk;
use lifeboat::shell::simulated;
use lifeboat::sim::Sim;
use lifeboat::sim::faults::{Effect, Rule};

const NAME: &str = "s3://learn-recovery/lifeboat/estate.json";

const RUNBOOK: &str = r#"
schema = 1
[runbook]
id = "call-the-vendor"
title = "Call the vendor of the exam hall"
[[step]]
id = "call"
title = "Call them"
kind = "note"
ask = "What did they say?"
"#;

fn object() -> Object {
    Object {
        account: Account::new("111122223333"),
        region: Region::new("eu-central-1"),
        bucket: "learn-recovery".into(),
        key: "lifeboat/estate.json".into(),
    }
}

fn place() -> Place {
    Place {
        account: "demo".into(),
        endpoint: None,
        simulated: Some("training-platform".into()),
    }
}

fn session(sim: &Sim) -> Arc<Session> {
    let told = setting();
    let (accounts, regions) = (&told.accounts, &told.regions);
    Session::new(simulated::session(sim, accounts, regions, "cron"))
}

/// What `observe --once --save` did so long ago: one look at everything, kept
/// in S3.
async fn kept(sim: &Sim, age: SignedDuration) {
    let session = session(sim);
    let mut estate = Estate::default();
    for account in &setting().accounts {
        for source in sources(&account.id, session.regions()) {
            estate.apply(look_once(&session, &source).await);
        }
    }
    let mut saved = estate.save(place(), session.now() - age);
    saved.runbooks = vec![SavedRunbook {
        name: "call-the-vendor.toml".into(),
        text: RUNBOOK.into(),
    }];
    let bytes = serde_json::to_vec(&saved).expect("plain data");
    put(&session, &object(), &bytes).await.expect("it is kept");
}

fn darken(sim: &Sim) {
    sim.inject(Rule::every(Effect::Dark).in_region("eu-west-1"));
}

/// A console with an empty state folder that opens what is shared.
fn console(sim: Sim) -> Flow {
    let disk = MemoryDisk::new();
    let parts = parts(&sim, &disk, None, Estate::default());
    let flow = Flow::of(parts, sim, disk, (160, 48));
    flow.console.open_shared(NAME, object());
    flow
}

#[tokio::test(start_paused = true)]
async fn an_empty_console_shows_what_was_shared_of_a_dark_region() {
    let sim = play("training-platform", 1);
    kept(&sim, SignedDuration::ZERO).await;
    darken(&sim);
    let mut flow = console(sim);
    // The first frame waits for nobody.
    flow.console.draw().expect("memory takes every frame");
    assert!(!flow.screen().contains("learn-quiz-db"));
    flow.wait(Duration::from_secs(20)).await;
    flow.keys("2").await;
    flow.until("learn-quiz-db").await;
    assert!(flow.screen().contains("STALE"), "{}", flow.screen());
    // Settings, zone records, endpoints and runbooks came along.
    let estate = &flow.console.model.estate;
    let (account, west) = ("111122223333".into(), "eu-west-1".into());
    assert!(estate.instances(&account, &west).len() > 3);
    assert!(estate.records().count() > 4);
    assert!(estate.arc_clusters().any(|c| !c.item.endpoints.is_empty()));
    flow.keys("5 o").await;
    flow.until("Call the vendor of the exam hall").await;
}

#[tokio::test(start_paused = true)]
async fn a_shared_estate_of_yesterday_is_a_finding() {
    let sim = play("training-platform", 1);
    kept(&sim, SignedDuration::from_hours(25)).await;
    let mut flow = console(sim);
    flow.wait(Duration::from_secs(20)).await;
    flow.keys("7").await;
    flow.keys("/").await;
    flow.text("shared").await;
    flow.keys("enter enter").await;
    flow.until("the shared estate s3://learn-recovery").await;
}

#[tokio::test(start_paused = true)]
async fn one_that_cannot_be_opened_is_told_and_holds_nothing_up() {
    let sim = play("training-platform", 1);
    let none = get(&session(&sim), &object()).await.expect_err("not there");
    assert_eq!(none.code.as_deref(), Some("NoSuchKey"));
    sim.inject(
        Rule::every(Effect::Silent).of_service("s3").in_region("eu-central-1"),
    );
    let mut flow = console(sim);
    flow.until("Can we recover?").await;
    flow.until("was not opened: no answer in 8 s").await;
}
