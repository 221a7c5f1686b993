//! Drills over the real loop: a runbook to its end in the embedded AWS, what
//! its report says, and that it is evidence of nothing.

#![expect(
    clippy::unwrap_used,
    reason = "a test sets a scene, and fails where it cannot"
)]

mod flow;

use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::time::Duration;

use flow::person::finish;
use flow::{Flow, RUNBOOK};
use lifeboat::app::{Book, Overlay};
use lifeboat::estate::Estate;
use lifeboat::estate::derived::{Derived, Watch};
use lifeboat::estate::metrics::{Exercise, Practice};
use lifeboat::incident::Incident;
use lifeboat::incident::fact::{Conduct, Fact};
use lifeboat::journal::disk::Disk;
use lifeboat::journal::read::read;
use lifeboat::runbook::Runbook;
use lifeboat::runbook::learned::learned;
use lifeboat::runbook::run::{Happened, Status};

/// The runbook up to its point of no return, which a drill only simulates.
fn simulated() -> String {
    let (text, _) = RUNBOOK.split_once("# --- move traffic").unwrap();
    let parts = text.split("\n\n");
    let parts = parts.filter(|part| !part.starts_with("[[stops_when]]"));
    let text = parts.collect::<Vec<_>>().join("\n\n");
    let undo = "undo = \"none: build";
    assert!(text.contains(undo), "the step to simulate is there");
    text.replace(undo, &format!("drill = \"simulate\"\n{undo}"))
}

fn book(text: &str) -> Book {
    Book {
        path: "drilled.toml".into(),
        text: text.into(),
        runbook: Ok(Arc::new(Runbook::parse(text, "drilled.toml").unwrap())),
    }
}

/// A console on a drill of this runbook, its form filled with what stands in
/// it.
async fn begun(text: &str) -> Flow {
    let mut flow = Flow::new("already-dark");
    flow.console.model.drill(book(text));
    flow.wait(Duration::from_secs(30)).await;
    let Some(Overlay::Form(form)) = &flow.console.model.overlay else {
        panic!("no form is open:\n{}", flow.screen())
    };
    for _ in 0..form.fields.len() {
        flow.keys("enter").await;
    }
    flow.wait(Duration::from_secs(1)).await;
    flow
}

fn journal(flow: &Flow) -> PathBuf {
    let root = Path::new(flow::STATE).join("incidents");
    root.join(flow.incident())
}

fn incident(flow: &Flow) -> Incident {
    let reading = read(&flow.disk, &journal(flow)).unwrap();
    Incident::fold(reading.incident, reading.entries)
}

async fn exported(flow: &mut Flow, name: &str) -> String {
    flow.keys("6 e").await;
    flow.wait(Duration::from_secs(1)).await;
    let file = journal(flow).join("export").join(name);
    String::from_utf8(flow.disk.read(&file).unwrap()).unwrap()
}

/// What `check` says of this runbook after these.
fn findings(text: &str, past: &[Practice]) -> Vec<(&'static str, String)> {
    let runbook = Runbook::parse(text, "drilled.toml").unwrap();
    let drilled = vec![runbook.drilled("", past)];
    let watch = Watch { drilled, ..Watch::default() };
    let now = flow::START.parse().unwrap();
    let derived = Derived::of(&Estate::default(), &watch, None, now);
    let ours = derived.posture.iter().filter(|v| v.system == "Drills");
    ours.map(|verdict| (verdict.code, verdict.what.clone())).collect()
}

#[tokio::test(start_paused = true)]
async fn a_drill_is_run_to_its_end_with_its_report_and_proves_nothing_of_aws()
{
    let mut flow = begun(RUNBOOK).await;
    flow.console.draw().unwrap();
    assert!(flow.screen().contains("DRILL SIM"), "{}", flow.screen());
    finish(&mut flow).await.unwrap();
    assert_eq!(flow.applied("PromoteReadReplica"), 1);
    let report = exported(&mut flow, "drill.md").await;
    for words in [
        "# DRILL INC-",
        "Drill of rds-replica-failover",
        "- `home-region`: where clients find",
        "SIMULATED AWS (training-platform)",
        "| RTO: impact to health | 00:15:00 |",
        "| RPO of learn-db-replica (eu-central-1) | 00:05:00 |",
        "| proven | done |",
        "No call of this drill made anything that costs.",
        "was not drilled before",
        "Nothing that the runbook does not say already.",
        "no evidence",
    ] {
        assert!(report.contains(words), "{words} is not in\n{report}");
    }
    let incident = incident(&flow);
    let first = &incident.entries[0].fact;
    let Fact::Opened { conduct, simulated, .. } = first else {
        panic!("{first:?}")
    };
    assert_eq!(*conduct, Conduct::Drill);
    assert!(simulated.is_some());
    let practice = incident.practice().unwrap();
    assert!(practice.drill && !practice.counts());
    let proven = practice.runs[0].count(Exercise::Proven);
    assert!(proven >= 6, "{:?}", practice.runs[0]);

    // What it measured would count had it been done in AWS.
    let past = [practice];
    let codes = findings(RUNBOOK, &past);
    assert_eq!(codes[0].0, "never-drilled");
    assert!(codes[0].1.contains("1 drill in an embedded AWS"), "{codes:?}");
    let runbook = Runbook::parse(RUNBOOK, "drilled.toml").unwrap();
    assert_eq!(learned(&runbook, &past), (Vec::new(), 1));
    let in_aws = [Practice { simulated: None, ..past[0].clone() }];
    let codes = findings(RUNBOOK, &in_aws);
    assert!(codes.iter().all(|(code, _)| *code != "never-drilled"));
    assert!(!learned(&runbook, &in_aws).0.is_empty());
}

#[tokio::test(start_paused = true)]
async fn what_a_drill_simulates_is_confirmed_and_never_sent() {
    let text = simulated();
    let mut flow = begun(&text).await;
    finish(&mut flow).await.unwrap();
    assert_eq!(flow.applied("PromoteReadReplica"), 0);
    let incident = incident(&flow);
    let run = &incident.runs[0];
    assert_eq!(run.status("promote"), Some(&Status::Simulated));
    let did = |word: &str| {
        let steps =
            incident.entries.iter().filter_map(|entry| match &entry.fact {
                Fact::Step(step) => Some(&step.what),
                _ => None,
            });
        steps.filter(|what: &&Happened| what.word() == word).count()
    };
    assert_eq!((did("confirmed"), did("simulated")), (1, 1));
    assert_eq!(did("intended"), 0, "nothing was about to be sent");
    let report = exported(&mut flow, "drill.md").await;
    assert!(report.contains("1 simulated"), "{report}");
    assert!(report.contains("not sent: rds:PromoteReadReplica"), "{report}");
}
