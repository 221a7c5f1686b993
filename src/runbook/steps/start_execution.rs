//! `states.start-execution`: starts a state machine and follows it.

use serde_json::{Value, json};

use super::place::Place;
use super::seen::{looked, word};
use super::setting::{parts, the_one};
use super::starting::{Came, Start, Starting, Starts};
use super::{
    Answers, Blocked, Call, Fields, Level, Missing, Scene, Step, StepType,
    Text, Undo, Values,
};
use crate::estate::part::states::Machine;
use crate::estate::part::{Kind, Part};
use crate::estate::thing::Thing;
use crate::estate::{Source, What};
use crate::runbook::call::states;
use crate::runbook::payload::Payload;

pub(super) const TYPE: StepType = StepType {
    name: "states.start-execution",
    doc: "Starts an execution of a standard state machine of Step Functions \
          and follows it to its end. The name of the execution is made of \
          incident, step and try; AWS takes it once, so that after a lost \
          answer a look at that name tells what happened. What the machine \
          does is its own: what the console cannot see of it, later checks \
          must.",
    example: r#"
[[step]]
id = "recover"
kind = "states.start-execution"
title = "Start {machine} in {to}"
account = "{account}"
region = "{to}"
machine = "{machine}"
input = { Region = "{to}", Final = true }
expect = "10m"
timeout = "40m"
"#,
    outputs: &["execution"],
    parse,
};

/// Names of executions are at most this long.
// https://docs.aws.amazon.com/step-functions/latest/apireference/API_StartExecution.html
const LONGEST: usize = 80;

#[derive(Debug)]
struct StartExecution {
    place: Place,
    machine: Text,
    input: Option<Payload>,
}

fn parse(fields: &mut Fields<'_>) -> Option<Box<dyn Step>> {
    let place = Place::read(fields);
    let machine = fields.needed_text("machine");
    let given = fields.value("input").is_some();
    let input = Payload::read(fields, "input");
    if given && input.is_none() {
        return None;
    }
    Some(Box::new(Starts(StartExecution {
        place: place?,
        machine: machine?,
        input,
    })))
}

impl StartExecution {
    fn machine<'a>(&self, scene: &Scene<'a>) -> Result<&'a Machine, Blocked> {
        let told = looked(scene, &self.look(scene)?)?;
        let name = scene.fill(&self.machine)?;
        let all = parts(told.found)?.iter().filter_map(|part| match part {
            Part::Machine(machine) => Some(machine),
            _ => None,
        });
        let what = format!(
            "state machine {name} that is known to belong to recovery"
        );
        the_one(all, &what, |item| item.name == name || item.arn == name)
    }

    /// What the machine is given.
    fn input(&self, scene: &Scene<'_>) -> Result<String, Missing> {
        let Some(input) = &self.input else { return Ok("{}".to_owned()) };
        Ok(input.fill(scene.values)?.to_string())
    }
}

impl Starting for StartExecution {
    fn texts(&self) -> Vec<&Text> {
        let own = self.place.texts().into_iter().chain([&self.machine]);
        own.chain(self.input.iter().flat_map(Payload::texts)).collect()
    }

    fn level(&self) -> Level {
        Level::Severe
    }

    fn calls(&self) -> &'static [&'static str] {
        &[states::StartExecution::ACTION]
    }

    fn look(&self, scene: &Scene<'_>) -> Result<Source, Missing> {
        self.place.look(scene, What::Parts(Kind::Machine))
    }

    fn result(
        &self,
        scene: &Scene<'_>,
        answers: &Answers,
    ) -> Result<Source, Missing> {
        let arn = match answers.call() {
            Some(Call::StatesStartExecution(call)) => execution(call),
            _ => String::new(),
        };
        let what = Thing::Execution.asked(&json!({ "executionArn": arn }));
        self.place.look(scene, what)
    }

    fn start(&self, scene: &Scene<'_>) -> Result<Start, Blocked> {
        let machine = self.machine(scene)?;
        let name = &machine.name;
        if machine.express {
            return Err(Blocked::because(format!(
                "{name} is an express one: nothing would tell what became \
                 of its execution"
            )));
        }
        let input = self.input(scene)?;
        let (account, region) = self.place.of(scene)?;
        let once = scene.once(LONGEST);
        let last = machine.last().map_or_else(
            || format!("{name} never ran, as far as is told"),
            |run| format!("{name} last ran as {}: {}", run.name, run.status),
        );
        Ok(Start {
            name: name.clone(),
            effect: format!("{name} runs as {once}, given {input}"),
            loss: None,
            undo: Undo::None("what the machine does is its own".into()),
            bound: vec![(
                format!("state machine {name}"),
                machine.arn.clone(),
            )],
            before: vec![last],
            after: format!("execution {once} has SUCCEEDED"),
            call: Call::StatesStartExecution(states::StartExecution {
                account,
                region,
                machine: machine.arn.clone(),
                name: once,
                input,
            }),
        })
    }

    fn came(&self, _: &Scene<'_>, items: &[Value], _: &Answers) -> Came {
        let Some(run) = items.first() else { return Came::Absent };
        let text = |member| word(run, member);
        let (name, status) = (text("name"), text("status"));
        let told = format!("execution {name} is {status}");
        match status {
            "SUCCEEDED" => Came::Done {
                outputs: Values::from([("execution".into(), name.into())]),
                evidence: vec![format!("{told} since {}", text("stopDate"))],
            },
            "FAILED" | "TIMED_OUT" | "ABORTED" => {
                Came::Failed(format!("{told}: {}", text("error")))
            }
            "RUNNING" | "PENDING_REDRIVE" => Came::Running(told),
            _ => Came::Unclear(told),
        }
    }
}

/// The ARN of the execution that a call starts.
// https://docs.aws.amazon.com/service-authorization/latest/reference/list_awsstepfunctions.html
fn execution(call: &states::StartExecution) -> String {
    let machine = call.machine.replacen(":stateMachine:", ":execution:", 1);
    format!("{machine}:{}", call.name)
}
