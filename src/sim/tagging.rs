//! The simulated service `tagging`: every tagged resource of a Region.

use std::collections::BTreeMap;

use jiff::Timestamp;
use serde_json::{Value, json};

use super::world::job::Tags;
use super::world::labour::arn_parts;
use super::world::seed::arn;
use super::world::value::{list, number, page, tag_list, text};
use super::world::{Caller, Fault, Place, Service, World, refuse};

/// Its operations.
pub const SERVICE: Service = Service {
    signing_name: "tagging",
    handlers: &[("GetResources", resources)],
    shelves: &[],
};

/// The tagged resources of a place, by ARN.
fn tagged(place: &Place, caller: &Caller) -> BTreeMap<String, Tags> {
    let mut all = BTreeMap::new();
    for resource in place.protected.values() {
        all.insert(resource.arn.clone(), resource.tags.clone());
    }
    let own = |service: &str, rest: String| {
        arn(service, &caller.region, &caller.account, &rest)
    };
    for db in place.instances.values() {
        all.insert(own("rds", format!("db:{}", db.id)), db.tags.clone());
    }
    for cluster in place.clusters.values() {
        let name = own("rds", format!("cluster:{}", cluster.id));
        all.insert(name, cluster.tags.clone());
    }
    for vault in place.vaults.values() {
        let name = own("backup", format!("backup-vault:{}", vault.name));
        all.insert(name, vault.tags.clone());
    }
    for (name, item) in place.shelves.all("s3:bucket") {
        all.insert(format!("arn:aws:s3:::{name}"), tags_of(item));
    }
    for (kind, service, begin) in SHELVED {
        for (name, item) in place.shelves.all(kind) {
            // One without tags may lie over one that AWS Backup protects.
            let tags = tags_of(item);
            if !tags.is_empty() {
                let rest = format!("{begin}{name}");
                let owner = match begin {
                    // Images and snapshots can be shared: their ARNs name
                    // no account.
                    "image/" | "snapshot/" => "",
                    _ => &caller.account,
                };
                let named = arn(service, &caller.region, owner, &rest);
                all.insert(named, tags);
            }
        }
    }
    all.retain(|_, tags| !tags.is_empty());
    all
}

/// Kinds of item, the service in their ARNs, and what the name follows.
const SHELVED: [(&str, &str, &str); 11] = [
    ("dynamodb:table", "dynamodb", "table/"),
    ("ec2:image", "ec2", "image/"),
    ("ec2:instance", "ec2", "instance/"),
    ("ec2:snapshot", "ec2", "snapshot/"),
    ("ec2:volume", "ec2", "volume/"),
    ("efs:file-system", "elasticfilesystem", "file-system/"),
    ("events:rule", "events", "rule/"),
    ("fsx:backup", "fsx", "backup/"),
    ("fsx:file-system", "fsx", "file-system/"),
    ("lambda:function", "lambda", "function:"),
    ("states:machine", "states", "stateMachine:"),
];

/// The tags that an item on a shelf holds as an object.
fn tags_of(item: &Value) -> Tags {
    let tags = item.get("Tags").and_then(Value::as_object);
    tags.into_iter()
        .flatten()
        .filter_map(|(key, value)| Some((key.clone(), value.as_str()?.into())))
        .collect()
}

/// True when an ARN is of a `service` or a `service:type`.
fn is_of(arn: &str, kind: &str) -> bool {
    let (service, wanted) =
        kind.split_once(':').map_or((kind, None), |(s, t)| (s, Some(t)));
    let (Some((_, _, rest)), Some(is)) =
        (arn_parts(arn), arn.split(':').nth(2))
    else {
        return false;
    };
    let own = rest.split([':', '/']).next();
    is == service && wanted.is_none_or(|wanted| own == Some(wanted))
}

/// True when tags have every key, with one of its values where some are
/// given.
fn fits(tags: &Tags, filters: &[Value]) -> bool {
    filters.iter().all(|filter| {
        let value = tags.get(text(filter, "Key").unwrap_or_default());
        let wanted = list(filter, "Values");
        value.is_some_and(|is| {
            wanted.is_empty() || wanted.iter().any(|v| v.as_str() == Some(is))
        })
    })
}

