//! The simulated services of ARC routing controls: configuration in
//! `us-west-2`, switches at the endpoints of each cluster.

use jiff::Timestamp;
use serde_json::{Value, json};

use super::world::shelf::{Paging, pick};
use super::world::value::{list, text};
use super::world::{Caller, Fault, Service, World, refuse};

/// Where clusters, panels, controls and rules are configured.
// https://docs.aws.amazon.com/r53recovery/latest/dg/data-and-control-planes.html
const HOME: &str = "us-west-2";

/// The configuration. Its shelves lie in `us-west-2`; a control holds
/// members of both services, a rule `ASSERTION` or `GATING`.
pub const CONFIG: Service = Service {
    signing_name: "route53-recovery-control-config",
    handlers: &[
        ("ListClusters", clusters),
        ("ListControlPanels", panels),
        ("ListRoutingControls", controls),
        ("ListSafetyRules", rules),
    ],
    shelves: &["arc:cluster", "arc:panel", "arc:control", "arc:rule"],
};

/// The switches.
pub const DATA: Service = Service {
    signing_name: "route53-recovery-cluster",
    handlers: &[
        ("GetRoutingControlState", state),
        ("ListRoutingControls", states),
    ],
    shelves: &[],
};

const PAGING: Paging = Paging {
    token: "NextToken",
    size: "MaxResults",
    most: 1000,
    refusal: "ValidationException",
};

/// The items of a kind in an account, where they are configured.
fn held(world: &World, caller: &Caller, kind: &str) -> Vec<Value> {
    let home = world.place(&caller.account, HOME);
    home.map(|place| place.shelved(kind)).unwrap_or_default()
}

/// The configuration is asked in `us-west-2` and nowhere else.
fn at_home(caller: &Caller) -> Result<(), Fault> {
    if caller.region == HOME {
        return Ok(());
    }
    let text = format!("Routing controls are configured in {HOME} alone.");
    Err(refuse(400, "ValidationException", text))
}

fn answer(
    items: Vec<Value>,
    input: &Value,
    name: &str,
    members: &[&str],
) -> Result<Value, Fault> {
    let page = PAGING.cut(items, input)?;
    let shown = page.items.iter().map(|item| pick(item, members));
    let mut answer = json!({ name: shown.collect::<Vec<_>>() });
    if let Some(next) = page.next {
        answer["NextToken"] = Value::from(next);
    }
    Ok(answer)
}

fn clusters(
    world: &mut World,
    caller: &Caller,
    input: &Value,
    _: Timestamp,
) -> Result<Value, Fault> {
    at_home(caller)?;
    let all = held(world, caller, "arc:cluster");
    let members =
        ["ClusterArn", "ClusterEndpoints", "Name", "Status", "Owner"];
    answer(all, input, "Clusters", &members)
}

fn panels(
    world: &mut World,
    caller: &Caller,
    input: &Value,
    _: Timestamp,
) -> Result<Value, Fault> {
    at_home(caller)?;
    let mut all = held(world, caller, "arc:panel");
    if let Some(cluster) = text(input, "ClusterArn") {
        all.retain(|panel| text(panel, "ClusterArn") == Some(cluster));
    }
    let members = [
        "ClusterArn",
        "ControlPanelArn",
        "DefaultControlPanel",
        "Name",
        "RoutingControlCount",
        "Status",
        "Owner",
    ];
    answer(all, input, "ControlPanels", &members)
}

/// The items of the control panel that is asked for, or the refusal.
fn of_panel(
    world: &World,
    caller: &Caller,
    input: &Value,
    kind: &str,
    panel_of: impl Fn(&Value) -> Option<&str>,
) -> Result<Vec<Value>, Fault> {
    at_home(caller)?;
    let wanted = text(input, "ControlPanelArn").unwrap_or_default();
    let mut panels = held(world, caller, "arc:panel").into_iter();
    if !panels.any(|p| text(&p, "ControlPanelArn") == Some(wanted)) {
        let text = format!("Control panel {wanted} not found.");
        return Err(refuse(404, "ResourceNotFoundException", text));
    }
    let mut all = held(world, caller, kind);
    all.retain(|item| panel_of(item) == Some(wanted));
    Ok(all)
}

fn controls(
    world: &mut World,
    caller: &Caller,
    input: &Value,
    _: Timestamp,
) -> Result<Value, Fault> {
    let all = of_panel(world, caller, input, "arc:control", |item| {
        text(item, "ControlPanelArn")
    })?;
    let members =
        ["ControlPanelArn", "Name", "RoutingControlArn", "Status", "Owner"];
    answer(all, input, "RoutingControls", &members)
}

fn rules(
    world: &mut World,
    caller: &Caller,
    input: &Value,
    _: Timestamp,
) -> Result<Value, Fault> {
    let all = of_panel(world, caller, input, "arc:rule", |item| {
        let rule = item.get("ASSERTION").or_else(|| item.get("GATING"))?;
        text(rule, "ControlPanelArn")
    })?;
    answer(all, input, "SafetyRules", &["ASSERTION", "GATING"])
}

