//! The simulated services of ARC routing controls: configuration in
//! `us-west-2`, switches at the endpoints of each cluster.

use std::collections::BTreeMap;

use jiff::{SignedDuration, Timestamp};
use serde_json::{Value, json};

use super::world::shelf::{Paging, pick};
use super::world::value::{flag, list, moment, number, text, time};
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
        ("UpdateRoutingControlStates", update),
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
    let control = control.ok_or_else(|| missing(wanted))?;
    let members =
        ["RoutingControlArn", "RoutingControlState", "RoutingControlName"];
    Ok(pick(control, &members))
}

/// Sets all states that are asked for, or none.
// https://docs.aws.amazon.com/routing-control/latest/APIReference/API_UpdateRoutingControlStates.html
fn update(
    world: &mut World,
    caller: &Caller,
    input: &Value,
    now: Timestamp,
) -> Result<Value, Fault> {
    let mut all = reachable(world, caller)?;
    let entries = list(input, "UpdateRoutingControlStateEntries").to_vec();
    let before = by_arn(&all);
    for entry in &entries {
        let arn = text(entry, "RoutingControlArn").unwrap_or_default();
        let state = text(entry, "RoutingControlState").unwrap_or_default();
        let control =
            all.iter_mut().find(|c| text(c, "RoutingControlArn") == Some(arn));
        let control = control.ok_or_else(|| missing(arn))?;
        control["RoutingControlState"] = Value::from(state);
    }
    let after = by_arn(&all);
    let overridden = list(input, "SafetyRulesToOverride");
    for rule in held(world, caller, "arc:rule") {
        let (rule, gates) = match (rule.get("ASSERTION"), rule.get("GATING")) {
            (Some(rule), _) => (rule.clone(), false),
            (None, Some(rule)) => (rule.clone(), true),
            (None, None) => continue,
        };
        let arn = rule.get("SafetyRuleArn").unwrap_or(&Value::Null);
        if !overridden.contains(arn) {
            obey(&rule, gates, &all, (&before, &after), now)?;
        }
    }
    for entry in &entries {
        let arn = text(entry, "RoutingControlArn").unwrap_or_default();
        let state = text(entry, "RoutingControlState").unwrap_or_default();
        turn(world, caller, arn, state, now);
    }
    Ok(json!({}))
}

fn missing(arn: &str) -> Fault {
    let text = format!("Routing control {arn} not found.");
    let mut fault = refuse(404, "ResourceNotFoundException", text);
    fault.fields =
        json!({ "resourceId": arn, "resourceType": "RoutingControl" });
    fault
}

/// The controls that are on, by ARN.
fn by_arn(controls: &[Value]) -> BTreeMap<String, bool> {
    let told = controls.iter().filter_map(|control| {
        let arn = text(control, "RoutingControlArn")?;
        let on = text(control, "RoutingControlState") == Some("On");
        Some((arn.to_owned(), on))
    });
    told.collect()
}

