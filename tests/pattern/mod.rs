//! A recovery pattern that comes with the program, drilled over the real
//! loop in the scenario it is for: to its end, or to the stop that it
//! declares for a fault.

#![expect(
    unreachable_pub,
    clippy::unwrap_used,
    reason = "a harness of tests, which are a binary of their own"
)]

use std::path::Path;
use std::sync::Arc;
use std::time::Duration;

use lifeboat::app::{Book, Model};
use lifeboat::aws::SERVICES;
use lifeboat::estate::Estate;
use lifeboat::incident::entry::Entry;
use lifeboat::incident::fact::Fact;
use lifeboat::journal::disk::MemoryDisk;
use lifeboat::journal::read::{read, verify};
use lifeboat::runbook::plan::Level;
use lifeboat::runbook::run::{Happened, Run, Status};
use lifeboat::runbook::{Fault as Declared, Runbook};
use lifeboat::screens::Open;
use lifeboat::sim::faults::{Effect, Rule, When};
use lifeboat::sim::scenario::Scenario;
use lifeboat::sim::{Sim, SimClock};
use tokio::runtime::Builder;
use tokio::time::Instant;

use crate::flow::person::{give_up, go_on, is_over, shown};
use crate::flow::{self, Flow, START};

/// A pattern, and what a drill of it comes to.
#[derive(Clone, Copy, Debug)]
pub struct Pattern {
    /// The runbook's file.
    pub text: &'static str,
    /// The scenario that it is drilled in.
    pub scenario: &'static str,
    /// Whether the Region being left is dark in it.
    pub dark: bool,
    /// The Region in which one recovers.
    pub to: &'static str,
    /// What a person says, by step.
    pub says: &'static [(&'static str, &'static str)],
    /// Each change, and how often AWS applies it in a whole drill.
    pub changes: &'static [(&'static str, usize)],
}

/// What goes wrong beside what the pattern is for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Fault {
    /// Nothing.
    Plain,
    /// The Region one recovers in is dark, too.
    TargetDark,
    /// us-east-1 is dark, too.
    Home,
    /// Every third call is turned away.
    Throttled,
    /// The first answer to this operation is lost, its work is done.
    Lost(&'static str),
}

/// How a drill ended.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum End {
    /// Every step is over.
    Over,
    /// Nothing went on at this step, and the person ended the run.
    Stopped(String),
}

/// For so long a person waits where nothing goes on.
const TRIED: Duration = Duration::from_secs(45);

/// The most that is done in one drill.
const PATIENCE: usize = 900;

/// What five endpoints are asked for in turn, until one has answered.
const TURN: &str = "UpdateRoutingControlStates";

/// How the names of operations begin that change nothing.
const READS: [&str; 9] = [
    "Describe",
    "List",
    "Get",
    "Head",
    "Lookup",
    "AssumeRole",
    "Search",
    "Receive",
    "BatchGet",
];

impl Fault {
    fn declared(self) -> Option<Declared> {
        match self {
            Fault::TargetDark => Some(Declared::TargetDark),
            Fault::Home => Some(Declared::Home),
            Fault::Plain | Fault::Throttled | Fault::Lost(_) => None,
        }
    }

    /// The scenario of a pattern with this fault.
    fn world(self, pattern: &Pattern) -> Sim {
        let dark = match self {
            Fault::TargetDark => Some(pattern.to),
            Fault::Home => Some("us-east-1"),
            Fault::Plain | Fault::Throttled | Fault::Lost(_) => None,
        };
        let story = |at: &str, region: &str| {
            format!(
                "[[story]]\nat = \"{at}\"\nregion = \"{region}\"\n\
                 condition = \"dark\"\n"
            )
        };
        let mut text = format!("extends = \"{}\"\n", pattern.scenario);
        if let Some(dark) = dark {
            if pattern.dark {
                text += &story("-20m", "eu-west-1");
            }
            text += &story("-5m", dark);
        }
        let scenario = Scenario::parse(&text, "pattern").unwrap();
        let clock = SimClock::paused(START.parse().unwrap());
        let sim = Sim::play(&scenario, clock, 60);
        match self {
            Fault::Throttled => {
                let rule = Rule::every(Effect::Throttled);
                sim.inject(rule.when(When::Percent(33)));
            }
            Fault::Lost(operation) => {
                let rule = Rule::every(Effect::LostReset);
                let rule = rule.of_operation(operation);
                sim.inject(rule.when(When::First(1)));
            }
            Fault::Plain | Fault::TargetDark | Fault::Home => {}
        }
        sim
    }
}

impl Pattern {
    /// While us-east-1 does not answer a zone is given by its id.
    fn book(&self, fault: Fault) -> Book {
        let mut text = self.text.to_owned();
        if fault == Fault::Home {
            text = text.replace("\"learn.example\"", "\"Z0LEARN4EXAMPLE7\"");
        }
        let runbook = Runbook::parse(&text, "x.toml").unwrap();
        let runbook = Ok(Arc::new(runbook));
        Book { path: "runbooks/x.toml".into(), text, runbook }
    }

    /// A console on a drill of it. Nothing is looked at but once an hour and
    /// when the runbook asks.
    fn console(&self, fault: Fault) -> Flow {
        let (sim, disk) = (fault.world(self), MemoryDisk::new());
        let mut setting = flow::setting();
        setting.accounts.truncate(1);
        setting.regions.truncate(2);
        let estate = Estate::default();
        let mut parts = flow::parts_for(setting, &sim, &disk, None, estate);
        let hour = Duration::from_hours(1);
        for service in SERVICES {
            parts.paces.insert(service.name.to_owned(), hour);
        }
        let book = self.book(fault);
        parts.model.library = vec![book.clone()];
        parts.model.drill(book);
        // Nobody looks at these screens: most time would go into them.
        let mut flow = Flow::of(parts, sim, disk, (1, 1));
        flow.says = self.says.iter().copied().collect();
        flow
    }

