//! `region-switch.start`: executes an ARC Region switch plan.

use jiff::Timestamp;
use serde_json::Value;

use super::place::Place;
use super::region_switch::{
    Way, about, executions, plan_name, progress, timeline, way,
};
use super::seen::{looked, word};
use super::setting::{parts, the_one};
use super::starting::{Came, Start, Starting, Starts};
use super::{
    Answers, Blocked, Call, Fields, Level, LossStatement, Missing, Scene,
    Step, StepType, Text, Undo, Values,
};
use crate::estate::ids::Region;
use crate::estate::part::region_switch::{SwitchPlan, Workflow};
use crate::estate::part::{Kind, Part};
use crate::estate::thing::Thing;
use crate::estate::{Source, What};
use crate::runbook::call::region_switch::StartPlan;

pub(super) const TYPE: StepType = StepType {
    name: "region-switch.start",
    doc: "Executes an ARC Region switch plan and follows it to its end, or, \
          with `until = \"begun\"`, until AWS shows that it goes on. It is \
          asked at the data plane of `region`: the one that is activated, \
          or, for `deactivate`, the healthy one, with the Region that is \
          left as `target`. `mode` is `graceful` or `ungraceful`; \
          ungraceful, blocks for databases give up what was not replicated. \
          A step that has begun is taken back by another execution alone. \
          Incident, step and try are token and comment of it: by the one \
          AWS starts it once, by the other a look finds it after a lost \
          answer. An execution that ended with exceptions is for a person \
          to judge. It tells `execution`, `plan` (its ARN) and \
          `recovery_time`, which AWS counts from the start.",
    example: r#"
[[step]]
id = "begin"
kind = "region-switch.start"
title = "Execute learn-switch for {to}"
account = "{account}"
region = "{to}"
plan = "learn-switch"
action = "activate"
mode = "graceful"
until = "begun"
expect = "1m"
timeout = "10m"
"#,
    outputs: &["execution", "plan", "recovery_time"],
    parse,
};

/// Tokens have at most 128 characters.
// https://docs.aws.amazon.com/arc-region-switch/latest/api/API_StartPlanExecution.html
const LONGEST: usize = 128;

/// Blocks that make a database take writes without what it has not seen,
/// when they run without grace.
// https://docs.aws.amazon.com/r53recovery/latest/dg/aurora-global-database-block.html
const LOSING: [&str; 4] = [
    "AuroraGlobalDatabase",
    "DocumentDb",
    "NeptuneGlobalDatabase",
    "RdsSwitchoverReadReplica",
];

/// Blocks that do so in either mode.
const ALWAYS_LOSING: [&str; 1] = ["RdsPromoteReadReplica"];

#[derive(Debug)]
struct StartSwitch {
    place: Place,
    plan: Text,
    action: &'static str,
    ungraceful: bool,
    target: Option<Text>,
    begun: bool,
}

fn parse(fields: &mut Fields<'_>) -> Option<Box<dyn Step>> {
    let place = Place::read(fields);
    let plan = fields.needed_text("plan");
    fields.needed("action");
    let actions = ["activate", "deactivate"].map(|word| (word, word));
    let action = fields.choice("action", &actions);
    fields.needed("mode");
    let modes = [("graceful", false), ("ungraceful", true)];
    let ungraceful = fields.choice("mode", &modes);
    let target = fields.text("target");
    let ends = [("completed", false), ("begun", true)];
    let begun = fields.choice("until", &ends).unwrap_or_default();
    Some(Box::new(Starts(StartSwitch {
        place: place?,
        plan: plan?,
        action: action?,
        ungraceful: ungraceful?,
        target,
        begun,
    })))
}

/// The plan, the workflow that would run, and where.
struct Meant<'a> {
    plan: &'a SwitchPlan,
    target: Region,
    workflow: Option<&'a Workflow>,
}

impl Meant<'_> {
    fn steps(&self) -> String {
        match self.workflow {
            Some(workflow) => workflow.steps.join(", "),
            None => "not told".to_owned(),
        }
    }
}

