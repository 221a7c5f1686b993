//! Global clusters that come to another writer: failover and switchover.

use jiff::{SignedDuration, Timestamp};
use serde_json::{Value, json};

use super::{combination, identifier, required, show};
use crate::sim::world::database::{
    Doing, GlobalCluster, Moving, Status, Task,
};
use crate::sim::world::seed::{arn, locate};
use crate::sim::world::value::flag;
use crate::sim::world::{Caller, Fault, World, refuse};

/// How long a failover takes at speed 1.
// "within a minute" to promote, and the endpoint's change after it:
// https://docs.aws.amazon.com/AmazonRDS/latest/AuroraUserGuide/aurora-global-database-disaster-recovery.html
const FAILOVER_TAKES: SignedDuration = SignedDuration::from_secs(90);

/// How long a switchover takes at speed 1.
const SWITCHOVER_TAKES: SignedDuration = SignedDuration::from_mins(2);

pub(super) fn no_cluster(id: &str) -> Fault {
    let told = format!("DBCluster {id} not found.");
    refuse(404, "DBClusterNotFoundFault", told)
}

pub(super) fn no_global(id: &str) -> Fault {
    let told = format!("Global cluster {id} not found.");
    refuse(404, "GlobalClusterNotFoundFault", told)
}

fn bad_cluster(message: impl Into<String>) -> Fault {
    refuse(400, "InvalidDBClusterStateFault", message)
}

fn bad_global(message: impl Into<String>) -> Fault {
    refuse(400, "InvalidGlobalClusterStateFault", message)
}

/// Promotes a secondary cluster. Without `AllowDataLoss` it is a switchover.
// https://docs.aws.amazon.com/AmazonRDS/latest/APIReference/API_FailoverGlobalCluster.html
pub(super) fn fail_over(
    world: &mut World,
    caller: &Caller,
    input: &Value,
    now: Timestamp,
) -> Result<Value, Fault> {
    let lossy = flag(input, "AllowDataLoss");
    if lossy && flag(input, "Switchover") {
        return Err(combination(
            "AllowDataLoss and Switchover can't be specified together.",
        ));
    }
    move_writer(world, caller, input, now, lossy)
}

/// Promotes a secondary cluster and has the primary follow it.
// https://docs.aws.amazon.com/AmazonRDS/latest/APIReference/API_SwitchoverGlobalCluster.html
pub(super) fn switch_over(
    world: &mut World,
    caller: &Caller,
    input: &Value,
    now: Timestamp,
) -> Result<Value, Fault> {
    move_writer(world, caller, input, now, false)
}

fn move_writer(
    world: &mut World,
    caller: &Caller,
    input: &Value,
    now: Timestamp,
    lossy: bool,
) -> Result<Value, Fault> {
    let id = required(input, "GlobalClusterIdentifier")?.to_lowercase();
    let target = required(input, "TargetDbClusterIdentifier")?;
    let global = seen_from(world, caller, &id)?;
    let to = if target.starts_with("arn:") {
        target.to_owned()
    } else {
        let id = format!("cluster:{}", identifier(target));
        arn("rds", &caller.region, &caller.account, &id)
    };
    if let Some(moving) = &global.moving {
        return Err(bad_global(format!(
            "Global cluster {id} is {}.",
            moving.word()
        )));
    }
    if global.writer == to {
        return Err(bad_cluster(format!(
            "DB cluster {to} is already the primary of global cluster {id}."
        )));
    }
    if !global.readers.contains(&to) {
        return Err(no_cluster(&to));
    }
    can_take_over(world, caller, &to)?;
    let (usual, operation) = if lossy {
        (FAILOVER_TAKES, "FailoverGlobalCluster")
    } else {
        (SWITCHOVER_TAKES, "SwitchoverGlobalCluster")
    };
    let task = Task::new(Doing::Promote, now, world.takes(usual));
    let word = if lossy { "failover" } else { "switchover" };
    world.tell_global(&to, &format!("Global {word} to"), "started.");
    let globals = &mut world.account_mut(&caller.account).globals;
    let global = globals.get_mut(&id).expect("it was found just now");
    global.moving = Some(Moving { to, lossy, task });
    let shown = show::global_cluster(caller, global);
    world.count(operation, caller, &id);
    Ok(json!({ "GlobalCluster": shown }))
}

