//! What we ask of Amazon EC2 Auto Scaling, and what its answers mean.

use serde::Deserialize;
use serde_json::json;

use super::modeled::into;
use super::tagging::{Tag, by_key};
use super::{Look, Reader, Seen};
use crate::estate::part::autoscaling::ScalingGroup;
use crate::failure::cleaned;

#[derive(Debug, Default, Deserialize)]
#[serde(rename_all = "PascalCase", default)]
struct Listed {
    auto_scaling_groups: Vec<Told>,
}

#[derive(Debug, Deserialize)]
#[serde(rename_all = "PascalCase")]
struct Told {
    auto_scaling_group_name: String,
    #[serde(rename = "AutoScalingGroupARN", default)]
    arn: String,
    min_size: i64,
    max_size: i64,
    desired_capacity: i64,
    #[serde(default)]
    instances: Vec<Instance>,
    #[serde(default)]
    suspended_processes: Vec<Process>,
    #[serde(default)]
    tags: Vec<Tag>,
}

#[derive(Debug, Default, Deserialize)]
#[serde(rename_all = "PascalCase", default)]
struct Instance {
    lifecycle_state: String,
    health_status: String,
}

#[derive(Debug, Default, Deserialize)]
#[serde(rename_all = "PascalCase", default)]
struct Process {
    process_name: String,
}

/// The Auto Scaling groups of a Region.
pub(super) async fn groups(reader: &Reader) -> Look {
    let doing = "list the Auto Scaling groups";
    // Pages hold at most 100 (API reference).
    let input = json!({ "MaxRecords": 100 });
    let found = reader.modeled("autoscaling")?;
    let operation = "DescribeAutoScalingGroups";
    let found = found.list(doing, operation, input, |page| {
        let listed: Listed = into(doing, page)?;
        Ok(listed.auto_scaling_groups.into_iter().map(group).collect())
    });
    let found = found.await?;
    Ok(Seen::parts(found.items, found.partial))
}

fn group(told: Told) -> ScalingGroup {
    let serving = told.instances.iter().filter(|instance| {
        instance.lifecycle_state == "InService"
            && instance.health_status == "Healthy"
    });
    let suspended = told.suspended_processes.iter();
    ScalingGroup {
        arn: cleaned(&told.arn),
        name: cleaned(&told.auto_scaling_group_name),
        min: told.min_size,
        max: told.max_size,
        desired: told.desired_capacity,
        in_service: i64::try_from(serving.count()).unwrap_or(i64::MAX),
        suspended: suspended.map(|p| cleaned(&p.process_name)).collect(),
        tags: by_key(told.tags),
    }
}

#[cfg(test)]
mod tests {
    use serde_json::Value;

    use super::*;

    /// The answer of `describe-auto-scaling-groups-1` in botocore's
    /// `examples-1.json`.
    #[test]
    fn the_printed_answer_is_read() {
        let said: Value = serde_json::from_str(
            r#"{"AutoScalingGroups":[{"AutoScalingGroupARN":
            "arn:aws:autoscaling:us-west-2:123456789012:autoScalingGroup:930d940e-891e-4781-a11a-7b0acd480f03:autoScalingGroupName/my-auto-scaling-group",
            "AutoScalingGroupName":"my-auto-scaling-group",
            "AvailabilityZones":["us-west-2c"],
            "CreatedTime":"2013-08-19T20:53:25.584Z","DefaultCooldown":300,
            "DesiredCapacity":1,"EnabledMetrics":[],
            "HealthCheckGracePeriod":300,"HealthCheckType":"EC2","Instances":[{
            "AvailabilityZone":"us-west-2c","HealthStatus":"Healthy",
            "InstanceId":"i-4ba0837f","LaunchConfigurationName":
            "my-launch-config","LifecycleState":"InService",
            "ProtectedFromScaleIn":false}],"LaunchConfigurationName":
            "my-launch-config","LoadBalancerNames":[],"MaxSize":1,
            "MinSize":0,"NewInstancesProtectedFromScaleIn":false,
            "SuspendedProcesses":[],"Tags":[],"TerminationPolicies":[
            "Default"],"VPCZoneIdentifier":"subnet-12345678"}]}"#,
        )
        .unwrap();
        let listed: Listed = into("try", said).unwrap();
        let one =
            group(listed.auto_scaling_groups.into_iter().next().unwrap());
        assert_eq!(
            (one.min, one.max, one.desired, one.in_service),
            (0, 1, 1, 1)
        );
        assert!(!one.cannot_launch());
    }
}
