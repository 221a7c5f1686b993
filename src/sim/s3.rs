//! The simulated service `s3`: buckets, versioning, replication, object lock.

mod objects;

use std::collections::BTreeMap;

use jiff::Timestamp;
use serde_json::{Value, json};

use super::world::shelf::Paging;
use super::world::value::{tag_list, text, time};
use super::world::{Caller, Fault, Place, Service, World, refuse};

/// Its operations. An item of `s3:bucket` holds `CreationDate`, and the
/// answers of the `GetBucket...` operations under the names below.
pub const SERVICE: Service = Service {
    signing_name: "s3",
    handlers: &[
        ("GetBucketLocation", location),
        ("GetBucketReplication", replication),
        ("GetBucketTagging", tagging),
        ("GetBucketVersioning", versioning),
        ("GetObject", objects::get),
        ("GetObjectLockConfiguration", lock),
        ("ListBuckets", buckets),
        ("PutObject", objects::put),
    ],
    shelves: &["s3:bucket", objects::SHELF],
};

const PAGING: Paging = Paging {
    token: "ContinuationToken",
    size: "MaxBuckets",
    most: 10_000,
    refusal: "InvalidArgument",
};

/// The buckets of a place by name: those on the shelf, and those that AWS
/// Backup protects.
fn held(place: &Place) -> BTreeMap<String, Value> {
    let mut held = BTreeMap::new();
    for resource in place.protected.values() {
        if resource.resource_type == "S3" {
            held.insert(resource.name.clone(), json!({}));
        }
    }
    for (id, item) in place.shelves.all("s3:bucket") {
        held.insert(id.to_owned(), item.clone());
    }
    held
}

// https://docs.aws.amazon.com/AmazonS3/latest/API/API_ListBuckets.html
fn buckets(
    world: &mut World,
    caller: &Caller,
    input: &Value,
    now: Timestamp,
) -> Result<Value, Fault> {
    let wanted = text(input, "BucketRegion");
    let mut all = BTreeMap::new();
    for (account, region, place) in world.places() {
        if account == caller.account
            && wanted.is_none_or(|wanted| wanted == region)
        {
            for (name, item) in held(place) {
                all.insert(name, (region.to_owned(), item));
            }
        }
    }
    let page = PAGING.cut(all, input)?;
    let shown = page.items.into_iter().map(|(name, (region, item))| {
        let made = item.get("CreationDate").cloned();
        json!({
            "Name": name,
            "BucketRegion": region,
            "CreationDate": made.unwrap_or_else(|| time(now)),
        })
    });
    let mut answer = json!({ "Buckets": shown.collect::<Vec<_>>() });
    if let Some(next) = page.next {
        answer["ContinuationToken"] = Value::from(next);
    }
    Ok(answer)
}

/// The bucket that is asked for and the Region it lies in.
fn bucket(
    world: &World,
    caller: &Caller,
    input: &Value,
) -> Result<(String, Value), Fault> {
    let name = text(input, "Bucket").unwrap_or_default();
    let found = world.places().find_map(|(account, region, place)| {
        let item = held(place).remove(name)?;
        (account == caller.account).then(|| (region.to_owned(), item))
    });
    found.ok_or_else(|| {
        refuse(404, "NoSuchBucket", "The specified bucket does not exist")
    })
}

/// One configuration of a bucket, or the refusal that it has none.
fn configuration(
    world: &World,
    caller: &Caller,
    input: &Value,
    member: &str,
    none: (&str, &str),
) -> Result<Value, Fault> {
    let (_, item) = bucket(world, caller, input)?;
    match item.get(member) {
        Some(value) => Ok(json!({ member: value })),
        None => Err(refuse(404, none.0, none.1)),
    }
}