/// A cluster answers at its own endpoints: those of the Region that the
/// request is signed for.
fn reachable(world: &World, caller: &Caller) -> Result<Vec<Value>, Fault> {
    let here = |cluster: &Value| {
        let mut endpoints = list(cluster, "ClusterEndpoints").iter();
        endpoints.any(|at| text(at, "Region") == Some(&caller.region))
    };
    let clusters = held(world, caller, "arc:cluster");
    let clusters = clusters.iter().filter(|cluster| here(cluster));
    let clusters: Vec<_> =
        clusters.filter_map(|c| text(c, "ClusterArn")).collect();
    if clusters.is_empty() {
        let text = "No cluster has an endpoint in this Region.";
        return Err(refuse(400, "ValidationException", text));
    }
    let panels = held(world, caller, "arc:panel");
    let panels = panels.iter().filter(|panel| {
        let of = text(panel, "ClusterArn").unwrap_or_default();
        clusters.contains(&of)
    });
    let panels: Vec<_> = panels
        .filter_map(|panel| {
            Some((text(panel, "ControlPanelArn")?, text(panel, "Name")?))
        })
        .collect();
    let mut controls = held(world, caller, "arc:control");
    controls.retain_mut(|control| {
        let of = text(control, "ControlPanelArn").unwrap_or_default();
        let panel = panels.iter().find(|(arn, _)| *arn == of);
        let Some((_, name)) = panel else { return false };
        control["ControlPanelName"] = Value::from(*name);
        control["RoutingControlName"] = control["Name"].clone();
        true
    });
    Ok(controls)
}

fn states(
    world: &mut World,
    caller: &Caller,
    input: &Value,
    _: Timestamp,
) -> Result<Value, Fault> {
    let mut all = reachable(world, caller)?;
    if let Some(panel) = text(input, "ControlPanelArn") {
        all.retain(|control| text(control, "ControlPanelArn") == Some(panel));
    }
    let members = [
        "ControlPanelArn",
        "ControlPanelName",
        "RoutingControlArn",
        "RoutingControlName",
        "RoutingControlState",
        "Owner",
    ];
    answer(all, input, "RoutingControls", &members)
}

fn state(
    world: &mut World,
    caller: &Caller,
    input: &Value,
    _: Timestamp,
) -> Result<Value, Fault> {
    let wanted = text(input, "RoutingControlArn").unwrap_or_default();
    let all = reachable(world, caller)?;
    let control =
        all.iter().find(|c| text(c, "RoutingControlArn") == Some(wanted));
    let control = control.ok_or_else(|| {
        let text = format!("Routing control {wanted} not found.");
        refuse(404, "ResourceNotFoundException", text)
    })?;
    let members =
        ["RoutingControlArn", "RoutingControlState", "RoutingControlName"];
    Ok(pick(control, &members))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::sim::world::fixture::{ACCOUNT, CENTRAL, Lab, WEST};

    const PANEL: &str = "arn:panel";

    fn lab() -> Lab {
        let mut lab = Lab::new();
        let shelves = &mut lab.world.place_mut(ACCOUNT, HOME).shelves;
        let cluster = json!({
            "ClusterArn": "arn:cluster",
            "Name": "learn",
            "Status": "DEPLOYED",
            "ClusterEndpoints": [{
                "Region": WEST,
                "Endpoint": "https://one.eu-west-1.example/v1",
            }],
        });
        shelves.put("arc:cluster", "learn", cluster);
        let panel = json!({
            "ClusterArn": "arn:cluster",
            "ControlPanelArn": PANEL,
            "Name": "www",
        });
        shelves.put("arc:panel", "www", panel);
        for (name, state) in [("west", "On"), ("central", "Off")] {
            let control = json!({
                "ControlPanelArn": PANEL,
                "RoutingControlArn": format!("arn:{name}"),
                "Name": name,
                "RoutingControlState": state,
            });
            shelves.put("arc:control", name, control);
        }
        let rule = json!({ "ASSERTION": {
            "ControlPanelArn": PANEL,
            "SafetyRuleArn": "arn:rule",
            "Name": "one-on",
            "AssertedControls": ["arn:west", "arn:central"],
            "RuleConfig": { "Type": "ATLEAST", "Threshold": 1, "Inverted": false },
            "WaitPeriodMs": 5000,
            "Status": "DEPLOYED",
        }});
        shelves.put("arc:rule", "one-on", rule);
        lab
    }

    #[test]
    fn the_configuration_is_told_in_its_home_region_alone() {
        let mut lab = lab();
        let operation = "route53-recovery-control-config:ListClusters";
        let all = lab.get(HOME, operation, &json!({}));
        assert_eq!(all["Clusters"][0]["Name"], "learn");
        let refused = lab.refusal(WEST, operation, &json!({}));
        assert_eq!(refused, "ValidationException");
        let input = json!({ "ControlPanelArn": PANEL });
        let operation = "route53-recovery-control-config:ListSafetyRules";
        let rules = lab.get(HOME, operation, &input);
        assert_eq!(rules["SafetyRules"][0]["ASSERTION"]["Name"], "one-on");
        let operation = "route53-recovery-control-config:ListRoutingControls";
        let all = lab.get(HOME, operation, &input);
        assert_eq!(all["RoutingControls"].as_array().map(Vec::len), Some(2));
        let none = json!({ "ControlPanelArn": "arn:none" });
        let refused = lab.refusal(HOME, operation, &none);
        assert_eq!(refused, "ResourceNotFoundException");
    }

    #[test]
    fn switches_are_told_where_the_cluster_has_an_endpoint() {
        let mut lab = lab();
        let operation = "route53-recovery-cluster:ListRoutingControls";
        let all = lab.get(WEST, operation, &json!({}));
        let first = &all["RoutingControls"][0];
        assert_eq!(first["RoutingControlState"], "Off");
        assert_eq!(first["ControlPanelName"], "www");
        let refused = lab.refusal(CENTRAL, operation, &json!({}));
        assert_eq!(refused, "ValidationException");
        let operation = "route53-recovery-cluster:GetRoutingControlState";
        let one = json!({ "RoutingControlArn": "arn:west" });
        let state = lab.get(WEST, operation, &one);
        assert_eq!(state["RoutingControlState"], "On");
    }
}
