//! What we ask of ARC Region switch, and what its answers mean.
//!
//! Only the data plane of each Region is asked: the control plane is homed
//! in `us-east-1` and not meant for an event.
// https://docs.aws.amazon.com/r53recovery/latest/dg/data-and-control-planes-rs.html

use jiff::Timestamp;
use serde::Deserialize;
use serde_json::json;

use super::modeled::{Client, into};
use super::pages::whole;
use super::{Look, Reader, Seen};
use crate::estate::ids::Region;
use crate::estate::part::region_switch::{
    Evaluation, Execution, SwitchPlan, Warning, Workflow,
};
use crate::failure::{Failure, cleaned};

#[derive(Debug, Default, Deserialize)]
#[serde(rename_all = "camelCase", default)]
struct Listed {
    plans: Vec<Short>,
}

#[derive(Debug, Default, Deserialize)]
#[serde(rename_all = "camelCase", default)]
struct Short {
    arn: String,
    name: String,
    regions: Vec<String>,
    recovery_approach: String,
    primary_region: Option<String>,
    recovery_time_objective_minutes: Option<i64>,
}

#[derive(Debug, Default, Deserialize)]
#[serde(rename_all = "camelCase", default)]
struct PlanSaid {
    plan: Whole,
}

#[derive(Debug, Default, Deserialize)]
#[serde(rename_all = "camelCase", default)]
struct Whole {
    workflows: Vec<WorkflowSaid>,
}

#[derive(Debug, Default, Deserialize)]
#[serde(rename_all = "camelCase", default)]
struct WorkflowSaid {
    steps: Vec<Step>,
    workflow_target_action: String,
    workflow_target_region: Option<String>,
}

#[derive(Debug, Default, Deserialize)]
#[serde(rename_all = "camelCase", default)]
struct Step {
    execution_block_type: String,
}

#[derive(Debug, Default, Deserialize)]
#[serde(rename_all = "camelCase", default)]
struct Evaluated {
    last_evaluation_time: Option<Timestamp>,
    evaluation_state: String,
    warnings: Vec<WarningSaid>,
}

#[derive(Debug, Default, Deserialize)]
#[serde(rename_all = "camelCase", default)]
struct WarningSaid {
    step_name: Option<String>,
    resource_arn: Option<String>,
    warning_status: String,
    warning_message: String,
}

#[derive(Debug, Default, Deserialize)]
#[serde(rename_all = "camelCase", default)]
struct Executions {
    items: Vec<ExecutionSaid>,
}

#[derive(Debug, Default, Deserialize)]
#[serde(rename_all = "camelCase", default)]
struct ExecutionSaid {
    execution_id: String,
    execution_state: String,
    execution_action: String,
    execution_region: String,
    mode: String,
    start_time: Option<Timestamp>,
    end_time: Option<Timestamp>,
    actual_recovery_time: Option<String>,
}

/// The plans that a Region holds, with evaluation and last execution.
pub(super) async fn plans(reader: &Reader) -> Look {
    let switch = reader.modeled("arc-region-switch")?;
    let doing = "list the Region switch plans";
    let listed = switch.list(doing, "ListPlansInRegion", json!({}), |page| {
        let said: Listed = into(doing, page)?;
        Ok(said.plans)
    });
    let listed = listed.await?;
    let mut plans = Vec::new();
    for short in listed.items {
        plans.push(plan(&switch, short).await);
    }
    Ok(Seen::parts(plans, listed.partial))
}

async fn plan(switch: &Client, short: Short) -> SwitchPlan {
    let arn = cleaned(&short.arn);
    let mut unknown = Vec::new();
    let workflows = workflows(switch, &arn).await;
    let workflows = workflows.map_err(|failure| failure.to_string());
    let workflows = kept(workflows, &mut unknown);
    let evaluation = kept(evaluation(switch, &arn).await, &mut unknown);
    let last = kept(last(switch, &arn).await, &mut unknown);
    let region = |name: &String| Region::new(cleaned(name));
    SwitchPlan {
        name: cleaned(&short.name),
        regions: short.regions.iter().map(region).collect(),
        primary: short.primary_region.as_ref().map(region),
        approach: cleaned(&short.recovery_approach),
        rto_minutes: short.recovery_time_objective_minutes,
        workflows,
        evaluation,
        last: last.flatten(),
        unknown,
        arn,
    }
}

fn kept<T>(told: Result<T, String>, unknown: &mut Vec<String>) -> Option<T> {
    told.map_err(|why| unknown.push(why)).ok()
}

async fn workflows(
    switch: &Client,
    arn: &str,
) -> Result<Vec<Workflow>, Failure> {
    let doing = "read the Region switch plan";
    let input = json!({ "arn": arn });
    let said = switch.ask(doing, "GetPlanInRegion", input).await?;
    let said: PlanSaid = into(doing, said)?;
    let workflows = said.plan.workflows.into_iter().map(|workflow| {
        let steps = workflow.steps.iter();
        let region = workflow.workflow_target_region;
        Workflow {
            action: cleaned(&workflow.workflow_target_action),
            region: region.map(|name| Region::new(cleaned(&name))),
            steps: steps.map(|s| cleaned(&s.execution_block_type)).collect(),
        }
    });
    Ok(workflows.collect())
}

/// The evaluation. A plan without a page of it more has at most 100 warnings
/// on the first; those that follow are read, too.
async fn evaluation(switch: &Client, arn: &str) -> Result<Evaluation, String> {
    let doing = "ask how the plan was evaluated";
    let input = json!({ "planArn": arn });
    let pages = switch.list(doing, "GetPlanEvaluationStatus", input, |page| {
        Ok(vec![into::<Evaluated>(doing, page)?])
    });
    let mut evaluation =
        Evaluation { state: String::new(), at: None, warnings: Vec::new() };
    for page in whole(pages.await)? {
        evaluation.state = cleaned(&page.evaluation_state);
        evaluation.at = page.last_evaluation_time;
        let active =
            page.warnings.into_iter().filter(|w| w.warning_status == "active");
        evaluation.warnings.extend(active.map(warning));
    }
    Ok(evaluation)
}

fn warning(said: WarningSaid) -> Warning {
    Warning {
        step: said.step_name.map(|step| cleaned(&step)),
        resource: said.resource_arn.map(|arn| cleaned(&arn)),
        text: cleaned(&said.warning_message),
    }
}

/// The newest execution of a page of them: AWS does not say in which order
/// they come.
async fn last(
    switch: &Client,
    arn: &str,
) -> Result<Option<Execution>, String> {
    let doing = "list the executions of the plan";
    let input = json!({ "planArn": arn });
    let said = switch.list(doing, "ListPlanExecutions", input, |page| {
        Ok(into::<Executions>(doing, page)?.items)
    });
    let all = whole(said.await)?.into_iter();
    let newest = all.max_by_key(|said| said.start_time);
    Ok(newest.map(|said| Execution {
        id: cleaned(&said.execution_id),
        state: cleaned(&said.execution_state),
        action: cleaned(&said.execution_action),
        region: Region::new(cleaned(&said.execution_region)),
        mode: cleaned(&said.mode),
        started: said.start_time,
        ended: said.end_time,
        recovery_time: said.actual_recovery_time.map(|t| cleaned(&t)),
    }))
}
