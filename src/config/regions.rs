//! The Regions that this version knows, to find misspelt ones.

/// Every Region of the partitions aws, aws-cn, aws-us-gov and aws-eusc, as
/// `endpoints.json` of botocore 1.44 names them. AWS adds Regions, so one
/// that is not here may still be right.
pub(super) const REGIONS: &[&str] = &[
    "af-south-1",
    "ap-east-1",
    "ap-east-2",
    "ap-northeast-1",
    "ap-northeast-2",
    "ap-northeast-3",
    "ap-south-1",
    "ap-south-2",
    "ap-southeast-1",
    "ap-southeast-2",
    "ap-southeast-3",
    "ap-southeast-4",
    "ap-southeast-5",
    "ap-southeast-6",
    "ap-southeast-7",
    "ca-central-1",
    "ca-west-1",
    "cn-north-1",
    "cn-northwest-1",
    "eu-central-1",
    "eu-central-2",
    "eu-north-1",
    "eu-south-1",
    "eu-south-2",
    "eu-west-1",
    "eu-west-2",
    "eu-west-3",
    "eusc-de-east-1",
    "il-central-1",
    "me-central-1",
    "me-south-1",
    "mx-central-1",
    "sa-east-1",
    "us-east-1",
    "us-east-2",
    "us-gov-east-1",
    "us-gov-west-1",
    "us-west-1",
    "us-west-2",
];

/// Whether a name is built like a Region's: `eu-west-1`, `us-gov-east-1`.
pub(super) fn looks_like_region(name: &str) -> bool {
    let parts: Vec<&str> = name.split('-').collect();
    let words = parts.len().saturating_sub(1);
    let word = |part: &&str| {
        part.len() >= 2 && part.bytes().all(|b| b.is_ascii_lowercase())
    };
    (3..=5).contains(&parts.len())
        && parts.iter().take(words).all(word)
        && parts.last().is_some_and(|n| n.parse::<u8>().is_ok())
}
