//! Regions that do not answer, and what the console makes of it: one that is
//! silent slows nothing, APIs that fail alone are no reason to leave, and
//! where nothing answers it is this machine's network.

#![expect(
    clippy::unwrap_used,
    reason = "a test sets a scene, and fails where it cannot"
)]

mod flow;

use std::collections::BTreeSet;
use std::io;
use std::sync::Arc;
use std::time::Duration;

use crossterm::event::{Event as Input, KeyCode, KeyEvent, KeyModifiers};
use flow::Flow;
use futures_util::Stream;
use futures_util::stream::{iter, pending};
use lifeboat::aws::poll::look_once;
use lifeboat::aws::session::Session;
use lifeboat::estate::ids::{Account, Region};
use lifeboat::estate::part::{Kind, Part};
use lifeboat::estate::{Estate, Found, Source, What};
use lifeboat::journal::disk::MemoryDisk;
use lifeboat::shell::Console;
use lifeboat::shell::wiring::wire;
use lifeboat::sim::Sim;
use lifeboat::sim::faults::{Effect, Rule};
use ratatui::Terminal;
use ratatui::backend::TestBackend;
use tokio::time::Instant;

/// The Region that takes calls and answers none.
const SILENT: &str = "eu-west-1";

/// The others.
const ANSWERING: [&str; 3] = ["eu-central-1", "us-east-1", "eu-north-1"];

/// How long an answer takes on the way.
const AWAY: u64 = 80;

/// What is waited for at the most.
const PATIENCE: Duration = Duration::from_mins(1);

type Typed = io::Result<Input>;

/// How long two things took, from the start of the console.
struct Took {
    first_frame: Duration,
    answering: Duration,
}

fn console(silent: bool) -> (Sim, Console<TestBackend>) {
    let sim = flow::play("quiet", 1);
    sim.inject(Rule::every(Effect::Slow(AWAY)));
    if silent {
        sim.inject(Rule::every(Effect::Silent).in_region(SILENT));
    }
    let disk = MemoryDisk::new();
    let mut parts = flow::parts(&sim, &disk, None, Estate::default());
    let mut regions = vec![Region::new(SILENT)];
    regions.extend(ANSWERING.map(Region::new));
    parts.model.setting.regions.clone_from(&regions);
    parts.session.regions = regions;
    let terminal = Terminal::new(TestBackend::new(80, 24)).unwrap();
    (sim, wire(parts, terminal))
}

/// The sources of the Regions that answer, as far as they are live. Of the
/// EBS snapshots, those are left out that are copies: whose data they hold
/// is told by the Region that they come from.
fn live(console: &Console<TestBackend>, sim: &Sim) -> BTreeSet<Source> {
    let estate = &console.model.estate;
    let answers = |source: &&Source| {
        let region = source.region().map(Region::as_str);
        region.is_some_and(|region| ANSWERING.contains(&region))
            && source.what() != Some(&What::VolumeSnapshots)
    };
    estate
        .sources()
        .filter(|(source, known)| {
            known.freshness(sim.now(), estate.pace(source)).is_live()
        })
        .map(|(source, _)| source)
        .filter(answers)
        .cloned()
        .collect()
}

async fn until(
    console: &mut Console<TestBackend>,
    input: &mut (impl Stream<Item = Typed> + Unpin),
    mut done: impl FnMut(&Console<TestBackend>) -> bool,
) -> Duration {
    let start = Instant::now();
    while !done(console) {
        console.turn(input).await.unwrap();
        let took = start.elapsed();
        assert!(took < PATIENCE, "not within {PATIENCE:?}");
    }
    start.elapsed()
}

