//! What the tests of the estate tell it by hand: one account, the Region it
//! lives in, the one it would recover in, and things that nothing is wrong
//! with. A test says only in what its own differ.

mod scene;

use std::collections::BTreeMap;

use jiff::{SignedDuration, Timestamp};
use serde_json::{Value, from_value};

use super::derived::{Derived, Watch};
use super::part::Part;
use super::part::backup::{BackupPlan, CopyTo, PlanRule, Selection};
use super::part::edge::{AcceleratedEndpoint, Accelerator, EndpointGroup};
use super::part::guard::{Access, VaultGuard};
use super::recovery_point::Fields;
use super::resource::{
    DbInstance, Job, JobKind, JobState, Origin, PointStatus, RecordSet,
    ResourceType, Vault,
};
use super::{Estate, Found, Observation, Source, What};
use crate::failure::{Failure, FailureKind};

pub(crate) use scene::Scene;

pub(crate) const ACCOUNT: &str = "111122223333";
pub(crate) const WEST: &str = "eu-west-1";
pub(crate) const CENTRAL: &str = "eu-central-1";

/// The ARN of [`db`].
pub(crate) const DB: &str = "arn:aws:rds:eu-west-1:111122223333:db:learn-db";

/// The moment at which everything is seen.
pub(crate) fn now() -> Timestamp {
    Timestamp::from_second(1_700_000_000).expect("in range")
}

pub(crate) fn ago(minutes: i64) -> Timestamp {
    now() - SignedDuration::from_mins(minutes)
}

/// What is looked at in one of the account's Regions.
pub(crate) fn source(region: &str, what: What) -> Source {
    Source::aws(&ACCOUNT.into(), &region.into(), what)
}

/// A whole answer, begun and given at one moment.
pub(crate) fn seen(
    source: Source,
    at: Timestamp,
    found: Found,
) -> Observation {
    Observation { source, begun: at, at, found: Ok(found), partial: None }
}

/// A look that failed for this.
pub(crate) fn failed(
    source: Source,
    at: Timestamp,
    kind: FailureKind,
) -> Observation {
    let found = Err(Failure::new("look", kind));
    Observation { source, begun: at, at, found, partial: None }
}

/// An answer that was cut short.
pub(crate) fn cut(answer: Observation) -> Observation {
    Observation { partial: Some("cut".to_owned()), ..answer }
}

/// Takes in a whole answer of now.
pub(crate) fn saw(
    estate: &mut Estate,
    region: &str,
    what: What,
    found: Found,
) {
    estate.apply(seen(source(region, what), now(), found));
}

/// Takes in that a look is denied.
pub(crate) fn denied(estate: &mut Estate, region: &str, what: What) {
    let why = FailureKind::Denied { action: None };
    estate.apply(failed(source(region, what), now(), why));
}

/// Takes in a list of this one part.
pub(crate) fn has<T: Into<Part>>(estate: &mut Estate, region: &str, part: T) {
    let part = part.into();
    let what = What::Parts(part.kind());
    saw(estate, region, what, Found::Parts([part].into()));
}

/// Parts, as they are written on disk.
pub(crate) fn parts(parts: &[Value]) -> Found {
    let parts = parts.iter().cloned();
    parts_of(parts.map(|part| from_value(part).expect("a part")))
}

pub(crate) fn parts_of(parts: impl IntoIterator<Item = Part>) -> Found {
    Found::Parts(parts.into_iter().collect())
}

pub(crate) fn points(points: &[Fields]) -> Found {
    Found::Points(points.iter().cloned().map(Into::into).collect())
}

/// The estate of eu-west-1 that would be recovered in eu-central-1.
pub(crate) fn aimed() -> Watch {
    Watch {
        source: Some(WEST.into()),
        target: Some(CENTRAL.into()),
        ..Watch::default()
    }
}

/// Codes and words of all verdicts on the estate, the worst first.
pub(crate) fn said(estate: &Estate) -> Vec<(&'static str, String)> {
    let derived = Derived::of(estate, &aimed(), None, now());
    let posture = derived.posture.iter();
    posture.map(|verdict| (verdict.code, verdict.what.clone())).collect()
}

pub(crate) fn codes_of(estate: &Estate) -> Vec<&'static str> {
    said(estate).into_iter().map(|(code, _)| code).collect()
}

/// The words of this code's verdicts.
pub(crate) fn said_by(estate: &Estate, code: &str) -> Vec<String> {
    let said = said(estate).into_iter();
    said.filter(|one| one.0 == code).map(|(_, what)| what).collect()
}

