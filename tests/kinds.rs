//! Every kind of step, by the example in its own file: run to its end by keys
//! over the real loop and SDK, in a small simulated AWS. What AWS received is
//! what was confirmed; a lost answer is found out by a look alone.

#![expect(
    clippy::unwrap_used,
    reason = "a test sets a scene, and fails where it cannot"
)]

mod flow;

use std::panic::{AssertUnwindSafe, catch_unwind};
use std::path::Path;
use std::sync::Arc;
use std::time::Duration;

use flow::{Flow, START, parts, person};
use lifeboat::app::Book;
use lifeboat::estate::Estate;
use lifeboat::incident::entry::Entry;
use lifeboat::incident::fact::Fact;
use lifeboat::journal::disk::MemoryDisk;
use lifeboat::journal::read::read;
use lifeboat::runbook::Runbook;
use lifeboat::runbook::call::Call;
use lifeboat::runbook::plan::{Level, Plan};
use lifeboat::runbook::run::Happened;
use lifeboat::runbook::steps::{STEP_TYPES, StepType, step_type};
use lifeboat::sim::faults::{Effect, Rule, When};
use lifeboat::sim::scenario::Scenario;
use lifeboat::sim::{Received, Sim, SimClock};
use tokio::runtime::Builder;

/// What examples may name.
const INPUTS: &str = include_str!("kinds/inputs.toml");

/// So much faster than AWS what is asked for is done.
const SPEED: u32 = 20;

/// The most things a person does for one example.
const PATIENCE: usize = 150;

/// What stands before an example, because it uses what that tells or made.
fn before(kind: &StepType) -> &'static [&'static str] {
    match kind.name {
        "dns.answers" => &[
            "rds.replica-lag",
            "rds.promote-replica",
            "route53.switch-record",
        ],
        "rds.delete-instance" => &["rds.restore-snapshot"],
        "region-switch.completed" => {
            &["region-switch.start", "region-switch.approve"]
        }
        "autoscaling.capacity" => &["autoscaling.set-size"],
        _ if kind.example.contains("{begin.") => &["region-switch.start"],
        _ if kind.example.contains("{promote.") => {
            &["rds.replica-lag", "rds.promote-replica"]
        }
        _ if kind.example.contains("{lag.") => &["rds.replica-lag"],
        _ => &[],
    }
}

/// A kind's example as a runbook, with what it refers to before it.
fn around(kind: &StepType) -> String {
    let head = "schema = 1\n[runbook]\nid = \"kind\"\ntitle = \"One kind\"\n";
    let mut text = format!("{head}{INPUTS}");
    for name in before(kind) {
        text += step_type(name).unwrap().example;
    }
    if kind.name == "rds.delete-instance" {
        text = text.replace("drill-copy", "drill-made");
    }
    // The person of these tests says the same to all who ask; in this world
    // only one database has snapshots in the other Region.
    let text = text + kind.example;
    let text = text.replace("SYN-[0-9]{6}", "[a-z ]+");
    text.replace(
        "source = \"{primary}\"\ninst",
        "source = \"learn-orders\"\ninst",
    )
}

/// The small world of the key fuzz, all well, and what examples name.
fn world() -> Sim {
    let (well, _) =
        include_str!("fuzz/small.toml").split_once("[[story]]").unwrap();
    let more = include_str!("library/more.toml");
    let items = include_str!("kinds/world.toml");
    let whole = include_str!("../assets/scenarios/training-platform.toml");
    let first = "[[item]]\nkind = \"arc:cluster\"";
    let (_, arc) = whole.split_once(first).unwrap();
    let (arc, _) = arc.split_once("# Both on since a drill").unwrap();
    let text = format!("{well}{more}\n{items}\n{first}{arc}");
    let scenario = Scenario::parse(&text, "kinds").unwrap();
    Sim::play(&scenario, SimClock::paused(START.parse().unwrap()), SPEED)
}

fn console(kind: &StepType) -> Flow {
    let (sim, disk) = (world(), MemoryDisk::new());
    let mut parts = parts(&sim, &disk, None, Estate::default());
    let text = around(kind);
    let runbook = Runbook::parse(&text, kind.name)
        .unwrap_or_else(|problems| panic!("{}: {}", kind.name, problems[0]));
    parts.model.library = vec![Book {
        path: "runbooks/kind.toml".into(),
        text,
        runbook: Ok(Arc::new(runbook)),
    }];
    Flow::of(parts, sim, disk, (100, 40))
}

/// What happened to the step of the example.
fn told<'e>(entries: &'e [Entry], step: &str) -> Vec<&'e Happened> {
    let of = entries.iter().filter_map(|entry| match &entry.fact {
        Fact::Step(fact) if fact.step == step => Some(&fact.what),
        _ => None,
    });
    of.collect()
}

/// A kind's example, run to its end.
struct Ran {
    flow: Flow,
    step: String,
    entries: Vec<Entry>,
}

/// Runs a kind's example; the answer to this operation is lost, if there is
/// one.
fn run(kind: &StepType, lost: Option<(&str, Effect)>) -> Ran {
    let runtime =
        Builder::new_current_thread().enable_all().start_paused(true).build();
    runtime.unwrap().block_on(async {
        let mut flow = console(kind);
        if let Some((operation, effect)) = lost {
            let rule = Rule::every(effect).of_operation(operation);
            flow.sim.inject(rule.when(When::First(1)));
        }
        flow.wait(Duration::from_secs(2)).await;
        for _ in 0..PATIENCE {
            if person::is_over(&flow.console.model) {
                break;
            }
            person::go_on(&mut flow, 0).await;
        }
        flow.wait(Duration::from_secs(1)).await;
        let runbook = Runbook::parse(&around(kind), kind.name).unwrap();
        let step = runbook.steps.last().unwrap().id.clone();
        let journal =
            Path::new(flow::STATE).join("incidents").join(flow.incident());
        let entries = read(&flow.disk, &journal).unwrap().entries;
        Ran { flow, step, entries }
    })
}

