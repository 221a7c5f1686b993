//! Services: what AWS is asked, and where, in one table.

use std::future::{Ready, ready};
use std::slice::from_ref;

use self::Scope::{Global, Regional};
use super::reader::Reader;
use super::session::Budget;
use super::{
    Look, Looking, accelerator, arc, audit, autoscaling, backup,
    cloudformation, cloudfront, cloudtrail, cloudwatch, config, deeds,
    dynamodb, ebs, ec2, ecs, efs, events, fsx, guards, health, images, kms,
    lambda, network, organizations, plans, proofs, rds, reach, region_switch,
    replication, route53, s3, sqs, states, sts, tagging, things,
};
use crate::estate::ids::{Account, Region};
use crate::estate::part::Kind;
use crate::estate::thing::Thing;
use crate::estate::{Source, What};
use crate::failure::{Failure, FailureKind};
use crate::runbook::call::{ARC_HOME, ROUTE53_HOME};

/// Where the control plane of Global Accelerator is homed.
// https://docs.aws.amazon.com/whitepapers/latest/aws-fault-isolation-boundaries/global-services.html
const ACCELERATOR_HOME: &str = "us-west-2";

/// Where a service is asked.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Scope {
    /// In every Region that is watched.
    Regional,
    /// In `us-east-1`, where AWS homes it, once an account.
    Global,
    /// In this Region, where AWS homes it, once an account.
    Home(&'static str),
    /// In the first Region watched, once an account.
    Account,
}

/// One thing that AWS is asked: a row of [`SERVICES`].
#[derive(Debug)]
pub struct Service {
    /// The name of the look, as [`What::name`] gives it.
    pub name: &'static str,
    /// What the pollers watch; none for what is looked at when asked for.
    pub watched: Option<What>,
    /// Where it is asked.
    pub scope: Scope,
    /// How long a call of it may take.
    pub budget: Budget,
    /// Every operation that the look sends, and no other.
    pub reads: &'static [&'static str],
    /// The IAM actions that it needs.
    pub needs: &'static [&'static str],
    /// The look itself.
    pub look: for<'a> fn(&'a Reader, &'a What) -> Looking<'a>,
}

macro_rules! row {
    ($name:literal, $watched:expr, $scope:expr, $budget:ident,
     [$($read:literal),*], needs [$($need:literal),*], $look:expr) => {
        Service {
            name: $name,
            watched: $watched,
            scope: $scope,
            budget: Budget::$budget,
            reads: &[$($read),*],
            needs: &[$($need),*],
            look: $look,
        }
    };
    ($name:literal, $watched:expr, $scope:expr, $budget:ident,
     [$($read:literal),*], $look:expr) => {
        row!($name, $watched, $scope, $budget, [$($read),*],
            needs [$($read),*], $look)
    };
}

macro_rules! thing {
    ($thing:ident) => {
        Service {
            name: Thing::$thing.question().name,
            watched: None,
            scope: Regional,
            budget: Budget::Read,
            reads: &[Thing::$thing.question().operation],
            needs: &[Thing::$thing.question().needs],
            look: |r, what| match what {
                What::Thing { of, request } => {
                    Box::pin(things::look(r, *of, request))
                }
                what => Box::pin(misplaced(what)),
            },
        }
    };
}