impl StartSwitch {
    fn mode(&self) -> &'static str {
        if self.ungraceful { "ungraceful" } else { "graceful" }
    }

    /// The Region that is activated or left. AWS wants to be asked where
    /// things are well.
    fn target(&self, scene: &Scene<'_>) -> Result<Region, Blocked> {
        let (_, asked) = self.place.of(scene)?;
        let target = self.target.as_ref().map(|text| scene.fill(text));
        let target = target.transpose()?.map(Region::new);
        let leaves = self.action == "deactivate";
        match target {
            None if !leaves => Ok(asked),
            Some(target) if (target == asked) != leaves => Ok(target),
            _ if leaves => Err(Blocked::because(format!(
                "to deactivate a Region, name it as `target`, and ask \
                 another one than it: {asked} is asked"
            ))),
            _ => Err(Blocked::because(format!(
                "to activate a Region, ask that very one: {asked} is asked"
            ))),
        }
    }

    fn meant<'a>(&self, scene: &Scene<'a>) -> Result<Meant<'a>, Blocked> {
        let told = looked(scene, &self.look(scene)?)?;
        let name = scene.fill(&self.plan)?;
        let all = parts(told.found)?.iter().filter_map(|part| match part {
            Part::SwitchPlan(plan) => Some(plan),
            _ => None,
        });
        let what = format!("Region switch plan {name}");
        let plan =
            the_one(all, &what, |item| item.name == name || item.arn == name)?;
        let target = self.target(scene)?;
        if !plan.regions.contains(&target) {
            let why = format!("{} does not switch {target}", plan.name);
            return Err(Blocked::because(why));
        }
        let workflow = plan.workflows.as_ref().map(|all| {
            all.iter().find(|flow| {
                flow.action == self.action
                    && flow.region.as_ref().is_none_or(|r| *r == target)
            })
        });
        if workflow == Some(None) {
            return Err(Blocked::because(format!(
                "{} has no workflow to {} {target}",
                plan.name, self.action
            )));
        }
        Ok(Meant { plan, target, workflow: workflow.flatten() })
    }

    fn loss(&self, meant: &Meant<'_>) -> Option<LossStatement> {
        let evidence = "no lag is read by this step".to_owned();
        let Some(workflow) = meant.workflow else {
            let name = &meant.plan.name;
            return Some(LossStatement {
                sentence: format!("what the steps of {name} lose is not told"),
                data_time: None,
                evidence,
            });
        };
        let losing = |block: &&String| {
            ALWAYS_LOSING.contains(&block.as_str())
                || self.ungraceful && LOSING.contains(&block.as_str())
        };
        let blocks: Vec<&str> =
            workflow.steps.iter().filter(losing).map(String::as_str).collect();
        (!blocks.is_empty()).then(|| LossStatement {
            sentence: format!(
                "writes that were not replicated yet are lost by {}",
                blocks.join(", ")
            ),
            data_time: None,
            evidence,
        })
    }

    /// The execution that a call started, by what AWS answered or by its
    /// comment.
    fn own<'f>(all: &'f [Value], answers: &Answers) -> Option<&'f Value> {
        let named = answers.named.first().and_then(Option::as_ref);
        let call = call(answers)?;
        all.iter().find(|run| match named {
            Some(id) => word(run, "executionId") == id,
            None => word(run, "comment") == call.once,
        })
    }

    /// The looks at steps and events of an execution.
    fn parts_of(
        &self,
        scene: &Scene<'_>,
        (plan, id): (&str, &str),
    ) -> Result<[Source; 2], Missing> {
        let look = |of: Thing| self.place.look(scene, about(of, plan, id));
        Ok([look(Thing::PlanSteps)?, look(Thing::PlanEvents)?])
    }
}

fn call(answers: &Answers) -> Option<&StartPlan> {
    match answers.call()? {
        Call::RegionSwitchStart(call) => Some(call),
        _ => None,
    }
}

/// What was seen of the plan before.
fn before(plan: &SwitchPlan) -> Vec<String> {
    let name = &plan.name;
    let mut seen = Vec::new();
    match &plan.evaluation {
        Some(evaluation) => {
            seen.push(format!("evaluation of {name}: {}", evaluation.state));
            let warnings = evaluation.warnings.iter();
            seen.extend(
                warnings.map(|w| format!("warning: {}", w.sentence())),
            );
        }
        None => seen.push(format!("evaluation of {name} is not told")),
    }
    seen.push(match &plan.last {
        Some(last) => format!(
            "{name} was last executed to {} {}: {}",
            last.action, last.region, last.state
        ),
        None if plan.unknown.is_empty() => {
            format!("{name} was never executed")
        }
        None => format!("executions of {name} are not told"),
    });
    seen
}

impl Starting for StartSwitch {
    fn texts(&self) -> Vec<&Text> {
        let own = self.place.texts().into_iter().chain([&self.plan]);
        own.chain(&self.target).collect()
    }

