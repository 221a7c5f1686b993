//! Rules on the control planes that a recovery leans on, and on the Regions
//! that it asks.
// https://docs.aws.amazon.com/whitepapers/latest/aws-fault-isolation-boundaries/global-services.html

use super::super::{Manner, Practised, StepSpec};
use super::script::Script;
use super::{Finding, finding};

/// Actions by their beginnings, the Region that AWS homes them in, and what
/// they change.
const HOMES: &[(&str, &str, &str)] = &[
    ("route53:", "us-east-1", "changes of Route 53"),
    ("cloudfront:", "us-east-1", "changes of CloudFront"),
    ("organizations:", "us-east-1", "changes of Organizations"),
    ("shield:", "us-east-1", "changes of Shield"),
    ("arc-region-switch:CreatePlan", "us-east-1", "plans of Region switch"),
    ("arc-region-switch:UpdatePlan", "us-east-1", "plans of Region switch"),
    ("globalaccelerator:", "us-west-2", "changes of Global Accelerator"),
    ("networkmanager:", "us-west-2", "changes of Network Manager"),
    (
        "route53-recovery-control-config:",
        "us-west-2",
        "the configuration of routing controls",
    ),
    ("s3:CreateMultiRegionAccessPoint", "us-west-2", "access points of S3"),
];

/// Actions that make something that has a name of its own in the DNS, which
/// only the control plane of Route 53 can give it.
const NAMED: &[&str] = &[
    "rds:CreateDBInstance",
    "rds:CreateDBCluster",
    "rds:RestoreDB",
    "elasticloadbalancing:CreateLoadBalancer",
    "elasticache:Create",
    "memorydb:CreateCluster",
    "es:CreateDomain",
    "opensearch:CreateDomain",
    "dax:CreateCluster",
    "eks:CreateCluster",
    "ec2:CreateVpcEndpoint",
    "lambda:CreateFunctionUrlConfig",
    "apigateway:Create",
];

/// Actions that give up what the source has written last.
pub(super) const LOSES: &[&str] = &[
    "rds:PromoteReadReplica",
    "rds:PromoteReadReplicaDBCluster",
    "rds:FailoverGlobalCluster",
];

/// Actions that wait for the place being left to answer.
pub(super) const SWITCHES: &[&str] =
    &["rds:SwitchoverGlobalCluster", "rds:SwitchoverReadReplica"];

fn begins(action: &str, with: &[&str]) -> bool {
    with.iter().any(|begin| action.starts_with(begin))
}

/// Whether it makes a bucket or changes how one is set up; objects are none
/// of that.
fn sets_up_bucket(action: &str) -> bool {
    const MORE: &[&str] = &[
        "s3:PutReplicationConfiguration",
        "s3:PutLifecycleConfiguration",
        "s3:PutEncryptionConfiguration",
        "s3:PutPublicAccessBlock",
        "s3:DeletePublicAccessBlock",
    ];
    let of_bucket =
        ["s3:CreateBucket", "s3:DeleteBucket", "s3:PutBucket"].as_slice();
    begins(action, of_bucket) || begins(action, MORE)
}

fn changes_identities(action: &str) -> bool {
    begins(action, &["iam:", "sso:", "sso-admin:", "identitystore:", "mpa:"])
        && !action.ends_with(":PassRole")
}

/// Where AWS homes an action, if it is one place for all Regions.
pub(super) fn home(action: &str) -> Option<&'static str> {
    if sets_up_bucket(action) || changes_identities(action) {
        return Some("us-east-1");
    }
    homed(action).map(|one| one.1)
}

/// The line of [`HOMES`] that an action is of.
fn homed(
    action: &str,
) -> Option<&'static (&'static str, &'static str, &'static str)> {
    // Executions of plans belong to the data plane of each Region.
    let of_data = action.starts_with("arc-region-switch:UpdatePlanExecution");
    let is = |one: &&(&str, &str, &str)| action.starts_with(one.0);
    HOMES.iter().find(is).filter(|_| !of_data)
}

/// A finding for each onward step with an action that is wrong.
fn acts(
    script: &Script<'_>,
    wrong: impl Fn(&str) -> Option<String>,
    help: &'static str,
) -> Vec<Finding> {
    let steps = script.onward().filter_map(|(place, spec)| {
        let told = script.actions(place).iter().find_map(|a| wrong(a))?;
        let told = format!("step {}: {told}", spec.id);
        Some(finding(spec.line, told, help))
    });
    steps.collect()
}

/// Every change of Route 53, of an accelerator and the like needs the one
/// Region that its control plane lives in.
pub(super) fn home_region(script: &Script<'_>) -> Vec<Finding> {
    let steps = script.steps().filter_map(|(place, spec)| {
        let actions = script.actions(place);
        let (_, home, what) =
            actions.iter().find_map(|action| homed(action))?;
        let told = format!(
            "step {}: it needs {home}, where AWS homes {what}",
            spec.id
        );
        let help = "failover records with health checks, and routing \
                    controls, move traffic without a change there";
        Some(finding(spec.line, told, help))
    });
    steps.collect()
}

