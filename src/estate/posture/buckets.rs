//! Checks of S3 buckets: versions, replication, lock.

use super::{Check, Mistake, Scene, Severity};
use crate::estate::ids::Arn;
use crate::estate::objective::asks_for_backup;
use crate::estate::part::s3::{Bucket, Versioning};

pub(super) const CHECKS: &[Check] = &[Check {
    code: "s3-unversioned",
    severity: Severity::Warn,
    system: "S3",
    doc: "Buckets with a tier or a backup tag that keep no old versions",
    fix: "Turn on versioning: an overwritten object is gone without it.",
    rests_on: &["s3/buckets"],
    find: unversioned,
}];

/// Buckets of which something is demanded.
fn matters(bucket: &Bucket) -> bool {
    asks_for_backup(&bucket.tags) || bucket.tags.contains_key("DR_Tier")
}

fn unversioned(scene: &Scene<'_>) -> Vec<Mistake> {
    let buckets = scene.estate.buckets().filter(|b| matters(b.item));
    buckets
        .filter_map(|placed| {
            let bucket = placed.item;
            let how = match bucket.versioning? {
                Versioning::Enabled => return None,
                Versioning::Suspended => "has versioning suspended",
                Versioning::Off => "was never versioned",
            };
            let what = format!("bucket {} {how}", bucket.name);
            let arn = Arn::new(&*bucket.arn);
            Some(Mistake::of(&arn, what).seen_at(&placed))
        })
        .collect()
}