impl Ran {
    fn told(&self) -> Vec<&Happened> {
        told(&self.entries, &self.step)
    }

    /// What happened last, for who reads a failure.
    fn last(&self) -> String {
        let told = self.told();
        let last: Vec<_> = told.iter().rev().take(2).collect();
        format!("not done: {last:#?}\n{}", self.flow.screen())
    }

    fn is_done(&self) -> bool {
        let done = |what: &&Happened| matches!(what, Happened::Done { .. });
        self.told().iter().any(done)
    }

    /// The plan that was confirmed.
    fn plan(&self) -> Option<&Plan> {
        self.told().into_iter().rev().find_map(|what| match what {
            Happened::Confirmed { plan, .. } => Some(&**plan),
            _ => None,
        })
    }

    /// What AWS received of these calls' operations.
    fn received(&self, calls: &[Call]) -> Vec<Received> {
        let is = |one: &Received| {
            calls.iter().any(|call| call.operation().1 == one.operation)
        };
        self.flow.sim.received().into_iter().filter(is).collect()
    }
}

/// The kinds that change something in AWS. A command is run on this machine,
/// and has tests of its own.
fn changes() -> impl Iterator<Item = &'static StepType> {
    let of_aws = STEP_TYPES.iter().filter(|kind| kind.name != "command");
    of_aws.filter(|kind| {
        let runbook = Runbook::parse(&around(kind), kind.name).unwrap();
        runbook.steps.last().unwrap().level != Level::Read
    })
}

fn each<'k>(
    kinds: impl Iterator<Item = &'k StepType>,
    judge: impl Fn(&StepType) -> Result<(), String>,
) {
    let wrong: Vec<String> = kinds
        .filter_map(|kind| {
            let judged = catch_unwind(AssertUnwindSafe(|| judge(kind)));
            let judged = judged.unwrap_or_else(|_| Err("panicked".to_owned()));
            judged.err().map(|why| format!("{}: {why}", kind.name))
        })
        .collect();
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
}

/// That AWS received the calls of the confirmed plan, and nothing else that
/// changes something.
fn received_as_confirmed(ran: &Ran) -> Result<(), String> {
    let plan = ran.plan().ok_or("no plan was confirmed")?;
    let received = ran.received(&plan.calls);
    let mut sent: Vec<_> = received
        .iter()
        .map(|r| (r.service.clone(), r.operation.clone(), r.input.clone()))
        .collect();
    // Five endpoints are asked in turn until one has answered.
    if plan.calls.iter().any(|call| !call.endpoints().is_empty()) {
        sent.dedup();
    }
    let confirmed: Vec<_> = plan
        .calls
        .iter()
        .map(|call| {
            let (service, operation) = call.operation();
            (service.to_owned(), operation.to_owned(), call.request())
        })
        .collect();
    if sent != confirmed {
        return Err(format!("sent {sent:#?}, confirmed {confirmed:#?}"));
    }
    let applied = received.iter().all(|one| one.applied);
    applied.then_some(()).ok_or_else(|| "it was not carried out".to_owned())
}

#[test]
fn what_aws_receives_is_what_was_confirmed() {
    each(changes(), |kind| {
        let ran = run(kind, None);
        if !ran.is_done() {
            return Err(ran.last());
        }
        let plan = ran.plan().ok_or("no plan")?;
        if plan.bound.is_empty() || plan.after.is_empty() {
            return Err("it binds nothing, or promises nothing".to_owned());
        }
        received_as_confirmed(&ran)
    });
}

#[test]
fn a_lost_answer_is_found_out_by_a_look() {
    each(changes(), |kind| {
        let runbook = Runbook::parse(&around(kind), kind.name).unwrap();
        let step = runbook.steps.last().unwrap();
        for action in step.does.calls() {
            let operation = action.split_once(':').unwrap().1;
            let ran = run(kind, Some((operation, Effect::LostReset)));
            let lost =
                |what: &&Happened| matches!(what, Happened::Lost { .. });
            let outcome = ran
                .told()
                .iter()
                .any(|what| matches!(what, Happened::Outcome { .. }));
            if !outcome && !ran.told().iter().any(lost) {
                return Err("no answer was lost".to_owned());
            }
            if !ran.is_done() {
                return Err(ran.last());
            }
            received_as_confirmed(&ran)?;
        }
        Ok(())
    });
}

#[test]
fn every_check_comes_to_an_end_by_what_it_sees() {
    let checks = STEP_TYPES.iter().filter(|kind| {
        let runbook = Runbook::parse(&around(kind), kind.name).unwrap();
        runbook.steps.last().unwrap().level == Level::Read
    });
    each(checks, |kind| {
        let ran = run(kind, None);
        let over = ran.is_done()
            || ran.told().iter().any(|what| {
                matches!(
                    what,
                    Happened::Answered { .. }
                        | Happened::Decided { .. }
                        | Happened::Stated { .. }
                )
            });
        over.then_some(()).ok_or_else(|| ran.last())
    });
}
