//! What we ask of Amazon ECS, and what its answers mean.

use serde::Deserialize;
use serde_json::{Value, json};

use super::modeled::{Client, into};
use super::pages::{self, Pages};
use super::{Look, Reader, Seen};
use crate::estate::part::ecs::EcsService;
use crate::failure::{Failure, cleaned};

/// `DescribeServices` takes at most ten (API reference).
const AT_ONCE: usize = 10;

#[derive(Debug, Default, Deserialize)]
#[serde(rename_all = "camelCase", default)]
struct Listed {
    cluster_arns: Vec<String>,
    service_arns: Vec<String>,
}

#[derive(Debug, Default, Deserialize)]
#[serde(default)]
struct Described {
    services: Vec<Told>,
    failures: Vec<Missed>,
}

#[derive(Debug, Default, Deserialize)]
#[serde(default)]
struct Missed {
    arn: String,
    reason: String,
}

#[derive(Debug, Default, Deserialize)]
#[serde(rename_all = "camelCase", default)]
struct Told {
    service_arn: String,
    service_name: String,
    cluster_arn: String,
    status: String,
    desired_count: Option<i64>,
    running_count: Option<i64>,
    pending_count: Option<i64>,
    task_definition: String,
    deployments: Vec<Deployment>,
    tags: Vec<Tag>,
}

#[derive(Debug, Default, Deserialize)]
#[serde(rename_all = "camelCase", default)]
struct Deployment {
    status: String,
    rollout_state: String,
    rollout_state_reason: String,
}

#[derive(Debug, Default, Deserialize)]
#[serde(default)]
struct Tag {
    key: String,
    value: String,
}

/// The services of every cluster of a Region. A cluster that cannot be
/// asked makes the list partial; if none can, that is the answer.
pub(super) async fn services(reader: &Reader) -> Look {
    let ecs = reader.modeled("ecs")?;
    let doing = "list the ECS clusters";
    let input = json!({ "maxResults": 100 });
    let clusters = ecs.list(doing, "ListClusters", input, |page| {
        let listed: Listed = into(doing, page)?;
        Ok(listed.cluster_arns)
    });
    let clusters = clusters.await?;
    let mut reasons: Vec<String> = clusters.partial.into_iter().collect();
    let (mut services, mut failed) = (Vec::new(), Vec::new());
    for cluster in &clusters.items {
        match of_cluster(&ecs, cluster).await {
            Ok(found) => {
                services.extend(found.items);
                reasons.extend(found.partial);
            }
            Err(failure) => failed.push(failure),
        }
    }
    if failed.len() == clusters.items.len()
        && let Some(failure) = failed.pop()
    {
        return Err(failure);
    }
    reasons.extend(failed.iter().map(ToString::to_string));
    Ok(Seen::parts(services, pages::joined(&reasons)))
}

async fn of_cluster(
    ecs: &Client,
    cluster: &str,
) -> Result<Pages<EcsService>, Failure> {
    let doing = format!("list the services of {}", tail(cluster));
    let input = json!({ "cluster": cluster, "maxResults": 100 });
    let listed = ecs.list(&doing, "ListServices", input, |page| {
        let listed: Listed = into(&doing, page)?;
        Ok(listed.service_arns)
    });
    let listed = listed.await?;
    let mut reasons: Vec<String> = listed.partial.into_iter().collect();
    let mut items = Vec::new();
    for some in listed.items.chunks(AT_ONCE) {
        let input = json!({
            "cluster": cluster, "services": some, "include": ["TAGS"],
        });
        let said = ecs.ask(&doing, "DescribeServices", input).await?;
        let said = described(&doing, said)?;
        items.extend(said.services.into_iter().map(service));
        reasons.extend(said.failures.iter().map(|missed| {
            cleaned(&format!("{}: {}", tail(&missed.arn), missed.reason))
        }));
    }
    Ok(Pages { items, partial: pages::joined(&reasons) })
}

fn described(doing: &str, said: Value) -> Result<Described, Failure> {
    into(doing, said)
}

fn service(told: Told) -> EcsService {
    let primary = told.deployments.iter().find(|d| d.status == "PRIMARY");
    let failed = primary.filter(|d| d.rollout_state == "FAILED");
    let tags = told.tags.iter();
    EcsService {
        arn: cleaned(&told.service_arn),
        name: cleaned(&told.service_name),
        cluster: cleaned(tail(&told.cluster_arn)),
        status: cleaned(&told.status),
        desired: told.desired_count,
        running: told.running_count,
        pending: told.pending_count,
        task: cleaned(tail(&told.task_definition)),
        failed: failed.map(|d| cleaned(&d.rollout_state_reason)),
        tags: tags.map(|t| (cleaned(&t.key), cleaned(&t.value))).collect(),
    }
}

fn tail(arn: &str) -> &str {
    arn.rsplit('/').next().unwrap_or_default()
}

#[cfg(test)]
mod tests {
    use super::*;

    // https://docs.aws.amazon.com/AmazonECS/latest/APIReference/API_DescribeServices.html
    const PRINTED: &str = r#"{"failures":[],"services":[{
        "clusterArn":"arn:aws:ecs:us-west-2:012345678910:cluster/telemetry",
        "createdAt":1432829320.611,"deploymentConfiguration":{
        "maximumPercent":200,"minimumHealthyPercent":100},"deployments":[{
        "createdAt":1432829320.611,"desiredCount":4,
        "id":"ecs-svc/9223370604025455196","pendingCount":0,"runningCount":4,
        "status":"PRIMARY",
        "taskDefinition":"arn:aws:ecs:us-west-2:012345678910:task-definition/hpcc-t2-medium:1",
        "updatedAt":1432829320.611}],"desiredCount":4,"events":[],
        "loadBalancers":[],"pendingCount":0,"runningCount":4,
        "serviceArn":"arn:aws:ecs:us-west-2:012345678910:service/bunker-buster",
        "serviceName":"bunker-buster","status":"ACTIVE",
        "taskDefinition":"arn:aws:ecs:us-west-2:012345678910:task-definition/hpcc-t2-medium:1"
        }]}"#;

    #[test]
    fn the_printed_answer_is_read() {
        let said = serde_json::from_str(PRINTED).unwrap();
        let said = described("try", said).unwrap();
        let one = service(said.services.into_iter().next().unwrap());
        assert_eq!(one.name, "bunker-buster");
        assert_eq!(one.cluster, "telemetry");
        assert_eq!((one.desired, one.running), (Some(4), Some(4)));
        assert_eq!(one.task, "hpcc-t2-medium:1");
        assert_eq!(one.failed, None);
    }
}
