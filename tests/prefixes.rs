//! Any beginning of any journal can be read back and folded, and never shows
//! a step as done that no entry of that beginning says so of.

use std::path::Path;
use std::sync::Arc;

use jiff::Timestamp;
use lifeboat::failure::{Failure, FailureKind};
use lifeboat::incident::Incident;
use lifeboat::incident::entry::{Author, Entry};
use lifeboat::incident::fact::{Conduct, Fact, pin_file};
use lifeboat::journal::clock::{Clock, SetClock};
use lifeboat::journal::disk::{Disk, MemoryDisk};
use lifeboat::journal::read;
use lifeboat::journal::{Answer, Keeper, Order};
use lifeboat::runbook::plan::Second;
use lifeboat::runbook::run::{
    Happened, Outcome, Run, RunFact, RunHappened, Status, StepFact,
};
use lifeboat::runbook::{Manner, Values};
use proptest::prelude::*;

/// The shipped runbook with a way back from its traffic, and a step of only
/// one manner.
const SHIPPED: &str = include_str!("../runbooks/rds-replica-failover.toml");
const BACK: &str = r#"
[[step]]
id = "traffic-back"
kind = "route53.switch-record"
title = "Point {record} at the old place"
undoes = "traffic"
account = "{account}"
zone = "{zone}"
name = "{record}"
type = "CNAME"
value = "{primary}"

[[step]]
id = "drain"
kind = "manual"
title = "Stop the writers"
only = "graceful"
needs = []
ask = "How many are left?"
"#;
const STEPS: [&str; 12] = [
    "standby",
    "lag",
    "go",
    "promote",
    "traffic",
    "resolve",
    "green",
    "healthy",
    "follow-up",
    "traffic-back",
    "drain",
    "no such step",
];

fn failure() -> Failure {
    Failure::new("promote", FailureKind::TimedOut)
}

fn outcome() -> impl Strategy<Value = Outcome> {
    prop_oneof![
        Just(Outcome::Accepted { request_id: None, answer: None }),
        Just(Outcome::Refused { failure: failure() }),
        Just(Outcome::Unknown { failure: failure() }),
        any::<String>().prop_map(|why| Outcome::NotSent { why }),
    ]
}

fn happened() -> impl Strategy<Value = Happened> {
    let why = any::<String>;
    prop_oneof![
        (why(), any::<bool>())
            .prop_map(|(why, unclear)| Happened::Held { why, unclear }),
        why().prop_map(|why| Happened::Running { why }),
        why().prop_map(|why| Happened::Lost { why }),
        why().prop_map(|why| Happened::NotApplied { why }),
        why().prop_map(|it| Happened::Done {
            outputs: Values::from([("seen".to_owned(), it.clone())]),
            evidence: vec![it],
        }),
        why().prop_map(|choice| Happened::Decided {
            choice: "proceed".to_owned(),
            rationale: choice,
        }),
        why().prop_map(|value| Happened::Answered { value }),
        why().prop_map(|reason| Happened::Skipped { reason }),
        why().prop_map(|reason| Happened::Called { reason }),
        (why(), why())
            .prop_map(|(reason, seen)| Happened::Overridden { reason, seen }),
        why().prop_map(|allowed| Happened::Overdue { allowed }),
        Just(Happened::Retried),
        (0_u32..3, 0_usize..3, outcome(), any::<u64>()).prop_map(
            |(attempt, position, outcome, took_ms)| Happened::Outcome {
                attempt,
                position,
                outcome,
                took_ms
            }
        ),
        (any::<bool>(), why()).prop_map(|(applied, evidence)| {
            Happened::Stated { applied, evidence, outputs: Values::new() }
        }),
        why().prop_map(|reason| Happened::Aborted {
            left: vec![reason.clone()],
            reason,
        }),
    ]
}

fn step() -> impl Strategy<Value = Fact> {
    let run = prop_oneof![9 => Just("1"), 1 => Just("2")];
    (run, prop::sample::select(&STEPS[..]), happened()).prop_map(
        |(run, step, what)| {
            let (run, step) = (run.to_owned(), step.to_owned());
            Fact::Step(StepFact { run, step, what })
        },
    )
}

/// What happens to the run as a whole.
fn whole() -> impl Strategy<Value = Fact> {
    let reason = any::<String>;
    let what = prop_oneof![
        reason().prop_map(|reason| RunHappened::Paused { reason }),
        Just(RunHappened::Continued),
        (any::<bool>(), reason()).prop_map(|(graceful, reason)| {
            let manner =
                if graceful { Manner::Graceful } else { Manner::Ungraceful };
            RunHappened::Manner { manner, reason }
        }),
        (any::<bool>(), reason()).prop_map(|(known, reason)| {
            let other = if known { runbook() } else { reason.clone() };
            let (_, sha256) = pin_file(&other);
            RunHappened::Repinned { sha256, reason }
        }),
    ];
    what.prop_map(|what| Fact::Run(RunFact { run: "1".into(), what }))
}

fn fact() -> impl Strategy<Value = Fact> {
    prop_oneof![
        8 => step(),
        2 => whole(),
        1 => any::<String>().prop_map(|text| Fact::Note { text }),
        1 => any::<String>().prop_map(|why| Fact::Disarmed { why }),
        1 => any::<String>().prop_map(|summary| Fact::Closed { summary }),
        1 => any::<u64>().prop_map(|gap_s| Fact::Resumed { gap_s }),
        1 => (any::<u64>(), any::<String>()).prop_map(|(entry, old)| {
            let (field, new, why) = Default::default();
            Fact::Corrected { entry, field, old, new, why }
        }),
    ]
}