async fn took(silent: bool, wanted: &BTreeSet<Source>) -> Took {
    let (sim, mut console) = console(silent);
    let mut nobody = pending();
    let drawn = |console: &Console<TestBackend>| {
        let buffer = console.terminal.backend().buffer();
        buffer.content.iter().any(|cell| cell.symbol() == "?")
    };
    let first_frame = until(&mut console, &mut nobody, drawn).await;
    let seen = |console: &Console<TestBackend>| {
        wanted.is_subset(&live(console, &sim))
    };
    let rest = until(&mut console, &mut nobody, seen).await;
    Took { first_frame, answering: first_frame + rest }
}

/// What is live half a minute after the start when every Region answers.
async fn all_live() -> BTreeSet<Source> {
    let (sim, mut console) = console(false);
    let start = Instant::now();
    let later = |_: &Console<TestBackend>| start.elapsed() > PATIENCE / 2;
    until(&mut console, &mut pending(), later).await;
    live(&console, &sim)
}

#[tokio::test(start_paused = true)]
async fn a_region_that_never_answers_slows_nothing_but_itself() {
    let wanted = all_live().await;
    assert!(wanted.len() > 30, "too little is watched: {wanted:?}");
    let with = took(true, &wanted).await;
    let without = took(false, &wanted).await;
    let most = |time: Duration| time.mul_f64(1.05);
    println!(
        "first frame {:?} and {:?}, three Regions live {:?} and {:?}",
        with.first_frame,
        without.first_frame,
        with.answering,
        without.answering
    );
    assert!(with.first_frame <= most(without.first_frame));
    assert!(without.answering >= Duration::from_millis(AWAY));
    assert!(with.answering <= most(without.answering));
}

#[tokio::test(start_paused = true)]
async fn quitting_does_not_wait_for_a_region_that_never_answers() {
    let (_sim, mut console) = console(true);
    let start = Instant::now();
    let later =
        |_: &Console<TestBackend>| start.elapsed() > Duration::from_secs(2);
    until(&mut console, &mut pending(), later).await;
    let twice = [(), ()].map(|()| {
        let key = KeyEvent::new(KeyCode::Char('c'), KeyModifiers::CONTROL);
        Ok(Input::Key(key))
    });
    let mut keys = iter(twice);
    let took = until(&mut console, &mut keys, Console::has_ended).await;
    let finish = Instant::now();
    console.finish();
    let took = took + finish.elapsed();
    assert!(took <= Duration::from_millis(300), "{took:?}");
}

/// A console on a scenario, its Regions in front.
async fn regions_of(scenario: &str) -> Flow {
    let disk = MemoryDisk::new();
    let sim = flow::play(scenario, 1);
    let mut flow = Flow::on(sim, disk, (160, 48), None);
    flow.wait(Duration::from_secs(30)).await;
    flow.keys("3").await;
    flow
}

#[tokio::test(start_paused = true)]
async fn apis_that_fail_alone_are_told_from_a_region_that_fails() {
    let mut flow = regions_of("apis-impaired").await;
    let words = "AWS APIs impaired, service healthy: failover not indicated";
    flow.until(words).await;
    let screen = flow.screen();
    let line = screen.lines().find(|line| line.contains(words));
    assert!(line.is_some_and(|l| l.contains("eu-west-1")), "{screen}");
    flow.keys("enter").await;
    flow.until("own services").await;
    let screen = flow.screen();
    assert!(screen.contains("✔ health check of"), "{screen}");
    assert!(screen.contains("Control planes homed elsewhere"), "{screen}");
}

#[tokio::test(start_paused = true)]
async fn where_no_region_answers_it_is_this_machines_network() {
    let mut flow = regions_of("own-network").await;
    flow.until("this machine's network").await;
    let screen = flow.screen();
    assert!(!screen.contains("DARK"), "{screen}");
    assert!(!screen.contains("failover not indicated"), "{screen}");
}

#[tokio::test(start_paused = true)]
async fn a_region_that_went_dark_is_never_called_healthy_behind_its_apis() {
    let mut flow = regions_of("already-dark").await;
    flow.until("DARK").await;
    for _ in 0..40 {
        flow.wait(Duration::from_secs(15)).await;
        flow.console.draw().unwrap();
        let screen = flow.screen();
        assert!(!screen.contains("failover not indicated"), "{screen}");
    }
}

