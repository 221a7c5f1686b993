//! The ARN of what a call changes, for those who judge whether it may.

use super::Call;

/// The partition that a Region belongs to.
// https://docs.aws.amazon.com/IAM/latest/UserGuide/reference-arns.html
fn partition(region: &str) -> &'static str {
    match region {
        region if region.starts_with("cn-") => "aws-cn",
        region if region.starts_with("us-gov-") => "aws-us-gov",
        _ => "aws",
    }
}

impl Call {
    /// The ARN of what it changes, or makes.
    pub fn resource(&self) -> Option<String> {
        let (account, region) = (self.account(), self.region());
        let partition = partition(&region);
        match self {
            Call::RdsPromoteReadReplica { instance, .. }
            | Call::RdsRestoreInstance { instance, .. } => Some(format!(
                "arn:{partition}:rds:{region}:{account}:db:{instance}"
            )),
            Call::RdsFailoverGlobalCluster { target, .. }
            | Call::RdsSwitchoverGlobalCluster { target, .. } => {
                Some(target.to_string())
            }
            Call::RdsDeleteInstance { arn, .. } => Some(arn.to_string()),
            Call::Route53UpsertRecord { zone, .. }
            | Call::Route53SetWeights { zone, .. } => {
                Some(format!("arn:{partition}:route53:::hostedzone/{zone}"))
            }
            Call::ArcSetRoutingControls { states, .. } => {
                states.first().map(|(arn, _)| arn.clone())
            }
        }
    }
}
