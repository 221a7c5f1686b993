//! Objects: as much of them as a shared estate needs.

use std::hash::{DefaultHasher, Hasher};

use jiff::Timestamp;
use serde_json::{Value, json};

use super::bucket;
use crate::sim::world::value::text;
use crate::sim::world::{Caller, Fault, World, refuse};

/// The shelf they lie on, by bucket and key.
pub(super) const SHELF: &str = "s3:object";

/// The bucket policies of the simulated world let nobody touch other names.
const OWN: &str = "lifeboat/";

/// Where the object of a request lies: the Region of its bucket, and its
/// place on the shelf.
fn place(
    world: &World,
    caller: &Caller,
    input: &Value,
) -> Result<(String, String), Fault> {
    let (region, _) = bucket(world, caller, input)?;
    let owner = text(input, "ExpectedBucketOwner");
    let key = text(input, "Key").unwrap_or_default();
    if owner.is_some_and(|owner| owner != caller.account)
        || !key.starts_with(OWN)
    {
        return Err(refuse(403, "AccessDenied", "Access Denied"));
    }
    // https://docs.aws.amazon.com/AmazonS3/latest/userguide/Redirects.html
    if region != caller.region {
        let said = "The bucket you are attempting to access must be \
                    addressed using the specified endpoint.";
        return Err(refuse(301, "PermanentRedirect", said));
    }
    let name = text(input, "Bucket").unwrap_or_default();
    Ok((region, format!("{name}/{key}")))
}

fn etag(body: &str) -> String {
    let mut hasher = DefaultHasher::new();
    hasher.write(body.as_bytes());
    format!("\"{:032x}\"", hasher.finish())
}

// https://docs.aws.amazon.com/AmazonS3/latest/API/API_PutObject.html
pub(super) fn put(
    world: &mut World,
    caller: &Caller,
    input: &Value,
    _: Timestamp,
) -> Result<Value, Fault> {
    let (region, id) = place(world, caller, input)?;
    let body = text(input, "Body").unwrap_or_default();
    let encrypted = text(input, "ServerSideEncryption").unwrap_or("AES256");
    let told = json!({
        "ETag": etag(body),
        "ServerSideEncryption": encrypted,
    });
    let mut item = told.clone();
    item["Body"] = json!(body);
    if let Some(kind) = text(input, "ContentType") {
        item["ContentType"] = json!(kind);
    }
    let shelves = &mut world.place_mut(&caller.account, &region).shelves;
    shelves.put(SHELF, &id, item);
    Ok(told)
}

// https://docs.aws.amazon.com/AmazonS3/latest/API/API_GetObject.html
pub(super) fn get(
    world: &mut World,
    caller: &Caller,
    input: &Value,
    _: Timestamp,
) -> Result<Value, Fault> {
    let (region, id) = place(world, caller, input)?;
    let shelves = &world.place_mut(&caller.account, &region).shelves;
    shelves.one(SHELF, &id).cloned().ok_or_else(|| {
        refuse(404, "NoSuchKey", "The specified key does not exist.")
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::sim::world::fixture::{ACCOUNT, CENTRAL, Lab, WEST};

    #[test]
    fn an_object_is_given_back_in_its_region_and_under_its_own_name_alone() {
        let mut lab = Lab::new();
        let shelves = &mut lab.world.place_mut(ACCOUNT, CENTRAL).shelves;
        shelves.put("s3:bucket", "recovery", json!({}));
        let one = |key: &str| json!({ "Bucket": "recovery", "Key": key });
        let mine = one("lifeboat/estate.json");
        let none = lab.refusal(CENTRAL, "s3:GetObject", &mine);
        assert_eq!(none, "NoSuchKey");
        let mut sent = mine.clone();
        sent["Body"] = json!("e30=");
        lab.get(CENTRAL, "s3:PutObject", &sent);
        let found = lab.get(CENTRAL, "s3:GetObject", &mine);
        assert_eq!(found["Body"], "e30=");
        assert_eq!(found["ServerSideEncryption"], "AES256");
        let elsewhere = lab.refusal(WEST, "s3:GetObject", &mine);
        assert_eq!(elsewhere, "PermanentRedirect");
        let other = one("payroll.csv");
        let other = lab.refusal(CENTRAL, "s3:GetObject", &other);
        assert_eq!(other, "AccessDenied");
        let mut theirs = mine.clone();
        theirs["ExpectedBucketOwner"] = json!("999999999999");
        let theirs = lab.refusal(CENTRAL, "s3:GetObject", &theirs);
        assert_eq!(theirs, "AccessDenied");
    }
}