/// What is watched, and what is looked at when a step asks: the guard lets
/// through what stands here under `reads`, and nothing else.
#[rustfmt::skip]
pub static SERVICES: &[Service] = &[
    // `GetCallerIdentity` needs no permission (AWS STS API reference).
    row!("sts/identity", Some(What::Identity), Scope::Account, Read,
        ["sts:GetCallerIdentity"], needs [],
        |r, _| Box::pin(sts::identity(r))),
    row!("backup/vaults", Some(What::Vaults), Regional, Read,
        ["backup:ListBackupVaults"],
        |r, _| Box::pin(backup::vaults(r))),
    row!("backup/points", Some(What::Points), Regional, Slow,
        ["backup:ListBackupVaults", "backup:ListRecoveryPointsByBackupVault"],
        |r, _| Box::pin(backup::points(r))),
    row!("backup/jobs", Some(What::BackupJobs), Regional, Read,
        ["backup:ListBackupJobs"],
        |r, _| Box::pin(backup::backup_jobs(r))),
    row!("backup/copy-jobs", Some(What::CopyJobs), Regional, Read,
        ["backup:ListCopyJobs"],
        |r, _| Box::pin(backup::copy_jobs(r))),
    row!("backup/restore-jobs", Some(What::RestoreJobs), Regional, Read,
        ["backup:ListRestoreJobs"],
        |r, _| Box::pin(backup::restore_jobs(r))),
    row!("backup/protected", Some(What::Protected), Regional, Read,
        ["backup:ListProtectedResources"],
        |r, _| Box::pin(backup::protected(r))),
    row!("backup/plans", Some(What::Parts(Kind::BackupPlan)), Regional, Slow,
        ["backup:ListBackupPlans", "backup:GetBackupPlan",
         "backup:ListBackupSelections", "backup:GetBackupSelection"],
        |r, _| Box::pin(plans::plans(r))),
    row!("backup/guards", Some(What::Parts(Kind::VaultGuard)), Regional, Slow,
        ["backup:ListBackupVaults", "backup:GetBackupVaultAccessPolicy"],
        |r, _| Box::pin(guards::guards(r))),
    row!("backup/restore-tests", Some(What::Parts(Kind::RestoreTest)),
        Regional, Slow,
        ["backup:ListRestoreTestingPlans", "backup:GetRestoreTestingPlan",
         "backup:ListRestoreTestingSelections", "backup:ListRestoreJobs"],
        |r, _| Box::pin(proofs::tests(r))),
    row!("backup/proofs", Some(What::Parts(Kind::Proof)), Regional, Slow,
        ["backup:ListProtectedResources", "backup:DescribeProtectedResource"],
        |r, _| Box::pin(proofs::proofs(r))),
    row!("backup/frameworks", Some(What::Parts(Kind::Framework)), Regional,
        Slow,
        ["backup:ListFrameworks", "backup:DescribeFramework"],
        |r, _| Box::pin(audit::frameworks(r))),
    row!("backup/region-settings", Some(What::Parts(Kind::OptIns)), Regional,
        Read,
        ["backup:DescribeRegionSettings"],
        |r, _| Box::pin(audit::settings(r))),
    row!("backup/job-summaries", Some(What::Parts(Kind::JobSummary)),
        Regional, Slow,
        ["backup:ListBackupJobSummaries", "backup:ListCopyJobSummaries",
         "backup:ListRestoreJobSummaries"],
        |r, _| Box::pin(audit::summaries(r))),
    row!("rds/instances", Some(What::Instances), Regional, Read,
        ["rds:DescribeDBInstances"],
        |r, _| Box::pin(rds::instances(r))),
    row!("rds/clusters", Some(What::Clusters), Regional, Read,
        ["rds:DescribeDBClusters"],
        |r, _| Box::pin(rds::clusters(r))),
    row!("rds/global", Some(What::GlobalClusters), Regional, Read,
        ["rds:DescribeGlobalClusters"],
        |r, _| Box::pin(rds::global_clusters(r))),
    row!("rds/snapshots", Some(What::Snapshots), Regional, Slow,
        ["rds:DescribeDBSnapshots"],
        |r, _| Box::pin(rds::snapshots(r, None))),
    row!("rds/cluster-snapshots", Some(What::ClusterSnapshots), Regional, Slow,
        ["rds:DescribeDBClusterSnapshots"],
        |r, _| Box::pin(rds::cluster_snapshots(r))),
    row!("rds/automated-backups", Some(What::AutomatedBackups), Regional, Read,
        ["rds:DescribeDBInstanceAutomatedBackups"],
        |r, _| Box::pin(rds::automated_backups(r))),
    row!("cloudwatch/lags", Some(What::Lags), Regional, Slow,
        ["rds:DescribeDBInstances", "rds:DescribeGlobalClusters",
         "cloudwatch:GetMetricData"],
        |r, _| Box::pin(cloudwatch::lags(r))),
    row!("cloudwatch/alarms", Some(What::Alarms), Regional, Read,
        ["cloudwatch:DescribeAlarms"],
        |r, _| Box::pin(cloudwatch::alarms(r))),
    row!("route53/zones", Some(What::Zones), Global, Read,
        ["route53:ListHostedZones"],
        |r, _| Box::pin(route53::zones(r))),
    row!("route53/records", Some(What::Records), Global, Read,
        ["route53:ListHostedZones", "route53:ListResourceRecordSets"],
        |r, _| Box::pin(route53::records(r))),
    row!("route53/health-checks", Some(What::HealthChecks), Global, Read,
        ["route53:ListHealthChecks", "route53:GetHealthCheckStatus"],
        |r, _| Box::pin(route53::health_checks(r))),
    row!("tagging/resources", Some(What::Parts(Kind::Tagged)), Regional, Slow,
        ["tagging:GetResources"], needs ["tag:GetResources"],
        |r, _| Box::pin(tagging::resources(r))),
    row!("s3/buckets", Some(What::Parts(Kind::Bucket)), Regional, Slow,
        ["s3:ListBuckets", "s3:GetBucketLocation", "s3:GetBucketVersioning",
         "s3:GetBucketReplication", "s3:GetObjectLockConfiguration",
         "s3:GetBucketTagging"],
        needs ["s3:ListAllMyBuckets", "s3:GetBucketLocation",
         "s3:GetBucketVersioning", "s3:GetReplicationConfiguration",
         "s3:GetBucketObjectLockConfiguration", "s3:GetBucketTagging"],
        |r, _| Box::pin(s3::buckets(r))),
    row!("s3/replication", Some(What::Parts(Kind::Flow)), Regional, Slow,
        ["cloudwatch:ListMetrics", "cloudwatch:GetMetricData"],
        |r, _| Box::pin(replication::flows(r))),
    row!("ec2/volumes", Some(What::Parts(Kind::Volume)), Regional, Slow,
        ["ec2:DescribeVolumes"],
        |r, _| Box::pin(ec2::volumes(r))),
    row!("ec2/snapshots", Some(What::VolumeSnapshots), Regional, Slow,
        ["ec2:DescribeSnapshots"],
        |r, _| Box::pin(ebs::snapshots(r))),
    row!("ec2/host-images", Some(What::HostImages), Regional, Slow,
        ["ec2:DescribeImages", "ec2:DescribeSnapshots"],
        |r, _| Box::pin(images::images(r))),
    row!("ec2/instances", Some(What::Parts(Kind::Host)), Regional, Slow,
        ["ec2:DescribeInstances"],
        |r, _| Box::pin(ec2::hosts(r))),
    row!("ec2/images", Some(What::Parts(Kind::Image)), Regional, Slow,
        ["ec2:DescribeImages"],
        |r, _| Box::pin(ec2::images(r))),
    row!("ec2/recycle-bin", Some(What::Parts(Kind::Binned)), Regional, Slow,
        ["ec2:ListSnapshotsInRecycleBin", "ec2:ListImagesInRecycleBin"],
        |r, _| Box::pin(ec2::recycle_bin(r))),
    row!("efs/file-systems", Some(What::Parts(Kind::FileSystem)), Regional,
        Slow,
        ["elasticfilesystem:DescribeFileSystems",
         "elasticfilesystem:DescribeBackupPolicy"],
        |r, _| Box::pin(efs::file_systems(r))),
    row!("efs/replications", Some(What::Parts(Kind::FileSync)), Regional,
        Read,
        ["elasticfilesystem:DescribeReplicationConfigurations"],
        |r, _| Box::pin(efs::replications(r))),
    row!("fsx/file-systems", Some(What::Parts(Kind::Share)), Regional, Slow,
        ["fsx:DescribeFileSystems"],
        |r, _| Box::pin(fsx::file_systems(r))),
    row!("fsx/backups", Some(What::ShareBackups), Regional, Slow,
        ["fsx:DescribeBackups"],
        |r, _| Box::pin(fsx::backups(r))),
    row!("dynamodb/tables", Some(What::Parts(Kind::Table)), Regional, Slow,
        ["dynamodb:ListTables", "dynamodb:DescribeTable",
         "dynamodb:DescribeContinuousBackups"],
        |r, _| Box::pin(dynamodb::tables(r))),
    row!("dynamodb/backups", Some(What::TableBackups), Regional, Slow,
        ["dynamodb:ListBackups"],
        |r, _| Box::pin(dynamodb::backups(r))),
    row!("arc/clusters", Some(What::Parts(Kind::ArcCluster)),
        Scope::Home(ARC_HOME), Slow,
        ["route53-recovery-control-config:ListClusters",
         "route53-recovery-control-config:ListControlPanels",
         "route53-recovery-control-config:ListRoutingControls",
         "route53-recovery-control-config:ListSafetyRules"],
        |r, _| Box::pin(arc::clusters(r))),
    row!("arc/switches", Some(What::Parts(Kind::Switches)),
        Scope::Home(ARC_HOME), Read,
        ["route53-recovery-control-config:ListClusters",
         "route53-recovery-cluster:ListRoutingControls"],
        |r, _| Box::pin(arc::switches(r))),
    row!("region-switch/plans", Some(What::Parts(Kind::SwitchPlan)), Regional,
        Slow,
        ["arc-region-switch:ListPlansInRegion",
         "arc-region-switch:GetPlanInRegion",
         "arc-region-switch:GetPlanEvaluationStatus",
         "arc-region-switch:ListPlanExecutions"],
        |r, _| Box::pin(region_switch::plans(r))),
    row!("accelerator/groups", Some(What::Parts(Kind::Accelerator)),
        Scope::Home(ACCELERATOR_HOME), Slow,
        ["globalaccelerator:ListAccelerators",
         "globalaccelerator:ListListeners",
         "globalaccelerator:ListEndpointGroups"],
        |r, _| Box::pin(accelerator::accelerators(r))),
    row!("cloudfront/origins", Some(What::Parts(Kind::Distribution)), Global,
        Slow,
        ["cloudfront:ListDistributions"],
        |r, _| Box::pin(cloudfront::distributions(r))),
    row!("ec2/vpc-peerings", Some(What::Parts(Kind::Peering)), Regional, Read,
        ["ec2:DescribeVpcPeeringConnections"],
        |r, _| Box::pin(network::peerings(r))),
    row!("ec2/gateway-peerings", Some(What::Parts(Kind::GatewayPeering)),
        Regional, Read,
        ["ec2:DescribeTransitGatewayPeeringAttachments"],
        |r, _| Box::pin(network::gateway_peerings(r))),
    row!("ec2/attachments", Some(What::Parts(Kind::Attachment)), Regional,
        Read,
        ["ec2:DescribeTransitGatewayAttachments"],
        |r, _| Box::pin(network::attachments(r))),
    row!("cloudformation/stacks", Some(What::Parts(Kind::Stack)), Regional, Slow,
        ["cloudformation:DescribeStacks"],
        |r, _| Box::pin(cloudformation::stacks(r))),
    row!("ecs/services", Some(What::Parts(Kind::EcsService)), Regional, Read,
        ["ecs:ListClusters", "ecs:ListServices", "ecs:DescribeServices"],
        |r, _| Box::pin(ecs::services(r))),
    row!("autoscaling/groups", Some(What::Parts(Kind::ScalingGroup)), Regional, Read,
        ["autoscaling:DescribeAutoScalingGroups"],
        |r, _| Box::pin(autoscaling::groups(r))),
    row!("lambda/functions", Some(What::Parts(Kind::Function)), Regional, Slow,
        ["lambda:ListFunctions", "lambda:GetFunctionConfiguration",
         "tagging:GetResources", "cloudwatch:GetMetricData"],
        needs ["lambda:ListFunctions", "lambda:GetFunctionConfiguration",
         "tag:GetResources", "cloudwatch:GetMetricData"],
        |r, _| Box::pin(lambda::functions(r))),
    row!("states/machines", Some(What::Parts(Kind::Machine)), Regional, Read,
        ["states:ListStateMachines", "states:ListExecutions",
         "tagging:GetResources"],
        needs ["states:ListStateMachines", "states:ListExecutions",
         "tag:GetResources"],
        |r, _| Box::pin(states::machines(r))),
    row!("events/rules", Some(What::Parts(Kind::Rule)), Regional, Read,
        ["events:ListRules", "events:ListTargetsByRule",
         "tagging:GetResources"],
        needs ["events:ListRules", "events:ListTargetsByRule",
         "tag:GetResources"],
        |r, _| Box::pin(events::rules(r))),
    row!("kms/keys", Some(What::Parts(Kind::Key)), Regional, Slow,
        ["kms:ListKeys", "kms:DescribeKey", "backup:ListBackupVaults",
         "rds:DescribeDBInstances", "rds:DescribeDBClusters",
         "ec2:DescribeVolumes"],
        |r, _| Box::pin(kms::keys(r))),
    row!("config/rules", Some(What::Parts(Kind::ConfigRule)), Regional, Slow,
        ["config:DescribeConfigRules", "config:DescribeComplianceByConfigRule",
         "config:GetComplianceDetailsByConfigRule"],
        |r, _| Box::pin(config::rules(r))),
    row!("config/recorder", Some(What::Parts(Kind::Recorder)), Regional, Read,
        ["config:DescribeConfigurationRecorderStatus"],
        |r, _| Box::pin(config::recorders(r))),
    row!("config/counts", Some(What::Parts(Kind::Counted)), Regional, Slow,
        ["config:GetDiscoveredResourceCounts"],
        |r, _| Box::pin(config::counts(r))),
    // Health answers in us-east-1 for all Regions (AWS Health user guide).
    row!("health/events", Some(What::Parts(Kind::HealthEvent)),
        Scope::Home("us-east-1"), Read,
        ["health:DescribeEvents", "health:DescribeAffectedEntities"],
        |r, _| Box::pin(health::events(r))),
    row!("cloudtrail/trails", Some(What::Parts(Kind::Trail)), Regional, Read,
        ["cloudtrail:DescribeTrails", "cloudtrail:GetTrailStatus"],
        |r, _| Box::pin(cloudtrail::trails(r))),
    row!("cloudtrail/deeds", Some(What::Parts(Kind::Deed)), Regional, Slow,
        ["cloudtrail:LookupEvents"],
        |r, _| Box::pin(deeds::deeds(r))),
    row!("organizations/accounts", None, Global, Read,
        ["organizations:ListAccounts"],
        |r, _| Box::pin(organizations::accounts(r))),
    row!("rds/instance", None, Regional, Read,
        ["rds:DescribeDBInstances"],
        |r, what| match what {
            What::Instance(id) => Box::pin(rds::instance_of(r, id)),
            what => Box::pin(misplaced(what)),
        }),
    row!("rds/cluster", None, Regional, Read,
        ["rds:DescribeDBClusters"],
        |r, what| match what {
            What::Cluster(id) => Box::pin(rds::cluster_of(r, id)),
            what => Box::pin(misplaced(what)),
        }),
    row!("rds/global-cluster", None, Regional, Read,
        ["rds:DescribeGlobalClusters"],
        |r, what| match what {
            What::GlobalCluster(id) => {
                Box::pin(rds::global_cluster_of(r, id))
            }
            what => Box::pin(misplaced(what)),
        }),
    row!("rds/snapshots-of", None, Regional, Read,
        ["rds:DescribeDBSnapshots"],
        |r, what| match what {
            What::SnapshotsOf(id) => Box::pin(rds::snapshots(r, Some(id))),
            what => Box::pin(misplaced(what)),
        }),
    row!("rds/reach", None, Regional, Read,
        ["rds:DescribeDBSubnetGroups", "ec2:DescribeRouteTables",
         "ec2:DescribeSecurityGroups"],
        |r, what| match what {
            What::Reach { subnets, guards } => {
                Box::pin(reach::of(r, subnets, guards))
            }
            what => Box::pin(misplaced(what)),
        }),
    // With no visibility timeout a message stays where it is for everyone.
    row!("sqs/events", None, Regional, Slow,
        ["sqs:ReceiveMessage"],
        |r, what| match what {
            What::Queue(url) => Box::pin(sqs::events(r, url)),
            what => Box::pin(misplaced(what)),
        }),
    row!("cloudwatch/cluster-lag", None, Regional, Read,
        ["cloudwatch:GetMetricData"],
        |r, what| match what {
            What::ClusterLagOf(id) => {
                Box::pin(cloudwatch::cluster_lag_of(r, id))
            }
            what => Box::pin(misplaced(what)),
        }),
    row!("cloudwatch/lag", None, Regional, Read,
        ["cloudwatch:GetMetricData"],
        |r, what| match what {
            What::LagOf(id) => Box::pin(cloudwatch::lag_of(r, id)),
            what => Box::pin(misplaced(what)),
        }),
    row!("route53/record", None, Global, Read,
        ["route53:ListResourceRecordSets"],
        |r, what| match what {
            What::RecordsOf { zone, name } => {
                Box::pin(route53::records_of(r, zone, name))
            }
            what => Box::pin(misplaced(what)),
        }),
    row!("route53/change", None, Global, Read,
        ["route53:GetChange"],
        |r, what| match what {
            What::ChangeOf(id) => Box::pin(route53::change_of(r, id)),
            what => Box::pin(misplaced(what)),
        }),
    row!("route53/health-check", None, Global, Read,
        ["route53:GetHealthCheck", "route53:GetHealthCheckStatus"],
        |r, what| match what {
            What::HealthCheckOf(id) => {
                Box::pin(route53::health_check_of(r, id))
            }
            what => Box::pin(misplaced(what)),
        }),
    thing!(DbInstance),
    thing!(AutomatedBackups),
    thing!(DbEvents),
    thing!(DbSnapshot),
    thing!(DbClusterSnapshot),
    thing!(BackupJob),
    thing!(BackupJobs),
    thing!(CopyJob),
    thing!(CopyJobs),
    thing!(RestoreJob),
    thing!(RestoreJobs),
    thing!(RecoveryPoints),
    thing!(Vault),
    thing!(LegalHold),
    thing!(LegalHolds),
    thing!(Table),
    thing!(ContinuousBackups),
    thing!(Key),
    thing!(Execution),
    thing!(PlanExecutions),
    thing!(PlanSteps),
    thing!(PlanEvents),
];

