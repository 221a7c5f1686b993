//! Checks of S3 buckets: versions, replication, lock.

use std::collections::HashSet;

use super::{Check, Mistake, Scene, Severity};
use crate::estate::ids::Arn;
use crate::estate::objective::asks_for_backup;
use crate::estate::part::s3::{Bucket, Versioning};
use crate::estate::standing::State;

pub(super) const CHECKS: &[Check] = &[
    Check {
        code: "s3-replication-fails",
        severity: Severity::Bad,
        system: "S3",
        doc: "Replication rules under which objects were not replicated",
        fix: "Read the objects' replication status; mend role, key or lock.",
        rests_on: &["s3/replication"],
        find: fails,
    },
    Check {
        code: "s3-not-replicated",
        severity: Severity::Bad,
        system: "S3",
        doc: "Buckets outside their RPO that no rule replicates",
        fix: "Replicate it to a bucket of the recovery Region.",
        rests_on: &["s3/buckets"],
        find: not_replicated,
    },
    Check {
        code: "s3-unmeasured",
        severity: Severity::Warn,
        system: "S3",
        doc: "Replication rules that tell no lag",
        fix: "Turn on the metrics of the rule: its data time is unknown.",
        rests_on: &["s3/buckets"],
        find: unmeasured,
    },
    Check {
        code: "s3-unversioned",
        severity: Severity::Warn,
        system: "S3",
        doc: "Buckets with a tier or a backup tag that keep no old versions",
        fix: "Turn on versioning: an overwritten object is gone without it.",
        rests_on: &["s3/buckets"],
        find: unversioned,
    },
];

fn fails(scene: &Scene<'_>) -> Vec<Mistake> {
    let flows = scene.estate.flows();
    let failing = flows.filter_map(|placed| {
        let flow = placed.item;
        let failed = flow.failed.filter(|failed| *failed > 0.0)?;
        let what = format!(
            "{failed:.0} operations on bucket {} were not replicated to {} \
             in the last three hours",
            flow.source, flow.to
        );
        let arn = Arn::new(format!("arn:aws:s3:::{}", flow.source));
        Some(Mistake::of(&arn, what).seen_at(&placed))
    });
    failing.collect()
}

fn not_replicated(scene: &Scene<'_>) -> Vec<Mistake> {
    let outside: HashSet<&Arn> = scene
        .standings
        .iter()
        .filter(|s| s.state == State::Outside && s.recover_in != s.region)
        .map(|s| &s.resource)
        .collect();
    let alone = scene.estate.buckets().filter_map(|placed| {
        let bucket = placed.item;
        let arn = Arn::new(&*bucket.arn);
        let rules = bucket.replication.as_ref()?;
        let none = !rules.iter().any(|rule| rule.enabled);
        (none && outside.contains(&arn)).then(|| {
            let what = format!(
                "no rule replicates bucket {}, and its copies miss its RPO",
                bucket.name
            );
            Mistake::of(&arn, what).seen_at(&placed)
        })
    });
    alone.collect()
}

fn unmeasured(scene: &Scene<'_>) -> Vec<Mistake> {
    let mut mistakes = Vec::new();
    for placed in scene.estate.buckets().filter(|b| matters(b.item)) {
        let bucket = placed.item;
        let blind = bucket.rules().filter(|rule| !rule.measured);
        mistakes.extend(blind.map(|rule| {
            let what = format!(
                "rule {} of bucket {} tells no lag: up to when {} holds \
                 its objects is unknown",
                rule.id, bucket.name, rule.to
            );
            Mistake::of(&Arn::new(&*bucket.arn), what).seen_at(&placed)
        }));
    }
    mistakes
}

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
