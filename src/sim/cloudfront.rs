//! The simulated service `cloudfront`: distributions and their origins.

use jiff::Timestamp;
use serde_json::{Map, Value, json};

use super::world::shelf::Paging;
use super::world::value::{text, time};
use super::world::{Caller, Fault, Service, World};

/// Its operations. An item of `cloudfront:distribution` holds members of a
/// `DistributionSummary`; what every distribution has is filled in.
pub const SERVICE: Service = Service {
    signing_name: "cloudfront",
    handlers: &[("ListDistributions", distributions)],
    shelves: &["cloudfront:distribution"],
};

const PAGING: Paging = Paging {
    token: "Marker",
    size: "MaxItems",
    most: 100,
    refusal: "InvalidArgument",
};

/// What every distribution has, unless it says otherwise.
fn usual(caller: &Caller, id: &str, now: Timestamp) -> Value {
    json!({
        "Id": id,
        "ARN": format!(
            "arn:aws:cloudfront::{}:distribution/{id}", caller.account
        ),
        "Status": "Deployed",
        "LastModifiedTime": time(now),
        "DomainName": format!("{}.cloudfront.net", id.to_lowercase()),
        "Aliases": { "Items": [] },
        "Origins": { "Items": [] },
        "OriginGroups": { "Items": [] },
        "DefaultCacheBehavior": { "ViewerProtocolPolicy": "redirect-to-https" },
        "CacheBehaviors": { "Quantity": 0 },
        "CustomErrorResponses": { "Quantity": 0 },
        "Comment": "",
        "PriceClass": "PriceClass_100",
        "Enabled": true,
        "ViewerCertificate": { "CloudFrontDefaultCertificate": false },
        "Restrictions": {
            "GeoRestriction": { "RestrictionType": "none", "Quantity": 0 },
        },
        "WebACLId": "",
        "HttpVersion": "http2and3",
        "IsIPV6Enabled": true,
        "Staging": false,
    })
}

/// Every list of CloudFront tells how long it is.
fn counted(value: &mut Value) {
    if let Value::Array(items) = value {
        items.iter_mut().for_each(counted);
    }
    let Value::Object(members) = value else { return };
    members.values_mut().for_each(counted);
    if let Some(Value::Array(items)) = members.get("Items") {
        let quantity = Value::from(items.len());
        members.entry("Quantity").or_insert(quantity);
    }
}

fn shown(caller: &Caller, id: &str, item: &Value, now: Timestamp) -> Value {
    let mut shown = usual(caller, id, now);
    let own: Map<_, _> = item.as_object().cloned().unwrap_or_default();
    for (name, value) in own {
        match (&mut shown[&name], value) {
            (Value::Object(usual), Value::Object(own)) => usual.extend(own),
            (place, value) => *place = value,
        }
    }
    counted(&mut shown);
    shown
}

// https://docs.aws.amazon.com/cloudfront/latest/APIReference/API_ListDistributions.html
fn distributions(
    world: &mut World,
    caller: &Caller,
    input: &Value,
    now: Timestamp,
) -> Result<Value, Fault> {
    let size = text(input, "MaxItems").and_then(|n| n.parse::<i64>().ok());
    let asked = json!({ "Marker": input.get("Marker"), "MaxItems": size });
    let place = world.place_mut(&caller.account, &caller.region);
    let all = place.shelves.all("cloudfront:distribution");
    let page = PAGING.cut(all, &asked)?;
    let items: Vec<Value> = page
        .items
        .into_iter()
        .map(|(id, item)| shown(caller, id, item, now))
        .collect();
    Ok(json!({ "DistributionList": {
        "Marker": text(input, "Marker").unwrap_or_default(),
        "NextMarker": page.next,
        "MaxItems": size.unwrap_or(100),
        "IsTruncated": page.next.is_some(),
        "Quantity": items.len(),
        "Items": items,
    }}))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::sim::world::fixture::{ACCOUNT, Lab};

    #[test]
    fn what_a_distribution_does_not_say_is_the_usual() {
        let mut lab = Lab::new();
        let home = "us-east-1";
        let shelves = &mut lab.world.place_mut(ACCOUNT, home).shelves;
        for id in ["E1", "E2"] {
            let item = json!({
                "Aliases": { "Items": ["www.learn.example"] },
                "Origins": { "Items": [
                    { "Id": "west", "DomainName": "west.example" },
                ] },
                "DefaultCacheBehavior": { "TargetOriginId": "west" },
            });
            shelves.put("cloudfront:distribution", id, item);
        }
        let operation = "cloudfront:ListDistributions";
        let input = json!({ "MaxItems": "1" });
        let first = lab.get(home, operation, &input);
        let list = &first["DistributionList"];
        assert_eq!(list["Items"][0]["Origins"]["Quantity"], 1);
        assert_eq!(list["Items"][0]["Enabled"], true);
        let input = json!({ "Marker": list["NextMarker"] });
        let rest = lab.get(home, operation, &input);
        let list = &rest["DistributionList"];
        assert_eq!(list["Items"][0]["Id"], "E2");
        assert_eq!(list["IsTruncated"], false);
    }
}
