//! Drills with nobody at hand, over the real loop: what they make is removed
//! again, and what they may not touch is refused before it is sent.

#![expect(
    clippy::unwrap_used,
    reason = "a test sets a scene, and fails where it cannot"
)]

mod flow;

use std::path::Path;
use std::sync::Arc;
use std::time::Duration;

use flow::{Flow, START, parts};
use jiff::Timestamp;
use lifeboat::app::Book;
use lifeboat::app::unattended::{Ending, NAME, Unattended};
use lifeboat::estate::Estate;
use lifeboat::estate::cost::DRILL_TAG;
use lifeboat::estate::ids::Account;
use lifeboat::estate::price::Prices;
use lifeboat::incident::Incident;
use lifeboat::incident::entry::Entry;
use lifeboat::incident::fact::Fact;
use lifeboat::journal::disk::{Disk, MemoryDisk};
use lifeboat::journal::read::{read, verify};
use lifeboat::journal::thread::Journal;
use lifeboat::runbook::Runbook;
use lifeboat::runbook::run::{Happened, Outcome};
use lifeboat::runbook::unattended::Rule;
use lifeboat::sim::faults::{Effect, Rule as FaultRule, When};
use lifeboat::sim::scenario::Scenario;
use lifeboat::sim::world::database::{Instance, Snapshot};
use lifeboat::sim::{Sim, SimClock};

const SHIPPED: &str = include_str!("../runbooks/restore-drill.toml");
const PROD: &str = "111122223333";
const CENTRAL: &str = "eu-central-1";
const COPY: &str = "lifeboat-drill";
const ARN: &str = "arn:aws:rds:eu-central-1:111122223333:db:lifeboat-drill";

/// The shipped drill, in the network of the small world.
fn runbook() -> String {
    let text = SHIPPED.replace("learn-drill-closed", "closed");
    text.replace("sg-0d811c105ed", "sg-0c105ed")
}

/// The least of worlds: two databases, a snapshot of one, two networks.
fn world() -> Sim {
    let small = include_str!("fuzz/small.toml");
    let (well, _) = small.split_once("[[story]]").unwrap();
    let more = include_str!("unattended/small.toml");
    let scenario =
        Scenario::parse(&format!("{well}{more}"), "unattended").unwrap();
    let start: Timestamp = START.parse().unwrap();
    let sim = Sim::play(&scenario, SimClock::paused(start), 60);
    let taken = start - jiff::SignedDuration::from_hours(3);
    let snapshot = Snapshot::of(&Instance::new("learn-db", taken), "s", taken);
    sim.world(|world| world.add_snapshot(PROD, CENTRAL, snapshot));
    sim
}

fn book(text: &str) -> Book {
    Book {
        path: "drill.toml".into(),
        text: text.into(),
        runbook: Ok(Arc::new(Runbook::parse(text, "drill.toml").unwrap())),
    }
}

/// A drill that may change these accounts, and has not begun.
fn drill(sim: Sim, text: &str, accounts: &[&str]) -> Flow {
    let disk = MemoryDisk::new();
    let mut parts = parts(&sim, &disk, None, Estate::default());
    flow::slow(&mut parts);
    let rule = rule(accounts);
    parts.model.unattended = Some(Unattended::new(rule, "ann on desk"));
    parts.model.idle = jiff::SignedDuration::from_hours(24);
    NAME.clone_into(&mut parts.model.setting.user);
    NAME.clone_into(&mut parts.author.user);
    let kept = Arc::new(disk.clone());
    let keeper = flow::keeper(&sim, kept, parts.author.clone());
    parts.journal = Journal::inline(keeper);
    parts.model.drill(book(text));
    Flow::of(parts, sim, disk, (80, 24))
}

fn rule(accounts: &[&str]) -> Rule {
    Rule::of(accounts.iter().copied().map(Account::new))
}

/// Lets it come to its end, within four hours of its time.
async fn ended(flow: &mut Flow) -> Ending {
    for _ in 0..480 {
        flow.wait(Duration::from_secs(30)).await;
        if flow.console.has_ended() {
            break;
        }
    }
    let own = flow.console.model.unattended.as_ref().unwrap();
    own.ending.unwrap_or_else(|| panic!("no end: {:?}", incident(flow)))
}

fn incident(flow: &Flow) -> Incident {
    let root = Path::new(flow::STATE).join("incidents");
    let journal = root.join(flow.incident());
    assert!(verify(&flow.disk, &journal).unwrap().is_sound());
    let reading = read(&flow.disk, &journal).unwrap();
    Incident::fold(reading.incident, reading.entries)
}

/// Why something was refused, as the journal keeps it.
fn refusals(incident: &Incident) -> Vec<String> {
    let of = |fact: &Fact| match fact {
        Fact::Refused { why, .. } => Some(why.clone()),
        _ => None,
    };
    incident.entries.iter().filter_map(|e| of(&e.fact)).collect()
}

