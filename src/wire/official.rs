//! The official models that are embedded in this program, packed by the
//! build.

use miniz_oxide::inflate::decompress_to_vec;

macro_rules! official {
    ($($key:literal),* $(,)?) => {
        [$(($key, include_bytes!(concat!(
            env!("OUT_DIR"), "/", $key
        )).as_slice())),*]
    };
}

/// Each service in use: its signing name, and its model as deflated JSON.
pub(super) const PACKED: [(&str, &[u8]); 29] = official![
    "arc-region-switch",
    "autoscaling",
    "backup",
    "cloudformation",
    "cloudfront",
    "cloudtrail",
    "config",
    "dynamodb",
    "ec2",
    "ecs",
    "elasticfilesystem",
    "events",
    "fsx",
    "globalaccelerator",
    "health",
    "iam",
    "kms",
    "lambda",
    "monitoring",
    "organizations",
    "rds",
    "route53",
    "route53-recovery-cluster",
    "route53-recovery-control-config",
    "s3",
    "sqs",
    "states",
    "sts",
    "tagging",
];

/// The JSON of an embedded model.
pub(super) fn unpacked(packed: &[u8]) -> String {
    let json = decompress_to_vec(packed)
        .expect("embedded models were packed by the build");
    String::from_utf8(json).expect("they are JSON")
}