fn runbook() -> String {
    format!("{SHIPPED}{BACK}")
}

/// The facts before the made-up ones: an incident with a run under way.
fn opening() -> Vec<Fact> {
    let (mut facts, sha256) = pin_file(&runbook());
    facts.insert(
        0,
        Fact::Opened {
            title: "t".into(),
            external_id: None,
            conduct: Conduct::Drill,
            simulated: None,
            endpoint: None,
            tool: "0".into(),
        },
    );
    facts.push(Fact::Pinned {
        run: "1".into(),
        id: "rds-replica-failover".into(),
        title: "t".into(),
        path: "p".into(),
        sha256,
        inputs: Vec::new(),
        second: Second::Off,
        manner: Manner::Ungraceful,
    });
    facts
}

/// Writes facts by the real writer; the answer is the entries as they were
/// acknowledged, the journal's directory and its disk.
fn write(facts: Vec<Fact>) -> (Vec<Entry>, String, MemoryDisk) {
    let disk = MemoryDisk::new();
    let author = Author {
        user: "u".into(),
        arn: None,
        host: "h".into(),
        pid: 1,
        console: "A".into(),
        role: "driver".into(),
    };
    let clock =
        || Box::new(SetClock { at: Timestamp::UNIX_EPOCH }) as Box<dyn Clock>;
    let shared = Arc::new(disk.clone());
    let mut keeper = Keeper::new(shared, Path::new("/s"), author, clock);
    let mut facts = facts.into_iter();
    let first = Box::new(facts.next().expect("the opening is there"));
    let now = Timestamp::UNIX_EPOCH;
    let created = keeper.take(Order::Create { now, salt: 0, first });
    let Answer::Opened(Ok(opened)) = created else { panic!("{created:?}") };
    let mut entries = opened.entries;
    for fact in facts {
        match keeper.take(Order::Record(Box::new(fact))) {
            Answer::Recorded(Ok(entry)) => entries.push(*entry),
            other => panic!("{other:?}"),
        }
    }
    (entries, opened.incident, disk)
}

/// The statuses of the steps of the one run, by the order of the runbook.
fn statuses(incident: &Incident) -> Vec<(String, Status)> {
    let run = incident.run("1").into_iter();
    run.flat_map(Run::steps)
        .map(|(spec, state)| (spec.id.clone(), state.status.clone()))
        .collect()
}

/// Whether some entry says of a step that it is done.
fn says_done(entries: &[Entry], wanted: &str) -> bool {
    entries.iter().any(|entry| match &entry.fact {
        Fact::Step(StepFact { run, step, what }) => {
            run == "1"
                && step == wanted
                && matches!(
                    what,
                    Happened::Done { .. }
                        | Happened::Decided { .. }
                        | Happened::Answered { .. }
                        | Happened::Stated { applied: true, .. }
                )
        }
        _ => false,
    })
}

proptest! {
    #![proptest_config(ProptestConfig {
        cases: 24, failure_persistence: None, ..ProptestConfig::default()
    })]

    #[test]
    fn any_prefix_folds_and_claims_nothing_that_it_does_not_say(
        made_up in prop::collection::vec(fact(), 0..25),
    ) {
        let facts: Vec<Fact> = opening().into_iter().chain(made_up).collect();
        let (entries, id, disk) = write(facts);
        let dir = Path::new("/s/incidents").join(&id);
        let reading = read::read(&disk, &dir).expect("it is there");
        prop_assert_eq!(&reading.entries, &entries);

        let bytes = disk.read(&dir.join(read::FIRST)).expect("it is there");
        let ends: Vec<usize> =
            reading.last().scan.lines.iter().map(|line| line.end).collect();
        for (count, end) in ends.iter().enumerate() {
            let cut = MemoryDisk::new();
            cut.put(&dir.join(read::FIRST), &bytes[..*end]);
            let prefix = read::read(&cut, &dir).expect("it is there").entries;
            prop_assert_eq!(&prefix[..], &entries[..count]);
            let folded = Incident::fold(id.clone(), prefix.clone());
            prop_assert_eq!(folded.entries.len(), count);
            let mut stepwise = Incident::new(id.clone());
            let odd = prefix
                .iter()
                .filter(|entry| stepwise.apply((*entry).clone()).is_some())
                .count();
            prop_assert_eq!(folded.oddities.len(), odd);
            for (step, status) in statuses(&folded) {
                prop_assert!(
                    status != Status::Done || says_done(&prefix, &step),
                    "{step} is done after {count} entries"
                );
            }
        }
    }
}

#[test]
fn the_run_of_these_journals_is_a_real_one() {
    let mut facts = opening();
    facts.push(Fact::Step(StepFact {
        run: "1".into(),
        step: "standby".into(),
        what: Happened::Done { outputs: Values::new(), evidence: Vec::new() },
    }));
    let (entries, id, _) = write(facts);
    let incident = Incident::fold(id, entries);
    assert_eq!(incident.oddities, []);
    let found = statuses(&incident);
    assert!(found.len() >= 9, "{found:?}");
    assert!(found.contains(&("standby".into(), Status::Done)), "{found:?}");
}