pub(crate) fn tier(name: &str) -> BTreeMap<String, String> {
    BTreeMap::from([("DR_Tier".to_owned(), name.to_owned())])
}

/// A database in eu-west-1.
pub(crate) fn db(tier_name: &str) -> DbInstance {
    DbInstance {
        id: "learn-db".into(),
        arn: DB.into(),
        status: "available".into(),
        engine: "postgres 16.4".into(),
        class: "db.r6g.large".into(),
        endpoint: None,
        cluster: None,
        replica_of: None,
        replicas: Vec::new(),
        multi_az: true,
        encrypted: true,
        deletion_protection: true,
        backup_retention_days: 7,
        latest_restorable: None,
        tags: tier(tier_name),
    }
}

/// A copy of the database, with its data of two minutes ago.
pub(crate) fn point() -> Fields {
    Fields {
        arn: "point".into(),
        resource: DB.into(),
        kind: ResourceType::Rds,
        vault: Some("learn-vault".into()),
        origin: Origin::Copy,
        status: PointStatus::Usable,
        data_time: Some(ago(2)),
        created: Some(now()),
        bytes: None,
        encrypted: true,
        cold: false,
        key: None,
        expires: None,
    }
}

/// A job of the database, begun three hours ago.
pub(crate) fn job(kind: JobKind, state: JobState) -> Job {
    Job {
        id: "job".into(),
        kind,
        state,
        resource: DB.into(),
        resource_type: ResourceType::Rds,
        from: None,
        to: None,
        percent: None,
        created: ago(180),
        ended: None,
        bytes: None,
        message: Some("AccessDenied kms:CreateGrant".into()),
    }
}

/// A vault with one point in it.
pub(crate) fn vault(name: &str, locked: bool) -> Vault {
    Vault { name: name.into(), arn: name.into(), points: 1, locked }
}

/// A plan that backs everything up and copies it out of the Region.
pub(crate) fn plan() -> BackupPlan {
    BackupPlan {
        arn: "plan".to_owned(),
        id: "plan".to_owned(),
        name: "gold".to_owned(),
        rules: Some(vec![PlanRule {
            name: "hourly".to_owned(),
            vault: "learn-vault".to_owned(),
            schedule: None,
            keep_days: Some(35),
            cold_days: None,
            continuous: false,
            copies: vec![CopyTo {
                vault: "arn:aws:backup:eu-central-1:1:backup-vault:dr".into(),
                keep_days: Some(35),
            }],
        }]),
        selections: Some(vec![selection(&["*"])]),
        ran: None,
        unknown: Vec::new(),
    }
}

pub(crate) fn selection(resources: &[&str]) -> Selection {
    Selection {
        name: "s".to_owned(),
        resources: resources.iter().map(|r| (*r).to_owned()).collect(),
        not_resources: Vec::new(),
        tags: Vec::new(),
        conditions: Vec::new(),
    }
}

/// A vault whose lock can no longer be taken off.
pub(crate) fn guarded() -> VaultGuard {
    VaultGuard {
        arn: "vault".to_owned(),
        name: "learn-vault".to_owned(),
        air_gapped: false,
        points: 3,
        locked: Some(true),
        immutable_from: Some(now()),
        min_days: Some(1),
        max_days: None,
        access: Some(Access::default()),
        unknown: Vec::new(),
    }
}

/// A record that points to one host.
pub(crate) fn record(name: &str, host: &str) -> RecordSet {
    RecordSet {
        zone: "Z1".into(),
        name: name.into(),
        kind: "CNAME".into(),
        identifier: None,
        failover: None,
        weight: None,
        ttl: Some(60),
        values: vec![host.into()],
        alias: None,
        evaluates: None,
        health_check: None,
    }
}

/// An accelerator in front of eu-central-1, open to so many percent.
pub(crate) fn accelerator(dial: f64, health: &str) -> Accelerator {
    Accelerator {
        arn: "arn:a".into(),
        name: "live".into(),
        dns: String::new(),
        enabled: Some(true),
        status: "DEPLOYED".into(),
        groups: Some(vec![EndpointGroup {
            arn: "g".into(),
            ports: "443".into(),
            region: CENTRAL.into(),
            dial: Some(dial),
            endpoints: vec![AcceleratedEndpoint {
                id: "lb".into(),
                weight: Some(128),
                health: Some(health.into()),
                reason: None,
            }],
        }]),
        unknown: Vec::new(),
    }
}