/// The answer to a row that is asked for what stands in another.
fn misplaced(what: &What) -> Ready<Look> {
    let doing = format!("look at {}", what.name());
    ready(Err(Failure::new(doing, FailureKind::Other)))
}

/// The row that answers a look.
pub fn service(what: &What) -> Option<&'static Service> {
    SERVICES.iter().find(|service| service.name == what.name())
}

/// Whether some row reads this operation of a service, such as `rds`.
pub(super) fn is_read(service: &str, operation: &str) -> bool {
    SERVICES
        .iter()
        .flat_map(|row| row.reads)
        .any(|read| read.split_once(':') == Some((service, operation)))
}

/// Every IAM action that watching needs, sorted and each once.
pub fn needs() -> Vec<&'static str> {
    let mut needs: Vec<_> =
        SERVICES.iter().flat_map(|row| row.needs).copied().collect();
    needs.sort_unstable();
    needs.dedup();
    needs
}

/// The sources that are watched in one account.
pub fn sources(account: &Account, regions: &[Region]) -> Vec<Source> {
    let home = Region::new(ROUTE53_HOME);
    let mut sources = Vec::new();
    for row in SERVICES {
        let Some(what) = &row.watched else { continue };
        let places = match row.scope {
            Scope::Regional => regions,
            Scope::Global => from_ref(&home),
            Scope::Home(region) => {
                let at = Region::new(region);
                sources.push(Source::aws(account, &at, what.clone()));
                continue;
            }
            Scope::Account => &regions[..regions.len().min(1)],
        };
        sources.extend(
            places.iter().map(|at| Source::aws(account, at, what.clone())),
        );
    }
    sources
}

#[cfg(test)]
mod tests;
