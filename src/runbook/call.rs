//! Call: every change this program can make to AWS.
//!
//! The same value is shown in the prompt, written to the journal, sent to
//! AWS and answered by the simulator. This page is the audit list; each
//! service's file says what its changes are made of.

pub mod accelerator;
pub mod arc;
pub mod autoscaling;
pub mod backup;
mod command;
pub mod dynamodb;
pub mod ecs;
pub mod events;
pub mod program;
pub mod rds;
pub mod region_switch;
mod resource;
pub mod route53;
pub mod states;

use std::fmt;

use serde::{Deserialize, Serialize};
use serde_json::Value;

use crate::estate::ids::{Account, Arn, Region};
use crate::estate::part::arc::Endpoint;
use command::quoted;
use program::RunProgram;

/// Makes [`Call`] and [`ACTIONS`] of the list of calls.
macro_rules! calls {
    ($($(#[$doc:meta])+ $name:ident($service:ident::$made_of:ident),)+) => {
        /// One change to AWS, with the account and the Region it is sent to.
        #[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
        #[serde(rename_all = "kebab-case", tag = "call")]
        pub enum Call {
            $($(#[$doc])+ $name($service::$made_of),)+
            /// Starts a program of this machine; it goes to no endpoint.
            RunProgram(RunProgram),
        }

        impl Call {
            fn change(&self) -> &dyn Change {
                match self {
                    $(Call::$name(change) => change,)+
                    Call::RunProgram(change) => change,
                }
            }
        }

        /// Every IAM action that a call of this program may need.
        pub const ACTIONS: &[&str] = &[$($service::$made_of::ACTION,)+];
    };
}

calls! {
    /// Makes a read replica a primary of its own, for good.
    RdsPromoteReadReplica(rds::PromoteReadReplica),
    /// Makes a secondary cluster of a global database the writer, without
    /// what it has not seen.
    RdsFailoverGlobalCluster(rds::FailoverGlobalCluster),
    /// Changes the roles of two clusters of a global database; nothing is
    /// lost.
    RdsSwitchoverGlobalCluster(rds::SwitchoverGlobalCluster),
    /// Makes an instance of a snapshot; no public address, in one zone.
    RdsRestoreInstance(rds::RestoreInstance),
    /// Makes an instance as another one was at a moment; no public address,
    /// in one zone.
    RdsRestoreToTime(rds::RestoreToTime),
    /// Deletes an instance and its automated backups, without a final
    /// snapshot.
    RdsDeleteInstance(rds::DeleteInstance),
    /// Changes settings of an instance at once.
    RdsModifyInstance(rds::ModifyInstance),
    /// A replica for Oracle and its primary change their roles.
    RdsSwitchoverReadReplica(rds::SwitchoverReadReplica),
    /// Gives an instance another identifier.
    RdsRenameInstance(rds::RenameInstance),
    /// Restarts an instance.
    RdsRebootInstance(rds::RebootInstance),
    /// Copies a snapshot of an instance, also from another Region.
    RdsCopySnapshot(rds::CopySnapshot),
    /// Copies a snapshot of a cluster, also from another Region.
    RdsCopyClusterSnapshot(rds::CopyClusterSnapshot),
    /// Restores a recovery point to something new.
    BackupStartRestoreJob(backup::StartRestoreJob),
    /// Copies a recovery point to another vault.
    BackupStartCopyJob(backup::StartCopyJob),
    /// Backs a resource up.
    BackupStartBackupJob(backup::StartBackupJob),
    /// Lays a legal hold on recovery points.
    BackupCreateLegalHold(backup::CreateLegalHold),
    /// Takes a legal hold off, for good.
    BackupCancelLegalHold(backup::CancelLegalHold),
    /// Makes a table as another one was at a moment.
    DynamodbRestoreTable(dynamodb::RestoreTable),
    /// Sets one record.
    Route53UpsertRecord(route53::UpsertRecord),
    /// Sets the weights of several records of one name; all, or none.
    Route53SetWeights(route53::SetWeights),
    /// Turns routing controls on and off, all of them or none.
    ArcSetRoutingControls(arc::SetRoutingControls),
    /// Executes a Region switch plan.
    RegionSwitchStart(region_switch::StartPlan),
    /// Approves or declines a step of a Region switch plan.
    RegionSwitchApprove(region_switch::ApproveStep),
    /// Skips a step of a Region switch plan, or lets it go on without grace.
    RegionSwitchUpdateStep(region_switch::UpdateStep),
    /// Gives up an execution of a Region switch plan.
    RegionSwitchCancel(region_switch::CancelPlan),
    /// Sets how much traffic a Region takes from a Global Accelerator.
    AcceleratorSetDial(accelerator::SetDial),
    /// Sets how many tasks an ECS service shall run.
    EcsSetDesiredCount(ecs::SetDesiredCount),
    /// Sets the size of an Auto Scaling group, and its bounds.
    AutoScalingSetSize(autoscaling::SetSize),
    /// Puts a rule of EventBridge in force.
    EventsEnableRule(events::EnableRule),
    /// Takes a rule of EventBridge out of force.
    EventsDisableRule(events::DisableRule),
    /// Starts an execution of a state machine.
    StatesStartExecution(states::StartExecution),
}

/// The actions that only remove what some incident made.
pub const REMOVALS: &[&str] = &[rds::DeleteInstance::ACTION];

/// How a call survives a lost answer, so that it is never applied twice.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Survival {
    /// The same token makes a second sending harmless.
    SameToken,
    /// The name is taken after the first, so a second is refused.
    NameTaken,
    /// Sending it again sets the same state again.
    SetAgain,
    /// Nothing protects it: look first, and only a proof of "not applied"
    /// allows another sending.
    LookFirst,
}

/// Where the configuration of ARC routing controls is homed.
// https://docs.aws.amazon.com/r53recovery/latest/dg/data-and-control-planes.html
pub const ARC_HOME: &str = "us-west-2";

/// The Region in which AWS homes the control plane of Global Accelerator.
// https://docs.aws.amazon.com/general/latest/gr/global_accelerator.html
pub const ACCELERATOR_HOME: &str = "us-west-2";

/// The Region in which AWS homes the control plane of Route 53 ("AWS Fault
/// Isolation Boundaries", global services).
pub const ROUTE53_HOME: &str = "us-east-1";

/// What is to be known of a change before it is sent. Whoever adds a call
/// answers each of these.
trait Change: fmt::Debug {
    /// The account that it is sent to, and the Region whose endpoint answers.
    fn place(&self) -> (&Account, Region);

    /// The IAM action.
    fn action(&self) -> &'static str;

    /// Signing name and operation, where the IAM action is not made of them.
    fn operation(&self) -> (&'static str, &'static str) {
        let action = self.action().split_once(':');
        action.expect("an action is a service and an operation")
    }

    /// What it does, for "could not": `promote the read replica`.
    fn doing(&self) -> &'static str;

    /// The name of what is changed, as a person types it.
    fn target(&self) -> &str;

    /// How it survives a lost answer.
    fn survival(&self) -> Survival {
        Survival::LookFirst
    }

    /// The ARN of what it changes or makes.
    fn resource(&self) -> Option<String>;

    /// The request in the member names of the API reference.
    fn request(&self) -> Value;

    /// Its options for the AWS CLI, with the Region if the CLI wants one.
    fn options(&self) -> String {
        let region = self.place().1;
        let request = quoted(&self.request().to_string());
        format!("--region {region} --cli-input-json {request}")
    }

    /// What of AWS's answer the looks afterwards need.
    fn answer(&self, output: &Value) -> Option<String> {
        let _ = output;
        None
    }

    /// The endpoints that are asked in this order until one answers, where
    /// the service has its own.
    fn endpoints(&self) -> &[Endpoint] {
        &[]
    }

    /// Whether it makes something that costs until it is deleted.
    fn creates(&self) -> bool {
        false
    }

    /// The ARN of what it deletes.
    fn removes(&self) -> Option<&Arn> {
        None
    }

    /// The subnet group and the security groups of what it makes.
    fn network(&self) -> Option<(String, Vec<String>)> {
        None
    }

    /// The tag on what it makes or deletes.
    fn made_by(&self) -> Option<(&str, &str)> {
        None
    }
}

impl Call {
    /// The program that it starts, if it is one of this machine and no
    /// request to AWS.
    pub fn program(&self) -> Option<&RunProgram> {
        match self {
            Call::RunProgram(program) => Some(program),
            _ => None,
        }
    }

    /// The account that the call is sent to.
    pub fn account(&self) -> &Account {
        self.change().place().0
    }

    /// The Region whose endpoint answers the call.
    pub fn region(&self) -> Region {
        self.change().place().1
    }

    /// The IAM action that it needs.
    pub fn action(&self) -> &'static str {
        self.change().action()
    }

    /// The signing name of its service, and its operation there.
    pub fn operation(&self) -> (&'static str, &'static str) {
        self.change().operation()
    }

    /// What it does, for "could not": `promote the read replica`.
    pub fn doing(&self) -> &'static str {
        self.change().doing()
    }

    /// The name of the thing that is changed, as a person types it.
    pub fn target(&self) -> &str {
        self.change().target()
    }

    /// How it survives a lost answer.
    pub fn survival(&self) -> Survival {
        self.change().survival()
    }

    /// The ARN of what it changes, or makes.
    pub fn resource(&self) -> Option<String> {
        self.change().resource()
    }

    /// The request in the member names of the API reference: what is sent.
    pub fn request(&self) -> Value {
        self.change().request()
    }

    /// What of AWS's answer the looks afterwards need, such as the id of a
    /// job.
    pub fn answer(&self, output: &Value) -> Option<String> {
        self.change().answer(output)
    }

    /// The endpoints that are asked in this order until one answers; none
    /// where the Region's own is asked.
    pub fn endpoints(&self) -> &[Endpoint] {
        self.change().endpoints()
    }

    /// The ARN of what it makes, where it makes something that costs until
    /// it is deleted.
    pub fn creates(&self) -> Option<String> {
        let change = self.change();
        change.creates().then(|| change.resource()).flatten()
    }

    /// The ARN of what it deletes, where it deletes something.
    pub fn removes(&self) -> Option<&Arn> {
        self.change().removes()
    }

    /// The subnet group and the security groups that what it makes is
    /// placed in.
    pub fn network(&self) -> Option<(String, Vec<String>)> {
        self.change().network()
    }

    /// The incident or drill whose tag is on what it makes or deletes, with
    /// the key of that tag; none of a call that changes what others made.
    pub fn made_by(&self) -> Option<(&str, &str)> {
        self.change().made_by()
    }
}