/// How often AWS was asked to change something.
fn changes(flow: &Flow) -> usize {
    let received = flow.sim.received();
    let reads = ["Describe", "List", "Get", "AssumeRole", "Lookup"];
    received
        .iter()
        .filter(|one| !reads.iter().any(|r| one.operation.starts_with(r)))
        .count()
}

/// The confirms, by step and by who gave them.
fn confirms(incident: &Incident) -> Vec<(String, String, String)> {
    let of = |entry: &Entry| match &entry.fact {
        Fact::Step(fact) => match &fact.what {
            Happened::Confirmed { approval, .. } => Some((
                fact.step.clone(),
                approval.by.clone(),
                entry.by.user.clone(),
            )),
            _ => None,
        },
        _ => None,
    };
    incident.entries.iter().filter_map(of).collect()
}

fn exists(flow: &Flow, id: &str) -> bool {
    flow.sim.world(|world| {
        let place = world.place(PROD, CENTRAL).unwrap();
        place.instances.contains_key(id)
    })
}

#[tokio::test(start_paused = true)]
async fn a_restore_is_proven_and_removed_with_nobody_at_hand() {
    let mut flow = drill(world(), &runbook(), &[PROD]);
    assert_eq!(ended(&mut flow).await, Ending::Proven);
    assert_eq!(flow.applied("RestoreDBInstanceFromDBSnapshot"), 1);
    assert_eq!(flow.applied("DeleteDBInstance"), 1);
    assert_eq!(changes(&flow), 2);
    assert!(!exists(&flow, COPY));
    let told = incident(&flow);
    let by = |step: &str| (step.into(), NAME.into(), NAME.into());
    assert_eq!(confirms(&told), [by("restore"), by("remove")]);
    let [made] = &told.made[..] else { panic!("{:?}", told.made) };
    assert_eq!((made.arn.as_str(), made.step.as_str()), (ARN, "restore"));
    assert!(made.gone.is_some());
    assert!(told.closed.is_some() && told.is_drill());
    // What went out bore the tag of this very drill.
    let (_, state) = told.runs[0].step("restore").unwrap();
    let call = &state.plan().unwrap().calls[0];
    assert_eq!(call.made_by(), Some((DRILL_TAG, told.id.as_str())));
    let root = Path::new(flow::STATE).join("incidents").join(&told.id);
    let report = flow.disk.read(&root.join("export/drill.md")).unwrap();
    let report = String::from_utf8(report).unwrap();
    for words in ["3 of 3 steps proven", "All of it is gone.", ARN] {
        assert!(report.contains(words), "{words} is not in\n{report}");
    }
}

/// Nothing was sent, and the journal says why.
async fn refused(mut flow: Flow, said: &str) {
    assert_eq!(ended(&mut flow).await, Ending::Failed);
    assert_eq!(changes(&flow), 0);
    let told = incident(&flow);
    let why = refusals(&told);
    assert!(why.iter().any(|why| why.contains(said)), "{said}: {why:?}");
    let (_, summary) = told.closed.unwrap();
    assert!(summary.contains("nothing is left"), "{summary}");
}

#[tokio::test(start_paused = true)]
async fn an_account_that_the_config_does_not_give_to_drills_is_not_touched() {
    let flow = drill(world(), &runbook(), &["444455556666"]);
    refused(flow, "`drill = true` of account 111122223333").await;
}

#[tokio::test(start_paused = true)]
async fn what_could_reach_anything_is_not_made() {
    // The kind refuses what is to be closed, the rule all else.
    let text = runbook().replace("default = \"closed\"", "default = \"open\"");
    let flow = drill(world(), &text, &[PROD]);
    refused(flow, "0.0.0.0/0 over nat-1").await;
    let lax = text.replace("closed = true\n", "");
    let flow = drill(world(), &lax, &[PROD]);
    refused(flow, "lifeboat-drill could reach something").await;
    let text = runbook().replace("closed = true\n", "");
    let text =
        text.replace("default = \"sg-0c105ed\"", "default = \"sg-0ff\"");
    let flow = drill(world(), &text, &[PROD]);
    refused(flow, "sg-0ff lets 0.0.0.0/0 be asked").await;
}

#[tokio::test(start_paused = true)]
async fn what_cannot_be_told_of_its_reach_is_refused() {
    let sim = world();
    let denied = FaultRule::every(Effect::Denied);
    sim.inject(denied.of_operation("DescribeRouteTables"));
    let flow = drill(sim, &runbook(), &[PROD]);
    refused(flow, "list the route tables").await;
}

/// A step that changes what other people made.
const PROMOTE: &str = r#"
[[step]]
id = "promote"
kind = "rds.promote-replica"
title = "Promote"
account = "{account}"
region = "{to}"
replica = "learn-db-replica"
source = "learn-db"
drill = "run"
undo = "none: build another"
timeout = "1h"

# --- restore -"#;

/// A removal of something that is there and was not made by this drill.
const REMOVE_ANOTHER: &str = r#"
[[step]]
id = "first"
kind = "rds.delete-instance"
title = "Delete the replica"
account = "{account}"
region = "{to}"
instance = "learn-db-replica"
drill = "run"
undo = "none: build another"
timeout = "1h"