fn location(
    world: &mut World,
    caller: &Caller,
    input: &Value,
    _: Timestamp,
) -> Result<Value, Fault> {
    let (region, _) = bucket(world, caller, input)?;
    // Buckets of us-east-1 have no constraint.
    Ok(match region.as_str() {
        "us-east-1" => json!({}),
        region => json!({ "LocationConstraint": region }),
    })
}

// https://docs.aws.amazon.com/AmazonS3/latest/API/API_GetBucketVersioning.html
fn versioning(
    world: &mut World,
    caller: &Caller,
    input: &Value,
    _: Timestamp,
) -> Result<Value, Fault> {
    let (_, item) = bucket(world, caller, input)?;
    Ok(item.get("Versioning").cloned().unwrap_or_else(|| json!({})))
}

fn replication(
    world: &mut World,
    caller: &Caller,
    input: &Value,
    _: Timestamp,
) -> Result<Value, Fault> {
    let none = (
        "ReplicationConfigurationNotFoundError",
        "The replication configuration was not found",
    );
    let member = "ReplicationConfiguration";
    configuration(world, caller, input, member, none)
}

fn lock(
    world: &mut World,
    caller: &Caller,
    input: &Value,
    _: Timestamp,
) -> Result<Value, Fault> {
    let none = (
        "ObjectLockConfigurationNotFoundError",
        "Object Lock configuration does not exist for this bucket",
    );
    let member = "ObjectLockConfiguration";
    configuration(world, caller, input, member, none)
}

fn tagging(
    world: &mut World,
    caller: &Caller,
    input: &Value,
    _: Timestamp,
) -> Result<Value, Fault> {
    let (_, item) = bucket(world, caller, input)?;
    let tags = item.get("Tags").and_then(Value::as_object);
    let tags = tags.ok_or_else(|| {
        refuse(404, "NoSuchTagSet", "The TagSet does not exist")
    })?;
    Ok(json!({ "TagSet": tag_list(tags) }))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::sim::world::fixture::{ACCOUNT, CENTRAL, Lab, WEST};

    fn lab() -> Lab {
        let mut lab = Lab::new();
        let shelves = &mut lab.world.place_mut(ACCOUNT, WEST).shelves;
        let item = json!({
            "CreationDate": "2025-01-01T00:00:00Z",
            "Versioning": { "Status": "Enabled" },
            "Tags": { "DR_Tier": "Gold" },
        });
        shelves.put("s3:bucket", "content", item);
        lab
    }

    #[test]
    fn buckets_are_listed_by_region_and_told_of_wherever_one_asks() {
        let mut lab = lab();
        let listed = |lab: &mut Lab, region: &str| {
            let input = json!({ "BucketRegion": region });
            let all = lab.get(CENTRAL, "s3:ListBuckets", &input);
            all["Buckets"].as_array().map_or(0, Vec::len)
        };
        assert_eq!(listed(&mut lab, WEST), 1);
        assert_eq!(listed(&mut lab, CENTRAL), 0);
        let one = json!({ "Bucket": "content" });
        let is = lab.get(CENTRAL, "s3:GetBucketVersioning", &one);
        assert_eq!(is["Status"], "Enabled");
        let at = lab.get(CENTRAL, "s3:GetBucketLocation", &one);
        assert_eq!(at["LocationConstraint"], WEST);
        let tags = lab.get(CENTRAL, "s3:GetBucketTagging", &one);
        assert_eq!(tags["TagSet"][0]["Value"], "Gold");
    }

    #[test]
    fn what_a_bucket_has_not_is_refused_by_its_own_code() {
        let mut lab = lab();
        let one = json!({ "Bucket": "content" });
        let refusal = lab.refusal(WEST, "s3:GetBucketReplication", &one);
        assert_eq!(refusal, "ReplicationConfigurationNotFoundError");
        let none = json!({ "Bucket": "none" });
        let refusal = lab.refusal(WEST, "s3:GetBucketVersioning", &none);
        assert_eq!(refusal, "NoSuchBucket");
    }
}
