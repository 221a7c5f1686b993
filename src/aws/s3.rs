//! What we ask of Amazon S3, and what its answers mean.

use serde::Deserialize;
use serde_json::{Value, json};

use super::modeled::{Client, into};
use super::tagging::{Tag, by_key};
use super::{Look, Reader, Seen};
use crate::estate::part::s3::{Bucket, Replication, Versioning};
use crate::failure::{Failure, cleaned};

#[derive(Debug, Default, Deserialize)]
#[serde(rename_all = "PascalCase", default)]
struct Listed {
    buckets: Vec<Named>,
}

#[derive(Debug, Default, Deserialize)]
#[serde(rename_all = "PascalCase", default)]
struct Named {
    name: String,
    bucket_region: Option<String>,
}

#[derive(Debug, Default, Deserialize)]
#[serde(rename_all = "PascalCase", default)]
struct VersioningSaid {
    status: Option<String>,
}

#[derive(Debug, Default, Deserialize)]
#[serde(rename_all = "PascalCase", default)]
struct ReplicationSaid {
    replication_configuration: Rules,
}

#[derive(Debug, Default, Deserialize)]
#[serde(rename_all = "PascalCase", default)]
struct Rules {
    rules: Vec<Rule>,
}

#[derive(Debug, Default, Deserialize)]
#[serde(rename_all = "PascalCase", default)]
struct Rule {
    #[serde(rename = "ID")]
    id: String,
    status: String,
    prefix: String,
    filter: Filter,
    destination: Destination,
    delete_marker_replication: Switch,
}

#[derive(Debug, Default, Deserialize)]
#[serde(rename_all = "PascalCase", default)]
struct Filter {
    prefix: String,
    tag: Option<Value>,
    and: Option<And>,
}

#[derive(Debug, Default, Deserialize)]
#[serde(rename_all = "PascalCase", default)]
struct And {
    prefix: String,
    tags: Vec<Value>,
}

#[derive(Debug, Default, Deserialize)]
#[serde(rename_all = "PascalCase", default)]
struct Destination {
    bucket: String,
    replication_time: Switch,
    metrics: Switch,
}

#[derive(Debug, Default, Deserialize)]
#[serde(rename_all = "PascalCase", default)]
struct Switch {
    status: String,
}

#[derive(Debug, Default, Deserialize)]
#[serde(rename_all = "PascalCase", default)]
struct LockSaid {
    object_lock_configuration: Lock,
}

#[derive(Debug, Default, Deserialize)]
#[serde(rename_all = "PascalCase", default)]
struct Lock {
    object_lock_enabled: String,
    rule: LockRule,
}

#[derive(Debug, Default, Deserialize)]
#[serde(rename_all = "PascalCase", default)]
struct LockRule {
    default_retention: Retention,
}

#[derive(Debug, Default, Deserialize)]
#[serde(rename_all = "PascalCase", default)]
struct Retention {
    mode: String,
    days: Option<i64>,
    years: Option<i64>,
}

#[derive(Debug, Default, Deserialize)]
#[serde(rename_all = "PascalCase", default)]
struct TagsSaid {
    tag_set: Vec<Tag>,
}

/// The buckets of a Region with versioning, replication, lock and tags. What
/// one bucket does not tell is unknown of that bucket and hides no other.
pub(super) async fn buckets(reader: &Reader) -> Look {
    let s3 = reader.modeled("s3")?;
    let here = reader.region();
    let here = here.as_str();
    let doing = "list the buckets";
    let input = json!({ "BucketRegion": here, "MaxBuckets": 1000 });
    let listed = s3.list(doing, "ListBuckets", input, |page| {
        let listed: Listed = into(doing, page)?;
        Ok(listed.buckets)
    });
    let listed = listed.await?;
    let mut buckets = Vec::new();
    for named in listed.items {
        let name = cleaned(&named.name);
        if region_of(&s3, &name, named.bucket_region).await? == here {
            buckets.push(bucket(&s3, name).await);
        }
    }
    Ok(Seen::parts(buckets, listed.partial))
}

