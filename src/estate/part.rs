//! Parts: what a recovery rests on beside databases and recovery points.
//!
//! A kind of part is one line in the table below and one struct in a file of
//! its service; [`Told`] is how each tells of itself.

pub mod arc;
pub mod audit;
pub mod automation;
pub mod autoscaling;
pub mod backup;
pub mod cloudformation;
pub mod cloudtrail;
pub mod config;
pub mod dynamodb;
pub mod ec2;
pub mod ecs;
pub mod edge;
pub mod efs;
pub mod events;
pub mod fsx;
pub mod guard;
pub mod health;
pub mod kms;
pub mod lambda;
pub mod maker;
pub mod network;
pub mod organizations;
pub mod proof;
pub mod region_switch;
pub mod s3;
pub mod states;
pub mod tags;

use jiff::Timestamp;
use serde::{Deserialize, Serialize};

use super::{Estate, Found, Placed};
use arc::{ArcCluster, Switches};
use audit::{Framework, JobSummary, OptIns};
use autoscaling::ScalingGroup;
use backup::BackupPlan;
use cloudformation::Stack;
use cloudtrail::{Deed, Trail};
use config::{ConfigRule, Counted, Recorder};
use dynamodb::Table;
use ec2::{Binned, Host, Image, Volume};
use ecs::EcsService;
use edge::{Accelerator, Distribution};
use efs::{FileSync, FileSystem};
use events::Rule;
use fsx::Share;
use guard::VaultGuard;
use health::HealthEvent;
use kms::Key;
use lambda::Function;
use network::{Attachment, GatewayPeering, Peering};
use organizations::Member;
use proof::{Proof, RestoreTest};
use region_switch::SwitchPlan;
use s3::{Bucket, Flow};
use states::Machine;
use tags::Tagged;

/// How a part does, as far as its own service tells.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Health {
    /// In order.
    Good,
    /// Nothing that can be good or bad.
    Plain,
    /// It may make a recovery slower, or less sure.
    Warn,
    /// A recovery that rests on it would fail.
    Bad,
    /// Its service did not tell.
    Unknown,
}

/// What every part tells of itself.
pub trait Told {
    /// Its ARN, or else the id that its service knows it by.
    fn id(&self) -> &str;
    /// Its name for people.
    fn name(&self) -> &str;
    /// How it does, and the few words that say so.
    fn state(&self) -> (Health, String);
    /// What else is known of it: label and value, the weightiest first.
    fn facts(&self) -> Vec<(&'static str, String)>;
    /// Why what should be known of it is not: an answer that has such a part
    /// is not whole.
    fn unknown(&self) -> &[String] {
        &[]
    }
}

macro_rules! parts {
    ($($(#[$doc:meta])*
       $kind:ident($item:ident) $name:literal $system:literal
       every $seconds:literal, $all:ident;)*) => {
        /// A kind of part: one look at one service.
        #[derive(
            Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord,
            Serialize, Deserialize,
        )]
        #[serde(rename_all = "snake_case")]
        pub enum Kind {$(
            $(#[$doc])*
            $kind,
        )*}

        impl Kind {
            /// Every kind.
            pub const ALL: &[Kind] = &[$(Kind::$kind),*];

            /// The short name of the look, such as `s3/buckets`.
            pub fn name(self) -> &'static str {
                match self { $(Kind::$kind => $name,)* }
            }

            /// The name of the AWS system that it belongs to.
            pub fn system(self) -> &'static str {
                match self { $(Kind::$kind => $system,)* }
            }

            /// Seconds between two looks while nothing is wrong.
            pub fn seconds(self) -> i64 {
                match self { $(Kind::$kind => $seconds,)* }
            }
        }

        /// One part, whatever its kind.
        #[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
        #[serde(rename_all = "snake_case")]
        pub enum Part {$(
            $(#[$doc])*
            $kind($item),
        )*}

        impl Part {
            /// Its kind.
            pub fn kind(&self) -> Kind {
                match self { $(Part::$kind(_) => Kind::$kind,)* }
            }

            /// What it tells of itself.
            pub fn told(&self) -> &dyn Told {
                match self { $(Part::$kind(part) => part,)* }
            }
        }

        $(impl From<$item> for Part {
            fn from(part: $item) -> Self {
                Part::$kind(part)
            }
        })*

        impl Estate {$(
            $(#[$doc])*
            pub fn $all(&self) -> impl Iterator<Item = Placed<'_, $item>> {
                let all = self.parts_of(Some(Kind::$kind));
                all.filter_map(|placed| match placed.item {
                    Part::$kind(item) => Some(placed.with(item)),
                    _ => None,
                })
            }
        )*}
    };
}