/// The global cluster, if it has a member in the Region that is asked.
fn seen_from<'w>(
    world: &'w World,
    caller: &Caller,
    id: &str,
) -> Result<&'w GlobalCluster, Fault> {
    let here = format!(":{}:", caller.region);
    world
        .account(&caller.account)
        .and_then(|account| account.globals.get(id))
        .filter(|g| g.members().any(|member| member.contains(&here)))
        .ok_or_else(|| no_global(id))
}

/// A cluster that is promoted is available and has an instance: one without
/// has nothing that could write.
fn can_take_over(
    world: &World,
    caller: &Caller,
    to: &str,
) -> Result<(), Fault> {
    let place = locate(&caller.account, &caller.region, to);
    let (_, region, id) = place.ok_or_else(|| no_cluster(to))?;
    let place =
        world.place(&caller.account, &region).ok_or_else(|| no_cluster(to))?;
    let cluster = place.clusters.get(&id).ok_or_else(|| no_cluster(to))?;
    if cluster.status != Status::Available || world.is_dark(&region) {
        return Err(bad_cluster(format!(
            "DB cluster {id} is not in available state."
        )));
    }
    let mut members = place.instances.values();
    if !members.any(|db| db.cluster.as_deref() == Some(&id)) {
        return Err(bad_cluster(format!(
            "DB cluster {id} has no DB instances."
        )));
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeMap;

    use serde_json::{Value, json};

    use crate::sim::world::database::{
        Cluster, GlobalCluster, Instance, Status,
    };
    use crate::sim::world::fixture::{ACCOUNT, CENTRAL, Lab, WEST, start};
    use crate::sim::world::seed::arn;

    const FAIL: &str = "rds:FailoverGlobalCluster";
    const SWITCH: &str = "rds:SwitchoverGlobalCluster";

    fn own(region: &str) -> String {
        arn("rds", region, ACCOUNT, &format!("cluster:{}", name(region)))
    }

    fn name(region: &str) -> &'static str {
        if region == WEST { "shop" } else { "shop-dr" }
    }

    fn lab() -> Lab {
        let mut lab = Lab::new();
        for region in [WEST, CENTRAL] {
            let id = name(region);
            let mut member = Instance::new(&format!("{id}-1"), start());
            member.cluster = Some(id.to_owned());
            lab.world.add_instance(ACCOUNT, region, member);
            let cluster = Cluster {
                id: id.to_owned(),
                resource_id: String::new(),
                engine: "aurora-postgresql".to_owned(),
                engine_version: "16.4".to_owned(),
                created: start(),
                retention_days: 7,
                encrypted: true,
                kms_key: None,
                deletion_protection: false,
                global: Some("shop-global".to_owned()),
                lag: 0.8,
                status: Status::Available,
                tags: BTreeMap::new(),
            };
            lab.world.add_cluster(ACCOUNT, region, cluster);
        }
        let global = GlobalCluster {
            id: "shop-global".to_owned(),
            engine: "aurora-postgresql".to_owned(),
            engine_version: "16.4".to_owned(),
            writer: own(WEST),
            readers: vec![own(CENTRAL)],
            ..GlobalCluster::default()
        };
        lab.world.add_global_cluster(ACCOUNT, global);
        lab
    }

    fn input(lossy: bool) -> Value {
        let mut input = json!({
            "GlobalClusterIdentifier": "shop-global",
            "TargetDbClusterIdentifier": own(CENTRAL),
        });
        if lossy {
            input["AllowDataLoss"] = json!(true);
        }
        input
    }

    fn global(lab: &mut Lab) -> Value {
        let all = lab.get(CENTRAL, "rds:DescribeGlobalClusters", &json!({}));
        all["GlobalClusters"][0].clone()
    }

    fn members(lab: &mut Lab) -> Vec<(String, bool)> {
        let global = global(lab);
        let members = global["GlobalClusterMembers"].as_array().cloned();
        let members = members.unwrap_or_default();
        members
            .iter()
            .map(|member| {
                let arn = member["DBClusterArn"].as_str().unwrap_or_default();
                (arn.to_owned(), member["IsWriter"] == true)
            })
            .collect()
    }

    fn writes(lab: &Lab, region: &str) -> bool {
        let place = lab.world.place(ACCOUNT, region).expect("it is there");
        let cluster = &place.clusters[name(region)];
        lab.world.takes_writes(ACCOUNT, region, cluster)
    }

    #[test]
    fn a_failover_leaves_the_dark_writer_out_until_it_is_back() {
        let mut lab = lab();
        lab.darken(WEST);
        let answer = lab.get(CENTRAL, FAIL, &input(true));
        let told = &answer["GlobalCluster"];
        assert_eq!(told["Status"], "failing-over");
        assert_eq!(told["FailoverState"]["ToDbClusterArn"], own(CENTRAL));
        assert_eq!(told["FailoverState"]["IsDataLossAllowed"], true);
        lab.wait(30);
        assert_eq!(global(&mut lab)["Status"], "failing-over");
        assert!(!writes(&lab, CENTRAL));
        lab.wait(120);
        assert_eq!(global(&mut lab)["Status"], "available");
        assert_eq!(members(&mut lab), [(own(CENTRAL), true)]);
        assert!(writes(&lab, CENTRAL) && !writes(&lab, WEST));
        lab.light(WEST);
        lab.wait(60);
        assert_eq!(
            members(&mut lab),
            [(own(CENTRAL), true), (own(WEST), false)]
        );
        assert!(!writes(&lab, WEST));
        assert_eq!(lab.world.applied("FailoverGlobalCluster"), 1);
    }

    #[test]
    fn a_switchover_changes_the_roles_and_hangs_while_the_writer_is_dark() {
        let mut lab = lab();
        lab.get(WEST, SWITCH, &input(false));
        lab.darken(WEST);
        lab.wait(600);
        assert_eq!(global(&mut lab)["Status"], "switching-over");
        lab.light(WEST);
        lab.wait(180);
        assert_eq!(
            members(&mut lab),
            [(own(CENTRAL), true), (own(WEST), false)]
        );
        assert!(writes(&lab, CENTRAL) && !writes(&lab, WEST));
    }

    #[test]
    fn what_cannot_be_moved_is_refused_in_awss_words() {
        let mut lab = lab();
        let mut wrong = input(true);
        wrong["GlobalClusterIdentifier"] = json!("nothing");
        let refused =
            |lab: &mut Lab, input: &Value| lab.refusal(CENTRAL, FAIL, input);
        assert_eq!(refused(&mut lab, &wrong), "GlobalClusterNotFoundFault");
        let mut wrong = input(true);
        wrong["TargetDbClusterIdentifier"] = json!("nobody");
        assert_eq!(refused(&mut lab, &wrong), "DBClusterNotFoundFault");
        wrong["TargetDbClusterIdentifier"] = json!(own(WEST));
        assert_eq!(refused(&mut lab, &wrong), "InvalidDBClusterStateFault");
        let mut both = input(true);
        both["Switchover"] = json!(true);
        assert_eq!(refused(&mut lab, &both), "InvalidParameterCombination");
        let place = lab.world.place_mut(ACCOUNT, CENTRAL);
        let member = place.instances.remove("shop-dr-1").expect("it is there");
        assert_eq!(
            refused(&mut lab, &input(true)),
            "InvalidDBClusterStateFault"
        );
        lab.world.add_instance(ACCOUNT, CENTRAL, member);
        lab.get(CENTRAL, FAIL, &input(true));
        assert_eq!(
            refused(&mut lab, &input(true)),
            "InvalidGlobalClusterStateFault"
        );
        assert_eq!(lab.world.applied("FailoverGlobalCluster"), 1);
    }

    #[test]
    fn the_lag_of_a_new_writer_is_told_up_to_the_failover() {
        let mut lab = lab();
        lab.wait(60);
        lab.get(CENTRAL, FAIL, &input(true));
        lab.wait(240);
        let query = json!({
            "StartTime": "2026-11-23T10:00:00Z",
            "EndTime": "2026-11-23T10:05:00Z",
            "MetricDataQueries": [{ "Id": "lag", "MetricStat": {
                "Metric": {
                    "Namespace": "AWS/RDS",
                    "MetricName": "AuroraGlobalDBRPOLag",
                    "Dimensions": [{
                        "Name": "DBClusterIdentifier",
                        "Value": "shop-dr",
                    }],
                },
                "Period": 60,
                "Stat": "Maximum",
            }}],
        });
        let told = lab.get(CENTRAL, "monitoring:GetMetricData", &query);
        let values = told["MetricDataResults"][0]["Values"].as_array();
        let count = values.map_or(0, Vec::len);
        assert!((2..5).contains(&count), "{told}");
    }
}