    fn level(&self) -> Level {
        Level::Severe
    }

    fn is_irreversible(&self) -> bool {
        self.ungraceful
    }

    fn calls(&self) -> &'static [&'static str] {
        &[StartPlan::ACTION]
    }

    fn look(&self, scene: &Scene<'_>) -> Result<Source, Missing> {
        self.place.look(scene, What::Parts(Kind::SwitchPlan))
    }

    fn result(
        &self,
        scene: &Scene<'_>,
        answers: &Answers,
    ) -> Result<Source, Missing> {
        let plan = call(answers).map(|call| call.plan.as_str());
        self.place.look(scene, executions(plan.unwrap_or_default()))
    }

    fn follows(
        &self,
        scene: &Scene<'_>,
        answers: &Answers,
        items: &[Value],
    ) -> Vec<Source> {
        let run = StartSwitch::own(items, answers);
        let of = run.zip(call(answers)).map(|(run, call)| {
            let id = word(run, "executionId");
            self.parts_of(scene, (&call.plan, id))
        });
        of.and_then(Result::ok).into_iter().flatten().collect()
    }

    fn start(&self, scene: &Scene<'_>) -> Result<Start, Blocked> {
        let meant = self.meant(scene)?;
        let Meant { plan, target, .. } = &meant;
        let name = &plan.name;
        let live = plan.last.as_ref().filter(|last| {
            way(&last.state) == Way::Going
                && last.state != "completedMonitoringApplicationHealth"
        });
        if let Some(live) = live {
            return Err(Blocked::because(format!(
                "execution {} of {name} is {}: only one at a time",
                live.id, live.state
            )));
        }
        let (account, region) = self.place.of(scene)?;
        let (once, mode, steps) =
            (scene.once(LONGEST), self.mode(), meant.steps());
        let action = self.action;
        Ok(Start {
            name: name.clone(),
            effect: format!("{name} will {action} {target}, {mode}: {steps}"),
            loss: self.loss(&meant),
            undo: Undo::None(format!(
                "a step of {name} that has begun is taken back by another \
                 execution alone"
            )),
            bound: vec![
                (format!("Region switch plan {name}"), plan.arn.clone()),
                (format!("steps of {name}"), steps),
            ],
            before: before(plan),
            after: if self.begun {
                format!("an execution of {name} goes on")
            } else {
                format!("the execution of {name} is completed")
            },
            call: Call::RegionSwitchStart(StartPlan {
                account,
                region,
                plan: plan.arn.clone(),
                target: target.clone(),
                action: action.into(),
                mode: mode.into(),
                once,
            }),
        })
    }

    fn came(
        &self,
        scene: &Scene<'_>,
        items: &[Value],
        answers: &Answers,
    ) -> Came {
        let (Some(run), Some(call)) =
            (StartSwitch::own(items, answers), call(answers))
        else {
            return Came::Absent;
        };
        let sent = answers.sent.unwrap_or(scene.now);
        self.judged(scene, run, (call, sent))
    }
}

impl StartSwitch {
    fn judged(
        &self,
        scene: &Scene<'_>,
        run: &Value,
        (call, sent): (&StartPlan, Timestamp),
    ) -> Came {
        let text = |name: &str| word(run, name);
        let (id, state) = (text("executionId"), text("executionState"));
        let name = plan_name(&call.plan);
        let looks = match self.parts_of(scene, (&call.plan, id)) {
            Ok(looks) => looks,
            Err(missing) => return Came::Unclear(missing.to_string()),
        };
        let told = format!(
            "execution {id} of {name} is {state}{}",
            progress(scene, &looks, sent)
        );
        let done = |seen: String| {
            let mut outputs = Values::from([
                ("execution".to_owned(), id.to_owned()),
                ("plan".to_owned(), call.plan.clone()),
            ]);
            let took = text("actualRecoveryTime");
            if !took.is_empty() {
                outputs.insert("recovery_time".into(), took.into());
            }
            let events = timeline(scene, &looks[1], sent).into_iter();
            let evidence = [seen].into_iter().chain(events).collect();
            Came::Done { outputs, evidence }
        };
        match way(state) {
            Way::Going if self.begun => done(told),
            Way::Completed => {
                done(format!("{told} since {}", text("endTime")))
            }
            Way::Going => Came::Running(told),
            Way::Failed => Came::Failed(told),
            Way::Excepted | Way::Unknown => Came::Unclear(told),
        }
    }
}