fn session_of(sim: &Sim) -> Arc<Session> {
    let disk = MemoryDisk::new();
    Session::new(flow::parts(sim, &disk, None, Estate::default()).session)
}

fn at(region: &str, what: What) -> Source {
    let account = Account::new("111122223333");
    Source::aws(&account, &Region::new(region), what)
}

async fn look(session: &Arc<Session>, region: &str, what: What) -> Found {
    let source = at(region, what);
    let seen = look_once(session, &source).await;
    assert_eq!(seen.partial, None, "{source}");
    seen.found.unwrap_or_else(|failure| panic!("{source}: {failure}"))
}

/// The Regions that ARC endpoints were asked in, and answered from.
fn endpoints(sim: &Sim) -> Vec<(String, bool)> {
    let asked = sim.received().into_iter();
    let asked = asked.filter(|r| r.service == "route53-recovery-cluster");
    asked.map(|r| (r.region, r.reached)).collect()
}

#[tokio::test(start_paused = true)]
async fn switches_are_told_in_turn_while_their_home_is_dark() {
    let sim = flow::play("quiet", 1);
    let session = session_of(&sim);
    let home = "us-west-2";
    let config = look(&session, home, What::Parts(Kind::ArcCluster)).await;
    for dark in [home, "us-east-1"] {
        sim.inject(Rule::every(Effect::Dark).in_region(dark));
    }
    let switches = What::Parts(Kind::Switches);
    for _ in 0..4 {
        look(&session, home, switches.clone()).await;
    }
    let Found::Parts(parts) = look(&session, home, switches.clone()).await
    else {
        panic!("not parts")
    };
    let [Part::Switches(told)] = &parts[..] else { panic!("{parts:?}") };
    assert_eq!(told.controls.len(), 4);
    let silent: Vec<&str> =
        told.silent().map(|tried| tried.region.as_str()).collect();
    assert_eq!(silent, ["us-east-1", home]);
    let answered: BTreeSet<String> = endpoints(&sim)
        .into_iter()
        .filter(|(_, reached)| *reached)
        .map(|(region, _)| region)
        .collect();
    let others = ["ap-northeast-1", "ap-southeast-2", SILENT];
    assert_eq!(answered, others.map(str::to_owned).into());

    let later = session_of(&sim);
    let source = at(home, switches.clone());
    let seen = look_once(&later, &source).await;
    assert!(seen.found.is_err(), "nobody told it of the endpoints");
    later.learn(&at(home, What::Parts(Kind::ArcCluster)), &config);
    look(&later, home, switches).await;
}

#[tokio::test(start_paused = true)]
async fn a_standby_tells_what_stands_in_its_way_and_what_it_needs() {
    let mut flow = regions_of("quiet").await;
    flow.keys("j enter").await;
    flow.until("Standby readiness").await;
    let mut text = flow.screen();
    for _ in 0..6 {
        flow.keys("pagedown").await;
        flow.console.draw().unwrap();
        text += &flow.screen();
    }
    for words in [
        "ARC Region switch: plan learn-switch: step scale-web",
        "ARC routing control: panel lti has every routing control On",
        "CloudFront: avatars.learn.example has no origin outside",
        "Global Accelerator: learn-live has its dial at 0 %",
        "Route 53: CNAME reports.learn.example (eu-central-1) has weight 0",
        "Transit Gateway: attachment learn-central",
        "VPC peering: peering learn-data-west-central",
        "CloudFront origins (us-east-1)",
        "Global Accelerator dials (us-west-2)",
        "Route 53 records (us-east-1)",
        "S3 bucket creation (us-east-1)",
    ] {
        assert!(text.contains(words), "{words}:\n{text}");
    }
}