/// Refuses a change that breaks a rule, or comes within its wait period.
// https://docs.aws.amazon.com/r53recovery/latest/dg/routing-control.safety-rules.html
fn obey(
    rule: &Value,
    gates: bool,
    controls: &[Value],
    (before, after): (&BTreeMap<String, bool>, &BTreeMap<String, bool>),
    now: Timestamp,
) -> Result<(), Fault> {
    let arns = |member: &str| -> Vec<&str> {
        list(rule, member).iter().filter_map(Value::as_str).collect()
    };
    let (guarded, counted, states) = if gates {
        (arns("TargetControls"), arns("GatingControls"), before)
    } else {
        (arns("AssertedControls"), arns("AssertedControls"), after)
    };
    if guarded.iter().all(|arn| before.get(*arn) == after.get(*arn)) {
        return Ok(());
    }
    let refused = |why: String| {
        let id = text(rule, "SafetyRuleArn").unwrap_or_default();
        let mut fault = refuse(409, "ConflictException", why);
        fault.fields =
            json!({ "resourceId": id, "resourceType": "SafetyRule" });
        fault
    };
    let name = text(rule, "Name").unwrap_or_default();
    let wait = number(rule, "WaitPeriodMs").unwrap_or_default();
    let changed = controls.iter().filter(|control| {
        let arn = text(control, "RoutingControlArn").unwrap_or_default();
        guarded.contains(&arn)
    });
    let last =
        changed.filter_map(|control| moment(control, "ChangedAt")).max();
    let wait = SignedDuration::from_millis(wait);
    if last.is_some_and(|last| now.duration_since(last) < wait) {
        return Err(refused(format!(
            "The change comes within the wait period of safety rule {name}."
        )));
    }
    let config = rule.get("RuleConfig").unwrap_or(&Value::Null);
    let on = counted.iter().filter(|arn| states.get(**arn) == Some(&true));
    let on = on.count();
    let met = match text(config, "Type") {
        Some("AND") => on == counted.len(),
        Some("OR") => on > 0,
        _ => {
            let most = number(config, "Threshold").unwrap_or_default();
            i64::try_from(on).is_ok_and(|on| on >= most)
        }
    };
    if met == flag(config, "Inverted") {
        return Err(refused(format!(
            "The change would violate safety rule {name}."
        )));
    }
    Ok(())
}

/// Turns one control, wherever on the shelf it lies.
fn turn(
    world: &mut World,
    caller: &Caller,
    arn: &str,
    state: &str,
    now: Timestamp,
) {
    world.count("UpdateRoutingControlStates", caller, arn);
    let shelves = &mut world.place_mut(&caller.account, HOME).shelves;
    let id = shelves.all("arc:control").find_map(|(id, control)| {
        let own = text(control, "RoutingControlArn") == Some(arn);
        own.then(|| id.to_owned())
    });
    let control = id.and_then(|id| shelves.one_mut("arc:control", &id));
    if let Some(control) = control {
        control["RoutingControlState"] = Value::from(state);
        control["ChangedAt"] = time(now);
    }
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

    #[test]
    fn a_change_is_whole_obeys_the_rules_and_waits_between_two() {
        let mut lab = lab();
        let operation = "route53-recovery-cluster:UpdateRoutingControlStates";
        let entry = |name: &str, state: &str| {
            json!({
                "RoutingControlArn": format!("arn:{name}"),
                "RoutingControlState": state,
            })
        };
        let of = |entries: &[Value]| json!({ "UpdateRoutingControlStateEntries": entries });
        let none_left = of(&[entry("west", "Off")]);
        let refused = lab.refusal(WEST, operation, &none_left);
        assert_eq!(refused, "ConflictException");
        let nobody = of(&[entry("central", "On"), entry("nobody", "On")]);
        let refused = lab.refusal(WEST, operation, &nobody);
        assert_eq!(refused, "ResourceNotFoundException");
        assert_eq!(lab.world.applied("UpdateRoutingControlStates"), 0);
        let over = of(&[entry("west", "Off"), entry("central", "On")]);
        lab.get(WEST, operation, &over);
        let states = "route53-recovery-cluster:ListRoutingControls";
        let all = lab.get(WEST, states, &json!({}));
        let told = all["RoutingControls"].as_array().map(|controls| {
            controls
                .iter()
                .map(|c| c["RoutingControlState"].clone())
                .collect::<Vec<_>>()
        });
        assert_eq!(told, Some(vec![json!("On"), json!("Off")]));
        let back = of(&[entry("west", "On"), entry("central", "Off")]);
        let refused = lab.refusal(WEST, operation, &back);
        assert_eq!(refused, "ConflictException");
        lab.wait(6);
        lab.get(WEST, operation, &back);
        let mut bare = none_left;
        bare["SafetyRulesToOverride"] = json!(["arn:rule"]);
        lab.wait(6);
        lab.get(WEST, operation, &bare);
    }
}
