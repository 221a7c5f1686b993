//! The simulated service `kms`: keys.

use std::collections::BTreeMap;

use jiff::Timestamp;
use serde_json::{Value, json};

use super::world::seed::arn;
use super::world::shelf::Paging;
use super::world::value::{text, time};
use super::world::{Caller, Fault, Place, Service, World, refuse};

/// Its operations. The id of an item of `kms:key` is that of the key, the
/// item a `KeyMetadata`; the state `Missing` takes a key away that something
/// is encrypted with.
pub const SERVICE: Service = Service {
    signing_name: "kms",
    handlers: &[("DescribeKey", describe), ("ListKeys", keys)],
    shelves: &["kms:key"],
};

const PAGING: Paging = Paging {
    token: "Marker",
    size: "Limit",
    most: 1000,
    refusal: "InvalidMarkerException",
};

fn id(arn: &str) -> &str {
    arn.rsplit('/').next().unwrap_or_default()
}

/// The keys of a place by id: those that vaults and databases there are
/// encrypted with, and those on the shelf.
fn held(place: &Place) -> BTreeMap<String, Value> {
    let vaults = place.vaults.values().map(|vault| &vault.kms_key);
    let instances = place.instances.values().map(|db| &db.kms_key);
    let clusters = place.clusters.values().map(|cluster| &cluster.kms_key);
    let used = vaults.chain(instances).chain(clusters).flatten();
    let mut held: BTreeMap<String, Value> =
        used.map(|arn| (id(arn).to_owned(), json!({}))).collect();
    for (id, item) in place.shelves.all("kms:key") {
        held.insert(id.to_owned(), item.clone());
    }
    held.retain(|_, item| item["KeyState"] != "Missing");
    held
}

fn key_arn(caller: &Caller, id: &str) -> String {
    arn("kms", &caller.region, &caller.account, &format!("key/{id}"))
}

// https://docs.aws.amazon.com/kms/latest/APIReference/API_ListKeys.html
fn keys(
    world: &mut World,
    caller: &Caller,
    input: &Value,
    _: Timestamp,
) -> Result<Value, Fault> {
    let place = world.place_mut(&caller.account, &caller.region);
    let page = PAGING.cut(held(place).into_keys(), input)?;
    let shown = page.items.iter();
    let shown =
        shown.map(|id| json!({ "KeyId": id, "KeyArn": key_arn(caller, id) }));
    Ok(json!({
        "Keys": shown.collect::<Vec<_>>(),
        "Truncated": page.next.is_some(),
        "NextMarker": page.next,
    }))
}

// https://docs.aws.amazon.com/kms/latest/APIReference/API_DescribeKey.html
fn describe(
    world: &mut World,
    caller: &Caller,
    input: &Value,
    now: Timestamp,
) -> Result<Value, Fault> {
    let id = id(text(input, "KeyId").unwrap_or_default());
    let own = key_arn(caller, id);
    let place = world.place_mut(&caller.account, &caller.region);
    let mut key = held(place).remove(id).ok_or_else(|| {
        let why = format!("Key '{own}' does not exist");
        refuse(400, "NotFoundException", why)
    })?;
    key["KeyId"] = json!(id);
    key["Arn"] = json!(own);
    key["AWSAccountId"] = json!(caller.account);
    let usual = [
        ("KeyState", json!("Enabled")),
        ("KeyManager", json!("CUSTOMER")),
        ("CreationDate", time(now)),
        ("MultiRegion", json!(false)),
    ];
    for (member, value) in usual {
        if key[member].is_null() {
            key[member] = value;
        }
    }
    key["Enabled"] = json!(key["KeyState"] == "Enabled");
    Ok(json!({ "KeyMetadata": key }))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::sim::world::fixture::{ACCOUNT, Lab, WEST};

    #[test]
    fn the_key_of_a_database_is_there_until_it_is_taken_away() {
        let mut lab = Lab::new();
        let all = lab.get(WEST, "kms:ListKeys", &json!({}));
        let own = all["Keys"][0]["KeyArn"].clone();
        let one = json!({ "KeyId": own });
        let told = lab.get(WEST, "kms:DescribeKey", &one);
        assert_eq!(told["KeyMetadata"]["Enabled"], true);
        let shelves = &mut lab.world.place_mut(ACCOUNT, WEST).shelves;
        shelves.put("kms:key", "west", json!({ "KeyState": "Missing" }));
        let code = lab.refusal(WEST, "kms:DescribeKey", &one);
        assert_eq!(code, "NotFoundException");
    }
}