# --- restore -"#;

#[tokio::test(start_paused = true)]
async fn what_others_made_is_neither_changed_nor_deleted() {
    let text = runbook().replace("# --- restore -", PROMOTE);
    let flow = drill(world(), &text, &[PROD]);
    refused(flow, "only what this drill made is changed").await;
    let text = runbook().replace("# --- restore -", REMOVE_ANOTHER);
    let flow = drill(world(), &text, &[PROD]);
    refused(flow, "learn-db-replica has no tag lifeboat:drill").await;
}

#[tokio::test(start_paused = true)]
async fn what_has_the_tag_and_is_not_in_the_journal_is_not_deleted() {
    let text = runbook().replace("# --- restore -", REMOVE_ANOTHER);
    let mut flow = drill(world(), &text, &[PROD]);
    while flow.console.model.open.is_none() {
        flow.wait(Duration::from_millis(100)).await;
    }
    let id = flow.incident();
    flow.sim.world(|world| {
        let place = world.place_mut(PROD, CENTRAL);
        let replica = place.instances.get_mut("learn-db-replica").unwrap();
        replica.tags.insert(DRILL_TAG.into(), id);
    });
    refused(flow, "does not tell that it made").await;
}

#[tokio::test(start_paused = true)]
async fn a_call_that_the_rule_does_not_admit_is_stopped_where_it_is_sent() {
    let mut flow = drill(world(), &runbook(), &["444455556666"]);
    // The hands keep to the rule they were given, whatever the app makes
    // of its own.
    let own = flow.console.model.unattended.as_mut().unwrap();
    own.rule = rule(&[PROD]);
    assert_eq!(ended(&mut flow).await, Ending::Failed);
    assert_eq!(changes(&flow), 0);
    let told = incident(&flow);
    let not_sent = told.entries.iter().any(|entry| {
        matches!(&entry.fact, Fact::Step(fact)
            if matches!(&fact.what, Happened::Outcome {
                outcome: Outcome::NotSent { why }, ..
            } if why.contains("`drill = true`")))
    });
    assert!(not_sent, "the journal tells why it was not sent");
}

#[tokio::test(start_paused = true)]
async fn what_was_made_is_removed_although_the_proof_fails() {
    let text = runbook().replace(
        "instance = \"{copy}\"\nexpect = \"10s\"",
        "instance = \"nobody\"\nexpect = \"10s\"",
    );
    let text = text.replace("timeout = \"10m\"", "timeout = \"20s\"");
    let mut flow = drill(world(), &text, &[PROD]);
    assert_eq!(ended(&mut flow).await, Ending::Failed);
    assert_eq!(flow.applied("RestoreDBInstanceFromDBSnapshot"), 1);
    assert_eq!(flow.applied("DeleteDBInstance"), 1);
    let told = incident(&flow);
    assert_eq!(told.left().count(), 0);
    let (_, summary) = told.closed.unwrap();
    assert!(summary.contains("usable takes longer"), "{summary}");
}

#[tokio::test(start_paused = true)]
async fn what_cannot_be_removed_is_told_with_its_cost_an_hour() {
    let sim = world();
    let denied = FaultRule::every(Effect::Denied);
    sim.inject(denied.of_operation("DeleteDBInstance"));
    let mut flow = drill(sim, &runbook(), &[PROD]);
    let table = "[[instance]]\nengine = \"postgres\"\n\
        class = \"db.t4g.medium\"\npage = \"https://x\"\n\
        as_of = \"2026-01-01\"\nusd = { eu-central-1 = 0.08 }\n";
    let prices = Arc::new(Prices::read(table).unwrap());
    flow.console.model.watch.bill.prices = prices;
    assert_eq!(ended(&mut flow).await, Ending::Left);
    assert!(exists(&flow, COPY));
    let told = incident(&flow);
    let left: Vec<_> = told.left().map(|made| made.hourly_usd).collect();
    assert_eq!(left, [Some(0.08)]);
    let (_, summary) = told.closed.unwrap();
    let words = format!("LEFT: {ARN}, $0.0800 an hour");
    assert!(summary.contains(&words), "{summary}");
}

#[tokio::test(start_paused = true)]
async fn lost_answers_make_it_once_and_remove_it_once() {
    let sim = world();
    for operation in ["RestoreDBInstanceFromDBSnapshot", "DeleteDBInstance"] {
        let lost = FaultRule::every(Effect::LostReset);
        sim.inject(lost.of_operation(operation).when(When::First(1)));
    }
    let mut flow = drill(sim, &runbook(), &[PROD]);
    assert_eq!(ended(&mut flow).await, Ending::Proven);
    assert_eq!(changes(&flow), 2);
    assert_eq!(flow.applied("RestoreDBInstanceFromDBSnapshot"), 1);
    assert_eq!(flow.applied("DeleteDBInstance"), 1);
    assert_eq!(incident(&flow).left().count(), 0);
}
