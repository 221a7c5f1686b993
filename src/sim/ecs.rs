//! The simulated service `ecs`: clusters and their services.

use std::collections::BTreeSet;

use jiff::{SignedDuration, Timestamp};
use serde_json::{Value, json};

use super::world::seed::arn;
use super::world::shelf::Paging;
use super::world::value::{list, text};
use super::world::{Caller, Fault, Service, World, refuse};

/// Its operations. The id of an item of `ecs:service` is `cluster/service`,
/// the item a `Service` but for tags as an object.
pub const SERVICE: Service = Service {
    signing_name: "ecs",
    handlers: &[
        ("DescribeServices", describe),
        ("ListClusters", clusters),
        ("ListServices", services),
        ("UpdateService", update),
    ],
    shelves: &[KIND],
};

const KIND: &str = "ecs:service";

const PAGING: Paging = Paging {
    token: "nextToken",
    size: "maxResults",
    most: 100,
    refusal: "InvalidParameterException",
};

/// The ids of all services there, each as cluster and name.
fn ids(world: &World, caller: &Caller) -> Vec<(String, String)> {
    let place = world.place(&caller.account, &caller.region);
    let ids = place.into_iter().flat_map(|p| p.shelves.all(KIND));
    ids.filter_map(|(id, _)| id.split_once('/'))
        .map(|(cluster, name)| (cluster.to_owned(), name.to_owned()))
        .collect()
}

fn cluster_arn(caller: &Caller, cluster: &str) -> String {
    let rest = format!("cluster/{cluster}");
    arn("ecs", &caller.region, &caller.account, &rest)
}

fn service_arn(caller: &Caller, cluster: &str, name: &str) -> String {
    let rest = format!("service/{cluster}/{name}");
    arn("ecs", &caller.region, &caller.account, &rest)
}

fn last(name: &str) -> &str {
    name.rsplit('/').next().unwrap_or_default()
}

// https://docs.aws.amazon.com/AmazonECS/latest/APIReference/API_ListClusters.html
fn clusters(
    world: &mut World,
    caller: &Caller,
    input: &Value,
    _: Timestamp,
) -> Result<Value, Fault> {
    let all: BTreeSet<String> = ids(world, caller)
        .into_iter()
        .map(|(cluster, _)| cluster_arn(caller, &cluster))
        .collect();
    let page = PAGING.cut(all, input)?;
    Ok(json!({ "clusterArns": page.items, "nextToken": page.next }))
}

/// The cluster that is asked for, or the refusal that there is none.
fn cluster(
    world: &World,
    caller: &Caller,
    input: &Value,
) -> Result<String, Fault> {
    let name = last(text(input, "cluster").unwrap_or("default")).to_owned();
    let known = ids(world, caller).iter().any(|(cluster, _)| *cluster == name);
    if known || name == "default" {
        return Ok(name);
    }
    Err(refuse(400, "ClusterNotFoundException", "Cluster not found."))
}

// https://docs.aws.amazon.com/AmazonECS/latest/APIReference/API_ListServices.html
fn services(
    world: &mut World,
    caller: &Caller,
    input: &Value,
    _: Timestamp,
) -> Result<Value, Fault> {
    let wanted = cluster(world, caller, input)?;
    let all = ids(world, caller).into_iter();
    let all = all
        .filter(|(cluster, _)| *cluster == wanted)
        .map(|(cluster, name)| service_arn(caller, &cluster, &name));
    let page = PAGING.cut(all, input)?;
    Ok(json!({ "serviceArns": page.items, "nextToken": page.next }))
}

// https://docs.aws.amazon.com/AmazonECS/latest/APIReference/API_DescribeServices.html
fn describe(
    world: &mut World,
    caller: &Caller,
    input: &Value,
    _: Timestamp,
) -> Result<Value, Fault> {
    let of = cluster(world, caller, input)?;
    let wanted = list(input, "services");
    if wanted.is_empty() || wanted.len() > 10 {
        let why = "services must have between 1 and 10 members.";
        return Err(refuse(400, "InvalidParameterException", why));
    }
    let tags = list(input, "include").iter().any(|word| word == "TAGS");
    let place = world.place_mut(&caller.account, &caller.region);
    let (mut found, mut missing) = (Vec::new(), Vec::new());
    for name in wanted.iter().filter_map(Value::as_str).map(last) {
        let id = format!("{of}/{name}");
        match place.shelves.one(KIND, &id) {
            Some(item) => found.push(service(item, caller, &of, name, tags)),
            None => missing.push(json!({
                "arn": service_arn(caller, &of, name),
                "reason": "MISSING",
            })),
        }
    }
    Ok(json!({ "services": found, "failures": missing }))
}