// https://docs.aws.amazon.com/resourcegroupstagging/latest/APIReference/API_GetResources.html
fn resources(
    world: &mut World,
    caller: &Caller,
    input: &Value,
    _: Timestamp,
) -> Result<Value, Fault> {
    let most = number(input, "ResourcesPerPage").unwrap_or(100);
    let most = usize::try_from(most).ok().filter(|n| (1..=100).contains(n));
    let most = most.ok_or_else(|| {
        let text = "ResourcesPerPage must be between 1 and 100.";
        refuse(400, "InvalidParameterException", text)
    })?;
    let filters = list(input, "TagFilters");
    let kinds: Vec<&str> = list(input, "ResourceTypeFilters")
        .iter()
        .filter_map(Value::as_str)
        .collect();
    let names = list(input, "ResourceARNList");
    let place = world.place_mut(&caller.account, &caller.region);
    let all = tagged(place, caller);
    let found = all.iter().enumerate().filter(|(_, (arn, tags))| {
        (kinds.is_empty() || kinds.iter().any(|kind| is_of(arn, kind)))
            && (names.is_empty()
                || names.iter().any(|n| n.as_str() == Some(arn)))
            && fits(tags, filters)
    });
    let token = text(input, "PaginationToken");
    let page = page(found, token, most).ok_or_else(|| {
        let text = "The pagination token is not valid.";
        refuse(400, "PaginationTokenExpiredException", text)
    })?;
    let shown = page.items.into_iter().map(
        |(arn, tags)| json!({ "ResourceARN": arn, "Tags": tag_list(tags) }),
    );
    Ok(json!({
        "ResourceTagMappingList": shown.collect::<Vec<_>>(),
        "PaginationToken": page.next.unwrap_or_default(),
    }))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::sim::world::fixture::{ACCOUNT, Lab, WEST};
    use crate::sim::world::vault::Protected;

    fn lab() -> Lab {
        let mut lab = Lab::new();
        for (name, tier) in [("one", "Gold"), ("two", "Silver")] {
            let own = arn("ec2", WEST, ACCOUNT, &format!("volume/{name}"));
            let mut volume = Protected::new(&own, "EBS", name);
            volume.tags.insert("DR_Tier".to_owned(), tier.to_owned());
            lab.world.add_protected(ACCOUNT, WEST, volume);
        }
        lab
    }

    fn found(lab: &mut Lab, input: &Value) -> usize {
        let all = lab.get(WEST, "tagging:GetResources", input);
        all["ResourceTagMappingList"].as_array().map_or(0, Vec::len)
    }

    #[test]
    fn resources_without_tags_are_not_shown() {
        assert_eq!(found(&mut lab(), &json!({})), 2);
    }

    #[test]
    fn resources_are_found_by_tag_and_by_type() {
        let mut lab = lab();
        let gold = json!({
            "TagFilters": [{ "Key": "DR_Tier", "Values": ["Gold"] }],
        });
        assert_eq!(found(&mut lab, &gold), 1);
        let any = json!({ "TagFilters": [{ "Key": "DR_Tier" }] });
        assert_eq!(found(&mut lab, &any), 2);
        let volumes = json!({ "ResourceTypeFilters": ["ec2:volume"] });
        assert_eq!(found(&mut lab, &volumes), 2);
        let tables = json!({ "ResourceTypeFilters": ["dynamodb:table"] });
        assert_eq!(found(&mut lab, &tables), 0);
    }

    #[test]
    fn a_token_leads_to_the_next_page() {
        let mut lab = lab();
        let input = json!({ "ResourcesPerPage": 1 });
        let first = lab.get(WEST, "tagging:GetResources", &input);
        let input = json!({ "PaginationToken": first["PaginationToken"] });
        let second = lab.get(WEST, "tagging:GetResources", &input);
        assert_eq!(second["PaginationToken"], "");
        assert_ne!(
            first["ResourceTagMappingList"],
            second["ResourceTagMappingList"]
        );
    }
}
