//! The ARN of what a call changes, for those who judge whether it may.

use crate::estate::ids::{Account, Region};

/// The partition that a Region belongs to.
// https://docs.aws.amazon.com/IAM/latest/UserGuide/reference-arns.html
pub(super) fn partition(region: &str) -> &'static str {
    match region {
        region if region.starts_with("cn-") => "aws-cn",
        region if region.starts_with("us-gov-") => "aws-us-gov",
        _ => "aws",
    }
}

/// The ARN of something of a service in a Region, such as `db:orders`.
pub(super) fn arn(
    account: &Account,
    region: &Region,
    service: &str,
    what: &str,
) -> String {
    let partition = partition(region);
    format!("arn:{partition}:{service}:{region}:{account}:{what}")
}