parts! {
    /// Tagged resources of all services, with their tags.
    Tagged(Tagged) "tagging/resources" "Tags" every 300, tagged;
    /// Plans of AWS Backup with their rules and selections.
    BackupPlan(BackupPlan) "backup/plans" "AWS Backup" every 600,
        backup_plans;
    /// Locks and access policies of vaults.
    VaultGuard(VaultGuard) "backup/guards" "AWS Backup" every 600,
        vault_guards;
    /// Restore-testing plans with their last runs.
    RestoreTest(RestoreTest) "backup/restore-tests" "AWS Backup" every 600,
        restore_tests;
    /// When protected resources were last restored.
    Proof(Proof) "backup/proofs" "AWS Backup" every 900, proofs;
    /// Frameworks of Audit Manager.
    Framework(Framework) "backup/frameworks" "AWS Backup" every 900,
        frameworks;
    /// Which types of resource AWS Backup was told to protect.
    OptIns(OptIns) "backup/region-settings" "AWS Backup" every 900, opt_ins;
    /// How the jobs of the last seven days ended, counted by AWS Backup.
    JobSummary(JobSummary) "backup/job-summaries" "AWS Backup" every 900,
        job_summaries;
    /// S3 buckets with their protection.
    Bucket(Bucket) "s3/buckets" "S3" every 600, buckets;
    /// What CloudWatch tells of S3 replication, in both Regions of each rule.
    Flow(Flow) "s3/replication" "S3" every 60, flows;
    /// EBS volumes.
    Volume(Volume) "ec2/volumes" "EBS" every 300, volumes;
    /// EC2 instances.
    Host(Host) "ec2/instances" "EC2" every 120, hosts;
    /// Images of ours, with their snapshots.
    Image(Image) "ec2/images" "EC2" every 900, images;
    /// What was deleted and can be taken back.
    Binned(Binned) "ec2/recycle-bin" "EBS" every 900, binned;
    /// EFS file systems.
    FileSystem(FileSystem) "efs/file-systems" "EFS" every 600, file_systems;
    /// Replications of EFS file systems; both Regions tell of each.
    FileSync(FileSync) "efs/replications" "EFS" every 60, file_syncs;
    /// FSx file systems.
    Share(Share) "fsx/file-systems" "FSx" every 600, shares;
    /// DynamoDB tables with continuous backups and replicas.
    Table(Table) "dynamodb/tables" "DynamoDB" every 60, tables;
    /// Clusters of ARC routing controls, as configured.
    ArcCluster(ArcCluster) "arc/clusters" "ARC routing control"
       every 900, arc_clusters;
    /// ARC routing controls, as the cluster's own endpoints tell them.
    Switches(Switches) "arc/switches" "ARC routing control"
       every 30, switches;
    /// ARC Region switch plans.
    SwitchPlan(SwitchPlan) "region-switch/plans" "ARC Region switch"
       every 300, switch_plans;
    /// Global Accelerators with their endpoint groups.
    Accelerator(Accelerator) "accelerator/groups"
       "Global Accelerator" every 60, accelerators;
    /// CloudFront distributions with their origins.
    Distribution(Distribution) "cloudfront/origins" "CloudFront"
       every 600, distributions;
    /// VPC peering connections.
    Peering(Peering) "ec2/vpc-peerings" "VPC peering" every 300, peerings;
    /// Peerings of Transit Gateways.
    GatewayPeering(GatewayPeering) "ec2/gateway-peerings" "Transit Gateway"
       every 300, gateway_peerings;
    /// What is attached to Transit Gateways.
    Attachment(Attachment) "ec2/attachments" "Transit Gateway"
       every 300, attachments;
    /// Stacks of `CloudFormation`.
    Stack(Stack) "cloudformation/stacks" "CloudFormation" every 300, stacks;
    /// Services of ECS.
    EcsService(EcsService) "ecs/services" "ECS" every 60, ecs_services;
    /// Auto Scaling groups.
    ScalingGroup(ScalingGroup) "autoscaling/groups" "Auto Scaling"
        every 60, scaling_groups;
    /// Functions that recovery is automated with.
    Function(Function) "lambda/functions" "Lambda" every 600, functions;
    /// State machines that recovery is automated with.
    Machine(Machine) "states/machines" "Step Functions" every 300, machines;
    /// Rules that start recovery.
    Rule(Rule) "events/rules" "EventBridge" every 600, rules;
    /// Keys, with what they encrypt.
    Key(Key) "kms/keys" "KMS" every 600, keys;
    /// Rules of AWS Config about backups.
    ConfigRule(ConfigRule) "config/rules" "Config" every 600, config_rules;
    /// What records the resources for AWS Config.
    Recorder(Recorder) "config/recorder" "Config" every 600, recorders;
    /// Resources that hold data and are not watched, counted by type.
    Counted(Counted) "config/counts" "Config" every 900, counted;
    /// Events of AWS Health.
    HealthEvent(HealthEvent) "health/events" "AWS Health"
        every 60, health_events;
    /// Trails of `CloudTrail`.
    Trail(Trail) "cloudtrail/trails" "CloudTrail" every 600, trails;
    /// Calls of the last day that took backups away or weakened them.
    Deed(Deed) "cloudtrail/deeds" "CloudTrail" every 300, deeds;
    /// Accounts of the organisation; looked at when a config is made.
    Member(Member) "organizations/accounts" "Organizations"
        every 3600, members;
}

/// Whether something is on, in a word.
fn on_off(is: Option<bool>) -> &'static str {
    match is {
        Some(true) => "on",
        Some(false) => "off",
        None => "not told",
    }
}

/// A moment as parts tell it, to the minute.
fn stamp(at: Timestamp) -> String {
    at.strftime("%Y-%m-%d %H:%M UTC").to_string()
}

impl Estate {
    /// Every part of every account and Region.
    pub fn parts(&self) -> impl Iterator<Item = Placed<'_, Part>> {
        self.parts_of(None)
    }

    /// The parts of one kind, or all. What one look found is of one kind, so
    /// that long lists of others are not gone through.
    fn parts_of(
        &self,
        kind: Option<Kind>,
    ) -> impl Iterator<Item = Placed<'_, Part>> {
        self.watched().flat_map(move |(account, region, found)| {
            let parts: &[Part] = match found {
                Found::Parts(parts) => parts,
                _ => &[],
            };
            let first = parts.first().map(Part::kind);
            let wanted = kind.is_none() || first == kind;
            let parts = if wanted { parts } else { &[] };
            parts.iter().map(move |item| Placed { account, region, item })
        })
    }
}