/// The Region that a bucket lies in: older servers do not list it. Nothing
/// means `us-east-1` (API reference of `GetBucketLocation`).
async fn region_of(
    s3: &Client,
    name: &str,
    listed: Option<String>,
) -> Result<String, Failure> {
    if let Some(region) = listed {
        return Ok(region);
    }
    let doing = format!("ask where bucket {name} lies");
    let input = json!({ "Bucket": name });
    let said = s3.ask(&doing, "GetBucketLocation", input).await?;
    let region = said.get("LocationConstraint").and_then(Value::as_str);
    Ok(region.filter(|r| !r.is_empty()).unwrap_or("us-east-1").to_owned())
}

async fn bucket(s3: &Client, name: String) -> Bucket {
    let mut unknown = Vec::new();
    let mut told = |said: Result<Value, Failure>| match said {
        Ok(value) => Some(value),
        // S3 has no empty answer for these: it says that there is none.
        Err(failure) if is_none(&failure) => Some(Value::Null),
        Err(failure) => {
            unknown.push(failure.to_string());
            None
        }
    };
    let versioning = told(ask(s3, "GetBucketVersioning", &name).await);
    let replication = told(ask(s3, "GetBucketReplication", &name).await);
    let lock = told(ask(s3, "GetObjectLockConfiguration", &name).await);
    let tags = told(ask(s3, "GetBucketTagging", &name).await);
    Bucket {
        arn: format!("arn:aws:s3:::{name}"),
        versioning: versioning.and_then(read).map(versioned),
        replication: replication.and_then(read).map(rules),
        lock: lock.and_then(read).and_then(locked),
        tags: tags
            .and_then(read)
            .map(|said: TagsSaid| by_key(said.tag_set))
            .unwrap_or_default(),
        unknown,
        name,
    }
}

async fn ask(
    s3: &Client,
    operation: &str,
    name: &str,
) -> Result<Value, Failure> {
    let doing = format!("{operation} of {name}");
    s3.ask(&doing, operation, json!({ "Bucket": name })).await
}

/// Whether a refusal means that a bucket has no such configuration.
// https://docs.aws.amazon.com/AmazonS3/latest/API/ErrorResponses.html
fn is_none(failure: &Failure) -> bool {
    matches!(
        failure.code.as_deref(),
        Some(
            "ReplicationConfigurationNotFoundError"
                | "ObjectLockConfigurationNotFoundError"
                | "NoSuchTagSet"
        )
    )
}

/// An answer, or the default where there is none; nothing if it cannot be
/// read.
fn read<T: Default + for<'de> Deserialize<'de>>(said: Value) -> Option<T> {
    if said.is_null() {
        return Some(T::default());
    }
    into("read an answer of S3", said).ok()
}

fn versioned(said: VersioningSaid) -> Versioning {
    match said.status.as_deref() {
        Some("Enabled") => Versioning::Enabled,
        Some(_) => Versioning::Suspended,
        None => Versioning::Off,
    }
}

fn rules(said: ReplicationSaid) -> Vec<Replication> {
    let rules = said.replication_configuration.rules.into_iter();
    rules
        .map(|rule| {
            let Filter { prefix, tag, and } = rule.filter;
            let and = and.unwrap_or_default();
            let prefix = [prefix, and.prefix, rule.prefix].concat();
            let Destination { bucket: to, replication_time, metrics } =
                rule.destination;
            let timed = replication_time.status == "Enabled";
            Replication {
                id: cleaned(&rule.id),
                enabled: rule.status == "Enabled",
                to: cleaned(to.rsplit(':').next().unwrap_or_default()),
                prefix: cleaned(&prefix),
                deletes: rule.delete_marker_replication.status == "Enabled",
                timed,
                measured: timed || metrics.status == "Enabled",
                by_tags: tag.is_some() || !and.tags.is_empty(),
            }
        })
        .collect()
}

fn locked(said: LockSaid) -> Option<String> {
    let lock = said.object_lock_configuration;
    if lock.object_lock_enabled != "Enabled" {
        return None;
    }
    let Retention { mode, days, years } = lock.rule.default_retention;
    let mode = cleaned(&mode).to_lowercase();
    Some(match (days, years) {
        (Some(days), _) => format!("{mode} {days} days"),
        (None, Some(years)) => format!("{mode} {years} years"),
        (None, None) => "on, without a default retention".to_owned(),
    })
}
