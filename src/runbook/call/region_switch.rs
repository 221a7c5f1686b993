//! Changes to executions of ARC Region switch plans, all of the data plane.
// https://docs.aws.amazon.com/r53recovery/latest/dg/data-and-control-planes-rs.html

use serde::{Deserialize, Serialize};
use serde_json::{Value, json};

use super::{Change, Survival};
use crate::estate::ids::{Account, Region};

/// The name of a plan: what stands in its ARN.
// https://docs.aws.amazon.com/service-authorization/latest/reference/list_amazonapplicationrecoverycontroller-regionswitch.html
pub(in crate::runbook) fn plan_name(arn: &str) -> &str {
    let last = arn.rsplit('/').next().unwrap_or_default();
    last.split(':').next().unwrap_or_default()
}

/// A plan is executed.
// https://docs.aws.amazon.com/arc-region-switch/latest/api/API_StartPlanExecution.html
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct StartPlan {
    /// The account of the plan.
    pub account: Account,
    /// The Region whose data plane is asked.
    pub region: Region,
    /// The ARN of the plan.
    pub plan: String,
    /// The Region that traffic is shifted to, or away from.
    pub target: Region,
    /// `activate` or `deactivate`.
    pub action: String,
    /// `graceful` or `ungraceful`.
    pub mode: String,
    /// Token and comment: by the one AWS does it once, by the other it is
    /// found among the executions.
    pub once: String,
}

impl StartPlan {
    /// Its IAM action.
    pub const ACTION: &str = "arc-region-switch:StartPlanExecution";
}

impl Change for StartPlan {
    fn place(&self) -> (&Account, Region) {
        (&self.account, self.region.clone())
    }

    fn action(&self) -> &'static str {
        Self::ACTION
    }

    fn doing(&self) -> &'static str {
        "execute the Region switch plan"
    }

    fn target(&self) -> &str {
        plan_name(&self.plan)
    }

    fn survival(&self) -> Survival {
        Survival::SameToken
    }

    fn resource(&self) -> Option<String> {
        Some(self.plan.clone())
    }

    fn request(&self) -> Value {
        json!({
            "planArn": self.plan,
            "targetRegion": self.target,
            "action": self.action,
            "mode": self.mode,
            "comment": self.once,
            "clientToken": self.once,
        })
    }

    fn answer(&self, output: &Value) -> Option<String> {
        output.get("executionId")?.as_str().map(str::to_owned)
    }
}

/// An execution, and where it is asked for.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Of {
    /// The account of the plan.
    pub account: Account,
    /// The Region whose data plane is asked.
    pub region: Region,
    /// The ARN of the plan.
    pub plan: String,
    /// The id of the execution.
    pub execution: String,
}

impl Of {
    fn place(&self) -> (&Account, Region) {
        (&self.account, self.region.clone())
    }

    fn request(&self, more: &Value) -> Value {
        let mut request = json!({
            "planArn": self.plan,
            "executionId": self.execution,
        });
        for (member, value) in more.as_object().into_iter().flatten() {
            request[member.as_str()] = value.clone();
        }
        request
    }
}

/// A step that waits for it is approved or declined.
// https://docs.aws.amazon.com/arc-region-switch/latest/api/API_ApprovePlanExecutionStep.html
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct ApproveStep {
    /// The execution.
    #[serde(flatten)]
    pub of: Of,
    /// The name of the step.
    pub step: String,
    /// `approve` or `decline`.
    pub approval: String,
    /// What is kept with it.
    pub comment: String,
}

impl ApproveStep {
    /// Its IAM action.
    pub const ACTION: &str = "arc-region-switch:ApprovePlanExecutionStep";
}

impl Change for ApproveStep {
    fn place(&self) -> (&Account, Region) {
        self.of.place()
    }

    fn action(&self) -> &'static str {
        Self::ACTION
    }

    fn doing(&self) -> &'static str {
        "answer the approval of the plan"
    }

    fn target(&self) -> &str {
        &self.step
    }

    fn resource(&self) -> Option<String> {
        Some(self.of.plan.clone())
    }

    fn request(&self) -> Value {
        self.of.request(&json!({
            "stepName": self.step,
            "approval": self.approval,
            "comment": self.comment,
        }))
    }
}

/// A step of an execution is skipped, or goes on without grace.
// https://docs.aws.amazon.com/arc-region-switch/latest/api/API_UpdatePlanExecutionStep.html
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct UpdateStep {
    /// The execution.
    #[serde(flatten)]
    pub of: Of,
    /// The name of the step.
    pub step: String,
    /// `skip` or `switchToUngraceful`.
    pub take: String,
    /// What is kept with it.
    pub comment: String,
}

impl UpdateStep {
    /// Its IAM action.
    pub const ACTION: &str = "arc-region-switch:UpdatePlanExecutionStep";
}

impl Change for UpdateStep {
    fn place(&self) -> (&Account, Region) {
        self.of.place()
    }

    fn action(&self) -> &'static str {
        Self::ACTION
    }

    fn doing(&self) -> &'static str {
        "change the step of the execution"
    }

    fn target(&self) -> &str {
        &self.step
    }

    fn survival(&self) -> Survival {
        Survival::SetAgain
    }

    fn resource(&self) -> Option<String> {
        Some(self.of.plan.clone())
    }

    fn request(&self) -> Value {
        self.of.request(&json!({
            "stepName": self.step,
            "actionToTake": self.take,
            "comment": self.comment,
        }))
    }
}

/// An execution is given up.
// https://docs.aws.amazon.com/arc-region-switch/latest/api/API_CancelPlanExecution.html
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct CancelPlan {
    /// The execution.
    #[serde(flatten)]
    pub of: Of,
    /// What is kept with it.
    pub comment: String,
}

impl CancelPlan {
    /// Its IAM action.
    pub const ACTION: &str = "arc-region-switch:CancelPlanExecution";
}

impl Change for CancelPlan {
    fn place(&self) -> (&Account, Region) {
        self.of.place()
    }

    fn action(&self) -> &'static str {
        Self::ACTION
    }

    fn doing(&self) -> &'static str {
        "cancel the execution of the plan"
    }

    fn target(&self) -> &str {
        &self.of.execution
    }

    fn survival(&self) -> Survival {
        Survival::SetAgain
    }

    fn resource(&self) -> Option<String> {
        Some(self.of.plan.clone())
    }

    fn request(&self) -> Value {
        self.of.request(&json!({ "comment": self.comment }))
    }
}