/// What is homed in the very Region that is being left cannot be had.
pub(super) fn home_failing(script: &Script<'_>) -> Vec<Finding> {
    let Some(left) = script.left_region() else { return Vec::new() };
    let steps = script.onward().filter(|(_, spec)| is_ungraceful(spec));
    let steps = steps.filter_map(|(place, spec)| {
        let actions = script.actions(place);
        let action =
            actions.iter().find(|action| home(action) == Some(left))?;
        let told = format!(
            "step {}: {action} is homed in {left}, which is being left",
            spec.id
        );
        let help = "make ready beforehand what then moves without it: \
                    failover records, routing controls, a standby";
        Some(finding(spec.line, told, help))
    });
    steps.collect()
}

/// Whether it is done when the place being left is given up.
fn is_ungraceful(spec: &StepSpec) -> bool {
    spec.only != Some(Manner::Graceful)
}

/// What asks the Region being left waits for it for ever.
pub(super) fn left_region(script: &Script<'_>) -> Vec<Finding> {
    let Some(left) = script.left() else { return Vec::new() };
    let left = format!("{{{left}}}");
    let steps = script.onward().filter(|(place, spec)| {
        script.field(*place, "region") == Some(&left)
            && is_ungraceful(spec)
            && !spec.skippable
    });
    steps
        .map(|(_, spec)| {
            let told = format!(
                "step {}: it asks {left}, which may not answer",
                spec.id
            );
            let help = "ask the Region one recovers in; or say \
                        `only = \"graceful\"`, or that it may be skipped";
            finding(spec.line, told, help)
        })
        .collect()
}

/// What is made while a Region fails needs a new name in the DNS.
pub(super) fn makes_dns(script: &Script<'_>) -> Vec<Finding> {
    acts(
        script,
        |action| {
            begins(action, NAMED)
                .then(|| format!("{action} makes a new name in the DNS"))
        },
        "have it stand by beforehand: in a large event such names come \
         late or not at all",
    )
}

/// Buckets are made and set up by way of `us-east-1`, from every Region.
pub(super) fn bucket_setup(script: &Script<'_>) -> Vec<Finding> {
    acts(
        script,
        |action| {
            sets_up_bucket(action)
                .then(|| format!("{action} depends on us-east-1"))
        },
        "make and set up the bucket beforehand: objects in it can be \
         read and written without us-east-1",
    )
}

/// Identities are changed in one Region, and late everywhere else.
pub(super) fn identity_change(script: &Script<'_>) -> Vec<Finding> {
    acts(
        script,
        |action| {
            changes_identities(action).then(|| {
                format!("{action} changes who may do what, in one Region")
            })
        },
        "make roles and users for the recovery beforehand",
    )
}

/// Who gives up writes knows how many.
pub(super) fn loss_unread(script: &Script<'_>) -> Vec<Finding> {
    let reads = |place: usize| {
        script.runbook.steps[place].kind.outputs.contains(&"lag")
    };
    let steps = script.onward().filter(|(place, _)| {
        script.actions(*place).iter().any(|a| LOSES.contains(&a.as_str()))
            && !rests_on(script, *place, reads)
    });
    steps
        .map(|(_, spec)| {
            let told = format!(
                "step {}: it gives up writes, and nothing before it reads \
                 how many",
                spec.id
            );
            let help = "let it need a step that reads the lag";
            finding(spec.line, told, help)
        })
        .collect()
}

/// Whether one of the steps that a step needs, and those need, is such.
fn rests_on(
    script: &Script<'_>,
    place: usize,
    such: impl Fn(usize) -> bool,
) -> bool {
    let steps = &script.runbook.steps;
    let mut open = steps[place].needs.clone();
    let mut seen = vec![false; steps.len()];
    while let Some(need) = open.pop() {
        if such(need) {
            return true;
        }
        if !seen[need] {
            seen[need] = true;
            open.extend(&steps[need].needs);
        }
    }
    false
}

/// A switchover waits for a writer that answers.
pub(super) fn switchover_stuck(script: &Script<'_>) -> Vec<Finding> {
    let steps = script.onward().filter(|(place, spec)| {
        is_ungraceful(spec)
            && script
                .actions(*place)
                .iter()
                .any(|action| SWITCHES.contains(&action.as_str()))
    });
    steps
        .map(|(_, spec)| {
            let told = format!(
                "step {}: it waits for the place being left to answer",
                spec.id
            );
            let help = "say `only = \"graceful\"`, and have a failover for \
                        the other manner";
            finding(spec.line, told, help)
        })
        .collect()
}

/// Routing controls that are turned one after another leave users with both
/// places, or with none, in between.
pub(super) fn controls_apart(script: &Script<'_>) -> Vec<Finding> {
    let turns = |place: usize, spec: &StepSpec| {
        let actions = script.actions(place);
        spec.undoes.is_none()
            && !matches!(spec.drill, Practised::Skip)
            && actions.iter().any(|action| {
                action.starts_with("route53-recovery-cluster:Update")
            })
    };
    let mut all = Vec::new();
    for (place, spec) in script.onward().skip(1) {
        let before = &script.runbook.steps[place - 1];
        let both = turns(place, spec) && turns(place - 1, before);
        let cluster = script.field(place, "cluster");
        let same = cluster == script.field(place - 1, "cluster");
        let together = match (spec.only, before.only) {
            (Some(one), Some(other)) => one == other,
            _ => true,
        };
        if both && same && together {
            let told = format!(
                "step {}: it turns controls of the cluster of {} by \
                 another call",
                spec.id, before.id
            );
            let help = "turn them in one step: all are turned, or none";
            all.push(finding(spec.line, told, help));
        }
    }
    all
}