    /// Drills it under a fault, and holds that it ends as it declares.
    pub fn drilled(&self, fault: Fault) -> End {
        let mut runtime = Builder::new_current_thread();
        let runtime = runtime.enable_all().start_paused(true).build().unwrap();
        runtime.block_on(async {
            let mut flow = self.console(fault);
            let end = finish(&mut flow).await;
            let end = end.unwrap_or_else(|why| panic!("{fault:?}: {why}"));
            flow.wait(Duration::from_secs(1)).await;
            self.judge(fault, &end, &flow);
            end
        })
    }

    fn judge(&self, fault: Fault, end: &End, flow: &Flow) {
        let told = entries(flow);
        let stops = &self.book(fault).runbook.unwrap().stops;
        let stop = stops.iter().find(|s| Some(s.fault) == fault.declared());
        match (end, stop) {
            (End::Over, None) => {
                let mut all = 0;
                for (change, times) in self.changes {
                    // The next endpoint is asked to set the same again.
                    let again = *change == TURN && fault == Fault::Lost(TURN);
                    let times = times + usize::from(again);
                    let applied = flow.applied(change);
                    assert_eq!(applied, times, "{change} at {fault:?}");
                    all += times;
                }
                assert_eq!(changed(flow), all, "{:?}", changes(flow));
            }
            (End::Stopped(step), Some(stop)) => {
                assert_eq!(*step, stop.step, "{fault:?}");
                if stop.left.starts_with("Nothing was changed.") {
                    assert_eq!(changed(flow), 0, "{:?}", changes(flow));
                }
                let of = |left: &String| left.contains(&stop.left);
                let said = told.iter().any(|entry| match &entry.fact {
                    Fact::Step(fact) => match &fact.what {
                        Happened::Aborted { left, .. } => left.iter().any(of),
                        _ => false,
                    },
                    _ => false,
                });
                assert!(said, "nobody was told what is left");
            }
            _ => panic!("{fault:?}: {end:?}, and it declares {stop:?}"),
        }
        // What is said to be done was seen, and what was sent was confirmed.
        for entry in &told {
            let Fact::Step(fact) = &entry.fact else { continue };
            if let Happened::Done { evidence, .. } = &fact.what {
                assert!(!evidence.is_empty(), "{} without a look", fact.step);
            }
        }
        let confirms = |entry: &&Entry| match &entry.fact {
            Fact::Step(fact) => {
                matches!(fact.what, Happened::Confirmed { .. })
            }
            _ => false,
        };
        let confirms = told.iter().filter(confirms).count();
        let again = usize::from(fault == Fault::Lost(TURN));
        assert!(changed(flow) <= confirms + again, "{:?}", changes(flow));
    }
}

fn entries(flow: &Flow) -> Vec<Entry> {
    let root = Path::new(flow::STATE).join("incidents");
    let journal = root.join(flow.incident());
    let told = verify(&flow.disk, &journal).unwrap();
    assert!(told.is_sound(), "{told:?}");
    read(&flow.disk, &journal).unwrap().entries
}

/// The operations that changed something.
fn changes(flow: &Flow) -> Vec<String> {
    let received = flow.sim.received().into_iter().filter(|one| {
        one.applied && !READS.iter().any(|r| one.operation.starts_with(r))
    });
    received.map(|one| one.operation).collect()
}

fn changed(flow: &Flow) -> usize {
    changes(flow).len()
}

/// Runs it to its end, or to where nothing goes on any more.
async fn finish(flow: &mut Flow) -> Result<End, String> {
    flow.wait(Duration::from_secs(2)).await;
    let mut stuck: Option<(String, Instant)> = None;
    for _ in 0..PATIENCE {
        let model = &flow.console.model;
        if is_over(model) {
            return Ok(End::Over);
        }
        stuck = match (in_vain(model), stuck) {
            (None, _) => None,
            (Some(step), Some((same, since))) if step == same => {
                if since.elapsed() > TRIED {
                    give_up(flow).await?;
                    return Ok(End::Stopped(step));
                }
                Some((same, since))
            }
            (Some(step), _) => Some((step, Instant::now())),
        };
        if lets_time_pass(&flow.console.model) {
            flow.wait(Duration::from_mins(1)).await;
        } else {
            go_on(flow, 0).await;
        }
    }
    Err(format!("it came to no end:\n{}", shown(flow)))
}

/// Whether the step in front only waits for a while.
fn lets_time_pass(model: &Model) -> bool {
    let run = model.open.as_ref().and_then(Open::run);
    let front = run.and_then(|run| run.steps().nth(run.current()?));
    front.is_some_and(|(spec, _)| spec.kind.name == "wait")
}

/// The step in front, if it is a check that does not hold or a change of
/// which no plan can be made.
fn in_vain(model: &Model) -> Option<String> {
    let run: &Run = model.open.as_ref().and_then(Open::run)?;
    let (spec, state) = run.steps().nth(run.current()?)?;
    let in_vain = match &state.status {
        Status::Held { .. } => true,
        Status::Ready => spec.level > Level::Read,
        _ => false,
    };
    in_vain.then(|| spec.id.clone())
}