/// A task is pulled and started in about this time.
const STARTS: SignedDuration = SignedDuration::from_secs(40);

// https://docs.aws.amazon.com/AmazonECS/latest/APIReference/API_UpdateService.html
fn update(
    world: &mut World,
    caller: &Caller,
    input: &Value,
    _: Timestamp,
) -> Result<Value, Fault> {
    let of = cluster(world, caller, input)?;
    let name = last(text(input, "service").unwrap_or_default()).to_owned();
    let id = format!("{of}/{name}");
    let place = world.place_mut(&caller.account, &caller.region);
    let missing =
        || refuse(400, "ServiceNotFoundException", "Service not found.");
    let item = place.shelves.one_mut(KIND, &id).ok_or_else(missing)?;
    if item["status"].as_str().is_some_and(|status| status != "ACTIVE") {
        let why = "Service was not ACTIVE.";
        return Err(refuse(400, "ServiceNotActiveException", why));
    }
    if let Some(count) = input["desiredCount"].as_i64() {
        let running = item["runningCount"].as_i64().unwrap_or_default();
        item["desiredCount"] = json!(count);
        item["pendingCount"] = json!((count - running).max(0));
        let done = json!({ "runningCount": count, "pendingCount": 0 });
        world.later(caller, (KIND, &id), STARTS, done);
    }
    world.count("UpdateService", caller, &id);
    let place = world.place_mut(&caller.account, &caller.region);
    let item = place.shelves.one(KIND, &id).ok_or_else(missing)?;
    Ok(json!({ "service": service(item, caller, &of, &name, false) }))
}

fn service(
    item: &Value,
    caller: &Caller,
    cluster: &str,
    name: &str,
    tags: bool,
) -> Value {
    let mut service = item.clone();
    service["serviceName"] = json!(name);
    service["serviceArn"] = json!(service_arn(caller, cluster, name));
    service["clusterArn"] = json!(cluster_arn(caller, cluster));
    if service["status"].is_null() {
        service["status"] = json!("ACTIVE");
    }
    let own = item.get("tags").and_then(Value::as_object);
    let own = own.into_iter().flatten().filter(|_| tags);
    service["tags"] =
        own.map(|(k, v)| json!({ "key": k, "value": v })).collect();
    service
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::sim::world::fixture::{ACCOUNT, Lab, WEST};

    #[test]
    fn a_service_is_found_through_its_cluster() {
        let mut lab = Lab::new();
        let shelves = &mut lab.world.place_mut(ACCOUNT, WEST).shelves;
        let item = json!({ "desiredCount": 4, "tags": { "app": "web" } });
        shelves.put("ecs:service", "learn/web", item);
        let all = lab.get(WEST, "ecs:ListClusters", &json!({}));
        let cluster = all["clusterArns"][0].clone();
        let input = json!({ "cluster": cluster });
        let all = lab.get(WEST, "ecs:ListServices", &input);
        let input = json!({
            "cluster": cluster,
            "services": all["serviceArns"],
            "include": ["TAGS"],
        });
        let told = lab.get(WEST, "ecs:DescribeServices", &input);
        assert_eq!(told["services"][0]["desiredCount"], 4);
        assert_eq!(told["services"][0]["tags"][0]["value"], "web");
        let input = json!({ "cluster": "learn", "services": ["none"] });
        let told = lab.get(WEST, "ecs:DescribeServices", &input);
        assert_eq!(told["failures"][0]["reason"], "MISSING");
        let input = json!({ "cluster": "none" });
        let code = lab.refusal(WEST, "ecs:ListServices", &input);
        assert_eq!(code, "ClusterNotFoundException");
    }
}
